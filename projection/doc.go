// Package projection keeps read models: stored, indexed copies of SQL views. A copy may lag
// behind the view; a read through this package does not.
//
// A program declares each read model once, as data, and reads pages or rows by key:
//
//	var tariffs = projection.Define[tariff](projection.Definition{
//		Name: "product_summaries", Key: []string{"product_id"},
//		Orders:       map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
//		DefaultOrder: "NAME",
//	})
//
//	reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto}
//	page, err := tariffs.Page(ctx, reader, projection.PageQuery{
//		First: new(50),
//		Where: []projection.Condition{projection.Where("unit_price >= ?", 20)},
//	})
//	byKey, err := tariffs.ByKey(ctx, reader, []int64{1, 2})
//
// A worker brings the stored copies up to date, whenever it comes to it:
//
//	engine := projection.New(pool, logger)
//	stats, err := engine.Refresh(ctx, "product_summaries", 30*time.Second)
//
// # The words
//
// A canonical row, in schema canonical, is what a mutation writes: the only truth. A source
// view, source.NAME, is the one definition of a read model, over canonical tables only. The
// projection, projection.NAME, is its stored copy: a table, or a materialized view.
//
// A mark, a row of marks.NAME, says that something may be behind. A trigger writes it in the
// transaction of the change, from the changed row alone. It holds one value of a grain: a
// key of the projection (document 7), or a group of keys (all documents of customer 3).
// The view dirty.NAME expands the marks to the dirty keys, in the snapshot of the statement
// that reads it. All other keys are clean.
//
// A sum is a read model that adds up rows of canonical tables by a key that each of these rows
// carries. Its marks are deltas, what a changed row adds: stored sums and deltas together equal
// the source view, so exact.NAME needs no source row, and its cost does not grow with the rows
// behind it or with what is dirty. Source views may read exact.NAME of a sum beside canonical
// tables, and nothing else.
//
// # Why a read is exact
//
// A mark commits with the change that caused it, and disappears with the refresh that
// absorbs it. So in any one snapshot
//
//	the source view = stored rows of clean keys + source rows of dirty keys
//
// and a statement that reads the right-hand side answers as the source view would, at the
// price of the stored copy plus what is dirty at that moment. Every value is the committed
// truth of some moment after the request arrived.
//
// Marks of keys, and those that say within which store, party or document their rows are, are
// told apart: a read of some keys, or of rows within one, is at the price of what is dirty there.
//
// # Refresh
//
// [Engine.Refresh] takes marks in batches, recomputes their keys from the source view,
// stores what differs and deletes the marks: one statement, after one lock of its own, in a
// READ COMMITTED transaction. Marks are only inserted and deleted, never updated or merged:
// a mark that commits during a refresh is left for the next one. The package does not decide
// when to refresh. A mark that stays for long makes reads slower, never wrong.
//
// A key whose source row cannot be computed is set aside in engine.quarantine. Reads return
// its stored row and report it; the other keys go on.
//
// # Reading
//
// [Define] declares a read model: its key, its orders, and the struct that its rows are
// scanned into, strictly by name. [Model.ByKey] and [Model.Related] read rows by key and by
// a parent's key, [Model.Page] reads keyset pages, [Model.Summarize] runs a query over many
// rows. A [Reader] carries what is the same for a whole request: the organization, the [Mode],
// and the [Freshness] report.
//
// Migrations declare projections with the functions of schema engine (create_projection,
// declare_grain, track, redefine) and refuse, by engine.check, what could make a read wrong.
// [Engine.Settle] then brings them into use.
package projection
