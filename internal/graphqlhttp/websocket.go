package graphqlhttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// subprotocol is the protocol that is spoken over websockets. Its rules are those of the page PROTOCOL.md of graphql-ws.
const subprotocol = "graphql-transport-ws"

// The codes with which the protocol closes a websocket.
const (
	closeInvalid       websocket.StatusCode = 4400
	closeUnauthorized  websocket.StatusCode = 4401
	closeForbidden     websocket.StatusCode = 4403
	closeSubprotocol   websocket.StatusCode = 4406
	closeInitTimeout   websocket.StatusCode = 4408
	closeTaken         websocket.StatusCode = 4409
	closeTooManyInits  websocket.StatusCode = 4429
	closeTryAgainLater                      = websocket.StatusTryAgainLater
)

// stopGrace is how long queries and mutations over a websocket may go on when the handler stops.
const stopGrace = 500 * time.Millisecond

// upgrades reports whether a request opens a websocket.
func upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// socket is one websocket.
type socket struct {
	handler *Handler
	conn    *websocket.Conn
	ctx     context.Context
	end     context.CancelFunc
	// header has the headers of the opening request, and what connection_init has said in their place.
	header http.Header

	mu         sync.Mutex // held while a message is written: an answer must not come behind the end of its operation
	initiated  bool
	acked      bool
	operations map[string]context.CancelFunc
	singles    int            // how many operations with one answer are executed
	all        sync.WaitGroup // all operations, and watch
}

// closing is the end of a websocket with a code.
type closing struct {
	code   websocket.StatusCode
	reason string
}

// Error is the reason.
func (c *closing) Error() string { return c.reason }

// maxReason is the largest number of bytes of a reason that a close frame has room for.
const maxReason = 123

func closeWith(code websocket.StatusCode, format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	return &closing{code, reason}
}

// serveWebsocket serves a websocket until it is closed.
func (h *Handler) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	if !h.streams.serve() {
		Refuse(w, r, http.StatusServiceUnavailable, stopping())
		return
	}
	defer h.streams.running.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, OriginPatterns: h.Origins, InsecureSkipVerify: slices.Contains(h.Origins, "*"),
	})
	if err != nil {
		return // Accept has answered
	}
	ctx, cancel := context.WithCancel(r.Context())
	s := &socket{handler: h, conn: conn, ctx: ctx, end: cancel, header: r.Header.Clone(), operations: map[string]context.CancelFunc{}}
	defer func() { cancel(); s.all.Wait(); _ = conn.CloseNow() }()
	if conn.Subprotocol() != subprotocol {
		s.close(closeWith(closeSubprotocol, "Subprotocol not acceptable"))
		return
	}
	conn.SetReadLimit(h.MaxBody)
	s.all.Go(s.watch)
	s.close(s.read())
}

// watch closes the websocket when nobody says in time who has opened it, nobody answers any more, or the handler stops.
func (s *socket) watch() {
	limits := &s.handler.Limits
	init, ping := time.NewTimer(limits.Init), time.NewTicker(limits.Ping)
	defer init.Stop()
	defer ping.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-init.C:
			s.mu.Lock()
			late := !s.acked
			s.mu.Unlock()
			if late {
				s.close(closeWith(closeInitTimeout, "Connection initialisation timeout"))
				return
			}
		case <-ping.C:
			ctx, cancel := context.WithTimeout(s.ctx, limits.Ping)
			err := s.conn.Ping(ctx)
			cancel()
			if err != nil {
				s.end()
				return
			}
		case <-s.handler.streams.stopping:
			for end := time.Now().Add(stopGrace); s.answering() && time.Now().Before(end); {
				time.Sleep(stopGrace / 50)
			}
			s.close(closeWith(websocket.StatusGoingAway, "The server stops"))
			return
		}
	}
}

// answering reports whether operations with one answer are executed.
func (s *socket) answering() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.singles > 0
}

// count counts the operations with one answer.
func (s *socket) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.singles += n
}

// close closes the websocket by the error with which reading it has ended, and ends its operations.
func (s *socket) close(err error) {
	if end, ok := errors.AsType[*closing](err); ok {
		_ = s.conn.Close(end.code, end.reason)
	}
	s.end()
}

