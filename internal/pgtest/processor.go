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

// Backends returns the ids of the server's processes that serve connections to pool's database now, from this pool and
// from any other.
func Backends(t testing.TB, pool *pgxpool.Pool) []int {
	t.Helper()
	// Only a superuser sees the processes of other roles.
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

// ProcessorTime returns the processor time that this process and the given ones have used so far. It skips the benchmark
// on a system without /proc.
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
