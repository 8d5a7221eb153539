package canonical_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
)

// writer writes random records of one organization, through the store and by SQL statements.
type writer struct {
	*world
	*rand.Rand
	people []model.ID
	gst    model.ID
	stores []int64
	tills  []model.ID // two of each store
	// focus, if set, is a part of the statement that it chooses most often.
	focus string
}

func (w *writer) price() string { return fmt.Sprintf("%d.%02d", w.IntN(200), w.IntN(100)) }

func (w *writer) items() []model.DocumentItemInput {
	list := make([]model.DocumentItemInput, 1+w.IntN(4))
	for i := range list {
		list[i] = line("Work", fmt.Sprintf("%d.%d", w.IntN(9), 1+w.IntN(9)), w.price())
		list[i].StoreID = w.anywhere()
		if w.IntN(2) == 0 {
			list[i].TaxRateIds = graphql.OmittableOf([]model.ID{w.gst})
		}
	}
	return list
}

// anywhere returns one of the stores, or the office.
func (w *writer) anywhere() graphql.Omittable[*model.ID] {
	if n := w.IntN(len(w.stores) + 1); n < len(w.stores) {
		return some(model.ID{Type: "Store", Key: w.stores[n]})
	}
	return null[model.ID]()
}

// day returns a day near today, before or after it.
func (w *writer) day() graphql.Omittable[*model.Date] {
	return some(model.Date{Time: time.Now().UTC().Truncate(24 * time.Hour)}.AddDays(w.IntN(120) - 60))
}

// pick returns the key of a random record, 0 if there is none.
func (w *writer) pick(ctx context.Context, table, where string) int64 {
	var id int64
	_ = w.pool.QueryRow(ctx, `SELECT id FROM canonical.`+table+` WHERE organization_id = $1 AND (`+where+`)
		ORDER BY id OFFSET $2 LIMIT 1`, w.owner.OrganizationID, w.IntN(25)).Scan(&id)
	return id
}

// settle pays a part of what is due of a random document of the kind.
func (w *writer) settle(ctx context.Context, kind string) (party model.ID, currency string, rate model.Decimal, id int64, part, whole model.Decimal) {
	party.Type = "Person"
	_ = w.pool.QueryRow(ctx, `SELECT d.party_id, d.currency, d.fx_rate, d.id,
			canonical.major((a.due * $3 / 100)::bigint, d.currency), canonical.major((a.due * $3 / 90)::bigint + 1, d.currency)
		FROM canonical.documents AS d JOIN canonical.document_amounts AS a
			ON (a.organization_id, a.document_id) = (d.organization_id, d.id)
		WHERE d.organization_id = $1 AND d.kind = $2 AND a.due > 100 ORDER BY d.id OFFSET $4 LIMIT 1`,
		w.owner.OrganizationID, kind, 1+w.IntN(100), w.IntN(15)).Scan(&party.Key, &currency, &rate, &id, &part, &whole)
	return party, currency, rate, id, part, whole
}

// reallocate replaces what a random payment settles by a part of a random document, or by nothing.
func (w *writer) reallocate(ctx context.Context) error {
	kind := []string{"invoice", "bill", "credit_note"}[w.IntN(3)]
	who, currency, _, id, part, _ := w.settle(ctx, kind)
	in := model.PaymentAllocationInput{Amount: part}
	direction, role := "in", "customer"
	switch kind {
	case "invoice":
		in.InvoiceID = some(model.ID{Type: "Invoice", Key: id})
	case "bill":
		in.BillID, direction, role = some(model.ID{Type: "Bill", Key: id}), "out", "vendor"
	default:
		in.CreditNoteID, direction = some(model.ID{Type: "CreditNote", Key: id}), "out"
	}
	list := []model.PaymentAllocationInput{in}
	if w.IntN(4) == 0 {
		list = nil
	}
	_, err := w.PaymentAllocate(ctx, w.owner, w.pick(ctx, "payments", fmt.Sprintf("voided_at IS NULL AND (party_id, currency, direction, party_role) = (%d, '%s', '%s', '%s')",
		who.Key, currency, direction, role)), nil, list)
	return err
}

