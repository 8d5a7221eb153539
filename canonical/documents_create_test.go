package canonical_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/canonical"
	"daybook/graph/model"
)

func TestDocumentsCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, ctx := w.person(w.owner, "Ada"), t.Context()
	row := func(ref, price, state string) canonical.NewDocument {
		in := model.DocumentCreateInput{PartyID: ada, Items: []model.DocumentItemInput{{Description: some("x"), UnitPrice: some(dec(price))}}}
		if ref != "" {
			in.ExternalRef = some(ref)
		}
		return canonical.NewDocument{Kind: model.DocumentKindInvoice, DocumentCreateInput: in, State: state}
	}
	list := []canonical.NewDocument{
		row("A", "1", ""), row("A", "2", ""), row("B", "-1", "approved"), row("B", "3", "approved"), row("", "4", "void"), row("", "0.001", ""), row("", "999999999999999", ""),
	}
	list[6].State = "approved"
	_, err := w.DocumentsCreate(ctx, w.owner, "invoices", list, false)
	wantMistakes(t, err, "invoices.1.externalRef TAKEN", "invoices.2.id STATE", "invoices.6.items.0.unitPrice INVALID")
	if n := one[int](w, `SELECT count(*)::int FROM canonical.documents`); n != 0 {
		t.Errorf("%d documents of a bulk that is refused", n)
	}

	as := w.owner
	once, err := canonical.NewOnce("bulk", "invoicesCreate", list)
	must(t, err)
	as.Once = once
	saved, err := w.DocumentsCreate(ctx, as, "invoices", list, true)
	must(t, err)
	again, err := w.DocumentsCreate(ctx, as, "invoices", list, true)
	must(t, err)
	if diff := cmp.Diff(saved, again); diff != "" {
		t.Errorf("the same key (-first, +again):\n%s", diff)
	}
	got := one[string](w, `SELECT string_agg(concat_ws(' ', external_ref, state, number, version), '; ' ORDER BY id) FROM canonical.documents`)
	if want := "A draft 1; B approved INV-0001 2; void INV-0002 3; draft 1"; got != want {
		t.Errorf("saved %s, want %s", got, want)
	}
	for place, refused := range []bool{false, true, true, false, false, false, true} {
		if (saved.IDs[place] == 0) != refused || (len(saved.Mistakes[place]) > 0) != refused {
			t.Errorf("row %d: %d, %+v", place, saved.IDs[place], saved.Mistakes[place])
		}
	}

	for _, size := range []int{0, canonical.MaxDocuments + 1} {
		_, err := w.DocumentsCreate(ctx, w.owner, "invoices", make([]canonical.NewDocument, size), true)
		wantMistakes(t, err, "invoices INVALID")
	}
	staff := w.owner
	staff.Role = model.RoleStaff
	if _, err := w.DocumentsCreate(ctx, staff, "invoices", list[:1], true); err != nil {
		t.Errorf("staff draft: %v", err)
	}
	_, err = w.DocumentsCreate(ctx, staff, "invoices", list[3:4], true)
	wantMistakes(t, err, " FORBIDDEN")
}

// A repeated bulk names what stands in the way of the rows that it left out, as the first answer did.
func TestRepeatedBulkNamesRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	ada, gone := w.person(w.owner, "Ada"), w.person(w.owner, "Gone")
	_, err := w.PersonArchive(ctx, w.owner, gone.Key, nil)
	must(t, err)
	of := func(party model.ID) canonical.NewDocument {
		return canonical.NewDocument{Kind: model.DocumentKindInvoice, DocumentCreateInput: model.DocumentCreateInput{PartyID: party, Items: []model.DocumentItemInput{line("Work", "1", "1")}}}
	}
	list := []canonical.NewDocument{of(ada), of(gone)}
	as := w.owner
	as.Once, err = canonical.NewOnce("bulk", "invoicesCreate", list)
	must(t, err)
	for range 2 {
		saved, err := w.DocumentsCreate(ctx, as, "invoices", list, true)
		must(t, err)
		if mistakes := saved.Mistakes[1]; len(mistakes) != 1 || mistakes[0].RecordID == nil || *mistakes[0].RecordID != gone {
			t.Errorf("refused with %+v", mistakes)
		}
	}
}
