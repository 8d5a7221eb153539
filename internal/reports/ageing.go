package reports

import (
	"context"
	"fmt"

	"daybook/graph/model"
	"daybook/projection"
)

// openDocument is the key of a document of which something is due, or a customer may still use.
type openDocument struct{ DocumentID int64 }

var openDocuments = projection.Define[openDocument](projection.Definition{
	Name:   "document_summaries",
	Stores: "store_id = ANY (?)",
	Key:    []string{"document_id"},
	Where:  "state = 'APPROVED' AND due > 0",
})

// openPayment is the key of a payment of which something is not allocated.
type openPayment struct{ PaymentID int64 }

var openPayments = projection.Define[openPayment](projection.Definition{
	Name:   "payment_summaries",
	Stores: "store_id = ANY (?)",
	Key:    []string{"payment_id"},
	Where:  "NOT voided AND unallocated <> 0",
})

// debts is what an ageing is about: the kind of the documents that are due, that of those which reduce them, the role of
// the parties, and the direction of the payments that pay.
type debts struct{ due, credit, role, pays string }

var (
	receivables = debts{due: "invoice", credit: "credit_note", role: "CUSTOMER", pays: "IN"}
	payables    = debts{due: "bill", credit: "vendor_credit_note", role: "VENDOR", pays: "OUT"}
)

// credit is what of a party's payments of one store, 0 for the office, is not allocated, in their currency and, each at its own rate, in the base currency.
type credit struct {
	PartyID  int64         `json:"party_id"`
	StoreID  int64         `json:"store_id"`
	Currency string        `json:"currency"`
	Amount   model.Decimal `json:"amount"`
	Base     model.Decimal `json:"base"`
}

// credits returns what of payments was not allocated at the end of the day. The stored rows are those of now: payments
// that are dated later do not count, and those whose uses began or ended later are added up anew.
func (d debts) credits(ctx context.Context, b Books, day model.Date) (found []credit, err error) {
	inStores, storeKeys := b.Stores.Condition("store_id")
	ofStores, _ := b.Stores.Condition("payment.store_id")
	args := append([]any{day, day, day, day, day, day, day, day, day, day, d.role}, storeKeys...)
	err = openPayments.Summarize(ctx, b.Reader, []projection.Condition{projection.Where("party_role = ?", d.role), projection.Where(inStores, storeKeys...)}, projection.Where(`
		WITH later AS MATERIALIZED (
			SELECT organization_id, payment_id AS id FROM canonical.payment_allocations WHERE organization_id = $1 AND allocated_on > ?::date
			UNION SELECT organization_id, payment_id FROM canonical.payment_allocations WHERE organization_id = $1 AND ended_on > ?::date
			UNION SELECT organization_id, unnest(ARRAY[payment_id, refund_id]) FROM canonical.payment_refunds WHERE organization_id = $1 AND allocated_on > ?::date
			UNION SELECT organization_id, unnest(ARRAY[payment_id, refund_id]) FROM canonical.payment_refunds WHERE organization_id = $1 AND ended_on > ?::date
			UNION SELECT organization_id, id FROM canonical.payments WHERE organization_id = $1 AND voided_on > ?::date
			UNION SELECT $1, part.payment_id FROM canonical.payments AS void
			JOIN canonical.payment_refunds AS part ON (part.organization_id, part.refund_id) = ($1, void.id)
			WHERE void.organization_id = $1 AND void.voided_on > ?::date),
		open AS (
			SELECT party_id, COALESCE(store_id, 0) AS store_id, currency, fx_rate, direction, unallocated AS amount FROM rows
			WHERE paid_on <= ?::date AND payment_id NOT IN (SELECT id FROM later)
			UNION ALL
			SELECT payment.party_id, COALESCE(payment.store_id, 0), payment.currency, payment.fx_rate, upper(payment.direction), canonical.major(payment.amount - used.amount, payment.currency)
			FROM later
			CROSS JOIN LATERAL (SELECT * FROM canonical.payments AS row WHERE (row.organization_id, row.id) = (later.organization_id, later.id) OFFSET 0) AS payment
			CROSS JOIN LATERAL (
				SELECT COALESCE(sum(part.amount), 0) AS amount FROM canonical.payment_uses AS part
				WHERE (part.organization_id, part.payment_id) = (later.organization_id, later.id) AND part.allocated_on <= ?::date OFFSET 0) AS used
			WHERE (payment.voided_at IS NULL OR payment.voided_on > ?::date) AND payment.paid_on <= ?::date AND upper(payment.party_role) = ? AND `+ofStores+`)
		SELECT party_id, store_id, currency, sum(side * amount) AS amount, sum(side * canonical.major_in_base(amount, currency, ?, fx_rate)) AS base
		FROM open CROSS JOIN LATERAL (SELECT CASE direction WHEN ? THEN 1 ELSE -1 END AS side) AS sign
		GROUP BY party_id, store_id, currency HAVING (sum(side * amount), sum(side * canonical.major_in_base(amount, currency, ?, fx_rate))) <> (0, 0)`,
		append(args, b.Currency, d.pays, b.Currency)...), &found)
	if err != nil {
		return nil, fmt.Errorf("add up unallocated payments: %w", err)
	}
	return found, nil
}

