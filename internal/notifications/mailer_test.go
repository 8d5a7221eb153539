package notifications

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"daybook/internal/pgtest"
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

// Whatever a user is called, the mail goes to them.
func TestNames(t *testing.T) {
	t.Parallel()
	m, err := NewMailer("smtp://localhost", "Daybook <books@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{`Ada "the Countess" Lovelace`, `Ada\`, `a, b <c@example.com>`, "(Ada)", "Zoë Ωmega", "=?utf-8?q?Ada?=", "愛 \U0001F600", `"`, strings.Repeat("ß", 200)} {
		message, err := m.message(&Mail{Name: name, Address: "ada@example.com", Title: name, Text: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var text bytes.Buffer
		if _, err := message.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		read, err := netmail.ReadMessage(&text)
		if err != nil {
			t.Fatal(err)
		}
		if to, err := read.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != name || to[0].Address != "ada@example.com" {
			t.Errorf("%s: %v, %v", name, to, err)
		}
	}
	for _, address := range []string{"a,b@example.com", "Ada<ada@example.com", "<ada@example.com>", "ada"} {
		if _, err := m.message(&Mail{Name: "Ada", Address: address}); err == nil {
			t.Errorf("%s is an address", address)
		}
	}
}

// server is an SMTP server that answers each command as answers say, by its first word, and others as usual; "end" is what follows the
// mail. An empty answer closes the connection, and "slowly" before one has it wait.
func server(t *testing.T, answers map[string]string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-served })
	usual := map[string]string{"begin": "220 localhost", "DATA": "354 go on", "QUIT": "221 bye"}
	go func() {
		defer close(served)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		context.AfterFunc(t.Context(), func() { _ = conn.Close() })
		in := bufio.NewScanner(conn)
		for command := "begin"; ; {
			answer, said := answers[command]
			if said && answer == "" {
				return
			}
			answer, slow := strings.CutPrefix(cmp.Or(answer, usual[command], "250 ok"), "slowly ")
			if slow {
				time.Sleep(20 * time.Second)
			}
			if _, err := conn.Write([]byte(answer + "\r\n")); err != nil || command == "QUIT" {
				return
			}
			for data := command == "DATA" && strings.HasPrefix(answer, "354"); ; {
				if !in.Scan() {
					return
				}
				if command, _, _ = strings.Cut(in.Text(), " "); !data {
					break
				}
				if in.Text() == "." {
					command = "end"
					break
				}
			}
		}
	}()
	return "smtp://" + listener.Addr().String()
}

// A mail is given up at once where the server has refused it for good, and tried again wherever it may be taken later.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const latin1 = "Empf\xe4nger unbekannt\x00"
	for name, c := range map[string]struct {
		answers       map[string]string
		sent, forGood bool
	}{
		"all well":                  {map[string]string{}, true, false},
		"busy at the beginning":     {map[string]string{"begin": "421 try again"}, false, false},
		"closed at the beginning":   {map[string]string{"begin": ""}, false, false},
		"no SMTP":                   {map[string]string{"begin": "HTTP/1.1 400 Bad Request"}, false, false},
		"closed at the greeting":    {map[string]string{"EHLO": ""}, false, false},
		"an old server":             {map[string]string{"EHLO": "502 unknown"}, true, false},
		"STARTTLS that fails":       {map[string]string{"EHLO": "250-localhost\r\n250 STARTTLS", "STARTTLS": "454 not now"}, false, false},
		"sender, later":             {map[string]string{"MAIL": "451 later"}, false, false},
		"sender, never":             {map[string]string{"MAIL": "550 never"}, false, true},
		"recipient, later":          {map[string]string{"RCPT": "450 greylisted"}, false, false},
		"recipient, never":          {map[string]string{"RCPT": "550 5.1.1 " + latin1}, false, true},
		"recipient, never, and bye": {map[string]string{"RCPT": "550 never", "RSET": ""}, false, true},
		"text, later":               {map[string]string{"DATA": "452 full"}, false, false},
		"text, never":               {map[string]string{"DATA": "554 never"}, false, true},
		"closed at the text":        {map[string]string{"DATA": ""}, false, false},
		"mail, later":               {map[string]string{"end": "451 " + latin1}, false, false},
		"mail, never":               {map[string]string{"end": "554 spam"}, false, true},
		"closed after the mail":     {map[string]string{"end": ""}, false, false},
		"taken, and closed":         {map[string]string{"QUIT": "", "RSET": ""}, true, false},
		"taken, and a failure":      {map[string]string{"QUIT": "500 what", "RSET": "500 what"}, true, false},
		"several lines":             {map[string]string{"end": "550-first\r\n550 second"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := NewMailer(server(t, c.answers), "books@example.com")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			forGood, err := m.Send(ctx, &Mail{Name: "Ada", Address: "ada@example.com", Title: "A bill", Text: "is due"})
			if forGood != c.forGood || (err == nil) != c.sent {
				t.Errorf("for good %t, %v", forGood, err)
			}
		})
	}
}

// A server may look at a mail for a while before it takes it.
func TestSlowServer(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	m, err := NewMailer(server(t, map[string]string{"begin": "slowly 220 localhost", "end": "slowly 250 taken"}), "books@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if forGood, err := m.Send(t.Context(), &Mail{Name: "Ada", Address: "ada@example.com", Title: "A bill", Text: "is due"}); forGood || err != nil {
		t.Errorf("for good %t, %v", forGood, err)
	}
}

// Mails go to the port that was named, or the usual one, and to no other; and what cannot be is refused before the first mail.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"smtp://mail.example.com": "mail.example.com:587", "smtps://mail.example.com": "mail.example.com:465", "smtp://mail.example.com?tls=none": "mail.example.com:587",
		"smtp://u:p@mail.example.com:25": "mail.example.com:25", "smtps://mail.example.com:587/": "mail.example.com:587", "smtp://[::1]:2525": "[::1]:2525",
	} {
		m, err := NewMailer(address, "books@example.com")
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		client, err := mail.NewClient(m.host, m.options...)
		if err != nil || client.ServerAddr() != want {
			t.Errorf("%s: %s, %v", address, client.ServerAddr(), err)
		}
	}
	for _, address := range []string{
		"", "mail.example.com", "http://mail.example.com", "smtp:mail.example.com", "smtp://", "smtp://mail.example.com:0", "smtp://mail.example.com:99999",
		"smtp://mail.example.com?tls=no", "smtp://mail.example.com?starttls=always", "smtp://mail.example.com?tls=none&tls=none", "smtps://mail.example.com?tls=none",
	} {
		if _, err := NewMailer(address, "books@example.com"); err == nil {
			t.Errorf("%s is an address", address)
		}
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	m, err := NewMailer("smtp://"+at, "books@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if forGood, err := m.Send(t.Context(), &Mail{Name: "Ada", Address: "ada@example.com"}); forGood || err == nil || !strings.Contains(err.Error(), at) {
		t.Errorf("for good %t, %v", forGood, err)
	}
}
