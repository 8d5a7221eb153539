-- +goose Up

-- The projection engine: its catalogue, and the functions that migrations call.
-- The words are those of the Go package projection; its comment explains them.

CREATE TABLE engine.projections (
    name text CONSTRAINT projections_pkey PRIMARY KEY CONSTRAINT projections_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,50}$'),
    kind text NOT NULL CONSTRAINT projections_kind_check CHECK (kind IN ('table', 'materialized_view')),
    key text[] NOT NULL CONSTRAINT projections_key_check CHECK (key[1] = 'organization_id'),
    replaces text CONSTRAINT projections_replaces_fkey REFERENCES engine.projections,
    paused boolean NOT NULL DEFAULT false,
    activated_at timestamptz,
    built_at timestamptz,
    minimum_interval interval NOT NULL DEFAULT '0',
    refresh_started_at timestamptz,
    verified_at timestamptz,
    drift_found bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE engine.projections IS 'Every stored copy: source.NAME is its definition, projection.NAME the copy, marks.NAME what may be behind, dirty.NAME the keys that are.';
COMMENT ON COLUMN engine.projections.replaces IS 'Set on the next copy that engine.redefine builds beside the current one.';
COMMENT ON COLUMN engine.projections.paused IS 'Nobody refreshes a paused projection; exact reads stay exact.';
COMMENT ON COLUMN engine.projections.built_at IS 'When the copy first had no dirty rows; until then it is not ready to be read.';
COMMENT ON COLUMN engine.projections.minimum_interval IS 'The shortest time between two refreshes of a materialized view.';

CREATE TABLE engine.grains (
    projection text NOT NULL CONSTRAINT grains_projection_fkey REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE,
    grain text NOT NULL,
    columns text[] NOT NULL CONSTRAINT grains_columns_check CHECK (columns[1] = 'organization_id'),
    expansion text,
    CONSTRAINT grains_pkey PRIMARY KEY (projection, grain)
);
COMMENT ON TABLE engine.grains IS 'What a mark can name: the own key (grain key), or a group of keys.';
COMMENT ON COLUMN engine.grains.expansion IS 'SELECT of the key columns after organization_id over canonical tables, for the mark m; in addition to the stored rows that carry the group''s columns.';

CREATE TABLE engine.tracks (
    projection text NOT NULL,
    relation text NOT NULL,
    grain text NOT NULL,
    columns text[] NOT NULL,
    reads text[] NOT NULL DEFAULT '{}',
    CONSTRAINT tracks_pkey PRIMARY KEY (projection, relation, grain),
    CONSTRAINT tracks_grain_fkey FOREIGN KEY (projection, grain) REFERENCES engine.grains ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON COLUMN engine.tracks.columns IS 'The columns of the canonical table that give the grain''s columns, in the same order.';
COMMENT ON COLUMN engine.tracks.reads IS 'The columns of the canonical table that the source view reads: only their changes mark.';

CREATE TABLE engine.quarantine (
    projection text NOT NULL CONSTRAINT quarantine_projection_fkey REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE,
    organization_id bigint NOT NULL,
    key text[] NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 1,
    CONSTRAINT quarantine_pkey PRIMARY KEY (projection, organization_id, key)
);
COMMENT ON TABLE engine.quarantine IS 'Keys whose source row cannot be computed. Reads return their stored row and flag it.';

-- Lists ------------------------------------------------------------------------------

-- +goose StatementBegin
-- list renders each column by a format with %1$I in it, joined by the separator.
CREATE FUNCTION engine.list(columns text[], template text, separator text DEFAULT ', ') RETURNS text
LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(format(template, c), separator ORDER BY o) FROM unnest(columns) WITH ORDINALITY AS u(c, o));
-- +goose StatementEnd

