package canonical

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"daybook/graph/model"
)

// journalLine is one line of a manual entry; the SQL reads its JSON form.
type journalLine struct {
	Line      int    `json:"line"`
	AccountID int64  `json:"account_id"`
	StoreID   *int64 `json:"store_id"` // nil: the office
	Amount    int64  `json:"amount"`   // minor units of the base currency: debit positive, credit negative
	Memo      string `json:"memo"`
}

// JournalEntryPost posts a manual entry in the base currency and returns its key. An entry has at least two lines, which
// sum to zero in each store.
func (s *Store) JournalEntryPost(ctx context.Context, actor Actor, in model.JournalEntryPostInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		org := u.org
		postedOn, memo := org.Today, ""
		setGiven(&postedOn, in.PostedOn)
		setGiven(&memo, in.Memo)
		u.checkUnlocked("postedOn", org, postedOn)
		u.checkText("memo", &memo, maxText)
		lines, err := u.checkJournalLines(ctx, in.Lines, org.BaseCurrency)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		var id int64
		err = u.QueryRow(ctx, `
			WITH next AS (SELECT nextval(pg_get_serial_sequence('canonical.journal_entries', 'id')) AS id)
			INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo)
			SELECT $1, id, 'JournalEntry', id, 'manual', $2, $3 FROM next RETURNING id`,
			u.actor.OrganizationID, postedOn, memo).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("save entry: %w", err)
		}
		_, err = u.Exec(ctx, `
			INSERT INTO canonical.journal_lines
				(organization_id, entry_id, line, account_id, store_id, amount, currency, document_amount, memo)
			SELECT $1, $2, new.line, new.account_id, new.store_id, new.amount, $4, new.amount, new.memo
			FROM jsonb_to_recordset($3) AS new (line int, account_id bigint, store_id bigint, amount bigint, memo text)`,
			u.actor.OrganizationID, id, lines, org.BaseCurrency)
		if err != nil {
			return 0, fmt.Errorf("save lines of entry %d: %w", id, err)
		}
		return id, nil
	})
}

// checkJournalLines checks the lines of a manual entry.
func (u *unitOfWork) checkJournalLines(ctx context.Context, inputs []model.JournalLineInput, base string) ([]journalLine, error) {
	if len(inputs) < 2 || len(inputs) > maxRows {
		u.addError("lines", invalid, "must be from 2 to %d", maxRows)
	}
	if len(inputs) > maxRows {
		return nil, nil
	}
	mistakes := len(u.Errors)
	var sum int64
	sums := map[int64]int64{} // by store, 0 for the office
	lines := make([]journalLine, len(inputs))
	for i, in := range inputs {
		at := func(field string) string { return fmt.Sprintf("lines.%d.%s", i, field) }
		line := journalLine{Line: i + 1, AccountID: in.AccountID.Key}
		setGiven(&line.Memo, in.Memo)
		u.checkText(at("memo"), &line.Memo, maxLine)
		if err := u.checkLive(ctx, at("accountId"), in.AccountID, "Account", "accounts"); err != nil {
			return nil, err
		}
		if err := u.setStore(ctx, at("storeId"), &line.StoreID, in.StoreID); err != nil {
			return nil, err
		}
		switch debit, credit := in.Debit.Value(), in.Credit.Value(); {
		case (debit == nil) == (credit == nil):
			u.addError(at("debit"), invalid, "either a debit or a credit must be given")
		case debit != nil:
			line.Amount = u.toPositiveMinor(at("debit"), *debit, base)
		default:
			line.Amount = -u.toPositiveMinor(at("credit"), *credit, base)
		}
		sum += line.Amount
		if line.StoreID != nil {
			sums[*line.StoreID] += line.Amount
		} else {
			sums[0] += line.Amount
		}
		lines[i] = line
	}
	switch {
	case len(u.Errors) > mistakes:
	case sum != 0:
		u.addError("lines", invalid, "must sum to zero: %s is left over", model.FromMinor(sum, base).Amount)
	case slices.ContainsFunc(slices.Collect(maps.Values(sums)), func(left int64) bool { return left != 0 }):
		u.addError("lines", invalid, balancedByStore)
	}
	return lines, nil
}

// balancedByStore is the message for an entry that does not sum to zero in each store.
const balancedByStore = "must sum to zero in each store: what one owes another is booked on the account of what is due between stores, in both"

