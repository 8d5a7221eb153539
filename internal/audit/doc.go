// Package audit reads the audit log, the table audit.events, and writes the texts of its events. The events themselves
// are recorded by triggers on every canonical table, in the transaction of the change (migrations/0060_audit.sql).
//
// The text of an event is one line, such as "Invoice INV-0042 for Ada Lovelace approved". It is made from the event's
// snapshot and changes; only the names of other records that the snapshot refers to (the customer of an invoice) are
// looked up, as they were at the event: a later event of such a record has its former name, and without one its name is
// still the same. So a text does not depend on when it is made. Finish makes and stores the texts of a batch, some moments
// after the events. Page makes the texts that are not stored yet by the same code, so every event that is read has one.
//
// If a text cannot be made, the error is stored with the event, and readers get a fallback text that needs no snapshot.
//
// It is a domain package beside the layers: jobs call Finish and Forget, resolvers call Page.
package audit

import "time"

// Event is one change of one row. Changes and Snapshot are JSON, with dates and times in ISO 8601.
type Event struct {
	ID int64
	// OrganizationID is nil for rows that belong to no organization.
	OrganizationID *int64
	// Relation is the table, RowID the row's key in it, within the organization.
	Relation, RowID string
	Action          Action
	// CanonicalType and CanonicalID name the record that the change belongs to; nil where it is unknown.
	CanonicalType *string
	CanonicalID   *int64
	// Changes has the changed columns of an update: {"column": [old, new]}. Other actions have none.
	Changes []byte
	// Snapshot is the row after the change, or before its deletion: {"column": value}.
	Snapshot []byte
	// Actor is the user who made the change; nil if no user is known, as with psql.
	Actor *Actor
	// DatabaseRole is the role that wrote it. RequestID is the request that it belongs to; empty if there is none.
	DatabaseRole, RequestID string
	// Transaction is the same for all events of a transaction.
	Transaction uint64
	OccurredAt  time.Time
	// Text is never empty.
	Text string
}

// Action is what happened to the row.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Actor is the user who made a change, with their present name and address.
type Actor struct {
	ID          int64
	Name, Email string
}
