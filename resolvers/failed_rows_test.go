package resolvers_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"daybook/resolvers"
)

// A request whose first statement, which brings the check of the caller with it, takes too long says so.
func TestFirstStatementFails(t *testing.T) {
	t.Parallel()
	s := serve(t)
	server := httptest.NewServer(resolvers.Handler(resolvers.Config{
		Store: s.store, Live: s.hub, DB: s.pool, LoaderDB: s.pool, MaxDuration: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	hurried := s.caller
	hurried.url = server.URL
	hurried.must(`{ viewer { role } }`, nil) // so that the caller is known
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE audit.events IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`auditLog { nodes { id } }`, `changes { events { id } }`, `nodes(ids: ["AuditEvent:1"]) { id }`} {
		hurried.call(`{ `+field+` }`, nil).want(map[string]string{"errors.0.extensions.code": "TIMEOUT"})
	}
}
