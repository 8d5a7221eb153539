package canonical_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

// wrongRecords selects the records whose id modulo $1 is $2 and whose entries differ from what the record must have at
// every commit, with a description of each. It adds up what is due of a document anew, item by item.
const wrongRecords = `
	WITH class (name, source) AS (
		SELECT 'document', id, organization_id FROM canonical.documents UNION ALL
		SELECT 'payment', id, organization_id FROM canonical.payments UNION ALL
		SELECT 'money_entry', id, organization_id FROM canonical.money_entries UNION ALL
		SELECT 'transfer', id, organization_id FROM canonical.transfers UNION ALL
		SELECT 'day_close', id, organization_id FROM canonical.day_closes UNION ALL
		SELECT class.name, entry.canonical_id, entry.organization_id FROM canonical.journal_entries AS entry
		JOIN (VALUES ('document'), ('payment'), ('money_entry'), ('transfer'), ('day_close')) AS class (name)
			ON entry.canonical_type = ANY (canonical.posting_types(class.name))),
	record (class, organization, ids) AS (
		SELECT name, organization_id, array_agg(DISTINCT source) FROM class WHERE source % $1 = $2 GROUP BY name, organization_id),
	wanted AS (SELECT class, organization, line.* FROM record, canonical.posting_lines(organization, class, ids) AS line),
	posted AS (
		SELECT class, organization, line.canonical_type, line.canonical_id, line.posted_on, line.account_id, line.currency,
			line.amount, line.document_amount, line.store_id
		FROM record, canonical.posted_lines(organization, class, ids) AS line),
	document AS (
		SELECT d.organization_id, d.id, d.state, a.due, (
				SELECT coalesce(sum(i.amount + (
					SELECT coalesce(sum(round(i.amount * t.percentage / 100)), 0) FROM canonical.document_item_taxes AS t
					WHERE (t.organization_id, t.document_item_id) = (i.organization_id, i.id))), 0)
				FROM canonical.document_items AS i WHERE (i.organization_id, i.document_id) = (d.organization_id, d.id)) AS total, (
				SELECT coalesce(sum(p.amount), 0) FROM canonical.payment_allocations AS p
				WHERE (p.organization_id, p.document_id) = (d.organization_id, d.id) AND p.ended_on IS NULL AND EXISTS (
					SELECT FROM canonical.payments AS whole
					WHERE (whole.organization_id, whole.id) = (p.organization_id, p.payment_id) AND whole.voided_at IS NULL)) + (
				SELECT coalesce(sum(c.amount), 0) FROM canonical.credit_allocations AS c
				WHERE c.organization_id = d.organization_id AND d.id IN (c.document_id, c.credit_note_id) AND c.ended_on IS NULL) AS allocated
		FROM canonical.documents AS d
		CROSS JOIN LATERAL ( -- the fence keeps the view from being made of all documents
			SELECT due FROM canonical.document_amounts WHERE (organization_id, document_id) = (d.organization_id, d.id) OFFSET 0) AS a
		WHERE d.id % $1 = $2)
	SELECT 'not posted: ' || t::text FROM (SELECT * FROM wanted EXCEPT ALL SELECT * FROM posted) AS t
	UNION ALL SELECT 'posted wrongly: ' || t::text FROM (SELECT * FROM posted EXCEPT ALL SELECT * FROM wanted) AS t
	UNION ALL SELECT 'due of ' || document::text FROM document
		WHERE due < 0 OR due <> CASE state WHEN 'approved' THEN total - allocated ELSE 0 END`

