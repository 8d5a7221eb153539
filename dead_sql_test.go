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
	// Called by migrations alone, and by tests, which compare the books with it.
	forMigrations := []string{"engine.create_projection", "engine.declare_grain", "engine.drop_projection", "engine.redefine_constants", "engine.redefine_sum", "canonical.posting_lines"}
	for _, name := range names {
		if !slices.Contains(forMigrations, name) && !regexp.MustCompile(regexp.QuoteMeta(name)+`\(`).MatchString(code) {
			t.Errorf("nothing calls %s", name)
		}
	}
}

// topicSQL returns, for each read model, its statements and the string constants of the files that speak of it: those that
// give its name, or use the variable that it is defined as.
func topicSQL(t *testing.T) map[string]string {
	t.Helper()
	files := sources(t, parser.SkipObjectResolution)
	defined := map[string]string{} // variable to read model
	for _, syntax := range files {
		ast.Inspect(syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, value := range spec.Values {
					if name := readModelOf(value); name != "" {
						defined[spec.Names[i].Name] = name
					}
				}
			}
			return true
		})
	}
	topics := map[string]string{}
	for _, model := range projection.Defined() {
		for _, sql := range model.Statements() {
			topics[model.ReadModel()] += sql + "\n"
		}
	}
	for _, syntax := range files {
		named := map[string]bool{}
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if name := defined[n.Name]; name != "" {
					named[name] = true
				}
			case *ast.BasicLit:
				if name, _ := constant(n); topics[name] != "" {
					named[name] = true
				}
			}
			return true
		})
		for name := range named {
			topics[name] += strings.Join(literals(t, syntax), "\n")
		}
	}
	return topics
}

// readModelOf returns the name of the read model that a value defines, empty for any other value.
func readModelOf(value ast.Expr) (name string) {
	call, ok := value.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return ""
	}
	definition, ok := call.Args[0].(*ast.CompositeLit)
	if !ok {
		return ""
	}
	for _, element := range definition.Elts {
		if field, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := field.Key.(*ast.Ident); ok && key.Name == "Name" {
				name, _ = constant(field.Value)
			}
		}
	}
	return name
}

// sharedColumns are read by the filters that lists have in common.
var sharedColumns = []string{"archived", "search_text"}

// Every column of a read model is selected, filtered or ordered by, or tells which marks concern its row.
func TestEveryColumnIsRead(t *testing.T) {
	t.Parallel()
	topics := topicSQL(t)
	rows, err := pgtest.Tx(t).Query(t.Context(), `
		SELECT p.name, a.attname FROM engine.projections AS p
		JOIN pg_attribute AS a ON a.attrelid = ('projection.' || p.name)::regclass
		WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (p.key || ARRAY['canonical_type', 'canonical_id'] || $1)
			AND NOT EXISTS (SELECT FROM engine.grains AS g WHERE g.projection = p.name AND a.attname = ANY (g.columns))
			AND NOT (p.kind = 'sum' AND (a.attname = 'row_count' OR EXISTS (SELECT FROM engine.readers(p.name) AS r
				WHERE pg_get_viewdef(format('source.%I', r)::regclass) ~ format('\m%s\M', a.attname))))`, sharedColumns)
	if err != nil {
		t.Fatal(err)
	}
	var name, column string
	_, err = pgx.ForEachRow(rows, []any{&name, &column}, func() error {
		if !regexp.MustCompile(`\b` + column + `\b`).MatchString(topics[name]) {
			t.Errorf("nothing reads %s.%s", name, column)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
