package canonical_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
)

// ledgerRow is a row of a bulk with what it comes to.
type ledgerRow struct {
	in   model.SaleInput
	sale *ledgerSale
}

// cents returns minor units as an amount.
func cents(n int64) model.Decimal { return model.FromMinor(n, "AUD").Amount }

// half returns the quotient of numbers that are not negative, rounded half up.
func half(n, by int64) int64 { return (2*n + by) / (2 * by) }

// row returns a sale or a refund of a store's day, on its till 0 or 1 or, with -1, on none.
func (c *cashier) row(store, till int, day model.Date) ledgerRow {
	r := ledgerRow{
		in:   model.SaleInput{Kind: model.SaleKindSale, OccurredAt: day.Add(time.Duration(1+c.IntN(8)) * time.Hour)},
		sale: &ledgerSale{sign: 1, store: c.stores[store].Key, own: day.String(), tenders: map[model.Tender]int64{}},
	}
	if till >= 0 {
		r.in.TillID = some(c.shops.tills[2*store+till])
	}
	if c.IntN(5) == 0 {
		r.in.Kind, r.sale.sign = model.SaleKindRefund, -1
	}
	if c.IntN(4) == 0 {
		amount := 1 + c.Int64N(20_000)
		r.in.Amount, r.sale.lines = some(cents(amount)), []ledgerLine{{net: amount}}
	} else {
		r.in.PricesIncludeTax = c.IntN(2) == 0
		var lines []model.SaleLineInput
		for range 1 + c.IntN(3) {
			in, line := c.line(r.in.PricesIncludeTax)
			lines, r.sale.lines = append(lines, in), append(r.sale.lines, line)
		}
		r.in.Lines = graphql.OmittableOf(lines)
	}
	c.pay(&r)
	return r
}

// line returns a line of a sale: quantity times price, perhaps less a discount, perhaps taxed, perhaps on an account of its own.
func (c *cashier) line(included bool) (in model.SaleLineInput, line ledgerLine) {
	quantity, price := 1+c.Int64N(4), 1+c.Int64N(5000)
	in = soldLine("Tea", fmt.Sprint(quantity), cents(price).String())
	amount := quantity * price
	if c.IntN(3) == 0 { // an eighth
		in.DiscountPercentage = some(dec("12.5"))
		amount -= half(amount, 8)
	}
	if c.IntN(4) == 0 {
		line.account = "4100"
		in.AccountID = some(c.shops.second)
	}
	rates := [][]model.ID{nil, {c.ten}, {c.four}, {c.ten, c.four}}[c.IntN(4)]
	if included && len(rates) == 2 {
		rates = rates[:1]
	}
	in.TaxRateIds, line.taxes, line.net = graphql.OmittableOf(append([]model.ID{}, rates...)), map[int64]int64{}, amount
	for _, rate := range rates {
		thousandths := map[int64]int64{c.ten.Key: 100, c.four.Key: 45}[rate.Key]
		if included {
			line.net = half(amount*1000, 1000+thousandths)
			line.taxes[rate.Key] = amount - line.net
		} else {
			line.taxes[rate.Key] = half(amount*thousandths, 1000)
		}
	}
	return in, line
}

// pay gives a row its tenders. Nobody knows how one of four was paid: it counts as otherwise.
func (c *cashier) pay(r *ledgerRow) {
	left := r.sale.total()
	if c.IntN(4) == 0 {
		r.sale.tenders[model.TenderOther] = left
		return
	}
	var parts []model.SaleTenderInput
	add := func(tender model.Tender, amount int64) {
		parts, r.sale.tenders[tender] = append(parts, model.SaleTenderInput{Tender: tender, Amount: cents(amount)}), amount
		left -= amount
	}
	for _, tender := range []model.Tender{model.TenderCard, model.TenderVoucher} {
		if left > 1 && c.IntN(3) == 0 {
			add(tender, 1+c.Int64N(left-1))
		}
	}
	add(model.TenderCash, left)
	r.in.Tenders = graphql.OmittableOf(parts)
}

