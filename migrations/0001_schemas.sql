-- The schemas that the other files build in, and the contrib extensions that they use. The extensions are trusted: the
-- owner of a database may create them.

-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

CREATE SCHEMA canonical;
COMMENT ON SCHEMA canonical IS 'The only truth: the rows that mutations write.';
CREATE SCHEMA source;
COMMENT ON SCHEMA source IS 'One view for each read model: its definition, over canonical tables only.';
CREATE SCHEMA projection;
COMMENT ON SCHEMA projection IS 'The stored, indexed copy of each source view. Written by the engine alone.';
CREATE SCHEMA marks;
COMMENT ON SCHEMA marks IS 'For each projection, append-only rows that say what may be behind.';
CREATE SCHEMA pending;
COMMENT ON SCHEMA pending IS 'One view for each projection: its marks, read from the low water on.';
CREATE SCHEMA dirty;
COMMENT ON SCHEMA dirty IS 'One view for each projection: its marks expanded to keys, in the reader''s own snapshot.';
CREATE SCHEMA exact;
COMMENT ON SCHEMA exact IS 'One view for each sum: what is stored with its deltas added, which equals the source view in every snapshot.';
CREATE SCHEMA refresh;
COMMENT ON SCHEMA refresh IS 'One function for each projection: it brings the stored copy up to date with its source view.';
CREATE SCHEMA engine;
COMMENT ON SCHEMA engine IS 'The catalogue of projections and the functions that migrations call.';
