package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// deployedMetricsExist checks that a process has every metric that the alarms and the dashboard name.
func deployedMetricsExist(t *testing.T, scraped string) {
	t.Helper()
	names := metricNames(scraped)
	for _, file := range []string{"../../deploy/prometheus/alerts.yml", "../../deploy/grafana/dashboards/daybook.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`daybook_[a-z_]+`).FindAllString(string(text), -1)
		if len(named) < 10 {
			t.Errorf("%s names only %d metrics", file, len(named))
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(named))) {
			if _, found := slices.BinarySearch(names, name); !found {
				t.Errorf("%s names %s, which no process shows", file, name)
			}
		}
	}
}

// The dashboard is one that Grafana reads: JSON, with panels whose numbers differ.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/grafana/dashboards/daybook.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		UID, Title string
		Panels     []struct {
			ID      int
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || dashboard.UID == "" || dashboard.Title == "" {
		t.Fatalf("%v: %+v", err, dashboard)
	}
	seen := map[int]bool{}
	for _, p := range dashboard.Panels {
		if seen[p.ID] {
			t.Errorf("two panels have the number %d", p.ID)
		}
		seen[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d asks for nothing", p.ID)
		}
	}
}

// installation returns the statements and the commands of docs/operate.md that make a database, as they stand there.
func installation(t *testing.T) (statements []string, commands [][]string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "## A database of your own")
	if !found {
		t.Fatal("docs/operate.md has no such section")
	}
	block := strings.Split(section, "```")[1]
	_, rest, _ := strings.Cut(block, "<<'SQL'\n")
	sql, rest, found := strings.Cut(rest, "\nSQL\n")
	if !found {
		t.Fatalf("no SQL in %s", block)
	}
	for statement := range strings.SplitSeq(sql, ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			statements = append(statements, statement)
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(rest, "\\\n", "")) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, words(command))
		}
	}
	return statements, commands
}

// words splits a command line at blanks outside of quotation marks.
func words(line string) []string {
	var list []string
	for _, w := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1) {
		list = append(list, strings.Trim(w, `"`))
	}
	return list
}

// The steps of docs/operate.md, taken to the letter but for names and the place of the server, make a database on which the
// API answers and jobs are worked.
func TestInstallationPage(t *testing.T) {
	pgtest.Long(t)
	empty := pgtest.EmptyURL(t)
	superuser := func(statements ...string) {
		t.Helper()
		as, err := url.Parse(empty)
		if err != nil {
			t.Fatal(err)
		}
		as.User = url.User(pglocal.Superuser)
		conn, err := pgx.Connect(t.Context(), as.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		for _, s := range statements {
			if _, err := conn.Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	// The tests' server has roles of these names already.
	other := strings.NewReplacer("daybook_app", "installed_app", "daybook", "installed", "…", "a-password")
	statements, commands := installation(t)
	for i := range statements {
		statements[i] = other.Replace(statements[i])
	}
	superuser(statements...)
	defer func() {
		superuser("DROP DATABASE installed WITH (FORCE)", "DROP ROLE installed", "DROP ROLE installed_app")
	}()

	var token string
	for _, command := range commands {
		address, ok := strings.CutPrefix(command[0], "DATABASE_URL=")
		if !ok || command[1] != "daybook" {
			t.Fatalf("a command that the test does not know: %q", command)
		}
		named, err := url.Parse(other.Replace(address))
		if err != nil {
			t.Fatal(err)
		}
		here, err := url.Parse(empty)
		if err != nil {
			t.Fatal(err)
		}
		here.User, here.Path = named.User, named.Path
		t.Setenv("DATABASE_URL", here.String())
		args := command[2:]
		for i, arg := range args {
			args[i] = strings.ReplaceAll(strings.ReplaceAll(arg, "daybook_app", "installed_app"), "127.0.0.1:8080", "127.0.0.1:0")
		}
		switch args[0] {
		case "work", "serve":
			if args[0] == "work" {
				args = append(args, "--addr", "127.0.0.1:0") // says so when it works
			}
			base, stop := start(t, args...)
			defer func() {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}()
			if status := get(t, base+"/readyz"); status != http.StatusOK {
				t.Errorf("%s is not ready: %d", args[0], status)
			}
			if args[0] == "serve" {
				r := &running{base: base}
				if got := at(t, r.queryAs(t, token, `{ viewer { role } }`, nil), "viewer.role"); got != "OWNER" {
					t.Errorf("the owner is %v", got)
				}
			}
		default:
			out, err := daybook(t, args...)
			if err != nil {
				t.Fatalf("%q: %v: %s", args, err, out)
			}
			if _, secret, ok := strings.Cut(out, "token "); ok {
				token = strings.TrimSpace(secret)
			}
		}
	}
	if token == "" {
		t.Error("the page makes no organization")
	}
}

// What the image and compose.yaml name is there: the Go version, commands with their flags, ports, roles, services and files.
func TestComposition(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		t.Helper()
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	found := func(text, expression string, least int) (all []string) {
		t.Helper()
		for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		if len(all) < least {
			t.Errorf("%s is found %d times", expression, len(all))
		}
		return all
	}
	image, compose := read("deploy/Dockerfile"), read("deploy/compose.yaml")
	if version := found(image, `FROM golang:(\S+)`, 1)[0]; !strings.HasPrefix(found(read("go.mod"), `(?m)^go (\S+)`, 1)[0], version) {
		t.Errorf("the image has Go %s", version)
	}
	commands := append(found(image, `CMD (\[.*\])`, 1), found(compose, `(?m)^    command: (\[.*\])`, 3)...)
	for _, command := range commands {
		args := regexp.MustCompile(`[^\s"\[\],]+`).FindAllString(command, -1)
		if out, err := daybook(t, append(args, "--help")...); err != nil || !strings.Contains(out, "USAGE") {
			t.Errorf("%s: %v", command, err)
		}
	}
	for _, port := range append(found(image, `EXPOSE (\d+)`, 1), found(compose, `"127.0.0.1:\d+:(80\d+)"`, 2)...) {
		if !strings.Contains(commands[0], ":"+port+`"`) || !strings.Contains(compose, `"0.0.0.0:`+port+`"`) {
			t.Errorf("nothing listens on port %s", port)
		}
	}
	roles := found(read("deploy/roles.sql"), `CREATE ROLE (\w+)`, 2)
	for _, role := range found(compose, `postgres://(\w+):`, 2) {
		if !slices.Contains(roles, role) {
			t.Errorf("roles.sql makes no %s", role)
		}
	}
	for _, target := range found(read("deploy/prometheus/prometheus.yml"), `"(\w+):8081"`, 2) {
		if !strings.Contains(compose, "\n  "+target+":\n") {
			t.Errorf("Prometheus looks for a service %s", target)
		}
	}
	for _, file := range found(compose, `[\[ ](\./[\w./]+):/`, 4) {
		if _, err := os.Stat("../../deploy/" + file); err != nil {
			t.Errorf("compose.yaml mounts %v", err)
		}
	}
}
