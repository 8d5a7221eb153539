package graphqlhttp

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// subscribe begins an operation with an id that no other running operation of the websocket has.
func (s *socket) subscribe(id string, payload map[string]any) error {
	s.mu.Lock()
	acked, taken := s.acked, s.operations[id] != nil
	s.mu.Unlock()
	switch {
	case !acked:
		return closeWith(closeUnauthorized, "Unauthorized")
	case taken:
		return closeWith(closeTaken, "Subscriber for %.60s already exists", id)
	}
	params, refused := paramsOf(payload, s.header)
	if refused != nil {
		return closeWith(closeInvalid, "%.100s", refused.err.Message)
	}
	leave, ok := s.handler.streams.enter(s.token(), s.handler.Limits.PerToken)
	if !ok {
		return s.fail(s.ctx, id, gqlerror.List{tooMany(s.handler.Limits.PerToken)})
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	s.operations[id] = cancel
	s.mu.Unlock()
	s.all.Go(func() {
		defer leave()
		defer cancel()
		s.run(ctx, id, params)
	})
	return nil
}

// forget ends an operation at the wish of the client, who gets nothing more of it.
func (s *socket) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.operations[id]; cancel != nil {
		delete(s.operations, id)
		cancel()
	}
}

// fail ends an operation by an error message, unless the client has ended it.
func (s *socket) fail(ctx context.Context, id string, errs gqlerror.List) error {
	text, err := json.Marshal(errs)
	if err != nil {
		return err
	}
	return s.tell(ctx, id, true, slices.Concat(head(id, "error"), payload, text, []byte("}")))
}

// head begins a message of an operation.
func head(id, kind string) []byte {
	quoted, err := json.Marshal(id)
	if err != nil {
		panic(err) // a string never fails
	}
	return slices.Concat([]byte(`{"id":`), quoted, []byte(`,"type":"`+kind+`"`))
}

// payload comes before the payload of a message.
var payload = []byte(`,"payload":`)

// tell writes a message of an operation, unless the client has ended it. The last one ends it.
func (s *socket) tell(ctx context.Context, id string, last bool, message []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if last {
		delete(s.operations, id)
	}
	return s.write(message)
}

// run executes an operation and writes its answers.
func (s *socket) run(ctx context.Context, id string, params *graphql.RawParams) {
	authenticated, err := s.authenticate(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.close(err)
		}
		return
	}
	ctx = authenticated
	defer func() {
		if panicked := recover(); panicked != nil {
			_ = s.fail(ctx, id, gqlerror.List{asError(s.handler.Recover(ctx, panicked))})
		}
	}()
	o := s.handler.operation(ctx, params)
	if o.refused != nil {
		_ = s.fail(ctx, id, o.refused.Errors)
		return
	}
	if !o.streams() {
		s.count(1)
		defer s.count(-1)
		if answer := o.next(o.ctx); answer != nil {
			_ = s.next(ctx, id, answer)
		}
		_ = s.complete(ctx, id)
		return
	}
	for answer := o.next(o.ctx); answer != nil; answer = o.next(o.ctx) {
		if s.next(ctx, id, answer) != nil {
			return
		}
	}
	if o.outcome.revoked.Load() {
		s.close(closeWith(closeForbidden, "Forbidden"))
		return
	}
	_ = s.complete(ctx, id)
}

// next writes an answer, unless the client has ended the operation.
func (s *socket) next(ctx context.Context, id string, answer *graphql.Response) error {
	parts := encode(answer)
	return s.tell(ctx, id, false, slices.Concat(head(id, "next"), payload, parts[0], parts[1], parts[2], []byte("}")))
}

// complete writes that an operation has ended, unless the client has ended it.
func (s *socket) complete(ctx context.Context, id string) error {
	return s.tell(ctx, id, true, append(head(id, "complete"), '}'))
}
