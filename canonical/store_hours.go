package canonical

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// StoreHoursSet replaces all hours of a store's week from a date on, and returns the store's key. The hours before the
// date stay, and reach past midnight into it.
func (s *Store) StoreHoursSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreHoursSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		found, err := loadLive[store](ctx, u, id, expectedVersion, selectStore)
		if err != nil {
			return 0, err
		}
		if !u.checkCount("periods", len(in.Periods)) {
			return 0, u.err()
		}
		circle := circle{length: weekMinutes}
		periods := make([]storePeriod, len(in.Periods))
		for i, p := range in.Periods {
			day := slices.Index(model.AllWeekday, p.Weekday)
			periods[i] = storePeriod{Weekday: day + 1, Start: new(p.Start.Minute), Length: &p.LengthMinutes}
			circle.add(u, fmt.Sprintf("periods.%d", i), day*dayMinutes+p.Start.Minute, p.LengthMinutes)
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replacePeriods(ctx, id, effectiveFrom(in.EffectiveFrom, found.Today), periods, replacement{`
			DELETE FROM canonical.store_hours AS old
			WHERE organization_id = $1 AND store_id = $2 AND valid <@ daterange($3, NULL)
				AND NOT (valid = daterange($3, NULL) AND EXISTS (
					SELECT FROM jsonb_to_recordset($4) AS new (weekday int, start_minute int, length_minutes int)
					WHERE (new.weekday, new.start_minute, new.length_minutes) = (old.weekday, old.start_minute, old.length_minutes)))`, `
			UPDATE canonical.store_hours AS old SET valid = valid - daterange($3, NULL)
			WHERE organization_id = $1 AND store_id = $2 AND valid && daterange($3, NULL) AND NOT valid <@ daterange($3, NULL)
				AND NOT (upper_inf(valid) AND EXISTS (
					SELECT FROM jsonb_to_recordset($4) AS new (weekday int, start_minute int, length_minutes int)
					WHERE (new.weekday, new.start_minute, new.length_minutes) = (old.weekday, old.start_minute, old.length_minutes)))`, `
			INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes)
			SELECT $1, $2, daterange($3, NULL), new.weekday, new.start_minute, new.length_minutes
			FROM jsonb_to_recordset($4) AS new (weekday int, start_minute int, length_minutes int)
			WHERE NOT EXISTS (
				SELECT FROM canonical.store_hours AS old
				WHERE organization_id = $1 AND store_id = $2 AND valid @> daterange($3, NULL)
					AND (new.weekday, new.start_minute, new.length_minutes) = (old.weekday, old.start_minute, old.length_minutes))`,
		})
	})
}