// giveBack turns a row into a refund of a sale that is known: of one of its lines, or of a part of its amount.
func (c *cashier) giveBack(r *ledgerRow, id int64) {
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	given := c.sales[id]
	r.in.Kind, r.in.RefundOfID, r.sale.sign = model.SaleKindRefund, some(model.ID{Type: "Sale", Key: id}), -1
	r.in.Lines, r.in.Amount, r.in.Tenders = graphql.Omittable[[]model.SaleLineInput]{}, graphql.Omittable[*model.Decimal]{}, graphql.Omittable[[]model.SaleTenderInput]{}
	if len(given.lineIDs) > 0 && c.IntN(2) == 0 {
		at := c.IntN(len(given.lineIDs))
		r.in.Lines = graphql.OmittableOf([]model.SaleLineInput{{RefundedLineID: some(model.ID{Type: "SaleLine", Key: given.lineIDs[at]})}})
		r.sale.lines = given.lines[at : at+1]
	} else {
		amount := 1 + c.Int64N(given.total())
		r.in.Amount, r.sale.lines = some(cents(amount)), []ledgerLine{{net: amount}}
	}
	r.sale.tenders = map[model.Tender]int64{model.TenderOther: r.sale.total()}
}

// sell records sales and refunds of a store, some of them wrong. back rolls them back, together with others, after they were written.
func (c *cashier) sell(ctx context.Context, store int, back bool) error {
	policy := []model.BulkErrorPolicy{allOrNothing, skipAndReport, skipAndReport}[c.IntN(3)]
	var rows []ledgerRow
	for range 1 + c.IntN(30) {
		r := c.row(store, c.IntN(3)-1, dayOf(c.IntN(5)))
		if id := c.pickSale(func(s *ledgerSale) bool { return s.sign > 0 && s.store == r.sale.store && !s.voided }); id != 0 && c.IntN(8) == 0 {
			c.giveBack(&r, id)
		}
		if c.IntN(25) == 0 { // what it is paid with is not its amount
			r.in.Tenders = graphql.OmittableOf([]model.SaleTenderInput{{Tender: model.TenderCard, Amount: cents(r.sale.total() + 1)}})
		}
		rows = append(rows, r)
	}
	if !back {
		return c.record(ctx, store, policy, rows...)
	}
	return c.InTransaction(ctx, func(within *canonical.Store, _ canonical.Reader) error {
		for range 2 {
			_, err := within.SalesRecord(ctx, c.owner, bulk(c.stores[store], skipAndReport, c.row(store, -1, dayOf(c.IntN(5))).in))
			if err != nil && !expected(err) {
				return err
			}
		}
		return errRolledBack
	})
}

// record records rows, and enters those that were in the ledger, with the day and the session that they were booked on.
func (c *cashier) record(ctx context.Context, store int, policy model.BulkErrorPolicy, rows ...ledgerRow) error {
	in := bulk(c.stores[store], policy)
	for _, r := range rows {
		in.Sales = append(in.Sales, r.in)
	}
	got, err := c.SalesRecord(ctx, c.owner, in)
	if err != nil {
		return err
	}
	found, _ := c.pool.Query(ctx, `SELECT sale.id, sale.booked_on::text, coalesce(sale.till_session_id, 0),
			ARRAY(SELECT line.id FROM canonical.sale_lines AS line WHERE (line.organization_id, line.sale_id) = (sale.organization_id, sale.id) ORDER BY line.line)
		FROM canonical.sales AS sale WHERE sale.organization_id = $1 AND sale.id = ANY ($2)`, c.owner.OrganizationID, got.IDs)
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	for i, id := range got.IDs {
		if id != 0 {
			c.sales[id] = rows[i].sale
		}
	}
	c.recorded.Add(int64(got.Recorded))
	c.refused.Add(int64(got.Refused))
	var id, session int64
	var booked string
	var lines []int64
	_, err = pgx.ForEachRow(found, []any{&id, &booked, &session, &lines}, func() error {
		c.sales[id].booked, c.sales[id].session, c.sales[id].lineIDs = booked, session, lines
		return nil
	})
	return err
}

func (c *cashier) void(ctx context.Context, id int64) error {
	if id == 0 {
		return nil
	}
	if _, err := c.SaleVoid(ctx, c.owner, id, nil); err != nil {
		return err
	}
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	c.sales[id].voided = true
	return nil
}

func (c *cashier) late(ctx context.Context, policy model.LateSales) error {
	_, err := c.LateSalesSet(ctx, c.owner, nil, model.LateSalesSetInput{Policy: policy})
	return err
}

