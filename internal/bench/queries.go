package main

import (
	"encoding/json"
	"fmt"
)

// query is a query that is measured.
type query struct {
	name, text string
	// plain is the name that the plain server has for the same data; empty if it has none.
	plain string
	// same says that the plain server's answer is the same to the byte, but for the order of members.
	same      bool
	variables func(d *dataset, i int) map[string]any
	bodies    map[string][][]byte
	d         *dataset
}

const fields = `id number customerName issuedOn dueOn state paymentState itemCount currency memo total { amount currency } due { amount currency }`

const nested = fields + ` customer { fullName email } items { description quantity unitPrice { amount currency } } payments { paidOn amount { amount currency } }`

const byCustomer = `query($party: ID!) { invoices(filter: {customerId: $party}) { `

func customer(d *dataset, i int) map[string]any {
	return map[string]any{"party": fmt.Sprint("Person:", d.customers[i%len(d.customers)])}
}

func record(d *dataset, i int) map[string]any {
	return map[string]any{"id": fmt.Sprint("Invoice:", d.records[i%len(d.records)])}
}

func nothing(*dataset, int) map[string]any { return nil }

// lists are the queries that the plain server answers too.
func lists() []*query {
	return []*query{
		{name: "one invoice with customer, items, payments", plain: "record", same: true, variables: record, text: `query($id: ID!) { invoice(id: $id) { ` + nested + ` } }`},
		{name: "50 invoices of a customer, 14 values each", plain: "list", same: true, variables: customer, text: byCustomer + `nodes { ` + fields + ` } } }`},
		{name: "the same with customer, items, payments", plain: "nested", same: true, variables: customer, text: byCustomer + `nodes { ` + nested + ` } } }`},
		{name: "50 by total descending, total ≥ 100", plain: "largest", same: true, variables: nothing, text: `{ invoices(filter: {totalGte: 100}, orderBy: {field: TOTAL, direction: DESC}) { nodes { ` + fields + ` } } }`},
		{name: "50 invoices as edges with cursors", plain: "list", variables: customer, text: byCustomer + `edges { cursor node { ` + fields + ` } } pageInfo { hasNextPage endCursor } } }`},
		{name: "edges with customer, items, payments", plain: "nested", variables: customer, text: byCustomer + `edges { cursor node { ` + nested + ` } } pageInfo { hasNextPage endCursor } } }`},
	}
}

// others are the queries that only Daybook answers.
func others() []*query {
	return []*query{
		{name: "three levels: addresses, products' tax rates", variables: customer, text: byCustomer + `nodes { number customer { fullName addresses { street country } } items { description product { sku taxRate { name percentage } } } } } }`},
		{name: "search of a name", variables: func(_ *dataset, i int) map[string]any {
			return map[string]any{"q": []string{"harbour", "smith", "inv-12", "consult"}[i%4]}
		}, text: `query($q: String!) { search(q: $q) { totalCount nodes { title kind snippet { text highlighted } } } }`},
		{name: "trial balance", variables: nothing, text: `{ trialBalance { asOf rows { account { code name } debit { amount } credit { amount } } debit { amount } credit { amount } } }`},
		{name: "an invoice made, with three items", variables: func(d *dataset, i int) map[string]any { return map[string]any{"input": invoiceInput(d, i)} },
			text: `mutation($input: InvoiceCreateInput!) { invoiceCreate(input: $input) { record { id number state total { amount } } userErrors { path code message } } }`},
	}
}

func invoiceInput(d *dataset, i int) map[string]any {
	var items []any
	for line := range 3 {
		items = append(items, map[string]any{"description": fmt.Sprintf("Line %d of %d", line, i), "quantity": "2", "unitPrice": fmt.Sprintf("%d.50", 10+i%90)})
	}
	return map[string]any{"customerId": fmt.Sprint("Person:", d.customers[i%len(d.customers)]), "items": items}
}

// bodies are how many different requests there are of a query.
const bodies = 64

// prepare makes the bodies of all requests.
func (q *query) prepare(d *dataset) {
	q.d = d
	q.bodies = map[string][][]byte{}
	for i := range bodies {
		variables := map[string]any{"org": d.organization, "party": d.customers[i%len(d.customers)], "id": d.records[i%len(d.records)]}
		q.bodies["plain"] = append(q.bodies["plain"], body(q.plain, variables))
		q.bodies["PostGraphile"] = append(q.bodies["PostGraphile"], body(postgraphileText(q.plain), variables))
		q.bodies[""] = append(q.bodies[""], body(q.text, q.variables(d, i)))
	}
}

// body returns a request as JSON.
func body(text string, variables map[string]any) []byte {
	encoded, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		panic(err) // only for what JSON cannot say
	}
	return encoded
}

func (q *query) body(t *target, i int) []byte {
	if made := q.bodies[t.name]; made != nil {
		return made[i%bodies]
	}
	return q.bodies[""][i%bodies]
}
