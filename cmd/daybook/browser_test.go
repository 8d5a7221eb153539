package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"daybook/internal/pgtest"
)

// screenshots is the directory of the pictures that the test takes, for a person to look at.
const screenshots = "../../screenshots"

// newBrowser starts Chromium with a profile of its own. A request to another host than this machine fails the test,
// and so does an error on the page, without one of the expected texts in it, or a violation of its Content-Security-Policy.
func newBrowser(t *testing.T, expected ...string) context.Context {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the pages cannot be looked at")
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(chromium),
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1400, 900), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to be gone
		cancel()
		cancelAllocator()
	})
	var mu sync.Mutex
	var wrong []string
	report := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		wrong = append(wrong, fmt.Sprintf(format, args...))
	}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	err = chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err != nil || u.Host != "" && u.Hostname() != "127.0.0.1" {
				report("a request to another host: %s", e.Request.URL)
			}
		case *network.EventWebSocketCreated:
			report("a web socket: %s", e.URL)
		case *runtime.EventExceptionThrown:
			report("an exception: %v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			// The login form's own 401 is logged as a network error, and is what it should be.
			asked := slices.ContainsFunc(expected, func(text string) bool { return strings.Contains(e.Entry.Text, text) })
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork && !asked {
				report("an error on %s: %s", e.Entry.URL, e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	_, err2 := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range wrong {
			t.Error(w)
		}
	})
	return ctx
}

