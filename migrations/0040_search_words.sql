-- How texts become words to search by. Records and questions go through the same functions, so they always agree; what
-- comes out is letters and digits only, so no question can carry the syntax of a query.

-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

CREATE FUNCTION canonical.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(regexp_replace(
    replace(replace(replace(replace(translate(normalize(value, NFKD), 'ØøŁłĐđıħĦ', 'OoLlDdihH'), 'ß', 'ss'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'),
    '[\u0300-\u036f]+', '', 'g'));
COMMENT ON FUNCTION canonical.fold(text) IS 'The text in lower case and without accents: Zoë and ZOE are one name.';

CREATE FUNCTION canonical.search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(canonical.fold(value), '[^[:alnum:]]+', ' ', 'g'));
COMMENT ON FUNCTION canonical.search_words(text) IS 'The folded words of a text, of letters and digits only, one blank between them.';

CREATE FUNCTION canonical.search_key(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '=' || NULLIF(left(replace(canonical.search_words(value), ' ', ''), 200), '');
COMMENT ON FUNCTION canonical.search_key(text) IS
    'What stands for a whole number, code or reference among the words: INV-0042 is =inv0042, which no word can be. NULL for a text without letters and digits.';

CREATE FUNCTION canonical.search_vector(a text, b text, c text, d text, keys text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', canonical.search_words(a)), 'A') || setweight(to_tsvector('simple', canonical.search_words(b)), 'B')
    || setweight(to_tsvector('simple', canonical.search_words(c)), 'C') || setweight(to_tsvector('simple', canonical.search_words(d)), 'D')
    || array_to_tsvector(array_remove(keys, NULL));
COMMENT ON FUNCTION canonical.search_vector(text, text, text, text, text[]) IS 'The words of four texts, from the weightiest to the least, and the search keys of numbers.';

-- +goose StatementBegin
CREATE FUNCTION canonical.search_query(question text, beginnings int) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg('''' || word.lexeme || '''' || CASE WHEN word.from_end <= beginnings THEN ':*' ELSE '' END, ' & ')::tsquery
    FROM (SELECT first.lexeme, row_number() OVER (ORDER BY first.place DESC) AS from_end
          FROM (SELECT u.lexeme, u.positions[1] AS place FROM unnest(to_tsvector('simple', canonical.search_words(left(question, 1000)))) AS u
                ORDER BY place LIMIT 16) AS first) AS word);
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.search_query(text, int) IS
    'All words of a question, at most 16, so many of them from the last on as beginnings of words. NULL for a question without letters and digits.';

-- +goose Down
DROP FUNCTION canonical.search_query, canonical.search_vector, canonical.search_key, canonical.search_words, canonical.fold;
DROP EXTENSION btree_gin;
