package projection

import (
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
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
	// cellColumns has the result column of each cell, and cellTypes the SQL types that it may have.
	cellColumns []int
	cellTypes   [][]uint32
	checked     bool
}

// scanner makes one. positions is how many texts come last.
func (m *Model[T]) scanner(before, after []any, positions int) *scanner[T] {
	s := &scanner[T]{model: m, before: len(before), present: len(before) + m.keyField()}
	s.targets = make([]any, 0, len(before)+len(m.fields)+len(after)+positions)
	s.targets = append(s.targets, before...)
	s.cellColumns, s.cellTypes = make([]int, m.cells, m.cells+positions), make([][]uint32, m.cells, m.cells+positions)
	v := reflect.ValueOf(&s.row).Elem()
	for _, f := range m.fields {
		if f.cell >= 0 {
			s.cellColumns[f.cell], s.cellTypes[f.cell] = len(s.targets), f.cells
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
		s.cellColumns, s.cellTypes = append(s.cellColumns, len(s.targets)), append(s.cellTypes, texts)
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
		s.checked = true
	}
	s.cells.add(values, s.cellColumns)
	var zero T
	s.row = zero
	if err := rows.Scan(s.targets...); err != nil {
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
