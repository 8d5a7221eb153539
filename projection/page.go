package projection

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// MaxPage is the largest page.
const MaxPage = 1000

// PageQuery asks for one page of a list, by the Relay connection rules.
type PageQuery struct {
	// First or Last is the page's size, one of them.
	First, Last *int
	// After and Before are cursors; nil is the list's start and end.
	After, Before *string
	// Order is a key of the definition's Orders; empty is its default order.
	Order      string
	Descending bool
	// Where lists conditions that all must hold.
	Where []Condition
	// Parts, if there are any, cut the rows that Where finds into disjoint pieces that together
	// are all of them. Each piece is walked in the list's order by an index of its own, where no
	// single index has all pieces in that order; the page is what comes first of them.
	Parts []Condition
	// Narrow says that Where leaves so few rows that the source view may compute them all. Then the
	// page is exact however much is dirty: it comes from the source where dirty keys are too many.
	Narrow bool
	// Count asks for the length of the whole list too.
	Count bool
}

// Page is one page of a list, and its rows' cursors.
type Page[T any] struct {
	Rows                 []T
	Cursors              []string
	HasNext, HasPrevious bool
	// Total is the length of the whole list if it was asked for.
	Total int
}

// InvalidPageError reports an argument of a page that makes no sense.
type InvalidPageError struct{ Argument, Message string }

func (e *InvalidPageError) Error() string { return e.Argument + " " + e.Message }

// Page reads one page, in one statement. In mode Auto it comes from the stored copy, as it
// is, when too much is dirty, or a dirty row cannot be computed; the Reader's Freshness says
// so. In mode Exact it waits instead, and fails with ErrBehind. A narrow page is exact in both.
func (m *Model[T]) Page(ctx context.Context, r *Reader, q PageQuery) (*Page[T], error) {
	p, err := m.plan(r, q)
	if err != nil {
		return nil, err
	}
	err = r.asFresh(ctx, m.Name, &p.status, func(stored bool) error {
		if stored {
			return p.read(ctx, r, p.stored())
		}
		err := p.read(ctx, r, p.exact())
		if q.Narrow && p.status.failed(err) {
			dirty := p.status.dirty
			err = p.read(ctx, r, p.source())
			p.status.dirty = dirty
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.page(), nil
}

// pagePlan is a page query made ready: its conditions as SQL with numbered parameters.
type pagePlan[T any] struct {
	model      *Model[T]
	query      PageQuery
	name       string
	columns    []column // the order's column and the key
	args       arguments
	filter     string   // which rows belong to the list
	parts      []string // the pieces it is cut into, at least one
	position   string   // which of them lie on this side of the cursors
	size       int
	descending bool // the direction in which rows are read
	status     status
	total      int
	rows       []T
	cursors    []string
}

func (m *Model[T]) plan(r *Reader, q PageQuery) (*pagePlan[T], error) {
	p := &pagePlan[T]{model: m, query: q, args: arguments{r.OrganizationID}, name: q.Order, descending: q.Descending}
	if p.name == "" {
		p.name, p.descending = m.DefaultOrder, m.DefaultDescending
	}
	order, ok := m.Orders[p.name]
	if !ok {
		return nil, &InvalidPageError{"orderBy", fmt.Sprintf("has no order %q", p.name)}
	}
	p.columns = append([]column{{order.Column, order.Type}}, m.keys...)
	switch {
	case q.First != nil && q.Last != nil:
		return nil, &InvalidPageError{"last", "cannot be combined with first"}
	case q.First == nil && q.Last == nil:
		return nil, &InvalidPageError{"first", "or last must be given"}
	case q.First != nil:
		p.size = *q.First
	default:
		p.size = *q.Last
	}
	if p.size < 0 || p.size > MaxPage {
		argument := "first"
		if q.Last != nil {
			argument = "last"
		}
		return nil, &InvalidPageError{argument, fmt.Sprintf("must be between 0 and %d", MaxPage)}
	}
	conditions := []string{m.always()}
	for _, c := range q.Where {
		conditions = append(conditions, p.args.condition(c))
	}
	p.filter = strings.Join(conditions, " AND ")
	for _, c := range q.Parts {
		p.parts = append(p.parts, p.args.condition(c))
	}
	if len(p.parts) == 0 {
		p.parts = []string{"true"}
	}
	p.position = "true"
	for _, side := range []struct {
		argument string
		cursor   *string
		less     bool
	}{{"after", q.After, p.descending}, {"before", q.Before, !p.descending}} {
		if side.cursor == nil {
			continue
		}
		c, err := decodeCursor(*side.cursor, p.name, p.columns)
		if err != nil {
			return nil, &InvalidPageError{side.argument, err.Error()}
		}
		p.position += " AND " + p.beyond(c, side.less)
	}
	if q.Last != nil {
		p.descending = !p.descending
	}
	return p, nil
}

func (p *pagePlan[T]) read(ctx context.Context, r *Reader, sql string) error {
	at := make([]string, len(p.columns))
	var after []any
	for i := range at {
		after = append(after, &at[i])
	}
	before := append(p.status.targets(), &p.total)
	s := p.model.scanner(before, after)
	err := r.query(ctx, sql, p.args, func() { p.rows, p.cursors = nil, nil }, func(rows pgx.Rows) error {
		row, found, err := s.scan(rows, len(before))
		if found {
			p.rows = append(p.rows, row)
			p.cursors = append(p.cursors, cursor{order: p.name, value: at[0], key: at[1:]}.encode())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read a page of %s: %w", p.model.Name, err)
	}
	return nil
}

func (p *pagePlan[T]) page() *Page[T] {
	more := len(p.rows) > p.size
	if more {
		p.rows, p.cursors = p.rows[:p.size], p.cursors[:p.size]
	}
	out := &Page[T]{Rows: p.rows, Cursors: p.cursors, Total: p.total, HasNext: more, HasPrevious: p.query.After != nil}
	if p.query.Last != nil {
		slices.Reverse(out.Rows)
		slices.Reverse(out.Cursors)
		out.HasPrevious, out.HasNext = more, p.query.Before != nil
	}
	return out
}
