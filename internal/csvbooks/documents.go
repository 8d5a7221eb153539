package csvbooks

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// Documents imports a file of documents. A saved document that has all values of the file is unchanged, a draft that
// differs is changed, and an approved or void document that differs is refused. A missing column changes nothing in saved
// documents.
//
// What was counted was saved, unless the import is all or nothing and something was refused, or it is a dry run. Errors
// in documents go to the report; the returned error means that the file was not read to its end.
func (im *Import) Documents(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, im.Format, documentColumns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	f := &documents{in: in, seen: map[[16]byte]bool{}}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[*document]{
		Next: f.next, Offset: in.Offset,
		Save: func(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*document) (csvimport.Batch, error) {
			return batchOf(im.documents(ctx, store, db, list))
		},
	})
}

// documents saves a batch of documents and returns the outcome of each.
func (im *Import) documents(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*document) ([]outcome, error) {
	right := slices.DeleteFunc(slices.Clone(list), func(d *document) bool { return !d.readable() })
	found, err := find(ctx, db, im.Actor.OrganizationID, right)
	if err != nil {
		return nil, err
	}
	olds := map[*document]*saved{}
	for i, d := range right {
		olds[d] = found[i]
	}
	names, err := findReferences(ctx, db, im.Actor.OrganizationID, right)
	if err != nil {
		return nil, err
	}
	done := make([]outcome, len(list))
	return done, im.all(ctx, store, list, olds, names, done)
}

// all saves documents, and sets their outcomes. They are posted together. If one is rejected then, because its period is locked,
// for example, each half of them is saved by itself.
func (im *Import) all(ctx context.Context, store *canonical.Store, list []*document, olds map[*document]*saved, names *references, done []outcome) error {
	if len(list) == 0 {
		return nil
	}
	err := store.InTransaction(ctx, func(store *canonical.Store, db canonical.Reader) error {
		if err := im.each(ctx, store, list, olds, names, done); err != nil {
			return err
		}
		return im.compareTotals(ctx, db, list, done)
	})
	if errors.Is(err, errOtherTotal) { // what comes to something else is refused now
		err = store.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
			return im.each(ctx, store, list, olds, names, done)
		})
	}
	var invalid *canonical.Invalid
	switch {
	case !errors.As(err, &invalid):
		return err
	case len(list) == 1:
		return im.each(ctx, store, list, olds, names, done)
	}
	half := len(list) / 2
	if err := im.all(ctx, store, list[:half], olds, names, done[:half]); err != nil {
		return err
	}
	return im.all(ctx, store, list[half:], olds, names, done[half:])
}

