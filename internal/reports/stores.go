package reports

import (
	"slices"

	"daybook/graph/model"
	"daybook/projection"
)

// Stores are the stores of a report or a list. The zero value is all stores and the office.
type Stores struct {
	// Only is whether the other fields say which; else it is all of them.
	Only bool
	// Keys are the stores' keys, sorted, each once.
	Keys []int64
	// Office is whether what belongs to no store is among them.
	Office bool
}

// StoresOf returns the stores that an argument names: nil is all of them, a nil among the ids the office. An id of another type
// names nothing.
func StoresOf(ids []*model.ID) Stores {
	if ids == nil {
		return Stores{}
	}
	s := Stores{Only: true, Keys: []int64{}}
	for _, id := range ids {
		switch {
		case id == nil:
			s.Office = true
		case id.Type == "Store":
			s.Keys = append(s.Keys, id.Key)
		}
	}
	slices.Sort(s.Keys)
	s.Keys = slices.Compact(s.Keys)
	return s
}

// Within returns those of the stores that are among the keys; nil is all of them, and the office.
func (s Stores) Within(keys []int64) Stores {
	if keys == nil {
		return s
	}
	within := Stores{Only: true, Keys: []int64{}}
	for _, key := range keys {
		if !s.Only || slices.Contains(s.Keys, key) {
			within.Keys = append(within.Keys, key)
		}
	}
	slices.Sort(within.Keys)
	return within
}

// Condition returns the condition that a nullable column refers to one of the stores, where null is the office, and its
// arguments.
func (s Stores) Condition(column string) (sql string, args []any) {
	switch {
	case !s.Only:
		return "TRUE", nil
	case len(s.Keys) == 0 && s.Office:
		return column + " IS NULL", nil
	case len(s.Keys) == 1 && !s.Office:
		return column + " = ?", []any{s.Keys[0]}
	case s.Office:
		return "(" + column + " IS NULL OR " + column + " = ANY (?::bigint[]))", []any{s.Keys}
	}
	return column + " = ANY (?::bigint[])", []any{s.Keys}
}

// InSum returns the condition that a column of a sum refers to one of the stores, where 0 is the office, and its arguments.
func (s Stores) InSum(column string) (sql string, args []any) {
	if !s.Only {
		return "TRUE", nil
	}
	return column + " = ANY (?::bigint[])", []any{s.SumKeys()}
}

// SumKeys returns the stores' keys, and 0 for the office if it is among them; what it returns says nothing unless Only.
func (s Stores) SumKeys() []int64 {
	keys := append([]int64{}, s.Keys...)
	if s.Office {
		keys = append(keys, 0)
	}
	return keys
}

// inSum returns InSum as a condition of a read.
func (s Stores) inSum(column string) projection.Condition {
	sql, args := s.InSum(column)
	return projection.Where(sql, args...)
}

// storeID returns the id of the store with a key; nil for 0 or nil, the office.
func storeID(key *int64) *model.ID {
	if key == nil || *key == 0 {
		return nil
	}
	return &model.ID{Type: "Store", Key: *key}
}
