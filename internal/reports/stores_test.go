package reports_test

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

// storeLine is a line of random books; store 0 is the office.
type storeLine struct {
	store, account, amount int64
	day                    model.Date
}

// booksOfStores makes random books of three stores and the office, and returns their lines.
func booksOfStores(t *testing.T, random *rand.Rand, entries int) (b reports.Books, lines []storeLine) {
	t.Helper()
	b, tx := books(t)
	if _, err := tx.Exec(t.Context(), `INSERT INTO canonical.stores (organization_id, id, name, time_zone) OVERRIDING SYSTEM VALUE
		SELECT 7, n, 'Store ' || n, 'UTC' FROM generate_series(1, 3) AS n`); err != nil {
		t.Fatal(err)
	}
	for entry := range int64(entries) {
		store, at, amount := random.Int64N(4), day("2024-05-01").AddDays(random.IntN(700)), 1+random.Int64N(1000)
		debit := bank + random.Int64N(5)
		credit := bank + (debit-bank+1+random.Int64N(4))%5
		lines = append(lines, storeLine{store, debit, amount, at}, storeLine{store, credit, -amount, at})
		_, err := tx.Exec(t.Context(), `
			WITH entry AS (
				INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo)
				OVERRIDING SYSTEM VALUE VALUES (7, $1, 'JournalEntry', $1, 'manual', $2, '') RETURNING id)
			INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, store_id, amount, currency, document_amount)
			SELECT 7, entry.id, side.line, side.account, nullif($3::bigint, 0), side.amount, 'AUD', side.amount
			FROM entry CROSS JOIN (VALUES (1, $4::bigint, $6::bigint), (2, $5, -$6)) AS side (line, account, amount)`,
			1000+entry, at, store, debit, credit, amount)
		if err != nil {
			t.Fatal(err)
		}
	}
	return b, lines
}

// stored returns the amounts of the columns of stores by the stores' keys, 0 for the office.
func stored(columns []model.StoreAmount) map[int64]decimal.Decimal {
	found := map[int64]decimal.Decimal{}
	for _, c := range columns {
		key := int64(0)
		if c.StoreID != nil {
			key = c.StoreID.Key
		}
		found[key] = c.Amount.Amount.Decimal
	}
	return found
}

// minor returns an amount of AUD.
func minor(amount int64) decimal.Decimal { return model.FromMinor(amount, "AUD").Amount.Decimal }

// Each store's column is the sum of its lines and balances by itself, the columns sum to the whole, and the report of some
// stores has their columns alone.
func TestStatementsByStore(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	b, lines := booksOfStores(t, random, 300)
	chosen := b
	chosen.Stores = reports.StoresOf([]*model.ID{{Type: "Store", Key: 2}, nil, {Type: "Person", Key: 1}})
	for range 20 {
		from := day("2024-05-01").AddDays(random.IntN(500))
		to := from.AddDays(random.IntN(200))
		profits := map[int64]int64{0: 0, 1: 0, 2: 0, 3: 0}
		for _, l := range lines {
			if l.account >= bank+3 && !l.day.Before(from.Time) && !l.day.After(to.Time) {
				profits[l.store] -= l.amount
			}
		}
		all, err := b.ProfitAndLoss(t.Context(), from, to, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		some, err := chosen.ProfitAndLoss(t.Context(), from, to, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		columns, sum := stored(all.Profit.ByStore), decimal.Zero
		for store, profit := range profits {
			if !columns[store].Equal(minor(profit)) {
				t.Errorf("from %s to %s store %d has %s, not %s", from, to, store, columns[store], minor(profit))
			}
			sum = sum.Add(columns[store])
		}
		if !sum.Equal(all.Profit.Amount.Amount.Decimal) {
			t.Errorf("from %s to %s the stores have %s, the whole %s", from, to, sum, all.Profit.Amount.Amount)
		}
		if want := minor(profits[0] + profits[2]); !some.Profit.Amount.Amount.Equal(want) || len(some.Profit.ByStore) != 2 || some.Profit.ByStore[0].StoreID != nil {
			t.Errorf("from %s to %s some stores have %+v, not %s", from, to, some.Profit, want)
		}

		sheet, err := b.BalanceSheet(t.Context(), &to, &from)
		if err != nil {
			t.Fatal(err)
		}
		owned, owed, equity := stored(sheet.Assets.Total.ByStore), stored(sheet.Liabilities.Total.ByStore), stored(sheet.TotalEquity.ByStore)
		balance, err := b.TrialBalance(t.Context(), &to, nil)
		if err != nil {
			t.Fatal(err)
		}
		left := stored(balance.RetainedEarnings.ByStore)
		for _, row := range balance.Rows {
			for store, amount := range stored(row.ByStore) {
				left[store] = left[store].Add(amount)
			}
		}
		for store := range profits {
			if !owned[store].Equal(owed[store].Add(equity[store])) || !left[store].IsZero() {
				t.Errorf("on %s store %d owns %s, owes %s and has %s; its trial balance leaves %s", to, store, owned[store], owed[store], equity[store], left[store])
			}
		}
	}
}

// The register of an account in one store has its lines alone, with what the store holds after each, on every page.
func TestRegisterOfAStore(t *testing.T) {
	t.Parallel()
	b, lines := booksOfStores(t, rand.New(rand.NewPCG(3, 4)), 120)
	for _, store := range []int64{0, 2} {
		id := &model.ID{Type: "Store", Key: store}
		if store == 0 {
			id = nil
		}
		b.Stores = reports.StoresOf([]*model.ID{id})
		want, count := int64(0), 0
		for _, l := range lines {
			if l.store == store && l.account == bank {
				want, count = want+l.amount, count+1
			}
		}
		query, read := projection.PageQuery{First: new(7)}, 0
		for {
			page, err := b.AccountRegister(t.Context(), bank, query)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page.Nodes {
				if (l.StoreID == nil) != (id == nil) || id != nil && *l.StoreID != *id {
					t.Errorf("a line of store %v among those of %v", l.StoreID, id)
				}
			}
			if read += len(page.Nodes); !page.PageInfo.HasNextPage {
				if last := page.Nodes[len(page.Nodes)-1].Balance.Amount; !last.Equal(minor(want)) || read != count {
					t.Errorf("%d lines end at %s; there are %d, which end at %s", read, last, count, minor(want))
				}
				break
			}
			query.After = page.PageInfo.EndCursor
		}
	}
}
