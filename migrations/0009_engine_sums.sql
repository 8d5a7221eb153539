-- The projection engine: sums. A sum is a read model that adds up rows of canonical tables, each of which carries the sum's
-- key and its measures. Its marks are deltas: what a changed row adds, new less old. Refreshing folds them into the stored
-- copy; stored rows and deltas together equal the source view in every snapshot, however many deltas there are.

-- +goose Up
-- +goose StatementBegin
-- summand returns a summand's SELECT over the given rows: a table, or the SELECT in parentheses of some rows of it.
CREATE FUNCTION engine.summand(definition text, rows text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN replace(definition, 'FROM changed', 'FROM ' || rows || ' AS changed');
-- +goose StatementEnd

-- +goose StatementBegin
-- measures returns the columns that a sum adds up, after row_count.
CREATE FUNCTION engine.measures(sum text) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(c ORDER BY o) FROM unnest(engine.columns_of(format('source.%I', sum)::regclass)) WITH ORDINALITY u(c, o)
    JOIN engine.projections p ON p.name = sum
    WHERE c <> ALL (p.key) AND c NOT IN ('canonical_type', 'canonical_id', 'row_count');
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- check_summand refuses a summand that reads more than the changed row, or whose columns are not the key and bigint measures, and
-- returns the measures.
CREATE FUNCTION engine.check_summand(name text, key text[], relation text, definition text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    problem text;
    measures text[];
BEGIN
    IF definition NOT LIKE '%FROM changed%' THEN
        RAISE EXCEPTION 'engine: the summand of % for the sum % does not read FROM changed', relation, name;
    END IF;
    EXECUTE format('CREATE VIEW source.summand AS %s', engine.summand(definition, relation));
    problem := CASE
        WHEN (SELECT count(*) FROM pg_rewrite w CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ':rtekind 0 :relid (\d+)', 'g') m
              WHERE w.ev_class = 'source.summand'::regclass AND m[1]::oid <> w.ev_class) <> 1
            THEN 'reads more than the changed rows'
        WHEN NOT key <@ engine.columns_of('source.summand') THEN 'lacks a key column'
        WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'source.summand'::regclass AND attnum > 0 AND attname <> ALL (key) AND atttypid <> 'bigint'::regtype)
            THEN 'has a measure that is not bigint' END;
    measures := ARRAY(SELECT c FROM unnest(engine.columns_of('source.summand')) WITH ORDINALITY u(c, o) WHERE c <> ALL (key) ORDER BY o);
    DROP VIEW source.summand;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'engine: the summand of % for the sum % %', relation, name, problem;
    END IF;
    RETURN measures;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- create_sum creates a sum: source.NAME, its empty copy, marks.NAME for its deltas, and exact.NAME. canonical_type and
