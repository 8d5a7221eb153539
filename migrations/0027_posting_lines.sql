-- What the books must say of the records. Posting makes the journal equal to it, and whoever checks the books compares them
-- with it.

-- +goose Up

-- The fences (OFFSET 0) below make every look-up start from the keys that are asked for; without them, and with
-- statistics that are behind, the planner reads all of an organization's rows for the books of one record. Generic plans are
-- then as good as others, and are kept: to plan anew for each array of ids takes longer than to post a few records. Each class of
-- records has functions of its own, and in two classes another one for records whose settlements are booked: to
-- set up a plan that knows them all takes several times as long as to post one record.

-- +goose StatementBegin
CREATE FUNCTION canonical.base_part(total numeric, currency text, base text, rate numeric, before numeric, amount bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN canonical.in_base(total - before, currency, base, rate) - canonical.in_base(total - before - amount, currency, base, rate);
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.base_part(numeric, text, text, numeric, numeric, bigint) IS
    'What a part of an open amount is worth in the base currency, where other parts were taken before it: the open amount, rounded,
before and after. So what stays open is always worth its own rounded amount, and the last part takes all that is left.';

-- +goose StatementBegin
CREATE FUNCTION canonical.settlement_lines(organization bigint, class text, ids bigint[])
    RETURNS TABLE (canonical_type text, canonical_id bigint, allocated_on date, party_role text, currency text, amount bigint, document_amount bigint,
        store_id bigint, own_store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    WITH wanted AS MATERIALIZED (SELECT DISTINCT id FROM unnest(ids) AS given (id)),
    home AS MATERIALIZED (SELECT base_currency FROM canonical.organizations WHERE id = organization),
    payment AS MATERIALIZED (
        SELECT p.* FROM wanted
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.payments AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS p
        WHERE class = 'payment' AND (p.voided_at IS NULL OR p.voided_on IS NOT NULL)),
    note AS MATERIALIZED (
        SELECT d.* FROM wanted
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.documents AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS d
        WHERE class = 'document' AND canonical.credited_kind(d.kind) IS NOT NULL AND (d.state = 'approved' OR d.voided_on IS NOT NULL)),
    -- What settles, on the one side, and what is settled, on the other.
    settlement AS MATERIALIZED (
        SELECT 'Payment' AS type, p.id AS record_id, p.party_role, CASE p.direction WHEN 'in' THEN 1 ELSE -1 END AS side,
            p.currency, p.store_id AS own_store_id, event.day AS allocated_on, 'payment' AS source, a.id, event.amount,
            p.id AS payment_id, NULL::bigint AS note_id, a.document_id, NULL::bigint AS refunded_id
        FROM payment AS p
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.payment_allocations AS row
            WHERE (row.organization_id, row.payment_id) = (organization, p.id) OFFSET 0) AS a
        CROSS JOIN LATERAL (VALUES (a.allocated_on, a.amount), (least(a.ended_on, p.voided_on), -a.amount)) AS event (day, amount)
        WHERE event.day IS NOT NULL AND (p.voided_at IS NULL OR a.allocated_on < p.voided_on)
        UNION ALL
        SELECT 'Payment', p.id, p.party_role, CASE p.direction WHEN 'in' THEN 1 ELSE -1 END,
            p.currency, p.store_id, event.day, 'refund', r.id, event.amount, p.id, NULL, NULL, r.payment_id
        FROM payment AS p
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.payment_refunds AS row
            WHERE (row.organization_id, row.refund_id) = (organization, p.id) OFFSET 0) AS r
        CROSS JOIN LATERAL (VALUES (r.allocated_on, r.amount), (least(r.ended_on, p.voided_on), -r.amount)) AS event (day, amount)
        WHERE event.day IS NOT NULL AND (p.voided_at IS NULL OR r.allocated_on < p.voided_on)
        UNION ALL
        SELECT canonical.document_type(n.kind), n.id, CASE WHEN canonical.of_vendor(n.kind) THEN 'vendor' ELSE 'customer' END,
            CASE WHEN canonical.of_vendor(n.kind) THEN -1 ELSE 1 END, n.currency, n.store_id, event.day, 'credit', c.id, event.amount, NULL, n.id, c.document_id, NULL
        FROM note AS n
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.credit_allocations AS row
            WHERE (row.organization_id, row.credit_note_id) = (organization, n.id) OFFSET 0) AS c
        CROSS JOIN LATERAL (VALUES (c.allocated_on, c.amount), (c.ended_on, -c.amount)) AS event (day, amount)
        WHERE event.day IS NOT NULL),
    part AS (
        SELECT s.*, side.factor, item.store_id, canonical.base_part(item.total, s.currency, home.base_currency, item.rate, used.before, s.amount) AS base
        FROM settlement AS s CROSS JOIN home
        CROSS JOIN LATERAL (VALUES (1, s.note_id, s.payment_id), (-1, s.document_id, s.refunded_id)) AS side (factor, document_id, payment_id)
        CROSS JOIN LATERAL (
            SELECT d.fx_rate AS rate, d.store_id, canonical.document_total(organization, d.id) AS total FROM canonical.documents AS d
            WHERE (d.organization_id, d.id) = (organization, side.document_id)
            UNION ALL
            SELECT p.fx_rate, p.store_id, p.amount FROM canonical.payments AS p
            WHERE (p.organization_id, p.id) = (organization, side.payment_id)) AS item
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(other.amount), 0) AS before FROM (
                SELECT amount, allocated_on, source, id FROM canonical.settlements AS row
                WHERE (row.organization_id, row.document_id) = (organization, side.document_id)
                UNION ALL
                SELECT amount, allocated_on, source, id FROM canonical.payment_uses AS row
                WHERE (row.organization_id, row.payment_id) = (organization, side.payment_id)) AS other
            WHERE (other.allocated_on, other.source, other.id) < (s.allocated_on, s.source, s.id)) AS used)
    SELECT type, record_id, allocated_on, party_role, currency, sum(side * factor * base)::bigint, sum(side * factor * part.amount)::bigint, store_id, own_store_id
    FROM part GROUP BY type, record_id, allocated_on, party_role, currency, store_id, own_store_id
    HAVING sum(side * factor * base) <> 0 OR sum(side * factor * part.amount) <> 0;
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.settlement_lines(bigint, text, bigint[]) IS
    'What the control account of a party must still get, in minor units, debit positive, because these payments or credit notes
