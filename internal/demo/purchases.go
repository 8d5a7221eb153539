package demo

import (
	"fmt"
	"time"
)

// supplies are the items of bills, with the code of the account that they are booked on; empty is the one for purchases.
var supplies = []struct{ what, account string }{
	{"Goods for sale", ""}, {"Packaging", ""}, {"Freight", "5100"}, {"Electricity", "6110"}, {"Advertisement", "6300"}, {"Repair of the till", "6450"},
}

// purchases invents the next n bills, and payments of most of them.
func (b *business) purchases(n int) (bills []*invoice, payments []*payment) {
	for range n {
		vendor, currency := b.vendors[b.skewed(len(b.vendors))], b.currency()
		age := time.Duration(float64((history-1)*24*time.Hour) * float64(b.bills) / float64(b.size.Invoices/6+1))
		b.bills++
		created := b.began().AddDate(0, 0, 1).Add(age).Truncate(time.Second)
		bill := &invoice{
			kind: "bill", party: vendor, currency: currency, state: "draft", created: created, issued: created.Truncate(24 * time.Hour),
			ref: new(fmt.Sprintf("V%d-%05d", vendor, b.bills)),
		}
		bill.due = bill.issued.AddDate(0, 0, pick(b.random, 14, 30, 30, 60))
		for range b.few(50, 30, 20) {
			supply := pick(b.random, supplies...)
			it := item{description: supply.what, account: supply.account, quantity: int64(b.between(1, 40)) * 1000, price: b.worth(4, 90, currency)}
			it.net = divide(it.quantity*it.price, 1000)
			if b.chance(80) {
				it.taxes = []int{0}
			}
			bill.items = append(bill.items, it)
		}
		b.add(bill)
		b.decide(bill)
		bill.sent = nil
		bills = append(bills, bill)
		paid := bill.issued.AddDate(0, 0, b.between(5, 40))
		if bill.state != "approved" || !paid.Before(b.today) || b.chance(15) {
			continue
		}
		amount := bill.total
		if b.chance(10) {
			amount = bill.total*int64(b.between(30, 70))/100 + 1
		}
		payments = append(payments, &payment{
			direction: "out", role: "vendor", party: vendor, currency: currency, amount: amount, paid: paid, method: "bank",
			allocations: []allocation{{bill, amount}},
		})
	}
	return bills, payments
}

// worth chooses a price between two amounts of base units, in minor units of the currency.
func (b *business) worth(least, most int, currency string) int64 {
	return max(5, int64(float64(b.between(least*100, most*100))*minor[currency]/100)/5*5)
}

// credit is the allocation of a credit note to an invoice.
type credit struct {
	note, invoice *invoice
	amount        int64 // minor units
}

// credits invents credit notes for returned items of some approved invoices. A credit note is allocated to the invoice up
// to what is open of it; the rest is refunded, or left as the customer's credit.
func (b *business) credits(invoices []*invoice, payments []*payment) (notes []*invoice, refunds []*payment, credits []credit) {
	settled := map[*invoice]int64{}
	for _, p := range payments {
		for _, a := range p.allocations {
			if p.voided == nil {
				settled[a.invoice] += a.amount
			}
		}
	}
	for i, inv := range invoices {
		created := inv.created.AddDate(0, 0, b.between(3, 20))
		wanted := b.chance(6) || i == 0
		if inv.state != "approved" || inv.total <= 0 || !wanted || !created.Before(b.today) {
			continue
		}
		returned := inv.items[0]
		note := &invoice{
			kind: "credit_note", party: inv.party, currency: inv.currency, state: "approved", created: created, approved: new(created.Add(time.Minute)),
			issued: created.Truncate(24 * time.Hour), due: created.Truncate(24 * time.Hour), memo: "Returned", items: []item{returned},
		}
		if b.add(note); note.total <= 0 {
			continue
		}
		notes = append(notes, note)
		left := note.total
		if off := min(left, inv.total-settled[inv]); off > 0 {
			credits = append(credits, credit{note, inv, off})
			left -= off
		}
		paid := note.issued.AddDate(0, 0, b.between(1, 10))
		if left > 0 && paid.Before(b.today) && b.chance(70) {
			refunds = append(refunds, &payment{
				direction: "out", role: "customer", party: note.party, currency: note.currency, amount: left, paid: paid, method: "bank",
				reference: "Refund", allocations: []allocation{{note, left}},
			})
		}
	}
	return notes, refunds, credits
}
