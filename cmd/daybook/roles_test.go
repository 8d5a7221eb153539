package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/jobs"
)

// serve, import and the pages of jobs work as the application's role, which may do no more than that, once migrate has
// granted it access.
func TestApplicationRole(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	owner := os.Getenv("DATABASE_URL")
	application := pgtest.Application(t, owner)
	must := func(args ...string) string {
		t.Helper()
		out, err := daybook(t, args...)
		if err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
		return out
	}
	must("migrate")
	t.Setenv("DATABASE_URL", application)
	if _, err := daybook(t, "serve", "--addr", "127.0.0.1:0"); !errors.Is(err, errOutdated) || !strings.Contains(err.Error(), "--application-role "+pglocal.ApplicationRole) {
		t.Errorf("before it is admitted: %v", err)
	}
	t.Setenv("DATABASE_URL", owner)
	must("migrate", "--application-role", pglocal.ApplicationRole)

	t.Setenv("DATABASE_URL", application)
	var id, token string
	created := must("organization", "create", "--name", "Engines", "--time-zone", "Australia/Adelaide", "--currency", "AUD",
		"--owner-name", "Ada Lovelace", "--owner-email", "ada@example.com")
	if _, err := fmt.Sscanf(created, "organization %s\ntoken %s", &id, &token); err != nil {
		t.Fatal(err)
	}
	admin := freeAddress(t)
	base, stop := start(t, "serve", "--addr", "127.0.0.1:0", "--admin-addr", admin)
	r := &running{base: base}
	r.queryAs(t, token, `mutation { personCreate(input: {givenName: "Grace"}) { record { id } userErrors { message } } }`, nil)
	file := filepath.Join(t.TempDir(), "documents.csv")
	if err := os.WriteFile(file, []byte("kind,document,party,description,unit_price\ninvoice,A-1,Grace,Engine,99.50\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must("import", "documents", file, "--approve")
	answer := r.queryAs(t, token, `{ invoices(first: 1) { nodes { customerName state total { amount } } } }`, nil)
	if got := fmt.Sprint(at(t, answer, "invoices.nodes")); got != "[map[customerName:Grace state:APPROVED total:map[amount:99.50]]]" {
		t.Errorf("the imported invoice is %s", got)
	}
	must("operator", "grant", "ada@example.com")
	for _, path := range []string{"/river/", "/river/api/jobs?state=available", "/river/api/queues", "/readyz"} {
		t.Run(path, func(t *testing.T) {
			if got := getAs(t, token, "http://"+admin+path); got != http.StatusOK {
				t.Errorf("answers %d", got)
			}
		})
	}
	for _, path := range []string{"/river/", "/playground", "/metrics"} {
		if got := getAs(t, token, base+path); got != http.StatusNotFound {
			t.Errorf("beside the API %s answers %d", path, got)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}

	t.Setenv("DATABASE_URL", owner)
	for _, url := range []string{owner, application} {
		t.Run(url, func(t *testing.T) {
			var log bytes.Buffer
			n, err := openNode(t.Context(), &database{url: owner, applicationURL: url}, slog.New(slog.NewTextHandler(&log, nil)), jobs.Config{}, commandLimits, commandPools)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.warnIfOwner(t.Context()); err != nil {
				t.Error(err)
			}
			n.close()
			if warned := strings.Contains(log.String(), "as the owner of the tables"); warned != (url == owner) {
				t.Errorf("warned: %v", warned)
			}
		})
	}
	if _, err := pgtest.Open(t, application, pgpool.Options{}).Exec(t.Context(), `ALTER TABLE canonical.documents DISABLE TRIGGER USER`); err == nil {
		t.Error("the triggers can be switched off")
	}
	execute(t, pool, "SELECT engine.check()")
}
