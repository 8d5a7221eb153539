package canonical_test

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
)

var (
	booksDocuments = flag.Int("books.documents", 800, "how many documents TestRandomBooks makes at least")
	booksSeed      = flag.Uint64("books.seed", 7, "the seed of TestRandomBooks")
)

// workload runs many writers on the books of one organization, and checks the books after every third commit, or,
// where the test is thorough, after each.
type workload struct {
	*world
	documents int // to make at least
	// lacking are statements that select something as long as too little has happened to show anything; with five times
	// the documents, the workload ends nevertheless.
	lacking []string
	seed    uint64
	// focus, if set, is a part of the statement that writers choose most often.
	focus   string
	commits *commits

	saved, refused, looks, aged atomic.Int64
	mu                          sync.Mutex
	wrong                       []string
}

func newWorkload(t *testing.T, documents int, seed uint64) *workload {
	t.Helper()
	l := &workload{world: newWorld(t), documents: documents, seed: seed}
	l.commits = &commits{pool: pgtest.Open(t, l.pool.Config().ConnString(), pgpool.Options{MaxConns: 8}), taken: make(chan commit), every: 3}
	if *pgtest.Thorough {
		l.commits.every = 1
	}
	l.application = pgtest.Open(t, l.application.Config().ConnString(), pgpool.Options{MaxConns: 8, Tracer: l.commits})
	l.Store = canonical.New(l.application, l.commits.wake)
	return l
}

// commits takes a snapshot after each commit of the connections that it traces, before the next commit, and sends it to
// be checked. The turn to commit is a lock of the connection's session, taken when nothing is left to wait for: its holders
// may wait for nobody.
type commits struct {
	pool  *pgxpool.Pool
	taken chan commit
	last  string      // the snapshot taken last, by whoever has the turn
	made  int         // how many there were, by whoever has the turn
	every int         // of how many one is looked at
	idle  atomic.Bool // nobody takes them
}

// commit is what one commit left behind.
type commit struct {
	tx     pgx.Tx // which sees it as the newest commit
	before string // the snapshot before it; empty for the first
}

const (
	takeTurn = `SELECT pg_advisory_lock(1)`
	passTurn = `SELECT pg_advisory_unlock_all()`
)

// wake takes the turn just before a write of the store commits.
func (*commits) wake(_ context.Context, last *pgx.Batch) func() {
	last.Queue(takeTurn)
	return func() {}
}

type inTurn struct{}

func (c *commits) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if data.SQL != "commit" {
		return ctx
	}
	_, _ = conn.Exec(ctx, takeTurn) // a transaction that has failed gets none
	return context.WithValue(ctx, inTurn{}, true)
}

func (c *commits) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	if ctx.Value(inTurn{}) != nil {
		c.committed(ctx, conn, data.Err == nil && data.CommandTag.String() == "COMMIT")
	}
}

func (c *commits) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if queued := data.Batch.QueuedQueries; len(queued) > 0 && queued[len(queued)-1].SQL == "COMMIT" {
		return context.WithValue(ctx, inTurn{}, true)
	}
	return ctx
}

func (*commits) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (c *commits) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	if ctx.Value(inTurn{}) != nil {
		c.committed(ctx, conn, data.Err == nil)
	}
}

// committed takes a snapshot, if the connection has committed, and passes the turn on. What is left out is known as the
// snapshot before the next.
func (c *commits) committed(ctx context.Context, conn *pgx.Conn, ok bool) {
	var now commit
	if ok && !c.idle.Load() {
		now.tx, _ = snapshot(ctx, c.pool)
	}
	if now.tx != nil {
		now.before = c.last
		_ = now.tx.QueryRow(ctx, `SELECT pg_current_snapshot()::text`).Scan(&c.last)
		if c.made++; c.made%c.every != 0 {
			_ = now.tx.Rollback(context.WithoutCancel(ctx))
			now.tx = nil
		}
	}
	if conn.PgConn().TxStatus() == 'I' { // otherwise it has failed before its turn
		_, _ = conn.Exec(context.WithValue(context.WithoutCancel(ctx), inTurn{}, nil), passTurn)
	}
	if now.tx != nil {
		c.taken <- now
	}
}

func (l *workload) found(wrong ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, wrong...)
}

