package projection

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Summarize runs one query over the rows of the read model that meet all conditions: a sum, for
// example. The query is a SELECT from the relation rows, which has each such row once, as fresh
// as in a Page of the same mode. It may name rows several times; each use is planned by itself,
// and what is dirty is computed once. It may join canonical tables, which are read in the same
// snapshot; $1 is the organization. Each ? stands for one of the query's own arguments.
//
// into points to a slice that the answer is decoded into, each row from a JSON object with the
// query's columns. Without rows it becomes empty.
func (m *Model[T]) Summarize(ctx context.Context, r *Reader, where []Condition, query Condition, into any) error {
	m, err := m.of(r)
	if err != nil {
		return err
	}
	s := m.summary(r, where, query)
	return r.readInMode(ctx, m.Name, &s.status, func(bound int) error {
		if bound == 0 {
			return s.read(ctx, r, s.stored(), into)
		}
		return s.read(ctx, r, s.exact(bound), into)
	})
}

// summary is a query with its conditions as SQL with numbered parameters, and the status of its
// last statement.
type summary[T any] struct {
	model  *Model[T]
	args   arguments
	filter string
	within string // the argument of dirtyKeys that follows from the filter
	query  string
	status status
}

func (m *Model[T]) summary(r *Reader, where []Condition, query Condition) *summary[T] {
	s := &summary[T]{model: m, args: arguments{r.OrganizationID}}
	s.filter, s.within = m.conditions(&s.args, where)
	s.query = s.args.condition(query)
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

// answer selects the query's rows as one JSON array, in the query's order.
func (s *summary[T]) answer() string {
	return "COALESCE((SELECT json_agg(answer) FROM " + s.query + " answer), '[]')"
}

// ofOrganization is the condition that a stored row belongs to the organization.
func (s *summary[T]) ofOrganization() string {
	if s.model.OwnIndex {
		return "organization_id + 0 = $1" // an expression that no index has
	}
	return "organization_id = $1"
}

func (s *summary[T]) stored() string {
	return fmt.Sprintf("WITH rows AS NOT MATERIALIZED (SELECT * FROM projection.%s WHERE %s AND %s)\nSELECT 0, false, NULL::text[], %s",
		s.model.Name, s.ofOrganization(), s.filter, s.answer())
}

// exact has the rows of clean keys and the source rows of dirty ones; a sum's exact view has both.
func (s *summary[T]) exact(bound int) string {
	m := s.model
	if m.Sum {
		return fmt.Sprintf("WITH rows AS NOT MATERIALIZED (SELECT * FROM exact.%s WHERE %s AND %s)\nSELECT 0, false, NULL::text[], %s",
			m.Name, s.ofOrganization(), s.filter, s.answer())
	}
	return fmt.Sprintf(`WITH %s, d AS MATERIALIZED (SELECT * FROM %s WHERE %s), rows AS NOT MATERIALIZED (
	SELECT * FROM projection.%s WHERE %s AND %s AND %s
	UNION ALL
	SELECT * FROM d)
SELECT %s, %s`, m.dirtyKeys(bound, s.within), m.sourceRows("FROM k WHERE NOT overflow"), s.filter, m.Name, s.ofOrganization(), s.filter, m.cleanKeys(), m.statusColumns(), s.answer())
}
