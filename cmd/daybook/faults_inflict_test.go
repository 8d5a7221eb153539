package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
)

// fault is what happens to a world while clients write and read.
type fault struct {
	name string
	// short ones are inflicted by every run of the tests, the others by make faults.
	short bool
	// inflict returns when the fault is over: from then on everything recovers.
	inflict func(t *testing.T, w *world)
	// never is what clients are not told because of it, beside codes that say that something is wrong with Daybook.
	never []string
	// skip returns why it cannot be inflicted here; empty if it can.
	skip func(w *world) string
}

// faults are inflicted in this order. The last one leaves no standby.
var faults = []fault{
	{name: "kill -9 of serve", short: true, inflict: killServe},
	{name: "kill -9 of work", inflict: killWork},
	{name: "SIGTERM of serve", inflict: terminateServe, never: []string{"cut off"}},
	{name: "all backends terminated", short: true, inflict: terminateBackends},
	{name: "kill -9 of PostgreSQL", inflict: func(t *testing.T, w *world) { endServer(t, w, syscall.SIGKILL) }},
	{name: "immediate stop of PostgreSQL", inflict: func(t *testing.T, w *world) { endServer(t, w, syscall.SIGQUIT) }},
	{name: "lock on canonical.people", inflict: lockFor("canonical.people")},
	{name: "lock on marks.people_summaries", inflict: lockFor("marks.people_summaries")},
	{name: "lock on projection.people_summaries", inflict: lockFor("projection.people_summaries")},
	{name: "statement time-outs", inflict: timeOut},
	{name: "pool exhausted", inflict: exhaust},
	{name: "no connections left", inflict: leaveNoConnections},
	{name: "disk full", inflict: fillDisk, skip: func(w *world) string {
		if w.diskless != nil {
			return w.diskless.Error()
		}
		return ""
	}},
	{name: "idle snapshot", inflict: holdSnapshot, never: []string{"UNAVAILABLE"}},
	{name: "dump and restore", inflict: dumpAndRestore, skip: withoutPrograms("pg_dump", "pg_restore"), never: []string{"UNAVAILABLE"}},
	{name: "failover to the standby", short: true, inflict: failOver},
}

// pause is how long a fault that can be as long as one likes lasts.
const pause = 20 * time.Second

// killServe kills each serve in turn, and starts it again a second later.
func killServe(t *testing.T, w *world) {
	for _, d := range w.serves {
		d.signal(t, syscall.SIGKILL)
		time.Sleep(time.Second)
		d.start(t)
	}
}

// killWork kills the worker four times, in the middle of what it does, and then has a sweep find what psql has changed.
func killWork(t *testing.T, w *world) {
	for range 4 {
		w.works.signal(t, syscall.SIGKILL)
		time.Sleep(time.Second)
		w.works.start(t)
		time.Sleep(2 * time.Second)
	}
	conn := w.dial(t)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `UPDATE canonical.people SET phone = '1' WHERE given_name = 'Person 1'`); err != nil {
		t.Fatal(err)
	}
	within(t, 30*time.Second, "the sweep", func() (found bool) {
		if err := conn.QueryRow(t.Context(), `SELECT phone IS NOT NULL FROM projection.people_summaries WHERE given_name = 'Person 1'`).Scan(&found); err != nil {
			t.Fatal(err)
		}
		return found
	})
}

// terminateServe ends each process that serves as a supervisor does, under load, and starts it again. Once it says that it is not
// ready, clients send their requests elsewhere.
func terminateServe(t *testing.T, w *world) {
	for range 2 {
		for _, d := range w.serves {
			if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			within(t, time.Minute, "/readyz of a process that drains", func() bool { return w.readyz(t, d) != http.StatusOK })
			w.leave(d.base)
			d.wait(t)
			d.start(t)
			w.leave("")
		}
	}
}

// clientBackends are the processes of PostgreSQL that serve somebody else's connections.
const clientBackends = `FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`

func terminateBackends(t *testing.T, w *world) {
	for range 5 {
		w.superuser(t, `SELECT pg_terminate_backend(pid) `+clientBackends)
		time.Sleep(time.Second)
	}
}

// endServer ends the primary, and starts it again three seconds later.
func endServer(t *testing.T, w *world, signal syscall.Signal) {
	if err := w.primary.Signal(t.Context(), signal); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	if err := w.primary.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// lockFor locks a table against everybody.
func lockFor(table string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		conn := w.dial(t)
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), `BEGIN; LOCK TABLE `+table+` IN ACCESS EXCLUSIVE MODE`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
	}
}

// timeOut restarts the processes that serve with a short time-out, and has statements wait for longer, again and again; the worker's
// are cancelled, as by its own time-out.
func timeOut(t *testing.T, w *world) {
	again := func(flags ...string) {
		for _, d := range w.serves {
			w.leave(d.base)
			d.signal(t, syscall.SIGTERM)
			d.start(t, flags...)
			w.leave("")
		}
	}
	again("--statement-timeout", "100ms")
	conn := w.dial(t)
	defer conn.Close(t.Context())
	for range 10 {
		for _, sql := range []string{`BEGIN; LOCK TABLE canonical.people IN ACCESS EXCLUSIVE MODE`, `SELECT pg_sleep(0.4)`,
			`SELECT pg_cancel_backend(pid) ` + clientBackends + ` AND usename = '` + pglocal.Role + `'`, `COMMIT`} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		time.Sleep(600 * time.Millisecond)
	}
	again()
}

