package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

// OrganizationInput is a new organization with its first owner. Every field must be given.
type OrganizationInput struct {
	Name string
	// TimeZone is UTC or an IANA Area/City name in its exact case; BaseCurrency is an ISO 4217 code.
	TimeZone, BaseCurrency string
	// OwnerName is the name of a new user. If a user has the address OwnerEmail already, that user becomes the owner.
	OwnerName, OwnerEmail string
}

// OrganizationCreate saves an organization and returns its key, with a token that acts as its owner and never expires.
func (s *Store) OrganizationCreate(ctx context.Context, in OrganizationInput) (organizationID int64, token string, err error) {
	organizationID, err = s.transact(ctx, Actor{}, anyRole, func(u *unitOfWork) (id int64, err error) {
		u.checkRequired("name", &in.Name, maxLine)
		u.checkRequired("timeZone", &in.TimeZone, maxLine)
		u.checkRequired("baseCurrency", &in.BaseCurrency, maxLine)
		u.checkRequired("ownerName", &in.OwnerName, maxLine)
		u.checkRequiredEmail("ownerEmail", &in.OwnerEmail)
		if err := u.err(); err != nil {
			return 0, err
		}
		err = u.QueryRow(ctx, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ($1, $2, $3)
			RETURNING id`, in.Name, in.TimeZone, in.BaseCurrency).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("save organization: %w", err)
		}
		user, err := u.findOrSaveUser(ctx, in.OwnerName, in.OwnerEmail)
		if err != nil {
			return 0, err
		}
		if err := u.saveMembership(ctx, id, user, model.RoleOwner); err != nil {
			return 0, err
		}
		token, err = u.saveToken(ctx, id, user, "Owner", "", 0)
		return id, err
	})
	if err != nil {
		return 0, "", err
	}
	return organizationID, token, nil
}

// organizationDefaults are the values of fields that an input leaves out, and the days until which the organization's
// books are locked.
type organizationDefaults struct {
	Today        model.Date // in the organization's time zone
	BaseCurrency string
	// SoftLockedUntil is the last day on which only actors who pass the soft lock may book, and HardLockedUntil the last
	// day on which nobody may; nil: there is no such lock.
	SoftLockedUntil, HardLockedUntil *model.Date
}

func init() {
	registerConstraints(map[string]model.UserError{
		"organizations_name_given":          {Path: "name", Code: required, Message: "must be given"},
		"organizations_time_zone":           {Path: "timeZone", Code: invalid, Message: "must be UTC or an IANA name such as Australia/Adelaide"},
		"organizations_base_currency_fkey":  {Path: "baseCurrency", Code: invalid, Message: "is not a currency code"},
		"organizations_base_currency_fixed": {Path: "baseCurrency", Code: state, Message: "is fixed once something is booked"},
	})
}
