package projection

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Reads that had to be stored are warned of at once, and then once a minute for each organization, with their number.
func TestStaleReadsAreWarnedOf(t *testing.T) {
	t.Parallel()
	s := stale{since: map[int64]*staleSince{}}
	begin := time.Now()
	for _, step := range []struct {
		organization int64
		after        time.Duration
		reads        int
		due          bool
	}{
		{1, 0, 1, true}, {1, time.Second, 0, false}, {2, 2 * time.Second, 1, true}, {1, 59 * time.Second, 0, false},
		{1, time.Minute, 3, true}, {1, 61 * time.Second, 0, false}, {2, 3 * time.Minute, 1, true}, {1, 3 * time.Minute, 2, true},
	} {
		if reads, due := s.count(step.organization, begin.Add(step.after)); reads != step.reads || due != step.due {
			t.Errorf("organization %d after %v: %d, %v", step.organization, step.after, reads, due)
		}
	}
	var log bytes.Buffer
	r := &Reader{OrganizationID: 7, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	for range 3 {
		s.warn(r, "people_summaries", "backlog")
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "organization=7 projection=people_summaries reason=backlog reads=1") {
		t.Errorf("the log:\n%s", got)
	}
}