// step makes one random write. User errors are expected: other writers may have come first.
func (w *writer) step(ctx context.Context) (err error) {
	party := w.people[w.IntN(len(w.people))]
	currency, rate := some("AUD"), graphql.Omittable[*model.Decimal]{}
	if w.IntN(4) == 0 {
		currency, rate = some("JPY"), some(dec(fmt.Sprintf("0.01%d", w.IntN(99))))
	}
	account := func(code string) model.ID {
		var key int64
		err = w.pool.QueryRow(ctx, `SELECT id FROM canonical.accounts WHERE organization_id = $1 AND code = $2`, w.owner.OrganizationID, code).Scan(&key)
		return model.ID{Type: "Account", Key: key}
	}
	price := w.price()
	lines := w.items()
	if *currency.Value() == "JPY" {
		price, lines = fmt.Sprint(1+w.IntN(9999)), []model.DocumentItemInput{line("Work", "1.5", fmt.Sprint(w.IntN(9999)))}
	}
	choice := w.IntN(56)
	if w.focus != "" && w.IntN(3) > 0 {
		choice = -1
	}
	switch choice {
	case 22, 23:
		err = w.bulk(ctx)
	case 24:
		err = w.settleMany(ctx)
	case 25:
		_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindBill, w.pick(ctx, "documents", "kind = 'bill' AND state = 'approved'"), nil)
	case 26:
		err = w.reallocate(ctx)
	case 27: // while older days are locked, their records are voided on a day of its own
		lock := model.PeriodLockInput{SoftLockedUntil: null[model.Date]()}
		if w.IntN(4) == 0 {
			lock.SoftLockedUntil = some(model.Date{Time: time.Now().UTC().Truncate(24 * time.Hour)}.AddDays(-w.IntN(20)))
		}
		_, err = w.PeriodLock(ctx, w.owner, nil, lock)
	case 28:
		var id int64
		if id, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindVendorCreditNote, model.DocumentCreateInput{PartyID: party, IssuedOn: w.day(), StoreID: w.anywhere(), Currency: currency, FxRate: rate, Items: lines}); err == nil {
			_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindVendorCreditNote, id, nil)
		}
	case 29:
		who, currency, _, id, part, _ := w.settle(ctx, "bill")
		note := w.pick(ctx, "documents", fmt.Sprintf("kind = 'vendor_credit_note' AND state = 'approved' AND party_id = %d AND currency = '%s'", who.Key, currency))
		_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindVendorCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: model.ID{Type: "Bill", Key: id}, Amount: part}})
	case 30:
		who, currency, rate, id, part, whole := w.settle(ctx, "vendor_credit_note")
		_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{VendorID: some(who), PaidOn: w.day(), StoreID: w.anywhere(), Direction: some(model.PaymentDirectionIn), Currency: some(currency), FxRate: some(rate), Amount: whole,
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{VendorCreditNoteID: some(model.ID{Type: "VendorCreditNote", Key: id}), Amount: part}})})
	case 31:
		_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindVendorCreditNote, w.pick(ctx, "documents", "kind = 'vendor_credit_note' AND state = 'approved'"), nil)
	case 0, 1:
		var id int64
		if id, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: party, IssuedOn: w.day(), StoreID: w.anywhere(), Currency: currency, FxRate: rate, Items: lines}); err == nil {
			_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		}
	case 2:
		var id int64
		if id, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindBill, model.DocumentCreateInput{PartyID: party, IssuedOn: w.day(), StoreID: w.anywhere(), Currency: currency, FxRate: rate, Items: lines}); err == nil {
			_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindBill, id, nil)
		}
	case 3:
		var id int64
		if id, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindCreditNote, model.DocumentCreateInput{PartyID: party, IssuedOn: w.day(), StoreID: w.anywhere(), Currency: currency, FxRate: rate, Items: lines}); err == nil {
			_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindCreditNote, id, nil)
		}
	case 4:
		_, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: party, IssuedOn: w.day(), StoreID: w.anywhere(), Items: lines, Currency: currency, FxRate: rate})
	case 5:
		_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, w.pick(ctx, "documents", "state = 'draft'"), nil)
	case 6:
		_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, w.pick(ctx, "documents", "kind = 'invoice' AND currency = 'AUD'"), nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(w.items())})
	case 7:
		_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindBill, w.pick(ctx, "documents", "kind = 'bill'"), nil, model.DocumentUpdateInput{PartyID: some(party), IssuedOn: some(model.NewDate(2026, 1, 1+w.IntN(28))), StoreID: w.anywhere()})
	case 8:
		_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, w.pick(ctx, "documents", "kind = 'invoice' AND state = 'approved'"), nil)
	case 9:
		_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, w.pick(ctx, "documents", "kind = 'credit_note' AND state = 'approved'"), nil)
	case 10, 11:
		who, currency, rate, id, part, whole := w.settle(ctx, "invoice")
		in := model.PaymentRecordInput{CustomerID: some(who), PaidOn: w.day(), StoreID: w.anywhere(), Currency: some(currency), Amount: whole,
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{InvoiceID: some(model.ID{Type: "Invoice", Key: id}), Amount: part}})}
		if in.FxRate = some(rate); currency == "JPY" {
			in.FxRate = some(dec(fmt.Sprintf("0.01%d", w.IntN(99))))
		}
		_, err = w.PaymentRecord(ctx, w.owner, in)
	case 12:
		who, currency, rate, id, part, whole := w.settle(ctx, "bill")
		_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{VendorID: some(who), PaidOn: w.day(), StoreID: w.anywhere(), Currency: some(currency), FxRate: some(rate), Amount: whole,
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{BillID: some(model.ID{Type: "Bill", Key: id}), Amount: part}})})
	case 13:
		who, currency, rate, id, part, whole := w.settle(ctx, "credit_note")
		_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(who), PaidOn: w.day(), StoreID: w.anywhere(), Direction: some(model.PaymentDirectionOut), Currency: some(currency), FxRate: some(rate), Amount: whole,
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{CreditNoteID: some(model.ID{Type: "CreditNote", Key: id}), Amount: part}})})
	case 14:
		who, currency, _, id, part, _ := w.settle(ctx, "invoice")
		note := w.pick(ctx, "documents", fmt.Sprintf("kind = 'credit_note' AND state = 'approved' AND party_id = %d AND currency = '%s'", who.Key, currency))
		_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: model.ID{Type: "Invoice", Key: id}, Amount: part}})
	case 15:
		_, err = w.PaymentVoid(ctx, w.owner, w.pick(ctx, "payments", "voided_at IS NULL"), nil)
	case 16:
		_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: account("4100"), Amount: dec(price), Currency: currency, FxRate: rate, StoreID: w.anywhere(), TaxRateID: some(w.gst)})
	case 17:
		_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: account("6100"), Amount: dec(price), Currency: currency, FxRate: rate, StoreID: w.anywhere(), TaxRateID: some(w.gst)})
	case 18:
		if id := w.pick(ctx, "money_entries", "kind = 'income'"); w.IntN(3) > 0 {
			_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, id, nil, model.MoneyEntryUpdateInput{Amount: some(dec(fmt.Sprint(1 + w.IntN(99))))})
		} else {
			_, err = w.MoneyEntryVoid(ctx, w.owner, model.MoneyEntryKindIncome, id, nil)
		}
	case 19:
		_, err = w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: account("1000"), ToAccountID: account("1010"), Amount: dec(price), Fee: some(dec("1")), FromStoreID: w.anywhere(), ToStoreID: w.anywhere(), Currency: currency, FxRate: rate})
	case 20:
		var id int64
		store := w.anywhere()
		id, err = w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{Lines: []model.JournalLineInput{
			{AccountID: account("1000"), Debit: some(dec(price)), StoreID: store}, {AccountID: account("3000"), Credit: some(dec(price)), StoreID: store}}})
		if *currency.Value() == "AUD" && err == nil && w.IntN(2) == 0 {
			_, err = w.JournalEntryReverse(ctx, w.owner, id, model.JournalEntryReverseInput{})
		}
	default:
		if choice < 32 {
			return w.transaction(ctx)
		}
		return w.shop(ctx, choice%6)
	}
	return err
}

