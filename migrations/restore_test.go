package migrations_test

import (
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/migrations"
)

// asSuperuser returns the address of the database at url as postgres, who may restore what belongs to any role.
func asSuperuser(t *testing.T, url string) string {
	t.Helper()
	as, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	as.User = neturl.User(pglocal.Superuser)
	return as.String()
}

// A restored backup has the definitions that its stored copies were computed by, can be migrated, and has no drift.
// PostgreSQL makes views and functions again from the text that it printed of them, and must print that text once more.
func TestRestoredBackup(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	binaries, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"pg_dump", "pg_restore"} {
		if _, err := os.Stat(binaries.Path(program)); err != nil {
			t.Skipf("no %s beside the server's programs: %v", program, err)
		}
	}
	ctx, url := t.Context(), pgtest.URL(t)
	pool := pgtest.Open(t, url, pgpool.Options{})
	for _, sql := range []string{
		"INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'One', 'UTC', 'AUD')",
		"INSERT INTO canonical.people (organization_id, given_name, is_customer) SELECT 1, 'Person ' || i, true FROM generate_series(1, 20) i",
		"INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) SELECT 1, 'S' || i, 'Product', 100, 'AUD' FROM generate_series(1, 20) i",
		"SELECT refresh.people_summaries(1, 20)",
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	backup, restored := filepath.Join(t.TempDir(), "backup"), pgtest.EmptyURL(t)
	for _, command := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + backup, asSuperuser(t, url)},
		{"pg_restore", "--exit-on-error", "--dbname=" + asSuperuser(t, restored), backup},
	} {
		if out, err := exec.CommandContext(ctx, binaries.Path(command[0]), command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command[0], err, out)
		}
	}
	pool = pgtest.Open(t, restored, pgpool.Options{})
	rows, err := pool.Query(ctx, "SELECT projection || ': ' || problem FROM engine.problems()")
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(problems) > 0 {
		t.Errorf("problems: %q, %v", problems, err)
	}
	// Whatever was done to the copies while no trigger was there, everything is computed anew: it is marked, once.
	for range 2 {
		if err := migrations.Up(ctx, restored); err != nil {
			t.Error(err)
		}
		var marked int
		if err := pool.QueryRow(ctx, "SELECT count(DISTINCT person_id) FROM dirty.people_summaries WHERE organization_id = 1").Scan(&marked); err != nil || marked != 20 {
			t.Errorf("%d people are marked, %v", marked, err)
		}
		var marks int
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM marks.people_summaries").Scan(&marks); err != nil || marks != 20 {
			t.Errorf("%d marks of people, %v", marks, err)
		}
	}
	rows, err = pool.Query(ctx, "SELECT p.name FROM engine.projections p, engine.verify_slice(p.name, NULL, 1000) v WHERE v.drifted <> '{}'")
	if err != nil {
		t.Fatal(err)
	}
	if drifted, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(drifted) > 0 {
		t.Errorf("drift in %q, %v", drifted, err)
	}
	var stored int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM projection.people_summaries").Scan(&stored); err != nil || stored != 20 {
		t.Errorf("%d people are stored, %v", stored, err)
	}
}
