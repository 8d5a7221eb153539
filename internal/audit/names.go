package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/jackc/pgx/v5"
)

// DB is a pool, a connection or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// nameOf is the SQL that makes the name of a record from its columns, for each table whose records texts name. column stands
// for the function or the prefix that gives a column's text.
var nameOf = map[string]func(column func(string) string) string{
	"users":    named,
	"people":   func(column func(string) string) string { return column("full_name") },
	"stores":   named,
	"tills":    named,
	"channels": named,
	"accounts": func(column func(string) string) string { return column("code") + ` || ' ' || ` + column("name") },
	"documents": func(column func(string) string) string {
		return `replace(CASE WHEN ` + column("number") + ` IS NULL THEN 'draft ' ELSE '' END || ` + column("kind") + `, '_', ' ')
			|| coalesce(' ' || ` + column("number") + `, '')`
	},
}

func named(column func(string) string) string { return column("name") }

// selectNames looks up what records were called when an event happened, and before which event they were called so. The first
// later event of a record has its former values; a record without one is still as it was, or was deleted before, and then its
// last event has its values.
var selectNames = sync.OnceValue(func() string {
	var arms []string
	for _, relation := range slices.Sorted(maps.Keys(nameOf)) {
		name := nameOf[relation]
		key, table := `= wanted.organization_id`, `(r.organization_id, r.id) = (wanted.organization_id, wanted.id)`
		if relation == "users" {
			key, table = `IS NULL`, `r.id = wanted.id`
		}
		events := func(values, condition, order string) string {
			return `(SELECT e.id, ` + values + ` AS name FROM audit.events AS e WHERE wanted.relation = '` + relation + `' AND e.relation = '` + relation + `'
				AND e.organization_id ` + key + ` AND e.row_id = wanted.id::text AND e.id ` + condition + ` wanted.event ORDER BY e.id ` + order + ` LIMIT 1)`
		}
		former := name(func(column string) string {
			return `(CASE WHEN e.changes ? '` + column + `' THEN e.changes -> '` + column + `' ->> 0 ELSE e.snapshot ->> '` + column + `' END)`
		})
		last := name(func(column string) string { return `(e.snapshot ->> '` + column + `')` })
		present := name(func(column string) string { return `r.` + column })
		arms = append(arms, `SELECT 1 AS arm, later.id AS before, later.name FROM `+events(former, ">", "ASC")+` AS later
			UNION ALL SELECT 2, NULL, `+present+` FROM canonical.`+relation+` AS r WHERE wanted.relation = '`+relation+`' AND `+table+`
			UNION ALL SELECT 3, NULL, earlier.name FROM `+events(last, "<=", "DESC")+` AS earlier`)
	}
	return `SELECT wanted.relation, wanted.organization_id, wanted.id, wanted.event, found.before, found.name
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS wanted (relation, organization_id, id, event)
		CROSS JOIN LATERAL (SELECT before, name FROM (` + strings.Join(arms, "\n\t\tUNION ALL ") + `) AS known ORDER BY arm LIMIT 1) AS found`
})

// makeTexts makes the texts of events and looks up the names of all their references together. For each event it
// returns a text or, in failed, an error. err says that the look-up failed.
func makeTexts(ctx context.Context, db DB, events []Event) (texts []string, failed []error, err error) {
	texts, failed = make([]string, len(events)), make([]error, len(events))
	rows := make([]map[string]any, len(events))
	wanted, asked := map[reference]bool{}, false
	t := teller{bound: map[string]*template.Template{}, find: func(r reference) string { wanted[r], asked = true, true; return "" }}
	var naming []int // the places of texts with names, which are made again once these are known
	for i := range events {
		if err := decode(events[i].Snapshot, &rows[i]); err != nil {
			failed[i] = events[i].textError(err)
			continue
		}
		asked = false
		if texts[i], failed[i] = t.text(&events[i], rows[i]); asked {
			naming = append(naming, i)
		}
	}
	found, err := lookUp(ctx, db, wanted)
	if err != nil {
		return nil, nil, err
	}
	t.find = func(r reference) string { return found[r] }
	for _, i := range naming {
		texts[i], failed[i] = t.text(&events[i], rows[i])
	}
	return texts, failed, nil
}

// lookUpRounds is how many statements lookUp makes at most.
const lookUpRounds = 3

// lookUp returns the names of the wanted records, each as it was at an event. It asks for a record once, at the first of its
// events, as long as the record was not changed between them: a thousand sales are of one store.
func lookUp(ctx context.Context, db DB, wanted map[reference]bool) (names, error) {
	left := slices.SortedFunc(maps.Keys(wanted), func(a, b reference) int {
		return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.organizationID, b.organizationID), cmp.Compare(a.id, b.id), cmp.Compare(a.event, b.event))
	})
	found := names{}
	for round := 1; len(left) > 0; round++ {
		var asked, later []reference
		for i, r := range left {
			if round < lookUpRounds && i > 0 && r.record() == left[i-1].record() {
				later = append(later, r)
			} else {
				asked = append(asked, r)
			}
		}
		// By record, the name at the event that was asked for; it is the name at all events before another one.
		type name struct {
			text   string
			before int64
		}
		answers := map[reference]name{}
		err := selectRecordNames(ctx, db, asked, func(r reference, text string, before *int64) {
			found[r] = text
			if before == nil {
				before = new(int64(math.MaxInt64))
			}
			answers[r.record()] = name{text, *before}
		})
		if err != nil {
			return nil, err
		}
		left = slices.DeleteFunc(later, func(r reference) bool {
			answer, known := answers[r.record()]
			if known && r.event < answer.before {
				found[r] = answer.text
				return true
			}
			return !known // a record of which nothing is known has no name at any of the events
		})
	}
	return found, nil
}

func selectRecordNames(ctx context.Context, db DB, asked []reference, each func(r reference, name string, before *int64)) error {
	var relations []string
	var organizations, ids, events []int64
	for _, r := range asked {
		relations = append(relations, r.relation)
		organizations, ids, events = append(organizations, r.organizationID), append(ids, r.id), append(events, r.event)
	}
	rows, _ := db.Query(ctx, selectNames(), relations, organizations, ids, events)
	var r reference
	var before *int64
	var name string
	_, err := pgx.ForEachRow(rows, []any{&r.relation, &r.organizationID, &r.id, &r.event, &before, &name}, func() error {
		each(r, name, before)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up the names in the texts of events: %w", err)
	}
	return nil
}
