package canonical_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"daybook/canonical"
	"daybook/graph/model"
)

func TestTimeZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	create := func(change func(*canonical.OrganizationInput)) error {
		in := canonical.OrganizationInput{Name: "X", TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Grace", OwnerEmail: "grace@example.com"}
		change(&in)
		_, _, err := w.OrganizationCreate(t.Context(), in)
		return err
	}
	for _, zone := range []string{"+10", "FOO-25BAR", "EST", "Etc/GMT+10", "australia/adelaide", "Australia/adelaide", "utc", "Europe/Nowhere", "a\x00b"} {
		t.Run(zone, func(t *testing.T) {
			wantMistakes(t, create(func(in *canonical.OrganizationInput) { in.TimeZone = zone }), "timeZone INVALID")
		})
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.users`); n != 1 {
		t.Errorf("refusals leave %d users", n-1)
	}
	for _, zone := range []string{"UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires"} {
		t.Run(zone, func(t *testing.T) {
			must(t, create(func(in *canonical.OrganizationInput) { in.TimeZone = zone }))
		})
	}
	wantMistakes(t, create(func(in *canonical.OrganizationInput) { in.BaseCurrency = "aud" }), "baseCurrency INVALID")
	wantMistakes(t, create(func(in *canonical.OrganizationInput) { *in = canonical.OrganizationInput{OwnerEmail: "x"} }),
		"name REQUIRED", "timeZone REQUIRED", "baseCurrency REQUIRED", "ownerName REQUIRED", "ownerEmail INVALID")
	wantMistakes(t, create(func(in *canonical.OrganizationInput) { in.OwnerEmail = " " }), "ownerEmail REQUIRED")
	// One user, whatever the case of their address, owns all organizations that they created.
	must(t, create(func(in *canonical.OrganizationInput) { in.OwnerName, in.OwnerEmail = "Other", "GRACE@example.com" }))
	if n := one[int](w, `SELECT count(*) FROM canonical.memberships WHERE role = 'owner' AND user_id = (SELECT id FROM canonical.users WHERE name = 'Grace')`); n != 4 {
		t.Errorf("Grace owns %d", n)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org := t.Context(), w.owner.OrganizationID
	_, err := w.MemberSet(ctx, org, "", "alan@example.com", model.RoleStaff)
	wantMistakes(t, err, "email NOT_FOUND")
	_, err = w.MemberSet(ctx, org, "Alan", "alan", model.RoleStaff)
	wantMistakes(t, err, "email INVALID")
	_, err = w.MemberSet(ctx, org, "Alan", "alan@example.com", "KING")
	wantMistakes(t, err, "role INVALID")
	_, err = w.MemberSet(ctx, 1<<40, "Alan", "alan@example.com", model.RoleStaff)
	wantMistakes(t, err, "organizationId NOT_FOUND")
	alan, err := w.MemberSet(ctx, org, "Alan", "alan@example.com", model.RoleStaff)
	must(t, err)
	again, err := w.MemberSet(ctx, org, "", "ALAN@example.com", model.RoleReader)
	must(t, err)
	if role := one[string](w, `SELECT role FROM canonical.memberships WHERE user_id = $1`, alan); again != alan || role != "reader" {
		t.Errorf("user %d became %d, %s", alan, again, role)
	}
	must(t, w.MembershipEnd(ctx, org, alan))
	wantMistakes(t, w.MembershipEnd(ctx, org, alan), "email NOT_FOUND")
}

// The currency exponents of the database, of Go and of ISO 4217's table are equal.
func TestCurrencyExponents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows, err := w.pool.Query(t.Context(), `SELECT code, exponent, canonical.major(12345, code)::text FROM canonical.currencies`)
	must(t, err)
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var code, major string
		var exponent int
		must(t, rows.Scan(&code, &exponent, &major))
		if exponent != model.Exponent(code) {
			t.Errorf("%s has %d decimals here, %d in Go", code, exponent, model.Exponent(code))
		}
		if want := model.FromMinor(12345, code).Amount.String(); major != want {
			t.Errorf("%s: 12345 is %s, in Go %s", code, major, want)
		}
	}
	if must(t, rows.Err()); n < 150 {
		t.Errorf("%d currencies", n)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org, user := t.Context(), w.owner.OrganizationID, w.owner.UserID
	token, err := w.TokenCreate(ctx, org, user, "laptop", "", 0)
	must(t, err)
	if !strings.HasPrefix(token, "daybook_") || len(token) != len("daybook_")+64 {
		t.Errorf("token %q", token)
	}
	p, err := canonical.Authenticate(ctx, w.pool, token)
	must(t, err)
	if p.Actor != w.owner || p.Viewer.User.ID != (model.ID{Type: "User", Key: user}) ||
		p.Viewer.Organization.TimeZone != "Australia/Adelaide" || p.Viewer.Organization.BaseCurrency != "AUD" || p.Viewer.Role != model.RoleOwner {
		t.Errorf("principal %+v", p)
	}
	if today := one[string](w, `SELECT (now() AT TIME ZONE 'Australia/Adelaide')::date::text`); p.Viewer.Organization.Today.String() != today {
		t.Errorf("today is %s, want %s", p.Viewer.Organization.Today, today)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.api_tokens WHERE position(convert_to($1, 'UTF8') IN token_hash) > 0`, token); n != 0 {
		t.Error("the token itself is stored")
	}

	refused := func(what, token string) {
		t.Helper()
		if _, err := canonical.Authenticate(ctx, w.pool, token); !errors.Is(err, canonical.ErrUnauthenticated) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("unknown", token+"x")
	refused("empty", "")
	_, err = w.TokenCreate(ctx, org, user, "old", "expired-token", time.Microsecond)
	must(t, err)
	refused("expired", "expired-token")
	_, err = w.TokenCreate(ctx, org, user, "old", "expired-token", 0)
	wantMistakes(t, err, "token TAKEN")
	_, err = w.TokenCreate(ctx, org, user, " ", "short", -time.Hour)
	wantMistakes(t, err, "expires INVALID", "name REQUIRED", "token INVALID")
	_, err = w.TokenCreate(ctx, w.organization("Other", "AUD").OrganizationID, user, "x", "", 0)
	wantMistakes(t, err, "userId NOT_FOUND")

	wantMistakes(t, w.MembershipEnd(ctx, org, user), "id STATE")
	must(t, ignore(w.MemberSet(ctx, org, "Grace", "grace@example.com", model.RoleOwner)))
	must(t, w.MembershipEnd(ctx, org, user))
	refused("no member any more", token)
	_, err = w.TokenCreate(ctx, org, user, "late", "", 0)
	wantMistakes(t, err, "userId NOT_FOUND")
	_, err = w.MemberSet(ctx, org, "", p.Viewer.User.Email, model.RoleReader)
	must(t, err)
	refused("a member again, with a token of the membership that ended", token)
	token, err = w.TokenCreate(ctx, org, user, "laptop", "", 0)
	must(t, err)
	p, err = canonical.Authenticate(ctx, w.pool, token)
	must(t, err)
	if p.Actor.Role != model.RoleReader {
		t.Errorf("role %s", p.Actor.Role)
	}
	must(t, w.TokenRevoke(ctx, token))
	refused("revoked", token)
	wantMistakes(t, w.TokenRevoke(ctx, token), "token NOT_FOUND")
	other, err := w.TokenCreate(ctx, org, user, "phone", "", 0)
	must(t, err)
	if n, err := w.TokensRevoke(ctx, org, user); err != nil || n != 1 { // the end of the membership revoked all before
		t.Errorf("%d revoked, %v", n, err)
	}
	refused("revoked with all", other)
}

// The right to operate belongs to the user in every organization, and no role gives it.
func TestOperators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org, user := t.Context(), w.owner.OrganizationID, w.owner.UserID
	token, err := w.TokenCreate(ctx, org, user, "laptop", "", 0)
	must(t, err)
	want := func(operator bool) {
		t.Helper()
		p, err := canonical.Authenticate(ctx, w.pool, token)
		must(t, err)
		if p.Operator != operator {
			t.Errorf("a %s is an operator: %v, want %v", p.Actor.Role, p.Operator, operator)
		}
	}
	want(false)
	email := strings.ToUpper(one[string](w, `SELECT email FROM canonical.users WHERE id = $1`, user))
	must(t, w.OperatorSet(ctx, email, true))
	must(t, ignore(w.MemberSet(ctx, org, "Grace", "grace@example.com", model.RoleOwner)))
	_, err = w.MemberSet(ctx, org, "", email, model.RoleReader)
	must(t, err)
	want(true)
	must(t, w.OperatorSet(ctx, email, false))
	want(false)
	wantMistakes(t, w.OperatorSet(ctx, "nobody@example.com", true), "email NOT_FOUND")
}

func FuzzParseBearer(f *testing.F) {
	for _, header := range []string{"", "Bearer", "Bearer ", "bearer 12345678", "Basic 12345678", "Bearer a b c d e f", "Bearer \x00\x00\x00\x00\x00\x00\x00\x00", "Bearer ééééé"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, err := canonical.ParseBearer(header)
		if err != nil {
			if token != "" || !errors.Is(err, canonical.ErrUnauthenticated) {
				t.Errorf("%q: %q, %v", header, token, err)
			}
			return
		}
		if len(token) < 8 || len(token) > 200 || !strings.HasSuffix(strings.TrimRight(header, " "), token) ||
			strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q gives %q", header, token)
		}
		if again, err := canonical.ParseBearer("Bearer " + token); again != token || err != nil {
			t.Errorf("%q does not survive: %q, %v", token, again, err)
		}
	})
}
