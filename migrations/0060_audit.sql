-- What was changed, when, and by whom: one event for each changed row of every canonical table, written by triggers in
-- the transaction that changes it, so that every way of writing is recorded and a rollback leaves nothing.

-- +goose Up
CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'What was changed, when, and by whom. Written by triggers on the canonical tables alone.';

CREATE TABLE audit.tables (
    relation text CONSTRAINT tables_pkey PRIMARY KEY,
    entity text,
    entity_key text,
    secrets text[] NOT NULL DEFAULT '{}',
    exempt text CONSTRAINT tables_exempt_given CHECK (btrim(exempt) <> '')
);
COMMENT ON TABLE audit.tables IS
    'How each canonical table is recorded. A new table needs one row here, in its own migration or a later one:
audit.attach_all, which every migration ends with, gives it its triggers.';
COMMENT ON COLUMN audit.tables.entity IS
    'The GraphQL type of the record that a row belongs to, or, as a JSON object, the type for each value of the column kind.
Null: audit.entity finds the record by another table.';
COMMENT ON COLUMN audit.tables.entity_key IS
    'The column with that record''s id: the row''s own id, or its parent''s; null where the record has no number for an id.';
COMMENT ON COLUMN audit.tables.secrets IS 'Columns whose values are never recorded, only that they changed.';
COMMENT ON COLUMN audit.tables.exempt IS 'Why nothing of this table is recorded; null: all of it is.';

