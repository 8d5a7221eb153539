package canonical_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a database with one organization and its owner.
type world struct {
	*canonical.Store
	t *testing.T
	// pool connects as the owner of the tables, application as the role that the store has, to write the owner's organization's rows.
	pool, application *pgxpool.Pool
	owner             canonical.Actor
}

func newWorld(t *testing.T) *world {
	t.Helper()
	url := pgtest.URL(t)
	application := pgtest.Application(t, url)
	w := &world{t: t, pool: pgtest.Open(t, url, pgpool.Options{MaxConns: 16})}
	w.Store = canonical.New(pgtest.Open(t, application, pgpool.Options{MaxConns: 16}), nil)
	w.owner = w.organization("Ada's", "AUD")
	w.application = pgtest.Open(t, pgtest.Writing(t, application, w.owner.OrganizationID), pgpool.Options{MaxConns: 16})
	return w
}

// in returns the world for a subtest: its helpers fail the subtest.
func (w *world) in(t *testing.T) *world {
	sub := *w
	sub.t = t
	return &sub
}

// organization creates an organization and returns its owner.
func (w *world) organization(name, currency string) canonical.Actor {
	w.t.Helper()
	ctx := w.t.Context()
	org, token, err := w.OrganizationCreate(ctx, canonical.OrganizationInput{
		Name: name, TimeZone: "Australia/Adelaide", BaseCurrency: currency, OwnerName: name, OwnerEmail: ownerOf(name),
	})
	must(w.t, err)
	p, err := canonical.Authenticate(ctx, w.pool, token)
	must(w.t, err)
	if p.Actor.OrganizationID != org || p.Actor.Role != model.RoleOwner {
		w.t.Errorf("the owner of %d is %+v", org, p.Actor)
	}
	return p.Actor
}

// ownerOf returns the e-mail address of an organization's owner.
func ownerOf(name string) string {
	return strings.ReplaceAll(name, " ", ".") + "@example.com"
}

// today is the day in the organizations' zone. It waits for the end of a day that has less than half a minute left, so
// that a test which begins with a day also ends in it.
func (w *world) today() model.Date {
	w.t.Helper()
	for {
		var today model.Date
		var left float64 // seconds
		must(w.t, w.pool.QueryRow(w.t.Context(), `SELECT local::date, extract(epoch FROM local::date + 1 - local)::float8
			FROM (SELECT clock_timestamp() AT TIME ZONE 'Australia/Adelaide') AS clock (local)`).Scan(&today.Time, &left))
		if left > 30 {
			return today
		}
		time.Sleep(time.Duration(left * float64(time.Second)))
	}
}

func (w *world) person(actor canonical.Actor, name string) model.ID {
	w.t.Helper()
	id, err := w.PersonCreate(w.t.Context(), actor, model.PersonCreateInput{GivenName: some(name)})
	must(w.t, err)
	return model.ID{Type: "Person", Key: id}
}

// draft creates an invoice with one item at the given price.
func (w *world) draft(actor canonical.Actor, customer model.ID, price string) model.ID {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), actor, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: customer, Items: []model.DocumentItemInput{line("Work", "1", price)},
	})
	must(w.t, err)
	return model.ID{Type: "Invoice", Key: id}
}

func (w *world) approved(actor canonical.Actor, customer model.ID, price string) model.ID {
	w.t.Helper()
	id := w.draft(actor, customer, price)
	_, err := w.DocumentApprove(w.t.Context(), actor, model.DocumentKindInvoice, id.Key, nil)
	must(w.t, err)
	return id
}

func (w *world) taxRate(actor canonical.Actor, name, percentage string) model.ID {
	w.t.Helper()
	id, err := w.TaxRateCreate(w.t.Context(), actor, model.TaxRateCreateInput{
		Name: some(name), Percentage: dec(percentage)})
	must(w.t, err)
	return model.ID{Type: "TaxRate", Key: id}
}

func (w *world) pay(actor canonical.Actor, customer model.ID, amount string, allocations ...model.PaymentAllocationInput) (int64, error) {
	return w.PaymentRecord(w.t.Context(), actor, model.PaymentRecordInput{
		CustomerID: some(customer), Amount: dec(amount), Allocations: graphql.OmittableOf(allocations),
	})
}

// one returns the single value that a query selects.
func one[T any](w *world, query string, args ...any) T {
	w.t.Helper()
	var value T
	must(w.t, w.pool.QueryRow(context.WithoutCancel(w.t.Context()), query, args...).Scan(&value))
	return value
}

func line(description, quantity, price string) model.DocumentItemInput {
	return model.DocumentItemInput{Description: some(description), Quantity: some(dec(quantity)), UnitPrice: some(dec(price))}
}

func some[T any](value T) graphql.Omittable[*T] { return graphql.OmittableOf(&value) }

func null[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }

func dec(text string) model.Decimal {
	d, err := model.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mistakes returns the user errors of err as "path CODE".
func mistakes(t *testing.T, err error) []string {
	t.Helper()
	invalid, ok := errors.AsType[*canonical.Invalid](err)
	if !ok {
		t.Fatalf("want user errors, got %v", err)
	}
	list := make([]string, len(invalid.Errors))
	for i, mistake := range invalid.Errors {
		list[i] = mistake.Path + " " + string(mistake.Code)
		if mistake.Message == "" {
			t.Errorf("%s has no message", list[i])
		}
	}
	return list
}

func wantMistakes(t *testing.T, err error, want ...string) {
	t.Helper()
	if got := mistakes(t, err); !slices.Equal(got, want) {
		t.Errorf("mistakes\n got %q\nwant %q\n%v", got, want, err)
	}
}
