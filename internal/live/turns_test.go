package live_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"daybook/internal/live"
)

// An organization whose hundreds of queries take long does not keep another's one waiting for more than a few runs, whenever it
// comes, and it has not all slots while it is alone.
func TestTurns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const slots = 4
	hub := live.New(live.Config{Parallel: slots, Apart: time.Nanosecond})
	var begun, running, most atomic.Int64
	query := func(organization int64) live.Query[int, int] {
		return live.Query[int, int]{Organization: organization, Digest: digest, Run: func(ctx context.Context, _ []int, _ bool) (r live.Result[int]) {
			if organization == 1 {
				begun.Add(1)
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				time.Sleep(2 * time.Millisecond)
			}
			return live.Result[int]{Needs: live.Needs{}, Again: time.Nanosecond}
		}}
	}
	for i := range 300 {
		defer live.Subscribe(hub, i, i, query(1)).Close()
	}
	until(t, "the first organization's queries are run", func() bool { return begun.Load() >= 100 })
	worst := int64(0)
	for i := range 20 {
		before := begun.Load()
		s := live.Subscribe(hub, -1-i, i, query(2))
		if _, err := s.Next(ctx); err != nil {
			t.Fatal(err)
		}
		worst = max(worst, begun.Load()-before)
		s.Close()
	}
	if t.Logf("waited for %d runs at most; %d at once", worst, most.Load()); worst > 20 || most.Load() >= slots {
		t.Errorf("a query of another organization has waited for %d runs, and %d of the first ran at once in %d slots", worst, most.Load(), slots)
	}
}

// Who gives up waiting for a turn leaves it to others.
func TestTurnGivenUp(t *testing.T) {
	t.Parallel()
	hub := live.New(live.Config{Parallel: 1})
	end, _ := hub.Turn(t.Context(), 1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for organization := range int64(3) {
		if _, ok := hub.Turn(gone, organization); ok {
			t.Error("there were two turns in one slot")
		}
	}
	end()
	end()
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		end, ok := hub.Turn(ctx, 2)
		if cancel(); !ok {
			t.Fatal("the slot is lost")
		}
		end()
	}
}

// A query that is not to be run before a time is run for who subscribes meanwhile.
func TestAgainLater(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	hub := live.New(live.Config{Apart: time.Nanosecond})
	runs, firsts := 0, 0
	query := live.Query[int, int]{Digest: digest, Run: func(_ context.Context, subscribers []int, first bool) live.Result[int] {
		if runs++; first {
			firsts++
		}
		return live.Result[int]{Needs: live.Needs{}, Answer: len(subscribers), Again: time.Hour}
	}}
	for n := 1; n <= 3; n++ {
		s := live.Subscribe(hub, "all", n, query)
		defer s.Close()
		if got, err := s.Next(ctx); err != nil || got != n {
			t.Fatalf("%d, %v; want %d", got, err, n)
		}
	}
	if runs != 3 || firsts != 3 {
		t.Errorf("%d runs, %d of them for who had no answer yet", runs, firsts)
	}
}
