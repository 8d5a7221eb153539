package model

// Connection is one page of a list, by the Relay connection rules.
type Connection[T any] struct {
	// Nodes are the rows of the page in their order.
	Nodes []T
	// Cursors has the cursor of each row of Nodes, at the same index.
	Cursors  []string
	PageInfo PageInfo
	// TotalCount is the number of rows on all pages; 0 if it was not selected.
	TotalCount int
}

// Edge is one row of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Edges pairs the rows with their cursors.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.Nodes))
	for i := range edges {
		edges[i] = Edge[T]{Cursor: c.Cursors[i], Node: c.Nodes[i]}
	}
	return edges
}

// Order is the order of a list, by one of the fields F.
type Order[F ~string] struct {
	Field     F
	Direction OrderDirection
}

// PageInfo says where a page lies in its list, by the Relay connection rules.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	// StartCursor and EndCursor are nil on an empty page.
	StartCursor *string
	EndCursor   *string
}

// Payload is the answer of a mutation.
type Payload[T any] struct {
	// Record is nil when there are user errors, and where it was deleted since the write, which was repeated under its key.
	Record *T
	// Lines are the journal lines that a dry run would book; nil if it was not a dry run.
	Lines []PostingLine
	// UserErrors is never nil: GraphQL answers an empty list.
	UserErrors []UserError
}
