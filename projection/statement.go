package projection

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The bounds of an exact read: how many dirty keys it computes at first, and how many once it has
// waited for them to become fewer. With more, or with more than marksPerKey times as many marks,
// computing their source rows would cost more than a page is worth.
const (
	maxDirty       = 1000
	maxDirtyAtLast = 10 * maxDirty
	marksPerKey    = 5
)

// Condition is an SQL expression over the unqualified columns of a read model. Each ? stands
// for the next argument; the SQL cannot contain one otherwise.
type Condition struct {
	SQL  string
	Args []any
	// within is the column of an Equal condition; else empty.
	within string
}

// Where makes a condition. Its SQL is written by the program; only args may come from users.
func Where(sql string, args ...any) Condition { return Condition{SQL: sql, Args: args} }

// Equal makes the condition that a column has a value, not NULL. If the definition's Within has
// the column, a read with this condition leaves alone what is dirty elsewhere: a page of one
// store is exact however many sales of the other stores are behind.
func Equal(column string, value any) Condition {
	return Condition{SQL: column + " = ?", Args: []any{value}, within: column}
}

// arguments are the parameters of one statement, in the order of their numbers; $1 is always
// the organization.
type arguments []any

// add appends a parameter and returns its name in SQL: $2.
func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// condition appends the condition's arguments and returns its SQL in parentheses.
func (a *arguments) condition(c Condition) string {
	var b strings.Builder
	rest := c.Args
	for _, r := range c.SQL {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		b.WriteString(a.add(rest[0]))
		rest = rest[1:]
	}
	if len(rest) > 0 {
		panic(fmt.Sprintf("projection: %d arguments too many for %s", len(rest), c.SQL))
	}
	return "(" + b.String() + ")"
}

func (m *Model[T]) keyNames() []string {
	names := make([]string, len(m.keys))
	for i, k := range m.keys {
		names[i] = k.name
	}
	return names
}

// dirtyKeys is the CTE k: the organization's dirty keys as k1, k2 …, and overflow, which says
// that there are too many.
//
// The CASE, which is gone before anything is planned, names the relations that the functions of
// exact reads read, so that the statement locks them before it takes its snapshot. Otherwise a
// TRUNCATE that commits between the two would show in the source but not in the marks.
//
// bound is how many may be dirty. within is the argument that leaves out marks which concern other
// rows, or empty.
func (m *Model[T]) dirtyKeys(bound int, within string) string {
	return fmt.Sprintf(`k AS MATERIALIZED (
	SELECT * FROM dirty.%[1]s($1, %[2]d, %[3]d%[4]s)
	WHERE CASE WHEN false THEN EXISTS (SELECT FROM dirty.%[1]s) OR EXISTS (SELECT FROM source.%[1]s) ELSE true END)`,
		m.Name, bound, marksPerKey*bound, within)
}

// conditions adds the arguments of conditions that all must hold, and returns them as SQL beside
// the model's restriction, and the argument of dirtyKeys that follows from them.
func (m *Model[T]) conditions(args *arguments, where []Condition) (filter, within string) {
	all := []string{m.restriction()}
	for _, c := range where {
		all = append(all, args.condition(c))
		if within == "" && m.tellsApart(c.within) {
			within = m.within(c.within, fmt.Sprintf("ARRAY[$%d]::bigint[]", len(*args)))
		}
	}
	return strings.Join(all, " AND "), within
}

// tellsApart reports whether an Equal condition on a column leaves alone what is marked for other values of it.
func (m *Model[T]) tellsApart(column string) bool { return slices.Contains(m.Within, column) }

// within is the argument of dirtyKeys and mayBeBehind that leaves out marks which concern only rows with other values of a column
// than those of an SQL array; empty if the column is neither the key nor one of Definition.Within.
func (m *Model[T]) within(column, values string) string {
	if m.tellsApart(column) || len(m.keys) == 1 && column == m.keys[0].name {
		return fmt.Sprintf(", in_%s => %s", column, values)
	}
	return ""
}

