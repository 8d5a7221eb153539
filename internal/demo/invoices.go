package demo

import (
	"fmt"
	"time"
)

// invoice is a document of any kind, not only an invoice.
type invoice struct {
	id                     int64
	kind                   string // as in the database
	party                  int64
	currency, state, memo  string
	ref                    *string
	issued, due            time.Time // days
	created                time.Time
	approved, sent, voided *time.Time
	items                  []item
	total                  int64 // with taxes, minor units
}

type item struct {
	product     *int64
	account     string // its code; empty for the account of the document's kind
	description string
	quantity    int64 // thousandths
	price, net  int64 // minor units
	taxes       []int // indexes of the business's tax rates
}

var memos = []string{"Thank you for your order.", "Second delivery follows.", "As agreed by phone.", "Replaces the lost parcel.", "Net price, no discount."}

// deal invents the invoices of one customer's order: mostly one, sometimes two or three, at most the given number.
func (b *business) deal(most int) []*invoice {
	customer, currency := b.customers[b.skewed(len(b.customers))], b.currency()
	invoices := make([]*invoice, min(most, b.few(76, 14, 10)))
	for i := range invoices {
		invoices[i] = b.invoice(customer, currency)
	}
	return invoices
}

// invoice invents the next invoice. In their order, invoices are spread over the business's history.
func (b *business) invoice(customer int64, currency string) *invoice {
	n := b.invoices
	b.invoices++
	const span = (history - 1) * 24 * time.Hour
	age := time.Duration(float64(span) * float64(n) / float64(b.size.Invoices))
	created := b.began().AddDate(0, 0, 1).Add(age).Truncate(time.Second)
	inv := &invoice{
		kind: "invoice", party: customer, currency: currency, state: "draft", created: created, issued: created.Truncate(24 * time.Hour),
	}
	inv.due = inv.issued.AddDate(0, 0, pick(b.random, 0, 7, 14, 14, 30, 30, 30, 60))
	if b.chance(20) {
		inv.memo = pick(b.random, memos...)
	}
	if b.chance(6) {
		inv.ref = new(fmt.Sprintf("PO-%07d", n+1))
	}
	for range b.few(35, 22, 14, 9, 6, 4, 3, 2, 2, 1, 1, 1) {
		inv.items = append(inv.items, b.item(currency))
	}
	if n := len(inv.items); n > 2 && n < 12 && b.chance(20) {
		inv.discount()
	}
	b.add(inv)
	b.decide(inv)
	return inv
}

// add computes the document's total.
func (b *business) add(inv *invoice) {
	inv.total = 0
	for _, it := range inv.items {
		inv.total += it.net
		for _, t := range it.taxes {
			inv.total += divide(it.net*b.taxes[t].percentage, 100_0000)
		}
	}
}

func (b *business) item(currency string) item {
	sold := b.products[currency]
	p := &sold[b.skewed(len(sold))]
	it := item{product: &p.id, description: p.name, quantity: int64(b.between(1, 9)) * 1000, price: p.price}
	if b.chance(15) {
		it.quantity = int64(b.between(1, 96)) * 125
	}
	if b.chance(10) { // agreed upon, not from the list
		it.price = max(1, divide(p.price*int64(b.between(80, 110)), 100))
	}
	if b.chance(3) {
		it.product, it.description = nil, "Delivery to "+b.fake.City()
	}
	it.net = divide(it.quantity*it.price, 1000)
	if p.tax >= 0 {
		it.taxes = append(it.taxes, p.tax)
	}
	if b.chance(8) { // a levy comes on top
		it.taxes = append(it.taxes, len(b.taxes)-1)
	}
	return it
}

// discount adds an item that takes 5 % off.
func (inv *invoice) discount() {
	var net int64
	for _, it := range inv.items {
		net += it.net
	}
	if off := divide(net, 20); off > 0 {
		inv.items = append(inv.items, item{description: "Discount 5 %", quantity: 1000, price: -off, net: -off, taxes: inv.items[0].taxes})
	}
}

// decide chooses the invoice's state: draft, approved, approved and sent, or void.
func (b *business) decide(inv *invoice) {
	fate := b.few(8, 12, 76, 4) // draft, approved, sent, void
	if fate == 1 {
		return
	}
	inv.state, inv.approved = "approved", new(inv.created.Add(10*time.Minute))
	if fate == 3 {
		inv.sent = new(inv.approved.Add(5 * time.Minute))
	}
	if fate == 4 {
		inv.state, inv.voided = "void", new(inv.approved.Add(time.Hour))
	}
}

// changed returns when the invoice last changed, and its version.
func (inv *invoice) changed() (at time.Time, version int) {
	at, version = inv.created, 1
	for _, step := range []*time.Time{inv.approved, inv.sent, inv.voided} {
		if step != nil {
			at = *step
			version++
		}
	}
	return at, version
}
