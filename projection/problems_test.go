package projection_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// bad makes a projection of products named bad, from the select list and the rest of its
// source view.
func bad(list, from string) []string {
	return []string{
		"CREATE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + list + " FROM canonical.products p" + from,
		"SELECT engine.create_projection('bad', 'table', '{organization_id,product_id}')",
		"SELECT engine.track('bad', 'canonical.products', 'key', '{organization_id,id}')",
		"SELECT engine.activate('bad')",
	}
}

const parent = "'Product'::text AS canonical_type, p.id AS canonical_id, "

// good makes a projection without problems, and runs the statements after that.
func good(after ...string) []string { return append(bad(parent+"p.name", ""), after...) }

// problems has statements that provoke each message of engine.problems.
var problems = map[string]struct {
	statements []string
	want       string // empty: no problem
}{
	"nothing":                 {good(), ""},
	"untracked table":         {bad(parent+"r.name", " JOIN canonical.tax_rates r ON r.organization_id = p.organization_id AND r.id = p.tax_rate_id"), "reads canonical.tax_rates, which is not tracked"},
	"untracked by view":       {append([]string{"CREATE VIEW canonical.named AS SELECT organization_id, id, name FROM canonical.tax_rates"}, bad(parent+"r.name", " JOIN canonical.named r ON r.organization_id = p.organization_id AND r.id = p.tax_rate_id")...), "reads canonical.tax_rates, which is not tracked"},
	"a projection":            {bad(parent+"s.name", " JOIN projection.tax_rate_summaries s ON s.organization_id = p.organization_id AND s.tax_rate_id = p.tax_rate_id"), "reads projection.tax_rate_summaries"},
	"the catalogue":           {bad(parent+"(SELECT count(*) FROM pg_catalog.pg_class) AS relations", ""), "reads pg_catalog.pg_class"},
	"the session":             {bad(parent+"(SELECT setting FROM pg_catalog.pg_settings LIMIT 1) AS setting", ""), "reads pg_catalog.pg_settings"},
	"now()":                   {bad(parent+"p.created_at < now() AS old", ""), "calls now, which is not immutable"},
	"random()":                {bad(parent+"random() AS chance", ""), "calls random, which is volatile"},
	"in a subquery":           {bad(parent+"(SELECT max(clock_timestamp()) FROM canonical.products) AS at", ""), "calls clock_timestamp, which is volatile"},
	"CURRENT_DATE":            {bad(parent+"p.archived_at < CURRENT_DATE AS old", ""), "reads the clock or the session"},
	"CURRENT_USER":            {bad(parent+"CURRENT_USER::text AS who", ""), "reads the clock or the session"},
	"text to date":            {bad(parent+"p.sku::date AS day", ""), "converts text to a date"},
	"nested text":             {bad(parent+"btrim(lower(upper(p.sku || p.name) || 'x'))::timestamp AS at", ""), "converts text to a date"},
	"texts to dates":          {bad(parent+"ARRAY[p.sku]::date[] AS days", ""), "converts text to a date"},
	"text to number":          {bad(parent+"p.sku::int AS number", ""), ""},
	"to_char":                 {bad(parent+"to_char(p.created_at, 'YYYY') AS year", ""), "calls to_char, which is not immutable"},
	"instant to day":          {bad(parent+"p.created_at::date AS day", ""), "calls date, which is not immutable"},
	"plpgsql":                 {append([]string{"CREATE FUNCTION canonical.hidden() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'"}, bad(parent+"canonical.hidden() AS n", "")...), "whose body PostgreSQL does not look into"},
	"quoted SQL":              {append([]string{"CREATE FUNCTION canonical.hidden() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"}, bad(parent+"canonical.hidden() AS n", "")...), "whose body PostgreSQL does not look into"},
	"clock in function":       {append([]string{"CREATE FUNCTION canonical.hidden() RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN clock_timestamp()"}, bad(parent+"canonical.hidden() AS n", "")...), "calls clock_timestamp, which is volatile"},
	"table in function":       {append([]string{"CREATE FUNCTION canonical.hidden() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN (SELECT count(*) FROM canonical.payments)"}, bad(parent+"canonical.hidden() AS n", "")...), "reads canonical.payments, which is not tracked"},
	"json":                    {bad(parent+"'{}'::json AS data", ""), "column data is of type json, which has no equality"},
	"sample":                  {bad(parent+"p.name", " TABLESAMPLE SYSTEM (50)"), "takes a random sample"},
	"no parent":               {bad("p.name", ""), "lacks the column canonical_type"},
	"trigger dropped":         {good("DROP TRIGGER mark_bad_update ON canonical.products"), "the trigger mark_bad_update is missing"},
	"trigger off":             {good("ALTER TABLE canonical.products DISABLE TRIGGER mark_bad_insert"), "the trigger mark_bad_insert is missing"},
	"trigger off for a while": {append(good("ALTER TABLE canonical.products DISABLE TRIGGER mark_bad_insert"), "ALTER TABLE canonical.products ENABLE TRIGGER mark_bad_insert"), "the trigger mark_bad_insert is missing, or was switched off"},
	"other columns":           {good("CREATE OR REPLACE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + parent + `p.sku COLLATE "und-x-icu" AS name FROM canonical.products p`), "now reads other columns than its triggers watch"},
	"whole row":               {good("CREATE OR REPLACE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + parent + `p::text COLLATE "und-x-icu" AS name FROM canonical.products p`), "now reads other columns than its triggers watch"},
	"more columns":            {good("CREATE OR REPLACE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + parent + "p.name, 1 AS more FROM canonical.products p"), "does not have exactly the source view's columns"},
	"no key":                  {good("ALTER TABLE projection.bad DROP CONSTRAINT bad_pkey"), "has no unique index on exactly its key"},
	"another key":             {good("ALTER TABLE projection.bad DROP CONSTRAINT bad_pkey", "CREATE UNIQUE INDEX ON projection.bad (organization_id, canonical_id)"), "has no unique index on exactly its key"},
	"part of the rows":        {good("ALTER TABLE projection.bad DROP CONSTRAINT bad_pkey", "CREATE UNIQUE INDEX ON projection.bad (organization_id, product_id) WHERE name <> ''"), "has no unique index on exactly its key"},
	"instant to text":         {bad(parent+"p.created_at::text AS at", ""), "converts a date, a time or a floating-point number to text"},
	"day to text":             {bad(parent+"(p.name || (date '2026-01-01' + p.version)::text) AS at", ""), "converts a date, a time"},
	"inherited":               {append([]string{"CREATE TABLE canonical.special () INHERITS (canonical.products)"}, good()...), "is no plain table"},
	"partitioned":             {append([]string{"CREATE TABLE canonical.parts (organization_id bigint, id bigint, PRIMARY KEY (organization_id, id)) PARTITION BY LIST (organization_id)"}, append([]string{"CREATE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + parent + "1 AS one FROM canonical.parts p"}, good()[1], "SELECT engine.track('bad', 'canonical.parts', 'key', '{organization_id,id}')", "SELECT engine.activate('bad')")...), "is no plain table"},
	"other definition":        {good("CREATE OR REPLACE VIEW source.bad AS SELECT p.organization_id, p.id AS product_id, " + parent + "p.name || p.name AS name FROM canonical.products p"), "was changed in place"},
	"another function":        {append([]string{"CREATE FUNCTION canonical.twice(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN n * 2"}, append(bad(parent+"canonical.twice(p.unit_price) AS n", ""), "CREATE OR REPLACE FUNCTION canonical.twice(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN n * 3")...), "was changed in place"},
	"not activated":           {bad(parent+"p.name", "")[:3], "is not activated"},
	"activated untracked":     {[]string{bad(parent+"p.name", "")[0], bad("", "")[1], "SELECT engine.activate('bad')"}, "is activated before anything is tracked"},
}

// It runs by itself: it changes triggers of tables that other tests lock.
func TestProblems(t *testing.T) {
	pgtest.Long(t)
	t.Run("none", func(t *testing.T) { // a transaction of its own, which holds no locks beside the others
		if _, err := pgtest.Tx(t).Exec(t.Context(), "SELECT engine.check()"); err != nil {
			t.Fatal(err)
		}
	})
	for name, c := range problems {
		t.Run(name, func(t *testing.T) {
			tx := pgtest.Tx(t)
			err := all(t.Context(), tx, append(c.statements, "SELECT engine.check('bad')"))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("says %v, not %q", err, c.want)
			}
		})
	}
}

// all executes the statements until one fails.
func all(ctx context.Context, tx pgx.Tx, statements []string) error {
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
