package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
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
	// mostFound bounds what one statement ranks, and what it counts of a kind: behind so many records nobody looks.
	mostFound = 10_000

	// The orders of a page, for its cursors.
	orderFound, orderBegun, orderSimilar = "FOUND", "BEGUN", "SIMILAR"
)

// orders are all orders, as they are tried.
var orders = []string{orderFound, orderBegun, orderSimilar}

// search is one question, as SQL has read it.
type search struct {
	text  string
	types []string // of the kinds asked for; empty for all
	size  int
	// words asks for records with the question's words, of which the last may be the beginning of one; whole for those
	// with the very words, and beginnings for those with words that begin with them. All are nil where the question has
	// no words. A beginning is found by going through all that goes on from it, which may be much: hence the last resort.
	words, whole, beginnings *string
	// key asks for the record whose number is exactly the question.
	key *string
	// spelling is the question as words.
	spelling string
	// order is how the page was found.
	order string
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

// named names an order for cursors, together with the question: another one's scores are other scores.
func (s *search) named(order string) string {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(s.text)) // never fails
	return order + " " + strconv.FormatUint(hash.Sum64(), 36)
}

// placeOf reads a cursor of any order of this question.
func (s *search) placeOf(cursor string) (*place, error) {
	for _, order := range orders {
		values, err := projection.DecodeCursor("after", cursor, s.named(order), "bigint", "text", "bigint")
		if err != nil {
			continue
		}
		at := &place{order: order, typ: values[1]}
		if at.score, err = strconv.ParseInt(values[0], 10, 64); err == nil {
			at.key, err = strconv.ParseInt(values[2], 10, 64)
		}
		return at, err
	}
	return nil, &projection.InvalidPageError{Argument: "after", Message: "is not a cursor of this search"}
}

// ask reads a question. Its words are PostgreSQL's business, as those of the records are.
func ask(ctx context.Context, text string, kinds []model.SearchKind, size int) (*search, error) {
	s := &search{text: text, size: size}
	var err error
	if s.types, err = typesOf(kinds); err != nil {
		return nil, err
	}
	rows, err := requestFrom(ctx).keys.DB.Query(ctx, `
		SELECT canonical.search_query($1, 1)::text, canonical.search_query($1, 0)::text, canonical.search_query($1, 16)::text,
			quote_literal(canonical.search_code(left($1, 1000)))::tsquery::text, left(canonical.search_text($1, 1000), 200)`, text)
	if err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, []any{&s.words, &s.whole, &s.beginnings, &s.key, &s.spelling}, func() error { return nil }); err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	return s, nil
}

// ofKinds keeps the kinds that were asked for.
func (s *search) ofKinds() filter {
	switch len(s.types) {
	case 0:
		return nil
	case 1: // there is an index in the order of titles
		return only("canonical_type = ?", s.types[0])
	}
	return only("canonical_type = ANY (?)", s.types)
}

// having keeps the records of the types that the query finds, any type where there are none. The words are looked up as
// terms, which the index knows; the sub-select makes these once for all rows.
func having(types []string, query string, words ...any) projection.Condition {
	return projection.Where(terms("?::text[]", query), append([]any{types}, words...)...)
}

// terms is the SQL of having.
func terms(types, query string) string {
	return "canonical.search_terms(organization_id, canonical_type, words) @@ (SELECT canonical.search_terms($1, " + types + ", " + query + "))"
}

// candidates selects rows that meet all conditions, and what is added to their scores.
func candidates(bonus int64, where ...projection.Condition) projection.Condition {
	all := projection.Where("(SELECT *, " + strconv.FormatInt(bonus, 10) + "::bigint AS bonus FROM rows WHERE true")
	for _, condition := range where {
		all.SQL += " AND " + condition.SQL
		all.Args = append(all.Args, condition.Args...)
	}
	all.SQL += " LIMIT " + strconv.Itoa(mostFound) + ")"
	return all
}

// read reads the rows of a page, and one more, behind the place.
func (s *search) read(ctx context.Context, at *place) ([]scoredRow, error) {
	switch s.order {
	case orderSimilar: // those with few other words come first
		return s.scored(ctx, searchDocuments, candidates(0, append(s.ofKinds(), s.lookalike())...), at,
			projection.Where("(word_similarity(?, spelling) + similarity(?, spelling) / 100) * 1000000", s.spelling, s.spelling))
	case orderBegun:
		return s.ranked(ctx, candidates(0, having(s.types, "?::tsquery", s.beginnings)), s.beginnings, at)
	}
	exact := candidates(exactScore, having(s.types, "?::tsquery", s.key))
	found := candidates(0, having(s.types, "?::tsquery", s.words), projection.Where("NOT words @@ ?::tsquery", s.key))
	return s.ranked(ctx, projection.Where(exact.SQL+" UNION ALL "+found.SQL, append(exact.Args, found.Args...)...), s.words, at)
}

