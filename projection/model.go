package projection

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Definition declares a read model, as data.
type Definition struct {
	// Name of the source view and of its stored copy.
	Name string
	// Key lists the key columns after organization_id. A column that is not a bigint is
	// followed by its SQL type: "month date".
	Key []string
	// Node is the GraphQL type that the model's ID field is given; empty if it has no such field.
	Node string
	// Columns maps a struct field to its SQL column if that is not the field's name in snake
	// case.
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
	// Within lists the bigint columns by which marks may be told apart beside the key, as the migration's tracks say.
	Within []string
	// Stores says which rows a Reader that is bound to stores reads: an SQL condition over the model's columns in which each ?
	// stands for the array of these stores, or Shared. Without one such a Reader reads nothing: the error is ErrBound.
	Stores string
	// Sum says that the read model is a sum, made by engine.create_sum. It is read by Summarize,
	// which is exact however much is behind, and has no orders.
	Sum bool
	// OwnIndex says that the conditions of every Summarize have an index of their own that
	// covers the organization too, a GIN index for example. The statement then keeps the planner
	// from choosing an index on organization_id instead: a generic plan assumes an average
	// organization, and would read all rows of a large one. Such a model has no orders.
	OwnIndex bool
}

// Order is a column that a list can be sorted by, and its SQL type: bigint, integer, text,
// numeric, date or timestamptz. The column is NOT NULL, and an index leads with
// organization_id, the column and the key.
type Order struct{ Column, Type string }

// Model reads rows of one read model into structs of type T.
type Model[T any] struct {
	Definition
	keys     []column
	fields   []modelField
	currency int // index of the struct field Currency, or -1
	columns  []string
	// cells is how many cells a row has.
	cells int
	// behind has the scopes of which something was marked when a page was last read.
	behind *lru.Cache[scope, struct{}]
	// texts has the statements that were made.
	texts statementTexts
	// bound has the models of the rows of some stores, by the stores.
	bound *lru.Cache[string, *Model[T]]
}

type column struct{ name, typ string }

// modelField is a field of T and the column that it is read from.
type modelField struct {
	name   string
	index  int
	column string
	money  bool
	id     bool
	// cells are the SQL types of which the field can be read as a cell.
	cells []uint32
	// unread says that the field is read as a cell only, and cell which one it is; -1 if it is none.
	unread bool
	cell   int
}

// SQL lists the statements of a model, for tests that prepare and explain all of them.
type SQL interface {
	// ReadModel is the projection's name.
	ReadModel() string
	// Statements returns every statement shape of the model, by a name for it.
	Statements() map[string]string
}

var defined []SQL

// Defined lists all models declared so far in the program.
func Defined() []SQL { return slices.Clone(defined) }

// Define declares a read model whose rows are scanned into T, column by field. It is meant for
// package-level variables, and panics if the definition does not fit T.
//
// A field whose pointer has a method SetCurrency(string) is an amount: it is given the value of
// the field Currency, which T must have. One whose pointer has SetType(string) is the model's
// ID: it is given Node.
func Define[T any](d Definition) *Model[T] {
	m := &Model[T]{Definition: d, currency: -1, behind: newBehind(), texts: newStatementTexts(), bound: newBound[T]()}
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
	if (d.OwnIndex || d.Sum) && len(d.Orders) > 0 {
		panic(fmt.Sprintf("projection: %s has orders, but is a sum or has an index of its own", d.Name))
	}
	if _, ok := d.Orders[d.DefaultOrder]; !ok && len(d.Orders) > 0 {
		panic(fmt.Sprintf("projection: %s has no order %q", d.Name, d.DefaultOrder))
	}
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		f := t.Field(i)
		c, ok := d.Columns[f.Name]
		if !ok {
			c = snakeCase(f.Name)
		}
		p := reflect.New(f.Type).Interface()
		_, money := p.(interface{ SetCurrency(string) })
		_, id := p.(interface{ SetType(string) })
		if f.Name == "Currency" {
			m.currency = i
		}
		m.fields = append(m.fields, modelField{name: f.Name, index: i, column: c, money: money, id: id, cells: cellTypes(f.Type), cell: -1})
		m.columns = append(m.columns, c)
	}
	for _, f := range m.fields {
		if f.money && m.currency < 0 {
			panic(fmt.Sprintf("projection: %s has money but no field Currency", t))
		}
	}
	if m.keyField() < 0 {
		panic(fmt.Sprintf("projection: %s: no field of %s holds a column of the key", d.Name, t))
	}
	defined = append(defined, m)
	return m
}

// keyField is the index of a column that is part of the key, and so is never NULL; -1 without one.
func (m *Model[T]) keyField() int {
	return slices.IndexFunc(m.columns, func(c string) bool {
		return slices.ContainsFunc(m.keys, func(k column) bool { return k.name == c })
	})
}

// Column returns the column of the struct field with this name, in any case; empty if there is none.
func (m *Model[T]) Column(field string) string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, field) {
			return f.column
		}
	}
	return ""
}

// ReadModel is the projection's name.
func (m *Model[T]) ReadModel() string { return m.Name }

// snakeCase turns a Go field name into a column name: TaxRateID into tax_rate_id.
func snakeCase(name string) string {
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
