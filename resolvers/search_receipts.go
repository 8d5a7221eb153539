package resolvers

import (
	"context"
	"fmt"

	"daybook/canonical"
	"daybook/projection"
)

// receiptScore is the score of a sale whose reference is the query: higher than that of any other record.
const receiptScore = 2 * exactScore

// Sales have no row in search_documents: there are too many of them, and what they are called tells nothing. They are found by their
// whole reference, a receipt's number, and by the products of their lines (search_sold.go).

// ofReceipt returns the condition that a sale has the query as its reference, in any case.
func (s *search) ofReceipt() projection.Condition {
	return projection.Where("lower(external_ref) = lower(?)", canonical.Reference(s.text))
}

// receipts returns the sales of a page behind the place, in the order of their keys, and one more if there is one. Sales
// come before all other records.
func (s *search) receipts(ctx context.Context, at *place) (rows []scoredRow, err error) {
	behind := int64(0)
	switch {
	case !s.asksForSales(), at != nil && at.score < receiptScore:
		return nil, nil
	case at != nil:
		behind = at.key
	}
	err = sales.Summarize(ctx, requestFrom(ctx).pages, []projection.Condition{s.ofReceipt()}, projection.Where(`
		SELECT 'Sale' AS canonical_type, sale_id AS canonical_id, initcap(kind) || ' ' || external_ref AS title, external_ref AS reference,
			voided AS archived, ?::bigint AS score
		FROM rows WHERE sale_id > ? ORDER BY sale_id LIMIT ?`, int64(receiptScore), behind, s.size+1), &rows)
	if err != nil {
		return nil, fmt.Errorf("look for receipts: %w", err)
	}
	return rows, nil
}

// countReceipts returns how many sales have the query as their reference.
func (s *search) countReceipts(ctx context.Context) (counts []kindCount, err error) {
	err = sales.Summarize(ctx, requestFrom(ctx).pages, []projection.Condition{s.ofReceipt()}, projection.Where(
		"SELECT 'Sale' AS canonical_type, count(*) AS count FROM (SELECT FROM rows LIMIT ?) AS found HAVING count(*) > 0", mostFound), &counts)
	if err != nil {
		return nil, fmt.Errorf("count receipts: %w", err)
	}
	return counts, nil
}
