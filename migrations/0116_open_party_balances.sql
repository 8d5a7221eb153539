-- A party with whom nothing is open in a currency has no row, also where what was paid in was paid back: parts that cancel
-- each other are nothing. A rest in the base currency alone, which two rates leave over, is something.

-- +goose Up
SELECT engine.redefine('party_balances', $view$
SELECT open.organization_id, 'Person'::text AS canonical_type, open.party_id AS canonical_id, open.party_id, party.full_name AS party_name, open.currency,
       open.receivable, open.unallocated_in, open.unapplied_credits, open.receivable - open.unallocated_in - open.unapplied_credits AS net_receivable,
       open.payable, open.unallocated_out, open.payable - open.unallocated_out AS net_payable,
       open.unallocated_in_base, open.unapplied_credits_base, open.unallocated_out_base
FROM (
    SELECT part.organization_id, part.party_id, part.currency,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'invoice'), 0) AS receivable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'customer'), 0) AS unallocated_in,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'credit_note'), 0) AS unapplied_credits,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'bill'), 0) AS payable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'vendor'), 0) AS unallocated_out,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'customer'), 0) AS unallocated_in_base,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'credit_note'), 0) AS unapplied_credits_base,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'vendor'), 0) AS unallocated_out_base
    FROM (
        SELECT each.organization_id, each.party_id, each.currency, each.kind, each.amount,
               canonical.major_in_base(each.amount, each.currency, home.base_currency, each.fx_rate) AS base
        FROM (
            SELECT document.organization_id, document.party_id, document.currency, document.kind, document.fx_rate, canonical.major(amount.due, document.currency) AS amount
            FROM canonical.documents AS document
            JOIN canonical.document_amounts AS amount ON amount.organization_id = document.organization_id AND amount.document_id = document.id
            WHERE document.state = 'approved'
            UNION ALL
            -- What a customer pays is theirs, and what a vendor is paid is ours: the other direction takes it back.
            SELECT payment.organization_id, payment.party_id, payment.currency, payment.party_role, payment.fx_rate,
                   canonical.major(CASE WHEN (payment.party_role = 'customer') = (payment.direction = 'in') THEN 1 ELSE -1 END * (payment.amount - allocation.amount), payment.currency)
            FROM canonical.payments AS payment
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(a.amount), 0) AS amount FROM canonical.payment_allocations AS a
                WHERE a.organization_id = payment.organization_id AND a.payment_id = payment.id) AS allocation
            WHERE payment.voided_at IS NULL) AS each
        JOIN canonical.organizations AS home ON home.id = each.organization_id
        WHERE each.amount <> 0) AS part
    GROUP BY part.organization_id, part.party_id, part.currency) AS open
JOIN canonical.people AS party ON party.organization_id = open.organization_id AND party.id = open.party_id
WHERE (open.receivable, open.unallocated_in, open.unapplied_credits, open.payable, open.unallocated_out,
       open.unallocated_in_base, open.unapplied_credits_base, open.unallocated_out_base) <> (0, 0, 0, 0, 0, 0, 0, 0)
$view$);

-- +goose Down
SELECT engine.redefine('party_balances', $view$
SELECT open.organization_id, 'Person'::text AS canonical_type, open.party_id AS canonical_id, open.party_id, party.full_name AS party_name, open.currency,
       open.receivable, open.unallocated_in, open.unapplied_credits, open.receivable - open.unallocated_in - open.unapplied_credits AS net_receivable,
       open.payable, open.unallocated_out, open.payable - open.unallocated_out AS net_payable,
       open.unallocated_in_base, open.unapplied_credits_base, open.unallocated_out_base
FROM (
    SELECT part.organization_id, part.party_id, part.currency,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'invoice'), 0) AS receivable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'customer'), 0) AS unallocated_in,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'credit_note'), 0) AS unapplied_credits,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'bill'), 0) AS payable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'vendor'), 0) AS unallocated_out,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'customer'), 0) AS unallocated_in_base,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'credit_note'), 0) AS unapplied_credits_base,
           COALESCE(sum(part.base) FILTER (WHERE part.kind = 'vendor'), 0) AS unallocated_out_base
    FROM (
        SELECT each.organization_id, each.party_id, each.currency, each.kind, each.amount,
               canonical.major_in_base(each.amount, each.currency, home.base_currency, each.fx_rate) AS base
        FROM (
            SELECT document.organization_id, document.party_id, document.currency, document.kind, document.fx_rate, canonical.major(amount.due, document.currency) AS amount
            FROM canonical.documents AS document
            JOIN canonical.document_amounts AS amount ON amount.organization_id = document.organization_id AND amount.document_id = document.id
            WHERE document.state = 'approved'
            UNION ALL
            -- What a customer pays is theirs, and what a vendor is paid is ours: the other direction takes it back.
            SELECT payment.organization_id, payment.party_id, payment.currency, payment.party_role, payment.fx_rate,
                   canonical.major(CASE WHEN (payment.party_role = 'customer') = (payment.direction = 'in') THEN 1 ELSE -1 END * (payment.amount - allocation.amount), payment.currency)
            FROM canonical.payments AS payment
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(a.amount), 0) AS amount FROM canonical.payment_allocations AS a
                WHERE a.organization_id = payment.organization_id AND a.payment_id = payment.id) AS allocation
            WHERE payment.voided_at IS NULL) AS each
        JOIN canonical.organizations AS home ON home.id = each.organization_id
        WHERE each.amount <> 0) AS part
    GROUP BY part.organization_id, part.party_id, part.currency) AS open
JOIN canonical.people AS party ON party.organization_id = open.organization_id AND party.id = open.party_id
$view$);