// StoreHourExceptionsSet replaces all of a store's exceptions from a date on, and returns the store's key.
func (s *Store) StoreHourExceptionsSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreHourExceptionsSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		found, err := loadLive[store](ctx, u, id, expectedVersion, selectStore)
		if err != nil {
			return 0, err
		}
		from := effectiveFrom(in.EffectiveFrom, found.Today)
		periods, err := u.checkExceptions(ctx, id, from, in.Exceptions)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replacePeriods(ctx, id, from, periods, replacement{`
			DELETE FROM canonical.store_hour_exceptions AS old
			WHERE organization_id = $1 AND store_id = $2 AND on_date <@ daterange($3, NULL) AND NOT EXISTS (
				SELECT FROM jsonb_to_recordset($4) AS new (on_date date, closed boolean, start_minute int, length_minutes int, reason text)
				WHERE (new.on_date, new.closed, new.start_minute, new.length_minutes, new.reason)
					IS NOT DISTINCT FROM (old.on_date, old.closed, old.start_minute, old.length_minutes, old.reason))`, `
			INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes, reason)
			SELECT $1, $2, new.on_date, new.closed, new.start_minute, new.length_minutes, new.reason
			FROM jsonb_to_recordset($4) AS new (on_date date, closed boolean, start_minute int, length_minutes int, reason text)
			WHERE NOT EXISTS (
				SELECT FROM canonical.store_hour_exceptions AS old
				WHERE organization_id = $1 AND store_id = $2 AND old.on_date = new.on_date AND old.on_date <@ daterange($3, NULL)
					AND (new.closed, new.start_minute, new.length_minutes) IS NOT DISTINCT FROM (old.closed, old.start_minute, old.length_minutes))`,
		})
	})
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
	line := circle{length: 1 << 40} // longer than the time between any two dates, so that nothing wraps around
	if from != nil {
		// Of those that stay only the periods of the day before can reach into the new ones.
		rows, _ := u.Query(ctx, `SELECT on_date, start_minute, length_minutes FROM canonical.store_hour_exceptions
			WHERE organization_id = $1 AND store_id = $2 AND on_date = $3::date - 1 AND NOT closed`, u.actor.OrganizationID, storeID, *from)
		kept, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (arc, error) {
			var day model.Date
			var a arc
			err := row.Scan(&day, &a.start, &a.length)
			a.path, a.start = "the exception on "+day.String(), a.start+minuteOf(day)
			return a, err
		})
		if err != nil {
			return nil, fmt.Errorf("load exceptions: %w", err)
		}
		line.arcs = kept
	}
	var list []storePeriod
	seen := map[string]int{}
	for i, in := range inputs {
		path := fmt.Sprintf("exceptions.%d", i)
		reason := ""
		setGiven(&reason, in.Reason)
		u.checkText(path+".reason", &reason, maxLine)
		first, again := seen[in.Date.String()]
		switch {
		case again:
			u.addError(path+".date", invalid, "is the date of exceptions.%d too", first)
			continue
		case from != nil && in.Date.Before(from.Time):
			u.addError(path+".date", invalid, "must not be before %s, from when the exceptions are replaced", from)
		}
		seen[in.Date.String()] = i
		periods := in.Periods.Value()
		if len(periods) == 0 {
			list = append(list, storePeriod{Date: &in.Date, Closed: true, Reason: reason})
		}
		for n, p := range periods {
			list = append(list, storePeriod{Date: &in.Date, Reason: reason, Start: new(p.Start.Minute), Length: &p.LengthMinutes})
			line.add(u, fmt.Sprintf("%s.periods.%d", path, n), minuteOf(in.Date)+p.Start.Minute, p.LengthMinutes)
		}
	}
	return list, nil
}

// minuteOf returns the minutes of local time from 1970 to the beginning of the day.
func minuteOf(day model.Date) int { return int(day.Unix() / 60) }

// effectiveFrom returns the date from which a set is replaced: today if the input leaves it out, nil for all dates.
func effectiveFrom(in graphql.Omittable[*model.Date], today model.Date) *model.Date {
	if from, given := in.ValueOK(); given {
		return from
	}
	return &today
}

func init() {
	registerConstraints(map[string]model.UserError{
		"store_hours_store_fkey":               {Path: "id", Code: notFound, Message: "does not exist"},
		"store_hours_valid_some_days":          {Path: "effectiveFrom", Code: invalid, Message: "is not a day"},
		"store_hours_weekday_range":            {Path: "periods", Code: invalid, Message: "a weekday is not one"},
		"store_hours_start_range":              {Path: "periods", Code: invalid, Message: "a start is not a time of day"},
		"store_hours_length_range":             {Path: "periods", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
		"store_hours_do_not_overlap":           {Path: "periods", Code: invalid, Message: "two periods overlap"},
		"store_hour_exceptions_store_fkey":     {Path: "id", Code: notFound, Message: "does not exist"},
		"store_hour_exceptions_date_finite":    {Path: "exceptions", Code: invalid, Message: "a date is not a day"},
		"store_hour_exceptions_start_range":    {Path: "exceptions", Code: invalid, Message: "a start is not a time of day"},
		"store_hour_exceptions_length_range":   {Path: "exceptions", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
		"store_hour_exceptions_closed_or_open": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
		"store_hour_exceptions_do_not_overlap": {Path: "exceptions", Code: invalid, Message: "two periods overlap"},
		"store_hour_exceptions_one_kind_a_day": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
		"store_hour_exceptions_closed_key":     {Path: "exceptions", Code: invalid, Message: "a date is named twice"},
	})
}
