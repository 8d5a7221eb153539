package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// savedTax is a tax that a saved item has.
type savedTax struct {
	DocumentItemID, TaxRateID int64
	Name                      string
	Percentage                model.Decimal
}

// findTaxRates returns the tax rates with these keys that exist.
func (u *unitOfWork) findTaxRates(ctx context.Context, ids []int64) (map[int64]taxRate, error) {
	if u.batch != nil {
		return u.batch.taxRates, nil
	}
	rows, _ := u.Query(ctx, selectTaxRate+` WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[taxRate])
	if err != nil {
		return nil, fmt.Errorf("look up tax rates: %w", err)
	}
	return byID(list, func(t taxRate) int64 { return t.ID }), nil
}

// copyTaxRates returns the taxes that the items name. One that an item has already stays as it was copied, even if its
// rate has changed or has been archived since; a new one is copied from its rate.
func (u *unitOfWork) copyTaxRates(ctx context.Context, items []item) ([]itemTax, error) {
	var ids, saved []int64
	for _, it := range items {
		for _, id := range it.rates {
			ids = append(ids, id.Key)
		}
		if it.ID != nil && len(it.rates) > 0 {
			saved = append(saved, *it.ID)
		}
	}
	taxes := []itemTax{}
	if len(ids) == 0 {
		return taxes, nil
	}
	kept := map[[2]int64]savedTax{}
	if len(saved) > 0 {
		rows, _ := u.Query(ctx, `SELECT document_item_id, tax_rate_id, name, percentage FROM canonical.document_item_taxes
			WHERE organization_id = $1 AND document_item_id = ANY ($2)`, u.actor.OrganizationID, saved)
		taxes, err := pgx.CollectRows(rows, pgx.RowToStructByName[savedTax])
		if err != nil {
			return nil, fmt.Errorf("load taxes: %w", err)
		}
		for _, t := range taxes {
			kept[[2]int64{t.DocumentItemID, t.TaxRateID}] = t
		}
	}
	rates, err := u.findTaxRates(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if len(it.rates) > maxTaxes {
			u.addError(fmt.Sprintf("items.%d.taxRateIds", i), invalid, "must not be more than %d", maxTaxes)
		}
		seen := map[int64]bool{}
		for j, id := range it.rates {
			path := fmt.Sprintf("items.%d.taxRateIds.%d", i, j)
			rate, found := rates[id.Key]
			if it.ID != nil {
				if old, same := kept[[2]int64{*it.ID, id.Key}]; same {
					rate.Name, rate.Percentage, rate.ArchivedAt = old.Name, old.Percentage, nil
				}
			}
			switch {
			case !found || id.Type != "TaxRate":
				u.addError(path, notFound, "does not exist")
			case rate.ArchivedAt != nil:
				u.addError(path, state, "%s is archived", rate.Name)
			case seen[id.Key]:
				u.addError(path, invalid, "is named twice")
			}
			seen[id.Key] = true
			taxes = append(taxes, itemTax{Line: it.Line, Position: j + 1,
				TaxRateID: rate.ID, Name: rate.Name, Percentage: rate.Percentage})
		}
	}
	return taxes, nil
}
