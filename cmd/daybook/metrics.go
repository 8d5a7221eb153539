package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"daybook/projection"
)

// scrapeTimeout bounds what one scrape may ask of the database.
const scrapeTimeout = 2 * time.Second

// projectionMetrics tells how far each projection is behind, as the database has it at the moment of the scrape: the
// same from every process.
type projectionMetrics struct {
	engine *projection.Engine
	logger *slog.Logger
}

// statusMetric is one number of projection.Status.
type statusMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(projection.Status) float64
}

var statusMetrics = []statusMetric{
	status("marks", "Marks that wait to be absorbed.", prometheus.GaugeValue, func(s projection.Status) float64 { return float64(s.Backlog) }),
	status("lag_seconds", "Age of the oldest mark.", prometheus.GaugeValue, func(s projection.Status) float64 { return s.OldestMark.Seconds() }),
	status("quarantined", "Keys that were set aside because they failed.", prometheus.GaugeValue, func(s projection.Status) float64 { return float64(s.Quarantined) }),
	status("drift_total", "Differences that verifications have found.", prometheus.CounterValue, func(s projection.Status) float64 { return float64(s.DriftFound) }),
	status("paused", "1 while the projection is not refreshed.", prometheus.GaugeValue, func(s projection.Status) float64 {
		if s.Paused {
			return 1
		}
		return 0
	}),
}

func status(name, help string, kind prometheus.ValueType, value func(projection.Status) float64) statusMetric {
	return statusMetric{prometheus.NewDesc("daybook_projection_"+name, help, []string{"projection"}, nil), kind, value}
}

// Describe is part of prometheus.Collector.
func (projectionMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range statusMetrics {
		ch <- m.desc
	}
}

// Collect is part of prometheus.Collector. A database that does not answer leaves these numbers out of the scrape.
func (p projectionMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	list, err := p.engine.List(ctx)
	if err != nil {
		p.logger.WarnContext(ctx, "no projection metrics", "error", err)
		return
	}
	for _, s := range list {
		for _, m := range statusMetrics {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s), s.Name)
		}
	}
}
