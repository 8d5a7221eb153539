package observed

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// maxNames is how many names become labels of metrics: callers choose names, and could invent any number.
	maxNames = 200
	// maxDocuments is how many documents are timed by themselves, the last used ones.
	maxDocuments = 500
)

// Statistics counts and times operations. It is a prometheus.Collector, and safe for concurrent use.
type Statistics struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	mu       sync.Mutex
	names    map[string]bool
	times    *simplelru.LRU[string, *Timing]
}

// Timing is what the operations of one document have taken since the process began to know it.
type Timing struct {
	// Hash, Name and Kind are those of the Operation.
	Hash, Name, Kind string
	// Count is how many were executed, and Failed how many of them with an error.
	Count, Failed int64
	// Total and Longest are their time together, and that of the longest.
	Total, Longest time.Duration
	// Last is when the last one ended.
	Last time.Time
}

// Mean is the time of one of them.
func (t Timing) Mean() time.Duration { return t.Total / time.Duration(max(t.Count, 1)) }

// NewStatistics makes statistics without any operation.
func NewStatistics() *Statistics {
	times, err := simplelru.NewLRU[string, *Timing](maxDocuments, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &Statistics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_graphql_operations_total",
			Help: "GraphQL operations by name, kind, and the code of their first error (OK without one)."}, []string{"operation", "kind", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "daybook_graphql_operation_duration_seconds",
			Help: "Time to execute a GraphQL operation, by name and kind.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"operation", "kind"}),
		names: map[string]bool{},
		times: times,
	}
}

// Observe counts an operation that took so long.
func (s *Statistics) Observe(o Operation, took time.Duration) {
	name, kind, code := s.label(o), cmp.Or(o.Kind, "none"), cmp.Or(o.Code, "OK")
	s.total.WithLabelValues(name, kind, code).Inc()
	if o.Hash == "" {
		return
	}
	s.duration.WithLabelValues(name, kind).Observe(took.Seconds())
	s.mu.Lock()
	defer s.mu.Unlock()
	key := o.Hash + o.Name
	t, ok := s.times.Get(key)
	if !ok {
		t = &Timing{Hash: o.Hash, Name: o.Name, Kind: o.Kind}
		s.times.Add(key, t)
	}
	t.Count++
	if o.Code != "" {
		t.Failed++
	}
	t.Total += took
	t.Longest = max(t.Longest, took)
	t.Last = time.Now()
}

// label returns the name as a label: only names of valid documents are labels of their own, and only so many.
func (s *Statistics) label(o Operation) string {
	switch {
	case o.Hash == "":
		return "invalid"
	case o.Name == "":
		return "anonymous"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.names[o.Name] {
		if len(s.names) >= maxNames {
			return "other"
		}
		s.names[o.Name] = true
	}
	return o.Name
}

// Slowest returns the documents whose operations took the most time together, at most n.
func (s *Statistics) Slowest(n int) []Timing {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Timing, 0, s.times.Len())
	for _, t := range s.times.Values() {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Timing) int { return cmp.Compare(b.Total, a.Total) })
	return list[:min(n, len(list))]
}

// Describe is part of prometheus.Collector.
func (s *Statistics) Describe(ch chan<- *prometheus.Desc) {
	s.total.Describe(ch)
	s.duration.Describe(ch)
}

// Collect is part of prometheus.Collector.
func (s *Statistics) Collect(ch chan<- prometheus.Metric) {
	s.total.Collect(ch)
	s.duration.Collect(ch)
}
