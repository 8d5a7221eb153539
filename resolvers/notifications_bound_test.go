package resolvers_test

import (
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
	accountant.must(`{ inbox { unreadCount } notifications { totalCount } }`, nil).want(map[string]string{"data": `{"inbox":{"unreadCount":0},"notifications":{"totalCount":0}}`})
}
