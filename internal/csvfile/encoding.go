package csvfile

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decoder reads a file in UTF-8 or Latin-1 as UTF-8. What it is, where that is not known, the first byte beyond ASCII shows: before
// it both are the same, and it begins a letter in UTF-8 or does not.
type decoder struct {
	in    *bufio.Reader
	form  string // UTF8, Latin1, or empty as long as it is not known
	taken int64  // bytes of the file
	left  []byte // of a letter that did not fit
}

// Read is part of io.Reader.
func (d *decoder) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	for n < len(p) {
		if len(d.left) > 0 {
			m := copy(p[n:], d.left)
			d.left = d.left[m:]
			n += m
			continue
		}
		if n > 0 && d.in.Buffered() == 0 {
			return n, nil
		}
		b, err := d.in.ReadByte()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				return n, nil
			}
			return n, err
		}
		d.taken++
		if b >= utf8.RuneSelf && d.form == "" {
			if d.form = Latin1; d.beginsLetter(b) {
				d.form = UTF8
			}
		}
		if b < utf8.RuneSelf || d.form == UTF8 {
			p[n] = b
			n++
			continue
		}
		d.left = utf8.AppendRune(nil, charmap.Windows1252.DecodeByte(b))
	}
	return n, nil
}

// beginsLetter reports whether a byte and those that follow are a letter in UTF-8.
func (d *decoder) beginsLetter(b byte) bool {
	next, _ := d.in.Peek(utf8.UTFMax - 1)
	r, size := utf8.DecodeRune(append([]byte{b}, next...))
	return r != utf8.RuneError || size > 1
}

// delimiter returns the delimiter that occurs most often outside quotes in the header; a comma if none does.
func delimiter(in *bufio.Reader) rune {
	counts := map[byte]int{}
	quoted := false
	for n := 1; n <= in.Size(); n++ {
		seen, err := in.Peek(n)
		if len(seen) < n || err != nil {
			break
		}
		b := seen[n-1]
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			n = in.Size()
		default:
			counts[b]++
		}
	}
	best := ','
	for _, d := range []byte{';', '\t'} {
		if counts[d] > counts[byte(best)] {
			best = rune(d)
		}
	}
	return best
}
