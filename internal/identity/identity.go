// Package identity verifies the tokens of an identity provider by OpenID Connect: JSON Web Tokens that say who somebody is, signed
// by keys that the provider publishes. What they name is a member's e-mail address; which rights it has is not their matter.
package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"
)

// maxToken is how many bytes a token may have.
const maxToken = 16 << 10

// Config says whose tokens are accepted.
type Config struct {
	// Issuer is the provider's address, as its tokens have it in iss. Its discovery document says where its keys are.
	Issuer string
	// Audience is what tokens must have in aud.
	Audience string
	// KeysURL is where the provider's keys are, for one that has no discovery document; empty asks for that.
	KeysURL string
	// TrustEmail accepts addresses of which the provider does not say that it has verified them. One that it says it has not
	// is never accepted.
	TrustEmail bool
}

// organizationClaim names an organization by its id, for members of several.
const organizationClaim = "daybook_organization"

// Identity is whom a token names.
type Identity struct {
	// Issuer is the provider's address, Email the member's.
	Issuer, Email string
	// OrganizationID is 0 where the token names none.
	OrganizationID int64
	// Expires is when the token ends.
	Expires time.Time
}

// latest is the last time that can be written: a token that ends later, as one whose provider counts milliseconds, ends then.
var latest = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// ErrInvalid is the error of a token that names nobody: of another form, issuer or audience, expired, not signed by the provider,
// or without a verified e-mail address. What it wraps is for the log.
var ErrInvalid = errors.New("the token names nobody")

// Provider verifies the tokens of one provider. It asks for the keys when the first token comes, and again when one is signed by
// a key that it does not know.
type Provider struct {
	config Config
	client *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier // nil until the provider's keys are known to be somewhere
}

// New returns a provider. It asks for nothing yet, so the provider need not be up.
func New(c Config) *Provider {
	// Whoever makes up the name of a key would have the provider asked as often.
	return &Provider{config: c, client: &http.Client{Timeout: 5 * time.Second, Transport: seldom{rate.NewLimiter(rate.Every(10*time.Second), 5)}}}
}

// Form reports whether a token has the form of a JSON Web Token that is signed.
func Form(token string) bool {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	return strings.HasPrefix(token, "ey") && len(token) <= maxToken && strings.Count(token, ".") == 2 && !strings.ContainsFunc(token, outside)
}

// Verify returns whom the token names. The error is ErrInvalid if that is nobody, and another one if the provider could not be asked
// for its keys.
func (p *Provider) Verify(ctx context.Context, token string) (*Identity, error) {
	if !Form(token) {
		return nil, ErrInvalid
	}
	verifier, err := p.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("identity provider: %w", err)
	}
	var unasked error
	verified, err := verifier.Verify(context.WithValue(ctx, unaskedKey{}, &unasked), token)
	switch {
	case unasked != nil:
		return nil, fmt.Errorf("identity provider: %w", unasked)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return p.identity(verified)
}

// identity reads the claims of a token.
func (p *Provider) identity(token *oidc.IDToken) (*Identity, error) {
	var claims struct {
		Email    string
		Verified *flag
		Of       json.Number
	}
	// By their exact names: encoding/json would take a claim Email, which may be the member's own word, for email.
	var given map[string]json.RawMessage
	err := token.Claims(&given)
	for name, claim := range map[string]any{"email": &claims.Email, "email_verified": &claims.Verified, organizationClaim: &claims.Of} {
		if value, said := given[name]; said {
			err = errors.Join(err, json.Unmarshal(value, claim))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if claims.Email == "" || strings.ContainsRune(claims.Email, 0) || claims.Verified == nil && !p.config.TrustEmail || claims.Verified != nil && !bool(*claims.Verified) {
		return nil, fmt.Errorf("%w: it has no verified e-mail address", ErrInvalid)
	}
	found := &Identity{Issuer: p.config.Issuer, Email: claims.Email, Expires: token.Expiry}
	if found.Expires.After(latest) {
		found.Expires = latest
	}
	if claims.Of != "" {
		if found.OrganizationID, err = strconv.ParseInt(claims.Of.String(), 10, 64); err != nil || found.OrganizationID <= 0 {
			return nil, fmt.Errorf("%w: its claim %s is no organization's id", ErrInvalid, organizationClaim)
		}
	}
	return found, nil
}
