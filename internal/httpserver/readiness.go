package httpserver

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// CheckInterval is how long an answer of /readyz and of /metrics is kept: the database is asked at most once in it,
// however many ask.
const CheckInterval = 2 * time.Second

// checkTimeout bounds all checks of one answer together.
const checkTimeout = 2 * time.Second

// Check is one condition of readiness.
type Check struct {
	Name string
	Func func(context.Context) error // nil means ready
}

// kept keeps a value for CheckInterval. Callers who come while it is made wait for it.
type kept[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
}

// get returns the kept value, or makes one. Making does not end with the context of a caller who goes away.
func (k *kept[T]) get(ctx context.Context, fresh func(context.Context) T) T {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); k.until.Before(now) {
		k.value = fresh(context.WithoutCancel(ctx))
		k.until = time.Now().Add(CheckInterval)
	}
	return k.value
}

// readiness is the state of all checks.
type readiness struct {
	checks   []Check
	draining *atomic.Bool // whether the process was told to stop
	logger   *slog.Logger
	last     kept[map[string]error]
}

// state returns the result of each check by its name, nil where it passed.
func (r *readiness) state(ctx context.Context) map[string]error {
	return r.last.get(ctx, func(ctx context.Context) map[string]error {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		defer cancel()
		state := make(map[string]error, len(r.checks))
		for _, check := range r.checks {
			err := check.Func(ctx)
			if err != nil {
				r.logger.WarnContext(ctx, "not ready", "check", check.Name, "error", err)
			}
			state[check.Name] = err
		}
		return state
	})
}

// handler answers {"CHECK": "ok", …} for all checks, with 503 if one fails, or if the process was told to stop. A failing check is told as "failing", or
// by its reason, which may name hosts and roles, if reasons is true.
func (r *readiness) handler(reasons bool) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		state := r.state(request.Context())
		status, answer := http.StatusOK, make(map[string]string, len(state))
		for name, err := range state {
			answer[name] = "ok"
			if err != nil {
				status, answer[name] = http.StatusServiceUnavailable, "failing"
				if reasons {
					answer[name] = err.Error()
				}
			}
		}
		if r.draining.Load() {
			status, answer["draining"] = http.StatusServiceUnavailable, "the process is stopping"
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	}
}
