package resolvers

import (
	"cmp"
	"errors"

	"daybook/graph/model"
	"daybook/projection"
)

// listPart is the part that is asked for of a list of canonical rows, whose cursors are the texts of positions P.
type listPart[P any] struct {
	size          int
	fromEnd       bool
	after, before *P
}

// partOf returns the part that a query asks for. of names the rows, and parse reads a position. What cannot be answered is a
// projection.InvalidPageError, as for a page of a read model.
func partOf[P any](q projection.PageQuery, of string, parse func(string) (P, error)) (part listPart[P], err error) {
	if err := errors.Join(checkSize("first", q.First), checkSize("last", q.Last)); err != nil {
		return part, err
	}
	if q.First != nil && q.Last != nil {
		return part, &projection.InvalidPageError{Argument: "last", Message: "cannot be combined with first"}
	}
	part.size, part.fromEnd = *cmp.Or(q.First, q.Last), q.Last != nil
	for _, side := range []struct {
		argument string
		cursor   *string
		position **P
	}{{"after", q.After, &part.after}, {"before", q.Before, &part.before}} {
		if side.cursor == nil {
			continue
		}
		position, err := parse(*side.cursor)
		if err != nil {
			return part, &projection.InvalidPageError{Argument: side.argument, Message: "is not a cursor of " + of}
		}
		*side.position = &position
	}
	return part, nil
}

// info returns what a connection says of the part, whose rows have the cursors; more says that the list goes on behind it, or
// before it with fromEnd.
func (p listPart[P]) info(cursors []string, more bool) (info model.PageInfo) {
	info.HasNextPage, info.HasPreviousPage = more, p.after != nil
	if p.fromEnd {
		info.HasNextPage, info.HasPreviousPage = p.before != nil, more
	}
	if n := len(cursors); n > 0 {
		info.StartCursor, info.EndCursor = &cursors[0], &cursors[n-1]
	}
	return info
}
