package resolvers_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// TestSettingsAgreeWithGo makes organizations at random, and changes them with the refresh running and paused: every
// user's settings and every list of recipients are what a few lines of Go make of the canonical rows.
func TestSettingsAgreeWithGo(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	r := rand.New(rand.NewPCG(5, 7))
	other := s.organization("Difference Engines")
	for i := range 14 {
		if _, err := s.store.MemberSet(t.Context(), []int64{s.organizationID, other.organizationID}[i%7/6], fmt.Sprint("User ", i), fmt.Sprintf("u%d@example.com", i), model.RoleStaff); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		[]caller{s.caller, other}[i/5].channel(fmt.Sprint("Channel ", i))
	}
	compare := func(what string) {
		t.Helper()
		for _, c := range []caller{s.caller, other} {
			want := s.worked(c.organizationID)
			if len(want.settings) == 0 || len(want.recipients) == 0 {
				t.Fatalf("%s: there is nothing to compare", what)
			}
			for user, list := range want.settings {
				a := c.must(`query($user: ID!) { effectiveNotificationSettings(userId: $user) { type delivery decidedBy channel { id } } }`, variables{"user": user}, "Daybook-Read", "exact")
				var got []string
				for i := 0; a.at(fmt.Sprintf("data.effectiveNotificationSettings.%d", i)) != nil; i++ {
					at := fmt.Sprintf("data.effectiveNotificationSettings.%d.", i)
					channel, _ := a.at(at + "channel.id").(string)
					got = append(got, channel+" "+a.text(at+"type")+" "+a.ways(at+"delivery")+" "+a.text(at+"decidedBy"))
				}
				slices.Sort(got)
				if !slices.Equal(got, list) {
					t.Fatalf("%s: %s has\n%s\nnot\n%s", what, user, strings.Join(got, "\n"), strings.Join(list, "\n"))
				}
			}
			for place, users := range want.recipients {
				channel, typ, _ := strings.Cut(place, " ")
				vars := variables{"type": typ}
				if channel != "" {
					vars["channel"] = channel
				}
				a := c.must(`query($channel: ID, $type: String!) { recipients(channelId: $channel, type: $type, first: 200) { totalCount nodes { user { id } delivery } } }`, vars, "Daybook-Read", "exact")
				got := []string{}
				for i := 0; a.at(fmt.Sprintf("data.recipients.nodes.%d", i)) != nil; i++ {
					at := fmt.Sprintf("data.recipients.nodes.%d.", i)
					got = append(got, a.text(at+"user.id")+" "+a.ways(at+"delivery"))
				}
				slices.Sort(got)
				if !slices.Equal(got, users) || a.text("data.recipients.totalCount") != fmt.Sprint(len(users)) {
					t.Fatalf("%s: told of %s are %v (%s in all), not %v", what, place, got, a.text("data.recipients.totalCount"), users)
				}
			}
		}
	}
	for round := range 4 {
		s.disturb(r, 25) // more, and an exact answer had to wait
		compare(fmt.Sprintf("round %d, behind", round))
		if round%2 == 0 {
			if _, err := s.engine.Rebuild(t.Context(), "notification_settings", nil); err != nil {
				t.Fatal(err)
			}
			compare(fmt.Sprintf("round %d, refreshed", round))
		}
		if round == 1 {
			if err := s.engine.Pause(t.Context(), "notification_settings"); err != nil {
				t.Fatal(err)
			}
			s.refreshed()
			var marks int
			if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM marks.notification_settings`).Scan(&marks); err != nil || marks == 0 {
				t.Fatalf("%d marks though paused, %v", marks, err)
			}
			compare("paused")
			if err := s.engine.Resume(t.Context(), "notification_settings"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.engine.Refresh(t.Context(), "notification_settings", time.Minute); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// disturb makes n changes of what settings follow from.
func (s *service) disturb(r *rand.Rand, n int) {
	s.t.Helper()
	for range n {
		sql := []string{
			`UPDATE canonical.memberships SET ended_at = CASE WHEN ended_at IS NULL THEN now() END WHERE role = 'staff' AND user_id % 9 = $1 % 9`,
			`UPDATE canonical.channels SET archived_at = CASE WHEN archived_at IS NULL THEN now() END WHERE id = 1 + $1 % 12`,
			`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) SELECT c.organization_id, c.id, m.user_id
				FROM canonical.channels c JOIN canonical.memberships m USING (organization_id) WHERE (c.id * 31 + m.user_id * 7) % 5 = $1 % 5 ON CONFLICT DO NOTHING`,
			`DELETE FROM canonical.channel_members WHERE id % 7 = $1 % 7`,
			`INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) SELECT organization_id, user_id, k.code, (ARRAY['mute', 'in_app', 'email', 'push', 'in_app,push'])[1 + $1 % 5]
				FROM canonical.memberships CROSS JOIN canonical.notification_types k WHERE (user_id * 13 + length(k.code)) % 17 = $1 % 17
				ON CONFLICT (organization_id, user_id, type) WHERE channel_id IS NULL DO UPDATE SET delivery = excluded.delivery`,
			`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery) SELECT m.organization_id, m.user_id, c.id, k.code, (ARRAY['mute', 'in_app', 'email', 'push', 'in_app,push'])[1 + $1 % 5]
				FROM canonical.memberships m JOIN canonical.channels c USING (organization_id) CROSS JOIN canonical.notification_types k
				WHERE k.scope = 'channel' AND (m.user_id * 13 + length(k.code) + c.id) % 23 = $1 % 23
				ON CONFLICT (organization_id, channel_id, user_id, type) WHERE channel_id IS NOT NULL DO UPDATE SET delivery = excluded.delivery`,
			`INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) SELECT organization_id, user_id, '*', 'mute'
				FROM canonical.memberships WHERE user_id % 11 = $1 % 11 ON CONFLICT DO NOTHING`,
			`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery) SELECT m.organization_id, m.user_id, c.id, '*', 'mute'
				FROM canonical.memberships m JOIN canonical.channels c USING (organization_id) WHERE (m.user_id + c.id) % 19 = $1 % 19 ON CONFLICT DO NOTHING`,
			`DELETE FROM canonical.notification_preferences WHERE id % 6 = $1 % 6`,
			`UPDATE canonical.notification_preferences SET user_id = m.user_id FROM canonical.memberships m WHERE m.organization_id = notification_preferences.organization_id
				AND notification_preferences.id % 29 = $1 % 29 AND m.user_id % 5 = $1 % 5 AND NOT EXISTS (SELECT FROM canonical.notification_preferences p
					WHERE p.organization_id = m.organization_id AND p.user_id % 5 = $1 % 5 AND p.type = notification_preferences.type)`,
		}[r.IntN(10)]
		if _, err := s.pool.Exec(s.t.Context(), sql, r.IntN(1000)); err != nil && !strings.Contains(err.Error(), "23505") {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// outcome is what follows from canonical rows: each user's settings, and who is told of "channel type", both sorted.
type outcome struct{ settings, recipients map[string][]string }

// worked works it out in Go.
func (s *service) worked(organization int64) outcome {
	s.t.Helper()
	type level struct {
		user, channel int64
		typ           string
	}
	said, live, open := map[level]string{}, map[int64]bool{}, map[int64]bool{}
	in, types := map[int64][]int64{}, map[string][2]string{}
	each := func(sql string, targets []any, do func()) {
		s.t.Helper()
		rows, err := s.pool.Query(s.t.Context(), sql, organization)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := pgx.ForEachRow(rows, targets, func() error { do(); return nil }); err != nil {
			s.t.Fatal(err)
		}
	}
	var user, channel int64
	var typ, delivery, scope string
	// Of drift only operators are told, and none of these users is one.
	each(`SELECT user_id, COALESCE(channel_id, 0), type, upper(delivery) FROM canonical.notification_preferences WHERE organization_id = $1`,
		[]any{&user, &channel, &typ, &delivery}, func() { said[level{user, channel, typ}] = delivery })
	each(`SELECT user_id FROM canonical.memberships WHERE organization_id = $1 AND ended_at IS NULL`, []any{&user}, func() { live[user] = true })
	each(`SELECT id FROM canonical.channels WHERE organization_id = $1 AND archived_at IS NULL`, []any{&channel}, func() { open[channel] = true })
	each(`SELECT user_id, channel_id FROM canonical.channel_members WHERE organization_id = $1`, []any{&user, &channel}, func() { in[user] = append(in[user], channel) })
	each(`SELECT code, scope, upper(default_delivery) FROM canonical.notification_types WHERE $1 > 0`, []any{&typ, &scope, &delivery}, func() { types[typ] = [2]string{scope, delivery} })

	o := outcome{map[string][]string{}, map[string][]string{}}
	for channel := range maps.Keys(open) {
		for typ, is := range types {
			if is[0] == "channel" {
				o.recipients[fmt.Sprintf("Channel:%d %s", channel, typ)] = []string{}
			}
		}
	}
	for user := range live {
		id := fmt.Sprintf("User:%d", user)
		for _, channel := range append([]int64{0}, in[user]...) {
			place := ""
			if channel != 0 {
				if place = fmt.Sprintf("Channel:%d", channel); !open[channel] {
					continue
				}
			}
			for typ, is := range types {
				if channel != 0 && is[0] != "channel" {
					continue
				}
				delivery, by := is[1], "APPLICATION"
				for _, l := range []struct {
					level
					name string
				}{{level{user, 0, "*"}, "ORGANIZATION_MUTE"}, {level{user, 0, typ}, "ORGANIZATION"}, {level{user, channel, "*"}, "CHANNEL_MUTE"}, {level{user, channel, typ}, "CHANNEL"}} {
					if d, ok := said[l.level]; ok && (channel != 0 || strings.HasPrefix(l.name, "ORG")) {
						delivery, by = d, l.name
					}
				}
				o.settings[id] = append(o.settings[id], place+" "+typ+" "+delivery+" "+by)
				if where := place + " " + typ; delivery != "MUTE" && typ != "projection_drift" && (channel != 0 || is[0] == "organization") {
					o.recipients[where] = append(o.recipients[where], id+" "+delivery)
				}
			}
		}
	}
	for _, lists := range []map[string][]string{o.settings, o.recipients} {
		for _, list := range lists {
			slices.Sort(list)
		}
	}
	return o
}