// statusColumns lists the columns of a status, which an exact statement has beside every row.
func (m *Model[T]) statusColumns() string {
	return "(SELECT count(k1) FROM k), COALESCE((SELECT bool_or(overflow) FROM k), false), " + m.quarantined()
}

// mayBeBehind selects whether anything is marked or set aside: of the rows that the argument within leaves, or, without one,
// of the organization.
func (m *Model[T]) mayBeBehind(within string) string {
	return fmt.Sprintf("(SELECT pending.%s($1%s))", m.Name, within)
}

// emptyRow selects one row whose columns are all NULL, the arm that carries the status if there
// is no other row.
func (m *Model[T]) emptyRow(columns string) string {
	return fmt.Sprintf("(SELECT %s FROM (SELECT (NULL::projection.%s).*) e)", columns, m.Name)
}

// quarantined is the array of the organization's keys in quarantine, at most 20.
func (m *Model[T]) quarantined() string {
	return fmt.Sprintf("ARRAY(SELECT array_to_string(q.key, '/') FROM engine.quarantine q WHERE q.projection = '%s' AND q.organization_id = $1 LIMIT 20)", m.Name)
}

// cleanKeys is the condition that a stored row's key is not dirty. NOT IN over the materialized
// k is a hashed filter, which leaves the scan in the order of its index.
func (m *Model[T]) cleanKeys() string {
	var ks []string
	for i := range m.keys {
		ks = append(ks, fmt.Sprintf("k%d", i+1))
	}
	return fmt.Sprintf("(%s) NOT IN (SELECT %s FROM k WHERE NOT overflow)", strings.Join(m.keyNames(), ", "), strings.Join(ks, ", "))
}

// sourceRows is a FROM item: the source rows of the keys that a query selects as k1, k2 …. It has values in the wanted
// columns and in the key's; in all if none is wanted.
func (m *Model[T]) sourceRows(keys string, wanted ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "source.%s($1", m.Name)
	for i := range m.keys {
		fmt.Fprintf(&b, ", ARRAY(SELECT k%d %s)", i+1, keys)
	}
	if len(wanted) > 0 {
		fmt.Fprintf(&b, ", '{%s}'", strings.Join(wanted, ","))
	}
	return b.String() + ")"
}

// dirtyRows is a FROM item: the source rows of the dirty keys, of which columns are used that a condition names. A key of one column
// is looked up by the view itself: the planner leaves out what no used column needs, and the function would make whole rows.
// Behind OFFSET 0 it begins with the keys, whatever else is asked of the rows.
func (m *Model[T]) dirtyRows(conditions ...string) string {
	const keys = "FROM k WHERE NOT overflow"
	if len(m.keys) > 1 {
		return m.sourceRows(keys, named(conditions...)...)
	}
	return fmt.Sprintf("(SELECT * FROM source.%s WHERE organization_id = $1 AND %s = ANY (ARRAY(SELECT k1 %s)) OFFSET 0) v", m.Name, m.keys[0].name, keys)
}

// identifier finds the words of an SQL text, the names of all columns in it among them.
var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)

// named returns what may be a column in some SQL, each once.
func named(sql ...string) []string {
	words := identifier.FindAllString(strings.ToLower(strings.Join(sql, " ")), -1)
	slices.Sort(words)
	return slices.Compact(words)
}

// keysAs lists the key columns as k1, k2 ….
func (m *Model[T]) keysAs() string {
	ks := make([]string, len(m.keys))
	for i, k := range m.keys {
		ks[i] = fmt.Sprintf("%s AS k%d", k.name, i+1)
	}
	return strings.Join(ks, ", ")
}

// columnList lists the model's columns, each behind the prefix.
func (m *Model[T]) columnList(prefix string) string {
	cs := make([]string, len(m.columns))
	for i, c := range m.columns {
		cs[i] = prefix + c
	}
	return strings.Join(cs, ", ")
}

// restriction is the condition that a row of the projection belongs to the model.
func (m *Model[T]) restriction() string {
	if m.Where == "" {
		return "true"
	}
	return "(" + m.Where + ")"
}
