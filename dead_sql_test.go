package daybook_test

import (
	"go/ast"
	"go/parser"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
	"daybook/projection"
	_ "daybook/resolvers" // declares the read models
)

// goSQL returns the string constants of the code and the statements of all read models, as one text.
func goSQL(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, syntax := range sources(t, parser.SkipObjectResolution) {
		ast.Inspect(syntax, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok {
				if text, ok := constant(literal); ok {
					all.WriteString(text)
					all.WriteByte('\n')
				}
			}
			return true
		})
	}
	for _, model := range projection.Defined() {
		for _, sql := range model.Statements() {
			all.WriteString(sql)
			all.WriteByte('\n')
		}
	}
	return all.String()
}

// Every function of the schema is called: by a trigger, by what PostgreSQL knows to depend on it, by the text of another
// function, by an expansion of a grain, or by Go.
func TestEveryFunctionIsCalled(t *testing.T) {
	t.Parallel()
	code := goSQL(t)
	rows, err := pgtest.Tx(t).Query(t.Context(), `
		WITH ours AS (
			SELECT p.oid, n.nspname AS schema, p.proname AS name, p.prosrc AS source
			FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
			WHERE n.nspname IN ('canonical', 'engine', 'audit'))
		SELECT o.schema || '.' || o.name FROM ours AS o
		WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = o.oid)
			AND NOT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_proc'::regclass AND refobjid = o.oid AND objid <> o.oid)
			AND NOT EXISTS (SELECT FROM pg_proc AS other WHERE other.oid <> o.oid AND other.prosrc ~ (o.schema || '\.' || o.name || '\('))
			AND NOT EXISTS (SELECT FROM engine.grains WHERE expansion ~ (o.schema || '\.' || o.name || '\('))`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	// Called by migrations alone.
	forMigrations := []string{"engine.create_projection", "engine.declare_grain", "engine.drop_projection", "engine.redefine_constants"}
	for _, name := range names {
		if !slices.Contains(forMigrations, name) && !regexp.MustCompile(regexp.QuoteMeta(name)+`\(`).MatchString(code) {
			t.Errorf("nothing calls %s", name)
		}
	}
}

// Every column of a read model is selected, filtered or ordered by, or tells which marks concern its row.
func TestEveryColumnIsRead(t *testing.T) {
	t.Parallel()
	code := goSQL(t)
	rows, err := pgtest.Tx(t).Query(t.Context(), `
		SELECT p.name, a.attname FROM engine.projections AS p
		JOIN pg_attribute AS a ON a.attrelid = ('projection.' || p.name)::regclass
		WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (p.key || ARRAY['canonical_type', 'canonical_id'])
			AND NOT EXISTS (SELECT FROM engine.grains AS g WHERE g.projection = p.name AND a.attname = ANY (g.columns))`)
	if err != nil {
		t.Fatal(err)
	}
	var name, column string
	_, err = pgx.ForEachRow(rows, []any{&name, &column}, func() error {
		if !regexp.MustCompile(`\b` + column + `\b`).MatchString(code) {
			t.Errorf("nothing reads %s.%s", name, column)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
