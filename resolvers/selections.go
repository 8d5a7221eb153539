package resolvers

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"

	"daybook/graph/selection"
	"daybook/projection"
)

// slot is where the resolver of a query's root field leaves its whole answer, written from a compiled selection.
// The resolver then returns an empty value, and answerCompiled puts the answer in the place of what gqlgen makes of that.
// So gqlgen reads the arguments of every root field, and answers every error.
type slot struct {
	collected graphql.CollectedField
	// documents keeps plans.
	documents *documents
	json      []byte
}

type slotKey struct{}

// writtenFields counts the root fields of queries that compiled selections have answered, executedFields those that
// gqlgen has, though they are of a kind that might be compiled.
var writtenFields, executedFields atomic.Int64

// Metrics returns the collectors of this package.
func Metrics() []prometheus.Collector {
	const help = "Lists of queries by how they were answered: from rows at once, or field by field."
	counter := func(executor string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "daybook_lists_answered_total", Help: help, ConstLabels: prometheus.Labels{"by": executor}},
			func() float64 { return float64(n.Load()) })
	}
	return []prometheus.Collector{counter("rows", &writtenFields), counter("fields", &executedFields), replicaReads}
}

// answerCompiled answers a root field of a query from its slot, if its resolver has filled it. Plans are kept in d.
func answerCompiled(ctx context.Context, d *documents, next graphql.RootResolver) graphql.Marshaler {
	s := &slot{collected: graphql.GetRootFieldContext(ctx).Field, documents: d}
	if s.collected.Name == "viewer" && writtenStruct(ctx, s, &requestFrom(ctx).principal.Viewer) {
		return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(s.json) })
	}
	answer := next(context.WithValue(ctx, slotKey{}, s))
	if s.json == nil {
		return answer
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(s.json) })
}

// slotOf returns the slot of the root field that is being resolved; nil if the field is no root field of a query, or
// gqlgen answers everything.
func slotOf(ctx context.Context) *slot {
	s, ok := ctx.Value(slotKey{}).(*slot)
	if !ok || graphql.GetFieldContext(ctx).Field.Field != s.collected.Field {
		return nil
	}
	return s
}

// connectCompiled fills the slot of a connection. done is false if gqlgen must answer: the selection has something that no
// plan can have, or the answer is not regular.
func connectCompiled[T any](ctx context.Context, m *projection.Model[T], q projection.PageQuery) (done bool, err error) {
	s := slotOf(ctx)
	if s == nil {
		return false, nil
	}
	if p := planOf(ctx, s, s.collected.Definition.Type.Name(), m); p.selection != nil {
		s.json, err = pageCompiled(ctx, p.selection, p.model.(*projection.Model[T]), q)
	}
	if s.json == nil && err == nil {
		executedFields.Add(1)
		return false, nil
	}
	writtenFields.Add(1)
	return true, err
}

// pageCompiled returns a connection as JSON; nil if gqlgen must answer. m reads what the plan needs.
func pageCompiled[T any](ctx context.Context, plan *selection.Plan, m *projection.Model[T], q projection.PageQuery) ([]byte, error) {
	q.Count, q.NoCursors = plan.Total(), !plan.Cursors()
	found, err := m.Page(ctx, requestFrom(ctx).pages, q)
	if errors.Is(err, projection.ErrCells) {
		return nil, nil //nolint:nilnil // gqlgen answers
	}
	if err != nil {
		return nil, ofRead(err)
	}
	page := &selection.Page{
		Rows:    foundRows[T]{found.Rows, found.Cells},
		HasNext: found.HasNext, HasPrevious: found.HasPrevious, Total: found.Total,
	}
	if plan.Cursors() {
		page.AppendCursor = found.AppendCursor
	}
	answer := plan.Begin()
	if err := answer.Read(ctx, page.Rows, readLevel); err != nil {
		return nil, nil //nolint:nilerr,nilnil // gqlgen reads again, and answers the error at its path
	}
	return answer.AppendPage(ctx, nil, page), nil
}

