package selection

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Page is what a connection is written from.
type Page struct {
	Rows Rows
	// AppendCursor appends the cursor of a row, which needs no escape in JSON. It is needed if the plan says so.
	AppendCursor         func(b []byte, i int) []byte
	HasNext, HasPrevious bool
	// Total is needed if the plan says so.
	Total int
}

// connectionStep writes a field of a connection, of an edge or of PageInfo. i is the index of an edge.
type connectionStep struct {
	prefix string
	write  func(w *writer, p *Page, i int)
}

// connection compiles a selection of a connection type. It is refused if the type has fields that no Page has.
func (c *compiler) connection(typ string, selections ast.SelectionSet) {
	name, ok := strings.CutSuffix(typ, "Connection")
	if c.plan.needs.object = objects[name]; !ok || c.plan.needs.object == nil {
		c.refused = true
		return
	}
	c.plan.connection = []connectionStep{}
	c.fields([]string{typ}, selections, func(prefix string, field graphql.CollectedField) {
		c.plan.connection = append(c.plan.connection, connectionStep{prefix, c.connectionField(typ, field)})
	})
}

func (c *compiler) connectionField(typ string, field graphql.CollectedField) func(w *writer, p *Page, i int) {
	switch field.Name {
	case "__typename":
		return constant(typ)
	case "totalCount":
		c.plan.total = true
		return func(w *writer, p *Page, _ int) { w.b = appendInt(w.b, p.Total) }
	case "nodes":
		n := c.root(field)
		return func(w *writer, p *Page, _ int) { w.rows(n, p.Rows) }
	case "edges":
		steps := []connectionStep{}
		edge := strings.TrimSuffix(typ, "Connection") + "Edge"
		c.fields([]string{edge}, field.Selections, func(prefix string, field graphql.CollectedField) {
			steps = append(steps, connectionStep{prefix, c.edgeField(edge, field)})
		})
		return func(w *writer, p *Page, _ int) {
			w.b = append(w.b, '[')
			begin := len(w.b)
			for i := range p.Rows.Len() {
				w.next(begin, i, p.Rows.Len())
				w.page(steps, p, i)
			}
			w.b = append(w.b, ']')
		}
	case "pageInfo":
		steps := []connectionStep{}
		c.fields([]string{"PageInfo"}, field.Selections, func(prefix string, field graphql.CollectedField) {
			steps = append(steps, connectionStep{prefix, c.pageInfoField(field)})
		})
		return func(w *writer, p *Page, _ int) { w.page(steps, p, 0) }
	}
	c.refused = true
	return nil
}

func (c *compiler) edgeField(edge string, field graphql.CollectedField) func(w *writer, p *Page, i int) {
	switch field.Name {
	case "__typename":
		return constant(edge)
	case "cursor":
		c.plan.cursors = true
		return func(w *writer, p *Page, i int) { w.cursor(p, i) }
	case "node":
		n := c.root(field)
		return func(w *writer, p *Page, i int) { w.row(n, p.Rows.Row(i), p.Rows, i) }
	}
	c.refused = true
	return nil
}

func (c *compiler) pageInfoField(field graphql.CollectedField) func(w *writer, p *Page, i int) {
	end := func(at func(p *Page) int) func(w *writer, p *Page, i int) {
		return func(w *writer, p *Page, _ int) {
			if p.Rows.Len() == 0 {
				w.b = append(w.b, null...)
				return
			}
			w.cursor(p, at(p))
		}
	}
	switch field.Name {
	case "__typename":
		return constant("PageInfo")
	case "hasNextPage":
		return func(w *writer, p *Page, _ int) { w.b = appendBool(w.b, p.HasNext) }
	case "hasPreviousPage":
		return func(w *writer, p *Page, _ int) { w.b = appendBool(w.b, p.HasPrevious) }
	case "startCursor":
		c.plan.cursors = true
		return end(func(*Page) int { return 0 })
	case "endCursor":
		c.plan.cursors = true
		return end(func(p *Page) int { return p.Rows.Len() - 1 })
	}
	c.refused = true
	return nil
}

// cursor writes the cursor of a row.
func (w *writer) cursor(p *Page, i int) { w.b = append(p.AppendCursor(append(w.b, '"'), i), '"') }

// root compiles a selection of the root's rows.
func (c *compiler) root(field graphql.CollectedField) *node {
	n := c.node(c.plan.needs.object, field.Selections, c.plan.needs)
	c.plan.roots = append(c.plan.roots, n)
	return n
}

func constant(text string) func(w *writer, p *Page, i int) {
	return func(w *writer, _ *Page, _ int) { w.b = appendString(w.b, text) }
}
