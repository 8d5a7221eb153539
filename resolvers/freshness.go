package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/projection"
)

// freshness is `extensions.freshness` of a response: how the read models that the answer used
// were read. It takes no statement of its own.
type freshness struct {
	// Mode is the read mode that the caller asked for.
	Mode projection.Mode `json:"mode"`
	// Projections has each read model that was used, once; it is never nil.
	Projections []projection.Report `json:"projections"`
}

// reportFreshness adds the extension to a response if the caller has asked for it or has named a read mode, or if a stored row was
// behind: an answer without it is exact, and was read as it is stored. A caller who does without gets none.
func reportFreshness(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	req := requestFrom(ctx)
	reader := req.pages
	if response == nil || req.freshness == "off" || req.freshness == "" && reader.Mode == projection.Auto && reader.Freshness.Clean() {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["freshness"] = freshness{Mode: reader.Mode, Projections: reader.Freshness.Reports()}
	return response
}
