package graph

import (
	_ "embed"
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// subscription is the type of subscriptions. It is not in the folder schema, of which gqlgen makes code: a subscription is
// answered by running a query again, so it has no resolvers.
//
//go:embed subscription.graphqls
var subscription string

// addSubscription adds the type of subscriptions to a schema whose maps of types it copies.
func addSubscription(schema *ast.Schema) {
	document, err := parser.ParseSchema(&ast.Source{Name: "subscription.graphqls", Input: subscription})
	if err != nil {
		panic(err) // the file is part of the program
	}
	typ := document.Definitions[0]
	schema.Subscription = typ
	schema.Types, schema.PossibleTypes = maps.Clone(schema.Types), maps.Clone(schema.PossibleTypes)
	schema.Types[typ.Name] = typ
	schema.PossibleTypes[typ.Name] = []*ast.Definition{typ}
}
