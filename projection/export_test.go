package projection

// ListMarked is the statement that lists the marked organizations of a projection.
var ListMarked = listMarked
