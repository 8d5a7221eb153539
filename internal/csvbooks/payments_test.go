package csvbooks

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// paid returns the payments with what they settle, as text.
func (b *books) paid() string {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), `SELECT concat_ws(' ', p.external_ref, p.direction, p.party_role, party.external_ref, p.paid_on, p.method, p.currency,
			canonical.major(p.amount, p.currency), p.reference, (SELECT string_agg(d.external_ref || '=' || canonical.major(a.amount, p.currency), ';' ORDER BY d.external_ref)
				FROM canonical.payment_allocations AS a JOIN canonical.documents AS d ON (d.organization_id, d.id) = (a.organization_id, a.document_id)
				WHERE (a.organization_id, a.payment_id) = (p.organization_id, p.id)))
		FROM canonical.payments AS p JOIN canonical.people AS party ON (party.organization_id, party.id) = (p.organization_id, p.party_id)
		WHERE p.organization_id = $1 ORDER BY p.external_ref`, b.owner.OrganizationID)
	if err != nil {
		b.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// Payments settle the documents that their rows name, by reference or number; the same file changes nothing, and one that differs is
// refused.
func TestPayments(t *testing.T) {
	t.Parallel()
	b := shop(t)
	b.must(csvfile.Counts{Rows: 4, Records: 4, Created: 4}, "kind,document,party_ref,issued_on,description,unit_price\n"+
		"invoice,A,C-1,2026-03-01,x,100\ninvoice,B,C-1,2026-03-01,x,50\ninvoice,C,C-3,2026-03-01,x,5\nbill,V-1,C-3,2026-03-01,x,20\n", approve)
	file := "external_ref,amount,role,party_ref,paid_on,method,reference,documents,currency\n" +
		"P1,110,,C-1,2026-03-05,card,bank 7,A=100; INV-0002=10,\n" +
		"P2,5,customer,C-3,2026-03-05T20:00:00Z,,,C,aud\n" +
		"P3,20,Vendor,C-3,2026-03-06,cash,,V-1,\n" +
		"P4,7,,C-1,2026-03-06,,,,\n"
	b.must(csvfile.Counts{Rows: 4, Records: 4, Created: 4}, file)
	want := "P1 in customer C-1 2026-03-05 card AUD 110.00 bank 7 A=100.00;B=10.00\nP2 in customer C-3 2026-03-06 bank AUD 5.00  C=5.00\n" +
		"P3 out vendor C-3 2026-03-06 cash AUD 20.00  V-1=20.00\nP4 in customer C-1 2026-03-06 bank AUD 7.00 "
	if diff := cmp.Diff(want, b.paid()); diff != "" {
		t.Error(diff)
	}
	b.must(csvfile.Counts{Rows: 4, Records: 4, Unchanged: 4}, file)
	b.must(csvfile.Counts{Rows: 1, Records: 1, Refused: 1}, "external_ref,amount,party_ref\nP4,8,C-1\n")
	if diff := cmp.Diff("line 2, external_ref: is in use for another payment\n", b.log.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, b.paid()); diff != "" {
		t.Error(diff)
	}
}

// All that is wrong with a payment is reported together, by its columns, and others are recorded.
func TestMistakesInPayments(t *testing.T) {
	t.Parallel()
	b := shop(t)
	c, err := b.read("external_ref,amount,role,direction,party,party_ref,paid_on,method,account,store,currency,fx_rate,documents\n" +
		",x,boss,up,,,soon,cheque,,,,y,A;B\n" +
		"P1,-1,,,Nobody,,2026-03-05,,9999,Nowhere,XXX,,A=z\n" +
		"P2,1,,,,C-1,2026-03-05,,,,,,A\n" +
		"P3,1\n" +
		"P4,1,,,,C-1,2026-03-05,,,,,,\n" +
		"P4,1,,,,C-1,2026-03-05,,,,,,\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := (csvfile.Counts{Rows: 6, Records: 6, Created: 1, Refused: 5}); c != want {
		t.Errorf("%+v", c)
	}
	const want = `line 2, external_ref: must be given: it is how the payment is known again
line 2, party: must be given, or party_email or party_ref
line 2, role: must be customer or vendor
line 2, direction: must be in or out
line 2, amount: must be a number of the form 1234.50
line 2, fx_rate: must be a number of the form 1234.50
line 2, paid_on: must be a date of the form 2006-01-02
line 2, method: must be bank, card, cash or other
line 2, documents: must say how much of each, as INV-1=10.00; INV-2=5.50
`
	if got := b.log.String(); !strings.HasPrefix(got, want) {
		t.Errorf("%s", cmp.Diff(want, got))
	}
	for _, part := range []string{
		`line 3, documents: the amount of "A=z" must be a number of the form 1234.50`, `line 3, party: nobody has "Nobody"`, `line 3, account: no account has the code "9999"`,
		`line 3, store: no store is called "Nowhere"`, `line 3, currency: must be an ISO 4217 code such as AUD`, `line 4, documents: the party has no invoice "A"`,
		"line 5: has 2 cells, the header has 13", "line 7, external_ref: is that of line 6 too",
	} {
		if !strings.Contains(b.log.String(), part+"\n") {
			t.Errorf("%s is not in\n%s", part, b.log.String())
		}
	}
}

// Files that others export are read by the ready maps.
func TestReadyMaps(t *testing.T) {
	t.Parallel()
	b := shop(t)
	with := func(kind, name string) func(*Import) {
		f, err := csvfile.ReadyMap(kind, name)
		if err != nil {
			t.Fatal(err)
		}
		return func(im *Import) { im.Format, im.Approve = f, true }
	}
	b.must(csvfile.Counts{Rows: 2, Records: 1, Created: 1}, "*ContactName,EmailAddress,POAddressLine1,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,Currency\n"+
		"Ada Lovelace,,,X-1,PO 7,02/03/2026,31/03/2026,,,Engine,1,\"1,200.00\",,,GST,,AUD\nAda Lovelace,,,X-1,PO 7,02/03/2026,31/03/2026,,LAMP,Lamp,2,5,,,,,AUD\n", with("documents", "xero"))
	b.must(csvfile.Counts{Rows: 1, Records: 1, Created: 1}, "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Location,Memo,Item(Product/Service),ItemDescription,ItemQuantity,ItemRate,*ItemAmount,Item Tax Code,Currency\n"+
		"1001,Ada Lovelace,03/31/2026,04/30/2026,Net 30,,,Service,Repair,2,45.50,91.00,,AUD\n", with("documents", "quickbooks"))
	got := b.documents(Filter{})
	for _, part := range []string{",2026-03-02,2026-03-31,AUD,,,,PO 7,", "Engine,1,1200.00", ",LAMP,Lamp,2,5.00", ",2026-03-31,2026-04-30,AUD,", "Repair,2,45.50"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in\n%s", part, got)
		}
	}
}

