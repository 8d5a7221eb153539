package projection

import (
	"testing"

	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestMigrates(t *testing.T) {
	tx := pgtest.Tx(t)
	var s *string
	if err := tx.QueryRow(t.Context(), "SELECT string_agg(projection || ': ' || problem, E'\n') FROM engine.problems()").Scan(&s); err != nil {
		t.Fatal(err)
	}
	if s != nil {
		t.Fatal(*s)
	}
}
