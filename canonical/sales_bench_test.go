package canonical_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// BenchmarkSalesRecord records a thousand sales a call in a database of ten thousand and in one of a million. The two take
// turns, so that the machine's load affects both alike; their medians may differ by a factor of 2.
func BenchmarkSalesRecord(b *testing.B) {
	sizes := []int{10_000, 1_000_000}
	var stores []*canonical.Store
	var actors []canonical.Actor
	for _, size := range sizes {
		pool := pgtest.Pool(b)
		store := canonical.New(pool, nil)
		organization, _, err := store.OrganizationCreate(b.Context(), canonical.OrganizationInput{
			Name: "Ada's", TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: "ada@example.com"})
		if err != nil {
			b.Fatal(err)
		}
		admin := pgtest.Superuser(b, pool)
		for _, sql := range []string{
			pgtest.TriggersOff,
			fmt.Sprintf(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) SELECT %d, g, 'Store ' || g, 'Australia/Adelaide' FROM generate_series(1, 4) AS g`, organization),
			fmt.Sprintf(`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, booked_on, currency, amount, external_ref)
				SELECT %d, 1 + g %% 4, timestamptz '2025-11-01 00:00Z' + g * interval '31 seconds', date '2025-11-01' + g / 2787, 'AUD', 1 + g %% 9999, 'R' || g FROM generate_series(1, %d) AS g`, organization, size),
			pgtest.TriggersOn,
			`VACUUM ANALYZE`,
		} {
			if _, err := admin.Exec(b.Context(), sql); err != nil {
				b.Fatalf("%v\n%s", err, sql)
			}
		}
		stores, actors = append(stores, store), append(actors, canonical.Actor{OrganizationID: organization, Role: model.RoleStaff})
	}
	calls := 0
	took := make([][]time.Duration, len(sizes))
	for b.Loop() {
		calls++
		for i := range sizes {
			in := model.SalesRecordInput{OnError: model.BulkErrorPolicyAllOrNothing, Sales: make([]model.SaleInput, 1000)}
			for n := range in.Sales {
				in.Sales[n] = model.SaleInput{
					StoreID: some(model.ID{Type: "Store", Key: int64(1 + n%4)}), Kind: model.SaleKindSale,
					OccurredAt: noon.Add(time.Duration(n) * time.Second), Amount: some(dec("10.50")), ExternalRef: some(fmt.Sprintf("new %d.%d", calls, n)),
				}
			}
			begin := time.Now()
			if got, err := stores[i].SalesRecord(b.Context(), actors[i], in); err != nil || got.Recorded != 1000 {
				b.Fatalf("%+v, %v", got, err)
			}
			took[i] = append(took[i], time.Since(begin))
		}
	}
	medians := make([]time.Duration, len(sizes))
	for i, size := range sizes {
		slices.Sort(took[i])
		medians[i] = took[i][len(took[i])/2]
		b.ReportMetric(float64(medians[i].Microseconds())/1000, fmt.Sprintf("ms/1000-at-%d", size))
	}
	if calls >= 20 && medians[1] > 2*medians[0] {
		b.Errorf("a thousand sales take %v where there are a million, %v where there are ten thousand", medians[1], medians[0])
	}
}
