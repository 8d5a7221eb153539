package canonical

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// storePeriod is one row of a store's hours, exceptions or day parts to save; the SQL reads its JSON form.
type storePeriod struct {
	Name    string      `json:"name"`    // of a day part
	Weekday int         `json:"weekday"` // of hours: 1 is Monday
	Date    *model.Date `json:"on_date"` // of exceptions
	Closed  bool        `json:"closed"`
	Reason  string      `json:"reason"`
	Start   *int        `json:"start_minute"` // nil where closed
	Length  *int        `json:"length_minutes"`
}

// circle checks that periods do not overlap on a clock that starts again after length minutes.
type circle struct {
	length int
	arcs   []arc
}

// arc is one period of a circle, from 1 minute to 24 hours long.
type arc struct {
	path          string
	start, length int
}

// add checks the length of a period, and that it overlaps no period that was added before. One whose start could not be read
// overlaps none.
func (c *circle) add(u *unitOfWork, path string, start, length int) {
	if length < 1 || length > dayMinutes {
		u.addError(path+".lengthMinutes", invalid, "must be from 1 minute to 24 hours")
		return
	}
	if u.isUnread(path + ".start") {
		return
	}
	added := arc{path, start, length}
	for _, other := range c.arcs {
		if c.after(other, added) < other.length || c.after(added, other) < added.length {
			u.addError(path+".start", invalid, "overlaps %s", other.path)
			break
		}
	}
	c.arcs = append(c.arcs, added)
}

// after returns how many minutes b begins after a, going round.
func (c *circle) after(a, b arc) int { return ((b.start-a.start)%c.length + c.length) % c.length }

// checkCount checks that a list has at most maxRows entries, and reports it: a longer list is not checked further.
func (u *unitOfWork) checkCount(path string, entries int) bool {
	if entries > maxRows {
		u.addError(path, invalid, "must not be more than %d", maxRows)
	}
	return entries <= maxRows
}

// window is the local dates for which a set of periods is replaced: from one, included, to another, excluded; nil has no
// bound.
type window struct{ from, until *model.Date }

// replaced returns the dates for which an input replaces the periods of a table. from is today at the store if the input
// leaves it out, null for all dates. to is the last date; if the input leaves it out, the window ends where the next change
// is planned, after today and after from, so that what is planned stays; null has no end.
func (u *unitOfWork) replaced(ctx context.Context, table string, store store, from, to graphql.Omittable[*model.Date]) (window, error) {
	w := window{from: u.effectiveFrom(from, store.Today)}
	last, given := to.ValueOK()
	switch {
	case given && last != nil:
		if u.checkDay("effectiveTo", *last) && w.from != nil && last.Before(w.from.Time) {
			u.addError("effectiveTo", invalid, "must not be before %s, from when it holds", w.from)
		}
		w.until = new(last.AddDays(1))
		return w, nil
	case given:
		return w, nil
	}
	err := u.QueryRow(ctx, `SELECT min(bound) FROM canonical.`+table+`, LATERAL (VALUES (lower(valid)), (upper(valid))) AS change (bound)
		WHERE organization_id = $1 AND store_id = $2 AND bound > GREATEST($3::date, $4::date)`,
		u.actor.OrganizationID, store.ID, w.from, store.Today).Scan(&w.until)
	if err != nil {
		return w, fmt.Errorf("look for what is planned in %s: %w", table, err)
	}
	return w, nil
}

// replacement are the statements that replace a store's rows. Each takes the organization, the store, the new rows as JSON,
// and the dates that it names. Rows that stay the same are not written, so that nothing that depends on them is computed
// anew.
type replacement []string

