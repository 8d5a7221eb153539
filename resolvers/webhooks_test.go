package resolvers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/graph/model"
	"daybook/internal/webhooks"
	"daybook/jobs"
	"daybook/resolvers"
)

var _ = addPlans([]list{
	{field: "Query.webhooks", nodes: "member { name }", filters: []string{`ids: ["Webhook:7"]`, `archived: true`}},
	{field: "Query.webhookDeliveries", nodes: "webhook { url } event { id }", filters: []string{`ids: ["WebhookDelivery:7"]`, `webhookId: "Webhook:7"`, `state: GIVEN_UP`, `entity: "Person:7"`}},
}, []string{
	`INSERT INTO canonical.webhooks (organization_id, id, url, member_id, secret, archived_at)
	SELECT $1, g, 'https://example.com/' || g, (SELECT min(user_id) FROM canonical.memberships WHERE organization_id = $1), sha256('x'), CASE WHEN g % 100 = 0 THEN now() END
	FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.webhook_positions (organization_id, webhook_id, epoch, transaction, event_id) SELECT $1, g, 1, '1', 0 FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.webhook_deliveries (organization_id, id, webhook_id, event_id, occurred_at, canonical_type, canonical_id, action, relation, fields, event_text, state, delivered_at)
	SELECT $1, g, 1 + g % ($3 / 10), g, now(), 'Person', 1 + g % ($3 / 10), 'update', 'people', '{}', 'Person', CASE WHEN g % 200 = 7 THEN 'given_up' ELSE 'delivered' END, now()
	FROM generate_series(1, $3) AS g`,
})

// message is a request that a receiver got.
type message struct {
	ID       string
	Type     string
	Event    webhooks.Event
	Data     json.RawMessage
	Errors   json.RawMessage
	accepted bool
	problem  string
}

// receiver is a server of a webhook. fail says how an attempt, counted from 1, of a message ends: "" accepts it.
type receiver struct {
	*httptest.Server
	fail func(id string, attempt int) string

	mu       sync.Mutex
	secret   string
	messages []message
	attempts map[string]int
}

func receive(t testing.TB, fail func(id string, attempt int) string) *receiver {
	t.Helper()
	r := &receiver{fail: fail, attempts: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(func() { r.CloseClientConnections(); r.Close() })
	return r
}

func (r *receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the worker was killed
	}
	m := message{ID: request.Header.Get("webhook-id")}
	r.mu.Lock()
	if err := verifyWebhook(r.secret, request.Header, body); err != nil {
		m.problem = err.Error()
	}
	if err := json.Unmarshal(body, &m); err != nil {
		m.problem = err.Error()
	}
	r.attempts[m.ID]++
	how := r.fail(m.ID, r.attempts[m.ID])
	m.accepted = how == "" || how == "answer lost"
	r.messages = append(r.messages, m)
	r.mu.Unlock()
	switch how {
	case "":
		w.WriteHeader(http.StatusNoContent)
	case "500":
		http.Error(w, "not now", http.StatusInternalServerError)
	case "slow":
		select {
		case <-request.Context().Done():
		case <-time.After(patience):
		}
	default: // "closed", "answer lost"
		panic(http.ErrAbortHandler)
	}
}

// accepted returns the messages that were accepted, in the order of their first acceptance, each once.
func (r *receiver) accepted() (list []message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for _, m := range r.messages {
		if m.accepted && !seen[m.ID] {
			seen[m.ID] = true
			list = append(list, m)
		}
	}
	return list
}

// eventually waits until so many messages were accepted.
func (r *receiver) eventually(t testing.TB, want int) []message {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		if got := r.accepted(); len(got) >= want {
			return got
		} else if time.Now().After(deadline) {
			t.Fatalf("%d messages of %d were accepted", len(got), want)
		}
	}
}

