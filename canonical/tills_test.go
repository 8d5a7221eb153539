package canonical_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// noonDay is the business date of noon in Adelaide.
var noonDay = model.NewDate(2026, 3, 10)

// till adds a till to a store.
func (w *world) till(store model.ID, name string) model.ID {
	w.t.Helper()
	id, err := w.TillCreate(w.t.Context(), w.owner, model.TillCreateInput{StoreID: store, Name: some(name)})
	must(w.t, err)
	return model.ID{Type: "Till", Key: id}
}

// opened opens a till for the day of noon, and returns the session's key.
func (w *world) opened(till model.ID, float string) int64 {
	w.t.Helper()
	id, err := w.TillOpen(w.t.Context(), w.owner, model.TillOpenInput{TillID: till, OpeningFloat: some(dec(float)), BusinessDate: some(noonDay)})
	must(w.t, err)
	return id
}

// tendered is a row of a bulk on a till that is paid with one tender.
func tendered(till model.ID, tender model.Tender, amount string) model.SaleInput {
	in := sold(amount, "")
	in.TillID = some(till)
	in.Tenders = graphql.OmittableOf([]model.SaleTenderInput{{Tender: tender, Amount: dec(amount)}})
	return in
}

// counted is what was counted of cash alone.
func counted(cash string) model.TillCloseInput {
	return model.TillCloseInput{Counted: []model.TillCountInput{{Tender: model.TenderCash, Amount: some(dec(cash))}}}
}

// wantConstraint checks that a statement was refused by a constraint.
func wantConstraint(t *testing.T, err error, name string) {
	t.Helper()
	if !broke(err, name) {
		t.Errorf("%v does not break %s", err, name)
	}
}

