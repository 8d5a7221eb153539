package console_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"daybook/internal/console"
)

// troubled is a state in which nothing is as it should be.
func troubled() console.State {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	verified := now.Add(-5 * time.Minute)
	return console.State{
		Now: now, Version: "v0.1.0", Workers: console.Workers{Known: true, Idle: 95 * time.Second, Missing: true},
		Projections: []console.Projection{
			{Name: "people_summaries", Kind: "table", State: "live", Backlog: 12345, Oldest: 42 * time.Second, Drained: 17.25, Exact: 90, Source: 9, Stored: 1, VerifiedAt: &verified, Drift: 2, Quarantined: 1},
			{Name: "party_balances", Kind: "sum", State: "paused", Paused: true},
		},
		Quarantine:    []console.Quarantined{{Projection: "people_summaries", Organization: 7, Key: "54", Error: `division by <zero>`, FailedAt: now, Attempts: 3}},
		Organizations: []console.Organization{{ID: 7, Name: "Ada & Sons", Backlog: 12345, Oldest: 42 * time.Second, Worst: "people_summaries"}},
		Tills:         []console.Till{{OrganizationID: 7, Organization: "Ada & Sons", Store: "Norwood", Name: "Front", BusinessDate: now.AddDate(0, 0, -2), Open: 51 * time.Hour, ClosedDate: new(now.AddDate(0, 0, -3))}},
		Closes: []console.Close{
			{OrganizationID: 7, Organization: "Ada & Sons", Store: "Norwood", Till: "Front", BusinessDate: now.AddDate(0, 0, -4), Ago: 3 * time.Hour, Sales: 1234, Currency: "AUD", Sold: "100.00", Expected: "350.00", Difference: "-0.10"},
			{OrganizationID: 7, Organization: "Ada & Sons", Store: "Unley", BusinessDate: now.AddDate(0, 0, -4), Currency: "JPY", Sold: "88", Expected: "88", Difference: "0", Reversed: true},
		},
		Horizon: console.Horizon{Holder: "session psql", Transactions: 20_000, Age: 10 * time.Minute},
		Queues:  []console.Queue{{Kind: "projection_refresh", Queue: "refresh", State: "available", Jobs: 3, Oldest: 40 * time.Second}},
		Slow:    []console.Operation{{Hash: "0a1b2c", Title: "query Invoices", Count: 10, Failed: 1, Total: time.Second, Mean: 100 * time.Millisecond, Longest: 300 * time.Millisecond}},
		Log:     []console.Done{{At: now, Text: "Grace Hopper: pause party_balances, because of a test"}},
	}
}

// served is a console whose state and actions the test gives.
func served(read func(context.Context) (console.State, error), act func(*http.Request, console.Action) error) http.Handler {
	return console.New(console.Config{Read: read, Act: act, History: &console.Recorder{}, Logger: slog.New(slog.DiscardHandler)})
}

func ask(t *testing.T, h http.Handler, method, path string, form url.Values) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(text), w.Header()
}

func TestThePageShowsTroubles(t *testing.T) {
	t.Parallel()
	h := served(func(context.Context) (console.State, error) { return troubled(), nil }, nil)
	status, page, header := ask(t, h, http.MethodGet, "/", nil)
	if status != http.StatusOK || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %v", status, header)
	}
	for _, want := range []string{
		"No worker has run for 95.0 s", "<code>session psql</code>", "12\u202f345", "17.2/s", "90.0 %", "9.0 %", "1.0 %", "5 min ago", "never", "paused",
		"division by &lt;zero&gt;", "Ada &amp; Sons", "/river/jobs?state=available&amp;kind=projection_refresh", "query Invoices", "100 ms", "Grace Hopper: pause", "v0.1.0", "Norwood", "2026-02-27", `<b class="bad">2 days</b>`, "2026-02-26",
		"3 h ago", "1\u202f234", "350.00 AUD", "<b>-0.10 AUD</b>", "without tills", "88 JPY", "<b>reversed</b>", `data-of="over or short">–`,
		`<button name="do" value="rebuild">`, "comes in a moment",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "http-equiv") {
		t.Error("the page has a script, or loads itself again unasked")
	}
	if _, page, _ = ask(t, h, http.MethodGet, "/?live", nil); !strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("asked to, the page does not load itself again")
	}
}