// ordered fails the test where a message of a record came before an earlier one of it had been accepted, and for every message
// that is not as it should be.
func (r *receiver) ordered(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	accepted, last, latest := map[string]bool{}, map[string]string{}, map[string]int{}
	for _, m := range r.messages {
		if m.problem != "" {
			t.Errorf("%s: %s", m.ID, m.problem)
		}
		var delivery int
		if _, err := fmt.Sscanf(m.ID, "WebhookDelivery:%d", &delivery); err != nil || m.Event.EntityID == nil {
			t.Fatalf("%+v: %v", m, err)
		}
		entity := *m.Event.EntityID
		switch before := last[entity]; {
		case before == m.ID:
		case before != "" && !accepted[before]:
			t.Errorf("%s of %s came before %s was accepted", m.ID, entity, before)
		case delivery < latest[entity]:
			t.Errorf("%s of %s came after a later one", m.ID, entity)
		}
		last[entity], latest[entity] = m.ID, delivery
		accepted[m.ID] = accepted[m.ID] || m.accepted
	}
}

// workers works what sends to webhooks until stop, which cuts off whatever is under way, as the end of the process would.
func (s *service) workers() (stop func()) {
	s.t.Helper()
	sender := webhooks.NewSender(webhooks.SenderConfig{AllowPrivate: true, Timeout: 300 * time.Millisecond})
	payloads := resolvers.NewPayloads(resolvers.Config{Store: s.store, DB: s.pool, LoaderDB: s.pool, Logger: slog.New(slog.DiscardHandler)})
	client, err := jobs.NewClient(s.pool, s.engine, jobs.Config{
		Work: true, Logger: slog.New(slog.DiscardHandler), FeedEvery: 50 * time.Millisecond,
		Webhooks: &jobs.Webhooks{Sender: sender, Answer: payloads.Answer, FirstPause: 20 * time.Millisecond, Lease: 2 * time.Second},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := s.t.Context()
	if err := client.Start(ctx); err != nil {
		s.t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = client.StopAndCancel(s.t.Context()) // the context may have ended with the test
			<-client.Stopped()
			sender.Close()
		})
	}
	s.t.Cleanup(stop)
	return stop
}

// webhook registers a receiver.
func (c caller) webhook(r *receiver, input variables) string {
	c.t.Helper()
	input["url"] = r.URL
	a := c.must(`mutation($in: WebhookCreateInput!) { webhookCreate(input: $in) { record { id secret state } userErrors { path message } } }`, variables{"in": input})
	a.want(map[string]string{"data.webhookCreate.userErrors": "[]", "data.webhookCreate.record.state": "ACTIVE"})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = a.text("data.webhookCreate.record.secret")
	return a.text("data.webhookCreate.record.id")
}

// named creates a person by one row.
func (c caller) named(name string) string {
	c.t.Helper()
	a := c.must(`mutation($name: String!) { personCreate(input: {givenName: $name}) { record { id } userErrors { path } } }`, variables{"name": name})
	return a.text("data.personCreate.record.id")
}

// rename changes a person.
func (c caller) rename(id, name string) {
	c.t.Helper()
	c.must(`mutation($id: ID!, $name: String!) { personUpdate(id: $id, input: {familyName: $name}) { userErrors { path } } }`, variables{"id": id, "name": name})
}

