package demo

// Size is the number of records of the whole business, over all its organizations. Each organization has a few people and
// products at least, so there may be some more of these.
type Size struct{ Invoices, People, Products, Sales int }

// Dev is the size for development: a few thousand rows.
var Dev = Size{Invoices: 120, People: 48, Products: 32, Sales: 1200}

// Scaled returns the size with so many invoices, and people, products and sales in proportion.
func Scaled(invoices int) Size {
	return Size{
		Invoices: invoices, People: max(Dev.People, invoices/20), Products: min(max(Dev.Products, invoices/100), 4000),
		Sales: max(Dev.Sales, 10*invoices),
	}
}

// plan has the properties in which the organizations differ.
type plan struct {
	name, zone string
	// from and to bound the organization's share of the business's size, in per cent.
	from, to int
	// currencies are those of its invoices with their weights, the base currency first.
	currencies []weighted
	country    string
	taxes      []taxRate
}

type weighted struct {
	currency string
	weight   int
}

// plans are the organizations: zones with daylight saving time on the southern hemisphere and with quarter-hour
// offsets, and currencies with no, two and three decimals. The main organization comes first.
func plans(name string) []plan {
	return []plan{
		{
			name: name, zone: "Australia/Sydney", from: 0, to: 80, country: "AU",
			currencies: []weighted{{"AUD", 84}, {"NZD", 7}, {"JPY", 5}, {"KWD", 4}},
			taxes:      []taxRate{{"GST", 10_0000}, {"Reduced rate", 4_5000}, {"Packaging levy", 1_2500}},
		},
		{
			name: "Kathmandu Paper & Print", zone: "Asia/Kathmandu", from: 80, to: 95, country: "NP",
			currencies: []weighted{{"NPR", 90}, {"USD", 10}},
			taxes:      []taxRate{{"VAT", 13_0000}, {"Zero rate", 0}, {"Education fee", 1_0000}},
		},
		{
			name: "Chatham Light", zone: "Pacific/Chatham", from: 95, to: 99, country: "NZ",
			currencies: []weighted{{"NZD", 100}},
			taxes:      []taxRate{{"GST", 15_0000}, {"Zero rate", 0}, {"Waste levy", 7500}},
		},
		{
			name: "Pearl Diver Supplies", zone: "Asia/Kuwait", from: 99, to: 100, country: "KW",
			currencies: []weighted{{"KWD", 90}, {"USD", 10}},
			taxes:      []taxRate{{"Customs recovery", 5_0000}, {"Zero rate", 0}, {"Port fee", 3333}},
		},
	}
}

// of returns the organization's part of the whole size. The parts of all plans add up to the whole in invoices and sales.
func (p plan) of(whole Size) Size {
	return Size{
		Invoices: p.part(whole.Invoices),
		People:   max(4, p.part(whole.People)),
		Products: max(2*len(p.currencies), p.part(whole.Products)),
		Sales:    p.part(whole.Sales),
	}
}

func (p plan) part(n int) int { return n*p.to/100 - n*p.from/100 }

// worth is the value of one unit of each currency, in millionths of an Australian dollar.
var worth = map[string]int64{"AUD": 1_000_000, "NZD": 920_000, "JPY": 10_200, "KWD": 4_950_000, "NPR": 11_300, "USD": 1_520_000}

// rate returns the exchange rate of a currency to the organization's base currency, in hundred-millionths.
func (p plan) rate(currency string) int64 {
	return divide(worth[currency]*100_000_000, worth[p.currencies[0].currency])
}
