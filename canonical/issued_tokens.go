package canonical

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// IssuedToken is a token of an identity provider, which has been verified, and whom it names.
type IssuedToken struct {
	// Token is the token itself.
	Token string
	// Issuer is the provider's address, Email that of the user, in any case.
	Issuer, Email string
	// OrganizationID is the organization in which the user is a member; 0 is the only one.
	OrganizationID int64
	// Expires is when the token ends.
	Expires time.Time
}

// ErrSeveralOrganizations is returned for a token that does not say of which organization its user is meant as a member.
var ErrSeveralOrganizations = errors.New("the token's user is a member of several organizations, and it names none")

// TokenEnter enters a token of an identity provider among the tokens of the member whom it names. From then on it is a token as any
// other: it works until it ends, is revoked, or the membership ends. One that is there already stays as it is; so does what it has
// signed under another signature, or the same one written differently, which is one token and is known by its latest text. The error is
// ErrUnauthenticated where it names no member, and ErrSeveralOrganizations where it names more than one.
func (s *Store) TokenEnter(ctx context.Context, t IssuedToken) error {
	hash, signed := sha256.Sum256([]byte(t.Token)), sha256.Sum256([]byte(t.Token[:max(0, strings.LastIndexByte(t.Token, '.'))]))
	_, err := s.transact(ctx, Actor{OrganizationID: t.OrganizationID}, anyRole, func(u *unitOfWork) (int64, error) {
		var members int
		var organization int64
		err := u.QueryRow(ctx, `
			SELECT count(*), coalesce(min(membership.organization_id), 0) FROM canonical.memberships AS membership
			JOIN canonical.users AS users ON users.id = membership.user_id
			WHERE lower(users.email) = lower($1) AND membership.ended_at IS NULL AND $2::bigint IN (0, membership.organization_id)`, t.Email, t.OrganizationID).
			Scan(&members, &organization)
		switch {
		case err != nil:
			return 0, fmt.Errorf("find the token's member: %w", err)
		case members == 0:
			return 0, ErrUnauthenticated
		case members > 1:
			return 0, ErrSeveralOrganizations
		}
		u.writeRowsOf(organization)
		// The lock lets no membership end between its check and the token's row, which would outlive it.
		var entered int
		err = u.QueryRow(ctx, `
			WITH member AS MATERIALIZED (
				SELECT membership.organization_id, membership.user_id FROM canonical.memberships AS membership
				JOIN canonical.users AS users ON users.id = membership.user_id
				WHERE lower(users.email) = lower($1) AND membership.ended_at IS NULL AND membership.organization_id = $2 FOR SHARE OF membership),
			entered AS (
				INSERT INTO canonical.api_tokens (organization_id, user_id, name, token_hash, signed_hash, expires_at, issuer)
				SELECT organization_id, user_id, 'sign-in', $3, $6, $4, $5 FROM member
				ON CONFLICT DO NOTHING RETURNING 1)
			SELECT (SELECT count(*) FROM member), (SELECT count(*) FROM entered)`, t.Email, organization, hash[:], t.Expires, t.Issuer, signed[:]).Scan(&members, &entered)
		switch {
		case err != nil:
			return 0, fmt.Errorf("enter a token: %w", err)
		case members == 0:
			return 0, ErrUnauthenticated
		case entered == 0:
			u.queue(`UPDATE canonical.api_tokens SET token_hash = $3
				WHERE organization_id = $1 AND signed_hash = $2 AND token_hash <> $3 AND revoked_at IS NULL`, organization, signed[:], hash[:])
			return 0, nil
		}
		// What has ended is known to its provider alone, which would not make it good again.
		_, err = u.Exec(ctx, `
			DELETE FROM canonical.api_tokens AS ended USING canonical.api_tokens AS entered
			WHERE entered.token_hash = $1 AND (ended.organization_id, ended.user_id) = (entered.organization_id, entered.user_id)
				AND ended.issuer IS NOT NULL AND ended.expires_at < now() - interval '1 day'
				AND NOT EXISTS (SELECT FROM canonical.api_tokens AS session WHERE (session.organization_id, session.session_of) = (ended.organization_id, ended.id))`, hash[:])
		if err != nil {
			return 0, fmt.Errorf("forget tokens that have ended: %w", err)
		}
		return 0, nil
	})
	return err
}
