package canonical_test

import (
	"cmp"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// Nothing posts into a locked period: neither a write of the store nor an SQL statement of the application's role.
func TestNothingPostsIntoALockedPeriod(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	today := w.today()
	old := some(today.AddDays(-10))
	sales, bank, savings := w.account(w.owner, "4100"), w.account(w.owner, "1000"), w.account(w.owner, "1010")

	item := []model.DocumentItemInput{line("Work", "1", "10")}
	invoice := func() int64 {
		id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, IssuedOn: old, Items: item})
		must(t, err)
		return id
	}
	approved, free, draft := invoice(), invoice(), invoice()
	for _, id := range []int64{approved, free} {
		_, err := w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		must(t, err)
	}
	payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: old, Amount: dec("12")})
	must(t, err)
	yen, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: old, Amount: dec("500"), Currency: some("JPY"), FxRate: some(dec("0.03"))})
	must(t, err)
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, OccurredOn: old, Amount: dec("5")})
	must(t, err)
	_, err = w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, OccurredOn: old, Amount: dec("5")})
	must(t, err)
	journalLines := []model.JournalLineInput{{AccountID: bank, Debit: some(dec("1"))}, {AccountID: sales, Credit: some(dec("1"))}}

	mutations := map[string]func(canonical.Actor) (int64, error){
		"approve": func(a canonical.Actor) (int64, error) {
			return w.DocumentApprove(ctx, a, model.DocumentKindInvoice, draft, nil)
		},
		"change": func(a canonical.Actor) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, approved, nil, model.DocumentUpdateInput{Items: graphql.OmittableOf([]model.DocumentItemInput{line("Work", "1", "11")})})
		},
		"move out": func(a canonical.Actor) (int64, error) {
			return w.DocumentUpdate(ctx, a, model.DocumentKindInvoice, approved, nil, model.DocumentUpdateInput{IssuedOn: some(today), DueOn: some(today)})
		},
		"pay": func(a canonical.Actor) (int64, error) {
			return w.PaymentRecord(ctx, a, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: old, Amount: dec("1")})
		},
		"income": func(a canonical.Actor) (int64, error) {
			return w.MoneyEntryCreate(ctx, a, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: sales, OccurredOn: old, Amount: dec("5")})
		},
		"change income": func(a canonical.Actor) (int64, error) {
			return w.MoneyEntryUpdate(ctx, a, model.MoneyEntryKindIncome, income, nil, model.MoneyEntryUpdateInput{OccurredOn: some(today)})
		},
		"expense": func(a canonical.Actor) (int64, error) {
			return w.MoneyEntryCreate(ctx, a, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: sales, OccurredOn: old, Amount: dec("5")})
		},
		"transfer": func(a canonical.Actor) (int64, error) {
			return w.TransferCreate(ctx, a, model.TransferCreateInput{FromAccountID: bank, ToAccountID: savings, OccurredOn: old, Amount: dec("5")})
		},
		"entry": func(a canonical.Actor) (int64, error) {
			return w.JournalEntryPost(ctx, a, model.JournalEntryPostInput{PostedOn: old, Lines: journalLines})
		},
	}
	day := map[string]string{"change": "issuedOn", "move out": "issuedOn", "pay": "paidOn", "income": "occurredOn", "change income": "occurredOn",
		"expense": "occurredOn", "transfer": "occurredOn", "entry": "postedOn"} // the field of the day, where the input has one
	statements := statementsInto(w, today, free)
	w.abroad(ada, old)
	w.approved(w.owner, ada, "7") // of today
	refused := func(rule string, actor canonical.Actor) {
		t.Helper()
		before := one[int](w, `SELECT count(*) FROM canonical.journal_entries`)
		for name, do := range mutations {
			t.Run(name, func(t *testing.T) {
				if _, err := do(actor); err == nil {
					t.Errorf("%s: %s was let through", rule, name)
				} else if got := mistakes(t, err); len(got) != 1 || got[0] != day[name]+" STATE" {
					t.Errorf("%s: %s: %q", rule, name, got)
				}
			})
		}
		for name, statement := range statements {
			t.Run(name, func(t *testing.T) {
				expected := cmp.Or(otherwise[name], rule)
				if _, err := w.pool.Exec(ctx, statement); !broke(err, expected) {
					t.Errorf("%s: %s: %v", expected, name, err)
				}
				_, err := w.application.Exec(ctx, statement)
				if strings.HasSuffix(name, "TRUNCATE") {
					wantDenied(t, name, err)
				} else if !broke(err, expected) {
					t.Errorf("%s: %s as the application's role: %v", expected, name, err)
				}
			})
		}
		if after := one[int](w, `SELECT count(*) FROM canonical.journal_entries`); after != before {
			t.Errorf("%s: %d entries were written", rule, after-before)
		}
	}

	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: some(today.AddDays(-1))})
	must(t, err)
	refused("journal_entries_soft_locked", w.owner)
	staff, passing := w.owner, w.owner
	staff.Role, staff.PassSoftLock, passing.PassSoftLock = model.RoleStaff, true, true
	_, err = mutations["income"](staff)
	wantMistakes(t, err, "passSoftLock FORBIDDEN")
	passed, err := mutations["income"](passing)
	must(t, err)
	if !one[bool](w, `SELECT passed_lock FROM canonical.journal_entries WHERE (canonical_type, canonical_id) = ('Income', $1)`, passed) {
		t.Error("the entry does not tell that it passed the lock")
	}
	// What posts nothing in the period is allowed: a memo, an allocation of an old payment, a record of today.
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, approved, nil, model.DocumentUpdateInput{Memo: some("x")})
	must(t, err)
	w.approved(w.owner, ada, "1")
	must(t, w.allocate(payment, part(model.ID{Type: "Invoice", Key: approved}, "2")))
	must(t, w.allocate(payment))
	// At another rate too: the difference is booked today.
	other := one[int64](w, `SELECT id FROM canonical.documents WHERE kind = 'invoice' AND currency = 'JPY' AND fx_rate = 0.02`)
	must(t, w.allocate(yen, part(model.ID{Type: "Invoice", Key: other}, "100")))
	must(t, w.allocate(yen))

	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(-1))})
	wantMistakes(t, err, "hardLockedUntil STATE") // the draft
	if _, err := w.pool.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = $1`, today.AddDays(-2)); !broke(err, "organizations_hard_locked_drafts") {
		t.Errorf("a lock over a draft: %v", err)
	}
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft, nil, model.DocumentUpdateInput{IssuedOn: some(today), DueOn: some(today)})
	must(t, err)
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(1))})
	wantMistakes(t, err, "hardLockedUntil INVALID")
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(-1)), SoftLockedUntil: null[model.Date]()})
	wantMistakes(t, err, "hardLockedUntil STATE") // the sale that is not posted
	_, err = w.pool.Exec(ctx, `UPDATE canonical.sales SET voided_at = now() WHERE id NOT IN (SELECT sale_id FROM canonical.day_close_sales)`)
	must(t, err)
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(-1)), SoftLockedUntil: null[model.Date]()})
	must(t, err)
	// A draft cannot be dated into the hard-locked period, so that there is none to approve; nor is a sale left there to be posted.
	delete(mutations, "approve")
	for _, name := range []string{"documents UPDATE approve", "day_closes INSERT", "day_close_sales INSERT"} {
		delete(statements, name)
	}
	_, err = w.DocumentUpdate(ctx, passing, model.DocumentKindInvoice, draft, nil, model.DocumentUpdateInput{IssuedOn: old, DueOn: some(today.AddDays(-11))})
	wantMistakes(t, err, "issuedOn STATE", "dueOn INVALID")
	_, err = w.DocumentCreate(ctx, passing, model.DocumentKindBill, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(today.AddDays(-1)), Items: item})
	wantMistakes(t, err, "issuedOn STATE")
	statements["move draft"] = `UPDATE canonical.documents SET issued_on = issued_on - 10 WHERE state = 'draft'`
	statements["draft"] = `INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency)
		SELECT organization_id, party_id, date '` + old.Value().String() + `', due_on, currency FROM canonical.documents WHERE state = 'draft'`
	for name, rule := range map[string]string{
		"move draft": "documents_hard_locked", "draft": "documents_hard_locked", "sales INSERT": "sales_hard_locked", "sales UPDATE": "sales_hard_locked",
		"day_closes UPDATE": "day_closes_hard_locked",
	} {
		if _, err := w.pool.Exec(ctx, statements[name]); !broke(err, rule) {
			t.Errorf("%s: %v", name, err)
		}
		delete(statements, name)
	}
	refused("journal_entries_hard_locked", passing)
	for _, statement := range aroundTriggers {
		_, err := w.application.Exec(ctx, statement)
		wantDenied(t, statement, err)
	}
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(-2))})
	wantMistakes(t, err, "hardLockedUntil STATE")
	for _, until := range []string{"NULL", "date '" + today.AddDays(-100).String() + "'"} {
		if _, err := w.pool.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = `+until); !broke(err, "organizations_hard_locked_forward") {
			t.Errorf("a lock back to %s: %v", until, err)
		}
	}
	w.wantBooks(ctx)
}

