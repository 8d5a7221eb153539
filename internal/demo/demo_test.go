package demo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/internal/audit"
	"daybook/internal/demo"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var today = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

func seed(t *testing.T, pool *pgxpool.Pool, o demo.Options) demo.Result {
	t.Helper()
	if o.Today.IsZero() {
		o.Today = today
	}
	r, err := demo.Seed(t.Context(), pool, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// one returns the single value of a query.
func one[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// checksum covers every row of the canonical tables that are invented, and every column, but for the transactions that wrote rows, and
// the moments at which sessions were closed and a close reversed. It leaves out the token and the number series.
func checksum(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"organizations", "users", "memberships", "people", "addresses", "tax_rates", "products",
		"documents", "document_items", "document_item_taxes", "payments", "payment_allocations", "payment_refunds", "credit_allocations",
		"stores", "store_hours", "store_hour_exceptions", "day_parts", "shifts",
		"channels", "channel_members", "notification_preferences", "money_entries", "transfers", "sales", "sale_lines", "sale_line_taxes", "sale_tenders",
		"tills", "till_sessions", "till_movements", "day_closes", "day_close_sales", "day_close_tenders", "day_close_lines"} {
		row := "to_jsonb(t) - 'transaction'"
		if table == "till_sessions" || table == "day_closes" {
			row += " - 'updated_at'"
		}
		fmt.Fprintln(&all, table, one[string](t, pool,
			"SELECT count(*) || ' ' || coalesce(md5(string_agg(r::text, ',' ORDER BY r::text)), '') FROM (SELECT "+row+" FROM canonical."+table+" AS t) AS r"))
	}
	fmt.Fprintln(&all, "books", one[string](t, pool, `SELECT count(*) || ' ' || md5(string_agg(l::text, ',' ORDER BY l::text)) FROM (
		SELECT e.organization_id, canonical_type, canonical_id, e.posted_on, account_id, amount, currency, document_amount
		FROM canonical.journal_entries AS e JOIN canonical.journal_lines AS l ON (l.organization_id, l.entry_id) = (e.organization_id, e.id)) AS l`))
	return all.String()
}

// The rows do not depend on the order in which the sessions that write them happen to run.
func TestSameOptionsSameBusiness(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	for name, o := range map[string]demo.Options{"one session": {Seed: 1}, "several sessions": {Seed: 1, Size: demo.Scaled(200), Part: 40}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, again, other := pgtest.Pool(t), pgtest.Pool(t), pgtest.Pool(t)
			a, b := seed(t, first, o), seed(t, again, o)
			o.Seed = 2
			seed(t, other, o)
			want := checksum(t, first)
			if got := checksum(t, again); got != want || a.Counts != b.Counts {
				t.Errorf("first\n%s%+v\nagain\n%s%+v", want, a.Counts, got, b.Counts)
			}
			if checksum(t, other) == want {
				t.Error("another seed made the same business")
			}
		})
	}
}

func TestSecondSeedOnlySetsTheToken(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	first := seed(t, pool, demo.Options{Token: "the-first-token"})
	before := checksum(t, pool)
	for _, token := range []string{"the-first-token", "another-token", ""} {
		t.Run("token "+token, func(t *testing.T) {
			again := seed(t, pool, demo.Options{Seed: 7, Size: demo.Scaled(500), Token: token})
			if !again.Existing || again.OrganizationID != first.OrganizationID || again.UserID != first.UserID || again.Counts != (demo.Counts{}) {
				t.Errorf("%+v after %+v", again, first)
			}
			if token == "" {
				if again.Token != "" {
					t.Errorf("there is a token without one given: %q", again.Token)
				}
				return
			}
			p, err := canonical.Authenticate(t.Context(), pool, again.Token)
			if err != nil || p.Actor.OrganizationID != first.OrganizationID || p.Actor.UserID != first.UserID || p.Actor.Role != "OWNER" {
				t.Errorf("%+v, %v", p, err)
			}
			if again.Token != token {
				t.Errorf("token %q became %q", token, again.Token)
			}
		})
	}
	if checksum(t, pool) != before {
		t.Error("a second seed changed data")
	}
	if n := one[int](t, pool, "SELECT count(*)::int FROM canonical.api_tokens"); n != 2 {
		t.Errorf("%d tokens", n)
	}
}

func TestRevokedTokenStaysRevoked(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	seed(t, pool, demo.Options{Token: "the-first-token"})
	if err := canonical.New(pool, nil).TokenRevoke(t.Context(), "the-first-token"); err != nil {
		t.Fatal(err)
	}
	_, err := demo.Seed(t.Context(), pool, demo.Options{Token: "the-first-token"})
	if _, ok := errors.AsType[*canonical.Invalid](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestSeedsAtOnceMakeOneBusiness(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	results, errs := make(chan demo.Result, 3), make(chan error, 3)
	for range cap(results) {
		go func() {
			r, err := demo.Seed(t.Context(), pool, demo.Options{Today: today})
			results <- r
			errs <- err
		}()
	}
	made := 0
	for range cap(results) {
		r, err := <-results, <-errs
		if err != nil {
			t.Error(err)
		}
		if !r.Existing {
			made++
		}
	}
	if n := one[int](t, pool, "SELECT count(*)::int FROM canonical.organizations"); made != 1 || n != 4 {
		t.Errorf("made %d times, %d organizations", made, n)
	}
}

func TestCancelledSeedLeavesNothing(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := demo.Seed(ctx, pool, demo.Options{Progress: func(int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if n := one[int](t, pool, "SELECT count(*)::int FROM canonical.organizations"); n != 0 {
		t.Errorf("%d organizations", n)
	}
}

// A text can be made for every event of the demo business.
func TestEveryChangeHasItsText(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	seed(t, pool, demo.Options{})
	for taken := audit.Batch; taken == audit.Batch; {
		var done audit.Finished
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) { done, err = audit.Finish(t.Context(), tx); return err })
		if err != nil {
			t.Fatal(err)
		}
		taken = done.Taken
	}
	if failed := one[string](t, pool, `SELECT coalesce(string_agg(DISTINCT error, ', '), '') FROM audit.events LEFT JOIN audit.texts ON event_id = id WHERE text IS NULL`); failed != "" {
		t.Errorf("without text: %s", failed)
	}
}
