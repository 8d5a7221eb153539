package csvfile

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Column is a column that a file may have.
type Column struct {
	Name string
	// Required columns must be in the header; their cells may be empty.
	Required bool
	// Mapped columns must be in the file where a map reads them: it is not of the form that the map is for, and what they are without
	// would be wrong.
	Mapped bool
}

// ErrorColumn is the column that Report adds. Every file may have it; Reader ignores it.
const ErrorColumn = "error"

// maxRow is how many bytes a row has at most, so that an unclosed quote does not read the rest of the file into memory.
const maxRow = 1 << 20

// Reader reads a file row by row.
type Reader struct {
	csv     *csv.Reader
	limit   *limit
	decoder *decoder
	format  Format
	header  []string         // as in the file
	columns []string         // our names of the file's columns; empty for one that is not read
	theirs  map[string][]int // with a map, the places of columns by their names, and by what those are compared by
	index   map[string]int
	fields  map[string][]field // with a map, by our names
	line    int                // of the last row that was read
}

// key returns what the name of a column is compared by: its letters and digits, in any case. The others are blanks, dashes and marks.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(name))
}

// NewReader reads the header. Names of columns have any case, blanks and dashes. Its error lists all unknown, repeated and missing
// columns; with a map, columns that the map does not name are no mistake.
func NewReader(in io.Reader, f Format, columns ...Column) (*Reader, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	start, _ := buffered.Peek(3)
	form := f.Encoding
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, _ = buffered.Discard(3)
		form = UTF8
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, errors.New("the file is in UTF-16: save it as CSV in UTF-8")
	}
	if f.Delimiter == 0 {
		f.Delimiter = delimiter(buffered)
	}
	if f.Decimal == 0 && f.Delimiter == ';' {
		f.Decimal, f.found = ',', true
	}
	decoder := &decoder{in: buffered, form: form}
	bounded := &limit{in: decoder, left: maxRow}
	r := &Reader{csv: csv.NewReader(bounded), limit: bounded, decoder: decoder, format: f, theirs: map[string][]int{}, index: map[string]int{}}
	r.csv.FieldsPerRecord = -1
	r.csv.Comma = f.Delimiter
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: its first row must name the columns")
	}
	if err != nil {
		return nil, r.syntax(err)
	}
	wrong := r.name(header, columns)
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
		if (c.Required || r.needs(c)) && !r.Has(c.Name) {
			wrong = append(wrong, fmt.Sprintf("the column %s is missing", strings.Join(append([]string{c.Name}, r.sources(c.Name)...), ", read from ")))
		}
	}
	for _, of := range r.fields[ofRow] {
		if !slices.ContainsFunc(of.names(), r.known) && !of.takesNone() {
			wrong = append(wrong, fmt.Sprintf("the column %s is missing, which says what rows are read", strings.Join(of.names(), ", ")))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("line 1: %s; the columns are separated by %s and may be %s",
			strings.Join(wrong, ", "), map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs"}[f.Delimiter], strings.Join(names, ", "))
	}
	return r, nil
}

// name sets which columns the file has, and returns what is wrong with their names.
func (r *Reader) name(header []string, columns []Column) (wrong []string) {
	ours := map[string]string{}
	for _, c := range columns {
		ours[key(c.Name)] = c.Name
	}
	ours[ErrorColumn] = ErrorColumn
	r.columns = make([]string, len(header))
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
		column, known := ours[key(name)]
		_, repeated := r.index[column]
		switch {
		case r.format.Map != nil:
			r.theirs[header[i]] = append(r.theirs[header[i]], i)
			if other := key(name); other != header[i] {
				r.theirs[other] = append(r.theirs[other], i)
			}
			if column == ErrorColumn {
				r.index[ErrorColumn] = i
			}
		case header[i] == "": // spreadsheets write such ones behind the others
		case !known:
			wrong = append(wrong, fmt.Sprintf("the column %q is unknown", header[i]))
		case repeated:
			wrong = append(wrong, fmt.Sprintf("the column %s is there twice", column))
		default:
			r.columns[i], r.index[column] = column, i
		}
	}
	r.header = header
	if r.format.Map == nil {
		return wrong
	}
	r.fields = map[string][]field{}
	for _, of := range r.format.Map.fields {
		if _, known := ours[key(of.column)]; !known && of.column != ofRow {
			wrong = append(wrong, fmt.Sprintf("the map names the column %q, which is unknown", of.column))
		}
		r.fields[of.column] = append(r.fields[of.column], of)
		for _, name := range of.names() {
			if len(r.places(name)) > 1 {
				wrong = append(wrong, fmt.Sprintf("the column %s is there twice", name))
			}
		}
	}
	return wrong
}

// sources returns the names of the columns that a map reads one of ours from.
func (r *Reader) sources(column string) (names []string) {
	for _, of := range r.fields[column] {
		names = append(names, of.names()...)
	}
	return names
}

// Has reports whether the file has the column.
func (r *Reader) Has(column string) bool {
	if r.fields == nil {
		_, found := r.index[column]
		return found
	}
	return slices.ContainsFunc(r.fields[column], func(of field) bool { return of.constant != "" }) ||
		slices.ContainsFunc(r.sources(column), r.known)
}

// places returns where the columns are that a map means by a name: those of just that name, or else of one that is compared as equal.
func (r *Reader) places(name string) []int {
	if exact := r.theirs[name]; exact != nil {
		return exact
	}
	return r.theirs[key(name)]
}

// known reports whether the file has a column by the name that a map has for it.
func (r *Reader) known(name string) bool { return r.places(name) != nil }

