package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/demo"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// TestSelections compares the answers of compiled selections with gqlgen's, byte for byte, over random operations: of a
// business whose read models are stored, then with some keys of each behind and some set aside, stored rows of which are
// gone.
//
// Unless the test is short, it goes on until every relation, every interface and both directives have occurred often.
func TestSelections(t *testing.T) {
	t.Parallel()
	s := serve(t)
	business, err := demo.Seed(t.Context(), s.pool, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.token = business.Token
	reference := resolvers.Handler(resolvers.Config{
		Store:        s.store,
		DB:           pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4}),
		LoaderDB:     pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4, GenericPlans: true}),
		ExactWait:    50 * time.Millisecond,
		FieldByField: true,
		Logger:       slog.New(slog.DiscardHandler),
	})
	s.closedTill()
	s.refreshed()
	o := &randomOperation{Rand: rand.New(rand.NewPCG(1, 2)), schema: resolvers.NewSchema(resolvers.Config{}).Schema(), cursors: map[string][]string{}, words: []string{"smith", "a", "consult", "10", "zzz", ""}}
	for _, node := range s.must(`{ people(first: 20) { nodes { id } } }`, nil).at("data.people.nodes").([]any) {
		o.people = append(o.people, node.(map[string]any)["id"].(string))
	}
	o.ids = map[string][]string{}
	for _, record := range records {
		for _, node := range s.must(`{ list: `+record.list+`(first: 40) { nodes { id } } }`, nil).at("data.list.nodes").([]any) {
			o.ids[record.list] = append(o.ids[record.list], node.(map[string]any)["id"].(string))
		}
	}
	for _, root := range roots {
		for _, edge := range s.must(`{ list: `+root+`(first: 40) { edges { cursor } } }`, nil).at("data.list.edges").([]any) {
			o.cursors[root] = append(o.cursors[root], edge.(map[string]any)["cursor"].(string))
		}
	}
	operations, often, modes := 100, 10, []string{"auto", "exact", "stored"}
	switch {
	case testing.Short():
		operations = 50
	case *pgtest.Thorough:
		operations, often = 500, 100
	}
	covered, made := map[string]int{}, 0
	compiled := resolvers.WrittenFields.Load()
	for state, prepare := range selectionStates {
		if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), strings.ReplaceAll(prepare, "$1", fmt.Sprint(business.OrganizationID))); err != nil {
			t.Fatalf("state %d: %v", state, err)
		}
		for at := 0; at < operations || !testing.Short() && at < 6*operations && 3*covered[rarest(o.schema, covered)] < (state+1)*often; at++ {
			made++
			query, mode := o.write(), modes[min(o.IntN(8), 2)]
			if name := rarest(o.schema, covered); at >= operations && strings.Contains(name, ".") {
				query = o.wanting(name)
			}
			got, want := s.answered(s.handler, query, o.variables, mode), s.answered(reference, query, o.variables, mode)
			if got != want {
				got, want = s.answered(s.handler, query, o.variables, mode), s.answered(reference, query, o.variables, mode) // a day may have ended
			}
			if got != want {
				t.Fatalf("state %d, mode %s:\n%s\n%v\nis answered with\n%s\nfield by field with\n%s", state, mode, query, o.variables, got, want)
			}
			if o.chance(40) { // the same document, and so the same plan, with other values
				for name, value := range o.variables {
					if on, ok := value.(bool); ok {
						o.variables[name] = on != o.chance(60)
					}
				}
				if got, want := s.answered(s.handler, query, o.variables, mode), s.answered(reference, query, o.variables, mode); got != want {
					t.Fatalf("state %d, mode %s, once more:\n%s\n%v\nis answered with\n%s\nfield by field with\n%s", state, mode, query, o.variables, got, want)
				}
			}
			if strings.Contains(want, `"errors": []`) {
				for field := range o.selected {
					covered[field]++
				}
			}
		}
	}
	compiled = resolvers.WrittenFields.Load() - compiled
	t.Logf("%d root fields of %d operations were compiled; %d fields, interfaces and directives occurred, of those that must none less often than %d times",
		compiled, made, len(covered), covered[rarest(o.schema, covered)])
	if compiled < int64(made)*6/10 {
		t.Errorf("only %d root fields were compiled", compiled)
	}
	if testing.Short() {
		return
	}
	for _, name := range mustOccur(o.schema) {
		t.Logf("%5d %s", covered[name], name)
		if covered[name] < often {
			t.Errorf("%s has occurred %d times", name, covered[name])
		}
	}
}

