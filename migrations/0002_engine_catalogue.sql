-- The projection engine: its catalogue, and what it reads from PostgreSQL's. Its words are those of the Go package
-- projection, whose comment explains them. The files up to 0008 hold the rest.

-- +goose Up

CREATE TABLE engine.projections (
    name text CONSTRAINT projections_pkey PRIMARY KEY CONSTRAINT projections_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,50}$'),
    kind text NOT NULL CONSTRAINT projections_kind_check CHECK (kind IN ('table', 'materialized_view', 'sum')),
    key text[] NOT NULL CONSTRAINT projections_key_check CHECK (key[1] = 'organization_id'),
    replaces text CONSTRAINT projections_replaces_fkey REFERENCES engine.projections,
    paused boolean NOT NULL DEFAULT false,
    activated_at timestamptz,
    definition text,
    built_at timestamptz,
    minimum_interval interval NOT NULL DEFAULT '0',
    refresh_started_at timestamptz,
    verified_at timestamptz,
    drift_found bigint NOT NULL DEFAULT 0,
    within text[] NOT NULL DEFAULT '{}',
    canonical_type text,
    canonical_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projections_parent_check CHECK ((kind = 'sum') = (canonical_type IS NOT NULL) AND (kind = 'sum') = (canonical_id IS NOT NULL))
);
COMMENT ON TABLE engine.projections IS 'Every stored copy: source.NAME is its definition, projection.NAME the copy, marks.NAME what may be behind, dirty.NAME the keys that are.';
COMMENT ON COLUMN engine.projections.replaces IS 'Set on the next copy that engine.redefine builds beside the current one.';
COMMENT ON COLUMN engine.projections.paused IS 'A paused projection is not refreshed; exact reads stay exact.';
COMMENT ON COLUMN engine.projections.definition IS 'Fingerprint of the source view and of all views and functions it uses, as of the activation.';
COMMENT ON COLUMN engine.projections.built_at IS 'When the copy first had no dirty rows; until then it is not ready to be read.';
COMMENT ON COLUMN engine.projections.within IS 'The columns by which marks may be told apart: a mark with a value in within_COLUMN concerns rows with this value in COLUMN alone.';
COMMENT ON COLUMN engine.projections.canonical_type IS 'Of a sum: the type of the record that a row belongs to.';
COMMENT ON COLUMN engine.projections.canonical_id IS 'Of a sum: the key column that holds this record''s id.';
COMMENT ON COLUMN engine.projections.minimum_interval IS 'The shortest time between two refreshes of a materialized view.';

