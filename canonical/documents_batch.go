package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// documentBatch is what the documents of a batch refer to, looked up for all of them, and those that are to be saved.
type documentBatch struct {
	archived   map[string]map[int64]*bool // by table and key; nil: there is no such record
	accounts   map[int64]bookedAccount
	currencies map[string]bool
	rates      map[rateDay]*model.Decimal // nil: there is none
	products   map[int64]product
	taxRates   map[int64]taxRate
	used       map[documentRef]int64 // the key of the document that has the reference; 0: one of the batch
	final      string                // the state of the document that is checked
	rows       []newDocument
}

// newDocument is a document of a batch to save; the SQL reads its JSON form.
type newDocument struct {
	ID               int64              `json:"id"`
	Kind             model.DocumentKind `json:"kind"`
	PartyID          int64              `json:"party_id"`
	IssuedOn         model.Date         `json:"issued_on"`
	DueOn            model.Date         `json:"due_on"`
	Currency         string             `json:"currency"`
	FxRate           model.Decimal      `json:"fx_rate"`
	FxRateNamed      bool               `json:"fx_rate_named"`
	PricesIncludeTax bool               `json:"prices_include_tax"`
	Memo             string             `json:"memo"`
	ExternalRef      *string            `json:"external_ref"`
	StoreID          *int64             `json:"store_id"`

	items *itemSet
	final string
}

// batchItem and batchTax are an item and a tax of one of the documents of a batch.
type batchItem struct {
	DocumentID int64 `json:"document_id"`
	item
}

type batchTax struct {
	DocumentID int64 `json:"document_id"`
	itemTax
}

// bookedAccount is what decides whether a record may be booked on an account.
type bookedAccount struct {
	typ     string
	control bool
}

type rateDay struct{ currency, day string }

// documentRef is what a document's reference is unique in: its kind, and for what a vendor issues, the vendor.
type documentRef struct {
	kind  model.DocumentKind
	party int64 // 0 for what a vendor does not issue
	ref   string
}

func refOf(kind model.DocumentKind, party int64, ref string) documentRef {
	if !kind.OfVendor() {
		party = 0
	}
	return documentRef{kind, party, ref}
}

