package csvbooks

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// saved is a saved document.
type saved struct {
	Ordinal              int // its place among the documents looked for, from 1
	ID                   int64
	Version              int
	State                string
	PartyName            string
	PartyEmail, PartyRef *string
	IssuedOn, DueOn      model.Date
	Currency, Memo       string
	FxRate               model.Decimal
	PricesIncludeTax     bool
	Store                string // empty: the office
	items                []savedItem
}

type savedItem struct {
	DocumentID                    int64
	Product, Account, Description string
	Store                         string // empty: the document's
	Quantity, UnitPrice           model.Decimal
	Discount                      string // as in a file
	Taxes                         []string
	Percentages                   []model.Decimal
}

var address = regexp.MustCompile(`^(invoice|bill|credit_note|vendor_credit_note)/([1-9][0-9]{0,17})@([0-9a-f]{8})$`)

// find returns the saved documents with the references of those in the list, by their place in it.
func find(ctx context.Context, db canonical.Reader, organization int64, list []*document) (map[int]*saved, error) {
	marks, err := collect[struct{ Mark string }](ctx, db, "the organization",
		`SELECT `+mark+` AS mark FROM canonical.organizations AS organization WHERE id = $1`, organization)
	if err != nil {
		return nil, err
	}
	wanted := make([][]string, 5)
	own := make([]int64, len(list))
	for i, d := range list {
		for n, text := range []string{string(d.kind), valid(d.ref), valid(d.partyRef), valid(d.partyMail), valid(d.partyName)} {
			wanted[n] = append(wanted[n], text)
		}
		if m := address.FindStringSubmatch(d.ref); m != nil && len(marks) == 1 && m[3] == marks[0].Mark && m[1] == string(d.kind) {
			own[i], _ = strconv.ParseInt(m[2], 10, 64) // 18 digits at most
		}
	}
	found, err := collect[saved](ctx, db, "documents", `
		SELECT wanted.ordinal, document.id, document.version, document.state, party.full_name AS party_name, party.email AS party_email,
			party.external_ref AS party_ref, document.issued_on, document.due_on, document.currency, document.memo, document.fx_rate,
			document.prices_include_tax, coalesce((
				SELECT name FROM canonical.stores AS store WHERE (store.organization_id, store.id) = ($1, document.store_id)), '') AS store
		FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
			AS wanted (kind, ref, own, party_ref, party_email, party_name, ordinal)
		CROSS JOIN LATERAL (SELECT * FROM canonical.documents AS row
			WHERE row.organization_id = $1 AND row.kind = wanted.kind AND row.id = coalesce((
				-- The kinds are those of the two indexes of references.
				SELECT found.id FROM (
					SELECT other.id FROM canonical.documents AS other
					WHERE other.organization_id = $1 AND other.kind IN ('invoice', 'credit_note') AND (other.kind, other.external_ref) = (wanted.kind, wanted.ref)
					UNION ALL
					-- What a vendor issues has the vendor's own number.
					SELECT other.id FROM canonical.documents AS other
					JOIN canonical.people AS who ON (who.organization_id, who.id) = (other.organization_id, other.party_id)
					WHERE other.organization_id = $1 AND other.kind IN ('bill', 'vendor_credit_note') AND (other.kind, other.external_ref) = (wanted.kind, wanted.ref)
						AND CASE WHEN wanted.party_ref <> '' THEN who.external_ref = wanted.party_ref
							WHEN wanted.party_email <> '' THEN lower(who.email) = lower(wanted.party_email)
							ELSE who.full_name = wanted.party_name END) AS found
				ORDER BY found.id LIMIT 1), wanted.own) OFFSET 0) AS document
		JOIN canonical.people AS party ON (party.organization_id, party.id) = (document.organization_id, document.party_id)`,
		organization, wanted[0], wanted[1], own, wanted[2], wanted[3], wanted[4])
	if err != nil {
		return nil, err
	}
	byPlace, byID := map[int]*saved{}, map[int64]*saved{}
	var ids []int64
	for i := range found {
		s := &found[i]
		byPlace[s.Ordinal-1], byID[s.ID] = s, s
		ids = append(ids, s.ID)
	}
	items, err := collect[savedItem](ctx, db, "items", `
		SELECT item.document_id, coalesce(product.sku, '') AS product, coalesce(account.code, '') AS account, coalesce((
				SELECT name FROM canonical.stores AS store WHERE (store.organization_id, store.id) = ($1, item.store_id)), '') AS store, item.description,
			item.quantity, canonical.major_price(item.unit_price, document.currency) AS unit_price,
			coalesce(trim_scale(item.discount_percentage)::text || '%', canonical.major(item.discount_amount, document.currency)::text, '') AS discount, tax.names AS taxes, tax.percentages
		FROM unnest($2::bigint[]) AS wanted (id)
		JOIN canonical.documents AS document ON (document.organization_id, document.id) = ($1, wanted.id)
		CROSS JOIN LATERAL (SELECT * FROM canonical.document_items AS row
			WHERE (row.organization_id, row.document_id) = ($1, wanted.id) OFFSET 0) AS item
		LEFT JOIN canonical.products AS product ON (product.organization_id, product.id) = (item.organization_id, item.product_id)
		LEFT JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (item.organization_id, item.account_id)
		CROSS JOIN LATERAL (
			SELECT coalesce(array_agg(rate.name ORDER BY line.position), '{}') AS names,
				coalesce(array_agg(line.percentage ORDER BY line.position), '{}') AS percentages
			FROM canonical.document_item_taxes AS line
			JOIN canonical.tax_rates AS rate ON (rate.organization_id, rate.id) = (line.organization_id, line.tax_rate_id)
			WHERE (line.organization_id, line.document_item_id) = ($1, item.id)) AS tax
		ORDER BY item.document_id, item.line`, organization, ids)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		byID[item.DocumentID].items = append(byID[item.DocumentID].items, item)
	}
	return byPlace, nil
}

