-- Which accounts money of a kind moves between: transfers into an account may be none among a million payments into it.
-- A planner that takes kind and account for independent expects to meet them early in a kind's order, and reads it whole.

-- +goose Up
CREATE STATISTICS projection.financial_transactions_from_kinds (mcv) ON kind, from_account_id FROM projection.financial_transactions;
CREATE STATISTICS projection.financial_transactions_to_kinds (mcv) ON kind, to_account_id FROM projection.financial_transactions;
ANALYZE projection.financial_transactions;

-- +goose Down
DROP STATISTICS projection.financial_transactions_to_kinds, projection.financial_transactions_from_kinds;
