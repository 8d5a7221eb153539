package selection

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Plan is a compiled selection of a root field, a connection or one row. It does not change, and serves many requests.
type Plan struct {
	// connection has the fields of a connection; nil in a plan of one row.
	connection []connectionStep
	// roots are how the root's rows are written: once for one row, once for each field of a connection that has them.
	roots   []*node
	uses    []*use
	columns map[string]bool
	object  *Object
	size    int
	total   bool
}

// use is a source that a plan reads.
type use struct {
	source  Source
	target  *Object
	columns map[string]bool
	reader  Reader
}

// node says how the rows at one place of a selection are written.
type node struct {
	steps []step
	// related are the steps whose rows are found by a key; nested are those with rows inside the row that have related ones.
	related, nested []*step
}

func (n *node) reads() bool { return len(n.related) > 0 || len(n.nested) > 0 }

// step writes one selected field of a row. One of append, compute, object, list and edges says how.
type step struct {
	prefix  string // `{"name":` for the first field of an object, `,"name":` for another
	nonNull bool
	append  func(b []byte, row any) []byte
	compute func(ctx context.Context, b []byte, row any) []byte
	object  func(row any) any
	list    func(row any) Rows
	child   *node // of object and list
	edges   []edge
	many    bool
}

// edge is a relation at one place of a selection.
type edge struct {
	key   func(row any) int64
	use   int
	child *node
}

// Keeps reports whether the plan needs a field of the struct of the root's rows.
func (p *Plan) Keeps(field string) bool { return keeps(p.object, p.columns, field) }

// Total reports whether the length of the whole list is selected.
func (p *Plan) Total() bool { return p.total }

// Size is about how much memory the plan takes, in bytes.
func (p *Plan) Size() int { return p.size }

// keeps reports whether a field of a row's struct is among the needed ones, or is none of the schema's: resolvers know those
// only, and keys of relations are made from them.
func keeps(o *Object, needed map[string]bool, field string) bool {
	if needed[field] || field == "ID" || field == "Currency" {
		return true
	}
	for _, f := range o.Fields {
		if f.Go == field {
			return false
		}
	}
	return true
}

// compiler makes one plan.
type compiler struct {
	operation *graphql.OperationContext
	plan      *Plan
	refused   bool
}

// Compile returns the plan for a selection of a root field whose type has the given name: a connection, or the object type
// of one row. It returns nil if gqlgen must answer.
func Compile(operation *graphql.OperationContext, typ string, selections ast.SelectionSet) *Plan {
	c := &compiler{operation: operation, plan: &Plan{columns: map[string]bool{}}}
	if o := objects[typ]; o != nil {
		c.plan.object = o
		c.plan.roots = []*node{c.node(o, selections, c.plan.columns)}
	} else {
		c.connection(typ, selections)
	}
	if c.refused || c.plan.object == nil {
		return nil
	}
	for _, u := range c.plan.uses {
		u.reader = u.source.Narrow(func(field string) bool { return keeps(u.target, u.columns, field) })
	}
	return c.plan
}

// stepSize is about what a step takes in memory, with its part of what is around it.
const stepSize = 300

// fields calls add for the fields that are selected of a type, in their order.
func (c *compiler) fields(types []string, selections ast.SelectionSet, add func(prefix string, field graphql.CollectedField)) {
	for i, field := range graphql.CollectFields(c.operation, selections, types) {
		prefix := `,"` + field.Alias + `":`
		if i == 0 {
			prefix = `{"` + field.Alias + `":`
		}
		c.plan.size += stepSize
		add(prefix, field)
	}
}

// node compiles a selection of rows. The fields of their struct that it needs are added to columns.
func (c *compiler) node(o *Object, selections ast.SelectionSet, columns map[string]bool) *node {
	n := &node{}
	c.fields(o.Types, selections, func(prefix string, field graphql.CollectedField) {
		n.steps = append(n.steps, c.step(o, prefix, field, columns))
	})
	for i := range n.steps {
		switch s := &n.steps[i]; {
		case s.edges != nil:
			n.related = append(n.related, s)
		case s.child != nil && s.child.reads():
			n.nested = append(n.nested, s)
		}
	}
	return n
}

func (c *compiler) step(o *Object, prefix string, field graphql.CollectedField, columns map[string]bool) step {
	if field.Name == "__typename" {
		name := appendString(nil, o.Name)
		return step{prefix: prefix, append: func(b []byte, _ any) []byte { return append(b, name...) }}
	}
	of := o.Fields[field.Name]
	s := step{prefix: prefix, nonNull: of.NonNull, append: of.Append}
	switch {
	case len(field.Definition.Arguments) > 0:
		c.refused = true
	case o.relations[field.Name] != nil:
		for _, r := range o.relations[field.Name] {
			use := c.use(r)
			s.many = r.Many
			s.edges = append(s.edges, edge{key: r.Key, use: use, child: c.node(r.Target, field.Selections, c.plan.uses[use].columns)})
		}
	case o.computed[field.Name] != nil:
		s.compute = o.computed[field.Name].value
		for _, name := range o.computed[field.Name].needs {
			columns[name] = true
		}
	case of.Append != nil:
		columns[of.Go] = true
	case of.Type != "":
		columns[of.Go] = true
		s.object, s.list = of.Object, of.List
		s.child = c.node(objects[of.Type], field.Selections, map[string]bool{})
	default:
		c.refused = true
	}
	return s
}

// use returns the index of the plan's use of a relation's source.
func (c *compiler) use(r *Relation) int {
	for i, u := range c.plan.uses {
		if u.source == r.Source {
			return i
		}
	}
	c.plan.uses = append(c.plan.uses, &use{source: r.Source, target: r.Target, columns: map[string]bool{}})
	return len(c.plan.uses) - 1
}
