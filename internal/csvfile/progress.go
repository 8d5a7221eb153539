package csvfile

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress is a bar on a terminal. A nil Progress draws nothing.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress returns a bar that shows on w how much of total is done, or nil if w is not a terminal. A total of -1 is
// unknown: only what is done is shown. If bytes is set, the numbers are shown as bytes.
func NewProgress(w io.Writer, label string, total int64, bytes bool) *Progress {
	if !Terminal(w) {
		return nil
	}
	return &Progress{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(label), progressbar.OptionShowBytes(bytes),
		progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())}
}

// Set sets how much is done.
func (p *Progress) Set(done int64) {
	if p != nil {
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}

// Clear removes the bar from the screen, so that other output can be written; the next Set draws it again.
func (p *Progress) Clear() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// Terminal reports whether w is a terminal.
func Terminal(w any) bool {
	file, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(file.Fd()))
}
