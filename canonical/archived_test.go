package canonical_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// The database refuses changes of archived rows, whoever makes them. It takes what restores the row, and what changes
// nothing. Each table with a column archived_at is tried.
func TestArchivedRowsAreKept(t *testing.T) {
	t.Parallel()
	changes := map[string]struct{ insert, change string }{
		"accounts":  {`(organization_id, id, code, name, type) VALUES (1, 7000000, '6171', 'Rent', 'expense')`, `name = 'Lease'`},
		"people":    {`(organization_id, id, given_name) VALUES (1, 7000000, 'Ada')`, `given_name = 'Augusta'`},
		"tax_rates": {`(organization_id, id, name, percentage) VALUES (1, 7000000, 'GST', 10)`, `percentage = 11`},
		"products":  {`(organization_id, id, sku, name, unit_price, currency) VALUES (1, 7000000, 'S', 'Engine', 1, 'AUD')`, `unit_price = 2`},
		"stores":    {`(organization_id, id, name, time_zone) VALUES (1, 7000000, 'Norwood', 'UTC')`, `time_zone = 'Asia/Tokyo'`},
		"webhooks":  {`(organization_id, id, url, member_id, secret) VALUES (1, 7000000, 'https://example.com', 7000000, convert_to(repeat('s', 32), 'UTF8'))`, `url = 'https://example.org'`},
		"tills":     {`(organization_id, id, store_id, name) VALUES (1, 7000000, 7000001, 'Front')`, `name = 'Back'`},
		"channels":  {`(organization_id, id, name) VALUES (1, 7000000, 'Kitchen')`, `description = 'Hot'`},
	}
	tx := pgtest.Tx(t)
	rows, _ := tx.Query(t.Context(), `SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'canonical' AND column_name = 'archived_at' ORDER BY 1`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(tables) < len(changes) {
		t.Fatalf("only %v can be archived", tables)
	}
	_, err = tx.Exec(t.Context(), `INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
	must(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, 7000001, 'Unley', 'UTC')`)
	must(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO canonical.users (id, email, name) VALUES (7000000, 'ada@one.example', 'Ada')`)
	must(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 7000000, 'owner')`)
	must(t, err)
	for _, table := range tables {
		t.Run(table, func(t *testing.T) {
			c, known := changes[table]
			if !known {
				t.Fatalf("no change of a row of %s is tried", table)
			}
			row := " WHERE organization_id = 1 AND id = 7000000"
			exec := func(sql string) {
				t.Helper()
				_, err := tx.Exec(t.Context(), sql)
				must(t, err)
			}
			version := func() (version int) {
				t.Helper()
				must(t, tx.QueryRow(t.Context(), `SELECT version FROM canonical.`+table+row).Scan(&version))
				return version
			}
			exec(`INSERT INTO canonical.` + table + ` ` + c.insert)
			exec(`UPDATE canonical.` + table + ` SET archived_at = now()` + row)
			archived := version()
			for _, set := range []string{c.change, `archived_at = now() - interval '1 day'`, `external_ref = 'x'`, `updated_at = now() + interval '1 day'`} {
				if set == `external_ref = 'x'` && !slices.Contains([]string{"people", "stores"}, table) {
					continue
				}
				err := pgx.BeginFunc(t.Context(), tx, func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), `UPDATE canonical.`+table+` SET `+set+row)
					return err
				})
				var refused *pgconn.PgError
				if !errors.As(err, &refused) || refused.ConstraintName != table+"_archived" {
					t.Errorf("%s of an archived row: %v", set, err)
				}
			}
			exec(`UPDATE canonical.` + table + ` SET archived_at = archived_at` + row)
			if version() != archived {
				t.Error("an update that changes nothing made a new version")
			}
			exec(`UPDATE canonical.` + table + ` SET archived_at = NULL, ` + c.change + row)
			exec(`UPDATE canonical.` + table + ` SET ` + c.change + row)
		})
	}
}

