package resolvers

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"daybook/internal/pgtest"
)

// The cache holds what was used last, and its memory stays near its limit whatever the documents are
// made of: text that is no token, or as many fields as there may be.
func TestDocumentsMemory(t *testing.T) {
	pgtest.Long(t)
	const limit = 4 << 20
	for name, text := range map[string]string{
		"commas": "{ viewer { role } }" + strings.Repeat(",", 60_000),
		"fields": "{ viewer { " + strings.Repeat("role ", maxWritten-2) + "} }",
		"values": `{ search(q: "", kinds: [` + strings.Repeat("A ", 4_900) + "]) { totalCount } }",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDocuments(limit)
			before := heap()
			last := 0
			for i := 0; i == 0 || i < last; i++ {
				numbered := fmt.Sprintf("%s#%d", text, i)
				parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: numbered}, maxTokens)
				if err != nil {
					t.Fatal(err)
				}
				d.Add(t.Context(), numbered, parsed)
				if i == 0 { // five times as many as are kept
					last = 5*limit/d.bytes + 5
				}
			}
			if used := heap() - before; used > 2*limit {
				t.Errorf("%d documents take %d bytes, want at most twice %d", last, used, limit)
			}
			if _, ok := d.Get(t.Context(), fmt.Sprintf("%s#%d", text, last-1)); !ok {
				t.Error("the last document is not kept")
			}
			if _, ok := d.Get(t.Context(), text+"#0"); ok {
				t.Error("the first document is still kept")
			}
			if d.bytes > limit || d.bytes <= 0 {
				t.Errorf("%d bytes are counted, want at most %d", d.bytes, limit)
			}
		})
	}
}

// heap returns the bytes of live objects.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
