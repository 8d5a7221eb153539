package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"daybook/internal/audit"
	"daybook/internal/lease"
	"daybook/internal/notifications"
	"daybook/internal/observed"
	"daybook/internal/pgpool"
	"daybook/internal/webhooks"
	"daybook/jobs"
	"daybook/resolvers"
)

// metricsLease is the key of the advisory lock of the process whose metrics are of the database too: the first letters of
// Daybook.
const metricsLease = 0x44617962

// metrics are those of what a process does.
type metrics struct {
	timeouts   pgpool.Timeouts
	sql        pgpool.Durations
	jobs       *jobs.Metrics
	operations *observed.Statistics
}

func newMetrics(pools ...string) metrics {
	return metrics{pgpool.NewTimeouts(pools...), pgpool.NewDurations(pools...), jobs.NewMetrics(), observed.NewStatistics()}
}

// collectors returns all that /metrics shows besides Go, the process, HTTP and pools: what this process does, and in one of
// all processes the state of the database.
func (n *node) collectors() []prometheus.Collector {
	return append(resolvers.Metrics(), buildInfo(), n.engine, n.metrics.timeouts, n.metrics.sql, n.metrics.jobs, n.metrics.operations,
		shared{n.leader, n, []prometheus.Collector{n.engine.State(), jobs.State{DB: n.requests, Logger: n.logger}, audit.Metrics{DB: n.requests, Logger: n.logger},
			webhooks.Metrics{DB: n.requests, Logger: n.logger}, notifications.Metrics{DB: n.requests, Logger: n.logger}}})
}

// buildInfo is the metric that says which Daybook this is.
func buildInfo() prometheus.Collector {
	b := build()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "daybook_build_info", Help: "Which Daybook this is; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": b.version, "revision": b.revision, "go": b.goVersion}}, func() float64 { return 1 })
}

// shared collects what is the same for all processes on a database, in the one that holds the lease.
type shared struct {
	leader *lease.Lease
	node   *node
	of     []prometheus.Collector
}

// Describe is part of prometheus.Collector.
func (s shared) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range s.of {
		c.Describe(ch)
	}
}

// Collect is part of prometheus.Collector.
func (s shared) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	held, err := s.leader.Held(ctx)
	if err != nil {
		s.node.logger.WarnContext(ctx, "cannot tell which process shows the database's metrics", "error", err)
	}
	if !held {
		return
	}
	for _, c := range s.of {
		c.Collect(ch)
	}
}
