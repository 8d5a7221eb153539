package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
	"daybook/internal/requestid"
	"daybook/resolvers"
)

// Bounds of one request, however it uses its bytes. The time is that of a busy machine.
const (
	costTime   = 10 * time.Second // a request that walked an argument without a bound took from 2 to 70 seconds alone
	costMemory = 500              // bytes that are allocated, the garbage included, for each byte of the request …
	costBase   = 32 << 20         // … and for the smallest
	costAnswer = 64 << 10         // bytes of an answer that lists no more than one thing
)

// value returns a value of the type in which what is at path is large, and all else that is required is small.
func value(schema *ast.Schema, typ *ast.Type, path []string, large func(*ast.Type) any) any {
	if len(path) == 0 && large != nil {
		return large(typ)
	}
	if typ.Elem != nil {
		return []any{value(schema, typ.Elem, path, large)}
	}
	switch object := schema.Types[typ.NamedType]; object.Kind {
	case ast.Enum:
		return object.EnumValues[0].Name
	case ast.InputObject:
		fields := map[string]any{}
		for _, f := range object.Fields {
			if len(path) > 0 && f.Name == path[0] {
				fields[f.Name] = value(schema, f.Type, path[1:], large)
			} else if f.Type.NonNull && f.DefaultValue == nil {
				fields[f.Name] = value(schema, f.Type, nil, nil)
			}
		}
		return fields
	}
	switch typ.NamedType {
	case "Int", "Float":
		return 1
	case "Boolean":
		return true
	case "Date":
		return "2026-03-01"
	case "DateTime":
		return "2026-03-01T00:00:00Z"
	}
	return "1"
}

// request is the body of an operation of the place's root field with a large value there.
func (p place) request(t *testing.T, schema *ast.Schema, large func(*ast.Type) any) []byte {
	t.Helper()
	var declared, given []string
	variables := map[string]any{}
	for _, a := range p.field.Arguments {
		switch {
		case a.Name == p.path[0]:
			variables[a.Name] = value(schema, a.Type, p.path[1:], large)
		case a.Type.NonNull && a.DefaultValue == nil:
			variables[a.Name] = value(schema, a.Type, nil, nil)
		default:
			continue
		}
		declared, given = append(declared, "$"+a.Name+": "+a.Type.String()), append(given, a.Name+": $"+a.Name)
	}
	selection := " { __typename }"
	if kind := schema.Types[p.field.Type.Name()].Kind; kind == ast.Scalar || kind == ast.Enum {
		selection = ""
	}
	if p.operation == "mutation" {
		selection = " { userErrors { path code message } }"
	}
	body, err := json.Marshal(map[string]any{"variables": variables,
		"query": p.operation + " (" + strings.Join(declared, ", ") + ") { " + p.field.Name + "(" + strings.Join(given, ", ") + ")" + selection + " }"})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// alone runs a test that measures its process once more, in a process of its own beside the other tests. It returns true in
// that process.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("DAYBOOK_TEST_ALONE") == t.Name() {
		return true
	}
	t.Parallel()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^"+t.Name()+"$", fmt.Sprintf("-thorough=%t", *pgtest.Thorough))
	c.Env = append(os.Environ(), "DAYBOOK_TEST_ALONE="+t.Name())
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// Whatever argument of the schema has the bytes of a request, as a text or as a list, and as many of them as are
// accepted, the request takes bounded time, memory and room for its answer.
func TestCostOfEverySize(t *testing.T) {
	pgtest.Long(t)
	if !alone(t) {
		return
	}
	s := serve(t)
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	handler := requestid.Middleware(s.handler)
	send := func(p place, what string, body []byte, answer int) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.token)
		w := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		handler.ServeHTTP(w, r)
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		allocated := int(after.TotalAlloc - before.TotalAlloc)
		if took > costTime || allocated > costBase+costMemory*len(body) || w.Body.Len() > answer {
			t.Errorf("%s, %s: %d bytes took %v, allocated %d bytes and were answered by %d: %.300s", p, what, len(body), took, allocated, w.Body.Len(), w.Body)
		}
		if strings.Contains(w.Body.String(), `"INTERNAL"`) {
			t.Errorf("%s, %s: %.300s", p, what, w.Body)
		}
	}
	sizes, lists := []int{1_000, 500_000}, []int{200, 50_000} // of texts, in characters; of lists
	if *pgtest.Thorough {
		sizes, lists = append(sizes, 200), append(lists, 5_000)
	}
	tried := 0
	for _, p := range oneOfEachInput(oneOfEachOperator(places(schema))) {
		tried++
		if p.typ.Elem != nil {
			for _, n := range lists {
				body := p.request(t, schema, func(typ *ast.Type) any {
					return slices.Repeat([]any{value(schema, typ.Elem, nil, nil)}, n)
				})
				if len(body) < 1<<20 {
					send(p, fmt.Sprintf("%d elements", n), body, costAnswer+2*len(body)) // each element may be wrong
				}
			}
			continue
		}
		if schema.Types[p.typ.NamedType].Kind == ast.InputObject || p.typ.NamedType == "Boolean" {
			continue
		}
		for _, n := range sizes {
			send(p, fmt.Sprintf("%d characters", n), p.request(t, schema, func(*ast.Type) any { return strings.Repeat("7", n) }), costAnswer)
		}
	}
	if tried < 300 {
		t.Errorf("only %d places were tried", tried)
	}
}
