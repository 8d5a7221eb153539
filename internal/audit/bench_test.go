package audit_test

import (
	"strconv"
	"testing"
	"time"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// BenchmarkOverhead reports what the triggers add to an update of one person in a transaction of its own: those that mark
// read models, those that audit, and both, against neither, in alternating rounds of one run. The update itself, its
// indexes and the trigger that counts versions are in all four. The time is the processor time of client and server. It
// fails above a limit that is far higher than what both cost on a quiet machine.
//
//	go test ./internal/audit -run '^$' -bench Overhead -benchtime 1x
func BenchmarkOverhead(b *testing.B) {
	const rounds, updates, limit = 24, 200, 9.0
	pool := pgtest.Open(b, pgtest.URL(b), pgpool.Options{MaxConns: 1})
	conn, err := pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	exec := func(sql string, args ...any) {
		b.Helper()
		if _, err := conn.Exec(b.Context(), sql, args...); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	exec(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
	exec(`INSERT INTO canonical.people (organization_id, id, given_name, family_name, email, phone, is_customer)
		SELECT 1, g, 'Given ' || g, 'Family ' || g, 'p' || g || '@example.com', '+61 8 8000 ' || g, true FROM generate_series(1, 10000) AS g`)
	exec(`VACUUM (ANALYZE)`)
	enable := func(marks, audit bool) {
		b.Helper()
		exec(`DO $$ DECLARE t record; BEGIN
			FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'canonical.people'::regclass AND tgname ~ '^(mark|audit)_' LOOP
				EXECUTE format('ALTER TABLE canonical.people %s TRIGGER %I',
					CASE WHEN ` + strconv.FormatBool(marks) + ` AND t.tgname LIKE 'mark%' OR ` + strconv.FormatBool(audit) + ` AND t.tgname LIKE 'audit%'
						THEN 'ENABLE' ELSE 'DISABLE' END, t.tgname);
			END LOOP; END $$`)
	}
	variants := []struct {
		name         string
		marks, audit bool
	}{{"no triggers", false, false}, {"capture only", true, false}, {"audit only", false, true}, {"both", true, true}}
	pid := int(conn.Conn().PgConn().PID())
	used, elapsed := make([]time.Duration, len(variants)), make([]time.Duration, len(variants))
	id := 0
	for round := range rounds {
		for i, v := range variants {
			enable(v.marks, v.audit)
			update := func(n int) {
				for range n {
					id = id%10000 + 1
					exec(`UPDATE canonical.people SET email = $2 WHERE organization_id = 1 AND id = $1`, id, strconv.Itoa(round)+"@example.com")
				}
			}
			update(20) // plans made anew
			before, start := pgtest.ProcessorTime(b, pid), time.Now()
			update(updates)
			if round >= 2 {
				used[i] += pgtest.ProcessorTime(b, pid) - before
				elapsed[i] += time.Since(start)
			}
		}
	}
	each := func(d time.Duration) time.Duration {
		return (d / ((rounds - 2) * updates)).Round(100 * time.Nanosecond)
	}
	for i, v := range variants {
		b.Logf("%-12s %7v of CPU per update (%v elapsed): %.2f times", v.name, each(used[i]), each(elapsed[i]), float64(used[i])/float64(used[0]))
	}
	b.ReportMetric(float64(used[3])/float64(used[0]), "times")
	if ratio := float64(used[3]) / float64(used[0]); ratio > limit {
		b.Errorf("capture and audit make an update %.2f times as expensive, more than %.1f", ratio, limit)
	}
}
