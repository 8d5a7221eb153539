// Package graph is the GraphQL contract: schema holds its types, a file for each topic, and
// examples holds documents that a newcomer runs in their order.
//
// The Go code of the contract is made from the schema by gqlgen: graph/generated executes
// operations, graph/model holds the types. Package resolvers gives the answers.
package graph

import "embed"

// Examples holds examples/*.graphql. The first line of a document is a comment with its
// title. Its variables, if it has any, are the .json file of the same name. An id in the
// variables is that of a record that an earlier document returned.
//
//go:embed examples/*.graphql examples/*.json
var Examples embed.FS
