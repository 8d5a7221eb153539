package canonical_test

import (
	"testing"

	"daybook/graph/model"
)

// TestDocumentKeepsItsParty follows a document of each kind whose party moves and marries: the draft shows the party as it
// is, what was issued shows it as it was, whatever becomes of either.
func TestDocumentKeepsItsParty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	move := func(person model.ID, given, street string) {
		t.Helper()
		_, err := w.PersonUpdate(ctx, w.owner, person.Key, nil, model.PersonUpdateInput{GivenName: some(given), Addresses: addresses(
			model.AddressInput{Street: some(street), Suburb: some("Perth"), Postcode: some("6000"), Country: some("AU")},
			model.AddressInput{Street: some("2 Second St"), Suburb: some("Perth"), Postcode: some("6000"), Country: some("AU")})})
		must(t, err)
	}
	shown := func(document int64) string {
		t.Helper()
		return one[string](w, `SELECT party_name || ', ' || coalesce(party_address ->> 'street', 'nowhere') || CASE WHEN search_text LIKE '%' || lower(party_name) || '%' THEN '' ELSE ', not found' END
			FROM source.document_summaries WHERE document_id = $1`, document) + one[string](w, `
			SELECT CASE WHEN count(*) = 1 THEN '' ELSE ', found as another' END FROM source.search_documents AS found
			JOIN source.document_summaries AS document USING (organization_id, canonical_type, canonical_id)
			WHERE document.document_id = $1 AND found.party_name = document.party_name`, document)
	}
	for _, kind := range model.AllDocumentKind {
		t.Run(string(kind), func(t *testing.T) {
			want := func(document int64, want string) {
				t.Helper()
				if got := shown(document); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
			ann, eve := w.person(w.owner, "Ann"), w.person(w.owner, "Eve")
			create := func() int64 {
				id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ann, Items: []model.DocumentItemInput{line("Work", "1", "10")}})
				must(t, err)
				return id
			}
			draft, id := create(), create()
			want(id, "Ann, nowhere")
			move(ann, "Anna", "1 High St")
			want(id, "Anna, 1 High St")
			_, err := w.DocumentApprove(ctx, w.owner, kind, id, nil)
			must(t, err)
			move(ann, "Ann & Bob", "9 Low St")
			want(draft, "Ann & Bob, 9 Low St")
			want(id, "Anna, 1 High St")

			// Changing what was issued keeps them, but for another party.
			_, err = w.DocumentUpdate(ctx, w.owner, kind, id, nil, model.DocumentUpdateInput{Memo: some("again"), PartyID: some(ann)})
			must(t, err)
			want(id, "Anna, 1 High St")
			_, err = w.DocumentUpdate(ctx, w.owner, kind, id, nil, model.DocumentUpdateInput{PartyID: some(eve)})
			must(t, err)
			want(id, "Eve, nowhere")
			_, err = w.DocumentUpdate(ctx, w.owner, kind, id, nil, model.DocumentUpdateInput{PartyID: some(ann)})
			must(t, err)
			move(ann, "Annabel", "1 High St")
			want(id, "Ann & Bob, 9 Low St")

			_, err = w.DocumentVoid(ctx, w.owner, kind, id, nil)
			must(t, err)
			want(id, "Ann & Bob, 9 Low St")
			_, err = w.PersonArchive(ctx, w.owner, ann.Key, nil)
			must(t, err)
			want(id, "Ann & Bob, 9 Low St")
			want(draft, "Annabel, 1 High St")
		})
	}
}

// TestPartyOfADocumentBySQL says what the database holds by itself.
func TestPartyOfADocumentBySQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	issued, draft := w.approved(w.owner, ada, "10"), w.draft(w.owner, ada, "10")
	for name, c := range map[string]struct {
		sql, broken string
		id          model.ID
	}{
		"another name":        {`UPDATE canonical.documents SET party_name = 'Eve' WHERE id = $1`, "documents_party_kept", issued},
		"no name":             {`UPDATE canonical.documents SET party_name = NULL WHERE id = $1`, "documents_party_kept", issued},
		"another address":     {`UPDATE canonical.documents SET party_address = '{}' WHERE id = $1`, "documents_party_kept", issued},
		"back to a draft":     {`UPDATE canonical.documents SET state = 'draft', party_name = NULL WHERE id = $1`, "documents_party_kept", issued},
		"a draft with a name": {`UPDATE canonical.documents SET party_name = 'Eve' WHERE id = $1`, "documents_party_by_state", draft},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.pool.Exec(ctx, c.sql, c.id.Key); !broke(err, c.broken) {
				t.Errorf("%v, want %s", err, c.broken)
			}
		})
	}
	// What is written as issued is given its party's name, unless it has one, of other books for example.
	for i, c := range []struct{ given, want string }{{"NULL", "Ada"}, {"'Ada of old'", "Ada of old"}} {
		got := one[string](w, `INSERT INTO canonical.documents (organization_id, party_id, party_name, state, number, number_value, issued_on, due_on, currency, approved_at)
			SELECT organization_id, party_id, `+c.given+`, state, number || ($2::bigint)::text, number_value + $2::bigint, issued_on, due_on, currency, approved_at
			FROM canonical.documents WHERE id = $1 RETURNING party_name`, issued.Key, 100+i)
		if got != c.want {
			t.Errorf("with %s: %q, want %q", c.given, got, c.want)
		}
	}
}