// needs reports whether a map reads a column that the file must have then: any one of a map for this file, whose names are not to be
// mistaken, and of a ready map those that say when.
func (r *Reader) needs(c Column) bool {
	return r.fields[c.Name] != nil && (c.Mapped || !r.format.Map.ready)
}

// Text is Get for a cell that is looked up in the database, which cannot store every character.
func (r Row) Text(column string) string { return strings.ReplaceAll(r.Get(column), "\x00", "?") }

// Offset returns about how many bytes of the file have been read as rows, and never more than it has.
func (r *Reader) Offset() int64 { return min(r.csv.InputOffset(), r.decoder.taken) }

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
			if row := (Row{Line: r.line, cells: cells, reader: r}); !row.skipped() {
				return row, nil
			}
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
	text, _ := r.get(column)
	return text
}

// get returns a cell as Get does, and whether it is a map's own.
func (r Row) get(column string) (text string, ours bool) {
	for _, of := range r.reader.fields[column] {
		if value, ours, _ := of.value(r); value != "" {
			return value, ours
		}
	}
	if i, found := r.reader.index[column]; found {
		return r.at(i), false
	}
	return "", false
}

// Number returns a cell that is a number in the file's format with a decimal point and nothing between thousands, and any other cell as
// it is, such as one with the sign of another currency than the row's.
func (r Row) Number(column string) string {
	text, ours := r.get(column)
	if ours {
		return text
	}
	return r.NumberIn(text)
}

// NumberIn returns a text in a cell as Number does a whole cell.
func (r Row) NumberIn(text string) string {
	if r.otherSign(text) {
		return text
	}
	return r.reader.format.number(text)
}

// currency returns the code of the row's currency; empty if it is not known.
func (r Row) currency() string {
	return cmp.Or(strings.ToUpper(r.Get("currency")), r.reader.format.Currency)
}

// otherSign reports whether a text has the sign of another currency than the row's.
func (r Row) otherSign(text string) bool {
	at := strings.IndexAny(text, currencySigns)
	return at >= 0 && ofAnother(text[at:], r.currency())
}

// OtherSign says of a cell that Number leaves as it is what is wrong with its sign of a currency, behind what it must be; empty if it is not that.
func (r Row) OtherSign(column string) string {
	if r.otherSign(r.Get(column)) {
		return ", and without the sign of another currency than " + r.currency()
	}
	return ""
}

// Date returns a cell that is a date in the file's format as 2006-01-02, and any other cell as it is.
func (r Row) Date(column string) string { return r.reader.format.date(r.Get(column)) }

// NoDate says of a cell that Date leaves as it is what it must be.
func (r Row) NoDate() string {
	switch r.reader.format.Dates {
	case DayFirst:
		return "must be a date of the form 2006-01-02, or 31/12/2006, the day first"
	case MonthFirst:
		return "must be a date of the form 2006-01-02, or 12/31/2006, the month first"
	}
	return "must be a date of the form 2006-01-02"
}

// Time returns what a cell says: an instant, whose zone it gives, or what a clock on the wall shows, as PostgreSQL reads a timestamp and in
// a zone that the reader of the file knows; or neither.
func (r Row) Time(column string) (instant time.Time, wall string, ok bool) {
	instant, wall, ok = r.reader.format.when(r.Get(column))
	if wall != "" {
		instant = time.Time{}
	}
	return instant, wall, ok
}

// cell returns a cell by the name that a map has for its column. An apostrophe that has a spreadsheet keep a long number is left out.
func (r Row) cell(name string) string {
	places := r.reader.places(name)
	if places == nil {
		return ""
	}
	cell := r.at(places[0])
	if len(cell) > 1 && cell[0] == '\'' && (cell[1] == '+' || cell[1] >= '0' && cell[1] <= '9') {
		return cell[1:]
	}
	return cell
}

// at returns the cell at a place of the header.
func (r Row) at(i int) string {
	if i >= len(r.cells) {
		return ""
	}
	return norm.NFC.String(strings.TrimSpace(unguard(r.cells[i])))
}

// skipped reports whether the map leaves a row out.
func (r Row) skipped() bool {
	return slices.ContainsFunc(r.reader.fields[ofRow], func(of field) bool {
		value, _, _ := of.value(r)
		return value == "skip"
	})
}

// Mistakes returns the errors in the row's form: a wrong number of cells, cells that are not UTF-8, and values that the map does not
// have.
func (r Row) Mistakes() (wrong []Mistake) {
	if have, want := len(r.cells), len(r.reader.header); have != want {
		wrong = append(wrong, Mistake{Line: r.Line, Message: fmt.Sprintf("has %d cells, the header has %d", have, want)})
	}
	for i, cell := range r.cells {
		if i < len(r.reader.header) && r.reader.header[i] == "" && r.reader.format.Map == nil && strings.TrimSpace(cell) != "" {
			wrong = append(wrong, Mistake{Line: r.Line, Message: fmt.Sprintf("has %.40q in a column without a name", cell)})
		}
		if !utf8.ValidString(cell) && i < len(r.reader.header) {
			wrong = append(wrong, Mistake{Line: r.Line, Column: cmp.Or(r.reader.columns[i], r.reader.header[i]), Message: "is not UTF-8"})
		}
	}
	for _, column := range slices.Sorted(maps.Keys(r.reader.fields)) {
		for _, of := range r.reader.fields[column] {
			if _, _, message := of.value(r); message != "" {
				wrong = append(wrong, Mistake{Line: r.Line, Column: strings.Join(of.names(), ", "), Message: message})
			}
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
