package canonical

import (
	"context"
	"fmt"
	"strings"
)

// row is what to save of one record. An insert and an update write the same columns, so that no field is left out of one
// of them.
type row struct {
	table   string // in the schema canonical
	columns columns
	// fixed are the columns that an insert alone writes.
	fixed columns
	// touch makes an update a new version of the record even if none of the columns changes, because a row that belongs to it
	// does. Otherwise an update that changes nothing leaves the record as it is.
	touch bool
}

// columns are the names of columns, each with its value.
type columns []struct {
	name  string
	value any
}

// save inserts a row of the actor's organization if id is 0, or queues the update of the row with this id, and returns its
// id.
func (u *unitOfWork) save(ctx context.Context, id int64, r row) (int64, error) {
	if id != 0 {
		statement, values := r.update()
		u.queue(statement, append([]any{u.actor.OrganizationID, id}, values...)...)
		return id, nil
	}
	statement, values := r.insert()
	if err := u.QueryRow(ctx, statement, append([]any{u.actor.OrganizationID}, values...)...).Scan(&id); err != nil {
		return 0, fmt.Errorf("save a record of %s: %w", r.table, err)
	}
	return id, nil
}

// insert returns the statement, and its values after the organization.
func (r row) insert() (statement string, values []any) {
	names, places := []string{"organization_id"}, []string{"$1"}
	for _, list := range []columns{r.columns, r.fixed} {
		for _, column := range list {
			values = append(values, column.value)
			names, places = append(names, column.name), append(places, fmt.Sprintf("$%d", len(values)+1))
		}
	}
	return fmt.Sprintf("INSERT INTO canonical.%s (%s) VALUES (%s) RETURNING id", r.table, strings.Join(names, ", "), strings.Join(places, ", ")), values
}

// update returns the statement, and its values after the organization and the id.
func (r row) update() (statement string, values []any) {
	var changes, names, places []string
	for _, column := range r.columns {
		values = append(values, column.value)
		place := fmt.Sprintf("$%d", len(values)+2)
		changes, names, places = append(changes, column.name+" = "+place), append(names, column.name), append(places, place)
	}
	condition := fmt.Sprintf("ROW (%s) IS DISTINCT FROM ROW (%s)", strings.Join(names, ", "), strings.Join(places, ", "))
	if r.touch {
		changes, condition = append(changes, "updated_at = clock_timestamp()"), "true"
	}
	return fmt.Sprintf("UPDATE canonical.%s SET %s WHERE organization_id = $1 AND id = $2 AND %s", r.table, strings.Join(changes, ", "), condition), values
}
