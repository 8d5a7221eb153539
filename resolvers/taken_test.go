package resolvers_test

import (
	"slices"
	"strings"
	"testing"
)

// A value that another record has names that record, of every type that has such values; a member who is bound to stores is told of
// none, since it may be of another store.
func TestTakenNamesTheOtherRecord(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada Lovelace")
	sales, rent, bank, cash := s.account(s.caller, "4000"), s.account(s.caller, "6000"), s.account(s.caller, "1000"), s.account(s.caller, "1050")
	store := s.must(`mutation { storeCreate(input: {name: "Norwood", externalRef: "R"}) { record { id } } }`, nil).text("data.storeCreate.record.id")
	item := `items: [{description: "Work", unitPrice: "10"}]`
	for mutation, input := range map[string]string{
		"invoiceCreate":          `customerId: "` + party + `", externalRef: "R", ` + item,
		"billCreate":             `vendorId: "` + party + `", externalRef: "R", ` + item,
		"creditNoteCreate":       `customerId: "` + party + `", externalRef: "R", ` + item,
		"vendorCreditNoteCreate": `vendorId: "` + party + `", externalRef: "R", ` + item,
		"paymentRecord":          `customerId: "` + party + `", externalRef: "R", amount: "1"`,
		"incomeCreate":           `accountId: "` + sales + `", externalRef: "R", amount: "1"`,
		"expenseCreate":          `accountId: "` + rent + `", externalRef: "R", amount: "1"`,
		"transferCreate":         `fromAccountId: "` + bank + `", toAccountId: "` + cash + `", externalRef: "R", amount: "1"`,
		"personCreate":           `givenName: "Eve", externalRef: "R"`,
		"shiftCreate":            `storeId: "` + store + `", externalRef: "R", local: {date: "2026-03-02", start: "09:00", lengthMinutes: 60}`,
		"storeCreate":            `name: "Unley"`,
		"tillCreate":             `storeId: "` + store + `", name: "Front"`,
		"productCreate":          `sku: "S-1", name: "Soap", unitPrice: "1"`,
		"taxRateCreate":          `name: "Levy", percentage: "1"`,
		"accountCreate":          `code: "4850", name: "Gifts", type: INCOME`,
		"channelCreate":          `name: "Kitchen"`,
	} {
		t.Run(mutation, func(t *testing.T) {
			s := s.in(t)
			create := `mutation { made: ` + mutation + `(input: {` + input + `}) { record { id } userErrors { code recordId } } }`
			id := s.must(create, nil).text("data.made.record.id")
			s.must(create, nil).want(map[string]string{"data.made": `{"record":null,"userErrors":[{"code":"TAKEN","recordId":"` + id + `"}]}`})
			if master, _ := strings.CutSuffix(mutation, "Create"); slices.Contains([]string{"till", "product", "taxRate", "account", "channel", "store"}, master) {
				s.must(`mutation { `+master+`Archive(id: "`+id+`") { record { id } } }`, nil)
				other := s.must(create, nil).text("data.made.record.id")
				s.must(`mutation { made: `+master+`Restore(id: "`+id+`") { record { id } userErrors { code recordId } } }`, nil).want(map[string]string{
					"data.made": `{"record":null,"userErrors":[{"code":"TAKEN","recordId":"` + other + `"}]}`,
				})
			}
		})
	}
	bulk := `mutation { made: invoicesCreate(input: {invoices: [{customerId: "` + party + `", externalRef: "R", ` + item + `}]}) { userErrors { code recordId } } }`
	id := s.must(`{ invoices(filter: {externalRef: "R"}) { nodes { id } } }`, nil).text("data.invoices.nodes.0.id")
	s.must(bulk, nil).want(map[string]string{"data.made.userErrors": `[{"code":"TAKEN","recordId":"` + id + `"}]`})
	sell := `mutation($amount: Decimal) { salesRecord(input: {storeId: "` + store + `", sales: [{occurredAt: "2026-03-02T00:00:00Z", amount: $amount, externalRef: "R"}]}) { ids userErrors { code recordId } } }`
	sale := s.must(sell, variables{"amount": "1"}).text("data.salesRecord.ids.0")
	s.must(sell, variables{"amount": "2"}).want(map[string]string{"data.salesRecord.userErrors": `[{"code":"TAKEN","recordId":"` + sale + `"}]`})
}
