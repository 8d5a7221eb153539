package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

const createInvoice = `mutation ($customer: ID!) {
	invoiceCreate(input: {customerId: $customer, currency: "AUD", items: [{description: "Work", quantity: 2, unitPrice: "50.25"}]}) {
		record { id total { amount } items { id } } userErrors { path message }
	}
}`

// A data directory is used from its first start to a restart, by the command line and HTTP.
func TestDev(t *testing.T) {
	pgtest.Long(t)
	dir := dataDir(t)
	r := startDev(t, dir)
	if out, err := r.cli(t, "projections", "pause"); err != nil {
		t.Fatalf("pause: %v: %s", err, out)
	}
	data := r.query(t, `mutation { personCreate(input: {givenName: "Grace", familyName: "Hopper", isCustomer: true}) { record { id } userErrors { path } } }`, nil)
	customer := at(t, data, "personCreate.record.id")
	data = r.query(t, createInvoice, map[string]any{"customer": customer})
	invoice := at(t, data, "invoiceCreate.record.id")
	if got := at(t, data, "invoiceCreate.record.total.amount"); got != "100.50" {
		t.Errorf("the payload's total is %v", got)
	}
	total := func() any {
		t.Helper()
		data := r.query(t, `query ($customer: ID!) { invoices(filter: {customerId: $customer}) { nodes { id total { amount } } } }`,
			map[string]any{"customer": customer})
		if got := at(t, data, "invoices.nodes.0.id"); got != invoice {
			t.Fatalf("the list shows %v, not %v", got, invoice)
		}
		return at(t, data, "invoices.nodes.0.total.amount")
	}
	if got := total(); got != "100.50" {
		t.Errorf("with all projections paused, the list shows %v", got)
	}
	key := invoice.(string)[strings.LastIndex(invoice.(string), ":")+1:]
	r.superuser(t, "UPDATE canonical.document_items SET unit_price = 6000 WHERE document_id = "+key)
	if got := total(); got != "120.00" {
		t.Errorf("after an UPDATE by hand, the list shows %v", got)
	}
	if out, err := r.cli(t, "projections", "resume"); err != nil {
		t.Fatalf("resume: %v: %s", err, out)
	}
	r.settle(t)
	if out, err := r.cli(t, "projections", "verify"); err != nil || !strings.Contains(out, "document_summaries: ") {
		t.Errorf("verify: %v: %s", err, out)
	}

	r.superuser(t, "SET session_replication_role = replica",
		"UPDATE projection.document_summaries SET total = 1 WHERE document_id = "+key)
	if out, err := r.cli(t, "projections", "verify", "document_summaries"); !errors.Is(err, ErrDrift) {
		t.Errorf("verify after a change by hand: %v: %s", err, out)
	}
	if out, err := r.cli(t, "projections", "verify", "document_summaries"); err != nil {
		t.Errorf("verify after the repair: %v: %s", err, out)
	}
	if out, err := r.cli(t, "projections", "rebuild", "document_summaries"); err != nil || !strings.Contains(out, "rebuilt") {
		t.Errorf("rebuild: %v: %s", err, out)
	}
	r.superuser(t, "SET session_replication_role = replica",
		"UPDATE projection.document_summaries SET total = 1 WHERE document_id = "+key)
	if out, err := r.cli(t, "projections", "rebuild", "--background", "document_summaries"); err != nil || !strings.Contains(out, "left to the workers") {
		t.Errorf("rebuild in the background: %v: %s", err, out)
	}
	stored := any("1.00")
	for end := time.Now().Add(20 * time.Second); stored != "120.00" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		stored = total()
	}
	if stored != "120.00" {
		t.Errorf("after a rebuild in the background, the list shows %v", stored)
	}
	if out, err := r.cli(t, "projections", "list", "no_such"); err == nil {
		t.Errorf("list of an unknown name: %s", out)
	}
	var stdout, stderr output
	if err := run(t.Context(), []string{"daybook", "dev", "--addr", "127.0.0.1:0", "--data-dir", dir}, &stdout, &stderr); !errors.Is(err, pglocal.ErrInUse) {
		t.Errorf("a second dev on the same directory: %v", err)
	}

	metricsAreSound(t, r)
	pausedForARequest(t, r)
	statementsAreReported(t, r.base, testToken, true)

	email := at(t, r.query(t, `{ viewer { user { email } } }`, nil), "viewer.user.email").(string)
	token, err := r.cli(t, "token", "create", "--email", strings.ToUpper(email))
	if err != nil {
		t.Errorf("token create: %v", err)
	}
	if got := at(t, r.queryAs(t, strings.TrimSpace(token), `{ viewer { user { email } } }`, nil), "viewer.user.email"); got != email {
		t.Errorf("the new token stands for %v, not %v", got, email)
	}
	for i, change := range []string{"revoke", "grant"} {
		want := []int{http.StatusForbidden, http.StatusOK}[i]
		if out, err := r.cli(t, "operator", change, strings.ToUpper(email)); err != nil {
			t.Errorf("operator %s: %v: %s", change, err, out)
		}
		if status := getAs(t, testToken, r.base+"/river/api/states"); status != want {
			t.Errorf("after operator %s, /river/ answers %d to the owner, not %d", change, status, want)
		}
	}
	if out, err := r.cli(t, "token", "create", "--email", "nobody@example.com"); err == nil {
		t.Errorf("a token for nobody: %s", out)
	}
	if out, err := r.cli(t, "seed"); err != nil || !strings.Contains(out, "found") || strings.Contains(out, "token") {
		t.Errorf("a second seed: %v: %s", err, out)
	}
	if out, err := r.cli(t, "migrate"); err != nil || !strings.Contains(out, "0001_schemas.sql") || strings.Contains(out, "to be applied") {
		t.Errorf("migrate: %v: %s", err, out)
	}

	// A second machine's processes, on the same database.
	for name, command := range map[string][]string{"serve": {"serve"}, "work": {"work"}} {
		base, stop := r.beside(t, append(command, "--addr", "127.0.0.1:0")...)
		if status := get(t, base+"/readyz"); status != http.StatusOK {
			t.Errorf("%s: /readyz answers %d", name, status)
		}
		want := http.StatusUnauthorized
		if name == "work" {
			want = http.StatusNotFound
		}
		if status := get(t, base+"/graphql"); status != want {
			t.Errorf("%s: /graphql answers %d, want %d", name, status, want)
		}
		if name == "serve" {
			statementsAreReported(t, base, testToken, false)
		}
		if err := stop(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	if took, err := r.stop(); err != nil || took > 2*time.Second {
		t.Errorf("stopping took %v: %v", took, err)
	}
	if _, err := pglocal.Attach(dir); !errors.Is(err, pglocal.ErrNotRunning) {
		t.Errorf("PostgreSQL after the end: %v", err)
	}
	r = startDev(t, dir)
	if got := total(); got != "120.00" {
		t.Errorf("after a restart, the list shows %v", got)
	}
	if _, err := r.stop(); err != nil {
		t.Error(err)
	}
	r = startDev(t, dir, "--fresh")
	data = r.query(t, `query ($customer: ID!) { invoices(filter: {customerId: $customer}) { totalCount } all: people { totalCount } }`, map[string]any{"customer": customer})
	if left, people := at(t, data, "invoices.totalCount"), at(t, data, "all.totalCount"); fmt.Sprint(left) != "0" || fmt.Sprint(people) == "0" {
		t.Errorf("a fresh start has %v invoices of before, and %v people", left, people)
	}
}

// A malformed token is refused before anything starts.
func TestDevRefusesAToken(t *testing.T) {
	for _, token := range []string{"t0", "with a blank", strings.Repeat("x", 201)} {
		t.Run(token, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			var out, log output
			err := run(t.Context(), []string{"daybook", "dev", "--addr", "127.0.0.1:0", "--data-dir", dir, "--dev-token", token}, &out, &log)
			if err == nil || !strings.Contains(err.Error(), "8 to 200 printable") {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something started: %v", err)
			}
		})
	}
}
