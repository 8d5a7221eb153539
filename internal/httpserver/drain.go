package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// streamsTime is how long the clients of subscriptions have to agree that these end.
const streamsTime = time.Second

// answerTime is how long requests that are cancelled have to answer that the server is stopping.
const answerTime = time.Second

// Serve serves on main and on admin until ctx ends; either may be nil, and is not served then. It closes the listeners, and
// returns nil at the end. A Server serves once.
//
// When ctx ends, /readyz answers 503 and everything else is answered for Config.Drain, or until Config.Hurry: connections
// are closed after the answer they carry. Then subscriptions end, no more requests are accepted, and running requests have as
// long again, a second at least. Those that still run are cancelled, with the cause http.ErrServerClosed, and have a second to answer so.
func (s *Server) Serve(ctx context.Context, main, admin net.Listener) error {
	// Running requests go on after ctx has ended, so their context does not end with it.
	base, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	group, ended := errgroup.WithContext(ctx)
	drained := make(chan struct{})
	group.Go(func() error {
		defer close(drained)
		<-ended.Done()
		if ctx.Err() != nil { // else a listener failed, and nothing is worth waiting for
			s.wait()
		}
		if s.stopStreams != nil {
			ending, stop := context.WithTimeout(context.WithoutCancel(ctx), streamsTime)
			defer stop()
			s.stopStreams(ending)
		}
		return nil
	})
	go s.work(base)
	for _, served := range []struct {
		server *http.Server
		on     net.Listener
	}{{s.main, main}, {s.admin, admin}} {
		if served.on == nil {
			continue
		}
		served.server.BaseContext = func(net.Listener) context.Context { return base }
		group.Go(func() error {
			if err := served.server.Serve(served.on); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve HTTP: %w", err)
			}
			return nil
		})
		group.Go(func() error {
			<-drained
			s.stop(context.WithoutCancel(base), cancel, served.server)
			return nil
		})
	}
	return group.Wait()
}

// wait returns when the drain is over.
func (s *Server) wait() {
	s.draining.Store(true)
	if s.drain <= 0 {
		return
	}
	s.logger.Info("draining: not ready, answering what still comes", "for", s.drain)
	timer := time.NewTimer(s.drain)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.hurry:
	}
}

// stop stops one of the servers: it accepts nothing more, and waits for running requests. cancel cancels them.
func (s *Server) stop(ctx context.Context, cancel func(error), server *http.Server) {
	grace := max(s.drain, time.Second)
	if shutdown(ctx, server, grace) {
		return
	}
	s.logger.Warn("requests are cancelled", "after", grace)
	cancel(http.ErrServerClosed)
	if !shutdown(ctx, server, answerTime) {
		s.logger.Error("requests were cut off")
		_ = server.Close()
	}
}

// shutdown reports whether the server's requests ended in time.
func shutdown(ctx context.Context, server *http.Server, within time.Duration) bool {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	return server.Shutdown(ctx) == nil
}

// leave closes the connection after an answer of a draining server, so that its next request goes elsewhere.
func (s *Server) leave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
