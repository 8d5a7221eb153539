package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// user is the id of whom the token stands for.
func (c caller) user() string {
	c.t.Helper()
	return c.must(`{ viewer { user { id } } }`, nil).text("data.viewer.user.id")
}

func (c caller) channel(name string, users ...string) string {
	c.t.Helper()
	return c.made("channelCreate", `mutation($name: String!, $users: [ID!]) {
		channelCreate(input: {name: $name, userIds: $users}) { record { id } userErrors { path code message } } }`,
		variables{"name": name, "users": users})
}

// prefer sets a preference, by ways that commas separate or MUTE, or clears it where delivery is empty; an empty channel is the organization, an empty typ all types.
func (c caller) prefer(channel, typ, delivery string) answer {
	c.t.Helper()
	input := variables{}
	for field, value := range map[string]string{"channelId": channel, "type": typ, "delivery": delivery} {
		switch {
		case field == "delivery" && value == "MUTE":
			input[field] = []string{}
		case field == "delivery" && value != "":
			input[field] = strings.Split(value, ",")
		case value != "":
			input[field] = value
		}
	}
	mutation, typename := "notificationPreferenceSet", "NotificationPreferenceSetInput"
	if delivery == "" {
		mutation, typename = "notificationPreferenceClear", "NotificationPreferenceClearInput"
	}
	a := c.must(`mutation($input: `+typename+`!) { `+mutation+`(input: $input) {
		record { type delivery decidedBy muted channel { id } } userErrors { path code } } }`, variables{"input": input})
	if a.text("data."+mutation+".userErrors") != "[]" {
		c.t.Fatalf("%s: %s", input, a)
	}
	return a
}

