package resolvers

import (
	"context"

	"daybook/graph/selection"
	"daybook/projection"
)

// loaded declares how values for many keys are read that are no rows of a read model, for loaders and for compiled selections.
func loaded[T any](read func(context.Context, *projection.Reader, []int64) (map[int64][]T, error)) *batch[[]T] {
	return &batch[[]T]{read: read, source: &loadedSource[T]{read}, target: selection.Of[T](), many: true}
}

// one says that there is one value for each key.
func one[T any](b *batch[[]T]) *batch[[]T] {
	b.many = false
	return b
}

// loads are the values of a loadedSource.
type loads interface {
	// load reads the wanted keys.
	load(ctx context.Context, r *projection.Reader) error
}

// loadedSource is what loaded declares, as a source. Its values have no cells.
type loadedSource[T any] struct {
	read func(context.Context, *projection.Reader, []int64) (map[int64][]T, error)
}

// HasCell is for package selection.
func (s *loadedSource[T]) HasCell(string) bool { return false }

// Narrow is for package selection.
func (s *loadedSource[T]) Narrow(*selection.Needs) selection.Reader { return s }

// Values is for package selection.
func (s *loadedSource[T]) Values() selection.Values {
	return &loadedValues[T]{source: s, spans: map[int64]span{}}
}

type loadedValues[T any] struct {
	source *loadedSource[T]
	wanted []int64
	spans  map[int64]span
	all    []T
}

func (v *loadedValues[T]) Want(key int64) {
	if _, known := v.spans[key]; !known {
		v.spans[key] = span{}
		v.wanted = append(v.wanted, key)
	}
}

func (v *loadedValues[T]) Wanted() bool { return len(v.wanted) > 0 }

func (v *loadedValues[T]) Span(key int64) (from, to int) {
	s := v.spans[key]
	return int(s.from), int(s.to)
}

func (v *loadedValues[T]) Row(i int) any { return &v.all[i] }

func (v *loadedValues[T]) Cell(int, int) []byte { panic("resolvers: loaded values have no cells") }

func (v *loadedValues[T]) load(ctx context.Context, r *projection.Reader) error {
	found, err := v.source.read(ctx, r, v.wanted)
	if err != nil {
		return err
	}
	for _, key := range v.wanted {
		from := int32(len(v.all))
		v.all = append(v.all, found[key]...)
		v.spans[key] = span{from, int32(len(v.all))}
	}
	v.wanted = nil
	return nil
}
