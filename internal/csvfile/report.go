package csvfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Counts is what an export or an import did.
type Counts struct {
	// Rows are those of the file, Records what they are about: some records take several rows.
	Rows, Records int
	// What became of the records of an import. Created and changed ones are counted also where it saves nothing in the end.
	Created, Changed, Unchanged, Refused int
}

// shown is how many mistakes go to the log; a file that is wrong throughout would bury what matters.
const shown = 50

// Report tells which rows were refused, and why.
type Report struct {
	log      io.Writer
	progress *Progress
	rows     *csv.Writer
	mistakes int
	headed   bool
}

// NewReport writes the first mistakes to log, past the bar that progress draws, and, where rows is not nil, all refused
// rows to rows: a CSV file with the same columns and the column `error`.
func NewReport(log io.Writer, progress *Progress, rows io.Writer) *Report {
	r := &Report{log: log, progress: progress}
	if rows != nil {
		r.rows = csv.NewWriter(rows)
	}
	return r
}

// Refuse notes rows that belong together, and of which some have mistakes.
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

// reason is what the report says of a row.
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

// reported puts a text into the column `error`, which is the last where the file had none. Cells beyond the header stay,
// behind it.
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

// Close ends the report; the log learns how much it was spared.
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
