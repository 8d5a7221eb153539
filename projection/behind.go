package projection

import "sync"

// maxBehind is how many scopes a behind remembers. One more, and it begins anew: what it forgets is read once in vain.
const maxBehind = 10_000

// scope is what a page may concern: the rows of an organization that have a value in one of the columns of Definition.Within,
// or all of them.
type scope struct {
	organization int64
	value        string // the column and its value; empty for all
}

// behind remembers of which scopes something was marked when a page was last read.
type behind struct {
	mu     sync.RWMutex
	scopes map[scope]struct{}
}

// has reports whether something of the scope was marked.
func (b *behind) has(s scope) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, found := b.scopes[s]
	return found
}

// add notes that something is.
func (b *behind) add(s scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.scopes == nil || len(b.scopes) >= maxBehind {
		b.scopes = map[scope]struct{}{}
	}
	b.scopes[s] = struct{}{}
}

// remove notes that nothing is.
func (b *behind) remove(s scope) {
	if !b.has(s) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.scopes, s)
}
