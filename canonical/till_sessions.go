package canonical

import (
	"cmp"
	"context"
	"fmt"

	"daybook/graph/model"
)

type tillSession struct {
	record
	StoreID, TillID int64
	BusinessDate    model.Date
	Currency        string
	State           string // open, closed or reopened
}

const selectTillSession = `SELECT id, version, store_id, till_id, business_date, currency, state FROM canonical.till_sessions`

// TillOpen opens a till for a business day, by default the store's current one, and returns the session's key. Its currency is
// the organization's base currency. A till that is open, or of an archived store, is refused, as is a day on which the actor may not book: the till could not
// be closed. A day after tomorrow is refused too: what is sold until then would not be of the session's day.
func (s *Store) TillOpen(ctx context.Context, actor Actor, in model.TillOpenInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		if err := u.checkLive(ctx, "tillId", in.TillID, "Till", "tills"); err != nil || u.err() != nil {
			return 0, cmp.Or(err, u.err())
		}
		t, err := load[till](ctx, u, in.TillID.Key, nil, selectTill) // which holds it
		switch {
		case err != nil:
			return 0, err
		case t.archived():
			return 0, reject("tillId", state, "is archived")
		}
		var today model.Date
		var open, archived, later bool
		err = u.QueryRow(ctx, `SELECT current.day, coalesce($4::date > current.day + 1, false),
				EXISTS (SELECT FROM canonical.till_sessions WHERE organization_id = $1 AND till_id = $3 AND state = 'open'),
				EXISTS (SELECT FROM canonical.stores WHERE organization_id = $1 AND id = $2 AND archived_at IS NOT NULL)
			FROM canonical.business_date($1, $2, now()) AS current (day)`,
			u.actor.OrganizationID, t.StoreID, t.ID, in.BusinessDate.Value()).Scan(&today, &later, &open, &archived)
		switch {
		case err != nil:
			return 0, fmt.Errorf("look up the till's session: %w", err)
		case archived:
			u.addError("tillId", state, "is of a store that is archived")
		case open:
			u.addError("tillId", state, "is open already")
		}
		if later {
			u.addError("businessDate", invalid, "is later than tomorrow")
		}
		setGiven(&today, in.BusinessDate)
		u.checkUnlocked("businessDate", u.org, today)
		var float model.Decimal
		setGiven(&float, in.OpeningFloat)
		opening := u.toMinor("openingFloat", float, u.org.BaseCurrency)
		if float.IsNegative() {
			u.addError("openingFloat", invalid, "must not be negative")
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return u.save(ctx, 0, row{table: "till_sessions", fixed: columns{
			{"store_id", t.StoreID}, {"till_id", t.ID}, {"business_date", today}, {"currency", u.org.BaseCurrency}, {"opening_float", opening},
		}})
	})
}

// TillMove puts cash into a session's till or takes some out, never more than there is, and returns the session's key.
func (s *Store) TillMove(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.TillMoveInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		session, err := u.loadTillSession(ctx, id, expectedVersion)
		if err != nil {
			return 0, err
		}
		amount := u.toPositiveMinor("amount", in.Amount, session.Currency)
		u.checkRequired("reason", &in.Reason, maxLine)
		var account *int64
		if other := in.AccountID.Value(); other != nil {
			account = &other.Key
			if _, err := u.checkBookedAccount(ctx, "accountId", *other); err != nil {
				return 0, err
			}
		}
		if in.Direction == model.TillMoveDirectionOut {
			var cash int64
			err := u.QueryRow(ctx, `SELECT canonical.till_cash($1, $2)`, u.actor.OrganizationID, id).Scan(&cash)
			if err != nil {
				return 0, fmt.Errorf("read what is in the till: %w", err)
			}
			if amount > cash {
				u.addError("amount", exceeds, "is more than the cash in the till")
			}
			amount = -amount
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		_, err = u.save(ctx, 0, row{table: "till_movements", fixed: columns{
			{"till_session_id", id}, {"amount", amount}, {"reason", in.Reason}, {"account_id", account},
		}})
		return id, err
	})
}

