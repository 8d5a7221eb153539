package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var columns = []Column{{Name: "name", Required: true}, {Name: "amount", Required: true}, {Name: "memo"}}

// all reads a file to its end.
func all(t *testing.T, file string) (*Reader, []Row, error) {
	t.Helper()
	r, err := NewReader(strings.NewReader(file), Format{}, columns...)
	if err != nil {
		return nil, nil, err
	}
	var rows []Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, rows, nil
		}
		if err != nil {
			return r, rows, err
		}
		rows = append(rows, row)
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	// A BOM, CRLF, columns in another order, a quoted line end, blank rows, and no line end after the last.
	r, rows, err := all(t, "\ufeffamount, name,error\r\n1,\"Ada\r\nLovelace\",\r\n\r\n,,\r\n 2 ,'=x,old")
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Line               int
		Name, Amount, Memo string
	}
	var got []seen
	for _, row := range rows {
		if wrong := row.Mistakes(); wrong != nil {
			t.Errorf("%v", wrong)
		}
		got = append(got, seen{row.Line, row.Get("name"), row.Get("amount"), row.Get("memo")})
	}
	if diff := cmp.Diff([]seen{{2, "Ada\nLovelace", "1", ""}, {6, "=x", "2", ""}}, got); diff != "" {
		t.Error(diff)
	}
	if r.Has("memo") || !r.Has("name") {
		t.Error("the file has the columns of its header, and no others")
	}
}

