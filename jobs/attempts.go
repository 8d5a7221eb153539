package jobs

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// attemptsTimeout is the time-out of jobs that attempt. It leaves time for the last attempts.
const attemptsTimeout = 2 * time.Minute

// attemptAll attempts what claim returns, all of it at once, until claim returns nothing and says that there is no more, or for 20
// seconds, after which another job goes on. made says whether there was an attempt. It ends at the first error.
func attemptAll[T any](ctx context.Context, claim func(context.Context) (claimed []T, more bool, err error), attempt func(context.Context, *T) error) (made bool, err error) {
	for start := time.Now(); time.Since(start) < 20*time.Second; {
		claimed, more, err := claim(ctx)
		if err != nil || len(claimed) == 0 && !more {
			return made, err
		}
		made = made || len(claimed) > 0
		group, all := errgroup.WithContext(ctx)
		for i := range claimed {
			group.Go(func() error { return attempt(all, &claimed[i]) })
		}
		if err := group.Wait(); err != nil {
			return made, err
		}
	}
	return made, nil
}

// toSettle returns a context to note in how an attempt has ended, though the worker is being cut off.
func toSettle(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// pause returns how long to wait after so many attempts: first, 5 seconds where it is 0; twice as long after each further one, and
// 6 hours at most, a fifth more or less by chance, so that what has failed together is not tried together for ever.
func pause(first time.Duration, attempts int) time.Duration {
	const longest = 6 * time.Hour
	length := longest
	if doubled := attempts - 1; doubled < 30 {
		length = min(cmp.Or(first, 5*time.Second)<<doubled, longest)
	}
	return time.Duration(float64(length) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // nobody has to guess it
}
