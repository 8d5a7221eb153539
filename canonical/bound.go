package canonical

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// Bound says what an actor is bound to, who writes what is of some stores, and what no store has, alone.
type Bound struct {
	// Stores are the stores' keys, sorted; at least one.
	Stores []int64
	// References are the records that the input of the next write names, with their paths. What is of another store does not
	// exist for the actor.
	References []NamedRecord
}

// NamedRecord is an id in an input.
type NamedRecord struct {
	Path string
	ID   model.ID
}

// StoreKeys returns the keys of the stores that the actor is bound to; nil if they are bound to none.
func (a Actor) StoreKeys() []int64 {
	if a.Bound == nil {
		return nil
	}
	return a.Bound.Stores
}

// boundTo returns the Bound of a member; nil for one without stores.
func boundTo(stores []int64) *Bound {
	if len(stores) == 0 {
		return nil
	}
	return &Bound{Stores: stores}
}

// boundStores selects the stores of a membership, sorted; NULL for a member who is bound to none.
const boundStores = `(SELECT array_agg(bound.store_id ORDER BY bound.store_id) FROM canonical.membership_stores AS bound
			WHERE (bound.organization_id, bound.user_id) = (membership.organization_id, membership.user_id))`

// referred has, for the type of a record, the SELECT of those among the keys $2 of organization $1 that are of the stores $3. What
// is of two stores is of theirs if both are.
var referred = map[string]string{
	"Sale":        `SELECT id FROM canonical.sales WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"SaleLine":    referredBy("sale_lines", "sales", "sale_id"),
	"Till":        `SELECT id FROM canonical.tills WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"TillSession": `SELECT id FROM canonical.till_sessions WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"DayClose":    `SELECT id FROM canonical.day_closes WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"Shift":       `SELECT id FROM canonical.shifts WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"Invoice":     referredDocument, "Bill": referredDocument, "CreditNote": referredDocument, "VendorCreditNote": referredDocument,
	"DocumentItem": referredBy("document_items", "documents", "document_id"),
	"Payment":      `SELECT id FROM canonical.payments WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`,
	"Income":       referredEntry, "Expense": referredEntry,
	"Transfer": `SELECT id FROM canonical.transfers WHERE organization_id = $1 AND id = ANY ($2) AND from_store_id = ANY ($3) AND to_store_id = ANY ($3)`,
}

const (
	referredDocument = `SELECT id FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`
	referredEntry    = `SELECT id FROM canonical.money_entries WHERE organization_id = $1 AND id = ANY ($2) AND store_id = ANY ($3)`
)

// referredBy returns the SELECT of referred for rows that are of the store of the record that a column names.
func referredBy(table, parents, column string) string {
	return `SELECT part.id FROM canonical.` + table + ` AS part JOIN canonical.` + parents + ` AS parent
		ON (parent.organization_id, parent.id) = (part.organization_id, part.` + column + `)
		WHERE part.organization_id = $1 AND part.id = ANY ($2) AND parent.store_id = ANY ($3)`
}

// referredFreely are the types of records without a store that a bound actor's input may name.
var referredFreely = []string{"Account", "Address", "Channel", "Member", "Notification", "Person", "Product", "TaxRate", "Token", "User"}

// checkReferences adds a user error for each record that a bound actor's input names and that is of none of the actor's stores. It
// is the error of a record that does not exist, so that nobody learns of what is elsewhere; but for a store, which is forbidden. It
// returns the user errors, but for those in rows of a bulk, which is the input field of the name: they are elsewhere.
func (u *unitOfWork) checkReferences(ctx context.Context, name string) error {
	if u.actor.Bound == nil {
		return nil
	}
	bound, byType := u.actor.Bound, map[string][]int64{}
	for _, r := range bound.References {
		byType[r.ID.Type] = append(byType[r.ID.Type], r.ID.Key)
	}
	known := map[model.ID]bool{}
	for _, typ := range slices.Sorted(maps.Keys(byType)) {
		query, ofStore := referred[typ]
		if !ofStore {
			continue
		}
		rows, _ := u.Query(ctx, query, u.actor.OrganizationID, byType[typ], bound.Stores)
		keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return fmt.Errorf("look up what the input names: %w", err)
		}
		for _, key := range keys {
			known[model.ID{Type: typ, Key: key}] = true
		}
	}
	before := len(u.Errors)
	for _, r := range bound.References {
		switch {
		case r.ID.Type == "Store":
			if !slices.Contains(bound.Stores, r.ID.Key) {
				u.addError(r.Path, forbidden, "is none of your stores")
			}
		case !known[r.ID] && !slices.Contains(referredFreely, r.ID.Type):
			u.addError(r.Path, notFound, "does not exist")
		}
	}
	u.elsewhere = map[int]bool{}
	for _, mistake := range u.Errors[before:] {
		place, _, ok := placeOf(name, mistake.Path)
		if !ok {
			return u.err()
		}
		u.elsewhere[place] = true
	}
	return nil
}

const wrongStores = "is not of your stores alone"

// ofStore is a column by which a changed row is of a store. A row of a table with several is of all of them.
type ofStore struct{ table, column string }

// ofParent is a column by which a changed row is of the store of another record.
type ofParent struct{ table, column, parents string }

// The tables that a bound actor's write may change rows of: by their own stores, by their parents' stores, and freely. Those of
// document_items name a store of their own where it is another one than the document's. Derived tables, which are not
// audited, follow from these.
var (
	changedByStore = []ofStore{
		{"stores", "id"}, {"store_hours", "store_id"}, {"store_hour_exceptions", "store_id"}, {"day_parts", "store_id"},
		{"tills", "store_id"}, {"till_sessions", "store_id"}, {"day_closes", "store_id"}, {"sales", "store_id"}, {"shifts", "store_id"},
		{"documents", "store_id"}, {"payments", "store_id"}, {"money_entries", "store_id"}, {"journal_lines", "store_id"},
		{"transfers", "from_store_id"}, {"transfers", "to_store_id"},
	}
	changedByParent = []ofParent{
		{"document_items", "document_id", "documents"},
		{"credit_allocations", "credit_note_id", "documents"}, {"credit_allocations", "document_id", "documents"},
		{"payment_allocations", "payment_id", "payments"}, {"payment_allocations", "document_id", "documents"},
		{"payment_refunds", "refund_id", "payments"}, {"payment_refunds", "payment_id", "payments"},
		{"sale_lines", "sale_id", "sales"}, {"sale_line_taxes", "sale_id", "sales"}, {"sale_tenders", "sale_id", "sales"},
		{"till_movements", "till_session_id", "till_sessions"}, {"day_close_tenders", "day_close_id", "day_closes"},
	}
	// The taxes of a document's line change with the line, and journal entries with their lines, but for entries by hand.
	changedFreely = []string{"people", "addresses", "number_series", "document_item_taxes", "journal_entries"}
	// changedByUser are tables in which an actor changes their own rows.
	changedByUser = []string{"api_tokens", "notification_preferences"}
)

// checkStores refuses the write of a bound actor that has changed what is not of their stores, before or after. It reads the
// events that triggers have recorded of everything that the transaction has changed, so that no write can leave the check out;
// what is due at commit is made first. The rows that it looks at are locked by the transaction.
func (u *unitOfWork) checkStores(ctx context.Context) error {
	if u.actor.Bound == nil {
		return nil
	}
	settle(u.last)
	var tables, columns []string
	for _, of := range changedByStore {
		tables, columns = append(tables, of.table), append(columns, of.column)
	}
	allowed := slices.Concat(tables, changedFreely, changedByUser)
	for _, of := range changedByParent {
		allowed = append(allowed, of.table)
	}
	var parents strings.Builder
	for _, of := range changedByParent {
		fmt.Fprintf(&parents, `
		UNION ALL
		SELECT '' FROM changed JOIN canonical.%s AS parent
			ON (parent.organization_id, parent.id) = ($1, (changed.entry ->> '%s')::bigint)
		WHERE changed.relation = '%s' AND parent.store_id = ANY ($2) IS NOT TRUE`, of.parents, of.column, of.table)
	}
	var path string
	err := u.QueryRow(ctx, `WITH changed AS MATERIALIZED (
			SELECT event.relation, event.snapshot AS entry, event.snapshot || coalesce(was.entry, '{}') AS was
			FROM audit.events AS event CROSS JOIN LATERAL (
				SELECT jsonb_object_agg(change.key, change.value -> 0) AS entry FROM jsonb_each(event.changes) AS change) AS was
			WHERE event.organization_id = $1 AND event.epoch = (SELECT epoch FROM audit.feed) AND event.transaction = pg_current_xact_id())
		SELECT '' AS path FROM changed
		WHERE relation <> ALL ($3) OR relation = 'journal_entries' AND entry ->> 'purpose' = 'manual'
			OR relation = ANY ($4) AND (entry ->> 'user_id')::bigint <> $5
		UNION ALL
		SELECT CASE relation WHEN 'stores' THEN 'id' WHEN 'transfers' THEN CASE of.column WHEN 'to_store_id' THEN 'toStoreId' ELSE 'fromStoreId' END ELSE 'storeId' END
		FROM changed JOIN unnest($6::text[], $7::text[]) AS of (relation, "column") USING (relation)
		WHERE (entry ->> of.column)::bigint = ANY ($2) IS NOT TRUE OR (was ->> of.column)::bigint = ANY ($2) IS NOT TRUE
		UNION ALL
		SELECT 'storeId' FROM changed WHERE relation = 'document_items'
			AND ((entry ->> 'store_id')::bigint = ANY ($2) IS FALSE OR (was ->> 'store_id')::bigint = ANY ($2) IS FALSE)`+parents.String()+`
		LIMIT 1`, u.actor.OrganizationID, u.actor.Bound.Stores, allowed, changedByUser, u.actor.UserID, tables, columns).Scan(&path)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for changes outside of the actor's stores: %w", err)
	}
	return reject(path, forbidden, wrongStores)
}

// ofBound returns the error of a bound actor's write, without the records that are in its way: they may be of other stores.
func (u *unitOfWork) ofBound(err error) error {
	refused, ok := errors.AsType[*Invalid](err)
	if !ok || u.actor.Bound == nil {
		return err
	}
	told := &Invalid{}
	for _, mistake := range refused.Errors {
		mistake.RecordID = nil
		if !slices.ContainsFunc(told.Errors, func(other model.UserError) bool { return other == mistake }) {
			told.Errors = append(told.Errors, mistake)
		}
	}
	return told
}
