package canonical_test

import (
	"testing"

	"daybook/graph/model"
)

func TestProduct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{UnitPrice: dec("-1"), Currency: some("JPX")})
	wantMistakes(t, err, "sku REQUIRED", "name REQUIRED", "currency INVALID", "unitPrice INVALID")
	in := model.ProductCreateInput{Sku: some("tea"), Name: some("Tea"), UnitPrice: dec("5"), Currency: some("JPY")}
	id, err := w.ProductCreate(ctx, w.owner, in)
	must(t, err)
	in.Sku, in.UnitPrice = some("TEA"), dec("0.00005")
	_, err = w.ProductCreate(ctx, w.owner, in)
	wantMistakes(t, err, "unitPrice INVALID", "sku TAKEN")

	_, err = w.ProductUpdate(ctx, w.owner, id, nil, model.ProductUpdateInput{Currency: some("KWD")})
	must(t, err)
	if price := one[int64](w, `SELECT unit_price FROM canonical.products`); price != 5000 {
		t.Errorf("5 KWD are %d", price)
	}
	_, err = w.ProductUpdate(ctx, w.owner, id, nil, model.ProductUpdateInput{UnitPrice: null[model.Decimal]()})
	wantMistakes(t, err, "unitPrice REQUIRED")
	for range 2 {
		_, err = w.ProductArchive(ctx, w.owner, id, nil)
		must(t, err)
	}
	if v := one[int](w, `SELECT version FROM canonical.products`); v != 3 {
		t.Errorf("version %d", v)
	}
	in.UnitPrice = dec("1")
	_, err = w.ProductCreate(ctx, w.owner, in) // the archived one has given its SKU up
	must(t, err)
	_, err = w.ProductRestore(ctx, w.owner, id, nil)
	wantMistakes(t, err, "sku TAKEN")
	_, err = w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: w.person(w.owner, "Ada"),
		Items: []model.DocumentItemInput{{ProductID: some(model.ID{Type: "Product", Key: id})}}})
	wantMistakes(t, err, "items.0.productId STATE", "items.0.unitPrice REQUIRED")
}

func TestTaxRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, percentage := range []string{"-0.1", "100.0001", "1.00001"} {
		t.Run(percentage, func(t *testing.T) {
			_, err := w.TaxRateCreate(ctx, w.owner, model.TaxRateCreateInput{Percentage: dec(percentage)})
			wantMistakes(t, err, "name REQUIRED", "percentage INVALID")
		})
	}
	gst := w.taxRate(w.owner, "GST", "10")
	_, err := w.TaxRateCreate(ctx, w.owner, model.TaxRateCreateInput{Name: some(" gst "), Percentage: dec("5")})
	wantMistakes(t, err, "name TAKEN")
	_, err = w.TaxRateUpdate(ctx, w.owner, gst.Key, nil, model.TaxRateUpdateInput{Percentage: null[model.Decimal]()})
	wantMistakes(t, err, "percentage REQUIRED")
	_, err = w.TaxRateArchive(ctx, w.owner, gst.Key, nil)
	must(t, err)
	w.taxRate(w.owner, "GST", "5")
	_, err = w.TaxRateRestore(ctx, w.owner, gst.Key, nil)
	wantMistakes(t, err, "name TAKEN")
	_, err = w.ProductCreate(ctx, w.owner, model.ProductCreateInput{
		Sku: some("a"), Name: some("A"), UnitPrice: dec("1"), TaxRateID: some(gst)})
	wantMistakes(t, err, "taxRateId STATE")
}
