package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

// nodes finds the record behind an id by its type.
var nodes = map[string]func(ctx context.Context, id model.ID) (model.Node, error){
	"Account":      node(accountByKey),
	"JournalEntry": node(entryByKey),
	"Channel":      node(channelByKey),
	"Bill":         node(billByKey),
	"CreditNote":   node(creditNoteByKey),
	"Expense":      node(expenseByKey),
	"Income":       node(incomeByKey),
	"Sale":         node(saleByKey),
	"Transfer":     node(transferByKey),
	"FxRate":       node(fxRateByKey),
	"Invoice":      node(invoiceByKey),
	"Payment":      node(paymentByKey),
	"Person":       node(personByKey),
	"Product":      node(productByKey),
	"Shift":        node(shiftByKey),
	"Store":        node(storeByKey),
	"TaxRate":      node(taxRateByKey),
}

// node makes a look-up of one type that answers no record by an untyped nil.
func node[T any, N interface {
	*T
	model.Node
}](b *batch[N]) func(context.Context, model.ID) (model.Node, error) {
	return func(ctx context.Context, id model.ID) (model.Node, error) {
		found, err := b.load(ctx, id.Key)
		if err != nil || found == nil {
			return nil, err
		}
		return found, nil
	}
}

// lookup returns the record that id names, or nil where there is none of this type.
func lookup[T any](ctx context.Context, b *batch[*T], id model.ID, typ string) (*T, error) {
	return b.load(ctx, keyIf(id, typ))
}

// findNode returns the record of any type that id names, or nil where there is none.
func findNode(ctx context.Context, id model.ID) (model.Node, error) {
	if find, ok := nodes[id.Type]; ok {
		return find(ctx, id)
	}
	return nil, nil
}

func (r *queryResolver) Node(ctx context.Context, id model.ID) (model.Node, error) {
	return findNode(ctx, id)
}

// Mutation returns the resolvers of all mutations.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// Query returns the resolvers of all queries.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type (
	mutationResolver struct{ *Resolver }
	queryResolver    struct{ *Resolver }
)
