package canonical

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
)

// Bounds of the lines and tenders of sales; a sale has at most maxItems lines.
const (
	maxSaleLines   = 20_000 // of one call
	maxSaleTenders = 20     // of one sale
)

// saleLine is one line of a sale to record.
type saleLine struct {
	item
	// in is what the row gives; what it leaves out is not compared with a sale that is known.
	in             model.SaleLineInput
	RefundedLineID *int64
	Net, Tax       int64 // minor units
	Taxes          []saleLineTax
}

// saleLineTax is one tax of a line, copied from its rate.
type saleLineTax struct {
	TaxRateID  int64
	Name       string
	Percentage model.Decimal
	Amount     int64 // minor units
}

// saleTender is a part of a sale's amount.
type saleTender struct {
	Tender string
	Amount int64 // minor units
}

// checkSaleLines checks the lines of a row of a bulk by themselves, and adds them to it.
func (u *unitOfWork) checkSaleLines(found *referredRecords, at func(field string) string, row *sale, inputs []model.SaleLineInput) {
	switch {
	case inputs == nil:
		return
	case len(inputs) == 0:
		u.addError(at("lines"), required, "must have at least one entry")
	case len(inputs) > maxItems:
		u.addError(at("lines"), invalid, "must not be more than %d", maxItems)
		return
	}
	taking := 0
	row.Lines = make([]saleLine, len(inputs))
	for i, in := range inputs {
		lineAt := func(field string) string { return at(fmt.Sprintf("lines.%d.%s", i, field)) }
		if in.RefundedLineID.Value() != nil {
			taking++
			row.Lines[i] = u.checkTakingLine(lineAt, i+1, in)
			continue
		}
		row.Lines[i] = u.checkSoldLine(found, lineAt, i+1, row, in)
	}
	switch {
	case taking > 0 && taking < len(inputs):
		u.addError(at("lines"), invalid, "either all lines of a refund name a line that they take back, or none does")
	case taking > 0 && row.RefundedID == nil:
		u.addError(at("refundOfId"), required, "must be given: lines of it are taken back")
	}
}

// checkTakingLine checks a line that takes back another one, from which all but the quantity follows.
func (u *unitOfWork) checkTakingLine(at func(field string) string, number int, in model.SaleLineInput) saleLine {
	line := saleLine{item: item{Line: number}, in: in, RefundedLineID: &in.RefundedLineID.Value().Key}
	if in.RefundedLineID.Value().Type != "SaleLine" {
		u.addError(at("refundedLineId"), notFound, "does not exist")
	}
	for _, beside := range []struct {
		field string
		given bool
	}{
		{"productId", in.ProductID.Value() != nil}, {"description", in.Description.Value() != nil}, {"unitPrice", in.UnitPrice.Value() != nil},
		{"discountPercentage", in.DiscountPercentage.Value() != nil}, {"discount", in.Discount.Value() != nil},
		{"taxRateIds", in.TaxRateIds.Value() != nil}, {"accountId", in.AccountID.Value() != nil},
	} {
		if beside.given {
			u.addError(at(beside.field), invalid, "follows from the line that is taken back")
		}
	}
	if quantity := in.Quantity.Value(); quantity != nil {
		line.Quantity = *quantity
		if !quantity.IsPositive() || !quantity.Equal(quantity.Truncate(6)) {
			u.addError(at("quantity"), invalid, "must be more than zero, with at most 6 digits after the point")
		}
	}
	return line
}

