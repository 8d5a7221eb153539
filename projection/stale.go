package projection

import (
	"log/slog"
	"sync"
	"time"
)

// warnEvery is the least time between two warnings about one organization.
const warnEvery = time.Minute

// staleReads are the reads of this process that were to be exact and had to come from the stored copy.
var staleReads = stale{since: map[int64]*staleSince{}}

type stale struct {
	mu    sync.Mutex
	since map[int64]*staleSince // by organization
}

// staleSince is what has happened to an organization since its last warning.
type staleSince struct {
	warned time.Time
	reads  int
}

// warn logs that a read of the projection came from the stored copy, unless the last warning about the organization is less
// than a minute old. It says how many such reads there were since then.
func (s *stale) warn(r *Reader, projection, reason string) {
	if r.Logger == nil {
		return
	}
	reads, due := s.count(r.OrganizationID, time.Now())
	if due {
		r.Logger.Warn("reads come from the stored copy, which is behind: do workers run?",
			slog.Int64("organization", r.OrganizationID), slog.String("projection", projection), slog.String("reason", reason), slog.Int("reads", reads))
	}
}

// count counts one more read, and returns how many there were since the last warning if another is due.
func (s *stale) count(organization int64, now time.Time) (reads int, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.since[organization]
	if since == nil {
		since = &staleSince{}
		s.since[organization] = since
	}
	since.reads++
	if now.Sub(since.warned) < warnEvery {
		return 0, false
	}
	reads, since.warned, since.reads = since.reads, now, 0
	return reads, true
}
