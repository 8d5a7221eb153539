package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// nextVersion returns what the files of a next version's migrations might hold, all that redefines something: read models
// of each kind, constants that one of them reads, a sum, and a read model that there was not before.
func nextVersion() (files []string) {
	redefine := func(template string, names ...string) {
		for _, name := range names {
			files = append(files, fmt.Sprintf(`SELECT engine.redefine('%[1]s', format('%[2]s', rtrim(pg_get_viewdef('source.%[1]s'::regclass), ';')))`, name, template))
		}
	}
	// A column more: read models with groups, and one that is searched.
	redefine(`SELECT now_it_is.*, 2 AS of_the_next FROM (%s) AS now_it_is`,
		"people_summaries", "document_summaries", "search_documents", "monthly_invoicing")
	// The same definition: keyed read models over sums, and one without groups. A materialized view follows from the constants.
	redefine(`%s`, "party_balances", "product_summaries")
	return append(files,
		`SELECT engine.redefine_constants('canonical.notification_types', rtrim(pg_get_viewdef('canonical.notification_types'::regclass), ';'))`,
		`SELECT engine.redefine_sum('account_balances', ARRAY[['canonical.journal_lines', 'SELECT organization_id, account_id, month, currency, COALESCE(store_id, 0) AS store_id, amount, 1::bigint AS lines FROM changed']])
			WHERE NOT EXISTS (SELECT FROM engine.readers('account_balances'))`,
		`CREATE VIEW source.product_names AS SELECT organization_id, id AS product_id, 'Product'::text AS canonical_type, id AS canonical_id, name FROM canonical.products;
		SELECT engine.create_projection('product_names', 'table', '{organization_id,product_id}');
		SELECT engine.track('product_names', 'canonical.products', 'key', '{organization_id,id}')`)
}

// applyFile applies one of them as migrate does a file: in a transaction that gives up when it waits for a lock, and
// begins anew.
func applyFile(t *testing.T, pool *pgxpool.Pool, file string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		_, err := pool.Exec(t.Context(), "BEGIN; SET LOCAL lock_timeout = '50ms'; "+file+"; COMMIT")
		if err == nil {
			return
		}
		if _, err := pool.Exec(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != pgerrcode.LockNotAvailable && refused.Code != pgerrcode.DeadlockDetected || time.Now().After(deadline) {
			t.Fatalf("%s: %v", file, err)
		}
	}
}

// traffic is what clients do while a version follows another: each records something and reads it at once.
type traffic struct {
	token string
	bases *atomic.Pointer[[]string] // the processes that answer now
	// written counts what was acknowledged and read, again what was answered UNAVAILABLE and done again.
	written, again atomic.Int64
	wrong          func(format string, args ...any)
	failed         func() bool
}

// do sends a document until it is answered by something else than UNAVAILABLE, and returns the answer.
func (l *traffic) do(ctx context.Context, turn int, document string) string {
	for {
		bases := *l.bases.Load()
		status, body, _, err := ask(ctx, bases[turn%len(bases)], l.token, document)
		switch {
		case ctx.Err() != nil:
			return ""
		case err != nil || status == http.StatusServiceUnavailable: // a process that has ended is as one that is not available
			l.again.Add(1)
			time.Sleep(20 * time.Millisecond)
		case status != http.StatusOK || strings.Contains(body, `"errors"`) || strings.Contains(body, `"userErrors":[{`):
			l.wrong("%s\nis answered %d: %s", document, status, body)
			return body
		default:
			return body
		}
		turn++
	}
}

// run writes and reads until ctx ends.
func (l *traffic) run(ctx context.Context, client int) {
	for turn := 0; ctx.Err() == nil && !l.failed(); turn++ {
		name := fmt.Sprintf("Client%dx%d", client, turn)
		created := l.do(ctx, turn, `mutation { personCreate(input: {givenName: "`+name+`", isCustomer: true}, idempotencyKey: "`+name+`") { record { id } userErrors { message } } }`)
		var person struct {
			Data struct {
				PersonCreate struct{ Record struct{ ID string } }
			}
		}
		if err := json.Unmarshal([]byte(created), &person); ctx.Err() != nil || err != nil {
			continue
		}
		id := person.Data.PersonCreate.Record.ID
		l.do(ctx, turn, `mutation { invoiceCreate(input: {customerId: "`+id+`", currency: "AUD", items: [{description: "Work", quantity: 2, unitPrice: "50.25"}]}, idempotencyKey: "`+name+`'s") { record { id } userErrors { message } } }`)
		got := l.do(ctx, turn+1, `{ people(filter: {search: "`+name+`"}) { nodes { id } } invoices(filter: {customerId: "`+id+`"}) { nodes { customerName total { amount } } }
			search(q: "`+name+`", first: 3) { nodes { canonical { id } } } notificationTypes { code } }`)
		if ctx.Err() != nil {
			return
		}
		if !strings.Contains(got, `"people":{"nodes":[{"id":"`+id+`"}]}`) || !strings.Contains(got, `"nodes":[{"customerName":"`+name+`","total":{"amount":"100.50"}}]`) ||
			!strings.Contains(got, `"canonical":{"id":"`+id+`"}`) {
			l.wrong("%s is %s, and what is found is %s", name, id, got)
		}
		l.written.Add(1)
		time.Sleep(250 * time.Millisecond) // so that the test shows an upgrade, not what the machine can do
	}
}

