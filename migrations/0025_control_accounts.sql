-- Control accounts: receivables, payables, taxes and what is due between stores are kept by records alone.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.control_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    -- TG_ARGV: the columns that name accounts. An UPDATE may leave an account as it is.
    IF EXISTS (
            SELECT FROM unnest(TG_ARGV) AS given (name)
            JOIN canonical.accounts AS account
                ON (account.organization_id, account.id) = (NEW.organization_id, (to_jsonb(NEW) ->> given.name)::bigint)
            WHERE account.system_role IN ('receivable', 'payable', 'tax_paid', 'tax_collected', 'interstore')
                AND (TG_OP = 'INSERT' OR to_jsonb(OLD) ->> given.name IS DISTINCT FROM to_jsonb(NEW) ->> given.name)) THEN
        RAISE EXCEPTION 'an account of %.% is kept by documents and payments', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_control_kept', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.control_guard() IS
    'What the accounts of receivables, payables and taxes hold is the sum of what is open, or of the taxes of records, and what
stores owe each other follows from the stores of records: no record names one as its own account. Entries by hand may.';
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.document_items
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION canonical.control_guard('account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.payments
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION canonical.control_guard('account_id');
CREATE TRIGGER keep_control BEFORE INSERT ON canonical.till_movements
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION canonical.control_guard('account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id, money_account_id ON canonical.money_entries
    FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('account_id', 'money_account_id');
CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, from_account_id, to_account_id ON canonical.transfers
    FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('from_account_id', 'to_account_id');
