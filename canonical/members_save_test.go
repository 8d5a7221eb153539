package canonical_test

import (
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"daybook/canonical"
	"daybook/graph/model"
)

// joined makes a member of an organization, as its owner.
func (w *world) joined(owner canonical.Actor, email string, role model.Role, stores ...model.ID) canonical.Actor {
	w.t.Helper()
	user, err := w.MemberCreate(w.t.Context(), owner, model.MemberCreateInput{
		Email: some(email), Name: some(email), Role: some(role), StoreIds: graphql.OmittableOf(stores)})
	must(w.t, err)
	return canonical.Actor{OrganizationID: owner.OrganizationID, UserID: user, Role: role}
}

// owners counts the owners of the organization.
func (w *world) owners() int {
	w.t.Helper()
	return one[int](w, `SELECT count(*) FROM canonical.memberships WHERE organization_id = $1 AND role = 'owner' AND ended_at IS NULL`, w.owner.OrganizationID)
}

// Two owners end each other, or make each other something else, at the same time: one of them succeeds, and is the owner who is left.
func TestOwnersEndEachOther(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	a, out := w.owner, "b@example.com" // who is left, and the address of who was not
	var saved atomic.Int32
	for i := range 100 {
		b := w.joined(a, out, model.RoleOwner)
		var both errgroup.Group
		for _, pair := range [][2]canonical.Actor{{a, b}, {b, a}} {
			both.Go(func() (err error) {
				if i%2 == 0 {
					_, err = w.MemberEnd(ctx, pair[0], pair[1].UserID, nil)
				} else {
					_, err = w.MemberUpdate(ctx, pair[0], pair[1].UserID, nil, model.MemberUpdateInput{Role: some(model.RoleReader)})
				}
				return count(t, &saved, err, " FORBIDDEN")
			})
		}
		must(t, both.Wait())
		if left := w.owners(); left != 1 {
			t.Fatalf("%d owners are left after round %d", left, i)
		}
		if one[bool](w, `SELECT role = 'owner' AND ended_at IS NULL FROM canonical.memberships WHERE organization_id = $1 AND user_id = $2`, a.OrganizationID, b.UserID) {
			a, b = b, a
		}
		must(t, ignore(w.MemberEnd(ctx, a, b.UserID, nil)))
		out = one[string](w, `SELECT email FROM canonical.users WHERE id = $1`, b.UserID)
	}
	if saved.Load() != 100 {
		t.Errorf("%d of 200 were saved, want 100", saved.Load())
	}
}

// ignore returns the error of a write alone.
func ignore(_ int64, err error) error { return err }

// The database itself keeps an owner, whatever statement would take the last one away, and in any isolation.
func TestDatabaseKeepsAnOwner(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	b := w.joined(w.owner, "b@example.com", model.RoleOwner)
	for _, statement := range []string{
		`UPDATE canonical.memberships SET ended_at = now() WHERE organization_id = $1`,
		`UPDATE canonical.memberships SET role = 'manager' WHERE organization_id = $1`,
		`WITH tokens AS (DELETE FROM canonical.api_tokens) DELETE FROM canonical.memberships WHERE organization_id = $1`,
	} {
		if _, err := w.pool.Exec(ctx, statement, w.owner.OrganizationID); constraintOf(err) != "memberships_owner_kept" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		var txs [2]pgx.Tx
		for i := range txs {
			var err error
			txs[i], err = w.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
			must(t, err)
			var owners int // takes the snapshot
			must(t, txs[i].QueryRow(ctx, `SELECT count(*) FROM canonical.memberships WHERE role = 'owner'`).Scan(&owners))
		}
		var both errgroup.Group
		var kept atomic.Int32
		for i, user := range []int64{w.owner.UserID, b.UserID} {
			both.Go(func() error {
				_, err := txs[i].Exec(ctx, `UPDATE canonical.memberships SET role = 'manager' WHERE organization_id = $1 AND user_id = $2`, w.owner.OrganizationID, user)
				if err == nil {
					err = txs[i].Commit(ctx)
				}
				if err != nil {
					kept.Add(1)
					_ = txs[i].Rollback(ctx)
				}
				return nil
			})
		}
		must(t, both.Wait())
		if left := w.owners(); left < 1 || kept.Load() < 1 {
			t.Errorf("%s: %d owners are left, %d were refused", level, left, kept.Load())
		}
		_, err := w.pool.Exec(ctx, `UPDATE canonical.memberships SET role = 'owner' WHERE organization_id = $1`, w.owner.OrganizationID)
		must(t, err)
	}
}

