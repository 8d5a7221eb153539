package canonical

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// recordedSale is a sale that the store has under a row's reference.
type recordedSale struct {
	sale
	id    int64
	lined bool // whether it has lines
	paid  bool // whether it has tenders
	lines []recordedLine
}

// recordedLine is a line of such a sale.
type recordedLine struct {
	ProductID, AccountID, RefundedLineID *int64
	Description                          string
	Quantity, UnitPrice                  model.Decimal // the price in minor units
	DiscountPercentage                   *model.Decimal
	DiscountAmount                       *int64
	TaxRateIDs                           []int64
}

// matchKnownSales sets the answer's IDs of the rows that are recorded already, and returns the rows whose references are
// not in use. Its statement says organization_id + 0, as the index of the references does, so that it can use no other.
func (u *unitOfWork) matchKnownSales(ctx context.Context, answer *SalesRecorded, referenced []sale) (fresh []sale, err error) {
	if len(referenced) == 0 {
		return nil, nil
	}
	stores, refs := make([]int64, len(referenced)), make([]string, len(referenced))
	for i, row := range referenced {
		stores[i], refs[i] = row.StoreID, row.ExternalRef
	}
	found := map[saleReference]*recordedSale{}
	rows, _ := u.Query(ctx, `
		SELECT sale.id, sale.store_id, sale.kind, sale.occurred_at, sale.currency, sale.amount, sale.person_id, sale.external_ref,
			sale.till_id, sale.refunded_sale_id, sale.prices_include_tax, sale.tax_rounding IS NOT NULL,
			EXISTS (SELECT FROM canonical.sale_tenders AS part WHERE (part.organization_id, part.sale_id) = (sale.organization_id, sale.id))
		FROM unnest($2::bigint[], $3::text[]) AS referenced (store_id, external_ref)
		CROSS JOIN LATERAL (SELECT * FROM canonical.sales AS sale
			WHERE sale.organization_id + 0 = $1 AND sale.store_id = referenced.store_id AND sale.external_ref = referenced.external_ref OFFSET 0) AS sale`,
		u.actor.OrganizationID, stores, refs)
	var k recordedSale
	_, err = pgx.ForEachRow(rows, []any{&k.id, &k.StoreID, &k.Kind, &k.OccurredAt, &k.Currency, &k.Amount, &k.PersonID, &k.ExternalRef,
		&k.TillID, &k.RefundedID, &k.PricesIncludeTax, &k.lined, &k.paid}, func() error {
		found[k.reference()] = new(k)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for known sales: %w", err)
	}
	if err := u.loadRecordedParts(ctx, found); err != nil {
		return nil, err
	}
	for _, row := range referenced {
		k, seen := found[row.reference()]
		switch {
		case !seen:
			fresh = append(fresh, row)
		case row.describes(*k):
			answer.IDs[row.Place] = k.id
		default:
			u.addTaken(row.at("externalRef"), "is in use for another sale", model.ID{Type: "Sale", Key: k.id})
		}
	}
	return fresh, nil
}

// matchRefused looks again for the fresh rows that are not complete: a concurrent transaction, for which this one has waited, may
// have recorded the same sale, given back what it gives back, and closed its day. Then the row is known, and its user errors are gone.
func (u *unitOfWork) matchRefused(ctx context.Context, answer *SalesRecorded, fresh, complete []sale) error {
	whole := map[int]bool{}
	for _, row := range complete {
		whole[row.Place] = true
	}
	refused := slices.DeleteFunc(slices.Clone(fresh), func(row sale) bool { return whole[row.Place] })
	before := u.Errors
	u.Errors = nil
	unknown, err := u.matchKnownSales(ctx, answer, refused)
	if err != nil {
		return err
	}
	for _, row := range refused {
		if !slices.ContainsFunc(unknown, func(u sale) bool { return u.Place == row.Place }) {
			before = slices.DeleteFunc(before, func(mistake model.UserError) bool { return strings.HasPrefix(mistake.Path, row.at("")) })
		}
	}
	u.Errors = append(before, u.Errors...)
	return nil
}

// loadRecordedParts adds the lines and tenders of the sales that have some.
func (u *unitOfWork) loadRecordedParts(ctx context.Context, found map[saleReference]*recordedSale) error {
	recorded := map[int64]*recordedSale{}
	for _, k := range found {
		if k.lined || k.paid {
			recorded[k.id] = k
		}
	}
	if len(recorded) == 0 {
		return nil
	}
	keys := keysOf(recorded)
	batch := &pgx.Batch{}
	batch.Queue(`
		SELECT line.sale_id, line.product_id, line.account_id, line.refunded_line_id, line.description, line.quantity, line.unit_price,
			line.discount_percentage, line.discount_amount, ARRAY(
				SELECT tax.tax_rate_id FROM canonical.sale_line_taxes AS tax
				WHERE (tax.organization_id, tax.sale_id, tax.line) = (line.organization_id, line.sale_id, line.line) ORDER BY tax.position)
		FROM canonical.sale_lines AS line WHERE line.organization_id = $1 AND line.sale_id = ANY ($2) ORDER BY line.sale_id, line.line`,
		u.actor.OrganizationID, keys).Query(func(rows pgx.Rows) error {
		var id int64
		var l recordedLine
		_, err := pgx.ForEachRow(rows, []any{&id, &l.ProductID, &l.AccountID, &l.RefundedLineID, &l.Description, &l.Quantity, &l.UnitPrice,
			&l.DiscountPercentage, &l.DiscountAmount, &l.TaxRateIDs}, func() error {
			recorded[id].lines = append(recorded[id].lines, l)
			l.TaxRateIDs = nil
			return nil
		})
		return err
	})
	batch.Queue(`SELECT sale_id, tender, amount FROM canonical.sale_tenders WHERE organization_id = $1 AND sale_id = ANY ($2) ORDER BY sale_id, position`,
		u.actor.OrganizationID, keys).Query(func(rows pgx.Rows) error {
		var id int64
		var part saleTender
		_, err := pgx.ForEachRow(rows, []any{&id, &part.Tender, &part.Amount}, func() error {
			recorded[id].Tenders = append(recorded[id].Tenders, part)
			return nil
		})
		return err
	})
	if err := u.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("look up lines and tenders of known sales: %w", err)
	}
	return nil
}

