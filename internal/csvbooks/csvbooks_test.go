package csvbooks

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
	"daybook/internal/demo"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// books is an organization, with the results of its last import.
type books struct {
	t     *testing.T
	pool  *pgxpool.Pool
	owner canonical.Actor
	// log and report are those of the last import
	log, report bytes.Buffer
}

func organization(t *testing.T, pool *pgxpool.Pool, name string) *books {
	t.Helper()
	org, token, err := canonical.New(pool, nil).OrganizationCreate(t.Context(), canonical.OrganizationInput{
		Name: name, TimeZone: "Australia/Adelaide", BaseCurrency: "AUD", OwnerName: name, OwnerEmail: name + "@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := canonical.Authenticate(t.Context(), pool, token)
	if err != nil || p.Actor.OrganizationID != org {
		t.Fatalf("%+v, %v", p, err)
	}
	return &books{t: t, pool: pool, owner: p.Actor}
}

// shop returns an organization with one record of everything that a document may name.
func shop(t *testing.T) *books {
	t.Helper()
	b := organization(t, pgtest.Pool(t), "shop")
	b.exec(`INSERT INTO canonical.people (organization_id, given_name, email, external_ref, archived_at) VALUES
			($1, 'Ada Lovelace', 'ada@example.com', 'C-1', NULL), ($1, 'Grace', 'both@example.com', NULL, NULL),
			($1, 'Grace', NULL, 'C-3', NULL), ($1, 'Mary', 'both@example.com', NULL, NULL), ($1, 'Old', NULL, NULL, now())`,
		`INSERT INTO canonical.tax_rates (organization_id, name, percentage, archived_at) VALUES
			($1, 'GST', 10, NULL), ($1, 'GST', 9, now()), ($1, 'a;b\c', 5, NULL), ($1, 'at@5', 1, NULL)`,
		`INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency, tax_rate_id)
			SELECT organization_id, 'LAMP', 'Lamp', 1250, 'AUD', id FROM canonical.tax_rates WHERE organization_id = $1 AND name = 'GST' AND archived_at IS NULL`)
	return b
}

func (b *books) exec(statements ...string) {
	b.t.Helper()
	for _, s := range statements {
		if _, err := b.pool.Exec(b.t.Context(), s, b.owner.OrganizationID); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		}
	}
}

// read imports a file of documents, of accounts if it begins with a code, or of payments if it begins with their reference.
func (b *books) read(file string, options ...func(*Import)) (csvfile.Counts, error) {
	b.log.Reset()
	b.report.Reset()
	im := &Import{Import: csvimport.Import{Store: canonical.New(b.pool, nil), Actor: b.owner, Report: csvfile.NewReport(&b.log, nil, &b.report)}}
	for _, option := range options {
		option(im)
	}
	do := im.Documents
	if strings.HasPrefix(file, "code") {
		do = im.Accounts
	} else if strings.HasPrefix(file, "external_ref") {
		do = im.Payments
	}
	c, err := do(b.t.Context(), strings.NewReader(file))
	if err := im.Report.Close(); err != nil {
		b.t.Fatal(err)
	}
	return c, err
}

// must is read for a file that must be read to its end, with these counts.
func (b *books) must(want csvfile.Counts, file string, options ...func(*Import)) {
	b.t.Helper()
	c, err := b.read(file, options...)
	if err != nil {
		b.t.Fatal(err)
	}
	if diff := cmp.Diff(want, c); diff != "" {
		b.t.Fatalf("%s\n%s", diff, b.log.String())
	}
}

func approve(im *Import) { im.Approve = true }

func (b *books) accounts() string {
	b.t.Helper()
	var file bytes.Buffer
	if _, err := ExportAccounts(b.t.Context(), b.pool, b.owner.OrganizationID, &file); err != nil {
		b.t.Fatal(err)
	}
	return file.String()
}

func (b *books) documents(f Filter) string {
	b.t.Helper()
	var file bytes.Buffer
	c, err := ExportDocuments(b.t.Context(), b.pool, b.owner.OrganizationID, f, &file, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if n, err := CountDocuments(b.t.Context(), b.pool, b.owner.OrganizationID, f); err != nil || n != int64(c.Records) {
		b.t.Errorf("%d documents counted, %d written: %v", n, c.Records, err)
	}
	return file.String()
}

// An empty organization that imports the export of another one exports the same bytes, with the numbers and states. For
// both organizations the file then changes nothing.
func TestRoundTrip(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	seeded, err := demo.Seed(t.Context(), pool, demo.Options{Today: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	from := &books{t: t, pool: pool, owner: canonical.Actor{OrganizationID: seeded.OrganizationID, UserID: seeded.UserID, Role: model.RoleOwner}}
	unusual(t, from)

	to := organization(t, pool, "copy")
	// The records that documents name exist under other keys. Nobody is archived, since no document could name them. People
	// with the same name get a reference.
	for _, sql := range []string{
		`UPDATE canonical.people SET external_ref = 'P-' || id WHERE organization_id = $1 AND $2::bigint > 0 AND external_ref IS NULL AND full_name IN (
			SELECT full_name FROM canonical.people WHERE organization_id = $1 GROUP BY full_name HAVING count(*) > 1)`,
		`INSERT INTO canonical.people (organization_id, given_name, family_name, email, external_ref, is_customer)
			SELECT $2, given_name, family_name, email, external_ref, is_customer FROM canonical.people WHERE organization_id = $1`,
		`INSERT INTO canonical.stores (organization_id, name, time_zone) SELECT $2, name, time_zone FROM canonical.stores WHERE organization_id = $1`,
		`INSERT INTO canonical.tax_rates (organization_id, name, percentage)
			SELECT $2, name, percentage FROM canonical.tax_rates WHERE organization_id = $1`,
		`INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency)
			SELECT $2, sku, name, unit_price, currency FROM canonical.products WHERE organization_id = $1`,
	} {
		if _, err := pool.Exec(t.Context(), sql, from.owner.OrganizationID, to.owner.OrganizationID); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	accounts, documents := from.accounts(), from.documents(Filter{})
	n := strings.Count(accounts, "\n") - 1
	to.must(csvfile.Counts{Rows: n, Records: n, Created: 3, Changed: 3, Unchanged: n - 6}, accounts)
	if diff := cmp.Diff(accounts, to.accounts()); diff != "" {
		t.Errorf("accounts: %s", diff)
	}
	c, err := to.read(documents, approve)
	if err != nil || c.Refused > 0 || c.Created < 100 || c.Records != c.Created {
		t.Fatalf("%+v, %v: %s", c, err, to.log.String())
	}
	if diff := cmp.Diff(documents, to.documents(Filter{})); diff != "" {
		t.Errorf("documents: %s", diff)
	}
	for _, kind := range []string{"invoice", "bill", "credit_note"} {
		if !strings.Contains(documents, "\n"+kind+",") {
			t.Errorf("the demo has no %s", kind)
		}
	}
	for _, b := range []*books{from, to} {
		b.must(csvfile.Counts{Rows: c.Rows, Records: c.Records, Unchanged: c.Records}, documents, approve)
		b.must(csvfile.Counts{Rows: n, Records: n, Unchanged: n}, accounts)
	}
	if books := from.booked(); len(books) < 3 {
		t.Errorf("the demo has booked %v", books)
	} else if diff := cmp.Diff(books, to.booked()); diff != "" {
		t.Errorf("booked: %s", diff)
	}
}

// unusual adds what the demo lacks: all kinds, another currency, texts with special characters, accounts that changed.
func unusual(t *testing.T, b *books) {
	t.Helper()
	b.exec(`UPDATE canonical.tax_rates SET name = 'GST; or \ @10' WHERE organization_id = $1
			AND id = (SELECT min(id) FROM canonical.tax_rates WHERE organization_id = $1)`,
		`UPDATE canonical.products SET sku = '=' || sku WHERE organization_id = $1
			AND id = (SELECT min(id) FROM canonical.products WHERE organization_id = $1)`)
	var who string
	if err := b.pool.QueryRow(t.Context(), `SELECT email FROM canonical.people WHERE organization_id = $1 AND email IS NOT NULL
			AND archived_at IS NULL LIMIT 1`, b.owner.OrganizationID).Scan(&who); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	rows := [][]string{{"kind", "document", "state", "party_email", "currency", "fx_rate", "memo", "description", "quantity", "unit_price", "account"}}
	for i, text := range []string{"=SUM(A1)", "'=SUM(A1)", "''@x", "'tis", "-5", "a \"quoted\"\nline, and CRLF\r\n end", "＠home"} {
		for _, kind := range []string{"invoice", "bill", "credit_note"} {
			text := csvfile.Guard(text)
			rows = append(rows, []string{kind, fmt.Sprint(text, i), []string{"draft", "approved", "void"}[i%3], who, "JPY", "0.0105", text, text, "-1.125", "-1200", ""},
				[]string{kind, fmt.Sprint(text, i), "", "", "", "", "", "more", "3", "99999", "4000"})
		}
	}
	if err := csv.NewWriter(&file).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	b.must(csvfile.Counts{Rows: 42, Records: 21, Created: 21}, file.String(), approve)
	b.must(csvfile.Counts{Rows: 6, Records: 6, Created: 3, Changed: 3}, "code,name,type,system_role,archived\n"+
		"1001,Main account,asset,bank,no\n4100,'=Old services,income,,yes\n4100,Services,income,,\n6999,Unused,expense,,yes\n9-9,Nines,equity,,no\n4800,'+Other,income,,\n")
}

// booked returns the balances of the accounts.
func (b *books) booked() []string {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), `SELECT account.code || ' ' || sum(line.amount) FROM canonical.journal_lines AS line
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE line.organization_id = $1 AND entry.canonical_type IN ('Invoice', 'Bill', 'CreditNote')
		GROUP BY account.code HAVING sum(line.amount) <> 0 ORDER BY account.code`, b.owner.OrganizationID)
	if err != nil {
		b.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}
