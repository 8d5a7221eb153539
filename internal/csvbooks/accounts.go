package csvbooks

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
)

// account is one row of a file.
type account struct {
	rows                   []csvfile.Row
	wrong                  []csvfile.Mistake
	code, name, typ, role  string
	archived, saysArchived bool
	// misshapen says that the row has a missing or an extra cell, so that its cells were not read.
	misshapen bool
}

// chartAccount is a saved account.
type chartAccount struct {
	ID               int64
	Version          int
	Code, Name, Type string
	Role             string
	Archived         bool
}

var (
	types = []model.AccountType{model.AccountTypeAsset, model.AccountTypeLiability, model.AccountTypeEquity, model.AccountTypeIncome, model.AccountTypeExpense}
	yes   = map[string]bool{"yes": true, "true": true, "1": true, "no": false, "false": false, "0": false, "": false}
)

// Accounts imports a chart of accounts. An account is recognised by its role, or else by its code among live accounts. It
// gets the file's code and name, and is archived if the file says so. Other accounts are created. Counts and errors are
// as in Documents.
func (im *Import) Accounts(ctx context.Context, file io.Reader) (csvfile.Counts, error) {
	in, err := csvfile.NewReader(file, im.Format, accountColumns...)
	if err != nil {
		return csvfile.Counts{}, err
	}
	seen := map[[2]string]bool{}
	next := func() (list []*account, err error) {
		for len(list) < accountBatch {
			row, err := in.Next()
			if err != nil {
				return list, err
			}
			a := parseAccount(row)
			key := [2]string{strings.ToLower(a.code)}
			if a.archived {
				key[1] = a.name + " of what is archived"
			}
			if seen[key] {
				a.mistake("code", "is in the file already")
			}
			seen[key] = true
			list = append(list, a)
		}
		return list, nil
	}
	return csvimport.Run(ctx, &im.Import, csvimport.Source[*account]{
		Next: next, Offset: in.Offset,
		Save: func(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*account) (csvimport.Batch, error) {
			return batchOf(im.accounts(ctx, store, db, list))
		},
	})
}

// place returns the line and the column of an input field of the account.
func (a *account) place(path string) (line int, column string) {
	if path == "id" { // of an account that cannot be archived
		return a.rows[0].Line, "archived"
	}
	return a.rows[0].Line, columnOf(path)
}

func (a *account) mistake(column, message string) {
	a.wrong = append(a.wrong, csvfile.Mistake{Line: a.rows[0].Line, Column: column, Message: message})
}

func parseAccount(row csvfile.Row) *account {
	a := &account{rows: []csvfile.Row{row}, wrong: row.Mistakes(), code: row.Get("code"), name: row.Get("name"),
		typ: strings.ToLower(row.Get("type")), role: strings.ToLower(row.Get("system_role")), saysArchived: row.Get("archived") != ""}
	if a.misshapen = len(a.wrong) > 0; a.misshapen {
		return a
	}
	if !slices.Contains(types, model.AccountType(strings.ToUpper(a.typ))) {
		a.mistake("type", "must be asset, liability, equity, income or expense")
	}
	var known bool
	if a.archived, known = yes[strings.ToLower(row.Get("archived"))]; !known {
		a.mistake("archived", "must be yes or no")
	}
	return a
}

func (im *Import) accounts(ctx context.Context, store *canonical.Store, db canonical.Reader, list []*account) ([]outcome, error) {
	var done []outcome
	for _, a := range list {
		o := outcome{refused, a.rows, a.wrong}
		if !a.misshapen {
			var err error
			if o, err = im.account(ctx, store, db, a); err != nil {
				return nil, err
			}
		}
		done = append(done, o)
	}
	return done, nil
}

