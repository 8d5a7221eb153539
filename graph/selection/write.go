package selection

import (
	"context"
	"slices"
)

// writer appends an answer to a buffer.
type writer struct {
	ctx       context.Context
	answer    *Answer
	b         []byte
	irregular bool
}

// AppendPage appends the connection of a page. It returns nil if the answer has a null where the schema allows none.
func (a *Answer) AppendPage(ctx context.Context, b []byte, p *Page) []byte {
	w := a.writer(ctx, b)
	w.page(a.plan.connection, p, 0)
	return w.end()
}

// AppendRow appends the object of one row, as AppendPage does.
func (a *Answer) AppendRow(ctx context.Context, b []byte, rows Rows, i int) []byte {
	w := a.writer(ctx, b)
	w.row(a.plan.roots[0], rows.Row(i), rows, i)
	return w.end()
}

// writer returns a writer that appends to b. Most records, and the first row of a list, have room without another allocation.
func (a *Answer) writer(ctx context.Context, b []byte) *writer {
	return &writer{ctx: ctx, answer: a, b: slices.Grow(b, 1<<10)}
}

func (w *writer) end() []byte {
	if w.irregular {
		return nil
	}
	return w.b
}

// page writes an object whose fields follow from a page.
func (w *writer) page(steps []connectionStep, p *Page, i int) {
	for k := range steps {
		w.b = append(w.b, steps[k].prefix...)
		steps[k].write(w, p, i)
	}
	w.close(len(steps))
}

// close ends an object. Without fields, which are left out by directives, it has not begun.
func (w *writer) close(fields int) {
	if fields == 0 {
		w.b = append(w.b, '{')
	}
	w.b = append(w.b, '}')
}

// celled are rows with cells: Rows, or Values.
type celled interface{ Cell(i, cell int) []byte }

// row writes an object, from a row that is the one of index i among others.
func (w *writer) row(n *node, row any, among celled, i int) {
	for k := range n.steps {
		s := &n.steps[k]
		w.b = append(w.b, s.prefix...)
		begin := len(w.b)
		w.value(s, row, among, i)
		if s.nonNull && len(w.b)-begin == len(null) && w.b[begin] == 'n' {
			w.irregular = true
		}
	}
	w.close(len(n.steps))
}

func (w *writer) value(s *step, row any, among celled, i int) {
	switch {
	case s.column != nil:
		w.cell(s, among.Cell(i, s.cell))
	case s.amount != nil:
		w.amount(s.amount, among.Cell(i, s.cell), among.Cell(i, s.currency))
	case s.append != nil:
		w.b = s.append(w.b, row)
	case s.compute != nil:
		w.b = s.compute(w.ctx, w.b, row)
	case s.edges != nil:
		w.related(s, row)
	case s.object != nil:
		if inner := s.object(row); inner != nil {
			w.row(s.child, inner, nil, 0)
			return
		}
		w.b = append(w.b, null...)
	default:
		if inner := s.list(row); inner != nil {
			w.rows(s.child, inner)
			return
		}
		w.b = append(w.b, null...)
	}
}

// cell writes a column.
func (w *writer) cell(s *step, cell []byte) {
	if cell == nil {
		w.b = append(w.b, null...)
		return
	}
	w.appended(s.column(w.b, cell))
}

// appended takes over the buffer with a value, unless it is nil because the value is none.
func (w *writer) appended(b []byte) {
	if b == nil {
		w.irregular = true
		return
	}
	w.b = b
}

// amount writes an amount of money.
func (w *writer) amount(steps []amountStep, cell, currency []byte) {
	if cell == nil {
		w.b = append(w.b, null...)
		return
	}
	for _, s := range steps {
		w.b = append(w.b, s.prefix...)
		switch s.field {
		case "amount":
			w.appended(cellAmount(w.b, cell, currency))
		case "currency":
			w.b = appendString(w.b, currency)
		default:
			w.b = appendString(w.b, money) // __typename
		}
	}
	w.close(len(steps))
}

// rows writes a list.
func (w *writer) rows(n *node, rows Rows) {
	w.b = append(w.b, '[')
	begin := len(w.b)
	for i := range rows.Len() {
		w.next(begin, i, rows.Len())
		w.row(n, rows.Row(i), rows, i)
	}
	w.b = append(w.b, ']')
}

// next separates an element of a list, which has begun at begin, from those before. With the first one written it makes room for
// all of them.
func (w *writer) next(begin, i, of int) {
	if i == 0 {
		return
	}
	if i == 1 {
		w.b = slices.Grow(w.b, (len(w.b)-begin+1)*of*5/4)
	}
	w.b = append(w.b, ',')
}

// related writes the rows that a relation finds.
func (w *writer) related(s *step, row any) {
	if s.many {
		w.b = append(w.b, '[')
	}
	begin := len(w.b)
	for _, e := range s.edges {
		key := e.key(row)
		if key == 0 {
			continue
		}
		values := w.answer.values[e.use]
		for i, to := values.Span(key); i < to; i++ {
			if len(w.b) > begin {
				w.b = append(w.b, ',')
			}
			w.row(e.child, values.Row(i), values, i)
		}
	}
	switch {
	case s.many:
		w.b = append(w.b, ']')
	case len(w.b) == begin:
		w.b = append(w.b, null...)
	}
}
