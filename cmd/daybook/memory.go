package main

import (
	"os"
	"runtime/debug"
)

const (
	// gcPercent trades memory for time: requests make much garbage, and little of the heap is live. Lists of invoices
	// cost about 40 % less CPU than with Go's default of 100.
	gcPercent = 800
	// memoryLimit bounds the memory that gcPercent may use. Near it the collector runs more often; nothing fails.
	memoryLimit = 1 << 30
)

// tuneMemory sets up the garbage collector of a long-running process. GOGC and GOMEMLIMIT in the environment take
// precedence.
func tuneMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
