package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// MaxPeople is how many people one call of PeopleUpsert saves at most.
const MaxPeople = 1000

// PeopleUpserted is the result of a bulk.
type PeopleUpserted struct {
	// IDs has the key of each person, by their place in the input; 0 for a refused one.
	IDs []int64
	// Created counts the people who are new, Updated those who were there before, changed or not.
	Created, Updated int
	// Mistakes has the user errors of each refused person, by their place; their paths are those of a single person.
	Mistakes map[int][]model.UserError
}

// PeopleUpsert saves people as PersonUpdate does where the organization has one of the same ExternalRef, and as PersonCreate does
// where it has none. Every row needs an ExternalRef of its own.
//
// With skip the others are saved where some are refused. Without it nothing is saved then, and the error is an *Invalid with all
// user errors, at paths such as `people.3.addresses.0.postcode`.
func (s *Store) PeopleUpsert(ctx context.Context, actor Actor, list []model.PersonUpdateInput, skip bool) (PeopleUpserted, error) {
	var answer PeopleUpserted
	_, err := s.transactAnswer(ctx, actor, editors, &answer, func(u *unitOfWork) (int64, error) {
		answer = PeopleUpserted{IDs: make([]int64, len(list)), Mistakes: map[int][]model.UserError{}}
		if len(list) == 0 || len(list) > MaxPeople {
			return 0, reject("people", invalid, fmt.Sprintf("must be from 1 to %d", MaxPeople))
		}
		known, err := u.peopleByReference(ctx, list)
		if err != nil {
			return 0, err
		}
		unread := u.mistakesOfRows("people", len(list))
		parts := &Store{pool: s.pool, committer: s.committer.nest(u.conn)}
		first := map[string]int{} // the place of the row of a reference
		for place, in := range list {
			ref := referenceOf(in)
			mistakes := unread[place]
			switch before, twice := first[ref]; {
			case ref == "":
				mistakes = append(mistakes, model.UserError{Path: "externalRef", Code: required, Message: "must be given"})
			case twice:
				mistakes = append(mistakes, model.UserError{Path: "externalRef", Code: invalid, Message: fmt.Sprintf("is that of row %d too", before)})
			default:
				first[ref] = place
			}
			if err := parts.upsertPerson(WithMistakes(withoutMistakes(ctx), mistakes), actor, known[ref], in, place, &answer); err != nil {
				return 0, err
			}
		}
		if skip {
			return 0, u.err()
		}
		for place := range list {
			for _, mistake := range answer.Mistakes[place] {
				mistake.Path = joinPath(fmt.Sprintf("people.%d", place), mistake.Path)
				u.Errors = append(u.Errors, mistake)
			}
		}
		return 0, u.err()
	})
	if err != nil {
		return PeopleUpserted{}, err
	}
	return answer, nil
}

// referenceOf returns the reference of a row; empty if it has none, and another one that nobody has if it cannot be stored.
func referenceOf(in model.PersonUpdateInput) string {
	if ref := in.ExternalRef.Value(); ref != nil {
		return storable(Reference(*ref))
	}
	return ""
}

// peopleByReference returns the keys of the people whom the organization has, by the references of the rows.
func (u *unitOfWork) peopleByReference(ctx context.Context, list []model.PersonUpdateInput) (map[string]int64, error) {
	references := map[string]bool{}
	for _, in := range list {
		references[referenceOf(in)] = true
	}
	rows, _ := u.Query(ctx, `SELECT external_ref, id FROM canonical.people WHERE organization_id = $1 AND external_ref = ANY ($2)`,
		u.actor.OrganizationID, keysOf(references))
	known := map[string]int64{}
	var ref string
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&ref, &id}, func() error { known[ref] = id; return nil }); err != nil {
		return nil, fmt.Errorf("look up people by their references: %w", err)
	}
	return known, nil
}

// upsertPerson saves one row as a part of the transaction: the person with the key, or a new one if it is 0. It sets the answer.
func (s *Store) upsertPerson(ctx context.Context, actor Actor, id int64, in model.PersonUpdateInput, place int, answer *PeopleUpserted) error {
	actor.Once = nil
	created := id == 0
	var err error
	if created {
		id, err = s.PersonCreate(ctx, actor, model.PersonCreateInput(in))
	} else {
		_, err = s.PersonUpdate(ctx, actor, id, nil, in)
	}
	var refused *Invalid
	switch {
	case errors.As(err, &refused):
		for _, mistake := range refused.Errors {
			if mistake.Path == "id" { // of a person who is archived
				mistake.Path = "externalRef"
			}
			answer.Mistakes[place] = append(answer.Mistakes[place], mistake)
		}
		return nil
	case err != nil:
		return err
	}
	answer.IDs[place] = id
	if created {
		answer.Created++
	} else {
		answer.Updated++
	}
	return nil
}
