// Command generate makes the Go code of the GraphQL contract from graph/schema and gqlgen.yml.
// It is run from the root of the repository, by `make generate`.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2"

	"daybook/graph"
)

// instancesFile, schemaFile and objectsFile are made here; gqlgen makes the others.
const (
	instancesFile = "graph/model/instances.generated.go"
	schemaFile    = "docs/schema.graphql"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes the instances first, because gqlgen binds the schema's types to what it finds in
// graph/model.
func run() error {
	cfg, err := config.LoadConfig("gqlgen.yml")
	if err != nil {
		return fmt.Errorf("load gqlgen.yml: %w", err)
	}
	schema, err := gqlparser.LoadSchema(cfg.Sources...)
	if err != nil {
		return fmt.Errorf("load the schema: %w", err)
	}
	text, err := instances(schema)
	if err != nil {
		return err
	}
	if err := os.WriteFile(instancesFile, text, 0o644); err != nil { //nolint:gosec // a source file
		return fmt.Errorf("write the instances: %w", err)
	}
	if err := os.WriteFile(schemaFile, []byte(graph.SDL(graph.Published(schema))), 0o644); err != nil { //nolint:gosec // a source file
		return fmt.Errorf("write the published schema: %w", err)
	}
	if err := api.Generate(cfg, api.AddPlugin(appenders{})); err != nil {
		return fmt.Errorf("gqlgen: %w", err)
	}
	return nil
}
