package resolvers_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daybook/graph"
	"daybook/internal/pgtest"
)

// TestLiveExamples subscribes to every example that is a query, while what all others write is written twice: whatever a
// query reads, the last answer of its subscription is the one that it has now.
func TestLiveExamples(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serveApart(t, 250*time.Millisecond) // hundreds of changes follow each other, and the last answer of each query is what counts
	files, err := fs.Glob(graph.Examples, "examples/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	type watched struct {
		name, query string
		vars        variables
		stream      *stream
	}
	var all []watched
	newest := map[string]string{}
	for range 2 {
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "examples/"), ".graphql")
			text, err := fs.ReadFile(graph.Examples, file)
			if err != nil {
				t.Fatal(err)
			}
			document, vars := string(text), exampleVariables(t, name, newest)
			if strings.Contains(document, "\nsubscription ") || strings.Contains(document, "changes(") { // it reads a part of the feed
				continue
			}
			if head, rest, found := strings.Cut(document, "\nquery "); found {
				operation, selected, _ := strings.Cut(rest, "{\n")
				all = append(all, watched{name, document, vars, s.subscribe(head+"\nsubscription "+operation+"{ live {\n"+selected+"}", vars)})
			}
			a := s.must(document, vars)
			for _, id := range anID.FindAllString(a.text("data"), -1) {
				typ, _, _ := strings.Cut(strings.Trim(id, `"`), ":")
				newest[typ] = id
			}
		}
	}
	if len(all) < 30 {
		t.Errorf("%d queries are watched", len(all))
	}
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			want := s.in(t).must(w.query, w.vars).at("data")
			last := answer{t: t}
			for late := time.After(patience); !cmp.Equal(last.at("data.live"), want); {
				select {
				case text := <-w.stream.events:
					if err := json.Unmarshal([]byte(text), &last.body); err != nil {
						t.Fatal(err)
					}
				case <-late:
					t.Fatal(cmp.Diff(last.at("data.live"), want))
				}
			}
		})
	}
}
