package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
)

const (
	token = "dbk_bench_token_aaaaaaaaaaaa"
	// seeded is how many invoices are invented. The others are copies of these, with customers of their own.
	seeded = 2_000
)

// dataset is a database with one large organization.
type dataset struct {
	server       *pglocal.Server
	pool         *pgxpool.Pool // as the superuser
	url          string        // as the application
	organization int64
	invoices     int64
	// customers have about a page of invoices, records are some of these.
	customers, records []int64
	directory          string
	product, store     int64
}

// openDataset starts the database with so many invoices that is kept in dir, and makes it if it is not there.
func openDataset(ctx context.Context, dir, binary string, invoices int) (_ *dataset, err error) {
	hash := sha256.New()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("this is not the root of the repository: it has no migrations")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		hash.Write(text)
	}
	dir = filepath.Join(dir, fmt.Sprintf("%d-%x", invoices, hash.Sum(nil)[:6]))
	made := filepath.Join(dir, "made")
	if _, missing := os.Stat(made); missing != nil {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		log.Printf("making %d invoices in %s", invoices, dir)
		seed := exec.CommandContext(ctx, binary, "seed", "--scale", strconv.Itoa(min(seeded, invoices)), "--token", token, "--data-dir", dir)
		if out, err := seed.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("seed: %w\n%s", err, out)
		}
	}
	d := &dataset{directory: dir}
	if d.server, err = pglocal.Start(ctx, pglocal.Options{DataDir: dir, Logger: slog.New(slog.DiscardHandler), Settings: map[string]string{"max_connections": "200"}}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	d.url = d.server.URL(pglocal.ApplicationRole, pglocal.Database)
	if d.pool, err = pgxpool.New(ctx, d.server.URL(pglocal.Superuser, pglocal.Database)); err != nil {
		return nil, err
	}
	if _, missing := os.Stat(made); missing != nil {
		begin := time.Now()
		if err := d.multiply(ctx, invoices); err != nil {
			return nil, err
		}
		if err := os.WriteFile(made, nil, 0o600); err != nil {
			return nil, err
		}
		log.Printf("made in %v", time.Since(begin).Round(time.Second))
	}
	return d, d.look(ctx)
}

func (d *dataset) close() {
	if d.pool != nil {
		d.pool.Close()
	}
	ending, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = d.server.Stop(ending)
}

// look finds what the queries ask for.
func (d *dataset) look(ctx context.Context) error {
	if err := d.pool.QueryRow(ctx, `SELECT organization_id, count(*) FROM canonical.documents WHERE kind = 'invoice' GROUP BY 1 ORDER BY 2 DESC LIMIT 1`).
		Scan(&d.organization, &d.invoices); err != nil {
		return err
	}
	if err := d.pool.QueryRow(ctx, `SELECT (SELECT id FROM canonical.stores WHERE organization_id = $1 ORDER BY id LIMIT 1),
		(SELECT id FROM canonical.products WHERE organization_id = $1 AND archived_at IS NULL ORDER BY id LIMIT 1)`, d.organization).Scan(&d.store, &d.product); err != nil {
		return err
	}
	rows, err := d.pool.Query(ctx, `SELECT s.party_id FROM projection.document_summaries AS s
		JOIN canonical.people AS p ON p.organization_id = s.organization_id AND p.id = s.party_id AND p.archived_at IS NULL
		WHERE s.organization_id = $1 AND s.kind = 'invoice' GROUP BY 1 HAVING count(*) >= 50 AND bool_and(s.currency <> 'KWD') ORDER BY 1 LIMIT 200`, d.organization)
	if err != nil {
		return err
	}
	if d.customers, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return fmt.Errorf("find customers with a page of invoices: %w", err)
	}
	if len(d.customers) == 0 {
		return fmt.Errorf("no customer of %d invoices has a page of them", d.invoices)
	}
	rows, err = d.pool.Query(ctx, `SELECT document_id FROM projection.document_summaries
		WHERE organization_id = $1 AND kind = 'invoice' AND state = 'APPROVED' AND party_id = ANY ($2) ORDER BY document_id LIMIT 2000`, d.organization, d.customers)
	if err != nil {
		return err
	}
	d.records, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	return err
}

// copied are the tables whose rows of the large organization are copied, with those columns that refer to copies, and whether
// a row is one.
var copied = []struct{ table, keys, where string }{
	{"people", "id", "true"},
	{"addresses", "id person_id", "true"},
	{"documents", "id party_id", "true"},
	{"document_items", "id document_id", "true"},
	{"document_item_taxes", "id document_id document_item_id", "true"},
	{"document_tax_shares", "document_id item_id", "true"},
	{"document_amounts", "document_id party_id", "true"},
	{"payments", "id party_id", "true"},
	{"payment_amounts", "payment_id party_id", "true"},
	{"payment_allocations", "id payment_id document_id", "true"},
	{"payment_refunds", "id refund_id payment_id", "true"},
	{"credit_allocations", "id credit_note_id document_id", "true"},
	{"journal_entries", "id canonical_id reverses_id", booked},
	{"journal_lines", "id entry_id", "entry_id IN (SELECT id FROM canonical.journal_entries WHERE organization_id = $1 AND " + booked + ")"},
}

// booked is the condition of an entry of a document or a payment.
const booked = "canonical_type IN ('Invoice', 'Bill', 'CreditNote', 'VendorCreditNote', 'Payment')"

