package projection_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// workload writes at random to all canonical tables that projections read, from several
// connections at once, while others refresh all projections of the catalogue. Meanwhile it
// compares, in one snapshot after the other, what exact reads answer with the source views.
type workload struct {
	pool       *pgxpool.Pool
	seed       uint64
	writers    int
	refreshers int
	duration   time.Duration
	focus      []string // if set, only operations that contain one of these are run
	played     bool     // an order of events, and then a check of all that can be read, instead of all this

	statements, commits, rollbacks, kills atomic.Int64
	checks, dirtyChecks, dirtyKeys        atomic.Int64
	refreshes, absorbed                   atomic.Int64
	productReads                          atomic.Int64

	mu          sync.Mutex
	differences []string
}

func (w *workload) failf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.differences = append(w.differences, fmt.Sprintf(format, args...))
}

func (w *workload) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.differences
}

// run writes, refreshes and checks until the duration has passed or a difference was found. At
// the end it drains all marks and compares the stored copies with the source views.
func (w *workload) run(t *testing.T) {
	t.Helper()
	if _, err := w.pool.Exec(t.Context(), world); err != nil {
		t.Fatalf("make the world: %v", err)
	}
	all := catalogue(t.Context(), t, w.pool)
	ctx, cancel := context.WithTimeout(t.Context(), w.duration)
	defer cancel()
	var wg sync.WaitGroup
	for i := range w.writers {
		wg.Go(func() { w.write(ctx, rand.New(rand.NewPCG(w.seed, uint64(i)))) })
	}
	for i := range w.refreshers {
		wg.Go(func() { w.refresh(ctx, rand.New(rand.NewPCG(w.seed, 1000+uint64(i))), all) })
	}
	wg.Go(func() {
		for ctx.Err() == nil && len(w.found()) == 0 {
			w.check(ctx)
		}
		cancel()
	})
	wg.Wait()
	if len(w.found()) == 0 {
		w.rest(t)
	}
}

// write runs transactions of one to four statements; some roll back, wholly or to a
// savepoint, and some connections are killed.
func (w *workload) write(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		level := pgx.ReadCommitted
		if r.IntN(3) == 0 {
			level = pgx.RepeatableRead
		}
		kill, cancel := context.WithCancel(ctx)
		if r.IntN(40) == 0 {
			w.kills.Add(1)
			time.AfterFunc(time.Duration(r.IntN(4000))*time.Microsecond, cancel)
		}
		err := pgx.BeginTxFunc(kill, w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
			for range 1 + r.IntN(4) {
				statement := func(tx pgx.Tx) error {
					w.statements.Add(1)
					return operate(kill, tx, r, w.choose(r))
				}
				if r.IntN(3) > 0 {
					if err := statement(tx); err != nil {
						return err
					}
				} else if err := pgx.BeginFunc(kill, tx, func(savepoint pgx.Tx) error {
					if err := statement(savepoint); err != nil || r.IntN(2) > 0 {
						return err
					}
					return errRollback
				}); err != nil && kill.Err() != nil {
					return err
				}
				if r.IntN(3) == 0 {
					time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
				}
			}
			if r.IntN(6) == 0 {
				return errRollback
			}
			return nil
		})
		cancel()
		if err == nil {
			w.commits.Add(1)
		} else {
			w.rollbacks.Add(1)
		}
	}
}

var errRollback = fmt.Errorf("rolled back on purpose")

// choose picks an operation at random, within the focus. TRUNCATE is rare: it holds up everybody.
func (w *workload) choose(r *rand.Rand) string {
	for {
		op := operations[r.IntN(len(operations))]
		if strings.HasPrefix(op, "TRUNCATE") && r.IntN(50) > 0 {
			continue
		}
		if len(w.focus) == 0 || slices.ContainsFunc(w.focus, func(part string) bool { return strings.Contains(op, part) }) {
			return op
		}
	}
}

// operate runs an operation with arguments chosen at random: mostly of the first organization,
// so that writers meet.
func operate(ctx context.Context, tx pgx.Tx, r *rand.Rand, op string) error {
	organization := 1 + r.IntN(8)/7
	if op == copyPeople {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"canonical", "people"}, []string{"organization_id", "given_name"}, pgx.CopyFromRows([][]any{{organization, "Copied"}, {organization, "Copied too"}}))
		return err
	}
	sql := strings.NewReplacer("$O", fmt.Sprint(organization), "$P", fmt.Sprint(1+r.IntN(6)), "$D", fmt.Sprint(1+r.IntN(12)),
		"$I", fmt.Sprint(1+r.IntN(30)), "$Y", fmt.Sprint(1+r.IntN(6)), "$N", fmt.Sprint(r.IntN(50))).Replace(op)
	_, err := tx.Exec(ctx, sql)
	return err
}

// refresh absorbs marks in small batches; some of its transactions roll back or are killed.
func (w *workload) refresh(ctx context.Context, r *rand.Rand, all []catalogued) {
	var tables, views []string
	for _, p := range all {
		if p.Kind == "materialized_view" {
			views = append(views, p.Name)
		} else {
			tables = append(tables, p.Name)
		}
	}
	for ctx.Err() == nil {
		kill, cancel := context.WithCancel(ctx)
		if r.IntN(30) == 0 {
			w.kills.Add(1)
			time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel)
		}
		var marks int64
		err := pgx.BeginFunc(kill, w.pool, func(tx pgx.Tx) error {
			var err error
			if r.IntN(12) == 0 {
				err = tx.QueryRow(kill, "SELECT marks FROM engine.refresh_view($1, true)", views[r.IntN(len(views))]).Scan(&marks)
			} else {
				err = tx.QueryRow(kill, fmt.Sprintf("SELECT marks FROM refresh.%s($1, $2)", tables[r.IntN(len(tables))]), 1+max(r.IntN(9)-6, 0), 1+r.IntN(5)).Scan(&marks)
			}
			if err == nil && r.IntN(20) == 0 {
				return errRollback
			}
			return err
		})
		var failure *pgconn.PgError
		switch {
		case err == nil:
			w.refreshes.Add(1)
			w.absorbed.Add(marks)
		case errors.Is(err, errRollback) || kill.Err() != nil || errors.As(err, &failure) && failure.Code == "40P01": // a deadlock with a writer
		default:
			w.failf("refresh: %v", err)
		}
		cancel()
		if r.IntN(4) == 0 {
			time.Sleep(time.Duration(r.IntN(5000)) * time.Microsecond)
		}
	}
}
