package demo

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// history is the number of days from the start of the business to today.
const history = 730

// business is one organization and the state of its invention. Keys are 0 until the rows are written.
type business struct {
	plan
	random
	size      Size
	today     time.Time // midnight
	id, owner int64
	taxKeys   []int64               // keys of the tax rates
	stores    []int64               // keys of the stores, in the order of shops
	customers []int64               // keys of the customers, those who buy most first
	vendors   []int64               // keys of the vendors
	accounts  map[string]int64      // keys by code
	products  map[string][]product  // by currency
	invoices  int                   // number invented so far
	bills     int                   // number invented so far
	sold      int                   // number of sales invented so far
	tills     []till                // of all stores
	days      map[salesDay]*takings // what is not closed, of the days since there are tills
	reversed  bool                  // whether a close was reversed
	selling   random                // makes the choices of sales, so that their number changes nothing else
	counting  random                // makes the choices of tills
}

type taxRate struct {
	name       string
	percentage int64 // in ten-thousandths of a per cent
}

// retired is an archived tax rate.
var retired = taxRate{"Old sales tax", 12_5000}

type product struct {
	id               int64
	sku, name, about string
	price            int64 // minor units
	currency         string
	tax              int // index of the business's tax rates; -1 for none
	archived         bool
	created          time.Time
}

func newBusiness(p plan, o Options, stream uint64) *business {
	return &business{
		plan: p, random: newRandom(o.Seed, stream), selling: newRandom(o.Seed, stream+100), counting: newRandom(o.Seed, stream+200),
		size: p.of(o.Size), today: o.Today, products: map[string][]product{}, days: map[salesDay]*takings{},
	}
}

// began returns the day before the first invoice.
func (b *business) began() time.Time { return b.today.AddDate(0, 0, -history-1) }

// minor is the value of a base unit, about one Australian dollar, in minor units of each currency.
var minor = map[string]float64{"AUD": 100, "NZD": 108, "JPY": 95, "KWD": 200, "NPR": 8800, "USD": 65}

var (
	things   = []string{"Lamp", "Notebook", "Crate", "Kettle", "Rope", "Paper", "Chair", "Bracket", "Blanket", "Filter", "Tray", "Candle"}
	kinds    = []string{"Small", "Large", "Folding", "Brass", "Recycled", "Blue", "Sturdy", "Plain", "Café", "Half-size"}
	services = []string{"Delivery", "Assembly", "Repair", "Consulting"}
)

// product invents the i-th product. The first ones cover all currencies.
func (b *business) product(i int) product {
	p := product{
		sku:     fmt.Sprintf("%s-%05d", strings.ToUpper(b.country), i+1),
		name:    fmt.Sprintf("%s %s", pick(b.random, kinds...), strings.ToLower(pick(b.random, things...))),
		tax:     b.few(88, 8, 4) - 1,
		created: b.began().Add(time.Duration(i%600) * time.Minute),
	}
	if b.chance(12) {
		p.name = pick(b.random, services...) + ", per hour"
	}
	if p.tax == 2 {
		p.tax = -1
	}
	if b.chance(30) {
		p.about = b.fake.HipsterSentence()
	}
	p.currency = b.currency()
	if i < 2*len(b.currencies) {
		p.currency = b.currencies[i%len(b.currencies)].currency
	} else {
		p.archived = b.chance(4)
	}
	// From 3 to 900 base units, cheap ones more often; prices end in 0 or 5.
	worth := 3 * math.Pow(300, b.Float64())
	p.price = max(5, int64(worth*minor[p.currency])/5*5)
	return p
}

// currency chooses the currency of a product or an invoice.
func (b *business) currency() string {
	weights := make([]int, len(b.currencies))
	for i, c := range b.currencies {
		weights[i] = c.weight
	}
	return b.currencies[b.few(weights...)-1].currency
}

// storeOf returns the store that a key, of a customer for example, has its business with; nil: the office, which has its share.
func (b *business) storeOf(key int64) *int64 {
	if place := int(key % int64(len(b.stores)+1)); place < len(b.stores) {
		return &b.stores[place]
	}
	return nil
}
