package projection

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// answered is how a read can have been answered: from where its rows came, and why.
type answered struct{ read, reason string }

// outcomes are all that a read can be. A stored read was asked for (mode, within), or nothing better could be had: too much
// was dirty (backlog), a dirty row cannot be computed (error), or some keys are set aside (quarantine).
var outcomes = []answered{
	{"exact", "clean"}, {"source", "dirty"},
	{"stored", "mode"}, {"stored", "within"}, {"stored", "backlog"}, {"stored", "error"}, {"stored", "quarantine"},
}

// reads counts the reads of this process.
var reads readCounter

// readCounter is a prometheus.Collector of reads by projection and outcome.
type readCounter struct{ counts sync.Map } // a projection's name to a *counts

// counts has a number for each of the outcomes.
type counts [7]atomic.Int64

func (c *readCounter) of(projection string) *counts {
	if kept, ok := c.counts.Load(projection); ok {
		return kept.(*counts)
	}
	kept, _ := c.counts.LoadOrStore(projection, new(counts))
	return kept.(*counts)
}

func (c *readCounter) count(projection, read, reason string) {
	of := c.of(projection)
	for i, outcome := range outcomes {
		if outcome == (answered{read, reason}) {
			of[i].Add(1)
		}
	}
}

// Reads returns how many reads of a projection this process has made, by "exact", "source" and "stored".
func Reads(projection string) map[string]int64 {
	sums := map[string]int64{}
	of := reads.of(projection)
	for i, outcome := range outcomes {
		sums[outcome.read] += of[i].Load()
	}
	return sums
}

var readsTotal = prometheus.NewDesc("daybook_reads_total",
	"Reads of this process by where their rows came from: exact (all stored, and current), source (exact, some computed anew) or stored (as they were), and why.",
	[]string{"projection", "read", "reason"}, nil)

// Describe is part of prometheus.Collector.
func (c *readCounter) Describe(ch chan<- *prometheus.Desc) { ch <- readsTotal }

// Collect is part of prometheus.Collector.
func (c *readCounter) Collect(ch chan<- prometheus.Metric) {
	c.counts.Range(func(name, of any) bool {
		for i, outcome := range outcomes {
			ch <- prometheus.MustNewConstMetric(readsTotal, prometheus.CounterValue, float64(of.(*counts)[i].Load()), name.(string), outcome.read, outcome.reason)
		}
		return true
	})
}
