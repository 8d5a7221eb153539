// Package csvsales imports a store's sales from CSV files, as tills and other systems write them. The columns, and what an
// empty cell means:
//
//	external_ref  the sale's reference in that system, unique in the store; required
//	occurred_at   the instant with its zone, as 2006-01-02T15:04:05+09:30; required
//	amount        in the major unit, positive, also of a refund; required
//	kind          sale or refund; empty: sale
//	currency      empty: the organization's base currency
//	person_ref    the external reference of the customer; empty: none
//
// The header must have the required columns. A sale is recognised by its reference, so an import that was interrupted is
// simply run again: sales that are recorded already are skipped, and a row that differs from its recorded sale is refused.
package csvsales

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// batch is how many rows one transaction records.
const batch = 1000

var columns = []csvfile.Column{
	{Name: "external_ref", Required: true}, {Name: "occurred_at", Required: true}, {Name: "amount", Required: true},
	{Name: "kind"}, {Name: "currency"}, {Name: "person_ref"},
}

// Import reads files into a store.
type Import struct {
	csvimport.Import
	// StoreName is the name of a live store, in any case.
	StoreName string
}

// Sales imports a file and counts its rows. Errors in rows go to the report; the returned error means that the file could
// not be read to its end. What was counted until then was saved, unless the import is all or nothing, or a dry run.
func (im *Import) Sales(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, columns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	next := func() (list []row, err error) {
		for len(list) < batch && err == nil {
			var cells csvfile.Row
			if cells, err = in.Next(); err == nil {
				list = append(list, parse(cells))
			}
		}
		return list, err
	}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[row]{Next: next, Save: im.save, Offset: in.Offset})
}

// save records the rows without mistakes, counts all rows, and returns the refused ones. Rows with cells that could not be
// read are checked by the write side too, so that all that is wrong with a row is reported together.
func (im *Import) save(ctx context.Context, store *canonical.Store, db canonical.Reader, list []row) (b csvimport.Batch, err error) {
	if len(list) == 0 {
		return b, nil
	}
	shop, err := im.find(ctx, db)
	if err != nil {
		return b, err
	}
	if err := im.people(ctx, db, list); err != nil {
		return b, err
	}
	in := model.SalesRecordInput{StoreID: graphql.OmittableOf(&shop), OnError: model.BulkErrorPolicySkipAndReport}
	var sent []*row
	var unread []model.UserError
	for i := range list {
		if r := &list[i]; len(r.misshapen) == 0 {
			unreadable := func(column, message string) {
				unread = append(unread, model.UserError{
					Path: fmt.Sprintf("sales.%d.%s", len(sent), fieldOf[column]), Code: model.UserErrorCodeInvalid, Message: message})
			}
			for _, mistake := range r.wrong {
				unreadable(mistake.Column, mistake.Message)
			}
			if r.nobody {
				unreadable("person_ref", fmt.Sprintf("nobody has %q", r.person))
			}
			r.late = nil
			in.Sales = append(in.Sales, r.sale)
			sent = append(sent, r)
		}
	}
	b.Rows, b.Records = len(list), len(list)
	if len(sent) > 0 {
		done, err := store.SalesRecord(canonical.WithMistakes(ctx, unread), im.Actor, in)
		if err != nil {
			return b, err
		}
		for _, mistake := range done.Mistakes {
			place, column := at(mistake.Path)
			sent[place].late = append(sent[place].late, csvfile.Mistake{Line: sent[place].cells.Line, Column: column, Message: mistake.Message})
		}
		b.Created, b.Unchanged = done.Recorded, done.Known
	}
	for _, r := range list {
		if wrong := slices.Concat(r.misshapen, r.late); len(wrong) > 0 {
			b.Refusals = append(b.Refusals, csvimport.Refusal{Rows: []csvfile.Row{r.cells}, Mistakes: wrong})
		}
	}
	b.Refused = len(b.Refusals)
	return b, nil
}

