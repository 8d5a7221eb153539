package csvfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The ready maps read what the systems write: the columns of their files that change amounts, days or states, or else refuse the row.
func TestReadyMapsOfFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, ours, file string
		want             []string
	}{
		"xero": {"documents", "document kind state issued_on unit_price discount taxes currency total", "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,Total,Quantity,UnitAmount,Discount,AccountCode,TaxType,Currency,Type,Status\n" +
			"Ada,X-1,11/06/2026,11/07/2026,1089.0000,1.0000,\"1,100.0000\",10.00,200,GST on Income,AUD,Sales invoice,Awaiting Payment\n" +
			"Ada,X-2,11/06/2026,11/07/2026,100.0000,1.0000,100.0000,,200,,AUD,Sales credit note,Paid\n" +
			"Ada,X-3,11/06/2026,11/07/2026,100.0000,1.0000,100.0000,,200,,AUD,Sales invoice,Voided\n" +
			"Ada,X-4,11/06/2026,11/07/2026,100.0000,1.0000,100.0000,,200,,AUD,Sales invoice,Deleted\n" +
			"Ada,X-5,11/06/2026,11/07/2026,100.0000,1.0000,100.0000,,200,,AUD,Sales invoice,Draft\n", []string{
			"X-1 invoice approved 2026-06-11 1100.0000 10.00% GST on Income AUD 1089.0000",
			`X-2 invoice approved 2026-06-11 100.0000   AUD 100.0000: line 3, Type: "Sales credit note" is not among the values of the map`,
			"X-3 invoice void 2026-06-11 100.0000   AUD 100.0000", "X-5 invoice draft 2026-06-11 100.0000   AUD 100.0000"}},
		"xero's template": {"documents", "document state discount", "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Quantity,*UnitAmount\nAda,X-1,11/06/2026,11/07/2026,1,1\n", []string{"X-1  "}},
		"quickbooks": {"documents", "document unit_price", "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,ItemQuantity,ItemRate,*ItemAmount,Taxable,TaxRate\n" +
			"Q-1,Ada,6/11/2026,7/11/2026,1,100,100,N,\nQ-2,Ada,6/11/2026,7/11/2026,1,100,100,Y,8%\n", []string{
			"Q-1 100", `Q-2 100: line 3, Taxable: "Y" is not among the values of the map`}},
		"stripe":            {"payments", "external_ref paid_on amount", "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer Email\nch_1,2026-06-05 20:38:34,5.00,0.00,usd,Paid,a@x.example\n", []string{"ch_1 2026-06-05 20:38:34Z 5.00"}},
		"stripe, as it was": {"payments", "external_ref paid_on amount", "id,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer Email\nch_1,2026-06-05 20:38,5.00,0.00,usd,Paid,a@x.example\n", []string{"ch_1 2026-06-05 20:38Z 5.00"}},
		"square": {"sales", "external_ref kind amount", "Date,Time,Total Collected,Payment ID,Event Type\n2026-06-05,10:38:00,-$5.00,P1,Payment\n2026-06-05,10:38:00,-$5.00,P2,Refund\n", []string{
			"P1 sale -5.00", "P2 refund -5.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system, _, _ := strings.Cut(strings.ReplaceAll(name, "'", ","), ",")
			f, err := ReadyMap(test.kind, system)
			if err != nil {
				t.Fatal(err)
			}
			var columns []Column
			for _, of := range f.Map.fields {
				if of.column != ofRow {
					columns = append(columns, Column{Name: of.column})
				}
			}
			r, err := NewReader(strings.NewReader(test.file), f, columns...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for row, err := r.Next(); err == nil; row, err = r.Next() {
				var cells []string
				for column := range strings.FieldsSeq(test.ours) {
					cells = append(cells, row.Number(column))
					if strings.HasSuffix(column, "_on") {
						cells[len(cells)-1] = row.Date(column)
					}
				}
				line := strings.Join(cells, " ")
				for _, m := range row.Mistakes() {
					line += ": " + m.String()
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A map that reads what the file does not have, or has twice, is not the file's: each of its columns, of a map of one's own, and of a ready one those
// that say when, or what rows are read.
func TestMapOfAnotherFile(t *testing.T) {
	t.Parallel()
	dated := []Column{{Name: "external_ref"}, {Name: "paid_on", Mapped: true}, {Name: "amount"}, {Name: "currency"}, {Name: "party_email"}, {Name: "reference"}, {Name: "method"}}
	stripe, err := ReadyMap("payments", "stripe")
	if err != nil {
		t.Fatal(err)
	}
	own, err := ReadMap(strings.NewReader("column,source,constant,values\nname,Who,,\namount,Betrag,,\nmemo,,none,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		format       Format
		columns      []Column
		header, want string
	}{
		{stripe, dated, "id,Created,Amount,Status", "the column paid_on, read from Created date (UTC), read from Created (UTC) is missing"},
		{stripe, dated, "id,Created (UTC),Amount", "the column Status is missing, which says what rows are read"},
		{stripe, dated, "id,Created (UTC),Amount,Status", ""},
		{own, columns, "Who,Betrga", "the column amount, read from Betrag is missing"},
		{own, columns, "Who,Betrag", ""},
		{own, columns, "Who,Betrag,betrag,Betrag ", "the column Betrag is there twice"},
		{own, columns, "Who,BETRAG,Be-trag", "the column Betrag is there twice"},
		{own, columns, "Who,Betrag (%),Betrag", ""},
		{own, columns, "Who,Betrag,Note,Note", ""},
	} {
		_, err := NewReader(strings.NewReader(test.header+"\n"), test.format, test.columns...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.header, err)
		}
	}
}

// Columns without a name are those that a spreadsheet writes behind the others: nothing stands in them.
func TestColumnsWithoutAName(t *testing.T) {
	t.Parallel()
	r, err := NewReader(strings.NewReader("name,amount,,\nAda,1,,\nGrace,2,,x\n"), Format{}, columns...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := r.Next(); err == nil; row, err = r.Next() {
		line := row.Get("name")
		for _, m := range row.Mistakes() {
			line += ": " + m.String()
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"Ada", `Grace: line 3: has "x" in a column without a name`}, got); diff != "" {
		t.Error(diff)
	}
}
