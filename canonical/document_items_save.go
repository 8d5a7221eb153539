package canonical

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// saveItems saves a document's set of items. In a locked period it rejects any change of an approved document's items,
// even one that leaves the total as it is.
func (u *unitOfWork) saveItems(ctx context.Context, org organizationDefaults, d document, s *itemSet) error {
	locked := ""
	if d.State == "approved" {
		locked = org.locked(u.actor, d.IssuedOn)
	}
	if locked == "" {
		s.save(u, d.ID)
		return nil
	}
	before, err := u.itemsText(ctx, d.ID)
	if err != nil {
		return err
	}
	s.save(u, d.ID)
	after, err := u.itemsText(ctx, d.ID)
	if err == nil && after != before {
		err = reject("issuedOn", state, locked)
	}
	return err
}

// itemsText returns the content of a document's items as one text, for comparison.
func (u *unitOfWork) itemsText(ctx context.Context, documentID int64) (text string, err error) {
	err = u.QueryRow(ctx, `
		SELECT coalesce(jsonb_agg(jsonb_build_array(product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount, (
				SELECT jsonb_agg(jsonb_build_array(tax.tax_rate_id, tax.name, tax.percentage) ORDER BY tax.position)
				FROM canonical.document_item_taxes AS tax
				WHERE (tax.organization_id, tax.document_item_id) = (item.organization_id, item.id))) ORDER BY line), '[]')::text
		FROM canonical.document_items AS item WHERE (organization_id, document_id) = ($1, $2)`,
		u.actor.OrganizationID, documentID).Scan(&text)
	if err != nil {
		return "", fmt.Errorf("read the items of document %d: %w", documentID, err)
	}
	return text, nil
}

// itemsDiffer reports whether a document has other items than the set, or in another order. An item without an id is another one.
func (u *unitOfWork) itemsDiffer(ctx context.Context, documentID int64, s *itemSet) (differ bool, err error) {
	err = u.QueryRow(ctx, `
		WITH new AS MATERIALIZED (
			SELECT * FROM jsonb_to_recordset($3) AS new
				(id bigint, line int, product_id bigint, account_id bigint, store_id bigint, description text, quantity numeric, unit_price numeric,
					discount_percentage numeric, discount_amount bigint)),
		old AS MATERIALIZED (SELECT * FROM canonical.document_items WHERE (organization_id, document_id) = ($1, $2)),
		old_tax AS MATERIALIZED (
			SELECT tax.document_item_id, tax.position, tax.tax_rate_id, tax.name, tax.percentage FROM new
			CROSS JOIN LATERAL (
				SELECT * FROM canonical.document_item_taxes AS row WHERE (row.organization_id, row.document_item_id) = ($1, new.id) OFFSET 0) AS tax
			WHERE new.line = ANY ($4)),
		new_tax AS MATERIALIZED (
			SELECT new.id, tax.position, tax.tax_rate_id, tax.name, tax.percentage
			FROM jsonb_to_recordset($5) AS tax (line int, position int, tax_rate_id bigint, name text, percentage numeric) JOIN new USING (line))
		SELECT (SELECT count(*) FROM old) <> (SELECT count(*) FROM new)
			OR EXISTS (
				SELECT id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount FROM new
				EXCEPT SELECT id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount FROM old)
			OR EXISTS (TABLE old_tax EXCEPT TABLE new_tax) OR EXISTS (TABLE new_tax EXCEPT TABLE old_tax)`,
		u.actor.OrganizationID, documentID, s.items, s.retaxed(), s.taxes).Scan(&differ)
	if err != nil {
		return false, fmt.Errorf("compare the items of document %d: %w", documentID, err)
	}
	return differ, nil
}

// retaxed returns the lines of the items whose taxes the set gives.
func (s *itemSet) retaxed() []int {
	lines := []int{}
	for _, it := range s.items {
		if it.rates != nil {
			lines = append(lines, it.Line)
		}
	}
	return lines
}

