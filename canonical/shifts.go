package canonical

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"daybook/graph/model"
)

type shift struct {
	record
	StoreID          int64
	PersonID         *int64 // nil: an open shift
	StartsAt, EndsAt time.Time
	State, Note      string
	ExternalRef      *string
}

const selectShift = `SELECT id, version, store_id, person_id, lower(during) AS starts_at, upper(during) AS ends_at,
	state, note, external_ref FROM canonical.shifts`

// The bounds of a shift; the database has the same ones.
const maxShiftMinutes = 24 * 60

var (
	firstShift = time.Date(2000, time.January, 3, 0, 0, 0, 0, time.UTC)
	lastShift  = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// ShiftCreate drafts a shift and returns its key. The input gives its time as two instants or as local time at the store.
// A local time that a clock change skips counts as if the clock had not changed; of one that occurs twice, the second is
// taken. One person's live shifts never overlap: each that would is a user error TAKEN at `personId`, with its id.
func (s *Store) ShiftCreate(ctx context.Context, actor Actor, in model.ShiftCreateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		return u.saveShift(ctx, shift{}, model.ShiftUpdateInput{
			StoreID: graphql.OmittableOf(&in.StoreID), PersonID: in.PersonID, StartsAt: in.StartsAt, EndsAt: in.EndsAt,
			Local: in.Local, Note: in.Note, ExternalRef: in.ExternalRef,
		})
	})
}

// ShiftUpdate changes the given fields. Only owners and managers change a published shift, since people rely on it; it
// keeps its store. A cancelled shift is not changed.
func (s *Store) ShiftUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.ShiftUpdateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		sh, err := u.loadShift(ctx, id, expectedVersion)
		switch {
		case err != nil:
			return 0, err
		case sh.State == "published" && !u.actor.canApprove():
			return 0, reject("", forbidden, "your role does not allow changing what is published")
		}
		return u.saveShift(ctx, sh, in)
	})
}

// ShiftPublish publishes a draft. Its store must not have been archived since, nor its person have left.
func (s *Store) ShiftPublish(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		sh, err := u.loadDraftShift(ctx, id, expectedVersion, "is published already")
		if err != nil {
			return 0, err
		}
		if err := u.checkRoster(ctx, sh); err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.shifts SET state = 'published', published_at = now()
			WHERE organization_id = $1 AND id = $2`), nil
	})
}

// ShiftCancel cancels a draft or a published shift; its person is free again.
func (s *Store) ShiftCancel(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadShift(ctx, id, expectedVersion); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.shifts SET state = 'cancelled', cancelled_at = now()
			WHERE organization_id = $1 AND id = $2`), nil
	})
}

// ShiftDelete deletes a draft.
func (s *Store) ShiftDelete(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDraftShift(ctx, id, expectedVersion, "only drafts are deleted; a published shift is cancelled"); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `DELETE FROM canonical.shifts WHERE organization_id = $1 AND id = $2`), nil
	})
}

// loadShift is load for a shift that is not cancelled.
func (u *unitOfWork) loadShift(ctx context.Context, id int64, expected *int) (shift, error) {
	sh, err := load[shift](ctx, u, id, expected, selectShift)
	if err == nil && sh.State == "cancelled" {
		err = reject("id", state, "is cancelled")
	}
	return sh, err
}

// loadDraftShift is loadShift for a draft; otherwise is the message for a shift that is published.
func (u *unitOfWork) loadDraftShift(ctx context.Context, id int64, expected *int, otherwise string) (shift, error) {
	sh, err := u.loadShift(ctx, id, expected)
	if err == nil && sh.State != "draft" {
		err = reject("id", state, otherwise)
	}
	return sh, err
}

func (u *unitOfWork) saveShift(ctx context.Context, sh shift, in model.ShiftUpdateInput) (int64, error) {
	set(&sh.Note, in.Note)
	setOptional(&sh.ExternalRef, in.ExternalRef)
	if err := u.setShiftStore(ctx, &sh, in.StoreID); err != nil {
		return 0, err
	}
	if err := u.setShiftPerson(ctx, &sh, in.PersonID); err != nil {
		return 0, err
	}
	if err := u.setShiftTimes(ctx, &sh, in); err != nil {
		return 0, err
	}
	u.checkText("note", &sh.Note, maxText)
	if err := u.checkExternalRef(ctx, "Shift", "shifts", sh.ID, &sh.ExternalRef, "true"); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	during := pgtype.Range[time.Time]{
		Lower: sh.StartsAt, Upper: sh.EndsAt, LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true,
	}
	return u.save(ctx, sh.ID, row{table: "shifts", columns: columns{
		{"store_id", sh.StoreID}, {"person_id", sh.PersonID}, {"during", during}, {"note", sh.Note},
		{"external_ref", sh.ExternalRef},
	}})
}

