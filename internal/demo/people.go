package demo

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

type person struct {
	given, family           string
	born                    *time.Time
	email, phone, ref       *string
	customer, vendor, staff bool
	archived                *time.Time
	created                 time.Time
	addresses               []address
}

type address struct{ street, suburb, postcode, country string }

// Names that are hard to sort, search and trim.
var (
	givenNames  = []string{"Zoë", "Łukasz", "Søren", "Nguyễn", "José", "Çiğdem", "Anne-Marie", "Óscar", "Aña", "Mary Jane"}
	familyNames = []string{"Ñíguez", "O'Brien", "van der Berg", "Müller", "Đặng", "Ångström", "Smith-Jones", "Šimić", "李", "d'Alembert"}
)

// person invents the i-th person. The first is always a customer, the second a vendor; neither is archived.
func (b *business) person(i int) person {
	p := person{
		given: b.fake.FirstName(), family: b.fake.LastName(),
		created: b.began().Add(time.Duration(i%1440) * time.Minute),
	}
	if b.chance(8) {
		p.given = pick(b.random, givenNames...)
	}
	if b.chance(8) {
		p.family = pick(b.random, familyNames...)
	}
	switch b.few(86, 9, 5) {
	case 2:
		p.given, p.family = "", b.fake.Company()
	case 3:
		p.family = ""
	}
	p.customer, p.vendor, p.staff = b.chance(82) || i == 0, b.chance(12) || i == 1, b.chance(4)
	if !p.customer && !p.vendor {
		p.staff = true
	}
	if p.given != "" && b.chance(45) {
		p.born = new(b.today.AddDate(-b.between(18, 85), 0, -b.IntN(365)))
	}
	if b.chance(80) {
		p.email = new(fmt.Sprintf("%s.%d@example.com", mailName(p.given+p.family), i+1))
	}
	if b.chance(60) {
		p.phone = new(b.fake.Numerify("+## ### ### ###"))
	}
	if b.chance(10) {
		p.ref = new(fmt.Sprintf("CRM-%06d", i+1))
	}
	if i > 1 && b.chance(4) {
		p.archived = new(b.today.AddDate(0, 0, -b.between(1, history)))
	}
	for range b.few(15, 65, 15, 5) - 1 {
		p.addresses = append(p.addresses, b.address())
	}
	return p
}

func (b *business) address() address {
	a := address{
		street: b.fake.Street(), suburb: b.fake.City(), postcode: b.fake.Numerify("#####"), country: b.country,
	}
	if b.chance(10) {
		a.country = pick(b.random, "AU", "NZ", "JP", "KW", "NP", "US", "DE", "GB")
	}
	return a
}

// mailName returns the ASCII letters of a name in lower case, for an e-mail address.
func mailName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	if plain == "" {
		return "someone"
	}
	return plain
}
