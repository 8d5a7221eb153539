package demo

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// sales writes the next n sales. Their instants are the database's business, which knows the zones: the wall's times are
// copied into a table of the session, and from there into the sales. What the wall never shows is an hour later, what it
// shows twice the second time.
func (w *writer) sales(ctx context.Context, b *business, n int) error {
	sums := b.season()
	for ; n > 0; n -= min(n, chunk) {
		rows := make([][]any, min(n, chunk))
		for i := range rows {
			s := b.sale(sums)
			rows[i] = []any{int32(i), b.stores[s.store], s.kind, s.local, s.currency, s.amount, s.person, s.ref, s.voided}
		}
		if err := w.copySales(ctx, b.id, rows); err != nil {
			return fmt.Errorf("write sales: %w", err)
		}
		w.counts.Sales += len(rows)
	}
	return nil
}

func (w *writer) copySales(ctx context.Context, organization int64, rows [][]any) error {
	_, err := w.tx.Exec(ctx, `CREATE TEMPORARY TABLE IF NOT EXISTS demo_sales (place int, store_id bigint, kind text, local_time timestamp,
		currency text, amount bigint, person_id bigint, external_ref text, voided boolean) ON COMMIT DROP`)
	if err != nil {
		return err
	}
	_, err = w.tx.CopyFrom(ctx, pgx.Identifier{"demo_sales"},
		[]string{"place", "store_id", "kind", "local_time", "currency", "amount", "person_id", "external_ref", "voided"}, pgx.CopyFromRows(rows))
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, person_id, external_ref, voided_at, created_at, updated_at)
		SELECT $1, store.id, sold.kind, local.at, sold.currency, sold.amount, sold.person_id, sold.external_ref,
			CASE WHEN sold.voided THEN local.at + interval '10 minutes' END, local.at, local.at
		FROM demo_sales AS sold JOIN canonical.stores AS store ON (store.organization_id, store.id) = ($1, sold.store_id)
		CROSS JOIN LATERAL (SELECT sold.local_time AT TIME ZONE store.time_zone AS at) AS local ORDER BY sold.place`, organization)
	batch.Queue(`TRUNCATE demo_sales`)
	return w.tx.SendBatch(ctx, batch).Close()
}
