package resolvers_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/graph/model"
)

// cashDesk is a till of a store, for tests of what its closes bring about.
type cashDesk struct {
	caller
	store, till string
}

func (c caller) cashDesk(store, name string) cashDesk {
	c.t.Helper()
	return cashDesk{c, store, c.till(store, name)}
}

// openOn opens the till for a day.
func (d cashDesk) openOn(day string) (session string) {
	d.t.Helper()
	return d.made("tillOpen", `mutation($till: ID!, $day: Date) { tillOpen(input: {tillId: $till, openingFloat: 100, businessDate: $day}) {
		record { id } userErrors { path code message } } }`, variables{"till": d.till, "day": day})
}

// sell records a sale in cash.
func (d cashDesk) sell(day, amount string) {
	d.t.Helper()
	d.must(`mutation($input: SalesRecordInput!) { salesRecord(input: $input) { recorded userErrors { path code message } } }`, variables{"input": variables{
		"storeId": d.store, "sales": []variables{{"tillId": d.till, "occurredAt": day + "T12:00:00Z", "amount": amount, "tenders": []variables{{"tender": "CASH", "amount": amount}}}},
	}}).want(map[string]string{"data.salesRecord.recorded": "1"})
}

// close closes a session with what was counted, and returns the close.
func (d cashDesk) close(session, counted string) string {
	d.t.Helper()
	a := d.must(`mutation($id: ID!, $counted: Decimal!) { tillClose(id: $id, input: {counted: [{tender: CASH, amount: $counted}]}) {
		record { dayClose { id } } userErrors { path code message } } }`, variables{"id": session, "counted": counted})
	return a.text("data.tillClose.record.dayClose.id")
}

// told returns the texts of a type in the caller's inbox, in order.
func (c caller) told(typ string) []string {
	c.t.Helper()
	texts := c.must(`query($type: String) { notifications(filter: {type: $type}) { nodes { text } } }`, variables{"type": typ}).texts("data.notifications")
	slices.Sort(texts)
	return texts
}

