package projection

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ByKey reads the rows with the given keys, for a model whose key is one bigint column. A
// key without a row is absent from the answer.
//
// In the modes Auto and Exact the rows are those of the source view, however much is dirty:
// if there are too many dirty keys, the given keys are computed from the source. So a read by
// key that begins after a commit shows what was committed. In mode Stored this holds for keys
// without a stored row only: a stored row may refer to one that is not stored yet.
func (m *Model[T]) ByKey(ctx context.Context, r *Reader, keys []int64) (map[int64]T, error) {
	out := make(map[int64]T, len(keys))
	if err := m.byKey(ctx, r, keys, out); err != nil || r.Mode != Stored {
		return out, err
	}
	return out, m.byKey(ctx, r.freshly(), m.missing(keys, out), out)
}

// KeyColumn is the first column of the key.
func (m *Model[T]) KeyColumn() string { return m.keys[0].name }

// missing returns the keys that have no row among the found ones.
func (m *Model[T]) missing(keys []int64, found map[int64]T) (missing []int64) {
	for _, key := range keys {
		if _, ok := found[key]; !ok {
			missing = append(missing, key)
		}
	}
	return missing
}

// freshly returns a reader in mode Auto.
func (r *Reader) freshly() *Reader {
	fresh := *r
	fresh.Mode = Auto
	return &fresh
}

// Written reads the row with a key that the caller has just written; nil if there is none. Its stored row is behind, as a
// rule, so it is read from the source view at once.
func (m *Model[T]) Written(ctx context.Context, r *Reader, key int64) (*T, error) {
	m, err := m.of(r)
	if err != nil {
		return nil, err
	}
	b := relatedRows[T]{model: m, column: m.keys[0].name, orderBy: m.keys[0].name}
	err = b.read(ctx, r, b.text(textSource), []int64{key}, nil)
	if r.settles() && Poisoned(err) {
		rows, err := m.ByKey(ctx, r, []int64{key})
		if row, found := rows[key]; found {
			return &row, err
		}
		return nil, err
	}
	if err != nil || len(b.rows) == 0 {
		return nil, err
	}
	r.report(m.Name, status{})
	return &b.rows[0], nil
}

func (m *Model[T]) byKey(ctx context.Context, r *Reader, keys []int64, out map[int64]T) error {
	rows, parents, err := m.related(ctx, r, m.keys[0].name, m.keys[0].name, keys)
	for i, row := range rows {
		out[parents[i]] = row
	}
	return err
}

// Related reads the rows whose bigint column holds one of the parents' keys. The answer has
// each parent's rows, sorted by orderBy, a list of columns; a parent without rows is absent.
// It is as exact as ByKey, but in mode Stored it reads stored rows only.
func (m *Model[T]) Related(ctx context.Context, r *Reader, column, orderBy string, parents []int64) (map[int64][]T, error) {
	out := make(map[int64][]T, len(parents))
	rows, rowParents, err := m.related(ctx, r, column, orderBy, parents)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		parent := rowParents[i]
		out[parent] = append(out[parent], row)
	}
	return out, nil
}

// related reads rows and, for each of them, its parent's key.
func (m *Model[T]) related(ctx context.Context, r *Reader, column, orderBy string, parents []int64) ([]T, []int64, error) {
	m, err := m.of(r)
	if err != nil {
		return nil, nil, err
	}
	b := relatedRows[T]{model: m, column: column, orderBy: orderBy}
	err = b.find(ctx, r, parents)
	return b.rows, b.parents, err
}

// find reads the parents' rows. It first reads the stored rows and, in the same snapshot, whether any row of theirs may be
// marked. If so, it reads all of them again by the exact statement, so that an answer is always of one snapshot.
func (b *relatedRows[T]) find(ctx context.Context, r *Reader, parents []int64) error {
	if len(parents) == 0 {
		return nil
	}
	b.noteReads(r, parents)
	if r.Mode == Stored {
		return b.findStored(ctx, r, parents, "mode", status{})
	}
	var behind bool
	if err := b.read(ctx, r, b.text(textOptimistic), parents, []any{&behind}); err != nil {
		return err
	}
	if behind {
		return b.findBehind(ctx, r, parents)
	}
	r.report(b.model.Name, status{})
	return nil
}

// noteReads notes what a read of the parents' rows reads: these keys, if they are the model's own.
func (b *relatedRows[T]) noteReads(r *Reader, parents []int64) {
	if len(b.model.keys) > 1 || b.column != b.model.keys[0].name {
		parents = nil
	}
	r.uses(b.model.Name, parents)
}

// findBehind reads the parents' rows where some may be marked.
func (b *relatedRows[T]) findBehind(ctx context.Context, r *Reader, parents []int64) error {
	var s status
	err := b.read(ctx, r, b.text(textExact), parents, s.targets())
	if s.incomplete(err) {
		err = b.read(ctx, r, b.text(textSource), parents, nil)
	}
	switch {
	case err == nil:
		r.report(b.model.Name, s)
		return nil
	case r.settles() && Poisoned(err):
		return b.findStored(ctx, r, parents, "error", s)
	}
	return err
}

