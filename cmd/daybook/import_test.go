package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daybook/internal/csvfile"
	"daybook/internal/pgtest"
)

// A file is imported with a row refused, the report of it is corrected and imported, and all of it is exported.
func TestImportAndExport(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	dir := t.TempDir()
	command := func(args ...string) (stdout, stderr string, err error) {
		var out, log output
		err = run(t.Context(), append([]string{"daybook"}, args...), &out, &log)
		return out.String(), log.String(), err
	}
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	wants := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
	documents := file("documents.csv", "kind,document,party,description,unit_price\ninvoice,A-1,Ada Lovelace,Engine,99.50\ninvoice,A-2,Ada Lovelac,Engine,1\n")

	if _, _, err := command("import", "documents", documents); err == nil || !strings.Contains(err.Error(), "daybook migrate") {
		t.Errorf("an empty database: %v", err)
	}
	if out, err := daybook(t, "migrate"); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	if _, _, err := command("export", "accounts"); err == nil || !strings.Contains(err.Error(), "no such organization") {
		t.Errorf("no organization: %v", err)
	}
	for _, name := range []string{"One", "Two"} {
		if _, _, err := command("organization", "create", "--name", name, "--time-zone", "UTC", "--currency", "AUD", "--owner-name", "Ada", "--owner-email", name+"@example.com"); err != nil {
			t.Fatal(err)
		}
		execute(t, pool, `INSERT INTO canonical.people (organization_id, given_name) SELECT max(id), 'Ada Lovelace' FROM canonical.organizations`)
	}
	for _, args := range [][]string{
		{"import", "documents", documents}, {"export", "documents"}, // which organization?
		{"import", "documents", "--organization", "1"}, {"import", "documents", "--organization", "1", filepath.Join(dir, "none")},
		{"import", "documents", "--organization", "1", "--policy", "some", documents},
		{"import", "documents", "--organization", "1", "--as", "nobody@example.com", documents},
		{"import", "documents", "--organization", "1", "--as", "two@example.com", documents},
		{"export", "documents", "--organization", "1", "--kind", "receipt"}, {"export", "documents", "--organization", "1", "--from", "today"},
		{"export", "documents", "--organization", "1", "extra"}, {"export", "documents", "--organization", "3"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			if stdout, _, err := command(args...); err == nil || strings.Contains(stdout, "read ") || strings.Contains(stdout, "kind,") {
				t.Errorf("%v\n%s", err, stdout)
			}
		})
	}

	report := filepath.Join(dir, "refused.csv")
	out, log, err := command("import", "documents", "--organization", "1", "--approve", "--report", report, documents)
	wants(out, "read 2 documents in 2 rows: 1 created, 0 changed, 0 unchanged, 1 refused\n")
	wants(log, "line 3, party: nobody has \"Ada Lovelac\"\n")
	if err == nil || err.Error() != "1 documents were refused" {
		t.Errorf("the end: %v", err)
	}
	wants(read("refused.csv"), "kind,document,party,description,unit_price,error\ninvoice,A-2,Ada Lovelac,Engine,1,\"party: nobody has \"\"Ada Lovelac\"\"\"\n")

	mended := file("mended.csv", strings.Replace(read("refused.csv"), "Lovelac,", "Lovelace,", 1))
	out, _, err = command("import", "documents", "--organization", "1", "--approve", "--policy", "all", "--dry-run", "--report", report, mended)
	wants(out, "read 1 documents in 1 rows: 1 created, 0 changed, 0 unchanged, 0 refused; nothing was saved\n")
	if err != nil || read("refused.csv") != "" {
		t.Errorf("a dry run: %v\n%s", err, read("refused.csv"))
	}
	// The report is refused if it is the file that is read, also under another name.
	if err := os.Symlink(mended, filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	before := read("mended.csv")
	for _, report := range []string{mended, filepath.Join(dir, "link.csv")} {
		for _, more := range [][]string{{"--dry-run"}, nil} {
			args := append([]string{"import", "documents", "--organization", "1", "--report", report}, append(more, mended)...)
			if out, _, err := command(args...); err == nil || !strings.Contains(err.Error(), "give it another name") || out != "" || read("mended.csv") != before {
				t.Errorf("%v: %v\n%s%s", args, err, out, read("mended.csv"))
			}
		}
	}
	documents = file("documents.csv", strings.Replace(read("documents.csv"), "Lovelac,", "Lovelace,", 1))
	out, log, err = command("import", "documents", "--as", "ONE@example.com", documents)
	wants(out+log, "read 2 documents in 2 rows: 1 created, 0 changed, 1 unchanged, 0 refused\n")
	if err != nil {
		t.Error(err)
	}

	out, log, err = command("export", "documents", "--organization", "1", "--kind", "invoice", "--from", "2000-01-01", "--to", "9999-12-31")
	if err != nil || log != "wrote 2 documents in 2 rows\n" || !regexp.MustCompile(`\ninvoice,A-1,INV-0001,approved,Ada Lovelace,,,[-\d]+,[-\d]+,AUD,,,,,99\.50,,Engine,1,99\.50,,,,\ninvoice,A-2,,draft,`).MatchString(out) {
		t.Errorf("%v, %s\n%s", err, log, out)
	}
	exported := filepath.Join(dir, "exported.csv")
	if stdout, _, err := command("export", "documents", "--organization", "1", "--output", exported); err != nil || stdout != "" || read("exported.csv") != out {
		t.Errorf("%v, %q: %s", err, stdout, read("exported.csv"))
	}
	out, _, err = command("import", "documents", "--organization", "1", exported)
	wants(out, "read 2 documents in 2 rows: 0 created, 0 changed, 2 unchanged, 0 refused\n")
	if err != nil {
		t.Error(err)
	}
	// Any list is exported as a query selects it, all its pages.
	query := file("list.graphql", `query($after: String, $kinds: [DocumentState!]) {
		invoices(first: 1, after: $after, where: {state: {in: $kinds}}, orderBy: {field: CREATED_AT}) { nodes { externalRef total { amount } } pageInfo { hasNextPage endCursor } } }`)
	lines := `{"externalRef":"A-1","total":{"amount":"99.50"}}` + "\n" + `{"externalRef":"A-2","total":{"amount":"1.00"}}` + "\n"
	out, log, err = command("export", "list", "--organization", "1", "--query", query)
	if err != nil || log != "wrote 2 records in 2 rows\n" || out != lines {
		t.Errorf("%v, %s\n%s", err, log, out)
	}
	listed := filepath.Join(dir, "drafts.ndjson")
	out, _, err = command("export", "list", "--organization", "1", "--query", query, "--variables", file("variables.json", `{"kinds": ["DRAFT"]}`), "--output", listed, "--as", "One@example.com")
	if _, rest, _ := strings.Cut(lines, "\n"); err != nil || out != "" || read("drafts.ndjson") != rest {
		t.Errorf("%v, %s\n%s", err, out, read("drafts.ndjson"))
	}
	for want, args := range map[string][]string{
		"must have the argument after": {"--query", file("no.graphql", `{ invoices { nodes { id } } }`)},
		"has no operation":             {"--query", file("empty.graphql", ``)},
		"no such file":                 {"--query", filepath.Join(dir, "nothing.graphql")},
		"--variables":                  {"--query", query, "--variables", query},
		"first is 0":                   {"--query", file("none.graphql", `query($after: String) { invoices(first: 0, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`)},
		"more behind the first":        {"--query", query, "--variables", file("two.json", `{} {"kinds": ["DRAFT"]}`)},
	} {
		missing := filepath.Join(dir, "missing.ndjson")
		if _, _, err := command(append([]string{"export", "list", "--organization", "1", "--output", missing}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
		if _, err := os.Stat(missing); err == nil {
			t.Errorf("%v: there is a file of an export that failed", args)
		}
	}
	chart, _, err := command("export", "accounts", "--organization", "2")
	if err != nil || !strings.HasPrefix(chart, "code,name,type,system_role,archived\n1000,Bank account,asset,bank,no\n") {
		t.Errorf("%v:\n%s", err, chart)
	}
	out, _, err = command("import", "accounts", "--organization", "1", file("chart.csv", chart+"9000,New,expense,,no\n"))
	accounts := strings.Count(chart, "\n") // with the one more, in place of the header
	wants(out, fmt.Sprintf("read %d accounts in %d rows: 1 created, 0 changed, %d unchanged, 0 refused\n", accounts, accounts, accounts-1))
	if err != nil {
		t.Error(err)
	}
	// The writes have enqueued refreshes.
	var jobs int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job WHERE args->'projections' ?| ARRAY['document_summaries', 'account_summaries']`).Scan(&jobs); err != nil || jobs != 3 {
		t.Errorf("%d jobs, %v", jobs, err)
	}
}

func TestSummaryOfAStoppedImport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		in        importRun
		out, want string
	}{
		{importRun{}, "1 created, 0 changed, 0 unchanged, 0 refused\n", "it was stopped; what is counted was saved: run it again to go on"},
		{importRun{allOrNothing: true}, "1 created, 0 changed, 0 unchanged, 0 refused; nothing was saved\n", "it was stopped, and nothing was saved"},
	} {
		t.Run(test.want, func(t *testing.T) {
			var out strings.Builder
			err := test.in.summarize(ctx, &out, "documents", csvfile.Counts{Records: 1, Rows: 1, Created: 1}, ctx.Err())
			if err == nil || err.Error() != test.want || !strings.HasSuffix(out.String(), test.out) {
				t.Errorf("%v: %s", err, out.String())
			}
		})
	}
}
