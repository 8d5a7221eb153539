package pgpool

import (
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"
)

// timeouts names the error codes with which the server says that a limit has passed.
var timeouts = map[string]string{
	pgerrcode.LockNotAvailable:                "lock",
	pgerrcode.QueryCanceled:                   "statement",
	pgerrcode.IdleInTransactionSessionTimeout: "idle_in_transaction",
}

// Timeouts is a prometheus.Collector that counts the passed limits of pools, by pool and by limit. It is safe for
// concurrent use.
type Timeouts struct{ *prometheus.CounterVec }

// NewTimeouts returns a collector for the pools of the names, each of whose counters begins at 0.
func NewTimeouts(pools ...string) Timeouts {
	t := Timeouts{prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_database_timeouts_total",
		Help: "Statements that waited too long for a lock or ran too long, and transactions that were idle too long."}, []string{"pool", "limit"})}
	for _, pool := range pools {
		for _, limit := range timeouts {
			t.WithLabelValues(pool, limit)
		}
	}
	return t
}

// Count returns the Options.OnError of the pool of that name.
func (t Timeouts) Count(pool string) func(*pgconn.PgError) {
	return func(err *pgconn.PgError) {
		if limit, ok := timeouts[err.Code]; ok {
			t.WithLabelValues(pool, limit).Inc()
		}
	}
}
