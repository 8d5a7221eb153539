package canonical_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// Whatever taxes lines have, and however they are rounded, the shares of each line are not negative, leave a net amount that is
// not, and together are what the lines come to.
func TestTaxSharesOfRandomLines(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	var sales, rates []int64
	var lines []int32
	var amounts, percentages []int64 // the percentages in ten-thousandths
	var included []bool
	var roundings []string
	const number = 400
	whole, grossOf := map[int64]int64{}, map[int64]int64{} // by sale
	for sale := range int64(number) {
		taxes := make([]int64, 1+r.IntN(10))
		for i := range taxes {
			taxes[i] = []int64{r.Int64N(1_000_001), r.Int64N(50_000), 1_000 * r.Int64N(30), 200_000}[r.IntN(4)]
			whole[sale] += taxes[i]
		}
		for line := range int32(1 + r.IntN(8)) {
			amount := r.Int64N(60)
			if r.IntN(4) == 0 {
				amount = r.Int64N(1_000_000)
			}
			grossOf[sale] += amount
			for rate, percentage := range taxes {
				sales, lines, amounts, included = append(sales, sale), append(lines, line), append(amounts, amount), append(included, sale%4 < 3)
				roundings, rates, percentages = append(roundings, []string{"rate", "line"}[sale%2]), append(rates, int64(rate)), append(percentages, percentage)
			}
		}
	}
	type key struct {
		sale int64
		line int32
	}
	tx, ctx := pgtest.Tx(t), t.Context()
	ofLine, ofSale, wrong := map[key]int64{}, map[int64]int64{}, 0
	for _, sign := range []int64{1, -1} { // lines of documents may be negative
		clear(ofLine)
		clear(ofSale)
		rows, _ := tx.Query(ctx, `
			WITH given AS (
				SELECT array_agg(sale ORDER BY place) AS sales, array_agg(line ORDER BY place) AS lines, array_agg(amount::numeric * $8 ORDER BY place) AS amounts,
					array_agg(included ORDER BY place) AS included, array_agg(rounding ORDER BY place) AS roundings, array_agg(rate ORDER BY place) AS rates,
					array_agg((percentage * 0.0001)::numeric ORDER BY place) AS percentages
				FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::boolean[], $5::text[], $6::bigint[], $7::bigint[])
					WITH ORDINALITY AS x (sale, line, amount, included, rounding, rate, percentage, place))
			SELECT x.sale_id, x.line, x.tax_rate_id, x.tax::bigint
			FROM given, canonical.sale_line_taxes_of(sales, lines, amounts, included, roundings, rates, percentages) AS x`,
			sales, lines, amounts, included, roundings, rates, percentages, sign)
		at := map[key]map[int64]int64{}
		var k key
		var rate, tax int64
		_, err := pgx.ForEachRow(rows, []any{&k.sale, &k.line, &rate, &tax}, func() error {
			if at[k] == nil {
				at[k] = map[int64]int64{}
			}
			at[k][rate] = tax * sign
			ofLine[k] += tax * sign
			ofSale[k.sale] += tax * sign
			return nil
		})
		must(t, err)
		for i, sale := range sales {
			k := key{sale, lines[i]}
			share, exact := at[k][rates[i]], float64(amounts[i])*float64(percentages[i])/1e6
			if included[i] {
				exact /= 1 + float64(whole[sale])/1e6
			}
			off := math.Abs(float64(share) - exact)
			// Of taxes rounded by line, the net amount and the tax are each off by a half; by rate so are those of the lines before.
			bound := map[string]float64{"line": 1.5, "rate": 4}[roundings[i]]
			if share < 0 || off > bound || included[i] && ofLine[k] > amounts[i] {
				if wrong++; wrong < 5 {
					t.Errorf("%s, included %t: %d of %d (exactly %.3f), %d of all taxes, sign %d", roundings[i], included[i], share, amounts[i], exact, ofLine[k], sign)
				}
			}
		}
		for sale, gross := range grossOf {
			if sale%2 == 1 || sale%4 == 3 { // by line, and beside the price
				continue
			}
			if net := (2*gross*1_000_000 + 1_000_000 + whole[sale]) / (2 * (1_000_000 + whole[sale])); ofSale[sale] != gross-net {
				t.Errorf("sale %d: %d of taxes in %d, want %d", sale, ofSale[sale], gross, gross-net)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d wrong shares", wrong)
	}
}