// read reads messages until the websocket ends.
func (s *socket) read() error {
	for {
		kind, text, err := s.conn.Read(s.ctx)
		if err != nil {
			return err
		}
		if kind != websocket.MessageText || !ValidText(text) {
			return closeWith(closeInvalid, "A message must be UTF-8 text")
		}
		message, err := decodeObject(text)
		if err != nil {
			return closeWith(closeInvalid, "The message: %s", err)
		}
		if err := s.handle(message); err != nil {
			return err
		}
	}
}

// handle does what a message says.
func (s *socket) handle(message map[string]any) error {
	id, named := message["id"].(string)
	payload, object := message["payload"].(map[string]any)
	if message["payload"] != nil && !object {
		return closeWith(closeInvalid, "payload must be an object")
	}
	switch kind, _ := message["type"].(string); kind {
	case "connection_init":
		return s.init(payload)
	case "ping":
		return s.answer(map[string]any{"type": "pong", "payload": payload}, object)
	case "pong":
		return nil
	case "subscribe", "complete":
		if !named || id == "" {
			return closeWith(closeInvalid, "id must be a string that is not empty")
		}
		if kind == "complete" {
			s.forget(id)
			return nil
		}
		return s.subscribe(id, payload)
	default:
		return closeWith(closeInvalid, "%.50q is no type of a message", fmt.Sprint(message["type"]))
	}
}

// answer writes a message, without its payload if it has none.
func (s *socket) answer(message map[string]any, payload bool) error {
	if !payload {
		delete(message, "payload")
	}
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(text)
}

// write writes a message, within its time. It is called under the mutex.
func (s *socket) write(text []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.handler.Limits.Write)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, text); err != nil {
		s.end()
		return err
	}
	return nil
}

// initHeaders are the headers that connection_init may say: a browser cannot send them when it opens a websocket.
var initHeaders = []string{"Authorization", "Daybook-Read"}

// init learns who has opened the websocket.
func (s *socket) init(payload map[string]any) error {
	s.mu.Lock()
	again := s.initiated
	s.initiated = true
	s.mu.Unlock()
	if again {
		return closeWith(closeTooManyInits, "Too many initialisation requests")
	}
	for name, value := range payload {
		for _, header := range initHeaders {
			if text, ok := value.(string); ok && strings.EqualFold(name, header) {
				s.header.Set(header, text)
			}
		}
	}
	if _, err := s.authenticate(s.ctx); err != nil {
		return err
	}
	leave, ok := s.handler.streams.enter(s.token(), s.handler.Limits.PerToken)
	if !ok {
		return closeWith(closeTryAgainLater, "%s", tooMany(s.handler.Limits.PerToken).Message)
	}
	context.AfterFunc(s.ctx, leave)
	if err := s.answer(map[string]any{"type": "connection_ack"}, false); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked = true
	return nil
}

func (s *socket) token() string { return tokenOf(s.header) }

// authenticate returns the context of an operation of whoever opened the websocket, or how it is closed.
func (s *socket) authenticate(ctx context.Context) (context.Context, error) {
	ctx, refusal := s.handler.Authenticate(ctx, s.header)
	if refusal == nil {
		return ctx, nil
	}
	switch refusal.Status {
	case http.StatusUnauthorized:
		return nil, closeWith(closeForbidden, "Forbidden")
	case http.StatusBadRequest:
		return nil, closeWith(closeInvalid, "%.100s", refusal.Err.Message)
	case http.StatusServiceUnavailable:
		return nil, closeWith(closeTryAgainLater, "%.100s", refusal.Err.Message)
	}
	return nil, closeWith(websocket.StatusInternalError, "%.100s", refusal.Err.Message)
}

func stopping() *gqlerror.Error {
	return &gqlerror.Error{Message: "The server is about to stop. Try again.", Extensions: map[string]any{"code": codeUnavailable}}
}

func tooMany(limit int) *gqlerror.Error {
	err := &gqlerror.Error{Message: fmt.Sprintf("The token has %d streams and subscriptions; more are not allowed.", limit)}
	err.Extensions = map[string]any{"code": codeTooMany}
	return err
}
