-- The projection engine: what migrations call to create, change and drop projections.

-- +goose Up
-- +goose StatementBegin
-- create_projection makes an empty copy of source.NAME, its marks table and its catalogue
-- row. Then declare_grain and track as needed, in this order and in one transaction: a writer
-- that is open meanwhile would otherwise be lost. Who applies the migration activates it.
CREATE FUNCTION engine.create_projection(name text, kind text, key text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    source regclass := format('source.%I', name)::regclass;
BEGIN
    INSERT INTO engine.projections (name, kind, key) VALUES (create_projection.name, create_projection.kind, create_projection.key);
    INSERT INTO engine.grains (projection, grain, columns) VALUES (create_projection.name, 'key', create_projection.key);
    IF kind = 'table' THEN
        EXECUTE format('CREATE TABLE projection.%1$I AS SELECT * FROM source.%1$I WITH NO DATA', name);
        EXECUTE format('ALTER TABLE projection.%1$I ADD CONSTRAINT %2$I PRIMARY KEY (%3$s)', name, name || '_pkey', engine.list(key, '%1$I'));
        EXECUTE format('CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON projection.%I FOR EACH STATEMENT EXECUTE FUNCTION engine.guard()', name);
    ELSE
        EXECUTE format('CREATE MATERIALIZED VIEW projection.%1$I AS SELECT * FROM source.%1$I WITH NO DATA', name);
        EXECUTE format('CREATE UNIQUE INDEX %2$I ON projection.%1$I (%3$s)', name, name || '_pkey', engine.list(key, '%1$I'));
    END IF;
    EXECUTE format($sql$
        CREATE TABLE marks.%1$I (
            id bigint GENERATED ALWAYS AS IDENTITY,
            organization_id bigint NOT NULL,
            grain text NOT NULL,
            %2$s,
            marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT %3$I PRIMARY KEY (organization_id, id)
        ) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0,
                autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 1000000, autovacuum_analyze_scale_factor = 0)
        $sql$, name,
        (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = source AND a.attname = ANY (key[2:])),
        name || '_pkey');
    EXECUTE format('COMMENT ON TABLE marks.%1$I IS %2$L', name, format('What may be behind in projection.%s. Rows are only ever added and deleted.', name));
    PERFORM engine.build_dirty(name);
    PERFORM engine.build_source(name);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- declare_grain names a group of keys by columns (organization_id first). A group whose