// lookupCompiled fills the slot of a field that is one record, or leaves it empty where there is none. done is false if gqlgen
// must answer: also in an operation that looks up several records, where loaders read what they have in common.
func lookupCompiled[T any](ctx context.Context, b *batch[*T], key int64) (done bool, err error) {
	s := slotOf(ctx)
	source, ofModel := b.source.(*rowSource[T])
	if s == nil || key == 0 || !ofModel {
		return false, nil
	}
	// A field of another type looks up a record that its arguments name.
	if typ := s.collected.Definition.Type.Name(); typ != b.node && typ != "Node" {
		return false, nil
	}
	operation := graphql.GetOperationContext(ctx)
	lookups := 0
	for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Query"}) {
		if field.Definition.Arguments.ForName("id") != nil {
			lookups++
		}
	}
	if lookups > 1 {
		return false, nil
	}
	p := planOf(ctx, s, b.node, source.model)
	if p.selection == nil {
		return false, nil
	}
	m := p.model.(*projection.Model[T])
	found, answer := m.Lookup(m.KeyColumn(), m.KeyColumn(), []int64{key}), p.selection.Begin()
	readings, keep := readAhead(ctx, answer, m, key)
	if err := projection.ReadTogether(ctx, requestFrom(ctx).keys, append([]projection.Reading{found}, readings...)...); errors.Is(err, projection.ErrCells) {
		return false, nil
	} else if err != nil {
		return false, ofRead(err)
	}
	rows, _, cells := found.Found()
	if len(rows) == 0 {
		return true, nil
	}
	keep()
	all := foundRows[T]{rows, cells}
	if err := answer.Read(ctx, all, readLevel); err != nil {
		return false, nil //nolint:nilerr // gqlgen reads again, and answers the error at its path
	}
	s.json = answer.AppendRow(ctx, nil, all, 0)
	writtenFields.Add(1)
	return s.json != nil, nil
}

// readAhead returns reads of the rows that a row of m refers to, to be made together with the read of this row, which is the one
// with the key. keep takes over what they have found, once the row is known to be there.
func readAhead[T any](ctx context.Context, answer *selection.Answer, m *projection.Model[T], key int64) (readings []projection.Reading, keep func()) {
	var all []lookups
	for _, r := range answer.References() {
		v, ok := r.Values.(lookups)
		column := m.Column(r.Field)
		if ok && column != "" {
			readings, all = append(readings, v.ahead(m, column, key)), append(all, v)
		}
	}
	return readings, func() {
		for _, v := range all {
			v.keepAhead(requestFrom(ctx).keys)
		}
	}
}

// answered returns nil if the slot of the field that is being resolved takes the object, and else the object, which gqlgen
// then answers.
func answered[T any](ctx context.Context, object *T, err error) (*T, error) {
	if s := slotOf(ctx); err == nil && object != nil && s != nil && writtenStruct(ctx, s, object) {
		return nil, nil //nolint:nilnil // the slot has it
	}
	return object, err
}

// writtenStruct fills the slot with an object that is no row of a read model. It returns false if gqlgen must answer.
func writtenStruct[T any](ctx context.Context, s *slot, object *T) bool {
	operation, typ := graphql.GetOperationContext(ctx), s.collected.Definition.Type.Name()
	p := s.documents.plan(operation, s.collected.Field, typ, func() *plan {
		return &plan{selection: selection.Compile(operation, typ, s.collected.Selections, func(string) bool { return false })}
	})
	if p.selection == nil {
		return false
	}
	all := foundRows[T]{rows: []T{*object}}
	answer := p.selection.Begin()
	if err := answer.Read(ctx, all, readLevel); err != nil {
		return false // gqlgen reads again, and answers the error at its path
	}
	if s.json = answer.AppendRow(ctx, nil, all, 0); s.json != nil {
		writtenFields.Add(1)
	}
	return s.json != nil
}

// foundRows are the rows of a read model that were found. It implements selection.Rows.
type foundRows[T any] struct {
	rows  []T
	cells *projection.Cells
}

func (f foundRows[T]) Len() int { return len(f.rows) }

func (f foundRows[T]) Row(i int) any { return &f.rows[i] }

func (f foundRows[T]) Cell(i, cell int) []byte { return f.cells.At(i, cell) }

