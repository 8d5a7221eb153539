-- The projection engine: refresh. It absorbs marks, by one batch of a keyed table or by a whole materialized view; and it
-- gives exact reads the source rows of dirty keys.

-- +goose Up
-- +goose StatementBegin
-- build_source creates the function source.NAME(organization, keys …), with one array for each key column, which returns the
-- source rows of these keys. Exact reads call it for the dirty keys: while there are none, a function costs a statement
-- nothing, where the view's whole plan would be set up each time. It is STABLE, so it sees the snapshot of the statement that
-- calls it; and OFFSET 0 makes every look-up start from the key, so that one generic plan suits any number of them.
CREATE FUNCTION engine.build_source(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key[2:] FROM engine.projections p WHERE p.name = projection);
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        RETURN;
    END IF;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION source.%1$I(organization bigint, %2$s) RETURNS SETOF source.%1$I LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_generic_plan AS $body$
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
-- poisoned returns whether an SQLSTATE is of an error in the data of a source row, such as a division by zero: its key is then
-- quarantined. After any other error, such as a lock time-out, the refresh fails as a whole and is tried again.
CREATE FUNCTION engine.poisoned(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN left(sqlstate, 2) IN ('21', '22', '23', '2F', '38', '39', '54', 'P0');
-- +goose StatementEnd

-- +goose StatementBegin
-- build_refresh creates refresh.NAME(organization, batch), which absorbs one batch of marks. It takes the oldest distinct mark
-- values, at most batch of them, and in one statement deletes their marks, expands them to keys, computes the keys' rows by the
-- source view, and stores those whose image differs. A group mark that stands for more than batch keys is turned into key marks
-- instead. A batch that fails is halved, down to the failing key, which is quarantined. It returns 0 marks when there was
-- nothing to do.
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
    ELSIF p.kind = 'sum' THEN
        PERFORM engine.build_fold(projection);
        RETURN;
    END IF;
    keys := p.key[2:];
    stored := engine.columns_of(format('projection.%I', projection)::regclass);
    rest := (SELECT array_agg(c ORDER BY o) FROM unnest(stored) WITH ORDINALITY u(c, o) WHERE c <> ALL (p.key));
    marked := (SELECT array_agg(c ORDER BY o) FROM unnest(engine.columns_of(format('marks.%I', projection)::regclass)) WITH ORDINALITY u(c, o) WHERE c NOT IN ('id', 'organization_id', 'marked_at'));
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION refresh.%1$I(organization bigint, batch int,
            OUT marks bigint, OUT keys bigint, OUT stored bigint, OUT deleted bigint, OUT quarantined bigint)
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $body$
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
                        INSERT INTO marks.%1$I (organization_id, grain, %4$s, %16$smarked_at)
                        SELECT organization, 'key', %5$s, %17$smin(m.marked_at) FROM taken m CROSS JOIN LATERAL (%3$s) k GROUP BY %17$s%5$s ORDER BY %5$s
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
        engine.list(keys, 'k.%1$I::text'), engine.list(keys, 'm.%1$I::text'),
        COALESCE(engine.list(p.within, 'within_%1$I') || ', ', ''), COALESCE(engine.list(p.within, 'm.within_%1$I') || ', ', ''));
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
