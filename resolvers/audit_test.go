package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook/graph/model"
	"daybook/internal/pglocal"
)

const createAda = `mutation { personCreate(input: {givenName: "Ada", familyName: "Lovelace", isCustomer: true,
	addresses: [{street: "1 Main St", suburb: "Norwood", postcode: "5000", country: "AU"}]}) { record { id addresses { id } } } }`

// texts lists the texts of events, the latest first.
func (a answer) texts(list string) (texts []string) {
	for i := range 200 {
		text := a.at(fmt.Sprintf("%s.nodes.%d.text", list, i))
		if text == nil {
			return texts
		}
		texts = append(texts, fmt.Sprint(text))
	}
	return texts
}

// A record's history has what was changed of it and of what belongs to it, by whom and by which request.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := serve(t)
	staff := s.member(s.organizationID, model.RoleStaff)
	ada := staff.must(createAda, nil).text("data.personCreate.record.id")
	s.must(`mutation { personUpdate(id: "`+ada+`", input: {email: "ada@example.com", addresses: []}) { record { id } } }`, nil)
	s.must(`mutation { personUpdate(id: "`+ada+`", input: {email: "ada@example.com"}) { record { id } } }`, nil) // changes nothing
	reader := s.member(s.organizationID, model.RoleReader)
	a := reader.must(`{ node(id: "`+ada+`") { history { pageInfo { hasNextPage } nodes { text action table entityId entity { id }
		changes { field old new } snapshot { field value } actor { email } databaseRole requestId transactionId occurredAt } } } }`, nil)
	if got, want := a.texts("data.node.history"), []string{"Person Ada Lovelace changed: email", "Address 1 Main St of Ada Lovelace deleted",
		"Address 1 Main St of Ada Lovelace created", "Person Ada Lovelace created"}; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("texts %q", got)
	}
	update := slices.Index(a.texts("data.node.history"), "Person Ada Lovelace changed: email")
	at := fmt.Sprintf("data.node.history.nodes.%d.", update)
	a.want(map[string]string{
		at + "changes": `[{"field":"email","new":"ada@example.com","old":null}]`, at + "action": "UPDATE", at + "table": "people",
		at + "entity.id": ada, at + "entityId": ada, at + "actor.email": "owner@example.com", at + "databaseRole": pglocal.ApplicationRole,
		"data.node.history.nodes.3.actor.email": "staff@" + fmt.Sprint(s.organizationID) + ".example",
		"data.node.history.pageInfo":            `{"hasNextPage":false}`,
	})
	if a.text(at+"requestId") == "" || a.text(at+"requestId") == a.text("data.node.history.nodes.3.requestId") {
		t.Errorf("requests %s", a)
	}
	// A created row shows all that has a value.
	if created := fmt.Sprint(a.at("data.node.history.nodes.3.changes")) + fmt.Sprint(a.at("data.node.history.nodes.2.changes")); !strings.Contains(created, "Ada Lovelace") || strings.Contains(created, "updated_at") {
		t.Errorf("changes of what was created: %s", created)
	}
}

