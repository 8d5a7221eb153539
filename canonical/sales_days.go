package canonical

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// placeSales gives new rows the day that they are booked on and the session of their till, and returns the rows without a user
// error: what arrives for a day that is closed or behind the hard lock, or for a till that is not open, may be one. The days stay open until the transaction ends.
func (u *unitOfWork) placeSales(ctx context.Context, rows []sale) ([]sale, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	stores, tills, times, currencies := make([]int64, len(rows)), make([]*int64, len(rows)), make([]time.Time, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		stores[i], tills[i], times[i], currencies[i] = row.StoreID, row.TillID, row.OccurredAt, row.Currency
	}
	result, _ := u.Query(ctx, `SELECT place, own_day, booked_on, session_id, late, refusal FROM canonical.place_sales($1, $2, $3, $4, $5)`,
		u.actor.OrganizationID, stores, tills, times, currencies)
	placed := make([]sale, 0, len(rows))
	var place int
	var own model.Date
	var booked *model.Date
	var session *int64
	var late bool
	var refusal *string
	_, err := pgx.ForEachRow(result, []any{&place, &own, &booked, &session, &late, &refusal}, func() error {
		row := rows[place]
		if refusal == nil {
			row.BookedOn, row.TillSessionID, row.BookedLate = *booked, session, late
			placed = append(placed, row)
			return nil
		}
		switch *refusal {
		case "unknown":
			u.addError(row.at("tillId"), notFound, "does not exist in the store")
		case "not_open":
			u.addError(row.at("tillId"), state, "is not open")
		case "currency":
			u.addError(row.at("currency"), invalid, "is not the till's")
		default:
			if row.TillID != nil {
				u.addError(row.at("occurredAt"), state, "is of %s, and the till is open for a later day", own)
			} else {
				u.addError(row.at("occurredAt"), state, "is of %s, which is closed", own)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up the days of sales: %w", err)
	}
	return placed, nil
}

// checkUnposted refuses to change a sale that a day close has posted.
func (u *unitOfWork) checkUnposted(ctx context.Context, sale int64) error {
	var posted bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.day_close_sales WHERE organization_id = $1 AND sale_id = $2 AND NOT reversed)`,
		u.actor.OrganizationID, sale).Scan(&posted)
	switch {
	case err != nil:
		return fmt.Errorf("look up the sale's day: %w", err)
	case posted:
		return reject("id", state, "its day is closed: refund it, or reverse the close")
	}
	return nil
}
