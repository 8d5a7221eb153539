package console

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"strings"
	"sync"
	"time"
)

const (
	// sampleEvery is the time between two samples, and maxSamples how many are kept: three hours.
	sampleEvery = 15 * time.Second
	maxSamples  = 720
)

// Sample is a moment of the past, as the pictures show it.
type Sample struct {
	At time.Time
	// Backlog is the number of marks of each read model.
	Backlog map[string]int64
	// Oldest is the age of the oldest mark of all.
	Oldest time.Duration
	// Reads and Stored are how many reads this process had answered, and how many of them from stored copies.
	Reads, Stored int64
	// Waiting is how many jobs were due.
	Waiting int64
	// Operations is how many GraphQL operations this process had executed.
	Operations int64
}

// Recorder keeps samples in memory. It is safe for concurrent use.
type Recorder struct {
	mu      sync.Mutex
	samples []Sample
}

// Run takes a sample at once and then every 15 seconds, until ctx ends. A moment that cannot be read is left out.
func (r *Recorder) Run(ctx context.Context, read func(context.Context) (State, error)) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, sampleEvery/2)
		if state, err := read(limited); err == nil {
			r.Add(sampleOf(state))
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Add keeps a sample.
func (r *Recorder) Add(s Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.samples) == maxSamples {
		r.samples = append(r.samples[:0], r.samples[1:]...)
	}
	r.samples = append(r.samples, s)
}

// Samples returns the samples, the oldest first.
func (r *Recorder) Samples() []Sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Sample(nil), r.samples...)
}

// Drained returns how many marks of a read model went away a second, from the oldest sample of the last minute until now.
// It is 0 without a sample.
func (r *Recorder) Drained(projection string, now time.Time, backlog int64) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.samples {
		if passed := now.Sub(s.At); passed <= time.Minute && passed >= time.Second {
			return float64(s.Backlog[projection]-backlog) / passed.Seconds()
		}
	}
	return 0
}

func sampleOf(s State) Sample {
	sample := Sample{At: s.Now, Backlog: map[string]int64{}}
	for _, p := range s.Projections {
		sample.Backlog[p.Name] = p.Backlog
		sample.Oldest = max(sample.Oldest, p.Oldest)
		sample.Reads += p.Reads()
		sample.Stored += p.Stored
	}
	for _, q := range s.Queues {
		if q.State == "available" {
			sample.Waiting += q.Jobs
		}
	}
	for _, o := range s.Slow {
		sample.Operations += o.Count
	}
	return sample
}

// series are what a picture can show: a value for each moment but the first, from it and the one before.
var series = map[string]struct {
	title, unit string
	of          func(before, s Sample) float64
}{
	"backlog": {"Marks that wait", "", func(_, s Sample) float64 {
		var sum int64
		for _, n := range s.Backlog {
			sum += n
		}
		return float64(sum)
	}},
	"oldest":  {"Age of the oldest mark", " s", func(_, s Sample) float64 { return s.Oldest.Seconds() }},
	"reads":   {"Reads of this process", "/s", func(before, s Sample) float64 { return rate(before, s, s.Reads-before.Reads) }},
	"stored":  {"Reads from stored copies", "/s", func(before, s Sample) float64 { return rate(before, s, s.Stored-before.Stored) }},
	"waiting": {"Jobs that are due", "", func(_, s Sample) float64 { return float64(s.Waiting) }},
}

func rate(before, s Sample, n int64) float64 {
	return float64(max(n, 0)) / max(s.At.Sub(before.At).Seconds(), 1)
}

// Size of a picture, in its own units.
const width, height = 240.0, 48.0

// picture draws a series over time, with its largest and its last value in words.
func picture(name string, samples []Sample) (template.HTML, error) {
	s, ok := series[name]
	if !ok {
		return "", fmt.Errorf("console: no series %q", name)
	}
	if len(samples) < 2 {
		return template.HTML(fmt.Sprintf(`<figure><figcaption>%s</figcaption><p class="quiet">comes in a moment</p></figure>`, s.title)), nil //nolint:gosec // texts of this file
	}
	begin, end := samples[0].At, samples[len(samples)-1].At
	span := max(end.Sub(begin).Seconds(), 1)
	values, largest := make([]float64, 0, len(samples)), 0.0
	for i := 1; i < len(samples); i++ {
		values = append(values, s.of(samples[i-1], samples[i]))
		largest = max(largest, values[i-1])
	}
	var points strings.Builder
	for i, v := range values {
		x := width * samples[i+1].At.Sub(begin).Seconds() / span
		y := height - 2 - (height-4)*v/max(largest, math.SmallestNonzeroFloat64)
		fmt.Fprintf(&points, "%.1f,%.1f ", x, y)
	}
	last := values[len(values)-1]
	about := fmt.Sprintf("%s over the last %s: now %s%s, at most %s%s", s.title, age(end.Sub(begin)), short(last), s.unit, short(largest), s.unit)
	return template.HTML(fmt.Sprintf(`<figure><figcaption>%s <b>%s%s</b></figcaption><svg viewBox="0 0 %g %g" preserveAspectRatio="none" role="img" aria-label="%s"><polyline points="%s"/></svg><p class="quiet">%s, at most %s%s</p></figure>`, //nolint:gosec // numbers, and texts of this file
		s.title, short(last), s.unit, width, height, about, strings.TrimSpace(points.String()), age(end.Sub(begin)), short(largest), s.unit)), nil
}

// short shows a value with as many digits as one reads.
func short(v float64) string {
	if v >= 10 || v == math.Trunc(v) {
		return count(int64(math.Round(v)))
	}
	return fmt.Sprintf("%.1f", v)
}
