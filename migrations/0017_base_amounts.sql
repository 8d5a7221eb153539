-- Amounts in the base currency: what of them the books can hold, and how read models compute them.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.beyond_base(minor numeric) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION 'an amount in the base currency is beyond what the books hold'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_lines_amount_range', SCHEMA = 'canonical', TABLE = 'journal_lines';
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.beyond_base(numeric) IS
    'Refuses. It takes the amount so that no planner computes it ahead, where nothing is beyond.';

-- +goose StatementBegin
CREATE FUNCTION canonical.within_base(minor numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(minor) <= 999999999999999999 THEN minor::bigint ELSE canonical.beyond_base(minor) END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.within_base(numeric) IS
    'Whole minor units as the books hold them: up to 18 digits, so that two amounts always have a sum.';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.in_base(minor numeric, currency text, base text, rate numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN canonical.within_base(CASE WHEN currency = base THEN minor ELSE
        round(minor * rate * CASE canonical.currency_exponent(base) - canonical.currency_exponent(currency)
            WHEN -3 THEN 0.001 WHEN -2 THEN 0.01 WHEN -1 THEN 0.1 WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100
            ELSE 1000 END) END);
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION canonical.major_in_base(major numeric, currency text, base text, rate numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN currency = base THEN major ELSE round(major * rate, canonical.currency_exponent(base)) END;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.major_in_base(numeric, text, text, numeric) IS
    'The same as in_base of amounts in the major units of both currencies; it has no bounds.';

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.in_base(minor numeric, currency text, base text, rate numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN currency = base THEN minor::bigint ELSE
        round(minor * rate * CASE canonical.currency_exponent(base) - canonical.currency_exponent(currency)
            WHEN -3 THEN 0.001 WHEN -2 THEN 0.01 WHEN -1 THEN 0.1 WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100
            ELSE 1000 END)::bigint END;
-- +goose StatementEnd
DROP FUNCTION canonical.major_in_base(numeric, text, text, numeric);
DROP FUNCTION canonical.within_base(numeric);
DROP FUNCTION canonical.beyond_base(numeric);
