package resolvers_test

import (
	"fmt"
	"slices"
	"testing"
)

// Sales are found by the products of their lines, behind all other records and the latest first, page by page; each once, also where its
// receipt's number is asked for.
func TestSearchSold(t *testing.T) {
	t.Parallel()
	s := serve(t)
	kettle, lamp := s.product("Copper kettle"), s.product("Kettle lamp")
	other := s.product("Rope")
	store := s.made("storeCreate", `mutation { storeCreate(input: {name: "Unley"}) { record { id } userErrors { path } } }`, nil)
	of := func(row variables, products ...string) variables {
		var lines []variables
		for _, product := range products {
			lines = append(lines, variables{"productId": product, "unitPrice": "5", "taxRateIds": []string{}})
		}
		row["lines"] = lines
		return row
	}
	sold := s.sell(store,
		of(sale("2026-03-06T04:00:00Z", "5"), kettle), of(sale("2026-03-06T05:00:00Z", "10", "externalRef", "Kettle"), kettle, lamp),
		of(sale("2026-03-06T06:00:00Z", "5"), other), sale("2026-03-06T07:00:00Z", "5"), of(sale("2026-03-06T08:00:00Z", "5"), lamp))
	const query = `query($q: String!, $after: String, $kinds: [SearchKind!]) { search(q: $q, first: 2, after: $after, kinds: $kinds) { misspelt totalCount
		facets { kind count } pageInfo { hasNextPage endCursor } nodes { kind title foundIn score canonical { id } } } }`
	all := func(q string, kinds any) (found []string, last answer) {
		t.Helper()
		var after any
		for range 10 {
			last = s.must(query, variables{"q": q, "after": after, "kinds": kinds})
			for i := 0; last.at(fmt.Sprintf("data.search.nodes.%d", i)) != nil; i++ {
				found = append(found, last.text(fmt.Sprintf("data.search.nodes.%d.canonical.id", i)))
			}
			if last.text("data.search.pageInfo.hasNextPage") == "false" {
				break
			}
			after = last.text("data.search.pageInfo.endCursor")
		}
		return found, last
	}
	for range 2 {
		for _, c := range []struct {
			q     string
			kinds any
			want  []string
		}{
			{"copper", nil, []string{kettle, sold[1], sold[0]}},
			{"kettle", []string{"SALE"}, []string{sold[1], sold[4], sold[0]}}, // a receipt's number, and what others sold
			{"lam", nil, []string{lamp, sold[4], sold[1]}},
			{"coper", []string{"SALE", "INVOICE"}, []string{sold[1], sold[0]}},
			{"rope", []string{"PRODUCT"}, []string{other}},
		} {
			found, last := all(c.q, c.kinds)
			if !slices.Equal(found, c.want) {
				t.Errorf("%s finds %v, want %v", c.q, found, c.want)
			}
			if c.q == "copper" {
				last.want(map[string]string{"data.search.totalCount": "3", "data.search.facets": `[{"count":2,"kind":"SALE"},{"count":1,"kind":"PRODUCT"}]`,
					"data.search.nodes.0.title": "Sale of 2026-03-06", "data.search.nodes.0.foundIn": `["ITEMS"]`, "data.search.nodes.0.score": "0"})
			}
			if misspelt := last.text("data.search.misspelt"); misspelt != fmt.Sprint(c.q == "coper") {
				t.Errorf("%s: misspelt is %s", c.q, misspelt)
			}
		}
		s.refreshed()
	}
}