// account saves one account. The accounts before it in the file have been saved.
func (im *Import) account(ctx context.Context, store *canonical.Store, db canonical.Reader, a *account) (outcome, error) {
	chart, err := collect[chartAccount](ctx, db, "accounts", `
		SELECT id, version, code, name, type, coalesce(system_role, '') AS role, archived_at IS NOT NULL AS archived
		FROM canonical.accounts WHERE organization_id = $1 AND (lower(code) = lower($2) OR system_role = $3)
		ORDER BY id`, im.Actor.OrganizationID, valid(a.code), valid(a.role))
	if err != nil {
		return outcome{}, err
	}
	old, wrong := a.match(chart)
	if wrong != nil && len(a.wrong) == 0 {
		return outcome{refused, a.rows, []csvfile.Mistake{*wrong}}, nil
	}
	if len(a.wrong) > 0 {
		return im.refuseAccount(ctx, store, a, old)
	}
	switch {
	case old != nil && old.Code == a.code && old.Name == a.name && (old.Archived == a.archived || !a.saysArchived):
		return outcome{unchanged, a.rows, nil}, nil
	}
	return attempt(ctx, store, a.rows, a.place, a.save(ctx, im, old))
}

// refuseAccount returns the outcome of an account with cells that could not be read: also what the write side finds in the
// rest.
func (im *Import) refuseAccount(ctx context.Context, store *canonical.Store, a *account, old *chartAccount) (outcome, error) {
	readable := *a
	if !slices.Contains(types, model.AccountType(strings.ToUpper(a.typ))) {
		readable.typ = string(model.AccountTypeAsset)
	}
	ctx = canonical.WithMistakes(ctx, []model.UserError{{Code: model.UserErrorCodeInvalid}})
	o, err := attempt(ctx, store, a.rows, a.place, readable.save(ctx, im, old))
	if err != nil {
		return o, err
	}
	wrong := slices.Clone(a.wrong)
	for _, mistake := range o.wrong {
		if mistake.Column != "" && !slices.ContainsFunc(a.wrong, func(m csvfile.Mistake) bool { return m.Column == mistake.Column }) {
			wrong = append(wrong, mistake)
		}
	}
	return outcome{refused, a.rows, wrong}, nil
}

// save returns the function that creates the account, or changes the old one.
func (a *account) save(ctx context.Context, im *Import, old *chartAccount) func(*canonical.Store) (result, error) {
	return func(store *canonical.Store) (result, error) {
		if old == nil {
			id, err := store.AccountCreate(ctx, im.Actor, model.AccountCreateInput{
				Code: a.code, Name: a.name, Type: model.AccountType(strings.ToUpper(a.typ))})
			if err == nil && a.archived {
				_, err = store.AccountArchive(ctx, im.Actor, id, nil)
			}
			return created, err
		}
		in := model.AccountUpdateInput{Code: graphql.OmittableOf(&a.code), Name: graphql.OmittableOf(&a.name)}
		_, err := store.AccountUpdate(ctx, im.Actor, old.ID, &old.Version, in)
		if err == nil && a.archived {
			_, err = store.AccountArchive(ctx, im.Actor, old.ID, nil)
		}
		return changed, err
	}
}

// match returns the account of the chart that a row is about, nil for a new one, or the mistake in the row.
func (a *account) match(chart []chartAccount) (*chartAccount, *csvfile.Mistake) {
	find := func(fits func(c *chartAccount) bool) *chartAccount {
		for i := range chart {
			if fits(&chart[i]) {
				return &chart[i]
			}
		}
		return nil
	}
	var old *chartAccount
	if a.role != "" {
		if old = find(func(c *chartAccount) bool { return c.Role == a.role }); old == nil {
			return nil, &csvfile.Mistake{Line: a.rows[0].Line, Column: "system_role", Message: "the postings know no such role"}
		}
	}
	if old == nil && a.archived {
		old = find(func(c *chartAccount) bool {
			return c.Archived && c.Code == a.code && c.Name == a.name && c.Type == a.typ
		})
	}
	if old == nil {
		old = find(func(c *chartAccount) bool { return !c.Archived && strings.EqualFold(c.Code, a.code) })
	}
	if old != nil && old.Type != a.typ {
		return nil, &csvfile.Mistake{Line: a.rows[0].Line, Column: "type", Message: "here it is " + old.Type + ", and an account keeps its type"}
	}
	return old, nil
}
