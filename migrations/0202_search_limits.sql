-- Whatever is accepted can be found. An index takes titles of up to 2 700 bytes, so that of a memo is its beginning, and the
-- whole of a longer one is a text like others. The words of a record, as 0151 puts them, each behind its organization,
-- may have 1 048 575 bytes in all: the limits below come to 124 000 characters, of which words take at most 8 bytes each in
-- an organization whose number has up to 11 digits. A word may have 2 046 bytes. Similar words are looked for everywhere,
-- in long texts at the beginning.

-- +goose Up
CREATE FUNCTION canonical.search_text(value text, most int) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(left(canonical.search_words(left(value, most)), most), '([^ ]{250})[^ ]+', '\1', 'g');
COMMENT ON FUNCTION canonical.search_text(text, int) IS
    'The folded words of a text, at most so many characters of them. A word without end counts by its first 250.';

CREATE FUNCTION canonical.search_code(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '=' || NULLIF(left(regexp_replace(canonical.fold(value), '[^[:alnum:]\u2044]+', '', 'g'), 200), '');
COMMENT ON FUNCTION canonical.search_code(text) IS
    'What stands for a whole number, code or reference among the words: INV-0042 is =inv0042, which no word can be, and ½ not =12. NULL for a text without letters and digits.';

CREATE FUNCTION canonical.search_lexemes(a text, b text, c text, d text, keys text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', canonical.search_text(a, 2000)), 'A') || setweight(to_tsvector('simple', canonical.search_text(b, 2000)), 'B')
    || setweight(to_tsvector('simple', canonical.search_text(c, 20000)), 'C') || setweight(to_tsvector('simple', canonical.search_text(d, 100000)), 'D')
    || array_to_tsvector(array_remove(keys, NULL));
COMMENT ON FUNCTION canonical.search_lexemes(text, text, text, text, text[]) IS 'The words of four texts, from the weightiest to the least, and the search codes of numbers.';

-- Questions are read as records are.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.search_query(question text, beginnings int) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg('''' || word.lexeme || '''' || CASE WHEN word.from_end <= beginnings THEN ':*' ELSE '' END, ' & ')::tsquery
    FROM (SELECT first.lexeme, row_number() OVER (ORDER BY first.place DESC) AS from_end
          FROM (SELECT u.lexeme, u.positions[1] AS place FROM unnest(to_tsvector('simple', canonical.search_text(question, 1000))) AS u
                ORDER BY place LIMIT 16) AS first) AS word);
-- +goose StatementEnd

-- +goose StatementBegin
SELECT engine.redefine('search_documents', $view$
SELECT found.organization_id, found.canonical_type, found.canonical_id, found.title, found.number, found.reference,
       found.contact, found.party_id, COALESCE(party.full_name, '') AS party_name, found.text, found.address, found.items, found.archived,
       canonical.search_lexemes(
           found.title || ' ' || COALESCE(found.number, '') || ' ' || COALESCE(found.alias, '') || ' ' || COALESCE(found.reference, ''),
           found.contact || ' ' || COALESCE(party.full_name, ''), found.text || ' ' || found.address, found.items,
           ARRAY[canonical.search_code(found.number), canonical.search_code(found.alias), canonical.search_code(found.reference)]) AS words,
       canonical.search_text(found.title || ' ' || COALESCE(found.number, '') || ' ' || found.contact || ' ' || COALESCE(party.full_name, '')
           || ' ' || left(found.text, 300) || ' ' || left(found.address, 300) || ' ' || left(found.items, 300), 2000) AS spelling
FROM (
    SELECT person.organization_id, 'Person'::text AS canonical_type, person.id AS canonical_id, person.full_name AS title,
           NULL::text AS number, NULL::text AS alias, person.external_ref AS reference,
           btrim(COALESCE(person.email, '') || ' ' || COALESCE(person.phone, '')) AS contact, NULL::bigint AS party_id, ''::text AS text,
           COALESCE((SELECT left(string_agg(a.street || ' ' || a.suburb || ' ' || a.postcode || ' ' || a.country_code, ', ' ORDER BY a.position), 10000)
                     FROM canonical.addresses AS a
                     WHERE a.organization_id = person.organization_id AND a.person_id = person.id), '') AS address,
           ''::text AS items, person.archived_at IS NOT NULL AS archived
    FROM canonical.people AS person
    UNION ALL
    SELECT product.organization_id, 'Product', product.id, product.name, product.sku, NULL, NULL, '', NULL, product.description, '', '', product.archived_at IS NOT NULL
    FROM canonical.products AS product
    UNION ALL
    SELECT account.organization_id, 'Account', account.id, account.name, account.code, NULL, NULL, '', NULL, account.type, '', '', account.archived_at IS NOT NULL
    FROM canonical.accounts AS account
    UNION ALL
    SELECT store.organization_id, 'Store', store.id, store.name, NULL, NULL, store.external_ref, '', NULL, store.time_zone, '', '', store.archived_at IS NOT NULL
    FROM canonical.stores AS store
    UNION ALL
    SELECT channel.organization_id, 'Channel', channel.id, channel.name, NULL, NULL, NULL, '', NULL, channel.description, '', '', channel.archived_at IS NOT NULL
    FROM canonical.channels AS channel
    UNION ALL
    SELECT document.organization_id, CASE document.kind WHEN 'invoice' THEN 'Invoice' WHEN 'bill' THEN 'Bill' ELSE 'CreditNote' END, document.id,
           CASE document.kind WHEN 'invoice' THEN 'Invoice' WHEN 'bill' THEN 'Bill' ELSE 'Credit note' END || ' ' || COALESCE(document.number, '(draft)'),
           document.number, document.number_value::text, document.external_ref, '', document.party_id, document.memo, '',
           COALESCE((SELECT left(string_agg(i.description, ', ' ORDER BY i.line), 100000) FROM canonical.document_items AS i
                     WHERE i.organization_id = document.organization_id AND i.document_id = document.id), ''),
           document.state = 'void'
    FROM canonical.documents AS document
    UNION ALL
    SELECT entry.organization_id, CASE entry.kind WHEN 'income' THEN 'Income' ELSE 'Expense' END, entry.id,
           CASE WHEN btrim(entry.memo) <> '' THEN left(btrim(entry.memo), 200) WHEN entry.kind = 'income' THEN 'Income' ELSE 'Expense' END,
           NULL, NULL, entry.external_ref, '', entry.party_id, CASE WHEN length(btrim(entry.memo)) > 200 THEN entry.memo ELSE '' END, '', '', entry.voided_at IS NOT NULL
    FROM canonical.money_entries AS entry
    UNION ALL
    SELECT transfer.organization_id, 'Transfer', transfer.id, CASE WHEN btrim(transfer.memo) <> '' THEN left(btrim(transfer.memo), 200) ELSE 'Transfer' END,
           NULL, NULL, transfer.external_ref, '', NULL, CASE WHEN length(btrim(transfer.memo)) > 200 THEN transfer.memo ELSE '' END, '', '', transfer.voided_at IS NOT NULL
    FROM canonical.transfers AS transfer) AS found
LEFT JOIN canonical.people AS party ON party.organization_id = found.organization_id AND party.id = found.party_id
$view$);
-- +goose StatementEnd

-- +goose Down
-- The definition stays, with its functions: it finds what the former one did.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical.search_query(question text, beginnings int) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg('''' || word.lexeme || '''' || CASE WHEN word.from_end <= beginnings THEN ':*' ELSE '' END, ' & ')::tsquery
    FROM (SELECT first.lexeme, row_number() OVER (ORDER BY first.place DESC) AS from_end
          FROM (SELECT u.lexeme, u.positions[1] AS place FROM unnest(to_tsvector('simple', canonical.search_words(left(question, 1000)))) AS u
                ORDER BY place LIMIT 16) AS first) AS word);
-- +goose StatementEnd
