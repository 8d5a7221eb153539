package graphqlhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.uber.org/goleak"

	"daybook/internal/graphqlhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// executor answers documents by their text: "one" is a query with one answer, "tick" a subscription that answers whenever
// answers has an element, "bad" no valid document, and "revoked" a subscription whose token is revoked.
type executor struct {
	graphql.GraphExecutor
	answers chan string
	running atomic.Int32
}

func (e *executor) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	kind := ast.Subscription
	switch params.Query {
	case "bad":
		return nil, gqlerror.List{{Message: "not valid", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}}
	case "one":
		kind = ast.Query
	}
	return &graphql.OperationContext{RawQuery: params.Query, Operation: &ast.OperationDefinition{Operation: kind}}, nil
}

func (e *executor) DispatchError(_ context.Context, errs gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: errs}
}

func (e *executor) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	switch operation.RawQuery {
	case "one":
		return graphql.OneShot(&graphql.Response{Data: []byte(`{"one":1}`)}), ctx
	case "revoked":
		return func(context.Context) *graphql.Response { graphqlhttp.NoteRevoked(ctx); return nil }, ctx
	case "panic":
		panic("in the executor")
	}
	e.running.Add(1)
	context.AfterFunc(ctx, func() { e.running.Add(-1) })
	return func(next context.Context) *graphql.Response {
		select {
		case text, more := <-e.answers:
			if !more {
				return nil
			}
			return &graphql.Response{Data: []byte(`"` + text + `"`)}
		case <-next.Done():
			return nil
		}
	}, ctx
}

// endpoint is a handler with its server. The token "good" is valid.
type endpoint struct {
	*executor
	handler *graphqlhttp.Handler
	url     string
}

func newEndpoint(t *testing.T, limits graphqlhttp.Limits, origins ...string) *endpoint {
	t.Helper()
	e := &executor{answers: make(chan string)}
	handler := graphqlhttp.New(graphqlhttp.Config{
		Executor: e, MaxBody: 10_000, Limits: limits, Origins: origins,
		Recover: func(_ context.Context, value any) error { return fmt.Errorf("panicked: %v", value) },
		Authenticate: func(ctx context.Context, header http.Header) (context.Context, *graphqlhttp.Refusal) {
			switch header.Get("Authorization") {
			case "Bearer good", "bearer  good":
				return ctx, nil
			case "Bearer down":
				return nil, &graphqlhttp.Refusal{Status: http.StatusServiceUnavailable, Err: &gqlerror.Error{Message: "down"}}
			}
			return nil, &graphqlhttp.Refusal{Status: http.StatusUnauthorized, Err: &gqlerror.Error{Message: "who?"}}
		},
	})
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Second)
		defer cancel()
		handler.Stop(ctx)
		server.CloseClientConnections()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &endpoint{e, handler, server.URL}
}

// client speaks over one websocket.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

func (e *endpoint) dial(t *testing.T, options *websocket.DialOptions) *client {
	t.Helper()
	if options == nil {
		options = &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}}
	}
	conn, _, err := websocket.Dial(t.Context(), e.url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}
}

func (c *client) send(message string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		c.t.Fatal(err)
	}
}

// want reads the next message, which must be this one.
func (c *client) want(message string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	if _, text, err := c.conn.Read(ctx); err != nil || string(text) != message {
		c.t.Fatalf("got %s, %v; want %s", text, err, message)
	}
}

// wantClose reads until the server closes the websocket, which must be at once and with this code.
func (c *client) wantClose(code websocket.StatusCode, reason string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || !strings.Contains(closed.Reason, reason) {
		c.t.Errorf("got %s, %v; want %d %s", text, err, code, reason)
	}
}

func (c *client) init() *client {
	c.t.Helper()
	c.send(`{"type":"connection_init","payload":{"authorization":"Bearer good"}}`)
	c.want(`{"type":"connection_ack"}`)
	return c
}

