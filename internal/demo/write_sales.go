package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sales writes the next n sales.
func (w *writer) sales(ctx context.Context, b *business, n int) error {
	sums := b.season()
	for ; n > 0; n -= min(n, chunk) {
		list := make([]sale, min(n, chunk))
		for i := range list {
			list[i] = b.sale(sums)
		}
		times, err := w.instants(ctx, b, list)
		if err != nil {
			return err
		}
		rows := make([][]any, len(list))
		for i, s := range list {
			var voided *time.Time
			if s.voided {
				voided = new(times[i].Add(10 * time.Minute))
			}
			rows[i] = []any{b.id, int64(0), b.stores[s.store], s.kind, times[i], s.currency, s.amount, s.person, s.ref, voided, times[i], times[i]}
		}
		if err := w.number(ctx, "sales", rows); err != nil {
			return err
		}
		err = w.copy(ctx, &w.counts.Sales, "sales", []string{"organization_id", "id", "store_id", "kind", "occurred_at", "currency", "amount",
			"person_id", "external_ref", "voided_at", "created_at", "updated_at"}, rows)
		if err != nil {
			return err
		}
	}
	return nil
}

// instants returns the times of the sales, which the database computes from their local times. A local time that is
// skipped when clocks change is taken as an hour later; of one that occurs twice, the second counts.
func (w *writer) instants(ctx context.Context, b *business, list []sale) ([]time.Time, error) {
	stores, walls := make([]int64, len(list)), make([]time.Time, len(list))
	for i, s := range list {
		stores[i], walls[i] = b.stores[s.store], s.local
	}
	rows, err := w.db().Query(ctx, `SELECT sold.wall AT TIME ZONE store.time_zone
		FROM unnest($2::bigint[], $3::timestamp[]) WITH ORDINALITY AS sold (store_id, wall, place)
		JOIN canonical.stores AS store ON (store.organization_id, store.id) = ($1, sold.store_id) ORDER BY sold.place`, b.id, stores, walls)
	if err != nil {
		return nil, fmt.Errorf("tell the times of sales: %w", err)
	}
	times, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, fmt.Errorf("tell the times of sales: %w", err)
	}
	return times, nil
}
