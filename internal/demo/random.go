package demo

import (
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v7"
)

// random makes one organization's choices, always the same for the same seed.
type random struct {
	*rand.Rand
	fake *gofakeit.Faker
}

func newRandom(seed, stream uint64) random {
	source := rand.NewPCG(seed, stream)
	return random{rand.New(source), gofakeit.NewFaker(source, false)} //nolint:gosec // G404: invented data must be repeatable
}

// chance is true in percent of a hundred cases.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// between is a number from least to most, both included.
func (r random) between(least, most int) int { return least + r.IntN(most-least+1) }

// few is a number from 1 to the number of weights, each as often as its weight says.
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

// skewed is an index below n: the first ones come up much more often than the last.
func (r random) skewed(n int) int {
	x := r.Float64()
	return int(float64(n) * x * x)
}

// pick is one of the choices, each as likely as any other.
func pick[T any](r random, choices ...T) T { return choices[r.IntN(len(choices))] }

// divide rounds half away from zero, as the database does; d is positive and even.
func divide(n, d int64) int64 {
	if n < 0 {
		return -((-n + d/2) / d)
	}
	return (n + d/2) / d
}
