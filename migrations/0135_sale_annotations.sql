-- A sale as its store saw it: at what local time, on which business date, in which part of the day, inside the opening
-- hours or not; with what its lines come to, what it was paid with, and what of it was given back.
--
-- Wall clock is compared with wall clock: the sale's local time with local dates and minutes. So a day with a change of
-- clocks has one part per sale like any other, and the session's zone has no say. A period that begins on a day ends at
-- most 24 hours later, so it is enough to ask for the local date, and for the day before with a minute that is 1 440 later. The
-- fences (OFFSET 0) have the local time computed once a sale: it costs more than a look at the periods of a day.

-- +goose Up
CREATE VIEW source.sale_annotations AS
SELECT sale.organization_id, 'Sale'::text AS canonical_type, sale.id AS canonical_id, sale.id AS sale_id,
       sale.version, sale.store_id, upper(sale.kind) AS kind, sale.occurred_at, clock.local_time,
       -- Of a part over midnight it is the date on which the part began.
       COALESCE(part.began_on, (clock.local_time - store.business_day_start_minute * interval '1 minute')::date) AS business_date,
       part.name AS day_part, part.start_minute AS day_part_start, hours.inside AS inside_opening_hours,
       sale.currency, canonical.major(sale.amount, sale.currency) AS amount, canonical.major(CASE WHEN sale.tax_rounding IS NULL THEN 0 ELSE
           (SELECT sum(line.tax) FROM canonical.sale_lines AS line WHERE line.organization_id = sale.organization_id AND line.sale_id = sale.id) END, sale.currency) AS tax,
       sale.prices_include_tax,
       CASE WHEN sale.tax_rounding IS NULL THEN 0 ELSE
           (SELECT count(*)::int FROM canonical.sale_lines AS line WHERE line.organization_id = sale.organization_id AND line.sale_id = sale.id) END AS line_count,
       CASE WHEN sale.tax_rounding IS NOT NULL THEN (SELECT array_agg(DISTINCT line.product_id) FROM canonical.sale_lines AS line
           WHERE line.organization_id = sale.organization_id AND line.sale_id = sale.id AND line.product_id IS NOT NULL) END AS product_ids,
       COALESCE((SELECT jsonb_agg(part.amount) FROM (
           SELECT jsonb_build_object('tender', upper(part.tender), 'amount',
               jsonb_build_object('amount', canonical.major(part.amount, sale.currency), 'currency', sale.currency)) AS amount
           FROM canonical.sale_tenders AS part
           WHERE part.organization_id = sale.organization_id AND part.sale_id = sale.id ORDER BY part.position) AS part), '[]') AS tenders,
       sale.refunded_sale_id,
       canonical.major(back.amount, sale.currency) AS refunded_amount,
       canonical.major(CASE WHEN sale.kind = 'sale' AND sale.voided_at IS NULL THEN sale.amount - back.amount ELSE 0 END, sale.currency) AS refundable,
       sale.person_id, sale.external_ref,
       sale.till_session_id, sale.booked_on, sale.booked_late AS late,
       sale.voided_at, sale.voided_at IS NOT NULL AS voided, sale.created_at, sale.updated_at
FROM canonical.sales AS sale
JOIN canonical.stores AS store ON store.organization_id = sale.organization_id AND store.id = sale.store_id
CROSS JOIN LATERAL (SELECT sale.occurred_at AT TIME ZONE store.time_zone AS local_time OFFSET 0) AS zoned
CROSS JOIN LATERAL (SELECT zoned.local_time, zoned.local_time::date AS today,
    (date_part('hour', zoned.local_time) * 60 + date_part('minute', zoned.local_time))::int AS minute OFFSET 0) AS clock
LEFT JOIN LATERAL (
    SELECT period.name, period.start_minute, began.on_date AS began_on
    FROM (VALUES (clock.today, clock.minute), (clock.today - 1, clock.minute + 1440)) AS began (on_date, minute)
    JOIN canonical.day_parts AS period ON period.organization_id = sale.organization_id AND period.store_id = sale.store_id
        AND began.minute >= period.start_minute AND began.minute < period.start_minute + period.length_minutes
        AND period.valid @> began.on_date
    -- Where an old night part runs into new day parts, the one that began later has the sale.
    ORDER BY began.on_date DESC LIMIT 1) AS part ON true
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM (VALUES (clock.today, clock.minute, EXTRACT(isodow FROM clock.today)::smallint),
            (clock.today - 1, clock.minute + 1440, EXTRACT(isodow FROM clock.today - 1)::smallint)) AS began (on_date, minute, weekday)
        CROSS JOIN LATERAL (
            SELECT weekly.start_minute, weekly.length_minutes FROM canonical.store_hours AS weekly
            WHERE weekly.organization_id = sale.organization_id AND weekly.store_id = sale.store_id
                AND weekly.weekday = began.weekday AND weekly.valid @> began.on_date
                AND NOT EXISTS (SELECT FROM canonical.store_hour_exceptions AS instead
                    WHERE instead.organization_id = sale.organization_id AND instead.store_id = sale.store_id AND instead.on_date = began.on_date)
            UNION ALL
            SELECT instead.start_minute, instead.length_minutes FROM canonical.store_hour_exceptions AS instead
            WHERE instead.organization_id = sale.organization_id AND instead.store_id = sale.store_id
                AND instead.on_date = began.on_date AND NOT instead.closed) AS period
        WHERE began.minute >= period.start_minute AND began.minute < period.start_minute + period.length_minutes) AS inside) AS hours
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(refund.amount), 0) AS amount FROM canonical.sales AS refund
    WHERE sale.kind = 'sale' AND refund.organization_id = sale.organization_id AND refund.refunded_sale_id = sale.id AND refund.voided_at IS NULL) AS back;

