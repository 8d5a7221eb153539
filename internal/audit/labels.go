package audit

import "text/template"

// labels are the templates that name a row of each table, from the columns of its snapshot. In a label, name is the name
// of another record as it was at the event (empty if nothing is known of it any more), money an amount of minor units with
// its currency, clock a minute of the day, weekday a day by its number, and words a column's value in words. A column that the snapshot lacks is an error, and so is an amount that is not a whole number.
var labels = parse(map[string]string{ //nolint:gosec // the token is a word in a text
	"organizations":     `Organization {{.name}}`,
	"users":             `User {{.name}}`,
	"memberships":       `Membership of {{or (name "users" .user_id) "a user"}} as {{.role}}`,
	"membership_stores": `Binding of {{or (name "users" .user_id) "a user"}} to {{or (name "stores" .store_id) "a store"}}`,
	"api_tokens":        `{{if .session_of}}Session by token{{else if .issuer}}Token of the identity provider:{{else}}Token{{end}} {{.name}}{{with name "users" .user_id}} of {{.}}{{end}}`,
	"operator_actions":  `Operator's request to {{.action}} {{.projection}} ({{.reason}})`,
	"currencies":        `Currency {{.code}}`,
	"countries":         `Country {{.code}}`,

	"people":    `Person {{.full_name}}`,
	"addresses": `Address {{.street}}{{with name "people" .person_id}} of {{.}}{{end}}`,
	"tax_rates": `Tax rate {{.name}}`,
	"products":  `Product {{.name}}`,

	"number_series": `Number series of {{words .kind}}s`,
	"documents": `{{words .kind}}{{with .number}} {{.}}{{end}}` +
		`{{with name "people" .party_id}}{{if or (eq $.kind "bill") (eq $.kind "vendor_credit_note")}} of {{else}} for {{end}}{{.}}{{end}}`,
	"document_items":      `Line {{.line}} ({{.description}}) of {{or (name "documents" .document_id) owner}}`,
	"document_item_taxes": `Tax {{.name}} on a line of {{or (name "documents" parent) owner}}`,
	"payments": `Payment of {{money .amount .currency}}` +
		`{{with name "people" .party_id}}{{if eq $.direction "in"}} from {{else}} to {{end}}{{.}}{{end}}`,
	"payment_allocations": `Allocation of a payment to {{or (name "documents" .document_id) "a document"}}`,
	"credit_allocations": `Allocation of {{or (name "documents" .credit_note_id) "a credit note"}}` +
		` to {{or (name "documents" .document_id) "a document"}}`,
	"payment_refunds": `Part of a payment that a refund gives back`,

	"accounts":      `Account {{.code}} {{.name}}`,
	"fx_rates":      `Rate of {{.currency}} from {{.valid_from}}`,
	"money_entries": `{{words .kind}} of {{money .amount .currency}}{{with name "accounts" .account_id}} on {{.}}{{end}}`,
	"transfers": `Transfer of {{money .amount .currency}}{{with name "accounts" .from_account_id}} from {{.}}{{end}}` +
		`{{with name "accounts" .to_account_id}} to {{.}}{{end}}`,
	"journal_entries": `Journal entry ({{.purpose}}) of {{.posted_on}}{{with .memo}}: {{.}}{{end}}`,
	"journal_lines": `Line {{.line}} of a journal entry: {{money .document_amount .currency}}` +
		`{{with name "accounts" .account_id}} on {{.}}{{end}}`,

	"stores":      `Store {{.name}}`,
	"store_hours": `Hours{{with name "stores" .store_id}} of {{.}}{{end}} on {{weekday .weekday}} from {{clock .start_minute}}`,
	"store_hour_exceptions": `Hours{{with name "stores" .store_id}} of {{.}}{{end}} on {{.on_date}}` +
		`{{if .closed}}, closed{{else}} from {{clock .start_minute}}{{end}}`,
	"day_parts": `Day part {{.name}}{{with name "stores" .store_id}} of {{.}}{{end}}`,

	"channels":        `Channel {{.name}}`,
	"channel_members": `Place of {{or (name "users" .user_id) "a user"}} in {{or (name "channels" .channel_id) "a channel"}}`,
	"notification_preferences": `Preference of {{or (name "users" .user_id) "a user"}} for ` +
		`{{if eq .type "*"}}all notifications{{else}}{{words .type}}{{end}}{{with .channel_id}} in {{or (name "channels" .) "a channel"}}{{end}}`,

	"webhooks": `Webhook to {{.url}}`,

	"tills":          `Till {{.name}}{{with name "stores" .store_id}} at {{.}}{{end}}`,
	"till_sessions":  `Session of {{or (name "tills" .till_id) "a till"}} on {{.business_date}}`,
	"till_movements": `Movement of cash{{with .reason}}: {{.}}{{end}}`,
	"day_closes": `Close of {{.business_date}}{{with .till_id}} of {{or (name "tills" .) "a till"}}{{end}}` +
		`{{with name "stores" .store_id}} at {{.}}{{end}}`,
	"day_close_tenders": `Count of {{.tender}} in a close`,

	"sales":           `{{words .kind}} of {{money .amount .currency}}{{with name "stores" .store_id}} at {{.}}{{end}}`,
	"sale_lines":      `Line {{.line}} ({{.description}}) of a sale`,
	"sale_line_taxes": `Tax {{.name}} on line {{.line}} of a sale`,
	"sale_tenders":    `Tender {{.tender}} of a sale`,
	"shifts": `{{with name "people" .person_id}}Shift of {{.}}{{else}}Open shift{{end}}` +
		`{{with name "stores" .store_id}} at {{.}}{{end}}`,
})

// defaultLabel names a row of any other table: by the table's name and the row's name, code, number or key.
var defaultLabel = template.Must(template.New("default").Funcs(functions).Parse(
	`{{words relation}} {{or (field "name") (field "code") (field "number") row}}`))

// verbs say what an update did, if the change of one column tells: by its new value or, for a time, by whether it was set
// or cleared. The first that applies counts.
var verbs = []struct{ column, value, text string }{
	{"state", "approved", "approved"},
	{"state", "void", "voided"},
	{"state", "published", "published"},
	{"state", "cancelled", "cancelled"},
	{"state", "closed", "closed"},
	{"state", "reopened", "reopened"},
	{"voided_at", set, "voided"},
	{"reversed_at", set, "reversed"},
	{"archived_at", set, "archived"},
	{"archived_at", unset, "restored"},
	{"revoked_at", set, "revoked"},
	{"ended_at", set, "ended"},
	{"ended_at", unset, "begun again"},
	{"sent_at", set, "sent"},
	{"disabled_at", set, "disabled"},
	{"disabled_at", unset, "enabled"},
}

// In verbs, set means that the column was NULL before, and unset that it is NULL now.
const set, unset = "*", ""

func parse(sources map[string]string) map[string]*template.Template {
	parsed := make(map[string]*template.Template, len(sources))
	for relation, source := range sources {
		parsed[relation] = template.Must(template.New(relation).Option("missingkey=error").Funcs(functions).Parse(source))
	}
	return parsed
}
