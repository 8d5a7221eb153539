package resolvers

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"daybook/canonical"
	"daybook/projection"
)

const (
	// soldScore is added to the keys of sales that are found by what they sold, for their order: the latest first, behind all other
	// records.
	soldScore = -1 << 61
	// mostProducts is how many products, of those that are found, sales are looked up by.
	mostProducts = 200
)

// asksForSales reports whether sales are among the kinds that were asked for.
func (s *search) asksForSales() bool { return len(s.types) == 0 || slices.Contains(s.types, "Sale") }

// foundProduct is a product that the query finds.
type foundProduct struct {
	CanonicalID int64  `json:"canonical_id"`
	Title       string `json:"title"`
}

// products returns the products that the page's order finds, the first ones that were created. They are looked up once.
func (s *search) products(ctx context.Context) (found []foundProduct, err error) {
	if found, known := s.sold[s.order]; known {
		return found, nil
	}
	model, which := searchTerms, having([]string{"Product"}, "?::tsquery || ?::tsquery", s.words, s.key)
	switch s.order {
	case orderBegun:
		which = having([]string{"Product"}, "?::tsquery", s.beginnings)
	case orderSimilar:
		model, which = searchDocuments, s.lookalike()
		which.SQL += " AND canonical_type = 'Product'"
	}
	err = model.Summarize(ctx, requestFrom(ctx).keys, nil, projection.Where(
		"SELECT canonical_id, title FROM rows WHERE "+which.SQL+" ORDER BY canonical_id LIMIT ?", append(which.Args, mostProducts)...), &found)
	if err != nil {
		return nil, fmt.Errorf("look for products that were sold: %w", err)
	}
	if s.sold == nil {
		s.sold = map[string][]foundProduct{}
	}
	s.sold[s.order] = found
	return found, nil
}

// ofProducts returns the condition that a sale has a line of one of the products, and is no receipt that is found by its number.
func (s *search) ofProducts(products []foundProduct) []projection.Condition {
	keys := make([]int64, len(products))
	for i, p := range products {
		keys[i] = p.CanonicalID
	}
	return []projection.Condition{
		projection.Where("product_ids && ?::bigint[]", keys),
		projection.Where("lower(external_ref) IS DISTINCT FROM lower(?)", canonical.Reference(s.text)),
	}
}

// soldRow is a sale that is found by what it sold.
type soldRow struct {
	scoredRow
	ProductIDs []int64 `json:"product_ids"`
}

// withSold appends the sales of a page that are found by what they sold, behind the place.
func (s *search) withSold(ctx context.Context, rows []scoredRow, at *place) ([]scoredRow, error) {
	if !s.asksForSales() || len(rows) > s.size {
		return rows, nil
	}
	products, err := s.products(ctx)
	if err != nil || len(products) == 0 {
		return rows, err
	}
	behind := int64(math.MaxInt64)
	if at != nil && at.score < 0 {
		behind = at.key
	}
	var sold []soldRow
	err = sales.Summarize(ctx, requestFrom(ctx).pages, s.ofProducts(products), projection.Where(`
		SELECT 'Sale' AS canonical_type, sale_id AS canonical_id, initcap(kind) || ' ' || coalesce(external_ref, 'of ' || business_date) AS title,
			external_ref AS reference, voided AS archived, ?::bigint + sale_id AS score, product_ids
		FROM (SELECT * FROM rows WHERE sale_id < ? LIMIT ?) AS found ORDER BY sale_id DESC LIMIT ?`,
		int64(soldScore), behind, mostFound, s.size+1-len(rows)), &sold)
	if err != nil {
		return nil, fmt.Errorf("look for sales by what they sold: %w", err)
	}
	for _, row := range sold {
		var names []string
		for _, p := range products {
			if slices.Contains(row.ProductIDs, p.CanonicalID) {
				names = append(names, p.Title)
			}
		}
		row.Items = strings.Join(names, ", ")
		rows = append(rows, row.scoredRow)
	}
	return rows, nil
}

// countSales returns how many sales the page's order finds: by their reference, where it is that of whole words, and by what they sold.
func (s *search) countSales(ctx context.Context) (kindCount, error) {
	sum := kindCount{CanonicalType: "Sale"}
	if s.order == orderFound {
		receipts, err := s.countReceipts(ctx)
		if err != nil {
			return sum, err
		}
		for _, c := range receipts {
			sum.Count += c.Count
		}
	}
	products, err := s.products(ctx)
	if err != nil || len(products) == 0 {
		return sum, err
	}
	var sold []struct {
		Count int `json:"count"`
	}
	err = sales.Summarize(ctx, requestFrom(ctx).pages, s.ofProducts(products), projection.Where(
		"SELECT count(*) AS count FROM (SELECT FROM rows LIMIT ?) AS found", mostFound), &sold)
	if err != nil {
		return sum, fmt.Errorf("count sales by what they sold: %w", err)
	}
	for _, c := range sold {
		sum.Count = min(sum.Count+c.Count, mostFound)
	}
	return sum, nil
}
