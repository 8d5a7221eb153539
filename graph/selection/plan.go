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
	roots []*node
	uses  []*use
	needs *Needs
	size  int
	total bool
	// cursors says that a cursor is selected.
	cursors bool
}

// use is a source that a plan reads.
type use struct {
	source Source
	needs  *Needs
	reader Reader
}

// node says how the rows at one place of a selection are written.
type node struct {
	steps []step
	// related are the steps whose rows are found by a key; nested are those with rows inside the row that have related ones.
	related, nested []*step
}

func (n *node) reads() bool { return len(n.related) > 0 || len(n.nested) > 0 }

// step writes one selected field of a row. One of append, column, amount, compute, object, list and edges says how.
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
	// column writes the cell; amount the cell as an amount of money, of the currency in the cell next to it.
	column         cellAppender
	cell, currency int
	amount         []amountStep
}

// amountStep writes a field of an amount of money.
type amountStep struct {
	prefix string
	field  string
}

// money is the type of amounts of money.
const money = "Money"

// edge is a relation at one place of a selection.
type edge struct {
	field string
	key   func(row any) int64
	use   int
	child *node
}

// Needs says what the plan needs of the root's rows.
func (p *Plan) Needs() *Needs { return p.needs }

// Cursors reports whether a cursor is selected.
func (p *Plan) Cursors() bool { return p.cursors }

// Total reports whether the length of the whole list is selected.
func (p *Plan) Total() bool { return p.total }

// Size is about how much memory the plan takes, in bytes.
func (p *Plan) Size() int { return p.size }

// compiler makes one plan.
type compiler struct {
	operation *graphql.OperationContext
	plan      *Plan
	refused   bool
}

// Compile returns the plan for a selection of a root field whose type has the given name: a connection, or the object type
// of one row. hasCell reports whether the column of a field of the struct can be read as PostgreSQL sends it. Compile returns
// nil if gqlgen must answer.
func Compile(operation *graphql.OperationContext, typ string, selections ast.SelectionSet, hasCell func(field string) bool) *Plan {
	c := &compiler{operation: operation, plan: &Plan{needs: &Needs{has: hasCell, fields: map[string]bool{}}}}
	if o := objects[typ]; o != nil {
		c.plan.needs.object = o
		c.plan.roots = []*node{c.node(o, selections, c.plan.needs)}
	} else {
		c.connection(typ, selections)
	}
	if c.refused || c.plan.needs.object == nil {
		return nil
	}
	for _, u := range c.plan.uses {
		u.reader = u.source.Narrow(u.needs)
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

// node compiles a selection of rows, and notes what it needs of them; nil for rows inside of others.
func (c *compiler) node(o *Object, selections ast.SelectionSet, needs *Needs) *node {
	n := &node{}
	c.fields(o.Types, selections, func(prefix string, field graphql.CollectedField) {
		n.steps = append(n.steps, c.step(o, prefix, field, needs))
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

func (c *compiler) step(o *Object, prefix string, field graphql.CollectedField, needs *Needs) step {
	if field.Name == "__typename" {
		name := appendString(nil, o.Name)
		return step{prefix: prefix, append: func(b []byte, _ any) []byte { return append(b, name...) }}
	}
	of := o.Fields[field.Name]
	s := step{prefix: prefix, nonNull: of.NonNull}
	switch {
	case len(field.Definition.Arguments) > 0:
		c.refused = true
	case o.relations[field.Name] != nil:
		for _, r := range o.relations[field.Name] {
			needs.key(r)
			use := c.use(r)
			s.many = r.Many
			s.edges = append(s.edges, edge{field: r.Field, key: r.Key, use: use, child: c.node(r.Target, field.Selections, c.plan.uses[use].needs)})
		}
	case o.computed[field.Name] != nil:
		s.compute = o.computed[field.Name].value
		for _, name := range o.computed[field.Name].needs {
			needs.value(name)
		}
	case of.Append != nil:
		if of.Cell != nil {
			if s.cell = needs.cell(of.Go); s.cell >= 0 {
				s.column = of.Cell
				break
			}
		}
		s.append = of.Append
		needs.value(of.Go)
	case of.Type == money && c.amount(&s, of, field, needs):
	case objects[of.Type] != nil:
		needs.value(of.Go)
		s.object, s.list = of.Object, of.List
		s.child = c.node(objects[of.Type], field.Selections, nil)
	default:
		c.refused = true
	}
	return s
}

// amount compiles a selection of an amount of money that is written from its cell and that of its currency. It returns false
// if these are not to be had.
func (c *compiler) amount(s *step, of *Field, field graphql.CollectedField, needs *Needs) bool {
	if s.cell, s.currency = needs.cell(of.Go), needs.cell("Currency"); of.Object == nil || s.cell < 0 || s.currency < 0 {
		return false
	}
	s.amount = []amountStep{}
	c.fields(objects[money].Types, field.Selections, func(prefix string, field graphql.CollectedField) {
		s.amount = append(s.amount, amountStep{prefix, field.Name})
	})
	return true
}

// use returns the index of the plan's use of a relation's source.
func (c *compiler) use(r *Relation) int {
	for i, u := range c.plan.uses {
		if u.source == r.Source {
			return i
		}
	}
	c.plan.uses = append(c.plan.uses, &use{source: r.Source, needs: &Needs{object: r.Target, has: r.Source.HasCell, fields: map[string]bool{}}})
	return len(c.plan.uses) - 1
}
