package resolvers_test

import (
	"testing"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// A root field that fails erases no other: neither what is read beside it, nor the record of a write that is saved.
func TestOneFieldFailsAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.call(`{ viewer { role } people(first: 500) { totalCount } a: products { totalCount } }`, nil).want(map[string]string{
		"data":          `{"a":{"totalCount":0},"people":null,"viewer":{"role":"OWNER"}}`,
		"errors.0.path": `["people"]`, "errors.0.extensions.argument": "first", "errors.1": "null",
	})
	s.member(s.organizationID, model.RoleReader).call(`{ viewer { role } auditLog(first: 1) { nodes { id } } }`, nil).want(map[string]string{
		"data": `{"auditLog":null,"viewer":{"role":"READER"}}`, "errors.0.extensions.code": "FORBIDDEN", "errors.1": "null",
	})
	for _, sql := range []string{`ALTER TABLE canonical.people ADD CONSTRAINT nobody_knows CHECK (given_name <> 'Refused')`} {
		if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	s.call(`mutation { a: personCreate(input: {givenName: "Ada"}) { record { id } } b: personCreate(input: {givenName: "Refused"}) { record { id } } c: personCreate(input: {givenName: "Bea"}) { record { id } } }`, nil).
		want(map[string]string{"data.a.record.id": "Person:1", "data.b": "null", "data.c.record.id": "Person:3", "errors.0.path": `["b"]`, "errors.1": "null"})
	// A report that cannot be made is alone too, as every field of a query but the viewer.
	schema := s.must(`{ __type(name: "Query") { fields { name type { kind } } } }`, nil)
	mutations := s.must(`{ __type(name: "Mutation") { fields { name type { kind } } } }`, nil)
	for _, fields := range []any{schema.at("data.__type.fields"), mutations.at("data.__type.fields")} {
		for _, field := range fields.([]any) {
			f := field.(map[string]any)
			if f["type"].(map[string]any)["kind"] == "NON_NULL" && f["name"] != "viewer" {
				t.Errorf("%s cannot be null, so that its failure erases all others", f["name"])
			}
		}
	}
}
