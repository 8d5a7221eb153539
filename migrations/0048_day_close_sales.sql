-- Which sales are in the books. A day close posts all live sales of its day, and as long as it is live, no sale of that day is
-- recorded, voided or moved. So at every commit what the closes have posted is what the sales of the closed days come to: the
-- locks below put a sale before a close or behind it, and the deferred check compares them.

-- +goose Up
CREATE TABLE canonical.day_close_sales (
    organization_id bigint NOT NULL,
    day_close_id bigint NOT NULL,
    sale_id bigint NOT NULL,
    reversed boolean NOT NULL DEFAULT false,
    CONSTRAINT day_close_sales_pkey PRIMARY KEY (organization_id, day_close_id, sale_id),
    CONSTRAINT day_close_sales_close_fkey FOREIGN KEY (organization_id, day_close_id)
        REFERENCES canonical.day_closes (organization_id, id),
    CONSTRAINT day_close_sales_sale_fkey FOREIGN KEY (organization_id, sale_id)
        REFERENCES canonical.sales (organization_id, id)
);
COMMENT ON TABLE canonical.day_close_sales IS 'The sales that a close has posted. Rows are added with the close, and nothing changes but that it is reversed.';
COMMENT ON COLUMN canonical.day_close_sales.reversed IS 'Whether the close is; then another one may post the sale.';
CREATE UNIQUE INDEX day_close_sales_sale_key ON canonical.day_close_sales (organization_id, sale_id) WHERE NOT reversed;
CREATE TRIGGER immutable BEFORE DELETE ON canonical.day_close_sales
    FOR EACH ROW EXECUTE FUNCTION canonical.day_closes_guard();
CREATE TRIGGER immutable_updated BEFORE UPDATE ON canonical.day_close_sales
    FOR EACH ROW WHEN (OLD.reversed OR (OLD.organization_id, OLD.day_close_id, OLD.sale_id) <> (NEW.organization_id, NEW.day_close_id, NEW.sale_id))
    EXECUTE FUNCTION canonical.day_closes_guard();
CREATE TRIGGER immutable_all BEFORE TRUNCATE ON canonical.day_close_sales EXECUTE FUNCTION canonical.day_closes_guard();

CREATE VIEW canonical.derived_day_close_tenders AS
SELECT part.organization_id, part.day_close_id, part.tender, sum(part.amount)::bigint AS amount, sum(part.opening)::bigint AS opening FROM (
    -- Nobody knows how a sale without tenders was paid.
    SELECT posted.organization_id, posted.day_close_id, coalesce(tender.tender, 'other') AS tender,
           CASE sale.kind WHEN 'refund' THEN -1 ELSE 1 END * coalesce(tender.amount, sale.amount) AS amount, 0 AS opening
    FROM canonical.day_close_sales AS posted
    JOIN canonical.sales AS sale ON sale.organization_id = posted.organization_id AND sale.id = posted.sale_id
    LEFT JOIN canonical.sale_tenders AS tender ON tender.organization_id = sale.organization_id AND tender.sale_id = sale.id
    UNION ALL
    SELECT close.organization_id, close.id, 'cash', 0, session.opening_float
    FROM canonical.day_closes AS close
    JOIN canonical.till_sessions AS session ON session.organization_id = close.organization_id AND session.id = close.till_session_id
    UNION ALL
    SELECT close.organization_id, close.id, 'cash', 0, movement.amount
    FROM canonical.day_closes AS close
    JOIN canonical.till_movements AS movement ON movement.organization_id = close.organization_id AND movement.till_session_id = close.till_session_id) AS part
GROUP BY part.organization_id, part.day_close_id, part.tender;
COMMENT ON VIEW canonical.derived_day_close_tenders IS 'What canonical.day_close_tenders holds, from the rows that it follows from; tenders without any are left out.';

CREATE VIEW canonical.derived_day_close_lines AS
SELECT posted.organization_id, posted.day_close_id, 'revenue' AS part, sale.kind, line.account_id, NULL::bigint AS tax_rate_id, NULL::numeric(7, 4) AS percentage,
       0::bigint AS net, sum(CASE sale.kind WHEN 'refund' THEN -1 ELSE 1 END * coalesce(line.net, sale.amount))::bigint AS amount
