package resolvers

import (
	"context"

	"daybook/graph/model"
)

// nodes maps the type in an id to the function that returns the records with the ids' keys, in their order; nil where one does
// not exist. byKey and direct add every type that implements Node.
var nodes = map[string]func(ctx context.Context, keys []int64) ([]model.Node, error){}

// answerNode maps the type in an id to lookupCompiled for it.
var answerNode = map[string]func(context.Context, int64) (bool, error){}

// addNode adds the type of the rows to nodes, if *T implements Node.
func addNode[T any](b *batch[*T]) {
	if _, isNode := any((*T)(nil)).(model.Node); !isNode {
		return
	}
	answerNode[b.node] = func(ctx context.Context, key int64) (bool, error) { return lookupCompiled(ctx, b, key) }
	nodes[b.node] = func(ctx context.Context, keys []int64) ([]model.Node, error) {
		records, err := b.loadAll(ctx, keys)
		found := make([]model.Node, len(records))
		for i, record := range records {
			if record != nil {
				found[i] = any(record).(model.Node)
			}
		}
		return found, err
	}
}

// hiddenType reports whether the caller may read nothing of a type, whose records then do not exist for them: not even an id,
// which an interface would show.
func hiddenType(ctx context.Context, typ string) bool {
	definition := schemaOf.Types[typ]
	return definition != nil && definition.Directives.ForName("private") != nil && !readsPrivateData(ctx)
}

// findNode returns the record of any type that id names, or nil if it does not exist.
func findNode(ctx context.Context, id model.ID) (model.Node, error) {
	found, err := findNodes(ctx, []model.ID{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// findNodes returns the records of any types that the ids name, in their order; nil where one does not exist. It makes a
// statement for each type.
func findNodes(ctx context.Context, ids []model.ID) ([]model.Node, error) {
	places := map[string][]int{}
	for i, id := range ids {
		places[id.Type] = append(places[id.Type], i)
	}
	all := make([]model.Node, len(ids))
	for typ, of := range places {
		find, known := nodes[typ]
		if !known || hiddenType(ctx, typ) {
			continue
		}
		keys := make([]int64, len(of))
		for i, place := range of {
			keys[i] = ids[place].Key
		}
		found, err := find(ctx, keys)
		if err != nil {
			return nil, err
		}
		for i, place := range of {
			all[place] = found[i]
		}
	}
	return all, nil
}

// lookup returns the record that id names, or nil if it does not exist or is of another type.
func lookup[T any](ctx context.Context, b *batch[*T], id model.ID) (*T, error) {
	key := keyIf(id, b.node)
	if done, err := lookupCompiled(ctx, b, key); done || err != nil {
		return nil, err
	}
	return b.load(ctx, key)
}
