package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// A draft whose tax rate was corrected since is not approved before its item is saved anew, at the rate as it is.
func TestDraftOfACorrectedRate(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada, gst := w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	taxed := line("Work", "1", "100")
	taxed.TaxRateIds = graphql.OmittableOf([]model.ID{gst})
	items := []model.DocumentItemInput{line("Free", "1", "1"), taxed}
	create := func() int64 {
		id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: items})
		must(t, err)
		return id
	}
	id, restored := create(), create()
	correct := func(percentage string) {
		t.Helper()
		_, err := w.TaxRateUpdate(ctx, w.owner, gst.Key, nil, model.TaxRateUpdateInput{Percentage: some(dec(percentage))})
		must(t, err)
	}
	correct("12.5")
	_, err := w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	wantMistakes(t, err, "items.1.taxRateIds STATE")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(items)})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	if total := one[int64](w, `SELECT canonical.document_total($1, $2)`, w.owner.OrganizationID, id); total != 11350 {
		t.Errorf("the total is %d", total)
	}
	correct("10")
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, restored, nil)
	must(t, err)
	w.wantBooks(ctx)
}
