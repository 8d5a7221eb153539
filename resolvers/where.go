package resolvers

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

// schemaOf has the types of all arguments.
var schemaOf = generated.NewExecutableSchema(generated.Config{}).Schema()

// whereOf returns the conditions of the argument where of the list that is being resolved; none if it has no such argument, or
// none is given. The rows are of the type node, and column returns the column that a field is read from.
//
// The conditions of the outermost object, and of what it joins by and, are returned one by one, so that a page of one group of rows
// (projection.Equal) is known for one. Bounds, scalars, and who may read what, were checked before the operation began.
func whereOf(ctx context.Context, node string, column func(field string) string) ([]projection.Condition, error) {
	field := graphql.GetFieldContext(ctx).Field
	if field.Field == nil || field.Arguments.ForName("where") == nil {
		return nil, nil
	}
	given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)["where"]
	return where{column, node}.all(given, schemaOf.Types[field.Definition.Arguments.ForName("where").Type.Name()])
}

// where makes conditions of one argument.
type where struct {
	column func(field string) string
	node   string
}

// all returns the conditions of an object of the type, which all must hold. They come in the order of the type's fields, so that
// one shape of object makes one statement.
func (w where) all(value any, typ *ast.Definition) (list []projection.Condition, err error) {
	object, _ := value.(map[string]any) // null is no condition
	for _, field := range typ.Fields {
		given := object[field.Name]
		if given == nil {
			continue
		}
		var conditions []projection.Condition
		switch field.Name {
		case "and":
			for _, element := range elements(given) {
				found, err := w.all(element, typ)
				if err != nil {
					return nil, err
				}
				conditions = append(conditions, found...)
			}
		case "or":
			var either []projection.Condition
			for _, element := range elements(given) {
				found, err := w.all(element, typ)
				if err != nil {
					return nil, err
				}
				either = append(either, joined(found, " AND ", "true"))
			}
			conditions = []projection.Condition{joined(either, " OR ", "false")}
		case "not":
			found, err := w.all(given, typ)
			if err != nil {
				return nil, err
			}
			all := joined(found, " AND ", "true")
			conditions = only("NOT ("+all.SQL+")", all.Args...)
		default:
			if conditions, err = w.compare(given, field); err != nil {
				return nil, err
			}
		}
		list = append(list, conditions...)
	}
	return list, nil
}

// elements returns the elements of a list; a value that is none stands for a list of it alone.
func elements(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// joined returns one condition of several; the empty one if there are none.
func joined(list []projection.Condition, by, empty string) projection.Condition {
	if len(list) == 1 {
		return list[0]
	}
	var parts []string
	var args []any
	for _, c := range list {
		parts, args = append(parts, "("+c.SQL+")"), append(args, c.Args...)
	}
	if len(parts) == 0 {
		parts = []string{empty}
	}
	return projection.Where(strings.Join(parts, by), args...)
}

// compare returns the conditions of the operators of one column.
func (w where) compare(value any, field *ast.FieldDefinition) (list []projection.Condition, err error) {
	operators := schemaOf.Types[field.Type.Name()]
	condition := w.entity
	if field.Name != "entityId" {
		column, operand := w.column(field.Name), operandOf(operators, w.referred(field.Name))
		if column == "" {
			return nil, fmt.Errorf("no column has %s", field.Name)
		}
		condition = func(operator string, given any) (projection.Condition, error) {
			return operand.condition(column, operator, given)
		}
	}
	object, _ := value.(map[string]any)
	for _, operator := range operators.Fields {
		if given := object[operator.Name]; given != nil {
			made, err := condition(operator.Name, given)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", field.Name, operator.Name, err)
			}
			list = append(list, made)
		}
	}
	return list, nil
}

// entity returns the condition of an operator on the record that a row is about, which may be of any type: two columns have its type
// and its key.
func (w where) entity(operator string, given any) (projection.Condition, error) {
	typ, key := w.column("entityType"), w.column("entityKey")
	if yes, ok := given.(bool); ok {
		return projection.Where(truths[operator][yes](typ)), nil
	}
	types, keys, ids := []string{}, []int64{}, []string{}
	for _, element := range elements(given) {
		var id model.ID
		if err := id.UnmarshalGQL(element); err != nil {
			return projection.Condition{}, err //nolint:wrapcheck // it is shown to callers
		}
		types, keys, ids = append(types, id.Type), append(keys, id.Key), append(ids, id.String())
	}
	if operator == "eq" {
		return projection.Where(fmt.Sprintf("%s = ? AND %s = ?", typ, key), types[0], keys[0]), nil
	}
	// An index finds the types and the keys; of these, the rows are those that have both of one id.
	return projection.Where(fmt.Sprintf("%[1]s = ANY (?) AND %[2]s = ANY (?) AND %[1]s || ':' || %[2]s = ANY (?)", typ, key), types, keys, ids), nil
}

// references has the types of the records that columns refer to, by their names in where.
var references = map[string]string{
	"customerId": "Person", "vendorId": "Person", "partyId": "Person", "personId": "Person",
	"storeId": "Store", "fromStoreId": "Store", "toStoreId": "Store",
	"accountId": "Account", "moneyAccountId": "Account", "fromAccountId": "Account", "toAccountId": "Account",
	"tillSessionId": "TillSession", "refundOfId": "Sale", "memberId": "User", "actorId": "User", "webhookId": "Webhook",
	"taxRateId": "TaxRate", "reversesId": "JournalEntry", "reversedById": "JournalEntry",
}

// referred returns the type of the records whose ids a column has; empty if it has none.
func (w where) referred(field string) string {
	if field == "id" {
		return w.node
	}
	return references[field]
}