// A shift is not published while its store or its person is archived; the errors name both.
func TestShiftsOfWhatIsArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop, ada := w.shop(w.owner, "UTC"), w.staff(w.owner, "Ada")
	id := w.rostered(shop, some(ada), "2026-03-01T09:00", "2026-03-01T17:00")
	_, err := w.PersonArchive(t.Context(), w.owner, ada.Key, nil)
	must(t, err)
	_, err = w.StoreArchive(t.Context(), w.owner, shop.Key, nil)
	must(t, err)
	named := func(err error) (list []string) {
		t.Helper()
		if invalid := new(*canonical.Invalid); errors.As(err, invalid) {
			for _, mistake := range (*invalid).Errors {
				if mistake.RecordID != nil {
					list = append(list, mistake.Path+" "+mistake.RecordID.String()+" "+mistake.Message)
				}
			}
		}
		return list
	}
	_, err = w.ShiftPublish(t.Context(), w.owner, id, nil)
	wantMistakes(t, err, "id STATE", "id STATE")
	if got, want := named(err), []string{"id " + shop.String() + " its store", "id " + ada.String() + " its person Ada is archived"}; len(got) != 2 ||
		got[0][:len(want[0])] != want[0] || got[1] != want[1] {
		t.Errorf("named %q, want %q", got, want)
	}
	_, err = w.ShiftCreate(t.Context(), w.owner, roster(shop, some(ada), "2026-03-02T09:00", "2026-03-02T17:00"))
	if got, want := named(err), []string{"storeId " + shop.String() + " is archived", "personId " + ada.String() + " is archived"}; !slices.Equal(got, want) {
		t.Errorf("named %q, want %q", got, want)
	}
	_, err = w.PersonRestore(t.Context(), w.owner, ada.Key, nil)
	must(t, err)
	_, err = w.StoreRestore(t.Context(), w.owner, shop.Key, nil)
	must(t, err)
	_, err = w.ShiftPublish(t.Context(), w.owner, id, nil)
	must(t, err)
	if state := one[string](w, `SELECT upper(state) FROM canonical.shifts WHERE id = $1`, id); state != string(model.ShiftStatePublished) {
		t.Errorf("the shift is %s", state)
	}
}

// What was archived since stays where it is named again: accounts that money is kept in, and a product's tax rate.
func TestWhatIsArchivedStays(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	created, err := w.AccountCreate(ctx, w.owner, model.AccountCreateInput{Code: "2051", Name: "Card", Type: model.AccountTypeLiability})
	must(t, err)
	card, bank, rate := model.ID{Type: "Account", Key: created}, w.account(w.owner, "1000"), w.taxRate(w.owner, "Ten", "10")
	expense, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "6100"), MoneyAccountID: some(card), Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: card, Amount: dec("5")})
	must(t, err)
	product, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{Sku: some("LAMP"), Name: some("Lamp"), UnitPrice: dec("5"), TaxRateID: some(rate)})
	must(t, err)
	must(t, ignore(w.AccountArchive(ctx, w.owner, card.Key, nil)))
	must(t, ignore(w.TaxRateArchive(ctx, w.owner, rate.Key, nil)))
	must(t, ignore(w.MoneyEntryUpdate(ctx, w.owner, model.MoneyEntryKindExpense, expense, nil, model.MoneyEntryUpdateInput{MoneyAccountID: some(card), Memo: some("again")})))
	must(t, ignore(w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{FromAccountID: some(bank), ToAccountID: some(card), Memo: some("again")})))
	must(t, ignore(w.ProductUpdate(ctx, w.owner, product, nil, model.ProductUpdateInput{TaxRateID: some(rate), Name: some("Lamp again")})))
	wantMistakes(t, ignore(w.TransferUpdate(ctx, w.owner, transfer, nil, model.TransferUpdateInput{FromAccountID: some(card), ToAccountID: some(w.account(w.owner, "1010"))})), "fromAccountId STATE")
}
