package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// StoreHourExceptionsSet replaces all of a store's exceptions from a date on, and returns the store's key.
func (s *Store) StoreHourExceptionsSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreHourExceptionsSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		found, err := loadLive[store](ctx, u, id, expectedVersion, selectStore)
		if err != nil {
			return 0, err
		}
		from := u.effectiveFrom(in.EffectiveFrom, found.Today)
		periods, err := u.checkExceptions(ctx, id, from, in.Exceptions)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replaceExceptions(ctx, id, periods, window{from: from})
	})
}

// StoreHourExceptionSet saves the exception of one date, in place of an earlier one of this date, and returns the store's
// key. Those of other dates stay.
func (s *Store) StoreHourExceptionSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreHourExceptionInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := loadLive[store](ctx, u, id, expectedVersion, selectStore); err != nil {
			return 0, err
		}
		if !u.checkCount("periods", len(in.Periods.Value())) {
			return 0, u.err()
		}
		u.checkDay("date", in.Date)
		line := circle{length: longestLine}
		if err := u.addKeptExceptions(ctx, &line, id, in.Date.AddDays(-1), in.Date.AddDays(1)); err != nil {
			return 0, err
		}
		periods := u.checkException("", &line, in)
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replaceExceptions(ctx, id, periods, onDate(in.Date))
	})
}

// StoreHourExceptionClear deletes the exception of one date, on which the hours of its weekday hold again, and returns the
// store's key. Where there is none, nothing changes.
func (s *Store) StoreHourExceptionClear(ctx context.Context, actor Actor, id int64, expectedVersion *int, date model.Date) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := loadLive[store](ctx, u, id, expectedVersion, selectStore); err != nil {
			return 0, err
		}
		return id, u.replaceExceptions(ctx, id, nil, onDate(date))
	})
}

// onDate returns the window of one date.
func onDate(date model.Date) window { return window{from: &date, until: new(date.AddDays(1))} }

// replaceExceptions replaces a store's exceptions on the dates of the window.
func (u *unitOfWork) replaceExceptions(ctx context.Context, storeID int64, periods []storePeriod, dates window) error {
	return u.replacePeriods(ctx, storeID, periods, replacement{`
			DELETE FROM canonical.store_hour_exceptions AS old
			WHERE organization_id = $1 AND store_id = $2 AND on_date <@ daterange($4, $5) AND NOT EXISTS (
				SELECT FROM jsonb_to_recordset($3) AS new (on_date date, closed boolean, start_minute int, length_minutes int, reason text)
				WHERE (new.on_date, new.closed, new.start_minute, new.length_minutes, new.reason)
					IS NOT DISTINCT FROM (old.on_date, old.closed, old.start_minute, old.length_minutes, old.reason))`, `
			INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes, reason)
			SELECT $1, $2, new.on_date, new.closed, new.start_minute, new.length_minutes, new.reason
			FROM jsonb_to_recordset($3) AS new (on_date date, closed boolean, start_minute int, length_minutes int, reason text)
			WHERE NOT EXISTS (
				SELECT FROM canonical.store_hour_exceptions AS old
				WHERE organization_id = $1 AND store_id = $2 AND old.on_date = new.on_date AND old.on_date <@ daterange($4, $5)
					AND (new.closed, new.start_minute, new.length_minutes) IS NOT DISTINCT FROM (old.closed, old.start_minute, old.length_minutes))`,
	}, dates.from, dates.until)
}

// checkExceptions checks the whole new set of a store's exceptions against each other and those that stay, and returns the
// periods to save.
func (u *unitOfWork) checkExceptions(ctx context.Context, storeID int64, from *model.Date, inputs []model.StoreHourExceptionInput) ([]storePeriod, error) {
	count := len(inputs)
	for _, in := range inputs {
		count += len(in.Periods.Value())
	}
	if !u.checkCount("exceptions", count) {
		return nil, nil
	}
	line := circle{length: longestLine}
	if from != nil {
		// Of those that stay only the periods of the day before can reach into the new ones.
		if err := u.addKeptExceptions(ctx, &line, storeID, from.AddDays(-1)); err != nil {
			return nil, err
		}
	}
	var list []storePeriod
	seen := map[string]int{}
	for i, in := range inputs {
		path := fmt.Sprintf("exceptions.%d.", i)
		first, again := seen[in.Date.String()]
		switch {
		case again:
			u.addError(path+"date", invalid, "is the date of exceptions.%d too", first)
			continue
		case u.checkDay(path+"date", in.Date) && from != nil && in.Date.Before(from.Time):
			u.addError(path+"date", invalid, "must not be before %s, from when the exceptions are replaced", from)
		}
		seen[in.Date.String()] = i
		list = append(list, u.checkException(path, &line, in)...)
	}
	return list, nil
}

// longestLine is a length of a circle on which nothing wraps around: longer than the time between any two dates.
const longestLine = 1 << 40

// checkException checks one exception and returns its periods to save. path is that of its fields: `exceptions.1.`. The line
// has the periods, in minutes since 1970, that they must not overlap, and gets them.
func (u *unitOfWork) checkException(path string, line *circle, in model.StoreHourExceptionInput) (list []storePeriod) {
	reason := ""
	setGiven(&reason, in.Reason)
	u.checkText(path+"reason", &reason, maxLine)
	periods := in.Periods.Value()
	if len(periods) == 0 {
		return []storePeriod{{Date: &in.Date, Closed: true, Reason: reason}}
	}
	for n, p := range periods {
		list = append(list, storePeriod{Date: &in.Date, Reason: reason, Start: new(p.Start.Minute), Length: &p.LengthMinutes})
		line.add(u, fmt.Sprintf("%speriods.%d", path, n), minuteOf(in.Date)+p.Start.Minute, p.LengthMinutes)
	}
	return list
}

// addKeptExceptions adds to the line the saved periods of exceptions on the dates.
func (u *unitOfWork) addKeptExceptions(ctx context.Context, line *circle, storeID int64, dates ...model.Date) error {
	rows, _ := u.Query(ctx, `SELECT on_date, start_minute, length_minutes FROM canonical.store_hour_exceptions
		WHERE organization_id = $1 AND store_id = $2 AND on_date = ANY ($3) AND NOT closed`, u.actor.OrganizationID, storeID, dates)
	kept, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (arc, error) {
		var day model.Date
		var a arc
		err := row.Scan(&day, &a.start, &a.length)
		a.path, a.start = "the exception on "+day.String(), a.start+minuteOf(day)
		return a, err
	})
	if err != nil {
		return fmt.Errorf("load exceptions: %w", err)
	}
	line.arcs = append(line.arcs, kept...)
	return nil
}

// minuteOf returns the minutes of local time from 1970 to the beginning of the day.
func minuteOf(day model.Date) int { return int(day.Unix() / 60) }

func init() {
	registerConstraints(map[string]model.UserError{
		"store_hour_exceptions_store_fkey":     {Path: "id", Code: notFound, Message: "does not exist"},
		"store_hour_exceptions_date_range":     {Path: "exceptions", Code: invalid, Message: "a date " + notADay},
		"store_hour_exceptions_start_range":    {Path: "exceptions", Code: invalid, Message: "a start is not a time of day"},
		"store_hour_exceptions_length_range":   {Path: "exceptions", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
		"store_hour_exceptions_closed_or_open": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
		"store_hour_exceptions_do_not_overlap": {Path: "exceptions", Code: invalid, Message: "two periods overlap"},
		"store_hour_exceptions_one_kind_a_day": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
		"store_hour_exceptions_closed_key":     {Path: "exceptions", Code: invalid, Message: "a date is named twice"},
	})
}
