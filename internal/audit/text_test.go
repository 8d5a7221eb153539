package audit_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/audit"
	"daybook/internal/pgtest"
)

// page lists the texts of the organization's events, the oldest first.
func page(t testing.TB, db audit.DB, f audit.Filter) (texts []string) {
	t.Helper()
	f.OrganizationID = 1
	events, _, err := audit.Page(t.Context(), db, audit.Query{Filter: f, Size: 1000, FromEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		texts = append(texts, events[i].Text)
	}
	return texts
}

func finish(t testing.TB, tx pgx.Tx) audit.Finished {
	t.Helper()
	done, err := audit.Finish(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// An event reads the same before its text is stored and after.
func TestTexts(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, `INSERT INTO canonical.users (id, name, email) VALUES (5, 'Grace Hopper', 'grace@example.com')`, `SET CONSTRAINTS ALL IMMEDIATE`)
	finish(t, tx)
	first := lines(t, tx, `SELECT max(id)::text FROM audit.events`)[0]
	run(t, tx, ada,
		`INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES (1, 7, 1, E'1\nMain  St', 'Norwood', '5000', 'AU')`,
		`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 5, 'manager')`,
		`INSERT INTO canonical.channels (organization_id, id, name) VALUES (1, 50, 'Kitchen')`,
		`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) VALUES (1, 50, 5)`,
		`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery) VALUES (1, 5, 50, 'sale_refunded', 'email'), (1, 5, NULL, '*', 'mute')`,
		`UPDATE canonical.memberships SET ended_at = now()`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) VALUES (1, 20, 'invoice', 7, '2026-01-01', '2026-01-31', 'AUD')`,
		`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, unit_price) VALUES (1, 30, 20, 1, 'Engine', 250000)`,
		`UPDATE canonical.documents SET memo = 'Thanks', due_on = '2026-02-28'`,
		`UPDATE canonical.documents SET state = 'approved', number = 'INV-0042', number_value = 42, approved_at = now()`,
		`INSERT INTO canonical.payments (organization_id, id, party_id, paid_on, currency, amount) VALUES (1, 40, 7, '2026-02-01', 'AUD', 100050)`,
		`INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount) VALUES (1, 40, 20, 100050)`,
		`DELETE FROM canonical.payment_allocations`, `UPDATE canonical.payments SET voided_at = now()`,
		`UPDATE canonical.documents SET state = 'void', voided_at = now()`,
		`UPDATE canonical.people SET archived_at = now(), phone = '1'`, `UPDATE canonical.people SET archived_at = NULL`,
		`DELETE FROM canonical.addresses`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, 60, 'Norwood', 'UTC')`,
		`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES (1, 60, '(,)', 7, 545, 60)`,
		`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes)
			VALUES (1, 60, '2026-12-25', true, NULL, NULL), (1, 60, '2026-12-26', false, 600, 60)`,
		`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES (1, 61, 'VAT', 10)`,
		`WITH sale AS (INSERT INTO canonical.sales (organization_id, id, store_id, occurred_at, currency, amount, tax_rounding) VALUES (1, 62, 60, '2026-03-01', 'AUD', 550, 'line')),
			line AS (INSERT INTO canonical.sale_lines (organization_id, sale_id, line, description, unit_price, net, tax) VALUES (1, 62, 1, 'Tea', 500, 500, 50)),
			tax AS (INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount) VALUES (1, 62, 1, 1, 61, 'VAT', 10, 50))
		INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) VALUES (1, 62, 1, 'cash', 550)`)
	want := []string{
		"Sale of 5.50 AUD at Norwood created", "Line 1 (Tea) of a sale created", "Tax VAT on line 1 of a sale created", "Tender cash of a sale created",
		"Person Ada Lovelace created",
		"Address 1 Main St of Ada Lovelace created",
		"Membership of Grace Hopper as manager created",
		"Membership of Grace Hopper as manager ended",
		"Channel Kitchen created",
		"Place of Grace Hopper in Kitchen created",
		"Preference of Grace Hopper for Sale refunded in Kitchen created",
		"Preference of Grace Hopper for all notifications created",
		"Invoice INV-0042 for Ada Lovelace approved",
		"Payment of 1000.50 AUD from Ada Lovelace created",
		"Allocation of a payment to invoice INV-0042 created",
		"Invoice for Ada Lovelace created",
		"Invoice for Ada Lovelace changed: due on, memo",
		"Line 1 (Engine) of draft invoice created",
		"Allocation of a payment to invoice INV-0042 deleted",
		"Payment of 1000.50 AUD from Ada Lovelace voided",
		"Invoice INV-0042 for Ada Lovelace voided",
		"Person Ada Lovelace archived", "Person Ada Lovelace restored",
		"Address 1 Main St of Ada Lovelace deleted",
		"Hours of Norwood on Sunday from 09:05 created",
		"Hours of Norwood on 2026-12-25, closed created", "Hours of Norwood on 2026-12-26 from 10:00 created",
	}
	before := page(t, tx, audit.Filter{})
	for _, text := range want {
		if !contains(before, text) {
			t.Errorf("no %q in:\n%s", text, strings.Join(before, "\n"))
		}
	}
	if done := finish(t, tx); done.Failed > 0 || done.Taken < len(want) {
		t.Errorf("finished %+v", done)
	}
	equal(t, "stored texts", page(t, tx, audit.Filter{}), before...)
	equal(t, "events without text", lines(t, tx, `SELECT count(*)::text FROM audit.events LEFT JOIN audit.texts ON event_id = id WHERE text IS NULL AND id > $1::text::bigint`, first), "0")
	equal(t, "empty texts and errors", lines(t, tx, `SELECT coalesce(error, '') FROM audit.texts WHERE text = '' OR error IS NOT NULL`))
}