// checkSoldLine checks a line that takes back none.
func (u *unitOfWork) checkSoldLine(found *referredRecords, at func(field string) string, number int, row *sale, in model.SaleLineInput) saleLine {
	line := saleLine{in: in, item: u.checkItem(at, number, model.DocumentItemInput{
		ProductID: in.ProductID, Description: in.Description, Quantity: in.Quantity, UnitPrice: in.UnitPrice,
		DiscountPercentage: in.DiscountPercentage, Discount: in.Discount, TaxRateIds: in.TaxRateIds, AccountID: in.AccountID,
	}, nil, found.products, row.Currency)}
	if line.Quantity.IsNegative() {
		u.addError(at("quantity"), invalid, "must be more than zero: what is taken back is a refund")
	}
	if line.UnitPrice.IsNegative() {
		u.addError(at("unitPrice"), invalid, "must not be negative")
	}
	if id := line.ProductID; id != nil && found.archivedProducts[*id] {
		row.late(at("productId"), "is archived")
	}
	if id := in.AccountID.Value(); id != nil {
		switch account, exists := found.accounts[id.Key]; {
		case id.Type != "Account" || !exists:
			u.addError(at("accountId"), notFound, "does not exist")
		case account.control:
			u.addError(at("accountId"), invalid, keptByRecords)
		case account.archived:
			row.late(at("accountId"), "is archived")
		}
	}
	if len(line.rates) > maxTaxes {
		u.addError(at("taxRateIds"), invalid, "must not be more than %d", maxTaxes)
		return line
	}
	var percentages decimal.Decimal
	seen := map[int64]bool{}
	for i, id := range line.rates {
		path := at(fmt.Sprintf("taxRateIds.%d", i))
		rate, exists := found.taxRates[id.Key]
		switch {
		case id.Type != "TaxRate" || !exists:
			u.addError(path, notFound, "does not exist")
		case seen[id.Key]:
			u.addError(path, invalid, "is named twice")
		case rate.ArchivedAt != nil:
			row.late(path, rate.Name+" is archived")
		}
		seen[id.Key] = true
		percentages = percentages.Add(rate.Percentage.Decimal)
		line.Taxes = append(line.Taxes, saleLineTax{TaxRateID: id.Key, Name: rate.Name, Percentage: rate.Percentage})
	}
	if row.PricesIncludeTax {
		u.includeTax(at, &line.item, percentages)
	}
	return line
}

// checkSaleTenders checks the tenders of a row of a bulk by themselves, and adds them to it.
func (u *unitOfWork) checkSaleTenders(at func(field string) string, row *sale, inputs []model.SaleTenderInput) {
	switch {
	case inputs == nil:
		return
	case len(inputs) == 0:
		u.addError(at("tenders"), required, "must have at least one entry")
	case len(inputs) > maxSaleTenders:
		u.addError(at("tenders"), invalid, "must not be more than %d", maxSaleTenders)
		return
	}
	for i, in := range inputs {
		row.Tenders = append(row.Tenders, saleTender{
			Tender: tenderName(in.Tender),
			Amount: u.toPositiveMinor(at(fmt.Sprintf("tenders.%d.amount", i)), in.Amount, row.Currency),
		})
	}
}

// amount returns what a line comes to in minor units, with its taxes where prices include them, as the database computes it.
func (l saleLine) amount() decimal.Decimal {
	amount := l.item.amount()
	switch {
	case l.DiscountAmount != nil:
		return amount.Sub(decimal.NewFromInt(*l.DiscountAmount))
	case l.DiscountPercentage != nil:
		return amount.Sub(amount.Mul(l.DiscountPercentage.Decimal).Shift(-2).Round(0))
	}
	return amount
}

