package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/graph/model"
)

// The rows that members bound to stores read, as projection.Definition.Stores says.
const (
	ofStores     = "store_id = ANY (?)"
	ofBothStores = "from_store_id = ANY (?) AND to_store_id = ANY (?)"
)

// ofStoresBy is ofStores for rows that are of the store of the canonical record which a column names. The record is looked up by
// its key, of few rows: those of a parent. The canonical table has no column of the same name.
func ofStoresBy(column, table string) string {
	return "(SELECT parent.store_id FROM canonical." + table + " AS parent WHERE parent.organization_id = $1 AND parent.id = " + column + ") = ANY (?)"
}

// directOfBound are the types read from canonical rows that members bound to stores read: they are of no store, or the caller's own.
var directOfBound = []string{"Organization", "Token", "User"}

// bound refuses operations of members who are bound to stores with a field that is not theirs: all but those of boundFields. So a
// new field is refused until it is listed. An operation is refused as a whole before it is executed, in whichever way it would be.
//
// It comes after limits, which bounds the operations that it walks. What rows of the listed types the members read is up to the
// read models (package projection), and what they write to package canonical.
type bound struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = bound{}

// ExtensionName names the extension.
func (bound) ExtensionName() string { return "Bound" }

// Validate accepts every schema.
func (bound) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at every field of the operation.
func (bound) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if actor(ctx).Bound == nil {
		return nil
	}
	return refuseFields(operation.Operation.SelectionSet, false, func(field *ast.Field) *gqlerror.Error {
		what := notForBound(field, operation.Variables)
		if what == "" {
			return nil
		}
		return located(coded(CodeForbidden, "%s is not for members who are bound to stores.", what), field.Position)
	})
}

// notForBound returns what of a field is not for members bound to stores: the field, a column in its where, or its order; empty
// for nothing.
func notForBound(field *ast.Field, variables map[string]any) string {
	if !readsBound(field.ObjectDefinition.Name, field.Name) {
		return field.ObjectDefinition.Name + "." + field.Name
	}
	for name, value := range field.ArgumentMap(variables) {
		declared := field.Definition.Arguments.ForName(name)
		switch name {
		case "where":
			of := strings.TrimSuffix(declared.Type.Name(), "Where")
			place := conditionOn(value, schemaOf.Types[declared.Type.Name()], "where", func(column *ast.FieldDefinition) bool {
				return !conditionBound(of, column.Name)
			})
			if place != "" {
				return place
			}
		case "orderBy":
			if order, _ := value.(map[string]any); order["field"] == "INVOICE_COUNT" {
				return "INVOICE_COUNT"
			}
		}
	}
	return ""
}

// readsBound reports whether a field of a type is for members bound to stores.
func readsBound(typ, field string) bool {
	if strings.HasPrefix(field, "__") || strings.HasPrefix(typ, "__") {
		return true
	}
	if fields, listed := boundFields[typ]; listed {
		return slices.Contains(fields, field)
	}
	for _, suffix := range []string{"Connection", "Edge", "Payload"} {
		if strings.HasSuffix(typ, suffix) {
			return true
		}
	}
	return slices.Contains(boundTypes, typ) && !slices.Contains(unboundFields, typ+"."+field) && field != "history"
}

// conditionBound reports whether a condition on a column of a list's where is for members bound to stores.
func conditionBound(typ, column string) bool {
	return column == "and" || column == "or" || column == "not" || slices.Contains(conditionsOfBound, typ+"."+column) || readsBound(typ, column)
}

// conditionsOfBound are columns by which members bound to stores find rows of the types in boundFields, beside its fields.
var conditionsOfBound = []string{"Product.taxRateId"}

// withNamedRecords returns the context of a root field of a mutation, whose write is checked for the records that its arguments name,
// where the caller is bound to stores. The context has a request of its own (forMutation).
func withNamedRecords(ctx context.Context) context.Context {
	req := requestFrom(ctx)
	if req.principal.Actor.Bound == nil {
		return ctx
	}
	principal, bound := *req.principal, *req.principal.Actor.Bound
	field, variables := graphql.GetRootFieldContext(ctx).Field, graphql.GetOperationContext(ctx).Variables
	for _, argument := range field.Arguments {
		value, err := argument.Value.Value(variables)
		declared := field.Definition.Arguments.ForName(argument.Name)
		if err != nil || declared == nil {
			continue // what is no value at all is refused where it is read
		}
		path := argument.Name + "."
		if argument.Name == "input" {
			path = ""
		}
		eachID(value, declared.Type, path, func(path string, id model.ID) {
			bound.References = append(bound.References, canonical.NamedRecord{Path: path, ID: id})
		})
	}
	principal.Actor.Bound = &bound
	req.principal = &principal
	return ctx
}

// eachID calls do with every id in a value of the type, and where it stands. path ends in a point, or is empty.
func eachID(value any, typ *ast.Type, path string, do func(path string, id model.ID)) {
	if list, ok := value.([]any); ok && typ.Elem != nil {
		for i, element := range list {
			eachID(element, typ.Elem, path+strconv.Itoa(i)+".", do)
		}
		return
	}
	switch v := value.(type) {
	case string:
		if id, err := model.ParseID(v); err == nil && typ.Name() == "ID" {
			do(strings.TrimSuffix(path, "."), id)
		}
	case map[string]any:
		if definition := schemaOf.Types[typ.Name()]; definition != nil {
			for _, field := range definition.Fields {
				eachID(v[field.Name], field.Type, path+field.Name+".", do)
			}
		}
	}
}

// storesOf returns the stores that a member is bound to, as text; empty for none.
func storesOf(p *canonical.Principal) string {
	if p.Actor.Bound == nil {
		return ""
	}
	return fmt.Sprint(p.Actor.Bound.Stores)
}
