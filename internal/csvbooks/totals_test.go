package csvbooks

import (
	"strings"
	"testing"

	"daybook/internal/csvfile"
)

// A document that comes to another total than its rows say is refused, whether it is new, a draft or approved, and the others of
// its batch are saved: with prices that include tax, or taxes that are rounded otherwise, the books would be others.
func TestTotals(t *testing.T) {
	t.Parallel()
	b := shop(t)
	const head = "kind,document,party,issued_on,total,description,quantity,unit_price,taxes\n"
	const file = head + "invoice,A,Ada Lovelace,2026-01-01,110,x,1,100.00,GST\n" +
		"invoice,B,Ada Lovelace,2026-01-01,100.00,x,1,100.00,GST\n" +
		"invoice,C,Ada Lovelace,2026-01-01,,x,1,100.00,GST\n" +
		"bill,D,Ada Lovelace,2026-01-01,0.33,x,1,0.15,GST\nbill,D,,,,y,1,0.14,GST\n"
	b.must(csvfile.Counts{Rows: 5, Records: 4, Created: 2, Refused: 2}, file, approve)
	const wrong = "line 3, total: it comes to 110.00 here\nline 5, total: it comes to 0.32 here\n"
	if got := b.log.String(); got != wrong {
		t.Errorf("%s", got)
	}
	b.must(csvfile.Counts{Rows: 5, Records: 4, Unchanged: 2, Refused: 2}, file, approve)
	b.must(csvfile.Counts{Rows: 1, Records: 1, Created: 1}, head+"invoice,E,Ada Lovelace,2026-01-01,100,x,1,100.00,\n")
	for _, c := range []struct {
		file, want string
	}{
		{head + "invoice,E,Ada Lovelace,2026-01-01,100,x,1,100.00,GST\n", "line 2, total: it comes to 110.00 here\n"},
		{head + "invoice,E,Ada Lovelace,2026-01-01,101,x,1,100.00,\n", "line 2, total: it comes to 100.00 here\n"},
		{head + "invoice,A,Ada Lovelace,2026-01-01,111,x,1,100.00,GST\n", "line 2, total: it comes to 110.00 here\n"},
	} {
		b.must(csvfile.Counts{Rows: 1, Records: 1, Refused: 1}, c.file, func(im *Import) { im.oneByOne = true })
		if got := b.log.String(); got != c.want {
			t.Errorf("%s", got)
		}
	}
	got := b.documents(Filter{})
	if strings.Count(got, "\n") != 4 || !strings.Contains(got, ",110.00,,x,1,100.00,") || !strings.Contains(got, "invoice,E,,draft,Ada Lovelace,ada@example.com,C-1,2026-01-01,2026-01-31,AUD,,,,,,,x,1,100.00,,,,\n") {
		t.Errorf("saved:\n%s", got)
	}
}
