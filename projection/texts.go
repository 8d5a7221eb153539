package projection

import "sync"

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

// maxTexts is how many statements of a model are kept; filters may be combined in many ways.
const maxTexts = 1000

// statementTexts keeps the statements of a model: to write one takes seventy allocations.
type statementTexts struct {
	mu   sync.RWMutex
	kept map[textKey]string
}

// get returns the statement of the key, which write makes if it is not kept.
func (t *statementTexts) get(key textKey, write func() string) string {
	t.mu.RLock()
	text, found := t.kept[key]
	t.mu.RUnlock()
	if found {
		return text
	}
	text = write()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= maxTexts {
		t.kept = map[textKey]string{}
	}
	t.kept[key] = text
	return text
}
