package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// A client that sends back all of a document changes nothing: no version, nothing in the audit log, no posting. Each change of an
// item is one.
func TestDocumentSentBack(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada, gst := w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	store := w.storeNamed(w.owner, "North")
	taxed, off := line("Work", "2.5", "10.1234"), line("Free", "1", "5")
	taxed.TaxRateIds, taxed.StoreID = graphql.OmittableOf([]model.ID{gst}), some(store)
	off.Discount = some(dec("1"))
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{taxed, off}})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	sent := func(lines ...model.DocumentItemInput) []model.DocumentItemInput { return lines }
	for n, in := range []*model.DocumentItemInput{&taxed, &off} {
		in.ID = some(model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items WHERE document_id = $1 AND line = $2`, id, n+1)})
	}
	off.TaxRateIds = graphql.OmittableOf([]model.ID{})
	other := func(change func(in *model.DocumentItemInput)) []model.DocumentItemInput {
		in := taxed
		change(&in)
		return sent(in, off)
	}
	state := func() string {
		return one[string](w, `SELECT concat_ws(' ', (SELECT version FROM canonical.documents WHERE id = $1), (SELECT count(*) FROM audit.events),
			(SELECT count(*) FROM canonical.journal_entries))`, id)
	}
	update := func(items []model.DocumentItemInput) {
		t.Helper()
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{PartyID: some(ada), Memo: some(""), Items: graphql.OmittableOf(items)})
		must(t, err)
	}
	before := state()
	update(sent(taxed, off))
	if after := state(); after != before {
		t.Errorf("version, events and entries are %s, not %s", after, before)
	}
	approved := one[int](w, `SELECT version FROM canonical.documents WHERE id = $1`, id)
	city := w.taxRate(w.owner, "City", "1")
	for what, items := range map[string][]model.DocumentItemInput{
		"order":    sent(off, taxed),
		"fewer":    sent(taxed),
		"quantity": other(func(in *model.DocumentItemInput) { in.Quantity = some(dec("2.6")) }),
		"price":    other(func(in *model.DocumentItemInput) { in.UnitPrice = some(dec("10.1235")) }),
		"discount": other(func(in *model.DocumentItemInput) { in.DiscountPercentage = some(dec("1")) }),
		"text":     other(func(in *model.DocumentItemInput) { in.Description = some("Works") }),
		"store":    other(func(in *model.DocumentItemInput) { in.StoreID = null[model.ID]() }),
		"account":  other(func(in *model.DocumentItemInput) { in.AccountID = some(w.account(w.owner, "4100")) }),
		"no tax":   other(func(in *model.DocumentItemInput) { in.TaxRateIds = graphql.OmittableOf([]model.ID{}) }),
		"more tax": other(func(in *model.DocumentItemInput) { in.TaxRateIds = graphql.OmittableOf([]model.ID{city, gst}) }),
		"new":      other(func(in *model.DocumentItemInput) { in.ID = graphql.Omittable[*model.ID]{} }),
	} {
		t.Run(what, func(t *testing.T) {
			dry, err := w.DryRun(ctx, w.owner, func(dry *canonical.Store) (int64, error) {
				return dry.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(items)})
			})
			must(t, err)
			defer dry.Close(ctx)
			var version int
			must(t, dry.Tx.QueryRow(ctx, `SELECT version FROM canonical.documents WHERE id = $1`, id).Scan(&version))
			if version != approved+1 {
				t.Errorf("the version is %d, not %d", version, approved+1)
			}
		})
	}
	w.wantBooks(ctx)
}
