// Package csvsales imports a store's sales from CSV files, as tills and other systems write them. The columns, and what an
// empty cell means:
//
//	external_ref  the sale's reference in that system, unique in the store; required
//	occurred_at   the instant with its zone, as 2006-01-02T15:04:05+09:30, or without one by the store's clock; of an hour that
//	              the clock shows twice, the second; required
//	amount        in the major unit; of a refund positive or negative; empty: what the lines come to
//	kind          sale or refund; empty: sale
//	currency      empty: the organization's base currency
//	person_ref    the external reference of the customer; empty: none
//	refund_of     of a refund, the external reference of the sale that it gives back, recorded before or in an earlier row;
//	              empty: it names none
//	prices_include_tax  yes or no; empty: no
//
// Where the header has any of the next columns, a sale may have several rows, which follow each other with the same
// external_ref, and not again later in the file: each row has a line of the sale, a tender, or both. The columns above are the same in all of them, or empty
// after the first.
//
//	product       the product's SKU; gives what is left empty of description, price and taxes
//	description   what was sold
//	quantity      with up to six decimals; empty: 1
//	unit_price    in the major unit, before tax unless prices include it
//	discount      what is taken off, in percent (`10%`) or as an amount; empty: nothing
//	taxes         names of tax rates separated by semicolons; an empty cell is no tax; without the column, the product's
//	refunded_line the number of the line that a refund takes back, counted from 1 in the sale of refund_of; beside it only
//	              quantity is given, which is all that is left of the line where it is empty
//	tender        cash, card, voucher or other
//	tender_amount what was paid with it, as amount; empty: the amount of the sale
//
// The header must have external_ref and occurred_at. A sale is recognised by its reference, so an import that was interrupted is
// simply run again: sales that are recorded already are skipped, and a row that differs from its recorded sale is refused.
package csvsales

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// Bounds of what one transaction records; the last sale may have more lines.
const (
	batch      = 1000
	batchLines = 10_000
)

// Import reads files into a store.
type Import struct {
	csvimport.Import
	// StoreName is the name of a live store, in any case.
	StoreName string
}

// Sales imports a file and counts its rows. Errors in rows go to the report; the returned error means that the file could
// not be read to its end. What was counted until then was saved, unless the import is all or nothing, or a dry run.
func (im *Import) Sales(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, im.Format, columns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	f := &receipts{in: in, several: slices.ContainsFunc(ofRow, in.Has), begun: map[[16]byte]int{}}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[receipt]{Next: f.next, Save: im.save, Offset: in.Offset})
}

// save records the sales without mistakes, counts all rows, and returns the refused sales. A refund of a sale that comes before it
// is recorded by another call.
func (im *Import) save(ctx context.Context, store *canonical.Store, db canonical.Reader, list []receipt) (b csvimport.Batch, err error) {
	if len(list) == 0 {
		return b, nil
	}
	shop, err := im.find(ctx, db)
	if err != nil {
		return b, err
	}
	from, before := 0, map[string]bool{}
	for i := range list {
		if ref := list[i].refundOf; ref != "" && before[canonical.Reference(ref)] {
			if err := im.record(ctx, store, db, shop, list[from:i], &b); err != nil {
				return b, err
			}
			from, before = i, map[string]bool{}
		}
		if ref := list[i].sale.ExternalRef.Value(); ref != nil {
			before[canonical.Reference(*ref)] = true
		}
	}
	if err := im.record(ctx, store, db, shop, list[from:], &b); err != nil {
		return b, err
	}
	for _, r := range list {
		b.Rows += len(r.rows)
		if wrong := slices.Concat(r.misshapen, r.late); len(wrong) > 0 {
			b.Refusals = append(b.Refusals, csvimport.Refusal{Rows: r.rows, Mistakes: wrong})
		}
	}
	b.Records, b.Refused = len(list), len(b.Refusals)
	return b, nil
}

// record records sales by one call. Those with cells that could not be read are checked by the write side too, so that all that is
// wrong with a sale is reported together.
func (im *Import) record(ctx context.Context, store *canonical.Store, db canonical.Reader, shop model.ID, list []receipt, b *csvimport.Batch) error {
	if err := im.refer(ctx, db, shop, list); err != nil {
		return err
	}
	if err := im.tell(ctx, db, shop, list); err != nil {
		return err
	}
	in := model.SalesRecordInput{StoreID: graphql.OmittableOf(&shop), OnError: model.BulkErrorPolicySkipAndReport}
	var sent []*receipt
	var unread []model.UserError
	for i := range list {
		r := &list[i]
		if len(r.misshapen) > 0 {
			continue
		}
		for _, mistake := range slices.Concat(r.wrong, r.unknown) {
			unread = append(unread, model.UserError{
				Path: fmt.Sprintf("sales.%d.%s", len(sent), r.field(mistake)), Code: model.UserErrorCodeInvalid, Message: mistake.Message})
		}
		r.late = nil
		in.Sales = append(in.Sales, r.sale)
		sent = append(sent, r)
	}
	if len(sent) == 0 {
		return nil
	}
	done, err := store.SalesRecord(canonical.WithMistakes(ctx, unread), im.Actor, in)
	if err != nil {
		return err
	}
	for _, mistake := range done.Mistakes {
		place, at := placeOf(mistake.Path)
		sent[place].late = append(sent[place].late, sent[place].mistakeAt(at, mistake.Message))
	}
	b.Created += done.Recorded
	b.Unchanged += done.Known
	return nil
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
