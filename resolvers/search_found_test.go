package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"daybook/internal/pgtest"
)

// longText is a text of so many bytes, each word another one.
func longText(name string, bytes int) string {
	var text strings.Builder
	for i := uint32(1); text.Len() < bytes; i++ {
		fmt.Fprintf(&text, "%s%x ", name, i*2654435761)
	}
	return strings.TrimSpace(text.String()[:bytes])
}

// Whatever is accepted is found, by its first words and by its last.
func TestSearchFindsLongTexts(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	s.shop()
	memo := func(name string) string { return "Start" + name + " " + longText(name, 9_900) + " end" + name }
	items := make([]string, 100)
	for i := range items {
		items[i] = longText(fmt.Sprintf("i%d", i), 1_990)
	}
	items[0] = strings.Repeat("𠀀", 3_000) + " enditem" // a word of 12 000 bytes
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO canonical.money_entries (organization_id, id, kind, account_id, money_account_id, occurred_on, currency, amount, memo)
			SELECT $1, e.id, e.kind, (SELECT min(id) FROM canonical.accounts WHERE organization_id = $1 AND type = e.kind), money.id, '2026-01-01', 'AUD', 100, e.memo
			FROM canonical.accounts AS money, (VALUES (1, 'income', $2), (2, 'expense', $3)) AS e (id, kind, memo)
			WHERE money.organization_id = $1 AND money.system_role = 'cash'`, []any{memo("income"), memo("expense")}},
		{`INSERT INTO canonical.transfers (organization_id, id, from_account_id, to_account_id, occurred_on, currency, amount, memo)
			SELECT $1, 1, min(id), max(id), '2026-01-01', 'AUD', 100, $2 FROM canonical.accounts WHERE organization_id = $1`, []any{memo("transfer")}},
		{`INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price)
			SELECT $1, 2, 1 + line, description, 1, 100 FROM unnest($2::text[]) WITH ORDINALITY AS item (description, line)`, []any{items}},
	} {
		if _, err := s.pool.Exec(t.Context(), insert.sql, append([]any{s.organizationID}, insert.args...)...); err != nil {
			t.Fatal(err)
		}
	}
	for _, stored := range []bool{false, true} {
		if stored {
			s.refreshed()
		}
		for q, kind := range map[string]string{
			"startincome": "INCOME", "endincome": "INCOME", "startexpense": "EXPENSE", "endexpense": "EXPENSE", "starttransfer": "TRANSFER", "endtransfer": "TRANSFER",
			"enditem": "CREDIT_NOTE", strings.Repeat("𠀀", 1_000): "CREDIT_NOTE", "i1" + fmt.Sprintf("%x", uint32(2654435761)): "CREDIT_NOTE",
		} {
			t.Run(kind, func(t *testing.T) {
				s := s.in(t)
				titles, a := s.finds(q)
				a.want(map[string]string{"data.search.nodes.0.kind": kind, "data.search.misspelt": "false", "data.search.totalCount": "1"})
				if utf8.RuneCountInString(titles[0]) > 200 {
					t.Errorf("%s has a title of %d bytes", kind, len(titles[0]))
				}
			})
		}
	}
	var left, failed int
	err := s.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM marks.search_documents), (SELECT count(*) FROM engine.quarantine)`).Scan(&left, &failed)
	if err != nil || left != 0 || failed != 0 {
		t.Errorf("%d marks are left and %d rows failed: %v", left, failed, err)
	}
}

