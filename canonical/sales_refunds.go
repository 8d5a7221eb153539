package canonical

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
)

// clocksDiffer is how much the clocks of two tills may differ: a refund may seem to be earlier than its sale by as much.
const clocksDiffer = time.Hour

// refundableSale is a sale that rows of a bulk give back, with what of it is left.
type refundableSale struct {
	ID, StoreID      int64
	OccurredAt       time.Time
	Kind, Currency   string
	Voided           bool
	PricesIncludeTax bool
	Left             int64                    // minor units
	lines            map[int64]refundableLine // those that rows name
}

// refundableLine is a line with what of it is left.
type refundableLine struct {
	ID, SaleID           int64
	ProductID, AccountID *int64
	Description          string
	UnitPrice            model.Decimal // minor units
	Quantity             model.Decimal
	Net                  int64         // minor units
	taxes                []saleLineTax // what is left of each
}

// holdRefunded locks the sales that the rows give back, in the order of their keys, and returns what of them is left. Others
// that give them back, or void them, wait until the transaction ends.
func (u *unitOfWork) holdRefunded(ctx context.Context, rows []sale) (map[int64]refundableSale, error) {
	named, lines := map[int64]bool{}, map[int64]bool{}
	for _, row := range rows {
		if row.RefundedID == nil {
			continue
		}
		named[*row.RefundedID] = true
		for _, line := range row.Lines {
			if line.RefundedLineID != nil {
				lines[*line.RefundedLineID] = true
			}
		}
	}
	left := map[int64]refundableSale{}
	if len(named) == 0 {
		return left, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT FROM canonical.sales WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE`, u.actor.OrganizationID, keysOf(named)).
		Exec(func(pgconn.CommandTag) error { return nil })
	batch.Queue(`
		SELECT sale.id, sale.store_id, sale.occurred_at, sale.kind, sale.currency, sale.voided_at IS NOT NULL AS voided, sale.prices_include_tax, (sale.amount - back.amount)::bigint AS left
		FROM canonical.sales AS sale
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(refund.amount), 0) AS amount FROM canonical.sales AS refund
			WHERE (refund.organization_id, refund.refunded_sale_id) = (sale.organization_id, sale.id) AND refund.voided_at IS NULL) AS back
		WHERE sale.organization_id = $1 AND sale.id = ANY ($2)`, u.actor.OrganizationID, keysOf(named)).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[refundableSale])
		for _, sale := range list {
			sale.lines = map[int64]refundableLine{}
			left[sale.ID] = sale
		}
		return err
	})
	if len(lines) > 0 {
		u.queueRefundableLines(batch, keysOf(lines), left)
	}
	if err := u.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("look up what is left of refunded sales: %w", err)
	}
	return left, nil
}

// queueRefundableLines queues the statements that add what is left of the lines to their sales.
func (u *unitOfWork) queueRefundableLines(batch *pgx.Batch, keys []int64, left map[int64]refundableSale) {
	batch.Queue(`
		SELECT line.id, line.sale_id, line.product_id, line.account_id, line.description, line.unit_price,
			line.quantity - back.quantity AS quantity, (line.net - back.net)::bigint AS net
		FROM canonical.sale_lines AS line
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(taken.quantity), 0) AS quantity, coalesce(sum(taken.net), 0) AS net
			FROM canonical.sale_lines AS taken
			JOIN canonical.sales AS refund ON (refund.organization_id, refund.id) = (taken.organization_id, taken.sale_id)
			WHERE (taken.organization_id, taken.refunded_line_id) = (line.organization_id, line.id) AND refund.voided_at IS NULL) AS back
		WHERE line.organization_id = $1 AND line.id = ANY ($2)`, u.actor.OrganizationID, keys).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[refundableLine])
		for _, line := range list {
			if sale, found := left[line.SaleID]; found {
				sale.lines[line.ID] = line
			}
		}
		return err
	})
	batch.Queue(`
		SELECT line.sale_id, line.id, tax.tax_rate_id, tax.name, tax.percentage, (tax.amount - back.amount)::bigint AS amount
		FROM canonical.sale_lines AS line
		CROSS JOIN LATERAL ( -- each line's by themselves, also where statistics do not know the organization
			SELECT * FROM canonical.sale_line_taxes AS row
			WHERE (row.organization_id, row.sale_id, row.line) = (line.organization_id, line.sale_id, line.line) OFFSET 0) AS tax
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(given.amount), 0) AS amount
			FROM canonical.sale_lines AS taken
			JOIN canonical.sales AS refund ON (refund.organization_id, refund.id) = (taken.organization_id, taken.sale_id)
			JOIN canonical.sale_line_taxes AS given ON (given.organization_id, given.sale_id, given.line, given.tax_rate_id)
				= (taken.organization_id, taken.sale_id, taken.line, tax.tax_rate_id)
			WHERE (taken.organization_id, taken.refunded_line_id) = (line.organization_id, line.id) AND refund.voided_at IS NULL) AS back
		WHERE line.organization_id = $1 AND line.id = ANY ($2) ORDER BY line.id, tax.position`, u.actor.OrganizationID, keys).Query(func(rows pgx.Rows) error {
		var of, key int64
		var tax saleLineTax
		_, err := pgx.ForEachRow(rows, []any{&of, &key, &tax.TaxRateID, &tax.Name, &tax.Percentage, &tax.Amount}, func() error {
			if sale, found := left[of]; found {
				line := sale.lines[key]
				line.taxes = append(line.taxes, tax)
				sale.lines[key] = line
			}
			return nil
		})
		return err
	})
}

// takeBack checks the sale that a row gives back, and gives the lines that take back others what follows from these. It returns
// what is left of the sale's lines then; left stays as it is.
func (u *unitOfWork) takeBack(left map[int64]refundableSale, row *sale) refundableSale {
	if row.RefundedID == nil {
		return refundableSale{}
	}
	back, exists := left[*row.RefundedID]
	switch {
	case !exists:
		u.addError(row.at("refundOfId"), notFound, "does not exist")
		return back
	case back.Kind != "sale":
		u.addError(row.at("refundOfId"), invalid, "is a refund itself")
	case back.Voided:
		u.addError(row.at("refundOfId"), state, "is void")
	case back.StoreID != row.StoreID:
		u.addError(row.at("refundOfId"), invalid, "is a sale of another store")
	case back.Currency != row.Currency:
		u.addError(row.at("refundOfId"), invalid, "is a sale in %s", back.Currency)
	case row.OccurredAt.Before(back.OccurredAt.Add(-clocksDiffer)):
		u.addError(row.at("occurredAt"), invalid, "is before the sale")
	}
	back.lines = maps.Clone(back.lines)
	row.Lines = slices.Clone(row.Lines)
	for i := range row.Lines {
		line := &row.Lines[i]
		if line.RefundedLineID == nil {
			continue
		}
		row.PricesIncludeTax = back.PricesIncludeTax
		at := func(field string) string { return row.at(fmt.Sprintf("lines.%d.%s", i, field)) }
		sold, exists := back.lines[*line.RefundedLineID]
		switch {
		case !exists:
			u.addError(at("refundedLineId"), notFound, "is no line of the refunded sale")
			continue
		case !sold.Quantity.IsPositive():
			u.addError(at("refundedLineId"), exceeds, "is taken back already")
			continue
		case line.in.Quantity.Value() == nil:
			line.Quantity = sold.Quantity
		case line.Quantity.GreaterThan(sold.Quantity.Decimal):
			u.addError(at("quantity"), exceeds, "only %s of the line is left", sold.Quantity)
			continue
		}
		back.lines[sold.ID] = line.take(sold, row.PricesIncludeTax)
	}
	return back
}

// take gives a line its share of what is left of another one, by quantity, rounded half away from zero; the last part is all
// that is left. It returns what is left then.
func (l *saleLine) take(sold refundableLine, included bool) refundableLine {
	share := func(amount int64) int64 {
		return decimal.NewFromInt(amount).Mul(l.Quantity.Decimal).DivRound(sold.Quantity.Decimal, 0).IntPart()
	}
	l.ProductID, l.AccountID, l.Description, l.UnitPrice = sold.ProductID, sold.AccountID, sold.Description, sold.UnitPrice
	l.Net, l.Tax, l.Taxes = share(sold.Net), 0, make([]saleLineTax, len(sold.taxes))
	sold.Net -= l.Net
	sold.taxes = slices.Clone(sold.taxes)
	for i := range sold.taxes {
		l.Taxes[i] = sold.taxes[i]
		l.Taxes[i].Amount = share(sold.taxes[i].Amount)
		l.Tax += l.Taxes[i].Amount
		sold.taxes[i].Amount -= l.Taxes[i].Amount
	}
	// What the price comes to beyond that is shown as the discount.
	amount := l.Net
	if included {
		amount += l.Tax
	}
	if off := l.item.amount().IntPart() - amount; off > 0 {
		l.DiscountAmount = &off
	}
	sold.Quantity.Decimal = sold.Quantity.Sub(l.Quantity.Decimal)
	return sold
}

// checkLeft checks that a row gives back no more than is left of its sale.
func (u *unitOfWork) checkLeft(row *sale, back refundableSale) {
	if row.Amount > back.Left {
		path := "amount"
		if !row.amountGiven {
			path = "lines"
		}
		u.addError(row.at(path), exceeds, "only %s of the sale is left", model.FromMinor(max(back.Left, 0), row.Currency).Amount)
	}
}