FROM canonical.day_close_sales AS posted
JOIN canonical.sales AS sale ON sale.organization_id = posted.organization_id AND sale.id = posted.sale_id
LEFT JOIN canonical.sale_lines AS line ON line.organization_id = sale.organization_id AND line.sale_id = sale.id
GROUP BY posted.organization_id, posted.day_close_id, sale.kind, line.account_id
UNION ALL
SELECT posted.organization_id, posted.day_close_id, 'tax', sale.kind, NULL, tax.tax_rate_id, tax.percentage,
       sum(CASE sale.kind WHEN 'refund' THEN -1 ELSE 1 END * line.net)::bigint, sum(CASE sale.kind WHEN 'refund' THEN -1 ELSE 1 END * tax.amount)::bigint
FROM canonical.day_close_sales AS posted
JOIN canonical.sales AS sale ON sale.organization_id = posted.organization_id AND sale.id = posted.sale_id
JOIN canonical.sale_lines AS line ON line.organization_id = sale.organization_id AND line.sale_id = sale.id
JOIN canonical.sale_line_taxes AS tax ON tax.organization_id = line.organization_id AND tax.sale_id = line.sale_id AND tax.line = line.line
GROUP BY posted.organization_id, posted.day_close_id, sale.kind, tax.tax_rate_id, tax.percentage
UNION ALL
SELECT close.organization_id, close.id, 'movement', NULL, movement.account_id, NULL, NULL, 0, sum(movement.amount)::bigint
FROM canonical.day_closes AS close
JOIN canonical.till_movements AS movement ON movement.organization_id = close.organization_id AND movement.till_session_id = close.till_session_id
WHERE movement.account_id IS NOT NULL
GROUP BY close.organization_id, close.id, movement.account_id;
COMMENT ON VIEW canonical.derived_day_close_lines IS 'What canonical.day_close_lines holds, from the rows that it follows from.';

-- +goose StatementBegin
CREATE FUNCTION canonical.till_cash(organization bigint, session bigint) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    SELECT s.opening_float + coalesce((
            SELECT sum(m.amount) FROM canonical.till_movements AS m WHERE (m.organization_id, m.till_session_id) = (organization, s.id)), 0)::bigint
        + coalesce((
            SELECT sum(CASE sale.kind WHEN 'refund' THEN -t.amount ELSE t.amount END)
            FROM canonical.sales AS sale
            JOIN canonical.sale_tenders AS t ON (t.organization_id, t.sale_id) = (organization, sale.id)
            WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.till_session_id) = (organization, s.store_id, s.business_date, s.id)
                AND sale.voided_at IS NULL AND t.tender = 'cash'), 0)::bigint
    FROM canonical.till_sessions AS s WHERE (s.organization_id, s.id) = (organization, session);
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.till_cash(bigint, bigint) IS
    'The cash that a till should have now, in minor units: the float, what was moved, and what its live sales were paid in cash.';

