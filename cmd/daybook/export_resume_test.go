package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

// An export whose process ends in the middle of a line goes on behind the last page that was written whole: no row is missing, and none
// is there twice. What is behind that place is of the later snapshot.
func TestExportResumed(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	for _, line := range []string{"migrate", "organization create --name One --time-zone UTC --currency AUD --owner-name Ada --owner-email ada@example.com"} {
		if out, err := daybook(t, strings.Split(line, " ")...); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	execute(t, pool, `INSERT INTO canonical.people (organization_id, given_name, created_at)
		SELECT 1, 'Person ' || lpad(g::text, 50, '0'), '2026-01-01'::timestamptz + g * interval '1 minute' FROM generate_series(1, 40) AS g`)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	query := write("people.graphql", `query($after: String, $archived: Boolean) { people(first: 3, after: $after, filter: {archived: $archived}, orderBy: {field: CREATED_AT}) {
		nodes { fullName } pageInfo { hasNextPage endCursor } } }`)
	// A file of a process that may write so many blocks of 512 or 1 024 bytes ends in the middle of a line.
	export := func(blocks string, more ...string) (string, error) {
		args := append([]string{"-c", "ulimit -f " + blocks + ` && exec "$0" "$@"`, os.Args[0], "export", "list", "--query", query, "--output", path("people.ndjson"), "--resume"}, more...)
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", args...)
		cmd.Env = append(os.Environ(), asDaybook+"=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := export("1")
	if err == nil {
		t.Fatalf("it is complete: %s", out)
	}
	if _, err := os.Stat(path("people.ndjson")); err == nil {
		t.Error("there is a file of an export that has ended")
	}
	partial, err := os.ReadFile(path("people.ndjson.partial"))
	if err != nil || len(partial) == 0 || strings.HasSuffix(string(partial), "\n") {
		t.Fatalf("%v: it has written %d bytes: %s\n%s", err, len(partial), out, partial)
	}
	// Rows in front of the place stay as they were, those behind it are as they are now.
	execute(t, pool, `UPDATE canonical.people SET family_name = 'Renamed' WHERE id IN (1, 40)`)
	execute(t, pool, `INSERT INTO canonical.people (organization_id, given_name) VALUES (1, 'Later')`)
	execute(t, pool, `DELETE FROM canonical.people WHERE id = 39`)
	if out, err := export("unlimited", "--variables", write("others.json", `{"archived": true}`)); err == nil || !strings.Contains(out, "of another query, other variables") {
		t.Errorf("other variables: %v: %s", err, out)
	}
	out, err = export("unlimited")
	if err != nil || !strings.Contains(out, "going on behind row ") || !strings.Contains(out, "wrote 40 records in 40 rows") {
		t.Errorf("%v: %s", err, out)
	}
	var want strings.Builder
	for n := 1; n <= 40; n++ {
		if n != 39 {
			fmt.Fprintf(&want, "{\"fullName\":\"Person %050d%s\"}\n", n, map[bool]string{true: " Renamed"}[n == 40])
		}
	}
	want.WriteString("{\"fullName\":\"Later\"}\n")
	got, err := os.ReadFile(path("people.ndjson"))
	if err != nil || string(got) != want.String() {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want.String())
	}
	for _, name := range []string{"people.ndjson.partial", "people.ndjson.resume"} {
		if _, err := os.Stat(path(name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	// A complete one begins anew, and a file that says nothing is refused.
	if out, err := export("unlimited"); err != nil || strings.Contains(out, "going on") || !strings.Contains(out, "wrote 40 records") {
		t.Errorf("%v: %s", err, out)
	}
	write("people.ndjson.resume", "{}")
	if out, err := export("unlimited"); err == nil || !strings.Contains(out, "does not say where to go on") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := daybook(t, "export", "list", "--query", query, "--resume"); err == nil || !strings.Contains(err.Error(), "--output must name it") {
		t.Errorf("%v: %s", err, out)
	}
}
