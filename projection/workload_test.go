package projection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/projection"
)

// workload writes at random to all canonical tables that read models read, from several
// connections at once, while others refresh; a checker compares, at any moment and in one
// snapshot, what exact reads answer with what the source views say.
type workload struct {
	pool       *pgxpool.Pool
	seed       uint64
	writers    int
	refreshers int
	duration   time.Duration
	focus      []string // if set, only operations that contain one of these

	statements, commits, rollbacks, kills atomic.Int64
	checks, dirtyChecks, dirtyKeys        atomic.Int64
	productReads                          atomic.Int64

	mu          sync.Mutex
	differences []string
}

// tables lists the projections that are tables, and views those that are not.
var (
	tables = []string{"people_summaries", "document_summaries", "document_items", "document_payments", "payment_summaries", "product_summaries", "tax_rate_summaries",
		"money_entry_summaries", "transfer_summaries", "financial_transactions", "store_summaries", "shift_annotations", "channel_summaries", "party_balances", "credit_allocations", "fx_rate_summaries",
		"sale_annotations"}
	views = []string{"monthly_invoicing", "notification_settings"}
)

// world is what the workload starts from: two organizations, few enough rows that writers
// meet each other.
const world = `
INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'One', 'Australia/Adelaide', 'AUD'), (2, 'Two', 'UTC', 'JPY');
INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE SELECT o, i, 'Person ' || i, true FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) OVERRIDING SYSTEM VALUE SELECT o, i, 'Rate ' || i, i * 5 FROM generate_series(1, 2) o, generate_series(1, 2) i;
INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) OVERRIDING SYSTEM VALUE SELECT o, i, 'S' || i, 'Product ' || i, 100 * i, 'AUD' FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.documents (organization_id, id, kind, party_id, state, number, number_value, issued_on, due_on, currency, approved_at)
OVERRIDING SYSTEM VALUE SELECT o, i, 'invoice', 1 + i % 6, 'approved', 'INV-' || i, i, '2026-01-01'::date + i * 10, '2026-02-01'::date + i * 10, 'AUD', now() FROM generate_series(1, 2) o, generate_series(1, 12) i;
INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, quantity, unit_price)
OVERRIDING SYSTEM VALUE SELECT o, i, 1 + i % 12, 1 + i / 12, 'Item ' || i, 1 + i % 3, 100 * i FROM generate_series(1, 2) o, generate_series(1, 30) i;
INSERT INTO canonical.document_item_taxes (organization_id, id, document_item_id, position, tax_rate_id, name, percentage)
OVERRIDING SYSTEM VALUE SELECT o, i, i, 1, 1, 'Rate 1', 10 FROM generate_series(1, 2) o, generate_series(1, 20) i;
INSERT INTO canonical.payments (organization_id, id, party_id, paid_on, currency, amount)
OVERRIDING SYSTEM VALUE SELECT o, i, 1 + i % 6, '2026-03-01', 'AUD', 10000 FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.stores (organization_id, id, name, time_zone) SELECT o, i, 'Store ' || i, CASE i WHEN 1 THEN 'Pacific/Kiritimati' ELSE 'Pacific/Niue' END FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes) SELECT o, i, '(,)', 'Part ' || n, n * 480, 480 FROM generate_series(1, 2) o, generate_series(1, 2) i, generate_series(0, 2) n;
INSERT INTO canonical.shifts (organization_id, id, store_id, person_id, during)
SELECT o, i, 1 + i % 2, 1 + i % 6, tstzrange('2026-04-03 00:00+00'::timestamptz + i * interval '2 hours', '2026-04-03 05:00+00'::timestamptz + i * interval '2 hours') FROM generate_series(1, 2) o, generate_series(1, 30) i;
INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE SELECT i, 'User ' || i, i || '@example.com' FROM generate_series(1, 6) i;
INSERT INTO canonical.memberships (organization_id, user_id, role) SELECT o, i, 'staff' FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.channels (organization_id, id, name) OVERRIDING SYSTEM VALUE SELECT o, i, 'Channel ' || i FROM generate_series(1, 2) o, generate_series(1, 3) i;
INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) SELECT o, 1 + i % 3, i FROM generate_series(1, 2) o, generate_series(1, 6) i;
INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) SELECT o, i, 'sale_refunded', 'email' FROM generate_series(1, 2) o, generate_series(1, 3) i;
SELECT setval(pg_get_serial_sequence('canonical.' || t, 'id'), 1000)
FROM unnest(ARRAY['people','tax_rates','products','documents','document_items','document_item_taxes','payments','payment_allocations','addresses','stores','day_parts','shifts','channels']) t;`

