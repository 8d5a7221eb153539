package resolvers

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
	"daybook/projection"
)

// filter is the conditions of a list; all must hold. A field of the GraphQL filter that is left
// out or null adds none.
type filter []projection.Condition

// where adds a condition over the read model's columns; each ? takes one argument.
func (f *filter) where(sql string, args ...any) { *f = append(*f, projection.Where(sql, args...)) }

// given adds the condition when the filter's field has a value, which is its argument.
func given[T any](f *filter, field graphql.Omittable[*T], sql string) {
	if value := field.Value(); value != nil {
		f.where(sql, *value)
	}
}

// either adds one condition for true and another for false.
func (f *filter) either(field graphql.Omittable[*bool], whenTrue, whenFalse string, args ...any) {
	switch value := field.Value(); {
	case value == nil:
	case *value:
		f.where(whenTrue, args...)
	default:
		f.where(whenFalse, args...)
	}
}

// archived adds the condition that a row is live; archived if the field is true.
func (f *filter) archived(field graphql.Omittable[*bool]) {
	if value := field.Value(); value != nil && *value {
		f.where("archived")
		return
	}
	f.where("NOT archived")
}

// reference adds a condition on a column that refers to a record of the given type. An id
// of another type refers to nothing, so it finds nothing.
func (f *filter) reference(field graphql.Omittable[*model.ID], column, typ string) {
	switch id := field.Value(); {
	case id == nil:
	case id.Type == typ:
		*f = append(*f, projection.Equal(column, id.Key))
	default:
		f.where("FALSE")
	}
}

// among is reference for several columns, of which any may have the key.
func (f *filter) among(field graphql.Omittable[*model.ID], typ string, columns ...string) {
	switch id := field.Value(); {
	case id == nil:
	case id.Type == typ:
		var either []string
		var keys []any
		for _, column := range columns {
			either, keys = append(either, column+" = ?"), append(keys, id.Key)
		}
		f.where(strings.Join(either, " OR "), keys...)
	default:
		f.where("FALSE")
	}
}

// search adds the condition that the search text of a row contains the given text. Case,
// accents and apostrophes do not count, and the text has no wildcards.
func (f *filter) search(field graphql.Omittable[*string]) {
	text := field.Value()
	if text == nil || strings.TrimSpace(*text) == "" {
		return
	}
	f.where("search_text LIKE canonical.search_pattern(?)", strings.TrimSpace(*text))
}

// only returns a filter of one condition.
func only(sql string, args ...any) filter { return filter{projection.Where(sql, args...)} }
