package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// measured is what one round has shown of a target.
type measured struct {
	requests         int
	elapsed          time.Duration
	server, database time.Duration
	took             []time.Duration // sorted
}

func (m measured) rate() float64 { return float64(m.requests) / m.elapsed.Seconds() }

// each returns microseconds of a request.
func (m measured) each(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(1, m.requests))
}

func (m measured) used() float64 { return m.each(m.server + m.database) }

func (m measured) percentile(p int) time.Duration {
	if len(m.took) == 0 {
		return 0
	}
	return m.took[min(len(m.took)-1, len(m.took)*p/100)]
}

// drive makes requests on so many connections for a time: as fast as they are answered, or so many a second if rate is
// positive. Then the time of a request begins when it is due, so waiting for a free connection counts.
func (b *bench) drive(ctx context.Context, t *target, q *query, connections int, duration time.Duration, rate float64) (m measured, err error) {
	var mu sync.Mutex
	var group sync.WaitGroup
	var sent atomic.Int64
	server, database, begin := t.used(), b.data.databaseUsed(), time.Now()
	end := begin.Add(duration)
	for range connections {
		group.Go(func() {
			var took []time.Duration
			for time.Now().Before(end) {
				i, due := sent.Add(1), time.Now()
				if rate > 0 {
					due = begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if failed := t.request(ctx, q, int(i)*7); failed != nil {
					mu.Lock()
					err = failed
					mu.Unlock()
					return
				}
				took = append(took, time.Since(due))
			}
			mu.Lock()
			m.took = append(m.took, took...)
			mu.Unlock()
		})
	}
	group.Wait()
	m.elapsed = time.Since(begin)
	m.server, m.database, m.requests = t.used()-server, b.data.databaseUsed()-database, len(m.took)
	slices.Sort(m.took)
	return m, err
}

// rounds measures targets in turn, after a warm-up of each, and returns what each round has shown of each.
func (b *bench) compare(ctx context.Context, q *query, targets ...*target) ([][]measured, error) {
	all := make([][]measured, len(targets))
	for _, t := range targets {
		if _, err := b.drive(ctx, t, q, b.connections, 500*time.Millisecond, 0); err != nil {
			return nil, err
		}
	}
	for range b.rounds {
		for i, t := range targets {
			m, err := b.drive(ctx, t, q, b.connections, b.duration, 0)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], m)
		}
	}
	return all, nil
}

// median returns the middle of what a function says of the rounds.
func median(rounds []measured, of func(measured) float64) float64 {
	values := make([]float64, len(rounds))
	for i, m := range rounds {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio is the median of a ratio in the rounds, with the least and the largest.
func ratio(a, b []measured, of func(measured) float64) string {
	values := make([]float64, len(a))
	for i := range a {
		values[i] = of(a[i]) / of(b[i])
	}
	slices.Sort(values)
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", values[len(values)/2], values[0], values[len(values)-1])
}

func row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case float64:
			texts[i] = fmt.Sprintf("%.0f", c)
		case time.Duration:
			texts[i] = fmt.Sprintf("%.1f", float64(c.Microseconds())/1000)
		default:
			texts[i] = fmt.Sprint(c)
		}
	}
	fmt.Println("| " + strings.Join(texts, " | ") + " |")
}

func head(cells ...any) {
	row(cells...)
	fmt.Println("|" + strings.Repeat("---|", len(cells)))
}
