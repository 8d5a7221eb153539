package audit_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/audit"
	"daybook/internal/pgtest"
)

var feedEvents = flag.Int("feed.events", 5_000, "how many events TestFeedBesideKills reads; 100000 take a minute")

// channels inserts n channels, an event each.
const channels = `INSERT INTO canonical.channels (organization_id, name) SELECT 1, gen_random_uuid()::text FROM generate_series(1, %d)`

// consumer reads the feed of organization 1 part by part.
type consumer struct {
	db    audit.DB
	query audit.FeedQuery
	seen  []int64
}

func newConsumer(db audit.DB) *consumer {
	return &consumer{db: db, query: audit.FeedQuery{OrganizationID: 1, Size: 7}}
}

// poll reads to the end of the feed.
func (c *consumer) poll(ctx context.Context) error {
	for more := true; more; {
		part, err := audit.Feed(ctx, c.db, c.query)
		if err != nil {
			return err
		}
		for _, e := range part.Events {
			c.seen = append(c.seen, e.ID)
		}
		end, _, err := audit.ParseFeedCursor(part.End.Cursor(1))
		if err != nil {
			return err
		}
		c.query.After, more = &end, part.More
	}
	return nil
}

// until polls until n events are read. Transactions of other tests on the server hold the feed back too.
func (c *consumer) until(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); len(c.seen) < n; {
		if err := c.poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatalf("%d events of %d", len(c.seen), n)
		}
	}
}

// caughtUp returns a consumer that has read all there is, and forgets what.
func caughtUp(t *testing.T, pool *pgxpool.Pool) *consumer {
	t.Helper()
	c := newConsumer(pool)
	c.until(t, int(number(t, pool, `SELECT count(*) FROM audit.events WHERE organization_id = 1`)))
	c.seen = nil
	return c
}

// number runs a query of one number.
func number(t *testing.T, db *pgxpool.Pool, sql string) (n int64) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What a transaction has recorded that was open for long comes when it has committed, however far the feed was read.
func TestFeedWaitsForOpenTransactions(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization)
	c := caughtUp(t, pool)
	long, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = long.Rollback(context.WithoutCancel(t.Context())) }()
	run(t, long, fmt.Sprintf(channels, 1))
	run(t, pool, fmt.Sprintf(channels, 1))
	if err := c.poll(t.Context()); err != nil || len(c.seen) != 0 {
		t.Fatalf("%d events beside an open transaction, %v", len(c.seen), err)
	}
	if err := long.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.until(t, 2)
	first := number(t, pool, `SELECT max(id) - 1 FROM audit.events`)
	if err := c.poll(t.Context()); err != nil || !slices.Equal(c.seen, []int64{first, first + 1}) {
		t.Errorf("events %v, %v", c.seen, err)
	}
}

// Nothing is lost and nothing comes twice while transactions last long, roll back, and are killed.
func TestFeedBesideKills(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization)
	var written atomic.Int64
	var writers sync.WaitGroup
	for seed := range uint64(4) {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(seed, 7))
			for written.Load() < int64(*feedEvents) {
				n := 1 + random.IntN(200)
				err := write(t.Context(), pool, random, n)
				if err == nil {
					written.Add(int64(n))
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	c := newConsumer(pool)
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		c.query.Size = 1 + rand.IntN(500)
		if err := c.poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rows, _ := pool.Query(t.Context(), `SELECT id FROM audit.events WHERE organization_id = 1 ORDER BY transaction, id`)
	want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	c.until(t, len(want))
	if !slices.Equal(c.seen, want) {
		t.Errorf("%d events were read, %d recorded", len(c.seen), len(want))
	}
	t.Logf("%d events", len(want))
}

// write records n events in a transaction that may last, be rolled back or be killed; then it returns an error.
func write(ctx context.Context, pool *pgxpool.Pool, random *rand.Rand, n int) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		half := n / 2
		if _, err := tx.Exec(ctx, fmt.Sprintf(channels, half)); err != nil {
			return err
		}
		if random.IntN(10) == 0 {
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf(channels, n-half)); err != nil {
			return err
		}
		switch random.IntN(10) {
		case 0:
			return errors.New("rolled back")
		case 1:
			_, err := pool.Exec(ctx, `SELECT pg_terminate_backend($1)`, int64(tx.Conn().PgConn().PID()))
			return err
		}
		return nil
	})
}

