package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// promiseIsShown checks, on the playground, that the statements of an answer are shown beside it and not in it, and that the
// demonstration finds what it has written while refreshes are paused, and leaves nothing behind.
func promiseIsShown(ctx context.Context, t *testing.T) {
	t.Helper()
	if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.result-window').innerText`)); err != nil || strings.Contains(got, "statements") {
		t.Errorf("the answer has its statements: %v: %.500s", err, got)
	}
	pictures(t, func(name string, width int64) {
		look(ctx, t, "statements"+name, chromedp.EmulateViewport(width, 900),
			chromedp.Click(chromedp.CSS(`#statements-open`)), shows("#statements", " ms, by the pool ", "$1"))
		look(ctx, t, "statements-closed"+name, chromedp.Click(chromedp.CSS(`#statements [data-close]`)), chromedp.WaitNotVisible(chromedp.CSS(`#statements`)))
		look(ctx, t, "promise"+name,
			chromedp.Click(chromedp.CSS(`#promise-open`)), chromedp.Click(chromedp.CSS(`#promise-start`)),
			shows("#promise", "do not have it: this is what", "1 stored row was behind", "Refreshes go on, and after", "deleted again"))
		look(ctx, t, "promise-closed"+name, chromedp.Click(chromedp.CSS(`#promise [data-close]`)), chromedp.WaitNotVisible(chromedp.CSS(`#promise`)))
	})
}

// Refreshes are paused as long as the request for it lasts, for an operator only.
func pausedForARequest(t *testing.T, r *running) {
	t.Helper()
	pause := func(ctx context.Context, token string) *http.Response {
		t.Helper()
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+"/playground/pause", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+token)
		w, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	state := func(want string) {
		t.Helper()
		out := ""
		for end := time.Now().Add(10 * time.Second); !strings.Contains(out, want) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			var err error
			if out, err = r.cli(t, "projections", "list", "document_summaries"); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(out, want) {
			t.Errorf("not %s: %s", want, out)
		}
	}
	refused := pause(t.Context(), "dbk_nobody_aaaaaaaaaaaaaaa")
	if refused.Body.Close(); refused.StatusCode != http.StatusForbidden {
		t.Errorf("without a token refreshes are paused: %s", refused.Status)
	}
	state(" live ")
	ctx, end := context.WithCancel(t.Context())
	defer end()
	granted := pause(ctx, testToken)
	defer granted.Body.Close()
	if granted.StatusCode != http.StatusOK {
		t.Fatalf("an operator pauses nothing: %s", granted.Status)
	}
	state(" paused ")
	end()
	state(" live ")
}

// statementsAreReported checks that the statements of an answer, without the values of parameters, are reported to who asks for
// them or, outside of development, to nobody; and that refreshes cannot be paused there.
func statementsAreReported(t *testing.T, base, token string, want bool) {
	t.Helper()
	post := func(path, header, body string) (int, string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Authorization", "Bearer "+token)
		q.Header.Set("Daybook-Statements", header)
		w, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		text, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.StatusCode, string(text)
	}
	const people = `{"query": "{ people(filter: {search: \"sought\"}) { nodes { id } } }"}`
	_, answer := post("/graphql", "report", people)
	if got := strings.Contains(answer, "FROM projection.people_summaries") && strings.Contains(answer, `"milliseconds":`); got != want || strings.Contains(answer, "sought") {
		t.Errorf("asked for its statements: %s", answer)
	}
	if _, answer := post("/graphql", "", people); strings.Contains(answer, "statements") {
		t.Errorf("not asked for its statements: %s", answer)
	}
	if want {
		return
	}
	if status, _ := post("/playground/pause", "", ""); status != http.StatusNotFound {
		t.Errorf("refreshes can be paused: %d", status)
	}
}
