package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"daybook/internal/pglocal"
)

// asDaybook makes the test binary behave as the daybook binary, for tests in which a process dies.
const asDaybook = "DAYBOOK_TEST_AS_DAYBOOK"

func TestMain(m *testing.M) {
	if os.Getenv(asDaybook) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// output is a buffer that one goroutine writes and another reads.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

const testToken = "token-of-the-test"

// running is daybook dev on a data directory.
type running struct {
	base   string // http://HOST:PORT
	dir    string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // after done
}

// startDev runs daybook dev on dir until the test ends.
func startDev(t *testing.T, dir string) *running {
	t.Helper()
	t.Setenv("DATABASE_URL", "")
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{dir: dir, cancel: cancel, done: make(chan struct{})}
	var stdout, stderr output
	go func() {
		defer close(r.done)
		r.err = run(ctx, []string{"daybook", "dev", "--addr", "127.0.0.1:0", "--data-dir", dir, "--dev-token", testToken}, &stdout, &stderr)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
		if t.Failed() {
			t.Logf("the log:\n%s", stderr.String())
		}
	})
	started := regexp.MustCompile(`GraphQL +(http://[^/]+)/graphql`)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if m := started.FindStringSubmatch(stdout.String()); m != nil {
			r.base = m[1]
			return r
		}
		select {
		case <-r.done:
			t.Fatalf("daybook dev ended: %v", r.err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("daybook dev does not start: %s", stdout.String())
		}
	}
}

// stop ends it as Ctrl-C does, and returns what it returned and how long it took.
func (r *running) stop() (time.Duration, error) {
	begin := time.Now()
	r.cancel()
	<-r.done
	return time.Since(begin), r.err
}

// query answers a GraphQL document's data.
func (r *running) query(t *testing.T, document string, variables map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+testToken)
	w, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
		t.Fatalf("%v: %s", err, text)
	}
	return answer.Data
}

// at reads a value deep in an answer: at(data, "invoice.items.0.id").
func at(t *testing.T, value any, path string) any {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				t.Fatalf("%s: no %s in %v", path, step, v)
			}
			value = v[i]
		default:
			t.Fatalf("%s: no %s in %v", path, step, v)
		}
	}
	return value
}

// cli runs another sub-command on the same data directory.
func (r *running) cli(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr output
	err := run(t.Context(), append(append([]string{"daybook"}, args...), "--data-dir", r.dir), &stdout, &stderr)
	return stdout.String(), err
}

// beside runs a sub-command that goes on, on the same data directory, until stop.
func (r *running) beside(t *testing.T, args ...string) (base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr output
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append(append([]string{"daybook"}, args...), "--data-dir", r.dir), &stdout, &stderr)
	}()
	address := regexp.MustCompile(`http://[^/]+`)
	for deadline := time.Now().Add(time.Minute); base == ""; time.Sleep(20 * time.Millisecond) {
		base = address.FindString(stdout.String())
		if time.Now().After(deadline) {
			t.Fatalf("%v does not start:\n%s%s", args, &stdout, &stderr)
		}
	}
	return base, func() error {
		cancel()
		return <-done
	}
}

func get(t *testing.T, url string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	w, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	return w.StatusCode
}

// superuser runs a statement past everything that the application is refused.
func (r *running) superuser(t *testing.T, statements ...string) {
	t.Helper()
	endpoint, err := pglocal.Attach(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), endpoint.URL(pglocal.Superuser, pglocal.Database))
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

const createInvoice = `mutation ($customer: ID!) {
	invoiceCreate(input: {customerId: $customer, currency: "AUD", items: [{description: "Work", quantity: 2, unitPrice: "50.25"}]}) {
		record { id total { amount } items { id } } userErrors { path message }
	}
}`

// The life of a data directory, as a person would live it with the command line and curl.
func TestDev(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
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
	if out, err := r.cli(t, "projections", "list", "no_such"); err == nil {
		t.Errorf("list of an unknown name: %s", out)
	}
	var stdout, stderr output
	if err := run(t.Context(), []string{"daybook", "dev", "--addr", "127.0.0.1:0", "--data-dir", dir}, &stdout, &stderr); !errors.Is(err, pglocal.ErrInUse) {
		t.Errorf("a second dev on the same directory: %v", err)
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
}

// settle waits until nothing is marked.
func (r *running) settle(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		out, err := r.cli(t, "projections", "list")
		if err != nil {
			t.Fatal(err)
		}
		behind := false
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); f[0] != "NAME" && f[3] != "0" {
				behind = true
			}
		}
		if !behind {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still behind:\n%s", out)
		}
	}
}

// startProcess runs daybook dev in a process of its own, until it answers.
func startProcess(t *testing.T, dir string) (*exec.Cmd, *output) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "dev", "--addr", "127.0.0.1:0", "--data-dir", dir, "--dev-token", testToken)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DATABASE_URL=")
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(out.String(), "Daybook runs"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("daybook dev does not start:\n%s", out)
		}
	}
	return cmd, out
}

func postmaster(t *testing.T, dir string) (pid int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cluster", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// Without its database, dev ends with an error.
func TestDevEndsWithPostgres(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	cmd, out := startProcess(t, dir)
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ended := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !ended.Stop() {
		t.Error("dev went on without its database")
	}
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out.String(), "daybook: PostgreSQL ended") {
		t.Errorf("dev ended with %v:\n%s", err, out)
	}
}

// kill -9 leaves no server behind, and the next start has all data.
func TestDevKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	cmd, _ := startProcess(t, dir)
	pid := postmaster(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL (%d) goes on without daybook", pid)
		}
	}
	cmd, out := startProcess(t, dir)
	if strings.Contains(out.String(), "new PostgreSQL data directory") {
		t.Errorf("the data was made anew:\n%s", out)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v:\n%s", err, out)
	}
}
