package csvfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Format is how a file is written, where it is not in the form that Daybook writes. The zero value finds out what a file shows:
// its delimiter from its header, and its encoding from its first letter beyond ASCII.
type Format struct {
	// Delimiter is the comma, the semicolon or the tab; 0: whichever the header has most often outside quotes, a comma if it has none.
	Delimiter rune
	// Decimal is the decimal mark of numbers, '.' or ','; 0: a comma in files with semicolons, as spreadsheets write them, else a point.
	// Marks between thousands are read where they cannot be taken for the decimal mark, and always where Decimal is given.
	Decimal rune
	// Encoding is UTF8 or Latin1; empty: UTF-8, unless the first letter beyond ASCII is none in UTF-8.
	Encoding string
	// Dates is DayFirst or MonthFirst for dates such as 31/12/2026; empty: as 2026-12-31 only, which the others read too.
	Dates string
	// Currency is the code of what amounts are in where a row has no currency; empty: not known. A number with the sign of another
	// currency than its row's is none; where that is not known, the sign says nothing.
	Currency string
	// Map reads columns under other names; nil: columns have ours.
	Map *Map

	found bool // Decimal was found out
}

// Encodings and orders of dates.
const (
	UTF8       = "utf-8"
	Latin1     = "latin-1" // with the letters that Windows has beside it: code page 1252
	DayFirst   = "day-first"
	MonthFirst = "month-first"
)

var (
	// plain matches a number without marks between thousands, in which the decimal mark is a point.
	plain = regexp.MustCompile(`^[0-9]*(\.[0-9]*)?$`)
	// grouped matches one with marks between thousands: the first mark is repeated by the others, and none follows the decimal mark. No
	// thousands begin with a zero: the mark of 0,500 is a decimal one.
	grouped  = regexp.MustCompile(`^[1-9][0-9]{0,2}([,. '’\x{a0}\x{202f}][0-9]{3})+(\.[0-9]*|,[0-9]*)?$`)
	currency = regexp.MustCompile(`^([-+]?)[` + currencySigns + `] ?([-+]?)`)
	behind   = regexp.MustCompile(`[ \x{a0}\x{202f}]?[` + currencySigns + `]$`)
	slashed  = regexp.MustCompile(`^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})([T ].*)?$`)
)

// number returns a cell as a number with a decimal point and without marks between thousands, without the sign of a currency before
// or behind it, and with a sign of percent after it; parentheses make it negative. A cell that is no number in this format stays as it is, and one
// that could be two has a question mark behind it, so that nobody reads it as one of them.
func (f Format) number(cell string) string {
	if percentage, ok := strings.CutSuffix(cell, "%"); ok {
		return f.number(strings.TrimSpace(percentage)) + "%"
	}
	text := cell
	negative := false
	if inside, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inside, ")") {
		text, negative = strings.TrimSuffix(inside, ")"), true
	}
	if m := currency.FindStringSubmatch(text); m != nil && (m[1] == "" || m[2] == "") {
		text = m[1] + m[2] + text[len(m[0]):]
	} else {
		text = behind.ReplaceAllString(text, "")
	}
	sign := ""
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if negative {
			return cell
		}
		sign, text = text[:1], text[1:]
	}
	if negative {
		sign = "-"
	}
	digits, ok := f.digits(text)
	if !ok {
		return cell
	}
	return sign + digits
}

// currencySigns are the signs that a number may have.
const currencySigns = "$€£¥"

// signs are the signs that are of some currencies, with their codes. That of the dollar is used for many others, but for none of these.
var signs = map[string][]string{
	"€": {"EUR"}, "£": {"GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"}, "¥": {"JPY", "CNY"},
}

// ofAnother reports whether the sign that a text begins with is not one of the currency with the code; false for an empty code.
func ofAnother(text, code string) bool {
	for sign, codes := range signs {
		if slices.Contains(codes, code) {
			return !strings.HasPrefix(text, sign)
		}
	}
	return code != "" && !strings.HasPrefix(text, "$")
}

// positive returns a number without its sign, in the form that it has, and any other cell as it is.
func (f Format) positive(cell string) string {
	if !strings.HasPrefix(f.number(cell), "-") {
		return cell
	}
	return strings.Replace(strings.Trim(cell, "()"), "-", "", 1)
}

// digits returns an unsigned number with a decimal point, and whether it is one. What could be two has a question mark.
func (f Format) digits(text string) (string, bool) {
	mark, other := ".", ","
	if f.Decimal == ',' {
		mark, other = ",", "."
	}
	whole, fraction, fractional := strings.Cut(text, mark)
	if !strings.ContainsAny(text, other+" '’\u00a0\u202f") {
		if fractional {
			whole += "." + fraction
		}
		return whole, text != "" && plain.MatchString(whole)
	}
	if !grouped.MatchString(text) || strings.ContainsAny(fraction, ",.") || !sameMarks(whole) {
		return "", false
	}
	// 1,234 may be a thousand of a file with points, or a bit more than one of a file with commas.
	if strings.Contains(whole, other) && !fractional && strings.Count(whole, other) == 1 && !f.decimalGiven() {
		return text + "?", true
	}
	whole = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, whole)
	if fractional {
		whole += "." + fraction
	}
	return whole, true
}

// decimalGiven reports whether the decimal mark was said, not found out.
func (f Format) decimalGiven() bool { return f.Decimal != 0 && !f.found }

// sameMarks reports whether all marks between digits are the same.
func sameMarks(whole string) bool {
	var first rune
	for _, r := range whole {
		switch {
		case r >= '0' && r <= '9':
		case first == 0:
			first = r
		case r != first:
			return false
		}
	}
	return true
}

// date returns a cell as a date such as 2026-12-31. A cell that is no date in this format stays as it is.
func (f Format) date(cell string) string {
	m := slashed.FindStringSubmatch(cell)
	if m == nil || f.Dates == "" {
		return cell
	}
	day, month := m[1], m[2]
	if f.Dates == MonthFirst {
		day, month = month, day
	}
	return fmt.Sprintf("%s-%02s-%02s%s", m[3], month, day, m[4])
}

// Forms of times with and without a zone; fractions of seconds are read by all of them.
var (
	instants = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700", "2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04 Z07:00", "2006-01-02 15:04 Z0700"}
	walls = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM",
		"2006-01-02 3:04:05PM", "2006-01-02 3:04PM"}
)

// when returns what a cell says: an instant, or what a clock on the wall shows, as PostgreSQL reads a timestamp, or neither.
func (f Format) when(cell string) (instant time.Time, wall string, ok bool) {
	cell = f.date(cell)
	for _, form := range instants {
		if t, err := time.Parse(form, cell); err == nil {
			return t, "", true
		}
	}
	cell = strings.ToUpper(cell) // am and pm
	for _, form := range walls {
		if t, err := time.Parse(form, cell); err == nil && t.Year() > 0 {
			return t, t.Format("2006-01-02 15:04:05.999999"), true
		}
	}
	return instant, "", false
}
