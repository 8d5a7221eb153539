package projection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

type document struct {
	DocumentID, PartyID, NumberValue int64
	PartyName, State, Currency, Memo string
	IssuedOn, CreatedAt              time.Time
	Total, Due                       pgtype.Numeric
	ItemCount                        int
}

type person struct {
	PersonID                int64
	FullName                string
	CreatedAt               time.Time
	InvoiceCount, Version   int
	Addresses, Balances     string
	ArchivedAt, DateOfBirth *time.Time
}

type month struct {
	PartyID, StoreID    int64
	PartyName, Currency string
	Month               time.Time
	InvoiceCount        int
	Total               pgtype.Numeric
}

var (
	documents = projection.Define[document](projection.Definition{
		Name: "document_summaries", Key: []string{"document_id"}, Where: "currency = 'AUD'", Within: []string{"party_id"},
		Orders: map[string]projection.Order{
			"NAME": {Column: "party_name", Type: "text"}, "ISSUED": {Column: "issued_on", Type: "date"}, "TOTAL": {Column: "total", Type: "numeric"},
			"NUMBER": {Column: "number_value", Type: "bigint"}, "CREATED": {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder: "ISSUED", DefaultDescending: true,
	})
	people = projection.Define[person](projection.Definition{
		Name: "people_summaries", Key: []string{"person_id"}, DefaultOrder: "NAME",
		Orders: map[string]projection.Order{"NAME": {Column: "full_name", Type: "text"}, "INVOICES": {Column: "invoice_count", Type: "integer"}},
	})
	months = projection.Define[month](projection.Definition{
		Name: "monthly_invoicing", Key: []string{"party_id", "month date", "currency text", "store_id"}, DefaultOrder: "MONTH",
		Orders: map[string]projection.Order{"MONTH": {Column: "month", Type: "date"}, "NAME": {Column: "party_name", Type: "text"}, "TOTAL": {Column: "total", Type: "numeric"}},
	})
)

// names gives people names with characters that SQL, JSON or sorting treats specially.
const names = `UPDATE canonical.people SET family_name = (ARRAY['O''Brien "x" \ %', 'Ünïcödé 姓名 🙂', 'ß_', 'a,b;$1', '<é>', '?'])[id] WHERE id <= 6`

func TestPagesAreTheSourceViews(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx := t.Context()
	w := &workload{pool: inhabited(t)}
	exec(ctx, t, w.pool, names)
	r := rand.New(rand.NewPCG(11, 12))
	dirty := 0
	for range 12 {
		w.disturb(ctx, t, r)
		tx := snapshot(ctx, t, w.pool)
		reader := &projection.Reader{DB: tx, OrganizationID: 1 + int64(r.IntN(4)/3), Mode: projection.Auto, Freshness: &projection.Freshness{}}
		if r.IntN(2) == 0 {
			reader.Mode = projection.Exact
		}
		samePages(ctx, t, r, documents, reader, "currency = 'AUD'", []projection.Condition{
			projection.Where("total >= ? AND state = ?", 100, "APPROVED"), projection.Where("party_id = ? OR search_text LIKE ?", 2, "%ü%"),
		})
		samePages(ctx, t, r, people, reader, "true", []projection.Condition{projection.Where("NOT archived"), projection.Where("search_text LIKE ?", `%"x"%`)})
		samePages(ctx, t, r, months, reader, "true", []projection.Condition{projection.Where("month >= ?", "2026-02-01")})
		sameByKey(ctx, t, documents, reader)
		for _, report := range reader.Freshness.Reports() {
			dirty += report.DirtyKeys
			if report.Read != "exact" || report.Reason != "" {
				t.Errorf("read so: %+v", report)
			}
		}
		stored := &projection.Reader{DB: reader.DB, OrganizationID: 1, Mode: projection.Stored, Freshness: &projection.Freshness{}}
		samePages(ctx, t, r, documents, stored, "currency = 'AUD'", nil)
		if got := stored.Freshness.Reports(); len(got) != 1 || got[0].Read != "stored" || got[0].Reason != "mode" {
			t.Errorf("a stored read reports %+v", got)
		}
		if err := tx.Rollback(ctx); err != nil || t.Failed() {
			t.Fatal(err)
		}
	}
	if dirty == 0 {
		t.Error("nothing was dirty at any read, so nothing was shown")
	}
}

// inhabited is a database with the world in it, at rest.
func inhabited(t *testing.T) *pgxpool.Pool {
	t.Helper()
	w := &workload{pool: pgtest.Pool(t)}
	if _, err := w.pool.Exec(t.Context(), world); err != nil {
		t.Fatalf("make the world: %v", err)
	}
	w.rest(t)
	return w.pool
}

// disturb writes at random and refreshes some of it.
func (w *workload) disturb(ctx context.Context, t *testing.T, r *rand.Rand) {
	t.Helper()
	for range 15 {
		// Operations may fail: some meet a constraint, and TRUNCATE an open snapshot.
		_ = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
			exec(ctx, t, tx, "SET LOCAL lock_timeout = '1s'")
			return operate(ctx, tx, r, w.choose(r))
		})
		switch r.IntN(6) {
		case 0:
			exec(ctx, t, w.pool, "SELECT refresh.invoiced_months(1, 1)")
		case 1, 2:
			exec(ctx, t, w.pool, fmt.Sprintf("SELECT refresh.%s(1, $1)", []string{"people_summaries", "document_summaries", "document_items", "monthly_invoicing", "party_amounts"}[r.IntN(5)]), 1+r.IntN(4))
		}
	}
}

