package live

import (
	"context"
	"strings"
)

// Everything is the name of what an owner waits for who has read canonical tables themselves: any of them.
const Everything = "canonical.*"

// canonicalPrefix begins the names of canonical tables in announcements; read models have no schema there.
const canonicalPrefix = "canonical."

// Needs is what was read of an organization: of each read model its keys, or all of it where there are none; and canonical
// tables, as canonical.NAME, or Everything.
type Needs map[string][]int64

// maxHeard is how many announcements are kept for a watch whose owner reads; with more it is woken in any case.
const maxHeard = 1000

// Watch waits for changes of one organization. Its owner calls Begin before it reads, and Done with what it has read; Woken
// has an element when that may have changed since. It is woken when it is made, and when the hub begins to listen.
type Watch struct {
	hub          *Hub
	organization int64
	woken        chan struct{}

	// Under the hub's mutex:
	needs  Needs
	heard  []change // while its owner reads
	closed bool
}

// Watch makes a watch, to be closed by its owner.
func (h *Hub) Watch(organization int64) *Watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.newWatch(organization)
}

// newWatch is Watch under the mutex.
func (h *Hub) newWatch(organization int64) *Watch {
	w := &Watch{hub: h, organization: organization, woken: make(chan struct{}, 1)}
	w.wake()
	if h.all[organization] == nil {
		h.all[organization] = map[*Watch]struct{}{}
	}
	h.all[organization][w] = struct{}{}
	if !h.asking && h.interrupt != nil {
		h.interrupt() // so that the hub asks
	}
	return w
}

// interruptBy lets a new watch end a wait for announcements by cancel, and does so if there is one already that needs it.
func (h *Hub) interruptBy(cancel context.CancelFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.interrupt = cancel
	if len(h.all) > 0 && !h.asking {
		cancel()
	}
}

// Woken is the channel to wait on.
func (w *Watch) Woken() <-chan struct{} { return w.woken }

func (w *Watch) wake() { signal(w.woken) }

// Begin says that the owner begins to read.
func (w *Watch) Begin() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	w.heard = nil
	if h := w.hub; h.reading[w.organization] == nil {
		h.reading[w.organization] = map[*Watch]struct{}{w: {}}
	} else {
		h.reading[w.organization][w] = struct{}{}
	}
}

// Done says what the owner has read since Begin. nil keeps what it has waited for before: it has read nothing.
func (w *Watch) Done(needs Needs) {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	heard := w.heard
	w.heard = nil
	remove(h.reading, w)
	if w.closed || needs == nil {
		return
	}
	if !same(w.needs, needs) {
		h.forget(w)
		w.needs = needs
		h.remember(w)
	}
	for _, c := range heard {
		if len(heard) == maxHeard || needs.touchedBy(c) {
			w.wake()
			return
		}
	}
}

// Close ends the watch.
func (w *Watch) Close() {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	w.closed = true
	h.forget(w)
	remove(h.all, w)
	remove(h.reading, w)
	if len(h.all) == 0 && h.interrupt != nil {
		h.interrupt() // so that the hub knows how long there is none
	}
}

// remove takes a watch out of those of its organization.
func remove(from map[int64]map[*Watch]struct{}, w *Watch) {
	delete(from[w.organization], w)
	if len(from[w.organization]) == 0 {
		delete(from, w.organization)
	}
}

// touchedBy reports whether a change is one of what was read.
func (n Needs) touchedBy(c change) bool {
	if c.relation == "" {
		return true
	}
	if _, ok := n[Everything]; ok && strings.HasPrefix(c.relation, canonicalPrefix) {
		return true
	}
	keys, read := n[c.relation]
	if !read || len(keys) == 0 || c.key == 0 {
		return read
	}
	for _, key := range keys {
		if key == c.key {
			return true
		}
	}
	return false
}

func same(a, b Needs) bool {
	if len(a) != len(b) {
		return false
	}
	for name, keys := range a {
		others, ok := b[name]
		if !ok || len(keys) != len(others) {
			return false
		}
		known := make(map[int64]struct{}, len(keys))
		for _, key := range keys {
			known[key] = struct{}{}
		}
		for _, key := range others {
			if _, ok := known[key]; !ok {
				return false
			}
		}
	}
	return true
}

// allKeys are the keys of what is waited for as a whole.
var allKeys = []int64{0}

// remember adds a watch to those that wait.
func (h *Hub) remember(w *Watch) {
	relations := h.waiting[w.organization]
	if relations == nil {
		relations = map[string]map[int64]map[*Watch]struct{}{}
		h.waiting[w.organization] = relations
	}
	for name, keys := range w.needs {
		if relations[name] == nil {
			relations[name] = map[int64]map[*Watch]struct{}{}
		}
		if len(keys) == 0 {
			keys = allKeys
		}
		for _, key := range keys {
			if relations[name][key] == nil {
				relations[name][key] = map[*Watch]struct{}{}
			}
			relations[name][key][w] = struct{}{}
		}
	}
}

// forget takes it from them.
func (h *Hub) forget(w *Watch) {
	relations := h.waiting[w.organization]
	for name, keys := range w.needs {
		if len(keys) == 0 {
			keys = allKeys
		}
		for _, key := range keys {
			delete(relations[name][key], w)
			if len(relations[name][key]) == 0 {
				delete(relations[name], key)
			}
		}
		if len(relations[name]) == 0 {
			delete(relations, name)
		}
	}
	if len(relations) == 0 {
		delete(h.waiting, w.organization)
	}
}

// announced wakes the watches that wait for a change, and keeps it for those whose owners read.
func (h *Hub) announced(c change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.organization == 0 {
		for organization := range h.all {
			h.announceTo(organization, c)
		}
		return
	}
	h.announceTo(c.organization, c)
}

func (h *Hub) announceTo(organization int64, c change) {
	if c.relation == "" {
		wakeAll(h.all[organization])
		return
	}
	for w := range h.reading[organization] {
		if len(w.heard) < maxHeard {
			w.heard = append(w.heard, c)
		}
	}
	relations := h.waiting[organization]
	if strings.HasPrefix(c.relation, canonicalPrefix) {
		wakeAll(relations[Everything][0])
	}
	of := relations[c.relation]
	if c.key != 0 {
		wakeAll(of[0])
		wakeAll(of[c.key])
		return
	}
	for _, watches := range of {
		wakeAll(watches)
	}
}

// wakeEverybody wakes all watches, under the mutex.
func (h *Hub) wakeEverybody() {
	for _, watches := range h.all {
		wakeAll(watches)
	}
}

func wakeAll(watches map[*Watch]struct{}) {
	for w := range watches {
		w.wake()
	}
}
