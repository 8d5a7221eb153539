package resolvers

import (
	"context"

	"daybook/graph/model"
)

type dayPartRow struct {
	StoreID int64
	model.DayPart
}

func (r *mutationResolver) StoreDayPartsSet(ctx context.Context, id model.ID, expectedVersion *int, input model.StoreDayPartsSetInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreDayPartsSet(ctx, w.actor, w.key, expectedVersion, input)
	})
}

type plannedDayPartsRow struct {
	StoreID       int64
	EffectiveFrom model.Date
	Name          *string
	Start, End    *model.LocalTime
	LengthMinutes *int
}

func (r *storeResolver) PlannedDayParts(ctx context.Context, obj *model.Store) ([]model.PlannedDayParts, error) {
	rows, err := loadField(ctx, "Store.plannedDayParts", `
		SELECT change.store_id, change.effective_from, part.name, part.start_minute AS start, part.length_minutes,
			(part.start_minute + part.length_minutes) % 1440 AS "end"
		FROM `+plannedChanges("day_parts")+` AS change
		LEFT JOIN canonical.day_parts AS part ON (part.organization_id, part.store_id) = ($1, change.store_id)
			AND part.valid @> change.effective_from
		ORDER BY change.store_id, change.effective_from, part.start_minute`, obj.ID, func(r *plannedDayPartsRow) int64 { return r.StoreID })
	plans := []model.PlannedDayParts{}
	for _, row := range rows {
		n := len(plans) - 1
		if n < 0 || !plans[n].EffectiveFrom.Equal(row.EffectiveFrom.Time) {
			plans = append(plans, model.PlannedDayParts{EffectiveFrom: row.EffectiveFrom, Parts: []model.DayPart{}})
			n++
		}
		if row.Name != nil {
			plans[n].Parts = append(plans[n].Parts, model.DayPart{Name: *row.Name, Start: *row.Start, LengthMinutes: *row.LengthMinutes, End: *row.End})
		}
	}
	return plans, err
}

func (r *storeResolver) DayParts(ctx context.Context, obj *model.Store, on *model.Date) ([]model.DayPart, error) {
	rows, err := loadField(ctx, "Store.dayParts", `
		SELECT part.store_id, part.name, part.start_minute AS start, part.length_minutes,
			(part.start_minute + part.length_minutes) % 1440 AS "end"
		FROM canonical.stores AS store
		JOIN canonical.day_parts AS part ON (part.organization_id, part.store_id) = (store.organization_id, store.id)
			AND part.valid @> COALESCE($3, (now() AT TIME ZONE store.time_zone)::date)
		WHERE store.organization_id = $1 AND store.id = ANY ($2)
		ORDER BY part.store_id, part.start_minute`, obj.ID, func(r *dayPartRow) int64 { return r.StoreID }, on)
	parts := make([]model.DayPart, len(rows))
	for i, row := range rows {
		parts[i] = row.DayPart
	}
	return parts, err
}
