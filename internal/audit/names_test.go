package audit_test

import (
	"fmt"
	"strings"
	"testing"

	"daybook/internal/audit"
	"daybook/internal/pgtest"
)

// A text has the names that other records had when its event happened, whenever it is made: before the text is stored and
// after, and where what is older than the event is forgotten. Each table whose records texts name is renamed here.
func TestNamesAsTheyWere(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada,
		`INSERT INTO canonical.users (id, name, email) VALUES (5, 'Grace Hopper', 'grace@example.com')`,
		`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 5, 'owner')`,
		`INSERT INTO canonical.channels (organization_id, id, name) VALUES (1, 50, 'Kitchen')`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, 60, 'Norwood', 'UTC')`,
		`INSERT INTO canonical.accounts (organization_id, id, code, name, type) VALUES (1, 70, '6171', 'Rent', 'expense')`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) VALUES (1, 20, 'invoice', 7, '2026-01-01', '2026-01-31', 'AUD')`,
		`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, unit_price) VALUES (1, 30, 20, 1, 'Engine', 250000)`,
		`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) VALUES (1, 50, 5)`,
		`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) VALUES (1, 60, '2026-03-01', 'AUD', 500)`,
		`INSERT INTO canonical.money_entries (organization_id, kind, account_id, money_account_id, occurred_on, currency, amount)
			SELECT 1, 'expense', 70, id, '2026-03-01', 'AUD', 100 FROM canonical.accounts WHERE organization_id = 1 AND code = '1000'`,
		// Renamed, two times each; the invoice is approved.
		`UPDATE canonical.people SET given_name = 'Augusta'`, `UPDATE canonical.people SET phone = '1'`,
		`UPDATE canonical.users SET name = 'Admiral Hopper' WHERE id = 5`, `UPDATE canonical.users SET name = 'The Admiral' WHERE id = 5`,
		`UPDATE canonical.channels SET name = 'Bar'`, `UPDATE canonical.channels SET description = 'Drinks'`,
		`UPDATE canonical.stores SET name = 'Kensington'`, `UPDATE canonical.stores SET business_day_start_minute = 60`,
		`UPDATE canonical.accounts SET code = '6172', name = 'Leases' WHERE id = 70`,
		`UPDATE canonical.documents SET state = 'approved', number = 'INV-0042', number_value = 42, approved_at = now()`,
		`INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES (1, 7, 1, 'Main St', 'Norwood', '5000', 'AU')`,
		`DELETE FROM canonical.channel_members`,
		`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) VALUES (1, 60, '2026-03-02', 'AUD', 600)`)
	want := []string{
		"Invoice for Ada Lovelace created", "Line 1 (Engine) of draft invoice created", "Place of Grace Hopper in Kitchen created", "Sale of 5.00 AUD at Norwood created",
		"Expense of 1.00 AUD on 6171 Rent created",
		"Membership of Grace Hopper as owner created",
		"Invoice INV-0042 for Augusta Lovelace approved", "Address Main St of Augusta Lovelace created", "Place of The Admiral in Bar deleted",
		"Sale of 6.00 AUD at Kensington created",
	}
	check := func(when string) {
		t.Helper()
		texts := page(t, tx, audit.Filter{})
		for _, text := range want {
			if !contains(texts, text) {
				t.Errorf("%s: no %q in:\n%s", when, text, strings.Join(texts, "\n"))
			}
		}
	}
	check("before the texts are stored")
	run(t, tx, `SELECT set_config('audit.forgetting', 'on', true)`,
		`DELETE FROM audit.events WHERE action = 'create' AND relation IN ('people', 'users', 'stores', 'channels', 'accounts')`, `SELECT set_config('audit.forgetting', '', true)`)
	check("after the names' first events are forgotten")
	finish(t, tx)
	check("after the texts are stored")
}

// A record that is named by many events is called in each as it was then, however often it was renamed between them.
func TestNamesOfOneRecord(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, `INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, 60, 'Shop 1', 'UTC')`)
	var want []string
	for n := 1; n <= 7; n++ {
		for sale := 1; sale <= 2; sale++ {
			run(t, tx, fmt.Sprintf(`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) VALUES (1, 60, '2026-03-01', 'AUD', %d00)`, 10*n+sale))
			want = append(want, fmt.Sprintf("Sale of %d.00 AUD at Shop %d created", 10*n+sale, n))
		}
		run(t, tx, fmt.Sprintf(`UPDATE canonical.stores SET name = 'Shop %d'`, n+1))
	}
	for _, when := range []string{"before the texts are stored", "after"} {
		texts := page(t, tx, audit.Filter{})
		for _, text := range want {
			if !contains(texts, text) {
				t.Errorf("%s: no %q in:\n%s", when, text, strings.Join(texts, "\n"))
			}
		}
		finish(t, tx)
	}
}
