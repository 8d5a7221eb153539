package model

// The GraphQL names of the instances that belong to the books.
type (
	AccountConnection      = Connection[Account]
	AccountEdge            = Edge[Account]
	AccountPayload         = Payload[Account]
	JournalEntryConnection = Connection[JournalEntry]
	JournalEntryEdge       = Edge[JournalEntry]
	JournalEntryPayload    = Payload[JournalEntry]
	PeriodLockPayload      = Payload[Organization]
	RegisterLineConnection = Connection[RegisterLine]
	RegisterLineEdge       = Edge[RegisterLine]
)
