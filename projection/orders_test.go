package projection_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

// A script is what one session does: SQL, step by step. $O stands for the organization.
type script struct {
	name  string
	steps []string
}

// A scenario is a few sessions that may meet. Every order of their steps is played in an organization of its own, and
// compared after each step that ends a transaction, and at rest.
type scenario struct {
	name    string
	scripts []script
	// points lists the places inside the engine's functions at which a session stops, which divide one statement into
	// several steps; see pauses.
	points []int
	// world adds to the small world.
	world string
	// slow says that an order takes seconds.
	slow bool
}

// stage plays the orders of one scenario, in a database of its own.
type stage struct {
	scenario
	pool         *pgxpool.Pool
	control      *pgx.Conn // watches the sessions, holds the gates of their pauses and compares
	actors       []*actor
	organization int
	seeded       int
	log          []string // the steps of the order that is being played, as they end
}

// actor is a session.
type actor struct {
	number  int
	conn    *pgx.Conn
	script  script
	begun   int // steps of the script that were begun
	state   state
	stopped int // the point at which it stops, in the state stopped
	result  chan error
}

type state int

const (
	idle state = iota
	running
	waiting // for a lock of another session
	stopped // at a point
	ended
)

// difference is the error of an order that shows a mistake.
type difference struct{ error }

// diverged is the error of an order in which a session could not go on where it could before.
var errDiverged = errors.New("the order diverged from the one it repeats")

func newStage(t *testing.T, s scenario) *stage {
	t.Helper()
	ctx, pool := t.Context(), pgtest.Pool(t)
	run(ctx, t, pool, smallWorld)
	for _, p := range pauses {
		rewrite(ctx, t, pool, p.function, p.pattern, p.replacement)
	}
	run(ctx, t, pool, s.world)
	st := &stage{scenario: s, pool: pool, control: connect(t, pool)}
	for i, script := range s.scripts {
		a := &actor{number: i + 1, conn: connect(t, pool), script: script, result: make(chan error, 1)}
		if _, err := a.conn.Exec(ctx, fmt.Sprintf("SET interleaving.session = '%d'", a.number)); err != nil {
			t.Fatal(err)
		}
		st.actors = append(st.actors, a)
	}
	return st
}

func connect(t *testing.T, pool *pgxpool.Pool) *pgx.Conn {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// choice is one decision of an order: who could go on, and who did.
type choice struct {
	enabled []int
	chosen  int
}

// play plays one order, in which choose picks each time one of the sessions that can go on.
func (st *stage) play(ctx context.Context, choose func(depth int, enabled []int) (int, error)) (order []choice, err error) {
	if err := st.begin(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.end(context.WithoutCancel(ctx))) }()
	for {
		enabled := st.enabled()
		if len(enabled) == 0 {
			if !slices.ContainsFunc(st.actors, func(a *actor) bool { return a.state == waiting }) {
				break
			}
			// All wait for each other: PostgreSQL ends one of them.
			if err := st.awaitDeadlock(ctx); err != nil {
				return order, err
			}
			continue
		}
		chosen, err := choose(len(order), enabled)
		if err != nil {
			return order, err
		}
		order = append(order, choice{enabled, chosen})
		if err := st.step(ctx, st.actors[chosen]); err != nil {
			return order, err
		}
	}
	return order, st.atRest(ctx)
}

// enabled lists the sessions that can go on. Of sessions with the same script that have not begun it is the first alone:
// the order in which they begin makes no difference.
func (st *stage) enabled() (list []int) {
	for i, a := range st.actors {
		symmetric := a.begun == 0 && slices.ContainsFunc(st.actors[:i], func(b *actor) bool {
			return b.begun == 0 && slices.Equal(b.script.steps, a.script.steps)
		})
		if (a.state == idle || a.state == stopped) && !symmetric {
			list = append(list, i)
		}
	}
	return list
}

