-- The projection engine: capture. The triggers that mark what a changed canonical row concerns, the SQL that expands marks
-- to keys, and the guard of the stored copies.

-- +goose Up
-- +goose StatementBegin
-- expansion returns the SQL that turns the mark m into key columns (those after organization_id), one arm for each grain.
-- Every arm is fenced by OFFSET 0, so that the planner starts from the mark. A NULL is no key: it would make the NOT IN of an
-- exact read leave out every row. With few, it is for marks of keys, and of grains that stand for few, alone.
CREATE FUNCTION engine.expansion(projection text, few boolean DEFAULT false) RETURNS text
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
    FOR g IN SELECT * FROM engine.grains e WHERE e.projection = p.name AND (NOT expansion.few OR e.few OR e.grain = 'key') ORDER BY e.grain <> 'key', e.grain LOOP
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
-- build_pending creates the view pending.NAME: the marks of a projection, read by an index on xid from the low water on, and
-- where it left open transactions behind. What it leaves out is absorbed in every snapshot that sees this low water. To find that out
-- row by row would cost as much as the rows are many, while an old snapshot keeps them from being vacuumed.
--
-- The function marks.NAME returns how many these are, and the age of the oldest one by the clock, not by the transaction's start. A
-- session plans it once.
CREATE FUNCTION engine.build_pending(projection text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        CREATE OR REPLACE VIEW pending.%1$I AS
        SELECT m.* FROM engine.reached(%1$L) low
        CROSS JOIN LATERAL (SELECT * FROM marks.%1$I WHERE xid >= low.xid
                            UNION ALL SELECT * FROM marks.%1$I WHERE xid BETWEEN low.open_from AND low.open_to) m
        $sql$, projection);
    EXECUTE format('COMMENT ON VIEW pending.%1$I IS %2$L', projection, format('The rows of marks.%s, read from the low water on.', projection));
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION marks.%1$I(OUT backlog bigint, OUT oldest_mark interval) LANGUAGE plpgsql STABLE AS $body$
        BEGIN
            SELECT count(*), COALESCE(clock_timestamp() - min(m.marked_at), '0') INTO backlog, oldest_mark FROM pending.%1$I m;
        END $body$
        $sql$, projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- oldest returns the SQL that selects the oldest marks of the variable organization that meet a condition, at least size of them if
