package replicas

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Replica is a streaming standby.
type Replica struct {
	// Name is shown in logs.
	Name string
	// Pages and Keys are pools on it, as the primary has them.
	Pages, Keys *pgxpool.Pool

	// What was last seen of it, guarded by the set.
	standsBy bool // it answers, and was not promoted
	replayed Position
	missed   Position // what was waited for in vain: it is not waited for until it has come there
	nudge    chan struct{}
}

// Set is some replicas, each of which is asked for its position: often while somebody waits, and four times a second otherwise. It is
// safe for concurrent use.
type Set struct {
	replicas []*Replica
	wait     time.Duration
	logger   *slog.Logger
	stop     context.CancelFunc
	done     sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed when a replica has gone on
	waiting int
	turn    int
}

// New returns a set of replicas, whose pools stay the caller's. At waits for a replica no longer than wait.
func New(wait time.Duration, logger *slog.Logger, replicas ...*Replica) *Set {
	ctx, stop := context.WithCancel(context.Background())
	s := &Set{replicas: replicas, wait: wait, logger: logger, stop: stop, changed: make(chan struct{})}
	for _, r := range replicas {
		r.nudge, r.missed = make(chan struct{}, 1), math.MaxInt64
		s.done.Go(func() { s.follow(ctx, r) })
	}
	return s
}

// Close ends the asking.
func (s *Set) Close() {
	s.stop()
	s.done.Wait()
}

// At returns a replica that has replayed the log up to the position; nil if none has within the set's wait.
func (s *Set) At(ctx context.Context, p Position) *Replica {
	r, changed, hope := s.find(p)
	if r != nil || !hope {
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	s.await(1)
	defer s.await(-1)
	for {
		select {
		case <-changed:
		case <-ctx.Done():
			s.miss(p)
			return nil
		}
		if r, changed, hope = s.find(p); r != nil || !hope {
			return r
		}
	}
}

// find returns a replica that is there, each in turn, and otherwise whether one may come there soon, and what is closed when one has
// gone on.
func (s *Set) find(p Position) (there *Replica, changed <-chan struct{}, hope bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	for i := range s.replicas {
		r := s.replicas[(s.turn+i)%len(s.replicas)]
		switch {
		case !r.standsBy:
		case r.replayed >= p:
			return r, nil, true
		case p < r.missed:
			hope = true
		}
	}
	return nil, s.changed, hope
}

// await notes that so many more wait, and has the replicas asked at once.
func (s *Set) await(more int) {
	s.mu.Lock()
	s.waiting += more
	s.mu.Unlock()
	for _, r := range s.replicas {
		select {
		case r.nudge <- struct{}{}:
		default:
		}
	}
}

// miss notes that no replica has come to a position in time.
func (s *Set) miss(p Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.replicas {
		if r.replayed < p {
			r.missed = min(r.missed, p)
		}
	}
}

// follow asks a replica for its position until ctx ends.
func (s *Set) follow(ctx context.Context, r *Replica) {
	for {
		asked, cancel := context.WithTimeout(ctx, time.Second)
		var standsBy bool
		var replayed Position
		err := r.Pages.QueryRow(asked, `SELECT pg_is_in_recovery(), coalesce((pg_last_wal_replay_lsn() - '0/0')::bigint, 0)`).Scan(&standsBy, &replayed)
		cancel()
		if ctx.Err() != nil {
			return
		}
		pause := 250 * time.Millisecond
		if s.note(ctx, r, standsBy && err == nil, replayed, err) {
			pause = time.Millisecond
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		case <-r.nudge:
		}
	}
}

// note notes what a replica has answered, and returns whether somebody waits for replicas that answer.
func (s *Set) note(ctx context.Context, r *Replica, standsBy bool, replayed Position, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.standsBy != standsBy {
		s.logger.InfoContext(ctx, map[bool]string{true: "reads go to a replica", false: "no reads go to a replica"}[standsBy], "replica", r.Name, "error", err)
	}
	if r.standsBy != standsBy || r.replayed != replayed {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	if r.standsBy, r.replayed = standsBy, replayed; replayed >= r.missed {
		r.missed = math.MaxInt64
	}
	return s.waiting > 0 && standsBy
}