// A record has a history, of whichever type it is.
func TestEverythingHasAHistory(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada")
	income, expense, transfer := s.money(s.caller)
	store := s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood"}) { record { id } } }`, nil)
	ids := []string{party, s.draft(party, "100.00"), s.bill(party, "100.00"), s.creditNote(party, "10.00"), income, expense, transfer,
		s.must(postEntry, s.entry(s.caller, "2026-02-03")).text("data.journalEntryPost.record.id"), s.account(s.caller, "1000"),
		store, s.sell(store, sale("2026-03-01T00:00:00Z", "1"))[0]}
	for _, id := range ids {
		a := s.must(`{ node(id: "`+id+`") { __typename history(last: 1) { nodes { text action entityId } } } }`, nil)
		a.want(map[string]string{"data.node.history.nodes.0.action": "CREATE", "data.node.history.nodes.0.entityId": id})
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	s := serve(t)
	other := s.organization("Others")
	staff := s.member(s.organizationID, model.RoleStaff)
	created := staff.must(createAda, nil)
	ada := created.text("data.personCreate.record.id")
	other.must(createAda, nil)
	s.must(`mutation { personUpdate(id: "`+ada+`", input: {email: "ada@example.com"}) { record { id } } }`, nil)
	s.must(`mutation { taxRateCreate(input: {name: "GST", percentage: "10"}) { record { id } } }`, nil)
	if _, err := s.pool.Exec(t.Context(), `DELETE FROM canonical.tax_rates`); err != nil {
		t.Fatal(err)
	}
	last := s.must(`{ auditLog(first: 1) { nodes { text actor { id } requestId entity { id } entityId occurredAt } } viewer { user { id } } }`, nil)
	last.want(map[string]string{"data.auditLog.nodes.0.text": "Tax rate GST deleted", "data.auditLog.nodes.0.actor": "null",
		"data.auditLog.nodes.0.requestId": "", "data.auditLog.nodes.0.entity": "null", "data.auditLog.nodes.0.entityId": "TaxRate:1"})
	owner, now := last.text("data.viewer.user.id"), last.text("data.auditLog.nodes.0.occurredAt")
	request := s.must(`{ auditLog(filter: {table: "people", action: UPDATE}) { nodes { requestId text } } }`, nil).text("data.auditLog.nodes.0.requestId")
	for filter, want := range map[string][]string{
		`entity: "` + ada + `"`:                 {"Address 1 Main St of Ada Lovelace created", "Person Ada Lovelace changed: email", "Person Ada Lovelace created"},
		`actor: "` + owner + `"`:                {"Person Ada Lovelace changed: email", "Tax rate GST created"},
		`actor: "Person:1"`:                     nil,
		`table: "tax_rates"`:                    {"Tax rate GST created", "Tax rate GST deleted"},
		`field: "email"`:                        {"Person Ada Lovelace changed: email"},
		`field: "street"`:                       nil,
		`action: DELETE`:                        {"Tax rate GST deleted"},
		`action: UPDATE`:                        {"Person Ada Lovelace changed: email"},
		`requestId: "` + request + `"`:          {"Person Ada Lovelace changed: email"},
		`requestId: ""`:                         nil,
		`from: "` + now + `"`:                   {"Tax rate GST deleted"},
		`to: "2020-01-01T00:00:00Z"`:            nil,
		`entity: "` + ada + `", action: UPDATE`: {"Person Ada Lovelace changed: email"},
	} {
		t.Run(filter, func(t *testing.T) {
			s := s.in(t)
			got := s.must(`{ auditLog(filter: {`+filter+`}) { nodes { text } } }`, nil).texts("data.auditLog")
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: %q, not %q", filter, got, want)
			}
		})
	}
	for _, caller := range []caller{staff, s.member(s.organizationID, model.RoleReader)} {
		caller.call(`{ auditLog { nodes { id } } }`, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN", "data.auditLog": "null"})
	}
	s.member(s.organizationID, model.RoleManager).must(`{ auditLog { nodes { id } } }`, nil)
	// Tokens are recorded, and never what they are recognised by.
	tokens := s.must(`{ auditLog(filter: {table: "api_tokens"}) { nodes { text changes { field new } snapshot { field value } } } }`, nil)
	if all := fmt.Sprint(tokens.at("data")); !strings.Contains(all, "[redacted]") || strings.Contains(all, `\x`) {
		t.Errorf("tokens: %s", all)
	}
}

// Pages from both ends meet, and show each event once.
func TestAuditLogPages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.must(createAda, nil)
	whole := s.must(`{ auditLog(first: 200) { nodes { id } } }`, nil)
	var all []string
	for i := 0; whole.at(fmt.Sprintf("data.auditLog.nodes.%d", i)) != nil; i++ {
		all = append(all, whole.text(fmt.Sprintf("data.auditLog.nodes.%d.id", i)))
	}
	walk := func(size, side, more, end string) (found []string) {
		t.Helper()
		arguments := size
		for {
			a := s.must(`{ auditLog(`+arguments+`) { nodes { id } pageInfo { `+more+` `+end+` } } }`, nil)
			var page []string
			for i := 0; a.at(fmt.Sprintf("data.auditLog.nodes.%d", i)) != nil; i++ {
				page = append(page, a.text(fmt.Sprintf("data.auditLog.nodes.%d.id", i)))
			}
			if side == "before" {
				found = append(page, found...)
			} else {
				found = append(found, page...)
			}
			if a.text("data.auditLog.pageInfo."+more) != "true" {
				return found
			}
			arguments = fmt.Sprintf(`%s, %s: "%s"`, size, side, a.text("data.auditLog.pageInfo."+end))
		}
	}
	if got := walk("first: 7", "after", "hasNextPage", "endCursor"); !slices.Equal(got, all) {
		t.Errorf("forward: %q, not %q", got, all)
	}
	if got := walk("last: 7", "before", "hasPreviousPage", "startCursor"); !slices.Equal(got, all) {
		t.Errorf("backward: %q, not %q", got, all)
	}
	for _, bad := range []string{`first: 201`, `first: 1, last: 1`, `after: "x"`, `first: -1`} {
		s.call(`{ auditLog(`+bad+`) { nodes { id } } }`, nil).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	}
}
