package demo_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/demo"
	"daybook/internal/pgtest"
)

// A business keeps the rules that no constraint holds, and has something of everything. It is larger than one part, so
// that every organization is continued.
func TestBusinessIsSound(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	var last int
	r := seed(t, pool, demo.Options{Size: demo.Scaled(1000), Progress: func(done, total int) {
		if done < last || total != 1000 {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}})
	if last != 1000 || r.Counts.Invoices != 1000 || r.Counts.Organizations != 4 {
		t.Errorf("progress %d, %+v", last, r.Counts)
	}
	for what, sql := range map[string]string{
		"series with gaps, or that stand wrong": `SELECT count(*) FROM canonical.number_series AS s WHERE s.next_value - 1 <> ALL (
			SELECT unnest(ARRAY[count(d.number_value), COALESCE(max(d.number_value), 0), count(DISTINCT d.number)])
			FROM canonical.documents AS d WHERE (d.organization_id, d.kind) = (s.organization_id, s.kind))`,
		"numbers not as take_number makes them": `SELECT count(*) FROM canonical.documents
			WHERE number <> CASE kind WHEN 'invoice' THEN 'INV-' WHEN 'bill' THEN 'BILL-' ELSE 'CN-' END || lpad(number_value::text, greatest(4, length(number_value::text)), '0')`,
		"overpaid documents": `SELECT count(*) FROM canonical.document_amounts WHERE paid > total OR total < 0`,
		"overspent payments": `SELECT count(*) FROM canonical.payments AS p WHERE amount < (SELECT sum(a.amount)
			FROM canonical.payment_allocations AS a WHERE (a.organization_id, a.payment_id) = (p.organization_id, p.id))`,
		"invoices without 1 to 12 items": `SELECT count(*) FROM canonical.document_totals WHERE item_count NOT BETWEEN 1 AND 12`,
		"unbalanced entries": `SELECT count(*) FROM (SELECT FROM canonical.journal_lines GROUP BY organization_id, entry_id
			HAVING sum(amount) <> 0 OR count(*) < 2) AS entry`,
		"records that are not booked as they are": `SELECT count(*) FROM (
				SELECT 'document' AS class, organization_id, array_agg(id) AS ids FROM canonical.documents GROUP BY 2
				UNION ALL SELECT 'payment', organization_id, array_agg(id) FROM canonical.payments GROUP BY 2
				UNION ALL SELECT 'money_entry', organization_id, array_agg(id) FROM canonical.money_entries GROUP BY 2
				UNION ALL SELECT 'transfer', organization_id, array_agg(id) FROM canonical.transfers GROUP BY 2
				UNION ALL SELECT 'day_close', organization_id, array_agg(id) FROM canonical.day_closes GROUP BY 2) AS all_of,
			LATERAL (SELECT FROM (SELECT 1, canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount
					FROM canonical.posting_lines(organization_id, class, ids)
				UNION ALL SELECT -1, canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount
					FROM canonical.posted_lines(organization_id, class, ids)) AS line (sign, type, id, day, account, currency, amount, minor)
				GROUP BY type, id, day, account, currency, amount, minor HAVING sum(sign) <> 0) AS difference`,
		"rows of the future": `SELECT (SELECT count(*) FROM canonical.documents WHERE greatest(updated_at, created_at, voided_at) >= '2026-03-01')
			+ (SELECT count(*) FROM canonical.payments WHERE greatest(updated_at, voided_at) >= '2026-03-01')
			+ (SELECT count(*) FROM canonical.sales WHERE greatest(occurred_at, updated_at, voided_at) >= '2026-03-01')
			+ (SELECT count(*) FROM canonical.till_sessions WHERE greatest(opened_at, closed_at) > '2026-03-01')
			+ (SELECT count(*) FROM canonical.day_closes WHERE greatest(created_at, reversed_at) >= '2026-03-01')`,
		"sessions of the past that are not closed, or without sales": `SELECT count(*) FROM canonical.till_sessions AS session WHERE business_date < '2026-03-01' AND (state <> 'closed'
			OR NOT EXISTS (SELECT FROM canonical.sales AS s WHERE (s.organization_id, s.till_session_id) = (session.organization_id, session.id)))`,
		"large differences of live closes": `SELECT count(*) FROM canonical.day_close_tenders AS t JOIN canonical.day_closes AS c ON (c.organization_id, c.id) = (t.organization_id, t.day_close_id)
			WHERE c.reversed_at IS NULL AND abs(t.difference) > CASE c.currency WHEN 'NPR' THEN 8800 WHEN 'KWD' THEN 200 ELSE 108 END * 20`,
	} {
		t.Run(what, func(t *testing.T) {
			if n := one[int64](t, pool, sql); n != 0 {
				t.Errorf("%d of them", n)
			}
		})
	}
	for what, sql := range map[string]string{
		"kinds of payment state": `SELECT count(DISTINCT state || payment_state) = 5 FROM source.document_summaries`,
		"kinds of exponent":      `SELECT count(DISTINCT canonical.currency_exponent(currency)) = 3 FROM canonical.documents`,
		"12 items":               `SELECT max(item_count) = 12 FROM canonical.document_totals`,
		"void payments":          `SELECT count(*) > 0 FROM canonical.payments WHERE voided_at IS NOT NULL`,
		"split payments":         `SELECT count(*) > 0 FROM (SELECT FROM canonical.payment_allocations GROUP BY payment_id HAVING count(*) > 1) AS p`,
		"bills":                  `SELECT count(*) > 0 FROM canonical.documents WHERE kind = 'bill' AND state = 'approved' AND currency <> 'AUD'`,
		"partly paid bills":      `SELECT count(*) > 0 FROM source.document_summaries WHERE kind = 'bill' AND payment_state = 'PARTIAL'`,
		"reduced invoices":       `SELECT count(*) > 0 FROM canonical.credit_allocations`,
		"refunds":                `SELECT count(*) > 0 FROM canonical.payments WHERE direction = 'out' AND party_role = 'customer'`,
		"exchange differences":   `SELECT count(*) > 0 FROM canonical.journal_lines AS l JOIN canonical.accounts AS a ON a.id = l.account_id WHERE a.system_role = 'exchange'`,
		"void money":             `SELECT count(DISTINCT kind) = 2 FROM canonical.money_entries WHERE voided_at IS NOT NULL`,
		"fees":                   `SELECT count(*) > 0 FROM canonical.transfers WHERE fee > 0`,
		"entries by hand":        `SELECT count(*) = 4 FROM canonical.journal_entries WHERE purpose = 'manual'`,
		"credits":                `SELECT count(*) > 0 FROM source.people_summaries WHERE credits <> '[]'`,
		"all levels of settings": `SELECT count(DISTINCT decided_by) = 5 FROM source.notification_settings`,
		"credit notes in use":    `SELECT count(*) > 0 FROM source.party_balances WHERE unapplied_credits > 0`,
		"different sizes": `SELECT max(n) > 50 * min(n) FROM (
			SELECT count(*) AS n FROM canonical.documents GROUP BY organization_id) AS sizes`,
		"shifts of every kind": `SELECT count(DISTINCT state) = 3 AND count(*) FILTER (WHERE person_id IS NULL) > 0 FROM canonical.shifts`,
		"shifts over midnight": `SELECT count(*) > 0 FROM source.shift_annotations WHERE local_end::date > local_start::date`,
		"stores with nights, and breaks": `SELECT bool_or(start_minute + length_minutes > 1440) AND EXISTS (
			SELECT FROM canonical.store_hours GROUP BY organization_id, store_id, valid, weekday HAVING count(*) > 1) FROM canonical.store_hours`,
		"stores that are open now":           `SELECT bool_or(canonical.is_open(organization_id, id, timestamp '2026-02-28 21:00')) FROM canonical.stores`,
		"sales at night, refunds, void ones": `SELECT bool_or(business_date < local_time::date) AND bool_or(kind = 'REFUND') AND bool_or(voided) FROM source.sale_annotations`,
		"sales with lines and tenders, and what was taken back of them": `SELECT bool_or(line_count > 1) AND bool_or(jsonb_array_length(tenders) = 2) AND bool_or(tax > 0)
			AND bool_or(refunded_amount > 0 AND refundable = 0) AND bool_or(line_count = 0) FROM source.sale_annotations`,
		"sales in no part of the day":        `SELECT bool_or(day_part IS NULL) AND NOT bool_and(inside_opening_hours) FROM source.sale_annotations`,
		"an open till in every organization": `SELECT count(*) = 4 FROM canonical.till_sessions WHERE state = 'open' AND business_date = '2026-03-01'`,
		"closes of tills and of days, one of them reversed and closed anew": `SELECT count(*) FILTER (WHERE c.till_id IS NULL) > 0 AND count(*) FILTER (WHERE c.reversed_at IS NOT NULL AND c.organization_id = s.organization_id) = 1
			AND count(*) FILTER (WHERE c.currency <> 'AUD' AND c.reversed_at IS NULL) > 0
			FROM canonical.day_closes AS c JOIN (SELECT min(id) AS organization_id FROM canonical.organizations) AS s USING (organization_id)`,
		"closes that are over, short and right": `SELECT count(DISTINCT sign(t.difference)) = 3 FROM canonical.day_close_tenders AS t WHERE t.counted IS NOT NULL`,
		"cash put in and taken out":             `SELECT bool_or(amount > 0) AND bool_or(amount < 0 AND account_id IS NOT NULL) FROM canonical.till_movements`,
		"marks":                                 `SELECT count(*) > 0 FROM marks.document_summaries`,
	} {
		t.Run(what, func(t *testing.T) {
			if !one[bool](t, pool, sql) {
				t.Error("there are none")
			}
		})
	}
}

func TestReadModelsCanBeComputed(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	seed(t, pool, demo.Options{})
	rows, err := pool.Query(t.Context(), "SELECT name FROM engine.projections ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	// Nobody has registered a webhook in the demo, and workers tell of what has happened.
	empty := []string{"notifications", "unread_notifications", "webhook_deliveries", "webhook_summaries", "webhook_totals"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if slices.Contains(empty, name) {
				return
			}
			if text := one[*string](t, pool, "SELECT string_agg(s::text, '') FROM "+pgx.Identifier{"source", name}.Sanitize()+" AS s"); text == nil {
				t.Error("it is empty")
			}
		})
	}
}
