package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// Rehearsal is a write that was made and will not be committed. Whoever it waits for, and whoever waits for it, does so
// until it is closed: look at it, and close it soon.
type Rehearsal struct {
	// ID is the key that the record has in Tx. A record that would be new has another one when it is really made.
	ID int64
	// Lines are what the write would book, in the order of their entries, reversals before what replaces them; empty, not
	// nil, where it books nothing.
	Lines []model.PostingLine
	// Tx sees the write. All that was to be checked at commit is checked.
	Tx pgx.Tx
}

// DryRun makes one write of the store that it hands to fn, without committing it: nothing is written, nobody is woken,
// and no number and no idempotency key is taken. The write's errors are those of the real one, and then there is no
// rehearsal. Otherwise the caller closes it.
func (s *Store) DryRun(fn func(dry *Store) (int64, error)) (*Rehearsal, error) {
	r := &Rehearsal{}
	if _, err := fn(&Store{pool: s.pool, dry: r}); err != nil {
		return nil, err
	}
	return r, nil
}

// Close rolls the write back, also under a context that has ended.
func (r *Rehearsal) Close(ctx context.Context) error {
	if err := r.Tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("roll back a dry run: %w", err)
	}
	return nil
}

// rehearse is try for a dry run.
func (s *Store) rehearse(ctx context.Context, actor Actor, fn func(*unit) (int64, error)) (id int64, err error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return 0, fmt.Errorf("begin a dry run: %w", err)
	}
	r := Rehearsal{Tx: tx}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close(ctx))
		}
	}()
	if r.ID, err = run(ctx, tx, actor, fn); err != nil {
		return 0, err
	}
	if _, err = tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return 0, fmt.Errorf("check constraints: %w", err)
	}
	if r.Lines, err = booked(ctx, tx, actor.OrganizationID); err != nil {
		return 0, err
	}
	*s.dry = r
	return r.ID, nil
}

// booked reads the lines that the transaction has booked. Its own entries began with it, and nobody else's are written
// by it.
func booked(ctx context.Context, tx pgx.Tx, organization int64) ([]model.PostingLine, error) {
	rows, _ := tx.Query(ctx, `
		SELECT upper(entry.purpose), entry.posted_on, account.id, account.code, account.name, line.amount,
			organization.base_currency, line.document_amount, line.currency
		FROM canonical.journal_entries AS entry
		JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.organizations AS organization ON organization.id = entry.organization_id
		WHERE entry.organization_id = $1 AND entry.created_at = now() AND entry.xmin = pg_current_xact_id()::xid
		ORDER BY entry.id, line.line`, organization)
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line model.PostingLine, err error) {
		var amount, documentAmount int64
		var base, currency, purpose string
		line.AccountID.Type = "Account"
		err = row.Scan(&purpose, &line.PostedOn, &line.AccountID.Key, &line.AccountCode, &line.AccountName, &amount, &base,
			&documentAmount, &currency)
		line.Purpose = model.JournalPurpose(purpose)
		line.Amount, line.DocumentAmount = model.FromMinor(amount, base), model.FromMinor(documentAmount, currency)
		return line, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what would be booked: %w", err)
	}
	return lines, nil
}
