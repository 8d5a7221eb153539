package projection_test

// differs is the SQLSTATE by which a session says that it sees a difference.
const differs = "DB001"

// smallWorld makes houses and their rooms, with a projection of the rooms that shows their house's name, the sum of the
// rooms' sizes by house, and a projection of the houses that reads this sum. An organization has two houses: the first has
// the rooms 1 and 2, the second has room 3.
const smallWorld = `
CREATE TABLE canonical.houses (organization_id bigint, id bigint, name text NOT NULL, PRIMARY KEY (organization_id, id));
CREATE TABLE canonical.rooms (organization_id bigint, id bigint, house_id bigint NOT NULL, name text NOT NULL, size bigint NOT NULL, PRIMARY KEY (organization_id, id));
CREATE INDEX ON canonical.rooms (organization_id, house_id);

CREATE VIEW source.room_cards AS SELECT r.organization_id, r.id AS room_id, 'Room'::text AS canonical_type, r.id AS canonical_id, r.house_id, r.name, r.size, h.name AS house
FROM canonical.rooms r LEFT JOIN canonical.houses h ON h.organization_id = r.organization_id AND h.id = r.house_id;
SELECT engine.create_projection('room_cards', 'table', '{organization_id,room_id}');
SELECT engine.declare_grain('room_cards', 'house', '{organization_id,house_id}');
CREATE INDEX ON projection.room_cards (organization_id, house_id);
SELECT engine.track('room_cards', 'canonical.rooms', 'key', '{organization_id,id}', within => '{house_id}');
SELECT engine.track('room_cards', 'canonical.houses', 'house', '{organization_id,id}', within => '{house_id=id}');

SELECT engine.create_sum('house_sizes', 'House', 'house_id', '{organization_id,house_id}', ARRAY[
	['canonical.rooms', 'SELECT organization_id, house_id, size FROM changed']]);

CREATE VIEW source.house_cards AS SELECT h.organization_id, h.id AS house_id, 'House'::text AS canonical_type, h.id AS canonical_id, h.name,
	COALESCE(s.row_count, 0) AS rooms, COALESCE(s.size, 0) AS size
FROM canonical.houses h LEFT JOIN exact.house_sizes s ON s.organization_id = h.organization_id AND s.house_id = h.id;
SELECT engine.create_projection('house_cards', 'table', '{organization_id,house_id}');
SELECT engine.track('house_cards', 'canonical.houses', 'key', '{organization_id,id}');
SELECT engine.track('house_cards', 'canonical.rooms', 'key', '{organization_id,house_id}');
SELECT engine.activate('room_cards');
SELECT engine.activate('house_sizes');
SELECT engine.activate('house_cards');

CREATE SCHEMA interleaving;
CREATE FUNCTION interleaving.pause(point int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF COALESCE(current_setting('interleaving.session', true), '') <> '' THEN
		PERFORM pg_advisory_lock(current_setting('interleaving.session')::int, point);
		PERFORM pg_advisory_unlock(current_setting('interleaving.session')::int, point);
	END IF;
	RETURN true;
END $$;

-- absorb_also and compare_also are those of a scenario's own world.
CREATE FUNCTION interleaving.absorb_also(organization bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION interleaving.compare_also(organization bigint) RETURNS text[] LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN '{}'; END $$;

CREATE FUNCTION interleaving.absorb(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM interleaving.absorb_also(organization);
	PERFORM refresh.room_cards(organization, 200);
	PERFORM refresh.house_sizes(organization, 200);
	PERFORM refresh.house_cards(organization, 200);
END $$;

CREATE FUNCTION interleaving.seed(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO canonical.houses SELECT organization, i, 'House ' || i FROM generate_series(1, 2) i;
	INSERT INTO canonical.rooms SELECT organization, i, 1 + i / 3, 'Room ' || i, i FROM generate_series(1, 3) i;
	PERFORM interleaving.absorb(organization);
END $$;

-- compare returns the rows that exact reads and the source views do not share, in the snapshot of the statement that calls it.
-- It reads as the Go package does.
CREATE FUNCTION interleaving.compare(organization bigint) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY(
		WITH k AS MATERIALIZED (SELECT * FROM dirty.room_cards(organization, 1000, 5000)),
		e AS MATERIALIZED (
			SELECT * FROM projection.room_cards p WHERE p.organization_id = organization AND room_id NOT IN (SELECT k1 FROM k)
			UNION ALL SELECT * FROM source.room_cards(organization, ARRAY(SELECT k1 FROM k))),
		s AS MATERIALIZED (SELECT * FROM source.room_cards s WHERE s.organization_id = organization)
		SELECT 'room_cards shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'room_cards lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s
	) || ARRAY(
		WITH h AS (SELECT house, pending.room_cards(organization, in_house_id => ARRAY[house]) AS behind, ARRAY(SELECT k1 FROM dirty.room_cards(organization, 1000, 5000, in_house_id => ARRAY[house])) AS k FROM generate_series(1, 2::bigint) house),
		e AS MATERIALIZED (
			SELECT r.* FROM h CROSS JOIN LATERAL (
				SELECT p.* FROM projection.room_cards p WHERE p.organization_id = organization AND p.house_id = h.house AND NOT (h.behind AND p.room_id = ANY (h.k))
				UNION ALL SELECT s.* FROM source.room_cards(organization, h.k) s WHERE h.behind AND s.house_id = h.house) r),
		s AS MATERIALIZED (SELECT * FROM source.room_cards s WHERE s.organization_id = organization)
		SELECT 'room_cards by house shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'room_cards by house lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s
	) || ARRAY(
		WITH h AS (SELECT room, pending.room_cards(organization, in_room_id => ARRAY[room]) AS behind, ARRAY(SELECT k1 FROM dirty.room_cards(organization, 1000, 5000, in_room_id => ARRAY[room])) AS k
			FROM (SELECT id FROM canonical.rooms WHERE organization_id = organization UNION SELECT room_id FROM projection.room_cards WHERE organization_id = organization) r (room)),
		e AS MATERIALIZED (
			SELECT r.* FROM h CROSS JOIN LATERAL (
				SELECT p.* FROM projection.room_cards p WHERE p.organization_id = organization AND p.room_id = h.room AND NOT (h.behind AND p.room_id = ANY (h.k))
				UNION ALL SELECT s.* FROM source.room_cards(organization, h.k) s WHERE h.behind AND s.room_id = h.room) r),
		s AS MATERIALIZED (SELECT * FROM source.room_cards s WHERE s.organization_id = organization)
		SELECT 'room_cards by room shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'room_cards by room lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s
	) || ARRAY(
		WITH e AS MATERIALIZED (SELECT * FROM exact.house_sizes e WHERE e.organization_id = organization), s AS MATERIALIZED (SELECT * FROM source.house_sizes s WHERE s.organization_id = organization)
		SELECT 'house_sizes shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'house_sizes lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s
	) || ARRAY(
		WITH k AS MATERIALIZED (SELECT * FROM dirty.house_cards(organization, 1000, 5000)),
		e AS MATERIALIZED (
			SELECT * FROM projection.house_cards p WHERE p.organization_id = organization AND house_id NOT IN (SELECT k1 FROM k)
			UNION ALL SELECT * FROM source.house_cards(organization, ARRAY(SELECT k1 FROM k))),
		s AS MATERIALIZED (
			SELECT h.organization_id, h.id, 'House'::text, h.id, h.name, count(r.id), COALESCE(sum(r.size), 0)
			FROM canonical.houses h LEFT JOIN canonical.rooms r ON r.organization_id = h.organization_id AND r.house_id = h.id WHERE h.organization_id = organization GROUP BY h.organization_id, h.id)
		SELECT 'house_cards shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'house_cards lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s
	) || interleaving.compare_also(organization);
END $$;

-- compare_at_rest absorbs all marks and returns what is left of them, and what the stored copies and the source views do not share.
CREATE FUNCTION interleaving.compare_at_rest(organization bigint) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
	PERFORM interleaving.absorb(organization);
	PERFORM interleaving.absorb(organization);
	RETURN interleaving.compare(organization)
		|| ARRAY(SELECT 'left ' || m::text FROM marks.room_cards m WHERE m.organization_id = organization)
		|| ARRAY(SELECT 'left ' || m::text FROM marks.house_cards m WHERE m.organization_id = organization)
		|| ARRAY(SELECT 'left ' || m::text FROM marks.house_sizes m WHERE m.organization_id = organization)
		|| ARRAY(SELECT 'stored ' || d::text FROM ((SELECT * FROM projection.room_cards p WHERE p.organization_id = organization EXCEPT ALL SELECT * FROM source.room_cards s WHERE s.organization_id = organization)
			UNION ALL (SELECT * FROM source.room_cards s WHERE s.organization_id = organization EXCEPT ALL SELECT * FROM projection.room_cards p WHERE p.organization_id = organization)) d)
		|| ARRAY(SELECT 'stored ' || d::text FROM ((SELECT * FROM projection.house_cards p WHERE p.organization_id = organization EXCEPT ALL SELECT * FROM source.house_cards s WHERE s.organization_id = organization)
			UNION ALL (SELECT * FROM source.house_cards s WHERE s.organization_id = organization EXCEPT ALL SELECT * FROM projection.house_cards p WHERE p.organization_id = organization)) d)
		|| ARRAY(SELECT 'stored ' || d::text FROM ((SELECT * FROM projection.house_sizes p WHERE p.organization_id = organization EXCEPT ALL SELECT * FROM source.house_sizes s WHERE s.organization_id = organization)
			UNION ALL (SELECT * FROM source.house_sizes s WHERE s.organization_id = organization EXCEPT ALL SELECT * FROM projection.house_sizes p WHERE p.organization_id = organization)) d);
END $$;

-- look fails if this snapshot sees a difference.
CREATE FUNCTION interleaving.look(organization bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
	found text[] := interleaving.compare(organization);
BEGIN
	IF cardinality(found) > 0 THEN
		RAISE EXCEPTION '%', array_to_string(found, '; ') USING ERRCODE = 'DB001';
	END IF;
END $$;

-- verify fails if a verification takes what is dirty, or being written, for drift.
CREATE FUNCTION interleaving.verify(projection text, organization bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	drifted text[] := (SELECT v.drifted FROM engine.verify_slice(projection, CASE projection WHEN 'house_sizes' THEN ARRAY[(organization - 1)::text] ELSE ARRAY[(organization - 1)::text, '99'] END, 3) v);
BEGIN
	IF cardinality(drifted) > 0 THEN
		RAISE EXCEPTION 'no drift is %', drifted USING ERRCODE = 'DB001';
	END IF;
END $$;`

