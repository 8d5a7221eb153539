package httpserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// answer is what a client got: the status and the body, or an error of the connection.
type answer struct {
	status int
	body   string
	closed bool // the connection ends after this answer
	err    error
}

// fetch sends a request on a connection that it may share with others.
func fetch(client *http.Client, url string) (a answer) {
	w, err := client.Get(url)
	if err != nil {
		return answer{err: err}
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	return answer{w.StatusCode, string(text), w.Close, err}
}

// held is a handler whose requests run until they are released or cancelled.
type held struct {
	started chan struct{}
	release chan struct{}
}

func (h held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "hold" {
		_, _ = io.WriteString(w, "at once")
		return
	}
	h.started <- struct{}{}
	select {
	case <-h.release:
		_, _ = io.WriteString(w, "finished")
	case <-r.Context().Done():
		if errors.Is(context.Cause(r.Context()), http.ErrServerClosed) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
}

// draining starts a server with so many held requests and tells it to stop. wait returns their answers and how long Serve
// went on; hurry ends the drain.
func draining(t *testing.T, drain time.Duration, requests int) (base, admin string, h held, hurry func(), wait func() ([]answer, time.Duration)) {
	t.Helper()
	h = held{make(chan struct{}, requests), make(chan struct{})}
	second := make(chan struct{})
	c := config()
	c.GraphQL, c.Drain, c.Hurry = h, drain, second
	base, admin, stop := serveBoth(t, c)
	answers := make([]answer, requests)
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			answers[i] = fetch(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, base+"/graphql?hold")
		})
	}
	for range requests {
		<-h.started
	}
	begin, took, failed := time.Now(), time.Duration(0), error(nil)
	all.Go(func() { failed = stop(); took = time.Since(begin) })
	return base, admin, h, func() { close(second) }, func() ([]answer, time.Duration) {
		all.Wait()
		if failed != nil {
			t.Error(failed)
		}
		return answers, took
	}
}

// notReady waits until /readyz says that the process is stopping.
func notReady(t *testing.T, client *http.Client, base string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		a := fetch(client, base+"/readyz")
		if a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "draining") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("/readyz of a stopping server: %+v", a)
		}
	}
}

// While a server drains it is not ready, but answers; requests that run meanwhile end by themselves. A second signal ends
// the drain and cuts none of them.
func TestDrain(t *testing.T) {
	t.Parallel()
	base, admin, h, hurry, wait := draining(t, time.Hour, 20)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	notReady(t, client, base)
	notReady(t, client, admin)
	for range 5 {
		if a := fetch(client, base+"/graphql"); a.status != http.StatusOK || a.body != "at once" || !a.closed {
			t.Errorf("a request of the drain is answered %+v", a)
		}
	}
	hurry()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if a := fetch(client, base+"/graphql"); a.err != nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("connections are accepted after the drain")
		}
	}
	close(h.release)
	answers, _ := wait()
	for _, a := range answers {
		if a.err != nil || a.body != "finished" {
			t.Errorf("a running request got %+v", a)
		}
	}
}

// A request that does not end is told so at the end: it is answered, not cut off.
func TestDrainCancels(t *testing.T) {
	t.Parallel()
	_, _, _, _, wait := draining(t, 0, 3)
	answers, took := wait()
	for _, a := range answers {
		if a.err != nil || a.status != http.StatusServiceUnavailable {
			t.Errorf("a cancelled request got %+v", a)
		}
	}
	if took < time.Second {
		t.Errorf("running requests had %v", took)
	}
}
