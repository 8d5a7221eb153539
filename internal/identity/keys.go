package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"
)

// algorithms are those that a token may be signed by: all that need the provider's private key.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// ready returns what verifies tokens, and finds where the provider's keys are if nobody has.
func (p *Provider) ready(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.verifier != nil {
		return p.verifier, nil
	}
	ctx = oidc.ClientContext(ctx, p.client)
	at := p.config.KeysURL
	if at == "" {
		found, err := oidc.NewProvider(ctx, p.config.Issuer)
		if err != nil {
			return nil, err
		}
		var document struct {
			Keys string `json:"jwks_uri"`
		}
		if err := found.Claims(&document); err != nil {
			return nil, err
		}
		at = document.Keys
	}
	p.verifier = oidc.NewVerifier(p.config.Issuer, keySet{oidc.NewRemoteKeySet(ctx, at)},
		&oidc.Config{ClientID: p.config.Audience, SupportedSigningAlgs: algorithms})
	return p.verifier, nil
}

// unaskedKey is of the context value that keySet sets when it could not ask for keys: the verifier does not pass its error on.
type unaskedKey struct{}

// keySet has the keys that the provider publishes.
type keySet struct{ *oidc.RemoteKeySet }

// VerifySignature is for the verifier.
func (k keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.RemoteKeySet.VerifySignature(ctx, token)
	if unasked, ok := ctx.Value(unaskedKey{}).(*error); ok {
		if _, failed := errors.AsType[*url.Error](err); failed || ctx.Err() != nil {
			*unasked = err
		}
	}
	return payload, err
}

// seldom sends few requests, and takes any answer but 200 with a whole JSON document for none: what only looks like an answer, of a proxy
// for example, says nothing of a token.
type seldom struct{ limit *rate.Limiter }

// maxDocument is how many bytes of an answer are read.
const maxDocument = 1 << 20

func (s seldom) RoundTrip(q *http.Request) (*http.Response, error) {
	if !s.limit.Allow() {
		return nil, errors.New("it was asked often enough")
	}
	response, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("it answered %s", response.Status), response.Body.Close())
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxDocument))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if !json.Valid(text) {
		return nil, errors.New("it answered no JSON")
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	return response, nil
}

// flag is a claim that is true or false, as some providers also write it in quotes.
type flag bool

// UnmarshalJSON reads true, false, "true" and "false".
func (f *flag) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `true`, `"true"`:
		*f = true
	case `false`, `"false"`:
		*f = false
	default:
		return fmt.Errorf("%s is neither true nor false", json.RawMessage(data))
	}
	return nil
}