-- +goose StatementBegin
-- columns_of lists a relation's columns in their order.
CREATE FUNCTION engine.columns_of(relation regclass) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(attname::text ORDER BY attnum) FROM pg_catalog.pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- read_by lists what a source view reads, through other views and SQL functions: every
-- relation with the columns it uses (all of them where a whole row is used, which
-- pg_depend does not show), and every function. rule is the node tree it was found in.
CREATE FUNCTION engine.read_by(view regclass)
RETURNS TABLE (class oid, object oid, attribute int, whole_row boolean, rule text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE body(class, object, tree) AS (
        SELECT 'pg_class'::regclass::oid, view::oid, (SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = view AND rulename = '_RETURN')
        UNION
        SELECT d.refclassid, d.refobjid,
               COALESCE((SELECT w.ev_action::text FROM pg_catalog.pg_rewrite w WHERE d.refclassid = 'pg_class'::regclass AND w.ev_class = d.refobjid AND w.rulename = '_RETURN'),
                        (SELECT p.prosqlbody::text FROM pg_catalog.pg_proc p WHERE d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid))
        FROM body b
        JOIN pg_catalog.pg_depend d ON
            (b.class = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass
                AND d.objid = (SELECT w.oid FROM pg_catalog.pg_rewrite w WHERE w.ev_class = b.object AND w.rulename = '_RETURN'))
            OR (b.class = 'pg_proc'::regclass AND d.classid = 'pg_proc'::regclass AND d.objid = b.object)
        WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass) AND d.refobjid <> b.object AND b.tree IS NOT NULL
    )
    SELECT d.refclassid, d.refobjid, d.refobjsubid, b.tree ~ ':varattno 0 ', b.tree
    FROM body b
    JOIN pg_catalog.pg_depend d ON
        (b.class = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass
            AND d.objid = (SELECT w.oid FROM pg_catalog.pg_rewrite w WHERE w.ev_class = b.object AND w.rulename = '_RETURN'))
        OR (b.class = 'pg_proc'::regclass AND d.classid = 'pg_proc'::regclass AND d.objid = b.object)
    WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass) AND d.refobjid <> b.object AND b.tree IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- columns_read lists the columns of one canonical table that a source view reads.
CREATE FUNCTION engine.columns_read(view regclass, relation regclass) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT COALESCE(array_agg(a.attname::text ORDER BY a.attnum), '{}')
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
      AND EXISTS (SELECT FROM engine.read_by(view) r
                  WHERE r.class = 'pg_class'::regclass AND r.object = relation AND (r.whole_row OR r.attribute = a.attnum));
END;
-- +goose StatementEnd

-- Building blocks of the generated SQL -------------------------------------------------

-- +goose StatementBegin
-- expansion is the SQL that turns the mark m into key columns (after organization_id): one
-- arm for each grain. Every arm is fenced, so that it always starts from the mark. A NULL is
-- no key, and would make the NOT IN of an exact read leave out every row.
CREATE FUNCTION engine.expansion(projection text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    p engine.projections;
    g engine.grains;
    keys text[];
    stored text[] := engine.columns_of(format('projection.%I', projection)::regclass);
    arms text[] := '{}';
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    keys := p.key[2:];
    FOR g IN SELECT * FROM engine.grains e WHERE e.projection = p.name ORDER BY e.grain <> 'key', e.grain LOOP
        IF g.grain = 'key' THEN
            arms := arms || format('SELECT %s WHERE m.grain = %L', engine.list(keys, 'm.%1$I'), g.grain);
            CONTINUE;
        END IF;
        IF g.columns <@ stored THEN
            arms := arms || format('(SELECT %s FROM projection.%I p WHERE m.grain = %L AND %s OFFSET 0)',
                engine.list(keys, 'p.%1$I'), p.name, g.grain, engine.list(g.columns, 'p.%1$I = m.%1$I', ' AND '));
        END IF;
        IF g.expansion IS NOT NULL THEN
            arms := arms || format('(SELECT %s FROM (%s) e WHERE m.grain = %L AND %s OFFSET 0)', engine.list(keys, 'e.%1$I'), g.expansion, g.grain, engine.list(keys, 'e.%1$I IS NOT NULL', ' AND '));
        END IF;
    END LOOP;
    RETURN array_to_string(arms, E'\n        UNION ALL ');
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION engine.build_dirty(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key[2:] FROM engine.projections p WHERE p.name = projection);
BEGIN
    EXECUTE format($sql$
        CREATE OR REPLACE VIEW dirty.%1$I AS
        SELECT m.organization_id, %2$s
        FROM marks.%1$I m CROSS JOIN LATERAL (%3$s) k
        WHERE NOT EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %1$L AND q.organization_id = m.organization_id AND q.key = ARRAY[%4$s])
        $sql$, projection, engine.list(keys, 'k.%1$I'), engine.expansion(projection), engine.list(keys, 'k.%1$I::text'));
    EXECUTE format('COMMENT ON VIEW dirty.%1$I IS %2$L', projection,
        format('The keys of projection.%s whose stored row may be behind, as this snapshot sees them; a key may stand here more than once.', projection));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- note adds a projection to the transaction's list of marked ones: who commits enqueues
