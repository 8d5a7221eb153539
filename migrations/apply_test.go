package migrations_test

import (
	"testing"

	"daybook/internal/pgtest"
	"daybook/migrations"
)

// A file that gets no lock, or is ended to resolve a deadlock, is run again: nothing of it has happened.
func TestLocksAreAwaitedPatiently(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	for _, condition := range []string{"lock_not_available", "deadlock_detected"} {
		runs := 0
		err := migrations.Patiently(t.Context(), func() error {
			if runs++; runs > 1 {
				return nil
			}
			_, err := pool.Exec(t.Context(), "DO $$ BEGIN RAISE '' USING ERRCODE = '"+condition+"'; END $$")
			return err
		})
		if err != nil || runs != 2 {
			t.Errorf("%s: run %d times: %v", condition, runs, err)
		}
	}
}
