package csvfile

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cells returns the rows of a file in a format, each as its numbers and dates.
func cells(t *testing.T, f Format, file string, get func(Row) string) (got []string) {
	t.Helper()
	r, err := NewReader(strings.NewReader(file), f, columns...)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := r.Next(); err == nil; row, err = r.Next() {
		if wrong := row.Mistakes(); len(wrong) > 0 {
			t.Errorf("%v", wrong)
		}
		got = append(got, get(row))
	}
	return got
}

// Numbers are read with the decimal mark that the file has, and one that could be two is marked, to be refused.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format Format
		in     string
		want   string
	}{
		"point, by default":   {Format{}, "1234.50|1,234.50|-5|1 234.50|1'234|1,234,567|1,234|1.234,50|1,23|12,345.6.7|x||$1.50|10%", "1234.50|1234.50|-5|1234.50|1234|1234567|1,234?|1.234,50|1,23|12,345.6.7|x||1.50|10%"},
		"point, as said":      {Format{Decimal: '.'}, "1,234|-$1,234.50|$-3.00|($3.00)|(-3)|1,23|1,234 567|€ 5", "1234|-1234.50|-3.00|-3.00|(-3)|1,23|1,234 567|5"},
		"comma, as said":      {Format{Decimal: ','}, "1.234|1.234,50|12,5|1234.50|1.234.567,8 |12,5 %", "1234|1234.50|12.5|1234.50|1234567.8|12.5%"},
		"comma, with the ;":   {Format{Delimiter: ';'}, "1,50|1.234,50|1.234|10.50|-1.234.567|12,5%|12,50 €|-1.234,50€|€ 5 €|€", "1.50|1234.50|1.234?|10.50|-1234567|12.5%|12.50|-1234.50|€ 5 €|€"},
		"signs of the dollar": {Format{Decimal: '.', Currency: "AUD"}, "$10|-$10|£10|10 €|($¥10)|10", "10|-10|£10|10 €|($¥10)|10"},
		"signs of others":     {Format{Decimal: '.', Currency: "EUR"}, "€10|10 €|$10|£10", "10|10|$10|£10"},
		"no thousands":        {Format{Decimal: '.'}, "0,500|00,123|-0,125", "0,500|00,123|-0,125"},
		"no thousands, comma": {Format{Decimal: ','}, "0.500|-0.125|0,5", "0.500|-0.125|0.5"},
		"marks that disagree": {Format{Decimal: '.'}, "1,234'567|1'234,567.00|12,34.00|,123|1,2345", "1,234'567|1'234,567.00|12,34.00|,123|1,2345"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			delimiter := ","
			if test.format.Delimiter == ';' {
				delimiter = ";"
			}
			file := "name" + delimiter + "amount\n"
			for number := range strings.SplitSeq(test.in, "|") {
				file += "x" + delimiter + `"` + number + "\"\n"
			}
			got := strings.Join(cells(t, test.format, file, func(r Row) string { return r.Number("amount") }), "|")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A row's own currency says what its signs may be.
func TestSigns(t *testing.T) {
	t.Parallel()
	r, err := NewReader(strings.NewReader("currency,amount\ngbp,£10\nGBP,$10\n,$10\n,£10\n"), Format{Currency: "AUD"}, Column{Name: "currency"}, Column{Name: "amount"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := r.Next(); err == nil; row, err = r.Next() {
		got = append(got, row.Number("amount")+row.OtherSign("amount"))
	}
	want := []string{"10", "$10, and without the sign of another currency than GBP", "10", "£10, and without the sign of another currency than AUD"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Dates and times are read in the order that is said, and otherwise in the one order that nobody mistakes.
func TestDates(t *testing.T) {
	t.Parallel()
	for dates, want := range map[string]string{
		"":         "2026-12-31 3/4/2026 x",
		DayFirst:   "2026-12-31 2026-04-03 x",
		MonthFirst: "2026-12-31 2026-03-04 x",
	} {
		got := cells(t, Format{Dates: dates}, "name,amount\n2026-12-31,\n3/4/2026,\nx,\n", func(r Row) string { return r.Date("name") })
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	}
	times := cells(t, Format{Dates: DayFirst}, "name,amount\n2026-03-10T12:00:00+10:30,\n2026-03-10 12:00:00 +1030,\n10/03/2026 12:05,\n2026-03-10 12:00:00.25,\n0000-01-01 00:00,\n2026-03-10 12:00Z,\n10/03/2026 1:05 PM,\n10/03/2026 12:05 am,\n10/03/2026 11:05:07pm,\n10/03/2026 13:05 PM,\nnoon,\n", func(r Row) string {
		instant, wall, ok := r.Time("name")
		switch {
		case !ok:
			return "-"
		case wall != "":
			return wall
		}
		return instant.UTC().Format("15:04Z")
	})
	if diff := cmp.Diff("01:30Z|01:30Z|2026-03-10 12:05:00|2026-03-10 12:00:00.25|-|12:00Z|2026-03-10 13:05:00|2026-03-10 00:05:00|2026-03-10 23:05:07|-|-", strings.Join(times, "|")); diff != "" {
		t.Error(diff)
	}
}

// What a cell must be that is no date is said in the order of the file, in which somebody may have been mistaken.
func TestNoDate(t *testing.T) {
	t.Parallel()
	for dates, want := range map[string]string{"": "2006-01-02", DayFirst: "2006-01-02, or 31/12/2006, the day first", MonthFirst: "2006-01-02, or 12/31/2006, the month first"} {
		got := cells(t, Format{Dates: dates}, "name,amount\n31/31/2026,\n", Row.NoDate)
		if diff := cmp.Diff([]string{"must be a date of the form " + want}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// The header may be in any case, with blanks, between other delimiters, and the file in Latin-1, which its first letter shows.
func TestForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format     Format
		file, want string
	}{
		"any case":            {Format{}, " Name ,AMOUNT\nAda,1\n", "Ada 1"},
		"semicolons":          {Format{}, "\"name\";Amount\nAda;1,5\n", "Ada 1.5"},
		"tabs":                {Format{}, "name\tamount\nAda, the first\t1\n", "Ada, the first 1"},
		"commas within":       {Format{}, "name;\"amo,u,n,t\"\nAda;1\n", "Ada 1"},
		"Latin-1":             {Format{}, "name,amount\nAda,1\nZo\xeb,2\n\x80uro,3\n", "Ada 1|Zoë 2|€uro 3"},
		"UTF-8":               {Format{}, "name,amount\nZo\u00eb,2\n", "Zoë 2"},
		"UTF-8, replacements": {Format{}, "name,amount\nZo\ufffd,2\n", "Zo\ufffd 2"},
		"Latin-1, as said":    {Format{Encoding: Latin1}, "name,amount\n\xc3\xab,2\n", "Ã« 2"},
		"UTF-8, by its mark":  {Format{Encoding: Latin1}, "\ufeffname,amount\nZo\u00eb,2\n", "Zoë 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cells(t, test.format, test.file, func(r Row) string { return r.Get("name") + " " + r.Number("amount") })
			if diff := cmp.Diff(test.want, strings.Join(got, "|")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A report of a file in Latin-1 with semicolons is read by the same flags as the file.
func TestReportKeepsTheForm(t *testing.T) {
	t.Parallel()
	f := Format{Encoding: Latin1}
	r, err := NewReader(strings.NewReader("Name;Amount\nZo\xeb;1,5\n"), f, columns...)
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	var kept, log strings.Builder
	report := NewReport(&log, nil, &kept)
	if err := report.Refuse([]Row{row}, []Mistake{{Line: 2, Column: "name", Message: "no"}}); err != nil {
		t.Fatal(err)
	}
	if err := report.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("\ufeffName;Amount;error\nZoë;1,5;name: no\n", kept.String()); diff != "" {
		t.Error(diff)
	}
	if got := cells(t, f, kept.String(), func(r Row) string { return r.Get("name") + " " + r.Number("amount") }); got[0] != "Zoë 1.5" {
		t.Errorf("the report is read as %q", got)
	}
}

var decimalNumber = regexp.MustCompile(`^[-+]?([0-9]*(\.[0-9]*)?|[0-9]+[,.][0-9]+\?)%?$`)

// What is read as a number has the digits of the cell, in their order, and a decimal point at most.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1,234.50", "1.234,50", "-$1'234.5", "(5)", "1\u00a0234,5", "12,5%", "1,2,3", ",", "--1", "1.2.3"} {
		f.Add(seed, true, false)
		f.Add(seed, false, true)
	}
	digits := func(text string) string { return regexp.MustCompile(`[^0-9]`).ReplaceAllString(text, "") }
	f.Fuzz(func(t *testing.T, cell string, comma, given bool) {
		format := Format{}
		if comma {
			format.Decimal, format.found = ',', !given
		} else if given {
			format.Decimal = '.'
		}
		got := format.number(cell)
		if got == cell {
			return
		}
		if digits(got) != digits(cell) {
			t.Errorf("%q became %q", cell, got)
		}
		if !strings.HasSuffix(cell, "%") && !decimalNumber.MatchString(got) {
			t.Errorf("%q became %q, which is no number", cell, got)
		}
	})
}
