package projection

import (
	"fmt"
	"strconv"
	"strings"
)

// The bounds of an exact read. Above maxDirty keys, or five times as many marks, the source
// rows of dirty keys cost more than a page is worth.
const (
	maxDirty = 1000
	maxMarks = 5 * maxDirty
)

// Condition is a piece of SQL about the unqualified columns of a read model. Each ? stands
// for the next argument.
type Condition struct {
	SQL  string
	Args []any
}

// Where makes a condition. Its SQL is written by the program; only args may come from users.
func Where(sql string, args ...any) Condition { return Condition{SQL: sql, Args: args} }

// arguments numbers the parameters of one statement; $1 is always the organization.
type arguments []any

func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

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
	return "(" + b.String() + ")"
}

func (m *Model[T]) keyNames() []string {
	names := make([]string, len(m.keys))
	for i, k := range m.keys {
		names[i] = k.name
	}
	return names
}

// dirtyKeys is the CTE k: the organization's dirty keys as k1, k2 …, and whether they are too
// many. Here and in fresh, the arm without rows has the statement lock what the function reads
// before it takes its snapshot, as if it named it: a TRUNCATE that commits in between would
// show in the source and not in the marks.
func (m *Model[T]) dirtyKeys() string {
	return fmt.Sprintf(`k AS MATERIALIZED (
	SELECT * FROM dirty.%[1]s($1, %[2]d, %[3]d) UNION ALL SELECT %[4]s, false FROM dirty.%[1]s WHERE false)`,
		m.Name, maxDirty, maxMarks, strings.Join(m.keyNames(), ", "))
}

// statusColumns select status from the CTE k, beside every row.
func (m *Model[T]) statusColumns() string {
	return "(SELECT count(k1) FROM k), COALESCE((SELECT bool_or(overflow) FROM k), false), " + m.quarantined()
}

// nobody is an arm of one row whose columns are all NULL: it carries the status where there
// is no other row.
func (m *Model[T]) nobody() string {
	return fmt.Sprintf("(SELECT (NULL::projection.%s).*)", m.Name)
}

// quarantined is the array of the organization's keys that are set aside, at most 20.
func (m *Model[T]) quarantined() string {
	return fmt.Sprintf("ARRAY(SELECT array_to_string(q.key, '/') FROM engine.quarantine q WHERE q.projection = '%s' AND q.organization_id = $1 LIMIT 20)", m.Name)
}

// clean is the condition that leaves dirty keys out of the stored arm. NOT IN over the
// materialized k is a hashed filter, so the index order survives.
func (m *Model[T]) clean() string {
	var ks []string
	for i := range m.keys {
		ks = append(ks, fmt.Sprintf("k%d", i+1))
	}
	return fmt.Sprintf("(%s) NOT IN (SELECT %s FROM k WHERE NOT overflow)", strings.Join(m.keyNames(), ", "), strings.Join(ks, ", "))
}

// fresh is the CTE d: the source rows of dirty keys that meet the condition, computed once
// wherever a statement reads them.
func (m *Model[T]) fresh(keyCondition, condition string) string {
	var keys []string
	for i := range m.keys {
		keys = append(keys, fmt.Sprintf("ARRAY(SELECT k%d FROM k WHERE NOT overflow%s)", i+1, keyCondition))
	}
	return fmt.Sprintf(`d AS MATERIALIZED (
	SELECT * FROM source.%[1]s($1, %[2]s) WHERE %[3]s UNION ALL SELECT * FROM source.%[1]s WHERE false)`, m.Name, strings.Join(keys, ", "), condition)
}

func (m *Model[T]) list(prefix string) string {
	cs := make([]string, len(m.columns))
	for i, c := range m.columns {
		cs[i] = prefix + c
	}
	return strings.Join(cs, ", ")
}

func (m *Model[T]) always() string {
	if m.Where == "" {
		return "true"
	}
	return "(" + m.Where + ")"
}
