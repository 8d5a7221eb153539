package canonical

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// saveSales saves the rows that are new and sets the answer's IDs of all rows. A row whose reference another sale has is a
// user error.
func (u *unitOfWork) saveSales(ctx context.Context, answer *SalesRecorded, rows []sale) error {
	// Of the rows with one reference only the first is saved; the others are compared with it.
	first, duplicates := map[saleReference]sale{}, []sale(nil)
	var unreferenced, referenced []sale
	for _, row := range rows {
		_, seen := first[row.reference()]
		switch {
		case row.ExternalRef == "":
			unreferenced = append(unreferenced, row)
		case seen:
			duplicates = append(duplicates, row)
		default:
			first[row.reference()] = row
			referenced = append(referenced, row)
		}
	}
	fresh, err := u.matchKnownSales(ctx, answer, referenced)
	if err != nil {
		return err
	}
	raced, err := u.insertSales(ctx, answer, append(unreferenced, fresh...))
	if err != nil {
		return err
	}
	// A concurrent transaction has recorded these and has committed: now they are known.
	if lost, err := u.matchKnownSales(ctx, answer, raced); err != nil {
		return err
	} else if len(lost) > 0 {
		return fmt.Errorf("%d sales were neither recorded nor there", len(lost))
	}
	for _, duplicate := range duplicates {
		one := first[duplicate.reference()]
		answer.IDs[duplicate.Place] = answer.IDs[one.Place]
		if !duplicate.equals(one) || answer.IDs[one.Place] == 0 {
			answer.IDs[duplicate.Place] = 0
			u.addError(fmt.Sprintf("sales.%d.externalRef", duplicate.Place), taken, "is in use for another sale")
		}
	}
	return nil
}

// matchKnownSales sets the answer's IDs of the rows that are recorded already, and returns the rows whose references are
// not in use. Its statement says organization_id + 0, as the index of the references does, so that it can use no other.
func (u *unitOfWork) matchKnownSales(ctx context.Context, answer *SalesRecorded, referenced []sale) (fresh []sale, err error) {
	if len(referenced) == 0 {
		return nil, nil
	}
	stores, refs := make([]int64, len(referenced)), make([]string, len(referenced))
	for i, row := range referenced {
		stores[i], refs[i] = row.StoreID, row.ExternalRef
	}
	type known struct {
		sale
		id int64
	}
	found := map[saleReference]known{}
	rows, _ := u.Query(ctx, `
		SELECT sale.id, sale.store_id, sale.kind, sale.occurred_at, sale.currency, sale.amount, sale.person_id, sale.external_ref
		FROM unnest($2::bigint[], $3::text[]) AS referenced (store_id, external_ref)
		CROSS JOIN LATERAL (SELECT * FROM canonical.sales AS sale
			WHERE sale.organization_id + 0 = $1 AND sale.store_id = referenced.store_id AND sale.external_ref = referenced.external_ref OFFSET 0) AS sale`,
		u.actor.OrganizationID, stores, refs)
	var k known
	_, err = pgx.ForEachRow(rows, []any{&k.id, &k.StoreID, &k.Kind, &k.OccurredAt, &k.Currency, &k.Amount, &k.PersonID, &k.ExternalRef}, func() error {
		found[k.reference()] = k
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for known sales: %w", err)
	}
	for _, row := range referenced {
		k, seen := found[row.reference()]
		switch {
		case !seen:
			fresh = append(fresh, row)
		case row.equals(k.sale):
			answer.IDs[row.Place] = k.id
		default:
			u.addError(fmt.Sprintf("sales.%d.externalRef", row.Place), taken, "is in use for another sale")
		}
	}
	return fresh, nil
}

// insertSales inserts rows in one statement and returns those whose references a concurrent transaction has taken first.
// Rows are inserted in the order of their references, so that two bulks of the same sales do not deadlock.
func (u *unitOfWork) insertSales(ctx context.Context, answer *SalesRecorded, rows []sale) (raced []sale, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	places, stores, kinds, times := make([]int64, len(rows)), make([]int64, len(rows)), make([]string, len(rows)), make([]time.Time, len(rows))
	currencies, amounts, people, refs := make([]string, len(rows)), make([]int64, len(rows)), make([]*int64, len(rows)), make([]*string, len(rows))
	for i, row := range rows {
		places[i], stores[i], kinds[i], times[i] = int64(row.Place), row.StoreID, row.Kind, row.OccurredAt
		currencies[i], amounts[i], people[i] = row.Currency, row.Amount, row.PersonID
		if row.ExternalRef != "" {
			refs[i] = &row.ExternalRef
		}
	}
	result, _ := u.Query(ctx, `
		WITH new AS MATERIALIZED (
			SELECT nextval(pg_get_serial_sequence('canonical.sales', 'id')) AS id, row.*
			FROM (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])
				AS given (place, store_id, kind, occurred_at, currency, amount, person_id, external_ref) ORDER BY place) AS row),
		saved AS (
			INSERT INTO canonical.sales (organization_id, id, store_id, kind, occurred_at, currency, amount, person_id, external_ref)
			SELECT $1, id, store_id, kind, occurred_at, currency, amount, person_id, external_ref FROM new
			ORDER BY store_id, external_ref COLLATE "C", id
			ON CONFLICT ((organization_id + 0), store_id, external_ref) WHERE external_ref IS NOT NULL DO NOTHING
			RETURNING id)
		SELECT new.place, new.id FROM new JOIN saved ON saved.id = new.id`,
		u.actor.OrganizationID, places, stores, kinds, times, currencies, amounts, people, refs)
	var place, id int64
	_, err = pgx.ForEachRow(result, []any{&place, &id}, func() error {
		answer.IDs[place] = id
		answer.Recorded++
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record sales: %w", err)
	}
	for _, row := range rows {
		if answer.IDs[row.Place] == 0 {
			raced = append(raced, row)
		}
	}
	return raced, nil
}

// keysOf returns a set's members, in no order. It is never nil: = ANY (NULL) is NULL.
func keysOf[K comparable](set map[K]bool) []K {
	return slices.AppendSeq([]K{}, maps.Keys(set))
}
