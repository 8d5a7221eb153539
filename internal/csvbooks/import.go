package csvbooks

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// batch is how many documents one transaction of an import writes, in a few statements. Accounts are written one by one, and each
// takes a savepoint, of which PostgreSQL keeps 64 of a transaction in shared memory; more make every snapshot slower.
const (
	batch        = 500
	accountBatch = 50
)

// Import reads files into an organization.
type Import struct {
	csvimport.Import
	// Approve brings each document to the state that its row names, or to approved if it names none. States only move
	// forward. Without Approve, documents keep their state, and new ones are drafts.
	Approve bool
	// oneByOne saves each document by itself, which tests compare with.
	oneByOne bool
}

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

// batchOf returns outcomes as counts and refusals.
func batchOf(done []outcome, err error) (b csvimport.Batch, _ error) {
	for _, o := range done {
		b.Records++
		b.Rows += len(o.rows)
		switch o.result {
		case unchanged:
			b.Unchanged++
		case created:
			b.Created++
		case changed:
			b.Changed++
		case refused:
			b.Refused++
			b.Refusals = append(b.Refusals, csvimport.Refusal{Rows: o.rows, Mistakes: o.wrong})
		}
	}
	return b, err
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
			return o, forbidden(mistake) // the actor's role forbids every record
		}
		line, column := at(mistake.Path)
		o.wrong = append(o.wrong, csvfile.Mistake{Line: line, Column: column, Message: mistake.Message})
	}
	return o, nil
}

// forbidden returns the error that ends an import whose actor may not make it.
func forbidden(mistake model.UserError) error { return errors.New(mistake.Message) }

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
	case "storeId":
		return "store"
	case "taxRateIds":
		return "taxes"
	case "issuedOn", "dueOn", "fxRate", "unitPrice", "pricesIncludeTax":
		return strings.ToLower(capital.ReplaceAllString(field, "_$0"))
	case "discountPercentage":
		return "discount"
	case "currency", "memo", "description", "quantity", "discount", "code", "name", "type":
		return field
	}
	return ""
}

// place returns the line and the column of the input field of a document at a path.
func place(rows []csvfile.Row, path string) (line int, column string) {
	if m := itemPath.FindStringSubmatch(path); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n < len(rows) {
			if m[2] == "storeId" {
				return rows[n].Line, "item_store"
			}
			return rows[n].Line, columnOf(m[2])
		}
	}
	return rows[0].Line, columnOf(path)
}
