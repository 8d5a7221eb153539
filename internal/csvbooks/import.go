package csvbooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// batch is how many records one transaction of an import writes. Posting twenty documents at once costs about as much as
// posting one. Each record takes three savepoints (itself, its creation, its approval); PostgreSQL keeps up to 64 of a
// transaction in shared memory, and more make every snapshot slower.
const batch = 20

// sample is how many records are written before the planner's statistics are first updated.
const sample = 500

// Import reads files into an organization.
type Import struct {
	Store *canonical.Store
	// Actor writes the records, with the rights of their role.
	Actor canonical.Actor
	// Approve brings each document to the state that its row names, or to approved if it names none. States only move
	// forward. Without Approve, documents keep their state, and new ones are drafts.
	Approve bool
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

// result is what an import did with a record.
type result int

const (
	unchanged result = iota
	created
	changed
	refused
)

// outcome is the result of one record, with its rows and, if it was refused, the mistakes in them.
type outcome struct {
	result
	rows  []csvfile.Row
	wrong []csvfile.Mistake
}

// source reads records from a file and saves them.
type source[T any] struct {
	// next returns up to batch records, and with the last of them io.EOF or the error that ends the file.
	next func() ([]T, error)
	// save saves records and returns the outcome of each. Its error is not about a single record: it ends the import.
	save   func(ctx context.Context, store *canonical.Store, db canonical.Reader, records []T) ([]outcome, error)
	offset func() int64
}

// transaction runs a function in a transaction, its own or one that is under way.
type transaction func(func(*canonical.Store, canonical.Reader) error) error

// run imports a source to its end, in a transaction for each batch of records or in one for the whole file. What it
// counts was saved, also if it returns an error, unless the whole file is one transaction.
func run[T any](ctx context.Context, im *Import, from source[T]) (c csvfile.Counts, err error) {
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

// saveAll saves the source batch by batch, each in a transaction, and counts the outcomes. It returns nil at the end of
// the file.
func (from source[T]) saveAll(ctx context.Context, im *Import, c *csvfile.Counts, in transaction) error {
	analyzed := sample
	for {
		records, end := from.next()
		written := c.Created + c.Changed + len(records)
		var done []outcome
		err := in(func(store *canonical.Store, db canonical.Reader) (err error) {
			if done, err = from.save(ctx, store, db, records); err == nil && written >= analyzed {
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
		if err := im.count(c, done); err != nil {
			return err
		}
		if im.Progress != nil {
			im.Progress(from.offset())
		}
		switch {
		case errors.Is(end, io.EOF):
			return nil
		case end != nil:
			return end
		}
	}
}

// count adds outcomes to the counts, and reports the refused records.
func (im *Import) count(c *csvfile.Counts, done []outcome) error {
	for _, o := range done {
		c.Records++
		c.Rows += len(o.rows)
		switch o.result {
		case unchanged:
			c.Unchanged++
		case created:
			c.Created++
		case changed:
			c.Changed++
		case refused:
			c.Refused++
			if err := im.Report.Refuse(o.rows, o.wrong); err != nil {
				return err
			}
		}
	}
	return nil
}

// attempt saves one record in a transaction of its own. It turns the write side's user errors into mistakes in rows; at
// returns the line and the column of the input field at a path.
func attempt(ctx context.Context, store *canonical.Store, rows []csvfile.Row, at func(path string) (line int, column string),
	save func(*canonical.Store) (result, error)) (outcome, error) {
	o := outcome{rows: rows}
	err := store.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) (err error) {
		o.result, err = save(store)
		return err
	})
	var invalid *canonical.Invalid
	if !errors.As(err, &invalid) {
		return o, err
	}
	o.result = refused
	for _, mistake := range invalid.Errors {
		if mistake.Code == model.UserErrorCodeForbidden && mistake.Path == "" {
			return o, fmt.Errorf("%s", mistake.Message) // the actor's role forbids every record
		}
		line, column := at(mistake.Path)
		o.wrong = append(o.wrong, csvfile.Mistake{Line: line, Column: column, Message: mistake.Message})
	}
	return o, nil
}

var (
	itemPath = regexp.MustCompile(`^items\.(\d+)\.(\w+)`)
	capital  = regexp.MustCompile(`[A-Z]`)
)

// columnOf returns the column of an input field; empty if the field is not a single column.
func columnOf(field string) string {
	switch field {
	case "customerId", "vendorId":
		return "party"
	case "externalRef":
		return "document"
	case "productId":
		return "product"
	case "accountId":
		return "account"
	case "taxRateIds":
		return "taxes"
	case "issuedOn", "dueOn", "fxRate", "unitPrice", "pricesIncludeTax":
		return strings.ToLower(capital.ReplaceAllString(field, "_$0"))
	case "discountPercentage":
		return "discount"
	case "currency", "memo", "description", "quantity", "discount", "code", "name", "type", "archived":
		return field
	}
	return ""
}

// place returns the line and the column of the input field of a document at a path.
func place(rows []csvfile.Row, path string) (line int, column string) {
	if m := itemPath.FindStringSubmatch(path); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n < len(rows) {
			return rows[n].Line, columnOf(m[2])
		}
	}
	return rows[0].Line, columnOf(path)
}
