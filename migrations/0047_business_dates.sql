-- The day that a sale is booked on: the business date of its store, as the store's clock and day parts said when it was
-- recorded. What the store changes later gives sales other dates in lists and reports, and moves nothing in the books.

-- +goose Up
CREATE FUNCTION canonical.business_dates(organization bigint, store bigint, occurred_at timestamptz) RETURNS TABLE (day date)
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(part.began_on, (clock.local_time - s.business_day_start_minute * interval '1 minute')::date)
    FROM canonical.stores AS s
    CROSS JOIN LATERAL (SELECT business_dates.occurred_at AT TIME ZONE s.time_zone AS local_time OFFSET 0) AS zoned
    CROSS JOIN LATERAL (SELECT zoned.local_time, zoned.local_time::date AS today,
        (date_part('hour', zoned.local_time) * 60 + date_part('minute', zoned.local_time))::int AS minute OFFSET 0) AS clock
    LEFT JOIN LATERAL (
        SELECT began.on_date AS began_on
        FROM (VALUES (clock.today, clock.minute), (clock.today - 1, clock.minute + 1440)) AS began (on_date, minute)
        JOIN canonical.day_parts AS period ON period.organization_id = s.organization_id AND period.store_id = s.id
            AND began.minute >= period.start_minute AND began.minute < period.start_minute + period.length_minutes
            AND period.valid @> began.on_date
        ORDER BY began.on_date DESC LIMIT 1) AS part ON true
    WHERE (s.organization_id, s.id) = (organization, store)
$$;
COMMENT ON FUNCTION canonical.business_dates(bigint, bigint, timestamptz) IS
    'The business date of a store at an instant, in one row: that on which its day part began, else the one that the start of its business day
gives. The read model of sales says the same. No row if there is no such store. It becomes a part of the statement that asks for many.';

-- +goose StatementBegin
CREATE FUNCTION canonical.business_date(organization bigint, store bigint, occurred_at timestamptz) RETURNS date
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT day FROM canonical.business_dates(organization, store, occurred_at));
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.business_date(bigint, bigint, timestamptz) IS
    'The one of canonical.business_dates, planned once a session.';

-- +goose StatementBegin
CREATE FUNCTION canonical.sale_dated() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.booked_on := CASE WHEN NEW.till_session_id IS NULL THEN canonical.business_date(NEW.organization_id, NEW.store_id, NEW.occurred_at)
        ELSE (SELECT business_date FROM canonical.till_sessions WHERE (organization_id, id) = (NEW.organization_id, NEW.till_session_id)) END;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER dated BEFORE INSERT ON canonical.sales
    FOR EACH ROW WHEN (NEW.booked_on IS NULL) EXECUTE FUNCTION canonical.sale_dated();
