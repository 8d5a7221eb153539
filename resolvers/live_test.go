package resolvers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/graph/model"
)

// stream is a subscription over server-sent events.
type stream struct {
	t      testing.TB
	events chan string // the data of each event "next"; closed at the end
	ended  chan string // the last event, "complete" or "" for none
	stop   context.CancelFunc
}

// subscribe subscribes by POST, until the test ends. Headers are given as names and values in turn.
func (c caller) subscribe(document string, vars variables, headers ...string) *stream {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": vars})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(string(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+c.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		c.t.Fatalf("status %d, %v", response.StatusCode, response.Header)
	}
	s := &stream{t: c.t, events: make(chan string, 1000), ended: make(chan string, 1), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer response.Body.Close()
		defer close(s.events)
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<22)
		kind := ""
		for lines.Scan() {
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				kind = event
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && kind == "next" {
				s.events <- data
			}
		}
		s.ended <- kind
	}()
	c.t.Cleanup(func() { cancel(); <-done })
	return s
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// next returns the next answer.
func (s *stream) next() answer {
	s.t.Helper()
	select {
	case text, ok := <-s.events:
		if !ok {
			s.t.Fatal("the stream has ended")
		}
		a := answer{t: s.t}
		if err := json.Unmarshal([]byte(text), &a.body); err != nil {
			s.t.Fatal(err)
		}
		return a
	case <-time.After(patience):
		s.t.Fatal("nothing came")
	}
	return answer{}
}

// quiet fails if something comes within a moment.
func (s *stream) quiet() {
	s.t.Helper()
	select {
	case text, ok := <-s.events:
		s.t.Errorf("%s came, %t", text, ok)
	case <-time.After(300 * time.Millisecond):
	}
}

// A live query is answered at once, and again after each change that touches it.
func TestLive(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	list := s.subscribe(`subscription { now: live { people(first: 10) { totalCount nodes { id fullName email } } } }`, nil)
	one := s.subscribe(`subscription ($id: ID!) { live { person(id: $id) { email } } }`, variables{"id": ada})
	rates := s.subscribe(`subscription { live { taxRates { totalCount } } }`, nil)
	list.next().want(map[string]string{"data.now.people.totalCount": "1"})
	one.next().want(map[string]string{"data.live.person.email": "null"})
	rates.next().want(map[string]string{"data.live.taxRates.totalCount": "0"})
	s.person("Grace")
	list.next().want(map[string]string{"data.now.people.totalCount": "2"})
	s.must(`mutation { personUpdate(id: "`+ada+`", input: {email: "ada@example.com"}) { record { id } } }`, nil)
	list.next().want(map[string]string{"data.now.people.totalCount": "2"})
	one.next().want(map[string]string{"data.live.person.email": "ada@example.com"})
	rates.quiet()
	one.quiet()
	s.organization("Others").must(createAda, nil)
	list.quiet()
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.people SET email = 'a@example.com' WHERE given_name = 'Ada' AND organization_id = $1`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	one.next().want(map[string]string{"data.live.person.email": "a@example.com"})
}

// A token that is revoked ends what it has subscribed to, and others go on.
func TestLiveRevoked(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const document = `subscription { live { taxRates { totalCount } } }`
	reader := s.member(s.organizationID, model.RoleReader)
	theirs, ours := reader.subscribe(document, nil), s.subscribe(document, nil)
	theirs.next()
	ours.next()
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.api_tokens SET revoked_at = now() WHERE organization_id = $1 AND name = 'test'`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	theirs.next().want(map[string]string{"errors.0.extensions.code": "UNAUTHENTICATED"})
	if last := <-theirs.ended; last != "complete" {
		t.Errorf("the last event is %q", last)
	}
	ours.quiet()
	s.must(`mutation { taxRateCreate(input: {name: "GST", percentage: "10"}) { record { id } } }`, nil)
	ours.next().want(map[string]string{"data.live.taxRates.totalCount": "1"})
}

// The subscription to changes tells each once, from the cursor on.
func TestFollowChanges(t *testing.T) {
	t.Parallel()
	s := serve(t)
	changes := s.subscribe(`subscription { changes(filter: {types: [TAX_RATE]}) { cursor events { text } } }`, nil)
	first := changes.next()
	first.want(map[string]string{"data.changes.events": "[]"})
	collect := func(from *stream, n int) (texts []string, cursor string) {
		for len(texts) < n {
			a := from.next()
			for i := range 50 {
				if text := a.at(fmt.Sprintf("data.changes.events.%d.text", i)); text != nil {
					texts = append(texts, fmt.Sprint(text))
				}
			}
			cursor = a.text("data.changes.cursor")
		}
		return texts, cursor
	}
	var want []string
	for i := range 5 {
		s.must(fmt.Sprintf(`mutation { taxRateCreate(input: {name: "GST %d", percentage: "10"}) { record { id } } }`, i), nil)
		want = append(want, fmt.Sprintf("Tax rate GST %d created", i))
	}
	got, _ := collect(changes, 5)
	changes.quiet()
	again := s.subscribe(`subscription ($after: String) { changes(first: 2, after: $after, filter: {types: [TAX_RATE]}) { cursor events { text } } }`, variables{"after": first.text("data.changes.cursor")})
	anew, _ := collect(again, 5)
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(anew) != fmt.Sprint(want) {
		t.Errorf("%q and %q, want %q", got, anew, want)
	}
	refused := s.member(s.organizationID, model.RoleReader).subscribe(`subscription { changes { cursor } }`, nil)
	refused.next().want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	if last := <-refused.ended; last != "complete" {
		t.Errorf("the last event is %q", last)
	}
}
