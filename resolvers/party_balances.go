package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

var (
	partyBalances = projection.Define[model.PartyBalance](projection.Definition{
		Name:   "party_balances",
		Stores: ofStores, // the row of all stores together is of none
		Key:    []string{"party_id", "currency text", "store_id"},
		Orders: map[string]projection.Order{
			"PARTY_NAME": {Column: "party_name", Type: "text"},
			"RECEIVABLE": {Column: "receivable", Type: "numeric"},
			"PAYABLE":    {Column: "payable", Type: "numeric"},
		},
		DefaultOrder: "PARTY_NAME",
	})

	// partyTotals are the balances of all stores together.
	partyTotals = projection.Define[model.PartyBalance](projection.Definition{
		Name:  "party_balances",
		Where: "store_id = -1",
		Key:   []string{"party_id", "currency text", "store_id"},
	})

	partyOfBalance   = relate("party", personByKey, func(b *model.PartyBalance) int64 { return b.PartyID })
	storeOfBalance   = relate("store", storeByKey, func(b *model.PartyBalance) int64 { return max(b.StoreID, 0) })
	balancesOfPerson = relate("partyBalances", byParent(partyTotals, "party_id", "currency"), func(p *model.Person) int64 { return p.ID.Key })
)

func partyBalanceFilter(in *model.PartyBalanceFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.reference(in.PartyID, "party_id", "Person")
	given(&f, in.ReceivableGte, "receivable >= ?")
	given(&f, in.ReceivableLte, "receivable <= ?")
	given(&f, in.PayableGte, "payable >= ?")
	given(&f, in.PayableLte, "payable <= ?")
	return f
}

// allStores is the store of the balances of all stores together.
const allStores = -1

// maxStoreParts is of how many stores a page is merged from the parts of each; the balances of more are sorted.
const maxStoreParts = 32

// storesOfBalances returns the stores whose balances a page has, 0 for the office: those that the filter names, of a member bound
// to stores theirs, or else all of them together.
func storesOfBalances(in *model.PartyBalanceFilter, bound []int64) []int64 {
	switch {
	case in != nil && in.StoreIds.Value() != nil:
		return reports.StoresOf(in.StoreIds.Value()).Within(bound).SumKeys()
	case bound != nil:
		return bound
	}
	return []int64{allStores}
}

func (r *queryResolver) PartyBalances(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PartyBalanceFilter, where map[string]any, orderBy *model.PartyBalanceOrder) (*model.PartyBalanceConnection, error) {
	q := page(first, after, last, before)
	q.Where = partyBalanceFilter(filter)
	stores := storesOfBalances(filter, requestFrom(ctx).principal.Actor.StoreKeys())
	if len(stores) == 1 {
		q.Where = append(q.Where, projection.Where("store_id = ?", stores[0]))
	} else {
		q.Where = append(q.Where, projection.Where("store_id = ANY (?::bigint[])", stores))
	}
	if len(stores) > 1 && len(stores) <= maxStoreParts { // an index has the balances of one store in order
		for _, store := range stores {
			q.Parts = append(q.Parts, projection.Where("store_id = ?", store))
		}
	}
	ordered(&q, orderBy)
	return connect(ctx, partyBalances, q, partyOfBalance, storeOfBalance)
}

func (r *partyBalanceResolver) Party(ctx context.Context, obj *model.PartyBalance) (*model.Person, error) {
	return loadRequired(ctx, partyOfBalance, obj)
}

func (r *partyBalanceResolver) Store(ctx context.Context, obj *model.PartyBalance) (*model.Store, error) {
	return storeOfBalance.load(ctx, obj)
}

func (r *personResolver) PartyBalances(ctx context.Context, obj *model.Person) ([]model.PartyBalance, error) {
	return balancesOfPerson.load(ctx, obj)
}

// Bills makes a statement for each person.
func (r *personResolver) Bills(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.BillOrder) (*model.BillConnection, error) {
	return listBills(ctx, page(first, after, last, before), filter, orderBy, only("party_id = ?", obj.ID.Key))
}

// VendorCreditNotes makes a statement for each person.
func (r *personResolver) VendorCreditNotes(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.VendorCreditNoteOrder) (*model.VendorCreditNoteConnection, error) {
	return listVendorCreditNotes(ctx, page(first, after, last, before), filter, orderBy, only("party_id = ?", obj.ID.Key))
}

// CreditNotes makes a statement for each person.
func (r *personResolver) CreditNotes(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.CreditNoteOrder) (*model.CreditNoteConnection, error) {
	return listCreditNotes(ctx, page(first, after, last, before), filter, orderBy, only("party_id = ?", obj.ID.Key))
}

// PartyBalance returns the resolvers of what is open with a party.
func (r *Resolver) PartyBalance() generated.PartyBalanceResolver { return &partyBalanceResolver{r} }

type partyBalanceResolver struct{ *Resolver }
