package canonical_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/canonical"
	"daybook/graph/model"
)

// An actor is found by an e-mail address, in any case, or as the first owner, in one organization or in each.
func TestActorsOfOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, other := t.Context(), w.organization("Other", "AUD")
	eve, err := w.MemberSet(ctx, w.owner.OrganizationID, "Eve", "eve@example.com", model.RoleManager)
	must(t, err)
	_, err = w.MemberSet(ctx, other.OrganizationID, "", "eve@example.com", model.RoleOwner)
	must(t, err)
	here := canonical.Actor{OrganizationID: w.owner.OrganizationID, UserID: eve, Role: model.RoleManager}
	there := canonical.Actor{OrganizationID: other.OrganizationID, UserID: eve, Role: model.RoleOwner}
	owners := func(organization int64) []canonical.Actor {
		found, err := canonical.OwnersOf(ctx, w.pool, organization)
		must(t, err)
		return found
	}
	memberships := func(organization int64, email string) []canonical.Actor {
		found, err := canonical.MembershipsOf(ctx, w.pool, organization, email)
		must(t, err)
		return found
	}
	want := func(what string, got []canonical.Actor, want ...canonical.Actor) {
		t.Helper()
		if diff := cmp.Diff(append([]canonical.Actor{}, want...), append([]canonical.Actor{}, got...)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	want("all owners", owners(0), w.owner, other)
	want("the owners of one", owners(other.OrganizationID), other)
	want("all of Eve's", memberships(0, "EVE@example.com"), here, there)
	want("Eve in one", memberships(w.owner.OrganizationID, "eve@example.com"), here)
	want("nobody", memberships(0, ""))
	must(t, w.MembershipEnd(ctx, other.OrganizationID, eve))
	want("Eve after an end", memberships(0, "eve@example.com"), here)
	wantMistakes(t, w.MembershipEnd(ctx, other.OrganizationID, other.UserID), "id STATE")
	want("the last owner", owners(other.OrganizationID), other)
	want("no owner", owners(other.OrganizationID+1_000_000))
}
