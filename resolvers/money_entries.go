package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	incomes  = defineMoneyEntries[model.Income](model.MoneyEntryKindIncome)
	expenses = defineMoneyEntries[model.Expense](model.MoneyEntryKindExpense)

	incomeByKey          = byKey(incomes)
	accountOfIncome      = relate("account", accountByKey, func(i *model.Income) int64 { return i.AccountID })
	moneyAccountOfIncome = relate("moneyAccount", accountByKey, func(i *model.Income) int64 { return i.MoneyAccountID })
	partyOfIncome        = relate("party", personByKey, func(i *model.Income) int64 { return optional(i.PartyID) })
	taxRateOfIncome      = relate("taxRate", taxRateByKey, func(i *model.Income) int64 { return optional(i.TaxRateID) })
	storeOfIncome        = relate("store", storeByKey, func(e *model.Income) int64 { return optional(e.StoreID) })

	expenseByKey          = byKey(expenses)
	accountOfExpense      = relate("account", accountByKey, func(e *model.Expense) int64 { return e.AccountID })
	moneyAccountOfExpense = relate("moneyAccount", accountByKey, func(e *model.Expense) int64 { return e.MoneyAccountID })
	partyOfExpense        = relate("party", personByKey, func(e *model.Expense) int64 { return optional(e.PartyID) })
	taxRateOfExpense      = relate("taxRate", taxRateByKey, func(e *model.Expense) int64 { return optional(e.TaxRateID) })
	storeOfExpense        = relate("store", storeByKey, func(e *model.Expense) int64 { return optional(e.StoreID) })
)

func defineMoneyEntries[T any](kind model.MoneyEntryKind) *projection.Model[T] {
	return projection.Define[T](projection.Definition{
		Name:    "money_entry_summaries",
		Stores:  ofStores,
		Within:  []string{"party_id"},
		Key:     []string{"money_entry_id"},
		Node:    kind.Node(),
		Columns: map[string]string{"ID": "money_entry_id"},
		Orders: map[string]projection.Order{
			"OCCURRED_ON": {Column: "occurred_on", Type: "date"},
			"AMOUNT":      {Column: "amount", Type: "numeric"},
			"CREATED_AT":  {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "OCCURRED_ON",
		DefaultDescending: true,
		Where:             "kind = '" + string(kind) + "'",
	})
}

func moneyEntryFilter(kind model.MoneyEntryKind, in *model.MoneyEntryFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "money_entry_id", kind.Node())
	f.externalRef(in.ExternalRef, "money_entry_id", "money_entries", string(kind))
	f.reference(in.AccountID, "account_id", "Account")
	f.reference(in.MoneyAccountID, "money_account_id", "Account")
	f.reference(in.PartyID, "party_id", "Person")
	f.stores(in.StoreIds, "store_id")
	given(&f, in.OccurredFrom, "occurred_on >= ?")
	given(&f, in.OccurredTo, "occurred_on <= ?")
	given(&f, in.AmountGte, "amount >= ?")
	given(&f, in.AmountLte, "amount <= ?")
	f.either(in.Voided, "voided", "NOT voided")
	f.search(in.Search)
	return f
}

func (r *queryResolver) Income(ctx context.Context, id model.ID) (*model.Income, error) {
	return lookup(ctx, incomeByKey, id)
}

func (r *queryResolver) Incomes(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.MoneyEntryFilter, where map[string]any, orderBy *model.MoneyEntryOrder) (*model.IncomeConnection, error) {
	q := page(first, after, last, before)
	q.Where = moneyEntryFilter(model.MoneyEntryKindIncome, filter)
	ordered(&q, orderBy)
	return connect(ctx, incomes, q, accountOfIncome, moneyAccountOfIncome, partyOfIncome, taxRateOfIncome, storeOfIncome)
}

func (r *mutationResolver) IncomeCreate(ctx context.Context, input model.MoneyEntryCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.IncomePayload, error) {
	return mutate(ctx, r, incomeByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryCreate(ctx, w.actor, model.MoneyEntryKindIncome, input)
	})
}

