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

	"daybook/internal/reports"
	"daybook/internal/requestid"
	"daybook/projection"
)

// The codes in `extensions.code` of an error. Documents that GraphQL itself refuses have
// the codes of gqlgen: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED and
// COMPLEXITY_LIMIT_EXCEEDED.
const (
	// CodeUnauthenticated: there is no token, or none that is valid now.
	CodeUnauthenticated = "UNAUTHENTICATED"
	// CodeForbidden: the caller's role does not allow to read this.
	CodeForbidden = "FORBIDDEN"
	// CodeBadUserInput: an argument or the request cannot be understood or is too much.
	CodeBadUserInput = "BAD_USER_INPUT"
	// CodeBehind: an exact answer was demanded and could not be given in time.
	CodeBehind = "BEHIND"
	// CodeUncomputable: an exact answer was demanded of a record whose data cannot be
	// computed, a division by zero for example.
	CodeUncomputable = "UNCOMPUTABLE"
	// CodeInternal: our mistake; the log has it under the id of the request.
	CodeInternal = "INTERNAL"
)

// coded makes an error that is shown as it is.
func coded(code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": code}}
}

func badInput(format string, args ...any) *gqlerror.Error {
	return coded(CodeBadUserInput, format, args...)
}

// uncomputable is a read that failed because of what the records hold.
type uncomputable struct{ error }

// Unwrap is for errors.Is and errors.As.
func (e uncomputable) Unwrap() error { return e.error }

// ofRead tells apart why a read failed. Only reads may be asked: what a write runs into is
// of the same kinds and is no fault of a record.
func ofRead(err error) error {
	if projection.Poisoned(err) {
		return uncomputable{err}
	}
	return err
}

// present decides what a caller sees of an error. Only texts that were written for callers
// pass; everything else is logged and answered as INTERNAL.
func present(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
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
			return answer(CodeBadUserInput, invalidPage.Error())
		case errors.As(err, &invalidReport):
			return answer(CodeBadUserInput, invalidReport.Error())
		case errors.Is(err, projection.ErrBehind):
			return answer(CodeBehind, "The stored copies are too far behind for an exact answer right now. Try again, or read with Daybook-Read: auto.")
		case errors.As(err, new(uncomputable)):
			logger.WarnContext(ctx, "a record cannot be computed", "request", requestid.From(ctx), "path", shown.Path.String(), "error", err)
			return answer(CodeUncomputable, "A record that this answer needs cannot be computed from its data, so there is no exact answer. With Daybook-Read: auto you get what was stored before.")
		case isRequestError(ctx, shown):
			// The transport quotes the whole body back; its first words are enough.
			message, _, _ := strings.Cut(shown.Message, " body:")
			return answer(CodeBadUserInput, message)
		}
		level := slog.LevelError
		if ctx.Err() != nil {
			// The caller has gone; what failed because of that is no fault of ours.
			level = slog.LevelInfo
		}
		logger.Log(ctx, level, "GraphQL field failed", "request", requestid.From(ctx), "path", shown.Path.String(), "error", err)
		return answer(CodeInternal, "Something went wrong on our side.")
	}
}

// isRequestError tells the errors of reading a request or an argument: they arise before
// there is an operation, or name a place below the field that is being resolved.
func isRequestError(ctx context.Context, shown *gqlerror.Error) bool {
	if !graphql.HasOperationContext(ctx) {
		return true
	}
	field := graphql.GetFieldContext(ctx)
	return field != nil && len(shown.Path) > len(field.Path())
}

// recovered turns a panic into an INTERNAL error and logs where it came from.
func recovered(logger *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, value any) error {
		logger.ErrorContext(ctx, "GraphQL resolver panicked", "request", requestid.From(ctx), "panic", value, "stack", string(debug.Stack()))
		return coded(CodeInternal, "Something went wrong on our side.")
	}
}