func contains(list []string, text string) bool {
	for _, l := range list {
		if l == text {
			return true
		}
	}
	return false
}

// Every canonical table has a label that fits its columns. A table without one gets the default label.
func TestEveryTableHasItsLabel(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, `CREATE TABLE canonical.gadget_parts (organization_id bigint, id bigint, code text, PRIMARY KEY (organization_id, id))`,
		`INSERT INTO audit.tables (relation, entity) VALUES ('gadget_parts', 'GadgetPart')`, `SELECT audit.attach('gadget_parts')`,
		organization, `INSERT INTO canonical.gadget_parts VALUES (1, 2, 'G-1')`)
	if texts := page(t, tx, audit.Filter{Relation: new("gadget_parts")}); len(texts) != 1 || texts[0] != "Gadget parts G-1 created" {
		t.Errorf("%q", texts)
	}
	for _, relation := range lines(t, tx, `SELECT relation FROM audit.tables WHERE exempt IS NULL AND to_regclass('canonical.' || relation) IS NOT NULL`) {
		if relation != "gadget_parts" && !audit.Labelled(relation) {
			t.Errorf("canonical.%s has no label", relation)
		}
	}
}

// An event whose text cannot be made keeps its error and does not hold up others. Without the error, its text is made again.
func TestPoisonedEvent(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization, ada)
	super := pgtest.Superuser(t, pool)
	run(t, super, `SET session_replication_role = replica`) // past the guards
	poison := []string{`"no row"`, `{"amount": "a lot", "currency": "AUD", "party_id": 7, "direction": "in"}`, `{"party_id": 7}`, `null`, `{"amount": 1, "currency": "AUD", "party_id": {"x": 1}}`}
	for i, snapshot := range poison {
		run(t, super, fmt.Sprintf(`WITH recorded AS (
			INSERT INTO audit.events (organization_id, relation, row_id, action, snapshot) VALUES (1, 'payments', '%d', 'create', '%s') RETURNING id)
			INSERT INTO audit.textless SELECT id FROM recorded`, i, snapshot))
	}
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if done := finish(t, tx); done.Failed != len(poison) || done.Taken < len(poison)+2 {
		t.Errorf("finished %+v", done)
	}
	if done := finish(t, tx); done.Taken != 0 {
		t.Errorf("an event with an error is taken again: %+v", done)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "texts beside", page(t, pool, audit.Filter{Relation: new("people")}), "Person Ada Lovelace created")
	equal(t, "fallback texts", page(t, pool, audit.Filter{Relation: new("payments")}),
		"Payments 0 created", "Payments 1 created", "Payments 2 created", "Payments 3 created", "Payments 4 created")
	for _, failure := range lines(t, pool, `SELECT error FROM audit.texts JOIN audit.events ON id = event_id WHERE relation = 'payments'`) {
		if !strings.HasPrefix(failure, "text of the change of payments ") {
			t.Errorf("error %q", failure)
		}
	}
	run(t, super, `UPDATE audit.events SET snapshot = '{"amount": 1, "currency": "AUD", "party_id": 7, "direction": "in"}' WHERE row_id = '1'`)
	equal(t, "tried again", lines(t, pool, `SELECT audit.retry_texts()::text`), strconv.Itoa(len(poison)))
	err = pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { _, err := audit.Finish(t.Context(), tx); return err })
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "mended", lines(t, pool, `SELECT text FROM audit.texts JOIN audit.events ON id = event_id WHERE relation = 'payments' AND row_id = '1'`), "Payment of 0.01 AUD from Ada Lovelace created")
}

// Concurrent calls of Finish share the events; none waits or fails.
func TestFinishersAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization, `INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) SELECT 1, g, 'Rate ' || g, 1 FROM generate_series(1, 3500) AS g`)
	total := lines(t, pool, `SELECT count(*)::text FROM audit.events`)[0]
	type result struct {
		taken int
		err   error
	}
	results := make(chan result)
	for range 3 {
		go func() {
			var all result
			for {
				var done audit.Finished
				all.err = pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) { done, err = audit.Finish(t.Context(), tx); return err })
				if all.taken += done.Taken; all.err != nil || done.Taken == 0 {
					results <- all
					return
				}
			}
		}()
	}
	sum := 0
	for range 3 {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
		}
		sum += r.taken
	}
	if fmt.Sprint(sum) != total {
		t.Errorf("%d texts were made of %s events", sum, total)
	}
	equal(t, "without text", lines(t, pool, `SELECT count(*)::text FROM audit.textless`), "0")
}

func FuzzParsePosition(f *testing.F) {
	f.Add(audit.Position{ID: 5}.String())
	f.Add("MTIzLzQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := audit.ParsePosition(text); err == nil && p.String() != text {
			t.Errorf("%q is read as %q", text, p)
		}
	})
}

// The items of a deleted draft still say what kind of document they belonged to.
func TestTextsOfADeletedDraft(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) VALUES (1, 20, 'bill', 7, '2026-01-01', '2026-01-31', 'AUD')`,
		`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, unit_price) VALUES (1, 30, 20, 1, 'Engine', 250000)`,
		`DELETE FROM canonical.documents`)
	want := "Line 1 (Engine) of draft bill deleted"
	for range 2 { // before it is stored, and after
		texts := strings.Join(page(t, tx, audit.Filter{}), "\n")
		if !strings.Contains(texts, want) {
			t.Errorf("%q is not in\n%s", want, texts)
		}
		finish(t, tx)
	}
}
