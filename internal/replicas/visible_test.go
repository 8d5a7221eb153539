package replicas

import (
	"context"
	"errors"
	"testing"
	"time"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// What a replica shows of a transaction that the primary does not show yet, because its commit waits for a synchronous standby, is
// waited for.
func TestAwaitVisible(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx := t.Context()
	server := pgtest.NewServer(t, "", nil)
	standby := server.Standby(t, nil)
	primary := pgtest.Open(t, server.URL(pglocal.Superuser, pglocal.Database), pgpool.Options{MaxConns: 4})
	replica := &Replica{Pages: pgtest.Open(t, standby.URL(pglocal.ApplicationRole, pglocal.Database), pgpool.Options{MaxConns: 4})}
	if err := replica.AwaitVisible(ctx, primary); err != nil {
		t.Error(err)
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := primary.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
	exec(`SELECT pg_reload_conf()`)
	done := make(chan error, 1)
	go func() {
		_, err := primary.Exec(ctx, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ('Ahead', 'UTC', 'AUD')`)
		done <- err
	}()
	shows := func(db querier) (n int) {
		t.Helper()
		names, err := transactions(ctx, db, `SELECT name FROM canonical.organizations WHERE name = 'Ahead'`)
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	for end := time.Now().Add(20 * time.Second); shows(replica.Pages) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the replica does not show what was committed")
		}
	}
	if shows(primary) != 0 {
		t.Fatal("the primary shows what still waits for a standby")
	}
	if err := replica.AwaitVisible(ctx, primary); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the primary does not show it: %v", err)
	}
	exec(`ALTER SYSTEM RESET synchronous_standby_names`)
	exec(`SELECT pg_reload_conf()`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := replica.AwaitVisible(ctx, primary); err != nil || shows(primary) != 1 {
		t.Errorf("afterwards the primary shows it %d times: %v", shows(primary), err)
	}
}
