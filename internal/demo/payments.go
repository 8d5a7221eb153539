package demo

import (
	"fmt"
	"time"
)

type payment struct {
	id                int64  // 0 until it is written
	direction, role   string // as in the database
	party             int64
	currency          string
	amount            int64 // minor units
	paid              time.Time
	method, reference string
	voided            *time.Time
	allocations       []allocation
	givesBack         []givenBack
}

type allocation struct {
	invoice *invoice
	amount  int64 // minor units
}

// givenBack is the part of an earlier payment that a refund gives back.
type givenBack struct {
	payment *payment
	amount  int64 // minor units
}

// settle invents the payments of a deal's approved invoices: in full, too much, in instalments, in part, by a payment
// that bounces, or none yet. None is dated today or later.
func (b *business) settle(deal []*invoice) (made []*payment) {
	var open []*invoice
	for _, inv := range deal {
		if inv.state == "approved" && inv.total > 0 {
			open = append(open, inv)
		}
	}
	if len(open) == 0 {
		return nil
	}
	last := open[len(open)-1]
	// pay invents a payment so many days after the last invoice, of its parts and an extra amount. It returns nil if that
	// day is not past.
	pay := func(days int, extra int64, parts ...allocation) *payment {
		p := &payment{
			direction: "in", role: "customer", party: last.party, currency: last.currency, amount: extra, paid: last.issued.AddDate(0, 0, days),
			method: pick(b.random, "bank", "bank", "bank", "card", "cash", "other"), allocations: parts,
		}
		for _, part := range parts {
			p.amount += part.amount
		}
		if p.amount == 0 || !p.paid.Before(b.today) {
			return nil
		}
		if b.chance(50) {
			p.reference = fmt.Sprintf("TX%08d", b.IntN(100_000_000))
		}
		made = append(made, p)
		return p
	}
	whole := make([]allocation, len(open))
	for i, inv := range open {
		whole[i] = allocation{inv, inv.total}
	}
	days := b.between(1, 45)
	switch b.few(48, 6, 13, 12, 3, 18) {
	case 1:
		pay(days, 0, whole...)
	case 2: // the rest is given back in some cases, else it is the customer's credit
		rest := whole[0].amount/10 + 1
		if p := pay(days, rest, whole...); p != nil && rest%2 == 0 {
			if refund := b.refund(p, rest, 10); refund != nil {
				made = append(made, refund)
			}
		}
	case 3:
		for _, part := range whole {
			first := part.amount * int64(b.between(20, 80)) / 100
			if first > 0 {
				pay(days, 0, allocation{part.invoice, first})
			}
			pay(days+30, 0, allocation{part.invoice, part.amount - first})
		}
	case 4:
		if part := whole[0].amount * int64(b.between(10, 90)) / 100; part > 0 {
			pay(days, 0, allocation{whole[0].invoice, part})
		}
	case 5:
		if p := pay(days, 0, whole...); p != nil {
			p.voided = new(p.paid.Add(15 * time.Hour))
		}
		if b.chance(50) {
			pay(days+7, 0, whole...)
		}
	}
	if b.chance(2) { // in advance, for nothing in particular
		pay(days, 1+whole[0].amount/2)
	}
	return made
}

// refund invents the payment that gives back a part of p so many days after it; nil if that day is not past.
func (b *business) refund(p *payment, amount int64, days int) *payment {
	back := &payment{
		direction: "out", role: p.role, party: p.party, currency: p.currency, amount: amount, paid: p.paid.AddDate(0, 0, days),
		method: "bank", reference: "Refund", givesBack: []givenBack{{p, amount}},
	}
	if !back.paid.Before(b.today) {
		return nil
	}
	return back
}
