package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
)

// item is one item of a document to save; the SQL reads its JSON form.
type item struct {
	ID          *int64        `json:"id"` // nil: new
	Line        int           `json:"line"`
	ProductID   *int64        `json:"product_id"`
	AccountID   *int64        `json:"account_id"`
	StoreID     *int64        `json:"store_id"` // nil: the document's
	Description string        `json:"description"`
	Quantity    model.Decimal `json:"quantity"`
	Price       model.Decimal `json:"-"`                 // in the major unit, so that it survives a change of the currency
	UnitPrice   model.Decimal `json:"unit_price" db:"-"` // in minor units

	// A discount is a percentage or an amount; both are nil without one.
	DiscountPercentage *model.Decimal `json:"discount_percentage"`
	Discount           *model.Decimal `json:"-"` // in the major unit
	DiscountAmount     *int64         `json:"discount_amount" db:"-"`

	// rates are the tax rates to copy in place of the taxes that the item has; nil keeps them.
	rates []model.ID
	// priced is whether Price is a price in the document's currency, and listed whether it is a product's, before tax.
	priced, listed bool
}

// itemTax is one tax of an item, copied from its rate.
type itemTax struct {
	Line       int           `json:"line"`
	Position   int           `json:"position"`
	TaxRateID  int64         `json:"tax_rate_id"`
	Name       string        `json:"name"`
	Percentage model.Decimal `json:"percentage"`
}

// itemSet is the whole new set of a document's items.
type itemSet struct {
	items []item
	taxes []itemTax
}

// Bounds of a document.
const (
	maxItems = 2000
	maxTaxes = 10 // of one item
)

var (
	one         = model.Decimal{Decimal: decimal.NewFromInt(1)}
	maxQuantity = decimal.NewFromInt(100_000_000_000)
)

// checkItems checks the whole new set of a document's items, and returns it; nil if the items stay as they are. before is
// the currency in which the saved items are priced.
func (u *unitOfWork) checkItems(ctx context.Context, d document, before string, in graphql.Omittable[[]model.DocumentItemInput]) (*itemSet, error) {
	inputs, given := in.ValueOK()
	if !given && before == d.Currency {
		return nil, nil
	}
	saved, err := u.loadItems(ctx, d.ID, before)
	if err != nil {
		return nil, err
	}
	if !given {
		for i := range saved {
			saved[i].UnitPrice = u.toMinorPrice("currency", saved[i].Price, d.Currency)
			if off := saved[i].Discount; off != nil {
				saved[i].DiscountAmount = new(u.toMinor("currency", *off, d.Currency))
			}
		}
		return &itemSet{items: saved, taxes: []itemTax{}}, nil
	}
	switch {
	case len(inputs) == 0:
		u.addError("items", required, "must have at least one entry")
	case len(inputs) > maxItems:
		u.addError("items", invalid, "must not be more than %d", maxItems)
		return &itemSet{}, nil
	}
	products, err := u.findProducts(ctx, inputs)
	if err != nil {
		return nil, err
	}
	for i := range saved {
		saved[i].priced = true
	}
	kept := byID(saved, func(i item) int64 { return *i.ID })
	list := make([]item, len(inputs))
	for i, in := range inputs {
		list[i] = u.checkItem(itemAt(i), i+1, in, kept, products, d.Currency)
	}
	if err := u.checkItemAccounts(ctx, inputs, byID(saved, func(i item) int64 { return *i.ID })); err != nil {
		return nil, err
	}
	if err := u.checkItemStores(ctx, inputs, byID(saved, func(i item) int64 { return *i.ID })); err != nil {
		return nil, err
	}
	taxes, err := u.copyTaxRates(ctx, list)
	if d.PricesIncludeTax {
		u.includeTaxes(list, taxes)
	}
	return &itemSet{items: list, taxes: taxes}, err
}

// loadItems returns the items of a document, which are priced in the currency; none for one that is not saved yet.
func (u *unitOfWork) loadItems(ctx context.Context, documentID int64, currency string) ([]item, error) {
	if documentID == 0 {
		return nil, nil
	}
	rows, _ := u.Query(ctx, `SELECT id, line, product_id, account_id, store_id, description, quantity, canonical.major_price(unit_price, $3) AS price,
			discount_percentage, canonical.major(discount_amount, $3) AS discount
		FROM canonical.document_items WHERE organization_id = $1 AND document_id = $2 ORDER BY line`,
		u.actor.OrganizationID, documentID, currency)
	saved, err := pgx.CollectRows(rows, pgx.RowToStructByName[item])
	if err != nil {
		return nil, fmt.Errorf("load items: %w", err)
	}
	return saved, nil
}

// includeTaxes adds their taxes to the prices of items that have them from a product.
func (u *unitOfWork) includeTaxes(items []item, taxes []itemTax) {
	percentages := map[int]decimal.Decimal{} // by line
	for _, t := range taxes {
		percentages[t.Line] = percentages[t.Line].Add(t.Percentage.Decimal)
	}
	for i := range items {
		u.includeTax(itemAt(i), &items[i], percentages[items[i].Line])
	}
}

