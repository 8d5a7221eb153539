package canonical

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
)

type taxRate struct {
	master
	Name       string
	Percentage model.Decimal
}

const selectTaxRate = `SELECT id, version, name, percentage, archived_at FROM canonical.tax_rates`

// TaxRateCreate saves a tax rate and returns its key. Names are unique among live rates, in any case.
func (s *Store) TaxRateCreate(ctx context.Context, actor Actor, in model.TaxRateCreateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return u.saveTaxRate(ctx, taxRate{}, model.TaxRateUpdateInput{
			Name: in.Name, Percentage: graphql.OmittableOf(&in.Percentage),
		})
	})
}

// TaxRateUpdate changes the given fields. Saved document items keep the rate that they were saved with.
func (s *Store) TaxRateUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.TaxRateUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		t, err := loadLive[taxRate](ctx, u, id, expectedVersion, selectTaxRate)
		if err != nil {
			return 0, err
		}
		return u.saveTaxRate(ctx, t, in)
	})
}

// TaxRateArchive takes a tax rate out of use: nothing new may name it. One that is archived already stays as it is.
func (s *Store) TaxRateArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return archive[taxRate](ctx, u, id, expectedVersion, selectTaxRate, "tax_rates")
	})
}

// TaxRateRestore brings an archived tax rate back, unless a live one has its name. One that is live already stays as it is.
func (s *Store) TaxRateRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[taxRate](ctx, u, id, expectedVersion, selectTaxRate, "tax_rates")
	})
}

// checkUnused checks that no other live tax rate has the name.
func (t taxRate) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "name", "TaxRate", "tax_rates", t.ID, t.Name, "true")
}

func (u *unitOfWork) saveTaxRate(ctx context.Context, t taxRate, in model.TaxRateUpdateInput) (int64, error) {
	set(&t.Name, in.Name)
	set(&t.Percentage, in.Percentage)

	u.checkRequired("name", &t.Name, maxLine)
	if p := t.Percentage; p.IsNegative() || p.GreaterThan(decimal.NewFromInt(100)) || !p.Equal(p.Truncate(4)) {
		u.addError("percentage", invalid, "must be from 0 to 100 with at most four decimals")
	}
	if value, given := in.Percentage.ValueOK(); given && value == nil {
		u.addError("percentage", required, "must be given")
	}
	if err := t.checkUnused(ctx, u); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, t.ID, row{table: "tax_rates", columns: columns{
		{"name", t.Name}, {"percentage", t.Percentage},
	}})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"tax_rates_name_given":       {Path: "name", Code: required, Message: "must be given"},
		"tax_rates_name_key":         {Path: "name", Code: taken, Message: "is in use"},
		"tax_rates_percentage_range": {Path: "percentage", Code: invalid, Message: "must be from 0 to 100"},
	})
}
