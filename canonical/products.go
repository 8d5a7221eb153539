package canonical

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type product struct {
	master
	Sku, Name, Description string
	Currency               string
	UnitPrice              model.Decimal // in the major unit, so that it survives a change of the currency
	TaxRateID              *int64
}

const selectProduct = `SELECT id, version, sku, name, description, currency,
	canonical.major_price(unit_price, currency) AS unit_price, tax_rate_id, archived_at FROM canonical.products`

// ProductCreate saves a product and returns its key. SKUs are unique among live products, in any case; the default
// currency is the organization's base currency.
func (s *Store) ProductCreate(ctx context.Context, actor Actor, in model.ProductCreateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return u.saveProduct(ctx, product{}, model.ProductUpdateInput{
			Sku: in.Sku, Name: in.Name, Description: in.Description,
			UnitPrice: graphql.OmittableOf(&in.UnitPrice), Currency: in.Currency, TaxRateID: in.TaxRateID,
		})
	})
}

// ProductUpdate changes the given fields. Saved document items keep their description and price.
func (s *Store) ProductUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.ProductUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		p, err := loadLive[product](ctx, u, id, expectedVersion, selectProduct)
		if err != nil {
			return 0, err
		}
		return u.saveProduct(ctx, p, in)
	})
}

// ProductArchive takes a product out of use: nothing new may name it. One that is archived already stays as it is.
func (s *Store) ProductArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return archive[product](ctx, u, id, expectedVersion, selectProduct, "products")
	})
}

// ProductRestore brings an archived product back, unless a live one has its SKU. One that is live already stays as it is.
func (s *Store) ProductRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[product](ctx, u, id, expectedVersion, selectProduct, "products")
	})
}

// checkUnused checks that no other live product has the SKU.
func (p product) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "sku", "Product", "products", p.ID, p.Sku, "true")
}

func (u *unitOfWork) saveProduct(ctx context.Context, p product, in model.ProductUpdateInput) (int64, error) {
	set(&p.Sku, in.Sku)
	set(&p.Name, in.Name)
	set(&p.Description, in.Description)
	set(&p.UnitPrice, in.UnitPrice)

	u.checkRequired("sku", &p.Sku, maxLine)
	u.checkRequired("name", &p.Name, maxLine)
	u.checkText("description", &p.Description, maxText)
	if value, given := in.UnitPrice.ValueOK(); given && value == nil {
		u.addError("unitPrice", required, "must be given")
	}
	price, err := u.setProductPrice(ctx, &p, in)
	if err != nil {
		return 0, err
	}
	if err := p.checkUnused(ctx, u); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	return u.save(ctx, p.ID, row{table: "products", columns: columns{
		{"sku", p.Sku}, {"name", p.Name}, {"description", p.Description}, {"unit_price", price}, {"currency", p.Currency},
		{"tax_rate_id", p.TaxRateID},
	}})
}

// setProductPrice sets a product's currency and tax rate, and returns its price in minor units.
func (u *unitOfWork) setProductPrice(ctx context.Context, p *product, in model.ProductUpdateInput) (model.Decimal, error) {
	org := u.org
	setDefault(u, "currency", p.record, &p.Currency, in.Currency, org.BaseCurrency)
	if err := u.checkCurrency(ctx, &p.Currency); err != nil {
		return model.Decimal{}, err
	}
	if p.UnitPrice.IsNegative() {
		u.addError("unitPrice", invalid, "must not be negative")
	}
	price := u.toMinorPrice("unitPrice", p.UnitPrice, p.Currency)
	id, given := in.TaxRateID.ValueOK()
	if !given {
		return price, nil
	}
	before := p.TaxRateID
	if p.TaxRateID = nil; id == nil {
		return price, nil
	}
	p.TaxRateID = &id.Key
	if id.Type == "TaxRate" && same(before, p.TaxRateID) { // also where it was archived since
		return price, nil
	}
	return price, u.checkLive(ctx, "taxRateId", *id, "TaxRate", "tax_rates")
}

func init() {
	registerConstraints(map[string]model.UserError{
		"products_sku_given":        {Path: "sku", Code: required, Message: "must be given"},
		"products_sku_key":          {Path: "sku", Code: taken, Message: "is in use"},
		"products_name_given":       {Path: "name", Code: required, Message: "must be given"},
		"products_unit_price_range": {Path: "unitPrice", Code: invalid, Message: "must not be negative or too large"},
		"products_currency_fkey":    {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"products_tax_rate_fkey":    {Path: "taxRateId", Code: notFound, Message: "does not exist"},
	})
}
