package reports

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
	"daybook/projection"
)

// openDocument names a document that is not yet paid.
type openDocument struct{ DocumentID int64 }

var openDocuments = projection.Define[openDocument](projection.Definition{
	Name:  "document_summaries",
	Key:   []string{"document_id"},
	Where: "state = 'APPROVED' AND due > 0",
})

// openParty names a party with which something is open in a currency.
type openParty struct{ PartyID int64 }

var openParties = projection.Define[openParty](projection.Definition{
	Name: "party_balances",
	Key:  []string{"party_id", "currency text"},
})

// side is whose debts an ageing is about: the documents' kind, and what party_balances has of
// them that is due, unallocated and credited, the latter two also in the base currency.
type side struct{ kind, due, unallocated, credits, unallocatedBase, creditsBase string }

var (
	receivables = side{"invoice", "receivable", "unallocated_in", "unapplied_credits", "unallocated_in_base", "unapplied_credits_base"}
	payables    = side{"bill", "payable", "unallocated_out", "0", "unallocated_out_base", "0"} // vendors give no credit notes
)

// sumOf is what a line of an ageing sums: a party in a currency; with no party all of them,
// and in the base currency all currencies too.
type sumOf struct {
	PartyID  int64  `json:"party_id"`
	Currency string `json:"currency"`
	InBase   bool   `json:"in_base"`
}

// credited is a line's party and what is not allocated, as SQL answers it.
type credited struct {
	sumOf
	PartyName   string        `json:"party_name"`
	Unallocated model.Decimal `json:"unallocated"`
	Credits     model.Decimal `json:"credits"`
}

// dueSums is what is due of a line, as SQL answers it.
type dueSums struct {
	sumOf
	NotDue model.Decimal `json:"not_due"`
	Days30 model.Decimal `json:"days_30"`
	Days60 model.Decimal `json:"days_60"`
	Days90 model.Decimal `json:"days_90"`
	Older  model.Decimal `json:"older"`
	Total  model.Decimal `json:"total"`
}

// open tells the parties with which something is open: also a rest in the base currency alone,
// which two rates leave over.
func (s side) open() string {
	return strings.Join([]string{s.due, s.unallocated, s.credits, s.unallocatedBase, s.creditsBase}, " <> 0 OR ") + " <> 0"
}

// lines are those that an ageing shows: the totals, and of each currency's parties those with
// the most due, then those with the most credit.
func (s side) lines(ctx context.Context, b Books, first int) (lines []credited, err error) {
	err = openParties.Summarize(ctx, b.Reader, []projection.Condition{projection.Where(s.open())}, projection.Where(`
		SELECT * FROM (
			SELECT COALESCE(party_id, 0) AS party_id, max(party_name) AS party_name, part.currency, in_base,
				sum(unallocated) AS unallocated, sum(credits) AS credits,
				row_number() OVER (PARTITION BY in_base, part.currency, GROUPING(party_id) ORDER BY sum(due) DESC, sum(unallocated + credits) DESC, party_id) AS place
			FROM rows CROSS JOIN LATERAL (VALUES
				(rows.currency, `+s.due+`, `+s.unallocated+`, `+s.credits+`, false),
				(?, 0, `+s.unallocatedBase+`, `+s.creditsBase+`, true)) AS part (currency, due, unallocated, credits, in_base)
			GROUP BY GROUPING SETS ((part.currency, in_base, party_id), (part.currency, in_base))) AS sums
		WHERE party_id = 0 OR NOT in_base AND place <= ? ORDER BY currency, place`, b.Currency, first), &lines)
	return lines, err
}

