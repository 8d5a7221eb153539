package canonical

import (
	"context"
	"fmt"
	"slices"

	"daybook/graph/model"
)

// PeriodLock sets the days until which the organization's books are locked and returns the organization's key. The soft
// lock moves both ways; an owner or a manager who asks for it (Actor.PassSoftLock) may still book in the locked period,
// and the entry shows that. The hard lock is an owner's to set and holds for everybody; it only moves forward, not beyond today, and not over
// what could never be booked then: a draft, the session of a till that is not closed, sales that no close has posted.
func (s *Store) PeriodLock(ctx context.Context, actor Actor, expectedVersion *int, in model.PeriodLockInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		var soft, hard *model.Date
		var unbooked string
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		err := u.QueryRow(ctx, `SELECT soft_locked_until, hard_locked_until FROM canonical.organizations
			WHERE id = $1`, u.actor.OrganizationID).Scan(&soft, &hard)
		if err != nil {
			return 0, fmt.Errorf("read the locks: %w", err)
		}
		if day := in.SoftLockedUntil.Value(); day != nil {
			u.checkDay("softLockedUntil", *day)
		}
		if day := in.HardLockedUntil.Value(); day != nil {
			u.checkDay("hardLockedUntil", *day)
		}
		before := hard
		setOptional(&soft, in.SoftLockedUntil)
		setOptional(&hard, in.HardLockedUntil)
		if in.HardLockedUntil.IsSet() && hard != nil {
			if unbooked, err = u.findUnbooked(ctx, before, *hard); err != nil {
				return 0, err
			}
		}
		if !sameDay(before, hard) && !u.actor.isOwner() {
			u.addError("hardLockedUntil", forbidden, "your role does not allow hard locks")
		}
		switch {
		case before != nil && (hard == nil || hard.Before(before.Time)):
			u.addError("hardLockedUntil", state, "only moves forward, from %s", before.Format("2006-01-02"))
		case hard != nil && hard.After(u.org.Today.Time):
			u.addError("hardLockedUntil", invalid, "must not be after today")
		case unbooked != "":
			u.addError("hardLockedUntil", state, "%s", unbooked)
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		_, err = u.Exec(ctx, `UPDATE canonical.organizations SET soft_locked_until = $2, hard_locked_until = $3
			WHERE id = $1 AND (soft_locked_until, hard_locked_until) IS DISTINCT FROM ($2, $3)`,
			u.actor.OrganizationID, soft, hard)
		if err != nil {
			return 0, fmt.Errorf("lock the period: %w", err)
		}
		return u.actor.OrganizationID, nil
	})
}

// findUnbooked returns what keeps the hard lock from being moved to a day, one thing of several; empty if nothing does. The
// organization is held.
func (u *unitOfWork) findUnbooked(ctx context.Context, from *model.Date, until model.Date) (unbooked string, err error) {
	err = u.QueryRow(ctx, `
		SELECT coalesce(
			(SELECT 'drafts are dated in the period: approve, move or delete them first' FROM canonical.documents
				WHERE organization_id = $1 AND state = 'draft' AND issued_on <= $3 LIMIT 1),
			(SELECT format('the till %s of %s is not closed for %s: close it first', till.name, store.name, session.business_date)
				FROM canonical.till_sessions AS session
				JOIN canonical.tills AS till ON (till.organization_id, till.id) = (session.organization_id, session.till_id)
				JOIN canonical.stores AS store ON (store.organization_id, store.id) = (session.organization_id, session.store_id)
				WHERE session.organization_id = $1 AND session.state <> 'closed' AND session.business_date <= $3
				ORDER BY session.business_date, session.id LIMIT 1),
			(SELECT format('sales of %s of %s in %s are not posted: post or void them first', store.name, day.business_date, day.currency)
				FROM canonical.unposted_days($1, $2, $3) AS day
				JOIN canonical.stores AS store ON (store.organization_id, store.id) = ($1, day.store_id)
				ORDER BY day.business_date, day.store_id, day.currency LIMIT 1), '')`,
		u.actor.OrganizationID, from, until).Scan(&unbooked)
	if err != nil {
		return "", fmt.Errorf("look for what is not booked: %w", err)
	}
	return unbooked, nil
}

// sameDay reports whether both are the same day, or none.
func sameDay(a, b *model.Date) bool {
	return a == b || a != nil && b != nil && a.Equal(b.Time)
}

// locked returns why the actor may not book on one of the days; empty if they may. The database checks it again, for a lock
// that has moved since.
func (org organizationDefaults) locked(actor Actor, days ...model.Date) string {
	first := slices.MinFunc(days, func(a, b model.Date) int { return a.Compare(b.Time) })
	switch {
	case org.HardLockedUntil != nil && !first.After(org.HardLockedUntil.Time):
		return fmt.Sprintf("the books are closed until %s", org.HardLockedUntil)
	case org.SoftLockedUntil != nil && !first.After(org.SoftLockedUntil.Time) && !actor.PassSoftLock:
		return fmt.Sprintf("the books are locked until %s", org.SoftLockedUntil)
	}
	return ""
}

// checkUnlocked checks that the actor may book on all the days, of which the first is the record's new one; path is its
// field. A day of a year before 1900 is a mistake in typing, not one of the books.
func (u *unitOfWork) checkUnlocked(path string, org organizationDefaults, days ...model.Date) {
	if !u.checkDay(path, days[0]) {
		return
	}
	if locked := org.locked(u.actor, days...); locked != "" {
		u.addError(path, state, "%s", locked)
	}
}

// checkDay checks that a day is one of the years that the database takes, and reports whether it is.
func (u *unitOfWork) checkDay(path string, day model.Date) bool {
	if year := day.Year(); year < 1900 || year > 9999 {
		u.addError(path, invalid, "%s", notADay)
		return false
	}
	return true
}

const notADay = "must be a day of the years 1900 to 9999"

func init() {
	registerConstraints(map[string]model.UserError{
		"organizations_soft_locked_until_range": {Path: "softLockedUntil", Code: invalid, Message: notADay},
		"organizations_hard_locked_until_range": {Path: "hardLockedUntil", Code: invalid, Message: notADay},
		"organizations_hard_locked_forward":     {Path: "hardLockedUntil", Code: state, Message: "only moves forward"},
		"organizations_hard_locked_drafts":      {Path: "hardLockedUntil", Code: state, Message: "drafts are dated in the period"},
		"organizations_hard_locked_tills":       {Path: "hardLockedUntil", Code: state, Message: "a till is not closed for a day of the period"},
		"organizations_hard_locked_sales":       {Path: "hardLockedUntil", Code: state, Message: "sales of the period are not posted"},
	})
}
