package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// postedIn returns what is posted of a record and not undone, by day, store and account.
func (w *world) postedIn(typ string, id int64) string {
	w.t.Helper()
	return one[string](w, `SELECT coalesce(string_agg(day || ' ' || name || ' ' || code || ' ' || amount, ', ' ORDER BY day, name, code), '')
		FROM (SELECT entry.posted_on AS day, coalesce(store.name, 'office') AS name, account.code, sum(line.amount) AS amount
			FROM canonical.journal_entries AS entry
			JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			LEFT JOIN canonical.stores AS store ON (store.organization_id, store.id) = (line.organization_id, line.store_id)
			WHERE (entry.organization_id, entry.canonical_type, entry.canonical_id) = ($1, $2, $3)
			GROUP BY 1, 2, 3 HAVING sum(line.amount) <> 0) AS net`, w.owner.OrganizationID, typ, id)
}

func (w *world) wantPostedIn(typ string, id int64, want string) {
	w.t.Helper()
	if got := w.postedIn(typ, id); got != want {
		w.t.Errorf("%s %d\n got %s\nwant %s", typ, id, got, want)
	}
}

// What a record books in another store than its own, that store owes the record's store or is owed by it. What settles a
// record of another store moves its control account on the allocation's day, and follows where either record goes.
func TestStoresInTheBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	north, south := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South")
	day := func(of int) model.Date { return model.NewDate(2026, 3, of) }
	here, there := line("Here", "1", "70"), line("There", "1", "30")
	there.StoreID = some(south)
	invoice, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: ada, IssuedOn: some(day(1)), StoreID: some(north), Items: []model.DocumentItemInput{here, there},
	})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, invoice, nil)
	must(t, err)
	w.wantPostedIn("Invoice", invoice, "2026-03-01 North 1100 10000, 2026-03-01 North 1150 -3000, 2026-03-01 North 4000 -7000, "+
		"2026-03-01 South 1150 3000, 2026-03-01 South 4000 -3000")

	payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: some(day(5)), StoreID: some(south), Amount: dec("50")})
	must(t, err)
	w.wantPostedIn("Payment", payment, "2026-03-05 South 1000 5000, 2026-03-05 South 1100 -5000")
	_, err = w.PaymentAllocate(ctx, w.owner, payment, nil, []model.PaymentAllocationInput{part(model.ID{Type: "Invoice", Key: invoice}, "40")})
	must(t, err)
	w.wantPostedIn("Payment", payment, "2026-03-05 North 1100 -4000, 2026-03-05 North 1150 4000, 2026-03-05 South 1000 5000, 2026-03-05 South 1100 -1000, 2026-03-05 South 1150 -4000")
	w.wantBooks(ctx)

	// The invoice goes to the payment's store: nothing is left to move.
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{StoreID: some(south)})
	must(t, err)
	w.wantPostedIn("Invoice", invoice, "2026-03-01 South 1100 10000, 2026-03-01 South 4000 -10000")
	w.wantPostedIn("Payment", payment, "2026-03-05 South 1000 5000, 2026-03-05 South 1100 -5000")
	w.wantBooks(ctx)
	// And to the office.
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{StoreID: null[model.ID]()})
	must(t, err)
	w.wantPostedIn("Payment", payment, "2026-03-05 office 1100 -4000, 2026-03-05 office 1150 4000, 2026-03-05 South 1000 5000, 2026-03-05 South 1100 -1000, 2026-03-05 South 1150 -4000")
	w.wantBooks(ctx)

	// In a locked period it stays.
	_, err = w.pool.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = '2026-03-03'`)
	must(t, err)
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{StoreID: some(north)})
	wantMistakes(t, err, "issuedOn STATE")

	// A transfer between stores may stay on one account.
	cash := w.account(w.owner, "1050")
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{
		FromAccountID: cash, ToAccountID: cash, FromStoreID: some(north), ToStoreID: some(south), OccurredOn: some(day(9)), Amount: dec("20"), Fee: some(dec("1")),
	})
	must(t, err)
	w.wantPostedIn("Transfer", transfer, "2026-03-09 North 1050 -2100, 2026-03-09 North 1150 2000, 2026-03-09 North 6600 100, 2026-03-09 South 1050 2000, 2026-03-09 South 1150 -2000")
	_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{ToStoreID: some(north)})
	wantMistakes(t, err, "toAccountId INVALID")

	// By hand, each store balances too.
	entry := func(stores ...graphql.Omittable[*model.ID]) error {
		_, err := w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{Lines: []model.JournalLineInput{
			{AccountID: cash, Debit: some(dec("5")), StoreID: stores[0]}, {AccountID: w.account(w.owner, "3000"), Credit: some(dec("5")), StoreID: stores[1]},
		}})
		return err
	}
	must(t, entry(some(north), some(north)))
	wantMistakes(t, entry(some(north), some(south)), "lines INVALID")
	_, err = w.pool.Exec(ctx, `WITH entry AS (
			INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on)
			OVERRIDING SYSTEM VALUE VALUES ($1, 9999, 'JournalEntry', 9999, 'manual', '2026-03-09'))
		INSERT INTO canonical.journal_lines (organization_id, entry_id, posted_on, line, account_id, store_id, amount, currency, document_amount)
		VALUES ($1, 9999, '2026-03-09', 1, $2, $3, 5, 'AUD', 5), ($1, 9999, '2026-03-09', 2, $2, $4, -5, 'AUD', -5)`,
		w.owner.OrganizationID, cash.Key, north.Key, south.Key)
	if !broke(err, "journal_entries_balanced_by_store") {
		t.Errorf("an entry that does not balance in each store: %v", err)
	}

	// What is archived is not named anew, and what names it keeps it.
	_, err = w.StoreArchive(ctx, w.owner, south.Key, nil)
	must(t, err)
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), StoreID: some(south), Amount: dec("1")})
	wantMistakes(t, err, "storeId STATE")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{Memo: some("Paid")})
	must(t, err)
	_, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, StoreID: some(ada), Items: []model.DocumentItemInput{there}})
	wantMistakes(t, err, "storeId NOT_FOUND", "items.0.storeId STATE")
	w.wantBooks(ctx)
}
