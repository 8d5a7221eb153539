package resolvers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/resolvers"
)

// crossing makes what is of the own store and touches the other: a payment and a credit note of the other on the store's invoice, and
// an invoice of the store with a line of the other.
func (s *shops) crossing() {
	s.t.Helper()
	vars := variables{"s": s.own, "o": s.other, "p": s.party, "t": elsewhere, "i": s.mine["Invoice"], "n": s.theirs["CreditNote"], "a": elsewhereAmount}
	s.made("paymentRecord", `mutation($o: ID, $p: ID!, $i: ID!, $t: String, $a: Decimal!) { paymentRecord(input: {customerId: $p, amount: $a, reference: $t, storeId: $o,
		allocations: [{invoiceId: $i, amount: "0.5"}]}) { record { id } userErrors { path code message } } }`, vars)
	s.made("creditNoteAllocate", `mutation($n: ID!, $i: ID!) { creditNoteAllocate(id: $n, allocations: [{invoiceId: $i, amount: "0.5"}]) { record { id } userErrors { path code message } } }`, vars)
	s.made("invoiceCreate", `mutation($s: ID, $o: ID, $p: ID!, $t: String) { invoiceCreate(input: {customerId: $p, storeId: $s, memo: "Local", items: [
		{description: "Local", unitPrice: 1}, {description: $t, unitPrice: "0.25", storeId: $o}]}) { record { id } userErrors { path code message } } }`, vars)
}

// compilable selects what members bound to stores may of a type, without anything that only gqlgen answers.
func compilable(schema *ast.Schema, typ string, depth int) string {
	selected := []string{"__typename"}
	for _, field := range schema.Types[typ].Fields {
		inner := schema.Types[field.Type.Name()]
		relation := slices.Contains(resolvers.Relations(), typ+"."+field.Name)
		switch {
		case len(field.Arguments) > 0 || !resolvers.ReadsBound(typ, field.Name) || slices.Contains(refusedTypes, inner.Name):
		case inner.IsLeafType() || inner.Name == "Money":
			selected = append(selected, field.Name+map[bool]string{true: " { amount }"}[inner.Name == "Money"])
		case relation && depth > 0 && inner.Kind == ast.Object:
			selected = append(selected, field.Name+compilable(schema, inner.Name, depth-1))
		}
	}
	return " { " + strings.Join(selected, " ") + " }"
}

// What compiled selections write of records and lists has nothing of other stores either, in relations too.
func TestBoundCompiled(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	schema, who := s.schema(), s.bound(model.RoleReader, "Norwood")
	written, requests := resolvers.WrittenFields.Load(), 0
	for range 2 {
		for typ, id := range s.mine {
			field := strings.ToLower(typ[:1]) + typ[1:]
			if schema.Query.Fields.ForName(field) == nil {
				continue
			}
			selection := compilable(schema, typ, 2)
			for _, mode := range []string{"auto", "exact", "stored"} {
				own := who.must(`query($id: ID!) { it: `+field+`(id: $id)`+selection+` }`, variables{"id": id}, "Daybook-Read", mode)
				own.want(map[string]string{"data.it.id": id})
				list := who.must(`{ it: `+field+`s(first: 5) { totalCount nodes`+selection+` } }`, nil, "Daybook-Read", mode)
				requests += 2
				for _, a := range []answer{own, list} {
					if secret := s.leaks(a); secret != "" {
						t.Fatalf("%s shows %s: %s", typ, secret, a)
					}
				}
				for _, hidden := range []string{s.theirs[typ], s.office[typ]} {
					if hidden != "" {
						who.must(`query($id: ID!) { it: `+field+`(id: $id)`+selection+` }`, variables{"id": hidden}, "Daybook-Read", mode).want(map[string]string{"data.it": "null"})
					}
				}
			}
		}
		s.refreshed()
	}
	if written = resolvers.WrittenFields.Load() - written; written < int64(requests)*9/10 || requests < 100 {
		t.Errorf("%d of %d answers were compiled", written, requests)
	}
}