SELECT engine.create_projection('sale_annotations', 'table', '{organization_id,sale_id}');
CREATE INDEX sale_annotations_occurred_at_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id);
CREATE INDEX sale_annotations_amount_idx ON projection.sale_annotations (organization_id, amount, sale_id);
CREATE INDEX sale_annotations_created_at_idx ON projection.sale_annotations (organization_id, created_at, sale_id);
CREATE INDEX sale_annotations_store_idx ON projection.sale_annotations (organization_id, store_id, occurred_at, sale_id);
CREATE INDEX sale_annotations_day_part_idx ON projection.sale_annotations (organization_id, lower(day_part), occurred_at, sale_id);
CREATE INDEX sale_annotations_external_ref_idx ON projection.sale_annotations (organization_id, lower(external_ref), occurred_at, sale_id) WHERE external_ref IS NOT NULL;
CREATE INDEX sale_annotations_person_idx ON projection.sale_annotations (organization_id, person_id, occurred_at, sale_id) WHERE person_id IS NOT NULL;
CREATE INDEX sale_annotations_till_session_idx ON projection.sale_annotations (organization_id, till_session_id, occurred_at, sale_id) WHERE till_session_id IS NOT NULL;
CREATE INDEX sale_annotations_refund_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE kind = 'REFUND';
CREATE INDEX sale_annotations_refunded_sale_idx ON projection.sale_annotations (organization_id, refunded_sale_id, occurred_at, sale_id) WHERE refunded_sale_id IS NOT NULL;
CREATE INDEX sale_annotations_products_idx ON projection.sale_annotations USING gin (organization_id, product_ids) WHERE product_ids IS NOT NULL;
CREATE INDEX sale_annotations_cash_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE tenders @> '[{"tender": "CASH"}]';
CREATE INDEX sale_annotations_card_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE tenders @> '[{"tender": "CARD"}]';
CREATE INDEX sale_annotations_voucher_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE tenders @> '[{"tender": "VOUCHER"}]';
CREATE INDEX sale_annotations_other_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE tenders @> '[{"tender": "OTHER"}]';
CREATE INDEX sale_annotations_outside_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE NOT inside_opening_hours;
CREATE INDEX sale_annotations_voided_idx ON projection.sale_annotations (organization_id, occurred_at, sale_id) WHERE voided;
-- The day-part report of a store reads nothing else, and so needs no sums that are stored. At 1 000 000 sales in a year of
-- four stores, on two cores, a store's month of 21 000 sales takes 8 ms this way, 12 where pages were changed just now, and
-- 20 µs for each sale that is behind. Sums stored by store and day: 0.4 ms, but every sale has its whole day summed again, 8 ms
-- for 700 sales, by the next refresh and by every read before that. A materialized view: 0.1 ms, but 8.5 s for each refresh and
-- 2 s for a read of one date that is behind.
CREATE INDEX sale_annotations_report_idx ON projection.sale_annotations (organization_id, store_id, business_date)
    INCLUDE (day_part, day_part_start, currency, kind, amount, voided, sale_id);

-- What a store is called, or when it was archived, is not read: it marks nothing.
SELECT engine.declare_grain('sale_annotations', 'store', '{organization_id,store_id}');
-- An exception says something of the periods that begin on its date, and those lie within this day of any zone.
SELECT engine.declare_grain('sale_annotations', 'date', '{organization_id,store_id,business_date}',
    'SELECT s.id AS sale_id FROM canonical.sales s
     WHERE s.organization_id = m.organization_id AND s.store_id = m.store_id
         AND s.occurred_at >= (m.business_date - 1)::timestamp AT TIME ZONE ''UTC''
         AND s.occurred_at < (m.business_date + 3)::timestamp AT TIME ZONE ''UTC''');
SELECT engine.track('sale_annotations', 'canonical.stores', 'store', '{organization_id,id}', inserts => false, within => '{store_id=id}');
SELECT engine.track('sale_annotations', 'canonical.day_parts', 'store', '{organization_id,store_id}', within => '{store_id}');
SELECT engine.track('sale_annotations', 'canonical.store_hours', 'store', '{organization_id,store_id}', within => '{store_id}');
SELECT engine.track('sale_annotations', 'canonical.store_hour_exceptions', 'date', '{organization_id,store_id,on_date}', within => '{store_id}');
-- Lines and tenders are inserted by the transaction alone that inserts their sale, which marks itself, and never change.
SELECT engine.track('sale_annotations', 'canonical.sale_lines', 'key', '{organization_id,sale_id}', inserts => false);
SELECT engine.track('sale_annotations', 'canonical.sale_tenders', 'key', '{organization_id,sale_id}', inserts => false);
-- A refund is of the store of its sale.
SELECT engine.declare_grain('sale_annotations', 'refunded', '{organization_id,refunded_sale_id}', 'SELECT m.refunded_sale_id AS sale_id', few => true);
-- The busiest table comes last: it is locked from here to the end of this file.
SELECT engine.track('sale_annotations', 'canonical.sales', 'refunded', '{organization_id,refunded_sale_id}', within => '{store_id}');
SELECT engine.track('sale_annotations', 'canonical.sales', 'key', '{organization_id,id}', within => '{store_id}');
