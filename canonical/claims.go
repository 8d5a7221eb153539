package canonical

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
)

// maxClaims is of how many tokens Claims remembers the members.
const maxClaims = 10_000

// Claims remember whom tokens have authenticated, so that a request can begin while its token is checked. What they remember
// is a guess, never an answer: the caller checks every claim before it acts on what it has read.
type Claims struct {
	mu     sync.Mutex
	latest *simplelru.LRU[[sha256.Size]byte, *remembered]
}

// remembered is a member with the row that it was read from.
type remembered struct {
	principal Principal
	row       [][]byte
}

// Claim is what a request says about who its caller is.
type Claim struct {
	claims *Claims
	hash   [sha256.Size]byte
	guess  *remembered
}

// NewClaims returns an empty memory.
func NewClaims() *Claims {
	latest, err := simplelru.NewLRU[[sha256.Size]byte, *remembered](maxClaims, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &Claims{latest: latest}
}

// Claim returns the claim of a token; ErrUnauthenticated if it has not the form of one.
func (c *Claims) Claim(token string) (*Claim, error) {
	if !bearerForm(token) {
		return nil, ErrUnauthenticated
	}
	claim := &Claim{claims: c, hash: sha256.Sum256([]byte(token))}
	c.mu.Lock()
	defer c.mu.Unlock()
	claim.guess, _ = c.latest.Get(claim.hash)
	return claim, nil
}

// Guess returns a copy of the member that the token has authenticated when it was last checked; nil if it is not remembered.
func (c *Claim) Guess() *Principal {
	if c.guess == nil {
		return nil
	}
	guess := c.guess.principal
	return &guess
}

// Queue adds the statement that checks the claim to a batch.
func (c *Claim) Queue(b *pgx.Batch) { b.Queue(selectTokenPrincipal, c.hash[:]) }

// Check reads the rows of the statement, and reports whether the member is exactly the one of Guess: the same roles, the same
// settings, the same day.
func (c *Claim) Check(rows pgx.Rows) (same bool, err error) {
	defer rows.Close()
	if !rows.Next() {
		rows.Close()
		return false, rows.Err()
	}
	for i, value := range rows.RawValues() {
		if guess := c.guess.row[i]; string(value) != string(guess) || (value == nil) != (guess == nil) {
			return false, nil
		}
	}
	rows.Close()
	return rows.Err() == nil, rows.Err()
}

// Authenticate returns the member that the token authenticates, by one statement, or ErrUnauthenticated, and remembers it.
func (c *Claim) Authenticate(ctx context.Context, db interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
},
) (*Principal, error) {
	rows, err := db.Query(ctx, selectTokenPrincipal, c.hash[:])
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("authenticate: %w", err)
		}
		c.claims.mu.Lock()
		defer c.claims.mu.Unlock()
		c.claims.latest.Remove(c.hash)
		return nil, ErrUnauthenticated
	}
	read := &remembered{}
	for _, value := range rows.RawValues() {
		if value != nil {
			value = append([]byte{}, value...)
		}
		read.row = append(read.row, value)
	}
	found, err := principal(rows)
	rows.Close()
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	read.principal = *found
	c.claims.mu.Lock()
	defer c.claims.mu.Unlock()
	c.claims.latest.Add(c.hash, read)
	return found, nil
}
