package main

import (
	"bytes"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// gcPercent trades memory for time: requests make much garbage, and little of the heap is live. Lists of invoices
	// cost about 40 % less CPU than with Go's default of 100.
	gcPercent = 800
	// memoryShare is which part of the machine's memory gcPercent may use: the database has its place beside it. Near the
	// limit the collector runs more often; nothing fails.
	memoryShare = 4
	// leastMemory is the smallest limit. Below it the collector would run all the time.
	leastMemory = 128 << 20
)

// tuneMemory sets up the garbage collector of a long-running process. GOGC and GOMEMLIMIT in the environment take
// precedence.
func tuneMemory() {
	if total := machineMemory("/"); total > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(leastMemory, total/memoryShare))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// machineMemory returns the memory in bytes that this process may use at most, by the files of the system below root: that
// of the machine, or of the control groups that it is in where they allow less. It is 0 where the system does not tell.
func machineMemory(root string) (least int64) {
	read := func(file string) {
		text, err := os.ReadFile(path.Join(root, file))
		if err != nil {
			return
		}
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil && n > 0 && n < least {
			least = n
		}
	}
	text, _ := os.ReadFile(path.Join(root, "proc/meminfo"))
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				least = n << 10
			}
		}
	}
	if least == 0 {
		return 0 // not a system with these files
	}
	groups, _ := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		for group := parts[2]; ; group = path.Dir(group) {
			switch parts[1] {
			case "": // version 2, where max says that there is no limit
				read(path.Join("sys/fs/cgroup", group, "memory.max"))
			case "memory":
				read(path.Join("sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
			}
			if group == "/" || group == "." {
				break
			}
		}
	}
	return least
}
