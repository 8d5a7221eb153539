-- The projection engine: refresh. It absorbs marks, by one batch of a keyed table or by a whole materialized view; and it
-- gives exact reads the source rows of dirty keys.

-- +goose Up
-- +goose StatementBegin
-- build_source creates the function source.NAME(organization, keys …, wanted), with one array for each key column, which returns the
-- source rows of these keys. Exact reads call it for the dirty keys: while there are none, a function costs a statement
-- nothing, where the view's whole plan would be set up each time. It is STABLE, so it sees the snapshot of the statement that
-- calls it. Of wanted columns alone, if there are any, it computes the values: of the others it may return NULL.
-- A key of several columns is looked up by itself, behind OFFSET 0, so that one generic plan suits any number of keys; one column
-- is compared with the whole array, which costs much less where rows are cheap.
CREATE FUNCTION engine.build_source(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key[2:] FROM engine.projections p WHERE p.name = projection);
    one boolean := cardinality(keys) = 1;
    columns text;
    wants text;
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        RETURN;
    END IF;
    -- The cast gives a column its length back.
    SELECT string_agg(CASE WHEN a.attname = ANY (keys || '{organization_id}') THEN format('s.%I', a.attname)
               ELSE format('CASE WHEN wants_%s THEN s.%I END', a.attnum, a.attname) || CASE WHEN a.atttypmod >= 0 THEN '::' || format_type(a.atttypid, a.atttypmod) ELSE '' END END, ', ' ORDER BY a.attnum),
        string_agg(format(E'wants_%s boolean := wanted IS NULL OR %L = ANY (wanted);', a.attnum, a.attname), E'\n                ' ORDER BY a.attnum)
            FILTER (WHERE a.attname <> ALL (keys || '{organization_id}'))
    INTO columns, wants
    FROM pg_attribute a WHERE a.attrelid = format('source.%I', projection)::regclass AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION source.%1$I(organization bigint, %2$s, wanted text[] DEFAULT NULL) RETURNS SETOF source.%1$I
        LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_generic_plan AS $body$
        BEGIN
            IF cardinality(key_1) > 0 THEN
                DECLARE
                %3$s
                BEGIN
                    RETURN QUERY %4$s;
                END;
            END IF;
        END $body$
        $sql$, projection,
        (SELECT string_agg(format('key_%s %s[]', o, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
         FROM unnest(keys) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', projection)::regclass AND a.attname = c),
        COALESCE(wants, ''),
        format(CASE WHEN one THEN 'SELECT %2$s FROM source.%1$I s WHERE s.organization_id = organization AND s.%3$I = ANY (key_1)'
            ELSE 'SELECT s.* FROM unnest(%4$s) k (%5$s) CROSS JOIN LATERAL (SELECT %2$s FROM source.%1$I s WHERE s.organization_id = organization AND %6$s OFFSET 0) s' END,
            projection, columns, keys[1], (SELECT string_agg(format('key_%s', o), ', ' ORDER BY o) FROM unnest(keys) WITH ORDINALITY u(c, o)),
            engine.list(keys, '%1$I'), engine.list(keys, 's.%1$I = k.%1$I', ' AND ')));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- lock serializes the refreshes of one projection in one organization (0: of a whole projection). It must be a statement of
-- its own in a READ COMMITTED transaction: the next statement then sees what the previous holder committed.
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
-- try_lock takes the lock of one projection in one organization if nobody holds it, and returns whether it did. It is bound to
-- be a statement of its own as engine.lock is. At most two transactions hold such locks of one projection, so that its refreshes
-- leave the server to those of others.
CREATE FUNCTION engine.try_lock(projection text, organization bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'engine: a refresh needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    RETURN (pg_try_advisory_xact_lock(hashtextextended(projection, -1)) OR pg_try_advisory_xact_lock(hashtextextended(projection, -2)))
        AND pg_try_advisory_xact_lock(hashtextextended(projection, organization));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- poisoned returns whether an SQLSTATE is of an error in the data of a source row, such as a division by zero: its key is then
-- quarantined. After any other error, such as a lock time-out, the refresh fails as a whole and is tried again.
CREATE FUNCTION engine.poisoned(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN left(sqlstate, 2) IN ('21', '22', '23', '2F', '38', '39', '54', 'P0');
-- +goose StatementEnd

-- +goose StatementBegin
-- absorption returns the SQL that absorbs the marks in the variable places: one statement deletes them, computes the rows of the keys
-- that dirty selects from these marks, taken m, by the source view, and stores those whose image differs.
CREATE FUNCTION engine.absorption(projection text, dirty text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    key text[];
    keys text[];
    stored text[] := engine.columns_of(format('projection.%I', projection)::regclass);
    rest text[];
BEGIN
    SELECT p.key, p.key[2:] INTO STRICT key, keys FROM engine.projections p WHERE p.name = projection;
    rest := (SELECT array_agg(c ORDER BY o) FROM unnest(stored) WITH ORDINALITY u(c, o) WHERE c <> ALL (key));
    RETURN format($sql$PERFORM set_config('engine.writing', 'on', true);
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.ctid = ANY (places) RETURNING m.*
                    ), dirty AS MATERIALIZED (
                        %2$s
                    ), fresh AS MATERIALIZED (
                        SELECT s.* FROM dirty k CROSS JOIN LATERAL (SELECT * FROM source.%1$I s WHERE s.organization_id = organization AND %3$s OFFSET 0) s
                    ), vanished AS (
                        DELETE FROM projection.%1$I WHERE ctid = ANY (ARRAY(
                            SELECT p.ctid FROM dirty k
                            CROSS JOIN LATERAL (SELECT p.ctid FROM projection.%1$I p WHERE p.organization_id = organization AND %4$s OFFSET 0) p
                            WHERE NOT EXISTS (SELECT FROM fresh s WHERE %3$s)))
                        RETURNING 1
                    ), saved AS (
                        INSERT INTO projection.%1$I AS p (%5$s) SELECT %6$s FROM fresh s ORDER BY %7$s
                        ON CONFLICT (organization_id, %8$s) DO UPDATE SET %9$s
                        WHERE ROW(%10$s)::record OPERATOR(pg_catalog.*<>) ROW(%11$s)::record
                        RETURNING 1
                    ), freed AS (
                        DELETE FROM engine.quarantine q USING dirty k WHERE q.projection = %1$L AND q.organization_id = organization AND q.key = ARRAY[%12$s]
                    )
                    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM dirty), (SELECT count(*) FROM saved), (SELECT count(*) FROM vanished),
                        (SELECT count(*) FROM (SELECT FROM pending.%1$I m WHERE m.organization_id = organization LIMIT cardinality(places) + 1) m) > cardinality(places)
                    INTO marks, keys, stored, deleted, more;
                    PERFORM set_config('engine.writing', '', true);
                    PERFORM engine.raise_low_water(%1$L);$sql$,
        projection, dirty, engine.list(keys, 's.%1$I = k.%1$I', ' AND '), engine.list(keys, 'p.%1$I = k.%1$I', ' AND '), engine.list(stored, '%1$I'), engine.list(stored, 's.%1$I'),
        engine.list(keys, 's.%1$I'), engine.list(keys, '%1$I'), engine.list(rest, '%1$I = excluded.%1$I'), engine.list(rest, 'p.%1$I'), engine.list(rest, 'excluded.%1$I'), engine.list(keys, 'k.%1$I::text'));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- taking_turn returns the first statements of the function refresh.NAME(organization, batch, previous). Without an organization they list
-- those that have marks, and take the next one after the previous. They take the lock, and return if the projection is paused, nothing is
-- marked, or somebody else has the lock. A few marks are looked at one by one. Where they are many, the recursive query skips from one
-- organization to the next in the index (a loose index scan).
CREATE FUNCTION engine.taking_turn(projection text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format($sql$marks := 0; keys := 0; stored := 0; deleted := 0; quarantined := 0; folded := 0; busy := false; more := false;
            SELECT r.*, p.paused INTO low FROM engine.projections p CROSS JOIN engine.reached(%1$L) r WHERE p.name = %1$L;
            IF low.paused THEN
                RETURN;
            END IF;
            IF organization IS NULL THEN
                SELECT array_agg(DISTINCT f.o ORDER BY f.o), COALESCE(min(f.o) FILTER (WHERE f.o > previous), min(f.o)), count(*) > 2000 INTO organizations, organization, many
                FROM ((SELECT m.organization_id FROM marks.%1$I m WHERE m.xid >= low.xid ORDER BY m.xid LIMIT 2001)
                      UNION ALL (SELECT m.organization_id FROM marks.%1$I m WHERE m.xid BETWEEN low.open_from AND low.open_to ORDER BY m.xid LIMIT 2001)) f (o);
                IF many THEN
                    WITH RECURSIVE f (o) AS (
                        SELECT '-9223372036854775808'::bigint
                        UNION ALL
                        SELECT (SELECT min(n.organization_id) FROM (
                            (SELECT m.organization_id FROM marks.%1$I m WHERE m.organization_id > f.o AND m.xid >= low.xid ORDER BY m.organization_id LIMIT 1)
                            UNION ALL
                            (SELECT m.organization_id FROM marks.%1$I m WHERE m.organization_id > f.o AND m.xid BETWEEN low.open_from AND low.open_to ORDER BY m.organization_id LIMIT 1)) n)
                        FROM f WHERE f.o IS NOT NULL
                    )
                    SELECT array_agg(f.o ORDER BY f.o), COALESCE(min(f.o) FILTER (WHERE f.o > previous), min(f.o)) INTO organizations, organization FROM f WHERE f.o > '-9223372036854775808';
                END IF;
                IF organization IS NULL THEN
                    RETURN;
                END IF;
            END IF;
            busy := NOT engine.try_lock(%1$L, organization);
            IF busy THEN
                more := true;
                RETURN;
            END IF;$sql$, projection);
-- +goose StatementEnd

-- +goose StatementBegin
-- build_refresh creates refresh.NAME(organization, batch, previous), which absorbs one batch of marks. It takes the oldest distinct mark
-- values, as many as stand for at most batch keys, and in one statement deletes their marks, expands them to keys, computes the
-- keys' rows by the source view, and stores those whose image differs. A batch that fails is halved, down to the failing key,
-- which is quarantined. more says that the organization has marks left; busy, that another transaction refreshes it, or two
-- refresh the projection, and nothing was done.
--
-- Where all marks are of keys, or of grains that stand for few, and no more than a batch, they are absorbed without more ado: to set up
-- the plans of the groups' expansions takes longer than to refresh a few keys.
--
-- What is to be absorbed in many batches is folded before, if groups are among the oldest and the newest marks, or if a sixth of
-- these repeat keys, and once it was begun: the oldest 50 * batch marks become one mark for each key that has none of these yet, folded of them
-- counted. So does a group that stands for more than batch keys. Such marks have ids below zero: they are distinct, and not
-- folded again; id + 0 keeps the planner from the index on id, in which the low water passes over no dead marks. Distinct marks,
-- as of many new records, would only be written twice; nor are more of them looked at than a batch takes, and as many again.
--
-- The function is planned while there are few marks, and runs when there are many: so it reads no table from end to end, and sorts
-- no backlog. Marks are deleted by their places and nothing else: for an organization's, the planner might choose an index in which
-- dead marks are not passed over. Whatever is deleted is also computed in the same statement.
CREATE FUNCTION engine.build_refresh(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    keys text[];
    marked text[];
    named text[]; -- the columns of a key mark
    few text[]; -- the grains of marks that are not counted
    fold text;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    IF p.kind = 'materialized_view' THEN
        RETURN;
    ELSIF p.kind = 'sum' THEN
        PERFORM engine.build_fold(projection);
        RETURN;
    END IF;
    keys := p.key[2:];
    marked := (SELECT array_agg(c ORDER BY o) FROM unnest(engine.columns_of(format('marks.%I', projection)::regclass)) WITH ORDINALITY u(c, o) WHERE c NOT IN ('id', 'organization_id', 'xid', 'marked_at'));
    named := keys || ARRAY(SELECT 'within_' || c FROM unnest(p.within) WITH ORDINALITY u(c, o) ORDER BY o);
    few := ARRAY(SELECT g.grain FROM engine.grains g WHERE g.projection = p.name AND (g.few OR g.grain = 'key') ORDER BY g.grain <> 'key', g.grain);
    fold := format($sql$
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.ctid = ANY (places) RETURNING m.*
                    ), expanded AS MATERIALIZED (
                        SELECT %2$s, min(m.marked_at) AS marked_at
                        FROM (SELECT organization AS organization_id, %3$s, min(t.marked_at) AS marked_at FROM taken t GROUP BY %3$s) m CROSS JOIN LATERAL (%4$s) k GROUP BY %2$s
                    ), inserted AS (
                        INSERT INTO marks.%1$I (id, organization_id, grain, %5$s, marked_at) OVERRIDING SYSTEM VALUE
                        SELECT nextval(%6$L) - (1::bigint << 62), organization, 'key', e.* FROM (
                            -- What is folded already is left out, by grouping: that costs the same whatever the planner expects.
                            SELECT %5$s, min(b.marked_at) FROM (
                                SELECT %5$s, marked_at, false AS present FROM expanded
                                UNION ALL SELECT %5$s, f.marked_at, true FROM marks.%1$I f WHERE f.organization_id = organization AND f.id < 0 AND f.grain = 'key') b
                            GROUP BY %5$s HAVING NOT bool_or(b.present) ORDER BY %5$s) e
                    )
                    SELECT folded + count(*) INTO folded FROM taken;$sql$,
        projection, engine.list(keys, 'k.%1$I') || COALESCE(', ' || engine.list(p.within, 'm.within_%1$I'), ''), engine.list(marked, 't.%1$I'), engine.expansion(projection),
        engine.list(named, '%1$I'), pg_get_serial_sequence(format('marks.%I', projection), 'id'));
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION refresh.%1$I(INOUT organization bigint, batch int, previous bigint DEFAULT NULL, OUT organizations bigint[], OUT marks bigint, OUT keys bigint,
            OUT stored bigint, OUT deleted bigint, OUT quarantined bigint, OUT folded bigint, OUT busy boolean, OUT more boolean)
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $body$
        DECLARE
            places tid[];
            few boolean;
            grouped boolean;
            large boolean;
            single boolean := false;
            all_folded boolean := false;
            size int := batch;
            width int;
            low record;
            many boolean;
            state text;
            message text;
        BEGIN
            %15$s
            SELECT array_agg(o.place), count(*) <= batch AND bool_and(o.grain = ANY (%16$L)) INTO places, few FROM (%7$s) o;
            IF places IS NULL THEN
                RETURN;
            ELSIF few THEN
                BEGIN
                    %4$s
                    RETURN;
                EXCEPTION WHEN OTHERS THEN
                    %6$s
                END;
                size := greatest(cardinality(places) / 2, 1);
            ELSIF (SELECT count(*) FROM (SELECT FROM pending.%1$I m WHERE m.organization_id = organization LIMIT 10 * batch + 1) m) > 10 * batch THEN
                -- Marks that are folded are newer than what is still to be folded.
                all_folded := (SELECT bool_and(w.id < 0) FROM (SELECT o.id FROM (%8$s) o ORDER BY o.xid LIMIT batch) w);
                single := all_folded OR (SELECT NOT bool_or(v.grouped OR v.folded) AND 5 * sum(v.n) <= 6 * count(*)
                    FROM (SELECT w.grain <> 'key' AS grouped, bool_or(w.id < 0) AS folded, count(*) AS n FROM (
                            (SELECT * FROM (%9$s) o ORDER BY o.xid LIMIT 5 * batch) UNION ALL (SELECT * FROM (%10$s) o ORDER BY o.xid DESC LIMIT 5 * batch)) w GROUP BY %2$s) v);
                IF NOT single THEN
                    places := ARRAY(SELECT o.place FROM (%11$s) o ORDER BY o.xid LIMIT 50 * batch);
                    %12$s
                END IF;
            END IF;
            LOOP
                -- Folded marks are distinct, and single ones nearly so.
                width := size * CASE WHEN all_folded THEN 1 WHEN single THEN 2 ELSE 10 END;
                SELECT array_agg(i ORDER BY i), bool_or(v.grain <> 'key'), bool_or(v.n > batch) INTO places, grouped, large
                FROM (SELECT m.members, m.grain, m.first, c.n, sum(c.n) OVER (ORDER BY m.first) AS total, min(m.first) OVER () AS oldest
                      FROM (SELECT organization AS organization_id, %2$s, array_agg(w.place) AS members, min(w.id) AS first
                            FROM (SELECT * FROM (%13$s) o ORDER BY o.xid LIMIT width) w
                            GROUP BY %2$s ORDER BY min(w.id) LIMIT size) m
                      CROSS JOIN LATERAL (SELECT CASE WHEN m.grain = 'key' THEN 1 ELSE (SELECT count(*) FROM (SELECT FROM (%3$s) k LIMIT batch + 1) e) END AS n) c) v,
                    unnest(v.members) i
                WHERE v.total <= batch OR v.first = v.oldest;
                EXIT WHEN places IS NULL;
                IF large OR grouped AND size = 1 AND state IS NOT NULL THEN
                    %12$s
                    CONTINUE;
                END IF;
                BEGIN
                    %5$s
                    RETURN;
                EXCEPTION WHEN OTHERS THEN
                    %6$s
                END;
                IF size = 1 AND NOT grouped THEN
                    WITH taken AS MATERIALIZED (
                        DELETE FROM marks.%1$I m WHERE m.ctid = ANY (places) RETURNING m.*
                    ), aside AS (
                        INSERT INTO engine.quarantine AS q (projection, organization_id, key, error)
                        SELECT DISTINCT %1$L, organization, ARRAY[%14$s], state || ': ' || message FROM taken m
                        ON CONFLICT ON CONSTRAINT quarantine_pkey DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at, attempts = q.attempts + 1
                    )
                    SELECT count(*), 1, 1, true INTO marks, keys, quarantined, more FROM taken;
                    RETURN;
                END IF;
                size := greatest(size / 2, 1);
            END LOOP;
        END $body$
        $sql$, projection, engine.list(marked, 'w.%1$I'), engine.expansion(projection),
        engine.absorption(projection, CASE cardinality(few) WHEN 1 THEN format('SELECT DISTINCT %s FROM taken m', engine.list(keys, 'm.%1$I'))
            ELSE format('SELECT DISTINCT %s FROM taken m CROSS JOIN LATERAL (%s) k', engine.list(keys, 'k.%1$I'), engine.expansion(projection, true)) END),
        engine.absorption(projection, format('SELECT DISTINCT %s FROM taken m CROSS JOIN LATERAL (%s) k', engine.list(keys, 'k.%1$I'), engine.expansion(projection))),
        $sql$GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
                    IF NOT engine.poisoned(state) THEN
                        RAISE;
                    END IF;$sql$,
        engine.oldest(projection, 'true', 'batch + 1'), engine.oldest(projection, 'true', 'batch'),
        engine.oldest(projection, 'true', '5 * batch'), engine.oldest(projection, 'true', '5 * batch', 'DESC'),
        engine.oldest(projection, 'm.id + 0 > 0', '50 * batch'), fold, engine.oldest(projection, 'true', 'width'), engine.list(keys, 'm.%1$I::text'), engine.taking_turn(projection), few);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- refresh_view refreshes a whole materialized view: it takes the lock, remembers the visible marks, refreshes, and deletes
-- those marks. It returns 0 marks when there was nothing to do, when the view is paused, or, with skipped, when another refresh
-- runs or the minimum interval has not passed. force refreshes without marks and regardless of the interval.
CREATE FUNCTION engine.refresh_view(projection text, force boolean, OUT marks bigint, OUT skipped boolean)
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    ids bigint[];
    oldest xid8;
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
    EXECUTE format('SELECT array_agg(id), min(xid) FROM pending.%I', projection) INTO ids, oldest;
    IF ids IS NULL AND NOT force THEN
        RETURN;
    END IF;
    IF p.refresh_started_at + p.minimum_interval > clock_timestamp() AND NOT force THEN
        skipped := true;
        RETURN;
    END IF;
    UPDATE engine.projections SET refresh_started_at = clock_timestamp() WHERE name = projection;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY projection.%I', projection);
    EXECUTE format('DELETE FROM marks.%I WHERE xid >= $2 AND id = ANY ($1)', projection) USING ids, oldest;
    marks := COALESCE(cardinality(ids), 0);
    PERFORM engine.raise_low_water(projection);
END $$;
-- +goose StatementEnd
