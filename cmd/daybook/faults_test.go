package main

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"daybook/internal/pgtest"
)

var everyFault = flag.Bool("faults", false, "inflict every fault, which takes ten minutes, instead of some")

// Faults of processes, of PostgreSQL and of its disk, while clients write and read over GraphQL, at a server and at one that reads from
// a standby. No acknowledged write is lost or done twice; exact reads equal the source views in every snapshot, on both servers, during
// and after; no client is shown an older version of a record than it, or anybody who was answered before, had been; and clients are told
// that the service is not available, never that something is wrong with it.
func TestFaults(t *testing.T) {
	pgtest.Long(t)
	w := newWorld(t)
	table := &strings.Builder{}
	out := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "fault\twrites\tlost\treads\tchecks (dirty)\tdifferences\twrites again\tabsorbed\tclients saw")
	for _, f := range faults {
		if !f.short && !*everyFault || t.Failed() {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			if f.skip != nil {
				if why := f.skip(w); why != "" {
					fmt.Fprintf(out, "%s\tskipped: %s\n", f.name, why)
					t.Skip(why)
				}
			}
			w.suffer(t, f, out)
		})
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	fmt.Print(table)
	if t.Failed() {
		for _, d := range w.daemons() {
			t.Logf("%s said:\n%s", d.args[2], d.out)
		}
		return
	}
	t.Setenv("DATABASE_URL", w.owner)
	if out, err := daybook(t, "projections", "verify"); err != nil {
		t.Errorf("verify: %v: %s", err, out)
	}
}

// suffer inflicts a fault beside clients, waits until it has passed, and adds a line to the table.
func (w *world) suffer(t *testing.T, f fault, out *tabwriter.Writer) {
	w.mu.Lock()
	w.writes, w.reads, w.seen = 0, 0, map[string]int{}
	w.mu.Unlock()
	var again, absorbed time.Duration
	lost := 0
	c := w.checked(t, func() {
		stop := w.clients(t, f.name)
		defer stop()
		within(t, time.Minute, "writes before the fault", func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.writes >= 20 || t.Failed()
		})
		f.inflict(t, w)
		again = w.recovered(t)
		stop()
		if !t.Failed() {
			absorbed = w.absorbed(t)
		}
	})
	if !t.Failed() {
		lost = w.lost(t)
		if err := c.once(t.Context(), w.owner); err != nil {
			t.Errorf("after the fault: %v", err)
		}
	}
	if c.checks.Load() == 0 {
		t.Error("nothing was compared")
	}
	var saw []string
	for _, code := range slices.Sorted(maps.Keys(w.seen)) {
		saw = append(saw, fmt.Sprintf("%s %d", code, w.seen[code]))
		if slices.Contains(f.never, code) {
			t.Errorf("clients were answered %s %d times", code, w.seen[code])
		}
	}
	fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d (%d)\t%d\t%.1f s\t%.1f s\t%s\n", f.name, w.writes, lost, w.reads, c.checks.Load(), c.dirty.Load(), c.differences.Load(),
		again.Seconds(), absorbed.Seconds(), strings.Join(saw, ", "))
}
