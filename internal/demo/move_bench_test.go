package demo_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/demo"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
)

var (
	moveInvoices = flag.Int("move.invoices", 200, "how many invoices the organization that BenchmarkMove moves has")
	moveFrom     = flag.String("move.from", "", "the `address`, for a superuser, of a database with such an organization, instead of a new one")
)

// movedTables are the tables of which a move copies an organization's rows, with their columns but for those that are computed.
const movedTables = `SELECT format('%I.%I', n.nspname, c.relname), string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
		CASE WHEN bool_or(a.attname = 'organization_id') THEN 'organization_id = %[1]d' WHEN c.relname = 'organizations' THEN 'id = %[1]d'
			ELSE 'id IN (SELECT user_id FROM canonical.memberships WHERE organization_id = %[1]d)' END
	FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relkind = 'r'
		AND (n.nspname = 'canonical' AND c.relname NOT IN ('currencies', 'countries', 'drift_notices', 'operator_actions', 'posting_queue')
			OR (n.nspname, c.relname) IN (('audit', 'events'), ('audit', 'texts')))
	GROUP BY n.nspname, c.relname HAVING bool_or(a.attname = 'organization_id') OR c.relname IN ('organizations', 'users')
	ORDER BY 1`

type moved struct{ name, columns, rows string }

// BenchmarkMove copies one organization into an empty database, has its read models computed there, compares all rows, and copies
// once more the records that a thousand changes were about, as docs/growth.md describes:
//
//	go test -run '^$' -bench Move -benchtime 1x -timeout 60m ./internal/demo -move.invoices 20000
func BenchmarkMove(b *testing.B) {
	ctx := b.Context()
	for b.Loop() {
		m := newMove(b)
		begin := time.Now()
		lap := func(unit string) {
			b.ReportMetric(time.Since(begin).Seconds(), unit)
			b.Logf("%s %.1f", unit, time.Since(begin).Seconds())
			begin = time.Now()
		}
		rows, bytes := m.snapshot(ctx)
		lap("copy-s")
		b.ReportMetric(float64(rows), "rows")
		b.ReportMetric(float64(bytes), "bytes")
		b.Logf("%d rows, %d bytes", rows, bytes)
		m.compare(ctx)
		lap("compare-s")
		m.readModels(ctx)
		lap("read-models-s")
		last := m.change(ctx)
		begin = time.Now()
		b.ReportMetric(float64(m.follow(ctx, last)), "followed-rows")
		lap("follow-s")
		m.compare(ctx)
		begin = time.Now()
		for _, name := range m.names(ctx) {
			if _, err := m.engine.Refresh(ctx, name, time.Minute); err != nil {
				b.Fatal(err)
			}
		}
		lap("refresh-s")
		m.verify(ctx)
	}
}

// move is a move from one database to another, each by a superuser's session.
type move struct {
	b            *testing.B
	from, to     *pgx.Conn
	engine       *projection.Engine
	organization int64
	tables       []moved
}

func newMove(b *testing.B) *move {
	b.Helper()
	ctx := b.Context()
	m := &move{b: b}
	var err error
	if *moveFrom != "" {
		if m.from, err = pgx.Connect(ctx, *moveFrom); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = m.from.Close(context.WithoutCancel(ctx)) })
	} else {
		pool := pgtest.Pool(b)
		if _, err := demo.Seed(ctx, pool, demo.Options{Size: demo.Scaled(*moveInvoices), Today: today}); err != nil {
			b.Fatal(err)
		}
		m.from = pgtest.Superuser(b, pool)
	}
	pool := pgtest.Open(b, pgtest.URL(b), pgpool.Options{MaxConns: 4})
	m.to, m.engine = pgtest.Superuser(b, pool), projection.New(pool, slog.New(slog.DiscardHandler))
	if err := m.engine.Settle(ctx); err != nil {
		b.Fatal(err)
	}
	if err := m.from.QueryRow(ctx, `SELECT id FROM canonical.organizations WHERE name = $1`, demo.DefaultName).Scan(&m.organization); err != nil {
		b.Fatal(err)
	}
	rows, _ := m.from.Query(ctx, movedTables)
	if m.tables, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t moved, err error) {
		err = row.Scan(&t.name, &t.columns, &t.rows)
		t.rows = fmt.Sprintf(t.rows, m.organization)
		return t, err
	}); err != nil {
		b.Fatal(err)
	}
	return m
}

func (m *move) exec(conn *pgx.Conn, statements ...string) {
	m.b.Helper()
	for _, s := range statements {
		if _, err := conn.Exec(m.b.Context(), s); err != nil {
			m.b.Fatalf("%.200s: %v", s, err)
		}
	}
}

// copy copies rows of a table into the table of another name, and returns how many they were.
func (m *move) copy(ctx context.Context, t moved, into string, written *int64) int64 {
	m.b.Helper()
	r, w := io.Pipe()
	go func() {
		_, err := m.from.PgConn().CopyTo(ctx, w, fmt.Sprintf(`COPY (SELECT %s FROM %s WHERE %s) TO STDOUT`, t.columns, t.name, t.rows))
		w.CloseWithError(err)
	}()
	counted := &counter{Reader: r}
	tag, err := m.to.PgConn().CopyFrom(ctx, counted, fmt.Sprintf(`COPY %s (%s) FROM STDIN`, into, t.columns))
	if err != nil {
		m.b.Fatalf("%s: %v", t.name, err)
	}
	*written += counted.bytes
	return tag.RowsAffected()
}

