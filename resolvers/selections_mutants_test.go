package resolvers_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

// faults are mistakes in package selection, each in force where the environment variable DAYBOOK_FAULT has its name.
var faults = map[string][]struct{ file, old, new string }{
	"no comma behind an empty nested list": {
		{"write.go", "		w.b = append(w.b, ']')\n	case len(w.b) == begin:", "		w.b = append(w.b, ']')\n		w.skipped = fault == \"no comma behind an empty nested list\" && len(w.b) == begin+1\n	case len(w.b) == begin:"},
		{"write.go", "	irregular bool", "	irregular, skipped bool"},
		{"write.go", "		w.b = append(w.b, s.prefix...)\n		begin :=", "		w.b = append(w.b, s.prefix...)\n		if w.skipped && k > 0 {\n			w.b = append(w.b[:len(w.b)-len(s.prefix)], s.prefix[1:]...)\n		}\n		w.skipped = false\n		begin :="},
	},
	"a null that is not bubbled": {{"write.go", `w.b[begin] == 'n' {`, `w.b[begin] == 'n' && fault != "a null that is not bubbled" {`}},
	"a wrong alias":              {{"plan.go", "prefix := `,\"` + field.Alias + `\":`", "prefix := `,\"` + map[bool]string{false: field.Alias, true: field.Name}[fault == \"a wrong alias\"] + `\":`"}},
}

// TestSelectionMutants demands that TestSelections, in its short form, fails with each of the faults.
func TestSelectionMutants(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	dir := t.TempDir()
	texts := map[string]string{"fault.go": "package selection\n\nimport \"os\"\n\nvar fault = os.Getenv(\"DAYBOOK_FAULT\")\n"}
	replaced := map[string]string{}
	for name, changes := range faults {
		for _, c := range changes {
			if texts[c.file] == "" {
				text, err := os.ReadFile(filepath.Join("..", "graph", "selection", c.file))
				if err != nil {
					t.Fatal(err)
				}
				texts[c.file] = string(text)
			}
			changed := strings.Replace(texts[c.file], c.old, c.new, 1)
			if changed == texts[c.file] {
				t.Fatalf("%s: a place of the fault is not in %s", name, c.file)
			}
			texts[c.file] = changed
		}
	}
	for file, text := range texts {
		path, err := filepath.Abs(filepath.Join("..", "graph", "selection", file))
		if err != nil {
			t.Fatal(err)
		}
		replaced[path] = filepath.Join(dir, file)
		if err := os.WriteFile(replaced[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	overlay, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "faulty.test")
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%.3000s", err, out)
	}
	for name := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.CommandContext(t.Context(), binary, "-test.short", "-test.run", "TestSelections$")
			c.Env = append(os.Environ(), "DAYBOOK_FAULT="+name)
			out, err := c.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "is answered with") && !strings.Contains(string(out), "is not JSON") {
				t.Errorf("is not found: %v\n%.3000s", err, out)
			}
		})
	}
}
