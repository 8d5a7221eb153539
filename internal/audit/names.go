package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// DB is what the package reads from: a pool, a connection or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// selectNames looks up what records are called, each by its key.
const selectNames = `
	SELECT wanted.relation, wanted.organization_id, wanted.id, found.name
	FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS wanted (relation, organization_id, id)
	CROSS JOIN LATERAL (
		SELECT name FROM canonical.users AS r WHERE wanted.relation = 'users' AND r.id = wanted.id
		UNION ALL SELECT full_name FROM canonical.people AS r
			WHERE wanted.relation = 'people' AND (r.organization_id, r.id) = (wanted.organization_id, wanted.id)
		UNION ALL SELECT replace(CASE WHEN number IS NULL THEN 'draft ' ELSE '' END || kind, '_', ' ') || coalesce(' ' || number, '')
			FROM canonical.documents AS r
			WHERE wanted.relation = 'documents' AND (r.organization_id, r.id) = (wanted.organization_id, wanted.id)
		UNION ALL SELECT code || ' ' || name FROM canonical.accounts AS r
			WHERE wanted.relation = 'accounts' AND (r.organization_id, r.id) = (wanted.organization_id, wanted.id)
		UNION ALL SELECT name FROM canonical.stores AS r
			WHERE wanted.relation = 'stores' AND (r.organization_id, r.id) = (wanted.organization_id, wanted.id)
		UNION ALL SELECT name FROM canonical.channels AS r
			WHERE wanted.relation = 'channels' AND (r.organization_id, r.id) = (wanted.organization_id, wanted.id)
		OFFSET 0) AS found`

// tell makes the texts of events, with the names of all their references looked up in one statement. For each event
// it returns a text or, in the other list, an error; the last error says that nothing could be looked up.
func tell(ctx context.Context, db DB, events []Event) (texts []string, failed []error, err error) {
	wanted := map[reference]bool{}
	for i := range events {
		// What fails here fails again below.
		_, _ = events[i].text(func(r reference) string { wanted[r] = true; return "" })
	}
	called, err := lookUp(ctx, db, wanted)
	if err != nil {
		return nil, nil, err
	}
	texts, failed = make([]string, len(events)), make([]error, len(events))
	for i := range events {
		texts[i], failed[i] = events[i].text(func(r reference) string { return called[r] })
	}
	return texts, failed, nil
}

func lookUp(ctx context.Context, db DB, wanted map[reference]bool) (names, error) {
	called := names{}
	if len(wanted) == 0 {
		return called, nil
	}
	var relations []string
	var organizations, ids []int64
	for r := range wanted {
		relations = append(relations, r.relation)
		organizations, ids = append(organizations, r.organizationID), append(ids, r.id)
	}
	rows, _ := db.Query(ctx, selectNames, relations, organizations, ids)
	var r reference
	var name string
	_, err := pgx.ForEachRow(rows, []any{&r.relation, &r.organizationID, &r.id, &name}, func() error {
		called[r] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up the names in the texts of events: %w", err)
	}
	return called, nil
}
