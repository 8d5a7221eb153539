package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// referredRecords are the records that the rows of a bulk refer to and that exist.
type referredRecords struct {
	base       string         // currency
	rounding   string         // of taxes: line or rate
	archived   map[int64]bool // has every store, with whether it is archived
	people     map[int64]bool // in the same way
	currencies map[string]bool

	// What lines refer to. No product says here that it is archived: a sale that is known keeps it.
	products         map[int64]product
	archivedProducts map[int64]bool
	taxRates         map[int64]taxRate
	accounts         map[int64]saleAccount
}

// saleAccount says whether lines may be booked on an account.
type saleAccount struct{ archived, control bool }

func (r *referredRecords) checkStore(u *unitOfWork, path string, id model.ID) {
	archived, found := r.archived[id.Key]
	switch {
	case id.Type != "Store" || !found:
		u.addError(path, notFound, "does not exist")
	case archived:
		u.addError(path, state, "is archived")
	}
}

// findReferredRecords reads the records that the rows of a bulk refer to, in one round trip, and where lines have products in a
// second one the rates of these.
func (u *unitOfWork) findReferredRecords(ctx context.Context, in model.SalesRecordInput) (referredRecords, error) {
	found := referredRecords{archived: map[int64]bool{}, people: map[int64]bool{}, currencies: map[string]bool{}}
	stores, people, currencies := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
	products, rates, accounts := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	if id := in.StoreID.Value(); id != nil {
		stores[id.Key] = true
	}
	for _, row := range in.Sales {
		if id := row.StoreID.Value(); id != nil {
			stores[id.Key] = true
		}
		if id := row.PersonID.Value(); id != nil {
			people[id.Key] = true
		}
		if code := row.Currency.Value(); code != nil && currencyForm.MatchString(*code) {
			currencies[*code] = true
		}
		for _, line := range row.Lines.Value() {
			if id := line.ProductID.Value(); id != nil {
				products[id.Key] = true
			}
			if id := line.AccountID.Value(); id != nil {
				accounts[id.Key] = true
			}
			for _, id := range line.TaxRateIds.Value() {
				rates[id.Key] = true
			}
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT id, archived_at IS NOT NULL FROM canonical.stores WHERE organization_id = $1 AND id = ANY ($2)`,
		u.actor.OrganizationID, keysOf(stores)).Query(func(rows pgx.Rows) error {
		var id int64
		var archived bool
		_, err := pgx.ForEachRow(rows, []any{&id, &archived}, func() error { found.archived[id] = archived; return nil })
		return err
	})
	batch.Queue(`SELECT id, archived_at IS NOT NULL FROM canonical.people WHERE organization_id = $1 AND id = ANY ($2)`,
		u.actor.OrganizationID, keysOf(people)).Query(func(rows pgx.Rows) error {
		var id int64
		var archived bool
		_, err := pgx.ForEachRow(rows, []any{&id, &archived}, func() error { found.people[id] = archived; return nil })
		return err
	})
	batch.Queue(`SELECT code, code = organization.base_currency, organization.tax_rounding
		FROM canonical.currencies JOIN canonical.organizations AS organization ON organization.id = $1
		WHERE code = organization.base_currency OR code = ANY ($2)`,
		u.actor.OrganizationID, keysOf(currencies)).Query(func(rows pgx.Rows) error {
		var code string
		var base bool
		_, err := pgx.ForEachRow(rows, []any{&code, &base, &found.rounding}, func() error {
			if found.currencies[code] = true; base {
				found.base = code
			}
			return nil
		})
		return err
	})
	if len(products) > 0 {
		batch.Queue(selectProduct+` WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, keysOf(products)).Query(found.readProducts)
	}
	if len(accounts) > 0 {
		batch.Queue(`SELECT id, archived_at IS NOT NULL, coalesce(system_role = ANY ($3), false) FROM canonical.accounts
			WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, keysOf(accounts), controlAccounts).Query(found.readAccounts)
	}
	if err := u.SendBatch(ctx, batch).Close(); err != nil {
		return found, fmt.Errorf("look up what the sales refer to: %w", err)
	}
	for _, p := range found.products {
		if p.TaxRateID != nil {
			rates[*p.TaxRateID] = true
		}
	}
	if len(rates) == 0 {
		return found, nil
	}
	var err error
	found.taxRates, err = u.findTaxRates(ctx, keysOf(rates))
	return found, err
}

func (r *referredRecords) readProducts(rows pgx.Rows) error {
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[product])
	r.archivedProducts = map[int64]bool{}
	for i := range list {
		r.archivedProducts[list[i].ID] = list[i].ArchivedAt != nil
		list[i].ArchivedAt = nil
	}
	r.products = byID(list, func(p product) int64 { return p.ID })
	return err
}

func (r *referredRecords) readAccounts(rows pgx.Rows) error {
	r.accounts = map[int64]saleAccount{}
	var id int64
	var account saleAccount
	_, err := pgx.ForEachRow(rows, []any{&id, &account.archived, &account.control}, func() error { r.accounts[id] = account; return nil })
	return err
}
