package resolvers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/demo"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// groupedBy has, for each value of the fields of groups, the fields of a group and of a row that it stands for.
var groupedBy = map[string][2]string{
	"STATE": {"state", "state"}, "PAYMENT_STATE": {"paymentState", "paymentState"}, "DIRECTION": {"direction", "direction"}, "METHOD": {"method", "method"},
	"PARTY": {"partyId", "party"}, "STORE": {"storeId", "store"}, "ACCOUNT": {"accountId", "account"}, "MONTH": {"month", "day"},
	"KIND": {"kind", "kind"}, "BUSINESS_DATE": {"businessDate", "day"}, "DAY_PART": {"dayPart", "dayPart"}, "PERSON": {"personId", "person"},
}

// aggregated are the lists that have sums, with what their rows call a group's values.
var aggregated = map[string]struct {
	day, party string
	sums       map[string]string // by the names in a row
}{
	"invoices":          {"issuedOn", "customer", map[string]string{"subtotal": "subtotal", "tax": "tax", "total": "total", "paid": "paid", "due": "due"}},
	"bills":             {"issuedOn", "vendor", map[string]string{"subtotal": "subtotal", "tax": "tax", "total": "total", "paid": "paid", "due": "due"}},
	"creditNotes":       {"issuedOn", "customer", map[string]string{"subtotal": "subtotal", "tax": "tax", "total": "total", "used": "paid", "remaining": "due"}},
	"vendorCreditNotes": {"issuedOn", "vendor", map[string]string{"subtotal": "subtotal", "tax": "tax", "total": "total", "used": "paid", "remaining": "due"}},
	"payments":          {"paidOn", "party", map[string]string{"amount": "amount", "allocated": "allocated", "refunded": "refunded", "unallocated": "unallocated"}},
	"incomes":           {"occurredOn", "party", map[string]string{"amount": "amount", "tax": "tax"}},
	"sales":             {"businessDate", "", map[string]string{"amount": "amount", "tax": "tax", "refundedAmount": "refundedAmount"}},
	"expenses":          {"occurredOn", "party", map[string]string{"amount": "amount", "tax": "tax"}},
}

// TestAggregates compares the counts and sums of every list that has them, by all groups, with those of its rows: of stored rows,
// and with some keys of each read model behind, under random conditions.
func TestAggregates(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	business, err := demo.Seed(t.Context(), s.pool, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.token = business.Token
	s.refreshed()
	random, schema := rand.New(rand.NewPCG(3, 5)), resolvers.NewSchema(resolvers.Config{}).Schema()
	found := 0
	for _, field := range schema.Query.Fields {
		if !strings.HasSuffix(field.Name, "Aggregate") {
			continue
		}
		if _, known := aggregated[strings.TrimSuffix(field.Name, "Aggregate")]; !known {
			t.Errorf("nobody adds up %s", field.Name)
		}
		found++
	}
	if found != len(aggregated) {
		t.Errorf("there are %d aggregates", found)
	}
	for state, prepare := range selectionStates[:2] {
		if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), strings.ReplaceAll(prepare, "$1", fmt.Sprint(business.OrganizationID))); err != nil {
			t.Fatal(err)
		}
		for _, list := range listsWithWhere(schema) {
			if _, sums := aggregated[list.field.Name]; !sums {
				continue
			}
			a := &aggregates{randomWhere: newRandomWhere(s, random, schema, list)}
			for _, value := range schema.Types[schema.Query.Fields.ForName(list.field.Name+"Aggregate").Arguments.ForName("groupBy").Type.Name()].EnumValues {
				a.fields = append(a.fields, value.Name)
			}
			a.compare("{}", nil)
			a.compare("{}", a.fields)
			for _, by := range a.fields {
				a.compare("{}", []string{by, by})
			}
			for range pgtest.Rounds(3, 30) {
				a.left = 30
				by := slices.Clone(a.fields)
				a.Shuffle(len(by), func(i, j int) { by[i], by[j] = by[j], by[i] })
				a.compare(a.object(1).text, by[:a.IntN(len(by)+1)])
			}
			t.Logf("state %d: %s: %d rows, %d comparisons, %d of rows", state, list.field.Name, len(a.rows), a.compared, a.telling)
		}
	}
}

type aggregates struct {
	*randomWhere
	fields []string
}

