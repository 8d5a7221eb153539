package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
)

// Standby starts a server that follows the test server by streaming replication, with the given settings beside the test server's,
// and returns a pool on pool's database there, for its owner. Both end with the test.
func Standby(t testing.TB, pool *pgxpool.Pool, more map[string]string) *pgxpool.Pool {
	t.Helper()
	server := standby(t, running(t).server.URL(pglocal.Superuser, "postgres"), settings, more)
	return Open(t, server.URL(pglocal.Role, pool.Config().ConnConfig.Database), pgpool.Options{})
}