// wrongTotals selects violations of what must hold for all books together.
const wrongTotals = `
	SELECT 'unbalanced entry ' || entry_id FROM canonical.journal_lines
	GROUP BY organization_id, entry_id HAVING sum(amount) <> 0 OR count(*) < 2
	UNION ALL SELECT 'entry unbalanced in a store ' || entry_id FROM canonical.journal_lines
	GROUP BY organization_id, entry_id, store_id HAVING (sum(amount), sum(document_amount)) <> (0, 0)
	UNION ALL SELECT 'entry without lines: ' || id FROM canonical.journal_entries AS entry WHERE NOT EXISTS (
		SELECT FROM canonical.journal_lines AS line WHERE (line.organization_id, line.entry_id) = (entry.organization_id, entry.id))
	UNION ALL SELECT 'trial balance ' || organization_id FROM canonical.journal_lines GROUP BY organization_id HAVING sum(amount) <> 0
	UNION ALL SELECT 'gap in ' || kind || ': ' || last || ' of ' || numbered || ', series at ' || coalesce(next_value, 1) FROM (
			SELECT organization_id, kind, count(number_value) AS numbered, coalesce(max(number_value), 0) AS last
			FROM canonical.documents GROUP BY organization_id, kind) AS document
		FULL JOIN canonical.number_series AS series USING (organization_id, kind)
		WHERE coalesce(last, 0) <> coalesce(numbered, 0) OR coalesce(last, 0) <> coalesce(next_value, 1) - 1
	UNION ALL SELECT 'queued: ' || queued::text FROM canonical.posting_queue AS queued`

// wrongPeriods selects the entries of the newest commit in a locked period that did not pass the lock on purpose; $1 is
// the snapshot before that commit. Times would not do: they are those of the transactions' beginnings.
const wrongPeriods = `
	SELECT 'behind the lock: ' || entry.id FROM canonical.journal_entries AS entry
	JOIN canonical.organizations AS o ON o.id = entry.organization_id
	WHERE entry.posted_on <= o.soft_locked_until AND NOT entry.passed_lock
		AND NOT pg_visible_in_snapshot(entry.transaction, $1::text::pg_snapshot)`

// wrongOpenItems finds where receivables and payables in the books differ from what documents and payments leave open, in
// their own currency and, each open amount at the rate of its record, in the base currency: in each record's store.
const wrongOpenItems = `
	WITH item (organization_id, role, store_id, currency, fx_rate, amount) AS (
		SELECT d.organization_id, CASE WHEN d.kind IN ('bill', 'vendor_credit_note') THEN 'payable' ELSE 'receivable' END, d.store_id, d.currency, d.fx_rate,
			CASE WHEN d.kind IN ('invoice', 'vendor_credit_note') THEN a.due ELSE -a.due END
		FROM canonical.documents AS d
		JOIN canonical.document_amounts AS a ON (a.organization_id, a.document_id) = (d.organization_id, d.id)
		UNION ALL
		SELECT p.organization_id, CASE p.party_role WHEN 'customer' THEN 'receivable' ELSE 'payable' END, p.store_id, p.currency, p.fx_rate,
			CASE p.direction WHEN 'in' THEN -1 ELSE 1 END * (p.amount - coalesce((
				SELECT sum(u.amount) FROM canonical.payment_uses AS u
				WHERE (u.organization_id, u.payment_id) = (p.organization_id, p.id)), 0))
		FROM canonical.payments AS p WHERE p.voided_at IS NULL),
	open (organization_id, role, store_id, currency, amount, base) AS (
		SELECT i.organization_id, i.role, i.store_id, i.currency, i.amount, canonical.in_base(i.amount, i.currency, o.base_currency, i.fx_rate)
		FROM item AS i JOIN canonical.organizations AS o ON o.id = i.organization_id
		UNION ALL
		SELECT line.organization_id, account.system_role, line.store_id, line.currency, -line.document_amount, -line.amount
		FROM canonical.journal_lines AS line
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		WHERE account.system_role IN ('receivable', 'payable') AND entry.canonical_type <> 'JournalEntry')
	SELECT 'open items ' || organization_id || ' ' || role || ' of store ' || coalesce(store_id, 0) || ' ' || currency || ' ' || sum(amount) || ', base ' || sum(base) FROM open
	GROUP BY organization_id, role, store_id, currency HAVING sum(amount) <> 0 OR sum(base) <> 0`

