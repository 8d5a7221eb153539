package resolvers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// TestReadYourWrite has no worker: whatever it reads after the first refresh is behind.
func TestReadYourWrite(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	invoice := s.draft(customer, "100.00")
	s.refreshed()

	const list = `{ invoices { totalCount nodes { state paid { amount } due { amount } paymentState customerName customer { fullName } } } people { nodes { fullName balances { amount } } } }`
	check := func(a answer, payload string, after map[string]string) {
		t.Helper()
		a.want(map[string]string{"data." + payload + ".userErrors": "[]"})
		for _, mode := range []string{"auto", "exact"} {
			s.must(list, nil, "Daybook-Read", mode).want(after)
		}
	}
	check(s.must(`mutation($id: ID!) { invoiceApprove(id: $id) { record { state customer { balances { amount } } } userErrors { path } } }`, variables{"id": invoice}),
		"invoiceApprove", map[string]string{
			"data.invoices.nodes.0.state":             "APPROVED",
			"data.invoices.nodes.0.due.amount":        "100.00",
			"data.people.nodes.0.balances.0.amount":   "100.00",
			"extensions.freshness.projections.0.read": "exact",
		})
	check(s.must(`mutation($c: ID!, $i: ID!) { paymentRecord(input: {customerId: $c, amount: 40, allocations: [{invoiceId: $i, amount: 40}]}) {
			record { allocated { amount } } userErrors { path } } }`, variables{"c": customer, "i": invoice}),
		"paymentRecord", map[string]string{
			"data.invoices.nodes.0.paymentState":    "PARTIAL",
			"data.invoices.nodes.0.paid.amount":     "40.00",
			"data.invoices.nodes.0.due.amount":      "60.00",
			"data.people.nodes.0.balances.0.amount": "60.00",
		})
	check(s.must(`mutation($id: ID!) { personUpdate(id: $id, input: {givenName: "Augusta"}) { record { fullName } userErrors { path } } }`, variables{"id": customer}),
		"personUpdate", map[string]string{"data.invoices.nodes.0.customer.fullName": "Augusta", "data.invoices.nodes.0.customerName": "Ada"})

	// What somebody writes past the application shows as well.
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.document_items SET unit_price = 12000`); err != nil {
		t.Fatal(err)
	}
	s.must(list, nil).want(map[string]string{
		"data.invoices.nodes.0.due.amount":      "80.00",
		"data.people.nodes.0.balances.0.amount": "80.00",
	})

	// Stored reads show the last refresh; a payload shows its write all the same.
	s.must(list, nil, "Daybook-Read", "stored").want(map[string]string{
		"data.invoices.nodes.0.state":             "DRAFT",
		"extensions.freshness.mode":               "stored",
		"extensions.freshness.projections.0.read": "stored",
	})
	s.must(`mutation($id: ID!) { personUpdate(id: $id, input: {givenName: "Countess"}) { record { fullName invoices { nodes { customer { fullName } } } } userErrors { path } } }`,
		variables{"id": customer}, "Daybook-Read", "stored").want(map[string]string{
		"data.personUpdate.record.fullName":                           "Countess",
		"data.personUpdate.record.invoices.nodes.0.customer.fullName": "Countess",
	})

	s.refreshed()
	s.must(list, nil, "Daybook-Read", "stored").want(map[string]string{
		"data.people.nodes.0.fullName":          "Countess",
		"data.people.nodes.0.balances.0.amount": "80.00",
	})
}

// TestMutationsInOneDocument: each root field reads what it and those before it wrote.
func TestMutationsInOneDocument(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	first, second := s.draft(customer, "100.00"), s.draft(customer, "11.00")
	s.must(`mutation($a: ID!, $b: ID!) {
		a: invoiceApprove(id: $a) { record { number customer { balances { amount } } } }
		b: invoiceApprove(id: $b) { record { number customer { balances { amount } } } }
	}`, variables{"a": first, "b": second}).want(map[string]string{
		"data.a.record": `{"customer":{"balances":[{"amount":"100.00"}]},"number":"INV-0001"}`,
		"data.b.record": `{"customer":{"balances":[{"amount":"111.00"}]},"number":"INV-0002"}`,
	})
}

func TestInvoiceDelete(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	draft := s.draft(customer, "100.00")
	s.must(`mutation($id: ID!) { invoiceDelete(id: $id) { record { total { amount } items { description } customer { fullName } } userErrors { code } } }`,
		variables{"id": draft}).want(map[string]string{
		"data.invoiceDelete": `{"record":{"customer":{"fullName":"Ada"},"items":[{"description":"Work"}],"total":{"amount":"100.00"}},"userErrors":[]}`,
	})
	s.must(`query($id: ID!) { invoice(id: $id) { id } invoices { totalCount } }`, variables{"id": draft}).
		want(map[string]string{"data": `{"invoice":null,"invoices":{"totalCount":0}}`})
	s.must(`mutation($id: ID!) { invoiceDelete(id: $id) { record { id } userErrors { path code } } }`, variables{"id": draft}).
		want(map[string]string{"data.invoiceDelete": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"id"}]}`})
}

