package canonical

import (
	"context"
	"fmt"

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

// add checks the length of a period, and that it overlaps no period that was added before.
func (c *circle) add(u *unitOfWork, path string, start, length int) {
	if length < 1 || length > dayMinutes {
		u.addError(path+".lengthMinutes", invalid, "must be from 1 minute to 24 hours")
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

// replacement are the statements that replace a store's rows from a date on. Each takes the organization, the store, the
// date (null: all dates) and the new rows as JSON. Rows that stay the same are not written, so that nothing that depends
// on them is computed anew.
type replacement []string

// replacePeriods runs the statements, and gives the store a new version if one of them changed a row. The caller has
// locked the store, so that two replacements of one store run one after the other.
func (u *unitOfWork) replacePeriods(ctx context.Context, storeID int64, from *model.Date, rows []storePeriod, statements replacement) error {
	if rows == nil {
		rows = []storePeriod{}
	}
	batch := &pgx.Batch{}
	var changed int64
	for _, sql := range statements {
		batch.Queue(sql, u.actor.OrganizationID, storeID, from, rows)
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