func TestHeaderAndSyntax(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                               "empty",
		"\xff\xfen\x00":                  "UTF-16",
		"name,amount,colour\n":           `the column "colour" is unknown`,
		"name|amount\n":                  `the column "name|amount" is unknown, the column name is missing, the column amount is missing; the columns are separated by commas and may be name, amount, memo`,
		"name;colour\n":                  `the column "colour" is unknown, the column amount is missing; the columns are separated by semicolons`,
		"name,name,amount\n":             "the column name is there twice",
		"na\"me\n":                       "line 1: this is no CSV",
		"name,amount\na,1\nb,\"2\" x\n":  "line 3: this is no CSV",
		"name,amount\na,1\nb,\"2\nc,3\n": "line 3: this is no CSV",
		"name,amount\na,1\nb,\"" + strings.Repeat("x\n", maxRow): "after line 2: a row is longer",
	} {
		t.Run(want, func(t *testing.T) {
			if _, _, err := all(t, file); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%.40q: %v, want %s", file, err, want)
			}
		})
	}
	_, rows, err := all(t, "name,amount\na\nb,1,\u00e9\n\xff,3\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []Mistake
	for _, row := range rows {
		got = append(got, row.Mistakes()...)
	}
	if diff := cmp.Diff([]Mistake{{2, "", "has 1 cells, the header has 2"}, {3, "", "has 3 cells, the header has 2"}, {4, "name", "is not UTF-8"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	_, rows, err := all(t, "name,amount\n'=a,1\nb,2\nc\nd,4,5\n")
	if err != nil {
		t.Fatal(err)
	}
	var log, kept bytes.Buffer
	report := NewReport(&log, nil, &kept)
	for _, refused := range []struct {
		rows  []Row
		wrong []Mistake
	}{
		{rows[:2], []Mistake{{2, "amount", "is too small"}, {2, "", "is odd"}}},
		{rows[2:3], rows[2].Mistakes()}, {rows[3:], rows[3].Mistakes()},
	} {
		if err := report.Refuse(refused.rows, refused.wrong); err != nil {
			t.Fatal(err)
		}
	}
	if err := report.Close(); err != nil {
		t.Fatal(err)
	}
	const wantLog = "line 2, amount: is too small\nline 2: is odd\nline 4: has 1 cells, the header has 2\nline 5: has 3 cells, the header has 2\n"
	const wantRows = "name,amount,error\n'=a,1,amount: is too small; is odd\nb,2,refused with line 2\n" +
		"c,,\"has 1 cells, the header has 2\"\nd,4,\"has 3 cells, the header has 2\",5\n"
	if diff := cmp.Diff([]string{wantLog, wantRows}, []string{log.String(), kept.String()}); diff != "" {
		t.Error(diff)
	}
	// The report can be corrected and read again; a second report has one column for errors too.
	_, again, err := all(t, kept.String())
	if err != nil {
		t.Fatal(err)
	}
	var second bytes.Buffer
	log.Reset()
	report = NewReport(&log, nil, &second)
	for range 60 {
		if err := report.Refuse(again[:1], []Mistake{{2, "name", "no"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := report.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(second.String(), "name,amount,error\n'=a,1,name: no\n") || strings.Count(second.String(), "\n") != 61 {
		t.Errorf("the report of a report:\n%s", second.String())
	}
	if strings.Count(log.String(), "\n") != shown+1 || !strings.HasSuffix(log.String(), "and 10 more\n") {
		t.Errorf("the log of 60 mistakes:\n%s", log.String())
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.csv")
	read := func() string {
		content, _ := os.ReadFile(path)
		return string(content)
	}
	for _, keep := range []bool{true, false} {
		out, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		before := read()
		if _, err := out.WriteString("new"); err != nil || read() != before {
			t.Errorf("unfinished: %v, %q", err, read())
		}
		if keep {
			if err := out.Keep(); err != nil {
				t.Fatal(err)
			}
		}
		out.Discard()
		if read() != "new" {
			t.Errorf("kept %v: %q", keep, read())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := Create(filepath.Join(path, "no", "such")); err == nil {
		t.Error("a directory that does not exist is an error")
	}
	null, err := Create(os.DevNull)
	if err != nil || null.Keep() != nil {
		t.Errorf("a device is written as it is: %v", err)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	pipe, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer w.Close()
	for _, none := range []any{w, &bytes.Buffer{}} {
		if Terminal(none) {
			t.Errorf("%T is no terminal", none)
		}
	}
	p := NewProgress(w, "rows", 10, false)
	if p != nil {
		t.Error("a pipe has no bar")
	}
	p.Set(3) // draws nothing, and does not mind
	p.Clear()

	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	defer terminal.Close()
	if !Terminal(terminal) {
		t.Skip("the other end of a terminal counts as one on Linux only")
	}
	p = NewProgress(terminal, "rows", 10, false)
	p.Set(5)
	drawn := make([]byte, 1000) // the terminal echoes
	n, err := terminal.Read(drawn)
	if err != nil || !strings.Contains(string(drawn[:n]), "rows") || !strings.Contains(string(drawn[:n]), "50%") {
		t.Errorf("drawn: %q, %v", drawn[:n], err)
	}
	p.Clear()
}

// A guarded text is read as it was written, except for its line ends, and no spreadsheet runs it.
func FuzzGuard(f *testing.F) {
	for _, text := range []string{"", "=1+1", "'=1", "''@x", "'tis", "-5", "＝1", "a\r\nb", "\tx", "a\"b,c", "\r\r\n=", "'\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		guarded := Guard(text)
		if strings.ContainsAny(guarded[:min(1, len(guarded))], "=+-@\t\r\n") {
			t.Fatalf("%q runs", guarded)
		}
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		if err := errors.Join(w.Write([]string{"name", "amount"}), w.Write([]string{guarded, "1"})); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		_, rows, err := all(t, file.String())
		if len(file.Bytes()) > maxRow/2 {
			return
		}
		if err != nil || len(rows) != 1 {
			t.Fatalf("%q: %v", file.String(), err)
		}
		if got := unguard(rows[0].cells[0]); got != returns.ReplaceAllString(text, "\n") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// Any file is read, with its report, without a panic, and no row is lost.
func FuzzReader(f *testing.F) {
	for _, file := range []string{"name,amount\n1,2\n", "\ufeffname,amount,memo\r\n\"a\r\nb\",,\n", "name,amount\n\"", "error,name,amount\nx\n,,,,\n"} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		r, rows, err := all(t, file)
		if r == nil {
			if err == nil {
				t.Fatal("neither a reader nor an error")
			}
			return
		}
		report := NewReport(io.Discard, nil, io.Discard)
		last := 1
		for _, row := range rows {
			if row.Line <= last {
				t.Fatalf("line %d after line %d", row.Line, last)
			}
			last = row.Line
			for _, c := range columns {
				row.Get(c.Name)
			}
			if err := report.Refuse([]Row{row}, append(row.Mistakes(), Mistake{Line: row.Line, Message: "x"})); err != nil {
				t.Fatal(err)
			}
		}
		if r.Offset() > int64(len(file)) {
			t.Fatalf("read %d of %d bytes", r.Offset(), len(file))
		}
	})
}