// wrongStores finds where what records have booked in a store, on other accounts than the control accounts, differs from what the
// records of that store say, and what records have booked as due between stores and does not cancel over all of them.
const wrongStores = `
	WITH part (organization_id, part, store_id, currency, amount) AS (
		SELECT d.organization_id, 'documents', coalesce(i.store_id, d.store_id), d.currency,
			CASE WHEN d.kind IN ('invoice', 'vendor_credit_note') THEN -1 ELSE 1 END * (i.amount + (
				SELECT coalesce(sum(round(i.amount * t.percentage / 100)), 0) FROM canonical.document_item_taxes AS t
				WHERE (t.organization_id, t.document_item_id) = (i.organization_id, i.id)))
		FROM canonical.documents AS d
		JOIN canonical.document_items AS i ON (i.organization_id, i.document_id) = (d.organization_id, d.id)
		WHERE d.state = 'approved'
		UNION ALL
		SELECT organization_id, 'money', store_id, currency, CASE direction WHEN 'in' THEN amount ELSE -amount END
		FROM canonical.payments WHERE voided_at IS NULL
		UNION ALL
		SELECT organization_id, 'money', store_id, currency, CASE kind WHEN 'income' THEN amount ELSE -amount END
		FROM canonical.money_entries WHERE voided_at IS NULL
		UNION ALL
		SELECT organization_id, 'money', from_store_id, currency, -amount - fee FROM canonical.transfers WHERE voided_at IS NULL
		UNION ALL
		SELECT organization_id, 'money', to_store_id, currency, amount FROM canonical.transfers WHERE voided_at IS NULL
		UNION ALL
		SELECT s.organization_id, 'money', s.store_id, s.currency, CASE s.kind WHEN 'refund' THEN -s.amount ELSE s.amount END
		FROM canonical.sales AS s WHERE s.voided_at IS NULL AND EXISTS (
			SELECT FROM canonical.day_closes AS c
			WHERE (c.organization_id, c.store_id, coalesce(c.till_session_id, 0), c.business_date, c.currency)
				= (s.organization_id, s.store_id, coalesce(s.till_session_id, 0), s.booked_on, s.currency) AND c.reversed_at IS NULL)
		UNION ALL
		SELECT c.organization_id, 'money', c.store_id, c.currency, coalesce(t.counted - t.expected, 0)
		FROM canonical.day_closes AS c
		JOIN canonical.day_close_tenders AS t ON (t.organization_id, t.day_close_id) = (c.organization_id, c.id) WHERE c.reversed_at IS NULL
		UNION ALL
		SELECT s.organization_id, 'money', s.store_id, s.currency, m.amount
		FROM canonical.till_sessions AS s
		JOIN canonical.till_movements AS m ON (m.organization_id, m.till_session_id) = (s.organization_id, s.id)
		JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (m.organization_id, m.account_id)
		WHERE s.state = 'closed' AND a.type = 'expense'
		UNION ALL
		SELECT line.organization_id, CASE WHEN entry.canonical_type = ANY (canonical.posting_types('document')) THEN 'documents' ELSE 'money' END,
			line.store_id, line.currency, -line.document_amount
		FROM canonical.journal_lines AS line
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		WHERE CASE WHEN entry.canonical_type = ANY (canonical.posting_types('document'))
			THEN coalesce(account.system_role NOT IN ('receivable', 'payable', 'exchange', 'interstore'), true)
			ELSE entry.canonical_type <> 'JournalEntry' AND account.type IN ('asset', 'liability')
				AND coalesce(account.system_role NOT IN ('receivable', 'payable', 'tax_paid', 'tax_collected', 'interstore'), true) END)
	SELECT part || ' of store ' || coalesce(store_id, 0) || ': ' || currency || ' ' || sum(amount) FROM part
	GROUP BY organization_id, part, store_id, currency HAVING sum(amount) <> 0
	UNION ALL SELECT 'due between stores: ' || line.currency || ' ' || sum(line.document_amount) || ', base ' || sum(line.amount)
	FROM canonical.journal_lines AS line
	JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
	WHERE account.system_role = 'interstore' GROUP BY line.organization_id, line.currency HAVING (sum(line.amount), sum(line.document_amount)) <> (0, 0)`

