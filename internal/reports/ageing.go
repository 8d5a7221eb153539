package reports

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
	"daybook/projection"
)

// openDocument is the key of a document that is not yet paid.
type openDocument struct{ DocumentID int64 }

var openDocuments = projection.Define[openDocument](projection.Definition{
	Name:  "document_summaries",
	Key:   []string{"document_id"},
	Where: "state = 'APPROVED' AND due > 0",
})

// openParty is a part of the key of a balance with which something is open.
type openParty struct{ PartyID int64 }

var openParties = projection.Define[openParty](projection.Definition{
	Name: "party_balances",
	Key:  []string{"party_id", "currency text"},
})

// debts is what an ageing is about: the kind of its documents, and the columns of party_balances
// with what is due, what is unallocated and what is credited, the latter two also in the base
// currency.
type debts struct{ kind, due, unallocated, credits, unallocatedBase, creditsBase string }

var (
	receivables = debts{"invoice", "receivable", "unallocated_in", "unapplied_credits", "unallocated_in_base", "unapplied_credits_base"}
	payables    = debts{"bill", "payable", "unallocated_out", "0", "unallocated_out_base", "0"} // vendors give no credit notes
)

// lineKey names a line of an ageing: a party and a currency. The line of PartyID 0 sums all
// parties, and with InBase all currencies too.
type lineKey struct {
	PartyID  int64  `json:"party_id"`
	Currency string `json:"currency"`
	InBase   bool   `json:"in_base"`
}

// line is a line's party, and what of payments and credits is not allocated.
type line struct {
	lineKey
	PartyName   string        `json:"party_name"`
	Unallocated model.Decimal `json:"unallocated"`
	Credits     model.Decimal `json:"credits"`
}

// dueAmounts is what is due of a line, by age.
type dueAmounts struct {
	lineKey
	NotDue model.Decimal `json:"not_due"`
	Days30 model.Decimal `json:"days_30"`
	Days60 model.Decimal `json:"days_60"`
	Days90 model.Decimal `json:"days_90"`
	Older  model.Decimal `json:"older"`
	Total  model.Decimal `json:"total"`
}

// open returns the condition that something is open with a party, be it only what two rates of
// exchange leave over in the base currency.
func (d debts) open() string {
	return strings.Join([]string{d.due, d.unallocated, d.credits, d.unallocatedBase, d.creditsBase}, " <> 0 OR ") + " <> 0"
}

// lines returns the lines that an ageing shows: the totals, and of each currency the first parties
// with the most due, then those with the most credit.
func (d debts) lines(ctx context.Context, b Books, first int) (lines []line, err error) {
	err = openParties.Summarize(ctx, b.Reader, []projection.Condition{projection.Where(d.open())}, projection.Where(`
		SELECT * FROM (
			SELECT COALESCE(party_id, 0) AS party_id, max(party_name) AS party_name, part.currency, in_base,
				sum(unallocated) AS unallocated, sum(credits) AS credits,
				row_number() OVER (PARTITION BY in_base, part.currency, GROUPING(party_id) ORDER BY sum(due) DESC, sum(unallocated + credits) DESC, party_id) AS place
			FROM rows CROSS JOIN LATERAL (VALUES
				(rows.currency, `+d.due+`, `+d.unallocated+`, `+d.credits+`, false),
				(?, 0, `+d.unallocatedBase+`, `+d.creditsBase+`, true)) AS part (currency, due, unallocated, credits, in_base)
			GROUP BY GROUPING SETS ((part.currency, in_base, party_id), (part.currency, in_base))) AS sums
		WHERE party_id = 0 OR NOT in_base AND place <= ? ORDER BY currency, place`, b.Currency, first), &lines)
	return lines, err
}

// amounts returns what is due of each line of these parties and of the totals. Ages depend on the
// organization's day, so no read model holds them.
func (d debts) amounts(ctx context.Context, b Books, parties []int64) (map[lineKey]dueAmounts, error) {
	var sums []dueAmounts
	err := openDocuments.Summarize(ctx, b.Reader, []projection.Condition{projection.Where("kind = ?", d.kind)}, projection.Where(`
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
	found := make(map[lineKey]dueAmounts, len(sums))
	for _, sum := range sums {
		found[sum.lineKey] = sum
	}
	return found, nil
}

// total returns the line with all its amounts.
func (l line) total(due dueAmounts) model.AgeingTotal {
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

// ageing reads the lines, then what is due of them: of the same moment or of a later one.
func (b Books) ageing(ctx context.Context, d debts, first int) (*model.Ageing, error) {
	lines, err := d.lines(ctx, b, first)
	if err != nil {
		return nil, fmt.Errorf("read an ageing's lines: %w", err)
	}
	parties := make([]int64, len(lines))
	for i, l := range lines {
		parties[i] = l.PartyID
	}
	due, err := d.amounts(ctx, b, parties)
	if err != nil {
		return nil, fmt.Errorf("sum what is due: %w", err)
	}
	answer := &model.Ageing{AsOf: b.Today, Totals: []model.AgeingTotal{}, Rows: []model.AgeingRow{}}
	answer.InBase = line{lineKey: lineKey{Currency: b.Currency}}.total(dueAmounts{})
	for _, l := range lines {
		total := l.total(due[l.lineKey])
		switch {
		case l.InBase:
			answer.InBase = total
		case l.PartyID == 0:
			answer.Totals = append(answer.Totals, total)
		default:
			answer.Rows = append(answer.Rows, model.AgeingRow{
				PartyID: model.ID{Type: "Person", Key: l.PartyID}, PartyName: l.PartyName,
				Currency: total.Currency, NotDue: total.NotDue, Days30: total.Days30, Days60: total.Days60,
				Days90: total.Days90, Older: total.Older, Total: total.Total,
				Unallocated: total.Unallocated, UnappliedCredits: total.UnappliedCredits, Net: total.Net,
			})
		}
	}
	return answer, nil
}
