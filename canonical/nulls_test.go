package canonical_test

import (
	"testing"
	"time"

	"daybook/graph/model"
)

// Null for what a record must have is no value, and is not taken for the one that is there.
func TestNullForWhatMustBeGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	store := w.shop(w.owner, "UTC")
	_, err := w.StoreUpdate(ctx, w.owner, store.Key, nil, model.StoreUpdateInput{TimeZone: null[string]()})
	wantMistakes(t, err, "timeZone REQUIRED")

	entry, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "4100"), Amount: dec("5")})
	must(t, err)
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, entry, nil, model.MoneyEntryUpdateInput{Amount: null[model.Decimal]()})
	wantMistakes(t, err, "amount REQUIRED")
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{
		FromAccountID: w.account(w.owner, "1000"), ToAccountID: w.account(w.owner, "1010"), Amount: dec("5"),
	})
	must(t, err)
	_, err = w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{Amount: null[model.Decimal]()})
	wantMistakes(t, err, "amount REQUIRED")

	shift := w.rostered(store, null[model.ID](), "2026-03-02T10:00", "2026-03-02T12:00")
	_, err = w.ShiftUpdate(ctx, w.owner, shift, nil, model.ShiftUpdateInput{StartsAt: null[time.Time](), EndsAt: null[time.Time]()})
	wantMistakes(t, err, "startsAt REQUIRED", "endsAt REQUIRED")
	_, err = w.ShiftUpdate(ctx, w.owner, shift, nil, model.ShiftUpdateInput{
		StartsAt: null[time.Time](), EndsAt: null[time.Time](), Local: localTime("2026-03-03", "10:00", 60),
	})
	must(t, err)
}
