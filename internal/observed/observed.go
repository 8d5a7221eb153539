// Package observed knows which GraphQL operations a process executes: it names the one of a request for logs and traces,
// and counts and times all of them for metrics and for the console.
//
// A request that may turn out to be a GraphQL operation carries an empty note (With). Whoever executes the operation fills
// it (Note); whoever logs the request reads it (From) after it has been answered.
package observed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Operation describes one executed operation.
type Operation struct {
	// Name is the operation's name in its document; empty if it has none.
	Name string
	// Kind is "query", "mutation" or "subscription"; empty for a request that was refused before it had one.
	Kind string
	// Hash is Hash of the document; empty where there is no valid one.
	Hash string
	// Organization is the caller's.
	Organization int64
	// Code is extensions.code of the first error; empty without errors.
	Code string
}

// Title is the operation's kind and name, as a trace shows it: "query Invoices", or "query" without a name.
func (o Operation) Title() string {
	if o.Name == "" {
		return o.Kind
	}
	return o.Kind + " " + o.Name
}

// Hash returns the first twelve hexadecimal digits of the SHA-256 of a document: enough to tell documents apart.
func Hash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:6])
}

type noteKey struct{}

type note struct {
	mu        sync.Mutex
	operation Operation
	made      bool
}

// With returns a context with an empty note.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, noteKey{}, &note{}) }

// Note notes the operation of the request of ctx. Of several the last one stays.
func Note(ctx context.Context, operation Operation) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.operation, n.made = operation, true
	}
}

// From returns the noted operation; found is false if there is none.
func From(ctx context.Context) (operation Operation, found bool) {
	n, ok := ctx.Value(noteKey{}).(*note)
	if !ok {
		return Operation{}, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.operation, n.made
}