// TestCascade is the table of the levels, as the schema describes it: what is said in the channel of a type and of all of
// it, what is said in the organization of a type and of all of it, and by the application.
func TestCascade(t *testing.T) {
	t.Parallel()
	s := serve(t)
	channel := s.channel("Kitchen", s.user())
	other := s.channel("Floor", s.user())
	for _, c := range []struct {
		typ                                                      string
		inChannel, channelMute, inOrganization, organizationMute string
		channel, organization                                    string
	}{
		// The default alone: quiet, in between, loud.
		{"sale_recorded", "", "", "", "", "MUTE APPLICATION", "MUTE APPLICATION"},
		{"sale_refunded", "", "", "", "", "IN_APP APPLICATION", "IN_APP APPLICATION"},
		{"takings_low", "", "", "", "", "IN_APP,EMAIL APPLICATION", "IN_APP,EMAIL APPLICATION"},
		// An override of the organization, quieter and louder than the default, and equal to it.
		{"takings_low", "", "", "IN_APP", "", "IN_APP ORGANIZATION", "IN_APP ORGANIZATION"},
		{"sale_recorded", "", "", "EMAIL", "", "EMAIL ORGANIZATION", "EMAIL ORGANIZATION"},
		{"takings_low", "", "", "EMAIL", "", "EMAIL ORGANIZATION", "EMAIL ORGANIZATION"},
		{"takings_low", "", "", "MUTE", "", "MUTE ORGANIZATION", "MUTE ORGANIZATION"},
		// The ways are a set: each without the others, each once, in one order.
		{"takings_low", "", "", "PUSH", "", "PUSH ORGANIZATION", "PUSH ORGANIZATION"},
		{"takings_low", "PUSH,IN_APP,PUSH", "", "EMAIL", "", "IN_APP,PUSH CHANNEL", "EMAIL ORGANIZATION"},
		{"sale_recorded", "PUSH,EMAIL,IN_APP", "MUTE", "", "MUTE", "IN_APP,EMAIL,PUSH CHANNEL", "MUTE ORGANIZATION_MUTE"},
		// An override of the channel beats the organization's, in both directions.
		{"takings_low", "MUTE", "", "", "", "MUTE CHANNEL", "IN_APP,EMAIL APPLICATION"},
		{"takings_low", "IN_APP", "", "EMAIL", "", "IN_APP CHANNEL", "EMAIL ORGANIZATION"},
		{"takings_low", "EMAIL", "", "MUTE", "", "EMAIL CHANNEL", "MUTE ORGANIZATION"},
		{"takings_low", "EMAIL", "", "EMAIL", "", "EMAIL CHANNEL", "EMAIL ORGANIZATION"},
		// A muted organization beats louder defaults, and gives way to every override.
		{"takings_low", "", "", "", "MUTE", "MUTE ORGANIZATION_MUTE", "MUTE ORGANIZATION_MUTE"},
		{"sale_recorded", "", "", "", "MUTE", "MUTE ORGANIZATION_MUTE", "MUTE ORGANIZATION_MUTE"},
		{"takings_low", "", "", "IN_APP", "MUTE", "IN_APP ORGANIZATION", "IN_APP ORGANIZATION"},
		{"takings_low", "EMAIL", "", "", "MUTE", "EMAIL CHANNEL", "MUTE ORGANIZATION_MUTE"},
		{"takings_low", "IN_APP", "", "EMAIL", "MUTE", "IN_APP CHANNEL", "EMAIL ORGANIZATION"},
		// A muted channel beats louder defaults and what the organization's level says, and gives way to its own override.
		{"takings_low", "", "MUTE", "", "", "MUTE CHANNEL_MUTE", "IN_APP,EMAIL APPLICATION"},
		{"takings_low", "", "MUTE", "EMAIL", "", "MUTE CHANNEL_MUTE", "EMAIL ORGANIZATION"},
		{"takings_low", "", "MUTE", "", "MUTE", "MUTE CHANNEL_MUTE", "MUTE ORGANIZATION_MUTE"},
		{"takings_low", "", "MUTE", "EMAIL", "MUTE", "MUTE CHANNEL_MUTE", "EMAIL ORGANIZATION"},
		{"takings_low", "EMAIL", "MUTE", "", "", "EMAIL CHANNEL", "IN_APP,EMAIL APPLICATION"},
		{"takings_low", "IN_APP", "MUTE", "EMAIL", "MUTE", "IN_APP CHANNEL", "EMAIL ORGANIZATION"},
		{"takings_low", "MUTE", "MUTE", "EMAIL", "MUTE", "MUTE CHANNEL", "EMAIL ORGANIZATION"},
		// What only the organization has.
		{"bill_due", "", "", "", "", "", "IN_APP,EMAIL APPLICATION"},
		{"bill_due", "", "MUTE", "", "", "", "IN_APP,EMAIL APPLICATION"},
		{"bill_due", "", "", "", "MUTE", "", "MUTE ORGANIZATION_MUTE"},
		{"bill_due", "", "", "IN_APP", "MUTE", "", "IN_APP ORGANIZATION"},
	} {
		levels := [][3]string{{channel, c.typ, c.inChannel}, {channel, "", c.channelMute}, {"", c.typ, c.inOrganization}, {"", "", c.organizationMute}}
		for _, l := range levels {
			if l[2] != "" {
				s.prefer(l[0], l[1], l[2])
			}
		}
		elsewhere := c.organization // a channel about which nothing is said follows the organization
		if c.channel == "" {
			elsewhere = ""
		}
		a := s.must(`query($a: ID!, $b: ID!) { viewer { organization { mySettings { ...S } } } a: channel(id: $a) { mySettings { ...S } } b: channel(id: $b) { mySettings { ...S } } }
			fragment S on NotificationSetting { type delivery decidedBy muted }`, variables{"a": channel, "b": other})
		for path, want := range map[string]string{"data.a": c.channel, "data.b": elsewhere, "data.viewer.organization": c.organization} {
			if got := setting(a, path+".mySettings", c.typ); got != want {
				t.Errorf("%+v: %s is %q", c, path, got)
			}
		}
		a.want(map[string]string{
			"data.a.mySettings.0.muted":                   fmt.Sprint(c.channelMute != ""),
			"data.b.mySettings.0.muted":                   "false",
			"data.viewer.organization.mySettings.0.muted": fmt.Sprint(c.organizationMute != ""),
		})
		for _, l := range levels {
			if l[2] != "" {
				s.prefer(l[0], l[1], "")
			}
		}
	}
}

