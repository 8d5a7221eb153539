package projection

import "fmt"

// Statements returns every statement shape of the model: by key, by each order in both
// directions and all modes, with cursors and counts, and around the query of a summary.
func (m *Model[T]) Statements() map[string]string {
	b := relatedRows[T]{model: m, column: m.keys[0].name, orderBy: m.keys[0].name}
	out := map[string]string{}
	if !m.Sum && len(m.keys) == 1 && m.keys[0].typ == "bigint" {
		out["by key, stored"] = b.stored()
		out["by key, optimistic"] = b.optimistic()
		out["by key, exact"] = b.exact()
		out["by key, source"] = b.source()
	}
	if !m.Sum && m.keys[0].typ == "bigint" {
		out["by first key column, exact"] = b.exact()
	}
	summary := m.summary(&Reader{}, nil, Where("SELECT count(*) FROM rows"))
	out["summary, stored"], out["summary, exact"] = summary.stored(), summary.exact(maxDirty)
	for name := range m.Orders {
		for _, descending := range []bool{false, true} {
			for _, count := range []bool{false, true} {
				p, err := m.plan(&Reader{}, PageQuery{First: new(int), Order: name, Descending: descending, Count: count})
				if err != nil {
					panic(err)
				}
				p.size = 50
				for _, cursors := range []bool{false, true} {
					if cursors {
						p.query.After = new(string)
					}
					s := p.sql()
					shape := fmt.Sprintf("by %s, descending %t, count %t, after a cursor %t", name, descending, count, cursors)
					out[shape+", stored"] = s.stored()
					out[shape+", optimistic"] = s.optimistic()
					out[shape+", exact"] = s.exact(maxDirty)
				}
			}
		}
	}
	return out
}
