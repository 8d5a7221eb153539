package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// idPlace is somewhere in the arguments of a root field that takes an id.
type idPlace struct {
	root     string // query or mutation
	field    *ast.FieldDefinition
	argument *ast.ArgumentDefinition
	// path leads from the argument's value to the id, through input objects; a list on the way has one element.
	path []string
}

// String is what errors call the place.
func (p idPlace) String() string {
	return strings.Join(append([]string{p.field.Name, p.argument.Name}, p.path...), ".")
}

// placesOf lists the places of all ids in the arguments of a type's fields, those in lists of inputs too.
func placesOf(schema *ast.Schema, root string, typ *ast.Definition) (places []idPlace) {
	for _, field := range typ.Fields {
		for _, argument := range field.Arguments {
			for _, path := range idPaths(schema, argument.Type.Name(), nil) {
				places = append(places, idPlace{root, field, argument, path})
			}
		}
	}
	return places
}

// idPaths lists the paths to the ids in a value of the type, which lies within values of other types. One that lies within itself
// has no others there.
func idPaths(schema *ast.Schema, typ string, path []string, within ...string) (paths [][]string) {
	if typ == "ID" {
		return [][]string{slices.Clone(path)}
	}
	if definition := schema.Types[typ]; definition.Kind == ast.InputObject && !slices.Contains(within, typ) {
		for _, field := range definition.Fields {
			paths = append(paths, idPaths(schema, field.Type.Name(), append(path, field.Name), append(within, typ)...)...)
		}
	}
	return paths
}

// with returns the least value of the type that has the id at the path.
func with(schema *ast.Schema, typ *ast.Type, path []string, id string) any {
	if typ.Elem != nil {
		return []any{with(schema, typ.Elem, path, id)}
	}
	if len(path) == 0 {
		return id
	}
	whole := least(schema, &ast.Type{NamedType: typ.NamedType, NonNull: true}).(map[string]any)
	whole[path[0]] = with(schema, schema.Types[typ.NamedType].Fields.ForName(path[0]).Type, path[1:], id)
	return whole
}

// TestIdsOfOthers tries, in every place of the schema that takes an id, every id of another organization, ids of the wrong
// type, and ids that are none. Nothing of the other organization is answered or changed, whichever is tried; nothing is
// accepted in a mutation's own id, and no server's fault shows.
func TestIdsOfOthers(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	const secret = "Quixotic"
	other := s.organization("Other")
	ids := s.records(other, secret)
	before := s.checksum(other.organizationID)
	hostile := []string{"", "x", "Person", "Person:", "Person:0", "Person:-1", "Person:9223372036854775808", "Person:1:1", "Nothing:1", "Person:1'", "Person:1\u0000", strings.Repeat("x", 10_000)}
	own := s.person("Ada")
	places := append(placesOf(s.schema(), "query", s.schema().Query), placesOf(s.schema(), "mutation", s.schema().Mutation)...)
	requests, refused := 0, 0
	for _, p := range places {
		tried := append(slices.Collect(maps.Values(ids)), append(hostile, own)...)
		for _, id := range tried {
			requests++
			a := s.tryID(p, id)
			text := a.String()
			if strings.Contains(text, secret) {
				t.Errorf("%s with %q shows another organization's record: %s", p, id, text)
			}
			if strings.Contains(text, `"INTERNAL"`) || strings.Contains(text, `"UNAVAILABLE"`) {
				t.Errorf("%s with %.50q: %s", p, id, text)
			}
			if a.at("errors") != nil || strings.Contains(text, `"code"`) {
				refused++
			}
			if p.root == "mutation" && id != own && p.argument.Name == "id" && a.at("data.it.record") != nil {
				t.Errorf("%s with %.50q was accepted: %s", p, id, text)
			}
		}
	}
	if after := s.checksum(other.organizationID); after != before {
		t.Error("another organization's rows have changed")
	}
	if len(places) < 150 {
		t.Errorf("only %d places were found", len(places))
	}
	t.Logf("%d requests to %d places with ids of %d kinds: %d refused", requests, len(places), len(ids), refused)
}

// schema is the schema that callers see.
func (s *service) schema() *ast.Schema { return resolvers.NewSchema(resolvers.Config{}).Schema() }

