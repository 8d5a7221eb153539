package resolvers

import "daybook/graph/selection"

// WrittenFields is how many root fields compiled selections have answered in this process.
var WrittenFields = &writtenFields

// Relations are the relations that compiled selections read, as "Invoice.customer".
var Relations = selection.Relations
