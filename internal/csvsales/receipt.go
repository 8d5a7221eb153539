package csvsales

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

var columns = []csvfile.Column{
	{Name: "external_ref", Required: true}, {Name: "occurred_at", Required: true}, {Name: "amount"}, {Name: "kind"}, {Name: "currency"}, {Name: "person_ref"},
	{Name: "refund_of"}, {Name: "prices_include_tax"}, {Name: "product"}, {Name: "description"}, {Name: "quantity"}, {Name: "unit_price"}, {Name: "discount"},
	{Name: "taxes"}, {Name: "refunded_line"}, {Name: "tender"}, {Name: "tender_amount"},
}

var (
	// ofSale are the columns that have the same value in all rows of a sale, beside its reference.
	ofSale = []string{"occurred_at", "amount", "kind", "currency", "person_ref", "refund_of", "prices_include_tax"}
	// ofLine are the columns of a line, and ofTender those of a tender.
	ofLine   = []string{"product", "description", "quantity", "unit_price", "discount", "refunded_line"}
	ofTender = []string{"tender", "tender_amount"}
	ofRow    = slices.Concat(ofLine, ofTender, []string{"taxes"})
)

// receipt is one sale of a file.
type receipt struct {
	rows             []csvfile.Row
	sale             model.SaleInput
	person, refundOf string
	wall             string // when it was by the store's clock; empty where the file says in which zone
	lines            []line
	tenders          []int // the place of each tender's row
	// misshapen are mistakes in the form of the rows, whose cells are not read then; wrong are those in their cells; unknown are
	// references to nothing; late are those that the write side returns.
	misshapen, wrong, unknown, late []csvfile.Mistake
}

// line is what a row says of a line beside its values.
type line struct {
	row      int
	product  string
	taxes    []string // nil: no such column
	refunded int      // 0: none
}

// receipts groups the rows of a file into sales.
type receipts struct {
	in *csvfile.Reader
	// several is whether a sale may have several rows.
	several bool
	// begun has the lines in which sales of several rows begin, by a hash of their references.
	begun map[[16]byte]int
	held  *csvfile.Row // the first row of the next sale
	end   error
}

// next returns a batch of sales, and with the last of them io.EOF or the error that ends the file. A sale in which the file breaks
// off is not returned.
func (f *receipts) next() (list []receipt, err error) {
	for lines := 0; len(list) < batch && lines < batchLines; {
		rows := f.rows()
		if len(rows) == 0 || f.several && f.end != nil && !errors.Is(f.end, io.EOF) {
			return list, f.end
		}
		lines += len(rows)
		list = append(list, parse(f.in, rows))
		f.begin(&list[len(list)-1])
	}
	return list, nil
}

// begin notes where a sale of several rows begins. Another one of the same reference is a mistake, though it be equal: its rows may be
// other lines of the first.
func (f *receipts) begin(r *receipt) {
	ref := r.sale.ExternalRef.Value()
	if !f.several || ref == nil || *ref == "" {
		return
	}
	hash := sha256.Sum256([]byte(canonical.Reference(*ref)))
	key := [16]byte(hash[:16])
	if line, twice := f.begun[key]; twice {
		r.mistake(r.rows[0], "external_ref", "is that of line %d too: all rows of a sale follow each other", line)
		return
	}
	f.begun[key] = r.rows[0].Line
}

// rows returns the rows of the next sale.
func (f *receipts) rows() (rows []csvfile.Row) {
	if f.held != nil {
		rows = append(rows, *f.held)
		f.held = nil
	}
	for f.end == nil {
		row, err := f.in.Next()
		if err != nil {
			f.end = err
			break
		}
		if len(rows) > 0 && (!f.several || row.Get("external_ref") == "" || row.Get("external_ref") != rows[0].Get("external_ref")) {
			f.held = &row
			break
		}
		if rows = append(rows, row); !f.several {
			break
		}
	}
	return rows
}

