package canonical

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// maxTokens is how many tokens of a member, those of identity providers apart, may work at a time where one more is made by MemberTokenCreate.
const maxTokens = 100

// MemberTokenCreate makes a token of the actor, or of any member where an owner names one. It returns its key and, unless the write was
// repeated, the token, which nobody can read again. with is the token that the actor calls with, which is valid: the new one expires with it
// at the latest. One that is made for another member, or with such a one, never makes its member an operator.
func (s *Store) MemberTokenCreate(ctx context.Context, actor Actor, with string, in model.TokenCreateInput) (id int64, token string, err error) {
	id, err = s.transact(ctx, actor, anyRole, func(u *unitOfWork) (int64, error) {
		user, err := u.lockTokens(ctx, in.MemberID.Value())
		if err != nil {
			return 0, err
		}
		expires := in.ExpiresAt.Value()
		if expires != nil && !expires.After(u.now) {
			u.addError("expiresAt", invalid, "must be in the future")
		}
		key, latest, byAnother, err := u.madeWith(ctx, with)
		switch {
		case err != nil:
			return 0, err
		case latest == nil:
		case expires == nil:
			expires = latest
		case expires.After(*latest):
			u.addError("expiresAt", exceeds, "must not be after %s, when the token expires that it is made with", latest.UTC().Format(time.RFC3339))
		}
		key, token, err = u.insertToken(ctx, actor.OrganizationID, user, text(in.Name), "", expires, &key, byAnother || user != actor.UserID)
		return key, err
	})
	return id, token, err
}

// lockTokens lets the tokens of a member change one after the other, and returns the member's user: of the actor if member is nil. It checks that
// the actor may make one more.
func (u *unitOfWork) lockTokens(ctx context.Context, member *model.ID) (int64, error) {
	user := u.actor.UserID
	if member != nil && *member != (model.ID{Type: "Member", Key: user}) {
		if !u.actor.isOwner() {
			return 0, reject("memberId", forbidden, "is not you: owners make tokens of other members")
		}
		if err := u.lockMembershipsAsOwner(ctx); err != nil {
			return 0, err
		}
		if user = member.Key; member.Type != "Member" {
			return 0, reject("memberId", notFound, "does not exist")
		}
	}
	tag, err := u.Exec(ctx, `SELECT FROM canonical.memberships WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL FOR NO KEY UPDATE`,
		u.actor.OrganizationID, user)
	switch {
	case err != nil:
		return 0, fmt.Errorf("lock the tokens: %w", err)
	case tag.RowsAffected() == 0:
		return 0, reject("memberId", notFound, "does not exist")
	}
	var working int
	err = u.QueryRow(ctx, `SELECT count(*)`+workingTokens+` AND token.user_id = $2 AND token.issuer IS NULL`, u.actor.OrganizationID, user).Scan(&working)
	switch {
	case err != nil:
		return 0, fmt.Errorf("count the tokens: %w", err)
	case working >= maxTokens:
		return 0, reject("", exceeds, fmt.Sprintf("%d tokens of the member work: revoke one first", maxTokens))
	}
	return user, nil
}

// madeWith returns the key of the token that the actor calls with, when it expires, nil is never, and whether another member has made it. One
// that was revoked meanwhile is a user error. It cannot be revoked until the unit of work has ended.
func (u *unitOfWork) madeWith(ctx context.Context, token string) (key int64, expires *time.Time, byAnother bool, err error) {
	hash := sha256.Sum256([]byte(token))
	err = u.QueryRow(ctx, `SELECT token.id, token.expires_at, token.made_by_another`+workingTokens+` AND token.user_id = $2 AND token.token_hash = $3 FOR SHARE`,
		u.actor.OrganizationID, u.actor.UserID, hash[:]).Scan(&key, &expires, &byAnother)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, nil, false, reject("", forbidden, "the token that you call with was revoked")
	case err != nil:
		return 0, nil, false, fmt.Errorf("look up the token: %w", err)
	}
	return key, expires, byAnother, nil
}

