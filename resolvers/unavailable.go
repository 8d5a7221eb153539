package resolvers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// unavailable reports whether err says that the database could not do what it was asked now: it is down, restarting,
// full or out of connections, or a statement waited too long, for a lock or in all. The same request may succeed later.
// A request that is cancelled because the server stops may succeed elsewhere. The error of a caller that has gone says
// nothing about either.
func unavailable(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return errors.Is(context.Cause(ctx), http.ErrServerClosed)
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch code := failure.Code; {
		case pgerrcode.IsConnectionException(code), pgerrcode.IsInsufficientResources(code), strings.HasPrefix(code, "57P"):
			return true
		case code == pgerrcode.QueryCanceled, code == pgerrcode.LockNotAvailable,
			code == pgerrcode.SerializationFailure, code == pgerrcode.DeadlockDetected:
			return true
		}
	}
	// Besides what the server answers: it cannot be reached, or a connection ended or timed out.
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF)
}

// tryAgain is the error of a request that failed because the database was unavailable.
func tryAgain() *gqlerror.Error {
	return coded(CodeUnavailable, "Daybook, or its database, is not available right now. Try again, with the same idempotency key.")
}