// Payments of Stripe that failed are left out, those that were refunded in part or whole are refused, and the day is the organization's.
func TestStripe(t *testing.T) {
	t.Parallel()
	b := shop(t)
	f, err := csvfile.ReadyMap("payments", "stripe")
	if err != nil {
		t.Fatal(err)
	}
	file := "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,Status,Description,Customer Email\n" +
		"ch_1,2026-06-05 20:38:34,3125.00,0.00,aud,true,90.93,Paid,INV-0168,ada@example.com\n" +
		"ch_2,2026-06-05 20:38:34,1.00,0.00,aud,true,0,Failed,,ada@example.com\n" +
		"ch_3,2026-06-05 20:38:34,5.00,1.00,aud,true,0,Paid,,ada@example.com\n" +
		"ch_4,2026-06-05 20:38:34,5.00,5.00,aud,true,0,Refunded,,ada@example.com\n"
	im := &Import{Import: csvimport.Import{Store: canonical.New(b.pool, nil), Actor: b.owner, Format: f, Report: csvfile.NewReport(&b.log, nil, nil)}}
	c, err := im.Payments(t.Context(), strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := (csvfile.Counts{Rows: 3, Records: 3, Created: 1, Refused: 2}); c != want {
		t.Errorf("%+v\n%s", c, b.log.String())
	}
	if diff := cmp.Diff("ch_1 in customer C-1 2026-06-06 card AUD 3125.00 INV-0168", b.paid()); diff != "" {
		t.Error(diff)
	}
	if got := b.log.String(); !strings.Contains(got, `line 4, Amount Refunded: "1.00" is not among the values of the map`) || !strings.Contains(got, `line 5, Status: "Refunded"`) {
		t.Error(got)
	}
}

// Any file is read, with its report, without a panic, and a payment without mistakes has what must be there.
func FuzzPayments(f *testing.F) {
	f.Add("external_ref,amount,role,direction,party,paid_on,documents\nP1,1,,,x,2026-01-01,A=1;B=2\n")
	f.Add("external_ref;amount;party_ref;documents\nP1;1.234,50;x;A\nP1;;;\n")
	f.Fuzz(func(t *testing.T, file string) {
		in, err := csvfile.NewReader(strings.NewReader(file), csvfile.Format{}, paymentColumns...)
		if err != nil {
			return
		}
		for row, err := in.Next(); err == nil; row, err = in.Next() {
			p := parsePayment(row)
			if len(p.wrong) == 0 && (p.ref == "" || !p.direction.IsValid() || p.role != "customer" && p.role != "vendor" || len(p.settles) > 1 && p.settles[0].amount == nil) {
				t.Fatalf("%+v has no mistake", p)
			}
			for _, m := range p.wrong {
				if m.Line != row.Line || m.Message == "" {
					t.Fatalf("%+v is none of line %d", m, row.Line)
				}
			}
		}
	})
}

// A reference of one invoice that is the number of another names neither.
func TestAmbiguousDocuments(t *testing.T) {
	t.Parallel()
	b := shop(t)
	b.must(csvfile.Counts{Rows: 2, Records: 2, Created: 2}, "kind,document,party_ref,issued_on,due_on,description,quantity,unit_price\n"+
		"invoice,X-1,C-1,2026-03-01,2026-03-31,One,1,10\ninvoice,INV-0001,C-1,2026-03-01,2026-03-31,Two,1,10\n", approve)
	c, err := b.read("external_ref,amount,party_ref,paid_on,documents\nP1,10,C-1,2026-03-05,INV-0001\nP2,10,C-1,2026-03-05,X-1\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := (csvfile.Counts{Rows: 2, Records: 2, Created: 1, Refused: 1}); c != want || !strings.Contains(b.log.String(), `line 2, documents: "INV-0001" is the reference of one invoice and the number of another`) {
		t.Errorf("%+v\n%s", c, b.log.String())
	}
}
