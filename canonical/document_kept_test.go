package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// A tax or an account that an item has already and that is named again stays as it is, whatever became of it since.
func TestWhatIsNamedAgainIsNotTakenAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	rate, err := w.TaxRateCreate(ctx, w.owner, model.TaxRateCreateInput{Name: some("VAT"), Percentage: dec("22")})
	must(t, err)
	account := w.account(w.owner, "4100")
	tax := model.ID{Type: "TaxRate", Key: rate}
	item := line("Auction", "1", "100")
	item.TaxRateIds, item.AccountID = graphql.OmittableOf([]model.ID{tax}), some(account)
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{item}})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: account, Amount: dec("122"), TaxRateID: some(tax)})
	must(t, err)

	_, err = w.TaxRateUpdate(ctx, w.owner, rate, nil, model.TaxRateUpdateInput{Percentage: some(dec("24"))})
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.accounts SET archived_at = now() WHERE id = $1`, account.Key)
	must(t, err)
	item.Description = some("Auction 8")
	item.ID = some(model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items`)})
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf([]model.DocumentItemInput{item})})
	must(t, err)
	if got := one[int64](w, `SELECT canonical.document_total(organization_id, id) FROM canonical.documents`); got != 12200 {
		t.Errorf("the total is %d", got)
	}
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{TaxRateID: some(tax), Memo: some("again")})
	must(t, err)
	if got := one[int64](w, `SELECT tax FROM canonical.money_entries`); got != 2200 {
		t.Errorf("the tax is %d", got)
	}
	// A new item takes the rate as it is now.
	other := line("Auction", "1", "100")
	other.TaxRateIds = graphql.OmittableOf([]model.ID{tax})
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf([]model.DocumentItemInput{item, other})})
	must(t, err)
	if got := one[int64](w, `SELECT canonical.document_total(organization_id, id) FROM canonical.documents`); got != 24600 {
		t.Errorf("the total is %d", got)
	}
}

// A bill's reference is its vendor's own number: another vendor may have the same one.
func TestReferencesOfBills(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	bill := func(vendor model.ID) error {
		_, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindBill, model.DocumentCreateInput{PartyID: vendor, ExternalRef: some("1001"),
			Items: []model.DocumentItemInput{line("Paper", "1", "10")}})
		return err
	}
	vera, wim := w.person(w.owner, "Vera"), w.person(w.owner, "Wim")
	must(t, bill(vera))
	must(t, bill(wim))
	wantMistakes(t, bill(vera), "externalRef TAKEN")
}

// A day of the first century is a mistake in typing.
func TestDaysOfTheBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	old := some(model.NewDate(26, 3, 1))
	_, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, IssuedOn: old,
		Items: []model.DocumentItemInput{line("Work", "1", "10")}})
	wantMistakes(t, err, "issuedOn INVALID")
	_, err = w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: old, Amount: dec("1")})
	wantMistakes(t, err, "paidOn INVALID")
	if _, err := w.pool.Exec(ctx, `INSERT INTO canonical.payments (organization_id, party_id, paid_on, currency, amount) VALUES ($1, $2, '0026-03-01', 'AUD', 1)`,
		w.owner.OrganizationID, ada.Key); !broke(err, "payments_paid_on_range") {
		t.Errorf("by SQL: %v", err)
	}
}