// exhaust has more callers than there are connections for writes wait for one row, each until the lock's time-out.
func exhaust(t *testing.T, w *world) {
	conn := w.dial(t)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `BEGIN; SELECT FROM canonical.people WHERE external_ref = 'watched-0' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			c := w.client(t, fmt.Sprintf("waiting-%d", i))
			c.rename(t.Context(), i, w.watched[0], c.name)
		})
	}
	time.Sleep(14 * time.Second)
	if _, err := conn.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// leaveNoConnections has PostgreSQL accept two connections of the role that requests are answered as.
func leaveNoConnections(t *testing.T, w *world) {
	limit := func(n int) string {
		return fmt.Sprintf("ALTER ROLE %s CONNECTION LIMIT %d", pglocal.ApplicationRole, n)
	}
	w.superuser(t, limit(2), `SELECT pg_terminate_backend(pid) `+clientBackends+` AND usename = '`+pglocal.ApplicationRole+`'`)
	time.Sleep(pause / 2)
	w.superuser(t, limit(-1))
}

// fillDisk fills the primary's file system. PostgreSQL may end by that, where it has no room for its log: then it is started again once
// there is room.
func fillDisk(t *testing.T, w *world) {
	file := filepath.Join(w.disk, "full")
	full, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	defer full.Close()
	zeros := make([]byte, 1<<20)
	for begin := time.Now(); time.Since(begin) < pause; {
		if _, err := full.Write(zeros); err != nil { // also what is freed meanwhile
			time.Sleep(50 * time.Millisecond)
		}
	}
	if err := full.Truncate(0); err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.primary.Done():
		t.Logf("PostgreSQL ended: %v", w.primary.Err())
		if err := w.primary.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	default:
	}
}

// holdSnapshot holds a snapshot that keeps all dead rows, while 500 people are changed three times a second.
func holdSnapshot(t *testing.T, w *world) {
	holder, writer := w.dial(t), w.dial(t)
	defer holder.Close(t.Context())
	defer writer.Close(t.Context())
	if _, err := holder.Exec(t.Context(), `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM canonical.people`); err != nil {
		t.Fatal(err)
	}
	for begin, i := time.Now(), 0; time.Since(begin) < pause; i++ {
		if _, err := writer.Exec(t.Context(), `UPDATE canonical.people SET phone = $1 WHERE given_name LIKE 'Person %'`, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second / 3)
	}
}

// withoutPrograms returns a reason to skip where the server's programs lack one.
func withoutPrograms(names ...string) func(*world) string {
	return func(*world) string {
		bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
		if err != nil {
			return err.Error()
		}
		for _, name := range names {
			if _, err := os.Stat(bin.Path(name)); err != nil {
				return err.Error()
			}
		}
		return ""
	}
}

// dumpAndRestore dumps the database beside the clients and restores it into another one, which can be migrated, has no drift, and has
// all that was acknowledged before.
func dumpAndRestore(t *testing.T, w *world) {
	bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	created := append([]string{}, w.created...)
	w.mu.Unlock()
	backup := filepath.Join(t.TempDir(), "backup")
	restored := w.primary.URL(pglocal.Superuser, "restored")
	w.superuser(t, "CREATE DATABASE restored OWNER "+pglocal.Role)
	for _, command := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + backup, w.primary.URL(pglocal.Superuser, pglocal.Database)},
		{"pg_restore", "--exit-on-error", "--dbname=" + restored, backup},
	} {
		if out, err := exec.CommandContext(t.Context(), bin.Path(command[0]), command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command[0], err, out)
		}
	}
	t.Setenv("DATABASE_URL", w.primary.URL(pglocal.Role, "restored"))
	for _, args := range [][]string{{"migrate", "--application-role", pglocal.ApplicationRole}, {"projections", "verify"}} {
		if out, err := daybook(t, args...); err != nil {
			t.Errorf("%q of the restored database: %v: %s", args, err, out)
		}
	}
	conn, err := pgx.Connect(t.Context(), restored)
	if err != nil {
		t.Fatal(err)
	}
	var there int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM canonical.people WHERE external_ref = ANY ($1)`, created).Scan(&there); err != nil || there != len(created) {
		t.Errorf("%d of %d people were restored: %v", there, len(created), err)
	}
	c := &checker{t: t}
	if err := c.once(t.Context(), w.primary.URL(pglocal.Role, "restored")); err != nil || c.checks.Load() == 0 {
		t.Errorf("the restored database is not checked: %v", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.superuser(t, "DROP DATABASE restored WITH (FORCE)")
}

// failOver has the primary answer what the standby has too, kills it, and promotes the standby. The processes have both addresses.
func failOver(t *testing.T, w *world) {
	conn := w.dial(t)
	defer conn.Close(t.Context())
	for _, sql := range []string{`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	within(t, 20*time.Second, "synchronous replication", func() (is bool) {
		if err := conn.QueryRow(t.Context(), `SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'`).Scan(&is); err != nil {
			t.Fatal(err)
		}
		return is
	})
	time.Sleep(2 * time.Second)
	if err := w.primary.Signal(t.Context(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	standby, err := pgx.Connect(t.Context(), w.standby.URL(pglocal.Superuser, pglocal.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer standby.Close(t.Context())
	if _, err := standby.Exec(t.Context(), `SELECT pg_promote()`); err != nil {
		t.Fatal(err)
	}
}
