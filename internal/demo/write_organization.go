package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// organization writes one organization with everything that its invoices need.
func (w *writer) organization(ctx context.Context, b *business) error {
	if err := w.members(ctx, b); err != nil {
		return err
	}
	if err := w.channels(ctx, b); err != nil {
		return err
	}
	if err := w.taxRates(ctx, b); err != nil {
		return err
	}
	if err := w.products(ctx, b); err != nil {
		return err
	}
	if err := w.stores(ctx, b); err != nil {
		return err
	}
	if err := w.tills(ctx, b); err != nil {
		return err
	}
	for from := 0; from < b.size.People; from += chunk {
		if err := w.people(ctx, b, from, min(from+chunk, b.size.People)); err != nil {
			return err
		}
	}
	if err := w.money(ctx, b); err != nil {
		return err
	}
	return w.shifts(ctx, b)
}

// members writes the organization with a member of each role. A user who exists with the member's e-mail address becomes
// the member.
func (w *writer) members(ctx context.Context, b *business) error {
	currency, at := b.currencies[0].currency, b.began()
	err := w.tx.QueryRow(ctx, `INSERT INTO canonical.organizations (name, time_zone, base_currency, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $4) RETURNING id`, b.name, b.zone, currency, at).Scan(&b.id)
	if err != nil {
		return fmt.Errorf("write organization: %w", err)
	}
	for _, c := range b.currencies[1:] {
		_, err := w.tx.Exec(ctx, `INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) VALUES ($1, $2, $3, $4)`,
			b.id, c.currency, at, numeric(b.rate(c.currency), 8))
		if err != nil {
			return fmt.Errorf("write exchange rate: %w", err)
		}
	}
	w.counts.Organizations++
	for i, role := range []string{"owner", "manager", "staff", "reader"} {
		var user int64
		email := fmt.Sprintf("%s@%s.example", role, strings.ReplaceAll(strings.ToLower(b.zone), "/", "."))
		err := w.tx.QueryRow(ctx, `INSERT INTO canonical.users AS known (name, email, created_at, updated_at)
			VALUES ($1, $2, $3, $3)
			ON CONFLICT (lower(email)) DO UPDATE SET name = known.name RETURNING id`,
			b.fake.FirstName()+" "+b.fake.LastName(), email, at).Scan(&user)
		if err != nil {
			return fmt.Errorf("write user: %w", err)
		}
		if i == 0 {
			b.owner = user
		}
		_, err = w.tx.Exec(ctx, `INSERT INTO canonical.memberships (organization_id, user_id, role, joined_at, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $4, $4)`, b.id, user, role, at)
		if err != nil {
			return fmt.Errorf("write membership: %w", err)
		}
		w.counts.Users++
	}
	return nil
}

func (w *writer) taxRates(ctx context.Context, b *business) error {
	rates := append(slices.Clone(b.taxes), retired)
	keys, err := w.keys(ctx, "tax_rates", len(rates))
	if err != nil {
		return err
	}
	rows := make([][]any, len(rates))
	for i, t := range rates {
		var archived *time.Time
		if t == retired {
			archived = new(b.today.AddDate(0, 0, -history/2))
		}
		rows[i] = []any{b.id, keys[i], t.name, numeric(t.percentage, 4), archived, b.began(), b.began()}
	}
	b.taxKeys = keys
	return w.copy(ctx, &w.counts.TaxRates, "tax_rates",
		[]string{"organization_id", "id", "name", "percentage", "archived_at", "created_at", "updated_at"}, rows)
}

func (w *writer) products(ctx context.Context, b *business) error {
	keys, err := w.keys(ctx, "products", b.size.Products)
	if err != nil {
		return err
	}
	rows := make([][]any, len(keys))
	for i, key := range keys {
		p := b.product(i)
		p.id = key
		var tax *int64
		if p.tax >= 0 {
			tax = &b.taxKeys[p.tax]
		}
		var archived *time.Time
		if p.archived {
			archived = new(b.today.AddDate(0, 0, -1))
		}
		rows[i] = []any{b.id, key, p.sku, p.name, p.about, p.price, p.currency, tax, archived, p.created, p.created}
		b.products[p.currency] = append(b.products[p.currency], p)
	}
	return w.copy(ctx, &w.counts.Products, "products", []string{"organization_id", "id", "sku", "name", "description",
		"unit_price", "currency", "tax_rate_id", "archived_at", "created_at", "updated_at"}, rows)
}

// people writes the people with indexes from one, included, to another, excluded, with their addresses.
func (w *writer) people(ctx context.Context, b *business, from, to int) error {
	keys, err := w.keys(ctx, "people", to-from)
	if err != nil {
		return err
	}
	people, addresses := make([][]any, len(keys)), [][]any(nil)
	for i, key := range keys {
		p := b.person(from + i)
		people[i] = []any{b.id, key, p.given, p.family, p.born, p.email, p.phone, p.customer, p.vendor, p.staff, p.ref,
			p.archived, p.created, p.created}
		for n, a := range p.addresses {
			addresses = append(addresses, []any{b.id, int64(0), key, int32(n + 1), a.street, a.suburb, a.postcode, a.country,
				p.created, p.created})
		}
		if p.customer {
			b.customers = append(b.customers, key)
		}
		if p.vendor {
			b.vendors = append(b.vendors, key)
		}
	}
	if err := w.number(ctx, "addresses", addresses); err != nil {
		return err
	}
	err = w.copy(ctx, &w.counts.People, "people", []string{"organization_id", "id", "given_name", "family_name",
		"date_of_birth", "email", "phone", "is_customer", "is_vendor", "is_staff", "external_ref", "archived_at",
		"created_at", "updated_at"}, people)
	if err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.Addresses, "addresses", []string{"organization_id", "id", "person_id", "position",
		"street", "suburb", "postcode", "country_code", "created_at", "updated_at"}, addresses)
}
