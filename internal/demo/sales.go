package demo

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// sale is an invented sale, at a local time of its store.
type sale struct {
	store    int       // index of the business's stores
	day      time.Time // on which its store opened for it; later sales have the same or a later one
	kind     string
	local    time.Time
	currency string
	amount   int64 // minor units
	person   *int64
	ref      *string
	voided   bool

	lines    []saleLine // nil: only the amount is known
	tenders  []saleTender
	till     int // index of the business's tills; -1: none
	refundOf int // index of the sale among those invented with this one, of which it takes back all; -1: none
}

// saleLine is a line of a sale; its price includes its tax.
type saleLine struct {
	product         *product
	quantity        int64
	gross, net, tax int64 // minor units
}

type saleTender struct {
	tender string
	amount int64 // minor units
}

// weekdays are the relative sales of the days of a week, Sunday first.
var weekdays = [...]float64{0.8, 0.7, 0.8, 0.9, 1, 1.3, 1.4}

// season returns the running sums of the relative sales of all days: more before Christmas, at the end of a week, and from
// year to year.
func (b *business) season() []float64 {
	sums, sum := make([]float64, history), 0.0
	for n := range sums {
		day := b.saleDay(n)
		sum += weekdays[day.Weekday()] * (1 + 0.35*math.Cos(2*math.Pi*float64(day.YearDay()-350)/365)) * (1 + float64(n)/history/2)
		sums[n] = sum
	}
	return sums
}

// saleDay returns the n-th day of sales. The last one is two days ago, so that it is past in every time zone.
func (b *business) saleDay(n int) time.Time { return b.today.AddDate(0, 0, n-history-1) }

// sale invents the next sale; sales are roughly in the order of time.
func (b *business) sale(sums []float64) sale {
	r := b.selling
	at := (float64(b.sold) + r.Float64()) / float64(b.size.Sales) * sums[history-1]
	b.sold++
	day := b.saleDay(min(sort.SearchFloat64s(sums, at), history-1))
	s := sale{day: day, kind: "sale", currency: b.currencies[0].currency, till: -1, refundOf: -1}
	var minute int
	s.store, minute = b.shopping(day)
	s.local = day.Add(time.Duration(minute)*time.Minute + time.Duration(r.IntN(60))*time.Second)
	if len(b.currencies) > 1 && r.chance(3) {
		s.currency = b.currencies[1].currency
	}
	// From 3 to 180 base units, small ones more often; prices end in 0 or 5.
	s.amount = max(5, int64(3*math.Pow(60, r.Float64()*r.Float64())*minor[s.currency])/5*5)
	if r.chance(3) {
		s.kind = "refund"
	}
	if r.chance(15) {
		s.person = &b.customers[r.skewed(len(b.customers))]
	}
	if r.chance(70) {
		s.ref = new(fmt.Sprintf("T%d-%08d", s.store+1, b.sold))
	}
	if r.chance(60) {
		b.fill(&s)
	}
	if r.chance(80) {
		s.tender(r)
	}
	s.voided = r.chance(1)
	return s
}

// fill gives a sale lines in place of its amount.
func (b *business) fill(s *sale) {
	r, products := b.selling, b.products[s.currency]
	if len(products) == 0 {
		return
	}
	s.amount = 0
	for range 1 + r.skewed(4) {
		p := &products[r.skewed(len(products))]
		l := saleLine{product: p, quantity: 1 + int64(r.skewed(4))}
		l.gross = l.quantity * p.price
		percentage := int64(0)
		if p.tax >= 0 {
			percentage = b.taxes[p.tax].percentage
		}
		l.net = divide(l.gross*1_000_000, 1_000_000+percentage)
		l.tax = l.gross - l.net
		s.lines = append(s.lines, l)
		s.amount += l.gross
	}
}

// tender says what a sale was paid with: mostly one thing, sometimes a voucher and the rest by card.
func (s *sale) tender(r random) {
	if voucher := s.amount / 2; voucher > 0 && r.chance(4) {
		s.tenders = []saleTender{{"voucher", voucher}, {"card", s.amount - voucher}}
		return
	}
	s.tenders = []saleTender{{pick(r, "card", "card", "card", "cash", "cash", "other"), s.amount}}
}

// takeBack has some of the refunds take back all that a sale sold which was invented before, with them, and was not taken back yet.
func (b *business) takeBack(list []sale) {
	taken := map[int]bool{}
	for i := range list {
		s := &list[i]
		if s.kind != "refund" || i == 0 || !b.selling.chance(70) {
			continue
		}
		of := b.selling.IntN(i)
		if sold := list[of]; sold.kind == "sale" && sold.lines != nil && !sold.voided && !taken[of] {
			taken[of] = true
			s.refundOf, s.store, s.currency, s.lines, s.amount, s.person = of, sold.store, sold.currency, sold.lines, sold.amount, sold.person
			s.tenders = nil
			s.tender(b.selling)
		}
	}
}

// shopping chooses a store that is open on the day, the first ones more often, and a minute of the day within its hours,
// mostly around their middle. A few sales are at any minute of the day.
func (b *business) shopping(day time.Time) (store, minute int) {
	r := b.selling
	shops := b.shops()
	for {
		store = r.skewed(len(shops))
		if shops[store].archived {
			continue
		}
		if r.chance(4) {
			return store, r.IntN(24 * hour)
		}
		var open []opening
		for _, o := range shops[store].hours {
			if slices.Contains(o.weekdays, weekdayOf(day)) {
				open = append(open, o)
			}
		}
		if len(open) > 0 {
			o := pick(r, open...)
			return store, o.start + (r.IntN(o.length)+r.IntN(o.length))/2
		}
	}
}
