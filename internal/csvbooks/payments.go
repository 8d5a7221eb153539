package csvbooks

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

var paymentColumns = []csvfile.Column{
	{Name: "external_ref", Required: true}, {Name: "amount", Required: true}, {Name: "role"}, {Name: "direction"}, {Name: "party"}, {Name: "party_email"},
	{Name: "party_ref"}, {Name: "paid_on", Mapped: true}, {Name: "method"}, {Name: "account"}, {Name: "store"}, {Name: "reference"}, {Name: "currency"}, {Name: "fx_rate"},
	{Name: "documents"},
}

// paymentFields has the fields of the input by column, beside those of the party and of documents.
var paymentFields = map[string]string{
	"external_ref": "externalRef", "amount": "amount", "direction": "direction", "paid_on": "paidOn", "method": "method", "account": "accountId", "store": "storeId",
	"reference": "reference", "currency": "currency", "fx_rate": "fxRate", "documents": "allocations",
}

// payment is one row of a file.
type payment struct {
	// document has the row, the mistakes in it, the party, the store and the account, which are looked up as those of a document.
	document
	ref       string
	role      string // customer or vendor
	direction model.PaymentDirection
	input     model.PaymentRecordInput
	instant   time.Time // when it was paid, where the row says that instead of a day
	settles   []settled
	misshapen bool
}

// settled is a document that a payment settles; a nil amount is all of the payment.
type settled struct {
	ref    string
	amount *model.Decimal
}

// Payments imports a file of payments. A payment is recognised by its external reference: one that is recorded with the same party,
// amount and currency, and on the same day where the file says which, is unchanged, and one that differs is refused. Counts and errors
// are as in Documents.
func (im *Import) Payments(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, im.Format, paymentColumns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	lines := map[string]int{}
	next := func() (list []*payment, err error) {
		for len(list) < accountBatch {
			row, err := in.Next()
			if err != nil {
				return list, err
			}
			p := parsePayment(row)
			if before, twice := lines[p.ref]; twice && p.ref != "" {
				p.mistake(row, "external_ref", "is that of line %d too", before)
			}
			lines[p.ref] = row.Line
			list = append(list, p)
		}
		return list, nil
	}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[*payment]{
		Next: next, Offset: in.Offset,
		Save: func(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*payment) (csvimport.Batch, error) {
			return batchOf(im.payments(ctx, store, db, list))
		},
	})
}

// parsePayment reads a row with all mistakes in it.
func parsePayment(row csvfile.Row) *payment {
	p := &payment{role: "customer", direction: model.PaymentDirectionIn}
	p.rows, p.wrong = []csvfile.Row{row}, row.Mistakes()
	if p.misshapen = len(p.wrong) > 0; p.misshapen {
		return p
	}
	if p.ref = canonical.Reference(valid(row.Get("external_ref"))); p.ref == "" {
		p.mistake(row, "external_ref", "must be given: it is how the payment is known again")
	}
	p.partyRef, p.partyMail, p.partyName = row.Get("party_ref"), row.Get("party_email"), strings.Join(strings.Fields(row.Get("party")), " ")
	if p.partyRef+p.partyMail+p.partyName == "" {
		p.mistake(row, "party", "must be given, or party_email or party_ref")
	}
	switch strings.ToLower(row.Get("role")) {
	case "", "customer":
	case "vendor":
		p.role, p.direction = "vendor", model.PaymentDirectionOut
	default:
		p.mistake(row, "role", "must be customer or vendor")
	}
	if cell := row.Get("direction"); cell != "" {
		if direction := model.PaymentDirection(strings.ToUpper(cell)); direction.IsValid() {
			p.direction = direction
		} else {
			p.mistake(row, "direction", "must be in or out")
		}
	}
	p.parseInput(row)
	account, store := row.Get("account"), row.Get("store")
	p.items = []item{{account: &account}}
	p.store = &store
	p.settles = p.parseDocuments(row)
	return p
}