-- their refresh.
CREATE FUNCTION engine.note(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    noted text := COALESCE(current_setting('engine.marked', true), '');
BEGIN
    IF noted = '' THEN
        PERFORM set_config('engine.marked', projection, true);
    ELSIF projection <> ALL (string_to_array(noted, ',')) THEN
        PERFORM set_config('engine.marked', noted || ',' || projection, true);
    END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- build_capture writes the trigger function that marks a projection when one canonical
-- table changes, and its triggers: one for each event. A mark is made from the changed row
-- alone, old and new; a change counts when a column that the source view reads, or a
-- grain's column, changed its image.
CREATE FUNCTION engine.build_capture(projection text, relation text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    short text := (SELECT relname FROM pg_class WHERE oid = relation::regclass);
    t engine.tracks;
    g engine.grains;
    primary_key text[] := (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                           WHERE i.indrelid = relation::regclass AND i.indisprimary);
    image text[];
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
    inserted text := '';
    deleted text := '';
    updated text := '';
    event text;
BEGIN
    -- A longer name would be cut off, and two tables could share one function.
    IF length(regexp_replace(projection, '__next$', '') || '__next_from_' || short) > 63 OR length(projection) > 48 THEN
        RAISE EXCEPTION 'engine: the names % and % are too long together', projection, relation;
    END IF;
    IF primary_key IS NULL THEN
        RAISE EXCEPTION 'engine: % has no primary key, so a changed row cannot be told from a new one', relation;
    END IF;
    FOR t IN SELECT * FROM engine.tracks e WHERE e.projection = build_capture.projection AND e.relation = build_capture.relation ORDER BY e.grain LOOP
        SELECT * INTO STRICT g FROM engine.grains e WHERE e.projection = t.projection AND e.grain = t.grain;
        image := (SELECT array_agg(DISTINCT c) FROM unnest(t.reads || t.columns || primary_key) c);
        inserted := inserted || format(E'\n        INSERT INTO marks.%1$I (grain, %2$s) SELECT DISTINCT %3$L, %4$s FROM new_rows r WHERE %5$s; marked := marked OR FOUND;',
            projection, engine.list(g.columns, '%1$I'), t.grain, engine.list(t.columns, 'r.%1$I'), engine.list(t.columns, 'r.%1$I IS NOT NULL', ' AND '));
        deleted := deleted || format(E'\n        INSERT INTO marks.%1$I (grain, %2$s) SELECT DISTINCT %3$L, %4$s FROM old_rows r WHERE %5$s; marked := marked OR FOUND;',
            projection, engine.list(g.columns, '%1$I'), t.grain, engine.list(t.columns, 'r.%1$I'), engine.list(t.columns, 'r.%1$I IS NOT NULL', ' AND '));
        updated := updated || format($sql$
        INSERT INTO marks.%1$I (grain, %2$s)
        SELECT DISTINCT %3$L, %4$s
        FROM old_rows o FULL JOIN new_rows n ON %5$s
        CROSS JOIN LATERAL (VALUES (%6$s), (%7$s)) v (%8$s)
        WHERE (o.%9$I IS NULL OR n.%9$I IS NULL OR ROW(%10$s)::record OPERATOR(pg_catalog.*<>) ROW(%11$s)::record) AND %12$s;
        marked := marked OR FOUND;$sql$,
            projection, engine.list(g.columns, '%1$I'), t.grain, engine.list(g.columns, 'v.%1$I'),
            engine.list(primary_key, 'o.%1$I = n.%1$I', ' AND '), engine.list(t.columns, 'o.%1$I'), engine.list(t.columns, 'n.%1$I'),
            engine.list(g.columns, '%1$I'), primary_key[1], engine.list(image, 'o.%1$I'), engine.list(image, 'n.%1$I'),
            engine.list(g.columns, 'v.%1$I IS NOT NULL', ' AND '));
    END LOOP;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION marks.%1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            marked boolean := false;
        BEGIN
            IF TG_OP = 'INSERT' THEN%2$s
            ELSIF TG_OP = 'UPDATE' THEN%3$s
            ELSIF TG_OP = 'DELETE' THEN%4$s
            ELSE
                -- An older snapshot would not see all the keys that are stored by now.
                IF current_setting('transaction_isolation') <> 'read committed' THEN
                    RAISE EXCEPTION 'TRUNCATE of a table that projections are made from needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
                END IF;
                PERFORM engine.mark_all(%5$L);
                marked := true;
            END IF;
            IF marked THEN
                PERFORM engine.note(%5$L);
            END IF;
            RETURN NULL;
        END $body$
        $sql$, projection || '_from_' || short, inserted, updated, deleted, projection);
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION marks.%I()',
            format('mark_%s_%s', projection, lower(event)), event, relation::regclass,
            CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
                       WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                       WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows' ELSE '' END,
            projection || '_from_' || short);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- build_source writes the function source.NAME(organization, keys …), one array for each key