// operations are the statements that writers choose from. $O is the organization; $P, $D,
// $I, $Y are a person, a document, an item and a payment; $N a small number.
var operations = []string{
	`UPDATE canonical.people SET family_name = 'Name $N' WHERE organization_id = $O AND id = $P`,
	`UPDATE canonical.people SET phone = 'ph $N' WHERE organization_id = $O AND id IN ($P, $P % 6 + 1)`,
	`INSERT INTO canonical.people (organization_id, given_name, is_customer) VALUES ($O, 'New $N', true)`,
	`DELETE FROM canonical.people WHERE organization_id = $O AND id > 1000 AND id % 7 = $N % 7`,
	`INSERT INTO canonical.addresses (organization_id, person_id, position, street, postcode, country_code) VALUES ($O, $P, 1 + $N, '$N Street', '5000', 'AU')`,
	`UPDATE canonical.addresses SET person_id = $P, position = 100 + $N WHERE organization_id = $O AND position = 1 + $N`,
	`DELETE FROM canonical.addresses WHERE organization_id = $O AND person_id = $P`,
	`UPDATE canonical.document_items SET unit_price = $N * 10 WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = $O AND document_id = $D`,
	`UPDATE canonical.document_items SET document_id = $D, line = 50 + $N WHERE organization_id = $O AND id = $I`,
	`INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES ($O, $D, 100 + $N, 'More', $N), ($O, $D % 12 + 1, 100 + $N, 'More', $N)`,
	`DELETE FROM canonical.document_items WHERE organization_id = $O AND document_id = $D AND line > 100`,
	`INSERT INTO canonical.document_item_taxes (organization_id, document_item_id, position, tax_rate_id, name, percentage) VALUES ($O, $I, 2, 2, 'Rate 2', $N)`,
	`DELETE FROM canonical.document_item_taxes WHERE organization_id = $O AND document_item_id = $I`,
	`UPDATE canonical.document_item_taxes SET percentage = $N WHERE organization_id = $O AND document_item_id = $I`,
	`INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES ($O, 'invoice', $P, '2026-05-01', '2026-06-01', 'AUD')`,
	`WITH d AS (INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES ($O, 'invoice', $P, '2026-05-01', '2026-06-01', 'EUR') RETURNING id)
	 INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT $O, d.id, l, 'Line', $N FROM d, generate_series(1, 3) l`,
	`DELETE FROM canonical.documents WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 5 = $N % 5`,
	`UPDATE canonical.documents SET party_id = $P WHERE organization_id = $O AND id = $D`,
	`UPDATE canonical.documents SET issued_on = '2026-01-01'::date + $N, due_on = '2026-12-01' WHERE organization_id = $O AND id = $D`,
	`UPDATE canonical.documents SET memo = 'memo $N' WHERE organization_id = $O AND party_id = $P`,
	`UPDATE canonical.documents SET id = id + 100000 WHERE organization_id = $O AND id > 1000 AND id < 100000 AND id % 3 = $N % 3 AND state = 'draft' AND NOT EXISTS (SELECT FROM canonical.document_items i WHERE i.organization_id = $O AND i.document_id = documents.id)`,
	`INSERT INTO canonical.payments (organization_id, party_id, paid_on, currency, amount) VALUES ($O, $P, '2026-03-02', 'AUD', 1000 + $N)`,
	`UPDATE canonical.payments SET voided_at = CASE WHEN voided_at IS NULL THEN now() END WHERE organization_id = $O AND id = $Y`,
	`UPDATE canonical.payments SET amount = amount + $N WHERE organization_id = $O AND id = $Y`,
	`INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount)
	 SELECT $O, p.id, d.id, 1 + $N FROM canonical.payments p JOIN canonical.documents d ON d.organization_id = p.organization_id AND d.party_id = p.party_id AND d.state = 'approved'
	 WHERE p.organization_id = $O AND p.id = $Y LIMIT 1`,
	`DELETE FROM canonical.payment_allocations WHERE organization_id = $O AND payment_id = $Y`,
	`INSERT INTO canonical.payments (organization_id, direction, party_role, party_id, paid_on, currency, fx_rate, amount) VALUES ($O, 'out', CASE $N % 2 WHEN 0 THEN 'vendor' ELSE 'customer' END, $P, '2026-03-02', 'EUR', 1.5, 100 + $N)`,
	`UPDATE canonical.payments SET currency = CASE currency WHEN 'AUD' THEN 'EUR' ELSE 'AUD' END WHERE organization_id = $O AND id = $Y`,
	`WITH d AS (INSERT INTO canonical.documents (organization_id, kind, party_id, state, number, number_value, issued_on, due_on, currency, fx_rate, approved_at)
		SELECT $O, CASE $N % 3 WHEN 0 THEN 'bill' ELSE 'credit_note' END, $P, 'approved', 'N', floor(random() * 1e9), '2026-01-01', '2026-02-01', CASE $N % 4 WHEN 0 THEN 'EUR' ELSE 'AUD' END, 1.25, now() RETURNING id)
	 INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT $O, id, 1, 'Other', 600 + $N FROM d`,
	`UPDATE canonical.document_items SET unit_price = 600 + $N WHERE organization_id = $O AND description = 'Other' AND id % 4 = $N % 4`,
	`UPDATE canonical.documents SET party_id = $P WHERE organization_id = $O AND kind <> 'invoice' AND id % 4 = $N % 4`,
	`INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount)
	 SELECT $O, n.id, d.id, 1 + $N FROM canonical.documents n JOIN canonical.documents d ON d.organization_id = n.organization_id AND d.party_id = n.party_id AND d.state = 'approved' AND d.kind = 'invoice'
	 WHERE n.organization_id = $O AND n.kind = 'credit_note' AND n.party_id = $P LIMIT 1`,
	`UPDATE canonical.credit_allocations SET amount = 1 + $N WHERE organization_id = $O AND document_id = $D`,
	`DELETE FROM canonical.credit_allocations WHERE organization_id = $O AND id % 3 = $N % 3`,
	`UPDATE canonical.documents SET state = 'void', voided_at = now() WHERE organization_id = $O AND kind <> 'invoice' AND id % 9 = $N % 9`,
	`INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) VALUES ($O, 'EUR', '2026-01-01'::date + $N, 1 + $N)
	 ON CONFLICT (organization_id, currency, valid_from) DO UPDATE SET rate = excluded.rate + 1`,
	`DELETE FROM canonical.fx_rates WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.money_entries (organization_id, kind, account_id, money_account_id, party_id, occurred_on, currency, amount)
	 SELECT $O, CASE $N % 2 WHEN 0 THEN 'income' ELSE 'expense' END, max(id), min(id), $P, '2026-03-02', 'AUD', 1 + $N FROM canonical.accounts WHERE organization_id = $O`,
	`UPDATE canonical.money_entries SET amount = amount + 1, party_id = $P, memo = 'memo $N' WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.transfers (organization_id, from_account_id, to_account_id, occurred_on, currency, amount)
	 SELECT $O, max(id), min(id), '2026-03-02', 'AUD', 1 + $N FROM canonical.accounts WHERE organization_id = $O`,
	`UPDATE canonical.transfers SET voided_at = CASE WHEN voided_at IS NULL THEN now() END, memo = 'memo $N' WHERE organization_id = $O AND id % 5 = $N % 5`,
	`UPDATE canonical.products SET name = 'Product $N' WHERE organization_id = $O AND id = 1 + $N % 3`,
	`UPDATE canonical.stores SET name = 'Store $N', archived_at = CASE WHEN $N % 5 = 0 THEN now() END WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.stores (organization_id, name, time_zone, business_day_start_minute) VALUES ($O, 'New $N', 'Australia/Adelaide', $N)`,
	`DELETE FROM canonical.stores WHERE organization_id = $O AND id > 1000 AND id % 3 = $N % 3`,
	`UPDATE canonical.stores SET time_zone = (ARRAY['UTC', 'Asia/Kathmandu', 'Australia/Adelaide'])[1 + $N / 17], business_day_start_minute = $N * 20 WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, person_id)
	 SELECT $O, 1 + $N % 3, 'sale', timestamptz '2026-03-01 00:00Z' + g * interval '7 hours', 'AUD', 1 + $N, $P FROM generate_series(1, 3) AS g`,
	`UPDATE canonical.sales SET amount = amount + 1, store_id = 1 + $N % 3, voided_at = CASE WHEN voided_at IS NULL THEN now() END WHERE organization_id = $O AND id % 7 = $N % 7`,
	`UPDATE canonical.sales SET occurred_at = occurred_at + interval '9 hours' WHERE organization_id = $O AND id % 7 = $N % 7`,
	`DELETE FROM canonical.sales WHERE organization_id = $O AND id % 5 = $N % 5`,
	`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes) VALUES ($O, 1 + $N % 3, '(,)', 'Part $N', $N * 25, 200)`,
	`DELETE FROM canonical.day_parts WHERE organization_id = $O AND start_minute % 3 = $N % 3`,
	`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES ($O, 1 + $N % 3, '(,)', 1 + $N % 7, $N * 25, 600)`,
	`DELETE FROM canonical.store_hours WHERE organization_id = $O AND weekday = 1 + $N % 7`,
	`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, 1 + $N % 3, date '2026-03-01' + $N % 4, true)`,
	`DELETE FROM canonical.store_hour_exceptions WHERE organization_id = $O AND store_id = 1 + $N % 3`,
	`UPDATE canonical.tax_rates SET percentage = $N WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.stores SET time_zone = (ARRAY['Pacific/Kiritimati', 'Pacific/Niue', 'UTC', 'Australia/Lord_Howe'])[1 + $N % 4] WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.stores SET business_day_start_minute = $N WHERE organization_id = $O AND id = 1 + $N % 2`,
	`UPDATE canonical.day_parts SET length_minutes = 400 + $N WHERE organization_id = $O AND store_id = 1 + $N % 2 AND start_minute = 480`,
	`UPDATE canonical.day_parts SET store_id = 3 - store_id, name = name || ' moved' WHERE organization_id = $O AND store_id = 1 + $N % 2 AND start_minute = 960`,
	`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES ($O, 1 + $N % 2, '(,)', 1 + $N % 7, $N, 720)`,
	`DELETE FROM canonical.store_hours WHERE organization_id = $O AND weekday = 1 + $N % 7`,
	`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, 1 + $N % 2, '2026-04-03'::date + $N % 4, true)`,
	`DELETE FROM canonical.store_hour_exceptions WHERE organization_id = $O AND on_date = '2026-04-03'::date + $N % 4`,
	`INSERT INTO canonical.shifts (organization_id, store_id, person_id, during) VALUES ($O, 1 + $N % 2, $P, tstzrange('2026-04-05 20:00+00'::timestamptz + $N * interval '1 hour', '2026-04-05 21:00+00'::timestamptz + $N * interval '1 hour'))`,
	`UPDATE canonical.shifts SET person_id = $P, store_id = 1 + $N % 2 WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.shifts SET during = tstzrange('2026-04-04 10:00+00'::timestamptz + $N * interval '1 hour', '2026-04-04 14:30+00'::timestamptz + $N * interval '1 hour') WHERE organization_id = $O AND id = $I`,
	`UPDATE canonical.shifts SET state = 'cancelled', cancelled_at = now(), person_id = NULL WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 5 = $N % 5`,
	`DELETE FROM canonical.shifts WHERE organization_id = $O AND id > 1000 AND state = 'draft' AND id % 7 = $N % 7`,
	`UPDATE canonical.memberships SET ended_at = CASE WHEN ended_at IS NULL THEN now() END WHERE organization_id = $O AND user_id = $P`,
	`UPDATE canonical.channels SET archived_at = CASE WHEN archived_at IS NULL THEN now() END, description = 'about $N' WHERE organization_id = $O AND id = 1 + $N % 3`,
	`INSERT INTO canonical.channels (organization_id, name) VALUES ($O, 'New $N')`,
	`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) VALUES ($O, 1 + $N % 3, $P) ON CONFLICT DO NOTHING`,
	`UPDATE canonical.channel_members SET channel_id = 1 + $N % 3 WHERE organization_id = $O AND id % 6 = $P % 6`,
	`DELETE FROM canonical.channel_members WHERE organization_id = $O AND user_id = $P AND channel_id = 1 + $N % 3`,
	`INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) VALUES ($O, $P, 'takings_low', 'in_app'), ($O, $P % 6 + 1, '*', 'mute')`,
	`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery)
	 VALUES ($O, $P, 1 + $N % 3, 'takings_low', 'mute'), ($O, $P % 6 + 1, 1 + $N % 3, '*', 'mute')`,
	`UPDATE canonical.notification_preferences SET delivery = 'mute' WHERE organization_id = $O AND user_id = $P`,
	`UPDATE canonical.notification_preferences SET channel_id = CASE WHEN channel_id IS NULL THEN 1 + $N % 3 END WHERE organization_id = $O AND user_id = $P AND id % 3 = $N % 3`,
	`UPDATE canonical.notification_preferences SET user_id = $P % 6 + 1 WHERE organization_id = $O AND user_id = $P AND id % 2 = $N % 2`,
	`DELETE FROM canonical.notification_preferences WHERE organization_id = $O AND user_id = $P`,
	`COPY`,
	`TRUNCATE`,
}