// step lets a session go on until its step ends, stops at a point or waits; then it looks whether others go on for that.
func (st *stage) step(ctx context.Context, a *actor) error {
	if a.state == stopped {
		a.state = running
		if _, err := st.control.Exec(ctx, "SELECT pg_advisory_unlock($1::int, $2::int)", a.number, a.stopped); err != nil {
			return err
		}
	} else {
		sql := strings.ReplaceAll(a.script.steps[a.begun], "$O", fmt.Sprint(st.organization))
		a.begun++
		a.state = running
		go func() {
			_, err := a.conn.PgConn().Exec(ctx, sql).ReadAll()
			a.result <- err
		}()
	}
	if err := st.settle(ctx, a); err != nil {
		return err
	}
	// What ended may have freed others, which may free others again.
	for again := true; again; {
		again = false
		for _, b := range st.actors {
			if b.state != waiting {
				continue
			}
			b.state = running
			if err := st.settle(ctx, b); err != nil {
				return err
			}
			again = again || b.state != waiting
		}
	}
	return nil
}

// settle waits until it is known what became of a running session.
func (st *stage) settle(ctx context.Context, a *actor) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		select {
		case err := <-a.result:
			return st.finish(ctx, a, err)
		case <-time.After(pause):
		}
		var gated bool
		var blocked bool
		var point *int
		err := st.control.QueryRow(ctx, `SELECT pg_backend_pid() = ANY (b), cardinality(b) > 0, (SELECT objid::int FROM pg_locks WHERE pid = $1 AND NOT granted AND locktype = 'advisory' AND objsubid = 2)
			FROM pg_blocking_pids($1) AS b`, int32(a.conn.PgConn().PID())).Scan(&gated, &blocked, &point)
		switch {
		case err != nil:
			return err
		case gated && point != nil:
			a.state, a.stopped = stopped, *point
			st.log = append(st.log, fmt.Sprintf("%s stops at %d", a.script.name, *point))
			return nil
		case blocked && !gated:
			a.state = waiting
			return nil
		}
	}
}

// finish notes the end of a session's step. One that fails to serialize or is ended in a deadlock does no more.
func (st *stage) finish(ctx context.Context, a *actor, err error) error {
	a.state = idle
	if a.begun == len(a.script.steps) {
		a.state = ended
	}
	note := a.script.name + ": " + a.script.steps[a.begun-1]
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		a.state = ended
		note += " — " + failure.Message
		if _, err := a.conn.PgConn().Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
			return err
		}
		switch {
		case failure.Code == differs:
			st.log = append(st.log, note)
			return difference{errors.New(failure.Message)}
		case failure.Code != "40001" && failure.Code != "40P01":
			return fmt.Errorf("%s: %w", note, err)
		}
	} else if err != nil {
		return err
	}
	st.log = append(st.log, note)
	if a.conn.PgConn().TxStatus() != 'I' {
		return nil // nothing was committed
	}
	return st.compare(ctx, "SELECT interleaving.compare($1)")
}

// awaitDeadlock waits until PostgreSQL has ended one of the sessions that wait for each other.
func (st *stage) awaitDeadlock(ctx context.Context) error {
	for range 1000 {
		for _, a := range st.actors {
			if a.state != waiting {
				continue
			}
			select {
			case err := <-a.result:
				if err := st.finish(ctx, a, err); err != nil {
					return err
				}
				for _, b := range st.actors {
					if b.state == waiting {
						b.state = running
						if err := st.settle(ctx, b); err != nil {
							return err
						}
					}
				}
				return nil
			case <-time.After(time.Millisecond):
			}
		}
	}
	return errors.New("all sessions wait, and none is ended")
}

// compare runs a statement that returns an array of differences.
func (st *stage) compare(ctx context.Context, sql string) error {
	var found []string
	if err := st.control.QueryRow(ctx, sql, st.organization).Scan(&found); err != nil {
		return err
	}
	if len(found) > 0 {
		return difference{errors.New(strings.Join(found, "\n"))}
	}
	return nil
}

// atRest absorbs what is marked and compares the stored copies with the source views.
func (st *stage) atRest(ctx context.Context) error {
	st.log = append(st.log, "at rest")
	return st.compare(ctx, "SELECT interleaving.compare_at_rest($1)")
}

// seeds is how many organizations are made at a time.
const seeds = 200

