package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgpool"
)

var (
	writesOther   = flag.String("writes.other", "", "another daybook binary that BenchmarkWrites measures too")
	writesSeconds = flag.Float64("writes.seconds", 4, "how long BenchmarkWrites makes each write")
	writesRounds  = flag.Int("writes.rounds", 3, "how often BenchmarkWrites makes each write, in turn on each server; it reports the median")
)

// BenchmarkWrites makes mutations on servers with managed databases of their own, as fast as they answer: in turn on each of them, on
// one connection and on eight. It reports throughput, also with the time until everything is stored, latency, and the processor time of a mutation in all processes of the
// server, its refreshes included. Then it writes the same rows by plain SQL, and measures how long after its commit an invoice is
// stored in its read model.
func BenchmarkWrites(b *testing.B) {
	systems := []*writeSystem{{name: "this"}}
	if *writesOther != "" {
		systems = append([]*writeSystem{{name: "other", binary: *writesOther}}, systems...)
	}
	for _, s := range systems {
		s.start(b)
	}
	for _, op := range []string{"invoiceCreate", "invoiceApprove", "paymentRecord", "salesRecord"} {
		b.Run(op, func(b *testing.B) {
			for _, connections := range []int{1, 8} {
				found := make([][]writeTimes, len(systems))
				for range *writesRounds {
					for i, s := range systems {
						found[i] = append(found[i], s.measure(b, op, connections, 0))
					}
				}
				for i, s := range systems {
					m := middle(found[i], writeTimes.rate)
					times := func(of func(writeTimes) float64) float64 { return of(middle(found[i], of)) / of(middle(found[0], of)) }
					b.Logf("%-5s %d connections: %s, %.2f and %.2f times the first's", s.name, connections, m, times(writeTimes.rate), times(writeTimes.kept))
					b.ReportMetric(m.rate(), fmt.Sprintf("%s-%d/s", s.name, connections))
				}
			}
		})
	}
	this := systems[len(systems)-1]
	b.Run("rate", func(b *testing.B) { // of 100 a second
		m := this.measure(b, "invoiceCreate", 16, 100)
		b.Logf("invoiceCreate at 100 a second: %s", m)
		b.ReportMetric(m.quantile(99), "p99-ms")
	})
	b.Run("stored", this.storedAfter)
	b.Run("floor", this.floor)
}

// writeSystem is a server of its own process, with its own database.
type writeSystem struct {
	name, binary, url, data string
	process                 *exec.Cmd
	input                   string // the input type of invoiceCreate
	unsettled               string // a query of whether anything is marked, or any event has no text
	customers               []string
	store                   string
	client                  http.Client
	pool                    *pgxpool.Pool // of a superuser
}

const writesToken = "dbk_demo_token_aaaaaaaaaaaa"

func (s *writeSystem) start(b *testing.B) {
	b.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	if s.binary == "" {
		s.binary = os.Args[0]
	}
	dir := b.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // the server's user reaches it, where that is another one
		b.Fatal(err)
	}
	s.data = filepath.Join(dir, "data")
	s.process = exec.CommandContext(context.WithoutCancel(b.Context()), s.binary, "dev", "--addr", address, "--data-dir", s.data, "--dev-token", writesToken)
	s.process.Env = append(os.Environ(), asDaybook+"=1")
	out := &output{}
	s.process.Stdout, s.process.Stderr = out, out
	if err := s.process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = s.process.Process.Signal(os.Interrupt)
		_ = s.process.Wait()
	})
	s.url = "http://" + address
	s.client.Transport = &http.Transport{MaxIdleConnsPerHost: 16}
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if response, err := http.Get(s.url + "/readyz"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s does not start:\n%s", s.name, out)
		}
	}
	s.pool = must(pgpool.Open(b.Context(), "postgres:///daybook?user=postgres&host="+url.QueryEscape(s.data+"/cluster/run"), pgpool.Options{MaxConns: 16}))
	b.Cleanup(s.pool.Close)
	var found struct {
		Type           *struct{}
		People, Stores struct{ Nodes []struct{ ID string } }
	}
	s.post(b, `{ type: __type(name: "DocumentCreateInput") { name } people(first: 40, filter: {isCustomer: true}) { nodes { id } } stores(first: 1) { nodes { id } } }`, nil, &found)
	if err := s.pool.QueryRow(b.Context(), `SELECT 'SELECT EXISTS (SELECT FROM ' || COALESCE(to_regclass('audit.textless')::text, 'audit.events WHERE text IS NULL AND text_error IS NULL') || ')'
		|| string_agg(format(' OR EXISTS (SELECT FROM %s)', oid::regclass), '') FROM pg_class WHERE relnamespace = 'marks'::regnamespace AND relkind = 'r'`).Scan(&s.unsettled); err != nil {
		b.Fatal(err)
	}
	s.input, s.store = "InvoiceCreateInput", found.Stores.Nodes[0].ID
	if found.Type != nil {
		s.input = "DocumentCreateInput"
	}
	for _, person := range found.People.Nodes {
		s.customers = append(s.customers, person.ID)
	}
}

