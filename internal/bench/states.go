package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/projection"
)

// mark makes so many invoices of the customers dirty, and nothing else.
func (d *dataset) mark(ctx context.Context, dirty int) error {
	if err := d.settle(ctx); err != nil {
		return err
	}
	_, err := d.pool.Exec(ctx, `INSERT INTO marks.document_summaries (organization_id, grain, document_id, within_party_id)
		SELECT organization_id, 'key', document_id, party_id FROM projection.document_summaries
		WHERE organization_id = $1 AND kind = 'invoice' AND party_id = ANY ($2) ORDER BY document_id LIMIT $3`, d.organization, d.customers, dirty)
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	return nil
}

// settle refreshes everything.
func (d *dataset) settle(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, d.server.URL(pglocal.Role, pglocal.Database))
	if err != nil {
		return err
	}
	defer pool.Close()
	engine := projection.New(pool, slog.New(slog.DiscardHandler))
	all, err := engine.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if _, err := engine.Refresh(ctx, p.Name, time.Hour); err != nil {
			return err
		}
	}
	_, err = d.pool.Exec(ctx, `VACUUM ANALYZE`)
	return err
}

// worker is a process that refreshes.
type worker struct{ process *exec.Cmd }

func startWorker(ctx context.Context, b *bench) (*worker, error) {
	w := &worker{exec.CommandContext(ctx, b.binary, "work", "--log-level", "warn", "--admin-addr", "")}
	w.process.Env = append(os.Environ(), "DATABASE_URL="+b.data.server.URL(pglocal.Role, pglocal.Database))
	var output bytes.Buffer
	w.process.Stdout, w.process.Stderr = &output, &output
	if err := w.process.Start(); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second)
	if w.process.Process.Signal(syscall.Signal(0)) != nil {
		return nil, fmt.Errorf("the worker does not start:\n%s", output.String())
	}
	return w, nil
}

func (w *worker) stop() {
	_ = w.process.Process.Signal(os.Interrupt)
	_ = w.process.Wait()
}
