package resolvers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	s := serve(t)
	aliases := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "v%d: viewer { role } ", i)
		}
		return "{ " + b.String() + "}"
	}
	// Each fragment spreads the next one twice: 2^40 fields in a short document.
	var bomb strings.Builder
	bomb.WriteString("{ viewer { user { ...F0 } } } fragment F40 on User { id }")
	for i := range 40 {
		fmt.Fprintf(&bomb, " fragment F%d on User { ...F%d ...F%d }", i, i+1, i+1)
	}
	nested := func(levels int, leaf string) string { // each level is two deep
		return "{ people(first: 1) { nodes {" + strings.Repeat(" invoices(first: 1) { nodes { customer {", levels) +
			leaf + strings.Repeat("} } }", levels) + "} } }"
	}
	for name, c := range map[string]struct{ query, code string }{
		"depth":      {nested(3, "balances { amount }"), "BAD_USER_INPUT"},
		"aliases":    {aliases(31), "BAD_USER_INPUT"},
		"fragments":  {bomb.String(), "BAD_USER_INPUT"},
		"defer":      {`{ viewer { ... @defer(if: false) { role } } }`, "GRAPHQL_VALIDATION_FAILED"},
		"complexity": {`{ people(first: 200) { nodes { invoices(first: 200) { nodes { id } } } } }`, "COMPLEXITY_LIMIT_EXCEEDED"},
		"text":       {"{ viewer { role } }" + strings.Repeat(",", 64<<10), "BAD_USER_INPUT"},
		"written":    {"{ viewer { " + strings.Repeat("role ", 1_000) + "} }", "BAD_USER_INPUT"},
		"variables":  {"query (" + strings.Repeat("$a: Int ", 450) + ") { viewer { role } }", "BAD_USER_INPUT"},
		"schemas":    {"{ a: __schema { queryType { name } } b: __schema { queryType { name } } }", "BAD_USER_INPUT"},
		"types":      {`{ __schema { queryType { name } } __type(name: "Int") { name } }`, "BAD_USER_INPUT"},
		"in schema":  {"{ __schema { a: types { name } } }", "BAD_USER_INPUT"},
		"spread":     {"{ ...F ... { ...F } a: viewer { role } } fragment F on Query { __schema { types { name } } }", "BAD_USER_INPUT"},
		"tokens":     {"{ viewer { " + strings.Repeat("role ", 5_000) + "} }", "GRAPHQL_PARSE_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			made := s.sql.during(func() {
				a := s.call(c.query, nil)
				if a.at("data") != nil {
					t.Errorf("%s: there is data: %.300s", name, a)
				}
				a.want(map[string]string{"errors.0.extensions.code": c.code})
			})
			if len(made) > 0 {
				t.Errorf("%s: made statements: %v", name, made)
			}
		})
	}
	s.must(nested(3, "id"), nil)
	s.must(aliases(30), nil)
	s.must(`{ invoices(first: 200) { nodes { id number customerName customer { fullName } items { description gross { amount } } total { amount currency } } } }`, nil)
}

// The list of what is wrong with a document is cut, since it can be quadratic in the document; what
// is wrong with the values of a valid one is not.
func TestErrorsOfADocument(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.call("query ("+strings.Repeat("$a: Int ", 200)+") { viewer { role } }", nil)
	a.want(map[string]string{"errors.98.extensions.code": "GRAPHQL_VALIDATION_FAILED", "errors.100": "null", "data": "null"})
	if last := a.text("errors.99.message"); !strings.HasPrefix(last, "and ") || !strings.HasSuffix(last, " more errors") {
		t.Errorf("the last error is %q", last)
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.must(`{ __schema { queryType { name } types { name kind fields(includeDeprecated: true) { name description args { name defaultValue
		type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { name } } } } } } } } } } } } } }`, nil).
		want(map[string]string{"data.__schema.queryType.name": "Query"})
	// What the schema says to gqlgen is not for callers.
	s.must(`{ __schema { directives { name } } }`, nil).want(map[string]string{"data.__schema.directives": `[{"name":"cost"},` +
		`{"name":"deprecated"},{"name":"include"},{"name":"indexed"},{"name":"listSize"},{"name":"oneOf"},{"name":"private"},{"name":"skip"},{"name":"specifiedBy"}]`})
}

func TestTransport(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.send(http.MethodPost, "", bytes.NewReader(bytes.Repeat([]byte(" "), 1<<20+1)))
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body has status %d", a.status)
	}
	a.want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})

	a = s.send(http.MethodPost, "", strings.NewReader(`{"query": secret`))
	a.want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	if strings.Contains(a.String(), "secret") {
		t.Errorf("the body is quoted back: %s", a)
	}

	s.send(http.MethodGet, "?query="+url.QueryEscape(`{ viewer { role } }`), nil).
		want(map[string]string{"data.viewer.role": "OWNER"})
	a = s.send(http.MethodGet, "?query="+url.QueryEscape(`mutation { personCreate(input: {givenName: "x"}) { record { id } } }`), nil)
	if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != http.MethodPost || a.at("data") != nil {
		t.Errorf("a mutation by GET is answered with status %d: %s", a.status, a)
	}
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "0"})

	a = s.send(http.MethodOptions, "", nil, "Authorization", "")
	if a.status != http.StatusNoContent || a.header.Get("Allow") == "" {
		t.Errorf("OPTIONS has status %d, %v", a.status, a.header)
	}
}
