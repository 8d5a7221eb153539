package csvsales

import (
	"strings"
	"testing"
	"unicode/utf8"

	"daybook/internal/csvfile"
)

// Any row is either refused or a sale that can be recorded and compared with saved ones.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"R1,2026-03-10T12:00:00+10:30,10.50,,,", "\x00,0000-01-01T00:00:00Z,1e9,SALE,,x", "x,9999-12-31T23:59:60+23:59,-0,refund,aud,\x00", "'=x,2026-03-10T12:00:00.123456789Z,+1,,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		in, err := csvfile.NewReader(strings.NewReader("external_ref,occurred_at,amount,kind,currency,person_ref\n"+line), csvfile.Format{}, columns...)
		if err != nil {
			t.Fatal(err)
		}
		for {
			cells, err := in.Next()
			if err != nil {
				return
			}
			r := parse(in, []csvfile.Row{cells})
			if len(r.wrong) > 0 {
				continue
			}
			ref := r.sale.ExternalRef.Value()
			if ref == nil || *ref == "" || !utf8.ValidString(*ref) || strings.Contains(*ref+r.person, "\x00") || r.sale.OccurredAt.IsZero() && r.wall == "" && !strings.Contains(line, "0001") || !r.sale.Kind.IsValid() {
				t.Errorf("%q is read as %+v", line, r)
			}
		}
	})
}