// parseInput reads what needs no record.
func (p *payment) parseInput(row csvfile.Row) {
	p.input.ExternalRef, p.input.Direction = graphql.OmittableOf(&p.ref), graphql.OmittableOf(&p.direction)
	if amount := p.decimal(row, "amount"); amount != nil {
		p.input.Amount = *amount
	} else if row.Get("amount") == "" {
		p.mistake(row, "amount", "must be given")
	}
	if rate := p.decimal(row, "fx_rate"); rate != nil {
		p.input.FxRate = graphql.OmittableOf(rate)
	}
	if instant, _, read := row.Time("paid_on"); read && !instant.IsZero() {
		p.instant = instant
	} else if day := p.date(row, "paid_on"); day != nil {
		p.input.PaidOn = graphql.OmittableOf(day)
	}
	if cell := row.Get("method"); cell != "" {
		method := model.PaymentMethod(strings.ToUpper(cell))
		if p.input.Method = graphql.OmittableOf(&method); !method.IsValid() {
			p.mistake(row, "method", "must be bank, card, cash or other")
		}
	}
	if cell := row.Get("reference"); cell != "" {
		p.input.Reference = graphql.OmittableOf(&cell)
	}
	if cell := strings.ToUpper(row.Get("currency")); cell != "" {
		p.input.Currency = graphql.OmittableOf(&cell)
	}
}

// parseDocuments reads what a payment settles: references with amounts, between semicolons.
func (p *payment) parseDocuments(row csvfile.Row) (list []settled) {
	for entry := range strings.SplitSeq(row.Get("documents"), ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		s := settled{ref: entry}
		if at := strings.LastIndexByte(entry, '='); at >= 0 {
			amount, err := model.ParseDecimal(row.NumberIn(strings.TrimSpace(entry[at+1:])))
			if err != nil {
				p.mistake(row, "documents", "the amount of %q must be a number of the form 1234.50", entry)
			}
			s = settled{ref: strings.TrimSpace(entry[:at]), amount: &amount}
		}
		s.ref = valid(s.ref)
		list = append(list, s)
	}
	if len(list) > 1 && slices.ContainsFunc(list, func(s settled) bool { return s.amount == nil }) {
		p.mistake(row, "documents", "must say how much of each, as INV-1=10.00; INV-2=5.50")
	}
	return list
}

// kind returns what documents the payment settles.
func (p *payment) kind() model.DocumentKind {
	switch {
	case p.role == "customer" && p.direction == model.PaymentDirectionIn:
		return model.DocumentKindInvoice
	case p.role == "customer":
		return model.DocumentKindCreditNote
	case p.direction == model.PaymentDirectionOut:
		return model.DocumentKindBill
	}
	return model.DocumentKindVendorCreditNote
}

// payments saves a batch of payments and returns the outcome of each.
func (im *Import) payments(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*payment) ([]outcome, error) {
	found, err := im.findPayments(ctx, db, list)
	if err != nil {
		return nil, err
	}
	var done []outcome
	for _, p := range list {
		o := outcome{refused, p.rows, p.wrong}
		if !p.misshapen {
			if o, err = im.payment(ctx, store, p, found); err != nil {
				return nil, err
			}
		}
		done = append(done, o)
	}
	return done, nil
}

// payment saves one payment. All that is wrong with it is reported together.
func (im *Import) payment(ctx context.Context, store *canonical.Store, p *payment, found *foundPayments) (outcome, error) {
	in, missing := p.refer(found)
	wrong := slices.Concat(p.wrong, missing)
	if old, recorded := found.recorded[p.ref]; recorded && len(wrong) == 0 {
		if p.same(in, old) {
			return outcome{unchanged, p.rows, nil}, nil
		}
		return outcome{refused, p.rows, []csvfile.Mistake{{Line: p.rows[0].Line, Column: "external_ref", Message: "is in use for another payment"}}}, nil
	}
	var unread []model.UserError
	for _, m := range wrong {
		unread = append(unread, model.UserError{Path: p.field(m.Column), Code: model.UserErrorCodeInvalid, Message: m.Message})
	}
	ctx = canonical.WithMistakes(ctx, unread)
	o, err := attempt(ctx, store, p.rows, p.place, func(store *canonical.Store) (result, error) {
		_, err := store.PaymentRecord(ctx, im.Actor, in)
		return created, err
	})
	if err != nil || o.result != refused {
		return o, err
	}
	for _, m := range o.wrong {
		if !slices.ContainsFunc(wrong, func(own csvfile.Mistake) bool { return own.Message == m.Message || own.Column == m.Column }) {
			wrong = append(wrong, m)
		}
	}
	return outcome{refused, p.rows, wrong}, nil
}

