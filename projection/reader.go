package projection

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Mode is how a request wants to read.
type Mode string

// The modes. Auto reads exactly unless more than 1 000 keys of the organization are dirty;
// then a page comes from the stored copy and the report says so. Exact waits in that case, for
// a bounded time, and fails with ErrBehind. Stored never looks at marks.
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

// Querier is a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Reader carries what is the same for all reads of one request.
type Reader struct {
	DB             Querier
	OrganizationID int64
	// Mode is what ParseMode returns; empty reads as Exact does.
	Mode Mode
	// MaxWait bounds how long a page in mode Exact waits; 0 is 5 seconds.
	MaxWait time.Duration
	// Freshness collects how each projection was read; it may be nil.
	Freshness *Freshness
}

// readInMode runs a read as the reader's mode asks, and reports how it was answered. read runs
// the exact statement, or the one over stored rows; it leaves the statement's status in s.
func (r *Reader) readInMode(ctx context.Context, name string, s *status, read func(stored bool) error) error {
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
		case err != nil && r.Mode == Auto && Poisoned(err):
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
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

// query runs a statement and gives each row to scan. If its projection was redefined in the
// meantime, it calls reset and runs the statement again.
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

// sleep waits for d, or until ctx ends; then it returns the reason.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
