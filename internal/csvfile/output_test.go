package csvfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/csvfile"
)

// What was written by others, or can be read or reached by them, is not gone on with; and nothing of it is changed.
func TestResumeOfOthers(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, precious, partial string) error{
		"a link":              func(_ *testing.T, precious, partial string) error { return os.Symlink(precious, partial) },
		"another name":        func(_ *testing.T, precious, partial string) error { return os.Link(precious, partial) },
		"readable":            func(_ *testing.T, _, partial string) error { return os.WriteFile(partial, []byte("rows"), 0o644) },
		"less than there was": func(_ *testing.T, _, partial string) error { return os.WriteFile(partial, []byte("ro"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path, precious := filepath.Join(dir, "rows.ndjson"), filepath.Join(dir, "precious")
			if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := prepare(t, precious, csvfile.Partial(path)); err != nil {
				t.Fatal(err)
			}
			if out, err := csvfile.Resume(path, 4); err == nil {
				out.Discard()
				t.Error("it is resumed")
			}
			if text, err := os.ReadFile(precious); err != nil || string(text) != "precious" {
				t.Errorf("what was there is %q: %v", text, err)
			}
		})
	}
}

// One process writes at a time, and what it has completed is nobody's to go on with.
func TestResumeByTwo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows.ndjson")
	first, err := csvfile.Resume(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.WriteString("one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := csvfile.Resume(path, 0); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second process: %v", err)
	}
	first.Discard()
	again, err := csvfile.Resume(path, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.WriteString("three\n"); err != nil {
		t.Fatal(err)
	}
	if err := again.Keep(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "one\nthree\n" {
		t.Errorf("%q: %v", text, err)
	}
}
