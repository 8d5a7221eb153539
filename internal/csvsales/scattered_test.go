package csvsales_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/internal/csvfile"
)

// A receipt whose rows do not follow each other is refused, though they be equal: a second line is not taken for the first one again.
// Where a sale has one row, an equal row is the same sale.
func TestScatteredRows(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	c, log := l.read("external_ref,occurred_at,description,unit_price,taxes\n" +
		"S1,2026-03-10T12:00:00Z,Cup,5,\nS2,2026-03-10T12:00:00Z,Cup,5,\nS1,2026-03-10T12:00:00Z,Cup,5,\nS1,2026-03-10T12:00:00Z,Tea,4,\n")
	if diff := cmp.Diff(csvfile.Counts{Rows: 4, Records: 3, Created: 2, Refused: 1}, c); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("line 4, external_ref: is that of line 2 too: all rows of a sale follow each other\n", log); diff != "" {
		t.Error(diff)
	}
	c, log = l.read("external_ref,occurred_at,amount\nS3,2026-03-10T12:00:00Z,5\nS4,2026-03-10T12:00:00Z,5\nS3,2026-03-10T12:00:00Z,5\n")
	if diff := cmp.Diff(csvfile.Counts{Rows: 3, Records: 3, Created: 2, Unchanged: 1}, c); diff != "" || log != "" {
		t.Error(diff, log)
	}
}
