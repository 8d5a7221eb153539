package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// lines runs a query of one text column and returns its rows.
func lines(t testing.TB, db querier, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return list
}

func run(t testing.TB, db querier, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		rows, err := db.Query(t.Context(), sql)
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// recorded lists the events of a table, in their order, as action, row and changes.
func recorded(t testing.TB, db querier, relation string) []string {
	t.Helper()
	return lines(t, db, `SELECT concat_ws(' ', action, row_id, CASE WHEN changes <> '{}' THEN changes END)
		FROM audit.events WHERE relation = $1 ORDER BY id`, relation)
}

const (
	organization = `INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`
	ada          = `INSERT INTO canonical.people (organization_id, id, given_name, family_name, is_customer) VALUES (1, 7, 'Ada', 'Lovelace', true)`
)

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Every canonical table is audited. A new one is reported until it is listed in audit.tables.
func TestEveryTableIsRecorded(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	if missing := lines(t, tx, `SELECT audit.unrecorded()`); len(missing) > 0 {
		t.Errorf("nothing is recorded of %v: add a line for each to audit.tables, in a migration", missing)
	}
	run(t, tx, `CREATE TABLE canonical.gadgets (organization_id bigint, id bigint, keeper_id bigint, PRIMARY KEY (organization_id, id))`)
	equal(t, "a table without triggers", lines(t, tx, `SELECT audit.unrecorded()`), "gadgets")
	run(t, tx, `INSERT INTO audit.tables (relation, entity, entity_key) VALUES ('gadgets', 'Person', 'keeper_id')`,
		`SELECT audit.attach_all()`, `INSERT INTO canonical.gadgets VALUES (1, 2, 3)`)
	equal(t, "what is still missing", lines(t, tx, `SELECT audit.unrecorded()`))
	equal(t, "its events", lines(t, tx, `SELECT concat_ws(' ', organization_id, row_id, canonical_type, canonical_id)
		FROM audit.events WHERE relation = 'gadgets'`), "1 2 Person 3")
	run(t, tx, `ALTER TABLE canonical.gadgets DISABLE TRIGGER audit_update`)
	equal(t, "a table with a trigger switched off", lines(t, tx, `SELECT audit.unrecorded()`), "gadgets")
}

// A column whose name is that of a secret is redacted.
func TestSecretsAreListed(t *testing.T) {
	t.Parallel()
	found := lines(t, pgtest.Tx(t), `SELECT c.table_name || '.' || c.column_name FROM information_schema.columns AS c
		JOIN audit.tables AS t ON t.relation = c.table_name AND t.exempt IS NULL
		WHERE c.table_schema = 'canonical' AND c.column_name ~ '(hash|token|secret|password|salt)' AND c.column_name <> ALL (t.secrets)`)
	if len(found) > 0 {
		t.Errorf("recorded as they are: %v", found)
	}
}

func TestOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada,
		`UPDATE canonical.people SET email = 'ada@example.com' WHERE id = 7`,
		`UPDATE canonical.people SET email = 'ada@example.com', phone = NULL WHERE id = 7`,                   // the same again
		`UPDATE canonical.people SET version = version + 1, updated_at = now() + interval '1h' WHERE id = 7`, // counters only
		`UPDATE canonical.people SET email = 'x' WHERE id = 8`,                                               // nobody
		`UPDATE canonical.people SET email = NULL, family_name = 'King' WHERE id = 7`,
		`DELETE FROM canonical.people WHERE id = 7`)
	equal(t, "people", recorded(t, tx, "people"), "create 7",
		`update 7 {"email": [null, "ada@example.com"]}`,
		`update 7 {"email": ["ada@example.com", null], "full_name": ["Ada Lovelace", "Ada King"], "family_name": ["Lovelace", "King"]}`,
		"delete 7")
	equal(t, "fields", lines(t, tx, `SELECT array_to_string(ARRAY(SELECT unnest(fields) ORDER BY 1), ',') FROM audit.events
		WHERE relation = 'people' AND action = 'update' ORDER BY id`), "email", "email,family_name,full_name")
	equal(t, "snapshots", lines(t, tx, `SELECT concat_ws(' ', snapshot ->> 'full_name', snapshot ->> 'version') FROM audit.events
		WHERE relation = 'people' ORDER BY id`), "Ada Lovelace 1", "Ada Lovelace 2", "Ada King 5", "Ada King 5")
	equal(t, "entities", lines(t, tx, `SELECT DISTINCT concat_ws(' ', organization_id, canonical_type, canonical_id)
		FROM audit.events WHERE relation = 'people'`), "1 Person 7")
}