// ways is the delivery at a path, with commas between its ways; MUTE if it has none.
func (a answer) ways(path string) string {
	list, ok := a.at(path).([]any)
	if !ok || len(list) == 0 {
		return "MUTE"
	}
	var ways []string
	for _, way := range list {
		ways = append(ways, fmt.Sprint(way))
	}
	return strings.Join(ways, ",")
}

// setting is the delivery of a type and the level that decided it, in a list of settings; empty where it is not there.
func setting(a answer, list, typ string) string {
	for i := 0; ; i++ {
		at := fmt.Sprintf("%s.%d", list, i)
		switch a.at(at + ".type") {
		case nil:
			return ""
		case any(typ):
			return strings.TrimSpace(a.ways(at+".delivery") + " " + a.text(at+".decidedBy"))
		}
	}
}

func TestPreferencesOfOthers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager, staff, reader := s.member(s.organizationID, model.RoleManager), s.member(s.organizationID, model.RoleStaff), s.member(s.organizationID, model.RoleReader)
	stranger := s.organization("Difference Engines").channel("Theirs")
	set := func(c caller, user string) string {
		return c.must(`mutation($user: ID) {
			set: notificationPreferenceSet(input: {userId: $user, type: "bill_due", delivery: []}) { userErrors { path code } }
			clear: notificationPreferenceClear(input: {userId: $user, type: "bill_due"}) { userErrors { path code } } }`, variables{"user": user}).text("data")
	}
	const done, forbidden = `{"clear":{"userErrors":[]},"set":{"userErrors":[]}}`,
		`{"clear":{"userErrors":[{"code":"FORBIDDEN","path":"userId"}]},"set":{"userErrors":[{"code":"FORBIDDEN","path":"userId"}]}}`
	for _, c := range []struct {
		who  caller
		whom caller
		want string
	}{
		{s.caller, reader, done}, {manager, s.caller, done}, {staff, staff, done}, {reader, reader, done},
		{staff, reader, forbidden}, {reader, staff, forbidden}, {reader, s.caller, forbidden},
	} {
		if got := set(c.who, c.whom.user()); got != c.want {
			t.Errorf("%s for %s: %s", c.who.user(), c.whom.user(), got)
		}
	}
	reader.must(`mutation { channelCreate(input: {name: "x"}) { userErrors { path code } } }`, nil).
		want(map[string]string{"data.channelCreate.userErrors": `[{"code":"FORBIDDEN","path":""}]`})

	archived := s.channel("Archived")
	s.must(`mutation($id: ID!) { channelArchive(id: $id) { userErrors { path } } }`, variables{"id": archived})
	for input, want := range map[string]string{
		`userId: "User:999999", type: "bill_due", delivery: []`:                       `userId NOT_FOUND`,
		`userId: "Channel:1", channelId: "User:1", type: "nothing", delivery: []`:     `userId NOT_FOUND, channelId NOT_FOUND, type NOT_FOUND`,
		`channelId: "` + stranger + `", type: "sale_refunded", delivery: []`:          `channelId NOT_FOUND`,
		`channelId: "` + archived + `", type: "sale_refunded", delivery: []`:          `channelId STATE`,
		`channelId: "` + s.channel("Live") + `", type: "bill_due", delivery: [EMAIL]`: `channelId INVALID`,
		`delivery: [EMAIL]`:                                      `type REQUIRED`,
		`type: " ", delivery: [EMAIL]`:                           `type REQUIRED`,
		`type: "*", delivery: []`:                                `type NOT_FOUND`,
		`type: "` + strings.Repeat("x", 201) + `", delivery: []`: `type INVALID, type NOT_FOUND`,
	} {
		t.Run(input, func(t *testing.T) {
			s := s.in(t)
			a := s.must(`mutation { notificationPreferenceSet(input: {`+input+`}) { record { type } userErrors { path code } } }`, nil)
			if got := userErrors(a, "data.notificationPreferenceSet"); got != want || a.at("data.notificationPreferenceSet.record") != nil {
				t.Errorf("%s: %s", input, a)
			}
		})
	}
	for input, want := range map[string]string{``: ``, `type: "bill_due"`: ``, `type: "nothing"`: `type NOT_FOUND`, `channelId: "Person:1"`: `channelId NOT_FOUND`} {
		a := s.must(`mutation { notificationPreferenceClear(input: {`+input+`}) { userErrors { path code } } }`, nil)
		if got := userErrors(a, "data.notificationPreferenceClear"); got != want {
			t.Errorf("clear %s: %s", input, a)
		}
	}
	for arguments, message := range map[string]string{
		`type: "nothing"`:                                      "names no notification type",
		`type: "sale_refunded"`:                                "channelId must be given",
		`type: "bill_due", channelId: "` + archived + `"`:      "channelId must be left out",
		`type: "sale_refunded", channelId: "` + stranger + `"`: "names no channel",
	} {
		t.Run(arguments, func(t *testing.T) {
			s := s.in(t)
			if a := s.call(`{ recipients(`+arguments+`) { nodes { delivery } } }`, nil); !strings.Contains(a.text("errors.0.message"), message) || a.text("errors.0.extensions.code") != "BAD_USER_INPUT" {
				t.Errorf("recipients of %s: %s", arguments, a)
			}
		})
	}
}

