package canonical

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type account struct {
	master
	Code, Name, Type string
	SystemRole       *string
}

const selectAccount = `SELECT id, version, code, name, type, system_role, archived_at FROM canonical.accounts`

var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$`)

// AccountCreate adds an account to the chart and returns its key. Codes are unique among live accounts, in any case.
func (s *Store) AccountCreate(ctx context.Context, actor Actor, in model.AccountCreateInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		return u.saveAccount(ctx, account{Code: in.Code, Name: in.Name, Type: strings.ToLower(string(in.Type))})
	})
}

// AccountUpdate changes the given fields. An account keeps its type.
func (s *Store) AccountUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.AccountUpdateInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		a, err := loadLive[account](ctx, u, id, expectedVersion, selectAccount)
		if err != nil {
			return 0, err
		}
		set(&a.Code, in.Code)
		set(&a.Name, in.Name)
		return u.saveAccount(ctx, a)
	})
}

// AccountArchive takes an account out of use: no new record may name it. Its entries stay. One that the postings
// need is not archived.
func (s *Store) AccountArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		return archive[account](ctx, u, id, expectedVersion, selectAccount, "accounts")
	})
}

// AccountRestore brings an archived account back, unless a live one has its code.
func (s *Store) AccountRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		return restore[account](ctx, u, id, expectedVersion, selectAccount, "accounts")
	})
}

// checkUnused checks that no other live account has the code.
func (a account) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "code", "Account", "accounts", a.ID, a.Code, "true")
}

func (u *unitOfWork) saveAccount(ctx context.Context, a account) (int64, error) {
	u.checkRequired("name", &a.Name, maxLine)
	if u.checkRequired("code", &a.Code, 20); a.Code != "" && !codeForm.MatchString(a.Code) {
		u.addError("code", invalid, "must be letters, digits, points and dashes")
	}
	if err := a.checkUnused(ctx, u); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, a.ID, row{table: "accounts", fixed: columns{{"type", a.Type}}, columns: columns{
		{"code", a.Code}, {"name", a.Name},
	}})
}

// controlAccounts are the roles of the accounts that are posted to by documents, payments and taxes only, so that their
// balance is always the sum of what is open, or of the taxes. Manual entries may correct them.
var controlAccounts = []string{"receivable", "payable", "tax_paid", "tax_collected", "interstore"}

// checkBookedAccount checks that a record may be booked on the account that an input names at path, and returns the
// account's type; empty if it may not.
func (u *unitOfWork) checkBookedAccount(ctx context.Context, path string, id model.ID) (typ string, err error) {
	mistakes := len(u.Errors)
	if err := u.checkLive(ctx, path, id, "Account", "accounts"); err != nil || len(u.Errors) > mistakes {
		return "", err
	}
	var control bool
	if u.batch != nil {
		a := u.batch.accounts[id.Key]
		if typ = a.typ; a.control {
			u.addError(path, invalid, keptByRecords)
			typ = ""
		}
		return typ, nil
	}
	err = u.QueryRow(ctx, `SELECT type, coalesce(system_role = ANY ($3), false) FROM canonical.accounts
		WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, id.Key, controlAccounts).Scan(&typ, &control)
	switch {
	case err != nil:
		return "", fmt.Errorf("look up %s: %w", path, err)
	case control:
		u.addError(path, invalid, keptByRecords)
		return "", nil
	}
	return typ, nil
}

// keptByRecords is the message for a record that names one of the controlAccounts.
const keptByRecords = "is kept by documents and payments"

// checkMoneyAccount checks that the account that an input names at path keeps money: an asset or a liability. It returns
// the account's key; nil if the input names none, or an account that does not fit. The account that stands already fits, also where
// it was archived since.
func (u *unitOfWork) checkMoneyAccount(ctx context.Context, path string, standing int64, in graphql.Omittable[*model.ID]) (*int64, error) {
	id := in.Value()
	if id == nil || *id == (model.ID{Type: "Account", Key: standing}) {
		return nil, nil
	}
	typ, err := u.checkBookedAccount(ctx, path, *id)
	if err != nil || typ == "" {
		return nil, err
	}
	if typ != "asset" && typ != "liability" {
		u.addError(path, invalid, "is no account that money is kept in")
	}
	return &id.Key, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"accounts_code_form":        {Path: "code", Code: invalid, Message: "must be letters, digits, points and dashes"},
		"accounts_code_key":         {Path: "code", Code: taken, Message: "is in use"},
		"accounts_name_given":       {Path: "name", Code: required, Message: "must be given"},
		"accounts_type":             {Path: "type", Code: invalid, Message: "is not a type"},
		"accounts_type_fixed":       {Path: "id", Code: state, Message: "an account keeps its type and its role"},
		"accounts_control_kept":     {Path: "accountId", Code: invalid, Message: keptByRecords},
		"accounts_system_role_live": {Path: "id", Code: state, Message: "the postings need this account"},
	})
}
