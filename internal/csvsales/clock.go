package csvsales

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
)

// tell sets when sales were whose rows have the time of the store's clock. A time that the clock has not shown, because it was put
// forward, is a mistake.
func (im *Import) tell(ctx context.Context, db canonical.Reader, shop model.ID, list []receipt) error {
	var places []int
	var walls []string
	for i, r := range list {
		if r.wall != "" {
			places, walls = append(places, i), append(walls, r.wall)
		}
	}
	if len(walls) == 0 {
		return nil
	}
	rows, err := db.Query(ctx, `SELECT told.place, told.at, (told.at AT TIME ZONE told.zone) = told.wall AS shown
		FROM canonical.stores AS store,
			unnest($3::bigint[], $4::text[]) AS given (place, text),
			LATERAL (SELECT given.place, given.text::timestamp AS wall, store.time_zone AS zone, given.text::timestamp AT TIME ZONE store.time_zone AS at) AS told
		WHERE (store.organization_id, store.id) = ($1, $2)`, im.Actor.OrganizationID, shop.Key, places, walls)
	if err != nil {
		return fmt.Errorf("read times of the store's clock: %w", err)
	}
	var place int
	var at time.Time
	var shown bool
	if _, err := pgx.ForEachRow(rows, []any{&place, &at, &shown}, func() error {
		r := &list[place]
		if r.sale.OccurredAt = at; !shown {
			r.missing(r.rows[0], "occurred_at", "is a time that the clocks of the store's zone have not shown")
		}
		return nil
	}); err != nil {
		return fmt.Errorf("read times of the store's clock: %w", err)
	}
	return nil
}
