package live

import (
	"context"
	"slices"
	"sync"
)

// turns give the runs of all organizations their slots. A slot that is free goes to the organization that has waited longest since its
// last one, and has not its share; within an organization, to who has waited longest. So a run waits for as many others as there are
// organizations, however many one of them has.
type turns struct {
	mu          sync.Mutex
	free, share int
	// running is how many slots each organization has, waiting who waits for one. order are the organizations that wait.
	running map[int64]int
	waiting map[int64][]chan struct{} // closed with the slot
	order   []int64
}

func newTurns(slots int) *turns {
	return &turns{free: slots, share: max(1, slots-1), running: map[int64]int{}, waiting: map[int64][]chan struct{}{}}
}

// Turn waits for an organization's turn to read for its subscribers. The caller calls end when it has; ok is false if ctx has ended
// before.
func (h *Hub) Turn(ctx context.Context, organization int64) (end func(), ok bool) {
	t, mine := h.turns, make(chan struct{})
	t.mu.Lock()
	if len(t.waiting[organization]) == 0 {
		t.order = append(t.order, organization)
	}
	t.waiting[organization] = append(t.waiting[organization], mine)
	t.grant()
	t.mu.Unlock()
	select {
	case <-mine:
		return sync.OnceFunc(func() { t.end(organization) }), true
	case <-ctx.Done():
	}
	if !t.leave(organization, mine) {
		t.end(organization)
	}
	return nil, false
}

// grant gives the slots that are free, under the mutex.
func (t *turns) grant() {
	for t.free > 0 {
		i := slices.IndexFunc(t.order, func(organization int64) bool { return t.running[organization] < t.share })
		if i < 0 {
			return
		}
		organization := t.order[i]
		t.order = slices.Delete(t.order, i, i+1)
		next, others := t.waiting[organization][0], t.waiting[organization][1:]
		t.keep(organization, others)
		if len(others) > 0 {
			t.order = append(t.order, organization)
		}
		t.free--
		t.running[organization]++
		close(next)
	}
}

// end takes a slot back.
func (t *turns) end(organization int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.running[organization]--; t.running[organization] == 0 {
		delete(t.running, organization)
	}
	t.grant()
}

// leave takes one out of those who wait; false if it has its slot already.
func (t *turns) leave(organization int64, one chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting[organization], one)
	if i < 0 {
		return false
	}
	t.keep(organization, slices.Delete(t.waiting[organization], i, i+1))
	if t.waiting[organization] == nil {
		t.order = slices.DeleteFunc(t.order, func(other int64) bool { return other == organization })
	}
	return true
}

// keep notes who of an organization still waits.
func (t *turns) keep(organization int64, waiting []chan struct{}) {
	if len(waiting) == 0 {
		delete(t.waiting, organization)
		return
	}
	t.waiting[organization] = waiting
}
