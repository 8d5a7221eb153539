-- The projection engine: the check that no projection can be wrong or stale. Every migration ends with it.

-- +goose Up
-- +goose StatementBegin
-- passable returns the tables whose changes may have passed a projection, the named one or any, by, with the triggers that are missing, or that somebody has
-- switched off, for however short a time: pg_restore --disable-triggers does so, and switches them on again otherwise than they were.
CREATE FUNCTION engine.passable(named text DEFAULT NULL) RETURNS TABLE (projection text, relation text, triggers text[])
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t.projection, t.relation, array_agg(c.trigger ORDER BY c.trigger)
    FROM (SELECT DISTINCT k.projection, k.relation FROM engine.tracks k WHERE named IS NULL OR k.projection = named) t CROSS JOIN engine.capturing(t.projection) c
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.relation::regclass AND g.tgname = c.trigger AND g.tgenabled = c.state)
    GROUP BY t.projection, t.relation;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- problems returns what would make the named projection, or any, wrong or stale, one sentence each; no row if nothing would.
CREATE FUNCTION engine.problems(named text DEFAULT NULL)
RETURNS TABLE (projection text, problem text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH source AS MATERIALIZED (
        SELECT p.name, p.kind, p.key, p.activated_at, p.definition, v.oid AS view, c.oid AS copy
        FROM engine.projections p
        LEFT JOIN pg_catalog.pg_class v ON v.relname = p.name AND v.relnamespace = 'source'::regnamespace
        LEFT JOIN pg_catalog.pg_class c ON c.relname = p.name AND c.relnamespace = 'projection'::regnamespace
        WHERE named IS NULL OR p.name = named
    ), reads AS MATERIALIZED (
        SELECT DISTINCT s.name, r.class, r.object FROM source s CROSS JOIN LATERAL engine.read_by(s.view) r
    ), trees AS MATERIALIZED (
        SELECT s.name, w.ev_action::text AS tree FROM source s JOIN pg_catalog.pg_rewrite w ON w.ev_class = s.view
        UNION ALL SELECT r.name, w.ev_action::text FROM reads r JOIN pg_catalog.pg_rewrite w ON r.class = 'pg_class'::regclass AND w.ev_class = r.object
        UNION ALL SELECT r.name, f.prosqlbody::text FROM reads r JOIN pg_catalog.pg_proc f ON r.class = 'pg_proc'::regclass AND f.oid = r.object
    ), relations AS MATERIALIZED (
        SELECT DISTINCT r.name, c.oid, n.nspname, c.relname, c.relkind
        -- From the trees, because pg_depend leaves out the catalogue.
        FROM trees r CROSS JOIN LATERAL regexp_matches(r.tree, ':relid (\d+)', 'g') m
        JOIN pg_catalog.pg_class c ON c.oid = m[1]::oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind NOT IN ('v', 'c') OR n.nspname IN ('pg_catalog', 'information_schema')
    ), called AS MATERIALIZED (
        SELECT DISTINCT r.name, f.oid, f.proname, f.provolatile, f.pronamespace, f.prosqlbody IS NOT NULL AS atomic
        FROM trees r
        CROSS JOIN LATERAL regexp_matches(r.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') m
        JOIN pg_catalog.pg_proc f ON f.oid = m[1]::oid
    )
    SELECT name, format('reads %s.%s: a source view reads canonical tables only', nspname, relname) FROM relations WHERE nspname <> 'canonical'
    UNION ALL
    SELECT r.name, format('reads canonical.%s, which is not tracked: its changes would never show', r.relname) FROM relations r
    WHERE r.nspname = 'canonical' AND NOT EXISTS (SELECT FROM engine.tracks t WHERE t.projection = r.name AND t.relation::regclass = r.oid)
    UNION ALL
    SELECT r.name, format('reads canonical.%s, which is no plain table: a write to a partition or to an inheriting table fires no trigger here', r.relname) FROM relations r
    WHERE r.nspname = 'canonical' AND (r.relkind <> 'r' OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE r.oid IN (i.inhrelid, i.inhparent)))
    UNION ALL
    SELECT s.name, 'its source view, or a view or function that it uses, was changed in place: stored rows are of the old definition; use engine.redefine' FROM source s
    WHERE s.definition <> engine.definition(s.view)
    UNION ALL
    SELECT t.projection, format('%s: the trigger %s is missing, or was switched off: changes may have passed it by', t.relation, c.trigger) FROM engine.passable(named) t CROSS JOIN unnest(t.triggers) c (trigger)
    UNION ALL
    SELECT t.projection, format('%s: the source view now reads other columns than its triggers watch; use engine.redefine', t.relation) FROM engine.tracks t JOIN source s ON s.name = t.projection
    WHERE t.reads <> engine.columns_read(s.view, t.relation::regclass)
    UNION ALL
    SELECT c.name, format('calls %s, which is %s: a source view must not depend on the clock, the session or chance', c.proname, CASE c.provolatile WHEN 'v' THEN 'volatile' ELSE 'not immutable' END) FROM called c
    WHERE c.provolatile <> 'i' AND c.proname NOT IN ('jsonb_agg', 'jsonb_build_object', 'jsonb_build_array', 'to_jsonb')
    UNION ALL
    SELECT c.name, format('calls %s, whose body PostgreSQL does not look into: write it as BEGIN ATOMIC or RETURN', c.oid::regprocedure) FROM called c
    WHERE NOT c.atomic AND c.pronamespace <> 'pg_catalog'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT DISTINCT r.name, 'reads the clock or the session (CURRENT_DATE, CURRENT_USER and their like)' FROM trees r WHERE r.tree LIKE '%{SQLVALUEFUNCTION %'
    UNION ALL
    -- Of all nodes, only COERCEVIAIO has these two fields side by side.
    SELECT DISTINCT r.name, 'converts text to a date or a time, which depends on the session' FROM trees r
    CROSS JOIN LATERAL regexp_matches(r.tree, ':resulttype (\d+) :resultcollid ', 'g') m
    JOIN pg_catalog.pg_type y ON y.oid = m[1]::oid
    WHERE y.typcategory IN ('D', 'T') OR EXISTS (SELECT FROM pg_catalog.pg_type i WHERE i.oid = y.typelem AND i.typcategory IN ('D', 'T'))
    UNION ALL
    SELECT DISTINCT r.name, 'converts a date, a time or a floating-point number to text, which depends on the session' FROM trees r
    CROSS JOIN LATERAL regexp_matches(r.tree, '\{COERCEVIAIO :arg \{[A-Z]+ [^{}]*?:(?:vartype|funcresulttype|opresulttype|resulttype|consttype|aggtype|casetype|coalescetype) (\d+)', 'g') m
    WHERE m[1]::oid IN ('date'::regtype, 'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'interval'::regtype, 'real'::regtype, 'double precision'::regtype)
    UNION ALL
    SELECT DISTINCT r.name, 'takes a random sample of a table' FROM trees r WHERE r.tree LIKE '%{TABLESAMPLECLAUSE %'
    UNION ALL
    SELECT s.name, format('column %s is of type %s, which has no equality; use jsonb', a.attname, a.atttypid::regtype) FROM source s JOIN pg_catalog.pg_attribute a ON a.attrelid = s.view
    WHERE a.atttypid IN ('json'::regtype, 'xml'::regtype)
    UNION ALL
    SELECT s.name, format('lacks the column %s, by which a stored row knows its parent', c) FROM source s CROSS JOIN unnest(ARRAY['organization_id', 'canonical_type', 'canonical_id']) c
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.view AND a.attname = c)
    UNION ALL
    SELECT s.name, 'the stored copy has no unique index on exactly its key' FROM source s
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = s.copy AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = cardinality(s.key)
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.copy AND a.attnum = ANY (i.indkey) AND a.attname <> ALL (s.key)))
    UNION ALL
    SELECT s.name, 'the stored copy does not have exactly the source view''s columns; use engine.redefine' FROM source s
    WHERE (SELECT array_agg(format('%s %s', a.attname, a.atttypid) ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.view AND a.attnum > 0 AND NOT a.attisdropped)
       IS DISTINCT FROM (SELECT array_agg(format('%s %s', a.attname, a.atttypid) ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.copy AND a.attnum > 0 AND NOT a.attisdropped)
    UNION ALL
    SELECT s.name, 'is not activated: its copy is empty' FROM source s WHERE s.activated_at IS NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- check raises an exception that lists all problems, or those of the named projection; it returns if there are none.
CREATE FUNCTION engine.check(projection text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found text := (SELECT string_agg(format('%s: %s', p.projection, p.problem), E'\n') FROM engine.problems("check".projection) p);
BEGIN
    IF found IS NOT NULL THEN
        RAISE EXCEPTION E'engine: these projections could be wrong or stale:\n%', found;
    END IF;
END $$;
-- +goose StatementEnd
