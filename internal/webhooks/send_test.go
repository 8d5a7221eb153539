package webhooks

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The example of the Standard Webhooks specification.
func TestSign(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "10.1.2.3:80": true, "172.16.0.1:80": true, "192.168.1.1:80": true, "169.254.169.254:80": true,
		"[fe80::1%eth0]:80": true, "[fd00::1]:80": true, "0.0.0.0:80": true, "[::]:80": true, "100.64.0.1:80": true, "224.0.0.1:80": true,
		"[::ffff:127.0.0.1]:80": true, "[::ffff:10.0.0.1]:80": true, "[64:ff9b::7f00:1]:80": true, "[2002:7f00:1::]:80": true, "[::127.0.0.1]:80": true,
		"255.255.255.255:80": true, "198.18.0.1:80": true, "nothing": true,
		"93.184.216.34:443": false, "[2606:2800:220:1:248:1893:25c8:1946]:443": false,
	} {
		if err := refusePrivate("tcp", address, nil); (err != nil) != refused {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A name that leads to this machine is refused when it is dialed, and so is a redirect to it.
func TestSendStaysOutside(t *testing.T) {
	t.Parallel()
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(inside.Close)
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	outside := NewSender(SenderConfig{})
	t.Cleanup(outside.Close)
	for _, url := range []string{"http://localhost" + port, "http://127.0.0.1" + port, inside.URL} {
		if r := outside.Send(t.Context(), &Delivery{URL: url, Secret: []byte("s")}, []byte("{}")); r.Err != errPrivate { //nolint:errorlint // and nothing with it: not which address a name has
			t.Errorf("%s: %+v", url, r)
		}
	}
	if r := outside.Send(t.Context(), &Delivery{URL: "http://daybook.invalid", Secret: []byte("s")}, []byte("{}")); r.Err == nil || !strings.HasPrefix(r.Err.Error(), "lookup daybook.invalid: ") {
		t.Errorf("a name that is none: %+v", r)
	}
	redirecting := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	t.Cleanup(redirecting.Close)
	anywhere := NewSender(SenderConfig{AllowPrivate: true})
	t.Cleanup(anywhere.Close)
	if r := anywhere.Send(t.Context(), &Delivery{URL: redirecting.URL, Secret: []byte("s")}, []byte("{}")); r.Err == nil || r.Status != http.StatusTemporaryRedirect {
		t.Errorf("a redirect: %+v", r)
	}
	if asked != 0 {
		t.Errorf("the machine itself was asked %d times", asked)
	}
}

func TestSendKeepsTheBounds(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 10*maxAnswer)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(large)) }))
	t.Cleanup(server.Close)
	s := NewSender(SenderConfig{AllowPrivate: true})
	t.Cleanup(s.Close)
	d := &Delivery{URL: server.URL, Secret: []byte("s")}
	if r := s.Send(t.Context(), d, []byte("{}")); r.Err != nil || len(r.Answer) != maxAnswer || r.Status != http.StatusOK {
		t.Errorf("a large answer: status %d, %d bytes, %v", r.Status, len(r.Answer), r.Err)
	}
	if r := s.Send(t.Context(), d, make([]byte, maxBody+1)); r.Err == nil || r.Status != 0 {
		t.Errorf("a large payload: %+v", r)
	}
}

// Whoever answers with a good status has the message, whatever becomes of the rest of the answer.
func TestSendTakesTheStatus(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("begun"))
		w.(http.Flusher).Flush()
		if r.URL.Path == "/hangs" {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	s := NewSender(SenderConfig{AllowPrivate: true, Timeout: 500 * time.Millisecond})
	t.Cleanup(s.Close)
	for _, path := range []string{"/breaks-off", "/hangs"} {
		if r := s.Send(t.Context(), &Delivery{URL: server.URL + path, Secret: []byte("s")}, []byte("{}")); r.Err != nil || r.Status != http.StatusOK || r.Answer != "begun" {
			t.Errorf("%s: %+v", path, r)
		}
	}
}
