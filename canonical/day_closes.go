package canonical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

type dayClose struct {
	record
	TillSessionID *int64
	StoreID       int64
	BusinessDate  model.Date
	Reversed      bool
}

const selectDayClose = `SELECT id, version, till_session_id, store_id, business_date, reversed_at IS NOT NULL AS reversed FROM canonical.day_closes`

// TillClose closes a session with what was counted, posts its sales, and returns the session's key. What is expected is read
// while no sale of the session can be recorded or voided.
func (s *Store) TillClose(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.TillCloseInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		session, err := u.loadTillSession(ctx, id, expectedVersion)
		if err != nil {
			return 0, err
		}
		counts := u.checkCounts(in.Counted, session.Currency)
		note := ""
		setGiven(&note, in.Note)
		u.checkText("note", &note, maxText)
		u.checkUnlocked("", u.org, session.BusinessDate)
		if err := u.err(); err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.till_sessions SET state = 'closed', closed_at = now() WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, id)
		_, err = u.closeDay(ctx, session.StoreID, &session, session.BusinessDate, session.Currency, one, note, counts)
		return id, err
	})
}

// SalesPost posts the live sales of a store's business day that are of no till, in one currency, and returns the close's key. A
// day that is closed already, or without such sales, is refused.
func (s *Store) SalesPost(ctx context.Context, actor Actor, in model.SalesPostInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		money, note := rated{Currency: u.org.BaseCurrency}, ""
		setGiven(&money.Currency, in.Currency)
		setGiven(&note, in.Note)
		u.checkText("note", &note, maxText)
		if err := u.setCurrencyAndRate(ctx, u.org, &money, rated{}, in.FxRate, in.BusinessDate, in.BusinessDate); err != nil {
			return 0, err
		}
		u.checkUnlocked("businessDate", u.org, in.BusinessDate)
		if _, err := u.checkExists(ctx, "storeId", in.StoreID, "Store", "stores"); err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		if err := u.holdStore(ctx, in.StoreID.Key); err != nil {
			return 0, err
		}
		var closed, sold bool
		err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.day_closes
				WHERE (organization_id, store_id, business_date, currency) = ($1, $2, $3, $4) AND till_session_id IS NULL AND reversed_at IS NULL),
			EXISTS (SELECT FROM canonical.sales
				WHERE (organization_id, store_id, booked_on, currency) = ($1, $2, $3, $4) AND till_session_id IS NULL AND voided_at IS NULL)`,
			u.actor.OrganizationID, in.StoreID.Key, in.BusinessDate, money.Currency).Scan(&closed, &sold)
		switch {
		case err != nil:
			return 0, fmt.Errorf("look up the day's sales: %w", err)
		case closed:
			return 0, reject("businessDate", state, "is closed already")
		case !sold:
			return 0, reject("businessDate", state, "has no sales without a till in this currency")
		}
		return u.closeDay(ctx, in.StoreID.Key, nil, in.BusinessDate, money.Currency, money.FxRate, note, []tillCount{})
	})
}

// DayCloseReverse takes a day close out of the books and opens its day again, and returns its key. In a locked period it is
// refused.
func (s *Store) DayCloseReverse(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		// First the session or the store, as a close does.
		var session *int64
		var store int64
		err := u.QueryRow(ctx, `SELECT till_session_id, store_id FROM canonical.day_closes WHERE organization_id = $1 AND id = $2`,
			u.actor.OrganizationID, id).Scan(&session, &store)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return 0, reject("id", notFound, "does not exist")
		case err != nil:
			return 0, fmt.Errorf("look up the day close: %w", err)
		case session == nil:
			err = u.holdStore(ctx, store)
		default:
			_, err = load[tillSession](ctx, u, *session, nil, selectTillSession)
		}
		if err != nil {
			return 0, err
		}
		c, err := load[dayClose](ctx, u, id, expectedVersion, selectDayClose)
		switch {
		case err != nil:
			return 0, err
		case c.Reversed:
			return 0, reject("id", state, "is reversed already")
		}
		if u.checkUnlocked("", u.org, c.BusinessDate); u.err() != nil {
			return 0, u.err()
		}
		if session != nil {
			u.queue(`UPDATE canonical.till_sessions SET state = 'reopened', closed_at = NULL WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, *session)
		}
		u.queue(`UPDATE canonical.day_close_sales SET reversed = true WHERE organization_id = $1 AND day_close_id = $2`, u.actor.OrganizationID, id)
		return u.changeRecord(id, `UPDATE canonical.day_closes SET reversed_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}

// holdStore keeps sales without a till from being recorded, voided or moved in a store until the transaction ends, and makes
// whoever waits for it see what this transaction did.
func (u *unitOfWork) holdStore(ctx context.Context, id int64) error {
	_, err := u.Exec(ctx, `UPDATE canonical.stores SET external_ref = external_ref WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, id)
	if err != nil {
		return fmt.Errorf("hold the store: %w", err)
	}
	return nil
}

// closeDay closes a day, or a session of it, and returns the close's key. The store or the session is held.
func (u *unitOfWork) closeDay(ctx context.Context, store int64, session *tillSession, day model.Date, currency string, rate model.Decimal, note string, counts []tillCount) (id int64, err error) {
	counted, err := json.Marshal(counts)
	if err != nil {
		return 0, fmt.Errorf("write what was counted: %w", err)
	}
	var till, sessionID *int64
	if session != nil {
		till, sessionID = &session.TillID, &session.ID
	}
	err = u.QueryRow(ctx, `SELECT canonical.close_day($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		u.actor.OrganizationID, store, till, sessionID, day, currency, rate, note, counted).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("close the day: %w", err)
	}
	return id, nil
}

// tenderName returns a tender as the database names it.
func tenderName(tender model.Tender) string { return strings.ToLower(string(tender)) }

func init() {
	registerConstraints(map[string]model.UserError{
		"day_closes_store_fkey":           {Path: "storeId", Code: notFound, Message: "does not exist"},
		"day_closes_business_date_range":  {Path: "businessDate", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"day_closes_currency_fkey":        {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"day_closes_fx_rate_range":        {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"day_closes_session_key":          {Path: "id", Code: state, Message: "is closed already"},
		"day_closes_day_key":              {Path: "businessDate", Code: state, Message: "is closed already"},
		"day_closes_hard_locked":          {Path: "", Code: state, Message: "the books are closed for the day"},
		"day_closes_immutable":            {Path: "id", Code: state, Message: "a day close is not changed: reverse it and close the day again"},
		"day_closes_sums":                 {Path: "id", Code: conflict, Message: "its sums are not those of its sales"},
		"day_closes_balanced":             {Path: "id", Code: conflict, Message: "the tenders of its sales are not what they come to"},
		"day_close_sales_sale_fkey":       {Path: "id", Code: state, Message: "a day close has posted the sale"},
		"day_close_sales_sale_key":        {Path: "id", Code: conflict, Message: "another close has posted a sale"},
		"day_close_sales_reversed":        {Path: "id", Code: conflict, Message: "a close is reversed as a whole"},
		"day_close_sales_whole":           {Path: "id", Code: conflict, Message: "a close posts all live sales of its day"},
		"day_close_tenders_counted_range": {Path: "counted", Code: invalid, Message: "must not be negative or too large"},
	})
}
