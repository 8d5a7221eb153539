package projection_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
	"daybook/projection"
)

type nothing struct{ DocumentID int64 }

// Any cursor is either read or refused as an InvalidPageError; none leads to an SQL error.
func TestCursorsCanBeCast(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	values := []string{"", "1", "+1", "-0", "1.5", ".5", "1e9", "99999999999", "NaN", "Infinity", "2026-02-28", "9999-12-31", "2026-2-8", "2026-02-30", "x'; --", "\x00", "🙂",
		"2026-02-28 10:00:00+00", "2026-02-28 10:00:00,5+00", "2026-02-28 10:00:00+24", "2026-02-28 10:00:00-15", "2026-02-28  1:00:00+00", "0001-01-01 00:00:00+15", "9999-12-31 23:59:59.999999999-15", "infinity"}
	for _, typ := range []string{"text", "bigint", "integer", "numeric", "date", "timestamptz"} {
		column := map[string]string{"text": "memo", "bigint": "canonical_id", "integer": "version", "numeric": "total", "date": "due_on", "timestamptz": "created_at"}[typ]
		m := projection.Define[nothing](projection.Definition{Name: "document_summaries", Node: "Row", Key: []string{"document_id"}, DefaultOrder: "O", Orders: map[string]projection.Order{"O": {Column: column, Type: typ}}})
		t.Run(typ, func(t *testing.T) {
			accepted := 0
			for _, value := range values {
				text, err := json.Marshal([]string{"Row O ASC", value, "1"})
				if err != nil {
					t.Fatal(err)
				}
				cursor := base64.RawURLEncoding.EncodeToString(text)
				err = pgx.BeginFunc(t.Context(), tx, func(tx pgx.Tx) error {
					_, err := m.Page(t.Context(), &projection.Reader{DB: tx, OrganizationID: 1}, projection.PageQuery{First: new(1), After: &cursor})
					return err
				})
				var invalid *projection.InvalidPageError
				if err == nil {
					accepted++
				} else if !errors.As(err, &invalid) || invalid.Argument != "after" {
					t.Errorf("%q: %v", value, err)
				}
			}
			if accepted == 0 || accepted == len(values) {
				t.Errorf("%d of %d values accepted", accepted, len(values))
			}
		})
	}
}
