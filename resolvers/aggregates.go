package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook/graph/model"
	"daybook/projection"
)

const (
	// maxAggregated is how many rows are added up at most.
	maxAggregated = 100_000
	// maxGroups is how many groups they may make.
	maxGroups = 1_000
)

// grouping is a value that rows are grouped by: its name in a group, and its SQL over the columns of a row.
type grouping struct{ name, sql string }

// column is an amount that is added up: its name in the sums of a group, and its column.
type column struct{ name, sql string }

// columns returns columns whose names are the same in both.
func columns(names ...string) (list []column) {
	for _, name := range names {
		list = append(list, column{name, name})
	}
	return list
}

// byMonth groups by the month of a day, whose first day it is.
func byMonth(day string) grouping {
	return grouping{"month", "date_trunc('month', " + day + "::timestamp)::date"}
}

// byRecord groups by a record that a column refers to.
func byRecord(name, node, column string) grouping {
	return grouping{name, "'" + node + ":' || " + column}
}

var (
	byParty = byRecord("partyId", "Person", "party_id")
	byStore = byRecord("storeId", "Store", "store_id")

	documentGroupings = map[model.DocumentGroupField]grouping{
		model.DocumentGroupFieldState:        {"state", "state"},
		model.DocumentGroupFieldPaymentState: {"paymentState", "payment_state"},
		model.DocumentGroupFieldMonth:        byMonth("issued_on"),
		model.DocumentGroupFieldParty:        byParty,
		model.DocumentGroupFieldStore:        byStore,
	}
	// creditNoteGroupings are those of documents that are never paid.
	creditNoteGroupings = map[model.DocumentGroupField]grouping{
		model.DocumentGroupFieldState:        documentGroupings[model.DocumentGroupFieldState],
		model.DocumentGroupFieldPaymentState: {"paymentState", "NULL::text"},
		model.DocumentGroupFieldMonth:        documentGroupings[model.DocumentGroupFieldMonth],
		model.DocumentGroupFieldParty:        byParty,
		model.DocumentGroupFieldStore:        byStore,
	}
	paymentGroupings = map[model.PaymentGroupField]grouping{
		model.PaymentGroupFieldDirection: {"direction", "direction"},
		model.PaymentGroupFieldMethod:    {"method", "method"},
		model.PaymentGroupFieldMonth:     byMonth("paid_on"),
		model.PaymentGroupFieldParty:     byParty,
		model.PaymentGroupFieldStore:     byStore,
	}
	moneyEntryGroupings = map[model.MoneyEntryGroupField]grouping{
		model.MoneyEntryGroupFieldAccount: byRecord("accountId", "Account", "account_id"),
		model.MoneyEntryGroupFieldMonth:   byMonth("occurred_on"),
		model.MoneyEntryGroupFieldParty:   byParty,
		model.MoneyEntryGroupFieldStore:   byStore,
	}

	saleGroupings = map[model.SaleGroupField]grouping{
		model.SaleGroupFieldKind:         {"kind", "kind"},
		model.SaleGroupFieldStore:        byStore,
		model.SaleGroupFieldBusinessDate: {"businessDate", "business_date"},
		model.SaleGroupFieldMonth:        byMonth("business_date"),
		model.SaleGroupFieldDayPart:      {"dayPart", "day_part"},
		model.SaleGroupFieldPerson:       byRecord("personId", "Person", "person_id"),
	}

	documentSums   = columns("subtotal", "tax", "total", "paid", "due")
	paymentSums    = columns("amount", "allocated", "refunded", "unallocated")
	moneyEntrySums = columns("amount", "tax")
	saleSums       = append(columns("amount", "tax"), column{"refundedAmount", "refunded_amount"})
)

// aggregate adds up the columns sums of a read model's rows, which meet the conditions and the argument where of the field that is
// being resolved, by their currency and by what the groupings of the fields say. It answers groups G, whose JSON is that of the
// schema's type, and how many rows they have together, as exact as a page is, in one statement.
func aggregate[G, T any, F comparable](ctx context.Context, m *projection.Model[T], conditions filter, by []F, groupings map[F]grouping, sums []column, count func(*G) int) (groups []G, total int, err error) {
	where, err := whereOf(ctx, m.Node, m.Column)
	if err != nil {
		return nil, 0, err
	}
	query := aggregateSQL(by, groupings, sums)
	if err := m.Summarize(ctx, requestFrom(ctx).pages, append(slices.Clip(conditions), where...), projection.Where(query), &groups); err != nil {
		return nil, 0, ofRead(err)
	}
	for i := range groups {
		total += count(&groups[i])
	}
	switch {
	case len(groups) > maxGroups:
		return nil, 0, about(badInput("The rows make more than %d groups: group by less, or ask for fewer rows.", maxGroups), "groupBy")
	case total > maxAggregated:
		return nil, 0, about(badInput("There are more than %d rows to add up: ask for fewer.", maxAggregated), "where")
	}
	return groups, total, nil
}

