package model

import "github.com/99designs/gqlgen/graphql"

// MoneyEntryKind is what money that moves without a document is, by its name in the database.
type MoneyEntryKind string

// The kinds of money entries.
const (
	MoneyEntryKindIncome  MoneyEntryKind = "income"
	MoneyEntryKindExpense MoneyEntryKind = "expense"
)

// Node returns the GraphQL type of money entries of the kind.
func (k MoneyEntryKind) Node() string {
	switch k {
	case MoneyEntryKindIncome:
		return "Income"
	case MoneyEntryKindExpense:
		return "Expense"
	}
	return ""
}

// MoneyEntryCreateInput is the input of incomeCreate and expenseCreate.
type MoneyEntryCreateInput struct {
	// AccountID is the income or expense account.
	AccountID ID
	// MoneyAccountID is where the money arrives or comes from: the bank account where it is left out.
	MoneyAccountID graphql.Omittable[*ID] `json:",omitzero"`
	PartyID        graphql.Omittable[*ID] `json:",omitzero"`
	// OccurredOn is the organization's current day where it is left out.
	OccurredOn graphql.Omittable[*Date] `json:",omitzero"`
	// Amount is with tax; positive.
	Amount Decimal
	// TaxRateID names the rate at which the tax is taken out of the amount.
	TaxRateID graphql.Omittable[*ID] `json:",omitzero"`
	// Currency is the organization's base currency where it is left out.
	Currency graphql.Omittable[*string] `json:",omitzero"`
	// FxRate is the organization's rate of the day where it is left out.
	FxRate graphql.Omittable[*Decimal] `json:",omitzero"`
	// StoreID is the office where it is null or left out.
	StoreID     graphql.Omittable[*ID]     `json:",omitzero"`
	Memo        graphql.Omittable[*string] `json:",omitzero"`
	ExternalRef graphql.Omittable[*string] `json:",omitzero"`
}

// Fields returns the fields that the creation gives, as an update of an empty entry.
func (in MoneyEntryCreateInput) Fields() MoneyEntryUpdateInput {
	return MoneyEntryUpdateInput{
		AccountID: graphql.OmittableOf(&in.AccountID), MoneyAccountID: in.MoneyAccountID, PartyID: in.PartyID,
		OccurredOn: in.OccurredOn, Amount: graphql.OmittableOf(&in.Amount), TaxRateID: in.TaxRateID,
		Currency: in.Currency, FxRate: in.FxRate, StoreID: in.StoreID, Memo: in.Memo, ExternalRef: in.ExternalRef,
	}
}

// MoneyEntryUpdateInput is the input of incomeUpdate and expenseUpdate. A field that is left out stays as it is.
type MoneyEntryUpdateInput struct {
	AccountID      graphql.Omittable[*ID]      `json:",omitzero"`
	MoneyAccountID graphql.Omittable[*ID]      `json:",omitzero"`
	PartyID        graphql.Omittable[*ID]      `json:",omitzero"`
	OccurredOn     graphql.Omittable[*Date]    `json:",omitzero"`
	Amount         graphql.Omittable[*Decimal] `json:",omitzero"`
	TaxRateID      graphql.Omittable[*ID]      `json:",omitzero"`
	Currency       graphql.Omittable[*string]  `json:",omitzero"`
	FxRate         graphql.Omittable[*Decimal] `json:",omitzero"`
	StoreID        graphql.Omittable[*ID]      `json:",omitzero"`
	Memo           graphql.Omittable[*string]  `json:",omitzero"`
	ExternalRef    graphql.Omittable[*string]  `json:",omitzero"`
}
