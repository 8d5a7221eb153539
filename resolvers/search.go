package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

// searchRow is a row of search_documents: one record with its texts.
type searchRow struct {
	CanonicalType string  `json:"canonical_type"`
	CanonicalID   int64   `json:"canonical_id"`
	Title         string  `json:"title"`
	Number        *string `json:"number"`
	Reference     *string `json:"reference"`
	Contact       string  `json:"contact"`
	PartyName     string  `json:"party_name"`
	Text          string  `json:"text"`
	Address       string  `json:"address"`
	Items         string  `json:"items"`
	Archived      bool    `json:"archived"`
}

var (
	searchDocuments = projection.Define[searchRow](projection.Definition{
		Name:         "search_documents",
		Key:          []string{"canonical_type text", "canonical_id"},
		Orders:       map[string]projection.Order{"TITLE": {Column: "title", Type: "text"}},
		DefaultOrder: "TITLE",
	})

	// searchTerms are the same rows, found by their words: the index of words includes the organization.
	searchTerms = projection.Define[searchRow](projection.Definition{
		Name: "search_documents", Key: []string{"canonical_type text", "canonical_id"}, OwnIndex: true,
	})

	searchTypes = map[model.SearchKind]string{
		model.SearchKindPerson: "Person", model.SearchKindProduct: "Product", model.SearchKindAccount: "Account",
		model.SearchKindStore: "Store", model.SearchKindChannel: "Channel",
		model.SearchKindInvoice: "Invoice", model.SearchKindBill: "Bill", model.SearchKindCreditNote: "CreditNote", model.SearchKindVendorCreditNote: "VendorCreditNote",
		model.SearchKindIncome: "Income", model.SearchKindExpense: "Expense", model.SearchKindTransfer: "Transfer",
		model.SearchKindSale: "Sale",
	}
	searchKinds = inverted(searchTypes)

	// searchRecords prefetches the records of a page, in one batch for each type.
	searchRecords = []prefetcher[model.SearchResult]{
		relate("canonical", personByKey, resultKey("Person")), relate("canonical", productByKey, resultKey("Product")),
		relate("canonical", accountByKey, resultKey("Account")), relate("canonical", invoiceByKey, resultKey("Invoice")),
		relate("canonical", storeByKey, resultKey("Store")), relate("canonical", channelByKey, resultKey("Channel")),
		relate("canonical", billByKey, resultKey("Bill")), relate("canonical", creditNoteByKey, resultKey("CreditNote")),
		relate("canonical", vendorCreditNoteByKey, resultKey("VendorCreditNote")),
		relate("canonical", incomeByKey, resultKey("Income")), relate("canonical", expenseByKey, resultKey("Expense")),
		relate("canonical", transferByKey, resultKey("Transfer")), relate("canonical", saleByKey, resultKey("Sale")),
	}
)

// inverted returns the map with keys and values swapped.
func inverted[K, V comparable](m map[K]V) map[V]K {
	out := make(map[V]K, len(m))
	for k, v := range m {
		out[v] = k
	}
	return out
}

// resultKey returns a function for the key of a result's record; 0 if it is of another type than typ.
func resultKey(typ string) func(*model.SearchResult) int64 {
	return func(s *model.SearchResult) int64 { return keyIf(s.CanonicalID, typ) }
}

func (r *queryResolver) Search(ctx context.Context, q string, kinds []model.SearchKind, first *int, after *string) (*model.SearchConnection, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	if first == nil {
		first = new(defaultPageSize)
	}
	s, err := ask(ctx, q, kinds, *first)
	if err != nil {
		return nil, err
	}
	connection, err := s.page(ctx, after)
	if err != nil {
		return nil, ofRead(err)
	}
	for _, field := range graphql.CollectFieldsCtx(ctx, nil) {
		if connection.Facets == nil && (field.Name == "facets" || field.Name == "totalCount") {
			if err := s.count(ctx, connection); err != nil {
				return nil, ofRead(err)
			}
		}
	}
	if answered, _ := answered(ctx, connection, nil); answered == nil {
		return nil, nil //nolint:nilnil // the slot has it
	}
	return connection, prefetchSelected(ctx, connection.Nodes, searchRecords)
}

// page returns one page: of all records if the query has no words, else of the records in the first of the orders in
// which any is found: with the words, with words that begin with them, with similar words.
func (s *search) page(ctx context.Context, after *string) (*model.SearchConnection, error) {
	if s.words == nil {
		return s.everything(ctx, after)
	}
	var at *place
	if after != nil {
		var err error
		if at, err = s.placeOf(*after); err != nil {
			return nil, err
		}
	}
	rows, found, err := s.inOrder(ctx, at)
	if err != nil {
		return nil, err
	}
	connection := &model.SearchConnection{Misspelt: s.order == orderSimilar && found}
	connection.PageInfo.HasPreviousPage = after != nil
	if connection.PageInfo.HasNextPage = len(rows) > s.size; connection.PageInfo.HasNextPage {
		rows = rows[:s.size]
	}
	for _, row := range rows {
		score := float64(max(row.Score, 0)) / scoreUnit
		s.add(connection, row.searchRow, &score, projection.EncodeCursor(s.named(s.order), strconv.FormatInt(row.Score, 10), row.CanonicalType, strconv.FormatInt(row.CanonicalID, 10)))
	}
	return connection, nil
}

