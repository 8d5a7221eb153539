package model

// The GraphQL names of the instances that belong to sales.
type (
	SaleConnection = Connection[Sale]
	SaleEdge       = Edge[Sale]
	SalePayload    = Payload[Sale]
)