// A statement that writes many rows records those that changed, each with its own values; also with a generic plan.
func TestStatementsOfManyRows(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, `INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) SELECT 1, g, 'Rate ' || g, g FROM generate_series(1, 5) AS g`)
	for i := range 12 {
		run(t, tx, fmt.Sprintf(`UPDATE canonical.tax_rates SET name = 'Renamed %d' WHERE id = 5`, i))
	}
	run(t, tx, `UPDATE canonical.tax_rates SET percentage = CASE id WHEN 2 THEN percentage ELSE percentage + 10 END WHERE id < 5`)
	got := recorded(t, tx, "tax_rates")
	equal(t, "created", got[:5], "create 1", "create 2", "create 3", "create 4", "create 5")
	changed := got[len(got)-3:]
	slices.Sort(changed)
	equal(t, "changed", changed, `update 1 {"percentage": [1.0000, 11.0000]}`, `update 3 {"percentage": [3.0000, 13.0000]}`, `update 4 {"percentage": [4.0000, 14.0000]}`)
	run(t, tx, `INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) SELECT 1, g, 'Rate ' || g, 1 FROM generate_series(6, 20000) AS g`,
		`UPDATE canonical.tax_rates SET percentage = 2 WHERE id > 5`)
	equal(t, "a large update", lines(t, tx, `SELECT count(*)::text FROM audit.events WHERE action = 'update' AND fields = '{percentage}' AND row_id::int > 5`), "19995")
}

// A changed key is recorded as a deletion and a creation; MERGE and ON CONFLICT as what they do to each row.
func TestOtherStatements(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada, `UPDATE canonical.people SET id = 9 WHERE id = 7`)
	got := recorded(t, tx, "people")
	slices.Sort(got[1:])
	equal(t, "a changed key", got, "create 7", "create 9", "delete 7")
	run(t, tx, `INSERT INTO canonical.fx_rates (organization_id, id, currency, valid_from, rate) VALUES (1, 1, 'USD', '2026-01-01', 1.5), (1, 2, 'EUR', '2026-01-01', 1.6)`,
		`INSERT INTO canonical.fx_rates (organization_id, id, currency, valid_from, rate) VALUES (1, 3, 'USD', '2026-01-01', 1.4), (1, 4, 'NZD', '2026-01-01', 0.9)
			ON CONFLICT ON CONSTRAINT fx_rates_day_key DO UPDATE SET rate = EXCLUDED.rate`,
		`MERGE INTO canonical.fx_rates AS old USING (VALUES ('EUR', 1.7), ('JPY', 0.01)) AS new (currency, rate) ON old.currency = new.currency
			WHEN MATCHED THEN UPDATE SET rate = new.rate
			WHEN NOT MATCHED THEN INSERT (organization_id, id, currency, valid_from, rate) VALUES (1, 5, new.currency, '2026-01-01', new.rate)`)
	got = recorded(t, tx, "fx_rates")
	slices.Sort(got)
	equal(t, "rates", got, "create 1", "create 2", "create 4", "create 5",
		`update 1 {"rate": [1.50000000, 1.40000000]}`, `update 2 {"rate": [1.60000000, 1.70000000]}`)
	run(t, tx, `TRUNCATE canonical.fx_rates`)
	equal(t, "truncated", lines(t, tx, `SELECT string_agg(row_id, ' ' ORDER BY row_id) FROM audit.events WHERE relation = 'fx_rates' AND action = 'delete'`), "1 2 4 5")
}

