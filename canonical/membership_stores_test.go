package canonical_test

import (
	"fmt"
	"slices"
	"testing"

	"daybook/canonical"
	"daybook/graph/model"
)

// A member is bound to live stores by their names or ids, and to none again; an owner never is.
func TestMemberStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org := t.Context(), w.owner.OrganizationID
	var stores []int64
	for _, name := range []string{"Norwood", "Unley"} {
		stores = append(stores, one[int64](w, `INSERT INTO canonical.stores (organization_id, name, time_zone) VALUES ($1, $2, 'UTC') RETURNING id`, org, name))
	}
	_ = one[int64](w, `INSERT INTO canonical.stores (organization_id, name, time_zone, archived_at) VALUES ($1, 'Old', 'UTC', now()) RETURNING id`, org)
	alan, err := w.MemberSet(ctx, org, "Alan", "alan@example.com", model.RoleStaff)
	must(t, err)
	token, err := w.TokenCreate(ctx, org, alan, "till", "", 0)
	must(t, err)
	bound := func(want ...int64) {
		t.Helper()
		p, err := canonical.Authenticate(ctx, w.pool, token)
		must(t, err)
		if got := p.Actor.StoreKeys(); !slices.Equal(got, want) {
			t.Errorf("bound to %v, want %v", got, want)
		}
		now, err := canonical.MemberNow(ctx, w.pool, org, alan)
		must(t, err)
		found, err := canonical.MembershipsOf(ctx, w.pool, org, "alan@example.com")
		must(t, err)
		if !slices.Equal(now.Actor.StoreKeys(), want) || !slices.Equal(found[0].StoreKeys(), want) {
			t.Errorf("%v and %v, want %v", now.Actor.StoreKeys(), found[0].StoreKeys(), want)
		}
	}
	bound()
	must(t, w.MemberStoresSet(ctx, org, alan, []string{"unley", fmt.Sprint(stores[0]), "NORWOOD"}))
	bound(stores...)
	must(t, w.MemberStoresSet(ctx, org, alan, []string{fmt.Sprintf("Store:%d", stores[1])}))
	bound(stores[1])
	wantMistakes(t, w.MemberStoresSet(ctx, org, alan, []string{"Unley", "Old", "Nowhere"}), "stores.1 NOT_FOUND", "stores.2 NOT_FOUND")
	bound(stores[1])
	_, err = w.MemberSet(ctx, org, "", "alan@example.com", model.RoleManager)
	must(t, err)
	bound(stores[1])
	_, err = w.MemberSet(ctx, org, "", "alan@example.com", model.RoleOwner)
	wantMistakes(t, err, "storeIds INVALID")
	wantMistakes(t, w.MemberStoresSet(ctx, org, w.owner.UserID, []string{"Unley"}), "storeIds INVALID")
	wantMistakes(t, w.MemberStoresSet(ctx, org, alan+1_000_000, []string{"Unley"}), "userId NOT_FOUND")
	must(t, w.MemberStoresSet(ctx, org, alan, nil))
	bound()
	_, err = w.MemberSet(ctx, org, "", "alan@example.com", model.RoleOwner)
	must(t, err)
}
