package csvbooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// Every mistake is reported with its line and column, all of a document at once, and only its document is refused.
func TestMistakes(t *testing.T) {
	t.Parallel()
	b := shop(t)
	for name, test := range map[string]struct{ file, want string }{
		"cells": {"kind,document,party_ref,description,unit_price\n" +
			"invoice,A,C-1,x\ninvoice,B,C-1,x,1\ninvoice,B,C-1,x,1,\n",
			"line 2: has 4 cells, the header has 5\nline 4: has 6 cells, the header has 5\n"},
		"form": {"kind,document,state,party_ref,issued_on,due_on,fx_rate,quantity,unit_price,description\n" +
			"receipt,,open,,2026-02-30,tomorrow,1e3,two,\"1,50\",x\ncredit_note,C,,C-1,,2026-01-01,,,1,x\n",
			"line 2, quantity: must be a number of the form 1234.50\nline 2, unit_price: must be a number of the form 1234.50\n" +
				"line 2, kind: must be invoice, bill, credit_note or vendor_credit_note\nline 2, document: must be given: it is the document's reference\n" +
				"line 2, state: must be draft, approved or void\nline 2, party: must be given, or party_email or party_ref\n" +
				"line 2, issued_on: must be a date of the form 2006-01-02\nline 2, due_on: must be a date of the form 2006-01-02\n" +
				"line 2, fx_rate: must be a number of the form 1234.50\nline 3, due_on: must be empty: a credit note falls due with its issue\n"},
		"groups": {"kind,document,party_ref,memo,description,unit_price\n" +
			"invoice,A,C-1,one,x,1\ninvoice,A,C-3,two,x,1\ninvoice,G,C-1,,x,1\ninvoice,A,C-1,one,x,1\nbill,G,C-1,,x,1\nInvoice,G,C-1,,x,1\n",
			"line 3, party_ref: is another than in line 2, where the document begins\nline 3, memo: is another than in line 2, where the document begins\n" +
				"line 5, document: is in the file already: all rows of a document follow each other, at most 2000\n" +
				"line 7, document: is in the file already: all rows of a document follow each other, at most 2000\n"},
		"references": {"kind,document,party,party_email,party_ref,description,unit_price,product,account,taxes\n" +
			"invoice,A,Nobody,,,x,1,NONE,9999,VAT; GST@9.5 ;VAT@3\ninvoice,B,Grace,,,x,1,,,\ninvoice,C,,both@example.com,,x,1,,,\n" +
			"invoice,D,,nobody@example.com,C-9,x,1,,,\ninvoice,E,Ada,,,x,1,,,\n",
			"line 2, party: nobody has \"Nobody\"\nline 2, product: no product has the SKU \"NONE\"\nline 2, account: no account has the code \"9999\"\n" +
				"line 2, taxes: no tax rate is called \"VAT\"\nline 2, taxes: GST is 10 % here, not 9.5\nline 2, taxes: no tax rate is called \"VAT@3\"\n" +
				"line 3, party: 2 people have \"Grace\": say which by party_ref or party_email\n" +
				"line 4, party_email: 2 people have \"both@example.com\": say which by party_ref or party_email\n" +
				"line 5, party_ref: nobody has \"C-9\"\nline 6, party: nobody has \"Ada\"\n"},
		"rules": {"kind,document,party,issued_on,due_on,currency,description,quantity,unit_price,account,taxes\n" +
			"invoice,A,Ada Lovelace,2026-02-02,2026-02-01,AUD,x,0,1.0000005,,\ninvoice,A,,,,,,1.0000001,,,GST@9\n" +
			"invoice,B,Ada Lovelace,,,XXX,x,1,1,,\ninvoice,C,Ada Lovelace,,,USD,x,1,1,,\ninvoice,D,Old,,,,x,1,1,,\n" +
			"bill,E,Ada Lovelace,,,,,,,,\nbill,F,Ada Lovelace,,,,a\x00b,1,1,,\n",
			"line 2, due_on: must not be before the day of issue\nline 2, quantity: must not be zero, with at most 11 digits before and 6 after the point\n" +
				"line 2, unit_price: a price in AUD must have no more than 6 decimals and 13 digits before the point\nline 3, description: must be given\n" +
				"line 3, quantity: must not be zero, with at most 11 digits before and 6 after the point\n" +
				"line 3, unit_price: must be given: there is no price in AUD to take\nline 3, taxes: GST is archived\n" +
				"line 4, currency: must be an ISO 4217 code such as AUD\nline 5, fx_rate: must be given: there is no rate of USD for the day\n" +
				"line 6, party: is archived\nline 7, description: must be given\nline 7, unit_price: must be given: there is no price in AUD to take\n" +
				"line 8, description: has characters that cannot be stored\n"},
		"all of a document": {"kind,document,party_ref,due_on,issued_on,currency,description,quantity,unit_price,product\n" +
			"invoice,A,C-9,2026-01-01,2026-02-30,XXX,,two,1,\ninvoice,A,,,,,x,0,,NONE\n",
			"line 2, quantity: must be a number of the form 1234.50\nline 2, issued_on: must be a date of the form 2006-01-02\n" +
				"line 2, party_ref: nobody has \"C-9\"\nline 3, product: no product has the SKU \"NONE\"\n" +
				"line 2, currency: must be an ISO 4217 code such as AUD\nline 2, description: must be given\n" +
				"line 3, quantity: must not be zero, with at most 11 digits before and 6 after the point\n" +
				"line 3, unit_price: must be given: there is no price in XXX to take\n"},
		"discounts": {"kind,document,party,description,unit_price,discount,prices_include_tax\n" +
			"invoice,A,Ada Lovelace,x,1,ten,\ninvoice,B,Ada Lovelace,x,1,%,\ninvoice,C,Ada Lovelace,x,1,101%,\ninvoice,D,Ada Lovelace,x,1,1.01,\ninvoice,E,Ada Lovelace,x,1,,maybe\n",
			"line 2, discount: must be a number of the form 5.00, or 10% with a sign of percent\nline 3, discount: must be a number of the form 5.00, or 10% with a sign of percent\n" +
				"line 4, discount: must be from 0 to 100, with at most 4 decimals\nline 5, discount: must not be more than the amount of the line\n" +
				"line 6, prices_include_tax: must be yes or no\n"},
		"approval": {"kind,document,party,description,unit_price\ninvoice,A,Ada Lovelace,x,-1\n",
			"line 2: a document with a negative total is not approved\n"},
		"accounts": {"code,name,type,system_role,archived\n" +
			"1,,money,,\n1000,Bank account,income,,\n1001,Till,asset,purse,\n!,x,asset,,perhaps\n1100,Receivable,asset,bank,no\n1000,x,asset,bank,yes\n,a,asset,,\n2000,x\n",
			"line 2, type: must be asset, liability, equity, income or expense\nline 2, name: must be given\nline 3, type: here it is asset, and an account keeps its type\n" +
				"line 4, system_role: the postings know no such role\nline 5, archived: must be yes or no\n" +
				"line 5, code: must be letters, digits, points and dashes\nline 6, code: is in use\n" +
				"line 7, archived: the postings need this account\nline 8, code: must be given\nline 9: has 2 cells, the header has 5\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := b.read(test.file, approve)
			if err != nil {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(test.want, b.log.String()); diff != "" {
				t.Errorf("%s", diff)
			}
			if rows := strings.Count(b.report.String(), "\n") - 1; c.Refused == 0 || rows != c.Rows && name != "groups" {
				t.Errorf("%+v, and %d rows in the report:\n%s", c, rows, b.report.String())
			}
		})
	}
	// Of the groups, the first invoice G and the bill G have no mistake.
	if got := b.documents(Filter{}); strings.Count(got, "\n") != 3 || !strings.Contains(got, "\ninvoice,G,INV-0001,approved,") || !strings.Contains(got, "\nbill,G,BILL-0001,") {
		t.Errorf("saved:\n%s", got)
	}
}

