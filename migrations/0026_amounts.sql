-- The amounts of documents and payments, kept as rows: what a document comes to, is paid and due, and what of a payment is used.
-- Posting keeps them, in the transaction of the change and under the locks of the records, so that whoever adds them up, in a
-- sum or a read model, reads one row for each record.

-- +goose Up
CREATE VIEW canonical.derived_document_amounts AS
SELECT document.organization_id, document.document_id, document.party_id, document.kind, document.state, document.currency, COALESCE(day.store_id, 0) AS store_id, day.issued_on,
       day.issued_on - (EXTRACT(day FROM day.issued_on)::int - 1) AS month, document.item_count, document.subtotal::bigint AS subtotal, document.tax::bigint AS tax, document.total::bigint AS total,
       allocated.amount::bigint AS paid,
       CASE document.state WHEN 'approved' THEN document.total - allocated.amount ELSE 0 END::bigint AS due
FROM canonical.document_totals AS document
JOIN canonical.documents AS day ON day.organization_id = document.organization_id AND day.id = document.document_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(part.amount), 0) AS amount FROM canonical.settlements AS part
    WHERE part.organization_id = document.organization_id AND part.document_id = document.document_id) AS allocated;
COMMENT ON VIEW canonical.derived_document_amounts IS 'What canonical.document_amounts holds, from the rows that it follows from.';

CREATE VIEW canonical.derived_payment_amounts AS
SELECT payment.organization_id, payment.id AS payment_id, payment.party_id, payment.party_role, payment.direction, payment.currency, COALESCE(payment.store_id, 0) AS store_id,
       used.allocated::bigint AS allocated, used.refunded::bigint AS refunded,
       CASE WHEN payment.voided_at IS NULL THEN payment.amount - used.allocated - used.refunded ELSE 0 END::bigint AS unallocated
FROM canonical.payments AS payment
CROSS JOIN LATERAL (
    SELECT CASE WHEN payment.voided_at IS NULL THEN COALESCE(sum(u.amount) FILTER (WHERE u.source = 'payment'), 0) ELSE 0 END AS allocated,
           CASE WHEN payment.voided_at IS NULL THEN COALESCE(sum(u.amount) FILTER (WHERE u.source = 'refund'), 0) ELSE 0 END AS refunded
    FROM canonical.payment_uses AS u
    WHERE u.organization_id = payment.organization_id AND u.payment_id = payment.id) AS used;
COMMENT ON VIEW canonical.derived_payment_amounts IS 'What canonical.payment_amounts holds, from the rows that it follows from.';

CREATE TABLE canonical.document_amounts (
    organization_id bigint NOT NULL,
    document_id bigint NOT NULL,
    party_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    currency text NOT NULL,
    store_id bigint NOT NULL,
    issued_on date NOT NULL,
    month date NOT NULL GENERATED ALWAYS AS (issued_on - (EXTRACT(day FROM issued_on)::int - 1)) STORED,
    item_count int NOT NULL,
    subtotal bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    paid bigint NOT NULL,
    due bigint NOT NULL,
    CONSTRAINT document_amounts_pkey PRIMARY KEY (organization_id, document_id),
    CONSTRAINT document_amounts_document_fkey FOREIGN KEY (organization_id, document_id)
        REFERENCES canonical.documents (organization_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT payment_allocations_within_document CHECK (paid <= greatest(total, 0))
);
COMMENT ON TABLE canonical.document_amounts IS
    'What each document comes to, in minor units of its currency. Read it once the transaction''s constraints are checked.';
COMMENT ON COLUMN canonical.document_amounts.store_id IS 'The document''s own, not its lines''; 0: the office.';
COMMENT ON COLUMN canonical.document_amounts.month IS 'The first day of the month of issued_on.';
COMMENT ON COLUMN canonical.document_amounts.paid IS 'The sum of its settlements; of a credit note, what was refunded or credited to invoices.';
COMMENT ON COLUMN canonical.document_amounts.due IS 'The total less what is paid, of an approved document; else 0. Of a credit note, what the customer may still use.';

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
    unallocated bigint NOT NULL,
    CONSTRAINT payment_amounts_pkey PRIMARY KEY (organization_id, payment_id),
    CONSTRAINT payment_amounts_payment_fkey FOREIGN KEY (organization_id, payment_id)
        REFERENCES canonical.payments (organization_id, id) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE canonical.payment_amounts IS
    'What each payment is used for, in minor units of its currency; 0 of a void one. Read it once the transaction''s constraints are
checked.';

COMMENT ON COLUMN canonical.payment_amounts.store_id IS '0: the office.';

-- +goose StatementBegin
CREATE FUNCTION canonical.amounts_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the amounts of a record follow from its items and allocations: change these'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_derived', SCHEMA = 'canonical', TABLE = TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE ON canonical.document_amounts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION canonical.amounts_guard();
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE ON canonical.payment_amounts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION canonical.amounts_guard();

-- The two functions are in PL/pgSQL, which keeps their plans: a function in SQL is planned anew in each call. A statement that
-- changes nothing fires its triggers all the same; so what is new is inserted, and the rest updated, where there is some.

-- +goose StatementBegin
CREATE FUNCTION canonical.keep_document_amounts(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.keep_document_amounts(bigint, bigint[]) IS
    'Makes canonical.document_amounts equal to what it is derived from, for these documents, each named once. They are held.';

-- +goose StatementBegin
CREATE FUNCTION canonical.keep_payment_amounts(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.keep_payment_amounts(bigint, bigint[]) IS
    'Makes canonical.payment_amounts equal to what it is derived from, for these payments, each named once. They are held.';
