package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

// People of another system's export are imported by a ready map, and payments by a map of one's own, from a file with semicolons and
// decimal commas; flags override the map.
func TestImportFormats(t *testing.T) {
	pgtest.Long(t)
	installed(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	people := file("customers.csv", "Customer ID,First Name,Last Name,Email,Phone\n77,Zo\xeb,D\xedaz,zoe@example.com,\n")
	if out, err := daybook(t, "import", "people", "--map", "shopify", people); err != nil || out != "read 1 people in 1 rows: 1 created, 0 changed, 0 unchanged, 0 refused" {
		t.Errorf("%s: %v", out, err)
	}
	bank := file("bank.csv", "Beleg;Wer;Betrag;Datum\nB-1;77;1.250,50;03/04/2026\n")
	mapping := file("map.csv", "column,source,constant,values\n@dates,,month-first,\nexternal_ref,Beleg,,\nparty_ref,Wer,,\namount,Betrag,,\npaid_on,Datum,,\nmethod,,bank,\n")
	if out, err := daybook(t, "import", "payments", "--map", mapping, "--dates", "day-first", bank); err != nil || out != "read 1 payments in 1 rows: 1 created, 0 changed, 0 unchanged, 0 refused" {
		t.Errorf("%s: %v", out, err)
	}
	ours := file("ours.csv", "External Ref,Amount,Party Ref,Paid On\nB-1,1250.50,77,2026-04-03\n")
	if out, err := daybook(t, "import", "payments", ours); err != nil || out != "read 1 payments in 1 rows: 0 created, 0 changed, 1 unchanged, 0 refused" {
		t.Errorf("%s: %v", out, err)
	}
	foreign := file("foreign.csv", "external_ref,amount,party_ref\nB-2,£10,77\n")
	if out, err := daybook(t, "import", "payments", foreign); err == nil || !strings.HasSuffix(out, "1 refused") {
		t.Errorf("pounds in books of another currency: %s: %v", out, err)
	}
	for want, args := range map[string][]string{
		"the map is neither a file nor one of those for people (shopify, xero)":            {"import", "people", "--map", "nobody", people},
		"--delimiter must be one of , ; tab":                                               {"import", "people", "--delimiter", "|", people},
		"the column external_ref, read from Beleg is missing":                              {"import", "payments", "--map", mapping, ours},
		`the map names the column "amount", which is unknown`:                              {"import", "people", "--map", mapping, bank},
		"customers.csv: line 1: the column \"Customer ID\" is unknown, the column \"First": {"import", "people", "--map", people, people},
	} {
		if _, err := daybook(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
