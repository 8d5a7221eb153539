package csvfile

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Map says which columns of another system's file ours are read from. It is a CSV file itself, with the columns
//
//	column    the name of our column, or one of @delimiter, @decimal, @encoding and @dates, which are set as a constant, or @row
//	source    the name of theirs, or a text with names in braces: {Date} {Time}. What is empty is left out, with the text before it.
//	          Several rows for a column: the first that is not empty
//	constant  what the column has in every row, where source is empty or theirs are; numbers and dates are in our form, 1234.50 and
//	          2026-12-31, here and in values
//	values    what their values mean, separated by semicolons: Payment=sale;Refund=refund. `*` is any other value, and a value that is
//	          not there is refused. `positive` drops the sign of a number
//
// The values of @row are keep and skip: rows that are skipped are not imported, and not counted. Their other columns are left out.
type Map struct {
	fields []field
	ready  bool // it is one of ReadyMaps, whose files have more or fewer columns
}

// field is one row of a map.
type field struct {
	column   string
	parts    []part // of source
	constant string
	values   map[string]string // nil: the value as it is
	positive bool
}

// part is a text, or the name of a column of theirs.
type part struct{ text, name string }

// ofRow is the column that says whether a row is imported.
const ofRow = "@row"

var mapColumns = []Column{{Name: "column", Required: true}, {Name: "source"}, {Name: "constant"}, {Name: "values"}}

var named = regexp.MustCompile(`\{([^{}]+)\}`)

//go:embed maps/*.csv
var ready embed.FS

// ReadyMaps returns the names of the maps that there are for files of a kind, such as people.
func ReadyMaps(kind string) (names []string) {
	found, _ := fs.Glob(ready, "maps/"+kind+"-*.csv") // the pattern is right
	for _, file := range found {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(file, "maps/"+kind+"-"), ".csv"))
	}
	return names
}

// ReadyMap returns a map of ReadyMaps, and the format of its files.
func ReadyMap(kind, name string) (Format, error) {
	file, err := ready.Open("maps/" + kind + "-" + name + ".csv")
	if err != nil {
		return Format{}, fmt.Errorf("there is no map %q for %s: %w", name, kind, err)
	}
	defer file.Close()
	f, err := ReadMap(file)
	if err != nil {
		return f, err
	}
	f.Map.ready = true
	return f, nil
}

// ReadMap reads a map, and returns the format of its files.
func ReadMap(file io.Reader) (f Format, err error) {
	in, err := NewReader(file, Format{}, mapColumns...)
	if err != nil {
		return f, err
	}
	f.Map = &Map{}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if wrong := row.Mistakes(); len(wrong) > 0 {
			return f, errors.New(wrong[0].String())
		}
		if err := f.add(row); err != nil {
			return f, fmt.Errorf("line %d: %w", row.Line, err)
		}
	}
}

// add adds a row of a map to a format.
func (f *Format) add(row Row) error {
	column, constant := row.Get("column"), row.Get("constant")
	if name, ok := strings.CutPrefix(column, "@"); ok && column != ofRow {
		return f.Set(name, constant)
	}
	of := field{column: column, constant: constant, parts: partsOf(row.Get("source"))}
	switch values := row.Get("values"); {
	case column == "":
		return errors.New("column is empty")
	case of.parts == nil && constant == "":
		return fmt.Errorf("%s has neither a source nor a constant", column)
	case values == "positive":
		of.positive = true
	case values != "":
		of.values = map[string]string{}
		for entry := range strings.SplitSeq(values, ";") {
			theirs, ours, ok := strings.Cut(entry, "=")
			if ours = strings.TrimSpace(ours); !ok || column == ofRow && ours != "keep" && ours != "skip" {
				return fmt.Errorf("the value %q of %s is not of the form theirs=ours, which is keep or skip for %s", entry, column, ofRow)
			}
			of.values[strings.ToLower(strings.TrimSpace(theirs))] = ours
		}
	}
	f.Map.fields = append(f.Map.fields, of)
	return nil
}

// Set sets delimiter, decimal, encoding or dates by its name, as maps and flags give them.
func (f *Format) Set(name, value string) error {
	allowed := map[string][]string{"delimiter": {",", ";", "tab"}, "decimal": {".", ","}, "encoding": {UTF8, Latin1}, "dates": {DayFirst, MonthFirst}}[name]
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("%s must be one of %s", name, strings.Join(allowed, " "))
	}
	switch name {
	case "delimiter":
		f.Delimiter = []rune(strings.Replace(value, "tab", "\t", 1))[0]
	case "decimal":
		f.Decimal = rune(value[0])
	case "encoding":
		f.Encoding = value
	case "dates":
		f.Dates = value
	}
	return nil
}

// partsOf returns the parts of a source; nil for an empty one.
func partsOf(source string) (parts []part) {
	if source == "" {
		return nil
	}
	if !named.MatchString(source) {
		return []part{{name: source}}
	}
	for source != "" {
		at := named.FindStringSubmatchIndex(source)
		if at == nil {
			return append(parts, part{text: source})
		}
		if at[0] > 0 {
			parts = append(parts, part{text: source[:at[0]]})
		}
		parts = append(parts, part{name: source[at[2]:at[3]]})
		source = source[at[1]:]
	}
	return parts
}

// names returns the columns of theirs that a field is read from.
func (of field) names() (names []string) {
	for _, p := range of.parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// takesNone reports whether the values of a field say what no value means.
func (of field) takesNone() bool {
	_, none := of.values[""]
	_, other := of.values["*"]
	return none || other || of.values == nil
}

// value returns what a row has for a field, whether that is the map's own, in our form, instead of the file's, and what is wrong with it.
func (of field) value(row Row) (value string, ours bool, wrong string) {
	between := ""
	for _, p := range of.parts {
		if p.name == "" {
			between = p.text
			continue
		}
		if cell := row.cell(p.name); cell != "" {
			if value != "" {
				value += between
			}
			value += cell
		}
		between = ""
	}
	if value != "" {
		value += between
	}
	if of.values != nil && of.parts != nil {
		means, known := of.values[strings.ToLower(value)]
		if !known {
			means, known = of.values["*"]
		}
		if !known && value != "" {
			return "", true, fmt.Sprintf("%q is not among the values of the map", value)
		}
		value, ours = means, true
	}
	if value == "" {
		value, ours = of.constant, true
	}
	if of.positive {
		value = row.reader.format.positive(value)
	}
	return value, ours, ""
}
