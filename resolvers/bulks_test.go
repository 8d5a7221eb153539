package resolvers_test

import "testing"

// A bulk that leaves out every row has saved nothing: it answers no ids, and its key is free for the rows as they should be.
func TestBulksThatSaveNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store := s.made("storeCreate", `mutation { storeCreate(input: {name: "Shop", timeZone: "UTC"}) { record { id } } }`, nil)
	person := s.person("Ada")
	item := func(price string) []variables {
		return []variables{{"customerId": person, "items": []variables{{"description": "x", "quantity": "1", "unitPrice": price}}}}
	}
	sale := func(amount string) []variables {
		return []variables{{"storeId": store, "occurredAt": "2026-11-20T03:00:00Z", "amount": amount}}
	}
	for name, bulk := range map[string]struct {
		rows, input  string
		wrong, right []variables
	}{
		"invoicesCreate": {"invoices", "InvoicesCreateInput", item("999999999999999"), item("1")},
		"peopleUpsert":   {"people", "PeopleUpsertInput", []variables{{"externalRef": "A"}}, []variables{{"externalRef": "A", "givenName": "Eve"}}},
		"salesRecord":    {"sales", "SalesRecordInput", sale("-1"), sale("1")},
	} {
		document := `mutation($in: ` + bulk.input + `!) { bulk: ` + name + `(input: $in, idempotencyKey: "` + name + `") { refused ids userErrors { code } } }`
		ask := func(rows []variables) answer {
			return s.must(document, variables{"in": variables{bulk.rows: rows, "onError": "SKIP_AND_REPORT"}})
		}
		for range 2 {
			if a := ask(bulk.wrong); a.text("data.bulk.ids") != "[]" || a.text("data.bulk.refused") != "1" || a.text("data.bulk.userErrors") == "[]" {
				t.Errorf("%s of a wrong row is answered %s", name, a)
			}
		}
		first := ask(bulk.right)
		if first.text("data.bulk.refused") != "0" || first.text("data.bulk.userErrors") != "[]" {
			t.Errorf("%s of what it should have been is answered %s", name, first)
		}
		if again := ask(bulk.right); again.text("data.bulk") != first.text("data.bulk") {
			t.Errorf("%s is answered %s, and then %s", name, first, again)
		}
		ask(bulk.wrong).want(map[string]string{"data.bulk.userErrors.0.code": "KEY_REUSED"})
	}
}