// A file with a wrong header is refused as a whole.
func TestWholeFile(t *testing.T) {
	t.Parallel()
	b := shop(t)
	for file, want := range map[string]string{
		"":                                "empty",
		"kind,document,colour\n":          `the column "colour" is unknown`,
		"kind,party\n":                    "the column document is missing",
		"code,name\n":                     "the column type is missing",
		"code,name,type\n1,x,asset\n2,\"": "line 3: this is no CSV",
	} {
		t.Run(file, func(t *testing.T) {
			if c, err := b.read(file); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %+v, %v", file, c, err)
			}
		})
	}
	// Documents before an open quote are saved, but not the one in which the file breaks off.
	const file = "kind,document,party,description,unit_price\ninvoice,A,Ada Lovelace,x,1\ninvoice,B,Ada Lovelace,x,1\ninvoice,B,Ada Lovelace,\"x,1\n"
	c, err := b.read(file)
	if err == nil || !strings.Contains(err.Error(), "line 4") || c.Created != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if got := b.documents(Filter{}); strings.Count(got, "\n") != 2 {
		t.Errorf("saved:\n%s", got)
	}
}

const twoDocuments = "kind,document,party,memo,product,unit_price,discount,taxes,issued_on\n" +
	"invoice,A,Ada Lovelace,one,lamp,,10 %,gst@10; a\\;b\\\\c; at@5,2026-01-01\ninvoice,A,Ada Lovelace,one,lamp,3.5,1.25,,\nbill,B,Ada Lovelace,,lamp,2,,,2026-01-02\n"

