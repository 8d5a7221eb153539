package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"daybook/internal/pgtest"
)

// titleOf returns the title of an example, by the beginning of its file's name.
func titleOf(t *testing.T, number string) string {
	t.Helper()
	files, err := filepath.Glob("../../graph/examples/" + number + "_*.graphql")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "#"), "\n")
	return strings.TrimSpace(title)
}

// inbox is the caller's inbox, live.
const inbox = `subscription Inbox {
  live {
    inbox { unreadCount }
    notifications(first: 5) {
      nodes { text occurredAt readAt }
    }
  }
}
`

// The day of a till is closed in the playground with the examples as they stand, and the inbox shows there what users are told
// while it comes, on screens of every size.
func TestDayAndInboxInABrowser(t *testing.T) {
	pgtest.Long(t)
	ctx := newBrowser(t)
	r := startDev(t, demoDir(t))
	titles, err := json.Marshal([]string{titleOf(t, "50"), titleOf(t, "51"), titleOf(t, "52"), titleOf(t, "53")})
	if err != nil {
		t.Fatal(err)
	}
	look(ctx, t, "day-open", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(r.base+"/playground"), chromedp.WaitVisible(chromedp.CSS(`.examples li button`)))
	result, err := chromedp.Run(ctx, chromedp.Evaluate[[]any](runExamples+"("+string(titles)+")", chromedp.EvalAwaitPromise))
	if err != nil || len(result[1].([]any)) > 0 {
		t.Fatal(result, err)
	}
	pictures(t, func(name string, width int64) {
		look(ctx, t, "day-closed"+name, chromedp.EmulateViewport(width, 900), shows(".result-window", `"CLOSED"`, `"dayClose"`), toAnswer)
	})

	look(ctx, t, "day-console", chromedp.Navigate(r.base+"/"), chromedp.WaitVisible(chromedp.CSS(`input[name=token]`)),
		chromedp.Submit(chromedp.CSS(`input[name=token]`)), chromedp.WaitVisible(chromedp.CSS(`#closes`)))
	pictures(t, func(name string, width int64) {
		look(ctx, t, "day-console"+name, chromedp.EmulateViewport(width, 900), shows("main", "-1.00 AUD"), evaluated(`document.querySelector('#closes').scrollIntoView()`))
	})

	r.query(t, `mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: [IN_APP]}) { userErrors { path message } } }`, nil)
	r.told(t, r.approved(t)) // so all that the demo brings about has been told of
	set := func(file, text string) chromedp.Action[chromedp.Void] {
		return evaluated(fmt.Sprintf(`__MONACO.editor.getModels().find((model) => model.uri.path.endsWith(%q)).setValue(%q)`, file, text))
	}
	look(ctx, t, "inbox", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(r.base+"/playground"), shows(".graphiql-query-editor", "tillClose"), set("operation.graphql", inbox), set("variables.json", ""),
		shows(".graphiql-query-editor", "unreadCount"), chromedp.Click(chromedp.CSS(`button.graphiql-execute-button`)), shows(".result-window", `"unreadCount"`))
	number := r.approved(t)
	pictures(t, func(name string, width int64) {
		look(ctx, t, "inbox-live"+name, chromedp.EmulateViewport(width, 900), shows(".result-window", number), toAnswer)
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
		if err != nil || wide {
			t.Errorf("at a width of %d the page is wider than the window: %v", width, err)
		}
	})
}

// approved approves an invoice, and returns its number.
func (r *running) approved(t *testing.T) string {
	t.Helper()
	record := func(document string, variables map[string]any) map[string]any {
		for _, answer := range r.query(t, document, variables) {
			if record, ok := answer.(map[string]any)["record"].(map[string]any); ok {
				return record
			}
		}
		t.Fatalf("nothing came of %s", document)
		return nil
	}
	customers := r.query(t, `{ people(first: 1, filter: {isCustomer: true}) { nodes { id } } }`, nil)["people"].(map[string]any)["nodes"].([]any)
	draft := record(`mutation($c: ID!) { invoiceCreate(input: {customerId: $c, items: [{description: "Tea", unitPrice: 12}]}) { record { id } userErrors { path message } } }`,
		map[string]any{"c": customers[0].(map[string]any)["id"]})
	return record(`mutation($i: ID!) { invoiceApprove(id: $i) { record { number } userErrors { path message } } }`, map[string]any{"i": draft["id"]})["number"].(string)
}

// told waits until the inbox has a notification with the text.
func (r *running) told(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if strings.Contains(fmt.Sprint(r.query(t, `{ notifications(first: 5, filter: {type: "invoice_approved"}) { nodes { text } } }`, nil)), text) {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("nobody is told of %s", text)
		}
	}
}

// pictures calls look for three widths of a window, each with what the picture's name ends in.
func pictures(t *testing.T, look func(name string, width int64)) {
	t.Helper()
	for _, width := range []int64{1440, 800, 390} {
		look(map[bool]string{true: "", false: fmt.Sprintf("-%d", width)}[width == 1440], width)
	}
}

// toAnswer scrolls to the answer, which on small screens is below the editor.
var toAnswer = evaluated(`innerWidth < 1000 && document.querySelector('.result-window').scrollIntoView()`)

// evaluated runs a script on the page.
func evaluated(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[any](script)(ctx, target)
		return chromedp.Void{}, err
	}
}