func TestTills(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north, south := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South")
	front := w.till(north, "Front")
	w.till(south, "Front")
	_, err := w.TillCreate(ctx, w.owner, model.TillCreateInput{StoreID: north, Name: some(" front ")})
	wantMistakes(t, err, "name TAKEN")
	_, err = w.TillCreate(ctx, w.owner, model.TillCreateInput{StoreID: front})
	wantMistakes(t, err, "storeId NOT_FOUND", "name REQUIRED")
	_, err = w.TillUpdate(ctx, w.owner, front.Key, nil, model.TillUpdateInput{Name: some("Counter")})
	must(t, err)
	staff := w.owner
	staff.Role = model.RoleStaff
	_, err = w.TillUpdate(ctx, staff, front.Key, nil, model.TillUpdateInput{Name: some("Bar")})
	wantMistakes(t, err, " FORBIDDEN")
	if name := one[string](w, `SELECT name || ' ' || version FROM canonical.tills WHERE id = $1`, front.Key); name != "Counter 2" {
		t.Error(name)
	}

	session, err := w.TillOpen(ctx, staff, model.TillOpenInput{TillID: front})
	must(t, err)
	_, err = w.TillArchive(ctx, w.owner, front.Key, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.TillClose(ctx, staff, session, nil, counted("0"))
	must(t, err)
	_, err = w.TillArchive(ctx, w.owner, front.Key, nil)
	must(t, err)
	_, err = w.TillOpen(ctx, staff, model.TillOpenInput{TillID: front})
	wantMistakes(t, err, "tillId STATE")
	_, err = w.TillRestore(ctx, w.owner, front.Key, nil)
	must(t, err)
	_, err = w.pool.Exec(ctx, `UPDATE canonical.tills SET store_id = $2 WHERE id = $1`, front.Key, south.Key)
	wantConstraint(t, err, "tills_fixed")
}

func TestTillSessions(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	for name, in := range map[string]struct {
		in   model.TillOpenInput
		want string
	}{
		"no till":          {model.TillOpenInput{TillID: north}, "tillId NOT_FOUND"},
		"a negative float": {model.TillOpenInput{TillID: front, OpeningFloat: some(dec("-1"))}, "openingFloat INVALID"},
		"a part of a cent": {model.TillOpenInput{TillID: front, OpeningFloat: some(dec("0.001"))}, "openingFloat INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.TillOpen(ctx, w.owner, in.in)
			wantMistakes(t, err, in.want)
		})
	}
	today := one[string](w, `SELECT canonical.business_date($1, $2, now())::text`, w.owner.OrganizationID, north.Key)
	first, err := w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front})
	must(t, err)
	if day := one[string](w, `SELECT business_date::text FROM canonical.till_sessions WHERE id = $1`, first); day < today {
		t.Errorf("opened for %s, not for %s", day, today)
	}
	_, err = w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front})
	wantMistakes(t, err, "tillId STATE")
	_, err = w.TillClose(ctx, w.owner, first, nil, counted("0"))
	must(t, err)

	session := w.opened(front, "50")
	move := func(direction model.TillMoveDirection, amount string, account ...model.ID) error {
		in := model.TillMoveInput{Direction: direction, Amount: dec(amount), Reason: "Change"}
		if len(account) > 0 {
			in.AccountID = some(account[0])
		}
		_, err := w.TillMove(ctx, w.owner, session, nil, in)
		return err
	}
	wantMistakes(t, move(model.TillMoveDirectionOut, "50.01"), "amount EXCEEDS")
	wantMistakes(t, move(model.TillMoveDirectionOut, "0"), "amount INVALID")
	wantMistakes(t, move(model.TillMoveDirectionIn, "1", w.account(w.owner, "1100")), "accountId INVALID")
	must(t, move(model.TillMoveDirectionIn, "10"))
	_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCash, "5"), tendered(front, model.TenderCard, "100")))
	must(t, err)
	wantMistakes(t, move(model.TillMoveDirectionOut, "65.01"), "amount EXCEEDS")
	must(t, move(model.TillMoveDirectionOut, "65", w.account(w.owner, "1000")))
	if cash := one[int64](w, `SELECT canonical.till_cash($1, $2)`, w.owner.OrganizationID, session); cash != 0 {
		t.Errorf("%d is left", cash)
	}
	_, err = w.pool.Exec(ctx, `INSERT INTO canonical.till_movements (organization_id, till_session_id, amount, reason) VALUES ($1, $2, -1, 'Theft')`, w.owner.OrganizationID, session)
	wantConstraint(t, err, "till_movements_within_cash")
	_, err = w.pool.Exec(ctx, `UPDATE canonical.till_movements SET amount = amount + 1`)
	wantConstraint(t, err, "till_movements_immutable")

	for name, in := range map[string]struct {
		in   model.TillCloseInput
		want []string
	}{
		"no cash":                     {model.TillCloseInput{}, []string{"counted REQUIRED"}},
		"cash twice":                  {model.TillCloseInput{Counted: append(counted("0").Counted, counted("1").Counted...)}, []string{"counted.1.tender INVALID"}},
		"a negative count":            {counted("-1"), []string{"counted.0.amount INVALID"}},
		"neither amount nor coins":    {model.TillCloseInput{Counted: []model.TillCountInput{{Tender: model.TenderCash}}}, []string{"counted.0.amount REQUIRED"}},
		"coins that are not so many":  {withCoins("3", 2, 50, 1, 2), []string{"counted.0.amount INVALID"}},
		"a negative number of pieces": {withCoins("", 2, -1), []string{"counted.0.denominations.0.pieces INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.TillClose(ctx, w.owner, session, nil, in.in)
			wantMistakes(t, err, in.want...)
		})
	}
	_, err = w.TillClose(ctx, w.owner, session, nil, withCoins("", 2, 3, 50, 0))
	must(t, err)
	_, err = w.TillClose(ctx, w.owner, session, nil, counted("0"))
	wantMistakes(t, err, "id STATE")
	wantMistakes(t, move(model.TillMoveDirectionIn, "1"), "id STATE")
	if kept := one[string](w, `SELECT concat_ws(' ', expected, counted, difference, denominations, pieces) FROM canonical.day_close_tenders AS t
		JOIN canonical.day_closes AS c ON (c.organization_id, c.id) = (t.organization_id, t.day_close_id) WHERE c.till_session_id = $1 AND tender = 'cash'`, session); kept != "0 600 600 {200,5000} {3,0}" {
		t.Error(kept)
	}
}

