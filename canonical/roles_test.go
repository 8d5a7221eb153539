package canonical_test

import (
	"testing"

	"daybook/canonical"
	"daybook/graph/model"
)

// What a role may do depends on what is written, too: money that goes out, a day that has passed, what is booked.
func TestStaffRecordTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, today, ada := t.Context(), w.today(), w.person(w.owner, "Ada")
	staff, manager, accountant := w.owner, w.owner, w.owner
	staff.Role, manager.Role, accountant.Role = model.RoleStaff, model.RoleManager, model.RoleAccountant
	sales := w.account(w.owner, "4100")
	income := func(who canonical.Actor, on model.Date) (int64, error) {
		return w.MoneyEntryCreate(ctx, who, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, Amount: dec("5"), OccurredOn: some(on)})
	}
	amount := func(who canonical.Actor, id int64) error {
		_, err := w.MoneyEntryUpdate(ctx, who, model.MoneyEntryKindIncome, id, nil, model.MoneyEntryUpdateInput{Amount: some(dec("0.01"))})
		return err
	}
	id, err := income(staff, today)
	must(t, err)
	_, err = income(staff, today.AddDays(-1))
	wantMistakes(t, err, "occurredOn FORBIDDEN")
	for _, who := range []canonical.Actor{manager, accountant} {
		_, err = income(who, today.AddDays(-1))
		must(t, err)
	}
	wantMistakes(t, amount(staff, id), "id FORBIDDEN")
	_, err = w.MoneyEntryUpdate(ctx, staff, model.MoneyEntryKindIncome, id, nil, model.MoneyEntryUpdateInput{Memo: some("till 2")})
	must(t, err)
	must(t, amount(manager, id))

	_, err = w.pay(staff, ada, "5")
	must(t, err)
	for _, in := range []model.PaymentRecordInput{
		{VendorID: some(ada), Amount: dec("1")},
		{CustomerID: some(ada), Amount: dec("1"), Direction: some(model.PaymentDirectionOut)},
	} {
		_, err = w.PaymentRecord(ctx, staff, in)
		wantMistakes(t, err, "direction FORBIDDEN")
		for _, who := range []canonical.Actor{manager, accountant} {
			_, err = w.PaymentRecord(ctx, who, in)
			must(t, err)
		}
	}

	yesterday := today.AddDays(-1)
	_, err = w.PeriodLock(ctx, accountant, nil, model.PeriodLockInput{SoftLockedUntil: some(yesterday)})
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.PeriodLock(ctx, manager, nil, model.PeriodLockInput{SoftLockedUntil: some(yesterday)})
	must(t, err)
	_, err = w.PeriodLock(ctx, manager, nil, model.PeriodLockInput{HardLockedUntil: some(yesterday)})
	wantMistakes(t, err, "hardLockedUntil FORBIDDEN")
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(yesterday)})
	must(t, err)
	_, err = w.PeriodLock(ctx, manager, nil, model.PeriodLockInput{SoftLockedUntil: null[model.Date](), HardLockedUntil: some(yesterday)})
	must(t, err)
}