func (l *workload) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.wrong) > 0
}

// run writes until enough has happened, or until the books are wrong.
func (l *workload) run() {
	l.t.Helper()
	const writers, lookers, parts = 6, 2, 20
	l.commits.idle.Store(true)
	var people []model.ID
	for _, name := range []string{"Ada", "Bob", "Cyd"} {
		people = append(people, l.person(l.owner, name))
	}
	gst := l.taxRate(l.owner, "GST", "10")
	var stores []int64
	var tills []model.ID
	for _, name := range []string{"North", "South", "East"} {
		stores = append(stores, l.store(name, "Australia/Adelaide"))
		store := model.ID{Type: "Store", Key: stores[len(stores)-1]}
		tills = append(tills, l.till(store, "Front"), l.till(store, "Back"))
	}
	l.commits.idle.Store(false)
	ctx, stop := context.WithCancel(l.t.Context())
	defer stop()

	var enough atomic.Bool
	var writing, looking, others sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			w := &writer{world: l.world, focus: l.focus, Rand: rand.New(rand.NewPCG(l.seed, uint64(i))), people: people, gst: gst, stores: stores, tills: tills}
			for !enough.Load() && !l.failed() {
				switch err := w.step(ctx); {
				case err == nil:
					l.saved.Add(1)
				case !expected(err):
					l.found(err.Error())
				default:
					l.refused.Add(1)
				}
			}
		})
	}
	for range lookers {
		looking.Go(func() {
			for c := range l.commits.taken {
				if !l.failed() {
					l.look(ctx, c.tx, parts)
					if c.before != "" {
						wrong, err := ask(ctx, c.tx, wrongPeriods, c.before)
						if err != nil {
							wrong = append(wrong, err.Error())
						}
						l.found(wrong...)
					}
					if done, err := l.enough(ctx, c.tx); err != nil {
						l.found(err.Error())
					} else if done {
						enough.Store(true)
					}
				}
				_ = c.tx.Rollback(context.WithoutCancel(ctx))
			}
		})
	}
	others.Go(func() { // some balances are stored, some behind
		engine := projection.New(l.pool, slog.New(slog.DiscardHandler))
		for i := 0; ctx.Err() == nil; i++ {
			_, err := engine.Refresh(ctx, []string{"account_balances", "document_summaries", "payment_summaries"}[i%3], time.Second)
			if err == nil && i%50 == 10 { // the books grow faster than autovacuum comes
				_, err = l.pool.Exec(ctx, `SELECT canonical.analyze_tables()`)
			}
			if err != nil && ctx.Err() == nil {
				l.found(err.Error())
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	writing.Wait()
	close(l.commits.taken)
	looking.Wait()
	stop()
	others.Wait()
	tx, err := snapshot(l.t.Context(), l.pool)
	must(l.t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	l.look(l.t.Context(), tx, 1)
}

// enough reports whether so much has happened as the workload shall make.
func (l *workload) enough(ctx context.Context, tx pgx.Tx) (bool, error) {
	var documents int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM canonical.documents`).Scan(&documents)
	if err != nil || documents < l.documents {
		return false, err
	}
	if documents > 5*l.documents {
		return true, nil
	}
	missing, err := l.missing(ctx, tx)
	return len(missing) == 0 && l.aged.Load() >= 10, err
}

// missing returns the statements of lacking that select something.
func (l *workload) missing(ctx context.Context, tx pgx.Tx) (missing []string, err error) {
	for _, sql := range l.lacking {
		switch err := tx.QueryRow(ctx, sql).Scan(new(int)); {
		case err == nil:
			missing = append(missing, sql)
		case !errors.Is(err, pgx.ErrNoRows):
			return nil, err
		}
	}
	return missing, nil
}

// look checks all books together, and another part of the records each time; the ageings, which take longest, every fourth time.
func (l *workload) look(ctx context.Context, tx pgx.Tx, parts int64) {
	looks := l.looks.Add(1)
	wrong, err := l.wrongBooks(ctx, tx, int(parts), int(looks%parts))
	if err != nil && ctx.Err() == nil {
		wrong = append(wrong, err.Error())
	}
	if looks%4 == 0 {
		switch aged, err := l.wrongAgeing(ctx, tx); {
		case err == nil:
			l.aged.Add(1)
			wrong = append(wrong, aged...)
		case ctx.Err() == nil && !errors.Is(err, projection.ErrBehind):
			wrong = append(wrong, err.Error())
		}
	}
	l.found(wrong...)
}

// TestRandomBooks makes random writes until there are hundreds of documents, and finds the books right after each. The
// flags books.documents and books.seed change how many, and which.
func TestRandomBooks(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	l := newWorkload(t, *booksDocuments, *booksSeed)
	l.lacking = []string{
		`SELECT 0 FROM canonical.journal_entries HAVING count(*) FILTER (WHERE purpose = 'reversal') < 100 OR count(DISTINCT canonical_type) < 10`,
		`SELECT 0 FROM unnest(ARRAY['invoice', 'bill', 'credit_note', 'vendor_credit_note']) AS kind, unnest(ARRAY['approved', 'void']) AS state
			WHERE NOT EXISTS (SELECT FROM canonical.documents AS d WHERE (d.kind, d.state) = (kind, state)) LIMIT 1`,
		`SELECT 0 FROM canonical.payment_allocations HAVING count(*) < 50`,
		`SELECT 0 FROM canonical.payment_allocations AS a JOIN canonical.payments AS p ON (p.organization_id, p.id) = (a.organization_id, a.payment_id)
			WHERE a.created_at > p.created_at HAVING count(*) = 0`,
		`SELECT 0 FROM canonical.credit_allocations HAVING count(*) = 0`,
		`SELECT 0 FROM canonical.payments HAVING count(*) FILTER (WHERE voided_at IS NOT NULL) = 0`,
		`SELECT 0 FROM canonical.documents HAVING count(voided_on) = 0`,
		`SELECT 0 FROM canonical.day_closes HAVING count(till_id) < 5 OR count(*) FILTER (WHERE till_id IS NULL) < 5
			OR count(*) FILTER (WHERE currency = 'JPY') = 0 OR count(reversed_at) < 5`,
		`SELECT 0 FROM canonical.day_close_lines HAVING count(*) FILTER (WHERE part = 'tax') = 0 OR count(DISTINCT kind) < 2`,
		`SELECT 0 FROM canonical.sales HAVING count(*) FILTER (WHERE booked_late) = 0`,
		`SELECT 0 FROM unnest(ARRAY['Payment', 'Invoice']) AS record WHERE NOT EXISTS (
			SELECT FROM canonical.journal_lines AS l
			JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (l.organization_id, l.account_id)
			JOIN canonical.journal_entries AS e ON (e.organization_id, e.id) = (l.organization_id, l.entry_id)
			WHERE a.system_role = 'interstore' AND e.canonical_type = record) LIMIT 1`,
	}
	l.run()
	for _, text := range l.wrong {
		t.Error(text)
	}
	happened := one[string](l.world, `SELECT (SELECT count(*) FROM canonical.documents) || ' documents, ' || (SELECT count(*) FROM canonical.payments) || ' payments, '
		|| count(*) || ' entries, ' || count(*) FILTER (WHERE purpose = 'reversal') || ' reversals' FROM canonical.journal_entries`)
	t.Logf("%s; %d steps saved, %d refused, %d looks, %d with ageings", happened, l.saved.Load(), l.refused.Load(), l.looks.Load(), l.aged.Load())
	tx, err := snapshot(t.Context(), l.pool)
	must(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	missing, err := l.missing(t.Context(), tx)
	must(t, err)
	for _, sql := range missing {
		t.Errorf("too little happened to show anything: %s", sql)
	}
	if l.saved.Load() < l.refused.Load()/2 {
		t.Error("too much was refused to show anything")
	}
}

// Each mutant takes one rule from the database. The workload must find every one.
func TestMutantsOfTheBooksAreCaught(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	for _, mutant := range []struct {
		name, mutation, focus string
		rare                  bool // so that it takes minutes to be seen
	}{
		{"locked days take entries", `DROP TRIGGER check_period ON canonical.journal_entries`, "", false},
		{"a new price is not posted", `DROP TRIGGER post_document_updated ON canonical.document_items`, "SET unit_price", false},
		{
			"what is allocated is not compared",
			`DROP TRIGGER check_inserted ON canonical.payment_allocations; DROP TRIGGER check_updated ON canonical.payment_allocations;
				ALTER TABLE canonical.document_amounts DROP CONSTRAINT payment_allocations_within_document`,
			"payment_allocations SET amount", false,
		},
		{
			"numbers are not given back", `
			CREATE SEQUENCE canonical.numbers_invoice; CREATE SEQUENCE canonical.numbers_bill; CREATE SEQUENCE canonical.numbers_credit_note;
			CREATE SEQUENCE canonical.numbers_vendor_credit_note;
			CREATE OR REPLACE FUNCTION canonical.take_number(organization bigint, document_kind text, OUT value bigint, OUT number text) LANGUAGE sql AS $$
				INSERT INTO canonical.number_series AS series (organization_id, kind, prefix, next_value)
				VALUES (organization, document_kind, document_kind, nextval('canonical.numbers_' || document_kind) + 1)
				ON CONFLICT (organization_id, kind) DO UPDATE SET next_value = greatest(series.next_value, excluded.next_value)
				RETURNING next_value - 1, prefix || (next_value - 1) $$`, "take_number", false,
		},
		{
			"what is posted is not held", `
			CREATE FUNCTION canonical.hold_nothing(bigint, bigint[], bigint[]) RETURNS void LANGUAGE sql BEGIN ATOMIC END;
			DO $$ BEGIN EXECUTE replace(replace(pg_get_functiondef('canonical.post_queued'::regproc), 'PERFORM canonical.hold_records(', 'PERFORM canonical.hold_nothing('),
				'END LOOP;', 'END LOOP; PERFORM pg_sleep(0.05);'); END $$`, "SET unit_price", true,
		},
		{
			"a payment is booked in the store of what it settles", `
			CREATE FUNCTION canonical.settled_store(organization bigint, payment bigint, own bigint) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
				SELECT coalesce((
					SELECT d.store_id FROM canonical.payment_allocations AS a
					JOIN canonical.documents AS d ON (d.organization_id, d.id) = (a.organization_id, a.document_id)
					WHERE (a.organization_id, a.payment_id) = (organization, payment) ORDER BY a.id LIMIT 1), own); END;
			DO $$ DECLARE f text; BEGIN
				FOREACH f IN ARRAY ARRAY['lines_of_payments', 'lines_of_payments_settling'] LOOP
					EXECUTE regexp_replace(pg_get_functiondef(('canonical.' || f)::regproc), 'p\.store_id,(\s+p\.amount)',
						format('canonical.settled_store(%s.organization, p.id, p.store_id) AS store_id,\1', f));
				END LOOP; END $$`, "payments SET store_id", true,
		},
		{
			"what is due between stores is left out", `
			DO $$ DECLARE f text; BEGIN
				EXECUTE replace(pg_get_functiondef('canonical.check_entries'::regproc), 'WHEN own.unbalanced', 'WHEN false');
				FOREACH f IN ARRAY ARRAY['lines_of_documents', 'lines_of_documents_settling', 'lines_of_payments_settling', 'lines_of_transfers'] LOOP
					EXECUTE replace(pg_get_functiondef(('canonical.' || f)::regproc), 'c.store IS DISTINCT FROM c.own_store', 'c.store IS DISTINCT FROM c.own_store AND false');
				END LOOP; END $$`, "document_items SET store_id", false,
		},
		{
			"what settles a record stays when that goes to another store",
			`DROP TRIGGER post_settling ON canonical.documents; DROP TRIGGER post_settling ON canonical.payments`, "documents SET store_id", false,
		},
	} {
		t.Run(mutant.name, func(t *testing.T) {
			if mutant.rare && !*pgtest.Thorough {
				t.Skip("takes minutes: make thorough tries it")
			}
			l := newWorkload(t, 1_000_000, 7)
			l.focus = mutant.focus
			_, err := l.pool.Exec(t.Context(), mutant.mutation)
			must(t, err)
			end := time.AfterFunc(3*time.Minute, func() { l.found("") })
			defer end.Stop()
			l.run()
			if l.wrong[0] == "" {
				t.Fatalf("not caught in %d steps and %d looks", l.saved.Load(), l.looks.Load())
			}
			t.Logf("caught after %d steps and %d looks: %.200s", l.saved.Load(), l.looks.Load(), l.wrong[0])
		})
	}
}
