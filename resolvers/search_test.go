package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

const searching = `query($q: String!, $kinds: [SearchKind!], $first: Int, $after: String) { search(q: $q, kinds: $kinds, first: $first, after: $after) {
	nodes { kind title canonical { __typename } snippet { text highlighted } foundIn score archived }
	edges { cursor } pageInfo { hasNextPage endCursor } totalCount facets { kind count } misspelt } }`

// finds searches and returns the titles of what was found, and the answer.
func (c caller) finds(q string, vars ...variables) ([]string, answer) {
	c.t.Helper()
	arguments := variables{"q": q}
	for _, v := range vars {
		for name, value := range v {
			arguments[name] = value
		}
	}
	a := c.must(searching, arguments)
	titles := []string{}
	for i := 0; a.at(fmt.Sprintf("data.search.nodes.%d", i)) != nil; i++ {
		titles = append(titles, a.text(fmt.Sprintf("data.search.nodes.%d.title", i)))
	}
	return titles, a
}

// shop fills an organization with something of every kind but bills and transfers.
func (s *service) shop() {
	s.t.Helper()
	for _, sql := range []string{
		`INSERT INTO canonical.people (organization_id, id, given_name, family_name, email, is_customer, external_ref) VALUES
			($1, 1, 'Ada', 'Lovelace', 'ada@engines.example', true, 'CRM/77'), ($1, 2, 'Zoë', 'Strauß', NULL, true, NULL), ($1, 3, 'Adam', 'Smith', NULL, true, NULL)`,
		`INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES ($1, 2, 1, '9 Lovelace Lane', 'Glenelg', '5045', 'AU')`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES ($1, 1, 'Glenelg Jetty', 'Australia/Adelaide')`,
		`INSERT INTO canonical.channels (organization_id, id, name, description) VALUES ($1, 1, 'Till room', 'takings of the jetty')`,
		`INSERT INTO canonical.products (organization_id, id, sku, name, description, unit_price, currency) VALUES ($1, 1, 'TBL-01', 'Oak table', 'Seats six adults', 100, 'AUD')`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency, memo) VALUES
			($1, 1, 'invoice', 1, '2026-03-01', '2026-03-31', 'AUD', 'spring order'), ($1, 2, 'credit_note', 2, '2026-03-01', '2026-03-31', 'AUD', '')`,
		`INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price) VALUES ($1, 1, 1, 'Oak table, oiled', 1, 100), ($1, 2, 1, 'Returned chair', 1, 100)`,
		`UPDATE canonical.documents SET state = 'approved', number = 'INV-0042', number_value = 42, approved_at = now() WHERE organization_id = $1 AND id = 1`,
	} {
		if _, err := s.pool.Exec(s.t.Context(), sql, s.organizationID); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	for _, stored := range []bool{false, true} {
		if stored {
			s.refreshed()
		}
		for q, want := range map[string][]string{
			"ada lovelace":           {"Ada Lovelace", "Invoice INV-0042"},
			"LOVELACE":               {"Ada Lovelace", "Invoice INV-0042", "Zoë Strauß"}, // title, party, address
			"zoe strauss":            {"Zoë Strauß", "Credit note (draft)"},
			"ada":                    {"Ada Lovelace", "Adam Smith", "Invoice INV-0042"}, // the title, its beginning, the party
			"INV-0042":               {"Invoice INV-0042"},
			"inv0042":                {"Invoice INV-0042"},
			"42":                     {"Invoice INV-0042", "Credit notes and returns"}, // the very number, then account 4200
			"tbl-01":                 {"Oak table"},
			"crm/77":                 {"Ada Lovelace"},
			"jetty":                  {"Glenelg Jetty", "Till room"},
			"oak":                    {"Oak table", "Invoice INV-0042"},
			"spring oiled ada":       {"Invoice INV-0042"}, // each word in another field
			"engines.example":        {"Ada Lovelace"},
			"lov ad":                 {"Ada Lovelace", "Invoice INV-0042"}, // two beginnings
			"5045":                   {"Zoë Strauß"},
			"lovelcae":               {"Ada Lovelace"}, // no such word: the most alike
			"nothing of the kind":    {},
			"ada & !lovelace | (:*)": {"Ada Lovelace", "Invoice INV-0042"},
		} {
			t.Run(q, func(t *testing.T) {
				s := s.in(t)
				got, a := s.finds(q)
				if q == "lovelcae" {
					a.want(map[string]string{"data.search.misspelt": "true"})
					got = got[:1]
				} else {
					a.want(map[string]string{"data.search.misspelt": "false"})
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("stored %v: %q finds (-want +got):\n%s", stored, q, diff)
				}
			})
		}
	}
	_, a := s.finds("oiled oak")
	a.want(map[string]string{
		"data.search.nodes.0.foundIn":              `["ITEMS"]`,
		"data.search.nodes.0.snippet":              `[{"highlighted":true,"text":"Oak"},{"highlighted":false,"text":" table, "},{"highlighted":true,"text":"oiled"}]`,
		"data.search.nodes.0.canonical.__typename": "Invoice",
		"data.search.nodes.0.kind":                 "INVOICE",
	})
	_, a = s.finds("lovelace", variables{"kinds": []string{"PERSON"}})
	a.want(map[string]string{
		"data.search.totalCount": "2", "data.search.nodes.2": "null",
		"data.search.facets": `[{"count":2,"kind":"PERSON"},{"count":1,"kind":"INVOICE"}]`,
	})
	got, _ := s.finds("ada", variables{"kinds": []string{"INVOICE", "PERSON", "STORE"}, "first": 2})
	if diff := cmp.Diff([]string{"Ada Lovelace", "Adam Smith"}, got); diff != "" {
		t.Errorf("ada of three kinds (-want +got):\n%s", diff)
	}
}

// What one organization's records are looked up by, another's questions never meet.
func TestSearchTerms(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	for _, c := range []struct {
		organization int64
		types        []string
		query        string
		want         bool
	}{
		{7, nil, "'ad':* & 'love'", true},
		{7, []string{}, "'=crm77'", true},
		{7, []string{"Store", "Person"}, "'ada' & 'love'", true},
		{7, []string{"Store"}, "'ada'", false},
		{7, nil, "'person':*", false}, // the type is no word
		{7, nil, "'ad'", false},
		{77, nil, "'ada'", false},
		{1, []string{"Person"}, "'a':*", false},
	} {
		t.Run(c.query, func(t *testing.T) {
			var got bool
			err := tx.QueryRow(t.Context(), `SELECT canonical.search_terms(7, 'Person', canonical.search_lexemes('Ada Love', '', '', '', ARRAY['=crm77'])) @@ canonical.search_terms($1, $2::text[], $3::tsquery)`,
				c.organization, c.types, c.query).Scan(&got)
			if err != nil || got != c.want {
				t.Errorf("%s of %v in organization %d: found %v, %v", c.query, c.types, c.organization, got, err)
			}
		})
	}
}

// Pages of a search, and of everything, are the whole list without gaps.
func TestSearchPages(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	s.shop()
	for _, c := range []struct {
		q    string
		vars variables
	}{{"ada", nil}, {"", nil}, {"  -- ", nil}, {"lovelcae", nil}, {"", variables{"kinds": []string{"ACCOUNT", "PERSON"}}}} {
		t.Run(c.q, func(t *testing.T) {
			s := s.in(t)
			whole, a := s.finds(c.q, c.vars, variables{"first": 200})
			if len(whole) == 0 || a.text("data.search.totalCount") != fmt.Sprint(len(whole)) {
				t.Errorf("%q finds %d records and counts %s", c.q, len(whole), a.text("data.search.totalCount"))
			}
			var walked []string
			for after := any(nil); ; {
				titles, page := s.finds(c.q, c.vars, variables{"first": 2, "after": after})
				walked = append(walked, titles...)
				after = page.at("data.search.pageInfo.endCursor")
				if page.text("data.search.pageInfo.hasNextPage") != "true" {
					break
				}
			}
			if diff := cmp.Diff(whole, walked); diff != "" {
				t.Errorf("%q page by page (-whole +walked):\n%s", c.q, diff)
			}
		})
	}
	for _, after := range []string{"", "x", strings.Repeat("A", 5000)} {
		s.call(searching, variables{"q": "ada", "after": after}).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	}
	s.call(searching, variables{"q": "ada", "first": 201}).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
}

// Another organization's records are not found.
func TestSearchStaysInside(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	other := s.organization("Others")
	if titles, _ := other.finds("lovelace"); len(titles) != 0 {
		t.Errorf("found %v of another organization", titles)
	}
}

// A change is worked on for exactly the records in which it can be seen, and one that no record shows for none.
func TestSearchRefreshesWhatChanged(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.shop()
	s.refreshed()
	for _, c := range []struct {
		sql          string
		keys, stored int64
	}{
		{"UPDATE canonical.people SET family_name = 'Byron' WHERE id = 1", 1, 1},                // the person; the invoice is approved
		{"UPDATE canonical.people SET family_name = 'Keller' WHERE id = 2", 2, 2},               // the person, the draft of a credit note
		{"UPDATE canonical.people SET email = 'a@b.example' WHERE id = 2", 2, 1},                // looked at both; the credit note shows no e-mail
		{"UPDATE canonical.addresses SET suburb = 'Glenelg North' WHERE person_id = 2", 1, 1},   // the person, not the credit note
		{"UPDATE canonical.people SET date_of_birth = '1815-12-10', is_vendor = true", 0, 0},    // nobody is found by these
		{"UPDATE canonical.products SET unit_price = 5", 0, 0},                                  //
		{"UPDATE canonical.documents SET due_on = due_on + 1", 0, 0},                            //
		{"UPDATE canonical.document_items SET quantity = 2 WHERE document_id = 2", 0, 0},        //
		{"UPDATE canonical.documents SET memo = 'thanks' WHERE id = 2", 1, 1},                   // under its own type alone
		{"UPDATE canonical.accounts SET name = 'Petty cash' WHERE system_role = 'cash'", 1, 1},  //
		{"UPDATE canonical.people SET given_name = given_name WHERE organization_id > 0", 0, 0}, //
	} {
		t.Run(c.sql, func(t *testing.T) {
			s := s.in(t)
			if _, err := s.pool.Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			stats, err := s.engine.Refresh(t.Context(), "search_documents", 1<<40)
			if err != nil {
				t.Fatal(err)
			}
			if stats.Keys != c.keys || stats.Stored != c.stored {
				t.Errorf("%s: %d keys recomputed, %d stored; want %d and %d", c.sql, stats.Keys, stats.Stored, c.keys, c.stored)
			}
		})
	}
}

// TestSearchPlans asks questions that few records answer among many: each reads little, by its index.
func TestSearchPlans(t *testing.T) {
	t.Parallel()
	pgtest.Long(t)
	s := serve(t)
	given, family := s.fillSearch(40_000)
	admin := pgtest.Superuser(t, s.pool)
	for _, sql := range []string{ // with many small organizations beside it, any one seems small to a plan for all
		`SET session_replication_role = replica`,
		`INSERT INTO projection.search_documents SELECT (json_populate_record(d, json_build_object('organization_id', 1000 + small))).*
			FROM projection.search_documents AS d, generate_series(1, 3000) AS small WHERE d.canonical_type = 'Person' AND d.canonical_id <= 10`,
		`VACUUM ANALYZE projection.search_documents`,
	} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for index, vars := range map[string]variables{
		"terms": {"q": given[7] + " " + family[7]}, "spelling": {"q": family[7] + "zx"}, "title": {"q": ""}, "kind": {"q": "", "kinds": []string{"TRANSFER"}},
	} {
		statements := s.sql.recorded(func() {
			s.must(`query($q: String!, $kinds: [SearchKind!]) { search(q: $q, kinds: $kinds, first: 20) { nodes { title } } }`, vars)
		})
		used := false
		for _, statement := range statements {
			if !strings.Contains(statement.SQL, "search_documents") {
				continue
			}
			plan := s.explain(s.pool, statement)
			if excess := plan.excess(); excess != "" {
				t.Errorf("by the index of %s: %s", index, excess)
			}
			if strings.Contains(statement.SQL, "search_terms") {
				if excess := s.explainForAll(statement).excess(); excess != "" {
					t.Errorf("in a plan for all words and organizations: %s", excess)
				}
			}
			used = used || slices.ContainsFunc(plan.all(), func(n scan) bool { return n.Index == "search_documents_"+index+"_idx" })
		}
		if !used {
			t.Errorf("the index of %s is not used", index)
		}
	}
	// More records have the word than one statement ranks; the one that is called exactly so is among them.
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) VALUES ($1, 100000, 'INVOICE', 'Pad of forms', 1, 'AUD')`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.must(`{ search(q: "invoice", first: 5) { nodes { title } totalCount } }`, nil).want(map[string]string{
			"data.search.nodes.0.title": "Pad of forms", "data.search.nodes.5": "null", "data.search.totalCount": "10001",
		})
		// A kind of which there are few is counted beside one of which there are more.
		for _, q := range []string{"invoice", "invoicx"} {
			s.must(`query($q: String!) { search(q: $q, kinds: [PRODUCT]) { nodes { title } totalCount facets { kind count } } }`, variables{"q": q}).want(map[string]string{
				"data.search.nodes": `[{"title":"Pad of forms"}]`, "data.search.totalCount": "1", "data.search.facets": `[{"count":10000,"kind":"INVOICE"},{"count":1,"kind":"PRODUCT"}]`,
			})
		}
		s.refreshed()
	}
}

// explainForAll is explain with a plan that knows no argument.
func (s *service) explainForAll(statement pgx.TraceQueryStartData) scan {
	s.t.Helper()
	db := pgtest.Superuser(s.t, s.pool)
	for _, sql := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE explained AS " + statement.SQL} {
		if _, err := db.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatal(err)
		}
	}
	var literals []string
	for _, arg := range statement.Args {
		switch arg := arg.(type) {
		case *string:
			literals = append(literals, "'"+strings.ReplaceAll(*arg, "'", "''")+"'")
		case []string:
			literals = append(literals, fmt.Sprintf("'{%s}'", strings.Join(arg, ",")))
		default:
			literals = append(literals, fmt.Sprintf("'%v'", arg))
		}
	}
	return s.explain(db, pgx.TraceQueryStartData{SQL: "EXECUTE explained (" + strings.Join(literals, ", ") + ")"})
}

// FuzzSearch asks anything: a search is never an error, and never syntax.
func FuzzSearch(f *testing.F) {
	s := serve(f)
	s.shop()
	for _, q := range []string{"", "ada", "a:*", "'", `\`, "!!", "& |", "<->", "ada <2> b", "(((", "inv-0042'", "%_", "ß ŒÆ ı İ", "\u0301", "ﬁ", "１２", strings.Repeat("x ", 900), strings.Repeat("y", 3000), "1e5 0x1f -4.2 a@b.c http://x.y/z?q"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if !utf8.ValidString(q) || strings.ContainsRune(q, 0) {
			t.Skip("no text that GraphQL could carry")
		}
		if letters := []rune(q); len(letters) > 1000 { // longer texts are refused before any search
			q = string(letters[:1000])
		}
		in := s.caller
		in.t = t
		in.must(searching, variables{"q": q, "first": 3})
		in.must(searching, variables{"q": q, "first": 1, "kinds": []string{"PERSON", "INVOICE"}})
	})
}
