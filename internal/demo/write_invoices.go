package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// invoices writes the next n invoices with their payments, and bills and credit notes in proportion. Each document is
// inserted in its final state, which is much faster than an update for every step.
func (w *writer) invoices(ctx context.Context, b *business, n int) error {
	if n == 0 {
		return nil
	}
	invoices, payments := make([]*invoice, 0, n), []*payment(nil)
	for len(invoices) < n {
		deal := b.deal(n - len(invoices))
		invoices = append(invoices, deal...)
		payments = append(payments, b.settle(deal)...)
	}
	bills, paid := b.purchases(b.invoices/6 - b.bills)
	payments = append(payments, paid...)
	notes, refunds, credits := b.credits(invoices, payments)
	payments = append(payments, refunds...)
	for _, list := range [][]*invoice{invoices, bills, notes} {
		if err := w.documents(ctx, b, list); err != nil {
			return err
		}
		if err := w.items(ctx, b, list); err != nil {
			return err
		}
	}
	w.counts.Bills, w.counts.CreditNotes = w.counts.Bills+len(bills), w.counts.CreditNotes+len(notes)
	if err := w.payments(ctx, b, payments); err != nil {
		return err
	}
	return w.credits(ctx, b, credits)
}

// documents writes documents of one kind, and numbers those that are not drafts. The series' row is locked until the
// transaction ends, so there are no gaps beside other writers.
func (w *writer) documents(ctx context.Context, b *business, invoices []*invoice) error {
	if len(invoices) == 0 {
		return nil
	}
	keys, err := w.keys(ctx, "documents", len(invoices))
	if err != nil {
		return err
	}
	drafts := 0
	for i, inv := range invoices {
		inv.id = keys[i]
		if inv.state == "draft" {
			drafts++
		}
	}
	return w.do(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return writeDocuments(ctx, tx, b, invoices, len(invoices)-drafts)
	})
}

// writeDocuments numbers and writes documents of one kind, of which so many are not drafts.
func writeDocuments(ctx context.Context, tx pgx.Tx, b *business, invoices []*invoice, numbered int) error {
	kind := invoices[0].kind
	var prefix string
	var next int64
	err := tx.QueryRow(ctx, `
		INSERT INTO canonical.number_series AS series (organization_id, kind, prefix, next_value) VALUES ($1, $2, canonical.number_prefix($2), $3::bigint + 1)
		ON CONFLICT (organization_id, kind) DO UPDATE SET next_value = series.next_value + $3
		RETURNING prefix, next_value - $3`, b.id, kind, numbered).Scan(&prefix, &next)
	if err != nil {
		return fmt.Errorf("take numbers: %w", err)
	}
	rows := make([][]any, len(invoices))
	for i, inv := range invoices {
		var number *string
		var value *int64
		if inv.state != "draft" {
			number, value = new(fmt.Sprintf("%s%04d", prefix, next)), new(next)
			next++
		}
		changed, version := inv.changed()
		rows[i] = []any{b.id, inv.id, kind, inv.party, inv.state, number, value, inv.issued, inv.due, inv.currency,
			numeric(b.rate(inv.currency), 8), b.storeOf(inv.party), inv.memo, inv.ref, inv.sent, inv.approved, inv.voided, int32(version), inv.created, changed}
	}
	return copyRows(ctx, tx, "documents", []string{"organization_id", "id", "kind", "party_id", "state", "number",
		"number_value", "issued_on", "due_on", "currency", "fx_rate", "store_id", "memo", "external_ref", "sent_at", "approved_at", "voided_at",
		"version", "created_at", "updated_at"}, rows)
}

