package canonical

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// saveSales saves the rows that are new and sets the answer's IDs of all rows. A row whose reference another sale has is a
// user error, as is one that gives back more than is left or does not come to its amount.
func (u *unitOfWork) saveSales(ctx context.Context, answer *SalesRecorded, found *referredRecords, rows []sale) error {
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
	placed, err := u.placeSales(ctx, append(unreferenced, fresh...))
	if err != nil {
		return err
	}
	complete, err := u.completeSales(ctx, found, placed)
	if err != nil {
		return err
	}
	if err := u.matchRefused(ctx, answer, fresh, complete); err != nil {
		return err
	}
	raced, err := u.insertSales(ctx, answer, found.rounding, complete)
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
			u.addError(duplicate.at("externalRef"), taken, "is in use for another sale")
		}
	}
	return nil
}

// insertSales inserts rows in one statement and returns those whose references a concurrent transaction has taken first.
// Rows are inserted in the order of their references, so that two bulks of the same sales do not deadlock.
func (u *unitOfWork) insertSales(ctx context.Context, answer *SalesRecorded, rounding string, rows []sale) (raced []sale, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	places, stores, kinds, times := make([]int64, len(rows)), make([]int64, len(rows)), make([]string, len(rows)), make([]time.Time, len(rows))
	currencies, amounts, people, refs := make([]string, len(rows)), make([]int64, len(rows)), make([]*int64, len(rows)), make([]*string, len(rows))
	tills, sessions, days, late := make([]*int64, len(rows)), make([]*int64, len(rows)), make([]time.Time, len(rows)), make([]bool, len(rows))
	refunded, included, roundings := make([]*int64, len(rows)), make([]bool, len(rows)), make([]*string, len(rows))
	for i, row := range rows {
		places[i], stores[i], kinds[i], times[i] = int64(row.Place), row.StoreID, row.Kind, row.OccurredAt
		currencies[i], amounts[i], people[i] = row.Currency, row.Amount, row.PersonID
		tills[i], sessions[i], days[i], late[i] = row.TillID, row.TillSessionID, row.BookedOn.Time, row.BookedLate
		if row.ExternalRef != "" {
			refs[i] = &row.ExternalRef
		}
		if refunded[i] = row.RefundedID; len(row.Lines) > 0 {
			included[i], roundings[i] = row.PricesIncludeTax, &rounding
		}
	}
	result, _ := u.Query(ctx, `
		WITH new AS MATERIALIZED (
			SELECT nextval(pg_get_serial_sequence('canonical.sales', 'id')) AS id, row.*
			FROM (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bigint[], $9::text[],
					$10::bigint[], $11::boolean[], $12::text[], $13::bigint[], $14::bigint[], $15::date[], $16::boolean[])
				AS given (place, store_id, kind, occurred_at, currency, amount, person_id, external_ref, refunded_sale_id, prices_include_tax, tax_rounding,
					till_id, till_session_id, booked_on, booked_late) ORDER BY place) AS row),
		saved AS (
			INSERT INTO canonical.sales (organization_id, id, store_id, kind, occurred_at, currency, amount, person_id, external_ref,
				refunded_sale_id, prices_include_tax, tax_rounding, till_id, till_session_id, booked_on, booked_late)
			SELECT $1, id, store_id, kind, occurred_at, currency, amount, person_id, external_ref, refunded_sale_id, prices_include_tax, tax_rounding,
				till_id, till_session_id, booked_on, booked_late FROM new
			ORDER BY store_id, external_ref COLLATE "C", id
			ON CONFLICT ((organization_id + 0), store_id, external_ref) WHERE external_ref IS NOT NULL DO NOTHING
			RETURNING id)
		SELECT new.place, new.id FROM new JOIN saved ON saved.id = new.id`,
		u.actor.OrganizationID, places, stores, kinds, times, currencies, amounts, people, refs, refunded, included, roundings, tills, sessions, days, late)
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
	u.queueSaleParts(answer, rows)
	return raced, nil
}

// queueSaleParts queues the statements that save the lines, taxes and tenders of the rows that are recorded.
func (u *unitOfWork) queueSaleParts(answer *SalesRecorded, rows []sale) {
	lines, taxes, tenders := []any{}, []any{}, []any{}
	for _, row := range rows {
		id := answer.IDs[row.Place]
		if id == 0 {
			continue
		}
		for _, l := range row.Lines {
			lines = append(lines, map[string]any{
				"sale_id": id, "line": l.Line, "product_id": l.ProductID, "account_id": l.AccountID, "refunded_line_id": l.RefundedLineID,
				"description": l.Description, "quantity": l.Quantity, "unit_price": l.UnitPrice,
				"discount_percentage": l.DiscountPercentage, "discount_amount": l.DiscountAmount, "net": l.Net, "tax": l.Tax,
			})
			for i, tax := range l.Taxes {
				taxes = append(taxes, map[string]any{"sale_id": id, "line": l.Line, "position": i + 1,
					"tax_rate_id": tax.TaxRateID, "name": tax.Name, "percentage": tax.Percentage, "amount": tax.Amount})
			}
		}
		for i, part := range row.Tenders {
			tenders = append(tenders, map[string]any{"sale_id": id, "position": i + 1, "tender": part.Tender, "amount": part.Amount})
		}
	}
	if len(lines) > 0 {
		u.queue(`
			INSERT INTO canonical.sale_lines (organization_id, sale_id, line, product_id, account_id, refunded_line_id, description, quantity, unit_price,
				discount_percentage, discount_amount, net, tax)
			SELECT $1, new.* FROM jsonb_to_recordset($2) AS new (sale_id bigint, line int, product_id bigint, account_id bigint, refunded_line_id bigint,
				description text, quantity numeric, unit_price numeric, discount_percentage numeric, discount_amount bigint, net bigint, tax bigint)`,
			u.actor.OrganizationID, lines)
	}
	if len(taxes) > 0 {
		u.queue(`
			INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount)
			SELECT $1, new.* FROM jsonb_to_recordset($2) AS new (sale_id bigint, line int, position int, tax_rate_id bigint, name text, percentage numeric, amount bigint)`,
			u.actor.OrganizationID, taxes)
	}
	if len(tenders) > 0 {
		u.queue(`
			INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount)
			SELECT $1, new.* FROM jsonb_to_recordset($2) AS new (sale_id bigint, position int, tender text, amount bigint)`,
			u.actor.OrganizationID, tenders)
	}
}