func TestRepeatedCreation(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create := func() answer {
		return s.must(`mutation($c: ID!) { invoiceCreate(idempotencyKey: "once", input: {customerId: $c, items: [{description: "Work", unitPrice: 1}]}) {
			record { id version } userErrors { path code } } }`, variables{"c": "Person:1"})
	}
	s.person("Ada")
	create().want(map[string]string{"data.invoiceCreate": `{"record":{"id":"Invoice:1","version":1},"userErrors":[]}`})
	create().want(map[string]string{"data.invoiceCreate": `{"record":{"id":"Invoice:1","version":1},"userErrors":[]}`})
	change := func() answer {
		return s.must(`mutation { invoiceUpdate(id: "Invoice:1", idempotencyKey: "change", input: {externalRef: "A"}) { record { id } userErrors { code } } }`, nil)
	}
	away := func() answer {
		return s.must(`mutation { invoiceDelete(id: "Invoice:1", idempotencyKey: "away") { record { id } userErrors { code } } }`, nil)
	}
	change().want(map[string]string{"data.invoiceUpdate": `{"record":{"id":"Invoice:1"},"userErrors":[]}`})
	away().want(map[string]string{"data.invoiceDelete": `{"record":{"id":"Invoice:1"},"userErrors":[]}`})
	change().want(map[string]string{"data.invoiceUpdate": `{"record":null,"userErrors":[]}`})
	away().want(map[string]string{"data.invoiceDelete": `{"record":null,"userErrors":[]}`})
	create().want(map[string]string{"data.invoiceCreate": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":""}]}`})
	s.must(`{ invoices { totalCount } }`, nil).want(map[string]string{"data.invoices.totalCount": "0"})
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.person("Ada")
	s.refreshed()
	const people = `{ people { nodes { id } } }`
	s.must(people, nil).want(map[string]string{
		"extensions.freshness": `{"mode":"auto","projections":[{"dirtyKeys":0,"projection":"people_summaries","read":"exact"}]}`,
	})
	s.person("Grace")
	s.must(people, nil).want(map[string]string{
		"extensions.freshness": `{"mode":"auto","projections":[{"dirtyKeys":1,"projection":"people_summaries","read":"exact"}]}`,
	})
	s.must(`{ viewer { role } }`, nil, "Daybook-Read", "exact").want(map[string]string{
		"extensions.freshness": `{"mode":"exact","projections":[]}`,
	})
	// An error has it too.
	s.call(`{ nonsense }`, nil).want(map[string]string{"extensions.freshness.mode": "auto"})

	without := func(headers ...string) {
		t.Helper()
		if a := s.call(people, nil, headers...); a.status != http.StatusOK || strings.Contains(a.String(), "extensions") {
			t.Errorf("with %s the answer is %s", headers, a)
		}
	}
	without("Daybook-Freshness", "off")
	s.call(people, nil, "Daybook-Freshness", "").want(map[string]string{"extensions.freshness.projections.0.dirtyKeys": "1"})
	s.refreshed()
	without("Daybook-Freshness", "")
	s.call(people, nil, "Daybook-Freshness", "", "Daybook-Read", "stored").want(map[string]string{"extensions.freshness.mode": "stored"})
	if a := s.call(people, nil, "Daybook-Freshness", "sometimes"); a.status != http.StatusBadRequest {
		t.Errorf("what FreshnessHeader cannot be is answered %s", a)
	}

	a := s.call(people, nil, "Daybook-Read", "fresh")
	if a.status != http.StatusBadRequest {
		t.Errorf("an unknown mode has status %d", a.status)
	}
	a.want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
}

// TestBacklog leaves more behind than one statement makes up for, as a bulk import does.
func TestBacklog(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	s.refreshed()
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO canonical.people (organization_id, given_name)
		SELECT $1, 'Imported ' || n FROM generate_series(1, 10100) AS n`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	const people = `{ people { totalCount } }`
	s.must(people, nil).want(map[string]string{
		"data.people.totalCount":                    "1",
		"extensions.freshness.projections.0.read":   "stored",
		"extensions.freshness.projections.0.reason": "backlog",
	})
	s.call(people, nil, "Daybook-Read", "exact").want(map[string]string{
		"data.people":              "null",
		"errors.0.path":            `["people"]`,
		"errors.0.extensions.code": "BEHIND",
	})
	// A record by its key is exact all the same, and so is a payload.
	for _, mode := range []string{"auto", "exact"} {
		s.must(`mutation($id: ID!, $name: String) { personUpdate(id: $id, input: {familyName: $name}) { record { fullName } } }`,
			variables{"id": ada, "name": mode}, "Daybook-Read", mode).
			want(map[string]string{"data.personUpdate.record.fullName": "Ada " + mode})
		s.must(`query($id: ID!) { person(id: $id) { fullName } }`, variables{"id": ada}, "Daybook-Read", mode).
			want(map[string]string{"data.person.fullName": "Ada " + mode})
	}
	s.refreshed()
	s.must(people, nil, "Daybook-Read", "exact").want(map[string]string{"data.people.totalCount": "10101"})
}

func TestFiltersAndOrders(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, grace := s.person("Ada 100%"), s.person("Grace 1000")
	small, large := s.approve(s.draft(ada, "10.00")), s.approve(s.draft(grace, "2000.00"))
	draft := s.draft(grace, "300.00")
	late := s.made("invoiceCreate", `mutation($c: ID!) { invoiceCreate(input: {customerId: $c, issuedOn: "2020-01-15", dueOn: "2020-02-14",
		items: [{description: "Old work", unitPrice: 70}]}) { record { id } userErrors { path code message } } }`, variables{"c": ada})
	s.approve(late)
	s.pay(grace, large, "2000.00")

	for arguments, want := range map[string]string{
		`filter: {totalGte: "2000"}`:                                                                                  ids(large),
		`filter: {totalLte: 70}, orderBy: {field: TOTAL}`:                                                             ids(small, late),
		`filter: {dueGte: 1}, orderBy: {field: DUE, direction: DESC}`:                                                 ids(late, small),
		`filter: {state: DRAFT}`:                                                                                      ids(draft),
		`filter: {paymentState: PAID}`:                                                                                ids(large),
		`filter: {customerId: "` + ada + `"}, orderBy: {field: NUMBER}`:                                               ids(small, late),
		`filter: {customerId: "` + small + `"}`:                                                                       ids(),
		`filter: {issuedTo: "2020-01-15"}`:                                                                            ids(late),
		`filter: {issuedFrom: "2020-01-16"}, orderBy: {field: CREATED_AT}`:                                            ids(small, large, draft),
		`filter: {overdue: true}`:                                                                                     ids(late),
		`filter: {overdue: false}, orderBy: {field: CREATED_AT}`:                                                      ids(small, large, draft),
		`filter: {search: "0%"}, orderBy: {field: NUMBER}`:                                                            ids(small, late),
		`filter: {search: "ADA"}, orderBy: {field: NUMBER}`:                                                           ids(small, late),
		`filter: {search: " "}, orderBy: {field: CREATED_AT}`:                                                         ids(small, large, draft, late),
		`filter: {search: null, state: null}, orderBy: {field: CREATED_AT}`:                                           ids(small, large, draft, late),
		`orderBy: {field: CUSTOMER_NAME, direction: DESC}, filter: {state: APPROVED, paymentState: UNPAID}, first: 1`: ids(late),
		`orderBy: {field: DUE_ON}, first: 1`:                                                                          ids(late),
	} {
		t.Run(arguments, func(t *testing.T) {
			s := s.in(t)
			a := s.must(`{ invoices(`+arguments+`) { nodes { id } } }`, nil)
			if got := a.text("data.invoices.nodes"); got != want {
				t.Errorf("%s: got %s, want %s", arguments, got, want)
			}
		})
	}
	s.must(`{ invoices(orderBy: {field: DUE_ON}) { nodes { id overdue } } }`, nil).want(map[string]string{
		"data.invoices.nodes.0": `{"id":"` + late + `","overdue":true}`,
		"data.invoices.nodes.1": `{"id":"` + small + `","overdue":false}`,
	})
	s.must(`{ people(orderBy: {field: INVOICE_COUNT, direction: DESC}, filter: {isCustomer: true, isVendor: false}) { nodes { fullName invoiceCount } } }`, nil).
		want(map[string]string{"data.people.nodes": `[{"fullName":"Grace 1000","invoiceCount":2},{"fullName":"Ada 100%","invoiceCount":2}]`})
	s.must(`mutation($id: ID!) { personArchive(id: $id) { record { archivedAt } } }`, variables{"id": ada})
	s.must(`{ live: people { nodes { fullName } } gone: people(filter: {archived: true}) { nodes { fullName } } }`, nil).
		want(map[string]string{"data": `{"gone":{"nodes":[{"fullName":"Ada 100%"}]},"live":{"nodes":[{"fullName":"Grace 1000"}]}}`})
}

// ids is the JSON of nodes { id }.
func ids(all ...string) string {
	nodes := make([]string, len(all))
	for i, id := range all {
		nodes[i] = `{"id":"` + id + `"}`
	}
	return "[" + strings.Join(nodes, ",") + "]"
}

// Read models are stored one after the other: a stored row may refer to what is not stored yet, or is there no more.
func TestStoredRowsOfDifferentAge(t *testing.T) {
	t.Parallel()
	s := serve(t)
	refresh := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := s.engine.Refresh(t.Context(), name, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
	}
	ada := s.must(createAda, nil).text("data.personCreate.record.id")
	invoice := s.made("invoiceCreate", `mutation($c: ID!) { invoiceCreate(input: {customerId: $c, items: [{description: "Wombat", unitPrice: "1"}]}) { record { id } userErrors { path } } }`,
		variables{"c": ada})
	s.must(`mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: "1"}) { record { id } userErrors { path } } }`, variables{"c": ada})
	refresh("document_summaries", "financial_transactions", "search_documents")
	const list = `{ invoices { nodes { id customer { fullName } } } financialTransactions { nodes { kind canonical { id } party { fullName } } }
		search(q: "wombat") { nodes { kind canonical { id } } } }`
	s.must(list, nil, "Daybook-Read", "stored").want(map[string]string{
		"data.invoices.nodes":                `[{"customer":{"fullName":"Ada Lovelace"},"id":"` + invoice + `"}]`,
		"data.financialTransactions.nodes":   `[{"canonical":{"id":"Payment:1"},"kind":"PAYMENT","party":{"fullName":"Ada Lovelace"}}]`,
		"data.search.nodes.0.canonical.id":   invoice,
		"extensions.freshness.projections.3": `{"dirtyKeys":1,"projection":"people_summaries","read":"stored","reason":"mode"}`,
	})
	s.must(`mutation($id: ID!) { invoiceDelete(id: $id) { record { id } userErrors { path } } }`, variables{"id": invoice})
	refresh("document_summaries")
	s.must(list, nil, "Daybook-Read", "stored").want(map[string]string{"data.search.nodes": `[{"canonical":null,"kind":"INVOICE"}]`})
	s.must(list, nil).want(map[string]string{"data.search.nodes": `[]`})
}
