-- Rates of exchange as lists show them.

-- +goose Up
CREATE VIEW source.fx_rate_summaries AS
SELECT rate.organization_id, rate.id AS fx_rate_id, 'FxRate'::text AS canonical_type, rate.id AS canonical_id,
       rate.version, rate.currency, rate.valid_from, trim_scale(rate.rate) AS rate, rate.created_at, rate.updated_at
FROM canonical.fx_rates AS rate;

SELECT engine.create_projection('fx_rate_summaries', 'table', '{organization_id,fx_rate_id}');
CREATE INDEX fx_rate_summaries_valid_from_idx ON projection.fx_rate_summaries (organization_id, valid_from, fx_rate_id);
CREATE INDEX fx_rate_summaries_currency_idx ON projection.fx_rate_summaries (organization_id, currency, valid_from, fx_rate_id);
SELECT engine.track('fx_rate_summaries', 'canonical.fx_rates', 'key', '{organization_id,id}');