// A saved document is recognised: an equal one is unchanged, a draft that differs is changed, an approved one is refused.
func TestAgain(t *testing.T) {
	t.Parallel()
	b := shop(t)
	b.must(csvfile.Counts{Rows: 3, Records: 2, Created: 2}, twoDocuments)
	b.must(csvfile.Counts{Rows: 3, Records: 2, Unchanged: 2}, "\ufeff"+strings.ReplaceAll(twoDocuments, "\n", "\r\n"))
	const head = "kind,document,number,state,party,party_email,party_ref,issued_on,due_on,currency,fx_rate,prices_include_tax,store,memo,total,product,description,quantity,unit_price,discount,account,item_store,taxes\n"
	const party = ",Ada Lovelace,ada@example.com,C-1,"
	want := head + "bill,B,,draft" + party + "2026-01-02,2026-02-01,AUD,,,,,,LAMP,Lamp,1,2.00,,,,\n" +
		"invoice,A,,draft" + party + "2026-01-01,2026-01-31,AUD,,,,one,,LAMP,Lamp,1,12.50,10%,,,GST@10; a\\;b\\\\c@5; at@5@1\n" +
		"invoice,A,,draft" + party + "2026-01-01,2026-01-31,AUD,,,,one,,LAMP,Lamp,1,3.50,1.25,,,\n"
	check := func() {
		t.Helper()
		if diff := cmp.Diff(want, b.documents(Filter{})); diff != "" {
			t.Error(diff)
		}
	}
	check()
	edited := strings.ReplaceAll(strings.Replace(want, "12.50", "13.00", 1), ",one,", ",two,")
	b.must(csvfile.Counts{Rows: 3, Records: 2, Changed: 1, Unchanged: 1}, edited)
	want = edited
	check()
	b.must(csvfile.Counts{Rows: 3, Records: 2, Changed: 1, Unchanged: 1}, strings.Replace(edited, ",draft", ",approved", 1), approve)
	want = strings.Replace(strings.Replace(edited, "B,,draft", "B,BILL-0001,approved", 1), "AUD,,,,,,LAMP", "AUD,,,,,2.00,LAMP", 1)
	check()
	b.must(csvfile.Counts{Rows: 3, Records: 2, Refused: 1, Unchanged: 1}, strings.Replace(want, ",2.00,,,,", ",2.01,,4000,,GST", 1), approve)
	if got := b.log.String(); got != "line 2, unit_price: here it is 2.00, and what is approved is not changed by a file\n"+
		"line 2, account: here it is nothing, and what is approved is not changed by a file\n"+
		"line 2, taxes: here it is nothing, and what is approved is not changed by a file\n" {
		t.Error(got)
	}
	// States only move forward, and only if the import approves.
	b.must(csvfile.Counts{Rows: 3, Records: 2, Unchanged: 2}, strings.Replace(want, "approved", "void", 1))
	b.must(csvfile.Counts{Rows: 3, Records: 2, Changed: 1, Unchanged: 1}, strings.Replace(want, "approved", "void", 1), approve)
	b.must(csvfile.Counts{Rows: 3, Records: 2, Unchanged: 2}, want, approve)
	want = strings.Replace(want, "approved", "void", 1)
	check()

	// A document without a reference is recognised by its address, in its own organization only.
	b.exec(`UPDATE canonical.documents SET external_ref = NULL WHERE organization_id = $1`)
	mine := b.documents(Filter{Kind: "invoice"})
	b.must(csvfile.Counts{Rows: 2, Records: 1, Unchanged: 1}, mine)
	b.must(csvfile.Counts{Rows: 2, Records: 1, Changed: 1}, strings.ReplaceAll(mine, ",two,", ",three,"))
	at := strings.Index(mine, "@")
	b.must(csvfile.Counts{Rows: 2, Records: 1, Created: 1}, strings.ReplaceAll(mine, mine[at:at+9], "@00000000"))

	// A tax rate that has changed since leaves saved documents unchanged, and a new document cannot name its old percentage.
	b.exec(`UPDATE canonical.tax_rates SET percentage = 11 WHERE organization_id = $1 AND name = 'GST' AND archived_at IS NULL`)
	mine = b.documents(Filter{Kind: "invoice"})
	b.must(csvfile.Counts{Rows: 4, Records: 2, Unchanged: 2}, mine)
	b.must(csvfile.Counts{Rows: 4, Records: 2, Refused: 2}, strings.ReplaceAll(mine, "Lamp", "Lantern"))
	if got := b.log.String(); !strings.Contains(got, "line 2, taxes: GST is 11 % here, not 10") {
		t.Error(got)
	}
	if from, to := model.NewDate(2026, 1, 2), model.NewDate(2026, 1, 1); strings.Count(b.documents(Filter{From: &from}), "\n") != 2 || strings.Count(b.documents(Filter{To: &to}), "\n") != 5 {
		t.Error("only what was issued in these days is exported")
	}
}

