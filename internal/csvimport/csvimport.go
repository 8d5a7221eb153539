// Package csvimport runs imports of CSV files: it reads records in batches, saves each batch in a transaction, counts what
// became of them, and reports those that are refused. What a record is, the packages csvbooks and csvsales say.
package csvimport

import (
	"context"
	"errors"
	"io"

	"daybook/canonical"
	"daybook/internal/csvfile"
)

// sample is how many records are written before the planner's statistics are first updated.
const sample = 500

// Import reads files into an organization.
type Import struct {
	Store *canonical.Store
	// Actor writes the records, with the rights of their role.
	Actor canonical.Actor
	// Format is how the files are written.
	Format csvfile.Format
	// AllOrNothing saves nothing if a record is refused. Otherwise refused records are left out.
	AllOrNothing bool
	// DryRun counts and reports what would happen, and saves nothing.
	DryRun bool
	// Report receives the refused records.
	Report *csvfile.Report
	// Progress is called with how many bytes of the file are done; may be nil.
	Progress func(offset int64)
}

// ErrOvertaken is returned by an import that is all or nothing, or a dry run, when it lost against a concurrent write.
// Nothing was saved.
var ErrOvertaken = errors.New("another write came between, and nothing was saved: run it again")

// errUndo rolls a transaction back that has succeeded.
var errUndo = errors.New("undo")

// Batch is what became of a batch of records.
type Batch struct {
	csvfile.Counts
	Refusals []Refusal
}

// Refusal is a refused record: its rows, and the mistakes in them.
type Refusal struct {
	Rows     []csvfile.Row
	Mistakes []csvfile.Mistake
}

// Source reads records from a file and saves them.
type Source[T any] struct {
	// Next returns a batch of records, and with the last of them io.EOF or the error that ends the file.
	Next func() ([]T, error)
	// Save saves a batch, again if its transaction lost against a concurrent one. Its error is not about a single record:
	// it ends the import.
	Save   func(ctx context.Context, store *canonical.Store, db canonical.Reader, records []T) (Batch, error)
	Offset func() int64
}

// transaction runs a function in a transaction, its own or one that is under way.
type transaction func(func(*canonical.Store, canonical.Reader) error) error

// Run imports a source to its end, in a transaction for each batch of records or in one for the whole file. What it
// counts was saved, also if it returns an error, unless the whole file is one transaction.
func Run[T any](ctx context.Context, im *Import, from Source[T]) (c csvfile.Counts, err error) {
	if im.AllOrNothing || im.DryRun {
		err = im.Store.InTransaction(ctx, once(func(store *canonical.Store, db canonical.Reader) error {
			err := from.saveAll(ctx, im, &c, func(fn func(*canonical.Store, canonical.Reader) error) error { return fn(store, db) })
			if err == nil && (im.DryRun || c.Refused > 0) {
				return errUndo
			}
			return err
		}))
	} else {
		err = from.saveAll(ctx, im, &c, func(fn func(*canonical.Store, canonical.Reader) error) error {
			return im.Store.InTransaction(ctx, fn)
		})
	}
	if errors.Is(err, errUndo) {
		err = nil
	}
	return c, err
}

// once returns fn, which reads a file and so cannot run again: a second call returns ErrOvertaken.
func once(fn func(*canonical.Store, canonical.Reader) error) func(*canonical.Store, canonical.Reader) error {
	begun := false
	return func(store *canonical.Store, db canonical.Reader) error {
		if begun {
			return ErrOvertaken
		}
		begun = true
		return fn(store, db)
	}
}

// saveAll saves the source batch by batch, each in a transaction, and adds to the counts. It returns nil at the end of the
// file.
func (from Source[T]) saveAll(ctx context.Context, im *Import, c *csvfile.Counts, in transaction) error {
	analyzed := sample
	for {
		records, end := from.Next()
		written := c.Created + c.Changed + len(records)
		var done Batch
		err := in(func(store *canonical.Store, db canonical.Reader) (err error) {
			if done, err = from.Save(ctx, store, db, records); err == nil && written >= analyzed {
				err = canonical.Analyze(ctx, db)
			}
			return err
		})
		if err != nil {
			return err
		}
		for written >= analyzed {
			analyzed *= 10
		}
		c.Add(done.Counts)
		for _, r := range done.Refusals {
			if err := im.Report.Refuse(r.Rows, r.Mistakes); err != nil {
				return err
			}
		}
		if im.Progress != nil {
			im.Progress(from.Offset())
		}
		switch {
		case errors.Is(end, io.EOF):
			return nil
		case end != nil:
			return end
		}
	}
}