// anyStore selects one of the organization's stores by the row and the amount, or null, the office.
const anyStore = `(ARRAY(SELECT id FROM canonical.stores WHERE organization_id = $1 ORDER BY id))[1 + (id + $2::int) % 4]`

// statements change many rows at once. They take the organization, an amount and a small number.
var statements = []string{
	`UPDATE canonical.document_items SET unit_price = $2 WHERE organization_id = $1 AND id % 13 = $3::int`,
	`UPDATE canonical.document_items SET account_id = (SELECT id FROM canonical.accounts WHERE organization_id = $1 AND code = '4800')
		WHERE organization_id = $1 AND id % 17 = $3::int AND $2 > 0`,
	`UPDATE canonical.document_item_taxes SET percentage = $2 % 30 WHERE organization_id = $1 AND id % 11 = $3::int`,
	`UPDATE canonical.documents SET store_id = ` + anyStore + ` WHERE organization_id = $1 AND id % 7 = $3::int`,
	`UPDATE canonical.document_items SET store_id = ` + anyStore + ` WHERE organization_id = $1 AND id % 5 = $3::int`,
	`UPDATE canonical.payments SET store_id = ` + anyStore + ` WHERE organization_id = $1 AND id % 5 = $3::int`,
	`UPDATE canonical.money_entries SET store_id = ` + anyStore + ` WHERE organization_id = $1 AND id % 3 = $3::int`,
	`UPDATE canonical.transfers SET from_store_id = ` + anyStore + `, to_store_id = from_store_id WHERE organization_id = $1 AND id % 2 = $3::int`,
	`DELETE FROM canonical.document_item_taxes WHERE organization_id = $1 AND id % 23 = $3::int AND $2 > 0`,
	`DELETE FROM canonical.payment_allocations WHERE organization_id = $1 AND id % 19 = $3::int AND $2 > 0`,
	`UPDATE canonical.documents SET issued_on = '2026-02-01'::date + $3::int, due_on = '2026-12-01' WHERE organization_id = $1 AND id % 13 = $3::int AND $2 > 0`,
	`UPDATE canonical.payments SET voided_at = CASE WHEN voided_at IS NULL THEN now() END, amount = amount + $2 % 3
		WHERE organization_id = $1 AND id % 17 = $3::int`,
	`UPDATE canonical.money_entries SET amount = $2, occurred_on = '2026-01-01'::date + $3::int WHERE organization_id = $1 AND id % 5 = $3::int`,
	`UPDATE canonical.transfers SET voided_at = now(), fee = $2 WHERE organization_id = $1 AND id % 7 = $3::int`,
	`UPDATE canonical.document_items SET document_id = (SELECT max(document_id) FROM canonical.document_items WHERE organization_id = $1),
		line = 1000 + id WHERE organization_id = $1 AND id % 29 = $3::int AND $2 > 0`,
	`DELETE FROM canonical.documents WHERE organization_id = $1 AND state = 'draft' AND id % 9 = $3::int AND $2 > 0`,
	`UPDATE canonical.sales SET voided_at = now() WHERE organization_id = $1 AND id % 19 = $3::int AND $2 > 0 AND voided_at IS NULL`,
	`UPDATE canonical.sales SET booked_on = booked_on + 1 WHERE organization_id = $1 AND id % 13 = $3::int AND $2 > 0 AND till_session_id IS NULL`,
	`UPDATE canonical.documents AS d SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
		FROM (SELECT id FROM canonical.documents WHERE organization_id = $1 AND kind = 'invoice' AND state = 'draft' AND $2 > 0
				ORDER BY id LIMIT $3 FOR NO KEY UPDATE) AS free
			CROSS JOIN LATERAL (SELECT * FROM canonical.take_number($1, CASE WHEN free.id > 0 THEN 'invoice' END) OFFSET 0) AS next
		WHERE (d.organization_id, d.id) = ($1, free.id)`,
	`UPDATE canonical.payment_allocations SET amount = amount + $2 WHERE organization_id = $1 AND id % 31 = $3::int`,
	`INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, amount, currency, document_amount)
		SELECT organization_id, entry_id, 100 + line, account_id, amount, currency, document_amount FROM canonical.journal_lines
		WHERE organization_id = $1 AND entry_id = (SELECT max(id) - $3::int FROM canonical.journal_entries WHERE organization_id = $1 AND $2 > 0)`,
}

