package resolvers_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/graph/model"
	"daybook/internal/notifications"
	"daybook/jobs"
)

var _ = addPlans([]list{
	{field: "Query.notifications", nodes: "text entityId", filters: []string{`read: false`, `type: "bill_due"`}},
}, []string{
	`INSERT INTO canonical.notifications (organization_id, id, user_id, way, occasion, type, text, occurred_at, state, read_at)
	SELECT $1, g, CASE WHEN g % 1000 < 25 THEN (SELECT min(user_id) FROM canonical.memberships WHERE organization_id = $1) ELSE 1001 END, 'in_app', 'n' || g, CASE WHEN g % 1000 = 7 THEN 'bill_due' ELSE 'payment_received' END,
		'Text ' || g, now(), 'shown', CASE WHEN g % 1000 <> 11 THEN now() END
	FROM generate_series(1, $2) AS g`,
})

// postOffice is an SMTP server. fail says how the n-th mail, counted from 1, ends: "" takes it; "lost" takes it, and closes the
// connection before it says so.
type postOffice struct {
	address string
	fail    func(n int) string

	mu    sync.Mutex
	asked int
	taken []*mail.Message
	lost  int
}

func openPostOffice(t testing.TB, fail func(n int) string) *postOffice {
	t.Helper()
	p := &postOffice{fail: fail}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &counter{p, c}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout, server.ErrorLog = "localhost", patience, patience, quietLog{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = "smtp://" + listener.Addr().String() + "?tls=none"
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return p
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// counter is a session of the post office.
type counter struct {
	*postOffice
	conn *smtp.Conn
}

func (*counter) Reset()                                 {}
func (*counter) Logout() error                          { return nil }
func (*counter) Mail(string, *smtp.MailOptions) error   { return nil }
func (c *counter) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (c *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	message, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: err.Error()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	switch c.fail(c.asked) {
	case "busy":
		return &smtp.SMTPError{Code: 451, Message: "try again"}
	case "unknown":
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	case "closed":
		_ = c.conn.Conn().Close()
		return nil
	case "lost":
		c.lost++
		_ = c.conn.Conn().Close()
	}
	c.taken = append(c.taken, message)
	return nil
}

// mails returns how often each mail was taken, by its Message-ID, and how many answers were lost.
func (p *postOffice) mails() (taken map[string]int, lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken = map[string]int{}
	for _, m := range p.taken {
		taken[m.Header.Get("Message-Id")]++
	}
	return taken, p.lost
}

// notifiers works what notifies users until stop, which cuts off whatever is under way. Without a post office, no mails are made.
func (s *service) notifiers(p *postOffice) (stop func()) {
	s.t.Helper()
	config := &jobs.Notifications{FirstPause: 20 * time.Millisecond, Lease: 2 * time.Second}
	if p != nil {
		mailer, err := notifications.NewMailer(p.address, "Daybook <daybook@example.com>")
		if err != nil {
			s.t.Fatal(err)
		}
		config.Mailer = mailer
	}
	// Workers have connections of their own: what kills these leaves the test's alone.
	pool, err := pgxpool.NewWithConfig(s.t.Context(), s.pool.Config())
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := jobs.NewClient(pool, s.engine, jobs.Config{Work: true, Logger: slog.New(slog.DiscardHandler), FeedEvery: 50 * time.Millisecond, Notifications: config})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := client.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = client.StopAndCancel(s.t.Context()) // the context may have ended with the test
			<-client.Stopped()
			pool.Close()
		})
	}
	s.t.Cleanup(stop)
	return stop
}

// until waits until the document is answered with the value under the path.
func (c caller) until(document, path, want string) answer {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) {
		a := c.must(document, nil)
		if got := a.text(path); got == want {
			return a
		} else if time.Now().After(deadline) {
			c.t.Fatalf("%s is %s, want %s, in %s", path, got, want, a)
		}
	}
}

const unread = `{ inbox { unreadCount } notifications { totalCount nodes { type text entityId readAt } } }`

