package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// DryRun is a write that was made and will not be committed. It holds its locks until it is closed, and others may wait
// for them: read what is needed, and close it soon.
type DryRun struct {
	// ID is the key that the record has in Tx. A new record gets another key when it is really created.
	ID int64
	// Lines are what the write would book, in the order of their entries, a reversal before the entry that replaces it;
	// empty, not nil, if it books nothing.
	Lines []model.PostingLine
	// Tx sees the write. All that is checked at commit has been checked.
	Tx pgx.Tx
}

// DryRun makes the actor's write that fn makes through the store it is given, without committing it: nothing is
// written, no refresh is enqueued, and no number and no idempotency key is taken. fn returns the record's key, and may
// run again, as any write. The errors are those of the real write. If there is none, the caller closes the dry run.
func (s *Store) DryRun(ctx context.Context, actor Actor, fn func(dry *Store) (int64, error)) (run *DryRun, err error) {
	err = retry(ctx, func() error {
		run, err = s.dryRun(ctx, actor, fn)
		return err
	})
	return run, err
}

func (s *Store) dryRun(ctx context.Context, actor Actor, fn func(dry *Store) (int64, error)) (_ *DryRun, err error) {
	tx, err := s.pool.BeginTx(ctx, readCommitted)
	if err != nil {
		return nil, fmt.Errorf("begin a dry run: %w", err)
	}
	run := &DryRun{Tx: tx}
	defer func() {
		if err != nil {
			err = errors.Join(err, run.Close(ctx))
		}
	}()
	committer := &dryRun{conn: tx}
	if run.ID, err = fn(&Store{pool: s.pool, committer: committer}); err != nil {
		return nil, err
	}
	if committer.failed != nil {
		return nil, committer.failed
	}
	if run.Lines, err = postedLines(ctx, tx, actor.OrganizationID); err != nil {
		return nil, err
	}
	return run, nil
}

// Close rolls the write back, also under a context that has ended.
func (r *DryRun) Close(ctx context.Context) error {
	if err := r.Tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("roll back a dry run: %w", err)
	}
	return nil
}

// postedLines reads the lines that the transaction has posted: its entries carry its time and its id.
func postedLines(ctx context.Context, tx pgx.Tx, organization int64) ([]model.PostingLine, error) {
	rows, _ := tx.Query(ctx, `
		SELECT upper(entry.purpose), entry.posted_on, account.id, account.code, account.name, line.amount,
			organization.base_currency, line.document_amount, line.currency, line.store_id
		FROM canonical.journal_entries AS entry
		JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.organizations AS organization ON organization.id = entry.organization_id
		WHERE entry.organization_id = $1 AND entry.created_at = now() AND entry.xmin = pg_current_xact_id()::xid
		ORDER BY entry.id, line.line`, organization)
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line model.PostingLine, err error) {
		var amount, documentAmount int64
		var base, currency, purpose string
		var store *int64
		line.AccountID.Type = "Account"
		err = row.Scan(&purpose, &line.PostedOn, &line.AccountID.Key, &line.AccountCode, &line.AccountName, &amount, &base,
			&documentAmount, &currency, &store)
		if store != nil {
			line.StoreID = &model.ID{Type: "Store", Key: *store}
		}
		line.Purpose = model.JournalPurpose(purpose)
		line.Amount, line.DocumentAmount = model.FromMinor(amount, base), model.FromMinor(documentAmount, currency)
		return line, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the posted lines: %w", err)
	}
	return lines, nil
}
