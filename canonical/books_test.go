package canonical_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// account returns the account with a code of the default chart.
func (w *world) account(actor canonical.Actor, code string) model.ID {
	w.t.Helper()
	return model.ID{Type: "Account", Key: one[int64](w, `SELECT id FROM canonical.accounts
		WHERE organization_id = $1 AND code = $2`, actor.OrganizationID, code)}
}

// posted returns the posted amounts of a record, by account code.
func (w *world) posted(typ string, id int64) string {
	w.t.Helper()
	return one[string](w, `SELECT coalesce(string_agg(code || ' ' || amount || CASE WHEN document_amount <> amount
			THEN ' (' || document_amount || ' ' || currency || ')' ELSE '' END, ', ' ORDER BY code), '')
		FROM (SELECT account.code, line.currency, sum(line.amount) AS amount, sum(line.document_amount) AS document_amount
			FROM canonical.journal_entries AS entry
			JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE (entry.organization_id, entry.canonical_type, entry.canonical_id) = ($1, $2, $3)
			GROUP BY account.code, line.currency HAVING sum(line.amount) <> 0 OR sum(line.document_amount) <> 0) AS net`,
		w.owner.OrganizationID, typ, id)
}

func (w *world) wantPosted(typ string, id int64, want string) {
	w.t.Helper()
	if got := w.posted(typ, id); got != want {
		w.t.Errorf("%s %d\n got %s\nwant %s", typ, id, got, want)
	}
}

func (w *world) bill(vendor model.ID, item model.DocumentItemInput) int64 {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), w.owner, model.DocumentKindBill, model.DocumentCreateInput{PartyID: vendor, Items: []model.DocumentItemInput{item}})
	must(w.t, err)
	_, err = w.DocumentApprove(w.t.Context(), w.owner, model.DocumentKindBill, id, nil)
	must(w.t, err)
	return id
}

func (w *world) creditNote(customer model.ID, item model.DocumentItemInput) int64 {
	w.t.Helper()
	return w.creditOf(model.DocumentKindCreditNote, customer, item)
}

// creditOf creates an approved credit note of a kind.
func (w *world) creditOf(kind model.DocumentKind, party model.ID, item model.DocumentItemInput) int64 {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), w.owner, kind, model.DocumentCreateInput{PartyID: party, Items: []model.DocumentItemInput{item}})
	must(w.t, err)
	_, err = w.DocumentApprove(w.t.Context(), w.owner, kind, id, nil)
	must(w.t, err)
	return id
}