// userErrors lists a payload's errors as "path CODE".
func userErrors(a answer, payload string) string {
	var list []string
	for i := 0; a.at(fmt.Sprintf("%s.userErrors.%d", payload, i)) != nil; i++ {
		at := fmt.Sprintf("%s.userErrors.%d.", payload, i)
		list = append(list, a.text(at+"path")+" "+a.text(at+"code"))
	}
	return strings.Join(list, ", ")
}

func TestChannels(t *testing.T) {
	t.Parallel()
	s := serve(t)
	owner, staff := s.user(), s.member(s.organizationID, model.RoleStaff).user()
	stranger := s.organization("Difference Engines")
	theirs := stranger.channel("Theirs")
	create := func(vars variables) answer {
		return s.must(`mutation($name: String, $users: [ID!], $key: String) { channelCreate(input: {name: $name, userIds: $users}, idempotencyKey: $key) {
			record { id name version memberCount members { id } } userErrors { path code } } }`, vars)
	}
	a := create(variables{"name": " ", "users": []string{staff, "Person:1", staff, "User:424242"}})
	if got := userErrors(a, "data.channelCreate"); got != "userIds.1 NOT_FOUND, userIds.2 INVALID, userIds.3 NOT_FOUND, name REQUIRED" {
		t.Errorf("all mistakes: %s", a)
	}
	a = create(variables{"name": "Kitchen", "users": []string{staff, owner}, "key": "k"})
	a.want(map[string]string{"data.channelCreate.record.memberCount": "2", "data.channelCreate.record.version": "1",
		"data.channelCreate.record.members": `[{"id":"` + owner + `"},{"id":"` + staff + `"}]`})
	id := a.text("data.channelCreate.record.id")
	create(variables{"name": "Kitchen", "users": []string{staff, owner}, "key": "k"}).want(map[string]string{"data.channelCreate.record.id": id})
	if got := userErrors(create(variables{"name": " kitchen "}), "data.channelCreate"); got != "name TAKEN" {
		t.Error(got)
	}
	set := func(id string, version any, users ...string) answer {
		return s.must(`mutation($id: ID!, $version: Int, $users: [ID!]!) { channelMembersSet(id: $id, expectedVersion: $version, userIds: $users) {
			record { version memberCount mySettings { type } } userErrors { path code } } }`, variables{"id": id, "version": version, "users": append([]string{}, users...)})
	}
	if got := set(id, 1, staff, owner); got.text("data.channelMembersSet.record.version") != "1" {
		t.Errorf("the same members are a change: %s", got)
	}
	set(id, 1, staff).want(map[string]string{"data.channelMembersSet.record": `{"memberCount":1,"mySettings":[],"version":2}`})
	for want, got := range map[string]answer{"expectedVersion CONFLICT": set(id, 1, staff), "userIds.0 NOT_FOUND": set(id, 2, stranger.channel("x")), "id NOT_FOUND": set(theirs, nil)} {
		if userErrors(got, "data.channelMembersSet") != want {
			t.Errorf("want %s: %s", want, got)
		}
	}
	update := func(id, input string) answer {
		return s.must(`mutation($id: ID!) { channelUpdate(id: $id, input: {`+input+`}) { record { name description archivedAt version } userErrors { path code } } }`, variables{"id": id})
	}
	update(id, `description: "Cooks", name: "Galley"`).want(map[string]string{"data.channelUpdate.record": `{"archivedAt":null,"description":"Cooks","name":"Galley","version":3}`})
	s.must(`mutation($id: ID!) { channelArchive(id: $id, expectedVersion: 3) { userErrors { path } record { version } } }`, variables{"id": id}).
		want(map[string]string{"data.channelArchive": `{"record":{"version":4},"userErrors":[]}`})
	s.channel("galley")
	restored := s.must(`mutation($id: ID!) { channelRestore(id: $id) { userErrors { path code } } }`, variables{"id": id})
	if got := userErrors(restored, "data.channelRestore"); got != "name TAKEN" {
		t.Error(got)
	}
	if got := userErrors(update(theirs, `name: "x"`), "data.channelUpdate"); got != "id NOT_FOUND" {
		t.Error(got)
	}
	s.must(`query($id: ID!, $theirs: ID!) { channels { totalCount nodes { name } } archived: channels(filter: {archived: true, search: "COOK"}) { nodes { id members { id } } }
		node(id: $id) { __typename } theirs: channel(id: $theirs) { id } viewer { organization { members { role user { id } } } } }`, variables{"id": id, "theirs": theirs}).want(map[string]string{
		"data.channels":                    `{"nodes":[{"name":"galley"}],"totalCount":1}`,
		"data.archived.nodes":              `[{"id":"` + id + `","members":[{"id":"` + staff + `"}]}]`,
		"data.node.__typename":             "Channel",
		"data.theirs":                      "null",
		"data.viewer.organization.members": `[{"role":"OWNER","user":{"id":"` + owner + `"}},{"role":"STAFF","user":{"id":"` + staff + `"}}]`,
	})
}

