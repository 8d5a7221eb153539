package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// money writes what moves without a document: each month the takings of the tills, which are banked the next day, the
// rent, a fee of the bank and smaller things, now and then a mistake that is voided, and savings each quarter; before
// all that, an entry by hand with the owner's capital.
func (w *writer) money(ctx context.Context, b *business) error {
	if err := w.accounts(ctx, b); err != nil {
		return err
	}
	home := b.currencies[0].currency
	var entries, transfers [][]any
	entry := func(kind, code, kept string, day time.Time, currency string, amount int64, tax *int64, percentage int64, memo string) {
		if !day.Before(b.today) {
			return
		}
		created := day.Add(18 * time.Hour)
		changed, version, voided := created, int32(1), (*time.Time)(nil)
		if b.chance(4) {
			changed, version = created.Add(time.Hour), 2
			voided = &changed
		}
		entries = append(entries, []any{b.id, int64(0), kind, b.accounts[code], b.accounts[kept], b.storeOf(int64(day.Month())), day, currency, numeric(b.rate(currency), 8),
			amount, tax, numeric(percentage, 4), memo, voided, version, created, changed})
	}
	transfer := func(from, to string, day time.Time, amount, fee int64, memo string) {
		if created := day.Add(9 * time.Hour); day.Before(b.today) {
			transfers = append(transfers, []any{b.id, int64(0), b.accounts[from], b.accounts[to], b.storeOf(int64(day.Month())), day, home, amount, fee, memo, created, created})
		}
	}
	first := b.began()
	for month := 0; ; month++ {
		day := time.Date(first.Year(), first.Month()+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		if !day.Before(b.today) {
			break
		}
		if day.Before(first) {
			continue
		}
		takings := b.worth(300, 900, home)
		entry("income", "4000", "1050", day, home, takings, &b.taxKeys[0], b.taxes[0].percentage, "Takings")
		transfer("1050", "1000", day.AddDate(0, 0, 1), takings, 0, "Takings banked")
		entry("expense", "6100", "1000", day.AddDate(0, 0, 2), home, b.worth(1650, 1650, home), &b.taxKeys[0], b.taxes[0].percentage, "Rent")
		entry("expense", "6600", "1000", day.AddDate(0, 0, 3), home, b.worth(5, 20, home), nil, 0, "Account keeping")
		if b.chance(60) {
			entry("expense", "6500", "1050", day.AddDate(0, 0, b.between(5, 25)), b.currency(), b.worth(10, 200, home), nil, 0, "Train tickets")
		}
		if month%3 == 0 {
			entry("income", "4810", "1010", day.AddDate(0, 0, 6), home, b.worth(5, 40, home), nil, 0, "Interest")
			transfer("1000", "1010", day.AddDate(0, 0, 7), b.worth(200, 500, home), b.worth(1, 3, home), "Put by")
		}
	}
	if err := w.number(ctx, "money_entries", entries); err != nil {
		return err
	}
	err := w.copy(ctx, &w.counts.MoneyEntries, "money_entries", []string{"organization_id", "id", "kind", "account_id", "money_account_id",
		"store_id", "occurred_on", "currency", "fx_rate", "amount", "tax_rate_id", "tax_percentage", "memo", "voided_at", "version", "created_at", "updated_at"}, entries)
	if err != nil {
		return err
	}
	if err := w.number(ctx, "transfers", transfers); err != nil {
		return err
	}
	err = w.copy(ctx, &w.counts.Transfers, "transfers", []string{"organization_id", "id", "from_account_id", "to_account_id", "from_store_id", "occurred_on",
		"currency", "amount", "fee", "memo", "created_at", "updated_at"}, transfers)
	if err != nil {
		return err
	}
	return w.capital(ctx, b, b.worth(20_000, 20_000, home))
}

// accounts looks up the default chart, which the organization has got from the database.
func (w *writer) accounts(ctx context.Context, b *business) error {
	rows, _ := w.tx.Query(ctx, `SELECT code, id FROM canonical.accounts WHERE organization_id = $1`, b.id)
	var code string
	var key int64
	b.accounts = map[string]int64{}
	_, err := pgx.ForEachRow(rows, []any{&code, &key}, func() error {
		b.accounts[code] = key
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the chart of accounts: %w", err)
	}
	return nil
}

// capital books what the owner began with.
func (w *writer) capital(ctx context.Context, b *business, amount int64) error {
	keys, err := w.keys(ctx, "journal_entries", 1)
	if err != nil {
		return err
	}
	_, err = w.tx.Exec(ctx, `
		WITH entry AS (
			INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo, created_at)
			VALUES ($1, $2, 'JournalEntry', $2, 'manual', $3::date, 'Owner''s capital', $3) RETURNING *)
		INSERT INTO canonical.journal_lines (organization_id, entry_id, posted_on, line, account_id, amount, currency, document_amount)
		SELECT entry.organization_id, entry.id, entry.posted_on, side.line, side.account, side.amount, $7, side.amount
		FROM entry, (VALUES (1, $4::bigint, $6::bigint), (2, $5, -$6)) AS side (line, account, amount)`,
		b.id, keys[0], b.began(), b.accounts["1000"], b.accounts["3000"], amount, b.currencies[0].currency)
	if err != nil {
		return fmt.Errorf("book the capital: %w", err)
	}
	return nil
}
