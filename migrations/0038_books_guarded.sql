-- What the books must not take from a record: an account that only documents and payments keep, another party where the
-- period is locked, and an amount so large that sums of such amounts do not fit.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.control_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    -- TG_ARGV: the columns that name accounts. A row that is there already keeps the ones it has.
    IF EXISTS (
            SELECT FROM unnest(TG_ARGV) AS given (name)
            JOIN canonical.accounts AS account
                ON (account.organization_id, account.id) = (NEW.organization_id, (to_jsonb(NEW) ->> given.name)::bigint)
            WHERE account.system_role IN ('receivable', 'payable', 'tax_paid', 'tax_collected')
                AND (TG_OP = 'INSERT' OR to_jsonb(OLD) ->> given.name IS DISTINCT FROM to_jsonb(NEW) ->> given.name)) THEN
        RAISE EXCEPTION 'an account of %.% is kept by documents and payments', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_control_kept', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.control_guard() IS
    'What the accounts of receivables, payables and taxes hold is the sum of what is open, or of the taxes of records: no
record names one as its own account. Entries by hand may.';
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.document_items
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION canonical.control_guard('account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.payments
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION canonical.control_guard('account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id, money_account_id ON canonical.money_entries
    FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('account_id', 'money_account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, from_account_id, to_account_id ON canonical.transfers
    FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('from_account_id', 'to_account_id');

-- +goose StatementBegin
CREATE FUNCTION canonical.document_party_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    locked record;
    day date := least(OLD.issued_on, NEW.issued_on);
BEGIN
    -- FOR SHARE: whoever moves a lock waits for this transaction, or this one sees the new lock.
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
    'Who owes an approved document, or is owed it, stays while its period is locked, although the party is not booked.';
CREATE TRIGGER keep_party BEFORE UPDATE OF party_id ON canonical.documents
    FOR EACH ROW WHEN (OLD.state = 'approved' AND OLD.party_id <> NEW.party_id) EXECUTE FUNCTION canonical.document_party_guard();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.within_base(minor numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(minor) <= 999999999999999 THEN minor::bigint ELSE canonical.beyond_base(minor) END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.within_base(numeric) IS
    'Whole minor units as the books take them from a record: up to 15 digits, as its own amounts are, so that thousands of the
largest still have a sum.';

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.within_base(minor numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(minor) <= 999999999999999999 THEN minor::bigint ELSE canonical.beyond_base(minor) END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.within_base(numeric) IS
    'Whole minor units as the books hold them: up to 18 digits, so that two amounts always have a sum.';
DROP TRIGGER keep_party ON canonical.documents;
DROP FUNCTION canonical.document_party_guard();
DROP TRIGGER keep_control ON canonical.transfers;
DROP TRIGGER keep_control ON canonical.money_entries;
DROP TRIGGER keep_control ON canonical.payments;
DROP TRIGGER keep_control ON canonical.document_items;
DROP FUNCTION canonical.control_guard();
