package resolvers

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"daybook/internal/coercion"
	"daybook/internal/graphqlhttp"
)

// operations is gqlgen's executor with a check of everything that a request says before any of it is executed: the document
// is bounded and valid, its operation is there, and every value is one of its type.
type operations struct {
	*executor.Executor
	coercion.Coercer
	documents *documents
	config    *Config
	costs     *costs
}

func newOperations(schema graphql.ExecutableSchema, c *Config) *operations {
	o := &operations{
		config:    c,
		costs:     &costs{allowances: newAllowances(c.RateLimit)},
		Executor:  executor.New(schema),
		Coercer:   coercion.Coercer{Schema: schema.Schema(), Scalars: readers()},
		documents: newDocuments(cacheBytes),
	}
	o.SetQueryCache(o.documents)
	o.SetParserTokenLimit(maxTokens)
	o.SetDefaultRulesFn(validationRules)
	return o
}

func validationRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("IntRange", coercion.IntRange)
	return all
}

// CreateOperationContext returns the context of a valid operation, or what is wrong with the request. It is nil where there
// is no operation.
func (o *operations) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	document, errs := o.document(ctx, params.Query)
	if errs != nil {
		return nil, errs
	}
	operation, err := operationOf(document, params.OperationName)
	if err != nil {
		return nil, gqlerror.List{err}
	}
	if err := refuseWheres(operation, params.Variables); err != nil {
		return nil, gqlerror.List{err}
	}
	if params.Variables, errs = o.Variables(operation, params.Variables); errs != nil {
		return nil, errs
	}
	made, errs := o.Executor.CreateOperationContext(ctx, params)
	if len(errs) == 1 {
		if all, ok := errors.AsType[together](errs[0].Err); ok {
			errs = all.List
		}
	}
	return made, errs
}

// document returns the parsed and valid document of the text, from the cache if it is there.
func (o *operations) document(ctx context.Context, text string) (*ast.QueryDocument, gqlerror.List) {
	if kept, ok := o.documents.Get(ctx, text); ok {
		return kept, nil
	}
	if len(text) > maxDocument {
		return nil, gqlerror.List{badInput("the document has %d bytes; at most %d are allowed: values belong into variables", len(text), maxDocument)}
	}
	if !graphqlhttp.ValidText([]byte(text)) {
		return nil, gqlerror.List{badInput("the document escapes half of a surrogate pair, which is no character")}
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
	if err != nil {
		errcode.Set(err, errcode.ParseFailed)
		return nil, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	if err := measure(parsed); err != nil {
		return nil, gqlerror.List{err}
	}
	if len(parsed.Operations) == 0 {
		return nil, gqlerror.List{invalid("the document has no operation")}
	}
	errs := validator.ValidateWithRules(o.Schema, parsed, validationRules())
	for _, err := range errs {
		errcode.Set(err, errcode.ValidationFailed)
	}
	if len(errs) > 0 {
		return nil, fewErrors(errs)
	}
	for _, operation := range parsed.Operations {
		shareNode(o.Schema, operation.SelectionSet)
	}
	for _, fragment := range parsed.Fragments {
		shareNode(o.Schema, fragment.SelectionSet)
	}
	o.documents.Add(ctx, text, parsed)
	return parsed, nil
}

// shareNode takes fields of other interfaces that Node has too as those of Node. gqlgen merges fields of one name only where
// their types are the same, or one implements the other, and interfaces here do not implement each other.
func shareNode(schema *ast.Schema, set ast.SelectionSet) {
	node := schema.Types["Node"]
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.ObjectDefinition.Kind == ast.Interface && (s.Name == "__typename" || node.Fields.ForName(s.Name) != nil) {
				s.ObjectDefinition = node
			}
			shareNode(schema, s.SelectionSet)
		case *ast.InlineFragment:
			shareNode(schema, s.SelectionSet)
		}
	}
}

// operationOf returns the operation of the name, or without a name the only one.
func operationOf(document *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	switch found := document.Operations.ForName(name); {
	case found != nil:
		return found, nil
	case name == "":
		return nil, invalid("operationName is required: the document has %d operations", len(document.Operations))
	}
	return nil, invalid("the document has no operation %.100q", name)
}

// invalid returns the error of a document that GraphQL refuses.
func invalid(format string, args ...any) *gqlerror.Error {
	return coded(errcode.ValidationFailed, format, args...)
}

// fewErrors cuts the list of what is wrong with an invalid document: it can be quadratic in the
// document's size. The last error says how many are left out. What is wrong with the input of a
// mutation is in its payload, which lists as many.
func fewErrors(errs gqlerror.List) gqlerror.List {
	if len(errs) <= maxErrors {
		return errs
	}
	listed := maxErrors - 1
	return append(errs[:listed:listed], invalid("and %d more errors", len(errs)-listed))
}

// coercedArguments refuses operations with an argument that is not of its type. It comes after limits, which bounds what it
// walks.
type coercedArguments struct{ coercion.Coercer }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = coercedArguments{}

// ExtensionName names the extension.
func (coercedArguments) ExtensionName() string { return "CoercedArguments" }

// Validate accepts every schema.
func (coercedArguments) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at all arguments.
func (c coercedArguments) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if errs := c.Arguments(operation.Operation, operation.Variables); errs != nil {
		return &gqlerror.Error{Err: together{errs}}
	}
	return nil
}

// together is several errors where an extension may return one.
type together struct{ gqlerror.List }

// Error has all their messages.
func (t together) Error() string { return fmt.Sprint(t.List) }
