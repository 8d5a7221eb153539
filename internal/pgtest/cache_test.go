package pgtest

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// A prepared data directory is made once for the same source, and a server starts on a copy of it.
func TestPreparedOnce(t *testing.T) {
	Long(t)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))
	t.Setenv("HOME", t.TempDir()) // where other systems have it
	var made []string
	for range 2 {
		dir, err := os.MkdirTemp(base(), "daybook-test-")
		if err != nil {
			t.Fatal(err)
		}
		remove, err := removeAtExit(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer remove()
		data, err := prepared(t.Context(), dir)
		if err != nil || data == "" {
			t.Fatalf("prepared %q, %v", data, err)
		}
		_, err = os.Stat(filepath.Join(dir, "cluster"))
		if made = append(made, data); made[0] != data || os.IsNotExist(err) != (len(made) == 2) {
			t.Errorf("prepared %q, made %v", made, err == nil)
		}
		c := &cluster{}
		if err := c.run(t.Context(), dir, data); err != nil {
			t.Fatal(err)
		}
		var migrated bool
		if err := c.admin.QueryRow(t.Context(), "SELECT count(*) = 2 FROM pg_database WHERE datname IN ($1, $2)", template, shared).Scan(&migrated); err != nil || !migrated {
			t.Errorf("the databases are there: %t, %v", migrated, err)
		}
		c.admin.Close()
		if err := c.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The newest data directories stay for a week, and what was made just now stays in any case.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	for i, age := range []time.Duration{0, time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 5 * time.Hour, 6 * time.Hour, 7 * time.Hour, 8 * 24 * time.Hour} {
		dir := filepath.Join(cache, strconv.Itoa(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeOld(cache); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != keepNewest-1 || left[len(left)-1].Name() != "6" {
		t.Errorf("%v are left: %v", left, err)
	}
}
