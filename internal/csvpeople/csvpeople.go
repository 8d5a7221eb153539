// Package csvpeople imports people, customers, vendors and staff, from CSV files. The columns, of which only external_ref is required:
//
//	external_ref   the person's reference in the other system, by which they are recognised
//	given_name     either this or the next must be given of somebody new
//	family_name
//	date_of_birth  as 2006-01-02
//	email
//	phone
//	is_customer    yes or no; of somebody new empty: no
//	is_vendor
//	is_staff
//	street, suburb, postcode, country   an address; a country is its ISO code or its name in English
//
// A row is the newest state of its person: what it has replaces what is saved, and an empty cell leaves that as it is. An address that
// the person does not have yet is added to those they have; no address is removed. Reading the same file again changes nothing.
package csvpeople

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// batch is how many people one transaction saves, each with a savepoint, of which PostgreSQL keeps 64 of a transaction in shared memory.
const batch = 50

// Import reads files into an organization.
type Import struct{ csvimport.Import }

// People imports a file and counts its rows. Errors in rows go to the report; the returned error means that the file could not be read
// to its end. What was counted until then was saved, unless the import is all or nothing, or a dry run.
func (im *Import) People(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, im.Format, columns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	lines := map[string]int{}
	next := func() (list []*person, err error) {
		for len(list) < batch {
			row, err := in.Next()
			if err != nil {
				return list, err
			}
			p := parse(row)
			if before, twice := lines[p.ref]; twice && p.ref != "" {
				p.mistake("external_ref", "is that of line "+strconv.Itoa(before)+" too")
			}
			lines[p.ref] = row.Line
			list = append(list, p)
		}
		return list, nil
	}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[*person]{Next: next, Save: im.save, Offset: in.Offset})
}

// known is a person who is saved already.
type known struct {
	ID      int64
	Version int
}

// save saves the people without mistakes, counts all, and returns the refused ones. Those with cells that could not be read are checked
// by the write side too, so that all that is wrong with a person is reported together.
func (im *Import) save(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*person) (b csvimport.Batch, err error) {
	b.Records, b.Rows = len(list), len(list)
	var sent []*person
	var refs []string
	for _, p := range list {
		if p.misshapen {
			b.Refusals = append(b.Refusals, csvimport.Refusal{Rows: []csvfile.Row{p.row}, Mistakes: p.wrong})
			continue
		}
		sent, refs = append(sent, p), append(refs, p.ref)
	}
	if len(sent) > 0 {
		if err := im.upsert(ctx, store, db, sent, refs, &b); err != nil {
			return b, err
		}
	}
	b.Refused = len(b.Refusals)
	return b, nil
}

// upsert saves people by one call, and adds to the counts and refusals.
func (im *Import) upsert(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*person, refs []string, b *csvimport.Batch) error {
	before, err := im.known(ctx, db, refs)
	if err != nil {
		return err
	}
	if err := im.addresses(ctx, db, list, before); err != nil {
		return err
	}
	inputs := make([]model.PersonUpdateInput, len(list))
	var unread []model.UserError
	for i, p := range list {
		inputs[i] = p.input
		for _, mistake := range p.wrong {
			unread = append(unread, model.UserError{Path: fmt.Sprintf("people.%d.%s", i, fieldOf[mistake.Column]), Code: model.UserErrorCodeInvalid, Message: mistake.Message})
		}
	}
	done, err := store.PeopleUpsert(canonical.WithMistakes(ctx, unread), im.Actor, inputs, true)
	var invalid *canonical.Invalid
	if errors.As(err, &invalid) && len(invalid.Errors) == 1 && invalid.Errors[0].Code == model.UserErrorCodeForbidden {
		return errors.New(invalid.Errors[0].Message) // the actor's role forbids every record
	}
	if err != nil {
		return err
	}
	after, err := im.known(ctx, db, refs)
	if err != nil {
		return err
	}
	for i, p := range list {
		old, was := before[p.ref]
		switch {
		case done.IDs[i] == 0:
			b.Refusals = append(b.Refusals, csvimport.Refusal{Rows: []csvfile.Row{p.row}, Mistakes: p.together(done.Mistakes[i])})
		case !was:
			b.Created++
		case after[p.ref].Version != old.Version:
			b.Changed++
		default:
			b.Unchanged++
		}
	}
	return nil
}

// known returns the people who have the references.
func (im *Import) known(ctx context.Context, db canonical.Reader, refs []string) (map[string]known, error) {
	rows, err := db.Query(ctx, `SELECT external_ref, id, version FROM canonical.people WHERE organization_id = $1 AND external_ref = ANY ($2)`, im.Actor.OrganizationID, refs)
	if err != nil {
		return nil, fmt.Errorf("look up people: %w", err)
	}
	found := map[string]known{}
	var ref string
	var p known
	if _, err := pgx.ForEachRow(rows, []any{&ref, &p.ID, &p.Version}, func() error { found[ref] = p; return nil }); err != nil {
		return nil, fmt.Errorf("look up people: %w", err)
	}
	return found, nil
}

// addresses sets the addresses of people whose rows have one that they do not have yet: those that they have, and it.
func (im *Import) addresses(ctx context.Context, db canonical.Reader, list []*person, before map[string]known) error {
	var places []int
	var given [4][]string
	var ids []int64
	for i, p := range list {
		p.input.Addresses = graphql.Omittable[[]model.AddressInput]{}
		if strings.Join(p.address[:], "") == "" {
			continue
		}
		places, ids = append(places, i), append(ids, before[p.ref].ID)
		for n := range given {
			given[n] = append(given[n], p.address[n])
		}
	}
	if len(places) == 0 {
		return nil
	}
	rows, err := db.Query(ctx, `SELECT given.place, coalesce(country.code, given.country),
			coalesce((SELECT array_agg(a.id ORDER BY a.position) FROM canonical.addresses AS a WHERE (a.organization_id, a.person_id) = ($1, given.id)), '{}'),
			EXISTS (SELECT FROM canonical.addresses AS a WHERE (a.organization_id, a.person_id) = ($1, given.id)
				AND (a.street, a.suburb, a.postcode, a.country_code) = (given.street, given.suburb, given.postcode, coalesce(country.code, given.country)))
		FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) AS given (place, id, street, suburb, postcode, country)
		LEFT JOIN canonical.countries AS country ON lower(given.country) IN (lower(country.code), lower(country.name))`,
		im.Actor.OrganizationID, places, ids, given[0], given[1], given[2], given[3])
	if err != nil {
		return fmt.Errorf("look up addresses: %w", err)
	}
	var place int
	var country string
	var kept []int64
	var there bool
	_, err = pgx.ForEachRow(rows, []any{&place, &country, &kept, &there}, func() error {
		if !there {
			p := list[place]
			p.input.Addresses = graphql.OmittableOf(p.with(kept, country))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up addresses: %w", err)
	}
	return nil
}
