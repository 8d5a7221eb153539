package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// Nothing new names what is archived, also where something that stands does.
func TestNewUsesOfWhatIsArchived(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada, north := w.person(w.owner, "Ada"), w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	there := line("Work", "1", "100")
	there.StoreID = some(north)
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{there}})
	must(t, err)
	bought := sold("5", "known")
	bought.PersonID = some(ada)
	_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, bought))
	must(t, err)

	_, err = w.PersonArchive(ctx, w.owner, ada.Key, nil)
	must(t, err)
	again, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, bought))
	must(t, err)
	if again.Known != 1 {
		t.Errorf("%+v", again)
	}
	bought.ExternalRef = some("new")
	_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, bought))
	wantMistakes(t, err, "sales.0.personId STATE")

	_, err = w.StoreArchive(ctx, w.owner, north.Key, nil)
	must(t, err)
	_, err = w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front})
	wantMistakes(t, err, "tillId STATE")
	kept := there
	kept.ID = w.item("Work")
	update := func(items ...model.DocumentItemInput) error {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf(items)})
		return err
	}
	must(t, update(kept))
	wantMistakes(t, update(kept, there), "items.1.storeId STATE")
}
