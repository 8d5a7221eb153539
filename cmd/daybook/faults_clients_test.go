package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// history is what clients were answered, and what follows from it for every later answer. It is safe for concurrent use.
type history struct {
	mu sync.Mutex
	// created has the external references of people whose creation was acknowledged, each with an invoice; named has the family
	// names that an update of a person was acknowledged with.
	created, named []string
	// versions are the latest acknowledged versions of the watched people, by their ids.
	versions map[string]int
	// acknowledged is when each server last acknowledged a mutation, by when that was begun.
	acknowledged map[string]time.Time
	writes       int
	reads        int
	// away is a server that requests are not sent to, as by a proxy that looks at /readyz.
	away string
	// seen counts what else clients were answered: codes of errors, and ends of connections.
	seen map[string]int
}

func newHistory() *history {
	return &history{versions: map[string]int{}, acknowledged: map[string]time.Time{}, seen: map[string]int{}}
}

// write notes an acknowledged mutation of a server.
func (h *history) write(base string, begun time.Time, note func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	if h.acknowledged[base].Before(begun) {
		h.acknowledged[base] = begun
	}
	if note != nil {
		note()
	}
}

// leave has requests be sent to other servers than this one.
func (h *history) leave(base string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = base
}

// server returns the server whose turn it is.
func (c *client) server(turn int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if base := c.bases[turn%len(c.bases)]; base != c.away {
		return base
	}
	return c.bases[(turn+1)%len(c.bases)]
}

// floor returns a copy of the acknowledged versions: what is read from now on shows these or later ones.
func (h *history) floor() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	floor := make(map[string]int, len(h.versions))
	for id, version := range h.versions {
		floor[id] = version
	}
	return floor
}

// client is one caller, who does one thing after the other, at any of the servers.
type client struct {
	*history
	t       *testing.T
	name    string
	token   string
	bases   []string
	watched []string // ids of people whom all clients rename
	http    *http.Client
	shown   map[string]int // the versions that it was shown last
}

const (
	createPerson  = `mutation($ref: String!) { personCreate(input: {givenName: "Ada", externalRef: $ref, isCustomer: true}, idempotencyKey: $ref) { record { id } userErrors { message } } }`
	billPerson    = `mutation($id: ID!, $key: String!) { invoiceCreate(input: {customerId: $id, currency: "AUD", items: [{description: "Work", quantity: 2, unitPrice: "50.25"}]}, idempotencyKey: $key) { record { id } userErrors { message } } }`
	renamePerson  = `mutation($id: ID!, $name: String!) { personUpdate(id: $id, input: {familyName: $name}, idempotencyKey: $name) { record { version } userErrors { message } } }`
	readCreated   = `query($ref: String!, $id: ID!) { people(filter: {externalRef: $ref}) { nodes { id } } invoices(filter: {customerId: $id}) { nodes { total { amount } } } person(id: $id) { externalRef } }`
	readWatched   = `query($ids: [ID!]!) { people(filter: {ids: $ids}) { nodes { id version } } }`
	readOne       = `query($id: ID!) { person(id: $id) { version } people(filter: {ids: [$id]}) { nodes { version } } }`
	wantOfCreated = `{"people":{"nodes":[{"id":%[1]q}]},"invoices":{"nodes":[{"total":{"amount":"100.50"}}]},"person":{"externalRef":%[2]q}}`
)

// answer is a response without errors.
type answer struct {
	Data       json.RawMessage
	Errors     []struct{ Extensions struct{ Code string } }
	Extensions struct {
		Token     string
		Freshness json.RawMessage
	}
	base  string
	begun time.Time
}

// into decodes the data.
func (a *answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Errorf("%s: %v", a.Data, err)
	}
}

// may are the answers after which a request is sent again: a server or its database was not there for a moment.
var may = []string{"UNAVAILABLE", "refused", "cut off"}

// do sends a request, to another server each time, until it is answered without errors. It returns nil when ctx has ended.
func (c *client) do(ctx context.Context, turn int, after, document string, variables map[string]any) *answer {
	for ; ctx.Err() == nil; turn++ {
		a, said := c.send(ctx, c.server(turn), after, document, variables)
		if said == "" || ctx.Err() != nil {
			return a
		}
		c.mu.Lock()
		c.seen[said]++
		c.mu.Unlock()
		if !slices.Contains(may, said) {
			c.t.Errorf("%s\nwith %v is answered %s", document, variables, said)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// send sends a request once. It returns the answer, or what was said instead: the code of the first error, "refused" or "cut off".
func (c *client) send(ctx context.Context, base, after, document string, variables map[string]any) (*answer, string) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err.Error()
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		return nil, err.Error()
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+c.token)
	q.Header.Set("Daybook-Read", "exact")
	if after != "" {
		q.Header.Set("Daybook-After", after)
	}
	a := &answer{base: base, begun: time.Now()}
	w, err := c.http.Do(q)
	if err != nil {
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
			return nil, "refused"
		}
		return nil, "cut off"
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		return nil, "cut off"
	}
	if w.StatusCode == http.StatusServiceUnavailable && w.Header.Get("Retry-After") == "" {
		return nil, "503 without Retry-After"
	}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Sprintf("%d and no JSON: %s", w.StatusCode, text)
	}
	if len(a.Errors) > 0 {
		return nil, a.Errors[0].Extensions.Code
	}
	if w.StatusCode != http.StatusOK || strings.Contains(string(text), `"userErrors":[{`) {
		return nil, fmt.Sprintf("%d: %s", w.StatusCode, text)
	}
	return a, ""
}

