package csvbooks

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// candidate is a record that a cell may refer to.
type candidate struct {
	ID         int64
	Name       string // what it is looked up by
	Live       bool
	Ref, Email string         // of a person
	Percentage *model.Decimal // of a tax rate
}

// references are the records that a batch of documents refers to, by what they are looked up by: in lower case, except a
// person's reference and name.
type references struct {
	byRef, byEmail, byName    map[string][]candidate // people
	products, accounts, taxes map[string][]candidate
	stores                    map[string][]candidate
}

// findReferences reads the records that the documents refer to.
func findReferences(ctx context.Context, db canonical.Reader, organization int64, list []*document) (*references, error) {
	names := make([][]string, 7)
	add := func(i int, name string) {
		if name = valid(name); name != "" {
			names[i] = append(names[i], name)
		}
	}
	for _, d := range list {
		add(0, d.partyRef)
		add(1, d.partyMail)
		add(2, d.partyName)
		if d.store != nil {
			add(6, *d.store)
		}
		for _, it := range d.items {
			if it.product != nil {
				add(3, *it.product)
			}
			if it.account != nil {
				add(4, *it.account)
			}
			if it.store != nil {
				add(6, *it.store)
			}
			for _, t := range it.taxes {
				add(5, t.name)
				add(5, t.text)
			}
		}
	}
	r := &references{byRef: map[string][]candidate{}, byEmail: map[string][]candidate{}, byName: map[string][]candidate{},
		products: map[string][]candidate{}, accounts: map[string][]candidate{}, taxes: map[string][]candidate{}, stores: map[string][]candidate{}}
	people, err := collect[candidate](ctx, db, "people", `
		SELECT id, full_name AS name, archived_at IS NULL AS live, coalesce(external_ref, '') AS ref, coalesce(email, '') AS email,
			NULL::numeric AS percentage
		FROM canonical.people WHERE organization_id = $1
			AND (external_ref = ANY ($2) OR lower(email) IN (SELECT lower(name) FROM unnest($3::text[]) AS name) OR full_name = ANY ($4))
		ORDER BY id`, organization, names[0], names[1], names[2])
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		r.byRef[p.Ref] = append(r.byRef[p.Ref], p)
		r.byEmail[strings.ToLower(p.Email)] = append(r.byEmail[strings.ToLower(p.Email)], p)
		r.byName[p.Name] = append(r.byName[p.Name], p)
	}
	for _, master := range []struct {
		what, sql string
		names     []string
		into      map[string][]candidate
	}{
		{"products", `SELECT id, sku AS name, archived_at IS NULL AS live, '' AS ref, '' AS email, NULL::numeric AS percentage
			FROM canonical.products WHERE organization_id = $1 AND lower(sku) IN (SELECT lower(name) FROM unnest($2::text[]) AS name)
			ORDER BY id`, names[3], r.products},
		{"accounts", `SELECT id, code AS name, archived_at IS NULL AS live, '' AS ref, '' AS email, NULL::numeric AS percentage
			FROM canonical.accounts WHERE organization_id = $1 AND lower(code) IN (SELECT lower(name) FROM unnest($2::text[]) AS name)
			ORDER BY id`, names[4], r.accounts},
		{"tax rates", `SELECT id, name, archived_at IS NULL AS live, '' AS ref, '' AS email, percentage
			FROM canonical.tax_rates WHERE organization_id = $1 AND lower(name) IN (SELECT lower(name) FROM unnest($2::text[]) AS name)
			ORDER BY id`, names[5], r.taxes},
		{"stores", `SELECT id, name, archived_at IS NULL AS live, '' AS ref, '' AS email, NULL::numeric AS percentage
			FROM canonical.stores WHERE organization_id = $1 AND lower(name) IN (SELECT lower(name) FROM unnest($2::text[]) AS name)
			ORDER BY id`, names[6], r.stores},
	} {
		found, err := collect[candidate](ctx, db, master.what, master.sql, organization, master.names)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			master.into[strings.ToLower(c.Name)] = append(master.into[strings.ToLower(c.Name)], c)
		}
	}
	return r, nil
}

// party returns the person that a document refers to, or the mistake in the reference. The name only selects one of several
// people with the same reference or e-mail address.
func (r *references) party(d *document) (id model.ID, wrong []csvfile.Mistake) {
	column, given, list := "party", d.partyName, r.byName[d.partyName]
	switch {
	case d.partyRef != "":
		column, given, list = "party_ref", d.partyRef, r.byRef[d.partyRef]
	case d.partyMail != "":
		column, given, list = "party_email", d.partyMail, r.byEmail[strings.ToLower(d.partyMail)]
	}
	list = only(list, func(c candidate) bool { return c.Name == d.partyName })
	list = only(list, func(c candidate) bool { return c.Live })
	switch len(list) {
	case 0:
		wrong = append(wrong, csvfile.Mistake{Line: d.rows[0].Line, Column: column, Message: "nobody has " + strconv.Quote(given)})
	case 1:
		return model.ID{Type: "Person", Key: list[0].ID}, nil
	default:
		wrong = append(wrong, csvfile.Mistake{Line: d.rows[0].Line, Column: column,
			Message: strconv.Itoa(len(list)) + " people have " + strconv.Quote(given) + ": say which by party_ref or party_email"})
	}
	return id, wrong
}

// only returns the candidates that fit, or all of them if none does.
func only(list []candidate, fits func(candidate) bool) (kept []candidate) {
	for _, c := range list {
		if fits(c) {
			kept = append(kept, c)
		}
	}
	if kept == nil {
		return list
	}
	return kept
}

// master returns the live candidate, or the last archived one, which the write side rejects; nil if there is none.
func master(list []candidate, typ string) *model.ID {
	if list = only(list, func(c candidate) bool { return c.Live }); len(list) == 0 {
		return nil
	}
	return &model.ID{Type: typ, Key: list[len(list)-1].ID}
}

// tax returns the rate that an entry names, or what is wrong with the entry.
func (r *references) tax(t tax) (id *model.ID, wrong string) {
	list := r.taxes[strings.ToLower(t.name)]
	if len(list) == 0 && t.percentage != nil { // the @ is part of the name
		t.name, t.percentage = t.text, nil
		list = r.taxes[strings.ToLower(t.name)]
	}
	if len(list) == 0 {
		return nil, "no tax rate is called " + strconv.Quote(t.name)
	}
	if t.percentage != nil {
		same := func(c candidate) bool { return c.Percentage.Equal(t.percentage.Decimal) }
		if !slices.ContainsFunc(list, same) {
			list = only(list, func(c candidate) bool { return c.Live })
			last := list[len(list)-1]
			return nil, last.Name + " is " + last.Percentage.Decimal.String() + " % here, not " + t.percentage.Decimal.String()
		}
		list = only(list, same)
	}
	return master(list, "TaxRate"), ""
}
