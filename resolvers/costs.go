package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// maxCost is the largest cost of one operation. A page of 200 invoices with all their
	// own fields costs about 10 000.
	maxCost = 40_000
	// statementWeight is the weight of a connection: its page takes an SQL statement.
	statementWeight = 25
	// recordListSize is the size that a list in a record is taken to have.
	recordListSize = 5
	// costCeiling is where a cost stops growing, far above maxCost.
	costCeiling = 1 << 50
)

// costs refuses operations that cost more than maxCost. A field costs its weight, and its size
// times what is selected in it. Both follow from the field's type:
//
//	a connection                weight 25, size: the argument first or last
//	a list in a Node            weight 1,  size 5
//	every other field           weight 1,  size 1
//
// The directives @cost and @listSize say otherwise in the schema, in the words of the GraphQL
// cost specification. costs comes after limits, which bounds the fragments that it walks.
type costs struct {
	fields map[*ast.FieldDefinition]fieldCost
	// allowances bound what members ask for; nil does not.
	allowances *allowances
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = (*costs)(nil)

// fieldCost is what a field of the schema costs.
type fieldCost struct {
	weight, size int
	// slicing lists the arguments of which the last one given is the size of a page.
	slicing []string
}

// isRecord reports whether every value of the type is a Node.
func isRecord(schema *ast.Schema, typ *ast.Definition) bool {
	possible := schema.GetPossibleTypes(typ)
	return len(possible) > 0 && !slices.ContainsFunc(possible, func(t *ast.Definition) bool { return !slices.Contains(t.Interfaces, "Node") })
}

// costOf returns what a field costs, of a record or of another type.
func costOf(record bool, field *ast.FieldDefinition) (fieldCost, error) {
	cost := fieldCost{weight: 1, size: 1}
	switch {
	case strings.HasSuffix(field.Type.Name(), "Connection"):
		cost = fieldCost{weight: statementWeight, size: defaultPageSize, slicing: []string{"first", "last"}}
	case field.Type.Elem != nil && record:
		cost.size = recordListSize
	}
	if d := field.Directives.ForName("cost"); d != nil {
		weight, err := strconv.Atoi(d.Arguments.ForName("weight").Value.Raw)
		if err != nil {
			return cost, fmt.Errorf("weight: %w", err)
		}
		cost.weight = weight
	}
	if d := field.Directives.ForName("listSize"); d != nil {
		if assumed := d.Arguments.ForName("assumedSize"); assumed != nil {
			size, err := strconv.Atoi(assumed.Value.Raw)
			if err != nil {
				return cost, fmt.Errorf("assumedSize: %w", err)
			}
			cost.size = size
		}
		if slicing := d.Arguments.ForName("slicingArguments"); slicing != nil {
			for _, name := range slicing.Value.Children {
				cost.slicing = append(cost.slicing, name.Value.Raw)
			}
		}
	}
	return cost, nil
}

// ExtensionName names the extension.
func (*costs) ExtensionName() string { return "Costs" }

// Validate reads the costs of all fields out of the schema. A weight or size in it that is no
// whole number is an error.
func (c *costs) Validate(schema graphql.ExecutableSchema) error {
	c.fields = map[*ast.FieldDefinition]fieldCost{}
	for _, typ := range schema.Schema().Types {
		record := isRecord(schema.Schema(), typ)
		for _, field := range typ.Fields {
			cost, err := costOf(record, field)
			if err != nil {
				return fmt.Errorf("cost of %s.%s: %w", typ.Name, field.Name, err)
			}
			c.fields[field] = cost
		}
	}
	return nil
}

// MutateOperationContext adds up what the operation costs, and takes it from the caller's allowance.
func (c *costs) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	cost := c.selection(operation.Operation.SelectionSet, operation.Variables)
	if cost <= maxCost {
		return c.allowances.take(ctx, cost)
	}
	err := gqlerror.Errorf("operation has complexity %d, which exceeds the limit of %d", cost, maxCost)
	errcode.Set(err, "COMPLEXITY_LIMIT_EXCEEDED")
	return err
}

// selection returns what the selected fields cost together. Introspection costs nothing.
func (c *costs) selection(set ast.SelectionSet, variables map[string]any) (total int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Definition.Type.Name() != "__Schema" {
				total += c.field(s, variables)
			}
		case *ast.InlineFragment:
			total += c.selection(s.SelectionSet, variables)
		case *ast.FragmentSpread:
			total += c.selection(s.Definition.SelectionSet, variables)
		}
		total = min(total, costCeiling)
	}
	return total
}

func (c *costs) field(f *ast.Field, variables map[string]any) int {
	cost, known := c.fields[f.Definition]
	if !known { // a field that GraphQL itself defines, such as __typename
		cost = fieldCost{weight: 1, size: 1}
	}
	size := cost.size
	for _, name := range cost.slicing {
		if given := sizeGiven(f, name, variables); given != nil {
			size = pageSize(given)
		}
	}
	return cost.weight + size*c.selection(f.SelectionSet, variables)
}

// sizeGiven returns an argument's value; nil without one. No argument that says a size has a default.
func sizeGiven(f *ast.Field, name string, variables map[string]any) any {
	a := f.Arguments.ForName(name)
	if a == nil {
		return nil
	}
	if a.Value.Kind == ast.Variable {
		return variables[a.Value.Raw]
	}
	given, _ := a.Value.Value(variables) // a literal, which validation has read
	return given
}

// pageSize returns the size that an argument asks for. One that is out of bounds is refused
// where the page is read; here it counts as the largest.
func pageSize(given any) int {
	size, err := graphql.UnmarshalInt(given)
	if err != nil || size < 0 || size > maxPageSize {
		return maxPageSize
	}
	return size
}
