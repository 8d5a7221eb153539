package projection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Summarize answers a query over many rows of the read model at once, a sum for example, in
// one statement. The query is a SELECT from the relation rows: the model's rows that meet
// all conditions, each once and as fresh as a page's. A query that names it more than once
// finds the rows each time by its own conditions, and by their indexes; what is behind is
// computed once. It may join canonical tables; they are read in the same snapshot, and $1 is
// the organization there as well. Each ? stands for one of the query's own arguments.
//
// into points to a slice that takes the answer, a JSON object for each of its rows; with no
// rows it becomes empty. What is said of a Page about modes holds here too.
func (m *Model[T]) Summarize(ctx context.Context, r *Reader, where []Condition, query Condition, into any) error {
	s := m.summary(r, where, query)
	return r.asFresh(ctx, m.Name, &s.status, func(stored bool) error {
		if stored {
			return s.read(ctx, r, s.stored(), into)
		}
		return s.read(ctx, r, s.exact(), into)
	})
}

// summary is a query made ready: its conditions as SQL with numbered parameters.
type summary[T any] struct {
	model         *Model[T]
	args          arguments
	filter, query string
	status        status
}

func (m *Model[T]) summary(r *Reader, where []Condition, query Condition) *summary[T] {
	s := &summary[T]{model: m, args: arguments{r.OrganizationID}}
	conditions := []string{m.always()}
	for _, c := range where {
		conditions = append(conditions, s.args.condition(c))
	}
	s.filter, s.query = strings.Join(conditions, " AND "), s.args.condition(query)
	return s
}

func (s *summary[T]) read(ctx context.Context, r *Reader, sql string, into any) error {
	var answer []byte
	err := r.query(ctx, sql, s.args, func() { answer = nil }, func(rows pgx.Rows) error {
		return rows.Scan(append(s.status.targets(), &answer)...)
	})
	if err != nil {
		return fmt.Errorf("summarize %s: %w", s.model.Name, err)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("summarize %s: %w", s.model.Name, err)
	}
	return nil
}

// answer selects the query's rows as one JSON array, in their order.
func (s *summary[T]) answer() string {
	return "COALESCE((SELECT json_agg(answer) FROM " + s.query + " answer), '[]')"
}

// ours is the condition that a stored row is the organization's.
func (s *summary[T]) ours() string {
	if s.model.OwnIndex {
		return "organization_id + 0 = $1" // no index is found for a sum
	}
	return "organization_id = $1"
}

func (s *summary[T]) stored() string {
	return fmt.Sprintf("WITH rows AS NOT MATERIALIZED (SELECT * FROM projection.%s WHERE %s AND %s)\nSELECT 0, false, NULL::text[], %s",
		s.model.Name, s.ours(), s.filter, s.answer())
}

func (s *summary[T]) exact() string {
	m := s.model
	return fmt.Sprintf(`WITH %s, %s, rows AS NOT MATERIALIZED (
	SELECT * FROM projection.%s WHERE %s AND %s AND %s
	UNION ALL
	SELECT * FROM d)
SELECT %s, %s`, m.dirtyKeys(), m.fresh("", s.filter), m.Name, s.ours(), s.filter, m.clean(), m.statusColumns(), s.answer())
}