CREATE TABLE audit.events (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT events_pkey PRIMARY KEY,
    organization_id bigint,
    relation text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL CONSTRAINT events_action CHECK (action IN ('create', 'update', 'delete')),
    canonical_type text,
    canonical_id bigint,
    fields text[] NOT NULL DEFAULT '{}',
    changes jsonb NOT NULL DEFAULT '{}',
    snapshot jsonb NOT NULL,
    actor_id bigint DEFAULT CASE WHEN current_setting('daybook.actor', true) ~ '^[0-9]{1,18}$'
        THEN current_setting('daybook.actor', true)::bigint END,
    database_role text NOT NULL DEFAULT session_user,
    request_id text NOT NULL DEFAULT coalesce(current_setting('daybook.request_id', true), ''),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    epoch smallint NOT NULL DEFAULT 1,
    occurred_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit.events IS 'One changed row each. An event never changes; only audit.forget deletes.';
COMMENT ON COLUMN audit.events.organization_id IS 'Null for rows that belong to no organization: users, currencies, countries.';
COMMENT ON COLUMN audit.events.relation IS 'The table''s name in schema canonical.';
COMMENT ON COLUMN audit.events.row_id IS 'The row''s key within its organization, as text.';
COMMENT ON COLUMN audit.events.canonical_type IS
    'With canonical_id, the record that the change belongs to: an item''s change to its invoice, an address''s to its person.
Null where it cannot be found, because the parent was deleted in the same statement and its events were forgotten.';
COMMENT ON COLUMN audit.events.fields IS 'The keys of changes.';
COMMENT ON COLUMN audit.events.changes IS
    'Of an update, {column: [old, new]} for each column that changed, but version and updated_at: they change with any other.
Empty for a created or deleted row: the snapshot has all there is to say.';
COMMENT ON COLUMN audit.events.snapshot IS 'The whole row as the change left it, or as it was when it was deleted; secrets are redacted.';
COMMENT ON COLUMN audit.events.actor_id IS 'The user who asked for the change; null: no known user, see database_role.';
COMMENT ON COLUMN audit.events.request_id IS 'The request that asked for it; empty where it was none.';
COMMENT ON COLUMN audit.events.transaction IS 'Events of one transaction have one number, as long as the database is not restored from a dump.';
COMMENT ON COLUMN audit.events.epoch IS 'In which numbering of transactions: audit.begin_epoch begins another one.';
COMMENT ON COLUMN audit.events.occurred_at IS 'When the transaction began.';

-- Lists are by time, the latest first, whatever they are filtered by. A field is looked up in the updates that name it.
CREATE INDEX events_time_idx ON audit.events (organization_id, occurred_at, id);
CREATE INDEX events_entity_idx ON audit.events (organization_id, canonical_type, canonical_id, occurred_at, id);
CREATE INDEX events_actor_idx ON audit.events (organization_id, actor_id, occurred_at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_relation_idx ON audit.events (organization_id, relation, occurred_at, id);
CREATE INDEX events_deleted_idx ON audit.events (organization_id, occurred_at, id) WHERE action = 'delete';
CREATE INDEX events_request_idx ON audit.events (organization_id, request_id, occurred_at, id) WHERE request_id <> '';
-- The feed of changes goes in the order of transactions. It may be asked for the events of one record, or of one type.
CREATE INDEX events_feed_idx ON audit.events (organization_id, epoch, transaction, id, canonical_type, canonical_id);
CREATE INDEX events_fields_idx ON audit.events USING gin (fields) WHERE action = 'update';
-- The events of one row, where others name it: what a record was called when something happened, and the document of an item,
-- for the taxes of the item when it is deleted before them.
CREATE INDEX events_row_idx ON audit.events (relation, organization_id, row_id, id)
    WHERE relation IN ('users', 'people', 'documents', 'document_items', 'accounts', 'stores', 'channels');

-- A text is no column of its event: to set it later would write the event and its entries in all indexes once more. Neither of
-- these tables refers to audit.events by a constraint, which would be checked event by event.
CREATE TABLE audit.texts (
    event_id bigint CONSTRAINT texts_pkey PRIMARY KEY,
    text text,
    error text,
    CONSTRAINT texts_text_or_error CHECK ((text IS NULL) <> (error IS NULL))
);
COMMENT ON TABLE audit.texts IS 'The texts of events.';
COMMENT ON COLUMN audit.texts.text IS 'One line for humans, made from the event by the application some moments later.';
COMMENT ON COLUMN audit.texts.error IS 'Why there can be no text; audit.retry_texts has it tried again.';
CREATE INDEX texts_error_idx ON audit.texts (event_id) WHERE error IS NOT NULL;

CREATE TABLE audit.textless (event_id bigint CONSTRAINT textless_pkey PRIMARY KEY)
    WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_insert_threshold = -1);
COMMENT ON TABLE audit.textless IS 'The events that wait for their text.';

-- +goose StatementBegin
CREATE FUNCTION audit.retry_texts() RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        WITH failed AS (DELETE FROM audit.texts WHERE error IS NOT NULL RETURNING event_id),
        waiting AS (INSERT INTO audit.textless SELECT event_id FROM failed RETURNING 1)
        SELECT count(*) FROM waiting;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.retry_texts() IS 'Has the texts made again that could not be made, and returns their number.';

CREATE TABLE audit.feed (
    only_row boolean CONSTRAINT feed_pkey PRIMARY KEY DEFAULT true CONSTRAINT feed_only_row CHECK (only_row),
    epoch smallint NOT NULL,
    place bigint NOT NULL
);
COMMENT ON TABLE audit.feed IS 'The numbering of transactions that events are recorded in now.';
COMMENT ON COLUMN audit.feed.place IS 'The database that the epoch began in. A backup that is restored elsewhere has another one.';
INSERT INTO audit.feed (epoch, place) VALUES (1, engine.place());

-- +goose StatementBegin
CREATE FUNCTION audit.begin_epoch() RETURNS smallint
    LANGUAGE plpgsql AS $$
DECLARE
    begun smallint;
BEGIN
    LOCK TABLE audit.events IN ACCESS EXCLUSIVE MODE; -- nobody has recorded an event of the last epoch and not ended
    UPDATE audit.feed SET epoch = epoch + 1, place = engine.place() RETURNING epoch INTO begun;
    EXECUTE format('ALTER TABLE audit.events ALTER COLUMN epoch SET DEFAULT %s', begun);
    RETURN begun;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.begin_epoch() IS
    'Lets the feed go on behind all events there are, however transactions are numbered from now on. It is to be called in a
database that was recovered to an earlier moment; after a restored backup every migration calls it.';

-- +goose StatementBegin
CREATE FUNCTION audit.adopt() RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT feed.place <> engine.place() FROM audit.feed) THEN
        PERFORM audit.begin_epoch();
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.adopt() IS 'Begins an epoch in a database that was restored from a backup. Ends every migration.';

CREATE TABLE audit.forgotten (
    organization_id bigint CONSTRAINT forgotten_pkey PRIMARY KEY,
    epoch smallint NOT NULL,
    transaction xid8 NOT NULL,
    id bigint NOT NULL
);
COMMENT ON TABLE audit.forgotten IS 'The last place in the order of the feed from which an event of an organization was deleted. Who has read less has missed it.';

