package live

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"time"
)

// ErrEnded is the error of a subscription whose subscriber may not see the answers any more.
var ErrEnded = errors.New("the subscriber may not see this any more")

// Query is a query that subscribers share. M tells who they are, A is an answer.
type Query[M, A any] struct {
	Organization int64
	// Run runs the query for some of the subscribers, one at least; first says that one of them has had no answer yet. It must
	// return when its context ends.
	Run func(ctx context.Context, subscribers []M, first bool) Result[A]
	// Digest is equal for answers that are the same to a subscriber, who then gets the first one only.
	Digest func(A) Digest
}

// Digest tells answers apart.
type Digest [sha256.Size]byte

// Result is what a run comes to.
type Result[A any] struct {
	Answer A
	// Needs are what the answer was read from; nil if nothing was read.
	Needs Needs
	// Ended says, in the order of the subscribers, who may not see the answer; nil if all may.
	Ended []bool
	// Failed says that there is no answer now. The query is run again, after a second if Again says nothing, and nobody is told.
	Failed bool
	// Again is when the query is to be run again though nothing is announced, and not before, unless somebody subscribes; 0 is
	// when something is announced.
	Again time.Duration
}

// Subscription gives one subscriber the answers of a query.
type Subscription[M, A any] struct {
	group      *group[M, A]
	subscriber M
	signal     chan struct{} // has an element when there is an answer or an end

	// Under the hub's mutex:
	answer  A
	fresh   bool // the answer was not taken yet
	version int  // of the answer; 0 is none
	ended   bool
}

// group runs a query for its subscriptions, in a goroutine that ends with the last of them.
type group[M, A any] struct {
	hub    *Hub
	key    any
	query  Query[M, A]
	watch  *Watch
	cancel context.CancelFunc
	joined chan struct{} // has an element when somebody has subscribed since the last run

	// Under the hub's mutex:
	members map[*Subscription[M, A]]struct{}
	digest  Digest // of the last answer
	version int    // how many answers there were that differ from the one before
}

// Subscribe adds a subscriber to those of the query with the key. All who have the same key share what the first one says of
// the query. The caller closes the subscription.
func Subscribe[M, A any](h *Hub, key any, subscriber M, q Query[M, A]) *Subscription[M, A] {
	s := &Subscription[M, A]{subscriber: subscriber, signal: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	g, found := h.groups[key].(*group[M, A])
	if !found {
		ctx, cancel := context.WithCancel(context.Background()) //nolint:gosec // the group's last subscriber calls it
		g = &group[M, A]{hub: h, key: key, query: q, watch: h.newWatch(q.Organization), cancel: cancel, joined: make(chan struct{}, 1), members: map[*Subscription[M, A]]struct{}{}}
		h.groups[key] = g
		go g.work(ctx)
	}
	s.group = g
	g.members[s] = struct{}{}
	h.subscribers++
	signal(g.joined)
	g.watch.wake() // what the others have may be older than the subscriber
	return s
}

// Next returns the newest answer, when it differs from the last one that was returned. Its error is ErrEnded, or that of ctx.
func (s *Subscription[M, A]) Next(ctx context.Context) (answer A, err error) {
	for {
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-s.signal:
		}
		if answer, taken, err := s.take(); taken || err != nil {
			return answer, err
		}
	}
}

func (s *Subscription[M, A]) take() (answer A, taken bool, err error) {
	s.group.hub.mu.Lock()
	defer s.group.hub.mu.Unlock()
	if s.ended {
		return answer, false, ErrEnded
	}
	answer, taken = s.answer, s.fresh
	var none A
	s.answer, s.fresh = none, false
	return answer, taken, nil
}

// Close ends the subscription, and with the last one the query.
func (s *Subscription[M, A]) Close() {
	g, h := s.group, s.group.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, member := g.members[s]; !member {
		return
	}
	delete(g.members, s)
	h.subscribers--
	if len(g.members) == 0 {
		delete(h.groups, g.key)
		g.cancel()
	}
}

// work runs the query whenever it is woken, until ctx ends.
func (g *group[M, A]) work(ctx context.Context) {
	defer g.watch.Close()
	config := &g.hub.config
	renew := time.NewTimer(config.Renew)
	defer renew.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.watch.Woken():
		case <-renew.C:
		}
		end, ok := g.hub.Turn(ctx, g.query.Organization)
		if !ok {
			return
		}
		again := g.run(ctx)
		end()
		if again > 0 {
			g.watch.wake()
		}
		if !g.rest(ctx, again) {
			return
		}
		renew.Reset(config.Renew/2 + rand.N(config.Renew/2+1)) //nolint:gosec // so that queries which began together do not stay so
	}
}

// rest returns when the query may be run again: after Apart, or a longer pause that ends when somebody subscribes. It returns false
// if ctx has ended.
func (g *group[M, A]) rest(ctx context.Context, pause time.Duration) bool {
	apart := g.hub.config.Apart
	select {
	case <-ctx.Done():
		return false
	case <-time.After(apart):
	}
	if pause <= apart {
		return true
	}
	longer := time.NewTimer(pause - apart)
	defer longer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-longer.C:
	case <-g.joined:
	}
	return true
}

// run runs the query once for those who have subscribed by now. again is when it must be run again in any case, if it is not 0.
func (g *group[M, A]) run(ctx context.Context) (again time.Duration) {
	h := g.hub
	h.mu.Lock()
	h.runs++
	select {
	case <-g.joined:
	default:
	}
	present := make([]*Subscription[M, A], 0, len(g.members))
	subscribers := make([]M, 0, len(g.members))
	first := false
	for s := range g.members {
		present, subscribers = append(present, s), append(subscribers, s.subscriber)
		first = first || s.version == 0
	}
	h.mu.Unlock()
	if len(present) == 0 {
		return 0
	}
	g.watch.Begin()
	result := g.query.Run(ctx, subscribers, first)
	g.watch.Done(result.Needs)
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, ended := range result.Ended {
		if ended {
			present[i].ended = true
			signal(present[i].signal)
		}
	}
	switch {
	case result.Failed:
		return cmp.Or(result.Again, time.Second)
	case result.Needs == nil: // nobody was left to answer
		return 0
	}
	if digest := g.query.Digest(result.Answer); g.version == 0 || digest != g.digest {
		g.digest = digest
		g.version++
	}
	for _, s := range present {
		if s.version != g.version && !s.ended {
			s.answer, s.fresh, s.version = result.Answer, true, g.version
			signal(s.signal)
		}
	}
	return result.Again
}

// signal puts an element into a channel that has room for one.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
