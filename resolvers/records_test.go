package resolvers_test

import "daybook/graph/model"

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

// bill makes a draft bill of one item in AUD.
func (c caller) bill(vendor, price string) string {
	c.t.Helper()
	return c.made("billCreate", `mutation($vendor: ID!, $price: Decimal!) {
		billCreate(input: {vendorId: $vendor, items: [{description: "Paper", unitPrice: $price}]}) {
			record { id } userErrors { path code message } } }`, variables{"vendor": vendor, "price": price})
}

func (c caller) creditNote(customer, price string) string {
	c.t.Helper()
	return c.made("creditNoteCreate", `mutation($customer: ID!, $price: Decimal!) {
		creditNoteCreate(input: {customerId: $customer, items: [{description: "Returned", unitPrice: $price}]}) {
			record { id } userErrors { path code message } } }`, variables{"customer": customer, "price": price})
}

func (c caller) vendorCreditNote(vendor, price string) string {
	c.t.Helper()
	return c.made("vendorCreditNoteCreate", `mutation($vendor: ID!, $price: Decimal!) {
		vendorCreditNoteCreate(input: {vendorId: $vendor, items: [{description: "Returned", unitPrice: $price}]}) {
			record { id } userErrors { path code message } } }`, variables{"vendor": vendor, "price": price})
}

// abroad makes an approved invoice and a payment of the day, of 1000 yen each: at a rate of 0.01, and at 0.03 and all of
// it a credit.
func (c caller) abroad(customer, day string) (invoice, payment string) {
	c.t.Helper()
	vars := variables{"customer": customer, "day": day}
	invoice = c.approve(c.made("invoiceCreate", `mutation($customer: ID!, $day: Date!) {
		invoiceCreate(input: {customerId: $customer, issuedOn: $day, currency: "JPY", fxRate: 0.01, items: [{description: "Work", unitPrice: 1000}]}) {
			record { id } userErrors { path code message } } }`, vars))
	return invoice, c.made("paymentRecord", `mutation($customer: ID!, $day: Date!) {
		paymentRecord(input: {customerId: $customer, paidOn: $day, currency: "JPY", fxRate: 0.03, amount: 1000}) { record { id } userErrors { path code message } } }`, vars)
}

// of runs a mutation that takes an id alone.
func (c caller) of(mutation, id string) string {
	c.t.Helper()
	return c.made(mutation, `mutation($id: ID!) { `+mutation+`(id: $id) { record { id } userErrors { path code message } } }`, variables{"id": id})
}

// account is the id of the account with the code in the default chart.
func (s *service) account(c caller, code string) string {
	s.t.Helper()
	var key int64
	err := s.pool.QueryRow(s.t.Context(), `SELECT id FROM canonical.accounts WHERE organization_id = $1 AND code = $2`, c.organizationID, code).Scan(&key)
	if err != nil {
		s.t.Fatal(err)
	}
	return model.ID{Type: "Account", Key: key}.String()
}

// money makes an income, an expense and a transfer.
func (s *service) money(c caller) (income, expense, transfer string) {
	s.t.Helper()
	vars := variables{"bank": s.account(c, "1000"), "savings": s.account(c, "1010"), "account": s.account(c, "1050")}
	income = c.made("incomeCreate", `mutation($account: ID!) {
		incomeCreate(input: {accountId: $account, amount: 110, occurredOn: "2026-02-01", memo: "Takings"}) { record { id } userErrors { path code message } } }`, vars)
	expense = c.made("expenseCreate", `mutation($account: ID!, $bank: ID!) {
		expenseCreate(input: {accountId: $account, moneyAccountId: $bank, amount: 20, occurredOn: "2026-02-02", memo: "Train"}) { record { id } userErrors { path code message } } }`, vars)
	transfer = c.made("transferCreate", `mutation($bank: ID!, $savings: ID!) {
		transferCreate(input: {fromAccountId: $bank, toAccountId: $savings, amount: 50, fee: 1, occurredOn: "2026-02-03", memo: "Put by"}) { record { id } userErrors { path code message } } }`, vars)
	return income, expense, transfer
}

// till makes a till of a store.
func (c caller) till(store, name string) string {
	c.t.Helper()
	return c.made("tillCreate", `mutation($s: ID!, $n: String) { tillCreate(input: {storeId: $s, name: $n}) { record { id } userErrors { path code message } } }`, variables{"s": store, "n": name})
}

// open opens a till for the 3rd of March 2026 with a float of 50.
func (c caller) open(till string) string {
	c.t.Helper()
	return c.made("tillOpen", `mutation($t: ID!) {
		tillOpen(input: {tillId: $t, openingFloat: 50, businessDate: "2026-03-03"}) { record { id } userErrors { path code message } } }`, variables{"t": till})
}

// post sells something in a store without a till, on the 3rd of February 2026 at noon UTC, and posts the store's business day.
func (c caller) post(store string) string {
	c.t.Helper()
	c.must(`mutation($s: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-02-03T12:00:00Z", amount: 4}]}) { userErrors { path code } } }`, variables{"s": store}).
		want(map[string]string{"data.salesRecord.userErrors": "[]"})
	return c.made("salesPost", `mutation($s: ID!) {
		salesPost(input: {storeId: $s, businessDate: "2026-02-03"}) { record { id } userErrors { path code message } } }`, variables{"s": store})
}