// snapshot opens a transaction in which all statements see the same.
func snapshot(ctx context.Context, t *testing.T, pool *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
	return tx
}

// truth reads the whole list from the source view (in mode Stored: from the stored copy).
func truth[T any](ctx context.Context, t *testing.T, m *projection.Model[T], reader *projection.Reader, always string, where []projection.Condition, orderBy string) []T {
	t.Helper()
	schema, args := "source", []any{reader.OrganizationID}
	if reader.Mode == projection.Stored {
		schema = "projection"
	}
	for _, c := range where {
		for _, a := range c.Args {
			args = append(args, a)
			c.SQL = strings.Replace(c.SQL, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		always += " AND (" + c.SQL + ")"
	}
	rows, err := reader.DB.Query(ctx, fmt.Sprintf("SELECT %s FROM %s.%s WHERE organization_id = $1 AND %s ORDER BY %s", columns[T](), schema, m.Name, always, orderBy), args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// columns lists the columns that the fields of T are named after.
func columns[T any]() string {
	var list []string
	for i := range reflect.TypeFor[T]().NumField() {
		list = append(list, strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(reflect.TypeFor[T]().Field(i).Name, "${1}_$2")))
	}
	return strings.Join(list, ", ")
}

// samePages walks every order in both directions, from both ends, and between two cursors.
func samePages[T any](ctx context.Context, t *testing.T, r *rand.Rand, m *projection.Model[T], reader *projection.Reader, always string, conditions []projection.Condition) {
	t.Helper()
	for name, order := range m.Orders {
		for _, descending := range []bool{false, true} {
			q := projection.PageQuery{Order: name, Descending: descending, Count: r.IntN(2) == 0}
			if len(conditions) > 0 && r.IntN(3) > 0 {
				q.Where = conditions[:1+r.IntN(len(conditions))]
			}
			if key := strings.Fields(m.Key[0])[0]; r.IntN(2) == 0 {
				q.Parts = []projection.Condition{projection.Where(key+" <= ?", 3), projection.Where(key+" BETWEEN ? AND ?", 4, 6), projection.Where(key + " > 6")}
			}
			direction := map[bool]string{false: "", true: " DESC"}[descending]
			by := []string{order.Column + direction}
			for _, k := range m.Key {
				by = append(by, strings.Fields(k)[0]+direction)
			}
			want := truth(ctx, t, m, reader, always, q.Where, strings.Join(by, ", "))
			var cursors []string
			for _, backwards := range []bool{false, true} {
				got, at := walk(ctx, t, m, reader, q, 1+r.IntN(6), backwards, len(want))
				same(t, fmt.Sprintf("%s by %s%s, backwards %t", m.Name, name, direction, backwards), got, want)
				cursors = at
			}
			if len(want) < 2 || len(cursors) != len(want) {
				continue
			}
			i := r.IntN(len(want) - 1)
			j := i + 1 + r.IntN(len(want)-i-1)
			q.After, q.Before, q.First = &cursors[i], &cursors[j], new(1000)
			page, err := m.Page(ctx, reader, q)
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("%s by %s%s between %d and %d", m.Name, name, direction, i, j), page.Rows, want[i+1:j])
		}
	}
}

func walk[T any](ctx context.Context, t *testing.T, m *projection.Model[T], reader *projection.Reader, q projection.PageQuery, size int, backwards bool, total int) (all []T, cursors []string) {
	t.Helper()
	for {
		if q.First = &size; backwards {
			q.First, q.Last = nil, &size
		}
		page, err := m.Page(ctx, reader, q)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if q.Count && page.Total != total {
			t.Errorf("%s: counts %d, not %d", m.Name, page.Total, total)
		}
		more, back := page.HasNext, page.HasPrevious
		if backwards {
			all, cursors = slices.Concat(page.Rows, all), slices.Concat(page.Cursors(), cursors)
			more, back = back, more
		} else {
			all, cursors = append(all, page.Rows...), append(cursors, page.Cursors()...)
		}
		if back != (q.After != nil || q.Before != nil) {
			t.Errorf("%s: says that there is more behind: %t", m.Name, back)
		}
		if !more {
			return all, cursors
		}
		if len(page.Rows) != size {
			t.Fatalf("%s: a page of %d has %d rows, and there are more", m.Name, size, len(page.Rows))
		}
		if backwards {
			q.Before = new(page.Cursor(0))
		} else {
			q.After = new(page.Cursor(size - 1))
		}
	}
}

func sameByKey(ctx context.Context, t *testing.T, m *projection.Model[document], reader *projection.Reader) {
	t.Helper()
	var keys []int64
	for _, d := range truth(ctx, t, m, reader, "true", nil, "document_id") {
		keys = append(keys, d.DocumentID)
	}
	got, err := m.ByKey(ctx, reader, append(keys, 987654321))
	if err != nil {
		t.Fatal(err)
	}
	byParty, err := m.Related(ctx, reader, "party_id", "issued_on, document_id", []int64{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	want, related := map[int64]document{}, map[int64][]document{}
	for _, d := range truth(ctx, t, m, reader, "currency = 'AUD'", nil, "issued_on, document_id") {
		want[d.DocumentID] = d
		if d.PartyID <= 6 {
			related[d.PartyID] = append(related[d.PartyID], d)
		}
	}
	same(t, "by key", got, want)
	same(t, "by customer", byParty, related)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if reflect.ValueOf(got).Len() == 0 && reflect.ValueOf(want).Len() == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
