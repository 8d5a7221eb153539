package resolvers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
	"daybook/resolvers"
)

// statements notes every SQL statement of a server's pools, and how long they took together.
type statements struct {
	mu    sync.Mutex
	all   []pgx.TraceQueryStartData
	spent time.Duration
	trips int // round trips: statements alone, and batches
}

// began is when a traced statement was sent.
type began struct{}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, data)
	s.trips++
	return context.WithValue(ctx, began{}, time.Now())
}

// TraceQueryEnd is called when the last row has come.
func (s *statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := ctx.Value(began{}).(time.Time); ok {
		s.spent += time.Since(at)
	}
}

// TraceBatchStart notes nothing: every statement of a batch has a call of its own.
func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips++
	return context.WithValue(ctx, began{}, time.Now())
}

// TraceBatchQuery is called when a statement of a batch is answered.
func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, pgx.TraceQueryStartData{SQL: data.SQL, Args: data.Args})
}

// TraceBatchEnd is called when the last row of a batch has come.
func (s *statements) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := ctx.Value(began{}).(time.Time); ok {
		s.spent += time.Since(at)
	}
}

// during returns the statements of fn, without those that authenticate.
func (s *statements) during(fn func()) (made []string) {
	for _, statement := range s.recorded(fn) {
		made = append(made, statement.SQL)
	}
	return made
}

// recorded is during with the statements' arguments.
func (s *statements) recorded(fn func()) (made []pgx.TraceQueryStartData) {
	s.mu.Lock()
	s.all = nil
	s.mu.Unlock()
	fn()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, statement := range s.all {
		if !strings.Contains(statement.SQL, "canonical.api_tokens") {
			made = append(made, statement)
		}
	}
	return made
}

func TestStatementsOfAnInvoiceList(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 5 {
		customer := s.person(fmt.Sprintf("Customer %d", i))
		for range 11 {
			s.pay(customer, s.approve(s.draft(customer, "100.00")), "30.00")
		}
	}
	s.refreshed()
	list := func(selection string) []string {
		return s.sql.during(func() {
			a := s.must(`{ invoices { nodes { id number customerName total { amount } `+selection+` } } }`, nil)
			if a.at("data.invoices.nodes.49.id") == nil || a.at("data.invoices.nodes.50.id") != nil {
				t.Errorf("not a page of 50: %s", a)
			}
		})
	}
	for selection, want := range map[string]int{
		"":                      1,
		"customer { fullName }": 2,
		"items { description }": 2,
		"payments { paidOn }":   2,
		"customer { fullName } items { description } payments { paidOn }": 4,
	} {
		if made := list(selection); len(made) != want {
			t.Errorf("%q: %d statements, want %d:\n%s", selection, len(made), want, strings.Join(made, "\n---\n"))
		} else if strings.Contains(made[0], "count(*) FROM projection") {
			t.Errorf("%q: counts though nobody asked: %s", selection, made[0])
		}
	}

	// Relations are found under edges and in fragments too; a total is no statement of its own.
	made := s.sql.during(func() {
		s.must(`{ invoices(first: 50) { totalCount edges { node { ...F } } } }
			fragment F on Invoice { customer { id ...G } }
			fragment G on Person { email }`, nil)
	})
	if len(made) != 2 || !strings.Contains(made[0], "count(*) FROM projection") {
		t.Errorf("with fragments: %d statements, want 2:\n%s", len(made), strings.Join(made, "\n---\n"))
	}

	// A batch that holds a dirty key is read once more, as a whole.
	s.must(`mutation($id: ID!) { personUpdate(id: $id, input: {email: "new@example.com"}) { userErrors { path } } }`,
		variables{"id": s.must(`{ invoices(first: 1) { nodes { customer { id } } } }`, nil).at("data.invoices.nodes.0.customer.id")})
	if made := list("customer { email }"); len(made) != 3 {
		t.Errorf("with a dirty customer: %d statements, want 3:\n%s", len(made), strings.Join(made, "\n---\n"))
	}
}

// TestStatementsPrepare holds every read model's definition, its struct and its SQL view
// together.
// TestCompiledStatements demands that compiled selections make no more statements and no more round trips than gqlgen does, field
// by field.
func TestCompiledStatements(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 3 {
		customer := s.person(fmt.Sprintf("Customer %d", i))
		for range 4 {
			s.pay(customer, s.approve(s.draft(customer, "100.00")), "30.00")
		}
	}
	s.refreshed()
	reference := &statements{}
	byField := resolvers.Handler(resolvers.Config{
		Store:        s.store,
		DB:           pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4, Tracer: reference}),
		LoaderDB:     pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4, Tracer: reference, GenericPlans: true}),
		FieldByField: true,
		Logger:       slog.New(slog.DiscardHandler),
	})
	const nested = `id customer { fullName email } items { description unitPrice { amount } } payments { paidOn amount { amount } }`
	for name, query := range map[string]string{
		"record":       `{ invoice(id: "Invoice:1") { ` + nested + ` } }`,
		"list":         `{ invoices { nodes { id number } } }`,
		"nested":       `{ invoices { nodes { ` + nested + ` } } }`,
		"edges":        `{ invoices { totalCount edges { cursor node { ` + nested + ` } } pageInfo { hasNextPage } } }`,
		"three levels": `{ invoices { nodes { customer { addresses { street country } } items { product { taxRate { name } } } } } }`,
		"two lists":    `{ invoices { nodes { customer { fullName } } } payments { nodes { party { fullName } allocations { document { ... on Invoice { number } } } } } }`,
		"met again":    `{ invoices { nodes { payments { payment { allocations { document { ... on Invoice { customer { fullName } } } } } } customer { fullName } } } }`,
		"search":       `{ search(q: "customer") { totalCount nodes { title kind } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			count := func(to *statements, handler http.Handler) (answer string, trips, made int) {
				s.answered(handler, query, nil, "auto") // whoever calls is known then
				before := to.roundTrips()
				made = len(to.during(func() { answer = s.answered(handler, query, nil, "auto") }))
				return answer, to.roundTrips() - before, made
			}
			got, trips, made := count(s.sql, s.handler)
			want, most, statements := count(reference, byField)
			if got != want || !strings.Contains(got, `"errors": []`) {
				t.Errorf("the answers are\n%s\n%s", got, want)
			}
			t.Logf("%d statements in %d round trips, field by field %d in %d", made, trips, statements, most)
			if trips > most || made > statements {
				t.Errorf("%d statements in %d round trips, field by field %d in %d", made, trips, statements, most)
			}
		})
	}
}

func TestStatementsPrepare(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	models := projection.Defined()
	if len(models) < 8 {
		t.Fatalf("%d read models are defined", len(models))
	}
	for _, m := range models {
		statements := m.Statements()
		if len(statements) == 0 {
			t.Errorf("%s has no statements", m.ReadModel())
		}
		for shape, sql := range statements {
			if _, err := tx.Prepare(t.Context(), "", sql); err != nil {
				t.Fatalf("%s, %s: %v\n%s", m.ReadModel(), shape, err, sql)
			}
		}
	}
}

// roundTrips returns how many there were so far.
func (s *statements) roundTrips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trips
}