// each saves documents in their order: those that are new and follow each other in a few statements, the others one by one.
func (im *Import) each(ctx context.Context, store *canonical.Store, list []*document, olds map[*document]*saved, names *references, done []outcome) (err error) {
	for i := 0; i < len(list); {
		n := 0
		for i+n < len(list) && !im.oneByOne && list[i+n].readable() && olds[list[i+n]] == nil {
			n++
		}
		if n == 0 {
			if done[i], err = im.document(ctx, store, list[i], olds[list[i]], names); err != nil {
				return err
			}
			i++
			continue
		}
		if err := im.create(ctx, store, list[i:i+n], names, done[i:i+n]); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// create saves documents that are new.
func (im *Import) create(ctx context.Context, store *canonical.Store, list []*document, names *references, done []outcome) error {
	wrong := make([][]csvfile.Mistake, len(list)) // what the import itself finds wrong
	batch := make([]canonical.NewDocument, len(list))
	for i, d := range list {
		in, missing := d.input(names)
		in.ExternalRef = graphql.OmittableOf(&d.ref)
		batch[i] = canonical.NewDocument{Kind: d.kind, DocumentCreateInput: in}
		if wrong[i] = slices.Concat(d.wrong, missing); len(wrong[i]) > 0 {
			batch[i].Unread = d.unread()
		} else if im.Approve {
			batch[i].State = stateOf(d)
		}
	}
	saved, err := store.DocumentsCreate(ctx, im.Actor, "documents", batch, true)
	if err != nil {
		var invalid *canonical.Invalid
		if errors.As(err, &invalid) && len(invalid.Errors) == 1 && invalid.Errors[0].Code == model.UserErrorCodeForbidden {
			return forbidden(invalid.Errors[0]) // the actor's role forbids every record
		}
		return err
	}
	for i, d := range list {
		done[i] = outcome{created, d.rows, nil}
		if saved.IDs[i] == 0 {
			done[i] = outcome{refused, d.rows, d.together(wrong[i], saved.Mistakes[i])}
		}
	}
	return nil
}

// stateOf returns the state that an import with approval brings a new document to.
func stateOf(d *document) string {
	if d.state == "" {
		return "approved"
	}
	return d.state
}

// document saves one document; old is the saved one, nil if there is none.
func (im *Import) document(ctx context.Context, store *canonical.Store, d *document, old *saved, names *references) (outcome, error) {
	if !d.readable() {
		return outcome{refused, d.rows, d.wrong}, nil
	}
	if len(d.wrong) > 0 {
		return im.refuse(ctx, store, d, old, names)
	}
	differs := old == nil
	if old != nil {
		wrong := d.differ(old)
		if differs = len(wrong) > 0; differs && old.State != "draft" {
			for i := range wrong {
				wrong[i].Message += ", and what is " + old.State + " is not changed by a file"
			}
			return outcome{refused, d.rows, wrong}, nil
		}
		ahead := im.Approve && forward[old.State] < forward[d.state]
		if !differs && !ahead {
			return outcome{unchanged, d.rows, nil}, nil
		}
	}
	var in model.DocumentCreateInput
	if differs {
		var wrong []csvfile.Mistake
		if in, wrong = d.input(names); len(wrong) > 0 {
			return im.refuse(ctx, store, d, old, names)
		}
	}
	at := func(path string) (int, string) { return place(d.rows, path) }
	return attempt(ctx, store, d.rows, at, func(store *canonical.Store) (result, error) {
		return im.save(ctx, store, d, old, differs, in)
	})
}

// readable reports whether the cells of all rows are where the header says, and the kind is known: only then can the document
// be checked further.
func (d *document) readable() bool { return len(d.items) == len(d.rows) && d.kind.IsValid() }

// refuse returns the outcome of a document with cells that could not be read, or that name nothing: all that is wrong with
// it, also what the write side finds in the rest.
func (im *Import) refuse(ctx context.Context, store *canonical.Store, d *document, old *saved, names *references) (outcome, error) {
	in, wrong := d.input(names)
	wrong = append(slices.Clone(d.wrong), wrong...)
	if old != nil && old.State != "draft" {
		return outcome{refused, d.rows, wrong}, nil
	}
	unread := []model.UserError{{Code: model.UserErrorCodeInvalid}} // the mistake that makes the write side refuse it whatever it finds
	for _, path := range d.unread() {
		unread = append(unread, model.UserError{Path: path, Code: model.UserErrorCodeInvalid})
	}
	ctx = canonical.WithMistakes(ctx, unread)
	at := func(path string) (int, string) { return place(d.rows, path) }
	o, err := attempt(ctx, store, d.rows, at, func(store *canonical.Store) (result, error) { return im.save(ctx, store, d, old, true, in) })
	if err != nil {
		return o, err
	}
	return outcome{refused, d.rows, d.news(wrong, o.wrong)}, nil
}

// unread returns the paths of the fields that could not be read and that others depend on; not nil.
func (d *document) unread() []string {
	paths := []string{}
	for _, mistake := range d.wrong {
		if mistake.Column == "issued_on" { // on which the due date and the rate depend
			paths = append(paths, "issuedOn")
		}
	}
	return paths
}

// together returns the mistakes in a document: those that the import found, and what the write side finds beside them.
func (d *document) together(wrong []csvfile.Mistake, found []model.UserError) []csvfile.Mistake {
	later := make([]csvfile.Mistake, len(found))
	for i, mistake := range found {
		line, column := place(d.rows, mistake.Path)
		later[i] = csvfile.Mistake{Line: line, Column: column, Message: mistake.Message}
	}
	if len(wrong) == 0 {
		return later
	}
	return d.news(wrong, later)
}

// news returns mistakes with those of later that are in other cells.
func (d *document) news(wrong, later []csvfile.Mistake) []csvfile.Mistake {
	known := map[[2]any]bool{{d.rows[0].Line, ""}: true}
	for _, mistake := range wrong {
		column := mistake.Column
		if strings.HasPrefix(column, "party") {
			column = "party"
		}
		known[[2]any{mistake.Line, column}] = true
	}
	all := slices.Clone(wrong)
	for _, mistake := range later {
		if !known[[2]any{mistake.Line, mistake.Column}] {
			all = append(all, mistake)
		}
	}
	return all
}

// forward is the order of the states, which a document passes in this direction only. A document whose row names no state
// is approved.
var forward = map[string]int{"draft": 0, "": 1, "approved": 1, "void": 2}

// save creates or updates a document and brings it to its state.
func (im *Import) save(ctx context.Context, store *canonical.Store, d *document, old *saved, differs bool, in model.DocumentCreateInput) (did result, err error) {
	var id int64
	state := "draft"
	switch {
	case old == nil:
		did = created
		in.ExternalRef = graphql.OmittableOf(&d.ref)
		id, err = store.DocumentCreate(ctx, im.Actor, d.kind, in)
	case differs:
		did, state = changed, old.State
		id, err = store.DocumentUpdate(ctx, im.Actor, d.kind, old.ID, &old.Version, in.Fields())
	default:
		did, state, id = changed, old.State, old.ID
	}
	if err == nil && im.Approve && forward[state] < 1 && forward[d.state] >= 1 {
		_, err = store.DocumentApprove(ctx, im.Actor, d.kind, id, nil)
	}
	if err == nil && im.Approve && forward[state] < 2 && forward[d.state] == 2 {
		_, err = store.DocumentVoid(ctx, im.Actor, d.kind, id, nil)
	}
	return did, err
}

// input returns the input that creates the document, with the records that it refers to, or the mistakes in the
// references.
func (d *document) input(names *references) (in model.DocumentCreateInput, wrong []csvfile.Mistake) {
	in.PartyID, wrong = names.party(d)
	give(&in.IssuedOn, d.issuedOn)
	give(&in.DueOn, d.dueOn)
	give(&in.Currency, d.currency)
	give(&in.FxRate, d.fxRate)
	give(&in.PricesIncludeTax, d.pricesIncludeTax)
	if d.store != nil {
		var found *model.ID
		if *d.store != "" {
			if found = master(names.stores[strings.ToLower(*d.store)], "Store"); found == nil {
				wrong = append(wrong, csvfile.Mistake{Line: d.rows[0].Line, Column: "store", Message: "no store is called " + strconv.Quote(*d.store)})
			}
		}
		in.StoreID = graphql.OmittableOf(found)
	}
	give(&in.Memo, d.memo)
	for i, it := range d.items {
		missing := func(column, message string) {
			wrong = append(wrong, csvfile.Mistake{Line: d.rows[i].Line, Column: column, Message: message})
		}
		var item model.DocumentItemInput
		if it.product != nil && *it.product != "" {
			id := master(names.products[strings.ToLower(*it.product)], "Product")
			if id == nil {
				missing("product", "no product has the SKU "+strconv.Quote(*it.product))
			}
			item.ProductID = graphql.OmittableOf(id)
		}
		if it.account != nil && *it.account != "" {
			id := master(names.accounts[strings.ToLower(*it.account)], "Account")
			if id == nil {
				missing("account", "no account has the code "+strconv.Quote(*it.account))
			}
			item.AccountID = graphql.OmittableOf(id)
		}
		if it.store != nil && *it.store != "" {
			id := master(names.stores[strings.ToLower(*it.store)], "Store")
			if id == nil {
				missing("item_store", "no store is called "+strconv.Quote(*it.store))
			}
			item.StoreID = graphql.OmittableOf(id)
		}
		give(&item.Description, it.description)
		give(&item.Quantity, it.quantity)
		give(&item.UnitPrice, it.unitPrice)
		if it.discount != nil {
			give(&item.DiscountPercentage, it.discount.percentage)
			give(&item.Discount, it.discount.amount)
		}
		if it.taxes != nil {
			ids := []model.ID{}
			for _, t := range it.taxes {
				id, why := names.tax(t)
				if id == nil {
					missing("taxes", why)
					continue
				}
				ids = append(ids, *id)
			}
			item.TaxRateIds = graphql.OmittableOf(ids)
		}
		in.Items = append(in.Items, item)
	}
	return in, wrong
}

// give sets an input field, if the file has a value.
func give[T any](field *graphql.Omittable[*T], value *T) {
	if value != nil {
		*field = graphql.OmittableOf(value)
	}
}
