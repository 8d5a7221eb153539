package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	financialTransactions = projection.Define[model.FinancialTransaction](projection.Definition{
		Name:   "financial_transactions",
		Stores: ofBothStores,
		Within: []string{"party_id"},
		Key:    []string{"canonical_type text", "canonical_id"},
		Orders: map[string]projection.Order{
			"OCCURRED_ON": {Column: "occurred_on", Type: "date"},
			"AMOUNT":      {Column: "amount", Type: "numeric"},
			"PARTY_NAME":  {Column: "party_name", Type: "text"},
			"CREATED_AT":  {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "OCCURRED_ON",
		DefaultDescending: true,
	})

	partyOfTransaction       = relate("party", personByKey, func(t *model.FinancialTransaction) int64 { return optional(t.PartyID) })
	fromAccountOfTransaction = relate("fromAccount", accountByKey, func(t *model.FinancialTransaction) int64 { return optional(t.FromAccountID) })
	toAccountOfTransaction   = relate("toAccount", accountByKey, func(t *model.FinancialTransaction) int64 { return optional(t.ToAccountID) })
	fromStoreOfTransaction   = relate("fromStore", storeByKey, func(t *model.FinancialTransaction) int64 { return optional(t.FromStoreID) })
	toStoreOfTransaction     = relate("toStore", storeByKey, func(t *model.FinancialTransaction) int64 { return optional(t.ToStoreID) })

	// A page prefetches the records of its rows, in one batch for each type.
	paymentOfTransaction  = relate("canonical", paymentByKey, canonicalKey("Payment"))
	incomeOfTransaction   = relate("canonical", incomeByKey, canonicalKey("Income"))
	expenseOfTransaction  = relate("canonical", expenseByKey, canonicalKey("Expense"))
	transferOfTransaction = relate("canonical", transferByKey, canonicalKey("Transfer"))
)

// canonicalKey returns a function for the key of a row's record; 0 if it is of another type than typ.
func canonicalKey(typ string) func(*model.FinancialTransaction) int64 {
	return func(t *model.FinancialTransaction) int64 {
		return keyIf(model.ID{Type: t.CanonicalType, Key: t.CanonicalID}, typ)
	}
}

func financialTransactionFilter(in *model.FinancialTransactionFilter) (f filter) {
	if in == nil {
		return nil
	}
	given(&f, in.Kind, "kind = ?")
	given(&f, in.Direction, "direction = ?")
	f.among(in.AccountID, "Account", "from_account_id", "to_account_id")
	f.stores(in.StoreIds, "from_store_id", "to_store_id")
	f.reference(in.PartyID, "party_id", "Person")
	given(&f, in.OccurredFrom, "occurred_on >= ?")
	given(&f, in.OccurredTo, "occurred_on <= ?")
	given(&f, in.AmountGte, "amount >= ?")
	given(&f, in.AmountLte, "amount <= ?")
	f.either(in.Voided, "voided", "NOT voided")
	f.search(in.Search)
	return f
}

// financialTransactionParts returns the parts of a page by account: each side of each kind, or of the kind in the filter.
// A page by direction has the parts payments and incomes, or payments and expenses. Other pages have none.
func financialTransactionParts(in *model.FinancialTransactionFilter) (parts []projection.Condition) {
	if in == nil {
		return nil
	}
	if account := in.AccountID.Value(); account != nil {
		kinds := model.AllFinancialTransactionKind
		if kind := in.Kind.Value(); kind != nil {
			kinds = []model.FinancialTransactionKind{*kind}
		}
		for _, kind := range kinds {
			parts = append(parts, projection.Where("from_account_id = ? AND kind = ?", account.Key, kind),
				projection.Where("to_account_id = ? AND kind = ?", account.Key, kind))
		}
		return parts
	}
	if direction := in.Direction.Value(); direction != nil {
		other := model.FinancialTransactionKindIncome
		if *direction == model.PaymentDirectionOut {
			other = model.FinancialTransactionKindExpense
		}
		return []projection.Condition{projection.Where("kind = 'PAYMENT'"), projection.Where("kind = ?", other)}
	}
	return nil
}

func (r *queryResolver) FinancialTransactions(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.FinancialTransactionFilter, where map[string]any, orderBy *model.FinancialTransactionOrder) (*model.FinancialTransactionConnection, error) {
	q := page(first, after, last, before)
	q.Where = financialTransactionFilter(filter)
	q.Parts = financialTransactionParts(filter)
	ordered(&q, orderBy)
	return connect(ctx, financialTransactions, q, partyOfTransaction, fromAccountOfTransaction, toAccountOfTransaction, fromStoreOfTransaction, toStoreOfTransaction,
		paymentOfTransaction, incomeOfTransaction, expenseOfTransaction, transferOfTransaction)
}

func (r *financialTransactionResolver) Canonical(ctx context.Context, obj *model.FinancialTransaction) (model.Node, error) {
	return findNode(ctx, model.ID{Type: obj.CanonicalType, Key: obj.CanonicalID})
}

func (r *financialTransactionResolver) Party(ctx context.Context, obj *model.FinancialTransaction) (*model.Person, error) {
	return partyOfTransaction.load(ctx, obj)
}

func (r *financialTransactionResolver) FromAccount(ctx context.Context, obj *model.FinancialTransaction) (*model.Account, error) {
	return fromAccountOfTransaction.load(ctx, obj)
}

func (r *financialTransactionResolver) ToAccount(ctx context.Context, obj *model.FinancialTransaction) (*model.Account, error) {
	return toAccountOfTransaction.load(ctx, obj)
}

func (r *financialTransactionResolver) FromStore(ctx context.Context, obj *model.FinancialTransaction) (*model.Store, error) {
	return fromStoreOfTransaction.load(ctx, obj)
}

func (r *financialTransactionResolver) ToStore(ctx context.Context, obj *model.FinancialTransaction) (*model.Store, error) {
	return toStoreOfTransaction.load(ctx, obj)
}

// FinancialTransaction returns the resolvers of financial transactions.
func (r *Resolver) FinancialTransaction() generated.FinancialTransactionResolver {
	return &financialTransactionResolver{r}
}

type financialTransactionResolver struct{ *Resolver }
