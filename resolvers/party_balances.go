package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	partyBalances = projection.Define[model.PartyBalance](projection.Definition{
		Name: "party_balances",
		Key:  []string{"party_id", "currency text"},
		Orders: map[string]projection.Order{
			"PARTY_NAME": {Column: "party_name", Type: "text"},
			"RECEIVABLE": {Column: "receivable", Type: "numeric"},
			"PAYABLE":    {Column: "payable", Type: "numeric"},
		},
		DefaultOrder: "PARTY_NAME",
	})

	partyOfBalance   = relate("party", personByKey, func(b *model.PartyBalance) int64 { return b.PartyID })
	balancesOfPerson = relate("partyBalances", byParent(partyBalances, "party_id", "currency"), func(p *model.Person) int64 { return p.ID.Key })
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

func (r *queryResolver) PartyBalances(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PartyBalanceFilter, where map[string]any, orderBy *model.PartyBalanceOrder) (*model.PartyBalanceConnection, error) {
	q := page(first, after, last, before)
	q.Where = partyBalanceFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, partyBalances, q, partyOfBalance)
}

func (r *partyBalanceResolver) Party(ctx context.Context, obj *model.PartyBalance) (*model.Person, error) {
	return loadRequired(ctx, partyOfBalance, obj)
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
