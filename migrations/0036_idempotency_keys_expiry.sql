-- Idempotency keys are for callers who got no answer and ask again; old ones are deleted from time to time.

-- +goose Up
CREATE INDEX idempotency_keys_created_at_idx ON canonical.idempotency_keys (created_at);

-- +goose Down
DROP INDEX canonical.idempotency_keys_created_at_idx;