// find returns the id of the import's store.
func (im *Import) find(ctx context.Context, db canonical.Reader) (model.ID, error) {
	rows, err := db.Query(ctx, `SELECT id FROM canonical.stores WHERE organization_id = $1 AND lower(name) = lower($2) AND archived_at IS NULL`,
		im.Actor.OrganizationID, canonical.Reference(im.StoreName))
	if err != nil {
		return model.ID{}, fmt.Errorf("find the store: %w", err)
	}
	id, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return model.ID{}, fmt.Errorf("there is no store %q", im.StoreName)
	case err != nil:
		return model.ID{}, fmt.Errorf("find the store: %w", err)
	}
	return model.ID{Type: "Store", Key: id}, nil
}

// people sets the persons of sales by the references in their rows.
func (im *Import) people(ctx context.Context, db canonical.Reader, list []row) error {
	var refs []string
	for _, r := range list {
		if r.person != "" {
			refs = append(refs, r.person)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	rows, err := db.Query(ctx, `SELECT external_ref, id FROM canonical.people WHERE organization_id = $1 AND external_ref = ANY ($2)`,
		im.Actor.OrganizationID, refs)
	if err != nil {
		return fmt.Errorf("look up people: %w", err)
	}
	found := map[string]int64{}
	var ref string
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&ref, &id}, func() error { found[ref] = id; return nil }); err != nil {
		return fmt.Errorf("look up people: %w", err)
	}
	for i := range list {
		r := &list[i]
		if r.person == "" {
			continue
		}
		id, known := found[r.person]
		if known {
			r.sale.PersonID = graphql.OmittableOf(&model.ID{Type: "Person", Key: id})
		}
		r.nobody = !known
	}
	return nil
}

// row is one row of a file, as a sale.
type row struct {
	cells  csvfile.Row
	sale   model.SaleInput
	person string
	// nobody says that no person has the reference.
	nobody bool
	// misshapen are mistakes in the form of the row, whose cells are not read then; wrong are those in its cells; late are
	// those that the write side returns.
	misshapen, wrong, late []csvfile.Mistake
}

func (r *row) mistake(column, message string) {
	r.wrong = append(r.wrong, csvfile.Mistake{Line: r.cells.Line, Column: column, Message: message})
}

// parse reads a row as a sale, with all mistakes in it.
func parse(cells csvfile.Row) row {
	r := row{cells: cells, misshapen: cells.Mistakes()}
	if len(r.misshapen) > 0 {
		return r // with a missing or an extra cell, values may be in the wrong columns
	}
	ref := strings.ReplaceAll(cells.Get("external_ref"), "\x00", "?")
	if ref == "" {
		r.mistake("external_ref", "must be given: it is how the row is known again")
	}
	r.sale.ExternalRef = graphql.OmittableOf(&ref)
	var err error
	if r.sale.OccurredAt, err = time.Parse(time.RFC3339, cells.Get("occurred_at")); err != nil {
		r.mistake("occurred_at", "must be a time with its zone, such as 2006-01-02T15:04:05+09:30")
	}
	if r.sale.Amount, err = model.ParseDecimal(cells.Get("amount")); err != nil {
		r.mistake("amount", "must be a number such as 10.50")
	}
	switch strings.ToLower(cells.Get("kind")) {
	case "", "sale":
		r.sale.Kind = model.SaleKindSale
	case "refund":
		r.sale.Kind = model.SaleKindRefund
	default:
		r.mistake("kind", "must be sale or refund")
	}
	if currency := cells.Get("currency"); currency != "" {
		r.sale.Currency = graphql.OmittableOf(&currency)
	}
	r.person = strings.ReplaceAll(cells.Get("person_ref"), "\x00", "?")
	return r
}

var path = regexp.MustCompile(`^sales\.(\d+)\.(\w+)$`)

// at returns the row, by its place among those that were sent, and the column of the input field at a path.
func at(field string) (place int, column string) {
	m := path.FindStringSubmatch(field)
	if m == nil {
		return 0, ""
	}
	place, _ = strconv.Atoi(m[1])
	for column, field := range fieldOf {
		if field == m[2] {
			return place, column
		}
	}
	return place, ""
}

// fieldOf has the input field of each column.
var fieldOf = map[string]string{
	"external_ref": "externalRef", "occurred_at": "occurredAt", "amount": "amount", "kind": "kind", "currency": "currency", "person_ref": "personId",
}
