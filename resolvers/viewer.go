package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

// organizationByKey reads the caller's organization itself, and no other.
var organizationByKey = direct("Organization", func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.Organization, error) {
	found := map[int64]*model.Organization{}
	for _, key := range keys {
		if key != r.OrganizationID {
			continue
		}
		organization, err := canonical.Organization(ctx, r.DB, key)
		if err != nil {
			return nil, err
		}
		found[key] = organization
	}
	return found, nil
})

// Viewer returns what authentication has read.
func (r *queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	return &requestFrom(ctx).principal.Viewer, nil
}

// Stores returns the stores that the caller is bound to; nil for none.
func (r *viewerResolver) Stores(ctx context.Context, _ *model.Viewer) ([]model.Store, error) {
	return boundStores(ctx, actor(ctx).StoreKeys())
}

// boundStores returns the stores with the keys; nil for none.
func boundStores(ctx context.Context, keys []int64) ([]model.Store, error) {
	found, err := storeByKey.loadAll(ctx, keys)
	var stores []model.Store
	for _, store := range found {
		if store != nil {
			stores = append(stores, *store)
		}
	}
	return stores, err
}

// Viewer returns the resolvers of what a caller has beside what authentication has read.
func (r *Resolver) Viewer() generated.ViewerResolver { return &viewerResolver{} }

// Organization returns the resolvers of what an organization has beside its own fields.
func (r *Resolver) Organization() generated.OrganizationResolver {
	return &organizationResolver{Resolver: r}
}

// User returns the resolvers of users.
func (r *Resolver) User() generated.UserResolver { return &userResolver{} }

type (
	organizationResolver struct {
		*Resolver
		history[model.Organization]
	}
	userResolver   struct{ history[model.User] }
	viewerResolver struct{}
)
