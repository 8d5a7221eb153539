package canonical

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"daybook/graph/model"
)

// Once makes a write idempotent: the first write under a key that succeeds is made, and every further one with the same key
// and request is answered as that one was, whatever has become of its record since. So a caller who got no answer may ask
// again. A write that failed leaves the key free.
type Once struct {
	// Key is chosen by the caller, for one organization: 1 to 200 characters.
	Key string
	// Request tells apart what is asked for under a key: see NewOnce.
	Request [sha256.Size]byte
}

// NewOnce returns the Once of an operation with arguments, whose JSON says all that the caller asks for.
func NewOnce(key, operation string, arguments any) (*Once, error) {
	encoded, err := json.Marshal(arguments)
	if err != nil {
		return nil, fmt.Errorf("encode the arguments of %s: %w", operation, err)
	}
	return &Once{Key: key, Request: sha256.Sum256(append([]byte(operation+" "), encoded...))}, nil
}

// bulkAnswer is the answer of a write of rows that may leave out those with mistakes. Where none was saved the write leaves its key
// free, as one that fails does.
type bulkAnswer interface{ saved() bool }

// anySaved reports whether one of the rows whose keys these are was saved, or was there before; those left out have 0.
func anySaved(keys []int64) bool {
	return slices.ContainsFunc(keys, func(key int64) bool { return key != 0 })
}

// once makes the write that fn makes, or answers as an earlier one with the actor's key was answered: it returns that one's
// record, and sets answer as transactAnswer says.
func (u *unitOfWork) once(ctx context.Context, answer any, fn func(*unitOfWork) (int64, error)) (int64, error) {
	if u.actor.Once == nil {
		return fn(u)
	}
	name, request := u.actor.Once.Key, u.actor.Once.Request[:]
	mistakes := len(u.Errors)
	if u.checkRequired("idempotencyKey", &name, maxLine); len(u.Errors) > mistakes {
		return 0, u.err()
	}
	// This locks and returns the row if it exists, after waiting for a transaction that is making it.
	var known *int64
	var first, saved []byte
	err := u.QueryRow(ctx, `
		INSERT INTO canonical.idempotency_keys AS known (organization_id, key, input_hash) VALUES ($1, $2, $3)
		ON CONFLICT (organization_id, key) DO UPDATE SET key = known.key
		RETURNING record_id, input_hash, answer`, u.actor.OrganizationID, name, request).Scan(&known, &first, &saved)
	switch {
	case err != nil:
		return 0, fmt.Errorf("take the idempotency key: %w", err)
	case known != nil && !bytes.Equal(first, request):
		return 0, reject("idempotencyKey", model.UserErrorCodeKeyReused, "the key was used for a different request")
	case known != nil && answer != nil:
		if err := json.Unmarshal(saved, answer); err != nil {
			return 0, fmt.Errorf("read the answer of the key: %w", err)
		}
		u.Errors = nil // the answer has those of the rows that it left out
		return *known, nil
	case known != nil:
		return *known, nil
	}
	id, err := fn(u)
	if err != nil || len(u.Errors) > 0 {
		return 0, err // transact refuses a write with user errors
	}
	if bulk, ok := answer.(bulkAnswer); ok && !bulk.saved() {
		u.queue(`DELETE FROM canonical.idempotency_keys WHERE organization_id = $1 AND key = $2`, u.actor.OrganizationID, name)
		return id, nil
	}
	if answer != nil {
		if saved, err = json.Marshal(answer); err != nil {
			return 0, fmt.Errorf("encode the answer of the key: %w", err)
		}
	}
	u.queue(`UPDATE canonical.idempotency_keys SET record_id = $3, answer = $4 WHERE organization_id = $1 AND key = $2`,
		u.actor.OrganizationID, name, id, saved)
	return id, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"idempotency_keys_key_length": {Path: "idempotencyKey", Code: invalid, Message: "must have 1 to 200 characters"},
	})
}
