package httpserver_test

import (
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"daybook/internal/pgtest"
	"daybook/migrations"
)

// River's pages count jobs in the background when an operator has asked for them, and not before. It is no parallel test, for no other
// server is to run beside it.
func TestRiverUICountsForWhoLooks(t *testing.T) { //nolint:paralleltest // above
	client, err := river.NewClient(riverpgxv5.New(pgtest.Pool(t)), &river.Config{Schema: migrations.RiverSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.River = client
	base, stop := serve(t, c)
	b := newBrowser(t, base)
	counts := func(want bool) bool {
		stacks := make([]byte, 1<<20)
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "riverui/internal/querycacher") == want {
				return true
			}
		}
		return false
	}
	if status, _, _ := b.do(http.MethodGet, "/river/", ""); status != http.StatusUnauthorized || !counts(false) {
		t.Errorf("counts before anybody was let in: %d", status)
	}
	if status, _, _ := b.do(http.MethodGet, "/river/api/states", "", "Authorization", "Bearer "+operatorToken); status != http.StatusOK || !counts(true) {
		t.Errorf("does not count for an operator: %d", status)
	}
	if err := stop(); err != nil || !counts(false) {
		t.Errorf("counts after the end: %v", err)
	}
}
