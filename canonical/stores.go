package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type store struct {
	master
	Name, TimeZone         string
	BusinessDayStartMinute model.LocalTime
	ExternalRef            *string
	Today                  model.Date // in the store's time zone
}

const selectStore = `SELECT id, version, name, time_zone, business_day_start_minute, external_ref, archived_at,
	(now() AT TIME ZONE time_zone)::date AS today FROM canonical.stores`

// StoreCreate saves a store without hours and day parts and returns its key. Names are unique among live stores, in any
// case; the default time zone is the organization's.
func (s *Store) StoreCreate(ctx context.Context, actor Actor, in model.StoreCreateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		fresh := store{}
		if in.TimeZone.Value() == nil {
			err := u.QueryRow(ctx, `SELECT time_zone FROM canonical.organizations WHERE id = $1`, u.actor.OrganizationID).Scan(&fresh.TimeZone)
			if err != nil {
				return 0, fmt.Errorf("read the organization: %w", err)
			}
			in.TimeZone = graphql.Omittable[*string]{}
		}
		return u.saveStore(ctx, fresh, model.StoreUpdateInput(in))
	})
}

// StoreUpdate changes the given fields. A change of the time zone or of the start of the business day also changes what
// was computed from them in the past.
func (s *Store) StoreUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.StoreUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		saved, err := loadLive[store](ctx, u, id, expectedVersion, selectStore)
		if err != nil {
			return 0, err
		}
		return u.saveStore(ctx, saved, in)
	})
}

// StoreArchive takes a store out of use. A store that is archived already stays as it is.
func (s *Store) StoreArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return archive[store](ctx, u, id, expectedVersion, selectStore, "stores")
	})
}

// StoreRestore brings an archived store back. One that is live already stays as it is.
func (s *Store) StoreRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[store](ctx, u, id, expectedVersion, selectStore, "stores")
	})
}

// checkUnused checks that no other live store has the name.
func (s store) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "name", "Store", "stores", s.ID, s.Name, "true")
}

func (u *unitOfWork) saveStore(ctx context.Context, s store, in model.StoreUpdateInput) (int64, error) {
	set(&s.Name, in.Name)
	setDefault(u, "timeZone", s.record, &s.TimeZone, in.TimeZone, s.TimeZone)
	set(&s.BusinessDayStartMinute, in.BusinessDayStart)
	setOptional(&s.ExternalRef, in.ExternalRef)

	u.checkRequired("name", &s.Name, maxLine)
	if s.ArchivedAt == nil {
		if err := s.checkUnused(ctx, u); err != nil {
			return 0, err
		}
	}
	if err := u.checkTimeZone(ctx, "timeZone", s.TimeZone); err != nil {
		return 0, err
	}
	if err := u.checkExternalRef(ctx, "Store", "stores", s.ID, &s.ExternalRef, "true"); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	return u.save(ctx, s.ID, row{table: "stores", columns: columns{
		{"name", s.Name}, {"time_zone", s.TimeZone}, {"business_day_start_minute", s.BusinessDayStartMinute},
		{"external_ref", s.ExternalRef},
	}})
}

// checkTimeZone checks that name is UTC or an IANA Area/City name in its exact case. Unlike other texts it is not trimmed.
func (u *unitOfWork) checkTimeZone(ctx context.Context, path, name string) error {
	exact, before := name, len(u.Errors)
	u.checkText(path, &name, maxLine)
	if len(u.Errors) > before {
		return nil
	}
	var known bool
	if err := u.QueryRow(ctx, `SELECT canonical.is_time_zone($1)`, name).Scan(&known); err != nil {
		return fmt.Errorf("look up the time zone: %w", err)
	}
	if !known || name != exact {
		u.addError(path, invalid, "must be UTC or an IANA name such as Australia/Adelaide")
	}
	return nil
}

// setStore sets *key to the store that an input names at path; null is the office. The store that is *key already may be
// archived.
func (u *unitOfWork) setStore(ctx context.Context, path string, key **int64, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		*key = nil
		return nil
	case id.Type == "Store" && *key != nil && **key == id.Key:
		return nil
	}
	*key = &id.Key
	return u.checkLive(ctx, path, *id, "Store", "stores")
}

func init() {
	registerConstraints(map[string]model.UserError{
		"stores_name_given":               {Path: "name", Code: required, Message: "must be given"},
		"stores_name_key":                 {Path: "name", Code: taken, Message: "is in use"},
		"stores_time_zone":                {Path: "timeZone", Code: invalid, Message: "must be UTC or an IANA name such as Australia/Adelaide"},
		"stores_business_day_start_range": {Path: "businessDayStart", Code: invalid, Message: "is not a time of day"},
		"stores_external_ref_form":        {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"stores_external_ref_key":         {Path: "externalRef", Code: taken, Message: "is in use"},
	})
}
