package projection

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// pageSQL writes the statements of a page: its conditions as SQL with numbered parameters, in the order of the plan's arguments.
type pageSQL[T any] struct {
	*pagePlan[T]
	filter   string   // the condition of the list's rows
	within   string   // the argument of dirtyKeys that follows from it
	parts    []string // the conditions of its parts, at least one
	position string   // the condition of the rows between the cursors
}

func (p *pagePlan[T]) sql() *pageSQL[T] {
	s, args := &pageSQL[T]{pagePlan: p, position: "true"}, arguments{nil}
	where := slices.Clone(p.query.Where)
	for i := range where {
		where[i].SQL = p.columns[0].unestimated(where[i].SQL)
	}
	s.filter, s.within = p.model.conditions(&args, where)
	for _, c := range p.query.Parts {
		s.parts = append(s.parts, args.condition(c))
	}
	if len(s.parts) == 0 {
		s.parts = []string{"true"}
	}
	descending := p.descending != (p.query.Last != nil) // the list's direction
	if p.query.After != nil {
		s.position += " AND " + s.past(&args, descending)
	}
	if p.query.Before != nil {
		s.position += " AND " + s.past(&args, !descending)
	}
	return s
}

// text returns one of the statements, which the model keeps by all that it is made of.
func (p *pagePlan[T]) text(kind textKind, bound int) string {
	var b strings.Builder
	b.Grow(256)
	q := &p.query
	for _, is := range []bool{p.descending, q.Count, q.NoCursors, q.Last != nil, q.After != nil, q.Before != nil} {
		b.WriteString(map[bool]string{false: "-", true: "+"}[is])
	}
	b.WriteString(p.name)
	for _, c := range q.Where {
		b.WriteByte(0)
		b.WriteString(c.SQL)
		b.WriteByte(0)
		b.WriteString(c.within)
	}
	for _, c := range q.Parts {
		b.WriteByte(1)
		b.WriteString(c.SQL)
	}
	return p.model.texts.get(textKey{kind, bound, p.size, b.String()}, func() string {
		s := p.sql()
		switch kind {
		case textOptimistic:
			return s.optimistic()
		case textStored:
			return s.stored()
		case textSource:
			return s.source()
		default:
			return s.exact(bound)
		}
	})
}

// oneSided finds a condition that bounds one column from one side.
var oneSided = regexp.MustCompile(`^([a-z_]+) (<|<=|>|>=) \?$`)

// unestimated returns the SQL of a condition, a bound of this column with its value behind a SELECT. The planner then expects
// the same of all values, so that PostgreSQL keeps one plan of the statement. Otherwise it plans for each value anew, because a
// narrow range seems cheaper, and that takes longer than to read a page. In the order of the column one plan suits all ranges.
func (c column) unestimated(sql string) string {
	if found := oneSided.FindStringSubmatch(sql); found != nil && found[1] == c.name {
		return fmt.Sprintf("%s %s (SELECT ?::%s)", c.name, found[2], c.typ)
	}
	return sql
}

// ofOrganization is the condition of stored rows, with its value behind a SELECT as unestimated has those of bounds. In a database of
// small organizations and one large one, lists of the latter would be planned anew each time, which took longer than reading them.
const ofOrganization = "organization_id = (SELECT $1::bigint)"

// past is the condition that a row comes after a cursor's in ascending order, or before it if
// less: one row comparison, which an index on the same columns answers. Their values are behind SELECTs, as unestimated has them.
func (p *pageSQL[T]) past(args *arguments, less bool) string {
	var left, right []string
	for _, col := range p.columns {
		left = append(left, col.name)
		right = append(right, fmt.Sprintf("(SELECT %s::text::%s)", args.add(nil), col.typ))
	}
	op := ">"
	if less {
		op = "<"
	}
	return fmt.Sprintf("(%s) %s (%s)", strings.Join(left, ", "), op, strings.Join(right, ", "))
}