// replaceValid returns the replacement of a table's rows in a window of dates, $4 to $5: what is valid before or after
// the window stays. The columns, given with their types, tell one period from another. A period that goes on at a bound of the
// window becomes one row, so that every bound in the table is a change: what was planned and is taken back leaves none.
func replaceValid(table string, columns ...string) replacement {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i], _, _ = strings.Cut(column, " ")
	}
	of := func(alias string) string { return alias + "." + strings.Join(names, ", "+alias+".") }
	fresh := `jsonb_to_recordset($3) AS new (` + strings.Join(columns, ", ") + `)`
	const dates = `daterange($4, $5)`
	kept := `(valid @> ` + dates + ` AND EXISTS (SELECT FROM ` + fresh + ` WHERE (` + of("new") + `) = (` + of("old") + `)))`
	return replacement{`
		DELETE FROM canonical.` + table + ` AS old
		WHERE organization_id = $1 AND store_id = $2 AND valid <@ ` + dates + ` AND NOT ` + kept, `
		WITH cut AS MATERIALIZED (
			SELECT id, ARRAY(SELECT piece FROM unnest(datemultirange(valid) - datemultirange(` + dates + `)) AS piece ORDER BY piece) AS pieces
			FROM canonical.` + table + ` AS old
			WHERE organization_id = $1 AND store_id = $2 AND valid && ` + dates + ` AND NOT ` + kept + `),
		shortened AS (
			UPDATE canonical.` + table + ` AS old SET valid = cut.pieces[1] FROM cut
			WHERE organization_id = $1 AND old.id = cut.id RETURNING cut.pieces, ` + of("old") + `),
		continued AS (
			INSERT INTO canonical.` + table + ` (organization_id, store_id, valid, ` + strings.Join(names, ", ") + `)
			SELECT $1, $2, pieces[2], ` + strings.Join(names, ", ") + ` FROM shortened WHERE pieces[2] IS NOT NULL)
		SELECT FROM shortened`, `
		INSERT INTO canonical.` + table + ` (organization_id, store_id, valid, ` + strings.Join(names, ", ") + `)
		SELECT $1, $2, ` + dates + `, ` + of("new") + ` FROM ` + fresh + `
		WHERE NOT EXISTS (
			SELECT FROM canonical.` + table + ` AS old WHERE organization_id = $1 AND store_id = $2
				AND valid @> ` + dates + ` AND (` + of("new") + `) = (` + of("old") + `))`, `
		WITH adjacent AS (
			DELETE FROM canonical.` + table + ` AS old
			WHERE organization_id = $1 AND store_id = $2 AND (lower(valid) IN ($4, $5) OR upper(valid) IN ($4, $5))
				AND EXISTS (SELECT FROM ` + fresh + ` WHERE (` + of("new") + `) = (` + of("old") + `))
				AND EXISTS (
					SELECT FROM canonical.` + table + ` AS other WHERE organization_id = $1 AND store_id = $2
						AND other.valid -|- old.valid AND (` + of("other") + `) = (` + of("old") + `))
			RETURNING valid, ` + of("old") + `)
		INSERT INTO canonical.` + table + ` (organization_id, store_id, valid, ` + strings.Join(names, ", ") + `)
		SELECT $1, $2, unnest(range_agg(valid)), ` + strings.Join(names, ", ") + ` FROM adjacent GROUP BY ` + strings.Join(names, ", "),
	}
}

// replacePeriods runs the statements, and gives the store a new version if one of them changed a row. The caller has
// locked the store, so that two replacements of one store run one after the other.
func (u *unitOfWork) replacePeriods(ctx context.Context, storeID int64, rows []storePeriod, statements replacement, dates ...*model.Date) error {
	if rows == nil {
		rows = []storePeriod{}
	}
	args := []any{u.actor.OrganizationID, storeID, rows}
	for _, date := range dates {
		args = append(args, date)
	}
	batch := &pgx.Batch{}
	var changed int64
	for _, sql := range statements {
		batch.Queue(sql, args...)
	}
	results := u.SendBatch(ctx, batch)
	for range statements {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return fmt.Errorf("replace periods of store %d: %w", storeID, err)
		}
		changed += tag.RowsAffected()
	}
	if err := results.Close(); err != nil {
		return fmt.Errorf("replace periods of store %d: %w", storeID, err)
	}
	if changed == 0 {
		return nil
	}
	_, err := u.Exec(ctx, `UPDATE canonical.stores SET version = version + 1 WHERE organization_id = $1 AND id = $2`, u.actor.OrganizationID, storeID)
	if err != nil {
		return fmt.Errorf("count the version of store %d: %w", storeID, err)
	}
	return nil
}
