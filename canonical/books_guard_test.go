package canonical_test

import (
	"fmt"
	"testing"

	"daybook/graph/model"
)

// TestControlAccountsAreKept names them wherever a record names an account: they have what is open, or the taxes, and
// nothing else. Entries by hand may correct them.
func TestControlAccountsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	sales, bank, savings := w.account(w.owner, "4100"), w.account(w.owner, "1000"), w.account(w.owner, "1010")
	income, err := w.IncomeCreate(ctx, w.owner, model.IncomeCreateInput{AccountID: sales, Amount: dec("5")}, nil)
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, Amount: dec("5")}, nil)
	must(t, err)
	draft := w.draft(w.owner, ada, "10").Key
	_, err = w.pay(w.owner, ada, "1")
	must(t, err)
	for _, code := range []string{"1100", "1350", "2000", "2100"} {
		control := w.account(w.owner, code)
		booked := line("Work", "1", "10")
		booked.AccountID = some(control)
		_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("1"), AccountID: some(control)}, nil)
		wantMistakes(t, err, "accountId INVALID")
		_, err = w.InvoiceUpdate(ctx, w.owner, draft, nil, model.InvoiceUpdateInput{Items: items(line("Work", "1", "1"), booked)})
		wantMistakes(t, err, "items.1.accountId INVALID")
		_, err = w.IncomeCreate(ctx, w.owner, model.IncomeCreateInput{AccountID: control, Amount: dec("1")}, nil)
		wantMistakes(t, err, "accountId INVALID")
		_, err = w.ExpenseCreate(ctx, w.owner, model.ExpenseCreateInput{AccountID: sales, MoneyAccountID: some(control), Amount: dec("1")}, nil)
		wantMistakes(t, err, "moneyAccountId INVALID")
		_, err = w.IncomeUpdate(ctx, w.owner, income, nil, model.IncomeUpdateInput{AccountID: some(control), MoneyAccountID: some(control)})
		wantMistakes(t, err, "accountId INVALID", "moneyAccountId INVALID")
		_, err = w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: control, ToAccountID: bank, Amount: dec("1")}, nil)
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
				t.Errorf("%s: %s: %v", code, statement, err)
			}
		}
		_, err = w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{Lines: []model.JournalLineInput{
			{AccountID: control, Debit: some(dec("1"))}, {AccountID: bank, Credit: some(dec("1"))}}}, nil)
		must(t, err)
	}
	w.wantBooks(ctx)

	// A record from before this was held keeps its account, and is changed otherwise.
	receivable := w.account(w.owner, "1100")
	for _, table := range []string{"money_entries", "document_items"} {
		_, err = w.pool.Exec(ctx, `ALTER TABLE canonical.`+table+` DISABLE TRIGGER keep_control`)
		must(t, err)
		_, err = w.pool.Exec(ctx, `UPDATE canonical.`+table+` SET account_id = $1`, receivable.Key)
		must(t, err)
		_, err = w.pool.Exec(ctx, `ALTER TABLE canonical.`+table+` ENABLE TRIGGER keep_control`)
		must(t, err)
	}
	_, err = w.IncomeUpdate(ctx, w.owner, income, nil, model.IncomeUpdateInput{Amount: some(dec("6"))})
	must(t, err)
	_, err = w.InvoiceApprove(ctx, w.owner, draft, nil)
	wantMistakes(t, err, "items.0.accountId STATE")
}

// TestApprovalOfWhatIsArchived: what was archived after a draft named it is not booked any more.
func TestApprovalOfWhatIsArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, rent := t.Context(), w.person(w.owner, "Ada"), w.account(w.owner, "6100")
	other := line("Rent", "1", "5")
	other.AccountID = some(rent)
	list := []model.InvoiceItemInput{line("Work", "1", "10"), other}
	invoice, err := w.InvoiceCreate(ctx, w.owner, model.InvoiceCreateInput{CustomerID: ada, Items: list}, nil)
	must(t, err)
	bill, err := w.BillCreate(ctx, w.owner, model.BillCreateInput{VendorID: ada, Items: list}, nil)
	must(t, err)
	_, err = w.AccountArchive(ctx, w.owner, rent.Key, nil)
	must(t, err)
	_, err = w.InvoiceApprove(ctx, w.owner, invoice, nil)
	wantMistakes(t, err, "items.1.accountId STATE")
	_, err = w.PersonArchive(ctx, w.owner, ada.Key, nil)
	must(t, err)
	_, err = w.InvoiceApprove(ctx, w.owner, invoice, nil)
	wantMistakes(t, err, "customerId STATE", "items.1.accountId STATE")
	_, err = w.BillApprove(ctx, w.owner, bill, nil)
	wantMistakes(t, err, "vendorId STATE", "items.1.accountId STATE")
	_, err = w.AccountUpdate(ctx, w.owner, rent.Key, nil, model.AccountUpdateInput{Archived: some(false)})
	must(t, err)
	_, err = w.InvoiceUpdate(ctx, w.owner, invoice, nil, model.InvoiceUpdateInput{CustomerID: some(w.person(w.owner, "Bea"))})
	must(t, err)
	_, err = w.InvoiceApprove(ctx, w.owner, invoice, nil)
	must(t, err)
	w.wantBooks(ctx)
}
