package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// A process that gets SIGTERM says that it is not ready and answers what still comes; a second signal ends that. Requests
// that run then are answered, not cut off, and the process ends without an error.
func TestDrain(t *testing.T) {
	pgtest.Long(t)
	const writers = 6
	owner, token := installed(t)
	address := freeAddress(t)
	base := "http://" + address
	cmd := exec.CommandContext(t.Context(), os.Args[0], "serve", "--addr", address, "--admin-addr", "", "--drain", "1m", "--lock-timeout", "30s", "--pool-writes", fmt.Sprint(writers))
	cmd.Env = append(os.Environ(), asDaybook+"=1")
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s never comes:\n%s", what, out)
			}
		}
	}
	until("the beginning", func() bool { return strings.Contains(out.String(), "Daybook answers on") })
	write := `mutation { personUpdate(id: "Person:1", input: {phone: "1"}) { userErrors { message } } }`
	if status, body, _, err := ask(t.Context(), base, token, `mutation { personCreate(input: {givenName: "Grace"}) { record { id } } }`); err != nil || status != http.StatusOK {
		t.Fatalf("%d: %s: %v", status, body, err)
	}
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `BEGIN; LOCK TABLE canonical.people`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			status, body, _, err := ask(t.Context(), base, token, write)
			if err != nil || status != http.StatusOK || strings.Contains(body, "errors\":[{") {
				t.Errorf("a writer is answered %d: %s: %v", status, body, err)
			}
		})
	}
	until("the last writer", func() bool {
		var waiting int
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'canonical.people'::regclass`).Scan(&waiting)
		return err == nil && waiting == writers
	})
	signal := func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	until("the drain", func() bool { return get(t, base+"/readyz") == http.StatusServiceUnavailable })
	if status, body, _, err := ask(t.Context(), base, token, `{ viewer { role } }`); err != nil || status != http.StatusOK {
		t.Errorf("a request of the drain is answered %d: %s: %v", status, body, err)
	}
	signal()
	until("the end of the drain", func() bool {
		_, _, _, err := ask(t.Context(), base, token, `{ viewer { role } }`)
		return err != nil
	})
	if _, err := conn.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v:\n%s", err, out)
	}
	http.DefaultClient.CloseIdleConnections()
}
