package projection_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// tariff is what this program reads of a product: a field for each column, by its name.
type tariff struct {
	ProductID int64
	Name      string
	Currency  string
}

// tariffs reads the projection product_summaries.
var tariffs = projection.Define[tariff](projection.Definition{
	Name: "product_summaries", Key: []string{"product_id"},
	Orders: map[string]projection.Order{
		"NAME":  {Column: "name", Type: "text"},
		"PRICE": {Column: "unit_price", Type: "numeric"},
	},
	DefaultOrder: "NAME",
})

// openShop returns a database in which organization 1 sells three products.
func openShop() (ctx context.Context, pool *pgxpool.Pool, done func()) {
	ctx = context.Background()
	pool, done = pgtest.Example()
	_, err := pool.Exec(ctx, `
		INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'Tea shop', 'UTC', 'AUD');
		INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency)
		VALUES (1, 1, 'T1', 'Assam', 1250, 'AUD'), (1, 2, 'T2', 'Sencha', 2100, 'AUD'), (1, 3, 'T3', 'Yunnan', 3400, 'AUD')`)
	if err != nil {
		panic(err)
	}
	return ctx, pool, done
}

// A write marks what depends on it, a read computes what is marked from its source, and a refresh
// stores it.
func Example() {
	ctx, pool, done := openShop()
	defer done()
	engine := projection.New(pool, slog.New(slog.DiscardHandler))
	refresh := func() {
		stats, err := engine.Refresh(ctx, "product_summaries", time.Minute)
		if err != nil {
			panic(err)
		}
		fmt.Println("rows stored:", stats.Stored)
	}
	read := func() {
		reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto, Freshness: &projection.Freshness{}}
		page, err := tariffs.Page(ctx, reader, projection.PageQuery{First: new(10)})
		if err != nil {
			panic(err)
		}
		for _, row := range page.Rows {
			fmt.Println(row.ProductID, row.Name)
		}
		for _, report := range reader.Freshness.Reports() {
			fmt.Println(report.Read, "with dirty keys:", report.DirtyKeys)
		}
	}

	refresh()
	if _, err := pool.Exec(ctx, "UPDATE canonical.products SET name = 'Darjeeling' WHERE organization_id = 1 AND id = 3"); err != nil {
		panic(err)
	}
	read()
	refresh()
	read()
	// Output:
	// rows stored: 3
	// 1 Assam
	// 3 Darjeeling
	// 2 Sencha
	// exact with dirty keys: 1
	// rows stored: 1
	// 1 Assam
	// 3 Darjeeling
	// 2 Sencha
	// exact with dirty keys: 0
}
