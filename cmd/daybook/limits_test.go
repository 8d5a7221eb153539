package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/httpserver"
	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask sends a GraphQL document and returns the status, the body and how long the answer took.
func ask(ctx context.Context, base, token, document string) (status int, body string, took time.Duration, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/graphql", strings.NewReader(fmt.Sprintf(`{"query": %q}`, document)))
	if err != nil {
		return 0, "", 0, err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	begin := time.Now()
	w, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, "", 0, err
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if w.StatusCode == http.StatusServiceUnavailable && w.Header.Get("Retry-After") == "" {
		err = fmt.Errorf("503 without Retry-After")
	}
	return w.StatusCode, string(text), time.Since(begin), err
}

// installed makes a migrated database with one organization, whose owner's token it returns; DATABASE_URL is then the
// application role's.
func installed(t *testing.T) (owner, token string) {
	t.Helper()
	elsewhere(t)
	owner = os.Getenv("DATABASE_URL")
	application := pgtest.Application(t, owner)
	if out, err := daybook(t, "migrate", "--application-role", pglocal.ApplicationRole); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	t.Setenv("DATABASE_URL", application)
	out, err := daybook(t, "organization", "create", "--name", "Engines", "--time-zone", "Australia/Adelaide", "--currency", "AUD",
		"--owner-name", "Ada Lovelace", "--owner-email", "ada@example.com")
	if err != nil {
		t.Fatalf("organization create: %v: %s", err, out)
	}
	var id string
	if _, err := fmt.Sscanf(out, "organization %s\ntoken %s", &id, &token); err != nil {
		t.Fatal(err)
	}
	return owner, token
}

// Writers that wait for one row's lock do not keep others from reading; each is told to try again when its wait is over,
// and counted. A lock that is released in time lets its writer through.
func TestWritersWaiting(t *testing.T) {
	pgtest.Long(t)
	const writers, limit = 30, 700 * time.Millisecond
	owner, token := installed(t)
	admin := freeAddress(t)
	base, stop := start(t, "serve", "--addr", "127.0.0.1:0", "--admin-addr", admin, "--lock-timeout", limit.String())
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	metric := func(name string) string {
		t.Helper()
		w, err := http.Get("http://" + admin + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		text, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, name+" "); ok {
				return strings.TrimSpace(value)
			}
		}
		return "absent"
	}
	const ofWrites = `daybook_database_timeouts_total{limit="lock",pool="writes"}`
	for _, name := range []string{
		ofWrites, `daybook_database_timeouts_total{limit="statement",pool="requests"}`,
		`daybook_database_timeouts_total{limit="idle_in_transaction",pool="jobs"}`,
		`daybook_projection_failures_total{projection="people_summaries"}`, `daybook_projection_marks_absorbed_total{projection="people_summaries"}`,
	} {
		if got := metric(name); got != "0" {
			t.Errorf("at the start %s is %s", name, got)
		}
	}
	status, body, _, err := ask(t.Context(), base, token, `mutation { personCreate(input: {givenName: "Grace"}) { record { id } } }`)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d: %s: %v", status, body, err)
	}
	id := body[strings.Index(body, "Person:"):]
	id = id[:strings.IndexByte(id, '"')]

	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `BEGIN; SELECT FROM canonical.people FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			status, body, _, err := ask(t.Context(), base, token, `mutation { personUpdate(id: "`+id+`", input: {phone: "1"}) { record { id } } }`)
			if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(body, "UNAVAILABLE") {
				t.Errorf("a writer is answered %d: %s: %v", status, body, err)
			}
		})
	}
	time.Sleep(limit / 4)
	for range 3 {
		status, body, took, err := ask(t.Context(), base, token, `{ invoices(first: 10) { totalCount nodes { id items { id } } } viewer { role } }`)
		if err != nil || status != http.StatusOK || took > time.Second {
			t.Errorf("a list beside %d writers is answered %d after %v: %s: %v", writers, status, took, body, err)
		}
	}
	if status := get(t, base+"/readyz"); status != http.StatusOK {
		t.Errorf("beside %d writers /readyz answers %d", writers, status)
	}
	all.Wait()
	time.Sleep(httpserver.CheckInterval)
	if got := metric(ofWrites); got != fmt.Sprint(writers) {
		t.Errorf("%s is %s", ofWrites, got)
	}

	all.Go(func() {
		status, body, _, err := ask(t.Context(), base, token, `mutation { personUpdate(id: "`+id+`", input: {phone: "2"}) { record { phone } } }`)
		if err != nil || status != http.StatusOK || !strings.Contains(body, `"phone":"2"`) {
			t.Errorf("a writer with patience is answered %d: %s: %v", status, body, err)
		}
	})
	time.Sleep(limit / 4)
	if _, err := conn.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// A process says that it is not ready where nothing can be written: in a database that is read-only, and on a disk
// without room.
func TestReadinessForWrites(t *testing.T) {
	pgtest.Long(t)
	owner, _ := installed(t)
	super := pgtest.Superuser(t, pgtest.Open(t, owner, pgpool.Options{MaxConns: 2}))
	role := pgx.Identifier{pglocal.ApplicationRole}.Sanitize() + " IN DATABASE " + pgx.Identifier{super.Config().Database}.Sanitize()
	base, stop := start(t, "serve", "--addr", "127.0.0.1:0")
	becomes := func(want int, change string) {
		t.Helper()
		for _, sql := range []string{change, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'daybook %' AND datname = current_database()`} {
			if _, err := super.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		got := 0
		for end := time.Now().Add(4 * httpserver.CheckInterval); got != want && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			got = get(t, base+"/readyz")
		}
		if got != want {
			t.Errorf("after %s: /readyz answers %d, not %d", change, got, want)
		}
	}
	becomes(http.StatusOK, `SELECT`)
	becomes(http.StatusServiceUnavailable, `ALTER ROLE `+role+` SET default_transaction_read_only = on`)
	becomes(http.StatusOK, `ALTER ROLE `+role+` RESET default_transaction_read_only`)
	becomes(http.StatusServiceUnavailable, `ALTER ROLE `+role+` SET temp_file_limit = '64kB'`)
	becomes(http.StatusOK, `ALTER ROLE `+role+` RESET temp_file_limit`)
	if err := stop(); err != nil {
		t.Error(err)
	}
}
