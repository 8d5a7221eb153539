package resolvers_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

var liveSubscribers = flag.Int("live.subscribers", 5_000, "how many websockets BenchmarkLive opens")

// BenchmarkLive opens many websockets with one live query each, and tells how long after the answer to a mutation its event has
// come, and how much memory a subscriber takes, its client in this process included:
//
//	go test ./resolvers -run '^$' -bench Live -benchtime 20x
func BenchmarkLive(b *testing.B) {
	b.Run("equal", func(b *testing.B) {
		w := watch(b, func(int) string { return `subscription { live { people(first: 1) { totalCount } } }` })
		silent := w.s.dial(b, `subscription { live { people(first: 200) { nodes { id fullName email phone } } } }`) // and never reads
		defer silent.CloseNow()                                                                                     //nolint:errcheck // it may be closed
		for b.Loop() {
			w.measure(b, func() { w.s.person("Grace") }, *liveSubscribers)
		}
		w.report(b)
	})
	b.Run("distinct", func(b *testing.B) {
		w := watch(b, func(i int) string {
			return fmt.Sprintf(`subscription { live { person(id: "Person:%d") { email } } }`, i+1)
		})
		n := 0
		for b.Loop() {
			n++
			w.measure(b, func() {
				w.s.must(fmt.Sprintf(`mutation { personUpdate(id: "Person:%d", input: {email: "a%d@example.com"}) { record { id } } }`, n%*liveSubscribers+1, n), nil)
			}, 1)
		}
		w.report(b)
	})
}

// watching are the subscribers of a benchmark.
type watching struct {
	s       *service
	came    chan time.Time
	memory  uint64
	latency []time.Duration
}

// dial opens a websocket and subscribes over it.
func (s *service) dial(b *testing.B, document string) *websocket.Conn {
	b.Helper()
	conn, _, err := websocket.Dial(b.Context(), s.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}}) //nolint:bodyclose // it has none
	if err != nil {
		b.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"query": document})
	if err != nil {
		b.Fatal(err)
	}
	for _, message := range []string{`{"type":"connection_init","payload":{"Authorization":"Bearer ` + s.token + `"}}`, `{"id":"1","type":"subscribe","payload":` + string(payload) + `}`} {
		if err := conn.Write(b.Context(), websocket.MessageText, []byte(message)); err != nil {
			b.Fatal(err)
		}
		if strings.Contains(message, "init") {
			if _, _, err := conn.Read(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	return conn
}

// watch subscribes, and returns when everybody has the first answer.
func watch(b *testing.B, document func(int) string) *watching {
	b.Helper()
	s := serve(b)
	for range 3 {
		s.person("Ada")
	}
	if _, err := s.pool.Exec(b.Context(), `INSERT INTO canonical.people (organization_id, given_name, is_customer) SELECT $1, 'x', true FROM generate_series(1, $2)`, s.organizationID, *liveSubscribers); err != nil {
		b.Fatal(err)
	}
	s.refreshed()
	w := &watching{s: s, came: make(chan time.Time, 10**liveSubscribers)}
	before := memory()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	for i := range *liveSubscribers {
		conn := s.dial(b, document(i))
		go func() {
			defer conn.CloseNow() //nolint:errcheck // it may be closed
			for {
				if _, _, err := conn.Read(ctx); err != nil {
					return
				}
				w.came <- time.Now()
			}
		}()
	}
	for range *liveSubscribers {
		select {
		case <-w.came:
		case <-time.After(time.Minute):
			b.Fatal("not everybody has an answer")
		}
	}
	w.memory = memory() - before
	var listening int
	if err := s.pool.QueryRow(b.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'live'`).Scan(&listening); err != nil || listening != 1 {
		b.Errorf("%d connections listen, %v", listening, err)
	}
	return w
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// measure makes a change of which so many subscribers are told.
func (w *watching) measure(b *testing.B, change func(), told int) {
	b.Helper()
	change()
	committed := time.Now()
	for range told {
		select {
		case at := <-w.came:
			w.latency = append(w.latency, max(0, at.Sub(committed)))
		case <-time.After(time.Minute):
			b.Fatal("not everybody was told")
		}
	}
}

func (w *watching) report(b *testing.B) {
	b.Helper()
	slices.Sort(w.latency)
	at := func(share int) float64 { return float64(w.latency[(len(w.latency)-1)*share/100]) / 1e6 }
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
	b.ReportMetric(float64(w.memory)/float64(*liveSubscribers)/1024, "KB/subscriber")
	b.ReportMetric(0, "ns/op")
}
