-- The projection engine: views of constants that read models read, and how they change.

-- +goose Up
-- +goose StatementBegin
-- redefine_constants gives a canonical view of constants ('canonical.NAME') new rows, and so all projections that read
-- it a new definition, while everybody goes on seeing the old ones. It creates canonical.NAME__next, and next copies
-- that read it, still to be activated; the switch to the last of these puts the constants in place too. The source views
-- must name the constants themselves, under an alias. When such a change, or another definition, is waiting already, this
-- one becomes part of it.
CREATE FUNCTION engine.redefine_constants(constants text, definition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    next text := constants || '__next';
    named text := '\m' || replace(constants, '.', '\.') || '(__next)?\M';
    copy text;
    source text;
    p record;
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %s (%s) AS %s', next, engine.list(engine.columns_of(constants::regclass), '%1$I'), definition);
    EXECUTE format('COMMENT ON VIEW %s IS %L', next, obj_description(constants::regclass));
    FOR p IN SELECT c.name, n.name AS waiting FROM engine.projections c LEFT JOIN engine.projections n ON n.replaces = c.name
             WHERE c.replaces IS NULL AND EXISTS (
                 SELECT FROM engine.read_by(format('source.%I', COALESCE(n.name, c.name))::regclass) r
                 WHERE r.class = 'pg_class'::regclass AND r.object IN (constants::regclass, next::regclass))
             ORDER BY c.name LOOP
        IF p.waiting IS NULL THEN
            PERFORM engine.redefine(p.name, pg_get_viewdef(format('source.%I', p.name)::regclass));
        END IF;
        -- Nobody reads the next copy, so it may change in place.
        copy := p.name || '__next';
        source := pg_get_viewdef(format('source.%I', copy)::regclass);
        IF source !~ named THEN
            RAISE EXCEPTION 'engine: % does not read % itself', p.name, constants;
        END IF;
        EXECUTE format('CREATE OR REPLACE VIEW source.%I AS %s', copy, regexp_replace(source, named, next, 'g'));
        UPDATE engine.grains g SET expansion = regexp_replace(g.expansion, named, next, 'g') WHERE g.projection = copy;
        PERFORM engine.build_dirty(copy);
        PERFORM engine.build_refresh(copy);
        UPDATE engine.projections q SET activated_at = NULL, built_at = NULL WHERE q.name = copy;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- switch_constants ends what redefine_constants began, once no projection reads the old constants any more: the next
-- ones take their name. That is while engine.switch drops the last copy that did, and before it builds what the new one
-- needs from the text of its grains.
CREATE FUNCTION engine.switch_constants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    v record;
    p text;
    readers text[];
BEGIN
    FOR v IN SELECT format('canonical.%I', c.relname) AS next, format('canonical.%I', left(c.relname, -6)) AS constants, left(c.relname, -6) AS short
             FROM pg_class c WHERE c.relnamespace = 'canonical'::regnamespace AND c.relkind = 'v' AND c.relname LIKE '%\_\_next' LOOP
        CONTINUE WHEN EXISTS (SELECT FROM engine.projections q CROSS JOIN LATERAL engine.read_by(format('source.%I', q.name)::regclass) r
                              WHERE r.class = 'pg_class'::regclass AND r.object = v.constants::regclass);
        -- One whose definition was changed by something else keeps its old fingerprint, and engine.check says so.
        readers := ARRAY(SELECT q.name FROM engine.projections q WHERE q.definition = engine.definition(format('source.%I', q.name)::regclass)
            AND EXISTS (SELECT FROM engine.read_by(format('source.%I', q.name)::regclass) r WHERE r.class = 'pg_class'::regclass AND r.object = v.next::regclass));
        EXECUTE format('DROP VIEW %s', v.constants);
        EXECUTE format('ALTER VIEW %s RENAME TO %I', v.next, v.short);
        FOREACH p IN ARRAY readers LOOP
            UPDATE engine.projections q SET definition = engine.definition(format('source.%I', p)::regclass) WHERE q.name = p;
            UPDATE engine.grains g SET expansion = regexp_replace(g.expansion, '\m' || replace(v.next, '.', '\.') || '\M', v.constants, 'g') WHERE g.projection = p;
            IF p NOT LIKE '%\_\_next' THEN
                PERFORM engine.build_dirty(p);
                PERFORM engine.build_refresh(p);
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER switch_constants AFTER DELETE ON engine.projections
    FOR EACH STATEMENT EXECUTE FUNCTION engine.switch_constants();
