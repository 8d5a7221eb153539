package resolvers_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"daybook/graph/model"
)

// Members bound to stores are told of what is of these alone, in the inbox and by e-mail; others of the same channel of all of it.
func TestNotificationsOfBoundMembers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	north, south := s.storeWithHours("North", "UTC"), s.storeWithHours("South", "UTC")
	who, free := s.bound(model.RoleManager, "North"), s.member(s.organizationID, model.RoleManager)
	s.channel("Floor", who.user(), free.user())
	s.must(`mutation { notificationBoundsSet(input: {tillDifferenceAbove: 2, takingsBelow: 50}) { userErrors { path } } }`, nil).want(map[string]string{"data.notificationBoundsSet.userErrors": "[]"})
	for _, member := range []caller{who, free} {
		member.must(`mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: [IN_APP, EMAIL]}) { userErrors { path } } }`, nil).
			want(map[string]string{"data.notificationPreferenceSet.userErrors": "[]"})
	}
	office := openPostOffice(t, func(int) string { return "" })
	stop := s.notifiers(office)
	for _, store := range []any{south, nil, north} {
		s.approve(s.made("invoiceCreate", `mutation($p: ID!, $s: ID) { invoiceCreate(input: {customerId: $p, storeId: $s, items: [{description: "Work", unitPrice: 10}]}) { record { id } userErrors { path message } } }`,
			variables{"p": customer, "s": store}))
	}
	for store, name := range map[string]string{north: "North desk", south: "South desk"} {
		desk := s.cashDesk(store, name)
		session := desk.openOn("2026-03-02")
		desk.sell("2026-03-02", "10")
		desk.close(session, "50") // 60.00 short, of a day that came to 10.00
	}
	s.approve(s.made("invoiceCreate", `mutation($p: ID!) { invoiceCreate(input: {customerId: $p, items: [{description: "The last", unitPrice: 10}]}) { record { id } userErrors { path message } } }`, variables{"p": customer}))
	free.until(`{ inbox { unreadCount } }`, "data.inbox.unreadCount", "8") // the last event is among them: the changes are read in order

	for typ, want := range map[string]int{"invoice_approved": 1, "till_difference": 1, "takings_low": 1} {
		if told := who.told(typ); len(told) != want || typ != "invoice_approved" && !strings.Contains(told[0], "North") {
			t.Errorf("the member of North is told of %s: %q", typ, told)
		}
		if told := free.told(typ); typ != "invoice_approved" && (len(told) != 2 || !slices.ContainsFunc(told, func(text string) bool { return strings.Contains(text, "South") })) {
			t.Errorf("the other member is told of %s: %q", typ, told)
		}
	}
	who.must(`{ inbox { unreadCount } notifications { totalCount } }`, nil).want(map[string]string{"data": `{"inbox":{"unreadCount":3},"notifications":{"totalCount":3}}`})
	s.mailsAre("sent", 11)
	user, err := model.ParseID(who.user())
	if err != nil {
		t.Fatal(err)
	}
	key := user.Key
	stop()
	if ways := s.column(`SELECT DISTINCT way || ' ' || store.name FROM canonical.notifications AS told
		LEFT JOIN canonical.stores AS store ON (store.organization_id, store.id) = (told.organization_id, canonical.store_of(told.organization_id, told.canonical_type, told.canonical_id))
		WHERE told.user_id = $1 ORDER BY 1`, key); !slices.Equal(ways, []string{"email North", "in_app North"}) {
		t.Errorf("the member of North was told by %q", ways)
	}

	// What waits for a member is of their stores too, once they are bound to others.
	if err := s.store.MemberStoresSet(t.Context(), s.organizationID, key, []string{"South"}); err != nil {
		t.Fatal(err)
	}
	who.must(`{ inbox { unreadCount } notifications { totalCount } }`, nil).want(map[string]string{"data": `{"inbox":{"unreadCount":0},"notifications":{"totalCount":0}}`})
}

// Accountants, who may not read shifts, are told of none in their channels.
func TestNotificationsOfAccountants(t *testing.T) {
	t.Parallel()
	s := serve(t)
	accountant, staff := s.member(s.organizationID, model.RoleAccountant), s.member(s.organizationID, model.RoleStaff)
	s.channel("Floor", accountant.user(), staff.user())
	stop := s.notifiers(openPostOffice(t, func(int) string { return "" }))
	shift := s.shift(s.storeWithHours("North", "UTC"), s.staff("Ada"), "2026-10-02", "10:00", 60)
	s.must(`mutation($id: ID!) { shiftPublish(id: $id) { userErrors { path code } } }`, variables{"id": shift}).want(map[string]string{"data.shiftPublish.userErrors": "[]"})
	staff.until(`{ inbox { unreadCount } }`, "data.inbox.unreadCount", "1")
	s.mailsAre("sent", 1)
	stop()
	nothing := map[string]string{"data": `{"inbox":{"unreadCount":0},"notifications":{"totalCount":0}}`}
	accountant.must(`{ inbox { unreadCount } notifications { totalCount } }`, nil).want(nothing)

	// Nor of those that they were told of before they became one.
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.memberships SET role = 'accountant' WHERE organization_id = $1 AND role = 'staff'`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	staff.must(`{ inbox { unreadCount } notifications { totalCount } }`, nil).want(nothing)
}

// E-mails that wait are dropped, and left out of digests, where their user may not read any more what they are about.
func TestMailsOfWhoIsBoundMeanwhile(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	stores := []string{s.storeWithHours("North", "UTC"), s.storeWithHours("South", "UTC")}
	each, daily, none := s.member(s.organizationID, model.RoleManager), s.member(s.organizationID, model.RoleStaff), s.member(s.organizationID, model.RoleReader)
	for _, member := range []caller{each, daily, none} {
		member.must(`mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: [EMAIL]}) { userErrors { path } } }`, nil)
	}
	var at string
	if err := s.pool.QueryRow(t.Context(), `SELECT to_char(now() AT TIME ZONE 'UTC' + interval '12 hours', 'HH24:MI')`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	for _, member := range []caller{daily, none} {
		member.must(`mutation($at: LocalTime) { notificationDigestSet(input: {at: $at, timeZone: "UTC"}) { userErrors { path } } }`, variables{"at": at})
	}
	closed, open := openPostOffice(t, func(int) string { return "busy" }), openPostOffice(t, func(int) string { return "" })
	stop := s.notifiers(closed)
	for i, store := range stores {
		s.approve(s.made("invoiceCreate", `mutation($p: ID!, $s: ID, $price: Decimal!) { invoiceCreate(input: {customerId: $p, storeId: $s, items: [{description: "Work", unitPrice: $price}]}) { record { id } userErrors { path message } } }`,
			variables{"p": customer, "s": store, "price": i + 1}))
	}
	s.mailsAre("held", 4)
	s.mailsAre("pending", 2)
	stop()
	for store, members := range map[string][]caller{"North": {each, daily}, "Shed": {none}} {
		if store == "Shed" {
			s.storeWithHours(store, "UTC")
		}
		for _, member := range members {
			user, err := model.ParseID(member.user())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.store.MemberStoresSet(t.Context(), s.organizationID, user.Key, []string{store}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.notification_digests SET sent_on = sent_on - 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.notifications SET next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	stop = s.notifiers(open)
	s.mailsAre("sent", 2)
	s.mailsAre("revoked", 2)
	stop()
	for _, m := range open.taken {
		body, err := io.ReadAll(m.Body)
		if err != nil || !strings.Contains(string(body), "INV-0001") || strings.Contains(string(body), "INV-0002") {
			t.Errorf("%v: %s", err, body)
		}
	}
}
