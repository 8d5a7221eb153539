package resolvers

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/sync/errgroup"

	"daybook/graph/model"
	"daybook/graph/selection"
)

// relation declares that a batch loads the values V of a GraphQL field of P.
type relation[P, V any] struct {
	field string
	batch *batch[V]
	// key returns what the batch finds the field's value by; 0 if there is nothing to load.
	key func(*P) int64
}

// relate declares a relation, for resolvers and for compiled selections.
func relate[P, V any](field string, b *batch[V], key func(*P) int64) *relation[P, V] {
	if parent := selection.Of[P](); parent != nil && b.source != nil {
		parent.Relate(field, &selection.Relation{Target: b.target, Many: b.many, Source: b.source, Field: keyField(key), Key: func(row any) int64 { return key(row.(*P)) }})
	}
	return &relation[P, V]{field: field, batch: b, key: key}
}

// keyField returns the field of P that holds the key which a function returns; empty if no field of a row alone does.
func keyField[P any](key func(*P) int64) string {
	for i := range reflect.TypeFor[P]().NumField() {
		var row P
		switch field := reflect.ValueOf(&row).Elem().Field(i).Addr().Interface().(type) {
		case *int64:
			*field = 1
		case **int64:
			*field = new(int64(1))
		case *model.ID:
			field.Key = 1
		default:
			continue
		}
		if key(&row) == 1 {
			return reflect.TypeFor[P]().Field(i).Name
		}
	}
	return ""
}

// computed declares that a Boolean field of P follows from a row and the request, for compiled selections. needs lists the
// fields of the struct that value reads.
func computed[P any](field string, value func(context.Context, *P) bool, needs ...string) func(context.Context, *P) bool {
	selection.Of[P]().Compute(field, func(ctx context.Context, b []byte, row any) []byte {
		return strconv.AppendBool(b, value(ctx, row.(*P)))
	}, needs...)
	return value
}

// load returns the field's value for a row.
func (rel *relation[P, V]) load(ctx context.Context, row *P) (V, error) {
	return rel.batch.load(ctx, rel.key(row))
}

// loadRequired is load for a field that is never null: a missing record is an error.
func loadRequired[P, T any](ctx context.Context, rel *relation[P, *T], row *P) (*T, error) {
	found, err := rel.load(ctx, row)
	if err == nil && found == nil {
		err = fmt.Errorf("%s with key %d is missing", rel.field, rel.key(row))
	}
	return found, err
}

// prefetcher is a relation of P as a page uses it. prefetch reads the field's values for all rows in one statement, if
// the field is among the selected ones. Loaders alone would group only the keys that are asked for within batchWait.
type prefetcher[P any] interface {
	prefetch(ctx context.Context, selected map[string]bool, rows []P) error
}

func (rel *relation[P, V]) prefetch(ctx context.Context, selected map[string]bool, rows []P) error {
	if !selected[rel.field] {
		return nil
	}
	keys := make([]int64, 0, len(rows))
	for i := range rows {
		if key := rel.key(&rows[i]); key != 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return prime(ctx, rel.batch, keys)
}

// prefetchSelected prefetches all relations of a page's rows at the same time.
func prefetchSelected[P any](ctx context.Context, rows []P, relations []prefetcher[P]) error {
	if len(rows) == 0 || len(relations) == 0 {
		return nil
	}
	selected := nodeFields(ctx)
	group, ctx := errgroup.WithContext(ctx)
	for _, rel := range relations {
		group.Go(func() (err error) {
			defer func() { // gqlgen recovers in its own goroutines only
				if value := recover(); value != nil {
					err = fmt.Errorf("panic: %v\n%s", value, debug.Stack())
				}
			}()
			return rel.prefetch(ctx, selected, rows)
		})
	}
	return group.Wait()
}

// nodeFields returns the names of the fields that are selected on the rows of the connection
// that is being resolved, below `nodes` or `edges.node`.
func nodeFields(ctx context.Context) map[string]bool {
	operation := graphql.GetOperationContext(ctx)
	names := map[string]bool{}
	add := func(node graphql.CollectedField) {
		for _, field := range graphql.CollectFields(operation, node.Selections, nil) {
			names[field.Name] = true
		}
	}
	for _, field := range graphql.CollectFieldsCtx(ctx, nil) {
		switch field.Name {
		case "nodes":
			add(field)
		case "edges":
			for _, inner := range graphql.CollectFields(operation, field.Selections, nil) {
				if inner.Name == "node" {
					add(inner)
				}
			}
		}
	}
	return names
}

// optional returns the relation key of a nullable reference; 0 if it is null.
func optional(key *int64) int64 {
	if key == nil {
		return 0
	}
	return *key
}

// keyIf returns the relation key of a reference to records of several types: the id's key if it is of the type, else 0.
func keyIf(id model.ID, typ string) int64 {
	if id.Type != typ {
		return 0
	}
	return id.Key
}

// keyOf returns the relation key of a nullable id; 0 if it is null.
func keyOf(id *model.ID) int64 {
	if id == nil {
		return 0
	}
	return id.Key
}
