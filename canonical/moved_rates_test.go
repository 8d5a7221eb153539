package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// What moves to another day takes that day's rate, whatever has become of the old day's, unless its rate was named: also one that
// was the day's.
func TestRateOfWhatMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	may, june, none := some(model.NewDate(2026, 5, 20)), some(model.NewDate(2026, 6, 20)), some(model.NewDate(2026, 4, 30))
	set := func(day model.Date, rate string) {
		_, err := w.FxRateSet(ctx, w.owner, nil, model.FxRateSetInput{Currency: "EUR", ValidFrom: some(day), Rate: dec(rate)})
		must(t, err)
	}
	euro, unnamed := some("EUR"), graphql.Omittable[*model.Decimal]{}
	kinds := map[string]struct {
		create func(rate graphql.Omittable[*model.Decimal]) (int64, error)
		update func(id int64, day graphql.Omittable[*model.Date], rate graphql.Omittable[*model.Decimal]) error
	}{
		"documents": {
			func(rate graphql.Omittable[*model.Decimal]) (int64, error) {
				return w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, IssuedOn: may,
					DueOn: some(model.NewDate(2026, 9, 1)), Currency: euro, FxRate: rate, Items: []model.DocumentItemInput{line("Work", "1", "10")}})
			}, func(id int64, day graphql.Omittable[*model.Date], rate graphql.Omittable[*model.Decimal]) error {
				_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{IssuedOn: day, FxRate: rate})
				return err
			}},
		"money_entries": {
			func(rate graphql.Omittable[*model.Decimal]) (int64, error) {
				return w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "4000"),
					OccurredOn: may, Amount: dec("10"), Currency: euro, FxRate: rate})
			}, func(id int64, day graphql.Omittable[*model.Date], rate graphql.Omittable[*model.Decimal]) error {
				_, err := w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, id, nil, model.MoneyEntryUpdateInput{OccurredOn: day, FxRate: rate})
				return err
			}},
		"transfers": {
			func(rate graphql.Omittable[*model.Decimal]) (int64, error) {
				return w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: w.account(w.owner, "1000"), ToAccountID: w.account(w.owner, "1010"),
					OccurredOn: may, Amount: dec("10"), Currency: euro, FxRate: rate})
			}, func(id int64, day graphql.Omittable[*model.Date], rate graphql.Omittable[*model.Decimal]) error {
				_, err := w.TransferUpdate(ctx, w.owner, id, nil, model.TransferUpdateInput{OccurredOn: day, FxRate: rate})
				return err
			}},
	}
	for table, kind := range kinds {
		set(model.NewDate(2026, 5, 1), "1.5")
		set(model.NewDate(2026, 6, 1), "1.6")
		create := func(rate graphql.Omittable[*model.Decimal]) int64 {
			id, err := kind.create(rate)
			must(t, err)
			return id
		}
		taken, sent, named, other := create(unnamed), create(unnamed), create(some(dec("1.5"))), create(some(dec("1.55")))
		version := func(id int64) string {
			return one[string](w, `SELECT concat_ws(' ', version, fx_rate::float8) FROM canonical.`+table+` WHERE id = $1`, id)
		}
		want := func(what string, id int64, want string) {
			t.Helper()
			if got := version(id); got != want {
				t.Errorf("%s, %s: got version and rate %s, want %s", table, what, got, want)
			}
		}
		must(t, kind.update(sent, may, some(dec("1.5"))))
		want("the saved rate sent back", sent, "1 1.5")
		set(model.NewDate(2026, 5, 1), "1.4")
		for _, id := range []int64{taken, sent, named, other} {
			must(t, kind.update(id, june, unnamed))
		}
		want("not named", taken, "2 1.6")
		want("sent back", sent, "2 1.6")
		want("named as the day's", named, "2 1.5")
		want("named", other, "2 1.55")
		wantMistakes(t, kind.update(taken, none, unnamed), "fxRate REQUIRED")
		must(t, kind.update(named, june, null[model.Decimal]()))
		must(t, kind.update(named, may, unnamed))
		want("no longer named", named, "4 1.4")
	}
}

// The rate of an approved document is fixed: another one is a mistake at its own field.
func TestRateOfAnApprovedDocument(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: w.person(w.owner, "Ada"),
		Currency: some("EUR"), FxRate: some(dec("1.5")), Items: []model.DocumentItemInput{line("Work", "1", "10")}})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	for want, in := range map[string]model.DocumentUpdateInput{
		"fxRate STATE":   {FxRate: some(dec("1.6"))},
		"currency STATE": {Currency: some("JPY"), FxRate: some(dec("1.5"))},
	} {
		_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, in)
		wantMistakes(t, err, want)
	}
}
