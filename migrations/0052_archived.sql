-- Masters that are archived: nothing of them changes until they are restored. The tables with a column archived_at.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.keep_archived() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    -- A generated column has no value yet here.
    IF to_jsonb(NEW) - coalesce(TG_ARGV, '{}') = to_jsonb(OLD) - coalesce(TG_ARGV, '{}') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the row of canonical.% is archived', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_archived', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            HINT = 'Set archived_at to NULL, which restores it.';
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.keep_archived() IS
    'Raises TABLE_archived for a change of an archived row that does not restore it. An UPDATE that changes nothing is left out.
The trigger''s arguments are the table''s generated columns.';

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.accounts FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.people FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived('full_name');
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.tax_rates FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.products FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.stores FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.channels FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.tills FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION canonical.keep_archived();
