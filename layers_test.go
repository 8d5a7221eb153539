// Package daybook_test holds what is true of the whole tree: which package may import which,
// and that every SQL statement fits the migrated database.
package daybook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// layers lists the packages that build on each other, the lowest first. One may import those
// before it, never those behind it. graph, migrations and internal are beside them.
var layers = []string{"projection", "jobs", "canonical", "resolvers", "cmd"}

// besides says which layers a package beside them may import: none but these.
var besides = map[string][]string{"internal/bench": {"projection"}, "internal/demo": {"canonical"}, "internal/csvbooks": {"canonical"}, "internal/csvimport": {"canonical"}, "internal/csvpeople": {"canonical"}, "internal/csvsales": {"canonical"}, "internal/reports": {"projection"}}

// lowest says from which layer on a package beside them may be imported. No other package may.
var lowest = map[string]string{"internal/reports": "resolvers"}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for file, syntax := range sources(t, parser.ImportsOnly) {
		dir := filepath.ToSlash(filepath.Dir(file))
		layer := slices.Index(layers, strings.Split(dir, "/")[0])
		if layer >= 0 {
			seen[layers[layer]] = true
		}
		for _, spec := range syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			name, ours := strings.CutPrefix(imported, "daybook/")
			if from, ok := lowest[name]; ok && layer < slices.Index(layers, from) {
				t.Errorf("%s imports %s: only packages from %s on may", file, imported, from)
			}
			other := slices.Index(layers, strings.Split(name, "/")[0])
			switch {
			case !ours || other < 0:
			case layer < 0 && !slices.Contains(besides[dir], name):
				t.Errorf("%s imports %s: what stands beside the layers does not know them", file, imported)
			case layer >= 0 && other > layer:
				t.Errorf("%s imports %s: imports go from %s only", file, imported, strings.Join(layers, " ← "))
			}
		}
		for _, forbidden := range []struct{ layer, imported string }{{"projection", "riverqueue"}, {"projection", "gqlgen"}, {"projection", "daybook/graph"}} {
			for _, spec := range syntax.Imports {
				if strings.HasPrefix(dir, forbidden.layer) && strings.Contains(spec.Path.Value, forbidden.imported) {
					t.Errorf("%s imports %s: the engine knows neither jobs nor GraphQL", file, spec.Path.Value)
				}
			}
		}
	}
	if len(seen) != len(layers) {
		t.Errorf("only %v were looked at", seen)
	}
}

// sources parses all Go files that are neither tests nor generated.
func sources(t *testing.T, mode parser.Mode) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && (strings.HasPrefix(path.Base(file), ".") || file == "graph/generated" || file == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, mode)
		files[file] = syntax
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
