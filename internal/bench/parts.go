package main

import (
	"context"
	"fmt"
	"time"
)

// part is one thing that is measured.
type part struct {
	name, title string
	run         func(ctx context.Context, b *bench) error
}

var parts []part

func init() { // not a value, since a part refers to all of them
	parts = []part{
		{"queries", "Requests a second and processor time, beside a plain net/http and pgx server", queries},
		{"others", "Other requests", otherRequests},
		{"rate", "At a constant rate", constantRate},
		{"dirty", "While stored rows are behind", dirtyKeys},
		{"during", "While mutations run", duringMutations},
		{"allocations", "Allocations", allocations},
		{"memory", "Memory", memory},
	}
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// queries compares the lists with the plain server's, and exact with stored reads.
func queries(ctx context.Context, b *bench) error {
	raw, err := rawTarget(ctx, b.data)
	if err != nil {
		return err
	}
	defer raw.close()
	targets := []*target{b.plain, b.exact, b.stored, raw.target}
	if b.postgraphile != nil {
		targets = append(targets, b.postgraphile)
	}
	columns := []any{"query", "plain, requests/s (µs)", "Daybook, exact", "Daybook, stored", "bare statements", "exact ÷ plain", "exact ÷ stored, CPU"}
	if b.postgraphile != nil {
		columns = append(columns, "PostGraphile", "exact ÷ PostGraphile")
	}
	head(columns...)
	for _, q := range lists() {
		q.prepare(b.data)
		if err := b.agree(ctx, q); err != nil {
			return err
		}
		all, err := b.compare(ctx, q, targets...)
		if err != nil {
			return err
		}
		cell := func(rounds []measured) string {
			return fmt.Sprintf("%.0f (%.0f + %.0f)", median(rounds, measured.rate), median(rounds, func(m measured) float64 { return m.each(m.server) }),
				median(rounds, func(m measured) float64 { return m.each(m.database) }))
		}
		cells := []any{q.name, cell(all[0]), cell(all[1]), cell(all[2]), fmt.Sprintf("%.0f", median(all[3], measured.rate)),
			ratio(all[1], all[0], measured.rate), ratio(all[1], all[2], measured.used)}
		if b.postgraphile != nil {
			cells = append(cells, cell(all[4]), ratio(all[1], all[4], measured.rate))
		}
		row(cells...)
	}
	fmt.Println("\nIn parentheses: µs of processor time a request, of the server and of PostgreSQL. Ratios are medians of the rounds, with the least and the largest; exact reads authenticate, the plain server does not.")
	return nil
}

// agree demands that all servers answer with the same data.
func (b *bench) agree(ctx context.Context, q *query) error {
	for i := range 8 {
		want, err := b.exact.data(ctx, q, i)
		if err != nil {
			return err
		}
		for _, t := range []*target{b.stored, b.plain} {
			if t == b.plain && !q.same {
				continue
			}
			if got, err := t.data(ctx, q, i); err != nil {
				return err
			} else if got != want {
				return fmt.Errorf("%s: %s answers\n%.1500s\nexact\n%.1500s", q.name, t.name, got, want)
			}
		}
	}
	return nil
}

// otherRequests measures what the plain server has not.
func otherRequests(ctx context.Context, b *bench) error {
	head("request", "requests/s", "p50 ms", "p99 ms", "server µs", "PostgreSQL µs")
	for _, q := range others() {
		q.prepare(b.data)
		all, err := b.compare(ctx, q, b.exact)
		if err != nil {
			return err
		}
		last := all[0][len(all[0])-1]
		row(q.name, median(all[0], measured.rate), last.percentile(50), last.percentile(99),
			median(all[0], func(m measured) float64 { return m.each(m.server) }), median(all[0], func(m measured) float64 { return m.each(m.database) }))
	}
	return b.data.settle(ctx)
}

// constantRate measures how long requests take that come evenly.
func constantRate(ctx context.Context, b *bench) error {
	head("query", "server", "requests/s", "p50 ms", "p95 ms", "p99 ms")
	for _, q := range lists()[:4] {
		q.prepare(b.data)
		for _, t := range []*target{b.plain, b.exact} {
			m, err := b.drive(ctx, t, q, b.connections, 2*b.duration, b.rate)
			if err != nil {
				return err
			}
			row(q.name, t.name, m.rate(), m.percentile(50), m.percentile(95), m.percentile(99))
		}
	}
	return nil
}

// dirtyKeys compares exact with stored reads while keys of the list's rows are marked and nobody refreshes them.
func dirtyKeys(ctx context.Context, b *bench) error {
	head("query", "dirty keys", "exact, requests/s", "exact ÷ stored, CPU")
	for _, dirty := range []int{0, 100, 1000} {
		if err := b.data.mark(ctx, dirty); err != nil {
			return err
		}
		for _, q := range []*query{lists()[1], lists()[2], lists()[3]} {
			q.prepare(b.data)
			all, err := b.compare(ctx, q, b.exact, b.stored)
			if err != nil {
				return err
			}
			row(q.name, dirty, median(all[0], measured.rate), ratio(all[0], all[1], measured.used))
		}
	}
	return b.data.settle(ctx)
}

// duringMutations compares reads with reads while a hundred invoices a second are made and workers refresh.
func duringMutations(ctx context.Context, b *bench) error {
	worker, err := startWorker(ctx, b)
	if err != nil {
		return err
	}
	defer worker.stop()
	head("query", "quiet, requests/s", "during 100 mutations/s", "÷ quiet", "mutations/s", "p50 ms", "p99 ms")
	const rate = 100
	for _, q := range lists()[:4] {
		q.prepare(b.data)
		write := others()[3]
		write.prepare(b.data)
		var quiet, busy, written []measured
		for range b.rounds {
			m, err := b.drive(ctx, b.exact, q, b.connections, b.duration, 0)
			if err != nil {
				return err
			}
			quiet = append(quiet, m)
			done := make(chan error, 1)
			go func() {
				m, err := b.drive(ctx, b.exact, write, b.connections, b.duration, rate)
				written = append(written, m)
				done <- err
			}()
			if m, err = b.drive(ctx, b.exact, q, b.connections, b.duration, 0); err != nil {
				return err
			}
			if err := <-done; err != nil {
				return err
			}
			busy = append(busy, m)
			time.Sleep(b.duration / 2) // until the workers are done
		}
		last := written[len(written)-1]
		row(q.name, median(quiet, measured.rate), median(busy, measured.rate), ratio(busy, quiet, measured.rate), median(written, measured.rate), last.percentile(50), last.percentile(99))
	}
	return nil
}
