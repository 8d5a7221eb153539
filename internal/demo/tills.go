package demo

import (
	"cmp"
	"slices"
	"time"
)

const (
	// tillDays is for how many days the stores have had tills. What they sold before is of no till, and in no close.
	tillDays = 42
	// postedAfter is how many days it takes until the sales of a day without a till are posted.
	postedAfter = 9
)

// till is a till of one of the business's stores.
type till struct {
	id    int64
	store int // index of the business's stores
}

// salesDay names what one close posts: a session of a till, or all that a store sold on a business date without one, in one currency.
type salesDay struct {
	store, till int // indexes of the business's; till is -1 where there is none
	date        time.Time
	currency    string
}

// takings are what was sold on a day.
type takings struct {
	salesDay
	session     int64 // 0 without a till
	float       int64 // minor units
	first, last time.Time
	sales       []int64 // keys of those that are not void
	cash        int64   // what should be in the till, in minor units
}

// since returns the first day of the tills.
func (b *business) since() time.Time { return b.today.AddDate(0, 0, -tillDays) }

// float returns what a till begins its day with: about 150 base units.
func (b *business) float() int64 { return int64(150*minor[b.currencies[0].currency]) / 100 * 100 }

// record has sales go over a till where their store has one, is open, and takes their currency.
func (b *business) record(list []sale) {
	shops := b.shops()
	for i := range list {
		s := &list[i]
		if s.currency != b.currencies[0].currency || s.local.Before(b.since()) || !shops[s.store].openAt(s.local) {
			continue
		}
		var of []int
		for n, t := range b.tills {
			if t.store == s.store {
				of = append(of, n)
			}
		}
		if len(of) > 0 {
			s.till = of[b.counting.skewed(len(of))]
		}
	}
}

// take adds a sale with a key to the takings of its business date, and returns them; nil where it was sold before there were tills.
// Those that are new have no session yet.
func (b *business) take(s sale, key int64, at, date time.Time) *takings {
	if date.Before(b.since()) {
		return nil
	}
	day := salesDay{s.store, s.till, date, s.currency}
	t := b.days[day]
	if t == nil {
		t = &takings{salesDay: day, first: at, last: at}
		if day.till >= 0 {
			t.float = b.float()
		}
		t.cash = t.float
		b.days[day] = t
	}
	if at.Before(t.first) {
		t.first = at
	}
	if at.After(t.last) {
		t.last = at
	}
	if s.voided {
		return t
	}
	t.sales = append(t.sales, key)
	for _, part := range s.tenders {
		switch {
		case part.tender != "cash":
		case s.kind == "refund":
			t.cash -= part.amount
		default:
			t.cash += part.amount
		}
	}
	return t
}

// over returns the takings of days before a date, which get no more sales, and forgets them; in order of day, store, till and currency.
func (b *business) over(before time.Time) []*takings {
	var list []*takings
	for day, t := range b.days {
		if day.date.Before(before) {
			list = append(list, t)
			delete(b.days, day)
		}
	}
	slices.SortFunc(list, func(x, y *takings) int {
		return cmp.Or(x.date.Compare(y.date), cmp.Compare(x.store, y.store), cmp.Compare(x.till, y.till), cmp.Compare(x.currency, y.currency))
	})
	return list
}

// difference invents by how much a count differs from what should be there: mostly by nothing, sometimes by some coins, now and then by
// a note, in minor units.
func (b *business) difference() int64 {
	r, unit := b.counting, int64(minor[b.currencies[0].currency])
	switch r.few(70, 22, 8) {
	case 2:
		return int64(r.between(-40, 40)) * unit / 20 / 5 * 5
	case 3:
		return -int64(r.between(1, 4)) * 5 * unit
	}
	return 0
}
