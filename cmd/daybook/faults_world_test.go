package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// daemon is a daybook process of its own: serve or work.
type daemon struct {
	ctx  context.Context // of the whole test
	base string          // where it answers
	args []string
	env  []string
	cmd  *exec.Cmd
	out  *output
}

// start starts it, with more flags, and waits until it says so.
func (d *daemon) start(t *testing.T, more ...string) {
	t.Helper()
	cmd := exec.CommandContext(d.ctx, os.Args[0], append(append([]string{}, d.args...), more...)...)
	cmd.Env = append(os.Environ(), append(d.env, asDaybook+"=1")...)
	d.cmd, d.out = cmd, &output{}
	cmd.Stdout, cmd.Stderr = d.out, d.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patienceToStart); !strings.Contains(d.out.String(), "Ctrl-C ends it"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not start:\n%s", d.args[2], d.out)
		}
	}
}

// signal sends a signal, and waits for the process's end.
func (d *daemon) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if signal == syscall.SIGKILL {
		_ = d.cmd.Wait() // says that it was killed
		return
	}
	d.wait(t)
}

// wait waits for the end of a process that was told to stop, which is no error.
func (d *daemon) wait(t *testing.T) {
	t.Helper()
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("%s ended with %v:\n%s", d.args[2], err, d.out)
	}
}

// within waits until something is so, and fails after the time.
func within(t *testing.T, limit time.Duration, what string, is func() bool) (took time.Duration) {
	t.Helper()
	begin := time.Now()
	for !is() {
		if time.Since(begin) > limit {
			t.Fatalf("%s: not within %s", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(begin)
}

// world is a primary with a standby, two processes that serve, the second of which reads from the standby, one that works, and clients.
type world struct {
	*history
	primary, standby *pgtest.Server
	disk             string // where the primary's files are, if its size is bounded
	diskless         error  // why it is not
	owner            string // the address of the database, wherever the primary is, as each role
	application      string
	serves           [2]*daemon
	works            *daemon
	token            string
	watched          []string
	http             *http.Client
}

// newWorld starts one. Everything ends with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{history: newHistory(), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}}
	t.Cleanup(w.http.CloseIdleConnections)
	if w.disk, w.diskless = pgtest.Disk(t, 640); w.diskless != nil {
		w.disk = ""
	}
	// What one keeps of the log, so that it fits on the disk, and looks for each other soon.
	w.primary = pgtest.NewServer(t, w.disk, map[string]string{"max_wal_size": "96MB", "wal_keep_size": "64MB", "wal_retrieve_retry_interval": "200ms",
		"hot_standby_feedback": "on", "wal_receiver_status_interval": "1s", "max_standby_streaming_delay": "5s"})
	w.standby = w.primary.Standby(t, nil)
	w.owner, w.application = w.address(t, pglocal.Role), w.address(t, pglocal.ApplicationRole)
	t.Setenv("DATABASE_URL", w.application)
	out, err := daybook(t, "organization", "create", "--name", "Engines", "--time-zone", "Australia/Adelaide", "--currency", "AUD",
		"--owner-name", "Ada Lovelace", "--owner-email", "ada@example.com")
	if err != nil {
		t.Fatalf("organization create: %v: %s", err, out)
	}
	var id string
	if _, err := fmt.Sscanf(out, "organization %s\ntoken %s", &id, &w.token); err != nil {
		t.Fatal(err)
	}
	w.superuser(t, `INSERT INTO canonical.people (organization_id, given_name, is_customer) SELECT (SELECT min(id) FROM canonical.organizations), 'Person ' || i, true FROM generate_series(1, 500) AS i`)
	for i := range w.serves {
		w.serves[i] = w.daemon(t, w.application, "serve", "--drain", "2s")
	}
	w.serves[1].args = append(w.serves[1].args, "--replica-url", w.standby.URL(pglocal.ApplicationRole, pglocal.Database))
	w.works = w.daemon(t, w.owner, "work")
	for _, d := range w.daemons() {
		d.start(t)
		t.Cleanup(func() {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		})
	}
	c := w.client(t, "setup")
	for i := range 6 {
		a := c.do(t.Context(), 0, "", createPerson, map[string]any{"ref": fmt.Sprintf("watched-%d", i)})
		var person struct {
			PersonCreate struct{ Record struct{ ID string } }
		}
		a.into(t, &person)
		w.watched = append(w.watched, person.PersonCreate.Record.ID)
	}
	return w
}

func (w *world) daemons() []*daemon { return []*daemon{w.serves[0], w.serves[1], w.works} }

// daemon returns one that is not started yet.
func (w *world) daemon(t *testing.T, url, command string, flags ...string) *daemon {
	t.Helper()
	address := freeAddress(t)
	return &daemon{ctx: t.Context(), base: "http://" + address, args: append([]string{"--log-level", "warn", command, "--addr", address, "--admin-addr", ""}, flags...), env: []string{"DATABASE_URL=" + url}}
}

// address returns an address that leads to whichever of the two servers can be written to.
func (w *world) address(t *testing.T, role string) string {
	t.Helper()
	url, err := neturl.Parse(w.primary.URL(role, pglocal.Database))
	if err != nil {
		t.Fatal(err)
	}
	q := url.Query()
	q.Set("host", w.primary.SocketDir()+","+w.standby.SocketDir())
	q.Set("port", q.Get("port")+","+q.Get("port"))
	q.Set("target_session_attrs", "read-write")
	url.RawQuery = q.Encode()
	return url.String()
}

// client returns one more caller.
func (w *world) client(t *testing.T, name string) *client {
	return &client{history: w.history, t: t, name: name, token: w.token, bases: []string{w.serves[0].base, w.serves[1].base}, watched: w.watched, http: w.http, shown: map[string]int{}}
}

// clients has some of them write and read until stop.
func (w *world) clients(t *testing.T, fault string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { w.client(t, fmt.Sprintf("%s-%d", strings.ReplaceAll(fault, " ", "-"), i)).run(ctx, i) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// dial connects to the primary as a superuser.
func (w *world) dial(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.address(t, pglocal.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// superuser runs statements on the primary as a superuser.
func (w *world) superuser(t *testing.T, statements ...string) {
	t.Helper()
	conn := w.dial(t)
	defer conn.Close(t.Context())
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// readyz returns the status of a process's /readyz; 0 if it does not answer.
func (w *world) readyz(t *testing.T, d *daemon) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.base+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.http.Do(q)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if errors.Join(err, answer.Body.Close()) != nil {
		return 0
	}
	return answer.StatusCode
}

// ready returns whether all processes say so.
func (w *world) ready(t *testing.T) bool {
	t.Helper()
	return !slices.ContainsFunc(w.daemons(), func(d *daemon) bool { return w.readyz(t, d) != http.StatusOK })
}

// recovered waits until both servers acknowledge mutations that were begun from now on, and all processes are ready.
func (w *world) recovered(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	return within(t, 2*time.Minute, "writes again", func() bool {
		w.mu.Lock()
		writes := w.acknowledged[w.serves[0].base].After(begin) && w.acknowledged[w.serves[1].base].After(begin)
		w.mu.Unlock()
		return t.Failed() || writes && w.ready(t)
	})
}
