// Package docs_test holds the pages that say how to add something, by doing what they say.
package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fileInText is a file that a page of the documentation shows as a whole: the fence names its path behind the language.
var fileInText = regexp.MustCompile("(?ms)^```(?:sql|graphql|go) (\\S+)$\n(.*?)^```$")

// TestAddingAReadModel adds the files in docs/adding-a-read-model.md to a copy of the tree, makes the generated code there,
// and runs the new list's test and those that hold all read models together.
func TestAddingAReadModel(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a copy of the tree")
	}
	page, err := os.ReadFile("adding-a-read-model.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := copyOfTheTree(t)
	var added []string
	for _, file := range fileInText.FindAllStringSubmatch(string(page), -1) {
		path := filepath.Join(dir, filepath.FromSlash(file[1]))
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s exists already", file[1])
		}
		if err := os.WriteFile(path, []byte(file[2]), 0o600); err != nil {
			t.Fatal(err)
		}
		added = append(added, filepath.Dir(file[1]))
	}
	if got, want := strings.Join(added, " "), "migrations graph/schema resolvers resolvers"; got != want {
		t.Fatalf("the page adds files to %s, not to %s", got, want)
	}
	inCopy(t, dir, "run", "./graph/generate")
	out := inCopy(t, dir, "test", "-vet=off", "-v", "./resolvers", "-run", "^(TestAddressBook|TestStatementsPrepare|TestNodes)$")
	if !strings.Contains(out, "--- PASS: TestAddressBook") {
		t.Errorf("the list's test did not run:\n%s", out)
	}
}

// copyOfTheTree copies the files that git knows or would add, and returns the copy's directory.
func copyOfTheTree(t *testing.T) string {
	t.Helper()
	const root = ".."
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	dir := t.TempDir()
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not staged yet
		}
		to := filepath.Join(dir, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inCopy runs the go command in a copy of the tree, and returns what it prints.
func inCopy(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", arguments...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}
