-- The entries that were booked into a period that was locked softly are few, and are found without reading the others.

-- +goose Up
CREATE INDEX journal_entry_summaries_passed_lock_idx ON projection.journal_entry_summaries (organization_id, posted_on, entry_id) WHERE passed_lock;

-- +goose Down
DROP INDEX projection.journal_entry_summaries_passed_lock_idx;