-- +goose StatementBegin
-- place returns a number for this database of this server, other than that of any other. It is called IMMUTABLE so that a
-- generated column may have it, which keeps the place where its row was written: a backup that is restored has another one.
-- The argument is a column that changes whenever the row is written; PostgreSQL computes the generated one anew for that.
CREATE FUNCTION engine.place(written_at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN (SELECT hashtextextended(d.oid::text, c.system_identifier) FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d WHERE d.datname = current_database());
-- +goose StatementEnd

-- While somebody holds an old snapshot, the rows that were replaced meanwhile stay. Whoever looks for the last row finds it first
-- in the index, however many stay; a table of few pages would be read whole instead, so its pages are kept nearly empty.
CREATE TABLE engine.low_water (
    projection text NOT NULL CONSTRAINT low_water_projection_fkey REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE,
    move bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT '0',
    open_from xid8,
    open_to xid8,
    moved_at timestamptz NOT NULL DEFAULT '-infinity',
    moved_in bigint NOT NULL DEFAULT engine.place(),
    held_in bigint NOT NULL GENERATED ALWAYS AS (engine.place(moved_at)) STORED,
    CONSTRAINT low_water_pkey PRIMARY KEY (projection, move),
    CONSTRAINT low_water_open_check CHECK ((open_from IS NULL) = (open_to IS NULL) AND open_from <= open_to AND open_to < xid)
) WITH (fillfactor = 10, vacuum_truncate = off);
COMMENT ON TABLE engine.low_water IS 'Below which transaction every mark of a projection is absorbed. Dead marks, which PostgreSQL keeps while somebody holds an old snapshot, are below it. A projection has one row, which is replaced by one with a higher move.';
COMMENT ON COLUMN engine.low_water.xid IS 'All transactions below this one have ended, and what they marked is absorbed, but for those from open_from to open_to.';
COMMENT ON COLUMN engine.low_water.open_from IS 'The first of the transactions long before the others that had not ended, such as a prepared one, or whose marks were left; NULL if there was none.';
COMMENT ON COLUMN engine.low_water.open_to IS 'The last of them.';
COMMENT ON COLUMN engine.low_water.held_in IS 'Where the row is. A row that a backup brought from another place counts for nothing, since transactions may be numbered anew.';

-- +goose StatementBegin
-- reached returns a projection's low water, one row: marks that are not absorbed are of transactions from xid on, or from open_from
-- to open_to. As one snapshot sees it, it holds in all later ones.
CREATE FUNCTION engine.reached(projection text) RETURNS TABLE (xid xid8, open_from xid8, open_to xid8)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT COALESCE(l.xid, '0'), l.open_from, l.open_to
    FROM (VALUES (0)) one LEFT JOIN (SELECT * FROM engine.low_water w WHERE w.projection = reached.projection ORDER BY w.move DESC LIMIT 1) l ON l.moved_in = l.held_in;
END;
-- +goose StatementEnd

CREATE TABLE engine.grains (
    projection text NOT NULL CONSTRAINT grains_projection_fkey REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE,
    grain text NOT NULL,
    columns text[] NOT NULL CONSTRAINT grains_columns_check CHECK (columns[1] = 'organization_id'),
    expansion text,
    few boolean NOT NULL DEFAULT false,
    CONSTRAINT grains_pkey PRIMARY KEY (projection, grain)
);
COMMENT ON TABLE engine.grains IS 'What a mark can name: the own key (grain key), or a group of keys.';
COMMENT ON COLUMN engine.grains.few IS 'Whether a mark stands for a handful of keys at most, so that nobody needs to count them.';
COMMENT ON COLUMN engine.grains.expansion IS 'SELECT of the key columns after organization_id over canonical tables, for the mark m; in addition to the stored rows that carry the group''s columns.';

CREATE TABLE engine.tracks (
    projection text NOT NULL,
    relation text NOT NULL,
    grain text NOT NULL,
    columns text[] NOT NULL,
    reads text[] NOT NULL DEFAULT '{}',
    inserts boolean NOT NULL DEFAULT true,
    within text[] NOT NULL DEFAULT '{}',
    relevant text NOT NULL DEFAULT 'true',
    CONSTRAINT tracks_pkey PRIMARY KEY (projection, relation, grain),
    CONSTRAINT tracks_grain_fkey FOREIGN KEY (projection, grain) REFERENCES engine.grains ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON COLUMN engine.tracks.columns IS 'The columns of the canonical table that give the grain''s columns, in the same order.';
COMMENT ON COLUMN engine.tracks.inserts IS 'False where nothing can depend on a new row yet, because what refers to it marks itself.';
COMMENT ON COLUMN engine.tracks.relevant IS 'The condition of the rows that the source view depends on: what happens to others marks nothing.';
COMMENT ON COLUMN engine.tracks.within IS 'COLUMN=SOURCE: the canonical table''s column that gives the mark''s within_COLUMN.';
COMMENT ON COLUMN engine.tracks.reads IS 'The columns of the canonical table that the source view reads: only their changes mark.';

CREATE TABLE engine.summands (
    projection text NOT NULL,
    relation text NOT NULL,
    position int NOT NULL,
    definition text NOT NULL,
    CONSTRAINT summands_pkey PRIMARY KEY (projection, relation, position),
    CONSTRAINT summands_projection_fkey FOREIGN KEY (projection) REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE engine.summands IS 'What the rows of a canonical table add to a sum.';
COMMENT ON COLUMN engine.summands.definition IS 'SELECT of the sum''s key columns and measures FROM changed, which stands for the canonical table, or for its changed rows.';

CREATE TABLE engine.quarantine (
    projection text NOT NULL CONSTRAINT quarantine_projection_fkey REFERENCES engine.projections ON DELETE CASCADE ON UPDATE CASCADE,
    organization_id bigint NOT NULL,
    key text[] NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 1,
    CONSTRAINT quarantine_pkey PRIMARY KEY (projection, organization_id, key)
);
COMMENT ON TABLE engine.quarantine IS 'Keys whose source row cannot be computed. Reads return their stored row and flag it.';

-- Lists ------------------------------------------------------------------------------

-- +goose StatementBegin
-- list returns the columns, each formatted by the template, in which %1$I stands for it, joined by the separator.
CREATE FUNCTION engine.list(columns text[], template text, separator text DEFAULT ', ') RETURNS text
LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(format(template, c), separator ORDER BY o) FROM unnest(columns) WITH ORDINALITY AS u(c, o));
-- +goose StatementEnd

-- +goose StatementBegin
-- columns_of returns a relation's columns in their order.
CREATE FUNCTION engine.columns_of(relation regclass) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(attname::text ORDER BY attnum) FROM pg_catalog.pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
END;
-- +goose StatementEnd

-- uses has, for every view and every SQL function whose body PostgreSQL looks into, the relations, with their columns, and the functions
-- in it. The exact view of a sum counts as its source view, since the two are equal in every snapshot.
CREATE VIEW engine.uses (class, object, used_class, used, attribute) AS
    SELECT b.class, b.object, d.refclassid, COALESCE(x.source, d.refobjid), d.refobjsubid
    FROM (
        SELECT 'pg_class'::regclass::oid, w.ev_class, 'pg_rewrite'::regclass::oid, w.oid FROM pg_catalog.pg_rewrite w WHERE w.rulename = '_RETURN'
        UNION ALL
        SELECT 'pg_proc'::regclass::oid, p.oid, 'pg_proc'::regclass::oid, p.oid FROM pg_catalog.pg_proc p WHERE p.prosqlbody IS NOT NULL
    ) AS b (class, object, dependent_class, dependent)
    JOIN pg_catalog.pg_depend d ON (d.classid, d.objid) = (b.dependent_class, b.dependent)
    LEFT JOIN (
        SELECT e.oid, s.oid FROM pg_catalog.pg_class e JOIN pg_catalog.pg_class s ON s.relname = e.relname
        WHERE e.relnamespace = 'exact'::regnamespace AND s.relnamespace = 'source'::regnamespace
    ) AS x (exact, source) ON d.refclassid = 'pg_class'::regclass AND x.exact = d.refobjid
    WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass) AND d.refobjid <> b.object;

-- +goose StatementBegin
-- read_by returns what a source view reads, through other views and SQL functions: every relation with the columns that
-- are used (whole_row means all of them, which pg_depend does not show), and every function.
CREATE FUNCTION engine.read_by(view regclass)
RETURNS TABLE (class oid, object oid, attribute int, whole_row boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN -- PL/pgSQL keeps the plan; declaring and checking read models asks hundreds of times
    RETURN QUERY WITH RECURSIVE body(class, object) AS (
        SELECT 'pg_class'::regclass::oid, view::oid
        UNION
        SELECT u.used_class, u.used FROM body b CROSS JOIN LATERAL (SELECT * FROM engine.uses u WHERE (u.class, u.object) = (b.class, b.object) OFFSET 0) u
    ), trees AS MATERIALIZED (
        SELECT b.class, b.object, b.tree ~ ':varattno 0 ' AS whole_row
        FROM (SELECT b.class, b.object, CASE b.class
                  WHEN 'pg_class'::regclass THEN (SELECT w.ev_action::text FROM pg_catalog.pg_rewrite w WHERE w.ev_class = b.object AND w.rulename = '_RETURN')
                  ELSE (SELECT p.prosqlbody::text FROM pg_catalog.pg_proc p WHERE p.oid = b.object) END AS tree
              FROM body b) b
        WHERE b.tree IS NOT NULL
    )
    SELECT u.used_class, u.used, u.attribute, t.whole_row
    FROM trees t CROSS JOIN LATERAL (SELECT * FROM engine.uses u WHERE (u.class, u.object) = (t.class, t.object) OFFSET 0) u;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- columns_read returns the columns of one canonical table that a source view reads.
CREATE FUNCTION engine.columns_read(view regclass, relation regclass) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH r AS MATERIALIZED (
        SELECT DISTINCT r.attribute, r.whole_row FROM engine.read_by(view) r WHERE r.class = 'pg_class'::regclass AND r.object = relation
    )
    SELECT COALESCE(array_agg(a.attname::text ORDER BY a.attnum), '{}')
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND EXISTS (SELECT FROM r WHERE r.whole_row OR r.attribute = a.attnum);
END;
-- +goose StatementEnd

-- +goose StatementBegin
-- definition returns a fingerprint of a source view and of all views and functions that it uses. When it changes, the
-- stored rows were computed by another definition.
-- A restored backup must have the same: name every column of every arm of a UNION, since PostgreSQL names a bare constant
-- only when it makes the view again from its printed text, and prints the name from then on.
CREATE FUNCTION engine.definition(view regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT md5(pg_catalog.pg_get_viewdef(view) || COALESCE(string_agg(u.text, E'\n' ORDER BY u.text), ''))
    FROM (SELECT DISTINCT CASE WHEN r.class = 'pg_proc'::regclass THEN pg_catalog.pg_get_functiondef(f.oid) ELSE pg_catalog.pg_get_viewdef(c.oid) END AS text
          FROM engine.read_by(view) r
          LEFT JOIN pg_catalog.pg_proc f ON r.class = 'pg_proc'::regclass AND f.oid = r.object AND f.prokind = 'f'
          LEFT JOIN pg_catalog.pg_class c ON r.class = 'pg_class'::regclass AND c.oid = r.object AND c.relkind = 'v') u;
END;
-- +goose StatementEnd