// valid returns text without what PostgreSQL cannot store, as a parameter for looking up records.
func valid(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// differ returns the differences between a document of the file and the saved one, in what the file gives.
func (d *document) differ(s *saved) (wrong []csvfile.Mistake) {
	note := func(row csvfile.Row, column, is string) {
		if is == "" {
			is = "nothing"
		}
		wrong = append(wrong, csvfile.Mistake{Line: row.Line, Column: column, Message: "here it is " + is})
	}
	first := d.rows[0]
	switch {
	case d.partyRef != "" && (s.PartyRef == nil || *s.PartyRef != d.partyRef):
		note(first, "party_ref", s.PartyName)
	case d.partyRef == "" && d.partyMail != "" && (s.PartyEmail == nil || !strings.EqualFold(*s.PartyEmail, d.partyMail)):
		note(first, "party_email", s.PartyName)
	case d.partyRef+d.partyMail == "" && d.partyName != s.PartyName:
		note(first, "party", s.PartyName)
	}
	if d.issuedOn != nil && !d.issuedOn.Equal(s.IssuedOn.Time) {
		note(first, "issued_on", s.IssuedOn.String())
	}
	if d.dueOn != nil && !d.dueOn.Equal(s.DueOn.Time) {
		note(first, "due_on", s.DueOn.String())
	}
	if d.currency != nil && *d.currency != s.Currency {
		note(first, "currency", s.Currency)
	}
	if d.fxRate != nil && !d.fxRate.Equal(s.FxRate.Decimal) {
		note(first, "fx_rate", s.FxRate.String())
	}
	if d.pricesIncludeTax != nil && *d.pricesIncludeTax != s.PricesIncludeTax {
		note(first, "prices_include_tax", map[bool]string{true: "yes", false: "no"}[s.PricesIncludeTax])
	}
	if d.store != nil && !strings.EqualFold(*d.store, s.Store) {
		note(first, "store", s.Store)
	}
	if d.memo != nil && *d.memo != normal(s.Memo) {
		note(first, "memo", strconv.Quote(s.Memo))
	}
	if len(d.items) != len(s.items) {
		return append(wrong, csvfile.Mistake{Line: first.Line, Message: "here it has " + strconv.Itoa(len(s.items)) + " items"})
	}
	for i, it := range d.items {
		row, old := d.rows[i], s.items[i]
		if it.product != nil && !strings.EqualFold(*it.product, old.Product) {
			note(row, "product", old.Product)
		}
		if it.description != nil && *it.description != normal(old.Description) {
			note(row, "description", strconv.Quote(old.Description))
		}
		if it.quantity != nil && !it.quantity.Equal(old.Quantity.Decimal) {
			note(row, "quantity", old.Quantity.String())
		}
		if it.unitPrice != nil && !it.unitPrice.Equal(old.UnitPrice.Decimal) {
			note(row, "unit_price", old.UnitPrice.String())
		}
		if it.discount != nil && !it.discount.equals(old.Discount) {
			note(row, "discount", old.Discount)
		}
		if it.account != nil && !strings.EqualFold(*it.account, old.Account) {
			note(row, "account", old.Account)
		}
		if it.store != nil && !strings.EqualFold(*it.store, old.Store) {
			note(row, "item_store", old.Store)
		}
		if it.taxes != nil && !old.taxedAs(it.taxes) {
			note(row, "taxes", strings.Join(old.Taxes, "; "))
		}
	}
	return wrong
}

// equals reports whether the discount is that of a saved item, as it is written to a file.
func (d discount) equals(saved string) bool {
	cell, percent := strings.CutSuffix(saved, "%")
	same := func(given *model.Decimal, has bool) bool {
		number, err := model.ParseDecimal(cell)
		return (given != nil) == has && (given == nil || err == nil && given.Equal(number.Decimal))
	}
	return same(d.percentage, percent) && same(d.amount, !percent && cell != "")
}

// taxedAs reports whether the item has these taxes, with the percentages that were copied.
func (s savedItem) taxedAs(list []tax) bool {
	if len(list) != len(s.Taxes) {
		return false
	}
	for i, t := range list {
		split := strings.EqualFold(t.name, s.Taxes[i]) && (t.percentage == nil || t.percentage.Equal(s.Percentages[i].Decimal))
		if !split && !strings.EqualFold(t.text, s.Taxes[i]) {
			return false
		}
	}
	return true
}

// normal returns a saved text as it is read from a file that it was written to.
func normal(text string) string {
	return strings.TrimSpace(csvfile.Lines(text))
}
