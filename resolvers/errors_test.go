package resolvers_test

import (
	"net/http"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for name, header := range map[string]string{
		"none":     "",
		"scheme":   "Basic " + s.token,
		"unknown":  "Bearer daybook_unknown",
		"longer":   "Bearer " + s.token + "x",
		"nonsense": "Bearer \u00ff",
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			a := s.call(`{ viewer { role } }`, nil, "Authorization", header)
			if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: status %d, %v", name, a.status, a.header)
			}
			a.want(map[string]string{"data": "null", "errors.0.extensions.code": "UNAUTHENTICATED", "errors.1": "null"})
		})
	}
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.api_tokens SET revoked_at = now()`); err != nil {
		t.Fatal(err)
	}
	if a := s.call(`{ viewer { role } }`, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked token has status %d", a.status)
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for query, place := range map[string]string{
		`{ invoice(id: "nonsense") { id } }`:                                                   `["invoice"] id`,
		`{ invoices(filter: {totalGte: "1e9"}) { nodes { id } } }`:                             `["invoices"] filter.totalGte`,
		`{ invoices(filter: {issuedFrom: "2026-02-30"}) { nodes { id } } }`:                    `["invoices"] filter.issuedFrom`,
		`mutation { paymentVoid(id: "Payment:1e3") { record { id } } }`:                        `["paymentVoid"] id`,
		`{ invoices(filter: {totalGte: 12345678901234.567}) { nodes { id } } }`:                `["invoices"] filter.totalGte`,
		`{ invoices(filter: {totalGte: "` + strings.Repeat("9", 41) + `"}) { nodes { id } } }`: `["invoices"] filter.totalGte`,
	} {
		t.Run(query, func(t *testing.T) {
			s := s.in(t)
			s.call(query, nil).refused("BAD_USER_INPUT", place)
		})
	}
	for query, code := range map[string]string{
		`{ nonsense }`: "GRAPHQL_VALIDATION_FAILED",
		`{`:            "GRAPHQL_PARSE_FAILED",
		`query($id: ID!) { invoice(id: $id) { id } }`: "GRAPHQL_VALIDATION_FAILED",
	} {
		t.Run(query, func(t *testing.T) {
			s := s.in(t)
			s.call(query, nil).want(map[string]string{"errors.0.extensions.code": code})
		})
	}
	// Ids that name nothing are no mistake in a query.
	s.must(`{ a: invoice(id: "Person:1") { id } b: node(id: "Tower:1") { id } c: node(id: "Invoice:9223372036854775807") { id } }`, nil).
		want(map[string]string{"data": `{"a":null,"b":null,"c":null}`})
}

func TestUserErrorsComeTogether(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.must(`mutation { personCreate(input: {email: "no address", addresses: [{street: "", postcode: "1"}, {street: "x", suburb: "Norwood", postcode: "5000", country: "AU"}, {country: "XX"}]}) {
		record { id } userErrors { path code message } } }`, nil)
	for _, path := range []string{"givenName", "email", "addresses.0.street", "addresses.0.suburb", "addresses.0.postcode", "addresses.2.country"} {
		if !strings.Contains(a.text("data.personCreate.userErrors"), `"path":"`+path+`"`) {
			t.Errorf("there is no error at %s: %s", path, a)
		}
	}
	if strings.Contains(a.String(), "addresses.1") {
		t.Errorf("the good address has an error: %s", a)
	}
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "0"})
}

func TestInternalErrorsAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), `ALTER TABLE projection.document_summaries RENAME TO hidden`); err != nil {
		t.Fatal(err)
	}
	a := s.call(`{ invoices { nodes { id } } }`, nil, "X-Request-Id", "find-me")
	a.want(map[string]string{
		"errors.0.message":         "Something went wrong on our side.",
		"errors.0.path":            `["invoices"]`,
		"errors.0.extensions.code": "INTERNAL",
	})
	if strings.Contains(a.String(), "document_summaries\" does not exist") || strings.Contains(a.text("errors"), "SQL") {
		t.Errorf("the answer shows SQL text: %s", a)
	}
	id := a.header.Get("X-Request-Id")
	if id == "" || id == "find-me" || a.header.Get("X-Client-Request-Id") != "find-me" {
		t.Errorf("the request is named %q, and %q by the client", id, a.header.Get("X-Client-Request-Id"))
	}
	if log := s.log.String(); !strings.Contains(log, id) || !strings.Contains(log, "does not exist") {
		t.Errorf("the log has no trace of it: %s", log)
	}
	if a := s.call(`{ viewer { role } }`, nil, "X-Request-Id", "bad id\tx"); a.header.Get("X-Request-Id") == "" || strings.Contains(a.header.Get("X-Request-Id"), " ") {
		t.Errorf("a request is named %q", a.header.Get("X-Request-Id"))
	}
}

// A record that cannot be computed has a code of its own where an exact answer is demanded,
// in lists and by key; a write that fails in the same way has not.
func TestUncomputable(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create := `mutation($percentage: Decimal!, $name: String!) { taxRateCreate(input: {name: $name, percentage: $percentage}) { record { id } userErrors { path } } }`
	id := s.must(create, variables{"name": "GST", "percentage": "10"}).at("data.taxRateCreate.record.id")
	s.refreshed()
	for _, sql := range []string{
		`DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW source.tax_rate_summaries AS ' ||
			replace(pg_get_viewdef('source.tax_rate_summaries'), 'trim_scale(rate.percentage)', 'trim_scale(rate.percentage + 0 / (rate.percentage - 13))'); END $$`,
		`UPDATE canonical.tax_rates SET percentage = 13`,
		`ALTER TABLE canonical.tax_rates ADD CONSTRAINT nobody_knows CHECK (name <> 'Refused')`,
	} {
		if _, err := s.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{`{ taxRates { nodes { percentage } } }`, `query($id: ID!) { node(id: $id) { ... on TaxRate { percentage } } }`} {
		vars := variables{}
		if strings.Contains(query, "$id") {
			vars["id"] = id
		}
		a := s.call(query, vars, "Daybook-Read", "exact")
		a.want(map[string]string{"errors.0.extensions.code": "UNCOMPUTABLE"})
		if strings.Contains(a.text("errors"), "division") {
			t.Errorf("the answer shows SQL text: %s", a)
		}
		s.must(query, vars)
	}
	if log := s.log.String(); !strings.Contains(log, "division by zero") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log: %s", log)
	}
	s.call(create, variables{"name": "Refused", "percentage": "10"}).want(map[string]string{"errors.0.extensions.code": "INTERNAL"})
}
