package canonical_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

func TestInTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var woken []string
	store := canonical.New(w.pool, func(_ context.Context, last *pgx.Batch) func() {
		var marked string
		last.Queue(`SELECT coalesce(current_setting('engine.marked', true), '')`).QueryRow(func(row pgx.Row) error { return row.Scan(&marked) })
		return func() { woken = append(woken, strings.Split(marked, ",")...) }
	})
	customer := w.person(w.owner, "Ada")
	invoice := func(price string) model.DocumentCreateInput {
		amount, err := model.ParseDecimal(price)
		must(t, err)
		return model.DocumentCreateInput{PartyID: customer, Items: []model.DocumentItemInput{
			{Description: some("Lamp"), UnitPrice: graphql.OmittableOf(&amount)}}}
	}
	approved := func(store *canonical.Store, price string) error {
		return store.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
			id, err := store.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, invoice(price))
			if err != nil {
				return err
			}
			_, err = store.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
			return err
		})
	}
	numbers := func(db canonical.Reader) []string {
		rows, err := db.Query(ctx, `SELECT coalesce(number, 'draft') || ' ' || canonical.document_total(organization_id, id) || ' ' ||
			(SELECT count(*) FROM canonical.journal_entries AS e WHERE (e.organization_id, e.canonical_id) = (d.organization_id, d.id))
			FROM canonical.documents AS d ORDER BY id`)
		must(t, err)
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		return found
	}

	// The second cannot be approved, so it is not created either; the third takes the next number. Each is posted before
	// the next begins.
	must(t, store.InTransaction(ctx, func(store *canonical.Store, db canonical.Reader) error {
		must(t, approved(store, "10"))
		var wrong *canonical.Invalid
		if err := approved(store, "-10"); !errors.As(err, &wrong) || wrong.Errors[0].Code != model.UserErrorCodeState {
			t.Errorf("a negative total: %v", err)
		}
		must(t, approved(store, "10.50"))
		if got := numbers(db); !slices.Equal(got, []string{"INV-0001 1000 1", "INV-0002 1050 1"}) {
			t.Errorf("inside: %v", got)
		}
		if len(woken) > 0 || len(numbers(w.pool)) > 0 {
			t.Error("nobody knows before all of it is committed")
		}
		return nil
	}))
	if got := numbers(w.pool); !slices.Equal(got, []string{"INV-0001 1000 1", "INV-0002 1050 1"}) {
		t.Errorf("afterwards: %v", got)
	}
	if !slices.Contains(woken, "document_summaries") || len(woken) != len(slices.Compact(slices.Sorted(slices.Values(woken)))) {
		t.Errorf("woken: %v", woken)
	}

	// An error rolls all of it back, with the numbers.
	stop := errors.New("stop")
	if err := store.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
		must(t, approved(store, "20"))
		return stop
	}); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	must(t, approved(store, "30"))
	if got := numbers(w.pool); len(got) != 3 || got[2] != "INV-0003 3000 1" {
		t.Errorf("after a rollback: %v", got)
	}
	must(t, canonical.Analyze(ctx, pgtest.Superuser(t, w.pool)))
}

// A transaction that loses against a concurrent one runs again as a whole, whichever of its writes lost.
func TestInTransactionIsRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first, second := w.person(w.owner, "Ada"), w.person(w.owner, "Grace")
	rename := func(store *canonical.Store, id model.ID) error {
		_, err := store.PersonUpdate(ctx, w.owner, id.Key, nil, model.PersonUpdateInput{FamilyName: some("Hopper")})
		return err
	}
	// Each holds one of the two and asks for the other one; run again, both begin with the first.
	var holding [2]chan struct{}
	for i := range holding {
		holding[i] = make(chan struct{})
	}
	runs := make(chan int, 2)
	for i, order := range [][2]model.ID{{first, second}, {second, first}} {
		go func() {
			n := 0
			err := w.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
				if n++; n > 1 {
					return errors.Join(rename(store, first), rename(store, second))
				}
				if err := rename(store, order[0]); err != nil {
					return err
				}
				close(holding[i])
				<-holding[1-i]
				return rename(store, order[1])
			})
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			runs <- n
		}()
	}
	// Both lose where both look for a deadlock before the other's locks are gone.
	if n := <-runs + <-runs; n < 3 || n > 4 {
		t.Errorf("the two ran %d times: one of them loses, or both, once", n)
	}
}
