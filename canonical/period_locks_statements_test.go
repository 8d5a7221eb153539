package canonical_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// abroad creates records in another currency at different rates, so that allocations among them are posted.
func (w *world) abroad(party model.ID, on graphql.Omittable[*model.Date]) {
	w.t.Helper()
	ctx, yen := w.t.Context(), some("JPY")
	work := []model.DocumentItemInput{line("Work", "1", "1000")}
	var ids []model.ID
	for _, rate := range []string{"0.01", "0.02"} {
		id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: party, IssuedOn: on, Currency: yen, FxRate: some(dec(rate)), Items: work})
		must(w.t, err)
		_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		must(w.t, err)
		ids = append(ids, model.ID{Type: "Invoice", Key: id})
	}
	_, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(party), PaidOn: on, Currency: yen, FxRate: some(dec("0.03")),
		Amount: dec("500"), Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{part(ids[0], "300")})})
	must(w.t, err)
	advance, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(party), PaidOn: on, Currency: yen, FxRate: some(dec("0.03")), Amount: dec("100")})
	must(w.t, err)
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(party), PaidOn: on, Currency: yen, FxRate: some(dec("0.05")), Amount: dec("60"),
		Direction: some(model.PaymentDirectionOut), RefundOf: some(model.ID{Type: "Payment", Key: advance})})
	must(w.t, err)
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(party), PaidOn: on, Currency: yen, FxRate: some(dec("0.05")), Amount: dec("40"),
		Direction: some(model.PaymentDirectionOut), RefundOf: some(model.ID{Type: "Payment", Key: advance})})
	must(w.t, err)
	// One that gives nothing back yet, as only SQL makes it.
	_, err = w.pool.Exec(ctx, `INSERT INTO canonical.payments (organization_id, direction, party_id, paid_on, currency, fx_rate, amount)
		VALUES ($1, 'out', $2, $3, 'JPY', 0.05, 60)`, w.owner.OrganizationID, party.Key, on.Value())
	must(w.t, err)
	note, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindCreditNote, model.DocumentCreateInput{PartyID: party, IssuedOn: on, Currency: yen, FxRate: some(dec("0.04")), Items: work})
	must(w.t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindCreditNote, note, nil)
	must(w.t, err)
	_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: ids[0], Amount: dec("300")}})
	must(w.t, err)
}

// otherwise names the rule of each statement that another rule rejects first.
var otherwise = map[string]string{
	"documents DELETE":                         "documents_delete_draft",
	"journal_entries INSERT posting":           "journal_entries_posted_by_record",
	"journal_lines INSERT into a posting":      "journal_entries_posted_by_record",
	"journal_lines INSERT into an entry":       "journal_entries_immutable",
	"journal_entries UPDATE":                   "journal_entries_immutable",
	"journal_entries UPDATE out of the period": "journal_entries_immutable",
	"journal_entries DELETE":                   "journal_entries_immutable",
	"journal_entries TRUNCATE":                 "journal_entries_immutable",
	"journal_lines UPDATE":                     "journal_entries_immutable",
	"journal_lines DELETE":                     "journal_entries_immutable",
	"journal_lines TRUNCATE":                   "journal_entries_immutable",
	"day_closes DELETE":                        "day_closes_immutable",
	"day_closes TRUNCATE":                      "day_closes_immutable",
	"day_close_lines INSERT":                   "day_closes_sums",
	"day_close_lines UPDATE":                   "day_closes_immutable",
	"day_close_lines DELETE":                   "day_closes_immutable",
	"day_close_lines TRUNCATE":                 "day_closes_immutable",
	"day_close_tenders INSERT":                 "day_closes_sums",
	"day_close_tenders UPDATE":                 "day_closes_immutable",
	"day_close_tenders DELETE":                 "day_closes_immutable",
	"day_close_tenders TRUNCATE":               "day_closes_immutable",
	"day_close_sales INSERT":                   "day_close_sales_whole",
	"day_close_sales UPDATE":                   "day_close_sales_reversed",
	"sales INSERT":                             "sales_day_open",
	"sales UPDATE":                             "sales_day_open",
	"sale_lines INSERT":                        "sales_recorded_fixed",
	"sale_line_taxes INSERT":                   "sales_recorded_fixed",
	"sale_tenders INSERT":                      "sales_recorded_fixed",
}

