package canonical_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// Control accounts hold what is open, or the taxes, and nothing else: no record may name one. Manual entries may.
func TestControlAccountsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	sales, bank, savings := w.account(w.owner, "4100"), w.account(w.owner, "1000"), w.account(w.owner, "1010")
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, Amount: dec("5")})
	must(t, err)
	draft := w.draft(w.owner, ada, "10").Key
	_, err = w.pay(w.owner, ada, "1")
	must(t, err)
	for _, code := range []string{"1100", "1350", "2000", "2100"} {
		t.Run(code, func(t *testing.T) {
			w := w.in(t)
			control := w.account(w.owner, code)
			booked := line("Work", "1", "10")
			booked.AccountID = some(control)
			_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("1"), AccountID: some(control)})
			wantMistakes(t, err, "accountId INVALID")
			_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft, nil, model.DocumentUpdateInput{Items: items(line("Work", "1", "1"), booked)})
			wantMistakes(t, err, "items.1.accountId INVALID")
			_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: control, Amount: dec("1")})
			wantMistakes(t, err, "accountId INVALID")
			_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: sales, MoneyAccountID: some(control), Amount: dec("1")})
			wantMistakes(t, err, "moneyAccountId INVALID")
			_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{AccountID: some(control), MoneyAccountID: some(control)})
			wantMistakes(t, err, "accountId INVALID", "moneyAccountId INVALID")
			_, err = w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: control, ToAccountID: bank, Amount: dec("1")})
			wantMistakes(t, err, "fromAccountId INVALID")
			_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{ToAccountID: some(control)})
			wantMistakes(t, err, "toAccountId INVALID")

			for _, statement := range []string{
				`UPDATE canonical.payments SET account_id = %d`,
				`UPDATE canonical.document_items SET account_id = %d`,
				`UPDATE canonical.money_entries SET account_id = %d`,
				`UPDATE canonical.money_entries SET money_account_id = %d`,
				`UPDATE canonical.transfers SET from_account_id = %d`,
				`UPDATE canonical.transfers SET to_account_id = %d`,
				`INSERT INTO canonical.transfers (organization_id, from_account_id, to_account_id, occurred_on, currency, amount)
					SELECT organization_id, from_account_id, %d, occurred_on, 'AUD', 1 FROM canonical.transfers`,
			} {
				if _, err := w.application.Exec(ctx, fmt.Sprintf(statement, control.Key)); !broke(err, "accounts_control_kept") {
					t.Errorf("%s: %v", statement, err)
				}
			}
			_, err = w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{Lines: []model.JournalLineInput{
				{AccountID: control, Debit: some(dec("1"))}, {AccountID: bank, Credit: some(dec("1"))}}})
			must(t, err)
		})
	}
	w.wantBooks(ctx)

	// A record that names one already keeps it, and its other fields can be changed.
	receivable := w.account(w.owner, "1100")
	for _, table := range []string{"money_entries", "document_items"} {
		_, err = w.pool.Exec(ctx, `ALTER TABLE canonical.`+table+` DISABLE TRIGGER keep_control`)
		must(t, err)
		_, err = w.pool.Exec(ctx, `UPDATE canonical.`+table+` SET account_id = $1`, receivable.Key)
		must(t, err)
		_, err = w.pool.Exec(ctx, `ALTER TABLE canonical.`+table+` ENABLE TRIGGER keep_control`)
		must(t, err)
	}
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{Amount: some(dec("6"))})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, draft, nil)
	wantMistakes(t, err, "items.0.accountId STATE")
}

// A draft that names a person or an account that has been archived since is not approved.
func TestApprovalOfWhatIsArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, rent := t.Context(), w.person(w.owner, "Ada"), w.account(w.owner, "6100")
	other := line("Rent", "1", "5")
	other.AccountID = some(rent)
	list := []model.DocumentItemInput{line("Work", "1", "10"), other}
	invoice, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: list})
	must(t, err)
	bill, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindBill, model.DocumentCreateInput{PartyID: ada, Items: list})
	must(t, err)
	_, err = w.AccountArchive(ctx, w.owner, rent.Key, nil)
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, invoice, nil)
	wantMistakes(t, err, "items.1.accountId STATE")
	_, err = w.PersonArchive(ctx, w.owner, ada.Key, nil)
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, invoice, nil)
	wantMistakes(t, err, "customerId STATE", "items.1.accountId STATE")
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindBill, bill, nil)
	wantMistakes(t, err, "vendorId STATE", "items.1.accountId STATE")
	_, err = w.AccountRestore(ctx, w.owner, rent.Key, nil)
	must(t, err)
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{PartyID: some(w.person(w.owner, "Bea"))})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, invoice, nil)
	must(t, err)
	w.wantBooks(ctx)
}

