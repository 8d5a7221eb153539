package resolvers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"daybook/graph/model"
)

// added makes a member as an owner, and calls as them by a token that the owner has made.
func (c caller) added(email string, role model.Role, stores ...string) (member caller, id string) {
	c.t.Helper()
	id = c.made("memberCreate", `mutation($e: String, $r: Role, $s: [ID!]) { memberCreate(input: {email: $e, name: $e, role: $r, storeIds: $s}) { record { id } userErrors { path code message } } }`,
		variables{"e": email, "r": role, "s": stores})
	made := c.must(`mutation($m: ID) { tokenCreate(input: {name: "first", memberId: $m}) { record { secret } userErrors { path code message } } }`, variables{"m": id})
	return caller{t: c.t, url: c.url, token: made.text("data.tokenCreate.record.secret"), organizationID: c.organizationID}, id
}

// An owner invites a colleague, gives them a token, another role and a store, and ends their membership: each at once, for streams too, and
// all of it with its actor in the audit log.
func TestMembers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shop := s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood"}) { record { id } } }`, nil)
	bob, id := s.added("bob@example.com", model.RoleStaff)
	bob.must(`{ viewer { role user { email } tokens { name secret issuer user { name } } stores { name } } }`, nil).want(map[string]string{
		"data.viewer": `{"role":"STAFF","stores":null,"tokens":[{"issuer":null,"name":"first","secret":null,"user":{"name":"bob@example.com"}}],"user":{"email":"bob@example.com"}}`,
	})
	stream := bob.subscribe(`subscription { live { viewer { role } } }`, nil)
	stream.next().want(map[string]string{"data.live.viewer.role": "STAFF"})

	update := func(expected int, input variables) answer {
		return s.must(`mutation($m: ID!, $v: Int, $i: MemberUpdateInput!) { memberUpdate(id: $m, expectedVersion: $v, input: $i) {
			record { version role stores { name } } userErrors { path code currentVersion } } }`, variables{"m": id, "v": expected, "i": input})
	}
	update(1, variables{"role": "MANAGER", "storeIds": []string{shop}}).
		want(map[string]string{"data.memberUpdate.record": `{"role":"MANAGER","stores":[{"name":"Norwood"}],"version":2}`})
	update(2, variables{"role": "MANAGER", "storeIds": []string{shop}}).want(map[string]string{"data.memberUpdate.record.version": "2"})
	update(1, variables{}).want(map[string]string{"data.memberUpdate.userErrors": `[{"code":"CONFLICT","currentVersion":2,"path":"expectedVersion"}]`})
	update(2, variables{"role": "OWNER"}).want(map[string]string{"data.memberUpdate.userErrors": `[{"code":"INVALID","currentVersion":null,"path":"storeIds"}]`})
	update(2, variables{"storeIds": nil}).want(map[string]string{"data.memberUpdate.record": `{"role":"MANAGER","stores":null,"version":3}`})
	if kind := <-stream.ended; kind != "complete" && kind != "" {
		t.Errorf("the stream of a member with another role ends with %q", kind)
	}

	stream = bob.subscribe(`subscription { live { viewer { role } } }`, nil)
	stream.next().want(map[string]string{"data.live.viewer.role": "MANAGER"})
	const end = `mutation($m: ID!) { memberEnd(id: $m, expectedVersion: 3, idempotencyKey: "end") { record { endedAt tokens { id } } userErrors { path code } } }`
	ended := s.must(end, variables{"m": id})
	ended.want(map[string]string{"data.memberEnd.record.tokens": "[]", "data.memberEnd.userErrors": "[]"})
	s.must(end, variables{"m": id}).want(map[string]string{"data.memberEnd.record.endedAt": ended.text("data.memberEnd.record.endedAt")})
	<-stream.ended
	if a := bob.call(`{ viewer { role } }`, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a former member is answered %d: %s", a.status, a)
	}
	back, _ := s.added("BOB@example.com", model.RoleReader)
	if a := bob.call(`{ viewer { role } }`, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a former token is answered %d: %s", a.status, a)
	}
	back.must(`query($m: ID!) { viewer { role } member(id: $m) { version endedAt user { name } } }`, variables{"m": id}).
		want(map[string]string{"data.viewer.role": "READER", "data.member": `{"endedAt":null,"user":{"name":"bob@example.com"},"version":5}`})

	log := s.must(`query($m: ID!) { member(id: $m) { history { nodes { text actor { email } entityId } } } }`, variables{"m": id})
	log.want(map[string]string{"data.member.history.nodes.0": `{"actor":{"email":"owner@example.com"},"entityId":"` + id + `","text":"Membership of bob@example.com as reader begun again"}`})
	log = s.must(`{ changes(filter: {types: [MEMBER, TOKEN]}) { cursor } auditLog(first: 200) { nodes { text actor { email } changes { old new } snapshot { value } } } }`, nil)
	for _, text := range []string{"Membership of bob@example.com as staff created", "Binding of bob@example.com to Norwood created", "Token first of bob@example.com created",
		"Token first of bob@example.com revoked", "Membership of bob@example.com as manager ended"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the audit log lacks %q", text)
		}
	}
	for _, token := range []string{bob.token, back.token} {
		var kept bool
		err := s.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM audit.events AS e WHERE e::text LIKE '%' || $1 || '%')
			OR EXISTS (SELECT FROM canonical.api_tokens AS k WHERE k::text LIKE '%' || $1 || '%')
			OR EXISTS (SELECT FROM canonical.idempotency_keys AS i WHERE i::text LIKE '%' || $1 || '%')`, token).Scan(&kept)
		if err != nil || kept || strings.Contains(log.String(), token) || strings.Contains(s.log.String(), token) {
			t.Errorf("a secret is kept (%v)", err)
		}
	}
}

// Members are listed by pages from both ends; former ones are for owners and managers.
func TestMemberList(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var ids []string
	for i := range 5 {
		_, id := s.added(fmt.Sprintf("m%d@example.com", i), model.RoleStaff)
		ids = append(ids, id)
	}
	s.made("memberEnd", `mutation($m: ID!) { memberEnd(id: $m) { record { id } } }`, variables{"m": ids[4]})
	const list = `query($f: Int, $a: String, $l: Int, $b: String, $w: MemberFilter) { members(first: $f, after: $a, last: $l, before: $b, filter: $w) {
		totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } nodes { id } } }`
	first := s.must(list, variables{"f": 2, "w": variables{"role": "STAFF"}})
	first.want(map[string]string{"data.members.totalCount": "4", "data.members.nodes.1.id": ids[1], "data.members.pageInfo.hasNextPage": "true", "data.members.pageInfo.hasPreviousPage": "false"})
	s.must(list, variables{"f": 2, "a": first.text("data.members.pageInfo.endCursor"), "w": variables{"role": "STAFF"}}).
		want(map[string]string{"data.members.nodes.0.id": ids[2], "data.members.nodes.1.id": ids[3], "data.members.pageInfo.hasNextPage": "false"})
	last := s.must(list, variables{"l": 2})
	last.want(map[string]string{"data.members.totalCount": "5", "data.members.nodes.0.id": ids[2], "data.members.nodes.1.id": ids[3], "data.members.pageInfo.hasPreviousPage": "true"})
	s.must(list, variables{"l": 9, "b": last.text("data.members.pageInfo.startCursor")}).want(map[string]string{"data.members.nodes.2.id": ids[1], "data.members.nodes.3": "null"})
	s.must(list, variables{"w": variables{"search": "M2@EXAMPLE"}}).want(map[string]string{"data.members.nodes": `[{"id":"` + ids[2] + `"}]`})
	s.must(list, variables{"w": variables{"ids": []string{ids[1], ids[1], ids[4], "User:1"}}}).want(map[string]string{"data.members.nodes": `[{"id":"` + ids[1] + `"}]`})
	s.must(list, variables{"w": variables{"ended": true}}).want(map[string]string{"data.members.nodes": `[{"id":"` + ids[4] + `"}]`})
	for argument, vars := range map[string]variables{"after": {"a": "MQ"}, "before": {"b": "x", "l": 1}, "first": {"f": 201}, "last": {"f": 1, "l": 1}} {
		if argument == "after" {
			vars["a"] = "MQ=="
		}
		s.call(list, vars).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	}
	reader, _ := s.added("reader@example.com", model.RoleReader)
	reader.call(list, variables{"w": variables{"ended": true}}).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	reader.must(`query($m: ID!) { member(id: $m) { id } node(id: $m) { id } members { totalCount } }`, variables{"m": ids[4]}).
		want(map[string]string{"data": `{"member":null,"members":{"totalCount":6},"node":null}`})
	event := s.must(`query($m: ID!) { auditLog(first: 1, filter: {entity: $m}) { nodes { id } } }`, variables{"m": ids[4]}).text("data.auditLog.nodes.0.id")
	const of = `query($e: ID!) { node(id: $e) { ... on AuditEvent { entityId } } }`
	s.must(of, variables{"e": event}).want(map[string]string{"data.node.entityId": ids[4]})
	reader.must(of, variables{"e": event}).want(map[string]string{"data.node": "null"})
	event = s.must(`query($m: ID!) { auditLog(first: 1, filter: {entity: $m}) { nodes { id } } }`, variables{"m": ids[1]}).text("data.auditLog.nodes.0.id")
	reader.must(of, variables{"e": event}).want(map[string]string{"data.node.entityId": ids[1]})
}

// A token is shown once; it never does more nor lives longer than what it was made with, and nobody sees or ends another's but owners.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := serve(t)
	bob, bobID := s.added("bob@example.com", model.RoleStaff)
	eve, _ := s.added("eve@example.com", model.RoleManager)
	const create = `mutation($i: TokenCreateInput!, $k: String) { tokenCreate(input: $i, idempotencyKey: $k) { record { id name secret expiresAt revokedAt user { email } } userErrors { path code } } }`
	made := bob.must(create, variables{"i": variables{"name": "till"}, "k": "one"})
	id, secret := made.text("data.tokenCreate.record.id"), made.text("data.tokenCreate.record.secret")
	made.want(map[string]string{"data.tokenCreate.record.user.email": "bob@example.com", "data.tokenCreate.record.expiresAt": "null"})
	bob.must(create, variables{"i": variables{"name": "till"}, "k": "one"}).want(map[string]string{"data.tokenCreate.record.id": id, "data.tokenCreate.record.secret": "null"})
	bob.must(create, variables{"i": variables{"name": "other"}, "k": "one"}).want(map[string]string{"data.tokenCreate.userErrors": `[{"code":"KEY_REUSED","path":"idempotencyKey"}]`})
	eve.must(create, variables{"i": variables{"name": "till"}, "k": "one"}).want(map[string]string{"data.tokenCreate.record": "null", "data.tokenCreate.userErrors": `[{"code":"KEY_REUSED","path":"idempotencyKey"}]`})
	till := bob
	till.token = secret
	till.must(`{ viewer { role tokens { name } } }`, nil).want(map[string]string{"data.viewer": `{"role":"STAFF","tokens":[{"name":"till"},{"name":"first"}]}`})

	// Two tokens of one operation are each shown their own secret.
	two := s.must(`mutation { a: tokenCreate(input: {name: "a"}) { record { secret } } b: tokenCreate(input: {name: "b"}) { record { secret } } }`, nil)
	if a, b := two.text("data.a.record.secret"), two.text("data.b.record.secret"); a == b || !strings.HasPrefix(a, "daybook_") {
		t.Errorf("two tokens: %s", two)
	}

	// What expires makes nothing that lives longer.
	const soon, late = "2100-01-01T00:00:00Z", "2101-01-01T00:00:00Z"
	short := bob
	short.token = bob.must(create, variables{"i": variables{"name": "short", "expiresAt": soon}}).text("data.tokenCreate.record.secret")
	short.must(create, variables{"i": variables{"name": "shorter"}}).want(map[string]string{"data.tokenCreate.record.expiresAt": soon})
	short.must(create, variables{"i": variables{"name": "longer", "expiresAt": late}}).want(map[string]string{"data.tokenCreate.userErrors": `[{"code":"EXCEEDS","path":"expiresAt"}]`})
	bob.must(create, variables{"i": variables{"name": "", "expiresAt": "2001-01-01T00:00:00Z"}}).
		want(map[string]string{"data.tokenCreate.userErrors": `[{"code":"INVALID","path":"expiresAt"},{"code":"REQUIRED","path":"name"}]`})

	// Others make none for a member, nor see or end theirs.
	for _, c := range []caller{eve, bob} {
		c.must(create, variables{"i": variables{"name": "x", "memberId": "Member:1"}}).want(map[string]string{"data.tokenCreate.userErrors": `[{"code":"FORBIDDEN","path":"memberId"}]`})
	}
	const revoke = `mutation($t: ID!) { tokenRevoke(id: $t) { record { version } userErrors { path code } } }`
	eve.must(revoke, variables{"t": id}).want(map[string]string{"data.tokenRevoke.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`})
	eve.must(`query($t: ID!) { node(id: $t) { id } }`, variables{"t": id}).want(map[string]string{"data.node": "null"})
	eve.call(`query($m: ID!) { member(id: $m) { role tokens { id } } }`, variables{"m": bobID}).
		want(map[string]string{"data.member": `{"role":"STAFF","tokens":null}`, "errors.0.extensions.code": "FORBIDDEN", "errors.1": "null"})
	s.must(`query($m: ID!) { member(id: $m) { tokens { name } } }`, variables{"m": bobID}).
		want(map[string]string{"data.member.tokens": `[{"name":"shorter"},{"name":"short"},{"name":"till"},{"name":"first"}]`})
	bob.call(`query($t: ID!) { node(id: $t) { history { nodes { text } } } }`, variables{"t": id}).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})

	// A live query that finds a token is of its member alone.
	dora, _ := s.added("dora@example.com", model.RoleStaff)
	const watch = `subscription($t: ID!) { live { node(id: $t) { id } } }`
	mine := till.subscribe(watch, variables{"t": id})
	mine.next().want(map[string]string{"data.live.node.id": id})
	dora.subscribe(watch, variables{"t": id}).next().want(map[string]string{"data.live.node": "null"})

	// A revoked token ends at once, with what it watches; once more changes nothing.
	s.must(revoke, variables{"t": id}).want(map[string]string{"data.tokenRevoke.record.version": "2"})
	<-mine.ended
	if a := till.call(`{ viewer { role } }`, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked token is answered %d", a.status)
	}
	bob.must(revoke, variables{"t": id}).want(map[string]string{"data.tokenRevoke.record.version": "2"})
}