func TestThePageOfABusyWorker(t *testing.T) {
	t.Parallel()
	h := served(func(context.Context) (console.State, error) {
		return console.State{Workers: console.Workers{Known: true}}, nil
	}, nil)
	if _, page, _ := ask(t, h, http.MethodGet, "/", nil); !strings.Contains(page, "the last job was done just now.") {
		t.Error("the page does not say when the last job was done")
	}
}

func TestThePageWithoutADatabase(t *testing.T) {
	t.Parallel()
	h := served(func(context.Context) (console.State, error) { return console.State{}, errors.New("secret detail") }, nil)
	if status, page, _ := ask(t, h, http.MethodGet, "/", nil); status != http.StatusServiceUnavailable || !strings.Contains(page, "does not answer") || strings.Contains(page, "secret") {
		t.Errorf("%d: %s", status, page)
	}
}

// An action needs to be one, and a reason; what comes of it is told.
func TestActions(t *testing.T) {
	t.Parallel()
	var asked []console.Action
	var answer error
	h := served(func(context.Context) (console.State, error) { return troubled(), nil }, func(_ *http.Request, a console.Action) error {
		asked = append(asked, a)
		return answer
	})
	for _, step := range []struct {
		do, reason string
		answer     error
		status     int
		shows      string
		asked      int
	}{
		{"pause", " a test ", nil, http.StatusSeeOther, "", 1},
		{"pause", "  ", nil, http.StatusUnprocessableEntity, "Say why", 0},
		{"destroy", "a test", nil, http.StatusUnprocessableEntity, "no such action", 0},
		{"retry", strings.Repeat("x", 501), nil, http.StatusUnprocessableEntity, "too long", 0},
		{"retry", "a test", console.Refused("It is paused."), http.StatusUnprocessableEntity, "It is paused.", 1},
		{"retry", "a test", errors.New("secret"), http.StatusServiceUnavailable, "could not be asked for", 1},
	} {
		asked, answer = nil, step.answer
		status, page, header := ask(t, h, http.MethodPost, "/console/act", url.Values{"do": {step.do}, "projection": {"party_balances"}, "reason": {step.reason}})
		if status != step.status || len(asked) != step.asked || !strings.Contains(page, step.shows) || strings.Contains(page, "secret") {
			t.Errorf("%+v: %d, asked %v", step, status, asked)
		}
		if status == http.StatusSeeOther {
			if asked[0] != (console.Action{Do: "pause", Projection: "party_balances", Reason: "a test"}) || header.Get("Location") != "/?done=pause+party_balances" {
				t.Errorf("asked %+v, then %s", asked[0], header.Get("Location"))
			}
		}
	}
	if status, _, _ := ask(t, h, http.MethodGet, "/console/act", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("GET of an action: %d", status)
	}
}

// The pictures show what was recorded, and the drain is that of the last minute.
func TestHistory(t *testing.T) {
	t.Parallel()
	r := &console.Recorder{}
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 1000 {
		r.Add(console.Sample{At: begin.Add(time.Duration(i) * 15 * time.Second), Backlog: map[string]int64{"people_summaries": int64(10_000 - 15*i)}, Reads: int64(30 * i)})
	}
	samples := r.Samples()
	if len(samples) != 720 || samples[0].Reads != 30*280 {
		t.Fatalf("%d samples from %+v", len(samples), samples[0])
	}
	last := samples[len(samples)-1]
	if got := r.Drained("people_summaries", last.At.Add(5*time.Second), last.Backlog["people_summaries"]); got < 0.7 || got > 1.1 {
		t.Errorf("drained %v a second", got)
	}
	if got := (&console.Recorder{}).Drained("people_summaries", begin, 5); got != 0 {
		t.Errorf("without samples %v", got)
	}
	h := console.New(console.Config{Read: func(context.Context) (console.State, error) { return troubled(), nil }, History: r, Logger: slog.New(slog.DiscardHandler)})
	_, page, _ := ask(t, h, http.MethodGet, "/", nil)
	if strings.Count(page, "<polyline") != 5 || !strings.Contains(page, "Reads of this process over the last 3 h: now 2/s, at most 2/s") {
		t.Errorf("the pictures: %d", strings.Count(page, "<polyline"))
	}
}
