-- What was booked on an account in a month, by the currency of the records: debits less credits, in minor units of the base
-- currency.

-- +goose Up
SELECT engine.create_sum('account_balances', 'Account', 'account_id', '{organization_id,account_id,month,currency}', ARRAY[
    ['canonical.journal_lines', 'SELECT organization_id, account_id, month, currency, amount FROM changed']]);
