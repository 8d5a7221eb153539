package notifications

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/wneessen/go-mail"
)

// Mailer hands e-mails to an SMTP server. It is safe for concurrent use.
type Mailer struct {
	host, from string
	options    []mail.Option
}

// smtpTimeout is how long connecting to a server may take, and then handing in a mail. One that looks at mails before it takes them needs
// its time: what it takes when nobody waits any more is sent to it again. Both fit into what a job has left, and into the lease of the mail.
const smtpTimeout = 45 * time.Second

// NewMailer returns a mailer. address is smtp://USER:PASSWORD@HOST:PORT or smtps://…, where user and password may be left out;
// port 587, or 465 for smtps, is the default. Over smtp, TLS is demanded where a user is given, and else taken where the server offers
// it; ?tls=none does without. from is the sender, as an address or NAME <ADDRESS>.
func NewMailer(address, from string) (*Mailer, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("the address of the SMTP server cannot be read") // err shows the password
	case u.Scheme != "smtp" && u.Scheme != "smtps", u.Hostname() == "", strings.Trim(u.Path, "/") != "", u.Fragment != "":
		return nil, errors.New("the address of the SMTP server must be smtp://HOST:PORT or smtps://HOST:PORT")
	case u.RawQuery != "" && (u.RawQuery != "tls=none" || u.Scheme == "smtps"):
		return nil, errors.New("the address of the SMTP server may have the parameter tls=none, over smtp, and no other")
	}
	if err := mail.NewMsg().From(from); err != nil {
		return nil, fmt.Errorf("the sender of e-mails: %w", err)
	}
	port, err := strconv.Atoi(cmp.Or(u.Port(), map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]))
	if err != nil {
		return nil, fmt.Errorf("the port of the SMTP server: %w", err)
	}
	m := &Mailer{host: u.Hostname(), from: from, options: []mail.Option{mail.WithTimeout(smtpTimeout), mail.WithPort(port)}}
	if strings.Contains(m.host, ":") {
		m.host = "[" + m.host + "]"
	}
	policy := mail.TLSOpportunistic
	if u.User != nil {
		password, _ := u.User.Password()
		policy = mail.TLSMandatory
		m.options = append(m.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if u.RawQuery != "" {
		policy = mail.NoTLS
	}
	// Not the options that choose a port with it, which try port 25 where the one that is named does not answer.
	if u.Scheme == "smtps" {
		m.options = append(m.options, mail.WithSSL())
	} else {
		m.options = append(m.options, mail.WithTLSPolicy(policy))
	}
	if _, err := mail.NewClient(m.host, m.options...); err != nil {
		return nil, fmt.Errorf("the address of the SMTP server: %w", err)
	}
	return m, nil
}

//go:embed notification.txt
var notificationText string

// text is the body of an e-mail, of a Mail.
var text = template.Must(template.New("notification").Parse(notificationText))

// message makes an e-mail. Its Message-ID is the same at every attempt.
func (m *Mailer) message(of *Mail) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(m.from); err != nil {
		return nil, err
	}
	to, err := netmail.ParseAddress("<" + of.Address + ">")
	if err != nil {
		return nil, fmt.Errorf("the address %q: %w", of.Address, err)
	}
	to.Name = of.Name // as it is, where a format would have to quote it
	message.ToMailAddress(to)
	_, domain, _ := strings.Cut(message.GetFrom()[0].Address, "@")
	// The time tells it from those of other databases that send for the same domain: what has an id that was seen is dropped.
	message.SetMessageIDWithValue(fmt.Sprintf("notification-%d-%d-%d@%s", of.OrganizationID, of.ID, of.OccurredAt.UnixMicro(), domain))
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.Subject(of.Title + ": " + of.Text)
	var body bytes.Buffer
	if err := text.Execute(&body, of); err != nil {
		return nil, err
	}
	message.SetBodyString(mail.TypeTextPlain, body.String())
	return message, nil
}

// Send hands an e-mail to the server. forGood says that trying again is of no use: the address is none, or the server has refused it
// with a permanent code.
func (m *Mailer) Send(ctx context.Context, of *Mail) (forGood bool, err error) {
	message, err := m.message(of)
	if err != nil {
		return true, err
	}
	client, err := mail.NewClient(m.host, m.options...)
	if err != nil {
		return false, err
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() { // what comes after the server has taken the mail may fail
		return false, nil
	}
	if refusal, ok := errors.AsType[*mail.SendError](err); ok {
		return refusal.ErrorCode() >= 500 && !refusal.IsTemp(), err
	}
	return false, err
}
