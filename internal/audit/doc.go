// Package audit is about the trail of changes in audit.events: what triggers record of every canonical table, in the
// transaction that changes it (migrations/0035_audit.sql), and what humans and the API read of it.
package audit
