package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"daybook/resolvers"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "print the GraphQL schema, which GET /graphql/schema.graphql answers too",
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := io.WriteString(cmd.Root().Writer, resolvers.SDL()); err != nil {
				return fmt.Errorf("print the schema: %w", err)
			}
			return nil
		},
	}
}
