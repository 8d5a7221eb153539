-- How texts become words to search by. Records and questions go through the same functions, so they always agree; what
-- comes out is letters and digits only, so no question can carry the syntax of a query.
--
-- Whatever is accepted can be found: the limits below keep a record within what an index takes. A word may have 2 046 bytes.
-- The terms of a record may have 1 048 575 bytes in all: its texts come to 124 000 characters, of which terms take at most 8
-- bytes each in an organization whose number has up to 11 digits.

-- +goose Up
CREATE FUNCTION canonical.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(regexp_replace(
    replace(replace(replace(replace(translate(normalize(value, NFKD), 'ØøŁłĐđıħĦ', 'OoLlDdihH'), 'ß', 'ss'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'),
    '[\u0300-\u036f]+', '', 'g'));
COMMENT ON FUNCTION canonical.fold(text) IS 'The text in lower case and without accents: Zoë and ZOE are one name.';

CREATE FUNCTION canonical.search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(canonical.fold(value), '[^[:alnum:]]+', ' ', 'g'));
COMMENT ON FUNCTION canonical.search_words(text) IS 'The folded words of a text, of letters and digits only, one blank between them.';

CREATE FUNCTION canonical.search_text(value text, most int) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(left(canonical.search_words(left(value, most)), most), '([^ ]{250})[^ ]+', '\1', 'g');
COMMENT ON FUNCTION canonical.search_text(text, int) IS
    'The folded words of a text, cut to that many characters; of each word at most 250 count.';

CREATE FUNCTION canonical.search_code(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '=' || NULLIF(left(regexp_replace(canonical.fold(value), '[^[:alnum:]\u2044]+', '', 'g'), 200), '');
COMMENT ON FUNCTION canonical.search_code(text) IS
    'What stands for a whole number, code or reference among the words: INV-0042 is =inv0042, which no word can be, and ½ not =12. NULL for a text without letters and digits.';

CREATE FUNCTION canonical.search_lexemes(a text, b text, c text, d text, keys text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', canonical.search_text(a, 2000)), 'A') || setweight(to_tsvector('simple', canonical.search_text(b, 2000)), 'B')
    || setweight(to_tsvector('simple', canonical.search_text(c, 20000)), 'C') || setweight(to_tsvector('simple', canonical.search_text(d, 100000)), 'D')
    || array_to_tsvector(array_remove(keys, NULL));
COMMENT ON FUNCTION canonical.search_lexemes(text, text, text, text, text[]) IS 'The words of four texts, from the weightiest to the least, and the search codes of numbers.';

-- +goose StatementBegin
CREATE FUNCTION canonical.search_query(question text, beginnings int) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg('''' || word.lexeme || '''' || CASE WHEN word.from_end <= beginnings THEN ':*' ELSE '' END, ' & ')::tsquery
    FROM (SELECT first.lexeme, row_number() OVER (ORDER BY first.place DESC) AS from_end
          FROM (SELECT u.lexeme, u.positions[1] AS place FROM unnest(to_tsvector('simple', canonical.search_text(question, 1000))) AS u
                ORDER BY place LIMIT 16) AS first) AS word);
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.search_query(text, int) IS
    'All words of a question, at most 16. The last ones, as many as beginnings says, match beginnings of words. NULL for a question without letters and digits.';

CREATE FUNCTION canonical.search_terms(organization bigint, type text, words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector((SELECT array_agg(organization::text || '/' || word) FROM unnest(tsvector_to_array(words)) AS word) || (organization::text || '/:' || type));
COMMENT ON FUNCTION canonical.search_terms(bigint, text, tsvector) IS
    'What a record is looked up by: its words and its type, each with its organization. The word ada of organization 7 is 7/ada, the type Person 7/:Person.';

CREATE FUNCTION canonical.search_terms(organization bigint, types text[], query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT COALESCE(kinds.query && found.query, found.query)
        FROM (SELECT regexp_replace(query::text, '''([^'']+)''', '''' || organization::text || '/\1''', 'g')::tsquery AS query) AS found,
             (SELECT string_agg('''' || organization::text || '/:' || type || '''', ' | ')::tsquery AS query FROM unnest(types) AS type) AS kinds);
COMMENT ON FUNCTION canonical.search_terms(bigint, text[], tsquery) IS
    'The records of an organization that a query of words finds, as a query of terms; of these types only, or of any where there are none. The words are of letters and digits, or search keys.';
