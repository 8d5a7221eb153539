package main

import (
	"errors"

	"github.com/urfave/cli/v3"
)

// poolSizes are the most connections of each pool of a process. The managed server accepts 100 in all.
type poolSizes struct{ requests, writes, loaders, jobs int32 }

// Connections of what a process does not do itself: it still asks whether it is ready, and inserts and shows jobs.
const (
	probeConns  = 2
	insertConns = 4
)

// requestPoolFlags are the flags for the pools that answer requests.
func requestPoolFlags() []cli.Flag {
	return []cli.Flag{
		poolFlag("pool-requests", "DAYBOOK_POOL_REQUESTS", 12, "pages and reports"),
		poolFlag("pool-writes", "DAYBOOK_POOL_WRITES", 8, "mutations, which hold one while they wait for each other"),
		poolFlag("pool-loaders", "DAYBOOK_POOL_LOADERS", 12, "nested reads"),
	}
}

// jobPoolFlag is the flag for the pool that works jobs.
func jobPoolFlag() cli.Flag {
	return poolFlag("pool-jobs", "DAYBOOK_POOL_JOBS", 16, "jobs: refreshes take up to five of them at once")
}

func poolFlag(name, variable string, size int, what string) cli.Flag {
	return &cli.IntFlag{
		Name: name, Value: size, Sources: cli.EnvVars(variable),
		Usage: "use up to `N` connections of the database for " + what,
		Validator: func(n int) error {
			if n < 2 || n > 1000 {
				return errors.New("must be from 2 to 1000")
			}
			return nil
		},
	}
}

// servingPools are the sizes for a process that answers requests, and works jobs if it has the flag for them.
func servingPools(cmd *cli.Command) poolSizes {
	size := func(name string) int32 { return int32(cmd.Int(name)) }
	sizes := poolSizes{size("pool-requests"), size("pool-writes"), size("pool-loaders"), insertConns}
	if jobs := size("pool-jobs"); jobs > 0 {
		sizes.jobs = jobs
	}
	return sizes
}

// workingPools are the sizes for a process that only works jobs.
func workingPools(cmd *cli.Command) poolSizes {
	return poolSizes{probeConns, probeConns, probeConns, int32(cmd.Int("pool-jobs"))}
}

// commandPools are the sizes for a command that uses several pools and ends.
var commandPools = poolSizes{requests: 4, writes: 8, loaders: 2, jobs: insertConns}
