package canonical_test

import (
	"errors"
	"fmt"
	"testing"

	"daybook/canonical"
	"daybook/graph/model"
)

func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft := w.draft(w.owner, w.person(w.owner, "Ada"), "10").Key
	dry, err := w.DryRun(t.Context(), w.owner, func(dry *canonical.Store) (int64, error) {
		return dry.DocumentApprove(t.Context(), w.owner, model.DocumentKindInvoice, draft, nil)
	})
	must(t, err)
	var number string
	must(t, dry.Tx.QueryRow(t.Context(), `SELECT number FROM canonical.documents WHERE id = $1`, dry.ID).Scan(&number))
	if number != "INV-0001" {
		t.Errorf("the number would be %s", number)
	}
	must(t, dry.Close(t.Context()))
	must(t, dry.Close(t.Context()))
	var got string
	for _, l := range dry.Lines {
		got += fmt.Sprintf("%s %s %s %s;", l.Purpose, l.AccountCode, l.Amount.Amount, l.DocumentAmount.Currency)
	}
	if want := "POSTING 1100 10 AUD;POSTING 4000 -10 AUD;"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := one[int](w, `SELECT (SELECT count(*) FROM canonical.journal_entries) + (SELECT count(*) FROM canonical.number_series)`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	_, err = w.DryRun(t.Context(), w.owner, func(dry *canonical.Store) (int64, error) {
		return dry.DocumentVoid(t.Context(), w.owner, model.DocumentKindInvoice, draft, nil)
	})
	wantMistakes(t, err, "id STATE")
}

// A dry run may make several writes. The first that fails ends it, even if its error is not returned.
func TestDryRunOfSeveralWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	create := func(store *canonical.Store, price string) (int64, error) {
		return store.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
			PartyID: ada, Items: []model.DocumentItemInput{line("Work", "1", price)}})
	}
	run, err := w.DryRun(ctx, w.owner, func(dry *canonical.Store) (id int64, err error) {
		err = dry.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
			if id, err = create(store, "10"); err != nil {
				return err
			}
			_, err = store.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
			return err
		})
		return id, err
	})
	must(t, err)
	if len(run.Lines) != 2 || run.ID == 0 {
		t.Errorf("%d lines of %d", len(run.Lines), run.ID)
	}
	must(t, run.Close(ctx))

	var later error
	_, err = w.DryRun(ctx, w.owner, func(dry *canonical.Store) (int64, error) {
		id, err := create(dry, "-10")
		must(t, err)
		if _, err := dry.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil); err == nil {
			t.Error("a negative total was approved")
		}
		id, later = create(dry, "10")
		return id, nil
	})
	wantMistakes(t, err, "id STATE")
	wantMistakes(t, later, "id STATE")
	stop := errors.New("stop")
	if _, err := w.DryRun(ctx, w.owner, func(*canonical.Store) (int64, error) { return 0, stop }); !errors.Is(err, stop) {
		t.Errorf("the error of fn: %v", err)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.documents`); n != 0 {
		t.Errorf("%d documents were written", n)
	}
}
