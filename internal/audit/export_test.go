package audit

// Labelled reports whether a table has a label of its own.
func Labelled(relation string) bool { return labels[relation] != nil }
