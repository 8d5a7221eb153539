package resolvers_test

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/resolvers"
)

// schema is the schema that callers see.
func (s *service) schema() *ast.Schema { return resolvers.NewSchema(resolvers.Config{}).Schema() }

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
	ids["Webhook"] = c.made("webhookCreate", `mutation($n: String) { webhookCreate(input: {url: "https://example.com", description: $n}) { record { id } } }`, variables{"n": text})
	ids["User"] = s.member(c.organizationID, model.RoleStaff).user()
	var delivery, notification int64
	err := s.pool.QueryRow(s.t.Context(), `
		INSERT INTO canonical.webhook_deliveries (organization_id, webhook_id, event_id, occurred_at, action, relation, fields, event_text, state)
		VALUES ($1, $2, 1, now(), 'update', 'people', '{}', $3, 'pending') RETURNING id`, c.organizationID, s.key(ids["Webhook"]), text).Scan(&delivery)
	if err != nil {
		s.t.Fatal(err)
	}
	err = s.pool.QueryRow(s.t.Context(), `
		INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, occurred_at, state)
		VALUES ($1, $2, 'in_app', 'none', 'invoice_approved', $3, now(), 'shown') RETURNING id`, c.organizationID, s.key(c.user()), text).Scan(&notification)
	if err != nil {
		s.t.Fatal(err)
	}
	ids["WebhookDelivery"] = model.ID{Type: "WebhookDelivery", Key: delivery}.String()
	ids["Notification"] = model.ID{Type: "Notification", Key: notification}.String()
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
