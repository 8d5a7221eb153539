package csvsales

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
)

// refer sets the people, products, tax rates and refunded sales and lines of sales by what their rows say, and the mistakes where there
// is no such record.
func (im *Import) refer(ctx context.Context, db canonical.Reader, shop model.ID, list []receipt) error {
	var people, skus, rates, refunded []string
	for i := range list {
		r := &list[i]
		r.unknown = nil
		people, refunded = given(people, r.person), given(refunded, canonical.Reference(r.refundOf))
		for _, l := range r.lines {
			skus = given(skus, strings.ToLower(l.product))
			for _, name := range l.taxes {
				rates = given(rates, strings.ToLower(name))
			}
		}
	}
	organization := im.Actor.OrganizationID
	persons, err := keys(ctx, db, people, `SELECT external_ref, id FROM canonical.people WHERE organization_id = $1 AND external_ref = ANY ($2)`, organization, people)
	if err != nil {
		return err
	}
	products, err := keys(ctx, db, skus, `SELECT lower(sku), id FROM canonical.products
		WHERE organization_id = $1 AND lower(sku) = ANY ($2) ORDER BY archived_at IS NULL, id`, organization, skus)
	if err != nil {
		return err
	}
	taxes, err := keys(ctx, db, rates, `SELECT lower(name), id FROM canonical.tax_rates
		WHERE organization_id = $1 AND lower(name) = ANY ($2) ORDER BY archived_at IS NULL, id`, organization, rates)
	if err != nil {
		return err
	}
	sales, err := keys(ctx, db, refunded, `SELECT external_ref, id FROM canonical.sales
		WHERE organization_id + 0 = $1 AND store_id = $3 AND external_ref = ANY ($2)`, organization, refunded, shop.Key)
	if err != nil {
		return err
	}
	lines, err := keys(ctx, db, refunded, `SELECT sale_id || ' ' || line, id FROM canonical.sale_lines
		WHERE organization_id = $1 AND sale_id = ANY ($2)`, organization, values(sales))
	if err != nil {
		return err
	}
	for i := range list {
		r := &list[i]
		if r.person != "" {
			if id, known := persons[r.person]; known {
				r.sale.PersonID = idOf("Person", id)
			} else {
				r.missing(r.rows[0], "person_ref", "nobody has %q", r.person)
			}
		}
		var sale int64
		if r.refundOf != "" {
			if sale = sales[canonical.Reference(r.refundOf)]; sale != 0 {
				r.sale.RefundOfID = idOf("Sale", sale)
			} else {
				r.missing(r.rows[0], "refund_of", "the store has no sale %q", r.refundOf)
			}
		}
		r.referLines(products, taxes, func(line int) int64 { return lines[fmt.Sprint(sale, " ", line)] })
	}
	return nil
}

// referLines sets what the lines of a sale refer to.
func (r *receipt) referLines(products, taxes map[string]int64, refunded func(line int) int64) {
	inputs := r.sale.Lines.Value()
	for i, l := range r.lines {
		row := r.rows[l.row]
		if l.product != "" {
			id, known := products[strings.ToLower(l.product)]
			if inputs[i].ProductID = idOf("Product", id); !known { // the write side asks for no more of such a line
				r.missing(row, "product", "there is no product %q", l.product)
			}
		}
		if l.taxes != nil {
			ids := []model.ID{}
			for _, name := range l.taxes {
				if id, known := taxes[strings.ToLower(name)]; known {
					ids = append(ids, model.ID{Type: "TaxRate", Key: id})
				} else {
					r.missing(row, "taxes", "there is no tax rate %q", name)
				}
			}
			inputs[i].TaxRateIds = graphql.OmittableOf(ids)
		}
		if l.refunded > 0 {
			id := refunded(l.refunded)
			if inputs[i].RefundedLineID = idOf("SaleLine", id); id == 0 {
				r.missing(row, "refunded_line", "the sale has no line %d", l.refunded)
			}
		}
	}
}

// keys reads records as pairs of what they are looked up by and their key; the last of several counts. It reads none where nothing is looked up.
func keys(ctx context.Context, db canonical.Reader, wanted []string, sql string, args ...any) (map[string]int64, error) {
	found := map[string]int64{}
	if len(wanted) == 0 {
		return found, nil
	}
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("look up what sales refer to: %w", err)
	}
	var name string
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &id}, func() error { found[name] = id; return nil }); err != nil {
		return nil, fmt.Errorf("look up what sales refer to: %w", err)
	}
	return found, nil
}

// given adds a text to a list unless it is empty.
func given(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

func values(found map[string]int64) []int64 {
	list := []int64{}
	for _, id := range found {
		list = append(list, id)
	}
	return list
}

func idOf(typ string, key int64) graphql.Omittable[*model.ID] {
	return graphql.OmittableOf(&model.ID{Type: typ, Key: key})
}