// MemberTokenRevoke revokes the token with the key, of the actor or, for owners, of any member, and returns the key. One that is revoked
// already stays as it is. Those that were made with it are revoked too, for whomever they were made, unless the actor keeps them: they are then
// as if they had been made with what the token was made with.
func (s *Store) MemberTokenRevoke(ctx context.Context, actor Actor, id int64, expectedVersion *int, keepMadeWith bool) (int64, error) {
	return s.transact(ctx, actor, anyRole, func(u *unitOfWork) (int64, error) {
		if actor.isOwner() {
			if err := u.lockMembershipsAsOwner(ctx); err != nil {
				return 0, err
			}
		}
		var user int64
		var version int
		err := u.QueryRow(ctx, `SELECT user_id, version FROM canonical.api_tokens WHERE organization_id = $1 AND id = $2 AND session_of IS NULL FOR NO KEY UPDATE`,
			actor.OrganizationID, id).Scan(&user, &version)
		switch {
		case errors.Is(err, pgx.ErrNoRows), err == nil && user != actor.UserID && !actor.isOwner():
			return 0, reject("id", notFound, "does not exist")
		case err != nil:
			return 0, fmt.Errorf("load the token: %w", err)
		}
		if err := checkVersion(expectedVersion, version); err != nil {
			return 0, err
		}
		if keepMadeWith {
			u.queue(`UPDATE canonical.api_tokens AS token SET made_with = revoked.made_with FROM canonical.api_tokens AS revoked
				WHERE (revoked.organization_id, revoked.id) = ($1, $2) AND (token.organization_id, token.made_with) = ($1, $2) AND revoked.revoked_at IS NULL`, actor.OrganizationID, id)
		}
		u.queue(`UPDATE canonical.api_tokens SET revoked_at = now() WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL`, actor.OrganizationID, id)
		return id, nil
	})
}

const (
	tokenColumns = `token.id, token.version, token.name, token.user_id, token.issuer, token.expires_at, token.revoked_at, token.created_at, token.updated_at` //nolint:gosec // columns
	// workingTokens are the tokens of an organization that work, but for sessions.
	//nolint:gosec // a statement
	workingTokens = `
		FROM canonical.api_tokens AS token WHERE token.organization_id = $1 AND token.session_of IS NULL AND token.revoked_at IS NULL
			AND (token.expires_at IS NULL OR token.expires_at > now())`
)

// TokensByMember reads the tokens that work of the members with the users' keys, the newest first. A user without any is absent.
func TokensByMember(ctx context.Context, db Reader, organizationID int64, users []int64) (map[int64][]model.Token, error) {
	rows, _ := db.Query(ctx, `SELECT `+tokenColumns+workingTokens+` AND token.user_id = ANY ($2) ORDER BY token.id DESC`, organizationID, users)
	list, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	found := map[int64][]model.Token{}
	for _, token := range list {
		found[token.UserID] = append(found[token.UserID], token)
	}
	return found, nil
}

// TokensByKey reads tokens by their keys, also those that do not work any more, but no sessions. A user's key that is not 0 selects that
// member's alone.
func TokensByKey(ctx context.Context, db Reader, organizationID, userID int64, keys []int64) (map[int64]*model.Token, error) {
	rows, _ := db.Query(ctx, `SELECT `+tokenColumns+` FROM canonical.api_tokens AS token
		WHERE token.organization_id = $1 AND token.id = ANY ($2) AND token.session_of IS NULL AND $3::bigint IN (0, token.user_id)`, organizationID, keys, userID)
	list, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	found := map[int64]*model.Token{}
	for i := range list {
		found[list[i].ID.Key] = &list[i]
	}
	return found, nil
}

// scanToken scans tokenColumns.
func scanToken(row pgx.CollectableRow) (t model.Token, err error) {
	t.ID.Type = "Token"
	err = row.Scan(&t.ID.Key, &t.Version, &t.Name, &t.UserID, &t.Issuer, &t.ExpiresAt, &t.RevokedAt, &t.CreatedAt, &t.UpdatedAt)
	return t, err
}
