package resolvers

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

const (
	// maxDocument is the largest GraphQL document in bytes.
	maxDocument = 64 << 10
	// cacheBytes is how much memory the parsed documents may take that are kept.
	cacheBytes = 32 << 20
	// cacheEntries is how many documents are kept at most.
	cacheEntries = 10_000
	// tokenBytes is the memory of a parsed token: with 64 bits a field takes 200 to 400 bytes, and
	// every other part less.
	tokenBytes = 400
	// maxWritten is how many fields a document may have as it is written: the comparison of fields
	// that could be merged is quadratic in them.
	maxWritten = 1_000
	// maxVariables is how many variables an operation may declare.
	maxVariables = 200
)

// documents keeps parsed and validated documents by their text, the least recently used first to
// go. The memory is bounded in bytes: a parsed document keeps the whole text it was parsed from,
// with its comments and ignored commas. Documents that are not kept yet are measured before
// they are validated, which can take time that is quadratic in their size.
type documents struct {
	mu    sync.Mutex
	cache *simplelru.LRU[string, *document]
	bytes int // of all documents in cache
	limit int
}

// document is a parsed document with the bytes that it and its plans are counted for.
type document struct {
	parsed *ast.QueryDocument
	bytes  int
	plans  plans
}

var _ graphql.Cache[*ast.QueryDocument] = (*documents)(nil)

// newDocuments returns an empty cache of at most limit bytes.
func newDocuments(limit int) *documents {
	d := &documents{limit: limit}
	cache, err := simplelru.NewLRU(cacheEntries, func(_ string, gone *document) { d.bytes -= gone.bytes })
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	d.cache = cache
	return d
}

// Get returns the document with the text; ok is false if it is not kept.
func (d *documents) Get(_ context.Context, text string) (parsed *ast.QueryDocument, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.cache.Get(text)
	if !ok {
		return nil, false
	}
	return found.parsed, true
}

// Add keeps a document, and drops the least recently used ones above the limit.
func (d *documents) Add(_ context.Context, text string, parsed *ast.QueryDocument) {
	added := &document{parsed: parsed, bytes: 2*len(text) + tokenBytes*tokens(text)}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, kept := d.cache.Peek(text); kept {
		return // by another request with the same text
	}
	d.cache.Add(text, added)
	d.bytes += added.bytes
	for d.bytes > d.limit {
		d.cache.RemoveOldest()
	}
}

// tokens returns the number of tokens in a document that has been parsed.
func tokens(text string) (n int) {
	lex := lexer.New(&ast.Source{Input: text})
	for {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return n
		}
		n++
	}
}

// measure returns an error about a parsed document that is too large to be validated; nil if it is not.
func measure(parsed *ast.QueryDocument) *gqlerror.Error {
	fields := 0
	for _, operation := range parsed.Operations {
		if len(operation.VariableDefinitions) > maxVariables {
			return badInput("the operation declares %d variables; at most %d are allowed", len(operation.VariableDefinitions), maxVariables)
		}
		fields += written(operation.SelectionSet)
	}
	for _, fragment := range parsed.Fragments {
		fields += written(fragment.SelectionSet)
	}
	if fields > maxWritten {
		return badInput("the document has %d fields; at most %d are allowed", fields, maxWritten)
	}
	return nil
}

// written returns the number of fields and fragments in a selection, as it is written.
func written(set ast.SelectionSet) (n int) {
	for _, selection := range set {
		n++
		switch s := selection.(type) {
		case *ast.Field:
			n += written(s.SelectionSet)
		case *ast.InlineFragment:
			n += written(s.SelectionSet)
		}
	}
	return n
}