// The texts that take the most room still have all their words among the terms.
func TestSearchLimits(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	var terms, whole int
	err := tx.QueryRow(t.Context(), `
		WITH most AS (SELECT string_agg(chr(131072 + g % 42000) || CASE WHEN g > 42000 THEN chr(131072 + g / 42000) ELSE '' END, ' ') AS text FROM generate_series(0, 199999) AS g)
		SELECT count(*), count(*) FILTER (WHERE term.lexeme ~ '^99999999999/(:Invoice|=[^/]+|[^/ ]{1,2})$')
		FROM most, unnest(canonical.search_terms(99999999999, 'Invoice', canonical.search_lexemes(
			reverse(left(text, 200000)), reverse(left(text, 150000)), reverse(left(text, 100000)), text, ARRAY['=' || repeat('𠀀', 200)]))) AS term`).Scan(&terms, &whole)
	if err != nil || terms < 45_000 || whole != terms {
		t.Errorf("%d terms, of which %d are whole: %v", terms, whole, err)
	}
}

// A sale is found by its receipt's number, before all others, page by page; and not by what it sold where nobody knows that.
func TestSearchReceipts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var sold []string
	for _, name := range []string{"Norwood", "Unley", "Glenelg"} {
		store := s.made("storeCreate", `mutation($n: String) { storeCreate(input: {name: $n, externalRef: $n}) { record { id } userErrors { path } } }`, variables{"n": name})
		sold = append(sold, s.sell(store, sale("2026-03-06T04:00:00Z", "10", "externalRef", "R-1001"), sale("2026-03-06T04:00:00Z", "10"))[0])
	}
	s.must(`mutation { storeCreate(input: {name: "Outlet", externalRef: "R 1001"}) { record { id } } }`, nil)
	s.must(`mutation($id: ID!) { saleVoid(id: $id) { userErrors { path } } }`, variables{"id": sold[1]})
	for range 2 {
		var found []string
		var after any
		for range 10 {
			a := s.must(`query($after: String) { search(q: "r-1001", first: 2, after: $after) { misspelt totalCount facets { kind count } pageInfo { hasNextPage endCursor }
				nodes { kind title archived foundIn canonical { id } } } }`, variables{"after": after})
			a.want(map[string]string{"data.search.totalCount": "4", "data.search.misspelt": "false", "data.search.facets": `[{"count":3,"kind":"SALE"},{"count":1,"kind":"STORE"}]`})
			for i := 0; a.at(fmt.Sprintf("data.search.nodes.%d", i)) != nil; i++ {
				found = append(found, a.text(fmt.Sprintf("data.search.nodes.%d.canonical.id", i)))
			}
			if len(found) == 2 {
				a.want(map[string]string{"data.search.nodes.0.title": "Sale R-1001", "data.search.nodes.0.foundIn": `["TITLE","REFERENCE"]`, "data.search.nodes.1.archived": "true"})
			}
			if a.text("data.search.pageInfo.hasNextPage") == "false" {
				break
			}
			after = a.text("data.search.pageInfo.endCursor")
		}
		if want := append(slices.Clone(sold), "Store:4"); !slices.Equal(found, want) {
			t.Errorf("found %v, want %v", found, want)
		}
		s.must(`{ search(q: "R-100") { nodes { kind } } only: search(q: "R-1001", kinds: [SALE]) { totalCount nodes { kind } } no: search(q: "R-1001", kinds: [PERSON]) { misspelt nodes { kind } } }`, nil).
			want(map[string]string{"data.search.nodes": `[{"kind":"STORE"}]`, "data.only.totalCount": "3",
				"data.only.nodes": `[{"kind":"SALE"},{"kind":"SALE"},{"kind":"SALE"}]`, "data.no": `{"misspelt":false,"nodes":[]}`})
		s.refreshed()
	}
}

