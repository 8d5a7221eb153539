package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// absorbed plays writers that commit and then call absorb, some of whom give up, and returns how many commits no run has
// begun after when their call returns: no run is certain to see them.
func absorbed(t *testing.T, seed uint64, mistake func(*runs) func(context.Context, string) (bool, error)) (lost int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var committed, seen, losses, begun atomic.Int64
		random := rand.New(rand.NewPCG(seed, 0))
		var delays [200]time.Duration
		for i := range delays {
			delays[i] = time.Duration(random.IntN(300)) * time.Millisecond
		}
		r := newRuns(func(ctx context.Context, _ string) (bool, error) {
			seen.Store(committed.Load())
			time.Sleep(delays[begun.Add(1)%200])
			return false, ctx.Err()
		}, 75*time.Millisecond, 2)
		absorb := r.absorb
		if mistake != nil {
			absorb = mistake(r)
		}
		var wg sync.WaitGroup
		for i, delay := range delays {
			wg.Go(func() {
				time.Sleep(delay * 50)
				mine := committed.Add(1)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%10 == 0 {
					time.AfterFunc(delay, cancel)
				}
				_, err := absorb(ctx, "all")
				time.Sleep(time.Nanosecond) // a run that has just begun looks first
				// After an error, the job is worked again.
				if err == nil && seen.Load() < mine {
					losses.Add(1)
				}
			})
		}
		wg.Wait()
		lost = losses.Load()
	})
	return lost
}

// under returns the channel that is closed when the run under way ends, or nil.
func (r *runs) under(projection string) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.of[projection]; t != nil {
		return t.ended
	}
	return nil
}

// No commit is lost by joining a run; each of the plausible mistakes loses some.
func TestNoWakeUpIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		if lost := absorbed(t, seed, nil); lost > 0 {
			t.Errorf("with seed %d %d commits are lost", seed, lost)
		}
	}
	for name, mistake := range map[string]func(*runs) func(context.Context, string) (bool, error){
		"joins the run under way": func(r *runs) func(context.Context, string) (bool, error) {
			return func(ctx context.Context, projection string) (bool, error) {
				if ended := r.under(projection); ended != nil {
					<-ended
					return false, nil
				}
				return r.absorb(ctx, projection)
			}
		},
		"is unique while one runs": func(r *runs) func(context.Context, string) (bool, error) {
			return func(ctx context.Context, projection string) (bool, error) {
				if r.under(projection) != nil {
					return false, nil
				}
				return r.absorb(ctx, projection)
			}
		},
		"takes a run that was given up for one that began": func(r *runs) func(context.Context, string) (bool, error) {
			return func(ctx context.Context, projection string) (bool, error) {
				next, mine := r.join(projection)
				if mine {
					return r.work(ctx, projection, next)
				}
				<-next.settled
				return false, nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				if lost := absorbed(t, seed, mistake); lost > 0 {
					t.Logf("caught with seed %d: %d commits are lost", seed, lost)
					return
				}
			}
			t.Error("not caught")
		})
	}
}

// The first run begins at once, later ones apart, and those who come meanwhile share one.
func TestRunsCoalesce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var begun []time.Duration
		r := newRuns(func(context.Context, string) (bool, error) {
			begun = append(begun, time.Since(begin))
			time.Sleep(10 * time.Millisecond)
			return false, nil
		}, 75*time.Millisecond, 1)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if more, err := r.absorb(t.Context(), "all"); more || err != nil {
					t.Errorf("caller %d: %t, %v", i, more, err)
				}
			})
		}
		wg.Wait()
		if len(begun) != 3 || begun[0] != 0 || begun[1] != 75*time.Millisecond || begun[2] != 150*time.Millisecond {
			t.Errorf("runs began after %v", begun)
		}
	})
}

// What a run leaves is the next one's if somebody waits for that, and its caller's otherwise.
func TestWhatARunLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRuns(func(context.Context, string) (bool, error) {
			time.Sleep(10 * time.Millisecond)
			return true, nil
		}, 0, 1)
		first := make(chan bool)
		go func() {
			more, _ := r.absorb(t.Context(), "all")
			first <- more
		}()
		synctest.Wait()
		more, err := r.absorb(t.Context(), "all")
		if handed := !<-first; !handed || !more || err != nil {
			t.Errorf("handed over %t, then more %t, %v", handed, more, err)
		}
		failure := errors.New("given up")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(failure)
		r.slots <- struct{}{} // all are taken
		if _, err := r.absorb(ctx, "all"); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	})
}