// equals reports whether two rows have the same content.
func (s sale) equals(o sale) bool {
	return s.Kind == o.Kind && s.OccurredAt.Equal(o.OccurredAt) && s.Currency == o.Currency && s.Amount == o.Amount && s.amountGiven == o.amountGiven &&
		same(s.PersonID, o.PersonID) && same(s.TillID, o.TillID) && same(s.RefundedID, o.RefundedID) && s.PricesIncludeTax == o.PricesIncludeTax && slices.Equal(s.Tenders, o.Tenders) &&
		slices.EqualFunc(s.Lines, o.Lines, func(a, b saleLine) bool { return a.describes(b.recorded()) && b.describes(a.recorded()) })
}

// describes reports whether a recorded sale has what the row gives.
func (s sale) describes(k recordedSale) bool {
	taking := len(s.Lines) > 0 && s.Lines[0].RefundedLineID != nil // the prices are those of the refunded sale
	return s.Kind == k.Kind && s.OccurredAt.Equal(k.OccurredAt) && s.Currency == k.Currency && (s.Amount == k.Amount || !s.amountGiven) &&
		same(s.PersonID, k.PersonID) && same(s.TillID, k.TillID) && same(s.RefundedID, k.RefundedID) && (s.PricesIncludeTax == k.PricesIncludeTax || s.Lines == nil || taking) &&
		slices.Equal(s.Tenders, k.Tenders) && slices.EqualFunc(s.Lines, k.lines, saleLine.describes)
}

// recorded returns the line as it is recorded.
func (l saleLine) recorded() recordedLine {
	r := recordedLine{
		ProductID: l.ProductID, AccountID: l.AccountID, RefundedLineID: l.RefundedLineID, Description: l.Description,
		Quantity: l.Quantity, UnitPrice: l.UnitPrice, DiscountPercentage: l.DiscountPercentage, DiscountAmount: l.DiscountAmount,
	}
	for _, tax := range l.Taxes {
		r.TaxRateIDs = append(r.TaxRateIDs, tax.TaxRateID)
	}
	return r
}

// describes reports whether a recorded line has what the row gives. What a product gave may have changed since.
func (l saleLine) describes(r recordedLine) bool {
	if !same(l.RefundedLineID, r.RefundedLineID) {
		return false
	}
	if l.RefundedLineID != nil {
		return l.in.Quantity.Value() == nil || l.Quantity.Equal(r.Quantity.Decimal)
	}
	return same(l.ProductID, r.ProductID) && same(l.AccountID, r.AccountID) && l.Quantity.Equal(r.Quantity.Decimal) &&
		(l.in.Description.Value() == nil || l.Description == r.Description) &&
		(l.in.UnitPrice.Value() == nil || l.UnitPrice.Equal(r.UnitPrice.Decimal)) &&
		same(l.DiscountAmount, r.DiscountAmount) && (l.DiscountPercentage == nil) == (r.DiscountPercentage == nil) &&
		(l.DiscountPercentage == nil || l.DiscountPercentage.Equal(r.DiscountPercentage.Decimal)) &&
		(!l.in.TaxRateIds.IsSet() || slices.Equal(l.recorded().TaxRateIDs, r.TaxRateIDs))
}