func (w *workload) failf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.differences = append(w.differences, fmt.Sprintf(format, args...))
}

func (w *workload) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.differences
}

// run starts everybody and waits for the end: the duration, or the first difference.
func (w *workload) run(t *testing.T) {
	t.Helper()
	if _, err := w.pool.Exec(t.Context(), world); err != nil {
		t.Fatalf("make the world: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), w.duration)
	defer cancel()
	var wg sync.WaitGroup
	for i := range w.writers {
		wg.Go(func() { w.write(ctx, rand.New(rand.NewPCG(w.seed, uint64(i)))) })
	}
	for i := range w.refreshers {
		wg.Go(func() { w.refresh(ctx, rand.New(rand.NewPCG(w.seed, 1000+uint64(i)))) })
	}
	wg.Go(func() {
		for ctx.Err() == nil && len(w.found()) == 0 {
			w.check(ctx)
		}
		cancel()
	})
	wg.Wait()
	if len(w.found()) == 0 {
		w.rest(t)
	}
}

// write runs transactions of one to four statements; some roll back, wholly or to a
// savepoint, and some connections are killed.
func (w *workload) write(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		level := pgx.ReadCommitted
		if r.IntN(3) == 0 {
			level = pgx.RepeatableRead
		}
		kill, cancel := context.WithCancel(ctx)
		if r.IntN(40) == 0 {
			w.kills.Add(1)
			time.AfterFunc(time.Duration(r.IntN(4000))*time.Microsecond, cancel)
		}
		err := pgx.BeginTxFunc(kill, w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
			for range 1 + r.IntN(4) {
				statement := func(tx pgx.Tx) error {
					w.statements.Add(1)
					return w.operate(kill, tx, r)
				}
				if r.IntN(3) > 0 {
					if err := statement(tx); err != nil {
						return err
					}
				} else if err := pgx.BeginFunc(kill, tx, func(savepoint pgx.Tx) error {
					if err := statement(savepoint); err != nil || r.IntN(2) > 0 {
						return err
					}
					return errRollback
				}); err != nil && kill.Err() != nil {
					return err
				}
				if r.IntN(3) == 0 {
					time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
				}
			}
			if r.IntN(6) == 0 {
				return errRollback
			}
			return nil
		})
		cancel()
		if err == nil {
			w.commits.Add(1)
		} else {
			w.rollbacks.Add(1)
		}
	}
}

