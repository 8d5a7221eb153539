-- Taxes by rate and store: what the journal has on the accounts of taxes, with the net amounts that they are of. When a tax counts
-- is the journal's to say, how much of it is of which rate the record's.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.taxes_by_rate(organization bigint, first_day date, last_day date)
    RETURNS TABLE (store_id bigint, side text, tax_rate_id bigint, percentage numeric, net numeric, tax numeric)
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
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
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.taxes_by_rate(bigint, date, date) IS
    'Net amounts and taxes booked on these days, both included, by store (0: the office), rate and percentage, apart for sales (invoices less credit
notes, incomes, and sales of closed days less refunds) and purchases (bills less vendors'' credit notes, and expenses), in minor units of the base currency. The taxes of a side in a store are
what records have booked there on its account of taxes; a line with two taxes counts in the net amounts of both.';
