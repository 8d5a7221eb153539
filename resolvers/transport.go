package resolvers

import (
	"context"
	"net/http"
	"regexp"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// conditions refuses operations whose @skip or @include is given null by a variable: the executor would panic.
type conditions struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = conditions{}

// ExtensionName names the extension.
func (conditions) ExtensionName() string { return "Conditions" }

// Validate accepts every schema.
func (conditions) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks for conditions only where a nullable Boolean variable is null.
func (conditions) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	null := map[string]bool{}
	for _, v := range operation.Operation.VariableDefinitions {
		if v.Type.NamedType == "Boolean" && operation.Variables[v.Variable] == nil {
			null[v.Variable] = true
		}
	}
	if len(null) == 0 {
		return nil
	}
	sets := []ast.SelectionSet{operation.Operation.SelectionSet}
	for _, fragment := range operation.Doc.Fragments {
		sets = append(sets, fragment.SelectionSet)
	}
	for len(sets) > 0 {
		set := sets[0]
		sets = sets[1:]
		for _, selection := range set {
			var directives ast.DirectiveList
			switch s := selection.(type) {
			case *ast.Field:
				directives, sets = s.Directives, append(sets, s.SelectionSet)
			case *ast.InlineFragment:
				directives, sets = s.Directives, append(sets, s.SelectionSet)
			case *ast.FragmentSpread:
				directives = s.Directives
			}
			for _, d := range directives {
				if condition := d.Arguments.ForName("if"); condition != nil && condition.Value.Kind == ast.Variable && null[condition.Value.Raw] {
					return badInput("$%s is null, and @%s needs a Boolean", condition.Value.Raw, d.Name)
				}
			}
		}
	}
	return nil
}

// wrongMember matches the message of encoding/json about a member of the request's body with another type.
var wrongMember = regexp.MustCompile(`cannot unmarshal .* into Go struct field RawParams\.(\w+) of type (\S+)`)

// aboutBody returns the message for callers about a body that could not be read.
func aboutBody(message string) string {
	m := wrongMember.FindStringSubmatch(message)
	switch {
	case m == nil:
		return message
	case m[2] == "string":
		return m[1] + " must be a string"
	}
	return m[1] + " must be an object"
}

type executedKey struct{}

// noteExecution notes that the request of ctx was valid: what it is answered is no request error.
func noteExecution(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if executed, ok := ctx.Value(executedKey{}).(*atomic.Bool); ok {
		executed.Store(true)
	}
	return next(ctx)
}

// withStatus gives responses the statuses of GraphQL over HTTP where the transport has others: 405 for a mutation by
// GET, and 400 for a request error that is answered as application/graphql-response+json.
func withStatus(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		executed := new(atomic.Bool)
		next.ServeHTTP(&statusWriter{ResponseWriter: w, executed: executed}, r.WithContext(context.WithValue(r.Context(), executedKey{}, executed)))
	})
}

type statusWriter struct {
	http.ResponseWriter
	executed *atomic.Bool
	begun    bool
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	switch {
	case w.begun:
	case status == http.StatusNotAcceptable:
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", http.MethodPost)
	case status == http.StatusOK && !w.executed.Load() && w.Header().Get("Content-Type") == "application/graphql-response+json":
		status = http.StatusBadRequest
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}
