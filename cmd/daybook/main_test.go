package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// asDaybook is the environment variable that makes the test binary run as daybook, for tests in which a process dies.
const asDaybook = "DAYBOOK_TEST_AS_DAYBOOK"

func TestMain(m *testing.M) {
	if os.Getenv(asDaybook) != "" {
		main()
		os.Exit(0)
	}
	_ = os.Setenv("DAYBOOK_DRAIN", "0") // tests of the drain say how long it is
	pgtest.Main(m)
}

// output is a buffer for concurrent writes and reads.
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

// running is a running daybook dev.
type running struct {
	base   string // http://HOST:PORT
	admin  string // the same of the metrics
	dir    string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // after done
	log    output
}

// patienceToStart is how long a process may take to start beside other tests: the first start makes a database and its data.
const patienceToStart = 3 * time.Minute

// startDev runs daybook dev on dir until the test ends.
func startDev(t *testing.T, dir string, flags ...string) *running {
	t.Helper()
	t.Setenv("DATABASE_URL", "")
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{dir: dir, cancel: cancel, done: make(chan struct{})}
	var stdout output
	stderr := &r.log
	go func() {
		defer close(r.done)
		r.err = run(ctx, append([]string{"daybook", "dev", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--data-dir", dir, "--dev-token", testToken}, flags...), &stdout, stderr)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
		if t.Failed() {
			t.Logf("the log:\n%s", stderr.String())
		}
	})
	started := regexp.MustCompile(`GraphQL +(http://[^/]+)/graphql`)
	for deadline := time.Now().Add(patienceToStart); ; time.Sleep(20 * time.Millisecond) {
		if m := started.FindStringSubmatch(stdout.String()); m != nil {
			r.base = m[1]
			r.admin = regexp.MustCompile(`metrics +(http://[^/]+)/`).FindStringSubmatch(stdout.String())[1]
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

// stop stops it as Ctrl-C does, and returns its error and how long that took.
func (r *running) stop() (time.Duration, error) {
	begin := time.Now()
	r.cancel()
	<-r.done
	return time.Since(begin), r.err
}

// query runs a GraphQL document as the demo business's owner and returns its data.
func (r *running) query(t *testing.T, document string, variables map[string]any) map[string]any {
	t.Helper()
	return r.queryAs(t, testToken, document, variables)
}

func (r *running) queryAs(t *testing.T, token, document string, variables map[string]any) map[string]any {
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
	q.Header.Set("Authorization", "Bearer "+token)
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

// at returns the value at a path: at(t, data, "invoice.items.0.id").
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

// beside runs a sub-command such as serve on the same data directory until stop, as start does.
func (r *running) beside(t *testing.T, args ...string) (base string, stop func() error) {
	t.Helper()
	return start(t, append(args, "--data-dir", r.dir)...)
}

// start runs a sub-command such as serve until stop, and returns its address.
func start(t *testing.T, args ...string) (base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr output
	done := make(chan error, 1)
	go func() { done <- run(ctx, append([]string{"daybook"}, args...), &stdout, &stderr) }()
	address := regexp.MustCompile(`http://[^/]+`)
	for deadline := time.Now().Add(patienceToStart); base == ""; time.Sleep(20 * time.Millisecond) {
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
	return getAs(t, "", url)
}

// getAs is get with a token.
func getAs(t *testing.T, token, url string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	w, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	return w.StatusCode
}

// superuser runs a statement as PostgreSQL's superuser.
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

// settle waits until there are no marks.
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
