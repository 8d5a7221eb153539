package resolvers_test

import (
	"slices"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// mostReportTime is what the database may take for a store's report of a month.
const mostReportTime = 20 * time.Millisecond

// BenchmarkDayPartReport asks for a month of one of four stores that have sold a million times in a year, alone and beside
// another month, with everything stored and with a thousand sales behind. What counts is the processor time of the
// statement in the database, all of it in memory: half of the runs take less than what is shown.
func BenchmarkDayPartReport(b *testing.B) {
	s := serve(b)
	admin := pgtest.Superuser(b, s.pool)
	run := func(sql string, args ...any) {
		b.Helper()
		if _, err := admin.Exec(b.Context(), sql, args...); err != nil {
			b.Fatalf("%v\n%s", err, sql)
		}
	}
	run(pgtest.TriggersOff)
	run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone)
		SELECT $1, g, 'Store ' || g, (ARRAY['Australia/Adelaide', 'Asia/Kathmandu', 'Europe/Berlin', 'America/New_York'])[g] FROM generate_series(1, 4) AS g`, s.organizationID)
	run(`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
		SELECT $1, g, '(,)', part, begins, lasts FROM generate_series(1, 4) AS g,
			(VALUES ('Breakfast', 360, 300), ('Lunch', 660, 180), ('Afternoon', 840, 180), ('Dinner', 1020, 300), ('Night', 1320, 360)) AS p (part, begins, lasts)`, s.organizationID)
	run(`INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, booked_on, currency, amount)
		SELECT $1, 1 + g % 4, CASE WHEN g % 30 = 0 THEN 'refund' ELSE 'sale' END, timestamptz '2025-11-01 00:00Z' + g::bigint * 7919 % 31536000 * interval '1 second',
			date '2025-11-01' + (g::bigint * 7919 % 31536000 / 86400)::int, 'AUD', 100 + g % 9000
		FROM generate_series(1, 1000000) AS g`, s.organizationID)
	run(`ANALYZE`)
	for _, name := range []string{"store_summaries", "sale_annotations"} {
		run(`INSERT INTO projection.` + name + ` SELECT * FROM source.` + name)
		run(`VACUUM ANALYZE projection.` + name)
	}
	run(pgtest.TriggersOn)
	month := variables{"store": "Store:2", "from": "2026-03-01", "to": "2026-03-31"}
	compared := variables{"store": "Store:2", "from": "2026-03-01", "to": "2026-03-31", "a": "2025-12-01", "b": "2025-12-31"}
	for _, c := range []struct {
		name      string
		arguments variables
		behind    bool
		most      time.Duration
	}{{"month", month, false, mostReportTime}, {"two months", compared, false, 2 * mostReportTime}, {"month, 1000 sales behind", month, true, 0}} {
		b.Run(c.name, func(b *testing.B) {
			if c.behind {
				run(`UPDATE canonical.sales SET occurred_at = occurred_at + interval '1 microsecond' WHERE organization_id = $1 AND id IN (SELECT id FROM canonical.sales WHERE organization_id = $1 ORDER BY id LIMIT 1000)`, s.organizationID)
			}
			var made string
			var args []any
			for _, statement := range s.sql.recorded(func() { s.must(partReport, c.arguments) }) {
				if len(statement.SQL) > len(made) { // the other one reads the store
					made, args = statement.SQL, statement.Args
				}
			}
			conn, err := s.pool.Acquire(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Release()
			backend := int(conn.Conn().PgConn().PID())
			var took []time.Duration
			for b.Loop() {
				begin := pgtest.ProcessorTime(b, backend)
				if _, err := conn.Exec(b.Context(), made, args...); err != nil {
					b.Fatal(err)
				}
				took = append(took, pgtest.ProcessorTime(b, backend)-begin)
			}
			slices.Sort(took)
			median := took[len(took)/2]
			b.ReportMetric(float64(median.Microseconds())/1000, "cpu-ms")
			if c.most > 0 && len(took) >= 20 && median > c.most {
				b.Errorf("%v, more than %v", median, c.most)
			}
		})
	}
}
