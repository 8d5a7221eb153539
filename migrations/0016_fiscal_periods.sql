-- When a fiscal year begins, and that no draft is dated into a closed period, whichever of the two comes first.

-- +goose Up
ALTER TABLE canonical.organizations ADD COLUMN fiscal_year_start_month int NOT NULL DEFAULT 1
    CONSTRAINT organizations_fiscal_year_start_month CHECK (fiscal_year_start_month BETWEEN 1 AND 12);
COMMENT ON COLUMN canonical.organizations.fiscal_year_start_month IS
    'The month on whose first day a fiscal year begins: 1 is January.';

-- +goose StatementBegin
CREATE FUNCTION canonical.draft_dated() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    closed date;
BEGIN
    -- FOR SHARE: whoever moves the lock waits for this transaction and finds the draft, or this one sees the new lock.
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

-- +goose Down
DROP TRIGGER check_period_inserted ON canonical.documents;
DROP TRIGGER check_period_moved ON canonical.documents;
DROP FUNCTION canonical.draft_dated();
ALTER TABLE canonical.organizations DROP COLUMN fiscal_year_start_month;