// setShiftStore gives a shift the store that an input names. The store that it has already may be archived.
func (u *unitOfWork) setShiftStore(ctx context.Context, sh *shift, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		u.addError("storeId", required, "must be given")
		return nil
	case id.Type == "Store" && id.Key == sh.StoreID:
		return nil
	case sh.State == "published":
		u.addError("storeId", state, "a published shift keeps its store")
	}
	mistakes := len(u.Errors)
	if err := u.checkLive(ctx, "storeId", *id, "Store", "stores"); err != nil {
		return err
	}
	if sh.StoreID = 0; len(u.Errors) == mistakes {
		sh.StoreID = id.Key
	}
	return nil
}

// setShiftPerson gives a shift the person that an input names, or none. The person that it has already may have left.
func (u *unitOfWork) setShiftPerson(ctx context.Context, sh *shift, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		sh.PersonID = nil
		return nil
	case id.Type == "Person" && sh.PersonID != nil && id.Key == *sh.PersonID:
		return nil
	}
	mistakes := len(u.Errors)
	if err := u.checkStaff(ctx, "personId", *id); err != nil {
		return err
	}
	if sh.PersonID = nil; len(u.Errors) == mistakes {
		sh.PersonID = &id.Key
	}
	return nil
}

// checkRoster checks that the store of a shift is live, and that its person is live and staff. Each that is not is a user
// error at `id`, with the id of the store or the person.
func (u *unitOfWork) checkRoster(ctx context.Context, sh shift) error {
	rows, _ := u.Query(ctx, `
		SELECT 'Store', id, 'its store ' || name || ' is archived' FROM canonical.stores
		WHERE organization_id = $1 AND id = $2 AND archived_at IS NOT NULL
		UNION ALL
		SELECT 'Person', id, 'its person ' || full_name || CASE WHEN archived_at IS NULL THEN ' is not staff' ELSE ' is archived' END
		FROM canonical.people WHERE organization_id = $1 AND id = $3 AND (archived_at IS NOT NULL OR NOT is_staff)`,
		u.actor.OrganizationID, sh.StoreID, sh.PersonID)
	var of model.ID
	var message string
	_, err := pgx.ForEachRow(rows, []any{&of.Type, &of.Key, &message}, func() error {
		record := of
		u.Errors = append(u.Errors, model.UserError{Path: "id", Code: state, Message: message, RecordID: &record})
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up the store and the person of a shift: %w", err)
	}
	return nil
}

// checkStaff checks that the person that an input names at path is live and staff.
func (u *unitOfWork) checkStaff(ctx context.Context, path string, id model.ID) error {
	if err := u.checkLive(ctx, path, id, "Person", "people"); err != nil || id.Type != "Person" {
		return err
	}
	var other bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.people WHERE organization_id = $1 AND id = $2 AND NOT is_staff)`,
		u.actor.OrganizationID, id.Key).Scan(&other)
	if err != nil {
		return fmt.Errorf("look up %s: %w", path, err)
	}
	if other {
		u.addError(path, state, "the person is not staff")
	}
	return nil
}

// setShiftTimes gives a shift the times of an input, and checks that they overlap no other shift of the person. Nothing is said
// of a length, or of other shifts, where a time could not be read.
func (u *unitOfWork) setShiftTimes(ctx context.Context, sh *shift, in model.ShiftUpdateInput) error {
	set(&sh.StartsAt, in.StartsAt)
	set(&sh.EndsAt, in.EndsAt)
	known := len(u.Errors)
	if local := in.Local.Value(); local != nil {
		if in.StartsAt.Value() != nil || in.EndsAt.Value() != nil {
			u.addError("local", invalid, "cannot be combined with startsAt and endsAt")
		}
		if found, err := u.setLocalTimes(ctx, sh, *local); err != nil || !found {
			return err
		}
	} else {
		u.checkShiftTime("startsAt", sh.StartsAt)
		u.checkShiftTime("endsAt", sh.EndsAt)
		if length := sh.EndsAt.Sub(sh.StartsAt); len(u.Errors) == known && !u.isUnread("startsAt", "endsAt") &&
			(length < time.Minute || length > maxShiftMinutes*time.Minute) {
			u.addError("endsAt", invalid, shiftLength)
		}
	}
	if len(u.Errors) > known || sh.PersonID == nil || u.isUnread("startsAt", "endsAt", "local.date", "local.start") {
		return nil
	}
	return u.checkNoOverlap(ctx, *sh)
}

// shiftLength and shiftYears are the messages for times that are out of the bounds of a shift.
const (
	shiftLength = "a shift lasts from 1 minute to 24 hours"
	shiftYears  = "must be in the years 2000 to 2199"
)

// checkShiftTime checks the start or the end of a shift.
func (u *unitOfWork) checkShiftTime(path string, at time.Time) {
	switch {
	case at.IsZero():
		u.addError(path, required, "must be given, or local")
	case !at.Truncate(time.Minute).Equal(at):
		u.addError(path, invalid, "must be a whole minute")
	case at.Before(firstShift) || at.After(lastShift):
		u.addError(path, invalid, shiftYears)
	}
}

// setLocalTimes gives a shift times by the clock of its store, and reports whether the store exists.
func (u *unitOfWork) setLocalTimes(ctx context.Context, sh *shift, local model.ShiftLocalTimeInput) (found bool, err error) {
	length := local.LengthMinutes
	if length < 1 || length > maxShiftMinutes {
		u.addError("local.lengthMinutes", invalid, shiftLength)
		length = 0
	}
	if found, err = u.findInstant(ctx, sh.StoreID, local.Date, local.Start, &sh.StartsAt); err != nil || !found {
		return found, err
	}
	sh.EndsAt = sh.StartsAt.Add(time.Duration(length) * time.Minute)
	switch {
	case sh.StartsAt.Before(firstShift) || sh.StartsAt.After(lastShift):
		u.addError("local.date", invalid, shiftYears)
	case sh.EndsAt.After(lastShift):
		u.addError("local.lengthMinutes", invalid, shiftYears)
	}
	return true, nil
}

// findInstant sets *at to the instant of a local time at the store, and reports whether the store exists. Of a local time
// that occurs twice it is the second instant; one that a clock change skips counts as if the clock had not changed.
func (u *unitOfWork) findInstant(ctx context.Context, store int64, date model.Date, start model.LocalTime, at *time.Time) (found bool, err error) {
	err = u.QueryRow(ctx, `SELECT ($3::date + $4 * interval '1 minute') AT TIME ZONE time_zone FROM canonical.stores
		WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, store, date, start.Minute).Scan(at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find the instant of a local time: %w", err)
	}
	return true, nil
}