// post sends a request, whose data it decodes, and returns how long the answer took.
func (s *writeSystem) post(b *testing.B, query string, variables, data any) time.Duration {
	begin := time.Now()
	r := must(http.NewRequestWithContext(b.Context(), http.MethodPost, s.url+"/graphql", bytes.NewReader(must(json.Marshal(map[string]any{"query": query, "variables": variables})))))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+writesToken)
	response, err := s.client.Do(r)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))
	took := time.Since(begin)
	answer := struct {
		Data   any
		Errors []json.RawMessage
	}{Data: data}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
		b.Errorf("%s: %.1000s %v", s.name, text, err)
	}
	return took
}

// mutate makes a mutation and returns the record's id.
func (s *writeSystem) mutate(b *testing.B, mutation string, variables any) (id string, took time.Duration) {
	var data struct {
		Payload struct {
			Record     struct{ ID string }
			UserErrors []json.RawMessage
		}
	}
	took = s.post(b, mutation, variables, &data)
	if len(data.Payload.UserErrors) > 0 {
		b.Errorf("%s: %s", s.name, data.Payload.UserErrors)
	}
	return data.Payload.Record.ID, took
}

var writesDone atomic.Int64

// invoice creates a draft of three items.
func (s *writeSystem) invoice(b *testing.B) (id, customer string, took time.Duration) {
	n := writesDone.Add(1)
	var items []any
	for i := range 3 {
		items = append(items, map[string]any{"description": fmt.Sprintf("Line %d of %d", i, n), "quantity": "2", "unitPrice": fmt.Sprintf("%d.50", 10+n%90)})
	}
	customer = s.customers[n%int64(len(s.customers))]
	id, took = s.mutate(b, `mutation($input: `+s.input+`!) { payload: invoiceCreate(input: $input) { record { id number state total { amount } } userErrors { path message } } }`,
		map[string]any{"input": map[string]any{"customerId": customer, "items": items}})
	return id, customer, took
}

func (s *writeSystem) approve(b *testing.B, id string) time.Duration {
	_, took := s.mutate(b, `mutation($id: ID!) { payload: invoiceApprove(id: $id) { record { id number state due { amount } } userErrors { path message } } }`, map[string]any{"id": id})
	return took
}

func (s *writeSystem) pay(b *testing.B, customer, invoice string) time.Duration {
	_, took := s.mutate(b, `mutation($input: PaymentRecordInput!) { payload: paymentRecord(input: $input) { record { id allocated { amount } } userErrors { path message } } }`,
		map[string]any{"input": map[string]any{"customerId": customer, "amount": "12.00", "allocations": []any{map[string]any{"invoiceId": invoice, "amount": "10.00"}}}})
	return took
}

// sales records some sales.
func (s *writeSystem) sales(b *testing.B, count int) time.Duration {
	n := writesDone.Add(1)
	list := make([]any, count)
	at := time.Now().Add(-time.Duration(n%50) * 24 * time.Hour).UTC().Format(time.RFC3339)
	for i := range list {
		list[i] = map[string]any{"occurredAt": at, "amount": fmt.Sprintf("%d.25", 1+i%70), "externalRef": fmt.Sprintf("R%d-%d-%d", os.Getpid(), n, i)}
	}
	_, took := s.mutate(b, `mutation($input: SalesRecordInput!) { payload: salesRecord(input: $input) { recorded userErrors { path message } } }`,
		map[string]any{"input": map[string]any{"storeId": s.store, "onError": "ALL_OR_NOTHING", "sales": list}})
	return took
}

// step returns a function that makes one write of a kind, once it has made the records that they need.
func (s *writeSystem) step(b *testing.B, op string, most int) func() (took time.Duration, ok bool) {
	switch op {
	case "invoiceCreate":
		return func() (time.Duration, bool) { _, _, took := s.invoice(b); return took, true }
	case "salesRecord":
		return func() (time.Duration, bool) { return s.sales(b, 1000), true }
	}
	type invoice struct{ id, customer string }
	ready := make(chan invoice, most)
	var made atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for made.Add(1) <= int64(most) {
				id, customer, _ := s.invoice(b)
				if op == "paymentRecord" {
					s.approve(b, id)
				}
				ready <- invoice{id, customer}
			}
		})
	}
	group.Wait()
	s.settle(b)
	return func() (time.Duration, bool) {
		select {
		case i := <-ready:
			if op == "invoiceApprove" {
				return s.approve(b, i.id), true
			}
			return s.pay(b, i.customer, i.id), true
		default:
			return 0, false
		}
	}
}

