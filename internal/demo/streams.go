package demo

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"daybook/canonical"
)

// stream is a session that writes what it is given, part by part, each in a transaction.
type stream struct{ parts chan part }

// part is what a stream writes in one transaction.
type part struct {
	steps    []step
	invoices int // that the steps write
}

// streams writes the rest of the businesses in three sessions: the invoices of the main organization, those of the others, and
// the sales of all. None of them refers to what another one writes. Everything is invented and gets its keys here, in an order
// that does not depend on the sessions, so that the same options give the same rows.
//
// The tables are analyzed by yet another session: a transaction that does it would keep the others from doing so until its end.
func (w *writer) streams(ctx context.Context, all []*business) error {
	group, running := errgroup.WithContext(ctx)
	streams := make([]stream, 3)
	for i := range streams {
		streams[i].parts = make(chan part)
		group.Go(func() error { return w.write(running, streams[i]) })
	}
	group.Go(func() error {
		defer func() {
			for _, s := range streams {
				close(s.parts)
			}
		}()
		return w.feed(running, streams, all)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return canonical.Analyze(ctx, w.pool)
}

// feed invents the rest of the businesses and gives it to the streams.
func (w *writer) feed(ctx context.Context, streams []stream, all []*business) error {
	for next := 10 * w.part; w.counts.Invoices < w.total; {
		reach := min(w.counts.Invoices+w.part, w.total)
		ofMain := w.main.part(reach) - w.main.invoices
		for i, s := range streams {
			var err error
			var invoices int
			switch i {
			case 0:
				err, invoices = w.invoicesUpTo(ctx, reach, all[0]), ofMain
			case 1:
				err, invoices = w.invoicesUpTo(ctx, reach, all[1:]...), reach-w.counts.Invoices-ofMain
			case 2:
				err = w.salesUpTo(ctx, reach, all...)
			}
			if err == nil {
				err = w.send(ctx, s, invoices)
			}
			if err != nil {
				return err
			}
		}
		if w.counts.Invoices = reach; reach >= next {
			if err := canonical.Analyze(ctx, w.pool); err != nil {
				return err
			}
			next *= 10
		}
	}
	return nil
}

// send gives a stream what is queued.
func (w *writer) send(ctx context.Context, to stream, invoices int) error {
	steps := w.queued
	w.queued = nil
	select {
	case to.parts <- part{steps, invoices}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write writes the parts of a stream.
func (w *writer) write(ctx context.Context, s stream) error {
	for p := range s.parts {
		err := pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			for _, write := range p.steps {
				if err := write(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write a part: %w", err)
		}
		w.report(p.invoices)
	}
	return nil
}