// statementsInto returns SQL statements that post something ten days ago. There is at least one for each kind of change
// to each table that the books depend on; free is an approved invoice without allocations.
func statementsInto(w *world, today model.Date, free int64) map[string]string {
	w.t.Helper()
	tenDaysAgo := today.AddDays(-10)
	old, current := "date '"+tenDaysAgo.String()+"'", "date '"+today.String()+"'"
	account := func(code string) string {
		return fmt.Sprintf("(SELECT id FROM canonical.accounts WHERE organization_id = %d AND code = '%s')", w.owner.OrganizationID, code)
	}
	document := func(values string) string {
		return `INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency, state, number, number_value, approved_at)
			SELECT organization_id, min(id), ` + values + ` FROM canonical.people GROUP BY 1`
	}
	_, err := w.JournalEntryPost(w.t.Context(), w.owner, model.JournalEntryPostInput{PostedOn: some(tenDaysAgo),
		Lines: []model.JournalLineInput{{AccountID: w.account(w.owner, "1000"), Debit: some(dec("1"))}, {AccountID: w.account(w.owner, "1010"), Credit: some(dec("1"))}}})
	must(w.t, err)
	closed, open := w.storeNamed(w.owner, "Closed"), w.storeNamed(w.owner, "Open")
	for _, store := range []model.ID{closed, open} {
		sale := receipt("", soldLine("Tea", "1", "1", w.taxRate(w.owner, "GST of "+store.String(), "10")))
		sale.OccurredAt = tenDaysAgo.Add(3 * time.Hour)
		_, err = w.SalesRecord(w.t.Context(), w.owner, bulk(store, allOrNothing, sale))
		must(w.t, err)
	}
	_, err = w.salesPost(closed, tenDaysAgo)
	must(w.t, err)
	closing := fmt.Sprintf(`SELECT canonical.close_day(%d, %d, NULL, NULL, %s, 'AUD', 1, '', '[]')`, w.owner.OrganizationID, open.Key, old)
	posted := `SELECT d.organization_id, d.id FROM canonical.day_closes AS d`
	byHand := func(kind, condition string) string {
		return `INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, amount, currency, document_amount)
			SELECT l.organization_id, entry_id, 10 + line, account_id, amount, l.currency, document_amount FROM canonical.journal_lines AS l
			WHERE entry_id = (SELECT min(id) FROM canonical.journal_entries WHERE canonical_type ` + condition + ` 'JournalEntry' AND purpose = '` + kind + `')`
	}
	entry := func(typ, purpose, reverses string) string {
		return `INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
			SELECT id, 9999, '` + typ + `', coalesce(` + reverses + `, 9999), '` + purpose + `', ` + old + `, ` + reverses + ` FROM canonical.organizations`
	}
	statements := map[string]string{
		"documents INSERT": `WITH new AS (` + document(old+`, `+old+`, 'AUD', 'approved', 'x', 99, now()`) + ` RETURNING organization_id, id)
			INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT organization_id, id, 1, 'x', 1 FROM new`,
		"documents UPDATE approve":                 `UPDATE canonical.documents SET state = 'approved', number = 'x', number_value = 9, approved_at = now() WHERE state = 'draft' AND issued_on = ` + old,
		"documents UPDATE into the period":         `UPDATE canonical.documents SET issued_on = ` + old + ` WHERE state = 'approved' AND issued_on > ` + old,
		"documents UPDATE out of the period":       `UPDATE canonical.documents SET issued_on = ` + current + `, due_on = ` + current + ` WHERE state = 'approved'`,
		"documents UPDATE within the period":       `UPDATE canonical.documents SET issued_on = issued_on - 100 WHERE state = 'approved'`,
		"documents DELETE":                         `DELETE FROM canonical.documents WHERE state = 'approved'`,
		"documents TRUNCATE":                       `TRUNCATE canonical.documents CASCADE`,
		"document_items INSERT":                    fmt.Sprintf(`INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES (%d, %d, 9, 'x', 1)`, w.owner.OrganizationID, free),
		"document_items UPDATE price":              `UPDATE canonical.document_items SET unit_price = unit_price + 1`,
		"document_items UPDATE account":            `UPDATE canonical.document_items SET account_id = ` + account("4800"),
		"document_items UPDATE to another":         fmt.Sprintf(`UPDATE canonical.document_items SET line = 99, document_id = (SELECT max(id) FROM canonical.documents WHERE currency = 'AUD') WHERE document_id = %d`, free),
		"document_items DELETE":                    fmt.Sprintf(`DELETE FROM canonical.document_items WHERE document_id = %d`, free),
		"document_items TRUNCATE":                  `TRUNCATE canonical.document_items CASCADE`,
		"document_item_taxes INSERT":               taxed(free, `15`),
		"document_item_taxes UPDATE":               `UPDATE canonical.document_item_taxes SET percentage = 20`,
		"document_item_taxes DELETE":               `DELETE FROM canonical.document_item_taxes`,
		"document_item_taxes TRUNCATE":             `TRUNCATE canonical.document_item_taxes CASCADE`,
		"payments INSERT":                          `INSERT INTO canonical.payments (organization_id, party_id, paid_on, currency, amount) SELECT organization_id, min(id), ` + old + `, 'AUD', 1 FROM canonical.people GROUP BY 1`,
		"payments UPDATE amount":                   `UPDATE canonical.payments SET amount = amount + 1`,
		"payments UPDATE out of the period":        `UPDATE canonical.payments SET paid_on = ` + current,
		"payments UPDATE method":                   `UPDATE canonical.payments SET method = 'cash'`,
		"payments DELETE":                          `DELETE FROM canonical.payments WHERE id NOT IN (SELECT payment_id FROM canonical.payment_refunds)`,
		"payments TRUNCATE":                        `TRUNCATE canonical.payments CASCADE`,
		"payment_allocations INSERT":               `INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount, allocated_on) SELECT p.organization_id, p.id, d.id, 50, ` + old + ` FROM canonical.payments AS p, canonical.documents AS d WHERE p.currency = 'JPY' AND p.direction = 'in' AND p.amount > canonical.payment_used(p.organization_id, p.id) + 50 AND d.currency = 'JPY' AND d.fx_rate = 0.02`,
		"payment_allocations UPDATE":               `UPDATE canonical.payment_allocations SET amount = amount + 1`,
		"payment_allocations DELETE":               `DELETE FROM canonical.payment_allocations`,
		"payment_allocations TRUNCATE":             `TRUNCATE canonical.payment_allocations`,
		"credit_allocations INSERT":                `INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount, allocated_on) SELECT c.organization_id, c.id, d.id, 50, ` + old + ` FROM canonical.documents AS c, canonical.documents AS d WHERE c.kind = 'credit_note' AND c.currency = 'JPY' AND d.fx_rate = 0.02`,
		"credit_allocations UPDATE":                `UPDATE canonical.credit_allocations SET amount = amount + 1`,
		"credit_allocations DELETE":                `DELETE FROM canonical.credit_allocations`,
		"credit_allocations TRUNCATE":              `TRUNCATE canonical.credit_allocations`,
		"payment_refunds INSERT":                   `INSERT INTO canonical.payment_refunds (organization_id, refund_id, payment_id, amount, allocated_on) SELECT back.organization_id, back.id, p.id, 1, ` + old + ` FROM canonical.payments AS back, canonical.payments AS p WHERE back.direction = 'out' AND p.direction = 'in' AND back.currency = 'JPY' AND p.currency = 'JPY' AND back.amount > canonical.payment_used(back.organization_id, back.id) + 50 AND p.amount > canonical.payment_used(p.organization_id, p.id) + 50`,
		"payment_refunds UPDATE":                   `UPDATE canonical.payment_refunds SET amount = amount - 1`,
		"payment_refunds DELETE":                   `DELETE FROM canonical.payment_refunds`,
		"payment_refunds TRUNCATE":                 `TRUNCATE canonical.payment_refunds`,
		"money_entries INSERT":                     `INSERT INTO canonical.money_entries (organization_id, kind, account_id, money_account_id, occurred_on, currency, amount) SELECT organization_id, 'income', account_id, money_account_id, occurred_on, 'AUD', 1 FROM canonical.money_entries`,
		"money_entries UPDATE":                     `UPDATE canonical.money_entries SET tax_percentage = 10`,
		"money_entries UPDATE out of":              `UPDATE canonical.money_entries SET occurred_on = ` + current,
		"money_entries DELETE":                     `DELETE FROM canonical.money_entries`,
		"money_entries TRUNCATE":                   `TRUNCATE canonical.money_entries`,
		"transfers INSERT":                         `INSERT INTO canonical.transfers (organization_id, from_account_id, to_account_id, occurred_on, currency, amount) SELECT organization_id, to_account_id, from_account_id, occurred_on, 'AUD', 1 FROM canonical.transfers`,
		"transfers UPDATE":                         `UPDATE canonical.transfers SET fee = fee + 1`,
		"transfers UPDATE out of the period":       `UPDATE canonical.transfers SET occurred_on = ` + current,
		"transfers DELETE":                         `DELETE FROM canonical.transfers`,
		"transfers TRUNCATE":                       `TRUNCATE canonical.transfers`,
		"day_closes INSERT":                        closing,
		"day_closes UPDATE":                        `WITH sales AS (UPDATE canonical.day_close_sales SET reversed = true) UPDATE canonical.day_closes SET reversed_at = now()`,
		"day_closes DELETE":                        `DELETE FROM canonical.day_closes`,
		"day_closes TRUNCATE":                      `TRUNCATE canonical.day_closes CASCADE`,
		"day_close_lines INSERT":                   `INSERT INTO canonical.day_close_lines (organization_id, day_close_id, part, kind, net, amount) ` + strings.Replace(posted, "d.id", "d.id, 'revenue', 'sale', 0, 1", 1),
		"day_close_lines UPDATE":                   `UPDATE canonical.day_close_lines SET amount = amount + 1`,
		"day_close_lines DELETE":                   `DELETE FROM canonical.day_close_lines`,
		"day_close_lines TRUNCATE":                 `TRUNCATE canonical.day_close_lines`,
		"day_close_tenders INSERT":                 `INSERT INTO canonical.day_close_tenders (organization_id, day_close_id, tender, amount, opening) ` + strings.Replace(posted, "d.id", "d.id, 'cash', 1, 0", 1),
		"day_close_tenders UPDATE":                 `UPDATE canonical.day_close_tenders SET amount = amount + 1`,
		"day_close_tenders DELETE":                 `DELETE FROM canonical.day_close_tenders`,
		"day_close_tenders TRUNCATE":               `TRUNCATE canonical.day_close_tenders`,
		"day_close_sales INSERT":                   `INSERT INTO canonical.day_close_sales (organization_id, day_close_id, sale_id) SELECT d.organization_id, d.id, s.id FROM canonical.day_closes AS d, canonical.sales AS s WHERE s.store_id <> d.store_id`,
		"day_close_sales UPDATE":                   `UPDATE canonical.day_close_sales SET reversed = true`,
		"sales INSERT":                             fmt.Sprintf(`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) SELECT organization_id, store_id, occurred_at, currency, 1 FROM canonical.sales WHERE store_id = %d`, closed.Key),
		"sales UPDATE":                             fmt.Sprintf(`UPDATE canonical.sales SET voided_at = now() WHERE store_id = %d`, closed.Key),
		"sale_lines INSERT":                        `INSERT INTO canonical.sale_lines (organization_id, sale_id, line, description, unit_price, net, tax) SELECT organization_id, id, 9, 'x', 1, 100, 0 FROM canonical.sales`,
		"sale_line_taxes INSERT":                   `INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount) SELECT t.organization_id, sale_id, line, 9, r.id, r.name, 10, 1 FROM canonical.sale_line_taxes AS t JOIN canonical.tax_rates AS r ON r.organization_id = t.organization_id AND r.name LIKE 'GST of %' AND r.id <> t.tax_rate_id`,
		"sale_tenders INSERT":                      `INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) SELECT organization_id, id, 1, 'cash', amount FROM canonical.sales`,
		"journal_entries INSERT by hand":           entry("JournalEntry", "manual", "NULL::bigint"),
		"journal_entries INSERT reversal":          entry("JournalEntry", "reversal", "(SELECT max(id) FROM canonical.journal_entries WHERE purpose = 'manual')"),
		"journal_entries INSERT posting":           `INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on) SELECT id, 'Invoice', 1, 'posting', ` + current + ` FROM canonical.organizations`,
		"journal_lines INSERT into a posting":      byHand("posting", "<>"),
		"journal_lines INSERT into an entry":       byHand("manual", "="),
		"journal_entries UPDATE":                   `UPDATE canonical.journal_entries SET memo = 'x'`,
		"journal_entries UPDATE out of the period": `UPDATE canonical.journal_entries SET posted_on = ` + current,
		"journal_entries DELETE":                   `DELETE FROM canonical.journal_entries`,
		"journal_entries TRUNCATE":                 `TRUNCATE canonical.journal_entries CASCADE`,
		"journal_lines UPDATE":                     `UPDATE canonical.journal_lines SET amount = 2 * amount`,
		"journal_lines DELETE":                     `DELETE FROM canonical.journal_lines`,
		"journal_lines TRUNCATE":                   `TRUNCATE canonical.journal_lines`,
		"checked before the end":                   `BEGIN; UPDATE canonical.transfers SET amount = 1; SET CONSTRAINTS ALL IMMEDIATE; COMMIT`,
	}
	_, err = w.pool.Exec(w.t.Context(), taxed(free, `10`))
	must(w.t, err)

	rows, _ := w.pool.Query(w.t.Context(), `
		SELECT c.relname || ' ' || event.name FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
		CROSS JOIN (VALUES (4, 'INSERT'), (8, 'DELETE'), (16, 'UPDATE'), (32, 'TRUNCATE')) AS event (bit, name)
		JOIN pg_proc AS p ON p.oid = t.tgfoid
		WHERE p.pronamespace = 'canonical'::regnamespace AND (p.proname = 'journal_guard' OR p.proname LIKE 'queue\_%' AND p.proname <> 'queue_guard')
			AND t.tgtype & event.bit <> 0 ORDER BY 1`)
	needed, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(w.t, err)
	if len(needed) < 40 {
		w.t.Errorf("the books depend on %d things only: %q", len(needed), needed)
	}
	for _, one := range slices.Compact(needed) {
		found := false
		for name := range statements {
			found = found || strings.HasPrefix(name, one)
		}
		if !found {
			w.t.Errorf("no statement tries %s", one)
		}
	}
	return statements
}

// taxed adds a tax of the percentage to the document's items.
func taxed(document int64, percentage string) string {
	return fmt.Sprintf(`WITH rate AS (
			INSERT INTO canonical.tax_rates (organization_id, name, percentage) SELECT id, 'Rate %[2]s', %[2]s FROM canonical.organizations RETURNING *)
		INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
		SELECT i.organization_id, i.document_id, i.id, rate.percentage, rate.id, rate.name, rate.percentage FROM canonical.document_items AS i, rate WHERE i.document_id = %[1]d`, document, percentage)
}
