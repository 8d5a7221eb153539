package jobs

import (
	"context"
	"sync"
	"time"
)

// runs are the refreshes of one process. Of each projection at most one run is under way and one waits to begin: a run
// absorbs all marks that are committed when it begins, so whoever finds one waiting needs no other.
type runs struct {
	// refresh absorbs the marks of a projection; more says that some are left.
	refresh func(ctx context.Context, projection string) (more bool, err error)
	// apart is the least time between the beginnings of two runs of a projection. The first one after a pause as long
	// begins at once.
	apart time.Duration
	slots chan struct{} // holds an element for each run under way, of any projection
	mu    sync.Mutex
	of    map[string]*turns
}

// turns are the runs of one projection.
type turns struct {
	began   time.Time     // when the last run began
	ended   chan struct{} // closed when the run under way ends; nil without one
	waiting *run          // nil without one
}

// run is a run that waits to begin.
type run struct {
	settled chan struct{} // closed when it begins or is given up
	began   bool          // to be read when it is settled
}

func newRuns(refresh func(context.Context, string) (bool, error), apart time.Duration, slots int) *runs {
	return &runs{refresh: refresh, apart: apart, slots: make(chan struct{}, slots), of: map[string]*turns{}}
}

// absorb returns when the marks of a projection that were committed before the call are absorbed, or when another call has
// begun a run since then that absorbs them. more says that they are not: the run ended early, and nobody waits.
func (r *runs) absorb(ctx context.Context, projection string) (more bool, err error) {
	for {
		next, mine := r.join(projection)
		if mine {
			return r.work(ctx, projection, next)
		}
		select {
		case <-next.settled:
			if next.began {
				return false, nil
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// join returns the run of a projection that waits. Without one, it is the caller's to work.
func (r *runs) join(projection string) (next *run, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.of[projection]
	if t == nil {
		t = &turns{}
		r.of[projection] = t
	}
	if t.waiting == nil {
		t.waiting, mine = &run{settled: make(chan struct{})}, true
	}
	return t.waiting, mine
}

// work waits for the run's turn and refreshes. Nobody joins the run from when it begins: it may have looked already.
func (r *runs) work(ctx context.Context, projection string, next *run) (more bool, err error) {
	err = r.wait(ctx, projection)
	r.mu.Lock()
	t := r.of[projection]
	t.waiting, next.began = nil, err == nil
	if next.began {
		t.began, t.ended = time.Now(), make(chan struct{})
	}
	close(next.settled)
	r.mu.Unlock()
	if err != nil {
		return false, err
	}
	defer func() {
		<-r.slots
		r.mu.Lock()
		defer r.mu.Unlock()
		close(t.ended)
		t.ended = nil
	}()
	more, err = r.refresh(ctx, projection)
	if r.waits(projection) {
		more = false // what is left is absorbed by the next run
	}
	return more, err
}

// wait returns when the run under way has ended, the last one began long enough ago, and a slot is taken.
func (r *runs) wait(ctx context.Context, projection string) error {
	r.mu.Lock()
	ended, began := r.of[projection].ended, r.of[projection].began // no other run begins while this one waits
	r.mu.Unlock()
	if ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if pause := r.apart - time.Since(began); pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waits returns whether a run of the projection waits.
func (r *runs) waits(projection string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[projection].waiting != nil
}
