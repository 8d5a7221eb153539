package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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

func (a PeopleUpserted) saved() bool { return anySaved(a.IDs) }

// PeopleUpsert saves people as PersonUpdate does where the organization has one of the same ExternalRef, and as PersonCreate does
// where it has none. Every row needs an ExternalRef of its own.
//
// Rows are saved by their references, not by their places, so that bulks of the same people at once wait in turn instead of
// deadlocking. One that had to wait then changes the people whom the other has made.
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
		mistakes := u.mistakesOfRows("people", len(list))
		parts := &Store{pool: s.pool, committer: s.committer.nest(u.conn)}
		for _, row := range inOrder(list, mistakes) {
			ctx, in := WithMistakes(withoutMistakes(ctx), mistakes[row.place]), list[row.place]
			refused, err := parts.upsertPerson(ctx, actor, known[row.ref], in, row.place, &answer)
			if err == nil && known[row.ref] == 0 && refused.is("externalRef", taken) {
				if known, err = u.peopleByReference(ctx, list); err == nil {
					refused, err = parts.upsertPerson(ctx, actor, known[row.ref], in, row.place, &answer)
				}
			}
			if err != nil {
				return 0, err
			}
			if refused != nil {
				answer.Mistakes[row.place] = refused.Errors
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

// referencedRow is a row of a bulk, by its place, with its reference.
type referencedRow struct {
	ref   string
	place int
}

// inOrder returns the rows by their references, and adds the mistakes of those that have none or that of an earlier row.
func inOrder(list []model.PersonUpdateInput, mistakes map[int][]model.UserError) []referencedRow {
	rows := make([]referencedRow, len(list))
	first := map[string]int{} // the place of the row of a reference
	for place, in := range list {
		ref := referenceOf(in)
		rows[place] = referencedRow{ref, place}
		switch before, twice := first[ref]; {
		case ref == "":
			mistakes[place] = append(mistakes[place], model.UserError{Path: "externalRef", Code: required, Message: "must be given"})
		case twice:
			mistakes[place] = append(mistakes[place], model.UserError{Path: "externalRef", Code: invalid, Message: fmt.Sprintf("is that of row %d too", before)})
		default:
			first[ref] = place
		}
	}
	slices.SortStableFunc(rows, func(a, b referencedRow) int { return strings.Compare(a.ref, b.ref) })
	return rows
}

// referenceOf returns the reference of a row; empty if it has none, and another one that nobody has if it cannot be stored.
func referenceOf(in model.PersonUpdateInput) string {
	if ref := in.ExternalRef.Value(); ref != nil {
		return storable(visible(Reference(*ref)))
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

// upsertPerson saves one row as a part of the transaction: the person with the key, or a new one if it is 0. It counts the person
// in the answer, or returns why there is none.
func (s *Store) upsertPerson(ctx context.Context, actor Actor, id int64, in model.PersonUpdateInput, place int, answer *PeopleUpserted) (refused *Invalid, err error) {
	actor.Once = nil
	counted := &answer.Updated
	if id == 0 {
		counted = &answer.Created
		id, err = s.PersonCreate(ctx, actor, model.PersonCreateInput(in))
	} else {
		_, err = s.PersonUpdate(ctx, actor, id, nil, in)
	}
	if errors.As(err, &refused) {
		for i, mistake := range refused.Errors {
			if mistake.Path == "id" { // of a person who is archived
				refused.Errors[i].Path = "externalRef"
			}
		}
		return refused, nil
	}
	if err != nil {
		return nil, err
	}
	answer.IDs[place] = id
	*counted++
	return nil, nil
}