-- column: the source rows of these keys. Exact reads call it for the dirty keys: a function
-- costs a statement nothing while there are none, where the view's whole plan would be set up
-- each time. It is STABLE, so it sees the very snapshot of the statement that calls it; and
-- OFFSET 0 makes every look-up start from the key.
CREATE FUNCTION engine.build_source(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key[2:] FROM engine.projections p WHERE p.name = projection);
BEGIN
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION source.%1$I(organization bigint, %2$s) RETURNS SETOF source.%1$I LANGUAGE plpgsql STABLE ROWS 50 AS $body$
        BEGIN
            IF cardinality(%3$s) > 0 THEN
                RETURN QUERY SELECT s.* FROM unnest(%4$s) k (%5$s)
                    CROSS JOIN LATERAL (SELECT * FROM source.%1$I s WHERE s.organization_id = organization AND %6$s OFFSET 0) s;
            END IF;
        END $body$
        $sql$, projection,
        (SELECT string_agg(format('key_%s %s[]', o, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
         FROM unnest(keys) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', projection)::regclass AND a.attname = c),
        'key_1', (SELECT string_agg(format('key_%s', o), ', ' ORDER BY o) FROM unnest(keys) WITH ORDINALITY u(c, o)),
        engine.list(keys, '%1$I'), engine.list(keys, 's.%1$I = k.%1$I', ' AND '));
END $$;
-- +goose StatementEnd

-- Refresh ------------------------------------------------------------------------------

-- +goose StatementBegin
-- lock serializes the refreshes of one projection in one organization (0: all of a
-- materialized view). It must be a statement of its own in a READ COMMITTED transaction:
-- the next statement then sees what the previous holder committed.
CREATE FUNCTION engine.lock(projection text, organization bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'engine: a refresh needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(projection, organization));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- poisoned tells whether an error comes from the data of a source row (then its key is set
-- aside) or from the world around (then the refresh fails and is tried again).
CREATE FUNCTION engine.poisoned(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN left(sqlstate, 2) IN ('21', '22', '23', '2F', '38', '39', '54', 'P0');
-- +goose StatementEnd

-- +goose StatementBegin
-- build_refresh writes refresh.NAME(organization, batch): one batch of the protocol. It
-- takes the oldest distinct mark values, at most batch of them, and in one statement
-- deletes their marks, expands them, recomputes the keys from the source view, and stores
-- what differs by image. A group that stands for more than batch keys is turned into key
-- marks instead. When a batch fails it is halved, down to the failing key, which is set
-- aside. The answer's marks is 0 when there was nothing to do.
CREATE FUNCTION engine.build_refresh(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    keys text[];
    stored text[];
    rest text[];
    marked text[];
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    IF p.kind = 'materialized_view' THEN
        RETURN;
    END IF;
    keys := p.key[2:];
    stored := engine.columns_of(format('projection.%I', projection)::regclass);
    rest := (SELECT array_agg(c ORDER BY o) FROM unnest(stored) WITH ORDINALITY u(c, o) WHERE c <> ALL (p.key));
    marked := (SELECT array_agg(c ORDER BY o) FROM unnest(engine.columns_of(format('marks.%I', projection)::regclass)) WITH ORDINALITY u(c, o) WHERE c NOT IN ('id', 'organization_id', 'marked_at'));
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION refresh.%1$I(organization bigint, batch int,
            OUT marks bigint, OUT keys bigint, OUT stored bigint, OUT deleted bigint, OUT quarantined bigint)
        LANGUAGE plpgsql AS $body$
        DECLARE
            ids bigint[];
            grouped boolean;
            size int := batch;
            state text;
            message text;
        BEGIN
            marks := 0; keys := 0; stored := 0; deleted := 0; quarantined := 0;
            PERFORM engine.lock(%1$L, organization);
            IF (SELECT paused FROM engine.projections WHERE name = %1$L) THEN
                RETURN;
            END IF;
            LOOP
                SELECT array_agg(i ORDER BY i), bool_or(grain <> 'key') INTO ids, grouped
                FROM (SELECT array_agg(w.id) AS members, w.grain
                      FROM (SELECT * FROM marks.%1$I m WHERE m.organization_id = organization ORDER BY m.id LIMIT 10 * size) w
                      GROUP BY %2$s ORDER BY min(w.id) LIMIT size) v, unnest(v.members) i;
                EXIT WHEN ids IS NULL;
                IF grouped AND (state IS NOT NULL AND size = 1
                                OR (SELECT count(*) FROM (SELECT FROM marks.%1$I m CROSS JOIN LATERAL (%3$s) k
                                    WHERE m.organization_id = organization AND m.id = ANY (ids) AND m.grain <> 'key' LIMIT batch + 1) e) > batch) THEN
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.organization_id = organization AND m.id = ANY (ids) AND m.grain <> 'key' RETURNING m.*
                    ), expanded AS (
                        INSERT INTO marks.%1$I (organization_id, grain, %4$s, marked_at)
                        SELECT organization, 'key', %5$s, min(m.marked_at) FROM taken m CROSS JOIN LATERAL (%3$s) k GROUP BY %5$s ORDER BY %5$s
                    )
                    SELECT count(*) INTO marks FROM taken;
                    RETURN;
                END IF;
                BEGIN
                    PERFORM set_config('engine.writing', 'on', true);
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.organization_id = organization AND m.id = ANY (ids) RETURNING m.*
                    ), dirty AS MATERIALIZED (
                        SELECT DISTINCT %5$s FROM taken m CROSS JOIN LATERAL (%3$s) k
                    ), fresh AS MATERIALIZED (
                        SELECT s.* FROM dirty k CROSS JOIN LATERAL (SELECT * FROM source.%1$I s WHERE s.organization_id = organization AND %6$s OFFSET 0) s
                    ), vanished AS (
                        DELETE FROM projection.%1$I WHERE ctid = ANY (ARRAY(
                            SELECT p.ctid FROM dirty k
                            CROSS JOIN LATERAL (SELECT p.ctid FROM projection.%1$I p WHERE p.organization_id = organization AND %7$s OFFSET 0) p
                            WHERE NOT EXISTS (SELECT FROM fresh s WHERE %6$s)))
                        RETURNING 1
                    ), saved AS (
                        INSERT INTO projection.%1$I AS p (%8$s) SELECT %9$s FROM fresh s ORDER BY %10$s
                        ON CONFLICT (organization_id, %4$s) DO UPDATE SET %11$s
                        WHERE ROW(%12$s)::record OPERATOR(pg_catalog.*<>) ROW(%13$s)::record
                        RETURNING 1
                    ), freed AS (
                        DELETE FROM engine.quarantine q USING dirty k WHERE q.projection = %1$L AND q.organization_id = organization AND q.key = ARRAY[%14$s]
                    )
                    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM dirty), (SELECT count(*) FROM saved), (SELECT count(*) FROM vanished)
                    INTO marks, keys, stored, deleted;
                    PERFORM set_config('engine.writing', '', true);
                    RETURN;
                EXCEPTION WHEN OTHERS THEN
                    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
                    IF NOT engine.poisoned(state) THEN
                        RAISE;
                    END IF;
                END;
                IF size = 1 AND NOT grouped THEN
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.organization_id = organization AND m.id = ANY (ids) RETURNING m.*
                    ), aside AS (
                        INSERT INTO engine.quarantine AS q (projection, organization_id, key, error)
                        SELECT DISTINCT %1$L, organization, ARRAY[%15$s], state || ': ' || message FROM taken m
                        ON CONFLICT ON CONSTRAINT quarantine_pkey DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at, attempts = q.attempts + 1
                    )
                    SELECT count(*), 1, 1 INTO marks, keys, quarantined FROM taken;
                    RETURN;
                END IF;
                size := greatest(size / 2, 1);
            END LOOP;
        END $body$
        $sql$, projection, engine.list(marked, 'w.%1$I'), engine.expansion(projection), engine.list(keys, '%1$I'), engine.list(keys, 'k.%1$I'),
        engine.list(keys, 's.%1$I = k.%1$I', ' AND '), engine.list(keys, 'p.%1$I = k.%1$I', ' AND '), engine.list(stored, '%1$I'), engine.list(stored, 's.%1$I'),
        engine.list(keys, 's.%1$I'), engine.list(rest, '%1$I = excluded.%1$I'), engine.list(rest, 'p.%1$I'), engine.list(rest, 'excluded.%1$I'),
        engine.list(keys, 'k.%1$I::text'), engine.list(keys, 'm.%1$I::text'));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- refresh_view refreshes a whole materialized view by the same protocol: lock, remember the