// readLevel reads the rows of all relations of one level, those of read models in one round trip.
func readLevel(ctx context.Context, wanted []selection.Values) error {
	keys := requestFrom(ctx).keys
	readings := make([]projection.Reading, 0, len(wanted))
	for _, v := range wanted {
		if v, ok := v.(lookups); ok {
			readings = append(readings, v.lookup())
		}
	}
	if len(readings) > 0 {
		if err := projection.ReadTogether(ctx, keys, readings...); err != nil {
			return err
		}
	}
	for _, v := range wanted {
		switch v := v.(type) {
		case lookups:
			v.keep()
		case loads:
			if err := v.load(ctx, keys); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookups are the values of a source of rows.
type lookups interface {
	// lookup returns the read of the wanted keys.
	lookup() projection.Reading
	// ahead returns the read of the rows that a row with a key, of another model, refers to by a column.
	ahead(of referring, column string, key int64) projection.Reading
	// keepAhead takes over the rows of that, after it was made, if they are an answer.
	keepAhead(r *projection.Reader)
	// keep takes over the rows of the lookup, after it was made.
	keep()
}

// rowSource finds the rows of a read model by a column, in an order.
type rowSource[T any] struct {
	model           *projection.Model[T]
	column, orderBy string
}

// HasCell is for package selection.
func (s *rowSource[T]) HasCell(field string) bool { return s.model.HasCell(field) }

// Narrow is for package selection.
func (s *rowSource[T]) Narrow(n *selection.Needs) selection.Reader {
	return &rowSource[T]{s.model.Narrow(n.Field, n.Cells), s.column, s.orderBy}
}

// Values is for package selection.
func (s *rowSource[T]) Values() selection.Values {
	return &rowValues[T]{source: s, spans: map[int64]span{}}
}

// span is where the rows of a key lie.
type span struct{ from, to int32 }

// rowValues are the rows that were found by keys, those of one key beside each other in order.
type rowValues[T any] struct {
	source *rowSource[T]
	wanted []int64
	made   *projection.Lookup[T]
	spans  map[int64]span
	rows   []T
	cells  projection.Cells
	order  []int32
}

func (v *rowValues[T]) Want(key int64) {
	if _, known := v.spans[key]; !known {
		v.spans[key] = span{}
		v.wanted = append(v.wanted, key)
	}
}

func (v *rowValues[T]) Wanted() bool { return len(v.wanted) > 0 }

func (v *rowValues[T]) Span(key int64) (from, to int) {
	s := v.spans[key]
	return int(s.from), int(s.to)
}

func (v *rowValues[T]) Row(i int) any { return &v.rows[v.order[i]] }

func (v *rowValues[T]) Cell(i, cell int) []byte { return v.cells.At(int(v.order[i]), cell) }

func (v *rowValues[T]) lookup() projection.Reading {
	v.made = v.source.model.Lookup(v.source.column, v.source.orderBy, v.wanted)
	return v.made
}

// referring is the model of a row that refers to others.
type referring interface {
	projection.Referring
	KeyColumn() string
}

func (v *rowValues[T]) ahead(of referring, column string, key int64) projection.Reading {
	if column == of.KeyColumn() {
		v.made = v.source.model.Ahead(v.source.column, v.source.orderBy, []int64{key})
	} else {
		v.made = v.source.model.AheadBy(of, column, []int64{key})
	}
	return v.made
}

func (v *rowValues[T]) keepAhead(r *projection.Reader) {
	for _, key := range v.made.Settle(r) {
		v.Want(key)
	}
	if v.Wanted() {
		v.keep()
	}
}

// keep gives every wanted key its span: the rows come in order, but those of all keys mixed.
func (v *rowValues[T]) keep() {
	rows, keys, cells := v.made.Found()
	count := make(map[int64]int32, len(v.wanted))
	for _, key := range keys {
		count[key]++
	}
	at := int32(len(v.order))
	for _, key := range v.wanted {
		v.spans[key] = span{at, at}
		at += count[key]
	}
	first := int32(len(v.rows))
	if first == 0 {
		v.rows, v.cells = rows, *cells
	} else {
		v.rows = append(v.rows, rows...)
		v.cells.Append(cells)
	}
	v.order = append(v.order, make([]int32, len(rows))...)
	for i, key := range keys {
		s := v.spans[key]
		v.order[s.to] = first + int32(i)
		v.spans[key] = span{s.from, s.to + 1}
	}
	v.wanted, v.made = nil, nil
}
