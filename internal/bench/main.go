// Command bench measures a daybook server as its callers see it: requests over HTTP to a process of its own, beside a plain
// server that sends the same data by fixed statements, the bare statements and, if asked for, PostGraphile, all on the same
// rows and in turn in one run. What it prints is Markdown: ratios within the run with their spread, and processor time, since
// requests a second say as much about the machine as about the program.
//
//	go run ./internal/bench                           100 000 invoices; the data are made once and kept
//	go run ./internal/bench -invoices 1000000         more
//	go run ./internal/bench -parts queries,dirty      some parts only
//
// It needs PostgreSQL's programs, Go, and Linux for processor times. It runs at the root of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// bench is one run.
type bench struct {
	data        *dataset
	binary      string
	invoices    int
	connections int
	rounds      int
	duration    time.Duration
	rate        float64

	plain, exact, stored *target
	postgraphile         *target // nil unless it is asked for
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "plain" {
		runPlain(os.Args[2], os.Args[3])
		return
	}
	cache, _ := os.UserCacheDir()
	b := &bench{}
	flag.IntVar(&b.invoices, "invoices", 100_000, "how many invoices the organization has")
	flag.IntVar(&b.connections, "connections", 16, "connections of a client")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds, in which all servers take their turn")
	flag.DurationVar(&b.duration, "duration", 3*time.Second, "how long a server is measured in a round")
	flag.Float64Var(&b.rate, "rate", 300, "requests a second of the part rate")
	dir := flag.String("cache", filepath.Join(cache, "daybook", "bench"), "directory of data and programs that are kept")
	only := flag.String("parts", strings.Join(partNames(), ","), "what is measured")
	other := flag.String("binary", "", "a daybook `FILE` to measure; built from this tree if empty")
	postgraphile := flag.Bool("postgraphile", false, "measure PostGraphile on the stored rows too; npm installs it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, *dir, *other, strings.Split(*only, ","), *postgraphile); err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

func (b *bench) run(ctx context.Context, dir, binary string, only []string, postgraphile bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if b.binary = binary; binary == "" {
		b.binary = filepath.Join(dir, "daybook")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/daybook").CombinedOutput(); err != nil {
			return fmt.Errorf("build daybook: %w\n%s", err, out)
		}
	}
	var err error
	if b.data, err = openDataset(ctx, dir, b.binary, b.invoices); err != nil {
		return err
	}
	defer b.data.close()
	ctx, stop := context.WithCancel(ctx) // which ends the servers
	defer stop()
	if err := b.start(ctx); err != nil {
		return err
	}
	if postgraphile {
		if b.postgraphile, err = startPostgraphile(ctx, b, dir); err != nil {
			return err
		}
	}
	fmt.Printf("%d invoices of one organization, %d connections, %d rounds of %v on %d CPUs, PostgreSQL on the same machine, %s.\n",
		b.data.invoices, b.connections, b.rounds, b.duration, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	for _, part := range parts {
		for _, name := range only {
			if name != part.name {
				continue
			}
			fmt.Printf("\n### %s\n\n", part.title)
			if err := part.run(ctx, b); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// start starts the servers that every part uses.
func (b *bench) start(ctx context.Context) (err error) {
	if b.plain, err = startTarget(ctx, b, "plain", os.Args[0], "plain", "ADDRESS", b.data.url); err != nil {
		return err
	}
	if b.exact, err = startTarget(ctx, b, "exact", b.binary, "serve", "--log-level", "warn", "--addr", "ADDRESS", "--admin-addr", "ADMIN"); err != nil {
		return err
	}
	stored := *b.exact
	stored.name, stored.mode = "stored", "stored"
	b.stored = &stored
	return nil
}
