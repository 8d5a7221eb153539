package csvbooks

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// document is one document of a file. A nil field is an empty cell or a missing column.
type document struct {
	rows                []csvfile.Row
	wrong               []csvfile.Mistake
	kind                model.DocumentKind
	ref, state          string
	partyRef, partyMail string
	partyName           string
	issuedOn, dueOn     *model.Date
	currency            *string
	fxRate              *model.Decimal
	pricesIncludeTax    *bool
	store               *string // "": the office
	memo                *string
	total               *model.Decimal
	items               []item
}

// item is one row of a document.
type item struct {
	product     *string // "": none
	description *string
	quantity    *model.Decimal
	unitPrice   *model.Decimal
	discount    *discount
	account     *string // "": none
	store       *string // "": the document's
	taxes       []tax   // nil: no such column; empty: none
}

// discount is what a row takes off: a percentage or an amount, or nothing; a nil one is a missing column.
type discount struct{ percentage, amount *model.Decimal }

// tax names a tax rate.
type tax struct {
	// text is the whole entry. If it ends in @ and a number, the number may be the percentage, and name the part before it.
	text, name string
	percentage *model.Decimal
}

// ofDocument are the columns that have the same value in all rows of a document.
var ofDocument = []string{"state", "party", "party_email", "party_ref", "issued_on", "due_on", "currency", "fx_rate", "prices_include_tax", "store", "memo", "total"}

// parse reads the rows of a document, at least one, with all mistakes in them.
func parse(in *csvfile.Reader, rows []csvfile.Row) *document {
	first := rows[0]
	d := &document{rows: rows, kind: model.DocumentKind(strings.ToLower(first.Get("kind"))), ref: first.Get("document"), state: strings.ToLower(first.Get("state")),
		partyRef: first.Get("party_ref"), partyMail: first.Get("party_email"), partyName: strings.Join(strings.Fields(first.Get("party")), " ")}
	for _, row := range rows {
		misshapen := row.Mistakes()
		if d.wrong = append(d.wrong, misshapen...); len(misshapen) > 0 {
			continue // with a missing or an extra cell, values may be in the wrong columns
		}
		for _, column := range ofDocument {
			if cell := row.Get(column); cell != "" && cell != first.Get(column) {
				d.mistake(row, column, "is another than in line %d, where the document begins", first.Line)
			}
		}
		d.items = append(d.items, d.item(in, row))
	}
	if len(d.items) < len(rows) {
		return d
	}
	if !d.kind.IsValid() {
		d.mistake(first, "kind", "must be invoice, bill, credit_note or vendor_credit_note")
	}
	if d.ref == "" {
		d.mistake(first, "document", "must be given: it is the document's reference")
	}
	if _, known := forward[d.state]; !known {
		d.mistake(first, "state", "must be draft, approved or void")
	}
	if d.partyRef+d.partyMail+d.partyName == "" {
		d.mistake(first, "party", "must be given, or party_email or party_ref")
	}
	d.issuedOn, d.dueOn = d.date(first, "issued_on"), d.date(first, "due_on")
	if d.kind.IsValid() && !d.kind.HasDueDate() && d.dueOn != nil {
		d.mistake(first, "due_on", "must be empty: a %s falls due with its issue", d.kind.Title())
	}
	if cell := first.Get("currency"); cell != "" {
		d.currency = &cell
	}
	d.fxRate = d.decimal(first, "fx_rate")
	if cell := strings.ToLower(first.Get("prices_include_tax")); cell != "" {
		with, known := yes[cell]
		if d.pricesIncludeTax = &with; !known {
			d.mistake(first, "prices_include_tax", "must be yes or no")
		}
	}
	if in.Has("store") {
		cell := first.Get("store")
		d.store = &cell
	}
	if in.Has("memo") {
		cell := first.Get("memo")
		d.memo = &cell
	}
	d.total = d.decimal(first, "total")
	return d
}

func (d *document) item(in *csvfile.Reader, row csvfile.Row) (it item) {
	for column, field := range map[string]**string{"product": &it.product, "account": &it.account, "item_store": &it.store} {
		if in.Has(column) {
			cell := row.Get(column)
			*field = &cell
		}
	}
	if cell := row.Get("description"); cell != "" {
		it.description = &cell
	}
	it.quantity, it.unitPrice = d.decimal(row, "quantity"), d.decimal(row, "unit_price")
	if in.Has("discount") {
		it.discount = d.discount(row)
	}
	if in.Has("taxes") {
		it.taxes = taxes(row.Get("taxes"))
	}
	return it
}

