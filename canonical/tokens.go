package canonical

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// ErrUnauthenticated is returned for a token that is malformed, unknown, expired or revoked, or whose membership has ended.
// It does not tell which, since the caller must not know.
var ErrUnauthenticated = errors.New("the token is not valid")

// tokenPrefix begins every generated token, so that people and scanners for leaked secrets recognise it.
const tokenPrefix = "daybook_"

// Bounds of a token's length. An identity provider's token may be longer than one of Daybook's.
const minToken, maxToken, maxBearer = 8, 200, 16 << 10

// Principal is the member that a token authenticates.
type Principal struct {
	Actor  Actor
	Viewer model.Viewer
	// Operator is whether the user operates the installation, with all its organizations. No role implies it.
	Operator bool
}

// Querier is what Authenticate reads from: a pool, a connection or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// TokenCreate saves a token of a member and returns it. Only its SHA-256 is stored. An empty token is replaced by one of
// 32 random bytes; a given token must have 8 to 200 printable ASCII characters without blanks. The token is valid
// for lifetime, or for ever if that is 0.
func (s *Store) TokenCreate(ctx context.Context, organizationID, userID int64, name, token string, lifetime time.Duration) (string, error) {
	_, err := s.transact(ctx, Actor{OrganizationID: organizationID}, anyRole, func(u *unitOfWork) (_ int64, err error) {
		token, err = u.saveToken(ctx, organizationID, userID, name, token, lifetime)
		return 0, err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func (u *unitOfWork) saveToken(ctx context.Context, organizationID, userID int64, name, token string, lifetime time.Duration) (string, error) {
	if lifetime < 0 {
		u.addError("expires", invalid, "must not be in the past")
	}
	var expires *time.Time
	if lifetime > 0 {
		expires = new(u.now.Add(lifetime))
	}
	_, token, err := u.insertToken(ctx, organizationID, userID, name, token, expires, nil, false)
	return token, err
}

// insertToken saves a token of a member that expires then, nil is never, and returns its key and the token: a random one if token is
// empty. A user who is no member is a user error at `userId`. with is the key of the token that it is made with, byAnother says that another
// member makes it.
func (u *unitOfWork) insertToken(ctx context.Context, organizationID, userID int64, name, token string, expires *time.Time, with *int64, byAnother bool) (int64, string, error) {
	if token == "" {
		token = tokenPrefix + hex.EncodeToString(randomBytes())
	}
	u.checkRequired("name", &name, maxLine)
	if err := CheckToken(token); err != nil {
		u.addError("token", invalid, "%s", err)
	}
	if err := u.err(); err != nil {
		return 0, "", err
	}
	hash := sha256.Sum256([]byte(token))
	var key int64
	// The lock lets no membership end between its check and the token's row, which would outlive it.
	err := u.QueryRow(ctx, `INSERT INTO canonical.api_tokens (organization_id, user_id, name, token_hash, expires_at, made_with, made_by_another)
		SELECT organization_id, user_id, $3, $4, $5, $6, $7 FROM canonical.memberships
		WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL FOR SHARE RETURNING id`, organizationID, userID, name, hash[:], expires, with, byAnother).Scan(&key)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, "", reject("userId", notFound, "is no member of the organization")
	case err != nil:
		return 0, "", fmt.Errorf("save token: %w", err)
	}
	return key, token, nil
}

// TokenRevoke revokes a token at once, with those that were made with it. One that is unknown or revoked already is a user error at `token`.
func (s *Store) TokenRevoke(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	_, err := s.transact(ctx, Actor{}, anyRole, func(u *unitOfWork) (int64, error) {
		if err := u.writeRowsOfToken(ctx, hash[:]); err != nil {
			return 0, err
		}
		tag, err := u.Exec(ctx, `UPDATE canonical.api_tokens SET revoked_at = now()
			WHERE token_hash = $1 AND revoked_at IS NULL`, hash[:])
		switch {
		case err != nil:
			return 0, fmt.Errorf("revoke token: %w", err)
		case tag.RowsAffected() == 0:
			return 0, reject("token", notFound, "is unknown or revoked")
		}
		return 0, nil
	})
	return err
}

// writeRowsOfToken lets the transaction write rows of the organization that has the token, or session, with the hash, if there is one.
func (u *unitOfWork) writeRowsOfToken(ctx context.Context, hash []byte) error {
	_, err := u.Exec(ctx, `SELECT set_config('daybook.organization', organization_id::text, true) FROM canonical.api_tokens WHERE token_hash = $1`, hash)
	if err != nil {
		return fmt.Errorf("find a token's organization: %w", err)
	}
	return nil
}

// TokensRevoke revokes all tokens of a member at once, for members who have lost one, and returns how many there were.
func (s *Store) TokensRevoke(ctx context.Context, organizationID, userID int64) (int64, error) {
	return s.transact(ctx, Actor{OrganizationID: organizationID}, anyRole, func(u *unitOfWork) (int64, error) {
		return u.revokeTokens(ctx, organizationID, userID)
	})
}

// revokeTokens revokes all tokens of a member and returns how many there were.
func (u *unitOfWork) revokeTokens(ctx context.Context, organizationID, userID int64) (int64, error) {
	tag, err := u.Exec(ctx, `UPDATE canonical.api_tokens SET revoked_at = now()
		WHERE organization_id = $1 AND user_id = $2 AND revoked_at IS NULL`, organizationID, userID)
	if err != nil {
		return 0, fmt.Errorf("revoke tokens: %w", err)
	}
	return tag.RowsAffected(), nil
}

// ParseBearer returns the token of an HTTP Authorization header, or ErrUnauthenticated.
func ParseBearer(header string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || !bearerForm(token) {
		return "", ErrUnauthenticated
	}
	return token, nil
}

// Authenticate returns the member that token authenticates, by one statement, or ErrUnauthenticated.
func Authenticate(ctx context.Context, db Querier, token string) (*Principal, error) {
	if !bearerForm(token) {
		return nil, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(token))
	return principal(db.QueryRow(ctx, selectTokenPrincipal, hash[:]))
}

// AuthenticateAll returns the members that tokens authenticate, by one statement. A token that authenticates nobody is absent.
func AuthenticateAll(ctx context.Context, db Reader, tokens []string) (map[string]*Principal, error) {
	hashes, byHash := make([][]byte, len(tokens)), make(map[string]string, len(tokens))
	for i, token := range tokens {
		hash := sha256.Sum256([]byte(token))
		hashes[i], byHash[string(hash[:])] = hash[:], token
	}
	rows, err := db.Query(ctx, `SELECT token.token_hash, `+principalColumns+principalTables+`
		AND token.token_hash = ANY ($1) AND token.session_of IS NULL`, hashes)
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	found := make(map[string]*Principal, len(tokens))
	var hash []byte
	for rows.Next() {
		p, err := principal(rows, &hash)
		if err != nil {
			rows.Close()
			return nil, err
		}
		found[byHash[string(hash)]] = p
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	return found, nil
}

// selectPrincipal reads the member of the token or session whose hash is $1.
const selectPrincipal = `SELECT ` + principalColumns + principalTables + ` AND token.token_hash = $1`

// principalColumns are what principal scans, and principalTables where they are read from: tokens and sessions that are valid.
const (
	principalColumns = `users.id, users.name, users.email, users.is_operator AND NOT token.made_by_another, upper(membership.role),
		` + boundStores + `, ` + organizationColumns
	principalTables = `
	FROM canonical.api_tokens AS token
	JOIN canonical.memberships AS membership
		ON (membership.organization_id, membership.user_id) = (token.organization_id, token.user_id)
	JOIN canonical.users AS users ON users.id = token.user_id
	JOIN canonical.organizations AS organization ON organization.id = token.organization_id
	WHERE token.revoked_at IS NULL AND membership.ended_at IS NULL
		AND (token.expires_at IS NULL OR token.expires_at > now())`
)

// selectTokenPrincipal reads the member of the token whose hash is $1.
const selectTokenPrincipal = selectPrincipal + ` AND token.session_of IS NULL`

// principal scans a row of before and principalColumns; ErrUnauthenticated if there is none.
func principal(row pgx.Row, before ...any) (*Principal, error) {
	var p Principal
	v := &p.Viewer
	var stores []int64
	err := row.Scan(slices.Concat(before, []any{&v.User.ID.Key, &v.User.Name, &v.User.Email, &p.Operator, &v.Role, &stores},
		scanOrganization(&v.Organization))...)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, ErrUnauthenticated
	case err != nil:
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	v.User.ID.Type = "User"
	p.Actor = Actor{OrganizationID: v.Organization.ID.Key, UserID: v.User.ID.Key, Role: v.Role, Bound: boundTo(stores)}
	return &p, nil
}

func randomBytes() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	return secret
}

// CheckToken returns an error if a chosen token does not have the form of one.
func CheckToken(token string) error {
	if !tokenForm(token) {
		return fmt.Errorf("must have %d to %d printable ASCII characters without blanks", minToken, maxToken)
	}
	return nil
}

// tokenForm reports whether token has the form of a token that Daybook makes or a person chooses.
func tokenForm(token string) bool { return bearerForm(token) && len(token) <= maxToken }

// bearerForm reports whether token has the form of a token, those of identity providers among them.
func bearerForm(token string) bool {
	outside := func(r rune) bool { return r <= ' ' || r > '~' }
	return len(token) >= minToken && len(token) <= maxBearer && strings.IndexFunc(token, outside) < 0
}

func init() {
	registerConstraints(map[string]model.UserError{
		"api_tokens_name_given":      {Path: "name", Code: required, Message: "must be given"},
		"api_tokens_hash_key":        {Path: "token", Code: taken, Message: "is in use"},
		"api_tokens_membership_fkey": {Path: "userId", Code: notFound, Message: "is no member of the organization"},
	})
}
