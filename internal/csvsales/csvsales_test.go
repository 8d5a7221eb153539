package csvsales_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
	"daybook/internal/csvsales"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// till is an organization with the store Norwood and the person CRM-1.
type till struct {
	csvsales.Import
	t    *testing.T
	pool *pgxpool.Pool
}

func newTill(t *testing.T) *till {
	t.Helper()
	pool := pgtest.Pool(t)
	store := canonical.New(pool, nil)
	organization, _, err := store.OrganizationCreate(t.Context(), canonical.OrganizationInput{
		Name: "Ada's", TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: "ada@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`INSERT INTO canonical.stores (organization_id, name, time_zone) VALUES ($1, 'Norwood', 'Australia/Adelaide')`,
		`INSERT INTO canonical.people (organization_id, given_name, external_ref) VALUES ($1, 'Bob', 'CRM-1')`,
	} {
		if _, err := pool.Exec(t.Context(), sql, organization); err != nil {
			t.Fatal(err)
		}
	}
	return &till{t: t, pool: pool, Import: csvsales.Import{StoreName: "norwood", Import: csvimport.Import{
		Store: store, Actor: canonical.Actor{OrganizationID: organization, Role: model.RoleStaff}}}}
}

// read imports a file and returns what was counted and what was logged.
func (l *till) read(file string) (csvfile.Counts, string) {
	l.t.Helper()
	var log bytes.Buffer
	im := l.Import
	im.Report = csvfile.NewReport(&log, nil, nil)
	c, err := im.Sales(l.t.Context(), strings.NewReader(file))
	if err != nil {
		l.t.Fatal(err)
	}
	return c, log.String()
}

func (l *till) sales() (n int) {
	l.t.Helper()
	if err := l.pool.QueryRow(l.t.Context(), `SELECT count(*) FROM canonical.sales`).Scan(&n); err != nil {
		l.t.Fatal(err)
	}
	return n
}

const file = `external_ref,occurred_at,amount,kind,currency,person_ref
R1,2026-03-10T12:00:00+10:30,10.50,,,
R2,2026-03-10T12:00:00Z,-3,Refund,JPY,CRM-1
R3,2026-03-10 noon,3,,,
,2026-03-10T12:00:00Z,3,,,
R4,2026-03-10T12:00:00Z,-3,gift,,
R5,2026-03-10T12:00:00Z,0.001,,,
R6,2026-03-10T12:00:00Z,1,,XXX,CRM-2
R7,2026-03-10T12:00:00Z,1,,XXX,
R1,2026-03-10T01:30:00Z,10.5,sale,AUD,
R1,2026-03-10T01:30:00Z,11,,,
R8,1850-03-10T01:30:00Z,eleven,,
R9,yesterday,-1,gift,XXX,CRM-2
R10,2026-03-10T12:00:00Z,-3,,,
`

const mistakes = `line 4, occurred_at: must be a time, such as 2006-01-02T15:04:05+09:30, or 2006-01-02 15:04:05 in the store's zone
line 5, external_ref: must be given: it is how the row is known again
line 6, kind: must be sale or refund
line 6, amount: must be more than zero
line 7, amount: AUD must have no more than 2 decimals and 15 digits in all
line 8, person_ref: nobody has "CRM-2"
line 8, currency: must be an ISO 4217 code such as AUD
line 9, currency: must be an ISO 4217 code such as AUD
line 11, external_ref: is in use for another sale
line 12: has 5 cells, the header has 6
line 13, occurred_at: must be a time, such as 2006-01-02T15:04:05+09:30, or 2006-01-02 15:04:05 in the store's zone
line 13, kind: must be sale or refund
line 13, person_ref: nobody has "CRM-2"
line 13, currency: must be an ISO 4217 code such as AUD
line 13, amount: must be more than zero
line 14, amount: must be more than zero
`

func TestImport(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	for _, c := range []struct {
		what          string
		whole, dryRun bool
		want          csvfile.Counts
		sales         int
	}{
		{"a dry run", false, true, csvfile.Counts{Rows: 13, Records: 13, Created: 2, Unchanged: 1, Refused: 10}, 0},
		{"all or nothing", true, false, csvfile.Counts{Rows: 13, Records: 13, Created: 2, Unchanged: 1, Refused: 10}, 0},
		{"row by row", false, false, csvfile.Counts{Rows: 13, Records: 13, Created: 2, Unchanged: 1, Refused: 10}, 2},
		{"again", false, false, csvfile.Counts{Rows: 13, Records: 13, Unchanged: 3, Refused: 10}, 2},
	} {
		t.Run(c.what, func(t *testing.T) {
			l.AllOrNothing, l.DryRun = c.whole, c.dryRun
			got, log := l.read(file)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s", diff)
			}
			if diff := cmp.Diff(mistakes, log); diff != "" {
				t.Errorf("%s", diff)
			}
			if n := l.sales(); n != c.sales {
				t.Errorf("%d sales", n)
			}
		})
	}
	var got string
	if err := l.pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', external_ref, kind, occurred_at, currency, amount, person_id IS NOT NULL), '; ' ORDER BY id) FROM canonical.sales`).Scan(&got); err != nil ||
		got != "R1 sale 2026-03-10 01:30:00+00 AUD 1050 f; R2 refund 2026-03-10 12:00:00+00 JPY 3 t" {
		t.Errorf("saved %s, %v", got, err)
	}
}

