package model

// SearchConnection is one page of found records.
type SearchConnection struct {
	Connection[SearchResult]
	// Facets are the counts of each kind; nil if they were not selected.
	Facets []SearchFacet
	// Misspelt says that no record has all words, and that the rows have similar words.
	Misspelt bool
}
