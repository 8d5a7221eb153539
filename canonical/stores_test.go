package canonical_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
)

// store creates a store in the zone and returns its key.
func (w *world) store(name, zone string) int64 {
	w.t.Helper()
	id, err := w.StoreCreate(w.t.Context(), w.owner, model.StoreCreateInput{Name: some(name), TimeZone: some(zone)})
	must(w.t, err)
	return id
}

func TestStoreZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	for _, zone := range []string{"+10", "FOO-25BAR", "EST", "australia/adelaide", "", "Local", " Australia/Adelaide", "Australia/Nowhere",
		"posix/Australia/Adelaide", "Etc/GMT+10", "UTC+10", "utc", "Australia/Adelaide\x00"} {
		t.Run(zone, func(t *testing.T) {
			_, err := w.StoreCreate(t.Context(), w.owner, model.StoreCreateInput{Name: some("Unley"), TimeZone: some(zone)})
			wantMistakes(t, err, "timeZone INVALID")
			_, err = w.StoreUpdate(t.Context(), w.owner, id, nil, model.StoreUpdateInput{TimeZone: some(zone)})
			wantMistakes(t, err, "timeZone INVALID")
			if strings.Contains(zone, "\x00") {
				return
			}
			_, err = w.pool.Exec(t.Context(), `UPDATE canonical.stores SET time_zone = $1`, zone)
			if refused := new(pgconn.PgError); !errors.As(err, &refused) || refused.ConstraintName != "stores_time_zone" {
				t.Errorf("%q is not refused by stores_time_zone: %v", zone, err)
			}
		})
	}
	for _, zone := range []string{"UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Argentina/Buenos_Aires"} {
		t.Run(zone, func(t *testing.T) {
			_, err := w.StoreUpdate(t.Context(), w.owner, id, nil, model.StoreUpdateInput{TimeZone: some(zone)})
			must(t, err)
		})
	}
	other, err := w.StoreCreate(t.Context(), w.owner, model.StoreCreateInput{Name: some("Home")})
	must(t, err)
	if got := one[string](w, `SELECT time_zone FROM canonical.stores WHERE id = $1`, other); got != "Australia/Adelaide" {
		t.Errorf("without a zone it is in %s", got)
	}
}

// A change of anything but the zone does not look through the server's time zones, which are files.
func TestZonesAreReadOnlyWhenTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store("Norwood", "Australia/Adelaide")
	_, err := w.pool.Exec(t.Context(), `CREATE OR REPLACE FUNCTION canonical.is_time_zone(name text) RETURNS boolean
		LANGUAGE plpgsql AS $$ BEGIN RAISE 'the zones were read'; END $$`)
	must(t, err)
	for _, set := range []string{"name = name || '!'", "archived_at = now()", "time_zone = time_zone"} {
		if _, err := w.pool.Exec(t.Context(), "UPDATE canonical.stores SET "+set); err != nil {
			t.Errorf("%s: %v", set, err)
		}
	}
	_, err = w.pool.Exec(t.Context(), "UPDATE canonical.organizations SET name = name || '!'")
	must(t, err)
	for _, table := range []string{"stores", "organizations"} {
		if _, err := w.pool.Exec(t.Context(), "UPDATE canonical."+table+" SET time_zone = 'UTC'"); err == nil || !strings.Contains(err.Error(), "the zones were read") {
			t.Errorf("%s: a new zone is not checked: %v", table, err)
		}
	}
}

func TestStoresAreSavedAndArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, id := t.Context(), w.store(" Norwood ", "UTC")
	_, err := w.StoreCreate(ctx, w.owner, model.StoreCreateInput{Name: some("NORWOOD"), TimeZone: some("+10")})
	wantMistakes(t, err, "name TAKEN", "timeZone INVALID")
	_, err = w.StoreCreate(ctx, w.owner, model.StoreCreateInput{})
	wantMistakes(t, err, "name REQUIRED")
	_, err = w.StoreUpdate(ctx, w.owner, id, new(1), model.StoreUpdateInput{BusinessDayStart: some(model.LocalTime{Minute: 240}), ExternalRef: some("S1")})
	must(t, err)
	if got := one[string](w, `SELECT concat_ws(' ', name, business_day_start_minute, external_ref, version) FROM canonical.stores`); got != "Norwood 240 S1 2" {
		t.Errorf("saved %q", got)
	}
	_, err = w.StoreUpdate(ctx, w.owner, id, new(1), model.StoreUpdateInput{Name: some("Late")})
	wantMistakes(t, err, "expectedVersion CONFLICT")
	_, err = w.StoreCreate(ctx, w.owner, model.StoreCreateInput{Name: some("Other"), ExternalRef: some("S1")})
	wantMistakes(t, err, "externalRef TAKEN")

	stranger := w.organization("Eve's", "AUD")
	_, err = w.StoreArchive(ctx, stranger, id, nil)
	wantMistakes(t, err, "id NOT_FOUND")
	reader := canonical.Actor{OrganizationID: w.owner.OrganizationID, UserID: w.owner.UserID, Role: model.RoleReader}
	_, err = w.StoreDayPartsSet(ctx, reader, id, nil, model.StoreDayPartsSetInput{})
	wantMistakes(t, err, " FORBIDDEN")

	for range 2 {
		_, err = w.StoreArchive(ctx, w.owner, id, nil)
		must(t, err)
	}
	if got := one[int](w, `SELECT version FROM canonical.stores`); got != 3 {
		t.Errorf("archived twice, its version is %d", got)
	}
	for name, change := range map[string]func() (int64, error){
		"store": func() (int64, error) {
			return w.StoreUpdate(ctx, w.owner, id, nil, model.StoreUpdateInput{Name: some("x")})
		},
		"hours": func() (int64, error) { return w.StoreHoursSet(ctx, w.owner, id, nil, model.StoreHoursSetInput{}) },
		"exceptions": func() (int64, error) {
			return w.StoreHourExceptionsSet(ctx, w.owner, id, nil, model.StoreHourExceptionsSetInput{})
		},
		"day parts": func() (int64, error) { return w.StoreDayPartsSet(ctx, w.owner, id, nil, model.StoreDayPartsSetInput{}) },
	} {
		_, err := change()
		if t.Run(name, func(t *testing.T) { wantMistakes(t, err, "id STATE") }); err == nil {
			return
		}
	}
	for range 2 {
		_, err = w.StoreRestore(ctx, w.owner, id, nil)
		must(t, err)
	}
	if got := one[int](w, `SELECT version FROM canonical.stores WHERE archived_at IS NULL`); got != 4 {
		t.Errorf("restored twice, its version is %d", got)
	}
	_, err = w.StoreArchive(ctx, w.owner, id, nil)
	must(t, err)
	w.store("norwood", "UTC") // the name is free again
	_, err = w.StoreRestore(ctx, w.owner, id, nil)
	wantMistakes(t, err, "name TAKEN")
}

// at parses a time of day such as 22:00.
func at(text string) model.LocalTime {
	l, err := model.ParseLocalTime(text)
	if err != nil {
		panic(err)
	}
	return l
}

func day(text string) model.Date {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return model.Date{Time: t}
}

// from returns the input field effectiveFrom; an empty date is null, for all dates.
func from(text string) graphql.Omittable[*model.Date] {
	if text == "" {
		return null[model.Date]()
	}
	return some(day(text))
}

func hours(weekday model.Weekday, start string, length int) model.StoreHoursInput {
	return model.StoreHoursInput{Weekday: weekday, Start: at(start), LengthMinutes: length}
}

const (
	mon = model.WeekdayMonday
	tue = model.WeekdayTuesday
	sat = model.WeekdaySaturday
	sun = model.WeekdaySunday
)