var errRollback = fmt.Errorf("rolled back on purpose")

// choose picks an operation at random, within the focus.
func (w *workload) choose(r *rand.Rand) string {
	for {
		op := operations[r.IntN(len(operations))]
		if len(w.focus) == 0 || slices.ContainsFunc(w.focus, func(part string) bool { return strings.Contains(op, part) }) {
			return op
		}
	}
}

func (w *workload) operate(ctx context.Context, tx pgx.Tx, r *rand.Rand) error {
	n, organization := r.IntN(50), 1+r.IntN(8)/7
	switch op := w.choose(r); op {
	case "COPY":
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"canonical", "people"}, []string{"organization_id", "given_name"}, pgx.CopyFromRows([][]any{{organization, "Copied"}, {organization, "Copied too"}}))
		return err
	case "TRUNCATE":
		if n > 0 {
			return nil
		}
		_, err := tx.Exec(ctx, "TRUNCATE canonical.addresses")
		return err
	default:
		sql := strings.NewReplacer("$O", fmt.Sprint(organization), "$P", fmt.Sprint(1+r.IntN(6)), "$D", fmt.Sprint(1+r.IntN(12)),
			"$I", fmt.Sprint(1+r.IntN(30)), "$Y", fmt.Sprint(1+r.IntN(6)), "$N", fmt.Sprint(n)).Replace(op)
		_, err := tx.Exec(ctx, sql)
		return err
	}
}

