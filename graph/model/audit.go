package model

// The GraphQL names of the instances that belong to the audit log.
type (
	AuditEventConnection = Connection[AuditEvent]
	AuditEventEdge       = Edge[AuditEvent]
)