func TestWhatIsPosted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, gst := t.Context(), w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	taxed := line("Tea", "3", "10.35")
	taxed.TaxRateIds = graphql.OmittableOf([]model.ID{gst})

	draft, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{taxed}})
	must(t, err)
	w.wantPosted("Invoice", draft, "")
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, draft, nil)
	must(t, err)
	w.wantPosted("Invoice", draft, "1100 3416, 2100 -311, 4000 -3105")

	rent := line("March", "1", "500")
	rent.AccountID = some(w.account(w.owner, "6100"))
	bill := w.bill(ada, rent)
	w.wantPosted("Bill", bill, "2000 -50000, 6100 50000")
	note := w.creditNote(ada, line("Broken", "1", "4"))
	w.wantPosted("CreditNote", note, "1100 -400, 4200 400")

	invoice := model.ID{Type: "Invoice", Key: draft}
	_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: invoice, Amount: dec("4.01")}})
	wantMistakes(t, err, "allocations EXCEEDS")
	_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: invoice, Amount: dec("3")}})
	must(t, err)
	_, err = w.pay(w.owner, ada, "40", part(invoice, "31.17"))
	wantMistakes(t, err, "allocations.0.amount EXCEEDS")
	payment, err := w.pay(w.owner, ada, "40", part(invoice, "31.16"))
	must(t, err)
	w.wantPosted("Payment", payment, "1000 4000, 1100 -4000")

	refund := model.PaymentRecordInput{CustomerID: some(ada), Direction: some(model.PaymentDirectionOut), Amount: dec("1"), Method: some(model.PaymentMethodCash),
		Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{CreditNoteID: some(model.ID{Type: "CreditNote", Key: note}), Amount: dec("1")}})}
	refunded, err := w.PaymentRecord(ctx, w.owner, refund)
	must(t, err)
	w.wantPosted("Payment", refunded, "1050 -100, 1100 100")
	_, err = w.PaymentRecord(ctx, w.owner, refund)
	wantMistakes(t, err, "allocations.0.amount EXCEEDS")
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, note, nil)
	wantMistakes(t, err, "id STATE")

	other := w.bill(ada, line("Paper", "1", "10"))
	both, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{VendorID: some(ada), Amount: dec("511"), AccountID: some(w.account(w.owner, "1010")),
		Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{
			{BillID: some(model.ID{Type: "Bill", Key: bill}), Amount: dec("500")}, {BillID: some(model.ID{Type: "Bill", Key: other}), Amount: dec("10")}})})
	must(t, err)
	w.wantPosted("Payment", both, "1010 -51100, 2000 51100")
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{VendorID: some(ada), Amount: dec("5"), Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{part(invoice, "1")})})
	wantMistakes(t, err, "allocations.0.billId REQUIRED", "allocations.0.invoiceId INVALID")

	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "4100"), Amount: dec("11"), TaxRateID: some(gst)})
	must(t, err)
	w.wantPosted("Income", income, "1000 1100, 2100 -100, 4100 -1000")
	expense, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "6500"),
		MoneyAccountID: some(w.account(w.owner, "1050")), Amount: dec("22"), TaxRateID: some(gst)})
	must(t, err)
	w.wantPosted("Expense", expense, "1050 -2200, 1350 200, 6500 2000")
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindExpense, expense, nil, model.MoneyEntryUpdateInput{Amount: some(dec("33")), TaxRateID: null[model.ID]()})
	must(t, err)
	w.wantPosted("Expense", expense, "1050 -3300, 6500 3300")
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: w.account(w.owner, "1000"),
		ToAccountID: w.account(w.owner, "1010"), Amount: dec("100"), Fee: some(dec("2.5"))})
	must(t, err)
	w.wantPosted("Transfer", transfer, "1000 -10250, 1010 10000, 6600 250")

	w.wantBooks(ctx)
	for typ, void := range map[string]func() (int64, error){
		"Payment": func() (int64, error) { return w.PaymentVoid(ctx, w.owner, refunded, nil) },
		"Income":  func() (int64, error) { return w.MoneyEntryVoid(ctx, w.owner, model.MoneyEntryKindIncome, income, nil) },
		"Expense": func() (int64, error) {
			return w.MoneyEntryVoid(ctx, w.owner, model.MoneyEntryKindExpense, expense, nil)
		},
		"Transfer": func() (int64, error) { return w.TransferVoid(ctx, w.owner, transfer, nil) },
	} {
		t.Run(typ, func(t *testing.T) {
			w := w.in(t)
			id, err := void()
			must(t, err)
			w.wantPosted(typ, id, "")
		})
	}
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, note, nil)
	must(t, err)
	w.wantPosted("CreditNote", note, "")
	w.wantBooks(ctx)
}

func TestForeignCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	create := func(rate graphql.Omittable[*model.Decimal]) (int64, error) {
		return w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: some("JPY"), FxRate: rate,
			Items: []model.DocumentItemInput{line("Work", "1", "1001"), line("More", "1", "1002")}})
	}
	_, err := create(graphql.Omittable[*model.Decimal]{})
	wantMistakes(t, err, "fxRate REQUIRED")
	_, err = create(some(dec("0")))
	wantMistakes(t, err, "fxRate INVALID")
	_, err = w.FxRateSet(ctx, w.owner, nil, model.FxRateSetInput{Currency: "JPY", ValidFrom: some(model.NewDate(2020, 1, 1)), Rate: dec("0.01")})
	must(t, err)
	id, err := create(graphql.Omittable[*model.Decimal]{})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	w.wantPosted("Invoice", id, "1100 2003, 4000 -2003")
	payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("2503"), Currency: some("JPY"), FxRate: some(dec("0.012")),
		Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{part(model.ID{Type: "Invoice", Key: id}, "2003")})})
	must(t, err)
	w.wantPosted("Payment", payment, "1000 3004 (2503 JPY), 1100 -2603 (-2503 JPY), 4900 -401 (0 JPY)")
	if _, err := w.pool.Exec(ctx, `UPDATE canonical.documents SET fx_rate = 2`); !broke(err, "documents_state_fixed") {
		t.Errorf("a new rate of an approved invoice: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `UPDATE canonical.organizations SET base_currency = 'EUR'`); !broke(err, "organizations_base_currency_fixed") {
		t.Errorf("a new base currency: %v", err)
	}
	w.wantBooks(ctx)
}