// aroundTriggers are statements that disable a table's triggers, or pretend to run in one. Only the owner's role may.
var aroundTriggers = []string{
	`SET session_replication_role = replica`,
	`ALTER TABLE canonical.journal_entries DISABLE TRIGGER ALL`,
	`ALTER TABLE canonical.journal_entries DISABLE TRIGGER USER`,
	`ALTER TABLE canonical.documents DISABLE TRIGGER USER`,
	`ALTER TABLE canonical.organizations DISABLE TRIGGER check_locks`,
	`ALTER TABLE canonical.journal_entries RENAME TO gone`,
	`DROP TRIGGER check_period ON canonical.journal_entries`,
	`CREATE TRIGGER z BEFORE INSERT ON canonical.journal_entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
	`CREATE RULE z AS ON INSERT TO canonical.journal_entries DO INSTEAD NOTHING`,
	`CREATE OR REPLACE FUNCTION canonical.journal_entry_added() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
	`ALTER FUNCTION canonical.post_queued() RENAME TO gone`,
	`DROP FUNCTION canonical.check_entries`,
	`CREATE TEMPORARY TABLE own (id int)`,
	`CREATE FUNCTION pg_temp.own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
	`CREATE TABLE public.own (id int)`,
	`CREATE SCHEMA own`,
	`SET ROLE ` + pglocal.Role,
	`SET ROLE ` + pglocal.Superuser,
	`GRANT ` + pglocal.Role + ` TO ` + pglocal.ApplicationRole,
	`ALTER ROLE ` + pglocal.ApplicationRole + ` SUPERUSER`,
	`COPY canonical.journal_entries FROM PROGRAM 'true'`,
}

func wantDenied(t *testing.T, statement string, err error) {
	t.Helper()
	if denied, ok := errors.AsType[*pgconn.PgError](err); !ok || denied.Code != pgerrcode.InsufficientPrivilege {
		t.Errorf("%s is not denied: %v", statement, err)
	}
}

// A draft that is dated into a period while it is locked either comes before the lock, which is then rejected, or is
// rejected itself.
func TestLockAgainstDrafts(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	locks, drafts := 0, 0
	for round := range 60 {
		day := model.NewDate(2020, 1, 1).AddDays(round)
		level := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead}[round%2]
		late := round%4 >= 2 // the draft rests before it is inserted, not the lock
		var locked, drafted error
		var wg sync.WaitGroup
		wg.Go(func() {
			drafted = pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `SELECT pg_sleep(CASE WHEN $1 THEN 0.01 * random() ELSE 0 END)`, late)
				if err == nil {
					_, err = tx.Exec(ctx, `INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency)
						VALUES ($1, $2, $3, $3, 'AUD')`, w.owner.OrganizationID, ada.Key, day)
				}
				if err == nil {
					_, err = tx.Exec(ctx, `SELECT pg_sleep(0.004 * random())`)
				}
				return err
			})
		})
		wg.Go(func() {
			_, locked = w.pool.Exec(ctx, `WITH slept AS MATERIALIZED (SELECT pg_sleep(CASE WHEN $3 THEN 0 ELSE 0.004 * random() END))
				UPDATE canonical.organizations SET hard_locked_until = $2 FROM slept WHERE id = $1`, w.owner.OrganizationID, day, late)
		})
		wg.Wait()
		if locked == nil {
			locks++
		} else if !broke(locked, "organizations_hard_locked_drafts") {
			t.Error(locked)
		}
		if drafted == nil {
			drafts++
		} else if violation, ok := errors.AsType[*pgconn.PgError](drafted); !ok || violation.ConstraintName != "documents_hard_locked" && violation.Code != "40001" {
			t.Error(drafted)
		}
		if n := one[int](w, `SELECT count(*) FROM canonical.documents AS d JOIN canonical.organizations AS o ON o.id = d.organization_id
			WHERE d.issued_on <= o.hard_locked_until`); n != 0 {
			t.Fatalf("round %d: %d drafts behind the lock", round, n)
		}
		if _, err := w.pool.Exec(ctx, `DELETE FROM canonical.documents`); err != nil {
			t.Fatal(err)
		}
	}
	if locks == 0 || drafts == 0 {
		t.Errorf("%d locks and %d drafts: nothing was contended", locks, drafts)
	}
}

// A posting that began before the lock is either committed before it or rejected.
func TestLockAgainstPosting(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.pool.Exec(ctx, `CREATE TABLE public.seen (entries bigint)`)
	must(t, err)
	sales, bank := w.account(w.owner, "4100"), w.account(w.owner, "1000")
	refusals := 0
	for round := range 40 {
		level := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead}[round%2]
		day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, round)
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 3 {
			wg.Go(func() {
				err := pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
					_, err := tx.Exec(ctx, `SELECT pg_sleep(0.002 * random())`)
					if err == nil {
						_, err = tx.Exec(ctx, `INSERT INTO canonical.money_entries
							(organization_id, kind, account_id, money_account_id, occurred_on, currency, amount)
							VALUES ($1, 'income', $2, $3, $4, 'AUD', 100)`, w.owner.OrganizationID, sales.Key, bank.Key, day)
					}
					return err
				})
				violation, ok := errors.AsType[*pgconn.PgError](err)
				if err != nil && (!ok || violation.ConstraintName != "journal_entries_hard_locked" && violation.Code != "40001") {
					t.Error(err)
				}
				if err != nil {
					mu.Lock()
					refusals++
					mu.Unlock()
				}
			})
		}
		wg.Go(func() { // counts what is booked in the period as it closes it
			for range 20 {
				err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, `SELECT pg_sleep(0.03 * random())`); err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = $2 WHERE id = $1`, w.owner.OrganizationID, day); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `INSERT INTO public.seen SELECT count(*) FROM canonical.journal_entries WHERE posted_on <= $1`, day)
					return err
				})
				if err == nil {
					return
				}
			}
		})
		wg.Wait()
		if n, seen := one[int](w, `SELECT count(*) FROM canonical.journal_entries`), one[int](w, `SELECT max(entries) FROM public.seen`); n != seen {
			t.Fatalf("round %d: %d entries when the period closed, %d later", round, seen, n)
		}
	}
	if refusals == 0 || refusals == 120 {
		t.Errorf("%d refusals: nothing was contended", refusals)
	}
	w.wantBooks(ctx)
}
