package resolvers

import (
	"context"
	"math"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"daybook/internal/pgpool"
)

// StatementsHeader is the request header with which a caller asks for extensions.statements: report. Without Config.Statements
// nobody looks at it.
const StatementsHeader = "Daybook-Statements"

// statementReport is one element of `extensions.statements` of a response: a statement that the answer took. It shows no value
// of any parameter.
type statementReport struct {
	Pool         string  `json:"pool"`
	Text         string  `json:"text"`
	Milliseconds float64 `json:"milliseconds"`
}

// reportStatements adds the extension to a response, if the caller asks for it.
func reportStatements(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || !requestFrom(ctx).statements {
		return response
	}
	list := []statementReport{}
	for _, s := range pgpool.TakeStatements(ctx) {
		list = append(list, statementReport{s.Pool, s.Text, math.Round(float64(s.Took)/float64(time.Microsecond)) / 1000})
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["statements"] = list
	return response
}