-- +goose StatementBegin
CREATE FUNCTION canonical.require_open_days(organizations bigint[], stores bigint[], sessions bigint[], days date[], currencies text[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- FOR SHARE: a close, which changes the row, waits for this transaction, or this one sees the close.
    PERFORM FROM canonical.stores AS store
    JOIN (SELECT DISTINCT organization, id FROM unnest(organizations, stores, sessions) AS given (organization, id, session) WHERE session IS NULL) AS wanted
        ON (store.organization_id, store.id) = (wanted.organization, wanted.id)
    ORDER BY store.organization_id, store.id FOR SHARE OF store;
    PERFORM FROM canonical.till_sessions AS session
    JOIN (SELECT DISTINCT organization, id FROM unnest(organizations, sessions) AS given (organization, id)) AS wanted
        ON (session.organization_id, session.id) = (wanted.organization, wanted.id)
    ORDER BY session.organization_id, session.id FOR SHARE OF session;
    -- A day without a till stays open to the lock of the books too. That of a session need not be looked at: the lock waits for its close.
    PERFORM FROM canonical.organizations AS organization
    WHERE organization.id IN (SELECT given.organization FROM unnest(organizations, sessions) AS given (organization, session) WHERE given.session IS NULL)
    ORDER BY organization.id FOR SHARE;
    IF EXISTS (
            SELECT FROM unnest(organizations, sessions, days) AS given (organization, session, day)
            JOIN canonical.organizations AS organization ON organization.id = given.organization AND organization.hard_locked_until >= given.day
            WHERE given.session IS NULL) THEN
        RAISE EXCEPTION 'the books are closed for the day of a sale'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_hard_locked', SCHEMA = 'canonical', TABLE = 'sales';
    END IF;
    IF EXISTS (
            SELECT FROM unnest(organizations, stores, sessions, days, currencies) AS given (organization, store, session, day, currency)
            WHERE CASE WHEN given.session IS NULL
                THEN EXISTS (SELECT FROM canonical.day_closes AS c
                    WHERE (c.organization_id, c.store_id, c.business_date, c.currency) = (given.organization, given.store, given.day, given.currency)
                        AND c.till_session_id IS NULL AND c.reversed_at IS NULL)
                ELSE EXISTS (SELECT FROM canonical.till_sessions AS s
                    WHERE (s.organization_id, s.id) = (given.organization, given.session) AND s.state = 'closed') END) THEN
        RAISE EXCEPTION 'the day of a sale is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_day_open', SCHEMA = 'canonical', TABLE = 'sales';
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.require_open_days(bigint[], bigint[], bigint[], date[], text[]) IS
    'Raises sales_day_open where one of these days of sales is closed: the session''s, or without one the store''s; and sales_hard_locked
where a day without a till is behind the hard lock. The days stay open until the transaction ends.';

-- +goose StatementBegin
CREATE FUNCTION canonical.sales_day_open() RETURNS trigger
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    touched record;
BEGIN
    -- Only what counts matters: live sales, by what they add to their day.
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM new_rows WHERE voided_at IS NULL) AS day;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM old_rows WHERE voided_at IS NULL) AS day;
    ELSE
        WITH before AS (SELECT organization_id, id, store_id, till_session_id, booked_on, currency, kind, amount FROM old_rows WHERE voided_at IS NULL),
        after AS (SELECT organization_id, id, store_id, till_session_id, booked_on, currency, kind, amount FROM new_rows WHERE voided_at IS NULL)
        SELECT array_agg(organization_id) AS organizations, array_agg(store_id) AS stores, array_agg(till_session_id) AS sessions,
            array_agg(booked_on) AS days, array_agg(currency) AS currencies INTO touched
        FROM (
            SELECT DISTINCT organization_id, store_id, till_session_id, booked_on, currency FROM (
                (TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before)) AS changed) AS day;
    END IF;
    IF touched.organizations IS NOT NULL THEN
        PERFORM canonical.require_open_days(touched.organizations, touched.stores, touched.sessions, touched.days, touched.currencies);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER day_open_inserted AFTER INSERT ON canonical.sales
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();
CREATE TRIGGER day_open_updated AFTER UPDATE ON canonical.sales
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();
CREATE TRIGGER day_open_deleted AFTER DELETE ON canonical.sales
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.sales_day_open();

-- +goose StatementBegin
CREATE FUNCTION canonical.place_sales(organization bigint, stores bigint[], tills bigint[], times timestamptz[], currencies text[])
    RETURNS TABLE (place int, own_day date, booked_on date, session_id bigint, late boolean, refusal text)
    LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    refuses boolean := (SELECT late_sales = 'refuse' FROM canonical.organizations WHERE id = organization);
    locked_until date := '-infinity';