func (c *cashier) openTill(ctx context.Context, till model.ID, day model.Date) (int64, error) {
	float := c.Int64N(20_000)
	session, err := c.TillOpen(ctx, c.owner, model.TillOpenInput{TillID: till, OpeningFloat: some(cents(float)), BusinessDate: some(day)})
	if err != nil {
		return 0, err
	}
	c.open, c.mine = append(c.open, session), append(c.mine, session)
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	store := c.stores[0].Key
	for i, one := range c.shops.tills {
		if one == till {
			store = c.stores[i/2].Key
		}
	}
	c.sessions[session] = &ledgerSession{store: store, day: day.String(), float: float, moved: map[string]int64{}}
	return session, nil
}

func (c *cashier) owns(session int64) bool { return slices.Contains(c.mine, session) }

// move puts cash into one of the cashier's tills, or takes some out, from the safe, the bank or for an expense.
func (c *cashier) move(ctx context.Context) error {
	if len(c.open) == 0 {
		return nil
	}
	session, amount, account := c.open[c.IntN(len(c.open))], 1+c.Int64N(9000), []string{"", "1000", "6200"}[c.IntN(3)]
	in := model.TillMoveInput{Direction: model.TillMoveDirectionIn, Amount: cents(amount), Reason: "Change"}
	if c.IntN(2) == 0 {
		in.Direction, amount = model.TillMoveDirectionOut, -amount
	}
	if account != "" {
		in.AccountID = some(c.shops.others[account])
	}
	if _, err := c.TillMove(ctx, c.owner, session, nil, in); err != nil {
		return err
	}
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	c.sessions[session].moved[account] += amount
	return nil
}

// closeTill closes a session of the cashier with any count of cash, and perhaps of cards.
func (c *cashier) closeTill(ctx context.Context, session int64) error {
	count := map[model.Tender]int64{model.TenderCash: c.Int64N(100_000)}
	if c.IntN(2) == 0 {
		count[model.TenderCard] = c.Int64N(50_000)
	}
	var in model.TillCloseInput
	for _, tender := range []model.Tender{model.TenderCash, model.TenderCard} {
		if amount, given := count[tender]; given {
			in.Counted = append(in.Counted, model.TillCountInput{Tender: tender, Amount: some(cents(amount))})
		}
	}
	if _, err := c.TillClose(ctx, c.owner, session, nil, in); err != nil {
		return err
	}
	var id int64
	err := c.pool.QueryRow(ctx, `SELECT id FROM canonical.day_closes WHERE till_session_id = $1 AND reversed_at IS NULL`, session).Scan(&id)
	if err != nil {
		return err
	}
	c.open = slices.DeleteFunc(c.open, func(one int64) bool { return one == session })
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	c.closes[id] = &ledgerClose{store: c.sessions[session].store, session: session, day: c.sessions[session].day, counted: count}
	return nil
}

// post posts what a store sold on a day without a till.
func (c *cashier) post(ctx context.Context, store int, day model.Date) error {
	id, err := c.SalesPost(ctx, c.owner, model.SalesPostInput{StoreID: c.stores[store], BusinessDate: day})
	if err != nil {
		return err
	}
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	c.closes[id] = &ledgerClose{store: c.stores[store].Key, day: day.String()}
	c.closed[storeDay{c.stores[store].Key, day.String()}] = true
	return nil
}

// reverse reverses a close. Only the cashier of a till reverses its closes.
func (c *cashier) reverse(ctx context.Context, id int64) error {
	if id == 0 {
		return nil
	}
	if _, err := c.DayCloseReverse(ctx, c.owner, id, nil); err != nil {
		return err
	}
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	c.closes[id].reversed = true
	if session := c.closes[id].session; session != 0 {
		c.open = append(c.open, session)
	}
	return nil
}

// closeTills closes all sessions of the cashier that are open.
func (c *cashier) closeTills(ctx context.Context) error {
	for _, session := range slices.Clone(c.open) {
		if err := c.closeTill(ctx, session); err != nil {
			return err
		}
	}
	return nil
}

// postDays posts every day of every store that is not closed and has sales.
func (c *cashier) postDays(ctx context.Context) error {
	for store := range c.stores {
		for day := range 40 { // late sales are booked on later days
			err := c.post(ctx, store, dayOf(day))
			if refused, ok := errors.AsType[*canonical.Invalid](err); err != nil && (!ok || refused.Errors[0].Path != "businessDate") {
				return err
			}
		}
	}
	return nil
}
