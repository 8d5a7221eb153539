package csvfile

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress is a bar on a terminal. A nil Progress draws nothing.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress draws how much of total is done, if w is a terminal; else it returns nil. A total of -1 is not known, and
// only what is done is shown. Bytes are shown as such; everything else as plain numbers.
func NewProgress(w io.Writer, label string, total int64, bytes bool) *Progress {
	if !Terminal(w) {
		return nil
	}
	return &Progress{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(label), progressbar.OptionShowBytes(bytes),
		progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())}
}

// Set says how much is done.
func (p *Progress) Set(done int64) {
	if p != nil {
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}

// Clear takes the bar off the screen, before something else is written; the next Set draws it again.
func (p *Progress) Clear() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// Terminal says whether somebody looks at w.
func Terminal(w any) bool {
	file, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(file.Fd()))
}