// seed makes the organizations of the next orders.
func (st *stage) seed(ctx context.Context) error {
	if _, err := st.control.Exec(ctx, "SELECT interleaving.seed(o) FROM generate_series($1::int, $2::int) o", st.seeded+1, st.seeded+seeds); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	st.seeded += seeds
	return nil
}

// begin gives the next order an organization of its own, and closes the gates of the points.
func (st *stage) begin(ctx context.Context) error {
	if st.organization++; st.organization > st.seeded {
		if err := st.seed(ctx); err != nil {
			return err
		}
	}
	for _, a := range st.actors {
		a.begun, a.state = 0, idle
		for _, point := range st.points {
			if _, err := st.control.Exec(ctx, "SELECT pg_advisory_lock($1::int, $2::int)", a.number, point); err != nil {
				return err
			}
		}
	}
	st.log = nil
	return nil
}

// end opens all gates and ends what a failed order has left.
func (st *stage) end(ctx context.Context) error {
	if _, err := st.control.Exec(ctx, "SELECT pg_advisory_unlock_all()"); err != nil {
		return err
	}
	for _, a := range st.actors {
		if a.state == running || a.state == waiting || a.state == stopped {
			if _, err := st.control.Exec(ctx, "SELECT pg_cancel_backend($1)", int32(a.conn.PgConn().PID())); err != nil {
				return err
			}
			<-a.result //nolint:errcheck // it was cancelled
		}
		// A session that was cancelled may hold its gate.
		if _, err := a.conn.PgConn().Exec(ctx, "ROLLBACK; SELECT pg_advisory_unlock_all()").ReadAll(); err != nil {
			return err
		}
	}
	return nil
}

// repeat plays the order that chooses so, and returns what it finds.
func (st *stage) repeat(ctx context.Context, order []int) error {
	_, err := st.play(ctx, func(depth int, enabled []int) (int, error) {
		if depth >= len(order) {
			return enabled[0], nil
		}
		if !slices.Contains(enabled, order[depth]) {
			return 0, errDiverged
		}
		return order[depth], nil
	})
	return err
}

// explore plays all orders, by depth first, until one finds a difference. It returns how many it has played, and the order
// that found it.
func (st *stage) explore(ctx context.Context) (played int, failing []int, err error) {
	var prefix []choice
	for {
		var order []choice
		for attempt := 0; ; attempt++ {
			order, err = st.play(ctx, func(depth int, enabled []int) (int, error) {
				if depth >= len(prefix) {
					return enabled[0], nil
				}
				if !slices.Equal(prefix[depth].enabled, enabled) {
					return 0, errDiverged
				}
				return prefix[depth].chosen, nil
			})
			// A session may wait for a moment for a lock that has nothing to do with the order, of the server's own.
			if !errors.Is(err, errDiverged) || attempt == 5 {
				break
			}
		}
		played++
		if err != nil {
			return played, chosen(order), err
		}
		for prefix = order; ; prefix = prefix[:len(prefix)-1] {
			if len(prefix) == 0 {
				return played, nil, nil
			}
			last := &prefix[len(prefix)-1]
			if next := slices.Index(last.enabled, last.chosen) + 1; next < len(last.enabled) {
				last.chosen = last.enabled[next]
				break
			}
		}
	}
}

// sample plays orders at random until one finds a difference.
func (st *stage) sample(ctx context.Context, r *rand.Rand, orders int) (failing []int, err error) {
	for range orders {
		order, err := st.play(ctx, func(_ int, enabled []int) (int, error) { return enabled[r.IntN(len(enabled))], nil })
		if err != nil {
			return chosen(order), err
		}
	}
	return nil, nil
}

func chosen(order []choice) (list []int) {
	for _, c := range order {
		list = append(list, c.chosen)
	}
	return list
}

// describe is what an order did, for whoever must understand it.
func (st *stage) describe(order []int, err error) string {
	log := regexp.MustCompile(`\s+`).ReplaceAllString(strings.Join(st.log, "|~|"), " ")
	return fmt.Sprintf("order %#v of organization %d:\n\t%s\n\t%v", order, st.organization, strings.ReplaceAll(log, "|~|", "\n\t"), err)
}
