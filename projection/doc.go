// Package projection is the engine that keeps read models: stored, indexed copies of SQL
// views that may lag behind, and reads that do not.
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
// The view dirty.NAME turns the marks into keys, in the snapshot of whoever asks.
//
// # Why a read is exact
//
// A mark commits with the change that caused it, and disappears with the refresh that
// absorbs it. So in any one snapshot
//
//	the source view = stored rows of clean keys + source rows of dirty keys
//
// and a read that asks for the right-hand side, in one statement, shows what the source view
// would have shown, at the price of the stored copy plus what is dirty just then. Every
// value is the committed truth of some moment after the request arrived.
//
// # Refresh
//
// [Engine.Refresh] takes marks in batches, recomputes their keys from the source view,
// stores what differs and deletes the marks: one statement, after one lock of its own, in a
// READ COMMITTED transaction. Marks are never updated and never merged: a mark that commits
// later is seen later. Who calls it, and when, is not this package's business: a mark lost
// to nobody's attention costs speed, never truth.
//
// A key whose source row cannot be computed is set aside in engine.quarantine. Reads return
// its stored row and report it; the others go on.
//
// # Reading
//
// [Define] declares a read model: its key, its orders, and the struct that its rows are
// scanned into, strictly by name. [Model.ByKey] and [Model.Related] read rows by key and by
// a parent's key, [Model.Page] reads keyset pages. A [Reader] carries what is the same for
// the whole request: the organization, the [Mode], and the [Freshness] report.
//
// Migrations declare projections with the functions of schema engine (create_projection,
// declare_grain, track, activate, redefine); engine.check refuses what would go wrong later.
package projection