-- +goose StatementBegin
CREATE FUNCTION audit.guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened is not changed: audit.events is written by triggers on the canonical tables'
        USING ERRCODE = 'insufficient_privilege', HINT = 'audit.forget deletes the oldest events.';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER keep_inserts BEFORE INSERT ON audit.events
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit.guard();
CREATE TRIGGER keep_updates BEFORE UPDATE ON audit.events
    FOR EACH STATEMENT EXECUTE FUNCTION audit.guard();
CREATE TRIGGER keep_deletes BEFORE DELETE ON audit.events
    FOR EACH STATEMENT WHEN (current_setting('audit.forgetting', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION audit.guard();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit.events EXECUTE FUNCTION audit.guard();

-- +goose StatementBegin
CREATE FUNCTION audit.forget(before timestamptz, batch int) RETURNS int
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION audit.forget(timestamptz, int) IS
    'Deletes, of the oldest events by number, as many as batch, those from before a time, and returns how many these were:
fewer than batch means that there is no more to delete now. Numbers and times differ by what a transaction lasts.
audit.forgotten says up to where the feed has lost events.';

-- +goose StatementBegin
CREATE FUNCTION audit.entity(relation text, organization bigint, entry jsonb, OUT canonical_type text, OUT canonical_id bigint)
    LANGUAGE plpgsql STABLE AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION audit.entity(text, bigint, jsonb) IS 'The document that a row of its items or of their taxes belongs to, and the credit note of what it reduces.';

-- +goose StatementBegin
CREATE FUNCTION audit.describe(relation text, settings text[], entry jsonb)
    RETURNS TABLE (organization_id bigint, row_id text, canonical_type text, canonical_id bigint, snapshot jsonb)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        -- settings: the columns of the organization and of the key, the entity and its column, and the redaction.
        SELECT (entry ->> settings[0])::bigint, entry ->> settings[1],
            CASE WHEN settings[2] = '' THEN found.canonical_type
                WHEN settings[2] LIKE '{%' THEN settings[2]::jsonb ->> (entry ->> 'kind') ELSE settings[2] END,
            CASE WHEN settings[2] = '' THEN found.canonical_id ELSE (entry ->> settings[3])::bigint END,
            CASE settings[4] WHEN '{}' THEN entry ELSE entry || settings[4]::jsonb END
        FROM (VALUES (0)) AS always
        LEFT JOIN LATERAL (
            SELECT e.canonical_type, e.canonical_id FROM audit.entity(relation, (entry ->> settings[0])::bigint, entry) AS e
            WHERE settings[2] = '') AS found ON true;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.describe(text, text[], jsonb) IS
    'What an event says of a row beside its change: where it belongs, and the row without its secrets. It becomes part of the
statement that calls it; expressions of PL/pgSQL would be prepared anew in every transaction.';

-- +goose StatementBegin
CREATE FUNCTION audit.capture() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.capture() IS
    'Writes the events of one statement, and announces them to who listens. Values are compared as jsonb: 1.0 and 1.00 are one number, other spellings differ.';

-- +goose StatementBegin
CREATE FUNCTION audit.attach(target text) RETURNS void
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION audit.attach(text) IS
    'Gives a canonical table the triggers that record it, as audit.tables says; again after that has changed.';

-- +goose StatementBegin
CREATE FUNCTION audit.unrecorded() RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT relname::text FROM pg_catalog.pg_class AS c
        WHERE relnamespace = 'canonical'::regnamespace AND relkind IN ('r', 'p')
            AND NOT EXISTS (SELECT FROM audit.tables AS t WHERE t.relation = c.relname AND t.exempt IS NOT NULL)
            AND (SELECT count(*) FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = c.oid AND g.tgenabled IN ('O', 'A')
                AND g.tgname IN ('audit_insert', 'audit_update', 'audit_delete', 'audit_truncate')) < 4
        ORDER BY relname;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.unrecorded() IS 'The canonical tables that lack the triggers, though nothing exempts them.';

-- +goose StatementBegin
CREATE FUNCTION audit.attach_all() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT audit.attach(t.relation) FROM audit.tables AS t JOIN audit.unrecorded() AS missing ON missing = t.relation;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION audit.attach_all() IS 'Attaches the tables that are known and not yet recorded. Ends every migration.';

INSERT INTO audit.tables (relation, entity, entity_key, secrets, exempt) VALUES
    ('currencies', 'Currency', NULL, '{}', NULL),
    ('countries', 'Country', NULL, '{}', NULL),
    ('organizations', 'Organization', 'id', '{}', NULL),
    ('users', 'User', 'id', '{}', NULL),
    ('memberships', 'Member', 'user_id', '{}', NULL),
    ('membership_stores', 'Member', 'user_id', '{}', NULL),
    ('api_tokens', 'Token', 'id', '{token_hash,signed_hash}', NULL),
    ('idempotency_keys', NULL, NULL, '{}', 'says which request made a record, and the record''s own event says that too'),
    ('posting_queue', NULL, NULL, '{}', 'is empty whenever a transaction ends'),
    ('people', 'Person', 'id', '{}', NULL),
    ('addresses', 'Person', 'person_id', '{}', NULL),
    ('tax_rates', 'TaxRate', 'id', '{}', NULL),
    ('products', 'Product', 'id', '{}', NULL),
    ('number_series', 'NumberSeries', 'id', '{}', NULL),
    ('documents', (SELECT jsonb_object_agg(kind, canonical.document_type(kind))
        FROM unnest(ARRAY['invoice', 'bill', 'credit_note', 'vendor_credit_note']) AS kind)::text, 'id', '{}', NULL),
    ('document_items', NULL, NULL, '{}', NULL),
    ('document_item_taxes', NULL, NULL, '{}', NULL),
    ('document_tax_shares', NULL, NULL, '{}', 'follows from the items of a document'),
    ('document_amounts', NULL, NULL, '{}', 'follows from the items and settlements of a document'),
    ('payment_amounts', NULL, NULL, '{}', 'follows from the uses of a payment'),
    ('payments', 'Payment', 'id', '{}', NULL),
    ('payment_allocations', 'Payment', 'payment_id', '{}', NULL),
    ('credit_allocations', NULL, NULL, '{}', NULL),
    ('payment_refunds', 'Payment', 'refund_id', '{}', NULL),
    ('accounts', 'Account', 'id', '{}', NULL),
    ('fx_rates', 'FxRate', 'id', '{}', NULL),
    ('money_entries', (SELECT jsonb_object_agg(kind, canonical.money_entry_type(kind))
        FROM unnest(ARRAY['income', 'expense']) AS kind)::text, 'id', '{}', NULL),
    ('transfers', 'Transfer', 'id', '{}', NULL),
    ('journal_entries', 'JournalEntry', 'id', '{}', NULL),
    ('journal_lines', 'JournalEntry', 'entry_id', '{}', NULL),
    ('stores', 'Store', 'id', '{}', NULL),
    ('store_hours', 'Store', 'store_id', '{}', NULL),
    ('store_hour_exceptions', 'Store', 'store_id', '{}', NULL),
    ('day_parts', 'Store', 'store_id', '{}', NULL),
    ('tills', 'Till', 'id', '{}', NULL),
    ('till_sessions', 'TillSession', 'id', '{}', NULL),
    ('till_movements', 'TillSession', 'till_session_id', '{}', NULL),
    ('day_closes', 'DayClose', 'id', '{}', NULL),
    ('day_close_tenders', 'DayClose', 'day_close_id', '{}', NULL),
    ('day_close_lines', NULL, NULL, '{}', 'follows from the sales of a close'),
    ('day_close_sales', NULL, NULL, '{}', 'follows from the close, and says of each sale what is in the books already'),
    ('sales', 'Sale', 'id', '{}', NULL),
    ('sale_lines', 'Sale', 'sale_id', '{}', NULL),
    ('sale_line_taxes', 'Sale', 'sale_id', '{}', NULL),
    ('sale_tenders', 'Sale', 'sale_id', '{}', NULL),
    ('shifts', 'Shift', 'id', '{}', NULL),
    ('channels', 'Channel', 'id', '{}', NULL),
    ('channel_members', 'Channel', 'channel_id', '{}', NULL),
    ('notification_preferences', 'User', 'user_id', '{}', NULL);
SELECT audit.attach_all();