type counter struct {
	io.Reader
	bytes int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += int64(n)
	return n, err
}

// snapshot copies all rows, in one transaction on each side.
func (m *move) snapshot(ctx context.Context) (rows, bytes int64) {
	m.exec(m.from, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`)
	m.exec(m.to, pgtest.TriggersOff, `BEGIN`)
	for _, t := range m.tables {
		rows += m.copy(ctx, t, t.name, &bytes)
	}
	m.exec(m.to, `COMMIT`, pgtest.TriggersOn, `ANALYZE`)
	m.exec(m.from, `COMMIT`)
	return rows, bytes
}

// compare compares number and hash of every table's rows.
func (m *move) compare(ctx context.Context) {
	m.b.Helper()
	for _, t := range m.tables {
		var sums [2]string
		for i, conn := range []*pgx.Conn{m.from, m.to} {
			if err := conn.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) || ':' || COALESCE(sum(hashtextextended(t::text, 0)), 0)
				FROM (SELECT %s FROM %s WHERE %s) AS t`, t.columns, t.name, t.rows)).Scan(&sums[i]); err != nil {
				m.b.Fatalf("%s: %v", t.name, err)
			}
		}
		if sums[0] != sums[1] {
			m.b.Errorf("%s differs: %v", t.name, sums)
		}
	}
}

func (m *move) names(ctx context.Context) []string {
	names, err := m.engine.Names(ctx)
	if err != nil {
		m.b.Fatal(err)
	}
	return names
}

func (m *move) readModels(ctx context.Context) {
	for _, name := range m.names(ctx) {
		for slice, err := m.engine.Rebuild(ctx, name, nil); ; slice, err = m.engine.Rebuild(ctx, name, slice.Next) {
			if err != nil {
				m.b.Fatal(err)
			}
			if slice.Next == nil {
				break
			}
		}
	}
}

// verify compares all read models with their definitions.
func (m *move) verify(ctx context.Context) {
	for _, name := range m.names(ctx) {
		for slice, err := m.engine.Verify(ctx, name, nil); ; slice, err = m.engine.Verify(ctx, name, slice.Next) {
			if err != nil || len(slice.Drifted) > 0 {
				m.b.Fatalf("%s: %v: %v", name, slice.Drifted, err)
			}
			if slice.Next == nil {
				break
			}
		}
	}
}

// change makes a thousand changes in the source, three of ten to lines of drafts, and returns the last event before them.
func (m *move) change(ctx context.Context) (last int64) {
	m.exec(m.from, `BEGIN`)
	if err := m.from.QueryRow(ctx, `SELECT max(id) FROM audit.events`).Scan(&last); err != nil {
		m.b.Fatal(err)
	}
	m.exec(m.from,
		fmt.Sprintf(`UPDATE canonical.people SET phone = '+61 8 8200 ' || id WHERE organization_id = %[1]d
			AND id IN (SELECT id FROM canonical.people WHERE organization_id = %[1]d AND archived_at IS NULL ORDER BY id LIMIT 700)`, m.organization),
		fmt.Sprintf(`UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = %[1]d AND id IN (SELECT i.id FROM canonical.document_items AS i
			JOIN canonical.documents AS d ON (d.organization_id, d.id) = (i.organization_id, i.document_id) WHERE d.organization_id = %[1]d AND d.state = 'draft' ORDER BY i.id LIMIT 300)`, m.organization),
		`COMMIT`)
	return last
}

// follow copies all rows again of the records that events since the last one are about, and the events. Triggers that mark are
// on: the others have done their work where the rows come from.
func (m *move) follow(ctx context.Context, last int64) (rows int64) {
	m.exec(m.from, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`)
	m.exec(m.to, pgtest.TriggersOff, `DO $$ DECLARE t record; BEGIN
		FOR t IN SELECT tgrelid::regclass AS relation, tgname AS name FROM pg_trigger WHERE tgname LIKE 'mark\_%' AND NOT tgisinternal LOOP
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.relation, t.name);
		END LOOP; END $$`, `BEGIN`)
	var ignored int64
	for _, t := range m.tables {
		var key string
		switch parts := ", " + t.columns + ", "; {
		case t.name == "audit.events":
			t.rows += fmt.Sprintf(" AND id > %d", last)
			rows += m.copy(ctx, t, t.name, &ignored)
			continue
		case t.name == "canonical.people", t.name == "canonical.documents":
			key = "id"
		case strings.Contains(parts, ", document_id, "):
			key = "document_id"
		case t.name == "canonical.addresses":
			key = "person_id"
		default:
			continue
		}
		types := `'Person'`
		if key == "document_id" || t.name == "canonical.documents" {
			types = `'Invoice', 'Bill', 'CreditNote', 'VendorCreditNote'`
		}
		var ids []int64
		if err := m.from.QueryRow(ctx, `SELECT COALESCE(array_agg(DISTINCT canonical_id), '{}') FROM audit.events WHERE organization_id = $1 AND id > $2 AND canonical_type IN (`+types+`)`,
			m.organization, last).Scan(&ids); err != nil {
			m.b.Fatal(err)
		}
		t.rows += fmt.Sprintf(" AND %s = ANY ('{%s}')", key, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ","), "[]"))
		m.exec(m.to, fmt.Sprintf(`DELETE FROM %s WHERE %s`, t.name, t.rows))
		rows += m.copy(ctx, t, t.name, &ignored)
	}
	m.exec(m.to, `COMMIT`, pgtest.TriggersOn)
	m.exec(m.from, `COMMIT`)
	return rows
}
