package canonical_test

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// shop makes a random write of what a shop does in a day: sales, tills, closes and reversals. There are six kinds.
func (w *writer) shop(ctx context.Context, kind int) error {
	switch kind {
	case 0, 1:
		return w.sell(ctx)
	case 2:
		till := w.tills[w.IntN(len(w.tills))]
		_, err := w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: till, OpeningFloat: some(dec(w.price())), BusinessDate: some(w.recent())})
		return err
	case 3:
		session := w.pick(ctx, "till_sessions", "state <> 'closed'")
		if w.IntN(3) == 0 {
			in := model.TillMoveInput{Direction: []model.TillMoveDirection{model.TillMoveDirectionIn, model.TillMoveDirectionOut}[w.IntN(2)], Amount: dec("1" + w.price()), Reason: "Change"}
			if w.IntN(2) == 0 {
				in.AccountID = some(model.ID{Type: "Account", Key: w.pick(ctx, "accounts", "code IN ('1000', '6200')")})
			}
			_, err := w.TillMove(ctx, w.owner, session, nil, in)
			return err
		}
		in := counted(w.price())
		if w.IntN(2) == 0 {
			in.Counted = append(in.Counted, model.TillCountInput{Tender: model.TenderCard, Amount: some(dec(w.price()))})
		}
		_, err := w.TillClose(ctx, w.owner, session, nil, in)
		return err
	case 4:
		in := model.SalesPostInput{StoreID: model.ID{Type: "Store"}, FxRate: some(dec(fmt.Sprintf("0.01%d", w.IntN(99))))}
		var currency string
		_ = w.pool.QueryRow(ctx, `SELECT store_id, booked_on, currency FROM canonical.sales
			WHERE organization_id = $1 AND till_session_id IS NULL AND voided_at IS NULL AND (currency = 'JPY') = $3 ORDER BY id DESC OFFSET $2 LIMIT 1`,
			w.owner.OrganizationID, w.IntN(20), w.IntN(4) == 0).Scan(&in.StoreID.Key, &in.BusinessDate, &currency)
		if in.Currency = some(currency); currency == "AUD" {
			in.FxRate = graphql.Omittable[*model.Decimal]{}
		}
		_, err := w.SalesPost(ctx, w.owner, in)
		return err
	}
	switch w.IntN(4) {
	case 0, 1:
		_, err := w.DayCloseReverse(ctx, w.owner, w.pick(ctx, "day_closes", "reversed_at IS NULL"), nil)
		return err
	case 2:
		_, err := w.SaleVoid(ctx, w.owner, w.pick(ctx, "sales", "voided_at IS NULL"), nil)
		return err
	default:
		_, err := w.LateSalesSet(ctx, w.owner, nil, model.LateSalesSetInput{Policy: []model.LateSales{model.LateSalesRefuse, model.LateSalesNextOpenDay}[w.IntN(2)]})
		return err
	}
}

// recent returns one of the last days.
func (w *writer) recent() model.Date {
	return model.Date{Time: time.Now().UTC().Truncate(24 * time.Hour)}.AddDays(-w.IntN(8))
}

// sell records a few sales and refunds of one store, some of them on a till.
func (w *writer) sell(ctx context.Context) error {
	in := model.SalesRecordInput{OnError: skipAndReport, StoreID: some(model.ID{Type: "Store", Key: w.stores[w.IntN(len(w.stores))]})}
	for range 1 + w.IntN(4) {
		row := model.SaleInput{Kind: model.SaleKindSale, OccurredAt: w.recent().Add(time.Duration(w.IntN(24)) * time.Hour)}
		if w.IntN(3) > 0 {
			till := w.tills[w.IntN(len(w.tills))]
			var day model.Date
			if w.pool.QueryRow(ctx, `SELECT business_date, store_id FROM canonical.till_sessions WHERE till_id = $1 AND state = 'open'`, till.Key).
				Scan(&day, &in.StoreID.Value().Key) == nil {
				row.TillID, row.OccurredAt = some(till), day.Add(3*time.Hour)
			}
		}
		switch amount := w.price(); w.IntN(4) {
		case 0:
			row.Amount = some(dec("1" + amount))
		case 1:
			row.Kind, row.Amount = model.SaleKindRefund, some(dec("1"+amount))
			if w.IntN(2) == 0 {
				row.RefundOfID = some(model.ID{Type: "Sale", Key: w.pick(ctx, "sales", fmt.Sprintf("kind = 'sale' AND voided_at IS NULL AND store_id = %d AND amount > 100", in.StoreID.Value().Key))})
				row.Amount = some(dec("1"))
			}
			row.Tenders = graphql.OmittableOf([]model.SaleTenderInput{{Tender: model.TenderCash, Amount: *row.Amount.Value()}})
		default:
			line := model.SaleLineInput{Description: some("Tea"), UnitPrice: some(dec("1" + amount))}
			if w.IntN(2) == 0 {
				line.TaxRateIds = graphql.OmittableOf([]model.ID{w.gst})
			}
			if w.IntN(3) == 0 {
				line.AccountID = some(model.ID{Type: "Account", Key: w.pick(ctx, "accounts", "code = '4100'")})
			}
			row.PricesIncludeTax = true
			row.Lines = graphql.OmittableOf([]model.SaleLineInput{line})
			row.Tenders = graphql.OmittableOf([]model.SaleTenderInput{{Tender: model.TenderCard, Amount: dec("1")}, {Tender: model.TenderCash, Amount: dec(lessOne("1" + amount))}})
		}
		if row.TillID.Value() == nil && row.Tenders.Value() == nil && w.IntN(2) == 0 {
			row.Currency, row.Amount, row.RefundOfID = some("JPY"), some(dec(fmt.Sprint(100+w.IntN(9999)))), graphql.Omittable[*model.ID]{}
		}
		in.Sales = append(in.Sales, row)
	}
	_, err := w.SalesRecord(ctx, w.owner, in)
	return err
}

// lessOne returns an amount less one.
func lessOne(amount string) string { return dec(amount).Sub(dec("1").Decimal).String() }
