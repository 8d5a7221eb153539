package resolvers

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/reports"
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

// named adds the condition that the key in the column is one of the ids, each of which may be named more than once. An id of
// another type names nothing; without any, nothing is found.
func (f *filter) named(field graphql.Omittable[[]model.ID], column, typ string) {
	ids := field.Value()
	if ids == nil {
		return
	}
	keys := make([]int64, 0, len(ids))
	for _, id := range ids {
		if id.Type == typ {
			keys = append(keys, id.Key)
		}
	}
	slices.Sort(keys)
	f.where(column+" = ANY (?)", slices.Compact(keys))
}

// stores adds the condition that one of the columns refers to one of the stores; a nil among them is the office. An id of
// another type names nothing; without any, nothing is found.
func (f *filter) stores(field graphql.Omittable[[]*model.ID], columns ...string) {
	ids := field.Value()
	if ids == nil {
		return
	}
	var either []string
	var args []any
	for _, column := range columns {
		condition, keys := reports.StoresOf(ids).Condition(column)
		either, args = append(either, condition), append(args, keys...)
	}
	f.where(strings.Join(either, " OR "), args...)
}

// externalRef adds the condition that the record whose key is in the column has the reference in its canonical table, where
// references are indexed; kind is a further condition of that index, or empty.
func (f *filter) externalRef(field graphql.Omittable[*string], column, table, kind string) {
	ref := field.Value()
	if ref == nil {
		return
	}
	if kind != "" {
		kind = " AND referenced.kind = '" + kind + "'"
	}
	f.where(column+" = ANY (ARRAY(SELECT referenced.id FROM canonical."+table+" AS referenced WHERE referenced.organization_id = $1"+
		" AND referenced.external_ref = ?"+kind+"))", canonical.Reference(*ref))
}

// exactly adds the condition that the text of a column, which is a part of the search text, is the given one in any case.
func (f *filter) exactly(field graphql.Omittable[*string], column string) {
	text := field.Value()
	if text == nil {
		return
	}
	f.where("search_text LIKE canonical.search_pattern(?)", strings.TrimSpace(*text))
	f.where("lower("+column+") = lower(?)", strings.TrimSpace(*text))
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