// loadTillSession is load for a session that is not closed.
func (u *unitOfWork) loadTillSession(ctx context.Context, id int64, expected *int) (tillSession, error) {
	session, err := load[tillSession](ctx, u, id, expected, selectTillSession)
	if err == nil && session.State == "closed" {
		err = reject("id", state, "is closed")
	}
	return session, err
}

// tillCount is what was counted of a tender, as canonical.close_day takes it.
type tillCount struct {
	Tender        string  `json:"tender"`
	Counted       int64   `json:"counted"`
	Denominations []int64 `json:"denominations"`
	Pieces        []int   `json:"pieces"`
}

// checkCounts checks what was counted as a till was closed: cash, and every tender once.
func (u *unitOfWork) checkCounts(in []model.TillCountInput, currency string) []tillCount {
	counts, seen := []tillCount{}, map[model.Tender]bool{}
	for i, input := range in {
		path := fmt.Sprintf("counted.%d.", i)
		if seen[input.Tender] {
			u.addError(path+"tender", invalid, "is named twice")
		}
		seen[input.Tender] = true
		counts = append(counts, u.checkCounted(path, input, currency))
	}
	if !seen[model.TenderCash] {
		u.addError("counted", required, "cash must be counted")
	}
	return counts
}

func (u *unitOfWork) checkCounted(path string, in model.TillCountInput, currency string) tillCount {
	count := tillCount{Tender: tenderName(in.Tender), Denominations: []int64{}, Pieces: []int{}}
	var sum int64
	for i, d := range in.Denominations.Value() {
		at := fmt.Sprintf("%sdenominations.%d.", path, i)
		value := u.toPositiveMinor(at+"value", d.Value, currency)
		if d.Pieces < 0 || d.Pieces > 1_000_000 {
			u.addError(at+"pieces", invalid, "must be from 0 to 1 000 000")
			continue
		}
		count.Denominations, count.Pieces = append(count.Denominations, value), append(count.Pieces, d.Pieces)
		if sum += value * int64(d.Pieces); value > maxAmount || sum > maxAmount {
			u.addError(at+"value", invalid, "is too large")
			return count
		}
	}
	amount := in.Amount.Value()
	switch {
	case amount != nil:
		if count.Counted = u.toMinor(path+"amount", *amount, currency); amount.IsNegative() {
			u.addError(path+"amount", invalid, "must not be negative")
		}
		if len(count.Pieces) > 0 && count.Counted != sum {
			u.addError(path+"amount", invalid, "is not what the denominations come to")
		}
	case in.Denominations.Value() != nil:
		count.Counted = sum
	default:
		u.addError(path+"amount", required, "must be given, or its denominations")
	}
	return count
}

func init() {
	registerConstraints(map[string]model.UserError{
		"till_sessions_till_fkey":           {Path: "tillId", Code: notFound, Message: "does not exist"},
		"till_sessions_business_date_range": {Path: "businessDate", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"till_sessions_opening_float_range": {Path: "openingFloat", Code: invalid, Message: "must not be negative or too large"},
		"till_sessions_open_key":            {Path: "tillId", Code: state, Message: "is open already"},
		"till_sessions_open":                {Path: "id", Code: state, Message: "is closed"},
		"till_sessions_closed":              {Path: "id", Code: state, Message: "a session is closed by a day close"},
		"till_sessions_hard_locked":         {Path: "businessDate", Code: state, Message: "the books are closed for the day"},
		"till_sessions_fixed":               {Path: "id", Code: state, Message: "a session keeps its till, day, currency and float"},
		"till_movements_session_fkey":       {Path: "id", Code: notFound, Message: "does not exist"},
		"till_movements_account_fkey":       {Path: "accountId", Code: notFound, Message: "does not exist"},
		"till_movements_amount_range":       {Path: "amount", Code: invalid, Message: "must not be zero or too large"},
		"till_movements_reason_given":       {Path: "reason", Code: required, Message: "must be given"},
		"till_movements_immutable":          {Path: "id", Code: state, Message: "movements of cash are not changed: make the opposite one"},
		"till_movements_within_cash":        {Path: "amount", Code: exceeds, Message: "is more than the cash in the till"},
	})
}
