package canonical

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// maxSales is how many sales one call records at most.
const maxSales = 5000

// The bounds of a sale's time; the database has the same.
var (
	firstSale = time.Date(1900, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastSale  = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC) // exclusive
)

// currencyForm matches what may be a currency code; only such texts are looked up.
var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// SalesRecorded is the result of a bulk.
type SalesRecorded struct {
	// IDs has the key of each row's sale, by the row's place in the input; 0 for a refused row.
	IDs []int64
	// Recorded counts the rows that are new, Known those that were recorded before, Refused those with user errors.
	Recorded, Known, Refused int
	// Mistakes are the user errors of the refused rows, with paths such as `sales.17.amount`.
	Mistakes []model.UserError
}

// sale is one row of a bulk.
type sale struct {
	Place      int // in the input, from 0
	StoreID    int64
	Kind       string
	OccurredAt time.Time // whole microseconds, as the database keeps them
	Currency   string
	Amount     int64 // minor units
	PersonID   *int64
	// ExternalRef is the sale's reference, unique in its store. A sale without one is always new.
	ExternalRef string
}

// reference returns what a sale is recognised by; a row without an ExternalRef is never recognised.
func (s sale) reference() saleReference { return saleReference{s.StoreID, s.ExternalRef} }

type saleReference struct {
	storeID int64
	ref     string
}

// equals reports whether two rows have the same content.
func (s sale) equals(o sale) bool {
	return s.Kind == o.Kind && s.OccurredAt.Equal(o.OccurredAt) && s.Currency == o.Currency && s.Amount == o.Amount &&
		(s.PersonID == nil) == (o.PersonID == nil) && (s.PersonID == nil || *s.PersonID == *o.PersonID)
}

// SalesRecord records 1 to 5 000 sales in a few statements, however many there are already.
//
// A row whose store has a sale with the same reference and content is known: it is not recorded again, even if that sale
// is void. With another content it is a user error. So a call may be repeated, also at the same time.
//
// Under the policy SKIP_AND_REPORT, rows with user errors are left out and reported; otherwise one user error rejects the
// whole call. A wrong number of rows or a wrong store of the call itself always rejects it.
func (s *Store) SalesRecord(ctx context.Context, actor Actor, in model.SalesRecordInput) (SalesRecorded, error) {
	var answer SalesRecorded
	_, err := s.transactAnswer(ctx, actor, editors, &answer, func(u *unitOfWork) (int64, error) {
		answer = SalesRecorded{IDs: make([]int64, len(in.Sales))}
		if len(in.Sales) == 0 || len(in.Sales) > maxSales {
			return 0, reject("sales", invalid, fmt.Sprintf("must be from 1 to %d", maxSales))
		}
		rows, err := u.checkSales(ctx, in)
		if err != nil {
			return 0, err
		}
		if err := u.saveSales(ctx, &answer, rows); err != nil {
			return 0, err
		}
		if in.OnError == model.BulkErrorPolicySkipAndReport {
			answer.Mistakes, u.Errors = u.Errors, nil
		}
		return 0, u.err()
	})
	if err != nil {
		return SalesRecorded{}, err
	}
	for _, id := range answer.IDs {
		if id == 0 {
			answer.Refused++
		}
	}
	answer.Known = len(answer.IDs) - answer.Refused - answer.Recorded
	return answer, nil
}

