package selection

import "context"

// Answer is what one execution of a plan has read.
type Answer struct {
	plan   *Plan
	values []Values
}

// place is rows that are written in the same way.
type place struct {
	node *node
	rows []any
}

// Reference says that rows are found by a field of the root's row.
type Reference struct {
	Field  string
	Values Values
}

// Begin returns an answer that has read nothing.
func (p *Plan) Begin() *Answer { return &Answer{plan: p, values: make([]Values, len(p.uses))} }

// References returns where the relations of the root's row lead that one field of it tells, each source once. What is read of
// them together with the row, Read does not read again.
func (a *Answer) References() (all []Reference) {
	for _, n := range a.plan.roots {
		for _, s := range n.related {
			for _, e := range s.edges {
				if e.field != "" && a.values[e.use] == nil {
					a.values[e.use] = a.plan.uses[e.use].reader.Values()
					all = append(all, Reference{e.field, a.values[e.use]})
				}
			}
		}
	}
	return all
}

// Read reads the rows of all relations below the root's rows, level by level. read is called once for each level, with
// the values that keys are wanted of. What it returns as an error ends Read.
func (a *Answer) Read(ctx context.Context, roots Rows, read func(ctx context.Context, wanted []Values) error) error {
	var level []place
	for _, n := range a.plan.roots {
		if n.reads() {
			level = append(level, place{n, pointers(roots)})
		}
	}
	for len(level) > 0 {
		for _, at := range level {
			a.want(at.node, at.rows)
		}
		var wanted []Values
		for _, v := range a.values {
			if v != nil && v.Wanted() {
				wanted = append(wanted, v)
			}
		}
		if len(wanted) > 0 {
			if err := read(ctx, wanted); err != nil {
				return err
			}
		}
		var next []place
		for _, at := range level {
			next = a.below(next, at.node, at.rows)
		}
		level = next
	}
	return nil
}

// want adds the keys of rows to those that are read next.
func (a *Answer) want(n *node, rows []any) {
	for _, s := range n.related {
		for _, e := range s.edges {
			if a.values[e.use] == nil {
				a.values[e.use] = a.plan.uses[e.use].reader.Values()
			}
			for _, row := range rows {
				if key := e.key(row); key != 0 {
					a.values[e.use].Want(key)
				}
			}
		}
	}
	for _, s := range n.nested {
		a.want(s.child, inside(s, rows))
	}
}

// below adds the places that were read for relations of rows, and that have relations themselves.
func (a *Answer) below(places []place, n *node, rows []any) []place {
	for _, s := range n.related {
		for _, e := range s.edges {
			if !e.child.reads() {
				continue
			}
			values, seen := a.values[e.use], map[int64]bool{}
			at := place{node: e.child}
			for _, row := range rows {
				key := e.key(row)
				if key == 0 || seen[key] {
					continue
				}
				seen[key] = true
				for i, to := values.Span(key); i < to; i++ {
					at.rows = append(at.rows, values.Row(i))
				}
			}
			if len(at.rows) > 0 {
				places = append(places, at)
			}
		}
	}
	for _, s := range n.nested {
		places = a.below(places, s.child, inside(s, rows))
	}
	return places
}

// inside returns the rows that a step has inside other rows.
func inside(s *step, rows []any) (all []any) {
	for _, row := range rows {
		if s.object != nil {
			if inner := s.object(row); inner != nil {
				all = append(all, inner)
			}
			continue
		}
		if list := s.list(row); list != nil {
			all = append(all, pointers(list)...)
		}
	}
	return all
}

func pointers(rows Rows) []any {
	all := make([]any, rows.Len())
	for i := range all {
		all[i] = rows.Row(i)
	}
	return all
}
