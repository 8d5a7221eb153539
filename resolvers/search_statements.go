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
	// scoreUnit is what a score of 1 is as a whole number: cursors hold scores as whole numbers.
	scoreUnit = 1_000_000
	// exactScore is added to the score of a record whose number, code or reference equals the query. No score of words
	// is as high.
	exactScore = 1000 * scoreUnit
	// mostFound is the largest number of records that one statement ranks, and that it counts of one kind.
	mostFound = 10_000

	// The orders of a page: whole words, words that begin with those of the query, similar words. Cursors name them.
	orderFound, orderBegun, orderSimilar = "FOUND", "BEGUN", "SIMILAR"
)

// orders lists the orders in which a page is tried.
var orders = []string{orderFound, orderBegun, orderSimilar}

// search is one query, split into words by PostgreSQL.
type search struct {
	text  string
	types []string // of the kinds asked for; empty for all
	// allowed are the types that the caller may search; empty for all. People are found by their private data too.
	allowed []string
	size    int
	// The query as tsquery, nil if it has no words: whole asks for records with its words, words for those with its
	// words, where the last may be the beginning of a word, and beginnings for those with words that begin with its
	// words. A beginning is looked up by reading every word that continues it, so beginnings is tried after words.
	words, whole, beginnings *string
	// key asks for the records whose number, code or reference equals the query.
	key *string
	// spelling is the words of the query as one text, to compare with similar ones.
	spelling string
	// order is the order in which the page was found.
	order string
	// sold has the products that an order has found, by the order.
	sold map[string][]foundProduct
}

// scoredRow is a row with its score.
type scoredRow struct {
	searchRow
	Score int64 `json:"score"`
}

// place is the row behind which a page begins.
type place struct {
	order string
	score int64
	typ   string
	key   int64
}

// named returns the name of an order in cursors. It has a hash of the query: scores of different queries cannot be
// compared.
func (s *search) named(order string) string {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(s.text)) // never fails
	return order + " " + strconv.FormatUint(hash.Sum64(), 36)
}

// placeOf returns the place in a cursor, which may be of any order of this query.
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

// ask returns the search for a query. PostgreSQL splits it into words by the function that splits the records.
func ask(ctx context.Context, text string, kinds []model.SearchKind, size int) (*search, error) {
	s := &search{text: text, size: size}
	var err error
	if s.types, err = typesOf(kinds); err != nil {
		return nil, err
	}
	if !readsPrivateData(ctx) {
		if slices.Contains(s.types, "Person") {
			return nil, coded(CodeForbidden, "Your role does not allow this.")
		}
		for _, typ := range searchTypes {
			if typ != "Person" {
				s.allowed = append(s.allowed, typ)
			}
		}
		if len(s.types) == 0 {
			s.types = s.allowed
		}
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

// ofKinds returns the condition that a record is of the kinds that were asked for.
func (s *search) ofKinds() filter {
	switch len(s.types) {
	case 0:
		return nil
	case 1: // there is an index in the order of titles
		return only("canonical_type = ?", s.types[0])
	}
	return only("canonical_type = ANY (?)", s.types)
}

// having returns the condition that a record matches the query and is of the types; of any type if there are none. The
// index holds terms: words with their organization and type. The sub-select makes them once for all rows.
func having(types []string, query string, words ...any) projection.Condition {
	return projection.Where(terms("?::text[]", query), append([]any{types}, words...)...)
}

// terms returns the SQL of having.
func terms(types, query string) string {
	return "canonical.search_terms(organization_id, canonical_type, words) @@ (SELECT canonical.search_terms($1, " + types + ", " + query + "))"
}

// candidates returns a SELECT of the rows that meet all conditions, with what is added to their scores.
func candidates(bonus int64, where ...projection.Condition) projection.Condition {
	all := projection.Where("(SELECT *, " + strconv.FormatInt(bonus, 10) + "::bigint AS bonus FROM rows WHERE true")
	for _, condition := range where {
		all.SQL += " AND " + condition.SQL
		all.Args = append(all.Args, condition.Args...)
	}
	all.SQL += " LIMIT " + strconv.Itoa(mostFound) + ")"
	return all
}

// read returns the rows of a page behind the place, and one more if there is one.
func (s *search) read(ctx context.Context, at *place) ([]scoredRow, error) {
	switch s.order {
	case orderSimilar: // those whose title is alike come first
		return s.scored(ctx, searchDocuments, candidates(0, append(s.ofKinds(), s.lookalike())...), at,
			projection.Where("(word_similarity(?, spelling) + similarity(?, canonical.search_text(title, 200)) / 100) * 1000000", s.spelling, s.spelling))
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

// ranked returns candidates by the rank of their words, the best first. A whole word counts for more than a beginning.
func (s *search) ranked(ctx context.Context, from projection.Condition, words *string, at *place) ([]scoredRow, error) {
	return s.scored(ctx, searchTerms, from, at, projection.Where("(ts_rank(words, ?::tsquery, 1) + ts_rank(words, ?::tsquery, 1)) * 1000000", words, s.whole))
}

// scored returns candidates behind the place by their score, the best first. OFFSET 0 makes PostgreSQL compute each score
// once. One generic plan is good for all words and planning costs more than executing, so it uses the pool of reads by
// key.
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

// kindCount is the number of records of one type.
type kindCount struct {
	CanonicalType string `json:"canonical_type"`
	Count         int    `json:"count"`
}

// counts returns how many records of each kind the page's order finds, the most first. It counts all kinds together, up to
// mostFound records. If there are more, a frequent kind may have left no room for others, so each is counted by itself, up
// to mostFound; in the order of similar words, which are expensive to find, only the kinds that were asked for.
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

// byCount returns the kinds with a record, the most first.
func byCount(counts []kindCount) []kindCount {
	counts = slices.DeleteFunc(counts, func(c kindCount) bool { return c.Count == 0 })
	slices.SortFunc(counts, func(a, b kindCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.CanonicalType, b.CanonicalType))
	})
	return counts
}
