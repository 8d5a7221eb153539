package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	soakFor   = flag.Duration("soak.for", 12*time.Second, "how long BenchmarkSoak keeps a server busy")
	soakPages = flag.Float64("soak.pages", 60, "pages a second that BenchmarkSoak reads, about half of what two cores can; it makes a mutation to every fourth")
)

// soakWindows are the parts of a soak that are compared with each other.
const soakWindows = 6

// BenchmarkSoak keeps a server at a steady rate of pages and mutations, and reports of each sixth of the time what they took, the
// memory of all processes, and the size of what comes and goes. At the end of each sixth, with the load still on, it compares all read models with their
// definitions. It fails where these differ, an answer is an error, or the memory or the size of marks and jobs still grows after a third of the time.
func BenchmarkSoak(b *testing.B) {
	s := &writeSystem{name: "this"}
	s.start(b)
	l := &soakLoad{system: s}
	ctx, stop := context.WithCancel(b.Context())
	var clients sync.WaitGroup
	for client := range int64(16) { // connections plan their first statements
		clients.Go(func() {
			for n := range int64(14) {
				l.read(b, client+n)
				l.mutate(b, client+n)
			}
		})
	}
	clients.Wait()
	begin := time.Now()
	for range 16 {
		clients.Go(func() { l.run(ctx, b, begin) })
	}
	exact := &checker{t: b}
	address := fmt.Sprintf("postgres:///daybook?user=postgres&host=%s", url.QueryEscape(s.data+"/cluster/run"))
	var seen []soakSize
	server, database := s.processorTime(b)
	for window := range soakWindows {
		time.Sleep(time.Until(begin.Add(*soakFor * time.Duration(window+1) / soakWindows)))
		pages, writes := l.take()
		serverNow, databaseNow := s.processorTime(b)
		size := s.soakSize(b)
		seen = append(seen, size)
		b.Logf("%v: %s; %s; processor %.0f %% of a core; %s", time.Since(begin).Round(time.Second), told("pages", pages, *soakFor/soakWindows), told("mutations", writes, *soakFor/soakWindows),
			100*(serverNow-server+databaseNow-database).Seconds()/(*soakFor/soakWindows).Seconds(), size)
		if err := exact.once(b.Context(), address); err != nil {
			b.Error(err)
		}
		l.take() // what was beside the comparison
		server, database = s.processorTime(b)
	}
	stop()
	clients.Wait()
	b.Logf("%d comparisons, %d of them while keys were dirty: %d differences; %d late by more than a second", exact.checks.Load(), exact.dirty.Load(), exact.differences.Load(), l.late.Load())
	early, last := seen[soakWindows/3], seen[soakWindows-1]
	for _, g := range []struct {
		what        string
		early, last int64
		slack       int64
	}{
		{"the server's memory", early.server, last.server, 64 << 20}, {"PostgreSQL's memory", early.database, last.database, 64 << 20},
		{"the marks' size", early.marks, last.marks, 8 << 20}, {"the jobs' size", early.jobs, last.jobs, 16 << 20},
	} {
		if g.last > g.early*5/4+g.slack {
			b.Errorf("%s has grown from %d to %d bytes", g.what, g.early, g.last)
		}
	}
}

// told says how many requests there were in some time, and what they took. Their times are sorted.
func told(what string, took []time.Duration, in time.Duration) string {
	if len(took) == 0 {
		return "no " + what
	}
	slices.Sort(took)
	m := writeTimes{took: took, elapsed: in}
	return fmt.Sprintf("%.0f %s/s, p50 %.1f ms, p99 %.1f ms", m.rate(), what, m.quantile(50), m.quantile(99))
}

// soakLoad sends requests at a constant rate. A request that comes late has waited for a client, which counts.
type soakLoad struct {
	system *writeSystem
	sent   atomic.Int64
	late   atomic.Int64

	mu             sync.Mutex
	pages, writes  []time.Duration
	drafts, unpaid []soakInvoice
}

type soakInvoice struct{ id, customer string }

// take returns the times since the last call, of pages and of mutations.
func (l *soakLoad) take() (pages, writes []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pages, writes = l.pages, l.writes
	l.pages, l.writes = nil, nil
	return pages, writes
}

