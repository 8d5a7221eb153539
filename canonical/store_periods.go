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

// storePeriod is one row of a store's hours, exceptions or day parts as it will be saved; the JSON form is what the SQL
// reads.
type storePeriod struct {
	Name    string      `json:"name"`    // of a day part
	Weekday int         `json:"weekday"` // of hours: 1 is Monday
	Date    *model.Date `json:"on_date"` // of exceptions
	Closed  bool        `json:"closed"`
	Reason  string      `json:"reason"`
	Start   *int        `json:"start_minute"` // nil where closed
	Length  *int        `json:"length_minutes"`
}

// circle collects periods that must not overlap on a clock that comes round after length minutes.
type circle struct {
	length int
	arcs   []arc
}

// arc is one period of a circle, from 1 minute to 24 hours long.
type arc struct {
	path          string
	start, length int
}

// add notes at the path of a period what is wrong with it: its length, or the first period before it that it overlaps.
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

// after is how many minutes b begins after a.
func (c *circle) after(a, b arc) int { return ((b.start-a.start)%c.length + c.length) % c.length }

// checkCount tells whether a list is short enough to be looked at, and notes one that is not.
func (u *unitOfWork) checkCount(path string, entries int) bool {
	if entries > maxRows {
		u.addError(path, invalid, "must not be more than %d", maxRows)
	}
	return entries <= maxRows
}

// replacement is the statements that replace a store's rows from a date on. Each takes the organization, the store,
// the date (null: always) and the new rows as JSON. Rows that stay the same are left alone, so that nothing that
// follows from them is computed anew.
type replacement []string

// replacePeriods runs the statements, and counts the store's version when one of them changed something. The caller holds the
// store's row, so replacements of one store follow each other.
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