// An import that is all or nothing, and a dry run, report every mistake of the file, save nothing and take no number.
func TestPolicies(t *testing.T) {
	t.Parallel()
	b := shop(t)
	empty := b.documents(Filter{})
	bad := twoDocuments + "bill,C,Nobody,,lamp,,,,\nbill,D,Ada Lovelace,,lamp,1,,,\n"
	all := func(im *Import) { im.AllOrNothing = true }
	dry := func(im *Import) { im.DryRun = true }
	b.must(csvfile.Counts{Rows: 5, Records: 4, Created: 3, Refused: 1}, bad, all, approve)
	b.must(csvfile.Counts{Rows: 5, Records: 4, Created: 3, Refused: 1}, bad, dry, approve)
	b.must(csvfile.Counts{Rows: 3, Records: 2, Created: 2}, twoDocuments, dry, approve)
	if got := b.documents(Filter{}); got != empty {
		t.Errorf("saved:\n%s", got)
	}
	b.must(csvfile.Counts{Rows: 5, Records: 4, Created: 3, Refused: 1}, bad, approve)
	if got := b.documents(Filter{}); !strings.Contains(got, "bill,D,BILL-0002") || !strings.Contains(got, "invoice,A,INV-0001") {
		t.Errorf("saved:\n%s", got)
	}
	// The corrected report imports the rest of the file.
	mended := strings.ReplaceAll(b.report.String(), "Nobody", "Ada Lovelace")
	b.must(csvfile.Counts{Rows: 1, Records: 1, Created: 1}, mended, all, approve)
	b.must(csvfile.Counts{Rows: 5, Records: 4, Unchanged: 4}, strings.ReplaceAll(bad, "Nobody", "Ada Lovelace"), approve)

	reader := func(im *Import) { im.Actor.Role = model.RoleReader }
	if _, err := b.read(strings.ReplaceAll(twoDocuments, "invoice,A", "invoice,Z"), reader); err == nil || !strings.Contains(err.Error(), "your role does not allow this") {
		t.Errorf("a reader: %v", err)
	}
	staff := func(im *Import) { im.Actor.Role = model.RoleStaff }
	b.must(csvfile.Counts{Rows: 3, Records: 2, Created: 1, Unchanged: 1}, strings.ReplaceAll(twoDocuments, "invoice,A", "invoice,Z"), staff)
	if _, err := b.read("code,name,type\n1,x,asset\n", staff); err == nil {
		t.Error("staff do not change the chart")
	}
}

// An import that is stopped has saved whole documents and continues when it is run again; one that is all or nothing has
// saved none.
func TestStopped(t *testing.T) {
	t.Parallel()
	b := shop(t)
	var file strings.Builder
	file.WriteString("kind,document,party,description,unit_price\n")
	const documents = 3 * batch
	for i := range documents {
		fmt.Fprintf(&file, "invoice,A%d,Ada Lovelace,x,1\n", i)
	}
	for _, whole := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		im := &Import{Approve: true, Import: csvimport.Import{
			Store: canonical.New(b.pool, nil), Actor: b.owner, Report: csvfile.NewReport(&b.log, nil, nil),
			AllOrNothing: whole, Progress: func(int64) {
				if steps++; steps == 2 {
					cancel()
				}
			}}}
		c, err := im.Documents(ctx, strings.NewReader(file.String()))
		want := c.Created
		if whole {
			want = 0
		}
		if saved := strings.Count(b.documents(Filter{}), "\n") - 1; !errors.Is(err, context.Canceled) || c.Created != 2*batch || saved != want {
			t.Errorf("whole %v: %+v, %v, %d rows saved", whole, c, err, saved)
		}
	}
	b.must(csvfile.Counts{Rows: documents, Records: documents, Created: batch, Unchanged: 2 * batch}, file.String(), approve)
	if got := b.documents(Filter{}); !strings.Contains(got, fmt.Sprintf("INV-%d,approved", documents)) || strings.Contains(got, fmt.Sprintf("INV-%d", documents+1)) {
		t.Error("numbers have gaps")
	}
}