func (l *soakLoad) run(ctx context.Context, b *testing.B, begin time.Time) {
	for ctx.Err() == nil && !b.Failed() {
		n := l.sent.Add(1)
		due := begin.Add(time.Duration(float64(n) / (*soakPages * 5 / 4) * float64(time.Second)))
		time.Sleep(time.Until(due))
		mutates := n%5 == 0
		if mutates {
			l.mutate(b, n/5)
		} else {
			l.read(b, n)
		}
		took := time.Since(due)
		if took > time.Second {
			l.late.Add(1)
		}
		l.mu.Lock()
		if mutates {
			l.writes = append(l.writes, took)
		} else {
			l.pages = append(l.pages, took)
		}
		l.mu.Unlock()
	}
}

// read asks for pages of every kind in turn.
func (l *soakLoad) read(b *testing.B, n int64) {
	const fields = `number customerName issuedOn dueOn state total { amount } due { amount }`
	customer := l.system.customers[n%int64(len(l.system.customers))]
	switch n % 7 {
	case 0:
		l.system.post(b, `{ trialBalance { rows { account { code } debit { amount } credit { amount } } } }`, nil, nil)
	case 1:
		l.system.post(b, `query($q: String!) { search(q: $q) { totalCount nodes { title kind } } }`, map[string]any{"q": "inv-" + strconv.FormatInt(n%90, 10)}, nil)
	case 2:
		l.system.post(b, `{ invoices(filter: {totalGte: 100}, orderBy: {field: TOTAL, direction: DESC}) { nodes { `+fields+` } } }`, nil, nil)
	case 3:
		l.system.post(b, `query($id: ID!) { person(id: $id) { fullName email } }`, map[string]any{"id": customer}, nil)
	default:
		l.system.post(b, `query($id: ID!) { invoices(filter: {customerId: $id}) { nodes { `+fields+` customer { fullName } items { description } payments { paidOn } } } }`, map[string]any{"id": customer}, nil)
	}
}

// mutate makes invoices, approves half of them, has half of these paid, and now and then a till records its sales.
func (l *soakLoad) mutate(b *testing.B, n int64) {
	take := func(from *[]soakInvoice) (i soakInvoice, ok bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(*from) == 0 {
			return i, false
		}
		i, *from = (*from)[0], (*from)[1:]
		return i, true
	}
	put := func(to *[]soakInvoice, i soakInvoice) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(*to) < 100 {
			*to = append(*to, i)
		}
	}
	switch {
	case n%40 == 0:
		l.system.sales(b, 50)
		return
	case n%7 == 3 || n%7 == 5:
		if i, ok := take(&l.drafts); ok {
			l.system.approve(b, i.id)
			put(&l.unpaid, i)
			return
		}
	case n%7 == 6:
		if i, ok := take(&l.unpaid); ok {
			l.system.pay(b, i.customer, i.id)
			return
		}
	}
	id, customer, _ := l.system.invoice(b)
	put(&l.drafts, soakInvoice{id, customer})
}

// soakSize is what a server takes, in bytes: its memory, PostgreSQL's (shared pages counted once), the tables of marks and of jobs, and those of the read models, beside the number of documents.
type soakSize struct{ server, database, marks, jobs, copies, documents int64 }

func (z soakSize) String() string {
	mega := func(n int64) float64 { return float64(n) / (1 << 20) }
	return fmt.Sprintf("memory %.0f and %.0f MB; marks %.1f MB, jobs %.1f MB, copies %.1f MB for %d documents", mega(z.server), mega(z.database), mega(z.marks), mega(z.jobs), mega(z.copies), z.documents)
}

func (s *writeSystem) soakSize(b *testing.B) (z soakSize) {
	b.Helper()
	if err := s.pool.QueryRow(b.Context(), `
		SELECT sum(pg_total_relation_size(oid)) FILTER (WHERE relnamespace = 'marks'::regnamespace), sum(pg_total_relation_size(oid)) FILTER (WHERE relnamespace = 'river'::regnamespace),
		       sum(pg_total_relation_size(oid)) FILTER (WHERE relnamespace = 'projection'::regnamespace), (SELECT count(*) FROM canonical.documents)
		FROM pg_class WHERE relkind IN ('r', 'm')`).Scan(&z.marks, &z.jobs, &z.copies, &z.documents); err != nil {
		b.Fatal(err)
	}
	server := s.process.Process.Pid
	z.server = proportional(server)
	all := processes()
	for pid, p := range all {
		if p.parent == server || all[p.parent].parent == server {
			z.database += proportional(pid)
		}
	}
	return z
}

// proportional is the proportional set size of a process; 0 where the system does not tell it.
func proportional(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "Pss:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
