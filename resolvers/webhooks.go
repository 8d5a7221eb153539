package resolvers

import (
	"context"
	"fmt"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	webhooks = projection.Define[model.Webhook](projection.Definition{
		Name:         "webhook_summaries",
		Key:          []string{"webhook_id"},
		Node:         "Webhook",
		Columns:      map[string]string{"ID": "webhook_id"},
		Orders:       map[string]projection.Order{"CREATED_AT": {Column: "created_at", Type: "timestamptz"}},
		DefaultOrder: "CREATED_AT",
	})
	webhookDeliveries = projection.Define[model.WebhookDelivery](projection.Definition{
		Name:              "webhook_deliveries",
		Key:               []string{"delivery_id"},
		Node:              "WebhookDelivery",
		Columns:           map[string]string{"ID": "delivery_id"},
		Orders:            map[string]projection.Order{"ID": {Column: "delivery_id", Type: "bigint"}},
		DefaultOrder:      "ID",
		DefaultDescending: true,
	})

	webhookByKey  = forManagers(webhooks)
	deliveryByKey = forManagers(webhookDeliveries)

	memberOfWebhook   = relate("member", userByKey, func(w *model.Webhook) int64 { return w.MemberID })
	webhookOfDelivery = relate("webhook", webhookByKey, func(d *model.WebhookDelivery) int64 { return d.WebhookID })

	// userByKey reads users who are or were members of the organization.
	userByKey = &batch[*model.User]{read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.User, error) {
		return canonical.UsersByKey(ctx, r.DB, r.OrganizationID, keys)
	}}
)

// forManagers reads rows of a read model by its own key, for owners and managers; others find nothing.
func forManagers[T any](m *projection.Model[T]) *batch[*T] {
	return direct(m.Node, func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*T, error) {
		found := map[int64]*T{}
		if !readsAuditLog(ctx) {
			return found, nil
		}
		rows, err := m.ByKey(ctx, r, keys)
		for key, row := range rows {
			found[key] = &row
		}
		return found, err
	})
}

func webhookFilter(in *model.WebhookFilter) (f filter) {
	if in == nil {
		in = &model.WebhookFilter{}
	}
	f.named(in.Ids, "webhook_id", "Webhook")
	f.archived(in.Archived)
	return f
}

func webhookDeliveryFilter(in *model.WebhookDeliveryFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "delivery_id", "WebhookDelivery")
	f.reference(in.WebhookID, "webhook_id", "Webhook")
	given(&f, in.State, "state = ?")
	if id := in.Entity.Value(); id != nil {
		f.where("entity_type = ?", id.Type)
		f.where("entity_key = ?", id.Key)
	}
	return f
}

func (r *queryResolver) Webhook(ctx context.Context, id model.ID) (*model.Webhook, error) {
	return lookup(ctx, webhookByKey, id)
}

