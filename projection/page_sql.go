package projection

import (
	"fmt"
	"slices"
	"strings"
)

// past is the condition that a row comes after the cursor's in ascending order, or before it if
// less: one row comparison, which an index on the same columns answers.
func (p *pagePlan[T]) past(c cursor, less bool) string {
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

// rowColumns lists the model's columns and, for cursors, the order's column and the key's as text.
func (p *pagePlan[T]) rowColumns(prefix string) string {
	cs := []string{p.model.columnList(prefix)}
	if !p.query.NoCursors {
		for _, c := range p.columns {
			cs = append(cs, prefix+c.name+"::text")
		}
	}
	return strings.Join(cs, ", ")
}

// needed lists the columns that the page's rows are made of: the model's, and those of the order.
func (p *pagePlan[T]) needed() []string {
	return distinct(p.model.columns, p.columns)
}

// distinct returns the names, each once.
func distinct(names []string, columns []column) (out []string) {
	for _, c := range columns {
		names = append(slices.Clip(names), c.name)
	}
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// partScans selects the needed columns of the first stored rows of each part that meet the condition, one more than
// the page has: it tells whether there is a next page.
func (p *pagePlan[T]) partScans(condition string) string {
	var scans []string
	for _, part := range p.parts {
		scans = append(scans, fmt.Sprintf("(SELECT %s FROM projection.%s WHERE organization_id = $1 AND %s AND %s AND %s AND %s ORDER BY %s LIMIT %d)",
			strings.Join(p.needed(), ", "), p.model.Name, p.filter, part, p.position, condition, p.orderBy(""), p.size+1))
	}
	return strings.Join(scans, "\n\tUNION ALL\n\t")
}

// stored reads the stored copy without looking at marks.
func (p *pagePlan[T]) stored() string {
	m := p.model
	if !p.query.Count {
		return fmt.Sprintf("SELECT 0, false, NULL::text[], 0, %s FROM (%s) r ORDER BY %s LIMIT %d",
			p.rowColumns("r."), p.partScans("true"), p.orderBy("r."), p.size+1)
	}
	return fmt.Sprintf(`SELECT 0, false, NULL::text[], (SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s), %s
FROM (%s UNION ALL %s) r ORDER BY %s LIMIT %d`, m.Name, p.filter, p.rowColumns("r."), p.partScans("true"), p.emptyRow(), p.orderBy("r."), p.size+2)
}

// optimistic reads the stored copy, and beside each row whether the copy may be behind. A page without rows does not tell.
func (p *pagePlan[T]) optimistic() string {
	m, total := p.model, "0"
	if p.query.Count {
		total = fmt.Sprintf("(SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s)", m.Name, p.filter)
	}
	from := fmt.Sprintf("(%s) r", p.partScans("true"))
	if len(p.parts) == 1 { // without a subquery, whose rows would be copied
		from = fmt.Sprintf("projection.%s r WHERE organization_id = $1 AND %s AND %s AND %s", m.Name, p.filter, p.parts[0], p.position)
	}
	return fmt.Sprintf("SELECT %s, %s, %s FROM %s ORDER BY %s LIMIT %d", m.mayBeBehind(p.within), total, p.rowColumns("r."), from, p.orderBy("r."), p.size+1)
}

// exact reads the stored rows of clean keys and the source rows of dirty ones. Of all dirty keys it computes what the filter
// and the order need (c), and whole rows of those alone that come before the last stored row of the page (top, d). Its limit has
// room for the empty row besides the page and the row after it.
func (p *pagePlan[T]) exact(bound int) string {
	m := p.model
	total := "0"
	if p.query.Count {
		total = fmt.Sprintf("(SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s AND %s) + (SELECT count(*) FROM c)", m.Name, p.filter, m.cleanKeys())
	}
	position, needed := strings.Join(distinct(nil, p.columns), ", "), strings.Join(p.needed(), ", ")
	return fmt.Sprintf(`WITH %s, c AS MATERIALIZED (
	SELECT %s FROM %s WHERE %s), s AS MATERIALIZED (
	%s), top AS MATERIALIZED (
	SELECT %s, dirty FROM (SELECT %s, true AS dirty FROM c WHERE %s UNION ALL SELECT %s, false FROM s) t ORDER BY %s LIMIT %d)
SELECT %s, %s, %s
FROM (
	SELECT %s FROM s
	UNION ALL
	SELECT %s FROM %s
	UNION ALL
	%s) r
ORDER BY %s LIMIT %d`,
		m.dirtyKeys(bound, p.within), position, m.sourceRows("FROM k WHERE NOT overflow", named(p.filter, position)...), p.filter,
		p.partScans(m.cleanKeys()), m.keysAs(), position, p.position, position, p.orderBy(""), p.size+1,
		m.statusColumns(), total, p.rowColumns("r."),
		needed, needed, m.sourceRows("FROM top WHERE dirty", p.needed()...), p.emptyRow(), p.orderBy("r."), p.size+2)
}

func (p *pagePlan[T]) emptyRow() string { return p.model.emptyRow(strings.Join(p.needed(), ", ")) }

// source computes the whole list from the source view.
func (p *pagePlan[T]) source() string {
	m, total := p.model, "0"
	from := fmt.Sprintf("source.%s WHERE organization_id = $1 AND %s AND (%s)", m.Name, p.filter, strings.Join(p.parts, " OR "))
	if p.query.Count {
		total = "(SELECT count(*) FROM " + from + ")"
	}
	return fmt.Sprintf("SELECT 0, false, NULL::text[], %s, %s\nFROM (SELECT %s FROM %s AND %s UNION ALL %s) r ORDER BY %s LIMIT %d",
		total, p.rowColumns("r."), strings.Join(p.needed(), ", "), from, p.position, p.emptyRow(), p.orderBy("r."), p.size+2)
}
