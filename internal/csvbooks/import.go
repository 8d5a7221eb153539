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

// batch is how many records a transaction of an import writes. Booking twenty documents at once costs about what booking
// one does. Each record is three parts of the transaction (itself, created, approved) that may be undone, and PostgreSQL
// keeps up to 64 of these in memory for everybody to see.
const batch = 20

// sample is after how many written records the planner first looks.
const sample = 500

// Import reads files into an organization.
type Import struct {
	Store *canonical.Store
	// Actor is who writes, with their role's rights.
	Actor canonical.Actor
	// Approve brings each document to the state that its row names, and to approved where it names none. States only go
	// forward. Without it, documents are left or created as drafts.
	Approve bool
	// AllOrNothing saves nothing unless the whole file is right. Otherwise what is wrong is left out, document by document.
	AllOrNothing bool
	// DryRun finds out what would happen and saves nothing.
	DryRun bool
	// Report is told what was refused.
	Report *csvfile.Report
	// Progress is told how many bytes of the file are done; may be nil.
	Progress func(offset int64)
}

// ErrOvertaken is why an import that is all or nothing, or a dry run, saved nothing: it lost against a concurrent write.
var ErrOvertaken = errors.New("another write came between, and nothing was saved: run it again")

// errUndo takes back a transaction that did what it should.
var errUndo = errors.New("undo")

// result is what became of a record.
type result int

const (
	unchanged result = iota
	created
	changed
	refused
)

// outcome is what became of one record, and why if it was refused.
type outcome struct {
	result
	rows  []csvfile.Row
	wrong []csvfile.Mistake
}

// source gives records and saves them.
type source[T any] struct {
	// next returns up to batch records, and with the last of them io.EOF, or why nothing more can be read.
	next func() ([]T, error)
	// save writes the records, each or not; its errors are none of the records.
	save   func(ctx context.Context, store *canonical.Store, db canonical.Reader, records []T) ([]outcome, error)
	offset func() int64
}

// run reads a source to its end. What it counts was saved, also when it returns an error, unless the import is all or
// nothing.
func run[T any](ctx context.Context, im *Import, from source[T]) (c csvfile.Counts, err error) {
	whole := im.AllOrNothing || im.DryRun
	next := sample
	step := func(within func(func(*canonical.Store, canonical.Reader) error) error) error {
		records, end := from.next()
		var done []outcome
		err := within(func(store *canonical.Store, db canonical.Reader) (err error) {
			if done, err = from.save(ctx, store, db, records); err == nil && c.Created+c.Changed+len(records) >= next {
				err = canonical.Analyze(ctx, db)
			}
			return err
		})
		if err != nil {
			return err
		}
		for c.Created+c.Changed+len(records) >= next {
			next *= 10
		}
		if err := im.count(&c, done); err != nil {
			return err
		}
		if im.Progress != nil {
			im.Progress(from.offset())
		}
		return end
	}
	if !whole {
		for err == nil {
			err = step(func(fn func(*canonical.Store, canonical.Reader) error) error { return im.Store.InTransaction(ctx, fn) })
		}
	} else {
		begun := false
		err = im.Store.InTransaction(ctx, func(store *canonical.Store, db canonical.Reader) error {
			if begun {
				return ErrOvertaken
			}
			begun = true
			var err error
			for err == nil {
				err = step(func(fn func(*canonical.Store, canonical.Reader) error) error { return fn(store, db) })
			}
			if errors.Is(err, io.EOF) && (im.DryRun || c.Refused > 0) {
				return errUndo
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		})
	}
	if errors.Is(err, io.EOF) || errors.Is(err, errUndo) {
		err = nil
	}
	return c, err
}

// count adds up outcomes, and reports those that were refused.
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

// attempt saves one record as a whole. A mistake that the write side finds is one of a row: at gives it for the path of
// an input field.
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
			return o, fmt.Errorf("%s", mistake.Message) // it is the same for every record
		}
		line, column := at(mistake.Path)
		o.wrong = append(o.wrong, csvfile.Mistake{Line: line, Column: column, Message: mistake.Message})
	}
	return o, nil
}

var itemPath = regexp.MustCompile(`^items\.(\d+)\.(\w+)`)

// columnOf gives the column for the name of an input field; none for what is no single column.
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
	case "issuedOn", "dueOn", "fxRate", "unitPrice":
		at := strings.IndexFunc(field, func(r rune) bool { return r < 'a' })
		return field[:at] + "_" + strings.ToLower(field[at:])
	case "currency", "memo", "description", "quantity", "code", "name", "type", "archived":
		return field
	}
	return ""
}

// place gives the line and the column of an input field of a document.
func place(rows []csvfile.Row, path string) (line int, column string) {
	if m := itemPath.FindStringSubmatch(path); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n < len(rows) {
			return rows[n].Line, columnOf(m[2])
		}
	}
	return rows[0].Line, columnOf(path)
}
