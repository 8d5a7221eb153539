-- An account of the chart as lists show it.

-- +goose Up
CREATE VIEW source.account_summaries AS
SELECT account.organization_id, account.id AS account_id, 'Account'::text AS canonical_type, account.id AS canonical_id,
       account.version, account.code, account.name, upper(account.type) AS type, upper(account.system_role) AS system_role,
       account.archived_at, account.archived_at IS NOT NULL AS archived, account.created_at, account.updated_at,
       canonical.fold(account.code || ' ' || account.name) AS search_text
FROM canonical.accounts AS account;

SELECT engine.create_projection('account_summaries', 'table', '{organization_id,account_id}');
CREATE INDEX account_summaries_code_idx ON projection.account_summaries (organization_id, archived, code, account_id);
CREATE INDEX account_summaries_type_idx ON projection.account_summaries (organization_id, archived, type, code, account_id);
CREATE INDEX account_summaries_search_idx ON projection.account_summaries USING gin (search_text gin_trgm_ops);
SELECT engine.track('account_summaries', 'canonical.accounts', 'key', '{organization_id,id}');
