package projection_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// Only the engine writes stored copies. A statement of anybody else is refused, and the hint names
// the canonical tables to change instead.
func TestStoredCopiesAreGuarded(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	for _, p := range catalogue(t.Context(), t, tx) {
		if p.Kind != "table" {
			continue // PostgreSQL refuses to write a materialized view
		}
		for _, sql := range []string{"INSERT INTO projection.%s DEFAULT VALUES", "UPDATE projection.%s SET canonical_id = 0", "DELETE FROM projection.%s", "TRUNCATE projection.%s"} {
			sql = strings.ReplaceAll(sql, "%s", p.Name)
			t.Run(sql, func(t *testing.T) {
				err := pgx.BeginFunc(t.Context(), tx, func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), sql)
					return err
				})
				var refused *pgconn.PgError
				if !errors.As(err, &refused) || refused.Code != pgerrcode.InsufficientPrivilege || !strings.Contains(refused.Hint, "canonical.") {
					t.Error(err)
				}
			})
		}
	}
	err := pgx.BeginFunc(t.Context(), tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "DELETE FROM projection.document_payments")
		return err
	})
	var refused *pgconn.PgError
	if errors.As(err, &refused); refused.Hint != "Change the canonical tables it is made from: canonical.documents, canonical.payment_allocations, canonical.payments." {
		t.Errorf("hint %q", refused.Hint)
	}
}

// Verification finds exactly the rows that a superuser has damaged past all triggers.
func TestDamageIsFoundAndRepaired(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	e := engineOn(pool)
	super := pgtest.Superuser(t, pool)
	for _, sql := range []string{
		"SET session_replication_role = replica",
		"UPDATE projection.document_summaries SET total = total + 1 WHERE organization_id = 1 AND document_id = 7",
		"DELETE FROM projection.document_summaries WHERE organization_id = 2 AND document_id = 3",
		"INSERT INTO projection.document_summaries SELECT (jsonb_populate_record(d, '{\"document_id\": 999}')).* FROM projection.document_summaries d WHERE organization_id = 1 AND document_id = 1",
		// An equal number that is written otherwise has drifted too.
		"UPDATE projection.document_summaries SET paid = 0.000 WHERE organization_id = 1 AND document_id = 2",
	} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range [][]string{{"1/2", "1/7", "1/999", "2/3"}, nil} {
		var found []string
		var checked int64
		for after, more := []string(nil), true; more; more = after != nil {
			slice, err := e.Verify(ctx, "document_summaries", after)
			if err != nil {
				t.Fatal(err)
			}
			found, checked, after = append(found, slice.Drifted...), checked+slice.Checked, slice.Next
		}
		if !slices.Equal(found, want) || checked != 25-int64(i) {
			t.Errorf("verification %d finds %v in %d", i, found, checked)
		}
		if i == 0 {
			// What is found is marked, so exact reads are right before it is repaired.
			w := &workload{pool: pool}
			if w.check(ctx); len(w.found()) > 0 {
				t.Error(w.found())
			}
		}
		if _, err := e.Refresh(ctx, "document_summaries", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	list, err := e.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := list[slices.IndexFunc(list, func(s projection.Status) bool { return s.Name == "document_summaries" })]
	if s.DriftFound != 4 || s.VerifiedAt == nil || s.Backlog != 0 {
		t.Errorf("%+v", s)
	}
}

// A rebuild adds stored rows that are missing and removes those without a source row.
func TestRebuildRemovesGhosts(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	super := pgtest.Superuser(t, pool)
	for _, sql := range []string{pgtest.TriggersOff, "DELETE FROM canonical.products WHERE id = 2", "DELETE FROM projection.product_summaries WHERE product_id = 1", pgtest.TriggersOn} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"product_summaries", "search_documents"} {
		for after, more := []string(nil), true; more; more = after != nil {
			slice, err := engineOn(pool).Rebuild(ctx, name, after)
			if err != nil {
				t.Fatal(err)
			}
			after = slice.Next
		}
	}
	w := &workload{pool: pool}
	w.rest(t)
	for _, d := range w.found() {
		t.Error(d)
	}
}

// TRUNCATE in a snapshot taken before would leave stored rows without a source row.
func TestTruncate(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	exec(ctx, t, pool, "INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) VALUES (1, 1, 1, 'Street', 'Norwood', '5000', 'AU')")
	_, err := snapshot(ctx, t, pool).Exec(ctx, "TRUNCATE canonical.addresses")
	if err == nil || !strings.Contains(err.Error(), "READ COMMITTED") {
		t.Errorf("in REPEATABLE READ: %v", err)
	}
	w := &workload{pool: pool}
	exec(ctx, t, pool, "SELECT refresh.people_summaries(1, 100)")
	tx := begin(ctx, t, pool)
	exec(ctx, t, tx, "TRUNCATE canonical.addresses")
	commit(ctx, t, tx)
	w.check(ctx)
	w.rest(t)
	for _, d := range w.found() {
		t.Error(d)
	}
}
