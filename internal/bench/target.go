package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// target is a server in a process of its own, or what takes its place.
type target struct {
	name, url, mode string
	admin           string // the address of the metrics, if there are any
	process         *exec.Cmd
	client          *http.Client
	// do answers a query without a server; nil for a server.
	do func(ctx context.Context, q *query, i int) error
}

// startTarget starts a server and waits until it accepts connections. ADDRESS among the arguments is its
// address, HOST and PORT are its parts, ADMIN is another one.
func startTarget(ctx context.Context, b *bench, name, program string, arguments ...string) (*target, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	for i, a := range arguments {
		if value, named := map[string]string{"ADDRESS": address, "ADMIN": admin, "HOST": host, "PORT": port}[a]; named {
			arguments[i] = value
		}
	}
	t := &target{name: name, url: "http://" + address + "/graphql", admin: admin}
	t.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true}}
	t.process = exec.CommandContext(ctx, program, arguments...)
	t.process.Env = append(os.Environ(), "DATABASE_URL="+b.data.url, "GRAPHILE_ENV=production")
	var output bytes.Buffer
	t.process.Stdout, t.process.Stderr = &output, &output
	if err := t.process.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			return t, conn.Close()
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s does not start:\n%s", name, output.String())
		}
	}
}

// freeAddress returns an address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// post sends a body and returns the answer.
func (t *target) post(ctx context.Context, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	if t.mode != "" {
		r.Header.Set("Daybook-Read", t.mode)
	}
	response, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %.500s", t.name, response.StatusCode, text)
	}
	return text, err
}

// request makes the i-th request of a query.
func (t *target) request(ctx context.Context, q *query, i int) error {
	if t.do != nil {
		return t.do(ctx, q, i)
	}
	text, err := t.post(ctx, q.body(t, i))
	if err == nil && bytes.Contains(text[:min(len(text), 200)], []byte(`"errors"`)) {
		err = fmt.Errorf("%s: %.500s", t.name, text)
	}
	return err
}

// data returns the data of an answer with the members of objects sorted.
func (t *target) data(ctx context.Context, q *query, i int) (string, error) {
	text, err := t.post(ctx, q.body(t, i))
	if err != nil {
		return "", err
	}
	var answer struct{ Data any }
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", err
	}
	sorted, err := json.Marshal(answer.Data)
	return string(sorted), err
}

// used returns the processor time of the server so far; that of this process if there is none.
func (t *target) used() time.Duration {
	pid := os.Getpid()
	if t.process != nil {
		pid = t.process.Process.Pid
	}
	return processorTime(pid)
}

// ticks is how long a tick of /proc is.
const ticks = 10 * time.Millisecond

// stat returns fields of /proc/PID/stat from the state on; nil if there is no such process.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

func processorTime(pid int) time.Duration {
	if fields := stat(pid); fields != nil {
		return sum(fields[11:13])
	}
	return 0
}

func sum(fields []string) (total time.Duration) {
	for _, field := range fields {
		n, _ := strconv.Atoi(field)
		total += time.Duration(n) * ticks
	}
	return total
}

// databaseUsed returns the processor time of all processes of the server on the data directory, those that have ended too.
func (d *dataset) databaseUsed() (total time.Duration) {
	postmaster := d.postmaster()
	if fields := stat(postmaster); fields != nil {
		total = sum(fields[11:15])
	}
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if fields := stat(pid); fields != nil && fields[1] == strconv.Itoa(postmaster) {
			total += sum(fields[11:13])
		}
	}
	return total
}

// postmaster returns the id of the server's process.
func (d *dataset) postmaster() int {
	text, _ := os.ReadFile(filepath.Join(d.directory, "cluster", "data", "postmaster.pid"))
	pid, _ := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	return pid
}
