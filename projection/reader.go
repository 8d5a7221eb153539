package projection

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Mode is how a request wants to read.
type Mode string

// The modes. Auto reads exactly. While more than 1 000 keys that the page may concern are dirty it
// waits for a moment, then computes up to 10 000; with more, a page comes from the stored copy and
// the report says so. Exact waits longer, and then fails with ErrBehind. Stored never looks at
// marks. A fourth, "within=2s" with any duration, reads pages from the stored copy if none of the
// organization's marks is older; else it is Auto.
const (
	Auto   Mode = "auto"
	Exact  Mode = "exact"
	Stored Mode = "stored"
)

// ParseMode reads a mode's name; empty is Auto.
func ParseMode(s string) (Mode, error) {
	m := Mode(strings.ToLower(strings.TrimSpace(s)))
	_, within := m.within()
	switch {
	case m == "":
		return Auto, nil
	case m == Auto, m == Exact, m == Stored, within:
		return m, nil
	}
	return "", fmt.Errorf("%q is no read mode: use auto, exact, stored or within=2s", s)
}

// within is how old the oldest mark may be for a page to come from the stored copy; found is
// false in the other modes.
func (m Mode) within() (age time.Duration, found bool) {
	value, found := strings.CutPrefix(string(m), "within=")
	age, err := time.ParseDuration(value)
	return age, found && err == nil && age > 0
}

// Querier is a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// elsewhere is a Querier that can make a statement again which has failed, and may make it elsewhere.
type elsewhere interface {
	// RunAgain reports whether a statement that failed so may be made again.
	RunAgain(ctx context.Context, err error) bool
}

// Reader carries what is the same for all reads of one request.
type Reader struct {
	DB             Querier
	OrganizationID int64
	// Stores are the keys of the stores whose rows alone are read; nil: rows of all stores, and of none. Definition.Stores says
	// what each model has of them.
	Stores []int64
	// Mode is what ParseMode returns; empty reads as Exact does.
	Mode Mode
	// MaxWait bounds how long a page in mode Exact waits while too much is dirty; 0 is 5 seconds.
	// AutoWait bounds the same in mode Auto; 0 is half a second.
	MaxWait, AutoWait time.Duration
	// Freshness collects how each projection was read; it may be nil.
	Freshness *Freshness
	// Logger is warned of reads that had to come from the stored copy, once a minute an organization; nil for nobody.
	Logger *slog.Logger
}

// readInMode runs a read as the reader's mode asks, and reports how it was answered. read runs
// the exact statement that computes at most bound dirty keys, or, for 0, the one over stored rows;
// it leaves the statement's status in s.
func (r *Reader) readInMode(ctx context.Context, name string, s *status, read func(bound int) error) error {
	r.uses(name, nil)
	if r.Mode == Stored {
		if err := read(0); err != nil {
			return err
		}
		r.reportStored(name, "mode", status{})
		return nil
	}
	if age, ok := r.Mode.within(); ok {
		young, err := r.youngerThan(ctx, name, age)
		if err != nil {
			return err
		}
		if young {
			if err := read(0); err != nil {
				return err
			}
			r.reportStored(name, "within", status{})
			return nil
		}
	}
	wait := cmp.Or(r.MaxWait, 5*time.Second)
	if r.settles() {
		wait = cmp.Or(r.AutoWait, 500*time.Millisecond)
	}
	deadline, bound := time.Now().Add(wait), maxDirty
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		if time.Now().After(deadline) {
			bound = maxDirtyAtLast
		}
		err := read(bound)
		switch {
		case err != nil && r.settles() && Poisoned(err):
			if err := read(0); err != nil {
				return err
			}
			r.reportStored(name, "error", *s)
			return nil
		case err != nil:
			return err
		case !s.overflow:
			r.report(name, *s)
			return nil
		case bound == maxDirtyAtLast && r.settles():
			r.reportStored(name, "backlog", *s)
			return nil
		case bound == maxDirtyAtLast:
			return fmt.Errorf("read %s: %w", name, ErrBehind)
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

// settles reports whether stored rows will do where no exact ones can be had, as in mode Auto.
func (r *Reader) settles() bool { return r.Mode != Exact && r.Mode != "" }

// youngerThan reports whether no mark of the organization is older than age.
func (r *Reader) youngerThan(ctx context.Context, name string, age time.Duration) (young bool, err error) {
	sql := "SELECT NOT EXISTS (SELECT FROM " + pgx.Identifier{"pending", name}.Sanitize() + " WHERE organization_id = $1 AND marked_at < clock_timestamp() - $2::interval)"
	err = r.query(ctx, sql, []any{r.OrganizationID, age}, func() {}, func(rows pgx.Rows) error { return rows.Scan(&young) })
	if err != nil {
		return false, fmt.Errorf("age of the marks of %s: %w", name, err)
	}
	return young, nil
}

// query runs a statement and gives each row to scan. If its projection was redefined in the
// meantime, or DB says so, it calls reset and runs the statement again.
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
		if err == nil {
			break
		}
		if other, ok := r.DB.(elsewhere); !redefined(err) && (!ok || !other.RunAgain(ctx, err)) {
			break
		}
	}
	return err
}

// sleep waits for d, or until ctx ends; then it returns the reason.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
