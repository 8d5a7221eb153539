package csvbooks

import (
	"reflect"
	"slices"
	"testing"

	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// Every field of a document and of its items has a column, so that a file holds all of them.
func TestEveryFieldHasAColumn(t *testing.T) {
	t.Parallel()
	columns := map[string]string{
		"PartyID": "party", "IssuedOn": "issued_on", "DueOn": "due_on", "Currency": "currency", "FxRate": "fx_rate",
		"PricesIncludeTax": "prices_include_tax", "StoreID": "store", "Memo": "memo", "ExternalRef": "document", "Items": "description",
		"ProductID": "product", "Description": "description", "Quantity": "quantity", "UnitPrice": "unit_price", "DiscountPercentage": "discount", "Discount": "discount",
		"TaxRateIds": "taxes", "AccountID": "account",
		"ID": "document", // an item is known by its place in its document
	}
	for _, input := range []any{model.DocumentCreateInput{}, model.DocumentItemInput{}} {
		for field := range reflect.TypeOf(input).Fields() {
			t.Run(field.Name, func(t *testing.T) {
				t.Parallel()
				if !slices.ContainsFunc(documentColumns, func(c csvfile.Column) bool { return c.Name == columns[field.Name] }) {
					t.Errorf("%T.%s has no column", input, field.Name)
				}
			})
		}
	}
}
