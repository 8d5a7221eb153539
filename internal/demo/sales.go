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
	store    int // index of the business's stores
	kind     string
	local    time.Time
	currency string
	amount   int64 // minor units
	person   *int64
	ref      *string
	voided   bool
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
	r := b.tills
	at := (float64(b.sold) + r.Float64()) / float64(b.size.Sales) * sums[history-1]
	b.sold++
	day := b.saleDay(min(sort.SearchFloat64s(sums, at), history-1))
	s := sale{kind: "sale", currency: b.currencies[0].currency}
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
	s.voided = r.chance(1)
	return s
}

// shopping chooses a store that is open on the day, the first ones more often, and a minute of the day within its hours,
// mostly around their middle. A few sales are at any minute of the day.
func (b *business) shopping(day time.Time) (store, minute int) {
	r := b.tills
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
			if slices.Contains(o.weekdays, int16(day.Weekday()+6)%7+1) {
				open = append(open, o)
			}
		}
		if len(open) > 0 {
			o := pick(r, open...)
			return store, o.start + (r.IntN(o.length)+r.IntN(o.length))/2
		}
	}
}
