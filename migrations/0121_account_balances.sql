-- What was booked on an account in a month, by the currency of the records and by store (0: the office): debits less credits,
-- in minor units of the base currency.

-- +goose Up
SELECT engine.create_sum('account_balances', 'Account', 'account_id', '{organization_id,account_id,month,currency,store_id}', ARRAY[
    ['canonical.journal_lines', 'SELECT organization_id, account_id, month, currency, COALESCE(store_id, 0) AS store_id, amount FROM changed']]);
