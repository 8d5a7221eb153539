package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// notificationBounds are from when members of channels are told of tills and takings, in minor units of the base currency; nil is no
// bound.
type notificationBounds struct {
	TillDifferenceAbove, TakingsBelow *int64
}

// NotificationBoundsSet sets the given bounds for all channels without their own, and returns the organization's key.
func (s *Store) NotificationBoundsSet(ctx context.Context, actor Actor, expectedVersion *int, in model.NotificationBoundsSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		var b notificationBounds
		err := u.QueryRow(ctx, `SELECT till_difference_above, takings_below FROM canonical.organizations WHERE id = $1`, u.actor.OrganizationID).
			Scan(&b.TillDifferenceAbove, &b.TakingsBelow)
		if err != nil {
			return 0, fmt.Errorf("read the bounds of notifications: %w", err)
		}
		u.setBounds(&b, in.TillDifferenceAbove, in.TakingsBelow)
		if err := u.err(); err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.organizations SET till_difference_above = $2, takings_below = $3
			WHERE id = $1 AND (till_difference_above, takings_below) IS DISTINCT FROM ($2::bigint, $3::bigint)`, u.actor.OrganizationID, b.TillDifferenceAbove, b.TakingsBelow)
		return u.actor.OrganizationID, nil
	})
}

// setBounds sets the bounds that an input gives; null takes one away.
func (u *unitOfWork) setBounds(b *notificationBounds, difference, takings graphql.Omittable[*model.Decimal]) {
	for _, bound := range []struct {
		path  string
		field **int64
		in    graphql.Omittable[*model.Decimal]
	}{{"tillDifferenceAbove", &b.TillDifferenceAbove, difference}, {"takingsBelow", &b.TakingsBelow, takings}} {
		amount, given := bound.in.ValueOK()
		switch {
		case !given:
		case amount == nil:
			*bound.field = nil
		default:
			if amount.IsNegative() {
				u.addError(bound.path, invalid, "must not be negative")
			}
			*bound.field = new(u.toMinor(bound.path, *amount, u.org.BaseCurrency))
		}
	}
}

func init() {
	message := "must not be negative or too large"
	registerConstraints(map[string]model.UserError{
		"organizations_till_difference_above_range": {Path: "tillDifferenceAbove", Code: invalid, Message: message},
		"organizations_takings_below_range":         {Path: "takingsBelow", Code: invalid, Message: message},
		"channels_till_difference_above_range":      {Path: "tillDifferenceAbove", Code: invalid, Message: message},
		"channels_takings_below_range":              {Path: "takingsBelow", Code: invalid, Message: message},
	})
}
