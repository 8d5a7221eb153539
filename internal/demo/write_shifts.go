package demo

import (
	"context"
	"fmt"
)

// shifts writes a roster of six weeks, four of them past: each member of the staff works at one store from Monday to
// Friday, with an early, late or night shift that changes from week to week. Shifts more than three days ahead are
// drafts; some shifts are cancelled, and some are open.
func (w *writer) shifts(ctx context.Context, b *business) error {
	tag, err := w.tx.Exec(ctx, `
		INSERT INTO canonical.shifts (organization_id, store_id, person_id, during, state, note, published_at, cancelled_at, created_at, updated_at)
		SELECT $1, store.id, CASE WHEN chance.open THEN NULL ELSE staff.id END,
			tstzrange(at.starts, at.starts + interval '8 hours'), chance.state, CASE WHEN at.night THEN 'Night' ELSE '' END,
			CASE WHEN chance.state <> 'draft' THEN planned.at END, CASE WHEN chance.state = 'cancelled' THEN planned.at END, planned.at, planned.at
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM canonical.people
			WHERE organization_id = $1 AND is_staff AND archived_at IS NULL) AS staff
		CROSS JOIN generate_series($2::date::timestamp - interval '28 days', $2::date::timestamp + interval '13 days', interval '1 day') WITH ORDINALITY AS roster (day, n)
		JOIN (SELECT id, time_zone, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS of FROM canonical.stores
			WHERE organization_id = $1 AND archived_at IS NULL) AS store ON store.n = staff.n % store.of + 1
		CROSS JOIN LATERAL (SELECT (staff.n + (roster.day::date - date '2000-01-03') / 7) % 3 AS turn) AS week
		CROSS JOIN LATERAL (
			SELECT (roster.day + (ARRAY['7 hours', '14 hours', '22 hours'])[week.turn + 1]::interval) AT TIME ZONE store.time_zone AS starts,
				week.turn = 2 AS night) AS at
		CROSS JOIN LATERAL (SELECT (staff.n * 31 + roster.n * 17) % 12 AS chance) AS hash
		CROSS JOIN LATERAL (
			SELECT hash.chance = 5 AS open,
				CASE WHEN hash.chance = 7 THEN 'cancelled' WHEN roster.day::date > $2::date + 3 THEN 'draft' ELSE 'published' END AS state) AS chance
		CROSS JOIN LATERAL (SELECT least(roster.day - interval '10 days', $2::date - interval '1 day') AT TIME ZONE 'UTC' AS at) AS planned
		WHERE extract(isodow FROM roster.day) <= 5
		ORDER BY roster.day, staff.n`, b.id, b.today)
	if err != nil {
		return fmt.Errorf("write shifts: %w", err)
	}
	w.counts.Shifts += int(tag.RowsAffected())
	return nil
}
