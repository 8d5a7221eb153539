package resolvers_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

var notified = flag.Int("notified", 300, "how many events TestNotificationsUnderKills makes")

// errNotMeant rolls a transaction back.
var errNotMeant = errors.New("rolled back on purpose")

// Events by the thousand are told while workers are killed at any moment: everybody who must be told has each of them in the inbox once,
// every e-mail is taken, twice only where a worker was killed between, and counts of unread ones are exact while nobody works. Who
// is revoked on the way is told nothing from then on.
func TestNotificationsUnderKills(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	ctx := t.Context()
	manager, reader := s.member(s.organizationID, model.RoleManager), s.member(s.organizationID, model.RoleReader)
	s.member(s.organizationID, model.RoleStaff)
	s.must(`mutation { notificationPreferenceSet(input: {type: "payment_received", delivery: [IN_APP, EMAIL]}) { userErrors { path } } }`, nil)
	reader.must(`mutation { notificationPreferenceSet(input: {type: "payment_received", delivery: [EMAIL]}) { userErrors { path } } }`, nil)
	var ada int64
	s.person("Ada")
	if err := s.pool.QueryRow(ctx, `SELECT id FROM canonical.people WHERE organization_id = $1`, s.organizationID).Scan(&ada); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(15, 4))
	p := openPostOffice(t, func(n int) string {
		return map[int]string{3: "busy", 5: "closed", 8: "lost"}[n%40]
	})

	// Two write at once, some dozens of payments a transaction, of which some are rolled back: the second half once somebody was revoked.
	var made atomic.Int64
	ended := make(chan struct{})
	began := time.Now()
	var writing errgroup.Group
	for writer := range 2 {
		mine := rand.New(rand.NewPCG(15, uint64(writer)))
		writing.Go(func() error {
			for made.Load() < int64(*notified) {
				if made.Load() > int64(*notified)/2 {
					select {
					case <-ended:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				n := int64(1 + mine.IntN(40))
				fails := mine.IntN(8) == 0
				err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO canonical.payments (organization_id, direction, party_role, party_id, paid_on, currency, fx_rate, amount)
						SELECT $1, 'in', 'customer', $2, '2026-03-01', 'AUD', 1, 100 + n FROM generate_series(1, $3) AS n`, s.organizationID, ada, n)
					if err == nil && fails {
						err = errNotMeant
					}
					return err
				})
				switch {
				case err == nil:
					made.Add(n)
				case !errors.Is(err, errNotMeant):
					return err
				}
			}
			return nil
		})
	}
	wrote := make(chan error, 1)
	go func() { wrote <- writing.Wait() }()

	count := func(sql string, args ...any) (n int) {
		t.Helper()
		if err := s.pool.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	kills, looks := 0, 0
	var revokedAt time.Time
	var revoked int64
	writes := true
	for round, done := 0, false; !done; round++ {
		stop := s.notifiers(p)
		time.Sleep(time.Duration(60+random.IntN(500+20*round)) * time.Millisecond) // longer and longer: a slow machine gets on too
		// The backends of workers die with what they are about to save.
		kills += count(`SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%canonical.notification%' AND state <> 'idle'`)
		stop()
		if writes {
			select {
			case err := <-wrote:
				if err != nil {
					t.Fatal(err)
				}
				writes = false
			default:
			}
		}
		if told := count(`SELECT count(*) FROM canonical.notifications AS n JOIN canonical.memberships AS m USING (organization_id, user_id) WHERE m.role = 'staff'`); revokedAt.IsZero() && told > 0 {
			revoked = s.ended("staff")
			if err := s.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&revokedAt); err != nil {
				t.Fatal(err)
			}
			close(ended)
		}
		// Nobody works: what is unread is exact.
		for _, c := range []caller{s.caller, manager} {
			looks++
			unread := count(`SELECT count(*) FROM canonical.notifications AS n JOIN canonical.memberships AS m USING (organization_id, user_id)
				WHERE way = 'in_app' AND read_at IS NULL AND m.role = $1`, map[bool]string{true: "owner", false: "manager"}[c == s.caller])
			c.must(`{ inbox { unreadCount } }`, nil).want(map[string]string{"data.inbox.unreadCount": fmt.Sprint(unread)})
		}
		done = !writes && count(`SELECT count(*) FROM canonical.notification_positions AS position WHERE EXISTS (
			SELECT FROM audit.events AS event WHERE event.organization_id = position.organization_id
				AND (event.epoch, event.transaction, event.id) > (position.epoch, position.transaction, position.event_id))`) == 0
	}
	told := time.Since(began)
	stop := s.notifiers(p)
	all := int(made.Load())
	for sent, last := 0, time.Now(); sent != 2*all; time.Sleep(50 * time.Millisecond) {
		if now := count(`SELECT count(*) FROM canonical.notifications WHERE way = 'email' AND state = 'sent'`); now != sent {
			sent, last = now, time.Now()
		} else if time.Since(last) > patience {
			t.Fatalf("%d of %d e-mails are sent, and no more", sent, 2*all)
		}
	}
	mailed := time.Since(began)
	stop()

	for role, want := range map[string]int{"owner": all, "manager": all} {
		if got := count(`SELECT count(DISTINCT occasion) FROM canonical.notifications AS n JOIN canonical.memberships AS m USING (organization_id, user_id)
			WHERE way = 'in_app' AND type = 'payment_received' AND m.role = $1`, role); got != want {
			t.Errorf("the %s has %d of %d events in the inbox", role, got, want)
		}
		if got := count(`SELECT count(*) FROM canonical.notifications AS n JOIN canonical.memberships AS m USING (organization_id, user_id)
			WHERE way = 'in_app' AND type = 'payment_received' AND m.role = $1`, role); got != want {
			t.Errorf("the %s has %d rows for %d events in the inbox", role, got, want)
		}
	}
	if late := count(`SELECT count(*) FROM canonical.notifications WHERE user_id = $1 AND created_at > $2`, revoked, revokedAt); late != 0 {
		t.Errorf("who was revoked was told of %d events after that", late)
	}
	before := count(`SELECT count(*) FROM canonical.notifications WHERE user_id = $1`, revoked)
	taken, lost := p.mails()
	twice := 0
	for _, n := range taken {
		twice += n - 1
	}
	if len(taken) != 2*all {
		t.Errorf("%d of %d e-mails were taken", len(taken), 2*all)
	}
	if twice > lost+kills {
		t.Errorf("%d e-mails came twice; %d answers were lost, and %d backends killed", twice, lost, kills)
	}
	t.Logf("%d events told in %s, mailed in %s; %d backends killed, %d looks at unread counts; %d e-mails taken, %d of them twice, %d answers lost; who was revoked was told of %d before",
		all, told.Round(time.Millisecond), mailed.Round(time.Millisecond), kills, looks, len(taken), twice, lost, before)
}