// An import that was interrupted records the rest when it is run again.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	var rows strings.Builder
	rows.WriteString("external_ref,occurred_at,amount\n")
	for i := range 2500 {
		fmt.Fprintf(&rows, "R%d,2026-03-10T12:00:00Z,%d\n", i, i+1)
	}
	l.Report = csvfile.NewReport(&bytes.Buffer{}, nil, nil)
	im := l.Import
	// The file breaks off within a quoted cell, in the third batch.
	if c, err := im.Sales(t.Context(), strings.NewReader(rows.String()[:30_000]+"\"")); err == nil || c.Created < 1000 || c.Created != l.sales() {
		t.Fatalf("broken off: %+v, %v", c, err)
	}
	before := l.sales()
	c, log := l.read(rows.String())
	if diff := cmp.Diff(csvfile.Counts{Rows: 2500, Records: 2500, Created: 2500 - before, Unchanged: before}, c); diff != "" || log != "" || before == 2500 {
		t.Errorf("%s%s", diff, log)
	}
	if l.sales() != 2500 {
		t.Errorf("%d sales", l.sales())
	}
}

func TestImportFails(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	l.Report = csvfile.NewReport(&bytes.Buffer{}, nil, nil)
	for _, c := range []struct {
		change func(*csvsales.Import)
		file   string
		want   string
	}{
		{func(*csvsales.Import) {}, "external_ref,amount\n", "the column occurred_at is missing"},
		{func(im *csvsales.Import) { im.StoreName = "Unley" }, file, `there is no store "Unley"`},
		{func(im *csvsales.Import) { im.Actor.Role = model.RoleReader }, file, "your role does not allow this"},
	} {
		t.Run(c.want, func(t *testing.T) {
			im := l.Import
			c.change(&im)
			if _, err := im.Sales(t.Context(), strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
	if l.sales() != 0 {
		t.Error("something was saved")
	}
}

const receipts = `external_ref,occurred_at,amount,kind,refund_of,prices_include_tax,product,description,quantity,unit_price,discount,taxes,refunded_line,tender,tender_amount
A1,2026-03-10T12:00:00Z,,,,yes,T,,3,,10%,GST,,cash,10
A1,,,,,,,Cup,1,2.50,0.50,,,card,3.88
A2,2026-03-10T12:00:00Z,,refund,A1,,,,1,,,,1,cash,
A2,,,,,,,,,,,,2,,
A3,2026-03-10T12:00:00Z,5,,,,,,,,,,,voucher,
A4,2026-03-10T12:00:00Z,,,,,X,,-1,1,,GST;PST,,gift,1
A5,2026-03-10T12:00:00Z,,refund,A9,,,,,,,,7,,
A6,2026-03-10T12:00:00Z,1,,,,,Tea,1,1,,,,cash,2
A6,2026-03-11T12:00:00Z,1,,,,,Tea,1,x,,,,,
`

// The rows of a receipt are one sale with its lines and tenders; a refund takes back lines of a receipt of the same file.
func TestImportReceipts(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	for _, sql := range []string{
		`INSERT INTO canonical.tax_rates (organization_id, name, percentage) VALUES ($1, 'GST', 10)`,
		`INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) VALUES ($1, 'T', 'Tea', 400, 'AUD')`,
	} {
		if _, err := l.pool.Exec(t.Context(), sql, l.Actor.OrganizationID); err != nil {
			t.Fatal(err)
		}
	}
	right := strings.ReplaceAll(receipts, "A2,2026-03-10T12:00:00Z,,refund,A1,,,,1,,,,1,cash,\n", "A2,2026-03-10T12:00:00Z,,refund,A1,,,,1,,,,1,cash,5.96\n")
	for again := range 2 {
		c, log := l.read(right)
		want := csvfile.Counts{Rows: 9, Records: 6, Created: 3, Refused: 3}
		if again > 0 {
			want.Created, want.Unchanged = 0, 3
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("%d: %s\n%s", again, diff, log)
		}
		if !strings.Contains(log, `line 7, product: there is no product "X"`) || !strings.Contains(log, `line 8, refund_of: the store has no sale "A9"`) ||
			!strings.Contains(log, "line 10, unit_price: must be a number such as 10.50") || !strings.Contains(log, "line 9, occurred_at: is another in line 10, which is of the same sale") || strings.Contains(log, "description") ||
			!strings.Contains(log, `line 7, taxes: there is no tax rate "PST"`) || !strings.Contains(log, "line 7, tender: must be cash, card, voucher or other") {
			t.Errorf("%s", log)
		}
	}
	var got string
	if err := l.pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', external_ref, kind, amount,
			(SELECT string_agg(concat_ws(' ', description, trim_scale(quantity), net, tax), ', ' ORDER BY line) FROM canonical.sale_lines WHERE sale_id = s.id),
			(SELECT string_agg(tender || ' ' || amount, ', ' ORDER BY position) FROM canonical.sale_tenders WHERE sale_id = s.id)), '; ' ORDER BY id)
		FROM canonical.sales AS s`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "A1 sale 1388 Tea 3 1080 108, Cup 1 200 0 cash 1000, card 388; A2 refund 596 Tea 1 360 36, Cup 1 200 0 cash 596; A3 sale 500 voucher 500"; got != want {
		t.Errorf("saved %s, want %s", got, want)
	}
}

// What the tenders of a receipt come to is told in the column of their amounts, in the row of the first of them.
func TestTendersOfAnotherSum(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	_, log := l.read("external_ref,occurred_at,description,unit_price,tender,tender_amount\nB1,2026-03-10T12:00:00Z,Tea,4.00,,\nB1,,Cup,2.00,cash,5\nB1,,,,card,2\n")
	if diff := cmp.Diff("line 3, tender_amount: must come to 6\n", log); diff != "" {
		t.Error(diff)
	}
}

// Times without a zone are those of the store's clock, on days when it changes too; one that it has not shown is refused.
func TestStoreClock(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	c, log := l.read("external_ref,occurred_at,amount\nR1,2026-03-10 12:00,1\nR2,2026-07-10T12:00:00,1\nR3,2026-10-04 02:30,1\nR4,2026-04-05 02:30,1\nR5,2026-03-10T12:00:00Z,1\n")
	if want := (csvfile.Counts{Rows: 5, Records: 5, Created: 4, Refused: 1}); c != want {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff("line 4, occurred_at: is a time that the clocks of the store's zone have not shown\n", log); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("R1 2026-03-10 01:30Z, R2 2026-07-10 02:30Z, R4 2026-04-04 17:00Z, R5 2026-03-10 12:00Z", l.times()); diff != "" {
		t.Error(diff)
	}
}

// times returns when sales were, in UTC.
func (l *till) times() (list string) {
	l.t.Helper()
	if err := l.pool.QueryRow(l.t.Context(), `SELECT string_agg(external_ref || to_char(occurred_at AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI"Z"'), ', ' ORDER BY external_ref) FROM canonical.sales`).Scan(&list); err != nil {
		l.t.Fatal(err)
	}
	return list
}

// Files that others export are read by the ready maps.
func TestReadyMaps(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	for name, test := range map[string]struct {
		file, log string
		want      csvfile.Counts
	}{
		"square": {"Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,Total Collected,Source,Card,Transaction ID,Payment ID,Event Type,Location\n" +
			"2026-09-13,10:02:11,Adelaide,$30.00,-$3.00,$0.00,$27.00,$0.00,$2.16,$2.00,$0.00,\"$1,031.16\",Point of Sale,$31.16,SQA1x,PA1,Payment,Norwood\n" +
			"2026-09-20,09:00:00,Adelaide,-$12.00,$0.00,$0.00,-$12.00,$0.00,-$0.96,$0.00,$0.00,-$12.96,Point of Sale,,SQA1x,PA2,Refund,Norwood\n" +
			"2026-09-20,09:00:00,Adelaide,,,,,,,,,$1,,,SQA1x,PA3,Payout,Norwood\n", "line 4, Event Type: \"Payout\" is not among the values of the map\n", csvfile.Counts{Rows: 3, Records: 3, Created: 2, Refused: 1}},
		"shopify": {"Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price\n" +
			"#1001,ada@example.com,paid,2026-09-03 10:15:00 +0930,fulfilled,AUD,47.00,6.00,3.29,56.29,2026-09-03 10:14:00 +0930,2,Fern,16.00\n" +
			"#1001,ada@example.com,,,,,,,,,2026-09-03 10:14:00 +0930,1,Rose,15.00\n" +
			"#1002,b@example.com,refunded,,,AUD,1,0,0,1.00,2026-09-03 10:14:00 +0930,1,Rose,1.00\n", "line 4, Financial Status: \"refunded\" is not among the values of the map\n", csvfile.Counts{Rows: 2, Records: 2, Created: 1, Refused: 1}},
	} {
		f, err := csvfile.ReadyMap("sales", name)
		if err != nil {
			t.Fatal(err)
		}
		l.Format = f
		c, log := l.read(test.file)
		if c != test.want || log != test.log {
			t.Errorf("%s: %+v\n%s", name, c, log)
		}
	}
	if diff := cmp.Diff("#1001 2026-09-03 00:44Z, PA1 2026-09-13 00:32Z, PA2 2026-09-19 23:30Z", l.times()); diff != "" {
		t.Error(diff)
	}
}
