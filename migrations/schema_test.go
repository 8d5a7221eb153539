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

var update = flag.Bool("update", false, "rewrite testdata/schema.sql and docs/schema.sql")

// goldenFile is the whole schema. readersFile is what of it somebody wrote, without what the engine and the audit log generate.
const (
	goldenFile  = "testdata/schema.sql"
	readersFile = "../docs/schema.sql"
)

// TestSchemaDump keeps both files equal to what the migrations make: the golden file shows in a review what a change of a
// migration comes to, the reader's file shows the schema in one place. River's own tables are in neither.
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
	const made = "Made by: go test ./migrations -run TestSchemaDump -update\n"
	dump := normalize(out.String())
	compare(t, bin.Major, goldenFile, fmt.Sprintf("-- The migrated database, as pg_dump %d shows it. %s", bin.Major, made), dump)
	compare(t, bin.Major, readersFile, fmt.Sprintf("-- The migrated database, as pg_dump %d shows it, but for what is generated: the schemas marks, dirty and refresh,\n"+
		"-- the functions of the schema source, the guards of stored copies, and the triggers mark_… and audit_… of each table.\n-- %s", bin.Major, made), written(dump))
}

// compare fails unless the file is head and dump; with -update it writes the file first.
func compare(t *testing.T, major int, name, head, dump string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(head+dump), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if by := madeBy.FindString(string(kept)); by != madeBy.FindString(head) {
		t.Skipf("%s was made by %s and this is %d, which writes differently", name, by, major)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(head+dump, "\n")); diff != "" {
		t.Errorf("%s is not what the migrations make; run go test ./migrations -run TestSchemaDump -update\n%s", name, diff)
	}
}

var (
	madeBy    = regexp.MustCompile(`pg_dump \d+`)
	section   = regexp.MustCompile(`(?m)^-- Name: `)
	generated = regexp.MustCompile(`^-- Name: .*; Schema: (marks|dirty|refresh)\n|^-- Name: .*; Type: FUNCTION; Schema: source\n|` +
		`^-- Name: \w+ (mark_|audit_)\w+; Type: TRIGGER; Schema: canonical\n|^-- Name: \w+ guard; Type: TRIGGER; Schema: projection\n`)
)

// written returns the sections of a dump that stand in a migration, not those that a function generates.
func written(dump string) string {
	begins := section.FindAllStringIndex(dump, -1)
	var kept strings.Builder
	kept.WriteString(dump[:begins[0][0]])
	for i, begin := range begins {
		end := len(dump)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		if part := dump[begin[0]:end]; !generated.MatchString(part) {
			kept.WriteString(part)
		}
	}
	return strings.TrimSpace(kept.String()) + "\n"
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
