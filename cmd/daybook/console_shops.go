package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/console"
)

// openTills reads the tills that are open for the longest.
const openTills = `SELECT till.organization_id, organization.name, store.name, till.name, session.business_date, clock_timestamp() - session.opened_at, (
		SELECT max(business_date) FROM canonical.day_closes AS closed
		WHERE (closed.organization_id, closed.store_id) = (session.organization_id, session.store_id) AND reversed_at IS NULL)
	FROM (SELECT * FROM canonical.till_sessions WHERE state = 'open' ORDER BY opened_at LIMIT $1) AS session
	JOIN canonical.tills AS till ON (till.organization_id, till.id) = (session.organization_id, session.till_id)
	JOIN canonical.stores AS store ON (store.organization_id, store.id) = (session.organization_id, session.store_id)
	JOIN canonical.organizations AS organization ON organization.id = session.organization_id
	ORDER BY session.opened_at`

// lastCloses reads the days that were closed last.
const lastCloses = `SELECT close.organization_id, organization.name, store.name, COALESCE(till.name, ''), close.business_date,
		clock_timestamp() - close.created_at, close.sale_count, close.currency, canonical.major(tenders.amount, close.currency)::text,
		canonical.major(tenders.expected, close.currency)::text, canonical.major(tenders.difference, close.currency)::text, close.reversed_at IS NOT NULL
	FROM (SELECT * FROM canonical.day_closes ORDER BY created_at DESC, id DESC LIMIT $1) AS close
	JOIN canonical.stores AS store ON (store.organization_id, store.id) = (close.organization_id, close.store_id)
	JOIN canonical.organizations AS organization ON organization.id = close.organization_id
	LEFT JOIN canonical.tills AS till ON (till.organization_id, till.id) = (close.organization_id, close.till_id)
	CROSS JOIN LATERAL (
		SELECT COALESCE(sum(amount), 0) AS amount, COALESCE(sum(expected), 0) AS expected, COALESCE(sum(difference), 0) AS difference
		FROM canonical.day_close_tenders WHERE (organization_id, day_close_id) = (close.organization_id, close.id)) AS tenders
	ORDER BY close.created_at DESC, close.id DESC`

// shops adds to s the tills that are open and the days that were closed last.
func (n *node) shops(ctx context.Context, s *console.State) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	rows, _ := n.requests.Query(ctx, openTills, shownRows)
	if s.Tills, err = pgx.CollectRows(rows, pgx.RowToStructByPos[console.Till]); err != nil {
		return fmt.Errorf("console: open tills: %w", err)
	}
	rows, _ = n.requests.Query(ctx, lastCloses, shownRows)
	if s.Closes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[console.Close]); err != nil {
		return fmt.Errorf("console: closed days: %w", err)
	}
	return nil
}