// Everybody who must be told of something finds it in their inbox once, whatever becomes of the workers; nothing is told to who was
// revoked meanwhile. Counts are exact while nothing is refreshed.
func TestNotificationsInTheInbox(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager, revoked := s.member(s.organizationID, model.RoleManager), s.member(s.organizationID, model.RoleStaff)
	other := s.organization("Other")
	customer := s.person("Ada")
	var user int64
	if err := s.pool.QueryRow(t.Context(), `SELECT m.user_id FROM canonical.memberships AS m WHERE m.organization_id = $1 AND m.role = 'staff'`, s.organizationID).Scan(&user); err != nil {
		t.Fatal(err)
	}
	const invoices = 12
	var stops []func()
	for i := range invoices {
		s.approve(s.draft(customer, "10.00"))
		switch i {
		case 2:
			stops = append(stops, s.notifiers(nil))
			revoked.until(unread, "data.inbox.unreadCount", "3")
			if err := s.store.MembershipEnd(t.Context(), s.organizationID, user); err != nil {
				t.Fatal(err)
			}
			stops[0]()
		case 5:
			stops = append(stops, s.notifiers(nil), s.notifiers(nil))
		case 8:
			manager.until(unread, "data.inbox.unreadCount", "9")
			stops[1]()
		}
	}
	for _, who := range []caller{s.caller, manager} {
		a := who.until(unread, "data.inbox.unreadCount", fmt.Sprint(invoices))
		a.want(map[string]string{"data.notifications.totalCount": fmt.Sprint(invoices), "data.notifications.nodes.0.type": "invoice_approved"})
		if text := a.text("data.notifications.nodes.0.text"); !strings.HasSuffix(text, "for Ada approved") {
			t.Errorf("it is told %q", text)
		}
	}
	var told int
	if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM canonical.notifications WHERE user_id = $1`, user).Scan(&told); err != nil || told != 3 {
		t.Errorf("who was revoked was told of %d, %v", told, err)
	}
	other.must(unread, nil).want(map[string]string{"data.inbox.unreadCount": "0", "data.notifications.totalCount": "0"})

	a := s.must(`{ notifications(first: 2) { nodes { id entity { id } } } }`, nil)
	first, second := a.text("data.notifications.nodes.0.id"), a.text("data.notifications.nodes.1.id")
	mark := `mutation($ids: [ID!]!) { notificationsMarkRead(ids: $ids) { record { unreadCount } userErrors { path code } } }`
	s.must(mark, variables{"ids": []string{first, second}}).want(map[string]string{"data.notificationsMarkRead.record.unreadCount": "10"})
	s.must(mark, variables{"ids": []string{first}}).want(map[string]string{"data.notificationsMarkRead.record.unreadCount": "10"})
	manager.must(mark, variables{"ids": []string{first}}).want(map[string]string{"data.notificationsMarkRead.userErrors": `[{"code":"NOT_FOUND","path":"ids.0"}]`})
	s.must(`query($id: ID!) { node(id: $id) { id } }`, variables{"id": first}).want(map[string]string{"data.node": "null"})
	s.must(`{ notifications(filter: {read: true}) { totalCount } }`, nil).want(map[string]string{"data.notifications.totalCount": "2"})
	s.must(`mutation { notificationsMarkAllRead { record { unreadCount } } }`, nil).want(map[string]string{"data.notificationsMarkAllRead.record.unreadCount": "0"})
	manager.must(unread, nil).want(map[string]string{"data.inbox.unreadCount": fmt.Sprint(invoices)})
}

// A subscription shows each user their own inbox.
func TestNotificationsLive(t *testing.T) {
	t.Parallel()
	s := serve(t)
	manager := s.member(s.organizationID, model.RoleOwner)
	bill := s.bill(s.person("Ada"), "5")
	s.must(`mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: []}) { userErrors { path } } }`, nil)
	live := `subscription { live { inbox { unreadCount } notifications { nodes { text } } } }`
	mine, theirs := s.subscribe(live, nil), manager.subscribe(live, nil)
	for _, stream := range []*stream{mine, theirs} {
		stream.next().want(map[string]string{"data.live.inbox.unreadCount": "0"})
	}
	s.notifiers(nil)
	_ = bill
	s.approve(s.draft(s.person("Grace"), "10.00"))
	for {
		a := theirs.next()
		if a.text("data.live.inbox.unreadCount") == "1" && strings.HasSuffix(a.text("data.live.notifications.nodes.0.text"), "for Grace approved") {
			break
		}
	}
	s.must(unread, nil).want(map[string]string{"data.inbox.unreadCount": "0"})
}

// A subscription shows each user when their own digest comes.
func TestNotificationDigestLive(t *testing.T) {
	t.Parallel()
	s := serve(t)
	live := `subscription { live { viewer { notificationDigest { at } } } }`
	mine, theirs := s.subscribe(live, nil), s.member(s.organizationID, model.RoleOwner).subscribe(live, nil)
	mine.next().want(map[string]string{"data.live.viewer.notificationDigest.at": "null"})
	theirs.next()
	for _, at := range []string{"07:30", "08:00"} {
		s.must(`mutation($at: LocalTime) { notificationDigestSet(input: {at: $at}) { userErrors { path } } }`, variables{"at": at})
		mine.next().want(map[string]string{"data.live.viewer.notificationDigest.at": at})
	}
	theirs.quiet()
}

// What the calendar brings is told once its day has begun, and once; so is a record that becomes overdue by a change.
func TestNotificationsOfTheCalendar(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	late := func(document string) string {
		s.t.Helper()
		if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.documents SET issued_on = least(issued_on, current_date - 3), due_on = current_date - 2 WHERE organization_id = $1 AND id = $2`,
			s.organizationID, strings.SplitAfter(document, ":")[1]); err != nil {
			t.Fatal(err)
		}
		return document
	}
	s.approve(late(s.draft(customer, "10.00")))
	// As if the workers had been away for a week.
	if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.notification_positions SET told_until = told_until - 7`); err != nil {
		t.Fatal(err)
	}
	s.approve(s.draft(customer, "20.00")) // not due yet
	s.notifiers(nil)
	overdue := `{ notifications(filter: {type: "invoice_overdue"}) { totalCount nodes { text } } }`
	a := s.until(overdue, "data.notifications.totalCount", "1")
	if text := a.text("data.notifications.nodes.0.text"); !strings.Contains(text, "for Ada is overdue since") {
		t.Errorf("it is told %q", text)
	}
	s.approve(late(s.draft(customer, "30.00")))
	s.until(overdue, "data.notifications.totalCount", "2")
	s.pay(customer, s.approve(s.draft(customer, "40.00")), "40.00")
	s.until(`{ notifications(filter: {type: "payment_received"}) { totalCount } }`, "data.notifications.totalCount", "1")
	s.must(overdue, nil).want(map[string]string{"data.notifications.totalCount": "2"})

	// One that was paid when its day came is due again when its payment is taken back, or used for something else.
	again := map[string]string{}
	undos := map[string]string{
		"50.00": `mutation($id: ID!) { paymentVoid(id: $id) { userErrors { message } } }`,
		"60.00": `mutation($id: ID!) { paymentAllocate(id: $id, allocations: []) { userErrors { message } } }`,
	}
	for amount, undo := range undos {
		invoice := s.draft(customer, amount)
		again[s.pay(customer, s.approve(invoice), amount)] = undo
		late(invoice)
	}
	credited, credit := s.draft(customer, "70.00"), s.creditNote(customer, "70.00")
	s.approve(credited)
	s.must(`mutation($credit: ID!, $invoice: ID!) { creditNoteApprove(id: $credit) { userErrors { message } }
		creditNoteAllocate(id: $credit, allocations: [{invoiceId: $invoice, amount: "70.00"}]) { userErrors { message } } }`, variables{"credit": credit, "invoice": credited})
	late(credited)
	again[credit] = `mutation($id: ID!) { creditNoteVoid(id: $id) { userErrors { message } } }`
	s.pay(customer, s.approve(s.draft(customer, "80.00")), "80.00") // the last event: the changes are read in order
	s.until(`{ notifications(filter: {type: "payment_received"}) { totalCount } }`, "data.notifications.totalCount", "4")
	s.must(overdue, nil).want(map[string]string{"data.notifications.totalCount": "2"})
	for payment, undo := range again {
		s.must(undo, variables{"id": payment})
	}
	s.until(overdue, "data.notifications.totalCount", "5")
}

// Each e-mail is taken once by the server, but where the answer was lost, and none is lost. Its id is the same each time.
func TestNotificationsByMail(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	s.must(`mutation { notificationPreferenceSet(input: {type: "invoice_approved", delivery: [EMAIL]}) { userErrors { path } } }`, nil)
	ways := []string{"busy", "closed", "lost", "", "", "unknown"}
	p := openPostOffice(t, func(n int) string {
		if n > 12 {
			return ""
		}
		return ways[n%len(ways)]
	})
	const invoices = 10
	for i := range invoices {
		s.approve(s.draft(customer, "10.00"))
		if i%3 == 1 {
			stop := s.notifiers(p)
			for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
				if taken, _ := p.mails(); len(taken) >= i/3 {
					break
				} else if time.Now().After(deadline) {
					t.Fatal("no mail comes")
				}
			}
			stop()
		}
	}
	s.notifiers(p)
	count := func(state string) (n int) {
		s.t.Helper()
		if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM canonical.notifications WHERE way = 'email' AND state = $1`, state).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for deadline := time.Now().Add(patience); count("sent")+count("failed") < invoices; time.Sleep(30 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sent, %d failed, %d pending", count("sent"), count("failed"), count("pending"))
		}
	}
	taken, lost := p.mails()
	twice := 0
	for _, n := range taken {
		twice += n - 1
	}
	if failed := count("failed"); failed < 1 || len(taken) < invoices-failed {
		t.Errorf("%d mails of %d were taken, %d refused for good", len(taken), invoices, failed)
	}
	if twice > lost {
		t.Errorf("%d mails came twice; %d answers were lost", twice, lost)
	}
	first := p.taken[0]
	body, err := io.ReadAll(first.Body)
	if err != nil || !strings.Contains(string(body), "for Ada approved") {
		t.Errorf("the mail says %q, %v", body, err)
	}
	if got := first.Header.Get("To"); !strings.Contains(got, "owner@example.com") {
		t.Errorf("it goes to %s", got)
	}
	ids := slices.Sorted(func(yield func(string) bool) {
		for id := range taken {
			if !yield(id) {
				return
			}
		}
	})
	if !strings.HasSuffix(ids[0], "@example.com>") {
		t.Errorf("the ids are %v", ids)
	}
}
