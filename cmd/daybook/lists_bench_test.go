package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/demo"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
)

var (
	benchInvoices = flag.Int("lists.invoices", 2_000, "how many invoices BenchmarkLists has")
	benchOther    = flag.String("lists.other", "", "another daybook binary that BenchmarkLists measures too")
)

// The lists that are measured, by the names that the plain server knows. $1 is the organization, $2 a customer with many
// invoices.
const benchFields = `id number customerName issuedOn dueOn state paymentState itemCount currency memo total { amount currency } due { amount currency }`

const benchNested = benchFields + ` customer { fullName email } items { description quantity unitPrice { amount currency } } payments { paidOn amount { amount currency } }`

var benchLists = []struct{ name, query string }{
	{"record", `query($id: ID!) { invoice(id: $id) { ` + benchNested + ` } }`},
	{"list", `query($party: ID!) { invoices(filter: {customerId: $party}) { nodes { ` + benchFields + ` } } }`},
	{"nested", `query($party: ID!) { invoices(filter: {customerId: $party}) { nodes { ` + benchNested + ` } } }`},
	{"largest", `{ invoices(filter: {totalGte: 100}, orderBy: {field: TOTAL, direction: DESC}) { nodes { ` + benchFields + ` } } }`},
}

// BenchmarkLists compares the processor time of a request, of the server's process and of PostgreSQL, with that of a plain
// server that sends the same data from the same stored rows, in turn in one run.
func BenchmarkLists(b *testing.B) {
	url := pgtest.URL(b)
	pool := pgtest.Open(b, url, pgpool.Options{MaxConns: 4})
	business, err := demo.Seed(b.Context(), pool, demo.Options{Size: demo.Scaled(*benchInvoices)})
	if err != nil {
		b.Fatal(err)
	}
	engine := projection.New(pool, slog.New(slog.DiscardHandler))
	all, err := engine.List(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range all {
		if _, err := engine.Refresh(b.Context(), p.Name, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := pgtest.Superuser(b, pool).Exec(b.Context(), "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
	var party, invoice int64
	if err := pool.QueryRow(b.Context(), `SELECT party_id, max(document_id) FROM projection.document_summaries WHERE organization_id = $1 AND kind = 'invoice'
		GROUP BY party_id ORDER BY count(*) DESC LIMIT 1`, business.OrganizationID).Scan(&party, &invoice); err != nil {
		b.Fatal(err)
	}
	database := pgtest.Application(b, url)
	systems := []*benchSystem{
		{name: "plain"},
		{name: "exact", header: "auto"}, {name: "stored", header: "stored"},
	}
	if *benchOther != "" {
		systems = append(systems, &benchSystem{name: "other", header: "auto", binary: *benchOther})
	}
	for _, s := range systems {
		s.token, s.pool = business.Token, pool
		s.start(b, database)
	}
	for _, list := range benchLists {
		b.Run(list.name, func(b *testing.B) {
			plain := map[string]any{"query": list.name, "variables": map[string]any{"org": business.OrganizationID, "party": party, "id": invoice}}
			ours := map[string]any{"query": list.query, "variables": map[string]any{"party": fmt.Sprint("Person:", party), "id": fmt.Sprint("Invoice:", invoice)}}
			for i, s := range systems {
				s.server, s.database, s.elapsed, s.requests = 0, 0, 0, 0
				if s.body = must(json.Marshal(ours)); i == 0 {
					s.body = must(json.Marshal(plain))
				}
			}
			sameData(b, list.name, systems)
			for range 6 {
				for _, s := range systems {
					s.measure(b, 400)
				}
			}
			for _, s := range systems {
				s.report(b, systems[0])
			}
		})
	}
}

// sameData demands the same data from all systems.
func sameData(b *testing.B, list string, systems []*benchSystem) {
	b.Helper()
	var want string
	for i, s := range systems {
		var answer struct{ Data json.RawMessage }
		if text := s.request(b); json.Unmarshal(text, &answer) != nil {
			b.Fatalf("%s: %s answers %.2000s", list, s.name, text)
		}
		if got := sorted(b, answer.Data); i == 0 {
			want = got
		} else if got != want {
			b.Fatalf("%s: %s answers\n%.2000s\nplain\n%.2000s", list, s.name, got, want)
		}
	}
}

// report logs the times of a request beside those of the plain server.
func (s *benchSystem) report(b *testing.B, plain *benchSystem) {
	used := func(s *benchSystem) float64 { return float64(s.server+s.database) / float64(s.requests) }
	rate := func(s *benchSystem) float64 { return float64(s.requests) / s.elapsed.Seconds() }
	b.Logf("%-7s server %4d µs, PostgreSQL %4d µs of processor time a request, %.2f of plain's; %5.0f requests/s, %.2f of plain's", s.name,
		s.server.Microseconds()/s.requests, s.database.Microseconds()/s.requests, used(s)/used(plain), rate(s), rate(s)/rate(plain))
	b.ReportMetric(used(s)/used(plain), s.name+"-cpu-ratio")
}

// benchSystem is a server in a process of its own.
type benchSystem struct {
	name, header, binary, token, url string
	pool                             *pgxpool.Pool
	process                          *exec.Cmd
	body                             []byte
	client                           http.Client
	server, database, elapsed        time.Duration
	requests                         int64
}

func (s *benchSystem) start(b *testing.B, database string) {
	b.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	if s.binary == "" {
		s.binary = os.Args[0]
	}
	s.process = exec.CommandContext(b.Context(), s.binary, "serve", "--addr", address, "--admin-addr", "")
	s.process.Env = append(os.Environ(), asDaybook+"=1", "DATABASE_URL="+database)
	if s.name == "plain" {
		s.process.Env = append(os.Environ(), asPlain+"="+address+" "+database)
	}
	out := &output{}
	s.process.Stdout, s.process.Stderr = out, out
	if err := s.process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.process.Process.Kill(); _ = s.process.Wait() })
	s.url = "http://" + address + "/graphql"
	s.client.Transport = &http.Transport{MaxIdleConnsPerHost: 16}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s does not start:\n%s", s.name, out)
		}
	}
}

