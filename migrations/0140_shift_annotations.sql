-- A shift with what its store's clock, day parts and opening hours make of it, and its person's week.
--
-- Day parts and opening hours are rules about the wall clock. What a rule says of a minute is asked as for a sale at
-- that minute: a part owns it when its local time lies in a period of the part that began on its local date or the day
-- before. So a shift is cut where the answer can change, namely where its local time meets the bounds of a period, and
-- where the clock jumps, and each piece is asked for at its first minute. Every elapsed minute is in exactly one piece, also
-- in a night of 23 or 25 hours: the parts' minutes and those in no part add up to the shift's.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.wall_clock(utc timestamp, zone text) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (utc AT TIME ZONE 'UTC') AT TIME ZONE zone;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.wall_clock(timestamp, text) IS 'What a clock in the zone shows at an instant that is given in UTC.';

-- +goose StatementBegin
CREATE FUNCTION canonical.clock_changes(since timestamp, until timestamp, zone text) RETURNS SETOF timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT minute.utc
    FROM generate_series(since + interval '1 minute', until, interval '1 minute') AS minute(utc)
    WHERE canonical.wall_clock(since, zone) - since <> canonical.wall_clock(until, zone) - until
      AND canonical.wall_clock(minute.utc, zone) - canonical.wall_clock(minute.utc - interval '1 minute', zone) <> interval '1 minute';
END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.clock_changes(timestamp, timestamp, text) IS
    'The instants in UTC, after since and up to until, at which a zone''s clock jumps. Both are whole minutes and no more
than a day apart, in which no zone has changed its clock forth and back.';

CREATE VIEW source.shift_annotations AS
SELECT shift.organization_id, shift.id AS shift_id, 'Shift'::text AS canonical_type, shift.id AS canonical_id,
       shift.version, shift.store_id, shift.person_id, upper(shift.state) AS state, shift.note, shift.external_ref,
       lower(shift.during) AS starts_at, upper(shift.during) AS ends_at, shift.minutes,
       clock.starts AS local_start, clock.ends AS local_end,
       COALESCE(annotation.business_date, (clock.starts - store.business_day_start_minute * interval '1 minute')::date) AS business_date,
       annotation.day_parts, shift.minutes - annotation.part_minutes AS minutes_in_no_day_part,
       shift.minutes - annotation.open_minutes AS minutes_outside_hours,
       date_trunc('week', clock.starts)::date AS week_start, week.running_minutes AS running_week_minutes,
       shift.published_at, shift.cancelled_at, shift.created_at, shift.updated_at
FROM canonical.shifts AS shift
JOIN canonical.stores AS store ON store.organization_id = shift.organization_id AND store.id = shift.store_id
CROSS JOIN LATERAL (
    SELECT lower(shift.during) AT TIME ZONE 'UTC' AS since, upper(shift.during) AT TIME ZONE 'UTC' AS until,
           lower(shift.during) AT TIME ZONE store.time_zone AS starts, upper(shift.during) AT TIME ZONE store.time_zone AS ends) AS clock
