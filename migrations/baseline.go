package migrations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrEarlierDraft reports that a database was made by files of the baseline that have been edited since. Nothing is changed
// in such a database: no migration leads from one draft of the schema to the next.
var ErrEarlierDraft = errors.New("the database was made by an earlier draft of Daybook's schema, which cannot be brought up to this version: " +
	"begin anew in an empty database (daybook dev --fresh does, or give another --data-dir); " +
	"daybook export of the version that made it writes accounts and documents that daybook import reads")

// ErrForeign reports that a database holds tables which are not Daybook's.
var ErrForeign = errors.New("the database is neither empty nor Daybook's")

// Admissible returns ErrForeign, with the name of a table, if the database holds tables and no migration of Daybook was
// applied to it.
func Admissible(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var table string
	err = conn.QueryRow(ctx, `
		SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
			AND to_regclass('`+VersionTable+`') IS NULL
			AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
		ORDER BY 1 LIMIT 1`).Scan(&table)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look at the database: %w", err)
	}
	return fmt.Errorf("%w: it has %s", ErrForeign, table)
}

// BaselineTable holds one row: the hash of the baseline that the database was made by.
const BaselineTable = "public.daybook_baseline"

// afterBaseline is the first number of the files that add to the baseline instead of being part of it.
const afterBaseline = "0200"

// Baseline returns the hash of the names and contents of all files of the baseline, in hexadecimal.
var Baseline = sync.OnceValue(func() string {
	hash := sha256.New()
	names, err := fs.Glob(files, "*.sql")
	for _, name := range names { // sorted
		if name >= afterBaseline {
			break
		}
		var content []byte
		if content, err = fs.ReadFile(files, name); err != nil {
			break
		}
		fmt.Fprintf(hash, "%s %d\n", name, len(content))
		hash.Write(content)
	}
	if err != nil { // the files are embedded
		panic(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
})

// checkBaseline fails with ErrEarlierDraft if files of another baseline were applied to the database. fresh is whether
// none was applied yet.
func checkBaseline(ctx context.Context, pool *pgxpool.Pool) (fresh bool, err error) {
	var migrated, recorded bool
	err = pool.QueryRow(ctx, `SELECT to_regclass('`+VersionTable+`') IS NOT NULL, to_regclass('`+BaselineTable+`') IS NOT NULL`).Scan(&migrated, &recorded)
	if err != nil {
		return false, fmt.Errorf("look for the baseline: %w", err)
	}
	if migrated { // a table of versions may be empty: Status creates it
		err = pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+VersionTable+` WHERE version_id > 0)`).Scan(&migrated)
		if err != nil {
			return false, fmt.Errorf("look for migrations: %w", err)
		}
	}
	switch {
	case !migrated:
		return true, nil
	case !recorded:
		return false, ErrEarlierDraft
	}
	var hash string
	if err := pool.QueryRow(ctx, `SELECT hash FROM `+BaselineTable).Scan(&hash); err != nil {
		return false, fmt.Errorf("read the baseline: %w", err)
	}
	if hash != Baseline() {
		return false, ErrEarlierDraft
	}
	return false, nil
}

// recordBaseline notes the baseline in a database to which no file was applied yet.
func recordBaseline(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`CREATE TABLE IF NOT EXISTS ` + BaselineTable + ` (hash text NOT NULL, only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row))`,
			`COMMENT ON TABLE ` + BaselineTable + ` IS 'The hash of the migrations below ` + afterBaseline + ` that this database was made by.'`,
			`INSERT INTO ` + BaselineTable + ` (hash) VALUES ('` + Baseline() + `') ON CONFLICT (only_row) DO UPDATE SET hash = excluded.hash`,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("record the baseline: %w", err)
			}
		}
		return nil
	})
}