settle something at another rate or of another store. Each side of a settlement is in the store of its record: within one store
they cancel, but for the difference of exchange, and between two the settled part moves from the one to the other. One row for
each record, day and store; none in the base currency within one store.';

-- +goose StatementBegin
DO $do$
DECLARE
    source record;
    made text;
    lines text := $lines$
    CREATE FUNCTION canonical./*name*/(organization bigint, ids bigint[])
        RETURNS TABLE (canonical_type text, canonical_id bigint, posted_on date,
            account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
    WITH wanted AS MATERIALIZED (SELECT DISTINCT id FROM unnest(ids) AS given (id)),
    role AS MATERIALIZED (
        SELECT max(id) FILTER (WHERE system_role = 'bank') AS bank, max(id) FILTER (WHERE system_role = 'cash') AS cash,
            max(id) FILTER (WHERE system_role = 'receivable') AS receivable,
            max(id) FILTER (WHERE system_role = 'payable') AS payable,
            max(id) FILTER (WHERE system_role = 'tax_collected') AS tax_collected,
            max(id) FILTER (WHERE system_role = 'tax_paid') AS tax_paid, max(id) FILTER (WHERE system_role = 'sales') AS sales,
            max(id) FILTER (WHERE system_role = 'sales_returns') AS sales_returns,
            max(id) FILTER (WHERE system_role = 'purchases') AS purchases,
            max(id) FILTER (WHERE system_role = 'exchange') AS exchange,
            max(id) FILTER (WHERE system_role = 'bank_fees') AS bank_fees,
            max(id) FILTER (WHERE system_role = 'interstore') AS interstore,
            max(id) FILTER (WHERE system_role = 'card_takings') AS card_takings,
            max(id) FILTER (WHERE system_role = 'other_takings') AS other_takings,
            max(id) FILTER (WHERE system_role = 'vouchers') AS vouchers,
            max(id) FILTER (WHERE system_role = 'over_short') AS over_short
        FROM canonical.accounts WHERE organization_id = organization AND system_role IS NOT NULL),
/*records*/,
    -- The store is the line's, own_store the record's.
    part (type, id, day, currency, rate, own_store, store, account, minor) AS (
/*parts*/),
    converted AS MATERIALIZED (
        SELECT part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, sum(part.minor) AS minor,
            /*amount*/ AS amount
        FROM part CROSS JOIN (SELECT base_currency FROM canonical.organizations WHERE id = organization) AS home
        GROUP BY part.type, part.id, part.day, part.own_store, part.store, part.account, part.currency, part.rate, home.base_currency/*split*//*settlements*/),
    -- What different rates, or rounding, leave over goes to the exchange account, in the record's store; what is booked in another
    -- store, that one owes the record's, or is owed by it.
    balanced AS (
        SELECT type, id, day, store, account, currency, minor, amount FROM converted
        UNION ALL
        SELECT c.type, c.id, c.day, c.own_store, role.exchange, c.currency, 0, -sum(c.amount)
        FROM converted AS c CROSS JOIN role GROUP BY c.type, c.id, c.day, c.own_store, c.currency, role.exchange
        UNION ALL
        SELECT c.type, c.id, c.day, side.store, role.interstore, c.currency, side.sign * c.minor, side.sign * c.amount
        FROM converted AS c CROSS JOIN role CROSS JOIN LATERAL (VALUES (c.store, -1), (c.own_store, 1)) AS side (store, sign)
        WHERE c.store IS DISTINCT FROM c.own_store)
    SELECT type, id, day, account, currency, sum(amount)::bigint, sum(minor)::bigint, store
    FROM balanced GROUP BY type, id, day, store, account, currency
    HAVING sum(amount) <> 0 OR sum(minor) <> 0;
    END
    $lines$;
    whole text := 'canonical.in_base(sum(part.minor), part.currency, home.base_currency, part.rate)';
    -- In another currency the stores of a record share what it books on an account: the whole is rounded, not each store's part.
    share text := 'canonical.base_part(sum(sum(part.minor)) OVER share, part.currency, home.base_currency, part.rate, 0, sum(part.minor)::bigint)';
    split text := '
        WINDOW share AS (PARTITION BY part.type, part.id, part.day, part.account, part.currency ORDER BY part.store)';
    settlements text := $settlements$
        UNION ALL
        SELECT s.canonical_type, s.canonical_id, s.allocated_on, s.own_store_id, s.store_id,
            CASE s.party_role WHEN 'customer' THEN role.receivable ELSE role.payable END, s.currency, s.document_amount, s.amount
        FROM canonical.settlement_lines(organization, '/*class*/', ids) AS s CROSS JOIN role$settlements$;
BEGIN
    FOR source IN SELECT * FROM (VALUES
    -- A side of 1: the document's total is a debit, as an invoice's and a vendor's credit note's; of -1: a credit, as a bill's
    -- and a credit note's. A record that was voided on a day of its own is booked on both days, the second time on the
    -- other side.
        ('document', 'documents', $$
    document AS MATERIALIZED (
        SELECT d.id, d.kind, booked.day, d.currency, d.fx_rate, d.store_id, booked.times * CASE WHEN d.kind IN ('invoice', 'vendor_credit_note') THEN 1 ELSE -1 END AS side,
            canonical.document_type(d.kind) AS type,
            CASE WHEN canonical.of_vendor(d.kind) THEN role.payable ELSE role.receivable END AS control,
            CASE WHEN canonical.of_vendor(d.kind) THEN role.tax_paid ELSE role.tax_collected END AS tax_account,
            CASE d.kind WHEN 'invoice' THEN role.sales WHEN 'credit_note' THEN role.sales_returns ELSE role.purchases END AS account
        FROM wanted CROSS JOIN role
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.documents AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS d
        CROSS JOIN LATERAL (VALUES (d.issued_on, 1), (d.voided_on, -1)) AS booked (day, times)
        WHERE CASE d.state WHEN 'approved' THEN booked.times = 1 ELSE d.voided_on IS NOT NULL END),
    item AS MATERIALIZED (
        SELECT d.id AS document_id, i.store_id, coalesce(i.account_id, d.account) AS account, i.net, i.tax
        FROM (SELECT DISTINCT id, account FROM document) AS d
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.document_item_amounts AS row WHERE (row.organization_id, row.document_id) = (organization, d.id) OFFSET 0) AS i)$$, $$
        -- Documents: lines and taxes against what the party owes or is owed.
        SELECT d.type, d.id, d.day, d.currency, d.fx_rate, d.store_id, i.store_id, i.account, -d.side * i.net
        FROM document AS d JOIN item AS i ON i.document_id = d.id
        UNION ALL
        SELECT d.type, d.id, d.day, d.currency, d.fx_rate, d.store_id, i.store_id, d.tax_account, -d.side * i.tax
        FROM document AS d JOIN item AS i ON i.document_id = d.id
        UNION ALL
        SELECT d.type, d.id, d.day, d.currency, d.fx_rate, d.store_id, d.store_id, d.control, d.side * (i.net + i.tax)
        FROM document AS d JOIN item AS i ON i.document_id = d.id$$),
        ('payment', 'payments', $$
    payment AS MATERIALIZED (
        SELECT p.id, booked.day, p.currency, p.fx_rate, p.store_id, p.amount, booked.times * CASE p.direction WHEN 'in' THEN 1 ELSE -1 END AS side,
            coalesce(p.account_id, CASE canonical.payment_account_role(p.method) WHEN 'cash' THEN role.cash ELSE role.bank END) AS money,
            CASE p.party_role WHEN 'customer' THEN role.receivable ELSE role.payable END AS control
        FROM wanted CROSS JOIN role
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.payments AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS p
        CROSS JOIN LATERAL (VALUES (p.paid_on, 1), (p.voided_on, -1)) AS booked (day, times)
        WHERE CASE WHEN p.voided_at IS NULL THEN booked.times = 1 ELSE p.voided_on IS NOT NULL END)$$, $$
        -- Payments: money against what the party owes or is owed.
        SELECT 'Payment', p.id, p.day, p.currency, p.fx_rate, p.store_id, p.store_id, line.account, p.side * line.minor
        FROM payment AS p CROSS JOIN LATERAL (VALUES (p.money, p.amount), (p.control, -p.amount)) AS line (account, minor)$$),
        ('money_entry', 'money_entries', $$
    money AS MATERIALIZED (
        SELECT m.*, booked.day, booked.times * CASE m.kind WHEN 'income' THEN 1 ELSE -1 END AS side, canonical.money_entry_type(m.kind) AS type,
            CASE m.kind WHEN 'income' THEN role.tax_collected ELSE role.tax_paid END AS tax_account
        FROM wanted CROSS JOIN role
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.money_entries AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS m
        CROSS JOIN LATERAL (VALUES (m.occurred_on, 1), (m.voided_on, -1)) AS booked (day, times)
        WHERE CASE WHEN m.voided_at IS NULL THEN booked.times = 1 ELSE m.voided_on IS NOT NULL END)$$, $$
        -- Income and expenses: money against the account and the tax in the amount.
        SELECT m.type, m.id, m.day, m.currency, m.fx_rate, m.store_id, m.store_id, line.account, m.side * line.minor
        FROM money AS m CROSS JOIN LATERAL (VALUES (m.money_account_id, m.amount), (m.account_id, m.tax - m.amount),
            (m.tax_account, -m.tax)) AS line (account, minor)$$),
        ('transfer', 'transfers', $$
    transfer AS MATERIALIZED (
        SELECT t.*, booked.day, booked.times, role.bank_fees FROM wanted CROSS JOIN role
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.transfers AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS t
        CROSS JOIN LATERAL (VALUES (t.occurred_on, 1), (t.voided_on, -1)) AS booked (day, times)
        WHERE CASE WHEN t.voided_at IS NULL THEN booked.times = 1 ELSE t.voided_on IS NOT NULL END)$$, $$
        -- Transfers: what leaves one account arrives in the other, but for the fee.
        SELECT 'Transfer', t.id, t.day, t.currency, t.fx_rate, t.from_store_id, line.store, line.account, t.times * line.minor
        FROM transfer AS t CROSS JOIN LATERAL (VALUES (t.to_store_id, t.to_account_id, t.amount), (t.from_store_id, t.bank_fees, t.fee),
            (t.from_store_id, t.from_account_id, -t.amount - t.fee)) AS line (store, account, minor)$$),
        ('day_close', 'day_closes', $$
    close AS MATERIALIZED (
        SELECT c.* FROM wanted
        CROSS JOIN LATERAL (
            SELECT * FROM canonical.day_closes AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS c
        WHERE c.reversed_at IS NULL)$$, $$
        -- Day closes: what came in by each tender, as counted, against revenue, taxes, and what is over or short.
        SELECT 'DayClose', c.id, c.business_date, c.currency, c.fx_rate, c.store_id, c.store_id, line.account, line.minor
        FROM close AS c CROSS JOIN role
        CROSS JOIN LATERAL (
            SELECT side.account, side.minor FROM canonical.day_close_tenders AS t
            CROSS JOIN LATERAL (VALUES
                (CASE t.tender WHEN 'cash' THEN role.cash WHEN 'card' THEN role.card_takings WHEN 'voucher' THEN role.vouchers ELSE role.other_takings END,
                    t.amount + t.difference),
                (role.over_short, -t.difference)) AS side (account, minor)
            WHERE (t.organization_id, t.day_close_id) = (organization, c.id)
            UNION ALL
            SELECT side.account, side.minor FROM canonical.day_close_lines AS l
            CROSS JOIN LATERAL (VALUES
                (CASE l.part WHEN 'tax' THEN role.tax_collected WHEN 'movement' THEN l.account_id
                    ELSE coalesce(l.account_id, CASE l.kind WHEN 'refund' THEN role.sales_returns ELSE role.sales END) END, -l.amount),
                (role.cash, CASE l.part WHEN 'movement' THEN l.amount ELSE 0 END)) AS side (account, minor)
            WHERE (l.organization_id, l.day_close_id) = (organization, c.id)) AS line (account, minor)$$)) AS known (class, name, records, parts) LOOP
        made := replace(replace(lines, '/*records*/', source.records), '/*parts*/', source.parts);
        EXECUTE replace(replace(replace(replace(made, '/*name*/', 'lines_of_' || source.name), '/*amount*/', whole), '/*split*/', ''), '/*settlements*/', '');
        IF source.class IN ('document', 'payment') THEN
            EXECUTE replace(replace(replace(replace(made, '/*name*/', 'lines_of_' || source.name || '_settling'), '/*amount*/', share), '/*split*/', split),
                '/*settlements*/', replace(settlements, '/*class*/', source.class));
        END IF;
    END LOOP;
END
$do$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION canonical.posting_lines(organization bigint, class text, ids bigint[])
    RETURNS TABLE (canonical_type text, canonical_id bigint, posted_on date,
        account_id bigint, currency text, amount bigint, document_amount bigint, store_id bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    SELECT * FROM canonical.lines_of_documents_settling(organization, CASE class WHEN 'document' THEN ids END)
    UNION ALL SELECT * FROM canonical.lines_of_payments_settling(organization, CASE class WHEN 'payment' THEN ids END)
    UNION ALL SELECT * FROM canonical.lines_of_money_entries(organization, CASE class WHEN 'money_entry' THEN ids END)
    UNION ALL SELECT * FROM canonical.lines_of_transfers(organization, CASE class WHEN 'transfer' THEN ids END)
    UNION ALL SELECT * FROM canonical.lines_of_day_closes(organization, CASE class WHEN 'day_close' THEN ids END);
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.posting_lines(bigint, text, bigint[]) IS
    'The lines that the books must have of these records, as defined here and nowhere else. A class is document, payment,
money_entry, transfer or day_close. Drafts, records that were voided before their day was closed, closes that were reversed, and records that do not exist have none. Amounts are in minor units, debit
positive, in the base currency and in the record''s own; both sum to zero for each record, day and store (null: the office).';
