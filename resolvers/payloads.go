package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/graphqlhttp"
)

// Payloads answers the stored documents of webhooks. It is safe for concurrent use.
type Payloads struct {
	operations *operations
}

// NewPayloads returns what answers stored documents from the pools of the configuration.
func NewPayloads(c Config) *Payloads { return &Payloads{operationsOf(&c)} }

// ErrNoManager is the error of a payload for a member who may not read all changes any more.
var ErrNoManager = errors.New("the member for whom payloads are made is no owner or manager of the whole organization any more")

// errNotNow is the error of a payload that may be made later.
var errNotNow = errors.New("the payload cannot be made now")

// Answer runs a stored document as the member, with the id of the record that has changed, and returns data and errors of its
// answer as JSON; errors is nil if there are none. The error is ErrNoManager, or one that may be gone later.
func (p *Payloads) Answer(ctx context.Context, organizationID, userID int64, document, id string) (data, errs json.RawMessage, err error) {
	c := p.operations.config
	principal, err := canonical.MemberNow(ctx, c.DB, organizationID, userID)
	switch {
	case errors.Is(err, canonical.ErrUnauthenticated):
		return nil, nil, ErrNoManager
	case err != nil:
		return nil, nil, err
	case principal.Actor.Role != model.RoleOwner && principal.Actor.Role != model.RoleManager, principal.Actor.Bound != nil:
		return nil, nil, ErrNoManager
	}
	ctx, outcome := graphqlhttp.WithOutcome(withRequest(ctx, c, principal, reading{}, nil))
	operation, refused := p.operations.stored(ctx, document, id)
	if refused != nil { // the schema has changed since
		errs, err = json.Marshal(refused)
		return json.RawMessage("null"), errs, err
	}
	answer := p.operations.run(ctx, operation)
	if answer == nil || outcome.Unavailable() || failedInside(answer.Errors) || behind(ctx, answer) {
		return nil, nil, errNotNow
	}
	if len(answer.Errors) > 0 {
		if errs, err = json.Marshal(answer.Errors); err != nil {
			return nil, nil, fmt.Errorf("encode the payload's errors: %w", err)
		}
	}
	if len(answer.Data) == 0 {
		answer.Data = json.RawMessage("null")
	}
	return answer.Data, errs, nil
}

// failedInside reports whether one of the errors is a fault of the server.
func failedInside(errs gqlerror.List) bool {
	return slices.ContainsFunc(errs, func(err *gqlerror.Error) bool { return err.Extensions["code"] == CodeInternal })
}

// storedID is the variable of a stored document that is the id of the record which has changed.
const storedID = "id"

// stored returns the operation of a stored document, or why it cannot be one: it must be a query, whose only variable is $id: ID!.
func (o *operations) stored(ctx context.Context, document, id string) (*graphql.OperationContext, gqlerror.List) {
	parsed, errs := o.document(ctx, document)
	if errs != nil {
		return nil, errs
	}
	if len(parsed.Operations) != 1 || parsed.Operations[0].Operation != ast.Query {
		return nil, gqlerror.List{badInput("must be one query")}
	}
	variables := map[string]any{}
	for _, declared := range parsed.Operations[0].VariableDefinitions {
		if declared.Variable != storedID || declared.Type.NamedType != "ID" {
			return nil, gqlerror.List{badInput("may declare the variable $id: ID! only")}
		}
		variables[storedID] = id
	}
	return o.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: document, Variables: variables})
}

// storedDocuments checks stored documents, and never runs one.
var storedDocuments = sync.OnceValue(func() *operations { return operationsOf(&Config{}) })

// withDocumentMistakes returns the context of a write in whose input the document is wrong; ctx if it is not, or there is none.
func withDocumentMistakes(ctx context.Context, document *string) context.Context {
	if document == nil || *document == "" {
		return ctx
	}
	_, errs := storedDocuments().stored(ctx, *document, "Webhook:1")
	mistakes := make([]model.UserError, 0, len(errs))
	for _, err := range errs {
		mistakes = append(mistakes, model.UserError{Path: "document", Code: model.UserErrorCodeInvalid, Message: shorten(err.Message)})
	}
	if len(mistakes) == 0 {
		return ctx
	}
	return canonical.WithMistakes(ctx, mistakes)
}