// An amount that is too large for the books in the base currency is rejected at the field that makes it so, by every
// write, even if the document's total alone would fit.
func TestBeyondTheBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, large := t.Context(), w.person(w.owner, "Ada"), "999999999999999"
	sales, bank, savings := w.account(w.owner, "4100"), w.account(w.owner, "1000"), w.account(w.owner, "1010")
	jpy, rate := some("JPY"), some(dec("1000000"))
	huge := []model.DocumentItemInput{line("Work", "1", large)}
	invoice := func(items ...model.DocumentItemInput) (int64, error) {
		return w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: jpy, FxRate: rate, Items: items})
	}
	for name, do := range map[string]func() (int64, error){
		"invoice": func() (int64, error) { return invoice(huge...) },
		"bill": func() (int64, error) {
			return w.DocumentCreate(ctx, w.owner, model.DocumentKindBill, model.DocumentCreateInput{PartyID: ada, Currency: jpy, FxRate: rate, Items: huge})
		},
		"credit note": func() (int64, error) {
			return w.DocumentCreate(ctx, w.owner, model.DocumentKindCreditNote, model.DocumentCreateInput{PartyID: ada, Currency: jpy, FxRate: rate, Items: huge})
		},
		"update": func() (int64, error) {
			id, err := invoice(line("Work", "1", "1"))
			must(t, err)
			return w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(huge)})
		},
		"approval": func() (int64, error) { // each line is too much, not their sum
			id, err := invoice(line("Work", "1", large), model.DocumentItemInput{Description: some("Back"), UnitPrice: some(dec("-" + large)), AccountID: some(sales)})
			must(t, err)
			return w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		},
		"payment": func() (int64, error) {
			return w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec(large), Currency: jpy, FxRate: rate})
		},
		"income": func() (int64, error) {
			return w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec(large), Currency: jpy, FxRate: rate})
		},
		"expense": func() (int64, error) {
			return w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec(large), Currency: jpy, FxRate: rate})
		},
		"transfer": func() (int64, error) {
			return w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, Amount: dec(large), Currency: jpy, FxRate: rate})
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do()
			if got := mistakes(t, err); len(got) != 1 || got[0] != "fxRate INVALID" {
				t.Errorf("%q", got)
			}
		})
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.journal_lines`); n != 0 {
		t.Errorf("%d lines were booked", n)
	}
	// The largest amount that fits is booked exactly.
	fits, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec("999999999999.99"), Currency: some("USD"), FxRate: some(dec("10"))})
	must(t, err)
	w.wantPosted("Income", fits, "1000 999999999999990 (99999999999999 USD), 4100 -999999999999990 (-99999999999999 USD)")
	_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec("1000000000000.00"), Currency: some("USD"), FxRate: some(dec("10"))})
	wantMistakes(t, err, "fxRate INVALID")
	// In the base currency the total may be too large while each amount fits.
	for name, do := range map[string]func() (int64, error){
		"create": func() (int64, error) {
			return w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{
				line("Work", "1", "9999999999999.99"), line("More", "1", "0.01")}})
		},
		"update": func() (int64, error) {
			return w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, w.draft(w.owner, ada, "1").Key, nil, model.DocumentUpdateInput{
				Items: items(line("Back", "1", "-9999999999999.99"), line("More", "1", "-0.01"))})
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do()
			wantMistakes(t, err, "items INVALID")
		})
	}
}

func TestManualEntries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, bank, capital := t.Context(), w.account(w.owner, "1000"), w.account(w.owner, "3000")
	entry := func(debit, credit string) (int64, error) {
		return w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{Memo: some("Start"), Lines: []model.JournalLineInput{
			{AccountID: bank, Debit: some(dec(debit))}, {AccountID: capital, Credit: some(dec(credit))}}})
	}
	_, err := entry("10", "9")
	wantMistakes(t, err, "lines INVALID")
	id, err := entry("10", "10")
	must(t, err)
	w.wantPosted("JournalEntry", id, "1000 1000, 3000 -1000")
	for _, statement := range []string{`UPDATE canonical.journal_lines SET amount = 0`, `DELETE FROM canonical.journal_lines`,
		`UPDATE canonical.journal_entries SET memo = 'x'`, `DELETE FROM canonical.journal_entries`, `TRUNCATE canonical.journal_entries CASCADE`} {
		if _, err := w.pool.Exec(ctx, statement); !broke(err, "journal_entries_immutable") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	const more = `INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, amount, currency, document_amount)
		SELECT organization_id, entry_id, 10 + line, account_id, amount, currency, document_amount FROM canonical.journal_lines WHERE entry_id = $1`
	if _, err := w.pool.Exec(ctx, more, id); !broke(err, "journal_entries_immutable") {
		t.Errorf("more lines of an entry that is there: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `WITH entry AS (
			INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, transaction)
			VALUES ($1, 9999, 'JournalEntry', 9999, 'manual', '2026-01-01', '99999999') RETURNING *)
		INSERT INTO canonical.journal_lines (organization_id, entry_id, posted_on, line, account_id, amount, currency, document_amount)
		SELECT organization_id, id, posted_on, 1, $2, 1, 'AUD', 1 FROM entry`, w.owner.OrganizationID, bank.Key); !broke(err, "journal_entries_balanced") {
		t.Errorf("one line: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
		VALUES ($1, 'Invoice', 1, 'posting', '2026-01-01')`, w.owner.OrganizationID); !broke(err, "journal_entries_posted_by_record") {
		t.Errorf("a posting by hand: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `BEGIN; INSERT INTO canonical.transfers (organization_id, from_account_id, to_account_id, occurred_on, currency, amount)
		SELECT organization_id, min(id), max(id), '2026-01-01', 'AUD', 1 FROM canonical.accounts GROUP BY 1;
		DELETE FROM canonical.posting_queue; COMMIT`); !broke(err, "posting_queue_internal") {
		t.Errorf("a transfer without a posting: %v", err)
	}
	_, err = w.JournalEntryReverse(ctx, w.owner, id, model.JournalEntryReverseInput{})
	must(t, err)
	w.wantPosted("JournalEntry", id, "")
	_, err = w.JournalEntryReverse(ctx, w.owner, id, model.JournalEntryReverseInput{})
	wantMistakes(t, err, "id STATE")
	w.approved(w.owner, w.person(w.owner, "Ada"), "1")
	if _, err := w.pool.Exec(ctx, more, one[int64](w, `SELECT id FROM canonical.journal_entries WHERE purpose = 'posting'`)); !broke(err, "journal_entries_posted_by_record") {
		t.Errorf("more lines of a posting: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `WITH entry AS (
			INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
			SELECT organization_id, 'JournalEntry', id, 'reversal', posted_on, id FROM canonical.journal_entries WHERE purpose = 'posting' RETURNING *)
		INSERT INTO canonical.journal_lines (organization_id, entry_id, posted_on, line, account_id, amount, currency, document_amount)
		SELECT line.organization_id, entry.id, entry.posted_on, line.line, line.account_id, -line.amount, line.currency, -line.document_amount
		FROM entry JOIN canonical.journal_lines AS line ON line.entry_id = entry.reverses_id`); !broke(err, "journal_entries_posted_by_record") {
		t.Errorf("a posting undone by hand: %v", err)
	}
	_, err = w.JournalEntryReverse(ctx, w.owner, one[int64](w, `SELECT id FROM canonical.journal_entries WHERE purpose = 'posting'`), model.JournalEntryReverseInput{})
	wantMistakes(t, err, "id STATE")
	w.wantBooks(ctx)
}

// When two writers change one price at once, the books keep the price that the document keeps: by writes of the store and
// by SQL statements, at either isolation level.
func TestTwoPrices(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	invoice := w.approved(w.owner, ada, "10").Key
	// Each returns the version that it has made: the higher one was committed last.
	set := map[string]func(price string) (version int, err error){
		"mutation": func(price string) (int, error) {
			_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{Items: items(line("Work", "1", price))})
			return 0, err
		},
	}
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		set[string(level)] = func(price string) (version int, err error) {
			err = pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
				return tx.QueryRow(ctx, `UPDATE canonical.document_items SET unit_price = $1::numeric * 100 WHERE document_id = $2 RETURNING version`,
					price, invoice).Scan(&version)
			})
			return version, err
		}
	}
	changed := 0
	for round := range 100 {
		for name, by := range set {
			var wg sync.WaitGroup
			var errs [2]error
			var versions [2]int
			for i, price := range []string{"10", "10.50"} {
				wg.Go(func() { versions[i], errs[i] = by(price) })
			}
			wg.Wait()
			if name != string(pgx.RepeatableRead) && (errs[0] != nil || errs[1] != nil) {
				t.Fatal(name, errs)
			}
			total, booked := one[int64](w, `SELECT canonical.document_total($1, $2)`, w.owner.OrganizationID, invoice), w.posted("Invoice", invoice)
			if want := fmt.Sprintf("1100 %d, 4000 -%d", total, total); booked != want {
				t.Fatalf("round %d by %s: the total is %d, the books have %s", round, name, total, booked)
			}
			if total == 1050 {
				changed++
			}
			for i, price := range []int64{1000, 1050} {
				if errs[i] == nil && versions[i] > 0 && (errs[1-i] != nil || versions[i] > versions[1-i]) && total != price {
					t.Fatalf("round %d by %s: %d was committed last, the total is %d", round, name, price, total)
				}
			}
		}
	}
	if changed == 0 || changed == 300 {
		t.Errorf("one writer won always (%d): nothing was contended", changed)
	}
	w.wantBooks(ctx)
}
