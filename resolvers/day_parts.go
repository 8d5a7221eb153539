package resolvers

import (
	"context"

	"daybook/graph/model"
)

type dayPartRow struct {
	StoreID int64
	model.DayPart
}

func (r *mutationResolver) DayPartsSet(ctx context.Context, id model.ID, expectedVersion *int, input model.DayPartsSetInput) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.DayPartsSet(ctx, w.actor, w.key, expectedVersion, input)
	})
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
