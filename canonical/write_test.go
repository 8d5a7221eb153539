package canonical_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	draft, approved := w.draft(w.owner, ada, "1"), w.approved(w.owner, ada, "1")
	payment, err := w.pay(w.owner, ada, "1")
	must(t, err)
	ctx := t.Context()
	edits := map[string]func(canonical.Actor) (int64, error){
		"person": func(a canonical.Actor) (int64, error) {
			return w.PersonUpdate(ctx, a, ada.Key, nil, model.PersonUpdateInput{})
		},
		"draft": func(a canonical.Actor) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, draft.Key, nil, model.DocumentUpdateInput{})
		},
		"sent":    func(a canonical.Actor) (int64, error) { return w.InvoiceMarkSent(ctx, a, approved.Key, nil) },
		"payment": func(a canonical.Actor) (int64, error) { return w.pay(a, ada, "1") },
		"allocation": func(a canonical.Actor) (int64, error) {
			return w.PaymentAllocate(ctx, a, payment, nil, nil)
		},
	}
	decisions := map[string]func(canonical.Actor) (int64, error){
		"approve": func(a canonical.Actor) (int64, error) {
			return w.DocumentApprove(ctx, a, model.DocumentKindInvoice, draft.Key, nil)
		},
		"void": func(a canonical.Actor) (int64, error) {
			return w.DocumentVoid(ctx, a, model.DocumentKindInvoice, approved.Key, nil)
		},
		"void payment": func(a canonical.Actor) (int64, error) { return w.PaymentVoid(ctx, a, payment, nil) },
	}
	as := func(role model.Role) canonical.Actor { a := w.owner; a.Role = role; return a }
	for name, do := range edits {
		t.Run(name, func(t *testing.T) {
			for _, role := range []model.Role{model.RoleReader, "", "owner"} {
				_, err := do(as(role))
				wantMistakes(t, err, " FORBIDDEN")
			}
			if _, err := do(as(model.RoleStaff)); err != nil {
				t.Errorf("staff, %s: %v", name, err)
			}
		})
	}
	for name, do := range decisions {
		t.Run(name, func(t *testing.T) {
			for _, role := range []model.Role{model.RoleReader, model.RoleStaff} {
				_, err := do(as(role))
				wantMistakes(t, err, " FORBIDDEN")
			}
			if _, err := do(as(model.RoleManager)); err != nil {
				t.Errorf("manager, %s: %v", name, err)
			}
		})
	}
}