// refresh absorbs marks in small batches; some of its transactions roll back or are killed.
func (w *workload) refresh(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		kill, cancel := context.WithCancel(ctx)
		if r.IntN(30) == 0 {
			w.kills.Add(1)
			time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel)
		}
		_ = pgx.BeginFunc(kill, w.pool, func(tx pgx.Tx) error {
			var err error
			if r.IntN(12) == 0 {
				_, err = tx.Exec(kill, "SELECT engine.refresh_view($1, true)", views[r.IntN(len(views))])
			} else {
				_, err = tx.Exec(kill, fmt.Sprintf("SELECT refresh.%s($1, $2)", tables[r.IntN(len(tables))]), 1+r.IntN(8)/7, 1+r.IntN(5))
			}
			if err == nil && r.IntN(20) == 0 {
				return errRollback
			}
			return err
		})
		cancel()
		if r.IntN(4) == 0 {
			time.Sleep(time.Duration(r.IntN(5000)) * time.Microsecond)
		}
	}
}

// exactly is the definition of an exact read, for whole projections: the rows, by image, that
// exact reads and the source view do not share, and the number of dirty keys.
func exactly(ctx context.Context, tx pgx.Tx, name string, keys []string) (different []string, dirty int64, err error) {
	var on []string
	for _, k := range keys {
		on = append(on, fmt.Sprintf("s.%[1]s = k.%[1]s", k))
	}
	list := strings.Join(keys, ", ")
	err = tx.QueryRow(ctx, fmt.Sprintf(`
		WITH k AS MATERIALIZED (SELECT DISTINCT %[2]s FROM dirty.%[1]s),
		exact AS MATERIALIZED (
			SELECT (p.*)::text AS image FROM projection.%[1]s p WHERE (%[2]s) NOT IN (SELECT %[2]s FROM k)
			UNION ALL SELECT (s.*)::text FROM k CROSS JOIN LATERAL (SELECT * FROM source.%[1]s s WHERE %[3]s OFFSET 0) s),
		source AS MATERIALIZED (SELECT (s.*)::text AS image FROM source.%[1]s s)
		SELECT ARRAY((SELECT 'exact ' || image FROM (SELECT * FROM exact EXCEPT ALL SELECT * FROM source) x) UNION ALL (SELECT 'source ' || image FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM exact) x)),
		       (SELECT count(*) FROM k)`, name, list, strings.Join(on, " AND "))).Scan(&different, &dirty)
	return different, dirty, err
}

