package canonical

import "daybook/graph/model"

// The rules of sales that a row check of a bulk finds first, with the path of the row. They reach a caller from here only where
// another transaction came between.
func init() {
	registerConstraints(map[string]model.UserError{
		"sales_store_fkey":              {Path: "sales", Code: notFound, Message: "a store does not exist"},
		"sales_person_fkey":             {Path: "sales", Code: notFound, Message: "a person does not exist"},
		"sales_occurred_at_range":       {Path: "sales", Code: invalid, Message: "a time is not from the year 1900 to 2199"},
		"sales_currency_fkey":           {Path: "sales", Code: invalid, Message: "a currency is not a currency code"},
		"sales_amount_range":            {Path: "sales", Code: invalid, Message: "an amount is not positive or too large"},
		"sales_external_ref_form":       {Path: "sales", Code: invalid, Message: "a reference is blank or not in Unicode's normal form C"},
		"sales_external_ref_key":        {Path: "sales", Code: taken, Message: "a reference is in use"},
		"sales_refunded_sale_fkey":      {Path: "sales", Code: notFound, Message: "a refunded sale does not exist"},
		"sales_refunded_sale_of_refund": {Path: "sales", Code: invalid, Message: "only a refund names a sale that it gives back"},
		"sales_refunded_sale_kind":      {Path: "sales", Code: invalid, Message: "a refund gives back a sale, not another refund"},
		"sales_refunded_sale_live":      {Path: "id", Code: state, Message: "the sale was given back: void the refund first"},
		"sales_refunded_sale_store":     {Path: "sales", Code: invalid, Message: "a refund is of another store than its sale"},
		"sales_refunded_sale_currency":  {Path: "sales", Code: invalid, Message: "a refund is in another currency than its sale"},
		"sales_refunds_within_sale":     {Path: "sales", Code: exceeds, Message: "more would be given back than was sold"},
		"sales_recorded_fixed":          {Path: "id", Code: state, Message: "a recorded sale is not changed: void it and record another"},
		"sales_tax_rounding_of_lines":   {Path: "sales", Code: invalid, Message: "a sale with lines says how their taxes are rounded, and no other"},
		"sales_lines_sum":               {Path: "sales", Code: invalid, Message: "an amount is not what its lines come to"},
		"sales_tenders_sum":             {Path: "sales", Code: invalid, Message: "an amount is not what its tenders come to"},

		"sale_lines_sale_fkey":                 {Path: "sales", Code: notFound, Message: "a sale does not exist"},
		"sale_lines_product_fkey":              {Path: "sales", Code: notFound, Message: "a product does not exist"},
		"sale_lines_account_fkey":              {Path: "sales", Code: notFound, Message: "an account does not exist"},
		"sale_lines_refunded_line_fkey":        {Path: "sales", Code: notFound, Message: "a line to take back does not exist"},
		"sale_lines_refunded_line_of_sale":     {Path: "sales", Code: invalid, Message: "a line to take back is not of the refunded sale"},
		"sale_lines_refunds_within_line":       {Path: "sales", Code: exceeds, Message: "more of a line would be taken back than was sold"},
		"sale_lines_derived":                   {Path: "sales", Code: invalid, Message: "the net amount or a tax of a line does not follow from it"},
		"sale_lines_line_positive":             {Path: "sales", Code: invalid, Message: "lines begin at 1"},
		"sale_lines_line_key":                  {Path: "sales", Code: conflict, Message: "two lines of a sale have one number"},
		"sale_lines_description_given":         {Path: "sales", Code: required, Message: "each line needs a description"},
		"sale_lines_quantity_positive":         {Path: "sales", Code: invalid, Message: "a quantity is not positive"},
		"sale_lines_unit_price_range":          {Path: "sales", Code: invalid, Message: "a price is negative or too large"},
		"sale_lines_discount_percentage_range": {Path: "sales", Code: invalid, Message: "a discount is not from 0 to 100 per cent"},
		"sale_lines_discount_amount_range":     {Path: "sales", Code: invalid, Message: "a discount is negative or too large"},
		"sale_lines_discount_once":             {Path: "sales", Code: invalid, Message: "a discount is given in percent and as an amount"},
		"sale_lines_discount_within_line":      {Path: "sales", Code: invalid, Message: "a discount is more than the amount of its line"},
		"sale_lines_net_range":                 {Path: "sales", Code: invalid, Message: "the amount of a line is too large"},
		"sale_lines_tax_range":                 {Path: "sales", Code: invalid, Message: "the taxes of a line are too large"},

		"sale_line_taxes_line_fkey":         {Path: "sales", Code: notFound, Message: "a line does not exist"},
		"sale_line_taxes_tax_rate_fkey":     {Path: "sales", Code: notFound, Message: "a tax rate does not exist"},
		"sale_line_taxes_position_positive": {Path: "sales", Code: invalid, Message: "positions begin at 1"},
		"sale_line_taxes_position_key":      {Path: "sales", Code: conflict, Message: "two taxes of a line have one position"},
		"sale_line_taxes_tax_rate_key":      {Path: "sales", Code: invalid, Message: "a tax rate is named twice"},
		"sale_line_taxes_percentage_range":  {Path: "sales", Code: invalid, Message: "a percentage is not from 0 to 100"},
		"sale_line_taxes_amount_range":      {Path: "sales", Code: invalid, Message: "a tax is too large"},

		"sale_tenders_sale_fkey":         {Path: "sales", Code: notFound, Message: "a sale does not exist"},
		"sale_tenders_tender":            {Path: "sales", Code: invalid, Message: "a tender is cash, card, voucher or other"},
		"sale_tenders_amount_range":      {Path: "sales", Code: invalid, Message: "the amount of a tender is not positive or too large"},
		"sale_tenders_position_positive": {Path: "sales", Code: invalid, Message: "positions begin at 1"},
		"sale_tenders_position_key":      {Path: "sales", Code: conflict, Message: "two tenders of a sale have one position"},
	})
}
