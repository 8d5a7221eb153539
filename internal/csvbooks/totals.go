package csvbooks

import (
	"context"
	"errors"

	"daybook/canonical"
	"daybook/graph/model"
)

// errOtherTotal takes back what was saved of documents of which one comes to another total than its row says.
var errOtherTotal = errors.New("a document comes to another total")

// compareTotals compares what documents that are not refused come to with the totals of their rows. It notes a mistake where they
// differ, and returns errOtherTotal then: a tax that is rounded otherwise, or is in the prices, would change the books without a word.
func (im *Import) compareTotals(ctx context.Context, db canonical.Reader, list []*document, done []outcome) error {
	var given []*document
	for i, d := range list {
		if d.total != nil && done[i].result != refused {
			given = append(given, d)
		}
	}
	if len(given) == 0 {
		return nil
	}
	found, err := find(ctx, db, im.Actor.OrganizationID, given)
	if err != nil {
		return err
	}
	of := map[int64]*document{}
	ids := []int64{}
	for place, s := range found {
		of[s.ID] = given[place]
		ids = append(ids, s.ID)
	}
	totals, err := collect[struct {
		ID    int64
		Total model.Decimal
		Text  string
	}](ctx, db, "totals", `SELECT document.id, total.amount AS total, total.amount::text AS text
		FROM unnest($2::bigint[]) AS wanted (id)
		JOIN canonical.documents AS document ON (document.organization_id, document.id) = ($1, wanted.id)
		CROSS JOIN LATERAL (SELECT canonical.major(canonical.document_total($1, document.id), document.currency) AS amount OFFSET 0) AS total`, im.Actor.OrganizationID, ids)
	if err != nil {
		return err
	}
	for _, t := range totals {
		if d := of[t.ID]; !d.total.Equal(t.Total.Decimal) {
			d.mistake(d.rows[0], "total", "it comes to %s here", t.Text)
			err = errOtherTotal
		}
	}
	return err
}
