package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sales writes the next n sales.
func (w *writer) sales(ctx context.Context, b *business, n int) error {
	sums := b.season()
	for ; n > 0; n -= min(n, chunk) {
		list := make([]sale, min(n, chunk))
		for i := range list {
			list[i] = b.sale(sums)
		}
		b.takeBack(list)
		b.record(list)
		times, dates, err := w.instants(ctx, b, list)
		if err != nil {
			return err
		}
		rows := make([][]any, len(list))
		for i, s := range list {
			var voided *time.Time
			if s.voided {
				voided = new(times[i].Add(10 * time.Minute))
			}
			var rounding *string
			if s.lines != nil {
				rounding = new("line")
			}
			rows[i] = []any{b.id, int64(0), b.stores[s.store], s.kind, times[i], s.currency, s.amount, s.person, s.ref, voided, times[i], times[i],
				s.lines != nil, rounding, (*int64)(nil), dates[i], (*int64)(nil), (*int64)(nil)}
		}
		if err := w.number(ctx, "sales", rows); err != nil {
			return err
		}
		if err := w.sessions(ctx, b, list, rows, times, dates); err != nil {
			return err
		}
		for i, s := range list {
			if s.refundOf >= 0 {
				rows[i][14] = new(rows[s.refundOf][1].(int64))
			}
		}
		err = w.copy(ctx, &w.counts.Sales, "sales", []string{"organization_id", "id", "store_id", "kind", "occurred_at", "currency", "amount",
			"person_id", "external_ref", "voided_at", "created_at", "updated_at", "prices_include_tax", "tax_rounding", "refunded_sale_id", "booked_on", "till_id", "till_session_id"}, rows)
		if err != nil {
			return err
		}
		if err := w.saleParts(ctx, b, list, rows); err != nil {
			return err
		}
		// A night's sales are of the day before.
		over := list[len(list)-1].day.AddDate(0, 0, -1)
		if b.sold == b.size.Sales {
			over = b.today
		}
		if err := w.closeDays(ctx, b, b.over(over)); err != nil {
			return err
		}
	}
	return nil
}

// saleParts writes the lines, taxes and tenders of sales, whose rows have their keys. They are created when the sales are.
func (w *writer) saleParts(ctx context.Context, b *business, list []sale, sales [][]any) error {
	var lines, taxes, tenders [][]any
	first := make([]int, len(list)) // the place of each sale's first line
	for i, s := range list {
		first[i] = len(lines)
		for n, l := range s.lines {
			lines = append(lines, []any{b.id, int64(0), sales[i][1], n + 1, l.product.id, (*int64)(nil), l.product.name, l.quantity, l.product.price, l.net, l.tax, sales[i][10]})
			if t := l.product.tax; t >= 0 {
				taxes = append(taxes, []any{b.id, int64(0), sales[i][1], n + 1, 1, b.taxKeys[t], b.taxes[t].name, numeric(b.taxes[t].percentage, 4), l.tax, sales[i][10]})
			}
		}
		for n, part := range s.tenders {
			tenders = append(tenders, []any{b.id, int64(0), sales[i][1], n + 1, part.tender, part.amount, sales[i][10]})
		}
	}
	for _, part := range []struct {
		table string
		rows  [][]any
	}{{"sale_lines", lines}, {"sale_line_taxes", taxes}, {"sale_tenders", tenders}} {
		if err := w.number(ctx, part.table, part.rows); err != nil {
			return err
		}
	}
	for i, s := range list {
		for n := range s.lines {
			if s.refundOf >= 0 {
				lines[first[i]+n][5] = new(lines[first[s.refundOf]+n][1].(int64))
			}
		}
	}
	err := w.copy(ctx, &w.counts.SaleLines, "sale_lines", []string{"organization_id", "id", "sale_id", "line", "product_id", "refunded_line_id", "description",
		"quantity", "unit_price", "net", "tax", "created_at"}, lines)
	if err != nil {
		return err
	}
	var parts int
	if err := w.copy(ctx, &parts, "sale_line_taxes", []string{"organization_id", "id", "sale_id", "line", "position", "tax_rate_id", "name", "percentage", "amount", "created_at"}, taxes); err != nil {
		return err
	}
	return w.copy(ctx, &parts, "sale_tenders", []string{"organization_id", "id", "sale_id", "position", "tender", "amount", "created_at"}, tenders)
}

// instants returns the times of the sales and their business dates, which the database computes from their local times. A local time that is
// skipped when clocks change is taken as an hour later; of one that occurs twice, the second counts.
func (w *writer) instants(ctx context.Context, b *business, list []sale) (times, dates []time.Time, err error) {
	stores, walls := make([]int64, len(list)), make([]time.Time, len(list))
	for i, s := range list {
		stores[i], walls[i] = b.stores[s.store], s.local
	}
	rows, _ := w.db().Query(ctx, `SELECT sold.at, canonical.business_date($1, sold.store_id, sold.at) FROM (
			SELECT sold.place, sold.store_id, sold.wall AT TIME ZONE store.time_zone AS at
			FROM unnest($2::bigint[], $3::timestamp[]) WITH ORDINALITY AS sold (store_id, wall, place)
			JOIN canonical.stores AS store ON (store.organization_id, store.id) = ($1, sold.store_id) OFFSET 0) AS sold
		ORDER BY sold.place`, b.id, stores, walls)
	var at, date time.Time
	_, err = pgx.ForEachRow(rows, []any{&at, &date}, func() error {
		times, dates = append(times, at), append(dates, date)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("tell the times of sales: %w", err)
	}
	return times, dates, nil
}
