package projection

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// scanner scans result rows into T and cells. The result's columns are those of the targets before, the
// model's, and those of the targets after, of which the last ones are texts that become cells too, behind the model's.
type scanner[T any] struct {
	model   *Model[T]
	row     T
	targets []any
	before  int
	monies  []interface{ SetCurrency(string) }
	ids     []interface{ SetType(string) }
	present int // index of a result column that is NULL only in an empty row
	cells   Cells
	// cellColumns has the result column of each cell.
	cellColumns []int
	checked     bool
	// numbers are the columns that direct reads; others are the targets that are left for pgx, nil if there are none.
	numbers []int
	others  []any
}

// scanner makes one. positions is how many texts come last.
func (m *Model[T]) scanner(before, after []any, positions int) *scanner[T] {
	s := &scanner[T]{model: m, before: len(before), present: len(before) + m.keyField()}
	s.targets = make([]any, 0, len(before)+len(m.fields)+len(after)+positions)
	s.targets = append(s.targets, before...)
	s.cellColumns = make([]int, m.cells, m.cells+positions)
	v := reflect.ValueOf(&s.row).Elem()
	for _, f := range m.fields {
		if f.cell >= 0 {
			s.cellColumns[f.cell] = len(s.targets)
		}
		if f.unread {
			s.targets = append(s.targets, nil)
			continue
		}
		p := v.Field(f.index).Addr().Interface()
		s.targets = append(s.targets, p)
		if f.money {
			s.monies = append(s.monies, p.(interface{ SetCurrency(string) }))
		}
		if f.id {
			s.ids = append(s.ids, p.(interface{ SetType(string) }))
		}
	}
	s.targets = append(s.targets, after...)
	for range positions {
		s.cellColumns = append(s.cellColumns, len(s.targets))
		s.targets = append(s.targets, nil)
	}
	return s
}

// reset forgets the rows, before the first of at most so many.
func (s *scanner[T]) reset(rows int) {
	s.cells.empty(len(s.cellColumns), rows)
	s.checked = false
}

// scan reads the current row into row and cells. If the model's columns are all NULL, it sets only the targets before, and
// found is false.
func (s *scanner[T]) scan(rows pgx.Rows) (found bool, err error) {
	values := rows.RawValues()
	if values[s.present] == nil {
		targets := make([]any, len(s.targets))
		copy(targets, s.targets[:s.before])
		if err := rows.Scan(targets...); err != nil {
			return false, fmt.Errorf("read %s: %w", s.model.Name, err)
		}
		return false, nil
	}
	if !s.checked {
		if err := s.checkCells(rows); err != nil {
			return false, err
		}
		s.divide(rows.FieldDescriptions())
		s.checked = true
	}
	s.cells.add(values, s.cellColumns)
	var zero T
	s.row = zero
	if err := s.set(rows, values); err != nil {
		return false, fmt.Errorf("read %s: %w", s.model.Name, err)
	}
	for _, id := range s.ids {
		id.SetType(s.model.Node)
	}
	if len(s.monies) > 0 {
		currency := reflect.ValueOf(&s.row).Elem().Field(s.model.currency).String()
		for _, m := range s.monies {
			m.SetCurrency(currency)
		}
	}
	return true, nil
}

// divide leaves to pgx what direct does not read.
func (s *scanner[T]) divide(described []pgconn.FieldDescription) {
	s.numbers, s.others = make([]int, 0, len(s.targets)), nil
	for i, target := range s.targets {
		if target == nil {
			continue
		}
		if isDirect(target, described[i]) {
			s.numbers = append(s.numbers, i)
			continue
		}
		if s.others == nil {
			s.others = make([]any, len(s.targets))
		}
		s.others[i] = target
	}
}

// set sets the targets from the current row.
func (s *scanner[T]) set(rows pgx.Rows, values [][]byte) error {
	for _, i := range s.numbers {
		if values[i] == nil {
			return rows.Scan(s.targets...) // which says that NULL has no place there
		}
		if err := direct(s.targets[i], values[i]); err != nil {
			return err
		}
	}
	if s.others == nil {
		return nil
	}
	return rows.Scan(s.others...)
}

// isDirect reports whether direct reads a column.
func isDirect(target any, d pgconn.FieldDescription) bool {
	if d.Format != pgx.BinaryFormatCode {
		return false
	}
	switch target.(type) {
	case *bool:
		return d.DataTypeOID == pgtype.BoolOID
	case *int, *int64, pgtype.Int64Scanner:
		return slices.Contains(wholeNumbers, d.DataTypeOID)
	}
	return false
}

// direct sets a target as pgx does, but without a plan of its own for each column of each result, which costs more than the value.
func direct(target any, value []byte) error {
	switch t := target.(type) {
	case *bool:
		*t = value[0] != 0
	case *int:
		*t = int(whole(value))
	case *int64:
		*t = whole(value)
	case pgtype.Int64Scanner:
		return t.ScanInt64(pgtype.Int8{Int64: whole(value), Valid: true})
	}
	return nil
}

// whole returns a whole number of 2, 4 or 8 bytes.
func whole(value []byte) int64 {
	switch len(value) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(value)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(value)))
	}
	return int64(binary.BigEndian.Uint64(value))
}