func (s *search) lookalike() projection.Condition {
	return projection.Where("spelling %> ?", s.spelling)
}

// ranked reads candidates, the best first by the words. A whole word counts for more than a beginning.
func (s *search) ranked(ctx context.Context, from projection.Condition, words *string, at *place) ([]scoredRow, error) {
	return s.scored(ctx, searchTerms, from, at, projection.Where("(ts_rank(words, ?::tsquery, 1) + ts_rank(words, ?::tsquery, 1)) * 1000000", words, s.whole))
}

// scored reads candidates by score, the best first, behind the place; OFFSET 0 has each scored once. There is one good plan
// for all words, and making it anew each time would cost more than following it: hence the pool that looks up by key.
func (s *search) scored(
	ctx context.Context, model *projection.Model[searchRow], from projection.Condition, at *place, score projection.Condition,
) (rows []scoredRow, err error) {
	if at == nil {
		at = &place{score: 1 << 62}
	}
	err = model.Summarize(ctx, requestFrom(ctx).keys, nil, projection.Where(`
		SELECT canonical_type, canonical_id, title, number, reference, contact, party_name, text, address, items, archived, score
		FROM (SELECT *, bonus + (`+score.SQL+`)::bigint AS score FROM (`+from.SQL+`) AS candidates OFFSET 0) AS scored
		WHERE score < ? OR score = ? AND (canonical_type, canonical_id) > (?, ?::bigint)
		ORDER BY score DESC, canonical_type, canonical_id LIMIT ?`,
		slices.Concat(score.Args, from.Args, []any{at.score, at.score, at.typ, at.key, s.size + 1})...), &rows)
	return rows, err
}

// kindCount is how many records of a type there are.
type kindCount struct {
	CanonicalType string `json:"canonical_type"`
	Count         int    `json:"count"`
}

// counts counts each kind of what the page is a page of, the most first. Counting all kinds together ends where as many
// are found as are ranked, and some kinds may be missing then: hence each by itself. Similar words are expensive to look
// for, so these are then counted anew for the kinds that were asked for.
func (s *search) counts(ctx context.Context) (counts []kindCount, err error) {
	if s.words == nil {
		err = searchDocuments.Summarize(ctx, requestFrom(ctx).pages, nil, projection.Where("SELECT canonical_type, count(*) FROM rows GROUP BY canonical_type"), &counts)
		return byCount(counts), err
	}
	model, all, each, args, types := searchTerms, terms("NULL::text[]", "?::tsquery || ?::tsquery"), terms("ARRAY[type]", "?::tsquery || ?::tsquery"), []any{s.words, s.key}, slices.Collect(maps.Keys(searchKinds))
	switch s.order {
	case orderBegun:
		args[0] = s.beginnings
	case orderSimilar:
		like := s.lookalike()
		model, all, each, args, types = searchDocuments, like.SQL, like.SQL+" AND canonical_type = type", like.Args, s.types
	}
	most := strconv.Itoa(mostFound)
	err = model.Summarize(ctx, requestFrom(ctx).pages, nil, projection.Where(
		"SELECT canonical_type, count(*) FROM (SELECT canonical_type FROM rows WHERE "+all+" LIMIT "+most+") AS found GROUP BY canonical_type", args...), &counts)
	sum := 0
	for _, c := range counts {
		sum += c.Count
	}
	if err != nil || sum < mostFound {
		return byCount(counts), err
	}
	var anew []kindCount
	err = model.Summarize(ctx, requestFrom(ctx).pages, nil, projection.Where(
		"SELECT type AS canonical_type, (SELECT count(*) FROM (SELECT canonical_type FROM rows WHERE "+each+" LIMIT "+most+") AS found) AS count FROM unnest(?::text[]) AS type",
		append(args, types)...), &anew)
	counts = slices.DeleteFunc(counts, func(c kindCount) bool { return slices.Contains(types, c.CanonicalType) })
	return byCount(append(counts, anew...)), err
}

// byCount sorts the kinds of which there are any, the most first.
func byCount(counts []kindCount) []kindCount {
	counts = slices.DeleteFunc(counts, func(c kindCount) bool { return c.Count == 0 })
	slices.SortFunc(counts, func(a, b kindCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.CanonicalType, b.CanonicalType))
	})
	return counts
}