// listed adds a materialized view of the houses to the world.
const listed = `
CREATE VIEW source.house_list AS SELECT organization_id, id AS house_id, 'House'::text AS canonical_type, id AS canonical_id, name FROM canonical.houses;
SELECT engine.create_projection('house_list', 'materialized_view', '{organization_id,house_id}');
SELECT engine.track('house_list', 'canonical.houses', 'key', '{organization_id,id}');
SELECT engine.activate('house_list');
CREATE OR REPLACE FUNCTION interleaving.absorb_also(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM engine.refresh_view('house_list', false);
END $$;
CREATE OR REPLACE FUNCTION interleaving.compare_also(organization bigint) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY(
		WITH k AS MATERIALIZED (SELECT * FROM dirty.house_list(organization, 1000, 5000)),
		e AS MATERIALIZED (
			SELECT * FROM projection.house_list p WHERE p.organization_id = organization AND house_id NOT IN (SELECT k1 FROM k)
			UNION ALL SELECT * FROM source.house_list(organization, ARRAY(SELECT k1 FROM k))),
		s AS MATERIALIZED (SELECT * FROM source.house_list s WHERE s.organization_id = organization)
		SELECT 'house_list shows ' || e::text FROM (SELECT * FROM e EXCEPT ALL SELECT * FROM s) e UNION ALL SELECT 'house_list lacks ' || s::text FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM e) s);
END $$;`

