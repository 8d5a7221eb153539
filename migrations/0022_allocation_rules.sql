-- The rules between payments, credit notes, refunds and documents. They hold in every transaction, however many run at once:
-- what a live payment pays and what is given back of it never exceed the payment; what is allocated to a document, or from a
-- credit note, never exceeds its total, and only an approved document has any; both sides have one party and one currency;
-- customers pay invoices and are refunded credit notes, vendors are paid bills and pay back credit
-- notes of theirs; a refund gives back a payment of the other direction.
--
-- Each has a day, the later of both records' days: from then on the one is settled by the other, and the difference of their
-- rates of exchange is booked on it. Where that day is closed to the books, it is the day on which it is made. And it is no day before
-- something else of either record was taken back: until then that has settled it.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.allocation_day(organization bigint, day date, payment_ids bigint[], document_ids bigint[]) RETURNS date
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.allocation_day(bigint, date, bigint[], bigint[]) IS
    'The day from which an allocation between these payments and documents counts, which could count from this day on: that one, or
today where the books are closed for it, or the last day on which something was taken back from one of them: what was paid until then is not paid twice.';

-- +goose StatementBegin
CREATE FUNCTION canonical.allocation_dated() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
CREATE TRIGGER dated BEFORE INSERT ON canonical.payment_allocations
    FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();
CREATE TRIGGER dated BEFORE INSERT ON canonical.credit_allocations
    FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();
CREATE TRIGGER dated BEFORE INSERT ON canonical.payment_refunds
    FOR EACH ROW EXECUTE FUNCTION canonical.allocation_dated();

-- +goose StatementBegin
CREATE FUNCTION canonical.void_day(organization bigint, record_table text, record bigint, day date) RETURNS date
    LANGUAGE plpgsql STABLE AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.void_day(bigint, text, bigint, date) IS
    'The day on which the void of a record of this day is booked: its own, or today where the books are closed for that, or where another record
settled it or gave it back for a time: what is open on those days stays as it was.';

-- A document or payment that moves to a later day takes along what would begin before it. One that moves to an earlier day
-- takes along what had waited for it, back to the other record's day; what begins later, because an earlier day was closed
-- when it was made, stays.
-- +goose StatementBegin
CREATE FUNCTION canonical.document_moved() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.document_moved() IS 'An allocation begins on the later of both records'' days, also where the document moves; one that has ended by then has never been.';
CREATE TRIGGER move_allocations AFTER UPDATE OF issued_on ON canonical.documents
    FOR EACH ROW WHEN (NEW.state = 'approved' AND NEW.issued_on <> OLD.issued_on) EXECUTE FUNCTION canonical.document_moved();

-- +goose StatementBegin
CREATE FUNCTION canonical.payment_moved() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
CREATE TRIGGER move_allocations AFTER UPDATE OF paid_on ON canonical.payments
    FOR EACH ROW WHEN (NEW.paid_on <> OLD.paid_on) EXECUTE FUNCTION canonical.payment_moved();

-- +goose StatementBegin
CREATE FUNCTION canonical.hold_records(organization bigint, payment_ids bigint[], document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.hold_records(bigint, bigint[], bigint[]) IS
    'Holds payments and documents until the transaction ends: others that change what is added up for them wait. It rewrites
their rows besides locking them, so that a concurrent REPEATABLE READ transaction fails to serialize instead of adding up an
old snapshot.';

-- What triggers call never scans a table as a whole: a plan from when it was small is kept until the table's statistics are taken anew.
-- +goose StatementBegin
CREATE FUNCTION canonical.check_allocations(organization bigint, payment_ids bigint[], document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.check_allocations(bigint, bigint[], bigint[]) IS
    'Raises the constraint of the first rule that one of these payments and documents breaks. It holds them.';

-- +goose StatementBegin
CREATE FUNCTION canonical.allocations_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
CREATE TRIGGER check_inserted AFTER INSERT ON canonical.payment_allocations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.allocations_changed();
CREATE TRIGGER check_updated AFTER UPDATE ON canonical.payment_allocations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.allocations_changed();

-- +goose StatementBegin
CREATE FUNCTION canonical.credits_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM canonical.check_allocations(organization_id, '{}', array_agg(DISTINCT id))
    FROM (SELECT organization_id, credit_note_id AS id FROM new_rows
        UNION SELECT organization_id, document_id FROM new_rows) AS touched
    GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_inserted AFTER INSERT ON canonical.credit_allocations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.credits_changed();
CREATE TRIGGER check_updated AFTER UPDATE ON canonical.credit_allocations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.credits_changed();

-- +goose StatementBegin
CREATE FUNCTION canonical.refunds_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM canonical.check_allocations(organization_id, array_agg(DISTINCT id), '{}')
    FROM (SELECT organization_id, refund_id AS id FROM new_rows
        UNION SELECT organization_id, payment_id FROM new_rows) AS touched
    GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_inserted AFTER INSERT ON canonical.payment_refunds
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.refunds_changed();
CREATE TRIGGER check_updated AFTER UPDATE ON canonical.payment_refunds
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.refunds_changed();

-- +goose StatementBegin
CREATE FUNCTION canonical.payment_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM canonical.check_allocations(NEW.organization_id, ARRAY[NEW.id] || ARRAY(
            SELECT payment_id FROM canonical.payment_refunds WHERE (organization_id, refund_id) = (NEW.organization_id, NEW.id)),
        ARRAY(
            SELECT document_id FROM canonical.payment_allocations
            WHERE (organization_id, payment_id) = (NEW.organization_id, NEW.id)));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_allocations AFTER UPDATE ON canonical.payments FOR EACH ROW WHEN (
        (OLD.amount, OLD.currency, OLD.party_id, OLD.direction, OLD.party_role, OLD.voided_at)
            IS DISTINCT FROM (NEW.amount, NEW.currency, NEW.party_id, NEW.direction, NEW.party_role, NEW.voided_at))
    EXECUTE FUNCTION canonical.payment_changed();

-- +goose StatementBegin
CREATE FUNCTION canonical.document_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM canonical.check_allocations(NEW.organization_id, '{}', ARRAY[NEW.id]);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_allocations AFTER UPDATE ON canonical.documents FOR EACH ROW WHEN (
        OLD.state <> 'draft'
        AND (OLD.currency, OLD.party_id, OLD.state) IS DISTINCT FROM (NEW.currency, NEW.party_id, NEW.state))
    EXECUTE FUNCTION canonical.document_changed();

-- +goose StatementBegin
CREATE FUNCTION canonical.check_totals(organization bigint, document_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION canonical.items_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM canonical.check_totals(organization_id, array_agg(DISTINCT document_id))
    FROM changed_rows GROUP BY organization_id ORDER BY organization_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER check_total_inserted AFTER INSERT ON canonical.document_items
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_updated_from AFTER UPDATE ON canonical.document_items
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_updated_to AFTER UPDATE ON canonical.document_items
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_deleted AFTER DELETE ON canonical.document_items
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();

CREATE TRIGGER check_total_inserted AFTER INSERT ON canonical.document_item_taxes
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_updated_from AFTER UPDATE ON canonical.document_item_taxes
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_updated_to AFTER UPDATE ON canonical.document_item_taxes
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
CREATE TRIGGER check_total_deleted AFTER DELETE ON canonical.document_item_taxes
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.items_changed();
