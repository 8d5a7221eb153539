package projection

import (
	"slices"
	"strings"
	"sync"
)

// Report says how one projection was read in a request.
type Report struct {
	Projection string `json:"projection"`
	// Read is "exact", or "stored" if any read returned stored rows without looking at marks,
	// or stored rows of keys that are dirty or set aside.
	Read string `json:"read"`
	// Reason says why Read is "stored": "mode" (the request asked for it), "within" (it asked for
	// what is at most so old), "backlog" (too many dirty keys), "error" (a dirty row cannot be computed) or "quarantine" (everything is
	// exact except the keys in Quarantined). Empty if Read is "exact".
	Reason string `json:"reason,omitempty"`
	// DirtyKeys is the largest number of dirty keys that one read computed from the source.
	// With the reason "backlog" it is a lower bound, or 0 if there were too many marks to
	// count their keys. A reader that is bound to stores is told 0: the keys may be of any store,
	// and their number says how much is written in the others.
	DirtyKeys int `json:"dirtyKeys"`
	// Quarantined lists keys of the organization whose source row cannot be computed, at most
	// 20. If such a key was returned, its stored row was.
	Quarantined []string `json:"quarantined,omitempty"`
}

// Freshness collects reports, and if it is to note uses, what was read. The zero value is ready, and safe for concurrent use.
type Freshness struct {
	// NoteUses says that Uses is asked for. It is set before the first read.
	NoteUses bool

	mu      sync.Mutex
	reports []Report
	uses    map[string]*Uses
}

// Uses says what was read of one projection: some keys, or All, which may be anything.
type Uses struct {
	Keys map[int64]struct{}
	All  bool
}

// Uses returns what was read, by the projection's name; nil without NoteUses. Whoever wants to know whether an answer still holds
// must read again when these keys are marked. It is not to be called while reads are under way.
func (f *Freshness) Uses() map[string]*Uses { return f.uses }

// uses notes that keys of a projection are read; all of it if keys is nil.
func (r *Reader) uses(name string, keys []int64) {
	f := r.Freshness
	if f == nil || !f.NoteUses {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uses == nil {
		f.uses = map[string]*Uses{}
	}
	read := f.uses[name]
	if read == nil {
		read = &Uses{}
		f.uses[name] = read
	}
	if keys == nil {
		read.All, read.Keys = true, nil
	}
	if read.All {
		return
	}
	if read.Keys == nil {
		read.Keys = make(map[int64]struct{}, len(keys))
	}
	for _, key := range keys {
		read.Keys[key] = struct{}{}
	}
}

// add merges a report into the one that its projection has already: "stored" outlasts "exact".
// It does nothing on nil.
func (f *Freshness) add(r Report) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.reports, func(old Report) bool { return old.Projection == r.Projection })
	if i < 0 {
		f.reports = append(f.reports, r)
		return
	}
	old := f.reports[i]
	if old.Read == "stored" {
		r.Read, r.Reason = old.Read, old.Reason
	}
	r.DirtyKeys = max(r.DirtyKeys, old.DirtyKeys)
	if len(r.Quarantined) == 0 {
		r.Quarantined = old.Quarantined
	}
	f.reports[i] = r
}

// Reports returns one report for each projection that was read, sorted by its name.
func (f *Freshness) Reports() []Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := append(make([]Report, 0, len(f.reports)), f.reports...)
	slices.SortFunc(out, func(a, b Report) int { return strings.Compare(a.Projection, b.Projection) })
	return out
}

// Clean reports whether all reads were exact, and found nothing dirty.
func (f *Freshness) Clean() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.reports {
		if r.Read != "exact" || r.DirtyKeys > 0 {
			return false
		}
	}
	return true
}

// status is what an exact statement returns about itself beside every row.
type status struct {
	dirty       int  // dirty keys of the organization that it found
	overflow    bool // there are more than it computes; it returned stored rows instead
	quarantined []string
}

func (s *status) targets() []any { return []any{&s.dirty, &s.overflow, &s.quarantined} }

// incomplete reports whether an exact statement that ended with err did not answer exactly:
// too much is dirty, or one of the dirty rows cannot be computed. The rows that were asked
// for may still be computed from the source view.
func (s *status) incomplete(err error) bool { return err == nil && s.overflow || Poisoned(err) }

// report records a read that is exact but for the keys that are set aside.
func (r *Reader) report(name string, s status) {
	if len(s.quarantined) > 0 && r.Stores == nil {
		r.reportStored(name, "quarantine", s)
		return
	}
	if s.dirty > 0 {
		reads.count(name, "source", "dirty")
	} else {
		reads.count(name, "exact", "clean")
	}
	r.tell(Report{Projection: name, Read: "exact"}, s)
}

func (r *Reader) reportStored(name, reason string, s status) {
	reads.count(name, "stored", reason)
	if reason == "backlog" || reason == "error" {
		staleReads.warn(r, name, reason)
	}
	r.tell(Report{Projection: name, Read: "stored", Reason: reason}, s)
}

// tell adds a report, with what a statement found out about the organization's keys unless the reader is bound to stores: they are
// keys of any store.
func (r *Reader) tell(report Report, s status) {
	if r.Stores == nil {
		report.DirtyKeys, report.Quarantined = s.dirty, s.quarantined
	}
	r.Freshness.add(report)
}