// field returns the field of the input that a column is of.
func (p *payment) field(column string) string {
	if field, known := paymentFields[column]; known {
		return field
	}
	return p.role + "Id" // the role, and the party in one of three columns
}

// place returns the line and the column of an input field.
func (p *payment) place(path string) (line int, column string) {
	field, _, _ := strings.Cut(path, ".")
	for column, of := range paymentFields {
		if of == field {
			return p.rows[0].Line, column
		}
	}
	if field == "customerId" || field == "vendorId" {
		return p.rows[0].Line, "party"
	}
	return p.rows[0].Line, ""
}

// same reports whether a recorded payment is the row's, in what the row says.
func (p *payment) same(in model.PaymentRecordInput, old recordedPayment) bool {
	party := in.CustomerID.Value()
	if p.role == "vendor" {
		party = in.VendorID.Value()
	}
	day, code := in.PaidOn.Value(), in.Currency.Value()
	return old.PartyRole == p.role && strings.EqualFold(old.Direction, string(p.direction)) && party != nil && old.PartyID == party.Key &&
		old.Amount.Equal(in.Amount.Decimal) && (day == nil || day.Equal(old.PaidOn.Time)) && (code == nil || *code == old.Currency)
}

// refer returns the input with the records that the row refers to, and the mistakes where there is no such record.
func (p *payment) refer(found *foundPayments) (in model.PaymentRecordInput, missing []csvfile.Mistake) {
	in = p.input
	note := func(column, message string) {
		missing = append(missing, csvfile.Mistake{Line: p.rows[0].Line, Column: column, Message: message})
	}
	var party model.ID
	if p.partyRef+p.partyMail+p.partyName != "" {
		id, wrong := found.references.party(&p.document)
		if missing = append(missing, wrong...); len(wrong) == 0 {
			party = id
			if p.role == "vendor" {
				in.VendorID = graphql.OmittableOf(&party)
			} else {
				in.CustomerID = graphql.OmittableOf(&party)
			}
		}
	}
	if code := *p.items[0].account; code != "" {
		id := master(found.references.accounts[strings.ToLower(code)], "Account")
		if in.AccountID = graphql.OmittableOf(id); id == nil {
			note("account", "no account has the code "+strconv.Quote(code))
		}
	}
	if name := *p.store; name != "" {
		id := master(found.references.stores[strings.ToLower(name)], "Store")
		if in.StoreID = graphql.OmittableOf(id); id == nil {
			note("store", "no store is called "+strconv.Quote(name))
		}
	}
	if day, known := found.days[p]; known {
		in.PaidOn = graphql.OmittableOf(&day)
	}
	allocations := []model.PaymentAllocationInput{}
	for _, s := range p.settles {
		of := documentOf{p.kind(), party.Key, s.ref}
		key, known := found.documents[of]
		if found.ambiguous[of] {
			note("documents", strconv.Quote(s.ref)+" is the reference of one "+p.kind().Title()+" and the number of another")
			continue
		}
		if !known {
			note("documents", "the party has no "+p.kind().Title()+" "+strconv.Quote(s.ref))
			continue
		}
		a := model.PaymentAllocationInput{Amount: in.Amount}
		if s.amount != nil {
			a.Amount = *s.amount
		}
		id := graphql.OmittableOf(&model.ID{Type: p.kind().Node(), Key: key})
		switch p.kind() {
		case model.DocumentKindInvoice:
			a.InvoiceID = id
		case model.DocumentKindCreditNote:
			a.CreditNoteID = id
		case model.DocumentKindBill:
			a.BillID = id
		default:
			a.VendorCreditNoteID = id
		}
		allocations = append(allocations, a)
	}
	if len(allocations) > 0 {
		in.Allocations = graphql.OmittableOf(allocations)
	}
	return in, missing
}
