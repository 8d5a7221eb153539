-- What search finds: one row for each record, with its title and all texts by which it is found.

-- +goose Up
CREATE VIEW source.search_documents AS
SELECT found.organization_id, found.canonical_type, found.canonical_id, found.title, found.number, found.reference,
       found.contact, COALESCE(found.party_name, party.full_name, '') AS party_name, found.text, found.address, found.items, found.archived,
       canonical.search_lexemes(
           found.title || ' ' || COALESCE(found.number, '') || ' ' || COALESCE(found.alias, '') || ' ' || COALESCE(found.reference, ''),
           found.contact || ' ' || COALESCE(found.party_name, party.full_name, ''), found.text || ' ' || found.address, found.items,
           ARRAY[canonical.search_code(found.number), canonical.search_code(found.alias), canonical.search_code(found.reference)]) AS words,
       btrim(canonical.search_text(found.title || ' ' || COALESCE(found.number, '') || ' ' || found.contact || ' ' || COALESCE(found.party_name, party.full_name, ''), 2000)
           || ' ' || canonical.search_text(left(found.text, 300) || ' ' || left(found.address, 300) || ' ' || left(found.items, 300), 900)) AS spelling
FROM (
    SELECT person.organization_id, 'Person'::text AS canonical_type, person.id AS canonical_id, person.full_name AS title,
           NULL::text AS number, NULLIF(regexp_replace(person.phone, '[^0-9]+', '', 'g'), '') AS alias, person.external_ref AS reference,
           btrim(COALESCE(person.email, '') || ' ' || COALESCE(person.phone, '')) AS contact, NULL::bigint AS party_id, NULL::text AS party_name, ''::text AS text,
           COALESCE((SELECT left(string_agg(a.street || ' ' || a.suburb || ' ' || a.postcode || ' ' || a.country_code, ', ' ORDER BY a.position), 10000)
                     FROM canonical.addresses AS a
                     WHERE a.organization_id = person.organization_id AND a.person_id = person.id), '') AS address,
           ''::text AS items, person.archived_at IS NOT NULL AS archived
    FROM canonical.people AS person
    UNION ALL
    SELECT product.organization_id, 'Product' AS canonical_type, product.id AS canonical_id, product.name AS title, product.sku AS number, NULL AS alias, NULL AS reference, '' AS contact, NULL AS party_id, NULL AS party_name, product.description AS text, '' AS address, '' AS items, product.archived_at IS NOT NULL AS archived
    FROM canonical.products AS product
    UNION ALL
    SELECT account.organization_id, 'Account' AS canonical_type, account.id AS canonical_id, account.name AS title, account.code AS number, NULL AS alias, NULL AS reference, '' AS contact, NULL AS party_id, NULL AS party_name, account.type AS text, '' AS address, '' AS items, account.archived_at IS NOT NULL AS archived
    FROM canonical.accounts AS account
    UNION ALL
    SELECT store.organization_id, 'Store' AS canonical_type, store.id AS canonical_id, store.name AS title, NULL AS number, NULL AS alias, store.external_ref AS reference, '' AS contact, NULL AS party_id, NULL AS party_name, store.time_zone AS text, '' AS address, '' AS items, store.archived_at IS NOT NULL AS archived
    FROM canonical.stores AS store
    UNION ALL
    SELECT channel.organization_id, 'Channel' AS canonical_type, channel.id AS canonical_id, channel.name AS title, NULL AS number, NULL AS alias, NULL AS reference, '' AS contact, NULL AS party_id, NULL AS party_name, channel.description AS text, '' AS address, '' AS items, channel.archived_at IS NOT NULL AS archived
    FROM canonical.channels AS channel
    UNION ALL
    SELECT document.organization_id, canonical.document_type(document.kind) AS canonical_type, document.id AS canonical_id,
           CASE document.kind WHEN 'invoice' THEN 'Invoice' WHEN 'bill' THEN 'Bill' WHEN 'credit_note' THEN 'Credit note' ELSE 'Vendor credit note' END || ' ' || COALESCE(document.number, '(draft)') AS title,
           document.number, document.number_value::text AS alias, document.external_ref AS reference, '' AS contact, document.party_id, document.party_name, document.memo AS text, '' AS address,
           COALESCE((SELECT left(string_agg(i.description, ', ' ORDER BY i.line), 100000) FROM canonical.document_items AS i
                     WHERE i.organization_id = document.organization_id AND i.document_id = document.id), '') AS items,
           document.state = 'void' AS archived
    FROM canonical.documents AS document
    UNION ALL
    SELECT entry.organization_id, canonical.money_entry_type(entry.kind) AS canonical_type, entry.id AS canonical_id,
           CASE WHEN btrim(entry.memo) <> '' THEN left(btrim(entry.memo), 200) ELSE canonical.money_entry_type(entry.kind) END AS title,
           NULL AS number, NULL AS alias, entry.external_ref AS reference, '' AS contact, entry.party_id, NULL AS party_name, CASE WHEN length(btrim(entry.memo)) > 200 THEN entry.memo ELSE '' END AS text, '' AS address, '' AS items, entry.voided_at IS NOT NULL AS archived
    FROM canonical.money_entries AS entry
    UNION ALL
    SELECT transfer.organization_id, 'Transfer' AS canonical_type, transfer.id AS canonical_id, CASE WHEN btrim(transfer.memo) <> '' THEN left(btrim(transfer.memo), 200) ELSE 'Transfer' END AS title,
           NULL AS number, NULL AS alias, transfer.external_ref AS reference, '' AS contact, NULL AS party_id, NULL AS party_name, CASE WHEN length(btrim(transfer.memo)) > 200 THEN transfer.memo ELSE '' END AS text, '' AS address, '' AS items, transfer.voided_at IS NOT NULL AS archived
    FROM canonical.transfers AS transfer) AS found
