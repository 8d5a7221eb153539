package csvfile

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A map reads columns under other names, several as one, the first that is not empty, with constants, meanings of values, and rows
// that are left out.
func TestMap(t *testing.T) {
	t.Parallel()
	f, err := ReadMap(strings.NewReader(`column,source,constant,values
@dates,,day-first,
@row,State,,"draft=skip;paid=keep;=keep"
name,"{First}, {Last}!",,
name,Company,,
amount,Total,0,positive
memo,Type,,"Refund=refund;*=sale"
`))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	r, err := NewReader(strings.NewReader("first,LAST,company,total,type,state,other\n"+
		"Ada,Lovelace,,-1.50,Refund,paid,x\nGrace,,,2,Payment,PAID,\n,,'12,,,,\nx,x,,1,,Draft,\nx,x,,1,,odd,\n"), f, columns...)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := r.Next(); err == nil; row, err = r.Next() {
		line := strings.Join([]string{row.Get("name"), row.Get("amount"), row.Get("memo")}, "|")
		for _, m := range row.Mistakes() {
			line += "|" + m.String()
		}
		got = append(got, line)
	}
	want := []string{"Ada, Lovelace!|1.50|refund", "Grace!|2|sale", "12|0|sale", `x, x!|1|sale|line 6, State: "odd" is not among the values of the map`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !r.Has("name") || !r.Has("amount") || r.Has("error") {
		t.Error("the file has the columns that the map reads from it")
	}
	_, err = NewReader(strings.NewReader("total\n1\n"), f, columns...)
	if err == nil || !strings.Contains(err.Error(), "the column name, read from First, read from Last, read from Company is missing") {
		t.Errorf("a file without a column: %v", err)
	}
	for file, want := range map[string]string{
		"column\nname\n":                         "line 2: name has neither a source nor a constant",
		"column,source\n,x\n":                    "line 2: column is empty",
		"column,constant\n@dates,usual\n":        "line 2: dates must be one of day-first month-first",
		"column,constant\n@colour,red\n":         "line 2: colour must be one of",
		"column,source,values\nname,x,a\n":       `line 2: the value "a" of name is not of the form`,
		"column,source,values\n@row,x,a=maybe\n": `line 2: the value "a=maybe" of @row is not of the form`,
		"source\nx\n":                            "the column column is missing",
		"column,source\nname,x,y\n":              "line 2: has 3 cells",
	} {
		if _, err := ReadMap(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", file, err)
		}
	}
	f, err = ReadMap(strings.NewReader("column,source,constant,values\n@decimal,,\",\",\nname,,Ada,\namount,x,,positive\nmemo,,1.625,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if constant := cells(t, f, "x\n1\n", func(r Row) string { return r.Number("memo") }); constant[0] != "1.625" {
		t.Errorf("a constant of the map is read as %s", constant[0])
	}
	numbers := strings.Join(cells(t, f, "x\n\"-1,234\"\n\"(1.234,5)\"\n-€3\n0.125\n", func(r Row) string { return r.Number("amount") }), " ")
	if diff := cmp.Diff("1.234 1234.5 3 0.125", numbers); diff != "" {
		t.Error(diff)
	}
	f, err = ReadMap(strings.NewReader("column,source\nweight,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewReader(strings.NewReader("name,amount\n"), f, columns...); err == nil || !strings.Contains(err.Error(), `the map names the column "weight", which is unknown`) {
		t.Errorf("a map of other columns: %v", err)
	}
}

// The ready maps are read.
func TestReadyMaps(t *testing.T) {
	t.Parallel()
	n := 0
	for _, kind := range []string{"accounts", "documents", "payments", "people", "sales"} {
		for _, name := range ReadyMaps(kind) {
			n++
			if f, err := ReadyMap(kind, name); err != nil || len(f.Map.fields) == 0 {
				t.Errorf("%s of %s: %v", kind, name, err)
			}
		}
	}
	if n < 7 {
		t.Errorf("%d maps", n)
	}
	if _, err := ReadyMap("people", "nobody"); err == nil {
		t.Error("a map that there is not is read")
	}
}

// Any map is refused or reads any file without a panic, and each row is returned or left out by a value of @row.
func FuzzMap(f *testing.F) {
	f.Add("column,source,constant,values\n@row,a,,x=skip\nname,{a} {b},,\namount,b,1,positive\n", "a,b\nx,1\ny,2\n")
	f.Add("column,source,constant,values\nname,{{a}},,*=b\namount,,,\n", "a\n1\n")
	f.Fuzz(func(t *testing.T, mapping, file string) {
		format, err := ReadMap(strings.NewReader(mapping))
		if err != nil {
			return
		}
		r, err := NewReader(strings.NewReader(file), format, columns...)
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) || err != nil {
				return
			}
			if row.skipped() {
				t.Fatalf("line %d is returned", row.Line)
			}
			row.Mistakes()
			for _, c := range columns {
				row.Number(c.Name)
				row.Date(c.Name)
				row.Time(c.Name)
			}
		}
	})
}
