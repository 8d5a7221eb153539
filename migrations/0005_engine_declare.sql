-- The projection engine: declaring. The functions by which a migration creates a projection, says what marks it, and
-- drops it.

-- +goose Up
-- +goose StatementBegin
-- create_copy enters a projection in the catalogue, and makes the empty copy of source.NAME, which the engine alone may write.
CREATE FUNCTION engine.create_copy(name text, kind text, key text[], canonical_type text DEFAULT NULL, canonical_id text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engine.projections (name, kind, key, canonical_type, canonical_id) VALUES (name, kind, key, canonical_type, canonical_id);
    INSERT INTO engine.grains (projection, grain, columns) VALUES (name, 'key', key);
    INSERT INTO engine.low_water (projection) VALUES (name);
    IF kind = 'materialized_view' THEN
        EXECUTE format('CREATE MATERIALIZED VIEW projection.%1$I AS SELECT * FROM source.%1$I WITH NO DATA', name);
        EXECUTE format('CREATE UNIQUE INDEX %2$I ON projection.%1$I (%3$s)', name, name || '_pkey', engine.list(key, '%1$I'));
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE projection.%1$I AS SELECT * FROM source.%1$I WITH NO DATA', name);
    EXECUTE format('ALTER TABLE projection.%1$I ADD CONSTRAINT %2$I PRIMARY KEY (%3$s)', name, name || '_pkey', engine.list(key, '%1$I'));
    EXECUTE format('CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON projection.%I FOR EACH STATEMENT EXECUTE FUNCTION engine.guard()', name);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- create_marks makes a projection's marks table: the given columns, and those that every mark has. Marks are found by the
-- indexes that end in xid, of one organization or of all. It is never truncated by a vacuum, whose lock would cancel readers of a standby.
CREATE FUNCTION engine.create_marks(name text, columns text, comment text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TABLE marks.%1$I (
            id bigint GENERATED ALWAYS AS IDENTITY,
            %2$s,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT %3$I PRIMARY KEY (organization_id, id)
        ) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, vacuum_truncate = off,
                autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 1000000, autovacuum_analyze_scale_factor = 0)
        $sql$, name, columns, name || '_pkey');
    EXECUTE format('CREATE INDEX %2$I ON marks.%1$I (xid)', name, name || '_order_idx');
    -- While nothing is marked the table looks empty to the planner: of indexes that then cost the same it takes the last one.
    EXECUTE format('CREATE INDEX %2$I ON marks.%1$I (organization_id, xid)', name, name || '_xid_idx');
    EXECUTE format('COMMENT ON TABLE marks.%I IS %L', name, comment || ' Rows are only ever added and deleted.');
    EXECUTE format('COMMENT ON COLUMN marks.%I.xid IS %L', name, 'The transaction that added the row.');
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- create_projection makes an empty copy of source.NAME, its marks table and its catalogue row. The same migration
-- declares grains and tracks tables next; the projection is activated after the migration has committed.
CREATE FUNCTION engine.create_projection(name text, kind text, key text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.create_copy(name, kind, key);
    PERFORM engine.create_marks(name, 'organization_id bigint NOT NULL, grain text NOT NULL, '
        || (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = format('source.%I', name)::regclass AND a.attname = ANY (key[2:])),
        format('What may be behind in projection.%s.', name));
    PERFORM engine.build_dirty(name);
    PERFORM engine.build_source(name);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- declare_grain names a group of keys by columns (organization_id first). A group whose columns the stored rows carry needs
-- nothing more. A group that needs a mapping table gives its expansion: a SELECT of the key columns over canonical tables for
-- the mark m. The mapping table must itself be tracked by the key, so that a row that moves between groups marks itself. A
-- group that can gain keys of which none is marked gives an expansion too. few says that a mark never stands for more than a handful
-- of keys: it is then absorbed like a key, without being counted first.
CREATE FUNCTION engine.declare_grain(projection text, grain text, columns text[], expansion text DEFAULT NULL, few boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c text;
    typ text;
BEGIN
    IF expansion IS NULL AND NOT columns <@ engine.columns_of(format('projection.%I', projection)::regclass) THEN
        RAISE EXCEPTION 'engine: grain % of % names columns that the stored rows do not carry; give its expansion', grain, projection;
    END IF;
    INSERT INTO engine.grains VALUES (projection, grain, columns, expansion, few);
    FOREACH c IN ARRAY columns LOOP
        typ := COALESCE((SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                         WHERE attrelid = format('projection.%I', projection)::regclass AND attname = c), 'bigint');
        EXECUTE format('ALTER TABLE marks.%I ADD COLUMN IF NOT EXISTS %I %s', projection, c, typ);
    END LOOP;
    PERFORM engine.build_dirty(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- track installs the triggers that mark the projection when rows of a canonical table change. columns are those of the
-- table that give the grain's columns, in the same order. inserts may be false for a group that other rows join by
-- referring to this table's: a new row has no members yet, and a row that joins it later marks itself. track waits for
-- open writers and holds off new ones until its transaction ends; marking everything takes much longer and is therefore
-- left to engine.activate, in a later transaction. Once a table is tracked, the projection can be refreshed.
--
-- within lists COLUMN=SOURCE, or COLUMN where both have one name: all that a changed row concerns are rows that have, before or
-- after the change, the value of its SOURCE in the projection's COLUMN. A page of one store, say, or the items of one document then
-- leave the marks of the others alone.
--
-- relevant is a condition on a row of the table: the source view is the same with and without the rows that fail it.
CREATE FUNCTION engine.track(projection text, relation text, grain text, columns text[], inserts boolean DEFAULT true, within text[] DEFAULT '{}', relevant text DEFAULT 'true') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    pairs text[] := ARRAY(SELECT CASE WHEN w LIKE '%=%' THEN w ELSE w || '=' || w END FROM unnest(within) WITH ORDINALITY u(w, o) ORDER BY o);
    c text;
BEGIN
    IF NOT columns <@ engine.columns_of(relation::regclass) AND (SELECT p.kind <> 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        RAISE EXCEPTION 'engine: % is tracked by columns of % that it does not have: %', projection, relation, columns;
    END IF;
    INSERT INTO engine.tracks (projection, relation, grain, columns, reads, inserts, within, relevant)
    VALUES (projection, relation, grain, columns, engine.columns_read(format('source.%I', projection)::regclass, relation::regclass), inserts, pairs, relevant);
    FOR c IN SELECT split_part(w, '=', 1) FROM unnest(pairs) WITH ORDINALITY u(w, o)
             WHERE NOT EXISTS (SELECT FROM engine.projections p WHERE p.name = projection AND split_part(w, '=', 1) = ANY (p.within)) ORDER BY o LOOP
        UPDATE engine.projections p SET within = p.within || c WHERE p.name = projection;
        EXECUTE format('ALTER TABLE marks.%I ADD COLUMN %I %s', projection, 'within_' || c,
            (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = format('source.%I', projection)::regclass AND attname = c));
        EXECUTE format('CREATE INDEX %I ON marks.%I (organization_id, %I, xid)', projection || '_' || c || '_idx', projection, 'within_' || c);
        -- The last one of the indexes, again.
        EXECUTE format('DROP INDEX marks.%I', projection || '_xid_idx');
        EXECUTE format('CREATE INDEX %2$I ON marks.%1$I (organization_id, xid)', projection, projection || '_xid_idx');
        PERFORM engine.build_dirty(projection);
    END LOOP;
    PERFORM engine.build_capture(projection, relation);
    PERFORM engine.build_refresh(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- activate marks every key of a projection; a materialized view is filled instead. migrations.Up calls it for each new
-- projection after the file that created it has committed. It must see what the writers that track waited for have
-- committed: hence READ COMMITTED.
CREATE FUNCTION engine.activate(projection text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.lock(projection, 0);
    IF NOT EXISTS (SELECT FROM engine.tracks t WHERE t.projection = activate.projection) THEN
        RAISE EXCEPTION 'engine: % is activated before anything is tracked', projection;
    END IF;
    IF EXISTS (SELECT FROM engine.projections s WHERE s.kind = 'sum' AND s.activated_at IS NULL AND s.name <> projection
               AND EXISTS (SELECT FROM engine.read_by(format('source.%I', projection)::regclass) r WHERE r.object = format('source.%I', s.name)::regclass)) THEN
        RAISE EXCEPTION 'engine: % is activated before a sum that it reads', projection;
    END IF;
    UPDATE engine.projections SET activated_at = now(), definition = engine.definition(format('source.%I', projection)::regclass), built_at = CASE WHEN kind = 'materialized_view' THEN now() END WHERE name = projection;
    IF (SELECT kind FROM engine.projections WHERE name = projection) <> 'materialized_view' THEN
        PERFORM engine.build_refresh(projection);
        PERFORM engine.mark_all(projection);
        EXECUTE format('UPDATE engine.projections SET built_at = now() WHERE name = %1$L AND NOT EXISTS (SELECT FROM pending.%1$I)', projection);
    ELSE
        EXECUTE format('REFRESH MATERIALIZED VIEW projection.%I', projection);
    END IF;
    PERFORM engine.check(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- drop_projection drops a projection with everything that belongs to it, its source view included.
CREATE FUNCTION engine.drop_projection(name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    -- Writers are held off by a lock that lets readers pass. An exact read locks the copy, the view dirty, the marks, then
    -- canonical tables; dropping takes its locks in the same order, or the two would wait for each other. The triggers come
    -- last: dropping one locks readers out of its table.
    FOR t IN SELECT DISTINCT relation FROM engine.tracks WHERE projection = drop_projection.name ORDER BY relation LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', t.relation);
    END LOOP;
    IF (SELECT kind <> 'materialized_view' FROM engine.projections p WHERE p.name = drop_projection.name) THEN
        EXECUTE format('LOCK TABLE projection.%I IN ACCESS EXCLUSIVE MODE', name);
    END IF;
    EXECUTE format('DROP FUNCTION IF EXISTS refresh.%I', name);
    EXECUTE format('DROP FUNCTION marks.%I()', name);
    EXECUTE format('DROP VIEW IF EXISTS exact.%I', name);
    EXECUTE format('DROP VIEW IF EXISTS dirty.%I', name);
    EXECUTE format('DROP VIEW pending.%I', name);
    EXECUTE format('DROP FUNCTION IF EXISTS dirty.%I', name);
    EXECUTE format('DROP FUNCTION IF EXISTS pending.%I', name);
    EXECUTE format('DROP %s projection.%I', (SELECT CASE kind WHEN 'materialized_view' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END FROM engine.projections p WHERE p.name = drop_projection.name), name);
    EXECUTE format('DROP TABLE marks.%I', name);
    EXECUTE format('DROP FUNCTION IF EXISTS source.%I', name);
    EXECUTE format('DROP VIEW source.%I', name);
    FOR t IN SELECT DISTINCT relation, split_part(relation, '.', 2) AS short FROM engine.tracks WHERE projection = drop_projection.name ORDER BY relation LOOP
        EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', c.trigger, t.relation), ';') FROM engine.capturing(drop_projection.name) c);
        EXECUTE format('DROP FUNCTION marks.%I()', name || '_from_' || t.short);
    END LOOP;
    DELETE FROM engine.projections p WHERE p.name = drop_projection.name;
END $$;
-- +goose StatementEnd
