package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/internal/console"
	"daybook/internal/httpserver"
	"daybook/internal/requestid"
	"daybook/jobs"
	"daybook/projection"
)

// How much of each list the console shows.
const (
	shownOperations = 15
	shownRows       = 20
)

// console returns the page for operators. It records its history until ctx ends.
func (n *node) console(ctx context.Context) http.Handler {
	history := &console.Recorder{}
	go history.Run(ctx, n.measured)
	read := func(ctx context.Context) (console.State, error) {
		s, err := n.state(ctx, history)
		if err == nil {
			err = n.shops(ctx, &s)
		}
		return s, err
	}
	return console.New(console.Config{Read: read, Act: n.act, History: history, Logger: n.logger})
}

// measured reads of the state what history keeps: nothing else is asked of the database while nobody looks.
func (n *node) measured(ctx context.Context) (s console.State, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := n.requests.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&s.Now); err != nil {
		return s, fmt.Errorf("console: %w", err)
	}
	models, err := n.engine.List(ctx)
	if err != nil {
		return s, err
	}
	for _, p := range models {
		reads := projection.Reads(p.Name)
		s.Projections = append(s.Projections, console.Projection{
			Name: p.Name, Kind: p.Kind, State: state(p), Paused: p.Paused, Backlog: p.Backlog, Oldest: p.OldestMark,
			Exact: reads["exact"], Source: reads["source"], Stored: reads["stored"],
			VerifiedAt: p.VerifiedAt, Drift: p.DriftFound, Quarantined: p.Quarantined,
		})
	}
	queued, err := jobs.Backlog(ctx, n.requests)
	if err != nil {
		return s, err
	}
	for _, q := range queued {
		s.Queues = append(s.Queues, console.Queue(q))
	}
	for _, o := range n.metrics.operations.Slowest(shownOperations) {
		title := o.Kind
		if o.Name != "" {
			title += " " + o.Name
		}
		s.Slow = append(s.Slow, console.Operation{Hash: o.Hash, Title: title, Count: o.Count, Failed: o.Failed, Total: o.Total, Mean: o.Mean(), Longest: o.Longest})
	}
	return s, nil
}

// state reads what the console shows, without the shops.
func (n *node) state(ctx context.Context, history *console.Recorder) (s console.State, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if s, err = n.measured(ctx); err != nil {
		return s, err
	}
	s.Version = version()
	idle, known, err := jobs.Idle(ctx, n.requests)
	if err != nil {
		return s, err
	}
	s.Workers = console.Workers{Known: known, Idle: idle, Missing: !known || idle > jobs.IdleAfter}
	if err := n.progress(ctx, &s, history); err != nil {
		return s, err
	}
	if s.Organizations, err = n.behind(ctx, s.Projections); err != nil {
		return s, err
	}
	h, err := n.engine.Horizon(ctx)
	if err != nil {
		return s, err
	}
	s.Horizon = console.Horizon{Holder: h.Holder, Transactions: h.Transactions}
	if h.Age != nil {
		s.Horizon.Age = *h.Age
	}
	rows, _ := n.requests.Query(ctx, `SELECT projection, organization_id, array_to_string(key, '/'), error, failed_at, attempts
		FROM engine.quarantine ORDER BY failed_at DESC LIMIT $1`, shownRows)
	if s.Quarantine, err = pgx.CollectRows(rows, pgx.RowToStructByPos[console.Quarantined]); err != nil {
		return s, fmt.Errorf("console: what is set aside: %w", err)
	}
	rows, _ = n.requests.Query(ctx, `SELECT a.created_at, format('%s: %s %s (%s), %s', u.name, a.action, a.projection, a.reason,
			CASE WHEN a.failure IS NOT NULL THEN 'failed: ' || a.failure WHEN a.done_at IS NULL THEN 'waits for a worker' ELSE 'done' END)
		FROM canonical.operator_actions AS a JOIN canonical.users AS u ON u.id = a.user_id ORDER BY a.id DESC LIMIT $1`, shownRows)
	if s.Log, err = pgx.CollectRows(rows, pgx.RowToStructByPos[console.Done]); err != nil {
		return s, fmt.Errorf("console: what operators did: %w", err)
	}
	return s, nil
}

// progress adds to the read models what is verified of them, and how fast their marks go away.
func (n *node) progress(ctx context.Context, s *console.State, history *console.Recorder) error {
	rows, _ := n.requests.Query(ctx, `SELECT args ->> 'projection', CASE WHEN args ? 'after' THEN 'under way, at ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(args -> 'after')), '/') ELSE 'waits' END
		FROM river.river_job WHERE kind = $1 AND state IN ('available', 'running', 'retryable')`, jobs.VerifyArgs{}.Kind())
	verifying := map[string]string{}
	var name, at string
	if _, err := pgx.ForEachRow(rows, []any{&name, &at}, func() error { verifying[name] = at; return nil }); err != nil {
		return fmt.Errorf("console: verifications: %w", err)
	}
	for i := range s.Projections {
		p := &s.Projections[i]
		p.Drained, p.Verifying = history.Drained(p.Name, s.Now, p.Backlog), verifying[p.Name]
	}
	return nil
}

// behind returns the organizations that have marks, those with the most first.
func (n *node) behind(ctx context.Context, list []console.Projection) ([]console.Organization, error) {
	found := map[int64]*console.Organization{}
	most := map[int64]int64{}
	for _, p := range list {
		if p.Backlog == 0 {
			continue
		}
		rows, _ := n.requests.Query(ctx, `SELECT m.organization_id, COALESCE(o.name, ''), count(*), clock_timestamp() - min(m.marked_at)
			FROM `+pgx.Identifier{"pending", p.Name}.Sanitize()+` AS m LEFT JOIN canonical.organizations AS o ON o.id = m.organization_id GROUP BY 1, 2`)
		var id, marks int64
		var name string
		var oldest time.Duration
		_, err := pgx.ForEachRow(rows, []any{&id, &name, &marks, &oldest}, func() error {
			o := found[id]
			if o == nil {
				o = &console.Organization{ID: id, Name: name}
				found[id] = o
			}
			o.Backlog += marks
			o.Oldest = max(o.Oldest, oldest)
			if marks > most[id] {
				most[id], o.Worst = marks, p.Name
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("console: marks of %s: %w", p.Name, err)
		}
	}
	var behind []console.Organization
	for _, o := range found {
		behind = append(behind, *o)
	}
	slices.SortFunc(behind, func(a, b console.Organization) int { return int(b.Backlog - a.Backlog) })
	return behind[:min(len(behind), shownRows)], nil
}

// act saves what the operator of the request asks for.
func (n *node) act(r *http.Request, a console.Action) error {
	ctx := r.Context()
	token, secret := httpserver.Credentials(r)
	var principal *canonical.Principal
	var err error
	if token != "" {
		principal, err = canonical.Authenticate(ctx, n.requests, token)
	} else {
		principal, err = canonical.AuthenticateSession(ctx, n.requests, secret)
	}
	if err := operates(principal, err); err != nil {
		return err
	}
	if _, err := n.engine.Names(ctx, a.Projection); err != nil {
		if unknown := new(projection.UnknownError); errors.As(err, &unknown) {
			return console.Refused(unknown.Error())
		}
		return err
	}
	principal.Actor.RequestID = requestid.From(ctx)
	_, err = n.store.OperatorAct(ctx, principal.Actor, canonical.OperatorAction{Action: a.Do, Projection: a.Projection, Reason: a.Reason})
	if invalid, refused := errors.AsType[*canonical.Invalid](err); refused {
		return console.Refused(invalid.Error())
	}
	return err
}
