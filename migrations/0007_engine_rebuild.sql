-- The projection engine: upkeep. Rebuilding and verifying in slices, retrying quarantined keys, and the state of every
-- projection.

-- +goose Up
-- +goose StatementBegin
-- slice returns the SQL that selects the next $2 keys after the key $1, stored or in the source.
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
-- mark_slice marks the next size keys after the given one (NULL: from the start), so that a rebuild goes through a projection
-- with few dirty keys at any time. It returns the last key marked, NULL at the end. A sum is given the deltas that it lacks,
-- all at once.
CREATE FUNCTION engine.mark_slice(projection text, after text[], size int) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
    last text[];
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        PERFORM engine.reconcile(projection);
        RETURN NULL;
    END IF;
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
-- verify_slice compares the stored rows of the next size keys after the given one with the source view, in one snapshot. A key
-- whose row differs by image and is not dirty has drifted. It is marked, so that exact reads are right from then on and the
-- next refresh repairs it. Quarantined keys are left out. next is NULL at the end. A sum is compared by organization.
CREATE FUNCTION engine.verify_slice(projection text, after text[], size int, OUT next text[], OUT checked bigint, OUT drifted text[])
LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT p.key FROM engine.projections p WHERE p.name = projection);
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        SELECT v.next, v.checked, v.drifted INTO next, checked, drifted FROM engine.verify_sum(projection, after) v;
    ELSE
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
    END IF;
    UPDATE engine.projections SET verified_at = CASE WHEN next IS NULL THEN clock_timestamp() ELSE verified_at END,
        drift_found = drift_found + cardinality(drifted)
    WHERE name = projection AND (next IS NULL OR cardinality(drifted) > 0);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- adopt marks everything that changes may have passed by, and returns the projections that it has marked: in a database that was
-- restored from a backup, those whose low water is of another place; and those whose triggers were switched off. It makes these
-- triggers anew, which waits for open writers; what they have written is marked too. Sums come first, since others read them.
CREATE FUNCTION engine.adopt() RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    t record;
    passed text[] := '{}';
BEGIN
    FOR t IN SELECT * FROM engine.passable() ORDER BY relation, projection LOOP
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'engine.adopt needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
        END IF;
        PERFORM engine.attach_capture(t.projection, t.relation);
        passed := passed || t.projection;
    END LOOP;
    FOR p IN SELECT e.* FROM engine.projections e
             WHERE e.name = ANY (passed) OR EXISTS (SELECT FROM engine.low_water l WHERE l.projection = e.name AND l.moved_in <> l.held_in) ORDER BY e.kind <> 'sum', e.name LOOP
        UPDATE engine.low_water l SET xid = '0', open_from = NULL, open_to = NULL, moved_at = clock_timestamp(), moved_in = engine.place() WHERE l.projection = p.name AND l.moved_in <> l.held_in;
        -- A materialized view was computed anew by the restoring.
        IF (p.kind <> 'materialized_view' OR p.name = ANY (passed)) AND p.activated_at IS NOT NULL THEN
            PERFORM engine.mark_all(p.name);
        END IF;
        RETURN NEXT p.name;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- retry_quarantine marks the keys that were quarantined before the given time, so that the next refresh tries them again, and
-- returns how many they were. Nothing of a sum is ever quarantined: it has deltas, and no marks of keys.
CREATE FUNCTION engine.retry_quarantine(projection text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    retried bigint;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = projection;
    IF p.kind = 'sum' THEN
        RETURN 0;
    END IF;
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
-- status returns the state of every projection. backlog is the number of marks; oldest_mark is the age of the oldest one.
CREATE FUNCTION engine.status()
RETURNS TABLE (name text, kind text, replaces text, paused boolean, built boolean, backlog bigint, oldest_mark interval, quarantined bigint, verified_at timestamptz, drift_found bigint)
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
BEGIN
    FOR p IN SELECT * FROM engine.projections e ORDER BY e.name LOOP
        BEGIN
            backlog := 0; oldest_mark := '0';
            IF pg_relation_size(format('marks.%I', p.name)::regclass) > 0 THEN -- it takes longer to prepare a look than to look
                EXECUTE format('SELECT * FROM marks.%I()', p.name) INTO backlog, oldest_mark;
            END IF;
        EXCEPTION WHEN undefined_function OR undefined_table THEN
            CONTINUE; -- it was switched or dropped since the list was read
        END;
        name := p.name; kind := p.kind; replaces := p.replaces; paused := p.paused; built := p.built_at IS NOT NULL;
        verified_at := p.verified_at; drift_found := p.drift_found;
        quarantined := (SELECT count(*) FROM engine.quarantine q WHERE q.projection = p.name);
        RETURN NEXT;
    END LOOP;
END $$;
-- +goose StatementEnd
