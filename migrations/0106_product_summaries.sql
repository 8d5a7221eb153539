-- A product as lists show it.

-- +goose Up
CREATE VIEW source.product_summaries AS
SELECT product.organization_id, product.id AS product_id, 'Product'::text AS canonical_type, product.id AS canonical_id,
       product.version, product.sku, product.name, product.description, product.currency,
       canonical.major_price(product.unit_price, product.currency) AS unit_price, product.tax_rate_id,
       product.archived_at, product.archived_at IS NOT NULL AS archived, product.created_at, product.updated_at,
       canonical.fold(product.sku || ' ' || product.name) AS search_text
FROM canonical.products AS product;

SELECT engine.create_projection('product_summaries', 'table', '{organization_id,product_id}');
CREATE INDEX product_summaries_name_idx ON projection.product_summaries (organization_id, archived, name, product_id);
CREATE INDEX product_summaries_search_idx ON projection.product_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.product_summaries ALTER COLUMN search_text SET STATISTICS 1000;
SELECT engine.track('product_summaries', 'canonical.products', 'key', '{organization_id,id}');