// A document with too many rows is refused as a whole.
func TestLongDocument(t *testing.T) {
	t.Parallel()
	b := shop(t)
	row := "invoice,A,Ada Lovelace,x,1\n"
	const head = "kind,document,party,description,unit_price\n"
	b.must(csvfile.Counts{Rows: 2002, Records: 2, Refused: 2}, head+strings.Repeat(row, 2002))
	if got := b.log.String(); got != "line 2: must not be more than 2000\nline 2003, document: is in the file already: all rows of a document follow each other, at most 2000\n" {
		t.Error(got)
	}
	b.must(csvfile.Counts{Rows: 2000, Records: 1, Created: 1}, head+strings.Repeat(row, 2000))
}

// Each document is posted with its own savepoint, so a locked period refuses that document alone; the read models to
// refresh are passed on once for each transaction.
func TestBatch(t *testing.T) {
	t.Parallel()
	b := shop(t)
	b.exec(`UPDATE canonical.organizations SET hard_locked_until = '2026-01-01' WHERE id = $1`)
	woken := 0
	store := canonical.New(b.pool, func(context.Context, *pgx.Batch) func() { return func() { woken++ } })
	b.must(csvfile.Counts{Rows: 3, Records: 2, Created: 1, Refused: 1}, twoDocuments, approve, func(im *Import) { im.Store = store })
	if !strings.HasPrefix(b.log.String(), "line 2") || woken != 1 {
		t.Errorf("woken %d times; %s", woken, b.log.String())
	}
}

// Two vendors may have documents of one number: they are told apart when a file is read, and counted as two when one is
// written.
func TestNumberOfTwoVendors(t *testing.T) {
	t.Parallel()
	b := shop(t)
	b.exec(`UPDATE canonical.people SET email = NULL WHERE organization_id = $1`)
	const file = "kind,document,party,description,unit_price\nvendor_credit_note,1001,Ada Lovelace,x,1\nvendor_credit_note,1001,Mary,x,1\nbill,1001,Ada Lovelace,x,1\nbill,1001,Mary,x,1\n"
	b.must(csvfile.Counts{Rows: 4, Records: 4, Created: 4}, file, approve)
	b.must(csvfile.Counts{Rows: 4, Records: 4, Unchanged: 4}, file, approve)
	if got := b.documents(Filter{Kind: "vendor_credit_note"}); strings.Count(got, "\nvendor_credit_note,1001,VCN-000") != 2 {
		t.Error(got)
	}
}

// A document of any file is parsed or has a mistake, and taxes are read as they were written.
func FuzzParse(f *testing.F) {
	f.Add(twoDocuments)
	f.Add("kind,document,state,party,issued_on,due_on,fx_rate,quantity,unit_price,taxes\nbill,x,void,a,0000-00-00,2026-01-01,1e9,--1,.,;\\;@\n")
	f.Add("kind,document,party\ninvoice,A,x\n,,\ninvoice,A\n")
	f.Fuzz(func(t *testing.T, file string) {
		in, err := csvfile.NewReader(strings.NewReader(file), csvfile.Format{}, documentColumns...)
		if err != nil {
			return
		}
		source, rows := &documents{in: in, seen: map[[16]byte]bool{}}, 0
		for err == nil {
			var list []*document
			list, err = source.next()
			for _, d := range list {
				rows += len(d.rows)
				if len(d.wrong) == 0 && (d.ref == "" || len(d.items) != len(d.rows) || !d.kind.IsValid()) {
					t.Fatalf("%+v has no mistake", d)
				}
				for _, m := range d.wrong {
					if m.Line < d.rows[0].Line || m.Line > d.rows[len(d.rows)-1].Line || m.Message == "" {
						t.Fatalf("%+v is none of its lines", m)
					}
				}
				for i, it := range d.items {
					var again []string
					for _, tax := range it.taxes {
						again = append(again, strings.NewReplacer(`\`, `\\`, `;`, `\;`).Replace(tax.text))
					}
					if diff := cmp.Diff(len(it.taxes), len(taxes(strings.Join(again, "; ")))); diff != "" {
						t.Fatalf("%d: %s", i, diff)
					}
					for j, tax := range taxes(strings.Join(again, "; ")) {
						if tax.text != it.taxes[j].text || tax.name != it.taxes[j].name {
							t.Fatalf("%+v became %+v", it.taxes[j], tax)
						}
					}
				}
			}
		}
		if rows > strings.Count(file, "\n")+1 {
			t.Fatalf("%d rows of %q", rows, file)
		}
	})
}
