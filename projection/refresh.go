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
	// More says that marks are left: the budget was used up, or it is too early to refresh a
	// materialized view again.
	More bool
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
		total.More = false
		idle := true
		// The first batch finds out whose turn it is, and who comes after.
		turns := []*int64{nil}
		for i := 0; i < len(turns); i++ {
			if i > 0 && time.Since(start) > budget {
				total.More = true
				break
			}
			b, err := e.refreshBatch(ctx, name, turns[i], u.last.Load())
			if err != nil {
				return total, err
			}
			if b.organization == nil {
				break
			}
			if i == 0 {
				turns = append(turns, after(*b.organization, b.organizations)...)
			}
			u.last.Store(*b.organization)
			total.add(b.Stats)
			total.More = total.More || b.More
			idle = idle && b.busy
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

// after returns the other organizations, of some in order, from the one after an organization on.
func after(organization int64, organizations []int64) (others []*int64) {
	next, found := slices.BinarySearch(organizations, organization)
	if found {
		organizations = slices.Delete(organizations, next, next+1)
	}
	for i := range organizations {
		others = append(others, &organizations[(next+i)%len(organizations)])
	}
	return others
}

// batch is what one batch has done.
type batch struct {
	Stats
	busy          bool    // somebody else refreshes; nothing was done
	organization  *int64  // whose marks; nil if nothing is marked
	organizations []int64 // all that had marks, in order, if none was given
}

// refreshBatch absorbs an organization's oldest marks, as many as stand for at most e.Batch keys: of the given one, or of the next one
// with marks after the last that had a turn. Nobody waits until that is on disk: if the server crashes before, the marks are there again
// as the stored rows were.
func (e *Engine) refreshBatch(ctx context.Context, name string, organization *int64, last int64) (b batch, err error) {
	start := time.Now()
	err = e.pool.QueryRow(ctx, "SELECT organization, organizations, marks, keys, stored, deleted, quarantined, folded, busy, more, set_config('synchronous_commit', 'off', true) FROM "+pgx.Identifier{"refresh", name}.Sanitize()+"($1, $2, $3)", organization, e.Batch, last).
		Scan(&b.organization, &b.organizations, &b.Marks, &b.Keys, &b.Stored, &b.Deleted, &b.Quarantined, &b.Folded, &b.busy, &b.More, nil)
	if err == nil && b.organization == nil {
		return b, nil
	}
	e.metrics.batch.WithLabelValues(name).Observe(time.Since(start).Seconds())
	if err != nil {
		e.metrics.failures.WithLabelValues(name).Inc()
		return b, fmt.Errorf("refresh %s: %w", name, err)
	}
	e.metrics.marks.WithLabelValues(name).Add(float64(b.Marks))
	e.metrics.stored.WithLabelValues(name).Add(float64(b.Stored + b.Deleted))
	if b.Quarantined > 0 {
		e.logger.WarnContext(ctx, "a key was set aside: its source row cannot be computed", "projection", name, "organization", *b.organization)
	}
	return b, nil
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
