package canonical

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// record has the columns of every loaded row; an ID of 0 is a row that is not saved yet.
type record struct {
	ID      int64
	Version int
}

func (r record) version() int { return r.Version }

// load reads one record and locks it until the transaction ends. query selects from the record's table, without WHERE.
// A record that does not exist is rejected at `id`; one that is not at the expected version (nil: any), at
// `expectedVersion`.
func load[T interface{ version() int }](ctx context.Context, u *unitOfWork, id int64, expected *int, query string) (T, error) {
	rows, _ := u.Query(ctx, query+` WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE`, u.actor.OrganizationID, id)
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return found, reject("id", notFound, "does not exist")
	case err != nil:
		return found, fmt.Errorf("load the record: %w", err)
	}
	return found, checkVersion(expected, found.version())
}

// checkVersion rejects, at `expectedVersion`, a record that is not at the expected version; nil: any.
func checkVersion(expected *int, version int) error {
	if expected == nil || *expected == version {
		return nil
	}
	return &Invalid{Errors: []model.UserError{{Path: "expectedVersion", Code: conflict, CurrentVersion: &version,
		Message: fmt.Sprintf("the record is at version %d: it was changed since it was read", version)}}}
}

// master is a record that is archived instead of deleted.
type master struct {
	record
	ArchivedAt *time.Time
}

func (m master) archived() bool { return m.ArchivedAt != nil }

// archivable is a loaded master.
type archivable interface {
	version() int
	archived() bool
}

// loadLive is load for a master that is to be changed: an archived one is rejected at `id`.
func loadLive[T archivable](ctx context.Context, u *unitOfWork, id int64, expected *int, query string) (T, error) {
	found, err := load[T](ctx, u, id, expected, query)
	if err == nil && found.archived() {
		err = reject("id", state, "is archived")
	}
	return found, err
}

// archive takes a master of the table out of use, and returns its key. One that is archived already stays as it is.
func archive[T archivable](ctx context.Context, u *unitOfWork, id int64, expected *int, query, table string) (int64, error) {
	found, err := load[T](ctx, u, id, expected, query)
	if err != nil || found.archived() {
		return id, err
	}
	return u.changeRecord(id, `UPDATE canonical.`+table+` SET archived_at = now() WHERE organization_id = $1 AND id = $2`), nil
}

// uniqueWhileLive is a master with a name that no two live ones have.
type uniqueWhileLive interface {
	// checkUnused checks that no other live record has the name.
	checkUnused(ctx context.Context, u *unitOfWork) error
}

// restore brings an archived master of the table back, and returns its key. One that is live already stays as it is.
func restore[T archivable](ctx context.Context, u *unitOfWork, id int64, expected *int, query, table string) (int64, error) {
	found, err := load[T](ctx, u, id, expected, query)
	if err != nil || !found.archived() {
		return id, err
	}
	if named, ok := any(found).(uniqueWhileLive); ok {
		if err := named.checkUnused(ctx, u); err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
	}
	return u.changeRecord(id, `UPDATE canonical.`+table+` SET archived_at = NULL WHERE organization_id = $1 AND id = $2`), nil
}

func init() {
	mistakes := map[string]model.UserError{}
	for _, table := range []string{"accounts", "people", "tax_rates", "products", "stores", "channels"} {
		mistakes[table+"_archived"] = model.UserError{Path: "id", Code: state, Message: "is archived"}
	}
	registerConstraints(mistakes)
}

// checkExists checks that the record that an input names at path exists, and reports whether it is archived. typ is the
// GraphQL type of the table's records.
func (u *unitOfWork) checkExists(ctx context.Context, path string, id model.ID, typ, table string) (archived bool, err error) {
	if found, known := u.batch.record(table, id.Key); known {
		if found == nil || id.Type != typ {
			u.addError(path, notFound, "does not exist")
			return false, nil
		}
		return *found, nil
	}
	err = u.QueryRow(ctx, `SELECT archived_at IS NOT NULL FROM canonical.`+table+`
		WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, id.Key).Scan(&archived)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && id.Type != typ:
		u.addError(path, notFound, "does not exist")
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look up %s: %w", path, err)
	}
	return archived, nil
}

// checkLive checks that the record that an input names at path exists and is not archived; an archived one is named by its
// id.
func (u *unitOfWork) checkLive(ctx context.Context, path string, id model.ID, typ, table string) error {
	archived, err := u.checkExists(ctx, path, id, typ, table)
	if archived {
		u.Errors = append(u.Errors, model.UserError{Path: path, Code: state, Message: "is archived", RecordID: &id})
	}
	return err
}

// byID indexes rows by their key.
func byID[K comparable, T any](rows []T, key func(T) K) map[K]T {
	index := make(map[K]T, len(rows))
	for _, row := range rows {
		index[key(row)] = row
	}
	return index
}

// matchSaved returns the saved row that an entry of a list names by its id, or an empty row if the entry is new. It
// removes the row from saved, so that a second entry of the same id is a user error.
func matchSaved[T any](u *unitOfWork, path string, in graphql.Omittable[*model.ID], typ string, saved map[int64]T) T {
	var fresh T
	id := in.Value()
	if id == nil {
		return fresh
	}
	row, found := saved[id.Key]
	if !found || id.Type != typ {
		u.addError(path, notFound, "does not exist here, or is named twice")
		return fresh
	}
	delete(saved, id.Key)
	return row
}

// savedIDs returns the ids of the rows that have one. It is never nil: <> ALL (NULL) matches nothing.
func savedIDs[T any](rows []T, id func(T) *int64) []int64 {
	ids := []int64{}
	for _, row := range rows {
		if saved := id(row); saved != nil {
			ids = append(ids, *saved)
		}
	}
	return ids
}
