package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

// StoreDayPartsSet replaces all parts of a store's day from a date on, until the next planned change or the date given, and
// returns the store's key. If an old part reaches past midnight into the first new ones, a moment belongs to the part that
// began later.
func (s *Store) StoreDayPartsSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreDayPartsSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		found, err := loadLive[store](ctx, u, id, expectedVersion, selectStore)
		if err != nil {
			return 0, err
		}
		parts, err := u.checkDayParts(ctx, in.Parts)
		if err != nil {
			return 0, err
		}
		dates, err := u.replaced(ctx, "day_parts", found, in.EffectiveFrom, in.EffectiveTo)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replacePeriods(ctx, id, parts, replaceValid("day_parts", "name text", "start_minute int", "length_minutes int"), dates.from, dates.until)
	})
}

// checkDayParts checks the whole new set of a store's day parts. The database compares the names, whatever their case.
func (u *unitOfWork) checkDayParts(ctx context.Context, inputs []model.DayPartInput) ([]storePeriod, error) {
	if !u.checkCount("parts", len(inputs)) {
		return nil, nil
	}
	circle := circle{length: dayMinutes}
	parts, names := make([]storePeriod, len(inputs)), make([]string, len(inputs))
	for i, in := range inputs {
		path := fmt.Sprintf("parts.%d", i)
		setGiven(&names[i], in.Name)
		u.checkRequired(path+".name", &names[i], maxLine)
		parts[i] = storePeriod{Name: names[i], Start: new(in.Start.Minute), Length: &in.LengthMinutes}
		circle.add(u, path, in.Start.Minute, in.LengthMinutes)
	}
	rows, err := u.Query(ctx, `SELECT n - 1 FROM (
			SELECT n, row_number() OVER (PARTITION BY lower(name) ORDER BY n) AS place
			FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n) WHERE name <> '') AS named
		WHERE place > 1 ORDER BY n`, names)
	if err != nil {
		return nil, fmt.Errorf("compare names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return nil, fmt.Errorf("compare names: %w", err)
		}
		u.addError(fmt.Sprintf("parts.%d.name", i), taken, "is the name of an earlier part too")
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("compare names: %w", err)
	}
	return parts, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"day_parts_store_fkey":      {Path: "id", Code: notFound, Message: "does not exist"},
		"day_parts_valid_some_days": {Path: "effectiveFrom", Code: invalid, Message: notADay},
		"day_parts_name_given":      {Path: "parts", Code: required, Message: "each part needs a name"},
		"day_parts_name_once":       {Path: "parts", Code: taken, Message: "two parts have one name"},
		"day_parts_start_range":     {Path: "parts", Code: invalid, Message: "a start is not a time of day"},
		"day_parts_length_range":    {Path: "parts", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
		"day_parts_do_not_overlap":  {Path: "parts", Code: invalid, Message: "two parts overlap"},
	})
}