// aggregateSQL returns the query of the groups, one more than there may be, over rows, of which it reads one more than it may.
func aggregateSQL[F comparable](by []F, groupings map[F]grouping, sums []column) string {
	values, positions := []string{"currency"}, []string{"1"}
	var amounts []string
	for i, field := range by {
		if g := groupings[field]; !slices.Contains(by[:i], field) {
			values = append(values, g.sql+` AS "`+g.name+`"`)
			positions = append(positions, strconv.Itoa(len(values)))
		}
	}
	for _, sum := range sums {
		amounts = append(amounts, fmt.Sprintf("'%s', json_build_object('amount', sum(%s)::text, 'currency', currency)", sum.name, sum.sql))
	}
	position := strings.Join(positions, ", ")
	return fmt.Sprintf("SELECT %s, count(*) AS count, json_build_object(%s) AS sum FROM (SELECT * FROM rows LIMIT %d) r GROUP BY %s ORDER BY %s LIMIT %d",
		strings.Join(values, ", "), strings.Join(amounts, ", "), maxAggregated+1, position, position, maxGroups+1)
}

// aggregateDocuments adds up documents of one kind.
func aggregateDocuments[T any](ctx context.Context, m *projection.Model[T], kind model.DocumentKind, given *model.DocumentFilter, by []model.DocumentGroupField) (*model.DocumentAggregate, error) {
	groupings := documentGroupings
	if kind.Credits() != "" {
		groupings = creditNoteGroupings
	}
	groups, total, err := aggregate(ctx, m, documentFilter(kind, given, requestFrom(ctx).today()), by, groupings, documentSums, func(g *model.DocumentGroup) int { return g.Count })
	if err != nil {
		return nil, err
	}
	return &model.DocumentAggregate{Count: total, Groups: groups}, nil
}

func (r *queryResolver) InvoicesAggregate(ctx context.Context, filter *model.DocumentFilter, where map[string]any, groupBy []model.DocumentGroupField) (*model.DocumentAggregate, error) {
	return aggregateDocuments(ctx, invoices, model.DocumentKindInvoice, filter, groupBy)
}

func (r *queryResolver) BillsAggregate(ctx context.Context, filter *model.DocumentFilter, where map[string]any, groupBy []model.DocumentGroupField) (*model.DocumentAggregate, error) {
	return aggregateDocuments(ctx, bills, model.DocumentKindBill, filter, groupBy)
}

func (r *queryResolver) CreditNotesAggregate(ctx context.Context, filter *model.DocumentFilter, where map[string]any, groupBy []model.DocumentGroupField) (*model.DocumentAggregate, error) {
	return aggregateDocuments(ctx, creditNotes, model.DocumentKindCreditNote, filter, groupBy)
}

func (r *queryResolver) VendorCreditNotesAggregate(ctx context.Context, filter *model.DocumentFilter, where map[string]any, groupBy []model.DocumentGroupField) (*model.DocumentAggregate, error) {
	return aggregateDocuments(ctx, vendorCreditNotes, model.DocumentKindVendorCreditNote, filter, groupBy)
}

func (r *queryResolver) PaymentsAggregate(ctx context.Context, filter *model.PaymentFilter, where map[string]any, groupBy []model.PaymentGroupField) (*model.PaymentAggregate, error) {
	groups, total, err := aggregate(ctx, payments, paymentFilter(filter), groupBy, paymentGroupings, paymentSums, func(g *model.PaymentGroup) int { return g.Count })
	if err != nil {
		return nil, err
	}
	return &model.PaymentAggregate{Count: total, Groups: groups}, nil
}

// aggregateMoneyEntries adds up incomes or expenses.
func aggregateMoneyEntries[T any](ctx context.Context, m *projection.Model[T], kind model.MoneyEntryKind, given *model.MoneyEntryFilter, by []model.MoneyEntryGroupField) (*model.MoneyEntryAggregate, error) {
	groups, total, err := aggregate(ctx, m, moneyEntryFilter(kind, given), by, moneyEntryGroupings, moneyEntrySums, func(g *model.MoneyEntryGroup) int { return g.Count })
	if err != nil {
		return nil, err
	}
	return &model.MoneyEntryAggregate{Count: total, Groups: groups}, nil
}

func (r *queryResolver) IncomesAggregate(ctx context.Context, filter *model.MoneyEntryFilter, where map[string]any, groupBy []model.MoneyEntryGroupField) (*model.MoneyEntryAggregate, error) {
	return aggregateMoneyEntries(ctx, incomes, model.MoneyEntryKindIncome, filter, groupBy)
}

func (r *queryResolver) ExpensesAggregate(ctx context.Context, filter *model.MoneyEntryFilter, where map[string]any, groupBy []model.MoneyEntryGroupField) (*model.MoneyEntryAggregate, error) {
	return aggregateMoneyEntries(ctx, expenses, model.MoneyEntryKindExpense, filter, groupBy)
}

func (r *queryResolver) SalesAggregate(ctx context.Context, filter *model.SaleFilter, where map[string]any, groupBy []model.SaleGroupField) (*model.SaleAggregate, error) {
	groups, total, err := aggregate(ctx, sales, saleFilter(filter), groupBy, saleGroupings, saleSums, func(g *model.SaleGroup) int { return g.Count })
	if err != nil {
		return nil, err
	}
	return &model.SaleAggregate{Count: total, Groups: groups}, nil
}
