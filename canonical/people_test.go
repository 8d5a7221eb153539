package canonical_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/sync/errgroup"

	"daybook/canonical"
	"daybook/graph/model"
)

func home(street, postcode, country string) model.AddressInput {
	return model.AddressInput{Street: some(street), Suburb: some("Norwood"), Postcode: some(postcode), Country: some(country)}
}

func addresses(list ...model.AddressInput) graphql.Omittable[[]model.AddressInput] {
	return graphql.OmittableOf(list)
}

func TestPersonAndAddressesAreOneUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.PersonCreate(t.Context(), w.owner, model.PersonCreateInput{
		GivenName: some("  "), Email: some("nobody"), Phone: some("a\x00b"),
		Addresses: addresses(home("1 High St", "5067", "AU"), home("", "!", "AU"), home("2 High St", "", "Australia")),
	})
	wantMistakes(t, err, "givenName REQUIRED", "email INVALID", "phone INVALID", "addresses.1.street REQUIRED",
		"addresses.1.postcode INVALID", "addresses.2.postcode REQUIRED", "addresses.2.country INVALID")
	if n := one[int](w, `SELECT count(*) FROM canonical.people`); n != 0 {
		t.Errorf("%d people were saved", n)
	}
}

func TestAddressesAreAddedChangedRemovedAndReordered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.PersonCreate(t.Context(), w.owner, model.PersonCreateInput{
		GivenName: some(" Ada "), FamilyName: some(""),
		Addresses: addresses(home("A", "5067", "AU"), home("B", "5067", "AU"), home("C", "5067", "AU")),
	})
	must(t, err)
	street := func(name string) graphql.Omittable[*model.ID] {
		return some(model.ID{Type: "Address", Key: one[int64](w, `SELECT id FROM canonical.addresses WHERE street = $1`, name)})
	}
	a, c := street("A"), street("C")
	version := 1
	_, err = w.PersonUpdate(t.Context(), w.owner, id, &version, model.PersonUpdateInput{Addresses: addresses(
		model.AddressInput{ID: c}, home("D", "SW1A 1AA", "GB"), model.AddressInput{ID: a, Street: some("A2")})})
	must(t, err)
	const list = `SELECT string_agg(street, ' ' ORDER BY position) FROM canonical.addresses`
	if got := one[string](w, list); got != "C D A2" {
		t.Errorf("addresses are %q", got)
	}
	if street("A2") != a && one[int64](w, `SELECT id FROM canonical.addresses WHERE street = 'A2'`) != a.Value().Key {
		t.Error("a changed address lost its id")
	}
	if got := one[string](w, `SELECT full_name || version FROM canonical.people`); got != "Ada2" {
		t.Errorf("name and version are %q", got)
	}

	_, err = w.PersonUpdate(t.Context(), w.owner, id, &version, model.PersonUpdateInput{GivenName: some("Eve")})
	wantMistakes(t, err, "expectedVersion CONFLICT")
	_, err = w.PersonUpdate(t.Context(), w.owner, id, nil, model.PersonUpdateInput{Addresses: addresses(
		model.AddressInput{ID: a}, model.AddressInput{ID: a, Street: some("X"), Suburb: some("Norwood"), Postcode: some("5067"), Country: some("AU")})})
	wantMistakes(t, err, "addresses.1.id NOT_FOUND")

	_, err = w.PersonUpdate(t.Context(), w.owner, id, nil, model.PersonUpdateInput{FamilyName: some("Lovelace"), Email: some("a@b")})
	must(t, err)
	if got := one[string](w, list); got != "C D A2" {
		t.Errorf("addresses that were not given are now %q", got)
	}
	_, err = w.PersonUpdate(t.Context(), w.owner, id, nil, model.PersonUpdateInput{Email: null[string](), Addresses: addresses()})
	must(t, err)
	if n := one[int](w, `SELECT count(*) + count(DISTINCT email) FROM canonical.addresses, canonical.people`); n != 0 {
		t.Error("an empty set of addresses leaves some")
	}
}

func TestPersonArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	for range 2 {
		_, err := w.PersonArchive(t.Context(), w.owner, ada.Key, nil)
		must(t, err)
	}
	if v := one[int](w, `SELECT version FROM canonical.people WHERE archived_at IS NOT NULL`); v != 2 {
		t.Errorf("archiving twice made version %d", v)
	}
	_, err := w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: ada, Items: []model.DocumentItemInput{line("Work", "1", "1")}})
	wantMistakes(t, err, "customerId STATE")
	_, err = w.pay(w.owner, ada, "1")
	must(t, err)
	_, err = w.PersonUpdate(t.Context(), w.owner, ada.Key, nil, model.PersonUpdateInput{GivenName: some("Bea")})
	wantMistakes(t, err, "id STATE")
	for range 2 {
		_, err := w.PersonRestore(t.Context(), w.owner, ada.Key, nil)
		must(t, err)
	}
	if v := one[int](w, `SELECT version FROM canonical.people WHERE archived_at IS NULL`); v != 3 {
		t.Errorf("restoring twice made version %d", v)
	}
	_, err = w.PersonUpdate(t.Context(), w.owner, ada.Key, nil, model.PersonUpdateInput{GivenName: some("Bea")})
	must(t, err)
}

func TestExternalRefIsUniqueInTheOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := model.PersonCreateInput{GivenName: some("Ada"), ExternalRef: some("crm-1")}
	id, err := w.PersonCreate(t.Context(), w.owner, in)
	must(t, err)
	_, err = w.PersonCreate(t.Context(), w.owner, in)
	wantMistakes(t, err, "externalRef TAKEN")
	_, err = w.PersonUpdate(t.Context(), w.owner, id, nil, model.PersonUpdateInput{ExternalRef: some("crm-1")})
	must(t, err)
	_, err = w.PersonCreate(t.Context(), w.organization("Other", "EUR"), in)
	must(t, err)
}

// Bulks of the same new people at once, each in another order: one makes a person, the others change them, and none is refused.
func TestPeopleUpsertAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const bulks, people = 4, 12
	var saved [bulks]canonical.PeopleUpserted
	var group errgroup.Group
	for bulk := range bulks {
		var list []model.PersonUpdateInput
		for _, ref := range rand.New(rand.NewPCG(uint64(bulk), 0)).Perm(people) {
			list = append(list, model.PersonUpdateInput{
				GivenName: some(fmt.Sprintf("Writer %d", bulk)), ExternalRef: some(fmt.Sprintf("crm-%d", ref)), Addresses: addresses(home("1 High St", "5067", "AU")),
			})
		}
		group.Go(func() (err error) {
			saved[bulk], err = w.PeopleUpsert(t.Context(), w.owner, list, true)
			return err
		})
	}
	must(t, group.Wait())
	created, updated := 0, 0
	for bulk, s := range saved {
		created, updated = created+s.Created, updated+s.Updated
		if len(s.Mistakes) > 0 {
			t.Errorf("bulk %d refused %v", bulk, s.Mistakes)
		}
	}
	if created != people || updated != people*(bulks-1) {
		t.Errorf("%d were created and %d updated", created, updated)
	}
	// All of a bulk is saved at one moment.
	if names := one[int](w, `SELECT count(DISTINCT full_name) FROM canonical.people`); names != 1 {
		t.Errorf("the people are of %d bulks", names)
	}
}

// A reference in which nothing is seen is none: each bulk would make such a person once more.
func TestPeopleUpsertNeedsVisibleReferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, ref := range []string{"", " ", "\u200b", "\u2060 \ufeff"} {
		_, err := w.PeopleUpsert(t.Context(), w.owner, []model.PersonUpdateInput{{GivenName: some("Ada"), ExternalRef: some(ref)}}, false)
		wantMistakes(t, err, "people.0.externalRef REQUIRED")
	}
}
