-- An income or an expense with its party's name.

-- +goose Up
CREATE VIEW source.money_entry_summaries AS
SELECT entry.organization_id, entry.id AS money_entry_id, canonical.money_entry_type(entry.kind) AS canonical_type, entry.id AS canonical_id,
       entry.kind, entry.version, entry.account_id, entry.money_account_id, entry.party_id, COALESCE(party.full_name, '') AS party_name,
       entry.occurred_on, entry.currency, trim_scale(entry.fx_rate) AS fx_rate, entry.tax_rate_id, entry.store_id, entry.memo, entry.external_ref,
       entry.voided_at, entry.voided_at IS NOT NULL AS voided, entry.created_at, entry.updated_at,
       canonical.major(entry.amount, entry.currency) AS amount,
       canonical.major(entry.tax, entry.currency) AS tax,
       canonical.fold(COALESCE(party.full_name, '') || ' ' || entry.memo) AS search_text
FROM canonical.money_entries AS entry
LEFT JOIN canonical.people AS party ON party.organization_id = entry.organization_id AND party.id = entry.party_id;

SELECT engine.create_projection('money_entry_summaries', 'table', '{organization_id,money_entry_id}');
CREATE INDEX money_entry_summaries_occurred_on_idx ON projection.money_entry_summaries (organization_id, kind, occurred_on, money_entry_id);
CREATE INDEX money_entry_summaries_amount_idx ON projection.money_entry_summaries (organization_id, kind, amount, money_entry_id);
CREATE INDEX money_entry_summaries_created_at_idx ON projection.money_entry_summaries (organization_id, kind, created_at, money_entry_id);
CREATE INDEX money_entry_summaries_account_idx ON projection.money_entry_summaries (organization_id, account_id, occurred_on, money_entry_id);
CREATE INDEX money_entry_summaries_money_account_idx ON projection.money_entry_summaries (organization_id, money_account_id, occurred_on, money_entry_id);
CREATE INDEX money_entry_summaries_party_idx ON projection.money_entry_summaries (organization_id, party_id, occurred_on, money_entry_id);
CREATE INDEX money_entry_summaries_store_idx ON projection.money_entry_summaries (organization_id, kind, store_id, occurred_on, money_entry_id);
-- Voided entries are few, and are found without reading the others.
CREATE INDEX money_entry_summaries_voided_idx ON projection.money_entry_summaries (organization_id, kind, occurred_on, money_entry_id) WHERE voided;
CREATE INDEX money_entry_summaries_search_idx ON projection.money_entry_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.money_entry_summaries ALTER COLUMN search_text SET STATISTICS 1000;

SELECT engine.declare_grain('money_entry_summaries', 'party', '{organization_id,party_id}');
SELECT engine.track('money_entry_summaries', 'canonical.money_entries', 'key', '{organization_id,id}', within => '{party_id}');
SELECT engine.track('money_entry_summaries', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
