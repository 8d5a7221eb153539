// Package demo fills a database with an invented business: one main organization and a few neighbours of very
// different size, with people, products, stores with their sales and tills, channels, and invoices in every state, paid in every way.
//
// The same Options give the same business, name by name and cent by cent, because every choice comes from one seeded
// generator and every time is counted back from Options.Today. Only the keys are the database's, and they too agree
// when the database was new.
//
// All rows are written to the canonical tables by COPY, through all their triggers: the database's rules hold for them,
// and the read models are marked. Seed refreshes no read model; the workers find the marks.
//
// A business of up to 2 500 invoices (Options.Part) is written in one transaction: completely or not at all. A larger one is written in
// several sessions at the same time, in transactions of 2 500 invoices or 25 000 sales, so that memory does not grow with it. If
// it is interrupted, the committed part stays: consistent, but smaller.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
)

// DefaultName is the main organization's name when Options has none.
const DefaultName = "Harbour Street Traders"

// Options say which business to invent.
type Options struct {
	// Name of the main organization, by which a later Seed finds the business; empty is DefaultName.
	Name string
	// Seed of all choices. Each value, including 0, gives another business.
	Seed uint64
	// Size of the business; the zero value is Dev.
	Size Size
	// Token of the main organization's owner, in the form of canonical.Store.TokenCreate. If it is empty, a new business
	// gets a random one.
	Token string
	// Today is the last day of the business's history; only the date counts. The zero value is the current day
	// in UTC, by the database's clock.
	Today time.Time
	// Part is how many invoices are written in one transaction; the zero value is 2 500. Which rows are made depends on it.
	Part int
	// Progress is called with the number of invoices written so far, from 0 to all, never twice at a time; may be nil.
	Progress func(done, total int)
}

// Result describes the business that Seed has written or found.
type Result struct {
	// OrganizationID is the main organization, UserID its owner.
	OrganizationID, UserID int64
	// Token is a token of that owner: Options.Token if there was one, else a new one, or empty if the business existed.
	Token string
	// Existing says that an organization of that name existed, and nothing but the token was written.
	Existing bool
	// Counts of the rows written, over all organizations.
	Counts Counts
}

// Counts are numbers of rows by kind of record.
type Counts struct {
	Organizations, Users, People, Addresses, TaxRates, Products int
	Invoices, Bills, CreditNotes, Items, ItemTaxes              int
	Payments, Allocations, Refunds, Credits                     int
	MoneyEntries, Transfers                                     int
	Shifts                                                      int
	Stores, StoreHours, StoreHourExceptions, DayParts, Sales    int
	SaleLines                                                   int
	Tills, TillSessions, TillMovements, DayCloses               int
}

// Seed writes the business. If an organization of its name exists, it writes nothing but the given token, if there is one
// and it does not work yet. A token that was revoked or belongs to another user is a *canonical.Invalid. Concurrent calls
// make one business.
func Seed(ctx context.Context, pool *pgxpool.Pool, o Options) (Result, error) {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if o.Size == (Size{}) {
		o.Size = Dev
	}
	if o.Part == 0 {
		o.Part = chunk
	}
	r, err := load(ctx, pool, o)
	if err != nil {
		return Result{}, fmt.Errorf("seed %s: %w", o.Name, err)
	}
	if r.Existing && o.Token == "" {
		return r, nil
	}
	if r.Token, err = token(ctx, pool, r, o.Token); err != nil {
		return Result{}, fmt.Errorf("seed %s: token: %w", o.Name, err)
	}
	return r, nil
}

// load writes the business, or finds the existing one.
func load(ctx context.Context, pool *pgxpool.Pool, o Options) (r Result, err error) {
	w := &writer{pool: pool, progress: o.Progress, total: o.Size.Invoices, part: o.Part}
	if err := w.begin(ctx); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.rollback(ctx)) }()

	// The lock is a statement of its own, so that the search sees what a previous holder committed.
	_, err = w.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('daybook demo ' || $1::text, 0))`, o.Name)
	if err != nil {
		return r, fmt.Errorf("wait for other seeds: %w", err)
	}
	if r, err = find(ctx, w.tx, o.Name); err != nil || r.Existing {
		return r, err
	}
	if o.Today.IsZero() {
		if err := w.tx.QueryRow(ctx, `SELECT (now() AT TIME ZONE 'UTC')::date`).Scan(&o.Today); err != nil {
			return r, fmt.Errorf("read the day: %w", err)
		}
	}
	o.Today = time.Date(o.Today.Year(), o.Today.Month(), o.Today.Day(), 0, 0, 0, 0, time.UTC)
	if err := w.businesses(ctx, o); err != nil {
		return r, err
	}
	r.OrganizationID, r.UserID, r.Counts = w.main.id, w.main.owner, w.counts
	return r, nil
}

// find looks for an organization of this name; the oldest, if there are several.
func find(ctx context.Context, tx pgx.Tx, name string) (r Result, err error) {
	var owner *int64
	err = tx.QueryRow(ctx, `
		SELECT organization.id, (
			SELECT user_id FROM canonical.memberships
			WHERE organization_id = organization.id AND role = 'owner' AND ended_at IS NULL
			ORDER BY created_at, user_id LIMIT 1)
		FROM canonical.organizations AS organization
		WHERE name = $1 ORDER BY id LIMIT 1`, name).Scan(&r.OrganizationID, &owner)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Result{}, nil
	case err != nil:
		return Result{}, fmt.Errorf("look for it: %w", err)
	case owner == nil:
		return Result{}, fmt.Errorf("organization %d exists and has no owner", r.OrganizationID)
	}
	r.UserID, r.Existing = *owner, true
	return r, nil
}

// token makes the given token work for the owner, unless it does already.
func token(ctx context.Context, pool *pgxpool.Pool, r Result, token string) (string, error) {
	if token != "" {
		p, err := canonical.Authenticate(ctx, pool, token)
		switch {
		case err == nil && p.Actor.OrganizationID == r.OrganizationID && p.Actor.UserID == r.UserID:
			return token, nil
		case err != nil && !errors.Is(err, canonical.ErrUnauthenticated):
			return "", err
		}
	}
	return canonical.New(pool, nil).TokenCreate(ctx, r.OrganizationID, r.UserID, "Demo", token, 0)
}
