-- A store as lists show it.

-- +goose Up
CREATE VIEW source.store_summaries AS
SELECT store.organization_id, store.id AS store_id, 'Store'::text AS canonical_type, store.id AS canonical_id,
       store.version, store.name, store.time_zone, store.business_day_start_minute AS business_day_start, store.external_ref,
       store.archived_at, store.archived_at IS NOT NULL AS archived, store.created_at, store.updated_at,
       canonical.fold(store.name || ' ' || store.time_zone || ' ' || COALESCE(store.external_ref, '')) AS search_text
FROM canonical.stores AS store;

SELECT engine.create_projection('store_summaries', 'table', '{organization_id,store_id}');
CREATE INDEX store_summaries_name_idx ON projection.store_summaries (organization_id, archived, name, store_id);
CREATE INDEX store_summaries_created_at_idx ON projection.store_summaries (organization_id, archived, created_at, store_id);
CREATE INDEX store_summaries_search_idx ON projection.store_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.store_summaries ALTER COLUMN search_text SET STATISTICS 1000;
SELECT engine.track('store_summaries', 'canonical.stores', 'key', '{organization_id,id}');
