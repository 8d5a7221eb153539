-- What was booked on an account in a month, by the currency of the records: debits less credits. Amounts are minor units,
-- as in the journal, so that sums of them stay whole: amount in the base currency, document_amount in currency.

-- +goose Up
CREATE VIEW source.account_balances AS
SELECT line.organization_id, 'Account'::text AS canonical_type, line.account_id AS canonical_id,
       line.account_id, line.month, line.currency,
       sum(line.amount)::bigint AS amount, sum(line.document_amount)::bigint AS document_amount
FROM canonical.journal_lines AS line
GROUP BY line.organization_id, line.account_id, line.month, line.currency;

SELECT engine.create_projection('account_balances', 'table', '{organization_id,account_id,month,currency}');
SELECT engine.track('account_balances', 'canonical.journal_lines', 'key', '{organization_id,account_id,month,currency}');
