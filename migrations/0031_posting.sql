-- Posting: how records become journal entries. It is a deferred constraint: triggers queue every record that a transaction
-- changes, and when the transaction's constraints are checked, at the latest as it commits, the books of the queued records are
-- made equal to canonical.posting_lines. An entry is never changed: one that is no longer right is reversed on its own day, and
-- another is booked. A closed period therefore refuses the change; what is voided later than that has its lines on its own day,
-- and the opposite ones on the day of the void.
--
-- A record has one entry for each of its days: its own, and those on which it settles something in another currency than
-- the base currency at another rate (IAS 21.28: the difference belongs to the day of the settlement), or something of another
-- store, whose control account gets the settled part on that day.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION canonical.posting_types(class text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE class WHEN 'document' THEN ARRAY['Invoice', 'Bill', 'CreditNote', 'VendorCreditNote'] WHEN 'payment' THEN ARRAY['Payment']
        WHEN 'money_entry' THEN ARRAY['Income', 'Expense'] WHEN 'transfer' THEN ARRAY['Transfer'] WHEN 'day_close' THEN ARRAY['DayClose'] END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.posting_types(text) IS 'The types of the records of a class; their ids are unique over the class.';

-- +goose StatementBegin
CREATE FUNCTION canonical.posted_lines(organization bigint, class text, ids bigint[])
    RETURNS TABLE (entry_id bigint, canonical_type text, canonical_id bigint, posted_on date,
        account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    SELECT entry.id, entry.canonical_type, entry.canonical_id, entry.posted_on,
        line.account_id, line.currency, line.amount, line.document_amount, line.store_id
    FROM (SELECT DISTINCT type, id FROM unnest(canonical.posting_types(class)) AS known (type), unnest(ids) AS given (id)) AS wanted
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.journal_entries AS row
        WHERE (row.organization_id, row.canonical_type, row.canonical_id) = (organization, wanted.type, wanted.id)
            AND row.purpose = 'posting' OFFSET 0) AS entry
    CROSS JOIN LATERAL (
        SELECT count(*) AS reversals FROM canonical.journal_entries AS row
        WHERE (row.organization_id, row.reverses_id) = (organization, entry.id) OFFSET 0) AS undone
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.journal_lines AS row
        WHERE (row.organization_id, row.entry_id) = (organization, entry.id) OFFSET 0) AS line
    WHERE undone.reversals = 0;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.posted_lines(bigint, text, bigint[]) IS
    'The lines that the books have of these records: those of the posting that is not reversed. At every commit they equal
posting_lines.';

-- +goose StatementBegin
DO $do$
DECLARE
    source record;
BEGIN
    FOR source IN SELECT * FROM (VALUES ('document', 'documents'), ('document', 'documents_settling'), ('payment', 'payments'), ('payment', 'payments_settling'),
            ('money_entry', 'money_entries'), ('transfer', 'transfers'), ('day_close', 'day_closes')) AS known (class, name) LOOP
        EXECUTE replace(replace(replace($create$
CREATE FUNCTION canonical./*name*/(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $body$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY w.canonical_id, w.posted_on ORDER BY w.amount < 0, w.account_id, w.currency, w.store_id) AS line
        FROM canonical./*lines*/(organization, ids) AS w),
    live AS MATERIALIZED (SELECT * FROM canonical.posted_lines(organization, '/*class*/', ids)),
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
$body$
$create$, '/*name*/', 'book_' || source.name), '/*lines*/', 'lines_of_' || source.name), '/*class*/', source.class);
    END LOOP;
