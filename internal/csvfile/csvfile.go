// Package csvfile reads and writes the form that all of Daybook's CSV files have: RFC 4180, UTF-8, and a header row that
// names the columns, in any order.
//
//   - Reader returns rows with their line numbers, and checks the header and the shape of each row.
//   - Report writes the refused rows, with the reasons in an extra column, so that they can be corrected and read again.
//   - Progress draws a bar, on a terminal only.
//   - Output is a file that appears when it is complete, or not at all.
//
// A spreadsheet runs a cell that begins with one of = + - @ as a formula, whatever its author meant. Guard puts an
// apostrophe before such a text, which marks it as text for spreadsheets; Reader removes it. A text that begins with
// apostrophes and then such a character gets one more, and any other text stays as it is, so that every text is read as
// it was written. Line ends within a cell are LF: encoding/csv reads CRLF as LF.
package csvfile

import (
	"fmt"
	"regexp"
	"strings"
)

// formula matches what a spreadsheet might run, after any number of apostrophes. The wide forms count in some locales.
var formula = regexp.MustCompile(`^'*[=+\-@\t\r\n＝＋－＠]`)

// returns matches line ends that encoding/csv would not read as they were written.
var returns = regexp.MustCompile(`\r+\n`)

// Lines returns text with the line ends that it has after it was written and read.
func Lines(text string) string { return returns.ReplaceAllString(text, "\n") }

// Guard returns text as a cell that no spreadsheet runs as a formula. Numbers and dates are written without: -5 would not
// stay a number.
func Guard(text string) string {
	text = Lines(text)
	if formula.MatchString(text) {
		return "'" + text
	}
	return text
}

// unguard returns the text of a cell that Guard made.
func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && formula.MatchString(cell) {
		return cell[1:]
	}
	return cell
}

// Mistake is one error in a row.
type Mistake struct {
	Line int
	// Column is the name of the column; empty for an error that is not in a single cell.
	Column  string
	Message string
}

// String returns the mistake in the form `line 3, issued_on: is not a date`.
func (m Mistake) String() string {
	if m.Column == "" {
		return fmt.Sprintf("line %d: %s", m.Line, m.Message)
	}
	return fmt.Sprintf("line %d, %s: %s", m.Line, m.Column, m.Message)
}