// TestRevokedIsNobodysRecipient ends memberships with nothing refreshed: also who reads stored copies is told at once.
func TestRevokedIsNobodysRecipient(t *testing.T) {
	t.Parallel()
	s := serve(t)
	staff, manager := s.member(s.organizationID, model.RoleStaff), s.member(s.organizationID, model.RoleManager)
	channel := s.channel("Kitchen", staff.user(), manager.user())
	s.refreshed()
	const query = `query($channel: ID!, $user: ID!) { channel: recipients(channelId: $channel, type: "takings_low") { nodes { user { id } } }
		organization: recipients(type: "bill_due") { totalCount nodes { user { id } } } effectiveNotificationSettings(userId: $user) { type } }`
	vars := variables{"channel": channel, "user": staff.user()}
	before := s.must(query, vars, "Daybook-Read", "stored")
	before.want(map[string]string{"data.channel.nodes": `[{"user":{"id":"` + staff.user() + `"}},{"user":{"id":"` + manager.user() + `"}}]`, "data.organization.totalCount": "3"})
	if before.at("data.effectiveNotificationSettings.0") == nil {
		t.Errorf("no settings: %s", before)
	}
	var key int64
	if _, err := fmt.Sscanf(staff.user(), "User:%d", &key); err != nil {
		t.Fatal(err)
	}
	if err := s.store.MembershipEnd(t.Context(), s.organizationID, key); err != nil {
		t.Fatal(err)
	}
	left := map[string]string{"data.channel.nodes": `[{"user":{"id":"` + manager.user() + `"}}]`, "data.organization.totalCount": "2", "data.effectiveNotificationSettings": "[]"}
	for _, mode := range []string{"auto", "exact", "stored"} {
		s.must(query, vars, "Daybook-Read", mode).want(left)
	}
	// Who left the channel only is told by the organization still; and nobody is told in an archived channel.
	s.must(`mutation($id: ID!) { channelMembersSet(id: $id, userIds: []) { userErrors { path } } }`, variables{"id": channel})
	left["data.channel.nodes"] = "[]"
	for _, mode := range []string{"auto", "exact", "stored"} {
		s.must(query, vars, "Daybook-Read", mode).want(left)
	}
	if _, err := s.store.MemberSet(t.Context(), s.organizationID, "", "staff@"+fmt.Sprint(s.organizationID)+".example", model.RoleReader); err != nil {
		t.Fatal(err)
	}
	s.must(query, vars).want(map[string]string{"data.organization.totalCount": "3"})
	s.must(`mutation($id: ID!, $user: ID!) { channelMembersSet(id: $id, userIds: [$user]) { record { memberCount } } }`, variables{"id": channel, "user": vars["user"]})
	s.must(query, vars).want(map[string]string{"data.channel.nodes": `[{"user":{"id":"` + vars["user"].(string) + `"}}]`})
	s.must(`mutation($id: ID!) { channelArchive(id: $id) { record { memberCount } } }`, variables{"id": channel})
	s.must(query, vars).want(map[string]string{"data.channel.nodes": `[]`})
}

