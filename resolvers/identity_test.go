package resolvers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/identity"
	"daybook/internal/requestid"
	"daybook/resolvers"
)

// signedIn serves the API of s to those who have signed in at an identity provider. token returns a token of the provider for an
// address, with further claims.
func signedIn(t *testing.T, s *service) (as func(token string) caller, token func(email, further string, lifetime time.Duration) string, provider *httptest.Server) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	documents := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "one", Algorithm: oidc.RS256}}}
	provider = httptest.NewServer(documents)
	t.Cleanup(provider.Close)
	documents.SetIssuer(provider.URL)
	server := httptest.NewServer(requestid.Middleware(resolvers.Handler(resolvers.Config{
		Store: s.store, Live: s.hub, DB: s.pool, LoaderDB: s.pool, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Identities: identity.New(identity.Config{Issuer: provider.URL, Audience: "daybook"}),
	})))
	t.Cleanup(server.Close)
	as = func(token string) caller {
		return caller{t: t, url: server.URL, token: token, organizationID: s.organizationID}
	}
	number := 0
	token = func(email, further string, lifetime time.Duration) string {
		number++
		return oidctest.SignIDToken(key, "one", oidc.RS256, fmt.Sprintf(`{"iss": %q, "aud": "daybook", "sub": "7", "jti": "%d", "exp": %d, "email": %q, "email_verified": true%s}`,
			provider.URL, number, time.Now().Add(lifetime).Unix(), email, further))
	}
	return as, token, provider
}

// Whoever has signed in at the identity provider is the member with that address, until the token ends or is revoked, or the
// membership ends.
func TestIdentityProvider(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.member(s.organizationID, model.RoleStaff)
	as, token, provider := signedIn(t, s)
	staff := fmt.Sprintf("STAFF@%d.example", s.organizationID)
	refused := func(token string) {
		t.Helper()
		if a := as(token).call(`{ viewer { role } }`, nil); a.status != http.StatusUnauthorized || a.text("errors.0.extensions.code") != "UNAUTHENTICATED" {
			t.Errorf("status %d: %s", a.status, a)
		}
	}
	first := token(staff, "", time.Hour)
	for range 2 { // signed in, and known
		as(first).must(`{ viewer { role user { email } } }`, nil).want(map[string]string{"data.viewer.role": "STAFF"})
	}
	as(first).must(`mutation { personCreate(input: {givenName: "Ada"}) { record { id } userErrors { code } } }`, nil).want(map[string]string{"data.personCreate.userErrors": "[]"})
	as(token("owner@example.com", fmt.Sprintf(`, "daybook_organization": %d`, s.organizationID), time.Hour)).must(`{ viewer { role } }`, nil).want(map[string]string{"data.viewer.role": "OWNER"})

	refused(token("nobody@example.com", "", time.Hour))
	refused(token(staff, `, "daybook_organization": 987654321`, time.Hour))
	refused(token(staff, `, "email_verified": false`, time.Hour))
	refused(token(staff, "", -time.Second))
	if a := s.call(`{ viewer { role } }`, nil, "Authorization", "Bearer "+token(staff, "", time.Hour)); a.status != http.StatusUnauthorized {
		t.Errorf("a server without a provider answers with %d", a.status)
	}

	// A token that was revoked is not entered again.
	if err := s.store.TokenRevoke(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	refused(first)
	short := token(staff, "", 2*time.Second)
	as(short).must(`{ viewer { role } }`, nil)
	time.Sleep(2100 * time.Millisecond)
	refused(short)

	// Of two organizations it must name one.
	second, _, err := s.store.OrganizationCreate(t.Context(), canonical.OrganizationInput{
		Name: "Second", TimeZone: "UTC", BaseCurrency: "EUR", OwnerName: "Staff", OwnerEmail: staff,
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(token(staff, "", time.Hour))
	as(token(staff, fmt.Sprintf(`, "daybook_organization": "%d"`, second), time.Hour)).must(`{ viewer { role organization { name } } }`, nil).
		want(map[string]string{"data.viewer.role": "OWNER", "data.viewer.organization.name": "Second"})

	// Without the provider those who are known go on; of others nobody knows.
	known := token(staff, fmt.Sprintf(`, "daybook_organization": %d`, second), time.Hour)
	as(known).must(`{ viewer { role } }`, nil)
	as2, token2, provider2 := signedIn(t, s)
	provider.Close()
	provider2.Close()
	as(known).must(`{ viewer { role } }`, nil)
	if a := as2(token2(staff, "", time.Hour)).call(`{ viewer { role } }`, nil); a.status != http.StatusServiceUnavailable || a.text("errors.0.extensions.code") != "UNAVAILABLE" {
		t.Errorf("status %d: %s", a.status, a)
	}
}

// A signature can be written in several ways, as the last letter of its text has bits that stand for nothing: each is the same token,
// and is revoked with it.
func TestRewrittenSignature(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.member(s.organizationID, model.RoleStaff)
	as, token, _ := signedIn(t, s)
	status := func(token string) int { return as(token).call(`{ viewer { role } }`, nil).status }
	for _, first := range []bool{true, false} { // whether it was called with before the token was revoked
		original := token(fmt.Sprintf("staff@%d.example", s.organizationID), "", time.Hour)
		last := strings.IndexByte(base64url, original[len(original)-1])
		rewritten := original[:len(original)-1] + base64url[last^1:last^1+1]
		if rewritten == original {
			t.Fatal("the same text")
		}
		known := []string{original}
		if first {
			known = append(known, rewritten, original)
		}
		for _, text := range known {
			if got := status(text); got != http.StatusOK {
				t.Errorf("status %d", got)
			}
		}
		var rows int
		if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM canonical.api_tokens WHERE organization_id = $1 AND issuer IS NOT NULL AND revoked_at IS NULL`,
			s.organizationID).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%d tokens, %v", rows, err)
		}
		if err := s.store.TokenRevoke(t.Context(), original); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{original, rewritten} {
			if got := status(text); got != http.StatusUnauthorized {
				t.Errorf("after it was revoked: status %d", got)
			}
		}
	}
}

// base64url has the letters of a token's parts, in their order.
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
