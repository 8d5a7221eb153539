package resolvers_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// cursorOfChanges is the cursor of a place in the feed of an organization.
func cursorOfChanges(organization int64, place string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "changes/%d/%s", organization, place))
}

// follow reads the feed behind a cursor to its end, in parts of three.
func (c caller) follow(cursor, filter string) (texts []string, end string) {
	c.t.Helper()
	for more := "true"; more == "true"; {
		a := c.must(`query($after: String) { changes(first: 3, after: $after`+filter+`) { events { text entityId transactionId } cursor hasMore } }`, map[string]any{"after": cursor})
		for i := range 3 {
			if text := a.at(fmt.Sprintf("data.changes.events.%d.text", i)); text != nil {
				texts = append(texts, fmt.Sprint(text))
			}
		}
		cursor, more = a.text("data.changes.cursor"), fmt.Sprint(a.at("data.changes.hasMore"))
	}
	return texts, cursor
}

// Every change comes once, in the order of transactions, to who goes on from a cursor.
func TestChanges(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.eventually("other tests' transactions hold the feed back no longer", func(ctx context.Context) (in bool) {
		err := s.pool.QueryRow(ctx, `SELECT bool_and(transaction < pg_snapshot_xmin(pg_current_snapshot())) FROM audit.events`).Scan(&in)
		return err == nil && in
	})
	first := s.must(`{ changes(first: 0) { cursor events { id } hasMore } }`, nil)
	first.want(map[string]string{"data.changes.events": "[]", "data.changes.hasMore": "true"})
	all, _ := s.follow(first.text("data.changes.cursor"), "")
	if len(all) == 0 || !slices.ContainsFunc(all, func(text string) bool { return strings.HasPrefix(text, "Account 1000") }) {
		t.Errorf("from the beginning: %q", all)
	}
	_, cursor := s.follow(first.text("data.changes.cursor"), "")
	s.organization("Others").must(createAda, nil)
	ada := s.must(createAda, nil).text("data.personCreate.record.id")
	s.must(`mutation { taxRateCreate(input: {name: "GST", percentage: "10"}) { record { id } } }`, nil)
	for filter, want := range map[string][]string{
		``:                              {"Person Ada Lovelace created", "Address 1 Main St of Ada Lovelace created", "Tax rate GST created"},
		`, filter: {types: [TAX_RATE]}`: {"Tax rate GST created"},
		`, filter: {types: [TAX_RATE, PERSON, PERSON, STORE]}`: {"Person Ada Lovelace created", "Address 1 Main St of Ada Lovelace created", "Tax rate GST created"},
		`, filter: {types: []}`:                                {"Person Ada Lovelace created", "Address 1 Main St of Ada Lovelace created", "Tax rate GST created"},
		`, filter: {entity: "` + ada + `"}`:                    {"Person Ada Lovelace created", "Address 1 Main St of Ada Lovelace created"},
		`, filter: {entity: "` + ada + `", types: [STORE]}`:    nil,
	} {
		t.Run(filter, func(t *testing.T) {
			s := s.in(t)
			var got []string
			for at, until := cursor, time.Now().Add(30*time.Second); len(got) < len(want) && time.Now().Before(until); { // other tests' transactions hold the feed back
				var more []string
				more, at = s.follow(at, filter)
				got = append(got, more...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, not %q", got, want)
			}
		})
	}
	elsewhere := cursorOfChanges(s.organizationID+1, "1/1/1")
	for argument, want := range map[string]string{
		`after: "x"`: "after is not a cursor of changes", `after: "` + elsewhere + `"`: "after is a cursor of another organization's changes", `first: 201`: "first must be between 0 and 200", `first: -1`: "first must be between 0 and 200",
	} {
		s.call(`{ changes(`+argument+`) { cursor } }`, nil).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT", "errors.0.message": want})
	}
	for _, role := range []model.Role{model.RoleStaff, model.RoleAccountant, model.RoleReader} {
		s.member(s.organizationID, role).call(`{ changes { cursor } }`, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN", "data.changes": "null"})
	}
}

// Who went on from a cursor behind which events were deleted would miss them.
func TestChangesForgotten(t *testing.T) {
	t.Parallel()
	s := serve(t)
	cursor := s.must(`{ changes(first: 0) { cursor } }`, nil).text("data.changes.cursor")
	if _, err := s.pool.Exec(t.Context(), `SELECT audit.forget(now() + interval '1 day', 10)`); err != nil {
		t.Fatal(err)
	}
	s.call(`query($after: String) { changes(after: $after) { cursor } }`, map[string]any{"after": cursor}).want(map[string]string{"errors.0.extensions.code": "CURSOR_EXPIRED"})
	s.must(`{ changes { cursor } }`, nil)
}

// A cursor that is ahead of the feed, as one of another database may be, is not taken for its end: events would be left out.
func TestChangesAhead(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, place := range []string{"1/1099511627776/0", "30000/1/0"} {
		ahead := cursorOfChanges(s.organizationID, place)
		s.call(`query($after: String) { changes(after: $after) { cursor } }`, map[string]any{"after": ahead}).
			want(map[string]string{"errors.0.extensions.code": "CURSOR_EXPIRED", "data.changes": "null"})
	}
	end := s.must(`{ changes(first: 0) { cursor } }`, nil).text("data.changes.cursor")
	s.must(`query($after: String) { changes(after: $after) { cursor } }`, map[string]any{"after": end})
}

// The schema has every type that changes are recorded of.
func TestRecordTypes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	rows, _ := s.pool.Query(t.Context(), `SELECT DISTINCT upper(regexp_replace(name, '([a-z])([A-Z])', '\1_\2', 'g')) FROM audit.tables,
		LATERAL (SELECT entity WHERE entity NOT LIKE '{%' UNION ALL SELECT value FROM jsonb_each_text(CASE WHEN entity LIKE '{%' THEN entity::jsonb ELSE '{}' END)) AS of (name)
		WHERE exempt IS NULL AND name NOT IN ('Currency', 'Country')`)
	recorded, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var offered []string
	for _, typ := range model.AllRecordType {
		offered = append(offered, string(typ))
	}
	slices.Sort(recorded)
	if slices.Sort(offered); !slices.Equal(recorded, offered) {
		t.Errorf("recorded are %v, the schema has %v", recorded, offered)
	}
}
