package resolvers

import (
	"context"
	"time"

	"daybook/graph/model"
)

// longestOpen is the longest time from `from` to `to` of openPeriods.
const longestOpen = 92 * 24 * time.Hour

// The hours of stores depend on the clock, so no read model holds them. loadField reads them from the canonical rows,
// which are exact in every mode, in one statement for all stores of a page.

type storeHoursRow struct {
	StoreID int64
	model.StoreHours
}

type storeHourExceptionRow struct {
	StoreID       int64
	Date          model.Date
	Closed        bool
	Reason        string
	Start, End    *model.LocalTime
	LengthMinutes *int
}

type openNowRow struct {
	StoreID int64
	Open    bool
}

type openPeriodRow struct {
	StoreID int64
	model.OpenPeriod
}

type nextTurnRow struct {
	StoreID int64
	Turns   *time.Time
}

type plannedHoursRow struct {
	StoreID       int64
	EffectiveFrom model.Date
	Weekday       *model.Weekday
	Start, End    *model.LocalTime
	LengthMinutes *int
}

func (r *mutationResolver) StoreHoursSet(ctx context.Context, id model.ID, expectedVersion *int, input model.StoreHoursSetInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreHoursSet(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) StoreHourExceptionsSet(ctx context.Context, id model.ID, expectedVersion *int, input model.StoreHourExceptionsSetInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreHourExceptionsSet(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) StoreHourExceptionSet(ctx context.Context, id model.ID, expectedVersion *int, input model.StoreHourExceptionInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreHourExceptionSet(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) StoreHourExceptionClear(ctx context.Context, id model.ID, expectedVersion *int, date model.Date, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreHourExceptionClear(ctx, w.actor, w.key, expectedVersion, date)
	})
}

func (r *storeResolver) PlannedHours(ctx context.Context, obj *model.Store) ([]model.PlannedHours, error) {
	rows, err := loadField(ctx, "Store.plannedHours", `
		SELECT change.store_id, change.effective_from,
			(ARRAY['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'])[hours.weekday] AS weekday,
			hours.start_minute AS start, hours.length_minutes, (hours.start_minute + hours.length_minutes) % 1440 AS "end"
		FROM `+plannedChanges("store_hours")+` AS change
		LEFT JOIN canonical.store_hours AS hours ON (hours.organization_id, hours.store_id) = ($1, change.store_id)
			AND hours.valid @> change.effective_from
		ORDER BY change.store_id, change.effective_from, hours.weekday, hours.start_minute`, obj.ID, func(r *plannedHoursRow) int64 { return r.StoreID })
	plans := []model.PlannedHours{}
	for _, row := range rows {
		n := len(plans) - 1
		if n < 0 || !plans[n].EffectiveFrom.Equal(row.EffectiveFrom.Time) {
			plans = append(plans, model.PlannedHours{EffectiveFrom: row.EffectiveFrom, Hours: []model.StoreHours{}})
			n++
		}
		if row.Weekday != nil {
			plans[n].Hours = append(plans[n].Hours, model.StoreHours{Weekday: *row.Weekday, Start: *row.Start, LengthMinutes: *row.LengthMinutes, End: *row.End})
		}
	}
	return plans, err
}

// lastYear is the last in which opening hours are told: the wall clock of a period's end has a year of four digits.
const lastYear = 9998

// plannedChanges returns the SQL of the dates after today, at each store of the page, on which the rows of a table begin or
// end to be valid.
func plannedChanges(table string) string {
	return `(SELECT DISTINCT store.id AS store_id, bound AS effective_from
		FROM canonical.stores AS store
		JOIN canonical.` + table + ` AS plan ON (plan.organization_id, plan.store_id) = (store.organization_id, store.id)
		CROSS JOIN LATERAL (VALUES (lower(plan.valid)), (upper(plan.valid))) AS change (bound)
		WHERE store.organization_id = $1 AND store.id = ANY ($2) AND bound > (now() AT TIME ZONE store.time_zone)::date)`
}

func (r *storeResolver) Hours(ctx context.Context, obj *model.Store, on *model.Date) ([]model.StoreHours, error) {
	rows, err := loadField(ctx, "Store.hours", `
		SELECT hours.store_id, (ARRAY['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'])[hours.weekday] AS weekday,
			hours.start_minute AS start, hours.length_minutes, (hours.start_minute + hours.length_minutes) % 1440 AS "end"
		FROM canonical.stores AS store
		JOIN canonical.store_hours AS hours ON (hours.organization_id, hours.store_id) = (store.organization_id, store.id)
			AND hours.valid @> COALESCE($3, (now() AT TIME ZONE store.time_zone)::date)
		WHERE store.organization_id = $1 AND store.id = ANY ($2)
		ORDER BY hours.store_id, hours.weekday, hours.start_minute`, obj.ID, func(r *storeHoursRow) int64 { return r.StoreID }, on)
	hours := make([]model.StoreHours, len(rows))
	for i, row := range rows {
		hours[i] = row.StoreHours
	}
	return hours, err
}

func (r *storeResolver) HourExceptions(ctx context.Context, obj *model.Store, from *model.Date, to *model.Date) ([]model.StoreHourException, error) {
	rows, err := loadField(ctx, "Store.hourExceptions", `
		SELECT e.store_id, e.on_date AS date, e.closed, e.reason, e.start_minute AS start, e.length_minutes,
			(e.start_minute + e.length_minutes) % 1440 AS "end"
		FROM canonical.stores AS store
		JOIN canonical.store_hour_exceptions AS e ON (e.organization_id, e.store_id) = (store.organization_id, store.id)
			AND e.on_date BETWEEN COALESCE($3, (now() AT TIME ZONE store.time_zone)::date) AND COALESCE($4, 'infinity'::date)
		WHERE store.organization_id = $1 AND store.id = ANY ($2)
		ORDER BY e.store_id, e.on_date, e.start_minute`, obj.ID, func(r *storeHourExceptionRow) int64 { return r.StoreID }, from, to)
	exceptions := []model.StoreHourException{}
	for _, row := range rows {
		n := len(exceptions) - 1
		if n < 0 || !exceptions[n].Date.Equal(row.Date.Time) {
			exceptions = append(exceptions, model.StoreHourException{Date: row.Date, Closed: row.Closed, Reason: row.Reason, Periods: []model.DayPeriod{}})
			n++
		}
		if !row.Closed {
			exceptions[n].Periods = append(exceptions[n].Periods, model.DayPeriod{Start: *row.Start, LengthMinutes: *row.LengthMinutes, End: *row.End})
		}
	}
	return exceptions, err
}

func (r *storeResolver) IsOpenAt(ctx context.Context, obj *model.Store, time *time.Time) (bool, error) {
	rows, err := loadField(ctx, "Store.isOpenAt", `
		SELECT id AS store_id, canonical.is_open(organization_id, id, COALESCE($3, now()) AT TIME ZONE time_zone) AS open
		FROM canonical.stores WHERE organization_id = $1 AND id = ANY ($2)`, obj.ID, func(r *openNowRow) int64 { return r.StoreID }, time)
	return len(rows) > 0 && rows[0].Open, err
}

func (r *storeResolver) OpenPeriods(ctx context.Context, obj *model.Store, from time.Time, to time.Time) ([]model.OpenPeriod, error) {
	switch {
	case !from.Before(to):
		return nil, badInput("openPeriods: from must be before to")
	case to.Sub(from) > longestOpen:
		return nil, badInput("openPeriods: from and to must not be more than 92 days apart")
	case to.UTC().Year() > lastYear:
		return nil, badInput("openPeriods: to must not be after the year %d", lastYear)
	}
	rows, err := loadField(ctx, "Store.openPeriods", `
		SELECT store.id AS store_id, lower(period) AS "from", upper(period) AS "to",
			lower(period) AT TIME ZONE store.time_zone AS local_from, upper(period) AT TIME ZONE store.time_zone AS local_to
		FROM canonical.stores AS store
		CROSS JOIN LATERAL unnest(canonical.open_times(store.organization_id, store.id, store.time_zone, $3, $4)) AS period
		WHERE store.organization_id = $1 AND store.id = ANY ($2)
		ORDER BY store.id, period`, obj.ID, func(r *openPeriodRow) int64 { return r.StoreID }, from, to)
	periods := make([]model.OpenPeriod, len(rows))
	for i, row := range rows {
		periods[i] = row.OpenPeriod
	}
	return periods, err
}

// nextTurn returns when a store opens or closes next; nil if it does not, or only after the last year that can be written.
func nextTurn(rows []nextTurnRow, err error) (*time.Time, error) {
	if err != nil || len(rows) == 0 || rows[0].Turns == nil || !model.Writable(*rows[0].Turns) {
		return nil, err
	}
	return rows[0].Turns, nil
}

func (r *storeResolver) NextOpening(ctx context.Context, obj *model.Store, after *time.Time) (*time.Time, error) {
	rows, err := loadField(ctx, "Store.nextOpening", `
		SELECT id AS store_id, canonical.next_opening(organization_id, id, time_zone, COALESCE($3, now())) AS turns
		FROM canonical.stores WHERE organization_id = $1 AND id = ANY ($2)`, obj.ID, func(r *nextTurnRow) int64 { return r.StoreID }, after)
	return nextTurn(rows, err)
}

func (r *storeResolver) NextClosing(ctx context.Context, obj *model.Store, after *time.Time) (*time.Time, error) {
	rows, err := loadField(ctx, "Store.nextClosing", `
		SELECT id AS store_id, canonical.next_closing(organization_id, id, time_zone, COALESCE($3, now())) AS turns
		FROM canonical.stores WHERE organization_id = $1 AND id = ANY ($2)`, obj.ID, func(r *nextTurnRow) int64 { return r.StoreID }, after)
	return nextTurn(rows, err)
}
