package canonical_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
)

// shop creates a store in a zone.
func (w *world) shop(actor canonical.Actor, zone string) model.ID {
	w.t.Helper()
	return model.ID{Type: "Store", Key: one[int64](w, `INSERT INTO canonical.stores (organization_id, name, time_zone)
		VALUES ($1, $2 || ' ' || (SELECT count(*) FROM canonical.stores), $2) RETURNING id`, actor.OrganizationID, zone)}
}

// staff creates a person who is staff.
func (w *world) staff(actor canonical.Actor, name string) model.ID {
	w.t.Helper()
	id, err := w.PersonCreate(w.t.Context(), actor, model.PersonCreateInput{GivenName: some(name), IsStaff: some(true)})
	must(w.t, err)
	return model.ID{Type: "Person", Key: id}
}

// utc parses a time such as 2006-01-02T15:04 in UTC.
func utc(text string) time.Time {
	at, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return at
}

// roster creates a shift between two instants.
func roster(store model.ID, person graphql.Omittable[*model.ID], from, until string) model.ShiftCreateInput {
	return model.ShiftCreateInput{StoreID: store, PersonID: person, StartsAt: some(utc(from)), EndsAt: some(utc(until))}
}

func (w *world) rostered(store model.ID, person graphql.Omittable[*model.ID], from, until string) int64 {
	w.t.Helper()
	id, err := w.ShiftCreate(w.t.Context(), w.owner, roster(store, person, from, until))
	must(w.t, err)
	return id
}

func localTime(date, start string, minutes int) graphql.Omittable[*model.ShiftLocalTimeInput] {
	var d model.Date
	var l model.LocalTime
	if err := errors.Join(d.UnmarshalGQL(date), l.UnmarshalGQL(start)); err != nil {
		panic(err)
	}
	return some(model.ShiftLocalTimeInput{Date: d, Start: l, LengthMinutes: minutes})
}

func TestShiftInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	shop, ada := w.shop(w.owner, "Australia/Adelaide"), w.staff(w.owner, "Ada")
	old, left, customer := w.shop(w.owner, "UTC"), w.staff(w.owner, "Left"), w.person(w.owner, "Customer")
	_, err := w.pool.Exec(ctx, `UPDATE canonical.stores SET archived_at = now() WHERE id = $1`, old.Key)
	must(t, err)
	_, err = w.PersonArchive(ctx, w.owner, left.Key, nil)
	must(t, err)
	other := w.organization("Other", "AUD")
	theirs, bob := w.shop(other, "UTC"), w.staff(other, "Bob")
	nobody := graphql.Omittable[*model.ID]{}
	half := roster(shop, nobody, "2026-03-01T09:00", "2026-03-01T10:00")
	half.StartsAt = some(half.StartsAt.Value().Add(time.Second))
	long := roster(shop, nobody, "2026-03-01T09:00", "2026-03-01T09:00")
	long.Note, long.ExternalRef = some("a\x00b"), some("\x00")
	both := roster(shop, nobody, "2026-03-01T09:00", "2026-03-01T17:00")
	both.Local = localTime("2026-03-01", "09:00", 60)
	for name, c := range map[string]struct {
		in   model.ShiftCreateInput
		want []string
	}{
		"no time":         {model.ShiftCreateInput{StoreID: shop}, []string{"startsAt REQUIRED", "endsAt REQUIRED"}},
		"all archived":    {roster(old, some(left), "2026-03-01T09:00", "2026-03-01T17:00"), []string{"storeId STATE", "personId STATE"}},
		"no staff":        {roster(shop, some(customer), "2026-03-01T09:00", "2026-03-01T17:00"), []string{"personId STATE"}},
		"theirs":          {roster(theirs, some(bob), "2026-03-01T09:00", "2026-03-01T17:00"), []string{"storeId NOT_FOUND", "personId NOT_FOUND"}},
		"wrong types":     {roster(ada, some(shop), "2026-03-01T09:00", "2026-03-01T17:00"), []string{"storeId NOT_FOUND", "personId NOT_FOUND"}},
		"seconds":         {half, []string{"startsAt INVALID"}},
		"nothing, text":   {long, []string{"endsAt INVALID", "note INVALID", "externalRef INVALID"}},
		"backwards":       {roster(shop, nobody, "2026-03-01T09:00", "2026-03-01T08:59"), []string{"endsAt INVALID"}},
		"too long":        {roster(shop, nobody, "2026-03-01T09:00", "2026-03-02T09:01"), []string{"endsAt INVALID"}},
		"another century": {roster(shop, nobody, "1999-12-31T09:00", "2200-01-01T00:01"), []string{"startsAt INVALID", "endsAt INVALID"}},
		"both":            {both, []string{"local INVALID"}},
		"local length":    {model.ShiftCreateInput{StoreID: shop, Local: localTime("2026-03-01", "09:00", 1441)}, []string{"local.lengthMinutes INVALID"}},
		"local long ago":  {model.ShiftCreateInput{StoreID: shop, Local: localTime("0001-01-01", "09:00", 60)}, []string{"local.date INVALID"}},
		"local nowhere":   {model.ShiftCreateInput{StoreID: theirs, Local: localTime("2026-03-01", "09:00", 0)}, []string{"storeId NOT_FOUND", "local.lengthMinutes INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.ShiftCreate(ctx, w.owner, c.in)
			wantMistakes(t, err, c.want...)
		})
	}
	for _, until := range []string{"2026-03-01T09:01", "2026-03-02T09:00"} {
		w.rostered(shop, nobody, "2026-03-01T09:00", until)
	}
	again := roster(shop, some(ada), "2026-03-01T09:00", "2026-03-01T17:00")
	again.ExternalRef = some(" R1 ")
	first, err := w.ShiftCreate(ctx, asked(t, w.owner, "key", "shiftCreate", again), again)
	must(t, err)
	second, err := w.ShiftCreate(ctx, asked(t, w.owner, "key", "shiftCreate", again), again)
	if err != nil || second != first {
		t.Errorf("the same key made %d after %d: %v", second, first, err)
	}
	_, err = w.ShiftCreate(ctx, w.owner, model.ShiftCreateInput{StoreID: shop, StartsAt: again.StartsAt, EndsAt: again.EndsAt, ExternalRef: some("R1")})
	wantMistakes(t, err, "externalRef TAKEN")
}

// Where a time could not be read, nothing is said of what follows from it: no length, no other shift, no overlap.
func TestTimesThatCouldNotBeReadAreNotJudged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store, ada := w.shop(w.owner, "America/New_York"), some(w.staff(w.owner, "Ada"))
	id := w.rostered(store, ada, "2026-03-02T09:00", "2026-03-02T17:00")
	w.rostered(store, ada, "2026-03-03T00:00", "2026-03-03T17:00")
	unread := func(paths ...string) context.Context {
		var mistakes []model.UserError
		for _, path := range paths {
			mistakes = append(mistakes, model.UserError{Path: path, Code: model.UserErrorCodeInvalid, Message: "is no time"})
		}
		return canonical.WithMistakes(t.Context(), mistakes)
	}
	day := roster(store, ada, "2026-03-03T09:00", "2026-03-03T12:00")
	_, err := w.ShiftCreate(unread("startsAt"), w.owner, model.ShiftCreateInput{StoreID: store, PersonID: ada, EndsAt: day.EndsAt})
	wantMistakes(t, err, "startsAt INVALID")
	_, err = w.ShiftUpdate(unread("startsAt"), w.owner, id, nil, model.ShiftUpdateInput{EndsAt: day.EndsAt})
	wantMistakes(t, err, "startsAt INVALID")
	_, err = w.ShiftCreate(unread("local.date"), w.owner, model.ShiftCreateInput{StoreID: store, PersonID: ada, Local: localTime("0001-01-01", "09:00", 0)})
	wantMistakes(t, err, "local.date INVALID", "local.lengthMinutes INVALID")
	_, err = w.ShiftCreate(unread("local.start"), w.owner, model.ShiftCreateInput{StoreID: store, PersonID: ada, Local: localTime("2026-03-03", "00:00", 60)})
	wantMistakes(t, err, "local.start INVALID")
	_, err = w.StoreHoursSet(unread("periods.0.start"), w.owner, store.Key, nil, model.StoreHoursSetInput{
		Periods: []model.StoreHoursInput{hours(mon, "00:00", 0), hours(mon, "00:00", 60), hours(mon, "00:30", 60)},
	})
	wantMistakes(t, err, "periods.0.start INVALID", "periods.0.lengthMinutes INVALID", "periods.2.start INVALID")
	_, err = w.StoreHoursSet(unread("periods.0.start"), w.owner, store.Key, nil, model.StoreHoursSetInput{
		Periods: []model.StoreHoursInput{hours(mon, "00:00", 60), hours(mon, "00:00", 60)},
	})
	wantMistakes(t, err, "periods.0.start INVALID")
}

