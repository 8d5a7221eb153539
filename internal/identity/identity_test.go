package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"go.uber.org/goleak"

	"daybook/internal/identity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider serves the keys of an identity provider.
type provider struct {
	*httptest.Server
	key   *rsa.PrivateKey
	asked atomic.Int64
}

func serve(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key}
	documents := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "one", Algorithm: oidc.RS256}}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		documents.ServeHTTP(w, r)
	}))
	documents.SetIssuer(p.URL)
	t.Cleanup(func() {
		p.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return p
}

// claims are those of Ada's token, with others in their place.
func (p *provider) claims(others string) string {
	return fmt.Sprintf(`{"iss": %q, "aud": ["other", "daybook"], "sub": "7", "exp": %d, "email": "ada@example.com", "email_verified": true%s}`,
		p.URL, time.Now().Add(time.Hour).Unix(), others)
}

func (p *provider) sign(claims string) string {
	return oidctest.SignIDToken(p.key, "one", oidc.RS256, claims)
}

func TestVerify(t *testing.T) {
	p := serve(t)
	for _, config := range []identity.Config{
		{Issuer: p.URL, Audience: "daybook"},
		{Issuer: p.URL, Audience: "daybook", KeysURL: p.URL + "/keys"},
	} {
		verifier := identity.New(config)
		got, err := verifier.Verify(t.Context(), p.sign(p.claims(`, "daybook_organization": 42`)))
		if err != nil || got.Email != "ada@example.com" || got.OrganizationID != 42 || got.Issuer != p.URL || time.Until(got.Expires) < 59*time.Minute {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := verifier.Verify(t.Context(), p.sign(p.claims(``))); err != nil || got.OrganizationID != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if n := p.asked.Load(); n != 3 {
		t.Errorf("the provider was asked %d times, not once for its documents and twice for its keys", n)
	}
}

func TestInvalid(t *testing.T) {
	p := serve(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := p.claims(``)
	with := func(old, replacement string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return p.sign(strings.Replace(good, old, replacement, 1))
	}
	signed := p.sign(good)
	header, rest, _ := strings.Cut(signed, ".")
	verifier := identity.New(identity.Config{Issuer: p.URL, Audience: "daybook"})
	for name, token := range map[string]string{
		"empty":                     "",
		"no token of it":            "dbk_aaaaaaaaaaaa",
		"of another issuer":         with(p.URL, p.URL+"/other"),
		"for others":                with(`"daybook"`, `"daybooks"`),
		"expired":                   with(`"exp": `, `"exp": 1, "was": `),
		"without an end":            with(`"exp": `, `"was": `),
		"not yet valid":             with(`"sub"`, fmt.Sprintf(`"nbf": %d, "sub"`, time.Now().Add(time.Hour).Unix())),
		"without an address":        with(`"email": "ada@example.com", `, ``),
		"of another claim":          with(`"email": `, `"Email": `),
		"of no address":             with("ada@", `ada\u0000@`),
		"of an unverified address":  with(`"email_verified": true`, `"email_verified": false`),
		"of an address in doubt":    with(`"email_verified": true`, `"email_verified": "yes"`),
		"that does not say":         with(`, "email_verified": true`, ``),
		"of a strange organization": p.sign(p.claims(`, "daybook_organization": -1`)),
		"of a named organization":   p.sign(p.claims(`, "daybook_organization": "Ada's"`)),
		"by another's key":          oidctest.SignIDToken(other, "one", oidc.ES256, good),
		"by a shared secret":        oidctest.SignIDToken([]byte("a secret of thirty-two characters"), "one", "HS256", good),
		"unsigned":                  "eyJhbGciOiJub25lIn0." + strings.Split(rest, ".")[0] + ".",
		"changed":                   header + "." + strings.Replace(rest, ".", "A.", 1),
		"very long":                 signed + strings.Repeat("A", 16<<10),
	} {
		if got, err := verifier.Verify(t.Context(), token); !errors.Is(err, identity.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := verifier.Verify(t.Context(), p.sign(p.claims(`, "Email": "grace@example.com", "EMAIL_VERIFIED": false, "Daybook_Organization": 7`))); err != nil ||
		got.Email != "ada@example.com" || got.OrganizationID != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := verifier.Verify(t.Context(), with(`"exp": `, `"exp": 1796077199000, "was": `)); err != nil || got.Expires.Year() != 9999 {
		t.Errorf("%+v, %v", got, err)
	}
	trusting := identity.New(identity.Config{Issuer: p.URL, Audience: "daybook", TrustEmail: true})
	if _, err := trusting.Verify(t.Context(), with(`, "email_verified": true`, ``)); err != nil {
		t.Error(err)
	}
	if _, err := trusting.Verify(t.Context(), with(`"email_verified": true`, `"email_verified": "false"`)); !errors.Is(err, identity.ErrInvalid) {
		t.Error(err)
	}
}

// A provider that is down is another thing than a token that is wrong; and it is asked again, but not for each token.
func TestOutage(t *testing.T) {
	p := serve(t)
	token := p.sign(p.claims(``))
	p.Close()
	verifier := identity.New(identity.Config{Issuer: p.URL, Audience: "daybook"})
	for range 10 {
		if _, err := verifier.Verify(t.Context(), token); err == nil || errors.Is(err, identity.ErrInvalid) {
			t.Error(err)
		}
	}
	q := serve(t)
	verifier = identity.New(identity.Config{Issuer: q.URL, Audience: "daybook"})
	made := oidctest.SignIDToken(q.key, "made up", oidc.RS256, q.claims(``))
	for range 10 {
		if _, err := verifier.Verify(t.Context(), made); err == nil {
			t.Error("a key that nobody has published")
		}
	}
	if n := q.asked.Load(); n > 5 {
		t.Errorf("the provider was asked %d times", n)
	}
	if _, err := verifier.Verify(t.Context(), q.sign(q.claims(``))); err != nil {
		t.Errorf("a known key: %v", err)
	}
}

// What only looks like the provider's keys says nothing of a token, and is asked for again.
func TestBrokenKeys(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html>") },
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"a part": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"keys": [`)
		},
		"a failure": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t)
			var broken atomic.Bool
			broken.Store(true)
			keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					answer(w, r)
					return
				}
				p.Config.Handler.ServeHTTP(w, r)
			}))
			defer keys.Close()
			verifier := identity.New(identity.Config{Issuer: p.URL, Audience: "daybook", KeysURL: keys.URL + "/keys"})
			token := p.sign(p.claims(``))
			if _, err := verifier.Verify(t.Context(), token); err == nil || errors.Is(err, identity.ErrInvalid) {
				t.Error(err)
			}
			broken.Store(false)
			// Who comes while a request for keys is ending is still answered by that one.
			_, err := verifier.Verify(t.Context(), token)
			for deadline := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
				_, err = verifier.Verify(t.Context(), token)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
