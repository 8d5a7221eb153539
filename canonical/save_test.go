package canonical_test

import (
	"testing"

	"daybook/graph/model"
)

// TestUpdateThatChangesNothing updates a record of each kind with an input that names nothing, or what is there already: the
// record keeps its version, so that nobody who has read it meets a conflict.
func TestUpdateThatChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	person, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Ada"), Addresses: addresses(home("A", "5067", "AU"), home("B", "5067", "AU"))})
	must(t, err)
	ada := model.ID{Type: "Person", Key: person}
	address := func(street string) model.AddressInput {
		return model.AddressInput{ID: some(model.ID{Type: "Address", Key: one[int64](w, `SELECT id FROM canonical.addresses WHERE street = $1`, street)})}
	}
	product, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{Sku: some("S"), Name: some("Engine"), UnitPrice: dec("1.50")})
	must(t, err)
	draft, rate := w.draft(w.owner, ada, "10").Key, w.taxRate(w.owner, "GST", "10").Key
	account := w.account(w.owner, "4100")
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: account, Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: w.account(w.owner, "1000"), ToAccountID: w.account(w.owner, "1010"), Amount: dec("5")})
	must(t, err)
	store := w.shop(w.owner, "UTC")
	channel, err := w.ChannelCreate(ctx, w.owner, model.ChannelCreateInput{Name: some("Kitchen")})
	must(t, err)
	shift := w.rostered(store, some(w.staff(w.owner, "Bob")), "2026-03-02T09:00", "2026-03-02T17:00")
	for name, update := range map[string]struct {
		table string
		id    int64
		fn    func() (int64, error)
	}{
		"a person": {"people", person, func() (int64, error) { return w.PersonUpdate(ctx, w.owner, person, nil, model.PersonUpdateInput{}) }},
		"the same addresses": {"people", person, func() (int64, error) {
			return w.PersonUpdate(ctx, w.owner, person, nil, model.PersonUpdateInput{GivenName: some("Ada"), Addresses: addresses(address("A"), address("B"))})
		}},
		"a product":  {"products", product, func() (int64, error) { return w.ProductUpdate(ctx, w.owner, product, nil, model.ProductUpdateInput{}) }},
		"a tax rate": {"tax_rates", rate, func() (int64, error) { return w.TaxRateUpdate(ctx, w.owner, rate, nil, model.TaxRateUpdateInput{}) }},
		"an account": {"accounts", account.Key, func() (int64, error) {
			return w.AccountUpdate(ctx, w.owner, account.Key, nil, model.AccountUpdateInput{})
		}},
		"a draft": {"documents", draft, func() (int64, error) {
			return w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft, nil, model.DocumentUpdateInput{Memo: some("")})
		}},
		"an income": {"money_entries", income, func() (int64, error) {
			return w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{})
		}},
		"a transfer": {"transfers", transfer, func() (int64, error) {
			return w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{})
		}},
		"a store":   {"stores", store.Key, func() (int64, error) { return w.StoreUpdate(ctx, w.owner, store.Key, nil, model.StoreUpdateInput{}) }},
		"a channel": {"channels", channel, func() (int64, error) { return w.ChannelUpdate(ctx, w.owner, channel, nil, model.ChannelUpdateInput{}) }},
		"a shift":   {"shifts", shift, func() (int64, error) { return w.ShiftUpdate(ctx, w.owner, shift, nil, model.ShiftUpdateInput{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			version := func() int {
				return one[int](w, `SELECT version FROM canonical.`+update.table+` WHERE id = $1`, update.id)
			}
			before := version()
			_, err := update.fn()
			must(t, err)
			if after := version(); after != before {
				t.Errorf("version %d is %d", before, after)
			}
		})
	}
	_, err = w.PersonUpdate(ctx, w.owner, person, nil, model.PersonUpdateInput{Addresses: addresses(address("B"), address("A"))})
	must(t, err)
	if version := one[int](w, `SELECT version FROM canonical.people WHERE id = $1`, person); version != 2 {
		t.Errorf("after another order of the addresses the version is %d", version)
	}
}
