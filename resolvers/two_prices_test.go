package resolvers_test

import (
	"fmt"
	"sync"
	"testing"

	"daybook/internal/pgtest"
)

// TestTwoPrices changes one approved invoice's price in two requests at once, again and again. The price that the
// later version has is the one that the invoice keeps, and the one that is booked.
func TestTwoPrices(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	invoice := s.approve(s.draft(s.person("Ada"), "10"))
	known, won := 0, map[string]int{}
	for round := range pgtest.Rounds(30, 300) {
		prices := []string{"10.00", "10.50"}
		version := s.must(`query($id: ID!) { invoice(id: $id) { version } }`, variables{"id": invoice}).at("data.invoice.version").(float64)
		answers := make([]answer, len(prices))
		var both sync.WaitGroup
		for i, price := range prices {
			both.Go(func() {
				answers[i] = s.must(`mutation($id: ID!, $price: Decimal!) { invoiceUpdate(id: $id, input: {items: [{description: "Work", unitPrice: $price}]}) {
					record { version total { amount } } userErrors { path code message } } }`, variables{"id": invoice, "price": price})
			})
		}
		both.Wait()
		a := s.must(`query($id: ID!) { invoice(id: $id) { version total { amount } due { amount } }
			journalEntries(first: 1, filter: {canonicalId: $id, purpose: POSTING}) { nodes { id reversedBy { id } total { amount } } } }`, variables{"id": invoice})
		total := a.text("data.invoice.total.amount")
		a.want(map[string]string{
			"data.invoice.version": fmt.Sprint(version + 2), "data.invoice.due.amount": total,
			"data.journalEntries.nodes.0.total.amount": total, "data.journalEntries.nodes.0.reversedBy": "null",
		})
		for i, price := range prices {
			record := answers[i].text("data.invoiceUpdate.record")
			if answers[i].at("data.invoiceUpdate.record.version") != version+1 {
				continue // it was read when both had committed, or is the later one
			}
			known++
			if last := prices[1-i]; record != fmt.Sprintf(`{"total":{"amount":%q},"version":%v}`, price, version+1) || total != last {
				t.Fatalf("round %d: %s committed first and answered %s, then %s; the total is %s", round, price, record, last, total)
			}
		}
		won[total]++
	}
	if known == 0 || len(won) != 2 {
		t.Errorf("%d orders were known, and %v came last: nothing was contended", known, won)
	}
	for _, wrong := range s.column(`SELECT entry_id::text FROM canonical.journal_lines GROUP BY entry_id HAVING sum(amount) <> 0
		UNION ALL SELECT 'live postings: ' || count(*) FROM canonical.journal_entries AS e
		WHERE purpose = 'posting' AND NOT EXISTS (SELECT FROM canonical.journal_entries AS r WHERE r.reverses_id = e.id) HAVING count(*) <> 1`) {
		t.Error(wrong)
	}
}