// discount returns the discount in a row's cell.
func (d *document) discount(row csvfile.Row) *discount {
	cell, percent := strings.CutSuffix(row.Number("discount"), "%")
	if cell == "" && !percent {
		return &discount{}
	}
	number, err := model.ParseDecimal(strings.TrimSpace(cell))
	switch {
	case err != nil:
		d.mistake(row, "discount", "must be a number of the form 5.00, or 10%% with a sign of percent%s", row.OtherSign("discount"))
		return &discount{}
	case percent:
		return &discount{percentage: &number}
	}
	return &discount{amount: &number}
}

// taxes returns the entries of a cell, which semicolons separate, without the backslashes of escaped characters.
func taxes(cell string) []tax {
	list := []tax{}
	var text strings.Builder
	add := func() {
		if entry := strings.TrimSpace(text.String()); entry != "" {
			t := tax{text: entry, name: entry}
			if at := strings.LastIndexByte(entry, '@'); at >= 0 {
				if percentage, err := model.ParseDecimal(entry[at+1:]); err == nil {
					t.name, t.percentage = strings.TrimSpace(entry[:at]), &percentage
				}
			}
			list = append(list, t)
		}
		text.Reset()
	}
	escaped := false
	for _, r := range cell {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == ';':
			add()
			continue
		}
		escaped = false
		text.WriteRune(r)
	}
	add()
	return list
}

func (d *document) mistake(row csvfile.Row, column, format string, args ...any) {
	d.wrong = append(d.wrong, csvfile.Mistake{Line: row.Line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// date returns the date in a cell, nil if it is empty.
func (d *document) date(row csvfile.Row, column string) *model.Date {
	cell := row.Date(column)
	if cell == "" {
		return nil
	}
	var day model.Date
	if day.UnmarshalGQL(cell) != nil {
		d.mistake(row, column, "%s", row.NoDate())
		return nil
	}
	return &day
}

// decimal returns the number in a cell, nil if it is empty.
func (d *document) decimal(row csvfile.Row, column string) *model.Decimal {
	cell := row.Number(column)
	if cell == "" {
		return nil
	}
	number, err := model.ParseDecimal(cell)
	if err != nil {
		d.mistake(row, column, "must be a number of the form 1234.50%s", row.OtherSign(column))
		return nil
	}
	return &number
}

// maxItems is how many items a document has at most, by the rules of the write side.
const maxItems = 2000

// documents groups the rows of a file into documents. It keeps a hash of each, about 40 bytes, to find repeated ones.
type documents struct {
	in   *csvfile.Reader
	held *csvfile.Row // the first row of the next document
	end  error
	seen map[[16]byte]bool
}

// next returns up to batch documents, and with the last of them io.EOF or the error that ends the file. A document in which
// the file breaks off is not returned.
func (f *documents) next() (list []*document, err error) {
	for len(list) < batch {
		rows := f.rows()
		if len(rows) == 0 || f.end != nil && !errors.Is(f.end, io.EOF) {
			return list, f.end
		}
		d := parse(f.in, rows)
		unique := string(d.kind) + " " + d.ref
		if d.kind.OfVendor() {
			unique += "\n" + d.partyRef + "\n" + d.partyMail + "\n" + d.partyName
		}
		hash := sha256.Sum256([]byte(unique))
		key := [16]byte(hash[:16])
		if d.ref != "" && f.seen[key] {
			d.mistake(rows[0], "document", "is in the file already: all rows of a document follow each other, at most %d", maxItems)
		}
		f.seen[key] = true
		list = append(list, d)
	}
	return list, nil
}

// rows returns the rows of the next document.
func (f *documents) rows() (rows []csvfile.Row) {
	if f.held != nil {
		rows = append(rows, *f.held)
		f.held = nil
	}
	for f.end == nil && len(rows) <= maxItems { // one more than allowed, which the write side rejects
		row, err := f.in.Next()
		if err != nil {
			f.end = err
			break
		}
		same := len(rows) == 0 || identity(rows[0]) == identity(row) && row.Get("document") != "" && !otherVendor(rows[0], row)
		if !same {
			f.held = &row
			break
		}
		rows = append(rows, row)
	}
	return rows
}

func identity(row csvfile.Row) [2]string {
	return [2]string{strings.ToLower(row.Get("kind")), row.Get("document")}
}

// otherVendor reports whether a row begins a document of another vendor, whose documents have numbers of their own.
func otherVendor(first, row csvfile.Row) bool {
	if !model.DocumentKind(strings.ToLower(row.Get("kind"))).OfVendor() {
		return false
	}
	for _, column := range []string{"party", "party_email", "party_ref"} {
		if cell := row.Get(column); cell != "" && cell != first.Get(column) {
			return true
		}
	}
	return false
}