// redefinable lets a session give room_cards its definition anew, which ends at rest if the session could not end it.
const redefinable = `
CREATE FUNCTION interleaving.drain_next() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	organization bigint;
BEGIN
	FOR organization IN SELECT DISTINCT organization_id FROM pending.room_cards__next LOOP
		PERFORM refresh.room_cards__next(organization, 200);
	END LOOP;
END $$;
CREATE OR REPLACE FUNCTION interleaving.absorb_also(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM engine.projections WHERE name = 'room_cards__next') THEN
		PERFORM interleaving.drain_next();
		IF NOT engine.switch('room_cards') THEN
			RAISE EXCEPTION 'at rest something is dirty';
		END IF;
	END IF;
END $$;`

// pauses are the points at which a session may stop inside the engine's functions: 1 with the lock, before the marks to be
// absorbed are chosen, 2 before the statement that absorbs them, 3 within this statement, before it stores, 4 behind it; 5 before
// a materialized view is refreshed and 6 behind that, before the marks go.
var pauses = []struct{ function, pattern, replacement string }{
	{"refresh.room_cards", `(END IF;)(\s+LOOP\s+-- Folded)`, "$1 PERFORM interleaving.pause(1); $2"},
	{"refresh.room_cards", `(BEGIN\s+PERFORM set_config\('engine\.writing', 'on', true\);)`, "PERFORM interleaving.pause(2); $1"},
	{"refresh.room_cards", `(FROM fresh s)( ORDER BY)`, "$1 WHERE interleaving.pause(3) $2"},
	{"refresh.room_cards", `(INTO marks, keys, stored, deleted, more;)`, "$1 PERFORM interleaving.pause(4);"},
	// The low water rises with every refresh, not once a second. It leaves open transactions behind, however young.
	{"engine.raise_low_water", `l\.moved_at < clock_timestamp\(\) - interval '1 second' OR`, "true OR"},
	{"engine.raise_low_water", `gap >= 100`, "gap >= 1"},
	{"engine.refresh_view", `(EXECUTE format\('REFRESH.*\n)`, "PERFORM interleaving.pause(5); $1 PERFORM interleaving.pause(6);\n"},
	{"refresh.house_sizes", `(PERFORM set_config\('engine\.writing', 'on', true\);)`, "PERFORM interleaving.pause(2); $1"},
	{"refresh.house_sizes", `( ORDER BY a\.)`, " AND interleaving.pause(3) $1"},
}