// run writes and reads until ctx ends.
func (c *client) run(ctx context.Context, first int) {
	for turn := first; ctx.Err() == nil && !c.t.Failed(); turn++ {
		name := fmt.Sprintf("%s-%d", c.name, turn)
		if turn%4 == 0 {
			c.create(ctx, turn, name)
		} else {
			c.rename(ctx, turn, c.watched[turn%len(c.watched)], name)
		}
		c.look(ctx, turn)
		time.Sleep(20 * time.Millisecond)
	}
}

// create creates a person with an invoice, and reads both by key and in lists.
func (c *client) create(ctx context.Context, turn int, ref string) {
	a := c.do(ctx, turn, "", createPerson, map[string]any{"ref": ref})
	if a == nil {
		return
	}
	c.write(a.base, a.begun, nil)
	var person struct {
		PersonCreate struct{ Record struct{ ID string } }
	}
	a.into(c.t, &person)
	id := person.PersonCreate.Record.ID
	if a = c.do(ctx, turn, "", billPerson, map[string]any{"id": id, "key": ref + "-bill"}); a == nil {
		return
	}
	c.write(a.base, a.begun, func() { c.created = append(c.created, ref) })
	after := ""
	if turn%8 == 0 {
		after = a.Extensions.Token
	}
	if a = c.do(ctx, turn+1, after, readCreated, map[string]any{"ref": ref, "id": id}); a == nil {
		return
	}
	c.read()
	if want := fmt.Sprintf(wantOfCreated, id, ref); string(a.Data) != want {
		c.t.Errorf("%s is %s, and %s after %q shows %s", ref, id, a.base, after, a.Data)
	}
}

func (c *client) read() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
}

// rename renames a watched person, and reads by key and in a list, with the token of the answer or without, at least that version.
func (c *client) rename(ctx context.Context, turn int, id, name string) {
	a := c.do(ctx, turn, "", renamePerson, map[string]any{"id": id, "name": name})
	if a == nil {
		return
	}
	var renamed struct {
		PersonUpdate struct{ Record struct{ Version int } }
	}
	a.into(c.t, &renamed)
	version := renamed.PersonUpdate.Record.Version
	c.write(a.base, a.begun, func() {
		c.named = append(c.named, name)
		c.versions[id] = max(c.versions[id], version)
	})
	after := ""
	if turn%2 == 0 {
		after = a.Extensions.Token
	}
	if a = c.do(ctx, turn+1, after, readOne, map[string]any{"id": id}); a == nil {
		return
	}
	c.read()
	var shown struct {
		Person struct{ Version int }
		People struct{ Nodes []struct{ Version int } }
	}
	a.into(c.t, &shown)
	if len(shown.People.Nodes) != 1 || min(shown.Person.Version, shown.People.Nodes[0].Version) < version {
		c.t.Errorf("after version %d of %s, %s with the token %q shows %s", version, id, a.base, after, a.Data)
	}
}

// look reads all watched people: none is older than what any client had been acknowledged, or this one shown, before.
func (c *client) look(ctx context.Context, turn int) {
	floor := c.floor()
	a := c.do(ctx, turn, "", readWatched, map[string]any{"ids": c.watched})
	if a == nil {
		return
	}
	c.read()
	var shown struct {
		People struct {
			Nodes []struct {
				ID      string
				Version int
			}
		}
	}
	a.into(c.t, &shown)
	if len(shown.People.Nodes) != len(c.watched) {
		c.t.Errorf("%s shows %d of %d people", a.base, len(shown.People.Nodes), len(c.watched))
	}
	for _, p := range shown.People.Nodes {
		if p.Version < floor[p.ID] {
			c.t.Errorf("%s shows version %d of %s, of which version %d had been acknowledged", a.base, p.Version, p.ID, floor[p.ID])
		}
		if p.Version < c.shown[p.ID] {
			c.t.Errorf("%s shows version %d of %s to whom version %d had been shown", a.base, p.Version, p.ID, c.shown[p.ID])
		}
		c.shown[p.ID] = p.Version
	}
}