func (s *benchSystem) request(b *testing.B) []byte {
	r := must(http.NewRequestWithContext(b.Context(), http.MethodPost, s.url, bytes.NewReader(s.body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	if s.header != "" {
		r.Header.Set("Daybook-Read", s.header)
	}
	response, err := s.client.Do(r)
	if err != nil {
		b.Error(err)
		return nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("%s: %d %s %v", s.name, response.StatusCode, text, err)
	}
	return text
}

// measure makes requests on 8 connections. The first round of a list warms up.
func (s *benchSystem) measure(b *testing.B, requests int) {
	warm := s.requests == 0 && s.elapsed == 0
	server, database, start := processTime(b, s.process.Process.Pid), processTime(b, pgtest.Backends(b, s.pool)...), time.Now()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range requests / 8 {
				s.request(b)
			}
		})
	}
	group.Wait()
	if s.elapsed += time.Since(start); warm {
		s.elapsed = 1
		return
	}
	s.server += processTime(b, s.process.Process.Pid) - server
	s.database += processTime(b, pgtest.Backends(b, s.pool)...) - database
	s.requests += int64(requests)
}

// processTime returns the processor time of processes, in ticks of 10 ms.
func processTime(b *testing.B, pids ...int) (total time.Duration) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // a connection that was closed
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		var user, system int64
		if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(user+system) * 10 * time.Millisecond
	}
	return total
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sorted returns JSON with the members of its objects sorted.
func sorted(b *testing.B, text []byte) string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		b.Fatalf("%v: %s", err, text)
	}
	return string(must(json.Marshal(v)))
}
