package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// storedAfter measures how long after the answer to its creation an invoice stands in its read model: alone, and beside a hundred
// others a second.
func (s *writeSystem) storedAfter(b *testing.B) {
	sample := func(connections int, name string) {
		var lags []time.Duration
		for range 60 {
			id, _, _ := s.invoice(b)
			begin := time.Now()
			for stored := false; !stored; {
				if time.Since(begin) > time.Minute {
					b.Fatalf("%s is not stored after a minute", id)
				}
				if err := s.pool.QueryRow(b.Context(), `SELECT EXISTS (SELECT FROM projection.document_summaries WHERE 'Invoice:' || document_id = $1 AND document_id = $2::text::bigint)`,
					id, strings.TrimPrefix(id, "Invoice:")).Scan(&stored); err != nil {
					b.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			lags = append(lags, time.Since(begin))
			time.Sleep(50 * time.Millisecond)
		}
		slices.Sort(lags)
		b.Logf("stored after the answer, %s: p50 %v, p99 %v", name, lags[len(lags)/2].Round(time.Millisecond), lags[len(lags)*99/100].Round(time.Millisecond))
		b.ReportMetric(float64(lags[len(lags)*99/100].Milliseconds()), fmt.Sprintf("p99-ms-%d", connections))
	}
	sample(0, "at idle")
	var group sync.WaitGroup
	done := make(chan struct{})
	begin := time.Now()
	for i := range 8 {
		group.Go(func() {
			for n := i; ; n += 8 {
				select {
				case <-done:
					return
				case <-time.After(time.Until(begin.Add(time.Duration(n) * 10 * time.Millisecond))):
					s.invoice(b)
				}
			}
		})
	}
	sample(8, "beside 100 invoices a second")
	close(done)
	group.Wait()
}

// floor writes the rows of an invoice by plain SQL while nothing is refreshed: with all triggers, and then into tables that are
// like the canonical ones but have no triggers, and so no foreign keys.
func (s *writeSystem) floor(b *testing.B) {
	set := func(sql string) {
		if _, err := s.pool.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	mutations := map[int]float64{}
	for _, connections := range []int{1, 8} {
		mutations[connections] = s.measure(b, "invoiceCreate", connections, 0).rate()
	}
	set(`UPDATE engine.projections SET paused = true`)
	set(`CREATE SCHEMA bare; CREATE TABLE bare.documents (LIKE canonical.documents INCLUDING ALL); CREATE TABLE bare.document_items (LIKE canonical.document_items INCLUDING ALL)`)
	for _, schema := range []string{"canonical", "bare"} {
		for _, connections := range []int{1, 8} {
			m := s.measureSQL(b, schema, connections)
			b.Logf("plain SQL into %s tables, %d connections: %s; invoiceCreate makes %.2f of that", schema, connections, m, mutations[connections]/m.rate())
			b.ReportMetric(mutations[connections]/m.rate(), fmt.Sprintf("of-%s-%d", schema, connections))
		}
	}
}

// measureSQL writes invoices into the tables of a schema on some connections, each by one message.
func (s *writeSystem) measureSQL(b *testing.B, schema string, connections int) (m writeTimes) {
	write := func() time.Duration {
		n := writesDone.Add(1)
		batch := &pgx.Batch{}
		batch.Queue(`BEGIN`)
		batch.Queue(`SELECT set_config('daybook.actor', '1', true)`)
		batch.Queue(`INSERT INTO ` + schema + `.documents (organization_id, kind, party_id, issued_on, due_on, currency, tax_rounding)
			SELECT organization_id, 'invoice', id, current_date, current_date, 'AUD', 'line' FROM canonical.people WHERE organization_id = 1 AND is_customer ORDER BY id LIMIT 1`)
		batch.Queue(`INSERT INTO `+schema+`.document_items (organization_id, document_id, line, description, quantity, unit_price)
			SELECT 1, currval(pg_get_serial_sequence('`+schema+`.documents', 'id')), i, format('Line %s of %s', i, $1::bigint), 2, 1050 FROM generate_series(1, 3) AS i`, n)
		batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
		batch.Queue(`COMMIT`)
		begin := time.Now()
		if err := s.pool.SendBatch(b.Context(), batch).Close(); err != nil {
			b.Error(err)
		}
		return time.Since(begin)
	}
	var warm sync.WaitGroup
	for range connections {
		warm.Go(func() {
			for range 10 {
				write()
			}
		})
	}
	warm.Wait()
	server, database := s.processorTime(b)
	var mu sync.Mutex
	var group sync.WaitGroup
	begin := time.Now()
	for range connections {
		group.Go(func() {
			for time.Since(begin).Seconds() < *writesSeconds && !b.Failed() {
				took := write()
				mu.Lock()
				m.took = append(m.took, took)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	m.elapsed = time.Since(begin)
	m.settled = m.elapsed // nothing is refreshed
	slices.Sort(m.took)
	serverNow, databaseNow := s.processorTime(b)
	m.server, m.database = serverNow-server, databaseNow-database
	return m
}
