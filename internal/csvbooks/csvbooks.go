// Package csvbooks is the books as CSV files: the chart of accounts, and documents (invoices, bills, credit notes) with
// their items and taxes. What ExportAccounts and ExportDocuments write, Import reads.
//
// An export is one statement, so one moment, of the canonical tables: nothing in the file is derived, and no read model
// is behind in it. Rows are sent as they are found, and nobody holds more than one.
//
// An import writes through canonical.Store and nothing else: the rules, numbers, postings and jobs are those of the API.
// A record is recognised by its reference (a document's external reference, an account's code or role), so the same file
// read again changes nothing, and an import that was interrupted is simply run again.
//
// # Documents
//
// A document is one row for each of its items; the columns of the document are the same in all of them, or empty after
// the first. Only kind and document must be there.
//
//	kind         invoice, bill or credit_note
//	document     the external reference, unique among the kind; the rows of a document follow each other
//	number       for the reader: an import takes numbers from the organization's own series
//	state        draft, approved or void; an import heeds it where it may approve
//	party        customer or vendor: party_ref (external reference) decides, else party_email, else party (full name);
//	party_email  the others settle only which of several is meant
//	party_ref
//	issued_on    2006-01-02; the current day
//	due_on       30 days later; a credit note has none
//	currency     the base currency
//	fx_rate      the organization's rate of the day; none in the base currency
//	memo
//	product      its SKU
//	description  the product's
//	quantity     1
//	unit_price   in the major unit, before tax; the product's
//	account      its code; the one that documents of the kind are booked to
//	taxes        names of tax rates separated by semicolons, each perhaps with its percentage: `GST@10; Levy@1.5`. An
//	             empty cell is no tax; where the column is missing, the product's. Before a semicolon or a backslash that
//	             is part of a name stands a backslash
//
// What an empty cell stands for comes after the semicolon above; it is not compared with what is saved. A document
// without an external reference is exported under an address of its own, `invoice/12@0a1b2c3d`: an import into the same
// organization knows it again, and any other takes it as external reference. Numbered documents come first, in the order
// of their numbers, so an empty organization that approves the whole file gives the same numbers again.
//
// # Accounts
//
//	code, name   unique among live accounts; the name
//	type         asset, liability, equity, income or expense; an account keeps it
//	system_role  for the reader, and to recognise the account that the postings need, whatever its code
//	archived     yes or no. An archived account is never taken into use again: its code makes a new one
package csvbooks

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/internal/csvfile"
)

// row returns the cells of a row, guarded but for those of numbers.
func row(columns []csvfile.Column, values []string) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		if name := columns[i].Name; name == "quantity" || name == "unit_price" {
			cells[i] = value
			continue
		}
		cells[i] = csvfile.Guard(value)
	}
	return cells
}

// header names the columns.
func header(columns []csvfile.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// collect reads all rows of a statement into T by name.
func collect[T any](ctx context.Context, db canonical.Reader, what, sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return found, nil
}
