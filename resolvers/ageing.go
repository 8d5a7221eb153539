package resolvers

import (
	"context"

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

// dueSums is one line of an ageing as SQL answers it: a party's, or a currency's total.
type dueSums struct {
	PartyID   int64         `json:"party_id"`
	PartyName string        `json:"party_name"`
	Currency  string        `json:"currency"`
	NotDue    model.Decimal `json:"not_due"`
	Days30    model.Decimal `json:"days_30"`
	Days60    model.Decimal `json:"days_60"`
	Days90    model.Decimal `json:"days_90"`
	Older     model.Decimal `json:"older"`
	Total     model.Decimal `json:"total"`
	Whole     bool          `json:"whole"`
}

// ageing sums what is due of a kind of documents. The day is the organization's, so no read
// model holds it.
func ageing(ctx context.Context, kind string, first *int) (*model.Ageing, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	if first == nil {
		first = new(defaultPageSize)
	}
	req := requestFrom(ctx)
	var sums []dueSums
	err := openDocuments.Summarize(ctx, req.pages, only("kind = ?", kind), projection.Where(`
		SELECT * FROM (
			SELECT party_id, max(party_name) AS party_name, currency, GROUPING(party_id) = 1 AS whole, sum(due) AS total,
				COALESCE(sum(due) FILTER (WHERE days <= 0), 0) AS not_due,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 1 AND 30), 0) AS days_30,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 31 AND 60), 0) AS days_60,
				COALESCE(sum(due) FILTER (WHERE days BETWEEN 61 AND 90), 0) AS days_90,
				COALESCE(sum(due) FILTER (WHERE days > 90), 0) AS older,
				row_number() OVER (PARTITION BY currency, GROUPING(party_id) ORDER BY sum(due) DESC, party_id) AS place
			FROM (SELECT *, ?::date - due_on AS days FROM rows) AS aged
			GROUP BY GROUPING SETS ((currency, party_id), (currency))) AS sums
		WHERE whole OR place <= ? ORDER BY currency, place`, req.today(), *first), &sums)
	if err != nil {
		return nil, ofRead(err)
	}
	answer := &model.Ageing{AsOf: req.today(), Totals: []model.AgeingTotal{}, Rows: []model.AgeingRow{}}
	for _, s := range sums {
		money := func(amount model.Decimal) model.Money {
			m := model.Money{Amount: amount}
			m.SetCurrency(s.Currency)
			return m
		}
		total := model.AgeingTotal{
			Currency: s.Currency, NotDue: money(s.NotDue), Days30: money(s.Days30), Days60: money(s.Days60),
			Days90: money(s.Days90), Older: money(s.Older), Total: money(s.Total),
		}
		if s.Whole {
			answer.Totals = append(answer.Totals, total)
			continue
		}
		answer.Rows = append(answer.Rows, model.AgeingRow{
			PartyID: model.ID{Type: "Person", Key: s.PartyID}, PartyName: s.PartyName,
			Currency: total.Currency, NotDue: total.NotDue, Days30: total.Days30, Days60: total.Days60,
			Days90: total.Days90, Older: total.Older, Total: total.Total,
		})
	}
	return answer, nil
}

func (r *queryResolver) ReceivablesAgeing(ctx context.Context, first *int) (*model.Ageing, error) {
	return ageing(ctx, "invoice", first)
}

func (r *queryResolver) PayablesAgeing(ctx context.Context, first *int) (*model.Ageing, error) {
	return ageing(ctx, "bill", first)
}
