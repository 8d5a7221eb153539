package playground

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// maxPause is how long refreshes are paused at most, by one request.
const maxPause = 30 * time.Second

// ErrNotAllowed is the error of Pausing.Allowed for a token that may not pause.
var ErrNotAllowed = errors.New("the token may not pause refreshes")

// Pausing lets the page pause the refreshes of the list that its demonstration reads. A pause lasts as long as the request for
// it, so one that is forgotten, by a page that was closed, ends by itself. It is for development only.
type Pausing struct {
	// Allowed returns nil if the token may pause, else ErrNotAllowed, or another error if it cannot tell.
	Allowed func(ctx context.Context, token string) error
	// Pause pauses the refreshes. Resume lets them go on, unless they were paused before.
	Pause func(context.Context) (resume func(context.Context) error, err error)
	// Stopping ends all pauses when it is closed.
	Stopping <-chan struct{}
}

// handler answers POST /playground/pause: a line when the refreshes are paused, and the end when they go on.
func (p *Pausing) handler(logger *slog.Logger) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch err := p.Allowed(ctx, token); {
		case errors.Is(err, ErrNotAllowed):
			http.Error(w, "refreshes are paused with an operator's token", http.StatusForbidden)
			return
		case err != nil:
			logger.ErrorContext(ctx, "cannot tell who pauses refreshes", "error", err)
			http.Error(w, "cannot authenticate now", http.StatusServiceUnavailable)
			return
		}
		resume, err := p.Pause(ctx)
		if err != nil {
			logger.ErrorContext(ctx, "refreshes are not paused", "error", err)
			http.Error(w, "refreshes cannot be paused now", http.StatusServiceUnavailable)
			return
		}
		defer func() {
			if err := resume(context.WithoutCancel(ctx)); err != nil {
				logger.ErrorContext(ctx, "refreshes stay paused: daybook projections resume", "error", err)
			}
		}()
		_, _ = io.WriteString(w, "paused\n")
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		limit := time.NewTimer(maxPause)
		defer limit.Stop()
		select {
		case <-ctx.Done():
		case <-p.Stopping:
		case <-limit.C:
		}
	}))
}