// Each rule of the protocol whose breach closes the websocket.
func TestWebsocketIsClosed(t *testing.T) {
	t.Parallel()
	const ack = `{"type":"connection_init","payload":{"Authorization":"Bearer good"}}`
	long, longID := strings.Repeat("x", 10_100), `{"id":"`+strings.Repeat("😀", 60)+`","type":"subscribe","payload":{"query":"tick"}}`
	for name, c := range map[string]struct {
		messages []string
		code     websocket.StatusCode
		reason   string
	}{
		"no JSON":            {[]string{`{`}, 4400, "no JSON"},
		"no object":          {[]string{`[]`}, 4400, "JSON object"},
		"a name twice":       {[]string{`{"type":"ping","type":"pong"}`}, 4400, "twice"},
		"no type":            {[]string{`{}`}, 4400, "no type"},
		"another type":       {[]string{ack, `{"type":"start"}`}, 4400, "start"},
		"a long type":        {[]string{ack, `{"type":"` + strings.Repeat("😀", 60) + `"}`}, 4400, "😀"},
		"payload":            {[]string{`{"type":"connection_init","payload":"x"}`}, 4400, "payload"},
		"no text":            {[]string{"\"\xff\""}, 4400, "UTF-8"},
		"half a pair":        {[]string{`{"type":"\ud83d"}`}, 4400, "UTF-8"},
		"no id":              {[]string{ack, `{"type":"subscribe","payload":{"query":"one"}}`}, 4400, "id"},
		"an empty id":        {[]string{ack, `{"id":"","type":"subscribe","payload":{"query":"one"}}`}, 4400, "id"},
		"a number":           {[]string{ack, `{"id":1,"type":"subscribe","payload":{"query":"one"}}`}, 4400, "id"},
		"no id to complete":  {[]string{ack, `{"type":"complete"}`}, 4400, "id"},
		"no query":           {[]string{ack, `{"id":"1","type":"subscribe","payload":{}}`}, 4400, "query"},
		"no payload":         {[]string{ack, `{"id":"1","type":"subscribe"}`}, 4400, "query"},
		"variables":          {[]string{ack, `{"id":"1","type":"subscribe","payload":{"query":"one","variables":[]}}`}, 4400, "variables"},
		"too long":           {[]string{`{"type":"` + long + `"}`}, websocket.StatusMessageTooBig, ""},
		"before the ack":     {[]string{`{"id":"1","type":"subscribe","payload":{"query":"one"}}`}, 4401, "Unauthorized"},
		"no token":           {[]string{`{"type":"connection_init"}`}, 4403, "Forbidden"},
		"a wrong token":      {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer bad"}}`}, 4403, "Forbidden"},
		"down":               {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer down"}}`}, 1013, "down"},
		"two inits":          {[]string{ack, ack}, 4429, "Too many"},
		"one id twice":       {[]string{ack, `{"id":"1","type":"subscribe","payload":{"query":"tick"}}`, `{"id":"1","type":"subscribe","payload":{"query":"tick"}}`}, 4409, "Subscriber for 1 already exists"},
		"a long id twice":    {[]string{ack, longID, longID}, 4409, "😀"},
		"a revoked token":    {[]string{ack, `{"id":"1","type":"subscribe","payload":{"query":"revoked"}}`}, 4403, "Forbidden"},
		"nothing for a time": {nil, 4408, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t, graphqlhttp.Limits{Init: 500 * time.Millisecond})
			client := e.dial(t, nil)
			acked := false
			for _, message := range c.messages {
				if client.send(message); message == ack && !acked {
					client.want(`{"type":"connection_ack"}`)
					acked = true
				}
			}
			client.wantClose(c.code, c.reason)
		})
	}
	t.Run("subprotocol", func(t *testing.T) {
		t.Parallel()
		e := newEndpoint(t, graphqlhttp.Limits{})
		e.dial(t, &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}}).wantClose(4406, "Subprotocol")
		e.dial(t, &websocket.DialOptions{}).wantClose(4406, "Subprotocol")
	})
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		client := newEndpoint(t, graphqlhttp.Limits{}).dial(t, nil)
		if err := client.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		client.wantClose(4400, "UTF-8")
	})
}

