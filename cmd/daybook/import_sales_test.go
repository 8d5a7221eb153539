package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

// A file of sales is imported with one row refused; the report of it, corrected, is imported too.
func TestImportSales(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	path := filepath.Join(t.TempDir(), "till.csv")
	write := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := func(args ...string) (stdout, stderr string, err error) {
		var out, log output
		err = run(t.Context(), append([]string{"daybook"}, args...), &out, &log)
		return out.String(), log.String(), err
	}
	if out, err := daybook(t, "migrate"); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	if _, _, err := command("organization", "create", "--name", "One", "--time-zone", "UTC", "--currency", "AUD", "--owner-name", "Ada", "--owner-email", "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	execute(t, pool, `INSERT INTO canonical.stores (organization_id, name, time_zone) SELECT max(id), 'Norwood', 'Australia/Adelaide' FROM canonical.organizations`)
	write("external_ref,occurred_at,amount\nR1,2026-03-10T12:00:00+10:30,10.50\nR2,noon,3\n")
	if _, _, err := command("import", "sales", path); err == nil || !strings.Contains(err.Error(), "store") {
		t.Errorf("no store: %v", err)
	}
	out, log, err := command("import", "sales", "--store", "Norwood", path)
	if out != "read 2 sales in 2 rows: 1 created, 0 changed, 0 unchanged, 1 refused\n" || err == nil || err.Error() != "1 sales were refused" ||
		!strings.HasPrefix(log, "line 3, occurred_at: must be a time, such as") {
		t.Errorf("%s%s%v", out, log, err)
	}
	write("external_ref,occurred_at,amount\nR1,2026-03-10T12:00:00+10:30,10.50\nR2,2026-03-10T12:00:00+10:30,3\n")
	if out, log, err := command("import", "sales", "--store", "Norwood", "--policy", "all", path); err != nil || log != "" ||
		out != "read 2 sales in 2 rows: 1 created, 0 changed, 1 unchanged, 0 refused\n" {
		t.Errorf("%s%s%v", out, log, err)
	}
}
