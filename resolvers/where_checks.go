package resolvers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// maxConditions is how many conditions a where may have: operators, and elements of and and or.
	maxConditions = 100
	// maxNesting is how many objects of a where may stand within each other.
	maxNesting = 8
)

// whereBounds counts the conditions of one where.
type whereBounds struct{ conditions int }

// exceeded returns the first place, in the order of names, where an object of a where has more than is allowed, and what is wrong
// there; an empty message if it has not. It looks no further than that.
func (b *whereBounds) exceeded(value any, at string, nesting int) (place, message string) {
	if nesting > maxNesting {
		return at, fmt.Sprintf("has more than %d objects within each other", maxNesting)
	}
	object, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		given, place := object[name], at+"."+name
		switch name {
		case "and", "or":
			if place, message := b.list(elements(given), place, nesting+1); message != "" {
				return place, message
			}
		case "not":
			if place, message := b.exceeded(given, place, nesting+1); message != "" {
				return place, message
			}
		default:
			operators, _ := given.(map[string]any)
			for range operators {
				if message := b.add(); message != "" {
					return place, message
				}
			}
		}
	}
	return "", ""
}

// refuseWheres returns the error for the first variable of an operation that has more conditions than are allowed; nil if there is
// none. It comes before the variables are walked in any other way.
func refuseWheres(operation *ast.OperationDefinition, given map[string]any) *gqlerror.Error {
	for _, variable := range operation.VariableDefinitions {
		value, ok := given[variable.Variable]
		if !ok || !strings.HasSuffix(variable.Type.Name(), "Where") {
			continue
		}
		at, bounds := "$"+variable.Variable, whereBounds{}
		var place, message string
		if list, ok := value.([]any); ok {
			place, message = bounds.list(list, at, 1)
		} else {
			place, message = bounds.exceeded(value, at, 1)
		}
		if message != "" {
			return located(about(badInput("%s", message), place), variable.Position)
		}
	}
	return nil
}

// list is exceeded for a list of objects.
func (b *whereBounds) list(list []any, at string, nesting int) (place, message string) {
	for i, element := range list {
		at := at + "." + strconv.Itoa(i)
		if message := b.add(); message != "" {
			return at, message
		}
		if place, message := b.exceeded(element, at, nesting); message != "" {
			return place, message
		}
	}
	return "", ""
}

// add takes one condition more, and returns what is wrong if that is one too many.
func (b *whereBounds) add() string {
	if b.conditions++; b.conditions > maxConditions {
		return fmt.Sprintf("has more than %d conditions", maxConditions)
	}
	return ""
}

// privateCondition is conditionOn for private columns.
func privateCondition(value any, typ *ast.Definition, at string) string {
	return conditionOn(value, typ, at, func(column *ast.FieldDefinition) bool { return column.Directives.ForName("private") != nil })
}

// conditionOn returns the place of the first condition on a refused column in an object of a where, which is of the type;
// empty if there is none. The object is within bounds.
func conditionOn(value any, typ *ast.Definition, at string, refused func(*ast.FieldDefinition) bool) string {
	object, _ := value.(map[string]any)
	for _, field := range typ.Fields {
		given := object[field.Name]
		switch {
		case given == nil:
		case refused(field):
			return at + "." + field.Name
		case field.Name == "not":
			if place := conditionOn(given, typ, at+".not", refused); place != "" {
				return place
			}
		case field.Name == "and", field.Name == "or":
			for i, element := range elements(given) {
				if place := conditionOn(element, typ, at+"."+field.Name+"."+strconv.Itoa(i), refused); place != "" {
					return place
				}
			}
		}
	}
	return ""
}