// findStored reads the parents' stored rows, for a reason.
func (b *relatedRows[T]) findStored(ctx context.Context, r *Reader, parents []int64, reason string, s status) error {
	if err := b.read(ctx, r, b.text(textStored), parents, nil); err != nil {
		return err
	}
	r.reportStored(b.model.Name, reason, s)
	return nil
}

// relatedRows has the statements that read rows by a column, and the answer of the last one.
type relatedRows[T any] struct {
	model           *Model[T]
	column, orderBy string
	// by selects the wanted values of the column for the given keys; empty: they are the keys.
	by      string
	rows    []T
	parents []int64
	cells   *Cells
}

func (b *relatedRows[T]) read(ctx context.Context, r *Reader, sql string, parents []int64, before []any) error {
	var parent int64
	s := b.model.scanner(before, []any{&parent}, 0)
	reset := func() {
		b.rows, b.parents = b.rows[:0], b.parents[:0]
		s.reset(len(parents))
	}
	err := r.query(ctx, sql, []any{r.OrganizationID, parents}, reset, func(rows pgx.Rows) error {
		found, err := s.scan(rows)
		if found {
			b.rows, b.parents = append(b.rows, s.row), append(b.parents, parent)
		}
		return err
	})
	b.cells = &s.cells
	if err != nil {
		return fmt.Errorf("read %s by %s: %w", b.model.Name, b.column, err)
	}
	return nil
}

// text returns one of the statements, which the model keeps.
func (b *relatedRows[T]) text(kind textKind) string {
	return b.model.texts.get(textKey{kind: kind, shape: b.column + " by " + b.orderBy + b.by}, func() string {
		switch kind {
		case textOptimistic:
			return b.optimistic()
		case textStored:
			return b.stored()
		case textSource:
			return b.source()
		default:
			return b.exact()
		}
	})
}

// values is the SQL array of the wanted values of the column.
func (b *relatedRows[T]) values() string {
	if b.by != "" {
		return "ARRAY(" + b.by + ")"
	}
	return "$2::bigint[]"
}

func (b *relatedRows[T]) condition() string {
	return fmt.Sprintf("%s = ANY (%s) AND %s", b.column, b.values(), b.model.restriction())
}

// within is the argument of dirtyKeys that leaves out marks which concern rows of other parents.
func (b *relatedRows[T]) within() string { return b.model.within(b.column, b.values()) }

func (b *relatedRows[T]) stored() string {
	return fmt.Sprintf("SELECT %s, %s FROM projection.%s WHERE organization_id = $1 AND %s ORDER BY %s",
		b.model.columnList(""), b.column, b.model.Name, b.condition(), b.orderBy)
}

func (b *relatedRows[T]) optimistic() string {
	return fmt.Sprintf("SELECT f.behind, %s, %s FROM (SELECT %s AS behind) f\nLEFT JOIN projection.%s p ON p.organization_id = $1 AND %s\nORDER BY %s",
		b.model.columnList("p."), b.column, b.model.mayBeBehind(b.within()), b.model.Name, b.condition(), b.orderBy)
}

// exact reads the parents' stored rows of clean keys and the source rows of dirty ones. Where the parents are not known by the
// dirty keys, it first computes of these what tells (c).
func (b *relatedRows[T]) exact() string {
	m := b.model
	found, keys := "", "FROM k WHERE NOT overflow AND k1 = ANY ($2::bigint[])"
	if b.column != m.keys[0].name {
		found = fmt.Sprintf(", c AS MATERIALIZED (\n\tSELECT %s FROM %s WHERE %s)", m.keysAs(), m.sourceRows("FROM k WHERE NOT overflow", named(b.condition())...), b.condition())
		keys = "FROM c"
	}
	columns := named(m.columnList(""), b.column, b.orderBy)
	list := strings.Join(columns, ", ")
	return fmt.Sprintf(`WITH %s%s
SELECT %s, %s, r.%s
FROM (
	SELECT %s FROM projection.%s WHERE organization_id = $1 AND %s AND %s
	UNION ALL
	SELECT %s FROM %s WHERE %s
	UNION ALL
	%s) r
ORDER BY %s`, m.dirtyKeys(maxDirty, b.within()), found, m.statusColumns(), m.columnList("r."), b.column,
		list, m.Name, b.condition(), m.cleanKeys(),
		list, m.sourceRows(keys, named(list, b.condition())...), b.condition(), m.emptyRow(list), b.orderBy)
}

func (b *relatedRows[T]) source() string {
	m := b.model
	return fmt.Sprintf(`SELECT %s, s.%s FROM (SELECT DISTINCT unnest($2::bigint[]) AS parent) u
CROSS JOIN LATERAL (SELECT * FROM source.%s s WHERE s.organization_id = $1 AND s.%s = u.parent OFFSET 0) s
WHERE %s ORDER BY %s`, m.columnList("s."), b.column, m.Name, b.column, m.restriction(), b.orderBy)
}
