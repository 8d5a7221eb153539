package canonical_test

import (
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

func items(list ...model.DocumentItemInput) graphql.Omittable[[]model.DocumentItemInput] {
	return graphql.OmittableOf(list)
}

func (w *world) item(description string) graphql.Omittable[*model.ID] {
	w.t.Helper()
	return some(model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items WHERE description = $1`, description)})
}

// lines returns a document's items as "description quantity price net taxes".
func (w *world) lines(invoice int64) string {
	w.t.Helper()
	return one[string](w, `SELECT string_agg(concat_ws(' ', description, trim_scale(quantity), trim_scale(unit_price), amount, (
			SELECT string_agg(name || percentage, '+' ORDER BY position) FROM canonical.document_item_taxes AS tax
			WHERE tax.document_item_id = item.id)), '; ' ORDER BY line)
		FROM canonical.document_items AS item WHERE document_id = $1`, invoice)
}

func TestInvoiceDefaultsAndItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, gst := w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	_, err := w.ProductCreate(t.Context(), w.owner, model.ProductCreateInput{
		Sku: some("t-1"), Name: some("Tea"), UnitPrice: dec("3.3333333"), TaxRateID: some(gst)})
	wantMistakes(t, err, "unitPrice INVALID")
	productID, err := w.ProductCreate(t.Context(), w.owner, model.ProductCreateInput{
		Sku: some("t-1"), Name: some("Tea"), UnitPrice: dec("3.35"), TaxRateID: some(gst)})
	must(t, err)
	tea := model.ID{Type: "Product", Key: productID}

	id, err := w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{
		{ProductID: some(tea)},
		{ProductID: some(tea), Quantity: some(dec("1.5")), Description: some("Half"), TaxRateIds: graphql.OmittableOf([]model.ID{})},
		line("Discount", "-0.5", "0.01"),
	}})
	must(t, err)
	if got, want := w.lines(id), "Tea 1 335 335 GST10.0000; Half 1.5 335 503; Discount -0.5 1 -1"; got != want {
		t.Errorf("items\n got %s\nwant %s", got, want)
	}
	if !one[bool](w, `SELECT issued_on = (now() AT TIME ZONE 'Australia/Adelaide')::date AND due_on = issued_on + 30
		AND currency = 'AUD' AND state = 'draft' AND number IS NULL FROM canonical.documents`) {
		t.Error("defaults are wrong")
	}
	if total := one[int64](w, `SELECT canonical.document_total($1, $2)`, w.owner.OrganizationID, id); total != 335+34+503-1 {
		t.Errorf("total is %d", total)
	}

	// Prices and rates are copied: a later change does not change a saved item, unless the item names the product again.
	_, err = w.TaxRateUpdate(t.Context(), w.owner, gst.Key, nil, model.TaxRateUpdateInput{Percentage: some(dec("12.5"))})
	must(t, err)
	_, err = w.ProductUpdate(t.Context(), w.owner, productID, nil, model.ProductUpdateInput{UnitPrice: some(dec("4"))})
	must(t, err)
	version := 1
	_, err = w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, id, &version, model.DocumentUpdateInput{Items: items(
		model.DocumentItemInput{ID: w.item("Half"), ProductID: some(tea), Quantity: some(dec("2"))},
		model.DocumentItemInput{ID: w.item("Tea"), Description: some("Green tea")},
		model.DocumentItemInput{ProductID: some(tea)},
	)})
	must(t, err)
	if got, want := w.lines(id), "Half 2 335 670; Green tea 1 335 335 GST10.0000; Tea 1 400 400 GST12.5000"; got != want {
		t.Errorf("items\n got %s\nwant %s", got, want)
	}
	_, err = w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Currency: some("KWD"), FxRate: some(dec("4.8"))})
	must(t, err)
	if got, want := w.lines(id), "Half 2 3350 6700; Green tea 1 3350 3350 GST10.0000; Tea 1 4000 4000 GST12.5000"; got != want {
		t.Errorf("items in KWD\n got %s\nwant %s", got, want)
	}
	_, err = w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Currency: some("JPY")})
	wantMistakes(t, err, "fxRate REQUIRED")
	if v := one[int](w, `SELECT version FROM canonical.documents`); v != 3 {
		t.Errorf("two changes of version 1 made version %d", v)
	}
	_, err = w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, id, &version, model.DocumentUpdateInput{Memo: some("late")})
	wantMistakes(t, err, "expectedVersion CONFLICT")
}

func TestInvoiceReportsEveryMistake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	_, err := w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID:  model.ID{Type: "Product", Key: ada.Key},
		IssuedOn: some(model.NewDate(2026, 3, 2)), DueOn: some(model.NewDate(2026, 3, 1)), Currency: some("aud"),
		Items: []model.DocumentItemInput{
			line("", "0", "1.0000001"),
			{ID: some(model.ID{Type: "DocumentItem", Key: 1}), Description: some("x"), UnitPrice: some(dec("1"))},
			{ProductID: some(model.ID{Type: "Product", Key: 1}), TaxRateIds: graphql.OmittableOf([]model.ID{{Type: "TaxRate", Key: 1}})},
			{Description: some("x"), Quantity: some(dec("1.0000001"))},
			line("x", "99999999999", "9999999999999"),
		},
	})
	wantMistakes(t, err, "customerId NOT_FOUND", "dueOn INVALID", "currency INVALID",
		"items.0.description REQUIRED", "items.0.quantity INVALID", "items.0.unitPrice INVALID",
		"items.1.id NOT_FOUND", "items.2.productId NOT_FOUND",
		"items.3.quantity INVALID", "items.3.unitPrice REQUIRED", "items.4.unitPrice INVALID", "items.2.taxRateIds.0 NOT_FOUND")

	_, err = w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: ada, IssuedOn: some(model.NewDate(9999, 12, 31)), Items: []model.DocumentItemInput{line("x", "1", "1")}})
	wantMistakes(t, err, "dueOn INVALID")
	_, err = w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada})
	wantMistakes(t, err, "items REQUIRED")
	_, err = w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: make([]model.DocumentItemInput, 2001)})
	wantMistakes(t, err, "items INVALID")
}

func TestInvoiceLifeCycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	id := w.draft(w.owner, ada, "10").Key
	_, err := w.InvoiceMarkSent(ctx, w.owner, id, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	_, err = w.InvoiceMarkSent(ctx, w.owner, id, nil)
	must(t, err)
	for name, change := range map[string]func() (int64, error){
		"approve": func() (int64, error) { return w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil) },
		"delete":  func() (int64, error) { return w.DocumentDelete(ctx, w.owner, model.DocumentKindInvoice, id, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := change()
			wantMistakes(t, err, "id STATE")
		})
	}
	staff := w.owner
	staff.Role = model.RoleStaff
	_, err = w.DocumentUpdate(ctx, staff, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Memo: some("x")})
	wantMistakes(t, err, "id FORBIDDEN")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Currency: some("EUR"), FxRate: some(dec("1.5"))})
	wantMistakes(t, err, "currency STATE")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: items(line("Gift", "1", "-1"))})
	wantMistakes(t, err, "id STATE")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Memo: some("as agreed")})
	must(t, err)
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{})
	wantMistakes(t, err, "id STATE")
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindBill, id, nil)
	wantMistakes(t, err, "id NOT_FOUND")
	if got := one[string](w, `SELECT state || ' ' || number FROM canonical.documents WHERE sent_at IS NOT NULL`); got != "void INV-0001" {
		t.Errorf("invoice is %s", got)
	}

	draft := w.draft(w.owner, ada, "10").Key
	_, err = w.DocumentDelete(ctx, w.owner, model.DocumentKindInvoice, draft, nil)
	must(t, err)
	_, err = w.DocumentDelete(ctx, w.owner, model.DocumentKindInvoice, draft, nil)
	wantMistakes(t, err, "id NOT_FOUND")
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, w.draft(w.owner, ada, "-1").Key, nil)
	wantMistakes(t, err, "id STATE")
}

func TestNumberedDocumentsAreHeldByTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.approved(w.owner, w.person(w.owner, "Ada"), "10")
	for _, statement := range []string{
		`DELETE FROM canonical.documents WHERE id = $1`,
		`UPDATE canonical.documents SET number_value = 7 WHERE id = $1`,
		`UPDATE canonical.documents SET state = 'draft', number = NULL, number_value = NULL, approved_at = NULL WHERE id = $1`,
	} {
		if _, err := w.pool.Exec(t.Context(), statement, id.Key); err == nil {
			t.Errorf("accepted: %s", statement)
		}
	}
	_, err := w.pool.Exec(t.Context(), `UPDATE canonical.document_items SET unit_price = 2000, description = 'More'`)
	must(t, err)
}

func TestNumbersHaveNoGaps(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	const n = 40
	ada := w.person(w.owner, "Ada")
	_, err := w.pool.Exec(t.Context(), `INSERT INTO canonical.number_series (organization_id, kind, prefix, next_value)
		VALUES ($1, 'invoice', 'INV-', 9981)`, w.owner.OrganizationID)
	must(t, err)
	drafts := make([]model.ID, n)
	for i := range drafts {
		drafts[i] = w.draft(w.owner, ada, "10")
	}
	var wg sync.WaitGroup
	for i, id := range drafts {
		wg.Go(func() {
			if i%3 == 0 { // takes a number and gives it back
				tx, err := w.pool.Begin(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				_, err = tx.Exec(t.Context(), `SELECT canonical.take_number($1, 'invoice'), pg_sleep(0.005)`, w.owner.OrganizationID)
				if err := tx.Rollback(t.Context()); err != nil {
					t.Error(err)
				}
				if err != nil {
					t.Error(err)
				}
			}
			if _, err := w.DocumentApprove(t.Context(), w.owner, model.DocumentKindInvoice, id.Key, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := one[string](w, `SELECT concat_ws(' ', count(*), count(DISTINCT number), min(number_value), max(number_value),
		max(number) FILTER (WHERE number_value = 10020)) FROM canonical.documents`); got != "40 40 9981 10020 INV-10020" {
		t.Errorf("numbers: %s", got)
	}
}

// Items and taxes of an invoice that is paid in full are replaced, added and removed: only the new total is compared with
// what is paid, not an intermediate one.
func TestNewItemsOfAPaidInvoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, gst := t.Context(), w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	invoice := w.approved(w.owner, ada, "110")
	_, err := w.pay(w.owner, ada, "110", part(invoice, "110"))
	must(t, err)
	taxed := line("Taxed", "1", "100")
	taxed.TaxRateIds = graphql.OmittableOf([]model.ID{gst})
	change := func(items ...model.DocumentItemInput) error {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice.Key, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(items)})
		return err
	}
	kept := func(n int, in model.DocumentItemInput) model.DocumentItemInput {
		id := model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items WHERE document_id = $1 AND line = $2`, invoice.Key, n)}
		in.ID = some(id)
		return in
	}
	must(t, change(taxed))
	must(t, change(line("Work", "1", "160"), line("Discount", "1", "-50")))
	must(t, change(kept(2, line("Work", "1", "110"))))
	must(t, change(kept(1, taxed)))
	must(t, change(line("First", "1", "10"), kept(1, line("Second", "1", "100"))))
	must(t, change(kept(2, line("First", "1", "60")), kept(1, line("Second", "1", "50"))))
	wantMistakes(t, change(line("Work", "1", "109.99")), "items EXCEEDS")
	other := w.person(w.owner, "Bob")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice.Key, nil, model.DocumentUpdateInput{PartyID: some(other)})
	wantMistakes(t, err, "customerId STATE")
	if got := one[string](w, `SELECT string_agg(line || ' ' || description || ' ' || amount, ', ' ORDER BY line) FROM canonical.document_items`); got != "1 First 6000, 2 Second 5000" {
		t.Errorf("got %s", got)
	}
	w.wantBooks(ctx)
}
