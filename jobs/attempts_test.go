package jobs

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second, 14: 6 * time.Hour, 1000: 6 * time.Hour} {
		for _, first := range []time.Duration{0, 5 * time.Second} {
			if got := pause(first, attempts); got < want*8/10 || got > want*12/10 {
				t.Errorf("after %d attempts: %v, want about %v", attempts, got, want)
			}
		}
	}
}

func TestAttemptAll(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	claims := func(rounds ...[]int) func(context.Context) ([]int, bool, error) {
		return func(context.Context) (claimed []int, more bool, err error) {
			if len(rounds) > 0 {
				claimed, rounds = rounds[0], rounds[1:]
			}
			return claimed, len(rounds) > 0, nil
		}
	}
	for name, test := range map[string]struct {
		claim func(context.Context) ([]int, bool, error)
		sum   int64
		made  bool
		err   error
	}{
		"nothing":           {claim: claims()},
		"nothing but later": {claim: claims(nil, []int{1, 2}, nil, []int{4}), sum: 7, made: true},
		"a failure":         {claim: claims([]int{8, -1}, []int{16}), sum: 8, made: true, err: failure},
		"no claim":          {claim: func(context.Context) ([]int, bool, error) { return nil, false, failure }, err: failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum atomic.Int64
			made, err := attemptAll(t.Context(), test.claim, func(_ context.Context, n *int) error {
				if *n < 0 {
					return failure
				}
				sum.Add(int64(*n))
				return nil
			})
			if made != test.made || sum.Load() != test.sum || !errors.Is(err, test.err) {
				t.Errorf("made %t, sum %d, %v", made, sum.Load(), err)
			}
		})
	}
}