// A next version's migrate redefines read models of every kind while this version serves and works. Nobody is answered
// wrongly, no process is ever not ready, and the next version's processes take over at once.
func TestUpgrade(t *testing.T) {
	pgtest.Long(t)
	owner, token := installed(t)
	t.Setenv("DATABASE_URL", owner)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	pool := pgtest.Open(t, owner, pgpool.Options{MaxConns: 1})
	execute(t, pool, // more rows than a switch absorbs by itself
		`INSERT INTO canonical.people (organization_id, given_name, is_customer) SELECT (SELECT min(id) FROM canonical.organizations), 'Person ' || i, true FROM generate_series(1, 500) AS i`,
		`INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) SELECT (SELECT min(id) FROM canonical.organizations), 'S' || i, 'Product', 100, 'AUD' FROM generate_series(1, 300) AS i`)
	type process struct {
		base, admin string
		stop        func() error
	}
	begin := func() (pair [2]process) {
		t.Helper()
		for i, command := range []string{"serve", "work"} {
			address := freeAddress(t)
			pair[i].admin = "http://" + address
			pair[i].base, pair[i].stop = start(t, command, "--addr", "127.0.0.1:0", "--admin-addr", address)
		}
		return pair
	}
	end := func(pair [2]process) {
		t.Helper()
		for _, p := range pair {
			if err := p.stop(); err != nil {
				t.Error(err)
			}
		}
	}
	old := begin()
	var bases atomic.Pointer[[]string]
	bases.Store(&[]string{old[0].base})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients, watchers sync.WaitGroup
	l := &traffic{token: token, bases: &bases, wrong: t.Errorf, failed: t.Failed}
	for client := range 2 {
		clients.Go(func() { l.run(ctx, client) })
	}
	watching, unwatch := context.WithCancel(t.Context())
	defer unwatch()
	var asked, failing atomic.Int64
	watch := func(base string) {
		watchers.Go(func() {
			for watching.Err() == nil {
				q, err := http.NewRequestWithContext(watching, http.MethodGet, base+"/readyz", nil)
				if err != nil {
					t.Error(err)
					return
				}
				w, err := http.DefaultClient.Do(q)
				if err != nil {
					return // the process has ended
				}
				text, _ := io.ReadAll(w.Body)
				_ = w.Body.Close()
				if asked.Add(1); w.StatusCode != http.StatusOK && failing.Add(1) == 1 {
					t.Errorf("/readyz answers %d: %s", w.StatusCode, text)
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	watch(old[0].admin)
	watch(old[1].admin)
	for deadline := time.Now().Add(time.Minute); l.written.Load() < 10 && !t.Failed(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is written")
		}
	}

	before, migrating := l.written.Load(), time.Now()
	for _, file := range nextVersion() {
		applyFile(t, pool, file)
	}
	if out, err := daybook(t, "migrate"); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	during, took := l.written.Load()-before, time.Since(migrating)
	execute(t, pool, `SELECT engine.check()`)
	next := begin()
	watch(next[0].admin)
	watch(next[1].admin)
	bases.Store(&[]string{old[0].base, next[0].base})
	for taken := l.written.Load(); l.written.Load() < taken+10 && !t.Failed(); time.Sleep(20 * time.Millisecond) {
	}
	bases.Store(&[]string{next[0].base})
	time.Sleep(100 * time.Millisecond)
	unwatch()
	end(old)
	for taken := l.written.Load(); l.written.Load() < taken+10 && !t.Failed(); time.Sleep(20 * time.Millisecond) {
	}
	cancel()
	clients.Wait()
	watchers.Wait()
	if asked.Load() == 0 || failing.Load() > 0 {
		t.Errorf("/readyz answered %d times, %d of them with another status than 200", asked.Load(), failing.Load())
	}
	if during == 0 {
		t.Error("nothing was written while it migrated")
	}
	t.Logf("%d rounds, %d of them in the %v in which it migrated; %d requests were made again", l.written.Load(), during, took, l.again.Load())
	end(next)
	if out, err := daybook(t, "projections", "verify"); err != nil {
		t.Errorf("verify: %v: %s", err, out)
	}
	var people, columns int
	if err := pool.QueryRow(t.Context(), `SELECT count(*), (SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
			WHERE c.relnamespace = 'projection'::regnamespace AND c.relkind IN ('r', 'm') AND a.attname = 'of_the_next')
		FROM projection.people_summaries`).Scan(&people, &columns); err != nil || int64(people) < 500+l.written.Load() || columns != 4 {
		t.Errorf("%d people, and %d stored copies with the new column: %v", people, columns, err)
	}
}