// sums adds up what is due of these parties, and of all. The day is the organization's, so no read
// model holds it.
func (s side) sums(ctx context.Context, b Books, parties []int64) (map[sumOf]dueSums, error) {
	var sums []dueSums
	err := openDocuments.Summarize(ctx, b.Reader, []projection.Condition{projection.Where("kind = ?", s.kind)}, projection.Where(`
		SELECT * FROM (
			SELECT COALESCE(party_id, 0) AS party_id, part.currency, in_base, sum(amount) AS total,
				COALESCE(sum(amount) FILTER (WHERE days <= 0), 0) AS not_due,
				COALESCE(sum(amount) FILTER (WHERE days BETWEEN 1 AND 30), 0) AS days_30,
				COALESCE(sum(amount) FILTER (WHERE days BETWEEN 31 AND 60), 0) AS days_60,
				COALESCE(sum(amount) FILTER (WHERE days BETWEEN 61 AND 90), 0) AS days_90,
				COALESCE(sum(amount) FILTER (WHERE days > 90), 0) AS older
			FROM (SELECT *, ?::date - due_on AS days FROM rows) AS aged CROSS JOIN LATERAL (VALUES
				(aged.currency, due, false), (?, canonical.major_in_base(due, aged.currency, ?, fx_rate), true)) AS part (currency, amount, in_base)
			GROUP BY GROUPING SETS ((part.currency, in_base, party_id), (part.currency, in_base))) AS sums
		WHERE party_id = 0 OR NOT in_base AND party_id = ANY (?::bigint[])`, b.Today, b.Currency, b.Currency, parties), &sums)
	if err != nil {
		return nil, err
	}
	found := make(map[sumOf]dueSums, len(sums))
	for _, line := range sums {
		found[line.sumOf] = line
	}
	return found, nil
}

// total is a line with its amounts.
func (l credited) total(due dueSums) model.AgeingTotal {
	money := func(amount model.Decimal) model.Money {
		m := model.Money{Amount: amount}
		m.SetCurrency(l.Currency)
		return m
	}
	net := model.Decimal{Decimal: due.Total.Sub(l.Unallocated.Decimal).Sub(l.Credits.Decimal)}
	return model.AgeingTotal{
		Currency: l.Currency, NotDue: money(due.NotDue), Days30: money(due.Days30), Days60: money(due.Days60),
		Days90: money(due.Days90), Older: money(due.Older), Total: money(due.Total),
		Unallocated: money(l.Unallocated), UnappliedCredits: money(l.Credits), Net: money(net),
	}
}

// ReceivablesAgeing returns what customers owe by how long it has been due, as of today: the totals,
// and the first parties of each currency with the most due.
func (b Books) ReceivablesAgeing(ctx context.Context, first int) (*model.Ageing, error) {
	return b.ageing(ctx, receivables, first)
}

// PayablesAgeing is ReceivablesAgeing of what is owed to vendors.
func (b Books) PayablesAgeing(ctx context.Context, first int) (*model.Ageing, error) {
	return b.ageing(ctx, payables, first)
}

// ageing reads the lines first: what is due of them is then of the same moment or a later one.
func (b Books) ageing(ctx context.Context, s side, first int) (*model.Ageing, error) {
	lines, err := s.lines(ctx, b, first)
	if err != nil {
		return nil, fmt.Errorf("read an ageing's lines: %w", err)
	}
	parties := make([]int64, len(lines))
	for i, line := range lines {
		parties[i] = line.PartyID
	}
	due, err := s.sums(ctx, b, parties)
	if err != nil {
		return nil, fmt.Errorf("sum what is due: %w", err)
	}
	answer := &model.Ageing{AsOf: b.Today, Totals: []model.AgeingTotal{}, Rows: []model.AgeingRow{}}
	answer.InBase = credited{sumOf: sumOf{Currency: b.Currency}}.total(dueSums{})
	for _, line := range lines {
		total := line.total(due[line.sumOf])
		switch {
		case line.InBase:
			answer.InBase = total
		case line.PartyID == 0:
			answer.Totals = append(answer.Totals, total)
		default:
			answer.Rows = append(answer.Rows, model.AgeingRow{
				PartyID: model.ID{Type: "Person", Key: line.PartyID}, PartyName: line.PartyName,
				Currency: total.Currency, NotDue: total.NotDue, Days30: total.Days30, Days60: total.Days60,
				Days90: total.Days90, Older: total.Older, Total: total.Total,
				Unallocated: total.Unallocated, UnappliedCredits: total.UnappliedCredits, Net: total.Net,
			})
		}
	}
	return answer, nil
}
