package projection

import lru "github.com/hashicorp/golang-lru/v2"

// textKind is what a statement reads.
type textKind int

const (
	textOptimistic textKind = iota + 1
	textStored
	textExact
	textSource
)

// textKey is what a statement of a model is made of.
type textKey struct {
	kind        textKind
	bound, size int
	shape       string
}

// statementTexts keeps statements of a model, up to a thousand, since filters may be combined in many ways: to write one takes
// seventy allocations.
type statementTexts struct{ kept *lru.Cache[textKey, string] }

func newStatementTexts() statementTexts {
	kept, _ := lru.New[textKey, string](1000) // fails for no size but those below one
	return statementTexts{kept}
}

// get returns the statement of the key, which write makes if it is not kept.
func (t statementTexts) get(key textKey, write func() string) string {
	if text, found := t.kept.Get(key); found {
		return text
	}
	text := write()
	t.kept.Add(key, text)
	return text
}
