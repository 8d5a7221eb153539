package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook/graph/model"
)

// MaxDocuments is how many documents one call of DocumentsCreate saves at most.
const MaxDocuments = 1000

// NewDocument is one document of a batch.
type NewDocument struct {
	Kind model.DocumentKind
	model.DocumentCreateInput
	// State is how far the document is brought: `draft`, which it is if State is empty, `approved` or `void`.
	State string
	// Unread are the paths of input fields that the caller could not read; one that is not nil, though it may be empty, has the
	// document checked and refused, as WithMistakes has.
	Unread []string
}

// DocumentsCreated is the result of a batch.
type DocumentsCreated struct {
	// IDs has the key of each document, by its place in the input; 0 for a refused one.
	IDs []int64
	// Mistakes has the user errors of each refused document, by its place; their paths are those of a single document.
	Mistakes map[int][]model.UserError
}

func (a DocumentsCreated) saved() bool { return anySaved(a.IDs) }

// DocumentsCreate saves documents as DocumentCreate does, then approves and voids those that are to be, in a few statements,
// however many they are. It refuses the same documents for the same reasons as if each was saved by itself, one after the other.
//
// With skip the others are saved. Without it nothing is saved if one is refused, and the error is an *Invalid with all user
// errors, at paths such as `name.3.items.0.unitPrice`.
func (s *Store) DocumentsCreate(ctx context.Context, actor Actor, name string, list []NewDocument, skip bool) (DocumentsCreated, error) {
	var answer DocumentsCreated
	allowed := drafters
	if slices.ContainsFunc(list, func(d NewDocument) bool { return d.final() != "draft" }) {
		allowed = bookkeepers
	}
	_, err := s.transactRows(ctx, actor, allowed, name, &answer, func(u *unitOfWork) (int64, error) {
		answer = DocumentsCreated{IDs: make([]int64, len(list)), Mistakes: map[int][]model.UserError{}}
		if len(list) == 0 || len(list) > MaxDocuments {
			return 0, reject(name, invalid, fmt.Sprintf("must be from 1 to %d", MaxDocuments))
		}
		parts := &Store{pool: s.pool, committer: s.committer.nest(u.conn)}
		if outer, part := s.committer.(nested); part {
			parts.committer = outer // which checks and posts a part when it ends, if it does so with the whole batch
		}
		u.checkOfStores(name, list)
		unreadable := u.unreadable(name, list)
		ctx := withoutMistakes(ctx) // each document has its own
		var places []int
		for i := range list {
			if !u.elsewhere[i] {
				places = append(places, i)
			}
		}
		var err error
		if len(places) > 0 {
			once := actor
			once.Once, once.Bound = nil, boundTo(actor.StoreKeys()) // what the rows name has been checked
			err = parts.createDocuments(ctx, once, unreadable.list, places, &answer)
		}
		for place, mistakes := range unreadable.mistakes {
			answer.Mistakes[place] = append(mistakes, answer.Mistakes[place]...)
		}
		if err != nil || skip {
			return 0, err
		}
		for place := range list {
			for _, mistake := range answer.Mistakes[place] {
				mistake.Path = joinPath(fmt.Sprintf("%s.%d", name, place), mistake.Path)
				u.Errors = append(u.Errors, mistake)
			}
		}
		return 0, u.err()
	})
	if err != nil {
		return DocumentsCreated{}, err
	}
	return answer, nil
}

// checkOfStores adds a user error for each document of the office where the actor is bound to stores: it is elsewhere.
func (u *unitOfWork) checkOfStores(name string, list []NewDocument) {
	if u.actor.Bound == nil {
		return
	}
	for place, d := range list {
		path := fmt.Sprintf("%s.%d.storeId", name, place)
		if d.StoreID.Value() == nil && !u.isUnread(path) {
			u.addError(path, forbidden, wrongStores)
			u.elsewhere[place] = true
		}
	}
}

// unreadableDocuments are the documents of a batch, with what the caller could not read in them.
type unreadableDocuments struct {
	list     []NewDocument
	mistakes map[int][]model.UserError // by place
}

// unreadable takes the mistakes of the context that lie in one of the documents from the unit of work.
func (u *unitOfWork) unreadable(name string, list []NewDocument) unreadableDocuments {
	found := unreadableDocuments{list: list, mistakes: u.mistakesOfRows(name, len(list))}
	if len(found.mistakes) > 0 {
		found.list = slices.Clone(list)
	}
	for place, mistakes := range found.mistakes {
		unread := append([]string{}, list[place].Unread...)
		for _, mistake := range mistakes {
			unread = append(unread, mistake.Path)
		}
		found.list[place].Unread = unread
	}
	return found
}

