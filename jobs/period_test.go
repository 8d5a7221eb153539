package jobs_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/jobs"
	"daybook/projection"
)

// tellers makes a client of its own pool, with whatever tells of changes, that looks every so often whether there is something to
// tell; 0 is as often as a server does. It is not started.
func (f *fixture) tellers(every time.Duration) (*fixture, *statements) {
	f.t.Helper()
	seen := &statements{}
	pool := pgtest.Open(f.t, f.pool.Config().ConnString(), pgpool.Options{MaxConns: 8, Tracer: seen})
	client, err := jobs.NewClient(pool, projection.New(pool, nil), jobs.Config{Work: true, Logger: slog.New(slog.DiscardHandler),
		SweepEvery: time.Hour, FeedEvery: every, TextsEvery: every, Webhooks: &jobs.Webhooks{}, Notifications: &jobs.Notifications{}})
	if err != nil {
		f.t.Fatal(err)
	}
	return &fixture{t: f.t, pool: pool, client: client}, seen
}

// reprice changes a product, each time.
const reprice = `UPDATE canonical.products SET unit_price = unit_price + 1 WHERE id = 1`

// last returns the number of the last job of the kind, 0 without any.
func (f *fixture) last(args river.JobArgs) string {
	f.t.Helper()
	return f.text(`SELECT COALESCE(max(id), 0)::text FROM river.river_job WHERE kind = '` + args.Kind() + `'`)
}

// follows waits for a job of the kind after that with the number.
func (f *fixture) follows(args river.JobArgs, last string) {
	f.t.Helper()
	f.eventually(5*time.Second, `SELECT (count(*) > 0)::text FROM river.river_job WHERE kind = '`+args.Kind()+`' AND id > `+last, "true")
}

// rest waits until no job that tells of changes is inserted any more, for half a second.
func (f *fixture) rest() (lastFeed, lastTexts string) {
	f.t.Helper()
	// Open transactions of other tests on the server hold the feed back.
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		feed, texts := f.last(jobs.FeedArgs{}), f.last(jobs.TextsArgs{})
		time.Sleep(500 * time.Millisecond)
		if lastFeed, lastTexts = f.last(jobs.FeedArgs{}), f.last(jobs.TextsArgs{}); feed == lastFeed && texts == lastTexts {
			return feed, texts
		}
	}
	f.t.Fatal("jobs are inserted though there is nothing for them to do")
	return "", ""
}

// resting starts a server with a client that has told everything, and looks as often as a server does.
func resting(t *testing.T) (f, server *fixture) {
	t.Helper()
	f = start(t, time.Hour)
	server, _ = f.tellers(0)
	server.work()
	f.eventually(time.Minute, textless, "0")
	f.rest()
	return f, server
}

// toldAll reads whether a job that tells of changes has ended after the last event.
const toldAll = `SELECT (count(*) > 0)::text FROM river.river_job WHERE kind = 'feed' AND state = 'completed' AND finalized_at > (SELECT max(occurred_at) FROM audit.events)`

// A period in which nothing is to be told inserts no job. Of several servers one looks; whatever is written then is told.
func TestPeriodsWithNothingToTell(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	one, seenByOne := f.tellers(20 * time.Millisecond)
	two, seenByTwo := f.tellers(20 * time.Millisecond)
	one.work()
	two.work()
	// What was written before the workers came is told.
	f.eventually(time.Minute, textless, "0")
	f.eventually(time.Minute, `SELECT (count(*) > 0)::text FROM canonical.notification_positions WHERE event_id > 0 OR transaction > '0'`, "true")
	lastFeed, lastTexts := f.rest()
	for what, begin := range map[string]string{"the feed": "SELECT EXISTS (SELECT FROM canonical.live_webhooks", "texts": "SELECT (SELECT true FROM audit.textless"} {
		if looking := len(seenByOne.about(begin)) + len(seenByTwo.about(begin)); looking != 1 {
			t.Errorf("%d of two servers look for %s", looking, what)
		}
	}
	f.exec(reprice)
	f.follows(jobs.FeedArgs{}, lastFeed)
	f.follows(jobs.TextsArgs{}, lastTexts)
	f.rest()
}

// A change is told a second after it was committed, also after a long rest, and though a worker has died with a job that was to tell it.
func TestToldWithinASecond(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f, server := resting(t)
	for range 3 {
		last := f.last(jobs.FeedArgs{})
		f.exec(reprice)
		f.follows(jobs.FeedArgs{}, last)
		if late := f.text(`SELECT (min(created_at) - (SELECT max(occurred_at) FROM audit.events))::text FROM river.river_job WHERE kind = 'feed' AND id > ` + last); late > "00:00:02" {
			t.Errorf("told after %s", late)
		}
		f.rest()
	}
	died, err := server.client.Insert(t.Context(), jobs.FeedArgs{}, &river.InsertOpts{ScheduledAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.pool.Exec(t.Context(), `UPDATE river.river_job SET state = 'running', attempt = 1, attempted_by = '{died}', attempted_at = now() WHERE id = $1`, died.Job.ID); err != nil {
		t.Fatal(err)
	}
	f.exec(reprice)
	f.eventually(10*time.Second, toldAll, "true")
}

// What is committed while the workers hear of nothing is told too, within the five seconds after which a job is inserted and announced
// anew.
func TestToldThoughNobodyListened(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f, _ := resting(t)
	if cut := f.text(`SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`); cut == "0" {
		t.Error("nobody listened")
	}
	f.exec(reprice)
	f.eventually(15*time.Second, toldAll, "true")
}