// wrongTaxes finds where the taxes by rate and store of some periods differ from what records have booked on the accounts of taxes.
const wrongTaxes = `
	WITH period AS MATERIALIZED (
		SELECT organization_id, least(a, b) AS first, greatest(a, b) AS last FROM (
			SELECT organization_id, min(posted_on) + (random() * (max(posted_on) - min(posted_on)))::int AS a,
				min(posted_on) + (random() * (max(posted_on) - min(posted_on)))::int AS b
			FROM canonical.journal_entries CROSS JOIN generate_series(1, 4) AS n GROUP BY organization_id, n) AS days),
	tax (organization_id, first, last, store_id, side, amount) AS (
		SELECT p.*, r.store_id, r.side, r.tax FROM period AS p CROSS JOIN LATERAL canonical.taxes_by_rate(p.organization_id, p.first, p.last) AS r
		UNION ALL
		SELECT p.*, coalesce(line.store_id, 0), CASE account.system_role WHEN 'tax_paid' THEN 'purchases' ELSE 'sales' END, CASE account.system_role WHEN 'tax_paid' THEN -1 ELSE 1 END * line.amount
		FROM period AS p
		JOIN canonical.journal_lines AS line ON line.organization_id = p.organization_id AND line.posted_on BETWEEN p.first AND p.last
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		WHERE account.system_role IN ('tax_paid', 'tax_collected') AND entry.canonical_type <> 'JournalEntry')
	SELECT 'taxes of ' || side || ' of store ' || store_id || ' from ' || first || ' to ' || last || ': ' || sum(amount) FROM tax
	GROUP BY organization_id, first, last, store_id, side HAVING sum(amount) <> 0`

// wrongAmounts selects the differences between the kept amounts of documents and payments and what they follow from.
const wrongAmounts = `
	SELECT 'kept amounts of document ' || wrong::text FROM (
		(TABLE canonical.document_amounts EXCEPT ALL TABLE canonical.derived_document_amounts)
		UNION ALL (TABLE canonical.derived_document_amounts EXCEPT ALL TABLE canonical.document_amounts)) AS wrong
	UNION ALL SELECT 'kept amounts of payment ' || wrong::text FROM (
		(TABLE canonical.payment_amounts EXCEPT ALL TABLE canonical.derived_payment_amounts)
		UNION ALL (TABLE canonical.derived_payment_amounts EXCEPT ALL TABLE canonical.payment_amounts)) AS wrong`

// wrongBalances selects the differences between an exact read of the balances and the journal lines.
const wrongBalances = `
	SELECT 'balance: ' || wrong::text AS text FROM (
		WITH line AS (
			SELECT account_id, month, currency, coalesce(store_id, 0) AS store_id, sum(amount)::bigint AS amount
			FROM canonical.journal_lines WHERE organization_id = $1 GROUP BY account_id, month, currency, store_id),
		balance AS (SELECT account_id, month, currency, store_id, amount::bigint FROM rows)
		(SELECT * FROM line EXCEPT ALL SELECT * FROM balance) UNION ALL (SELECT * FROM balance EXCEPT ALL SELECT * FROM line)) AS wrong
	UNION ALL SELECT 'the balances of store ' || store_id || ' sum to ' || sum(amount) FROM rows GROUP BY store_id HAVING sum(amount) <> 0`

var accountBalances = projection.Define[struct{ AccountID int64 }](projection.Definition{
	Name: "account_balances", Key: []string{"account_id", "month date", "currency text", "store_id"}, Sum: true,
})

