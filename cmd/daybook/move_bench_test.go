package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/demo"
	"daybook/internal/pgtest"
	"daybook/projection"
)

var movedInvoices = flag.Int("move.invoices", 10_000, "how many invoices the organization has that BenchmarkMove copies")

// movable is a table with rows of organizations.
type movable struct {
	Name    string
	Columns string // those that are written
	Where   string // whose rows are the organization's, which is $1
}

// BenchmarkMove copies an organization from one database to another as docs/growth.md says: its rows in one snapshot, its read models
// anew, and then what was changed meanwhile. It compares all rows at the end.
func BenchmarkMove(b *testing.B) {
	ctx, source, target := b.Context(), pgtest.Pool(b), pgtest.Pool(b)
	if _, err := demo.Seed(ctx, source, demo.Options{Size: demo.Scaled(*movedInvoices * 100 / 80)}); err != nil {
		b.Fatal(err)
	}
	from, to := pgtest.Superuser(b, source), pgtest.Superuser(b, target)
	var organization, people int64
	if err := from.QueryRow(ctx, `SELECT organization_id, count(*) FROM canonical.people WHERE organization_id = (SELECT id FROM canonical.organizations WHERE name = $1) GROUP BY 1`,
		demo.DefaultName).Scan(&organization, &people); err != nil {
		b.Fatal(err)
	}
	tables := movables(b, from)
	run := func(conn *pgx.Conn, sql string, args ...any) {
		b.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	run(to, `SET session_replication_role = replica`)
	b.ResetTimer()
	for range b.N {
		begin := time.Now()
		run(from, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`)
		var seen int64
		if err := from.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM audit.events`).Scan(&seen); err != nil {
			b.Fatal(err)
		}
		var rows, bytes int64
		for _, t := range tables {
			n, size, err := copyRows(ctx, from, to, t, fmt.Sprintf(`SELECT %s FROM %s WHERE %s`, t.Columns, t.Name, strings.ReplaceAll(t.Where, "$1", fmt.Sprint(organization))))
			if err != nil {
				b.Fatalf("%s: %v", t.Name, err)
			}
			rows, bytes = rows+n, bytes+size
		}
		run(from, `COMMIT`)
		copied := time.Since(begin)

		begin = time.Now()
		rebuildAll(b, projection.New(target, slog.New(slog.DiscardHandler)), to)
		rebuilt := time.Since(begin)

		run(from, `UPDATE canonical.people SET phone = '1' WHERE organization_id = $1`, organization)
		begin = time.Now()
		changed := followed(b, from, to, tables, organization, seen)
		frozen := time.Since(begin)
		if int64(changed) < people {
			b.Errorf("%d rows were followed, of %d that were changed", changed, people)
		}

		begin = time.Now()
		for _, t := range tables {
			if one, other := digest(b, from, t, organization), digest(b, to, t, organization); one != other {
				b.Errorf("%s: %s, and where it was copied to %s", t.Name, one, other)
			}
		}
		b.Logf("%d rows in %d tables, %.1f MB: copied in %v, read models in %v, %d changed rows in %v, compared in %v", rows, len(tables), float64(bytes)/1e6,
			copied.Round(time.Millisecond), rebuilt.Round(time.Millisecond), changed, frozen.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
		b.ReportMetric(float64(rows)/copied.Seconds(), "rows/s")
		b.ReportMetric(frozen.Seconds()*1000, "follow-ms")
	}
}

// movables lists the tables that have rows of an organization.
func movables(b *testing.B, conn *pgx.Conn) []movable {
	b.Helper()
	rows, err := conn.Query(b.Context(), `SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
			CASE c.oid::regclass WHEN 'canonical.organizations'::regclass THEN 'id = $1'
				WHEN 'canonical.users'::regclass THEN 'id IN (SELECT user_id FROM canonical.memberships WHERE organization_id = $1)' ELSE 'organization_id = $1' END AS "where"
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace IN ('canonical'::regnamespace, 'audit'::regnamespace) AND c.relkind = 'r'
		GROUP BY c.oid HAVING bool_or(a.attname = 'organization_id') OR c.oid IN ('canonical.organizations'::regclass, 'canonical.users'::regclass) ORDER BY 1`)
	if err != nil {
		b.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[movable])
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// copyRows copies what a query returns into a table.
func copyRows(ctx context.Context, from, to *pgx.Conn, t movable, query string) (rows, bytes int64, err error) {
	reader, writer := io.Pipe()
	sent := make(chan error, 1)
	counted := &counter{to: writer}
	go func() {
		_, err := from.PgConn().CopyTo(ctx, counted, `COPY (`+query+`) TO STDOUT (FORMAT binary)`)
		_ = writer.CloseWithError(err)
		sent <- err
	}()
	tag, err := to.PgConn().CopyFrom(ctx, reader, `COPY `+t.Name+` (`+t.Columns+`) FROM STDIN (FORMAT binary)`)
	_ = reader.CloseWithError(err)
	return tag.RowsAffected(), counted.n, errors.Join(err, <-sent)
}

// counter counts the bytes that pass.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.to.Write(p)
}

// rebuildAll computes all read models anew.
func rebuildAll(b *testing.B, e *projection.Engine, conn *pgx.Conn) {
	b.Helper()
	all, err := projections(b.Context(), conn)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range all {
		for after := []string(nil); ; {
			slice, err := e.Rebuild(b.Context(), p.Name, after)
			if err != nil {
				b.Fatalf("%s: %v", p.Name, err)
			}
			if after = slice.Next; after == nil {
				break
			}
		}
		different, dirty, err := pgtest.Exactly(b.Context(), conn, p.Name, p.Kind, p.Key)
		if err != nil || len(different) > 0 || dirty > 0 {
			b.Errorf("%s: %d rows differ, and %d keys are dirty: %v", p.Name, len(different), dirty, err)
		}
	}
}

// followed copies the rows that events after seen are about, and the events. It returns how many rows those are.
func followed(b *testing.B, from, to *pgx.Conn, tables []movable, organization, seen int64) (changed int) {
	b.Helper()
	for _, t := range tables {
		relation, canonical := strings.CutPrefix(t.Name, "canonical.")
		if !canonical {
			continue
		}
		var keys []string
		if err := from.QueryRow(b.Context(), `SELECT coalesce(array_agg(DISTINCT row_id), '{}') FROM audit.events WHERE organization_id = $1 AND id > $2 AND relation = $3`,
			organization, seen, relation).Scan(&keys); err != nil {
			b.Fatal(err)
		}
		if len(keys) == 0 {
			continue
		}
		changed += len(keys)
		where := fmt.Sprintf(`organization_id = %d AND id IN (%s)`, organization, strings.Join(keys, ", "))
		if _, err := to.Exec(b.Context(), `DELETE FROM `+t.Name+` WHERE `+where); err != nil {
			b.Fatal(err)
		}
		if _, _, err := copyRows(b.Context(), from, to, t, `SELECT `+t.Columns+` FROM `+t.Name+` WHERE `+where); err != nil {
			b.Fatal(err)
		}
	}
	for _, t := range tables {
		if t.Name == "audit.events" {
			if _, _, err := copyRows(b.Context(), from, to, t, fmt.Sprintf(`SELECT %s FROM %s WHERE organization_id = %d AND id > %d`, t.Columns, t.Name, organization, seen)); err != nil {
				b.Fatal(err)
			}
		}
	}
	return changed
}

// digest is the number of the organization's rows in a table and a hash of them.
func digest(b *testing.B, conn *pgx.Conn, t movable, organization int64) (text string) {
	b.Helper()
	if err := conn.QueryRow(b.Context(), fmt.Sprintf(`SELECT count(*) || ' rows ' || coalesce(sum(hashtextextended((r.*)::text, 0)), 0) FROM (SELECT %[2]s FROM %[1]s WHERE %[3]s) AS r`,
		t.Name, t.Columns, strings.ReplaceAll(t.Where, "$1", fmt.Sprint(organization)))).Scan(&text); err != nil {
		b.Fatal(err)
	}
	return text
}
