package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// mistakes lists the user errors of a root field as path and code.
func (a answer) mistakes(field string) (list []string) {
	for i := 0; a.at(fmt.Sprintf("data.%s.userErrors.%d", field, i)) != nil; i++ {
		at := fmt.Sprintf("data.%s.userErrors.%d.", field, i)
		list = append(list, strings.TrimSpace(a.text(at+"path")+" "+a.text(at+"code")))
	}
	return list
}

// What cannot be read in an input is a user error among the others, in every scalar, from a variable or in the document.
func TestMalformedInputIsAUserError(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store := s.storeWithHours("Norwood", "UTC")
	ada := s.person("Ada")
	for name, c := range map[string]struct {
		document  string
		variables variables
		want      []string
	}{
		"a date in a variable": {`mutation($i: PersonCreateInput!) { x: personCreate(input: $i) { record { id } userErrors { path code message } } }`,
			variables{"i": variables{"givenName": "", "dateOfBirth": "1990-02-30", "email": "nope", "addresses": []variables{{"street": "", "postcode": "1", "country": "ZZ"}}}},
			[]string{"dateOfBirth INVALID", "givenName REQUIRED", "email INVALID", "addresses.0.street REQUIRED", "addresses.0.suburb REQUIRED", "addresses.0.postcode INVALID", "addresses.0.country INVALID"}},
		"a date in the document, in a fragment": {`mutation { ...F } fragment F on Mutation { x: personCreate(input: {email: "nope", dateOfBirth: "soon"}) { record { id } userErrors { path code } } }`, nil,
			[]string{"dateOfBirth INVALID", "givenName REQUIRED", "email INVALID"}},
		"ids and a decimal, in a dry run": {`mutation($i: InvoiceCreateInput!) { ... on Mutation { x: invoiceCreate(dryRun: true, input: $i) { record { id } userErrors { path code } } } }`,
			variables{"i": variables{"customerId": "nobody", "items": []variables{{"description": "A", "unitPrice": "1,50", "productId": "7"}, {"description": "", "unitPrice": "1"}}}},
			[]string{"customerId INVALID", "items.0.productId INVALID", "items.0.unitPrice INVALID", "items.1.description REQUIRED"}},
		"times of the day": {`mutation($i: StoreHoursSetInput!, $s: ID!) { x: storeHoursSet(id: $s, input: $i) { record { id } userErrors { path code } } }`,
			variables{"s": store, "i": variables{"effectiveFrom": "2026-02-30", "periods": []variables{{"weekday": "MONDAY", "start": "24:00", "lengthMinutes": 60}, {"weekday": "TUESDAY", "start": "9", "lengthMinutes": 0}}}},
			[]string{"effectiveFrom INVALID", "periods.0.start INVALID", "periods.1.start INVALID", "periods.1.lengthMinutes INVALID"}},
		"an instant": {`mutation($i: ShiftCreateInput!) { x: shiftCreate(input: $i, idempotencyKey: "k") { record { id } userErrors { path code } } }`,
			variables{"i": variables{"storeId": store, "personId": ada, "startsAt": "2026-02-29T03:00:00Z", "endsAt": "2026-03-01T03:00:30Z"}},
			[]string{"startsAt INVALID", "personId STATE", "endsAt INVALID"}},
		"in an update": {`mutation($p: ID!) { x: personUpdate(id: $p, input: {dateOfBirth: "1990-02-30", familyName: "King"}) { record { id } userErrors { path code } } }`,
			variables{"p": ada}, []string{"dateOfBirth INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			a := s.must(c.document, c.variables)
			got := a.mistakes("x")
			if want := slices.Clone(c.want); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) || a.at("data.x.record") != nil {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	s.must(`query($p: ID!) { people { totalCount } person(id: $p) { fullName version dateOfBirth } }`, variables{"p": ada}).
		want(map[string]string{"data.people.totalCount": "1", "data.person": `{"dateOfBirth":null,"fullName":"Ada","version":1}`})
	// Other root fields are executed, and a bulk records the rows that can be read.
	s.must(`mutation($s: ID!, $sales: [SaleInput!]!) { a: personCreate(input: {givenName: "Bea", dateOfBirth: "x"}) { userErrors { path } } b: personCreate(input: {givenName: "Bea"}) { record { fullName } }
		salesRecord(input: {storeId: $s, onError: SKIP_AND_REPORT, sales: $sales}) { recorded refused userErrors { path code } } }`,
		variables{"s": store, "sales": []variables{sale("2026-11-20T03:00:00Z", "1,50", "externalRef", "a"), sale("2026-02-29T03:00:00Z", "-5", "externalRef", "b"), sale("2026-11-20T03:00:00Z", "5", "externalRef", "c")}}).
		want(map[string]string{"data.a.userErrors": `[{"path":"dateOfBirth"}]`, "data.b.record.fullName": "Bea",
			"data.salesRecord": `{"recorded":1,"refused":2,"userErrors":[{"code":"INVALID","path":"sales.0.amount"},{"code":"INVALID","path":"sales.1.occurredAt"},{"code":"INVALID","path":"sales.1.amount"}]}`})
	drafts := []variables{
		{"customerId": ada, "issuedOn": "2026-02-30", "items": []variables{{"description": "x", "unitPrice": 1, "quantity": 0}}},
		{"customerId": ada, "items": []variables{{"description": "x", "unitPrice": 1}}},
	}
	const create = `mutation($input: InvoicesCreateInput!) { invoicesCreate(input: $input) { created refused userErrors { path } } }`
	for policy, want := range map[string]string{"ALL_OR_NOTHING": `"created":0,"refused":2`, "SKIP_AND_REPORT": `"created":1,"refused":1`} {
		s.must(create, variables{"input": variables{"invoices": drafts, "onError": policy}}).
			want(map[string]string{"data.invoicesCreate": "{" + want + `,"userErrors":[{"path":"invoices.0.issuedOn"},{"path":"invoices.0.items.0.quantity"}]}`})
	}
	s.must(salesRecord, variables{"input": variables{"storeId": "here", "onError": "SKIP_AND_REPORT", "sales": []variables{sale("2026-11-20T03:00:00Z", "5")}}}).
		want(map[string]string{"data.salesRecord.recorded": "0", "data.salesRecord.userErrors.0.path": "storeId", "data.salesRecord.userErrors.1": "null"})
}

// A variable or an argument that is itself a scalar refuses the request, and nothing of it is executed.
func TestMalformedScalarsRefuseTheRequest(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for document, values := range map[string]variables{
		`mutation($d: Date) { a: personCreate(input: {givenName: "Hidden"}) { record { id } } b: personCreate(input: {givenName: "X", dateOfBirth: $d}) { record { id } } }`: {"d": "2026-13-01"},
		`mutation { a: personCreate(input: {givenName: "Hidden"}) { record { id } } personArchive(id: "garbage") { record { id } } }`:                                        nil,
		`mutation($ids: [ID!]!) { a: personCreate(input: {givenName: "Hidden"}) { record { id } } channelMembersSet(id: "Channel:1", userIds: $ids) { record { id } } }`:     {"ids": []string{"User:1", "x"}},
	} {
		t.Run(document, func(t *testing.T) {
			s := s.in(t)
			s.call(document, values).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT", "data": "null"})
		})
	}
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "0"})
}
