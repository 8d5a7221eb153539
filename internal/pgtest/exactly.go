package pgtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Exactly is the definition of an exact read, for whole projections, by one statement: the rows, by image, that exact reads and the
// source view of a projection of that name, kind and key do not share, and the number of dirty keys. No rows differ in any snapshot.
func Exactly(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, name, kind string, key []string) (different []string, dirty int64, err error) {
	list := strings.Join(key, ", ")
	if kind == "sum" {
		err = db.QueryRow(ctx, fmt.Sprintf(`SELECT ARRAY(SELECT kind || ' ' || image FROM (
				(SELECT 'exact' AS kind, (e.*)::text AS image FROM exact.%[1]s e EXCEPT ALL SELECT 'exact', (s.*)::text FROM source.%[1]s s)
				UNION ALL (SELECT 'source', (s.*)::text FROM source.%[1]s s EXCEPT ALL SELECT 'source', (e.*)::text FROM exact.%[1]s e)) d),
			(SELECT count(DISTINCT (%[2]s)) FROM marks.%[1]s)`, name, list)).Scan(&different, &dirty)
		return different, dirty, err
	}
	var on []string
	for _, k := range key {
		on = append(on, fmt.Sprintf("s.%[1]s = k.%[1]s", k))
	}
	err = db.QueryRow(ctx, fmt.Sprintf(`
		WITH k AS MATERIALIZED (SELECT DISTINCT %[2]s FROM dirty.%[1]s),
		exact AS MATERIALIZED (
			SELECT (p.*)::text AS image FROM projection.%[1]s p WHERE (%[2]s) NOT IN (SELECT %[2]s FROM k)
			UNION ALL SELECT (s.*)::text FROM k CROSS JOIN LATERAL (SELECT * FROM source.%[1]s s WHERE %[3]s OFFSET 0) s),
		source AS MATERIALIZED (SELECT (s.*)::text AS image FROM source.%[1]s s)
		SELECT ARRAY((SELECT 'exact ' || image FROM (SELECT * FROM exact EXCEPT ALL SELECT * FROM source) x) UNION ALL (SELECT 'source ' || image FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM exact) x)),
		       (SELECT count(*) FROM k)`, name, list, strings.Join(on, " AND "))).Scan(&different, &dirty)
	return different, dirty, err
}
