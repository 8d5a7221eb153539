package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// granted lists the privileges of the application's role on the tables of each schema. Triggers write marks and audit events
// with the privileges of the role that changes a row, hence the INSERTs. No privilege lets the role write a stored copy,
// change an event, or truncate a table.
var granted = []struct{ schema, privileges string }{
	{"canonical", "SELECT, INSERT, UPDATE, DELETE"},
	{"source", "SELECT"},
	{"pending", "SELECT"},
	{"dirty", "SELECT"},
	{"exact", "SELECT"},
	{"projection", "SELECT"},
	{"engine", "SELECT"},
	{"marks", "SELECT, INSERT"},
	{"audit", "SELECT, INSERT"},
	{RiverSchema, "SELECT, INSERT, UPDATE, DELETE"},
}

// Admit lets role, which must exist, read everything and write the rows that the API writes, in the database at url; also
// in tables that later migrations create. url is the owner's, as for Up, which comes first. It may be repeated.
//
// The owner of a table can switch off its triggers, and with them period locks, audit and marks. A role that was admitted
// cannot: it owns nothing, creates nothing, not even for a session, and what its rows must obey holds for it without a way
// around. A role that could become the owner, or a superuser, is refused.
func Admit(ctx context.Context, url, role string) error {
	return with(ctx, url, func(pool *pgxpool.Pool, db *sql.DB) error {
		return locked(ctx, db, func() error {
			return patiently(ctx, func() error {
				if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return admit(ctx, tx, role) }); err != nil {
					return fmt.Errorf("admit the role %s: %w", role, err)
				}
				return nil
			})
		})
	})
}

func admit(ctx context.Context, tx pgx.Tx, role string) error {
	var database string
	var owner bool
	err := tx.QueryRow(ctx, `SELECT current_database(), rolsuper OR pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = $1`, role).
		Scan(&database, &owner)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errors.New("it does not exist: CREATE ROLE makes it")
	case err != nil:
		return err
	case owner:
		return errors.New("it must be neither a superuser, nor the owner of the tables or one of its members")
	}
	quote := func(name string) string { return pgx.Identifier{name}.Sanitize() }
	to := " TO " + quote(role)
	statements := []string{
		// Triggers on a temporary table of its own would let the role act as if it were one of ours.
		"REVOKE TEMPORARY ON DATABASE " + quote(database) + " FROM PUBLIC",
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"GRANT SELECT ON " + VersionTable + ", " + BaselineTable + to,
	}
	for _, g := range granted {
		statements = append(statements,
			"GRANT USAGE ON SCHEMA "+g.schema+to,
			"GRANT "+g.privileges+" ON ALL TABLES IN SCHEMA "+g.schema+to,
			"ALTER DEFAULT PRIVILEGES IN SCHEMA "+g.schema+" GRANT "+g.privileges+" ON TABLES"+to)
		if strings.Contains(g.privileges, "INSERT") {
			statements = append(statements,
				"GRANT USAGE ON ALL SEQUENCES IN SCHEMA "+g.schema+to,
				"ALTER DEFAULT PRIVILEGES IN SCHEMA "+g.schema+" GRANT USAGE ON SEQUENCES"+to)
		}
	}
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