// The feed may be asked for some types of records, for one record, or for some tables. Its end goes on over what is left out.
func TestFeedOfRecords(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization, ada, fmt.Sprintf(channels, 30))
	c := caughtUp(t, pool)
	for name, query := range map[string]audit.FeedQuery{
		"type":   {CanonicalTypes: []string{"Person"}},
		"types":  {CanonicalTypes: []string{"Person", "Sale"}},
		"record": {CanonicalType: new("Person"), CanonicalID: new(int64(7))},
		"tables": {Relations: []string{"people", "sales"}},
	} {
		query.OrganizationID, query.Size = 1, 5
		part, err := audit.Feed(t.Context(), pool, query)
		if err != nil || part.More || len(part.Events) != 1 || part.Events[0].Text != "Person Ada Lovelace created" {
			t.Errorf("%s: %d events, %v", name, len(part.Events), err)
		}
		if part.End.Transaction < c.query.After.Transaction {
			t.Errorf("%s: the feed ends at %+v, was read up to %+v", name, part.End, c.query.After)
		}
	}
	if part, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 2, Size: 5}); err != nil || len(part.Events) > 0 {
		t.Errorf("another organization: %+v, %v", part, err)
	}
	untold, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 1, Relations: []string{"people"}, Size: 5, Untold: true})
	if err != nil || len(untold.Events) != 1 || untold.Events[0].Text != "" {
		t.Errorf("untold: %+v, %v", untold, err)
	}
	if err := audit.Tell(t.Context(), pool, untold.Events); err != nil || untold.Events[0].Text != "Person Ada Lovelace created" {
		t.Errorf("told: %+v, %v", untold.Events, err)
	}
	begin := audit.FeedPosition{}
	if part, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 1, After: &begin}); err != nil || !part.More || part.End != begin {
		t.Errorf("nothing was asked for: %+v, %v", part, err)
	}
}

// Who has read less than what is deleted is told.
func TestFeedForgets(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization, fmt.Sprintf(channels, 3))
	read := *caughtUp(t, pool).query.After
	total := number(t, pool, `SELECT count(*) FROM audit.events WHERE organization_id = 1`)
	if _, err := pgtest.Superuser(t, pool).Exec(t.Context(), `SET session_replication_role = replica; UPDATE audit.events SET occurred_at = '2020-01-01' WHERE id <= 2`); err != nil {
		t.Fatal(err)
	}
	if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		n, err := audit.Forget(t.Context(), tx, time.Hour)
		if n != 2 {
			t.Errorf("%d events were deleted", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 1, After: &audit.FeedPosition{}, Size: 9}); !errors.Is(err, audit.ErrForgotten) {
		t.Errorf("from before what was deleted: %v", err)
	}
	if part, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 1, Size: 100}); err != nil || len(part.Events) != int(total)-2 {
		t.Errorf("from the oldest event: %d, %v", len(part.Events), err)
	}
	if _, err := audit.Feed(t.Context(), pool, audit.FeedQuery{OrganizationID: 1, After: &read, Size: 9}); err != nil {
		t.Errorf("from the end: %v", err)
	}
}

// In a restored database transactions are numbered anew: what was recorded before comes first, all of it.
func TestFeedOfARestoredDatabase(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization)
	if _, err := pgtest.Superuser(t, pool).Exec(t.Context(), `SET session_replication_role = replica; UPDATE audit.events SET transaction = '4000000000'`); err != nil {
		t.Fatal(err)
	}
	total := number(t, pool, `SELECT count(*) FROM audit.events WHERE organization_id = 1`)
	c := newConsumer(pool)
	if err := c.poll(t.Context()); err != nil || len(c.seen) > 0 {
		t.Fatalf("%v was read before its transaction's time, %v", c.seen, err)
	}
	run(t, pool, `SELECT audit.begin_epoch()`, fmt.Sprintf(channels, 1))
	c.until(t, int(total)+1)
	if last := number(t, pool, `SELECT max(id) FROM audit.events`); c.seen[total] != last || !slices.IsSorted(c.seen) {
		t.Errorf("events %v, the last is %d", c.seen, last)
	}
}

func TestFeedPositions(t *testing.T) {
	t.Parallel()
	at := audit.FeedPosition{Epoch: 2, Transaction: 1 << 63, ID: 7}
	if parsed, organization, err := audit.ParseFeedCursor(at.Cursor(3)); err != nil || parsed != at || organization != 3 {
		t.Errorf("%+v of %d, %v", parsed, organization, err)
	}
	for _, text := range []string{"", "x", audit.Position{ID: 7}.String(), at.Cursor(3) + "AA"} {
		if p, _, err := audit.ParseFeedCursor(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}
