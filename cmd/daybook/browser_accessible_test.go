package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"daybook/graph"
	"daybook/internal/console"
	"daybook/internal/playground"
)

// violations is a function that runs axe-core on a part of the page, and returns what it finds that is serious or critical.
const violations = `(async (part) => {
	const { passes, violations } = await axe.run(part);
	if (passes.length < 3) return ['next to nothing was checked'];
	return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + help + ': ' + html.slice(0, 200) + ' ' + failureSummary));
})`

// The console, quiet and in trouble, and the playground's own parts have nothing that axe-core calls serious or critical, light
// in a wide window and dark in a narrow one. DAYBOOK_AXE names axe-core's file; .ci/verify-explorer installs it.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("DAYBOOK_AXE"))
	if err != nil {
		t.Skip("DAYBOOK_AXE names no axe-core: the pages are not checked")
	}
	ctx := newBrowser(t)
	server := httptest.NewServer(pagesWithoutDatabase(t))
	defer server.Close()
	check := func(t *testing.T, part string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		look(ctx, t, "accessible-"+t.Name()[len("TestAccessible/"):], append(actions, evaluated(string(axe)))...)
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf("%s(%s)", violations, part), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for _, violation := range found {
			t.Error(violation)
		}
	}
	for scheme, width := range map[string]int64{"light": 1440, "dark": 390} {
		open := []chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(width, 900), colours(scheme)}
		for name, path := range map[string]string{"quiet": "/quiet", "drift": "/drift", "quarantine": "/quarantine", "unreadable": "/unreadable"} {
			t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, width), func(t *testing.T) {
				check(t, "document", append(open, chromedp.Navigate(server.URL+path), evaluated(`document.querySelector('details')?.setAttribute('open', '')`))...)
			})
		}
		t.Run(fmt.Sprintf("playground-%s-%d", scheme, width), func(t *testing.T) {
			check(t, `{include: [['body > header']]}`, append(open, chromedp.Navigate(server.URL+"/playground"), chromedp.WaitReady(chromedp.CSS(`.graphiql-sidebar`)))...)
		})
		for name, dialog := range map[string]string{"promise": "promise", "statements": "statements"} {
			t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, width), func(t *testing.T) {
				check(t, fmt.Sprintf("{include: [['#%s']]}", dialog), evaluated(fmt.Sprintf(`document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
					document.querySelector('#%s ol').innerHTML = '<li class="behind">behind</li><li class="exact">exact<pre tabindex="0">SELECT 1</pre></li>';
					document.getElementById('%[1]s').showModal()`, dialog)))
			})
		}
		t.Run(fmt.Sprintf("examples-%s-%d", scheme, width), func(t *testing.T) {
			opened := evaluated(`document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
				if (!document.querySelector('.examples')) document.querySelector('button[aria-label$="Examples"]').click()`)
			check(t, `{include: [['.examples']]}`, opened, chromedp.WaitVisible(chromedp.CSS(`.examples`)))
		})
	}
}

// colours makes the browser prefer a colour scheme.
func colours(scheme string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return chromedp.Void{}, err
	}
}

// pagesWithoutDatabase serves the playground, without an API, and the console in several states, each at a path of its own.
func pagesWithoutDatabase(t *testing.T) http.Handler {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	verified := now.Add(-5 * time.Minute)
	quiet := console.State{
		Now: now, Version: "v0.1.0", Workers: console.Workers{Known: true, Idle: time.Second},
		Projections: []console.Projection{
			{Name: "people_summaries", Kind: "table", State: "live", Exact: 90, Source: 9, VerifiedAt: &verified},
			{Name: "notification_settings", Kind: "materialized_view", State: "building"},
		},
		Horizon: console.Horizon{Holder: "session daybook", Transactions: 20, Age: time.Second},
		Slow:    []console.Operation{{Hash: "0a1b2c", Title: "query Invoices", Count: 10, Total: time.Second, Mean: 100 * time.Millisecond, Longest: 300 * time.Millisecond}},
	}
	drift := quiet
	drift.Workers = console.Workers{Known: true, Idle: 95 * time.Second, Missing: true}
	drift.Projections = []console.Projection{
		{Name: "people_summaries", Kind: "table", State: "live", Backlog: 12345, Oldest: 2 * time.Minute, Drained: -17, Exact: 90, Source: 9, Stored: 1, VerifiedAt: &verified, Drift: 2, Verifying: "under way, at 7/54"},
		{Name: "party_balances", Kind: "sum", State: "paused", Paused: true},
	}
	drift.Organizations = []console.Organization{{ID: 7, Name: "Ada & Sons", Backlog: 12345, Oldest: 2 * time.Minute, Worst: "people_summaries"}}
	drift.Horizon = console.Horizon{Holder: "session psql", Transactions: 20_000, Age: 10 * time.Minute}
	drift.Queues = []console.Queue{{Kind: "projection_refresh", Queue: "refresh", State: "discarded", Jobs: 3, Oldest: 40 * time.Second}}
	drift.Closes = []console.Close{{OrganizationID: 7, Organization: "Ada & Sons", Store: "Norwood", Till: "Front", BusinessDate: now, Ago: 3 * time.Hour, Sales: 12, Currency: "AUD", Sold: "100.00", Expected: "350.00", Difference: "-0.10"}}
	drift.Log = []console.Done{{At: now, Text: "Grace Hopper: pause party_balances, because of a test"}}
	quarantine := quiet
	quarantine.Projections = []console.Projection{{Name: "people_summaries", Kind: "table", State: "live", Quarantined: 1}}
	quarantine.Quarantine = []console.Quarantined{{Projection: "people_summaries", Organization: 7, Key: "54", Error: "division by zero", FailedAt: now, Attempts: 3}}

	logger := slog.New(slog.DiscardHandler)
	mux := http.NewServeMux()
	for name, state := range map[string]console.State{"quiet": quiet, "drift": drift, "quarantine": quarantine, "unreadable": {Unreadable: true}} {
		page := console.New(console.Config{Read: func(context.Context) (console.State, error) { return state, nil }, History: &console.Recorder{}, Logger: logger})
		mux.Handle("/"+name, http.StripPrefix("/"+name, rooted(page)))
	}
	explorer, err := playground.New(playground.Config{Endpoint: "/graphql", Examples: graph.Examples, Statements: true, Pausing: &playground.Pausing{}, Logger: logger,
		Links: []playground.Link{{Path: "/", Name: "console"}}})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/playground", explorer)
	mux.Handle("/playground/", explorer)
	return mux
}

// rooted serves each request as one of the root.
func rooted(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/"
		page.ServeHTTP(w, r)
	})
}
