-- An entry of the journal with its lines. What a line's account is called is not in it: a new name would mark every entry.

-- +goose Up
CREATE VIEW source.journal_entry_summaries AS
SELECT entry.organization_id, entry.id AS entry_id, entry.canonical_type, entry.canonical_id,
       upper(entry.purpose) AS purpose, entry.posted_on, entry.memo, entry.reverses_id, reversal.id AS reversed_by_id,
       entry.passed_lock, entry.created_at, organization.base_currency AS currency,
       canonical.major(line.total, organization.base_currency) AS total, line.lines
FROM canonical.journal_entries AS entry
JOIN canonical.organizations AS organization ON organization.id = entry.organization_id
LEFT JOIN canonical.journal_entries AS reversal
    ON reversal.organization_id = entry.organization_id AND reversal.reverses_id = entry.id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS total,
           COALESCE(jsonb_agg(jsonb_build_object('accountId', 'Account:' || l.account_id::text, 'storeId', 'Store:' || l.store_id::text, 'memo', l.memo,
               'amount', jsonb_build_object('amount', canonical.major(l.amount, organization.base_currency), 'currency', organization.base_currency),
               'documentAmount', jsonb_build_object('amount', canonical.major(l.document_amount, l.currency), 'currency', l.currency))
               ORDER BY l.line), '[]') AS lines
    FROM canonical.journal_lines AS l
    WHERE l.organization_id = entry.organization_id AND l.entry_id = entry.id) AS line;

SELECT engine.create_projection('journal_entry_summaries', 'table', '{organization_id,entry_id}');
CREATE INDEX journal_entry_summaries_posted_on_idx ON projection.journal_entry_summaries (organization_id, posted_on, entry_id);
CREATE INDEX journal_entry_summaries_purpose_idx ON projection.journal_entry_summaries (organization_id, purpose, posted_on, entry_id);
-- The entries that were booked into a softly locked period are few, and are found without reading the others.
CREATE INDEX journal_entry_summaries_passed_lock_idx ON projection.journal_entry_summaries (organization_id, posted_on, entry_id) WHERE passed_lock;
CREATE INDEX journal_entry_summaries_canonical_idx ON projection.journal_entry_summaries (organization_id, canonical_type, canonical_id, posted_on, entry_id);

-- A reversal shows in the entry that it undoes. An organization's base currency is fixed once it has an entry.
SELECT engine.declare_grain('journal_entry_summaries', 'reversed', '{organization_id,reverses_id}', 'SELECT m.reverses_id AS entry_id', few => true);
SELECT engine.declare_grain('journal_entry_summaries', 'organization', '{organization_id}');
SELECT engine.track('journal_entry_summaries', 'canonical.journal_entries', 'key', '{organization_id,id}');
SELECT engine.track('journal_entry_summaries', 'canonical.journal_entries', 'reversed', '{organization_id,reverses_id}');
SELECT engine.track('journal_entry_summaries', 'canonical.journal_lines', 'key', '{organization_id,entry_id}');
SELECT engine.track('journal_entry_summaries', 'canonical.organizations', 'organization', '{id}', inserts => false);
