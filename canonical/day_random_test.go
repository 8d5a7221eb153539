package canonical_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

var (
	daySales = flag.Int("day.sales", 800, "how many sales and refunds TestRandomDay records")
	daySeed  = flag.Uint64("day.seed", 15, "the seed of TestRandomDay")
)

// wrongDay finds, in one snapshot, entries that do not balance in a store, closes that post other sales than those of their day or
// have booked other amounts, and tills of which more or less is expected than they took in.
const wrongDay = wrongCloses + `
	UNION ALL SELECT 'entry ' || entry_id || ' does not balance in store ' || coalesce(store_id, 0)
	FROM canonical.journal_lines GROUP BY organization_id, entry_id, store_id HAVING (sum(amount), sum(document_amount)) <> (0, 0)
	UNION ALL SELECT 'close ' || close.id || ' has booked ' || booked.amount || ', and its tenders come to ' || due.amount
	FROM canonical.day_closes AS close
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(line.amount), 0) AS amount FROM canonical.journal_entries AS entry
		JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE (entry.organization_id, entry.canonical_type, entry.canonical_id) = (close.organization_id, 'DayClose', close.id)
			AND account.system_role IN ('cash', 'card_takings', 'vouchers', 'other_takings')) AS booked
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(part.amount), 0) AS amount FROM (
			SELECT t.amount + t.difference AS amount FROM canonical.day_close_tenders AS t WHERE (t.organization_id, t.day_close_id) = (close.organization_id, close.id)
			UNION ALL SELECT l.amount FROM canonical.day_close_lines AS l WHERE (l.organization_id, l.day_close_id, l.part) = (close.organization_id, close.id, 'movement')) AS part
		WHERE close.reversed_at IS NULL) AS due
	WHERE booked.amount <> due.amount
	UNION ALL SELECT 'close ' || close.id || ' expects ' || tender.expected || ' in cash, and the till has ' || canonical.till_cash(close.organization_id, close.till_session_id)
	FROM canonical.day_closes AS close
	JOIN canonical.day_close_tenders AS tender ON (tender.organization_id, tender.day_close_id) = (close.organization_id, close.id) AND tender.tender = 'cash'
	WHERE close.reversed_at IS NULL AND close.till_session_id IS NOT NULL AND tender.expected <> canonical.till_cash(close.organization_id, close.till_session_id)`

// shops are the stores of a random day, with two tills each.
type shops struct {
	*world
	*dayLedger
	stores     []model.ID
	tills      []model.ID // 2i and 2i+1 are of store i
	ten, four  model.ID
	second     model.ID            // an account of revenue
	others     map[string]model.ID // accounts that cash is moved to and from
	recorded   atomic.Int64        // sales and refunds
	refused    atomic.Int64        // operations
	mu         sync.Mutex
	violations []string
}

// cashier makes operations at random. Each till is opened and closed by one cashier; sales on it are anybody's.
type cashier struct {
	*shops
	*rand.Rand
	tills []int   // places in shops.tills
	open  []int64 // sessions that are to be closed
	mine  []int64 // all own sessions
}

// TestRandomDay sells, refunds, voids, posts, closes and reverses at random in three stores, from several connections at once;
// some of it is refused row by row, some rolled back after it was written. The snapshot of every third commit, or of each
// where the test is thorough, is checked by itself; in the end the books, the taxes by rate, and what was expected in the
// tills agree with the ledger of the operations that committed. The flags day.sales and day.seed change how much, and what.
func TestRandomDay(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	t.Logf("seed %d", *daySeed)
	load := newWorkload(t, 0, *daySeed)
	load.commits.idle.Store(true)
	w := load.world
	s := &shops{world: w, dayLedger: &dayLedger{sales: map[int64]*ledgerSale{}, sessions: map[int64]*ledgerSession{}, closes: map[int64]*ledgerClose{}, closed: map[storeDay]bool{}},
		ten: w.taxRate(w.owner, "Ten", "10"), four: w.taxRate(w.owner, "Four and a half", "4.5"),
		second: w.account(w.owner, "4100"), others: map[string]model.ID{"1000": w.account(w.owner, "1000"), "6200": w.account(w.owner, "6200")}}
	for _, name := range []string{"North", "South", "East"} {
		store := w.storeNamed(w.owner, name)
		s.stores = append(s.stores, store)
		s.tills = append(s.tills, w.till(store, "Front"), w.till(store, "Back"))
	}
	load.commits.idle.Store(false)
	var looks atomic.Int64
	var looking, selling sync.WaitGroup
	for range 2 {
		looking.Go(func() {
			for c := range load.commits.taken {
				looks.Add(1)
				wrong, err := ask(t.Context(), c.tx, wrongDay)
				if err != nil {
					wrong = append(wrong, err.Error())
				}
				s.violate(wrong...)
				_ = c.tx.Rollback(context.WithoutCancel(t.Context()))
			}
		})
	}
	var cashiers []*cashier
	for i := range 3 {
		cashiers = append(cashiers, &cashier{shops: s, Rand: rand.New(rand.NewPCG(*daySeed, uint64(i))), tills: []int{i, i + 3}})
	}
	if err := cashiers[0].everything(t.Context()); err != nil {
		t.Error(err)
	}
	for _, c := range cashiers {
		selling.Go(func() {
			for s.recorded.Load() < int64(*daySales) && !s.violated() {
				switch err := c.step(t.Context()); {
				case err == nil:
				case expected(err):
					s.refused.Add(1)
				default:
					s.violate(err.Error())
				}
			}
		})
	}
	selling.Wait()
	agree := func(when string) {
		wrong, err := s.wrong(t.Context(), w)
		must(t, err)
		for _, text := range wrong {
			t.Errorf("%s: %s", when, text)
		}
	}
	agree("in the middle of the day")
	for _, c := range cashiers {
		must(t, c.closeTills(t.Context()))
	}
	must(t, cashiers[0].postDays(t.Context()))
	close(load.commits.taken)
	looking.Wait()
	for _, text := range s.violations {
		t.Error(text)
	}
	agree("when all is closed")
	w.wantBooks(t.Context())
	posted, sold := int64(0), int64(0)
	booked, _, _ := s.books()
	for key, amount := range booked {
		if key.of == "4000" || key.of == "4100" || key.of == "4200" || key.of == "2100" {
			posted -= amount
		}
	}
	for _, sale := range s.sales {
		if !sale.voided {
			sold += sale.sign * sale.total()
		}
	}
	if posted != sold {
		t.Errorf("posted are %d, sold were %d", posted, sold)
	}
	// A minor unit that no operation asked for is found.
	for _, sale := range s.sales {
		if !sale.voided {
			sale.lines[0].net++
			break
		}
	}
	if wrong, err := s.wrong(t.Context(), w); err != nil || len(wrong) == 0 {
		t.Errorf("a ledger that differs agrees: %v", err)
	}
	t.Logf("%d sales and refunds, %d closes, %d rows and operations refused, %d commits looked at, %d minor units", s.recorded.Load(), len(s.closes), s.refused.Load(), looks.Load(), sold)
}

