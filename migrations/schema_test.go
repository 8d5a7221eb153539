package migrations_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
	"daybook/migrations"
)

var update = flag.Bool("update", false, "rewrite schema.sql")

const schemaFile = "../schema.sql"

// TestSchemaDump keeps schema.sql, the whole schema in one place for readers and reviews, equal to what the
// migrations make. River's own tables are left out.
func TestSchemaDump(t *testing.T) {
	t.Parallel()
	bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	program := bin.Path("pg_dump")
	if _, err := os.Stat(program); err != nil {
		t.Skipf("no pg_dump beside the server's programs: %v", err)
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "--schema-only", "--no-owner", "--no-privileges", "--exclude-schema="+migrations.RiverSchema,
		"--exclude-table="+migrations.VersionTable+"*", "--exclude-table="+migrations.BaselineTable, pgtest.URL(t))
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, &problems)
	}
	head := fmt.Sprintf("-- The migrated database, as pg_dump %d shows it. Made by: go test ./migrations -run TestSchemaDump -update\n", bin.Major)
	dump := head + normalize(out.String())
	if *update {
		if err := os.WriteFile(schemaFile, []byte(dump), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if keptHead, _, _ := strings.Cut(string(kept), "\n"); keptHead+"\n" != head {
		t.Skipf("schema.sql says %q and this is pg_dump %d, which writes differently", keptHead, bin.Major)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(dump, "\n")); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; run go test ./migrations -run TestSchemaDump -update\n%s", diff)
	}
}

var (
	// Of the settings only those pg_dump writes itself: a function's body may hold a line that begins with SET.
	noise = regexp.MustCompile(`(?m)^(--|-- Dumped .*|-- PostgreSQL database dump.*|\\(un)?restrict .*|` +
		`SET ((statement|lock|idle_in_transaction_session|transaction)_timeout|client_encoding|standard_conforming_strings|` +
		`check_function_bodies|xmloption|client_min_messages|row_security|default_tablespace|default_table_access_method) = .*|` +
		`SELECT pg_catalog\.set_config\('search_path', '', false\);)\n`)
	title = regexp.MustCompile(`(?m)^-- (Name: .*?); Owner: .*$`)
	gaps  = regexp.MustCompile(`\n{3,}`)
)

// normalize drops what differs from one run or minor version to the next, and what says nothing about the schema.
func normalize(dump string) string {
	dump = noise.ReplaceAllString(dump, "")
	dump = title.ReplaceAllString(dump, "-- $1")
	return strings.TrimSpace(gaps.ReplaceAllString(dump, "\n\n")) + "\n"
}