// readAsProduct compares what the product's reads answer in this snapshot, by page, by key
// and by a parent's key, with the source views.
func (w *workload) readAsProduct(ctx context.Context, tx pgx.Tx) error {
	for organization := range int64(2) {
		reader := &projection.Reader{DB: tx, OrganizationID: organization + 1, Mode: projection.Auto, Freshness: &projection.Freshness{}}
		want, err := sourceRows(ctx, tx, reader.OrganizationID)
		if err != nil {
			return err
		}
		page, err := documents.Page(ctx, reader, projection.PageQuery{First: new(1000), Order: "TOTAL", Count: true})
		if err != nil {
			return err
		}
		if len(want) <= 1000 && (page.Total != len(want) || !reflect.DeepEqual(page.Rows, want) && len(want) > 0) {
			w.failf("a page differs from the source view: %d rows, %d counted, not %d", len(page.Rows), page.Total, len(want))
		}
		keys, customers := []int64{987654321}, map[int64]int{}
		for _, d := range want {
			keys = append(keys, d.DocumentID)
			customers[d.PartyID]++
		}
		byKey, err := documents.ByKey(ctx, reader, keys)
		if err != nil {
			return err
		}
		related, err := documents.Related(ctx, reader, "party_id", "document_id", []int64{1, 2, 3, 4, 5, 6})
		if err != nil {
			return err
		}
		if len(byKey) != len(want) {
			w.failf("by key %d rows are found, not %d", len(byKey), len(want))
		}
		for _, d := range want {
			if !reflect.DeepEqual(byKey[d.DocumentID], d) {
				w.failf("document %d by key: %+v, not %+v", d.DocumentID, byKey[d.DocumentID], d)
			}
			if d.PartyID <= 6 && len(related[d.PartyID]) != customers[d.PartyID] {
				w.failf("customer %d: %d documents, not %d", d.PartyID, len(related[d.PartyID]), customers[d.PartyID])
			}
		}
		for _, r := range reader.Freshness.Reports() {
			w.productReads.Add(1)
			if r.Read != "exact" {
				w.failf("read so: %+v", r)
			}
		}
	}
	return nil
}

