package resolvers

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
	"daybook/projection"
)

const (
	// scoreUnit makes whole numbers of scores, so that a cursor can name one.
	scoreUnit = 1_000_000
	// exactScore is added where a number, a code or a reference is exactly what was asked for: more than words can reach.
	exactScore = 1000 * scoreUnit
	// mostFound bounds what one statement ranks or counts: behind so many records nobody looks.
	mostFound = 10_000

	// The orders of a page, for its cursors.
	orderFound, orderSimilar = "FOUND", "SIMILAR"
)

// search is one question, as SQL has read it.
type search struct {
	text  string
	types []string // of the kinds asked for; empty for all
	size  int
	// words asks for records with words that begin with the question's, whole for those with the very words. Both are
	// nil where the question has none.
	words, whole *string
	// key asks for the record whose number is exactly the question.
	key *string
	// spelling is the question as words.
	spelling string
	misspelt bool
}

// scoredRow is a row and how well it fits.
type scoredRow struct {
	searchRow
	Score int64 `json:"score"`
}

// place is where a page begins: behind this row.
type place struct {
	order string
	score int64
	typ   string
	key   int64
}

// placeOf reads a cursor of either order.
func placeOf(cursor string) (*place, error) {
	order := orderFound
	values, err := projection.DecodeCursor("after", cursor, order, "bigint", "text", "bigint")
	if err != nil {
		order = orderSimilar
		if values, err = projection.DecodeCursor("after", cursor, order, "bigint", "text", "bigint"); err != nil {
			return nil, err
		}
	}
	at := &place{order: order, typ: values[1]}
	if at.score, err = strconv.ParseInt(values[0], 10, 64); err == nil {
		at.key, err = strconv.ParseInt(values[2], 10, 64)
	}
	return at, err
}

// ask reads a question. Its words are PostgreSQL's business, as those of the records are.
func ask(ctx context.Context, text string, kinds []model.SearchKind, size int) (*search, error) {
	s := &search{text: text, size: size}
	var err error
	if s.types, err = typesOf(kinds); err != nil {
		return nil, err
	}
	rows, err := requestFrom(ctx).pages.DB.Query(ctx, `SELECT canonical.search_query($1, false)::text, canonical.search_query($1, true)::text,
		quote_literal(canonical.search_key(left($1, 1000)))::tsquery::text, left(canonical.search_words(left($1, 1000)), 200)`, text)
	if err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, []any{&s.words, &s.whole, &s.key, &s.spelling}, func() error { return nil }); err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	return s, nil
}

// ofKinds keeps the kinds that were asked for.
func (s *search) ofKinds() filter {
	if len(s.types) == 0 {
		return nil
	}
	return only("canonical_type = ANY (?)", s.types)
}

// found reads the records that have all words behind the place, and before them those whose number is the question.
func (s *search) found(ctx context.Context, at *place) ([]scoredRow, error) {
	var rows []scoredRow
	if at == nil || at.score >= exactScore {
		exact := append(s.ofKinds(), projection.Where("words @@ ?::tsquery", s.key))
		if err := s.ranked(ctx, exact, exactScore, at, &rows); err != nil || len(rows) > s.size {
			return rows, err
		}
		at = nil
	}
	var rest []scoredRow
	others := append(s.ofKinds(), projection.Where("words @@ ?::tsquery AND NOT words @@ ?::tsquery", s.words, s.key))
	err := s.ranked(ctx, others, 0, at, &rest)
	return append(rows, rest...), err
}

// ranked reads the rows of a page, and one more, of what meets the conditions. A whole word counts for more than a beginning.
func (s *search) ranked(ctx context.Context, where filter, bonus int64, at *place, into *[]scoredRow) error {
	return s.scored(ctx, where, at, into, projection.Where(`? + round((ts_rank(words, ?::tsquery, 1) + ts_rank(words, ?::tsquery, 1))::numeric * 1000000)::bigint`, bonus, s.words, s.whole))
}

// similar reads the records whose words look like the question's.
func (s *search) similar(ctx context.Context, at *place) (rows []scoredRow, err error) {
	err = s.scored(ctx, append(s.ofKinds(), s.lookalike()), at, &rows, projection.Where("round(word_similarity(?, spelling)::numeric * 1000000)::bigint", s.spelling))
	return rows, err
}

func (s *search) lookalike() projection.Condition {
	return projection.Where("spelling %> ?", s.spelling)
}

// scored reads rows by score, the best first, behind the place.
func (s *search) scored(ctx context.Context, where filter, at *place, into *[]scoredRow, score projection.Condition) error {
	if at == nil {
		at = &place{score: 1 << 62}
	}
	return searchDocuments.Summarize(ctx, requestFrom(ctx).pages, where, projection.Where(`
		SELECT canonical_type, canonical_id, title, number, reference, contact, party_name, text, address, items, archived, score
		FROM (SELECT *, `+score.SQL+` AS score FROM (SELECT * FROM rows LIMIT `+strconv.Itoa(mostFound)+`) AS candidates) AS scored
		WHERE score < ? OR score = ? AND (canonical_type, canonical_id) > (?, ?::bigint)
		ORDER BY score DESC, canonical_type, canonical_id LIMIT ?`,
		append(score.Args, at.score, at.score, at.typ, at.key, s.size+1)...), into)
}

// kindCount is how many records of a type there are.
type kindCount struct {
	CanonicalType string `json:"canonical_type"`
	Count         int    `json:"count"`
}

// counts counts all kinds of what the page is a page of.
func (s *search) counts(ctx context.Context) (counts []kindCount, err error) {
	where, from := filter(nil), "rows"
	if s.words != nil {
		where, from = only("words @@ (?::tsquery || ?::tsquery)", s.words, s.key), "(SELECT canonical_type FROM rows LIMIT "+strconv.Itoa(mostFound)+") AS candidates"
		if s.misspelt {
			where = filter{s.lookalike()}
		}
	}
	err = searchDocuments.Summarize(ctx, requestFrom(ctx).pages, where, projection.Where(
		"SELECT canonical_type, count(*) FROM "+from+" GROUP BY canonical_type ORDER BY count(*) DESC, canonical_type"), &counts)
	return counts, err
}