// transaction makes one transaction of several statements, as from psql: some are rolled back to a savepoint, and
// constraints may be checked before its end.
func (w *writer) transaction(ctx context.Context) error {
	level := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable}[w.IntN(3)]
	return pgx.BeginTxFunc(ctx, w.application, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
		for range 1 + w.IntN(5) {
			err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
				statement := statements[w.IntN(len(statements))]
				if w.focus != "" && w.IntN(2) == 0 {
					statement = statements[slices.IndexFunc(statements, func(s string) bool { return strings.Contains(s, w.focus) })]
				}
				if _, err := tx.Exec(ctx, statement, w.owner.OrganizationID, 1+w.IntN(20_000), w.IntN(5)); err != nil {
					return err
				}
				if w.IntN(3) == 0 {
					if _, err := tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED`); err != nil {
						return err
					}
				}
				if w.IntN(3) == 0 {
					return errRolledBack
				}
				return nil
			})
			if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "" {
				return err
			}
		}
		if w.IntN(4) == 0 {
			return errRolledBack
		}
		_, err := tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`) // now, so that the commit waits for nobody
		return err
	})
}

var errRolledBack = errors.New("rolled back")

// expected reports whether err is a user error or a lost race.
func expected(err error) bool {
	if _, ok := errors.AsType[*canonical.Invalid](err); ok || errors.Is(err, errRolledBack) {
		return true
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.ConstraintName != "" || pg.Code == pgerrcode.SerializationFailure || pg.Code == pgerrcode.DeadlockDetected || strings.Contains(pg.Message, "multixact"))
}