// line is a line of an ageing: a party and a currency. The line of PartyID 0 sums all parties, of one store where OfStore, and
// with InBase all currencies too.
type line struct {
	PartyID     int64         `json:"party_id"`
	PartyName   string        `json:"party_name"`
	Currency    string        `json:"currency"`
	InBase      bool          `json:"in_base"`
	OfStore     bool          `json:"of_store"`
	StoreID     int64         `json:"store_id"` // 0: the office
	NotDue      model.Decimal `json:"not_due"`
	Days30      model.Decimal `json:"days_30"`
	Days60      model.Decimal `json:"days_60"`
	Days90      model.Decimal `json:"days_90"`
	Older       model.Decimal `json:"older"`
	Total       model.Decimal `json:"total"`
	Unallocated model.Decimal `json:"unallocated"`
	Credits     model.Decimal `json:"credits"`
}

// lines returns the lines of an ageing as of a day: the totals, also of each store in the base currency, and of each currency the first parties with the most due,
// then those with the most credit. The documents are read as the payments are in credits.
func (d debts) lines(ctx context.Context, b Books, day model.Date, first int, paid []credit) (lines []line, err error) {
	var parties, stores []int64
	var currencies, amounts, bases []string
	for _, p := range paid {
		parties, stores, currencies = append(parties, p.PartyID), append(stores, p.StoreID), append(currencies, p.Currency)
		amounts, bases = append(amounts, p.Amount.String()), append(bases, p.Base.String())
	}
	inStores, storeKeys := b.Stores.Condition("store_id")
	ofStores, _ := b.Stores.Condition("document.store_id")
	args := append([]any{day, day, day, day, day, day, day, day, day, day, []string{d.due, d.credit}}, storeKeys...)
	args = append(args, d.due, day, d.credit, b.Currency, b.Currency, parties, stores, currencies, amounts, bases, b.Currency, first)
	where := []projection.Condition{projection.Where("kind = ANY (?::text[])", []string{d.due, d.credit}), projection.Where(inStores, storeKeys...)}
	err = openDocuments.Summarize(ctx, b.Reader, where, projection.Where(`
		WITH later AS MATERIALIZED (
			SELECT organization_id, document_id AS id FROM canonical.payment_allocations WHERE organization_id = $1 AND allocated_on > ?::date
			UNION SELECT organization_id, document_id FROM canonical.payment_allocations WHERE organization_id = $1 AND ended_on > ?::date
			UNION SELECT organization_id, unnest(ARRAY[document_id, credit_note_id]) FROM canonical.credit_allocations WHERE organization_id = $1 AND allocated_on > ?::date
			UNION SELECT organization_id, unnest(ARRAY[document_id, credit_note_id]) FROM canonical.credit_allocations WHERE organization_id = $1 AND ended_on > ?::date
			UNION SELECT organization_id, id FROM canonical.documents WHERE organization_id = $1 AND voided_on > ?::date
			UNION SELECT $1, part.document_id FROM canonical.payments AS void
			JOIN canonical.payment_allocations AS part ON (part.organization_id, part.payment_id) = ($1, void.id)
			WHERE void.organization_id = $1 AND void.voided_on > ?::date),
		open AS (
			SELECT kind, party_id, COALESCE(store_id, 0) AS store_id, currency, fx_rate, due_on, due AS amount FROM rows
			WHERE issued_on <= ?::date AND document_id NOT IN (SELECT id FROM later)
			UNION ALL
			SELECT document.kind, document.party_id, COALESCE(document.store_id, 0), document.currency, document.fx_rate, document.due_on, canonical.major(total.amount - paid.amount, document.currency)
			FROM later
			CROSS JOIN LATERAL (SELECT * FROM canonical.documents AS row WHERE (row.organization_id, row.id) = (later.organization_id, later.id) OFFSET 0) AS document
			CROSS JOIN LATERAL (SELECT canonical.document_total(later.organization_id, later.id) AS amount OFFSET 0) AS total
			CROSS JOIN LATERAL (
				SELECT COALESCE(sum(part.amount), 0) AS amount FROM canonical.settlements AS part
				WHERE (part.organization_id, part.document_id) = (later.organization_id, later.id) AND part.allocated_on <= ?::date OFFSET 0) AS paid
			WHERE (document.state = 'approved' OR document.voided_on > ?::date) AND document.issued_on <= ?::date AND document.kind = ANY (?::text[]) AND `+ofStores+`),
		item AS (
			SELECT party_id, store_id, part.currency, in_base, CASE WHEN kind = ? THEN part.amount ELSE 0 END AS due, ?::date - due_on AS days,
				0 AS unallocated, CASE WHEN kind = ? THEN part.amount ELSE 0 END AS credits
			FROM open CROSS JOIN LATERAL (VALUES
				(open.currency, open.amount, false), (?, canonical.major_in_base(open.amount, open.currency, ?, fx_rate), true)) AS part (currency, amount, in_base)
			WHERE open.amount <> 0
			UNION ALL
			SELECT party_id, store_id, part.currency, in_base, 0, NULL, part.amount, 0
			FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[]) AS paid (party_id, store_id, currency, amount, base) CROSS JOIN LATERAL (VALUES
				(paid.currency, paid.amount::numeric, false), (?, paid.base::numeric, true)) AS part (currency, amount, in_base)),
		sums AS (
			SELECT COALESCE(party_id, 0) AS party_id, GROUPING(store_id) = 0 AS of_store, COALESCE(store_id, 0) AS store_id, currency, in_base,
				COALESCE(sum(due) FILTER (WHERE days <= 0), 0) AS not_due,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 1 AND 30), 0) AS days_30,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 31 AND 60), 0) AS days_60,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 61 AND 90), 0) AS days_90,
				COALESCE(sum(due) FILTER (WHERE days > 90), 0) AS older,
				sum(due) AS total, sum(unallocated) AS unallocated, sum(credits) AS credits,
				row_number() OVER (PARTITION BY in_base, currency, GROUPING(party_id, store_id) ORDER BY sum(due) DESC, sum(unallocated + credits) DESC, party_id) AS place
			FROM item GROUP BY GROUPING SETS ((currency, in_base, party_id), (currency, in_base, store_id), (currency, in_base)))
		SELECT sums.*, party.full_name AS party_name FROM sums
		LEFT JOIN canonical.people AS party ON (party.organization_id, party.id) = ($1, sums.party_id)
		WHERE CASE WHEN of_store THEN in_base ELSE sums.party_id = 0 OR NOT in_base AND place <= ? END
		ORDER BY currency, CASE WHEN of_store THEN store_id ELSE place END`, args...), &lines)
	if err != nil {
		return nil, fmt.Errorf("add up what is due: %w", err)
	}
	return lines, nil
}

