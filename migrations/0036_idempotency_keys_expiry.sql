-- Idempotency keys are for callers who got no answer and ask again; old ones are deleted from time to time.

-- +goose Up
CREATE INDEX idempotency_keys_created_at_idx ON canonical.idempotency_keys (created_at);

-- +goose StatementBegin
CREATE FUNCTION canonical.forget_idempotency_keys(before timestamptz, batch int) RETURNS int
    LANGUAGE sql
    BEGIN ATOMIC
        WITH forgotten AS (
            DELETE FROM canonical.idempotency_keys WHERE (organization_id, id) IN (
                SELECT organization_id, id FROM canonical.idempotency_keys WHERE created_at < before
                ORDER BY created_at LIMIT batch FOR UPDATE SKIP LOCKED)
            RETURNING 1)
        SELECT count(*)::int FROM forgotten;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.forget_idempotency_keys(timestamptz, int) IS
    'Deletes the oldest keys from before a time, at most batch of them, and returns how many these were. A key in use is left.';

-- +goose Down
DROP FUNCTION canonical.forget_idempotency_keys(timestamptz, int);
DROP INDEX canonical.idempotency_keys_created_at_idx;