BEGIN
    -- The locks are those of require_open_days.
    PERFORM FROM canonical.stores AS store
    WHERE store.organization_id = organization
        AND store.id IN (SELECT given.id FROM unnest(stores, tills) AS given (id, till) WHERE given.till IS NULL)
    ORDER BY store.id FOR SHARE;
    PERFORM FROM canonical.till_sessions AS session
    WHERE session.organization_id = organization AND session.till_id = ANY (tills) AND session.state <> 'closed'
    ORDER BY session.id FOR SHARE;
    IF array_position(tills, NULL) IS NOT NULL THEN
        SELECT coalesce(hard_locked_until, locked_until) INTO locked_until FROM canonical.organizations WHERE id = organization FOR SHARE;
    END IF;
    RETURN QUERY
    SELECT placed.place::int - 1, g.day,
        CASE WHEN g.till IS NOT NULL THEN session.business_date WHEN closed.already AND NOT refuses THEN closed.next_open ELSE g.day END,
        session.id, coalesce(session.late, closed.already),
        CASE WHEN g.till IS NOT NULL AND NOT EXISTS (
                SELECT FROM canonical.tills AS t WHERE (t.organization_id, t.store_id, t.id) = (organization, g.store, g.till)) THEN 'unknown'
            WHEN g.till IS NOT NULL AND session.id IS NULL THEN 'not_open'
            WHEN session.currency <> g.currency THEN 'currency'
            WHEN coalesce(session.late, closed.already) AND refuses THEN 'closed' END
    FROM (
        -- Sales of one place and day are decided on together.
        SELECT given.store, given.till, given.currency, dated.day, array_agg(given.place) AS places
        FROM unnest(stores, tills, times, currencies) WITH ORDINALITY AS given (store, till, occurred_at, currency, place)
        LEFT JOIN LATERAL canonical.business_dates(organization, given.store, given.occurred_at) AS dated ON true
        GROUP BY given.store, given.till, given.currency, dated.day) AS g
    LEFT JOIN LATERAL (
        SELECT s.id, s.business_date, s.currency, s.state = 'open' AND s.business_date > g.day AS late
        FROM canonical.till_sessions AS s
        WHERE (s.organization_id, s.store_id, s.till_id) = (organization, g.store, g.till)
            AND (s.state = 'open' OR s.state = 'reopened' AND s.business_date = g.day)
        ORDER BY s.business_date <> g.day, s.state, s.id DESC LIMIT 1) AS session ON true
    CROSS JOIN LATERAL (
        SELECT g.till IS NULL AND (g.day <= locked_until OR first.closed) AS already, CASE WHEN NOT first.closed THEN first.day ELSE (
                SELECT min(c.business_date) + 1 FROM canonical.day_closes AS c
                WHERE (c.organization_id, c.store_id, c.currency) = (organization, g.store, g.currency) AND c.business_date >= first.day
                    AND c.till_session_id IS NULL AND c.reversed_at IS NULL AND NOT EXISTS (
                        SELECT FROM canonical.day_closes AS following
                        WHERE (following.organization_id, following.store_id, following.currency, following.business_date)
                                = (organization, g.store, g.currency, c.business_date + 1)
                            AND following.till_session_id IS NULL AND following.reversed_at IS NULL)) END AS next_open
        FROM (
            -- Its own day, or the first one that is not locked.
            SELECT unlocked.day, EXISTS (
                SELECT FROM canonical.day_closes AS c
                WHERE (c.organization_id, c.store_id, c.business_date, c.currency) = (organization, g.store, unlocked.day, g.currency)
                    AND c.till_session_id IS NULL AND c.reversed_at IS NULL) AS closed
            FROM (VALUES (greatest(g.day, locked_until + 1))) AS unlocked (day)) AS first OFFSET 0) AS closed
    CROSS JOIN LATERAL unnest(g.places) AS placed (place)
    ORDER BY placed.place;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.place_sales(bigint, bigint[], bigint[], timestamptz[], text[]) IS
    'Where new sales belong, by their place in the arrays: the day that they are booked on and the session of their till. A sale of a till
belongs to the session that is open, or rather to that of the sale''s own day which is open again; without a till, to its store''s business date. Where that
is closed or behind the hard lock, it is late: the organization refuses it, or has it booked on the next open day. A refusal is unknown, of the till, not_open, currency or closed.
What is open stays so until the transaction ends.';

-- +goose StatementBegin
CREATE FUNCTION canonical.close_day(organization bigint, store bigint, till bigint, session bigint, day date, code text, rate numeric, remark text, counts jsonb)
    RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    added bigint := nextval(pg_get_serial_sequence('canonical.day_closes', 'id'));
    posted bigint[] := ARRAY(
        SELECT id FROM canonical.sales
        WHERE (organization_id, store_id, booked_on, currency) = (organization, store, day, code)
            AND till_session_id IS NOT DISTINCT FROM session AND voided_at IS NULL ORDER BY id);
