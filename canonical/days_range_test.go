package canonical_test

import (
	"testing"

	"daybook/graph/model"
)

// Days of other years than those of the books are mistakes in typing.
func TestDaysBeyondTheBooks(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	day := model.NewDate(26, 5, 1)
	_, err := w.FxRateSet(ctx, w.owner, nil, model.FxRateSetInput{Currency: "EUR", ValidFrom: some(day), Rate: dec("1.5")})
	wantMistakes(t, err, "validFrom INVALID")
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: some(day), HardLockedUntil: some(day)})
	wantMistakes(t, err, "softLockedUntil INVALID", "hardLockedUntil INVALID")
	_, err = w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Ada"), DateOfBirth: some(day)})
	wantMistakes(t, err, "dateOfBirth INVALID")
	nextYear := model.NewDate(one[int](w, `SELECT date_part('year', now() AT TIME ZONE time_zone) FROM canonical.organizations`)+1, 1, 1)
	_, err = w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Ada"), DateOfBirth: some(nextYear)})
	wantMistakes(t, err, "dateOfBirth INVALID")
	_, err = w.StoreHoursSet(ctx, w.owner, north.Key, nil, model.StoreHoursSetInput{EffectiveFrom: some(day), Periods: []model.StoreHoursInput{{Weekday: model.WeekdayMonday, LengthMinutes: 60}}})
	wantMistakes(t, err, "effectiveFrom INVALID")
	_, err = w.StoreHoursSet(ctx, w.owner, north.Key, nil, model.StoreHoursSetInput{EffectiveFrom: some(day), EffectiveTo: some(day)})
	wantMistakes(t, err, "effectiveFrom INVALID", "effectiveTo INVALID")
	_, err = w.StoreHourExceptionSet(ctx, w.owner, north.Key, nil, model.StoreHourExceptionInput{Date: day, Reason: some("Fair\a")})
	wantMistakes(t, err, "date INVALID", "reason INVALID")
	_, err = w.StoreHourExceptionsSet(ctx, w.owner, north.Key, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: some(day),
		Exceptions: []model.StoreHourExceptionInput{{Date: day, Reason: some("Fair\a")}}})
	wantMistakes(t, err, "effectiveFrom INVALID", "exceptions.0.date INVALID", "exceptions.0.reason INVALID")
	for rule, statement := range map[string]string{
		"fx_rates_valid_from_range":             `INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) SELECT id, 'EUR', '0026-05-01', 1 FROM canonical.organizations`,
		"organizations_soft_locked_until_range": `UPDATE canonical.organizations SET soft_locked_until = '0026-05-01'`,
		"organizations_hard_locked_until_range": `UPDATE canonical.organizations SET hard_locked_until = '0026-05-01'`,
		"people_date_of_birth_range":            `INSERT INTO canonical.people (organization_id, given_name, date_of_birth) SELECT id, 'Ada', '0026-05-01' FROM canonical.organizations`,
		"store_hour_exceptions_date_range":      `INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) SELECT organization_id, id, '0026-05-01', true FROM canonical.stores`,
	} {
		_, err = w.pool.Exec(ctx, statement)
		wantConstraint(t, err, rule)
	}
}