// Every input that names a record is given the record of another organization, and does not find it.
func TestOtherOrganizationsDoNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, other := t.Context(), w.organization("Other", "AUD")
	ada, bob := w.person(w.owner, "Ada"), w.person(other, "Bob")
	gst := w.taxRate(w.owner, "GST", "10")
	key, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{Sku: some("a"), Name: some("A"), UnitPrice: dec("1")})
	must(t, err)
	productID := model.ID{Type: "Product", Key: key}
	personID, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Eve"), Addresses: addresses(home("A", "5067", "AU"))})
	must(t, err)
	addressID := model.ID{Type: "Address", Key: one[int64](w, `SELECT id FROM canonical.addresses WHERE person_id = $1`, personID)}
	draft, approved := w.draft(w.owner, ada, "1"), w.approved(w.owner, ada, "1")
	itemID := model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items WHERE document_id = $1`, draft.Key)}
	payment, err := w.pay(w.owner, ada, "1")
	must(t, err)
	theirs := w.draft(other, bob, "1")

	// The organization's own members may name these, so each error below is due to the organization alone.
	entry := func(change func(*model.DocumentItemInput)) model.DocumentUpdateInput {
		in := line("x", "1", "1")
		change(&in)
		return model.DocumentUpdateInput{Items: items(in)}
	}
	product := entry(func(in *model.DocumentItemInput) { in.ProductID = some(productID) })
	rate := entry(func(in *model.DocumentItemInput) {
		set := line("", "1", "1").TaxRateIds
		must(t, set.UnmarshalJSON(fmt.Appendf(nil, `["%s"]`, gst)))
		in.TaxRateIds = set
	})
	item := entry(func(in *model.DocumentItemInput) { in.ID = some(itemID) })
	moved := home("A", "5067", "AU")
	moved.ID = some(addressID)

	for name, c := range map[string]struct {
		want string
		do   func(a canonical.Actor, invoice, person model.ID) (int64, error)
	}{
		"invoice customer": {"customerId NOT_FOUND", func(a canonical.Actor, invoice, _ model.ID) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, invoice.Key, nil, model.DocumentUpdateInput{PartyID: some(ada)})
		}},
		"item": {"items.0.id NOT_FOUND", func(a canonical.Actor, invoice, _ model.ID) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, invoice.Key, nil, item)
		}},
		"product": {"items.0.productId NOT_FOUND", func(a canonical.Actor, invoice, _ model.ID) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, invoice.Key, nil, product)
		}},
		"tax rate": {"items.0.taxRateIds.0 NOT_FOUND", func(a canonical.Actor, invoice, _ model.ID) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, invoice.Key, nil, rate)
		}},
		"address": {"addresses.0.id NOT_FOUND", func(a canonical.Actor, _, person model.ID) (int64, error) {
			return w.PersonUpdate(ctx, a, person.Key, nil, model.PersonUpdateInput{Addresses: addresses(moved)})
		}},
		"product's tax rate": {"taxRateId NOT_FOUND", func(a canonical.Actor, _, _ model.ID) (int64, error) {
			return w.ProductCreate(ctx, a, model.ProductCreateInput{
				Sku: some("b"), Name: some("B"), UnitPrice: dec("1"), TaxRateID: some(gst)})
		}},
		"payment's customer": {"customerId NOT_FOUND", func(a canonical.Actor, _, _ model.ID) (int64, error) {
			return w.pay(a, ada, "1")
		}},
		"allocation": {"allocations.0.invoiceId NOT_FOUND", func(a canonical.Actor, _, person model.ID) (int64, error) {
			customer := person
			if a == w.owner {
				customer = ada
			}
			return w.pay(a, customer, "1", part(approved, "1"))
		}},
		"allocation of a credit": {"allocations.0.invoiceId NOT_FOUND", func(a canonical.Actor, _, person model.ID) (int64, error) {
			credit, err := w.pay(a, person, "1")
			must(t, err)
			return w.PaymentAllocate(ctx, a, credit, nil, []model.PaymentAllocationInput{part(approved, "1")})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.do(other, theirs, bob)
			if got := mistakes(t, err); !slices.Equal(got, []string{c.want}) {
				t.Errorf("%q, want %s", got, c.want)
			}
		})
	}
	if _, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft.Key, nil, item); err != nil {
		t.Errorf("item, by its own organization: %v", err)
	}
	for _, in := range []model.DocumentUpdateInput{product, rate} {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft.Key, nil, in)
		must(t, err)
	}

	for name, do := range map[string]func() (int64, error){
		"PersonUpdate":  func() (int64, error) { return w.PersonUpdate(ctx, other, ada.Key, nil, model.PersonUpdateInput{}) },
		"PersonArchive": func() (int64, error) { return w.PersonArchive(ctx, other, ada.Key, nil) },
		"InvoiceUpdate": func() (int64, error) {
			return w.DocumentUpdate(ctx, other, model.DocumentKindInvoice, draft.Key, nil, model.DocumentUpdateInput{})
		},
		"InvoiceApprove":  func() (int64, error) { return w.DocumentApprove(ctx, other, model.DocumentKindInvoice, draft.Key, nil) },
		"InvoiceDelete":   func() (int64, error) { return w.DocumentDelete(ctx, other, model.DocumentKindInvoice, draft.Key, nil) },
		"InvoiceMarkSent": func() (int64, error) { return w.InvoiceMarkSent(ctx, other, approved.Key, nil) },
		"InvoiceVoid":     func() (int64, error) { return w.DocumentVoid(ctx, other, model.DocumentKindInvoice, approved.Key, nil) },
		"PaymentAllocate": func() (int64, error) { return w.PaymentAllocate(ctx, other, payment, nil, nil) },
		"PaymentVoid":     func() (int64, error) { return w.PaymentVoid(ctx, other, payment, nil) },
		"ProductUpdate": func() (int64, error) {
			return w.ProductUpdate(ctx, other, productID.Key, nil, model.ProductUpdateInput{})
		},
		"TaxRateUpdate": func() (int64, error) { return w.TaxRateUpdate(ctx, other, gst.Key, nil, model.TaxRateUpdateInput{}) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do()
			if got := mistakes(t, err); !slices.Equal(got, []string{"id NOT_FOUND"}) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = "request-1"
	in := model.PersonCreateInput{GivenName: some("Ada")}
	create := func(actor canonical.Actor, key string, in model.PersonCreateInput) (int64, error) {
		return w.PersonCreate(t.Context(), asked(t, actor, key, "personCreate", in), in)
	}
	_, err := create(w.owner, key, model.PersonCreateInput{})
	wantMistakes(t, err, "givenName REQUIRED") // and the key is free again

	const n = 10
	ids := make([]int64, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			id, err := create(w.owner, key, in)
			if err != nil {
				t.Error(err)
			}
			ids[i] = id
		})
	}
	wg.Wait()
	if people := one[int](w, `SELECT count(*) FROM canonical.people`); people != 1 || len(slices.Compact(ids)) != 1 || ids[0] == 0 {
		t.Errorf("%d people, ids %v", people, ids)
	}
	_, err = create(w.owner, key, model.PersonCreateInput{GivenName: some("Eve")})
	wantMistakes(t, err, "idempotencyKey KEY_REUSED")
	rate := model.TaxRateCreateInput{Name: some("GST"), Percentage: dec("10")}
	_, err = w.TaxRateCreate(t.Context(), asked(t, w.owner, key, "taxRateCreate", rate), rate)
	wantMistakes(t, err, "idempotencyKey KEY_REUSED")
	_, err = create(w.owner, key, model.PersonCreateInput{GivenName: some("Ada"), Email: null[string]()})
	wantMistakes(t, err, "idempotencyKey KEY_REUSED") // null is said
	_, err = create(w.organization("Other", "AUD"), key, in)
	must(t, err)
	_, err = create(w.owner, " ", in)
	wantMistakes(t, err, "idempotencyKey REQUIRED")
}

// asked returns the actor with an idempotency key for an operation.
func asked(t *testing.T, actor canonical.Actor, key, operation string, arguments any) canonical.Actor {
	t.Helper()
	var err error
	actor.Once, err = canonical.NewOnce(key, operation, arguments)
	must(t, err)
	return actor
}

// A write that answers more than a record answers the same when it is repeated, whatever it would do now.
func TestIdempotentBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.shop(w.owner, "UTC")
	in := model.SalesRecordInput{StoreID: some(shop), OnError: model.BulkErrorPolicySkipAndReport, Sales: []model.SaleInput{
		{Kind: model.SaleKindSale, OccurredAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Amount: some(dec("5"))},
		{Kind: model.SaleKindSale, OccurredAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Amount: some(dec("-5"))},
	}}
	first, err := w.SalesRecord(t.Context(), asked(t, w.owner, "k", "salesRecord", in), in)
	must(t, err)
	again, err := w.SalesRecord(t.Context(), asked(t, w.owner, "k", "salesRecord", in), in)
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" || first.Recorded != 1 || first.Refused != 1 || len(first.Mistakes) != 1 {
		t.Errorf("%+v, then (-first +again):\n%s", first, diff)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.sales`); n != 1 {
		t.Errorf("%d sales", n)
	}
}

