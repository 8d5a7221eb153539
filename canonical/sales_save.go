package canonical

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// saveSales saves the rows that are new and gives every row that is right its sale. It notes where a reference is in use
// for something else.
func (u *unitOfWork) saveSales(ctx context.Context, answer *SalesRecorded, rows []sale) error {
	// Only the first row of a name is saved; what the others say is compared with it.
	first, twins := map[saleName]sale{}, []sale(nil)
	var unnamed, named []sale
	for _, row := range rows {
		_, seen := first[row.name()]
		switch {
		case row.ExternalRef == "":
			unnamed = append(unnamed, row)
		case seen:
			twins = append(twins, row)
		default:
			first[row.name()] = row
			named = append(named, row)
		}
	}
	fresh, err := u.matchKnownSales(ctx, answer, named)
	if err != nil {
		return err
	}
	raced, err := u.insertSales(ctx, answer, append(unnamed, fresh...))
	if err != nil {
		return err
	}
	// Somebody else recorded these in the meantime, and has committed: now they are known.
	if lost, err := u.matchKnownSales(ctx, answer, raced); err != nil {
		return err
	} else if len(lost) > 0 {
		return fmt.Errorf("%d sales were neither recorded nor there", len(lost))
	}
	for _, twin := range twins {
		one := first[twin.name()]
		answer.IDs[twin.Place] = answer.IDs[one.Place]
		if !twin.same(one) || answer.IDs[one.Place] == 0 {
			answer.IDs[twin.Place] = 0
			u.addError(fmt.Sprintf("sales.%d.externalRef", twin.Place), taken, "is in use for another sale")
		}
	}
	return nil
}

// matchKnownSales finds the rows whose names are in use, and returns the others.
func (u *unitOfWork) matchKnownSales(ctx context.Context, answer *SalesRecorded, named []sale) (fresh []sale, err error) {
	if len(named) == 0 {
		return nil, nil
	}
	stores, refs := make([]int64, len(named)), make([]string, len(named))
	for i, row := range named {
		stores[i], refs[i] = row.StoreID, row.ExternalRef
	}
	type known struct {
		sale
		id int64
	}
	found := map[saleName]known{}
	rows, _ := u.Query(ctx, `
		SELECT sale.id, sale.store_id, sale.kind, sale.occurred_at, sale.currency, sale.amount, sale.person_id, sale.external_ref
		FROM unnest($2::bigint[], $3::text[]) AS named (store_id, external_ref)
		CROSS JOIN LATERAL (SELECT * FROM canonical.sales AS sale
			WHERE sale.organization_id = $1 AND sale.store_id = named.store_id AND sale.external_ref = named.external_ref OFFSET 0) AS sale`,
		u.actor.OrganizationID, stores, refs)
	var k known
	_, err = pgx.ForEachRow(rows, []any{&k.id, &k.StoreID, &k.Kind, &k.OccurredAt, &k.Currency, &k.Amount, &k.PersonID, &k.ExternalRef}, func() error {
		found[k.name()] = k
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for known sales: %w", err)
	}
	for _, row := range named {
		k, seen := found[row.name()]
		switch {
		case !seen:
			fresh = append(fresh, row)
		case row.same(k.sale):
			answer.IDs[row.Place] = k.id
		default:
			u.addError(fmt.Sprintf("sales.%d.externalRef", row.Place), taken, "is in use for another sale")
		}
	}
	return fresh, nil
}

// insertSales saves rows in one statement and returns those whose names another transaction has taken first. Rows are
// inserted in the order of their names, so that two bulks of the same sales wait for each other and not in a circle.
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
			ON CONFLICT (organization_id, store_id, external_ref) WHERE external_ref IS NOT NULL DO NOTHING
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

// keysOf returns a set's members, in no order, never nil: SQL compares with them.
func keysOf[K comparable](set map[K]bool) []K {
	return slices.AppendSeq([]K{}, maps.Keys(set))
}
