package migrations_test

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Two processes that start together on an empty database both succeed, and each file is applied once.
func TestUpTogether(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	url := pgtest.EmptyURL(t)
	before, err := migrations.Status(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range before {
		if !f.AppliedAt.IsZero() {
			t.Errorf("%s counts as applied to an empty database", f.Name)
		}
	}
	g, ctx := errgroup.WithContext(t.Context())
	for range 3 {
		g.Go(func() error { return migrations.Up(ctx, url) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	after, err := migrations.Status(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range after {
		if f.AppliedAt.IsZero() {
			t.Errorf("%s is not applied", f.Name)
		}
	}
	pool := pgtest.Open(t, url, pgpool.Options{})
	rows, err := pool.Query(t.Context(), "SELECT version_id FROM "+migrations.VersionTable+" WHERE version_id > 0 GROUP BY 1 HAVING count(*) > 1")
	if err != nil {
		t.Fatal(err)
	}
	if twice, err := pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil || len(twice) > 0 {
		t.Errorf("applied twice: %v, %v", twice, err)
	}
	var river bool
	if err := pool.QueryRow(t.Context(), "SELECT to_regclass('river.river_job') IS NOT NULL").Scan(&river); err != nil || !river {
		t.Errorf("River's tables: %v, %v", river, err)
	}
	if pending, err := migrations.Pending(t.Context(), pool); err != nil || len(pending) > 0 {
		t.Errorf("after Up there is %q to do: %v", pending, err)
	}
	for _, forget := range []string{"DELETE FROM " + migrations.VersionTable + " WHERE version_id = 1", "DELETE FROM river.river_migration WHERE version > 4"} {
		if _, err := pool.Exec(t.Context(), forget); err != nil {
			t.Fatal(err)
		}
	}
	if pending, err := migrations.Pending(t.Context(), pool); err != nil || len(pending) != 2 || pending[0] != "0001_schemas.sql" {
		t.Errorf("what was forgotten is %q: %v", pending, err)
	}
}

// A file that lands later may have a lower number than some that are there.
func TestMissingFileIsAppliedLate(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	for _, sql := range []string{"SELECT engine.drop_projection('tax_rate_summaries')", "DELETE FROM " + migrations.VersionTable + " WHERE version_id = 107"} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrations.Up(t.Context(), pool.Config().ConnString()); err != nil {
		t.Fatal(err)
	}
	var exists bool
	if err := pool.QueryRow(t.Context(), "SELECT to_regclass('projection.tax_rate_summaries') IS NOT NULL").Scan(&exists); err != nil || !exists {
		t.Errorf("0107 was not applied: %v, %v", exists, err)
	}
}

// A database that an earlier draft of the baseline made is refused and left as it is.
func TestEarlierDraftIsRefused(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"other hash":        "UPDATE " + migrations.BaselineTable + " SET hash = 'another'",
		"before the hashes": "DROP TABLE " + migrations.BaselineTable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.Pool(t)
			for _, sql := range []string{damage, "DELETE FROM " + migrations.VersionTable + " WHERE version_id = 150"} {
				if _, err := pool.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			if err := migrations.Up(t.Context(), pool.Config().ConnString()); !errors.Is(err, migrations.ErrEarlierDraft) {
				t.Errorf("Up: %v", err)
			}
			if _, err := migrations.Pending(t.Context(), pool); !errors.Is(err, migrations.ErrEarlierDraft) {
				t.Errorf("Pending: %v", err)
			}
			if _, err := migrations.Status(t.Context(), pool.Config().ConnString()); !errors.Is(err, migrations.ErrEarlierDraft) {
				t.Errorf("Status: %v", err)
			}
			var applied bool
			err := pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM "+migrations.VersionTable+" WHERE version_id = 150)").Scan(&applied)
			if err != nil || applied {
				t.Errorf("0150 was applied: %v, %v", applied, err)
			}
		})
	}
}

// A draft that recorded its baseline and was stopped before its first file leaves nothing that the next one could not use.
func TestEmptyDraftIsTakenOver(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := pgtest.Open(t, url, pgpool.Options{})
	for _, sql := range []string{"CREATE TABLE " + migrations.BaselineTable + " (hash text NOT NULL, only_row boolean PRIMARY KEY DEFAULT true)",
		"INSERT INTO " + migrations.BaselineTable + " VALUES ('another')"} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	if err := migrations.Up(t.Context(), url, func(file string) { told = append(told, file) }); err != nil {
		t.Fatal(err)
	}
	if all, err := fs.Glob(migrations.Files(), "*.sql"); err != nil || !slices.Equal(told, all) {
		t.Errorf("told of %q: %v", told, err)
	}
	if pending, err := migrations.Pending(t.Context(), pool); err != nil || len(pending) > 0 {
		t.Errorf("after Up there is %q to do: %v", pending, err)
	}
}

var (
	fileName = regexp.MustCompile(`^0[0-9]{3}_[a-z0-9_]+\.sql$`)
	river    = regexp.MustCompile(`(?i)\briver\s*\.`)
	upFirst  = regexp.MustCompile(`(?m)^-- \+goose Up$`)
	never    = regexp.MustCompile(`(?i)-- \+goose Down|engine\.activate\('`)
)

// The rules of the package comment that a reader of one file cannot see broken.
func TestFilesKeepTheRules(t *testing.T) {
	t.Parallel()
	versions := map[string]string{}
	for _, name := range migrationFiles(t) {
		if !fileName.MatchString(name) {
			t.Errorf("%s: want 0123_topic.sql", name)
		}
		if other, taken := versions[name[:4]]; taken {
			t.Errorf("%s and %s have one number", other, name)
		}
		versions[name[:4]] = name
		content, err := fs.ReadFile(migrations.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !upFirst.Match(content) {
			t.Errorf("%s: no line -- +goose Up", name)
		}
		if found := never.Find(content); found != nil {
			t.Errorf("%s says %s", name, found)
		}
		if river.Match(content) {
			t.Errorf("%s uses River's schema", name)
		}
	}
}

func migrationFiles(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations.Files(), "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("files: %v, %v", names, err)
	}
	return names
}
