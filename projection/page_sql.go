package projection

import (
	"fmt"
	"strings"
)

// beyond compares rows with a cursor: one row comparison, which an index on the same columns
// answers.
func (p *pagePlan[T]) beyond(c cursor, less bool) string {
	var left, right []string
	for i, col := range p.columns {
		left = append(left, col.name)
		right = append(right, p.args.add(append([]string{c.value}, c.key...)[i])+"::text::"+col.typ)
	}
	op := ">"
	if less {
		op = "<"
	}
	return fmt.Sprintf("(%s) %s (%s)", strings.Join(left, ", "), op, strings.Join(right, ", "))
}

func (p *pagePlan[T]) orderBy(prefix string) string {
	var by []string
	for _, c := range p.columns {
		if p.descending {
			by = append(by, prefix+c.name+" DESC")
		} else {
			by = append(by, prefix+c.name)
		}
	}
	return strings.Join(by, ", ")
}

// cursorColumns are the order's value and the key as text.
func (p *pagePlan[T]) cursorColumns(prefix string) string {
	var cs []string
	for _, c := range p.columns {
		cs = append(cs, prefix+c.name+"::text")
	}
	return strings.Join(cs, ", ")
}

// walks reads the first stored rows of each part that meet the condition.
func (p *pagePlan[T]) walks(condition string) string {
	var walks []string
	for _, part := range p.parts {
		walks = append(walks, fmt.Sprintf("(SELECT * FROM projection.%s WHERE organization_id = $1 AND %s AND %s AND %s AND %s ORDER BY %s LIMIT %d)",
			p.model.Name, p.filter, part, p.position, condition, p.orderBy(""), p.size+1))
	}
	return strings.Join(walks, "\n\tUNION ALL\n\t")
}

// stored reads the stored copy as it is.
func (p *pagePlan[T]) stored() string {
	m := p.model
	if !p.query.Count {
		return fmt.Sprintf("SELECT 0, false, NULL::text[], 0, %s, %s FROM (%s) r ORDER BY %s LIMIT %d",
			m.list("r."), p.cursorColumns("r."), p.walks("true"), p.orderBy("r."), p.size+1)
	}
	return fmt.Sprintf(`SELECT 0, false, NULL::text[], (SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s), %s, %s
FROM (%s UNION ALL %s) r ORDER BY %s LIMIT %d`, m.Name, p.filter, m.list("r."), p.cursorColumns("r."), p.walks("true"), m.nobody(), p.orderBy("r."), p.size+2)
}

// exact reads the stored rows of clean keys and the source rows of dirty ones. The outer limit leaves room for the row of nobody.
func (p *pagePlan[T]) exact() string {
	m := p.model
	total := "0"
	if p.query.Count {
		total = fmt.Sprintf("(SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s AND %s) + (SELECT count(*) FROM d)", m.Name, p.filter, m.clean())
	}
	return fmt.Sprintf(`WITH %s, %s
SELECT %s, %s, %s, %s
FROM (
	%s
	UNION ALL
	SELECT * FROM d WHERE %s
	UNION ALL
	%s) r
ORDER BY %s LIMIT %d`, m.dirtyKeys(), m.fresh("", p.filter), m.statusColumns(), total, m.list("r."), p.cursorColumns("r."),
		p.walks(m.clean()), p.position, m.nobody(), p.orderBy("r."), p.size+2)
}

// source computes the whole list by its definition.
func (p *pagePlan[T]) source() string {
	m, total := p.model, "0"
	from := fmt.Sprintf("source.%s WHERE organization_id = $1 AND %s AND (%s)", m.Name, p.filter, strings.Join(p.parts, " OR "))
	if p.query.Count {
		total = "(SELECT count(*) FROM " + from + ")"
	}
	return fmt.Sprintf("SELECT 0, false, NULL::text[], %s, %s, %s\nFROM (SELECT * FROM %s AND %s UNION ALL %s) r ORDER BY %s LIMIT %d",
		total, m.list("r."), p.cursorColumns("r."), from, p.position, m.nobody(), p.orderBy("r."), p.size+2)
}
