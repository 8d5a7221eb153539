package projection

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Stats counts what a refresh did.
type Stats struct {
	Marks       int64 // absorbed
	Folded      int64 // marks that became fewer marks of keys, before they were absorbed
	Keys        int64 // recomputed
	Stored      int64 // rows inserted or changed
	Deleted     int64 // rows
	Quarantined int64 // keys set aside
	// Oldest is the age of the oldest mark when the refresh began.
	Oldest time.Duration
	// More says that marks are left: the budget was used up, or it is too early to refresh a
	// materialized view again.
	More bool
	busy bool // somebody else refreshes; nothing was done
}

func (s *Stats) add(b Stats) {
	s.Marks += b.Marks
	s.Folded += b.Folded
	s.Keys += b.Keys
	s.Stored += b.Stored
	s.Deleted += b.Deleted
	s.Quarantined += b.Quarantined
}

// vacuumAfter is the number of dead marks from which on a refresh vacuums their table: they make
// every exact read slower.
const vacuumAfter = 10_000

// Refresh absorbs the marks of one projection that were committed when it began, or what the
// budget allows of them, at least one batch. All organizations with marks have their turns, one batch each, also those
// that were marked meanwhile; so none waits for another's backlog. Any number of callers may
// refresh at once: they go on to another organization where somebody else works. A paused
// projection is left alone. A projection that does not exist, or does no longer as a next
// definition after its switch, is an UnknownError.
func (e *Engine) Refresh(ctx context.Context, name string, budget time.Duration) (Stats, error) {
	s, err := e.refresh(ctx, name, budget)
	if undefinedObject(err) {
		e.kinds.Delete(name)
		if _, gone := e.Kind(ctx, name); gone != nil {
			return s, gone
		}
	}
	return s, err
}

func (e *Engine) refresh(ctx context.Context, name string, budget time.Duration) (Stats, error) {
	kind, err := e.Kind(ctx, name)
	if err != nil {
		return Stats{}, err
	}
	if kind == "materialized_view" {
		return e.refreshView(ctx, name, false)
	}
	u, total := e.upkeepOf(name), Stats{More: true}
	pause := time.Millisecond
	for start := time.Now(); total.More; {
		organizations, oldest, err := e.markedOrganizations(ctx, name)
		if err != nil {
			return total, fmt.Errorf("refresh %s: %w", name, err)
		}
		total.Oldest, total.More = max(total.Oldest, oldest), false
		idle := true
		for i, organization := range u.turns(organizations) {
			if i > 0 && time.Since(start) > budget {
				total.More = true
				break
			}
			s, err := e.refreshBatch(ctx, name, organization)
			if err != nil {
				return total, err
			}
			u.last.Store(organization)
			total.add(s)
			total.More = total.More || s.More
			idle = idle && s.busy
		}
		if !total.More || time.Since(start) > budget {
			break
		}
		if !idle {
			pause = time.Millisecond
			continue
		}
		// Others refresh all that is left; they may have begun before it was marked.
		if err := sleep(ctx, pause); err != nil {
			return total, fmt.Errorf("refresh %s: %w", name, err)
		}
		pause = min(2*pause, 100*time.Millisecond)
	}
	if u.dead.Add(total.Marks+total.Folded) < vacuumAfter {
		return total, nil
	}
	u.dead.Store(0)
	if _, err := e.pool.Exec(ctx, "VACUUM "+pgx.Identifier{"marks", name}.Sanitize()); err != nil {
		return total, fmt.Errorf("vacuum the marks of %s: %w", name, err)
	}
	return total, nil
}

// upkeep is what an engine remembers of a projection from one refresh to the next.
type upkeep struct {
	last atomic.Int64 // the organization that had the last turn
	dead atomic.Int64 // marks deleted since the last vacuum
}

func (e *Engine) upkeepOf(name string) *upkeep {
	u, _ := e.upkeep.LoadOrStore(name, new(upkeep))
	return u.(*upkeep)
}

// turns returns the organizations, given in order, from the one after that of the last turn on.
func (u *upkeep) turns(organizations []int64) []int64 {
	next, found := slices.BinarySearch(organizations, u.last.Load())
	if found {
		next++
	}
	return slices.Concat(organizations[next:], organizations[:next])
}

