package canonical_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/jobs"
	"daybook/projection"
)

// BenchmarkInvoiceCreate creates invoices of three lines, with workers that refresh the read models beside, and reports
// the processor time of an invoice in all processes.
func BenchmarkInvoiceCreate(b *testing.B) {
	url := pgtest.URL(b)
	owner := pgtest.Open(b, url, pgpool.Options{MaxConns: 16})
	logger := slog.New(slog.DiscardHandler)
	engine := projection.New(owner, logger)
	client, err := jobs.NewClient(owner, engine, jobs.Config{Work: true, Logger: logger})
	if err != nil {
		b.Fatal(err)
	}
	if err := client.Start(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.StopAndCancel(context.WithoutCancel(b.Context())) })
	store := canonical.New(pgtest.Open(b, pgtest.Application(b, url), pgpool.Options{MaxConns: 16}), jobs.Wake(owner, slog.New(slog.DiscardHandler)))
	organization, _, err := store.OrganizationCreate(b.Context(), canonical.OrganizationInput{
		Name: "Ada's", TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: "ada@example.com"})
	if err != nil {
		b.Fatal(err)
	}
	actor := canonical.Actor{OrganizationID: organization, Role: model.RoleOwner}
	var customers []model.ID
	for i := range 100 {
		id, err := store.PersonCreate(b.Context(), actor, model.PersonCreateInput{GivenName: some(fmt.Sprintf("Customer %d", i))})
		if err != nil {
			b.Fatal(err)
		}
		customers = append(customers, model.ID{Type: "Person", Key: id})
	}
	for _, connections := range []int{1, 8} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			var calls atomic.Int64
			var wg sync.WaitGroup
			before := pgtest.ProcessorTime(b, pgtest.Backends(b, owner)...)
			b.ResetTimer()
			for range connections {
				wg.Go(func() {
					for n := calls.Add(1); n <= int64(b.N); n = calls.Add(1) {
						_, err := store.DocumentCreate(b.Context(), actor, model.DocumentKindInvoice, model.DocumentCreateInput{
							PartyID: customers[n%100], Items: []model.DocumentItemInput{line("Work", "1", "10"), line("More", "2", "20"), line("Most", "3", "30")},
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "invoices/s")
			b.ReportMetric(float64((pgtest.ProcessorTime(b, pgtest.Backends(b, owner)...)-before).Microseconds())/float64(b.N)/1000, "ms-processor/op")
			time.Sleep(time.Second) // what is left to be refreshed
		})
	}
}