// sourceRows are the source view's rows, as the page by total has them.
func sourceRows(ctx context.Context, tx pgx.Tx, organization int64) ([]document, error) {
	rows, err := tx.Query(ctx, "SELECT "+columns[document]()+" FROM source.document_summaries WHERE organization_id = $1 AND currency = 'AUD' ORDER BY total, document_id", organization)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[document])
}

// check compares all projections in one snapshot.
func (w *workload) check(ctx context.Context) {
	err := pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		// TRUNCATE shows at once in snapshots that are older than it. A statement of the
		// product locks its tables before it takes its snapshot; this transaction, whose
		// statements share an older one, must do so too.
		if _, err := tx.Exec(ctx, "LOCK TABLE canonical.addresses IN ACCESS SHARE MODE"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT name, key FROM engine.projections")
		if err != nil {
			return err
		}
		type catalogued struct {
			Name string
			Key  []string
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalogued])
		if err != nil {
			return err
		}
		for _, p := range all {
			different, dirty, err := exactly(ctx, tx, p.Name, p.Key)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
			w.checks.Add(1)
			if dirty > 0 {
				w.dirtyChecks.Add(1)
				w.dirtyKeys.Add(dirty)
			}
			if len(different) > 0 {
				w.failf("%s differs between exact reads and the source view in one snapshot:\n%s", p.Name, strings.Join(different, "\n"))
			}
		}
		return w.readAsProduct(ctx, tx)
	})
	if err != nil && ctx.Err() == nil {
		w.failf("check: %v", err)
	}
}

// rest drains everything and compares the stored copies with the source views.
func (w *workload) rest(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, name := range tables {
		for organization := range 3 {
			for marks := int64(1); marks > 0; {
				if err := w.pool.QueryRow(ctx, fmt.Sprintf("SELECT marks FROM refresh.%s($1, 100)", name), organization).Scan(&marks); err != nil {
					t.Fatalf("drain %s: %v", name, err)
				}
			}
		}
	}
	for _, name := range views {
		if _, err := w.pool.Exec(ctx, "SELECT engine.refresh_view($1, true)", name); err != nil {
			t.Fatalf("drain %s: %v", name, err)
		}
	}
	for _, name := range append(tables, views...) {
		var marks, different int64
		err := w.pool.QueryRow(ctx, fmt.Sprintf(`SELECT (SELECT count(*) FROM marks.%[1]s),
			(SELECT count(*) FROM (SELECT (p.*)::text FROM projection.%[1]s p EXCEPT ALL SELECT (s.*)::text FROM source.%[1]s s) x)
			+ (SELECT count(*) FROM (SELECT (s.*)::text FROM source.%[1]s s EXCEPT ALL SELECT (p.*)::text FROM projection.%[1]s p) x)`, name)).Scan(&marks, &different)
		if err != nil {
			t.Fatalf("compare %s at rest: %v", name, err)
		}
		if marks != 0 || different != 0 {
			w.failf("%s at rest: %d marks are left and %d rows differ", name, marks, different)
		}
	}
}