// A shift in local time begins when the store's clock shows it; its length does not depend on clock changes.
func TestShiftInLocalTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ zone, date, start, from, until string }{
		{"Australia/Adelaide", "2026-03-01", "22:00", "2026-03-01T11:30", "2026-03-01T19:30"},
		{"Asia/Kathmandu", "2026-03-01", "00:00", "2026-02-28T18:15", "2026-03-01T02:15"},
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30", "2026-03-08T15:30"},    // the clock goes from 02:00 to 03:00
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T06:30", "2026-11-01T14:30"},    // shown twice: the second
		{"Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:40", "2026-10-03T23:40"}, // from 02:00 to 02:30
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T15:15", "2026-04-04T23:15"}, // from 02:00 back to 01:30
		{"Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T19:00", "2011-12-31T03:00"},        // a day that never was
	} {
		t.Run(c.zone+" "+c.date, func(t *testing.T) {
			w := w.in(t)
			minutes := int(utc(c.until).Sub(utc(c.from)).Minutes())
			id, err := w.ShiftCreate(t.Context(), w.owner, model.ShiftCreateInput{
				StoreID: w.shop(w.owner, c.zone), Local: localTime(c.date, c.start, minutes)})
			must(t, err)
			got := one[string](w, `SELECT (lower(during) AT TIME ZONE 'UTC')::text || ' ' || minutes FROM canonical.shifts WHERE id = $1`, id)
			if want := utc(c.from).Format("2006-01-02 15:04:05") + fmt.Sprint(" ", minutes); got != want {
				t.Errorf("%+v begins at %s, want %s", c, got, want)
			}
		})
	}
}

func TestShiftStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	shop, ada := w.shop(w.owner, "UTC"), w.staff(w.owner, "Ada")
	manager, staff, reader := w.owner, w.owner, w.owner
	manager.Role, staff.Role, reader.Role = model.RoleManager, model.RoleStaff, model.RoleReader
	id := w.rostered(shop, some(ada), "2026-03-01T09:00", "2026-03-01T17:00")

	_, err := w.ShiftCreate(ctx, reader, roster(shop, some(ada), "2026-03-02T09:00", "2026-03-02T17:00"))
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.ShiftUpdate(ctx, staff, id, new(1), model.ShiftUpdateInput{Note: some("Bring the keys")})
	must(t, err)
	_, err = w.ShiftUpdate(ctx, staff, id, new(1), model.ShiftUpdateInput{Note: some("Too late")})
	wantMistakes(t, err, "expectedVersion CONFLICT")
	for _, forbidden := range []func(context.Context, canonical.Actor, int64, *int) (int64, error){w.ShiftPublish, w.ShiftCancel} {
		_, err = forbidden(ctx, staff, id, nil)
		wantMistakes(t, err, " FORBIDDEN")
	}

	elsewhere := w.shop(w.owner, "UTC")
	_, err = w.ShiftUpdate(ctx, staff, id, nil, model.ShiftUpdateInput{StoreID: some(elsewhere)})
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.stores SET archived_at = now() WHERE id = $1`, elsewhere.Key)
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.people SET is_staff = false WHERE id = $1`, ada.Key)
	must(t, err)
	_, err = w.ShiftPublish(ctx, manager, id, nil)
	wantMistakes(t, err, "id STATE", "id STATE")
	_, err = w.ShiftUpdate(ctx, staff, id, nil, model.ShiftUpdateInput{StoreID: some(elsewhere), PersonID: some(ada)}) // as it was
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.stores SET archived_at = NULL`)
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.people SET is_staff = true WHERE id = $1`, ada.Key)
	must(t, err)
	_, err = w.ShiftPublish(ctx, manager, id, nil)
	must(t, err)
	_, err = w.ShiftPublish(ctx, manager, id, nil)
	wantMistakes(t, err, "id STATE")

	_, err = w.ShiftUpdate(ctx, staff, id, nil, model.ShiftUpdateInput{Note: some("x")})
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.ShiftUpdate(ctx, manager, id, nil, model.ShiftUpdateInput{StoreID: some(shop), PersonID: null[model.ID]()})
	wantMistakes(t, err, "storeId STATE")
	_, err = w.ShiftUpdate(ctx, manager, id, nil, model.ShiftUpdateInput{StoreID: null[model.ID](), StartsAt: some(utc("2026-03-01T17:00"))})
	wantMistakes(t, err, "storeId REQUIRED", "endsAt INVALID")
	_, err = w.ShiftUpdate(ctx, manager, id, nil, model.ShiftUpdateInput{PersonID: null[model.ID](), StartsAt: some(utc("2026-03-01T10:00"))})
	must(t, err)
	if got := one[string](w, `SELECT state || ' ' || minutes || ' ' || (person_id IS NULL) FROM canonical.shifts WHERE id = $1`, id); got != "published 420 true" {
		t.Errorf("the shift is %s", got)
	}
	_, err = w.ShiftDelete(ctx, manager, id, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.ShiftCancel(ctx, manager, id, nil)
	must(t, err)
	for name, refused := range map[string]func() (int64, error){
		"update":  func() (int64, error) { return w.ShiftUpdate(ctx, manager, id, nil, model.ShiftUpdateInput{}) },
		"publish": func() (int64, error) { return w.ShiftPublish(ctx, manager, id, nil) },
		"cancel":  func() (int64, error) { return w.ShiftCancel(ctx, manager, id, nil) },
		"delete":  func() (int64, error) { return w.ShiftDelete(ctx, manager, id, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := refused(); !slices.Equal(mistakes(t, err), []string{"id STATE"}) {
				t.Errorf("%s of a cancelled shift: %v", name, err)
			}
		})
	}
	draft := w.rostered(shop, some(ada), "2026-03-05T09:00", "2026-03-05T17:00")
	_, err = w.ShiftDelete(ctx, staff, draft, nil)
	must(t, err)
	_, err = w.ShiftDelete(ctx, staff, draft, nil)
	wantMistakes(t, err, "id NOT_FOUND")
}

