package resolvers

import (
	"context"
	"errors"
	"strings"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	people = projection.Define[model.Person](projection.Definition{
		Name:    "people_summaries",
		Stores:  projection.Shared,
		Key:     []string{"person_id"},
		Node:    "Person",
		Columns: map[string]string{"ID": "person_id"},
		Orders: map[string]projection.Order{
			"NAME":          {Column: "full_name", Type: "text"},
			"CREATED_AT":    {Column: "created_at", Type: "timestamptz"},
			"UPDATED_AT":    {Column: "updated_at", Type: "timestamptz"},
			"INVOICE_COUNT": {Column: "invoice_count", Type: "integer"},
		},
		DefaultOrder: "NAME",
	})

	personByKey = byKey(people)
)

// personFilter returns the conditions of a list of people. Who may not read their private data (named) finds them by their
// names alone: search_text, which is indexed, has the other texts too.
func personFilter(in *model.PersonFilter, named bool) (f filter) {
	if in == nil {
		in = &model.PersonFilter{}
	}
	f.named(in.Ids, "person_id", "Person")
	f.externalRef(in.ExternalRef, "person_id", "people", "")
	f.exactly(in.Email, "email")
	before := len(f)
	f.search(in.Search)
	if text := in.Search.Value(); named && len(f) > before {
		f.where("canonical.fold(full_name) LIKE canonical.search_pattern(?)", strings.TrimSpace(*text))
	}
	f.either(in.IsCustomer, "is_customer", "NOT is_customer")
	f.either(in.IsVendor, "is_vendor", "NOT is_vendor")
	f.either(in.IsStaff, "is_staff", "NOT is_staff")
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) Person(ctx context.Context, id model.ID) (*model.Person, error) {
	return lookup(ctx, personByKey, id)
}

func (r *queryResolver) People(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PersonFilter, where map[string]any, orderBy *model.PersonOrder) (*model.PersonConnection, error) {
	if filter != nil && filter.Email.Value() != nil && !readsPeople(ctx) {
		return nil, coded(CodeForbidden, "Your role does not allow to find people by their e-mail address.")
	}
	q := page(first, after, last, before)
	q.Where = personFilter(filter, !readsPeople(ctx))
	ordered(&q, orderBy)
	return connect(ctx, people, q, balancesOfPerson)
}

func (r *mutationResolver) PersonCreate(ctx context.Context, input model.PersonCreateInput, idempotencyKey *string) (*model.PersonPayload, error) {
	return mutate(ctx, r, personByKey, target{}, func(w write) (int64, error) {
		return w.PersonCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) PersonUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.PersonUpdateInput, idempotencyKey *string) (*model.PersonPayload, error) {
	return mutate(ctx, r, personByKey, target{id: &id}, func(w write) (int64, error) {
		return w.PersonUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) PeopleUpsert(ctx context.Context, input model.PeopleUpsertInput, idempotencyKey *string) (*model.PeopleUpsertPayload, error) {
	who := actor(ctx)
	var err error
	if who.Once, err = once(ctx); err != nil {
		return nil, err
	}
	saved, err := r.store.PeopleUpsert(ctx, who, input.People, input.OnError == model.BulkErrorPolicySkipAndReport)
	if invalid, wrong := errors.AsType[*canonical.Invalid](err); wrong {
		return &model.PeopleUpsertPayload{Refused: len(input.People), Ids: []*model.ID{}, UserErrors: listed(invalid.Errors)}, nil
	}
	if err != nil {
		return nil, err
	}
	rows := rowsOf("people", "Person", saved.IDs, saved.Mistakes)
	return &model.PeopleUpsertPayload{Created: saved.Created, Updated: saved.Updated, Refused: rows.refused, Ids: rows.ids, UserErrors: rows.mistakes}, nil
}

func (r *mutationResolver) PersonArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.PersonPayload, error) {
	return mutate(ctx, r, personByKey, target{id: &id}, func(w write) (int64, error) {
		return w.PersonArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) PersonRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.PersonPayload, error) {
	return mutate(ctx, r, personByKey, target{id: &id}, func(w write) (int64, error) {
		return w.PersonRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

// Invoices makes a statement for each person.
func (r *personResolver) Invoices(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.InvoiceOrder) (*model.InvoiceConnection, error) {
	return listInvoices(ctx, page(first, after, last, before), filter, orderBy, only("party_id = ?", obj.ID.Key))
}

// Person returns the resolvers of people.
func (r *Resolver) Person() generated.PersonResolver { return &personResolver{} }

type personResolver struct{ history[model.Person] }