END
$do$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION canonical.post(organization bigint, class text, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.post(bigint, text, bigint[]) IS
    'Makes the books of these records equal to posting_lines. A posting that is no longer right is reversed on its own day.
Only the triggers may call it, once the records are held.';

CREATE UNLOGGED TABLE canonical.posting_queue (
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    organization_id bigint NOT NULL,
    class text NOT NULL CONSTRAINT posting_queue_class
        CHECK (class IN ('document', 'payment', 'money_entry', 'transfer', 'day_close', 'journal_entry', 'settled_document', 'settled_payment', 'sale', 'changed_sale')),
    id bigint NOT NULL,
    CONSTRAINT posting_queue_pkey PRIMARY KEY (transaction, organization_id, class, id)
);
COMMENT ON TABLE canonical.posting_queue IS
    'The records that a running transaction still has to post or check. Rows are gone before it commits, so no other
transaction ever sees one. Of the two settled classes the amounts are kept, and what settles them is posted,
but not they themselves. Sales are checked, as journal entries are.';

-- +goose StatementBegin
CREATE FUNCTION canonical.settled_elsewhere(organization bigint, INOUT payments bigint[], INOUT documents bigint[])
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.settled_elsewhere(bigint, bigint[], bigint[]) IS
    'Those of the payments and documents that are in another currency than the base currency, with what they settle and are
settled by. In the base currency each part of a record is worth what it says; elsewhere it depends on the parts before it.';

-- +goose StatementBegin
CREATE FUNCTION canonical.settling(organization bigint, INOUT payments bigint[], INOUT documents bigint[])
    LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.settling(bigint, bigint[], bigint[]) IS
    'The payments and credit notes that settle these payments and documents, which are held.';

-- +goose StatementBegin
CREATE FUNCTION canonical.queue_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is queued is posted: only the triggers take it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_queue_internal', SCHEMA = 'canonical', TABLE = 'posting_queue';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON canonical.posting_queue
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION canonical.queue_guard();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON canonical.posting_queue EXECUTE FUNCTION canonical.queue_guard();

-- +goose StatementBegin
CREATE FUNCTION canonical.post_queued() RETURNS trigger
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER post AFTER INSERT ON canonical.posting_queue DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION canonical.post_queued();

-- +goose StatementBegin
CREATE FUNCTION canonical.queue_truncated() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd

-- Each table has a function of its own, whose statements are planned once in each session.
-- +goose StatementBegin
DO $do$
DECLARE
    source record;
BEGIN
    FOR source IN SELECT * FROM (VALUES
        -- The columns that the books depend on, and the records, by their class, that are posted.
        ('documents', 'document', $$SELECT organization_id, 'document', id FROM changed$$,
            'id, party_id, kind, state, issued_on, voided_on, currency, fx_rate, prices_include_tax, tax_rounding, store_id'),
        ('document_items', 'document', $$SELECT organization_id, 'document', document_id FROM changed$$, 'document_id, id, line, account_id, store_id, amount'),
        ('document_item_taxes', 'document', $$SELECT DISTINCT organization_id, 'document', document_id FROM changed$$,
            'document_id, document_item_id, id, tax_rate_id, percentage'),
        ('credit_allocations', 'document', $$SELECT organization_id, 'document', credit_note_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed$$,
            'credit_note_id, document_id, id, amount, allocated_on, ended_on'),
        ('payments', 'payment', $$SELECT organization_id, 'payment', id FROM changed$$,
            'id, party_id, direction, party_role, paid_on, method, account_id, store_id, currency, fx_rate, amount, voided_at IS NULL, voided_on'),
        ('payment_allocations', 'payment', $$SELECT organization_id, 'payment', payment_id FROM changed
                UNION SELECT organization_id, 'settled_document', document_id FROM changed$$,
            'payment_id, document_id, id, amount, allocated_on, ended_on'),
        ('payment_refunds', 'payment', $$SELECT organization_id, 'payment', refund_id FROM changed
                UNION SELECT organization_id, 'settled_payment', payment_id FROM changed$$,
            'refund_id, payment_id, id, amount, allocated_on, ended_on'),
        ('money_entries', 'money_entry', $$SELECT organization_id, 'money_entry', id FROM changed$$,
            'id, kind, account_id, money_account_id, store_id, occurred_on, currency, fx_rate, amount, tax, voided_at IS NULL, voided_on'),
        ('transfers', 'transfer', $$SELECT organization_id, 'transfer', id FROM changed$$,
            'id, from_account_id, to_account_id, from_store_id, to_store_id, occurred_on, currency, fx_rate, amount, fee, voided_at IS NULL, voided_on'),
        ('day_closes', 'day_close', $$SELECT organization_id, 'day_close', id FROM changed$$,
            'id, store_id, till_session_id, business_date, currency, fx_rate, sale_count, reversed_at IS NULL'),
        ('day_close_tenders', 'day_close', $$SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed$$,
            'id, day_close_id, tender, amount, opening, counted'),
        ('day_close_lines', 'day_close', $$SELECT DISTINCT organization_id, 'day_close', day_close_id FROM changed$$,
            'id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount'),
        ('journal_entries', 'journal_entry', $$SELECT organization_id, 'journal_entry', id FROM changed$$, 'id'),
        ('journal_lines', 'journal_entry', $$SELECT organization_id, 'journal_entry', entry_id FROM changed$$, 'entry_id')
    ) AS known (name, class, records, columns) LOOP
        EXECUTE format($create$
            CREATE FUNCTION canonical.queue_%1$s() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    WITH changed AS (SELECT organization_id, %2$s FROM new_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) %3$s ON CONFLICT DO NOTHING;
                ELSIF TG_OP = 'DELETE' THEN
                    WITH changed AS (SELECT organization_id, %2$s FROM old_rows)
                    INSERT INTO canonical.posting_queue (organization_id, class, id) %3$s ON CONFLICT DO NOTHING;
                ELSE
                    WITH changed AS (
                        (SELECT organization_id, %2$s FROM old_rows EXCEPT SELECT organization_id, %2$s FROM new_rows)
                        UNION ALL (SELECT organization_id, %2$s FROM new_rows EXCEPT SELECT organization_id, %2$s FROM old_rows))
                    INSERT INTO canonical.posting_queue (organization_id, class, id) %3$s ON CONFLICT DO NOTHING;
                END IF;
                RETURN NULL;
            END
            $body$ $create$, source.name, source.columns, source.records);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON canonical.%2$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION canonical.%3$I()',
            format('post_%s_inserted', source.class), source.name, 'queue_' || source.name);
        CONTINUE WHEN source.class = 'journal_entry'; -- the rest is refused
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON canonical.%2$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION canonical.%3$I()',
            format('post_%s_updated', source.class), source.name, 'queue_' || source.name);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON canonical.%2$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION canonical.%3$I()',
            format('post_%s_deleted', source.class), source.name, 'queue_' || source.name);
        EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON canonical.%I EXECUTE FUNCTION canonical.queue_truncated(%L)',
            format('post_%s_truncated', source.class), source.name, source.class);
    END LOOP;