// JournalEntryReverse posts the reversal of a manual entry and returns the reversal's key. An entry is reversed once; one
// that a record posted is not reversed by itself, but by a change of the record.
func (s *Store) JournalEntryReverse(ctx context.Context, actor Actor, id int64, in model.JournalEntryReverseInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		var purpose string
		var reversed bool
		org := u.org
		found, err := u.findJournalEntry(ctx, id, &purpose, &reversed)
		switch {
		case err != nil:
			return 0, err
		case !found:
			return 0, reject("id", notFound, "does not exist")
		case purpose != "manual":
			return 0, reject("id", state, "only entries by hand are reversed: change the record instead")
		case reversed:
			return 0, reject("id", state, "is reversed already")
		}
		postedOn, memo := org.Today, ""
		setGiven(&postedOn, in.PostedOn)
		setGiven(&memo, in.Memo)
		u.checkUnlocked("postedOn", org, postedOn)
		if u.checkText("memo", &memo, maxText); u.err() != nil {
			return 0, u.err()
		}
		var reversal int64
		err = u.QueryRow(ctx, `
			WITH reversal AS (
				INSERT INTO canonical.journal_entries
					(organization_id, canonical_type, canonical_id, purpose, reverses_id, posted_on, memo)
				VALUES ($1, 'JournalEntry', $2, 'reversal', $2, $3, $4) RETURNING id),
			lines AS (
				INSERT INTO canonical.journal_lines
					(organization_id, entry_id, line, account_id, store_id, amount, currency, document_amount, memo)
				SELECT $1, reversal.id, old.line, old.account_id, old.store_id, -old.amount, old.currency, -old.document_amount, old.memo
				FROM reversal JOIN canonical.journal_lines AS old ON (old.organization_id, old.entry_id) = ($1, $2))
			SELECT id FROM reversal`, u.actor.OrganizationID, id, postedOn, memo).Scan(&reversal)
		if err != nil {
			return 0, fmt.Errorf("reverse entry %d: %w", id, err)
		}
		return reversal, nil
	})
}

// findJournalEntry reads an entry's purpose and whether it is reversed, and reports whether the entry exists.
func (u *unitOfWork) findJournalEntry(ctx context.Context, id int64, purpose *string, reversed *bool) (found bool, err error) {
	err = u.QueryRow(ctx, `
		SELECT coalesce(max(entry.purpose), ''), coalesce(bool_or(reversal.id IS NOT NULL), false), count(entry.id) > 0
		FROM canonical.journal_entries AS entry
		LEFT JOIN canonical.journal_entries AS reversal
			ON (reversal.organization_id, reversal.reverses_id) = (entry.organization_id, entry.id)
		WHERE entry.organization_id = $1 AND entry.id = $2`, u.actor.OrganizationID, id).Scan(purpose, reversed, &found)
	if err != nil {
		return false, fmt.Errorf("look up entry %d: %w", id, err)
	}
	return found, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"journal_lines_amount_range":        {Path: "fxRate", Code: invalid, Message: "the amount in the base currency is too large"},
		"journal_entries_hard_locked":       {Path: "", Code: state, Message: "the books are closed for that day"},
		"journal_entries_soft_locked":       {Path: "", Code: state, Message: "the books are locked for that day"},
		"journal_entries_immutable":         {Path: "id", Code: state, Message: "the journal is not changed, only reversed"},
		"journal_entries_posted_by_record":  {Path: "id", Code: state, Message: "the entry follows from a record: change that"},
		"journal_entries_balanced":          {Path: "lines", Code: invalid, Message: "must be at least two and sum to zero"},
		"journal_entries_balanced_by_store": {Path: "lines", Code: invalid, Message: balancedByStore},
		"journal_lines_store_fkey":          {Path: "lines", Code: notFound, Message: "a store does not exist"},
		"journal_entries_reversal_exact":    {Path: "lines", Code: invalid, Message: "a reversal undoes exactly what it reverses"},
		"journal_entries_reversed_once":     {Path: "id", Code: state, Message: "is reversed already"},
		"journal_entries_reverses_fkey":     {Path: "id", Code: notFound, Message: "does not exist"},
		"journal_entries_posted_on_range":   {Path: "postedOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"journal_lines_account_fkey":        {Path: "lines", Code: notFound, Message: "an account does not exist"},
	})
}
