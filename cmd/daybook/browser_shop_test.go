package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
    notifications(first: 5) { nodes { text occurredAt readAt } }
  }
}
`

// The day of a till is closed in the playground with the examples as they stand, and the inbox shows there what users are told
// while it comes, on screens of every size.
func TestDayAndInboxInABrowser(t *testing.T) {
	pgtest.Long(t)
	ctx := newBrowser(t)
	r := startDev(t, dataDir(t))
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
		look(ctx, t, "day-closed"+name, chromedp.EmulateViewport(width, 900), shows(".result-window", `"state": "CLOSED"`, `"dayClose"`))
	})

	look(ctx, t, "inbox-empty", chromedp.EmulateViewport(1440, 900), evaluated(fmt.Sprintf(`__MONACO.editor.getModels().find((model) => model.uri.path.endsWith('operation.graphql')).setValue(%q)`, inbox)),
		shows(".graphiql-query-editor", "unreadCount"), chromedp.Click(chromedp.CSS(`button.graphiql-execute-button`)), shows(".result-window", `"unreadCount"`))
	customer := r.query(t, `{ people(first: 1, filter: {isCustomer: true}) { nodes { id } } }`, nil)["people"].(map[string]any)["nodes"].([]any)[0].(map[string]any)["id"]
	draft := r.query(t, `mutation($c: ID!) { invoiceCreate(input: {customerId: $c, items: [{description: "Tea", unitPrice: 12}]}) { record { id } userErrors { path message } } }`,
		map[string]any{"c": customer})["invoiceCreate"].(map[string]any)["record"].(map[string]any)["id"]
	number := r.query(t, `mutation($i: ID!) { invoiceApprove(id: $i) { record { number } userErrors { path message } } }`, map[string]any{"i": draft})["invoiceApprove"].(map[string]any)["record"].(map[string]any)["number"].(string)
	pictures(t, func(name string, width int64) {
		look(ctx, t, "inbox-live"+name, chromedp.EmulateViewport(width, 900), shows(".result-window", number))
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
		if err != nil || wide {
			t.Errorf("at a width of %d the page is wider than the window: %v", width, err)
		}
	})
}

// pictures calls look for three widths of a window, each with what the picture's name ends in.
func pictures(t *testing.T, look func(name string, width int64)) {
	t.Helper()
	for _, width := range []int64{1440, 800, 390} {
		look(map[bool]string{true: "", false: fmt.Sprintf("-%d", width)}[width == 1440], width)
	}
}

// evaluated runs a script on the page.
func evaluated(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[any](script)(ctx, target)
		return chromedp.Void{}, err
	}
}