// listMarked lists the organizations that have marks, in order, and the age of a mark of each: of the oldest one, or, where marks are
// many, of any of the oldest transaction. $1 is the projection's name. A few marks are looked at one by one. Where they are many,
// the recursive query skips from one organization to the next in the index (a loose index scan).
func listMarked(name string) string {
	marks, pending := pgx.Identifier{"marks", name}.Sanitize(), pgx.Identifier{"pending", name}.Sanitize()
	return `
		WITH RECURSIVE low AS MATERIALIZED (
			SELECT * FROM engine.reached($1)
		), few AS MATERIALIZED (
			SELECT organization_id, marked_at FROM ` + pending + ` LIMIT 2001
		), o (organization_id) AS (
			SELECT min(organization_id) - 1 FROM few HAVING count(*) > 2000
			UNION ALL
			SELECT (SELECT min(organization_id) FROM (
				(SELECT m.organization_id FROM ` + marks + ` m WHERE m.organization_id > o.organization_id AND m.xid >= (SELECT xid FROM low) ORDER BY m.organization_id LIMIT 1)
				UNION ALL
				(SELECT m.organization_id FROM ` + marks + ` m WHERE m.organization_id > o.organization_id AND m.xid BETWEEN (SELECT open_from FROM low) AND (SELECT open_to FROM low) ORDER BY m.organization_id LIMIT 1)) m)
			FROM o WHERE o.organization_id IS NOT NULL
		)
		SELECT organization_id, clock_timestamp() - min(marked_at) FROM few WHERE (SELECT count(*) FROM few) <= 2000 GROUP BY organization_id
		UNION ALL
		SELECT o.organization_id, clock_timestamp() - m.marked_at
		FROM o CROSS JOIN LATERAL (SELECT p.marked_at FROM ` + pending + ` p WHERE p.organization_id = o.organization_id LIMIT 1) m
		ORDER BY 1`
}

// markedOrganizations lists the organizations that have marks, in order, and the age of the oldest mark.
func (e *Engine) markedOrganizations(ctx context.Context, name string) ([]int64, time.Duration, error) {
	rows, err := e.pool.Query(ctx, listMarked(name), name)
	if err != nil {
		return nil, 0, err
	}
	var (
		organizations []int64
		oldest        time.Duration
		organization  int64
		age           time.Duration
	)
	_, err = pgx.ForEachRow(rows, []any{&organization, &age}, func() error {
		organizations, oldest = append(organizations, organization), max(oldest, age)
		return nil
	})
	return organizations, oldest, err
}

// refreshBatch absorbs the organization's oldest marks, as many as stand for at most e.Batch keys. Nobody waits until that is on disk:
// if the server crashes before, the marks are there again as the stored rows were.
func (e *Engine) refreshBatch(ctx context.Context, name string, organization int64) (Stats, error) {
	var s Stats
	start := time.Now()
	err := e.pool.QueryRow(ctx, "SELECT marks, keys, stored, deleted, quarantined, folded, busy, more, set_config('synchronous_commit', 'off', true) FROM "+pgx.Identifier{"refresh", name}.Sanitize()+"($1, $2)", organization, e.Batch).
		Scan(&s.Marks, &s.Keys, &s.Stored, &s.Deleted, &s.Quarantined, &s.Folded, &s.busy, &s.More, nil)
	e.metrics.batch.WithLabelValues(name).Observe(time.Since(start).Seconds())
	e.metrics.marks.WithLabelValues(name).Add(float64(s.Marks))
	e.metrics.stored.WithLabelValues(name).Add(float64(s.Stored + s.Deleted))
	if err != nil {
		e.metrics.failures.WithLabelValues(name).Inc()
		return s, fmt.Errorf("refresh %s of organization %d: %w", name, organization, err)
	}
	if s.Quarantined > 0 {
		e.logger.WarnContext(ctx, "a key was set aside: its source row cannot be computed", "projection", name, "organization", organization)
	}
	return s, nil
}

// refreshView refreshes a materialized view that is not paused and, unless forced, has marks. It
// reports More instead if another refresh is running or, unless forced, if the last one began
// less than the view's minimum interval ago.
func (e *Engine) refreshView(ctx context.Context, name string, force bool) (s Stats, err error) {
	start := time.Now()
	err = e.pool.QueryRow(ctx, "SELECT marks, skipped FROM engine.refresh_view($1, $2)", name, force).Scan(&s.Marks, &s.More)
	e.metrics.batch.WithLabelValues(name).Observe(time.Since(start).Seconds())
	e.metrics.marks.WithLabelValues(name).Add(float64(s.Marks))
	if err != nil {
		e.metrics.failures.WithLabelValues(name).Inc()
		return s, fmt.Errorf("refresh %s: %w", name, err)
	}
	return s, nil
}

// RetryQuarantine marks the keys that were set aside longer than age ago, so that the next
// refresh tries them again, and returns their number.
func (e *Engine) RetryQuarantine(ctx context.Context, name string, age time.Duration) (retried int64, err error) {
	if err := e.pool.QueryRow(ctx, "SELECT engine.retry_quarantine($1, clock_timestamp() - $2::interval)", name, age).Scan(&retried); err != nil {
		return 0, fmt.Errorf("retry the quarantine of %s: %w", name, err)
	}
	return retried, nil
}
