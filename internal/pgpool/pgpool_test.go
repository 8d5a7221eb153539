package pgpool_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The pinned settings override those of the database, the role and the URL.
func TestSettingsArePinned(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	admin := pgtest.Superuser(t, pgtest.Open(t, url, pgpool.Options{}))
	for _, set := range []string{"TimeZone TO 'Asia/Kathmandu'", "DateStyle TO 'German'", "search_path TO pg_catalog", "jit TO on", "random_page_cost TO 4"} {
		if _, err := admin.Exec(t.Context(), "ALTER ROLE "+pglocal.Role+" IN DATABASE "+admin.Config().Database+" SET "+set); err != nil {
			t.Fatal(err)
		}
	}
	url += "&TimeZone=Europe/Berlin&extra_float_digits=-3&options=-c%20intervalstyle%3Diso_8601"
	pool := pgtest.Open(t, url, pgpool.Options{GenericPlans: true, IndexPlans: true, ApplicationName: "a test", MaxConns: 3})
	for name, want := range map[string]string{
		"TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "search_path": "public",
		"extra_float_digits": "1", "jit": "off", "random_page_cost": "1.1", "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "application_name": "a test",
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			if err := pool.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	if got := pool.Config().MaxConns; got != 3 {
		t.Errorf("at most %d connections", got)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	var plan, application string
	const sql = "SELECT current_setting('plan_cache_mode'), current_setting('application_name')"
	if err := pool.QueryRow(t.Context(), sql).Scan(&plan, &application); err != nil {
		t.Fatal(err)
	}
	if plan != "auto" || application != "daybook" {
		t.Errorf("plan_cache_mode %s, application_name %s", plan, application)
	}
}

// A statement that takes longer than the pool allows is cancelled, and the connection stays usable.
func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	pool := pgtest.Open(t, pgtest.URL(t), pgpool.Options{Limits: pgpool.Limits{Statement: 50 * time.Millisecond}, MaxConns: 1})
	_, err := pool.Exec(t.Context(), "SELECT pg_sleep(60)")
	if cancelled := new(pgconn.PgError); !errors.As(err, &cancelled) || cancelled.Code != pgerrcode.QueryCanceled {
		t.Errorf("the error is %v", err)
	}
	if _, err := pool.Exec(t.Context(), "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func TestOpenFailsAtOnce(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"postgres://%zz":                         "database URL",
		"postgres:///x?host=" + t.TempDir():      "connect to database",
		pgtest.URL(t) + "&no_such_setting=maybe": "connect to database",
	} {
		t.Run(want+": "+url, func(t *testing.T) {
			if pool, err := pgpool.Open(t.Context(), url, pgpool.Options{}); err == nil {
				pool.Close()
				t.Error("opened")
			} else if !strings.Contains(err.Error(), want) {
				t.Error(err)
			}
		})
	}
}
