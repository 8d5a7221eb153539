package csvfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Counts is the result of an export or an import.
type Counts struct {
	// Rows are the rows of the file and Records the records in them: a record may take several rows.
	Rows, Records int
	// The outcomes of an import's records. An import that saves nothing in the end counts what it would have saved.
	Created, Changed, Unchanged, Refused int
}

// Add adds other counts.
func (c *Counts) Add(other Counts) {
	c.Rows += other.Rows
	c.Records += other.Records
	c.Created += other.Created
	c.Changed += other.Changed
	c.Unchanged += other.Unchanged
	c.Refused += other.Refused
}

// shown is how many mistakes the log gets at most.
const shown = 50

// Report receives the rows that an import refuses, and the reasons.
type Report struct {
	log      io.Writer
	progress *Progress
	out      io.Writer
	rows     *csv.Writer
	mistakes int
	headed   bool
}

// NewReport returns a report that writes the first 50 mistakes to log, after clearing the bar of progress, and all refused
// rows to rows, as a CSV file with the same columns and the column `error`. Rows may be nil.
func NewReport(log io.Writer, progress *Progress, rows io.Writer) *Report {
	r := &Report{log: log, progress: progress}
	if rows != nil {
		r.out, r.rows = rows, csv.NewWriter(rows)
	}
	return r
}

// Refuse reports the rows of one record and the mistakes in them.
func (r *Report) Refuse(rows []Row, mistakes []Mistake) error {
	r.progress.Clear()
	for _, m := range mistakes {
		if r.mistakes++; r.mistakes <= shown {
			fmt.Fprintln(r.log, m)
		}
	}
	if r.rows == nil || len(rows) == 0 {
		return nil
	}
	if !r.headed {
		r.headed = true
		r.rows.Comma = rows[0].reader.format.Delimiter
		if rows[0].reader.decoder.form == Latin1 { // the report is in UTF-8, also for one who says that the file is not
			if _, err := io.WriteString(r.out, "\ufeff"); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
		}
		if err := r.rows.Write(rows[0].reader.reported(rows[0].reader.header, ErrorColumn)); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	for _, row := range rows {
		if err := r.rows.Write(row.reader.reported(row.cells, reason(row, mistakes))); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// reason returns the content of a row's column `error`.
func reason(row Row, mistakes []Mistake) string {
	var own []string
	for _, m := range mistakes {
		if m.Line == row.Line {
			own = append(own, strings.TrimPrefix(m.Column+": "+m.Message, ": "))
		}
	}
	if len(own) == 0 && len(mistakes) > 0 {
		return fmt.Sprintf("refused with line %d", mistakes[0].Line)
	}
	return strings.Join(own, "; ")
}

// reported returns the cells with text in the column `error`, which is added after the header's columns if the file has
// none. Cells beyond the header follow it.
func (r *Reader) reported(cells []string, text string) []string {
	n := len(r.header)
	line := make([]string, n, max(n, len(cells))+1)
	copy(line, cells)
	if at, found := r.index[ErrorColumn]; found {
		line[at] = text
	} else {
		line = append(line, text)
	}
	return append(line, slices.Clone(cells[min(n, len(cells)):])...)
}

// Close ends the report, and writes to the log how many further mistakes there were.
func (r *Report) Close() error {
	r.progress.Clear()
	if more := r.mistakes - shown; more > 0 {
		fmt.Fprintf(r.log, "and %d more\n", more)
	}
	if r.rows == nil {
		return nil
	}
	r.rows.Flush()
	if err := r.rows.Error(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