CROSS JOIN LATERAL (
    WITH days AS MATERIALIZED (
        -- One more on either side: a period may have begun the day before, and a clock that is set back over midnight has
        -- shown a later date than the end's.
        SELECT least(clock.starts, clock.ends)::date + n AS day
        FROM generate_series(-1, greatest(clock.starts, clock.ends)::date - least(clock.starts, clock.ends)::date + 1) AS n
    ), parts AS MATERIALIZED (
        SELECT part.name, days.day, days.day + part.start_minute * interval '1 minute' AS begins,
               days.day + (part.start_minute + part.length_minutes) * interval '1 minute' AS ends
        FROM days JOIN canonical.day_parts AS part ON part.organization_id = shift.organization_id AND part.store_id = shift.store_id
            AND part.valid @> days.day
    ), hours AS MATERIALIZED (
        SELECT days.day + h.start_minute * interval '1 minute' AS begins, days.day + (h.start_minute + h.length_minutes) * interval '1 minute' AS ends
        FROM days JOIN canonical.store_hours AS h ON h.organization_id = shift.organization_id AND h.store_id = shift.store_id
            AND h.valid @> days.day AND h.weekday = extract(isodow FROM days.day)
        WHERE NOT EXISTS (SELECT FROM canonical.store_hour_exceptions AS e
                          WHERE e.organization_id = shift.organization_id AND e.store_id = shift.store_id AND e.on_date = days.day)
        UNION ALL
        SELECT days.day + e.start_minute * interval '1 minute', days.day + (e.start_minute + e.length_minutes) * interval '1 minute'
        FROM days JOIN canonical.store_hour_exceptions AS e ON e.organization_id = shift.organization_id AND e.store_id = shift.store_id
            AND e.on_date = days.day AND NOT e.closed
    ), bounds AS (
        SELECT begins AS at FROM parts UNION SELECT ends FROM parts UNION SELECT begins FROM hours UNION SELECT ends FROM hours
    ), cuts AS (
        SELECT clock.since AS at
        UNION SELECT c.at FROM canonical.clock_changes(clock.since, clock.until, store.time_zone) AS c(at) WHERE c.at < clock.until
        UNION SELECT b.at - (clock.starts - clock.since) FROM bounds AS b
            WHERE b.at - (clock.starts - clock.since) > clock.since AND b.at - (clock.starts - clock.since) < clock.until
        UNION SELECT b.at - (clock.ends - clock.until) FROM bounds AS b
            WHERE b.at - (clock.ends - clock.until) > clock.since AND b.at - (clock.ends - clock.until) < clock.until
    ), pieces AS (
        SELECT cuts.at, (extract(epoch FROM lead(cuts.at, 1, clock.until) OVER (ORDER BY cuts.at) - cuts.at) / 60)::int AS minutes,
               canonical.wall_clock(cuts.at, store.time_zone) AS shows
        FROM cuts
    ), owned AS (
        SELECT pieces.at, pieces.minutes, owner.name, owner.day,
               EXISTS (SELECT FROM hours WHERE hours.begins <= pieces.shows AND pieces.shows < hours.ends) AS open
        FROM pieces
        LEFT JOIN LATERAL (SELECT parts.name, parts.day FROM parts WHERE parts.begins <= pieces.shows AND pieces.shows < parts.ends
                           ORDER BY parts.begins DESC LIMIT 1) AS owner ON true
    )
    SELECT (SELECT o.day FROM owned AS o WHERE o.at = clock.since) AS business_date,
           (SELECT COALESCE(jsonb_agg(jsonb_build_object('dayPart', p.name, 'minutes', p.minutes) ORDER BY p.at, p.name), '[]')
            FROM (SELECT o.name, sum(o.minutes) AS minutes, min(o.at) AS at FROM owned AS o WHERE o.name IS NOT NULL GROUP BY o.name) AS p) AS day_parts,
           (SELECT COALESCE(sum(o.minutes), 0)::int FROM owned AS o WHERE o.name IS NOT NULL) AS part_minutes,
           (SELECT COALESCE(sum(o.minutes), 0)::int FROM owned AS o WHERE o.open) AS open_minutes) AS annotation
CROSS JOIN LATERAL (
    -- The person's shifts of the same week up to this one, each by its own store's clock. Clocks are up to 12 hours behind UTC
    -- and 14 ahead: the week is that of the day before in UTC at the earliest, and somewhere begins on Sunday in UTC.
    SELECT sum(other.minutes)::int AS running_minutes
    FROM canonical.shifts AS other
    JOIN canonical.stores AS place ON place.organization_id = other.organization_id AND place.id = other.store_id
    WHERE shift.state <> 'cancelled' AND other.state <> 'cancelled'
      AND other.organization_id = shift.organization_id AND other.person_id = shift.person_id
      AND other.utc_day BETWEEN (shift.utc_day - 1) / 7 * 7 - 1 AND shift.utc_day AND lower(other.during) <= lower(shift.during)
      AND date_trunc('week', lower(other.during) AT TIME ZONE place.time_zone) = date_trunc('week', clock.starts)) AS week;