// A receiver fails in every way, and workers are killed in the middle: each event arrives, the events of a record in their
// order, one after the other, and all of them signed.
func TestWebhooksDeliverAll(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ways := []string{"500", "slow", "closed", "answer lost", ""}
	r := receive(t, func(id string, attempt int) string {
		var n int
		_, _ = fmt.Sscanf(id, "WebhookDelivery:%d", &n)
		if attempt > n%3 {
			return ""
		}
		return ways[(n+attempt)%len(ways)]
	})
	s.webhook(r, variables{"types": []string{"PERSON"}, "document": `query($id: ID!) { node(id: $id) { ... on Person { fullName } } }`})
	const people, renames = 8, 9
	var ids []string
	for i := range people {
		ids = append(ids, s.caller.named(fmt.Sprintf("P%d", i)))
	}
	for change := range renames {
		stop := s.workers()
		for _, id := range ids {
			s.rename(id, fmt.Sprintf("N%d", change))
		}
		if change%3 == 2 {
			r.eventually(t, change*people/2)
			stop()
		} else {
			t.Cleanup(stop)
		}
	}
	const all = people * (1 + renames)
	got := r.eventually(t, all)
	r.ordered(t)
	perRecord := map[string]int{}
	for _, m := range got {
		perRecord[*m.Event.EntityID]++
	}
	for _, id := range ids {
		if perRecord[id] != 1+renames {
			t.Errorf("%s: %d events of %d", id, perRecord[id], 1+renames)
		}
	}
	last := got[len(got)-1]
	if !strings.Contains(string(last.Data), `"fullName":"P`) || last.Type != "person.update" {
		t.Errorf("the last message is %+v with %s", last, last.Data)
	}
	// What was accepted and not noted is sent again; then everything is noted.
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a := s.must(`{ webhooks { nodes { state pendingCount deliveredCount } } webhookDeliveries(filter: {state: DELIVERED}) { totalCount } }`, nil)
		if a.text("data.webhooks.nodes.0.pendingCount") == "0" {
			a.want(map[string]string{"data.webhooks.nodes.0": fmt.Sprintf(`{"deliveredCount":%d,"pendingCount":0,"state":"ACTIVE"}`, all), "data.webhookDeliveries.totalCount": fmt.Sprint(all)})
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("deliveries are left: %s", a)
		}
	}
}

