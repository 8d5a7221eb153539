-- The projection engine: new definitions. A projection, or a view of constants that projections read, is given its next
-- definition while the current one goes on answering.

-- +goose Up
-- +goose StatementBegin
-- redefine gives a projection a new definition while the current one goes on answering. It creates source.NAME__next and its
-- copy, with the grains, tracks, indexes and statistics targets of the current one, to which a migration may add. NAME__next is
-- activated after the migration has committed; once it has no dirty rows, engine.switch puts it in the current one's place.
CREATE FUNCTION engine.redefine(name text, definition text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    next text := name || '__next';
    r record;
BEGIN
    EXECUTE format('CREATE VIEW source.%I AS %s', next, definition);
    PERFORM engine.create_projection(next, p.kind, p.key) FROM engine.projections p WHERE p.name = redefine.name;
    UPDATE engine.projections p SET replaces = redefine.name,
        minimum_interval = (SELECT c.minimum_interval FROM engine.projections c WHERE c.name = redefine.name)
    WHERE p.name = next;
    FOR r IN SELECT * FROM engine.grains WHERE projection = name AND grain <> 'key' ORDER BY grain LOOP
        PERFORM engine.declare_grain(next, r.grain, r.columns, r.expansion, r.few);
    END LOOP;
    FOR r IN SELECT i.relname, pg_get_indexdef(i.oid) AS definition
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
             WHERE x.indrelid = format('projection.%I', name)::regclass AND NOT x.indisprimary AND i.relname <> name || '_pkey' LOOP
        EXECUTE replace(replace(r.definition, format(' %I ON ', r.relname), format(' %I ON ', r.relname || '__next')), format(' ON projection.%I ', name), format(' ON projection.%I ', next));
    END LOOP;
    FOR r IN SELECT a.attname, a.attstattarget, CASE p.kind WHEN 'table' THEN 'TABLE' ELSE 'MATERIALIZED VIEW' END AS kind
             FROM pg_attribute a JOIN engine.projections p ON p.name = redefine.name
             WHERE a.attrelid = format('projection.%I', redefine.name)::regclass AND a.attnum > 0 AND a.attstattarget > 0
               AND a.attname = ANY (engine.columns_of(format('projection.%I', next)::regclass)) LOOP
        EXECUTE format('ALTER %s projection.%I ALTER COLUMN %I SET STATISTICS %s', r.kind, next, r.attname, r.attstattarget);
    END LOOP;
    -- Other rows than before may be relevant to the new definition.
    FOR r IN SELECT * FROM engine.tracks WHERE projection = name ORDER BY relation, grain LOOP
        PERFORM engine.track(next, r.relation, r.grain, r.columns, r.inserts, r.within);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- switch puts the next copy of a projection in the current one's place, in one short transaction that holds off writers. It
-- returns false, and switches nothing, while the next copy has more than a few dirty rows; the caller drains them and calls
-- again.
CREATE FUNCTION engine.switch(name text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    next text := name || '__next';
    waiting boolean;
    r record;
BEGIN
    FOR r IN SELECT DISTINCT relation FROM engine.tracks WHERE projection IN (name, next) ORDER BY relation LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', r.relation);
    END LOOP;
    PERFORM engine.lock(next, 0);
    -- A busy table always gets some marks between the last refresh and the locks. If they are few, they are absorbed here.
    EXECUTE format('SELECT count(*) BETWEEN 1 AND 200 FROM (SELECT FROM pending.%I LIMIT 201) m', next) INTO waiting;
    IF waiting AND (SELECT kind <> 'materialized_view' FROM engine.projections p WHERE p.name = next) THEN
        FOR r IN EXECUTE format('SELECT DISTINCT organization_id FROM pending.%I', next) LOOP
            EXECUTE format('SELECT refresh.%I($1, 200)', next) USING r.organization_id;
        END LOOP;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM pending.%I)', next) INTO waiting;
    IF waiting THEN
        RETURN false;
    END IF;
    -- The next copy has no dirty rows here, which is what built_at says.
    UPDATE engine.projections n SET replaces = NULL, paused = c.paused, built_at = COALESCE(n.built_at, now()) FROM engine.projections c WHERE n.name = next AND c.name = switch.name;
    EXECUTE format('DROP FUNCTION IF EXISTS refresh.%I', next);
    EXECUTE format('DROP FUNCTION IF EXISTS source.%I', next);
    EXECUTE format('DROP FUNCTION IF EXISTS dirty.%I', next);
    EXECUTE format('DROP FUNCTION IF EXISTS pending.%I', next);
    EXECUTE format('DROP FUNCTION marks.%I()', next);
    PERFORM engine.drop_projection(name);
    FOR r IN SELECT DISTINCT relation, split_part(relation, '.', 2) AS short FROM engine.tracks WHERE projection = next LOOP
        EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', c.trigger, r.relation), ';') FROM engine.capturing(next) c);
        EXECUTE format('DROP FUNCTION marks.%I()', next || '_from_' || r.short);
    END LOOP;
    UPDATE engine.projections SET name = switch.name WHERE engine.projections.name = next;
    FOR r IN SELECT c.oid::regclass AS index, left(c.relname, -6) AS short, n.nspname
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'projection' AND c.relkind = 'i' AND c.relname LIKE '%\_\_next'
               AND EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = c.oid AND x.indrelid = format('projection.%I', next)::regclass) LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %I', r.index, r.short);
    END LOOP;
    EXECUTE format('ALTER INDEX projection.%I RENAME TO %I', next || '_pkey', name || '_pkey');
    FOR r IN SELECT c.oid::regclass AS index, name || substr(c.relname, length(next) + 1) AS short
             FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = format('marks.%I', next)::regclass LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %I', r.index, r.short);
    END LOOP;
    EXECUTE format('ALTER VIEW source.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER %s projection.%I RENAME TO %I',
        (SELECT CASE kind WHEN 'materialized_view' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END FROM engine.projections p WHERE p.name = switch.name), next, name);
    EXECUTE format('ALTER TABLE marks.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER SEQUENCE marks.%I RENAME TO %I', next || '_id_seq', name || '_id_seq');
    EXECUTE format('ALTER VIEW pending.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER VIEW IF EXISTS dirty.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER VIEW IF EXISTS exact.%I RENAME TO %I', next, name);
    EXECUTE format('COMMENT ON TABLE marks.%1$I IS %2$L', name, replace(obj_description(format('marks.%I', name)::regclass), next, name));
    PERFORM engine.build_pending(name);
    PERFORM engine.build_dirty(name);
    PERFORM engine.build_source(name);
    PERFORM engine.build_refresh(name);
    FOR r IN SELECT DISTINCT relation FROM engine.tracks WHERE projection = name ORDER BY relation LOOP
        PERFORM engine.build_capture(name, r.relation);
    END LOOP;
    PERFORM engine.check(name);
    RETURN true;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- redefine_constants gives a canonical view of constants ('canonical.NAME') new rows, and so all projections that read
