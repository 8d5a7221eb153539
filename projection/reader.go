package projection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Mode is how a request wants to read.
type Mode string

// The modes. Auto reads exactly unless more than 1 000 keys of the organization are dirty;
// then a page comes from the stored copy and says so. Exact waits, for a bounded time, and
// fails with ErrBehind. Stored never looks at marks.
const (
	Auto   Mode = "auto"
	Exact  Mode = "exact"
	Stored Mode = "stored"
)

// ParseMode reads a mode's name; empty is Auto.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(strings.ToLower(strings.TrimSpace(s))); m {
	case "":
		return Auto, nil
	case Auto, Exact, Stored:
		return m, nil
	}
	return "", fmt.Errorf("%q is no read mode: use auto, exact or stored", s)
}

// ErrBehind reports that a read in mode Exact did not become exact in time: more is dirty
// than a read can make up for.
var ErrBehind = errors.New("too much is waiting to be refreshed for an exact answer")

// Querier is a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Reader carries what is the same for all reads of one request.
type Reader struct {
	DB             Querier
	OrganizationID int64
	Mode           Mode
	// MaxWait bounds how long a page in mode Exact waits; 0 is 5 seconds.
	MaxWait time.Duration
	// Freshness collects how each projection was read; it may be nil.
	Freshness *Freshness
}

// Report says how one projection was read in a request.
type Report struct {
	Projection string `json:"projection"`
	// Read is "exact", or "stored" when any read came from the stored copy as it was.
	Read string `json:"read"`
	// Reason says why the stored copy was read: "mode", "backlog", "error" where a dirty row
	// could not be computed, or "quarantine" where all is exact but the keys listed there.
	Reason string `json:"reason,omitempty"`
	// DirtyKeys is the number of dirty keys that reads made up for; at "backlog", the least
	// number there was, or 0 where there were too many marks to expand them.
	DirtyKeys int `json:"dirtyKeys"`
	// Quarantined lists keys whose source row cannot be computed. Where they were
	// returned, it was their stored row.
	Quarantined []string `json:"quarantined,omitempty"`
}

// Freshness collects reports. The zero value is ready, and safe for concurrent use.
type Freshness struct {
	mu      sync.Mutex
	reports map[string]Report
}

func (f *Freshness) add(r Report) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reports == nil {
		f.reports = map[string]Report{}
	}
	old, seen := f.reports[r.Projection]
	if seen {
		if old.Read == "stored" {
			r.Read, r.Reason = old.Read, old.Reason
		}
		r.DirtyKeys = max(r.DirtyKeys, old.DirtyKeys)
		if len(r.Quarantined) == 0 {
			r.Quarantined = old.Quarantined
		}
	}
	f.reports[r.Projection] = r
}

// Reports returns what was collected, by name of the projection.
func (f *Freshness) Reports() []Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Report, 0, len(f.reports))
	for _, r := range f.reports {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Report) int { return strings.Compare(a.Projection, b.Projection) })
	return out
}

// status is what every exact statement says of itself.
type status struct {
	dirty       int
	overflow    bool
	quarantined []string
}

func (s *status) targets() []any { return []any{&s.dirty, &s.overflow, &s.quarantined} }

// failed tells whether the exact statement, which ended with err, could not make up for what is
// dirty: it is too much, or one of all dirty rows cannot be computed. What was asked for perhaps can.
func (s *status) failed(err error) bool { return err == nil && s.overflow || poisoned(err) }

func (r *Reader) report(name string, s status) {
	if len(s.quarantined) > 0 {
		r.reportStored(name, "quarantine", s)
		return
	}
	r.Freshness.add(Report{Projection: name, Read: "exact", DirtyKeys: s.dirty, Quarantined: s.quarantined})
}

func (r *Reader) reportStored(name, reason string, s status) {
	r.Freshness.add(Report{Projection: name, Read: "stored", Reason: reason, DirtyKeys: s.dirty, Quarantined: s.quarantined})
}

// asFresh makes a read whose statement is exact as long as not too much is dirty, which s then
// tells: as the mode asks, and reports how.
func (r *Reader) asFresh(ctx context.Context, name string, s *status, read func(stored bool) error) error {
	if r.Mode == Stored {
		if err := read(true); err != nil {
			return err
		}
		r.reportStored(name, "mode", status{})
		return nil
	}
	wait := r.MaxWait
	if wait == 0 {
		wait = 5 * time.Second
	}
	deadline := time.Now().Add(wait)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := read(false)
		switch {
		case err != nil && r.Mode == Auto && poisoned(err):
			if err := read(true); err != nil {
				return err
			}
			r.reportStored(name, "error", *s)
			return nil
		case err != nil:
			return err
		case !s.overflow:
			r.report(name, *s)
			return nil
		case r.Mode == Auto:
			r.reportStored(name, "backlog", *s)
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("read %s: %w", name, ErrBehind)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("read %s: %w", name, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// Poisoned tells whether a read failed because a dirty row cannot be computed from its source,
// in mode Exact: the data is at fault, not the request.
func Poisoned(err error) bool { return poisoned(err) }

// poisoned tells whether a source row's data made a statement fail; engine.poisoned is the
// same rule.
func poisoned(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && len(e.Code) == 5 && slices.Contains([]string{"21", "22", "23", "2F", "38", "39", "54", "P0"}, e.Code[:2])
}

// lockTimeout tells whether a statement gave up waiting for a lock, or was chosen to end a
// deadlock: both can be tried again.
func lockTimeout(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "55P03" || e.Code == "40P01")
}

// redefined tells whether a statement failed because its projection was switched to a new
// definition meanwhile: since it was prepared, or between the moment when its names were
// looked up and the moment when it got its locks; or to end a deadlock with the switch, the only
// one that a read can be in. Tried again, it finds the new ones.
func redefined(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40P01" || e.Code == "0A000" && strings.Contains(e.Message, "cached plan") ||
		e.Code == "XX000" && (strings.HasPrefix(e.Message, "cache lookup failed") || strings.HasPrefix(e.Message, "could not open relation")))
}

// query runs a statement, again if its projection was redefined meanwhile, and gives each
// row to scan.
func (r *Reader) query(ctx context.Context, sql string, args []any, reset func(), scan func(pgx.Rows) error) error {
	var err error
	for range 10 {
		reset()
		var rows pgx.Rows
		if rows, err = r.DB.Query(ctx, sql, args...); err == nil {
			for rows.Next() {
				if err = scan(rows); err != nil {
					break
				}
			}
			rows.Close()
			if err == nil {
				err = rows.Err()
			}
		}
		if !redefined(err) {
			break
		}
	}
	return err
}
