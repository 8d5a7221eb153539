package projection

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// ErrCells is returned by a read of a model with cells if a column has not the SQL type that its Go type stands for, so that
// its cells cannot be told.
var ErrCells = errors.New("a column has another type than its cells")

// Cells are values of rows as PostgreSQL sends them: text as it is, everything else in its binary form. They are what a
// program reads that has no need of Go values, which cost an allocation or several each.
type Cells struct {
	width int // cells of a row
	bytes []byte
	// ends has where each cell ends in bytes, which is where the next begins; negative for NULL, with all bits turned.
	ends []int32
	// rows is how many rows the cells are of; turned says that they lie in the reverse order.
	rows   int
	turned bool
}

// At returns a cell of a row; nil is NULL. It is valid as long as the Cells are.
func (c *Cells) At(row, cell int) []byte {
	if c.turned {
		row = c.rows - 1 - row
	}
	i := row*c.width + cell
	end := c.ends[i]
	if end < 0 {
		return nil
	}
	begin := int32(0)
	if i > 0 {
		if begin = c.ends[i-1]; begin < 0 {
			begin = ^begin
		}
	}
	return c.bytes[begin:end:end]
}

// add appends the columns of the current row.
func (c *Cells) add(values [][]byte, columns []int) {
	for _, column := range columns {
		value := values[column]
		c.bytes = append(c.bytes, value...)
		end := int32(len(c.bytes))
		if value == nil {
			end = ^end
		}
		c.ends = append(c.ends, end)
	}
	c.rows++
}

// empty forgets all rows, and has room for as many as are said.
func (c *Cells) empty(width, rows int) {
	c.width, c.rows, c.turned = width, 0, false
	c.bytes, c.ends = c.bytes[:0], c.ends[:0]
	if width > 0 && c.ends == nil {
		c.bytes, c.ends = make([]byte, 0, 10*width*rows), make([]int32, 0, width*rows)
	}
}

// Append adds the rows of others behind these, of the same model. Neither are those of a page.
func (c *Cells) Append(others *Cells) {
	shift := int32(len(c.bytes))
	c.width, c.rows = others.width, c.rows+others.rows
	c.bytes = append(c.bytes, others.bytes...)
	for _, end := range others.ends {
		if end < 0 {
			end = ^(^end + shift)
		} else {
			end += shift
		}
		c.ends = append(c.ends, end)
	}
}

// cellTypes returns the SQL types of columns whose binary form is the one that cells of the Go type have; nil if fields of
// the type have no cells.
func cellTypes(typ reflect.Type) []uint32 {
	if typ.Kind() == reflect.Pointer {
		if typ.Implements(reflect.TypeFor[interface{ SetCurrency(string) }]()) {
			return nil // it is given no currency
		}
		typ = typ.Elem()
	}
	switch reflect.New(typ).Interface().(type) {
	case interface{ SetType(string) }:
		return nil // what the id is of is not in the cell
	case pgtype.NumericScanner:
		return []uint32{pgtype.NumericOID}
	case pgtype.DateScanner:
		return []uint32{pgtype.DateOID}
	case pgtype.TimestampScanner:
		return []uint32{pgtype.TimestampOID}
	case *time.Time:
		return []uint32{pgtype.TimestamptzOID}
	case pgtype.Int64Scanner:
		return wholeNumbers
	}
	switch typ.Kind() {
	case reflect.String:
		return texts
	case reflect.Bool:
		return []uint32{pgtype.BoolOID}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return wholeNumbers
	}
	return nil
}

var (
	wholeNumbers = []uint32{pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID}
	texts        = []uint32{pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID}
)

// HasCell reports whether a field of T can be read as a cell.
func (m *Model[T]) HasCell(field string) bool {
	return slices.ContainsFunc(m.fields, func(f modelField) bool { return f.name == field && f.cells != nil })
}

// checkCells returns ErrCells if a column of the cells is of another type than its field.
func (s *scanner[T]) checkCells(rows pgx.Rows) error {
	described := rows.FieldDescriptions()
	for _, column := range s.cellColumns {
		types, d := texts, described[column]
		if i := column - s.before; i < len(s.model.fields) {
			types = s.model.fields[i].cells
		}
		if !slices.Contains(types, d.DataTypeOID) || d.Format != pgx.BinaryFormatCode && !slices.Contains(texts, d.DataTypeOID) {
			return fmt.Errorf("%w: %s of %s", ErrCells, d.Name, s.model.Name)
		}
	}
	return nil
}