-- it a new definition, while reads go on seeing the current rows. It creates canonical.NAME__next, and next copies that read
-- it, still to be activated; the switch to the last of these copies puts the constants in place too. The source views must name
-- the constants themselves, under an alias. If a new definition of one of them is waiting already, this change joins it.
CREATE FUNCTION engine.redefine_constants(constants text, definition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    next text := constants || '__next';
    named text := '\m' || replace(constants, '.', '\.') || '(__next)?\M';
    copy text;
    source text;
    p record;
BEGIN
    -- A view of a bare VALUES list with names of its own is printed otherwise after a restore, and so would look changed.
    EXECUTE format('CREATE OR REPLACE VIEW %1$s AS SELECT * FROM (%3$s) AS constant (%2$s)', next, engine.list(engine.columns_of(constants::regclass), '%1$I'), definition);
    EXECUTE format('COMMENT ON VIEW %s IS %L', next, obj_description(constants::regclass));
    FOR p IN SELECT c.name, n.name AS waiting FROM engine.projections c LEFT JOIN engine.projections n ON n.replaces = c.name
             WHERE c.replaces IS NULL AND EXISTS (
                 SELECT FROM engine.read_by(format('source.%I', COALESCE(n.name, c.name))::regclass) r
                 WHERE r.class = 'pg_class'::regclass AND r.object IN (constants::regclass, next::regclass))
             ORDER BY c.name LOOP
        IF p.waiting IS NULL THEN
            PERFORM engine.redefine(p.name, pg_get_viewdef(format('source.%I', p.name)::regclass));
        END IF;
        -- The next copy is not read yet, so its view may be replaced in place.
        copy := p.name || '__next';
        source := pg_get_viewdef(format('source.%I', copy)::regclass);
        IF source !~ named THEN
            RAISE EXCEPTION 'engine: % does not read % itself', p.name, constants;
        END IF;
        EXECUTE format('CREATE OR REPLACE VIEW source.%I AS %s', copy, regexp_replace(source, named, next, 'g'));
        UPDATE engine.grains g SET expansion = regexp_replace(g.expansion, named, next, 'g') WHERE g.projection = copy;
        PERFORM engine.build_dirty(copy);
        PERFORM engine.build_refresh(copy);
        UPDATE engine.projections q SET activated_at = NULL, built_at = NULL WHERE q.name = copy;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- switch_constants ends what redefine_constants began: once no projection reads the old constants any more, the next ones take
-- their name. It runs while engine.switch drops the last copy that read the old ones, and before engine.switch builds the
-- functions of the new copy from its grains.
CREATE FUNCTION engine.switch_constants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    v record;
    p text;
    readers text[];
BEGIN
    FOR v IN SELECT format('canonical.%I', c.relname) AS next, format('canonical.%I', left(c.relname, -6)) AS constants, left(c.relname, -6) AS short
             FROM pg_class c WHERE c.relnamespace = 'canonical'::regnamespace AND c.relkind = 'v' AND c.relname LIKE '%\_\_next' LOOP
        CONTINUE WHEN EXISTS (SELECT FROM engine.projections q CROSS JOIN LATERAL engine.read_by(format('source.%I', q.name)::regclass) r
                              WHERE r.class = 'pg_class'::regclass AND r.object = v.constants::regclass);
        -- A projection whose definition was changed otherwise keeps its old fingerprint, so that engine.check reports it.
        readers := ARRAY(SELECT q.name FROM engine.projections q WHERE q.definition = engine.definition(format('source.%I', q.name)::regclass)
            AND EXISTS (SELECT FROM engine.read_by(format('source.%I', q.name)::regclass) r WHERE r.class = 'pg_class'::regclass AND r.object = v.next::regclass));
        EXECUTE format('DROP VIEW %s', v.constants);
        EXECUTE format('ALTER VIEW %s RENAME TO %I', v.next, v.short);
        FOREACH p IN ARRAY readers LOOP
            UPDATE engine.projections q SET definition = engine.definition(format('source.%I', p)::regclass) WHERE q.name = p;
            UPDATE engine.grains g SET expansion = regexp_replace(g.expansion, '\m' || replace(v.next, '.', '\.') || '\M', v.constants, 'g') WHERE g.projection = p;
            IF p NOT LIKE '%\_\_next' THEN
                PERFORM engine.build_dirty(p);
                PERFORM engine.build_refresh(p);
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER switch_constants AFTER DELETE ON engine.projections
    FOR EACH STATEMENT EXECUTE FUNCTION engine.switch_constants();