// Whoever ends a membership, its tokens end with it for good.
func TestTokensEndWithTheirMembership(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	b := w.joined(w.owner, "b@example.com", model.RoleStaff)
	token, err := w.TokenCreate(ctx, b.OrganizationID, b.UserID, "till", "", 0)
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.memberships SET ended_at = now() WHERE user_id = $1`, b.UserID)
	must(t, err)
	w.joined(w.owner, "B@example.com", model.RoleStaff)
	if _, err := canonical.Authenticate(ctx, w.pool, token); err != canonical.ErrUnauthenticated { //nolint:errorlint // the error itself
		t.Errorf("the token of a former membership: %v", err)
	}
}

// A revoked token takes with it what was made with it, for whomever, and so does the end of its membership; what is kept hangs on what
// the revoked one was made with.
func TestTokensMadeWithARevokedOne(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	owner, staff := w.joined(w.owner, "b@example.com", model.RoleOwner), w.joined(w.owner, "c@example.com", model.RoleStaff)
	given := func(of canonical.Actor) string {
		token, err := w.TokenCreate(ctx, of.OrganizationID, of.UserID, "given", "", 0)
		must(t, err)
		return token
	}
	key := func(token string) int64 {
		return one[int64](w, `SELECT id FROM canonical.api_tokens WHERE token_hash = sha256($1)`, []byte(token))
	}
	makes := func(by canonical.Actor, with string, of canonical.Actor) string {
		_, token, err := w.MemberTokenCreate(ctx, by, with, model.TokenCreateInput{Name: some("made"), MemberID: some(model.ID{Type: "Member", Key: of.UserID})})
		must(t, err)
		return token
	}
	works := func(token string) bool {
		_, err := canonical.Authenticate(ctx, w.pool, token)
		return err == nil
	}
	first := given(owner)
	successor := makes(owner, first, owner)
	ofStaff := makes(owner, successor, staff)
	byStaff := makes(staff, ofStaff, staff)
	beside := given(staff)
	want := func(what string, working ...bool) {
		t.Helper()
		for i, token := range []string{first, successor, ofStaff, byStaff, beside} {
			if works(token) != working[i] {
				t.Errorf("%s: token %d works: %t", what, i, !working[i])
			}
		}
	}
	want("made", true, true, true, true, true)
	must(t, ignore(w.MemberTokenRevoke(ctx, owner, key(successor), nil, true)))
	want("replaced", true, false, true, true, true)
	must(t, ignore(w.MemberTokenRevoke(ctx, owner, key(first), nil, false)))
	want("revoked", false, false, false, false, true)
	last := makes(owner, given(owner), staff)
	must(t, ignore(w.MemberEnd(ctx, w.owner, owner.UserID, nil)))
	if works(last) || !works(beside) {
		t.Errorf("after its owner has left a token works: %t, and another one: %t", works(last), works(beside))
	}
}

// A user of other organizations is added by an owner of both.
func TestUsersOfOtherOrganizations(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	other := w.organization("Other", "AUD")
	gone := w.joined(other, "gone@example.com", model.RoleStaff)
	w.joined(other, "eve@example.com", model.RoleStaff)
	add := func(email string) error {
		_, err := w.MemberCreate(ctx, w.owner, model.MemberCreateInput{Email: some(email), Name: some("Eve"), Role: some(model.RoleStaff)})
		return err
	}
	wantMistakes(t, add("Eve@Example.com"), "email FORBIDDEN")
	must(t, ignore(w.MemberSet(ctx, other.OrganizationID, "", ownerOf("Ada's"), model.RoleManager)))
	wantMistakes(t, add("eve@example.com"), "email FORBIDDEN")
	must(t, ignore(w.MemberSet(ctx, other.OrganizationID, "", ownerOf("Ada's"), model.RoleOwner)))
	must(t, add("eve@example.com"))
	wantMistakes(t, add("EVE@example.com"), "email TAKEN")
	// Who has left the others is anybody's.
	must(t, ignore(w.MemberEnd(ctx, other, gone.UserID, nil)))
	must(t, add("gone@example.com"))
	// Nobody who adds a user changes what the user is known by.
	if changed := one[int](w, `SELECT count(*) FROM canonical.users WHERE name = 'Eve' OR email IN ('Eve@Example.com', 'EVE@example.com')`); changed != 0 {
		t.Errorf("%d users were changed by who added them", changed)
	}
}

// What an owner may not say of a member is a user error at its place.
func TestMistakesInMembers(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	store := func(owner canonical.Actor, name string) model.ID {
		id, err := w.StoreCreate(ctx, owner, model.StoreCreateInput{Name: some(name)})
		must(t, err)
		return model.ID{Type: "Store", Key: id}
	}
	other := w.organization("Other", "AUD")
	mine, old, theirs := store(w.owner, "Norwood"), store(w.owner, "Old"), store(other, "Elsewhere")
	must(t, ignore(w.StoreArchive(ctx, w.owner, old.Key, nil)))
	create := func(email, name string, role graphql.Omittable[*model.Role], stores ...model.ID) error {
		_, err := w.MemberCreate(ctx, w.owner, model.MemberCreateInput{Email: some(email), Name: some(name), Role: role, StoreIds: graphql.OmittableOf(stores)})
		return err
	}
	wantMistakes(t, create("", "", null[model.Role]()), "name REQUIRED", "email REQUIRED", "role REQUIRED")
	wantMistakes(t, create("nobody", "B", some(model.RoleStaff), mine, mine, theirs, old), "email INVALID", "storeIds.1 INVALID", "storeIds.2 NOT_FOUND", "storeIds.3 STATE")
	for _, none := range []string{"a,b@example.com", "<a@example.com>", "A <a@example.com>", "a@example.com;b", `"a"@example.com`, "a@b@example.com", "a@[127.0.0.1]"} {
		wantMistakes(t, create(none, "B", some(model.RoleStaff)), "email INVALID")
	}
	must(t, create("o'brien+till_1@sub.exämple.com", "B", some(model.RoleStaff)))
	wantMistakes(t, create("b@example.com", "B", some(model.RoleOwner), mine), "storeIds INVALID")
	b := w.joined(w.owner, "b@example.com", model.RoleStaff, mine)
	update := func(user int64, in model.MemberUpdateInput) error {
		_, err := w.MemberUpdate(ctx, w.owner, user, nil, in)
		return err
	}
	wantMistakes(t, update(b.UserID, model.MemberUpdateInput{Role: some(model.RoleOwner)}), "storeIds INVALID")
	wantMistakes(t, update(b.UserID, model.MemberUpdateInput{Role: null[model.Role]()}), "role REQUIRED")
	wantMistakes(t, update(other.UserID, model.MemberUpdateInput{Role: some(model.RoleStaff)}), "id NOT_FOUND")
	must(t, update(b.UserID, model.MemberUpdateInput{Role: some(model.RoleOwner), StoreIds: graphql.OmittableOf[[]model.ID](nil)}))
	must(t, update(b.UserID, model.MemberUpdateInput{Role: some(model.RoleStaff), StoreIds: graphql.OmittableOf([]model.ID{mine})}))
	must(t, ignore(w.StoreArchive(ctx, w.owner, mine.Key, nil)))
	must(t, update(b.UserID, model.MemberUpdateInput{StoreIds: graphql.OmittableOf([]model.ID{mine})}))
	must(t, ignore(w.MemberEnd(ctx, w.owner, b.UserID, nil)))
	wantMistakes(t, update(b.UserID, model.MemberUpdateInput{Role: some(model.RoleStaff)}), "id STATE")
	wantMistakes(t, update(w.owner.UserID, model.MemberUpdateInput{Role: some(model.RoleStaff)}), "id STATE")
	// Who was an owner when the request began, and is none any more, changes nobody.
	was := w.joined(w.owner, "c@example.com", model.RoleOwner)
	must(t, update(was.UserID, model.MemberUpdateInput{Role: some(model.RoleManager)}))
	_, err := w.MemberEnd(ctx, was, w.owner.UserID, nil)
	wantMistakes(t, err, " FORBIDDEN")
	w.joined(w.owner, "b@example.com", model.RoleReader)
	if bound := one[int](w, `SELECT count(*) FROM canonical.membership_stores WHERE user_id = $1`, b.UserID); bound != 0 {
		t.Errorf("a member who is back is bound to %d stores of the former membership", bound)
	}
}

// A member has a hundred tokens that work, and no more.
func TestManyTokens(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	with, err := w.TokenCreate(ctx, w.owner.OrganizationID, w.owner.UserID, "first", "", 0)
	must(t, err)
	working := one[int](w, `SELECT count(*) FROM canonical.api_tokens WHERE user_id = $1`, w.owner.UserID)
	var made atomic.Int32
	var all errgroup.Group
	all.SetLimit(4)
	for range 110 - working {
		all.Go(func() error {
			_, _, err := w.MemberTokenCreate(ctx, w.owner, with, model.TokenCreateInput{Name: some("one more")})
			return count(t, &made, err, " EXCEEDS")
		})
	}
	must(t, all.Wait())
	if int(made.Load()) != 100-working {
		t.Errorf("%d tokens were made beside %d", made.Load(), working)
	}
}

// A token that another member has made never makes its member an operator, nor does what is made or begun with it; not even where the
// member becomes an operator afterwards.
func TestTokensOfOperators(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	member := w.joined(w.owner, "operator@example.com", model.RoleReader)
	of := &model.ID{Type: "Member", Key: member.UserID}
	owners, err := w.TokenCreate(ctx, w.owner.OrganizationID, w.owner.UserID, "owner's", "", 0)
	must(t, err)
	own, err := w.TokenCreate(ctx, member.OrganizationID, member.UserID, "own", "", 0)
	must(t, err)
	another := func(actor canonical.Actor, with string, in model.TokenCreateInput) string {
		in.Name = some("one more")
		_, token, err := w.MemberTokenCreate(ctx, actor, with, in)
		must(t, err)
		return token
	}
	begin := func(token string) string {
		session, err := w.SessionBegin(ctx, token)
		must(t, err)
		return session
	}
	byOwner := another(w.owner, owners, model.TokenCreateInput{MemberID: some(*of)})
	withIt := another(member, byOwner, model.TokenCreateInput{})
	withOwn := another(member, own, model.TokenCreateInput{MemberID: some(*of)})
	must(t, w.OperatorSet(ctx, "operator@example.com", true))
	for name, c := range map[string]struct {
		token string
		want  bool
	}{
		"from the command line": {own, true}, "made with the own": {withOwn, true}, "made by an owner": {byOwner, false}, "made with that": {withIt, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := canonical.Authenticate(ctx, w.pool, c.token)
			must(t, err)
			if p.Operator != c.want || p.Actor.UserID != member.UserID {
				t.Errorf("operator: %t, of user %d", p.Operator, p.Actor.UserID)
			}
			session, err := canonical.AuthenticateSession(ctx, w.pool, begin(c.token))
			must(t, err)
			if session.Operator != c.want {
				t.Errorf("operator in a session: %t", session.Operator)
			}
		})
	}
}
