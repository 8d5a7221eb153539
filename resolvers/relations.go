package resolvers

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/sync/errgroup"

	"daybook/graph/model"
)

// relation declares that the GraphQL field of a row of P is answered by a batch.
type relation[P, V any] struct {
	field string
	batch *batch[V]
	// key is what the batch finds the field's rows by; 0 where the row has none.
	key func(*P) int64
}

// relate declares a relation.
func relate[P, V any](field string, b *batch[V], key func(*P) int64) *relation[P, V] {
	return &relation[P, V]{field: field, batch: b, key: key}
}

// of returns what belongs to the row.
func (rel *relation[P, V]) of(ctx context.Context, row *P) (V, error) {
	return rel.batch.load(ctx, rel.key(row))
}

// must is of for a field that is never null.
func must[P, T any](ctx context.Context, rel *relation[P, *T], row *P) (*T, error) {
	found, err := rel.of(ctx, row)
	if err == nil && found == nil {
		err = fmt.Errorf("%s with key %d is missing", rel.field, rel.key(row))
	}
	return found, err
}

// ahead is what a page does with a relation of its rows: it reads in one statement what the
// selection is about to ask for row by row. Which rows come together is then certain, where
// a loader alone could only wait for what comes at about the same time.
type ahead[P any] interface {
	ahead(ctx context.Context, selected map[string]bool, rows []P) error
}

func (rel *relation[P, V]) ahead(ctx context.Context, selected map[string]bool, rows []P) error {
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

// readAhead does that for all relations of a page's rows at once.
func readAhead[P any](ctx context.Context, rows []P, relations []ahead[P]) error {
	if len(rows) == 0 || len(relations) == 0 {
		return nil
	}
	selected := nodeFields(ctx)
	group, ctx := errgroup.WithContext(ctx)
	for _, rel := range relations {
		group.Go(func() (err error) {
			defer func() { // nobody else recovers in this goroutine
				if value := recover(); value != nil {
					err = fmt.Errorf("panic: %v\n%s", value, debug.Stack())
				}
			}()
			return rel.ahead(ctx, selected, rows)
		})
	}
	return group.Wait()
}

// nodeFields returns the names of the fields that are selected on the rows of the
// connection that is being resolved, in `nodes` or in `edges.node`.
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

// optional is the relation key of a nullable reference.
func optional(key *int64) int64 {
	if key == nil {
		return 0
	}
	return *key
}

// keyIf is the relation key of a record that may be of several types: of the one that id names, and none of the others.
func keyIf(id model.ID, typ string) int64 {
	if id.Type != typ {
		return 0
	}
	return id.Key
}
