package daybook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

var (
	statement = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s`)
	temporary = regexp.MustCompile(`^\s*CREATE TEMPORARY TABLE\s`)
	verb      = regexp.MustCompile(`%(\[\d+\])?[sdqv]`)
)

// Every SQL statement that stands in the code as a whole can be prepared. Those that are put
// together at run time are prepared where they are made: the read models', and the summaries of
// their rows, in package resolvers.
func TestEveryStatementPrepares(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	prepared := 0
	for file, syntax := range sources(t, parser.SkipObjectResolution) {
		if strings.HasPrefix(file, "internal/pg") {
			continue // its statements are for other databases than ours
		}
		for _, sql := range literals(t, syntax) {
			if temporary.MatchString(sql) {
				if _, err := tx.Exec(t.Context(), sql); err != nil {
					t.Errorf("%s: %v:\n%s", file, err, sql)
				}
			}
			if !statement.MatchString(sql) || verb.MatchString(sql) || strings.Contains(sql, "FROM rows") {
				continue
			}
			prepared++
			savepoint, err := tx.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := savepoint.Prepare(t.Context(), "", sql); err != nil {
				t.Errorf("%s: %v:\n%s", file, err, sql)
			}
			if err := savepoint.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d statements", prepared)
	if prepared < 50 {
		t.Errorf("only %d statements were found", prepared)
	}
}

// literals returns the string constants of a file, with concatenations of nothing but constants
// as one, and those of anything else left out.
func literals(t *testing.T, file *ast.File) (all []string) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if s, ok := constant(n); ok {
				all = append(all, s)
			}
			return n.Op != token.ADD
		case *ast.BasicLit:
			if s, ok := constant(n); ok {
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

// constant evaluates a string literal or a sum of them.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		x, xok := constant(e.X)
		y, yok := constant(e.Y)
		return x + y, xok && yok && e.Op == token.ADD
	}
	return "", false
}