// writeTimes are the times of the writes of one measurement.
type writeTimes struct {
	took             []time.Duration // sorted
	elapsed          time.Duration
	settled          time.Duration // until all was stored that they have changed
	server, database time.Duration
}

func (m writeTimes) rate() float64 { return float64(len(m.took)) / m.elapsed.Seconds() }

// kept is how many writes a second were answered and stored in the read models.
func (m writeTimes) kept() float64 { return float64(len(m.took)) / m.settled.Seconds() }

// middle returns the measurement in the middle of some by what of returns.
func middle(all []writeTimes, of func(writeTimes) float64) writeTimes {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b writeTimes) int { return cmp.Compare(of(a), of(b)) })
	return sorted[len(sorted)/2]
}

// quantile returns in milliseconds what a percentage of the writes took at most.
func (m writeTimes) quantile(percentage int) float64 {
	return float64(m.took[len(m.took)*percentage/100].Microseconds()) / 1000
}

// String gives processor times in milliseconds a write.
func (m writeTimes) String() string {
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(len(m.took)) }
	return fmt.Sprintf("%6.1f/s, %6.1f/s with what follows, p50 %5.1f ms, p99 %6.1f ms, processor %5.2f ms (server %.2f, PostgreSQL %.2f)",
		m.rate(), m.kept(), m.quantile(50), m.quantile(99), each(m.server+m.database), each(m.server), each(m.database))
}

// measure makes writes of one kind on some connections: so many a second, or, if that is 0, as many as possible. A write that
// comes late at a given rate has waited for a connection, which counts.
func (s *writeSystem) measure(b *testing.B, op string, connections int, rate float64) (m writeTimes) {
	limit := time.Duration(*writesSeconds * float64(time.Second))
	step := s.step(b, op, int(*writesSeconds*40*float64(connections+1)))
	// Autovacuum makes statistics up to a minute after tables have grown. Until then sessions plan for tables as small as none stays.
	if _, err := s.pool.Exec(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
	var warm sync.WaitGroup
	for range connections {
		warm.Go(func() {
			for range 6 {
				step()
			}
		})
	}
	warm.Wait()
	server, database := s.processorTime(b)
	var mu sync.Mutex
	var group sync.WaitGroup
	var sent atomic.Int64
	begin := time.Now()
	for range connections {
		group.Go(func() {
			for time.Since(begin) < limit && !b.Failed() {
				due := time.Now()
				if rate > 0 {
					due = begin.Add(time.Duration(float64(sent.Add(1)) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				took, ok := step()
				if !ok {
					return
				}
				if rate > 0 {
					took = time.Since(due)
				}
				mu.Lock()
				m.took = append(m.took, took)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	m.elapsed = time.Since(begin)
	if len(m.took) == 0 {
		b.Fatalf("%s made no writes", s.name)
	}
	slices.Sort(m.took)
	s.settle(b)
	m.settled = time.Since(begin)
	serverNow, databaseNow := s.processorTime(b)
	m.server, m.database = serverNow-server, databaseNow-database
	return m
}

// settle waits until all that was written is stored in the read models, and the audit log has its texts.
func (s *writeSystem) settle(b *testing.B) {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		var left bool
		if err := s.pool.QueryRow(b.Context(), s.unsettled).Scan(&left); err != nil {
			b.Fatal(err)
		}
		if !left {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s has things left to do", s.name)
		}
	}
}

// processorTime returns the processor time of the server and of its PostgreSQL, with the backends that have ended.
func (s *writeSystem) processorTime(b *testing.B) (server, database time.Duration) {
	pid := s.process.Process.Pid
	all := processes()
	for id, p := range all {
		switch {
		case id == pid:
			server = p.own
		case p.parent == pid && strings.HasPrefix(p.name, "postgres"):
			database += p.withEnded
		case all[p.parent].parent == pid && strings.HasPrefix(p.name, "postgres"):
			database += p.own
		}
	}
	if server == 0 {
		b.Skip("no processor times on this system")
	}
	return server, database
}

// process is a process of this machine, with its processor time: its own, and with that of its children that have ended.
type process struct {
	parent         int
	name           string
	own, withEnded time.Duration
}

// processes returns the processes of this machine by their numbers; none on a system without /proc.
func processes() map[int]process {
	all := map[int]process{}
	for _, path := range must(filepath.Glob("/proc/[0-9]*/stat")) {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid := must(strconv.Atoi(filepath.Base(filepath.Dir(path))))
		head, rest := text[:bytes.LastIndexByte(text, ')')], strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		ticks := func(i int) time.Duration { return time.Duration(must(strconv.Atoi(rest[i]))) * 10 * time.Millisecond }
		p := process{parent: must(strconv.Atoi(rest[1])), name: string(head[bytes.IndexByte(head, '(')+1:]), own: ticks(11) + ticks(12)}
		p.withEnded = p.own + ticks(13) + ticks(14)
		all[pid] = p
	}
	return all
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