-- columns the stored rows carry needs nothing more. One that needs a mapping table gives its
-- expansion: SELECT of the key columns over canonical tables for the mark m. The mapping
-- table must itself be tracked by the key, so that what moves between groups marks itself.
-- So must a group that can gain keys without one of them being marked.
CREATE FUNCTION engine.declare_grain(projection text, grain text, columns text[], expansion text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c text;
    typ text;
BEGIN
    IF expansion IS NULL AND NOT columns <@ engine.columns_of(format('projection.%I', projection)::regclass) THEN
        RAISE EXCEPTION 'engine: grain % of % names columns that the stored rows do not carry; give its expansion', grain, projection;
    END IF;
    INSERT INTO engine.grains VALUES (projection, grain, columns, expansion);
    FOREACH c IN ARRAY columns LOOP
        typ := COALESCE((SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                         WHERE attrelid = format('projection.%I', projection)::regclass AND attname = c), 'bigint');
        EXECUTE format('ALTER TABLE marks.%I ADD COLUMN IF NOT EXISTS %I %s', projection, c, typ);
    END LOOP;
    PERFORM engine.build_dirty(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- track installs the triggers that mark the projection when rows of a canonical table
-- change. columns are those of the table that give the grain's columns, in the same order.
-- inserts may be false for a group that other rows join by referring to this table's: a new
-- row has nobody yet, and what joins it later marks itself. It waits for open writers, and
-- holds writers off until the transaction ends: so a migration creates, declares and tracks,
-- and leaves the activation to who applies it. From here on the projection can be refreshed.
CREATE FUNCTION engine.track(projection text, relation text, grain text, columns text[], inserts boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engine.tracks (projection, relation, grain, columns, reads, inserts)
    VALUES (projection, relation, grain, columns, engine.columns_read(format('source.%I', projection)::regclass, relation::regclass), inserts);
    PERFORM engine.build_capture(projection, relation);
    PERFORM engine.build_refresh(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- activate, last, marks everything (a materialized view is filled instead). It must see
-- what the writers that track waited for have committed: hence READ COMMITTED.
CREATE FUNCTION engine.activate(projection text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.lock(projection, 0);
    IF NOT EXISTS (SELECT FROM engine.tracks t WHERE t.projection = activate.projection) THEN
        RAISE EXCEPTION 'engine: % is activated before anything is tracked', projection;
    END IF;
    UPDATE engine.projections SET activated_at = now(), definition = engine.definition(format('source.%I', projection)::regclass), built_at = CASE WHEN kind = 'materialized_view' THEN now() END WHERE name = projection;
    IF (SELECT kind FROM engine.projections WHERE name = projection) = 'table' THEN
        PERFORM engine.build_refresh(projection);
        PERFORM engine.mark_all(projection);
        EXECUTE format('UPDATE engine.projections SET built_at = now() WHERE name = %1$L AND NOT EXISTS (SELECT FROM marks.%1$I)', projection);
    ELSE
        EXECUTE format('REFRESH MATERIALIZED VIEW projection.%I', projection);
    END IF;
    PERFORM engine.check(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- drop_projection removes a projection with everything that belongs to it, its source view
-- included.
CREATE FUNCTION engine.drop_projection(name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    -- Writers are held off by a lock that lets readers pass. Readers of pages lock the copy, the
    -- view dirty, marks, then canonical tables: they are taken from them in this order, or the
    -- two would wait for each other. Dropping a trigger locks readers out of its table.
    FOR t IN SELECT DISTINCT relation FROM engine.tracks WHERE projection = drop_projection.name ORDER BY relation LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', t.relation);
    END LOOP;
    IF (SELECT kind = 'table' FROM engine.projections p WHERE p.name = drop_projection.name) THEN
        EXECUTE format('LOCK TABLE projection.%I IN ACCESS EXCLUSIVE MODE', name);
    END IF;
    EXECUTE format('DROP FUNCTION IF EXISTS refresh.%I', name);
    EXECUTE format('DROP VIEW dirty.%I', name);
    EXECUTE format('DROP FUNCTION dirty.%I', name);
    EXECUTE format('DROP %s projection.%I', (SELECT CASE kind WHEN 'table' THEN 'TABLE' ELSE 'MATERIALIZED VIEW' END FROM engine.projections p WHERE p.name = drop_projection.name), name);
    EXECUTE format('DROP TABLE marks.%I', name);
    EXECUTE format('DROP FUNCTION source.%I', name);
    EXECUTE format('DROP VIEW source.%I', name);
    FOR t IN SELECT DISTINCT relation, split_part(relation, '.', 2) AS short FROM engine.tracks WHERE projection = drop_projection.name ORDER BY relation LOOP
        EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', format('mark_%s_%s', drop_projection.name, e), t.relation), ';')
                 FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) e);
        EXECUTE format('DROP FUNCTION marks.%I()', name || '_from_' || t.short);
    END LOOP;
    DELETE FROM engine.projections p WHERE p.name = drop_projection.name;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- redefine gives a projection a new definition while the old one goes on answering. It
-- creates source.NAME__next and its copy, with the grains, tracks, indexes and statistics
-- targets of the current one; a migration may add to them, then activates NAME__next. Once the
-- next copy has no dirty rows, engine.switch puts it in the current one's place.
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
        PERFORM engine.declare_grain(next, r.grain, r.columns, r.expansion);
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
    FOR r IN SELECT * FROM engine.tracks WHERE projection = name ORDER BY relation, grain LOOP
        PERFORM engine.track(next, r.relation, r.grain, r.columns, r.inserts);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- switch puts the next copy of a projection in the current one's place, in one short
-- transaction that holds off writers. It answers false, and switches nothing, while the next
-- copy has more than a few dirty rows; who calls it drains them and tries again.
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
    -- Between the last refresh and the locks a busy table always gets some marks: few enough,
    -- they are absorbed here.
    EXECUTE format('SELECT count(*) BETWEEN 1 AND 200 FROM (SELECT FROM marks.%I LIMIT 201) m', next) INTO waiting;
    IF waiting AND (SELECT kind = 'table' FROM engine.projections p WHERE p.name = next) THEN
        FOR r IN EXECUTE format('SELECT DISTINCT organization_id FROM marks.%I', next) LOOP
            EXECUTE format('SELECT refresh.%I($1, 200)', next) USING r.organization_id;
        END LOOP;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM marks.%I)', next) INTO waiting;
    IF waiting THEN
        RETURN false;
    END IF;
    UPDATE engine.projections n SET replaces = NULL, paused = c.paused FROM engine.projections c WHERE n.name = next AND c.name = switch.name;
    EXECUTE format('DROP FUNCTION IF EXISTS refresh.%I', next);
    EXECUTE format('DROP FUNCTION source.%I', next);
    EXECUTE format('DROP FUNCTION dirty.%I', next);
    PERFORM engine.drop_projection(name);
    FOR r IN SELECT DISTINCT relation, split_part(relation, '.', 2) AS short FROM engine.tracks WHERE projection = next LOOP
        EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', format('mark_%s_%s', next, e), r.relation), ';')
                 FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) e);
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
    EXECUTE format('ALTER INDEX marks.%I RENAME TO %I', next || '_pkey', name || '_pkey');
    EXECUTE format('ALTER VIEW source.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER %s projection.%I RENAME TO %I',
        (SELECT CASE kind WHEN 'table' THEN 'TABLE' ELSE 'MATERIALIZED VIEW' END FROM engine.projections p WHERE p.name = switch.name), next, name);
    EXECUTE format('ALTER TABLE marks.%I RENAME TO %I', next, name);
    EXECUTE format('ALTER SEQUENCE marks.%I RENAME TO %I', next || '_id_seq', name || '_id_seq');
    EXECUTE format('ALTER VIEW dirty.%I RENAME TO %I', next, name);
    EXECUTE format('COMMENT ON TABLE marks.%1$I IS %2$L', name, format('What may be behind in projection.%s. Rows are only ever added and deleted.', name));
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
