-- The projection engine: a new copy is activated after its migration has committed. What is
-- marked then may be millions of keys, and the locks that track takes would hold writers off
-- all that time.

-- +goose Up

-- +goose StatementBegin
-- track installs the triggers that mark the projection when rows of a canonical table
-- change. columns are those of the table that give the grain's columns, in the same order.
-- inserts may be false for a group that other rows join by referring to this table's: a new
-- row has nobody yet, and what joins it later marks itself. It waits for open writers, and
-- holds writers off until the transaction ends: so a migration creates, declares and tracks,
-- and leaves the activation to who applies it. From here on the projection can be refreshed.
CREATE OR REPLACE FUNCTION engine.track(projection text, relation text, grain text, columns text[], inserts boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engine.tracks (projection, relation, grain, columns, reads, inserts)
    VALUES (projection, relation, grain, columns, engine.columns_read(format('source.%I', projection)::regclass, relation::regclass), inserts);
    PERFORM engine.build_capture(projection, relation);
    PERFORM engine.build_refresh(projection);
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION engine.track(projection text, relation text, grain text, columns text[], inserts boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engine.tracks (projection, relation, grain, columns, reads, inserts)
    VALUES (projection, relation, grain, columns, engine.columns_read(format('source.%I', projection)::regclass, relation::regclass), inserts);
    PERFORM engine.build_capture(projection, relation);
END $$;
-- +goose StatementEnd