// What was approved, archived or deleted under a key is so once, and answered again.
func TestIdempotentChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	draft := w.draft(w.owner, w.person(w.owner, "Ada"), "10").Key
	for range 2 {
		id, err := w.DocumentApprove(ctx, asked(t, w.owner, "approve", "invoiceApprove", draft), model.DocumentKindInvoice, draft, some(1).Value())
		if err != nil || id != draft {
			t.Errorf("approved %d: %v", id, err)
		}
	}
	other := w.draft(w.owner, w.person(w.owner, "Eve"), "10").Key
	for range 2 {
		id, err := w.DocumentDelete(ctx, asked(t, w.owner, "delete", "invoiceDelete", other), model.DocumentKindInvoice, other, nil)
		if err != nil || id != other {
			t.Errorf("deleted %d: %v", id, err)
		}
	}
	_, err := w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, draft, some(1).Value())
	wantMistakes(t, err, "expectedVersion CONFLICT")
	if invalid := new(*canonical.Invalid); !errors.As(err, invalid) || (*invalid).Errors[0].CurrentVersion == nil || *(*invalid).Errors[0].CurrentVersion != 2 {
		t.Errorf("%v does not tell the version", err)
	}
}

// mark creates a trigger that marks two read models, each more than once, as the engine's triggers do.
const mark = `
	CREATE FUNCTION public.mark() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM set_config('engine.marked', concat_ws(',', nullif(current_setting('engine.marked', true), ''), 'two,one,two'), true);
		CREATE TABLE IF NOT EXISTS public.seen (actor text, request text);
		INSERT INTO public.seen VALUES (current_setting('daybook.actor'), current_setting('daybook.request_id'));
		RETURN NULL;
	END $$;
	CREATE TRIGGER mark AFTER INSERT ON canonical.tax_rates FOR EACH ROW EXECUTE FUNCTION public.mark()`

func TestWakeIsPartOfTheWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.pool.Exec(t.Context(), mark)
	must(t, err)
	var calls []string
	divisor := 1
	w.Store = canonical.New(w.pool, func(_ context.Context, last *pgx.Batch) func() {
		var marked string
		last.Queue(`SELECT current_setting('engine.marked') || left((1 / $1::int)::text, 0)`, divisor).QueryRow(func(row pgx.Row) error { return row.Scan(&marked) })
		return func() { calls = append(calls, marked) }
	})
	w.owner.RequestID = "r-7"
	w.taxRate(w.owner, "GST", "10")
	if len(calls) != 1 || !strings.Contains(calls[0], "two,one,two") {
		t.Errorf("woke %v", calls)
	}
	if got, want := one[string](w, `SELECT actor || ' ' || request FROM public.seen`), fmt.Sprintf("%d r-7", w.owner.UserID); got != want {
		t.Errorf("written by %q, want %q", got, want)
	}
	divisor = 0
	_, err = w.TaxRateCreate(t.Context(), w.owner, model.TaxRateCreateInput{Name: some("PST"), Percentage: dec("5")})
	if failure, ok := errors.AsType[*pgconn.PgError](err); !ok || failure.Code != pgerrcode.DivisionByZero || len(calls) != 1 {
		t.Errorf("want the error of wake, got %v after %v", err, calls)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.tax_rates`); n != 1 {
		t.Errorf("%d tax rates", n)
	}
}

func TestLostRaceIsRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// A sequence is not rolled back, so the first two attempts fail and the third succeeds.
	_, err := w.pool.Exec(t.Context(), `
		CREATE SEQUENCE canonical.attempts;
		CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('canonical.attempts') < 3 THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER lose AFTER INSERT ON canonical.tax_rates FOR EACH ROW EXECUTE FUNCTION public.lose()`)
	must(t, err)
	w.taxRate(w.owner, "GST", "10")
	if n := one[int](w, `SELECT last_value FROM canonical.attempts`); n != 3 {
		t.Errorf("%d attempts", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Ada")}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