// withCoins counts cash by pairs of a value and a number of pieces; an empty amount is left out.
func withCoins(amount string, pairs ...int) model.TillCloseInput {
	count := model.TillCountInput{Tender: model.TenderCash}
	if amount != "" {
		count.Amount = some(dec(amount))
	}
	var list []model.DenominationInput
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, model.DenominationInput{Value: dec(fmt.Sprint(pairs[i])), Pieces: pairs[i+1]})
	}
	count.Denominations = graphql.OmittableOf(list)
	return model.TillCloseInput{Counted: []model.TillCountInput{count}}
}

// A sale belongs to the session of its till; where that is not open, or takes another currency, the sale is refused.
func TestSalesOfTills(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north, south := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South")
	front, other := w.till(north, "Front"), w.till(south, "Other")
	record := func(in model.SaleInput) (canonical.SalesRecorded, error) {
		return w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, in))
	}
	_, err := record(tendered(front, model.TenderCash, "1"))
	wantMistakes(t, err, "sales.0.tillId STATE")
	session := w.opened(front, "0")
	_, err = record(tendered(other, model.TenderCash, "1"))
	wantMistakes(t, err, "sales.0.tillId NOT_FOUND")
	yen := tendered(front, model.TenderCash, "100")
	yen.Currency = some("JPY")
	_, err = record(yen)
	wantMistakes(t, err, "sales.0.currency INVALID")
	early := tendered(front, model.TenderCash, "1")
	early.OccurredAt = noon.AddDate(0, 0, -1)
	_, err = record(early)
	wantMistakes(t, err, "sales.0.occurredAt STATE")

	late := tendered(front, model.TenderCash, "2")
	late.OccurredAt, late.ExternalRef = noon.AddDate(0, 0, 1), some("R1") // past midnight the till is still open for the day
	got, err := record(late)
	must(t, err)
	again, err := record(late)
	must(t, err)
	if again.Known != 1 || again.IDs[0] != got.IDs[0] {
		t.Errorf("again %+v", again)
	}
	elsewhere := late
	elsewhere.TillID = graphql.Omittable[*model.ID]{}
	_, err = record(elsewhere)
	wantMistakes(t, err, "sales.0.externalRef TAKEN")
	if row := one[string](w, `SELECT concat_ws(' ', till_id, till_session_id, booked_on, booked_late) FROM canonical.sales WHERE id = $1`, got.IDs[0]); row != one[string](w, `SELECT concat_ws(' ', $1::bigint, $2::bigint, '2026-03-10', 'f')`, front.Key, session) {
		t.Error(row)
	}

	_, err = w.LateSalesSet(ctx, w.owner, nil, model.LateSalesSetInput{Policy: model.LateSalesNextOpenDay})
	must(t, err)
	got, err = record(early)
	must(t, err)
	if row := one[string](w, `SELECT concat_ws(' ', till_session_id = $2, booked_on, booked_late) FROM canonical.sales WHERE id = $1`, got.IDs[0], session); row != "t 2026-03-10 t" {
		t.Error(row)
	}
	if day := one[string](w, `SELECT canonical.business_date($1, $2, $3)::text`, w.owner.OrganizationID, north.Key, early.OccurredAt); day != "2026-03-09" {
		t.Errorf("its own day is %s", day)
	}
}

// A till may be made ready on the evening before, no earlier; until its day has come, it takes no sales.
func TestTillOpenedAhead(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	store := w.storeNamed(w.owner, "North")
	till := w.till(store, "Front")
	today := w.today()
	open := func(days int) error {
		_, err := w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: till, BusinessDate: some(model.Date{Time: today.AddDate(0, 0, days)})})
		return err
	}
	wantMistakes(t, open(2), "businessDate INVALID")
	must(t, open(1))
	sale := tendered(till, model.TenderCash, "5")
	sale.OccurredAt = today.Time
	_, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, sale))
	wantMistakes(t, err, "sales.0.occurredAt STATE")
	if !strings.Contains(fmt.Sprint(err), "the till is open for a later day") {
		t.Error(err)
	}
}