// What an approved document of a locked period says to its party is not changed, even if the postings would stay the
// same. Its memo and reference are.
func TestApprovedDocumentOfALockedPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, bea, gst := t.Context(), w.person(w.owner, "Ada"), w.person(w.owner, "Bea"), w.taxRate(w.owner, "GST", "10")
	today := w.today()
	old := today.AddDays(-10)
	taxed := func(description, price string) model.DocumentItemInput {
		item := line(description, "1", price)
		item.TaxRateIds = graphql.OmittableOf([]model.ID{gst})
		return item
	}
	approve := func(list ...model.DocumentItemInput) int64 {
		id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(old), Items: list})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		must(t, err)
		return id
	}
	invoice, nothing := approve(taxed("Tea", "10")), approve(line("Free", "1", "0")) // of which nothing is booked
	saved := taxed("Tea", "10")
	saved.ID = w.item("Tea")
	refused := func(actor canonical.Actor) {
		t.Helper()
		for name, in := range map[string]model.DocumentUpdateInput{
			"other items":  {Items: items(taxed("Coffee", "10"))},
			"two items":    {Items: items(taxed("Tea", "5"), taxed("Tea", "5"))},
			"other party":  {PartyID: some(bea)},
			"another day":  {IssuedOn: some(today), DueOn: some(today)},
			"an older day": {IssuedOn: some(old.AddDays(-1))},
		} {
			t.Run(name, func(t *testing.T) {
				for _, id := range []int64{invoice, nothing} {
					_, err := w.DocumentUpdate(ctx, actor, model.DocumentKindInvoice, id, nil, in)
					if got := mistakes(t, err); len(got) != 1 || got[0] != "issuedOn STATE" {
						t.Errorf("%s of %d: %q", name, id, got)
					}
				}
			})
		}
		_, err := w.DocumentUpdate(ctx, actor, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{
			Memo: some("Paid by her father"), ExternalRef: some("A-1"), DueOn: some(today), Items: items(saved)})
		must(t, err)
		if _, err := w.application.Exec(ctx, `UPDATE canonical.documents SET party_id = $1`, bea.Key); !broke(err, "documents_party_locked") {
			t.Errorf("another party by a statement: %v", err)
		}
	}
	_, err := w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: some(old)})
	must(t, err)
	refused(w.owner)
	passing := w.owner
	passing.PassSoftLock = true
	_, err = w.DocumentUpdate(ctx, passing, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{PartyID: some(bea)})
	must(t, err)
	_, err = w.DocumentUpdate(ctx, passing, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{PartyID: some(ada)})
	must(t, err)
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(old)})
	must(t, err)
	refused(passing)
	_, err = w.DocumentUpdate(ctx, passing, model.DocumentKindInvoice, w.approved(w.owner, ada, "1").Key, nil, model.DocumentUpdateInput{IssuedOn: some(old)})
	wantMistakes(t, err, "issuedOn STATE")
	w.wantBooks(ctx)
}

// In a locked period a change that posts nothing is allowed, and any other is rejected at the field of the record's day.
func TestDayOfALockedRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, day := t.Context(), model.NewDate(2026, 3, 2)
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "4100"), OccurredOn: some(day), Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: w.account(w.owner, "1000"),
		ToAccountID: w.account(w.owner, "1010"), OccurredOn: some(day), Amount: dec("5")})
	must(t, err)
	lines := []model.JournalLineInput{{AccountID: w.account(w.owner, "1000"), Debit: some(dec("1"))}, {AccountID: w.account(w.owner, "3000"), Credit: some(dec("1"))}}
	entry, err := w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{PostedOn: some(day), Lines: lines})
	must(t, err)
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(day)})
	must(t, err)
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{Memo: some("x"), OccurredOn: some(day), Amount: some(dec("5.00"))})
	must(t, err)
	_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{Memo: some("x"), Fee: some(dec("0"))})
	must(t, err)
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{OccurredOn: some(day.AddDays(1))})
	wantMistakes(t, err, "occurredOn STATE")
	if !strings.Contains(err.Error(), "2026-03-02") {
		t.Errorf("the day is not told: %v", err)
	}
	_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{Fee: some(dec("1"))})
	wantMistakes(t, err, "occurredOn STATE")
	_, err = w.JournalEntryReverse(ctx, w.owner, entry, model.JournalEntryReverseInput{PostedOn: some(day)})
	wantMistakes(t, err, "postedOn STATE")
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(w.person(w.owner, "Ada")), PaidOn: some(day), Amount: dec("0")})
	wantMistakes(t, err, "paidOn STATE", "amount INVALID")
}

// The first day of the calendar is a day and not a missing one, and an update to null does not take a default.
func TestNothingIsNotADefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, first := t.Context(), w.person(w.owner, "Ada"), model.NewDate(1900, 1, 1)
	sales, bank, savings := w.account(w.owner, "4100"), w.account(w.owner, "1000"), w.account(w.owner, "1010")
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, OccurredOn: some(first), Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, OccurredOn: some(first), Amount: dec("5")})
	must(t, err)
	invoice, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(first), DueOn: some(first), Items: []model.DocumentItemInput{line("Work", "1", "1")}})
	must(t, err)
	if n := one[int](w, `SELECT count(*) FROM (SELECT occurred_on AS day FROM canonical.money_entries UNION ALL SELECT occurred_on FROM canonical.transfers
			UNION ALL SELECT issued_on FROM canonical.documents UNION ALL SELECT due_on FROM canonical.documents) AS saved WHERE day = '1900-01-01'`); n != 4 {
		t.Errorf("%d of 4 days are the first", n)
	}
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{OccurredOn: null[model.Date](), Currency: null[string](), MoneyAccountID: null[model.ID]()})
	wantMistakes(t, err, "occurredOn REQUIRED", "currency REQUIRED", "moneyAccountId REQUIRED")
	_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{OccurredOn: null[model.Date](), Currency: null[string]()})
	wantMistakes(t, err, "occurredOn REQUIRED", "currency REQUIRED")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{IssuedOn: null[model.Date](), DueOn: null[model.Date](), Currency: null[string]()})
	wantMistakes(t, err, "issuedOn REQUIRED", "currency REQUIRED", "dueOn REQUIRED")
	_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Currency: some(""), Amount: dec("5")})
	wantMistakes(t, err, "currency INVALID")
	product, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{Sku: some("T"), Name: some("Tea"), UnitPrice: dec("1"), Currency: some("USD")})
	must(t, err)
	_, err = w.ProductUpdate(ctx, w.owner, product, nil, model.ProductUpdateInput{Currency: null[string]()})
	wantMistakes(t, err, "currency REQUIRED")
}