// Members of channels are told of a till that is over or short by more than their channel's bound, or else the organization's, and of a
// store's day that came to less: once, when all of its tills are closed, whatever is reversed and closed anew. Who was revoked is not.
func TestNotificationsOfClosedDays(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager, staff, revoked := s.member(s.organizationID, model.RoleManager), s.member(s.organizationID, model.RoleStaff), s.member(s.organizationID, model.RoleReader)
	floor, office := s.channel("Floor", manager.user(), revoked.user()), s.channel("Office", staff.user(), manager.user())
	_ = floor
	bounds := `mutation($difference: Decimal, $takings: Decimal) { notificationBoundsSet(input: {tillDifferenceAbove: $difference, takingsBelow: $takings}) {
		record { tillDifferenceAbove takingsBelow } userErrors { path code } } }`
	s.must(bounds, variables{"difference": "-1", "takings": "0.001"}).want(map[string]string{
		"data.notificationBoundsSet.userErrors": `[{"code":"INVALID","path":"tillDifferenceAbove"},{"code":"INVALID","path":"takingsBelow"}]`,
	})
	store := s.storeWithHours("North", "UTC")
	front, back := s.cashDesk(store, "Front"), s.cashDesk(store, "Back")

	// Without bounds nobody is told anything.
	first := front.openOn("2026-03-02")
	front.sell("2026-03-02", "10")
	front.close(first, "50")
	stop := s.notifiers(nil)
	s.approve(s.draft(s.person("Ada"), "1")) // the feed is read up to here
	s.until(`{ notifications(filter: {type: "invoice_approved"}) { totalCount } }`, "data.notifications.totalCount", "1")
	stop()

	s.must(bounds, variables{"difference": "2", "takings": "50"}).want(map[string]string{
		"data.notificationBoundsSet.record": `{"takingsBelow":"50.00","tillDifferenceAbove":"2.00"}`,
	})
	s.must(`mutation($id: ID!) { channelUpdate(id: $id, input: {tillDifferenceAbove: 20, takingsBelow: 5}) { record { tillDifferenceAbove takingsBelow } userErrors { path code } } }`,
		variables{"id": office}).want(map[string]string{"data.channelUpdate.record": `{"takingsBelow":"5.00","tillDifferenceAbove":"20.00"}`})
	user := s.ended("reader")
	day := "2026-03-03"
	mine, theirs := front.openOn(day), back.openOn(day)
	front.sell(day, "10")
	back.sell(day, "20")
	front.close(mine, "112") // 2.00 over: not more than the bound
	stop = s.notifiers(nil)
	s.approve(s.draft(s.person("Ada"), "1"))
	s.until(`{ notifications(filter: {type: "invoice_approved"}) { totalCount } }`, "data.notifications.totalCount", "2")
	if told := manager.told("takings_low"); len(told) != 0 {
		t.Errorf("a day whose till is open is told of: %v", told)
	}
	closed := back.close(theirs, "115") // 5.00 short, and the day came to 30.00
	manager.until(`{ notifications(filter: {type: "takings_low"}) { totalCount } }`, "data.notifications.totalCount", "1")
	stop()
	s.must(`mutation($id: ID!) { dayCloseReverse(id: $id) { userErrors { path code } } }`, variables{"id": closed}).want(map[string]string{"data.dayCloseReverse.userErrors": "[]"})
	back.close(theirs, "95") // 25.00 short
	s.notifiers(nil)
	staff.until(`{ notifications(filter: {type: "till_difference"}) { totalCount } }`, "data.notifications.totalCount", "1")

	short := func(amount string) string { return fmt.Sprintf("Back of North was %s AUD short on 2026-03-03", amount) }
	for what, c := range map[string]struct {
		told []string
		want []string
	}{
		"the manager, of tills":   {manager.told("till_difference"), []string{short("25.00"), short("5.00")}},
		"the manager, of takings": {manager.told("takings_low"), []string{"North took 30.00 AUD on 2026-03-03"}},
		"the staff, of tills":     {staff.told("till_difference"), []string{short("25.00")}},
		"the staff, of takings":   {staff.told("takings_low"), nil},
		"who is in no channel":    {append(s.told("till_difference"), s.told("takings_low")...), nil},
	} {
		if !slices.Equal(c.told, c.want) {
			t.Errorf("%s, is told %q, want %q", what, c.told, c.want)
		}
	}
	var told int
	if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM canonical.notifications WHERE user_id = $1`, user).Scan(&told); err != nil || told != 1 { // an invoice, before
		t.Errorf("who was revoked was told of %d, %v", told, err)
	}
}

// E-mails to a user who wants a digest are held until its time and then come in one; every notification is in exactly one e-mail, also
// when the digest is moved or given up.
func TestNotificationDigests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer, who := s.person("Ada"), s.member(s.organizationID, model.RoleManager)
	who.must(`mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: [EMAIL]}) { userErrors { path } } }`, nil)
	digest := `mutation($at: LocalTime, $zone: String) { notificationDigestSet(input: {at: $at, timeZone: $zone}) { record { at timeZone } userErrors { path code } } }`
	// later returns the time twelve hours from now: no digest comes by itself while the test runs.
	later := func(zone string) (at string) {
		t.Helper()
		if err := s.pool.QueryRow(t.Context(), `SELECT to_char(now() AT TIME ZONE $1 + interval '12 hours', 'HH24:MI')`, zone).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	const mine = `{ viewer { notificationDigest { at timeZone } organization { timeZone } } }`
	a := who.must(mine, nil)
	a.want(map[string]string{"data.viewer.notificationDigest.at": "null"})
	home := a.text("data.viewer.organization.timeZone")
	who.must(digest, variables{"at": "07:30", "zone": "+10"}).want(map[string]string{"data.notificationDigestSet.userErrors": `[{"code":"INVALID","path":"timeZone"}]`})
	at := later("Asia/Kathmandu")
	who.must(digest, variables{"at": at, "zone": "Asia/Kathmandu"}).want(map[string]string{
		"data.notificationDigestSet.record.at": at, "data.notificationDigestSet.record.timeZone": "Asia/Kathmandu",
	})
	who.must(mine, nil).want(map[string]string{"data.viewer.notificationDigest.at": at, "data.viewer.notificationDigest.timeZone": "Asia/Kathmandu"})

	p := openPostOffice(t, func(int) string { return "" })
	stop := s.notifiers(p)
	// due lets a day pass, so that the time of the digest comes, and waits until that was seen.
	due := func() {
		t.Helper()
		var day time.Time
		if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.notifications SET occasion = occasion || ', a day before' WHERE type = 'digest'`); err != nil {
			t.Fatal(err)
		}
		if err := s.pool.QueryRow(t.Context(), `UPDATE canonical.notification_digests SET sent_on = sent_on - 1 RETURNING sent_on`).Scan(&day); err != nil {
			t.Fatal(err)
		}
		s.eventually("the digest of the day", func(ctx context.Context) bool {
			var done bool
			if err := s.pool.QueryRow(ctx, `SELECT bool_and(sent_on > $1) FROM canonical.notification_digests`, day).Scan(&done); err != nil {
				t.Fatal(err)
			}
			return done
		})
	}
	const first = 4
	for range first {
		s.approve(s.draft(customer, "10.00"))
	}
	s.mailsAre("held", first)
	due()
	s.mailsAre("sent", 1)
	s.approve(s.draft(customer, "10.00"))
	s.mailsAre("held", 1)
	// The day's digest is sent: another time for it is one from tomorrow on.
	at = later(home)
	who.must(digest, variables{"at": at}).want(map[string]string{"data.notificationDigestSet.record.at": at, "data.notificationDigestSet.record.timeZone": home})
	s.approve(s.draft(customer, "10.00"))
	s.mailsAre("held", 2)
	who.must(digest, variables{"at": nil}).want(map[string]string{"data.notificationDigestSet.record.at": "null"})
	s.mailsAre("sent", 3)
	who.must(digest, variables{"at": at}).want(map[string]string{"data.notificationDigestSet.userErrors": "[]"})
	due() // with nothing in it
	s.approve(s.draft(customer, "10.00"))
	s.mailsAre("held", 1)
	s.ended("manager")
	due()
	s.mailsAre("revoked", 1)
	stop()

	seen := map[string]int{}
	for i, m := range p.taken {
		body, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= first+3; n++ {
			seen[fmt.Sprintf("INV-%04d", n)] += strings.Count(string(body), fmt.Sprintf("Invoice INV-%04d", n))
		}
		if lines := strings.Count(strings.ReplaceAll(string(body), "\r", ""), "\n- "); i == 0 && lines != first {
			t.Errorf("the digest has %d lines: %s", lines, body)
		}
	}
	for n := 1; n <= first+3; n++ {
		want := 1
		if n == first+3 { // of who was revoked by then
			want = 0
		}
		if number := fmt.Sprintf("INV-%04d", n); seen[number] != want {
			t.Errorf("%s is in %d e-mails, want %d", number, seen[number], want)
		}
	}
	if len(p.taken) != 3 {
		t.Errorf("%d e-mails were sent", len(p.taken))
	}
}

// ended ends the membership of the member with a role, and returns the user's key.
func (s *service) ended(role string) (user int64) {
	s.t.Helper()
	if err := s.pool.QueryRow(s.t.Context(), `SELECT user_id FROM canonical.memberships WHERE organization_id = $1 AND role = $2`, s.organizationID, role).Scan(&user); err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.MembershipEnd(s.t.Context(), s.organizationID, user); err != nil {
		s.t.Fatal(err)
	}
	return user
}

// mailsAre waits until so many e-mails are in a state.
func (s *service) mailsAre(state string, want int) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d e-mails that are %s", want, state), func(ctx context.Context) bool {
		var n int
		if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM canonical.notifications WHERE way = 'email' AND state = $1`, state).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
		return n == want
	})
}

// eventually waits until a condition holds.
func (s *service) eventually(what string, holds func(context.Context) bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !holds(s.t.Context()); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("there never is: %s", what)
		}
	}
}
