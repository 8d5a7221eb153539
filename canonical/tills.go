package canonical

import (
	"context"

	"daybook/graph/model"
)

type till struct {
	master
	StoreID int64
	Name    string
}

const selectTill = `SELECT id, version, store_id, name, archived_at FROM canonical.tills`

// TillCreate adds a till to a store and returns its key. Names are unique among the store's live tills, in any case.
func (s *Store) TillCreate(ctx context.Context, actor Actor, in model.TillCreateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if err := u.checkLive(ctx, "storeId", in.StoreID, "Store", "stores"); err != nil {
			return 0, err
		}
		return u.saveTill(ctx, till{StoreID: in.StoreID.Key}, model.TillUpdateInput{Name: in.Name})
	})
}

// TillUpdate changes the given fields. A till stays in its store.
func (s *Store) TillUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.TillUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		t, err := loadLive[till](ctx, u, id, expectedVersion, selectTill)
		if err != nil {
			return 0, err
		}
		return u.saveTill(ctx, t, in)
	})
}

// TillArchive takes a till out of use. One that is archived already stays as it is; one with a session that is not closed is
// refused.
func (s *Store) TillArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		id, err := archive[till](ctx, u, id, expectedVersion, selectTill, "tills")
		if err != nil {
			return 0, err
		}
		var open bool
		err = u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.till_sessions
			WHERE organization_id = $1 AND till_id = $2 AND state <> 'closed')`, u.actor.OrganizationID, id).Scan(&open)
		if err == nil && open {
			err = reject("id", state, "is open: close it first")
		}
		return id, err
	})
}

// TillRestore brings an archived till back, unless a live one of its store has its name. One that is live already stays as it
// is.
func (s *Store) TillRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[till](ctx, u, id, expectedVersion, selectTill, "tills")
	})
}

// checkUnused checks that no other live till of the store has the name.
func (t till) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "name", "Till", "tills", t.ID, t.Name, "store_id = $4", t.StoreID)
}

func (u *unitOfWork) saveTill(ctx context.Context, t till, in model.TillUpdateInput) (int64, error) {
	set(&t.Name, in.Name)
	u.checkRequired("name", &t.Name, maxLine)
	if err := t.checkUnused(ctx, u); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, t.ID, row{table: "tills", fixed: columns{{"store_id", t.StoreID}}, columns: columns{{"name", t.Name}}})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"tills_store_fkey": {Path: "storeId", Code: notFound, Message: "does not exist"},
		"tills_name_given": {Path: "name", Code: required, Message: "must be given"},
		"tills_name_key":   {Path: "name", Code: taken, Message: "is in use"},
		"tills_fixed":      {Path: "id", Code: state, Message: "a till stays in its store"},
		"tills_archived":   {Path: "id", Code: state, Message: "is archived"},
	})
}
