package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// DB is a pool, a connection or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// selectNames looks up the names of records by their keys.
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

// makeTexts makes the texts of events and looks up the names of all their references in one statement. For each event it
// returns a text or, in failed, an error. err says that the look-up failed.
func makeTexts(ctx context.Context, db DB, events []Event) (texts []string, failed []error, err error) {
	wanted := map[reference]bool{}
	for i := range events {
		// This execution only collects references; an error occurs again below.
		_, _ = events[i].text(func(r reference) string { wanted[r] = true; return "" })
	}
	found, err := lookUp(ctx, db, wanted)
	if err != nil {
		return nil, nil, err
	}
	texts, failed = make([]string, len(events)), make([]error, len(events))
	for i := range events {
		texts[i], failed[i] = events[i].text(func(r reference) string { return found[r] })
	}
	return texts, failed, nil
}

// lookUp returns the names of the wanted records.
func lookUp(ctx context.Context, db DB, wanted map[reference]bool) (names, error) {
	found := names{}
	if len(wanted) == 0 {
		return found, nil
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
		found[r] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up the names in the texts of events: %w", err)
	}
	return found, nil
}
