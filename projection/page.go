package projection

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

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
	// Parts, if there are any, divide the rows that Where selects: each row meets exactly one.
	// Each part is read by an index of its own, in the list's order, and the page is merged
	// from them. They serve lists that no single index has in order.
	Parts []Condition
	// Narrow says that Where selects so few rows that the source view may compute all of them.
	// The page is then exact however much is dirty: if there are too many dirty keys, it is read
	// from the source view.
	Narrow bool
	// Count asks for the length of the whole list too.
	Count bool
	// NoCursors says that nobody asks for the rows' cursors.
	NoCursors bool
}

// Page is one page of a list.
type Page[T any] struct {
	Rows []T
	// Cells has the cells of a narrowed model.
	Cells                *Cells
	HasNext, HasPrevious bool
	// Total is the length of the whole list if it was asked for.
	Total int
	// list is what the cursors belong to. Their values are the last cells of a row, from position on.
	list     string
	position int
}

// Cursor returns the cursor of a row, unless the page was read without cursors.
func (p *Page[T]) Cursor(row int) string { return string(p.AppendCursor(nil, row)) }

// AppendCursor appends Cursor to b: letters, digits, - and _.
func (p *Page[T]) AppendCursor(b []byte, row int) []byte {
	var room [256]byte
	text := appendElement(room[:0], p.list)
	for i := p.position; i < p.Cells.width; i++ {
		text = appendElement(text, p.Cells.At(row, i))
	}
	return base64.RawURLEncoding.AppendEncode(b, append(text, ']'))
}

// Cursors returns the cursors of all rows.
func (p *Page[T]) Cursors() []string {
	cursors := make([]string, len(p.Rows))
	for i := range cursors {
		cursors[i] = p.Cursor(i)
	}
	return cursors
}

// InvalidPageError reports an argument of a PageQuery that cannot be answered.
type InvalidPageError struct{ Argument, Message string }

func (e *InvalidPageError) Error() string { return e.Argument + " " + e.Message }

