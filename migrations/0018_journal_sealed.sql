-- An entry is whole when its transaction ends: no later one adds lines to it, nobody adds lines to what follows from a
-- record, and what follows from a record is reversed by the record's own posting alone.

-- +goose Up
ALTER TABLE canonical.journal_entries ADD COLUMN transaction xid8;
ALTER TABLE canonical.journal_entries ALTER COLUMN transaction SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN canonical.journal_entries.transaction IS
    'Which transaction wrote it and may still add its lines; null for what was there before this was kept.';

-- +goose StatementBegin
CREATE FUNCTION canonical.journal_line_by_hand() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM canonical.journal_entries
            WHERE (organization_id, id) = (NEW.organization_id, NEW.entry_id) AND canonical_type <> 'JournalEntry') THEN
        RAISE EXCEPTION 'the lines of entry % follow from a record: change that', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_posted_by_record',
                SCHEMA = 'canonical', TABLE = 'journal_lines';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER by_hand BEFORE INSERT ON canonical.journal_lines
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION canonical.journal_line_by_hand();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.check_entries(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT entry.id, rule.broken AS rule INTO broken
    FROM canonical.journal_entries AS entry
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum(line.amount) AS amount FROM canonical.journal_lines AS line
        WHERE (line.organization_id, line.entry_id) = (organization, entry.id)) AS own
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN entry.transaction IS DISTINCT FROM pg_current_xact_id() THEN 'journal_entries_immutable'
            WHEN own.lines < 2 OR own.amount <> 0 THEN 'journal_entries_balanced'
            WHEN entry.purpose <> 'reversal' THEN NULL
            WHEN NOT EXISTS (
                SELECT FROM canonical.journal_entries AS undone
                WHERE (undone.organization_id, undone.id) = (organization, entry.reverses_id)
                    AND (undone.canonical_type, undone.canonical_id) = (entry.canonical_type, entry.canonical_id))
                THEN 'journal_entries_posted_by_record'
            WHEN EXISTS (
                SELECT FROM canonical.journal_lines AS line
                WHERE line.organization_id = organization AND line.entry_id IN (entry.id, entry.reverses_id)
                GROUP BY line.account_id, line.currency HAVING sum(line.amount) <> 0 OR sum(line.document_amount) <> 0)
                THEN 'journal_entries_reversal_exact'
        END AS broken) AS rule
    WHERE entry.organization_id = organization AND entry.id = ANY (ids) AND rule.broken IS NOT NULL
    ORDER BY entry.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal entry % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.check_entries(bigint, bigint[]) IS
    'Every entry has at least two lines that sum to zero, all from its own transaction, and a reversal undoes exactly what
it reverses and belongs to the same record.';

-- Who wrote an entry is not for the writer to say.
-- +goose StatementBegin
CREATE FUNCTION canonical.journal_entry_stamped() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction := pg_current_xact_id();
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stamped BEFORE INSERT ON canonical.journal_entries
    FOR EACH ROW WHEN (NEW.transaction IS DISTINCT FROM pg_current_xact_id()) EXECUTE FUNCTION canonical.journal_entry_stamped();

-- +goose Down
DROP TRIGGER stamped ON canonical.journal_entries;
DROP FUNCTION canonical.journal_entry_stamped();
DROP TRIGGER by_hand ON canonical.journal_lines;
DROP FUNCTION canonical.journal_line_by_hand();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.check_entries(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT entry.id, CASE WHEN entry.purpose = 'reversal' THEN 'journal_entries_reversal_exact'
        ELSE 'journal_entries_balanced' END AS rule
    INTO broken
    FROM canonical.journal_entries AS entry
    WHERE entry.organization_id = organization AND entry.id = ANY (ids) AND (
        SELECT count(*) < 2 OR sum(line.amount) <> 0 FROM canonical.journal_lines AS line
        WHERE (line.organization_id, line.entry_id) = (organization, entry.id)
        UNION ALL
        SELECT entry.purpose = 'reversal' AND EXISTS (
            SELECT FROM canonical.journal_lines AS line
            WHERE line.organization_id = organization AND line.entry_id IN (entry.id, entry.reverses_id)
            GROUP BY line.account_id, line.currency HAVING sum(line.amount) <> 0 OR sum(line.document_amount) <> 0)
        ORDER BY 1 DESC LIMIT 1)
    ORDER BY entry.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal entry % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
END
$$;
-- +goose StatementEnd
ALTER TABLE canonical.journal_entries DROP COLUMN transaction;
