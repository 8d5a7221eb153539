package resolvers

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// failedRows are the rows of a query that has failed. As with pgx's own, who goes on with them after an error meets it again.
type failedRows struct{ err error }

// Close is pgx's.
func (failedRows) Close() {}

// Err is why there are none.
func (r failedRows) Err() error { return r.err }

// CommandTag is pgx's.
func (failedRows) CommandTag() pgconn.CommandTag { return pgconn.CommandTag{} }

// FieldDescriptions is pgx's.
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }

// Next reports that there is none.
func (failedRows) Next() bool { return false }

// Scan returns why.
func (r failedRows) Scan(...any) error { return r.err }

// Values returns why.
func (r failedRows) Values() ([]any, error) { return nil, r.err }

// RawValues is pgx's.
func (failedRows) RawValues() [][]byte { return nil }

// Conn is pgx's.
func (failedRows) Conn() *pgx.Conn { return nil }

// TypeMap is pgx's.
func (failedRows) TypeMap() *pgtype.Map { return nil }
