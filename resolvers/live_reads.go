package resolvers

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/live"
)

// liveReads notes what an answer is read from.
type liveReads struct {
	request *request
	// canonical says that a statement reads canonical tables, or the audit log.
	canonical atomic.Bool
}

// watchReads returns the context of withRequest, whose request makes no dry run, with everything noted that is read.
func watchReads(ctx context.Context) (context.Context, *liveReads) {
	req := requestFrom(ctx)
	reads := &liveReads{request: req}
	pages, keys := *req.pages, *req.keys
	req.noted, pages.Freshness.NoteUses = reads, true
	pages.DB, keys.DB = req.noting(pages.DB.(*pgxpool.Pool)), req.noting(keys.DB.(*pgxpool.Pool))
	req.pages, req.keys = &pages, &keys
	return ctx, reads
}

// noting returns the pool, with everything noted that is read from it if the request asks for that.
func (r *request) noting(pool *pgxpool.Pool) sender {
	if r.noted == nil {
		return pool
	}
	return &watchedDB{pool, r.noted}
}

// principalTables are what authentication reads.
var principalTables = []string{"canonical.api_tokens", "canonical.memberships", "canonical.membership_stores", "canonical.users", "canonical.organizations"}

// needs returns what has to change before the answer does.
func (r *liveReads) needs() live.Needs {
	needs := live.Needs{}
	for name, read := range r.request.pages.Freshness.Uses() {
		switch {
		case read.All:
			needs[name] = nil
		case len(read.Keys) > 0:
			for key := range read.Keys {
				needs[name] = append(needs[name], key)
			}
		}
	}
	for _, table := range principalTables {
		needs[table] = nil
	}
	if r.canonical.Load() {
		needs[live.Everything] = nil
	}
	return needs
}

// watchedDB is a pool that notes whether statements read canonical tables.
type watchedDB struct {
	pool  *pgxpool.Pool
	reads *liveReads
}

// Query is pgx's.
func (w *watchedDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	w.note(sql)
	return w.pool.Query(ctx, sql, args...)
}

// SendBatch is pgx's.
func (w *watchedDB) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	for _, queued := range b.QueuedQueries {
		w.note(queued.SQL)
	}
	return w.pool.SendBatch(ctx, b)
}

func (w *watchedDB) note(sql string) {
	if !w.reads.canonical.Load() && readsCanonical(sql) {
		w.reads.canonical.Store(true)
	}
}

// textFunctions are the functions of the schema canonical that compute with their arguments alone.
var textFunctions = []string{"search_", "fold(", "major_in_base("}

// readsCanonical reports whether a statement names a canonical table, the audit log, or a function that may read them.
func readsCanonical(sql string) bool {
	if strings.Contains(sql, "audit.") {
		return true
	}
	for rest := sql; ; {
		_, after, found := strings.Cut(rest, "canonical.")
		if !found {
			return false
		}
		pure := false
		for _, name := range textFunctions {
			pure = pure || strings.HasPrefix(after, name)
		}
		if !pure {
			return true
		}
		rest = after
	}
}