// wrongAgeing returns at which of some days the ageings differ from what records have booked on the control accounts by
// then: in all stores together, in each of them, and in one that is asked for alone.
func (w *world) wrongAgeing(ctx context.Context, tx pgx.Tx) (wrong []string, err error) {
	reader := &projection.Reader{DB: tx, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}
	var currency string
	err = tx.QueryRow(ctx, `SELECT base_currency FROM canonical.organizations WHERE id = $1`, w.owner.OrganizationID).Scan(&currency)
	if err != nil {
		return nil, err
	}
	rows, _ := tx.Query(ctx, `
		SELECT day.at, coalesce(line.store_id, 0),
			coalesce(sum(line.amount) FILTER (WHERE account.system_role = 'receivable'), 0), coalesce(-sum(line.amount) FILTER (WHERE account.system_role = 'payable'), 0)
		FROM (
			SELECT DISTINCT posted_on + (random() * 2)::int - 1 AS at FROM (
				SELECT posted_on FROM canonical.journal_lines WHERE organization_id = $1 GROUP BY posted_on ORDER BY random() LIMIT 5) AS posted) AS day
		LEFT JOIN (canonical.journal_lines AS line
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
				AND entry.canonical_type <> 'JournalEntry')
			ON line.organization_id = $1 AND line.posted_on <= day.at
		GROUP BY day.at, line.store_id`, w.owner.OrganizationID)
	type control struct {
		At                         model.Date
		Store, Receivable, Payable int64
	}
	controls, err := pgx.CollectRows(rows, pgx.RowToStructByPos[control])
	if err != nil {
		return nil, err
	}
	days := map[model.Date][]control{}
	for _, c := range controls {
		days[c.At] = append(days[c.At], c)
	}
	for at, stores := range days {
		for role, side := range map[string]struct {
			age    func(reports.Books) (*model.Ageing, error)
			booked func(control) int64
		}{
			"receivables": {func(b reports.Books) (*model.Ageing, error) { return b.ReceivablesAgeing(ctx, &at, 1) }, func(c control) int64 { return c.Receivable }},
			"payables":    {func(b reports.Books) (*model.Ageing, error) { return b.PayablesAgeing(ctx, &at, 1) }, func(c control) int64 { return c.Payable }},
		} {
			differ := func(of string, aged model.Money, booked int64) {
				if want := model.FromMinor(booked, currency); aged.Amount.Cmp(want.Amount.Decimal) != 0 {
					wrong = append(wrong, fmt.Sprintf("aged %s of %s, %s, are %s, booked are %s", role, at, of, aged.Amount, want.Amount))
				}
			}
			all, err := side.age(reports.Books{Reader: reader, Currency: currency})
			if err != nil {
				return nil, err
			}
			aged := map[int64]model.Money{}
			for _, s := range all.ByStore {
				var key int64
				if s.StoreID != nil {
					key = s.StoreID.Key
				}
				aged[key] = s.InBase.Net
			}
			var sum int64
			for _, c := range stores {
				sum += side.booked(c)
				differ(fmt.Sprintf("store %d", c.Store), aged[c.Store], side.booked(c))
				delete(aged, c.Store)
			}
			differ("all stores", all.InBase.Net, sum)
			for store, left := range aged {
				differ(fmt.Sprintf("store %d", store), left, 0)
			}
			one := reports.Stores{Only: true, Keys: []int64{stores[0].Store}, Office: stores[0].Store == 0}
			alone, err := side.age(reports.Books{Reader: reader, Currency: currency, Stores: one})
			if err != nil {
				return nil, err
			}
			differ(fmt.Sprintf("store %d alone", stores[0].Store), alone.InBase.Net, side.booked(stores[0]))
		}
	}
	return wrong, nil
}

// wrongBooks returns what is wrong with the books in the snapshot of a transaction: with all books together, and with
// every of-th record, beginning with the at-th. It checks open items, which takes longest, only for the first of these
// parts.
func (w *world) wrongBooks(ctx context.Context, tx pgx.Tx, of, at int) (wrong []string, err error) {
	ask := func(sql string, args ...any) error {
		found, err := ask(ctx, tx, sql, args...)
		wrong = append(wrong, found...)
		return err
	}
	var balances []struct{ Text string }
	reader := &projection.Reader{DB: tx, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}
	if at == 0 {
		err = errors.Join(ask(wrongOpenItems), ask(wrongStores), ask(wrongCloses), ask(wrongTaxes), ask(wrongAmounts))
	}
	err = errors.Join(err, ask(wrongRecords, of, at), ask(wrongTotals),
		accountBalances.Summarize(ctx, reader, nil, projection.Where(wrongBalances), &balances))
	for _, b := range balances {
		wrong = append(wrong, b.Text)
	}
	return wrong, err
}

// ask returns the texts that a statement selects.
func ask(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]string, error) {
	rows, _ := tx.Query(ctx, sql, args...)
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// snapshot begins a transaction whose snapshot is taken before it returns.
func snapshot(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error) {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `SELECT 1`); err != nil {
		return nil, errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
	}
	return tx, nil
}

// wantBooks checks all books in one snapshot.
func (w *world) wantBooks(ctx context.Context) {
	w.t.Helper()
	tx, err := snapshot(ctx, w.pool)
	must(w.t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	wrong, err := w.wrongBooks(ctx, tx, 1, 0)
	must(w.t, err)
	aged, err := w.wrongAgeing(ctx, tx)
	must(w.t, err)
	for _, text := range append(wrong, aged...) {
		w.t.Error(text)
	}
}