// sums returns the line with all its amounts.
func (l line) sums() model.AgeingTotal {
	money := func(amount model.Decimal) model.Money {
		m := model.Money{Amount: amount}
		m.SetCurrency(l.Currency)
		return m
	}
	net := model.Decimal{Decimal: l.Total.Sub(l.Unallocated.Decimal).Sub(l.Credits.Decimal)}
	return model.AgeingTotal{
		Currency: l.Currency, NotDue: money(l.NotDue), Days30: money(l.Days30), Days60: money(l.Days60),
		Days90: money(l.Days90), Older: money(l.Older), Total: money(l.Total),
		Unallocated: money(l.Unallocated), UnappliedCredits: money(l.Credits), Net: money(net),
	}
}

// ReceivablesAgeing returns what customers owe by how long it has been due at the end of a day, today if it is nil: the
// totals, and the first parties of each currency with the most due. What is dated later does not count, and what is
// settled later is still open. So the total in the base currency is what records have booked on the account of
// receivables by the day.
func (b Books) ReceivablesAgeing(ctx context.Context, day *model.Date, first int) (*model.Ageing, error) {
	return b.ageing(ctx, receivables, day, first)
}

// PayablesAgeing is ReceivablesAgeing of what is owed to vendors.
func (b Books) PayablesAgeing(ctx context.Context, day *model.Date, first int) (*model.Ageing, error) {
	return b.ageing(ctx, payables, day, first)
}

// ageing reads the payments, then the documents: of the same moment or of a later one.
func (b Books) ageing(ctx context.Context, d debts, day *model.Date, first int) (*model.Ageing, error) {
	at := b.asOf(day, nil)[0].last
	paid, err := d.credits(ctx, b, at)
	if err != nil {
		return nil, err
	}
	lines, err := d.lines(ctx, b, at, first, paid)
	if err != nil {
		return nil, err
	}
	answer := &model.Ageing{AsOf: at, Totals: []model.AgeingTotal{}, ByStore: []model.StoreAgeing{}, Rows: []model.AgeingRow{}}
	answer.InBase = line{Currency: b.Currency}.sums()
	for _, l := range lines {
		sums := l.sums()
		switch {
		case l.OfStore:
			answer.ByStore = append(answer.ByStore, model.StoreAgeing{StoreID: storeID(&l.StoreID), InBase: sums})
		case l.InBase:
			answer.InBase = sums
		case l.PartyID == 0:
			answer.Totals = append(answer.Totals, sums)
		default:
			answer.Rows = append(answer.Rows, model.AgeingRow{
				PartyID: model.ID{Type: "Person", Key: l.PartyID}, PartyName: l.PartyName,
				Currency: sums.Currency, NotDue: sums.NotDue, Days30: sums.Days30, Days60: sums.Days60,
				Days90: sums.Days90, Older: sums.Older, Total: sums.Total,
				Unallocated: sums.Unallocated, UnappliedCredits: sums.UnappliedCredits, Net: sums.Net,
			})
		}
	}
	return answer, nil
}
