-- Row security is a second line behind the statements, each of which names its organization: the role that answers requests
-- writes rows of one organization in a transaction, the one that the setting daybook.organization names, and none without it. It
-- reads what it likes: a policy on reading would keep PostgreSQL from the indexes of searches, whose operators are not leakproof. The
-- owner of the tables, as who jobs, migrations and views run, is not restricted.

-- +goose Up
CREATE FUNCTION canonical.writing_organization() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('daybook.organization', true), '')::bigint;
COMMENT ON FUNCTION canonical.writing_organization() IS
    'The organization whose rows the transaction may write, as the setting daybook.organization names it; null for none.';

-- +goose StatementBegin
CREATE FUNCTION canonical.restrict_writes() RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    target text;
    own text;
BEGIN
    FOR target, own IN SELECT c.relname, format('%I = (SELECT canonical.writing_organization())', a.attname)
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
            AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
        WHERE c.relnamespace = 'canonical'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE canonical.%I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY read_any ON canonical.%I FOR SELECT USING (true)', target);
        EXECUTE format('CREATE POLICY insert_own ON canonical.%I FOR INSERT WITH CHECK (%s)', target, own);
        EXECUTE format('CREATE POLICY update_own ON canonical.%I FOR UPDATE USING (%s)', target, own);
        EXECUTE format('CREATE POLICY delete_own ON canonical.%I FOR DELETE USING (%s)', target, own);
    END LOOP;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.restrict_writes() IS
    'Lets roles other than the owner write rows of canonical.writing_organization() alone, in each table of organizations that is new. Ends every migration.';
SELECT canonical.restrict_writes();
