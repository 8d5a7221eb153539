package canonical

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// sessionPrefix begins every session's secret. It is no token: Authenticate refuses it.
const sessionPrefix = "daybook_session_"

// SessionLifetime is how long a session of a browser may last.
const SessionLifetime = 12 * time.Hour

// SessionBegin makes a session of the member whom the token authenticates, for a browser that is not to keep the token,
// and returns its secret, of which only the SHA-256 is stored. The session ends after SessionLifetime, by SessionEnd, or
// with the token, whichever is first. The error is ErrUnauthenticated for a token that is not valid.
func (s *Store) SessionBegin(ctx context.Context, token string) (secret string, err error) {
	p, err := Authenticate(ctx, s.pool, token)
	if err != nil {
		return "", err
	}
	secret = sessionPrefix + hex.EncodeToString(randomBytes())
	of, hash := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(secret))
	_, err = s.transact(ctx, p.Actor, anyRole, func(u *unitOfWork) (int64, error) {
		// A token that is revoked meanwhile has a session that is not valid either.
		_, err := u.Exec(ctx, `INSERT INTO canonical.api_tokens (organization_id, user_id, name, token_hash, expires_at, session_of, made_by_another)
			SELECT organization_id, user_id, name, $2, least(expires_at, now() + $3::interval), id, made_by_another FROM canonical.api_tokens WHERE token_hash = $1`,
			of[:], hash[:], SessionLifetime)
		if err != nil {
			return 0, fmt.Errorf("begin a session: %w", err)
		}
		return 0, nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// SessionEnd ends a session at once. One that is unknown or has ended is no error.
func (s *Store) SessionEnd(ctx context.Context, secret string) error {
	hash := sha256.Sum256([]byte(secret))
	_, err := s.transact(ctx, Actor{}, anyRole, func(u *unitOfWork) (int64, error) {
		if err := u.writeRowsOfToken(ctx, hash[:]); err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.api_tokens SET revoked_at = now() WHERE token_hash = $1 AND session_of IS NOT NULL AND revoked_at IS NULL`, hash[:])
		return 0, nil
	})
	return err
}

// AuthenticateSession returns the member whose session it is, by one statement, or ErrUnauthenticated.
func AuthenticateSession(ctx context.Context, db Querier, secret string) (*Principal, error) {
	if !tokenForm(secret) {
		return nil, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(secret))
	return principal(db.QueryRow(ctx, selectPrincipal+` AND EXISTS (SELECT FROM canonical.api_tokens AS began
		WHERE (began.organization_id, began.id) = (token.organization_id, token.session_of) AND began.revoked_at IS NULL
			AND (began.expires_at IS NULL OR began.expires_at > now()))`, hash[:]))
}