// triggers are those of the tables that are copied or computed, with the statements that switch each off, and on as it was.
const triggers = `SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
	format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass, CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname)
	FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
	WHERE relnamespace IN ('canonical'::regnamespace, 'projection'::regnamespace) AND NOT tgisinternal AND tgenabled <> 'D'`

// multiply copies the rows of the large organization until it has so many invoices, and computes the stored copies. It does
// so past the triggers, which would take hours: what they would write is copied too.
func (d *dataset) multiply(ctx context.Context, invoices int) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var organization, have, step int64
	if _, err := conn.Exec(ctx, `SET session_replication_role = replica`); err != nil { // for foreign keys
		return err
	}
	rows, err := conn.Query(ctx, triggers)
	if err != nil {
		return err
	}
	type switching struct{ Off, On string }
	switches, err := pgx.CollectRows(rows, pgx.RowToStructByPos[switching])
	if err != nil {
		return err
	}
	for _, s := range switches {
		if _, err := conn.Exec(ctx, s.Off); err != nil {
			return err
		}
	}
	if err := conn.QueryRow(ctx, `SELECT organization_id, count(*) FROM canonical.documents WHERE kind = 'invoice' GROUP BY 1 ORDER BY 2 DESC LIMIT 1`).Scan(&organization, &have); err != nil {
		return err
	}
	for _, c := range copied {
		var most int64
		if err := conn.QueryRow(ctx, fmt.Sprintf(`SELECT COALESCE(max(%s), 0) FROM canonical.%s`, strings.Fields(c.keys)[0], c.table)).Scan(&most); err != nil {
			return err
		}
		step = max(step, most+1)
	}
	copies := (int64(invoices) - have + have/2) / have
	for _, c := range copied {
		begin := time.Now()
		var columns, values []string
		rows, err := conn.Query(ctx, `SELECT attname FROM pg_attribute WHERE attrelid = ('canonical.' || $1)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, c.table)
		if err != nil {
			return err
		}
		if columns, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
		keys := strings.Fields(c.keys)
		for _, column := range columns {
			value := column
			switch {
			case contains(keys, column):
				value += " + n * $2"
			case column == "number":
				value += " || '-' || n"
			case column == "number_value":
				value += " + n * $2"
			case column == "external_ref":
				value = "NULL"
			case column == "family_name":
				value += " || ' ' || n"
			}
			values = append(values, value)
		}
		if copies <= 0 {
			continue
		}
		// The order of a person's records is that of time, as if they had been written one by one.
		sql := fmt.Sprintf(`INSERT INTO canonical.%[1]s (%[2]s) SELECT %[3]s FROM canonical.%[1]s, generate_series(1, $3::bigint) AS n WHERE organization_id = $1 AND %[4]s`,
			c.table, strings.Join(columns, ", "), strings.Join(values, ", "), c.where)
		if _, err := conn.Exec(ctx, sql, organization, step, copies); err != nil {
			return fmt.Errorf("copy %s: %w", c.table, err)
		}
		noteSlow(c.table, begin)
	}
	for _, c := range copied {
		if !strings.HasPrefix(c.keys, "id") {
			continue
		}
		if _, err := conn.Exec(ctx, `SELECT setval(pg_get_serial_sequence('canonical.' || $1, 'id'), $2)`, c.table, (copies+2)*step); err != nil {
			return fmt.Errorf("sequence of %s: %w", c.table, err)
		}
	}
	if _, err := conn.Exec(ctx, `UPDATE canonical.number_series SET next_value = next_value + $1`, (copies+2)*step); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `ANALYZE`); err != nil {
		return err
	}
	if err := compute(ctx, conn.Conn()); err != nil {
		return err
	}
	for _, s := range switches {
		if _, err := conn.Exec(ctx, s.On); err != nil {
			return err
		}
	}
	return nil
}

// compute computes all stored copies anew, and forgets what was marked.
func compute(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT name, kind FROM engine.projections ORDER BY kind DESC, name`) // sums come before what reads them
	if err != nil {
		return err
	}
	type projection struct{ Name, Kind string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[projection])
	if err != nil {
		return err
	}
	sums := func(kind string) bool { return kind == "sum" }
	for _, first := range []bool{true, false} {
		for _, p := range all {
			if sums(p.Kind) != first {
				continue
			}
			begin := time.Now()
			for _, sql := range computing(p.Name, p.Kind) {
				if _, err := conn.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%s: %w", p.Name, err)
				}
			}
			noteSlow(p.Name, begin)
		}
	}
	_, err = conn.Exec(ctx, `VACUUM ANALYZE`)
	return err
}

// noteSlow logs what took more than a second.
func noteSlow(what string, begin time.Time) {
	if took := time.Since(begin); took > time.Second {
		log.Printf("%s: %v", what, took.Round(100*time.Millisecond))
	}
}

func computing(name, kind string) []string {
	switch kind {
	case "materialized_view":
		return []string{"REFRESH MATERIALIZED VIEW projection." + name, "TRUNCATE marks." + name}
	case "sum":
		return []string{"TRUNCATE projection." + name + ", marks." + name, "INSERT INTO projection." + name + " SELECT * FROM source." + name}
	}
	return []string{"TRUNCATE projection." + name + ", marks." + name, "INSERT INTO projection." + name + " SELECT * FROM source." + name}
}

func contains(list []string, s string) bool {
	for _, other := range list {
		if other == s {
			return true
		}
	}
	return false
}
