package canonical

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"daybook/graph/model"
)

// idempotent makes a creation idempotent under a key. The first call that succeeds creates the record, and every further
// one with the same key, operation and input returns the same record; so a caller who got no answer may ask again. A call
// that failed leaves the key free. A nil key creates a new record each time.
func idempotent(ctx context.Context, key *string, operation string, input any,
	create func(*unitOfWork) (int64, error),
) func(*unitOfWork) (int64, error) {
	if key == nil {
		return create
	}
	encoded, err := json.Marshal(input)
	hash := sha256.Sum256(append([]byte(operation+" "), encoded...))
	return func(u *unitOfWork) (int64, error) {
		if err != nil {
			return 0, fmt.Errorf("encode the input of %s: %w", operation, err)
		}
		name := *key
		mistakes := len(u.Errors)
		if u.checkRequired("idempotencyKey", &name, 200); len(u.Errors) > mistakes {
			return 0, u.err()
		}
		// This locks and returns the row if it exists, after waiting for a transaction that is creating it.
		var known *int64
		var first []byte
		err := u.QueryRow(ctx, `
			INSERT INTO canonical.idempotency_keys AS known (organization_id, key, input_hash) VALUES ($1, $2, $3)
			ON CONFLICT (organization_id, key) DO UPDATE SET key = known.key
			RETURNING record_id, input_hash`, u.actor.OrganizationID, name, hash[:]).Scan(&known, &first)
		switch {
		case err != nil:
			return 0, fmt.Errorf("take the idempotency key: %w", err)
		case known != nil && !bytes.Equal(first, hash[:]):
			return 0, reject("idempotencyKey", invalid, "the key was used for a different request")
		case known != nil:
			return *known, nil
		}
		id, err := create(u)
		if err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.idempotency_keys SET record_id = $3 WHERE organization_id = $1 AND key = $2`,
			u.actor.OrganizationID, name, id)
		return id, nil
	}
}

func init() {
	registerConstraints(map[string]model.UserError{
		"idempotency_keys_key_length": {Path: "idempotencyKey", Code: invalid, Message: "must have 1 to 200 characters"},
	})
}