LEFT JOIN canonical.people AS party ON party.organization_id = found.organization_id AND party.id = found.party_id;

SELECT engine.create_projection('search_documents', 'table', '{organization_id,canonical_type,canonical_id}');
-- The index of terms knows each word together with its organization, so that a look-up reads neither another organization's
-- records nor the list of all records of its own. Among 1 000 000 records of one organization an index of organization, type
-- and words took about 1.5 times as long for two words that some hundred records have, and 4 times for a handful; one of
-- words alone is nearly as fast, but a beginning of a word then gathers the records of all organizations.
CREATE INDEX search_documents_terms_idx ON projection.search_documents USING gin (canonical.search_terms(organization_id, canonical_type, words));
CREATE INDEX search_documents_spelling_idx ON projection.search_documents USING gin (organization_id, spelling gin_trgm_ops);
CREATE INDEX search_documents_title_idx ON projection.search_documents (organization_id, title, canonical_type, canonical_id);
CREATE INDEX search_documents_kind_idx ON projection.search_documents (organization_id, canonical_type, title, canonical_id);

-- What is approved no longer depends on its party; a document that is approved marks itself.
SELECT engine.declare_grain('search_documents', 'person', '{organization_id,person_id}',
    'SELECT ''Person''::text AS canonical_type, m.person_id AS canonical_id
     UNION ALL
     SELECT canonical.document_type(d.kind), d.id
     FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.party_id = m.person_id AND d.state = ''draft''
     UNION ALL
     SELECT canonical.money_entry_type(e.kind), e.id
     FROM canonical.money_entries e WHERE e.organization_id = m.organization_id AND e.party_id = m.person_id');
SELECT engine.declare_grain('search_documents', 'address', '{organization_id,resident_id}',
    'SELECT ''Person''::text AS canonical_type, m.resident_id AS canonical_id', few => true);
SELECT engine.declare_grain('search_documents', 'product', '{organization_id,product_id}',
    'SELECT ''Product''::text AS canonical_type, m.product_id AS canonical_id', few => true);
SELECT engine.declare_grain('search_documents', 'account', '{organization_id,account_id}',
    'SELECT ''Account''::text AS canonical_type, m.account_id AS canonical_id', few => true);
SELECT engine.declare_grain('search_documents', 'store', '{organization_id,store_id}',
    'SELECT ''Store''::text AS canonical_type, m.store_id AS canonical_id', few => true);
SELECT engine.declare_grain('search_documents', 'channel', '{organization_id,channel_id}',
    'SELECT ''Channel''::text AS canonical_type, m.channel_id AS canonical_id', few => true);
-- The column canonical_type of these marks has the document's kind.
SELECT engine.declare_grain('search_documents', 'document', '{organization_id,canonical_type,document_id}',
    'SELECT canonical.document_type(m.canonical_type) AS canonical_type, m.document_id AS canonical_id', few => true);
-- A document that is gone has marked itself.
SELECT engine.declare_grain('search_documents', 'item', '{organization_id,document_id}',
    'SELECT canonical.document_type(d.kind) AS canonical_type, d.id AS canonical_id
     FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.id = m.document_id', few => true);
SELECT engine.declare_grain('search_documents', 'money_entry', '{organization_id,money_entry_id}',
    'SELECT kind.canonical_type, m.money_entry_id AS canonical_id FROM (VALUES (''Income''::text), (''Expense'')) AS kind (canonical_type)', few => true);
SELECT engine.declare_grain('search_documents', 'transfer', '{organization_id,transfer_id}',
    'SELECT ''Transfer''::text AS canonical_type, m.transfer_id AS canonical_id', few => true);

SELECT engine.track('search_documents', 'canonical.people', 'person', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.addresses', 'address', '{organization_id,person_id}');
SELECT engine.track('search_documents', 'canonical.products', 'product', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.accounts', 'account', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.stores', 'store', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.channels', 'channel', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.documents', 'document', '{organization_id,kind,id}');
SELECT engine.track('search_documents', 'canonical.document_items', 'item', '{organization_id,document_id}');
SELECT engine.track('search_documents', 'canonical.money_entries', 'money_entry', '{organization_id,id}');
SELECT engine.track('search_documents', 'canonical.transfers', 'transfer', '{organization_id,id}');
