package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

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
		if err := u.QueryRow(ctx, `SELECT nextval(pg_get_serial_sequence('canonical.organizations', 'id'))`).Scan(&id); err != nil {
			return 0, fmt.Errorf("number the organization: %w", err)
		}
		u.writeRowsOf(id)
		if _, err := u.Exec(ctx, `INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES ($1, $2, $3, $4)`,
			id, in.Name, in.TimeZone, in.BaseCurrency); err != nil {
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

// OrganizationUpdate changes the given fields of the actor's organization, and returns its key. A new time zone decides from now on which day
// it is for the organization; days that are saved stay.
func (s *Store) OrganizationUpdate(ctx context.Context, actor Actor, expectedVersion *int, in model.OrganizationUpdateInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		var name, zone string
		err := u.QueryRow(ctx, `SELECT name, time_zone FROM canonical.organizations WHERE id = $1`, actor.OrganizationID).Scan(&name, &zone)
		if err != nil {
			return 0, fmt.Errorf("read the organization: %w", err)
		}
		set(&name, in.Name)
		set(&zone, in.TimeZone)
		u.checkRequired("name", &name, maxLine)
		u.checkRequired("timeZone", &zone, maxLine)
		if err := u.err(); err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.organizations SET name = $2, time_zone = $3 WHERE id = $1 AND (name, time_zone) IS DISTINCT FROM ($2, $3)`,
			actor.OrganizationID, name, zone)
		return actor.OrganizationID, nil
	})
}

// loadOrganization locks the actor's organization until the transaction ends. One that is not at the expected version (nil:
// any) is rejected at `expectedVersion`.
func (u *unitOfWork) loadOrganization(ctx context.Context, expected *int) error {
	var version int
	err := u.QueryRow(ctx, `SELECT version FROM canonical.organizations WHERE id = $1 FOR NO KEY UPDATE`, u.actor.OrganizationID).Scan(&version)
	if err != nil {
		return fmt.Errorf("load the organization: %w", err)
	}
	return checkVersion(expected, version)
}

// organizationColumns are what scanOrganization scans.
const organizationColumns = `organization.id, organization.version, organization.name, organization.time_zone, organization.base_currency,
		(now() AT TIME ZONE organization.time_zone)::date, organization.soft_locked_until, organization.hard_locked_until,
		organization.fiscal_year_start_month, upper(organization.tax_rounding), upper(organization.late_sales),
		canonical.major(organization.till_difference_above, organization.base_currency), canonical.major(organization.takings_below, organization.base_currency)`

// scanOrganization returns where organizationColumns are scanned to.
func scanOrganization(o *model.Organization) []any {
	o.ID.Type = "Organization"
	return []any{&o.ID.Key, &o.Version, &o.Name, &o.TimeZone, &o.BaseCurrency, &o.Today, &o.SoftLockedUntil, &o.HardLockedUntil,
		&o.FiscalYearStartMonth, &o.TaxRounding, &o.LateSales, &o.TillDifferenceAbove, &o.TakingsBelow}
}

// Organization reads an organization, or nil if it does not exist.
func Organization(ctx context.Context, db Reader, id int64) (*model.Organization, error) {
	rows, _ := db.Query(ctx, `SELECT `+organizationColumns+` FROM canonical.organizations AS organization WHERE id = $1`, id)
	found, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (o model.Organization, err error) {
		err = row.Scan(scanOrganization(&o)...)
		return o, err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read organization %d: %w", id, err)
	}
	return &found, nil
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

// BaseCurrencyOf returns the code of the currency that the organization keeps its books in.
func BaseCurrencyOf(ctx context.Context, db Reader, organizationID int64) (string, error) {
	rows, err := db.Query(ctx, `SELECT base_currency FROM canonical.organizations WHERE id = $1`, organizationID)
	if err != nil {
		return "", fmt.Errorf("read the base currency: %w", err)
	}
	code, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("read the base currency: %w", err)
	}
	return code, nil
}
