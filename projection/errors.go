package projection

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrBehind reports that a read in mode Exact gave up waiting: more keys are dirty than one
// statement computes from the source.
var ErrBehind = errors.New("too much is waiting to be refreshed for an exact answer")

// ErrBound reports that a Reader that is bound to stores has asked for a model whose rows cannot be told apart by stores.
var ErrBound = errors.New("this is not for members bound to stores")

// code is the SQLSTATE of the database's error in err; empty if there is none.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// dataErrors are the classes of SQLSTATEs, their first two characters, with which a statement
// fails because of the rows that it reads. The function engine.poisoned lists the same.
var dataErrors = []string{
	pgerrcode.CardinalityViolation[:2],
	pgerrcode.DataException[:2],
	pgerrcode.IntegrityConstraintViolation[:2],
	pgerrcode.SQLRoutineException[:2],
	pgerrcode.ExternalRoutineException[:2],
	pgerrcode.ExternalRoutineInvocationException[:2],
	pgerrcode.ProgramLimitExceeded[:2],
	pgerrcode.PLpgSQLError[:2],
}

// Poisoned reports whether a read failed because a dirty row cannot be computed from its
// source: the data is at fault, not the request. Only reads in mode Exact fail so.
func Poisoned(err error) bool {
	c := code(err)
	return len(c) == 5 && slices.Contains(dataErrors, c[:2])
}

// retryableLockError reports whether a statement gave up waiting for a lock, or was ended to
// resolve a deadlock. The same statement may succeed when it is run again.
func retryableLockError(err error) bool {
	c := code(err)
	return c == pgerrcode.LockNotAvailable || c == pgerrcode.DeadlockDetected
}

// undefinedObject reports whether a statement named a table or a function that does not exist.
func undefinedObject(err error) bool {
	c := code(err)
	return c == pgerrcode.UndefinedTable || c == pgerrcode.UndefinedFunction
}

// redefined reports whether a read failed because its projection switched to a new definition
// after the statement was prepared, or between the look-up of its names and its locks. A read
// can be in a deadlock with such a switch only. Run again, it reads the new definition.
func redefined(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case pgerrcode.DeadlockDetected:
		return true
	case pgerrcode.FeatureNotSupported:
		return strings.Contains(e.Message, "cached plan")
	case pgerrcode.InternalError:
		return strings.HasPrefix(e.Message, "cache lookup failed") || strings.HasPrefix(e.Message, "could not open relation")
	}
	return false
}
