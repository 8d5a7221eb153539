package notifications

import (
	"testing"
	"time"
)

// A mail has the same id at each attempt, and another one than the mail of another database that has its number.
func TestMessageID(t *testing.T) {
	t.Parallel()
	m, err := NewMailer("smtp://localhost", "Daybook <books@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	id := func(of Mail) string {
		t.Helper()
		of.Address = "ada@example.com"
		message, err := m.message(&of)
		if err != nil {
			t.Fatal(err)
		}
		return message.GetMessageID()
	}
	first := id(Mail{OrganizationID: 1, ID: 7, Attempt: 1, OccurredAt: at})
	if again := id(Mail{OrganizationID: 1, ID: 7, Attempt: 2, OccurredAt: at}); again != first {
		t.Errorf("%s, and at the next attempt %s", first, again)
	}
	if other := id(Mail{OrganizationID: 1, ID: 7, Attempt: 1, OccurredAt: at.Add(time.Second)}); other == first {
		t.Errorf("two mails are %s", first)
	}
}
