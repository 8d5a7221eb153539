package resolvers

import (
	"time"

	"daybook/graph/generated"
	"daybook/graph/model"
)

const (
	// maxCost is the largest cost of one operation. A page of 200 invoices with all their
	// own fields costs about 10 000.
	maxCost = 40_000
	// statementCost is what a field with an SQL statement of its own adds.
	statementCost = 25
	// reportRows is how many accounts a report is taken to have.
	reportRows = 50
	// shortList is how many elements a nested list without arguments is taken to have.
	shortList = 5
	// openList is how many open periods a stretch of time is taken to have.
	openList = 50
)

// setCosts makes a page cost its size times what one row costs, and a nested list a few
// times one element; every other field costs 1 and what is selected in it.
func setCosts(c *generated.ComplexityRoot) {
	c.Query.Invoices = func(child int, first *int, _ *string, last *int, _ *string, _ *model.InvoiceFilter, _ *model.InvoiceOrder) int {
		return pageCost(child, first, last)
	}
	c.Person.Invoices = c.Query.Invoices
	c.Query.Bills = func(child int, first *int, _ *string, last *int, _ *string, _ *model.BillFilter, _ *model.BillOrder) int {
		return pageCost(child, first, last)
	}
	c.Person.Bills = c.Query.Bills
	c.Query.CreditNotes = func(child int, first *int, _ *string, last *int, _ *string, _ *model.CreditNoteFilter, _ *model.CreditNoteOrder) int {
		return pageCost(child, first, last)
	}
	c.Person.CreditNotes = c.Query.CreditNotes
	c.Query.FxRates = func(child int, first *int, _ *string, last *int, _ *string, _ *model.FxRateFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.PartyBalances = func(child int, first *int, _ *string, last *int, _ *string, _ *model.PartyBalanceFilter, _ *model.PartyBalanceOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.Incomes = func(child int, first *int, _ *string, last *int, _ *string, _ *model.MoneyEntryFilter, _ *model.MoneyEntryOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.Transfers = func(child int, first *int, _ *string, last *int, _ *string, _ *model.TransferFilter, _ *model.TransferOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.FinancialTransactions = func(child int, first *int, _ *string, last *int, _ *string, _ *model.FinancialTransactionFilter, _ *model.FinancialTransactionOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.Expenses = c.Query.Incomes
	c.Query.People = func(child int, first *int, _ *string, last *int, _ *string, _ *model.PersonFilter, _ *model.PersonOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.Payments = func(child int, first *int, _ *string, last *int, _ *string, _ *model.PaymentFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Products = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ProductFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Shifts = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ShiftFilter, _ *model.ShiftOrder) int {
		return pageCost(child, first, last)
	}
	c.Person.Shifts = c.Query.Shifts
	c.Query.Stores = func(child int, first *int, _ *string, last *int, _ *string, _ *model.StoreFilter, _ *model.StoreOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.Sales = func(child int, first *int, _ *string, last *int, _ *string, _ *model.SaleFilter, _ *model.SaleOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.TaxRates = func(child int, first *int, _ *string, last *int, _ *string, _ *model.TaxRateFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.MonthlyInvoicing = func(child int, first *int, _ *string, last *int, _ *string, _ *model.MonthlyInvoicingFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Channels = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ChannelFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Recipients = func(child int, _ *model.ID, _ string, first *int, _ *string, last *int, _ *string) int {
		return pageCost(child, first, last)
	}
	c.Query.EffectiveNotificationSettings = func(child int, _ model.ID) int { return statementCost + reportRows*child }
	c.Organization.Members = func(child int) int { return statementCost + reportRows*child }
	c.Organization.MySettings = listCost
	c.Channel.MySettings = listCost
	c.Channel.Members = listCost
	c.Query.Accounts = func(child int, first *int, _ *string, last *int, _ *string, _ *model.AccountFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.JournalEntries = func(child int, first *int, _ *string, last *int, _ *string, _ *model.JournalEntryFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.AccountRegister = func(child int, _ model.ID, first *int, _ *string, last *int, _ *string) int {
		return pageCost(child, first, last)
	}
	c.Query.Search = func(child int, _ string, _ []model.SearchKind, first *int, _ *string) int {
		return pageCost(child, first, nil)
	}
	c.Query.ReceivablesAgeing = func(child int, first *int) int { return pageCost(child, first, nil) }
	c.Query.PayablesAgeing = c.Query.ReceivablesAgeing
	c.Query.TrialBalance = func(child int, _, _ *model.Date) int { return statementCost + reportRows*child }
	c.Query.BalanceSheet = c.Query.TrialBalance
	c.Query.ProfitAndLoss = func(child int, _, _ model.Date, _, _ *model.Date) int { return statementCost + reportRows*child }
	c.Query.AuditLog = func(child int, first *int, _ *string, last *int, _ *string, _ *model.AuditFilter) int {
		return pageCost(child, first, last)
	}
	for _, history := range []*func(child int, first *int, after *string, last *int, before *string) int{
		&c.Account.History, &c.Bill.History, &c.CreditNote.History, &c.Expense.History, &c.Income.History, &c.Invoice.History,
		&c.FxRate.History, &c.JournalEntry.History, &c.Payment.History, &c.Person.History, &c.Product.History, &c.Shift.History, &c.Sale.History, &c.Store.History, &c.TaxRate.History, &c.Transfer.History, &c.Channel.History,
	} {
		*history = func(child int, first *int, _ *string, last *int, _ *string) int { return pageCost(child, first, last) }
	}
	c.AuditEvent.Changes = listCost
	c.AuditEvent.Snapshot = listCost
	c.Query.DayPartReport = func(child int, _ model.ID, _, _ model.Date, _, _ *model.Date) int {
		return statementCost + reportRows*child
	}
	c.JournalEntry.Lines = listCost
	c.Invoice.Items = listCost
	c.Invoice.Payments = listCost
	c.Invoice.Credits = listCost
	c.Bill.Items = listCost
	c.Bill.Payments = listCost
	c.CreditNote.Items = listCost
	c.CreditNote.Payments = listCost
	c.CreditNote.Allocations = listCost
	c.Payment.Allocations = listCost
	c.InvoiceItem.Taxes = listCost
	c.Shift.DayParts = listCost
	c.Person.Addresses = listCost
	c.Person.Balances = listCost
	c.Person.PartyBalances = listCost
	c.Person.Credits = listCost
	c.Store.Hours = func(child int, _ *model.Date) int { return listCost(child) }
	c.Store.DayParts = c.Store.Hours
	c.Store.HourExceptions = func(child int, _, _ *model.Date) int { return listCost(child) }
	c.Store.OpenPeriods = func(child int, _, _ time.Time) int { return openList + openList*child }
	// It looks a year ahead where nothing comes sooner.
	c.Store.NextOpening = func(_ int, _ *time.Time) int { return openList }
}

// pageCost is the cost of a connection. Sizes out of bounds are refused elsewhere; here
// they count as the largest.
func pageCost(child int, first, last *int) int {
	size := defaultPageSize
	for _, given := range []*int{first, last} {
		if given != nil {
			size = *given
		}
	}
	if size < 0 || size > maxPageSize {
		size = maxPageSize
	}
	return statementCost + size*child
}

func listCost(child int) int { return 1 + shortList*child }