func (p *pageSQL[T]) orderBy(prefix string) string {
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
func (p *pageSQL[T]) rowColumns(prefix string) string {
	cs := []string{p.model.columnList(prefix)}
	if !p.query.NoCursors {
		for _, c := range p.columns {
			cs = append(cs, prefix+c.name+"::text")
		}
	}
	return strings.Join(cs, ", ")
}

// needed lists the columns that the page's rows are made of: the model's, and those of the order.
func (p *pageSQL[T]) needed() []string {
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
func (p *pageSQL[T]) partScans(condition string) string {
	var scans []string
	for _, part := range p.parts {
		scans = append(scans, fmt.Sprintf("(SELECT %s FROM projection.%s WHERE %s AND %s AND %s AND %s AND %s ORDER BY %s LIMIT %d)",
			strings.Join(p.needed(), ", "), p.model.Name, ofOrganization, p.filter, part, p.position, condition, p.orderBy(""), p.size+1))
	}
	return strings.Join(scans, "\n\tUNION ALL\n\t")
}

// stored reads the stored copy without looking at marks.
func (p *pageSQL[T]) stored() string {
	m := p.model
	if !p.query.Count {
		return fmt.Sprintf("SELECT 0, false, NULL::text[], 0, %s FROM (%s) r ORDER BY %s LIMIT %d",
			p.rowColumns("r."), p.partScans("true"), p.orderBy("r."), p.size+1)
	}
	return fmt.Sprintf(`SELECT 0, false, NULL::text[], (SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s), %s
FROM (%s UNION ALL %s) r ORDER BY %s LIMIT %d`, m.Name, p.filter, p.rowColumns("r."), p.partScans("true"), p.emptyRow(), p.orderBy("r."), p.size+2)
}

// optimistic reads the stored copy, and beside each row whether the copy may be behind. A page without rows does not tell.
func (p *pageSQL[T]) optimistic() string {
	m, total := p.model, "0"
	if p.query.Count {
		total = fmt.Sprintf("(SELECT count(*) FROM projection.%s WHERE organization_id = $1 AND %s)", m.Name, p.filter)
	}
	from := fmt.Sprintf("(%s) r", p.partScans("true"))
	if len(p.parts) == 1 { // without a subquery, whose rows would be copied
		from = fmt.Sprintf("projection.%s r WHERE %s AND %s AND %s AND %s", m.Name, ofOrganization, p.filter, p.parts[0], p.position)
	}
	return fmt.Sprintf("SELECT %s, %s, %s FROM %s ORDER BY %s LIMIT %d", m.mayBeBehind(p.within), total, p.rowColumns("r."), from, p.orderBy("r."), p.size+1)
}

// exact reads the stored rows of clean keys and the source rows of dirty ones. Of all dirty keys it computes what the filter
// and the order need (c), and whole rows of those alone that come before the last stored row of the page (top, d). Its limit has
// room for the empty row besides the page and the row after it.
func (p *pageSQL[T]) exact(bound int) string {
	m, total := p.model, "0"
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
		m.dirtyKeys(bound, p.within), position, m.dirtyRows(p.filter, position), p.filter,
		p.partScans(m.cleanKeys()), m.keysAs(), position, p.position, position, p.orderBy(""), p.size+1,
		m.statusColumns(), total, p.rowColumns("r."),
		needed, needed, m.sourceRows("FROM top WHERE dirty", p.needed()...), p.emptyRow(), p.orderBy("r."), p.size+2)
}

func (p *pageSQL[T]) emptyRow() string { return p.model.emptyRow(strings.Join(p.needed(), ", ")) }

// source computes the whole list from the source view.
func (p *pageSQL[T]) source() string {
	m, total := p.model, "0"
	from := fmt.Sprintf("source.%s WHERE organization_id = $1 AND %s AND (%s)", m.Name, p.filter, strings.Join(p.parts, " OR "))
	if p.query.Count {
		total = "(SELECT count(*) FROM " + from + ")"
	}
	return fmt.Sprintf("SELECT 0, false, NULL::text[], %s, %s\nFROM (SELECT %s FROM %s AND %s UNION ALL %s) r ORDER BY %s LIMIT %d",
		total, p.rowColumns("r."), strings.Join(p.needed(), ", "), from, p.position, p.emptyRow(), p.orderBy("r."), p.size+2)
}