-- visible marks, refresh, delete those marks. It answers marks 0 when there was nothing to
-- do, when the view is paused, or when its minimum interval has not passed (skipped). force
-- refreshes without marks and without regard to the interval.
CREATE FUNCTION engine.refresh_view(projection text, force boolean, OUT marks bigint, OUT skipped boolean)
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    ids bigint[];
BEGIN
    marks := 0;
    skipped := false;
    IF NOT pg_try_advisory_xact_lock(hashtextextended(projection, 0)) THEN
        skipped := true;
        RETURN;
    END IF;
    PERFORM engine.lock(projection, 0);
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    IF p.paused THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT array_agg(id) FROM marks.%I', projection) INTO ids;
    IF ids IS NULL AND NOT force THEN
        RETURN;
    END IF;
    IF p.refresh_started_at + p.minimum_interval > clock_timestamp() AND NOT force THEN
        skipped := true;
        RETURN;
    END IF;
    UPDATE engine.projections SET refresh_started_at = clock_timestamp() WHERE name = projection;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY projection.%I', projection);
    EXECUTE format('DELETE FROM marks.%I WHERE id = ANY ($1)', projection) USING ids;
    marks := COALESCE(cardinality(ids), 0);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- mark_all marks every key of a projection, stored or in the source: without the stored
