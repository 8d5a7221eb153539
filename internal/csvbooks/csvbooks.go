// Package csvbooks exports and imports the books as CSV files: the chart of accounts, and documents (invoices, bills and
// credit notes) with their items and taxes. Import reads what ExportAccounts and ExportDocuments write, and payments.
//
// An export reads the canonical tables by one statement, so it is the state of one moment. Rows are written as they are
// read, one at a time.
//
// An import writes through canonical.Store only, so rules, numbers, postings and jobs are those of the API. A record is
// recognised by its reference (a document's external reference, an account's code or role), so reading the same file
// again changes nothing, and an import that was interrupted is simply run again.
//
// # Documents
//
// A document has one row for each of its items. The columns of the document are the same in all of them, or empty after
// the first. Only the columns kind and document are required. The columns, and the default for an empty cell:
//
//	kind         invoice, bill or credit_note
//	document     the external reference, unique among documents of the kind; the rows of a document are consecutive
//	number       ignored by an import, which takes numbers from the organization's own series
//	state        draft, approved or void; ignored by an import that does not approve
//	party        the present full name of the customer or vendor, also where an approved document shows an older one
//	party_email  their e-mail address
//	party_ref    their external reference. It identifies the party if it is given, else the address, else the name; the
//	             name only selects one of several people with the same reference or address
//	issued_on    as 2006-01-02; default: the current day
//	due_on       default: 30 days after the issue. A credit note has none
//	currency     default: the base currency
//	fx_rate      default: the organization's rate of the day; empty in the base currency
//	prices_include_tax  yes or no; default: no
//	store        the name of the store that it is of; empty: the office
//	memo
//	total        what the document comes to with its taxes; one that comes to something else here is refused. Empty: it is not
//	             compared, as that of a draft, which may be edited in the file
//	product      the product's SKU
//	description  default: the product's
//	quantity     with up to six decimals; default: 1
//	unit_price   in the major unit, with up to four decimals more than the currency, before tax unless prices include it;
//	             default: the product's
//	discount     what is taken off, in percent (`10%`) or as an amount; empty: nothing
//	account      the account's code; default: the account that documents of the kind are booked to
//	item_store   the name of the store in which the line is booked; empty: the document's
//	taxes        names of tax rates separated by semicolons, each optionally with its percentage: `GST@10; Levy@1.5`. A
//	             semicolon or a backslash in a name follows a backslash. An empty cell is no tax; without the column, the
//	             product's
//
// An empty cell with a default is not compared with the saved document. A document without an external reference is
// exported with its address as reference, `invoice/12@0a1b2c3d`: an import into the same organization recognises it, and
// an import into another one makes it the external reference. Numbered documents come first, ordered by number, so an
// empty organization that approves the whole file assigns the same numbers.
//
// # Payments
//
// A payment has one row. The header must have external_ref and amount. The columns, and the default for an empty cell:
//
//	external_ref  the payment's reference in the other system, by which it is recognised
//	amount        in the major unit, positive
//	role          customer or vendor; default: customer
//	direction     in or out; default: a customer pays, a vendor is paid
//	party, party_email, party_ref   as of a document
//	paid_on       a day as 2006-01-02, or an instant with its zone, which is the organization's day; default: the current day
//	method        bank, card, cash or other; default: bank
//	account       the code of the account where the money is kept; default: the cash account for cash, else the bank account
//	store         the name of the store that receives or pays it; empty: the office
//	reference     what the payment is known by at the bank or the till
//	currency      default: the base currency
//	fx_rate       default: the organization's rate of the day
//	documents     what it settles: external references or numbers, with amounts where there are several: `INV-1=10.00; INV-2=5.50`.
//	              What is not settled by it stays the party's credit, or gives back payments of the other direction
//
// # Accounts
//
//	code         unique among live accounts
//	name
//	type         asset, liability, equity, income or expense; it cannot be changed
//	system_role  identifies an account that the postings need, whatever its code
//	archived     yes or no. An archived account is never used again: its code in a later row creates a new account
package csvbooks

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/internal/csvfile"
)

// row returns the cells of a row, guarded except in columns of numbers.
func row(columns []csvfile.Column, values []string) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		if name := columns[i].Name; name == "quantity" || name == "unit_price" || name == "total" {
			cells[i] = value
			continue
		}
		cells[i] = csvfile.Guard(value)
	}
	return cells
}

// header returns the names of the columns.
func header(columns []csvfile.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// collect reads all rows of a statement into structs by name.
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