-- there are, each with its place, for the variable low, a row of engine.reached; with the direction DESC the newest ones. Each arm has
-- the order of its index.
CREATE FUNCTION engine.oldest(projection text, condition text, size text, direction text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format('(SELECT m.*, m.ctid AS place FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid >= low.xid AND %2$s ORDER BY m.xid %4$s LIMIT %3$s)
                            UNION ALL (SELECT m.*, m.ctid AS place FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND %2$s ORDER BY m.xid %4$s LIMIT %3$s)',
    projection, condition, size, direction);
-- +goose StatementEnd

-- +goose StatementBegin
-- raise_low_water is called by a transaction that has absorbed marks. At most once a second it raises the projection's low water,
-- by its statement's own snapshot. It keeps the transactions that may still bring a mark, since they have not ended, the calling one
-- among them, or from the snapshot's end on; and those that have left a mark. The low water is the first of these; or, where a
-- hundred others lie between two of them, the first behind the widest gap, and those before it are left behind: one that was
-- prepared and forgotten does not hold up what everybody else has ended. A snapshot that sees the new low water also sees that what
-- it passes over was absorbed. Nothing is done while another transaction is raising it, or more than 10 000 marks are left to be
-- looked at.
CREATE FUNCTION engine.raise_low_water(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    SELECT l.move INTO last FROM engine.low_water l
    WHERE l.projection = raise_low_water.projection AND (l.moved_at < clock_timestamp() - interval '1 second' OR l.moved_in <> l.held_in)
    ORDER BY l.move DESC LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF last IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format($sql$
        WITH snapshot AS MATERIALIZED (
            SELECT s AS open, pg_snapshot_xmax(s) AS xmax FROM pg_current_snapshot() s
        ), left_over AS MATERIALIZED (
            SELECT p.xid FROM pending.%I p LIMIT 10001
        ), kept AS MATERIALIZED (
            SELECT k.xid, lead(k.xid) OVER (ORDER BY k.xid) AS next, lead(k.xid::text::bigint) OVER (ORDER BY k.xid) - k.xid::text::bigint AS gap
            FROM (SELECT xmax FROM snapshot
                  UNION SELECT pg_snapshot_xip(open) FROM snapshot
                  UNION SELECT LEAST(pg_current_xact_id(), xmax) FROM snapshot
                  UNION SELECT xid FROM left_over) k (xid)
        ), replaced AS (
            DELETE FROM engine.low_water l WHERE l.projection = $1 AND l.move = $2 AND (SELECT count(*) FROM left_over) <= 10000 RETURNING l.move
        )
        INSERT INTO engine.low_water (projection, xid, open_from, open_to, moved_at)
        SELECT $1, COALESCE(g.next, f.first), CASE WHEN g.next IS NOT NULL THEN f.first END, g.xid, clock_timestamp()
        FROM replaced CROSS JOIN (SELECT min(xid) AS first FROM kept) f LEFT JOIN (SELECT * FROM kept WHERE gap >= 100 ORDER BY gap DESC LIMIT 1) g ON true
        $sql$, projection) USING projection, last;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- set_aside returns the condition that the key k of a mark m is in quarantine.
CREATE FUNCTION engine.set_aside(projection text) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT format('EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %1$L AND q.organization_id = m.organization_id AND q.key = ARRAY[%2$s] AND q.failed_at >= m.marked_at)',
        p.name, engine.list(p.key[2:], 'k.%1$I::text'))
    FROM engine.projections p WHERE p.name = projection);
-- +goose StatementEnd

-- +goose StatementBegin
-- finding returns the statements by which the function dirty.NAME returns the keys of marks: those that a query selects and that meet a
-- condition. Of what the query selects they look at no more than max_marks.
CREATE FUNCTION engine.finding(projection text, marked text, concerned text) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT format($sql$SELECT CASE WHEN count(*) > max_marks THEN count(*) ELSE count(*) FILTER (WHERE %7$s) END, bool_or(m.grain <> 'key') FILTER (WHERE %7$s) INTO counted, grouped
            FROM (SELECT m.* FROM %1$s m LIMIT max_marks + 1) m;
            IF counted > max_marks THEN
                overflow := true;
                RETURN NEXT;
            ELSIF counted > 0 AND (grouped OR quarantined) THEN
                RETURN QUERY SELECT %2$s, sum(count(*)) OVER () > max_marks OR count(*) OVER () > max_keys
                    FROM (SELECT %3$s FROM %1$s m CROSS JOIN LATERAL (%4$s) k WHERE %7$s AND (NOT quarantined OR NOT %5$s) LIMIT max_marks + 1) d GROUP BY %2$s LIMIT max_keys + 1;
            ELSIF counted > 0 THEN -- the same, of marks that are keys
                RETURN QUERY SELECT %6$s, count(*) OVER () > max_keys FROM %1$s m WHERE %7$s GROUP BY %6$s LIMIT max_keys + 1;
            END IF;
            RETURN;$sql$,
        marked, engine.list(keys, 'd.%1$I'), engine.list(keys, 'k.%1$I'), engine.expansion(projection), engine.set_aside(projection), engine.list(keys, 'm.%1$I'), concerned)
    FROM (SELECT p.key[2:] AS keys FROM engine.projections p WHERE p.name = projection) p);
-- +goose StatementEnd