BEGIN
    INSERT INTO canonical.day_closes (organization_id, id, store_id, till_id, till_session_id, business_date, currency, fx_rate, note, sale_count)
    VALUES (organization, added, store, till, session, day, code, rate, remark, cardinality(posted));
    INSERT INTO canonical.day_close_sales (organization_id, day_close_id, sale_id) SELECT organization, added, unnest(posted);
    INSERT INTO canonical.day_close_tenders (organization_id, day_close_id, tender, amount, opening, counted, denominations, pieces)
    SELECT organization, added, tender, coalesce(derived.amount, 0), coalesce(derived.opening, 0), count.counted,
        coalesce(count.denominations, '{}'), coalesce(count.pieces, '{}')
    FROM (SELECT * FROM canonical.derived_day_close_tenders WHERE (organization_id, day_close_id) = (organization, added)) AS derived
    FULL JOIN jsonb_to_recordset(counts) AS count (tender text, counted bigint, denominations bigint[], pieces int[]) USING (tender)
    ORDER BY tender;
    INSERT INTO canonical.day_close_lines (organization_id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount)
    SELECT organization_id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount
    FROM canonical.derived_day_close_lines WHERE (organization_id, day_close_id) = (organization, added)
    ORDER BY part, kind, account_id, tax_rate_id, percentage;
    RETURN added;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.close_day(bigint, bigint, bigint, bigint, date, text, numeric, text, jsonb) IS
    'Closes a day of a store, or a session of a till, with all its live sales, and returns the close''s id. The caller has changed the row
of the store or of the session before, so that no sale comes between. counts is what was counted, an array of objects with
tender, counted, and denominations with pieces, in minor units.';

-- +goose StatementBegin
CREATE FUNCTION canonical.check_day_closes(organization bigint, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    broken record;
BEGIN
    SELECT close.id, rule.broken AS rule INTO broken
    FROM unnest(ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT * FROM canonical.day_closes AS row WHERE (row.organization_id, row.id) = (organization, wanted.id) OFFSET 0) AS close
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN EXISTS (
                SELECT FROM canonical.day_close_sales AS posted
                WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)
                    AND posted.reversed <> (close.reversed_at IS NOT NULL)) THEN 'day_close_sales_reversed'
            WHEN close.reversed_at IS NOT NULL THEN NULL
            WHEN close.till_session_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM canonical.till_sessions AS session
                WHERE (session.organization_id, session.id) = (organization, close.till_session_id) AND session.state = 'closed')
                THEN 'till_sessions_closed'
            -- All that is posted, and all live sales of the day.
            WHEN (SELECT count(*) FROM canonical.day_close_sales AS posted
                    WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)) <> close.sale_count
                OR EXISTS (
                    (SELECT posted.sale_id FROM canonical.day_close_sales AS posted
                        WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id)
                    EXCEPT SELECT sale.id FROM canonical.sales AS sale
                        WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (organization, close.store_id, close.business_date, close.currency)
                            AND sale.till_session_id IS NOT DISTINCT FROM close.till_session_id AND sale.voided_at IS NULL)
                    UNION ALL
                    (SELECT sale.id FROM canonical.sales AS sale
                        WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (organization, close.store_id, close.business_date, close.currency)
                            AND sale.till_session_id IS NOT DISTINCT FROM close.till_session_id AND sale.voided_at IS NULL
                    EXCEPT SELECT posted.sale_id FROM canonical.day_close_sales AS posted
                        WHERE (posted.organization_id, posted.day_close_id) = (organization, close.id))) THEN 'day_close_sales_whole'
            WHEN EXISTS (
                SELECT FROM (SELECT tender, amount, opening FROM canonical.day_close_tenders AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id)) AS kept
                FULL JOIN (SELECT tender, amount, opening FROM canonical.derived_day_close_tenders AS derived
                    WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id)) AS derived USING (tender)
                WHERE (coalesce(kept.amount, 0), coalesce(kept.opening, 0)) <> (coalesce(derived.amount, 0), coalesce(derived.opening, 0)))
                OR EXISTS (
                    (SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.day_close_lines AS kept
                        WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id)
                    EXCEPT ALL SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.derived_day_close_lines AS derived
                        WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id))
                    UNION ALL
                    (SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.derived_day_close_lines AS derived
                        WHERE (derived.organization_id, derived.day_close_id) = (organization, close.id)
                    EXCEPT ALL SELECT part, kind, account_id, tax_rate_id, percentage, net, amount FROM canonical.day_close_lines AS kept
                        WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id))) THEN 'day_closes_sums'
            WHEN (SELECT coalesce(sum(amount), 0) FROM canonical.day_close_tenders AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id))
                <> (SELECT coalesce(sum(amount), 0) FROM canonical.day_close_lines AS kept
                    WHERE (kept.organization_id, kept.day_close_id) = (organization, close.id) AND kept.part <> 'movement') THEN 'day_closes_balanced'
        END AS broken) AS rule
    WHERE rule.broken IS NOT NULL ORDER BY close.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'day close % breaks %', broken.id, broken.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, SCHEMA = 'canonical', TABLE = 'day_closes';
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.check_day_closes(bigint, bigint[]) IS
    'A live close posts exactly the live sales of its day, its sums are theirs, and its session is closed.';

