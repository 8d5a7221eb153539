package projection_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// catalogued is a projection as the database's catalogue lists it.
type catalogued struct {
	Name, Kind  string
	Key, Within []string
}

func readCatalogue(ctx context.Context, db querier) ([]catalogued, error) {
	rows, err := db.Query(ctx, "SELECT name, kind, key, within FROM engine.projections ORDER BY name")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[catalogued])
}

// catalogue lists all projections of the database, by name.
func catalogue(ctx context.Context, t *testing.T, db querier) []catalogued {
	t.Helper()
	all, err := readCatalogue(ctx, db)
	if err != nil {
		t.Fatalf("read the catalogue: %v", err)
	}
	if len(all) == 0 {
		t.Fatal("the catalogue is empty")
	}
	return all
}

// pairs returns the rows of a query of two text columns.
func pairs(ctx context.Context, t *testing.T, db querier, sql string) [][2]string {
	t.Helper()
	rows, err := db.Query(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ A, B string }])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out := make([][2]string, len(list))
	for i, row := range list {
		out[i] = [2]string{row.A, row.B}
	}
	return out
}
