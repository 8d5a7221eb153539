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

// searchRow is a row of what can be found.
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

	// The same by their words, whose index knows the organization.
	searchTerms = projection.Define[searchRow](projection.Definition{
		Name: "search_documents", Key: []string{"canonical_type text", "canonical_id"}, OwnIndex: true,
	})

	searchTypes = map[model.SearchKind]string{
		model.SearchKindPerson: "Person", model.SearchKindProduct: "Product", model.SearchKindAccount: "Account",
		model.SearchKindStore: "Store", model.SearchKindChannel: "Channel",
		model.SearchKindInvoice: "Invoice", model.SearchKindBill: "Bill", model.SearchKindCreditNote: "CreditNote",
		model.SearchKindIncome: "Income", model.SearchKindExpense: "Expense", model.SearchKindTransfer: "Transfer",
	}
	searchKinds = inverted(searchTypes)

	// A page reads its records ahead, type by type.
	searchRecords = []prefetcher[model.SearchResult]{
		relate("canonical", personByKey, resultKey("Person")), relate("canonical", productByKey, resultKey("Product")),
		relate("canonical", accountByKey, resultKey("Account")), relate("canonical", invoiceByKey, resultKey("Invoice")),
		relate("canonical", storeByKey, resultKey("Store")), relate("canonical", channelByKey, resultKey("Channel")),
		relate("canonical", billByKey, resultKey("Bill")), relate("canonical", creditNoteByKey, resultKey("CreditNote")),
		relate("canonical", incomeByKey, resultKey("Income")), relate("canonical", expenseByKey, resultKey("Expense")),
		relate("canonical", transferByKey, resultKey("Transfer")),
	}
)

// inverted swaps keys and values.
func inverted[K, V comparable](m map[K]V) map[V]K {
	out := make(map[V]K, len(m))
	for k, v := range m {
		out[v] = k
	}
	return out
}

// resultKey is the key of a result's record if it is of the type.
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
	return connection, prefetchSelected(ctx, connection.Nodes, searchRecords)
}

// page reads one page: a list of everything, or the records that have the words, or those with words that begin with
// them, or those with similar ones.
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
		score := float64(row.Score) / scoreUnit
		s.add(connection, row.searchRow, &score, projection.EncodeCursor(s.named(s.order), strconv.FormatInt(row.Score, 10), row.CanonicalType, strconv.FormatInt(row.CanonicalID, 10)))
	}
	return connection, nil
}

// inOrder reads the rows of a page in the order of the place, or else in the first order in which anything is found: of
// any kind, for facets count all kinds in one order. It answers whether anything is.
func (s *search) inOrder(ctx context.Context, at *place) (rows []scoredRow, found bool, err error) {
	if at != nil {
		s.order = at.order
		rows, err = s.read(ctx, at)
		return rows, true, err
	}
	for _, s.order = range orders {
		if rows, err = s.read(ctx, nil); err != nil || len(rows) > 0 {
			return rows, true, err
		}
		if len(s.types) == 0 {
			continue
		}
		others := *s
		others.types, others.size = nil, 0
		if found, err := others.read(ctx, nil); err != nil || len(found) > 0 {
			return nil, true, err
		}
	}
	return nil, false, nil
}

// everything lists by title.
func (s *search) everything(ctx context.Context, after *string) (*model.SearchConnection, error) {
	found, err := searchDocuments.Page(ctx, requestFrom(ctx).pages, projection.PageQuery{First: &s.size, After: after, Where: s.ofKinds()})
	if err != nil {
		return nil, err
	}
	connection := &model.SearchConnection{}
	connection.PageInfo.HasNextPage, connection.PageInfo.HasPreviousPage = found.HasNext, found.HasPrevious
	for i, row := range found.Rows {
		s.add(connection, row, nil, found.Cursors[i])
	}
	return connection, nil
}

// add appends a row to the page.
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

// count counts each kind, and the kinds that were asked for together.
func (s *search) count(ctx context.Context, c *model.SearchConnection) error {
	counts, err := s.counts(ctx)
	if err != nil {
		return err
	}
	c.Facets = []model.SearchFacet{}
	for _, row := range counts {
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

// fields are the texts by which a row can be found, the weightiest first.
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

// typesOf are the types of the kinds' records.
func typesOf(kinds []model.SearchKind) ([]string, error) {
	types := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		typ, known := searchTypes[kind]
		if !known {
			return nil, fmt.Errorf("search: no type for the kind %s", kind)
		}
		types = append(types, typ)
	}
	return types, nil
}
