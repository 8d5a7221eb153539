-- A tax rate as lists show it.

-- +goose Up
CREATE VIEW source.tax_rate_summaries AS
SELECT rate.organization_id, rate.id AS tax_rate_id, 'TaxRate'::text AS canonical_type, rate.id AS canonical_id,
       rate.version, rate.name, trim_scale(rate.percentage) AS percentage,
       rate.archived_at, rate.archived_at IS NOT NULL AS archived, rate.created_at, rate.updated_at
FROM canonical.tax_rates AS rate;

SELECT engine.create_projection('tax_rate_summaries', 'table', '{organization_id,tax_rate_id}');
CREATE INDEX tax_rate_summaries_name_idx ON projection.tax_rate_summaries (organization_id, archived, name, tax_rate_id);
SELECT engine.track('tax_rate_summaries', 'canonical.tax_rates', 'key', '{organization_id,id}');
