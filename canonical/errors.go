package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"daybook/graph/model"
)

// Invalid is the user errors of one input, of which nothing was written.
type Invalid struct {
	// Errors has at least one entry in an error that was returned. Paths name GraphQL input fields joined by dots,
	// list indexes from 0: `addresses.1.postcode`.
	Errors []model.UserError
	// unread are the paths of the mistakes that the caller has found. No more is said about what could not be read.
	unread map[string]bool
}

// Error lists the user errors.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Errors))
	for i, mistake := range e.Errors {
		texts[i] = strings.TrimPrefix(mistake.Path+": "+mistake.Message, ": ")
	}
	return "invalid input: " + strings.Join(texts, "; ")
}

// is reports whether one of the user errors has the path and the code; nil has none.
func (e *Invalid) is(path string, code model.UserErrorCode) bool {
	return e != nil && slices.ContainsFunc(e.Errors, func(m model.UserError) bool { return m.Path == path && m.Code == code })
}

type mistakesKey struct{}

// WithMistakes returns a context for writes in whose input the caller has found mistakes: values that it could not read, and
// which the input has not. Such a write checks its input all the same and returns these user errors together with those
// that it finds, but no other at their paths. Mistakes that the context has already stay. A bulk that leaves out rows with mistakes leaves out theirs.
func WithMistakes(ctx context.Context, mistakes []model.UserError) context.Context {
	found, _ := ctx.Value(mistakesKey{}).([]model.UserError)
	return context.WithValue(ctx, mistakesKey{}, slices.Concat(found, mistakes))
}

// withoutMistakes returns a context in which nothing is known to be wrong.
func withoutMistakes(ctx context.Context) context.Context {
	return context.WithValue(ctx, mistakesKey{}, []model.UserError(nil))
}

// invalidFrom returns the mistakes of the context.
func invalidFrom(ctx context.Context) Invalid {
	found, _ := ctx.Value(mistakesKey{}).([]model.UserError)
	e := Invalid{Errors: slices.Clone(found), unread: make(map[string]bool, len(found))}
	for _, mistake := range found {
		e.unread[mistake.Path] = true
	}
	return e
}

// addError adds one user error.
func (e *Invalid) addError(path string, code model.UserErrorCode, format string, args ...any) {
	if !e.unread[path] {
		e.Errors = append(e.Errors, model.UserError{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
}

// isUnread reports whether the caller could not read what stands at one of the paths.
func (e *Invalid) isUnread(paths ...string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return e.unread[path] })
}

// err returns the user errors added so far as an error, nil if there are none.
func (e *Invalid) err() error {
	if len(e.Errors) == 0 {
		return nil
	}
	return &Invalid{Errors: e.Errors}
}

// reject returns one user error as an error.
func reject(path string, code model.UserErrorCode, message string) error {
	return &Invalid{Errors: []model.UserError{{Path: path, Code: code, Message: message}}}
}

// translate turns the violation of a named constraint into Invalid, and returns every other error as it is.
func translate(err error) error {
	var violation *pgconn.PgError
	if !errors.As(err, &violation) || violation.ConstraintName == "" {
		return err
	}
	mistake, known := constraints[violation.ConstraintName]
	if !known {
		return err
	}
	return &Invalid{Errors: []model.UserError{mistake}}
}

const (
	required  = model.UserErrorCodeRequired
	invalid   = model.UserErrorCodeInvalid
	notFound  = model.UserErrorCodeNotFound
	taken     = model.UserErrorCodeTaken
	conflict  = model.UserErrorCodeConflict
	state     = model.UserErrorCodeState
	exceeds   = model.UserErrorCodeExceeds
	forbidden = model.UserErrorCodeForbidden
)

// constraints are the user errors of the named rules of the database. Each topic's file registers those of its tables.
// Left out are rules that no input can break: primary keys, and references to the actor's own organization.
var constraints = map[string]model.UserError{}

// registerConstraints adds the user errors of constraints, by their names. It panics if a name is registered twice.
func registerConstraints(errors map[string]model.UserError) {
	for name, mistake := range errors {
		if _, known := constraints[name]; known {
			panic("constraint " + name + " is registered twice")
		}
		constraints[name] = mistake
	}
}
