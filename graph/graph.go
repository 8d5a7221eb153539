// Package graph is the GraphQL contract: schema holds its types, topic by topic, and
// examples worked documents that a newcomer runs in their order.
//
// The Go code of the contract is made from the schema by gqlgen: graph/generated executes
// operations, graph/model holds the types. Package resolvers gives the answers.
package graph

import "embed"

// Examples holds examples/*.graphql. The first line of a document is a comment with its
// title; its variables are the .json file of the same name, where it has some. An id in the
// variables stands for a record that an earlier document answered.
//
//go:embed examples/*.graphql examples/*.json
var Examples embed.FS