// A member who is bound to stores makes and ends their own tokens, which are bound too, and sees no members.
func TestTokensOfBoundMembers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shop := s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood"}) { record { id } } }`, nil)
	bob, bobID := s.added("bob@example.com", model.RoleManager, shop)
	made := bob.must(`mutation { tokenCreate(input: {name: "till"}) { record { id secret } userErrors { path code } } }`, nil)
	till := bob
	till.token = made.text("data.tokenCreate.record.secret")
	till.must(`{ viewer { stores { name } tokens { name } } }`, nil).want(map[string]string{"data.viewer": `{"stores":[{"name":"Norwood"}],"tokens":[{"name":"till"},{"name":"first"}]}`})
	bob.must(`mutation($t: ID!) { tokenRevoke(id: $t) { record { name } userErrors { path code } } }`, variables{"t": made.text("data.tokenCreate.record.id")}).
		want(map[string]string{"data.tokenRevoke.record.name": "till"})
	owners := s.must(`{ viewer { tokens { id } } }`, nil).text("data.viewer.tokens.0.id")
	bob.must(`mutation($t: ID!) { tokenRevoke(id: $t) { userErrors { path code } } }`, variables{"t": owners}).
		want(map[string]string{"data.tokenRevoke.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`})
	for _, query := range []string{`{ members { totalCount } }`, `{ node(id: "` + bobID + `") { id ... on Member { role } } }`, `mutation { memberEnd(id: "` + bobID + `") { userErrors { path } } }`} {
		bob.call(query, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	}
}

// No id of another organization names a member or a token.
func TestMembersOfOtherOrganizations(t *testing.T) {
	t.Parallel()
	s := serve(t)
	other := s.organization("Other")
	_, theirs := other.added("theirs@example.com", model.RoleStaff)
	shop := other.made("storeCreate", `mutation { storeCreate(input: {name: "Theirs"}) { record { id } } }`, nil)
	token := other.must(`query($m: ID!) { member(id: $m) { tokens { id } } }`, variables{"m": theirs}).text("data.member.tokens.0.id")
	a := s.must(`query($m: ID!, $t: ID!) { member(id: $m) { id } nodes(ids: [$m, $t]) { id } members(filter: {ids: [$m]}) { totalCount } }`, variables{"m": theirs, "t": token})
	a.want(map[string]string{"data": `{"member":null,"members":{"totalCount":0},"nodes":[null,null]}`})
	_, ours := s.added("ours@example.com", model.RoleStaff)
	for call, path := range map[string]string{
		`memberUpdate(id: $m, input: {role: READER})`:                                           "id",
		`memberEnd(id: $m)`:                                                                     "id",
		`tokenRevoke(id: $t)`:                                                                   "id",
		`tokenCreate(input: {name: "x", memberId: $m})`:                                         "memberId",
		`memberUpdate(id: $o, input: {storeIds: [$s]})`:                                         "storeIds.0",
		`tokenCreate(input: {name: "x", memberId: $s})`:                                         "memberId",
		`memberEnd(id: $t)`:                                                                     "id",
		`memberUpdate(id: $t, input: {role: READER}) `:                                          "id",
		`memberUpdate(id: $o, input: {storeIds: [$m]})`:                                         "storeIds.0",
		`memberUpdate(id: $o, input: {storeIds: [$t]})`:                                         "storeIds.0",
		`tokenCreate(input: {name: "x", memberId: $t})`:                                         "memberId",
		`tokenRevoke(id: $m)`:                                                                   "id",
		`memberCreate(input: {email: "n@example.com", name: "N", role: STAFF, storeIds: [$s]})`: "storeIds.0",
	} {
		all := variables{"m": theirs, "t": token, "o": ours, "s": shop}
		var declared []string
		vars := variables{}
		for name, id := range all {
			if strings.Contains(call, "$"+name) {
				declared, vars[name] = append(declared, "$"+name+": ID!"), id
			}
		}
		s.must(`mutation(`+strings.Join(declared, ", ")+`) { it: `+call+` { record { id } userErrors { path code } } }`, vars).
			want(map[string]string{"data.it": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"` + path + `"}]}`})
	}
}

// An owner changes the organization's name and time zone, which decides on its day.
func TestOrganizationUpdate(t *testing.T) {
	t.Parallel()
	s := serve(t)
	update := func(arguments string) answer {
		return s.must(`mutation { organizationUpdate(`+arguments+`) { record { version name timeZone baseCurrency } userErrors { path code } } }`, nil)
	}
	update(`expectedVersion: 1, input: {name: " Difference Engines ", timeZone: "Pacific/Kiritimati"}`).
		want(map[string]string{"data.organizationUpdate.record": `{"baseCurrency":"AUD","name":"Difference Engines","timeZone":"Pacific/Kiritimati","version":2}`})
	var day string
	if err := s.pool.QueryRow(t.Context(), `SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date::text`).Scan(&day); err != nil {
		t.Fatal(err)
	}
	if got := s.must(`{ viewer { organization { today } } }`, nil).text("data.viewer.organization.today"); got < day {
		t.Errorf("today is %s, want %s", got, day)
	}
	update(`input: {name: "Difference Engines"}`).want(map[string]string{"data.organizationUpdate.record.version": "2"})
	update(`input: {name: null, timeZone: ""}`).want(map[string]string{"data.organizationUpdate.userErrors": `[{"code":"REQUIRED","path":"name"},{"code":"REQUIRED","path":"timeZone"}]`})
	update(`input: {timeZone: "+10"}`).want(map[string]string{"data.organizationUpdate.userErrors": `[{"code":"INVALID","path":"timeZone"}]`})
	update(`expectedVersion: 1, input: {name: "x"}`).want(map[string]string{"data.organizationUpdate.userErrors": `[{"code":"CONFLICT","path":"expectedVersion"}]`})
	s.member(s.organizationID, model.RoleManager).must(`mutation { organizationUpdate(input: {name: "x"}) { userErrors { path code } } }`, nil).
		want(map[string]string{"data.organizationUpdate.userErrors": `[{"code":"FORBIDDEN","path":""}]`})
}
