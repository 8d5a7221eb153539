package canonical_test

import (
	"errors"
	"testing"

	"daybook/canonical"
)

// A session is no token, and ends by itself, by logging out and with its token.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	token, err := w.TokenCreate(ctx, w.owner.OrganizationID, w.owner.UserID, "browser", "", 0)
	must(t, err)
	begin := func() string {
		t.Helper()
		secret, err := w.SessionBegin(ctx, token)
		must(t, err)
		return secret
	}
	valid := func(what, secret string, want bool) {
		t.Helper()
		p, err := canonical.AuthenticateSession(ctx, w.pool, secret)
		if want && (err != nil || p.Actor.UserID != w.owner.UserID) || !want && !errors.Is(err, canonical.ErrUnauthenticated) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	one, two := begin(), begin()
	valid("a session", one, true)
	valid("the token itself", token, false)
	if _, err := canonical.Authenticate(ctx, w.pool, one); !errors.Is(err, canonical.ErrUnauthenticated) {
		t.Errorf("a session as a token: %v", err)
	}
	if _, err := w.SessionBegin(ctx, one); !errors.Is(err, canonical.ErrUnauthenticated) {
		t.Errorf("a session of a session: %v", err)
	}
	must(t, w.SessionEnd(ctx, one))
	must(t, w.SessionEnd(ctx, one))
	valid("after logging out", one, false)
	valid("another one meanwhile", two, true)
	must(t, w.SessionEnd(ctx, token))
	if _, err := canonical.Authenticate(ctx, w.pool, token); err != nil {
		t.Errorf("a token ended as a session: %v", err)
	}
	if _, err := w.pool.Exec(ctx, `UPDATE canonical.api_tokens SET expires_at = now() WHERE session_of IS NOT NULL AND revoked_at IS NULL`); err != nil {
		t.Fatal(err)
	}
	valid("after its time", two, false)
	three := begin()
	must(t, w.TokenRevoke(ctx, token))
	valid("after its token", three, false)
}
