package canonical_test

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// bulkDrafts inserts $2 drafts of all kinds and currencies, with one to three items each, with and without tax.
const bulkDrafts = `
	WITH new AS (
		INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency, fx_rate)
		SELECT $1, (ARRAY['invoice', 'invoice', 'bill', 'credit_note'])[1 + (g + $3) % 4],
			(SELECT min(id) FROM canonical.people WHERE organization_id = $1) + g % 3,
			'2026-01-01'::date + (g * 7 + $3) % 300, '2026-12-31', CASE g % 7 WHEN 0 THEN 'JPY' ELSE 'AUD' END,
			CASE g % 7 WHEN 0 THEN 0.0103 ELSE 1 END
		FROM generate_series(1, $2::int) AS g RETURNING id),
	item AS (
		INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price)
		SELECT $1, new.id, line, 'Work', 1 + line / 2.0, (new.id * 7919 + line * 104729 + $3) % 20000 FROM new, generate_series(1, 1 + new.id % 3) AS line
		RETURNING id, document_id)
	INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
	SELECT $1, item.document_id, item.id, 1, rate.id, rate.name, rate.percentage
	FROM item, (SELECT * FROM canonical.tax_rates WHERE organization_id = $1 LIMIT 1) AS rate WHERE item.id % 2 = 0`

// approveDrafts approves up to $2 drafts of one kind that no other transaction has locked.
const approveDrafts = `
	UPDATE canonical.documents AS d SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
	FROM (SELECT id FROM canonical.documents WHERE organization_id = $1 AND kind = $3 AND state = 'draft'
			ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) AS free
		CROSS JOIN LATERAL (SELECT * FROM canonical.take_number($1, CASE WHEN free.id > 0 THEN $3 END) OFFSET 0) AS next
	WHERE (d.organization_id, d.id) = ($1, free.id)`

// payMany pays up to $2 documents in part or in full, each by a payment of its own.
const payMany = `
	WITH open AS MATERIALIZED (
		SELECT d.*, a.due, nextval(pg_get_serial_sequence('canonical.payments', 'id')) AS payment_id
		FROM canonical.document_amounts AS a JOIN canonical.documents AS d ON (d.organization_id, d.id) = (a.organization_id, a.document_id)
		WHERE a.organization_id = $1 AND a.due > 10 AND a.document_id % 5 = $3::int % 5 ORDER BY d.id DESC LIMIT $2),
	payment AS (
		INSERT INTO canonical.payments (organization_id, id, direction, party_role, party_id, paid_on, currency, fx_rate, amount)
		SELECT $1, payment_id, CASE kind WHEN 'invoice' THEN 'in' ELSE 'out' END, CASE kind WHEN 'bill' THEN 'vendor' ELSE 'customer' END,
			party_id, issued_on + 20, currency, fx_rate * (0.9 + ($3::int % 20) / 100.0), due
		FROM open RETURNING id)
	INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount)
	SELECT $1, open.payment_id, open.id, open.due - (open.id + $3::int) % 10 FROM open JOIN payment ON payment.id = open.payment_id`

// whole runs a part of the workload in one transaction, of which one in some is rolled back. Its constraints are checked
// before the commit, which must wait for nobody.
func (w *writer) whole(ctx context.Context, some int, part func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, w.application, func(tx pgx.Tx) error {
		if err := part(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
			return err
		}
		if w.IntN(some) == 0 {
			return errRolledBack
		}
		return nil
	})
}

// bulk saves some dozens of documents in one transaction and may approve about as many.
func (w *writer) bulk(ctx context.Context) error {
	err := w.whole(ctx, 8, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, bulkDrafts, w.owner.OrganizationID, 20+w.IntN(40), w.IntN(1000))
		return err
	})
	if err != nil {
		return err
	}
	return w.whole(ctx, 4, func(tx pgx.Tx) error {
		for _, i := range w.Perm(3) {
			kind := []string{"invoice", "bill", "credit_note"}[i]
			if _, err := tx.Exec(ctx, approveDrafts, w.owner.OrganizationID, 10+w.IntN(30), kind); err != nil {
				return err
			}
		}
		return nil
	})
}

// settleMany pays some documents in one transaction.
func (w *writer) settleMany(ctx context.Context) error {
	return w.whole(ctx, 6, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, payMany, w.owner.OrganizationID, 1+w.IntN(30), w.IntN(1000))
		return err
	})
}
