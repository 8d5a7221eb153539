package main

import (
	"cmp"
	"fmt"

	"github.com/urfave/cli/v3"
)

// poolSizes are the most connections of each pool of a process. The managed server accepts 100 in all.
type poolSizes struct{ requests, writes, loaders, jobs, refreshes int32 }

// Connections of what a process does not do itself: it still asks whether it is ready, inserts and shows jobs, and shows how far
// the read models are.
const (
	probeConns  = 2
	insertConns = 3
	statusConns = 2
)

// requestPoolFlags are the flags for the pools that answer requests.
func requestPoolFlags() []cli.Flag {
	return []cli.Flag{
		poolFlag("pool-requests", "DAYBOOK_POOL_REQUESTS", 12, 2, "pages and reports"),
		poolFlag("pool-writes", "DAYBOOK_POOL_WRITES", 8, 2, "mutations, which hold one while they wait for each other"),
		poolFlag("pool-loaders", "DAYBOOK_POOL_LOADERS", 12, 2, "nested reads"),
	}
}

// jobPoolFlags are the flags for the pools that work jobs.
func jobPoolFlags() []cli.Flag {
	return []cli.Flag{
		poolFlag("pool-jobs", "DAYBOOK_POOL_JOBS", 10, 4, "jobs: two are held while the process runs"),
		poolFlag("pool-refreshes", "DAYBOOK_POOL_REFRESHES", 6, 2, "read models: up to five are refreshed at once"),
	}
}

func poolFlag(name, variable string, size, least int, what string) cli.Flag {
	return &cli.IntFlag{
		Name: name, Value: size, Sources: cli.EnvVars(variable),
		Usage: "use up to `N` connections of the database for " + what,
		Validator: func(n int) error {
			if n < least || n > 1000 {
				return fmt.Errorf("must be from %d to 1000", least)
			}
			return nil
		},
	}
}

// servingPools are the sizes for a process that answers requests, and works jobs if it has the flags for them.
func servingPools(cmd *cli.Command) poolSizes {
	size := func(name string) int32 { return int32(cmd.Int(name)) }
	return poolSizes{size("pool-requests"), size("pool-writes"), size("pool-loaders"), cmp.Or(size("pool-jobs"), insertConns), cmp.Or(size("pool-refreshes"), statusConns)}
}

// workingPools are the sizes for a process that only works jobs.
func workingPools(cmd *cli.Command) poolSizes {
	return poolSizes{probeConns, probeConns, probeConns, int32(cmd.Int("pool-jobs")), int32(cmd.Int("pool-refreshes"))}
}

// commandPools are the sizes for a command that uses several pools and ends.
var commandPools = poolSizes{requests: 4, writes: 8, loaders: 2, jobs: insertConns, refreshes: statusConns}
