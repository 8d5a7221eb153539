package notifications

import (
	"encoding/json"
	"fmt"
	"slices"

	"daybook/internal/audit"
)

// The types of notifications, as canonical.notification_types has them.
const (
	invoiceApproved = "invoice_approved"
	paymentReceived = "payment_received"
	periodLocked    = "period_locked"
	saleRecorded    = "sale_recorded"
	saleRefunded    = "sale_refunded"
	shiftPublished  = "shift_published"
	shiftChanged    = "shift_changed"
	takingsLow      = "takings_low"
	tillDifference  = "till_difference"
	projectionDrift = "projection_drift"
)

// canonicalTypes are the types of records whose changes users can be told of.
var canonicalTypes = []string{"Bill", "DayClose", "Invoice", "Organization", "Payment", "Sale", "Shift"}

// relations are the tables in whose rows such a change is seen.
var relations = []string{"day_closes", "documents", "organizations", "payments", "sales", "shifts"}

// row is what of an event's snapshot and changes says whether users can be told of it.
type row struct {
	Kind, State, Direction string
}

// typeOf returns the type of notification that an event is an occasion for; empty if it is none. A change of a document's due
// date or state that may make it due or overdue is reported too.
func typeOf(e *audit.Event) (typ string, due bool, err error) {
	var r row
	var changes map[string][2]json.RawMessage
	if err := json.Unmarshal(e.Snapshot, &r); err != nil {
		return "", false, fmt.Errorf("snapshot of event %d: %w", e.ID, err)
	}
	if err := json.Unmarshal(e.Changes, &changes); err != nil {
		return "", false, fmt.Errorf("changes of event %d: %w", e.ID, err)
	}
	became := func(state string) bool {
		_, changed := changes["state"]
		return r.State == state && (changed || e.Action == audit.Create)
	}
	changed := func(columns ...string) bool {
		return slices.ContainsFunc(columns, func(column string) bool { _, ok := changes[column]; return ok })
	}
	if e.Action == audit.Delete {
		return "", false, nil
	}
	switch e.Relation {
	case "documents":
		due = r.State == "approved" && (became("approved") || changed("due_on"))
		if r.Kind == "invoice" && became("approved") {
			typ = invoiceApproved
		}
	case "payments":
		if e.Action == audit.Create && r.Direction == "in" {
			typ = paymentReceived
		}
	case "organizations":
		if e.Action == audit.Update && changed("soft_locked_until", "hard_locked_until") {
			typ = periodLocked
		}
	case "sales":
		switch {
		case e.Action == audit.Create && r.Kind == "sale":
			typ = saleRecorded
		case e.Action == audit.Create && r.Kind == "refund":
			typ = saleRefunded
		}
	case "shifts":
		var was string
		if state, ok := changes["state"]; ok {
			if err := json.Unmarshal(state[0], &was); err != nil {
				return "", false, fmt.Errorf("changes of event %d: %w", e.ID, err)
			}
		}
		switch {
		case became("published"):
			typ = shiftPublished
		case was == "published" && r.State == "cancelled", r.State == "published" && changed("store_id", "person_id", "during", "note"):
			typ = shiftChanged
		}
	}
	return typ, due, nil
}