SELECT engine.create_projection('shift_annotations', 'table', '{organization_id,shift_id}');

CREATE INDEX shift_annotations_starts_at_idx ON projection.shift_annotations (organization_id, starts_at, shift_id);
CREATE INDEX shift_annotations_created_at_idx ON projection.shift_annotations (organization_id, created_at, shift_id);
CREATE INDEX shift_annotations_store_idx ON projection.shift_annotations (organization_id, store_id, starts_at, shift_id);
CREATE INDEX shift_annotations_date_idx ON projection.shift_annotations (organization_id, store_id, business_date);
CREATE INDEX shift_annotations_person_idx ON projection.shift_annotations (organization_id, person_id, starts_at, shift_id);
CREATE INDEX shift_annotations_state_idx ON projection.shift_annotations (organization_id, state, starts_at, shift_id);

-- What counts for a person's week counts for their later shifts in it. That week is the one of the next day in UTC at the
-- latest, and somewhere ends on Monday in UTC.
SELECT engine.declare_grain('shift_annotations', 'person_day', '{organization_id,person_id,utc_day}',
    'SELECT s.id AS shift_id FROM canonical.shifts s
     WHERE s.organization_id = m.organization_id AND s.person_id = m.person_id
         AND s.utc_day BETWEEN m.utc_day AND (m.utc_day + 1) / 7 * 7 + 7');
-- Hours and day parts concern their own store's shifts. An exception says something of the periods that begin on its date:
-- in any zone those lie between 10:00 UTC of the day before and noon two days later, and a shift begins a day before
-- they do, at most.
SELECT engine.declare_grain('shift_annotations', 'store', '{organization_id,store_id}');
SELECT engine.declare_grain('shift_annotations', 'date', '{organization_id,store_id,business_date}',
    'SELECT s.id AS shift_id FROM canonical.shifts s
     WHERE s.organization_id = m.organization_id AND s.store_id = m.store_id
         AND lower(s.during) >= (m.business_date - 2)::timestamp AT TIME ZONE ''UTC''
         AND lower(s.during) < (m.business_date + 3)::timestamp AT TIME ZONE ''UTC''');
-- A store's clock also decides in which week its shifts count, and so concerns the later shifts of the same people at
-- other stores.
SELECT engine.declare_grain('shift_annotations', 'clock', '{organization_id,store_id}',
    'SELECT o.id AS shift_id FROM canonical.shifts s
     JOIN canonical.shifts o ON o.organization_id = s.organization_id AND o.person_id = s.person_id
         AND o.utc_day BETWEEN s.utc_day AND (s.utc_day + 1) / 7 * 7 + 7 AND o.store_id <> s.store_id
     WHERE s.organization_id = m.organization_id AND s.store_id = m.store_id');

SELECT engine.track('shift_annotations', 'canonical.shifts', 'key', '{organization_id,id}', within => '{store_id,person_id}');
SELECT engine.track('shift_annotations', 'canonical.shifts', 'person_day', '{organization_id,person_id,utc_day}', within => '{person_id}');
SELECT engine.track('shift_annotations', 'canonical.stores', 'clock', '{organization_id,id}', inserts => false);
SELECT engine.track('shift_annotations', 'canonical.store_hours', 'store', '{organization_id,store_id}', within => '{store_id}');
SELECT engine.track('shift_annotations', 'canonical.store_hour_exceptions', 'date', '{organization_id,store_id,on_date}', within => '{store_id}');
SELECT engine.track('shift_annotations', 'canonical.day_parts', 'store', '{organization_id,store_id}', within => '{store_id}');