// findBatch looks up what the documents at these places refer to, by one message.
func (u *unitOfWork) findBatch(ctx context.Context, list []NewDocument, places []int) (*documentBatch, error) {
	b := &documentBatch{
		archived: map[string]map[int64]*bool{"people": {}, "accounts": {}, "stores": {}}, accounts: map[int64]bookedAccount{}, currencies: map[string]bool{},
		rates: map[rateDay]*model.Decimal{}, products: map[int64]product{}, taxRates: map[int64]taxRate{}, used: map[documentRef]int64{},
	}
	products, taxes, refs, codes, days := map[int64]bool{}, map[int64]bool{}, map[string]bool{}, []string{}, []model.Date{}
	for _, place := range places {
		in := list[place]
		b.archived["people"][in.PartyID.Key] = nil
		if id := in.StoreID.Value(); id != nil {
			b.archived["stores"][id.Key] = nil
		}
		if ref := in.ExternalRef.Value(); ref != nil {
			refs[storable(Reference(*ref))] = true
		}
		if code := in.Currency.Value(); code != nil && currencyForm.MatchString(Reference(*code)) && in.FxRate.Value() == nil {
			day := u.org.Today
			setGiven(&day, in.IssuedOn)
			codes, days = append(codes, Reference(*code)), append(days, day)
			b.rates[rateDay{Reference(*code), day.String()}] = nil
		}
		for _, it := range in.Items {
			if id := it.ProductID.Value(); id != nil {
				products[id.Key] = true
			}
			if id := it.AccountID.Value(); id != nil {
				b.archived["accounts"][id.Key] = nil
			}
			if id := it.StoreID.Value(); id != nil {
				b.archived["stores"][id.Key] = nil
			}
			for _, id := range it.TaxRateIds.Value() {
				taxes[id.Key] = true
			}
		}
	}
	organization := u.actor.OrganizationID
	first := &pgx.Batch{}
	for table, found := range b.archived {
		ids := []int64{}
		for id := range found {
			ids = append(ids, id)
		}
		first.Queue(`SELECT id, archived_at IS NOT NULL FROM canonical.`+table+` WHERE organization_id = $1 AND id = ANY ($2)`, organization, ids).Query(func(rows pgx.Rows) error {
			var id int64
			var archived bool
			_, err := pgx.ForEachRow(rows, []any{&id, &archived}, func() error { found[id] = new(archived); return nil })
			return err
		})
		if table == "accounts" {
			first.Queue(`SELECT id, type, coalesce(system_role = ANY ($3), false) FROM canonical.accounts WHERE organization_id = $1 AND id = ANY ($2)`,
				organization, ids, controlAccounts).Query(func(rows pgx.Rows) error {
				var id int64
				var a bookedAccount
				_, err := pgx.ForEachRow(rows, []any{&id, &a.typ, &a.control}, func() error { b.accounts[id] = a; return nil })
				return err
			})
		}
	}
	first.Queue(`SELECT code FROM canonical.currencies`).Query(func(rows pgx.Rows) error {
		var code string
		_, err := pgx.ForEachRow(rows, []any{&code}, func() error { b.currencies[code] = true; return nil })
		return err
	})
	first.Queue(`SELECT wanted.code, wanted.day, rate.rate FROM (SELECT DISTINCT * FROM unnest($2::text[], $3::date[]) AS given (code, day)) AS wanted
		CROSS JOIN LATERAL (SELECT rate FROM canonical.fx_rates WHERE organization_id = $1 AND currency = wanted.code AND valid_from <= wanted.day
			ORDER BY valid_from DESC LIMIT 1) AS rate`, organization, codes, days).Query(func(rows pgx.Rows) error {
		var code string
		var day model.Date
		var rate model.Decimal
		_, err := pgx.ForEachRow(rows, []any{&code, &day, &rate}, func() error { b.rates[rateDay{code, day.String()}] = new(rate); return nil })
		return err
	})
	// The kinds are those of the two indexes of references.
	first.Queue(`SELECT found.* FROM unnest($2::text[]) AS wanted (ref) CROSS JOIN LATERAL (
			SELECT id, kind, party_id, external_ref FROM canonical.documents
			WHERE organization_id = $1 AND kind IN ('invoice', 'credit_note') AND external_ref = wanted.ref
			UNION ALL SELECT id, kind, party_id, external_ref FROM canonical.documents
			WHERE organization_id = $1 AND kind IN ('bill', 'vendor_credit_note') AND external_ref = wanted.ref) AS found`, organization, keysOf(refs)).Query(func(rows pgx.Rows) error {
		var kind, ref string
		var id, party int64
		_, err := pgx.ForEachRow(rows, []any{&id, &kind, &party, &ref}, func() error {
			b.used[refOf(model.DocumentKind(kind), party, ref)] = id
			return nil
		})
		return err
	})
	first.Queue(selectProduct+` WHERE organization_id = $1 AND id = ANY ($2)`, organization, keysOf(products)).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByName[product])
		b.products = byID(found, func(p product) int64 { return p.ID })
		return err
	})
	if err := u.SendBatch(ctx, first).Close(); err != nil {
		return nil, fmt.Errorf("look up what the documents refer to: %w", err)
	}
	for _, p := range b.products {
		if p.TaxRateID != nil {
			taxes[*p.TaxRateID] = true
		}
	}
	if len(taxes) > 0 {
		var err error
		if b.taxRates, err = u.findTaxRates(ctx, keysOf(taxes)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// record returns whether a record that is looked up is archived, nil if there is none, and whether it was looked up.
func (b *documentBatch) record(table string, key int64) (archived *bool, known bool) {
	if b == nil {
		return nil, false
	}
	archived, known = b.archived[table][key]
	return archived, known
}

// rate returns a rate that is looked up, nil if there is none, and whether it was looked up.
func (b *documentBatch) rate(currency string, on model.Date) (rate *model.Decimal, known bool) {
	if b == nil {
		return nil, false
	}
	rate, known = b.rates[rateDay{currency, on.String()}]
	return rate, known
}

// add takes a document that nothing is wrong with. Its reference is in use from now on.
func (b *documentBatch) add(d document, items *itemSet) {
	if d.ExternalRef != nil {
		b.used[refOf(d.Kind, d.PartyID, *d.ExternalRef)] = 0
	}
	b.rows = append(b.rows, newDocument{
		Kind: d.Kind, PartyID: d.PartyID, IssuedOn: d.IssuedOn, DueOn: d.DueOn, Currency: d.Currency, FxRate: d.FxRate, FxRateNamed: d.FxRateNamed,
		PricesIncludeTax: d.PricesIncludeTax, Memo: d.Memo, ExternalRef: d.ExternalRef, StoreID: d.StoreID, items: items, final: b.final,
	})
}

// save saves the documents that the batch has taken, and returns their keys in its order.
func (b *documentBatch) save(ctx context.Context, u *unitOfWork) ([]int64, error) {
	if len(b.rows) == 0 {
		return nil, nil
	}
	rows, _ := u.Query(ctx, `SELECT nextval(sequence) FROM generate_series(1, $1),
		(SELECT pg_get_serial_sequence('canonical.documents', 'id')::regclass AS sequence OFFSET 0) AS found`, len(b.rows))
	keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("take keys of documents: %w", err)
	}
	items, taxes, added := []batchItem{}, []batchTax{}, []int64{}
	approved, void := map[model.DocumentKind][]int64{}, []int64{}
	for i := range b.rows {
		d := &b.rows[i]
		d.ID = keys[i]
		for _, it := range d.items.items {
			items = append(items, batchItem{d.ID, it})
		}
		for _, t := range d.items.taxes {
			taxes = append(taxes, batchTax{d.ID, t})
		}
		if d.final != "draft" {
			approved[d.Kind] = append(approved[d.Kind], d.ID)
		}
		if d.final == "void" {
			void = append(void, d.ID)
		}
		if d.Currency != u.org.BaseCurrency || !d.items.small() || d.final != "draft" && d.items.reduces() {
			added = append(added, d.ID)
		}
	}
	organization := u.actor.OrganizationID
	u.queue(`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency, fx_rate, fx_rate_named, prices_include_tax, memo, external_ref, store_id)
		SELECT $1, id, kind, party_id, issued_on, due_on, currency, fx_rate, fx_rate_named, prices_include_tax, memo, external_ref, store_id
		FROM jsonb_to_recordset($2) AS new (id bigint, kind text, party_id bigint, issued_on date, due_on date, currency text, fx_rate numeric, fx_rate_named boolean,
			prices_include_tax boolean, memo text, external_ref text, store_id bigint) ORDER BY id`, organization, b.rows)
	u.queue(`WITH added AS (
		INSERT INTO canonical.document_items
			(organization_id, document_id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount)
		SELECT $1, document_id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount
		FROM jsonb_to_recordset($2) AS new (document_id bigint, line int, product_id bigint, account_id bigint, store_id bigint, description text, quantity numeric,
			unit_price numeric, discount_percentage numeric, discount_amount bigint) ORDER BY document_id, line RETURNING id, document_id, line)
		INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
		SELECT $1, document_id, added.id, tax.position, tax.tax_rate_id, tax.name, tax.percentage
		FROM jsonb_to_recordset($3) AS tax (document_id bigint, line int, position int, tax_rate_id bigint, name text, percentage numeric)
		JOIN added USING (document_id, line) ORDER BY added.id, tax.position`, organization, items, taxes)
	if len(added) > 0 {
		if err := b.checkTotals(ctx, u, added); err != nil {
			return nil, err
		}
	}
	for kind, ids := range approved {
		u.queue(`UPDATE canonical.documents AS document
			SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
			FROM canonical.take_numbers($1, $2, cardinality($3::bigint[])) AS next JOIN unnest($3::bigint[]) WITH ORDINALITY AS wanted (id, place) USING (place)
			WHERE (document.organization_id, document.id) = ($1, wanted.id)`, organization, kind, ids)
	}
	if len(void) > 0 {
		u.queue(`UPDATE canonical.documents SET state = 'void', voided_at = now() WHERE organization_id = $1 AND id = ANY ($2)`, organization, void)
	}
	return keys, nil
}

// checkTotals rejects the batch if the total of one of these documents is too large, or of one that is to be approved negative.
func (b *documentBatch) checkTotals(ctx context.Context, u *unitOfWork, ids []int64) error {
	var wrong bool
	err := u.QueryRow(ctx, `SELECT coalesce(bool_or(abs(total.amount) > $4 OR total.amount < 0 AND total.id = ANY ($3) OR
			canonical.in_base(total.amount, total.currency, $5, total.fx_rate) IS NULL), false)
		FROM (SELECT document.id, document.currency, document.fx_rate, canonical.document_total($1, document.id) AS amount
			FROM canonical.documents AS document WHERE document.organization_id = $1 AND document.id = ANY ($2) OFFSET 0) AS total`,
		u.actor.OrganizationID, ids, b.approved(), int64(maxAmount), u.org.BaseCurrency).Scan(&wrong)
	switch {
	case err != nil:
		return fmt.Errorf("add up documents: %w", err)
	case wrong:
		return reject("items", invalid, "a total is too large, or negative")
	}
	return nil
}

// approved returns the keys of the documents that are to be approved.
func (b *documentBatch) approved() []int64 {
	ids := []int64{}
	for _, d := range b.rows {
		if d.final != "draft" {
			ids = append(ids, d.ID)
		}
	}
	return ids
}
