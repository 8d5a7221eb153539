// Package webhooks sends the changes of organizations to the addresses that their members have registered.
//
// What is true stands in three tables (migrations/0066_webhooks.sql): the endpoints, up to where each has taken the feed of
// changes, and a delivery for each event that an endpoint takes. Advance moves an endpoint's position and saves the deliveries
// of what it has passed, in one transaction, so that an event has exactly one delivery. Claim gives a worker the deliveries
// that are due, for a time: what a worker does not settle, because it has died, is due again then. Settle notes how an attempt
// has ended. All three lock the endpoint's position first, so they see each other's rows.
//
// Deliveries of one record are sent in the order of their events: one that follows an unsettled one waits. An attempt may be
// made twice, never none: receivers tell repetitions by the header webhook-id.
//
// A Sender makes the requests, signed as the Standard Webhooks specification says, and to no address of a private network.
//
// The package knows neither River nor GraphQL, and stands beside the layers: jobs call it.
package webhooks

import "encoding/json"

// Endpoint names a webhook.
type Endpoint struct{ OrganizationID, WebhookID int64 }

// Event is what a payload says of a change, beside the answer of the endpoint's document.
type Event struct {
	// ID is the event's node id, Action its action in capitals, and EntityID the record's node id; nil where it is not known.
	ID       string   `json:"id"`
	Action   string   `json:"action"`
	EntityID *string  `json:"entityId"`
	Table    string   `json:"table"`
	Fields   []string `json:"fields"`
	Text     string   `json:"text"`
}

// Payload is the body of a request.
type Payload struct {
	// Type is the type of the record and what has become of the row, in small letters: invoice.update.
	Type string `json:"type"`
	// Timestamp is when the transaction of the change began, in RFC 3339.
	Timestamp string `json:"timestamp"`
	Event     Event  `json:"event"`
	// Data and Errors are those of the answer of the endpoint's document; null and left out without one.
	Data   json.RawMessage `json:"data"`
	Errors json.RawMessage `json:"errors,omitempty"`
}
