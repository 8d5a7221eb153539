package resolvers_test

import (
	"fmt"
	"strings"
	"testing"
)

const upsertPeople = `mutation($p: [PersonUpdateInput!]!, $e: BulkErrorPolicy! = ALL_OR_NOTHING, $k: String) {
	peopleUpsert(input: {people: $p, onError: $e}, idempotencyKey: $k) { created updated refused ids userErrors { path code } } }`

// Rows are told by their references: new people are created, known ones changed by what the row gives.
func TestPeopleUpsert(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.made("personCreate", `mutation { personCreate(input: {givenName: "Ada", email: "ada@example.com", externalRef: "CRM-1", addresses: [{street: "1 Main St", suburb: "Perth", postcode: "6000", country: "AU"}]}) { record { id } } }`, nil)
	rows := []map[string]any{
		{"externalRef": " CRM-1 ", "familyName": "Lovelace"},
		{"externalRef": "CRM-2", "givenName": "Eve", "isVendor": true, "addresses": []map[string]any{{"street": "2 Main St", "suburb": "Perth", "postcode": "6000", "country": "AU"}}},
	}
	vars := variables{"p": rows, "k": "first"}
	a := s.must(upsertPeople, vars)
	eve := a.text("data.peopleUpsert.ids.1")
	want := `{"created":1,"ids":["` + ada + `","` + eve + `"],"refused":0,"updated":1,"userErrors":[]}`
	a.want(map[string]string{"data.peopleUpsert": want})
	const read = `query($i: [ID!]!) { nodes(ids: $i) { ... on Person { fullName email version isVendor addresses { street } } } }`
	found := `[{"addresses":[{"street":"1 Main St"}],"email":"ada@example.com","fullName":"Ada Lovelace","isVendor":false,"version":2},` +
		`{"addresses":[{"street":"2 Main St"}],"email":null,"fullName":"Eve","isVendor":true,"version":1}]`
	s.must(read, variables{"i": []string{ada, eve}}).want(map[string]string{"data.nodes": found})
	// Under its key it is done once; without, it changes nothing.
	s.must(upsertPeople, vars).want(map[string]string{"data.peopleUpsert": want})
	rows[1]["givenName"] = "Eva"
	s.must(upsertPeople, vars).want(map[string]string{"data.peopleUpsert.userErrors": `[{"code":"KEY_REUSED","path":"idempotencyKey"}]`, "data.peopleUpsert.refused": "2"})
	rows[1]["givenName"] = "Eve"
	s.must(upsertPeople, variables{"p": rows}).want(map[string]string{"data.peopleUpsert.created": "0", "data.peopleUpsert.updated": "2"})
	s.must(read, variables{"i": []string{ada, eve}}).want(map[string]string{"data.nodes": strings.Replace(found, `"version":1`, `"version":2`, 1)}) // addresses without ids are new ones

	// Another organization has none of them.
	other := s.organization("Other")
	other.must(upsertPeople, variables{"p": rows[1:]}).want(map[string]string{"data.peopleUpsert.created": "1", "data.peopleUpsert.ids.0": other.must(`{ people { nodes { id } } }`, nil).text("data.people.nodes.0.id")})
	s.must(read, variables{"i": []string{eve}}).want(map[string]string{"data.nodes.0.version": "2"})
}

// All mistakes of all rows come together, and the policy says what becomes of the others.
func TestPeopleUpsertErrors(t *testing.T) {
	t.Parallel()
	s := serve(t)
	gone := s.made("personCreate", `mutation { personCreate(input: {givenName: "Gone", externalRef: "GONE"}) { record { id } } }`, nil)
	s.must(`mutation($p: ID!) { personArchive(id: $p) { userErrors { path } } }`, variables{"p": gone})
	vars := variables{"p": []map[string]any{
		{"externalRef": "A", "givenName": "Ada", "dateOfBirth": "2026-13-01", "addresses": []map[string]any{{"street": " ", "suburb": "Perth", "postcode": "6000", "country": "AU"}}},
		{"externalRef": "B", "givenName": "Eve"},
		{"givenName": "Nobody", "email": "x"},
		{"externalRef": "B", "givenName": "Eve again"},
		{"externalRef": "GONE", "givenName": "Back"},
		{"externalRef": nil},
	}}
	mistakes := `[{"code":"INVALID","path":"people.0.dateOfBirth"},{"code":"REQUIRED","path":"people.0.addresses.0.street"},{"code":"REQUIRED","path":"people.2.externalRef"},` +
		`{"code":"INVALID","path":"people.2.email"},{"code":"INVALID","path":"people.3.externalRef"},{"code":"STATE","path":"people.4.externalRef"},{"code":"REQUIRED","path":"people.5.externalRef"},` +
		`{"code":"REQUIRED","path":"people.5.givenName"}]`
	s.must(upsertPeople, vars).want(map[string]string{"data.peopleUpsert": `{"created":0,"ids":[],"refused":6,"updated":0,"userErrors":` + mistakes + `}`})
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "0"})
	vars["e"], vars["k"] = "SKIP_AND_REPORT", "some"
	for range 2 { // the second call is answered as the first was
		a := s.must(upsertPeople, vars)
		eve := a.text("data.peopleUpsert.ids.1")
		a.want(map[string]string{"data.peopleUpsert": `{"created":1,"ids":[null,"` + eve + `",null,null,null,null],"refused":5,"updated":0,"userErrors":` + mistakes + `}`})
	}
	s.must(`{ people { nodes { fullName } } }`, nil).want(map[string]string{"data.people.nodes": `[{"fullName":"Eve"}]`})

	many := make([]map[string]any, 1_001)
	for i := range many {
		many[i] = map[string]any{"externalRef": fmt.Sprintf("M-%d", i), "givenName": "Many"}
	}
	for n, want := range map[int]string{0: `[{"code":"INVALID","path":"people"}]`, 1_001: `[{"code":"INVALID","path":"people"}]`} {
		s.must(upsertPeople, variables{"p": many[:n], "e": "SKIP_AND_REPORT"}).want(map[string]string{"data.peopleUpsert.userErrors": want, "data.peopleUpsert.ids": "[]"})
	}
	s.must(upsertPeople, variables{"p": many[:1_000]}).want(map[string]string{"data.peopleUpsert.created": "1000", "data.peopleUpsert.userErrors": "[]"})
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "1001"})
}
