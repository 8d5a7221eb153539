package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// maxTokens is the largest number of tokens in a document.
	maxTokens = 5_000
	// maxDepth is how deep fields may be nested.
	maxDepth = 12
	// maxAliases is how many fields of an operation may be renamed: each is one more
	// answer, and in a mutation one more write.
	maxAliases = 30
	// maxFields is how many fields an operation may have with all fragments spread out.
	maxFields = 2_000
	// maxIntrospections is how many answers about the schema an operation may ask for: the whole of it
	// takes 280 KB. An alias below __schema or __type asks for one more.
	maxIntrospections = 1
)

// limits refuses operations that are too deep, too wide or have too many aliases, before
// anything walks them in full. The validator bounds the depth of introspection.
type limits struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = limits{}

// ExtensionName names the extension.
func (limits) ExtensionName() string { return "Limits" }

// Validate accepts every schema.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext measures the operation.
func (limits) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	total := measurer{}.selection(operation.Operation.SelectionSet)
	switch {
	case total.depth > maxDepth:
		return badInput("fields are nested %d deep; at most %d is allowed", total.depth, maxDepth)
	case total.aliases > maxAliases:
		return badInput("the operation has more than %d aliases", maxAliases)
	case total.fields > maxFields:
		return badInput("the operation has more than %d fields", maxFields)
	case total.introspections > maxIntrospections:
		return badInput("the operation has more than %d introspection: one __schema or __type, without aliases in it", maxIntrospections)
	}
	return nil
}

// extent is the size of a selection with its fragments spread out.
type extent struct {
	depth, aliases, fields, introspections int
}

// add returns the extent of two selections side by side. Nested fragments can double the sums at
// every step, so they stop growing far above every limit.
func (e extent) add(other extent) extent {
	const enough = 1 << 20
	return extent{
		depth:          max(e.depth, other.depth),
		aliases:        min(e.aliases+other.aliases, enough),
		fields:         min(e.fields+other.fields, enough),
		introspections: min(e.introspections+other.introspections, enough),
	}
}

// measurer holds the extent of every fragment by name, so that each is walked once.
type measurer map[string]extent

func (m measurer) selection(set ast.SelectionSet) (total extent) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			own := m.selection(s.SelectionSet)
			if s.Name == "__schema" || s.Name == "__type" {
				total = total.add(extent{introspections: 1 + own.aliases, fields: own.fields})
				continue
			}
			own.depth++
			own.fields++
			if s.Alias != s.Name {
				own.aliases++
			}
			total = total.add(own)
		case *ast.InlineFragment:
			total = total.add(m.selection(s.SelectionSet))
		case *ast.FragmentSpread:
			inner, known := m[s.Name]
			if !known {
				inner = m.selection(s.Definition.SelectionSet)
				m[s.Name] = inner
			}
			total = total.add(inner)
		}
	}
	return total
}
