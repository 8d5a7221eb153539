package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type requestMetrics struct {
	inFlight prometheus.Gauge
	duration *prometheus.HistogramVec
}

// newMetrics returns a registry with everything that /metrics shows, and the metrics of requests in it.
func newMetrics(c Config) (*prometheus.Registry, *requestMetrics, error) {
	requests := &requestMetrics{
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "daybook_http_requests_in_flight", Help: "Requests being answered now.",
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daybook_http_request_duration_seconds", Help: "Time to answer a request, by the route that matched.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
	}
	if c.GraphQL != nil {
		for _, status := range []int{http.StatusOK, http.StatusInternalServerError, http.StatusServiceUnavailable} {
			requests.duration.WithLabelValues(http.MethodPost, "/graphql", strconv.Itoa(status))
		}
	}
	registry := prometheus.NewRegistry()
	all := append([]prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		requests.inFlight, requests.duration, poolCollector(c.Pools),
	}, c.Collectors...)
	for _, collector := range all {
		if err := registry.Register(collector); err != nil {
			return nil, nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return registry, requests, nil
}

// metricsHandler answers with what the registry gathers, at most once in CheckInterval.
func metricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(prometheus.GathererFunc(keep(registry.Gather)), promhttp.HandlerOpts{Registry: registry})
}

// keep returns gather with its results kept.
func keep[T any](gather func() (T, error)) func() (T, error) {
	type gathered struct {
		value T
		err   error
	}
	last := new(kept[gathered])
	return func() (T, error) {
		g := last.get(context.Background(), func(context.Context) (g gathered) {
			g.value, g.err = gather()
			return g
		})
		return g.value, g.err
	}
}

// poolCollector collects pgx's statistics of each pool at every scrape.
type poolCollector map[string]*pgxpool.Pool

// poolMetric is a metric that is read from pgxpool.Stat.
type poolMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*pgxpool.Stat) float64
}

var poolMetrics = []poolMetric{
	pool("connections", "Open connections.", prometheus.GaugeValue, func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) }),
	pool("connections_acquired", "Connections in use.", prometheus.GaugeValue, func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) }),
	pool("connections_max", "The largest number of connections.", prometheus.GaugeValue, func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) }),
	pool("acquires_total", "Connections taken so far.", prometheus.CounterValue, func(s *pgxpool.Stat) float64 { return float64(s.AcquireCount()) }),
	pool("acquires_waited_total", "Connections taken after waiting for one.", prometheus.CounterValue, func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) }),
	pool("acquire_seconds_total", "Time spent taking connections.", prometheus.CounterValue, func(s *pgxpool.Stat) float64 { return s.AcquireDuration().Seconds() }),
}

func pool(name, help string, kind prometheus.ValueType, value func(*pgxpool.Stat) float64) poolMetric {
	return poolMetric{prometheus.NewDesc("daybook_pool_"+name, help, []string{"pool"}, nil), kind, value}
}

// Describe is part of prometheus.Collector.
func (p poolCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range poolMetrics {
		ch <- m.desc
	}
}

// Collect is part of prometheus.Collector.
func (p poolCollector) Collect(ch chan<- prometheus.Metric) {
	for name, pool := range p {
		stat := pool.Stat()
		for _, m := range poolMetrics {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(stat), name)
		}
	}
}
