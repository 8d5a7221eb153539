package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// errRehearsed rolls a dry run back.
var errRehearsed = errors.New("rehearsed")

// DryRun runs one write of the store that it hands to fn, returns the lines that the write would book, and rolls it
// back: nothing is written, nobody is woken, and no number is taken. The write's errors are those of the real one. Lines
// are in the order of their entries, reversals before what replaces them; a write that books nothing has none.
func (s *Store) DryRun(fn func(dry *Store) (int64, error)) ([]model.PostingLine, error) {
	lines := []model.PostingLine{}
	_, err := fn(&Store{pool: s.pool, dry: &lines})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// rehearse posts what would be posted at commit and keeps its lines.
func (s *Store) rehearse(ctx context.Context, u *unit) error {
	if _, err := u.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return fmt.Errorf("check constraints: %w", err)
	}
	// The transaction's own entries: they began with it, and nobody else's are written by it.
	rows, _ := u.Query(ctx, `
		SELECT upper(entry.purpose), entry.posted_on, account.id, account.code, account.name, line.amount,
			organization.base_currency, line.document_amount, line.currency
		FROM canonical.journal_entries AS entry
		JOIN canonical.journal_lines AS line ON (line.organization_id, line.entry_id) = (entry.organization_id, entry.id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		JOIN canonical.organizations AS organization ON organization.id = entry.organization_id
		WHERE entry.organization_id = $1 AND entry.created_at = now() AND entry.xmin = pg_current_xact_id()::xid
		ORDER BY entry.id, line.line`, u.actor.OrganizationID)
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
		return fmt.Errorf("read what would be booked: %w", err)
	}
	*s.dry = append((*s.dry)[:0], lines...)
	return errRehearsed
}