// tryID sends the least request that has the id at the place, and selects an id and a name of the answer where it has them.
func (s *service) tryID(p idPlace, id string) answer {
	s.t.Helper()
	schema := s.schema()
	var declared, passed []string
	vars := variables{}
	for _, a := range p.field.Arguments {
		switch {
		case a.Name == p.argument.Name:
			vars[a.Name] = with(schema, a.Type, p.path, id)
		case a.Type.NonNull:
			vars[a.Name] = least(schema, a.Type)
		default:
			continue
		}
		declared, passed = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(passed, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	document := p.root + "(" + strings.Join(declared, ", ") + ") { it: " + p.field.Name + "(" + strings.Join(passed, ", ") + ")" + shallow(schema, p.field.Type.Name(), 2) + " }"
	return s.call(document, vars)
}

// shallow selects all fields of a type that need no argument, and what they have down to a depth.
func shallow(schema *ast.Schema, typ string, depth int) string {
	definition := schema.Types[typ]
	if definition.IsLeafType() {
		return ""
	}
	selected := []string{"__typename"}
	for _, field := range definition.Fields {
		inner := schema.Types[field.Type.Name()]
		needs := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
		if strings.HasPrefix(field.Name, "__") || needs || depth == 0 && !inner.IsLeafType() || strings.HasSuffix(inner.Name, "Edge") || field.Name == "history" {
			continue
		}
		selected = append(selected, field.Name+shallow(schema, inner.Name, depth-1))
	}
	return " { " + strings.Join(selected, " ") + " }"
}

// records makes a record of every kind that the caller's organization can have, with a text that nobody else has, and returns
// their ids by type.
func (s *service) records(c caller, text string) map[string]string {
	s.t.Helper()
	party := c.made("personCreate", `mutation($n: String) { personCreate(input: {givenName: $n, isCustomer: true, isVendor: true, isStaff: true, addresses: [{street: $n, suburb: $n, postcode: "5000", country: "AU"}]}) { record { id } } }`, variables{"n": text})
	shop := c.made("storeCreate", `mutation($n: String) { storeCreate(input: {name: $n}) { record { id } } }`, variables{"n": text})
	income, expense, transfer := s.money(c)
	ids := map[string]string{
		"Person": party, "Store": shop, "Income": income, "Expense": expense, "Transfer": transfer, "Account": s.account(c, "1000"),
		"Invoice": c.approve(c.draft(party, "5")), "Bill": c.bill(party, "5"), "CreditNote": c.creditNote(party, "5"),
		"VendorCreditNote": c.vendorCreditNote(party, "5"), "TaxRate": c.taxRate(text), "Product": c.product(text),
		"Channel":      c.made("channelCreate", `mutation($n: String) { channelCreate(input: {name: $n}) { record { id } } }`, variables{"n": text}),
		"Payment":      c.made("paymentRecord", `mutation($c: ID!, $n: String) { paymentRecord(input: {customerId: $c, amount: 1, reference: $n}) { record { id } } }`, variables{"c": party, "n": text}),
		"Shift":        c.made("shiftCreate", `mutation($s: ID!, $n: String) { shiftCreate(input: {storeId: $s, note: $n, startsAt: "2026-03-01T09:00:00Z", endsAt: "2026-03-01T17:00:00Z"}) { record { id } } }`, variables{"s": shop, "n": text}),
		"FxRate":       c.made("fxRateSet", `mutation { fxRateSet(input: {currency: "EUR", rate: 2}) { record { id } } }`, nil),
		"Organization": c.must(`{ viewer { organization { id } } }`, nil).text("data.viewer.organization.id"),
		"Member":       c.made("memberCreate", `mutation($n: String, $e: String) { memberCreate(input: {email: $e, name: $n, role: READER}) { record { id } } }`, variables{"n": text, "e": text + "@example.com"}),
		"Token":        c.made("tokenCreate", `mutation($n: String) { tokenCreate(input: {name: $n}) { record { id } } }`, variables{"n": text}),
	}
	ids["Till"] = c.till(shop, text)
	ids["TillSession"] = c.open(ids["Till"])
	ids["DayClose"] = c.post(shop)
	ids["Sale"] = c.must(`mutation($s: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-03-01T09:00:00Z", amount: 1}]}) { ids } }`, variables{"s": shop}).text("data.salesRecord.ids.0")
	ids["JournalEntry"] = c.must(`{ journalEntries(first: 1) { nodes { id } } }`, nil).text("data.journalEntries.nodes.0.id")
	ids["AuditEvent"] = c.must(`{ auditLog(first: 1) { nodes { id } } }`, nil).text("data.auditLog.nodes.0.id")
	ids["Address"] = c.must(`query($p: ID!) { person(id: $p) { addresses { id } } }`, variables{"p": party}).text("data.person.addresses.0.id")
	ids["DocumentItem"] = c.must(`query($i: ID!) { invoice(id: $i) { items { id } } }`, variables{"i": ids["Invoice"]}).text("data.invoice.items.0.id")
	return ids
}

// checksum is one of all canonical rows of an organization.
func (s *service) checksum(organization int64) (sum string) {
	s.t.Helper()
	rows, _ := s.pool.Query(s.t.Context(), `SELECT table_name::text FROM information_schema.columns
		WHERE table_schema = 'canonical' AND column_name = 'organization_id' AND table_name NOT IN ('api_tokens', 'idempotency_keys') ORDER BY 1`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	for _, table := range tables {
		var hash *string
		err := s.pool.QueryRow(s.t.Context(), `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM canonical.`+table+` AS t WHERE organization_id = $1`, organization).Scan(&hash)
		if err != nil {
			s.t.Fatal(err)
		}
		if hash != nil {
			sum += table + " " + *hash + "\n"
		}
	}
	return sum
}
