package console

import (
	"fmt"
	"strconv"
	"time"
)

// State is what the page shows, as of one moment.
type State struct {
	Now time.Time
	// Version is this program's.
	Version string
	// Unreadable says that the database did not tell, so that nothing else is known.
	Unreadable    bool
	Workers       Workers
	Projections   []Projection
	Quarantine    []Quarantined
	Organizations []Organization
	// Tills are those that are open, the longest first, and Closes the days that were closed last, the newest first.
	Tills   []Till
	Closes  []Close
	Horizon Horizon
	Queues  []Queue
	Slow    []Operation
	Log     []Done
}

// Workers says when a worker has last completed a job.
type Workers struct {
	// Known is false if none did in the last ten minutes, or ever; Idle is how long ago it was.
	Known bool
	Idle  time.Duration
	// Missing says that this is longer than workers that run would be idle.
	Missing bool
}

// Projection is the state of one read model.
type Projection struct {
	// Name and Kind are those of projection.Status, and State is "live", "paused", "building" or "replaces NAME".
	Name, Kind, State string
	Paused            bool
	// Backlog is the number of marks, Oldest the age of the oldest, Drained how many went away a second during the last
	// minute, or less than 0 if more came.
	Backlog int64
	Oldest  time.Duration
	Drained float64
	// Exact, Source and Stored are how many reads of this process were answered from where.
	Exact, Source, Stored int64
	// VerifiedAt is when it was last compared in full; nil for never. Verifying is how far a comparison under way has come.
	VerifiedAt         *time.Time
	Verifying          string
	Drift, Quarantined int64
}

// Attention reports whether something about the read model is not as it should be.
func (p Projection) Attention() bool {
	return p.Paused || p.Quarantined > 0 || p.Drift > 0 || p.Oldest > time.Minute
}

// Quarantined is a key whose source row cannot be computed.
type Quarantined struct {
	Projection   string
	Organization int64
	Key, Error   string
	FailedAt     time.Time
	Attempts     int
}

// Organization is one that has something behind.
type Organization struct {
	ID      int64
	Name    string
	Backlog int64
	Oldest  time.Duration
	// Worst is the read model that has most of it.
	Worst string
}

// Horizon is who holds the oldest snapshot, so that dead rows cannot be removed.
type Horizon struct {
	Holder       string
	Transactions int64
	// Age is 0 where the server does not tell it.
	Age time.Duration
}

// Held reports whether the horizon is old enough to slow reads down.
func (h Horizon) Held() bool { return h.Age > time.Minute || h.Transactions > 10_000 }

// Queue is how many jobs of a kind are in a state.
type Queue struct {
	Kind, Queue, State string
	Jobs               int64
	Oldest             time.Duration
}

// Operation is what the GraphQL operations of one document have taken in this process.
type Operation struct {
	Hash, Title          string
	Count, Failed        int64
	Total, Mean, Longest time.Duration
}

// Done is an action of an operator in the audit log.
type Done struct {
	At   time.Time
	Text string
}

// age shows a duration in one unit, two digits or more.
func age(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

func since(now time.Time, then *time.Time) string {
	if then == nil {
		return "never"
	}
	return age(now.Sub(*then)) + " ago"
}

// count shows a number in groups of three digits.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// share shows n of all as a percentage.
func share(n, all int64) string {
	if all == 0 {
		return "–"
	}
	percent := 100 * float64(n) / float64(all)
	switch {
	case n > 0 && percent < 0.1:
		return "< 0.1 %"
	case n < all && percent > 99.9:
		return "> 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", percent)
}

// Reads is how many reads of the read model this process has answered.
func (p Projection) Reads() int64 { return p.Exact + p.Source + p.Stored }
