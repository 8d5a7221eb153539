package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/audit"
	"daybook/projection"
)

// counters are the columns that change with every change of a row; changes leave them out.
var counters = []string{"version", "updated_at", "organization_id"}

// listEvents returns one page of the events of the caller's organization, the latest first.
func listEvents(ctx context.Context, f audit.Filter, q projection.PageQuery) (*model.AuditEventConnection, error) {
	part, err := partOf(q, "events", audit.ParsePosition)
	if err != nil {
		return nil, err
	}
	req := requestFrom(ctx)
	f.OrganizationID = req.principal.Actor.OrganizationID
	query := audit.Query{Filter: f, Size: part.size, FromEnd: part.fromEnd, After: part.after, Before: part.before}
	events, more, err := audit.Page(ctx, req.pages.DB, query)
	if err != nil {
		return nil, err
	}
	connection := &model.AuditEventConnection{Nodes: make([]model.AuditEvent, len(events))}
	for i := range events {
		if connection.Nodes[i], err = eventOf(&events[i]); err != nil {
			return nil, err
		}
		connection.Cursors = append(connection.Cursors, events[i].Position().String())
	}
	connection.PageInfo = part.info(connection.Cursors, more)
	return connection, nil
}

func eventOf(e *audit.Event) (model.AuditEvent, error) {
	event := model.AuditEvent{
		ID: model.ID{Type: "AuditEvent", Key: e.ID}, OccurredAt: e.OccurredAt, Action: model.AuditAction(strings.ToUpper(string(e.Action))),
		Text: e.Text, Table: e.Relation, Row: e.RowID, DatabaseRole: e.DatabaseRole, RequestID: e.RequestID,
		TransactionID: model.BigInt(e.Transaction), Changes: []model.AuditChange{}, Snapshot: []model.AuditValue{},
	}
	if e.CanonicalType != nil && e.CanonicalID != nil {
		event.EntityID = &model.ID{Type: *e.CanonicalType, Key: *e.CanonicalID}
	}
	if e.Actor != nil {
		event.Actor = &model.User{ID: model.ID{Type: "User", Key: e.Actor.ID}, Name: e.Actor.Name, Email: e.Actor.Email}
	}
	var row map[string]json.RawMessage
	if err := json.Unmarshal(e.Snapshot, &row); err != nil {
		return event, nil //nolint:nilerr // a snapshot that is no row has no columns; the text says what can be said
	}
	var changes map[string][2]json.RawMessage
	if err := json.Unmarshal(e.Changes, &changes); err != nil {
		return event, fmt.Errorf("changes of event %d: %w", e.ID, err)
	}
	for _, field := range slices.Sorted(maps.Keys(row)) {
		value := plainValue(row[field])
		event.Snapshot = append(event.Snapshot, model.AuditValue{Field: field, Value: value})
		change := model.AuditChange{Field: field}
		pair, changed := changes[field]
		switch {
		case changed:
			change.Old, change.New = plainValue(pair[0]), plainValue(pair[1])
		case e.Action == audit.Update, value == nil, slices.Contains(counters, field):
			continue
		case e.Action == audit.Create:
			change.New = value
		default:
			change.Old = value
		}
		event.Changes = append(event.Changes, change)
	}
	return event, nil
}

// plainValue returns a JSON value as text: a string without its quotes, null as nil.
func plainValue(raw json.RawMessage) *string {
	text := string(raw)
	switch {
	case text == "null":
		return nil
	case strings.HasPrefix(text, `"`):
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil
		}
	}
	return &text
}

// Events are found by node(id) where the caller may see them: owners and managers see all, others those in the history of a
// record that they may read: of members, those whose membership lasts.
var _ = direct("AuditEvent", func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.AuditEvent, error) {
	events, err := audit.ByKey(ctx, r.DB, r.OrganizationID, keys)
	if err != nil {
		return nil, err
	}
	members, err := canonical.MembersByKey(ctx, r.DB, r.OrganizationID, membersOf(events))
	if err != nil {
		return nil, err
	}
	found := make(map[int64]*model.AuditEvent, len(events))
	for i := range events {
		event, err := eventOf(&events[i])
		if err != nil {
			return nil, err
		}
		ofRecord := func(id model.ID) bool {
			return readsHistory(ctx, id) && (id.Type != "Member" || members[id.Key] != nil)
		}
		if readsAuditLog(ctx) || event.EntityID != nil && ofRecord(*event.EntityID) {
			found[events[i].ID] = &event
		}
	}
	return found, nil
})

// membersOf returns the keys of the members whose changes the events are; never nil.
func membersOf(events []audit.Event) []int64 {
	users := []int64{}
	for i := range events {
		if e := &events[i]; e.CanonicalType != nil && *e.CanonicalType == "Member" && e.CanonicalID != nil {
			users = append(users, *e.CanonicalID)
		}
	}
	return users
}

// readsAuditLog reports whether the caller may read all events.
func readsAuditLog(ctx context.Context) bool {
	role := actor(ctx).Role
	return (role == model.RoleOwner || role == model.RoleManager) && actor(ctx).Bound == nil
}

func (r *queryResolver) AuditLog(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.AuditFilter, where map[string]any) (*model.AuditEventConnection, error) {
	if !readsAuditLog(ctx) {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	if filter == nil {
		filter = &model.AuditFilter{}
	}
	f := audit.Filter{
		Relation: filter.Table.Value(), Field: filter.Field.Value(), RequestID: filter.RequestID.Value(),
		From: filter.From.Value(), To: filter.To.Value(),
	}
	if id := filter.Entity.Value(); id != nil {
		f.CanonicalType, f.CanonicalID = &id.Type, &id.Key
	}
	if action := filter.Action.Value(); action != nil {
		f.Action = new(audit.Action(strings.ToLower(string(*action))))
	}
	if id := filter.Actor.Value(); id != nil {
		f.ActorID = &id.Key
		if id.Type != "User" {
			f.ActorID = new(int64(0)) // an id of another type names no user
		}
	}
	conditions, err := whereOf(ctx, "AuditEvent", func(field string) string { return eventColumns[field] })
	if err != nil {
		return nil, err
	}
	for _, c := range conditions {
		f.Where = append(f.Where, audit.Condition{SQL: c.SQL, Args: c.Args})
	}
	return listEvents(ctx, f, page(first, after, last, before))
}

// eventColumns has the columns of the audit log by their names in where.
var eventColumns = map[string]string{
	"id": "id", "occurredAt": "occurred_at", "action": "upper(action)", "entityType": "canonical_type", "entityKey": "canonical_id",
	"table": "relation", "row": "row_id", "actorId": "actor_id", "databaseRole": "database_role", "requestId": "request_id",
}

func (r *auditEventResolver) Entity(ctx context.Context, obj *model.AuditEvent) (model.Node, error) {
	if obj.EntityID == nil {
		return nil, nil
	}
	return findNode(ctx, *obj.EntityID)
}

// History is empty: an event never changes.
func (r *auditEventResolver) History(context.Context, *model.AuditEvent, *int, *string, *int, *string) (*model.AuditEventConnection, error) {
	return &model.AuditEventConnection{Nodes: []model.AuditEvent{}}, nil
}

// AuditEvent returns the resolvers of the audit log's events.
func (r *Resolver) AuditEvent() generated.AuditEventResolver { return &auditEventResolver{r} }

type auditEventResolver struct{ *Resolver }