// mistake notes what is wrong in a cell.
func (r *receipt) mistake(row csvfile.Row, column, format string, args ...any) {
	r.wrong = append(r.wrong, csvfile.Mistake{Line: row.Line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// missing notes that a cell refers to nothing.
func (r *receipt) missing(row csvfile.Row, column, format string, args ...any) {
	r.unknown = append(r.unknown, csvfile.Mistake{Line: row.Line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// parse reads the rows of a sale, at least one, with all mistakes in them.
func parse(in *csvfile.Reader, rows []csvfile.Row) receipt {
	r := receipt{rows: rows}
	for _, row := range rows {
		r.misshapen = append(r.misshapen, row.Mistakes()...)
	}
	if len(r.misshapen) > 0 {
		return r // with a missing or an extra cell, values may be in the wrong columns
	}
	r.parseSale(rows[0])
	var lines []model.SaleLineInput
	var tenders []model.SaleTenderInput
	for i, row := range rows {
		for _, column := range ofSale {
			if cell := row.Get(column); cell != "" && cell != rows[0].Get(column) {
				r.mistake(rows[0], column, "is another in line %d, which is of the same sale", row.Line)
			}
		}
		if slices.ContainsFunc(ofLine, func(column string) bool { return row.Get(column) != "" }) {
			r.lines = append(r.lines, line{row: i})
			lines = append(lines, r.parseLine(in, row))
		}
		if slices.ContainsFunc(ofTender, func(column string) bool { return row.Get(column) != "" }) {
			r.tenders = append(r.tenders, i)
			tenders = append(tenders, r.parseTender(row))
		}
	}
	if lines != nil {
		r.sale.Lines = graphql.OmittableOf(lines)
	}
	if tenders != nil {
		r.sale.Tenders = graphql.OmittableOf(tenders)
	}
	return r
}

// parseSale reads the columns of a sale.
func (r *receipt) parseSale(row csvfile.Row) {
	ref := row.Text("external_ref")
	if ref == "" {
		r.mistake(row, "external_ref", "must be given: it is how the row is known again")
	}
	r.sale.ExternalRef = graphql.OmittableOf(&ref)
	var read bool
	if r.sale.OccurredAt, r.wall, read = row.Time("occurred_at"); !read {
		r.mistake(row, "occurred_at", "must be a time, such as 2006-01-02T15:04:05+09:30, or 2006-01-02 15:04:05 in the store's zone")
	}
	switch strings.ToLower(row.Get("kind")) {
	case "", "sale":
		r.sale.Kind = model.SaleKindSale
	case "refund":
		r.sale.Kind = model.SaleKindRefund
	default:
		r.mistake(row, "kind", "must be sale or refund")
	}
	r.sale.Amount = r.amount(row, "amount")
	if currency := row.Get("currency"); currency != "" {
		r.sale.Currency = graphql.OmittableOf(&currency)
	}
	switch strings.ToLower(row.Get("prices_include_tax")) {
	case "", "no":
	case "yes":
		r.sale.PricesIncludeTax = true
	default:
		r.mistake(row, "prices_include_tax", "must be yes or no")
	}
	r.person, r.refundOf = row.Text("person_ref"), row.Text("refund_of")
}

// parseLine reads the columns of the last line of the sale.
func (r *receipt) parseLine(in *csvfile.Reader, row csvfile.Row) (input model.SaleLineInput) {
	l := &r.lines[len(r.lines)-1]
	l.product = row.Text("product")
	if description := row.Get("description"); description != "" {
		input.Description = graphql.OmittableOf(&description)
	}
	input.Quantity = r.number(row, "quantity", "must be a number such as 1.5")
	input.UnitPrice = r.number(row, "unit_price", "must be a number such as 10.50")
	if cell, percent := strings.CutSuffix(row.Number("discount"), "%"); percent || cell != "" {
		off, err := model.ParseDecimal(strings.TrimSpace(cell))
		switch {
		case err != nil:
			r.mistake(row, "discount", "must be a number such as 5.00, or 10%% with a sign of percent%s", row.OtherSign("discount"))
		case percent:
			input.DiscountPercentage = graphql.OmittableOf(&off)
		default:
			input.Discount = graphql.OmittableOf(&off)
		}
	}
	if cell := row.Get("refunded_line"); cell != "" {
		number, err := strconv.Atoi(cell)
		if err != nil || number < 1 {
			r.mistake(row, "refunded_line", "must be the number of a line, from 1")
		}
		l.refunded = max(number, 0)
	} else if in.Has("taxes") {
		l.taxes = []string{}
		for name := range strings.SplitSeq(row.Text("taxes"), ";") {
			if name = strings.TrimSpace(name); name != "" {
				l.taxes = append(l.taxes, name)
			}
		}
	}
	return input
}

// parseTender reads the columns of a tender.
func (r *receipt) parseTender(row csvfile.Row) (input model.SaleTenderInput) {
	if input.Tender = model.Tender(strings.ToUpper(row.Get("tender"))); !input.Tender.IsValid() {
		r.mistake(row, "tender", "must be cash, card, voucher or other")
	}
	amount := r.amount(row, "tender_amount").Value()
	if amount == nil {
		amount = r.sale.Amount.Value()
	}
	if amount == nil {
		r.mistake(row, "tender_amount", "must be given where the sale has no amount")
		return input
	}
	input.Amount = *amount
	return input
}

// amount reads what was paid, or given back, which some systems write as a negative amount.
func (r *receipt) amount(row csvfile.Row, column string) graphql.Omittable[*model.Decimal] {
	amount := r.number(row, column, "must be a number such as 10.50")
	if value := amount.Value(); value != nil && r.sale.Kind == model.SaleKindRefund {
		value.Decimal = value.Abs()
	}
	return amount
}

// number reads the number in a cell; an empty one gives none.
func (r *receipt) number(row csvfile.Row, column, message string) (number graphql.Omittable[*model.Decimal]) {
	cell := row.Number(column)
	if cell == "" {
		return number
	}
	value, err := model.ParseDecimal(cell)
	if err != nil {
		r.mistake(row, column, "%s%s", message, row.OtherSign(column))
	}
	return graphql.OmittableOf(&value)
}

// Fields of the input by column, of a sale, of its lines and of its tenders.
var (
	saleFields = map[string]string{
		"external_ref": "externalRef", "occurred_at": "occurredAt", "amount": "amount", "kind": "kind", "currency": "currency", "person_ref": "personId",
		"refund_of": "refundOfId", "prices_include_tax": "pricesIncludeTax",
	}
	lineFields = map[string]string{
		"product": "productId", "description": "description", "quantity": "quantity", "unit_price": "unitPrice", "discount": "discount",
		"taxes": "taxRateIds", "refunded_line": "refundedLineId",
	}
	tenderFields = map[string]string{"tender": "tender", "tender_amount": "amount"}
)

// field returns the path of a cell below its sale.
func (r *receipt) field(m csvfile.Mistake) string {
	row := slices.IndexFunc(r.rows, func(row csvfile.Row) bool { return row.Line == m.Line })
	if field, found := lineFields[m.Column]; found {
		return fmt.Sprintf("lines.%d.%s", slices.IndexFunc(r.lines, func(l line) bool { return l.row == row }), field)
	}
	if field, found := tenderFields[m.Column]; found {
		return fmt.Sprintf("tenders.%d.%s", slices.Index(r.tenders, row), field)
	}
	return saleFields[m.Column]
}

var path = regexp.MustCompile(`^sales\.(\d+)\.(.+)$`)

// placeOf returns which of the sales that were sent a path is of, and the path below that.
func placeOf(field string) (place int, below string) {
	m := path.FindStringSubmatch(field)
	if m == nil {
		return 0, ""
	}
	place, _ = strconv.Atoi(m[1])
	return place, m[2]
}

var pathOfPart = regexp.MustCompile(`^(lines|tenders)\.(\d+)\.(\w+)`)

// mistakeAt returns a mistake that the write side found at a path below the sale.
func (r *receipt) mistakeAt(below, message string) csvfile.Mistake {
	if below == "tenders" && len(r.tenders) > 0 { // what all of them come to
		below = "tenders.0.amount"
	}
	row, field, of := 0, below, saleFields
	if m := pathOfPart.FindStringSubmatch(below); m != nil {
		part, _ := strconv.Atoi(m[2])
		field, of = m[3], lineFields
		switch {
		case m[1] == "tenders":
			if of = tenderFields; part < len(r.tenders) {
				row = r.tenders[part]
			}
		case part < len(r.lines):
			row = r.lines[part].row
		}
	}
	if field == "discountPercentage" {
		field = "discount"
	}
	found := csvfile.Mistake{Line: r.rows[row].Line, Message: message}
	for column, name := range of {
		if name == field {
			found.Column = column
		}
	}
	return found
}
