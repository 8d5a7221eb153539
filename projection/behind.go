package projection

import lru "github.com/hashicorp/golang-lru/v2"

// scope is what a page may concern: the rows of an organization that have a value in one of the columns of Definition.Within,
// or all of them.
type scope struct {
	organization int64
	value        string // the column and its value; empty for all
}

// newBehind returns a set of scopes, up to 10 000: one that is forgotten is read once in vain.
func newBehind() *lru.Cache[scope, struct{}] {
	kept, _ := lru.New[scope, struct{}](10_000) // fails for no size but those below one
	return kept
}
