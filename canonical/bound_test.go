package canonical

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// unbound are the audited tables that no write of a member bound to stores may change.
var unbound = []string{
	"accounts", "channel_members", "channels", "countries", "currencies", "fx_rates", "membership_stores", "memberships", "operator_actions",
	"organizations", "products", "tax_rates", "users", "webhooks",
}

// Every table that is audited is one that the check of bound members' writes knows how to tell apart, or refuses; and it knows no other.
func TestEveryTableIsBoundOrNot(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	rows, _ := tx.Query(t.Context(), `SELECT relation FROM audit.tables WHERE exempt IS NULL ORDER BY 1`)
	audited, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Concat(changedFreely, changedByUser)
	for _, of := range changedByStore {
		known = append(known, of.table)
	}
	for _, of := range changedByParent {
		known = append(known, of.table)
	}
	for _, table := range audited {
		if slices.Contains(known, table) == slices.Contains(unbound, table) {
			t.Errorf("canonical.%s must be told apart by stores, or refused to bound members", table)
		}
	}
	for _, table := range slices.Concat(known, unbound) {
		if !slices.Contains(audited, table) {
			t.Errorf("canonical.%s is listed, and not audited", table)
		}
	}
	// A column that names a store is looked at in every table that has one.
	rows, _ = tx.Query(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns JOIN audit.tables ON relation = table_name AND exempt IS NULL
		WHERE table_schema = 'canonical' AND column_name ~ '(^|_)store_id$' ORDER BY 1`)
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range columns {
		if !slices.ContainsFunc(changedByStore, func(of ofStore) bool { return of.table+"."+of.column == column }) &&
			!slices.Contains([]string{"document_items.store_id", "membership_stores.store_id"}, column) {
			t.Errorf("canonical.%s is not looked at", column)
		}
	}
}
