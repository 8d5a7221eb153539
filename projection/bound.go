package projection

import (
	"fmt"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Shared is the Definition.Stores of a model whose rows are of no store, and which everybody may read whole.
const Shared = "true"

// maxBound is of how many lists of stores a model keeps its statements.
const maxBound = 100

func newBound[T any]() *lru.Cache[string, *Model[T]] {
	kept, _ := lru.New[string, *Model[T]](maxBound) // fails for no size but those below one
	return kept
}

// of returns the model of the rows that the reader may read: the model itself for one that is not bound to stores. Every read
// begins with it.
//
// The stores are part of the statements' text, like the model's own restriction: no statement can be made without them, and the
// planner knows them. The model keeps the statements for each list.
func (m *Model[T]) of(r *Reader) (*Model[T], error) {
	switch {
	case r.Stores == nil || m.Stores == Shared:
		return m, nil
	case m.Stores == "":
		return nil, fmt.Errorf("read %s: %w", m.Name, ErrBound)
	}
	stores := storeArray(r.Stores)
	if kept, found := m.bound.Get(stores); found {
		return kept, nil
	}
	n := *m
	n.texts, n.bound = newStatementTexts(), nil
	n.Stores, n.Where = Shared, m.storeCondition(stores)
	m.bound.Add(stores, &n)
	return &n, nil
}

// storeArray returns the stores as an SQL array.
func storeArray(stores []int64) string {
	keys := make([]string, len(stores))
	for i, key := range stores {
		keys[i] = strconv.FormatInt(key, 10)
	}
	return "'{" + strings.Join(keys, ",") + "}'::bigint[]"
}

// storeCondition returns the condition that a row is of the model and of the stores.
func (m *Model[T]) storeCondition(stores string) string {
	return m.restriction() + " AND (" + strings.ReplaceAll(m.Stores, "?", stores) + ")"
}

// OfStores returns the SQL condition by which a model has the rows of some stores; Shared for one that everybody may read whole,
// and empty for one that is not for members bound to stores.
func (m *Model[T]) OfStores() string { return m.Definition.Stores }