func (r *mutationResolver) IncomeUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.MoneyEntryUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.IncomePayload, error) {
	return mutate(ctx, r, incomeByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryUpdate(ctx, w.actor, model.MoneyEntryKindIncome, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) IncomeVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.IncomePayload, error) {
	return mutate(ctx, r, incomeByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryVoid(ctx, w.actor, model.MoneyEntryKindIncome, w.key, expectedVersion)
	})
}

func (r *incomeResolver) Account(ctx context.Context, obj *model.Income) (*model.Account, error) {
	return loadRequired(ctx, accountOfIncome, obj)
}

func (r *incomeResolver) MoneyAccount(ctx context.Context, obj *model.Income) (*model.Account, error) {
	return loadRequired(ctx, moneyAccountOfIncome, obj)
}

func (r *incomeResolver) Party(ctx context.Context, obj *model.Income) (*model.Person, error) {
	return partyOfIncome.load(ctx, obj)
}

func (r *incomeResolver) TaxRate(ctx context.Context, obj *model.Income) (*model.TaxRate, error) {
	return taxRateOfIncome.load(ctx, obj)
}

func (r *queryResolver) Expense(ctx context.Context, id model.ID) (*model.Expense, error) {
	return lookup(ctx, expenseByKey, id)
}

func (r *queryResolver) Expenses(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.MoneyEntryFilter, where map[string]any, orderBy *model.MoneyEntryOrder) (*model.ExpenseConnection, error) {
	q := page(first, after, last, before)
	q.Where = moneyEntryFilter(model.MoneyEntryKindExpense, filter)
	ordered(&q, orderBy)
	return connect(ctx, expenses, q, accountOfExpense, moneyAccountOfExpense, partyOfExpense, taxRateOfExpense, storeOfExpense)
}

func (r *mutationResolver) ExpenseCreate(ctx context.Context, input model.MoneyEntryCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.ExpensePayload, error) {
	return mutate(ctx, r, expenseByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryCreate(ctx, w.actor, model.MoneyEntryKindExpense, input)
	})
}

func (r *mutationResolver) ExpenseUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.MoneyEntryUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.ExpensePayload, error) {
	return mutate(ctx, r, expenseByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryUpdate(ctx, w.actor, model.MoneyEntryKindExpense, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) ExpenseVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.ExpensePayload, error) {
	return mutate(ctx, r, expenseByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.MoneyEntryVoid(ctx, w.actor, model.MoneyEntryKindExpense, w.key, expectedVersion)
	})
}

func (r *expenseResolver) Account(ctx context.Context, obj *model.Expense) (*model.Account, error) {
	return loadRequired(ctx, accountOfExpense, obj)
}

func (r *expenseResolver) MoneyAccount(ctx context.Context, obj *model.Expense) (*model.Account, error) {
	return loadRequired(ctx, moneyAccountOfExpense, obj)
}

func (r *expenseResolver) Party(ctx context.Context, obj *model.Expense) (*model.Person, error) {
	return partyOfExpense.load(ctx, obj)
}

func (r *expenseResolver) TaxRate(ctx context.Context, obj *model.Expense) (*model.TaxRate, error) {
	return taxRateOfExpense.load(ctx, obj)
}

func (r *incomeResolver) Store(ctx context.Context, obj *model.Income) (*model.Store, error) {
	return storeOfIncome.load(ctx, obj)
}

// Income returns the resolvers of incomes.
func (r *Resolver) Income() generated.IncomeResolver { return &incomeResolver{} }

func (r *expenseResolver) Store(ctx context.Context, obj *model.Expense) (*model.Store, error) {
	return storeOfExpense.load(ctx, obj)
}

// Expense returns the resolvers of expenses.
func (r *Resolver) Expense() generated.ExpenseResolver { return &expenseResolver{} }

type (
	incomeResolver  struct{ history[model.Income] }
	expenseResolver struct{ history[model.Expense] }
)
