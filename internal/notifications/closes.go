package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// tellCloses tells of tills that were over or short, and of low takings, by day closes that were made and are not reversed since. A
// store's day is told of once all sessions of it are closed, with what all its closes came to by then.
func tellCloses(ctx context.Context, tx pgx.Tx, organizationID int64, closes []int64, mail bool) error {
	_, err := tx.Exec(ctx, `WITH home AS MATERIALIZED (SELECT base_currency FROM canonical.organizations WHERE id = $1),
		fresh AS MATERIALIZED (
			SELECT close.id, close.store_id, store.name AS store, till.name AS till, close.business_date AS day, close.created_at, home.base_currency, (
					SELECT coalesce(sum(canonical.in_base(t.difference, close.currency, home.base_currency, close.fx_rate)), 0)::bigint
					FROM canonical.day_close_tenders AS t WHERE (t.organization_id, t.day_close_id) = ($1, close.id)) AS difference
			FROM canonical.day_closes AS close CROSS JOIN home
			JOIN canonical.stores AS store ON (store.organization_id, store.id) = (close.organization_id, close.store_id)
			LEFT JOIN canonical.tills AS till ON (till.organization_id, till.id) = (close.organization_id, close.till_id)
			WHERE close.organization_id = $1 AND close.id = ANY ($3) AND close.reversed_at IS NULL),
		day AS MATERIALIZED (
			SELECT fresh.store_id, fresh.store, fresh.day, fresh.base_currency, max(fresh.created_at) AS created_at, max(fresh.id) AS place, (
					SELECT coalesce(sum(canonical.in_base(t.amount, c.currency, fresh.base_currency, c.fx_rate)), 0)::bigint
					FROM canonical.day_closes AS c
					JOIN canonical.day_close_tenders AS t ON (t.organization_id, t.day_close_id) = (c.organization_id, c.id)
					WHERE (c.organization_id, c.store_id, c.business_date) = ($1, fresh.store_id, fresh.day) AND c.reversed_at IS NULL) AS takings
			FROM fresh
			WHERE NOT EXISTS (
				SELECT FROM canonical.tills AS till
				JOIN canonical.till_sessions AS session ON (session.organization_id, session.till_id) = (till.organization_id, till.id)
				WHERE (till.organization_id, till.store_id, session.business_date) = ($1, fresh.store_id, fresh.day) AND session.state <> 'closed')
			GROUP BY fresh.store_id, fresh.store, fresh.day, fresh.base_currency),
		occasion AS MATERIALIZED (
			SELECT format('%s DayClose:%s', $4::text, id) AS name, $4::text AS type, format('%s of %s was %s %s %s on %s', till, store,
					canonical.major(abs(difference), base_currency), base_currency, CASE WHEN difference > 0 THEN 'over' ELSE 'short' END, to_char(day, 'YYYY-MM-DD')) AS text,
				'DayClose' AS canonical_type, id AS canonical_id, created_at AS occurred_at, id AS place, abs(difference) AS amount
			FROM fresh WHERE till IS NOT NULL
			UNION ALL
			SELECT format('%s Store:%s %s', $5::text, store_id, to_char(day, 'YYYY-MM-DD')), $5::text,
				format('%s took %s %s on %s', store, canonical.major(takings, base_currency), base_currency, to_char(day, 'YYYY-MM-DD')),
				'Store', store_id, created_at, place, takings
			FROM day`+thenTell,
		organizationID, mail, closes, tillDifference, takingsLow)
	if err != nil {
		return fmt.Errorf("save notifications of closed days: %w", err)
	}
	return nil
}
