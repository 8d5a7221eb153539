-- Periods of the books: which days are closed to entries, to drafts and to changes of who owes a document, and how an
-- organization moves these locks. The locks and the month that begins a fiscal year are columns of the organization.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.journal_entry_added() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    locked record;
BEGIN
    -- FOR SHARE: a transaction that moves a lock waits for this one, or this one sees the new lock.
    SELECT soft_locked_until, hard_locked_until INTO locked
    FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.posted_on <= locked.hard_locked_until THEN
        RAISE EXCEPTION 'the books are closed until %', locked.hard_locked_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_hard_locked',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    NEW.passed_lock := NEW.posted_on <= locked.soft_locked_until IS TRUE;
    IF NEW.passed_lock AND current_setting('daybook.soft_lock_pass', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the books are locked until %', locked.soft_locked_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_soft_locked',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    IF NEW.canonical_type <> 'JournalEntry' AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the postings of a % follow from the record: change that', NEW.canonical_type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_posted_by_record',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_period BEFORE INSERT ON canonical.journal_entries
    FOR EACH ROW EXECUTE FUNCTION canonical.journal_entry_added();

-- +goose StatementBegin
CREATE FUNCTION canonical.draft_dated() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    closed date;
BEGIN
    -- FOR SHARE: a transaction that moves the lock waits for this one and finds the draft, or this one sees the new lock.
    SELECT hard_locked_until INTO closed FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.issued_on <= closed THEN
        RAISE EXCEPTION 'the books are closed until %', closed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_hard_locked', SCHEMA = 'canonical', TABLE = 'documents';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_period_inserted AFTER INSERT ON canonical.documents
    FOR EACH ROW WHEN (NEW.state = 'draft') EXECUTE FUNCTION canonical.draft_dated();
CREATE TRIGGER check_period_moved AFTER UPDATE OF issued_on, organization_id ON canonical.documents
    FOR EACH ROW WHEN (NEW.state = 'draft' AND (NEW.issued_on, NEW.organization_id) IS DISTINCT FROM (OLD.issued_on, OLD.organization_id))
    EXECUTE FUNCTION canonical.draft_dated();

-- +goose StatementBegin
CREATE FUNCTION canonical.document_party_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    locked record;
    day date := least(OLD.issued_on, NEW.issued_on);
BEGIN
    -- FOR SHARE: a transaction that moves a lock waits for this one, or this one sees the new lock.
    SELECT soft_locked_until, hard_locked_until INTO locked
    FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF day <= locked.hard_locked_until
        OR day <= locked.soft_locked_until AND current_setting('daybook.soft_lock_pass', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the books are locked for %', day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_party_locked', SCHEMA = 'canonical', TABLE = 'documents';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.document_party_guard() IS
    'Refuses to change the party of an approved document while its period is locked, although the party is not booked.';
CREATE TRIGGER keep_party BEFORE UPDATE OF party_id ON canonical.documents
    FOR EACH ROW WHEN (OLD.state = 'approved' AND OLD.party_id <> NEW.party_id) EXECUTE FUNCTION canonical.document_party_guard();

-- +goose StatementBegin
CREATE FUNCTION canonical.day_opened() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    closed date;
BEGIN
    -- FOR SHARE: a transaction that moves the lock waits for this one and finds the open day, or this one sees the new lock.
    SELECT hard_locked_until INTO closed FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.business_date <= closed THEN
        RAISE EXCEPTION 'the books are closed until %', closed
            USING ERRCODE = 'check_violation', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME,
                CONSTRAINT = CASE TG_OP WHEN 'INSERT' THEN 'till_sessions_hard_locked' ELSE 'day_closes_hard_locked' END;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.day_opened() IS
    'Raises till_sessions_hard_locked where a till is opened for a day behind the hard lock, and day_closes_hard_locked where the close of
such a day is reversed: the day could never be closed.';
CREATE TRIGGER check_period_inserted AFTER INSERT ON canonical.till_sessions
    FOR EACH ROW WHEN (NEW.state <> 'closed') EXECUTE FUNCTION canonical.day_opened();
CREATE TRIGGER check_period_reopened AFTER UPDATE OF state ON canonical.till_sessions
    FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state <> 'closed') EXECUTE FUNCTION canonical.day_opened();
CREATE TRIGGER check_period_reversed AFTER UPDATE OF reversed_at ON canonical.day_closes
    FOR EACH ROW WHEN (OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL) EXECUTE FUNCTION canonical.day_opened();

-- +goose StatementBegin
CREATE FUNCTION canonical.organizations_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    rule text := CASE
        WHEN NEW.base_currency <> OLD.base_currency
            AND EXISTS (SELECT FROM canonical.journal_entries WHERE organization_id = NEW.id)
            THEN 'organizations_base_currency_fixed'
        WHEN NEW.hard_locked_until < OLD.hard_locked_until
            OR OLD.hard_locked_until IS NOT NULL AND NEW.hard_locked_until IS NULL
            THEN 'organizations_hard_locked_forward'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.documents
            WHERE organization_id = NEW.id AND state = 'draft' AND issued_on <= NEW.hard_locked_until)
            THEN 'organizations_hard_locked_drafts'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.till_sessions
            WHERE organization_id = NEW.id AND state <> 'closed' AND business_date <= NEW.hard_locked_until)
            THEN 'organizations_hard_locked_tills'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.unposted_days(NEW.id, OLD.hard_locked_until, NEW.hard_locked_until))
            THEN 'organizations_hard_locked_sales'
        END;
BEGIN
    IF rule IS NOT NULL THEN
        RAISE EXCEPTION 'the organization breaks %', rule
            USING ERRCODE = 'check_violation', CONSTRAINT = rule, SCHEMA = 'canonical', TABLE = 'organizations';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_locks BEFORE UPDATE OF base_currency, hard_locked_until ON canonical.organizations
    FOR EACH ROW EXECUTE FUNCTION canonical.organizations_guard();
