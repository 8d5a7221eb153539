package projection_test

import (
	"fmt"

	"daybook/projection"
)

// A list is read page by page: the cursor of the last row is where the next page begins.
func ExampleModel_Page() {
	ctx, pool, done := openShop()
	defer done()
	reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto}
	query := projection.PageQuery{
		First: new(1), Order: "PRICE", Descending: true, Count: true,
		Where: []projection.Condition{projection.Where("unit_price >= ?", 20)},
	}
	for {
		page, err := tariffs.Page(ctx, reader, query)
		if err != nil {
			panic(err)
		}
		for _, row := range page.Rows {
			fmt.Println(row.Name, "of", page.Total)
		}
		if !page.HasNext {
			return
		}
		query.After = new(page.Cursor(len(page.Rows) - 1))
	}
	// Output:
	// Yunnan of 2
	// Sencha of 2
}

// Keys without a row are absent from the answer.
func ExampleModel_ByKey() {
	ctx, pool, done := openShop()
	defer done()
	rows, err := tariffs.ByKey(ctx, &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto}, []int64{2, 3, 99})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(rows), rows[2].Name, rows[3].Name)
	// Output: 2 Sencha Yunnan
}

// A summary is one statement over all rows that meet the conditions. Here the rows are not stored
// yet: what was committed counts all the same.
func ExampleModel_Summarize() {
	ctx, pool, done := openShop()
	defer done()
	var sums []struct {
		Products int
		Most     float64
	}
	err := tariffs.Summarize(ctx, &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Exact},
		[]projection.Condition{projection.Where("unit_price < ?", 30)},
		projection.Where("SELECT count(*) AS products, max(unit_price) AS most FROM rows"), &sums)
	if err != nil {
		panic(err)
	}
	fmt.Println(sums)
	// Output: [{2 21}]
}
