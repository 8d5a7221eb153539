package projection

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
)

// Definition declares a read model, as data.
type Definition struct {
	// Name of the source view and of its stored copy.
	Name string
	// Key lists the key columns after organization_id. One that is no bigint names its
	// type behind a blank: "month date".
	Key []string
	// Node is the type name that the model's ID field gets; empty if it has none.
	Node string
	// Columns maps a struct field to its SQL column where that is not the field's name in
	// snake case.
	Columns map[string]string
	// Orders lists what a page can be ordered by. Every order ends in the key, in the
	// same direction.
	Orders map[string]Order
	// DefaultOrder is the order of a page that names none.
	DefaultOrder      string
	DefaultDescending bool
	// Where is a condition that every row of this model meets, for a projection that
	// serves several models: "kind = 'invoice'".
	Where string
	// OwnIndex says that the conditions of every summary come with an index that knows the
	// organization by itself. No other index is then used beside it: where most organizations
	// are small, a plan for any of them would go through all rows of the one that is not.
	// Such a model has no orders.
	OwnIndex bool
}

// Order is a column of a projection, NOT NULL and indexed, and its SQL type: bigint, integer,
// text, numeric, date, timestamptz.
type Order struct{ Column, Type string }

// Model reads rows of one read model into structs of type T.
type Model[T any] struct {
	Definition
	keys     []column
	fields   []field
	currency int // index of the struct field Currency, or -1
	columns  []string
}

type column struct{ name, typ string }

type field struct {
	index  int
	column string
	money  bool
	id     bool
}

// SQL lists statements of a model, for tests that prepare and explain all of them.
type SQL interface {
	// ReadModel is the projection's name.
	ReadModel() string
	// Statements returns every statement shape of the model, by a name for it.
	Statements() map[string]string
}

var defined []SQL

// Defined lists all models declared so far in the program.
func Defined() []SQL { return slices.Clone(defined) }

// Define declares a read model. It is called from package-level variables and panics on a
// definition that does not fit T: a mistake of the program, not of its input.
func Define[T any](d Definition) *Model[T] {
	m := &Model[T]{Definition: d, currency: -1}
	for _, k := range d.Key {
		name, typ, found := strings.Cut(k, " ")
		if !found {
			typ = "bigint"
		}
		m.keys = append(m.keys, column{name, typ})
	}
	if len(m.keys) == 0 {
		panic(fmt.Sprintf("projection: %s has no key", d.Name))
	}
	if d.OwnIndex && len(d.Orders) > 0 {
		panic(fmt.Sprintf("projection: %s has orders and an index of its own", d.Name))
	}
	if _, ok := d.Orders[d.DefaultOrder]; !ok && len(d.Orders) > 0 {
		panic(fmt.Sprintf("projection: %s has no order %q", d.Name, d.DefaultOrder))
	}
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		f := t.Field(i)
		c, ok := d.Columns[f.Name]
		if !ok {
			c = snake(f.Name)
		}
		p := reflect.New(f.Type).Interface()
		_, money := p.(interface{ SetCurrency(string) })
		_, id := p.(interface{ SetType(string) })
		if f.Name == "Currency" {
			m.currency = i
		}
		m.fields = append(m.fields, field{index: i, column: c, money: money, id: id})
		m.columns = append(m.columns, c)
	}
	for _, f := range m.fields {
		if f.money && m.currency < 0 {
			panic(fmt.Sprintf("projection: %s has money but no field Currency", t))
		}
	}
	defined = append(defined, m)
	return m
}

// ReadModel is the projection's name.
func (m *Model[T]) ReadModel() string { return m.Name }

// snake turns a Go field name into a column name: TaxRateID into tax_rate_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// scanner scans rows whose columns are: first the given extra targets, then the model's
// columns, then one text column for the page's order if ordered, then the key columns as
// text if ordered.
type scanner[T any] struct {
	model   *Model[T]
	row     T
	targets []any
	monies  []interface{ SetCurrency(string) }
	ids     []interface{ SetType(string) }
	present int // the result column that is NULL where there is no row
}

func (m *Model[T]) scanner(before, after []any) *scanner[T] {
	s := &scanner[T]{model: m, present: len(before) + m.keyField()}
	s.targets = append(s.targets, before...)
	v := reflect.ValueOf(&s.row).Elem()
	for _, f := range m.fields {
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
	return s
}

// keyField is a field whose column is never NULL in a row.
func (m *Model[T]) keyField() int {
	for i, c := range m.columns {
		if slices.ContainsFunc(m.keys, func(k column) bool { return k.name == c }) {
			return i
		}
	}
	panic(fmt.Sprintf("projection: %s: no field holds a key column", m.Name))
}

// scan reads the current row. Where the outer join found no row, only the extra targets
// before the model's columns are set, and found is false.
func (s *scanner[T]) scan(rows pgx.Rows, before int) (row T, found bool, err error) {
	if rows.RawValues()[s.present] == nil {
		targets := make([]any, len(s.targets))
		copy(targets, s.targets[:before])
		if err := rows.Scan(targets...); err != nil {
			return row, false, fmt.Errorf("read %s: %w", s.model.Name, err)
		}
		return row, false, nil
	}
	var zero T
	s.row = zero
	if err := rows.Scan(s.targets...); err != nil {
		return row, false, fmt.Errorf("read %s: %w", s.model.Name, err)
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
	return s.row, true, nil
}
