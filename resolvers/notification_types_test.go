package resolvers_test

import (
	"context"
	"strings"
	"testing"

	"daybook/internal/pgtest"
	"daybook/migrations"
)

// retype changes the constants as a migration does, up to its commit: with all rows.
func (s *service) retype(values string) {
	s.t.Helper()
	if _, err := s.pool.Exec(s.t.Context(), `SELECT engine.redefine_constants('canonical.notification_types', $1)`, values); err != nil {
		s.t.Fatal(err)
	}
}

// settled does what `daybook migrate` does after that.
func (s *service) settled() {
	s.t.Helper()
	if err := migrations.Up(s.t.Context(), s.pool.Config().ConnString()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.engine.Settle(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// image is every row that settings follow from, with where and by which transaction it was written.
func (s *service) image() (image string) {
	s.t.Helper()
	err := s.pool.QueryRow(s.t.Context(), `SELECT string_agg(row, E'\n' ORDER BY row) FROM (
		SELECT concat(ctid, xmin, p) AS row FROM canonical.notification_preferences AS p
		UNION ALL SELECT concat(ctid, xmin, m) FROM canonical.memberships AS m
		UNION ALL SELECT concat(ctid, xmin, c) FROM canonical.channel_members AS c) AS rows`).Scan(&image)
	if err != nil {
		s.t.Fatal(err)
	}
	return image
}

// TestChangedConstants adds a type, changes a default and takes a type away, by redefining the view of constants and
// nothing else.
func TestChangedConstants(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	channel := s.channel("Kitchen", s.user())
	s.prefer("", "bill_due", "EMAIL")           // equal to the default that is about to change
	s.prefer(channel, "sale_refunded", "EMAIL") // of a type that is about to go
	s.prefer(channel, "shift_changed", "MUTE")  // nothing happens to this one
	s.must(`mutation { notificationPreferenceSet(input: {type: "stock_low", delivery: []}) { userErrors { path code } } }`, nil).
		want(map[string]string{"data.notificationPreferenceSet.userErrors": `[{"code":"NOT_FOUND","path":"type"}]`})
	settings := func() answer {
		t.Helper()
		return s.must(`query($id: ID!) { viewer { organization { mySettings { ...S } } } channel(id: $id) { mySettings { ...S } } }
			fragment S on NotificationSetting { type delivery decidedBy }`, variables{"id": channel})
	}
	want := func(when string, wants map[string]string) {
		t.Helper()
		a := settings()
		for name, want := range wants {
			list, typ, _ := strings.Cut(name, " ")
			path := map[string]string{"organization": "data.viewer.organization.mySettings", "channel": "data.channel.mySettings"}[list]
			if got := setting(a, path, typ); got != want {
				t.Errorf("%s: %s is %q, not %q", when, name, got, want)
			}
		}
	}
	old := map[string]string{
		"organization bill_due": "EMAIL ORGANIZATION", "organization payment_received": "IN_APP APPLICATION", "organization stock_low": "",
		"channel sale_refunded": "EMAIL CHANNEL", "channel shift_changed": "MUTE CHANNEL", "channel till_open": "",
	}
	before := s.image()
	want("before", old)
	s.refreshed()
	want("refreshed", old)

	s.retype(`VALUES ('bill_due', 'A bill falls due', 'organization', 'mute'), ('till_open', 'A till was left open', 'channel', 'in_app,email')`)
	// The next constants before the first are in use: they join what is waiting.
	s.retype(`VALUES ('bill_due', 'A bill falls due', 'organization', 'mute'), ('payment_received', 'A payment was received', 'organization', 'in_app,email'),
		('stock_low', 'Stock runs low', 'organization', 'in_app'), ('till_open', 'A till was left open', 'channel', 'in_app,email'), ('shift_changed', 'A shift was changed', 'channel', 'in_app')`)
	want("until the switch", old)
	s.prefer(channel, "sale_recorded", "EMAIL") // the old constants still hold, and what was changed is behind in both copies
	s.prefer(channel, "sale_recorded", "")
	want("until the switch, behind", old)
	s.settled()
	changed := map[string]string{
		"organization bill_due": "EMAIL ORGANIZATION", "organization payment_received": "IN_APP,EMAIL APPLICATION", "organization stock_low": "IN_APP APPLICATION",
		"organization till_open": "IN_APP,EMAIL APPLICATION", "channel sale_refunded": "", "channel sale_recorded": "", "channel shift_changed": "MUTE CHANNEL", "channel till_open": "IN_APP,EMAIL APPLICATION",
	}
	want("after the switch", changed)
	if after := s.image(); after != before {
		t.Errorf("rows were written:\n%s\nare\n%s", before, after)
	}
	s.must(`query($id: ID!) { recipients(channelId: $id, type: "till_open") { totalCount } notificationTypes { code title } }`, variables{"id": channel}).want(map[string]string{
		"data.recipients.totalCount":     "1",
		"data.notificationTypes.2.title": "Stock runs low",
	})
	// What changes from now on is worked out, and refreshed, by the new constants.
	s.prefer("", "stock_low", "EMAIL")
	s.prefer("", "", "MUTE")
	floor := s.channel("Floor", s.user())
	changed["organization stock_low"], changed["organization payment_received"], changed["organization till_open"] = "EMAIL ORGANIZATION", "MUTE ORGANIZATION_MUTE", "MUTE ORGANIZATION_MUTE"
	changed["channel till_open"] = "MUTE ORGANIZATION_MUTE"
	want("behind", changed)
	a := s.must(`query($id: ID!) { channel(id: $id) { mySettings { type delivery decidedBy } } }`, variables{"id": floor})
	if got := setting(a, "data.channel.mySettings", "till_open"); got != "MUTE ORGANIZATION_MUTE" {
		t.Errorf("in a new channel: %q", got)
	}
	s.refreshed()
	if err := s.verified(); err != "" {
		t.Error(err)
	}
	want("refreshed again", changed)
	// The preference of a type that is gone can be taken back, and not be set again; a type that returns finds it.
	s.retype(`VALUES ('sale_refunded', 'A sale was refunded', 'channel', 'mute')`)
	s.settled()
	want("with the type back", map[string]string{"channel sale_refunded": "EMAIL CHANNEL", "channel till_open": ""})
	s.prefer(channel, "shift_changed", "")
	s.must(`mutation { notificationPreferenceClear(input: {type: "shift_changed"}) { userErrors { path code } } }`, nil).
		want(map[string]string{"data.notificationPreferenceClear.userErrors": `[{"code":"NOT_FOUND","path":"type"}]`})
	var left int
	if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname LIKE '%\_\_next' AND relkind <> 'i'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d relations of next copies are left, %v", left, err)
	}
}

// verified compares the stored settings with their definition, and checks all definitions.
func (s *service) verified() string {
	s.t.Helper()
	slice, err := s.engine.Verify(s.t.Context(), "notification_settings", nil)
	if err != nil {
		return err.Error()
	}
	if _, err := s.pool.Exec(context.WithoutCancel(s.t.Context()), `SELECT engine.check()`); err != nil {
		return err.Error()
	}
	if len(slice.Drifted) > 0 || slice.Checked == 0 {
		return "of " + strings.Join(slice.Drifted, ", ") + " the stored rows differ"
	}
	return ""
}
