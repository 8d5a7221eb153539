package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	journalEntries = projection.Define[model.JournalEntry](projection.Definition{
		Name:              "journal_entry_summaries",
		Key:               []string{"entry_id"},
		Node:              "JournalEntry",
		Columns:           map[string]string{"ID": "entry_id"},
		Orders:            map[string]projection.Order{"POSTED_ON": {Column: "posted_on", Type: "date"}},
		DefaultOrder:      "POSTED_ON",
		DefaultDescending: true,
	})

	entryByKey      = byKey(journalEntries)
	reversedByEntry = relate("reverses", entryByKey, func(e *model.JournalEntry) int64 { return optional(e.ReversesID) })
	reversalOfEntry = relate("reversedBy", entryByKey, func(e *model.JournalEntry) int64 { return optional(e.ReversedByID) })
	recordsOfEntry  = []prefetcher[model.JournalEntry]{
		relate("canonical", invoiceByKey, entryKey("Invoice")), relate("canonical", billByKey, entryKey("Bill")),
		relate("canonical", creditNoteByKey, entryKey("CreditNote")), relate("canonical", vendorCreditNoteByKey, entryKey("VendorCreditNote")),
		relate("canonical", paymentByKey, entryKey("Payment")), relate("canonical", transferByKey, entryKey("Transfer")),
		relate("canonical", dayCloseByKey, entryKey("DayClose")), relate("canonical", incomeByKey, entryKey("Income")), relate("canonical", expenseByKey, entryKey("Expense")),
		relate("canonical", entryByKey, entryKey("JournalEntry")),
	}
	accountOfLine = relate("account", accountByKey, func(l *model.JournalEntryLine) int64 { return l.AccountID.Key })
	storeOfLine   = relate("store", storeByKey, func(l *model.JournalEntryLine) int64 { return keyOf(l.StoreID) })
)

// entryKey returns a function for the key of the record that an entry is of; 0 if it is of another type than typ.
func entryKey(typ string) func(*model.JournalEntry) int64 {
	return func(e *model.JournalEntry) int64 {
		return keyIf(model.ID{Type: e.CanonicalType, Key: e.CanonicalID}, typ)
	}
}

func journalEntryFilter(in *model.JournalEntryFilter) (f filter) {
	if in == nil {
		return nil
	}
	given(&f, in.PostedFrom, "posted_on >= ?")
	given(&f, in.PostedTo, "posted_on <= ?")
	given(&f, in.Purpose, "purpose = ?")
	f.either(in.PassedLock, "passed_lock", "NOT passed_lock")
	if id := in.CanonicalID.Value(); id != nil {
		f.where("canonical_type = ? AND canonical_id = ?", id.Type, id.Key)
	}
	return f
}

func (r *queryResolver) JournalEntry(ctx context.Context, id model.ID) (*model.JournalEntry, error) {
	return lookup(ctx, entryByKey, id)
}

func (r *queryResolver) JournalEntries(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.JournalEntryFilter, where map[string]any, orderBy *model.JournalEntryOrder) (*model.JournalEntryConnection, error) {
	q := page(first, after, last, before)
	q.Where = journalEntryFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, journalEntries, q, append([]prefetcher[model.JournalEntry]{reversedByEntry, reversalOfEntry}, recordsOfEntry...)...)
}

func (r *mutationResolver) JournalEntryPost(ctx context.Context, input model.JournalEntryPostInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.JournalEntryPayload, error) {
	return mutate(ctx, r, entryByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.JournalEntryPost(ctx, w.actor, input)
	})
}

func (r *mutationResolver) JournalEntryReverse(ctx context.Context, id model.ID, input *model.JournalEntryReverseInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.JournalEntryPayload, error) {
	if input == nil {
		input = &model.JournalEntryReverseInput{}
	}
	return mutate(ctx, r, entryByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.JournalEntryReverse(ctx, w.actor, w.key, *input)
	})
}

func (r *journalEntryResolver) Canonical(ctx context.Context, obj *model.JournalEntry) (model.Node, error) {
	return findNode(ctx, model.ID{Type: obj.CanonicalType, Key: obj.CanonicalID})
}

func (r *journalEntryResolver) Reverses(ctx context.Context, obj *model.JournalEntry) (*model.JournalEntry, error) {
	return reversedByEntry.load(ctx, obj)
}

func (r *journalEntryResolver) ReversedBy(ctx context.Context, obj *model.JournalEntry) (*model.JournalEntry, error) {
	return reversalOfEntry.load(ctx, obj)
}

func (r *journalEntryLineResolver) Account(ctx context.Context, obj *model.JournalEntryLine) (*model.Account, error) {
	return loadRequired(ctx, accountOfLine, obj)
}

func (r *journalEntryLineResolver) Store(ctx context.Context, obj *model.JournalEntryLine) (*model.Store, error) {
	return storeOfLine.load(ctx, obj)
}

// JournalEntry returns the resolvers of journal entries.
func (r *Resolver) JournalEntry() generated.JournalEntryResolver { return &journalEntryResolver{} }

// JournalEntryLine returns the resolvers of their lines.
func (r *Resolver) JournalEntryLine() generated.JournalEntryLineResolver {
	return &journalEntryLineResolver{r}
}

type (
	journalEntryResolver     struct{ history[model.JournalEntry] }
	journalEntryLineResolver struct{ *Resolver }
)