// includeTax adds taxes of so many per cent together to the price of an item that has it from a product.
func (u *unitOfWork) includeTax(at func(field string) string, it *item, percentages decimal.Decimal) {
	if it.listed && it.priced {
		whole := decimal.NewFromInt(100).Add(percentages)
		it.UnitPrice.Decimal = it.UnitPrice.Mul(whole).Shift(-2).Round(model.PriceDecimals)
		u.checkLineAmount(at, *it)
	}
}

// checkLineAmount checks that the price and the amount of an item fit the books.
func (u *unitOfWork) checkLineAmount(at func(field string) string, it item) {
	limit := decimal.NewFromInt(maxAmount)
	if it.UnitPrice.Abs().GreaterThan(limit) || it.amount().Abs().GreaterThan(limit) {
		u.addError(at("unitPrice"), invalid, "the amount of the line is too large")
	}
	if off := it.DiscountAmount; off != nil && *off > 0 && it.amount().LessThan(decimal.NewFromInt(*off)) {
		u.addError(at("discount"), invalid, "must not be more than the amount of the line")
	}
}

// itemAt returns what gives the paths of the fields of a document's entry.
func itemAt(index int) func(field string) string {
	return func(field string) string { return fmt.Sprintf("items.%d.%s", index, field) }
}

// checkItem checks one entry of the set, which becomes the line. A field that it leaves out comes from the product that it
// newly names, or else from the saved item.
func (u *unitOfWork) checkItem(at func(field string) string, line int, in model.DocumentItemInput, kept map[int64]item, products map[int64]product, currency string) item {
	it := matchSaved(u, at("id"), in.ID, "DocumentItem", kept)
	it.Line = line
	if it.ID == nil {
		it.Quantity, it.rates = one, []model.ID{}
	}
	known := true
	switch id, given := in.ProductID.ValueOK(); {
	case given && id == nil:
		it.ProductID = nil
	case given && (id.Type != "Product" || it.ProductID == nil || *it.ProductID != id.Key):
		known = u.applyProduct(at("productId"), &it, *id, products, currency)
	}
	if id, given := in.AccountID.ValueOK(); given {
		if it.AccountID = nil; id != nil {
			it.AccountID = &id.Key
		}
	}
	if id, given := in.StoreID.ValueOK(); given {
		if it.StoreID = nil; id != nil {
			it.StoreID = &id.Key
		}
	}
	set(&it.Description, in.Description)
	set(&it.Quantity, in.Quantity)
	if quantity, given := in.Quantity.ValueOK(); given && quantity == nil {
		it.Quantity = one
	}
	if price, given := in.UnitPrice.ValueOK(); given {
		set(&it.Price, in.UnitPrice)
		it.priced, it.listed = price != nil, false
	}
	if ids, given := in.TaxRateIds.ValueOK(); given {
		it.rates = append([]model.ID{}, ids...)
	}

	if known || in.Description.IsSet() {
		u.checkRequired(at("description"), &it.Description, maxText)
	}
	if q := it.Quantity; q.IsZero() || !q.Equal(q.Truncate(6)) || q.Abs().GreaterThanOrEqual(maxQuantity) {
		u.addError(at("quantity"), invalid, "must not be zero, with at most 11 digits before and 6 after the point")
	}
	switch {
	case it.priced:
		it.UnitPrice = u.toMinorPrice(at("unitPrice"), it.Price, currency)
	case known:
		u.addError(at("unitPrice"), required, "must be given: there is no price in %.3s to take", currency)
	}
	u.setDiscount(at, &it, in, currency)
	u.checkLineAmount(at, it)
	return it
}

// setDiscount gives an item the discount of its entry: a percentage, or an amount, which takes the place of the other.
func (u *unitOfWork) setDiscount(at func(field string) string, it *item, in model.DocumentItemInput, currency string) {
	setOptional(&it.DiscountPercentage, in.DiscountPercentage)
	setOptional(&it.Discount, in.Discount)
	switch percentage, amount := in.DiscountPercentage.Value(), in.Discount.Value(); {
	case percentage != nil && amount != nil:
		u.addError(at("discount"), invalid, "is given in percent and as an amount")
		return
	case percentage != nil:
		it.Discount = nil
	case amount != nil:
		it.DiscountPercentage = nil
	}
	if p := it.DiscountPercentage; p != nil && (p.IsNegative() || p.GreaterThan(decimal.NewFromInt(100)) || !p.Equal(p.Truncate(4))) {
		u.addError(at("discountPercentage"), invalid, "must be from 0 to 100, with at most 4 decimals")
	}
	if it.Discount == nil {
		return
	}
	if it.DiscountAmount = new(u.toMinor(at("discount"), *it.Discount, currency)); it.Discount.IsNegative() {
		u.addError(at("discount"), invalid, "must not be negative")
	}
}

// amount returns the item's amount before its discount in minor units, as the database computes it.
func (it item) amount() decimal.Decimal {
	return it.Quantity.Mul(it.UnitPrice.Decimal).Round(0)
}

