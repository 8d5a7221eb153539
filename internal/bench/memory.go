package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// memory measures the largest resident memory of the server while two hundred connections ask for the nested list.
func memory(ctx context.Context, b *bench) error {
	q := lists()[2]
	q.prepare(b.data)
	head("server", "before, MB", "peak with 200 connections, MB", "requests/s")
	for _, t := range []*target{b.plain, b.exact} {
		pid := t.process.Process.Pid
		before := resident(pid, "VmRSS:")
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) // begins a new peak
		m, err := b.drive(ctx, t, q, 200, max(10*b.duration, time.Minute), 0)
		if err != nil {
			return err
		}
		row(t.name, before, resident(pid, "VmHWM:"), m.rate())
	}
	return nil
}

// resident returns a line of /proc/PID/status in MB.
func resident(pid int, line string) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, line); ok {
			kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kilobytes) / 1024
		}
	}
	return 0
}

// allocations counts the allocations of a request in the server, beside what pgx takes for the statements.
func allocations(ctx context.Context, b *bench) error {
	t, metrics := b.exact, "http://"+b.exact.admin+"/metrics"
	bare, err := rawTarget(ctx, b.data)
	if err != nil {
		return err
	}
	defer bare.close()
	base := &query{name: "{ __typename }", text: `{ __typename }`, variables: nothing}
	const n = 3000
	server := func(q *query) (float64, error) {
		q.prepare(b.data)
		for i := range 50 {
			if err := t.request(ctx, q, i); err != nil {
				return 0, err
			}
		}
		before, err := mallocs(ctx, metrics)
		if err != nil {
			return 0, err
		}
		for i := range n {
			if err := t.request(ctx, q, i); err != nil {
				return 0, err
			}
		}
		time.Sleep(1100 * time.Millisecond) // the server gathers at most once a second
		after, err := mallocs(ctx, metrics)
		return (after - before) / n, err
	}
	nothingRead, err := server(base)
	if err != nil {
		return err
	}
	head("query", "allocations of a request", "without any field", "pgx's for the statements", "the list's own")
	for _, q := range lists() {
		whole, err := server(q)
		if err != nil {
			return err
		}
		var own [2]runtime.MemStats
		for i := range 50 {
			if err := bare.request(ctx, q, i); err != nil {
				return err
			}
		}
		runtime.ReadMemStats(&own[0])
		for i := range n {
			if err := bare.request(ctx, q, i); err != nil {
				return err
			}
		}
		runtime.ReadMemStats(&own[1])
		pgx := float64(own[1].Mallocs-own[0].Mallocs) / n
		row(q.name, whole, nothingRead, pgx, whole-nothingRead-pgx)
	}
	return nil
}

// mallocs returns how many objects a server has allocated so far.
func mallocs(ctx context.Context, metrics string) (float64, error) {
	time.Sleep(1100 * time.Millisecond)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, metrics, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("%s has no go_memstats_mallocs_total", metrics)
}
