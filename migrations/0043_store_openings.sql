-- When a store is open, in real time. The clock on its wall decides: a store is open at an instant when that clock shows
-- a time inside a period, whatever day it is. When the clocks go back, what they show twice counts twice; a period that
-- begins at a time that they skip begins when they skip it. Sales and shifts compare with the wall's clock too, so that
-- all agree.
--
-- Seconds are whole seconds since 1970: of real time, or as the wall's clock shows them.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.wall_second(second bigint, time_zone text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN extract(epoch FROM to_timestamp(second) AT TIME ZONE time_zone)::bigint;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.wall_second(bigint, text) IS 'The second that a clock in the zone shows at a second of real time.';

-- +goose StatementBegin
CREATE FUNCTION canonical.steady_clock(time_zone text, from_second bigint, until_second bigint)
RETURNS TABLE (begins bigint, ends bigint, ahead bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE days AS (
        SELECT s AS low, LEAST(s + 86400, until_second) AS high FROM generate_series(from_second, until_second - 1, 86400) AS s
    ), halves AS (
        SELECT low, high FROM days
        WHERE canonical.wall_second(low, time_zone) - low <> canonical.wall_second(high, time_zone) - high
        UNION ALL
        SELECT CASE WHEN early THEN low ELSE middle END, CASE WHEN early THEN middle ELSE high END
        FROM (SELECT low, high, middle,
                     canonical.wall_second(low, time_zone) - low <> canonical.wall_second(middle, time_zone) - middle AS early
              FROM (SELECT low, high, (low + high) / 2 AS middle FROM halves WHERE high - low > 1) AS h) AS h
    ), turns AS (
        SELECT from_second AS begins WHERE from_second < until_second
        UNION SELECT high FROM halves WHERE high - low = 1 AND high < until_second
    )
    SELECT t.begins, lead(t.begins, 1, until_second) OVER (ORDER BY t.begins),
           canonical.wall_second(t.begins, time_zone) - t.begins
    FROM turns AS t;
END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.steady_clock(text, bigint, bigint) IS
    'The stretch of real time, cut where the zone''s offset from UTC changes; ahead is the offset of each piece in seconds. At
most one change a day is found.';

-- +goose StatementBegin
CREATE FUNCTION canonical.periods_on(organization_id bigint, store_id bigint, on_date date)
RETURNS TABLE (start_minute int, length_minutes int)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.start_minute::int, e.length_minutes FROM canonical.store_hour_exceptions AS e
    WHERE e.organization_id = periods_on.organization_id AND e.store_id = periods_on.store_id AND e.on_date = periods_on.on_date AND NOT e.closed
    UNION ALL
    SELECT h.start_minute::int, h.length_minutes FROM canonical.store_hours AS h
    WHERE h.organization_id = periods_on.organization_id AND h.store_id = periods_on.store_id
      AND h.weekday = extract(isodow FROM periods_on.on_date)::smallint AND h.valid @> periods_on.on_date
      AND NOT EXISTS (SELECT FROM canonical.store_hour_exceptions AS e
                      WHERE e.organization_id = periods_on.organization_id AND e.store_id = periods_on.store_id AND e.on_date = periods_on.on_date);
END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.periods_on(bigint, bigint, date) IS 'The periods that begin on the local date: its exceptions, else its weekday''s.';

-- +goose StatementBegin
CREATE FUNCTION canonical.is_open(organization_id bigint, store_id bigint, wall timestamp) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (
        SELECT FROM generate_series(0, 1) AS back
        CROSS JOIN LATERAL canonical.periods_on(is_open.organization_id, is_open.store_id, is_open.wall::date - back) AS p
        WHERE is_open.wall >= is_open.wall::date - back + make_interval(mins => p.start_minute)
          AND is_open.wall < is_open.wall::date - back + make_interval(mins => p.start_minute + p.length_minutes));
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.is_open(bigint, bigint, timestamp) IS
    'Whether the store is open when the clock on its wall shows this. A period is at most 24 hours long, so only those that
began on that date or the day before can still be going on.';

-- +goose StatementBegin
CREATE FUNCTION canonical.open_times(organization_id bigint, store_id bigint, time_zone text, from_time timestamptz, until_time timestamptz)
RETURNS tstzmultirange
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT COALESCE(range_agg(tstzrange(to_timestamp(GREATEST(o.opens - c.ahead, c.begins)), to_timestamp(LEAST(o.closes - c.ahead, c.ends)))), '{}')
           * tstzmultirange(tstzrange(from_time, until_time))
    FROM canonical.steady_clock(time_zone, floor(extract(epoch FROM from_time))::bigint, ceil(extract(epoch FROM until_time))::bigint) AS c
    CROSS JOIN LATERAL generate_series(floor((c.begins + c.ahead) / 86400.0)::int - 1, floor((c.ends + c.ahead) / 86400.0)::int) AS day
    CROSS JOIN LATERAL canonical.periods_on(open_times.organization_id, open_times.store_id, DATE '1970-01-01' + day) AS p
    CROSS JOIN LATERAL (SELECT day * 86400::bigint + p.start_minute * 60 AS opens, day * 86400::bigint + (p.start_minute + p.length_minutes) * 60 AS closes) AS o
    WHERE o.opens - c.ahead < c.ends AND o.closes - c.ahead > c.begins);
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.open_times(bigint, bigint, text, timestamptz, timestamptz) IS
    'When the store is open between two instants; what adjoins or overlaps is one range. To plan this takes ten times
