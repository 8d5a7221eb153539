// Package audit is about the trail of changes in audit.events: what triggers record of every canonical row, in the
// transaction that changes it (migrations/0060_audit.sql), and what humans and the API read of it.
//
// Every event has a text, one line such as "Invoice INV-0042 for Ada Lovelace approved". It is made here, from the
// event's own snapshot and changes; only the names of other records that a snapshot refers to (the customer of an
// invoice) are looked up, as they are when the text is made. Finish makes the texts of a batch and stores them, some
// moments after the event. Until then a reader gets the text from the same code, so there is none without.
//
// An event whose text cannot be made is set aside with its error; readers get its plain text, which needs no snapshot.
//
// The package stands beside the layers: jobs call Finish and Forget, resolvers call Page.
package audit

import "time"

// Event is one changed row. Texts of PostgreSQL's types are as in jsonb: dates and times are in their ISO form.
type Event struct {
	ID int64
	// OrganizationID is nil for rows that belong to no organization.
	OrganizationID *int64
	// Relation is the table, RowID the row's key in it within the organization.
	Relation, RowID string
	Action          Action
	// CanonicalType and CanonicalID name the record that the change belongs to; nil where it is unknown.
	CanonicalType *string
	CanonicalID   *int64
	// Changes has the changed columns of an update, and of nothing else: {"column": [old, new]}.
	Changes []byte
	// Snapshot is the row after the change, or as it was when it was deleted: {"column": value}.
	Snapshot []byte
	// Actor is who asked for the change; nil where it was nobody by name.
	Actor *Actor
	// DatabaseRole is who made it, RequestID the request that asked for it, empty where none did.
	DatabaseRole, RequestID string
	// Transaction is one number for all events of a transaction.
	Transaction uint64
	OccurredAt  time.Time
	// Text is never empty.
	Text string
}

// Action is what became of the row.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Actor is the user who asked for a change, as named now.
type Actor struct {
	ID          int64
	Name, Email string
}