// taxLines sets the net amounts and the taxes of the lines that take back none, of all rows in one statement.
func (u *unitOfWork) taxLines(ctx context.Context, rows []sale, rounding string) error {
	var sales, rates []int64
	var lines []int32
	var amounts, percentages []string
	var included []bool
	for r := range rows {
		for i := range rows[r].Lines {
			line := &rows[r].Lines[i]
			if line.RefundedLineID != nil {
				continue
			}
			amount := line.amount()
			line.Net = amount.IntPart()
			for _, tax := range line.Taxes {
				sales, lines, amounts, included = append(sales, int64(r)), append(lines, int32(i)), append(amounts, amount.String()), append(included, rows[r].PricesIncludeTax)
				rates, percentages = append(rates, tax.TaxRateID), append(percentages, tax.Percentage.String())
			}
		}
	}
	if len(sales) == 0 {
		return nil
	}
	result, _ := u.Query(ctx, `SELECT sale_id, line, tax_rate_id, tax::bigint FROM canonical.sale_line_taxes_of($1::bigint[], $2, $3::text[]::numeric[], $4, array_fill($5::text, ARRAY[cardinality($1::bigint[])]), $6, $7::text[]::numeric[])`,
		sales, lines, amounts, included, rounding, rates, percentages)
	var at, rate, tax int64
	var place int32
	_, err := pgx.ForEachRow(result, []any{&at, &place, &rate, &tax}, func() error {
		line := &rows[at].Lines[place]
		i := slices.IndexFunc(line.Taxes, func(t saleLineTax) bool { return t.TaxRateID == rate })
		line.Taxes[i].Amount = tax
		if line.Tax += tax; rows[at].PricesIncludeTax {
			line.Net -= tax
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("compute the taxes of sales: %w", err)
	}
	return nil
}

// completeSales completes rows that are new and say more than an amount, or name what is archived: it takes what they give back
// from what is left of their sales, computes taxes, and checks what lines and tenders come to. It returns the rows without a user
// error.
func (u *unitOfWork) completeSales(ctx context.Context, found *referredRecords, rows []sale) ([]sale, error) {
	if !slices.ContainsFunc(rows, func(s sale) bool { return !s.simple() || len(s.mistakes) > 0 }) {
		return rows, nil
	}
	slices.SortFunc(rows, func(a, b sale) int { return cmp.Compare(a.Place, b.Place) })
	left, err := u.holdRefunded(ctx, rows)
	if err != nil {
		return nil, err
	}
	if err := u.taxLines(ctx, rows, found.rounding); err != nil {
		return nil, err
	}
	var complete []sale
	for _, row := range rows {
		mistakes := len(u.Errors)
		for _, mistake := range row.mistakes {
			u.addError(mistake.Path, mistake.Code, "%s", mistake.Message)
		}
		back := u.takeBack(left, &row)
		if len(u.Errors) == mistakes {
			u.checkSums(&row)
		}
		if len(u.Errors) == mistakes && row.RefundedID != nil {
			u.checkLeft(&row, back)
		}
		if len(u.Errors) > mistakes {
			continue
		}
		if row.RefundedID != nil {
			back.Left -= row.Amount
			left[*row.RefundedID] = back
		}
		complete = append(complete, row)
	}
	return complete, nil
}

// checkSums checks what the lines and the tenders of a row come to, and sets an amount that is left out.
func (u *unitOfWork) checkSums(row *sale) {
	if len(row.Lines) > 0 {
		var sum decimal.Decimal
		for _, line := range row.Lines {
			sum = sum.Add(decimal.NewFromInt(line.Net)).Add(decimal.NewFromInt(line.Tax))
		}
		switch {
		case sum.GreaterThan(decimal.NewFromInt(maxAmount)):
			u.addError(row.at("lines"), invalid, "come to too much")
			return
		case !sum.IsPositive():
			u.addError(row.at("lines"), invalid, "come to nothing: a sale is more than zero")
			return
		case row.amountGiven && row.Amount != sum.IntPart():
			u.addError(row.at("amount"), invalid, "is not what the lines come to, %s", model.FromMinor(sum.IntPart(), row.Currency).Amount)
			return
		}
		row.Amount = sum.IntPart()
	}
	if len(row.Tenders) > 0 {
		var sum decimal.Decimal
		for _, part := range row.Tenders {
			sum = sum.Add(decimal.NewFromInt(part.Amount))
		}
		if !sum.Equal(decimal.NewFromInt(row.Amount)) {
			u.addError(row.at("tenders"), invalid, "must come to %s", model.FromMinor(row.Amount, row.Currency).Amount)
		}
	}
}
