-- The migrated database, as pg_dump 15 shows it, but for what is generated: the schemas marks, dirty and refresh,
-- the functions of the schema source, the guards of stored copies, and the triggers mark_… and audit_… of each table.
-- Made by: go test ./migrations -run TestSchemaDump -update
-- Name: audit; Type: SCHEMA; Schema: -

CREATE SCHEMA audit;

-- Name: SCHEMA audit; Type: COMMENT; Schema: -

COMMENT ON SCHEMA audit IS 'What was changed, when, and by whom. Written by triggers on the canonical tables alone.';

-- Name: canonical; Type: SCHEMA; Schema: -

CREATE SCHEMA canonical;

-- Name: SCHEMA canonical; Type: COMMENT; Schema: -

COMMENT ON SCHEMA canonical IS 'The only truth: the rows that mutations write.';

-- Name: dirty; Type: SCHEMA; Schema: -

CREATE SCHEMA dirty;

-- Name: SCHEMA dirty; Type: COMMENT; Schema: -

COMMENT ON SCHEMA dirty IS 'One view for each projection: its marks expanded to keys, in the reader''s own snapshot.';

-- Name: engine; Type: SCHEMA; Schema: -

CREATE SCHEMA engine;

-- Name: SCHEMA engine; Type: COMMENT; Schema: -

COMMENT ON SCHEMA engine IS 'The catalogue of projections and the functions that migrations call.';

-- Name: exact; Type: SCHEMA; Schema: -

CREATE SCHEMA exact;

-- Name: SCHEMA exact; Type: COMMENT; Schema: -

COMMENT ON SCHEMA exact IS 'One view for each sum: what is stored with its deltas added, which equals the source view in every snapshot.';

-- Name: marks; Type: SCHEMA; Schema: -

CREATE SCHEMA marks;

-- Name: SCHEMA marks; Type: COMMENT; Schema: -

COMMENT ON SCHEMA marks IS 'For each projection, append-only rows that say what may be behind.';

-- Name: pending; Type: SCHEMA; Schema: -

CREATE SCHEMA pending;

-- Name: SCHEMA pending; Type: COMMENT; Schema: -

COMMENT ON SCHEMA pending IS 'One view for each projection: its marks, read from the low water on.';

-- Name: projection; Type: SCHEMA; Schema: -

CREATE SCHEMA projection;

-- Name: SCHEMA projection; Type: COMMENT; Schema: -

COMMENT ON SCHEMA projection IS 'The stored, indexed copy of each source view. Written by the engine alone.';

-- Name: refresh; Type: SCHEMA; Schema: -

CREATE SCHEMA refresh;

-- Name: SCHEMA refresh; Type: COMMENT; Schema: -

COMMENT ON SCHEMA refresh IS 'One function for each projection: it brings the stored copy up to date with its source view.';

-- Name: source; Type: SCHEMA; Schema: -

CREATE SCHEMA source;

-- Name: SCHEMA source; Type: COMMENT; Schema: -

COMMENT ON SCHEMA source IS 'One view for each read model: its definition, over canonical tables only.';

-- Name: btree_gin; Type: EXTENSION; Schema: -

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

-- Name: EXTENSION btree_gin; Type: COMMENT; Schema: -

COMMENT ON EXTENSION btree_gin IS 'support for indexing common datatypes in GIN';

-- Name: btree_gist; Type: EXTENSION; Schema: -

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

-- Name: EXTENSION btree_gist; Type: COMMENT; Schema: -

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

-- Name: pg_trgm; Type: EXTENSION; Schema: -

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

-- Name: unaccent; Type: EXTENSION; Schema: -

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- Name: EXTENSION unaccent; Type: COMMENT; Schema: -

COMMENT ON EXTENSION unaccent IS 'text search dictionary that removes accents';

-- Name: adopt(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.adopt() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT feed.place <> engine.place() FROM audit.feed) THEN
        PERFORM audit.begin_epoch();
    END IF;
END
$$;

-- Name: FUNCTION adopt(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.adopt() IS 'Begins an epoch in a database that was restored from a backup. Ends every migration.';

-- Name: attach(text); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.attach(target text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    recorded audit.tables;
    columns text[] := (SELECT array_agg(attname::text) FROM pg_attribute
        WHERE attrelid = format('canonical.%I', target)::regclass AND attnum > 0 AND NOT attisdropped);
    keys text[] := (SELECT array_agg(a.attname::text) FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = format('canonical.%I', target)::regclass AND i.indisprimary AND a.attname <> 'organization_id');
    settings text;
    event text;
BEGIN
    SELECT * INTO STRICT recorded FROM audit.tables WHERE relation = target AND exempt IS NULL;
    IF cardinality(keys) IS DISTINCT FROM 1 THEN
        RAISE EXCEPTION 'audit: canonical.% must have a primary key of its organization and one more column', target;
    ELSIF NOT recorded.secrets || coalesce(recorded.entity_key, keys[1]) <@ columns THEN
        RAISE EXCEPTION 'audit: canonical.% lacks a column that audit.tables names', target;
    END IF;
    settings := format('%L, %L, %L, %L, %L',
        CASE WHEN 'organization_id' = ANY (columns) THEN 'organization_id' WHEN target = 'organizations' THEN 'id' ELSE '' END,
        keys[1], coalesce(recorded.entity, ''), coalesce(recorded.entity_key, ''),
        (SELECT coalesce(jsonb_object_agg(secret, '[redacted]'), '{}') FROM unnest(recorded.secrets) AS secret));
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I %s %s ON canonical.%I %s FOR EACH STATEMENT EXECUTE FUNCTION audit.capture(%s)',
            'audit_' || lower(event), CASE event WHEN 'TRUNCATE' THEN 'BEFORE' ELSE 'AFTER' END, event, target,
            CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
                WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows' ELSE '' END, settings);
    END LOOP;
END
$$;

-- Name: FUNCTION attach(target text); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.attach(target text) IS 'Gives a canonical table the triggers that record it, as audit.tables says; again after that has changed.';

-- Name: tables; Type: TABLE; Schema: audit

CREATE TABLE audit.tables (
    relation text NOT NULL,
    entity text,
    entity_key text,
    secrets text[] DEFAULT '{}'::text[] NOT NULL,
    exempt text,
    CONSTRAINT tables_exempt_given CHECK ((btrim(exempt) <> ''::text))
);

-- Name: TABLE tables; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.tables IS 'How each canonical table is recorded. A new table needs one row here, in its own migration or a later one:
audit.attach_all, which every migration ends with, gives it its triggers.';

-- Name: COLUMN tables.entity; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.tables.entity IS 'The GraphQL type of the record that a row belongs to, or, as a JSON object, the type for each value of the column kind.
Null: audit.entity finds the record by another table.';

-- Name: COLUMN tables.entity_key; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.tables.entity_key IS 'The column with that record''s id: the row''s own id, or its parent''s; null where the record has no number for an id.';

-- Name: COLUMN tables.secrets; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.tables.secrets IS 'Columns whose values are never recorded, only that they changed.';

-- Name: COLUMN tables.exempt; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.tables.exempt IS 'Why nothing of this table is recorded; null: all of it is.';

-- Name: unrecorded(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.unrecorded() RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (c.relname)::text AS relname
    FROM pg_class c
   WHERE ((c.relnamespace = ('canonical'::regnamespace)::oid) AND (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char"])) AND (NOT (EXISTS ( SELECT
            FROM audit.tables t
           WHERE ((t.relation = c.relname) AND (t.exempt IS NOT NULL))))) AND (( SELECT count(*) AS count
            FROM pg_trigger g
           WHERE ((g.tgrelid = c.oid) AND (g.tgenabled = ANY (ARRAY['O'::"char", 'A'::"char"])) AND (g.tgname = ANY (ARRAY['audit_insert'::name, 'audit_update'::name, 'audit_delete'::name, 'audit_truncate'::name])))) < 4))
   ORDER BY ((c.relname)::text);
END;

-- Name: FUNCTION unrecorded(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.unrecorded() IS 'The canonical tables that lack the triggers, though nothing exempts them.';

-- Name: attach_all(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.attach_all() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT audit.attach(t.relation) AS attach
    FROM (audit.tables t
      JOIN audit.unrecorded() missing(missing) ON ((missing.missing = t.relation)));
END;

-- Name: FUNCTION attach_all(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.attach_all() IS 'Attaches the tables that are known and not yet recorded. Ends every migration.';

-- Name: begin_epoch(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.begin_epoch() RETURNS smallint
    LANGUAGE plpgsql
    AS $$
DECLARE
    begun smallint;
BEGIN
    LOCK TABLE audit.events IN ACCESS EXCLUSIVE MODE; -- nobody has recorded an event of the last epoch and not ended
    UPDATE audit.feed SET epoch = epoch + 1, place = engine.place() RETURNING epoch INTO begun;
    EXECUTE format('ALTER TABLE audit.events ALTER COLUMN epoch SET DEFAULT %s', begun);
    RETURN begun;
END
$$;

-- Name: FUNCTION begin_epoch(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.begin_epoch() IS 'Lets the feed go on behind all events there are, however transactions are numbered from now on. It is to be called in a
database that was recovered to an earlier moment; after a restored backup every migration calls it.';

-- Name: capture(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.capture() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF TG_OP = 'INSERT' THEN
        WITH recorded AS (
        INSERT INTO audit.events (action, relation, organization_id, row_id, canonical_type, canonical_id, snapshot)
        SELECT 'create', TG_TABLE_NAME, d.* FROM (SELECT to_jsonb(r) AS entry FROM new_rows AS r OFFSET 0) AS n
        CROSS JOIN LATERAL audit.describe(TG_TABLE_NAME, TG_ARGV, n.entry) AS d RETURNING id)
        INSERT INTO audit.textless SELECT id FROM recorded;
    ELSIF TG_OP = 'DELETE' THEN
        WITH recorded AS (
        INSERT INTO audit.events (action, relation, organization_id, row_id, canonical_type, canonical_id, snapshot)
        SELECT 'delete', TG_TABLE_NAME, d.* FROM (SELECT to_jsonb(r) AS entry FROM old_rows AS r OFFSET 0) AS o
        CROSS JOIN LATERAL audit.describe(TG_TABLE_NAME, TG_ARGV, o.entry) AS d RETURNING id)
        INSERT INTO audit.textless SELECT id FROM recorded;
    ELSIF TG_OP = 'UPDATE' THEN
        -- A row whose key changed is one that went and another that came. A full join is never made by nested loops,
        -- however few rows there were when this was planned; the fences (OFFSET 0) make each row's jsonb once.
        WITH recorded AS (
        INSERT INTO audit.events (action, relation, changes, fields, organization_id, row_id, canonical_type, canonical_id, snapshot)
        SELECT CASE WHEN o.entry IS NULL THEN 'create' WHEN n.entry IS NULL THEN 'delete' ELSE 'update' END, TG_TABLE_NAME,
            coalesce(c.changes, '{}'), coalesce(c.fields, '{}'), d.*
        FROM (SELECT to_jsonb(r) AS entry FROM old_rows AS r OFFSET 0) AS o
        FULL JOIN (SELECT to_jsonb(r) AS entry FROM new_rows AS r OFFSET 0) AS n
            ON o.entry ->> TG_ARGV[1] = n.entry ->> TG_ARGV[1]
                AND coalesce(o.entry ->> TG_ARGV[0], '') = coalesce(n.entry ->> TG_ARGV[0], '')
        CROSS JOIN LATERAL (
            SELECT array_agg(f.key) AS fields, jsonb_object_agg(f.key, CASE WHEN TG_ARGV[4]::jsonb ? f.key
                THEN '["[redacted]", "[redacted]"]' ELSE jsonb_build_array(o.entry -> f.key, f.value) END) AS changes
            FROM jsonb_each(n.entry) AS f
            WHERE o.entry -> f.key <> f.value AND f.key NOT IN ('version', 'updated_at')) AS c
        CROSS JOIN LATERAL audit.describe(TG_TABLE_NAME, TG_ARGV, coalesce(n.entry, o.entry)) AS d
        WHERE o.entry IS NULL OR n.entry IS NULL OR c.fields IS NOT NULL RETURNING id)
        INSERT INTO audit.textless SELECT id FROM recorded;
    ELSE
        EXECUTE format('WITH recorded AS (INSERT INTO audit.events (action, relation, organization_id, row_id, canonical_type, canonical_id, snapshot)
            SELECT ''delete'', $1, d.* FROM (SELECT to_jsonb(r) AS entry FROM canonical.%I AS r OFFSET 0) AS o
            CROSS JOIN LATERAL audit.describe($1, $2, o.entry) AS d RETURNING id)
            INSERT INTO audit.textless SELECT id FROM recorded', TG_TABLE_NAME)
            USING TG_TABLE_NAME, TG_ARGV;
        IF engine.listened() THEN
            PERFORM pg_notify('daybook_changes', 'canonical.' || TG_TABLE_NAME || ' 0');
        END IF;
        RETURN NULL;
    END IF;
    IF FOUND AND engine.listened() THEN
        IF TG_OP <> 'INSERT' THEN
            PERFORM pg_notify('daybook_changes', 'canonical.' || TG_TABLE_NAME || ' ' || d.organization)
            FROM (SELECT DISTINCT coalesce(to_jsonb(r) ->> TG_ARGV[0], '0') AS organization FROM old_rows AS r) AS d;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            PERFORM pg_notify('daybook_changes', 'canonical.' || TG_TABLE_NAME || ' ' || d.organization)
            FROM (SELECT DISTINCT coalesce(to_jsonb(r) ->> TG_ARGV[0], '0') AS organization FROM new_rows AS r) AS d;
        END IF;
    END IF;
    RETURN NULL;
END
$_$;

-- Name: FUNCTION capture(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.capture() IS 'Writes the events of one statement, and announces them to who listens. Values are compared as jsonb: 1.0 and 1.00 are one number, other spellings differ.';

-- Name: entity(text, bigint, jsonb); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.entity(relation text, organization bigint, entry jsonb, OUT canonical_type text, OUT canonical_id bigint) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    canonical_id := coalesce(entry ->> 'credit_note_id', entry ->> 'document_id');
    SELECT canonical.document_type(document.kind) INTO canonical_type
    FROM canonical.documents AS document WHERE (document.organization_id, document.id) = (organization, entity.canonical_id);
    IF canonical_type IS NULL THEN -- the document was deleted first
        SELECT event.canonical_type INTO canonical_type FROM audit.events AS event
        WHERE event.organization_id = organization AND event.canonical_id = entity.canonical_id
            AND event.canonical_type = ANY (canonical.posting_types('document')) LIMIT 1;
    END IF;
    IF canonical_type IS NULL THEN
        canonical_id := NULL;
    END IF;
END
$$;

-- Name: FUNCTION entity(relation text, organization bigint, entry jsonb, OUT canonical_type text, OUT canonical_id bigint); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.entity(relation text, organization bigint, entry jsonb, OUT canonical_type text, OUT canonical_id bigint) IS 'The document that a row of its items or of their taxes belongs to, and the credit note of what it reduces.';

-- Name: describe(text, text[], jsonb); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.describe(relation text, settings text[], entry jsonb) RETURNS TABLE(organization_id bigint, row_id text, canonical_type text, canonical_id bigint, snapshot jsonb)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
 SELECT ((describe.entry ->> (describe.settings)[0]))::bigint AS int8,
     (describe.entry ->> (describe.settings)[1]),
         CASE
             WHEN ((describe.settings)[2] = ''::text) THEN found.canonical_type
             WHEN ((describe.settings)[2] ~~ '{%'::text) THEN (((describe.settings)[2])::jsonb ->> (describe.entry ->> 'kind'::text))
             ELSE (describe.settings)[2]
         END AS settings,
         CASE
             WHEN ((describe.settings)[2] = ''::text) THEN found.canonical_id
             ELSE ((describe.entry ->> (describe.settings)[3]))::bigint
         END AS "case",
         CASE (describe.settings)[4]
             WHEN '{}'::text THEN describe.entry
             ELSE (describe.entry || ((describe.settings)[4])::jsonb)
         END AS "case"
    FROM (( VALUES (0)) always
      LEFT JOIN LATERAL ( SELECT e.canonical_type,
             e.canonical_id
            FROM audit.entity(describe.relation, ((describe.entry ->> (describe.settings)[0]))::bigint, describe.entry) e(canonical_type, canonical_id)
           WHERE ((describe.settings)[2] = ''::text)) found ON (true));
END;

-- Name: FUNCTION describe(relation text, settings text[], entry jsonb); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.describe(relation text, settings text[], entry jsonb) IS 'What an event says of a row beside its change: where it belongs, and the row without its secrets. It becomes part of the
statement that calls it; expressions of PL/pgSQL would be prepared anew in every transaction.';

-- Name: forget(timestamp with time zone, integer); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.forget(before timestamp with time zone, batch integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    forgotten int;
BEGIN
    PERFORM set_config('audit.forgetting', 'on', true);
    WITH deleted AS (
        DELETE FROM audit.events AS event
        USING (SELECT id, occurred_at FROM audit.events ORDER BY id LIMIT batch) AS oldest
        WHERE event.id = oldest.id AND oldest.occurred_at < before
        RETURNING event.organization_id, event.epoch, event.transaction, event.id
    ), texts AS (
        DELETE FROM audit.texts WHERE event_id IN (SELECT id FROM deleted)
    ), waiting AS (
        DELETE FROM audit.textless WHERE event_id IN (SELECT id FROM deleted)
    ), noted AS (
        INSERT INTO audit.forgotten AS noted
        SELECT DISTINCT ON (organization_id) * FROM deleted WHERE organization_id IS NOT NULL
        ORDER BY organization_id, epoch DESC, transaction DESC, id DESC
        ON CONFLICT (organization_id) DO UPDATE SET epoch = EXCLUDED.epoch, transaction = EXCLUDED.transaction, id = EXCLUDED.id
        WHERE (noted.epoch, noted.transaction, noted.id) < (EXCLUDED.epoch, EXCLUDED.transaction, EXCLUDED.id)
    )
    SELECT count(*) INTO forgotten FROM deleted;
    PERFORM set_config('audit.forgetting', '', true);
    RETURN forgotten;
END
$$;

-- Name: FUNCTION forget(before timestamp with time zone, batch integer); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.forget(before timestamp with time zone, batch integer) IS 'Deletes, of the oldest events by number, as many as batch, those from before a time, and returns how many these were:
fewer than batch means that there is no more to delete now. Numbers and times differ by what a transaction lasts.
audit.forgotten says up to where the feed has lost events.';

-- Name: guard(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what happened is not changed: audit.events is written by triggers on the canonical tables'
        USING ERRCODE = 'insufficient_privilege', HINT = 'audit.forget deletes the oldest events.';
END
$$;

-- Name: textless; Type: TABLE; Schema: audit

CREATE TABLE audit.textless (
    event_id bigint NOT NULL
)
WITH (autovacuum_vacuum_threshold='1000', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_insert_threshold='-1');

-- Name: TABLE textless; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.textless IS 'The events that wait for their text.';

-- Name: texts; Type: TABLE; Schema: audit

CREATE TABLE audit.texts (
    event_id bigint NOT NULL,
    text text,
    error text,
    CONSTRAINT texts_text_or_error CHECK (((text IS NULL) <> (error IS NULL)))
);

-- Name: TABLE texts; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.texts IS 'The texts of events.';

-- Name: COLUMN texts.text; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.texts.text IS 'One line for humans, made from the event by the application some moments later.';

-- Name: COLUMN texts.error; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.texts.error IS 'Why there can be no text; audit.retry_texts has it tried again.';

-- Name: retry_texts(); Type: FUNCTION; Schema: audit

CREATE FUNCTION audit.retry_texts() RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
 WITH failed AS (
          DELETE FROM audit.texts
           WHERE (texts.error IS NOT NULL)
           RETURNING texts.event_id
         ), waiting AS (
          INSERT INTO audit.textless (event_id)  SELECT failed.event_id
                    FROM failed
           RETURNING 1 AS "?column?"
         )
  SELECT count(*) AS count
    FROM waiting;
END;

-- Name: FUNCTION retry_texts(); Type: COMMENT; Schema: audit

COMMENT ON FUNCTION audit.retry_texts() IS 'Has the texts made again that could not be made, and returns their number.';

-- Name: accounts_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.accounts_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an account keeps its type and its system role, and one with a role is not deleted'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_type_fixed', SCHEMA = 'canonical', TABLE = 'accounts';
END
$$;

-- Name: allocation_dated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.allocation_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    new_row jsonb := to_jsonb(NEW);
    later date := CASE TG_TABLE_NAME
        WHEN 'payment_allocations' THEN (
            SELECT greatest(payment.paid_on, document.issued_on) FROM canonical.payments AS payment, canonical.documents AS document
            WHERE (payment.organization_id, payment.id) = (NEW.organization_id, (new_row ->> 'payment_id')::bigint)
                AND (document.organization_id, document.id) = (NEW.organization_id, (new_row ->> 'document_id')::bigint))
        WHEN 'credit_allocations' THEN (
            SELECT greatest(note.issued_on, document.issued_on) FROM canonical.documents AS note, canonical.documents AS document
            WHERE (note.organization_id, note.id) = (NEW.organization_id, (new_row ->> 'credit_note_id')::bigint)
                AND (document.organization_id, document.id) = (NEW.organization_id, (new_row ->> 'document_id')::bigint))
        ELSE (
            SELECT greatest(refund.paid_on, payment.paid_on) FROM canonical.payments AS refund, canonical.payments AS payment
            WHERE (refund.organization_id, refund.id) = (NEW.organization_id, (new_row ->> 'refund_id')::bigint)
                AND (payment.organization_id, payment.id) = (NEW.organization_id, (new_row ->> 'payment_id')::bigint))
        END;
BEGIN
    IF NEW.allocated_on IS NULL THEN
        NEW.allocated_on := canonical.allocation_day(NEW.organization_id, later,
            array_remove(ARRAY[new_row -> 'payment_id', new_row -> 'refund_id']::bigint[], NULL),
            array_remove(ARRAY[new_row -> 'document_id', new_row -> 'credit_note_id']::bigint[], NULL));
    ELSIF NEW.allocated_on < later THEN
        RAISE EXCEPTION 'an allocation begins before one of its records'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_allocations_day', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

-- Name: allocation_day(bigint, date, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.allocation_day(organization bigint, day date, payment_ids bigint[], document_ids bigint[]) RETURNS date
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN -- PL/pgSQL keeps the plan
    RETURN greatest(canonical.open_day(organization, day), (
        SELECT max(part.allocated_on) FROM unnest(payment_ids) AS payment (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.payment_uses AS row
            WHERE (row.organization_id, row.payment_id) = (organization, payment.id) AND row.amount < 0 OFFSET 0) AS part), (
        SELECT max(part.allocated_on) FROM unnest(document_ids) AS document (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.settlements AS row
            WHERE (row.organization_id, row.document_id) = (organization, document.id) AND row.amount < 0 OFFSET 0) AS part));
END
$$;

-- Name: FUNCTION allocation_day(organization bigint, day date, payment_ids bigint[], document_ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.allocation_day(organization bigint, day date, payment_ids bigint[], document_ids bigint[]) IS 'The day from which an allocation between these payments and documents counts, which could count from this day on: that one, or
today where the books are closed for it, or the last day on which something was taken back from one of them: what was paid until then is not paid twice.';

-- Name: allocations_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.allocations_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    touched record;
BEGIN
    FOR touched IN
        SELECT organization_id, array_agg(DISTINCT payment_id) AS payments, array_agg(DISTINCT document_id) AS documents
        FROM new_rows GROUP BY organization_id ORDER BY organization_id
    LOOP
        PERFORM canonical.check_allocations(touched.organization_id, touched.payments, touched.documents);
    END LOOP;
    RETURN NULL;
END
$$;

-- Name: amounts_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.amounts_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the amounts of a record follow from its items and allocations: change these'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_derived', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
END
$$;

-- Name: analyze_tables(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.analyze_tables() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    ANALYZE canonical.people, canonical.addresses, canonical.products, canonical.documents, canonical.document_items, canonical.document_item_taxes,
        canonical.payments, canonical.payment_allocations, canonical.credit_allocations, canonical.money_entries,
        canonical.transfers, canonical.journal_entries, canonical.journal_lines, canonical.accounts,
        canonical.sales, canonical.sale_lines, canonical.sale_line_taxes, canonical.sale_tenders;
END
$$;

-- Name: FUNCTION analyze_tables(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.analyze_tables() IS 'Brings the planner''s statistics of the tables that grow with an organization up to date, the rows of the calling
transaction included. Whoever fills them may call it; ANALYZE itself needs their owner.';

-- Name: announce_digest(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.announce_digest() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF engine.listened() THEN
        PERFORM pg_notify('daybook_changes', 'canonical.notification_digests ' || coalesce(NEW.organization_id, OLD.organization_id));
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION announce_digest(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.announce_digest() IS 'Announces what no event does, since none is recorded: when a user wants e-mails.';

-- Name: beyond_base(numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.beyond_base(minor numeric) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RAISE EXCEPTION 'an amount in the base currency is beyond what the books hold'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_lines_amount_range', SCHEMA = 'canonical', TABLE = 'journal_lines';
END
$$;

-- Name: FUNCTION beyond_base(minor numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.beyond_base(minor numeric) IS 'Refuses an amount. A call without the argument would be constant, and the planner would evaluate it for every amount.';

-- Name: currency_exponent(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.currency_exponent(currency text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (currency = ANY (ARRAY['BIF'::text, 'CLP'::text, 'DJF'::text, 'GNF'::text, 'ISK'::text, 'JPY'::text, 'KMF'::text, 'KRW'::text, 'PYG'::text, 'RWF'::text, 'UGX'::text, 'UYI'::text, 'VND'::text, 'VUV'::text, 'XAF'::text, 'XOF'::text, 'XPF'::text])) THEN 0 WHEN (currency = ANY (ARRAY['BHD'::text, 'IQD'::text, 'JOD'::text, 'KWD'::text, 'LYD'::text, 'OMR'::text, 'TND'::text])) THEN 3 ELSE 2 END;

-- Name: FUNCTION currency_exponent(currency text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.currency_exponent(currency text) IS 'Number of decimals of the currency''s minor unit.';

-- Name: within_base(numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.within_base(minor numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (abs(minor) <= ('999999999999999'::bigint)::numeric) THEN (minor)::bigint ELSE canonical.beyond_base(minor) END;

-- Name: FUNCTION within_base(minor numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.within_base(minor numeric) IS 'The minor units, refused beyond 15 digits, which is the range of a record''s own amounts too: so thousands of the largest
amounts still have a sum.';

-- Name: in_base(numeric, text, text, numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.in_base(minor numeric, currency text, base text, rate numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN canonical.within_base(CASE WHEN (currency = base) THEN minor ELSE round(((minor * rate) * CASE (canonical.currency_exponent(base) - canonical.currency_exponent(currency)) WHEN '-3'::integer THEN 0.001 WHEN '-2'::integer THEN 0.01 WHEN '-1'::integer THEN 0.1 WHEN 0 THEN (1)::numeric WHEN 1 THEN (10)::numeric WHEN 2 THEN (100)::numeric ELSE (1000)::numeric END)) END);

-- Name: FUNCTION in_base(minor numeric, currency text, base text, rate numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.in_base(minor numeric, currency text, base text, rate numeric) IS 'Minor units of one currency in minor units of the base currency, at a rate; rounded half away from zero.';

-- Name: base_part(numeric, text, text, numeric, numeric, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.base_part(total numeric, currency text, base text, rate numeric, before numeric, amount bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (canonical.in_base((total - before), currency, base, rate) - canonical.in_base(((total - before) - (amount)::numeric), currency, base, rate));

-- Name: FUNCTION base_part(total numeric, currency text, base text, rate numeric, before numeric, amount bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.base_part(total numeric, currency text, base text, rate numeric, before numeric, amount bigint) IS 'What a part of an open amount is worth in the base currency, where other parts were taken before it: the open amount, rounded,
before and after. So what stays open is always worth its own rounded amount, and the last part takes all that is left.';

-- Name: book_day_closes(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_day_closes(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_day_closes(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'day_close', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_documents(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_documents(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_documents(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'document', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_documents_settling(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_documents_settling(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_documents_settling(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'document', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_money_entries(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_money_entries(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_money_entries(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'money_entry', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_payments(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_payments(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_payments(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'payment', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_payments_settling(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_payments_settling(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_payments_settling(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'payment', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: book_transfers(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.book_transfers(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical.lines_of_transfers(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, 'transfer', ids)),
    wrong AS MATERIALIZED (
        SELECT coalesce(w.canonical_id, l.canonical_id) AS id, coalesce(w.posted_on, l.posted_on) AS day
        FROM wanted AS w FULL JOIN live AS l
            ON (l.canonical_id, l.posted_on, l.account_id, l.currency, l.amount, l.document_amount, coalesce(l.store_id, 0))
                = (w.canonical_id, w.posted_on, w.account_id, w.currency, w.amount, w.document_amount, coalesce(w.store_id, 0))
        WHERE w.canonical_id IS NULL OR l.canonical_id IS NULL
        UNION SELECT canonical_id, posted_on FROM live GROUP BY canonical_id, posted_on HAVING count(DISTINCT entry_id) > 1),
    reversal AS (
        INSERT INTO canonical.journal_entries
            (organization_id, canonical_type, canonical_id, purpose, posted_on, reverses_id)
        SELECT DISTINCT organization, l.canonical_type, l.canonical_id, 'reversal', l.posted_on, l.entry_id
        FROM live AS l JOIN wrong ON (wrong.id, wrong.day) = (l.canonical_id, l.posted_on) ORDER BY l.entry_id
        RETURNING id, reverses_id, posted_on),
    posting AS (
        INSERT INTO canonical.journal_entries (organization_id, canonical_type, canonical_id, purpose, posted_on)
        SELECT DISTINCT organization, w.canonical_type, w.canonical_id, 'posting', w.posted_on
        FROM wanted AS w JOIN wrong ON (wrong.id, wrong.day) = (w.canonical_id, w.posted_on) ORDER BY w.canonical_id, w.posted_on
        RETURNING id, canonical_id, posted_on)
    INSERT INTO canonical.journal_lines
        (organization_id, entry_id, posted_on, line, account_id, currency, amount, document_amount, store_id)
    SELECT organization, reversal.id, reversal.posted_on, old.line, old.account_id, old.currency, -old.amount, -old.document_amount, old.store_id
    FROM reversal JOIN canonical.journal_lines AS old
        ON (old.organization_id, old.entry_id) = (organization, reversal.reverses_id)
    UNION ALL
    SELECT organization, posting.id, posting.posted_on, w.line, w.account_id, w.currency, w.amount, w.document_amount, w.store_id
    FROM posting JOIN wanted AS w ON (w.canonical_id, w.posted_on) = (posting.canonical_id, posting.posted_on);
END
$$;

-- Name: business_date(bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.business_date(organization bigint, store bigint, occurred_at timestamp with time zone) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT coalesce(part.began_on, (clock.local_time - s.business_day_start_minute * interval '1 minute')::date)
    FROM canonical.stores AS s
    CROSS JOIN LATERAL (SELECT business_date.occurred_at AT TIME ZONE s.time_zone AS local_time OFFSET 0) AS zoned
    CROSS JOIN LATERAL (SELECT zoned.local_time, zoned.local_time::date AS today,
        (date_part('hour', zoned.local_time) * 60 + date_part('minute', zoned.local_time))::int AS minute OFFSET 0) AS clock
    LEFT JOIN LATERAL (
        SELECT began.on_date AS began_on
        FROM (VALUES (clock.today, clock.minute), (clock.today - 1, clock.minute + 1440)) AS began (on_date, minute)
        JOIN canonical.day_parts AS period ON period.organization_id = s.organization_id AND period.store_id = s.id
            AND began.minute >= period.start_minute AND began.minute < period.start_minute + period.length_minutes
            AND period.valid @> began.on_date
        ORDER BY began.on_date DESC LIMIT 1) AS part ON true
    WHERE (s.organization_id, s.id) = (organization, store));
END
$$;

-- Name: FUNCTION business_date(organization bigint, store bigint, occurred_at timestamp with time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.business_date(organization bigint, store bigint, occurred_at timestamp with time zone) IS 'The business date of a store at an instant: that on which its day part began, else the one that the start of its business day
gives. The read model of sales says the same. It is planned once a session, which matters where a till records one sale at a time.';

-- Name: check_allocations(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_allocations(organization bigint, payment_ids bigint[], document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    broken record;
BEGIN
    PERFORM canonical.hold_records(organization, payment_ids, document_ids);
    -- The fences (OFFSET 0) make every look-up start from these ids.
    SELECT CASE
            WHEN payment.voided_at IS NOT NULL THEN 'payment_refunds_payment_live'
            WHEN payment.currency <> back.currency THEN 'payment_refunds_same_currency'
            WHEN (payment.party_id, payment.party_role) <> (back.party_id, back.party_role) THEN 'payment_refunds_same_party'
            ELSE 'payment_refunds_other_direction'
        END AS rule, payment.id
    INTO broken
    FROM unnest(payment_ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.payment_refunds AS row WHERE (row.organization_id, row.refund_id) = (organization, wanted.id)
        UNION ALL
        SELECT * FROM canonical.payment_refunds AS row WHERE (row.organization_id, row.payment_id) = (organization, wanted.id) OFFSET 0) AS refund
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.payments AS row
        WHERE (row.organization_id, row.id) = (organization, refund.refund_id) OFFSET 0) AS back
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.payments AS row
        WHERE (row.organization_id, row.id) = (organization, refund.payment_id) OFFSET 0) AS payment
    WHERE back.voided_at IS NULL AND refund.ended_on IS NULL AND (payment.voided_at IS NOT NULL OR payment.direction = back.direction
        OR (payment.currency, payment.party_id, payment.party_role) <> (back.currency, back.party_id, back.party_role))
    ORDER BY payment.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a refund of payment % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'payment_refunds';
    END IF;

    SELECT CASE
            WHEN document.state <> 'approved' THEN 'payment_allocations_document_approved'
            WHEN document.currency <> payment.currency THEN 'payment_allocations_same_currency'
            WHEN document.party_id <> payment.party_id THEN 'payment_allocations_same_party'
            ELSE 'payment_allocations_same_direction'
        END AS rule, allocation.document_id AS id
    INTO broken
    FROM (
        SELECT payment_id, document_id FROM unnest(payment_ids) AS wanted (id), LATERAL (
            SELECT * FROM canonical.payment_allocations AS row
            WHERE (row.organization_id, row.payment_id) = (organization, wanted.id) AND row.ended_on IS NULL OFFSET 0) AS by_payment
        UNION
        SELECT payment_id, document_id FROM unnest(document_ids) AS wanted (id), LATERAL (
            SELECT * FROM canonical.payment_allocations AS row
            WHERE (row.organization_id, row.document_id) = (organization, wanted.id) AND row.ended_on IS NULL OFFSET 0) AS by_document) AS allocation
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.payments AS row
        WHERE (row.organization_id, row.id) = (organization, allocation.payment_id) OFFSET 0) AS payment
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.documents AS row
        WHERE (row.organization_id, row.id) = (organization, allocation.document_id) OFFSET 0) AS document
    WHERE payment.voided_at IS NULL
        AND (document.state, document.currency, document.party_id, document.kind)
            IS DISTINCT FROM ('approved'::text, payment.currency, payment.party_id, CASE payment.direction || ' ' || payment.party_role
                WHEN 'in customer' THEN 'invoice' WHEN 'out customer' THEN 'credit_note' WHEN 'out vendor' THEN 'bill'
                WHEN 'in vendor' THEN 'vendor_credit_note' END)
    ORDER BY allocation.document_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'an allocation to document % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'payment_allocations';
    END IF;

    SELECT payment.id INTO broken FROM canonical.payments AS payment
    WHERE payment.organization_id = organization AND payment.id = ANY (payment_ids) AND payment.voided_at IS NULL
        AND payment.amount < canonical.payment_used(organization, payment.id)
    ORDER BY payment.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the allocations of payment % exceed it', broken.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_allocations_within_payment',
                SCHEMA = 'canonical', TABLE = 'payment_allocations';
    END IF;

    SELECT CASE
            WHEN note.state <> 'approved' OR document.state <> 'approved' THEN 'credit_allocations_document_approved'
            WHEN canonical.credited_kind(note.kind) IS DISTINCT FROM document.kind THEN 'credit_allocations_same_direction'
            WHEN note.currency <> document.currency THEN 'credit_allocations_same_currency'
            ELSE 'credit_allocations_same_party'
        END AS rule, document.id
    INTO broken
    FROM unnest(document_ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.credit_allocations AS row
        WHERE (row.organization_id, row.credit_note_id) = (organization, wanted.id)
        UNION ALL
        SELECT * FROM canonical.credit_allocations AS row
        WHERE (row.organization_id, row.document_id) = (organization, wanted.id) OFFSET 0) AS credit
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.documents AS row
        WHERE (row.organization_id, row.id) = (organization, credit.credit_note_id) OFFSET 0) AS note
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.documents AS row
        WHERE (row.organization_id, row.id) = (organization, credit.document_id) OFFSET 0) AS document
    WHERE credit.ended_on IS NULL
        AND (note.state <> 'approved' OR document.state <> 'approved' OR canonical.credited_kind(note.kind) IS DISTINCT FROM document.kind
            OR note.currency <> document.currency OR note.party_id <> document.party_id)
    ORDER BY document.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a credit to document % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'credit_allocations';
    END IF;

    SELECT document.id INTO broken FROM unnest(document_ids) AS document (id)
    CROSS JOIN LATERAL (SELECT canonical.document_paid(organization, document.id) AS amount OFFSET 0) AS paid
    WHERE paid.amount > 0 AND paid.amount > canonical.document_total(organization, document.id)
    ORDER BY document.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the allocations to document % exceed its total', broken.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_allocations_within_document',
                SCHEMA = 'canonical', TABLE = 'payment_allocations';
    END IF;
END
$$;

-- Name: FUNCTION check_allocations(organization bigint, payment_ids bigint[], document_ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_allocations(organization bigint, payment_ids bigint[], document_ids bigint[]) IS 'Raises the constraint of the first rule that one of these payments and documents breaks. It holds them.';

-- Name: check_day_closes(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_day_closes(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT close.id, rule.broken AS rule INTO broken
    FROM unnest(ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.day_closes AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS close
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN EXISTS (
                SELECT FROM canonical.day_close_sales AS posted
                WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)
                    AND posted.reversed <> (close.reversed_at IS NOT NULL)) THEN 'day_close_sales_reversed'
            WHEN close.reversed_at IS NOT NULL THEN NULL
            WHEN close.till_session_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM canonical.till_sessions AS session
                WHERE (session.organization_id, session.id) = (organization, close.till_session_id) AND session.state = 'closed')
                THEN 'till_sessions_closed'
            -- All that is posted, and all live sales of the day.
            WHEN (SELECT count(*) FROM canonical.day_close_sales AS posted
                    WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)) <> close.sale_count
                OR EXISTS (
                    (SELECT posted.sale_id FROM canonical.day_close_sales AS posted
                        WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)
                    EXCEPT SELECT sale.id FROM canonical.sales AS sale
                        WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (organization, close.store_id, close.business_date, close.currency)
                            AND sale.till_session_id IS NOT DISTINCT FROM close.till_session_id AND sale.voided_at IS NULL)
                    UNION ALL
                    (SELECT sale.id FROM canonical.sales AS sale
                        WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (organization, close.store_id, close.business_date, close.currency)
                            AND sale.till_session_id IS NOT DISTINCT FROM close.till_session_id AND sale.voided_at IS NULL
                    EXCEPT SELECT posted.sale_id FROM canonical.day_close_sales AS posted
                        WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id))) THEN 'day_close_sales_whole'
            WHEN EXISTS (
                SELECT FROM (SELECT tender, amount, opening FROM canonical.day_close_tenders AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id)) AS kept
                FULL JOIN (SELECT tender, amount, opening FROM canonical.derived_day_close_tenders AS derived
                    WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id)) AS derived USING (tender)
                WHERE (coalesce(kept.amount, 0), coalesce(kept.opening, 0)) <> (coalesce(derived.amount, 0), coalesce(derived.opening, 0)))
                OR EXISTS (
                    (SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.day_close_lines AS kept
                        WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id)
                    EXCEPT ALL SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.derived_day_close_lines AS derived
                        WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id))
                    UNION ALL
                    (SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.derived_day_close_lines AS derived
                        WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id)
                    EXCEPT ALL SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.day_close_lines AS kept
                        WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id))) THEN 'day_closes_sums'
            WHEN (SELECT coalesce(sum(amount), 0) FROM canonical.day_close_tenders AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id))
                <> (SELECT coalesce(sum(amount), 0) FROM canonical.day_close_lines AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id) AND kept.part <> 'movement') THEN 'day_closes_balanced'
        END AS broken) AS rule
    WHERE rule.broken IS NOT NULL ORDER BY close.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'day close % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'day_closes';
    END IF;
END
$$;

-- Name: FUNCTION check_day_closes(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_day_closes(organization bigint, ids bigint[]) IS 'A live close posts exactly the live sales of its day, its sums are theirs, and its session is closed.';

-- Name: check_entries(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_entries(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT entry.id, rule.broken AS rule INTO broken
    FROM canonical.journal_entries AS entry
    CROSS JOIN LATERAL (
        SELECT sum(store.lines) AS lines, sum(store.amount) AS amount, bool_or(store.amount <> 0) AS unbalanced FROM (
            SELECT count(*) AS lines, sum(line.amount) AS amount FROM canonical.journal_lines AS line
            WHERE (line.organization_id, line.entry_id) = (organization, entry.id) GROUP BY line.store_id) AS store) AS own
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN entry.transaction IS DISTINCT FROM pg_current_xact_id() THEN 'journal_entries_immutable'
            WHEN own.lines IS NULL OR own.lines < 2 OR own.amount <> 0 THEN 'journal_entries_balanced'
            WHEN own.unbalanced THEN 'journal_entries_balanced_by_store'
            WHEN entry.purpose <> 'reversal' THEN NULL
            WHEN NOT EXISTS (
                SELECT FROM canonical.journal_entries AS undone
                WHERE (undone.organization_id, undone.id) = (organization, entry.reverses_id)
                    AND (undone.canonical_type, undone.canonical_id) = (entry.canonical_type, entry.canonical_id))
                THEN 'journal_entries_posted_by_record'
            WHEN EXISTS (
                SELECT FROM canonical.journal_lines AS line
                WHERE line.organization_id = organization AND line.entry_id IN (entry.id, entry.reverses_id)
                GROUP BY line.account_id, line.currency, line.store_id HAVING sum(line.amount) <> 0 OR sum(line.document_amount) <> 0)
                THEN 'journal_entries_reversal_exact'
        END AS broken) AS rule
    WHERE entry.organization_id = organization AND entry.id = ANY (ids) AND rule.broken IS NOT NULL
    ORDER BY entry.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal entry % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
END
$$;

-- Name: FUNCTION check_entries(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_entries(organization bigint, ids bigint[]) IS 'Every entry has at least two lines that sum to zero, also in each store, all from its own transaction, and a reversal undoes exactly what
it reverses and belongs to the same record.';

-- Name: check_recorded_sales(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_recorded_sales(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT sale.id, CASE
            WHEN (own.lines > 0) <> (sale.tax_rounding IS NOT NULL) THEN 'sales_tax_rounding_of_lines'
            WHEN own.lines > 0 AND own.amount <> sale.amount THEN 'sales_lines_sum'
            WHEN own.stray THEN 'sale_lines_refunded_line_of_sale'
            ELSE 'sales_tenders_sum' END AS rule INTO broken
    FROM unnest(ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.sales AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS sale
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum(line.net::numeric + line.tax) AS amount,
            coalesce(bool_or(line.refunded_line_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM canonical.sale_lines AS sold
                WHERE (sold.organization_id, sold.id, sold.sale_id) = (organization, line.refunded_line_id, sale.refunded_sale_id))), false) AS stray
        FROM canonical.sale_lines AS line WHERE (line.organization_id, line.sale_id) = (organization, sale.id) OFFSET 0) AS own
    CROSS JOIN LATERAL (
        SELECT sum(tender.amount) AS amount
        FROM canonical.sale_tenders AS tender WHERE (tender.organization_id, tender.sale_id) = (organization, sale.id) OFFSET 0) AS paid
    WHERE (own.lines > 0) <> (sale.tax_rounding IS NOT NULL) OR own.amount <> sale.amount OR own.stray OR paid.amount <> sale.amount
    ORDER BY sale.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'sale % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'sales';
    END IF;

    WITH line AS MATERIALIZED (
        SELECT line.*, sale.prices_include_tax, sale.tax_rounding, round(line.quantity * line.unit_price) - line.discount AS amount
        FROM unnest(ids) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.sales AS row
            WHERE (row.organization_id, row.id) = (organization, wanted.id) AND row.tax_rounding IS NOT NULL OFFSET 0) AS sale
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.sale_lines AS row WHERE (row.organization_id, row.sale_id) = (organization, sale.id) OFFSET 0) AS line),
    tax AS MATERIALIZED (
        SELECT tax.sale_id, tax.line, tax.tax_rate_id, tax.percentage, tax.amount, line.amount AS of_amount, line.prices_include_tax, line.tax_rounding,
            line.refunded_line_id
        FROM line CROSS JOIN LATERAL (
            SELECT * FROM canonical.sale_line_taxes AS row
            WHERE (row.organization_id, row.sale_id, row.line) = (organization, line.sale_id, line.line) OFFSET 0) AS tax),
    given AS (
        SELECT array_agg(sale_id) AS sales, array_agg(line) AS lines, array_agg(of_amount) AS amounts, array_agg(prices_include_tax) AS included,
            array_agg(tax_rounding) AS roundings, array_agg(tax_rate_id) AS tax_rates, array_agg(percentage) AS percentages
        FROM tax WHERE refunded_line_id IS NULL),
    computed AS (
        SELECT due.* FROM given CROSS JOIN LATERAL canonical.sale_line_taxes_of(
            given.sales, given.lines, given.amounts, given.included, given.roundings, given.tax_rates, given.percentages) AS due)
    -- Both sides are brought together by grouping, which costs the same whatever the planner expects of their number.
    SELECT wrong.sale_id AS id INTO broken FROM (
        SELECT both_sides.sale_id FROM (
            SELECT tax.sale_id, tax.line, tax.tax_rate_id, tax.amount, NULL::numeric AS due FROM tax WHERE tax.refunded_line_id IS NULL
            UNION ALL SELECT computed.sale_id, computed.line, computed.tax_rate_id, NULL, computed.tax FROM computed) AS both_sides
        GROUP BY both_sides.sale_id, both_sides.line, both_sides.tax_rate_id HAVING sum(both_sides.amount) IS DISTINCT FROM sum(both_sides.due)
        UNION ALL
        SELECT both_sides.sale_id FROM (
            SELECT line.sale_id, line.line, line.tax, 0 AS of_rates,
                line.refunded_line_id IS NULL AND line.amount <> line.net + CASE WHEN line.prices_include_tax THEN line.tax ELSE 0 END AS wrong_net
            FROM line
            UNION ALL SELECT tax.sale_id, tax.line, 0, tax.amount, false FROM tax) AS both_sides
        GROUP BY both_sides.sale_id, both_sides.line HAVING bool_or(both_sides.wrong_net) OR sum(both_sides.tax) <> sum(both_sides.of_rates)) AS wrong
    ORDER BY wrong.sale_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the net amounts and taxes of sale % do not follow from its lines', broken.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_lines_derived', SCHEMA = 'canonical', TABLE = 'sale_lines';
    END IF;
END
$$;

-- Name: FUNCTION check_recorded_sales(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_recorded_sales(organization bigint, ids bigint[]) IS 'Raises the constraint of the first rule that one of these sales breaks by itself: what its lines and its tenders come to.';

-- Name: check_refunded_sales(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_refunded_sales(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    broken record;
BEGIN
    PERFORM canonical.hold_sales(organization, ids);
    -- The fences (OFFSET 0) make every look-up start from these ids.
    SELECT sale.id, rule.broken AS rule INTO broken
    FROM unnest(ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.sales AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS sale
    CROSS JOIN LATERAL (
        SELECT count(*) AS refunds, sum(refund.amount) AS amount, bool_or(refund.store_id <> sale.store_id) AS elsewhere,
            bool_or(refund.currency <> sale.currency) AS foreign_currency
        FROM canonical.sales AS refund
        WHERE (refund.organization_id, refund.refunded_sale_id) = (organization, sale.id) AND refund.voided_at IS NULL OFFSET 0) AS back
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN back.refunds = 0 THEN NULL
            WHEN sale.kind <> 'sale' THEN 'sales_refunded_sale_kind'
            WHEN sale.voided_at IS NOT NULL THEN 'sales_refunded_sale_live'
            WHEN back.elsewhere THEN 'sales_refunded_sale_store'
            WHEN back.foreign_currency THEN 'sales_refunded_sale_currency'
            WHEN back.amount > sale.amount THEN 'sales_refunds_within_sale' END AS broken) AS rule
    WHERE rule.broken IS NOT NULL ORDER BY sale.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the refunds of sale % break %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'sales';
    END IF;

    SELECT sold.sale_id AS id INTO broken
    FROM unnest(ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.sale_lines AS row WHERE (row.organization_id, row.sale_id) = (organization, wanted.id) OFFSET 0) AS sold
    CROSS JOIN LATERAL (
        SELECT sum(line.quantity) AS quantity, sum(line.net) AS net FROM canonical.sale_lines AS line
        JOIN canonical.sales AS refund ON (refund.organization_id, refund.id) = (line.organization_id, line.sale_id)
        WHERE (line.organization_id, line.refunded_line_id) = (organization, sold.id) AND refund.voided_at IS NULL OFFSET 0) AS back
    WHERE back.quantity > sold.quantity OR back.net > sold.net
        -- Each tax by itself: what is given back of it was charged.
        OR back.quantity IS NOT NULL AND EXISTS (
            SELECT FROM canonical.sale_lines AS line
            JOIN canonical.sales AS refund ON (refund.organization_id, refund.id) = (line.organization_id, line.sale_id)
            JOIN canonical.sale_line_taxes AS tax ON (tax.organization_id, tax.sale_id, tax.line) = (line.organization_id, line.sale_id, line.line)
            WHERE (line.organization_id, line.refunded_line_id) = (organization, sold.id) AND refund.voided_at IS NULL
            GROUP BY tax.tax_rate_id, tax.percentage
            HAVING sum(tax.amount) > coalesce((
                SELECT charged.amount FROM canonical.sale_line_taxes AS charged
                WHERE (charged.organization_id, charged.sale_id, charged.line, charged.tax_rate_id, charged.percentage)
                    = (organization, sold.sale_id, sold.line, tax.tax_rate_id, tax.percentage)), -1))
    ORDER BY sold.sale_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more than a line of sale % is given back', broken.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_lines_refunds_within_line', SCHEMA = 'canonical', TABLE = 'sale_lines';
    END IF;
END
$$;

-- Name: FUNCTION check_refunded_sales(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_refunded_sales(organization bigint, ids bigint[]) IS 'Raises the constraint of the first rule that live refunds of one of these sales break. It holds the sales.';

-- Name: check_sales(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_sales(organization bigint, recorded bigint[], changed bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    refunded bigint[] := ARRAY(SELECT unnest(changed)
        UNION SELECT refunded_sale_id FROM canonical.sales
            WHERE organization_id = organization AND id = ANY (recorded || changed) AND refunded_sale_id IS NOT NULL);
BEGIN
    IF recorded <> '{}' THEN
        PERFORM canonical.check_recorded_sales(organization, recorded);
    END IF;
    IF refunded <> '{}' THEN
        PERFORM canonical.check_refunded_sales(organization, refunded);
    END IF;
END
$$;

-- Name: FUNCTION check_sales(organization bigint, recorded bigint[], changed bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_sales(organization bigint, recorded bigint[], changed bigint[]) IS 'Checks sales that the transaction has recorded, and others that it has voided or moved, each named once, and the sales that they give back.';

-- Name: check_time_zone(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_time_zone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (TG_OP = 'INSERT' OR NEW.time_zone IS DISTINCT FROM OLD.time_zone) AND NOT canonical.is_time_zone(NEW.time_zone) THEN
        RAISE EXCEPTION '% is not a time zone', NEW.time_zone
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = CASE TG_TABLE_NAME WHEN 'stores' THEN 'stores_time_zone' WHEN 'notification_digests' THEN 'notification_digests_time_zone'
                    ELSE 'organizations_time_zone' END;
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION check_time_zone(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.check_time_zone() IS 'Raises TABLE_time_zone for a name that is no time zone, when it is set. The server reads its zones from files: no CHECK,
which every UPDATE of any column would evaluate, and which a restored backup would have to pass on a server with other files.';

-- Name: check_totals(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.check_totals(organization bigint, document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    numbered bigint[];
BEGIN
    -- A draft has no allocations. Where it is approved and paid meanwhile, the amounts that are kept at commit say so.
    SELECT array_agg(id) INTO numbered FROM canonical.documents
    WHERE organization_id = organization AND id = ANY (document_ids) AND state <> 'draft';
    IF numbered IS NOT NULL THEN
        PERFORM canonical.check_allocations(organization, '{}', numbered);
    END IF;
END
$$;

-- Name: wall_clock(timestamp without time zone, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.wall_clock(utc timestamp without time zone, zone text) RETURNS timestamp without time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((utc AT TIME ZONE 'UTC'::text) AT TIME ZONE zone);

-- Name: FUNCTION wall_clock(utc timestamp without time zone, zone text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.wall_clock(utc timestamp without time zone, zone text) IS 'What a clock in the zone shows at an instant that is given in UTC.';

-- Name: clock_changes(timestamp without time zone, timestamp without time zone, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.clock_changes(since timestamp without time zone, until timestamp without time zone, zone text) RETURNS SETOF timestamp without time zone
    LANGUAGE sql IMMUTABLE ROWS 1 PARALLEL SAFE
    BEGIN ATOMIC
 SELECT minute.utc
    FROM generate_series((clock_changes.since + '00:01:00'::interval), clock_changes.until, '00:01:00'::interval) minute(utc)
   WHERE (((canonical.wall_clock(clock_changes.since, clock_changes.zone) - clock_changes.since) <> (canonical.wall_clock(clock_changes.until, clock_changes.zone) - clock_changes.until)) AND ((canonical.wall_clock(minute.utc, clock_changes.zone) - canonical.wall_clock((minute.utc - '00:01:00'::interval), clock_changes.zone)) <> '00:01:00'::interval));
END;

-- Name: FUNCTION clock_changes(since timestamp without time zone, until timestamp without time zone, zone text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.clock_changes(since timestamp without time zone, until timestamp without time zone, zone text) IS 'The instants in UTC, after since and up to until, at which a zone''s clock jumps. Both are whole minutes and no more
than a day apart, in which no zone has changed its clock forth and back.';

-- Name: close_day(bigint, bigint, bigint, bigint, date, text, numeric, text, jsonb); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.close_day(organization bigint, store bigint, till bigint, session bigint, day date, code text, rate numeric, remark text, counts jsonb) RETURNS bigint
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    added bigint := nextval(pg_get_serial_sequence('canonical.day_closes', 'id'));
    posted bigint[] := ARRAY(
        SELECT id FROM canonical.sales
        WHERE (organization_id, store_id, booked_on, currency) = (organization, store, day, code)
            AND till_session_id IS NOT DISTINCT FROM session AND voided_at IS NULL ORDER BY id);
BEGIN
    INSERT INTO canonical.day_closes (organization_id, id, store_id, till_id, till_session_id, business_date, currency, fx_rate, note, sale_count)
    VALUES (organization, added, store, till, session, day, code, rate, remark, cardinality(posted));
    INSERT INTO canonical.day_close_sales (organization_id, day_close_id, sale_id) SELECT organization, added, unnest(posted);
    INSERT INTO canonical.day_close_tenders (organization_id, day_close_id, tender, amount, opening, counted, denominations, pieces)
    SELECT organization, added, tender, coalesce(derived.amount, 0), coalesce(derived.opening, 0), count.counted,
        coalesce(count.denominations, '{}'), coalesce(count.pieces, '{}')
    FROM (SELECT * FROM canonical.derived_day_close_tenders WHERE (organization_id, day_close_id) = (organization, added)) AS derived
    FULL JOIN jsonb_to_recordset(counts) AS count (tender text, counted bigint, denominations bigint[], pieces int[]) USING (tender)
    ORDER BY tender;
    INSERT INTO canonical.day_close_lines (organization_id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount)
    SELECT organization_id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount
    FROM canonical.derived_day_close_lines WHERE (organization_id, day_close_id) = (organization, added)
    ORDER BY part, kind, account_id, tax_rate_id, percentage;
    RETURN added;
END
$$;

-- Name: FUNCTION close_day(organization bigint, store bigint, till bigint, session bigint, day date, code text, rate numeric, remark text, counts jsonb); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.close_day(organization bigint, store bigint, till bigint, session bigint, day date, code text, rate numeric, remark text, counts jsonb) IS 'Closes a day of a store, or a session of a till, with all its live sales, and returns the close''s id. The caller has changed the row
of the store or of the session before, so that no sale comes between. counts is what was counted, an array of objects with
tender, counted, and denominations with pieces, in minor units.';

-- Name: control_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.control_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- TG_ARGV: the columns that name accounts. An UPDATE may leave an account as it is.
    IF EXISTS (
            SELECT FROM unnest(TG_ARGV) AS given (name)
            JOIN canonical.accounts AS account
                ON (account.organization_id, account.id) = (NEW.organization_id, (to_jsonb(NEW) ->> given.name)::bigint)
            WHERE account.system_role IN ('receivable', 'payable', 'tax_paid', 'tax_collected', 'interstore')
                AND (TG_OP = 'INSERT' OR to_jsonb(OLD) ->> given.name IS DISTINCT FROM to_jsonb(NEW) ->> given.name)) THEN
        RAISE EXCEPTION 'an account of %.% is kept by documents and payments', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_control_kept', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION control_guard(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.control_guard() IS 'What the accounts of receivables, payables and taxes hold is the sum of what is open, or of the taxes of records, and what
stores owe each other follows from the stores of records: no record names one as its own account. Entries by hand may.';

-- Name: credited_kind(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.credited_kind(kind text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'credit_note'::text THEN 'invoice'::text WHEN 'vendor_credit_note'::text THEN 'bill'::text ELSE NULL::text END;

-- Name: FUNCTION credited_kind(kind text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.credited_kind(kind text) IS 'The kind of the documents that a kind of credit note reduces; null for other kinds.';

-- Name: credits_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.credits_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.check_allocations(organization_id, '{}', array_agg(DISTINCT id))
    FROM (SELECT organization_id, credit_note_id AS id FROM new_rows
        UNION SELECT organization_id, document_id FROM new_rows) AS touched
    GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;

-- Name: day_closes_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.day_closes_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a day close is not changed: reverse it and close the day again'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'day_closes_immutable', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
END
$$;

-- Name: day_opened(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.day_opened() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    closed date;
BEGIN
    -- FOR SHARE: a transaction that moves the lock waits for this one and finds the open day, or this one sees the new lock.
    SELECT hard_locked_until INTO closed FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.business_date <= closed THEN
        RAISE EXCEPTION 'the books are closed until %', closed
            USING ERRCODE = 'check_violation', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME,
                CONSTRAINT = CASE TG_OP WHEN 'INSERT' THEN 'till_sessions_hard_locked' ELSE 'day_closes_hard_locked' END;
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION day_opened(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.day_opened() IS 'Raises till_sessions_hard_locked where a till is opened for a day behind the hard lock, and day_closes_hard_locked where the close of
such a day is reversed: the day could never be closed.';

-- Name: accounts; Type: TABLE; Schema: canonical

CREATE TABLE canonical.accounts (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    type text NOT NULL,
    system_role text,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT accounts_code_form CHECK ((code ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$'::text)),
    CONSTRAINT accounts_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT accounts_system_role CHECK (((((((((((((((((((system_role = 'bank'::text) AND (type = 'asset'::text)) OR ((system_role = 'cash'::text) AND (type = 'asset'::text))) OR ((system_role = 'receivable'::text) AND (type = 'asset'::text))) OR ((system_role = 'tax_paid'::text) AND (type = 'asset'::text))) OR ((system_role = 'interstore'::text) AND (type = 'asset'::text))) OR ((system_role = 'payable'::text) AND (type = 'liability'::text))) OR ((system_role = 'tax_collected'::text) AND (type = 'liability'::text))) OR ((system_role = 'retained_earnings'::text) AND (type = 'equity'::text))) OR ((system_role = 'sales'::text) AND (type = 'income'::text))) OR ((system_role = 'sales_returns'::text) AND (type = 'income'::text))) OR ((system_role = 'exchange'::text) AND (type = 'income'::text))) OR ((system_role = 'purchases'::text) AND (type = 'expense'::text))) OR ((system_role = 'bank_fees'::text) AND (type = 'expense'::text))) OR ((system_role = 'card_takings'::text) AND (type = 'asset'::text))) OR ((system_role = 'other_takings'::text) AND (type = 'asset'::text))) OR ((system_role = 'vouchers'::text) AND (type = 'liability'::text))) OR ((system_role = 'over_short'::text) AND (type = 'expense'::text)))),
    CONSTRAINT accounts_system_role_live CHECK (((system_role IS NULL) OR (archived_at IS NULL))),
    CONSTRAINT accounts_type CHECK ((type = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text])))
);

-- Name: TABLE accounts; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.accounts IS 'The chart of accounts.';

-- Name: COLUMN accounts.system_role; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.accounts.system_role IS 'What the postings use the account for, one account for each role; such an account stays, under any code and name.';

-- Name: default_chart(bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.default_chart(organization bigint) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO canonical.accounts (organization_id, code, name, type, system_role)  SELECT default_chart.organization AS organization,
             chart.code,
             chart.name,
             chart.type,
             chart.system_role
            FROM ( VALUES ('1000'::text,'Bank account'::text,'asset'::text,'bank'::text), ('1010'::text,'Savings account'::text,'asset'::text,NULL::text), ('1050'::text,'Cash in tills'::text,'asset'::text,'cash'::text), ('1060'::text,'Card takings on the way'::text,'asset'::text,'card_takings'::text), ('1070'::text,'Other takings on the way'::text,'asset'::text,'other_takings'::text), ('1100'::text,'Accounts receivable'::text,'asset'::text,'receivable'::text), ('1150'::text,'Due between stores'::text,'asset'::text,'interstore'::text), ('1200'::text,'Stock on hand'::text,'asset'::text,NULL::text), ('1300'::text,'Prepaid expenses'::text,'asset'::text,NULL::text), ('1350'::text,'Tax paid on purchases'::text,'asset'::text,'tax_paid'::text), ('1500'::text,'Shop fittings'::text,'asset'::text,NULL::text), ('1510'::text,'Vehicles'::text,'asset'::text,NULL::text), ('1520'::text,'Computers and equipment'::text,'asset'::text,NULL::text), ('1590'::text,'Accumulated depreciation'::text,'asset'::text,NULL::text), ('2000'::text,'Accounts payable'::text,'liability'::text,'payable'::text), ('2050'::text,'Credit cards'::text,'liability'::text,NULL::text), ('2100'::text,'Tax collected on sales'::text,'liability'::text,'tax_collected'::text), ('2200'::text,'Wages payable'::text,'liability'::text,NULL::text), ('2210'::text,'Payroll taxes payable'::text,'liability'::text,NULL::text), ('2300'::text,'Gift cards outstanding'::text,'liability'::text,'vouchers'::text), ('2500'::text,'Loans'::text,'liability'::text,NULL::text), ('3000'::text,'Owner''s capital'::text,'equity'::text,NULL::text), ('3100'::text,'Owner''s drawings'::text,'equity'::text,NULL::text), ('3200'::text,'Retained earnings'::text,'equity'::text,'retained_earnings'::text), ('3900'::text,'Opening balances'::text,'equity'::text,NULL::text), ('4000'::text,'Sales'::text,'income'::text,'sales'::text), ('4100'::text,'Services'::text,'income'::text,NULL::text), ('4200'::text,'Credit notes and returns'::text,'income'::text,'sales_returns'::text), ('4800'::text,'Other income'::text,'income'::text,NULL::text), ('4810'::text,'Interest received'::text,'income'::text,NULL::text), ('4900'::text,'Exchange and rounding differences'::text,'income'::text,'exchange'::text), ('5000'::text,'Purchases'::text,'expense'::text,'purchases'::text), ('5100'::text,'Freight and delivery'::text,'expense'::text,NULL::text), ('6000'::text,'Wages and salaries'::text,'expense'::text,NULL::text), ('6050'::text,'Staff training'::text,'expense'::text,NULL::text), ('6100'::text,'Rent'::text,'expense'::text,NULL::text), ('6110'::text,'Power and water'::text,'expense'::text,NULL::text), ('6200'::text,'Phone and internet'::text,'expense'::text,NULL::text), ('6250'::text,'Software'::text,'expense'::text,NULL::text), ('6300'::text,'Advertising'::text,'expense'::text,NULL::text), ('6400'::text,'Insurance'::text,'expense'::text,NULL::text), ('6450'::text,'Repairs and maintenance'::text,'expense'::text,NULL::text), ('6500'::text,'Travel'::text,'expense'::text,NULL::text), ('6600'::text,'Bank fees'::text,'expense'::text,'bank_fees'::text), ('6650'::text,'Interest paid'::text,'expense'::text,NULL::text), ('6660'::text,'Cash over and short'::text,'expense'::text,'over_short'::text), ('6700'::text,'Accounting and legal'::text,'expense'::text,NULL::text), ('6800'::text,'Depreciation'::text,'expense'::text,NULL::text)) chart(code, name, type, system_role);
END;

-- Name: FUNCTION default_chart(organization bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.default_chart(organization bigint) IS 'Gives a new organization its accounts; every organization gets them as it is inserted.';

-- Name: delivery_ways(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.delivery_ways(delivery text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE delivery WHEN 'mute'::text THEN '{}'::text[] ELSE string_to_array(upper(delivery), ','::text) END;

-- Name: FUNCTION delivery_ways(delivery text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.delivery_ways(delivery text) IS 'The ways of a delivery, in capitals as the API names them.';

-- Name: digest_day(integer, text, timestamp with time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.digest_day(minute integer, zone text, moment timestamp with time zone) RETURNS date
    LANGUAGE sql STABLE
    RETURN (((moment AT TIME ZONE zone) - ((COALESCE(minute, 0))::double precision * '00:01:00'::interval)))::date;

-- Name: FUNCTION digest_day(minute integer, zone text, moment timestamp with time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.digest_day(minute integer, zone text, moment timestamp with time zone) IS 'The last day on whose clock a minute of the day has come by then. A minute that the clock skips has come once the clock shows a later one.';

-- Name: document_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.check_allocations(NEW.organization_id, '{}', ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

-- Name: document_moved(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.issued_on < OLD.issued_on THEN
        UPDATE canonical.payment_allocations AS part
        SET allocated_on = least(OLD.issued_on, canonical.allocation_day(NEW.organization_id, greatest(NEW.issued_on, payment.paid_on),
            ARRAY[part.payment_id], ARRAY[part.document_id]))
        FROM canonical.payments AS payment
        WHERE (part.organization_id, part.document_id, part.allocated_on) = (NEW.organization_id, NEW.id, OLD.issued_on)
            AND (payment.organization_id, payment.id) = (part.organization_id, part.payment_id) AND payment.paid_on < OLD.issued_on;
        UPDATE canonical.credit_allocations AS credit
        SET allocated_on = least(OLD.issued_on, canonical.allocation_day(NEW.organization_id, greatest(NEW.issued_on, other.issued_on),
            '{}', ARRAY[credit.document_id, credit.credit_note_id]))
        FROM canonical.documents AS other
        WHERE (credit.organization_id, credit.allocated_on) = (NEW.organization_id, OLD.issued_on) AND NEW.id IN (credit.document_id, credit.credit_note_id)
            AND other.organization_id = credit.organization_id
            AND other.id = CASE WHEN credit.document_id = NEW.id THEN credit.credit_note_id ELSE credit.document_id END
            AND other.issued_on < OLD.issued_on;
        RETURN NULL;
    END IF;
    DELETE FROM canonical.payment_allocations
    WHERE (organization_id, document_id) = (NEW.organization_id, NEW.id) AND ended_on <= NEW.issued_on;
    UPDATE canonical.payment_allocations SET allocated_on = NEW.issued_on
    WHERE (organization_id, document_id) = (NEW.organization_id, NEW.id) AND allocated_on < NEW.issued_on;
    DELETE FROM canonical.credit_allocations
    WHERE organization_id = NEW.organization_id AND NEW.id IN (document_id, credit_note_id) AND ended_on <= NEW.issued_on;
    UPDATE canonical.credit_allocations SET allocated_on = NEW.issued_on
    WHERE organization_id = NEW.organization_id AND NEW.id IN (document_id, credit_note_id) AND allocated_on < NEW.issued_on;
    RETURN NULL;
END
$$;

-- Name: FUNCTION document_moved(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_moved() IS 'An allocation begins on the later of both records'' days, also where the document moves; one that has ended by then has never been.';

-- Name: document_paid(bigint, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_paid(organization bigint, document bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN -- PL/pgSQL keeps the plan
    RETURN (
        SELECT coalesce(sum(part.amount), 0)::bigint FROM canonical.settlements AS part
        WHERE (part.organization_id, part.document_id) = (organization, document));
END
$$;

-- Name: FUNCTION document_paid(organization bigint, document bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_paid(organization bigint, document bigint) IS 'The sum of a document''s settlements, in minor units; 0 without any.';

-- Name: document_party_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_party_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    locked record;
    day date := least(OLD.issued_on, NEW.issued_on);
BEGIN
    -- FOR SHARE: a transaction that moves a lock waits for this one, or this one sees the new lock.
    SELECT soft_locked_until, hard_locked_until INTO locked
    FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF day <= locked.hard_locked_until
        OR day <= locked.soft_locked_until AND current_setting('daybook.soft_lock_pass', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the books are locked for %', day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_party_locked', SCHEMA = 'canonical', TABLE = 'documents';
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION document_party_guard(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_party_guard() IS 'Refuses to change the party of an approved document while its period is locked, although the party is not booked.';

-- Name: document_party_named(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_party_named() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT person.full_name, address.postal INTO NEW.party_name, NEW.party_address
    FROM canonical.people AS person
    LEFT JOIN LATERAL (
        SELECT canonical.postal_address(a.street, a.suburb, a.postcode, a.country_code) AS postal FROM canonical.addresses AS a
        WHERE (a.organization_id, a.person_id) = (person.organization_id, person.id) ORDER BY a.position LIMIT 1) AS address ON true
    WHERE (person.organization_id, person.id) = (NEW.organization_id, NEW.party_id);
    RETURN NEW;
END
$$;

-- Name: FUNCTION document_party_named(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_party_named() IS 'Gives a document that is issued, or that is given another party when it is, the party''s name and address of the moment.';

-- Name: document_rounded(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_rounded() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- FOR SHARE: a transaction that changes the setting waits for this one and finds the draft, or this one sees the change.
    SELECT tax_rounding INTO NEW.tax_rounding FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    RETURN NEW;
END
$$;

-- Name: FUNCTION document_rounded(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_rounded() IS 'Gives a new document, and one that is approved, the organization''s rounding of taxes.';

-- Name: document_total(bigint, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_total(organization bigint, document bigint) RETURNS numeric
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN -- PL/pgSQL keeps the plan; a function in SQL is planned anew in each statement
    RETURN coalesce((SELECT total FROM canonical.document_totals WHERE organization_id = organization AND document_id = document), 0);
END
$$;

-- Name: FUNCTION document_total(organization bigint, document bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_total(organization bigint, document bigint) IS 'A document''s total with taxes, in minor units; 0 without items.';

-- Name: document_type(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.document_type(kind text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'invoice'::text THEN 'Invoice'::text WHEN 'bill'::text THEN 'Bill'::text WHEN 'credit_note'::text THEN 'CreditNote'::text WHEN 'vendor_credit_note'::text THEN 'VendorCreditNote'::text ELSE NULL::text END;

-- Name: FUNCTION document_type(kind text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.document_type(kind text) IS 'The type of a kind of document, as canonical_type and the API name it.';

-- Name: documents_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.documents_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_NAME = 'keep_kind' THEN
        RAISE EXCEPTION 'a document keeps its kind, and an approved one its exchange rate and how it computes taxes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_state_fixed', SCHEMA = 'canonical', TABLE = 'documents';
    ELSIF TG_NAME = 'keep_party_name' THEN
        RAISE EXCEPTION 'an issued document keeps its party''s name and address'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_party_kept', SCHEMA = 'canonical', TABLE = 'documents';
    ELSIF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a numbered document is voided, not deleted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_delete_draft', SCHEMA = 'canonical', TABLE = 'documents';
    END IF;
    RAISE EXCEPTION 'a document goes from draft to approved to void and keeps its number'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_state_forward', SCHEMA = 'canonical', TABLE = 'documents';
END
$$;

-- Name: draft_dated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.draft_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    closed date;
BEGIN
    -- FOR SHARE: a transaction that moves the lock waits for this one and finds the draft, or this one sees the new lock.
    SELECT hard_locked_until INTO closed FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.issued_on <= closed THEN
        RAISE EXCEPTION 'the books are closed until %', closed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_hard_locked', SCHEMA = 'canonical', TABLE = 'documents';
    END IF;
    RETURN NULL;
END
$$;

-- Name: fold_marks(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.fold_marks(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(translate(regexp_replace(lower(NORMALIZE(replace(value, '´'::text, ''::text), NFKD)), '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1\u08e3-\u0902\u093a\u093c\u0941-\u0948\u094d\u0951-\u0957\u0962-\u0963\u0981\u09bc\u09c1-\u09c4\u09cd\u09e2-\u09e3\u09fe\u0a01-\u0a02\u0a3c\u0a41-\u0a42\u0a47-\u0a48\u0a4b-\u0a4d\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a82\u0abc\u0ac1-\u0ac5\u0ac7-\u0ac8\u0acd\u0ae2-\u0ae3\u0afa-\u0aff\u0b01\u0b3c\u0b3f\u0b41-\u0b44\u0b4d\u0b55-\u0b56\u0b62-\u0b63\u0b82\u0bc0\u0bcd\u0c00\u0c04\u0c3c\u0c3e-\u0c40\u0c46-\u0c48\u0c4a-\u0c4d\u0c55-\u0c56\u0c62-\u0c63\u0c81\u0cbc\u0cbf\u0cc6\u0ccc-\u0ccd\u0ce2-\u0ce3\u0d00-\u0d01\u0d3b-\u0d3c\u0d41-\u0d44\u0d4d\u0d62-\u0d63\u0d81\u0dca\u0dd2-\u0dd4\u0dd6\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f71-\u0f7e\u0f80-\u0f84\u0f86-\u0f87\u0f8d-\u0f97\u0f99-\u0fbc\u0fc6\u102d-\u1030\u1032-\u1037\u1039-\u103a\u103d-\u103e\u1058-\u1059\u105e-\u1060\u1071-\u1074\u1082\u1085-\u1086\u108d\u109d\u135d-\u135f\u1712-\u1714\u1732-\u1733\u1752-\u1753\u1772-\u1773\u17b4-\u17b5\u17b7-\u17bd\u17c6\u17c9-\u17d3\u17dd\u180b-\u180d\u180f\u1885-\u1886\u18a9\u1920-\u1922\u1927-\u1928\u1932\u1939-\u193b\u1a17-\u1a18\u1a1b\u1a56\u1a58-\u1a5e\u1a60\u1a62\u1a65-\u1a6c\u1a73-\u1a7c\u1a7f\u1ab0-\u1abd\u1abf-\u1ace\u1b00-\u1b03\u1b34\u1b36-\u1b3a\u1b3c\u1b42\u1b6b-\u1b73\u1b80-\u1b81\u1ba2-\u1ba5\u1ba8-\u1ba9\u1bab-\u1bad\u1be6\u1be8-\u1be9\u1bed\u1bef-\u1bf1\u1c2c-\u1c33\u1c36-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce0\u1ce2-\u1ce8\u1ced\u1cf4\u1cf8-\u1cf9\u1dc0-\u1dff\u20d0-\u20dc\u20e1\u20e5-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302d\u3099-\u309a\ua66f\ua674-\ua67d\ua69e-\ua69f\ua6f0-\ua6f1\ua802\ua806\ua80b\ua825-\ua826\ua82c\ua8c4-\ua8c5\ua8e0-\ua8f1\ua8ff\ua926-\ua92d\ua947-\ua951\ua980-\ua982\ua9b3\ua9b6-\ua9b9\ua9bc-\ua9bd\ua9e5\uaa29-\uaa2e\uaa31-\uaa32\uaa35-\uaa36\uaa43\uaa4c\uaa7c\uaab0\uaab2-\uaab4\uaab7-\uaab8\uaabe-\uaabf\uaac1\uaaec-\uaaed\uaaf6\uabe5\uabe8\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\U000101fd\U000102e0\U00010376-\U0001037a\U00010a01-\U00010a03\U00010a05-\U00010a06\U00010a0c-\U00010a0f\U00010a38-\U00010a3a\U00010a3f\U00010ae5-\U00010ae6\U00010d24-\U00010d27\U00010eab-\U00010eac\U00010efd-\U00010eff\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011001\U00011038-\U00011046\U00011070\U00011073-\U00011074\U0001107f-\U00011081\U000110b3-\U000110b6\U000110b9-\U000110ba\U000110c2\U00011100-\U00011102\U00011127-\U0001112b\U0001112d-\U00011134\U00011173\U00011180-\U00011181\U000111b6-\U000111be\U000111c9-\U000111cc\U000111cf\U0001122f-\U00011231\U00011234\U00011236-\U00011237\U0001123e\U00011241\U000112df\U000112e3-\U000112ea\U00011300-\U00011301\U0001133b-\U0001133c\U00011340\U00011366-\U0001136c\U00011370-\U00011374\U00011438-\U0001143f\U00011442-\U00011444\U00011446\U0001145e\U000114b3-\U000114b8\U000114ba\U000114bf-\U000114c0\U000114c2-\U000114c3\U000115b2-\U000115b5\U000115bc-\U000115bd\U000115bf-\U000115c0\U000115dc-\U000115dd\U00011633-\U0001163a\U0001163d\U0001163f-\U00011640\U000116ab\U000116ad\U000116b0-\U000116b5\U000116b7\U0001171d-\U0001171f\U00011722-\U00011725\U00011727-\U0001172b\U0001182f-\U00011837\U00011839-\U0001183a\U0001193b-\U0001193c\U0001193e\U00011943\U000119d4-\U000119d7\U000119da-\U000119db\U000119e0\U00011a01-\U00011a0a\U00011a33-\U00011a38\U00011a3b-\U00011a3e\U00011a47\U00011a51-\U00011a56\U00011a59-\U00011a5b\U00011a8a-\U00011a96\U00011a98-\U00011a99\U00011c30-\U00011c36\U00011c38-\U00011c3d\U00011c3f\U00011c92-\U00011ca7\U00011caa-\U00011cb0\U00011cb2-\U00011cb3\U00011cb5-\U00011cb6\U00011d31-\U00011d36\U00011d3a\U00011d3c-\U00011d3d\U00011d3f-\U00011d45\U00011d47\U00011d90-\U00011d91\U00011d95\U00011d97\U00011ef3-\U00011ef4\U00011f00-\U00011f01\U00011f36-\U00011f3a\U00011f40\U00011f42\U00013440\U00013447-\U00013455\U00016af0-\U00016af4\U00016b30-\U00016b36\U00016f4f\U00016f8f-\U00016f92\U00016fe4\U0001bc9d-\U0001bc9e\U0001cf00-\U0001cf2d\U0001cf30-\U0001cf46\U0001d167-\U0001d169\U0001d17b-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001da00-\U0001da36\U0001da3b-\U0001da6c\U0001da75\U0001da84\U0001da9b-\U0001da9f\U0001daa1-\U0001daaf\U0001e000-\U0001e006\U0001e008-\U0001e018\U0001e01b-\U0001e021\U0001e023-\U0001e024\U0001e026-\U0001e02a\U0001e08f\U0001e130-\U0001e136\U0001e2ae\U0001e2ec-\U0001e2ef\U0001e4ec-\U0001e4ef\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a\U000e0100-\U000e01ef]+'::text, ''::text, 'g'::text), 'øłđıħς''’‘‛ʼʻ`'::text, 'oldihσ'::text), 'ß'::text, 'ss'::text), 'æ'::text, 'ae'::text), 'œ'::text, 'oe'::text);

-- Name: FUNCTION fold_marks(value text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.fold_marks(value text) IS 'canonical.fold of any text.';

-- Name: fold(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (octet_length(value) = length(value)) THEN translate(lower(value), '''`'::text, ''::text) ELSE canonical.fold_marks(value) END;

-- Name: FUNCTION fold(value text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.fold(value text) IS 'The text in lower case, without accents and other marks, and without apostrophes: Zoë and ZOE are one name, and so are O''Reilly and OReilly.';

-- Name: idempotency_keys; Type: TABLE; Schema: canonical

CREATE TABLE canonical.idempotency_keys (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    key text NOT NULL,
    input_hash bytea NOT NULL,
    record_id bigint,
    answer jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_length CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

-- Name: TABLE idempotency_keys; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.idempotency_keys IS 'Writes that may be asked for again: the same key gives the same answer.';

-- Name: COLUMN idempotency_keys.input_hash; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.idempotency_keys.input_hash IS 'SHA-256 of the operation and its arguments.';

-- Name: COLUMN idempotency_keys.record_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.idempotency_keys.record_id IS 'The record that was written; 0 where the write has none, null only inside the writing transaction.';

-- Name: COLUMN idempotency_keys.answer; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.idempotency_keys.answer IS 'What the write answered beside its record; null where that is all.';

-- Name: forget_idempotency_keys(timestamp with time zone, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.forget_idempotency_keys(before timestamp with time zone, batch integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 WITH forgotten AS (
          DELETE FROM canonical.idempotency_keys
           WHERE ((idempotency_keys.organization_id, idempotency_keys.id) IN ( SELECT idempotency_keys_1.organization_id,
                     idempotency_keys_1.id
                    FROM canonical.idempotency_keys idempotency_keys_1
                   WHERE (idempotency_keys_1.created_at < forget_idempotency_keys.before)
                   ORDER BY idempotency_keys_1.created_at
                  LIMIT forget_idempotency_keys.batch
                  FOR UPDATE OF idempotency_keys_1 SKIP LOCKED))
           RETURNING 1 AS "?column?"
         )
  SELECT (count(*))::integer AS count
    FROM forgotten;
END;

-- Name: FUNCTION forget_idempotency_keys(before timestamp with time zone, batch integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.forget_idempotency_keys(before timestamp with time zone, batch integer) IS 'Deletes the oldest keys from before a time, at most batch of them, and returns how many these were. A key in use is left.';

-- Name: store_hour_exceptions; Type: TABLE; Schema: canonical

CREATE TABLE canonical.store_hour_exceptions (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    on_date date NOT NULL,
    closed boolean NOT NULL,
    start_minute smallint,
    length_minutes integer,
    reason text DEFAULT ''::text NOT NULL,
    minutes int8range GENERATED ALWAYS AS (
CASE
    WHEN closed THEN int8range((0)::bigint, (0)::bigint)
    ELSE int8range((((on_date - '2000-01-01'::date) * (1440)::bigint) + start_minute), ((((on_date - '2000-01-01'::date) * (1440)::bigint) + start_minute) + length_minutes))
END) STORED NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT store_hour_exceptions_closed_or_open CHECK (((closed = (start_minute IS NULL)) AND (closed = (length_minutes IS NULL)))),
    CONSTRAINT store_hour_exceptions_date_range CHECK (((on_date >= '1900-01-01'::date) AND (on_date <= '9999-12-31'::date))),
    CONSTRAINT store_hour_exceptions_length_range CHECK (((length_minutes >= 1) AND (length_minutes <= 1440))),
    CONSTRAINT store_hour_exceptions_start_range CHECK (((start_minute >= 0) AND (start_minute <= 1439)))
);

-- Name: TABLE store_hour_exceptions; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.store_hour_exceptions IS 'Dates with other hours than their weekday: closed, or open in these periods only. They replace the periods that begin
on that date; a night that began the day before goes on into it.';

-- Name: COLUMN store_hour_exceptions.minutes; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.store_hour_exceptions.minutes IS 'The period in wall-clock minutes since 2000-01-01; empty on a closed day.';

-- Name: store_hours; Type: TABLE; Schema: canonical

CREATE TABLE canonical.store_hours (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    valid daterange NOT NULL,
    weekday smallint NOT NULL,
    start_minute smallint NOT NULL,
    length_minutes integer NOT NULL,
    week_minutes int4multirange GENERATED ALWAYS AS (int4multirange(VARIADIC ARRAY[int4range((((weekday - 1) * 1440) + start_minute), LEAST(((((weekday - 1) * 1440) + start_minute) + length_minutes), 10080)), int4range(0, GREATEST((((((weekday - 1) * 1440) + start_minute) + length_minutes) - 10080), 0))])) STORED NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT store_hours_length_range CHECK (((length_minutes >= 1) AND (length_minutes <= 1440))),
    CONSTRAINT store_hours_start_range CHECK (((start_minute >= 0) AND (start_minute <= 1439))),
    CONSTRAINT store_hours_valid_some_days CHECK (((NOT isempty(valid)) AND ((lower(valid) >= '1900-01-01'::date) IS NOT FALSE) AND ((upper(valid) <= '10000-01-01'::date) IS NOT FALSE))),
    CONSTRAINT store_hours_weekday_range CHECK (((weekday >= 1) AND (weekday <= 7)))
);

-- Name: TABLE store_hours; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.store_hours IS 'The week of a store: it is open in these periods. A weekday without one is closed.';

-- Name: COLUMN store_hours.valid; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.store_hours.valid IS 'The local dates on which the period begins; without a bound: always.';

-- Name: COLUMN store_hours.weekday; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.store_hours.weekday IS 'ISO: Monday is 1.';

-- Name: COLUMN store_hours.week_minutes; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.store_hours.week_minutes IS 'The period on the circle of the week, in minutes since Monday 00:00.';

-- Name: has_periods(bigint, bigint, date, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.has_periods(organization_id bigint, store_id bigint, from_date date, until_date date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((EXISTS (SELECT FROM canonical.store_hours h WHERE ((h.organization_id = has_periods.organization_id) AND (h.store_id = has_periods.store_id) AND (h.valid && daterange(has_periods.from_date, has_periods.until_date))))) OR (EXISTS (SELECT FROM canonical.store_hour_exceptions e WHERE ((e.organization_id = has_periods.organization_id) AND (e.store_id = has_periods.store_id) AND (e.on_date >= has_periods.from_date) AND (e.on_date < has_periods.until_date) AND (NOT e.closed)))));

-- Name: FUNCTION has_periods(organization_id bigint, store_id bigint, from_date date, until_date date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.has_periods(organization_id bigint, store_id bigint, from_date date, until_date date) IS 'Whether the store has any period from a local date until before another: hours that hold then, on whatever weekday, or an exception that
opens it.';

-- Name: hold_records(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.hold_records(organization bigint, payment_ids bigint[], document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    -- Payments before documents, each in the order of their ids, so that two such transactions cannot wait for each other.
    -- Those that this transaction has written are held already.
    IF payment_ids <> '{}' THEN
        PERFORM FROM canonical.payments WHERE organization_id = organization AND id = ANY (payment_ids)
            AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
        IF FOUND THEN
            UPDATE canonical.payments SET external_ref = external_ref
            WHERE organization_id = organization AND id = ANY (payment_ids) AND xmin <> pg_current_xact_id()::xid;
        END IF;
    END IF;
    IF document_ids <> '{}' THEN
        PERFORM FROM canonical.documents WHERE organization_id = organization AND id = ANY (document_ids)
            AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
        IF FOUND THEN
            UPDATE canonical.documents SET external_ref = external_ref
            WHERE organization_id = organization AND id = ANY (document_ids) AND xmin <> pg_current_xact_id()::xid;
        END IF;
    END IF;
END
$$;

-- Name: FUNCTION hold_records(organization bigint, payment_ids bigint[], document_ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.hold_records(organization bigint, payment_ids bigint[], document_ids bigint[]) IS 'Holds payments and documents until the transaction ends: others that change what is added up for them wait. It rewrites
their rows besides locking them, so that a concurrent REPEATABLE READ transaction fails to serialize instead of adding up an
old snapshot.';

-- Name: hold_sales(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.hold_sales(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    PERFORM FROM canonical.sales WHERE organization_id = organization AND id = ANY (ids)
        AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE canonical.sales SET external_ref = external_ref
        WHERE organization_id = organization AND id = ANY (ids) AND xmin <> pg_current_xact_id()::xid;
    END IF;
END
$$;

-- Name: FUNCTION hold_sales(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.hold_sales(organization bigint, ids bigint[]) IS 'Holds sales until the transaction ends, as canonical.hold_records holds documents: others that give them back, or void them, wait.';

-- Name: included_part(numeric, numeric[], integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.included_part(gross numeric, percentages numeric[], place integer) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    whole numeric := (SELECT sum(percentage) FROM unnest(percentages) AS given (percentage));
    rest numeric := gross - canonical.rounded_quotient(gross * 100, 100 + whole);
    part numeric := 0;
BEGIN
    FOR i IN 1..place LOOP
        part := CASE WHEN whole = 0 THEN 0 ELSE canonical.rounded_quotient(rest * percentages[i], whole) END;
        rest := rest - part;
        whole := whole - percentages[i];
    END LOOP;
    RETURN part;
END
$$;

-- Name: FUNCTION included_part(gross numeric, percentages numeric[], place integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.included_part(gross numeric, percentages numeric[], place integer) IS 'What an amount, which includes taxes of these percentages, includes of one of them, where each takes its part of what those before
it leave. It never falls as the amount grows, and the taxes together are what the amount includes.';

-- Name: rounded_quotient(numeric, numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.rounded_quotient(dividend numeric, divisor numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (sign(dividend) * div((((2)::numeric * abs(dividend)) + divisor), ((2)::numeric * divisor)));

-- Name: FUNCTION rounded_quotient(dividend numeric, divisor numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.rounded_quotient(dividend numeric, divisor numeric) IS 'The quotient, whose divisor is positive, rounded half away from zero to a whole number. It is exact; the operator rounds
to some digits, and so may turn a little less than a half into a half.';

-- Name: included_tax(numeric, numeric, numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.included_tax(gross numeric, percentages numeric, upto numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (percentages = (0)::numeric) THEN (0)::numeric ELSE canonical.rounded_quotient(((gross - canonical.rounded_quotient((gross * (100)::numeric), ((100)::numeric + percentages))) * upto), percentages) END;

-- Name: FUNCTION included_tax(gross numeric, percentages numeric, upto numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.included_tax(gross numeric, percentages numeric, upto numeric) IS 'What an amount, which includes taxes of these percentages together, includes of the first of them, which are upto per cent.';

-- Name: periods_on(bigint, bigint, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.periods_on(organization_id bigint, store_id bigint, on_date date) RETURNS TABLE(start_minute integer, length_minutes integer)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT (e.start_minute)::integer AS start_minute,
     e.length_minutes
    FROM canonical.store_hour_exceptions e
   WHERE ((e.organization_id = periods_on.organization_id) AND (e.store_id = periods_on.store_id) AND (e.on_date = periods_on.on_date) AND (NOT e.closed))
 UNION ALL
  SELECT (h.start_minute)::integer AS start_minute,
     h.length_minutes
    FROM canonical.store_hours h
   WHERE ((h.organization_id = periods_on.organization_id) AND (h.store_id = periods_on.store_id) AND (h.weekday = (EXTRACT(isodow FROM periods_on.on_date))::smallint) AND (h.valid @> periods_on.on_date) AND (NOT (EXISTS ( SELECT
            FROM canonical.store_hour_exceptions e
           WHERE ((e.organization_id = periods_on.organization_id) AND (e.store_id = periods_on.store_id) AND (e.on_date = periods_on.on_date))))));
END;

-- Name: FUNCTION periods_on(organization_id bigint, store_id bigint, on_date date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.periods_on(organization_id bigint, store_id bigint, on_date date) IS 'The periods that begin on the local date: its exceptions, else its weekday''s.';

-- Name: is_open(bigint, bigint, timestamp without time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.is_open(organization_id bigint, store_id bigint, wall timestamp without time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (EXISTS (SELECT FROM (generate_series(0, 1) back(back) CROSS JOIN LATERAL canonical.periods_on(is_open.organization_id, is_open.store_id, ((is_open.wall)::date - back.back)) p(start_minute, length_minutes)) WHERE ((is_open.wall >= (((is_open.wall)::date - back.back) + make_interval(mins => p.start_minute))) AND (is_open.wall < (((is_open.wall)::date - back.back) + make_interval(mins => (p.start_minute + p.length_minutes)))))));

-- Name: FUNCTION is_open(organization_id bigint, store_id bigint, wall timestamp without time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.is_open(organization_id bigint, store_id bigint, wall timestamp without time zone) IS 'Whether the store is open when the clock on its wall shows this. A period is at most 24 hours long, so only those that
began on that date or the day before can still be going on.';

-- Name: is_time_zone(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.is_time_zone(name text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $_$
BEGIN
    IF name = 'UTC' THEN
        RETURN true;
    ELSIF name !~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z][A-Za-z_/-]*$' THEN
        RETURN false;
    END IF;
    PERFORM set_config('timezone', name, true); -- until the function returns
    RETURN current_setting('timezone') = name;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$_$;

-- Name: FUNCTION is_time_zone(name text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.is_time_zone(name text) IS 'Whether this is UTC or an IANA Area/City name in its exact case. PostgreSQL itself also takes +10, which it reads as
ten hours behind UTC, invented zones such as FOO-25BAR, and any case: without a digit a name is of a file, and the setting
says how the file is spelled. To look for the name among all files, in pg_timezone_names, takes a hundred times as long.';

-- Name: items_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.items_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.check_totals(organization_id, array_agg(DISTINCT document_id))
    FROM changed_rows GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;

-- Name: journal_entry_added(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.journal_entry_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    locked record;
BEGIN
    -- FOR SHARE: a transaction that moves a lock waits for this one, or this one sees the new lock.
    SELECT soft_locked_until, hard_locked_until INTO locked
    FROM canonical.organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.posted_on <= locked.hard_locked_until THEN
        RAISE EXCEPTION 'the books are closed until %', locked.hard_locked_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_hard_locked',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    NEW.passed_lock := NEW.posted_on <= locked.soft_locked_until IS TRUE;
    IF NEW.passed_lock AND current_setting('daybook.soft_lock_pass', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the books are locked until %', locked.soft_locked_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_soft_locked',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    IF NEW.canonical_type <> 'JournalEntry' AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the postings of a % follow from the record: change that', NEW.canonical_type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_posted_by_record',
                SCHEMA = 'canonical', TABLE = 'journal_entries';
    END IF;
    RETURN NEW;
END
$$;

-- Name: journal_entry_stamped(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.journal_entry_stamped() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.transaction := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- Name: journal_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.journal_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the journal is not changed: reverse the entry and post another'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_immutable', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
END
$$;

-- Name: journal_line_by_hand(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.journal_line_by_hand() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM canonical.journal_entries
            WHERE (organization_id, id) = (NEW.organization_id, NEW.entry_id) AND canonical_type <> 'JournalEntry') THEN
        RAISE EXCEPTION 'the lines of entry % follow from a record: change that', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_posted_by_record',
                SCHEMA = 'canonical', TABLE = 'journal_lines';
    END IF;
    RETURN NEW;
END
$$;

-- Name: journal_line_dated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.journal_line_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT posted_on INTO NEW.posted_on FROM canonical.journal_entries
    WHERE (organization_id, id) = (NEW.organization_id, NEW.entry_id);
    RETURN NEW;
END
$$;

-- Name: keep_an_owner(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_an_owner() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- The lock makes whoever is about to take this owner away wait for this transaction, and this one for them.
    PERFORM FROM canonical.memberships AS other
    WHERE other.organization_id = OLD.organization_id AND other.role = 'owner' AND other.ended_at IS NULL LIMIT 1 FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an organization keeps an owner'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_owner_kept', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION keep_an_owner(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_an_owner() IS 'Raises memberships_owner_kept where the last owner of an organization would be none any more, whoever ends or changes whom at the
same time.';

-- Name: keep_archived(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_archived() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- A generated column has no value yet here.
    IF to_jsonb(NEW) - coalesce(TG_ARGV, '{}') = to_jsonb(OLD) - coalesce(TG_ARGV, '{}') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the row of canonical.% is archived', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_archived', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            HINT = 'Set archived_at to NULL, which restores it.';
END
$$;

-- Name: FUNCTION keep_archived(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_archived() IS 'Raises TABLE_archived for a change of an archived row that does not restore it. An UPDATE that changes nothing is left out.
The trigger''s arguments are the table''s generated columns.';

-- Name: keep_document_amounts(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_document_amounts(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    new bigint[] := ARRAY(SELECT given.id FROM unnest(ids) AS given (id) WHERE NOT EXISTS (
        SELECT FROM canonical.document_amounts AS kept WHERE (kept.organization_id, kept.document_id) = (organization, given.id) OFFSET 0));
BEGIN
    IF new <> '{}' THEN
        INSERT INTO canonical.document_amounts (organization_id, document_id, party_id, kind, state, currency, store_id, issued_on, item_count, subtotal, tax, total, paid, due)
        SELECT d.organization_id, d.document_id, d.party_id, d.kind, d.state, d.currency, d.store_id, d.issued_on, d.item_count, d.subtotal, d.tax, d.total, d.paid, d.due
        FROM unnest(new) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.derived_document_amounts AS row
            WHERE (row.organization_id, row.document_id) = (organization, wanted.id) OFFSET 0) AS d
        ORDER BY d.document_id;
    END IF;
    IF cardinality(new) < cardinality(ids) THEN
        UPDATE canonical.document_amounts AS kept SET party_id = d.party_id, kind = d.kind, state = d.state, currency = d.currency, store_id = d.store_id, issued_on = d.issued_on,
            item_count = d.item_count, subtotal = d.subtotal, tax = d.tax, total = d.total, paid = d.paid, due = d.due
        FROM unnest(ids) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.derived_document_amounts AS row
            WHERE (row.organization_id, row.document_id) = (organization, wanted.id) OFFSET 0) AS d
        WHERE (kept.organization_id, kept.document_id) = (organization, wanted.id)
            AND (kept.party_id, kept.kind, kept.state, kept.currency, kept.store_id, kept.issued_on, kept.item_count, kept.subtotal, kept.tax, kept.total, kept.paid, kept.due)
                IS DISTINCT FROM (d.party_id, d.kind, d.state, d.currency, d.store_id, d.issued_on, d.item_count, d.subtotal, d.tax, d.total, d.paid, d.due);
    END IF;
END
$$;

-- Name: FUNCTION keep_document_amounts(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_document_amounts(organization bigint, ids bigint[]) IS 'Makes canonical.document_amounts equal to what it is derived from, for these documents, each named once. They are held.';

-- Name: keep_owners_unbound(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_owners_unbound() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- The lock lets the role and the stores of a member change one after the other only.
    PERFORM FROM canonical.memberships AS membership
    WHERE (membership.organization_id, membership.user_id) = (NEW.organization_id, NEW.user_id) FOR UPDATE;
    IF EXISTS (SELECT FROM canonical.memberships AS membership
            WHERE (membership.organization_id, membership.user_id, membership.role) = (NEW.organization_id, NEW.user_id, 'owner'))
        AND EXISTS (SELECT FROM canonical.membership_stores AS bound
            WHERE (bound.organization_id, bound.user_id) = (NEW.organization_id, NEW.user_id)) THEN
        RAISE EXCEPTION 'an owner is not bound to stores'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_stores_owner', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION keep_owners_unbound(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_owners_unbound() IS 'Raises membership_stores_owner for an owner who is bound to stores.';

-- Name: keep_payment_amounts(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_payment_amounts(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    new bigint[] := ARRAY(SELECT given.id FROM unnest(ids) AS given (id) WHERE NOT EXISTS (
        SELECT FROM canonical.payment_amounts AS kept WHERE (kept.organization_id, kept.payment_id) = (organization, given.id) OFFSET 0));
BEGIN
    IF new <> '{}' THEN
        INSERT INTO canonical.payment_amounts (organization_id, payment_id, party_id, party_role, direction, currency, store_id, allocated, refunded, unallocated)
        SELECT p.organization_id, p.payment_id, p.party_id, p.party_role, p.direction, p.currency, p.store_id, p.allocated, p.refunded, p.unallocated
        FROM unnest(new) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.derived_payment_amounts AS row
            WHERE (row.organization_id, row.payment_id) = (organization, wanted.id) OFFSET 0) AS p
        ORDER BY p.payment_id;
    END IF;
    IF cardinality(new) < cardinality(ids) THEN
        UPDATE canonical.payment_amounts AS kept SET party_id = p.party_id, party_role = p.party_role, direction = p.direction,
            currency = p.currency, store_id = p.store_id, allocated = p.allocated, refunded = p.refunded, unallocated = p.unallocated
        FROM unnest(ids) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.derived_payment_amounts AS row
            WHERE (row.organization_id, row.payment_id) = (organization, wanted.id) OFFSET 0) AS p
        WHERE (kept.organization_id, kept.payment_id) = (organization, wanted.id)
            AND (kept.party_id, kept.party_role, kept.direction, kept.currency, kept.store_id, kept.allocated, kept.refunded, kept.unallocated)
                IS DISTINCT FROM (p.party_id, p.party_role, p.direction, p.currency, p.store_id, p.allocated, p.refunded, p.unallocated);
    END IF;
END
$$;

-- Name: FUNCTION keep_payment_amounts(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_payment_amounts(organization bigint, ids bigint[]) IS 'Makes canonical.payment_amounts equal to what it is derived from, for these payments, each named once. They are held.';

-- Name: keep_tax_shares(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.keep_tax_shares(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    IF EXISTS (
            SELECT FROM unnest(ids) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT id FROM canonical.document_items AS row WHERE (row.organization_id, row.document_id) = (organization, wanted.id) OFFSET 0) AS item
            CROSS JOIN LATERAL (
                SELECT FROM canonical.document_item_taxes AS row WHERE (row.organization_id, row.document_item_id) = (organization, item.id) OFFSET 0) AS tax)
        OR EXISTS (SELECT FROM canonical.document_tax_shares WHERE organization_id = organization AND document_id = ANY (ids)) THEN
        WITH share AS MATERIALIZED (
            SELECT tax.tax_id, tax.document_id, tax.item_id, tax.amount
            FROM unnest(ids) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT * FROM canonical.documents AS row
                WHERE (row.organization_id, row.id, row.tax_rounding) = (organization, wanted.id, 'rate') OFFSET 0) AS document
            CROSS JOIN LATERAL (
                SELECT * FROM canonical.document_taxes AS row
                WHERE row.organization_id = organization AND row.document_id = document.id OFFSET 0) AS tax),
        gone AS (
            DELETE FROM canonical.document_tax_shares
            WHERE organization_id = organization AND document_id = ANY (ids) AND id NOT IN (SELECT tax_id FROM share))
        INSERT INTO canonical.document_tax_shares AS kept (organization_id, id, document_id, item_id, amount)
        SELECT organization, tax_id, document_id, item_id, amount::bigint FROM share
        ON CONFLICT (organization_id, id) DO UPDATE SET document_id = EXCLUDED.document_id, item_id = EXCLUDED.item_id, amount = EXCLUDED.amount
        WHERE (kept.document_id, kept.item_id, kept.amount) <> (EXCLUDED.document_id, EXCLUDED.item_id, EXCLUDED.amount);
    END IF;
END
$$;

-- Name: FUNCTION keep_tax_shares(organization bigint, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.keep_tax_shares(organization bigint, ids bigint[]) IS 'Makes canonical.document_tax_shares equal to canonical.document_taxes for these documents. They are locked.';

-- Name: day_close_lines; Type: TABLE; Schema: canonical

CREATE TABLE canonical.day_close_lines (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    day_close_id bigint NOT NULL,
    part text NOT NULL,
    kind text,
    account_id bigint,
    tax_rate_id bigint,
    percentage numeric(7,4),
    net bigint NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT day_close_lines_kind CHECK ((kind = ANY (ARRAY['sale'::text, 'refund'::text]))),
    CONSTRAINT day_close_lines_part CHECK ((part = ANY (ARRAY['revenue'::text, 'tax'::text, 'movement'::text]))),
    CONSTRAINT day_close_lines_part_fields CHECK ((((part = 'movement'::text) = (kind IS NULL)) AND ((part <> 'movement'::text) OR (account_id IS NOT NULL)) AND ((part = 'tax'::text) = (tax_rate_id IS NOT NULL)) AND ((part = 'tax'::text) = (percentage IS NOT NULL))))
);

-- Name: TABLE day_close_lines; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.day_close_lines IS 'What a close books beside its tenders: revenue by account, taxes by rate, and cash that was moved to or from another account.';

-- Name: COLUMN day_close_lines.account_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_lines.account_id IS 'Null, of revenue: the account of sales, or of returns.';

-- Name: COLUMN day_close_lines.net; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_lines.net IS 'Of a tax, what it is of; else 0. In minor units of the close''s currency, negative of refunds.';

-- Name: COLUMN day_close_lines.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_lines.amount IS 'Revenue or tax, negative of refunds; or cash put in, negative: taken out.';

-- Name: day_close_tenders; Type: TABLE; Schema: canonical

CREATE TABLE canonical.day_close_tenders (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    day_close_id bigint NOT NULL,
    tender text NOT NULL,
    amount bigint NOT NULL,
    opening bigint NOT NULL,
    expected bigint GENERATED ALWAYS AS ((opening + amount)) STORED NOT NULL,
    counted bigint,
    difference bigint GENERATED ALWAYS AS (COALESCE(((counted - opening) - amount), (0)::bigint)) STORED NOT NULL,
    denominations bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    pieces integer[] DEFAULT '{}'::integer[] NOT NULL,
    CONSTRAINT day_close_tenders_counted_range CHECK (((counted >= 0) AND (counted <= '999999999999999'::bigint))),
    CONSTRAINT day_close_tenders_denominations_paired CHECK ((cardinality(denominations) = cardinality(pieces))),
    CONSTRAINT day_close_tenders_tender CHECK ((tender = ANY (ARRAY['cash'::text, 'card'::text, 'voucher'::text, 'other'::text])))
);

-- Name: TABLE day_close_tenders; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.day_close_tenders IS 'What a close has of each way to pay, in minor units of its currency.';

-- Name: COLUMN day_close_tenders.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_tenders.amount IS 'What sales brought in, less what refunds gave back.';

-- Name: COLUMN day_close_tenders.opening; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_tenders.opening IS 'Of a till''s cash: the float, with what was put in and less what was taken out.';

-- Name: COLUMN day_close_tenders.counted; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_tenders.counted IS 'What was there; null: it was not counted, and nothing differs.';

-- Name: COLUMN day_close_tenders.difference; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_tenders.difference IS 'Over, positive, or short.';

-- Name: COLUMN day_close_tenders.denominations; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_tenders.denominations IS 'The values of the notes and coins that were counted, each with how many pieces; empty: nobody said.';

-- Name: day_closes; Type: TABLE; Schema: canonical

CREATE TABLE canonical.day_closes (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    till_id bigint,
    till_session_id bigint,
    business_date date NOT NULL,
    currency text NOT NULL,
    fx_rate numeric(18,8) DEFAULT 1 NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    sale_count integer DEFAULT 0 NOT NULL,
    reversed_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT day_closes_business_date_range CHECK (((business_date >= '1900-01-01'::date) AND (business_date <= '9999-12-31'::date))),
    CONSTRAINT day_closes_fx_rate_range CHECK (((fx_rate > (0)::numeric) AND (fx_rate <= (1000000)::numeric))),
    CONSTRAINT day_closes_till_whole CHECK (((till_id IS NULL) = (till_session_id IS NULL)))
);

-- Name: TABLE day_closes; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.day_closes IS 'Closes of a till''s session, or, without a till, of all other sales of a store''s business day in one currency. While a close is
live, nothing of its day changes; its reversal takes it out of the books and opens the day.';

-- Name: COLUMN day_closes.sale_count; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_closes.sale_count IS 'How many sales and refunds it posts.';

-- Name: COLUMN day_closes.reversed_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_closes.reversed_at IS 'When it was reversed, for good; null: it is live.';

-- Name: organizations; Type: TABLE; Schema: canonical

CREATE TABLE canonical.organizations (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    time_zone text NOT NULL,
    base_currency text NOT NULL,
    fiscal_year_start_month integer DEFAULT 1 NOT NULL,
    tax_rounding text DEFAULT 'line'::text NOT NULL,
    late_sales text DEFAULT 'refuse'::text NOT NULL,
    till_difference_above bigint,
    takings_below bigint,
    soft_locked_until date,
    hard_locked_until date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_fiscal_year_start_month CHECK (((fiscal_year_start_month >= 1) AND (fiscal_year_start_month <= 12))),
    CONSTRAINT organizations_hard_locked_until_range CHECK (((hard_locked_until >= '1900-01-01'::date) AND (hard_locked_until <= '9999-12-31'::date))),
    CONSTRAINT organizations_late_sales CHECK ((late_sales = ANY (ARRAY['refuse'::text, 'next_open_day'::text]))),
    CONSTRAINT organizations_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT organizations_soft_locked_until_range CHECK (((soft_locked_until >= '1900-01-01'::date) AND (soft_locked_until <= '9999-12-31'::date))),
    CONSTRAINT organizations_takings_below_range CHECK (((takings_below >= 0) AND (takings_below <= '999999999999999'::bigint))),
    CONSTRAINT organizations_tax_rounding CHECK ((tax_rounding = ANY (ARRAY['line'::text, 'rate'::text]))),
    CONSTRAINT organizations_till_difference_above_range CHECK (((till_difference_above >= 0) AND (till_difference_above <= '999999999999999'::bigint)))
);

-- Name: TABLE organizations; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.organizations IS 'Owners of all data: every other key begins with one. Global.';

-- Name: COLUMN organizations.time_zone; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.time_zone IS 'IANA name; decides the organization''s current day.';

-- Name: COLUMN organizations.fiscal_year_start_month; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.fiscal_year_start_month IS 'The month on whose first day a fiscal year begins: 1 is January.';

-- Name: COLUMN organizations.tax_rounding; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.tax_rounding IS 'Whether taxes of documents are rounded on each line, or once for each rate; documents keep what they were approved with.';

-- Name: COLUMN organizations.till_difference_above; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.till_difference_above IS 'Members of channels are told of a till that is over or short by more than this, in minor units of the base currency, unless their
channel has a bound of its own; null: they are not.';

-- Name: COLUMN organizations.takings_below; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.takings_below IS 'Members of channels are told of a store''s day that came to less than this, in the same way.';

-- Name: COLUMN organizations.soft_locked_until; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.soft_locked_until IS 'The last day of the period into which only a write with leave to override the lock books; null: no soft lock.';

-- Name: COLUMN organizations.hard_locked_until; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.organizations.hard_locked_until IS 'The last day of the period into which nothing is booked any more; null: no hard lock. It only moves forward.';

-- Name: lines_of_day_closes(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_day_closes(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_day_closes.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_day_closes.organization) AND (accounts.system_role IS NOT NULL))
         ), close AS MATERIALIZED (
          SELECT c.organization_id,
             c.id,
             c.store_id,
             c.till_id,
             c.till_session_id,
             c.business_date,
             c.currency,
             c.fx_rate,
             c.note,
             c.sale_count,
             c.reversed_at,
             c.version,
             c.created_at,
             c.updated_at
            FROM (wanted
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".store_id,
                     "row".till_id,
                     "row".till_session_id,
                     "row".business_date,
                     "row".currency,
                     "row".fx_rate,
                     "row".note,
                     "row".sale_count,
                     "row".reversed_at,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.day_closes "row"
                   WHERE (("row".organization_id = lines_of_day_closes.organization) AND ("row".id = wanted.id))
                  OFFSET 0) c)
           WHERE (c.reversed_at IS NULL)
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT 'DayClose'::text AS "?column?",
             c.id,
             c.business_date,
             c.currency,
             c.fx_rate,
             c.store_id,
             c.store_id,
             line.account,
             line.minor
            FROM ((close c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT side.account,
                     side.minor
                    FROM (canonical.day_close_tenders t
                      CROSS JOIN LATERAL ( VALUES (
                                 CASE t.tender
                                     WHEN 'cash'::text THEN role.cash
                                     WHEN 'card'::text THEN role.card_takings
                                     WHEN 'voucher'::text THEN role.vouchers
                                     ELSE role.other_takings
                                 END,(t.amount + t.difference)), (role.over_short,(- t.difference))) side(account, minor))
                   WHERE ((t.organization_id = lines_of_day_closes.organization) AND (t.day_close_id = c.id))
                 UNION ALL
                  SELECT side.account,
                     side.minor
                    FROM (canonical.day_close_lines l
                      CROSS JOIN LATERAL ( VALUES (
                                 CASE l.part
                                     WHEN 'tax'::text THEN role.tax_collected
                                     WHEN 'movement'::text THEN l.account_id
                                     ELSE COALESCE(l.account_id,
                                     CASE l.kind
WHEN 'refund'::text THEN role.sales_returns
ELSE role.sales
                                     END)
                                 END,(- l.amount)), (role.cash,
                                 CASE l.part
                                     WHEN 'movement'::text THEN l.amount
                                     ELSE (0)::bigint
                                 END)) side(account, minor))
                   WHERE ((l.organization_id = lines_of_day_closes.organization) AND (l.day_close_id = c.id))) line(account, minor))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_day_closes.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: of_vendor(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.of_vendor(kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (kind = ANY (ARRAY['bill'::text, 'vendor_credit_note'::text]));

-- Name: FUNCTION of_vendor(kind text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.of_vendor(kind text) IS 'Whether the party of a kind of document is a vendor, who issues it.';

-- Name: tax_of(numeric, boolean, numeric, numeric, numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.tax_of(amount numeric, included boolean, percentages numeric, before numeric, percentage numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN included THEN (canonical.included_tax(amount, percentages, (before + percentage)) - canonical.included_tax(amount, percentages, before)) ELSE round(((amount * percentage) * 0.01)) END;

-- Name: FUNCTION tax_of(amount numeric, included boolean, percentages numeric, before numeric, percentage numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.tax_of(amount numeric, included boolean, percentages numeric, before numeric, percentage numeric) IS 'One tax of an amount, in minor units, rounded half away from zero. Of an amount that includes its taxes, percentages are those of
all of them together, and before those of the taxes before this one; of another amount they do not count.';

-- Name: document_item_taxes; Type: TABLE; Schema: canonical

CREATE TABLE canonical.document_item_taxes (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    document_item_id bigint NOT NULL,
    "position" integer NOT NULL,
    tax_rate_id bigint NOT NULL,
    name text NOT NULL,
    percentage numeric(7,4) NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT document_item_taxes_percentage_range CHECK (((percentage >= (0)::numeric) AND (percentage <= (100)::numeric))),
    CONSTRAINT document_item_taxes_position_positive CHECK (("position" > 0))
);

-- Name: TABLE document_item_taxes; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.document_item_taxes IS 'The taxes of a line, name and percentage as they were when the line was saved.';

-- Name: COLUMN document_item_taxes.document_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_item_taxes.document_id IS 'The document of the line, which says alone what a changed tax concerns.';

-- Name: document_items; Type: TABLE; Schema: canonical

CREATE TABLE canonical.document_items (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    line integer NOT NULL,
    product_id bigint,
    account_id bigint,
    store_id bigint,
    description text NOT NULL,
    quantity numeric(17,6) DEFAULT 1 NOT NULL,
    unit_price numeric(19,4) NOT NULL,
    discount_percentage numeric(7,4),
    discount_amount bigint,
    discount bigint GENERATED ALWAYS AS ((COALESCE((discount_amount)::numeric, round(((round((quantity * unit_price)) * discount_percentage) * 0.01)), (0)::numeric))::bigint) STORED NOT NULL,
    amount bigint GENERATED ALWAYS AS (((round((quantity * unit_price)))::bigint - (COALESCE((discount_amount)::numeric, round(((round((quantity * unit_price)) * discount_percentage) * 0.01)), (0)::numeric))::bigint)) STORED NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT document_items_amount_range CHECK (((amount >= '-999999999999999'::bigint) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT document_items_description_given CHECK ((btrim(description) <> ''::text)),
    CONSTRAINT document_items_discount_amount_range CHECK (((discount_amount >= 0) AND (discount_amount <= '999999999999999'::bigint))),
    CONSTRAINT document_items_discount_once CHECK ((num_nonnulls(discount_percentage, discount_amount) <= 1)),
    CONSTRAINT document_items_discount_percentage_range CHECK (((discount_percentage >= (0)::numeric) AND (discount_percentage <= (100)::numeric))),
    CONSTRAINT document_items_discount_within_line CHECK (((discount_amount)::numeric <= GREATEST(round((quantity * unit_price)), (0)::numeric))),
    CONSTRAINT document_items_line_positive CHECK ((line > 0)),
    CONSTRAINT document_items_quantity_not_zero CHECK ((quantity <> (0)::numeric)),
    CONSTRAINT document_items_unit_price_range CHECK (((unit_price >= ('-999999999999999'::bigint)::numeric) AND (unit_price <= ('999999999999999'::bigint)::numeric)))
);

-- Name: TABLE document_items; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.document_items IS 'What a document charges for, item by item, in the order of line.';

-- Name: COLUMN document_items.account_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.account_id IS 'Where the line is booked; null: the account of the document''s kind (sales, purchases, credit notes and returns).';

-- Name: COLUMN document_items.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.store_id IS 'The store that the line and its taxes are booked in; null: the document''s.';

-- Name: COLUMN document_items.unit_price; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.unit_price IS 'Minor units of the document''s currency, with up to four decimals; before tax or with it, as the document says.';

-- Name: COLUMN document_items.discount_percentage; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.discount_percentage IS 'The discount, where it was given in percent of quantity times price.';

-- Name: COLUMN document_items.discount_amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.discount_amount IS 'The discount, where it was given as an amount, in minor units.';

-- Name: COLUMN document_items.discount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.discount IS 'What the discount takes off, in minor units, rounded half away from zero.';

-- Name: COLUMN document_items.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_items.amount IS 'Quantity times price, rounded half away from zero, less the discount, in minor units; before tax or with it, as the price is.';

-- Name: documents; Type: TABLE; Schema: canonical

CREATE TABLE canonical.documents (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text DEFAULT 'invoice'::text NOT NULL,
    party_id bigint NOT NULL,
    party_name text COLLATE pg_catalog."und-x-icu",
    party_address jsonb,
    state text DEFAULT 'draft'::text NOT NULL,
    number text,
    number_value bigint,
    issued_on date NOT NULL,
    due_on date NOT NULL,
    currency text NOT NULL,
    fx_rate numeric(18,8) DEFAULT 1 NOT NULL,
    fx_rate_named boolean DEFAULT false NOT NULL,
    prices_include_tax boolean DEFAULT false NOT NULL,
    tax_rounding text NOT NULL,
    memo text DEFAULT ''::text NOT NULL,
    external_ref text,
    store_id bigint,
    sent_at timestamp with time zone,
    approved_at timestamp with time zone,
    voided_at timestamp with time zone,
    voided_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT documents_due_after_issue CHECK ((due_on >= issued_on)),
    CONSTRAINT documents_due_on_range CHECK (((due_on >= '1900-01-01'::date) AND (due_on <= '9999-12-31'::date))),
    CONSTRAINT documents_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT documents_fx_rate_range CHECK (((fx_rate > (0)::numeric) AND (fx_rate <= (1000000)::numeric))),
    CONSTRAINT documents_issued_on_range CHECK (((issued_on >= '1900-01-01'::date) AND (issued_on <= '9999-12-31'::date))),
    CONSTRAINT documents_kind CHECK ((kind = ANY (ARRAY['invoice'::text, 'bill'::text, 'credit_note'::text, 'vendor_credit_note'::text]))),
    CONSTRAINT documents_number_by_state CHECK ((((number IS NOT NULL) = (state <> 'draft'::text)) AND ((number_value IS NOT NULL) = (state <> 'draft'::text)))),
    CONSTRAINT documents_party_by_state CHECK ((((party_name IS NOT NULL) = (state <> 'draft'::text)) AND ((party_address IS NULL) OR (state <> 'draft'::text)))),
    CONSTRAINT documents_state CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text, 'void'::text]))),
    CONSTRAINT documents_tax_rounding CHECK ((tax_rounding = ANY (ARRAY['line'::text, 'rate'::text]))),
    CONSTRAINT documents_times_by_state CHECK ((((approved_at IS NOT NULL) = (state <> 'draft'::text)) AND ((voided_at IS NOT NULL) = (state = 'void'::text)) AND ((sent_at IS NULL) OR (state <> 'draft'::text)))),
    CONSTRAINT documents_voided_on_after CHECK (((voided_on IS NULL) OR ((voided_on > issued_on) AND (voided_at IS NOT NULL))))
);

-- Name: TABLE documents; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.documents IS 'Invoices to customers, bills of vendors, credit notes to customers and of vendors: draft, then approved, perhaps void. Amounts are in currency.';

-- Name: COLUMN documents.party_name; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.party_name IS 'The party''s name as it was at approval, or when the document was given another party since; null: it is a draft.';

-- Name: COLUMN documents.party_address; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.party_address IS 'The party''s first address, of the same moment as the name; null also without any.';

-- Name: COLUMN documents.number_value; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.number_value IS 'Place in the number series, without gaps; set at approval.';

-- Name: COLUMN documents.fx_rate; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.fx_rate IS 'Units of the organization''s base currency for one unit of currency; without meaning where both are the same.';

-- Name: COLUMN documents.fx_rate_named; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.fx_rate_named IS 'Whether somebody named the rate: it then stays where a draft moves to another day; otherwise it is that of the day.';

-- Name: COLUMN documents.prices_include_tax; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.prices_include_tax IS 'Whether the prices of the items include their taxes.';

-- Name: COLUMN documents.tax_rounding; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.tax_rounding IS 'Whether taxes are rounded on each line, or once for each rate: of a draft what the organization has set, and from the
approval on what it had set then.';

-- Name: COLUMN documents.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.store_id IS 'The store that it is of; null: the office.';

-- Name: COLUMN documents.voided_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.documents.voided_on IS 'The day on which the void is booked, where canonical.void_day says another than the record''s own; null: the record was undone on its own day, or is live.';

-- Name: document_taxed_items; Type: VIEW; Schema: canonical

CREATE VIEW canonical.document_taxed_items AS
 SELECT part.organization_id,
    part.document_id,
    part.item_id,
    part.account_id,
    part.store_id,
    part.amount,
    part.prices_include_tax,
    part.tax_rounding,
    part.tax_id,
    part.tax_rate_id,
    part.percentage,
        CASE
            WHEN (part.prices_include_tax AND (part.tax_rounding = 'rate'::text)) THEN (canonical.included_part(part.upto, part.descending, part.place) - canonical.included_part((part.upto - (part.amount)::numeric), part.descending, part.place))
            ELSE (canonical.tax_of(part.upto, part.prices_include_tax, part.percentages, part.before, part.percentage) - canonical.tax_of((part.upto - (part.amount)::numeric), part.prices_include_tax, part.percentages, part.before, part.percentage))
        END AS tax
   FROM ( SELECT item.organization_id,
            item.document_id,
            item.id AS item_id,
            item.account_id,
            COALESCE(item.store_id, document.store_id) AS store_id,
            item.amount,
            document.prices_include_tax,
            document.tax_rounding,
            tax.id AS tax_id,
            tax.tax_rate_id,
            tax.percentage,
            other.percentages,
            other.before,
            other.descending,
            other.place,
                CASE document.tax_rounding
                    WHEN 'line'::text THEN (item.amount)::numeric
                    ELSE sum(item.amount) OVER (PARTITION BY item.organization_id, item.document_id, tax.tax_rate_id, tax.percentage, other.rates ORDER BY item.line)
                END AS upto
           FROM (((canonical.documents document
             JOIN canonical.document_items item ON (((item.organization_id = document.organization_id) AND (item.document_id = document.id))))
             LEFT JOIN canonical.document_item_taxes tax ON (((tax.organization_id = item.organization_id) AND (tax.document_item_id = item.id))))
             CROSS JOIN LATERAL ( SELECT sum(x.percentage) AS percentages,
                    COALESCE(sum(x.percentage) FILTER (WHERE (x.tax_rate_id < tax.tax_rate_id)), (0)::numeric) AS before,
                    (array_agg((x.tax_rate_id)::numeric ORDER BY x.tax_rate_id) || array_agg(x.percentage ORDER BY x.tax_rate_id)) AS rates,
                    array_agg(x.percentage ORDER BY x.percentage DESC) AS descending,
                    (count(*) FILTER (WHERE (ROW((- x.percentage), x.tax_rate_id) <= ROW((- tax.percentage), tax.tax_rate_id))))::integer AS place
                   FROM canonical.document_item_taxes x
                  WHERE (document.prices_include_tax AND (x.organization_id = item.organization_id) AND (x.document_item_id = item.id))) other)) part;

-- Name: VIEW document_taxed_items; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.document_taxed_items IS 'Each line of a document with each of its taxes, in minor units, whole numbers as numeric; one without taxes once, with nulls.';

-- Name: document_item_amounts; Type: VIEW; Schema: canonical

CREATE VIEW canonical.document_item_amounts AS
 SELECT document_taxed_items.organization_id,
    document_taxed_items.document_id,
    document_taxed_items.item_id,
    document_taxed_items.account_id,
    document_taxed_items.store_id,
    COALESCE(sum(document_taxed_items.tax), (0)::numeric) AS tax,
    ((document_taxed_items.amount)::numeric -
        CASE
            WHEN document_taxed_items.prices_include_tax THEN COALESCE(sum(document_taxed_items.tax), (0)::numeric)
            ELSE (0)::numeric
        END) AS net
   FROM canonical.document_taxed_items
  GROUP BY document_taxed_items.organization_id, document_taxed_items.document_id, document_taxed_items.item_id, document_taxed_items.account_id, document_taxed_items.store_id, document_taxed_items.amount, document_taxed_items.prices_include_tax;

-- Name: VIEW document_item_amounts; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.document_item_amounts IS 'The lines of a document with their stores, their net amounts and the sums of their taxes, in minor units, whole numbers as numeric.';

-- Name: lines_of_documents(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_documents(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_documents.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_documents.organization) AND (accounts.system_role IS NOT NULL))
         ), document AS MATERIALIZED (
          SELECT d.id,
             d.kind,
             booked.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             (booked.times *
                 CASE
                     WHEN (d.kind = ANY (ARRAY['invoice'::text, 'vendor_credit_note'::text])) THEN 1
                     ELSE '-1'::integer
                 END) AS side,
             canonical.document_type(d.kind) AS type,
                 CASE
                     WHEN canonical.of_vendor(d.kind) THEN role.payable
                     ELSE role.receivable
                 END AS control,
                 CASE
                     WHEN canonical.of_vendor(d.kind) THEN role.tax_paid
                     ELSE role.tax_collected
                 END AS tax_account,
                 CASE d.kind
                     WHEN 'invoice'::text THEN role.sales
                     WHEN 'credit_note'::text THEN role.sales_returns
                     ELSE role.purchases
                 END AS account
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".kind,
                     "row".party_id,
                     "row".party_name,
                     "row".party_address,
                     "row".state,
                     "row".number,
                     "row".number_value,
                     "row".issued_on,
                     "row".due_on,
                     "row".currency,
                     "row".fx_rate,
                     "row".fx_rate_named,
                     "row".prices_include_tax,
                     "row".tax_rounding,
                     "row".memo,
                     "row".external_ref,
                     "row".store_id,
                     "row".sent_at,
                     "row".approved_at,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.documents "row"
                   WHERE (("row".organization_id = lines_of_documents.organization) AND ("row".id = wanted.id))
                  OFFSET 0) d)
              CROSS JOIN LATERAL ( VALUES (d.issued_on,1), (d.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE d.state
                     WHEN 'approved'::text THEN (booked.times = 1)
                     ELSE (d.voided_on IS NOT NULL)
                 END
         ), item AS MATERIALIZED (
          SELECT d.id AS document_id,
             i.store_id,
             COALESCE(i.account_id, d.account) AS account,
             i.net,
             i.tax
            FROM (( SELECT DISTINCT document.id,
                     document.account
                    FROM document) d
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".document_id,
                     "row".item_id,
                     "row".account_id,
                     "row".store_id,
                     "row".tax,
                     "row".net
                    FROM canonical.document_item_amounts "row"
                   WHERE (("row".organization_id = lines_of_documents.organization) AND ("row".document_id = d.id))
                  OFFSET 0) i)
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             i.store_id,
             i.account,
             (((- d.side))::numeric * i.net) AS "?column?"
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         UNION ALL
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             i.store_id,
             d.tax_account,
             (((- d.side))::numeric * i.tax)
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         UNION ALL
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             d.store_id,
             d.control,
             ((d.side)::numeric * (i.net + i.tax))
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_documents.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: credit_allocations; Type: TABLE; Schema: canonical

CREATE TABLE canonical.credit_allocations (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    credit_note_id bigint NOT NULL,
    document_id bigint NOT NULL,
    amount bigint NOT NULL,
    allocated_on date NOT NULL,
    ended_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT credit_allocations_allocated_on_finite CHECK (isfinite(allocated_on)),
    CONSTRAINT credit_allocations_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT credit_allocations_ended_on_after CHECK ((ended_on > allocated_on))
);

-- Name: TABLE credit_allocations; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.credit_allocations IS 'Which part of a credit note reduces which invoice, or of a vendor''s which bill; several rows of one pair as in
payment_allocations.';

-- Name: COLUMN credit_allocations.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.credit_allocations.amount IS 'Minor units of the currency of both.';

-- Name: COLUMN credit_allocations.ended_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.credit_allocations.ended_on IS 'The day from which it no longer counts, because its credit note was voided on it, or as in payment_allocations; null: it counts
for ever.';

-- Name: payment_allocations; Type: TABLE; Schema: canonical

CREATE TABLE canonical.payment_allocations (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    payment_id bigint NOT NULL,
    document_id bigint NOT NULL,
    amount bigint NOT NULL,
    allocated_on date NOT NULL,
    ended_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payment_allocations_allocated_on_finite CHECK (isfinite(allocated_on)),
    CONSTRAINT payment_allocations_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT payment_allocations_ended_on_after CHECK ((ended_on > allocated_on))
);

-- Name: TABLE payment_allocations; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.payment_allocations IS 'Which part of a payment pays which document. Several rows of one pair add up: what counts from a closed day on stays, and what is
added to it, or left of it, is another row.';

-- Name: COLUMN payment_allocations.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_allocations.amount IS 'Minor units of the payment''s currency.';

-- Name: COLUMN payment_allocations.allocated_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_allocations.allocated_on IS 'The day from which it counts; filled in where it is left out, and never before either record.';

-- Name: COLUMN payment_allocations.ended_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_allocations.ended_on IS 'The day from which it no longer counts, because it was taken back on it and the books were closed for the day from which it
had counted; null: it counts for as long as the payment does.';

-- Name: payment_refunds; Type: TABLE; Schema: canonical

CREATE TABLE canonical.payment_refunds (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    refund_id bigint NOT NULL,
    payment_id bigint NOT NULL,
    amount bigint NOT NULL,
    allocated_on date NOT NULL,
    ended_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payment_refunds_allocated_on_finite CHECK (isfinite(allocated_on)),
    CONSTRAINT payment_refunds_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT payment_refunds_ended_on_after CHECK ((ended_on > allocated_on))
);

-- Name: TABLE payment_refunds; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.payment_refunds IS 'Which part of a payment another one, of the other direction, gives back: that part pays nothing any more. Several rows of one
pair as in payment_allocations.';

-- Name: COLUMN payment_refunds.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_refunds.amount IS 'Minor units of the currency of both.';

-- Name: COLUMN payment_refunds.ended_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_refunds.ended_on IS 'As in payment_allocations; null: it counts for as long as the refund does.';

-- Name: payments; Type: TABLE; Schema: canonical

CREATE TABLE canonical.payments (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    direction text DEFAULT 'in'::text NOT NULL,
    party_id bigint NOT NULL,
    party_role text DEFAULT 'customer'::text NOT NULL,
    paid_on date NOT NULL,
    method text DEFAULT 'bank'::text NOT NULL,
    account_id bigint,
    store_id bigint,
    reference text DEFAULT ''::text NOT NULL,
    currency text NOT NULL,
    fx_rate numeric(18,8) DEFAULT 1 NOT NULL,
    amount bigint NOT NULL,
    external_ref text,
    voided_at timestamp with time zone,
    voided_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payments_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT payments_direction CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT payments_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT payments_fx_rate_range CHECK (((fx_rate > (0)::numeric) AND (fx_rate <= (1000000)::numeric))),
    CONSTRAINT payments_method CHECK ((method = ANY (ARRAY['bank'::text, 'card'::text, 'cash'::text, 'other'::text]))),
    CONSTRAINT payments_paid_on_range CHECK (((paid_on >= '1900-01-01'::date) AND (paid_on <= '9999-12-31'::date))),
    CONSTRAINT payments_party_role CHECK ((party_role = ANY (ARRAY['customer'::text, 'vendor'::text]))),
    CONSTRAINT payments_voided_on_after CHECK (((voided_on IS NULL) OR ((voided_on > paid_on) AND (voided_at IS NOT NULL))))
);

-- Name: TABLE payments; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.payments IS 'Money received from a party or paid to one.';

-- Name: COLUMN payments.party_role; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.party_role IS 'Whether the party pays, or is paid, as a customer or as a vendor: what is not allocated is a customer''s credit with the
organization, or the organization''s with a vendor.';

-- Name: COLUMN payments.account_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.account_id IS 'Where the money went or came from; null: the account of the role that canonical.payment_account_role says.';

-- Name: COLUMN payments.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.store_id IS 'The store that received or paid it; null: the office.';

-- Name: COLUMN payments.fx_rate; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.fx_rate IS 'Units of the organization''s base currency for one unit of currency, on the day of the payment.';

-- Name: COLUMN payments.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.amount IS 'Minor units of currency.';

-- Name: COLUMN payments.voided_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.voided_at IS 'When the payment was voided; from then on neither it nor its allocations count. Null: it is live.';

-- Name: COLUMN payments.voided_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payments.voided_on IS 'The day on which the void is booked, where canonical.void_day says another than the record''s own; null: the record was undone on its own day, or is live.';

-- Name: payment_uses; Type: VIEW; Schema: canonical

CREATE VIEW canonical.payment_uses AS
 SELECT allocation.organization_id,
    allocation.payment_id,
    event.day AS allocated_on,
    'payment'::text AS source,
    allocation.id,
    event.amount
   FROM ((canonical.payment_allocations allocation
     JOIN canonical.payments payment ON (((payment.organization_id = allocation.organization_id) AND (payment.id = allocation.payment_id))))
     CROSS JOIN LATERAL ( VALUES (allocation.allocated_on,allocation.amount), (LEAST(allocation.ended_on, payment.voided_on),(- allocation.amount))) event(day, amount))
  WHERE ((event.day IS NOT NULL) AND ((payment.voided_at IS NULL) OR (allocation.allocated_on < payment.voided_on)))
UNION ALL
 SELECT refund.organization_id,
    refund.payment_id,
    event.day AS allocated_on,
    'refund'::text AS source,
    refund.id,
    event.amount
   FROM ((canonical.payment_refunds refund
     JOIN canonical.payments back ON (((back.organization_id = refund.organization_id) AND (back.id = refund.refund_id))))
     CROSS JOIN LATERAL ( VALUES (refund.allocated_on,refund.amount), (LEAST(refund.ended_on, back.voided_on),(- refund.amount))) event(day, amount))
  WHERE ((event.day IS NOT NULL) AND ((back.voided_at IS NULL) OR (refund.allocated_on < back.voided_on)))
UNION ALL
 SELECT refund.organization_id,
    refund.refund_id AS payment_id,
    event.day AS allocated_on,
    'refund'::text AS source,
    refund.id,
    event.amount
   FROM ((canonical.payment_refunds refund
     JOIN canonical.payments back ON (((back.organization_id = refund.organization_id) AND (back.id = refund.refund_id))))
     CROSS JOIN LATERAL ( VALUES (refund.allocated_on,refund.amount), (LEAST(refund.ended_on, back.voided_on),(- refund.amount))) event(day, amount))
  WHERE ((event.day IS NOT NULL) AND ((back.voided_at IS NULL) OR (refund.allocated_on < back.voided_on)));

-- Name: VIEW payment_uses; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.payment_uses IS 'What a payment was used for, in minor units of its currency: parts of it that settle documents, that live refunds gave
back, and, of a refund, that give back other payments. They follow each other by day, source and id.';

-- Name: settlements; Type: VIEW; Schema: canonical

CREATE VIEW canonical.settlements AS
 SELECT allocation.organization_id,
    allocation.document_id,
    event.day AS allocated_on,
    'payment'::text AS source,
    allocation.id,
    event.amount
   FROM ((canonical.payment_allocations allocation
     JOIN canonical.payments payment ON (((payment.organization_id = allocation.organization_id) AND (payment.id = allocation.payment_id))))
     CROSS JOIN LATERAL ( VALUES (allocation.allocated_on,allocation.amount), (LEAST(allocation.ended_on, payment.voided_on),(- allocation.amount))) event(day, amount))
  WHERE ((event.day IS NOT NULL) AND ((payment.voided_at IS NULL) OR (allocation.allocated_on < payment.voided_on)))
UNION ALL
 SELECT credit.organization_id,
    credit.document_id,
    event.day AS allocated_on,
    'credit'::text AS source,
    credit.id,
    event.amount
   FROM (canonical.credit_allocations credit
     CROSS JOIN LATERAL ( VALUES (credit.allocated_on,credit.amount), (credit.ended_on,(- credit.amount))) event(day, amount))
  WHERE (event.day IS NOT NULL)
UNION ALL
 SELECT credit.organization_id,
    credit.credit_note_id AS document_id,
    event.day AS allocated_on,
    'credit'::text AS source,
    credit.id,
    event.amount
   FROM (canonical.credit_allocations credit
     CROSS JOIN LATERAL ( VALUES (credit.allocated_on,credit.amount), (credit.ended_on,(- credit.amount))) event(day, amount))
  WHERE (event.day IS NOT NULL);

-- Name: VIEW settlements; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.settlements IS 'What settles a document, in minor units of its currency: parts of live payments, and of credit notes. What a credit note
gives to invoices or bills settles the credit note too. They follow each other by day, source and id.';

-- Name: settlement_lines(bigint, text, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.settlement_lines(organization bigint, class text, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, allocated_on date, party_role text, currency text, amount bigint, document_amount bigint, store_id bigint, own_store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(settlement_lines.ids) given(id)
         ), home AS MATERIALIZED (
          SELECT organizations.base_currency
            FROM canonical.organizations
           WHERE (organizations.id = settlement_lines.organization)
         ), payment AS MATERIALIZED (
          SELECT p.organization_id,
             p.id,
             p.direction,
             p.party_id,
             p.party_role,
             p.paid_on,
             p.method,
             p.account_id,
             p.store_id,
             p.reference,
             p.currency,
             p.fx_rate,
             p.amount,
             p.external_ref,
             p.voided_at,
             p.voided_on,
             p.version,
             p.created_at,
             p.updated_at
            FROM (wanted
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".direction,
                     "row".party_id,
                     "row".party_role,
                     "row".paid_on,
                     "row".method,
                     "row".account_id,
                     "row".store_id,
                     "row".reference,
                     "row".currency,
                     "row".fx_rate,
                     "row".amount,
                     "row".external_ref,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.payments "row"
                   WHERE (("row".organization_id = settlement_lines.organization) AND ("row".id = wanted.id))
                  OFFSET 0) p)
           WHERE ((settlement_lines.class = 'payment'::text) AND ((p.voided_at IS NULL) OR (p.voided_on IS NOT NULL)))
         ), note AS MATERIALIZED (
          SELECT d.organization_id,
             d.id,
             d.kind,
             d.party_id,
             d.party_name,
             d.party_address,
             d.state,
             d.number,
             d.number_value,
             d.issued_on,
             d.due_on,
             d.currency,
             d.fx_rate,
             d.fx_rate_named,
             d.prices_include_tax,
             d.tax_rounding,
             d.memo,
             d.external_ref,
             d.store_id,
             d.sent_at,
             d.approved_at,
             d.voided_at,
             d.voided_on,
             d.version,
             d.created_at,
             d.updated_at
            FROM (wanted
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".kind,
                     "row".party_id,
                     "row".party_name,
                     "row".party_address,
                     "row".state,
                     "row".number,
                     "row".number_value,
                     "row".issued_on,
                     "row".due_on,
                     "row".currency,
                     "row".fx_rate,
                     "row".fx_rate_named,
                     "row".prices_include_tax,
                     "row".tax_rounding,
                     "row".memo,
                     "row".external_ref,
                     "row".store_id,
                     "row".sent_at,
                     "row".approved_at,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.documents "row"
                   WHERE (("row".organization_id = settlement_lines.organization) AND ("row".id = wanted.id))
                  OFFSET 0) d)
           WHERE ((settlement_lines.class = 'document'::text) AND (canonical.credited_kind(d.kind) IS NOT NULL) AND ((d.state = 'approved'::text) OR (d.voided_on IS NOT NULL)))
         ), settlement AS MATERIALIZED (
          SELECT 'Payment'::text AS type,
             p.id AS record_id,
             p.party_role,
                 CASE p.direction
                     WHEN 'in'::text THEN 1
                     ELSE '-1'::integer
                 END AS side,
             p.currency,
             p.store_id AS own_store_id,
             event.day AS allocated_on,
             'payment'::text AS source,
             a.id,
             event.amount,
             p.id AS payment_id,
             NULL::bigint AS note_id,
             a.document_id,
             NULL::bigint AS refunded_id
            FROM ((payment p
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".payment_id,
                     "row".document_id,
                     "row".amount,
                     "row".allocated_on,
                     "row".ended_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.payment_allocations "row"
                   WHERE (("row".organization_id = settlement_lines.organization) AND ("row".payment_id = p.id))
                  OFFSET 0) a)
              CROSS JOIN LATERAL ( VALUES (a.allocated_on,a.amount), (LEAST(a.ended_on, p.voided_on),(- a.amount))) event(day, amount))
           WHERE ((event.day IS NOT NULL) AND ((p.voided_at IS NULL) OR (a.allocated_on < p.voided_on)))
         UNION ALL
          SELECT 'Payment'::text,
             p.id,
             p.party_role,
                 CASE p.direction
                     WHEN 'in'::text THEN 1
                     ELSE '-1'::integer
                 END AS "case",
             p.currency,
             p.store_id,
             event.day,
             'refund'::text,
             r.id,
             event.amount,
             p.id,
             NULL::bigint,
             NULL::bigint,
             r.payment_id
            FROM ((payment p
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".refund_id,
                     "row".payment_id,
                     "row".amount,
                     "row".allocated_on,
                     "row".ended_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.payment_refunds "row"
                   WHERE (("row".organization_id = settlement_lines.organization) AND ("row".refund_id = p.id))
                  OFFSET 0) r)
              CROSS JOIN LATERAL ( VALUES (r.allocated_on,r.amount), (LEAST(r.ended_on, p.voided_on),(- r.amount))) event(day, amount))
           WHERE ((event.day IS NOT NULL) AND ((p.voided_at IS NULL) OR (r.allocated_on < p.voided_on)))
         UNION ALL
          SELECT canonical.document_type(n.kind) AS document_type,
             n.id,
                 CASE
                     WHEN canonical.of_vendor(n.kind) THEN 'vendor'::text
                     ELSE 'customer'::text
                 END AS "case",
                 CASE
                     WHEN canonical.of_vendor(n.kind) THEN '-1'::integer
                     ELSE 1
                 END AS "case",
             n.currency,
             n.store_id,
             event.day,
             'credit'::text,
             c.id,
             event.amount,
             NULL::bigint,
             n.id,
             c.document_id,
             NULL::bigint
            FROM ((note n
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".credit_note_id,
                     "row".document_id,
                     "row".amount,
                     "row".allocated_on,
                     "row".ended_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.credit_allocations "row"
                   WHERE (("row".organization_id = settlement_lines.organization) AND ("row".credit_note_id = n.id))
                  OFFSET 0) c)
              CROSS JOIN LATERAL ( VALUES (c.allocated_on,c.amount), (c.ended_on,(- c.amount))) event(day, amount))
           WHERE (event.day IS NOT NULL)
         ), part AS (
          SELECT s.type,
             s.record_id,
             s.party_role,
             s.side,
             s.currency,
             s.own_store_id,
             s.allocated_on,
             s.source,
             s.id,
             s.amount,
             s.payment_id,
             s.note_id,
             s.document_id,
             s.refunded_id,
             side.factor,
             item.store_id,
             canonical.base_part(item.total, s.currency, home.base_currency, item.rate, used.before, s.amount) AS base
            FROM ((((settlement s
              CROSS JOIN home)
              CROSS JOIN LATERAL ( VALUES (1,s.note_id,s.payment_id), ('-1'::integer,s.document_id,s.refunded_id)) side(factor, document_id, payment_id))
              CROSS JOIN LATERAL ( SELECT d.fx_rate AS rate,
                     d.store_id,
                     canonical.document_total(settlement_lines.organization, d.id) AS total
                    FROM canonical.documents d
                   WHERE ((d.organization_id = settlement_lines.organization) AND (d.id = side.document_id))
                 UNION ALL
                  SELECT p.fx_rate,
                     p.store_id,
                     p.amount
                    FROM canonical.payments p
                   WHERE ((p.organization_id = settlement_lines.organization) AND (p.id = side.payment_id))) item)
              CROSS JOIN LATERAL ( SELECT COALESCE(sum(other.amount), (0)::numeric) AS before
                    FROM ( SELECT "row".amount,
                             "row".allocated_on,
                             "row".source,
                             "row".id
                            FROM canonical.settlements "row"
                           WHERE (("row".organization_id = settlement_lines.organization) AND ("row".document_id = side.document_id))
                         UNION ALL
                          SELECT "row".amount,
                             "row".allocated_on,
                             "row".source,
                             "row".id
                            FROM canonical.payment_uses "row"
                           WHERE (("row".organization_id = settlement_lines.organization) AND ("row".payment_id = side.payment_id))) other
                   WHERE (ROW(other.allocated_on, other.source, other.id) < ROW(s.allocated_on, s.source, s.id))) used)
         )
  SELECT part.type,
     part.record_id,
     part.allocated_on,
     part.party_role,
     part.currency,
     (sum(((part.side * part.factor) * part.base)))::bigint AS sum,
     (sum(((part.side * part.factor) * part.amount)))::bigint AS sum,
     part.store_id,
     part.own_store_id
    FROM part
   GROUP BY part.type, part.record_id, part.allocated_on, part.party_role, part.currency, part.store_id, part.own_store_id
  HAVING ((sum(((part.side * part.factor) * part.base)) <> (0)::numeric) OR (sum(((part.side * part.factor) * part.amount)) <> (0)::numeric));
END;

-- Name: FUNCTION settlement_lines(organization bigint, class text, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.settlement_lines(organization bigint, class text, ids bigint[]) IS 'What the control account of a party must still get, in minor units, debit positive, because these payments or credit notes
settle something at another rate or of another store. Each side of a settlement is in the store of its record: within one store
they cancel, but for the difference of exchange, and between two the settled part moves from the one to the other. One row for
each record, day and store; none in the base currency within one store.';

-- Name: lines_of_documents_settling(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_documents_settling(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_documents_settling.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_documents_settling.organization) AND (accounts.system_role IS NOT NULL))
         ), document AS MATERIALIZED (
          SELECT d.id,
             d.kind,
             booked.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             (booked.times *
                 CASE
                     WHEN (d.kind = ANY (ARRAY['invoice'::text, 'vendor_credit_note'::text])) THEN 1
                     ELSE '-1'::integer
                 END) AS side,
             canonical.document_type(d.kind) AS type,
                 CASE
                     WHEN canonical.of_vendor(d.kind) THEN role.payable
                     ELSE role.receivable
                 END AS control,
                 CASE
                     WHEN canonical.of_vendor(d.kind) THEN role.tax_paid
                     ELSE role.tax_collected
                 END AS tax_account,
                 CASE d.kind
                     WHEN 'invoice'::text THEN role.sales
                     WHEN 'credit_note'::text THEN role.sales_returns
                     ELSE role.purchases
                 END AS account
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".kind,
                     "row".party_id,
                     "row".party_name,
                     "row".party_address,
                     "row".state,
                     "row".number,
                     "row".number_value,
                     "row".issued_on,
                     "row".due_on,
                     "row".currency,
                     "row".fx_rate,
                     "row".fx_rate_named,
                     "row".prices_include_tax,
                     "row".tax_rounding,
                     "row".memo,
                     "row".external_ref,
                     "row".store_id,
                     "row".sent_at,
                     "row".approved_at,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.documents "row"
                   WHERE (("row".organization_id = lines_of_documents_settling.organization) AND ("row".id = wanted.id))
                  OFFSET 0) d)
              CROSS JOIN LATERAL ( VALUES (d.issued_on,1), (d.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE d.state
                     WHEN 'approved'::text THEN (booked.times = 1)
                     ELSE (d.voided_on IS NOT NULL)
                 END
         ), item AS MATERIALIZED (
          SELECT d.id AS document_id,
             i.store_id,
             COALESCE(i.account_id, d.account) AS account,
             i.net,
             i.tax
            FROM (( SELECT DISTINCT document.id,
                     document.account
                    FROM document) d
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".document_id,
                     "row".item_id,
                     "row".account_id,
                     "row".store_id,
                     "row".tax,
                     "row".net
                    FROM canonical.document_item_amounts "row"
                   WHERE (("row".organization_id = lines_of_documents_settling.organization) AND ("row".document_id = d.id))
                  OFFSET 0) i)
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             i.store_id,
             i.account,
             (((- d.side))::numeric * i.net) AS "?column?"
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         UNION ALL
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             i.store_id,
             d.tax_account,
             (((- d.side))::numeric * i.tax)
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         UNION ALL
          SELECT d.type,
             d.id,
             d.day,
             d.currency,
             d.fx_rate,
             d.store_id,
             d.store_id,
             d.control,
             ((d.side)::numeric * (i.net + i.tax))
            FROM (document d
              JOIN item i ON ((i.document_id = d.id)))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.base_part(sum(sum(part.minor)) OVER share, part.currency, home.base_currency, part.rate, (0)::numeric, (sum(part.minor))::bigint) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_documents_settling.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
           WINDOW share AS (PARTITION BY part.type, part.id, part.day, part.account, part.currency ORDER BY part.store)
         UNION ALL
          SELECT s.canonical_type,
             s.canonical_id,
             s.allocated_on,
             s.own_store_id,
             s.store_id,
                 CASE s.party_role
                     WHEN 'customer'::text THEN role.receivable
                     ELSE role.payable
                 END AS payable,
             s.currency,
             s.document_amount,
             s.amount
            FROM (canonical.settlement_lines(lines_of_documents_settling.organization, 'document'::text, lines_of_documents_settling.ids) s(canonical_type, canonical_id, allocated_on, party_role, currency, amount, document_amount, store_id, own_store_id)
              CROSS JOIN role)
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: money_entry_type(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.money_entry_type(kind text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'income'::text THEN 'Income'::text WHEN 'expense'::text THEN 'Expense'::text ELSE NULL::text END;

-- Name: FUNCTION money_entry_type(kind text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.money_entry_type(kind text) IS 'The type of a kind of money entry, as canonical_type and the API name it.';

-- Name: money_entries; Type: TABLE; Schema: canonical

CREATE TABLE canonical.money_entries (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    account_id bigint NOT NULL,
    money_account_id bigint NOT NULL,
    party_id bigint,
    store_id bigint,
    occurred_on date NOT NULL,
    currency text NOT NULL,
    fx_rate numeric(18,8) DEFAULT 1 NOT NULL,
    fx_rate_named boolean DEFAULT false NOT NULL,
    amount bigint NOT NULL,
    tax_rate_id bigint,
    tax_percentage numeric(7,4) DEFAULT 0 NOT NULL,
    tax bigint GENERATED ALWAYS AS ((round((((amount)::numeric * tax_percentage) / ((100)::numeric + tax_percentage))))::bigint) STORED NOT NULL,
    memo text DEFAULT ''::text NOT NULL,
    external_ref text,
    voided_at timestamp with time zone,
    voided_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT money_entries_accounts_differ CHECK ((account_id <> money_account_id)),
    CONSTRAINT money_entries_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT money_entries_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT money_entries_fx_rate_range CHECK (((fx_rate > (0)::numeric) AND (fx_rate <= (1000000)::numeric))),
    CONSTRAINT money_entries_kind CHECK ((kind = ANY (ARRAY['income'::text, 'expense'::text]))),
    CONSTRAINT money_entries_occurred_on_range CHECK (((occurred_on >= '1900-01-01'::date) AND (occurred_on <= '9999-12-31'::date))),
    CONSTRAINT money_entries_tax_percentage_range CHECK (((tax_percentage >= (0)::numeric) AND (tax_percentage <= (100)::numeric))),
    CONSTRAINT money_entries_voided_on_after CHECK (((voided_on IS NULL) OR ((voided_on > occurred_on) AND (voided_at IS NOT NULL))))
);

-- Name: TABLE money_entries; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.money_entries IS 'Income and expenses that no document asks for.';

-- Name: COLUMN money_entries.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.money_entries.store_id IS 'The store that received or spent it; null: the office.';

-- Name: COLUMN money_entries.fx_rate_named; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.money_entries.fx_rate_named IS 'Whether somebody named the rate: it then stays where the record moves to another day; otherwise it is that of the day.';

-- Name: COLUMN money_entries.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.money_entries.amount IS 'What was received or paid, with tax, in minor units of currency.';

-- Name: COLUMN money_entries.tax; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.money_entries.tax IS 'The tax in the amount, in minor units, rounded half away from zero; the percentage is the rate''s when it was saved.';

-- Name: COLUMN money_entries.voided_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.money_entries.voided_on IS 'The day on which the void is booked, where canonical.void_day says another than the record''s own; null: the record was undone on its own day, or is live.';

-- Name: lines_of_money_entries(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_money_entries(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_money_entries.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_money_entries.organization) AND (accounts.system_role IS NOT NULL))
         ), money AS MATERIALIZED (
          SELECT m.organization_id,
             m.id,
             m.kind,
             m.account_id,
             m.money_account_id,
             m.party_id,
             m.store_id,
             m.occurred_on,
             m.currency,
             m.fx_rate,
             m.fx_rate_named,
             m.amount,
             m.tax_rate_id,
             m.tax_percentage,
             m.tax,
             m.memo,
             m.external_ref,
             m.voided_at,
             m.voided_on,
             m.version,
             m.created_at,
             m.updated_at,
             booked.day,
             (booked.times *
                 CASE m.kind
                     WHEN 'income'::text THEN 1
                     ELSE '-1'::integer
                 END) AS side,
             canonical.money_entry_type(m.kind) AS type,
                 CASE m.kind
                     WHEN 'income'::text THEN role.tax_collected
                     ELSE role.tax_paid
                 END AS tax_account
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".kind,
                     "row".account_id,
                     "row".money_account_id,
                     "row".party_id,
                     "row".store_id,
                     "row".occurred_on,
                     "row".currency,
                     "row".fx_rate,
                     "row".fx_rate_named,
                     "row".amount,
                     "row".tax_rate_id,
                     "row".tax_percentage,
                     "row".tax,
                     "row".memo,
                     "row".external_ref,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.money_entries "row"
                   WHERE (("row".organization_id = lines_of_money_entries.organization) AND ("row".id = wanted.id))
                  OFFSET 0) m)
              CROSS JOIN LATERAL ( VALUES (m.occurred_on,1), (m.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE
                     WHEN (m.voided_at IS NULL) THEN (booked.times = 1)
                     ELSE (m.voided_on IS NOT NULL)
                 END
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT m.type,
             m.id,
             m.day,
             m.currency,
             m.fx_rate,
             m.store_id,
             m.store_id,
             line.account,
             (m.side * line.minor) AS "?column?"
            FROM (money m
              CROSS JOIN LATERAL ( VALUES (m.money_account_id,m.amount), (m.account_id,(m.tax - m.amount)), (m.tax_account,(- m.tax))) line(account, minor))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_money_entries.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: payment_account_role(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.payment_account_role(method text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE method WHEN 'cash'::text THEN 'cash'::text ELSE 'bank'::text END;

-- Name: FUNCTION payment_account_role(method text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.payment_account_role(method text) IS 'The system role of the account that a payment of this method goes to or comes from, where it names no account.';

-- Name: lines_of_payments(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_payments(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_payments.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_payments.organization) AND (accounts.system_role IS NOT NULL))
         ), payment AS MATERIALIZED (
          SELECT p.id,
             booked.day,
             p.currency,
             p.fx_rate,
             p.store_id,
             p.amount,
             (booked.times *
                 CASE p.direction
                     WHEN 'in'::text THEN 1
                     ELSE '-1'::integer
                 END) AS side,
             COALESCE(p.account_id,
                 CASE canonical.payment_account_role(p.method)
                     WHEN 'cash'::text THEN role.cash
                     ELSE role.bank
                 END) AS money,
                 CASE p.party_role
                     WHEN 'customer'::text THEN role.receivable
                     ELSE role.payable
                 END AS control
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".direction,
                     "row".party_id,
                     "row".party_role,
                     "row".paid_on,
                     "row".method,
                     "row".account_id,
                     "row".store_id,
                     "row".reference,
                     "row".currency,
                     "row".fx_rate,
                     "row".amount,
                     "row".external_ref,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.payments "row"
                   WHERE (("row".organization_id = lines_of_payments.organization) AND ("row".id = wanted.id))
                  OFFSET 0) p)
              CROSS JOIN LATERAL ( VALUES (p.paid_on,1), (p.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE
                     WHEN (p.voided_at IS NULL) THEN (booked.times = 1)
                     ELSE (p.voided_on IS NOT NULL)
                 END
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT 'Payment'::text AS "?column?",
             p.id,
             p.day,
             p.currency,
             p.fx_rate,
             p.store_id,
             p.store_id,
             line.account,
             (p.side * line.minor) AS "?column?"
            FROM (payment p
              CROSS JOIN LATERAL ( VALUES (p.money,p.amount), (p.control,(- p.amount))) line(account, minor))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_payments.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: lines_of_payments_settling(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_payments_settling(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_payments_settling.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_payments_settling.organization) AND (accounts.system_role IS NOT NULL))
         ), payment AS MATERIALIZED (
          SELECT p.id,
             booked.day,
             p.currency,
             p.fx_rate,
             p.store_id,
             p.amount,
             (booked.times *
                 CASE p.direction
                     WHEN 'in'::text THEN 1
                     ELSE '-1'::integer
                 END) AS side,
             COALESCE(p.account_id,
                 CASE canonical.payment_account_role(p.method)
                     WHEN 'cash'::text THEN role.cash
                     ELSE role.bank
                 END) AS money,
                 CASE p.party_role
                     WHEN 'customer'::text THEN role.receivable
                     ELSE role.payable
                 END AS control
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".direction,
                     "row".party_id,
                     "row".party_role,
                     "row".paid_on,
                     "row".method,
                     "row".account_id,
                     "row".store_id,
                     "row".reference,
                     "row".currency,
                     "row".fx_rate,
                     "row".amount,
                     "row".external_ref,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.payments "row"
                   WHERE (("row".organization_id = lines_of_payments_settling.organization) AND ("row".id = wanted.id))
                  OFFSET 0) p)
              CROSS JOIN LATERAL ( VALUES (p.paid_on,1), (p.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE
                     WHEN (p.voided_at IS NULL) THEN (booked.times = 1)
                     ELSE (p.voided_on IS NOT NULL)
                 END
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT 'Payment'::text AS "?column?",
             p.id,
             p.day,
             p.currency,
             p.fx_rate,
             p.store_id,
             p.store_id,
             line.account,
             (p.side * line.minor) AS "?column?"
            FROM (payment p
              CROSS JOIN LATERAL ( VALUES (p.money,p.amount), (p.control,(- p.amount))) line(account, minor))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.base_part(sum(sum(part.minor)) OVER share, part.currency, home.base_currency, part.rate, (0)::numeric, (sum(part.minor))::bigint) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_payments_settling.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
           WINDOW share AS (PARTITION BY part.type, part.id, part.day, part.account, part.currency ORDER BY part.store)
         UNION ALL
          SELECT s.canonical_type,
             s.canonical_id,
             s.allocated_on,
             s.own_store_id,
             s.store_id,
                 CASE s.party_role
                     WHEN 'customer'::text THEN role.receivable
                     ELSE role.payable
                 END AS payable,
             s.currency,
             s.document_amount,
             s.amount
            FROM (canonical.settlement_lines(lines_of_payments_settling.organization, 'payment'::text, lines_of_payments_settling.ids) s(canonical_type, canonical_id, allocated_on, party_role, currency, amount, document_amount, store_id, own_store_id)
              CROSS JOIN role)
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: transfers; Type: TABLE; Schema: canonical

CREATE TABLE canonical.transfers (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    from_account_id bigint NOT NULL,
    to_account_id bigint NOT NULL,
    from_store_id bigint,
    to_store_id bigint,
    occurred_on date NOT NULL,
    currency text NOT NULL,
    fx_rate numeric(18,8) DEFAULT 1 NOT NULL,
    fx_rate_named boolean DEFAULT false NOT NULL,
    amount bigint NOT NULL,
    fee bigint DEFAULT 0 NOT NULL,
    memo text DEFAULT ''::text NOT NULL,
    external_ref text,
    voided_at timestamp with time zone,
    voided_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT transfers_accounts_differ CHECK (((from_account_id <> to_account_id) OR (from_store_id IS DISTINCT FROM to_store_id))),
    CONSTRAINT transfers_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT transfers_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT transfers_fee_range CHECK (((fee >= 0) AND (fee <= '999999999999999'::bigint))),
    CONSTRAINT transfers_fx_rate_range CHECK (((fx_rate > (0)::numeric) AND (fx_rate <= (1000000)::numeric))),
    CONSTRAINT transfers_occurred_on_range CHECK (((occurred_on >= '1900-01-01'::date) AND (occurred_on <= '9999-12-31'::date))),
    CONSTRAINT transfers_voided_on_after CHECK (((voided_on IS NULL) OR ((voided_on > occurred_on) AND (voided_at IS NOT NULL))))
);

-- Name: TABLE transfers; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.transfers IS 'Money moved from one account to another, or from one store to another.';

-- Name: COLUMN transfers.from_store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.from_store_id IS 'The store that the money and the fee leave; null: the office.';

-- Name: COLUMN transfers.to_store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.to_store_id IS 'The store that the money arrives in; null: the office.';

-- Name: COLUMN transfers.fx_rate_named; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.fx_rate_named IS 'Whether somebody named the rate: it then stays where the record moves to another day; otherwise it is that of the day.';

-- Name: COLUMN transfers.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.amount IS 'What arrives, in minor units of currency.';

-- Name: COLUMN transfers.fee; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.fee IS 'What the bank keeps: amount and fee together leave the first account.';

-- Name: COLUMN transfers.voided_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.transfers.voided_on IS 'The day on which the void is booked, where canonical.void_day says another than the record''s own; null: the record was undone on its own day, or is live.';

-- Name: lines_of_transfers(bigint, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.lines_of_transfers(organization bigint, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH wanted AS MATERIALIZED (
          SELECT DISTINCT given.id
            FROM unnest(lines_of_transfers.ids) given(id)
         ), role AS MATERIALIZED (
          SELECT max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank'::text)) AS bank,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'cash'::text)) AS cash,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'receivable'::text)) AS receivable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'payable'::text)) AS payable,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_collected'::text)) AS tax_collected,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'tax_paid'::text)) AS tax_paid,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales'::text)) AS sales,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'sales_returns'::text)) AS sales_returns,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'purchases'::text)) AS purchases,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'exchange'::text)) AS exchange,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'bank_fees'::text)) AS bank_fees,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'interstore'::text)) AS interstore,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'card_takings'::text)) AS card_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'other_takings'::text)) AS other_takings,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'vouchers'::text)) AS vouchers,
             max(accounts.id) FILTER (WHERE (accounts.system_role = 'over_short'::text)) AS over_short
            FROM canonical.accounts
           WHERE ((accounts.organization_id = lines_of_transfers.organization) AND (accounts.system_role IS NOT NULL))
         ), transfer AS MATERIALIZED (
          SELECT t.organization_id,
             t.id,
             t.from_account_id,
             t.to_account_id,
             t.from_store_id,
             t.to_store_id,
             t.occurred_on,
             t.currency,
             t.fx_rate,
             t.fx_rate_named,
             t.amount,
             t.fee,
             t.memo,
             t.external_ref,
             t.voided_at,
             t.voided_on,
             t.version,
             t.created_at,
             t.updated_at,
             booked.day,
             booked.times,
             role.bank_fees
            FROM (((wanted
              CROSS JOIN role)
              CROSS JOIN LATERAL ( SELECT "row".organization_id,
                     "row".id,
                     "row".from_account_id,
                     "row".to_account_id,
                     "row".from_store_id,
                     "row".to_store_id,
                     "row".occurred_on,
                     "row".currency,
                     "row".fx_rate,
                     "row".fx_rate_named,
                     "row".amount,
                     "row".fee,
                     "row".memo,
                     "row".external_ref,
                     "row".voided_at,
                     "row".voided_on,
                     "row".version,
                     "row".created_at,
                     "row".updated_at
                    FROM canonical.transfers "row"
                   WHERE (("row".organization_id = lines_of_transfers.organization) AND ("row".id = wanted.id))
                  OFFSET 0) t)
              CROSS JOIN LATERAL ( VALUES (t.occurred_on,1), (t.voided_on,'-1'::integer)) booked(day, times))
           WHERE
                 CASE
                     WHEN (t.voided_at IS NULL) THEN (booked.times = 1)
                     ELSE (t.voided_on IS NOT NULL)
                 END
         ), part(type, id, day, currency, rate, own_store, store, account, minor) AS (
          SELECT 'Transfer'::text AS "?column?",
             t.id,
             t.day,
             t.currency,
             t.fx_rate,
             t.from_store_id,
             line.store,
             line.account,
             (t.times * line.minor) AS "?column?"
            FROM (transfer t
              CROSS JOIN LATERAL ( VALUES (t.to_store_id,t.to_account_id,t.amount), (t.from_store_id,t.bank_fees,t.fee), (t.from_store_id,t.from_account_id,((- t.amount) - t.fee))) line(store, account, minor))
         ), converted AS MATERIALIZED (
          SELECT part.type,
             part.id,
             part.day,
             part.own_store,
             part.store,
             part.account,
             part.currency,
             sum(part.minor) AS minor,
             canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate) AS amount
            FROM (part
              CROSS JOIN ( SELECT organizations.base_currency
                    FROM canonical.organizations
                   WHERE (organizations.id = lines_of_transfers.organization)) home)
           GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency
         ), balanced AS (
          SELECT converted.type,
             converted.id,
             converted.day,
             converted.store,
             converted.account,
             converted.currency,
             converted.minor,
             converted.amount
            FROM converted
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             c.own_store,
             role.exchange,
             c.currency,
             0,
             (- sum(c.amount))
            FROM (converted c
              CROSS JOIN role)
           GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
         UNION ALL
          SELECT c.type,
             c.id,
             c.day,
             side.store,
             role.interstore,
             c.currency,
             ((side.sign)::numeric * c.minor),
             (side.sign * c.amount)
            FROM ((converted c
              CROSS JOIN role)
              CROSS JOIN LATERAL ( VALUES (c.store,'-1'::integer), (c.own_store,1)) side(store, sign))
           WHERE (c.store IS DISTINCT FROM c.own_store)
         )
  SELECT balanced.type,
     balanced.id,
     balanced.day,
     balanced.account,
     balanced.currency,
     (sum(balanced.amount))::bigint AS sum,
     (sum(balanced.minor))::bigint AS sum,
     balanced.store
    FROM balanced
   GROUP BY balanced.type, balanced.id, balanced.day, balanced.store, balanced.account, balanced.currency
  HAVING ((sum(balanced.amount) <> (0)::numeric) OR (sum(balanced.minor) <> (0)::numeric));
END;

-- Name: major(numeric, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.major(minor numeric, currency text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE canonical.currency_exponent(currency) WHEN 0 THEN round(minor) WHEN 2 THEN round((minor * 0.01), 2) ELSE round((minor * 0.001), 3) END;

-- Name: FUNCTION major(minor numeric, currency text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.major(minor numeric, currency text) IS 'An amount of minor units in the major unit, exact, with the currency''s number of decimals: (12345, AUD) is 123.45.';

-- Name: major_in_base(numeric, text, text, numeric); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.major_in_base(major numeric, currency text, base text, rate numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (currency = base) THEN major ELSE round((major * rate), canonical.currency_exponent(base)) END;

-- Name: FUNCTION major_in_base(major numeric, currency text, base text, rate numeric); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.major_in_base(major numeric, currency text, base text, rate numeric) IS 'Like canonical.in_base, of an amount in major units and into major units, without bounds.';

-- Name: major_price(numeric, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.major_price(minor numeric, currency text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (minor = round(minor)) THEN canonical.major(minor, currency) ELSE trim_scale((minor * CASE canonical.currency_exponent(currency) WHEN 0 THEN (1)::numeric WHEN 2 THEN 0.01 ELSE 0.001 END)) END;

-- Name: FUNCTION major_price(minor numeric, currency text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.major_price(minor numeric, currency text) IS 'A price of minor units in the major unit, exact, with at least the currency''s number of decimals: (1250, AUD) is 12.50 and
(1250.5, AUD) is 12.505.';

-- Name: money_entries_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.money_entries_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an income stays an income, an expense an expense'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'money_entries_kind_fixed', SCHEMA = 'canonical', TABLE = 'money_entries';
END
$$;

-- Name: next_closing(bigint, bigint, text, timestamp with time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.next_closing(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
DECLARE
    reach interval;
    found timestamptz;
BEGIN
    FOREACH reach IN ARRAY ARRAY[interval '192 hours', '8784 hours'] LOOP
        SELECT min(upper(r)) INTO found
        FROM unnest(canonical.open_times(organization_id, store_id, time_zone, after, after + reach)) AS r
        WHERE upper(r) < after + reach;
        EXIT WHEN found IS NOT NULL OR NOT canonical.has_periods(organization_id, store_id, after::date - 2, after::date + 368);
    END LOOP;
    RETURN found;
END
$$;

-- Name: FUNCTION next_closing(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.next_closing(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone) IS 'When the store goes from open to closed next, later than the instant; null where it does not within 366 days.';

-- Name: next_opening(bigint, bigint, text, timestamp with time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.next_opening(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
DECLARE
    reach interval;
    found timestamptz;
BEGIN
    FOREACH reach IN ARRAY ARRAY[interval '192 hours', '8784 hours'] LOOP
        SELECT min(lower(r)) INTO found
        FROM unnest(canonical.open_times(organization_id, store_id, time_zone, after, after + reach)) AS r
        WHERE lower(r) > after;
        EXIT WHEN found IS NOT NULL OR NOT canonical.has_periods(organization_id, store_id, after::date - 2, after::date + 368);
    END LOOP;
    RETURN found;
END
$$;

-- Name: FUNCTION next_opening(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.next_opening(organization_id bigint, store_id bigint, time_zone text, after timestamp with time zone) IS 'When the store goes from closed to open next, later than the instant; null where it does not within 366 days. Most
stores do within eight.';

-- Name: notification_preferences_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.notification_preferences_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    known text := (SELECT scope FROM canonical.notification_types WHERE code = NEW.type);
    rule text := CASE
        WHEN NEW.type = '*' THEN NULL
        WHEN known IS NULL THEN 'notification_preferences_type_known'
        WHEN known = 'organization' AND NEW.channel_id IS NOT NULL THEN 'notification_preferences_type_scope'
    END;
BEGIN
    IF rule IS NOT NULL THEN
        RAISE EXCEPTION 'the preference breaks %', rule
            USING ERRCODE = 'check_violation', CONSTRAINT = rule, SCHEMA = 'canonical', TABLE = 'notification_preferences';
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION notification_preferences_guard(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.notification_preferences_guard() IS 'Refuses a preference of an unknown type, or of a type that does not happen in channels in one. No foreign key does: a type may be
removed and leave its preferences behind.';

-- Name: notify_from_now(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.notify_from_now() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO canonical.notification_positions (organization_id, epoch, transaction, event_id, told_until)
    SELECT o.id, feed.epoch, pg_snapshot_xmin(pg_current_snapshot()), 0, (now() AT TIME ZONE o.time_zone)::date
    FROM new_rows AS o CROSS JOIN audit.feed;
    RETURN NULL;
END
$$;

-- Name: FUNCTION notify_from_now(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.notify_from_now() IS 'Gives new organizations their positions, so that nothing of them is passed by.';

-- Name: number_prefix(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.number_prefix(kind text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'invoice'::text THEN 'INV-'::text WHEN 'bill'::text THEN 'BILL-'::text WHEN 'credit_note'::text THEN 'CN-'::text WHEN 'vendor_credit_note'::text THEN 'VCN-'::text ELSE NULL::text END;

-- Name: FUNCTION number_prefix(kind text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.number_prefix(kind text) IS 'What the numbers of a kind of document begin with in a new organization.';

-- Name: open_day(bigint, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.open_day(organization bigint, day date) RETURNS date
    LANGUAGE sql STABLE
    RETURN (SELECT CASE WHEN (open_day.day <= GREATEST(organizations.hard_locked_until, CASE WHEN (current_setting('daybook.soft_lock_pass'::text, true) IS DISTINCT FROM 'on'::text) THEN organizations.soft_locked_until ELSE NULL::date END)) THEN GREATEST(open_day.day, ((now() AT TIME ZONE organizations.time_zone))::date) ELSE open_day.day END AS day FROM canonical.organizations WHERE (organizations.id = open_day.organization));

-- Name: FUNCTION open_day(organization bigint, day date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.open_day(organization bigint, day date) IS 'The day, or today where the books are closed for it, or locked softly and the transaction may not override that.';

-- Name: open_times(bigint, bigint, text, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.open_times(organization_id bigint, store_id bigint, time_zone text, from_time timestamp with time zone, until_time timestamp with time zone) RETURNS tstzmultirange
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    RETURN (SELECT COALESCE(range_agg(tstzrange(to_timestamp(GREATEST(o.opens - c.ahead, c.begins)), to_timestamp(LEAST(o.closes - c.ahead, c.ends)))), '{}')
           * tstzmultirange(tstzrange(from_time, until_time))
    FROM canonical.steady_clock(time_zone, floor(extract(epoch FROM from_time))::bigint, ceil(extract(epoch FROM until_time))::bigint) AS c
    CROSS JOIN LATERAL generate_series(floor((c.begins + c.ahead) / 86400.0)::int - 1, floor((c.ends + c.ahead) / 86400.0)::int) AS day
    CROSS JOIN LATERAL canonical.periods_on(open_times.organization_id, open_times.store_id, DATE '1970-01-01' + day) AS p
    CROSS JOIN LATERAL (SELECT day * 86400::bigint + p.start_minute * 60 AS opens, day * 86400::bigint + (p.start_minute + p.length_minutes) * 60 AS closes) AS o
    WHERE o.opens - c.ahead < c.ends AND o.closes - c.ahead > c.begins);
END
$$;

-- Name: FUNCTION open_times(organization_id bigint, store_id bigint, time_zone text, from_time timestamp with time zone, until_time timestamp with time zone); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.open_times(organization_id bigint, store_id bigint, time_zone text, from_time timestamp with time zone, until_time timestamp with time zone) IS 'When the store is open between two instants; what adjoins or overlaps is one range. To plan this takes ten times
as long as to look: it is planned once a session.';

-- Name: operators_act(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.operators_act() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM canonical.users AS u WHERE u.id = NEW.user_id AND u.is_operator) THEN
        RAISE EXCEPTION 'only operators act on read models' USING ERRCODE = 'check_violation', CONSTRAINT = 'operator_actions_operator';
    END IF;
    RETURN NEW;
END
$$;

-- Name: organization_added(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.organization_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.default_chart(NEW.id);
    RETURN NULL;
END
$$;

-- Name: organizations_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.organizations_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    rule text := CASE
        WHEN NEW.base_currency <> OLD.base_currency
            AND EXISTS (SELECT FROM canonical.journal_entries WHERE organization_id = NEW.id)
            THEN 'organizations_base_currency_fixed'
        WHEN NEW.hard_locked_until < OLD.hard_locked_until
            OR OLD.hard_locked_until IS NOT NULL AND NEW.hard_locked_until IS NULL
            THEN 'organizations_hard_locked_forward'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.documents
            WHERE organization_id = NEW.id AND state = 'draft' AND issued_on <= NEW.hard_locked_until)
            THEN 'organizations_hard_locked_drafts'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.till_sessions
            WHERE organization_id = NEW.id AND state <> 'closed' AND business_date <= NEW.hard_locked_until)
            THEN 'organizations_hard_locked_tills'
        WHEN NEW.hard_locked_until IS DISTINCT FROM OLD.hard_locked_until AND EXISTS (
            SELECT FROM canonical.unposted_days(NEW.id, OLD.hard_locked_until, NEW.hard_locked_until))
            THEN 'organizations_hard_locked_sales'
        END;
BEGIN
    IF rule IS NOT NULL THEN
        RAISE EXCEPTION 'the organization breaks %', rule
            USING ERRCODE = 'check_violation', CONSTRAINT = rule, SCHEMA = 'canonical', TABLE = 'organizations';
    END IF;
    RETURN NEW;
END
$$;

-- Name: payment_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.payment_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.check_allocations(NEW.organization_id, ARRAY[NEW.id] || ARRAY(
            SELECT payment_id FROM canonical.payment_refunds WHERE (organization_id, refund_id) = (NEW.organization_id, NEW.id)),
        ARRAY(
            SELECT document_id FROM canonical.payment_allocations
            WHERE (organization_id, payment_id) = (NEW.organization_id, NEW.id)));
    RETURN NULL;
END
$$;

-- Name: payment_moved(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.payment_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.paid_on < OLD.paid_on THEN
        UPDATE canonical.payment_allocations AS part
        SET allocated_on = least(OLD.paid_on, canonical.allocation_day(NEW.organization_id, greatest(NEW.paid_on, document.issued_on),
            ARRAY[part.payment_id], ARRAY[part.document_id]))
        FROM canonical.documents AS document
        WHERE (part.organization_id, part.payment_id, part.allocated_on) = (NEW.organization_id, NEW.id, OLD.paid_on)
            AND (document.organization_id, document.id) = (part.organization_id, part.document_id) AND document.issued_on < OLD.paid_on;
        UPDATE canonical.payment_refunds AS refund
        SET allocated_on = least(OLD.paid_on, canonical.allocation_day(NEW.organization_id, greatest(NEW.paid_on, other.paid_on),
            ARRAY[refund.payment_id, refund.refund_id], '{}'))
        FROM canonical.payments AS other
        WHERE (refund.organization_id, refund.allocated_on) = (NEW.organization_id, OLD.paid_on) AND NEW.id IN (refund.refund_id, refund.payment_id)
            AND other.organization_id = refund.organization_id
            AND other.id = CASE WHEN refund.refund_id = NEW.id THEN refund.payment_id ELSE refund.refund_id END
            AND other.paid_on < OLD.paid_on;
        RETURN NULL;
    END IF;
    DELETE FROM canonical.payment_allocations
    WHERE (organization_id, payment_id) = (NEW.organization_id, NEW.id) AND ended_on <= NEW.paid_on;
    UPDATE canonical.payment_allocations SET allocated_on = NEW.paid_on
    WHERE (organization_id, payment_id) = (NEW.organization_id, NEW.id) AND allocated_on < NEW.paid_on;
    DELETE FROM canonical.payment_refunds
    WHERE organization_id = NEW.organization_id AND NEW.id IN (refund_id, payment_id) AND ended_on <= NEW.paid_on;
    UPDATE canonical.payment_refunds SET allocated_on = NEW.paid_on
    WHERE organization_id = NEW.organization_id AND NEW.id IN (refund_id, payment_id) AND allocated_on < NEW.paid_on;
    RETURN NULL;
END
$$;

-- Name: payment_used(bigint, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.payment_used(organization bigint, payment bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN -- PL/pgSQL keeps the plan
    RETURN (
        SELECT coalesce(sum(part.amount), 0)::bigint FROM canonical.payment_uses AS part
        WHERE (part.organization_id, part.payment_id) = (organization, payment));
END
$$;

-- Name: FUNCTION payment_used(organization bigint, payment bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.payment_used(organization bigint, payment bigint) IS 'The sum of a payment''s uses, in minor units; 0 without any.';

-- Name: place_sales(bigint, bigint[], bigint[], timestamp with time zone[], text[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.place_sales(organization bigint, stores bigint[], tills bigint[], times timestamp with time zone[], currencies text[]) RETURNS TABLE(place integer, own_day date, booked_on date, session_id bigint, late boolean, refusal text)
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
DECLARE
    refuses boolean := (SELECT late_sales = 'refuse' FROM canonical.organizations WHERE id = organization);
    locked_until date := '-infinity';
BEGIN
    -- The locks are those of require_open_days.
    PERFORM FROM canonical.stores AS store
    WHERE store.organization_id = organization
        AND store.id IN (SELECT given.id FROM unnest(stores, tills) AS given (id, till) WHERE given.till IS NULL)
    ORDER BY store.id FOR SHARE;
    PERFORM FROM canonical.till_sessions AS session
    WHERE session.organization_id = organization AND session.till_id = ANY (tills) AND session.state <> 'closed'
    ORDER BY session.id FOR SHARE;
    IF array_position(tills, NULL) IS NOT NULL THEN
        SELECT coalesce(hard_locked_until, locked_until) INTO locked_until FROM canonical.organizations WHERE id = organization FOR SHARE;
    END IF;
    RETURN QUERY
    SELECT g.place::int - 1, g.day,
        CASE WHEN g.till IS NOT NULL THEN session.business_date WHEN closed.already AND NOT refuses THEN closed.next_open ELSE g.day END,
        session.id, coalesce(session.late, closed.already),
        CASE WHEN g.till IS NOT NULL AND NOT EXISTS (
                SELECT FROM canonical.tills AS t WHERE (t.organization_id, t.store_id, t.id) = (organization, g.store, g.till)) THEN 'unknown'
            WHEN g.till IS NOT NULL AND session.id IS NULL THEN 'not_open'
            WHEN session.currency <> g.currency THEN 'currency'
            WHEN coalesce(session.late, closed.already) AND refuses THEN 'closed' END
    FROM (
        SELECT given.*, canonical.business_date(organization, given.store, given.occurred_at) AS day
        FROM unnest(stores, tills, times, currencies) WITH ORDINALITY AS given (store, till, occurred_at, currency, place) OFFSET 0) AS g
    LEFT JOIN LATERAL (
        SELECT s.id, s.business_date, s.currency, s.state = 'open' AND s.business_date > g.day AS late
        FROM canonical.till_sessions AS s
        WHERE (s.organization_id, s.store_id, s.till_id) = (organization, g.store, g.till)
            AND (s.state = 'open' OR s.state = 'reopened' AND s.business_date = g.day)
        ORDER BY s.business_date <> g.day, s.state, s.id DESC LIMIT 1) AS session ON true
    CROSS JOIN LATERAL (
        SELECT g.till IS NULL AND (g.day <= locked_until OR first.closed) AS already, CASE WHEN NOT first.closed THEN first.day ELSE (
                SELECT min(c.business_date) + 1 FROM canonical.day_closes AS c
                WHERE (c.organization_id, c.store_id, c.currency) = (organization, g.store, g.currency) AND c.business_date >= first.day
                    AND c.till_session_id IS NULL AND c.reversed_at IS NULL AND NOT EXISTS (
                        SELECT FROM canonical.day_closes AS following
                        WHERE (following.organization_id, following.store_id, following.currency, following.business_date)
                                = (organization, g.store, g.currency, c.business_date + 1)
                            AND following.till_session_id IS NULL AND following.reversed_at IS NULL)) END AS next_open
        FROM (
            -- Its own day, or the first one that is not locked.
            SELECT unlocked.day, EXISTS (
                SELECT FROM canonical.day_closes AS c
                WHERE (c.organization_id, c.store_id, c.business_date, c.currency) = (organization, g.store, unlocked.day, g.currency)
                    AND c.till_session_id IS NULL AND c.reversed_at IS NULL) AS closed
            FROM (VALUES (greatest(g.day, locked_until + 1))) AS unlocked (day)) AS first OFFSET 0) AS closed
    ORDER BY g.place;
END
$$;

-- Name: FUNCTION place_sales(organization bigint, stores bigint[], tills bigint[], times timestamp with time zone[], currencies text[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.place_sales(organization bigint, stores bigint[], tills bigint[], times timestamp with time zone[], currencies text[]) IS 'Where new sales belong, by their place in the arrays: the day that they are booked on and the session of their till. A sale of a till
belongs to the session that is open, or rather to that of the sale''s own day which is open again; without a till, to its store''s business date. Where that
is closed or behind the hard lock, it is late: the organization refuses it, or has it booked on the next open day. A refusal is unknown, of the till, not_open, currency or closed.
What is open stays so until the transaction ends.';

-- Name: post(bigint, text, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.post(organization bigint, class text, ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    -- Documents and payments are held by hold_records.
    IF class = 'document' THEN
        PERFORM canonical.keep_tax_shares(organization, ids);
        -- A draft was never anything else: it has no entries, and gets none.
        ids := ARRAY(SELECT given.id FROM unnest(ids) AS given (id) WHERE NOT EXISTS (
            SELECT FROM canonical.documents AS d WHERE (d.organization_id, d.id) = (organization, given.id) AND d.state = 'draft' OFFSET 0));
    ELSIF class = 'money_entry' THEN
        PERFORM FROM canonical.money_entries WHERE organization_id = organization AND id = ANY (ids)
            AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
        IF FOUND THEN
            UPDATE canonical.money_entries SET external_ref = external_ref
            WHERE organization_id = organization AND id = ANY (ids) AND xmin <> pg_current_xact_id()::xid;
        END IF;
    ELSIF class = 'transfer' THEN
        PERFORM FROM canonical.transfers WHERE organization_id = organization AND id = ANY (ids)
            AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
        IF FOUND THEN
            UPDATE canonical.transfers SET external_ref = external_ref
            WHERE organization_id = organization AND id = ANY (ids) AND xmin <> pg_current_xact_id()::xid;
        END IF;
    ELSIF class = 'day_close' THEN
        PERFORM FROM canonical.day_closes WHERE organization_id = organization AND id = ANY (ids)
            AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR NO KEY UPDATE;
        IF FOUND THEN
            UPDATE canonical.day_closes SET note = note
            WHERE organization_id = organization AND id = ANY (ids) AND xmin <> pg_current_xact_id()::xid;
        END IF;
    END IF;
    IF ids = '{}' THEN
        RETURN;
    END IF;

    -- Settlements are booked where a record is in another currency, or settles one of another store.
    IF class = 'document' THEN
        IF EXISTS (SELECT FROM canonical.documents AS d JOIN canonical.organizations AS o ON o.id = d.organization_id
                WHERE d.organization_id = organization AND d.id = ANY (ids) AND (d.currency <> o.base_currency
                    OR canonical.credited_kind(d.kind) IS NOT NULL AND EXISTS (
                        SELECT FROM canonical.credit_allocations AS c
                        JOIN canonical.documents AS other ON (other.organization_id, other.id) = (c.organization_id, c.document_id)
                        WHERE (c.organization_id, c.credit_note_id) = (organization, d.id) AND other.store_id IS DISTINCT FROM d.store_id))) THEN
            PERFORM canonical.book_documents_settling(organization, ids);
        ELSE
            PERFORM canonical.book_documents(organization, ids);
        END IF;
    ELSIF class = 'payment' THEN
        IF EXISTS (SELECT FROM canonical.payments AS p JOIN canonical.organizations AS o ON o.id = p.organization_id
                WHERE p.organization_id = organization AND p.id = ANY (ids) AND (p.currency <> o.base_currency
                    OR EXISTS (
                        SELECT FROM canonical.payment_allocations AS a
                        JOIN canonical.documents AS other ON (other.organization_id, other.id) = (a.organization_id, a.document_id)
                        WHERE (a.organization_id, a.payment_id) = (organization, p.id) AND other.store_id IS DISTINCT FROM p.store_id)
                    OR EXISTS (
                        SELECT FROM canonical.payment_refunds AS r
                        JOIN canonical.payments AS other ON (other.organization_id, other.id) = (r.organization_id, r.payment_id)
                        WHERE (r.organization_id, r.refund_id) = (organization, p.id) AND other.store_id IS DISTINCT FROM p.store_id))) THEN
            PERFORM canonical.book_payments_settling(organization, ids);
        ELSE
            PERFORM canonical.book_payments(organization, ids);
        END IF;
    ELSIF class = 'money_entry' THEN
        PERFORM canonical.book_money_entries(organization, ids);
    ELSIF class = 'transfer' THEN
        PERFORM canonical.book_transfers(organization, ids);
    ELSE
        PERFORM canonical.book_day_closes(organization, ids);
    END IF;
END
$$;

-- Name: FUNCTION post(organization bigint, class text, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.post(organization bigint, class text, ids bigint[]) IS 'Makes the books of these records equal to posting_lines. A posting that is no longer right is reversed on its own day.
Only the triggers may call it, once the records are held.';

-- Name: post_queued(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.post_queued() RETURNS trigger
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    queued record;
    amounts record;
    elsewhere_payments bigint[];
    elsewhere_documents bigint[];
    settling record;
BEGIN
    -- The trigger of the first row takes all rows of the queue; those of the other rows find theirs gone.
    IF NOT EXISTS (SELECT FROM canonical.posting_queue AS row
            WHERE (row.transaction, row.organization_id, row.class, row.id)
                = (NEW.transaction, NEW.organization_id, NEW.class, NEW.id)) THEN
        RETURN NULL;
    END IF;
    FOR queued IN
        WITH taken AS (
            DELETE FROM canonical.posting_queue WHERE transaction = NEW.transaction RETURNING organization_id, class, id)
        SELECT organization_id,
            coalesce(array_agg(id) FILTER (WHERE class = 'payment'), '{}') AS payments,
            coalesce(array_agg(id) FILTER (WHERE class = 'document'), '{}') AS documents,
            coalesce(array_agg(id) FILTER (WHERE class = 'settled_payment'), '{}') AS settled_payments,
            coalesce(array_agg(id) FILTER (WHERE class = 'settled_document'), '{}') AS settled_documents,
            array_agg(id) FILTER (WHERE class = 'money_entry') AS money_entries,
            array_agg(id) FILTER (WHERE class = 'transfer') AS transfers,
            array_agg(id) FILTER (WHERE class = 'day_close') AS day_closes,
            array_agg(id) FILTER (WHERE class = 'journal_entry') AS journal_entries,
            coalesce(array_agg(id) FILTER (WHERE class = 'sale'), '{}') AS sales,
            coalesce(array_agg(id) FILTER (WHERE class = 'changed_sale'), '{}') AS changed_sales
        FROM taken GROUP BY organization_id ORDER BY organization_id
    LOOP
        -- The amounts of a document change with what settles it, those of a payment with what it is used for.
        SELECT queued.payments || queued.settled_payments AS payments, queued.documents || queued.settled_documents AS documents INTO amounts;
        IF queued.payments <> '{}' THEN
            amounts.documents := ARRAY(SELECT unnest(amounts.documents) UNION SELECT document_id FROM canonical.payment_allocations
                WHERE organization_id = queued.organization_id AND payment_id = ANY (queued.payments));
            amounts.payments := ARRAY(SELECT unnest(amounts.payments) UNION SELECT payment_id FROM canonical.payment_refunds
                WHERE organization_id = queued.organization_id AND refund_id = ANY (queued.payments));
        ELSIF queued.settled_documents <> '{}' OR queued.settled_payments <> '{}' THEN
            amounts.documents := ARRAY(SELECT DISTINCT unnest(amounts.documents));
            amounts.payments := ARRAY(SELECT DISTINCT unnest(amounts.payments));
        END IF;
        IF amounts.payments <> '{}' OR amounts.documents <> '{}' THEN
            -- Whoever changes what settles a record in another currency holds all records whose parts follow from it.
            elsewhere_payments := '{}';
            elsewhere_documents := '{}';
            -- Drafts settle nothing, and nothing settles them.
            IF amounts.payments <> '{}' OR queued.settled_documents <> '{}' OR EXISTS (
                    SELECT FROM canonical.documents WHERE organization_id = queued.organization_id AND id = ANY (queued.documents) AND state <> 'draft') THEN
                SELECT f.payments, f.documents INTO elsewhere_payments, elsewhere_documents FROM canonical.settled_elsewhere(queued.organization_id,
                    queued.payments || queued.settled_payments, queued.documents || queued.settled_documents) AS f;
            END IF;
            PERFORM canonical.hold_records(queued.organization_id, amounts.payments || elsewhere_payments, amounts.documents || elsewhere_documents);
            IF elsewhere_payments <> '{}' OR elsewhere_documents <> '{}' THEN
                SELECT * INTO settling FROM canonical.settling(queued.organization_id, elsewhere_payments, elsewhere_documents);
                PERFORM canonical.hold_records(queued.organization_id, settling.payments, settling.documents);
                queued.payments := queued.payments || settling.payments;
                queued.documents := queued.documents || settling.documents;
            END IF;
        END IF;

        IF queued.payments <> '{}' THEN
            PERFORM canonical.post(queued.organization_id, 'payment', queued.payments);
        END IF;
        IF queued.documents <> '{}' THEN
            PERFORM canonical.post(queued.organization_id, 'document', queued.documents);
        END IF;
        IF queued.money_entries IS NOT NULL THEN
            PERFORM canonical.post(queued.organization_id, 'money_entry', queued.money_entries);
        END IF;
        IF queued.transfers IS NOT NULL THEN
            PERFORM canonical.post(queued.organization_id, 'transfer', queued.transfers);
        END IF;
        IF queued.day_closes IS NOT NULL THEN
            PERFORM canonical.check_day_closes(queued.organization_id, queued.day_closes);
            PERFORM canonical.post(queued.organization_id, 'day_close', queued.day_closes);
        END IF;
        IF queued.journal_entries IS NOT NULL THEN
            PERFORM canonical.check_entries(queued.organization_id, queued.journal_entries);
        END IF;
        IF queued.sales <> '{}' OR queued.changed_sales <> '{}' THEN
            PERFORM canonical.check_sales(queued.organization_id, queued.sales, queued.changed_sales);
        END IF;
        IF amounts.payments <> '{}' THEN
            PERFORM canonical.keep_payment_amounts(queued.organization_id, amounts.payments);
        END IF;
        IF amounts.documents <> '{}' THEN
            PERFORM canonical.keep_document_amounts(queued.organization_id, amounts.documents);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Name: postal_address(text, text, text, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.postal_address(street text, suburb text, postcode text, country_code text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_build_object('street', street, 'suburb', suburb, 'postcode', postcode, 'country', country_code);

-- Name: FUNCTION postal_address(street text, suburb text, postcode text, country_code text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.postal_address(street text, suburb text, postcode text, country_code text) IS 'An address as documents keep it.';

-- Name: posting_types(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.posting_types(class text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE class WHEN 'document'::text THEN ARRAY['Invoice'::text, 'Bill'::text, 'CreditNote'::text, 'VendorCreditNote'::text] WHEN 'payment'::text THEN ARRAY['Payment'::text] WHEN 'money_entry'::text THEN ARRAY['Income'::text, 'Expense'::text] WHEN 'transfer'::text THEN ARRAY['Transfer'::text] WHEN 'day_close'::text THEN ARRAY['DayClose'::text] ELSE NULL::text[] END;

-- Name: FUNCTION posting_types(class text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.posting_types(class text) IS 'The types of the records of a class; their ids are unique over the class.';

-- Name: journal_entries; Type: TABLE; Schema: canonical

CREATE TABLE canonical.journal_entries (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    canonical_type text NOT NULL,
    canonical_id bigint NOT NULL,
    purpose text NOT NULL,
    posted_on date NOT NULL,
    reverses_id bigint,
    memo text DEFAULT ''::text NOT NULL,
    passed_lock boolean DEFAULT false NOT NULL,
    actor text DEFAULT COALESCE(current_setting('daybook.actor'::text, true), ''::text) NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT journal_entries_canonical_type CHECK ((canonical_type = ANY (ARRAY['Invoice'::text, 'Bill'::text, 'CreditNote'::text, 'VendorCreditNote'::text, 'Payment'::text, 'Income'::text, 'Expense'::text, 'Transfer'::text, 'DayClose'::text, 'JournalEntry'::text]))),
    CONSTRAINT journal_entries_posted_on_range CHECK (((posted_on >= '1900-01-01'::date) AND (posted_on <= '9999-12-31'::date))),
    CONSTRAINT journal_entries_purpose CHECK ((purpose = ANY (ARRAY['posting'::text, 'reversal'::text, 'manual'::text]))),
    CONSTRAINT journal_entries_purpose_fields CHECK ((((purpose = 'reversal'::text) = (reverses_id IS NOT NULL)) AND ((purpose <> 'manual'::text) OR (canonical_type = 'JournalEntry'::text)) AND ((purpose <> 'posting'::text) OR (canonical_type <> 'JournalEntry'::text)) AND ((canonical_type <> 'JournalEntry'::text) OR (canonical_id = COALESCE(reverses_id, id)))))
);

-- Name: TABLE journal_entries; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.journal_entries IS 'What was booked: a fact that a later reversal undoes and nothing changes.';

-- Name: COLUMN journal_entries.canonical_type; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_entries.canonical_type IS 'With canonical_id, the record whose mutation changes the books; for a manual entry and its reversal, that entry itself.';

-- Name: COLUMN journal_entries.passed_lock; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_entries.passed_lock IS 'Whether it was booked into a period that was locked softly.';

-- Name: COLUMN journal_entries.actor; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_entries.actor IS 'The id of the user who wrote; empty for the system.';

-- Name: COLUMN journal_entries.transaction; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_entries.transaction IS 'Which transaction wrote it; only that one may add its lines.';

-- Name: journal_lines; Type: TABLE; Schema: canonical

CREATE TABLE canonical.journal_lines (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    line integer NOT NULL,
    account_id bigint NOT NULL,
    posted_on date NOT NULL,
    month date GENERATED ALWAYS AS ((posted_on - ((EXTRACT(day FROM posted_on))::integer - 1))) STORED NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    document_amount bigint NOT NULL,
    store_id bigint,
    memo text DEFAULT ''::text NOT NULL,
    CONSTRAINT journal_lines_line_positive CHECK ((line > 0))
);

-- Name: TABLE journal_lines; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.journal_lines IS 'The lines of an entry; each entry''s amounts sum to zero in each store.';

-- Name: COLUMN journal_lines.posted_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_lines.posted_on IS 'The entry''s day, filled in where it is left out, so that lines are found by account and day.';

-- Name: COLUMN journal_lines.month; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_lines.month IS 'The first day of its month.';

-- Name: COLUMN journal_lines.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_lines.amount IS 'Minor units of the base currency: debit positive, credit negative.';

-- Name: COLUMN journal_lines.document_amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_lines.document_amount IS 'The amount in currency, the record''s own, in its minor units.';

-- Name: COLUMN journal_lines.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.journal_lines.store_id IS 'The store that it is booked in; null: the office.';

-- Name: posted_lines(bigint, text, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.posted_lines(organization bigint, class text, ids bigint[]) RETURNS TABLE(entry_id bigint, canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT entry.id,
     entry.canonical_type,
     entry.canonical_id,
     entry.posted_on,
     line.account_id,
     line.currency,
     line.amount,
     line.document_amount,
     line.store_id
    FROM (((( SELECT DISTINCT known.type,
             given.id
            FROM unnest(canonical.posting_types(posted_lines.class)) known(type),
             unnest(posted_lines.ids) given(id)) wanted
      CROSS JOIN LATERAL ( SELECT "row".organization_id,
             "row".id,
             "row".canonical_type,
             "row".canonical_id,
             "row".purpose,
             "row".posted_on,
             "row".reverses_id,
             "row".memo,
             "row".passed_lock,
             "row".actor,
             "row".transaction,
             "row".created_at
            FROM canonical.journal_entries "row"
           WHERE ((("row".organization_id = posted_lines.organization) AND ("row".canonical_type = wanted.type) AND ("row".canonical_id = wanted.id)) AND ("row".purpose = 'posting'::text))
          OFFSET 0) entry)
      CROSS JOIN LATERAL ( SELECT count(*) AS reversals
            FROM canonical.journal_entries "row"
           WHERE (("row".organization_id = posted_lines.organization) AND ("row".reverses_id = entry.id))
          OFFSET 0) undone)
      CROSS JOIN LATERAL ( SELECT "row".organization_id,
             "row".id,
             "row".entry_id,
             "row".line,
             "row".account_id,
             "row".posted_on,
             "row".month,
             "row".amount,
             "row".currency,
             "row".document_amount,
             "row".store_id,
             "row".memo
            FROM canonical.journal_lines "row"
           WHERE (("row".organization_id = posted_lines.organization) AND ("row".entry_id = entry.id))
          OFFSET 0) line)
   WHERE (undone.reversals = 0);
END;

-- Name: FUNCTION posted_lines(organization bigint, class text, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.posted_lines(organization bigint, class text, ids bigint[]) IS 'The lines that the books have of these records: those of the posting that is not reversed. At every commit they equal
posting_lines.';

-- Name: posting_lines(bigint, text, bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.posting_lines(organization bigint, class text, ids bigint[]) RETURNS TABLE(canonical_type text, canonical_id bigint, posted_on date, account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT lines_of_documents_settling.canonical_type,
     lines_of_documents_settling.canonical_id,
     lines_of_documents_settling.posted_on,
     lines_of_documents_settling.account_id,
     lines_of_documents_settling.currency,
     lines_of_documents_settling.amount,
     lines_of_documents_settling.document_amount,
     lines_of_documents_settling.store_id
    FROM canonical.lines_of_documents_settling(posting_lines.organization,
         CASE posting_lines.class
             WHEN 'document'::text THEN posting_lines.ids
             ELSE NULL::bigint[]
         END) lines_of_documents_settling(canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id)
 UNION ALL
  SELECT lines_of_payments_settling.canonical_type,
     lines_of_payments_settling.canonical_id,
     lines_of_payments_settling.posted_on,
     lines_of_payments_settling.account_id,
     lines_of_payments_settling.currency,
     lines_of_payments_settling.amount,
     lines_of_payments_settling.document_amount,
     lines_of_payments_settling.store_id
    FROM canonical.lines_of_payments_settling(posting_lines.organization,
         CASE posting_lines.class
             WHEN 'payment'::text THEN posting_lines.ids
             ELSE NULL::bigint[]
         END) lines_of_payments_settling(canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id)
 UNION ALL
  SELECT lines_of_money_entries.canonical_type,
     lines_of_money_entries.canonical_id,
     lines_of_money_entries.posted_on,
     lines_of_money_entries.account_id,
     lines_of_money_entries.currency,
     lines_of_money_entries.amount,
     lines_of_money_entries.document_amount,
     lines_of_money_entries.store_id
    FROM canonical.lines_of_money_entries(posting_lines.organization,
         CASE posting_lines.class
             WHEN 'money_entry'::text THEN posting_lines.ids
             ELSE NULL::bigint[]
         END) lines_of_money_entries(canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id)
 UNION ALL
  SELECT lines_of_transfers.canonical_type,
     lines_of_transfers.canonical_id,
     lines_of_transfers.posted_on,
     lines_of_transfers.account_id,
     lines_of_transfers.currency,
     lines_of_transfers.amount,
     lines_of_transfers.document_amount,
     lines_of_transfers.store_id
    FROM canonical.lines_of_transfers(posting_lines.organization,
         CASE posting_lines.class
             WHEN 'transfer'::text THEN posting_lines.ids
             ELSE NULL::bigint[]
         END) lines_of_transfers(canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id)
 UNION ALL
  SELECT lines_of_day_closes.canonical_type,
     lines_of_day_closes.canonical_id,
     lines_of_day_closes.posted_on,
     lines_of_day_closes.account_id,
     lines_of_day_closes.currency,
     lines_of_day_closes.amount,
     lines_of_day_closes.document_amount,
     lines_of_day_closes.store_id
    FROM canonical.lines_of_day_closes(posting_lines.organization,
         CASE posting_lines.class
             WHEN 'day_close'::text THEN posting_lines.ids
             ELSE NULL::bigint[]
         END) lines_of_day_closes(canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id);
END;

-- Name: FUNCTION posting_lines(organization bigint, class text, ids bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.posting_lines(organization bigint, class text, ids bigint[]) IS 'The lines that the books must have of these records, as defined here and nowhere else. A class is document, payment,
money_entry, transfer or day_close. Drafts, records that were voided before their day was closed, closes that were reversed, and records that do not exist have none. Amounts are in minor units, debit
positive, in the base currency and in the record''s own; both sum to zero for each record, day and store (null: the office).';

-- Name: queue_credit_allocations(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_credit_allocations() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', credit_note_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', credit_note_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM old_rows EXCEPT SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM new_rows)
                        UNION ALL (SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM new_rows EXCEPT SELECT organization_id, credit_note_id, document_id, id, amount, allocated_on, ended_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', credit_note_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_day_close_lines(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_day_close_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM old_rows EXCEPT SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM new_rows)
                        UNION ALL (SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM new_rows EXCEPT SELECT organization_id, id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_day_close_sales(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_day_close_sales() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO canonical.posting_queue (organization_id, class, id)
    SELECT DISTINCT organization_id, 'day_close', day_close_id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Name: queue_day_close_tenders(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_day_close_tenders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM old_rows EXCEPT SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM new_rows)
                        UNION ALL (SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM new_rows EXCEPT SELECT organization_id, id, day_close_id, tender, amount, opening, counted FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_day_closes(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_day_closes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'day_close', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'day_close', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM old_rows EXCEPT SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM new_rows)
                        UNION ALL (SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM new_rows EXCEPT SELECT organization_id, id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'day_close', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_document_item_taxes(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_document_item_taxes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM old_rows EXCEPT SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM new_rows)
                        UNION ALL (SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM new_rows EXCEPT SELECT organization_id, document_id, document_item_id, id, tax_rate_id, percentage FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT DISTINCT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_document_items(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_document_items() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM old_rows EXCEPT SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM new_rows)
                        UNION ALL (SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM new_rows EXCEPT SELECT organization_id, document_id, id, line, account_id, store_id, amount FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', document_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_documents(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_documents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM old_rows EXCEPT SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM new_rows)
                        UNION ALL (SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM new_rows EXCEPT SELECT organization_id, id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'document', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what is queued is posted: only the triggers take it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_queue_internal', SCHEMA = 'canonical', TABLE = 'posting_queue';
END
$$;

-- Name: queue_journal_entries(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_journal_entries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id FROM old_rows EXCEPT SELECT organization_id, id FROM new_rows)
                        UNION ALL (SELECT organization_id, id FROM new_rows EXCEPT SELECT organization_id, id FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_journal_lines(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_journal_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, entry_id FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', entry_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, entry_id FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', entry_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, entry_id FROM old_rows EXCEPT SELECT organization_id, entry_id FROM new_rows)
                        UNION ALL (SELECT organization_id, entry_id FROM new_rows EXCEPT SELECT organization_id, entry_id FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'journal_entry', entry_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_money_entries(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_money_entries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'money_entry', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'money_entry', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM old_rows EXCEPT SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM new_rows)
                        UNION ALL (SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM new_rows EXCEPT SELECT organization_id, id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'money_entry', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_payment_allocations(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_payment_allocations() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', payment_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', payment_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM old_rows EXCEPT SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM new_rows)
                        UNION ALL (SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM new_rows EXCEPT SELECT organization_id, payment_id, document_id, id, amount, allocated_on, ended_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', payment_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_payment_refunds(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_payment_refunds() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', refund_id FROM changed
                UNION SELECT organization_id, 'settled_payment', payment_id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', refund_id FROM changed
                UNION SELECT organization_id, 'settled_payment', payment_id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM old_rows EXCEPT SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM new_rows)
                        UNION ALL (SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM new_rows EXCEPT SELECT organization_id, refund_id, payment_id, id, amount, allocated_on, ended_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', refund_id FROM changed
                UNION SELECT organization_id, 'settled_payment', payment_id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_payments(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_payments() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM old_rows EXCEPT SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM new_rows)
                        UNION ALL (SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM new_rows EXCEPT SELECT organization_id, id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'payment', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_sale_parts(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_sale_parts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
            SELECT FROM (SELECT DISTINCT organization_id, sale_id FROM new_rows) AS part
            JOIN canonical.sales AS sale ON (sale.organization_id, sale.id) = (part.organization_id, part.sale_id)
            WHERE sale.transaction <> pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a sale is recorded whole: lines and tenders come with it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_recorded_fixed', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
    END IF;
    INSERT INTO canonical.posting_queue (organization_id, class, id)
    SELECT DISTINCT organization_id, 'sale', sale_id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Name: queue_sales(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_sales() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO canonical.posting_queue (organization_id, class, id)
        SELECT organization_id, 'sale', id FROM new_rows
        WHERE refunded_sale_id IS NOT NULL OR tax_rounding IS NOT NULL ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO canonical.posting_queue (organization_id, class, id)
        SELECT after.organization_id, 'changed_sale', after.id
        FROM new_rows AS after JOIN old_rows AS before ON (before.organization_id, before.id) = (after.organization_id, after.id)
        WHERE (before.store_id, before.voided_at IS NULL) <> (after.store_id, after.voided_at IS NULL) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

-- Name: queue_settling(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_settling() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'documents' THEN
        INSERT INTO canonical.posting_queue (organization_id, class, id)
        SELECT organization_id, 'payment', payment_id FROM canonical.payment_allocations WHERE (organization_id, document_id) = (NEW.organization_id, NEW.id)
        UNION ALL
        SELECT organization_id, 'document', credit_note_id FROM canonical.credit_allocations WHERE (organization_id, document_id) = (NEW.organization_id, NEW.id)
        ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO canonical.posting_queue (organization_id, class, id)
        SELECT organization_id, 'payment', refund_id FROM canonical.payment_refunds WHERE (organization_id, payment_id) = (NEW.organization_id, NEW.id)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION queue_settling(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.queue_settling() IS 'Queues the payments and credit notes that settle a record which goes to another store.';

-- Name: queue_transfers(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_transfers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'transfer', id FROM changed ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'transfer', id FROM changed ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM old_rows EXCEPT SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM new_rows)
                        UNION ALL (SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM new_rows EXCEPT SELECT organization_id, id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) SELECT organization_id, 'transfer', id FROM changed ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $$;

-- Name: queue_truncated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.queue_truncated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO canonical.posting_queue (organization_id, class, id)
    SELECT DISTINCT organization_id, TG_ARGV[0], canonical_id FROM canonical.journal_entries
    WHERE canonical_type = ANY (canonical.posting_types(TG_ARGV[0])) ON CONFLICT DO NOTHING;
    IF TG_ARGV[0] IN ('document', 'payment') THEN
        INSERT INTO canonical.posting_queue (organization_id, class, id)
        SELECT organization_id, 'settled_document', id FROM canonical.documents UNION ALL SELECT organization_id, 'settled_payment', id FROM canonical.payments
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

-- Name: refunds_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.refunds_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM canonical.check_allocations(organization_id, array_agg(DISTINCT id), '{}')
    FROM (SELECT organization_id, refund_id AS id FROM new_rows
        UNION SELECT organization_id, payment_id FROM new_rows) AS touched
    GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;

-- Name: require_open_days(bigint[], bigint[], bigint[], date[], text[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.require_open_days(organizations bigint[], stores bigint[], sessions bigint[], days date[], currencies text[]) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    -- FOR SHARE: a close, which changes the row, waits for this transaction, or this one sees the close.
    PERFORM FROM canonical.stores AS store
    JOIN (SELECT DISTINCT organization, id FROM unnest(organizations, stores, sessions) AS given (organization, id, session) WHERE session IS NULL) AS wanted
        ON (store.organization_id, store.id) = (wanted.organization, wanted.id)
    ORDER BY store.organization_id, store.id FOR SHARE OF store;
    PERFORM FROM canonical.till_sessions AS session
    JOIN (SELECT DISTINCT organization, id FROM unnest(organizations, sessions) AS given (organization, id)) AS wanted
        ON (session.organization_id, session.id) = (wanted.organization, wanted.id)
    ORDER BY session.organization_id, session.id FOR SHARE OF session;
    -- A day without a till stays open to the lock of the books too. That of a session need not be looked at: the lock waits for its close.
    PERFORM FROM canonical.organizations AS organization
    WHERE organization.id IN (SELECT given.organization FROM unnest(organizations, sessions) AS given (organization, session) WHERE given.session IS NULL)
    ORDER BY organization.id FOR SHARE;
    IF EXISTS (
            SELECT FROM unnest(organizations, sessions, days) AS given (organization, session, day)
            JOIN canonical.organizations AS organization ON organization.id = given.organization AND organization.hard_locked_until >= given.day
            WHERE given.session IS NULL) THEN
        RAISE EXCEPTION 'the books are closed for the day of a sale'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_hard_locked', SCHEMA = 'canonical', TABLE = 'sales';
    END IF;
    IF EXISTS (
            SELECT FROM unnest(organizations, stores, sessions, days, currencies) AS given (organization, store, session, day, currency)
            WHERE CASE WHEN given.session IS NULL
                THEN EXISTS (SELECT FROM canonical.day_closes AS c
                    WHERE (c.organization_id, c.store_id, c.business_date, c.currency) = (given.organization, given.store, given.day, given.currency)
                        AND c.till_session_id IS NULL AND c.reversed_at IS NULL)
                ELSE EXISTS (SELECT FROM canonical.till_sessions AS s
                    WHERE (s.organization_id, s.id) = (given.organization, given.session) AND s.state = 'closed') END) THEN
        RAISE EXCEPTION 'the day of a sale is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_day_open', SCHEMA = 'canonical', TABLE = 'sales';
    END IF;
END
$$;

-- Name: FUNCTION require_open_days(organizations bigint[], stores bigint[], sessions bigint[], days date[], currencies text[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.require_open_days(organizations bigint[], stores bigint[], sessions bigint[], days date[], currencies text[]) IS 'Raises sales_day_open where one of these days of sales is closed: the session''s, or without one the store''s; and sales_hard_locked
where a day without a till is behind the hard lock. The days stay open until the transaction ends.';

-- Name: restrict_writes(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.restrict_writes() RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    target text;
    own text;
BEGIN
    FOR target, own IN SELECT c.relname, format('%I = (SELECT canonical.writing_organization())', a.attname)
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
            AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
        WHERE c.relnamespace = 'canonical'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE canonical.%I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY read_any ON canonical.%I FOR SELECT USING (true)', target);
        EXECUTE format('CREATE POLICY insert_own ON canonical.%I FOR INSERT WITH CHECK (%s)', target, own);
        EXECUTE format('CREATE POLICY update_own ON canonical.%I FOR UPDATE USING (%s)', target, own);
        EXECUTE format('CREATE POLICY delete_own ON canonical.%I FOR DELETE USING (%s)', target, own);
    END LOOP;
END
$$;

-- Name: FUNCTION restrict_writes(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.restrict_writes() IS 'Lets roles other than the owner write rows of canonical.writing_organization() alone, in each table of organizations that is new. Ends every migration.';

-- Name: revoke_tokens(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.revoke_tokens() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE canonical.api_tokens AS token SET revoked_at = now()
    WHERE (token.organization_id, token.user_id) = (NEW.organization_id, NEW.user_id) AND token.revoked_at IS NULL;
    RETURN NULL;
END
$$;

-- Name: FUNCTION revoke_tokens(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.revoke_tokens() IS 'Revokes the tokens and sessions of a member whose membership ends: a later membership does not bring them back.';

-- Name: revoke_tokens_made_with(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.revoke_tokens_made_with() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE canonical.api_tokens AS token SET revoked_at = now()
    WHERE (token.organization_id, token.made_with) = (NEW.organization_id, NEW.id) AND token.revoked_at IS NULL;
    RETURN NULL;
END
$$;

-- Name: FUNCTION revoke_tokens_made_with(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.revoke_tokens_made_with() IS 'Revokes the tokens that were made with a revoked one, and those made with these: whoever had it has them too.';

-- Name: rounding_changed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.rounding_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE canonical.documents SET tax_rounding = NEW.tax_rounding
    WHERE organization_id = NEW.id AND state = 'draft' AND tax_rounding <> NEW.tax_rounding;
    RETURN NULL;
END
$$;

-- Name: FUNCTION rounding_changed(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.rounding_changed() IS 'Gives the drafts of an organization its new rounding of taxes.';

-- Name: sale_dated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.sale_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.booked_on := CASE WHEN NEW.till_session_id IS NULL THEN canonical.business_date(NEW.organization_id, NEW.store_id, NEW.occurred_at)
        ELSE (SELECT business_date FROM canonical.till_sessions WHERE (organization_id, id) = (NEW.organization_id, NEW.till_session_id)) END;
    RETURN NEW;
END
$$;

-- Name: sale_line_taxes_of(bigint[], integer[], numeric[], boolean[], text[], bigint[], numeric[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.sale_line_taxes_of(sales bigint[], lines integer[], amounts numeric[], included boolean[], roundings text[], tax_rates bigint[], percentages numeric[]) RETURNS TABLE(sale_id bigint, line integer, tax_rate_id bigint, tax numeric)
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
 SELECT part.sale_id,
     part.line,
     part.tax_rate_id,
         CASE
             WHEN (part.included AND (part.rounding = 'rate'::text)) THEN (canonical.included_part(part.upto, part.descending, part.place) - canonical.included_part((part.upto - part.amount), part.descending, part.place))
             ELSE (canonical.tax_of(part.upto, part.included, part.percentages, part.before, part.percentage) - canonical.tax_of((part.upto - part.amount), part.included, part.percentages, part.before, part.percentage))
         END AS "case"
    FROM ( SELECT tax.sale_id,
             tax.line,
             tax.amount,
             tax.included,
             tax.rounding,
             tax.tax_rate_id,
             tax.percentage,
             tax.percentages,
             tax.before,
             tax.rates,
             tax.descending,
             tax.place,
                 CASE tax.rounding
                     WHEN 'line'::text THEN tax.amount
                     ELSE sum(tax.amount) OVER (PARTITION BY tax.sale_id, tax.tax_rate_id, tax.percentage, tax.rates ORDER BY tax.line)
                 END AS upto
            FROM ( SELECT given.sale_id,
                     given.line,
                     given.amount,
                     given.included,
                     given.rounding,
                     given.tax_rate_id,
                     given.percentage,
                     sum(given.percentage) OVER whole AS percentages,
                     COALESCE(sum(given.percentage) OVER (PARTITION BY given.sale_id, given.line ORDER BY given.tax_rate_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), (0)::numeric) AS before,
                         CASE
                             WHEN given.included THEN (array_agg((given.tax_rate_id)::numeric) OVER whole || array_agg(given.percentage) OVER whole)
                             ELSE NULL::numeric[]
                         END AS rates,
                     array_agg(given.percentage) OVER falling AS descending,
                     (row_number() OVER falling)::integer AS place
                    FROM UNNEST(sale_line_taxes_of.sales, sale_line_taxes_of.lines, sale_line_taxes_of.amounts, sale_line_taxes_of.included, sale_line_taxes_of.roundings, sale_line_taxes_of.tax_rates, sale_line_taxes_of.percentages) given(sale_id, line, amount, included, rounding, tax_rate_id, percentage)
                   WINDOW whole AS (PARTITION BY given.sale_id, given.line ORDER BY given.tax_rate_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), falling AS (PARTITION BY given.sale_id, given.line ORDER BY given.percentage DESC, given.tax_rate_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) tax) part;
END;

-- Name: FUNCTION sale_line_taxes_of(sales bigint[], lines integer[], amounts numeric[], included boolean[], roundings text[], tax_rates bigint[], percentages numeric[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.sale_line_taxes_of(sales bigint[], lines integer[], amounts numeric[], included boolean[], roundings text[], tax_rates bigint[], percentages numeric[]) IS 'The taxes of lines of sales, in minor units, as canonical.document_taxed_items has those of documents. The arrays have an element
for each tax of each line, with what the line comes to: with its taxes where included says so.';

-- Name: sale_stamped(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.sale_stamped() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.transaction := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- Name: sales_day_open(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.sales_day_open() RETURNS trigger
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    touched record;
BEGIN
    -- Only what counts matters: live sales, by what they add to their day.
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM new_rows WHERE voided_at IS NULL) AS day;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM old_rows WHERE voided_at IS NULL) AS day;
    ELSE
        WITH before AS (SELECT organization_id, id, store_id, till_session_id, booked_on, currency, kind, amount FROM old_rows WHERE voided_at IS NULL),
        after AS (SELECT organization_id, id, store_id, till_session_id, booked_on, currency, kind, amount FROM new_rows WHERE voided_at IS NULL)
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (
            SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM (
                (TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before)) AS changed) AS day;
    END IF;
    IF touched.organizations IS NOT NULL THEN
        PERFORM canonical.require_open_days(touched.organizations, touched.stores, touched.sessions, touched.days, touched.currencies);
    END IF;
    RETURN NULL;
END
$$;

-- Name: sales_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.sales_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a recorded sale keeps its amounts, its lines and its tenders: void it and record another'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_recorded_fixed', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
END
$$;

-- Name: search_code(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_code(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ('='::text || NULLIF("left"(regexp_replace(canonical.fold(value), '[^[:alnum:]\u2044]+'::text, ''::text, 'g'::text), 200), ''::text));

-- Name: FUNCTION search_code(value text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_code(value text) IS 'What stands for a whole number, code or reference among the words: INV-0042 is =inv0042, which no word can be, and ½ not =12. NULL for a text without letters and digits.';

-- Name: search_words(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_words(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN btrim(regexp_replace(canonical.fold(value), '[^[:alnum:]]+'::text, ' '::text, 'g'::text));

-- Name: FUNCTION search_words(value text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_words(value text) IS 'The folded words of a text, of letters and digits only, one blank between them.';

-- Name: search_text(text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_text(value text, most integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((octet_length(value) = length(value)) AND (length(value) <= LEAST(most, 250))) THEN canonical.search_words(value) ELSE regexp_replace("left"(canonical.search_words("left"(value, most)), most), '([^ ]{250})[^ ]+'::text, '\1'::text, 'g'::text) END;

-- Name: FUNCTION search_text(value text, most integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_text(value text, most integer) IS 'The folded words of a text, cut to that many characters; of each word at most 250 count.';

-- Name: search_parts_inside(text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_parts_inside(value text, most integer) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (strip(to_tsvector('simple'::regconfig, canonical.search_text(translate("left"(value, most), '''’‘‛ʼʻ`´'::text, '        '::text), most))) || array_to_tsvector(ARRAY(SELECT DISTINCT substr(run.parts[1], place.place, 2) AS substr FROM regexp_matches(canonical.search_text("left"(search_parts_inside.value, search_parts_inside.most), search_parts_inside.most), '[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,}'::text, 'g'::text) run(parts), LATERAL generate_series(1, length(run.parts[1])) place(place))));

-- Name: FUNCTION search_parts_inside(value text, most integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_parts_inside(value text, most integer) IS 'canonical.search_parts of any text.';

-- Name: search_parts(text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_parts(value text, most integer) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((length(value) <= most) AND (value !~ '[''’‘‛ʼʻ`´\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]'::text)) THEN ''::tsvector WHEN ((octet_length(value) = length(value)) AND (length(value) <= LEAST(most, 250))) THEN strip(to_tsvector('simple'::regconfig, translate(lower(value), '!"#$%&()*+,-./:;<=>?@[\]^_{|}~''`'::text, repeat(' '::text, 32)))) ELSE canonical.search_parts_inside(value, most) END;

-- Name: FUNCTION search_parts(value text, most integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_parts(value text, most integer) IS 'What is found inside the words of the first characters of a text: the parts between apostrophes, and each two neighbours of Chinese and Japanese, which have no blanks.';

-- Name: search_vector(text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_vector(value text, most integer) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((octet_length(value) = length(value)) AND (length(value) <= LEAST(most, 250))) THEN to_tsvector('simple'::regconfig, translate(lower(value), '!"#$%&()*+,-./:;<=>?@[\]^_{|}~''`'::text, repeat(' '::text, 30))) ELSE to_tsvector('simple'::regconfig, canonical.search_text(value, most)) END;

-- Name: FUNCTION search_vector(value text, most integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_vector(value text, most integer) IS 'The words of canonical.search_text, with their places.';

-- Name: search_lexemes(text, text, text, text, text[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_lexemes(a text, b text, c text, d text, keys text[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((((((setweight(canonical.search_vector(a, 2000), 'A'::"char") || setweight(canonical.search_vector(b, 2000), 'B'::"char")) || setweight(canonical.search_vector(c, 20000), 'C'::"char")) || setweight(canonical.search_vector(d, 100000), 'D'::"char")) || canonical.search_parts(a, 800)) || canonical.search_parts(b, 800)) || canonical.search_parts(c, 400)) || canonical.search_parts(d, 400)) || array_to_tsvector(array_remove(keys, NULL::text)));

-- Name: FUNCTION search_lexemes(a text, b text, c text, d text, keys text[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_lexemes(a text, b text, c text, d text, keys text[]) IS 'The words of four texts, from the weightiest to the least, the parts of the first words of each, and the search codes of numbers.';

-- Name: search_pattern(text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_pattern(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (('%'::text || regexp_replace(canonical.fold(value), '([\\%_])'::text, '\\\1'::text, 'g'::text)) || '%'::text);

-- Name: FUNCTION search_pattern(value text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_pattern(value text) IS 'The LIKE pattern of the folded texts that contain a text.';

-- Name: search_query(text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_query(question text, beginnings integer) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT (string_agg(((((('('''::text || word.lexeme) || ''''::text) || CASE WHEN (word.from_end <= search_query.beginnings) THEN ':*'::text ELSE ''::text END) || CASE WHEN (word.lexeme ~ '^[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{3,}$'::text) THEN (SELECT (' | '::text || string_agg(((''''::text || substr(word.lexeme, place.place, 2)) || ''''::text), ' & '::text)) FROM generate_series(1, LEAST((length(word.lexeme) - 1), 16)) place(place)) ELSE ''::text END) || ')'::text), ' & '::text))::tsquery AS string_agg FROM (SELECT first.lexeme, row_number() OVER (ORDER BY first.place DESC) AS from_end FROM (SELECT u.lexeme, u.positions[1] AS place FROM unnest(to_tsvector('simple'::regconfig, canonical.search_text(search_query.question, 1000))) u(lexeme, positions, weights) ORDER BY u.positions[1] LIMIT 16) first) word);

-- Name: FUNCTION search_query(question text, beginnings integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_query(question text, beginnings integer) IS 'All words of a question, at most 16. The last ones, as many as beginnings says, match beginnings of words; a word of Chinese or Japanese also matches where all its pairs of neighbours are. NULL for a question without letters and digits.';

-- Name: search_terms(bigint, text[], tsquery); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_terms(organization bigint, types text[], query tsquery) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT COALESCE((kinds.query && found.query), found.query) AS "coalesce" FROM (SELECT (regexp_replace((search_terms.query)::text, '''([^'']+)'''::text, ((''''::text || (search_terms.organization)::text) || '/\1'''::text), 'g'::text))::tsquery AS query) found, (SELECT (string_agg(((((''''::text || (search_terms.organization)::text) || '/:'::text) || type.type) || ''''::text), ' | '::text))::tsquery AS query FROM unnest(search_terms.types) type(type)) kinds);

-- Name: FUNCTION search_terms(organization bigint, types text[], query tsquery); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_terms(organization bigint, types text[], query tsquery) IS 'The records of an organization that a query of words finds, as a query of terms; of these types only, or of any where there are none. The words are of letters and digits, or search keys.';

-- Name: search_terms(bigint, text, tsvector); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.search_terms(organization bigint, type text, words tsvector) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN array_to_tsvector((SELECT array_agg(organization::text || '/' || word) FROM unnest(tsvector_to_array(words)) AS word) || (organization::text || '/:' || type));
END
$$;

-- Name: FUNCTION search_terms(organization bigint, type text, words tsvector); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.search_terms(organization bigint, type text, words tsvector) IS 'What a record is looked up by: its words and its type, each with its organization. The word ada of organization 7 is 7/ada, the type Person 7/:Person.';

-- Name: settled_elsewhere(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.settled_elsewhere(organization bigint, INOUT payments bigint[], INOUT documents bigint[]) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    home text := (SELECT base_currency FROM canonical.organizations WHERE id = organization);
BEGIN
    payments := ARRAY(SELECT DISTINCT given.id FROM unnest(payments) AS given (id) WHERE EXISTS (
        SELECT FROM canonical.payments AS p WHERE (p.organization_id, p.id) = (organization, given.id) AND p.currency <> home OFFSET 0));
    documents := ARRAY(SELECT DISTINCT given.id FROM unnest(documents) AS given (id) WHERE EXISTS (
        SELECT FROM canonical.documents AS d WHERE (d.organization_id, d.id) = (organization, given.id) AND d.currency <> home AND d.state <> 'draft' OFFSET 0));
    IF payments <> '{}' OR documents <> '{}' THEN
        documents := ARRAY(SELECT unnest(documents)
            UNION SELECT document_id FROM canonical.payment_allocations WHERE organization_id = organization AND payment_id = ANY (payments)
            UNION SELECT document_id FROM canonical.credit_allocations WHERE organization_id = organization AND credit_note_id = ANY (documents)
            UNION SELECT credit_note_id FROM canonical.credit_allocations WHERE organization_id = organization AND document_id = ANY (documents));
        payments := ARRAY(SELECT unnest(payments)
            UNION SELECT payment_id FROM canonical.payment_refunds WHERE organization_id = organization AND refund_id = ANY (payments));
    END IF;
END
$$;

-- Name: FUNCTION settled_elsewhere(organization bigint, INOUT payments bigint[], INOUT documents bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.settled_elsewhere(organization bigint, INOUT payments bigint[], INOUT documents bigint[]) IS 'Those of the payments and documents that are in another currency than the base currency, with what they settle and are
settled by. In the base currency each part of a record is worth what it says; elsewhere it depends on the parts before it.';

-- Name: settling(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.settling(organization bigint, INOUT payments bigint[], INOUT documents bigint[]) RETURNS record
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    settled_payments bigint[] := payments;
    settled_documents bigint[] := documents;
BEGIN
    payments := ARRAY(SELECT payment_id FROM canonical.payment_allocations
            WHERE organization_id = organization AND (payment_id = ANY (settled_payments) OR document_id = ANY (settled_documents))
        UNION SELECT refund_id FROM canonical.payment_refunds
            WHERE organization_id = organization AND (payment_id = ANY (settled_payments) OR refund_id = ANY (settled_payments)));
    documents := ARRAY(SELECT DISTINCT credit_note_id FROM canonical.credit_allocations
        WHERE organization_id = organization AND (credit_note_id = ANY (settled_documents) OR document_id = ANY (settled_documents)));
END
$$;

-- Name: FUNCTION settling(organization bigint, INOUT payments bigint[], INOUT documents bigint[]); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.settling(organization bigint, INOUT payments bigint[], INOUT documents bigint[]) IS 'The payments and credit notes that settle these payments and documents, which are held.';

-- Name: shifts_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.shifts_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'only a draft is deleted; a published shift is cancelled'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shifts_delete_draft', SCHEMA = 'canonical', TABLE = 'shifts';
    ELSIF TG_NAME = 'keep_store' THEN
        RAISE EXCEPTION 'a published shift keeps its store'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shifts_state_store', SCHEMA = 'canonical', TABLE = 'shifts';
    END IF;
    RAISE EXCEPTION 'a shift goes from draft to published to cancelled, and then stays as it was'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'shifts_state_forward', SCHEMA = 'canonical', TABLE = 'shifts';
END
$$;

-- Name: wall_second(bigint, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.wall_second(second bigint, time_zone text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (EXTRACT(epoch FROM (to_timestamp((second)::double precision) AT TIME ZONE time_zone)))::bigint;

-- Name: FUNCTION wall_second(second bigint, time_zone text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.wall_second(second bigint, time_zone text) IS 'The second that a clock in the zone shows at a second of real time.';

-- Name: steady_clock(text, bigint, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.steady_clock(time_zone text, from_second bigint, until_second bigint) RETURNS TABLE(begins bigint, ends bigint, ahead bigint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH RECURSIVE days AS (
          SELECT s.s AS low,
             LEAST((s.s + 86400), steady_clock.until_second) AS high
            FROM generate_series(steady_clock.from_second, (steady_clock.until_second - 1), (86400)::bigint) s(s)
         ), halves AS (
          SELECT days.low,
             days.high
            FROM days
           WHERE ((canonical.wall_second(days.low, steady_clock.time_zone) - days.low) <> (canonical.wall_second(days.high, steady_clock.time_zone) - days.high))
         UNION ALL
          SELECT
                 CASE
                     WHEN h.early THEN h.low
                     ELSE h.middle
                 END AS middle,
                 CASE
                     WHEN h.early THEN h.middle
                     ELSE h.high
                 END AS high
            FROM ( SELECT h_1.low,
                     h_1.high,
                     h_1.middle,
                     ((canonical.wall_second(h_1.low, steady_clock.time_zone) - h_1.low) <> (canonical.wall_second(h_1.middle, steady_clock.time_zone) - h_1.middle)) AS early
                    FROM ( SELECT halves.low,
                             halves.high,
                             ((halves.low + halves.high) / 2) AS middle
                            FROM halves
                           WHERE ((halves.high - halves.low) > 1)) h_1) h
         ), turns AS (
          SELECT steady_clock.from_second AS begins
           WHERE (steady_clock.from_second < steady_clock.until_second)
         UNION
          SELECT halves.high
            FROM halves
           WHERE (((halves.high - halves.low) = 1) AND (halves.high < steady_clock.until_second))
         )
  SELECT t.begins,
     lead(t.begins, 1, steady_clock.until_second) OVER (ORDER BY t.begins) AS lead,
     (canonical.wall_second(t.begins, steady_clock.time_zone) - t.begins)
    FROM turns t;
END;

-- Name: FUNCTION steady_clock(time_zone text, from_second bigint, until_second bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.steady_clock(time_zone text, from_second bigint, until_second bigint) IS 'The stretch of real time, cut where the zone''s offset from UTC changes; ahead is the offset of each piece in seconds. At
most one change a day is found.';

-- Name: sales; Type: TABLE; Schema: canonical

CREATE TABLE canonical.sales (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    kind text DEFAULT 'sale'::text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    person_id bigint,
    till_id bigint,
    till_session_id bigint,
    booked_on date NOT NULL,
    booked_late boolean DEFAULT false NOT NULL,
    refunded_sale_id bigint,
    prices_include_tax boolean DEFAULT false NOT NULL,
    tax_rounding text,
    external_ref text,
    voided_at timestamp with time zone,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sales_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT sales_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT sales_kind CHECK ((kind = ANY (ARRAY['sale'::text, 'refund'::text]))),
    CONSTRAINT sales_occurred_at_range CHECK (((occurred_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '2200-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT sales_refunded_sale_of_refund CHECK (((refunded_sale_id IS NULL) OR (kind = 'refund'::text))),
    CONSTRAINT sales_tax_rounding CHECK ((tax_rounding = ANY (ARRAY['line'::text, 'rate'::text]))),
    CONSTRAINT sales_till_whole CHECK (((till_id IS NULL) = (till_session_id IS NULL)))
);

-- Name: TABLE sales; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.sales IS 'What a store sold, and what it took back, at an instant.';

-- Name: COLUMN sales.occurred_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.occurred_at IS 'The instant. Which day and part of the day it was in the store follows from the store''s zone and day parts.';

-- Name: COLUMN sales.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.amount IS 'Minor units of currency; a refund''s is what was given back.';

-- Name: COLUMN sales.till_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.till_id IS 'The till that recorded it; null: none.';

-- Name: COLUMN sales.till_session_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.till_session_id IS 'The session of the till whose close posts it; null: it has no till, and the close of its store''s day does.';

-- Name: COLUMN sales.booked_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.booked_on IS 'The day of that close: of a session its business date, else the business date of the store, filled in where it is left out.';

-- Name: COLUMN sales.booked_late; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.booked_late IS 'Whether its own day was closed when it was recorded, so that a later one has it.';

-- Name: COLUMN sales.refunded_sale_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.refunded_sale_id IS 'Of a refund, the sale that it gives back, or a part of; null: it names none.';

-- Name: COLUMN sales.prices_include_tax; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.prices_include_tax IS 'Whether the prices of the lines include their taxes.';

-- Name: COLUMN sales.tax_rounding; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.tax_rounding IS 'How the taxes of its lines are rounded, as the organization had it set when the sale was recorded; null: the sale has no lines.';

-- Name: COLUMN sales.external_ref; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.external_ref IS 'The name of the sale in the system it comes from. A void sale keeps it, so that importing a file again does not bring
what was taken back to life.';

-- Name: COLUMN sales.voided_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.voided_at IS 'Since when the sale does not count.';

-- Name: COLUMN sales.transaction; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sales.transaction IS 'Which transaction recorded it; only that one may add its lines and tenders.';

-- Name: shifts; Type: TABLE; Schema: canonical

CREATE TABLE canonical.shifts (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    person_id bigint,
    during tstzrange NOT NULL,
    minutes integer GENERATED ALWAYS AS (((EXTRACT(epoch FROM (upper(during) - lower(during))) / (60)::numeric))::integer) STORED NOT NULL,
    utc_day integer GENERATED ALWAYS AS ((((lower(during) AT TIME ZONE 'UTC'::text))::date - '2000-01-03'::date)) STORED NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    external_ref text,
    published_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT shifts_during_form CHECK (((NOT isempty(during)) AND lower_inc(during) AND (NOT upper_inc(during)))),
    CONSTRAINT shifts_during_length CHECK ((((upper(during) - lower(during)) >= '00:01:00'::interval) AND ((upper(during) - lower(during)) <= '24:00:00'::interval))),
    CONSTRAINT shifts_during_whole_minutes CHECK (((date_trunc('minute'::text, (lower(during) AT TIME ZONE 'UTC'::text)) = (lower(during) AT TIME ZONE 'UTC'::text)) AND (date_trunc('minute'::text, (upper(during) AT TIME ZONE 'UTC'::text)) = (upper(during) AT TIME ZONE 'UTC'::text)))),
    CONSTRAINT shifts_during_years CHECK (((during <@ tstzrange('2000-01-03 00:00:00+00'::timestamp with time zone, '2200-01-01 00:00:00+00'::timestamp with time zone)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during)))),
    CONSTRAINT shifts_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT shifts_state CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'cancelled'::text]))),
    CONSTRAINT shifts_times_by_state CHECK ((((cancelled_at IS NOT NULL) = (state = 'cancelled'::text)) AND ((published_at IS NULL) OR (state <> 'draft'::text)) AND ((published_at IS NOT NULL) OR (state <> 'published'::text))))
);

-- Name: TABLE shifts; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.shifts IS 'Who works when at which store. Drafts and published shifts are live.';

-- Name: COLUMN shifts.person_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.shifts.person_id IS 'Null: an open shift, which nobody has taken yet.';

-- Name: COLUMN shifts.during; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.shifts.during IS 'From (with) one instant to (without) another, on whole minutes: 1 minute to 24 hours of elapsed time. No zone has had
an offset with seconds since 2000, so what the wall clock cuts out of a shift is whole minutes too.';

-- Name: COLUMN shifts.minutes; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.shifts.minutes IS 'Elapsed minutes; the night on which clocks change has more or fewer than the wall clock says.';

-- Name: COLUMN shifts.utc_day; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.shifts.utc_day IS 'The day in UTC on which it begins, counted from Monday 2000-01-03. Its date at its store is this one, the one before or
the one after.';

-- Name: store_of(bigint, text, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.store_of(organization bigint, canonical_type text, canonical_id bigint) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN CASE WHEN (canonical_type = ANY (canonical.posting_types('document'::text))) THEN (SELECT document.store_id FROM canonical.documents document WHERE ((document.organization_id = store_of.organization) AND (document.id = store_of.canonical_id))) WHEN (canonical_type = 'Payment'::text) THEN (SELECT payment.store_id FROM canonical.payments payment WHERE ((payment.organization_id = store_of.organization) AND (payment.id = store_of.canonical_id))) WHEN (canonical_type = 'Sale'::text) THEN (SELECT sale.store_id FROM canonical.sales sale WHERE ((sale.organization_id = store_of.organization) AND (sale.id = store_of.canonical_id))) WHEN (canonical_type = 'DayClose'::text) THEN (SELECT close.store_id FROM canonical.day_closes close WHERE ((close.organization_id = store_of.organization) AND (close.id = store_of.canonical_id))) WHEN (canonical_type = 'Store'::text) THEN canonical_id WHEN (canonical_type = 'Shift'::text) THEN (SELECT shift.store_id FROM canonical.shifts shift WHERE ((shift.organization_id = store_of.organization) AND (shift.id = store_of.canonical_id))) ELSE NULL::bigint END;

-- Name: FUNCTION store_of(organization bigint, canonical_type text, canonical_id bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.store_of(organization bigint, canonical_type text, canonical_id bigint) IS 'The store of a record that users are told of; null: the office, or a record without a store.';

-- Name: take_number(bigint, text); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.take_number(organization bigint, document_kind text, OUT value bigint, OUT number text) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO canonical.number_series AS series (organization_id, kind, prefix, next_value)
    VALUES (organization, document_kind, canonical.number_prefix(document_kind), 2)
    ON CONFLICT (organization_id, kind) DO UPDATE SET next_value = series.next_value + 1
    RETURNING next_value - 1, prefix || lpad((next_value - 1)::text, greatest(4, length((next_value - 1)::text)), '0')
    INTO take_number.value, take_number.number;
END
$$;

-- Name: FUNCTION take_number(organization bigint, document_kind text, OUT value bigint, OUT number text); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.take_number(organization bigint, document_kind text, OUT value bigint, OUT number text) IS 'Takes the next number. It holds the series'' row until the transaction ends, so others wait, and a rollback gives the
number back: the series has no gaps.';

-- Name: take_numbers(bigint, text, integer); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.take_numbers(organization bigint, document_kind text, amount integer) RETURNS TABLE(place bigint, value bigint, number text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    first canonical.number_series;
BEGIN
    INSERT INTO canonical.number_series AS series (organization_id, kind, prefix, next_value)
    VALUES (organization, document_kind, canonical.number_prefix(document_kind), 1 + amount)
    ON CONFLICT (organization_id, kind) DO UPDATE SET next_value = series.next_value + amount
    RETURNING * INTO first;
    RETURN QUERY SELECT given.n, next.value, first.prefix || lpad(next.value::text, greatest(4, length(next.value::text)), '0')
    FROM generate_series(1, amount::bigint) AS given (n) CROSS JOIN LATERAL (SELECT first.next_value - amount - 1 + given.n AS value) AS next;
END
$$;

-- Name: FUNCTION take_numbers(organization bigint, document_kind text, amount integer); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.take_numbers(organization bigint, document_kind text, amount integer) IS 'Takes the next numbers as take_number does, so many of them, with their places from 1.';

-- Name: tax_shares_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.tax_shares_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the shares of taxes follow from the items: change these'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'document_tax_shares_internal', SCHEMA = 'canonical', TABLE = 'document_tax_shares';
END
$$;

-- Name: taxes_by_rate(bigint, date, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.taxes_by_rate(organization bigint, first_day date, last_day date) RETURNS TABLE(store_id bigint, side text, tax_rate_id bigint, percentage numeric, net numeric, tax numeric)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
BEGIN -- a function in SQL is planned for this organization, which statistics may not know
    RETURN QUERY
    WITH home AS MATERIALIZED (SELECT base_currency FROM canonical.organizations WHERE id = organization),
    -- What was posted for these days and not undone.
    entry AS MATERIALIZED (
        SELECT e.canonical_type, e.canonical_id, e.posted_on AS day
        FROM canonical.journal_entries AS e
        WHERE e.organization_id = organization AND e.posted_on BETWEEN first_day AND last_day AND e.purpose = 'posting'
            AND NOT EXISTS (
                SELECT FROM canonical.journal_entries AS undone
                WHERE (undone.organization_id, undone.reverses_id) = (organization, e.id))),
    part AS (
        SELECT e.canonical_type, e.canonical_id, booked.times, CASE WHEN canonical.of_vendor(d.kind) THEN 'purchases' ELSE 'sales' END AS side,
            CASE WHEN canonical.credited_kind(d.kind) IS NULL THEN 1 ELSE -1 END AS sign, d.currency, d.fx_rate,
            t.store_id, t.tax_rate_id, t.percentage, t.net, t.tax
        FROM entry AS e
        JOIN canonical.documents AS d ON (d.organization_id, d.id) = (organization, e.canonical_id)
            AND canonical.document_type(d.kind) = e.canonical_type
        -- A document has entries on other days too, of differences of exchange.
        JOIN LATERAL (VALUES (d.issued_on, 1), (d.voided_on, -1)) AS booked (day, times) ON booked.day = e.day
        CROSS JOIN LATERAL (
            SELECT line.store_id, line.tax_rate_id, line.percentage, sum(line.net) AS net, sum(line.tax) AS tax FROM (
                SELECT COALESCE(item.store_id, d.store_id) AS store_id, tax.tax_rate_id, tax.percentage, tax.amount AS tax,
                    item.amount - CASE WHEN d.prices_include_tax THEN sum(tax.amount) OVER (PARTITION BY tax.item_id) ELSE 0 END AS net
                FROM canonical.document_taxes AS tax
                JOIN canonical.document_items AS item ON (item.organization_id, item.id) = (tax.organization_id, tax.item_id)
                WHERE tax.organization_id = organization AND tax.document_id = d.id) AS line
            GROUP BY line.store_id, line.tax_rate_id, line.percentage OFFSET 0) AS t
        UNION ALL
        SELECT e.canonical_type, e.canonical_id, booked.times, CASE m.kind WHEN 'expense' THEN 'purchases' ELSE 'sales' END,
            1, m.currency, m.fx_rate, m.store_id, m.tax_rate_id, m.tax_percentage, m.amount - m.tax, m.tax
        FROM entry AS e
        JOIN canonical.money_entries AS m ON (m.organization_id, m.id) = (organization, e.canonical_id)
            AND canonical.money_entry_type(m.kind) = e.canonical_type
        JOIN LATERAL (VALUES (m.occurred_on, 1), (m.voided_on, -1)) AS booked (day, times) ON booked.day = e.day
        WHERE m.tax_rate_id IS NOT NULL
        UNION ALL
        SELECT e.canonical_type, e.canonical_id, 1, 'sales', 1, c.currency, c.fx_rate, c.store_id, l.tax_rate_id, l.percentage, sum(l.net), sum(l.amount)
        FROM entry AS e
        JOIN canonical.day_closes AS c ON (c.organization_id, c.id) = (organization, e.canonical_id) AND e.canonical_type = 'DayClose'
        JOIN canonical.day_close_lines AS l ON (l.organization_id, l.day_close_id) = (organization, c.id) AND l.part = 'tax'
        GROUP BY e.canonical_type, e.canonical_id, c.currency, c.fx_rate, c.store_id, l.tax_rate_id, l.percentage),
    -- A record books its taxes as one amount: its stores share what that is worth, as in posting, and in each of them the rates, in
    -- their order. The stores share in the same way what the net amount of a rate is worth.
    running AS (
        SELECT *, sum(part.tax) OVER (PARTITION BY part.canonical_type, part.canonical_id, part.times ORDER BY part.store_id, part.tax_rate_id, part.percentage) AS taxes,
            sum(part.net) OVER (PARTITION BY part.canonical_type, part.canonical_id, part.times, part.tax_rate_id, part.percentage ORDER BY part.store_id) AS nets
        FROM part)
    SELECT COALESCE(r.store_id, 0), r.side, r.tax_rate_id, r.percentage,
        sum(r.times * r.sign * (canonical.in_base(r.nets, r.currency, home.base_currency, r.fx_rate)
            - canonical.in_base(r.nets - r.net, r.currency, home.base_currency, r.fx_rate))),
        sum(r.times * r.sign * (canonical.in_base(r.taxes, r.currency, home.base_currency, r.fx_rate)
            - canonical.in_base(r.taxes - r.tax, r.currency, home.base_currency, r.fx_rate)))
    FROM running AS r CROSS JOIN home
    GROUP BY r.store_id, r.side, r.tax_rate_id, r.percentage;
END
$$;

-- Name: FUNCTION taxes_by_rate(organization bigint, first_day date, last_day date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.taxes_by_rate(organization bigint, first_day date, last_day date) IS 'Net amounts and taxes booked on these days, both included, by store (0: the office), rate and percentage, apart for sales (invoices less credit
notes, incomes, and sales of closed days less refunds) and purchases (bills less vendors'' credit notes, and expenses), in minor units of the base currency. The taxes of a side in a store are
what records have booked there on its account of taxes; a line with two taxes counts in the net amounts of both.';

-- Name: sale_tenders; Type: TABLE; Schema: canonical

CREATE TABLE canonical.sale_tenders (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    sale_id bigint NOT NULL,
    "position" integer NOT NULL,
    tender text NOT NULL,
    amount bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sale_tenders_amount_range CHECK (((amount >= 1) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT sale_tenders_position_positive CHECK (("position" > 0)),
    CONSTRAINT sale_tenders_tender CHECK ((tender = ANY (ARRAY['cash'::text, 'card'::text, 'voucher'::text, 'other'::text])))
);

-- Name: TABLE sale_tenders; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.sale_tenders IS 'What a sale was paid with, and of a refund what was given back in. A sale without any was paid nobody knows how. They never change.';

-- Name: COLUMN sale_tenders.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_tenders.amount IS 'Minor units of the sale''s currency.';

-- Name: till_movements; Type: TABLE; Schema: canonical

CREATE TABLE canonical.till_movements (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    till_session_id bigint NOT NULL,
    amount bigint NOT NULL,
    reason text NOT NULL,
    account_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT till_movements_amount_range CHECK (((amount <> 0) AND ((amount >= '-999999999999999'::bigint) AND (amount <= '999999999999999'::bigint)))),
    CONSTRAINT till_movements_reason_given CHECK ((btrim(reason) <> ''::text))
);

-- Name: TABLE till_movements; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.till_movements IS 'Cash put into a till and taken out between its opening and its close: facts that nothing changes.';

-- Name: COLUMN till_movements.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_movements.amount IS 'Minor units of the session''s currency: positive in, negative out.';

-- Name: COLUMN till_movements.account_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_movements.account_id IS 'What the close books it against: the bank''s account, or that of an expense. Null: nothing, the cash stays on the account of cash.';

-- Name: till_sessions; Type: TABLE; Schema: canonical

CREATE TABLE canonical.till_sessions (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    till_id bigint NOT NULL,
    business_date date NOT NULL,
    currency text NOT NULL,
    opening_float bigint DEFAULT 0 NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT till_sessions_business_date_range CHECK (((business_date >= '1900-01-01'::date) AND (business_date <= '9999-12-31'::date))),
    CONSTRAINT till_sessions_opening_float_range CHECK (((opening_float >= 0) AND (opening_float <= '999999999999999'::bigint))),
    CONSTRAINT till_sessions_state CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'reopened'::text]))),
    CONSTRAINT till_sessions_state_fields CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL)))
);

-- Name: TABLE till_sessions; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.till_sessions IS 'What a till did from its opening to its close, all in one currency and for one business day.';

-- Name: COLUMN till_sessions.business_date; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_sessions.business_date IS 'The day that its sales are booked on, also those after midnight.';

-- Name: COLUMN till_sessions.opening_float; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_sessions.opening_float IS 'The cash in the till as it was opened, in minor units of currency. It is in the books already.';

-- Name: COLUMN till_sessions.state; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_sessions.state IS 'open: takes sales; closed: is posted by a live day close; reopened: that close was reversed, and the session is closed
again while the till may be open for another day.';

-- Name: COLUMN till_sessions.version; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.till_sessions.version IS 'Counts movements of cash too.';

-- Name: till_cash(bigint, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.till_cash(organization bigint, session bigint) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT ((s.opening_float + (COALESCE(( SELECT sum(m.amount) AS sum
            FROM canonical.till_movements m
           WHERE ((m.organization_id = till_cash.organization) AND (m.till_session_id = s.id))), (0)::numeric))::bigint) + (COALESCE(( SELECT sum(
                 CASE sale.kind
                     WHEN 'refund'::text THEN (- t.amount)
                     ELSE t.amount
                 END) AS sum
            FROM (canonical.sales sale
              JOIN canonical.sale_tenders t ON (((t.organization_id = till_cash.organization) AND (t.sale_id = sale.id))))
           WHERE (((sale.organization_id = till_cash.organization) AND (sale.store_id = s.store_id) AND (sale.booked_on = s.business_date) AND (sale.till_session_id = s.id)) AND (sale.voided_at IS NULL) AND (t.tender = 'cash'::text))), (0)::numeric))::bigint)
    FROM canonical.till_sessions s
   WHERE ((s.organization_id = till_cash.organization) AND (s.id = till_cash.session));
END;

-- Name: FUNCTION till_cash(organization bigint, session bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.till_cash(organization bigint, session bigint) IS 'The cash that a till should have now, in minor units: the float, what was moved, and what its live sales were paid in cash.';

-- Name: till_cash_moved(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.till_cash_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    session canonical.till_sessions;
BEGIN
    -- The new version makes a concurrent movement wait, or fail where it no longer sees what there is.
    UPDATE canonical.till_sessions SET updated_at = clock_timestamp()
    WHERE (organization_id, id) = (NEW.organization_id, NEW.till_session_id) RETURNING * INTO session;
    IF session.state = 'closed' THEN
        RAISE EXCEPTION 'the till session % is closed', session.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'till_sessions_open', SCHEMA = 'canonical', TABLE = 'till_movements';
    END IF;
    IF NEW.amount < 0 AND canonical.till_cash(NEW.organization_id, NEW.till_session_id) + NEW.amount < 0 THEN
        RAISE EXCEPTION 'there is less cash in the till'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'till_movements_within_cash', SCHEMA = 'canonical', TABLE = 'till_movements';
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION till_cash_moved(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.till_cash_moved() IS 'Refuses to move cash of a closed session, and to take more out than canonical.till_cash says there is.';

-- Name: till_movements_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.till_movements_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'movements of cash are not changed: make the opposite one'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'till_movements_immutable', SCHEMA = 'canonical', TABLE = 'till_movements';
END
$$;

-- Name: till_session_closed(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.till_session_closed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
            SELECT FROM canonical.till_sessions AS session
            WHERE (session.organization_id, session.id) = (NEW.organization_id, NEW.id) AND (session.state = 'closed') <> EXISTS (
                SELECT FROM canonical.day_closes AS close
                WHERE (close.organization_id, close.till_session_id) = (session.organization_id, session.id) AND close.reversed_at IS NULL)) THEN
        RAISE EXCEPTION 'a session is closed by a day close'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'till_sessions_closed', SCHEMA = 'canonical', TABLE = 'till_sessions';
    END IF;
    RETURN NULL;
END
$$;

-- Name: till_sessions_guard(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.till_sessions_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a till stays in its store, and a session keeps its till, day, currency and float'
        USING ERRCODE = 'check_violation', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME,
            CONSTRAINT = CASE TG_TABLE_NAME WHEN 'tills' THEN 'tills_fixed' ELSE 'till_sessions_fixed' END;
END
$$;

-- Name: touch(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Name: FUNCTION touch(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.touch() IS 'Raises a row''s version, the optimistic lock. Triggers call it for a row that really changes, so that an UPDATE that
changes nothing can hold a row against concurrent writers. In a table with generated columns, which such a trigger cannot
compare, every UPDATE raises the version.';

-- Name: stores; Type: TABLE; Schema: canonical

CREATE TABLE canonical.stores (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    time_zone text NOT NULL,
    business_day_start_minute smallint DEFAULT 0 NOT NULL,
    external_ref text,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stores_business_day_start_range CHECK (((business_day_start_minute >= 0) AND (business_day_start_minute <= 1439))),
    CONSTRAINT stores_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT stores_name_given CHECK ((btrim(name) <> ''::text))
);

-- Name: TABLE stores; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.stores IS 'Places of business. Their hours, dates and day parts are in their local time.';

-- Name: COLUMN stores.time_zone; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.stores.time_zone IS 'IANA name; decides the store''s local time.';

-- Name: COLUMN stores.business_day_start_minute; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.stores.business_day_start_minute IS 'Minutes past midnight at which the business date changes where no day part decides it.';

-- Name: COLUMN stores.version; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.stores.version IS 'Counts replaced hours, exceptions and day parts too.';

-- Name: unposted_days(bigint, date, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.unposted_days(organization bigint, after date, until date) RETURNS TABLE(store_id bigint, business_date date, currency text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH RECURSIVE sold AS (
          SELECT store.id AS store,
             COALESCE(unposted_days.after, '-infinity'::date) AS day,
             ''::text AS currency
            FROM canonical.stores store
           WHERE (store.organization_id = unposted_days.organization)
         UNION ALL
          SELECT sold_1.store,
             following.booked_on,
             following.currency
            FROM (sold sold_1
              CROSS JOIN LATERAL ( SELECT sale.booked_on,
                     sale.currency
                    FROM canonical.sales sale
                   WHERE (((sale.organization_id = unposted_days.organization) AND (sale.store_id = sold_1.store)) AND (ROW(sale.booked_on, sale.currency) > ROW(sold_1.day, sold_1.currency)) AND (sale.booked_on <= unposted_days.until))
                   ORDER BY sale.booked_on, sale.currency
                  LIMIT 1) following)
         )
  SELECT sold.store,
     sold.day,
     sold.currency
    FROM sold
   WHERE ((sold.currency <> ''::text) AND (sold.day > COALESCE(unposted_days.after, '-infinity'::date)) AND (NOT (EXISTS ( SELECT
            FROM canonical.day_closes close
           WHERE (((close.organization_id = unposted_days.organization) AND (close.store_id = sold.store) AND (close.business_date = sold.day) AND (close.currency = sold.currency)) AND (close.till_session_id IS NULL) AND (close.reversed_at IS NULL))))) AND (EXISTS ( SELECT
            FROM canonical.sales sale
           WHERE (((sale.organization_id = unposted_days.organization) AND (sale.store_id = sold.store) AND (sale.booked_on = sold.day) AND (sale.currency = sold.currency)) AND (sale.till_session_id IS NULL) AND (sale.voided_at IS NULL)))));
END;

-- Name: FUNCTION unposted_days(organization bigint, after date, until date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.unposted_days(organization bigint, after date, until date) IS 'The days of stores after one day, null: all, until another that have live sales without a till in a currency, and no close that posts
them.';

-- Name: void_dated(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.void_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    day date := to_jsonb(NEW) ->> TG_ARGV[0]; -- the record's own
BEGIN
    NEW.voided_on := CASE WHEN NEW.voided_at IS NOT NULL
        THEN nullif(canonical.void_day(NEW.organization_id, TG_TABLE_NAME, NEW.id, day), day) END;
    RETURN NEW;
END
$$;

-- Name: FUNCTION void_dated(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.void_dated() IS 'Gives a record that is voided the day on which that is booked, if canonical.void_day says another than its own; otherwise none, and
the record has never been booked.';

-- Name: void_day(bigint, text, bigint, date); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.void_day(organization bigint, record_table text, record bigint, day date) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    used boolean := CASE record_table
        WHEN 'documents' THEN EXISTS (
            SELECT FROM canonical.payment_allocations AS part
            JOIN canonical.payments AS payment ON (payment.organization_id, payment.id) = (part.organization_id, part.payment_id)
            WHERE (part.organization_id, part.document_id) = (organization, record)
                AND CASE WHEN payment.voided_at IS NULL THEN part.ended_on IS NOT NULL ELSE part.allocated_on < payment.voided_on END)
            OR EXISTS (
            SELECT FROM canonical.credit_allocations AS credit
            WHERE (credit.organization_id, credit.document_id) = (organization, record) AND credit.ended_on IS NOT NULL)
            OR EXISTS (
            SELECT FROM canonical.credit_allocations AS credit
            WHERE (credit.organization_id, credit.credit_note_id) = (organization, record) AND credit.ended_on IS NOT NULL)
        WHEN 'payments' THEN EXISTS (
            SELECT FROM canonical.payment_refunds AS refund
            JOIN canonical.payments AS back ON (back.organization_id, back.id) = (refund.organization_id, refund.refund_id)
            WHERE (refund.organization_id, refund.payment_id) = (organization, record)
                AND CASE WHEN back.voided_at IS NULL THEN refund.ended_on IS NOT NULL ELSE refund.allocated_on < back.voided_on END)
        ELSE false END;
BEGIN
    RETURN CASE WHEN used
        THEN (SELECT greatest(day, (now() AT TIME ZONE time_zone)::date) FROM canonical.organizations WHERE id = organization)
        ELSE canonical.open_day(organization, day) END;
END
$$;

-- Name: FUNCTION void_day(organization bigint, record_table text, record bigint, day date); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.void_day(organization bigint, record_table text, record bigint, day date) IS 'The day on which the void of a record of this day is booked: its own, or today where the books are closed for that, or where another record
settled it or gave it back for a time: what is open on those days stays as it was.';

-- Name: webhook_deliveries; Type: TABLE; Schema: canonical

CREATE TABLE canonical.webhook_deliveries (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    event_id bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    canonical_type text,
    canonical_id bigint,
    action text NOT NULL,
    relation text NOT NULL,
    fields text[] NOT NULL,
    event_text text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_until timestamp with time zone,
    attempted_at timestamp with time zone,
    status_code integer,
    answer text DEFAULT ''::text NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    delivered_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_deliveries_delivered CHECK (((state = 'delivered'::text) <= (delivered_at IS NOT NULL))),
    CONSTRAINT webhook_deliveries_state CHECK ((state = ANY (ARRAY['waiting'::text, 'pending'::text, 'delivered'::text, 'given_up'::text])))
);

-- Name: TABLE webhook_deliveries; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.webhook_deliveries IS 'One event for one endpoint, once. Those of one record are settled in their order: a later one waits until the earlier is delivered or given up.';

-- Name: COLUMN webhook_deliveries.state; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhook_deliveries.state IS 'waiting: for an earlier one of the same record; pending: is sent at next_attempt_at; given_up: by a person.';

-- Name: COLUMN webhook_deliveries.claimed_until; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhook_deliveries.claimed_until IS 'Until then a worker sends it; null or past: nobody does.';

-- Name: COLUMN webhook_deliveries.answer; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhook_deliveries.answer IS 'The first bytes of the last answer, as text.';

-- Name: COLUMN webhook_deliveries.failure; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhook_deliveries.failure IS 'Why the last attempt failed; empty: it did not, or there was none.';

-- Name: webhook_next(bigint, bigint, text, bigint); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.webhook_next(organization bigint, webhook bigint, type text, record bigint) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 UPDATE canonical.webhook_deliveries later SET state = 'waiting'::text, version = (later.version + 1)
   WHERE (((later.organization_id = webhook_next.organization) AND (later.webhook_id = webhook_next.webhook) AND (later.canonical_type = webhook_next.type) AND (later.canonical_id = webhook_next.record)) AND (later.state = 'pending'::text) AND ((later.claimed_until IS NULL) OR (later.claimed_until <= clock_timestamp())) AND (EXISTS ( SELECT
            FROM canonical.webhook_deliveries d
           WHERE (((d.organization_id = webhook_next.organization) AND (d.webhook_id = webhook_next.webhook) AND (d.canonical_type = webhook_next.type) AND (d.canonical_id = webhook_next.record)) AND (d.state = 'waiting'::text) AND (d.id < later.id)))));
 UPDATE canonical.webhook_deliveries next SET state = 'pending'::text, next_attempt_at = clock_timestamp(), version = (next.version + 1)
   WHERE ((next.organization_id = webhook_next.organization) AND (next.id = ( SELECT min(d.id) AS min
            FROM canonical.webhook_deliveries d
           WHERE (((d.organization_id = webhook_next.organization) AND (d.webhook_id = webhook_next.webhook) AND (d.canonical_type = webhook_next.type) AND (d.canonical_id = webhook_next.record)) AND (d.state = 'waiting'::text)))) AND (NOT (EXISTS ( SELECT
            FROM canonical.webhook_deliveries d
           WHERE (((d.organization_id = webhook_next.organization) AND (d.webhook_id = webhook_next.webhook) AND (d.canonical_type = webhook_next.type) AND (d.canonical_id = webhook_next.record)) AND (d.state = 'pending'::text))))));
END;

-- Name: FUNCTION webhook_next(organization bigint, webhook bigint, type text, record bigint); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.webhook_next(organization bigint, webhook bigint, type text, record bigint) IS 'Lets the oldest unsettled delivery of a record be sent, unless another is being sent, and the others wait. The caller has locked the endpoint''s position.';

-- Name: writing_organization(); Type: FUNCTION; Schema: canonical

CREATE FUNCTION canonical.writing_organization() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('daybook.organization'::text, true), ''::text))::bigint;

-- Name: FUNCTION writing_organization(); Type: COMMENT; Schema: canonical

COMMENT ON FUNCTION canonical.writing_organization() IS 'The organization whose rows the transaction may write, as the setting daybook.organization names it; null for none.';

-- Name: absorption(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.absorption(projection text, dirty text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$
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
END $_$;

-- Name: activate(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.activate(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: adopt(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.adopt() RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
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

-- Name: list(text[], text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.list(columns text[], template text, separator text DEFAULT ', '::text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT string_agg(format(list.template, u.c), list.separator ORDER BY u.o) AS string_agg FROM unnest(list.columns) WITH ORDINALITY u(c, o));

-- Name: announcing(text, text, text, text[]); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.announcing(relation text, rows text, organization text, keys text[] DEFAULT '{}'::text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (cardinality(keys) = 0) THEN format('PERFORM pg_notify(''daybook_changes'', ''%1$s '' || d.o) FROM (SELECT DISTINCT r.%3$I AS o FROM %2$I r) d;'::text, relation, rows, organization) ELSE format('PERFORM pg_notify(''daybook_changes'', ''%1$s '' || d.o) FROM (SELECT DISTINCT CASE WHEN count(*) OVER () > 20 THEN r.%3$I::text ELSE r.%3$I || '' '' || k.key END AS o
                        FROM %2$I r CROSS JOIN LATERAL (VALUES %4$s) k (key) WHERE k.key IS NOT NULL) d;'::text, relation, rows, organization, engine.list(keys, '(r.%1$I)'::text)) END;

-- Name: attach_capture(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.attach_capture(projection text, relation text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: heartbeat; Type: TABLE; Schema: engine

CREATE TABLE engine.heartbeat (
    one boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT heartbeat_one_row CHECK (one)
);

-- Name: TABLE heartbeat; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.heartbeat IS 'When a process last wrote successfully: always one row.';

-- Name: beat(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.beat() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET work_mem TO '64kB'
    SET temp_tablespaces TO ''
    BEGIN ATOMIC
 UPDATE engine.heartbeat SET at = clock_timestamp()
   WHERE (( SELECT count(*) AS count
            FROM ( SELECT sha256(int4send(n.n)) AS sha256
                    FROM generate_series(1, 4000) n(n)
                   ORDER BY (sha256(int4send(n.n)))
                  OFFSET 0) sorted) = 4000);
END;

-- Name: FUNCTION beat(); Type: COMMENT; Schema: engine

COMMENT ON FUNCTION engine.beat() IS 'Writes the heartbeat; fails where nothing can be written: on a standby, in a read-only transaction, on a full disk.';

-- Name: build_capture(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_capture(projection text, relation text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: build_deltas(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_deltas(sum text, relation text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: build_dirty(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_dirty(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    p engine.projections;
    keys text[];
    -- marked selects the marks of a condition, for the variables organization and low; passed is the condition that a key is in quarantine.
    marked text := $sql$(SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid >= low.xid AND %2$s
                UNION ALL SELECT * FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND %2$s)$sql$;
    passed text := 'EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = %1$L AND q.organization_id = m.organization_id AND q.key = ARRAY[%2$s] AND q.failed_at >= m.marked_at)';
    found text := $sql$SELECT CASE WHEN count(*) > max_marks THEN count(*) ELSE count(*) FILTER (WHERE %7$s) END, bool_or(m.grain <> 'key') FILTER (WHERE %7$s) INTO counted, grouped
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
            RETURN;$sql$;
    finding text := '';
    pending text := '';
    branch text; -- what runs where the argument in_COLUMN is given, or at last in any case
    told_apart text[]; -- the columns of these arguments
    rows text;
    concerned text; -- the condition of those among the rows that count
    arguments text;
    c text;
BEGIN
    SELECT * INTO STRICT p FROM engine.projections e WHERE e.name = projection;
    IF p.kind = 'sum' THEN
        RETURN;
    END IF;
    PERFORM engine.build_pending(projection);
    keys := p.key[2:];
    passed := format(passed, projection, engine.list(keys, 'k.%1$I::text'));
    EXECUTE format('CREATE OR REPLACE VIEW dirty.%1$I AS SELECT m.organization_id, %2$s FROM pending.%1$I m CROSS JOIN LATERAL (%3$s) k WHERE NOT %4$s',
        projection, engine.list(keys, 'k.%1$I'), engine.expansion(projection), passed);
    told_apart := CASE WHEN cardinality(keys) = 1 THEN keys ELSE '{}' END || p.within;
    FOR c IN SELECT u.c FROM unnest(told_apart || ARRAY[NULL]) WITH ORDINALITY u(c, o) ORDER BY o LOOP -- at last all marks
        rows := format(marked, projection, CASE WHEN c = ANY (p.within) THEN format('(m.%1$I = ANY (%2$I) OR m.%1$I IS NULL)', 'within_' || c, 'in_' || c) ELSE 'true' END);
        concerned := CASE WHEN c IS NULL OR c = ANY (p.within) THEN 'true' ELSE format('(m.grain <> ''key'' OR m.%1$I = ANY (%2$I))', c, 'in_' || c) END;
        branch := CASE WHEN c IS NULL THEN '%2$s' ELSE E'IF %1$I IS NOT NULL THEN\n            %2$s\n            END IF;\n            ' END;
        finding := finding || format(branch, 'in_' || c, format(found, rows, engine.list(keys, 'd.%1$I'), engine.list(keys, 'k.%1$I'), engine.expansion(projection), passed, engine.list(keys, 'm.%1$I'), concerned));
        pending := pending || format(branch, 'in_' || c, CASE concerned WHEN 'true' THEN format('RETURN EXISTS %s;', rows)
            ELSE format('RETURN COALESCE((SELECT count(*) > 1000 OR bool_or(%2$s) FROM (SELECT m.grain, m.%3$I FROM %1$s m LIMIT 1001) m), false);', rows, concerned, c) END);
    END LOOP;
    arguments := COALESCE((SELECT string_agg(format(', %I %s[] DEFAULT NULL', 'in_' || u.c, format_type(a.atttypid, NULL)), '' ORDER BY o)
        FROM unnest(told_apart) WITH ORDINALITY u(c, o) JOIN pg_attribute a ON a.attrelid = format('source.%I', projection)::regclass AND a.attname = u.c), '');
    EXECUTE format('DROP FUNCTION IF EXISTS dirty.%I', projection);
    EXECUTE format($sql$
        CREATE FUNCTION dirty.%1$I(organization bigint, max_keys int, max_marks int, %2$s, OUT overflow boolean)
        RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 10 AS $body$
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
        CREATE FUNCTION pending.%1$I(organization bigint%2$s) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
        DECLARE
            low record;
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
END $_$;

-- Name: build_fold(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_fold(sum text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    p engine.projections;
    measures text[] := engine.measures(sum);
BEGIN
    SELECT * INTO STRICT p FROM engine.projections WHERE name = sum;
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION refresh.%1$I(organization bigint, batch int, OUT marks bigint, OUT keys bigint,
            OUT stored bigint, OUT deleted bigint, OUT quarantined bigint, OUT folded bigint, OUT busy boolean, OUT more boolean)
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $body$
        DECLARE
            low record;
        BEGIN
            marks := 0; keys := 0; stored := 0; deleted := 0; quarantined := 0; folded := 0; more := false;
            busy := NOT engine.try_lock(%1$L, organization);
            IF busy OR (SELECT paused FROM engine.projections WHERE name = %1$L) THEN
                more := busy;
                RETURN;
            END IF;
            SELECT * INTO low FROM engine.reached(%1$L);
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
        engine.list(measures, '%1$I = p.%1$I + excluded.%1$I'), engine.oldest(p.name, 'true', '50 * batch'));
END $_$;

-- Name: build_pending(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_pending(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: build_refresh(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_refresh(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    p engine.projections;
    keys text[];
    marked text[];
    named text[]; -- the columns of a key mark
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
        CREATE OR REPLACE FUNCTION refresh.%1$I(organization bigint, batch int, OUT marks bigint, OUT keys bigint,
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
            state text;
            message text;
        BEGIN
            marks := 0; keys := 0; stored := 0; deleted := 0; quarantined := 0; folded := 0; more := false;
            busy := NOT engine.try_lock(%1$L, organization);
            SELECT r.*, p.paused INTO low FROM engine.projections p CROSS JOIN engine.reached(%1$L) r WHERE p.name = %1$L;
            IF busy OR low.paused THEN
                more := busy;
                RETURN;
            END IF;
            SELECT array_agg(o.place), count(*) <= batch AND bool_and(o.grain = 'key') INTO places, few FROM (%7$s) o;
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
        engine.absorption(projection, format('SELECT DISTINCT %s FROM taken m', engine.list(keys, 'm.%1$I'))),
        engine.absorption(projection, format('SELECT DISTINCT %s FROM taken m CROSS JOIN LATERAL (%s) k', engine.list(keys, 'k.%1$I'), engine.expansion(projection))),
        $sql$GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
                    IF NOT engine.poisoned(state) THEN
                        RAISE;
                    END IF;$sql$,
        engine.oldest(projection, 'true', 'batch + 1'), engine.oldest(projection, 'true', 'batch'),
        engine.oldest(projection, 'true', '5 * batch'), engine.oldest(projection, 'true', '5 * batch', 'DESC'),
        engine.oldest(projection, 'm.id + 0 > 0', '50 * batch'), fold, engine.oldest(projection, 'true', 'width'), engine.list(keys, 'm.%1$I::text'));
END $_$;

-- Name: build_source(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.build_source(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: capturing(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.capturing(projection text) RETURNS TABLE(trigger text, state "char")
    LANGUAGE sql IMMUTABLE ROWS 5
    BEGIN ATOMIC
 VALUES (format('mark_%s_insert'::text, capturing.projection),'A'::"char"), (format('mark_%s_update'::text, capturing.projection),'A'::"char"), (format('mark_%s_delete'::text, capturing.projection),'A'::"char"), (format('mark_%s_truncate'::text, capturing.projection),'A'::"char"), (format('mark_%s_apply'::text, capturing.projection),'R'::"char");
END;

-- Name: check(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine."check"(projection text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    found text := (SELECT string_agg(format('%s: %s', p.projection, p.problem), E'\n') FROM engine.problems("check".projection) p);
BEGIN
    IF found IS NOT NULL THEN
        RAISE EXCEPTION E'engine: these projections could be wrong or stale:\n%', found;
    END IF;
END $$;

-- Name: check_summand(text, text[], text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.check_summand(name text, key text[], relation text, definition text) RETURNS text[]
    LANGUAGE plpgsql
    AS $$
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

-- Name: columns_of(regclass); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.columns_of(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT array_agg((pg_attribute.attname)::text ORDER BY pg_attribute.attnum) AS array_agg
    FROM pg_attribute
   WHERE ((pg_attribute.attrelid = (columns_of.relation)::oid) AND (pg_attribute.attnum > 0) AND (NOT pg_attribute.attisdropped));
END;

-- Name: read_by(regclass); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.read_by(view regclass) RETURNS TABLE(class oid, object oid, attribute integer, whole_row boolean)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
BEGIN -- PL/pgSQL keeps the plan; declaring and checking read models asks hundreds of times
    RETURN QUERY WITH RECURSIVE body(class, object) AS (
        SELECT 'pg_class'::regclass::oid, view::oid
        UNION
        SELECT u.used_class, u.used FROM body b CROSS JOIN LATERAL (SELECT * FROM engine.uses u WHERE (u.class, u.object) = (b.class, b.object) OFFSET 0) u
    ), trees AS MATERIALIZED (
        SELECT b.class, b.object, b.tree ~ ':varattno 0 ' AS whole_row
        FROM (SELECT b.class, b.object, CASE b.class
                  WHEN 'pg_class'::regclass THEN (SELECT w.ev_action::text FROM pg_catalog.pg_rewrite w WHERE w.ev_class = b.object AND w.rulename = '_RETURN')
                  ELSE (SELECT p.prosqlbody::text FROM pg_catalog.pg_proc p WHERE p.oid = b.object) END AS tree
              FROM body b) b
        WHERE b.tree IS NOT NULL
    )
    SELECT u.used_class, u.used, u.attribute, t.whole_row
    FROM trees t CROSS JOIN LATERAL (SELECT * FROM engine.uses u WHERE (u.class, u.object) = (t.class, t.object) OFFSET 0) u;
END $$;

-- Name: columns_read(regclass, regclass); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.columns_read(view regclass, relation regclass) RETURNS text[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH r AS MATERIALIZED (
          SELECT DISTINCT r.attribute,
             r.whole_row
            FROM engine.read_by(columns_read.view) r(class, object, attribute, whole_row)
           WHERE ((r.class = ('pg_class'::regclass)::oid) AND (r.object = (columns_read.relation)::oid))
         )
  SELECT COALESCE(array_agg((a.attname)::text ORDER BY a.attnum), '{}'::text[]) AS "coalesce"
    FROM pg_attribute a
   WHERE ((a.attrelid = (columns_read.relation)::oid) AND (a.attnum > 0) AND (NOT a.attisdropped) AND (EXISTS ( SELECT
            FROM r
           WHERE (r.whole_row OR (r.attribute = a.attnum)))));
END;

-- Name: create_copy(text, text, text[], text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.create_copy(name text, kind text, key text[], canonical_type text DEFAULT NULL::text, canonical_id text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: create_marks(text, text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.create_marks(name text, columns text, comment text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: create_projection(text, text, text[]); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.create_projection(name text, kind text, key text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM engine.create_copy(name, kind, key);
    PERFORM engine.create_marks(name, 'organization_id bigint NOT NULL, grain text NOT NULL, '
        || (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = format('source.%I', name)::regclass AND a.attname = ANY (key[2:])),
        format('What may be behind in projection.%s.', name));
    PERFORM engine.build_dirty(name);
    PERFORM engine.build_source(name);
END $$;

-- Name: create_sum(text, text, text, text[], text[]); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.create_sum(name text, canonical_type text, canonical_id text, key text[], summands text[]) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: declare_grain(text, text, text[], text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.declare_grain(projection text, grain text, columns text[], expansion text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: definition(regclass); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.definition(view regclass) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT md5((pg_get_viewdef((definition.view)::oid) || COALESCE(string_agg(u.text, '
'::text ORDER BY u.text), ''::text))) AS md5
    FROM ( SELECT DISTINCT
                 CASE
                     WHEN (r.class = ('pg_proc'::regclass)::oid) THEN pg_get_functiondef(f.oid)
                     ELSE pg_get_viewdef(c.oid)
                 END AS text
            FROM ((engine.read_by(definition.view) r(class, object, attribute, whole_row)
              LEFT JOIN pg_proc f ON (((r.class = ('pg_proc'::regclass)::oid) AND (f.oid = r.object) AND (f.prokind = 'f'::"char"))))
              LEFT JOIN pg_class c ON (((r.class = ('pg_class'::regclass)::oid) AND (c.oid = r.object) AND (c.relkind = 'v'::"char"))))) u;
END;

-- Name: drop_projection(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.drop_projection(name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: expansion(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.expansion(projection text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$
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
END $_$;

-- Name: guard(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF COALESCE(current_setting('engine.writing', true), '') <> 'on' THEN
        RAISE EXCEPTION 'projection.% is a stored copy that only the engine writes', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Change the canonical tables it is made from: %s.',
                      (SELECT string_agg(DISTINCT relation, ', ') FROM engine.tracks WHERE projection = TG_TABLE_NAME));
    END IF;
    RETURN NULL;
END $$;

-- Name: listen(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.listen() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT pg_advisory_lock_shared(hashtextextended('daybook_changes'::text, (0)::bigint)) AS pg_advisory_lock_shared;
END;

-- Name: listened(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.listened() RETURNS boolean
    LANGUAGE sql
    RETURN CASE WHEN pg_try_advisory_lock(hashtextextended('daybook_changes'::text, (0)::bigint)) THEN (NOT pg_advisory_unlock(hashtextextended('daybook_changes'::text, (0)::bigint))) ELSE true END;

-- Name: lock(text, bigint); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.lock(projection text, organization bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'engine: a refresh needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(projection, organization));
END $$;

-- Name: mark_all(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.mark_all(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    keys text := engine.list((SELECT p.key FROM engine.projections p WHERE p.name = projection), '%1$I');
BEGIN
    IF (SELECT p.kind = 'sum' FROM engine.projections p WHERE p.name = projection) THEN
        PERFORM engine.reconcile(projection);
        RETURN;
    END IF;
    EXECUTE format('INSERT INTO marks.%1$I (grain, %2$s) SELECT ''key'', u.* FROM (SELECT %2$s FROM projection.%1$I UNION SELECT %2$s FROM source.%1$I) u', projection, keys);
END $_$;

-- Name: mark_slice(text, text[], integer); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.mark_slice(projection text, after text[], size integer) RETURNS text[]
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: projections; Type: TABLE; Schema: engine

CREATE TABLE engine.projections (
    name text NOT NULL,
    kind text NOT NULL,
    key text[] NOT NULL,
    replaces text,
    paused boolean DEFAULT false NOT NULL,
    activated_at timestamp with time zone,
    definition text,
    built_at timestamp with time zone,
    minimum_interval interval DEFAULT '00:00:00'::interval NOT NULL,
    refresh_started_at timestamp with time zone,
    verified_at timestamp with time zone,
    drift_found bigint DEFAULT 0 NOT NULL,
    within text[] DEFAULT '{}'::text[] NOT NULL,
    canonical_type text,
    canonical_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projections_key_check CHECK ((key[1] = 'organization_id'::text)),
    CONSTRAINT projections_kind_check CHECK ((kind = ANY (ARRAY['table'::text, 'materialized_view'::text, 'sum'::text]))),
    CONSTRAINT projections_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{0,50}$'::text)),
    CONSTRAINT projections_parent_check CHECK ((((kind = 'sum'::text) = (canonical_type IS NOT NULL)) AND ((kind = 'sum'::text) = (canonical_id IS NOT NULL))))
);

-- Name: TABLE projections; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.projections IS 'Every stored copy: source.NAME is its definition, projection.NAME the copy, marks.NAME what may be behind, dirty.NAME the keys that are.';

-- Name: COLUMN projections.replaces; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.replaces IS 'Set on the next copy that engine.redefine builds beside the current one.';

-- Name: COLUMN projections.paused; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.paused IS 'A paused projection is not refreshed; exact reads stay exact.';

-- Name: COLUMN projections.definition; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.definition IS 'Fingerprint of the source view and of all views and functions it uses, as of the activation.';

-- Name: COLUMN projections.built_at; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.built_at IS 'When the copy first had no dirty rows; until then it is not ready to be read.';

-- Name: COLUMN projections.minimum_interval; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.minimum_interval IS 'The shortest time between two refreshes of a materialized view.';

-- Name: COLUMN projections.within; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.within IS 'The columns by which marks may be told apart: a mark with a value in within_COLUMN concerns rows with this value in COLUMN alone.';

-- Name: COLUMN projections.canonical_type; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.canonical_type IS 'Of a sum: the type of the record that a row belongs to.';

-- Name: COLUMN projections.canonical_id; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.projections.canonical_id IS 'Of a sum: the key column that holds this record''s id.';

-- Name: measures(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.measures(sum text) RETURNS text[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT array_agg(u.c ORDER BY u.o) AS array_agg
    FROM (unnest(engine.columns_of((format('source.%I'::text, measures.sum))::regclass)) WITH ORDINALITY u(c, o)
      JOIN engine.projections p ON ((p.name = measures.sum)))
   WHERE ((u.c <> ALL (p.key)) AND (u.c <> ALL (ARRAY['canonical_type'::text, 'canonical_id'::text, 'row_count'::text])));
END;

-- Name: noting(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.noting(projection text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('noted := COALESCE(current_setting(''engine.marked'', true), '''');
                IF noted = '''' THEN
                    noted := set_config(''engine.marked'', %1$L, true);
                ELSIF strpos('','' || noted || '','', %2$L) = 0 THEN
                    noted := set_config(''engine.marked'', noted || %3$L, true);
                END IF;'::text, projection, ((','::text || projection) || ','::text), (','::text || projection));

-- Name: oldest(text, text, text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.oldest(projection text, condition text, size text, direction text DEFAULT ''::text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('(SELECT m.*, m.ctid AS place FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid >= low.xid AND %2$s ORDER BY m.xid %4$s LIMIT %3$s)
                            UNION ALL (SELECT m.*, m.ctid AS place FROM marks.%1$I m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND %2$s ORDER BY m.xid %4$s LIMIT %3$s)'::text, projection, condition, size, direction);

-- Name: tracks; Type: TABLE; Schema: engine

CREATE TABLE engine.tracks (
    projection text NOT NULL,
    relation text NOT NULL,
    grain text NOT NULL,
    columns text[] NOT NULL,
    reads text[] DEFAULT '{}'::text[] NOT NULL,
    inserts boolean DEFAULT true NOT NULL,
    within text[] DEFAULT '{}'::text[] NOT NULL,
    relevant text DEFAULT 'true'::text NOT NULL
);

-- Name: COLUMN tracks.columns; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.tracks.columns IS 'The columns of the canonical table that give the grain''s columns, in the same order.';

-- Name: COLUMN tracks.reads; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.tracks.reads IS 'The columns of the canonical table that the source view reads: only their changes mark.';

-- Name: COLUMN tracks.inserts; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.tracks.inserts IS 'False where nothing can depend on a new row yet, because what refers to it marks itself.';

-- Name: COLUMN tracks.within; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.tracks.within IS 'COLUMN=SOURCE: the canonical table''s column that gives the mark''s within_COLUMN.';

-- Name: COLUMN tracks.relevant; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.tracks.relevant IS 'The condition of the rows that the source view depends on: what happens to others marks nothing.';

-- Name: passable(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.passable(named text DEFAULT NULL::text) RETURNS TABLE(projection text, relation text, triggers text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT t.projection,
     t.relation,
     array_agg(c.trigger ORDER BY c.trigger) AS array_agg
    FROM (( SELECT DISTINCT k.projection,
             k.relation
            FROM engine.tracks k
           WHERE ((passable.named IS NULL) OR (k.projection = passable.named))) t
      CROSS JOIN LATERAL engine.capturing(t.projection) c(trigger, state))
   WHERE (NOT (EXISTS ( SELECT
            FROM pg_trigger g
           WHERE ((g.tgrelid = ((t.relation)::regclass)::oid) AND (g.tgname = c.trigger) AND (g.tgenabled = c.state)))))
   GROUP BY t.projection, t.relation;
END;

-- Name: place(timestamp with time zone); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.place(written_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT hashtextextended((d.oid)::text, c.system_identifier) AS hashtextextended FROM pg_control_system() c(pg_control_version, catalog_version_no, system_identifier, pg_control_last_modified), pg_database d WHERE (d.datname = current_database()));

-- Name: poisoned(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.poisoned(sqlstate text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ("left"(sqlstate, 2) = ANY (ARRAY['21'::text, '22'::text, '23'::text, '2F'::text, '38'::text, '39'::text, '54'::text, 'P0'::text]));

-- Name: problems(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.problems(named text DEFAULT NULL::text) RETURNS TABLE(projection text, problem text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH source AS MATERIALIZED (
          SELECT p.name,
             p.kind,
             p.key,
             p.activated_at,
             p.definition,
             v.oid AS view,
             c.oid AS copy
            FROM ((engine.projections p
              LEFT JOIN pg_class v ON (((v.relname = p.name) AND (v.relnamespace = ('source'::regnamespace)::oid))))
              LEFT JOIN pg_class c ON (((c.relname = p.name) AND (c.relnamespace = ('projection'::regnamespace)::oid))))
           WHERE ((problems.named IS NULL) OR (p.name = problems.named))
         ), reads AS MATERIALIZED (
          SELECT DISTINCT s.name,
             r.class,
             r.object
            FROM (source s
              CROSS JOIN LATERAL engine.read_by((s.view)::regclass) r(class, object, attribute, whole_row))
         ), trees AS MATERIALIZED (
          SELECT s.name,
             (w.ev_action)::text AS tree
            FROM (source s
              JOIN pg_rewrite w ON ((w.ev_class = s.view)))
         UNION ALL
          SELECT r.name,
             (w.ev_action)::text AS ev_action
            FROM (reads r
              JOIN pg_rewrite w ON (((r.class = ('pg_class'::regclass)::oid) AND (w.ev_class = r.object))))
         UNION ALL
          SELECT r.name,
             (f.prosqlbody)::text AS prosqlbody
            FROM (reads r
              JOIN pg_proc f ON (((r.class = ('pg_proc'::regclass)::oid) AND (f.oid = r.object))))
         ), relations AS MATERIALIZED (
          SELECT DISTINCT r.name,
             c.oid,
             n.nspname,
             c.relname,
             c.relkind
            FROM (((trees r
              CROSS JOIN LATERAL regexp_matches(r.tree, ':relid (\d+)'::text, 'g'::text) m(m))
              JOIN pg_class c ON ((c.oid = (m.m[1])::oid)))
              JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
           WHERE ((c.relkind <> ALL (ARRAY['v'::"char", 'c'::"char"])) OR (n.nspname = ANY (ARRAY['pg_catalog'::name, 'information_schema'::name])))
         ), called AS MATERIALIZED (
          SELECT DISTINCT r.name,
             f.oid,
             f.proname,
             f.provolatile,
             f.pronamespace,
             (f.prosqlbody IS NOT NULL) AS atomic
            FROM ((trees r
              CROSS JOIN LATERAL regexp_matches(r.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)'::text, 'g'::text) m(m))
              JOIN pg_proc f ON ((f.oid = (m.m[1])::oid)))
         )
  SELECT relations.name,
     format('reads %s.%s: a source view reads canonical tables only'::text, relations.nspname, relations.relname) AS format
    FROM relations
   WHERE (relations.nspname <> 'canonical'::name)
 UNION ALL
  SELECT r.name,
     format('reads canonical.%s, which is not tracked: its changes would never show'::text, r.relname) AS format
    FROM relations r
   WHERE ((r.nspname = 'canonical'::name) AND (NOT (EXISTS ( SELECT
            FROM engine.tracks t
           WHERE ((t.projection = r.name) AND (((t.relation)::regclass)::oid = r.oid))))))
 UNION ALL
  SELECT r.name,
     format('reads canonical.%s, which is no plain table: a write to a partition or to an inheriting table fires no trigger here'::text, r.relname) AS format
    FROM relations r
   WHERE ((r.nspname = 'canonical'::name) AND ((r.relkind <> 'r'::"char") OR (EXISTS ( SELECT
            FROM pg_inherits i
           WHERE ((r.oid = i.inhrelid) OR (r.oid = i.inhparent))))))
 UNION ALL
  SELECT s.name,
     'its source view, or a view or function that it uses, was changed in place: stored rows are of the old definition; use engine.redefine'::text
    FROM source s
   WHERE (s.definition <> engine.definition((s.view)::regclass))
 UNION ALL
  SELECT t.projection,
     format('%s: the trigger %s is missing, or was switched off: changes may have passed it by'::text, t.relation, c.trigger) AS format
    FROM (engine.passable(problems.named) t(projection, relation, triggers)
      CROSS JOIN LATERAL unnest(t.triggers) c(trigger))
 UNION ALL
  SELECT t.projection,
     format('%s: the source view now reads other columns than its triggers watch; use engine.redefine'::text, t.relation) AS format
    FROM (engine.tracks t
      JOIN source s ON ((s.name = t.projection)))
   WHERE (t.reads <> engine.columns_read((s.view)::regclass, (t.relation)::regclass))
 UNION ALL
  SELECT c.name,
     format('calls %s, which is %s: a source view must not depend on the clock, the session or chance'::text, c.proname,
         CASE c.provolatile
             WHEN 'v'::"char" THEN 'volatile'::text
             ELSE 'not immutable'::text
         END) AS format
    FROM called c
   WHERE ((c.provolatile <> 'i'::"char") AND (c.proname <> ALL (ARRAY['jsonb_agg'::name, 'jsonb_build_object'::name, 'jsonb_build_array'::name, 'to_jsonb'::name])))
 UNION ALL
  SELECT c.name,
     format('calls %s, whose body PostgreSQL does not look into: write it as BEGIN ATOMIC or RETURN'::text, (c.oid)::regprocedure) AS format
    FROM called c
   WHERE ((NOT c.atomic) AND (c.pronamespace <> ('pg_catalog'::regnamespace)::oid) AND (NOT (EXISTS ( SELECT
            FROM pg_depend d
           WHERE ((d.classid = ('pg_proc'::regclass)::oid) AND (d.objid = c.oid) AND (d.deptype = 'e'::"char"))))))
 UNION ALL
  SELECT DISTINCT r.name,
     'reads the clock or the session (CURRENT_DATE, CURRENT_USER and their like)'::text
    FROM trees r
   WHERE (r.tree ~~ '%{SQLVALUEFUNCTION %'::text)
 UNION ALL
  SELECT DISTINCT r.name,
     'converts text to a date or a time, which depends on the session'::text
    FROM ((trees r
      CROSS JOIN LATERAL regexp_matches(r.tree, ':resulttype (\d+) :resultcollid '::text, 'g'::text) m(m))
      JOIN pg_type y ON ((y.oid = (m.m[1])::oid)))
   WHERE ((y.typcategory = ANY (ARRAY['D'::"char", 'T'::"char"])) OR (EXISTS ( SELECT
            FROM pg_type i
           WHERE ((i.oid = y.typelem) AND (i.typcategory = ANY (ARRAY['D'::"char", 'T'::"char"]))))))
 UNION ALL
  SELECT DISTINCT r.name,
     'converts a date, a time or a floating-point number to text, which depends on the session'::text
    FROM (trees r
      CROSS JOIN LATERAL regexp_matches(r.tree, '\{COERCEVIAIO :arg \{[A-Z]+ [^{}]*?:(?:vartype|funcresulttype|opresulttype|resulttype|consttype|aggtype|casetype|coalescetype) (\d+)'::text, 'g'::text) m(m))
   WHERE ((m.m[1])::oid = ANY (ARRAY[('date'::regtype)::oid, ('time without time zone'::regtype)::oid, ('time with time zone'::regtype)::oid, ('timestamp without time zone'::regtype)::oid, ('timestamp with time zone'::regtype)::oid, ('interval'::regtype)::oid, ('real'::regtype)::oid, ('double precision'::regtype)::oid]))
 UNION ALL
  SELECT DISTINCT r.name,
     'takes a random sample of a table'::text
    FROM trees r
   WHERE (r.tree ~~ '%{TABLESAMPLECLAUSE %'::text)
 UNION ALL
  SELECT s.name,
     format('column %s is of type %s, which has no equality; use jsonb'::text, a.attname, (a.atttypid)::regtype) AS format
    FROM (source s
      JOIN pg_attribute a ON ((a.attrelid = s.view)))
   WHERE (a.atttypid = ANY (ARRAY[('json'::regtype)::oid, ('xml'::regtype)::oid]))
 UNION ALL
  SELECT s.name,
     format('lacks the column %s, by which a stored row knows its parent'::text, c.c) AS format
    FROM (source s
      CROSS JOIN unnest(ARRAY['organization_id'::text, 'canonical_type'::text, 'canonical_id'::text]) c(c))
   WHERE (NOT (EXISTS ( SELECT
            FROM pg_attribute a
           WHERE ((a.attrelid = s.view) AND (a.attname = c.c)))))
 UNION ALL
  SELECT s.name,
     'the stored copy has no unique index on exactly its key'::text
    FROM source s
   WHERE (NOT (EXISTS ( SELECT
            FROM pg_index i
           WHERE ((i.indrelid = s.copy) AND i.indisunique AND (i.indpred IS NULL) AND (i.indexprs IS NULL) AND (i.indnkeyatts = cardinality(s.key)) AND (NOT (EXISTS ( SELECT
                    FROM pg_attribute a
                   WHERE ((a.attrelid = s.copy) AND (a.attnum = ANY ((i.indkey)::smallint[])) AND (a.attname <> ALL (s.key))))))))))
 UNION ALL
  SELECT s.name,
     'the stored copy does not have exactly the source view''s columns; use engine.redefine'::text
    FROM source s
   WHERE (( SELECT array_agg(format('%s %s'::text, a.attname, a.atttypid) ORDER BY a.attnum) AS array_agg
            FROM pg_attribute a
           WHERE ((a.attrelid = s.view) AND (a.attnum > 0) AND (NOT a.attisdropped))) IS DISTINCT FROM ( SELECT array_agg(format('%s %s'::text, a.attname, a.atttypid) ORDER BY a.attnum) AS array_agg
            FROM pg_attribute a
           WHERE ((a.attrelid = s.copy) AND (a.attnum > 0) AND (NOT a.attisdropped))))
 UNION ALL
  SELECT s.name,
     'is not activated: its copy is empty'::text
    FROM source s
   WHERE (s.activated_at IS NULL);
END;

-- Name: raise_low_water(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.raise_low_water(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: low_water; Type: TABLE; Schema: engine

CREATE TABLE engine.low_water (
    projection text NOT NULL,
    move bigint NOT NULL,
    xid xid8 DEFAULT '0'::xid8 NOT NULL,
    open_from xid8,
    open_to xid8,
    moved_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    moved_in bigint DEFAULT engine.place() NOT NULL,
    held_in bigint GENERATED ALWAYS AS (engine.place(moved_at)) STORED NOT NULL,
    CONSTRAINT low_water_open_check CHECK ((((open_from IS NULL) = (open_to IS NULL)) AND (open_from <= open_to) AND (open_to < xid)))
)
WITH (fillfactor='10', vacuum_truncate=off);

-- Name: TABLE low_water; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.low_water IS 'Below which transaction every mark of a projection is absorbed. Dead marks, which PostgreSQL keeps while somebody holds an old snapshot, are below it. A projection has one row, which is replaced by one with a higher move.';

-- Name: COLUMN low_water.xid; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.low_water.xid IS 'All transactions below this one have ended, and what they marked is absorbed, but for those from open_from to open_to.';

-- Name: COLUMN low_water.open_from; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.low_water.open_from IS 'The first of the transactions long before the others that had not ended, such as a prepared one, or whose marks were left; NULL if there was none.';

-- Name: COLUMN low_water.open_to; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.low_water.open_to IS 'The last of them.';

-- Name: COLUMN low_water.held_in; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.low_water.held_in IS 'Where the row is. A row that a backup brought from another place counts for nothing, since transactions may be numbered anew.';

-- Name: reached(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.reached(projection text) RETURNS TABLE(xid xid8, open_from xid8, open_to xid8)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
 SELECT COALESCE(l.xid, '0'::xid8) AS "coalesce",
     l.open_from,
     l.open_to
    FROM (( VALUES (0)) one
      LEFT JOIN ( SELECT w.projection,
             w.move,
             w.xid,
             w.open_from,
             w.open_to,
             w.moved_at,
             w.moved_in,
             w.held_in
            FROM engine.low_water w
           WHERE (w.projection = reached.projection)
           ORDER BY w.move DESC
          LIMIT 1) l ON ((l.moved_in = l.held_in)));
END;

-- Name: readers(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.readers(sum text) RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT p.name
    FROM engine.projections p
   WHERE ((p.kind <> 'sum'::text) AND (p.activated_at IS NOT NULL) AND (EXISTS ( SELECT
            FROM engine.read_by((format('source.%I'::text, p.name))::regclass) r(class, object, attribute, whole_row)
           WHERE ((r.class = ('pg_class'::regclass)::oid) AND (r.object = ((format('source.%I'::text, readers.sum))::regclass)::oid)))));
END;

-- Name: reconcile(text, bigint); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.reconcile(sum text, organization bigint DEFAULT NULL::bigint) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: redefine(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.redefine(name text, definition text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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
    -- Other rows than before may be relevant to the new definition.
    FOR r IN SELECT * FROM engine.tracks WHERE projection = name ORDER BY relation, grain LOOP
        PERFORM engine.track(next, r.relation, r.grain, r.columns, r.inserts, r.within);
    END LOOP;
END $$;

-- Name: redefine_constants(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.redefine_constants(constants text, definition text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $_$
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
END $_$;

-- Name: redefine_sum(text, text[]); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.redefine_sum(name text, summands text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: refresh_view(text, boolean); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.refresh_view(projection text, force boolean, OUT marks bigint, OUT skipped boolean) RETURNS record
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: refuse_apply(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.refuse_apply() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

-- Name: retry_quarantine(text, timestamp with time zone); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.retry_quarantine(projection text, before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: slice(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.slice(projection text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$
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
END $_$;

-- Name: status(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.status() RETURNS TABLE(name text, kind text, replaces text, paused boolean, built boolean, backlog bigint, oldest_mark interval, quarantined bigint, verified_at timestamp with time zone, drift_found bigint)
    LANGUAGE plpgsql
    AS $$
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

-- Name: summand(text, text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.summand(definition text, rows text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN replace(definition, 'FROM changed'::text, (('FROM '::text || rows) || ' AS changed'::text));

-- Name: switch(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.switch(name text) RETURNS boolean
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: switch_constants(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.switch_constants() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

-- Name: track(text, text, text, text[], boolean, text[], text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.track(projection text, relation text, grain text, columns text[], inserts boolean DEFAULT true, within text[] DEFAULT '{}'::text[], relevant text DEFAULT 'true'::text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: truncated(text); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.truncated(projection text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'TRUNCATE of a table that projections are made from needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM engine.mark_all(projection);
END $$;

-- Name: try_lock(text, bigint); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.try_lock(projection text, organization bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'engine: a refresh needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    RETURN (pg_try_advisory_xact_lock(hashtextextended(projection, -1)) OR pg_try_advisory_xact_lock(hashtextextended(projection, -2)))
        AND pg_try_advisory_xact_lock(hashtextextended(projection, organization));
END $$;

-- Name: unlisten(); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.unlisten() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT pg_advisory_unlock_shared(hashtextextended('daybook_changes'::text, (0)::bigint)) AS pg_advisory_unlock_shared;
END;

-- Name: verify_slice(text, text[], integer); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.verify_slice(projection text, after text[], size integer, OUT next text[], OUT checked bigint, OUT drifted text[]) RETURNS record
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: verify_sum(text, text[]); Type: FUNCTION; Schema: engine

CREATE FUNCTION engine.verify_sum(sum text, after text[], OUT next text[], OUT checked bigint, OUT drifted text[]) RETURNS record
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

-- Name: account_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.account_summaries(organization bigint, in_account_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'account_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('account_summaries');
            IF in_account_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.account_id = ANY (in_account_id))) FROM (SELECT m.grain, m.account_id FROM (SELECT * FROM marks.account_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.account_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.account_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.account_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: channel_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.channel_summaries(organization bigint, in_channel_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'channel_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('channel_summaries');
            IF in_channel_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.channel_id = ANY (in_channel_id))) FROM (SELECT m.grain, m.channel_id FROM (SELECT * FROM marks.channel_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.channel_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.channel_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.channel_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: credit_allocations(bigint, bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.credit_allocations(organization bigint, in_allocation_id bigint[] DEFAULT NULL::bigint[], in_document_id bigint[] DEFAULT NULL::bigint[], in_credit_note_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'credit_allocations' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('credit_allocations');
            IF in_allocation_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.allocation_id = ANY (in_allocation_id))) FROM (SELECT m.grain, m.allocation_id FROM (SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_document_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL)
                UNION ALL SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL));
            END IF;
            IF in_credit_note_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_credit_note_id = ANY (in_credit_note_id) OR m.within_credit_note_id IS NULL)
                UNION ALL SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_credit_note_id = ANY (in_credit_note_id) OR m.within_credit_note_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.credit_allocations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: day_close_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.day_close_summaries(organization bigint, in_day_close_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'day_close_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('day_close_summaries');
            IF in_day_close_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.day_close_id = ANY (in_day_close_id))) FROM (SELECT m.grain, m.day_close_id FROM (SELECT * FROM marks.day_close_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.day_close_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.day_close_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.day_close_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: document_items(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.document_items(organization bigint, in_item_id bigint[] DEFAULT NULL::bigint[], in_document_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'document_items' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('document_items');
            IF in_item_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.item_id = ANY (in_item_id))) FROM (SELECT m.grain, m.item_id FROM (SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_document_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL)
                UNION ALL SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_items m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: document_payments(bigint, bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.document_payments(organization bigint, in_allocation_id bigint[] DEFAULT NULL::bigint[], in_document_id bigint[] DEFAULT NULL::bigint[], in_payment_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'document_payments' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('document_payments');
            IF in_allocation_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.allocation_id = ANY (in_allocation_id))) FROM (SELECT m.grain, m.allocation_id FROM (SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_document_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL)
                UNION ALL SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_document_id = ANY (in_document_id) OR m.within_document_id IS NULL));
            END IF;
            IF in_payment_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_payment_id = ANY (in_payment_id) OR m.within_payment_id IS NULL)
                UNION ALL SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_payment_id = ANY (in_payment_id) OR m.within_payment_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_payments m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: document_summaries(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.document_summaries(organization bigint, in_document_id bigint[] DEFAULT NULL::bigint[], in_party_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'document_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('document_summaries');
            IF in_document_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.document_id = ANY (in_document_id))) FROM (SELECT m.grain, m.document_id FROM (SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_party_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL)
                UNION ALL SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.document_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: financial_transactions(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.financial_transactions(organization bigint, in_party_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'financial_transactions' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('financial_transactions');
            IF in_party_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.financial_transactions m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL)
                UNION ALL SELECT * FROM marks.financial_transactions m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.financial_transactions m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.financial_transactions m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: fx_rate_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.fx_rate_summaries(organization bigint, in_fx_rate_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'fx_rate_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('fx_rate_summaries');
            IF in_fx_rate_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.fx_rate_id = ANY (in_fx_rate_id))) FROM (SELECT m.grain, m.fx_rate_id FROM (SELECT * FROM marks.fx_rate_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.fx_rate_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.fx_rate_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.fx_rate_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: journal_entry_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.journal_entry_summaries(organization bigint, in_entry_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'journal_entry_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('journal_entry_summaries');
            IF in_entry_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.entry_id = ANY (in_entry_id))) FROM (SELECT m.grain, m.entry_id FROM (SELECT * FROM marks.journal_entry_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.journal_entry_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.journal_entry_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.journal_entry_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: money_entry_summaries(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.money_entry_summaries(organization bigint, in_money_entry_id bigint[] DEFAULT NULL::bigint[], in_party_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'money_entry_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('money_entry_summaries');
            IF in_money_entry_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.money_entry_id = ANY (in_money_entry_id))) FROM (SELECT m.grain, m.money_entry_id FROM (SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_party_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL)
                UNION ALL SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.money_entry_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: monthly_invoicing(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.monthly_invoicing(organization bigint, in_party_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'monthly_invoicing' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('monthly_invoicing');
            IF in_party_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.monthly_invoicing m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL)
                UNION ALL SELECT * FROM marks.monthly_invoicing m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.monthly_invoicing m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.monthly_invoicing m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: notification_settings(bigint); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.notification_settings(organization bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'notification_settings' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('notification_settings');
            RETURN EXISTS (SELECT * FROM marks.notification_settings m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.notification_settings m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: notifications(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.notifications(organization bigint, in_notification_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'notifications' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('notifications');
            IF in_notification_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.notification_id = ANY (in_notification_id))) FROM (SELECT m.grain, m.notification_id FROM (SELECT * FROM marks.notifications m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.notifications m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.notifications m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.notifications m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: party_balances(bigint); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.party_balances(organization bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'party_balances' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('party_balances');
            RETURN EXISTS (SELECT * FROM marks.party_balances m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.party_balances m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: payment_refunds(bigint, bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.payment_refunds(organization bigint, in_allocation_id bigint[] DEFAULT NULL::bigint[], in_payment_id bigint[] DEFAULT NULL::bigint[], in_refund_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'payment_refunds' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('payment_refunds');
            IF in_allocation_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.allocation_id = ANY (in_allocation_id))) FROM (SELECT m.grain, m.allocation_id FROM (SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_payment_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_payment_id = ANY (in_payment_id) OR m.within_payment_id IS NULL)
                UNION ALL SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_payment_id = ANY (in_payment_id) OR m.within_payment_id IS NULL));
            END IF;
            IF in_refund_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_refund_id = ANY (in_refund_id) OR m.within_refund_id IS NULL)
                UNION ALL SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_refund_id = ANY (in_refund_id) OR m.within_refund_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.payment_refunds m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: payment_summaries(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.payment_summaries(organization bigint, in_payment_id bigint[] DEFAULT NULL::bigint[], in_party_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'payment_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('payment_summaries');
            IF in_payment_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.payment_id = ANY (in_payment_id))) FROM (SELECT m.grain, m.payment_id FROM (SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_party_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL)
                UNION ALL SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_party_id = ANY (in_party_id) OR m.within_party_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.payment_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: people_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.people_summaries(organization bigint, in_person_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'people_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('people_summaries');
            IF in_person_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.person_id = ANY (in_person_id))) FROM (SELECT m.grain, m.person_id FROM (SELECT * FROM marks.people_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.people_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.people_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.people_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: product_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.product_summaries(organization bigint, in_product_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'product_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('product_summaries');
            IF in_product_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.product_id = ANY (in_product_id))) FROM (SELECT m.grain, m.product_id FROM (SELECT * FROM marks.product_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.product_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.product_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.product_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: sale_annotations(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.sale_annotations(organization bigint, in_sale_id bigint[] DEFAULT NULL::bigint[], in_store_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'sale_annotations' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('sale_annotations');
            IF in_sale_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.sale_id = ANY (in_sale_id))) FROM (SELECT m.grain, m.sale_id FROM (SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_store_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_store_id = ANY (in_store_id) OR m.within_store_id IS NULL)
                UNION ALL SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_store_id = ANY (in_store_id) OR m.within_store_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.sale_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: sale_lines(bigint, bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.sale_lines(organization bigint, in_line_id bigint[] DEFAULT NULL::bigint[], in_sale_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'sale_lines' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('sale_lines');
            IF in_line_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.line_id = ANY (in_line_id))) FROM (SELECT m.grain, m.line_id FROM (SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_sale_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_sale_id = ANY (in_sale_id) OR m.within_sale_id IS NULL)
                UNION ALL SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_sale_id = ANY (in_sale_id) OR m.within_sale_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.sale_lines m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: search_documents(bigint); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.search_documents(organization bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'search_documents' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('search_documents');
            RETURN EXISTS (SELECT * FROM marks.search_documents m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.search_documents m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: shift_annotations(bigint, bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.shift_annotations(organization bigint, in_shift_id bigint[] DEFAULT NULL::bigint[], in_store_id bigint[] DEFAULT NULL::bigint[], in_person_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'shift_annotations' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('shift_annotations');
            IF in_shift_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.shift_id = ANY (in_shift_id))) FROM (SELECT m.grain, m.shift_id FROM (SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            IF in_store_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_store_id = ANY (in_store_id) OR m.within_store_id IS NULL)
                UNION ALL SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_store_id = ANY (in_store_id) OR m.within_store_id IS NULL));
            END IF;
            IF in_person_id IS NOT NULL THEN
            RETURN EXISTS (SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND (m.within_person_id = ANY (in_person_id) OR m.within_person_id IS NULL)
                UNION ALL SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND (m.within_person_id = ANY (in_person_id) OR m.within_person_id IS NULL));
            END IF;
            RETURN EXISTS (SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.shift_annotations m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: store_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.store_summaries(organization bigint, in_store_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'store_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('store_summaries');
            IF in_store_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.store_id = ANY (in_store_id))) FROM (SELECT m.grain, m.store_id FROM (SELECT * FROM marks.store_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.store_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.store_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.store_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: tax_rate_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.tax_rate_summaries(organization bigint, in_tax_rate_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'tax_rate_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('tax_rate_summaries');
            IF in_tax_rate_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.tax_rate_id = ANY (in_tax_rate_id))) FROM (SELECT m.grain, m.tax_rate_id FROM (SELECT * FROM marks.tax_rate_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.tax_rate_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.tax_rate_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.tax_rate_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: till_session_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.till_session_summaries(organization bigint, in_till_session_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'till_session_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('till_session_summaries');
            IF in_till_session_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.till_session_id = ANY (in_till_session_id))) FROM (SELECT m.grain, m.till_session_id FROM (SELECT * FROM marks.till_session_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.till_session_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.till_session_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.till_session_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: till_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.till_summaries(organization bigint, in_till_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'till_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('till_summaries');
            IF in_till_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.till_id = ANY (in_till_id))) FROM (SELECT m.grain, m.till_id FROM (SELECT * FROM marks.till_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.till_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.till_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.till_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: transfer_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.transfer_summaries(organization bigint, in_transfer_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'transfer_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('transfer_summaries');
            IF in_transfer_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.transfer_id = ANY (in_transfer_id))) FROM (SELECT m.grain, m.transfer_id FROM (SELECT * FROM marks.transfer_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.transfer_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.transfer_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.transfer_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: webhook_deliveries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.webhook_deliveries(organization bigint, in_delivery_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'webhook_deliveries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('webhook_deliveries');
            IF in_delivery_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.delivery_id = ANY (in_delivery_id))) FROM (SELECT m.grain, m.delivery_id FROM (SELECT * FROM marks.webhook_deliveries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.webhook_deliveries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.webhook_deliveries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.webhook_deliveries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: webhook_summaries(bigint, bigint[]); Type: FUNCTION; Schema: pending

CREATE FUNCTION pending.webhook_summaries(organization bigint, in_webhook_id bigint[] DEFAULT NULL::bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
        DECLARE
            low record;
        BEGIN
            IF EXISTS (SELECT FROM engine.quarantine q WHERE q.projection = 'webhook_summaries' AND q.organization_id = organization) THEN
                RETURN true;
            END IF;
            SELECT * INTO low FROM engine.reached('webhook_summaries');
            IF in_webhook_id IS NOT NULL THEN
            RETURN COALESCE((SELECT count(*) > 1000 OR bool_or((m.grain <> 'key' OR m.webhook_id = ANY (in_webhook_id))) FROM (SELECT m.grain, m.webhook_id FROM (SELECT * FROM marks.webhook_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.webhook_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true) m LIMIT 1001) m), false);
            END IF;
            RETURN EXISTS (SELECT * FROM marks.webhook_summaries m WHERE m.organization_id = organization AND m.xid >= low.xid AND true
                UNION ALL SELECT * FROM marks.webhook_summaries m WHERE m.organization_id = organization AND m.xid BETWEEN low.open_from AND low.open_to AND true);
        END $$;

-- Name: account_summaries; Type: VIEW; Schema: source

CREATE VIEW source.account_summaries AS
 SELECT account.organization_id,
    account.id AS account_id,
    'Account'::text AS canonical_type,
    account.id AS canonical_id,
    account.version,
    account.code,
    account.name,
    upper(account.type) AS type,
    upper(account.system_role) AS system_role,
    account.archived_at,
    (account.archived_at IS NOT NULL) AS archived,
    account.created_at,
    account.updated_at,
    canonical.fold(((account.code || ' '::text) || account.name)) AS search_text
   FROM canonical.accounts account;

-- Name: channel_members; Type: TABLE; Schema: canonical

CREATE TABLE canonical.channel_members (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    channel_id bigint NOT NULL,
    user_id bigint NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: TABLE channel_members; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.channel_members IS 'The members of a channel. When a membership in the organization ends, its rows here stay, without effect.';

-- Name: channels; Type: TABLE; Schema: canonical

CREATE TABLE canonical.channels (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    description text DEFAULT ''::text NOT NULL,
    till_difference_above bigint,
    takings_below bigint,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT channels_id_positive CHECK ((id > 0)),
    CONSTRAINT channels_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT channels_takings_below_range CHECK (((takings_below >= 0) AND (takings_below <= '999999999999999'::bigint))),
    CONSTRAINT channels_till_difference_above_range CHECK (((till_difference_above >= 0) AND (till_difference_above <= '999999999999999'::bigint)))
);

-- Name: TABLE channels; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.channels IS 'Groups of members who are notified together. An archived channel notifies nobody.';

-- Name: COLUMN channels.till_difference_above; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.channels.till_difference_above IS 'Its members are told of a till that is over or short by more than this, in minor units of the base currency; null: as the organization says.';

-- Name: COLUMN channels.takings_below; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.channels.takings_below IS 'Its members are told of a store''s day that came to less than this, in minor units of the base currency; null: as the organization says.';

-- Name: memberships; Type: TABLE; Schema: canonical

CREATE TABLE canonical.memberships (
    organization_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT memberships_role CHECK ((role = ANY (ARRAY['owner'::text, 'manager'::text, 'accountant'::text, 'staff'::text, 'reader'::text])))
);

-- Name: TABLE memberships; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.memberships IS 'What a user may do in an organization.';

-- Name: COLUMN memberships.joined_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.memberships.joined_at IS 'When the membership began, or began again after an end.';

-- Name: COLUMN memberships.ended_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.memberships.ended_at IS 'When the membership ended; null: it has not. The row stays, since the user''s earlier work refers to it.';

-- Name: channel_summaries; Type: VIEW; Schema: source

CREATE VIEW source.channel_summaries AS
 SELECT channel.organization_id,
    channel.id AS channel_id,
    'Channel'::text AS canonical_type,
    channel.id AS canonical_id,
    channel.version,
    channel.name,
    channel.description,
    member.member_count,
    canonical.major((channel.till_difference_above)::numeric, home.base_currency) AS till_difference_above,
    canonical.major((channel.takings_below)::numeric, home.base_currency) AS takings_below,
    channel.archived_at,
    (channel.archived_at IS NOT NULL) AS archived,
    channel.created_at,
    channel.updated_at,
    canonical.fold(((channel.name || ' '::text) || channel.description)) AS search_text
   FROM ((canonical.channels channel
     JOIN canonical.organizations home ON ((home.id = channel.organization_id)))
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS member_count
           FROM (canonical.channel_members m
             JOIN canonical.memberships membership ON (((membership.organization_id = m.organization_id) AND (membership.user_id = m.user_id))))
          WHERE ((m.organization_id = channel.organization_id) AND (m.channel_id = channel.id) AND (membership.ended_at IS NULL))) member);

-- Name: credit_allocations; Type: VIEW; Schema: source

CREATE VIEW source.credit_allocations AS
 SELECT credit.organization_id,
    credit.id AS allocation_id,
    canonical.document_type(note.kind) AS canonical_type,
    credit.credit_note_id AS canonical_id,
    credit.credit_note_id,
    credit.document_id,
    credit.allocated_on,
    note.currency,
    canonical.major((credit.amount)::numeric, note.currency) AS amount
   FROM (canonical.credit_allocations credit
     JOIN canonical.documents note ON (((note.organization_id = credit.organization_id) AND (note.id = credit.credit_note_id))))
  WHERE (credit.ended_on IS NULL);

-- Name: day_close_summaries; Type: VIEW; Schema: source

CREATE VIEW source.day_close_summaries AS
 SELECT close.organization_id,
    close.id AS day_close_id,
    'DayClose'::text AS canonical_type,
    close.id AS canonical_id,
    close.version,
    close.store_id,
    close.till_session_id,
    close.business_date,
    close.currency,
    trim_scale(close.fx_rate) AS fx_rate,
    close.sale_count,
    canonical.major(tender.amount, close.currency) AS amount,
    canonical.major(line.tax, close.currency) AS tax,
    canonical.major(tender.difference, close.currency) AS difference,
    tender.tenders,
    close.note,
    close.reversed_at,
    (close.reversed_at IS NOT NULL) AS reversed,
    close.created_at,
    close.updated_at
   FROM ((canonical.day_closes close
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(t.amount), (0)::numeric) AS amount,
            COALESCE(sum(t.difference), (0)::numeric) AS difference,
            COALESCE(jsonb_agg(jsonb_build_object('tender', upper(t.tender), 'amount', jsonb_build_object('amount', canonical.major((t.amount)::numeric, close.currency), 'currency', close.currency), 'expected', jsonb_build_object('amount', canonical.major((t.expected)::numeric, close.currency), 'currency', close.currency), 'counted',
                CASE
                    WHEN (t.counted IS NOT NULL) THEN jsonb_build_object('amount', canonical.major((t.counted)::numeric, close.currency), 'currency', close.currency)
                    ELSE NULL::jsonb
                END, 'difference', jsonb_build_object('amount', canonical.major((t.difference)::numeric, close.currency), 'currency', close.currency), 'denominations', ( SELECT COALESCE(jsonb_agg(jsonb_build_object('value', jsonb_build_object('amount', canonical.major((d.value)::numeric, close.currency), 'currency', close.currency), 'pieces', d.pieces) ORDER BY d.place), '[]'::jsonb) AS "coalesce"
                   FROM UNNEST(t.denominations, t.pieces) WITH ORDINALITY d(value, pieces, place))) ORDER BY (array_position(ARRAY['cash'::text, 'card'::text, 'voucher'::text, 'other'::text], t.tender))), '[]'::jsonb) AS tenders
           FROM canonical.day_close_tenders t
          WHERE ((t.organization_id = close.organization_id) AND (t.day_close_id = close.id))) tender)
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(l.amount), (0)::numeric) AS tax
           FROM canonical.day_close_lines l
          WHERE ((l.organization_id = close.organization_id) AND (l.day_close_id = close.id) AND (l.part = 'tax'::text))) line);

-- Name: document_tax_shares; Type: TABLE; Schema: canonical

CREATE TABLE canonical.document_tax_shares (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    item_id bigint NOT NULL,
    amount bigint NOT NULL
);

-- Name: TABLE document_tax_shares; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.document_tax_shares IS 'What the lines of documents that round taxes by rate have of the rates'' taxes: canonical.document_taxes, kept where one
line depends on the others before it. Posting keeps it, in the transaction that changes a document.';

-- Name: COLUMN document_tax_shares.id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_tax_shares.id IS 'That of the line''s tax.';

-- Name: document_items; Type: VIEW; Schema: source

CREATE VIEW source.document_items AS
 SELECT item.organization_id,
    item.id AS item_id,
    canonical.document_type(document.kind) AS canonical_type,
    item.document_id AS canonical_id,
    item.document_id,
    item.line,
    item.product_id,
    COALESCE(item.store_id, document.store_id) AS store_id,
    item.description,
    trim_scale(item.quantity) AS quantity,
    document.currency,
    canonical.major_price(item.unit_price, document.currency) AS unit_price,
    trim_scale(item.discount_percentage) AS discount_percentage,
    canonical.major((item.discount)::numeric, document.currency) AS discount,
    canonical.major(
        CASE
            WHEN document.prices_include_tax THEN ((item.amount)::numeric - tax.amount)
            ELSE (item.amount)::numeric
        END, document.currency) AS net,
    canonical.major(tax.amount, document.currency) AS tax,
    canonical.major(
        CASE
            WHEN document.prices_include_tax THEN (item.amount)::numeric
            ELSE ((item.amount)::numeric + tax.amount)
        END, document.currency) AS gross,
    tax.taxes
   FROM ((canonical.document_items item
     JOIN canonical.documents document ON (((document.organization_id = item.organization_id) AND (document.id = item.document_id))))
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(t.amount), (0)::numeric) AS amount,
            COALESCE(jsonb_agg(jsonb_build_object('name', t.name, 'percentage', trim_scale(t.percentage), 'amount', jsonb_build_object('amount', canonical.major(t.amount, document.currency), 'currency', document.currency)) ORDER BY t."position"), '[]'::jsonb) AS taxes
           FROM ( SELECT x.name,
                    x.percentage,
                    x."position",
                    COALESCE((share.amount)::numeric, canonical.tax_of((item.amount)::numeric, document.prices_include_tax, sum(x.percentage) OVER (), COALESCE(sum(x.percentage) OVER (ORDER BY x.tax_rate_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), (0)::numeric), x.percentage)) AS amount
                   FROM (canonical.document_item_taxes x
                     LEFT JOIN canonical.document_tax_shares share ON (((share.organization_id = x.organization_id) AND (share.id = x.id))))
                  WHERE ((x.organization_id = item.organization_id) AND (x.document_item_id = item.id))) t) tax);

-- Name: document_payments; Type: VIEW; Schema: source

CREATE VIEW source.document_payments AS
 SELECT allocation.organization_id,
    allocation.id AS allocation_id,
    'Payment'::text AS canonical_type,
    allocation.payment_id AS canonical_id,
    allocation.document_id,
    canonical.document_type(document.kind) AS document_type,
    allocation.payment_id,
    allocation.allocated_on,
    payment.paid_on,
    upper(payment.method) AS method,
    payment.reference,
    payment.currency,
    canonical.major((allocation.amount)::numeric, payment.currency) AS amount
   FROM ((canonical.payment_allocations allocation
     JOIN canonical.payments payment ON (((payment.organization_id = allocation.organization_id) AND (payment.id = allocation.payment_id))))
     JOIN canonical.documents document ON (((document.organization_id = allocation.organization_id) AND (document.id = allocation.document_id))))
  WHERE ((payment.voided_at IS NULL) AND (allocation.ended_on IS NULL));

-- Name: addresses; Type: TABLE; Schema: canonical

CREATE TABLE canonical.addresses (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    "position" integer NOT NULL,
    street text NOT NULL,
    suburb text NOT NULL,
    postcode text NOT NULL,
    country_code text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT addresses_position_positive CHECK (("position" > 0)),
    CONSTRAINT addresses_postcode_form CHECK ((postcode ~ '^[A-Za-z0-9][A-Za-z0-9 -]{1,11}$'::text)),
    CONSTRAINT addresses_street_given CHECK ((btrim(street) <> ''::text)),
    CONSTRAINT addresses_suburb_given CHECK ((btrim(suburb) <> ''::text))
);

-- Name: TABLE addresses; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.addresses IS 'A person''s addresses, saved together with the person.';

-- Name: COLUMN addresses."position"; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.addresses."position" IS 'Order within the person, from 1.';

-- Name: document_amounts; Type: TABLE; Schema: canonical

CREATE TABLE canonical.document_amounts (
    organization_id bigint NOT NULL,
    document_id bigint NOT NULL,
    party_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    issued_on date NOT NULL,
    month date GENERATED ALWAYS AS ((issued_on - ((EXTRACT(day FROM issued_on))::integer - 1))) STORED NOT NULL,
    item_count integer NOT NULL,
    subtotal bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    paid bigint NOT NULL,
    due bigint NOT NULL,
    CONSTRAINT payment_allocations_within_document CHECK ((paid <= GREATEST(total, (0)::bigint)))
);

-- Name: TABLE document_amounts; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.document_amounts IS 'What each document comes to, in minor units of its currency. Read it once the transaction''s constraints are checked.';

-- Name: COLUMN document_amounts.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_amounts.store_id IS 'The document''s own, not its lines''; 0: the office.';

-- Name: COLUMN document_amounts.month; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_amounts.month IS 'The first day of the month of issued_on.';

-- Name: COLUMN document_amounts.paid; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_amounts.paid IS 'The sum of its settlements; of a credit note, what was refunded or credited to invoices.';

-- Name: COLUMN document_amounts.due; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.document_amounts.due IS 'The total less what is paid, of an approved document; else 0. Of a credit note, what the customer may still use.';

-- Name: people; Type: TABLE; Schema: canonical

CREATE TABLE canonical.people (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    given_name text DEFAULT ''::text NOT NULL COLLATE pg_catalog."und-x-icu",
    family_name text DEFAULT ''::text NOT NULL COLLATE pg_catalog."und-x-icu",
    full_name text GENERATED ALWAYS AS (btrim(regexp_replace(((given_name || ' '::text) || family_name), '\s+'::text, ' '::text, 'g'::text))) STORED NOT NULL COLLATE pg_catalog."und-x-icu",
    date_of_birth date,
    email text,
    phone text,
    is_customer boolean DEFAULT false NOT NULL,
    is_vendor boolean DEFAULT false NOT NULL,
    is_staff boolean DEFAULT false NOT NULL,
    external_ref text,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT people_date_of_birth_range CHECK (((date_of_birth >= '1800-01-01'::date) AND (date_of_birth <= '9999-12-31'::date))),
    CONSTRAINT people_email_form CHECK ((email ~ '^[^@\s]+@[^@\s]+$'::text)),
    CONSTRAINT people_external_ref_form CHECK (((btrim(external_ref) <> ''::text) AND (external_ref IS NFC NORMALIZED))),
    CONSTRAINT people_name_given CHECK ((full_name <> ''::text)),
    CONSTRAINT people_phone_given CHECK ((btrim(phone) <> ''::text))
);

-- Name: TABLE people; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.people IS 'Customers, vendors and staff; one person may be all three.';

-- Name: COLUMN people.full_name; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.people.full_name IS 'Both names, trimmed, one blank between words; never empty.';

-- Name: document_summaries; Type: VIEW; Schema: source

CREATE VIEW source.document_summaries AS
 SELECT amount.organization_id,
    amount.document_id,
    canonical.document_type(amount.kind) AS canonical_type,
    amount.document_id AS canonical_id,
    amount.kind,
    document.version,
    upper(amount.state) AS state,
    document.number,
    COALESCE(document.number_value, (0)::bigint) AS number_value,
    amount.party_id,
    COALESCE(document.party_name, party.full_name) AS party_name,
        CASE amount.state
            WHEN 'draft'::text THEN ( SELECT canonical.postal_address(a.street, a.suburb, a.postcode, a.country_code) AS postal_address
               FROM canonical.addresses a
              WHERE ((a.organization_id = party.organization_id) AND (a.person_id = party.id))
              ORDER BY a."position"
             LIMIT 1)
            ELSE document.party_address
        END AS party_address,
    amount.issued_on,
    document.due_on,
    amount.currency,
    trim_scale(document.fx_rate) AS fx_rate,
    document.prices_include_tax,
    upper(document.tax_rounding) AS tax_rounding,
    document.store_id,
    document.memo,
    document.external_ref,
    canonical.major((amount.subtotal)::numeric, amount.currency) AS subtotal,
    canonical.major((amount.tax)::numeric, amount.currency) AS tax,
    canonical.major((amount.total)::numeric, amount.currency) AS total,
    canonical.major((amount.paid)::numeric, amount.currency) AS paid,
    canonical.major((amount.due)::numeric, amount.currency) AS due,
        CASE
            WHEN (amount.state <> 'approved'::text) THEN 'NOT_DUE'::text
            WHEN (amount.due <= 0) THEN 'PAID'::text
            WHEN (amount.paid > 0) THEN 'PARTIAL'::text
            ELSE 'UNPAID'::text
        END AS payment_state,
    amount.item_count,
    document.sent_at,
    document.approved_at,
    document.voided_at,
    document.created_at,
    document.updated_at,
    canonical.fold(((((COALESCE(document.number, ''::text) || ' '::text) || COALESCE(document.party_name, party.full_name)) || ' '::text) || document.memo)) AS search_text
   FROM ((canonical.document_amounts amount
     LEFT JOIN canonical.documents document ON (((document.organization_id = amount.organization_id) AND (document.id = amount.document_id))))
     LEFT JOIN canonical.people party ON (((party.organization_id = document.organization_id) AND (party.id = document.party_id))));

-- Name: financial_transactions; Type: VIEW; Schema: source

CREATE VIEW source.financial_transactions AS
 SELECT moved.organization_id,
    moved.canonical_type,
    moved.canonical_id,
    upper(moved.canonical_type) AS kind,
    moved.direction,
    moved.occurred_on,
    moved.party_id,
    COALESCE(party.full_name, ''::text) AS party_name,
    moved.from_account_id,
    moved.to_account_id,
    moved.from_store_id,
    moved.to_store_id,
    moved.currency,
    canonical.major((moved.amount)::numeric, moved.currency) AS amount,
    moved.memo,
    moved.voided_at,
    (moved.voided_at IS NOT NULL) AS voided,
    moved.created_at,
    canonical.fold(((COALESCE(party.full_name, ''::text) || ' '::text) || moved.memo)) AS search_text
   FROM (( SELECT payment.organization_id,
            'Payment'::text AS canonical_type,
            payment.id AS canonical_id,
            upper(payment.direction) AS direction,
            payment.paid_on AS occurred_on,
            payment.party_id,
                CASE payment.direction
                    WHEN 'out'::text THEN COALESCE(payment.account_id, usual.id)
                    ELSE NULL::bigint
                END AS from_account_id,
                CASE payment.direction
                    WHEN 'in'::text THEN COALESCE(payment.account_id, usual.id)
                    ELSE NULL::bigint
                END AS to_account_id,
            payment.store_id AS from_store_id,
            payment.store_id AS to_store_id,
            payment.currency,
            payment.amount,
            payment.reference AS memo,
            payment.voided_at,
            payment.created_at
           FROM (canonical.payments payment
             LEFT JOIN canonical.accounts usual ON (((usual.organization_id = payment.organization_id) AND (usual.system_role = canonical.payment_account_role(payment.method)))))
        UNION ALL
         SELECT entry.organization_id,
            canonical.money_entry_type(entry.kind) AS canonical_type,
            entry.id AS canonical_id,
                CASE entry.kind
                    WHEN 'income'::text THEN 'IN'::text
                    ELSE 'OUT'::text
                END AS direction,
            entry.occurred_on,
            entry.party_id,
                CASE entry.kind
                    WHEN 'income'::text THEN entry.account_id
                    ELSE entry.money_account_id
                END AS from_account_id,
                CASE entry.kind
                    WHEN 'income'::text THEN entry.money_account_id
                    ELSE entry.account_id
                END AS to_account_id,
            entry.store_id AS from_store_id,
            entry.store_id AS to_store_id,
            entry.currency,
            entry.amount,
            entry.memo,
            entry.voided_at,
            entry.created_at
           FROM canonical.money_entries entry
        UNION ALL
         SELECT transfer.organization_id,
            'Transfer'::text AS canonical_type,
            transfer.id AS canonical_id,
            NULL::text AS direction,
            transfer.occurred_on,
            NULL::bigint AS party_id,
            transfer.from_account_id,
            transfer.to_account_id,
            transfer.from_store_id,
            transfer.to_store_id,
            transfer.currency,
            transfer.amount,
            transfer.memo,
            transfer.voided_at,
            transfer.created_at
           FROM canonical.transfers transfer) moved
     LEFT JOIN canonical.people party ON (((party.organization_id = moved.organization_id) AND (party.id = moved.party_id))));

-- Name: fx_rates; Type: TABLE; Schema: canonical

CREATE TABLE canonical.fx_rates (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    currency text NOT NULL,
    valid_from date NOT NULL,
    rate numeric(18,8) NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT fx_rates_rate_range CHECK (((rate > (0)::numeric) AND (rate <= (1000000)::numeric))),
    CONSTRAINT fx_rates_valid_from_range CHECK (((valid_from >= '1900-01-01'::date) AND (valid_from <= '9999-12-31'::date)))
);

-- Name: TABLE fx_rates; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.fx_rates IS 'What one unit of a currency is worth in the base currency from a day on. A new record copies it where it names no rate
of its own; saved records keep theirs.';

-- Name: fx_rate_summaries; Type: VIEW; Schema: source

CREATE VIEW source.fx_rate_summaries AS
 SELECT rate.organization_id,
    rate.id AS fx_rate_id,
    'FxRate'::text AS canonical_type,
    rate.id AS canonical_id,
    rate.version,
    rate.currency,
    rate.valid_from,
    trim_scale(rate.rate) AS rate,
    rate.created_at,
    rate.updated_at
   FROM canonical.fx_rates rate;

-- Name: journal_entry_summaries; Type: VIEW; Schema: source

CREATE VIEW source.journal_entry_summaries AS
 SELECT entry.organization_id,
    entry.id AS entry_id,
    entry.canonical_type,
    entry.canonical_id,
    upper(entry.purpose) AS purpose,
    entry.posted_on,
    entry.memo,
    entry.reverses_id,
    reversal.id AS reversed_by_id,
    entry.passed_lock,
    entry.created_at,
    organization.base_currency AS currency,
    canonical.major(line.total, organization.base_currency) AS total,
    line.lines
   FROM (((canonical.journal_entries entry
     JOIN canonical.organizations organization ON ((organization.id = entry.organization_id)))
     LEFT JOIN canonical.journal_entries reversal ON (((reversal.organization_id = entry.organization_id) AND (reversal.reverses_id = entry.id))))
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(l.amount) FILTER (WHERE (l.amount > 0)), (0)::numeric) AS total,
            COALESCE(jsonb_agg(jsonb_build_object('accountId', ('Account:'::text || (l.account_id)::text), 'storeId', ('Store:'::text || (l.store_id)::text), 'memo', l.memo, 'amount', jsonb_build_object('amount', canonical.major((l.amount)::numeric, organization.base_currency), 'currency', organization.base_currency), 'documentAmount', jsonb_build_object('amount', canonical.major((l.document_amount)::numeric, l.currency), 'currency', l.currency)) ORDER BY l.line), '[]'::jsonb) AS lines
           FROM canonical.journal_lines l
          WHERE ((l.organization_id = entry.organization_id) AND (l.entry_id = entry.id))) line);

-- Name: money_entry_summaries; Type: VIEW; Schema: source

CREATE VIEW source.money_entry_summaries AS
 SELECT entry.organization_id,
    entry.id AS money_entry_id,
    canonical.money_entry_type(entry.kind) AS canonical_type,
    entry.id AS canonical_id,
    entry.kind,
    entry.version,
    entry.account_id,
    entry.money_account_id,
    entry.party_id,
    COALESCE(party.full_name, ''::text) AS party_name,
    entry.occurred_on,
    entry.currency,
    trim_scale(entry.fx_rate) AS fx_rate,
    entry.tax_rate_id,
    entry.store_id,
    entry.memo,
    entry.external_ref,
    entry.voided_at,
    (entry.voided_at IS NOT NULL) AS voided,
    entry.created_at,
    entry.updated_at,
    canonical.major((entry.amount)::numeric, entry.currency) AS amount,
    canonical.major((entry.tax)::numeric, entry.currency) AS tax,
    canonical.fold(((COALESCE(party.full_name, ''::text) || ' '::text) || entry.memo)) AS search_text
   FROM (canonical.money_entries entry
     LEFT JOIN canonical.people party ON (((party.organization_id = entry.organization_id) AND (party.id = entry.party_id))));

-- Name: invoiced_months; Type: VIEW; Schema: pending

CREATE VIEW pending.invoiced_months AS
 SELECT m.id,
    m.organization_id,
    m.party_id,
    m.month,
    m.currency,
    m.store_id,
    m.row_count,
    m.total,
    m.xid,
    m.marked_at
   FROM (engine.reached('invoiced_months'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT invoiced_months.id,
            invoiced_months.organization_id,
            invoiced_months.party_id,
            invoiced_months.month,
            invoiced_months.currency,
            invoiced_months.store_id,
            invoiced_months.row_count,
            invoiced_months.total,
            invoiced_months.xid,
            invoiced_months.marked_at
           FROM marks.invoiced_months
          WHERE (invoiced_months.xid >= low.xid)
        UNION ALL
         SELECT invoiced_months.id,
            invoiced_months.organization_id,
            invoiced_months.party_id,
            invoiced_months.month,
            invoiced_months.currency,
            invoiced_months.store_id,
            invoiced_months.row_count,
            invoiced_months.total,
            invoiced_months.xid,
            invoiced_months.marked_at
           FROM marks.invoiced_months
          WHERE ((invoiced_months.xid >= low.open_from) AND (invoiced_months.xid <= low.open_to))) m);

-- Name: VIEW invoiced_months; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.invoiced_months IS 'The rows of marks.invoiced_months, read from the low water on.';

-- Name: invoiced_months; Type: TABLE; Schema: projection

CREATE TABLE projection.invoiced_months (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    party_id bigint NOT NULL,
    month date NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    row_count bigint,
    total numeric
);

-- Name: invoiced_months; Type: VIEW; Schema: exact

CREATE VIEW exact.invoiced_months AS
 SELECT s.organization_id,
    'Person'::text AS canonical_type,
    s.party_id AS canonical_id,
    s.party_id,
    s.month,
    s.currency,
    s.store_id,
    (sum(s.row_count))::bigint AS row_count,
    sum(s.total) AS total
   FROM ( SELECT invoiced_months.organization_id,
            invoiced_months.party_id,
            invoiced_months.month,
            invoiced_months.currency,
            invoiced_months.store_id,
            invoiced_months.row_count,
            invoiced_months.total
           FROM projection.invoiced_months
        UNION ALL
         SELECT invoiced_months.organization_id,
            invoiced_months.party_id,
            invoiced_months.month,
            invoiced_months.currency,
            invoiced_months.store_id,
            invoiced_months.row_count,
            invoiced_months.total
           FROM pending.invoiced_months) s
  GROUP BY s.organization_id, s.party_id, s.month, s.currency, s.store_id
 HAVING (sum(s.row_count) <> (0)::numeric);

-- Name: VIEW invoiced_months; Type: COMMENT; Schema: exact

COMMENT ON VIEW exact.invoiced_months IS 'The stored sums of projection.invoiced_months with their deltas added: source.invoiced_months, as this snapshot sees it.';

-- Name: monthly_invoicing; Type: VIEW; Schema: source

CREATE VIEW source.monthly_invoicing AS
 SELECT invoiced.organization_id,
    'Person'::text AS canonical_type,
    invoiced.party_id AS canonical_id,
    invoiced.party_id,
    party.full_name AS party_name,
    invoiced.month,
    invoiced.currency,
    invoiced.store_id,
    (invoiced.row_count)::integer AS invoice_count,
    canonical.major(invoiced.total, invoiced.currency) AS total
   FROM (exact.invoiced_months invoiced
     JOIN canonical.people party ON (((party.organization_id = invoiced.organization_id) AND (party.id = invoiced.party_id))));

-- Name: notification_preferences; Type: TABLE; Schema: canonical

CREATE TABLE canonical.notification_preferences (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    channel_id bigint,
    type text NOT NULL,
    delivery text NOT NULL,
    everywhere_user_id bigint GENERATED ALWAYS AS (
CASE
    WHEN (channel_id IS NULL) THEN user_id
    ELSE NULL::bigint
END) STORED,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notification_preferences_delivery CHECK ((delivery = ANY (ARRAY['mute'::text, 'in_app'::text, 'email'::text, 'push'::text, 'in_app,email'::text, 'in_app,push'::text, 'email,push'::text, 'in_app,email,push'::text]))),
    CONSTRAINT notification_preferences_whole_is_mute CHECK (((type <> '*'::text) OR (delivery = 'mute'::text)))
);

-- Name: TABLE notification_preferences; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.notification_preferences IS 'Overrides of the defaults. Without one, a user follows the default, also when it changes; one that equals the default
stays. For a user, a type and a channel, the first of these that exists decides:
  1. the override of the type in the channel
  2. the mute of the whole channel (type *)
  3. the override of the type in the organization
  4. the mute of the whole organization (type *)
  5. the default of the type.';

-- Name: COLUMN notification_preferences.channel_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_preferences.channel_id IS 'Null: at the level of the organization.';

-- Name: COLUMN notification_preferences.type; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_preferences.type IS 'A code of canonical.notification_types, or * for all types, which can only be muted. The code of a type that no longer exists has no effect.';

-- Name: COLUMN notification_preferences.delivery; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_preferences.delivery IS 'The set of ways in which the user is notified: in_app, email and push, in this order; mute is the empty set.';

-- Name: COLUMN notification_preferences.everywhere_user_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_preferences.everywhere_user_id IS 'The user of an override at the level of the organization, whose settings in every channel may follow from it; else null.';

-- Name: notification_types; Type: VIEW; Schema: canonical

CREATE VIEW canonical.notification_types AS
 SELECT kind.code,
    kind.title,
    kind.scope,
    kind.default_delivery
   FROM ( VALUES ('invoice_approved'::text,'An invoice was approved'::text,'organization'::text,'in_app'::text), ('payment_received'::text,'A payment was received'::text,'organization'::text,'in_app'::text), ('invoice_overdue'::text,'An invoice is overdue'::text,'organization'::text,'in_app'::text), ('bill_due'::text,'A bill falls due'::text,'organization'::text,'in_app,email'::text), ('period_locked'::text,'A period of the books was locked'::text,'organization'::text,'in_app,email'::text), ('projection_drift'::text,'A read model differed from its definition'::text,'organization'::text,'in_app,email'::text), ('sale_recorded'::text,'A sale was recorded'::text,'channel'::text,'mute'::text), ('sale_refunded'::text,'A sale was refunded'::text,'channel'::text,'in_app'::text), ('takings_low'::text,'The takings of a day are low'::text,'channel'::text,'in_app,email'::text), ('till_difference'::text,'A till was over or short'::text,'channel'::text,'in_app,email'::text), ('shift_published'::text,'A shift was published'::text,'channel'::text,'in_app,email'::text), ('shift_changed'::text,'A published shift was changed or cancelled'::text,'channel'::text,'in_app'::text)) kind(code, title, scope, default_delivery);

-- Name: VIEW notification_types; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.notification_types IS 'What users can be notified of, and how they are notified by default. Constants: changed by engine.redefine_constants.
scope channel: it happens in a channel, and only the channel''s members can be notified; organization: every member can be.
default_delivery: as in notification_preferences.delivery.';

-- Name: notification_settings; Type: VIEW; Schema: source

CREATE VIEW source.notification_settings AS
 SELECT place.organization_id,
    place.channel_or_none AS channel_id,
    place.user_id,
    kind.code AS type,
    place.canonical_type,
    place.canonical_id,
    kind.title,
    upper(kind.scope) AS scope,
    canonical.delivery_ways(COALESCE(in_channel.delivery, channel_mute.delivery, in_organization.delivery, organization_mute.delivery, kind.default_delivery)) AS delivery,
        CASE
            WHEN (in_channel.id IS NOT NULL) THEN 'CHANNEL'::text
            WHEN (channel_mute.id IS NOT NULL) THEN 'CHANNEL_MUTE'::text
            WHEN (in_organization.id IS NOT NULL) THEN 'ORGANIZATION'::text
            WHEN (organization_mute.id IS NOT NULL) THEN 'ORGANIZATION_MUTE'::text
            ELSE 'APPLICATION'::text
        END AS decided_by,
    canonical.delivery_ways(kind.default_delivery) AS default_delivery,
        CASE
            WHEN (place.channel_id IS NULL) THEN (organization_mute.id IS NOT NULL)
            ELSE (channel_mute.id IS NOT NULL)
        END AS muted
   FROM (((((( SELECT membership.organization_id,
            membership.user_id,
            NULL::bigint AS channel_id,
            (0)::bigint AS channel_or_none,
            'Organization'::text AS canonical_type,
            membership.organization_id AS canonical_id
           FROM canonical.memberships membership
          WHERE (membership.ended_at IS NULL)
        UNION ALL
         SELECT member.organization_id,
            member.user_id,
            member.channel_id,
            member.channel_id AS channel_or_none,
            'Channel'::text AS canonical_type,
            member.channel_id AS canonical_id
           FROM ((canonical.channel_members member
             JOIN canonical.memberships membership ON (((membership.organization_id = member.organization_id) AND (membership.user_id = member.user_id))))
             JOIN canonical.channels channel ON (((channel.organization_id = member.organization_id) AND (channel.id = member.channel_id))))
          WHERE ((membership.ended_at IS NULL) AND (channel.archived_at IS NULL))) place
     JOIN canonical.notification_types kind ON (((place.channel_id IS NULL) OR (kind.scope = 'channel'::text))))
     LEFT JOIN canonical.notification_preferences in_channel ON (((in_channel.organization_id = place.organization_id) AND (in_channel.channel_id = place.channel_id) AND (in_channel.user_id = place.user_id) AND (in_channel.type = kind.code))))
     LEFT JOIN canonical.notification_preferences channel_mute ON (((channel_mute.organization_id = place.organization_id) AND (channel_mute.channel_id = place.channel_id) AND (channel_mute.user_id = place.user_id) AND (channel_mute.type = '*'::text))))
     LEFT JOIN canonical.notification_preferences in_organization ON (((in_organization.organization_id = place.organization_id) AND (in_organization.channel_id IS NULL) AND (in_organization.user_id = place.user_id) AND (in_organization.type = kind.code))))
     LEFT JOIN canonical.notification_preferences organization_mute ON (((organization_mute.organization_id = place.organization_id) AND (organization_mute.channel_id IS NULL) AND (organization_mute.user_id = place.user_id) AND (organization_mute.type = '*'::text))));

-- Name: notifications; Type: TABLE; Schema: canonical

CREATE TABLE canonical.notifications (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    way text NOT NULL,
    occasion text NOT NULL,
    type text NOT NULL,
    text text NOT NULL,
    canonical_type text,
    canonical_id bigint,
    occurred_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    digest_id bigint,
    read_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_until timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notifications_digested CHECK (((state = 'digested'::text) = (digest_id IS NOT NULL))),
    CONSTRAINT notifications_read_in_app CHECK (((read_at IS NULL) OR (way = 'in_app'::text))),
    CONSTRAINT notifications_shown CHECK (((way = 'in_app'::text) = (state = 'shown'::text))),
    CONSTRAINT notifications_state CHECK ((state = ANY (ARRAY['shown'::text, 'held'::text, 'pending'::text, 'sent'::text, 'failed'::text, 'revoked'::text, 'digested'::text]))),
    CONSTRAINT notifications_way CHECK ((way = ANY (ARRAY['in_app'::text, 'email'::text])))
);

-- Name: TABLE notifications; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.notifications IS 'What a user was told of an occasion in one way, once. Without a channel: who is told in several is told once.';

-- Name: COLUMN notifications.occasion; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.occasion IS 'Names what has happened: an event of the audit log, a record that is overdue since a day, a drift that was found.';

-- Name: COLUMN notifications.type; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.type IS 'A code of canonical.notification_types, as it was then.';

-- Name: COLUMN notifications.state; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.state IS 'shown in the inbox; or of an e-mail: pending, sent, failed (refused for good, or for too long), revoked (its user was no member any more when it was to be sent, or might not read the record any more), held until the user''s next digest is made, digested: a part of one.';

-- Name: COLUMN notifications.digest_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.digest_id IS 'The digest that it is a part of, an e-mail of the type digest; null: it is in none.';

-- Name: COLUMN notifications.claimed_until; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.claimed_until IS 'Until then a worker sends it; null or past: nobody does.';

-- Name: COLUMN notifications.failure; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notifications.failure IS 'Why the last attempt failed; empty: it did not, or there was none.';

-- Name: notifications; Type: VIEW; Schema: source

CREATE VIEW source.notifications AS
 SELECT notification.organization_id,
    notification.id AS notification_id,
    'User'::text AS canonical_type,
    notification.user_id AS canonical_id,
    notification.user_id,
    notification.type,
    notification.text,
    notification.canonical_type AS entity_type,
    notification.canonical_id AS entity_key,
    notification.occurred_at,
    notification.read_at,
    (notification.read_at IS NOT NULL) AS read,
    notification.created_at
   FROM canonical.notifications notification
  WHERE (notification.way = 'in_app'::text);

-- Name: party_amounts; Type: VIEW; Schema: pending

CREATE VIEW pending.party_amounts AS
 SELECT m.id,
    m.organization_id,
    m.party_id,
    m.currency,
    m.store_id,
    m.row_count,
    m.invoice_count,
    m.receivable,
    m.unapplied_credits,
    m.payable,
    m.unapplied_vendor_credits,
    m.unallocated_in,
    m.unallocated_out,
    m.xid,
    m.marked_at
   FROM (engine.reached('party_amounts'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT party_amounts.id,
            party_amounts.organization_id,
            party_amounts.party_id,
            party_amounts.currency,
            party_amounts.store_id,
            party_amounts.row_count,
            party_amounts.invoice_count,
            party_amounts.receivable,
            party_amounts.unapplied_credits,
            party_amounts.payable,
            party_amounts.unapplied_vendor_credits,
            party_amounts.unallocated_in,
            party_amounts.unallocated_out,
            party_amounts.xid,
            party_amounts.marked_at
           FROM marks.party_amounts
          WHERE (party_amounts.xid >= low.xid)
        UNION ALL
         SELECT party_amounts.id,
            party_amounts.organization_id,
            party_amounts.party_id,
            party_amounts.currency,
            party_amounts.store_id,
            party_amounts.row_count,
            party_amounts.invoice_count,
            party_amounts.receivable,
            party_amounts.unapplied_credits,
            party_amounts.payable,
            party_amounts.unapplied_vendor_credits,
            party_amounts.unallocated_in,
            party_amounts.unallocated_out,
            party_amounts.xid,
            party_amounts.marked_at
           FROM marks.party_amounts
          WHERE ((party_amounts.xid >= low.open_from) AND (party_amounts.xid <= low.open_to))) m);

-- Name: VIEW party_amounts; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.party_amounts IS 'The rows of marks.party_amounts, read from the low water on.';

-- Name: party_amounts; Type: TABLE; Schema: projection

CREATE TABLE projection.party_amounts (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    party_id bigint NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    row_count bigint,
    invoice_count numeric,
    receivable numeric,
    unapplied_credits numeric,
    payable numeric,
    unapplied_vendor_credits numeric,
    unallocated_in numeric,
    unallocated_out numeric
);

-- Name: party_amounts; Type: VIEW; Schema: exact

CREATE VIEW exact.party_amounts AS
 SELECT s.organization_id,
    'Person'::text AS canonical_type,
    s.party_id AS canonical_id,
    s.party_id,
    s.currency,
    s.store_id,
    (sum(s.row_count))::bigint AS row_count,
    sum(s.invoice_count) AS invoice_count,
    sum(s.receivable) AS receivable,
    sum(s.unapplied_credits) AS unapplied_credits,
    sum(s.payable) AS payable,
    sum(s.unapplied_vendor_credits) AS unapplied_vendor_credits,
    sum(s.unallocated_in) AS unallocated_in,
    sum(s.unallocated_out) AS unallocated_out
   FROM ( SELECT party_amounts.organization_id,
            party_amounts.party_id,
            party_amounts.currency,
            party_amounts.store_id,
            party_amounts.row_count,
            party_amounts.invoice_count,
            party_amounts.receivable,
            party_amounts.unapplied_credits,
            party_amounts.payable,
            party_amounts.unapplied_vendor_credits,
            party_amounts.unallocated_in,
            party_amounts.unallocated_out
           FROM projection.party_amounts
        UNION ALL
         SELECT party_amounts.organization_id,
            party_amounts.party_id,
            party_amounts.currency,
            party_amounts.store_id,
            party_amounts.row_count,
            party_amounts.invoice_count,
            party_amounts.receivable,
            party_amounts.unapplied_credits,
            party_amounts.payable,
            party_amounts.unapplied_vendor_credits,
            party_amounts.unallocated_in,
            party_amounts.unallocated_out
           FROM pending.party_amounts) s
  GROUP BY s.organization_id, s.party_id, s.currency, s.store_id
 HAVING (sum(s.row_count) <> (0)::numeric);

-- Name: VIEW party_amounts; Type: COMMENT; Schema: exact

COMMENT ON VIEW exact.party_amounts IS 'The stored sums of projection.party_amounts with their deltas added: source.party_amounts, as this snapshot sees it.';

-- Name: party_balances; Type: VIEW; Schema: source

CREATE VIEW source.party_balances AS
 SELECT open.organization_id,
    'Person'::text AS canonical_type,
    open.party_id AS canonical_id,
    open.party_id,
    party.full_name AS party_name,
    open.currency,
    open.store_id,
    canonical.major(open.receivable, open.currency) AS receivable,
    canonical.major(open.unallocated_in, open.currency) AS unallocated_in,
    canonical.major(open.unapplied_credits, open.currency) AS unapplied_credits,
    canonical.major(((open.receivable - open.unallocated_in) - open.unapplied_credits), open.currency) AS net_receivable,
    canonical.major(open.payable, open.currency) AS payable,
    canonical.major(open.unallocated_out, open.currency) AS unallocated_out,
    canonical.major(open.unapplied_vendor_credits, open.currency) AS unapplied_vendor_credits,
    canonical.major(((open.payable - open.unallocated_out) - open.unapplied_vendor_credits), open.currency) AS net_payable
   FROM (( SELECT a.organization_id,
            a.party_id,
            a.currency,
            a.store_id,
            a.receivable,
            a.unallocated_in,
            a.unapplied_credits,
            a.payable,
            a.unallocated_out,
            a.unapplied_vendor_credits
           FROM exact.party_amounts a
        UNION ALL
         SELECT a.organization_id,
            a.party_id,
            a.currency,
            '-1'::bigint AS store_id,
            sum(a.receivable) AS sum,
            sum(a.unallocated_in) AS sum,
            sum(a.unapplied_credits) AS sum,
            sum(a.payable) AS sum,
            sum(a.unallocated_out) AS sum,
            sum(a.unapplied_vendor_credits) AS sum
           FROM exact.party_amounts a
          GROUP BY a.organization_id, a.party_id, a.currency) open
     JOIN canonical.people party ON (((party.organization_id = open.organization_id) AND (party.id = open.party_id))))
  WHERE ((open.receivable <> (0)::numeric) OR (open.unallocated_in <> (0)::numeric) OR (open.unapplied_credits <> (0)::numeric) OR (open.payable <> (0)::numeric) OR (open.unallocated_out <> (0)::numeric) OR (open.unapplied_vendor_credits <> (0)::numeric));

-- Name: payment_refunds; Type: VIEW; Schema: source

CREATE VIEW source.payment_refunds AS
 SELECT part.organization_id,
    part.id AS allocation_id,
    'Payment'::text AS canonical_type,
    part.refund_id AS canonical_id,
    part.refund_id,
    part.payment_id,
    part.allocated_on,
    refund.currency,
    canonical.major((part.amount)::numeric, refund.currency) AS amount
   FROM (canonical.payment_refunds part
     JOIN canonical.payments refund ON (((refund.organization_id = part.organization_id) AND (refund.id = part.refund_id))))
  WHERE ((refund.voided_at IS NULL) AND (part.ended_on IS NULL));

-- Name: payment_amounts; Type: TABLE; Schema: canonical

CREATE TABLE canonical.payment_amounts (
    organization_id bigint NOT NULL,
    payment_id bigint NOT NULL,
    party_id bigint NOT NULL,
    party_role text NOT NULL,
    direction text NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    allocated bigint NOT NULL,
    refunded bigint NOT NULL,
    unallocated bigint NOT NULL
);

-- Name: TABLE payment_amounts; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.payment_amounts IS 'What each payment is used for, in minor units of its currency; 0 of a void one. Read it once the transaction''s constraints are
checked.';

-- Name: COLUMN payment_amounts.store_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.payment_amounts.store_id IS '0: the office.';

-- Name: payment_summaries; Type: VIEW; Schema: source

CREATE VIEW source.payment_summaries AS
 SELECT payment.organization_id,
    payment.id AS payment_id,
    'Payment'::text AS canonical_type,
    payment.id AS canonical_id,
    payment.version,
    upper(payment.direction) AS direction,
    upper(payment.party_role) AS party_role,
    payment.party_id,
    party.full_name AS party_name,
    payment.paid_on,
    upper(payment.method) AS method,
    COALESCE(payment.account_id, usual.id) AS account_id,
    payment.store_id,
    payment.reference,
    payment.currency,
    trim_scale(payment.fx_rate) AS fx_rate,
    payment.external_ref,
    payment.voided_at,
    (payment.voided_at IS NOT NULL) AS voided,
    payment.created_at,
    payment.updated_at,
    canonical.major((payment.amount)::numeric, payment.currency) AS amount,
    canonical.major((used.allocated)::numeric, payment.currency) AS allocated,
    canonical.major((used.refunded)::numeric, payment.currency) AS refunded,
    canonical.major((used.unallocated)::numeric, payment.currency) AS unallocated
   FROM (((canonical.payments payment
     JOIN canonical.people party ON (((party.organization_id = payment.organization_id) AND (party.id = payment.party_id))))
     LEFT JOIN canonical.accounts usual ON (((usual.organization_id = payment.organization_id) AND (usual.system_role = canonical.payment_account_role(payment.method)))))
     JOIN canonical.payment_amounts used ON (((used.organization_id = payment.organization_id) AND (used.payment_id = payment.id))));

-- Name: people_summaries; Type: VIEW; Schema: source

CREATE VIEW source.people_summaries AS
 SELECT person.organization_id,
    person.id AS person_id,
    'Person'::text AS canonical_type,
    person.id AS canonical_id,
    person.version,
    person.full_name,
    person.given_name,
    person.family_name,
    person.date_of_birth,
    person.email,
    person.phone,
    person.is_customer,
    person.is_vendor,
    person.is_staff,
    person.external_ref,
    person.archived_at,
    (person.archived_at IS NOT NULL) AS archived,
    person.created_at,
    person.updated_at,
    address.address_count,
    address.addresses,
    open.balances,
    open.credits,
    open.invoice_count,
    canonical.fold(((((((person.full_name || ' '::text) || COALESCE(person.email, ''::text)) || ' '::text) || COALESCE(person.phone, ''::text)) || ' '::text) || COALESCE(regexp_replace(person.phone, '[^+0-9]+'::text, ''::text, 'g'::text), ''::text))) AS search_text
   FROM ((canonical.people person
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS address_count,
            COALESCE(jsonb_agg(jsonb_build_object('id', ('Address:'::text || (a.id)::text), 'street', a.street, 'suburb', a.suburb, 'postcode', a.postcode, 'country', a.country_code) ORDER BY a."position"), '[]'::jsonb) AS addresses
           FROM canonical.addresses a
          WHERE ((a.organization_id = person.organization_id) AND (a.person_id = person.id))) address)
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.receivable, b.currency), 'currency', b.currency) ORDER BY b.currency) FILTER (WHERE (b.receivable <> (0)::numeric)), '[]'::jsonb) AS balances,
            COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.unallocated_in, b.currency), 'currency', b.currency) ORDER BY b.currency) FILTER (WHERE (b.unallocated_in <> (0)::numeric)), '[]'::jsonb) AS credits,
            (COALESCE(sum(b.invoice_count), (0)::numeric))::integer AS invoice_count
           FROM ( SELECT a.currency,
                    sum(a.receivable) AS receivable,
                    sum(a.unallocated_in) AS unallocated_in,
                    sum(a.invoice_count) AS invoice_count
                   FROM exact.party_amounts a
                  WHERE ((a.organization_id = person.organization_id) AND (a.party_id = person.id))
                  GROUP BY a.currency) b) open);

-- Name: products; Type: TABLE; Schema: canonical

CREATE TABLE canonical.products (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    sku text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    description text DEFAULT ''::text NOT NULL,
    unit_price numeric(19,4) NOT NULL,
    currency text NOT NULL,
    tax_rate_id bigint,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT products_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT products_sku_given CHECK ((btrim(sku) <> ''::text)),
    CONSTRAINT products_unit_price_range CHECK (((unit_price >= (0)::numeric) AND (unit_price <= ('999999999999999'::bigint)::numeric)))
);

-- Name: TABLE products; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.products IS 'What is sold; an invoice item copies description and price.';

-- Name: COLUMN products.unit_price; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.products.unit_price IS 'Minor units of currency, with up to four decimals, before tax.';

-- Name: product_summaries; Type: VIEW; Schema: source

CREATE VIEW source.product_summaries AS
 SELECT product.organization_id,
    product.id AS product_id,
    'Product'::text AS canonical_type,
    product.id AS canonical_id,
    product.version,
    product.sku,
    product.name,
    product.description,
    product.currency,
    canonical.major_price(product.unit_price, product.currency) AS unit_price,
    product.tax_rate_id,
    product.archived_at,
    (product.archived_at IS NOT NULL) AS archived,
    product.created_at,
    product.updated_at,
    canonical.fold(((product.sku || ' '::text) || product.name)) AS search_text
   FROM canonical.products product;

-- Name: day_parts; Type: TABLE; Schema: canonical

CREATE TABLE canonical.day_parts (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    valid daterange NOT NULL,
    name text NOT NULL,
    start_minute smallint NOT NULL,
    length_minutes integer NOT NULL,
    day_minutes int4multirange GENERATED ALWAYS AS (int4multirange(VARIADIC ARRAY[int4range((start_minute)::integer, LEAST((start_minute + length_minutes), 1440)), int4range(0, GREATEST(((start_minute + length_minutes) - 1440), 0))])) STORED NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT day_parts_length_range CHECK (((length_minutes >= 1) AND (length_minutes <= 1440))),
    CONSTRAINT day_parts_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT day_parts_start_range CHECK (((start_minute >= 0) AND (start_minute <= 1439))),
    CONSTRAINT day_parts_valid_some_days CHECK (((NOT isempty(valid)) AND ((lower(valid) >= '1900-01-01'::date) IS NOT FALSE) AND ((upper(valid) <= '10000-01-01'::date) IS NOT FALSE)))
);

-- Name: TABLE day_parts; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.day_parts IS 'What a store calls the parts of its day: breakfast, lunch, night. Gaps are allowed.';

-- Name: COLUMN day_parts.valid; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_parts.valid IS 'The local dates on which the part begins; without a bound: always.';

-- Name: COLUMN day_parts.day_minutes; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_parts.day_minutes IS 'The part on the circle of the day, in minutes since midnight.';

-- Name: sale_lines; Type: TABLE; Schema: canonical

CREATE TABLE canonical.sale_lines (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    sale_id bigint NOT NULL,
    line integer NOT NULL,
    product_id bigint,
    account_id bigint,
    refunded_line_id bigint,
    description text NOT NULL,
    quantity numeric(17,6) DEFAULT 1 NOT NULL,
    unit_price numeric(19,4) NOT NULL,
    discount_percentage numeric(7,4),
    discount_amount bigint,
    discount bigint GENERATED ALWAYS AS ((COALESCE((discount_amount)::numeric, round(((round((quantity * unit_price)) * discount_percentage) * 0.01)), (0)::numeric))::bigint) STORED NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sale_lines_description_given CHECK ((btrim(description) <> ''::text)),
    CONSTRAINT sale_lines_discount_amount_range CHECK (((discount_amount >= 0) AND (discount_amount <= '999999999999999'::bigint))),
    CONSTRAINT sale_lines_discount_once CHECK ((num_nonnulls(discount_percentage, discount_amount) <= 1)),
    CONSTRAINT sale_lines_discount_percentage_range CHECK (((discount_percentage >= (0)::numeric) AND (discount_percentage <= (100)::numeric))),
    CONSTRAINT sale_lines_discount_within_line CHECK (((discount_amount)::numeric <= round((quantity * unit_price)))),
    CONSTRAINT sale_lines_line_positive CHECK ((line > 0)),
    CONSTRAINT sale_lines_net_range CHECK (((net >= 0) AND (net <= '999999999999999'::bigint))),
    CONSTRAINT sale_lines_quantity_positive CHECK ((quantity > (0)::numeric)),
    CONSTRAINT sale_lines_tax_range CHECK (((tax >= 0) AND (tax <= '999999999999999'::bigint))),
    CONSTRAINT sale_lines_unit_price_range CHECK (((unit_price >= (0)::numeric) AND (unit_price <= ('999999999999999'::bigint)::numeric)))
);

-- Name: TABLE sale_lines; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.sale_lines IS 'What a sale sold, or a refund took back, in the order of line. A line never changes.';

-- Name: COLUMN sale_lines.account_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.account_id IS 'Where the line is booked; null: the account of the role sales, of a refund sales_returns.';

-- Name: COLUMN sale_lines.refunded_line_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.refunded_line_id IS 'Of a refund''s line, the line of the refunded sale that it takes back, or a part of; null: it names none.';

-- Name: COLUMN sale_lines.unit_price; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.unit_price IS 'Minor units of the sale''s currency, with up to four decimals; before tax or with it, as the sale says.';

-- Name: COLUMN sale_lines.discount_percentage; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.discount_percentage IS 'The discount, where it was given in percent of quantity times price.';

-- Name: COLUMN sale_lines.discount_amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.discount_amount IS 'The discount, where it was given as an amount, in minor units.';

-- Name: COLUMN sale_lines.discount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.discount IS 'What the discount takes off, in minor units, rounded half away from zero.';

-- Name: COLUMN sale_lines.net; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.net IS 'The line''s amount without taxes, in minor units. Of a line that takes back another, its share of what was left of that.';

-- Name: COLUMN sale_lines.tax; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_lines.tax IS 'The sum of the line''s taxes, in minor units.';

-- Name: sale_annotations; Type: VIEW; Schema: source

CREATE VIEW source.sale_annotations AS
 SELECT sale.organization_id,
    'Sale'::text AS canonical_type,
    sale.id AS canonical_id,
    sale.id AS sale_id,
    sale.version,
    sale.store_id,
    upper(sale.kind) AS kind,
    sale.occurred_at,
    clock.local_time,
    COALESCE(part.began_on, ((clock.local_time - ((store.business_day_start_minute)::double precision * '00:01:00'::interval)))::date) AS business_date,
    part.name AS day_part,
    part.start_minute AS day_part_start,
    hours.inside AS inside_opening_hours,
    sale.currency,
    canonical.major((sale.amount)::numeric, sale.currency) AS amount,
    canonical.major(
        CASE
            WHEN (sale.tax_rounding IS NULL) THEN (0)::numeric
            ELSE ( SELECT sum(line.tax) AS sum
               FROM canonical.sale_lines line
              WHERE ((line.organization_id = sale.organization_id) AND (line.sale_id = sale.id)))
        END, sale.currency) AS tax,
    sale.prices_include_tax,
        CASE
            WHEN (sale.tax_rounding IS NULL) THEN 0
            ELSE ( SELECT (count(*))::integer AS count
               FROM canonical.sale_lines line
              WHERE ((line.organization_id = sale.organization_id) AND (line.sale_id = sale.id)))
        END AS line_count,
        CASE
            WHEN (sale.tax_rounding IS NOT NULL) THEN ( SELECT array_agg(DISTINCT line.product_id) AS array_agg
               FROM canonical.sale_lines line
              WHERE ((line.organization_id = sale.organization_id) AND (line.sale_id = sale.id) AND (line.product_id IS NOT NULL)))
            ELSE NULL::bigint[]
        END AS product_ids,
    COALESCE(( SELECT jsonb_agg(part_1.amount) AS jsonb_agg
           FROM ( SELECT jsonb_build_object('tender', upper(part_2.tender), 'amount', jsonb_build_object('amount', canonical.major((part_2.amount)::numeric, sale.currency), 'currency', sale.currency)) AS amount
                   FROM canonical.sale_tenders part_2
                  WHERE ((part_2.organization_id = sale.organization_id) AND (part_2.sale_id = sale.id))
                  ORDER BY part_2."position") part_1), '[]'::jsonb) AS tenders,
    sale.refunded_sale_id,
    canonical.major(back.amount, sale.currency) AS refunded_amount,
    canonical.major(
        CASE
            WHEN ((sale.kind = 'sale'::text) AND (sale.voided_at IS NULL)) THEN ((sale.amount)::numeric - back.amount)
            ELSE (0)::numeric
        END, sale.currency) AS refundable,
    sale.person_id,
    sale.external_ref,
    sale.till_session_id,
    sale.booked_on,
    sale.booked_late AS late,
    sale.voided_at,
    (sale.voided_at IS NOT NULL) AS voided,
    sale.created_at,
    sale.updated_at
   FROM ((((((canonical.sales sale
     JOIN canonical.stores store ON (((store.organization_id = sale.organization_id) AND (store.id = sale.store_id))))
     CROSS JOIN LATERAL ( SELECT (sale.occurred_at AT TIME ZONE store.time_zone) AS local_time
         OFFSET 0) zoned)
     CROSS JOIN LATERAL ( SELECT zoned.local_time,
            (zoned.local_time)::date AS today,
            (((date_part('hour'::text, zoned.local_time) * (60)::double precision) + date_part('minute'::text, zoned.local_time)))::integer AS minute
         OFFSET 0) clock)
     LEFT JOIN LATERAL ( SELECT period.name,
            period.start_minute,
            began.on_date AS began_on
           FROM (( VALUES (clock.today,clock.minute), ((clock.today - 1),(clock.minute + 1440))) began(on_date, minute)
             JOIN canonical.day_parts period ON (((period.organization_id = sale.organization_id) AND (period.store_id = sale.store_id) AND (began.minute >= period.start_minute) AND (began.minute < (period.start_minute + period.length_minutes)) AND (period.valid @> began.on_date))))
          ORDER BY began.on_date DESC
         LIMIT 1) part ON (true))
     CROSS JOIN LATERAL ( SELECT (EXISTS ( SELECT
                   FROM (( VALUES (clock.today,clock.minute), ((clock.today - 1),(clock.minute + 1440))) began(on_date, minute)
                     CROSS JOIN LATERAL ( SELECT weekly.start_minute,
                            weekly.length_minutes
                           FROM canonical.store_hours weekly
                          WHERE ((weekly.organization_id = sale.organization_id) AND (weekly.store_id = sale.store_id) AND (weekly.valid @> began.on_date) AND (weekly.weekday = (EXTRACT(isodow FROM began.on_date))::smallint) AND (NOT (EXISTS ( SELECT
                                   FROM canonical.store_hour_exceptions instead
                                  WHERE ((instead.organization_id = sale.organization_id) AND (instead.store_id = sale.store_id) AND (instead.on_date = began.on_date))))))
                        UNION ALL
                         SELECT instead.start_minute,
                            instead.length_minutes
                           FROM canonical.store_hour_exceptions instead
                          WHERE ((instead.organization_id = sale.organization_id) AND (instead.store_id = sale.store_id) AND (instead.on_date = began.on_date) AND (NOT instead.closed))) period)
                  WHERE ((began.minute >= period.start_minute) AND (began.minute < (period.start_minute + period.length_minutes))))) AS inside) hours)
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(refund.amount), (0)::numeric) AS amount
           FROM canonical.sales refund
          WHERE ((sale.kind = 'sale'::text) AND (refund.organization_id = sale.organization_id) AND (refund.refunded_sale_id = sale.id) AND (refund.voided_at IS NULL))) back);

-- Name: sale_line_taxes; Type: TABLE; Schema: canonical

CREATE TABLE canonical.sale_line_taxes (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    sale_id bigint NOT NULL,
    line integer NOT NULL,
    "position" integer NOT NULL,
    tax_rate_id bigint NOT NULL,
    name text NOT NULL,
    percentage numeric(7,4) NOT NULL,
    amount bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sale_line_taxes_amount_range CHECK (((amount >= 0) AND (amount <= '999999999999999'::bigint))),
    CONSTRAINT sale_line_taxes_percentage_range CHECK (((percentage >= (0)::numeric) AND (percentage <= (100)::numeric))),
    CONSTRAINT sale_line_taxes_position_positive CHECK (("position" > 0))
);

-- Name: TABLE sale_line_taxes; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.sale_line_taxes IS 'The taxes of a sale''s line, name and percentage as they were when it was recorded. They never change.';

-- Name: COLUMN sale_line_taxes.amount; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.sale_line_taxes.amount IS 'Minor units of the sale''s currency.';

-- Name: sale_lines; Type: VIEW; Schema: source

CREATE VIEW source.sale_lines AS
 SELECT line.organization_id,
    line.id AS line_id,
    'Sale'::text AS canonical_type,
    line.sale_id AS canonical_id,
    line.sale_id,
    line.line,
    line.product_id,
    line.refunded_line_id,
    line.description,
    trim_scale(line.quantity) AS quantity,
    sale.currency,
    canonical.major_price(line.unit_price, sale.currency) AS unit_price,
    trim_scale(line.discount_percentage) AS discount_percentage,
    canonical.major((line.discount)::numeric, sale.currency) AS discount,
    canonical.major((line.net)::numeric, sale.currency) AS net,
    canonical.major((line.tax)::numeric, sale.currency) AS tax,
    canonical.major(((line.net + line.tax))::numeric, sale.currency) AS gross,
    tax.taxes,
    trim_scale(back.quantity) AS refunded_quantity
   FROM (((canonical.sale_lines line
     JOIN canonical.sales sale ON (((sale.organization_id = line.organization_id) AND (sale.id = line.sale_id))))
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('name', t.name, 'percentage', trim_scale(t.percentage), 'amount', jsonb_build_object('amount', canonical.major((t.amount)::numeric, sale.currency), 'currency', sale.currency)) ORDER BY t."position"), '[]'::jsonb) AS taxes
           FROM canonical.sale_line_taxes t
          WHERE ((t.organization_id = line.organization_id) AND (t.sale_id = line.sale_id) AND (t.line = line.line))) tax)
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(taken.quantity), (0)::numeric) AS quantity
           FROM (canonical.sale_lines taken
             JOIN canonical.sales refund ON (((refund.organization_id = taken.organization_id) AND (refund.id = taken.sale_id))))
          WHERE ((taken.organization_id = line.organization_id) AND (taken.refunded_line_id = line.id) AND (refund.voided_at IS NULL))) back);

-- Name: search_documents; Type: VIEW; Schema: source

CREATE VIEW source.search_documents AS
 SELECT found.organization_id,
    found.canonical_type,
    found.canonical_id,
    found.title,
    found.number,
    found.reference,
    found.contact,
    COALESCE(found.party_name, party.full_name, ''::text) AS party_name,
    found.text,
    found.address,
    found.items,
    found.archived,
    canonical.search_lexemes(((((((found.title || ' '::text) || COALESCE(found.number, ''::text)) || ' '::text) || COALESCE(found.alias, ''::text)) || ' '::text) || COALESCE(found.reference, ''::text)), ((found.contact || ' '::text) || COALESCE(found.party_name, party.full_name, ''::text)), ((found.text || ' '::text) || found.address), found.items, ARRAY[canonical.search_code(found.number), canonical.search_code(found.alias), canonical.search_code(found.reference)]) AS words,
    btrim(((canonical.search_text(((((((found.title || ' '::text) || COALESCE(found.number, ''::text)) || ' '::text) || found.contact) || ' '::text) || COALESCE(found.party_name, party.full_name, ''::text)), 2000) || ' '::text) || canonical.search_text((((("left"(found.text, 300) || ' '::text) || "left"(found.address, 300)) || ' '::text) || "left"(found.items, 300)), 900))) AS spelling
   FROM (( SELECT person.organization_id,
            'Person'::text AS canonical_type,
            person.id AS canonical_id,
            person.full_name AS title,
            NULL::text AS number,
            NULLIF(regexp_replace(person.phone, '[^0-9]+'::text, ''::text, 'g'::text), ''::text) AS alias,
            person.external_ref AS reference,
            btrim(((COALESCE(person.email, ''::text) || ' '::text) || COALESCE(person.phone, ''::text))) AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
            ''::text AS text,
            COALESCE(( SELECT "left"(string_agg(((((((a.street || ' '::text) || a.suburb) || ' '::text) || a.postcode) || ' '::text) || a.country_code), ', '::text ORDER BY a."position"), 10000) AS "left"
                   FROM canonical.addresses a
                  WHERE ((a.organization_id = person.organization_id) AND (a.person_id = person.id))), ''::text) AS address,
            ''::text AS items,
            (person.archived_at IS NOT NULL) AS archived
           FROM canonical.people person
        UNION ALL
         SELECT product.organization_id,
            'Product'::text AS canonical_type,
            product.id AS canonical_id,
            product.name AS title,
            product.sku AS number,
            NULL::text AS alias,
            NULL::text AS reference,
            ''::text AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
            product.description AS text,
            ''::text AS address,
            ''::text AS items,
            (product.archived_at IS NOT NULL) AS archived
           FROM canonical.products product
        UNION ALL
         SELECT account.organization_id,
            'Account'::text AS canonical_type,
            account.id AS canonical_id,
            account.name AS title,
            account.code AS number,
            NULL::text AS alias,
            NULL::text AS reference,
            ''::text AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
            account.type AS text,
            ''::text AS address,
            ''::text AS items,
            (account.archived_at IS NOT NULL) AS archived
           FROM canonical.accounts account
        UNION ALL
         SELECT store.organization_id,
            'Store'::text AS canonical_type,
            store.id AS canonical_id,
            store.name AS title,
            NULL::text AS number,
            NULL::text AS alias,
            store.external_ref AS reference,
            ''::text AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
            store.time_zone AS text,
            ''::text AS address,
            ''::text AS items,
            (store.archived_at IS NOT NULL) AS archived
           FROM canonical.stores store
        UNION ALL
         SELECT channel.organization_id,
            'Channel'::text AS canonical_type,
            channel.id AS canonical_id,
            channel.name AS title,
            NULL::text AS number,
            NULL::text AS alias,
            NULL::text AS reference,
            ''::text AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
            channel.description AS text,
            ''::text AS address,
            ''::text AS items,
            (channel.archived_at IS NOT NULL) AS archived
           FROM canonical.channels channel
        UNION ALL
         SELECT document.organization_id,
            canonical.document_type(document.kind) AS canonical_type,
            document.id AS canonical_id,
            ((
                CASE document.kind
                    WHEN 'invoice'::text THEN 'Invoice'::text
                    WHEN 'bill'::text THEN 'Bill'::text
                    WHEN 'credit_note'::text THEN 'Credit note'::text
                    ELSE 'Vendor credit note'::text
                END || ' '::text) || COALESCE(document.number, '(draft)'::text)) AS title,
            document.number,
            (document.number_value)::text AS alias,
            document.external_ref AS reference,
            ''::text AS contact,
            document.party_id,
            document.party_name,
            document.memo AS text,
            ''::text AS address,
            COALESCE(( SELECT "left"(string_agg(i.description, ', '::text ORDER BY i.line), 100000) AS "left"
                   FROM canonical.document_items i
                  WHERE ((i.organization_id = document.organization_id) AND (i.document_id = document.id))), ''::text) AS items,
            (document.state = 'void'::text) AS archived
           FROM canonical.documents document
        UNION ALL
         SELECT entry.organization_id,
            canonical.money_entry_type(entry.kind) AS canonical_type,
            entry.id AS canonical_id,
                CASE
                    WHEN (btrim(entry.memo) <> ''::text) THEN "left"(btrim(entry.memo), 200)
                    ELSE canonical.money_entry_type(entry.kind)
                END AS title,
            NULL::text AS number,
            NULL::text AS alias,
            entry.external_ref AS reference,
            ''::text AS contact,
            entry.party_id,
            NULL::text AS party_name,
                CASE
                    WHEN (length(btrim(entry.memo)) > 200) THEN entry.memo
                    ELSE ''::text
                END AS text,
            ''::text AS address,
            ''::text AS items,
            (entry.voided_at IS NOT NULL) AS archived
           FROM canonical.money_entries entry
        UNION ALL
         SELECT transfer.organization_id,
            'Transfer'::text AS canonical_type,
            transfer.id AS canonical_id,
                CASE
                    WHEN (btrim(transfer.memo) <> ''::text) THEN "left"(btrim(transfer.memo), 200)
                    ELSE 'Transfer'::text
                END AS title,
            NULL::text AS number,
            NULL::text AS alias,
            transfer.external_ref AS reference,
            ''::text AS contact,
            NULL::bigint AS party_id,
            NULL::text AS party_name,
                CASE
                    WHEN (length(btrim(transfer.memo)) > 200) THEN transfer.memo
                    ELSE ''::text
                END AS text,
            ''::text AS address,
            ''::text AS items,
            (transfer.voided_at IS NOT NULL) AS archived
           FROM canonical.transfers transfer) found
     LEFT JOIN canonical.people party ON (((party.organization_id = found.organization_id) AND (party.id = found.party_id))));

-- Name: shift_annotations; Type: VIEW; Schema: source

CREATE VIEW source.shift_annotations AS
 SELECT shift.organization_id,
    shift.id AS shift_id,
    'Shift'::text AS canonical_type,
    shift.id AS canonical_id,
    shift.version,
    shift.store_id,
    shift.person_id,
    upper(shift.state) AS state,
    shift.note,
    shift.external_ref,
    lower(shift.during) AS starts_at,
    upper(shift.during) AS ends_at,
    shift.minutes,
    clock.starts AS local_start,
    clock.ends AS local_end,
    COALESCE(annotation.business_date, ((clock.starts - ((store.business_day_start_minute)::double precision * '00:01:00'::interval)))::date) AS business_date,
    annotation.day_parts,
    (shift.minutes - annotation.part_minutes) AS minutes_in_no_day_part,
    (shift.minutes - annotation.open_minutes) AS minutes_outside_hours,
    (date_trunc('week'::text, clock.starts))::date AS week_start,
    week.running_minutes AS running_week_minutes,
    shift.published_at,
    shift.cancelled_at,
    shift.created_at,
    shift.updated_at
   FROM ((((canonical.shifts shift
     JOIN canonical.stores store ON (((store.organization_id = shift.organization_id) AND (store.id = shift.store_id))))
     CROSS JOIN LATERAL ( SELECT (lower(shift.during) AT TIME ZONE 'UTC'::text) AS since,
            (upper(shift.during) AT TIME ZONE 'UTC'::text) AS until,
            (lower(shift.during) AT TIME ZONE store.time_zone) AS starts,
            (upper(shift.during) AT TIME ZONE store.time_zone) AS ends) clock)
     CROSS JOIN LATERAL ( WITH days AS MATERIALIZED (
                 SELECT ((LEAST(clock.starts, clock.ends))::date + n.n) AS day
                   FROM generate_series('-1'::integer, (((GREATEST(clock.starts, clock.ends))::date - (LEAST(clock.starts, clock.ends))::date) + 1)) n(n)
                ), parts AS MATERIALIZED (
                 SELECT part.name,
                    days.day,
                    (days.day + ((part.start_minute)::double precision * '00:01:00'::interval)) AS begins,
                    (days.day + (((part.start_minute + part.length_minutes))::double precision * '00:01:00'::interval)) AS ends
                   FROM (days
                     JOIN canonical.day_parts part ON (((part.organization_id = shift.organization_id) AND (part.store_id = shift.store_id) AND (part.valid @> days.day))))
                ), hours AS MATERIALIZED (
                 SELECT (days.day + ((h.start_minute)::double precision * '00:01:00'::interval)) AS begins,
                    (days.day + (((h.start_minute + h.length_minutes))::double precision * '00:01:00'::interval)) AS ends
                   FROM (days
                     JOIN canonical.store_hours h ON (((h.organization_id = shift.organization_id) AND (h.store_id = shift.store_id) AND (h.valid @> days.day) AND ((h.weekday)::numeric = EXTRACT(isodow FROM days.day)))))
                  WHERE (NOT (EXISTS ( SELECT
                           FROM canonical.store_hour_exceptions e
                          WHERE ((e.organization_id = shift.organization_id) AND (e.store_id = shift.store_id) AND (e.on_date = days.day)))))
                UNION ALL
                 SELECT (days.day + ((e.start_minute)::double precision * '00:01:00'::interval)),
                    (days.day + (((e.start_minute + e.length_minutes))::double precision * '00:01:00'::interval))
                   FROM (days
                     JOIN canonical.store_hour_exceptions e ON (((e.organization_id = shift.organization_id) AND (e.store_id = shift.store_id) AND (e.on_date = days.day) AND (NOT e.closed))))
                ), bounds AS (
                 SELECT parts.begins AS at
                   FROM parts
                UNION
                 SELECT parts.ends
                   FROM parts
                UNION
                 SELECT hours.begins
                   FROM hours
                UNION
                 SELECT hours.ends
                   FROM hours
                ), cuts AS (
                 SELECT clock.since AS at
                UNION
                 SELECT c.at
                   FROM canonical.clock_changes(clock.since, clock.until, store.time_zone) c(at)
                  WHERE (c.at < clock.until)
                UNION
                 SELECT (b.at - (clock.starts - clock.since))
                   FROM bounds b
                  WHERE (((b.at - (clock.starts - clock.since)) > clock.since) AND ((b.at - (clock.starts - clock.since)) < clock.until))
                UNION
                 SELECT (b.at - (clock.ends - clock.until))
                   FROM bounds b
                  WHERE (((b.at - (clock.ends - clock.until)) > clock.since) AND ((b.at - (clock.ends - clock.until)) < clock.until))
                ), pieces AS (
                 SELECT cuts.at,
                    ((EXTRACT(epoch FROM (lead(cuts.at, 1, clock.until) OVER (ORDER BY cuts.at) - cuts.at)) / (60)::numeric))::integer AS minutes,
                    canonical.wall_clock(cuts.at, store.time_zone) AS shows
                   FROM cuts
                ), owned AS (
                 SELECT pieces.at,
                    pieces.minutes,
                    owner.name,
                    owner.day,
                    (EXISTS ( SELECT
                           FROM hours
                          WHERE ((hours.begins <= pieces.shows) AND (pieces.shows < hours.ends)))) AS open
                   FROM (pieces
                     LEFT JOIN LATERAL ( SELECT parts.name,
                            parts.day
                           FROM parts
                          WHERE ((parts.begins <= pieces.shows) AND (pieces.shows < parts.ends))
                          ORDER BY parts.begins DESC
                         LIMIT 1) owner ON (true))
                )
         SELECT ( SELECT o.day
                   FROM owned o
                  WHERE (o.at = clock.since)) AS business_date,
            ( SELECT COALESCE(jsonb_agg(jsonb_build_object('dayPart', p.name, 'minutes', p.minutes) ORDER BY p.at, p.name), '[]'::jsonb) AS "coalesce"
                   FROM ( SELECT o.name,
                            sum(o.minutes) AS minutes,
                            min(o.at) AS at
                           FROM owned o
                          WHERE (o.name IS NOT NULL)
                          GROUP BY o.name) p) AS day_parts,
            ( SELECT (COALESCE(sum(o.minutes), (0)::bigint))::integer AS "coalesce"
                   FROM owned o
                  WHERE (o.name IS NOT NULL)) AS part_minutes,
            ( SELECT (COALESCE(sum(o.minutes), (0)::bigint))::integer AS "coalesce"
                   FROM owned o
                  WHERE o.open) AS open_minutes) annotation)
     CROSS JOIN LATERAL ( SELECT (sum(other.minutes))::integer AS running_minutes
           FROM (canonical.shifts other
             JOIN canonical.stores place ON (((place.organization_id = other.organization_id) AND (place.id = other.store_id))))
          WHERE ((shift.state <> 'cancelled'::text) AND (other.state <> 'cancelled'::text) AND (other.organization_id = shift.organization_id) AND (other.person_id = shift.person_id) AND ((other.utc_day >= ((((shift.utc_day - 1) / 7) * 7) - 1)) AND (other.utc_day <= shift.utc_day)) AND (lower(other.during) <= lower(shift.during)) AND (date_trunc('week'::text, (lower(other.during) AT TIME ZONE place.time_zone)) = date_trunc('week'::text, clock.starts)))) week);

-- Name: store_summaries; Type: VIEW; Schema: source

CREATE VIEW source.store_summaries AS
 SELECT store.organization_id,
    store.id AS store_id,
    'Store'::text AS canonical_type,
    store.id AS canonical_id,
    store.version,
    store.name,
    store.time_zone,
    store.business_day_start_minute AS business_day_start,
    store.external_ref,
    store.archived_at,
    (store.archived_at IS NOT NULL) AS archived,
    store.created_at,
    store.updated_at,
    canonical.fold(((((store.name || ' '::text) || store.time_zone) || ' '::text) || COALESCE(store.external_ref, ''::text))) AS search_text
   FROM canonical.stores store;

-- Name: tax_rates; Type: TABLE; Schema: canonical

CREATE TABLE canonical.tax_rates (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    percentage numeric(7,4) NOT NULL,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tax_rates_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT tax_rates_percentage_range CHECK (((percentage >= (0)::numeric) AND (percentage <= (100)::numeric)))
);

-- Name: TABLE tax_rates; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.tax_rates IS 'Taxes that an invoice item may carry; items copy name and percentage.';

-- Name: COLUMN tax_rates.percentage; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.tax_rates.percentage IS '10 is ten per cent.';

-- Name: tax_rate_summaries; Type: VIEW; Schema: source

CREATE VIEW source.tax_rate_summaries AS
 SELECT rate.organization_id,
    rate.id AS tax_rate_id,
    'TaxRate'::text AS canonical_type,
    rate.id AS canonical_id,
    rate.version,
    rate.name,
    trim_scale(rate.percentage) AS percentage,
    rate.archived_at,
    (rate.archived_at IS NOT NULL) AS archived,
    rate.created_at,
    rate.updated_at
   FROM canonical.tax_rates rate;

-- Name: till_session_summaries; Type: VIEW; Schema: source

CREATE VIEW source.till_session_summaries AS
 SELECT session.organization_id,
    session.id AS till_session_id,
    'TillSession'::text AS canonical_type,
    session.id AS canonical_id,
    session.version,
    session.store_id,
    session.till_id,
    session.business_date,
    upper(session.state) AS state,
    session.currency,
    canonical.major((session.opening_float)::numeric, session.currency) AS opening_float,
    moved.movements,
    close.id AS day_close_id,
    session.opened_at,
    session.closed_at,
    session.created_at,
    session.updated_at
   FROM ((canonical.till_sessions session
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', jsonb_build_object('amount', canonical.major((movement.amount)::numeric, session.currency), 'currency', session.currency), 'reason', movement.reason, 'accountId', ('Account:'::text || (movement.account_id)::text), 'at', movement.created_at) ORDER BY movement.id), '[]'::jsonb) AS movements
           FROM canonical.till_movements movement
          WHERE ((movement.organization_id = session.organization_id) AND (movement.till_session_id = session.id))) moved)
     LEFT JOIN canonical.day_closes close ON (((close.organization_id = session.organization_id) AND (close.till_session_id = session.id) AND (close.reversed_at IS NULL))));

-- Name: tills; Type: TABLE; Schema: canonical

CREATE TABLE canonical.tills (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    store_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tills_name_given CHECK ((btrim(name) <> ''::text))
);

-- Name: TABLE tills; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.tills IS 'Cash registers, each of one store for good.';

-- Name: till_summaries; Type: VIEW; Schema: source

CREATE VIEW source.till_summaries AS
 SELECT till.organization_id,
    till.id AS till_id,
    'Till'::text AS canonical_type,
    till.id AS canonical_id,
    till.version,
    till.store_id,
    till.name,
    till.archived_at,
    (till.archived_at IS NOT NULL) AS archived,
    till.created_at,
    till.updated_at
   FROM canonical.tills till;

-- Name: transfer_summaries; Type: VIEW; Schema: source

CREATE VIEW source.transfer_summaries AS
 SELECT transfer.organization_id,
    transfer.id AS transfer_id,
    'Transfer'::text AS canonical_type,
    transfer.id AS canonical_id,
    transfer.version,
    transfer.from_account_id,
    transfer.to_account_id,
    transfer.from_store_id,
    transfer.to_store_id,
    transfer.occurred_on,
    transfer.currency,
    trim_scale(transfer.fx_rate) AS fx_rate,
    transfer.memo,
    transfer.external_ref,
    transfer.voided_at,
    (transfer.voided_at IS NOT NULL) AS voided,
    transfer.created_at,
    transfer.updated_at,
    canonical.major((transfer.amount)::numeric, transfer.currency) AS amount,
    canonical.major((transfer.fee)::numeric, transfer.currency) AS fee,
    canonical.fold(transfer.memo) AS search_text
   FROM canonical.transfers transfer;

-- Name: webhook_deliveries; Type: VIEW; Schema: source

CREATE VIEW source.webhook_deliveries AS
 SELECT delivery.organization_id,
    delivery.id AS delivery_id,
    'Webhook'::text AS canonical_type,
    delivery.webhook_id AS canonical_id,
    delivery.version,
    delivery.webhook_id,
    delivery.event_id,
    delivery.occurred_at,
    delivery.canonical_type AS entity_type,
    delivery.canonical_id AS entity_key,
    upper(delivery.action) AS action,
    delivery.event_text,
    upper(delivery.state) AS state,
    delivery.attempts,
        CASE
            WHEN (delivery.state = 'pending'::text) THEN delivery.next_attempt_at
            ELSE NULL::timestamp with time zone
        END AS next_attempt_at,
    delivery.attempted_at,
    delivery.status_code,
    delivery.answer,
    delivery.failure,
    delivery.delivered_at,
    delivery.created_at
   FROM canonical.webhook_deliveries delivery;

-- Name: membership_stores; Type: TABLE; Schema: canonical

CREATE TABLE canonical.membership_stores (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    store_id bigint NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: TABLE membership_stores; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.membership_stores IS 'The stores that a member is bound to, who reads and writes what is of these alone. A member without rows here is bound to none.';

-- Name: webhook_positions; Type: TABLE; Schema: canonical

CREATE TABLE canonical.webhook_positions (
    organization_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    epoch smallint NOT NULL,
    transaction xid8 NOT NULL,
    event_id bigint NOT NULL,
    events_lost_at timestamp with time zone
);

-- Name: TABLE webhook_positions; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.webhook_positions IS 'Up to where each endpoint has taken the feed of changes. It moves in the transaction that saves the deliveries of what it has passed.
Its row is locked first by whatever adds, claims or settles deliveries of the endpoint.';

-- Name: COLUMN webhook_positions.events_lost_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhook_positions.events_lost_at IS 'When events behind the position were found to be deleted, because they were old; null: never.';

-- Name: webhooks; Type: TABLE; Schema: canonical

CREATE TABLE canonical.webhooks (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    url text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    member_id bigint NOT NULL,
    secret bytea NOT NULL,
    former_secret bytea,
    former_until timestamp with time zone,
    types text[] DEFAULT '{}'::text[] NOT NULL,
    actions text[] DEFAULT '{}'::text[] NOT NULL,
    document text DEFAULT ''::text NOT NULL,
    disabled_at timestamp with time zone,
    archived_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhooks_actions CHECK ((actions <@ ARRAY['create'::text, 'update'::text, 'delete'::text])),
    CONSTRAINT webhooks_document_length CHECK ((length(document) <= 20000)),
    CONSTRAINT webhooks_former_secret CHECK (((former_secret IS NULL) = (former_until IS NULL))),
    CONSTRAINT webhooks_secret_length CHECK (((length(secret) >= 24) AND (length(secret) <= 64))),
    CONSTRAINT webhooks_url_form CHECK (((url ~* '^https?://[^\s/?#@]+([/?][^\s#]*)?$'::text) AND (length(url) <= 2000)))
);

-- Name: TABLE webhooks; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.webhooks IS 'Addresses that changes are sent to. One that is disabled or archived keeps its place in the feed, and goes on from there.';

-- Name: COLUMN webhooks.member_id; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.member_id IS 'Who has registered or last updated it: payloads are what this member may read. Nothing is sent while they are no owner or manager, or are bound to stores.';

-- Name: COLUMN webhooks.secret; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.secret IS 'The key of the signatures, as it is: nothing can be signed with a hash of it.';

-- Name: COLUMN webhooks.former_secret; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.former_secret IS 'The key before the last one, which signs too until former_until.';

-- Name: COLUMN webhooks.types; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.types IS 'The types of the records whose changes are sent; empty: all.';

-- Name: COLUMN webhooks.actions; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.actions IS 'What has become of the rows: create, update, delete; empty: all.';

-- Name: COLUMN webhooks.document; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.webhooks.document IS 'The GraphQL query whose answer is the payload''s data; empty: the payload has the event alone.';

-- Name: webhook_totals; Type: VIEW; Schema: pending

CREATE VIEW pending.webhook_totals AS
 SELECT m.id,
    m.organization_id,
    m.webhook_id,
    m.row_count,
    m.pending,
    m.failing,
    m.delivered,
    m.xid,
    m.marked_at
   FROM (engine.reached('webhook_totals'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT webhook_totals.id,
            webhook_totals.organization_id,
            webhook_totals.webhook_id,
            webhook_totals.row_count,
            webhook_totals.pending,
            webhook_totals.failing,
            webhook_totals.delivered,
            webhook_totals.xid,
            webhook_totals.marked_at
           FROM marks.webhook_totals
          WHERE (webhook_totals.xid >= low.xid)
        UNION ALL
         SELECT webhook_totals.id,
            webhook_totals.organization_id,
            webhook_totals.webhook_id,
            webhook_totals.row_count,
            webhook_totals.pending,
            webhook_totals.failing,
            webhook_totals.delivered,
            webhook_totals.xid,
            webhook_totals.marked_at
           FROM marks.webhook_totals
          WHERE ((webhook_totals.xid >= low.open_from) AND (webhook_totals.xid <= low.open_to))) m);

-- Name: VIEW webhook_totals; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.webhook_totals IS 'The rows of marks.webhook_totals, read from the low water on.';

-- Name: webhook_totals; Type: TABLE; Schema: projection

CREATE TABLE projection.webhook_totals (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    webhook_id bigint NOT NULL,
    row_count bigint,
    pending numeric,
    failing numeric,
    delivered numeric
);

-- Name: webhook_totals; Type: VIEW; Schema: exact

CREATE VIEW exact.webhook_totals AS
 SELECT s.organization_id,
    'Webhook'::text AS canonical_type,
    s.webhook_id AS canonical_id,
    s.webhook_id,
    (sum(s.row_count))::bigint AS row_count,
    sum(s.pending) AS pending,
    sum(s.failing) AS failing,
    sum(s.delivered) AS delivered
   FROM ( SELECT webhook_totals.organization_id,
            webhook_totals.webhook_id,
            webhook_totals.row_count,
            webhook_totals.pending,
            webhook_totals.failing,
            webhook_totals.delivered
           FROM projection.webhook_totals
        UNION ALL
         SELECT webhook_totals.organization_id,
            webhook_totals.webhook_id,
            webhook_totals.row_count,
            webhook_totals.pending,
            webhook_totals.failing,
            webhook_totals.delivered
           FROM pending.webhook_totals) s
  GROUP BY s.organization_id, s.webhook_id
 HAVING (sum(s.row_count) <> (0)::numeric);

-- Name: VIEW webhook_totals; Type: COMMENT; Schema: exact

COMMENT ON VIEW exact.webhook_totals IS 'The stored sums of projection.webhook_totals with their deltas added: source.webhook_totals, as this snapshot sees it.';

-- Name: webhook_summaries; Type: VIEW; Schema: source

CREATE VIEW source.webhook_summaries AS
 SELECT webhook.organization_id,
    webhook.id AS webhook_id,
    'Webhook'::text AS canonical_type,
    webhook.id AS canonical_id,
    webhook.version,
    webhook.url,
    webhook.description,
    webhook.member_id,
    webhook.document,
    ARRAY( SELECT upper(regexp_replace(t.t, '([a-z])([A-Z])'::text, '\1_\2'::text, 'g'::text)) AS upper
           FROM unnest(webhook.types) t(t)) AS types,
    ARRAY( SELECT upper(a.a) AS upper
           FROM unnest(webhook.actions) a(a)) AS actions,
        CASE
            WHEN ((webhook.archived_at IS NOT NULL) OR (webhook.disabled_at IS NOT NULL)) THEN 'DISABLED'::text
            WHEN ((membership.ended_at IS NOT NULL) OR (membership.role <> ALL (ARRAY['owner'::text, 'manager'::text])) OR (EXISTS ( SELECT
               FROM canonical.membership_stores bound
              WHERE ((bound.organization_id = webhook.organization_id) AND (bound.user_id = webhook.member_id))))) THEN 'MEMBER_REVOKED'::text
            WHEN (COALESCE(total.failing, (0)::numeric) > (0)::numeric) THEN 'FAILING'::text
            ELSE 'ACTIVE'::text
        END AS state,
    (COALESCE(total.pending, (0)::numeric))::integer AS pending_count,
    (COALESCE(total.failing, (0)::numeric))::integer AS failing_count,
    (COALESCE(total.delivered, (0)::numeric))::integer AS delivered_count,
    "position".events_lost_at,
    webhook.disabled_at,
    webhook.archived_at,
    (webhook.archived_at IS NOT NULL) AS archived,
    webhook.created_at,
    webhook.updated_at
   FROM (((canonical.webhooks webhook
     JOIN canonical.memberships membership ON (((membership.organization_id = webhook.organization_id) AND (membership.user_id = webhook.member_id))))
     JOIN canonical.webhook_positions "position" ON ((("position".organization_id = webhook.organization_id) AND ("position".webhook_id = webhook.id))))
     LEFT JOIN exact.webhook_totals total ON (((total.organization_id = webhook.organization_id) AND (total.webhook_id = webhook.id))));

-- Name: events; Type: TABLE; Schema: audit

CREATE TABLE audit.events (
    id bigint NOT NULL,
    organization_id bigint,
    relation text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL,
    canonical_type text,
    canonical_id bigint,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    changes jsonb DEFAULT '{}'::jsonb NOT NULL,
    snapshot jsonb NOT NULL,
    actor_id bigint DEFAULT 
CASE
    WHEN (current_setting('daybook.actor'::text, true) ~ '^[0-9]{1,18}$'::text) THEN (current_setting('daybook.actor'::text, true))::bigint
    ELSE NULL::bigint
END,
    database_role text DEFAULT SESSION_USER NOT NULL,
    request_id text DEFAULT COALESCE(current_setting('daybook.request_id'::text, true), ''::text) NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    epoch smallint DEFAULT 1 NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT events_action CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text])))
);

-- Name: TABLE events; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.events IS 'One changed row each. An event never changes; only audit.forget deletes.';

-- Name: COLUMN events.organization_id; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.organization_id IS 'Null for rows that belong to no organization: users, currencies, countries.';

-- Name: COLUMN events.relation; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.relation IS 'The table''s name in schema canonical.';

-- Name: COLUMN events.row_id; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.row_id IS 'The row''s key within its organization, as text.';

-- Name: COLUMN events.canonical_type; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.canonical_type IS 'With canonical_id, the record that the change belongs to: an item''s change to its invoice, an address''s to its person.
Null where it cannot be found, because the parent was deleted in the same statement and its events were forgotten.';

-- Name: COLUMN events.fields; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.fields IS 'The keys of changes.';

-- Name: COLUMN events.changes; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.changes IS 'Of an update, {column: [old, new]} for each column that changed, but version and updated_at: they change with any other.
Empty for a created or deleted row: the snapshot has all there is to say.';

-- Name: COLUMN events.snapshot; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.snapshot IS 'The whole row as the change left it, or as it was when it was deleted; secrets are redacted.';

-- Name: COLUMN events.actor_id; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.actor_id IS 'The user who asked for the change; null: no known user, see database_role.';

-- Name: COLUMN events.request_id; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.request_id IS 'The request that asked for it; empty where it was none.';

-- Name: COLUMN events.transaction; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.transaction IS 'Events of one transaction have one number, as long as the database is not restored from a dump.';

-- Name: COLUMN events.epoch; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.epoch IS 'In which numbering of transactions: audit.begin_epoch begins another one.';

-- Name: COLUMN events.occurred_at; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.events.occurred_at IS 'When the transaction began.';

-- Name: events_id_seq; Type: SEQUENCE; Schema: audit

ALTER TABLE audit.events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: feed; Type: TABLE; Schema: audit

CREATE TABLE audit.feed (
    only_row boolean DEFAULT true NOT NULL,
    epoch smallint NOT NULL,
    place bigint NOT NULL,
    CONSTRAINT feed_only_row CHECK (only_row)
);

-- Name: TABLE feed; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.feed IS 'The numbering of transactions that events are recorded in now.';

-- Name: COLUMN feed.place; Type: COMMENT; Schema: audit

COMMENT ON COLUMN audit.feed.place IS 'The database that the epoch began in. A backup that is restored elsewhere has another one.';

-- Name: forgotten; Type: TABLE; Schema: audit

CREATE TABLE audit.forgotten (
    organization_id bigint NOT NULL,
    epoch smallint NOT NULL,
    transaction xid8 NOT NULL,
    id bigint NOT NULL
);

-- Name: TABLE forgotten; Type: COMMENT; Schema: audit

COMMENT ON TABLE audit.forgotten IS 'The last place in the order of the feed from which an event of an organization was deleted. Who has read less has missed it.';

-- Name: accounts_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.accounts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: addresses_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.addresses ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.addresses_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: api_tokens; Type: TABLE; Schema: canonical

CREATE TABLE canonical.api_tokens (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    session_of bigint,
    made_with bigint,
    issuer text,
    signed_hash bytea,
    made_by_another boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT api_tokens_hash_form CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT api_tokens_issued_expires CHECK (((issuer IS NULL) OR ((expires_at IS NOT NULL) AND (session_of IS NULL)))),
    CONSTRAINT api_tokens_issued_signed CHECK (((issuer IS NULL) = (signed_hash IS NULL))),
    CONSTRAINT api_tokens_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT api_tokens_session_expires CHECK (((session_of IS NULL) OR (expires_at IS NOT NULL))),
    CONSTRAINT api_tokens_signed_hash_form CHECK ((octet_length(signed_hash) = 32))
);

-- Name: TABLE api_tokens; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.api_tokens IS 'Bearer tokens: each acts as one member of one organization.';

-- Name: COLUMN api_tokens.token_hash; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.token_hash IS 'SHA-256 of the token; the token itself is nowhere.';

-- Name: COLUMN api_tokens.session_of; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.session_of IS 'Null for a token of the API; else the row is a browser''s session, which that token began and which ends with it at the latest.';

-- Name: COLUMN api_tokens.made_with; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.made_with IS 'The token that a member called with to make this one, for whomever: where that is revoked, so is this. Null where it was made on the command line.';

-- Name: COLUMN api_tokens.issuer; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.issuer IS 'Null for a token that Daybook made; else the address of the identity provider whose token it is, and which says when it ends.';

-- Name: COLUMN api_tokens.signed_hash; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.signed_hash IS 'SHA-256 of what the identity provider has signed. One signature can be written in several ways, and each of them verifies; they are one token.';

-- Name: COLUMN api_tokens.made_by_another; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.api_tokens.made_by_another IS 'Whether another member has made it, or the token or session that it was made with: it does what its member may do in the organization, and nothing that an operator may.';

-- Name: api_tokens_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.api_tokens ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.api_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: channel_members_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.channel_members ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.channel_members_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: channels_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.channels ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.channels_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: countries; Type: TABLE; Schema: canonical

CREATE TABLE canonical.countries (
    code text NOT NULL,
    name text NOT NULL,
    CONSTRAINT countries_code_form CHECK ((code ~ '^[A-Z]{2}$'::text))
);

-- Name: TABLE countries; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.countries IS 'Countries and territories, by ISO 3166-1 alpha-2 code. Global.';

-- Name: credit_allocations_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.credit_allocations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.credit_allocations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: currencies; Type: TABLE; Schema: canonical

CREATE TABLE canonical.currencies (
    code text NOT NULL,
    name text NOT NULL,
    exponent integer NOT NULL,
    CONSTRAINT currencies_code_form CHECK ((code ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT currencies_exponent CHECK ((exponent = canonical.currency_exponent(code)))
);

-- Name: TABLE currencies; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.currencies IS 'Currencies in use, by ISO 4217 code. Global.';

-- Name: day_close_lines_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.day_close_lines ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.day_close_lines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: day_close_sales; Type: TABLE; Schema: canonical

CREATE TABLE canonical.day_close_sales (
    organization_id bigint NOT NULL,
    day_close_id bigint NOT NULL,
    sale_id bigint NOT NULL,
    reversed boolean DEFAULT false NOT NULL
);

-- Name: TABLE day_close_sales; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.day_close_sales IS 'The sales that a close has posted. Rows are added with the close, and nothing changes but that it is reversed.';

-- Name: COLUMN day_close_sales.reversed; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.day_close_sales.reversed IS 'Whether the close is; then another one may post the sale.';

-- Name: day_close_tenders_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.day_close_tenders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.day_close_tenders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: day_closes_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.day_closes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.day_closes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: day_parts_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.day_parts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.day_parts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: derived_day_close_lines; Type: VIEW; Schema: canonical

CREATE VIEW canonical.derived_day_close_lines AS
 SELECT posted.organization_id,
    posted.day_close_id,
    'revenue'::text AS part,
    sale.kind,
    line.account_id,
    NULL::bigint AS tax_rate_id,
    NULL::numeric(7,4) AS percentage,
    (0)::bigint AS net,
    (sum((
        CASE sale.kind
            WHEN 'refund'::text THEN '-1'::integer
            ELSE 1
        END * COALESCE(line.net, sale.amount))))::bigint AS amount
   FROM ((canonical.day_close_sales posted
     JOIN canonical.sales sale ON (((sale.organization_id = posted.organization_id) AND (sale.id = posted.sale_id))))
     LEFT JOIN canonical.sale_lines line ON (((line.organization_id = sale.organization_id) AND (line.sale_id = sale.id))))
  GROUP BY posted.organization_id, posted.day_close_id, sale.kind, line.account_id
UNION ALL
 SELECT posted.organization_id,
    posted.day_close_id,
    'tax'::text AS part,
    sale.kind,
    NULL::bigint AS account_id,
    tax.tax_rate_id,
    tax.percentage,
    (sum((
        CASE sale.kind
            WHEN 'refund'::text THEN '-1'::integer
            ELSE 1
        END * line.net)))::bigint AS net,
    (sum((
        CASE sale.kind
            WHEN 'refund'::text THEN '-1'::integer
            ELSE 1
        END * tax.amount)))::bigint AS amount
   FROM (((canonical.day_close_sales posted
     JOIN canonical.sales sale ON (((sale.organization_id = posted.organization_id) AND (sale.id = posted.sale_id))))
     JOIN canonical.sale_lines line ON (((line.organization_id = sale.organization_id) AND (line.sale_id = sale.id))))
     JOIN canonical.sale_line_taxes tax ON (((tax.organization_id = line.organization_id) AND (tax.sale_id = line.sale_id) AND (tax.line = line.line))))
  GROUP BY posted.organization_id, posted.day_close_id, sale.kind, tax.tax_rate_id, tax.percentage
UNION ALL
 SELECT close.organization_id,
    close.id AS day_close_id,
    'movement'::text AS part,
    NULL::text AS kind,
    movement.account_id,
    NULL::bigint AS tax_rate_id,
    NULL::numeric AS percentage,
    0 AS net,
    (sum(movement.amount))::bigint AS amount
   FROM (canonical.day_closes close
     JOIN canonical.till_movements movement ON (((movement.organization_id = close.organization_id) AND (movement.till_session_id = close.till_session_id))))
  WHERE (movement.account_id IS NOT NULL)
  GROUP BY close.organization_id, close.id, movement.account_id;

-- Name: VIEW derived_day_close_lines; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.derived_day_close_lines IS 'What canonical.day_close_lines holds, from the rows that it follows from.';

-- Name: derived_day_close_tenders; Type: VIEW; Schema: canonical

CREATE VIEW canonical.derived_day_close_tenders AS
 SELECT part.organization_id,
    part.day_close_id,
    part.tender,
    (sum(part.amount))::bigint AS amount,
    (sum(part.opening))::bigint AS opening
   FROM ( SELECT posted.organization_id,
            posted.day_close_id,
            COALESCE(tender.tender, 'other'::text) AS tender,
            (
                CASE sale.kind
                    WHEN 'refund'::text THEN '-1'::integer
                    ELSE 1
                END * COALESCE(tender.amount, sale.amount)) AS amount,
            0 AS opening
           FROM ((canonical.day_close_sales posted
             JOIN canonical.sales sale ON (((sale.organization_id = posted.organization_id) AND (sale.id = posted.sale_id))))
             LEFT JOIN canonical.sale_tenders tender ON (((tender.organization_id = sale.organization_id) AND (tender.sale_id = sale.id))))
        UNION ALL
         SELECT close.organization_id,
            close.id,
            'cash'::text,
            0,
            session.opening_float
           FROM (canonical.day_closes close
             JOIN canonical.till_sessions session ON (((session.organization_id = close.organization_id) AND (session.id = close.till_session_id))))
        UNION ALL
         SELECT close.organization_id,
            close.id,
            'cash'::text,
            0,
            movement.amount
           FROM (canonical.day_closes close
             JOIN canonical.till_movements movement ON (((movement.organization_id = close.organization_id) AND (movement.till_session_id = close.till_session_id))))) part
  GROUP BY part.organization_id, part.day_close_id, part.tender;

-- Name: VIEW derived_day_close_tenders; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.derived_day_close_tenders IS 'What canonical.day_close_tenders holds, from the rows that it follows from; tenders without any are left out.';

-- Name: document_totals; Type: VIEW; Schema: canonical

CREATE VIEW canonical.document_totals AS
 SELECT document.organization_id,
    document.id AS document_id,
    document.party_id,
    document.kind,
    document.state,
    document.currency,
    item.item_count,
    item.subtotal,
    item.tax,
    (item.subtotal + item.tax) AS total
   FROM (canonical.documents document
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS item_count,
            COALESCE(sum(i.net), (0)::numeric) AS subtotal,
            COALESCE(sum(i.tax), (0)::numeric) AS tax
           FROM canonical.document_item_amounts i
          WHERE ((i.organization_id = document.organization_id) AND (i.document_id = document.id))) item);

-- Name: VIEW document_totals; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.document_totals IS 'Amounts in minor units of the document''s currency, whole numbers as numeric: no sum overflows.';

-- Name: derived_document_amounts; Type: VIEW; Schema: canonical

CREATE VIEW canonical.derived_document_amounts AS
 SELECT document.organization_id,
    document.document_id,
    document.party_id,
    document.kind,
    document.state,
    document.currency,
    COALESCE(day.store_id, (0)::bigint) AS store_id,
    day.issued_on,
    (day.issued_on - ((EXTRACT(day FROM day.issued_on))::integer - 1)) AS month,
    document.item_count,
    (document.subtotal)::bigint AS subtotal,
    (document.tax)::bigint AS tax,
    (document.total)::bigint AS total,
    (allocated.amount)::bigint AS paid,
    (
        CASE document.state
            WHEN 'approved'::text THEN (document.total - allocated.amount)
            ELSE (0)::numeric
        END)::bigint AS due
   FROM ((canonical.document_totals document
     JOIN canonical.documents day ON (((day.organization_id = document.organization_id) AND (day.id = document.document_id))))
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(part.amount), (0)::numeric) AS amount
           FROM canonical.settlements part
          WHERE ((part.organization_id = document.organization_id) AND (part.document_id = document.document_id))) allocated);

-- Name: VIEW derived_document_amounts; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.derived_document_amounts IS 'What canonical.document_amounts holds, from the rows that it follows from.';

-- Name: derived_payment_amounts; Type: VIEW; Schema: canonical

CREATE VIEW canonical.derived_payment_amounts AS
 SELECT payment.organization_id,
    payment.id AS payment_id,
    payment.party_id,
    payment.party_role,
    payment.direction,
    payment.currency,
    COALESCE(payment.store_id, (0)::bigint) AS store_id,
    (used.allocated)::bigint AS allocated,
    (used.refunded)::bigint AS refunded,
    (
        CASE
            WHEN (payment.voided_at IS NULL) THEN (((payment.amount)::numeric - used.allocated) - used.refunded)
            ELSE (0)::numeric
        END)::bigint AS unallocated
   FROM (canonical.payments payment
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (payment.voided_at IS NULL) THEN COALESCE(sum(u.amount) FILTER (WHERE (u.source = 'payment'::text)), (0)::numeric)
                    ELSE (0)::numeric
                END AS allocated,
                CASE
                    WHEN (payment.voided_at IS NULL) THEN COALESCE(sum(u.amount) FILTER (WHERE (u.source = 'refund'::text)), (0)::numeric)
                    ELSE (0)::numeric
                END AS refunded
           FROM canonical.payment_uses u
          WHERE ((u.organization_id = payment.organization_id) AND (u.payment_id = payment.id))) used);

-- Name: VIEW derived_payment_amounts; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.derived_payment_amounts IS 'What canonical.payment_amounts holds, from the rows that it follows from.';

-- Name: document_item_taxes_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.document_item_taxes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.document_item_taxes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: document_items_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.document_items ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.document_items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: document_taxes; Type: VIEW; Schema: canonical

CREATE VIEW canonical.document_taxes AS
 SELECT document_taxed_items.organization_id,
    document_taxed_items.document_id,
    document_taxed_items.item_id,
    document_taxed_items.tax_id,
    document_taxed_items.tax_rate_id,
    document_taxed_items.percentage,
    document_taxed_items.tax_rounding,
    document_taxed_items.tax AS amount
   FROM canonical.document_taxed_items
  WHERE (document_taxed_items.tax_id IS NOT NULL);

-- Name: VIEW document_taxes; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.document_taxes IS 'Each tax of each line of a document, in minor units, whole numbers as numeric.';

-- Name: documents_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.documents ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.documents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: drift_notices; Type: TABLE; Schema: canonical

CREATE TABLE canonical.drift_notices (
    projection text NOT NULL,
    drift_found bigint NOT NULL
);

-- Name: TABLE drift_notices; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.drift_notices IS 'How many differences of each read model from its definition operators were told of.';

-- Name: fx_rates_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.fx_rates ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.fx_rates_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: idempotency_keys_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.idempotency_keys ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.idempotency_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: journal_entries_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.journal_entries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.journal_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: journal_lines_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.journal_lines ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.journal_lines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: live_webhooks; Type: VIEW; Schema: canonical

CREATE VIEW canonical.live_webhooks AS
 SELECT webhook.organization_id,
    webhook.id AS webhook_id,
    webhook.url,
    webhook.member_id,
    webhook.secret,
    webhook.former_secret,
    webhook.former_until,
    webhook.types,
    webhook.actions,
    webhook.document
   FROM (canonical.webhooks webhook
     JOIN canonical.memberships membership ON (((membership.organization_id = webhook.organization_id) AND (membership.user_id = webhook.member_id))))
  WHERE ((webhook.disabled_at IS NULL) AND (webhook.archived_at IS NULL) AND (membership.ended_at IS NULL) AND (membership.role = ANY (ARRAY['owner'::text, 'manager'::text])) AND (NOT (EXISTS ( SELECT
           FROM canonical.membership_stores bound
          WHERE ((bound.organization_id = webhook.organization_id) AND (bound.user_id = webhook.member_id))))));

-- Name: VIEW live_webhooks; Type: COMMENT; Schema: canonical

COMMENT ON VIEW canonical.live_webhooks IS 'The endpoints to which something is sent now: enabled, and of a member who may read all changes.';

-- Name: membership_stores_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.membership_stores ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.membership_stores_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: money_entries_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.money_entries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.money_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: notification_digests; Type: TABLE; Schema: canonical

CREATE TABLE canonical.notification_digests (
    organization_id bigint NOT NULL,
    user_id bigint NOT NULL,
    at_minute smallint,
    time_zone text,
    sent_on date NOT NULL,
    CONSTRAINT notification_digests_at_minute_range CHECK (((at_minute >= 0) AND (at_minute <= 1439)))
);

-- Name: TABLE notification_digests; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.notification_digests IS 'Who gets one e-mail a day with what came up, in place of one for each notification.';

-- Name: COLUMN notification_digests.at_minute; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_digests.at_minute IS 'The minute of the day at which it is made, on the clock of the zone; null: every e-mail goes by itself.';

-- Name: COLUMN notification_digests.time_zone; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_digests.time_zone IS 'IANA name; null: the organization''s.';

-- Name: COLUMN notification_digests.sent_on; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_digests.sent_on IS 'The last day, in the zone, whose digest was made, or had nothing in it. It only moves forward.';

-- Name: notification_positions; Type: TABLE; Schema: canonical

CREATE TABLE canonical.notification_positions (
    organization_id bigint NOT NULL,
    epoch smallint NOT NULL,
    transaction xid8 NOT NULL,
    event_id bigint NOT NULL,
    told_until date NOT NULL
);

-- Name: TABLE notification_positions; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.notification_positions IS 'Up to where each organization''s changes have been read for notifications. It moves in the transaction that saves them.';

-- Name: COLUMN notification_positions.told_until; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.notification_positions.told_until IS 'The day of the organization up to which it has been told what the calendar brings: what falls due, and what is overdue.';

-- Name: notification_preferences_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.notification_preferences ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.notification_preferences_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: notifications_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.notifications ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.notifications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: number_series; Type: TABLE; Schema: canonical

CREATE TABLE canonical.number_series (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    prefix text NOT NULL,
    next_value bigint DEFAULT 1 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT number_series_kind CHECK ((kind = ANY (ARRAY['invoice'::text, 'bill'::text, 'credit_note'::text, 'vendor_credit_note'::text]))),
    CONSTRAINT number_series_next_value_positive CHECK ((next_value > 0))
);

-- Name: TABLE number_series; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.number_series IS 'The next number of each kind of document.';

-- Name: number_series_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.number_series ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.number_series_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: operator_actions; Type: TABLE; Schema: canonical

CREATE TABLE canonical.operator_actions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    action text NOT NULL,
    projection text NOT NULL,
    reason text NOT NULL,
    done_at timestamp with time zone,
    failure text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT operator_actions_action CHECK ((action = ANY (ARRAY['pause'::text, 'resume'::text, 'verify'::text, 'rebuild'::text, 'retry'::text]))),
    CONSTRAINT operator_actions_failure_done CHECK (((failure IS NULL) OR (done_at IS NOT NULL))),
    CONSTRAINT operator_actions_reason CHECK (((btrim(reason) <> ''::text) AND (length(reason) <= 500)))
);

-- Name: TABLE operator_actions; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.operator_actions IS 'What operators have asked for. A worker does it, oldest first.';

-- Name: COLUMN operator_actions.projection; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.operator_actions.projection IS 'The read model that it is about; one that does not exist any more fails.';

-- Name: COLUMN operator_actions.done_at; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.operator_actions.done_at IS 'When a worker did it, or could not; null until then.';

-- Name: COLUMN operator_actions.failure; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.operator_actions.failure IS 'Why it could not be done; null where it was.';

-- Name: operator_actions_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.operator_actions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.operator_actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: organizations_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.organizations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.organizations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: payment_allocations_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.payment_allocations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.payment_allocations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: payment_refunds_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.payment_refunds ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.payment_refunds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: payments_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.payments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.payments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: people_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.people ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: posting_queue; Type: TABLE; Schema: canonical

CREATE UNLOGGED TABLE canonical.posting_queue (
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    organization_id bigint NOT NULL,
    class text NOT NULL,
    id bigint NOT NULL,
    CONSTRAINT posting_queue_class CHECK ((class = ANY (ARRAY['document'::text, 'payment'::text, 'money_entry'::text, 'transfer'::text, 'day_close'::text, 'journal_entry'::text, 'settled_document'::text, 'settled_payment'::text, 'sale'::text, 'changed_sale'::text])))
);

-- Name: TABLE posting_queue; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.posting_queue IS 'The records that a running transaction still has to post or check. Rows are gone before it commits, so no other
transaction ever sees one. Of the two settled classes the amounts are kept, and what settles them is posted,
but not they themselves. Sales are checked, as journal entries are.';

-- Name: products_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.products ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.products_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: sale_line_taxes_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.sale_line_taxes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.sale_line_taxes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: sale_lines_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.sale_lines ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.sale_lines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: sale_tenders_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.sale_tenders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.sale_tenders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: sales_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.sales ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.sales_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: shifts_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.shifts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.shifts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: store_hour_exceptions_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.store_hour_exceptions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.store_hour_exceptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: store_hours_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.store_hours ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.store_hours_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: stores_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.stores ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.stores_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tax_rates_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.tax_rates ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.tax_rates_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: till_movements_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.till_movements ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.till_movements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: till_sessions_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.till_sessions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.till_sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tills_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.tills ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.tills_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: transfers_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.transfers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.transfers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: users; Type: TABLE; Schema: canonical

CREATE TABLE canonical.users (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."und-x-icu",
    email text NOT NULL,
    is_operator boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_form CHECK ((email ~ '^[^@\s]+@[^@\s]+$'::text)),
    CONSTRAINT users_name_given CHECK ((btrim(name) <> ''::text))
);

-- Name: TABLE users; Type: COMMENT; Schema: canonical

COMMENT ON TABLE canonical.users IS 'Humans who sign in; a membership lets one into an organization. Global.';

-- Name: COLUMN users.is_operator; Type: COMMENT; Schema: canonical

COMMENT ON COLUMN canonical.users.is_operator IS 'Whether the user looks after this installation, the jobs of all organizations for example. No role in an organization
gives this right; the command line does.';

-- Name: users_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: webhook_deliveries_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.webhook_deliveries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.webhook_deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: webhooks_id_seq; Type: SEQUENCE; Schema: canonical

ALTER TABLE canonical.webhooks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME canonical.webhooks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: quarantine; Type: TABLE; Schema: engine

CREATE TABLE engine.quarantine (
    projection text NOT NULL,
    organization_id bigint NOT NULL,
    key text[] NOT NULL,
    error text NOT NULL,
    failed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    attempts integer DEFAULT 1 NOT NULL
);

-- Name: TABLE quarantine; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.quarantine IS 'Keys whose source row cannot be computed. Reads return their stored row and flag it.';

-- Name: account_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.account_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.account_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('account_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT account_summaries.id,
            account_summaries.organization_id,
            account_summaries.grain,
            account_summaries.account_id,
            account_summaries.xid,
            account_summaries.marked_at
           FROM marks.account_summaries
          WHERE (account_summaries.xid >= low.xid)
        UNION ALL
         SELECT account_summaries.id,
            account_summaries.organization_id,
            account_summaries.grain,
            account_summaries.account_id,
            account_summaries.xid,
            account_summaries.marked_at
           FROM marks.account_summaries
          WHERE ((account_summaries.xid >= low.open_from) AND (account_summaries.xid <= low.open_to))) m);

-- Name: VIEW account_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.account_summaries IS 'The rows of marks.account_summaries, read from the low water on.';

-- Name: channel_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.channel_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.channel_id,
    m.xid,
    m.marked_at,
    m.user_id
   FROM (engine.reached('channel_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT channel_summaries.id,
            channel_summaries.organization_id,
            channel_summaries.grain,
            channel_summaries.channel_id,
            channel_summaries.xid,
            channel_summaries.marked_at,
            channel_summaries.user_id
           FROM marks.channel_summaries
          WHERE (channel_summaries.xid >= low.xid)
        UNION ALL
         SELECT channel_summaries.id,
            channel_summaries.organization_id,
            channel_summaries.grain,
            channel_summaries.channel_id,
            channel_summaries.xid,
            channel_summaries.marked_at,
            channel_summaries.user_id
           FROM marks.channel_summaries
          WHERE ((channel_summaries.xid >= low.open_from) AND (channel_summaries.xid <= low.open_to))) m);

-- Name: VIEW channel_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.channel_summaries IS 'The rows of marks.channel_summaries, read from the low water on.';

-- Name: channel_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.channel_summaries (
    organization_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    name text COLLATE pg_catalog."und-x-icu",
    description text,
    member_count integer,
    till_difference_above numeric,
    takings_below numeric,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);

-- Name: credit_allocations; Type: VIEW; Schema: pending

CREATE VIEW pending.credit_allocations AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.allocation_id,
    m.xid,
    m.marked_at,
    m.credit_note_id,
    m.within_document_id,
    m.within_credit_note_id
   FROM (engine.reached('credit_allocations'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT credit_allocations.id,
            credit_allocations.organization_id,
            credit_allocations.grain,
            credit_allocations.allocation_id,
            credit_allocations.xid,
            credit_allocations.marked_at,
            credit_allocations.credit_note_id,
            credit_allocations.within_document_id,
            credit_allocations.within_credit_note_id
           FROM marks.credit_allocations
          WHERE (credit_allocations.xid >= low.xid)
        UNION ALL
         SELECT credit_allocations.id,
            credit_allocations.organization_id,
            credit_allocations.grain,
            credit_allocations.allocation_id,
            credit_allocations.xid,
            credit_allocations.marked_at,
            credit_allocations.credit_note_id,
            credit_allocations.within_document_id,
            credit_allocations.within_credit_note_id
           FROM marks.credit_allocations
          WHERE ((credit_allocations.xid >= low.open_from) AND (credit_allocations.xid <= low.open_to))) m);

-- Name: VIEW credit_allocations; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.credit_allocations IS 'The rows of marks.credit_allocations, read from the low water on.';

-- Name: credit_allocations; Type: TABLE; Schema: projection

CREATE TABLE projection.credit_allocations (
    organization_id bigint NOT NULL,
    allocation_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    credit_note_id bigint,
    document_id bigint,
    allocated_on date,
    currency text,
    amount numeric
);

-- Name: day_close_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.day_close_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.day_close_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('day_close_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT day_close_summaries.id,
            day_close_summaries.organization_id,
            day_close_summaries.grain,
            day_close_summaries.day_close_id,
            day_close_summaries.xid,
            day_close_summaries.marked_at
           FROM marks.day_close_summaries
          WHERE (day_close_summaries.xid >= low.xid)
        UNION ALL
         SELECT day_close_summaries.id,
            day_close_summaries.organization_id,
            day_close_summaries.grain,
            day_close_summaries.day_close_id,
            day_close_summaries.xid,
            day_close_summaries.marked_at
           FROM marks.day_close_summaries
          WHERE ((day_close_summaries.xid >= low.open_from) AND (day_close_summaries.xid <= low.open_to))) m);

-- Name: VIEW day_close_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.day_close_summaries IS 'The rows of marks.day_close_summaries, read from the low water on.';

-- Name: document_items; Type: VIEW; Schema: pending

CREATE VIEW pending.document_items AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.item_id,
    m.xid,
    m.marked_at,
    m.document_id,
    m.within_document_id
   FROM (engine.reached('document_items'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT document_items.id,
            document_items.organization_id,
            document_items.grain,
            document_items.item_id,
            document_items.xid,
            document_items.marked_at,
            document_items.document_id,
            document_items.within_document_id
           FROM marks.document_items
          WHERE (document_items.xid >= low.xid)
        UNION ALL
         SELECT document_items.id,
            document_items.organization_id,
            document_items.grain,
            document_items.item_id,
            document_items.xid,
            document_items.marked_at,
            document_items.document_id,
            document_items.within_document_id
           FROM marks.document_items
          WHERE ((document_items.xid >= low.open_from) AND (document_items.xid <= low.open_to))) m);

-- Name: VIEW document_items; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.document_items IS 'The rows of marks.document_items, read from the low water on.';

-- Name: document_items; Type: TABLE; Schema: projection

CREATE TABLE projection.document_items (
    organization_id bigint NOT NULL,
    item_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    document_id bigint,
    line integer,
    product_id bigint,
    store_id bigint,
    description text,
    quantity numeric,
    currency text,
    unit_price numeric,
    discount_percentage numeric,
    discount numeric,
    net numeric,
    tax numeric,
    gross numeric,
    taxes jsonb
);

-- Name: document_payments; Type: VIEW; Schema: pending

CREATE VIEW pending.document_payments AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.allocation_id,
    m.xid,
    m.marked_at,
    m.payment_id,
    m.document_id,
    m.within_document_id,
    m.within_payment_id
   FROM (engine.reached('document_payments'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT document_payments.id,
            document_payments.organization_id,
            document_payments.grain,
            document_payments.allocation_id,
            document_payments.xid,
            document_payments.marked_at,
            document_payments.payment_id,
            document_payments.document_id,
            document_payments.within_document_id,
            document_payments.within_payment_id
           FROM marks.document_payments
          WHERE (document_payments.xid >= low.xid)
        UNION ALL
         SELECT document_payments.id,
            document_payments.organization_id,
            document_payments.grain,
            document_payments.allocation_id,
            document_payments.xid,
            document_payments.marked_at,
            document_payments.payment_id,
            document_payments.document_id,
            document_payments.within_document_id,
            document_payments.within_payment_id
           FROM marks.document_payments
          WHERE ((document_payments.xid >= low.open_from) AND (document_payments.xid <= low.open_to))) m);

-- Name: VIEW document_payments; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.document_payments IS 'The rows of marks.document_payments, read from the low water on.';

-- Name: document_payments; Type: TABLE; Schema: projection

CREATE TABLE projection.document_payments (
    organization_id bigint NOT NULL,
    allocation_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    document_id bigint,
    document_type text,
    payment_id bigint,
    allocated_on date,
    paid_on date,
    method text,
    reference text,
    currency text,
    amount numeric
);

-- Name: document_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.document_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.document_id,
    m.xid,
    m.marked_at,
    m.party_id,
    m.within_party_id
   FROM (engine.reached('document_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT document_summaries.id,
            document_summaries.organization_id,
            document_summaries.grain,
            document_summaries.document_id,
            document_summaries.xid,
            document_summaries.marked_at,
            document_summaries.party_id,
            document_summaries.within_party_id
           FROM marks.document_summaries
          WHERE (document_summaries.xid >= low.xid)
        UNION ALL
         SELECT document_summaries.id,
            document_summaries.organization_id,
            document_summaries.grain,
            document_summaries.document_id,
            document_summaries.xid,
            document_summaries.marked_at,
            document_summaries.party_id,
            document_summaries.within_party_id
           FROM marks.document_summaries
          WHERE ((document_summaries.xid >= low.open_from) AND (document_summaries.xid <= low.open_to))) m);

-- Name: VIEW document_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.document_summaries IS 'The rows of marks.document_summaries, read from the low water on.';

-- Name: document_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.document_summaries (
    organization_id bigint NOT NULL,
    document_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    kind text,
    version integer,
    state text,
    number text,
    number_value bigint,
    party_id bigint,
    party_name text COLLATE pg_catalog."und-x-icu",
    party_address jsonb,
    issued_on date,
    due_on date,
    currency text,
    fx_rate numeric,
    prices_include_tax boolean,
    tax_rounding text,
    store_id bigint,
    memo text,
    external_ref text,
    subtotal numeric,
    tax numeric,
    total numeric,
    paid numeric,
    due numeric,
    payment_state text,
    item_count integer,
    sent_at timestamp with time zone,
    approved_at timestamp with time zone,
    voided_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.document_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: financial_transactions; Type: VIEW; Schema: pending

CREATE VIEW pending.financial_transactions AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.canonical_type,
    m.canonical_id,
    m.xid,
    m.marked_at,
    m.party_id,
    m.payment_id,
    m.money_entry_id,
    m.transfer_id,
    m.account_id,
    m.within_party_id
   FROM (engine.reached('financial_transactions'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT financial_transactions.id,
            financial_transactions.organization_id,
            financial_transactions.grain,
            financial_transactions.canonical_type,
            financial_transactions.canonical_id,
            financial_transactions.xid,
            financial_transactions.marked_at,
            financial_transactions.party_id,
            financial_transactions.payment_id,
            financial_transactions.money_entry_id,
            financial_transactions.transfer_id,
            financial_transactions.account_id,
            financial_transactions.within_party_id
           FROM marks.financial_transactions
          WHERE (financial_transactions.xid >= low.xid)
        UNION ALL
         SELECT financial_transactions.id,
            financial_transactions.organization_id,
            financial_transactions.grain,
            financial_transactions.canonical_type,
            financial_transactions.canonical_id,
            financial_transactions.xid,
            financial_transactions.marked_at,
            financial_transactions.party_id,
            financial_transactions.payment_id,
            financial_transactions.money_entry_id,
            financial_transactions.transfer_id,
            financial_transactions.account_id,
            financial_transactions.within_party_id
           FROM marks.financial_transactions
          WHERE ((financial_transactions.xid >= low.open_from) AND (financial_transactions.xid <= low.open_to))) m);

-- Name: VIEW financial_transactions; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.financial_transactions IS 'The rows of marks.financial_transactions, read from the low water on.';

-- Name: financial_transactions; Type: TABLE; Schema: projection

CREATE TABLE projection.financial_transactions (
    organization_id bigint NOT NULL,
    canonical_type text NOT NULL,
    canonical_id bigint NOT NULL,
    kind text,
    direction text,
    occurred_on date,
    party_id bigint,
    party_name text COLLATE pg_catalog."und-x-icu",
    from_account_id bigint,
    to_account_id bigint,
    from_store_id bigint,
    to_store_id bigint,
    currency text,
    amount numeric,
    memo text,
    voided_at timestamp with time zone,
    voided boolean,
    created_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.financial_transactions ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: fx_rate_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.fx_rate_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.fx_rate_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('fx_rate_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT fx_rate_summaries.id,
            fx_rate_summaries.organization_id,
            fx_rate_summaries.grain,
            fx_rate_summaries.fx_rate_id,
            fx_rate_summaries.xid,
            fx_rate_summaries.marked_at
           FROM marks.fx_rate_summaries
          WHERE (fx_rate_summaries.xid >= low.xid)
        UNION ALL
         SELECT fx_rate_summaries.id,
            fx_rate_summaries.organization_id,
            fx_rate_summaries.grain,
            fx_rate_summaries.fx_rate_id,
            fx_rate_summaries.xid,
            fx_rate_summaries.marked_at
           FROM marks.fx_rate_summaries
          WHERE ((fx_rate_summaries.xid >= low.open_from) AND (fx_rate_summaries.xid <= low.open_to))) m);

-- Name: VIEW fx_rate_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.fx_rate_summaries IS 'The rows of marks.fx_rate_summaries, read from the low water on.';

-- Name: journal_entry_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.journal_entry_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.entry_id,
    m.xid,
    m.marked_at,
    m.reverses_id
   FROM (engine.reached('journal_entry_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT journal_entry_summaries.id,
            journal_entry_summaries.organization_id,
            journal_entry_summaries.grain,
            journal_entry_summaries.entry_id,
            journal_entry_summaries.xid,
            journal_entry_summaries.marked_at,
            journal_entry_summaries.reverses_id
           FROM marks.journal_entry_summaries
          WHERE (journal_entry_summaries.xid >= low.xid)
        UNION ALL
         SELECT journal_entry_summaries.id,
            journal_entry_summaries.organization_id,
            journal_entry_summaries.grain,
            journal_entry_summaries.entry_id,
            journal_entry_summaries.xid,
            journal_entry_summaries.marked_at,
            journal_entry_summaries.reverses_id
           FROM marks.journal_entry_summaries
          WHERE ((journal_entry_summaries.xid >= low.open_from) AND (journal_entry_summaries.xid <= low.open_to))) m);

-- Name: VIEW journal_entry_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.journal_entry_summaries IS 'The rows of marks.journal_entry_summaries, read from the low water on.';

-- Name: journal_entry_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.journal_entry_summaries (
    organization_id bigint NOT NULL,
    entry_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    purpose text,
    posted_on date,
    memo text,
    reverses_id bigint,
    reversed_by_id bigint,
    passed_lock boolean,
    created_at timestamp with time zone,
    currency text,
    total numeric,
    lines jsonb
);

-- Name: money_entry_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.money_entry_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.money_entry_id,
    m.xid,
    m.marked_at,
    m.party_id,
    m.within_party_id
   FROM (engine.reached('money_entry_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT money_entry_summaries.id,
            money_entry_summaries.organization_id,
            money_entry_summaries.grain,
            money_entry_summaries.money_entry_id,
            money_entry_summaries.xid,
            money_entry_summaries.marked_at,
            money_entry_summaries.party_id,
            money_entry_summaries.within_party_id
           FROM marks.money_entry_summaries
          WHERE (money_entry_summaries.xid >= low.xid)
        UNION ALL
         SELECT money_entry_summaries.id,
            money_entry_summaries.organization_id,
            money_entry_summaries.grain,
            money_entry_summaries.money_entry_id,
            money_entry_summaries.xid,
            money_entry_summaries.marked_at,
            money_entry_summaries.party_id,
            money_entry_summaries.within_party_id
           FROM marks.money_entry_summaries
          WHERE ((money_entry_summaries.xid >= low.open_from) AND (money_entry_summaries.xid <= low.open_to))) m);

-- Name: VIEW money_entry_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.money_entry_summaries IS 'The rows of marks.money_entry_summaries, read from the low water on.';

-- Name: money_entry_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.money_entry_summaries (
    organization_id bigint NOT NULL,
    money_entry_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    kind text,
    version integer,
    account_id bigint,
    money_account_id bigint,
    party_id bigint,
    party_name text COLLATE pg_catalog."und-x-icu",
    occurred_on date,
    currency text,
    fx_rate numeric,
    tax_rate_id bigint,
    store_id bigint,
    memo text,
    external_ref text,
    voided_at timestamp with time zone,
    voided boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    amount numeric,
    tax numeric,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.money_entry_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: monthly_invoicing; Type: VIEW; Schema: pending

CREATE VIEW pending.monthly_invoicing AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.party_id,
    m.month,
    m.currency,
    m.store_id,
    m.xid,
    m.marked_at,
    m.within_party_id
   FROM (engine.reached('monthly_invoicing'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT monthly_invoicing.id,
            monthly_invoicing.organization_id,
            monthly_invoicing.grain,
            monthly_invoicing.party_id,
            monthly_invoicing.month,
            monthly_invoicing.currency,
            monthly_invoicing.store_id,
            monthly_invoicing.xid,
            monthly_invoicing.marked_at,
            monthly_invoicing.within_party_id
           FROM marks.monthly_invoicing
          WHERE (monthly_invoicing.xid >= low.xid)
        UNION ALL
         SELECT monthly_invoicing.id,
            monthly_invoicing.organization_id,
            monthly_invoicing.grain,
            monthly_invoicing.party_id,
            monthly_invoicing.month,
            monthly_invoicing.currency,
            monthly_invoicing.store_id,
            monthly_invoicing.xid,
            monthly_invoicing.marked_at,
            monthly_invoicing.within_party_id
           FROM marks.monthly_invoicing
          WHERE ((monthly_invoicing.xid >= low.open_from) AND (monthly_invoicing.xid <= low.open_to))) m);

-- Name: VIEW monthly_invoicing; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.monthly_invoicing IS 'The rows of marks.monthly_invoicing, read from the low water on.';

-- Name: monthly_invoicing; Type: TABLE; Schema: projection

CREATE TABLE projection.monthly_invoicing (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    party_id bigint NOT NULL,
    party_name text COLLATE pg_catalog."und-x-icu",
    month date NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    invoice_count integer,
    total numeric
);

-- Name: notification_settings; Type: VIEW; Schema: pending

CREATE VIEW pending.notification_settings AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.channel_id,
    m.user_id,
    m.type,
    m.xid,
    m.marked_at
   FROM (engine.reached('notification_settings'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT notification_settings.id,
            notification_settings.organization_id,
            notification_settings.grain,
            notification_settings.channel_id,
            notification_settings.user_id,
            notification_settings.type,
            notification_settings.xid,
            notification_settings.marked_at
           FROM marks.notification_settings
          WHERE (notification_settings.xid >= low.xid)
        UNION ALL
         SELECT notification_settings.id,
            notification_settings.organization_id,
            notification_settings.grain,
            notification_settings.channel_id,
            notification_settings.user_id,
            notification_settings.type,
            notification_settings.xid,
            notification_settings.marked_at
           FROM marks.notification_settings
          WHERE ((notification_settings.xid >= low.open_from) AND (notification_settings.xid <= low.open_to))) m);

-- Name: VIEW notification_settings; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.notification_settings IS 'The rows of marks.notification_settings, read from the low water on.';

-- Name: notification_settings; Type: MATERIALIZED VIEW; Schema: projection

CREATE MATERIALIZED VIEW projection.notification_settings AS
 SELECT notification_settings.organization_id,
    notification_settings.channel_id,
    notification_settings.user_id,
    notification_settings.type,
    notification_settings.canonical_type,
    notification_settings.canonical_id,
    notification_settings.title,
    notification_settings.scope,
    notification_settings.delivery,
    notification_settings.decided_by,
    notification_settings.default_delivery,
    notification_settings.muted
   FROM source.notification_settings
  WITH NO DATA;

-- Name: notifications; Type: VIEW; Schema: pending

CREATE VIEW pending.notifications AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.notification_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('notifications'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT notifications.id,
            notifications.organization_id,
            notifications.grain,
            notifications.notification_id,
            notifications.xid,
            notifications.marked_at
           FROM marks.notifications
          WHERE (notifications.xid >= low.xid)
        UNION ALL
         SELECT notifications.id,
            notifications.organization_id,
            notifications.grain,
            notifications.notification_id,
            notifications.xid,
            notifications.marked_at
           FROM marks.notifications
          WHERE ((notifications.xid >= low.open_from) AND (notifications.xid <= low.open_to))) m);

-- Name: VIEW notifications; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.notifications IS 'The rows of marks.notifications, read from the low water on.';

-- Name: party_balances; Type: VIEW; Schema: pending

CREATE VIEW pending.party_balances AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.party_id,
    m.currency,
    m.store_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('party_balances'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT party_balances.id,
            party_balances.organization_id,
            party_balances.grain,
            party_balances.party_id,
            party_balances.currency,
            party_balances.store_id,
            party_balances.xid,
            party_balances.marked_at
           FROM marks.party_balances
          WHERE (party_balances.xid >= low.xid)
        UNION ALL
         SELECT party_balances.id,
            party_balances.organization_id,
            party_balances.grain,
            party_balances.party_id,
            party_balances.currency,
            party_balances.store_id,
            party_balances.xid,
            party_balances.marked_at
           FROM marks.party_balances
          WHERE ((party_balances.xid >= low.open_from) AND (party_balances.xid <= low.open_to))) m);

-- Name: VIEW party_balances; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.party_balances IS 'The rows of marks.party_balances, read from the low water on.';

-- Name: party_balances; Type: TABLE; Schema: projection

CREATE TABLE projection.party_balances (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    party_id bigint NOT NULL,
    party_name text COLLATE pg_catalog."und-x-icu",
    currency text NOT NULL,
    store_id bigint NOT NULL,
    receivable numeric,
    unallocated_in numeric,
    unapplied_credits numeric,
    net_receivable numeric,
    payable numeric,
    unallocated_out numeric,
    unapplied_vendor_credits numeric,
    net_payable numeric
);

-- Name: payment_refunds; Type: VIEW; Schema: pending

CREATE VIEW pending.payment_refunds AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.allocation_id,
    m.xid,
    m.marked_at,
    m.refund_id,
    m.within_payment_id,
    m.within_refund_id
   FROM (engine.reached('payment_refunds'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT payment_refunds.id,
            payment_refunds.organization_id,
            payment_refunds.grain,
            payment_refunds.allocation_id,
            payment_refunds.xid,
            payment_refunds.marked_at,
            payment_refunds.refund_id,
            payment_refunds.within_payment_id,
            payment_refunds.within_refund_id
           FROM marks.payment_refunds
          WHERE (payment_refunds.xid >= low.xid)
        UNION ALL
         SELECT payment_refunds.id,
            payment_refunds.organization_id,
            payment_refunds.grain,
            payment_refunds.allocation_id,
            payment_refunds.xid,
            payment_refunds.marked_at,
            payment_refunds.refund_id,
            payment_refunds.within_payment_id,
            payment_refunds.within_refund_id
           FROM marks.payment_refunds
          WHERE ((payment_refunds.xid >= low.open_from) AND (payment_refunds.xid <= low.open_to))) m);

-- Name: VIEW payment_refunds; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.payment_refunds IS 'The rows of marks.payment_refunds, read from the low water on.';

-- Name: payment_refunds; Type: TABLE; Schema: projection

CREATE TABLE projection.payment_refunds (
    organization_id bigint NOT NULL,
    allocation_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    refund_id bigint,
    payment_id bigint,
    allocated_on date,
    currency text,
    amount numeric
);

-- Name: payment_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.payment_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.payment_id,
    m.xid,
    m.marked_at,
    m.party_id,
    m.within_party_id,
    m.account_id
   FROM (engine.reached('payment_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT payment_summaries.id,
            payment_summaries.organization_id,
            payment_summaries.grain,
            payment_summaries.payment_id,
            payment_summaries.xid,
            payment_summaries.marked_at,
            payment_summaries.party_id,
            payment_summaries.within_party_id,
            payment_summaries.account_id
           FROM marks.payment_summaries
          WHERE (payment_summaries.xid >= low.xid)
        UNION ALL
         SELECT payment_summaries.id,
            payment_summaries.organization_id,
            payment_summaries.grain,
            payment_summaries.payment_id,
            payment_summaries.xid,
            payment_summaries.marked_at,
            payment_summaries.party_id,
            payment_summaries.within_party_id,
            payment_summaries.account_id
           FROM marks.payment_summaries
          WHERE ((payment_summaries.xid >= low.open_from) AND (payment_summaries.xid <= low.open_to))) m);

-- Name: VIEW payment_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.payment_summaries IS 'The rows of marks.payment_summaries, read from the low water on.';

-- Name: payment_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.payment_summaries (
    organization_id bigint NOT NULL,
    payment_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    direction text,
    party_role text,
    party_id bigint,
    party_name text COLLATE pg_catalog."und-x-icu",
    paid_on date,
    method text,
    account_id bigint,
    store_id bigint,
    reference text,
    currency text,
    fx_rate numeric,
    external_ref text,
    voided_at timestamp with time zone,
    voided boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    amount numeric,
    allocated numeric,
    refunded numeric,
    unallocated numeric
);

-- Name: people_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.people_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.person_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('people_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT people_summaries.id,
            people_summaries.organization_id,
            people_summaries.grain,
            people_summaries.person_id,
            people_summaries.xid,
            people_summaries.marked_at
           FROM marks.people_summaries
          WHERE (people_summaries.xid >= low.xid)
        UNION ALL
         SELECT people_summaries.id,
            people_summaries.organization_id,
            people_summaries.grain,
            people_summaries.person_id,
            people_summaries.xid,
            people_summaries.marked_at
           FROM marks.people_summaries
          WHERE ((people_summaries.xid >= low.open_from) AND (people_summaries.xid <= low.open_to))) m);

-- Name: VIEW people_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.people_summaries IS 'The rows of marks.people_summaries, read from the low water on.';

-- Name: product_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.product_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.product_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('product_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT product_summaries.id,
            product_summaries.organization_id,
            product_summaries.grain,
            product_summaries.product_id,
            product_summaries.xid,
            product_summaries.marked_at
           FROM marks.product_summaries
          WHERE (product_summaries.xid >= low.xid)
        UNION ALL
         SELECT product_summaries.id,
            product_summaries.organization_id,
            product_summaries.grain,
            product_summaries.product_id,
            product_summaries.xid,
            product_summaries.marked_at
           FROM marks.product_summaries
          WHERE ((product_summaries.xid >= low.open_from) AND (product_summaries.xid <= low.open_to))) m);

-- Name: VIEW product_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.product_summaries IS 'The rows of marks.product_summaries, read from the low water on.';

-- Name: sale_annotations; Type: VIEW; Schema: pending

CREATE VIEW pending.sale_annotations AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.sale_id,
    m.xid,
    m.marked_at,
    m.store_id,
    m.business_date,
    m.within_store_id,
    m.refunded_sale_id
   FROM (engine.reached('sale_annotations'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT sale_annotations.id,
            sale_annotations.organization_id,
            sale_annotations.grain,
            sale_annotations.sale_id,
            sale_annotations.xid,
            sale_annotations.marked_at,
            sale_annotations.store_id,
            sale_annotations.business_date,
            sale_annotations.within_store_id,
            sale_annotations.refunded_sale_id
           FROM marks.sale_annotations
          WHERE (sale_annotations.xid >= low.xid)
        UNION ALL
         SELECT sale_annotations.id,
            sale_annotations.organization_id,
            sale_annotations.grain,
            sale_annotations.sale_id,
            sale_annotations.xid,
            sale_annotations.marked_at,
            sale_annotations.store_id,
            sale_annotations.business_date,
            sale_annotations.within_store_id,
            sale_annotations.refunded_sale_id
           FROM marks.sale_annotations
          WHERE ((sale_annotations.xid >= low.open_from) AND (sale_annotations.xid <= low.open_to))) m);

-- Name: VIEW sale_annotations; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.sale_annotations IS 'The rows of marks.sale_annotations, read from the low water on.';

-- Name: sale_annotations; Type: TABLE; Schema: projection

CREATE TABLE projection.sale_annotations (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    sale_id bigint NOT NULL,
    version integer,
    store_id bigint,
    kind text,
    occurred_at timestamp with time zone,
    local_time timestamp without time zone,
    business_date date,
    day_part text,
    day_part_start smallint,
    inside_opening_hours boolean,
    currency text,
    amount numeric,
    tax numeric,
    prices_include_tax boolean,
    line_count integer,
    product_ids bigint[],
    tenders jsonb,
    refunded_sale_id bigint,
    refunded_amount numeric,
    refundable numeric,
    person_id bigint,
    external_ref text,
    till_session_id bigint,
    booked_on date,
    late boolean,
    voided_at timestamp with time zone,
    voided boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: sale_lines; Type: VIEW; Schema: pending

CREATE VIEW pending.sale_lines AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.line_id,
    m.xid,
    m.marked_at,
    m.sale_id,
    m.refunded_line_id,
    m.within_sale_id
   FROM (engine.reached('sale_lines'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT sale_lines.id,
            sale_lines.organization_id,
            sale_lines.grain,
            sale_lines.line_id,
            sale_lines.xid,
            sale_lines.marked_at,
            sale_lines.sale_id,
            sale_lines.refunded_line_id,
            sale_lines.within_sale_id
           FROM marks.sale_lines
          WHERE (sale_lines.xid >= low.xid)
        UNION ALL
         SELECT sale_lines.id,
            sale_lines.organization_id,
            sale_lines.grain,
            sale_lines.line_id,
            sale_lines.xid,
            sale_lines.marked_at,
            sale_lines.sale_id,
            sale_lines.refunded_line_id,
            sale_lines.within_sale_id
           FROM marks.sale_lines
          WHERE ((sale_lines.xid >= low.open_from) AND (sale_lines.xid <= low.open_to))) m);

-- Name: VIEW sale_lines; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.sale_lines IS 'The rows of marks.sale_lines, read from the low water on.';

-- Name: sale_lines; Type: TABLE; Schema: projection

CREATE TABLE projection.sale_lines (
    organization_id bigint NOT NULL,
    line_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    sale_id bigint,
    line integer,
    product_id bigint,
    refunded_line_id bigint,
    description text,
    quantity numeric,
    currency text,
    unit_price numeric,
    discount_percentage numeric,
    discount numeric,
    net numeric,
    tax numeric,
    gross numeric,
    taxes jsonb,
    refunded_quantity numeric
);

-- Name: search_documents; Type: VIEW; Schema: pending

CREATE VIEW pending.search_documents AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.canonical_type,
    m.canonical_id,
    m.xid,
    m.marked_at,
    m.person_id,
    m.resident_id,
    m.product_id,
    m.account_id,
    m.store_id,
    m.channel_id,
    m.document_id,
    m.money_entry_id,
    m.transfer_id
   FROM (engine.reached('search_documents'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT search_documents.id,
            search_documents.organization_id,
            search_documents.grain,
            search_documents.canonical_type,
            search_documents.canonical_id,
            search_documents.xid,
            search_documents.marked_at,
            search_documents.person_id,
            search_documents.resident_id,
            search_documents.product_id,
            search_documents.account_id,
            search_documents.store_id,
            search_documents.channel_id,
            search_documents.document_id,
            search_documents.money_entry_id,
            search_documents.transfer_id
           FROM marks.search_documents
          WHERE (search_documents.xid >= low.xid)
        UNION ALL
         SELECT search_documents.id,
            search_documents.organization_id,
            search_documents.grain,
            search_documents.canonical_type,
            search_documents.canonical_id,
            search_documents.xid,
            search_documents.marked_at,
            search_documents.person_id,
            search_documents.resident_id,
            search_documents.product_id,
            search_documents.account_id,
            search_documents.store_id,
            search_documents.channel_id,
            search_documents.document_id,
            search_documents.money_entry_id,
            search_documents.transfer_id
           FROM marks.search_documents
          WHERE ((search_documents.xid >= low.open_from) AND (search_documents.xid <= low.open_to))) m);

-- Name: VIEW search_documents; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.search_documents IS 'The rows of marks.search_documents, read from the low water on.';

-- Name: shift_annotations; Type: VIEW; Schema: pending

CREATE VIEW pending.shift_annotations AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.shift_id,
    m.xid,
    m.marked_at,
    m.person_id,
    m.utc_day,
    m.store_id,
    m.business_date,
    m.within_store_id,
    m.within_person_id
   FROM (engine.reached('shift_annotations'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT shift_annotations.id,
            shift_annotations.organization_id,
            shift_annotations.grain,
            shift_annotations.shift_id,
            shift_annotations.xid,
            shift_annotations.marked_at,
            shift_annotations.person_id,
            shift_annotations.utc_day,
            shift_annotations.store_id,
            shift_annotations.business_date,
            shift_annotations.within_store_id,
            shift_annotations.within_person_id
           FROM marks.shift_annotations
          WHERE (shift_annotations.xid >= low.xid)
        UNION ALL
         SELECT shift_annotations.id,
            shift_annotations.organization_id,
            shift_annotations.grain,
            shift_annotations.shift_id,
            shift_annotations.xid,
            shift_annotations.marked_at,
            shift_annotations.person_id,
            shift_annotations.utc_day,
            shift_annotations.store_id,
            shift_annotations.business_date,
            shift_annotations.within_store_id,
            shift_annotations.within_person_id
           FROM marks.shift_annotations
          WHERE ((shift_annotations.xid >= low.open_from) AND (shift_annotations.xid <= low.open_to))) m);

-- Name: VIEW shift_annotations; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.shift_annotations IS 'The rows of marks.shift_annotations, read from the low water on.';

-- Name: shift_annotations; Type: TABLE; Schema: projection

CREATE TABLE projection.shift_annotations (
    organization_id bigint NOT NULL,
    shift_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    store_id bigint,
    person_id bigint,
    state text,
    note text,
    external_ref text,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    minutes integer,
    local_start timestamp without time zone,
    local_end timestamp without time zone,
    business_date date,
    day_parts jsonb,
    minutes_in_no_day_part integer,
    minutes_outside_hours integer,
    week_start date,
    running_week_minutes integer,
    published_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: store_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.store_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.store_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('store_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT store_summaries.id,
            store_summaries.organization_id,
            store_summaries.grain,
            store_summaries.store_id,
            store_summaries.xid,
            store_summaries.marked_at
           FROM marks.store_summaries
          WHERE (store_summaries.xid >= low.xid)
        UNION ALL
         SELECT store_summaries.id,
            store_summaries.organization_id,
            store_summaries.grain,
            store_summaries.store_id,
            store_summaries.xid,
            store_summaries.marked_at
           FROM marks.store_summaries
          WHERE ((store_summaries.xid >= low.open_from) AND (store_summaries.xid <= low.open_to))) m);

-- Name: VIEW store_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.store_summaries IS 'The rows of marks.store_summaries, read from the low water on.';

-- Name: tax_rate_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.tax_rate_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.tax_rate_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('tax_rate_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT tax_rate_summaries.id,
            tax_rate_summaries.organization_id,
            tax_rate_summaries.grain,
            tax_rate_summaries.tax_rate_id,
            tax_rate_summaries.xid,
            tax_rate_summaries.marked_at
           FROM marks.tax_rate_summaries
          WHERE (tax_rate_summaries.xid >= low.xid)
        UNION ALL
         SELECT tax_rate_summaries.id,
            tax_rate_summaries.organization_id,
            tax_rate_summaries.grain,
            tax_rate_summaries.tax_rate_id,
            tax_rate_summaries.xid,
            tax_rate_summaries.marked_at
           FROM marks.tax_rate_summaries
          WHERE ((tax_rate_summaries.xid >= low.open_from) AND (tax_rate_summaries.xid <= low.open_to))) m);

-- Name: VIEW tax_rate_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.tax_rate_summaries IS 'The rows of marks.tax_rate_summaries, read from the low water on.';

-- Name: till_session_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.till_session_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.till_session_id,
    m.xid,
    m.marked_at,
    m.close_session_id
   FROM (engine.reached('till_session_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT till_session_summaries.id,
            till_session_summaries.organization_id,
            till_session_summaries.grain,
            till_session_summaries.till_session_id,
            till_session_summaries.xid,
            till_session_summaries.marked_at,
            till_session_summaries.close_session_id
           FROM marks.till_session_summaries
          WHERE (till_session_summaries.xid >= low.xid)
        UNION ALL
         SELECT till_session_summaries.id,
            till_session_summaries.organization_id,
            till_session_summaries.grain,
            till_session_summaries.till_session_id,
            till_session_summaries.xid,
            till_session_summaries.marked_at,
            till_session_summaries.close_session_id
           FROM marks.till_session_summaries
          WHERE ((till_session_summaries.xid >= low.open_from) AND (till_session_summaries.xid <= low.open_to))) m);

-- Name: VIEW till_session_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.till_session_summaries IS 'The rows of marks.till_session_summaries, read from the low water on.';

-- Name: till_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.till_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.till_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('till_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT till_summaries.id,
            till_summaries.organization_id,
            till_summaries.grain,
            till_summaries.till_id,
            till_summaries.xid,
            till_summaries.marked_at
           FROM marks.till_summaries
          WHERE (till_summaries.xid >= low.xid)
        UNION ALL
         SELECT till_summaries.id,
            till_summaries.organization_id,
            till_summaries.grain,
            till_summaries.till_id,
            till_summaries.xid,
            till_summaries.marked_at
           FROM marks.till_summaries
          WHERE ((till_summaries.xid >= low.open_from) AND (till_summaries.xid <= low.open_to))) m);

-- Name: VIEW till_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.till_summaries IS 'The rows of marks.till_summaries, read from the low water on.';

-- Name: transfer_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.transfer_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.transfer_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('transfer_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT transfer_summaries.id,
            transfer_summaries.organization_id,
            transfer_summaries.grain,
            transfer_summaries.transfer_id,
            transfer_summaries.xid,
            transfer_summaries.marked_at
           FROM marks.transfer_summaries
          WHERE (transfer_summaries.xid >= low.xid)
        UNION ALL
         SELECT transfer_summaries.id,
            transfer_summaries.organization_id,
            transfer_summaries.grain,
            transfer_summaries.transfer_id,
            transfer_summaries.xid,
            transfer_summaries.marked_at
           FROM marks.transfer_summaries
          WHERE ((transfer_summaries.xid >= low.open_from) AND (transfer_summaries.xid <= low.open_to))) m);

-- Name: VIEW transfer_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.transfer_summaries IS 'The rows of marks.transfer_summaries, read from the low water on.';

-- Name: webhook_deliveries; Type: VIEW; Schema: pending

CREATE VIEW pending.webhook_deliveries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.delivery_id,
    m.xid,
    m.marked_at
   FROM (engine.reached('webhook_deliveries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT webhook_deliveries.id,
            webhook_deliveries.organization_id,
            webhook_deliveries.grain,
            webhook_deliveries.delivery_id,
            webhook_deliveries.xid,
            webhook_deliveries.marked_at
           FROM marks.webhook_deliveries
          WHERE (webhook_deliveries.xid >= low.xid)
        UNION ALL
         SELECT webhook_deliveries.id,
            webhook_deliveries.organization_id,
            webhook_deliveries.grain,
            webhook_deliveries.delivery_id,
            webhook_deliveries.xid,
            webhook_deliveries.marked_at
           FROM marks.webhook_deliveries
          WHERE ((webhook_deliveries.xid >= low.open_from) AND (webhook_deliveries.xid <= low.open_to))) m);

-- Name: VIEW webhook_deliveries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.webhook_deliveries IS 'The rows of marks.webhook_deliveries, read from the low water on.';

-- Name: webhook_summaries; Type: VIEW; Schema: pending

CREATE VIEW pending.webhook_summaries AS
 SELECT m.id,
    m.organization_id,
    m.grain,
    m.webhook_id,
    m.xid,
    m.marked_at,
    m.member_id
   FROM (engine.reached('webhook_summaries'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT webhook_summaries.id,
            webhook_summaries.organization_id,
            webhook_summaries.grain,
            webhook_summaries.webhook_id,
            webhook_summaries.xid,
            webhook_summaries.marked_at,
            webhook_summaries.member_id
           FROM marks.webhook_summaries
          WHERE (webhook_summaries.xid >= low.xid)
        UNION ALL
         SELECT webhook_summaries.id,
            webhook_summaries.organization_id,
            webhook_summaries.grain,
            webhook_summaries.webhook_id,
            webhook_summaries.xid,
            webhook_summaries.marked_at,
            webhook_summaries.member_id
           FROM marks.webhook_summaries
          WHERE ((webhook_summaries.xid >= low.open_from) AND (webhook_summaries.xid <= low.open_to))) m);

-- Name: VIEW webhook_summaries; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.webhook_summaries IS 'The rows of marks.webhook_summaries, read from the low water on.';

-- Name: webhook_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.webhook_summaries (
    organization_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    url text,
    description text,
    member_id bigint,
    document text,
    types text[],
    actions text[],
    state text,
    pending_count integer,
    failing_count integer,
    delivered_count integer,
    events_lost_at timestamp with time zone,
    disabled_at timestamp with time zone,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: grains; Type: TABLE; Schema: engine

CREATE TABLE engine.grains (
    projection text NOT NULL,
    grain text NOT NULL,
    columns text[] NOT NULL,
    expansion text,
    CONSTRAINT grains_columns_check CHECK ((columns[1] = 'organization_id'::text))
);

-- Name: TABLE grains; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.grains IS 'What a mark can name: the own key (grain key), or a group of keys.';

-- Name: COLUMN grains.expansion; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.grains.expansion IS 'SELECT of the key columns after organization_id over canonical tables, for the mark m; in addition to the stored rows that carry the group''s columns.';

-- Name: low_water_move_seq; Type: SEQUENCE; Schema: engine

ALTER TABLE engine.low_water ALTER COLUMN move ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME engine.low_water_move_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: summands; Type: TABLE; Schema: engine

CREATE TABLE engine.summands (
    projection text NOT NULL,
    relation text NOT NULL,
    "position" integer NOT NULL,
    definition text NOT NULL
);

-- Name: TABLE summands; Type: COMMENT; Schema: engine

COMMENT ON TABLE engine.summands IS 'What the rows of a canonical table add to a sum.';

-- Name: COLUMN summands.definition; Type: COMMENT; Schema: engine

COMMENT ON COLUMN engine.summands.definition IS 'SELECT of the sum''s key columns and measures FROM changed, which stands for the canonical table, or for its changed rows.';

-- Name: uses; Type: VIEW; Schema: engine

CREATE VIEW engine.uses AS
 SELECT b.class,
    b.object,
    d.refclassid AS used_class,
    COALESCE(x.source, d.refobjid) AS used,
    d.refobjsubid AS attribute
   FROM ((( SELECT ('pg_class'::regclass)::oid AS oid,
            w.ev_class,
            ('pg_rewrite'::regclass)::oid AS oid,
            w.oid
           FROM pg_rewrite w
          WHERE (w.rulename = '_RETURN'::name)
        UNION ALL
         SELECT ('pg_proc'::regclass)::oid AS oid,
            p.oid,
            ('pg_proc'::regclass)::oid AS oid,
            p.oid
           FROM pg_proc p
          WHERE (p.prosqlbody IS NOT NULL)) b(class, object, dependent_class, dependent)
     JOIN pg_depend d ON (((d.classid = b.dependent_class) AND (d.objid = b.dependent))))
     LEFT JOIN ( SELECT e.oid,
            s.oid
           FROM (pg_class e
             JOIN pg_class s ON ((s.relname = e.relname)))
          WHERE ((e.relnamespace = ('exact'::regnamespace)::oid) AND (s.relnamespace = ('source'::regnamespace)::oid))) x(exact, source) ON (((d.refclassid = ('pg_class'::regclass)::oid) AND (x.exact = d.refobjid))))
  WHERE ((d.refclassid = ANY (ARRAY[('pg_class'::regclass)::oid, ('pg_proc'::regclass)::oid])) AND (d.refobjid <> b.object));

-- Name: account_balances; Type: VIEW; Schema: pending

CREATE VIEW pending.account_balances AS
 SELECT m.id,
    m.organization_id,
    m.account_id,
    m.month,
    m.currency,
    m.store_id,
    m.row_count,
    m.amount,
    m.xid,
    m.marked_at
   FROM (engine.reached('account_balances'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT account_balances.id,
            account_balances.organization_id,
            account_balances.account_id,
            account_balances.month,
            account_balances.currency,
            account_balances.store_id,
            account_balances.row_count,
            account_balances.amount,
            account_balances.xid,
            account_balances.marked_at
           FROM marks.account_balances
          WHERE (account_balances.xid >= low.xid)
        UNION ALL
         SELECT account_balances.id,
            account_balances.organization_id,
            account_balances.account_id,
            account_balances.month,
            account_balances.currency,
            account_balances.store_id,
            account_balances.row_count,
            account_balances.amount,
            account_balances.xid,
            account_balances.marked_at
           FROM marks.account_balances
          WHERE ((account_balances.xid >= low.open_from) AND (account_balances.xid <= low.open_to))) m);

-- Name: VIEW account_balances; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.account_balances IS 'The rows of marks.account_balances, read from the low water on.';

-- Name: account_balances; Type: TABLE; Schema: projection

CREATE TABLE projection.account_balances (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    account_id bigint NOT NULL,
    month date NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    row_count bigint,
    amount numeric
);

-- Name: account_balances; Type: VIEW; Schema: exact

CREATE VIEW exact.account_balances AS
 SELECT s.organization_id,
    'Account'::text AS canonical_type,
    s.account_id AS canonical_id,
    s.account_id,
    s.month,
    s.currency,
    s.store_id,
    (sum(s.row_count))::bigint AS row_count,
    sum(s.amount) AS amount
   FROM ( SELECT account_balances.organization_id,
            account_balances.account_id,
            account_balances.month,
            account_balances.currency,
            account_balances.store_id,
            account_balances.row_count,
            account_balances.amount
           FROM projection.account_balances
        UNION ALL
         SELECT account_balances.organization_id,
            account_balances.account_id,
            account_balances.month,
            account_balances.currency,
            account_balances.store_id,
            account_balances.row_count,
            account_balances.amount
           FROM pending.account_balances) s
  GROUP BY s.organization_id, s.account_id, s.month, s.currency, s.store_id
 HAVING (sum(s.row_count) <> (0)::numeric);

-- Name: VIEW account_balances; Type: COMMENT; Schema: exact

COMMENT ON VIEW exact.account_balances IS 'The stored sums of projection.account_balances with their deltas added: source.account_balances, as this snapshot sees it.';

-- Name: unread_notifications; Type: VIEW; Schema: pending

CREATE VIEW pending.unread_notifications AS
 SELECT m.id,
    m.organization_id,
    m.user_id,
    m.row_count,
    m.unread,
    m.xid,
    m.marked_at
   FROM (engine.reached('unread_notifications'::text) low(xid, open_from, open_to)
     CROSS JOIN LATERAL ( SELECT unread_notifications.id,
            unread_notifications.organization_id,
            unread_notifications.user_id,
            unread_notifications.row_count,
            unread_notifications.unread,
            unread_notifications.xid,
            unread_notifications.marked_at
           FROM marks.unread_notifications
          WHERE (unread_notifications.xid >= low.xid)
        UNION ALL
         SELECT unread_notifications.id,
            unread_notifications.organization_id,
            unread_notifications.user_id,
            unread_notifications.row_count,
            unread_notifications.unread,
            unread_notifications.xid,
            unread_notifications.marked_at
           FROM marks.unread_notifications
          WHERE ((unread_notifications.xid >= low.open_from) AND (unread_notifications.xid <= low.open_to))) m);

-- Name: VIEW unread_notifications; Type: COMMENT; Schema: pending

COMMENT ON VIEW pending.unread_notifications IS 'The rows of marks.unread_notifications, read from the low water on.';

-- Name: unread_notifications; Type: TABLE; Schema: projection

CREATE TABLE projection.unread_notifications (
    organization_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    user_id bigint NOT NULL,
    row_count bigint,
    unread numeric
);

-- Name: unread_notifications; Type: VIEW; Schema: exact

CREATE VIEW exact.unread_notifications AS
 SELECT s.organization_id,
    'User'::text AS canonical_type,
    s.user_id AS canonical_id,
    s.user_id,
    (sum(s.row_count))::bigint AS row_count,
    sum(s.unread) AS unread
   FROM ( SELECT unread_notifications.organization_id,
            unread_notifications.user_id,
            unread_notifications.row_count,
            unread_notifications.unread
           FROM projection.unread_notifications
        UNION ALL
         SELECT unread_notifications.organization_id,
            unread_notifications.user_id,
            unread_notifications.row_count,
            unread_notifications.unread
           FROM pending.unread_notifications) s
  GROUP BY s.organization_id, s.user_id
 HAVING (sum(s.row_count) <> (0)::numeric);

-- Name: VIEW unread_notifications; Type: COMMENT; Schema: exact

COMMENT ON VIEW exact.unread_notifications IS 'The stored sums of projection.unread_notifications with their deltas added: source.unread_notifications, as this snapshot sees it.';

-- Name: account_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.account_summaries (
    organization_id bigint NOT NULL,
    account_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    code text,
    name text COLLATE pg_catalog."und-x-icu",
    type text,
    system_role text,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);

-- Name: day_close_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.day_close_summaries (
    organization_id bigint NOT NULL,
    day_close_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    store_id bigint,
    till_session_id bigint,
    business_date date,
    currency text,
    fx_rate numeric,
    sale_count integer,
    amount numeric,
    tax numeric,
    difference numeric,
    tenders jsonb,
    note text,
    reversed_at timestamp with time zone,
    reversed boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: fx_rate_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.fx_rate_summaries (
    organization_id bigint NOT NULL,
    fx_rate_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    currency text,
    valid_from date,
    rate numeric,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: notifications; Type: TABLE; Schema: projection

CREATE TABLE projection.notifications (
    organization_id bigint NOT NULL,
    notification_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    user_id bigint,
    type text,
    text text,
    entity_type text,
    entity_key bigint,
    occurred_at timestamp with time zone,
    read_at timestamp with time zone,
    read boolean,
    created_at timestamp with time zone
);

-- Name: people_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.people_summaries (
    organization_id bigint NOT NULL,
    person_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    full_name text COLLATE pg_catalog."und-x-icu",
    given_name text COLLATE pg_catalog."und-x-icu",
    family_name text COLLATE pg_catalog."und-x-icu",
    date_of_birth date,
    email text,
    phone text,
    is_customer boolean,
    is_vendor boolean,
    is_staff boolean,
    external_ref text,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    address_count integer,
    addresses jsonb,
    balances jsonb,
    credits jsonb,
    invoice_count integer,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.people_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: product_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.product_summaries (
    organization_id bigint NOT NULL,
    product_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    sku text,
    name text COLLATE pg_catalog."und-x-icu",
    description text,
    currency text,
    unit_price numeric,
    tax_rate_id bigint,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.product_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: search_documents; Type: TABLE; Schema: projection

CREATE TABLE projection.search_documents (
    organization_id bigint NOT NULL,
    canonical_type text NOT NULL,
    canonical_id bigint NOT NULL,
    title text COLLATE pg_catalog."und-x-icu",
    number text,
    reference text,
    contact text,
    party_name text COLLATE pg_catalog."und-x-icu",
    text text,
    address text,
    items text,
    archived boolean,
    words tsvector,
    spelling text COLLATE pg_catalog."und-x-icu"
);

-- Name: store_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.store_summaries (
    organization_id bigint NOT NULL,
    store_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    name text COLLATE pg_catalog."und-x-icu",
    time_zone text,
    business_day_start smallint,
    external_ref text,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    search_text text COLLATE pg_catalog."und-x-icu"
);
ALTER TABLE ONLY projection.store_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: tax_rate_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.tax_rate_summaries (
    organization_id bigint NOT NULL,
    tax_rate_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    name text COLLATE pg_catalog."und-x-icu",
    percentage numeric,
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: till_session_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.till_session_summaries (
    organization_id bigint NOT NULL,
    till_session_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    store_id bigint,
    till_id bigint,
    business_date date,
    state text,
    currency text,
    opening_float numeric,
    movements jsonb,
    day_close_id bigint,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: till_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.till_summaries (
    organization_id bigint NOT NULL,
    till_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    store_id bigint,
    name text COLLATE pg_catalog."und-x-icu",
    archived_at timestamp with time zone,
    archived boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

-- Name: transfer_summaries; Type: TABLE; Schema: projection

CREATE TABLE projection.transfer_summaries (
    organization_id bigint NOT NULL,
    transfer_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    from_account_id bigint,
    to_account_id bigint,
    from_store_id bigint,
    to_store_id bigint,
    occurred_on date,
    currency text,
    fx_rate numeric,
    memo text,
    external_ref text,
    voided_at timestamp with time zone,
    voided boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    amount numeric,
    fee numeric,
    search_text text
);
ALTER TABLE ONLY projection.transfer_summaries ALTER COLUMN search_text SET STATISTICS 1000;

-- Name: webhook_deliveries; Type: TABLE; Schema: projection

CREATE TABLE projection.webhook_deliveries (
    organization_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    canonical_type text,
    canonical_id bigint,
    version integer,
    webhook_id bigint,
    event_id bigint,
    occurred_at timestamp with time zone,
    entity_type text,
    entity_key bigint,
    action text,
    event_text text,
    state text,
    attempts integer,
    next_attempt_at timestamp with time zone,
    attempted_at timestamp with time zone,
    status_code integer,
    answer text,
    failure text,
    delivered_at timestamp with time zone,
    created_at timestamp with time zone
);

-- Name: account_balances; Type: VIEW; Schema: source

CREATE VIEW source.account_balances AS
 SELECT s.organization_id,
    'Account'::text AS canonical_type,
    s.account_id AS canonical_id,
    s.account_id,
    s.month,
    s.currency,
    s.store_id,
    count(*) AS row_count,
    sum(s.amount) AS amount
   FROM ( SELECT changed.organization_id,
            changed.account_id,
            changed.month,
            changed.currency,
            COALESCE(changed.store_id, (0)::bigint) AS store_id,
            changed.amount
           FROM canonical.journal_lines changed) s
  GROUP BY s.organization_id, s.account_id, s.month, s.currency, s.store_id;

-- Name: invoiced_months; Type: VIEW; Schema: source

CREATE VIEW source.invoiced_months AS
 SELECT s.organization_id,
    'Person'::text AS canonical_type,
    s.party_id AS canonical_id,
    s.party_id,
    s.month,
    s.currency,
    s.store_id,
    count(*) AS row_count,
    sum(s.total) AS total
   FROM ( SELECT changed.organization_id,
            changed.party_id,
            changed.month,
            changed.currency,
            changed.store_id,
            changed.total
           FROM canonical.document_amounts changed
          WHERE ((changed.kind = 'invoice'::text) AND (changed.state = 'approved'::text))) s
  GROUP BY s.organization_id, s.party_id, s.month, s.currency, s.store_id;

-- Name: party_amounts; Type: VIEW; Schema: source

CREATE VIEW source.party_amounts AS
 SELECT s.organization_id,
    'Person'::text AS canonical_type,
    s.party_id AS canonical_id,
    s.party_id,
    s.currency,
    s.store_id,
    count(*) AS row_count,
    sum(s.invoice_count) AS invoice_count,
    sum(s.receivable) AS receivable,
    sum(s.unapplied_credits) AS unapplied_credits,
    sum(s.payable) AS payable,
    sum(s.unapplied_vendor_credits) AS unapplied_vendor_credits,
    sum(s.unallocated_in) AS unallocated_in,
    sum(s.unallocated_out) AS unallocated_out
   FROM ( SELECT changed.organization_id,
            changed.party_id,
            changed.currency,
            changed.store_id,
            (
                CASE
                    WHEN ((changed.kind = 'invoice'::text) AND (changed.state <> 'void'::text)) THEN 1
                    ELSE 0
                END)::bigint AS invoice_count,
                CASE changed.kind
                    WHEN 'invoice'::text THEN changed.due
                    ELSE (0)::bigint
                END AS receivable,
                CASE changed.kind
                    WHEN 'credit_note'::text THEN changed.due
                    ELSE (0)::bigint
                END AS unapplied_credits,
                CASE changed.kind
                    WHEN 'bill'::text THEN changed.due
                    ELSE (0)::bigint
                END AS payable,
                CASE changed.kind
                    WHEN 'vendor_credit_note'::text THEN changed.due
                    ELSE (0)::bigint
                END AS unapplied_vendor_credits,
            (0)::bigint AS unallocated_in,
            (0)::bigint AS unallocated_out
           FROM canonical.document_amounts changed
        UNION ALL
         SELECT changed.organization_id,
            changed.party_id,
            changed.currency,
            changed.store_id,
            (0)::bigint AS invoice_count,
            (0)::bigint AS receivable,
            (0)::bigint AS unapplied_credits,
            (0)::bigint AS payable,
            (0)::bigint AS unapplied_vendor_credits,
                CASE changed.party_role
                    WHEN 'customer'::text THEN
                    CASE changed.direction
                        WHEN 'in'::text THEN changed.unallocated
                        ELSE (- changed.unallocated)
                    END
                    ELSE (0)::bigint
                END AS unallocated_in,
                CASE changed.party_role
                    WHEN 'vendor'::text THEN
                    CASE changed.direction
                        WHEN 'out'::text THEN changed.unallocated
                        ELSE (- changed.unallocated)
                    END
                    ELSE (0)::bigint
                END AS unallocated_out
           FROM canonical.payment_amounts changed) s
  GROUP BY s.organization_id, s.party_id, s.currency, s.store_id;

-- Name: unread_notifications; Type: VIEW; Schema: source

CREATE VIEW source.unread_notifications AS
 SELECT s.organization_id,
    'User'::text AS canonical_type,
    s.user_id AS canonical_id,
    s.user_id,
    count(*) AS row_count,
    sum(s.unread) AS unread
   FROM ( SELECT changed.organization_id,
            changed.user_id,
            (
                CASE
                    WHEN (changed.read_at IS NULL) THEN 1
                    ELSE 0
                END)::bigint AS unread
           FROM canonical.notifications changed
          WHERE (changed.way = 'in_app'::text)) s
  GROUP BY s.organization_id, s.user_id;

-- Name: webhook_totals; Type: VIEW; Schema: source

CREATE VIEW source.webhook_totals AS
 SELECT s.organization_id,
    'Webhook'::text AS canonical_type,
    s.webhook_id AS canonical_id,
    s.webhook_id,
    count(*) AS row_count,
    sum(s.pending) AS pending,
    sum(s.failing) AS failing,
    sum(s.delivered) AS delivered
   FROM ( SELECT changed.organization_id,
            changed.webhook_id,
            (
                CASE
                    WHEN (changed.state = ANY (ARRAY['waiting'::text, 'pending'::text])) THEN 1
                    ELSE 0
                END)::bigint AS pending,
            (
                CASE
                    WHEN ((changed.state = ANY (ARRAY['waiting'::text, 'pending'::text])) AND (changed.failure <> ''::text)) THEN 1
                    ELSE 0
                END)::bigint AS failing,
            (
                CASE
                    WHEN (changed.state = 'delivered'::text) THEN 1
                    ELSE 0
                END)::bigint AS delivered
           FROM canonical.webhook_deliveries changed) s
  GROUP BY s.organization_id, s.webhook_id;

-- Name: events events_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

-- Name: feed feed_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (only_row);

-- Name: forgotten forgotten_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.forgotten
    ADD CONSTRAINT forgotten_pkey PRIMARY KEY (organization_id);

-- Name: tables tables_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.tables
    ADD CONSTRAINT tables_pkey PRIMARY KEY (relation);

-- Name: textless textless_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.textless
    ADD CONSTRAINT textless_pkey PRIMARY KEY (event_id);

-- Name: texts texts_pkey; Type: CONSTRAINT; Schema: audit

ALTER TABLE ONLY audit.texts
    ADD CONSTRAINT texts_pkey PRIMARY KEY (event_id);

-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (organization_id, id);

-- Name: addresses addresses_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.addresses
    ADD CONSTRAINT addresses_pkey PRIMARY KEY (organization_id, id);

-- Name: addresses addresses_position_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.addresses
    ADD CONSTRAINT addresses_position_key UNIQUE (organization_id, person_id, "position") DEFERRABLE;

-- Name: api_tokens api_tokens_hash_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_hash_key UNIQUE (token_hash);

-- Name: api_tokens api_tokens_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (organization_id, id);

-- Name: api_tokens api_tokens_signed_hash_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_signed_hash_key UNIQUE (signed_hash);

-- Name: channel_members channel_members_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channel_members
    ADD CONSTRAINT channel_members_key UNIQUE (organization_id, channel_id, user_id);

-- Name: channel_members channel_members_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channel_members
    ADD CONSTRAINT channel_members_pkey PRIMARY KEY (organization_id, id);

-- Name: channels channels_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channels
    ADD CONSTRAINT channels_pkey PRIMARY KEY (organization_id, id);

-- Name: countries countries_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.countries
    ADD CONSTRAINT countries_pkey PRIMARY KEY (code);

-- Name: credit_allocations credit_allocations_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.credit_allocations
    ADD CONSTRAINT credit_allocations_pkey PRIMARY KEY (organization_id, id);

-- Name: currencies currencies_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.currencies
    ADD CONSTRAINT currencies_pkey PRIMARY KEY (code);

-- Name: day_close_lines day_close_lines_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_lines
    ADD CONSTRAINT day_close_lines_pkey PRIMARY KEY (organization_id, id);

-- Name: day_close_sales day_close_sales_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_sales
    ADD CONSTRAINT day_close_sales_pkey PRIMARY KEY (organization_id, day_close_id, sale_id);

-- Name: day_close_tenders day_close_tenders_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_tenders
    ADD CONSTRAINT day_close_tenders_pkey PRIMARY KEY (organization_id, id);

-- Name: day_close_tenders day_close_tenders_tender_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_tenders
    ADD CONSTRAINT day_close_tenders_tender_key UNIQUE (organization_id, day_close_id, tender);

-- Name: day_closes day_closes_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_closes
    ADD CONSTRAINT day_closes_pkey PRIMARY KEY (organization_id, id);

-- Name: day_parts day_parts_do_not_overlap; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_parts
    ADD CONSTRAINT day_parts_do_not_overlap EXCLUDE USING gist (organization_id WITH =, store_id WITH =, valid WITH &&, day_minutes WITH &&);

-- Name: day_parts day_parts_name_once; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_parts
    ADD CONSTRAINT day_parts_name_once EXCLUDE USING gist (organization_id WITH =, store_id WITH =, valid WITH &&, lower(name) WITH =);

-- Name: day_parts day_parts_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_parts
    ADD CONSTRAINT day_parts_pkey PRIMARY KEY (organization_id, id);

-- Name: document_amounts document_amounts_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_amounts
    ADD CONSTRAINT document_amounts_pkey PRIMARY KEY (organization_id, document_id);

-- Name: document_item_taxes document_item_taxes_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_item_taxes
    ADD CONSTRAINT document_item_taxes_pkey PRIMARY KEY (organization_id, id);

-- Name: document_item_taxes document_item_taxes_position_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_item_taxes
    ADD CONSTRAINT document_item_taxes_position_key UNIQUE (organization_id, document_item_id, "position") DEFERRABLE;

-- Name: document_item_taxes document_item_taxes_tax_rate_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_item_taxes
    ADD CONSTRAINT document_item_taxes_tax_rate_key UNIQUE (organization_id, document_item_id, tax_rate_id) DEFERRABLE;

-- Name: document_items document_items_document_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_document_key UNIQUE (organization_id, document_id, id);

-- Name: document_items document_items_line_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_line_key UNIQUE (organization_id, document_id, line) DEFERRABLE;

-- Name: document_items document_items_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_pkey PRIMARY KEY (organization_id, id);

-- Name: document_tax_shares document_tax_shares_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_tax_shares
    ADD CONSTRAINT document_tax_shares_pkey PRIMARY KEY (organization_id, id);

-- Name: documents documents_number_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_number_key UNIQUE (organization_id, kind, number_value);

-- Name: documents documents_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (organization_id, id);

-- Name: drift_notices drift_notices_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.drift_notices
    ADD CONSTRAINT drift_notices_pkey PRIMARY KEY (projection);

-- Name: fx_rates fx_rates_day_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.fx_rates
    ADD CONSTRAINT fx_rates_day_key UNIQUE (organization_id, currency, valid_from);

-- Name: fx_rates fx_rates_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.fx_rates
    ADD CONSTRAINT fx_rates_pkey PRIMARY KEY (organization_id, id);

-- Name: idempotency_keys idempotency_keys_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.idempotency_keys
    ADD CONSTRAINT idempotency_keys_key UNIQUE (organization_id, key);

-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, id);

-- Name: journal_entries journal_entries_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_entries
    ADD CONSTRAINT journal_entries_pkey PRIMARY KEY (organization_id, id);

-- Name: journal_entries journal_entries_posted_on_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_entries
    ADD CONSTRAINT journal_entries_posted_on_key UNIQUE (organization_id, posted_on, id);

-- Name: journal_entries journal_entries_reversed_once; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_entries
    ADD CONSTRAINT journal_entries_reversed_once UNIQUE (organization_id, reverses_id);

-- Name: journal_lines journal_lines_line_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_line_key UNIQUE (organization_id, entry_id, line);

-- Name: journal_lines journal_lines_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_pkey PRIMARY KEY (organization_id, id);

-- Name: membership_stores membership_stores_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.membership_stores
    ADD CONSTRAINT membership_stores_key UNIQUE (organization_id, user_id, store_id);

-- Name: membership_stores membership_stores_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.membership_stores
    ADD CONSTRAINT membership_stores_pkey PRIMARY KEY (organization_id, id);

-- Name: memberships memberships_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, user_id);

-- Name: money_entries money_entries_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_pkey PRIMARY KEY (organization_id, id);

-- Name: notification_digests notification_digests_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_digests
    ADD CONSTRAINT notification_digests_pkey PRIMARY KEY (organization_id, user_id);

-- Name: notification_positions notification_positions_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_positions
    ADD CONSTRAINT notification_positions_pkey PRIMARY KEY (organization_id);

-- Name: notification_preferences notification_preferences_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_preferences
    ADD CONSTRAINT notification_preferences_pkey PRIMARY KEY (organization_id, id);

-- Name: notifications notifications_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notifications
    ADD CONSTRAINT notifications_key UNIQUE (organization_id, occasion, user_id, way);

-- Name: notifications notifications_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (organization_id, id);

-- Name: number_series number_series_kind_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.number_series
    ADD CONSTRAINT number_series_kind_key UNIQUE (organization_id, kind);

-- Name: number_series number_series_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.number_series
    ADD CONSTRAINT number_series_pkey PRIMARY KEY (organization_id, id);

-- Name: operator_actions operator_actions_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.operator_actions
    ADD CONSTRAINT operator_actions_pkey PRIMARY KEY (id);

-- Name: organizations organizations_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

-- Name: payment_allocations payment_allocations_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_allocations
    ADD CONSTRAINT payment_allocations_pkey PRIMARY KEY (organization_id, id);

-- Name: payment_amounts payment_amounts_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_amounts
    ADD CONSTRAINT payment_amounts_pkey PRIMARY KEY (organization_id, payment_id);

-- Name: payment_refunds payment_refunds_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_refunds
    ADD CONSTRAINT payment_refunds_pkey PRIMARY KEY (organization_id, id);

-- Name: payments payments_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (organization_id, id);

-- Name: people people_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (organization_id, id);

-- Name: posting_queue posting_queue_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.posting_queue
    ADD CONSTRAINT posting_queue_pkey PRIMARY KEY (transaction, organization_id, class, id);

-- Name: products products_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (organization_id, id);

-- Name: sale_line_taxes sale_line_taxes_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_line_taxes
    ADD CONSTRAINT sale_line_taxes_pkey PRIMARY KEY (organization_id, id);

-- Name: sale_line_taxes sale_line_taxes_position_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_line_taxes
    ADD CONSTRAINT sale_line_taxes_position_key UNIQUE (organization_id, sale_id, line, "position");

-- Name: sale_line_taxes sale_line_taxes_tax_rate_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_line_taxes
    ADD CONSTRAINT sale_line_taxes_tax_rate_key UNIQUE (organization_id, sale_id, line, tax_rate_id);

-- Name: sale_lines sale_lines_line_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_line_key UNIQUE (organization_id, sale_id, line);

-- Name: sale_lines sale_lines_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_pkey PRIMARY KEY (organization_id, id);

-- Name: sale_tenders sale_tenders_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_tenders
    ADD CONSTRAINT sale_tenders_pkey PRIMARY KEY (organization_id, id);

-- Name: sale_tenders sale_tenders_position_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_tenders
    ADD CONSTRAINT sale_tenders_position_key UNIQUE (organization_id, sale_id, "position");

-- Name: sales sales_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_pkey PRIMARY KEY (organization_id, id);

-- Name: shifts shifts_do_not_overlap; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.shifts
    ADD CONSTRAINT shifts_do_not_overlap EXCLUDE USING gist (organization_id WITH =, person_id WITH =, during WITH &&) WHERE (((state <> 'cancelled'::text) AND (person_id IS NOT NULL)));

-- Name: shifts shifts_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.shifts
    ADD CONSTRAINT shifts_pkey PRIMARY KEY (organization_id, id);

-- Name: store_hour_exceptions store_hour_exceptions_do_not_overlap; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hour_exceptions
    ADD CONSTRAINT store_hour_exceptions_do_not_overlap EXCLUDE USING gist (organization_id WITH =, store_id WITH =, minutes WITH &&);

-- Name: store_hour_exceptions store_hour_exceptions_one_kind_a_day; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hour_exceptions
    ADD CONSTRAINT store_hour_exceptions_one_kind_a_day EXCLUDE USING gist (organization_id WITH =, store_id WITH =, on_date WITH =, closed WITH <>);

-- Name: store_hour_exceptions store_hour_exceptions_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hour_exceptions
    ADD CONSTRAINT store_hour_exceptions_pkey PRIMARY KEY (organization_id, id);

-- Name: store_hours store_hours_do_not_overlap; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hours
    ADD CONSTRAINT store_hours_do_not_overlap EXCLUDE USING gist (organization_id WITH =, store_id WITH =, valid WITH &&, week_minutes WITH &&);

-- Name: store_hours store_hours_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hours
    ADD CONSTRAINT store_hours_pkey PRIMARY KEY (organization_id, id);

-- Name: stores stores_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.stores
    ADD CONSTRAINT stores_pkey PRIMARY KEY (organization_id, id);

-- Name: tax_rates tax_rates_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tax_rates
    ADD CONSTRAINT tax_rates_pkey PRIMARY KEY (organization_id, id);

-- Name: till_movements till_movements_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_movements
    ADD CONSTRAINT till_movements_pkey PRIMARY KEY (organization_id, id);

-- Name: till_sessions till_sessions_day_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_sessions
    ADD CONSTRAINT till_sessions_day_key UNIQUE (organization_id, store_id, till_id, id, business_date, currency);

-- Name: till_sessions till_sessions_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_sessions
    ADD CONSTRAINT till_sessions_pkey PRIMARY KEY (organization_id, id);

-- Name: tills tills_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tills
    ADD CONSTRAINT tills_pkey PRIMARY KEY (organization_id, id);

-- Name: tills tills_store_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tills
    ADD CONSTRAINT tills_store_key UNIQUE (organization_id, store_id, id);

-- Name: transfers transfers_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (organization_id, id);

-- Name: users users_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

-- Name: webhook_deliveries webhook_deliveries_event_key; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_event_key UNIQUE (organization_id, webhook_id, event_id);

-- Name: webhook_deliveries webhook_deliveries_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (organization_id, id);

-- Name: webhook_positions webhook_positions_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhook_positions
    ADD CONSTRAINT webhook_positions_pkey PRIMARY KEY (organization_id, webhook_id);

-- Name: webhooks webhooks_pkey; Type: CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (organization_id, id);

-- Name: grains grains_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.grains
    ADD CONSTRAINT grains_pkey PRIMARY KEY (projection, grain);

-- Name: heartbeat heartbeat_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (one);

-- Name: low_water low_water_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.low_water
    ADD CONSTRAINT low_water_pkey PRIMARY KEY (projection, move);

-- Name: projections projections_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.projections
    ADD CONSTRAINT projections_pkey PRIMARY KEY (name);

-- Name: quarantine quarantine_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (projection, organization_id, key);

-- Name: summands summands_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.summands
    ADD CONSTRAINT summands_pkey PRIMARY KEY (projection, relation, "position");

-- Name: tracks tracks_pkey; Type: CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.tracks
    ADD CONSTRAINT tracks_pkey PRIMARY KEY (projection, relation, grain);

-- Name: account_balances account_balances_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.account_balances
    ADD CONSTRAINT account_balances_pkey PRIMARY KEY (organization_id, account_id, month, currency, store_id);

-- Name: account_summaries account_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.account_summaries
    ADD CONSTRAINT account_summaries_pkey PRIMARY KEY (organization_id, account_id);

-- Name: channel_summaries channel_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.channel_summaries
    ADD CONSTRAINT channel_summaries_pkey PRIMARY KEY (organization_id, channel_id);

-- Name: credit_allocations credit_allocations_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.credit_allocations
    ADD CONSTRAINT credit_allocations_pkey PRIMARY KEY (organization_id, allocation_id);

-- Name: day_close_summaries day_close_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.day_close_summaries
    ADD CONSTRAINT day_close_summaries_pkey PRIMARY KEY (organization_id, day_close_id);

-- Name: document_items document_items_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.document_items
    ADD CONSTRAINT document_items_pkey PRIMARY KEY (organization_id, item_id);

-- Name: document_payments document_payments_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.document_payments
    ADD CONSTRAINT document_payments_pkey PRIMARY KEY (organization_id, allocation_id);

-- Name: document_summaries document_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.document_summaries
    ADD CONSTRAINT document_summaries_pkey PRIMARY KEY (organization_id, document_id);

-- Name: financial_transactions financial_transactions_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.financial_transactions
    ADD CONSTRAINT financial_transactions_pkey PRIMARY KEY (organization_id, canonical_type, canonical_id);

-- Name: fx_rate_summaries fx_rate_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.fx_rate_summaries
    ADD CONSTRAINT fx_rate_summaries_pkey PRIMARY KEY (organization_id, fx_rate_id);

-- Name: invoiced_months invoiced_months_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.invoiced_months
    ADD CONSTRAINT invoiced_months_pkey PRIMARY KEY (organization_id, party_id, month, currency, store_id);

-- Name: journal_entry_summaries journal_entry_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.journal_entry_summaries
    ADD CONSTRAINT journal_entry_summaries_pkey PRIMARY KEY (organization_id, entry_id);

-- Name: money_entry_summaries money_entry_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.money_entry_summaries
    ADD CONSTRAINT money_entry_summaries_pkey PRIMARY KEY (organization_id, money_entry_id);

-- Name: monthly_invoicing monthly_invoicing_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.monthly_invoicing
    ADD CONSTRAINT monthly_invoicing_pkey PRIMARY KEY (organization_id, party_id, month, currency, store_id);

-- Name: notifications notifications_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (organization_id, notification_id);

-- Name: party_amounts party_amounts_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.party_amounts
    ADD CONSTRAINT party_amounts_pkey PRIMARY KEY (organization_id, party_id, currency, store_id);

-- Name: party_balances party_balances_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.party_balances
    ADD CONSTRAINT party_balances_pkey PRIMARY KEY (organization_id, party_id, currency, store_id);

-- Name: payment_refunds payment_refunds_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.payment_refunds
    ADD CONSTRAINT payment_refunds_pkey PRIMARY KEY (organization_id, allocation_id);

-- Name: payment_summaries payment_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.payment_summaries
    ADD CONSTRAINT payment_summaries_pkey PRIMARY KEY (organization_id, payment_id);

-- Name: people_summaries people_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.people_summaries
    ADD CONSTRAINT people_summaries_pkey PRIMARY KEY (organization_id, person_id);

-- Name: product_summaries product_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.product_summaries
    ADD CONSTRAINT product_summaries_pkey PRIMARY KEY (organization_id, product_id);

-- Name: sale_annotations sale_annotations_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.sale_annotations
    ADD CONSTRAINT sale_annotations_pkey PRIMARY KEY (organization_id, sale_id);

-- Name: sale_lines sale_lines_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.sale_lines
    ADD CONSTRAINT sale_lines_pkey PRIMARY KEY (organization_id, line_id);

-- Name: search_documents search_documents_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.search_documents
    ADD CONSTRAINT search_documents_pkey PRIMARY KEY (organization_id, canonical_type, canonical_id);

-- Name: shift_annotations shift_annotations_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.shift_annotations
    ADD CONSTRAINT shift_annotations_pkey PRIMARY KEY (organization_id, shift_id);

-- Name: store_summaries store_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.store_summaries
    ADD CONSTRAINT store_summaries_pkey PRIMARY KEY (organization_id, store_id);

-- Name: tax_rate_summaries tax_rate_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.tax_rate_summaries
    ADD CONSTRAINT tax_rate_summaries_pkey PRIMARY KEY (organization_id, tax_rate_id);

-- Name: till_session_summaries till_session_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.till_session_summaries
    ADD CONSTRAINT till_session_summaries_pkey PRIMARY KEY (organization_id, till_session_id);

-- Name: till_summaries till_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.till_summaries
    ADD CONSTRAINT till_summaries_pkey PRIMARY KEY (organization_id, till_id);

-- Name: transfer_summaries transfer_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.transfer_summaries
    ADD CONSTRAINT transfer_summaries_pkey PRIMARY KEY (organization_id, transfer_id);

-- Name: unread_notifications unread_notifications_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.unread_notifications
    ADD CONSTRAINT unread_notifications_pkey PRIMARY KEY (organization_id, user_id);

-- Name: webhook_deliveries webhook_deliveries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (organization_id, delivery_id);

-- Name: webhook_summaries webhook_summaries_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.webhook_summaries
    ADD CONSTRAINT webhook_summaries_pkey PRIMARY KEY (organization_id, webhook_id);

-- Name: webhook_totals webhook_totals_pkey; Type: CONSTRAINT; Schema: projection

ALTER TABLE ONLY projection.webhook_totals
    ADD CONSTRAINT webhook_totals_pkey PRIMARY KEY (organization_id, webhook_id);

-- Name: events_actor_idx; Type: INDEX; Schema: audit

CREATE INDEX events_actor_idx ON audit.events USING btree (organization_id, actor_id, occurred_at, id) WHERE (actor_id IS NOT NULL);

-- Name: events_deleted_idx; Type: INDEX; Schema: audit

CREATE INDEX events_deleted_idx ON audit.events USING btree (organization_id, occurred_at, id) WHERE (action = 'delete'::text);

-- Name: events_entity_idx; Type: INDEX; Schema: audit

CREATE INDEX events_entity_idx ON audit.events USING btree (organization_id, canonical_type, canonical_id, occurred_at, id);

-- Name: events_feed_idx; Type: INDEX; Schema: audit

CREATE INDEX events_feed_idx ON audit.events USING btree (organization_id, epoch, transaction, id, canonical_type, canonical_id);

-- Name: events_fields_idx; Type: INDEX; Schema: audit

CREATE INDEX events_fields_idx ON audit.events USING gin (fields) WHERE (action = 'update'::text);

-- Name: events_relation_idx; Type: INDEX; Schema: audit

CREATE INDEX events_relation_idx ON audit.events USING btree (organization_id, relation, occurred_at, id);

-- Name: events_request_idx; Type: INDEX; Schema: audit

CREATE INDEX events_request_idx ON audit.events USING btree (organization_id, request_id, occurred_at, id) WHERE (request_id <> ''::text);

-- Name: events_row_idx; Type: INDEX; Schema: audit

CREATE INDEX events_row_idx ON audit.events USING btree (relation, organization_id, row_id, id) WHERE (relation = ANY (ARRAY['users'::text, 'people'::text, 'documents'::text, 'document_items'::text, 'accounts'::text, 'stores'::text, 'channels'::text]));

-- Name: events_time_idx; Type: INDEX; Schema: audit

CREATE INDEX events_time_idx ON audit.events USING btree (organization_id, occurred_at, id);

-- Name: texts_error_idx; Type: INDEX; Schema: audit

CREATE INDEX texts_error_idx ON audit.texts USING btree (event_id) WHERE (error IS NOT NULL);

-- Name: accounts_code_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX accounts_code_key ON canonical.accounts USING btree (organization_id, lower(code)) WHERE (archived_at IS NULL);

-- Name: accounts_system_role_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX accounts_system_role_key ON canonical.accounts USING btree (organization_id, system_role) WHERE (system_role IS NOT NULL);

-- Name: api_tokens_made_with_idx; Type: INDEX; Schema: canonical

CREATE INDEX api_tokens_made_with_idx ON canonical.api_tokens USING btree (organization_id, made_with) WHERE (made_with IS NOT NULL);

-- Name: api_tokens_user_idx; Type: INDEX; Schema: canonical

CREATE INDEX api_tokens_user_idx ON canonical.api_tokens USING btree (organization_id, user_id);

-- Name: channel_members_user_idx; Type: INDEX; Schema: canonical

CREATE INDEX channel_members_user_idx ON canonical.channel_members USING btree (organization_id, user_id, channel_id);

-- Name: channels_name_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX channels_name_key ON canonical.channels USING btree (organization_id, lower(name)) WHERE (archived_at IS NULL);

-- Name: credit_allocations_allocated_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX credit_allocations_allocated_on_idx ON canonical.credit_allocations USING btree (organization_id, allocated_on);

-- Name: credit_allocations_credit_note_idx; Type: INDEX; Schema: canonical

CREATE INDEX credit_allocations_credit_note_idx ON canonical.credit_allocations USING btree (organization_id, credit_note_id, document_id);

-- Name: credit_allocations_document_idx; Type: INDEX; Schema: canonical

CREATE INDEX credit_allocations_document_idx ON canonical.credit_allocations USING btree (organization_id, document_id);

-- Name: credit_allocations_ended_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX credit_allocations_ended_on_idx ON canonical.credit_allocations USING btree (organization_id, ended_on) WHERE (ended_on IS NOT NULL);

-- Name: day_close_lines_close_idx; Type: INDEX; Schema: canonical

CREATE INDEX day_close_lines_close_idx ON canonical.day_close_lines USING btree (organization_id, day_close_id);

-- Name: day_close_sales_sale_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX day_close_sales_sale_key ON canonical.day_close_sales USING btree (organization_id, sale_id) WHERE (NOT reversed);

-- Name: day_closes_created_idx; Type: INDEX; Schema: canonical

CREATE INDEX day_closes_created_idx ON canonical.day_closes USING btree (created_at, id);

-- Name: day_closes_day_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX day_closes_day_key ON canonical.day_closes USING btree (organization_id, store_id, business_date, currency) WHERE ((reversed_at IS NULL) AND (till_session_id IS NULL));

-- Name: day_closes_session_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX day_closes_session_key ON canonical.day_closes USING btree (organization_id, till_session_id) WHERE (reversed_at IS NULL);

-- Name: day_closes_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX day_closes_store_idx ON canonical.day_closes USING btree (organization_id, store_id, business_date) WHERE (reversed_at IS NULL);

-- Name: day_closes_till_session_idx; Type: INDEX; Schema: canonical

CREATE INDEX day_closes_till_session_idx ON canonical.day_closes USING btree (organization_id, till_session_id) WHERE (till_session_id IS NOT NULL);

-- Name: day_parts_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX day_parts_store_idx ON canonical.day_parts USING btree (organization_id, store_id) INCLUDE (valid, start_minute, length_minutes, name);

-- Name: document_item_taxes_tax_rate_idx; Type: INDEX; Schema: canonical

CREATE INDEX document_item_taxes_tax_rate_idx ON canonical.document_item_taxes USING btree (organization_id, tax_rate_id);

-- Name: document_items_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX document_items_account_idx ON canonical.document_items USING btree (organization_id, account_id) WHERE (account_id IS NOT NULL);

-- Name: document_items_product_idx; Type: INDEX; Schema: canonical

CREATE INDEX document_items_product_idx ON canonical.document_items USING btree (organization_id, product_id);

-- Name: document_tax_shares_document_idx; Type: INDEX; Schema: canonical

CREATE INDEX document_tax_shares_document_idx ON canonical.document_tax_shares USING btree (organization_id, document_id);

-- Name: document_tax_shares_item_idx; Type: INDEX; Schema: canonical

CREATE INDEX document_tax_shares_item_idx ON canonical.document_tax_shares USING btree (organization_id, item_id);

-- Name: documents_due_idx; Type: INDEX; Schema: canonical

CREATE INDEX documents_due_idx ON canonical.documents USING btree (organization_id, due_on) WHERE ((state = 'approved'::text) AND (kind = ANY (ARRAY['invoice'::text, 'bill'::text])));

-- Name: documents_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX documents_external_ref_key ON canonical.documents USING btree (organization_id, kind, external_ref) WHERE ((external_ref IS NOT NULL) AND (kind = ANY (ARRAY['invoice'::text, 'credit_note'::text])));

-- Name: documents_party_idx; Type: INDEX; Schema: canonical

CREATE INDEX documents_party_idx ON canonical.documents USING btree (organization_id, party_id);

-- Name: documents_vendor_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX documents_vendor_ref_key ON canonical.documents USING btree (organization_id, kind, external_ref, party_id) WHERE ((external_ref IS NOT NULL) AND (kind = ANY (ARRAY['bill'::text, 'vendor_credit_note'::text])));

-- Name: documents_voided_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX documents_voided_on_idx ON canonical.documents USING btree (organization_id, voided_on) WHERE (voided_on IS NOT NULL);

-- Name: idempotency_keys_created_at_idx; Type: INDEX; Schema: canonical

CREATE INDEX idempotency_keys_created_at_idx ON canonical.idempotency_keys USING btree (created_at);

-- Name: journal_entries_canonical_idx; Type: INDEX; Schema: canonical

CREATE INDEX journal_entries_canonical_idx ON canonical.journal_entries USING btree (organization_id, canonical_type, canonical_id);

-- Name: journal_entries_created_at_idx; Type: INDEX; Schema: canonical

CREATE INDEX journal_entries_created_at_idx ON canonical.journal_entries USING btree (organization_id, created_at);

-- Name: journal_lines_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX journal_lines_account_idx ON canonical.journal_lines USING btree (organization_id, account_id, month, posted_on, id) INCLUDE (currency, amount, document_amount, store_id);

-- Name: journal_lines_posted_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX journal_lines_posted_on_idx ON canonical.journal_lines USING btree (organization_id, posted_on) INCLUDE (account_id, amount, store_id);

-- Name: journal_lines_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX journal_lines_store_idx ON canonical.journal_lines USING btree (organization_id, account_id, store_id, month, posted_on, id) WHERE (store_id IS NOT NULL);

-- Name: membership_stores_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX membership_stores_store_idx ON canonical.membership_stores USING btree (organization_id, store_id);

-- Name: memberships_ended_idx; Type: INDEX; Schema: canonical

CREATE INDEX memberships_ended_idx ON canonical.memberships USING btree (organization_id, user_id) WHERE (ended_at IS NOT NULL);

-- Name: memberships_role_idx; Type: INDEX; Schema: canonical

CREATE INDEX memberships_role_idx ON canonical.memberships USING btree (organization_id, role, user_id) WHERE (ended_at IS NULL);

-- Name: memberships_user_idx; Type: INDEX; Schema: canonical

CREATE INDEX memberships_user_idx ON canonical.memberships USING btree (user_id);

-- Name: money_entries_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX money_entries_account_idx ON canonical.money_entries USING btree (organization_id, account_id);

-- Name: money_entries_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX money_entries_external_ref_key ON canonical.money_entries USING btree (organization_id, kind, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: money_entries_money_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX money_entries_money_account_idx ON canonical.money_entries USING btree (organization_id, money_account_id);

-- Name: money_entries_party_idx; Type: INDEX; Schema: canonical

CREATE INDEX money_entries_party_idx ON canonical.money_entries USING btree (organization_id, party_id);

-- Name: notification_preferences_channel_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX notification_preferences_channel_key ON canonical.notification_preferences USING btree (organization_id, channel_id, user_id, type) WHERE (channel_id IS NOT NULL);

-- Name: notification_preferences_organization_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX notification_preferences_organization_key ON canonical.notification_preferences USING btree (organization_id, user_id, type) WHERE (channel_id IS NULL);

-- Name: notifications_digest_idx; Type: INDEX; Schema: canonical

CREATE INDEX notifications_digest_idx ON canonical.notifications USING btree (organization_id, digest_id) WHERE (digest_id IS NOT NULL);

-- Name: notifications_due_idx; Type: INDEX; Schema: canonical

CREATE INDEX notifications_due_idx ON canonical.notifications USING btree (next_attempt_at) WHERE (state = 'pending'::text);

-- Name: notifications_failed_idx; Type: INDEX; Schema: canonical

CREATE INDEX notifications_failed_idx ON canonical.notifications USING btree (next_attempt_at) WHERE (state = 'failed'::text);

-- Name: notifications_held_idx; Type: INDEX; Schema: canonical

CREATE INDEX notifications_held_idx ON canonical.notifications USING btree (organization_id, user_id) WHERE (state = 'held'::text);

-- Name: notifications_unread_idx; Type: INDEX; Schema: canonical

CREATE INDEX notifications_unread_idx ON canonical.notifications USING btree (organization_id, user_id, id) WHERE ((way = 'in_app'::text) AND (read_at IS NULL));

-- Name: operator_actions_open_idx; Type: INDEX; Schema: canonical

CREATE INDEX operator_actions_open_idx ON canonical.operator_actions USING btree (id) WHERE (done_at IS NULL);

-- Name: payment_allocations_allocated_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_allocations_allocated_on_idx ON canonical.payment_allocations USING btree (organization_id, allocated_on);

-- Name: payment_allocations_document_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_allocations_document_idx ON canonical.payment_allocations USING btree (organization_id, document_id);

-- Name: payment_allocations_ended_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_allocations_ended_on_idx ON canonical.payment_allocations USING btree (organization_id, ended_on) WHERE (ended_on IS NOT NULL);

-- Name: payment_allocations_payment_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_allocations_payment_idx ON canonical.payment_allocations USING btree (organization_id, payment_id, document_id);

-- Name: payment_refunds_allocated_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_refunds_allocated_on_idx ON canonical.payment_refunds USING btree (organization_id, allocated_on);

-- Name: payment_refunds_ended_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_refunds_ended_on_idx ON canonical.payment_refunds USING btree (organization_id, ended_on) WHERE (ended_on IS NOT NULL);

-- Name: payment_refunds_payment_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_refunds_payment_idx ON canonical.payment_refunds USING btree (organization_id, payment_id);

-- Name: payment_refunds_refund_idx; Type: INDEX; Schema: canonical

CREATE INDEX payment_refunds_refund_idx ON canonical.payment_refunds USING btree (organization_id, refund_id, payment_id);

-- Name: payments_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX payments_external_ref_key ON canonical.payments USING btree (organization_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: payments_party_idx; Type: INDEX; Schema: canonical

CREATE INDEX payments_party_idx ON canonical.payments USING btree (organization_id, party_id, direction);

-- Name: payments_voided_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX payments_voided_on_idx ON canonical.payments USING btree (organization_id, voided_on) WHERE (voided_on IS NOT NULL);

-- Name: people_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX people_external_ref_key ON canonical.people USING btree (organization_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: products_sku_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX products_sku_key ON canonical.products USING btree (organization_id, lower(sku)) WHERE (archived_at IS NULL);

-- Name: products_tax_rate_idx; Type: INDEX; Schema: canonical

CREATE INDEX products_tax_rate_idx ON canonical.products USING btree (organization_id, tax_rate_id);

-- Name: sale_line_taxes_tax_rate_idx; Type: INDEX; Schema: canonical

CREATE INDEX sale_line_taxes_tax_rate_idx ON canonical.sale_line_taxes USING btree (organization_id, tax_rate_id);

-- Name: sale_lines_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX sale_lines_account_idx ON canonical.sale_lines USING btree (organization_id, account_id) WHERE (account_id IS NOT NULL);

-- Name: sale_lines_product_idx; Type: INDEX; Schema: canonical

CREATE INDEX sale_lines_product_idx ON canonical.sale_lines USING btree (organization_id, product_id) WHERE (product_id IS NOT NULL);

-- Name: sale_lines_refunded_line_idx; Type: INDEX; Schema: canonical

CREATE INDEX sale_lines_refunded_line_idx ON canonical.sale_lines USING btree (organization_id, refunded_line_id) WHERE (refunded_line_id IS NOT NULL);

-- Name: sales_booked_on_idx; Type: INDEX; Schema: canonical

CREATE INDEX sales_booked_on_idx ON canonical.sales USING btree (organization_id, store_id, booked_on, currency, till_session_id);

-- Name: sales_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX sales_external_ref_key ON canonical.sales USING btree (((organization_id + 0)), store_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: sales_person_idx; Type: INDEX; Schema: canonical

CREATE INDEX sales_person_idx ON canonical.sales USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

-- Name: sales_refunded_sale_idx; Type: INDEX; Schema: canonical

CREATE INDEX sales_refunded_sale_idx ON canonical.sales USING btree (organization_id, refunded_sale_id) WHERE (refunded_sale_id IS NOT NULL);

-- Name: sales_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX sales_store_idx ON canonical.sales USING btree (organization_id, store_id, occurred_at);

-- Name: shifts_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX shifts_external_ref_key ON canonical.shifts USING btree (organization_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: shifts_person_idx; Type: INDEX; Schema: canonical

CREATE INDEX shifts_person_idx ON canonical.shifts USING btree (organization_id, person_id, utc_day);

-- Name: shifts_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX shifts_store_idx ON canonical.shifts USING btree (organization_id, store_id, lower(during));

-- Name: store_hour_exceptions_closed_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX store_hour_exceptions_closed_key ON canonical.store_hour_exceptions USING btree (organization_id, store_id, on_date) WHERE closed;

-- Name: store_hour_exceptions_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX store_hour_exceptions_store_idx ON canonical.store_hour_exceptions USING btree (organization_id, store_id, on_date) INCLUDE (closed, start_minute, length_minutes);

-- Name: store_hours_store_idx; Type: INDEX; Schema: canonical

CREATE INDEX store_hours_store_idx ON canonical.store_hours USING btree (organization_id, store_id, weekday) INCLUDE (valid, start_minute, length_minutes);

-- Name: stores_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX stores_external_ref_key ON canonical.stores USING btree (organization_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: stores_name_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX stores_name_key ON canonical.stores USING btree (organization_id, lower(name)) WHERE (archived_at IS NULL);

-- Name: tax_rates_name_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX tax_rates_name_key ON canonical.tax_rates USING btree (organization_id, lower(name)) WHERE (archived_at IS NULL);

-- Name: till_movements_session_idx; Type: INDEX; Schema: canonical

CREATE INDEX till_movements_session_idx ON canonical.till_movements USING btree (organization_id, till_session_id);

-- Name: till_sessions_open_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX till_sessions_open_key ON canonical.till_sessions USING btree (organization_id, till_id) WHERE (state = 'open'::text);

-- Name: till_sessions_till_idx; Type: INDEX; Schema: canonical

CREATE INDEX till_sessions_till_idx ON canonical.till_sessions USING btree (organization_id, till_id, business_date);

-- Name: till_sessions_unclosed_idx; Type: INDEX; Schema: canonical

CREATE INDEX till_sessions_unclosed_idx ON canonical.till_sessions USING btree (organization_id, business_date) WHERE (state <> 'closed'::text);

-- Name: tills_name_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX tills_name_key ON canonical.tills USING btree (organization_id, store_id, lower(name)) WHERE (archived_at IS NULL);

-- Name: transfers_external_ref_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX transfers_external_ref_key ON canonical.transfers USING btree (organization_id, external_ref) WHERE (external_ref IS NOT NULL);

-- Name: transfers_from_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX transfers_from_account_idx ON canonical.transfers USING btree (organization_id, from_account_id);

-- Name: transfers_to_account_idx; Type: INDEX; Schema: canonical

CREATE INDEX transfers_to_account_idx ON canonical.transfers USING btree (organization_id, to_account_id);

-- Name: users_email_key; Type: INDEX; Schema: canonical

CREATE UNIQUE INDEX users_email_key ON canonical.users USING btree (lower(email));

-- Name: webhook_deliveries_due_idx; Type: INDEX; Schema: canonical

CREATE INDEX webhook_deliveries_due_idx ON canonical.webhook_deliveries USING btree (organization_id, webhook_id, next_attempt_at) WHERE (state = 'pending'::text);

-- Name: webhook_deliveries_record_idx; Type: INDEX; Schema: canonical

CREATE INDEX webhook_deliveries_record_idx ON canonical.webhook_deliveries USING btree (organization_id, webhook_id, canonical_type, canonical_id, id) WHERE (state = ANY (ARRAY['waiting'::text, 'pending'::text]));

-- Name: webhook_deliveries_settled_idx; Type: INDEX; Schema: canonical

CREATE INDEX webhook_deliveries_settled_idx ON canonical.webhook_deliveries USING btree (GREATEST(created_at, attempted_at)) WHERE (state = ANY (ARRAY['delivered'::text, 'given_up'::text]));

-- Name: account_summaries_code_idx; Type: INDEX; Schema: projection

CREATE INDEX account_summaries_code_idx ON projection.account_summaries USING btree (organization_id, archived, code, account_id);

-- Name: account_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX account_summaries_search_idx ON projection.account_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: account_summaries_type_idx; Type: INDEX; Schema: projection

CREATE INDEX account_summaries_type_idx ON projection.account_summaries USING btree (organization_id, archived, type, code, account_id);

-- Name: channel_summaries_name_idx; Type: INDEX; Schema: projection

CREATE INDEX channel_summaries_name_idx ON projection.channel_summaries USING btree (organization_id, archived, name, channel_id);

-- Name: channel_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX channel_summaries_search_idx ON projection.channel_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: credit_allocations_credit_note_idx; Type: INDEX; Schema: projection

CREATE INDEX credit_allocations_credit_note_idx ON projection.credit_allocations USING btree (organization_id, credit_note_id, allocation_id);

-- Name: credit_allocations_document_idx; Type: INDEX; Schema: projection

CREATE INDEX credit_allocations_document_idx ON projection.credit_allocations USING btree (organization_id, document_id, allocation_id);

-- Name: day_close_summaries_business_date_idx; Type: INDEX; Schema: projection

CREATE INDEX day_close_summaries_business_date_idx ON projection.day_close_summaries USING btree (organization_id, business_date, day_close_id);

-- Name: day_close_summaries_reversed_idx; Type: INDEX; Schema: projection

CREATE INDEX day_close_summaries_reversed_idx ON projection.day_close_summaries USING btree (organization_id, business_date, day_close_id) WHERE reversed;

-- Name: day_close_summaries_session_idx; Type: INDEX; Schema: projection

CREATE INDEX day_close_summaries_session_idx ON projection.day_close_summaries USING btree (organization_id, till_session_id, business_date, day_close_id);

-- Name: day_close_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX day_close_summaries_store_idx ON projection.day_close_summaries USING btree (organization_id, store_id, business_date, day_close_id);

-- Name: document_items_document_idx; Type: INDEX; Schema: projection

CREATE INDEX document_items_document_idx ON projection.document_items USING btree (organization_id, document_id, line);

-- Name: document_payments_document_idx; Type: INDEX; Schema: projection

CREATE INDEX document_payments_document_idx ON projection.document_payments USING btree (organization_id, document_id, paid_on);

-- Name: document_payments_payment_idx; Type: INDEX; Schema: projection

CREATE INDEX document_payments_payment_idx ON projection.document_payments USING btree (organization_id, payment_id);

-- Name: document_summaries_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_created_at_idx ON projection.document_summaries USING btree (organization_id, kind, created_at, document_id);

-- Name: document_summaries_due_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_due_idx ON projection.document_summaries USING btree (organization_id, kind, due, document_id);

-- Name: document_summaries_due_on_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_due_on_idx ON projection.document_summaries USING btree (organization_id, kind, due_on, document_id);

-- Name: document_summaries_issued_on_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_issued_on_idx ON projection.document_summaries USING btree (organization_id, kind, issued_on, document_id);

-- Name: document_summaries_number_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_number_idx ON projection.document_summaries USING btree (organization_id, kind, number_value, document_id);

-- Name: document_summaries_party_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_party_idx ON projection.document_summaries USING btree (organization_id, party_id, issued_on, document_id);

-- Name: document_summaries_party_name_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_party_name_idx ON projection.document_summaries USING btree (organization_id, kind, party_name, document_id);

-- Name: document_summaries_payment_state_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_payment_state_idx ON projection.document_summaries USING btree (organization_id, kind, payment_state, issued_on, document_id);

-- Name: document_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_search_idx ON projection.document_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: document_summaries_state_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_state_idx ON projection.document_summaries USING btree (organization_id, kind, state, issued_on, document_id);

-- Name: document_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_store_idx ON projection.document_summaries USING btree (organization_id, kind, store_id, issued_on, document_id);

-- Name: document_summaries_total_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_total_idx ON projection.document_summaries USING btree (organization_id, kind, total, document_id);

-- Name: document_summaries_updated_at_idx; Type: INDEX; Schema: projection

CREATE INDEX document_summaries_updated_at_idx ON projection.document_summaries USING btree (organization_id, kind, updated_at, document_id);

-- Name: financial_transactions_amount_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_amount_idx ON projection.financial_transactions USING btree (organization_id, amount, canonical_type, canonical_id);

-- Name: financial_transactions_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_created_at_idx ON projection.financial_transactions USING btree (organization_id, created_at, canonical_type, canonical_id);

-- Name: financial_transactions_direction_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_direction_idx ON projection.financial_transactions USING btree (organization_id, direction, occurred_on, canonical_type, canonical_id) WHERE (kind = 'PAYMENT'::text);

-- Name: financial_transactions_from_account_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_from_account_idx ON projection.financial_transactions USING btree (organization_id, from_account_id, kind, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_from_store_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_from_store_idx ON projection.financial_transactions USING btree (organization_id, from_store_id, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_kind_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_kind_idx ON projection.financial_transactions USING btree (organization_id, kind, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_occurred_on_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_occurred_on_idx ON projection.financial_transactions USING btree (organization_id, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_party_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_party_idx ON projection.financial_transactions USING btree (organization_id, party_id, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_party_name_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_party_name_idx ON projection.financial_transactions USING btree (organization_id, party_name, canonical_type, canonical_id);

-- Name: financial_transactions_search_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_search_idx ON projection.financial_transactions USING gin (search_text public.gin_trgm_ops);

-- Name: financial_transactions_to_account_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_to_account_idx ON projection.financial_transactions USING btree (organization_id, to_account_id, kind, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_to_store_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_to_store_idx ON projection.financial_transactions USING btree (organization_id, to_store_id, occurred_on, canonical_type, canonical_id);

-- Name: financial_transactions_voided_idx; Type: INDEX; Schema: projection

CREATE INDEX financial_transactions_voided_idx ON projection.financial_transactions USING btree (organization_id, occurred_on, canonical_type, canonical_id) WHERE voided;

-- Name: fx_rate_summaries_currency_idx; Type: INDEX; Schema: projection

CREATE INDEX fx_rate_summaries_currency_idx ON projection.fx_rate_summaries USING btree (organization_id, currency, valid_from, fx_rate_id);

-- Name: fx_rate_summaries_valid_from_idx; Type: INDEX; Schema: projection

CREATE INDEX fx_rate_summaries_valid_from_idx ON projection.fx_rate_summaries USING btree (organization_id, valid_from, fx_rate_id);

-- Name: journal_entry_summaries_canonical_idx; Type: INDEX; Schema: projection

CREATE INDEX journal_entry_summaries_canonical_idx ON projection.journal_entry_summaries USING btree (organization_id, canonical_type, canonical_id, posted_on, entry_id);

-- Name: journal_entry_summaries_passed_lock_idx; Type: INDEX; Schema: projection

CREATE INDEX journal_entry_summaries_passed_lock_idx ON projection.journal_entry_summaries USING btree (organization_id, posted_on, entry_id) WHERE passed_lock;

-- Name: journal_entry_summaries_posted_on_idx; Type: INDEX; Schema: projection

CREATE INDEX journal_entry_summaries_posted_on_idx ON projection.journal_entry_summaries USING btree (organization_id, posted_on, entry_id);

-- Name: journal_entry_summaries_purpose_idx; Type: INDEX; Schema: projection

CREATE INDEX journal_entry_summaries_purpose_idx ON projection.journal_entry_summaries USING btree (organization_id, purpose, posted_on, entry_id);

-- Name: money_entry_summaries_account_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_account_idx ON projection.money_entry_summaries USING btree (organization_id, account_id, occurred_on, money_entry_id);

-- Name: money_entry_summaries_amount_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_amount_idx ON projection.money_entry_summaries USING btree (organization_id, kind, amount, money_entry_id);

-- Name: money_entry_summaries_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_created_at_idx ON projection.money_entry_summaries USING btree (organization_id, kind, created_at, money_entry_id);

-- Name: money_entry_summaries_money_account_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_money_account_idx ON projection.money_entry_summaries USING btree (organization_id, money_account_id, occurred_on, money_entry_id);

-- Name: money_entry_summaries_occurred_on_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_occurred_on_idx ON projection.money_entry_summaries USING btree (organization_id, kind, occurred_on, money_entry_id);

-- Name: money_entry_summaries_party_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_party_idx ON projection.money_entry_summaries USING btree (organization_id, party_id, occurred_on, money_entry_id);

-- Name: money_entry_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_search_idx ON projection.money_entry_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: money_entry_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_store_idx ON projection.money_entry_summaries USING btree (organization_id, kind, store_id, occurred_on, money_entry_id);

-- Name: money_entry_summaries_voided_idx; Type: INDEX; Schema: projection

CREATE INDEX money_entry_summaries_voided_idx ON projection.money_entry_summaries USING btree (organization_id, kind, occurred_on, money_entry_id) WHERE voided;

-- Name: monthly_invoicing_month_idx; Type: INDEX; Schema: projection

CREATE INDEX monthly_invoicing_month_idx ON projection.monthly_invoicing USING btree (organization_id, month, party_id, currency, store_id);

-- Name: notification_settings_pkey; Type: INDEX; Schema: projection

CREATE UNIQUE INDEX notification_settings_pkey ON projection.notification_settings USING btree (organization_id, channel_id, user_id, type);

-- Name: notification_settings_recipients_idx; Type: INDEX; Schema: projection

CREATE INDEX notification_settings_recipients_idx ON projection.notification_settings USING btree (organization_id, channel_id, type, user_id) WHERE (delivery <> '{}'::text[]);

-- Name: notification_settings_user_idx; Type: INDEX; Schema: projection

CREATE INDEX notification_settings_user_idx ON projection.notification_settings USING btree (organization_id, user_id, channel_id, type);

-- Name: notifications_read_idx; Type: INDEX; Schema: projection

CREATE INDEX notifications_read_idx ON projection.notifications USING btree (organization_id, user_id, read, notification_id);

-- Name: notifications_type_idx; Type: INDEX; Schema: projection

CREATE INDEX notifications_type_idx ON projection.notifications USING btree (organization_id, user_id, type, notification_id);

-- Name: notifications_user_idx; Type: INDEX; Schema: projection

CREATE INDEX notifications_user_idx ON projection.notifications USING btree (organization_id, user_id, notification_id);

-- Name: party_balances_party_name_idx; Type: INDEX; Schema: projection

CREATE INDEX party_balances_party_name_idx ON projection.party_balances USING btree (organization_id, store_id, party_name, party_id, currency);

-- Name: party_balances_payable_idx; Type: INDEX; Schema: projection

CREATE INDEX party_balances_payable_idx ON projection.party_balances USING btree (organization_id, store_id, payable, party_id, currency);

-- Name: party_balances_receivable_idx; Type: INDEX; Schema: projection

CREATE INDEX party_balances_receivable_idx ON projection.party_balances USING btree (organization_id, store_id, receivable, party_id, currency);

-- Name: payment_refunds_payment_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_refunds_payment_idx ON projection.payment_refunds USING btree (organization_id, payment_id, allocation_id);

-- Name: payment_refunds_refund_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_refunds_refund_idx ON projection.payment_refunds USING btree (organization_id, refund_id, allocation_id);

-- Name: payment_summaries_direction_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_direction_idx ON projection.payment_summaries USING btree (organization_id, direction, paid_on, payment_id);

-- Name: payment_summaries_paid_on_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_paid_on_idx ON projection.payment_summaries USING btree (organization_id, paid_on, payment_id);

-- Name: payment_summaries_party_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_party_idx ON projection.payment_summaries USING btree (organization_id, party_id, paid_on, payment_id);

-- Name: payment_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_store_idx ON projection.payment_summaries USING btree (organization_id, store_id, paid_on, payment_id);

-- Name: payment_summaries_unallocated_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_unallocated_idx ON projection.payment_summaries USING btree (organization_id, party_role, payment_id) WHERE ((NOT voided) AND (unallocated <> (0)::numeric));

-- Name: payment_summaries_updated_at_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_updated_at_idx ON projection.payment_summaries USING btree (organization_id, updated_at, payment_id);

-- Name: payment_summaries_voided_idx; Type: INDEX; Schema: projection

CREATE INDEX payment_summaries_voided_idx ON projection.payment_summaries USING btree (organization_id, paid_on, payment_id) WHERE voided;

-- Name: people_summaries_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_created_at_idx ON projection.people_summaries USING btree (organization_id, archived, created_at, person_id);

-- Name: people_summaries_customers_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_customers_idx ON projection.people_summaries USING btree (organization_id, archived, full_name, person_id) WHERE is_customer;

-- Name: people_summaries_full_name_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_full_name_idx ON projection.people_summaries USING btree (organization_id, archived, full_name, person_id);

-- Name: people_summaries_invoice_count_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_invoice_count_idx ON projection.people_summaries USING btree (organization_id, archived, invoice_count, person_id);

-- Name: people_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_search_idx ON projection.people_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: people_summaries_staff_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_staff_idx ON projection.people_summaries USING btree (organization_id, archived, full_name, person_id) WHERE is_staff;

-- Name: people_summaries_updated_at_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_updated_at_idx ON projection.people_summaries USING btree (organization_id, archived, updated_at, person_id);

-- Name: people_summaries_vendors_idx; Type: INDEX; Schema: projection

CREATE INDEX people_summaries_vendors_idx ON projection.people_summaries USING btree (organization_id, archived, full_name, person_id) WHERE is_vendor;

-- Name: product_summaries_name_idx; Type: INDEX; Schema: projection

CREATE INDEX product_summaries_name_idx ON projection.product_summaries USING btree (organization_id, archived, name, product_id);

-- Name: product_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX product_summaries_search_idx ON projection.product_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: sale_annotations_amount_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_amount_idx ON projection.sale_annotations USING btree (organization_id, amount, sale_id);

-- Name: sale_annotations_card_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_card_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (tenders @> '[{"tender": "CARD"}]'::jsonb);

-- Name: sale_annotations_cash_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_cash_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (tenders @> '[{"tender": "CASH"}]'::jsonb);

-- Name: sale_annotations_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_created_at_idx ON projection.sale_annotations USING btree (organization_id, created_at, sale_id);

-- Name: sale_annotations_day_part_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_day_part_idx ON projection.sale_annotations USING btree (organization_id, lower(day_part), occurred_at, sale_id);

-- Name: sale_annotations_external_ref_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_external_ref_idx ON projection.sale_annotations USING btree (organization_id, lower(external_ref), occurred_at, sale_id) WHERE (external_ref IS NOT NULL);

-- Name: sale_annotations_occurred_at_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_occurred_at_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id);

-- Name: sale_annotations_other_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_other_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (tenders @> '[{"tender": "OTHER"}]'::jsonb);

-- Name: sale_annotations_outside_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_outside_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (NOT inside_opening_hours);

-- Name: sale_annotations_person_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_person_idx ON projection.sale_annotations USING btree (organization_id, person_id, occurred_at, sale_id) WHERE (person_id IS NOT NULL);

-- Name: sale_annotations_products_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_products_idx ON projection.sale_annotations USING gin (organization_id, product_ids) WHERE (product_ids IS NOT NULL);

-- Name: sale_annotations_refund_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_refund_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (kind = 'REFUND'::text);

-- Name: sale_annotations_refunded_sale_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_refunded_sale_idx ON projection.sale_annotations USING btree (organization_id, refunded_sale_id, occurred_at, sale_id) WHERE (refunded_sale_id IS NOT NULL);

-- Name: sale_annotations_report_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_report_idx ON projection.sale_annotations USING btree (organization_id, store_id, business_date) INCLUDE (day_part, day_part_start, currency, kind, amount, voided, sale_id);

-- Name: sale_annotations_store_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_store_idx ON projection.sale_annotations USING btree (organization_id, store_id, occurred_at, sale_id);

-- Name: sale_annotations_till_session_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_till_session_idx ON projection.sale_annotations USING btree (organization_id, till_session_id, occurred_at, sale_id) WHERE (till_session_id IS NOT NULL);

-- Name: sale_annotations_voided_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_voided_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE voided;

-- Name: sale_annotations_voucher_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_annotations_voucher_idx ON projection.sale_annotations USING btree (organization_id, occurred_at, sale_id) WHERE (tenders @> '[{"tender": "VOUCHER"}]'::jsonb);

-- Name: sale_lines_refunded_line_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_lines_refunded_line_idx ON projection.sale_lines USING btree (organization_id, refunded_line_id) WHERE (refunded_line_id IS NOT NULL);

-- Name: sale_lines_sale_idx; Type: INDEX; Schema: projection

CREATE INDEX sale_lines_sale_idx ON projection.sale_lines USING btree (organization_id, sale_id, line);

-- Name: search_documents_kind_idx; Type: INDEX; Schema: projection

CREATE INDEX search_documents_kind_idx ON projection.search_documents USING btree (organization_id, canonical_type, title, canonical_id);

-- Name: search_documents_spelling_idx; Type: INDEX; Schema: projection

CREATE INDEX search_documents_spelling_idx ON projection.search_documents USING gin (organization_id, spelling public.gin_trgm_ops);

-- Name: search_documents_terms_idx; Type: INDEX; Schema: projection

CREATE INDEX search_documents_terms_idx ON projection.search_documents USING gin (canonical.search_terms(organization_id, canonical_type, words));

-- Name: search_documents_title_idx; Type: INDEX; Schema: projection

CREATE INDEX search_documents_title_idx ON projection.search_documents USING btree (organization_id, title, canonical_type, canonical_id);

-- Name: shift_annotations_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_created_at_idx ON projection.shift_annotations USING btree (organization_id, created_at, shift_id);

-- Name: shift_annotations_date_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_date_idx ON projection.shift_annotations USING btree (organization_id, store_id, business_date);

-- Name: shift_annotations_person_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_person_idx ON projection.shift_annotations USING btree (organization_id, person_id, starts_at, shift_id);

-- Name: shift_annotations_starts_at_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_starts_at_idx ON projection.shift_annotations USING btree (organization_id, starts_at, shift_id);

-- Name: shift_annotations_state_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_state_idx ON projection.shift_annotations USING btree (organization_id, state, starts_at, shift_id);

-- Name: shift_annotations_store_idx; Type: INDEX; Schema: projection

CREATE INDEX shift_annotations_store_idx ON projection.shift_annotations USING btree (organization_id, store_id, starts_at, shift_id);

-- Name: store_summaries_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX store_summaries_created_at_idx ON projection.store_summaries USING btree (organization_id, archived, created_at, store_id);

-- Name: store_summaries_name_idx; Type: INDEX; Schema: projection

CREATE INDEX store_summaries_name_idx ON projection.store_summaries USING btree (organization_id, archived, name, store_id);

-- Name: store_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX store_summaries_search_idx ON projection.store_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: tax_rate_summaries_name_idx; Type: INDEX; Schema: projection

CREATE INDEX tax_rate_summaries_name_idx ON projection.tax_rate_summaries USING btree (organization_id, archived, name, tax_rate_id);

-- Name: till_session_summaries_business_date_idx; Type: INDEX; Schema: projection

CREATE INDEX till_session_summaries_business_date_idx ON projection.till_session_summaries USING btree (organization_id, business_date, till_session_id);

-- Name: till_session_summaries_state_idx; Type: INDEX; Schema: projection

CREATE INDEX till_session_summaries_state_idx ON projection.till_session_summaries USING btree (organization_id, state, business_date, till_session_id);

-- Name: till_session_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX till_session_summaries_store_idx ON projection.till_session_summaries USING btree (organization_id, store_id, business_date, till_session_id);

-- Name: till_session_summaries_till_idx; Type: INDEX; Schema: projection

CREATE INDEX till_session_summaries_till_idx ON projection.till_session_summaries USING btree (organization_id, till_id, business_date, till_session_id);

-- Name: till_summaries_name_idx; Type: INDEX; Schema: projection

CREATE INDEX till_summaries_name_idx ON projection.till_summaries USING btree (organization_id, archived, name, till_id);

-- Name: till_summaries_store_idx; Type: INDEX; Schema: projection

CREATE INDEX till_summaries_store_idx ON projection.till_summaries USING btree (organization_id, store_id, archived, name, till_id);

-- Name: transfer_summaries_amount_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_amount_idx ON projection.transfer_summaries USING btree (organization_id, amount, transfer_id);

-- Name: transfer_summaries_created_at_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_created_at_idx ON projection.transfer_summaries USING btree (organization_id, created_at, transfer_id);

-- Name: transfer_summaries_from_account_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_from_account_idx ON projection.transfer_summaries USING btree (organization_id, from_account_id, occurred_on, transfer_id);

-- Name: transfer_summaries_from_store_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_from_store_idx ON projection.transfer_summaries USING btree (organization_id, from_store_id, occurred_on, transfer_id);

-- Name: transfer_summaries_occurred_on_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_occurred_on_idx ON projection.transfer_summaries USING btree (organization_id, occurred_on, transfer_id);

-- Name: transfer_summaries_search_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_search_idx ON projection.transfer_summaries USING gin (search_text public.gin_trgm_ops);

-- Name: transfer_summaries_to_account_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_to_account_idx ON projection.transfer_summaries USING btree (organization_id, to_account_id, occurred_on, transfer_id);

-- Name: transfer_summaries_to_store_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_to_store_idx ON projection.transfer_summaries USING btree (organization_id, to_store_id, occurred_on, transfer_id);

-- Name: transfer_summaries_voided_idx; Type: INDEX; Schema: projection

CREATE INDEX transfer_summaries_voided_idx ON projection.transfer_summaries USING btree (organization_id, occurred_on, transfer_id) WHERE voided;

-- Name: webhook_deliveries_entity_idx; Type: INDEX; Schema: projection

CREATE INDEX webhook_deliveries_entity_idx ON projection.webhook_deliveries USING btree (organization_id, entity_type, entity_key, delivery_id);

-- Name: webhook_deliveries_state_idx; Type: INDEX; Schema: projection

CREATE INDEX webhook_deliveries_state_idx ON projection.webhook_deliveries USING btree (organization_id, state, delivery_id);

-- Name: webhook_deliveries_webhook_idx; Type: INDEX; Schema: projection

CREATE INDEX webhook_deliveries_webhook_idx ON projection.webhook_deliveries USING btree (organization_id, webhook_id, delivery_id);

-- Name: webhook_summaries_created_idx; Type: INDEX; Schema: projection

CREATE INDEX webhook_summaries_created_idx ON projection.webhook_summaries USING btree (organization_id, archived, created_at, webhook_id);

-- Name: financial_transactions_from_kinds; Type: STATISTICS; Schema: projection

CREATE STATISTICS projection.financial_transactions_from_kinds (mcv) ON kind, from_account_id FROM projection.financial_transactions;

-- Name: financial_transactions_to_kinds; Type: STATISTICS; Schema: projection

CREATE STATISTICS projection.financial_transactions_to_kinds (mcv) ON kind, to_account_id FROM projection.financial_transactions;

-- Name: events keep_all; Type: TRIGGER; Schema: audit

CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit.events FOR EACH STATEMENT EXECUTE FUNCTION audit.guard();

-- Name: events keep_deletes; Type: TRIGGER; Schema: audit

CREATE TRIGGER keep_deletes BEFORE DELETE ON audit.events FOR EACH STATEMENT WHEN ((current_setting('audit.forgetting'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION audit.guard();

-- Name: events keep_inserts; Type: TRIGGER; Schema: audit

CREATE TRIGGER keep_inserts BEFORE INSERT ON audit.events FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION audit.guard();

-- Name: events keep_updates; Type: TRIGGER; Schema: audit

CREATE TRIGGER keep_updates BEFORE UPDATE ON audit.events FOR EACH STATEMENT EXECUTE FUNCTION audit.guard();

-- Name: notification_digests announce; Type: TRIGGER; Schema: canonical

CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF at_minute, time_zone ON canonical.notification_digests FOR EACH ROW EXECUTE FUNCTION canonical.announce_digest();

-- Name: journal_lines by_hand; Type: TRIGGER; Schema: canonical

CREATE TRIGGER by_hand BEFORE INSERT ON canonical.journal_lines FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION canonical.journal_line_by_hand();

-- Name: documents check_allocations; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_allocations AFTER UPDATE ON canonical.documents FOR EACH ROW WHEN (((old.state <> 'draft'::text) AND (((old.currency IS DISTINCT FROM new.currency) OR (old.party_id IS DISTINCT FROM new.party_id)) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION canonical.document_changed();

-- Name: payments check_allocations; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_allocations AFTER UPDATE ON canonical.payments FOR EACH ROW WHEN (((((((old.amount IS DISTINCT FROM new.amount) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.party_id IS DISTINCT FROM new.party_id)) OR (old.direction IS DISTINCT FROM new.direction)) OR (old.party_role IS DISTINCT FROM new.party_role)) OR (old.voided_at IS DISTINCT FROM new.voided_at))) EXECUTE FUNCTION canonical.payment_changed();

-- Name: till_movements check_cash; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_cash BEFORE INSERT ON canonical.till_movements FOR EACH ROW EXECUTE FUNCTION canonical.till_cash_moved();

-- Name: till_sessions check_closed; Type: TRIGGER; Schema: canonical

CREATE CONSTRAINT TRIGGER check_closed AFTER INSERT OR UPDATE OF state ON canonical.till_sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION canonical.till_session_closed();

-- Name: credit_allocations check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.credit_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.credits_changed();

-- Name: payment_allocations check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.payment_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.allocations_changed();

-- Name: payment_refunds check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.payment_refunds REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.refunds_changed();

-- Name: sale_line_taxes check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.sale_line_taxes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_sale_parts();

-- Name: sale_lines check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.sale_lines REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_sale_parts();

-- Name: sale_tenders check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.sale_tenders REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_sale_parts();

-- Name: sales check_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_inserted AFTER INSERT ON canonical.sales REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_sales();

-- Name: organizations check_locks; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_locks BEFORE UPDATE OF base_currency, hard_locked_until ON canonical.organizations FOR EACH ROW EXECUTE FUNCTION canonical.organizations_guard();

-- Name: journal_entries check_period; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period BEFORE INSERT ON canonical.journal_entries FOR EACH ROW EXECUTE FUNCTION canonical.journal_entry_added();

-- Name: documents check_period_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period_inserted AFTER INSERT ON canonical.documents FOR EACH ROW WHEN ((new.state = 'draft'::text)) EXECUTE FUNCTION canonical.draft_dated();

-- Name: till_sessions check_period_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period_inserted AFTER INSERT ON canonical.till_sessions FOR EACH ROW WHEN ((new.state <> 'closed'::text)) EXECUTE FUNCTION canonical.day_opened();

-- Name: documents check_period_moved; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period_moved AFTER UPDATE OF issued_on, organization_id ON canonical.documents FOR EACH ROW WHEN (((new.state = 'draft'::text) AND ((new.issued_on IS DISTINCT FROM old.issued_on) OR (new.organization_id IS DISTINCT FROM old.organization_id)))) EXECUTE FUNCTION canonical.draft_dated();

-- Name: till_sessions check_period_reopened; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period_reopened AFTER UPDATE OF state ON canonical.till_sessions FOR EACH ROW WHEN (((old.state = 'closed'::text) AND (new.state <> 'closed'::text))) EXECUTE FUNCTION canonical.day_opened();

-- Name: day_closes check_period_reversed; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_period_reversed AFTER UPDATE OF reversed_at ON canonical.day_closes FOR EACH ROW WHEN (((old.reversed_at IS NULL) AND (new.reversed_at IS NOT NULL))) EXECUTE FUNCTION canonical.day_opened();

-- Name: notification_digests check_time_zone; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON canonical.notification_digests FOR EACH ROW EXECUTE FUNCTION canonical.check_time_zone();

-- Name: organizations check_time_zone; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON canonical.organizations FOR EACH ROW EXECUTE FUNCTION canonical.check_time_zone();

-- Name: stores check_time_zone; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON canonical.stores FOR EACH ROW EXECUTE FUNCTION canonical.check_time_zone();

-- Name: document_item_taxes check_total_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_deleted AFTER DELETE ON canonical.document_item_taxes REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_items check_total_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_deleted AFTER DELETE ON canonical.document_items REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_item_taxes check_total_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_inserted AFTER INSERT ON canonical.document_item_taxes REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_items check_total_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_inserted AFTER INSERT ON canonical.document_items REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_item_taxes check_total_updated_from; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_updated_from AFTER UPDATE ON canonical.document_item_taxes REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_items check_total_updated_from; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_updated_from AFTER UPDATE ON canonical.document_items REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_item_taxes check_total_updated_to; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_updated_to AFTER UPDATE ON canonical.document_item_taxes REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: document_items check_total_updated_to; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_total_updated_to AFTER UPDATE ON canonical.document_items REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

-- Name: credit_allocations check_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_updated AFTER UPDATE ON canonical.credit_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.credits_changed();

-- Name: payment_allocations check_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_updated AFTER UPDATE ON canonical.payment_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.allocations_changed();

-- Name: payment_refunds check_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_updated AFTER UPDATE ON canonical.payment_refunds REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.refunds_changed();

-- Name: sales check_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER check_updated AFTER UPDATE ON canonical.sales REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_sales();

-- Name: documents date_void; Type: TRIGGER; Schema: canonical

CREATE TRIGGER date_void BEFORE UPDATE OF voided_at ON canonical.documents FOR EACH ROW WHEN (((old.voided_at IS NULL) <> (new.voided_at IS NULL))) EXECUTE FUNCTION canonical.void_dated('issued_on');

-- Name: money_entries date_void; Type: TRIGGER; Schema: canonical

CREATE TRIGGER date_void BEFORE UPDATE OF voided_at ON canonical.money_entries FOR EACH ROW WHEN (((old.voided_at IS NULL) <> (new.voided_at IS NULL))) EXECUTE FUNCTION canonical.void_dated('occurred_on');

-- Name: payments date_void; Type: TRIGGER; Schema: canonical

CREATE TRIGGER date_void BEFORE UPDATE OF voided_at ON canonical.payments FOR EACH ROW WHEN (((old.voided_at IS NULL) <> (new.voided_at IS NULL))) EXECUTE FUNCTION canonical.void_dated('paid_on');

-- Name: transfers date_void; Type: TRIGGER; Schema: canonical

CREATE TRIGGER date_void BEFORE UPDATE OF voided_at ON canonical.transfers FOR EACH ROW WHEN (((old.voided_at IS NULL) <> (new.voided_at IS NULL))) EXECUTE FUNCTION canonical.void_dated('occurred_on');

-- Name: credit_allocations dated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER dated BEFORE INSERT ON canonical.credit_allocations FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();

-- Name: journal_lines dated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER dated BEFORE INSERT ON canonical.journal_lines FOR EACH ROW WHEN ((new.posted_on IS NULL)) EXECUTE FUNCTION canonical.journal_line_dated();

-- Name: payment_allocations dated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER dated BEFORE INSERT ON canonical.payment_allocations FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();

-- Name: payment_refunds dated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER dated BEFORE INSERT ON canonical.payment_refunds FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();

-- Name: sales dated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER dated BEFORE INSERT ON canonical.sales FOR EACH ROW WHEN ((new.booked_on IS NULL)) EXECUTE FUNCTION canonical.sale_dated();

-- Name: sales day_open_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER day_open_deleted AFTER DELETE ON canonical.sales REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();

-- Name: sales day_open_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER day_open_inserted AFTER INSERT ON canonical.sales REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();

-- Name: sales day_open_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER day_open_updated AFTER UPDATE ON canonical.sales REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();

-- Name: organizations default_chart; Type: TRIGGER; Schema: canonical

CREATE TRIGGER default_chart AFTER INSERT ON canonical.organizations FOR EACH ROW EXECUTE FUNCTION canonical.organization_added();

-- Name: document_amounts derived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER derived BEFORE INSERT OR DELETE OR UPDATE ON canonical.document_amounts FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION canonical.amounts_guard();

-- Name: payment_amounts derived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER derived BEFORE INSERT OR DELETE OR UPDATE ON canonical.payment_amounts FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION canonical.amounts_guard();

-- Name: notification_preferences guard; Type: TRIGGER; Schema: canonical

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OF type, channel_id ON canonical.notification_preferences FOR EACH ROW EXECUTE FUNCTION canonical.notification_preferences_guard();

-- Name: day_close_lines immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON canonical.day_close_lines FOR EACH ROW EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_close_sales immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE ON canonical.day_close_sales FOR EACH ROW EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_close_tenders immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON canonical.day_close_tenders FOR EACH ROW EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_closes immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE UPDATE ON canonical.day_closes FOR EACH ROW WHEN ((((old.reversed_at IS NOT NULL) AND (old.* *<> new.*)) OR ((((((((old.organization_id IS DISTINCT FROM new.organization_id) OR (old.id IS DISTINCT FROM new.id)) OR (old.store_id IS DISTINCT FROM new.store_id)) OR (old.till_session_id IS DISTINCT FROM new.till_session_id)) OR (old.business_date IS DISTINCT FROM new.business_date)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.fx_rate IS DISTINCT FROM new.fx_rate)) OR (old.sale_count IS DISTINCT FROM new.sale_count)))) EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: journal_entries immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON canonical.journal_entries FOR EACH ROW EXECUTE FUNCTION canonical.journal_guard();

-- Name: journal_lines immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON canonical.journal_lines FOR EACH ROW EXECUTE FUNCTION canonical.journal_guard();

-- Name: till_movements immutable; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON canonical.till_movements FOR EACH ROW EXECUTE FUNCTION canonical.till_movements_guard();

-- Name: day_close_lines immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.day_close_lines FOR EACH STATEMENT EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_close_sales immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.day_close_sales FOR EACH STATEMENT EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_close_tenders immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.day_close_tenders FOR EACH STATEMENT EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_closes immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.day_closes FOR EACH STATEMENT EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: journal_entries immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.journal_entries FOR EACH STATEMENT EXECUTE FUNCTION canonical.journal_guard();

-- Name: journal_lines immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.journal_lines FOR EACH STATEMENT EXECUTE FUNCTION canonical.journal_guard();

-- Name: till_movements immutable_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.till_movements FOR EACH STATEMENT EXECUTE FUNCTION canonical.till_movements_guard();

-- Name: day_close_sales immutable_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER immutable_updated BEFORE UPDATE ON canonical.day_close_sales FOR EACH ROW WHEN ((old.reversed OR ((old.organization_id <> new.organization_id) OR (old.day_close_id <> new.day_close_id) OR (old.sale_id <> new.sale_id)))) EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: day_closes keep; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep BEFORE DELETE ON canonical.day_closes FOR EACH ROW EXECUTE FUNCTION canonical.day_closes_guard();

-- Name: document_tax_shares keep; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep BEFORE INSERT OR DELETE OR UPDATE ON canonical.document_tax_shares FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION canonical.tax_shares_guard();

-- Name: posting_queue keep; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep BEFORE DELETE OR UPDATE ON canonical.posting_queue FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION canonical.queue_guard();

-- Name: posting_queue keep_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_all BEFORE TRUNCATE ON canonical.posting_queue FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_guard();

-- Name: memberships keep_an_owner; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_an_owner AFTER UPDATE ON canonical.memberships FOR EACH ROW WHEN (((old.role = 'owner'::text) AND (old.ended_at IS NULL) AND ((new.role <> 'owner'::text) OR (new.ended_at IS NOT NULL) OR (new.organization_id <> old.organization_id)))) EXECUTE FUNCTION canonical.keep_an_owner();

-- Name: memberships keep_an_owner_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_an_owner_deleted AFTER DELETE ON canonical.memberships FOR EACH ROW WHEN (((old.role = 'owner'::text) AND (old.ended_at IS NULL))) EXECUTE FUNCTION canonical.keep_an_owner();

-- Name: shifts keep_announced; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_announced BEFORE DELETE ON canonical.shifts FOR EACH ROW WHEN ((old.state <> 'draft'::text)) EXECUTE FUNCTION canonical.shifts_guard();

-- Name: accounts keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.accounts FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: channels keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.channels FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: people keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.people FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived('full_name');

-- Name: products keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.products FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: stores keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.stores FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: tax_rates keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.tax_rates FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: tills keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.tills FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: webhooks keep_archived; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_archived BEFORE UPDATE ON canonical.webhooks FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (new.archived_at IS NOT NULL))) EXECUTE FUNCTION canonical.keep_archived();

-- Name: document_items keep_control; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.document_items FOR EACH ROW WHEN ((new.account_id IS NOT NULL)) EXECUTE FUNCTION canonical.control_guard('account_id');

-- Name: money_entries keep_control; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id, money_account_id ON canonical.money_entries FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('account_id', 'money_account_id');

-- Name: payments keep_control; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, account_id ON canonical.payments FOR EACH ROW WHEN ((new.account_id IS NOT NULL)) EXECUTE FUNCTION canonical.control_guard('account_id');

-- Name: till_movements keep_control; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_control BEFORE INSERT ON canonical.till_movements FOR EACH ROW WHEN ((new.account_id IS NOT NULL)) EXECUTE FUNCTION canonical.control_guard('account_id');

-- Name: transfers keep_control; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_control BEFORE INSERT OR UPDATE OF organization_id, from_account_id, to_account_id ON canonical.transfers FOR EACH ROW EXECUTE FUNCTION canonical.control_guard('from_account_id', 'to_account_id');

-- Name: till_sessions keep_fixed; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_fixed BEFORE UPDATE OF organization_id, id, store_id, till_id, business_date, currency, opening_float ON canonical.till_sessions FOR EACH ROW WHEN (((old.organization_id <> new.organization_id) OR (old.id <> new.id) OR (old.store_id <> new.store_id) OR (old.till_id <> new.till_id) OR (old.business_date <> new.business_date) OR (old.currency <> new.currency) OR (old.opening_float <> new.opening_float))) EXECUTE FUNCTION canonical.till_sessions_guard();

-- Name: tills keep_fixed; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_fixed BEFORE UPDATE OF organization_id, id, store_id ON canonical.tills FOR EACH ROW WHEN (((old.organization_id <> new.organization_id) OR (old.id <> new.id) OR (old.store_id <> new.store_id))) EXECUTE FUNCTION canonical.till_sessions_guard();

-- Name: documents keep_kind; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_kind BEFORE UPDATE OF kind, fx_rate, prices_include_tax, tax_rounding ON canonical.documents FOR EACH ROW WHEN (((new.kind <> old.kind) OR ((old.state <> 'draft'::text) AND (((new.fx_rate IS DISTINCT FROM old.fx_rate) OR (new.prices_include_tax IS DISTINCT FROM old.prices_include_tax)) OR (new.tax_rounding IS DISTINCT FROM old.tax_rounding))))) EXECUTE FUNCTION canonical.documents_guard();

-- Name: money_entries keep_kind; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_kind BEFORE UPDATE OF kind ON canonical.money_entries FOR EACH ROW WHEN ((old.kind <> new.kind)) EXECUTE FUNCTION canonical.money_entries_guard();

-- Name: documents keep_numbered; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_numbered BEFORE DELETE ON canonical.documents FOR EACH ROW WHEN ((old.state <> 'draft'::text)) EXECUTE FUNCTION canonical.documents_guard();

-- Name: membership_stores keep_owners_unbound; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_owners_unbound AFTER INSERT OR UPDATE ON canonical.membership_stores FOR EACH ROW EXECUTE FUNCTION canonical.keep_owners_unbound();

-- Name: memberships keep_owners_unbound; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_owners_unbound AFTER UPDATE OF role ON canonical.memberships FOR EACH ROW WHEN (((new.role = 'owner'::text) AND (old.role <> 'owner'::text))) EXECUTE FUNCTION canonical.keep_owners_unbound();

-- Name: documents keep_party; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_party BEFORE UPDATE OF party_id ON canonical.documents FOR EACH ROW WHEN (((old.state = 'approved'::text) AND (old.party_id <> new.party_id))) EXECUTE FUNCTION canonical.document_party_guard();

-- Name: documents keep_party_name; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_party_name BEFORE UPDATE OF party_name, party_address ON canonical.documents FOR EACH ROW WHEN (((old.state <> 'draft'::text) AND (new.party_id = old.party_id) AND ((new.party_name IS DISTINCT FROM old.party_name) OR (new.party_address IS DISTINCT FROM old.party_address)))) EXECUTE FUNCTION canonical.documents_guard();

-- Name: sale_line_taxes keep_recorded; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded BEFORE DELETE OR UPDATE ON canonical.sale_line_taxes FOR EACH ROW EXECUTE FUNCTION canonical.sales_guard();

-- Name: sale_lines keep_recorded; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded BEFORE DELETE OR UPDATE ON canonical.sale_lines FOR EACH ROW EXECUTE FUNCTION canonical.sales_guard();

-- Name: sale_tenders keep_recorded; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded BEFORE DELETE OR UPDATE ON canonical.sale_tenders FOR EACH ROW EXECUTE FUNCTION canonical.sales_guard();

-- Name: sales keep_recorded; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded BEFORE UPDATE ON canonical.sales FOR EACH ROW WHEN ((((((((((old.organization_id IS DISTINCT FROM new.organization_id) OR (old.id IS DISTINCT FROM new.id)) OR (old.kind IS DISTINCT FROM new.kind)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.amount IS DISTINCT FROM new.amount)) OR (old.refunded_sale_id IS DISTINCT FROM new.refunded_sale_id)) OR (old.prices_include_tax IS DISTINCT FROM new.prices_include_tax)) OR (old.tax_rounding IS DISTINCT FROM new.tax_rounding)) OR (old.transaction IS DISTINCT FROM new.transaction))) EXECUTE FUNCTION canonical.sales_guard();

-- Name: sale_line_taxes keep_recorded_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded_all BEFORE TRUNCATE ON canonical.sale_line_taxes FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_guard();

-- Name: sale_lines keep_recorded_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded_all BEFORE TRUNCATE ON canonical.sale_lines FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_guard();

-- Name: sale_tenders keep_recorded_all; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_recorded_all BEFORE TRUNCATE ON canonical.sale_tenders FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_guard();

-- Name: accounts keep_role; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_role BEFORE UPDATE OF type, system_role ON canonical.accounts FOR EACH ROW WHEN (((old.type IS DISTINCT FROM new.type) OR (old.system_role IS DISTINCT FROM new.system_role))) EXECUTE FUNCTION canonical.accounts_guard();

-- Name: shifts keep_store; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_store BEFORE UPDATE OF store_id ON canonical.shifts FOR EACH ROW WHEN (((old.state = 'published'::text) AND (new.store_id <> old.store_id))) EXECUTE FUNCTION canonical.shifts_guard();

-- Name: accounts keep_system; Type: TRIGGER; Schema: canonical

CREATE TRIGGER keep_system BEFORE DELETE ON canonical.accounts FOR EACH ROW WHEN ((old.system_role IS NOT NULL)) EXECUTE FUNCTION canonical.accounts_guard();

-- Name: documents move_allocations; Type: TRIGGER; Schema: canonical

CREATE TRIGGER move_allocations AFTER UPDATE OF issued_on ON canonical.documents FOR EACH ROW WHEN (((new.state = 'approved'::text) AND (new.issued_on <> old.issued_on))) EXECUTE FUNCTION canonical.document_moved();

-- Name: payments move_allocations; Type: TRIGGER; Schema: canonical

CREATE TRIGGER move_allocations AFTER UPDATE OF paid_on ON canonical.payments FOR EACH ROW WHEN ((new.paid_on <> old.paid_on)) EXECUTE FUNCTION canonical.payment_moved();

-- Name: documents name_party; Type: TRIGGER; Schema: canonical

CREATE TRIGGER name_party BEFORE UPDATE OF state, party_id ON canonical.documents FOR EACH ROW WHEN (((new.state <> 'draft'::text) AND ((old.state = 'draft'::text) OR (new.party_id <> old.party_id)))) EXECUTE FUNCTION canonical.document_party_named();

-- Name: documents name_party_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER name_party_inserted BEFORE INSERT ON canonical.documents FOR EACH ROW WHEN (((new.state <> 'draft'::text) AND (new.party_name IS NULL))) EXECUTE FUNCTION canonical.document_party_named();

-- Name: organizations notify_from_now; Type: TRIGGER; Schema: canonical

CREATE TRIGGER notify_from_now AFTER INSERT ON canonical.organizations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.notify_from_now();

-- Name: operator_actions operators_act; Type: TRIGGER; Schema: canonical

CREATE TRIGGER operators_act BEFORE INSERT ON canonical.operator_actions FOR EACH ROW EXECUTE FUNCTION canonical.operators_act();

-- Name: posting_queue post; Type: TRIGGER; Schema: canonical

CREATE CONSTRAINT TRIGGER post AFTER INSERT ON canonical.posting_queue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION canonical.post_queued();

ALTER TABLE canonical.posting_queue ENABLE ALWAYS TRIGGER post;

-- Name: day_close_lines post_day_close_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_deleted AFTER DELETE ON canonical.day_close_lines REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_lines();

ALTER TABLE canonical.day_close_lines ENABLE ALWAYS TRIGGER post_day_close_deleted;

-- Name: day_close_tenders post_day_close_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_deleted AFTER DELETE ON canonical.day_close_tenders REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_tenders();

ALTER TABLE canonical.day_close_tenders ENABLE ALWAYS TRIGGER post_day_close_deleted;

-- Name: day_closes post_day_close_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_deleted AFTER DELETE ON canonical.day_closes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_closes();

ALTER TABLE canonical.day_closes ENABLE ALWAYS TRIGGER post_day_close_deleted;

-- Name: day_close_lines post_day_close_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_inserted AFTER INSERT ON canonical.day_close_lines REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_lines();

ALTER TABLE canonical.day_close_lines ENABLE ALWAYS TRIGGER post_day_close_inserted;

-- Name: day_close_sales post_day_close_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_inserted AFTER INSERT ON canonical.day_close_sales REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_sales();

ALTER TABLE canonical.day_close_sales ENABLE ALWAYS TRIGGER post_day_close_inserted;

-- Name: day_close_tenders post_day_close_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_inserted AFTER INSERT ON canonical.day_close_tenders REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_tenders();

ALTER TABLE canonical.day_close_tenders ENABLE ALWAYS TRIGGER post_day_close_inserted;

-- Name: day_closes post_day_close_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_inserted AFTER INSERT ON canonical.day_closes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_closes();

ALTER TABLE canonical.day_closes ENABLE ALWAYS TRIGGER post_day_close_inserted;

-- Name: day_close_lines post_day_close_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_truncated AFTER TRUNCATE ON canonical.day_close_lines FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('day_close');

ALTER TABLE canonical.day_close_lines ENABLE ALWAYS TRIGGER post_day_close_truncated;

-- Name: day_close_tenders post_day_close_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_truncated AFTER TRUNCATE ON canonical.day_close_tenders FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('day_close');

ALTER TABLE canonical.day_close_tenders ENABLE ALWAYS TRIGGER post_day_close_truncated;

-- Name: day_closes post_day_close_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_truncated AFTER TRUNCATE ON canonical.day_closes FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('day_close');

ALTER TABLE canonical.day_closes ENABLE ALWAYS TRIGGER post_day_close_truncated;

-- Name: day_close_lines post_day_close_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_updated AFTER UPDATE ON canonical.day_close_lines REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_lines();

ALTER TABLE canonical.day_close_lines ENABLE ALWAYS TRIGGER post_day_close_updated;

-- Name: day_close_sales post_day_close_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_updated AFTER UPDATE ON canonical.day_close_sales REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_sales();

ALTER TABLE canonical.day_close_sales ENABLE ALWAYS TRIGGER post_day_close_updated;

-- Name: day_close_tenders post_day_close_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_updated AFTER UPDATE ON canonical.day_close_tenders REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_tenders();

ALTER TABLE canonical.day_close_tenders ENABLE ALWAYS TRIGGER post_day_close_updated;

-- Name: day_closes post_day_close_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_day_close_updated AFTER UPDATE ON canonical.day_closes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_closes();

ALTER TABLE canonical.day_closes ENABLE ALWAYS TRIGGER post_day_close_updated;

-- Name: credit_allocations post_document_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_deleted AFTER DELETE ON canonical.credit_allocations REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_credit_allocations();

ALTER TABLE canonical.credit_allocations ENABLE ALWAYS TRIGGER post_document_deleted;

-- Name: document_item_taxes post_document_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_deleted AFTER DELETE ON canonical.document_item_taxes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_item_taxes();

ALTER TABLE canonical.document_item_taxes ENABLE ALWAYS TRIGGER post_document_deleted;

-- Name: document_items post_document_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_deleted AFTER DELETE ON canonical.document_items REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_items();

ALTER TABLE canonical.document_items ENABLE ALWAYS TRIGGER post_document_deleted;

-- Name: documents post_document_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_deleted AFTER DELETE ON canonical.documents REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_documents();

ALTER TABLE canonical.documents ENABLE ALWAYS TRIGGER post_document_deleted;

-- Name: credit_allocations post_document_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_inserted AFTER INSERT ON canonical.credit_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_credit_allocations();

ALTER TABLE canonical.credit_allocations ENABLE ALWAYS TRIGGER post_document_inserted;

-- Name: document_item_taxes post_document_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_inserted AFTER INSERT ON canonical.document_item_taxes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_item_taxes();

ALTER TABLE canonical.document_item_taxes ENABLE ALWAYS TRIGGER post_document_inserted;

-- Name: document_items post_document_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_inserted AFTER INSERT ON canonical.document_items REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_items();

ALTER TABLE canonical.document_items ENABLE ALWAYS TRIGGER post_document_inserted;

-- Name: documents post_document_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_inserted AFTER INSERT ON canonical.documents REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_documents();

ALTER TABLE canonical.documents ENABLE ALWAYS TRIGGER post_document_inserted;

-- Name: credit_allocations post_document_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_truncated AFTER TRUNCATE ON canonical.credit_allocations FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('document');

ALTER TABLE canonical.credit_allocations ENABLE ALWAYS TRIGGER post_document_truncated;

-- Name: document_item_taxes post_document_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_truncated AFTER TRUNCATE ON canonical.document_item_taxes FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('document');

ALTER TABLE canonical.document_item_taxes ENABLE ALWAYS TRIGGER post_document_truncated;

-- Name: document_items post_document_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_truncated AFTER TRUNCATE ON canonical.document_items FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('document');

ALTER TABLE canonical.document_items ENABLE ALWAYS TRIGGER post_document_truncated;

-- Name: documents post_document_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_truncated AFTER TRUNCATE ON canonical.documents FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('document');

ALTER TABLE canonical.documents ENABLE ALWAYS TRIGGER post_document_truncated;

-- Name: credit_allocations post_document_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_updated AFTER UPDATE ON canonical.credit_allocations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_credit_allocations();

ALTER TABLE canonical.credit_allocations ENABLE ALWAYS TRIGGER post_document_updated;

-- Name: document_item_taxes post_document_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_updated AFTER UPDATE ON canonical.document_item_taxes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_item_taxes();

ALTER TABLE canonical.document_item_taxes ENABLE ALWAYS TRIGGER post_document_updated;

-- Name: document_items post_document_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_updated AFTER UPDATE ON canonical.document_items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_document_items();

ALTER TABLE canonical.document_items ENABLE ALWAYS TRIGGER post_document_updated;

-- Name: documents post_document_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_document_updated AFTER UPDATE ON canonical.documents REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_documents();

ALTER TABLE canonical.documents ENABLE ALWAYS TRIGGER post_document_updated;

-- Name: journal_entries post_journal_entry_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_journal_entry_inserted AFTER INSERT ON canonical.journal_entries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_journal_entries();

ALTER TABLE canonical.journal_entries ENABLE ALWAYS TRIGGER post_journal_entry_inserted;

-- Name: journal_lines post_journal_entry_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_journal_entry_inserted AFTER INSERT ON canonical.journal_lines REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_journal_lines();

ALTER TABLE canonical.journal_lines ENABLE ALWAYS TRIGGER post_journal_entry_inserted;

-- Name: money_entries post_money_entry_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_money_entry_deleted AFTER DELETE ON canonical.money_entries REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_money_entries();

ALTER TABLE canonical.money_entries ENABLE ALWAYS TRIGGER post_money_entry_deleted;

-- Name: money_entries post_money_entry_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_money_entry_inserted AFTER INSERT ON canonical.money_entries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_money_entries();

ALTER TABLE canonical.money_entries ENABLE ALWAYS TRIGGER post_money_entry_inserted;

-- Name: money_entries post_money_entry_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_money_entry_truncated AFTER TRUNCATE ON canonical.money_entries FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('money_entry');

ALTER TABLE canonical.money_entries ENABLE ALWAYS TRIGGER post_money_entry_truncated;

-- Name: money_entries post_money_entry_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_money_entry_updated AFTER UPDATE ON canonical.money_entries REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_money_entries();

ALTER TABLE canonical.money_entries ENABLE ALWAYS TRIGGER post_money_entry_updated;

-- Name: payment_allocations post_payment_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_deleted AFTER DELETE ON canonical.payment_allocations REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_allocations();

ALTER TABLE canonical.payment_allocations ENABLE ALWAYS TRIGGER post_payment_deleted;

-- Name: payment_refunds post_payment_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_deleted AFTER DELETE ON canonical.payment_refunds REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_refunds();

ALTER TABLE canonical.payment_refunds ENABLE ALWAYS TRIGGER post_payment_deleted;

-- Name: payments post_payment_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_deleted AFTER DELETE ON canonical.payments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payments();

ALTER TABLE canonical.payments ENABLE ALWAYS TRIGGER post_payment_deleted;

-- Name: payment_allocations post_payment_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_inserted AFTER INSERT ON canonical.payment_allocations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_allocations();

ALTER TABLE canonical.payment_allocations ENABLE ALWAYS TRIGGER post_payment_inserted;

-- Name: payment_refunds post_payment_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_inserted AFTER INSERT ON canonical.payment_refunds REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_refunds();

ALTER TABLE canonical.payment_refunds ENABLE ALWAYS TRIGGER post_payment_inserted;

-- Name: payments post_payment_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_inserted AFTER INSERT ON canonical.payments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payments();

ALTER TABLE canonical.payments ENABLE ALWAYS TRIGGER post_payment_inserted;

-- Name: payment_allocations post_payment_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_truncated AFTER TRUNCATE ON canonical.payment_allocations FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('payment');

ALTER TABLE canonical.payment_allocations ENABLE ALWAYS TRIGGER post_payment_truncated;

-- Name: payment_refunds post_payment_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_truncated AFTER TRUNCATE ON canonical.payment_refunds FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('payment');

ALTER TABLE canonical.payment_refunds ENABLE ALWAYS TRIGGER post_payment_truncated;

-- Name: payments post_payment_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_truncated AFTER TRUNCATE ON canonical.payments FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('payment');

ALTER TABLE canonical.payments ENABLE ALWAYS TRIGGER post_payment_truncated;

-- Name: payment_allocations post_payment_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_updated AFTER UPDATE ON canonical.payment_allocations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_allocations();

ALTER TABLE canonical.payment_allocations ENABLE ALWAYS TRIGGER post_payment_updated;

-- Name: payment_refunds post_payment_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_updated AFTER UPDATE ON canonical.payment_refunds REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payment_refunds();

ALTER TABLE canonical.payment_refunds ENABLE ALWAYS TRIGGER post_payment_updated;

-- Name: payments post_payment_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_payment_updated AFTER UPDATE ON canonical.payments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_payments();

ALTER TABLE canonical.payments ENABLE ALWAYS TRIGGER post_payment_updated;

-- Name: documents post_settling; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_settling AFTER UPDATE OF store_id ON canonical.documents FOR EACH ROW WHEN ((old.store_id IS DISTINCT FROM new.store_id)) EXECUTE FUNCTION canonical.queue_settling();

ALTER TABLE canonical.documents ENABLE ALWAYS TRIGGER post_settling;

-- Name: payments post_settling; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_settling AFTER UPDATE OF store_id ON canonical.payments FOR EACH ROW WHEN ((old.store_id IS DISTINCT FROM new.store_id)) EXECUTE FUNCTION canonical.queue_settling();

ALTER TABLE canonical.payments ENABLE ALWAYS TRIGGER post_settling;

-- Name: transfers post_transfer_deleted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_transfer_deleted AFTER DELETE ON canonical.transfers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_transfers();

ALTER TABLE canonical.transfers ENABLE ALWAYS TRIGGER post_transfer_deleted;

-- Name: transfers post_transfer_inserted; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_transfer_inserted AFTER INSERT ON canonical.transfers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_transfers();

ALTER TABLE canonical.transfers ENABLE ALWAYS TRIGGER post_transfer_inserted;

-- Name: transfers post_transfer_truncated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_transfer_truncated AFTER TRUNCATE ON canonical.transfers FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_truncated('transfer');

ALTER TABLE canonical.transfers ENABLE ALWAYS TRIGGER post_transfer_truncated;

-- Name: transfers post_transfer_updated; Type: TRIGGER; Schema: canonical

CREATE TRIGGER post_transfer_updated AFTER UPDATE ON canonical.transfers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_transfers();

ALTER TABLE canonical.transfers ENABLE ALWAYS TRIGGER post_transfer_updated;

-- Name: memberships revoke_tokens; Type: TRIGGER; Schema: canonical

CREATE TRIGGER revoke_tokens AFTER UPDATE OF ended_at ON canonical.memberships FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION canonical.revoke_tokens();

-- Name: api_tokens revoke_tokens_made_with; Type: TRIGGER; Schema: canonical

CREATE TRIGGER revoke_tokens_made_with AFTER UPDATE OF revoked_at ON canonical.api_tokens FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION canonical.revoke_tokens_made_with();

-- Name: organizations round_drafts; Type: TRIGGER; Schema: canonical

CREATE TRIGGER round_drafts AFTER UPDATE OF tax_rounding ON canonical.organizations FOR EACH ROW WHEN ((new.tax_rounding <> old.tax_rounding)) EXECUTE FUNCTION canonical.rounding_changed();

-- Name: journal_entries stamped; Type: TRIGGER; Schema: canonical

CREATE TRIGGER stamped BEFORE INSERT ON canonical.journal_entries FOR EACH ROW WHEN ((new.transaction IS DISTINCT FROM pg_current_xact_id())) EXECUTE FUNCTION canonical.journal_entry_stamped();

-- Name: sales stamped; Type: TRIGGER; Schema: canonical

CREATE TRIGGER stamped BEFORE INSERT ON canonical.sales FOR EACH ROW WHEN ((new.transaction IS DISTINCT FROM pg_current_xact_id())) EXECUTE FUNCTION canonical.sale_stamped();

-- Name: documents state_forward; Type: TRIGGER; Schema: canonical

CREATE TRIGGER state_forward BEFORE UPDATE OF state, number_value ON canonical.documents FOR EACH ROW WHEN ((((old.number_value IS NOT NULL) AND (new.number_value IS DISTINCT FROM old.number_value)) OR (((((old.state = 'approved'::text) AND (new.state = 'draft'::text)) OR ((old.state = 'void'::text) AND (new.state = 'draft'::text))) OR ((old.state = 'void'::text) AND (new.state = 'approved'::text))) OR ((old.state = 'draft'::text) AND (new.state = 'void'::text))))) EXECUTE FUNCTION canonical.documents_guard();

-- Name: shifts state_forward; Type: TRIGGER; Schema: canonical

CREATE TRIGGER state_forward BEFORE UPDATE ON canonical.shifts FOR EACH ROW WHEN ((((old.state = 'published'::text) AND (new.state = 'draft'::text)) OR ((old.state = 'cancelled'::text) AND (((((old.state IS DISTINCT FROM new.state) OR (old.store_id IS DISTINCT FROM new.store_id)) OR (old.person_id IS DISTINCT FROM new.person_id)) OR (old.during IS DISTINCT FROM new.during)) OR (old.note IS DISTINCT FROM new.note))))) EXECUTE FUNCTION canonical.shifts_guard();

-- Name: documents take_rounding; Type: TRIGGER; Schema: canonical

CREATE TRIGGER take_rounding BEFORE INSERT ON canonical.documents FOR EACH ROW WHEN ((new.tax_rounding IS NULL)) EXECUTE FUNCTION canonical.document_rounded();

-- Name: documents take_rounding_approved; Type: TRIGGER; Schema: canonical

CREATE TRIGGER take_rounding_approved BEFORE UPDATE OF state ON canonical.documents FOR EACH ROW WHEN (((old.state = 'draft'::text) AND (new.state = 'approved'::text))) EXECUTE FUNCTION canonical.document_rounded();

-- Name: accounts touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.accounts FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: addresses touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.addresses FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: api_tokens touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.api_tokens FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: channel_members touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.channel_members FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: channels touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.channels FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: credit_allocations touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.credit_allocations FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: day_closes touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.day_closes FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: day_parts touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.day_parts FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: document_item_taxes touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.document_item_taxes FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: document_items touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.document_items FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: documents touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.documents FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: fx_rates touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.fx_rates FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: membership_stores touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.membership_stores FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: memberships touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.memberships FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: money_entries touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.money_entries FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: notification_preferences touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.notification_preferences FOR EACH ROW WHEN (((((((old.organization_id IS DISTINCT FROM new.organization_id) OR (old.id IS DISTINCT FROM new.id)) OR (old.user_id IS DISTINCT FROM new.user_id)) OR (old.channel_id IS DISTINCT FROM new.channel_id)) OR (old.type IS DISTINCT FROM new.type)) OR (old.delivery IS DISTINCT FROM new.delivery))) EXECUTE FUNCTION canonical.touch();

-- Name: number_series touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.number_series FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: organizations touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.organizations FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: payment_allocations touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.payment_allocations FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: payment_refunds touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.payment_refunds FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: payments touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.payments FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: people touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.people FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: products touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.products FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: sales touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.sales FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: shifts touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.shifts FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: store_hour_exceptions touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.store_hour_exceptions FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: store_hours touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.store_hours FOR EACH ROW EXECUTE FUNCTION canonical.touch();

-- Name: stores touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.stores FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: tax_rates touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.tax_rates FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: till_sessions touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.till_sessions FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: tills touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.tills FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: transfers touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.transfers FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: users touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.users FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: webhooks touch; Type: TRIGGER; Schema: canonical

CREATE TRIGGER touch BEFORE UPDATE ON canonical.webhooks FOR EACH ROW WHEN ((old.* *<> new.*)) EXECUTE FUNCTION canonical.touch();

-- Name: projections switch_constants; Type: TRIGGER; Schema: engine

CREATE TRIGGER switch_constants AFTER DELETE ON engine.projections FOR EACH STATEMENT EXECUTE FUNCTION engine.switch_constants();

-- Name: accounts accounts_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.accounts
    ADD CONSTRAINT accounts_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: addresses addresses_country_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.addresses
    ADD CONSTRAINT addresses_country_fkey FOREIGN KEY (country_code) REFERENCES canonical.countries(code);

-- Name: addresses addresses_person_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.addresses
    ADD CONSTRAINT addresses_person_fkey FOREIGN KEY (organization_id, person_id) REFERENCES canonical.people(organization_id, id) ON DELETE CASCADE;

-- Name: api_tokens api_tokens_made_with_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_made_with_fkey FOREIGN KEY (organization_id, made_with) REFERENCES canonical.api_tokens(organization_id, id) ON DELETE SET NULL (made_with);

-- Name: api_tokens api_tokens_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: api_tokens api_tokens_session_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.api_tokens
    ADD CONSTRAINT api_tokens_session_fkey FOREIGN KEY (organization_id, session_of) REFERENCES canonical.api_tokens(organization_id, id);

-- Name: channel_members channel_members_channel_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channel_members
    ADD CONSTRAINT channel_members_channel_fkey FOREIGN KEY (organization_id, channel_id) REFERENCES canonical.channels(organization_id, id);

-- Name: channel_members channel_members_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channel_members
    ADD CONSTRAINT channel_members_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: channels channels_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.channels
    ADD CONSTRAINT channels_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: credit_allocations credit_allocations_credit_note_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.credit_allocations
    ADD CONSTRAINT credit_allocations_credit_note_fkey FOREIGN KEY (organization_id, credit_note_id) REFERENCES canonical.documents(organization_id, id);

-- Name: credit_allocations credit_allocations_document_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.credit_allocations
    ADD CONSTRAINT credit_allocations_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES canonical.documents(organization_id, id);

-- Name: day_close_lines day_close_lines_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_lines
    ADD CONSTRAINT day_close_lines_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: day_close_lines day_close_lines_close_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_lines
    ADD CONSTRAINT day_close_lines_close_fkey FOREIGN KEY (organization_id, day_close_id) REFERENCES canonical.day_closes(organization_id, id);

-- Name: day_close_lines day_close_lines_tax_rate_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_lines
    ADD CONSTRAINT day_close_lines_tax_rate_fkey FOREIGN KEY (organization_id, tax_rate_id) REFERENCES canonical.tax_rates(organization_id, id);

-- Name: day_close_sales day_close_sales_close_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_sales
    ADD CONSTRAINT day_close_sales_close_fkey FOREIGN KEY (organization_id, day_close_id) REFERENCES canonical.day_closes(organization_id, id);

-- Name: day_close_sales day_close_sales_sale_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_sales
    ADD CONSTRAINT day_close_sales_sale_fkey FOREIGN KEY (organization_id, sale_id) REFERENCES canonical.sales(organization_id, id);

-- Name: day_close_tenders day_close_tenders_close_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_close_tenders
    ADD CONSTRAINT day_close_tenders_close_fkey FOREIGN KEY (organization_id, day_close_id) REFERENCES canonical.day_closes(organization_id, id);

-- Name: day_closes day_closes_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_closes
    ADD CONSTRAINT day_closes_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: day_closes day_closes_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_closes
    ADD CONSTRAINT day_closes_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: day_closes day_closes_session_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_closes
    ADD CONSTRAINT day_closes_session_fkey FOREIGN KEY (organization_id, store_id, till_id, till_session_id, business_date, currency) REFERENCES canonical.till_sessions(organization_id, store_id, till_id, id, business_date, currency);

-- Name: day_closes day_closes_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_closes
    ADD CONSTRAINT day_closes_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: day_parts day_parts_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.day_parts
    ADD CONSTRAINT day_parts_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: document_amounts document_amounts_document_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_amounts
    ADD CONSTRAINT document_amounts_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES canonical.documents(organization_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: document_item_taxes document_item_taxes_item_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_item_taxes
    ADD CONSTRAINT document_item_taxes_item_fkey FOREIGN KEY (organization_id, document_id, document_item_id) REFERENCES canonical.document_items(organization_id, document_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: document_item_taxes document_item_taxes_tax_rate_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_item_taxes
    ADD CONSTRAINT document_item_taxes_tax_rate_fkey FOREIGN KEY (organization_id, tax_rate_id) REFERENCES canonical.tax_rates(organization_id, id);

-- Name: document_items document_items_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: document_items document_items_document_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES canonical.documents(organization_id, id) ON DELETE CASCADE;

-- Name: document_items document_items_product_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_product_fkey FOREIGN KEY (organization_id, product_id) REFERENCES canonical.products(organization_id, id);

-- Name: document_items document_items_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_items
    ADD CONSTRAINT document_items_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: document_tax_shares document_tax_shares_tax_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.document_tax_shares
    ADD CONSTRAINT document_tax_shares_tax_fkey FOREIGN KEY (organization_id, id) REFERENCES canonical.document_item_taxes(organization_id, id) ON DELETE CASCADE;

-- Name: documents documents_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: documents documents_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: documents documents_party_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_party_fkey FOREIGN KEY (organization_id, party_id) REFERENCES canonical.people(organization_id, id);

-- Name: documents documents_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.documents
    ADD CONSTRAINT documents_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: fx_rates fx_rates_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.fx_rates
    ADD CONSTRAINT fx_rates_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: fx_rates fx_rates_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.fx_rates
    ADD CONSTRAINT fx_rates_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: idempotency_keys idempotency_keys_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: journal_entries journal_entries_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_entries
    ADD CONSTRAINT journal_entries_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: journal_entries journal_entries_reverses_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_entries
    ADD CONSTRAINT journal_entries_reverses_fkey FOREIGN KEY (organization_id, reverses_id) REFERENCES canonical.journal_entries(organization_id, id);

-- Name: journal_lines journal_lines_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: journal_lines journal_lines_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: journal_lines journal_lines_entry_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_entry_fkey FOREIGN KEY (organization_id, entry_id, posted_on) REFERENCES canonical.journal_entries(organization_id, id, posted_on);

-- Name: journal_lines journal_lines_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.journal_lines
    ADD CONSTRAINT journal_lines_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: membership_stores membership_stores_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.membership_stores
    ADD CONSTRAINT membership_stores_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: membership_stores membership_stores_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.membership_stores
    ADD CONSTRAINT membership_stores_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: memberships memberships_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.memberships
    ADD CONSTRAINT memberships_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: memberships memberships_user_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.memberships
    ADD CONSTRAINT memberships_user_fkey FOREIGN KEY (user_id) REFERENCES canonical.users(id);

-- Name: money_entries money_entries_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: money_entries money_entries_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: money_entries money_entries_money_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_money_account_fkey FOREIGN KEY (organization_id, money_account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: money_entries money_entries_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: money_entries money_entries_party_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_party_fkey FOREIGN KEY (organization_id, party_id) REFERENCES canonical.people(organization_id, id);

-- Name: money_entries money_entries_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: money_entries money_entries_tax_rate_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.money_entries
    ADD CONSTRAINT money_entries_tax_rate_fkey FOREIGN KEY (organization_id, tax_rate_id) REFERENCES canonical.tax_rates(organization_id, id);

-- Name: notification_digests notification_digests_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_digests
    ADD CONSTRAINT notification_digests_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: notification_positions notification_positions_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_positions
    ADD CONSTRAINT notification_positions_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: notification_preferences notification_preferences_channel_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_preferences
    ADD CONSTRAINT notification_preferences_channel_fkey FOREIGN KEY (organization_id, channel_id) REFERENCES canonical.channels(organization_id, id);

-- Name: notification_preferences notification_preferences_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notification_preferences
    ADD CONSTRAINT notification_preferences_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: notifications notifications_digest_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notifications
    ADD CONSTRAINT notifications_digest_fkey FOREIGN KEY (organization_id, digest_id) REFERENCES canonical.notifications(organization_id, id);

-- Name: notifications notifications_membership_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.notifications
    ADD CONSTRAINT notifications_membership_fkey FOREIGN KEY (organization_id, user_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: number_series number_series_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.number_series
    ADD CONSTRAINT number_series_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: operator_actions operator_actions_user_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.operator_actions
    ADD CONSTRAINT operator_actions_user_fkey FOREIGN KEY (user_id) REFERENCES canonical.users(id);

-- Name: organizations organizations_base_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.organizations
    ADD CONSTRAINT organizations_base_currency_fkey FOREIGN KEY (base_currency) REFERENCES canonical.currencies(code);

-- Name: payment_allocations payment_allocations_document_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_allocations
    ADD CONSTRAINT payment_allocations_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES canonical.documents(organization_id, id);

-- Name: payment_allocations payment_allocations_payment_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_allocations
    ADD CONSTRAINT payment_allocations_payment_fkey FOREIGN KEY (organization_id, payment_id) REFERENCES canonical.payments(organization_id, id) ON DELETE CASCADE;

-- Name: payment_amounts payment_amounts_payment_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_amounts
    ADD CONSTRAINT payment_amounts_payment_fkey FOREIGN KEY (organization_id, payment_id) REFERENCES canonical.payments(organization_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: payment_refunds payment_refunds_payment_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_refunds
    ADD CONSTRAINT payment_refunds_payment_fkey FOREIGN KEY (organization_id, payment_id) REFERENCES canonical.payments(organization_id, id);

-- Name: payment_refunds payment_refunds_refund_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payment_refunds
    ADD CONSTRAINT payment_refunds_refund_fkey FOREIGN KEY (organization_id, refund_id) REFERENCES canonical.payments(organization_id, id) ON DELETE CASCADE;

-- Name: payments payments_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: payments payments_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: payments payments_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: payments payments_party_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_party_fkey FOREIGN KEY (organization_id, party_id) REFERENCES canonical.people(organization_id, id);

-- Name: payments payments_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.payments
    ADD CONSTRAINT payments_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: people people_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.people
    ADD CONSTRAINT people_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: products products_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.products
    ADD CONSTRAINT products_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: products products_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.products
    ADD CONSTRAINT products_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: products products_tax_rate_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.products
    ADD CONSTRAINT products_tax_rate_fkey FOREIGN KEY (organization_id, tax_rate_id) REFERENCES canonical.tax_rates(organization_id, id);

-- Name: sale_line_taxes sale_line_taxes_line_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_line_taxes
    ADD CONSTRAINT sale_line_taxes_line_fkey FOREIGN KEY (organization_id, sale_id, line) REFERENCES canonical.sale_lines(organization_id, sale_id, line);

-- Name: sale_line_taxes sale_line_taxes_tax_rate_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_line_taxes
    ADD CONSTRAINT sale_line_taxes_tax_rate_fkey FOREIGN KEY (organization_id, tax_rate_id) REFERENCES canonical.tax_rates(organization_id, id);

-- Name: sale_lines sale_lines_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: sale_lines sale_lines_product_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_product_fkey FOREIGN KEY (organization_id, product_id) REFERENCES canonical.products(organization_id, id);

-- Name: sale_lines sale_lines_refunded_line_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_refunded_line_fkey FOREIGN KEY (organization_id, refunded_line_id) REFERENCES canonical.sale_lines(organization_id, id);

-- Name: sale_lines sale_lines_sale_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_lines
    ADD CONSTRAINT sale_lines_sale_fkey FOREIGN KEY (organization_id, sale_id) REFERENCES canonical.sales(organization_id, id);

-- Name: sale_tenders sale_tenders_sale_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sale_tenders
    ADD CONSTRAINT sale_tenders_sale_fkey FOREIGN KEY (organization_id, sale_id) REFERENCES canonical.sales(organization_id, id);

-- Name: sales sales_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: sales sales_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: sales sales_person_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_person_fkey FOREIGN KEY (organization_id, person_id) REFERENCES canonical.people(organization_id, id);

-- Name: sales sales_refunded_sale_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_refunded_sale_fkey FOREIGN KEY (organization_id, refunded_sale_id) REFERENCES canonical.sales(organization_id, id);

-- Name: sales sales_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: sales sales_till_session_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.sales
    ADD CONSTRAINT sales_till_session_fkey FOREIGN KEY (organization_id, store_id, till_id, till_session_id, booked_on, currency) REFERENCES canonical.till_sessions(organization_id, store_id, till_id, id, business_date, currency);

-- Name: shifts shifts_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.shifts
    ADD CONSTRAINT shifts_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: shifts shifts_person_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.shifts
    ADD CONSTRAINT shifts_person_fkey FOREIGN KEY (organization_id, person_id) REFERENCES canonical.people(organization_id, id);

-- Name: shifts shifts_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.shifts
    ADD CONSTRAINT shifts_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: store_hour_exceptions store_hour_exceptions_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hour_exceptions
    ADD CONSTRAINT store_hour_exceptions_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: store_hours store_hours_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.store_hours
    ADD CONSTRAINT store_hours_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: stores stores_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.stores
    ADD CONSTRAINT stores_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: tax_rates tax_rates_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tax_rates
    ADD CONSTRAINT tax_rates_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: till_movements till_movements_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_movements
    ADD CONSTRAINT till_movements_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: till_movements till_movements_session_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_movements
    ADD CONSTRAINT till_movements_session_fkey FOREIGN KEY (organization_id, till_session_id) REFERENCES canonical.till_sessions(organization_id, id);

-- Name: till_sessions till_sessions_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_sessions
    ADD CONSTRAINT till_sessions_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: till_sessions till_sessions_till_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.till_sessions
    ADD CONSTRAINT till_sessions_till_fkey FOREIGN KEY (organization_id, store_id, till_id) REFERENCES canonical.tills(organization_id, store_id, id);

-- Name: tills tills_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tills
    ADD CONSTRAINT tills_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: tills tills_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.tills
    ADD CONSTRAINT tills_store_fkey FOREIGN KEY (organization_id, store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: transfers transfers_currency_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_currency_fkey FOREIGN KEY (currency) REFERENCES canonical.currencies(code);

-- Name: transfers transfers_from_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_from_account_fkey FOREIGN KEY (organization_id, from_account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: transfers transfers_from_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_from_store_fkey FOREIGN KEY (organization_id, from_store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: transfers transfers_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: transfers transfers_to_account_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_to_account_fkey FOREIGN KEY (organization_id, to_account_id) REFERENCES canonical.accounts(organization_id, id);

-- Name: transfers transfers_to_store_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.transfers
    ADD CONSTRAINT transfers_to_store_fkey FOREIGN KEY (organization_id, to_store_id) REFERENCES canonical.stores(organization_id, id);

-- Name: webhook_deliveries webhook_deliveries_webhook_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (organization_id, webhook_id) REFERENCES canonical.webhooks(organization_id, id);

-- Name: webhook_positions webhook_positions_webhook_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhook_positions
    ADD CONSTRAINT webhook_positions_webhook_fkey FOREIGN KEY (organization_id, webhook_id) REFERENCES canonical.webhooks(organization_id, id);

-- Name: webhooks webhooks_member_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhooks
    ADD CONSTRAINT webhooks_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES canonical.memberships(organization_id, user_id);

-- Name: webhooks webhooks_organization_fkey; Type: FK CONSTRAINT; Schema: canonical

ALTER TABLE ONLY canonical.webhooks
    ADD CONSTRAINT webhooks_organization_fkey FOREIGN KEY (organization_id) REFERENCES canonical.organizations(id);

-- Name: grains grains_projection_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.grains
    ADD CONSTRAINT grains_projection_fkey FOREIGN KEY (projection) REFERENCES engine.projections(name) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: low_water low_water_projection_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.low_water
    ADD CONSTRAINT low_water_projection_fkey FOREIGN KEY (projection) REFERENCES engine.projections(name) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: projections projections_replaces_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.projections
    ADD CONSTRAINT projections_replaces_fkey FOREIGN KEY (replaces) REFERENCES engine.projections(name);

-- Name: quarantine quarantine_projection_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.quarantine
    ADD CONSTRAINT quarantine_projection_fkey FOREIGN KEY (projection) REFERENCES engine.projections(name) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: summands summands_projection_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.summands
    ADD CONSTRAINT summands_projection_fkey FOREIGN KEY (projection) REFERENCES engine.projections(name) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: tracks tracks_grain_fkey; Type: FK CONSTRAINT; Schema: engine

ALTER TABLE ONLY engine.tracks
    ADD CONSTRAINT tracks_grain_fkey FOREIGN KEY (projection, grain) REFERENCES engine.grains(projection, grain) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: accounts; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.accounts ENABLE ROW LEVEL SECURITY;

-- Name: addresses; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.addresses ENABLE ROW LEVEL SECURITY;

-- Name: api_tokens; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.api_tokens ENABLE ROW LEVEL SECURITY;

-- Name: channel_members; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.channel_members ENABLE ROW LEVEL SECURITY;

-- Name: channels; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.channels ENABLE ROW LEVEL SECURITY;

-- Name: credit_allocations; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.credit_allocations ENABLE ROW LEVEL SECURITY;

-- Name: day_close_lines; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.day_close_lines ENABLE ROW LEVEL SECURITY;

-- Name: day_close_sales; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.day_close_sales ENABLE ROW LEVEL SECURITY;

-- Name: day_close_tenders; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.day_close_tenders ENABLE ROW LEVEL SECURITY;

-- Name: day_closes; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.day_closes ENABLE ROW LEVEL SECURITY;

-- Name: day_parts; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.day_parts ENABLE ROW LEVEL SECURITY;

-- Name: accounts delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.accounts FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: addresses delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.addresses FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: api_tokens delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.api_tokens FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channel_members delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.channel_members FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channels delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.channels FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: credit_allocations delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.credit_allocations FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_lines delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.day_close_lines FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_sales delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.day_close_sales FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_tenders delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.day_close_tenders FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_closes delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.day_closes FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_parts delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.day_parts FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_amounts delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.document_amounts FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_item_taxes delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.document_item_taxes FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_items delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.document_items FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_tax_shares delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.document_tax_shares FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: documents delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.documents FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: fx_rates delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.fx_rates FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: idempotency_keys delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.idempotency_keys FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_entries delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.journal_entries FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_lines delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.journal_lines FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: membership_stores delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.membership_stores FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: memberships delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.memberships FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: money_entries delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.money_entries FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_digests delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.notification_digests FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_positions delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.notification_positions FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_preferences delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.notification_preferences FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notifications delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.notifications FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: number_series delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.number_series FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: organizations delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.organizations FOR DELETE USING ((id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_allocations delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.payment_allocations FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_amounts delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.payment_amounts FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_refunds delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.payment_refunds FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payments delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.payments FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: people delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.people FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: posting_queue delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.posting_queue FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: products delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.products FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_line_taxes delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.sale_line_taxes FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_lines delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.sale_lines FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_tenders delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.sale_tenders FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sales delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.sales FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: shifts delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.shifts FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hour_exceptions delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.store_hour_exceptions FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hours delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.store_hours FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: stores delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.stores FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tax_rates delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.tax_rates FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_movements delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.till_movements FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_sessions delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.till_sessions FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tills delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.tills FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: transfers delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.transfers FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_deliveries delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.webhook_deliveries FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_positions delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.webhook_positions FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhooks delete_own; Type: POLICY; Schema: canonical

CREATE POLICY delete_own ON canonical.webhooks FOR DELETE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_amounts; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.document_amounts ENABLE ROW LEVEL SECURITY;

-- Name: document_item_taxes; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.document_item_taxes ENABLE ROW LEVEL SECURITY;

-- Name: document_items; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.document_items ENABLE ROW LEVEL SECURITY;

-- Name: document_tax_shares; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.document_tax_shares ENABLE ROW LEVEL SECURITY;

-- Name: documents; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.documents ENABLE ROW LEVEL SECURITY;

-- Name: fx_rates; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.fx_rates ENABLE ROW LEVEL SECURITY;

-- Name: idempotency_keys; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.idempotency_keys ENABLE ROW LEVEL SECURITY;

-- Name: accounts insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.accounts FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: addresses insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.addresses FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: api_tokens insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.api_tokens FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channel_members insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.channel_members FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channels insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.channels FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: credit_allocations insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.credit_allocations FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_lines insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.day_close_lines FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_sales insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.day_close_sales FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_tenders insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.day_close_tenders FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_closes insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.day_closes FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_parts insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.day_parts FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_amounts insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.document_amounts FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_item_taxes insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.document_item_taxes FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_items insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.document_items FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_tax_shares insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.document_tax_shares FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: documents insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.documents FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: fx_rates insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.fx_rates FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: idempotency_keys insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.idempotency_keys FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_entries insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.journal_entries FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_lines insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.journal_lines FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: membership_stores insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.membership_stores FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: memberships insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.memberships FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: money_entries insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.money_entries FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_digests insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.notification_digests FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_positions insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.notification_positions FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_preferences insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.notification_preferences FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notifications insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.notifications FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: number_series insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.number_series FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: organizations insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.organizations FOR INSERT WITH CHECK ((id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_allocations insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.payment_allocations FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_amounts insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.payment_amounts FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_refunds insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.payment_refunds FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payments insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.payments FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: people insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.people FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: posting_queue insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.posting_queue FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: products insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.products FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_line_taxes insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.sale_line_taxes FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_lines insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.sale_lines FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_tenders insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.sale_tenders FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sales insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.sales FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: shifts insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.shifts FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hour_exceptions insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.store_hour_exceptions FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hours insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.store_hours FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: stores insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.stores FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tax_rates insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.tax_rates FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_movements insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.till_movements FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_sessions insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.till_sessions FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tills insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.tills FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: transfers insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.transfers FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_deliveries insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.webhook_deliveries FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_positions insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.webhook_positions FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhooks insert_own; Type: POLICY; Schema: canonical

CREATE POLICY insert_own ON canonical.webhooks FOR INSERT WITH CHECK ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_entries; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.journal_entries ENABLE ROW LEVEL SECURITY;

-- Name: journal_lines; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.journal_lines ENABLE ROW LEVEL SECURITY;

-- Name: membership_stores; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.membership_stores ENABLE ROW LEVEL SECURITY;

-- Name: memberships; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.memberships ENABLE ROW LEVEL SECURITY;

-- Name: money_entries; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.money_entries ENABLE ROW LEVEL SECURITY;

-- Name: notification_digests; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.notification_digests ENABLE ROW LEVEL SECURITY;

-- Name: notification_positions; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.notification_positions ENABLE ROW LEVEL SECURITY;

-- Name: notification_preferences; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.notification_preferences ENABLE ROW LEVEL SECURITY;

-- Name: notifications; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.notifications ENABLE ROW LEVEL SECURITY;

-- Name: number_series; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.number_series ENABLE ROW LEVEL SECURITY;

-- Name: organizations; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.organizations ENABLE ROW LEVEL SECURITY;

-- Name: payment_allocations; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.payment_allocations ENABLE ROW LEVEL SECURITY;

-- Name: payment_amounts; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.payment_amounts ENABLE ROW LEVEL SECURITY;

-- Name: payment_refunds; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.payment_refunds ENABLE ROW LEVEL SECURITY;

-- Name: payments; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.payments ENABLE ROW LEVEL SECURITY;

-- Name: people; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.people ENABLE ROW LEVEL SECURITY;

-- Name: posting_queue; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.posting_queue ENABLE ROW LEVEL SECURITY;

-- Name: products; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.products ENABLE ROW LEVEL SECURITY;

-- Name: accounts read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.accounts FOR SELECT USING (true);

-- Name: addresses read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.addresses FOR SELECT USING (true);

-- Name: api_tokens read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.api_tokens FOR SELECT USING (true);

-- Name: channel_members read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.channel_members FOR SELECT USING (true);

-- Name: channels read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.channels FOR SELECT USING (true);

-- Name: credit_allocations read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.credit_allocations FOR SELECT USING (true);

-- Name: day_close_lines read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.day_close_lines FOR SELECT USING (true);

-- Name: day_close_sales read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.day_close_sales FOR SELECT USING (true);

-- Name: day_close_tenders read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.day_close_tenders FOR SELECT USING (true);

-- Name: day_closes read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.day_closes FOR SELECT USING (true);

-- Name: day_parts read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.day_parts FOR SELECT USING (true);

-- Name: document_amounts read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.document_amounts FOR SELECT USING (true);

-- Name: document_item_taxes read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.document_item_taxes FOR SELECT USING (true);

-- Name: document_items read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.document_items FOR SELECT USING (true);

-- Name: document_tax_shares read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.document_tax_shares FOR SELECT USING (true);

-- Name: documents read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.documents FOR SELECT USING (true);

-- Name: fx_rates read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.fx_rates FOR SELECT USING (true);

-- Name: idempotency_keys read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.idempotency_keys FOR SELECT USING (true);

-- Name: journal_entries read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.journal_entries FOR SELECT USING (true);

-- Name: journal_lines read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.journal_lines FOR SELECT USING (true);

-- Name: membership_stores read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.membership_stores FOR SELECT USING (true);

-- Name: memberships read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.memberships FOR SELECT USING (true);

-- Name: money_entries read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.money_entries FOR SELECT USING (true);

-- Name: notification_digests read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.notification_digests FOR SELECT USING (true);

-- Name: notification_positions read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.notification_positions FOR SELECT USING (true);

-- Name: notification_preferences read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.notification_preferences FOR SELECT USING (true);

-- Name: notifications read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.notifications FOR SELECT USING (true);

-- Name: number_series read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.number_series FOR SELECT USING (true);

-- Name: organizations read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.organizations FOR SELECT USING (true);

-- Name: payment_allocations read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.payment_allocations FOR SELECT USING (true);

-- Name: payment_amounts read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.payment_amounts FOR SELECT USING (true);

-- Name: payment_refunds read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.payment_refunds FOR SELECT USING (true);

-- Name: payments read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.payments FOR SELECT USING (true);

-- Name: people read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.people FOR SELECT USING (true);

-- Name: posting_queue read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.posting_queue FOR SELECT USING (true);

-- Name: products read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.products FOR SELECT USING (true);

-- Name: sale_line_taxes read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.sale_line_taxes FOR SELECT USING (true);

-- Name: sale_lines read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.sale_lines FOR SELECT USING (true);

-- Name: sale_tenders read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.sale_tenders FOR SELECT USING (true);

-- Name: sales read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.sales FOR SELECT USING (true);

-- Name: shifts read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.shifts FOR SELECT USING (true);

-- Name: store_hour_exceptions read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.store_hour_exceptions FOR SELECT USING (true);

-- Name: store_hours read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.store_hours FOR SELECT USING (true);

-- Name: stores read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.stores FOR SELECT USING (true);

-- Name: tax_rates read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.tax_rates FOR SELECT USING (true);

-- Name: till_movements read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.till_movements FOR SELECT USING (true);

-- Name: till_sessions read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.till_sessions FOR SELECT USING (true);

-- Name: tills read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.tills FOR SELECT USING (true);

-- Name: transfers read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.transfers FOR SELECT USING (true);

-- Name: webhook_deliveries read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.webhook_deliveries FOR SELECT USING (true);

-- Name: webhook_positions read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.webhook_positions FOR SELECT USING (true);

-- Name: webhooks read_any; Type: POLICY; Schema: canonical

CREATE POLICY read_any ON canonical.webhooks FOR SELECT USING (true);

-- Name: sale_line_taxes; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.sale_line_taxes ENABLE ROW LEVEL SECURITY;

-- Name: sale_lines; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.sale_lines ENABLE ROW LEVEL SECURITY;

-- Name: sale_tenders; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.sale_tenders ENABLE ROW LEVEL SECURITY;

-- Name: sales; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.sales ENABLE ROW LEVEL SECURITY;

-- Name: shifts; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.shifts ENABLE ROW LEVEL SECURITY;

-- Name: store_hour_exceptions; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.store_hour_exceptions ENABLE ROW LEVEL SECURITY;

-- Name: store_hours; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.store_hours ENABLE ROW LEVEL SECURITY;

-- Name: stores; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.stores ENABLE ROW LEVEL SECURITY;

-- Name: tax_rates; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.tax_rates ENABLE ROW LEVEL SECURITY;

-- Name: till_movements; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.till_movements ENABLE ROW LEVEL SECURITY;

-- Name: till_sessions; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.till_sessions ENABLE ROW LEVEL SECURITY;

-- Name: tills; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.tills ENABLE ROW LEVEL SECURITY;

-- Name: transfers; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.transfers ENABLE ROW LEVEL SECURITY;

-- Name: accounts update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.accounts FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: addresses update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.addresses FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: api_tokens update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.api_tokens FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channel_members update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.channel_members FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: channels update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.channels FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: credit_allocations update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.credit_allocations FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_lines update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.day_close_lines FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_sales update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.day_close_sales FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_close_tenders update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.day_close_tenders FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_closes update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.day_closes FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: day_parts update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.day_parts FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_amounts update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.document_amounts FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_item_taxes update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.document_item_taxes FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_items update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.document_items FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: document_tax_shares update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.document_tax_shares FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: documents update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.documents FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: fx_rates update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.fx_rates FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: idempotency_keys update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.idempotency_keys FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_entries update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.journal_entries FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: journal_lines update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.journal_lines FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: membership_stores update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.membership_stores FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: memberships update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.memberships FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: money_entries update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.money_entries FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_digests update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.notification_digests FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_positions update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.notification_positions FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notification_preferences update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.notification_preferences FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: notifications update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.notifications FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: number_series update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.number_series FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: organizations update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.organizations FOR UPDATE USING ((id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_allocations update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.payment_allocations FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_amounts update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.payment_amounts FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payment_refunds update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.payment_refunds FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: payments update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.payments FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: people update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.people FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: posting_queue update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.posting_queue FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: products update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.products FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_line_taxes update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.sale_line_taxes FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_lines update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.sale_lines FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sale_tenders update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.sale_tenders FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: sales update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.sales FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: shifts update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.shifts FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hour_exceptions update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.store_hour_exceptions FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: store_hours update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.store_hours FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: stores update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.stores FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tax_rates update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.tax_rates FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_movements update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.till_movements FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: till_sessions update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.till_sessions FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: tills update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.tills FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: transfers update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.transfers FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_deliveries update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.webhook_deliveries FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_positions update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.webhook_positions FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhooks update_own; Type: POLICY; Schema: canonical

CREATE POLICY update_own ON canonical.webhooks FOR UPDATE USING ((organization_id = ( SELECT canonical.writing_organization() AS writing_organization)));

-- Name: webhook_deliveries; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.webhook_deliveries ENABLE ROW LEVEL SECURITY;

-- Name: webhook_positions; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.webhook_positions ENABLE ROW LEVEL SECURITY;

-- Name: webhooks; Type: ROW SECURITY; Schema: canonical

ALTER TABLE canonical.webhooks ENABLE ROW LEVEL SECURITY;