func TestChildrenBelongToTheirRecord(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada,
		`INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES (1, 7, 1, '1 Main St', 'Norwood', '5000', 'AU')`,
		`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES (1, 1, 'GST', 10)`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) VALUES
			(1, 20, 'invoice', 7, '2026-01-01', '2026-01-31', 'AUD'), (1, 21, 'credit_note', 7, '2026-01-01', '2026-01-31', 'AUD')`,
		`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, unit_price)
			VALUES (1, 30, 20, 1, 'Engine', 100), (1, 31, 21, 1, 'Engine', 100), (1, 32, 20, 2, 'Oil', 100)`,
		`INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
			VALUES (1, 20, 30, 1, 1, 'GST', 10), (1, 21, 31, 1, 1, 'GST', 10), (1, 20, 32, 1, 1, 'GST', 10)`,
		`UPDATE canonical.document_items SET quantity = 2 WHERE id = 30`)
	belongs := func(action string) []string {
		t.Helper()
		return lines(t, tx, `SELECT format('%s %s:%s %s', relation, canonical_type, canonical_id, count(*)) FROM audit.events
			WHERE relation IN ('addresses', 'documents', 'document_items', 'document_item_taxes') AND action = $1
			GROUP BY relation, canonical_type, canonical_id ORDER BY 1`, action)
	}
	equal(t, "created", belongs("create"), "addresses Person:7 1", "document_item_taxes CreditNote:21 1", "document_item_taxes Invoice:20 2",
		"document_items CreditNote:21 1", "document_items Invoice:20 2", "documents CreditNote:21 1", "documents Invoice:20 1")
	equal(t, "changed", belongs("update"), "document_items Invoice:20 1")
	// Deletes cascade: from an item to its taxes, from a document to its items and their taxes, from a person to their addresses.
	run(t, tx, `DELETE FROM canonical.document_items WHERE id = 32`, `DELETE FROM canonical.documents`, `DELETE FROM canonical.people`)
	equal(t, "deleted", belongs("delete"), "addresses Person:7 1", "document_item_taxes CreditNote:21 1", "document_item_taxes Invoice:20 2",
		"document_items CreditNote:21 1", "document_items Invoice:20 2", "documents CreditNote:21 1", "documents Invoice:20 1")
}

func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, `INSERT INTO canonical.users (id, name, email) VALUES (5, 'Grace', 'grace@example.com')`,
		`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 5, 'owner')`,
		`INSERT INTO canonical.api_tokens (organization_id, id, user_id, name, token_hash) VALUES (1, 3, 5, 'Key', sha256('one'))`,
		`UPDATE canonical.api_tokens SET token_hash = sha256('two')`, `UPDATE canonical.api_tokens SET revoked_at = '2026-01-01Z'`, `DELETE FROM canonical.api_tokens`)
	equal(t, "tokens", recorded(t, tx, "api_tokens"), "create 3", `update 3 {"token_hash": ["[redacted]", "[redacted]"]}`,
		`update 3 {"revoked_at": [null, "2026-01-01T00:00:00+00:00"]}`, "delete 3")
	equal(t, "snapshots", lines(t, tx, `SELECT DISTINCT snapshot ->> 'token_hash' FROM audit.events WHERE relation = 'api_tokens'`), "[redacted]")
	secret := lines(t, tx, `SELECT count(*)::text FROM audit.events WHERE events::text LIKE '%' || encode(sha256('one'), 'hex') || '%' OR events::text LIKE '%' || encode(sha256('two'), 'hex') || '%'`)
	equal(t, "events with a hash", secret, "0")
	equal(t, "global and shared rows", lines(t, tx, `SELECT DISTINCT format('%s %s %s:%s', relation, coalesce(organization_id::text, 'global'), canonical_type, canonical_id)
		FROM audit.events WHERE relation IN ('users', 'organizations', 'memberships', 'api_tokens') ORDER BY 1`),
		"api_tokens 1 Token:3", "memberships 1 Member:5", "organizations 1 Organization:1", "users global User:5")
}

func TestWhoAskedForIt(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, `SELECT set_config('daybook.actor', '5', true), set_config('daybook.request_id', 'r-1', true)`, ada,
		`SELECT set_config('daybook.actor', 'somebody', true), set_config('daybook.request_id', '', true)`, `DELETE FROM canonical.people`)
	equal(t, "who", lines(t, tx, `SELECT format('%s %s %s %s %s', action, relation, coalesce(actor_id::text, '-'), database_role, request_id) FROM audit.events
		WHERE relation IN ('people', 'organizations') AND transaction = pg_current_xact_id() AND occurred_at = now() ORDER BY id`),
		"create organizations - daybook ", "create people 5 daybook r-1", "delete people - daybook ")
}

func TestRollbackLeavesNothing(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organization)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, tx, ada, `SAVEPOINT s`, `UPDATE canonical.people SET email = 'a@b'`, `ROLLBACK TO s`)
	equal(t, "before the end", recorded(t, tx, "people"), "create 7")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "after it", recorded(t, pool, "people"))
}

// Events are written by triggers only, and nothing of them but the text can be changed; audit.forget deletes the oldest.
func TestEventsStay(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	run(t, tx, organization, ada)
	for _, sql := range []string{
		`INSERT INTO audit.events (relation, row_id, action, snapshot) VALUES ('people', '1', 'create', '{}')`,
		`UPDATE audit.events SET snapshot = '{}'`, `UPDATE audit.events SET actor_id = 1 WHERE false`,
		`DELETE FROM audit.events`, `TRUNCATE audit.events`,
	} {
		t.Run(sql, func(t *testing.T) {
			savepoint, err := tx.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := savepoint.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "what happened is not changed") {
				t.Error(err)
			}
			if err := savepoint.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
	finish(t, tx)
	count := `SELECT count(*)::text FROM audit.events`
	before := lines(t, tx, count)[0]
	equal(t, "nothing is old", lines(t, tx, `SELECT audit.forget(now() - interval '1 day', 10)::text`), "0")
	equal(t, "a batch of old ones", lines(t, tx, `SELECT audit.forget(now() + interval '1 day', 10)::text`), "10")
	equal(t, "what is left", lines(t, tx, `SELECT ((`+count+`)::int + 10)::text`), before)
	equal(t, "texts of what is left", lines(t, tx, `SELECT ((SELECT count(*) FROM audit.texts) + (SELECT count(*) FROM audit.textless))::text`), lines(t, tx, count)[0])
	if _, err := tx.Exec(t.Context(), `DELETE FROM audit.events`); err == nil {
		t.Error("what may be forgotten stays open")
	}
}
