package model

// SearchConnection is one page of what was found.
type SearchConnection struct {
	Connection[SearchResult]
	// Facets counts each kind; nil where nobody asked for it.
	Facets []SearchFacet
	// Misspelt says that no record has all words, and that these have similar ones.
	Misspelt bool
}