// mistakesOfRows takes the mistakes of the context that lie in one of the rows of a bulk, which is the input field of the name,
// from the unit of work. They come by the rows' places, with the paths of a single row.
func (u *unitOfWork) mistakesOfRows(name string, rows int) map[int][]model.UserError {
	found := map[int][]model.UserError{}
	u.Errors = slices.DeleteFunc(u.Errors, func(mistake model.UserError) bool {
		place, field, ok := placeOf(name, mistake.Path)
		if !ok || place >= rows {
			return false
		}
		mistake.Path = field
		found[place] = append(found[place], mistake)
		return true
	})
	return found
}

// placeOf returns the place of the row of a bulk, the input field of a name, that a path lies in, and the rest of the path; false if
// it lies in none.
func placeOf(name, path string) (place int, field string, ok bool) {
	rest, inside := strings.CutPrefix(path, name+".")
	index, field, _ := strings.Cut(rest, ".")
	place, err := strconv.Atoi(index)
	return place, field, name != "" && inside && err == nil && place >= 0
}

// joinPath returns the path of a field of the input at a path; of the input itself if the field is empty.
func joinPath(input, field string) string {
	if field == "" {
		return input
	}
	return input + "." + field
}

func (d NewDocument) final() string {
	if d.State == "" {
		return "draft"
	}
	return d.State
}

// createDocuments saves the documents at these places that nothing is wrong with, as a part of the transaction, and sets the
// answer. What only the database finds wrong is not told by document: then each half is saved by itself.
func (s *Store) createDocuments(ctx context.Context, actor Actor, list []NewDocument, places []int, answer *DocumentsCreated) error {
	var accepted []int
	var keys []int64
	_, err := s.transact(ctx, actor, drafters, func(u *unitOfWork) (_ int64, err error) {
		accepted, keys, err = u.createDocuments(ctx, list, places, answer)
		return 0, err
	})
	var refused *Invalid
	switch {
	case err == nil:
		for i, place := range accepted {
			answer.IDs[place] = keys[i]
		}
		return nil
	case !errors.As(err, &refused):
		return err
	case len(accepted) == 0:
		return err
	case len(places) > 1:
		for _, place := range places { // a document may be right once another one is refused
			delete(answer.Mistakes, place)
		}
		half := len(places) / 2
		if err := s.createDocuments(ctx, actor, list, places[:half], answer); err != nil {
			return err
		}
		return s.createDocuments(ctx, actor, list, places[half:], answer)
	}
	place := places[0]
	id, err := s.createDocument(ctx, actor, list[place])
	switch {
	case errors.As(err, &refused):
		answer.Mistakes[place] = refused.Errors
	case err != nil:
		return err
	default:
		answer.IDs[place] = id
	}
	return nil
}

// createDocument saves one document by itself, and brings it to its state.
func (s *Store) createDocument(ctx context.Context, actor Actor, d NewDocument) (id int64, err error) {
	err = s.InTransaction(ctx, func(part *Store, _ Reader) (err error) {
		if id, err = part.DocumentCreate(ctx, actor, d.Kind, d.DocumentCreateInput); err != nil || d.final() == "draft" {
			return err
		}
		if _, err = part.DocumentApprove(ctx, actor, d.Kind, id, nil); err != nil || d.final() == "approved" {
			return err
		}
		_, err = part.DocumentVoid(ctx, actor, d.Kind, id, nil)
		return err
	})
	return id, err
}

// createDocuments checks the documents at these places, each by itself, and queues the statements that save those without user
// errors. It returns the places of these and their keys, and sets the answer's mistakes.
func (u *unitOfWork) createDocuments(ctx context.Context, list []NewDocument, places []int, answer *DocumentsCreated) (accepted []int, keys []int64, err error) {
	batch, err := u.findBatch(ctx, list, places)
	if err != nil {
		return nil, nil, err
	}
	for _, place := range places {
		d := list[place]
		part := &unitOfWork{actor: u.actor, now: u.now, org: u.org, conn: u.conn, last: u.last, batch: batch, Invalid: Invalid{unread: map[string]bool{}}}
		if d.Unread != nil {
			part.Errors = []model.UserError{{Code: invalid}} // which refuses it
			part.unread[""] = true
			for _, path := range d.Unread {
				part.unread[path] = true
			}
		}
		batch.final = d.final()
		_, err := part.saveDocument(ctx, document{Kind: d.Kind}, d.Fields())
		var refused *Invalid
		switch {
		case errors.As(err, &refused) && d.Unread != nil:
			answer.Mistakes[place] = refused.Errors[1:]
		case errors.As(err, &refused):
			answer.Mistakes[place] = refused.Errors
		case err != nil:
			return nil, nil, err
		default:
			accepted = append(accepted, place)
		}
	}
	keys, err = batch.save(ctx, u)
	return accepted, keys, err
}
