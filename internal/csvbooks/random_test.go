package csvbooks

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/internal/csvfile"
)

// randomFile returns documents of which many have a mistake: of each kind that the import, the write side or only the database
// finds, and such that one document is right because another one is refused.
func randomFile(r *rand.Rand, n int) string {
	pick := func(choices ...string) string { return choices[r.IntN(len(choices))] }
	mostly := func(usual string, choices ...string) string {
		if r.IntN(25) > 0 {
			return usual
		}
		return pick(choices...)
	}
	var file strings.Builder
	file.WriteString("kind,document,state,party,issued_on,due_on,currency,fx_rate,prices_include_tax,product,description,quantity,unit_price,discount,account,taxes,store,item_store\n")
	for i := range n {
		kind := mostly(pick("invoice", "bill", "credit_note", "vendor_credit_note"), "receipt")
		ref := mostly(fmt.Sprintf("R%d", i), "", "R1", "R2\u0301")
		party := mostly("Ada Lovelace", "Nobody", "Old", "Mary", "")
		issued := mostly(fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(6), 1+r.IntN(28)), "2020-01-05", "2026-02-30", "1899-01-01", "9999-12-31", "")
		due := mostly("", "2026-12-01", "2019-01-01", "soon")
		currency, store := mostly(pick("AUD", "", "NZD"), "XXX", "aud", "USD"), mostly(pick("", "North", "south"), "Nowhere", "Closed")
		for line := range 1 + r.IntN(3) {
			if line > 0 {
				party, issued, due, currency, store = "", "", "", "", ""
			}
			fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", kind, ref, mostly(pick("", "", "draft", "void"), "open"), party, issued, due, currency,
				mostly("", "1.5", "0", "x"), mostly("", "yes"), mostly(pick("", "lamp"), "NONE"), mostly("Something", "", "a\x00b"), mostly(pick("1", "2.5"), "0", "-1", "99999999999"),
				mostly(pick("10", "0.05", "1234.5678"), "", "-3", "9999999999999", "1.00000001", "x"), mostly("", "10%", "101%", "5000"),
				mostly("", "4000", "1100", "9999"), mostly(pick("", "GST", "GST@10; at@5"), "VAT", "GST@9", "GST;GST"), store, mostly(pick("", "", "South"), "Nowhere", "Closed"))
		}
	}
	return file.String()
}

// Documents that are saved in a few statements are the same, and the same are refused for the same reasons, as if each was saved
// by itself.
func TestBatchesAsOneByOne(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			file := randomFile(rand.New(rand.NewPCG(seed, 0)), 120)
			results := map[bool][]string{}
			for _, oneByOne := range []bool{true, false} {
				b := shop(t)
				b.exec(`INSERT INTO canonical.stores (organization_id, name, time_zone, archived_at) VALUES ($1, 'North', 'UTC', NULL), ($1, 'South', 'UTC', NULL), ($1, 'Closed', 'UTC', now())`,
					`INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) VALUES ($1, 'NZD', '2026-01-10', 0.9), ($1, 'NZD', '2026-03-01', 0.91)`,
					`UPDATE canonical.organizations SET soft_locked_until = '2026-02-10', hard_locked_until = '2025-12-31' WHERE id = $1`)
				c, err := b.read(file, approve, func(im *Import) { im.oneByOne = oneByOne })
				if err != nil || c.Created < 20 || c.Refused < 20 {
					t.Fatalf("%v, %+v", err, c)
				}
				results[oneByOne] = []string{fmt.Sprintf("%+v", c), b.log.String(), b.report.String(), b.documents(Filter{}), b.books()}
				again, err := b.read(file, approve)
				if want := (csvfile.Counts{Rows: c.Rows, Records: c.Records, Unchanged: c.Created, Refused: c.Refused}); err != nil || again != want {
					t.Errorf("%v, again %+v, want %+v", err, again, want)
				}
			}
			if diff := cmp.Diff(results[true], results[false]); diff != "" {
				t.Errorf("one by one (-), in batches (+):\n%s", diff)
			}
		})
	}
}

// books returns the journal by document.
func (b *books) books() (lines string) {
	b.t.Helper()
	err := b.pool.QueryRow(b.t.Context(), `
		SELECT coalesce(string_agg(concat_ws(' ', document.kind, document.number, entry.purpose, entry.posted_on, line.account_id, line.store_id, line.currency, line.amount, line.document_amount), E'\n'
			ORDER BY document.kind, document.number_value, entry.posted_on, entry.purpose, line.line), '')
		FROM canonical.journal_entries AS entry
		JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
		JOIN canonical.documents AS document ON (document.organization_id, document.id) = (entry.organization_id, entry.canonical_id)
		WHERE entry.organization_id = $1`, b.owner.OrganizationID).Scan(&lines)
	if err != nil {
		b.t.Fatal(err)
	}
	return lines
}
