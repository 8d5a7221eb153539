package audit

// Labelled reports whether a table has a label of its own.
func Labelled(relation string) bool { return labels[relation] != nil }

// Statement returns the page's SQL and its arguments.
func (q Query) Statement() (string, []any) { return q.statement() }

// Statement returns the SQL of the part and its arguments.
func (q FeedQuery) Statement() (string, []any) { return q.statement() }