// One person's live shifts never overlap, by writes of the store and by SQL statements; the error names the other shift.
func TestShiftsDoNotOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	shop, elsewhere := w.shop(w.owner, "UTC"), w.shop(w.owner, "Pacific/Apia")
	ada, bob := w.staff(w.owner, "Ada"), w.staff(w.owner, "Bob")
	first := w.rostered(shop, some(ada), "2026-03-01T09:00", "2026-03-01T12:00")
	second := w.rostered(elsewhere, some(ada), "2026-03-01T12:00", "2026-03-01T17:00") // adjacent
	refused := func(err error, want ...int64) {
		t.Helper()
		invalid, ok := errors.AsType[*canonical.Invalid](err)
		if !ok {
			t.Fatalf("want user errors, got %v", err)
		}
		var got []int64
		for _, e := range invalid.Errors {
			if e.Path != "personId" || e.Code != model.UserErrorCodeTaken || e.RecordID == nil || e.RecordID.Type != "Shift" {
				t.Errorf("got %+v", e)
				continue
			}
			got = append(got, e.RecordID.Key)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in the way are %v, want %v", got, want)
		}
	}
	_, err := w.ShiftCreate(ctx, w.owner, roster(shop, some(ada), "2026-03-01T11:59", "2026-03-01T12:01"))
	refused(err, first, second)
	w.rostered(shop, graphql.Omittable[*model.ID]{}, "2026-03-01T11:00", "2026-03-01T13:00")
	w.rostered(shop, graphql.Omittable[*model.ID]{}, "2026-03-01T11:00", "2026-03-01T13:00")
	third := w.rostered(shop, some(bob), "2026-03-01T11:00", "2026-03-01T13:00")
	_, err = w.ShiftUpdate(ctx, w.owner, third, nil, model.ShiftUpdateInput{PersonID: some(ada)})
	refused(err, first, second)
	_, err = w.ShiftUpdate(ctx, w.owner, first, nil, model.ShiftUpdateInput{EndsAt: some(utc("2026-03-01T13:00"))})
	refused(err, second)
	_, err = w.ShiftUpdate(ctx, w.owner, first, nil, model.ShiftUpdateInput{EndsAt: some(utc("2026-03-01T11:00"))}) // over itself
	must(t, err)
	_, err = w.ShiftCancel(ctx, w.owner, second, nil)
	must(t, err)
	_, err = w.ShiftUpdate(ctx, w.owner, third, nil, model.ShiftUpdateInput{PersonID: some(ada)})
	must(t, err)

	for rule, sql := range map[string]string{
		"shifts_do_not_overlap":       `UPDATE canonical.shifts SET during = '[2026-03-01 10:00+00,2026-03-01 11:01+00)' WHERE id = $1`,
		"shifts_during_form":          `UPDATE canonical.shifts SET during = '(2026-04-01 10:00+00,2026-04-01 11:01+00]' WHERE id = $1`,
		"shifts_during_length":        `UPDATE canonical.shifts SET during = '[2026-04-01 10:00+00,2026-04-02 10:01+00)' WHERE id = $1`,
		"shifts_during_whole_minutes": `UPDATE canonical.shifts SET during = '[2026-04-01 10:00:01+00,2026-04-01 11:00+00)' WHERE id = $1`,
		"shifts_state_forward":        fmt.Sprintf(`UPDATE canonical.shifts SET state = 'published', cancelled_at = NULL, published_at = now() WHERE id = %d OR id = $1`, second),
		"shifts_delete_draft":         fmt.Sprintf(`DELETE FROM canonical.shifts WHERE id = %d OR id = $1`, second),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := w.pool.Exec(ctx, sql, first)
			if violation, ok := errors.AsType[*pgconn.PgError](err); !ok || violation.ConstraintName != rule {
				t.Errorf("%v", err)
			}
		})
	}
}

// Of many concurrent calls that give one person overlapping shifts one succeeds, and the errors of the others name its
// shift.
func TestShiftsDoNotOverlapAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop, ada := w.shop(w.owner, "UTC"), w.staff(w.owner, "Ada")
	for round := range 10 {
		var wg sync.WaitGroup
		ids, errs := make([]int64, 4), make([]error, 4)
		day := utc("2026-03-01T09:00").AddDate(0, 0, round)
		for i := range ids {
			wg.Go(func() {
				in := model.ShiftCreateInput{StoreID: shop, PersonID: some(ada), StartsAt: some(day.Add(time.Duration(i) * time.Hour)), EndsAt: some(day.Add(8 * time.Hour))}
				ids[i], errs[i] = w.ShiftCreate(t.Context(), w.owner, in)
			})
		}
		wg.Wait()
		var made int64
		for i, err := range errs {
			if err == nil {
				if made != 0 {
					t.Errorf("shifts %d and %d overlap", made, ids[i])
				}
				made = ids[i]
			}
		}
		for _, err := range errs {
			if err == nil {
				continue
			}
			invalid, ok := errors.AsType[*canonical.Invalid](err)
			if !ok || len(invalid.Errors) != 1 || invalid.Errors[0].RecordID == nil || invalid.Errors[0].RecordID.Key != made {
				t.Errorf("while %d was made: %v", made, err)
			}
		}
		if made == 0 {
			t.Error("all were refused")
		}
	}
}
