// Package csvfile is the form of the CSV files that Daybook reads and writes, whatever is in them: RFC 4180, UTF-8, a
// header row that names the columns, in any order.
//
//   - Reader gives rows with their line numbers, and says what is wrong with the header or the shape of a row.
//   - Report keeps the rows that were refused, with an extra column that says why, so that they can be mended and read
//     again.
//   - Progress draws a bar, on a terminal only.
//   - Output is a file that appears when it is complete, or not at all.
//
// A spreadsheet runs a cell that begins with one of = + - @ as a formula, whatever the cell's author meant. Guard puts an
// apostrophe before such a text, which spreadsheets take as "this is text"; Reader takes it off again. A text that
// begins with apostrophes and then such a character gets one more, and any other text stays as it is, so what was
// written is what is read, letter by letter. Line ends within a cell are LF: encoding/csv reads CRLF as LF.
package csvfile

import (
	"fmt"
	"regexp"
	"strings"
)

// formula matches what a spreadsheet might run, after any number of apostrophes. The wide forms count in some locales.
var formula = regexp.MustCompile(`^'*[=+\-@\t\r\n＝＋－＠]`)

// returns is a line end that a reader would not give back as it was written.
var returns = regexp.MustCompile(`\r+\n`)

// Lines gives a text the line ends that it has in a file.
func Lines(text string) string { return returns.ReplaceAllString(text, "\n") }

// Guard makes a text safe to be a cell. Numbers and dates need no guard, and -5 must have none to stay a number.
func Guard(text string) string {
	text = Lines(text)
	if formula.MatchString(text) {
		return "'" + text
	}
	return text
}

// unguard takes back what Guard did.
func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && formula.MatchString(cell) {
		return cell[1:]
	}
	return cell
}

// Mistake is one thing that is wrong with a row.
type Mistake struct {
	Line int
	// Column is the name of the column, or empty where the mistake is none of a single cell.
	Column  string
	Message string
}

// String has the form `line 3, issued_on: is not a date`.
func (m Mistake) String() string {
	if m.Column == "" {
		return fmt.Sprintf("line %d: %s", m.Line, m.Message)
	}
	return fmt.Sprintf("line %d, %s: %s", m.Line, m.Column, m.Message)
}
