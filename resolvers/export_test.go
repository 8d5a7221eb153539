package resolvers

import "daybook/graph/selection"

// WrittenFields is how many root fields compiled selections have answered in this process.
var WrittenFields = &writtenFields

// Relations are the relations that compiled selections read, as "Invoice.customer".
var Relations = selection.Relations

// ReadsBound reports whether a field of a type is for members bound to stores, and BoundFields and BoundTypes list them.
var (
	ReadsBound  = readsBound
	BoundFields = boundFields
	BoundTypes  = boundTypes
)