END
$do$;
-- +goose StatementEnd

-- Where a settled part is booked depends on both records' stores. Whoever settles a record holds it, so that no part of another
-- transaction is missed here.
-- +goose StatementBegin
CREATE FUNCTION canonical.queue_settling() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.queue_settling() IS 'Queues the payments and credit notes that settle a record which goes to another store.';
CREATE TRIGGER post_settling AFTER UPDATE OF store_id ON canonical.documents
    FOR EACH ROW WHEN (OLD.store_id IS DISTINCT FROM NEW.store_id) EXECUTE FUNCTION canonical.queue_settling();
CREATE TRIGGER post_settling AFTER UPDATE OF store_id ON canonical.payments
    FOR EACH ROW WHEN (OLD.store_id IS DISTINCT FROM NEW.store_id) EXECUTE FUNCTION canonical.queue_settling();

-- +goose StatementBegin
-- What is posted is posted in every session, whatever its session_replication_role.
DO $do$
DECLARE
    posting record;
BEGIN
    FOR posting IN
        SELECT t.tgrelid::regclass AS relation, t.tgname AS name FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid
        WHERE f.pronamespace = 'canonical'::regnamespace AND (f.proname LIKE 'queue\_%' AND f.proname <> 'queue_guard' OR f.proname = 'post_queued') LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', posting.relation, posting.name);
    END LOOP;
END
$do$;
-- +goose StatementEnd