// kinds choose from what is found; what is found, and how, does not depend on them.
func TestSearchKinds(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) VALUES ($1, 2, '½', 'Lovelance rack', 100, 'AUD')`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q, misspelt string
		kinds       []string
	}{
		{"lovelace", "false", []string{"PRODUCT"}},
		{"lov ad", "false", []string{"STORE", "PRODUCT"}}, // two beginnings
		{"INV-", "false", []string{"INCOME"}},
		{"lovelcae", "true", []string{"STORE"}},
	} {
		t.Run(c.q, func(t *testing.T) {
			s := s.in(t)
			_, all := s.finds(c.q)
			titles, some := s.finds(c.q, variables{"kinds": c.kinds})
			some.want(map[string]string{"data.search.misspelt": c.misspelt, "data.search.totalCount": "0"})
			if diff := cmp.Diff(all.at("data.search.facets"), some.at("data.search.facets")); diff != "" || len(titles) != 0 {
				t.Errorf("%q of %v finds %v, and the facets change (-all +some):\n%s", c.q, c.kinds, titles, diff)
			}
		})
	}
	_, a := s.finds("½")
	a.want(map[string]string{"data.search.nodes.0.title": "Lovelance rack", "data.search.nodes.0.foundIn": `["NUMBER"]`})
	if titles, _ := s.finds("12"); slices.Contains(titles, "Lovelance rack") {
		t.Errorf("12 finds what has the number ½: %v", titles)
	}
}

// Typing errors are made up for in every text.
func TestSearchMisspelt(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	for q, title := range map[string]string{"5045 glenelgg": "Zoë Strauß", "springg": "Invoice INV-0042", "chairr": "Credit note (draft)", "takngs": "Till room"} {
		t.Run(q, func(t *testing.T) {
			s := s.in(t)
			titles, a := s.finds(q)
			a.want(map[string]string{"data.search.misspelt": "true"})
			if !slices.Contains(titles, title) {
				t.Errorf("%q finds %q, not %q", q, titles, title)
			}
		})
	}
}

// What is marked is what a record was found by.
func TestSearchMarks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO canonical.people (organization_id, id, given_name, family_name, email, is_customer) VALUES ($1, 9, 'Al', 'Poe', 'alice@poems.example', true)`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ q, foundIn, snippet string }{
		{"42", `["NUMBER"]`, "[INV-0042]"},
		{"INV0042", `["NUMBER"]`, "[INV-0042]"},
		{"4 2", `["NUMBER"]`, "[INV-0042]"},
		{"inv-0042", `["TITLE","NUMBER"]`, "Invoice [INV]-[0042]"},
		{"crm77", `["REFERENCE"]`, "[CRM/77]"},
		{"al poe", `["TITLE","CONTACT"]`, "[Al] [Poe]"},
		{"poe al", `["TITLE","CONTACT"]`, "[Al] [Poe]"},
		{"al poems", `["TITLE","CONTACT"]`, "[Al] Poe"},
		{"ali po", `["TITLE","CONTACT"]`, "[alice]@[poems].example"}, // all are beginnings
	} {
		t.Run(c.q, func(t *testing.T) {
			s := s.in(t)
			_, a := s.finds(c.q)
			got := ""
			for i := 0; a.at(fmt.Sprintf("data.search.nodes.0.snippet.%d", i)) != nil; i++ {
				text := a.text(fmt.Sprintf("data.search.nodes.0.snippet.%d.text", i))
				if a.text(fmt.Sprintf("data.search.nodes.0.snippet.%d.highlighted", i)) == "true" {
					text = "[" + text + "]"
				}
				got += text
			}
			if foundIn := a.text("data.search.nodes.0.foundIn"); got != c.snippet || foundIn != c.foundIn {
				t.Errorf("%q is found in %s: %s; want %s: %s", c.q, foundIn, got, c.foundIn, c.snippet)
			}
		})
	}
}

// A cursor is one of its question.
func TestSearchCursors(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	for _, q := range []string{"ada", "lovelcae", "lov ad", ""} {
		_, a := s.finds(q, variables{"first": 1})
		after := a.at("data.search.pageInfo.endCursor")
		s.finds(q, variables{"after": after})
		s.call(searching, variables{"q": "oak", "after": after}).want(map[string]string{
			"errors.0.extensions.code": "BAD_USER_INPUT", "errors.0.message": "after is not a cursor of this search",
		})
	}
}