// applyProduct gives the item the description, price and tax of a product, and reports whether the product exists.
func (u *unitOfWork) applyProduct(path string, it *item, id model.ID, products map[int64]product, currency string) bool {
	p, found := products[id.Key]
	if !found || id.Type != "Product" {
		u.addError(path, notFound, "does not exist")
		return false
	}
	if p.ArchivedAt != nil {
		u.addError(path, state, "is archived")
	}
	it.ProductID, it.Description, it.rates = &p.ID, p.Description, []model.ID{}
	if p.Description == "" {
		it.Description = p.Name
	}
	it.Price, it.priced, it.listed = p.UnitPrice, p.Currency == currency, true
	if p.TaxRateID != nil {
		it.rates = []model.ID{{Type: "TaxRate", Key: *p.TaxRateID}}
	}
	return true
}

// findProducts returns the products that the inputs name and that exist, by their key.
func (u *unitOfWork) findProducts(ctx context.Context, inputs []model.DocumentItemInput) (map[int64]product, error) {
	var ids []int64
	for _, in := range inputs {
		if id := in.ProductID.Value(); id != nil {
			ids = append(ids, id.Key)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if u.batch != nil {
		return u.batch.products, nil
	}
	rows, _ := u.Query(ctx, selectProduct+` WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[product])
	if err != nil {
		return nil, fmt.Errorf("look up products: %w", err)
	}
	return byID(list, func(p product) int64 { return p.ID }), nil
}

// checkItemAccounts checks the accounts that the inputs name.
func (u *unitOfWork) checkItemAccounts(ctx context.Context, inputs []model.DocumentItemInput, saved map[int64]item) error {
	seen := map[model.ID]bool{}
	for i, in := range inputs {
		id := in.AccountID.Value()
		if id == nil || seen[*id] {
			continue
		}
		if item := in.ID.Value(); item != nil && id.Type == "Account" {
			if account := saved[item.Key].AccountID; account != nil && *account == id.Key {
				continue // what stands keeps it
			}
		}
		mistakes := len(u.Errors)
		if _, err := u.checkBookedAccount(ctx, fmt.Sprintf("items.%d.accountId", i), *id); err != nil {
			return err
		}
		seen[*id] = len(u.Errors) == mistakes
	}
	return nil
}

// checkItemStores checks the stores that the inputs name.
func (u *unitOfWork) checkItemStores(ctx context.Context, inputs []model.DocumentItemInput, saved map[int64]item) error {
	seen := map[model.ID]bool{}
	for i, in := range inputs {
		id := in.StoreID.Value()
		if id == nil || seen[*id] {
			continue
		}
		if item := in.ID.Value(); item != nil && id.Type == "Store" {
			if store := saved[item.Key].StoreID; store != nil && *store == id.Key {
				continue // what stands keeps it
			}
		}
		mistakes := len(u.Errors)
		if err := u.checkLive(ctx, fmt.Sprintf("items.%d.storeId", i), *id, "Store", "stores"); err != nil {
			return err
		}
		seen[*id] = len(u.Errors) == mistakes
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"document_items_document_fkey":             {Path: "id", Code: notFound, Message: "does not exist"},
		"document_items_product_fkey":              {Path: "items", Code: notFound, Message: "a product does not exist"},
		"document_items_line_positive":             {Path: "items", Code: invalid, Message: "lines begin at 1"},
		"document_items_line_key":                  {Path: "items", Code: conflict, Message: "two items have one line"},
		"document_items_description_given":         {Path: "items", Code: required, Message: "each item needs a description"},
		"document_items_quantity_not_zero":         {Path: "items", Code: invalid, Message: "a quantity is zero"},
		"document_items_unit_price_range":          {Path: "items", Code: invalid, Message: "a price is too large"},
		"document_items_discount_percentage_range": {Path: "items", Code: invalid, Message: "a discount is not from 0 to 100 per cent"},
		"document_items_discount_amount_range":     {Path: "items", Code: invalid, Message: "a discount is negative or too large"},
		"document_items_discount_once":             {Path: "items", Code: invalid, Message: "a discount is given in percent and as an amount"},
		"document_items_discount_within_line":      {Path: "items", Code: invalid, Message: "a discount is more than the amount of its line"},
		"document_items_amount_range":              {Path: "items", Code: invalid, Message: "an amount is too large"},
		"document_item_taxes_item_fkey":            {Path: "items", Code: notFound, Message: "an item does not exist"},
		"document_item_taxes_tax_rate_fkey":        {Path: "items", Code: notFound, Message: "a tax rate does not exist"},
		"document_item_taxes_position_positive":    {Path: "items", Code: invalid, Message: "positions begin at 1"},
		"document_item_taxes_position_key":         {Path: "items", Code: conflict, Message: "two taxes have one position"},
		"document_item_taxes_tax_rate_key":         {Path: "items", Code: invalid, Message: "a tax rate is named twice"},
		"document_item_taxes_percentage_range":     {Path: "items", Code: invalid, Message: "a percentage is not from 0 to 100"},
		"document_items_store_fkey":                {Path: "items", Code: notFound, Message: "a store does not exist"},
		"document_items_account_fkey":              {Path: "items", Code: notFound, Message: "an account does not exist"},
	})
}
