package canonical_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
)

// The database holds the rules for other writers than the store too.
func TestNotificationRulesOfTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.organization("Other", "AUD")
	channel, err := w.ChannelCreate(t.Context(), w.owner, model.ChannelCreateInput{Name: some("Kitchen")})
	must(t, err)
	const insert = `INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery) VALUES ($1, $2, $3, $4, $5)`
	set := func(organization, user int64, channel any, typ, delivery string) string {
		_, err := w.pool.Exec(t.Context(), insert, organization, user, channel, typ, delivery)
		if broken := new(pgconn.PgError); errors.As(err, &broken) {
			return broken.ConstraintName
		}
		must(t, err)
		return ""
	}
	org, user := w.owner.OrganizationID, w.owner.UserID
	for _, c := range []struct {
		organization, user int64
		channel            any
		typ, delivery      string
		want               string
	}{
		{org, user, nil, "bill_due", "email", ""},
		{org, user, nil, "bill_due", "mute", "notification_preferences_organization_key"},
		{org, user, channel, "sale_refunded", "mute", ""},
		{org, user, channel, "sale_refunded", "mute", "notification_preferences_channel_key"},
		{org, user, nil, "*", "mute", ""},
		{org, user, channel, "*", "mute", ""},
		{org, user, nil, "*", "email", "notification_preferences_whole_is_mute"},
		{org, user, nil, "nothing", "email", "notification_preferences_type_known"},
		{org, user, channel, "bill_due", "email", "notification_preferences_type_scope"},
		{org, user, nil, "period_locked", "loud", "notification_preferences_delivery"},
		{org, user, nil, "period_locked", "email,in_app", "notification_preferences_delivery"},
		{org, user, nil, "period_locked", "email,email", "notification_preferences_delivery"},
		{org, user, nil, "period_locked", "mute,push", "notification_preferences_delivery"},
		{org, user, nil, "period_locked", "", "notification_preferences_delivery"},
		{org, user, nil, "invoice_approved", "in_app,email,push", ""},
		{other.OrganizationID, other.UserID, channel, "sale_refunded", "mute", "notification_preferences_channel_fkey"},
		{org, other.UserID, nil, "period_locked", "mute", "notification_preferences_membership_fkey"},
	} {
		t.Run(c.want, func(t *testing.T) {
			if got := set(c.organization, c.user, c.channel, c.typ, c.delivery); got != c.want {
				t.Errorf("%+v breaks %q", c, got)
			}
		})
	}
}

// When several callers set one preference at once, none gets an error and one value is left.
func TestPreferenceSetAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	channel, err := w.ChannelCreate(t.Context(), w.owner, model.ChannelCreateInput{Name: some("Kitchen")})
	must(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		for _, in := range []model.NotificationPreferenceSetInput{
			{Type: some("sale_refunded"), Delivery: model.AllNotificationWay[:i%4]},
			{Type: some("sale_refunded"), Delivery: model.AllNotificationWay[:i%4], ChannelID: some(model.ID{Type: "Channel", Key: channel})},
		} {
			wg.Go(func() {
				level, err := w.NotificationPreferenceSet(t.Context(), w.owner, in)
				if err != nil || level.UserID != w.owner.UserID {
					t.Errorf("%+v, %v", level, err)
				}
			})
		}
	}
	wg.Wait()
	if n := one[int](w, `SELECT count(*) FROM canonical.notification_preferences`); n != 2 {
		t.Errorf("%d preferences", n)
	}
	// Setting the same again changes nothing.
	version := one[int](w, `SELECT sum(version) FROM canonical.notification_preferences`)
	var delivery []model.NotificationWay
	for _, way := range one[[]string](w, `SELECT canonical.delivery_ways(delivery) FROM canonical.notification_preferences WHERE channel_id IS NULL`) {
		delivery = append([]model.NotificationWay{model.NotificationWay(way)}, delivery...)
	}
	_, err = w.NotificationPreferenceSet(t.Context(), w.owner, model.NotificationPreferenceSetInput{Type: some("sale_refunded"), Delivery: delivery})
	must(t, err)
	if got := one[int](w, `SELECT sum(version) FROM canonical.notification_preferences`); got != version {
		t.Errorf("version %d after %d", got, version)
	}
	if _, err := w.NotificationPreferenceClear(t.Context(), canonical.Actor{OrganizationID: w.owner.OrganizationID, UserID: w.owner.UserID, Role: model.RoleReader},
		model.NotificationPreferenceClearInput{Type: some("sale_refunded")}); err != nil {
		t.Error(err)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.notification_preferences`); n != 1 {
		t.Errorf("%d preferences after one was cleared", n)
	}
}
