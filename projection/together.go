package projection

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Narrow returns a model of the same rows that reads only what is needed of T: the fields that keep accepts, and as cells the
// named ones, in this order. Other fields are zero. keep must accept Currency where it accepts an amount; HasCell accepts what
// is named.
func (m *Model[T]) Narrow(keep func(field string) bool, cells []string) *Model[T] {
	n := *m
	n.texts, n.bound = newStatementTexts(), newBound[T]() // of other columns
	n.fields, n.columns, n.cells = nil, nil, len(cells)
	for i, f := range m.fields {
		f.unread, f.cell = !keep(f.name), slices.Index(cells, f.name)
		if f.unread && f.cell < 0 && !slices.ContainsFunc(m.keys, func(k column) bool { return k.name == f.column }) {
			continue // the key tells whether there is a row
		}
		n.fields, n.columns = append(n.fields, f), append(n.columns, m.columns[i])
	}
	return &n
}

// Lookup is a read of the rows whose column holds one of some keys, to be made with others by ReadTogether.
type Lookup[T any] struct {
	rows   relatedRows[T]
	keys   []int64
	behind bool // it is known that some of these rows may be marked
	// ahead says that Settle tells whether it is an answer, and settled that its statement was made.
	ahead, settled bool
}

// Lookup makes a read of rows whose bigint column holds one of the keys. Related says what it finds; by the model's own
// key, ByKey does.
func (m *Model[T]) Lookup(column, orderBy string, keys []int64) *Lookup[T] {
	return &Lookup[T]{rows: relatedRows[T]{model: m, column: column, orderBy: orderBy}, keys: keys}
}

// Ahead makes a Lookup of the rows that a row with one of the keys refers to, to be read together with that row. What it finds counts
// only once Settle says so: where one of these rows may be marked, it is no answer.
func (m *Model[T]) Ahead(column, orderBy string, keys []int64) *Lookup[T] {
	l := m.Lookup(column, orderBy, keys)
	l.ahead = true
	return l
}

// AheadBy is Ahead for rows whose own key stands in a column of the row that refers to them: of the stored row of the other model.
func (m *Model[T]) AheadBy(of Referring, column string, keys []int64) *Lookup[T] {
	l := m.Ahead(m.KeyColumn(), m.KeyColumn(), keys)
	l.rows.by = of.refer(column)
	return l
}

// Referring is a Model of any type.
type Referring interface{ refer(column string) string }

func (m *Model[T]) refer(column string) string {
	return fmt.Sprintf("SELECT f.%s FROM projection.%s f WHERE f.organization_id = $1 AND f.%s = ANY ($2::bigint[])", column, m.Name, m.keys[0].name)
}

// Settle returns the keys of which a Lookup that was made by Ahead has found all rows, and reports the read of them; none if it is
// no answer.
func (l *Lookup[T]) Settle(r *Reader) []int64 {
	if !l.settled || l.behind {
		return nil
	}
	keys := l.keys
	if l.rows.by != "" {
		keys = slices.Compact(slices.Clone(l.rows.parents))
	}
	if len(keys) > 0 {
		l.rows.noteReads(r, keys)
		r.report(l.rows.model.Name, status{})
	}
	return keys
}

// Found returns the rows, sorted by the lookup's order, and at the same index the key that each was found by, and its cells.
func (l *Lookup[T]) Found() (rows []T, keys []int64, cells *Cells) {
	return l.rows.rows, l.rows.parents, l.rows.cells
}

// Reading is a Lookup of any type.
type Reading interface {
	// bind lets the lookup read what the reader may, and nothing else.
	bind(r *Reader) error
	// first is the statement over stored rows that tells whether anything is behind.
	first() (sql string, args []any)
	// take reads the rows of first, and reports whether they are the answer.
	take(ctx context.Context, r *Reader, rows pgx.Rows) (exact bool, err error)
	// alone reads by itself.
	alone(ctx context.Context, r *Reader) error
}

// batcher is a Querier that makes several statements in one round trip.
type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// ReadTogether makes several lookups in one round trip. Those that something is behind of are then made again, each by
// itself, as ByKey and Related are.
func ReadTogether(ctx context.Context, r *Reader, all ...Reading) error {
	for _, l := range all {
		if err := l.bind(r); err != nil {
			return err
		}
	}
	done := make([]bool, len(all))
	if db, ok := r.DB.(batcher); ok && len(all) > 1 && r.Mode != Stored {
		readBatch(ctx, r, db, all, done)
	}
	for i, l := range all {
		if done[i] {
			continue
		}
		if err := l.alone(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// readBatch notes in done which lookups are answered. After a failure, of which alone will tell, the rest is not.
func readBatch(ctx context.Context, r *Reader, db batcher, all []Reading, done []bool) {
	batch := &pgx.Batch{}
	for _, l := range all {
		sql, args := l.first()
		batch.Queue(sql, append([]any{r.OrganizationID}, args...)...)
	}
	results := db.SendBatch(ctx, batch)
	for i, l := range all {
		rows, err := results.Query()
		if err != nil {
			break
		}
		if done[i], err = l.take(ctx, r, rows); err != nil {
			done[i] = false
			break
		}
	}
	_ = results.Close() // its error is that of a statement
}

func (l *Lookup[T]) bind(r *Reader) (err error) {
	l.rows.model, err = l.rows.model.of(r)
	return err
}

func (l *Lookup[T]) first() (string, []any) { return l.rows.text(textOptimistic), []any{l.keys} }

func (l *Lookup[T]) take(ctx context.Context, r *Reader, rows pgx.Rows) (bool, error) {
	if l.ahead {
		err := l.rows.read(ctx, &Reader{DB: rowsGiven{rows}}, "", nil, []any{&l.behind})
		l.settled = err == nil
		return true, err
	}
	l.rows.noteReads(r, l.keys)
	err := l.rows.read(ctx, &Reader{DB: rowsGiven{rows}}, "", nil, []any{&l.behind})
	if err != nil || l.behind {
		return false, err
	}
	r.report(l.rows.model.Name, status{})
	return true, nil
}

// rowsGiven is a Querier that has the rows already.
type rowsGiven struct{ rows pgx.Rows }

func (g rowsGiven) Query(context.Context, string, ...any) (pgx.Rows, error) { return g.rows, nil }

func (l *Lookup[T]) alone(ctx context.Context, r *Reader) error {
	if l.ahead {
		return nil
	}
	if l.behind {
		return l.rows.findBehind(ctx, r, l.keys)
	}
	if err := l.rows.find(ctx, r, l.keys); err != nil {
		return err
	}
	if r.Mode != Stored || !l.byKey() {
		return nil
	}
	found := make(map[int64]T, len(l.keys))
	for i, key := range l.rows.parents {
		found[key] = l.rows.rows[i]
	}
	more := relatedRows[T]{model: l.rows.model, column: l.rows.column, orderBy: l.rows.orderBy}
	err := more.find(ctx, r.freshly(), l.rows.model.missing(l.keys, found))
	if len(more.rows) > 0 {
		l.rows.rows, l.rows.parents = append(l.rows.rows, more.rows...), append(l.rows.parents, more.parents...)
		l.rows.cells.Append(more.cells)
	}
	return err
}

// byKey reports whether the lookup is one by the model's own key.
func (l *Lookup[T]) byKey() bool {
	return len(l.rows.model.keys) == 1 && l.rows.column == l.rows.model.keys[0].name
}
