package resolvers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
	"daybook/projection"
)

const (
	// defaultPageSize is the size of a page where neither first nor last is given.
	defaultPageSize = 50
	// maxPageSize is the largest first or last.
	maxPageSize = 200
)

// page returns the arguments of a connection as a query; without a size, for the first defaultPageSize rows.
func page(first *int, after *string, last *int, before *string) projection.PageQuery {
	if first == nil && last == nil {
		first = new(defaultPageSize)
	}
	return projection.PageQuery{First: first, After: after, Last: last, Before: before}
}

// ordered sets the order that the caller asks for; nil leaves the read model's own.
func ordered[F ~string](q *projection.PageQuery, by *model.Order[F]) {
	if by != nil {
		q.Order, q.Descending = string(by.Field), by.Direction == model.OrderDirectionDesc
	}
}

// checkSize returns an error if the size is negative or larger than maxPageSize. nil is no size.
func checkSize(argument string, size *int) error {
	if size != nil && (*size < 0 || *size > maxPageSize) {
		return &projection.InvalidPageError{Argument: argument, Message: fmt.Sprintf("must be between 0 and %d", maxPageSize)}
	}
	return nil
}

// connect reads one page of the rows that meet q, and the argument where of the list if it has one, and those relations of its rows
// that the caller selected. The total is counted only where it was selected. The connection is nil if the field's slot has the
// answer, since a list of Query may be null.
func connect[T any](ctx context.Context, m *projection.Model[T], q projection.PageQuery, relations ...prefetcher[T]) (*model.Connection[T], error) {
	if err := errors.Join(checkSize("first", q.First), checkSize("last", q.Last)); err != nil {
		return nil, err
	}
	conditions, err := whereOf(ctx, m.Node, m.Column)
	if err != nil {
		return nil, err
	}
	q.Where = append(slices.Clip(q.Where), conditions...)
	if done, err := connectCompiled(ctx, m, q); done || err != nil {
		return nil, err // the slot has it
	}
	for _, field := range graphql.CollectFieldsCtx(ctx, nil) {
		q.Count = q.Count || field.Name == "totalCount"
	}
	found, err := m.Page(ctx, requestFrom(ctx).pages, q)
	if err != nil {
		return nil, ofRead(err)
	}
	if err := prefetchSelected(ctx, found.Rows, relations); err != nil {
		return nil, err
	}
	connection := &model.Connection[T]{
		Nodes:      found.Rows,
		Cursors:    found.Cursors(),
		PageInfo:   model.PageInfo{HasNextPage: found.HasNext, HasPreviousPage: found.HasPrevious},
		TotalCount: found.Total,
	}
	if n := len(connection.Cursors); n > 0 {
		connection.PageInfo.StartCursor = &connection.Cursors[0]
		connection.PageInfo.EndCursor = &connection.Cursors[n-1]
	}
	return connection, nil
}
