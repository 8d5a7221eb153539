package resolvers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/internal/requestid"
)

// proof is the check of the claim that a request makes. It costs no round trip of its own where the request reads: its
// statement goes before the first one of the request.
type proof struct {
	claim *canonical.Claim
	db    *pgxpool.Pool

	mu sync.Mutex
	// begun says that some statement brings the check with it. known says that the check was made, and same what it found.
	begun, known, same bool
}

// errClaim returns the error of what is read for another caller. Nobody sees it.
func errClaim() error { return coded(CodeUnauthenticated, "The request has begun for another caller.") }

// begin reports whether the caller is to bring the check with it, which only one does.
func (p *proof) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun {
		return false
	}
	p.begun = true
	return true
}

// check reads the first result of a batch, and returns an error unless the member is the same.
func (p *proof) check(results pgx.BatchResults) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	same, err := p.claim.Check(rows)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known, p.same = true, same; !same {
		return errClaim()
	}
	return nil
}

// holds reports whether the member is the same, by a statement of its own if none has told. Without an answer it is not.
func (p *proof) holds(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known {
		return p.same
	}
	p.begun, p.known = true, true
	batch := &pgx.Batch{}
	p.claim.Queue(batch)
	results := p.db.SendBatch(ctx, batch)
	if rows, err := results.Query(); err == nil {
		p.same, err = p.claim.Check(rows)
		p.same = p.same && err == nil
	}
	p.same = results.Close() == nil && p.same
	return p.same
}

// proving is a pool, whose first statement brings the check with it.
type proving struct {
	pool  *pgxpool.Pool
	proof *proof
}

// Query is for package projection.
func (p *proving) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if !p.proof.begin() {
		return p.pool.Query(ctx, sql, args...)
	}
	batch := &pgx.Batch{}
	p.proof.claim.Queue(batch)
	batch.Queue(sql, args...)
	results := p.pool.SendBatch(ctx, batch)
	err := p.proof.check(results)
	var rows pgx.Rows
	if err == nil {
		rows, err = results.Query()
	}
	if err != nil {
		err = errors.Join(err, results.Close())
		return failedRows{err}, err
	}
	return &rowsOfBatch{rows, results}, nil
}

// rowsOfBatch are the rows of a batch's last statement.
type rowsOfBatch struct {
	pgx.Rows
	batch pgx.BatchResults
}

// Close ends the batch too. Its error is that of the rows.
func (r *rowsOfBatch) Close() {
	r.Rows.Close()
	_ = r.batch.Close()
}

// SendBatch is for package projection.
func (p *proving) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if !p.proof.begin() {
		return p.pool.SendBatch(ctx, b)
	}
	batch := &pgx.Batch{}
	p.proof.claim.Queue(batch)
	batch.QueuedQueries = append(batch.QueuedQueries, b.QueuedQueries...)
	results := p.pool.SendBatch(ctx, batch)
	if err := p.proof.check(results); err != nil {
		return failedBatch{results, err}
	}
	return results
}

// failedBatch is a batch of which nothing may be read.
type failedBatch struct {
	pgx.BatchResults
	err error
}

// Query returns why.
func (f failedBatch) Query() (pgx.Rows, error) { return failedRows{f.err}, f.err }

// answerOnProof answers a request for the member that its token has authenticated before, if that is still the same. It
// returns false if the request is still to be answered.
func answerOnProof(w http.ResponseWriter, r *http.Request, c *Config, token string, claim *canonical.Claim, reads reading, next http.Handler) bool {
	guess := claim.Guess()
	if guess == nil || r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return false
	}
	guess.Actor.RequestID = requestid.From(r.Context())
	body, read := r.Body, &bytes.Buffer{}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(body, read), body}
	by := &proof{claim: claim, db: c.DB}
	answer := &provedResponse{ResponseWriter: w, ctx: r.Context(), proof: by}
	ctx := withRequest(r.Context(), c, guess, reads, by)
	requestFrom(ctx).token = token
	next.ServeHTTP(answer, r.WithContext(ctx))
	if !answer.withheld || r.Context().Err() != nil { // or the caller has gone
		return true
	}
	for _, name := range []string{"Retry-After", "Allow", "Content-Length"} {
		w.Header().Del(name)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(read, body), body}
	return false
}

// provedResponse is a response that is withheld if the caller is another than the request has begun for.
type provedResponse struct {
	http.ResponseWriter
	ctx             context.Context //nolint:containedctx // of the request
	proof           *proof
	begun, withheld bool
}

// WriteHeader begins the response, if the caller is the same.
func (p *provedResponse) WriteHeader(status int) {
	if !p.begun {
		p.begun, p.withheld = true, !p.proof.holds(p.ctx)
	}
	if !p.withheld {
		p.ResponseWriter.WriteHeader(status)
	}
}

// Write writes the body, or nothing.
func (p *provedResponse) Write(b []byte) (int, error) {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	if p.withheld {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *provedResponse) Unwrap() http.ResponseWriter { return p.ResponseWriter }