// checkNoOverlap checks that a shift overlaps no other live shift of its person; each that does is a user error. It locks
// the person, so that those who give one person shifts at once wait in turn instead of deadlocking over the constraint.
func (u *unitOfWork) checkNoOverlap(ctx context.Context, sh shift) error {
	_, err := u.Exec(ctx, `SELECT FROM canonical.people WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE`,
		u.actor.OrganizationID, *sh.PersonID)
	if err != nil {
		return fmt.Errorf("lock person %d: %w", *sh.PersonID, err)
	}
	rows, _ := u.Query(ctx, `SELECT id FROM canonical.shifts
		WHERE organization_id = $1 AND person_id = $2 AND state <> 'cancelled' AND during && tstzrange($3, $4) AND id <> $5
		ORDER BY lower(during) LIMIT 20`, u.actor.OrganizationID, *sh.PersonID, sh.StartsAt, sh.EndsAt, sh.ID)
	others, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("look for other shifts of person %d: %w", *sh.PersonID, err)
	}
	for _, other := range others {
		u.addTaken("personId", "the person has another shift at that time", model.ID{Type: "Shift", Key: other})
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"shifts_store_fkey":           {Path: "storeId", Code: notFound, Message: "does not exist"},
		"shifts_person_fkey":          {Path: "personId", Code: notFound, Message: "does not exist"},
		"shifts_external_ref_form":    {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"shifts_external_ref_key":     {Path: "externalRef", Code: taken, Message: "is in use"},
		"shifts_during_form":          {Path: "endsAt", Code: invalid, Message: "must be after the start"},
		"shifts_during_years":         {Path: "startsAt", Code: invalid, Message: shiftYears},
		"shifts_during_whole_minutes": {Path: "startsAt", Code: invalid, Message: "must be a whole minute"},
		"shifts_during_length":        {Path: "endsAt", Code: invalid, Message: shiftLength},
		"shifts_do_not_overlap":       {Path: "personId", Code: taken, Message: "the person has another shift at that time"},
		"shifts_delete_draft":         {Path: "id", Code: state, Message: "only drafts are deleted; a published shift is cancelled"},
		"shifts_state_store":          {Path: "storeId", Code: state, Message: "a published shift keeps its store"},
		"shifts_state_forward":        {Path: "id", Code: state, Message: "is cancelled"},
	})
}
