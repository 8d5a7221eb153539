package demo

import (
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v7"
)

// random makes one organization's choices, which the seed determines.
type random struct {
	*rand.Rand
	fake *gofakeit.Faker
}

func newRandom(seed, stream uint64) random {
	source := rand.NewPCG(seed, stream)
	return random{rand.New(source), gofakeit.NewFaker(source, false)} //nolint:gosec // G404: invented data must be repeatable
}

// chance is true with a probability of percent in a hundred.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// between returns a number from least to most, both included.
func (r random) between(least, most int) int { return least + r.IntN(most-least+1) }

// few returns a number from 1 to the number of weights, the i-th with a probability proportional to the i-th weight.
func (r random) few(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := r.IntN(sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i + 1
		}
	}
	return len(weights)
}

// skewed returns an index below n; low ones are much more likely.
func (r random) skewed(n int) int {
	x := r.Float64()
	return int(float64(n) * x * x)
}

// pick returns one of the choices, each with the same probability.
func pick[T any](r random, choices ...T) T { return choices[r.IntN(len(choices))] }

// divide returns n / d, rounded half away from zero as PostgreSQL does; d is positive and even.
func divide(n, d int64) int64 {
	if n < 0 {
		return -((-n + d/2) / d)
	}
	return (n + d/2) / d
}