-- ones, rows whose source is gone would stay as ghosts.
CREATE FUNCTION engine.mark_all(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text := engine.list((SELECT p.key FROM engine.projections p WHERE p.name = projection), '%1$I');
BEGIN
    EXECUTE format('INSERT INTO marks.%1$I (grain, %2$s) SELECT ''key'', u.* FROM (SELECT %2$s FROM projection.%1$I UNION SELECT %2$s FROM source.%1$I) u', projection, keys);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- guard refuses to change a stored copy by hand and tells what to change instead.
CREATE FUNCTION engine.guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE(current_setting('engine.writing', true), '') <> 'on' THEN
        RAISE EXCEPTION 'projection.% is a stored copy that only the engine writes', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Change the canonical tables it is made from: %s.',
                      (SELECT string_agg(DISTINCT relation, ', ') FROM engine.tracks WHERE projection = TG_TABLE_NAME));
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- What migrations call -------------------------------------------------------------------

-- +goose StatementBegin
-- create_projection makes an empty copy of source.NAME, its marks table and its catalogue
-- row. Then declare_grain and track as needed, then activate, in this order and in one
-- transaction: a writer that is open meanwhile would otherwise be lost.
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
-- It waits for open writers of the table.
CREATE FUNCTION engine.track(projection text, relation text, grain text, columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engine.tracks (projection, relation, grain, columns, reads)
    VALUES (projection, relation, grain, columns, engine.columns_read(format('source.%I', projection)::regclass, relation::regclass));
    PERFORM engine.build_capture(projection, relation);
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
    UPDATE engine.projections SET activated_at = now(), built_at = CASE WHEN kind = 'materialized_view' THEN now() END WHERE name = projection;
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
-- creates source.NAME__next and its copy, with the grains, tracks and indexes of the current
-- one; a migration may add to them, then activates NAME__next. Once the next copy has no
-- dirty rows, engine.switch puts it in the current one's place.
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
    FOR r IN SELECT * FROM engine.tracks WHERE projection = name ORDER BY relation, grain LOOP
        PERFORM engine.track(next, r.relation, r.grain, r.columns);
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

-- Rebuild and verify ---------------------------------------------------------------------

-- +goose StatementBegin
-- slice is the SQL of the next size keys, stored or in the source, after the key $1.
CREATE FUNCTION engine.slice(projection text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
    plain text := engine.list(keys, '%1$I');
    after text := (SELECT string_agg(format('($1::text[])[%s]::%s', o, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
                   FROM unnest(keys) WITH ORDINALITY u(c, o)
                   JOIN pg_attribute a ON a.attrelid = format('projection.%I', projection)::regclass AND a.attname = c);
BEGIN
    RETURN format($sql$
        SELECT * FROM ((SELECT %2$s FROM projection.%1$I WHERE $1 IS NULL OR (%2$s) > (%3$s) ORDER BY %2$s LIMIT $2)
                       UNION
                       (SELECT %2$s FROM source.%1$I WHERE $1 IS NULL OR (%2$s) > (%3$s) ORDER BY %2$s LIMIT $2)) u
        ORDER BY %2$s LIMIT $2$sql$, projection, plain, after);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- mark_slice marks the next size keys after the given one (NULL: from the start), so that a
-- rebuild goes through a projection without ever having much behind. It answers the last
-- key marked, NULL at the end.
CREATE FUNCTION engine.mark_slice(projection text, after text[], size int) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
    last text[];
BEGIN
    EXECUTE format($sql$
        WITH slice AS MATERIALIZED (%1$s), marked AS (
            INSERT INTO marks.%2$I (grain, %3$s) SELECT 'key', %3$s FROM slice)
        SELECT ARRAY[%4$s] FROM slice ORDER BY %5$s LIMIT 1
        $sql$, engine.slice(projection), projection, engine.list(keys, '%1$I'), engine.list(keys, '%1$I::text'), engine.list(keys, '%1$I DESC'))
    INTO last USING after, size;
    RETURN last;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- verify_slice compares the next size keys after the given one with the source view, all in
-- one snapshot. A key that differs by image and is not dirty has drifted; it is marked, so
-- exact reads are right from here on and the next refresh repairs it. Quarantined keys are
-- left out. next is NULL at the end.
CREATE FUNCTION engine.verify_slice(projection text, after text[], size int, OUT next text[], OUT checked bigint, OUT drifted text[])
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
BEGIN
    EXECUTE format($sql$
        WITH slice AS MATERIALIZED (%1$s), sound AS MATERIALIZED (
            SELECT %3$s FROM slice k
            WHERE NOT EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %2$L AND q.organization_id = k.organization_id AND q.key = ARRAY[%6$s])
        ), drift AS MATERIALIZED (
            SELECT %3$s
            FROM sound k
            LEFT JOIN LATERAL (SELECT p.*, true AS present FROM projection.%2$I p WHERE %4$s OFFSET 0) p ON true
            LEFT JOIN LATERAL (SELECT s.*, true AS present FROM source.%2$I s WHERE %5$s OFFSET 0) s ON true
            WHERE ROW(p.*)::record OPERATOR(pg_catalog.*<>) ROW(s.*)::record
              AND NOT EXISTS (SELECT FROM dirty.%2$I d WHERE %7$s)
        ), marked AS (
            INSERT INTO marks.%2$I (grain, %8$s) SELECT 'key', %8$s FROM drift)
        SELECT (SELECT ARRAY[%9$s] FROM slice ORDER BY %10$s LIMIT 1),
               (SELECT count(*) FROM slice),
               ARRAY(SELECT concat_ws('/', %9$s) FROM drift ORDER BY %8$s)
        $sql$, engine.slice(projection), projection, engine.list(keys, 'k.%1$I'), engine.list(keys, 'p.%1$I = k.%1$I', ' AND '), engine.list(keys, 's.%1$I = k.%1$I', ' AND '),
        engine.list(keys[2:], 'k.%1$I::text'), engine.list(keys, 'd.%1$I = k.%1$I', ' AND '), engine.list(keys, '%1$I'), engine.list(keys, '%1$I::text'), engine.list(keys, '%1$I DESC'))
    INTO next, checked, drifted USING after, size;
    UPDATE engine.projections SET verified_at = CASE WHEN next IS NULL THEN clock_timestamp() ELSE verified_at END,
        drift_found = drift_found + cardinality(drifted)
    WHERE name = projection AND (next IS NULL OR cardinality(drifted) > 0);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- retry_quarantine marks the keys that were set aside before the given time, so that the
-- next refresh tries them again.
CREATE FUNCTION engine.retry_quarantine(projection text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    retried bigint;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    EXECUTE format('INSERT INTO marks.%I (grain, organization_id, %s) SELECT ''key'', organization_id, %s FROM engine.quarantine WHERE projection = $1 AND failed_at < $2',
        projection, engine.list(p.key[2:], '%1$I'),
        (SELECT string_agg(format('key[%s]::%s', o, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
         FROM unnest(p.key[2:]) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('projection.%I', projection)::regclass AND a.attname = c))
    USING projection, before;
    GET DIAGNOSTICS retried = ROW_COUNT;
    RETURN retried;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- status describes every projection as it is now. backlog counts marks; oldest_mark is the
-- age of the oldest one, by the clock and not by the transaction.
CREATE FUNCTION engine.status()
RETURNS TABLE (name text, kind text, replaces text, paused boolean, built boolean, backlog bigint, oldest_mark interval, quarantined bigint, verified_at timestamptz, drift_found bigint)
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
BEGIN
    FOR p IN SELECT * FROM engine.projections e ORDER BY e.name LOOP
        EXECUTE format('SELECT count(*), COALESCE(clock_timestamp() - min(marked_at), ''0'') FROM marks.%I', p.name) INTO backlog, oldest_mark;
        name := p.name; kind := p.kind; replaces := p.replaces; paused := p.paused; built := p.built_at IS NOT NULL;
        verified_at := p.verified_at; drift_found := p.drift_found;
        quarantined := (SELECT count(*) FROM engine.quarantine q WHERE q.projection = p.name);
        RETURN NEXT;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Checks -----------------------------------------------------------------------------------

-- +goose StatementBegin
-- problems lists what would make a projection wrong or stale, one sentence each. No row is
-- the good answer.
CREATE FUNCTION engine.problems()
RETURNS TABLE (projection text, problem text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH source AS MATERIALIZED (
        SELECT p.name, p.kind, p.key, p.activated_at, v.oid AS view, c.oid AS copy
        FROM engine.projections p
        LEFT JOIN pg_catalog.pg_class v ON v.relname = p.name AND v.relnamespace = 'source'::regnamespace
        LEFT JOIN pg_catalog.pg_class c ON c.relname = p.name AND c.relnamespace = 'projection'::regnamespace
    ), reads AS MATERIALIZED (
        SELECT s.name, r.class, r.object, r.attribute, r.whole_row, r.rule
        FROM source s CROSS JOIN LATERAL engine.read_by(s.view) r
    ), trees AS MATERIALIZED (
        SELECT s.name, w.ev_action::text AS tree FROM source s JOIN pg_catalog.pg_rewrite w ON w.ev_class = s.view
        UNION SELECT name, rule FROM reads
        UNION SELECT r.name, f.prosqlbody::text FROM reads r JOIN pg_catalog.pg_proc f ON r.class = 'pg_proc'::regclass AND f.oid = r.object
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
    SELECT t.projection, format('%s: the trigger for %s is missing or switched off', t.relation, e) FROM engine.tracks t CROSS JOIN unnest(ARRAY['insert', 'update', 'delete', 'truncate']) e
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.relation::regclass AND g.tgname = format('mark_%s_%s', t.projection, e) AND g.tgenabled IN ('O', 'A'))
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
-- check raises when there is a problem; with a name, when there is one of that projection.
CREATE FUNCTION engine.check(projection text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found text := (SELECT string_agg(format('%s: %s', p.projection, p.problem), E'\n') FROM engine.problems() p WHERE "check".projection IS NULL OR p.projection = "check".projection);
BEGIN
    IF found IS NOT NULL THEN
        RAISE EXCEPTION E'engine: these projections could be wrong or stale:\n%', found;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP SCHEMA engine CASCADE;
