package demo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/demo"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// In a transaction of one organization, or of none, the application's role neither adds nor changes nor deletes rows of another one, in
// any table: the demo business, which has rows in most, is the other one.
func TestRowsOfAnotherOrganizationAreNotWritten(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, url := t.Context(), pgtest.URL(t)
	pool := pgtest.Open(t, url, pgpool.Options{MaxConns: 2})
	business := seed(t, pool, demo.Options{})
	own := one[int64](t, pool, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ('Own', 'UTC', 'AUD') RETURNING id`)
	tables := strings.Fields(one[string](t, pool, `SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class AS c WHERE relnamespace = 'canonical'::regnamespace AND relkind IN ('r', 'p')
		AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'organization_id')`))
	application := pgtest.Open(t, pgtest.Application(t, url), pgpool.Options{MaxConns: 2})
	tried := 0
	for _, table := range append(tables, "organizations") {
		key := map[bool]string{true: "id", false: "organization_id"}[table == "organizations"]
		columns := one[string](t, pool, `SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, "canonical."+table)
		if one[int](t, pool, fmt.Sprintf(`SELECT count(*) FROM canonical.%s WHERE %s = $1`, table, key), business.OrganizationID) == 0 {
			continue
		}
		tried++
		for _, organization := range []string{"", fmt.Sprint(own)} {
			inTransaction := func(sql string) (tag pgconn.CommandTag, err error) {
				rolledBack := errors.New("rolled back")
				failed := pgx.BeginFunc(ctx, application, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, `SELECT set_config('daybook.organization', $1, true)`, organization); err != nil {
						t.Fatal(err)
					}
					tag, err = tx.Exec(ctx, sql, business.OrganizationID)
					return rolledBack
				})
				if !errors.Is(failed, rolledBack) {
					t.Fatal(failed)
				}
				return tag, err
			}
			for _, sql := range []string{
				fmt.Sprintf(`UPDATE canonical.%s SET %s = %[2]s WHERE %[2]s = $1`, table, key),
				fmt.Sprintf(`DELETE FROM canonical.%s WHERE %s = $1`, table, key),
			} {
				if tag, err := inTransaction(sql); err != nil || tag.RowsAffected() != 0 {
					t.Errorf("as organization %q, %s: %s, %v", organization, sql, tag, err)
				}
			}
			var refused *pgconn.PgError
			sql := fmt.Sprintf(`INSERT INTO canonical.%s (%s) OVERRIDING SYSTEM VALUE SELECT %[2]s FROM canonical.%[1]s WHERE %[3]s = $1 LIMIT 1`, table, columns, key)
			// Amounts are refused before that, since they follow from other rows.
			if _, err := inTransaction(sql); !errors.As(err, &refused) || !strings.Contains(refused.Message, "row-level security") && !strings.HasSuffix(table, "_amounts") {
				t.Errorf("as organization %q, %s: %v", organization, sql, err)
			}
		}
	}
	if tried < 30 {
		t.Errorf("the business has rows in %d tables", tried)
	}
	t.Logf("%d of %d tables", tried, len(tables)+1)
}
