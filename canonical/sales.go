package canonical

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

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

func (a SalesRecorded) saved() bool { return anySaved(a.IDs) }

// sale is one row of a bulk.
type sale struct {
	Place      int // in the input, from 0
	StoreID    int64
	Kind       string
	OccurredAt time.Time // whole microseconds, as the database keeps them
	Currency   string
	Amount     int64 // minor units
	PersonID   *int64
	TillID     *int64
	// ExternalRef is the sale's reference, unique in its store. A sale without one is always new.
	ExternalRef string

	// What a simple sale has not.
	RefundedID       *int64
	PricesIncludeTax bool
	Lines            []saleLine
	Tenders          []saleTender

	// Where the sale belongs, once it is placed.
	BookedOn      model.Date
	TillSessionID *int64
	BookedLate    bool

	// amountGiven is whether Amount is the row's, and not what the lines come to.
	amountGiven bool
	// mistakes are user errors of the row unless it is known: what it names may have been archived since.
	mistakes []model.UserError
}

// simple reports whether an amount is all that is known.
func (s sale) simple() bool { return s.Lines == nil && s.Tenders == nil && s.RefundedID == nil }

// at returns the path of a field of the row.
func (s sale) at(field string) string { return fmt.Sprintf("sales.%d.%s", s.Place, field) }

// late adds a user error that does not count if the row is known.
func (s *sale) late(path, message string) {
	s.mistakes = append(s.mistakes, model.UserError{Path: path, Code: state, Message: message})
}

// reference returns what a sale is recognised by; a row without an ExternalRef is never recognised.
func (s sale) reference() saleReference { return saleReference{s.StoreID, s.ExternalRef} }

type saleReference struct {
	storeID int64
	ref     string
}

// SalesRecord records 1 to 5 000 sales in a few statements, however many there are already.
//
// A row whose store has a sale with the same reference and the content that the row gives is known: it is not recorded again,
// even if that sale is void. With another content it is a user error. So a call may be repeated, also at the same time.
//
// A refund that names its sale gives back no more than is left of that, and line by line no more than is left of each; the rows of
// a call are taken in their order.
//
// Under the policy SKIP_AND_REPORT, rows with user errors are left out and reported; otherwise one user error rejects the
// whole call. A wrong number of rows or a wrong store of the call itself always rejects it.
func (s *Store) SalesRecord(ctx context.Context, actor Actor, in model.SalesRecordInput) (SalesRecorded, error) {
	var answer SalesRecorded
	_, err := s.transactRows(ctx, actor, editors, "sales", &answer, func(u *unitOfWork) (int64, error) {
		answer = SalesRecorded{IDs: make([]int64, len(in.Sales))}
		if len(in.Sales) == 0 || len(in.Sales) > maxSales {
			return 0, reject("sales", invalid, fmt.Sprintf("must be from 1 to %d", maxSales))
		}
		lines := 0
		for _, row := range in.Sales {
			lines += len(row.Lines.Value())
		}
		if lines > maxSaleLines {
			return 0, reject("sales", invalid, fmt.Sprintf("must not have more than %d lines together", maxSaleLines))
		}
		found, err := u.findReferredRecords(ctx, in)
		if err != nil {
			return 0, err
		}
		rows, err := u.checkSales(&found, in)
		if err != nil {
			return 0, err
		}
		if err := u.saveSales(ctx, &answer, &found, rows); err != nil {
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
func (u *unitOfWork) checkSales(found *referredRecords, in model.SalesRecordInput) ([]sale, error) {
	mistakes := len(u.Errors)
	if id := in.StoreID.Value(); id != nil {
		found.checkStore(u, "storeId", *id)
	}
	if len(u.Errors) > mistakes || u.unread["storeId"] {
		return nil, u.err()
	}
	unread := map[int]bool{} // places of rows with something that could not be read
	for path := range u.unread {
		if place, _, ok := placeOf("sales", path); ok {
			unread[place] = true
		}
	}
	rows := make([]sale, 0, len(in.Sales))
	for place, input := range in.Sales {
		if u.elsewhere[place] {
			continue
		}
		mistakes := len(u.Errors)
		if row := u.checkSale(found, place, in, input); len(u.Errors) == mistakes && !unread[place] {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (u *unitOfWork) checkSale(found *referredRecords, place int, in model.SalesRecordInput, input model.SaleInput) sale {
	row := sale{
		Place: place, Kind: strings.ToLower(string(input.Kind)), OccurredAt: input.OccurredAt.Truncate(time.Microsecond),
		Currency: found.base, PricesIncludeTax: input.PricesIncludeTax,
	}
	at := row.at
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
	switch amount := input.Amount.Value(); {
	case amount != nil:
		row.Amount, row.amountGiven = u.toPositiveMinor(at("amount"), *amount, row.Currency), true
	case input.Lines.Value() == nil:
		u.addError(at("amount"), required, "must be given where there are no lines")
	}
	if id := input.PersonID.Value(); id != nil {
		row.PersonID = &id.Key
		switch archived, exists := found.people[id.Key]; {
		case id.Type != "Person" || !exists:
			u.addError(at("personId"), notFound, "does not exist")
		case archived:
			row.late(at("personId"), "is archived")
		}
	}
	if id := input.TillID.Value(); id != nil {
		if row.TillID = &id.Key; id.Type != "Till" {
			u.addError(at("tillId"), notFound, "does not exist in the store")
		}
	}
	ref := input.ExternalRef.Value()
	u.checkOptional(at("externalRef"), &ref)
	if ref != nil {
		row.ExternalRef = *ref
	}
	if id := input.RefundOfID.Value(); id != nil {
		switch row.RefundedID = &id.Key; {
		case id.Type != "Sale":
			u.addError(at("refundOfId"), notFound, "does not exist")
		case row.Kind != "refund":
			u.addError(at("refundOfId"), invalid, "is named by refunds only")
		}
	}
	u.checkSaleLines(found, at, &row, input.Lines.Value())
	u.checkSaleTenders(at, &row, input.Tenders.Value())
	return row
}

// SaleVoid voids a sale, for good. One that live refunds name is not voided before them, and one that a day close has posted not at
// all.
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
		if err := u.checkUnposted(ctx, id); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.sales SET voided_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}