// small reports whether the total surely is not too large, whatever taxes the items have. A nil set is not.
func (s *itemSet) small() bool {
	if s == nil {
		return false
	}
	var sum decimal.Decimal
	for _, it := range s.items {
		sum = sum.Add(it.amount().Abs())
	}
	return sum.Mul(decimal.NewFromInt(maxTaxes + 1)).LessThan(decimal.NewFromInt(maxAmount)) // a tax is at most the amount
}

// reduces reports whether an item takes off the total, which may be negative then.
func (s *itemSet) reduces() bool {
	return slices.ContainsFunc(s.items, func(it item) bool { return it.amount().IsNegative() })
}

// add queues the statement that saves the set of a document that has no items yet.
func (s *itemSet) add(u *unitOfWork, documentID int64) {
	statement, values := `
		INSERT INTO canonical.document_items
			(organization_id, document_id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount)
		SELECT $1, $2, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount
		FROM jsonb_to_recordset($3) AS new (line int, product_id bigint, account_id bigint, store_id bigint, description text, quantity numeric, unit_price numeric,
			discount_percentage numeric, discount_amount bigint)`, []any{u.actor.OrganizationID, documentID, s.items}
	if len(s.taxes) > 0 {
		statement, values = `WITH added AS (`+statement+` RETURNING id, line)
			INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
			SELECT $1, $2, added.id, tax.position, tax.tax_rate_id, tax.name, tax.percentage
			FROM jsonb_to_recordset($4) AS tax (line int, position int, tax_rate_id bigint, name text, percentage numeric)
			JOIN added USING (line)`, append(values, s.taxes)
	}
	u.queue(statement, values...)
}

// save saves the set in one statement: items may change places, and the document's allocations are compared with its new
// total alone, never with an intermediate one.
func (s *itemSet) save(u *unitOfWork, documentID int64) {
	u.queue(`
		WITH new AS MATERIALIZED (
			SELECT * FROM jsonb_to_recordset($3) AS new
				(id bigint, line int, product_id bigint, account_id bigint, store_id bigint, description text, quantity numeric, unit_price numeric,
					discount_percentage numeric, discount_amount bigint)),
		removed AS (
			DELETE FROM canonical.document_items WHERE organization_id = $1 AND document_id = $2 AND id <> ALL ($4)),
		changed AS (
			UPDATE canonical.document_items AS old SET line = new.line, product_id = new.product_id, account_id = new.account_id, store_id = new.store_id,
				description = new.description, quantity = new.quantity, unit_price = new.unit_price,
				discount_percentage = new.discount_percentage, discount_amount = new.discount_amount
			FROM new WHERE (old.organization_id, old.document_id, old.id) = ($1, $2, new.id)
				AND (old.line, old.product_id, old.account_id, old.store_id, old.description, old.quantity, old.unit_price, old.discount_percentage, old.discount_amount)
					IS DISTINCT FROM (new.line, new.product_id, new.account_id, new.store_id, new.description, new.quantity, new.unit_price,
						new.discount_percentage, new.discount_amount)),
		added AS (
			INSERT INTO canonical.document_items
				(organization_id, document_id, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount)
			SELECT $1, $2, line, product_id, account_id, store_id, description, quantity, unit_price, discount_percentage, discount_amount
			FROM new WHERE id IS NULL
			RETURNING id, line),
		untaxed AS (
			DELETE FROM canonical.document_item_taxes AS tax USING new
			WHERE (tax.organization_id, tax.document_item_id) = ($1, new.id) AND new.line = ANY ($5))
		INSERT INTO canonical.document_item_taxes (organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
		SELECT $1, $2, coalesce(new.id, added.id), tax.position, tax.tax_rate_id, tax.name, tax.percentage
		FROM jsonb_to_recordset($6) AS tax (line int, position int, tax_rate_id bigint, name text, percentage numeric)
		JOIN new USING (line) LEFT JOIN added USING (line)`,
		u.actor.OrganizationID, documentID, s.items, savedIDs(s.items, func(it item) *int64 { return it.ID }), s.retaxed(), s.taxes)
}