// Page reads one page, in one statement. If too much is dirty, or a dirty row cannot be
// computed, mode Auto reads the stored copy and the Reader's Freshness says so; mode Exact
// waits and fails with ErrBehind. A narrow page is exact in both. A PageQuery that cannot be
// answered is an InvalidPageError.
func (m *Model[T]) Page(ctx context.Context, r *Reader, q PageQuery) (*Page[T], error) {
	m, err := m.of(r)
	if err != nil {
		return nil, err
	}
	p, err := m.plan(r, q)
	if err != nil {
		return nil, err
	}
	if clean, err := p.readOptimistically(ctx, r); err != nil {
		return nil, err
	} else if clean {
		return p.page(), nil
	}
	err = r.readInMode(ctx, m.Name, &p.status, func(bound int) error {
		if bound == 0 {
			return p.readWithStatus(ctx, r, p.text(textStored, 0))
		}
		err := p.readWithStatus(ctx, r, p.text(textExact, bound))
		if q.Narrow && p.status.incomplete(err) {
			dirty := p.status.dirty
			err = p.readWithStatus(ctx, r, p.text(textSource, 0))
			p.status.dirty = dirty
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.status.dirty == 0 && len(p.status.quarantined) == 0 {
		m.behind.Remove(p.scope)
	}
	return p.page(), nil
}

// readOptimistically reads the stored page and, in the same snapshot, whether anything that it may concern is marked or set
// aside. If not, the page is exact, for less than the exact statement costs. What was behind at the last read is left to
// that statement, as are pages without rows.
func (p *pagePlan[T]) readOptimistically(ctx context.Context, r *Reader) (clean bool, err error) {
	m := p.model
	r.uses(m.Name, nil)
	if m.behind.Contains(p.scope) || r.Mode != Auto && r.Mode != Exact && r.Mode != "" {
		return false, nil
	}
	var behind bool
	if err := p.read(ctx, r, p.text(textOptimistic, 0), []any{&behind, &p.total}); err != nil {
		return false, err
	}
	if behind {
		m.behind.Add(p.scope, struct{}{})
	}
	if behind || len(p.rows) == 0 {
		return false, nil
	}
	r.report(m.Name, status{})
	return true, nil
}

// pagePlan is a checked page query, and the answer of its last statement.
type pagePlan[T any] struct {
	model      *Model[T]
	query      PageQuery
	name       string
	list       string   // what a cursor belongs to: the rows' type, the order and its direction; empty if there are none
	columns    []column // the order's column and the key
	args       arguments
	scope      scope // the rows that it may concern
	size       int
	descending bool // the direction in which rows are read; Last reads against the list's
	status     status
	total      int
	rows       []T
	cells      *Cells
}

// size is the number of rows that the query asks for.
func (q *PageQuery) size() (int, error) {
	argument, n := "first", q.First
	switch {
	case q.First != nil && q.Last != nil:
		return 0, &InvalidPageError{"last", "cannot be combined with first"}
	case q.First == nil && q.Last == nil:
		return 0, &InvalidPageError{"first", "or last must be given"}
	case q.First == nil:
		argument, n = "last", q.Last
	}
	if *n < 0 || *n > MaxPage {
		return 0, &InvalidPageError{argument, fmt.Sprintf("must be between 0 and %d", MaxPage)}
	}
	return *n, nil
}

func (m *Model[T]) plan(r *Reader, q PageQuery) (*pagePlan[T], error) {
	p := &pagePlan[T]{model: m, query: q, args: append(make(arguments, 0, 8), r.OrganizationID), name: q.Order, descending: q.Descending}
	if p.name == "" {
		p.name, p.descending = m.DefaultOrder, m.DefaultDescending
	}
	order, ok := m.Orders[p.name]
	if !ok {
		return nil, &InvalidPageError{"orderBy", fmt.Sprintf("has no order %q", p.name)}
	}
	if !q.NoCursors || q.After != nil || q.Before != nil {
		p.list = m.Node + " " + p.name + " ASC"
		if p.descending {
			p.list = m.Node + " " + p.name + " DESC"
		}
	}
	p.columns = slices.Concat([]column{{order.Column, order.Type}}, m.keys)
	var err error
	if p.size, err = q.size(); err != nil {
		return nil, err
	}
	p.scope.organization = r.OrganizationID
	for _, c := range q.Where {
		p.args = append(p.args, c.Args...)
		if p.scope.value == "" && m.tellsApart(c.within) {
			p.scope.value = fmt.Sprint(c.within, " ", c.Args[0])
		}
	}
	for _, c := range q.Parts {
		p.args = append(p.args, c.Args...)
	}
	for _, side := range []struct {
		argument string
		cursor   *string
	}{{"after", q.After}, {"before", q.Before}} {
		if side.cursor == nil {
			continue
		}
		c, err := decodeCursor(*side.cursor, p.list, p.columns)
		if err != nil {
			return nil, &InvalidPageError{side.argument, err.Error()}
		}
		p.args = append(p.args, c.value)
		for _, key := range c.key {
			p.args = append(p.args, key)
		}
	}
	if q.Last != nil {
		p.descending = !p.descending
	}
	return p, nil
}

// readWithStatus runs one of the plan's statements that have the columns of a status.
func (p *pagePlan[T]) readWithStatus(ctx context.Context, r *Reader, sql string) error {
	return p.read(ctx, r, sql, append(p.status.targets(), &p.total))
}

// read runs one of the plan's statements and keeps its rows, at most one more than the page has. before are the targets of
// the columns in front of the model's.
func (p *pagePlan[T]) read(ctx context.Context, r *Reader, sql string, before []any) error {
	positions := len(p.columns)
	if p.query.NoCursors {
		positions = 0
	}
	s := p.model.scanner(before, nil, positions)
	reset := func() {
		p.rows = make([]T, 0, p.size+1)
		s.reset(p.size + 1)
	}
	err := r.query(ctx, sql, p.args, reset, func(rows pgx.Rows) error {
		found, err := s.scan(rows)
		if found {
			p.rows = append(p.rows, s.row)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read a page of %s: %w", p.model.Name, err)
	}
	p.cells = &s.cells
	return nil
}

// page is the answer in the list's direction.
func (p *pagePlan[T]) page() *Page[T] {
	more := len(p.rows) > p.size
	if more {
		p.rows = p.rows[:p.size]
	}
	out := &Page[T]{Rows: p.rows, Cells: p.cells, Total: p.total, HasNext: more, HasPrevious: p.query.After != nil, list: p.list, position: p.model.cells}
	if p.cells != nil {
		p.cells.rows = len(p.rows)
	}
	if p.query.Last != nil {
		slices.Reverse(out.Rows)
		p.cells.turned = true
		out.HasPrevious, out.HasNext = more, p.query.Before != nil
	}
	return out
}
