package resolvers

import (
	"context"

	"daybook/graph/model"
	"daybook/internal/audit"
)

// history resolves the field of that name for T, a type that implements Node. The resolvers of T embed it.
type history[T interface{ NodeID() model.ID }] struct{}

// History returns a page of the changes of the record and of its parts. Everybody who may read all of a record may read
// its history. It makes a statement for each record.
func (history[T]) History(ctx context.Context, obj *T, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	id := (*obj).NodeID()
	if !readsHistory(ctx, id) {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	return listEvents(ctx, audit.Filter{CanonicalType: &id.Type, CanonicalID: &id.Key}, page(first, after, last, before))
}

// readsHistory reports whether the caller may read the history of the record that id names: it says all that is private in
// it, whichever way it is asked for. Webhooks and tokens are for owners and managers. An event does not say of which store it is, so that members bound to stores read none.
func readsHistory(ctx context.Context, id model.ID) bool {
	_, isNode := nodes[id.Type]
	return isNode && actor(ctx).Bound == nil && (id.Type != "Webhook" && id.Type != "Token" || readsAuditLog(ctx)) && (readsPrivateData(ctx) || id.Type != "Person" && id.Type != "Shift")
}
