package canonical_test

import (
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// A text in which nothing is seen is no text; equal texts are stored alike.
func TestTextsAreVisibleAndNormal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, name := range []string{"\u200b\u200b", " \u200b ", "\u00ad", "\u2060\ufeff", "\u3164", "\u2800", "\u202e", "\ufe0f", "\u034f"} {
		t.Run(name, func(t *testing.T) {
			_, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some(name), FamilyName: some(name)})
			wantMistakes(t, err, "givenName REQUIRED")
			_, err = w.StoreCreate(ctx, w.owner, model.StoreCreateInput{Name: some(name)})
			wantMistakes(t, err, "name REQUIRED")
		})
	}
	id, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Zoe\u0308"), ExternalRef: some("Zoe\u0308")})
	must(t, err)
	if name := one[string](w, `SELECT given_name || ' ' || external_ref FROM canonical.people WHERE id = $1`, id); name != "Zo\u00eb Zo\u00eb" {
		t.Errorf("stored %+q", name)
	}
	_, err = w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Zo\u00eb"), ExternalRef: some("Zo\u00eb")})
	wantMistakes(t, err, "externalRef TAKEN")
	// A joiner inside a text stays: it belongs to the word.
	id, err = w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("\U0001f468\u200d\U0001f469")})
	must(t, err)
	if name := one[string](w, `SELECT given_name FROM canonical.people WHERE id = $1`, id); name != "\U0001f468\u200d\U0001f469" {
		t.Errorf("stored %+q", name)
	}
}

// No text has what devices obey, and no e-mail address what is not seen. Ends of lines are no mistake.
func TestControlCharactersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, text := range []string{"A\x07B", "\x1b[31mAda", "Ada\x7fB", "Ada\u009bB"} {
		_, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{
			GivenName: some(text), Phone: some(text), ExternalRef: some(text), Addresses: addresses(home(text, "5067", "AU")),
		})
		wantMistakes(t, err, "givenName INVALID", "phone INVALID", "externalRef INVALID", "addresses.0.street INVALID")
	}
	for _, email := range []string{"ada@\u200bexample.com", "ada\ufeff@example.com", "ada\u00a0b@example.com", "a@b\u3000c", "a\x07@b"} {
		_, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{GivenName: some("Ada"), Email: some(email)})
		if invalid, refused := errors.AsType[*canonical.Invalid](err); !refused || invalid.Errors[0].Path != "email" {
			t.Errorf("%+q: %v", email, err)
		}
	}
	_, err := w.PersonCreate(ctx, w.owner, model.PersonCreateInput{
		GivenName: some("Ada\tMary"), Email: some("ad\u00e4@ex\u00e4mple.com"), Addresses: addresses(home("Unit 2\r\n1 High St", "5067", "AU")),
	})
	must(t, err)
}

// An id of a wrong type names nothing: no other check goes on with its number.
func TestWrongTypesNameNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	store, person := w.shop(w.owner, "UTC"), w.staff(w.owner, "Ada")
	w.rostered(store, some(person), "2026-03-02T09:00", "2026-03-02T17:00")
	free := w.rostered(store, null[model.ID](), "2026-03-02T10:00", "2026-03-02T12:00")
	_, err := w.ShiftUpdate(ctx, w.owner, free, nil, model.ShiftUpdateInput{PersonID: some(model.ID{Type: "Store", Key: person.Key})})
	wantMistakes(t, err, "personId NOT_FOUND")
	_, err = w.ShiftUpdate(ctx, w.owner, free, nil, model.ShiftUpdateInput{PersonID: some(person)})
	wantMistakes(t, err, "personId TAKEN")

	bank := one[int64](w, `SELECT id FROM canonical.accounts WHERE organization_id = $1 AND system_role = 'bank'`, w.owner.OrganizationID)
	entry, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{
		AccountID: w.account(w.owner, "4100"), Amount: dec("5"), MoneyAccountID: graphql.OmittableOf(&model.ID{Type: "Account", Key: bank}),
	})
	must(t, err)
	_, err = w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindIncome, entry, nil, model.MoneyEntryUpdateInput{
		AccountID: some(model.ID{Type: "Product", Key: bank}),
	})
	wantMistakes(t, err, "accountId NOT_FOUND")
}