-- +goose StatementBegin
-- build_dirty creates the view dirty.NAME, and two functions that exact reads call. A quarantined key is not dirty until it is marked
-- again: the change that marks it may have mended its source row.
--
-- The function dirty.NAME returns an organization's dirty keys as k1, k2 …, each once, and in overflow whether they are too many: more
-- than max_keys keys, or more than max_marks marks, which are then not expanded (a single row without keys has the overflow).
-- The function pending.NAME returns whether there is any mark, or any key in quarantine. With the argument in_COLUMN, one at most, both
-- leave out marks that concern rows with none of its values in COLUMN alone: a column of within, or the key, where that is one column.
-- Two hundred marks are looked through. Where there are more, an index tells apart those of a column of within. None does those of keys:
-- there overflow also says that the organization has more than max_marks marks, and pending.NAME that it has more than a thousand.
-- Like source.NAME they are functions so that a statement is not planned with what they read: each read would pay for it. Nor are their
-- own statements planned with each call, as PostgreSQL would for a table of marks, which looks empty to it.
CREATE FUNCTION engine.build_dirty(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p engine.projections;
    keys text[];
    -- marked selects all marks, and marked_apart those that a column of within tells apart, for the variables organization and low. In the
    -- order of the index on this column, no other index looks as good.
    marked text := $sql$(SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid >= low.xid
                UNION ALL SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to)$sql$;
    marked_apart text := $sql$(SELECT m.* FROM unnest(%3$I) v CROSS JOIN LATERAL (
                    (SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.%2$I BETWEEN v AND v AND m.xid >= low.xid ORDER BY m.%2$I, m.xid OFFSET 0)
                    UNION ALL (SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.%2$I BETWEEN v AND v AND m.xid BETWEEN low.open_from AND low.open_to ORDER BY m.%2$I, m.xid OFFSET 0)) m
                UNION ALL (SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.%2$I IS NULL AND m.xid >= low.xid ORDER BY m.%2$I, m.xid OFFSET 0)
                UNION ALL (SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.%2$I IS NULL AND m.xid BETWEEN low.open_from AND low.open_to ORDER BY m.%2$I, m.xid OFFSET 0))$sql$;
    finding text := '';
    pending text := '';
    branch text := E'IF %1$I IS NOT NULL THEN\n            %2$s\n            END IF;\n            ';
    told_apart text[];
    arguments text;
    concerned text; -- the condition of the marks that an argument leaves
    apart text;
    c text;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections e WHERE e.name = projection;
    IF p.kind = 'sum' THEN
        RETURN;
    END IF;
    PERFORM engine.build_pending(projection);
    keys := p.key[2:];
    EXECUTE format('CREATE OR REPLACE VIEW dirty.%1$I AS SELECT m.organization_id, %2$s FROM pending.%1$I m CROSS JOIN LATERAL (%3$s) k WHERE NOT %4$s',
        projection, engine.list(keys, 'k.%1$I'), engine.expansion(projection), engine.set_aside(projection));
    marked := format(marked, projection);
    told_apart := CASE WHEN cardinality(keys) = 1 THEN keys ELSE '{}' END || p.within;
    FOREACH c IN ARRAY told_apart LOOP
        IF c = ANY (p.within) THEN
            concerned := format('(m.%1$I = ANY (%2$I) OR m.%1$I IS NULL)', 'within_' || c, 'in_' || c);
            apart := format(marked_apart, projection, 'within_' || c, 'in_' || c);
            finding := finding || format(branch, 'in_' || c, format('IF (SELECT count(m.grain) FROM (SELECT m.grain FROM %1$s m LIMIT 201) m) <= 200 THEN %2$s END IF; %3$s', marked,
                engine.finding(projection, marked, concerned), engine.finding(projection, apart, 'true')));
            pending := pending || format(branch, 'in_' || c, format('SELECT count(m.grain) > 200, COALESCE(bool_or(%2$s), false) INTO many, concerned FROM (SELECT m.grain, m.%3$I FROM %1$s m LIMIT 201) m; RETURN concerned OR many AND EXISTS %4$s;',
                marked, concerned, 'within_' || c, apart));
        ELSE
            concerned := format('(m.grain <> ''key'' OR m.%1$I = ANY (%2$I))', c, 'in_' || c);
            finding := finding || format(branch, 'in_' || c, engine.finding(projection, marked, concerned));
            pending := pending || format(branch, 'in_' || c, format('RETURN (SELECT count(*) > 1000 OR COALESCE(bool_or(%2$s), false) FROM (SELECT m.grain, m.%3$I FROM %1$s m LIMIT 1001) m);', marked, concerned, c));
        END IF;
    END LOOP;
    finding := finding || engine.finding(projection, marked, 'true');
    pending := pending || format('RETURN EXISTS %s;', marked);
    arguments := COALESCE((SELECT string_agg(format(', %I %s[] DEFAULT NULL', 'in_' || u.c, format_type(a.atttypid, NULL)), '' ORDER BY o)
        FROM unnest(told_apart) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', projection)::regclass AND a.attname = u.c), '');
    EXECUTE format('DROP FUNCTION IF EXISTS dirty.%I', projection);
    EXECUTE format($sql$
        CREATE FUNCTION dirty.%1$I(organization bigint, max_keys int, max_marks int, %2$s, OUT overflow boolean)
        RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan SET enable_bitmapscan = off AS $body$
        DECLARE
            low record;
            counted bigint;
            grouped boolean;
            quarantined boolean := EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %4$L AND q.organization_id = organization);
        BEGIN
            SELECT * INTO low FROM engine.reached(%4$L);
            %3$s
        END $body$
        $sql$, projection,
        (SELECT string_agg(format('OUT k%s %s', o, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY o)
         FROM unnest(keys) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', projection)::regclass AND a.attname = u.c) || arguments,
        finding, projection);
    EXECUTE format('DROP FUNCTION IF EXISTS pending.%I', projection);
    EXECUTE format($sql$
        CREATE FUNCTION pending.%1$I(organization bigint%2$s) RETURNS boolean LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_bitmapscan = off AS $body$
        DECLARE
            low record;
            many boolean;
            concerned boolean;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %4$L AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached(%4$L);
            %3$s
        END $body$
        $sql$, projection, arguments, pending, projection);
    EXECUTE format('COMMENT ON VIEW dirty.%1$I IS %2$L', projection,
        format('The keys of projection.%s whose stored row may be behind, as this snapshot sees them; a key may stand here more than once.', projection));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- noting returns the statements of a trigger function that add a projection to the setting engine.marked, the list of projections
-- that the transaction has marked. The write side reads it before it commits, and enqueues one job that refreshes them. noted is a
-- variable; assignments of expressions cost a writer far less than calls would.
CREATE FUNCTION engine.noting(projection text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format($sql$noted := COALESCE(current_setting('engine.marked', true), '');
                IF noted = '' THEN
                    noted := set_config('engine.marked', %1$L, true);
                ELSIF strpos(',' || noted || ',', %2$L) = 0 THEN
                    noted := set_config('engine.marked', noted || %3$L, true);
                END IF;$sql$, projection, ',' || projection || ',', ',' || projection);
-- +goose StatementEnd

-- +goose StatementBegin
-- listen asks in the name of a session that changes be announced, until unlisten or its end; any number of sessions may. It is a
-- shared advisory lock, which listened sees at once, whatever snapshot its transaction has.
CREATE FUNCTION engine.listen() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    SELECT pg_advisory_lock_shared(hashtextextended('daybook_changes', 0));
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- unlisten takes back what listen has asked for.
CREATE FUNCTION engine.unlisten() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    SELECT pg_advisory_unlock_shared(hashtextextended('daybook_changes', 0));
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- listened reports whether a session asks for announcements: then the lock cannot be had, which is given back at once where it can.
-- It may also be true because another one looks at the same moment. Writers ask once they have written, when their transaction
-- has its number: what a listener then needs to know is that every transaction with a number after its call of listen announces.
CREATE FUNCTION engine.listened() RETURNS boolean
LANGUAGE sql
RETURN CASE WHEN pg_try_advisory_lock(hashtextextended('daybook_changes', 0)) THEN NOT pg_advisory_unlock(hashtextextended('daybook_changes', 0)) ELSE true END;
-- +goose StatementEnd

-- +goose StatementBegin
-- announcing returns the statement of a trigger function that announces, on the channel daybook_changes and when the transaction
-- commits, what it has changed: the relation and an organization, 0 for all of them, or also a key, where there are few. rows are
-- the changed rows, organization and keys their columns; without keys all of the relation may be another.
CREATE FUNCTION engine.announcing(relation text, rows text, organization text, keys text[] DEFAULT '{}') RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN cardinality(keys) = 0
    THEN format($sql$PERFORM pg_notify('daybook_changes', '%1$s ' || d.o) FROM (SELECT DISTINCT r.%3$I AS o FROM %2$I r) d;$sql$, relation, rows, organization)
    ELSE format($sql$PERFORM pg_notify('daybook_changes', '%1$s ' || d.o) FROM (SELECT DISTINCT CASE WHEN count(*) OVER () > 20 THEN r.%3$I::text ELSE r.%3$I || ' ' || k.key END AS o
                        FROM %2$I r CROSS JOIN LATERAL (VALUES %4$s) k (key) WHERE k.key IS NOT NULL) d;$sql$, relation, rows, organization, engine.list(keys, '(r.%1$I)')) END;
-- +goose StatementEnd

-- +goose StatementBegin
-- refuse_apply is called in sessions alone that let rows of a replica in. It refuses those of a logical replication, for which
-- PostgreSQL calls no trigger that could mark what depends on them.
CREATE FUNCTION engine.refuse_apply() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE(current_setting('engine.applies', true), '') = '' THEN
        PERFORM set_config('engine.applies', (backend_type LIKE 'logical replication%')::text, false) FROM pg_stat_get_activity(pg_backend_pid());
    END IF;
    IF current_setting('engine.applies')::boolean THEN
        RAISE EXCEPTION 'rows of % cannot come by logical replication: what depends on them would not be marked', TG_RELID::regclass
            USING ERRCODE = 'feature_not_supported', HINT = 'Restore a backup, or use physical replication.';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- capturing returns the names of the triggers on a canonical table that capture its changes for a projection, each with the state
-- that it has until somebody switches triggers off: PostgreSQL gives others to those that are switched on together again.
CREATE FUNCTION engine.capturing(projection text) RETURNS TABLE (trigger text, state "char")
LANGUAGE sql IMMUTABLE ROWS 5
BEGIN ATOMIC
    VALUES (format('mark_%s_insert', projection), 'A'::"char"), (format('mark_%s_update', projection), 'A'), (format('mark_%s_delete', projection), 'A'),
    (format('mark_%s_truncate', projection), 'A'), (format('mark_%s_apply', projection), 'R');
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- attach_capture creates the triggers that call a projection's trigger function for one canonical table, one for each event. They
-- are called in every session, whatever its session_replication_role.
CREATE FUNCTION engine.attach_capture(projection text, relation text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    event text;
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION engine.refuse_apply()', format('mark_%s_apply', projection), relation::regclass);
    EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', relation::regclass, format('mark_%s_apply', projection));
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION marks.%I()',
            format('mark_%s_%s', projection, lower(event)), event, relation::regclass,
            CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
                       WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                       WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows' ELSE '' END,
            projection || '_from_' || (SELECT relname FROM pg_class WHERE oid = relation::regclass));
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation::regclass, format('mark_%s_%s', projection, lower(event)));
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- build_capture creates the trigger function that marks a projection when one canonical table changes, and its triggers, one
-- for each event. A mark is made from the changed row alone, old and new. A change counts when the binary image of a column
-- that the source view reads, or of a grain's column, is another: equality would miss 1.0 that becomes 1.00.
CREATE FUNCTION engine.build_capture(projection text, relation text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    short text := (SELECT relname FROM pg_class WHERE oid = relation::regclass);
    t engine.tracks;
    g engine.grains;
    primary_key text[] := (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                           WHERE i.indrelid = relation::regclass AND i.indisprimary);
    image text[];
    filled text[]; -- the columns of a mark, beside those of the table that fill them
    fillers text[];
    inserted text := '';
    deleted text := '';
    updated text := '';
    organization text;
    touched text[] := '{}'; -- the columns with the keys that are announced; empty where a mark may name others
    keyed boolean := true;
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        PERFORM engine.build_deltas(projection, relation);
        RETURN;
    END IF;
    -- A longer name would be cut off, and two tables could share one function.
    IF length(regexp_replace(projection, '__next$', '') || '__next_from_' || short) > 63 OR length(projection) > 48 THEN
        RAISE EXCEPTION 'engine: the names % and % are too long together', projection, relation;
    END IF;
    IF primary_key IS NULL THEN
        RAISE EXCEPTION 'engine: % has no primary key, so a changed row cannot be told from a new one', relation;
    END IF;
    FOR t IN SELECT * FROM engine.tracks e WHERE e.projection = build_capture.projection AND e.relation = build_capture.relation ORDER BY e.grain LOOP
        SELECT * INTO STRICT g FROM engine.grains e WHERE e.projection = t.projection AND e.grain = t.grain;
        filled := g.columns || ARRAY(SELECT 'within_' || split_part(w, '=', 1) FROM unnest(t.within) WITH ORDINALITY u(w, o) ORDER BY o);
        fillers := t.columns || ARRAY(SELECT split_part(w, '=', 2) FROM unnest(t.within) WITH ORDINALITY u(w, o) ORDER BY o);
        keyed := keyed AND g.grain = 'key' AND cardinality(t.columns) = 2;
        organization := t.columns[1];
        touched := CASE WHEN keyed THEN touched || t.columns[2] ELSE '{}' END;
        image := (SELECT array_agg(DISTINCT c) FROM unnest(t.reads || fillers || primary_key) c);
        inserted := inserted || CASE WHEN t.inserts THEN format(E'\n        INSERT INTO marks.%1$I (grain, %2$s) SELECT DISTINCT %3$L, %4$s FROM (SELECT * FROM new_rows WHERE %6$s) r WHERE %5$s; marked := marked OR FOUND;',
            projection, engine.list(filled, '%1$I'), t.grain, engine.list(fillers, 'r.%1$I'), engine.list(t.columns, 'r.%1$I IS NOT NULL', ' AND '), t.relevant) ELSE '' END;
        deleted := deleted || format(E'\n        INSERT INTO marks.%1$I (grain, %2$s) SELECT DISTINCT %3$L, %4$s FROM (SELECT * FROM old_rows WHERE %6$s) r WHERE %5$s; marked := marked OR FOUND;',
            projection, engine.list(filled, '%1$I'), t.grain, engine.list(fillers, 'r.%1$I'), engine.list(t.columns, 'r.%1$I IS NOT NULL', ' AND '), t.relevant);
        updated := updated || format($sql$
        INSERT INTO marks.%1$I (grain, %2$s)
        SELECT DISTINCT %3$L, %4$s
        FROM (SELECT * FROM old_rows WHERE %13$s) o FULL JOIN (SELECT * FROM new_rows WHERE %13$s) n ON %5$s
        CROSS JOIN LATERAL (VALUES (%6$s), (%7$s)) v (%8$s)
        WHERE (o.%9$I IS NULL OR n.%9$I IS NULL OR ROW(%10$s)::record OPERATOR(pg_catalog.*<>) ROW(%11$s)::record) AND %12$s;
        marked := marked OR FOUND;$sql$,
            projection, engine.list(filled, '%1$I'), t.grain, engine.list(filled, 'v.%1$I'),
            engine.list(primary_key, 'o.%1$I = n.%1$I', ' AND '), engine.list(fillers, 'o.%1$I'), engine.list(fillers, 'n.%1$I'),
            engine.list(filled, '%1$I'), primary_key[1], engine.list(image, 'o.%1$I'), engine.list(image, 'n.%1$I'),
            engine.list(g.columns, 'v.%1$I IS NOT NULL', ' AND '), t.relevant);
    END LOOP;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION marks.%1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            marked boolean := false;
            noted text;
        BEGIN
            IF TG_OP = 'INSERT' THEN%2$s
            ELSIF TG_OP = 'UPDATE' THEN%3$s
            ELSIF TG_OP = 'DELETE' THEN%4$s
            ELSE
                PERFORM engine.truncated(%5$L);
                %6$s
                IF engine.listened() THEN
                    PERFORM pg_notify('daybook_changes', '%5$s 0');
                END IF;
            END IF;
            IF marked THEN
                %6$s
                IF engine.listened() THEN
                    IF TG_OP <> 'INSERT' THEN
                        %7$s
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        %8$s
                    END IF;
                END IF;
            END IF;
            RETURN NULL;
        END $body$
        $sql$, projection || '_from_' || short, inserted, updated, deleted, projection, engine.noting(projection),
        engine.announcing(projection, 'old_rows', organization, touched), engine.announcing(projection, 'new_rows', organization, touched));
    PERFORM engine.attach_capture(projection, relation);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- truncated marks all of a projection after a TRUNCATE of a table that it is made from. An older snapshot would not see all the
-- keys that are stored by now.
CREATE FUNCTION engine.truncated(projection text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'TRUNCATE of a table that projections are made from needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM engine.mark_all(projection);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- mark_all marks every key of a projection, stored or in the source: without the stored ones, rows whose source row is gone
-- would stay. A sum is given the deltas that it lacks.
CREATE FUNCTION engine.mark_all(projection text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    keys text := engine.list((SELECT p.key FROM engine.projections p WHERE p.name = projection), '%1$I');
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        PERFORM engine.reconcile(projection);
        RETURN;
    END IF;
    EXECUTE format('INSERT INTO marks.%1$I (grain, %2$s) SELECT ''key'', u.* FROM (SELECT %2$s FROM projection.%1$I UNION SELECT %2$s FROM source.%1$I) u', projection, keys);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- guard refuses every change of a stored copy that the engine does not make, and names the canonical tables to change
-- instead.
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