-- +goose StatementBegin
CREATE FUNCTION canonical.queue_day_close_sales() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO canonical.posting_queue (organization_id, class, id)
    SELECT DISTINCT organization_id, 'day_close', day_close_id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER post_day_close_inserted AFTER INSERT ON canonical.day_close_sales
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_sales();
CREATE TRIGGER post_day_close_updated AFTER UPDATE ON canonical.day_close_sales
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION canonical.queue_day_close_sales();
ALTER TABLE canonical.day_close_sales ENABLE ALWAYS TRIGGER post_day_close_inserted;
ALTER TABLE canonical.day_close_sales ENABLE ALWAYS TRIGGER post_day_close_updated;

-- +goose StatementBegin
CREATE FUNCTION canonical.till_session_closed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
            SELECT FROM canonical.till_sessions AS session
            WHERE (session.organization_id, session.id) = (NEW.organization_id, NEW.id) AND (session.state = 'closed') <> EXISTS (
                SELECT FROM canonical.day_closes AS close
                WHERE (close.organization_id, close.till_session_id) = (session.organization_id, session.id) AND close.reversed_at IS NULL)) THEN
        RAISE EXCEPTION 'a session is closed by a day close'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'till_sessions_closed', SCHEMA = 'canonical', TABLE = 'till_sessions';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER check_closed AFTER INSERT OR UPDATE OF state ON canonical.till_sessions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION canonical.till_session_closed();

-- +goose StatementBegin
CREATE FUNCTION canonical.unposted_days(organization bigint, after date, until date) RETURNS TABLE (store_id bigint, business_date date, currency text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    -- From one day and currency to the next by the index: what each has of sales costs nothing.
    WITH RECURSIVE sold AS (
        SELECT store.id AS store, coalesce(unposted_days.after, '-infinity'::date) AS day, '' AS currency
        FROM canonical.stores AS store WHERE store.organization_id = unposted_days.organization
        UNION ALL
        SELECT sold.store, following.booked_on, following.currency
        FROM sold CROSS JOIN LATERAL (
            SELECT sale.booked_on, sale.currency FROM canonical.sales AS sale
            WHERE (sale.organization_id, sale.store_id) = (unposted_days.organization, sold.store)
                AND (sale.booked_on, sale.currency) > (sold.day, sold.currency) AND sale.booked_on <= unposted_days.until
            ORDER BY sale.booked_on, sale.currency LIMIT 1) AS following)
    SELECT sold.store, sold.day, sold.currency FROM sold
    WHERE sold.currency <> '' AND sold.day > coalesce(unposted_days.after, '-infinity'::date)
        AND NOT EXISTS (
            SELECT FROM canonical.day_closes AS close
            WHERE (close.organization_id, close.store_id, close.business_date, close.currency) = (unposted_days.organization, sold.store, sold.day, sold.currency)
                AND close.till_session_id IS NULL AND close.reversed_at IS NULL)
        AND EXISTS (
            SELECT FROM canonical.sales AS sale
            WHERE (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (unposted_days.organization, sold.store, sold.day, sold.currency)
                AND sale.till_session_id IS NULL AND sale.voided_at IS NULL);
    END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.unposted_days(bigint, date, date) IS
    'The days of stores after one day, null: all, until another that have live sales without a till in a currency, and no close that posts
them.';
