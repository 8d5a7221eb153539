package notifications

import (
	"strings"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A mail is given up after three days of attempts; one that has waited for workers so long is not, at its first failure. What a server
// has said of it may be in any encoding.
func TestSettleMailGivesUp(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	_, err := db.Exec(t.Context(), `WITH u AS (INSERT INTO canonical.users (id, name, email) VALUES (1, 'Ada', 'ada@example.com')),
			o AS (INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD'))
		INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 1, 'owner')`)
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range []struct {
		age      string
		attempts int
		forGood  bool
		want     string
	}{
		{"1 day", 1, false, "pending"}, {"1 day", giveUpAttempts, false, "pending"}, {"4 days", 1, false, "pending"},
		{"4 days", giveUpAttempts, false, "failed"}, {"1 day", 1, true, "failed"},
	} {
		_, err := db.Exec(t.Context(), `INSERT INTO canonical.notifications (organization_id, id, user_id, way, occasion, type, text, occurred_at, state, attempts, created_at)
			VALUES (1, $1::bigint, 1, 'email', $1::text, 'bill_due', '', now(), 'pending', $2, now() - $3::interval)`, id, c.attempts, c.age)
		if err != nil {
			t.Fatal(err)
		}
		if err := SettleMail(t.Context(), db, &Mail{OrganizationID: 1, ID: int64(id), Attempt: c.attempts}, "Sp\xe4ter\x00 "+strings.Repeat("!", 10_000), c.forGood, time.Minute); err != nil {
			t.Fatal(err)
		}
		var state string
		if err := db.QueryRow(t.Context(), `SELECT state FROM canonical.notifications WHERE organization_id = 1 AND id = $1`, id).Scan(&state); err != nil || state != c.want {
			t.Errorf("%+v: %s, %v", c, state, err)
		}
	}
}