// Recipients are exact after one mutation that makes more settings dirty than a page makes up for, and after many small
// ones; with nothing refreshed.
func TestRecipientsOfManySettings(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	channel := s.channel("Kitchen", s.user())
	staff := s.member(s.organizationID, model.RoleStaff)
	mine, all := strings.TrimPrefix(staff.user(), "User:"), strings.TrimPrefix(channel, "Channel:")
	for _, sql := range []string{ // one user in many channels, many users in one
		`WITH c AS (INSERT INTO canonical.channels (organization_id, name) SELECT $1, 'Channel ' || g FROM generate_series(1, 250) AS g RETURNING id)
		INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) SELECT $1, id, ` + mine + ` FROM c`,
		`WITH u AS (INSERT INTO canonical.users (name, email) SELECT 'User', 'u' || g || '@example.com' FROM generate_series(1, 250) AS g RETURNING id),
		m AS (INSERT INTO canonical.memberships (organization_id, user_id, role) SELECT $1, id, 'reader' FROM u RETURNING user_id)
		INSERT INTO canonical.channel_members (organization_id, channel_id, user_id) SELECT $1, ` + all + `, user_id FROM m`,
	} {
		if _, err := s.pool.Exec(t.Context(), sql, s.organizationID); err != nil {
			t.Fatal(err)
		}
	}
	s.refreshed()
	some := "Channel:" + s.column(`SELECT max(id)::text FROM canonical.channels`)[0]
	want := func(channel string, count string, page int) {
		t.Helper()
		for _, mode := range []string{"auto", "exact"} {
			a := s.must(`query($c: ID!) { recipients(channelId: $c, type: "takings_low", first: 20) { totalCount nodes { user { id } delivery } pageInfo { hasNextPage endCursor } } }`,
				variables{"c": channel}, "Daybook-Read", mode)
			a.want(map[string]string{"data.recipients.totalCount": count, "data.recipients.pageInfo.hasNextPage": fmt.Sprint(page == 20)})
			if got := len(a.at("data.recipients.nodes").([]any)); got != page {
				t.Errorf("%d recipients on the page, want %d", got, page)
			}
			for _, p := range a.at("extensions.freshness.projections").([]any) {
				if p := fmt.Sprint(p); strings.Contains(p, "notification_settings") && !strings.Contains(p, "read:exact") {
					t.Errorf("in mode %s: %s", mode, p)
				}
			}
		}
	}
	want(some, "1", 1)
	want(channel, "251", 20)
	staff.prefer("", "takings_low", "MUTE")
	want(some, "0", 0)
	a := s.must(`query($c: ID!) { recipients(channelId: $c, type: "takings_low", first: 200) { pageInfo { endCursor } } }`, variables{"c": channel})
	rest := s.must(`query($c: ID!, $after: String) { recipients(channelId: $c, type: "takings_low", first: 200, after: $after) { nodes { user { id } } } }`,
		variables{"c": channel, "after": a.text("data.recipients.pageInfo.endCursor")})
	if got := len(rest.at("data.recipients.nodes").([]any)); got != 51 {
		t.Errorf("%d recipients on the second page", got)
	}
	for range 30 {
		staff.prefer("", "takings_low", "EMAIL")
		staff.prefer("", "takings_low", "MUTE")
	}
	want(some, "0", 0)
	s.must(`mutation($c: ID!) { channelArchive(id: $c) { record { id } } }`, variables{"c": channel})
	want(channel, "0", 0)
}
