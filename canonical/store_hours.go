package canonical

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// StoreHoursSet replaces all hours of a store's week from a date on, until the next planned change or the date given, and
// returns the store's key. The hours before the date stay, and reach past midnight into it.
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
		dates, err := u.replaced(ctx, "store_hours", found, in.EffectiveFrom, in.EffectiveTo)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.replacePeriods(ctx, id, periods, replaceValid("store_hours", "weekday int", "start_minute int", "length_minutes int"), dates.from, dates.until)
	})
}

// effectiveFrom checks and returns the date from which a set is replaced: today if the input leaves it out, nil for all dates.
func (u *unitOfWork) effectiveFrom(in graphql.Omittable[*model.Date], today model.Date) *model.Date {
	if from, given := in.ValueOK(); given {
		if from != nil {
			u.checkDay("effectiveFrom", *from)
		}
		return from
	}
	return &today
}

func init() {
	registerConstraints(map[string]model.UserError{
		"store_hours_store_fkey":      {Path: "id", Code: notFound, Message: "does not exist"},
		"store_hours_valid_some_days": {Path: "effectiveFrom", Code: invalid, Message: notADay},
		"store_hours_weekday_range":   {Path: "periods", Code: invalid, Message: "a weekday is not one"},
		"store_hours_start_range":     {Path: "periods", Code: invalid, Message: "a start is not a time of day"},
		"store_hours_length_range":    {Path: "periods", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
		"store_hours_do_not_overlap":  {Path: "periods", Code: invalid, Message: "two periods overlap"},
	})
}
