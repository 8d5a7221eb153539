-- A till as lists show it.

-- +goose Up
CREATE VIEW source.till_summaries AS
SELECT till.organization_id, till.id AS till_id, 'Till'::text AS canonical_type, till.id AS canonical_id,
       till.version, till.store_id, till.name, till.archived_at, till.archived_at IS NOT NULL AS archived, till.created_at, till.updated_at
FROM canonical.tills AS till;

SELECT engine.create_projection('till_summaries', 'table', '{organization_id,till_id}');
CREATE INDEX till_summaries_name_idx ON projection.till_summaries (organization_id, archived, name, till_id);
CREATE INDEX till_summaries_store_idx ON projection.till_summaries (organization_id, store_id, archived, name, till_id);
SELECT engine.track('till_summaries', 'canonical.tills', 'key', '{organization_id,id}');
