package resolvers

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// costReport is `extensions.cost` of a response, in the words of the GraphQL cost specification.
type costReport struct {
	// Requested is what the operation could have cost: it is what is compared with Limit, and what a rate limit counts.
	Requested int `json:"requested"`
	// Actual is what it costs with the sizes of the lists that were answered.
	Actual int `json:"actual"`
	// Limit is the largest cost of one operation.
	Limit int `json:"limit"`
}

// report adds the extension to a response, if the caller asks for it.
func (c *costs) report(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || !requestFrom(ctx).cost || !graphql.HasOperationContext(ctx) {
		return response
	}
	operation := graphql.GetOperationContext(ctx)
	selected := operation.Operation.SelectionSet
	var data map[string]any
	if err := json.Unmarshal(response.Data, &data); err != nil {
		data = nil // there is none
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = costReport{Requested: c.selection(selected, operation.Variables), Actual: c.answered(selected, data), Limit: maxCost}
	return response
}

// answered returns what the fields of a selection cost that stand in an answered object.
func (c *costs) answered(set ast.SelectionSet, object map[string]any) (total int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			value, there := object[s.Alias]
			if !there || s.Definition.Type.Name() == "__Schema" {
				continue // a fragment on another type, or skipped
			}
			weight := 1
			if cost, known := c.fields[s.Definition]; known {
				weight = cost.weight
			}
			total += weight + c.answeredValue(s.SelectionSet, value)
		case *ast.InlineFragment:
			total += c.answered(s.SelectionSet, object)
		case *ast.FragmentSpread:
			total += c.answered(s.Definition.SelectionSet, object)
		}
	}
	return total
}

func (c *costs) answeredValue(set ast.SelectionSet, value any) (total int) {
	switch v := value.(type) {
	case map[string]any:
		return c.answered(set, v)
	case []any:
		for _, element := range v {
			total += c.answeredValue(set, element)
		}
	}
	return total
}
