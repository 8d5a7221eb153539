package projection_test

import (
	"testing"
	"time"

	"daybook/projection"
)

// rate is a row that no other test of this package reads.
type rate struct {
	TaxRateID int64
	Name      string
}

var counted = projection.Define[rate](projection.Definition{
	Name: "tax_rate_summaries", Key: []string{"tax_rate_id"}, DefaultOrder: "NAME",
	Orders: map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
})

// Every read is counted by where its rows came from.
func TestReadsAreCounted(t *testing.T) {
	t.Parallel()
	pool := inhabited(t)
	engine := engineOn(pool)
	drain := func() {
		t.Helper()
		if _, err := engine.Refresh(t.Context(), counted.Name, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	change := func() {
		t.Helper()
		exec(t.Context(), t, pool, "UPDATE canonical.tax_rates SET name = name || '!'")
	}
	for _, step := range []struct {
		name  string
		given func()
		mode  projection.Mode
		read  string
	}{
		{"nothing is behind", drain, projection.Auto, "exact"},
		{"something is behind", change, projection.Auto, "source"},
		{"stored rows are asked for", change, projection.Stored, "stored"},
	} {
		step.given()
		before := projection.Reads(counted.Name)
		if _, _, err := lookAt(t.Context(), t, counted, pool, step.mode, 0); err != nil {
			t.Fatal(err)
		}
		after := projection.Reads(counted.Name)
		for _, read := range []string{"exact", "source", "stored"} {
			want := before[read]
			if read == step.read {
				want++
			}
			if after[read] != want {
				t.Errorf("%s: %s reads went from %d to %d", step.name, read, before[read], after[read])
			}
		}
	}
}
