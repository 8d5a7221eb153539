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

	"golang.org/x/text/unicode/norm"
)

// Column is a column that a file may have.
type Column struct {
	Name string
	// Required columns must be in the header; their cells may be empty.
	Required bool
}

// ErrorColumn is the column that Report adds. Every file may have it; Reader ignores it.
const ErrorColumn = "error"

// maxRow is how many bytes a row has at most, so that an unclosed quote does not read the rest of the file into memory.
const maxRow = 1 << 20

// Reader reads a file row by row.
type Reader struct {
	csv    *csv.Reader
	limit  *limit
	header []string
	index  map[string]int
	line   int // of the last row that was read
}

// NewReader reads the header. Its error lists all unknown, repeated and missing columns.
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

// Has reports whether the file has the column.
func (r *Reader) Has(column string) bool {
	_, found := r.index[column]
	return found
}

// Offset returns how many bytes of the file have been read as rows.
func (r *Reader) Offset() int64 { return r.csv.InputOffset() }

// Next returns the next row that is not blank, or io.EOF after the last one. Any other error is final, since rows cannot
// be told apart after an unpaired quote.
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

// syntax returns the error with the line where the file is not CSV.
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
	// Line is the line where the row begins, from 1. A row whose cells have line ends takes several lines.
	Line   int
	cells  []string
	reader *Reader
}

// Get returns a cell without blanks around it and in Unicode's normal form C, as texts are stored, so that equal references
// are equal whichever way a file composes them; empty if the file does not have the column.
func (r Row) Get(column string) string {
	i, found := r.reader.index[column]
	if !found || i >= len(r.cells) {
		return ""
	}
	return norm.NFC.String(strings.TrimSpace(unguard(r.cells[i])))
}

// Mistakes returns the errors in the row's form: a wrong number of cells, and cells that are not UTF-8.
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

// limit is a reader that fails after left bytes, until left is set again.
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