func (r *queryResolver) Webhooks(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.WebhookFilter, where map[string]any) (*model.WebhookConnection, error) {
	if !readsAuditLog(ctx) {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	q := page(first, after, last, before)
	q.Where = webhookFilter(filter)
	return connect(ctx, webhooks, q, memberOfWebhook)
}

func (r *queryResolver) WebhookDeliveries(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.WebhookDeliveryFilter, where map[string]any) (*model.WebhookDeliveryConnection, error) {
	if !readsAuditLog(ctx) {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	q := page(first, after, last, before)
	q.Where = webhookDeliveryFilter(filter)
	return connect(ctx, webhookDeliveries, q, webhookOfDelivery)
}

func (r *mutationResolver) WebhookCreate(ctx context.Context, input model.WebhookCreateInput, idempotencyKey *string) (*model.WebhookPayload, error) {
	ctx = withDocumentMistakes(ctx, input.Document.Value())
	return mutate(ctx, r, webhookByKey, target{}, func(w write) (int64, error) {
		key, secret, err := w.WebhookCreate(ctx, w.actor, input)
		requestFrom(ctx).secret = madeSecret{model.ID{Type: "Webhook", Key: key}, secret}
		return key, err
	})
}

func (r *mutationResolver) WebhookUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.WebhookUpdateInput, idempotencyKey *string) (*model.WebhookPayload, error) {
	ctx = withDocumentMistakes(ctx, input.Document.Value())
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		return w.WebhookUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) WebhookEnable(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.WebhookPayload, error) {
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		return w.WebhookEnable(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) WebhookDisable(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.WebhookPayload, error) {
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		return w.WebhookDisable(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) WebhookSecretRotate(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.WebhookPayload, error) {
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		key, secret, err := w.WebhookSecretRotate(ctx, w.actor, w.key, expectedVersion)
		requestFrom(ctx).secret = madeSecret{model.ID{Type: "Webhook", Key: key}, secret}
		return key, err
	})
}

func (r *mutationResolver) WebhookArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.WebhookPayload, error) {
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		return w.WebhookArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) WebhookRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.WebhookPayload, error) {
	return mutate(ctx, r, webhookByKey, target{id: &id}, func(w write) (int64, error) {
		return w.WebhookRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) WebhookDeliveriesReplay(ctx context.Context, ids []model.ID, idempotencyKey *string) (*model.WebhookDeliveriesPayload, error) {
	return r.settleDeliveries(ctx, ids, func(w write) (int64, error) { return w.WebhookDeliveriesReplay(ctx, w.actor, ids) })
}

func (r *mutationResolver) WebhookDeliveriesGiveUp(ctx context.Context, ids []model.ID, idempotencyKey *string) (*model.WebhookDeliveriesPayload, error) {
	return r.settleDeliveries(ctx, ids, func(w write) (int64, error) { return w.WebhookDeliveriesGiveUp(ctx, w.actor, ids) })
}

// settleDeliveries makes a write to deliveries and returns them as they are then.
func (r *mutationResolver) settleDeliveries(ctx context.Context, ids []model.ID, fn func(write) (int64, error)) (*model.WebhookDeliveriesPayload, error) {
	return mutateInto(ctx, r, target{}, fn, func(ctx context.Context, _ int64) (*[]model.WebhookDelivery, error) {
		keys := make([]int64, len(ids))
		for i, id := range ids {
			keys[i] = id.Key
		}
		found, err := deliveryByKey.rows(ctx, keys)
		if err != nil {
			return nil, fmt.Errorf("read the deliveries: %w", err)
		}
		list := make([]model.WebhookDelivery, 0, len(keys))
		for _, key := range keys {
			if found[key] != nil {
				list = append(list, *found[key])
			}
		}
		return &list, nil
	})
}

func (r *webhookResolver) Member(ctx context.Context, obj *model.Webhook) (*model.User, error) {
	return loadRequired(ctx, memberOfWebhook, obj)
}

func (r *webhookResolver) Secret(ctx context.Context, obj *model.Webhook) (*string, error) {
	return requestFrom(ctx).secret.shown(obj.ID), nil
}

func (r *webhookDeliveryResolver) Webhook(ctx context.Context, obj *model.WebhookDelivery) (*model.Webhook, error) {
	return loadRequired(ctx, webhookOfDelivery, obj)
}

func (r *webhookDeliveryResolver) Event(ctx context.Context, obj *model.WebhookDelivery) (*model.AuditEvent, error) {
	found, err := findNode(ctx, model.ID{Type: "AuditEvent", Key: obj.EventID})
	event, _ := found.(*model.AuditEvent)
	return event, err
}

func (r *webhookDeliveryResolver) EntityID(_ context.Context, obj *model.WebhookDelivery) (*model.ID, error) {
	if obj.EntityType == nil || obj.EntityKey == nil {
		return nil, nil
	}
	return &model.ID{Type: *obj.EntityType, Key: *obj.EntityKey}, nil
}

// History is empty: deliveries are a log themselves.
func (r *webhookDeliveryResolver) History(context.Context, *model.WebhookDelivery, *int, *string, *int, *string) (*model.AuditEventConnection, error) {
	return &model.AuditEventConnection{Nodes: []model.AuditEvent{}}, nil
}

// Webhook returns the resolvers of webhooks.
func (r *Resolver) Webhook() generated.WebhookResolver { return &webhookResolver{} }

// WebhookDelivery returns the resolvers of deliveries.
func (r *Resolver) WebhookDelivery() generated.WebhookDeliveryResolver {
	return &webhookDeliveryResolver{r}
}

type (
	webhookResolver         struct{ history[model.Webhook] }
	webhookDeliveryResolver struct{ *Resolver }
)