// closedTill has a store sell by a till, and close it, and leaves another one open.
func (s *service) closedTill() {
	s.t.Helper()
	store := s.must(`{ stores(first: 1) { nodes { id } } }`, nil).at("data.stores.nodes.0.id")
	for _, name := range []string{"Front", "Back"} {
		till := s.must(`mutation($store: ID!, $name: String!) { tillCreate(input: {storeId: $store, name: $name}) { record { id } userErrors { path message } } }`,
			variables{"store": store, "name": name}).at("data.tillCreate.record.id")
		session := s.must(`mutation($till: ID!) { tillOpen(input: {tillId: $till, openingFloat: 100}) { record { id } userErrors { path message } } }`,
			variables{"till": till}).at("data.tillOpen.record.id")
		s.must(`mutation($store: ID!, $till: ID!, $at: DateTime!) { salesRecord(input: {storeId: $store, sales: [
				{tillId: $till, occurredAt: $at, amount: 5, tenders: [{tender: CASH, amount: 5}]},
				{tillId: $till, occurredAt: $at, kind: REFUND, amount: 2, tenders: [{tender: CASH, amount: 2}]}]}) { recorded userErrors { path message } } }`,
			variables{"store": store, "till": till, "at": time.Now().UTC().Format(time.RFC3339)}).want(map[string]string{"data.salesRecord.recorded": "2"})
		if name == "Front" {
			s.must(`mutation($id: ID!) { tillClose(id: $id, input: {counted: [{tender: CASH, amount: "102.50"}]}) { record { id } userErrors { path message } } }`,
				variables{"id": session}).want(map[string]string{"data.tillClose.userErrors": "[]"})
		}
	}
}

// mustOccur returns the names of the relations, of the interfaces and of the directives. Settings, lines of a register,
// comparisons and reports by store are left out: they are only found by fields with arguments or in reports.
func mustOccur(schema *ast.Schema) []string {
	names := []string{"@skip", "@include", "on Node", "on Document"}
	for _, relation := range resolvers.Relations() {
		typ, _, _ := strings.Cut(relation, ".")
		if schema.Types[typ] != nil && !slices.Contains([]string{"NotificationSetting", "RegisterLine", "StoreAgeing", "StoreAmount", "StoreTaxes"}, typ) && !strings.HasSuffix(typ, "Comparison") {
			names = append(names, relation)
		}
	}
	return names
}

// rarest returns the one of them that has occurred least often.
func rarest(schema *ast.Schema, covered map[string]int) string {
	names := mustOccur(schema)
	return slices.MinFunc(names, func(a, b string) int { return covered[a] - covered[b] })
}

// selectionStates are what is done before each part of TestSelections; $1 is the organization.
var selectionStates = []string{
	``,
	`UPDATE canonical.people SET email = 'new' || id || '@example.com' WHERE organization_id = $1 AND id % 5 = 0;
	UPDATE canonical.document_items SET description = 'Changed <&> "' || id WHERE organization_id = $1 AND id % 17 = 0;
	UPDATE canonical.accounts SET name = name || E' \u2028 \\ é 漢' WHERE organization_id = $1 AND id % 3 = 0;
	UPDATE canonical.payments SET reference = 'Changed' WHERE organization_id = $1 AND id % 7 = 0;
	UPDATE canonical.stores SET name = name || '!' WHERE organization_id = $1 AND id = 1`,
	`SET session_replication_role = replica; -- past the guards of stored rows
	INSERT INTO engine.quarantine (projection, organization_id, key, error)
		SELECT 'people_summaries', $1, ARRAY[person_id::text], 'division by zero' FROM projection.people_summaries WHERE organization_id = $1 AND person_id % 7 = 1;
	DELETE FROM projection.people_summaries WHERE organization_id = $1 AND person_id % 21 = 1;
	INSERT INTO engine.quarantine (projection, organization_id, key, error)
		SELECT 'document_summaries', $1, ARRAY[document_id::text], 'division by zero' FROM projection.document_summaries WHERE organization_id = $1 AND document_id % 9 = 1;
	DELETE FROM projection.account_summaries WHERE organization_id = $1 AND code = '1000'`,
}

// answered returns the status and the body of an answer. The errors in it are sorted: fields that are resolved at the same
// time add theirs in any order.
func (s *service) answered(handler http.Handler, query string, vars variables, mode string) string {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Daybook-Read", mode)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	var parts struct {
		Errors     []json.RawMessage `json:"errors"`
		Data       json.RawMessage   `json:"data"`
		Extensions json.RawMessage   `json:"extensions"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &parts); err != nil {
		s.t.Fatalf("%q is not JSON: %v", w.Body, err)
	}
	slices.SortFunc(parts.Errors, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	return fmt.Sprintf("%d\n\"errors\": %s\n%s\n%s", w.Code, parts.Errors, parts.Data, parts.Extensions)
}
