package csvfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Column is one that a file may have.
type Column struct {
	Name string
	// Required columns must be in the header; the cells may be empty all the same.
	Required bool
}

// ErrorColumn is what Report adds. Every file may have it; nobody reads it.
const ErrorColumn = "error"

// maxRow bounds one row, so that a quote that is never closed does not read the rest of the file into memory.
const maxRow = 1 << 20

// Reader reads rows one after the other; it holds one at a time.
type Reader struct {
	csv    *csv.Reader
	limit  *limit
	header []string
	index  map[string]int
	line   int // of the row before
}

// NewReader reads the header and returns an error that lists everything that is wrong with it: a column that is none of
// columns, one that is there twice, a required one that is missing.
func NewReader(in io.Reader, columns ...Column) (*Reader, error) {
	buffered := bufio.NewReader(in)
	start, _ := buffered.Peek(3)
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, _ = buffered.Discard(3)
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, errors.New("the file is in UTF-16: save it as CSV in UTF-8")
	}
	bounded := &limit{in: buffered, left: maxRow}
	r := &Reader{csv: csv.NewReader(bounded), limit: bounded, index: map[string]int{}}
	r.csv.FieldsPerRecord = -1
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: its first row must name the columns")
	}
	if err != nil {
		return nil, r.syntax(err)
	}
	var wrong []string
	for i, name := range header {
		name = strings.TrimSpace(name)
		known := name == ErrorColumn || slices.ContainsFunc(columns, func(c Column) bool { return c.Name == name })
		_, repeated := r.index[name]
		switch {
		case !known:
			wrong = append(wrong, fmt.Sprintf("the column %q is unknown", name))
		case repeated:
			wrong = append(wrong, fmt.Sprintf("the column %s is there twice", name))
		}
		header[i], r.index[name] = name, i
	}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
		if c.Required && !r.Has(c.Name) {
			wrong = append(wrong, fmt.Sprintf("the column %s is missing", c.Name))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("line 1: %s; the columns are separated by commas and may be %s",
			strings.Join(wrong, ", "), strings.Join(names, ", "))
	}
	r.header = header
	return r, nil
}

// Has says whether the file has the column.
func (r *Reader) Has(column string) bool {
	_, found := r.index[column]
	return found
}

// Offset is how many bytes of the file have been read as rows.
func (r *Reader) Offset() int64 { return r.csv.InputOffset() }

// Next returns the next row that is not blank, and io.EOF after the last one. Any other error ends the file: after an
// unpaired quote nobody knows where the rows begin.
func (r *Reader) Next() (Row, error) {
	for {
		r.limit.left = maxRow
		cells, err := r.csv.Read()
		switch {
		case errors.Is(err, io.EOF):
			return Row{}, io.EOF
		case err != nil:
			return Row{}, r.syntax(err)
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			r.line, _ = r.csv.FieldPos(0)
			return Row{Line: r.line, cells: cells, reader: r}, nil
		}
	}
}

// syntax says where a file is not CSV.
func (r *Reader) syntax(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errLong):
		return fmt.Errorf("after line %d: %w", r.line, err)
	case errors.As(err, &parse):
		return fmt.Errorf("line %d: this is no CSV: %w; nothing from here on was read", parse.StartLine, parse.Err)
	}
	return fmt.Errorf("read the file: %w", err)
}

// Row is one row of a file.
type Row struct {
	// Line is where it begins, from 1; cells with line ends make a row of several.
	Line   int
	cells  []string
	reader *Reader
}

// Get returns a cell without blanks around it; empty, where the file has no such column.
func (r Row) Get(column string) string {
	i, found := r.reader.index[column]
	if !found || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(unguard(r.cells[i]))
}

// Mistakes says what is wrong with the row whatever it is about: the number of its cells, and their encoding.
func (r Row) Mistakes() (wrong []Mistake) {
	if have, want := len(r.cells), len(r.reader.header); have != want {
		wrong = append(wrong, Mistake{Line: r.Line, Message: fmt.Sprintf("has %d cells, the header has %d", have, want)})
	}
	for i, cell := range r.cells {
		if !utf8.ValidString(cell) && i < len(r.reader.header) {
			wrong = append(wrong, Mistake{Line: r.Line, Column: r.reader.header[i], Message: "is not UTF-8"})
		}
	}
	return wrong
}

var errLong = fmt.Errorf("a row is longer than %d bytes: a quote may be open", maxRow)

// limit fails when more than left bytes are read before somebody sets left anew.
type limit struct {
	in   io.Reader
	left int
}

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.in.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
