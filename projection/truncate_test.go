package projection_test

import (
	"testing"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// A read that waits for a TRUNCATE takes its snapshot after the wait. In an older snapshot the table
// would be empty already, since TRUNCATE is not transactional, and its marks not there yet.
func TestReadsWaitForTruncate(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	exec(ctx, t, pool, "INSERT INTO canonical.addresses (organization_id, person_id, position, street, suburb, postcode, country_code) SELECT 1, i, 1, 'Street', 'Norwood', '5000', 'AU' FROM generate_series(1, 6) i")
	if _, err := engineOn(pool).Refresh(ctx, "people_summaries", 1<<40); err != nil {
		t.Fatal(err)
	}
	exec(ctx, t, pool, "UPDATE canonical.people SET phone = 'dirty' WHERE organization_id = 1 AND id = 1")
	truncate := begin(ctx, t, pool)
	exec(ctx, t, truncate, "TRUNCATE canonical.addresses")
	var rows []person
	read := background(func() {
		page, err := people.Page(ctx, &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Exact}, projection.PageQuery{First: new(10)})
		if err != nil {
			t.Error(err)
			return
		}
		rows = page.Rows
	})
	soon(read)
	commit(ctx, t, truncate)
	<-read
	if len(rows) != 6 {
		t.Fatalf("%d people", len(rows))
	}
	for _, p := range rows {
		if p.Addresses != "[]" {
			t.Errorf("person %d still has %s: the answer mixes two snapshots", p.PersonID, p.Addresses)
		}
	}
}
