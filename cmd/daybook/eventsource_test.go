package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"daybook/internal/pgtest"
)

// follow opens an EventSource of a live query on another origin, changes the record when the first answer is there, and returns what
// was told: the first answer, the one after the change, how a query ends, and whether each is closed when the page has closed it.
const follow = `(async (graphql, token, id) => {
	const within = (promise, what) => Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error('nothing came: ' + what)), 20000))]);
	const open = (query, variables = {}) => new EventSource(graphql + '?' + new URLSearchParams({ query, variables: JSON.stringify(variables), access_token: token }));
	const event = (source, name) => within(new Promise((resolve, reject) => {
		source.addEventListener(name, (e) => resolve(e.data), { once: true });
		source.addEventListener('error', () => reject(new Error('an error before ' + name)), { once: true });
	}), name);
	const source = open('subscription($id: ID!) { live { person(id: $id) { givenName } } }', { id });
	const first = JSON.parse(await event(source, 'next'));
	const second = event(source, 'next');
	const changed = await fetch(graphql, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + token },
		body: JSON.stringify({ query: 'mutation($id: ID!) { personUpdate(id: $id, input: {givenName: "Followed"}) { userErrors { message } } }', variables: { id } }) });
	const mistakes = (await changed.json()).data.personUpdate.userErrors;
	const after = JSON.parse(await second);
	source.close();
	const once = open('{ viewer { role } }');
	const answer = event(once, 'next'), ended = event(once, 'complete');
	const role = JSON.parse(await answer).data.viewer.role;
	const complete = await ended;
	once.close();
	return JSON.stringify({ first, mistakes, after, role, complete, closed: [source.readyState, once.readyState] });
})(%q, %q, %q)`

// refusedOrigin opens an EventSource of a page whose origin is not allowed, and returns what it is told.
const refusedOrigin = `(async (graphql, token) => {
	const source = new EventSource(graphql + '?' + new URLSearchParams({ query: '{ viewer { role } }', access_token: token }));
	const told = await new Promise((resolve) => {
		for (const name of ['next', 'complete', 'error']) source.addEventListener(name, () => resolve(name));
	});
	source.close();
	return told;
})(%q, %q)`

// A browser's own EventSource, in a page of another origin, follows a live query: the record as it is, and as it is after a change. It
// is told when nothing follows. A page of an origin that is not allowed is told nothing.
func TestEventSourceInABrowser(t *testing.T) {
	pgtest.Long(t)
	ctx := newBrowser(t, "blocked by CORS policy") // that of the page which is not allowed
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>A page of another origin</title><link rel=icon href=data:,>"))
	})
	page, stranger := httptest.NewServer(empty), httptest.NewServer(empty)
	defer page.Close()
	defer stranger.Close()
	r := startDev(t, demoDir(t), "--cors-origin", page.URL)
	people := r.query(t, `{ people(first: 1) { nodes { id givenName } } }`, nil)["people"].(map[string]any)["nodes"].([]any)
	person := people[0].(map[string]any)
	visit := func(origin, script string) string {
		t.Helper()
		look(ctx, t, "eventsource", chromedp.Navigate(origin))
		told, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		return told
	}
	told := visit(page.URL, fmt.Sprintf(follow, r.base+"/graphql", testToken, person["id"]))
	for _, want := range []string{
		fmt.Sprintf(`"first":{"data":{"live":{"person":{"givenName":%q}}}`, person["givenName"]), `"mistakes":[]`, `"after":{"data":{"live":{"person":{"givenName":"Followed"}}}`,
		`"role":"OWNER"`, `"complete":""`, `"closed":[2,2]`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the page was told %s, without %s", told, want)
		}
	}
	if told := visit(stranger.URL, fmt.Sprintf(refusedOrigin, r.base+"/graphql", testToken)); told != "error" {
		t.Errorf("a page of another origin was told %q", told)
	}
}