// checkSales checks each row of a bulk by itself and returns the rows without a user error.
func (u *unitOfWork) checkSales(ctx context.Context, in model.SalesRecordInput) ([]sale, error) {
	found, err := u.findReferredRecords(ctx, in)
	if err != nil {
		return nil, err
	}
	mistakes := len(u.Errors)
	if id := in.StoreID.Value(); id != nil {
		found.checkStore(u, "storeId", *id)
	}
	if len(u.Errors) > mistakes || u.unread["storeId"] {
		return nil, u.err()
	}
	unread := map[int]bool{} // places of rows with something that could not be read
	for path := range u.unread {
		var place int
		if _, err := fmt.Sscanf(path, "sales.%d.", &place); err == nil {
			unread[place] = true
		}
	}
	rows := make([]sale, 0, len(in.Sales))
	for place, input := range in.Sales {
		mistakes := len(u.Errors)
		if row := u.checkSale(found, place, in, input); len(u.Errors) == mistakes && !unread[place] {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (u *unitOfWork) checkSale(found referredRecords, place int, in model.SalesRecordInput, input model.SaleInput) sale {
	at := func(field string) string { return fmt.Sprintf("sales.%d.%s", place, field) }
	row := sale{
		Place: place, Kind: strings.ToLower(string(input.Kind)), OccurredAt: input.OccurredAt.Truncate(time.Microsecond),
		Currency: found.base,
	}
	switch own, shared := input.StoreID.Value(), in.StoreID.Value(); {
	case own != nil:
		row.StoreID = own.Key
		found.checkStore(u, at("storeId"), *own)
	case shared != nil:
		row.StoreID = shared.Key
	default:
		u.addError(at("storeId"), required, "must be given")
	}
	if row.OccurredAt.Before(firstSale) || !row.OccurredAt.Before(lastSale) {
		u.addError(at("occurredAt"), invalid, "must be from the year 1900 to 2199")
	}
	if setGiven(&row.Currency, input.Currency); !found.currencies[row.Currency] {
		u.addError(at("currency"), invalid, wrongCurrency)
	}
	row.Amount = u.toPositiveMinor(at("amount"), input.Amount, row.Currency)
	if id := input.PersonID.Value(); id != nil {
		if row.PersonID = &id.Key; id.Type != "Person" || !found.people[id.Key] {
			u.addError(at("personId"), notFound, "does not exist")
		}
	}
	ref := input.ExternalRef.Value()
	u.checkOptional(at("externalRef"), &ref)
	if ref != nil {
		row.ExternalRef = *ref
	}
	return row
}

// referredRecords are the records that the rows of a bulk refer to and that exist.
type referredRecords struct {
	base       string
	archived   map[int64]bool // has every store, with whether it is archived
	people     map[int64]bool
	currencies map[string]bool
}

func (r referredRecords) checkStore(u *unitOfWork, path string, id model.ID) {
	archived, found := r.archived[id.Key]
	switch {
	case id.Type != "Store" || !found:
		u.addError(path, notFound, "does not exist")
	case archived:
		u.addError(path, state, "is archived")
	}
}

// findReferredRecords reads the records that the rows of a bulk refer to, in one round trip.
func (u *unitOfWork) findReferredRecords(ctx context.Context, in model.SalesRecordInput) (referredRecords, error) {
	found := referredRecords{archived: map[int64]bool{}, people: map[int64]bool{}, currencies: map[string]bool{}}
	stores, people, currencies := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
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
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT id, archived_at IS NOT NULL FROM canonical.stores WHERE organization_id = $1 AND id = ANY ($2)`,
		u.actor.OrganizationID, keysOf(stores)).Query(func(rows pgx.Rows) error {
		var id int64
		var archived bool
		_, err := pgx.ForEachRow(rows, []any{&id, &archived}, func() error { found.archived[id] = archived; return nil })
		return err
	})
	batch.Queue(`SELECT id FROM canonical.people WHERE organization_id = $1 AND id = ANY ($2)`,
		u.actor.OrganizationID, keysOf(people)).Query(func(rows pgx.Rows) error {
		var id int64
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { found.people[id] = true; return nil })
		return err
	})
	batch.Queue(`SELECT code, code = organization.base_currency
		FROM canonical.currencies JOIN canonical.organizations AS organization ON organization.id = $1
		WHERE code = organization.base_currency OR code = ANY ($2)`,
		u.actor.OrganizationID, keysOf(currencies)).Query(func(rows pgx.Rows) error {
		var code string
		var base bool
		_, err := pgx.ForEachRow(rows, []any{&code, &base}, func() error {
			if found.currencies[code] = true; base {
				found.base = code
			}
			return nil
		})
		return err
	})
	if err := u.SendBatch(ctx, batch).Close(); err != nil {
		return found, fmt.Errorf("look up what the sales refer to: %w", err)
	}
	return found, nil
}

// SaleVoid voids a sale, for good.
func (s *Store) SaleVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	type voidable struct {
		record
		Voided bool
	}
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		found, err := load[voidable](ctx, u, id, expectedVersion, `SELECT id, version, voided_at IS NOT NULL AS voided FROM canonical.sales`)
		switch {
		case err != nil:
			return 0, err
		case found.Voided:
			return 0, reject("id", state, "is void already")
		}
		return u.changeRecord(id, `UPDATE canonical.sales SET voided_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}
