package notifications

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
var canonicalTypes = []string{"Bill", "CreditNote", "DayClose", "Invoice", "Organization", "Payment", "Sale", "Shift", "VendorCreditNote"}

// relations are the tables in whose rows such a change is seen.
var relations = []string{"credit_allocations", "day_closes", "documents", "organizations", "payment_allocations", "payments", "sales", "shifts"}

// row is what of an event's snapshot and changes says whether users can be told of it.
type row struct {
	Kind, State, Direction string
	DocumentID             int64 `json:"document_id"`
}

// typeOf returns the type of notification that an event is an occasion for; empty if it is none. What else users may have to be told of
// by it, others has then: a document whose due date or state may make it due or overdue, or of which less is settled, and a day close.
func typeOf(e *audit.Event, others *changed) (typ string, err error) {
	var r row
	var changes map[string][2]json.RawMessage
	if err := json.Unmarshal(e.Snapshot, &r); err != nil {
		return "", fmt.Errorf("snapshot of event %d: %w", e.ID, err)
	}
	if err := json.Unmarshal(e.Changes, &changes); err != nil {
		return "", fmt.Errorf("changes of event %d: %w", e.ID, err)
	}
	became := func(state string) bool {
		_, changed := changes["state"]
		return r.State == state && (changed || e.Action == audit.Create)
	}
	changed := func(columns ...string) bool {
		return slices.ContainsFunc(columns, func(column string) bool { _, ok := changes[column]; return ok })
	}
	if strings.HasSuffix(e.Relation, "_allocations") && e.Action != audit.Create {
		others.documents = append(others.documents, r.DocumentID)
	}
	if e.Action == audit.Delete || e.CanonicalID == nil {
		return "", nil
	}
	switch e.Relation {
	case "documents":
		switch {
		case r.State == "approved" && (became("approved") || changed("due_on")):
			others.documents = append(others.documents, *e.CanonicalID)
		case became("void"):
			others.voidCredits = append(others.voidCredits, *e.CanonicalID)
		}
		if r.Kind == "invoice" && became("approved") {
			typ = invoiceApproved
		}
	case "payments":
		if changed("voided_at") {
			others.voidPayments = append(others.voidPayments, *e.CanonicalID)
		}
		if e.Action == audit.Create && r.Direction == "in" {
			typ = paymentReceived
		}
	case "day_closes":
		if e.Action == audit.Create {
			others.closes = append(others.closes, *e.CanonicalID)
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
				return "", fmt.Errorf("changes of event %d: %w", e.ID, err)
			}
		}
		switch {
		case became("published"):
			typ = shiftPublished
		case was == "published" && r.State == "cancelled", r.State == "published" && changed("store_id", "person_id", "during", "note"):
			typ = shiftChanged
		}
	}
	return typ, nil
}