-- canonical_id, one of the key's columns, name the record that a row belongs to. A summand is a canonical table and a SELECT
-- of the key's columns and the measures, all NOT NULL and the same for each summand, FROM changed: that stands for the table,
-- or for its changed rows. It reads nothing else, since it could miss what a concurrent transaction is writing. Measures are
-- bigint, which adds up to the same number in any order; their sums are numeric, which does not overflow. row_count counts
-- the rows; a key without rows has none.
--
-- A source view may read exact.NAME, which equals source.NAME in every snapshot; its projection tracks the sum's tables.
CREATE FUNCTION engine.create_sum(name text, canonical_type text, canonical_id text, key text[], summands text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text := engine.list(key, '%1$I');
    arms text[] := '{}';
    measures text[];
    relation text;
BEGIN
    FOR i IN 1 .. array_length(summands, 1) LOOP
        measures := engine.check_summand(name, key, summands[i][1], summands[i][2]);
        arms := arms || engine.summand(summands[i][2], summands[i][1]);
    END LOOP;
    EXECUTE format('CREATE VIEW source.%I AS SELECT s.organization_id, %L::text AS canonical_type, s.%I AS canonical_id, %s, count(*) AS row_count, %s FROM (%s) s GROUP BY %s',
        name, canonical_type, canonical_id, engine.list(key[2:], 's.%1$I'), engine.list(measures, 'sum(s.%1$I) AS %1$I'), array_to_string(arms, ' UNION ALL '), engine.list(key, 's.%1$I'));
    PERFORM engine.create_copy(name, 'sum', key, canonical_type, canonical_id);
    INSERT INTO engine.summands SELECT create_sum.name, summands[i][1], i, summands[i][2] FROM generate_subscripts(summands, 1) i;
    PERFORM engine.create_marks(name,
        (SELECT string_agg(format('%I %s NOT NULL', k, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
         FROM unnest(key) WITH ORDINALITY u(k, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', name)::regclass AND a.attname = k)
        || ', row_count bigint NOT NULL, ' || engine.list(measures, '%1$I numeric NOT NULL'),
        format('What is to be added to projection.%s.', name));
    EXECUTE format('CREATE INDEX %I ON marks.%I (%s, xid)', name || '_key_idx', name, keys);
    PERFORM engine.build_pending(name);
    EXECUTE format($sql$
        CREATE VIEW exact.%1$I AS
        SELECT s.organization_id, %2$L::text AS canonical_type, s.%3$I AS canonical_id, %4$s, sum(s.row_count)::bigint AS row_count, %5$s
        FROM (SELECT %6$s, row_count, %7$s FROM projection.%1$I UNION ALL SELECT %6$s, row_count, %7$s FROM pending.%1$I) s
        GROUP BY %8$s HAVING sum(s.row_count) <> 0
        $sql$, name, canonical_type, canonical_id, engine.list(key[2:], 's.%1$I'), engine.list(measures, 'sum(s.%1$I) AS %1$I'), keys, engine.list(measures, '%1$I'), engine.list(key, 's.%1$I'));
    EXECUTE format('COMMENT ON VIEW exact.%1$I IS %2$L', name, format('The stored sums of projection.%1$s with their deltas added: source.%1$s, as this snapshot sees it.', name));
    FOR relation IN SELECT DISTINCT s.relation FROM engine.summands s WHERE s.projection = create_sum.name ORDER BY s.relation LOOP
        PERFORM engine.track(name, relation, 'key', key);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- build_deltas creates the trigger function that writes a sum's deltas when one canonical table changes, and its triggers.
-- Deltas are made from the changed rows alone: what the new ones add, less what the old ones added.
CREATE FUNCTION engine.build_deltas(sum text, relation text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    measures text[] := engine.measures(sum);
    added text;
    removed text;
    template text;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = sum;
    SELECT string_agg(format('SELECT %s, 1 AS row_count, %s FROM (%s) n', engine.list(p.key, '%1$I'), engine.list(measures, '%1$I'), engine.summand(d.definition, 'new_rows')), ' UNION ALL '),
           string_agg(format('SELECT %s, -1 AS row_count, %s FROM (%s) o', engine.list(p.key, '%1$I'), engine.list(measures, '-%1$I AS %1$I'), engine.summand(d.definition, 'old_rows')), ' UNION ALL ')
    INTO added, removed
    FROM engine.summands d WHERE d.projection = p.name AND d.relation = build_deltas.relation;
    template := format('INSERT INTO marks.%1$I (%2$s, row_count, %3$s) SELECT %2$s, sum(row_count), %4$s FROM (%%s) d GROUP BY %2$s HAVING ROW(sum(row_count), %4$s) <> ROW(0, %5$s);',
        p.name, engine.list(p.key, '%1$I'), engine.list(measures, '%1$I'), engine.list(measures, 'sum(%1$I)'), engine.list(measures, '0'));
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION marks.%1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            noted text;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                %2$s
            ELSIF TG_OP = 'UPDATE' THEN
                %3$s
            ELSIF TG_OP = 'DELETE' THEN
                %4$s
            ELSE
                PERFORM engine.truncated(%5$L);
                %6$s
                IF engine.listened() THEN
                    PERFORM pg_notify('daybook_changes', '%5$s 0');
                END IF;
                RETURN NULL;
            END IF;
            IF FOUND THEN
                %6$s
                IF NOT engine.listened() THEN
                    RETURN NULL;
                ELSIF TG_OP = 'DELETE' THEN
                    %8$s
                ELSE
                    %7$s
                END IF;
            END IF;
            RETURN NULL;
        END $body$
        $sql$, p.name || '_from_' || (SELECT relname FROM pg_class WHERE oid = relation::regclass),
        format(template, added), format(template, added || ' UNION ALL ' || removed), format(template, removed), p.name, engine.noting(p.name),
        engine.announcing(p.name, 'new_rows', 'organization_id'), engine.announcing(p.name, 'old_rows', 'organization_id'));
    PERFORM engine.attach_capture(p.name, relation);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- reconcile writes the deltas that the exact view lacks to equal the source view, of one organization or of all (NULL), and
-- returns their keys. Without a missed change there are none, but after a TRUNCATE and before the activation. Whoever reads
-- the exact view computed with what was missing, so the keys of those projections are marked.
CREATE FUNCTION engine.reconcile(sum text, organization bigint DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = sum);
    measures text[] := engine.measures(sum);
BEGIN
    -- The next statement then sees what another one has reconciled.
    PERFORM engine.lock(sum, 0);
    RETURN QUERY EXECUTE format($sql$
        WITH missing AS (
            INSERT INTO marks.%1$I (%2$s, row_count, %3$s)
            SELECT %2$s, sum(row_count), %4$s FROM (
                SELECT %2$s, row_count, %3$s FROM source.%1$I WHERE $1 IS NULL OR organization_id = $1
                UNION ALL SELECT %2$s, -row_count, %5$s FROM exact.%1$I WHERE $1 IS NULL OR organization_id = $1) d
            GROUP BY %2$s HAVING ROW(sum(row_count), %4$s) <> ROW(0, %6$s)
            RETURNING %2$s)
        SELECT concat_ws('/', %7$s) FROM missing ORDER BY %2$s
        $sql$, sum, engine.list(keys, '%1$I'), engine.list(measures, '%1$I'), engine.list(measures, 'sum(%1$I)'), engine.list(measures, '-%1$I AS %1$I'),
        engine.list(measures, '0'), engine.list(keys, '%1$I::text'))
    USING organization;
    IF FOUND THEN
        PERFORM engine.mark_all(r) FROM engine.readers(sum) r;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- readers returns the activated projections whose source views read a sum's exact view.
CREATE FUNCTION engine.readers(sum text) RETURNS SETOF text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p.name FROM engine.projections p
    WHERE p.kind <> 'sum' AND p.activated_at IS NOT NULL
      AND EXISTS (SELECT FROM engine.read_by(format('source.%I', p.name)::regclass) r
                  WHERE r.class = 'pg_class'::regclass AND r.object = format('source.%I', sum)::regclass);
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- build_fold creates refresh.NAME(organization, batch) of a sum: it adds the oldest deltas, 50 for each mark value of a batch,
-- to the stored rows, and deletes them. busy and more are those of engine.build_refresh. Nothing of it can fail for the data.
CREATE FUNCTION engine.build_fold(sum text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    measures text[] := engine.measures(sum);
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = sum;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION refresh.%1$I(INOUT organization bigint, batch int, previous bigint DEFAULT NULL, OUT organizations bigint[], OUT marks bigint, OUT keys bigint,
            OUT stored bigint, OUT deleted bigint, OUT quarantined bigint, OUT folded bigint, OUT busy boolean, OUT more boolean)
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $body$
        DECLARE
            low record;
            many boolean;
        BEGIN
            %15$s
            PERFORM set_config('engine.writing', 'on', true);
            WITH taken AS MATERIALIZED (
                DELETE FROM marks.%1$I m WHERE m.ctid = ANY (ARRAY(SELECT o.place FROM (%14$s) o ORDER BY o.xid LIMIT 50 * batch)) RETURNING m.*
            ), added AS MATERIALIZED (
                SELECT %2$s, sum(row_count)::bigint AS row_count, %3$s FROM taken GROUP BY %2$s
            ), emptied AS (
                DELETE FROM projection.%1$I p USING added a WHERE %4$s AND ROW(p.row_count + a.row_count, %5$s) = ROW(0, %6$s) RETURNING 1
            ), saved AS (
                INSERT INTO projection.%1$I AS p (%2$s, canonical_type, canonical_id, row_count, %7$s)
                SELECT %8$s, %9$L, a.%10$I, a.row_count, %11$s FROM added a LEFT JOIN projection.%1$I p ON %4$s
                WHERE ROW(COALESCE(p.row_count, 0) + a.row_count, %12$s) <> ROW(0, %6$s) AND ROW(a.row_count, %11$s) <> ROW(0, %6$s) ORDER BY %8$s
                ON CONFLICT (%2$s) DO UPDATE SET row_count = p.row_count + excluded.row_count, %13$s
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM added), (SELECT count(*) FROM saved), (SELECT count(*) FROM emptied),
                (SELECT count(*) FROM (SELECT FROM pending.%1$I m WHERE m.organization_id = organization LIMIT 50 * batch + 1) m) > 50 * batch
            INTO marks, keys, stored, deleted, more;
            PERFORM set_config('engine.writing', '', true);
            PERFORM engine.raise_low_water(%1$L);
        END $body$
        $sql$, p.name, engine.list(p.key, '%1$I'), engine.list(measures, 'sum(%1$I) AS %1$I'), engine.list(p.key, 'p.%1$I = a.%1$I', ' AND '),
        engine.list(measures, 'p.%1$I + a.%1$I'), engine.list(measures, '0'), engine.list(measures, '%1$I'), engine.list(p.key, 'a.%1$I'),
        p.canonical_type, p.canonical_id, engine.list(measures, 'a.%1$I'), engine.list(measures, 'COALESCE(p.%1$I, 0) + a.%1$I'),
        engine.list(measures, '%1$I = p.%1$I + excluded.%1$I'), engine.oldest(p.name, 'true', '50 * batch'), engine.taking_turn(p.name));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- verify_sum compares the exact rows of the next organization after the given one with the source view's, in one snapshot, as
-- engine.verify_slice does. A difference is mended at once, by deltas.
CREATE FUNCTION engine.verify_sum(sum text, after text[], OUT next text[], OUT checked bigint, OUT drifted text[])
LANGUAGE plpgsql AS $$
DECLARE
    organization bigint;
BEGIN
    EXECUTE (SELECT 'SELECT min(o) FROM (' || string_agg(format('SELECT min(organization_id) AS o FROM %s WHERE $1 IS NULL OR organization_id > $1', relation), ' UNION ALL ') || ') r'
             FROM (SELECT DISTINCT s.relation FROM engine.summands s WHERE s.projection = sum
                   UNION SELECT format('projection.%I', sum) UNION SELECT format('pending.%I', sum)) r)
    INTO organization USING after[1]::bigint;
    checked := 0; drifted := '{}';
    IF organization IS NULL THEN
        RETURN;
    END IF;
    next := ARRAY[organization::text];
    drifted := ARRAY(SELECT engine.reconcile(sum, organization));
    EXECUTE format('SELECT count(*) FROM exact.%I WHERE organization_id = $1', sum) INTO checked USING organization;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- redefine_sum gives a sum other summands while the current ones go on answering, as engine.redefine does. Projections that
-- read its exact view would not follow: it refuses while there are any.
CREATE FUNCTION engine.redefine_sum(name text, summands text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    next text := name || '__next';
    readers text := (SELECT string_agg(r, ', ' ORDER BY r) FROM engine.readers(name) r);
    p engine.projections;
BEGIN
    IF readers IS NOT NULL THEN
        RAISE EXCEPTION 'engine: % is read by %: create another sum and redefine these to read it', name, readers;
    END IF;
    SELECT * INTO STRICT p FROM engine.projections c WHERE c.name = redefine_sum.name;
    PERFORM engine.create_sum(next, p.canonical_type, p.canonical_id, p.key, summands);
    UPDATE engine.projections n SET replaces = p.name WHERE n.name = next;
END $$;
-- +goose StatementEnd
