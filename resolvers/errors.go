package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/internal/graphqlhttp"
	"daybook/internal/reports"
	"daybook/internal/requestid"
	"daybook/projection"
)

// The codes in `extensions.code` of an error. Documents and values that GraphQL itself refuses have
// the codes of gqlgen: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED and
// COMPLEXITY_LIMIT_EXCEEDED. A request that names a document by its hash has PERSISTED_QUERY_NOT_SUPPORTED.
const (
	// CodeUnauthenticated: there is no token, or it is not valid now.
	CodeUnauthenticated = "UNAUTHENTICATED"
	// CodeForbidden: the caller's role does not allow to read this.
	CodeForbidden = "FORBIDDEN"
	// CodeBadUserInput: the request or an argument is not of its form, or outside its bounds.
	CodeBadUserInput = "BAD_USER_INPUT"
	// CodeCursorExpired: what follows the cursor of a feed is not kept any more.
	CodeCursorExpired = "CURSOR_EXPIRED"
	// CodeBehind: an exact answer was demanded and could not be given in time.
	CodeBehind = "BEHIND"
	// CodeUncomputable: an exact answer was demanded of a record whose data cannot be
	// computed, a division by zero for example.
	CodeUncomputable = "UNCOMPUTABLE"
	// CodeUnavailable: the database is down, restarting, full or too busy. The status is 503 with
	// Retry-After; the same request, a write with its idempotency key, may succeed then.
	CodeUnavailable = "UNAVAILABLE"
	// CodeRateLimited: the caller's operations cost more than is allowed in the time. The status is 429 with Retry-After.
	CodeRateLimited = "RATE_LIMITED"
	// CodeTimeout: the operation took too long, and what had not been answered was given up. A write may have been saved:
	// send it again with its idempotency key.
	CodeTimeout = "TIMEOUT"
	// CodeInternal: a fault of the server; the log has it under the id of the request.
	CodeInternal = "INTERNAL"
)

// coded returns an error that callers see as it is.
func coded(code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": code}}
}

func badInput(format string, args ...any) *gqlerror.Error {
	return coded(CodeBadUserInput, format, args...)
}

// uncomputable is the error of a read that failed because of the data in a record.
type uncomputable struct{ error }

// Unwrap is for errors.Is and errors.As.
func (e uncomputable) Unwrap() error { return e.error }

// ofRead returns the error of a read, as uncomputable if the data in a record caused it. It is for
// reads only: PostgreSQL reports a bad argument of a write by the same codes.
func ofRead(err error) error {
	if projection.Poisoned(err) {
		return uncomputable{err}
	}
	return err
}

// present returns the function that makes the error that a caller sees. Only texts that were
// written for callers pass; every other error is logged and shown as INTERNAL.
func present(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		shown.Message = shorten(shown.Message)
		if shown.Extensions["code"] != nil {
			return shown
		}
		var invalidPage *projection.InvalidPageError
		var invalidReport *reports.InvalidError
		answer := func(code, message string) *gqlerror.Error {
			return &gqlerror.Error{Message: message, Path: shown.Path, Locations: shown.Locations, Extensions: map[string]any{"code": code}}
		}
		switch {
		case errors.As(err, &invalidPage):
			return about(answer(CodeBadUserInput, invalidPage.Error()), invalidPage.Argument)
		case errors.As(err, &invalidReport):
			return answer(CodeBadUserInput, invalidReport.Error())
		case errors.Is(err, projection.ErrBound):
			return answer(CodeForbidden, "This is not for members who are bound to stores.")
		case errors.Is(err, projection.ErrBehind):
			return answer(CodeBehind, "The stored copies are too far behind for an exact answer right now. Try again, or read with Daybook-Read: auto.")
		case tooLong(ctx):
			return answer(CodeTimeout, graphqlhttp.TooLong().Message)
		case unavailable(ctx, err):
			graphqlhttp.NoteUnavailable(ctx)
			logger.WarnContext(ctx, "the database is not available", "request", requestid.From(ctx), "path", shown.Path.String(), "error", err)
			return answer(CodeUnavailable, tryAgain().Message)
		case errors.As(err, new(uncomputable)):
			logger.WarnContext(ctx, "a record cannot be computed", "request", requestid.From(ctx), "path", shown.Path.String(), "error", err)
			return answer(CodeUncomputable, "A record that this answer needs cannot be computed from its data, so there is no exact answer. With Daybook-Read: auto you get what was stored before.")
		case !graphql.HasOperationContext(ctx):
			return answer(CodeBadUserInput, shown.Message)
		}
		level := slog.LevelError
		if ctx.Err() != nil {
			// The caller has gone: the failure is probably a consequence.
			level = slog.LevelInfo
		}
		logger.Log(ctx, level, "GraphQL field failed", "request", requestid.From(ctx), "path", shown.Path.String(), "error", err)
		return answer(CodeInternal, "Something went wrong on our side.")
	}
}

// maxMessage is how long the message of an error may be, in bytes: some quote what is wrong with a request.
const maxMessage = 1_000

// shorten cuts a message that is too long.
func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}

// about returns the error with the place in the arguments of its field that it is about: filter.totalGte.
func about(err *gqlerror.Error, argument string) *gqlerror.Error {
	err.Extensions["argument"] = argument
	return err
}

// recovered returns the function that turns a panic into an INTERNAL error and logs its stack.
func recovered(logger *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, value any) error {
		logger.ErrorContext(ctx, "GraphQL resolver panicked", "request", requestid.From(ctx), "panic", value, "stack", string(debug.Stack()))
		return coded(CodeInternal, "Something went wrong on our side.")
	}
}
