package pgtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Backends are the processes that serve the connections to pool's database now, whoever made these.
func Backends(t testing.TB, pool *pgxpool.Pool) []int {
	t.Helper()
	// Only a superuser is told what other roles' processes are.
	rows, err := Superuser(t, pool).Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`)
	if err != nil {
		t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

// ProcessorTime is what this process and the given ones together have computed so far. It skips a benchmark on a
// system that does not tell.
func ProcessorTime(t testing.TB, pids ...int) (total time.Duration) {
	t.Helper()
	for _, pid := range append([]int{os.Getpid()}, pids...) {
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Skipf("no processor times on this system: %v", err)
		}
		for _, task := range tasks {
			// The first field is the time on a processor, in nanoseconds.
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
			if err != nil {
				continue // a thread that has just ended
			}
			first, _, _ := strings.Cut(string(text), " ")
			ns, err := strconv.ParseInt(first, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			total += time.Duration(ns)
		}
	}
	return total
}
