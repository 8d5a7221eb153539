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
)

// ErrEarlierDraft reports that a database was made by files of the baseline that were edited since. It is left as it is:
// there is no way from one draft of the schema to the next.
var ErrEarlierDraft = errors.New("the database holds an earlier draft of Daybook's schema, and drafts are not migrated: " +
	"use a new database (with daybook dev, another --data-dir), and daybook export of the version that made this one for what is to be kept")

// BaselineTable holds one row: the hash of the baseline that the database was made by.
const BaselineTable = "public.daybook_baseline"

// afterBaseline is the number from which on files add to the baseline instead of being a part of it.
const afterBaseline = "0200"

// Baseline returns the hash of the names and contents of all files that are part of the baseline, in hexadecimal.
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

// rower is a pool, a connection or a transaction.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// ofBaseline fails with ErrEarlierDraft where the database has some of our files, but of another baseline.
func ofBaseline(ctx context.Context, db rower) error {
	var migrated, recorded bool
	err := db.QueryRow(ctx, `SELECT to_regclass('`+VersionTable+`') IS NOT NULL, to_regclass('`+BaselineTable+`') IS NOT NULL`).Scan(&migrated, &recorded)
	if err != nil {
		return fmt.Errorf("look for the baseline: %w", err)
	}
	switch {
	case recorded:
		var hash string
		if err := db.QueryRow(ctx, `SELECT hash FROM `+BaselineTable).Scan(&hash); err != nil {
			return fmt.Errorf("read the baseline: %w", err)
		}
		if hash != Baseline() {
			return ErrEarlierDraft
		}
	case migrated:
		// Status alone makes an empty table of versions.
		if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+VersionTable+` WHERE version_id > 0)`).Scan(&migrated); err != nil {
			return fmt.Errorf("look for the baseline: %w", err)
		}
		if migrated {
			return ErrEarlierDraft
		}
	}
	return nil
}

// recordBaseline notes in a database without any of our files by which baseline it is about to be made.
func recordBaseline(ctx context.Context, tx pgx.Tx) error {
	for _, sql := range []string{
		`CREATE TABLE IF NOT EXISTS ` + BaselineTable + ` (hash text NOT NULL, one boolean PRIMARY KEY DEFAULT true CHECK (one))`,
		`COMMENT ON TABLE ` + BaselineTable + ` IS 'The hash of the migrations that made this database, those below number ` + afterBaseline + `.'`,
		`INSERT INTO ` + BaselineTable + ` (hash) VALUES ('` + Baseline() + `') ON CONFLICT DO NOTHING`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("record the baseline: %w", err)
		}
	}
	return nil
}