func (w *writer) items(ctx context.Context, b *business, invoices []*invoice) error {
	var items, taxes [][]any
	var itemTaxes [][]int // by item, the indexes of its tax rates
	for _, inv := range invoices {
		for line, it := range inv.items {
			var account *int64
			if it.account != "" {
				account = new(b.accounts[it.account])
			}
			items = append(items, []any{b.id, int64(0), inv.id, int32(line + 1), it.product, it.description,
				numeric(it.quantity, 3), it.price, inv.created, inv.created, account})
			itemTaxes = append(itemTaxes, it.taxes)
		}
	}
	if err := w.number(ctx, "document_items", items); err != nil {
		return err
	}
	for i, rates := range itemTaxes {
		for position, rate := range rates {
			taxes = append(taxes, []any{b.id, int64(0), items[i][2], items[i][1], int32(position + 1), b.taxKeys[rate], b.taxes[rate].name,
				numeric(b.taxes[rate].percentage, 4), items[i][8], items[i][8]})
		}
	}
	if err := w.number(ctx, "document_item_taxes", taxes); err != nil {
		return err
	}
	err := w.copy(ctx, &w.counts.Items, "document_items", []string{"organization_id", "id", "document_id", "line",
		"product_id", "description", "quantity", "unit_price", "created_at", "updated_at", "account_id"}, items)
	if err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.ItemTaxes, "document_item_taxes", []string{"organization_id", "id", "document_id", "document_item_id",
		"position", "tax_rate_id", "name", "percentage", "created_at", "updated_at"}, taxes)
}

func (w *writer) payments(ctx context.Context, b *business, payments []*payment) error {
	slices.SortStableFunc(payments, func(a, b *payment) int { return a.paid.Compare(b.paid) })
	keys, err := w.keys(ctx, "payments", len(payments))
	if err != nil {
		return err
	}
	rows, allocations, refunds := make([][]any, len(payments)), [][]any(nil), [][]any(nil)
	for i, p := range payments {
		p.id = keys[i]
		created := p.paid.Add(12 * time.Hour)
		changed, version := created, int32(1)
		if p.voided != nil {
			changed, version = *p.voided, 2
		}
		rows[i] = []any{b.id, keys[i], p.direction, p.role, p.party, p.paid, p.method, p.reference, p.currency,
			b.storeOf(p.party + int64(p.paid.Day()/25)), numeric(b.rate(p.currency), 8), p.amount, p.voided, version,
			created, changed}
		for _, a := range p.allocations {
			allocations = append(allocations, []any{b.id, int64(0), keys[i], a.invoice.id, a.amount, later(p.paid, a.invoice.issued), created, created})
		}
		for _, g := range p.givesBack { // earlier payments, which have their keys
			refunds = append(refunds, []any{b.id, int64(0), p.id, g.payment.id, g.amount, p.paid, created, created})
		}
	}
	if err := w.number(ctx, "payment_allocations", allocations); err != nil {
		return err
	}
	err = w.copy(ctx, &w.counts.Payments, "payments", []string{"organization_id", "id", "direction", "party_role", "party_id", "paid_on", "method",
		"reference", "currency", "store_id", "fx_rate", "amount", "voided_at", "version", "created_at", "updated_at"}, rows)
	if err != nil {
		return err
	}
	err = w.copy(ctx, &w.counts.Allocations, "payment_allocations", []string{"organization_id", "id", "payment_id",
		"document_id", "amount", "allocated_on", "created_at", "updated_at"}, allocations)
	if err != nil {
		return err
	}
	if err := w.number(ctx, "payment_refunds", refunds); err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.Refunds, "payment_refunds", []string{"organization_id", "id", "refund_id",
		"payment_id", "amount", "allocated_on", "created_at", "updated_at"}, refunds)
}

// later returns the day of an allocation: the later of both records' days.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// credits writes the allocations of credit notes to invoices.
func (w *writer) credits(ctx context.Context, b *business, credits []credit) error {
	rows := make([][]any, len(credits))
	for i, c := range credits {
		rows[i] = []any{b.id, int64(0), c.note.id, c.invoice.id, c.amount, later(c.note.issued, c.invoice.issued), c.note.created, c.note.created}
	}
	if err := w.number(ctx, "credit_allocations", rows); err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.Credits, "credit_allocations", []string{"organization_id", "id", "credit_note_id",
		"document_id", "amount", "allocated_on", "created_at", "updated_at"}, rows)
}
