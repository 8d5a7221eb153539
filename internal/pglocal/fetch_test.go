package pglocal_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// archived returns an archive of npm's with the files.
func archived(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	for name, content := range files {
		if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// An archive is unpacked completely, with its links and nothing outside its directory, or not at all.
func TestFetch(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"package/README.md":                "not the server's",
		"package/native/bin/postgres":      "#!/bin/sh\n",
		"package/native/lib/libpq.so.5.17": "library",
		"package/native/pg-symlinks.json":  `[{"source": "native/lib/libpq.so.5.17", "target": "native/lib/libpq.so.5"}]`,
	}
	escaping := map[string]string{
		"package/native/../../../outside": "outside",
		"package/native/pg-symlinks.json": `[{"source": "native/outside", "target": "native/../../outside.link"}]`,
	}
	for name, c := range map[string]struct {
		files      map[string]string
		changed    bool
		want, fail string
	}{
		"an archive":               {files: good, want: "bin/postgres bin/postgres:x lib/libpq.so.5 lib/libpq.so.5.17"},
		"a changed archive":        {files: good, changed: true, fail: "SHA-512"},
		"no archive of PostgreSQL": {files: map[string]string{"package/README.md": "?"}, fail: "pg-symlinks.json"},
		"an escaping archive":      {files: escaping, want: "outside outside.link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := archived(t, c.files)
			sum := sha512.Sum512(content)
			if c.changed {
				content[len(content)/2] ^= 1
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
			t.Cleanup(server.Close)
			parent := t.TempDir()
			dir := filepath.Join(parent, "cache", "postgresql")
			if err := os.Mkdir(filepath.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			err := pglocal.Fetch(t.Context(), server.URL, base64.StdEncoding.EncodeToString(sum[:]), dir)
			if c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) || c.fail == "" && err != nil {
				t.Fatalf("fetch: %v", err)
			}
			for _, file := range strings.Fields(c.want) {
				file, runs := strings.CutSuffix(file, ":x")
				info, err := os.Stat(filepath.Join(dir, file))
				if err != nil {
					t.Error(err)
				} else if runs && info.Mode().Perm()&0o111 != 0o111 {
					t.Errorf("%s has the mode %v", file, info.Mode())
				}
			}
			for _, place := range []string{parent, filepath.Dir(dir)} {
				if left, _ := filepath.Glob(filepath.Join(place, "*")); len(left) > 1 || c.fail != "" && place != parent && len(left) > 0 {
					t.Errorf("left in %s: %v", place, left)
				}
			}
		})
	}
}

// The pinned server of this platform runs, with the collations and the extensions that the migrations need.
func TestFetchedServer(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	place, err := os.MkdirTemp("", "pglocal-fetch-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(place) })
	if err := os.Chmod(place, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(place, "postgresql")
	if ok, err := pglocal.FetchPinned(ctx, dir); !ok {
		t.Skipf("there is no archive for %s/%s", runtime.GOOS, runtime.GOARCH)
	} else if err != nil {
		if text := err.Error(); strings.Contains(text, "dial tcp") || strings.Contains(text, "the answer is 5") {
			t.Skipf("the archive cannot be reached: %v", err)
		}
		t.Fatal(err)
	}
	s := start(t, pglocal.Options{DataDir: filepath.Join(place, "data"), BinDir: filepath.Join(dir, "bin")})
	conn, err := pgx.Connect(ctx, s.URL(pglocal.Superuser, pglocal.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent"); err != nil {
		t.Fatal(err)
	}
	var folded string
	err = conn.QueryRow(ctx, `SELECT unaccent('Zoë' COLLATE "und-x-icu")`).Scan(&folded)
	if err != nil || folded != "Zoe" {
		t.Errorf("unaccent: %q, %v", folded, err)
	}
}
