package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

const (
	// maxAnswer is how many bytes of an answer are kept; no more is read.
	maxAnswer = 1024
	// maxBody is the largest number of bytes of a body.
	maxBody = 1 << 20
	// defaultTimeout is how long an attempt may take.
	defaultTimeout = 15 * time.Second
)

// Sender sends deliveries. It is safe for concurrent use.
type Sender struct {
	client *http.Client
	agent  string
}

// SenderConfig configures a sender.
type SenderConfig struct {
	// AllowPrivate says that addresses of private networks and of this machine may be sent to.
	AllowPrivate bool
	// Timeout is how long an attempt may take, from looking the name up to the answer's first bytes; 0 is 15 seconds.
	Timeout time.Duration
	// Agent is the header User-Agent; empty is Daybook.
	Agent string
}

// NewSender returns a sender. Close frees what it holds.
func NewSender(c SenderConfig) *Sender {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Agent == "" {
		c.Agent = "Daybook"
	}
	dialer := &net.Dialer{Timeout: c.Timeout}
	if !c.AllowPrivate {
		dialer.Control = refusePrivate
	}
	return &Sender{agent: c.Agent, client: &http.Client{
		Timeout: c.Timeout,
		// Whoever is redirected to has not been registered.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// No proxy: it would be dialed instead of the address.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: c.Timeout, ResponseHeaderTimeout: c.Timeout,
			MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 2 * inFlight, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
		},
	}}
}

// Close closes the connections that are kept open.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// refusals are the networks, beside those that netip knows by name, that are not of the public internet: RFC 6890 and those
// that embed IPv4 addresses.
var refusals = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()

// errPrivate is the error of an address that is not sent to.
var errPrivate = errors.New("the address is none of the public internet")

// refusePrivate refuses to dial an address that is none of the public internet. It is called with the address that is dialed,
// so no name can be made to point elsewhere between the check and its use.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %q: %w", address, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return errPrivate
	}
	for _, network := range refusals {
		if network.Contains(ip) {
			return errPrivate
		}
	}
	return nil
}

// Send makes one attempt with the body.
func (s *Sender) Send(ctx context.Context, d *Delivery, body []byte) Result {
	if len(body) > maxBody {
		return Result{Err: fmt.Errorf("the payload has %d bytes; at most %d are sent", len(body), maxBody)}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return Result{Err: err}
	}
	at := time.Now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", s.agent)
	request.Header.Set("webhook-id", d.MessageID())
	request.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	signatures := sign(d.Secret, d.MessageID(), at, body)
	if d.FormerSecret != nil {
		signatures += " " + sign(d.FormerSecret, d.MessageID(), at, body)
	}
	request.Header.Set("webhook-signature", signatures)
	answer, err := s.client.Do(request)
	if err != nil {
		return Result{Err: outwardly(err)}
	}
	defer answer.Body.Close()
	// The status alone decides: a body that breaks off, or never ends, is for the log.
	first, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	result := Result{Status: answer.StatusCode, Answer: string(first)}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		result.Err = fmt.Errorf("the receiver answers %s", answer.Status)
	}
	return result
}

// outwardly returns an error of a request without what those who read deliveries need not know of this network: the private address
// that a name has in it, and the server that was asked for it.
func outwardly(err error) error {
	if errors.Is(err, errPrivate) {
		return errPrivate
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return &net.DNSError{Err: lookup.Err, Name: lookup.Name}
	}
	return err
}

// sign returns the signature of a message in the form of the Standard Webhooks specification.
func sign(secret []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