// compare compares the groups with those of the rows that the list has.
func (a *aggregates) compare(where string, by []string) {
	a.t.Helper()
	name := a.list.field.Name
	of := aggregated[name]
	rowFields, groupFields := "currency "+of.day+" ", "currency count "
	var sums []string
	for row, group := range of.sums {
		rowFields += row + " { amount } "
		sums = append(sums, group+" { amount currency }")
	}
	slices.Sort(sums)
	for _, field := range a.fields {
		groupFields += groupedBy[field][0] + " "
		if row := a.inRow(field); row != of.day && a.list.row.Fields.ForName(row) != nil {
			rowFields += row + map[bool]string{true: " { id } ", false: " "}[a.schema.Types[a.list.row.Fields.ForName(row).Type.Name()].Kind == ast.Object]
		}
	}
	a.selection = rowFields
	type total struct {
		count int
		sums  map[string]decimal.Decimal
	}
	want, rows := map[string]*total{}, a.read(where)
	for _, row := range rows {
		key := row["currency"].(string)
		for i, field := range by {
			if slices.Contains(by[:i], field) {
				continue
			}
			v := inColumn(row, a.inRow(field)+"Id")
			if v == nil {
				v = row[a.inRow(field)]
			}
			if field == "MONTH" {
				v = row[of.day].(string)[:8] + "01"
			}
			key += fmt.Sprintf(" %s=%v", groupedBy[field][0], v)
		}
		if want[key] == nil {
			want[key] = &total{sums: map[string]decimal.Decimal{}}
		}
		want[key].count++
		for in, group := range of.sums {
			want[key].sums[group] = want[key].sums[group].Add(decimal.RequireFromString(row[in].(map[string]any)["amount"].(string)))
		}
	}
	answer := a.must(fmt.Sprintf(`query($by: [%s!]) { of: %sAggregate(where: %s, groupBy: $by) { count groups { %s sum { %s } } } }`,
		a.schema.Query.Fields.ForName(name+"Aggregate").Arguments.ForName("groupBy").Type.Name(), name, where, groupFields, strings.Join(sums, " ")), variables{"by": by})
	if got := answer.text("data.of.count"); got != fmt.Sprint(len(rows)) {
		a.t.Errorf("%s(where: %s) counts %s rows, not %d", name, where, got, len(rows))
	}
	groups, _ := answer.at("data.of.groups").([]any)
	before := ""
	for _, group := range groups {
		group := group.(map[string]any)
		if currency := group["currency"].(string); currency < before {
			a.t.Errorf("%s: %s comes behind %s", name, currency, before)
		} else {
			before = currency
		}
		key := group["currency"].(string)
		for i, field := range by {
			if !slices.Contains(by[:i], field) {
				key += fmt.Sprintf(" %s=%v", groupedBy[field][0], group[groupedBy[field][0]])
			}
		}
		for _, field := range a.fields {
			if !slices.Contains(by, field) && group[groupedBy[field][0]] != nil {
				a.t.Errorf("%s by %v has a group with %s", name, by, canonicalText(group))
			}
		}
		w := want[key]
		delete(want, key)
		if w == nil || fmt.Sprint(group["count"]) != fmt.Sprint(w.count) {
			a.t.Fatalf("%s(where: %s, groupBy: %v) has the group %s: %s", name, where, by, key, canonicalText(group))
		}
		for sum, amount := range w.sums {
			got := group["sum"].(map[string]any)[sum].(map[string]any)
			if !decimal.RequireFromString(got["amount"].(string)).Equal(amount) || got["currency"] != group["currency"] {
				a.t.Errorf("%s(where: %s, groupBy: %v): %s of %s is %v, want %s", name, where, by, sum, key, got, amount)
			}
		}
	}
	if len(want) > 0 {
		a.t.Errorf("%s(where: %s, groupBy: %v) lacks the groups %v", name, where, by, want)
	}
	if a.compared++; len(rows) > 0 {
		a.telling++
	}
}

// inRow returns what a row calls the value of a group's field.
func (a *aggregates) inRow(field string) string {
	of := aggregated[a.list.field.Name]
	switch name := groupedBy[field][1]; name {
	case "party":
		return of.party
	case "day":
		return of.day
	default:
		return name
	}
}

// More rows or groups than are added up are refused, and a caller is told what to do.
func TestAggregatesOfTooMuch(t *testing.T) {
	t.Parallel()
	s := serve(t)
	admin := pgtest.Superuser(t, s.pool)
	for _, sql := range []string{
		pgtest.TriggersOff,
		`INSERT INTO canonical.people (organization_id, id, given_name) SELECT $1, g, 'P' || g FROM generate_series(1, 1001) AS g`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency, tax_rounding)
			SELECT $1, g, 'invoice', g % 1001 + 1, '2026-01-01', '2026-01-01', 'AUD', 'line' FROM generate_series(1, 100001) AS g`,
		`SELECT canonical.keep_document_amounts($1, ARRAY(SELECT id FROM canonical.documents WHERE organization_id = $1))`,
		`INSERT INTO projection.document_summaries SELECT * FROM source.document_summaries WHERE organization_id = $1`,
		pgtest.TriggersOn,
		`ANALYZE projection.document_summaries`,
	} {
		if _, err := admin.Exec(t.Context(), strings.ReplaceAll(sql, "$1", fmt.Sprint(s.organizationID))); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	s.call(`{ invoicesAggregate { count } }`, nil).want(map[string]string{
		"data.invoicesAggregate": "null", "errors.0.extensions.code": "BAD_USER_INPUT", "errors.0.extensions.argument": "where",
		"errors.0.message": "There are more than 100000 rows to add up: ask for fewer.",
	})
	s.call(`{ invoicesAggregate(where: {id: {in: ["Invoice:1", "Invoice:2"]}}, groupBy: [PARTY]) { count groups { partyId } } }`, nil).
		want(map[string]string{"data.invoicesAggregate.count": "2", "data.invoicesAggregate.groups": `[{"partyId":"Person:2"},{"partyId":"Person:3"}]`})
	s.call(`{ invoicesAggregate(groupBy: PARTY) { count } }`, nil).want(map[string]string{
		"data.invoicesAggregate": "null", "errors.0.extensions.code": "BAD_USER_INPUT", "errors.0.extensions.argument": "groupBy",
	})
	s.must(`{ invoicesAggregate(where: {not: {id: {in: ["Invoice:1"]}}}) { count } }`, nil).want(map[string]string{"data.invoicesAggregate.count": "100000"})
}