// A transaction that is open for long holds back what commits meanwhile, and then both come, each once.
func TestWebhooksBehindALongTransaction(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := receive(t, func(string, int) string { return "" })
	s.webhook(r, variables{"types": []string{"PERSON"}})
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `INSERT INTO canonical.people (organization_id, given_name, family_name) VALUES ($1, 'Long', 'Open')`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	s.caller.named("Short")
	s.workers()
	time.Sleep(500 * time.Millisecond) // some reads of the feed
	if got := r.accepted(); len(got) != 0 {
		t.Errorf("%+v came before the open transaction ended", got)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.caller.named("Later")
	var texts []string
	for _, m := range r.eventually(t, 3) {
		texts = append(texts, m.Event.Text)
	}
	slices.Sort(texts)
	if got := strings.Join(texts, ", "); got != "Person Later created, Person Long Open created, Person Short created" {
		t.Errorf("the events are %s", got)
	}
}

// Nothing of another organization is sent, and nothing for a member who was revoked: the webhook says so, and goes on where it
// stood when another member takes it over.
func TestWebhooksOfARevokedMember(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager, other := s.member(s.organizationID, model.RoleManager), s.organization("Other")
	r := receive(t, func(string, int) string { return "" })
	id := manager.webhook(r, variables{"types": []string{"PERSON"}, "document": `query($id: ID!) { node(id: $id) { id } people { nodes { fullName } } }`})
	stop := s.workers()
	s.caller.named("Ada")
	r.eventually(t, 1)
	stop()
	var user int64
	if err := s.pool.QueryRow(t.Context(), `SELECT member_id FROM canonical.webhooks`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	if err := s.store.MembershipEnd(t.Context(), s.organizationID, user); err != nil {
		t.Fatal(err)
	}
	s.workers()
	s.caller.named("Grace")
	other.named("Mallory")
	s.must(`query($id: ID!) { webhook(id: $id) { state } }`, variables{"id": id}).want(map[string]string{"data.webhook.state": "MEMBER_REVOKED"})
	time.Sleep(500 * time.Millisecond)
	if got := r.accepted(); len(got) != 1 {
		t.Errorf("%+v came for a member who was revoked", got[1:])
	}
	s.must(`mutation($id: ID!) { webhookUpdate(id: $id, input: {description: "taken over"}) { record { state } userErrors { path } } }`, variables{"id": id}).
		want(map[string]string{"data.webhookUpdate.record.state": "ACTIVE"})
	got := r.eventually(t, 2)
	if got[1].Event.Text != "Person Grace created" {
		t.Errorf("then came %+v", got[1])
	}
	other.named("Eve")
	s.caller.named("Edsger")
	for _, m := range r.eventually(t, 3) {
		if strings.Contains(string(m.Data), "Mallory") || strings.Contains(m.Event.Text, "Eve") {
			t.Errorf("data of another organization: %s, %s", m.Event.Text, m.Data)
		}
	}
}

// A manager who is bound to stores is not told of what is elsewhere.
func TestWebhooksOfABoundMember(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager, store := s.member(s.organizationID, model.RoleManager), s.storeWithHours("Norwood", "UTC")
	r := receive(t, func(string, int) string { return "" })
	id := manager.webhook(r, variables{"types": []string{"PERSON"}})
	stop := s.workers()
	s.caller.named("Ada")
	r.eventually(t, 1)
	stop()
	var user int64
	if err := s.pool.QueryRow(t.Context(), `SELECT member_id FROM canonical.webhooks`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	if err := s.store.MemberStoresSet(t.Context(), s.organizationID, user, []string{strings.TrimPrefix(store, "Store:")}); err != nil {
		t.Fatal(err)
	}
	s.workers()
	s.caller.named("Grace")
	s.must(`query($id: ID!) { webhook(id: $id) { state } }`, variables{"id": id}).want(map[string]string{"data.webhook.state": "MEMBER_REVOKED"})
	time.Sleep(500 * time.Millisecond)
	if got := r.accepted(); len(got) != 1 {
		t.Errorf("%+v came for a bound member", got[1:])
	}
}

// A record's later events wait for one that fails, until somebody gives it up; replayed, it is sent again.
func TestWebhookDeliveriesAreGivenUpAndReplayed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	broken := true
	r := receive(t, func(string, int) string { // under the receiver's mutex
		if broken {
			return "500"
		}
		return ""
	})
	hook := s.webhook(r, variables{"types": []string{"PERSON"}})
	s.workers()
	id := s.caller.named("Ada")
	s.rename(id, "Lovelace")
	pending := `{ webhooks { nodes { state failingCount } } webhookDeliveries { nodes { id state failure statusCode answer entityId eventText event { text } webhook { id } } } }`
	var a answer
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if a = s.must(pending, nil); a.text("data.webhookDeliveries.nodes.1.statusCode") == "500" && a.at("data.webhookDeliveries.nodes.0") != nil && a.text("data.webhooks.nodes.0.failingCount") != "0" {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("no delivery has failed: %s", a)
		}
	}
	a.want(map[string]string{
		"data.webhooks.nodes.0": `{"failingCount":1,"state":"FAILING"}`, "data.webhookDeliveries.nodes.0.state": "WAITING", "data.webhookDeliveries.nodes.1.state": "PENDING",
		"data.webhookDeliveries.nodes.1.failure": "the receiver answers 500 Internal Server Error", "data.webhookDeliveries.nodes.1.answer": "not now\n",
		"data.webhookDeliveries.nodes.1.entityId": id, "data.webhookDeliveries.nodes.1.event.text": "Person Ada created", "data.webhookDeliveries.nodes.1.webhook.id": hook,
	})
	first, second := a.text("data.webhookDeliveries.nodes.1.id"), a.text("data.webhookDeliveries.nodes.0.id")
	s.must(`mutation($ids: [ID!]!) { webhookDeliveriesGiveUp(ids: $ids) { record { state } userErrors { path } } }`, variables{"ids": []string{first}}).
		want(map[string]string{"data.webhookDeliveriesGiveUp.record.0.state": "GIVEN_UP"})
	r.mu.Lock()
	broken = false
	r.mu.Unlock()
	if got := r.eventually(t, 1); got[0].ID != second {
		t.Errorf("after the first was given up came %+v", got[0])
	}
	s.must(`mutation($ids: [ID!]!) { webhookDeliveriesReplay(ids: $ids) { record { state } userErrors { path } } }`, variables{"ids": []string{first, second}}).
		want(map[string]string{"data.webhookDeliveriesReplay.userErrors": "[]"})
	if got := r.eventually(t, 2); got[1].ID != first {
		t.Errorf("replayed was %+v", got[1])
	}
	s.must(`mutation { webhookDeliveriesReplay(ids: ["WebhookDelivery:999", "Person:1"]) { userErrors { path code } } }`, nil).
		want(map[string]string{"data.webhookDeliveriesReplay.userErrors": `[{"code":"NOT_FOUND","path":"ids.0"},{"code":"NOT_FOUND","path":"ids.1"}]`})
}

// What is registered is checked, and who may not read all changes sees nothing of it. The secret is shown once.
func TestWebhooksAreChecked(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create := `mutation($in: WebhookCreateInput!) { webhookCreate(input: $in) { record { id secret } userErrors { path code } } }`
	for document, path := range map[string]string{
		`{ people { nodes { nickname2 } } }`:                                                           "document",
		`mutation { personArchive(id: "Person:1") { userErrors { path } } }`:                           "document",
		`query($id: ID!, $other: Int) { node(id: $id) { id } people(first: $other) { nodes { id } } }`: "document",
		`{ a: viewer { role } } query B { viewer { role } }`:                                           "document",
		`{ people(first: 200) { nodes { history(first: 200) { nodes { changes { old } } } } } }`:       "document",
		`query(`: "document",
	} {
		s.must(create, variables{"in": variables{"url": "https://example.com", "document": document}}).
			want(map[string]string{"data.webhookCreate.userErrors.0": `{"code":"INVALID","path":"` + path + `"}`})
	}
	for _, url := range []string{"", "example.com", "ftp://example.com", "https://user:word@example.com", "https://@example.com", "https://example.com#x", "https://", "http:///x", "https://a b", "https://example.com:0/", "https://example.com:65536/"} {
		if a := s.must(create, variables{"in": variables{"url": url}}); a.text("data.webhookCreate.userErrors.0.path") != "url" {
			t.Errorf("%q is registered: %s", url, a)
		}
	}
	for _, url := range []string{"https://example.com/@books?to=a@b.example", "HTTPS://example.com"} {
		if a := s.must(create, variables{"in": variables{"url": url}}); a.text("data.webhookCreate.userErrors") != "[]" {
			t.Errorf("%q is refused: %s", url, a)
		}
	}
	a := s.must(create, variables{"in": variables{"url": "https://example.com/?a=b", "types": []string{"VENDOR_CREDIT_NOTE", "FX_RATE"}, "actions": []string{"CREATE"}}})
	id := a.text("data.webhookCreate.record.id")
	if !strings.HasPrefix(a.text("data.webhookCreate.record.secret"), "whsec_") {
		t.Errorf("it is answered %s", a)
	}
	read := `query($id: ID!) { webhook(id: $id) { types actions secret member { name } history { nodes { snapshot { field value } } } } node(id: $id) { id } }`
	a = s.must(read, variables{"id": id})
	a.want(map[string]string{"data.webhook.types": `["FX_RATE","VENDOR_CREDIT_NOTE"]`, "data.webhook.actions": `["CREATE"]`, "data.webhook.secret": "null", "data.node.id": id})
	if snapshot := a.text("data.webhook.history.nodes.0.snapshot"); !strings.Contains(snapshot, `{"field":"secret","value":"[redacted]"}`) {
		t.Errorf("the history says %s", snapshot)
	}
	s.must(`mutation($id: ID!) { webhookSecretRotate(id: $id) { record { secret version } } }`, variables{"id": id}).want(map[string]string{"data.webhookSecretRotate.record.version": "2"})
	staff := s.member(s.organizationID, model.RoleStaff)
	staff.must(read, variables{"id": id}).want(map[string]string{"data.webhook": "null", "data.node": "null"})
	for _, query := range []string{`{ webhooks { nodes { id } } }`, `{ webhookDeliveries { nodes { id } } }`} {
		staff.call(query, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	}
}

// Replayed deliveries of a record come in their order, also before those that are still to be sent, but for one that is being sent.
func TestWebhookReplayKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := serve(t)
	hook := s.webhook(receive(t, func(string, int) string { return "" }), variables{"types": []string{"PERSON"}})
	e := webhooks.Endpoint{OrganizationID: s.organizationID}
	if _, err := fmt.Sscanf(hook, "Webhook:%d", &e.WebhookID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO canonical.webhook_deliveries (organization_id, id, webhook_id, event_id, occurred_at, canonical_type, canonical_id,
			action, relation, fields, event_text, state, delivered_at)
		SELECT $1, g, $2, g, now(), 'Person', CASE g WHEN 9 THEN 2 ELSE 1 END, 'update', 'people', '{}', 'Person', state, now()
		FROM (VALUES (1, 'delivered'), (2, 'delivered'), (3, 'given_up'), (4, 'pending'), (5, 'waiting'), (9, 'delivered')) AS given (g, state)`, e.OrganizationID, e.WebhookID); err != nil {
		t.Fatal(err)
	}
	replay := func(ids ...string) {
		t.Helper()
		s.must(`mutation($ids: [ID!]!) { webhookDeliveriesReplay(ids: $ids) { userErrors { path } } }`, variables{"ids": ids}).
			want(map[string]string{"data.webhookDeliveriesReplay.userErrors": "[]"})
	}
	claim := func() []webhooks.Delivery {
		t.Helper()
		claimed, err := webhooks.Claim(t.Context(), s.pool, e, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return claimed
	}
	settle := func(d *webhooks.Delivery, failure error) {
		t.Helper()
		if err := webhooks.Settle(t.Context(), s.pool, d, webhooks.Result{Err: failure}, 0); err != nil {
			t.Fatal(err)
		}
	}
	sent := func() (order []int64) {
		t.Helper()
		for {
			claimed := claim()
			if len(claimed) == 0 {
				return order
			}
			records := map[int64]bool{}
			for i := range claimed {
				d := &claimed[i]
				if records[*d.EntityKey] {
					t.Errorf("%d is sent beside an earlier one of its record", d.ID)
				}
				records[*d.EntityKey] = true
				order = append(order, d.ID)
				var failure error
				if d.ID == 1 && d.Attempt == 1 {
					failure = io.ErrUnexpectedEOF
				}
				settle(d, failure)
			}
		}
	}
	replay("WebhookDelivery:3", "WebhookDelivery:1", "WebhookDelivery:9", "WebhookDelivery:5")
	if got := sent(); !slices.Equal(slices.DeleteFunc(slices.Clone(got), func(id int64) bool { return id == 9 }), []int64{1, 1, 3, 4, 5}) || !slices.Contains(got, 9) {
		t.Errorf("sent were %v", got)
	}
	replay("WebhookDelivery:4", "WebhookDelivery:5")
	flying := claim()
	replay("WebhookDelivery:1", "WebhookDelivery:4")
	if len(flying) != 1 || len(claim()) != 0 {
		t.Errorf("%+v is being sent, and an earlier one beside it", flying)
	}
	settle(&flying[0], io.ErrUnexpectedEOF)
	if got := sent(); !slices.Equal(got, []int64{1, 1, 4, 5}) {
		t.Errorf("after one that was being sent came %v", got)
	}

	// What becomes of an attempt is not noted of another, which began when the delivery was given up meanwhile, and replayed.
	replay("WebhookDelivery:9")
	former := claim()
	s.must(`mutation { webhookDeliveriesGiveUp(ids: ["WebhookDelivery:9"]) { userErrors { path } } }`, nil)
	replay("WebhookDelivery:9")
	latter := claim()
	settle(&former[0], io.ErrUnexpectedEOF)
	if len(claim()) != 0 {
		t.Error("it is sent while it is being sent")
	}
	settle(&latter[0], nil)
	s.must(`{ webhookDeliveries(filter: {ids: ["WebhookDelivery:9"]}) { nodes { state failure } } }`, nil).want(map[string]string{"data.webhookDeliveries.nodes": `[{"failure":"","state":"DELIVERED"}]`})
}
