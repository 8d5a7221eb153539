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

// TestSelectionMutants demands that TestSelections, in its short form, fails with a fault in package selection.
func TestSelectionMutants(t *testing.T) {
	pgtest.Long(t)
	for name, change := range map[string]struct{ file, old, new string }{
		"no comma behind an empty nested list": {"write.go", `		w.b = append(w.b, ']')
	case len(w.b) == begin:`, `		if w.b = append(w.b, ']'); len(w.b) == begin+1 {
			w.skipped = true
		}
	case len(w.b) == begin:`},
		"a null that is not bubbled": {"write.go", `w.b[begin] == 'n' {`, `w.b[begin] == 'N' {`},
		"a wrong alias":              {"plan.go", "prefix := `,\"` + field.Alias", "prefix := `,\"` + field.Name"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := filepath.Abs("../graph/selection/" + change.file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			mutant := strings.Replace(string(text), change.old, change.new, 1)
			if name == "no comma behind an empty nested list" {
				mutant = strings.Replace(mutant, "	irregular bool", "	irregular, skipped bool", 1)
				mutant = strings.Replace(mutant, "		w.b = append(w.b, s.prefix...)\n		begin :=", "		w.b = append(w.b, s.prefix...)\n		if w.skipped && k > 0 {\n			w.b = append(w.b[:len(w.b)-len(s.prefix)], s.prefix[1:]...)\n		}\n		w.skipped = false\n		begin :=", 1)
			}
			if mutant == string(text) {
				t.Fatal("the place of the fault is not there")
			}
			dir := t.TempDir()
			file, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
			replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: file}})
			if err != nil {
				t.Fatal(err)
			}
			for to, content := range map[string][]byte{file: []byte(mutant), overlay: replace} {
				if err := os.WriteFile(to, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, err := exec.CommandContext(t.Context(), "go", "test", "-short", "-count=1", "-overlay", overlay, "-run", "TestSelections$", ".").CombinedOutput()
			if err == nil || !strings.Contains(string(out), "is answered with") && !strings.Contains(string(out), "is not JSON") {
				t.Errorf("is not found: %v\n%.3000s", err, out)
			}
		})
	}
}
