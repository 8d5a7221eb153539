package resolvers

// boundFields lists the fields for members bound to stores, of the types whose rows are of no store and read whole, and of the roots.
// What such a row says of several stores together, a balance or a count, is left out.
var boundFields = map[string][]string{
	"Query": {
		"viewer", "node", "nodes", "store", "stores", "till", "tills", "tillSession", "tillSessions", "dayClose", "dayCloses",
		"sale", "sales", "dayPartReport", "shift", "shifts", "invoice", "invoices", "bill", "bills", "creditNote", "creditNotes",
		"vendorCreditNote", "vendorCreditNotes", "payment", "payments", "income", "incomes", "expense", "expenses", "transfer", "transfers",
		"financialTransactions", "partyBalances", "account", "accounts", "trialBalance", "profitAndLoss", "balanceSheet", "taxReport", "receivablesAgeing", "payablesAgeing", "invoicesAggregate", "billsAggregate", "creditNotesAggregate", "vendorCreditNotesAggregate",
		"paymentsAggregate", "incomesAggregate", "expensesAggregate", "salesAggregate", "person", "people", "product", "products", "taxRate", "taxRates",
		"fxRate", "fxRates", "channel", "channels", "notificationTypes", "notifications", "inbox",
	},
	"Mutation": {
		"storeUpdate", "storeHoursSet", "storeHourExceptionsSet", "storeHourExceptionSet", "storeHourExceptionClear", "storeDayPartsSet",
		"tillCreate", "tillUpdate", "tillArchive", "tillRestore", "tillOpen", "tillMove", "tillClose", "salesPost", "dayCloseReverse",
		"salesRecord", "saleVoid", "shiftCreate", "shiftUpdate", "shiftPublish", "shiftCancel", "shiftDelete",
		"invoiceCreate", "invoicesCreate", "invoiceUpdate", "invoiceApprove", "invoiceMarkSent", "invoiceVoid", "invoiceDelete",
		"billCreate", "billsCreate", "billUpdate", "billApprove", "billVoid", "billDelete",
		"creditNoteCreate", "creditNoteUpdate", "creditNoteApprove", "creditNoteAllocate", "creditNoteVoid", "creditNoteDelete",
		"vendorCreditNoteCreate", "vendorCreditNoteUpdate", "vendorCreditNoteApprove", "vendorCreditNoteAllocate",
		"vendorCreditNoteVoid", "vendorCreditNoteDelete", "paymentRecord", "paymentAllocate", "paymentVoid",
		"incomeCreate", "incomeUpdate", "incomeVoid", "expenseCreate", "expenseUpdate", "expenseVoid",
		"transferCreate", "transferUpdate", "transferVoid", "personCreate", "personUpdate",
		"notificationPreferenceSet", "notificationPreferenceClear", "notificationDigestSet", "notificationsMarkRead", "notificationsMarkAllRead",
		"tokenCreate", "tokenRevoke",
	},
	"Subscription": {"live"},
	"Person": {
		"id", "version", "fullName", "givenName", "familyName", "isCustomer", "isVendor", "isStaff", "externalRef", "archivedAt", "createdAt",
		"updatedAt", "invoices", "bills", "creditNotes", "vendorCreditNotes", "shifts",
	},
	"Account": {"id", "version", "code", "name", "type", "systemRole", "archivedAt", "createdAt", "updatedAt"},
	"Product": {"id", "version", "sku", "name", "description", "currency", "unitPrice", "taxRate", "archivedAt", "createdAt", "updatedAt"},
	"TaxRate": {"id", "version", "name", "percentage", "archivedAt", "createdAt", "updatedAt"},
	"FxRate":  {"id", "version", "currency", "validFrom", "rate", "createdAt", "updatedAt"},
	"Channel": {"id", "version", "name", "description", "memberCount", "members", "mySettings", "tillDifferenceAbove", "takingsBelow", "archivedAt", "createdAt", "updatedAt"},
	"User":    {"id", "name", "email"},
	"Organization": {
		"id", "version", "name", "timeZone", "baseCurrency", "today", "lateSales", "fiscalYearStartMonth", "mySettings", "softLockedUntil",
		"hardLockedUntil", "taxRounding", "tillDifferenceAbove", "takingsBelow",
	},
	"Viewer": {"user", "organization", "role", "stores", "notificationDigest", "tokens"},
	"Token":  {"id", "version", "name", "user", "secret", "issuer", "expiresAt", "revokedAt", "createdAt", "updatedAt"},
	"Node":   {"id"},
}

// boundTypes are the types that members bound to stores read every field of, but for unboundFields and the history: of their rows
// those of the members' stores alone are read, or they are parts of others.
var boundTypes = []string{
	"Document", "Store", "StoreHours", "PlannedHours", "StoreHourException", "DayPeriod", "OpenPeriod", "DayPart", "PlannedDayParts",
	"Till", "TillSession", "TillMovement", "DayClose", "DayCloseTender", "Denomination", "Sale", "SaleLine", "SaleTender",
	"DayPartReport", "ProductComparison", "TenderComparison", "TaxRateComparison", "TaxedTotals", "HourComparison", "DayPartSales",
	"DayPartComparison", "StoreComparison", "SalesTotals", "Shift", "ShiftDayPart",
	"Invoice", "Bill", "CreditNote", "VendorCreditNote", "DocumentAddress", "DocumentItem", "DocumentItemTax", "InvoicePayment",
	"CreditAllocation", "VendorCreditAllocation", "Payment", "PaymentAllocation", "PaymentRefund", "Income", "Expense", "Transfer",
	"FinancialTransaction", "PostingLine", "DocumentAggregate", "DocumentGroup", "DocumentSum", "PaymentAggregate", "PaymentGroup",
	"PaymentSum", "PartyBalance", "TrialBalance", "TrialBalanceLine", "TrialBalanceRow", "ProfitAndLoss", "BalanceSheet", "ReportSection", "ReportRow",
	"StoreAmount", "ReportTotal", "TaxReport", "StoreTaxes", "TaxSide", "TaxRow", "Ageing", "StoreAgeing", "AgeingTotal", "AgeingRow", "MoneyEntryAggregate", "MoneyEntryGroup", "MoneyEntrySum", "SaleAggregate", "SaleGroup", "SaleSum", "NotificationType", "NotificationSetting", "Notification", "NotificationDigest",
	"Inbox", "Money", "PageInfo", "UserError",
}

// unboundFields are fields of boundTypes that say something of other stores: a person's minutes of the week at all of them.
var unboundFields = []string{"Shift.runningWeekMinutes"}
