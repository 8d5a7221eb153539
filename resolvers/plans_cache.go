package resolvers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/selection"
	"daybook/projection"
)

// maxPlans is how many plans are kept for a document: one for each of its lists, times those values of the variables in
// @skip and @include that were asked for.
const maxPlans = 32

// plan is the compiled selection of a root field.
type plan struct {
	// selection is nil if gqlgen must answer.
	selection *selection.Plan
	// model reads what selection needs of the root's rows, a *projection.Model.
	model any
}

// plans are kept with their document.
type plans struct {
	made map[planKey]*plan
	// conditions are the variables in @skip and @include; known says that they were looked for.
	conditions []string
	known      bool
}

// planKey says which plan of a document it is. Two operations may share a field of a fragment, and merge it with others
// differently.
type planKey struct {
	operation *ast.OperationDefinition
	field     *ast.Field
	typ       string // the field's, or that of the record which it has found
	// conditions are the values of the variables in @skip and @include: a byte for each.
	conditions string
}

// planOf returns the plan for the connection or the record of the given type that is being resolved, from the documents of
// its slot.
func planOf[T any](ctx context.Context, s *slot, typ string, m *projection.Model[T]) *plan {
	operation, field := graphql.GetOperationContext(ctx), s.collected
	return s.documents.plan(operation, field.Field, typ, func() *plan {
		p := &plan{selection: selection.Compile(operation, typ, field.Selections, m.HasCell)}
		if p.selection != nil {
			needs := p.selection.Needs()
			p.model = m.Narrow(needs.Field, needs.Cells)
		}
		return p
	})
}

// plan returns the plan for a root field of an operation, and keeps it as long as its document.
func (d *documents) plan(operation *graphql.OperationContext, field *ast.Field, typ string, compile func() *plan) *plan {
	key := planKey{operation: operation.Operation, field: field, typ: typ}
	if found := d.planAt(operation, &key); found != nil {
		return found
	}
	made := compile()
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.cache.Peek(operation.RawQuery)
	if !ok || kept.parsed != operation.Doc || len(kept.plans.made) >= maxPlans {
		return made
	}
	if kept.plans.made == nil {
		kept.plans.made = map[planKey]*plan{}
	}
	if kept.plans.made[key] == nil { // else another request has made the same
		kept.plans.made[key] = made
		size := 200
		if made.selection != nil {
			size += made.selection.Size()
		}
		kept.bytes += size
		d.bytes += size
	}
	for d.bytes > d.limit {
		d.cache.RemoveOldest()
	}
	return made
}

// planAt returns the plan that is kept for an operation; nil if there is none. It completes the key.
func (d *documents) planAt(operation *graphql.OperationContext, key *planKey) *plan {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.cache.Peek(operation.RawQuery)
	if !ok || kept.parsed != operation.Doc {
		return nil
	}
	if !kept.plans.known {
		kept.plans.conditions, kept.plans.known = conditionVariables(operation.Doc), true
	}
	if len(kept.plans.conditions) > 0 {
		values := make([]byte, len(kept.plans.conditions))
		for i, name := range kept.plans.conditions {
			if value, _ := operation.Variables[name].(bool); value {
				values[i] = 1
			}
		}
		key.conditions = string(values)
	}
	return kept.plans.made[*key]
}

// conditionVariables returns the names of the variables in a document's @skip and @include, each once.
func conditionVariables(doc *ast.QueryDocument) (names []string) {
	var sets []ast.SelectionSet
	for _, operation := range doc.Operations {
		sets = append(sets, operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		sets = append(sets, fragment.SelectionSet)
	}
	for len(sets) > 0 {
		set := sets[0]
		sets = sets[1:]
		for _, selection := range set {
			directives, below := conditionsOf(selection)
			if below != nil {
				sets = append(sets, below)
			}
			for _, directive := range directives {
				if condition := directive.Arguments.ForName("if"); condition != nil && condition.Value.Kind == ast.Variable && !slices.Contains(names, condition.Value.Raw) {
					names = append(names, condition.Value.Raw)
				}
			}
		}
	}
	return names
}

// conditionsOf returns the directives of a selection, and the selections in it.
func conditionsOf(selection ast.Selection) (ast.DirectiveList, ast.SelectionSet) {
	switch s := selection.(type) {
	case *ast.Field:
		return s.Directives, s.SelectionSet
	case *ast.InlineFragment:
		return s.Directives, s.SelectionSet
	case *ast.FragmentSpread:
		return s.Directives, nil
	}
	return nil, nil
}
