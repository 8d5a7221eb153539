package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/projection"
)

// freshness is `extensions.freshness` of every response: how the read models that the answer used
// were read. It takes no statement of its own.
type freshness struct {
	// Mode is the read mode that the caller asked for.
	Mode projection.Mode `json:"mode"`
	// Projections has each read model that was used, once; it is never nil.
	Projections []projection.Report `json:"projections"`
}

// reportFreshness adds the extension to a response, unless the caller does without.
func reportFreshness(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || requestFrom(ctx).noFreshness {
		return response
	}
	reader := requestFrom(ctx).pages
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["freshness"] = freshness{Mode: reader.Mode, Projections: reader.Freshness.Reports()}
	return response
}