as long as to look: it is planned once a session.';

-- +goose StatementBegin
CREATE FUNCTION canonical.has_periods(organization_id bigint, store_id bigint, from_date date, until_date date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM canonical.store_hours AS h
        WHERE h.organization_id = has_periods.organization_id AND h.store_id = has_periods.store_id AND h.valid && daterange(from_date, until_date))
    OR EXISTS (SELECT FROM canonical.store_hour_exceptions AS e
        WHERE e.organization_id = has_periods.organization_id AND e.store_id = has_periods.store_id
          AND e.on_date >= from_date AND e.on_date < until_date AND NOT e.closed);
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.has_periods(bigint, bigint, date, date) IS
    'Whether the store has any period from a local date until before another: hours that hold then, on whatever weekday, or an exception that
opens it.';

-- +goose StatementBegin
CREATE FUNCTION canonical.next_opening(organization_id bigint, store_id bigint, time_zone text, after timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    reach interval;
    found timestamptz;
BEGIN
    FOREACH reach IN ARRAY ARRAY[interval '192 hours', '8784 hours'] LOOP
        SELECT min(lower(r)) INTO found
        FROM unnest(canonical.open_times(organization_id, store_id, time_zone, after, after + reach)) AS r
        WHERE lower(r) > after;
        EXIT WHEN found IS NOT NULL OR NOT canonical.has_periods(organization_id, store_id, after::date - 2, after::date + 368);
    END LOOP;
    RETURN found;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.next_opening(bigint, bigint, text, timestamptz) IS
    'When the store goes from closed to open next, later than the instant; null where it does not within 366 days. Most
stores do within eight.';

-- +goose StatementBegin
CREATE FUNCTION canonical.next_closing(organization_id bigint, store_id bigint, time_zone text, after timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    reach interval;
    found timestamptz;
BEGIN
    FOREACH reach IN ARRAY ARRAY[interval '192 hours', '8784 hours'] LOOP
        SELECT min(upper(r)) INTO found
        FROM unnest(canonical.open_times(organization_id, store_id, time_zone, after, after + reach)) AS r
        WHERE upper(r) < after + reach;
        EXIT WHEN found IS NOT NULL OR NOT canonical.has_periods(organization_id, store_id, after::date - 2, after::date + 368);
    END LOOP;
    RETURN found;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.next_closing(bigint, bigint, text, timestamptz) IS
    'When the store goes from open to closed next, later than the instant; null where it does not within 366 days.';