// inOrder reads the rows of a page in the order of the place, or if it is nil, in the first order in which a record of
// any kind is found: facets count all kinds in one order. found says whether there is such a record.
func (s *search) inOrder(ctx context.Context, at *place) (rows []scoredRow, found bool, err error) {
	receipts, err := s.receipts(ctx, at)
	if err != nil || len(receipts) > s.size {
		s.order = orderFound
		return receipts, true, err
	}
	if at != nil {
		s.order = at.order
		if rows, err = s.read(ctx, at); err != nil {
			return nil, true, err
		}
		rows, err = s.withSold(ctx, append(receipts, rows...), at)
		return rows, true, err
	}
	for _, s.order = range orders {
		if rows, err = s.read(ctx, nil); err != nil {
			return nil, true, err
		}
		if rows, err = s.withSold(ctx, append(receipts, rows...), nil); err != nil || len(rows) > 0 {
			return rows, true, err
		}
		if s.order == orderFound && len(s.types) > 0 {
			if sold, err := s.countReceipts(ctx); err != nil || len(sold) > 0 {
				return nil, true, err
			}
		}
		if len(s.types) == 0 {
			continue
		}
		others := *s
		others.types, others.size = s.allowed, 0
		if found, err := others.read(ctx, nil); err != nil || len(found) > 0 {
			return nil, true, err
		}
	}
	return nil, false, nil
}

// everything returns a page of all records, by title.
func (s *search) everything(ctx context.Context, after *string) (*model.SearchConnection, error) {
	found, err := searchDocuments.Page(ctx, requestFrom(ctx).pages, projection.PageQuery{First: &s.size, After: after, Where: s.ofKinds()})
	if err != nil {
		return nil, err
	}
	connection := &model.SearchConnection{}
	connection.PageInfo.HasNextPage, connection.PageInfo.HasPreviousPage = found.HasNext, found.HasPrevious
	for i, row := range found.Rows {
		s.add(connection, row, nil, found.Cursor(i))
	}
	return connection, nil
}

// add appends a row to the page, with its highlights.
func (s *search) add(c *model.SearchConnection, row searchRow, score *float64, cursor string) {
	fields := row.fields()
	if score != nil && *score >= exactScore/scoreUnit {
		markExact(fields, s.text)
	}
	snippet, foundIn := highlight(fields, questionWords(s.text), s.order != orderFound)
	c.Nodes = append(c.Nodes, model.SearchResult{
		Kind: searchKinds[row.CanonicalType], Title: row.Title, Snippet: snippet, FoundIn: foundIn, Score: score,
		Archived: row.Archived, CanonicalID: model.ID{Type: row.CanonicalType, Key: row.CanonicalID},
	})
	c.Cursors = append(c.Cursors, cursor)
	c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Cursors[0], &c.Cursors[len(c.Cursors)-1]
}

// count fills in the facets, and the total of the kinds that were asked for.
func (s *search) count(ctx context.Context, c *model.SearchConnection) error {
	counts, err := s.counts(ctx)
	if err != nil {
		return err
	}
	if s.words != nil {
		sold, err := s.countSales(ctx)
		if err != nil {
			return err
		}
		counts = byCount(append(counts, sold))
	}
	c.Facets = []model.SearchFacet{}
	for _, row := range counts {
		if len(s.allowed) > 0 && !slices.Contains(s.allowed, row.CanonicalType) {
			continue
		}
		facet := model.SearchFacet{Kind: searchKinds[row.CanonicalType], Count: row.Count}
		c.Facets = append(c.Facets, facet)
		if len(s.types) == 0 || slices.Contains(s.types, row.CanonicalType) {
			c.TotalCount += row.Count
		}
	}
	return nil
}

func (r *searchResultResolver) Canonical(ctx context.Context, obj *model.SearchResult) (model.Node, error) {
	return findNode(ctx, obj.CanonicalID)
}

// SearchResult returns the resolvers of what was found.
func (r *Resolver) SearchResult() generated.SearchResultResolver { return &searchResultResolver{r} }

type searchResultResolver struct{ *Resolver }

// fields returns the texts by which a row can be found, in the order of their weight.
func (row searchRow) fields() []searchText {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return []searchText{
		{field: model.SearchFieldTitle, text: row.Title},
		{field: model.SearchFieldNumber, text: text(row.Number)},
		{field: model.SearchFieldReference, text: text(row.Reference)},
		{field: model.SearchFieldContact, text: row.Contact},
		{field: model.SearchFieldParty, text: row.PartyName},
		{field: model.SearchFieldText, text: row.Text},
		{field: model.SearchFieldAddress, text: row.Address},
		{field: model.SearchFieldItems, text: row.Items},
	}
}

// typesOf returns the types of the kinds' records, each once.
func typesOf(kinds []model.SearchKind) ([]string, error) {
	types := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		typ, known := searchTypes[kind]
		if !known {
			return nil, fmt.Errorf("search: no type for the kind %s", kind)
		}
		if !slices.Contains(types, typ) {
			types = append(types, typ)
		}
	}
	return types, nil
}
