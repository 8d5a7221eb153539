package resolvers

import (
	"context"

	"daybook/graph/model"
)

// nodes maps the type in an id to the function that returns the record with the id's key; nil if it does not exist. byKey
// adds every type that implements Node.
var nodes = map[string]func(context.Context, int64) (model.Node, error){}

// addNode adds the type of the rows to nodes, if *T implements Node.
func addNode[T any](b *batch[*T]) {
	if _, isNode := any((*T)(nil)).(model.Node); !isNode {
		return
	}
	nodes[b.node] = func(ctx context.Context, key int64) (model.Node, error) {
		found, err := b.load(ctx, key)
		if err != nil || found == nil {
			return nil, err
		}
		return any(found).(model.Node), nil
	}
}

// findNode returns the record of any type that id names, or nil if it does not exist.
func findNode(ctx context.Context, id model.ID) (model.Node, error) {
	if find, ok := nodes[id.Type]; ok {
		return find(ctx, id.Key)
	}
	return nil, nil
}

// lookup returns the record that id names, or nil if it does not exist or is of another type.
func lookup[T any](ctx context.Context, b *batch[*T], id model.ID) (*T, error) {
	key := keyIf(id, b.node)
	if done, err := lookupCompiled(ctx, b, key); done || err != nil {
		return nil, err
	}
	return b.load(ctx, key)
}
