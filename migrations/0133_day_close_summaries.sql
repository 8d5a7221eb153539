-- A day close with its tenders.

-- +goose Up
CREATE VIEW source.day_close_summaries AS
SELECT close.organization_id, close.id AS day_close_id, 'DayClose'::text AS canonical_type, close.id AS canonical_id,
       close.version, close.store_id, close.till_session_id, close.business_date, close.currency, trim_scale(close.fx_rate) AS fx_rate, close.sale_count,
       canonical.major(tender.amount, close.currency) AS amount, canonical.major(line.tax, close.currency) AS tax,
       canonical.major(tender.difference, close.currency) AS difference, tender.tenders, close.note,
       close.reversed_at, close.reversed_at IS NOT NULL AS reversed, close.created_at, close.updated_at
FROM canonical.day_closes AS close
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(t.amount), 0) AS amount, COALESCE(sum(t.difference), 0) AS difference,
           COALESCE(jsonb_agg(jsonb_build_object('tender', upper(t.tender),
               'amount', jsonb_build_object('amount', canonical.major(t.amount, close.currency), 'currency', close.currency),
               'expected', jsonb_build_object('amount', canonical.major(t.expected, close.currency), 'currency', close.currency),
               'counted', CASE WHEN t.counted IS NOT NULL THEN jsonb_build_object('amount', canonical.major(t.counted, close.currency), 'currency', close.currency) END,
               'difference', jsonb_build_object('amount', canonical.major(t.difference, close.currency), 'currency', close.currency),
               'denominations', (
                   SELECT COALESCE(jsonb_agg(jsonb_build_object('value', jsonb_build_object('amount', canonical.major(d.value, close.currency), 'currency', close.currency),
                       'pieces', d.pieces) ORDER BY d.place), '[]')
                   FROM unnest(t.denominations, t.pieces) WITH ORDINALITY AS d (value, pieces, place)))
               ORDER BY array_position(ARRAY['cash', 'card', 'voucher', 'other'], t.tender)), '[]') AS tenders
    FROM canonical.day_close_tenders AS t
    WHERE t.organization_id = close.organization_id AND t.day_close_id = close.id) AS tender
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(l.amount), 0) AS tax FROM canonical.day_close_lines AS l
    WHERE l.organization_id = close.organization_id AND l.day_close_id = close.id AND l.part = 'tax') AS line;

SELECT engine.create_projection('day_close_summaries', 'table', '{organization_id,day_close_id}');
CREATE INDEX day_close_summaries_business_date_idx ON projection.day_close_summaries (organization_id, business_date, day_close_id);
CREATE INDEX day_close_summaries_store_idx ON projection.day_close_summaries (organization_id, store_id, business_date, day_close_id);
CREATE INDEX day_close_summaries_session_idx ON projection.day_close_summaries (organization_id, till_session_id, business_date, day_close_id);
-- Reversed closes are few, and are found without reading the others.
CREATE INDEX day_close_summaries_reversed_idx ON projection.day_close_summaries (organization_id, business_date, day_close_id) WHERE reversed;

SELECT engine.track('day_close_summaries', 'canonical.day_closes', 'key', '{organization_id,id}');
SELECT engine.track('day_close_summaries', 'canonical.day_close_tenders', 'key', '{organization_id,day_close_id}');
SELECT engine.track('day_close_summaries', 'canonical.day_close_lines', 'key', '{organization_id,day_close_id}');
