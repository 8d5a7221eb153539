package model

// The GraphQL names of the instances that belong to the books.
type (
	AccountConnection      = Connection[Account]
	AccountEdge            = Edge[Account]
	AccountPayload         = Payload[Account]
	FiscalYearPayload      = Payload[Organization]
	FxRateConnection       = Connection[FxRate]
	FxRateEdge             = Edge[FxRate]
	FxRatePayload          = Payload[FxRate]
	JournalEntryConnection = Connection[JournalEntry]
	JournalEntryEdge       = Edge[JournalEntry]
	JournalEntryPayload    = Payload[JournalEntry]
	PartyBalanceConnection = Connection[PartyBalance]
	PartyBalanceEdge       = Edge[PartyBalance]
	PeriodLockPayload      = Payload[Organization]
	RegisterLineConnection = Connection[RegisterLine]
	RegisterLineEdge       = Edge[RegisterLine]
)
