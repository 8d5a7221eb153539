-- What was booked on an account in a month, by the currency of the records: debits less credits. Amounts are minor units,
-- as in the journal: amount in the base currency, document_amount in currency.

-- +goose Up
SELECT engine.create_sum('account_balances', 'Account', 'account_id', '{organization_id,account_id,month,currency}', ARRAY[
    ['canonical.journal_lines', 'SELECT organization_id, account_id, month, currency, amount, document_amount FROM changed']]);
