package selection

import (
	"context"
	"slices"
)

// Object is an object type of the schema whose values are rows: structs of graph/model.
type Object struct {
	// Name is the type's name, Types it and the interfaces that the type implements.
	Name  string
	Types []string
	// Fields has every field of the type.
	Fields map[string]*Field

	relations map[string][]*Relation
	computed  map[string]*computed
}

// Field says how a field is written from a row, which is a pointer to a struct. At most one of Append, Object and List is
// set: none is for a field that a resolver answers.
type Field struct {
	// NonNull says that the schema allows no null.
	NonNull bool
	// Go is the field of the struct.
	Go string
	// Append appends the value as JSON. Cell does, from the column as PostgreSQL sends it; it may be nil beside Append.
	Append func(b []byte, row any) []byte
	Cell   cellAppender
	// Object returns a row inside the row, or nil. Its type is Type.
	Object func(row any) any
	// List returns the rows in a list inside the row, or nil for null. Their type is Type.
	List func(row any) Rows
	Type string
}

// Rows is a list of rows of one type.
type Rows interface {
	Len() int
	// Row returns a pointer to the row.
	Row(i int) any
	// Cell returns a column of the row, as PostgreSQL sends it: one of those that Needs lists. nil is NULL.
	Cell(i, cell int) []byte
}

// Needs says what a plan needs of the rows of a read model.
type Needs struct {
	object *Object
	has    func(field string) bool
	fields map[string]bool
	// hidden says that fields which are none of the schema's are needed.
	hidden bool
	// Cells are the fields of the struct whose columns are needed as PostgreSQL sends them.
	Cells []string
}

// Field reports whether a field of the struct is needed as a Go value. Those that are none of the schema's are where the key of
// a relation follows from several fields.
func (n *Needs) Field(field string) bool {
	if n.fields[field] || field == "ID" || field == "Currency" && n.money() {
		return true
	}
	if !n.hidden {
		return false
	}
	for _, f := range n.object.Fields {
		if f.Go == field {
			return false
		}
	}
	return true
}

// money reports whether an amount is needed as a Go value, which is given its currency.
func (n *Needs) money() bool {
	for _, f := range n.object.Fields {
		if f.Type == money && n.fields[f.Go] {
			return true
		}
	}
	return false
}

// cell returns the index of a field among the cells; -1 if it has none.
func (n *Needs) cell(field string) int {
	if n == nil || !n.has(field) {
		return -1
	}
	if i := slices.Index(n.Cells, field); i >= 0 {
		return i
	}
	n.Cells = append(n.Cells, field)
	return len(n.Cells) - 1
}

// key notes that the key of a relation is needed.
func (n *Needs) key(of *Relation) {
	switch {
	case of.Field != "":
		n.value(of.Field)
	case n != nil:
		n.hidden = true
	}
}

// value notes that a field is needed as a Go value.
func (n *Needs) value(field string) {
	if n != nil {
		n.fields[field] = true
	}
}

// Relation says that a field holds rows which are found by a key.
type Relation struct {
	// Target is the type of the rows.
	Target *Object
	// Many says that the field is a list. Else it is one row, or null.
	Many bool
	// Source finds the rows. Relations with the same source share what they read.
	Source Source
	// Field is the field of the struct that holds the key; empty if it follows from several.
	Field string
	// Key returns the key for a row; 0 if there is nothing to find. It reads Field; if that is empty, only ID and columns that
	// are no fields of the schema.
	Key func(row any) int64
}

// computed is a field whose value follows from a row and the request.
type computed struct {
	value func(ctx context.Context, b []byte, row any) []byte
	needs []string
}

// Of returns the type whose rows are structs of type T; nil if there is none.
func Of[T any]() *Object { return objects[nameOf((*T)(nil))] }

// Relate declares how a field is found. A field of an interface type has several relations, of which at most one has a key
// for a row. It panics if the type has no such field. All declarations are made before the first plan.
func (o *Object) Relate(field string, r *Relation) {
	o.mustHave(field)
	if o.relations == nil {
		o.relations = map[string][]*Relation{}
	}
	o.relations[field] = append(o.relations[field], r)
}

// Relations returns the declared relations, as "Invoice.customer", sorted.
func Relations() (names []string) {
	for _, o := range objects {
		for field := range o.relations {
			names = append(names, o.Name+"."+field)
		}
	}
	slices.Sort(names)
	return names
}

// Compute declares how the value of a field is appended as JSON. needs lists the fields of the struct that value reads.
// It panics if the type has no such field.
func (o *Object) Compute(field string, value func(ctx context.Context, b []byte, row any) []byte, needs ...string) {
	o.mustHave(field)
	if o.computed == nil {
		o.computed = map[string]*computed{}
	}
	o.computed[field] = &computed{value: value, needs: needs}
}

func (o *Object) mustHave(field string) {
	if o.Fields[field] == nil {
		panic("selection: " + o.Name + " has no field " + field)
	}
}

// Source reads rows by keys.
type Source interface {
	// HasCell reports whether the column of a field of the struct can be read as PostgreSQL sends it.
	HasCell(field string) bool
	// Narrow returns a reader of nothing but what is needed.
	Narrow(n *Needs) Reader
}

// Reader makes the values of one answer.
type Reader interface{ Values() Values }

// Values are the rows that were found by keys, for one answer. It is not safe for concurrent use.
type Values interface {
	// Want adds a key to those that are read next, unless it was added before.
	Want(key int64)
	// Wanted reports whether there are keys to read.
	Wanted() bool
	// Span returns where the rows of a key begin and end among the rows that were read; it is empty where there are none.
	Span(key int64) (from, to int)
	// Row and Cell are those of Rows.
	Row(i int) any
	Cell(i, cell int) []byte
}
