package canonical_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook/canonical"
	"daybook/graph/model"
)

var noon = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

// shop creates a store.
func (w *world) storeNamed(actor canonical.Actor, name string) model.ID {
	w.t.Helper()
	return model.ID{Type: "Store", Key: one[int64](w, `INSERT INTO canonical.stores (organization_id, name, time_zone)
		VALUES ($1, $2, 'Australia/Adelaide') RETURNING id`, actor.OrganizationID, name)}
}

// sold returns a row of a bulk; an empty ref gives it no reference.
func sold(amount, ref string) model.SaleInput {
	in := model.SaleInput{Kind: model.SaleKindSale, OccurredAt: noon, Amount: some(dec(amount))}
	if ref != "" {
		in.ExternalRef = some(ref)
	}
	return in
}

func bulk(store model.ID, policy model.BulkErrorPolicy, rows ...model.SaleInput) model.SalesRecordInput {
	return model.SalesRecordInput{StoreID: some(store), OnError: policy, Sales: rows}
}

const (
	allOrNothing  = model.BulkErrorPolicyAllOrNothing
	skipAndReport = model.BulkErrorPolicySkipAndReport
)

func TestSalesRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	north, south, buyer := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South"), w.person(w.owner, "Ada")
	refund := sold("1500", "")
	refund.Kind, refund.Currency, refund.StoreID, refund.PersonID = model.SaleKindRefund, some("JPY"), some(south), some(buyer)
	refund.OccurredAt = noon.Add(time.Microsecond + 999*time.Nanosecond)
	got, err := w.SalesRecord(t.Context(), w.owner, bulk(north, allOrNothing, sold("10.05", " R1 "), refund, sold("3", ""), sold("3", "")))
	must(t, err)
	if got.Recorded != 4 || got.Known != 0 || got.Refused != 0 || len(got.Mistakes) > 0 || slices.Contains(got.IDs, 0) {
		t.Errorf("%+v", got)
	}
	if !slices.IsSorted(got.IDs) {
		t.Errorf("keys are not in the order of the rows: %v", got.IDs)
	}
	rows := one[string](w, `SELECT string_agg(concat_ws(' ', store_id, kind, occurred_at, currency, amount, person_id, external_ref), '; ' ORDER BY id) FROM canonical.sales`)
	want := fmt.Sprintf("%[1]d sale 2026-03-10 12:00:00+00 AUD 1005 R1; %[2]d refund 2026-03-10 12:00:00.000001+00 JPY 1500 %[3]d; %[1]d sale 2026-03-10 12:00:00+00 AUD 300; %[1]d sale 2026-03-10 12:00:00+00 AUD 300",
		north.Key, south.Key, buyer.Key)
	if rows != want {
		t.Errorf("saved\n%s, want\n%s", rows, want)
	}
	// A reference belongs to its store.
	elsewhere := sold("7", "R1")
	elsewhere.StoreID = some(south)
	if got, err := w.SalesRecord(t.Context(), w.owner, bulk(north, allOrNothing, elsewhere)); err != nil || got.Recorded != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSalesErrorPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.organization("Bob's", "NZD")
	store, closed := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "Closed")
	if _, err := w.pool.Exec(t.Context(), `UPDATE canonical.stores SET archived_at = now() WHERE id = $1`, closed.Key); err != nil {
		t.Fatal(err)
	}
	_, err := w.SalesRecord(t.Context(), w.owner, bulk(store, allOrNothing, sold("1", "known"), sold("1", "void")))
	must(t, err)
	_, err = w.SaleVoid(t.Context(), w.owner, one[int64](w, `SELECT id FROM canonical.sales WHERE external_ref = 'void'`), nil)
	must(t, err)

	rows := []model.SaleInput{
		0: sold("1", "a"), 1: sold("-1", "b"), 2: sold("1.005", "c"), 3: sold("1", "a"), 4: sold("2", "a"), 5: sold("1", "known"),
		6: sold("2", "known"), 7: sold("2", "known"), 8: sold("1", strings.Repeat("x", 201)), 9: sold("1", "d\x00"), 10: sold("1", ""),
		11: sold("1", "e"), 12: sold("1", "f"), 13: sold("1", "g"), 14: sold("1", "h"), 15: sold("1", "i"), 16: sold("1", "j"), 17: sold("0", "k"),
		18: sold("1", "void"), 19: sold("1", "b"),
	}
	rows[10].Currency = some("XXX")
	rows[11].PersonID = some(w.person(other, "Bob"))
	rows[12].PersonID = some(store)
	rows[13].StoreID = some(w.storeNamed(other, "Theirs"))
	rows[14].StoreID = some(closed)
	rows[15].OccurredAt = time.Date(1899, time.December, 31, 23, 59, 59, 0, time.UTC)
	rows[16].OccurredAt = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
	want := []string{
		"sales.1.amount INVALID", "sales.2.amount INVALID", "sales.8.externalRef INVALID", "sales.9.externalRef INVALID",
		"sales.10.currency INVALID", "sales.11.personId NOT_FOUND", "sales.12.personId NOT_FOUND", "sales.13.storeId NOT_FOUND",
		"sales.14.storeId STATE", "sales.15.occurredAt INVALID", "sales.16.occurredAt INVALID", "sales.17.amount INVALID",
		"sales.4.externalRef TAKEN", "sales.6.externalRef TAKEN", "sales.7.externalRef TAKEN",
	}
	_, err = w.SalesRecord(t.Context(), w.owner, bulk(store, allOrNothing, rows...))
	wantMistakes(t, err, want...)
	if n := one[int](w, `SELECT count(*) FROM canonical.sales`); n != 2 {
		t.Errorf("%d sales after a refusal", n)
	}

	got, err := w.SalesRecord(t.Context(), w.owner, bulk(store, skipAndReport, rows...))
	must(t, err)
	wantMistakes(t, &canonical.Invalid{Errors: got.Mistakes}, want...)
	if got.Recorded != 2 || got.Known != 3 || got.Refused != 15 {
		t.Errorf("%+v", got)
	}
	for i, id := range got.IDs {
		if right := slices.Contains([]int{0, 3, 5, 18, 19}, i); right != (id > 0) {
			t.Errorf("row %d has the sale %d", i, id)
		}
	}
	if got.IDs[0] != got.IDs[3] {
		t.Error("a row that is there twice is one sale")
	}
	if refs := one[string](w, `SELECT string_agg(external_ref, ' ' ORDER BY id) FROM canonical.sales`); refs != "known void a b" {
		t.Errorf("saved %s", refs)
	}
	// Recorded again, every correct row is known.
	again, err := w.SalesRecord(t.Context(), w.owner, bulk(store, skipAndReport, rows...))
	must(t, err)
	if again.Recorded != 0 || again.Known != 5 || !slices.Equal(again.IDs, got.IDs) {
		t.Errorf("again: %+v", again)
	}
}

func TestSalesRecordRefusesTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.storeNamed(w.owner, "North")
	for _, policy := range []model.BulkErrorPolicy{allOrNothing, skipAndReport} {
		record := func(in model.SalesRecordInput) error {
			_, err := w.SalesRecord(t.Context(), w.owner, in)
			return err
		}
		wantMistakes(t, record(bulk(store, policy)), "sales INVALID")
		wantMistakes(t, record(bulk(store, policy, make([]model.SaleInput, 5001)...)), "sales INVALID")
		wantMistakes(t, record(bulk(model.ID{Type: "Store", Key: 999}, policy, sold("1", ""))), "storeId NOT_FOUND")
		wantMistakes(t, record(bulk(model.ID{Type: "Person", Key: store.Key}, policy, sold("1", ""))), "storeId NOT_FOUND")
	}
	_, err := w.SalesRecord(t.Context(), w.owner, model.SalesRecordInput{OnError: allOrNothing, Sales: []model.SaleInput{sold("1", "")}})
	wantMistakes(t, err, "sales.0.storeId REQUIRED")

	staff, reader := w.owner, w.owner
	staff.Role, reader.Role = model.RoleStaff, model.RoleReader
	got, err := w.SalesRecord(t.Context(), staff, bulk(store, allOrNothing, sold("1", "")))
	must(t, err)
	_, err = w.SalesRecord(t.Context(), reader, bulk(store, allOrNothing, sold("1", "")))
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.SaleVoid(t.Context(), staff, got.IDs[0], nil)
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.SaleVoid(t.Context(), w.organization("Bob's", "AUD"), got.IDs[0], nil)
	wantMistakes(t, err, "id NOT_FOUND")
	_, err = w.SaleVoid(t.Context(), w.owner, got.IDs[0], new(2))
	wantMistakes(t, err, "expectedVersion CONFLICT")
	_, err = w.SaleVoid(t.Context(), w.owner, got.IDs[0], new(1))
	must(t, err)
	_, err = w.SaleVoid(t.Context(), w.owner, got.IDs[0], nil)
	wantMistakes(t, err, "id STATE")
}

// When several callers record the same sales at once, in different orders and bulks, each sale is saved once and every
// caller gets its key.
func TestSalesRecordAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.storeNamed(w.owner, "North")
	const callers, sales = 6, 400
	keys := make([][]int64, callers)
	recorded := make([]int, callers)
	var group errgroup.Group
	for caller := range callers {
		group.Go(func() error {
			keys[caller] = make([]int64, sales)
			var order []int
			for i := range sales {
				order = append(order, (i*[]int{1, 399, 7, 393, 11, 389}[caller]+caller)%sales)
			}
			for part := range slices.Chunk(order, 50+20*caller) {
				var rows []model.SaleInput
				for _, i := range part {
					rows = append(rows, sold(fmt.Sprint(i+1), fmt.Sprintf("ref %d", i)))
				}
				got, err := w.SalesRecord(t.Context(), w.owner, bulk(store, allOrNothing, rows...))
				if err != nil {
					return err
				}
				recorded[caller] += got.Recorded
				for n, i := range part {
					keys[caller][i] = got.IDs[n]
				}
			}
			return nil
		})
	}
	must(t, group.Wait())
	total := 0
	for caller, n := range recorded {
		total += n
		for i, key := range keys[caller] {
			if key != 0 && key != keys[0][i] {
				t.Fatalf("sale %d is %d for one and %d for another", i, keys[0][i], key)
			}
		}
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.sales`); n != sales || total != sales {
		t.Errorf("%d sales, %d recorded, want %d", n, total, sales)
	}
}