// look runs the actions and then takes a picture.
func look(ctx context.Context, t *testing.T, name string, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := chromedp.Do(limited, actions...)
	if picture, shot := chromedp.Run(ctx, chromedp.CaptureScreenshot()); shot == nil {
		if err := os.MkdirAll(screenshots, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// shows waits until the page's element has all of the texts.
func shows(selector string, texts ...string) chromedp.Action[chromedp.Void] {
	found := chromedp.PollFunction[bool](`(selector, texts) => {
		const element = document.querySelector(selector);
		return element !== null && texts.every((text) => element.innerText.includes(text));
	}`, chromedp.WithPollingArgs(selector, texts), chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second))
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		if _, err := found(ctx, t); err != nil {
			return chromedp.Void{}, fmt.Errorf("%s does not show %q: %w", selector, texts, err)
		}
		return chromedp.Void{}, nil
	}
}

// The playground opens, runs an example, and the jobs can be looked at, without any other host.
func TestPagesInABrowser(t *testing.T) {
	pgtest.Long(t)
	ctx := newBrowser(t)
	r := startDev(t, demoDir(t))
	text, err := os.ReadFile("../../graph/examples/08_largest_invoices.graphql")
	if err != nil {
		t.Fatal(err)
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "#"), "\n")
	example := chromedp.Search(fmt.Sprintf(`//section[@aria-label="Examples"]//button[contains(., %q)]`, strings.TrimSpace(title)))

	look(ctx, t, "playground",
		chromedp.EmulateViewport(1440, 900),
		chromedp.Navigate(r.base+"/playground"),
		chromedp.WaitVisible(example),
		chromedp.Click(example),
		shows(".graphiql-query-editor", "invoices"),
		chromedp.Click(chromedp.CSS(`button.graphiql-execute-button`)),
		shows(".result-window", `"data"`, `"totalCount"`),
		shows("#freshness", "exact"),
	)
	kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify(localStorage)`))
	if err != nil || !strings.Contains(kept, "graphiql:") || strings.Contains(kept, testToken) {
		t.Errorf("the browser keeps %.2000s: %v", kept, err)
	}
	for _, width := range []int64{800, 390} {
		look(ctx, t, fmt.Sprintf("playground-%d", width),
			chromedp.EmulateViewport(width, 844),
			chromedp.Reload(),
			chromedp.WaitVisible(chromedp.CSS(`.graphiql-query-editor .view-line`)),
			chromedp.Click(chromedp.CSS(`button.graphiql-execute-button`)),
			shows(".result-window", `"data"`),
		)
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
		if err != nil || wide {
			t.Errorf("at a width of %d the page is wider than the window: %v", width, err)
		}
	}
	promiseIsShown(ctx, t)
	look(ctx, t, "river-login",
		chromedp.EmulateViewport(1440, 900),
		chromedp.Navigate(r.base+"/river/"),
		chromedp.WaitVisible(chromedp.CSS(`input[name=token]`)),
	)
	look(ctx, t, "river",
		chromedp.Submit(chromedp.CSS(`input[name=token]`)),
		chromedp.WaitVisible(chromedp.CSS(`nav`)),
		chromedp.Navigate(r.base+"/river/jobs?state=completed"),
		shows("main", "projection_refresh"),
	)
	look(ctx, t, "console", chromedp.Navigate(r.base+"/"), shows("main", "Read models", "people_summaries", "Workers run", "Open tills"))
}

// runExamples is a function that clicks the examples with the titles, of all in the order of the menu if there are none, runs each as
// it stands, and returns how many there were and what went wrong: for each example its title and answer. An answer is complete when
// the response's editor holds JSON.
const runExamples = `(async (chosen) => {
	const until = async (what, found) => {
		for (let i = 0; i < 300; i++) {
			const value = found();
			if (value) return value;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		throw new Error('nothing came: ' + what);
	};
	const text = (name) => __MONACO.editor.getModels().find((model) => model.uri.path.endsWith(name))?.getValue() ?? '';
	const parsed = () => { try { return JSON.parse(text('response.json')); } catch { return null; } };
	const wrong = [];
	const titles = chosen ?? [...document.querySelectorAll('.examples li button')].map((button) => button.innerText);
	for (const title of titles) {
		const button = await until(title, () => [...document.querySelectorAll('.examples li button')].find((b) => b.innerText === title));
		button.click();
		await until(title + ' in the editor', () => text('operation.graphql').startsWith('# ' + title));
		const run = await until('the button', () => document.querySelector('button.graphiql-execute-button'));
		run.click();
		await until('an answer of ' + title, parsed);
		const answer = parsed();
		if (answer.errors || Object.values(answer.data).some((field) => field?.userErrors?.length > 0)) wrong.push(title + ' answers ' + JSON.stringify(answer.errors ?? answer.data));
		if (document.querySelector('button.graphiql-execute-button[aria-label^=Stop]')) document.querySelector('button.graphiql-execute-button').click();
	}
	return [titles.length, wrong];
})`

// The worked examples, clicked in the order of the menu and run as they stand, succeed in the demo business: each takes the ids
// of the last answers. They leave alone what the demo's stores report.
func TestExamplesInABrowser(t *testing.T) {
	pgtest.Long(t)
	ctx := newBrowser(t)
	r := startDev(t, demoDir(t))
	report := func() map[string]any {
		return r.query(t, `{
			stores(first: 5, orderBy: {field: NAME}) { nodes { name hours { weekday start end } dayParts { name start end } } }
			dayPartReport(from: "2026-11-01", to: "2026-11-10") { parts { dayPart totals { count net { amount } } } }
		}`, nil)
	}
	before := report()
	look(ctx, t, "examples-menu", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(r.base+"/playground"), chromedp.WaitVisible(chromedp.CSS(`.examples li button`)))
	result, err := chromedp.Run(ctx, chromedp.Evaluate[[]any](runExamples+"()", chromedp.EvalAwaitPromise))
	look(ctx, t, "examples")
	if err != nil {
		t.Fatal(err)
	}
	if result[0].(float64) < 40 {
		t.Errorf("%v examples are in the menu", result[0])
	}
	for _, wrong := range result[1].([]any) {
		if expected := strings.HasPrefix(wrong.(string), "Save nothing:") || strings.Contains(wrong.(string), " at once: the wrong "); !expected {
			t.Error(wrong)
		}
	}
	if after := report(); !cmp.Equal(before["dayPartReport"], after["dayPartReport"]) {
		t.Errorf("the report of November has changed: %s", cmp.Diff(before, after))
	}
}
