package resolvers_test

// The records that tests need, made as a client makes them. Each returns the record's id.

func (c caller) person(name string) string {
	c.t.Helper()
	return c.made("personCreate", `mutation($name: String!) {
		personCreate(input: {givenName: $name, isCustomer: true, addresses: [{street: "1 King William St", suburb: "Adelaide", postcode: "5000", country: "AU"}]}) {
			record { id } userErrors { path code message } } }`, variables{"name": name})
}

// draft makes a draft invoice of one item in AUD.
func (c caller) draft(customer, price string) string {
	c.t.Helper()
	return c.made("invoiceCreate", `mutation($customer: ID!, $price: Decimal!) {
		invoiceCreate(input: {customerId: $customer, items: [{description: "Work", unitPrice: $price}]}) {
			record { id } userErrors { path code message } } }`, variables{"customer": customer, "price": price})
}

func (c caller) approve(invoice string) string {
	c.t.Helper()
	return c.made("invoiceApprove", `mutation($id: ID!) {
		invoiceApprove(id: $id) { record { id } userErrors { path code message } } }`, variables{"id": invoice})
}

func (c caller) pay(customer, invoice, amount string) string {
	c.t.Helper()
	return c.made("paymentRecord", `mutation($customer: ID!, $invoice: ID!, $amount: Decimal!) {
		paymentRecord(input: {customerId: $customer, amount: $amount, allocations: [{invoiceId: $invoice, amount: $amount}]}) {
			record { id } userErrors { path code message } } }`, variables{"customer": customer, "invoice": invoice, "amount": amount})
}

func (c caller) taxRate(name string) string {
	c.t.Helper()
	return c.made("taxRateCreate", `mutation($name: String!) {
		taxRateCreate(input: {name: $name, percentage: 10}) { record { id } userErrors { path code message } } }`, variables{"name": name})
}

func (c caller) product(sku string) string {
	c.t.Helper()
	return c.made("productCreate", `mutation($sku: String!) {
		productCreate(input: {sku: $sku, name: $sku, unitPrice: 5}) { record { id } userErrors { path code message } } }`, variables{"sku": sku})
}

// made runs a mutation that must succeed.
func (c caller) made(mutation, query string, vars variables) string {
	c.t.Helper()
	a := c.must(query, vars)
	id, ok := a.at("data." + mutation + ".record.id").(string)
	if !ok {
		c.t.Fatalf("%s %v saved nothing: %s", mutation, vars, a)
	}
	return id
}