// Operations have their answers and one end, in whichever way it comes.
func TestWebsocketOperations(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{})
	c := e.dial(t, nil)
	c.send(`{"type":"ping"}`) // also before the connection is initialised
	c.want(`{"type":"pong"}`)
	c.init()
	c.send(`{"type":"ping","payload":{"a":1}}`)
	c.want(`{"payload":{"a":1},"type":"pong"}`)
	c.send(`{"type":"pong","payload":{}}`)
	c.send(`{"id":"unknown","type":"complete"}`)
	c.send(`{"id":"q\"1","type":"subscribe","payload":{"query":"one"}}`)
	c.want(`{"id":"q\"1","type":"next","payload":{"data":{"one":1}}}`)
	c.want(`{"id":"q\"1","type":"complete"}`)
	c.send(`{"id":"q\"1","type":"subscribe","payload":{"query":"bad"}}`) // the id is free again
	c.want(`{"id":"q\"1","type":"error","payload":[{"message":"not valid","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`)
	c.send(`{"id":"p","type":"subscribe","payload":{"query":"panic"}}`)
	c.want(`{"id":"p","type":"error","payload":[{"message":"panicked: in the executor"}]}`)
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"tick"}}`)
	e.answers <- "a"
	c.want(`{"id":"s","type":"next","payload":{"data":"a"}}`)
	c.send(`{"id":"s","type":"complete"}`) // nothing follows
	for end := time.Now().Add(20 * time.Second); e.running.Load() != 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"tick"}}`)
	e.answers <- "b"
	c.want(`{"id":"s","type":"next","payload":{"data":"b"}}`)
	close(e.answers) // the server ends it
	c.want(`{"id":"s","type":"complete"}`)
	c.send(`{"type":"ping"}`)
	c.want(`{"type":"pong"}`)
	if err := c.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}

// The headers of the opening request say who it is too, and a page of another origin may open a websocket only where it is allowed.
func TestWebsocketOrigins(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{}, "https://app.example.com")
	header := func(origin string) *websocket.DialOptions {
		return &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Origin": {origin}, "Authorization": {"Bearer good"}}}
	}
	for _, origin := range []string{"https://app.example.com", e.url} {
		c := e.dial(t, header(origin))
		c.send(`{"type":"connection_init"}`)
		c.want(`{"type":"connection_ack"}`)
	}
	for _, origin := range []string{"http://app.example.com", "https://evil.example", "https://app.example.com.evil.example", "null"} {
		_, response, err := websocket.Dial(t.Context(), e.url, header(origin))
		if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v, %v", origin, response, err)
		}
	}
}

// A token has so many websockets, streams and operations at once, and others have theirs.
func TestStreamsOfAToken(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{PerToken: 3})
	c := e.dial(t, nil).init()
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"tick"}}`)
	c.send(`{"id":"2","type":"subscribe","payload":{"query":"tick"}}`)
	c.send(`{"id":"3","type":"subscribe","payload":{"query":"tick"}}`)
	c.want(`{"id":"3","type":"error","payload":[{"message":"The token has 3 streams and subscriptions; more are not allowed.","extensions":{"code":"TOO_MANY_STREAMS"}}]}`)
	late := e.dial(t, nil)
	late.send(`{"type":"connection_init","payload":{"authorization":"Bearer good"}}`)
	late.wantClose(1013, "3 streams")
	late = e.dial(t, nil)
	late.send(`{"type":"connection_init","payload":{"authorization":"bearer  good"}}`)
	late.wantClose(1013, "3 streams")
	if response := e.events(t, "tick"); response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("status %d", response.StatusCode)
	}
	c.send(`{"id":"1","type":"complete"}`)
	for end := time.Now().Add(20 * time.Second); ; {
		c.send(`{"id":"4","type":"subscribe","payload":{"query":"one"}}`)
		_, text, err := c.conn.Read(t.Context())
		if err != nil || time.Now().After(end) {
			t.Fatalf("%s, %v", text, err)
		}
		if strings.Contains(string(text), `"next"`) {
			break
		}
	}
}

// Who does not answer pings is given up, and its operations end.
func TestSilentWebsocket(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{Ping: 50 * time.Millisecond})
	c := e.dial(t, nil).init()
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"tick"}}`)
	e.answers <- "a"
	if e.running.Load() != 1 { // nobody reads, and so nobody answers a ping
		t.Fatal("it does not run")
	}
	for end := time.Now().Add(20 * time.Second); e.running.Load() != 0; {
		if time.Sleep(5 * time.Millisecond); time.Now().After(end) {
			t.Fatal("it goes on")
		}
	}
}

// A handler that is stopped ends what it serves, and takes nothing new.
func TestStop(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{})
	c := e.dial(t, nil).init()
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"tick"}}`)
	response := e.events(t, "tick")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		e.handler.Stop(ctx)
	}()
	c.wantClose(websocket.StatusGoingAway, "stops")
	if rest, err := io.ReadAll(response.Body); err != nil || strings.Contains(string(rest), "complete") {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
	<-stopped
	if response := e.events(t, "tick"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", response.StatusCode)
	}
	_, refused, err := websocket.Dial(t.Context(), e.url, nil)
	if err == nil || refused == nil || refused.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v, %v", refused, err)
	}
}