func (s *shops) violate(wrong ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, wrong...)
}

func (s *shops) violated() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.violations) > 0
}

// dayOf returns one of the five days.
func dayOf(n int) model.Date { return model.NewDate(2026, time.March, 2).AddDays(n) }

// step makes one operation.
func (c *cashier) step(ctx context.Context) error {
	switch kind := c.IntN(100); {
	case kind < 55:
		return c.sell(ctx, c.IntN(len(c.stores)), c.IntN(12) == 0)
	case kind < 65:
		_, err := c.openTill(ctx, c.shops.tills[c.tills[c.IntN(len(c.tills))]], dayOf(c.IntN(5)))
		return err
	case kind < 74:
		return c.move(ctx)
	case kind < 82:
		if len(c.open) == 0 {
			return nil
		}
		return c.closeTill(ctx, c.open[c.IntN(len(c.open))])
	case kind < 88:
		return c.post(ctx, c.IntN(len(c.stores)), dayOf(c.IntN(5)))
	case kind < 93:
		return c.reverse(ctx, c.pickClose())
	case kind < 97:
		return c.void(ctx, c.pickSale(func(s *ledgerSale) bool { return !s.voided }))
	default:
		return c.late(ctx, []model.LateSales{model.LateSalesRefuse, model.LateSalesNextOpenDay}[c.IntN(2)])
	}
}

// everything makes an operation of each kind, in an order in which each is what it shall be: so no run is without one.
func (c *cashier) everything(ctx context.Context) error {
	day := dayOf(0)
	var session int64
	late := func() error { return c.record(ctx, 0, skipAndReport, c.row(0, -1, day)) }
	return inOrder(
		func() (err error) { session, err = c.openTill(ctx, c.shops.tills[0], day); return err },
		func() error {
			return c.record(ctx, 0, allOrNothing, c.row(0, -1, day), c.row(0, 0, day), c.row(0, 0, day))
		},
		func() error { return c.late(ctx, model.LateSalesRefuse) },
		func() error { return c.post(ctx, 0, day) },
		func() error {
			before := c.recorded.Load()
			if err := late(); err != nil || c.recorded.Load() != before {
				return fmt.Errorf("a late sale was not refused: %w", err)
			}
			return nil
		},
		func() error { return c.late(ctx, model.LateSalesNextOpenDay) }, late,
		func() error {
			if c.pickSale(func(s *ledgerSale) bool { return s.booked > s.own }) == 0 {
				return errors.New("a late sale was not booked on the next day")
			}
			return nil
		},
		func() error { return c.closeTill(ctx, session) },
		func() error {
			return c.reverse(ctx, c.closeBy(func(l *ledgerClose) bool { return l.session == session }))
		},
		func() error { return c.void(ctx, c.pickSale(func(s *ledgerSale) bool { return s.session == session })) },
		func() error { return c.closeTill(ctx, session) },
		func() error { return c.reverse(ctx, c.closeBy(func(l *ledgerClose) bool { return l.session == 0 })) },
		func() error {
			if err := c.sell(ctx, 0, true); !errors.Is(err, errRolledBack) {
				return fmt.Errorf("sales were not rolled back: %w", err)
			}
			return nil
		},
	)
}

// inOrder calls functions until one fails.
func inOrder(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

// pickSale returns the key of a sale that meets a condition, chosen at random; 0 if there is none.
func (c *cashier) pickSale(fits func(*ledgerSale) bool) int64 {
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	var keys []int64
	for id, s := range c.sales {
		if fits(s) {
			keys = append(keys, id)
		}
	}
	return c.pickKey(keys)
}

// pickClose returns the key of a live close that the cashier may reverse: of a store's day, or of one of the own tills.
func (c *cashier) pickClose() int64 {
	return c.closeBy(func(l *ledgerClose) bool { return l.session == 0 || c.owns(l.session) })
}

func (c *cashier) closeBy(fits func(*ledgerClose) bool) int64 {
	c.dayLedger.mu.Lock()
	defer c.dayLedger.mu.Unlock()
	var keys []int64
	for id, l := range c.closes {
		if !l.reversed && fits(l) {
			keys = append(keys, id)
		}
	}
	return c.pickKey(keys)
}

func (c *cashier) pickKey(keys []int64) int64 {
	if len(keys) == 0 {
		return 0
	}
	slices.Sort(keys) // so that the seed decides
	return keys[c.IntN(len(keys))]
}
